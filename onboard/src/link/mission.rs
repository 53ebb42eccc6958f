//! A mission's way into the autopilot, and the proof that it arrived.
//!
//! ```text
//! we:  COUNT ──▶            ITEM_INT n ──▶               REQUEST_LIST ──▶      REQUEST_INT n ──▶        ACK ──▶
//! it:        ◀── REQUEST[_INT] n       ◀── ACK                     ◀── COUNT               ◀── ITEM_INT n
//!      Offering          Giving                          Listing                  Fetching
//! ```
//!
//! The acknowledgement in the middle proves little, so every item is fetched back and compared; only then is the
//! upload done. ArduPilot asks by the deprecated MISSION_REQUEST and is answered with MISSION_ITEM_INT. It asks again
//! after a second of silence and gives up after eight, so a silence while giving is waited out, and then everything
//! begins anew, [`ROUNDS`] times. A repeated item is answered by ArduPilot with INVALID_SEQUENCE, which means nothing.
//!
//! An upload that fails may have destroyed the mission that was there: whoever begins one counts on that.
//!
//! Source: <https://mavlink.io/en/services/mission.html>, and the behaviour of ArduPilot 4.5 and PX4 1.17.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    MISSION_ACK_DATA, MISSION_COUNT_DATA, MISSION_ITEM_INT_DATA, MISSION_REQUEST_INT_DATA, MISSION_REQUEST_LIST_DATA,
    MavMessage, MavMissionResult, MavMissionType,
};
use telemetry::{MavSystemId, Timestamp};

use super::items::Mission;
use super::session::{AUTOPILOT, COMPANION};

/// How long to wait for an answer before asking again.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How often to ask.
pub const TRIES: u8 = 5;
/// A silence of the autopilot while it should ask for items; ArduPilot gives up after 8 s.
pub const GIVING_TIMEOUT: Duration = Duration::from_secs(10);
/// After the last item: how long to wait for the acknowledgement before looking for oneself.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(3);
/// How often everything is begun anew before the upload has failed.
pub const ROUNDS: u8 = 4;
/// How long to leave the autopilot alone before that: it may be busy with another ground station.
pub const PAUSE: Duration = Duration::from_secs(2);

/// How an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Under way.
    Waiting,
    /// The autopilot holds the mission, compared item by item.
    Done,
    /// It does not, and why. What it holds instead is not known.
    Failed(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// COUNT was sent.
    Offering { tries: u8 },
    /// Items are given as they are asked for; `all` once the last one was.
    Giving { all: bool },
    /// REQUEST_LIST was sent.
    Listing { tries: u8 },
    /// The items before `next` came back as they were sent.
    Fetching { next: u16, tries: u8 },
    /// Begins anew at the deadline.
    Pausing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The autopilot shall hold the mission.
    Bring,
    /// It is asked whether it does.
    Compare,
}

/// One upload, or one comparison.
#[derive(Debug, Clone)]
pub struct Upload {
    purpose: Purpose,
    mission: Mission,
    system: MavSystemId,
    state: State,
    deadline: Timestamp,
    round: u8,
    /// The item asked for last, for the words of a refusal.
    asked_for: u16,
}

impl Upload {
    /// Offers a mission.
    pub fn begin(now: Timestamp, system: MavSystemId, mission: Mission, out: &mut Vec<MavMessage>) -> Self {
        let mut upload = Self {
            purpose: Purpose::Bring,
            mission,
            system,
            state: State::Pausing,
            deadline: now,
            round: 0,
            asked_for: 0,
        };
        upload.offer(now, 0, out);
        upload
    }

    /// Compares a mission with the one the autopilot holds, and changes nothing.
    pub fn compare(now: Timestamp, system: MavSystemId, mission: Mission, out: &mut Vec<MavMessage>) -> Self {
        let mut upload = Self {
            purpose: Purpose::Compare,
            mission,
            system,
            state: State::Pausing,
            deadline: now,
            round: 0,
            asked_for: 0,
        };
        upload.list(now, 0, out);
        upload
    }

