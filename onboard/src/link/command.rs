//! One command to the autopilot, or to another component on board, with its acknowledgement.
//!
//! A command is sent until it is acknowledged: [`ATTEMPTS`] times, [`ACK_TIMEOUT`] apart, the attempt counted in
//! `confirmation` so that the autopilot can tell a repetition. "In progress" is waited for, "temporarily rejected" is
//! tried again, both within a bound; every other answer ends it, in words. An acknowledgement says that the command
//! was taken, not that the vehicle did it: who needs to know looks at the telemetry.
//!
//! Source: <https://mavlink.io/en/services/command.html>.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    COMMAND_ACK_DATA, COMMAND_CANCEL_DATA, COMMAND_INT_DATA, COMMAND_LONG_DATA, MavCmd, MavFrame, MavMessage, MavResult,
};
use telemetry::{MavComponentId, MavSystemId, Timestamp};

use super::session::{AUTOPILOT, COMPANION};

/// How long to wait for an acknowledgement before sending again.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(1);
/// How often a command is sent before the autopilot counts as deaf to it.
pub const ATTEMPTS: u8 = 5;
/// How long "in progress" holds without another word.
pub const PROGRESS_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a command may take in all, whatever the autopilot says.
pub const TOTAL_MAX: Duration = Duration::from_secs(60);
/// How often "temporarily rejected" is tried again.
pub const REJECTIONS_MAX: u8 = 5;

/// What to ask of the autopilot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// What it is, for words such as "arming was denied".
    pub what: &'static str,
    /// The command.
    pub command: MavCmd,
    /// In which form.
    pub form: Form,
}

/// The two messages that carry commands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// COMMAND_LONG: seven floats.
    Long([f32; 7]),
    /// COMMAND_INT: a place at full resolution. ArduPilot takes some commands in this form only.
    Int {
        /// What the altitude is measured from.
        frame: MavFrame,
        /// The first four parameters.
        params: [f32; 4],
        /// Latitude, 1e-7 degrees.
        x: i32,
        /// Longitude, 1e-7 degrees.
        y: i32,
        /// Altitude, metres.
        z: f32,
    },
}

/// Whom a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressee {
    /// The vehicle.
    pub system: MavSystemId,
    /// Which of its components.
    pub component: MavComponentId,
    /// What people call it, for words such as "was denied by the camera".
    pub name: &'static str,
}

impl Addressee {
    /// The component that flies.
    #[must_use]
    pub fn autopilot(system: MavSystemId) -> Self {
        Self { system, component: AUTOPILOT, name: "the autopilot" }
    }
}

/// How a command stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No final answer yet.
    Waiting,
    /// Taken.
    Accepted,
    /// Not taken, and why.
    Refused(String),
}

/// One command on its way.
#[derive(Debug, Clone)]
pub struct Exchange {
    call: Call,
    to: Addressee,
    sent: u8,
    rejections: u8,
    begun: Timestamp,
    /// When to send again or to give up.
    deadline: Timestamp,
    waiting_for: WaitingFor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WaitingFor {
    Answer,
    /// It was told "in progress".
    End,
    /// It was told "not now".
    BetterTime,
}

impl Exchange {
    /// Sends a command for the first time.
    pub fn begin(now: Timestamp, to: Addressee, call: Call, out: &mut Vec<MavMessage>) -> Self {
        let mut exchange =
            Self { call, to, sent: 0, rejections: 0, begun: now, deadline: now, waiting_for: WaitingFor::Answer };
        exchange.send(now, out);
        exchange
    }

    /// Takes an acknowledgement; one for another command or another component changes nothing.
    pub fn take(&mut self, now: Timestamp, ack: &COMMAND_ACK_DATA) -> Outcome {
        let to_us = (ack.target_system == 0 || ack.target_system == self.to.system.0)
            && (ack.target_component == 0 || ack.target_component == COMPANION.0);
        if ack.command != self.call.command || !to_us {
            return Outcome::Waiting;
        }
        match ack.result {
            MavResult::MAV_RESULT_ACCEPTED => Outcome::Accepted,
            MavResult::MAV_RESULT_IN_PROGRESS => {
                self.waiting_for = WaitingFor::End;
                self.deadline = (now + PROGRESS_TIMEOUT).min(self.begun + TOTAL_MAX);
                Outcome::Waiting
            }
            MavResult::MAV_RESULT_TEMPORARILY_REJECTED if self.rejections < REJECTIONS_MAX => {
                if self.waiting_for != WaitingFor::BetterTime {
                    self.rejections += 1;
                    self.waiting_for = WaitingFor::BetterTime;
                    self.deadline = now + ACK_TIMEOUT;
                }
                Outcome::Waiting
            }
            refusal => Outcome::Refused(format!("{} {}", self.call.what, in_words(refusal, self.to.name))),
        }
    }

