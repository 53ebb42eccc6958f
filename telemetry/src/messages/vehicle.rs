//! What a vehicle says of itself.

use serde::{Deserialize, Serialize};

use crate::altitude::{AltitudeAmsl, HeightAboveHome};
use crate::frames::{Attitude, EnuVelocity, Geodetic};
use crate::ids::{CueId, PlanId, VehicleId};
use crate::time::Timestamp;

/// The state of one of our own vehicles. Newest wins; at 5 Hz it takes at most 1 kB/s of the link, key included, so
/// its numbers travel as whole steps (see `scaled`), and reading back what was written gives the nearest step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VehicleState {
    /// Which vehicle.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// When the position was measured.
    #[serde(rename = "t")]
    pub measured_at: Timestamp,
    /// What kind of vehicle.
    #[serde(rename = "k", default)]
    pub kind: VehicleKind,
    /// Where it is by its own navigation; nothing before the first fix.
    #[serde(rename = "p", with = "super::scaled::position", default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Geodetic>,
    /// Altitude above mean sea level by its own navigation.
    #[serde(rename = "a", with = "super::scaled::centimetres", default)]
    pub altitude: AltitudeAmsl,
    /// Height above where it took off.
    #[serde(rename = "h", with = "super::scaled::centimetres", default)]
    pub height: HeightAboveHome,
    /// Velocity over ground.
    #[serde(rename = "u", with = "super::scaled::velocity", default)]
    pub velocity: EnuVelocity,
    /// Orientation.
    #[serde(rename = "o", with = "super::scaled::attitude", default)]
    pub attitude: Attitude,
    /// What the autopilot is doing.
    #[serde(rename = "m", default)]
    pub mode: FlightMode,
    /// On the ground, flying, or in between.
    #[serde(rename = "f", default)]
    pub phase: FlightPhase,
    /// The battery.
    #[serde(rename = "b", with = "super::scaled::battery", default)]
    pub battery: Battery,
    /// The satellite receiver.
    #[serde(rename = "g", default)]
    pub gnss: Gnss,
    /// What is wrong, empty when nothing is.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub failsafes: Vec<Failsafe>,
    /// How far the plan has been flown.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// The approved cue it is flying for, if any.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cue: Option<CueId>,
}

/// What kind of vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum VehicleKind {
    /// Copter of any number of rotors.
    #[serde(rename = "m")]
    Multirotor,
    /// Aeroplane.
    #[serde(rename = "w")]
    FixedWing,
    /// Surface boat.
    #[serde(rename = "b")]
    Boat,
    /// Aeroplane that takes off and lands on rotors. Read as unknown by programs built before there was the kind.
    #[serde(rename = "v")]
    Vtol,
    /// Remotely operated vehicle under water, on a tether. Read as unknown by programs built before there was the kind.
    #[serde(rename = "u")]
    Rov,
    /// A kind this version does not know.
    #[default]
    #[serde(rename = "?", other)]
    Unknown,
}

/// What the autopilot is doing, across makes and kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FlightMode {
    /// A person steers.
    #[serde(rename = "m")]
    Manual,
    /// It follows the uploaded mission.
    #[serde(rename = "p")]
    Mission,
    /// It follows single targets from the companion computer.
    #[serde(rename = "g")]
    Guided,
    /// It holds its place.
    #[serde(rename = "h")]
    Hold,
    /// It returns home or to a rally point.
    #[serde(rename = "r")]
    Return,
    /// It lands here.
    #[serde(rename = "l")]
    Land,
    /// A mode this version does not know.
    #[default]
    #[serde(rename = "?", other)]
    Unknown,
}

/// On the ground, flying, or in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FlightPhase {
    /// Motors off.
    #[serde(rename = "d")]
    Disarmed,
    /// Motors armed, not yet under way.
    #[serde(rename = "a")]
    Armed,
    /// Flying; for a boat, under way.
    #[serde(rename = "f")]
    Underway,
    /// Not known.
    #[default]
    #[serde(rename = "?", other)]
    Unknown,
}

/// State of the battery. A reading that is not there is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Battery {
    /// What is left, 0 to 1.
    pub remaining: f32,
    /// Volts.
    pub voltage_v: f32,
    /// Amperes drawn.
    pub current_a: f32,
}

impl Default for Battery {
    fn default() -> Self {
        Self { remaining: f32::NAN, voltage_v: f32::NAN, current_a: f32::NAN }
    }
}

/// State of the satellite receiver. On the wire: `[fix, satellites]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "[u8; 2]", from = "[u8; 2]")]
pub struct Gnss {
    /// MAVLink `GPS_FIX_TYPE`: 0 no receiver, 1 no fix, 2 2-D, 3 3-D, 4 differential, 5 and 6 real-time kinematic.
    pub fix: u8,
    /// Satellites used.
    pub satellites: u8,
}

impl Gnss {
    /// Whether the position can be flown by: a 3-D fix or better.
    #[must_use]
    pub fn usable(self) -> bool {
        self.fix >= 3
    }
}

impl From<Gnss> for [u8; 2] {
    fn from(g: Gnss) -> [u8; 2] {
        [g.fix, g.satellites]
    }
}

impl From<[u8; 2]> for Gnss {
    fn from([fix, satellites]: [u8; 2]) -> Self {
        Self { fix, satellites }
    }
}

/// Something that takes away the freedom to fly on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Failsafe {
    /// No beat from the operations room for longer than the plan allows.
    #[serde(rename = "l")]
    LinkLost,
    /// No heartbeat from the autopilot.
    #[serde(rename = "a")]
    AutopilotLost,
    /// No usable satellite fix.
    #[serde(rename = "g")]
    GnssLost,
    /// The battery is at its reserve.
    #[serde(rename = "b")]
    BatteryReserve,
    /// Outside the geofence.
    #[serde(rename = "f")]
    Geofence,
    /// Above or below the allowed band.
    #[serde(rename = "h")]
    AltitudeBand,
    /// A motor or the engine failed.
    #[serde(rename = "e")]
    Engine,
    /// It gives way to somebody else.
    #[serde(rename = "t")]
    Traffic,
    /// A failsafe this version does not know.
    #[serde(rename = "?", other)]
    Unknown,
}

/// How far the plan has been flown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The plan.
    #[serde(rename = "p")]
    pub plan: PlanId,
    /// The leg being flown, counted from 0.
    #[serde(rename = "l")]
    pub leg: u16,
    /// How many legs the plan has.
    #[serde(rename = "n")]
    pub legs: u16,
}
