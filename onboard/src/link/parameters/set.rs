//! One value on its way into the autopilot, proved.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavMessage, MavParamType, PARAM_SET_DATA, PARAM_VALUE_DATA};
use mavlink::types::CharArray;
use telemetry::Timestamp;

use super::{Keeper, Value, name_of};
use crate::link::round_trip::RoundTrip;
use crate::link::session::AUTOPILOT;

/// How long it takes at most to set a value.
pub const SET_PATIENCE: Duration = Duration::from_secs(10);

/// How a setting stands.
#[derive(Debug, Clone, PartialEq)]
pub enum SetOutcome {
    /// Under way.
    Waiting,
    /// The autopilot gave the value back as it was sent.
    Done,
    /// It did not, and why.
    Failed(String),
}

/// One value on its way into the autopilot. It is read first, because only the autopilot knows the type, and because a
/// parameter that does not exist must not be mistaken for one that cannot be set.
#[derive(Debug)]
pub struct Set {
    keeper: Keeper,
    name: String,
    value: Value,
    /// The type, and the value last heard, once one was.
    known: Option<(MavParamType, Value)>,
    tries: u32,
    begun: Timestamp,
    deadline: Timestamp,
    round_trip: RoundTrip,
}

impl Set {
    /// Begins to set a parameter.
    pub fn begin(now: Timestamp, keeper: Keeper, name: &str, value: Value, out: &mut Vec<MavMessage>) -> Self {
        let round_trip = RoundTrip::default();
        out.push(keeper.ask(name));
        let deadline = now + round_trip.patience(0);
        Self { keeper, name: name.to_owned(), value, known: None, tries: 1, begun: now, deadline, round_trip }
    }

    /// Takes a message of the autopilot.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage, out: &mut Vec<MavMessage>) -> SetOutcome {
        let MavMessage::PARAM_VALUE(PARAM_VALUE_DATA { param_value, param_id, param_type, .. }) = message else {
            return SetOutcome::Waiting;
        };
        let decoded = self.keeper.encoding.decode(*param_type, *param_value);
        let (Some(found), true) = (decoded, name_of(param_id) == Some(&self.name)) else { return SetOutcome::Waiting };
        let first = self.known.replace((*param_type, found)).is_none();
        if found.real() == self.sent_as(*param_type) {
            return SetOutcome::Done;
        }
        if !first {
            // An answer from before the setting, or the autopilot thinks otherwise: time will tell.
            return SetOutcome::Waiting;
        }
        if self.tries == 1 {
            self.round_trip.note(now.since(self.begun));
        }
        if self.keeper.encoding.encode(*param_type, self.value).is_none() {
            return SetOutcome::Failed(format!("{} cannot be {}: it does not fit its type", self.name, self.value));
        }
        self.tries = 0;
        self.send(now, out);
        SetOutcome::Waiting
    }

    /// Sends again, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> SetOutcome {
        if now >= self.begun + SET_PATIENCE {
            let name = &self.name;
            return SetOutcome::Failed(match self.known {
                None => format!("the autopilot has no parameter {name}, or does not answer"),
                Some((_, found)) => format!("the autopilot keeps {name} at {found} instead of {}", self.value),
            });
        }
        if now >= self.deadline {
            self.send(now, out);
        }
        SetOutcome::Waiting
    }

    /// When [`Set::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.deadline.min(self.begun + SET_PATIENCE)
    }

    fn sent_as(&self, kind: MavParamType) -> f64 {
        let encoding = self.keeper.encoding;
        let back = encoding.encode(kind, self.value).and_then(|on_wire| encoding.decode(kind, on_wire));
        back.map_or(f64::NAN, Value::real)
    }

    fn send(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        let on_wire = self.known.and_then(|(kind, _)| Some((kind, self.keeper.encoding.encode(kind, self.value)?)));
        out.push(match on_wire {
            None => self.keeper.ask(&self.name),
            Some((param_type, param_value)) => MavMessage::PARAM_SET(PARAM_SET_DATA {
                param_value,
                target_system: self.keeper.system.0,
                target_component: AUTOPILOT.0,
                param_id: CharArray::from(self.name.as_str()),
                param_type,
            }),
        });
        self.deadline = now + self.round_trip.patience(self.tries);
        self.tries += 1;
    }
}