    /// Sends again, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> Outcome {
        if now < self.deadline {
            return Outcome::Waiting;
        }
        let (what, whom) = (self.call.what, self.to.name);
        match self.waiting_for {
            WaitingFor::End => Outcome::Refused(format!("{what} was begun by {whom} but not ended")),
            WaitingFor::Answer if self.sent >= ATTEMPTS => {
                Outcome::Refused(format!("{what} was not answered by {whom}, asked {ATTEMPTS} times"))
            }
            WaitingFor::Answer => {
                self.send(now, out);
                Outcome::Waiting
            }
            WaitingFor::BetterTime => {
                // A new try rather than a repetition.
                self.sent = 0;
                self.send(now, out);
                Outcome::Waiting
            }
        }
    }

    /// Calls off what the autopilot says is in progress; anything else it has carried out or not.
    pub fn cancel(&self, out: &mut Vec<MavMessage>) {
        if self.waiting_for == WaitingFor::End {
            out.push(MavMessage::COMMAND_CANCEL(COMMAND_CANCEL_DATA {
                command: self.call.command,
                target_system: self.to.system.0,
                target_component: self.to.component.0,
            }));
        }
    }

    /// When [`Exchange::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.deadline
    }

    fn send(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        out.push(self.call.message(self.to, self.sent));
        self.sent += 1;
        self.waiting_for = WaitingFor::Answer;
        self.deadline = now + ACK_TIMEOUT;
    }
}

impl Call {
    fn message(&self, to: Addressee, confirmation: u8) -> MavMessage {
        match self.form {
            Form::Long([param1, param2, param3, param4, param5, param6, param7]) => {
                MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
                    param1,
                    param2,
                    param3,
                    param4,
                    param5,
                    param6,
                    param7,
                    command: self.command,
                    target_system: to.system.0,
                    target_component: to.component.0,
                    confirmation,
                })
            }
            Form::Int { frame, params: [param1, param2, param3, param4], x, y, z } => {
                MavMessage::COMMAND_INT(COMMAND_INT_DATA {
                    param1,
                    param2,
                    param3,
                    param4,
                    x,
                    y,
                    z,
                    command: self.command,
                    target_system: to.system.0,
                    target_component: to.component.0,
                    frame,
                    current: 0,
                    autocontinue: 0,
                })
            }
        }
    }
}

fn in_words(result: MavResult, by: &str) -> String {
    match result {
        MavResult::MAV_RESULT_ACCEPTED => "was accepted".to_owned(),
        MavResult::MAV_RESULT_TEMPORARILY_REJECTED => format!("was put off by {by} again and again"),
        MavResult::MAV_RESULT_DENIED => format!("was denied by {by}"),
        MavResult::MAV_RESULT_UNSUPPORTED => format!("is not supported by {by}"),
        MavResult::MAV_RESULT_FAILED => format!("failed on {by}"),
        MavResult::MAV_RESULT_IN_PROGRESS => "is in progress".to_owned(),
        MavResult::MAV_RESULT_CANCELLED => format!("was cancelled on {by}"),
        MavResult::MAV_RESULT_COMMAND_LONG_ONLY => format!("is taken by {by} as COMMAND_LONG only"),
        MavResult::MAV_RESULT_COMMAND_INT_ONLY => format!("is taken by {by} as COMMAND_INT only"),
        MavResult::MAV_RESULT_COMMAND_UNSUPPORTED_MAV_FRAME => format!("was refused by {by} for its altitude frame"),
        MavResult::MAV_RESULT_NOT_IN_CONTROL => format!("was refused by {by}: somebody else has the control"),
    }
}