    /// When [`Upload::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Takes a message of the autopilot. What concerns another transfer changes nothing.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage, out: &mut Vec<MavMessage>) -> Outcome {
        if let Some(asked) = item_asked_for(message) {
            if self.ours(asked.target_system, asked.target_component, asked.mission_type) {
                self.give(now, asked.seq, out);
            }
            return Outcome::Waiting;
        }
        match message {
            MavMessage::MISSION_ACK(ack) if self.ours(ack.target_system, ack.target_component, ack.mission_type) => {
                self.acknowledged(now, ack.mavtype, out)
            }
            MavMessage::MISSION_COUNT(count)
                if self.ours(count.target_system, count.target_component, count.mission_type) =>
            {
                self.counted(now, count.count, out)
            }
            MavMessage::MISSION_ITEM_INT(item)
                if self.ours(item.target_system, item.target_component, item.mission_type) =>
            {
                self.fetched(now, item, out)
            }
            _ => Outcome::Waiting,
        }
    }

    /// Asks again, begins anew or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> Outcome {
        if now < self.deadline {
            return Outcome::Waiting;
        }
        match self.state {
            State::Offering { tries } if tries < TRIES => {
                self.offer(now, tries, out);
                Outcome::Waiting
            }
            State::Offering { .. } => self.begin_anew(now, "the autopilot did not ask for the mission"),
            State::Giving { all: true } => {
                self.list(now, 0, out);
                Outcome::Waiting
            }
            State::Giving { all: false } => {
                let words = format!("the autopilot stopped asking after item {}", self.asked_for);
                self.begin_anew(now, &words)
            }
            State::Listing { tries } if tries < TRIES => {
                self.list(now, tries, out);
                Outcome::Waiting
            }
            State::Listing { .. } => self.begin_anew(now, "the autopilot did not say what mission it holds"),
            State::Fetching { next, tries } if tries < TRIES => {
                self.fetch(now, next, tries, out);
                Outcome::Waiting
            }
            State::Fetching { next, .. } => {
                self.begin_anew(now, &format!("the autopilot did not give item {next} back"))
            }
            State::Pausing => {
                self.offer(now, 0, out);
                Outcome::Waiting
            }
        }
    }

    /// Tells the autopilot that the transfer is over.
    pub fn cancel(&self, out: &mut Vec<MavMessage>) {
        out.push(self.ack(MavMissionResult::MAV_MISSION_OPERATION_CANCELLED));
    }

    fn ours(&self, target_system: u8, target_component: u8, mission_type: MavMissionType) -> bool {
        target_system == self.system.0
            && (target_component == 0 || target_component == COMPANION.0)
            && mission_type == MavMissionType::MAV_MISSION_TYPE_MISSION
    }

    fn enter(&mut self, state: State, deadline: Timestamp) {
        self.state = state;
        self.deadline = deadline;
    }

    fn offer(&mut self, now: Timestamp, tries: u8, out: &mut Vec<MavMessage>) {
        out.push(MavMessage::MISSION_COUNT(MISSION_COUNT_DATA {
            count: self.mission.count(),
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
            mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
            opaque_id: 0,
        }));
        self.enter(State::Offering { tries: tries + 1 }, now + ANSWER_TIMEOUT);
    }

    fn give(&mut self, now: Timestamp, number: u16, out: &mut Vec<MavMessage>) {
        let given = match self.state {
            State::Offering { .. } => false,
            State::Giving { all } => all,
            State::Listing { .. } | State::Fetching { .. } | State::Pausing => return,
        };
        let Some(item) = self.mission.message(number, self.system) else { return };
        out.push(MavMessage::MISSION_ITEM_INT(item));
        self.asked_for = number;
        let all = given || number + 1 == self.mission.count();
        self.enter(State::Giving { all }, now + if all { ACK_TIMEOUT } else { GIVING_TIMEOUT });
    }

    fn acknowledged(&mut self, now: Timestamp, result: MavMissionResult, out: &mut Vec<MavMessage>) -> Outcome {
        let giving = match self.state {
            State::Offering { .. } => false,
            State::Giving { all } => all,
            // While fetching, the autopilot's silence says the same.
            State::Listing { .. } | State::Fetching { .. } | State::Pausing => return Outcome::Waiting,
        };
        match result {
            MavMissionResult::MAV_MISSION_ACCEPTED if giving => {
                self.list(now, 0, out);
                Outcome::Waiting
            }
            // A late word on an earlier transfer, or on a repeated item.
            MavMissionResult::MAV_MISSION_ACCEPTED | MavMissionResult::MAV_MISSION_INVALID_SEQUENCE => Outcome::Waiting,
            MavMissionResult::MAV_MISSION_ERROR
            | MavMissionResult::MAV_MISSION_DENIED
            | MavMissionResult::MAV_MISSION_OPERATION_CANCELLED => self.begin_anew(now, in_words(result)),
            refusal => Outcome::Failed(format!("{} (item {})", in_words(refusal), self.asked_for)),
        }
    }

    fn list(&mut self, now: Timestamp, tries: u8, out: &mut Vec<MavMessage>) {
        out.push(MavMessage::MISSION_REQUEST_LIST(MISSION_REQUEST_LIST_DATA {
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
            mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
        }));
        self.enter(State::Listing { tries: tries + 1 }, now + ANSWER_TIMEOUT);
    }

    fn counted(&mut self, now: Timestamp, count: u16, out: &mut Vec<MavMessage>) -> Outcome {
        if !matches!(self.state, State::Listing { .. }) {
            return Outcome::Waiting;
        }
        if count != self.mission.count() {
            let words = format!("the autopilot holds {count} items of {}", self.mission.count());
            self.ack_to(MavMissionResult::MAV_MISSION_OPERATION_CANCELLED, out);
            return self.begin_anew(now, &words);
        }
        self.fetch(now, 0, 0, out);
        Outcome::Waiting
    }

    fn fetch(&mut self, now: Timestamp, next: u16, tries: u8, out: &mut Vec<MavMessage>) {
        out.push(MavMessage::MISSION_REQUEST_INT(MISSION_REQUEST_INT_DATA {
            seq: next,
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
            mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
        }));
        self.enter(State::Fetching { next, tries: tries + 1 }, now + ANSWER_TIMEOUT);
    }

    fn fetched(&mut self, now: Timestamp, item: &MISSION_ITEM_INT_DATA, out: &mut Vec<MavMessage>) -> Outcome {
        match self.state {
            State::Fetching { next, .. } if next == item.seq => {}
            _ => return Outcome::Waiting,
        }
        if !self.mission.holds(item) {
            self.ack_to(MavMissionResult::MAV_MISSION_OPERATION_CANCELLED, out);
            return self.begin_anew(now, &format!("item {} came back different", item.seq));
        }
        if item.seq + 1 == self.mission.count() {
            self.ack_to(MavMissionResult::MAV_MISSION_ACCEPTED, out);
            return Outcome::Done;
        }
        self.fetch(now, item.seq + 1, 0, out);
        Outcome::Waiting
    }

    fn begin_anew(&mut self, now: Timestamp, why: &str) -> Outcome {
        self.round += 1;
        if self.purpose == Purpose::Compare {
            return Outcome::Failed(why.to_owned());
        }
        if self.round >= ROUNDS {
            return Outcome::Failed(format!("{why}, in {ROUNDS} rounds"));
        }
        self.enter(State::Pausing, now + PAUSE);
        Outcome::Waiting
    }

    fn ack_to(&self, result: MavMissionResult, out: &mut Vec<MavMessage>) {
        out.push(self.ack(result));
    }

    fn ack(&self, result: MavMissionResult) -> MavMessage {
        MavMessage::MISSION_ACK(MISSION_ACK_DATA {
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
            mavtype: result,
            mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
            opaque_id: 0,
        })
    }
}

