//! One list, fetched from the autopilot.
//!
//! ```text
//! we:  REQUEST_LIST ──▶          REQUEST_INT n ──▶               ACK ──▶
//! it:               ◀── COUNT                    ◀── ITEM_INT n
//!      Listing                Fetching
//! ```
//!
//! ArduPilot gives any item whenever it is asked, so several are asked for at a time ([`ASKED_AT_ONCE`]); PX4 gives them
//! in turn, and drops the whole transfer when it is asked out of turn, so one is. What does not come within the measured
//! round trip is asked for again.
//!
//! PX4 says with the count by what number it calls its list, the checksum of its items. Where fetching them one by one
//! would take longer than [`WORTH_A_CHECKSUM`], a number that is the wanted list's own is proof enough.
//!
//! Source: <https://mavlink.io/en/services/mission.html>, and the behaviour of ArduPilot 4.5 and PX4 1.17.

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    MISSION_COUNT_DATA, MISSION_ITEM_INT_DATA, MISSION_REQUEST_INT_DATA, MISSION_REQUEST_LIST_DATA, MavMessage,
    MavMissionResult,
};
use telemetry::{MavSystemId, Timestamp};

use super::items::Item;
use super::lists::ListKind;
use super::mode::Make;
use super::round_trip::RoundTrip;
use super::session::AUTOPILOT;
use super::upload::{acknowledgement, concerns};

/// How many items ArduPilot is asked for at a time.
pub const ASKED_AT_ONCE: usize = 16;
/// A silence of the autopilot that ends the download.
pub const SILENCE_MAX: Duration = Duration::from_secs(8);
/// Fetching that takes longer is spared where the checksum fits.
pub const WORTH_A_CHECKSUM: Duration = Duration::from_secs(20);
/// How often PX4 is asked for the list anew after it has dropped the transfer.
const DROPS_MAX: u32 = 5;

/// What the autopilot holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its items.
    pub items: Vec<Item>,
    /// The autopilot's own number for the list; 0 where it has none.
    pub number: u32,
}

/// How a download stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Under way.
    Waiting,
    /// It is all here.
    Done(Found),
    /// Its checksum is the wanted list's.
    Same(u32),
    /// It did not come, and why.
    Failed(String),
    /// The autopilot does not have such lists.
    Unsupported,
}

#[derive(Debug)]
enum State {
    Listing { tries: u32, sent_at: Timestamp },
    Fetching { items: Vec<Option<Item>>, asked: BTreeMap<u16, Asked> },
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    at: Timestamp,
    tries: u32,
    again_at: Timestamp,
}

/// The list that is hoped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hope {
    /// How many items it has.
    pub count: u16,
    /// Its checksum.
    pub checksum: u32,
}

/// One download.
#[derive(Debug)]
pub struct Download {
    kind: ListKind,
    system: MavSystemId,
    make: Make,
    hope: Option<Hope>,
    state: State,
    /// The autopilot's number for the list.
    number: u32,
    heard_at: Timestamp,
    deadline: Timestamp,
    drops: u32,
    /// The autopilot says that it gives nothing now.
    denied: bool,
}

impl Download {
    /// Asks for a list. With a hope, its checksum may stand for its items.
    pub fn begin(
        now: Timestamp,
        system: MavSystemId,
        make: Make,
        (kind, hope): (ListKind, Option<Hope>),
        round_trip: &RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Self {
        let state = State::Listing { tries: 0, sent_at: now };
        let mut download =
            Self { kind, system, make, hope, state, number: 0, heard_at: now, deadline: now, drops: 0, denied: false };
        download.ask(now, round_trip, out);
        download
    }

    /// When [`Download::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.deadline.min(self.heard_at + SILENCE_MAX)
    }

    /// Takes a message of the autopilot. What concerns another transfer changes nothing.
    pub fn take(
        &mut self,
        now: Timestamp,
        message: &MavMessage,
        round_trip: &mut RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        let kind = self.kind.mission_type();
        let ours = |system: u8, component: u8| concerns(self.system, system, component);
        match message {
            MavMessage::MISSION_COUNT(count)
                if count.mission_type == kind && ours(count.target_system, count.target_component) =>
            {
                self.counted(now, count, round_trip, out)
            }
            MavMessage::MISSION_ITEM_INT(item)
                if item.mission_type == kind && ours(item.target_system, item.target_component) =>
            {
                self.fetched(now, item, round_trip, out)
            }
            MavMessage::MISSION_ACK(ack)
                if ack.mission_type == kind && ours(ack.target_system, ack.target_component) =>
            {
                self.refused(now, ack.mavtype, round_trip, out)
            }
            _ => Outcome::Waiting,
        }
    }

