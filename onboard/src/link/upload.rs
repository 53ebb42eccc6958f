//! One list's way into the autopilot. Whether it arrived is not decided here: an acknowledgement proves too little.
//!
//! ```text
//! we:  COUNT ──▶               ITEM_INT n ──▶                  or, to clear:  CLEAR_ALL ──▶
//! it:        ◀── REQUEST[_INT] n           ◀── ACK                                    ◀── ACK
//!      Offering             Giving                                       Clearing
//! ```
//!
//! The autopilot asks, by the deprecated MISSION_REQUEST (ArduPilot) or MISSION_REQUEST_INT (PX4); both are answered
//! with MISSION_ITEM_INT. It asks again by itself only after a while (1 s and 0.25 s), so an item whose successor is not
//! asked for within the measured round trip is sent again: if it was lost, that brings it; if the request was lost,
//! ArduPilot answers the duplicate with INVALID_SEQUENCE, which proves that it wants the next, and PX4 asks for the next
//! anew. Nothing is sent before the autopilot has asked for it or proved that it wants it.
//!
//! Once every item was given, ERROR may mean that the autopilot has judged the list and will not have it, which
//! ArduPilot does with a fence; or no more than "there is no upload going on", when an item came twice.
//!
//! Source: <https://mavlink.io/en/services/mission.html>, and the behaviour of ArduPilot 4.5 and PX4 1.17.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    MISSION_ACK_DATA, MISSION_CLEAR_ALL_DATA, MISSION_COUNT_DATA, MISSION_REQUEST_INT_DATA, MavMessage,
    MavMissionResult,
};
use telemetry::{MavSystemId, Timestamp};

use super::lists::{List, ListKind};
use super::round_trip::RoundTrip;
use super::session::{AUTOPILOT, COMPANION};

/// A silence of the autopilot before it asks for the first item.
pub const OFFER_TIMEOUT: Duration = Duration::from_secs(8);
/// A silence of the autopilot while it should ask for items; ArduPilot cancels after 8 s, PX4 after 5 s.
pub const GIVING_TIMEOUT: Duration = Duration::from_secs(10);
/// After the last item: how long to wait for the acknowledgement before looking for oneself.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(4);

/// How an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Under way.
    Waiting,
    /// Every item was given; now it must be looked whether the autopilot holds them.
    Given,
    /// Every item was given, and then the autopilot said no: to the list, unless it holds it and meant a repeated item.
    Doubted(String),
    /// It did not work this time, and why: the autopilot was busy, or silent.
    Again(String),
    /// The autopilot will not have it, and why.
    Refused(String),
    /// The autopilot does not have such lists.
    Unsupported,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Offering,
    /// This item was given last.
    Giving(u16),
    Clearing,
}

/// One upload.
#[derive(Debug)]
pub struct Upload {
    list: List,
    system: MavSystemId,
    state: State,
    /// How often what was sent last has been sent.
    tries: u32,
    /// Whether an answer to a repetition is still to come.
    repeated: bool,
    sent_at: Timestamp,
    /// When the autopilot last asked for something.
    heard_at: Timestamp,
    deadline: Timestamp,
}

impl Upload {
    /// Offers a list, or clears the one that is there where the list is empty.
    pub fn begin(
        now: Timestamp,
        system: MavSystemId,
        list: List,
        round_trip: &RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Self {
        let state = if list.items.is_empty() { State::Clearing } else { State::Offering };
        let mut upload =
            Self { list, system, state, tries: 0, repeated: false, sent_at: now, heard_at: now, deadline: now };
        upload.send(now, round_trip, out);
        upload
    }

    /// When [`Upload::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.deadline.min(self.heard_at + self.silence_max())
    }

    /// Takes a message of the autopilot. What concerns another transfer changes nothing.
    pub fn take(
        &mut self,
        now: Timestamp,
        message: &MavMessage,
        round_trip: &mut RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        if let Some(asked) = item_asked_for(message) {
            let ours = concerns(self.system, asked.target_system, asked.target_component)
                && asked.mission_type == self.list.kind.mission_type();
            if ours && self.state != State::Clearing {
                self.give(now, asked.seq, round_trip, out);
            }
            return Outcome::Waiting;
        }
        match message {
            MavMessage::MISSION_ACK(ack)
                if concerns(self.system, ack.target_system, ack.target_component)
                    && ack.mission_type == self.list.kind.mission_type() =>
            {
                self.acknowledged(now, ack.mavtype, round_trip, out)
            }
            _ => Outcome::Waiting,
        }
    }