/// ArduPilot still asks by the deprecated MISSION_REQUEST.
#[allow(deprecated, reason = "what ArduPilot sends")]
fn item_asked_for(message: &MavMessage) -> Option<MISSION_REQUEST_INT_DATA> {
    match message {
        MavMessage::MISSION_REQUEST_INT(asked) => Some(asked.clone()),
        MavMessage::MISSION_REQUEST(asked) => Some(MISSION_REQUEST_INT_DATA {
            seq: asked.seq,
            target_system: asked.target_system,
            target_component: asked.target_component,
            mission_type: asked.mission_type,
        }),
        _ => None,
    }
}

fn in_words(result: MavMissionResult) -> &'static str {
    match result {
        MavMissionResult::MAV_MISSION_ACCEPTED => "the mission was accepted",
        MavMissionResult::MAV_MISSION_ERROR => "the autopilot refused the mission without a reason",
        MavMissionResult::MAV_MISSION_UNSUPPORTED_FRAME => "the autopilot does not know the altitude's frame",
        MavMissionResult::MAV_MISSION_UNSUPPORTED => "the autopilot does not support an item",
        MavMissionResult::MAV_MISSION_NO_SPACE => "the mission is too long for the autopilot",
        MavMissionResult::MAV_MISSION_INVALID
        | MavMissionResult::MAV_MISSION_INVALID_PARAM1
        | MavMissionResult::MAV_MISSION_INVALID_PARAM2
        | MavMissionResult::MAV_MISSION_INVALID_PARAM3
        | MavMissionResult::MAV_MISSION_INVALID_PARAM4 => "the autopilot does not accept a parameter of an item",
        MavMissionResult::MAV_MISSION_INVALID_PARAM5_X | MavMissionResult::MAV_MISSION_INVALID_PARAM6_Y => {
            "the autopilot does not accept the place of an item"
        }
        MavMissionResult::MAV_MISSION_INVALID_PARAM7 => "the autopilot does not accept the altitude of an item",
        MavMissionResult::MAV_MISSION_INVALID_SEQUENCE => "the autopilot expected another item",
        MavMissionResult::MAV_MISSION_DENIED => "the autopilot is busy with another ground station's mission",
        MavMissionResult::MAV_MISSION_OPERATION_CANCELLED => "the autopilot cancelled the upload",
    }
}
