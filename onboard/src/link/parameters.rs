//! Parameters of the autopilot: read, read all, and set with proof.
//!
//! Terms: a value travels in a float, either converted to it (a *cast*, ArduPilot) or as its bytes laid into it
//! (*bytewise*, PX4); AUTOPILOT_VERSION says which. An index of 65535 in an answer means that the parameter was asked for
//! by its name, so it says nothing of where it stands in the list.
//!
//! A name that does not exist gets silence, which a lost frame gets too: so a name is asked for again and again, and
//! what is told in the end is that there was no answer. ArduPilot takes values out of range and says nothing: a value is
//! set when it is read back as it was sent, and that is all that is known of it.
//!
//! Source: <https://mavlink.io/en/services/parameter.html>, and the behaviour of ArduPilot 4.5 and PX4 1.17.

mod all;
mod set;
mod value;

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavMessage, PARAM_REQUEST_READ_DATA};
use mavlink::types::CharArray;
use telemetry::{MavSystemId, Timestamp};

use super::round_trip::RoundTrip;
use super::session::AUTOPILOT;

pub use all::{All, LIST_PATIENCE, LIST_SILENCE, ReadAll};
pub use set::{SET_PATIENCE, Set, SetOutcome};
pub use value::{Encoding, Value};

/// How long a name is asked for before the silence counts.
pub const READ_PATIENCE: Duration = Duration::from_secs(5);
/// How often it is asked for at least in that time.
pub const READ_TRIES: u32 = 6;
/// The index that means "by name".
const BY_NAME: u16 = u16::MAX;

/// Whom to ask, and how values travel there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeper {
    /// The autopilot's system.
    pub system: MavSystemId,
    /// How it sends values.
    pub encoding: Encoding,
}

impl Keeper {
    fn ask(self, name: &str) -> MavMessage {
        self.request(name, -1)
    }

    fn request(self, name: &str, index: i16) -> MavMessage {
        MavMessage::PARAM_REQUEST_READ(PARAM_REQUEST_READ_DATA {
            param_index: index,
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
            param_id: CharArray::from(name),
        })
    }
}

/// The name in a message, which ends at its first zero if it has one.
fn name_of(id: &CharArray<16>) -> Option<&str> {
    let bytes: &[u8] = &id[..];
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).ok()
}

/// Several parameters by their names, all asked for at once.
#[derive(Debug)]
pub struct Read {
    keeper: Keeper,
    asked: BTreeMap<String, Question>,
    found: BTreeMap<String, Value>,
    begun: Timestamp,
    round_trip: RoundTrip,
}

#[derive(Debug, Clone, Copy)]
struct Question {
    at: Timestamp,
    tries: u32,
    again_at: Timestamp,
}

impl Read {
    /// Asks for parameters.
    pub fn begin<'a>(
        now: Timestamp,
        keeper: Keeper,
        names: impl IntoIterator<Item = &'a str>,
        out: &mut Vec<MavMessage>,
    ) -> Self {
        let question = Question { at: now, tries: 0, again_at: now };
        let asked = names.into_iter().map(|name| (name.to_owned(), question)).collect();
        let mut read = Self { keeper, asked, found: BTreeMap::new(), begun: now, round_trip: RoundTrip::default() };
        let _found = read.advance(now, out);
        read
    }

    /// Takes a message of the autopilot. Gives back the values found, by name, once there is nothing to wait for.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage) -> Option<BTreeMap<String, Value>> {
        if let MavMessage::PARAM_VALUE(value) = message
            && let Some(name) = name_of(&value.param_id)
            && let Some(question) = self.asked.get(name).copied()
            && let Some(found) = self.keeper.encoding.decode(value.param_type, value.param_value)
        {
            if question.tries == 1 {
                self.round_trip.note(now.since(question.at));
            }
            self.asked.remove(name);
            self.found.insert(name.to_owned(), found);
        }
        if let MavMessage::PARAM_ERROR(refused) = message
            && let Some(name) = name_of(&refused.param_id)
        {
            self.asked.remove(name);
        }
        self.asked.is_empty().then(|| std::mem::take(&mut self.found))
    }

    /// Asks again for what has not come; what was asked for often enough is not there.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> Option<BTreeMap<String, Value>> {
        let Self { keeper, asked, begun, round_trip, .. } = self;
        asked.retain(|_, question| {
            now < question.again_at || now < *begun + READ_PATIENCE || question.tries < READ_TRIES
        });
        for (name, question) in asked.iter_mut().filter(|(_, question)| now >= question.again_at) {
            out.push(keeper.ask(name));
            *question =
                Question { at: now, tries: question.tries + 1, again_at: now + round_trip.patience(question.tries) };
        }
        self.asked.is_empty().then(|| std::mem::take(&mut self.found))
    }

    /// When [`Read::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.asked.values().map(|question| question.again_at).min().unwrap_or(self.begun)
    }
}
