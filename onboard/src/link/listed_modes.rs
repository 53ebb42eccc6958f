//! The modes an autopilot lists by itself (AVAILABLE_MODES), for those that the tables of [`super::mode`] do not know:
//! a newer version's, or one that somebody added to it.
//!
//! Limits: at most [`LISTED_MAX`] modes; of more, the rest is not kept.
//!
//! Source: <https://mavlink.io/en/services/standard_modes.html>.

use std::collections::BTreeMap;

use mavlink::dialects::ardupilotmega::{AVAILABLE_MODES_DATA, MavStandardMode};
use telemetry::messages::FlightMode;

/// The most modes that are kept.
pub const LISTED_MAX: usize = 64;

/// What an autopilot has listed, by its own numbers.
#[derive(Debug, Clone, Default)]
pub struct ListedModes {
    modes: BTreeMap<u32, (String, FlightMode)>,
}

impl ListedModes {
    /// Takes one line of the listing.
    pub fn take(&mut self, mode: &AVAILABLE_MODES_DATA) {
        if self.modes.len() >= LISTED_MAX && !self.modes.contains_key(&mode.custom_mode) {
            return;
        }
        let bytes: &[u8] = &mode.mode_name[..];
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let name = String::from_utf8_lossy(&bytes[..end]).chars().filter(|c| !c.is_control()).collect();
        self.modes.insert(mode.custom_mode, (name, meaning(mode.standard_mode)));
    }

    /// What a mode means for the flight, as far as its standard mode says.
    #[must_use]
    pub fn meaning(&self, custom_mode: u32) -> Option<FlightMode> {
        self.modes.get(&custom_mode).map(|(_, meaning)| *meaning)
    }

    /// What the autopilot calls a mode.
    #[must_use]
    pub fn name(&self, custom_mode: u32) -> Option<&str> {
        self.modes.get(&custom_mode).map(|(name, _)| name.as_str())
    }
}

/// A mode that is none of the standard ones may be anything: it is not known.
fn meaning(standard: MavStandardMode) -> FlightMode {
    match standard {
        MavStandardMode::MAV_STANDARD_MODE_NON_STANDARD => FlightMode::Unknown,
        MavStandardMode::MAV_STANDARD_MODE_POSITION_HOLD
        | MavStandardMode::MAV_STANDARD_MODE_CRUISE
        | MavStandardMode::MAV_STANDARD_MODE_ALTITUDE_HOLD => FlightMode::Manual,
        MavStandardMode::MAV_STANDARD_MODE_ORBIT => FlightMode::Hold,
        MavStandardMode::MAV_STANDARD_MODE_SAFE_RECOVERY => FlightMode::Return,
        MavStandardMode::MAV_STANDARD_MODE_MISSION | MavStandardMode::MAV_STANDARD_MODE_TAKEOFF => FlightMode::Mission,
        MavStandardMode::MAV_STANDARD_MODE_LAND => FlightMode::Land,
    }
}
