//! The item a mission goes on with, set and shown.
//!
//! ArduPilot takes it by MAV_CMD_DO_SET_MISSION_CURRENT, PX4 (and an older ArduPilot) by the message
//! MISSION_SET_CURRENT; neither's word counts, only MISSION_CURRENT, which the autopilot streams. The two are sent in
//! turn until it shows.
//!
//! Source: <https://mavlink.io/en/services/mission.html#current_mission_item>.

#![allow(deprecated, reason = "the only way that PX4 knows")]

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{COMMAND_LONG_DATA, MISSION_SET_CURRENT_DATA, MavCmd, MavMessage};
use telemetry::{MavSystemId, Timestamp};

use super::command::Outcome;
use super::mode::Make;
use super::session::AUTOPILOT;

/// How long to wait for it to show before asking again: it is streamed once a second.
pub const SHOWN_WITHIN: Duration = Duration::from_secs(3);
/// How long it may take in all.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// What shows sooner than this may have been sent before the autopilot was asked.
const CROSSING: Duration = Duration::from_millis(200);

/// One item on its way to being current.
#[derive(Debug)]
pub struct SetCurrent {
    system: MavSystemId,
    item: u16,
    by_command: bool,
    begun: Timestamp,
    again_at: Timestamp,
}

impl SetCurrent {
    /// Asks for an item.
    pub fn begin(now: Timestamp, system: MavSystemId, make: Make, item: u16, out: &mut Vec<MavMessage>) -> Self {
        let by_command = make == Make::ArduPilot;
        let mut current = Self { system, item, by_command, begun: now, again_at: now };
        current.send(now, out);
        current
    }

    /// Takes a message of the autopilot.
    #[must_use]
    pub fn take(&self, now: Timestamp, message: &MavMessage) -> Outcome {
        match message {
            MavMessage::MISSION_CURRENT(current) if current.seq == self.item && now >= self.begun + CROSSING => {
                Outcome::Accepted
            }
            _ => Outcome::Waiting,
        }
    }

    /// Asks again, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> Outcome {
        if now >= self.begun + PATIENCE {
            return Outcome::Refused(format!("the autopilot did not go back to item {} of its mission", self.item));
        }
        if now >= self.again_at {
            self.by_command = !self.by_command;
            self.send(now, out);
        }
        Outcome::Waiting
    }

    /// When [`SetCurrent::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.again_at.min(self.begun + PATIENCE)
    }

    fn send(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        self.again_at = now + SHOWN_WITHIN;
        out.push(if self.by_command {
            MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
                command: MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT,
                param1: f32::from(self.item),
                target_system: self.system.0,
                target_component: AUTOPILOT.0,
                ..COMMAND_LONG_DATA::default()
            })
        } else {
            MavMessage::MISSION_SET_CURRENT(MISSION_SET_CURRENT_DATA {
                seq: self.item,
                target_system: self.system.0,
                target_component: AUTOPILOT.0,
            })
        });
    }
}
