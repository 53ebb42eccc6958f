//! TIMESYNC: how far the autopilot's clock is ahead of ours.
//!
//! We ask once a second with our time; the answer brings the autopilot's. Half the round trip is the error at most, so
//! of the last [`KEPT`] answers the one with the shortest round trip is believed: delay adds, it never takes away. A
//! request of somebody else is answered with our time.
//!
//! Limits: an answer after [`ROUND_TRIP_MAX`] or to a request we did not make is dropped.
//!
//! Source: <https://mavlink.io/en/services/timesync.html>.

use std::collections::VecDeque;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavMessage, TIMESYNC_DATA};
use telemetry::{MavComponentId, MavSystemId, Timestamp};

use super::session::{AUTOPILOT, COMPANION};

/// How often we ask.
pub const ASK_EVERY: Duration = Duration::from_secs(1);
/// An answer that took longer says nothing useful.
pub const ROUND_TRIP_MAX: Duration = Duration::from_secs(5);
/// How many answers are remembered.
pub const KEPT: usize = 16;
const ASKED_MAX: usize = 8;

/// What the answers say of the autopilot's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offset {
    /// The autopilot's clock less ours, nanoseconds.
    pub ahead_ns: i64,
    /// The round trip of the answer it comes from. The offset is wrong by half of it at most.
    pub round_trip: Duration,
}

/// Asks and answers.
#[derive(Debug)]
pub struct TimeSync {
    system: MavSystemId,
    next_ask: Timestamp,
    asked: VecDeque<i64>,
    answers: VecDeque<Offset>,
}

impl TimeSync {
    /// Nothing asked yet.
    #[must_use]
    pub fn new(system: MavSystemId, now: Timestamp) -> Self {
        Self { system, next_ask: now, asked: VecDeque::new(), answers: VecDeque::new() }
    }

    /// Asks when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        if now < self.next_ask {
            return;
        }
        self.next_ask = now + ASK_EVERY;
        let ours = now.unix_nanos();
        if self.asked.len() == ASKED_MAX {
            self.asked.pop_front();
        }
        self.asked.push_back(ours);
        out.push(MavMessage::TIMESYNC(TIMESYNC_DATA {
            tc1: 0,
            ts1: ours,
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
        }));
    }

    /// When [`TimeSync::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.next_ask
    }

    /// Takes a request of anybody, or the autopilot's answer.
    pub fn take(
        &mut self,
        now: Timestamp,
        sender: (MavSystemId, MavComponentId),
        message: &TIMESYNC_DATA,
        out: &mut Vec<MavMessage>,
    ) {
        let for_us =
            [0, self.system.0].contains(&message.target_system) && [0, COMPANION.0].contains(&message.target_component);
        if !for_us {
            return;
        }
        let ours = now.unix_nanos();
        if message.tc1 == 0 {
            out.push(MavMessage::TIMESYNC(TIMESYNC_DATA {
                tc1: ours,
                ts1: message.ts1,
                target_system: sender.0.0,
                target_component: sender.1.0,
            }));
            return;
        }
        let Some(asked) = self.asked.iter().position(|asked| *asked == message.ts1) else { return };
        if sender != (self.system, AUTOPILOT) {
            return;
        }
        self.asked.remove(asked);
        let Ok(round_trip) = u64::try_from(ours - message.ts1).map(Duration::from_nanos) else { return };
        if round_trip > ROUND_TRIP_MAX {
            return;
        }
        // Saturating: the autopilot's time is a stranger's number.
        let middle = message.ts1.saturating_add((ours - message.ts1) / 2);
        if self.answers.len() == KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back(Offset { ahead_ns: message.tc1.saturating_sub(middle), round_trip });
    }

    /// The autopilot has started anew, and its clock with it.
    pub fn forget(&mut self) {
        self.answers.clear();
        self.asked.clear();
    }

    /// The best of the last answers.
    #[must_use]
    pub fn offset(&self) -> Option<Offset> {
        self.answers.iter().copied().min_by_key(|answer| answer.round_trip)
    }
}
