//! One message that is asked for by MAV_CMD_REQUEST_MESSAGE.
//!
//! What counts is that it comes: PX4 may send it before its acknowledgement, and an acknowledgement may be lost. A
//! message the autopilot does not have is refused in two ways, FAILED by one make and DENIED by the other, and by
//! UNSUPPORTED where the command itself is unknown; all three mean "never".
//!
//! Source: <https://mavlink.io/en/mavgen_python/howto_requestmessages.html>.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{COMMAND_LONG_DATA, MavCmd, MavMessage, MavResult};
use telemetry::{MavSystemId, Timestamp};

use super::session::AUTOPILOT;

/// How long to wait before asking again.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How often a message is asked for.
pub const TRIES: u8 = 5;

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Neither the message nor a refusal has come.
    Waiting,
    /// It came.
    Came,
    /// The autopilot does not have it.
    Refused,
    /// Nothing came.
    Silent,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct MessageRequest {
    system: MavSystemId,
    /// The message's number.
    id: u32,
    /// What the message takes as its first parameter, such as which of several.
    which: f32,
    sent: u8,
    deadline: Timestamp,
}

impl MessageRequest {
    /// Asks for a message.
    pub fn begin(now: Timestamp, system: MavSystemId, (id, which): (u32, u8), out: &mut Vec<MavMessage>) -> Self {
        let mut request = Self { system, id, which: f32::from(which), sent: 0, deadline: now };
        let _waiting = request.advance(now, out);
        request
    }

    /// Takes a message of the autopilot.
    #[must_use]
    pub fn take(&self, message: &MavMessage) -> Outcome {
        if mavlink::Message::message_id(message) == self.id {
            return Outcome::Came;
        }
        match message {
            MavMessage::COMMAND_ACK(ack) if ack.command == MavCmd::MAV_CMD_REQUEST_MESSAGE => match ack.result {
                MavResult::MAV_RESULT_FAILED | MavResult::MAV_RESULT_DENIED | MavResult::MAV_RESULT_UNSUPPORTED => {
                    Outcome::Refused
                }
                _ => Outcome::Waiting,
            },
            _ => Outcome::Waiting,
        }
    }

    /// Asks again, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> Outcome {
        if now < self.deadline {
            return Outcome::Waiting;
        }
        if self.sent >= TRIES {
            return Outcome::Silent;
        }
        out.push(MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
            command: MavCmd::MAV_CMD_REQUEST_MESSAGE,
            param1: self.id as f32,
            param2: self.which,
            confirmation: self.sent,
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
            ..COMMAND_LONG_DATA::default()
        }));
        self.sent += 1;
        self.deadline = now + PATIENCE;
        Outcome::Waiting
    }
}