    /// Sends again, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, round_trip: &RoundTrip, out: &mut Vec<MavMessage>) -> Outcome {
        if now >= self.heard_at + self.silence_max() {
            let what = self.list.kind.in_words();
            return match self.state {
                State::Offering => Outcome::Again(format!("the autopilot did not ask for {what}")),
                State::Clearing => Outcome::Again(format!("the autopilot did not say that it cleared {what}")),
                State::Giving(_) if self.all_given() => Outcome::Given,
                State::Giving(number) => Outcome::Again(format!("the autopilot stopped asking after item {number}")),
            };
        }
        if now >= self.deadline {
            self.repeated = true;
            self.send(now, round_trip, out);
        }
        Outcome::Waiting
    }

    /// Tells the autopilot that the transfer is over.
    pub fn cancel(&self, out: &mut Vec<MavMessage>) {
        out.push(acknowledgement(self.system, self.list.kind, MavMissionResult::MAV_MISSION_OPERATION_CANCELLED));
    }

    fn all_given(&self) -> bool {
        matches!(self.state, State::Giving(number) if number + 1 == self.list.count())
    }

    fn silence_max(&self) -> Duration {
        match self.state {
            State::Offering | State::Clearing => OFFER_TIMEOUT,
            State::Giving(_) if self.all_given() => ACK_TIMEOUT,
            State::Giving(_) => GIVING_TIMEOUT,
        }
    }

    /// Gives what was asked for. A request that follows what was sent once is the answer to it, and says how long
    /// answers take.
    fn give(&mut self, now: Timestamp, number: u16, round_trip: &mut RoundTrip, out: &mut Vec<MavMessage>) {
        if number >= self.list.count() {
            return;
        }
        let next = match self.state {
            State::Offering => 0,
            State::Giving(last) => last + 1,
            State::Clearing => return,
        };
        if number == next && self.tries == 1 {
            round_trip.note(now.since(self.sent_at));
        }
        self.heard_at = now;
        self.hand_over(now, number, round_trip, out);
    }

    fn hand_over(&mut self, now: Timestamp, number: u16, round_trip: &RoundTrip, out: &mut Vec<MavMessage>) {
        if self.state != State::Giving(number) {
            self.state = State::Giving(number);
            self.tries = 0;
            self.repeated = false;
        }
        self.send(now, round_trip, out);
    }

    fn send(&mut self, now: Timestamp, round_trip: &RoundTrip, out: &mut Vec<MavMessage>) {
        let (system, kind) = (self.system, self.list.kind);
        out.extend(match self.state {
            State::Offering => Some(MavMessage::MISSION_COUNT(MISSION_COUNT_DATA {
                count: self.list.count(),
                target_system: system.0,
                target_component: AUTOPILOT.0,
                mission_type: kind.mission_type(),
                opaque_id: 0,
            })),
            State::Giving(number) => self.list.message(number, system).map(MavMessage::MISSION_ITEM_INT),
            State::Clearing => Some(MavMessage::MISSION_CLEAR_ALL(MISSION_CLEAR_ALL_DATA {
                target_system: system.0,
                target_component: AUTOPILOT.0,
                mission_type: kind.mission_type(),
            })),
        });
        self.deadline = now + round_trip.patience(self.tries);
        self.tries += 1;
        self.sent_at = now;
    }

    fn acknowledged(
        &mut self,
        now: Timestamp,
        result: MavMissionResult,
        round_trip: &RoundTrip,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        let (what, all_given) = (self.list.kind.in_words(), self.all_given());
        match (result, self.state) {
            (MavMissionResult::MAV_MISSION_ACCEPTED, State::Clearing) => Outcome::Given,
            (MavMissionResult::MAV_MISSION_ACCEPTED, _) if all_given => Outcome::Given,
            // A late word on an earlier transfer.
            (MavMissionResult::MAV_MISSION_ACCEPTED, _) => Outcome::Waiting,
            (MavMissionResult::MAV_MISSION_INVALID_SEQUENCE, State::Giving(last)) if self.repeated && !all_given => {
                self.heard_at = now;
                self.hand_over(now, last + 1, round_trip, out);
                Outcome::Waiting
            }
            (MavMissionResult::MAV_MISSION_INVALID_SEQUENCE, _) => Outcome::Waiting,
            (MavMissionResult::MAV_MISSION_ERROR | MavMissionResult::MAV_MISSION_DENIED, _) if all_given => {
                Outcome::Doubted(format!("the autopilot refused {what} as a whole"))
            }
            (MavMissionResult::MAV_MISSION_ERROR | MavMissionResult::MAV_MISSION_DENIED, _) => Outcome::Again(format!(
                "the autopilot would not take {what}: it may be busy with another ground station"
            )),
            (MavMissionResult::MAV_MISSION_OPERATION_CANCELLED, _) => {
                Outcome::Again(format!("the autopilot cancelled the upload of {what}"))
            }
            (MavMissionResult::MAV_MISSION_UNSUPPORTED, State::Offering | State::Clearing) => Outcome::Unsupported,
            (refusal, State::Giving(number)) => Outcome::Refused(format!("{} (item {number})", in_words(refusal))),
            (refusal, _) => Outcome::Refused(in_words(refusal).to_owned()),
        }
    }
}

/// Whether a message of the autopilot is for us.
pub(super) fn concerns(system: MavSystemId, target_system: u8, target_component: u8) -> bool {
    target_system == system.0 && (target_component == 0 || target_component == COMPANION.0)
}

/// Our word that ends a transfer.
pub(super) fn acknowledgement(system: MavSystemId, kind: ListKind, result: MavMissionResult) -> MavMessage {
    MavMessage::MISSION_ACK(MISSION_ACK_DATA {
        target_system: system.0,
        target_component: AUTOPILOT.0,
        mavtype: result,
        mission_type: kind.mission_type(),
        opaque_id: 0,
    })
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

/// What the autopilot does not like.
fn in_words(result: MavMissionResult) -> &'static str {
    match result {
        MavMissionResult::MAV_MISSION_ACCEPTED => "the autopilot accepted it",
        MavMissionResult::MAV_MISSION_ERROR => "the autopilot refused it without a reason",
        MavMissionResult::MAV_MISSION_UNSUPPORTED_FRAME => "the autopilot does not know the altitude's frame",
        MavMissionResult::MAV_MISSION_UNSUPPORTED => "the autopilot does not support an item",
        MavMissionResult::MAV_MISSION_NO_SPACE => "it is too long for the autopilot",
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
        MavMissionResult::MAV_MISSION_DENIED => "the autopilot takes none now",
        MavMissionResult::MAV_MISSION_OPERATION_CANCELLED => "the autopilot cancelled the upload",
    }
}
