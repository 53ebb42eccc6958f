//! What goes into the agent and what comes out.

use std::ops::RangeInclusive;

use telemetry::messages::{CommandRequest, FlightPlan, JournalEntry, MountPose, SensorDescription, VehicleKind};
use telemetry::{GeoidUndulation, MavSystemId, Message, VehicleId};
use thiserror::Error;

use crate::guard::Refusal;
use crate::guard::plan_check::within;
use crate::link::frames::Counts;
use crate::link::mode::Family;
use crate::link::mount::AttitudeSigma;

/// The longest name of a vehicle: its alerts are called by it and a number, within 48 bytes.
pub const VEHICLE_NAME_MAX: usize = 32;
/// Endurances that are believed, seconds.
pub const ENDURANCES_S: RangeInclusive<f64> = 60.0..=1e6;
/// Silences that can count as lost, seconds.
pub const PATIENCES_S: RangeInclusive<f64> = 1.0..=600.0;
/// How far the geoid can stand from the ellipsoid, metres (EGM96: −107 to 86).
pub const UNDULATIONS_M: RangeInclusive<f64> = -110.0..=90.0;

/// What the agent must know of its vehicle.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    /// The vehicle's name, at most [`VEHICLE_NAME_MAX`] bytes.
    pub vehicle: VehicleId,
    /// What kind of vehicle it is.
    pub kind: VehicleKind,
    /// The autopilot's MAVLink system id, which the companion computer shares.
    pub system: MavSystemId,
    /// How far the geoid stands above the ellipsoid where the vehicle flies.
    pub undulation: GeoidUndulation,
    /// The vehicle's own camera, if its detections come this way. Its `position` is ignored: the vehicle's is used.
    pub camera: Option<SensorDescription>,
    /// How good the autopilot's attitude is, where a camera's program wants [`Output::Pose`]s; none are given else.
    pub pose: Option<AttitudeSigma>,
    /// The plan the guard held before a restart, from [`Output::Keep`].
    pub plan: Option<FlightPlan>,
    /// The limits the guard goes by besides the plan's.
    pub limits: Limits,
}

/// What the guard goes by besides the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// How long the vehicle can move on a full battery, seconds: used until consumption has been measured.
    pub endurance_s: f64,
    /// Silence of the autopilot that counts as lost, seconds.
    pub autopilot_lost_after_s: f64,
    /// Time without a usable fix that counts as lost, seconds.
    pub gnss_lost_after_s: f64,
}

impl Limits {
    /// What suits a kind of vehicle: 25 minutes in the air for a copter, 75 for an aeroplane, 5 hours for a boat.
    #[must_use]
    pub fn of(kind: VehicleKind) -> Self {
        let minutes = match kind {
            VehicleKind::Multirotor | VehicleKind::Unknown => 25.0,
            VehicleKind::FixedWing | VehicleKind::Vtol => 75.0,
            VehicleKind::Boat | VehicleKind::Rov => 300.0,
        };
        Self { endurance_s: minutes * 60.0, autopilot_lost_after_s: 5.0, gnss_lost_after_s: 10.0 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(VehicleKind::Multirotor)
    }
}

/// A configuration that cannot be flown by.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AgentError {
    /// The name is too long for its alerts' names.
    #[error("the vehicle's name {0} is longer than {VEHICLE_NAME_MAX} bytes")]
    NameTooLong(VehicleId),
    /// This version flies multirotors, fixed wings and boats.
    #[error("the kind of vehicle is not known: allowed are multirotor, fixed wing and boat")]
    UnknownKind,
    /// A system id from 1 to 255 is one vehicle's; 0 is everybody's.
    #[error("MAVLink system id 0 is not a vehicle's: allowed are 1 to 255")]
    NoSystem,
    /// A limit is out of bounds.
    #[error("{0}")]
    Limit(#[source] Refusal),
    /// The plan kept over the restart is not one.
    #[error("the plan kept over the restart")]
    Plan(#[source] Refusal),
}

impl AgentConfig {
    /// Checks the configuration. Gives back which program flies such a vehicle.
    ///
    /// # Errors
    /// [`AgentError`] says what is wrong and what is allowed.
    pub fn check(&self) -> Result<Family, AgentError> {
        if self.vehicle.as_str().len() > VEHICLE_NAME_MAX {
            return Err(AgentError::NameTooLong(self.vehicle.clone()));
        }
        if self.system.0 == 0 {
            return Err(AgentError::NoSystem);
        }
        let limits = &self.limits;
        within("the endurance in seconds", limits.endurance_s, &ENDURANCES_S)
            .and_then(|()| within("the autopilot's silence in seconds", limits.autopilot_lost_after_s, &PATIENCES_S))
            .and_then(|()| within("the time without a fix in seconds", limits.gnss_lost_after_s, &PATIENCES_S))
            .and_then(|()| within("the geoid's undulation in metres", self.undulation.metres, &UNDULATIONS_M))
            .map_err(AgentError::Limit)?;
        Family::of(self.kind).ok_or(AgentError::UnknownKind)
    }
}

/// What can happen to an agent.
#[derive(Debug)]
pub enum Input<'a> {
    /// Bytes from the autopilot, in any portions.
    Autopilot(&'a [u8]),
    /// A message from the bus: `JournalAck`, `StationBeat`, `Track` or another vehicle's `VehicleState`; others are
    /// ignored.
    Message(Message),
    /// A command.
    Command(CommandRequest),
    /// What the operator must know of the vehicle's links, in words.
    LinkRemark(&'a str),
    /// Lines from the vehicle's own camera in the plot format of `plots`, times in Unix seconds.
    CameraPlots(&'a [u8]),
    /// A scan from the vehicle's own camera, as it would be on the bus (`telemetry::wire`), by our clock.
    CameraScan(&'a [u8]),
}

/// What an agent wants done, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Bytes for the autopilot: one whole frame.
    Autopilot(Vec<u8>),
    /// A message for the bus: `VehicleState`, `JournalEntry`, `Ack`.
    Publish(Message),
    /// To disk before anything after it in the queue is done.
    Store(JournalEntry),
    /// Entries up to and with this number may leave the disk.
    Forget {
        /// The last number acknowledged.
        up_to: u64,
    },
    /// To disk before anything after it in the queue is done: the plan the guard goes by, given back in
    /// [`AgentConfig::plan`] after a restart. It replaces the one kept before.
    Keep(Box<FlightPlan>),
    /// For the camera's program on this computer: how it stands. Nothing is lost with one that is dropped.
    Pose(MountPose),
    /// For the log.
    Say(Event),
}

/// Something worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// How much it matters.
    pub level: Level,
    /// In words.
    pub text: String,
}

/// How much an [`Event`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The normal course of things.
    Info,
    /// Somebody should look.
    Warning,
}

/// A look inside, for the shell's farewell and its metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether the autopilot's heartbeats come.
    pub connected: bool,
    /// What is being carried out, in words.
    pub running: Option<String>,
    /// Journal entries that nobody has acknowledged.
    pub unacknowledged: usize,
    /// What came from the autopilot.
    pub frames: Counts,
    /// Messages of the autopilot with values that cannot be.
    pub values_dropped: u64,
    /// Camera scans dropped, because they were unreadable or the vehicle did not know where it was.
    pub plots_dropped: u64,
    /// Journal entries given up because the journal was full.
    pub journal_lost: u64,
}
