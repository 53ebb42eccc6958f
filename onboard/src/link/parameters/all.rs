//! Every parameter of an autopilot.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavMessage, PARAM_REQUEST_LIST_DATA};
use telemetry::Timestamp;

use super::{BY_NAME, Keeper, Value, name_of};
use crate::link::session::AUTOPILOT;

/// A silence after which gaps in the list are asked for.
pub const LIST_SILENCE: Duration = Duration::from_millis(1500);
/// A silence that ends the reading of the list.
pub const LIST_PATIENCE: Duration = Duration::from_secs(15);
/// How many gaps are asked for at a time.
const GAPS_AT_ONCE: usize = 10;
/// The most parameters of a list that are believed: autopilots have some 1500.
const LIST_MAX: u16 = 8192;

/// How the reading of the whole list stands.
#[derive(Debug, Clone, PartialEq)]
pub enum All {
    /// They are coming.
    Waiting,
    /// Every one of them, by name.
    Done(BTreeMap<String, Value>),
    /// Not all of them came, and how many did.
    Failed(String),
}

/// Every parameter. The list streams by; gaps in it are then asked for by their index.
#[derive(Debug)]
pub struct ReadAll {
    keeper: Keeper,
    count: Option<u16>,
    missing: BTreeSet<u16>,
    found: BTreeMap<String, Value>,
    /// When the last one came that was new.
    heard_at: Timestamp,
    /// When to ask again.
    deadline: Timestamp,
}

impl ReadAll {
    /// Asks for the list.
    pub fn begin(now: Timestamp, keeper: Keeper, out: &mut Vec<MavMessage>) -> Self {
        let mut all = Self {
            keeper,
            count: None,
            missing: BTreeSet::new(),
            found: BTreeMap::new(),
            heard_at: now,
            deadline: now,
        };
        all.ask(now, out);
        all
    }

    /// Takes a message of the autopilot.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage) -> All {
        let MavMessage::PARAM_VALUE(value) = message else { return All::Waiting };
        let in_list = value.param_index != BY_NAME && value.param_index < value.param_count;
        if !in_list || value.param_count > LIST_MAX {
            return All::Waiting;
        }
        if self.count != Some(value.param_count) {
            // The first one, or the list has grown: an autopilot shows more once a feature is switched on.
            self.count = Some(value.param_count);
            self.missing = (0..value.param_count).collect();
            self.found.clear();
        }
        if self.missing.remove(&value.param_index) {
            self.heard_at = now;
            self.deadline = now + LIST_SILENCE;
            if let (Some(name), Some(found)) =
                (name_of(&value.param_id), self.keeper.encoding.decode(value.param_type, value.param_value))
            {
                self.found.insert(name.to_owned(), found);
            }
        }
        if self.missing.is_empty() { All::Done(std::mem::take(&mut self.found)) } else { All::Waiting }
    }

    /// Asks for the gaps, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> All {
        if now >= self.heard_at + LIST_PATIENCE {
            return All::Failed(match self.count {
                None => "the autopilot did not give its parameters".to_owned(),
                Some(count) => {
                    let came = usize::from(count) - self.missing.len();
                    format!("the autopilot gave {came} of its {count} parameters")
                }
            });
        }
        if now >= self.deadline {
            self.ask(now, out);
        }
        All::Waiting
    }

    /// When [`ReadAll::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.deadline.min(self.heard_at + LIST_PATIENCE)
    }

    fn ask(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        self.deadline = now + LIST_SILENCE;
        if self.count.is_none() {
            out.push(MavMessage::PARAM_REQUEST_LIST(PARAM_REQUEST_LIST_DATA {
                target_system: self.keeper.system.0,
                target_component: AUTOPILOT.0,
            }));
            return;
        }
        for index in self.missing.iter().take(GAPS_AT_ONCE) {
            out.extend(i16::try_from(*index).ok().map(|index| self.keeper.request("", index)));
        }
    }
}
