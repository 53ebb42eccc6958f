//! What the autopilot is: its make from the heartbeat, its version and capabilities from AUTOPILOT_VERSION, its modes
//! from AVAILABLE_MODES where it has them.
//!
//! One message is asked for after the other, and each only while heartbeats come. An autopilot that gives none of them
//! is flown all the same, by what its make usually can: nothing here keeps a vehicle on the ground.
//!
//! Source: <https://mavlink.io/en/services/standard_modes.html>, `MAV_PROTOCOL_CAPABILITY`.

use std::collections::BTreeSet;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    AUTOPILOT_VERSION_DATA, AVAILABLE_MODES_DATA, MavMessage, MavProtocolCapability,
};
use telemetry::{MavSystemId, Timestamp};

use super::message_request::{MessageRequest, Outcome};
use super::mode::Make;

/// The most modes of a listing that are asked for one by one.
const MODES_MAX: u8 = 64;

/// What is asked for now.
#[derive(Debug, Clone, Copy)]
enum Asking {
    Version,
    /// This mode, counted from 1; 0 stands for all at once.
    Modes(u8),
    Nothing,
}

/// What is known of one autopilot.
#[derive(Debug)]
pub struct Discovery {
    system: MavSystemId,
    make: Option<Make>,
    /// Its capabilities and its version in one number, once it has said them.
    version: Option<(MavProtocolCapability, u32)>,
    modes_missing: BTreeSet<u8>,
    asking: Asking,
    request: Option<MessageRequest>,
}

impl Discovery {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(system: MavSystemId) -> Self {
        Self {
            system,
            make: None,
            version: None,
            modes_missing: BTreeSet::new(),
            asking: Asking::Version,
            request: None,
        }
    }

    /// Who wrote it, once a heartbeat has come from an autopilot that Picket can fly with.
    #[must_use]
    pub fn make(&self) -> Option<Make> {
        self.make
    }

    /// What it can do, once it has said so.
    #[must_use]
    pub fn capabilities(&self) -> Option<MavProtocolCapability> {
        self.version.map(|(capabilities, _)| capabilities)
    }

    /// Its version as it is written, such as 4.5.7, once it has said so.
    #[must_use]
    pub fn firmware(&self) -> Option<String> {
        self.version.map(|(_, packed)| {
            let [_, patch, minor, major] = packed.to_le_bytes();
            format!("{major}.{minor}.{patch}")
        })
    }

    /// Takes a message of the autopilot. True when it has just said its version.
    pub fn take(&mut self, message: &MavMessage) -> bool {
        let known = self.version.is_some();
        match message {
            MavMessage::HEARTBEAT(heartbeat) => self.make = Make::of_heartbeat(heartbeat.autopilot),
            MavMessage::HIGH_LATENCY2(summary) => self.make = Make::of_heartbeat(summary.autopilot),
            MavMessage::AUTOPILOT_VERSION(version) => {
                self.version = Some((version.capabilities, version.flight_sw_version));
            }
            MavMessage::AVAILABLE_MODES(mode) => self.mode_listed(mode),
            _ => {}
        }
        match self.request.as_ref().map(|request| request.take(message)) {
            None | Some(Outcome::Waiting | Outcome::Silent) => {}
            // One mode of many came: the others are on their way.
            Some(Outcome::Came) if matches!(self.asking, Asking::Modes(0)) && !self.modes_missing.is_empty() => {}
            Some(Outcome::Came | Outcome::Refused) => self.next(),
        }
        !known && self.version.is_some()
    }

    /// Asks for what is missing. Called once a second, while heartbeats come.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        if let Some(request) = &mut self.request {
            if request.advance(now, out) == Outcome::Silent {
                self.next();
            }
            return;
        }
        let wanted = match self.asking {
            Asking::Version => (AUTOPILOT_VERSION_DATA::ID, 0),
            Asking::Modes(which) => (AVAILABLE_MODES_DATA::ID, which),
            Asking::Nothing => return,
        };
        self.request = Some(MessageRequest::begin(now, self.system, wanted, out));
    }

    /// After a restart of the autopilot, which may be another version now.
    pub fn begin_anew(&mut self) {
        *self = Self { make: self.make, ..Self::new(self.system) };
    }

    fn mode_listed(&mut self, mode: &AVAILABLE_MODES_DATA) {
        if mode.number_modes > MODES_MAX {
            return;
        }
        if self.modes_missing.is_empty() && matches!(self.asking, Asking::Modes(0)) {
            self.modes_missing = (1..=mode.number_modes).collect();
        }
        self.modes_missing.remove(&mode.mode_index);
    }

    /// Goes on to what is to be asked for next.
    fn next(&mut self) {
        self.request = None;
        self.asking = match self.asking {
            Asking::Version => Asking::Modes(0),
            Asking::Modes(_) => self.modes_missing.pop_first().map_or(Asking::Nothing, Asking::Modes),
            Asking::Nothing => Asking::Nothing,
        };
    }
}