    /// Asks again, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, round_trip: &RoundTrip, out: &mut Vec<MavMessage>) -> Outcome {
        if now >= self.heard_at + SILENCE_MAX {
            let what = self.kind.in_words();
            return Outcome::Failed(match &self.state {
                _ if self.denied => {
                    format!("the autopilot would not give {what} back: it may be busy with another ground station")
                }
                State::Listing { .. } => format!("the autopilot did not say what it holds as {what}"),
                State::Fetching { asked, .. } => {
                    let number = asked.keys().next().copied().unwrap_or(0);
                    format!("the autopilot did not give item {number} back")
                }
            });
        }
        if now >= self.deadline {
            self.ask(now, round_trip, out);
        }
        Outcome::Waiting
    }

    /// Tells the autopilot that the transfer is over.
    pub fn cancel(&self, out: &mut Vec<MavMessage>) {
        out.push(acknowledgement(self.system, self.kind, MavMissionResult::MAV_MISSION_OPERATION_CANCELLED));
    }

    fn counted(
        &mut self,
        now: Timestamp,
        count: &MISSION_COUNT_DATA,
        round_trip: &mut RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        let State::Listing { tries, sent_at } = self.state else { return Outcome::Waiting };
        if tries == 1 {
            round_trip.note(now.since(sent_at));
        }
        self.heard_at = now;
        self.denied = false;
        self.number = count.opaque_id;
        let one_by_one = round_trip.smoothed().map_or(Duration::MAX, |each| each * u32::from(count.count));
        let hoped = self.hope == Some(Hope { count: count.count, checksum: count.opaque_id }) && count.opaque_id != 0;
        if hoped && self.make == Make::Px4 && one_by_one > WORTH_A_CHECKSUM {
            self.cancel(out);
            return Outcome::Same(count.opaque_id);
        }
        self.state = State::Fetching { items: vec![None; usize::from(count.count)], asked: BTreeMap::new() };
        self.go_on(now, round_trip, out)
    }

    fn fetched(
        &mut self,
        now: Timestamp,
        item: &MISSION_ITEM_INT_DATA,
        round_trip: &mut RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        let State::Fetching { items, asked } = &mut self.state else { return Outcome::Waiting };
        // PX4 sends a jump that it has counted down without being asked.
        let Some(asked) = asked.remove(&item.seq) else { return Outcome::Waiting };
        if asked.tries == 1 {
            round_trip.note(now.since(asked.at));
        }
        self.heard_at = now;
        if let Some(slot) = items.get_mut(usize::from(item.seq)) {
            *slot = Some(Item::of(item));
        }
        self.go_on(now, round_trip, out)
    }

    /// Asks for what is still missing; done when nothing is.
    fn go_on(&mut self, now: Timestamp, round_trip: &RoundTrip, out: &mut Vec<MavMessage>) -> Outcome {
        if let State::Fetching { items, .. } = &self.state
            && items.iter().all(Option::is_some)
        {
            let items = items.iter().flatten().copied().collect();
            out.push(acknowledgement(self.system, self.kind, MavMissionResult::MAV_MISSION_ACCEPTED));
            return Outcome::Done(Found { items, number: self.number });
        }
        self.ask(now, round_trip, out);
        Outcome::Waiting
    }

    fn refused(
        &mut self,
        now: Timestamp,
        result: MavMissionResult,
        round_trip: &RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        let fetching = matches!(self.state, State::Fetching { .. });
        match result {
            MavMissionResult::MAV_MISSION_UNSUPPORTED => Outcome::Unsupported,
            // It was asked out of turn, by a frame that came late, and has dropped the transfer.
            MavMissionResult::MAV_MISSION_ERROR if fetching && self.make == Make::Px4 && self.drops < DROPS_MAX => {
                self.drops += 1;
                self.state = State::Listing { tries: 0, sent_at: now };
                self.ask(now, round_trip, out);
                Outcome::Waiting
            }
            // Busy with an upload, or a late word on an earlier transfer: silence will tell.
            MavMissionResult::MAV_MISSION_DENIED => {
                self.denied = true;
                Outcome::Waiting
            }
            _ => Outcome::Waiting,
        }
    }

    /// Sends what is due and sets the next deadline.
    fn ask(&mut self, now: Timestamp, round_trip: &RoundTrip, out: &mut Vec<MavMessage>) {
        let (system, mission_type) = (self.system, self.kind.mission_type());
        match &mut self.state {
            State::Listing { tries, sent_at } => {
                out.push(MavMessage::MISSION_REQUEST_LIST(MISSION_REQUEST_LIST_DATA {
                    target_system: system.0,
                    target_component: AUTOPILOT.0,
                    mission_type,
                }));
                self.deadline = now + round_trip.patience(*tries);
                (*tries, *sent_at) = (*tries + 1, now);
            }
            State::Fetching { items, asked } => {
                let at_once = if self.make == Make::Px4 { 1 } else { ASKED_AT_ONCE };
                let missing = (0_u16..).zip(items.iter()).filter(|(_, item)| item.is_none()).map(|(number, _)| number);
                for number in missing.take(at_once) {
                    let again = asked.entry(number).or_insert(Asked { at: now, tries: 0, again_at: now });
                    if now < again.again_at {
                        continue;
                    }
                    *again =
                        Asked { at: now, tries: again.tries + 1, again_at: now + round_trip.patience(again.tries) };
                    out.push(MavMessage::MISSION_REQUEST_INT(MISSION_REQUEST_INT_DATA {
                        seq: number,
                        target_system: system.0,
                        target_component: AUTOPILOT.0,
                        mission_type,
                    }));
                }
                self.deadline = asked.values().map(|asked| asked.again_at).min().unwrap_or(now + SILENCE_MAX);
            }
        }
    }
}
