//! Components other than the autopilot that take commands: found by their heartbeat, asked what they are, and told one
//! thing after the other.
//!
//! Limits: [`WAITING_MAX`] commands wait for a component; the newest is refused when they do. What a component is, is
//! asked [`ASKED_MAX`] times.

use std::collections::VecDeque;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{COMMAND_ACK_DATA, COMMAND_LONG_DATA, MavCmd, MavMessage};
use telemetry::{CommandId, MavComponentId, Timestamp};

use super::command::{Addressee, Call, Exchange, Outcome};

/// The most commands that wait for one component.
pub const WAITING_MAX: usize = 8;
/// How often a component is asked what it is.
pub const ASKED_MAX: u32 = 10;
const ASK_EVERY: Duration = Duration::from_secs(2);

/// How what a component was told has ended, and which command it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Who was told.
    pub component: MavComponentId,
    /// The command it belongs to; nothing where nobody waits for an answer.
    pub command: Option<CommandId>,
    /// Why not, where it was refused.
    pub refused: Option<String>,
}

/// A component and what it was told.
#[derive(Debug)]
pub struct Component {
    whom: Addressee,
    running: Option<(Exchange, Option<CommandId>)>,
    waiting: VecDeque<(Call, Option<CommandId>)>,
    asked: u32,
    next_ask: Timestamp,
}

impl Component {
    /// A component that has just been heard.
    #[must_use]
    pub fn new(whom: Addressee, now: Timestamp) -> Self {
        Self { whom, running: None, waiting: VecDeque::new(), asked: 0, next_ask: now }
    }

    /// Which component.
    #[must_use]
    pub fn id(&self) -> MavComponentId {
        self.whom.component
    }

    /// Tells it something, for a command if somebody waits for the answer. False when too much waits already.
    pub fn tell(&mut self, now: Timestamp, call: Call, command: Option<CommandId>, out: &mut Vec<MavMessage>) -> bool {
        if self.running.is_some() {
            let room = self.waiting.len() < WAITING_MAX;
            if room {
                self.waiting.push_back((call, command));
            }
            return room;
        }
        self.running = Some((Exchange::begin(now, self.whom, call, out), command));
        true
    }

    /// Whether anything is still to be answered.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.running.is_some()
    }

    /// Takes its acknowledgement. Gives back what it ends.
    pub fn acknowledged(&mut self, now: Timestamp, ack: &COMMAND_ACK_DATA, out: &mut Vec<MavMessage>) -> Option<Ended> {
        let outcome = self.running.as_mut().map_or(Outcome::Waiting, |(exchange, _)| exchange.take(now, ack));
        self.proceed(now, outcome, out)
    }

    /// Asks what it is while `unknown`, and repeats what it was told. Gives back what ends.
    pub fn advance(&mut self, now: Timestamp, unknown: Option<u32>, out: &mut Vec<MavMessage>) -> Option<Ended> {
        if let Some(message) = unknown.filter(|_| now >= self.next_ask && self.asked < ASKED_MAX) {
            self.asked += 1;
            self.next_ask = now + ASK_EVERY;
            out.push(MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
                command: MavCmd::MAV_CMD_REQUEST_MESSAGE,
                param1: message as f32,
                target_system: self.whom.system.0,
                target_component: self.whom.component.0,
                ..COMMAND_LONG_DATA::default()
            }));
        }
        let outcome = self.running.as_mut().map_or(Outcome::Waiting, |(exchange, _)| exchange.advance(now, out));
        self.proceed(now, outcome, out)
    }

    /// When [`Component::advance`] has something to do next, while `unknown` or not.
    #[must_use]
    pub fn next_deadline(&self, unknown: bool) -> Option<Timestamp> {
        let ask = (unknown && self.asked < ASKED_MAX).then_some(self.next_ask);
        ask.into_iter().chain(self.running.as_ref().map(|(exchange, _)| exchange.next_deadline())).min()
    }

    fn proceed(&mut self, now: Timestamp, outcome: Outcome, out: &mut Vec<MavMessage>) -> Option<Ended> {
        let refused = match outcome {
            Outcome::Waiting => return None,
            Outcome::Accepted => None,
            Outcome::Refused(why) => Some(why),
        };
        let (_, command) = self.running.take()?;
        if let Some((call, command)) = self.waiting.pop_front() {
            self.tell(now, call, command, out);
        }
        Some(Ended { component: self.whom.component, command, refused })
    }
}
