//! What must be on disk, one record a step.

use serde::{Deserialize, Serialize};
use telemetry::messages::{
    Ack, Alert, AreaClosure, CommandRequest, Cue, FlightDeclaration, JournalEntry, OperatorAction, WeatherReport,
};
use telemetry::{FlightId, OperatorId, PlanId, Timestamp, VehicleId, ZoneId};

/// A record for the store. Nothing that follows it in the order of outputs may leave the room before it is on disk.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An alert in a new state; its earlier states stay.
    Alert(Alert),
    /// A cue in a new state; its earlier states stay.
    Cue(Cue),
    /// What a person did, or tried to.
    Action {
        /// The action, with the name.
        action: OperatorAction,
        /// Why it was refused, if it was.
        refused: Option<String>,
    },
    /// An entry of a vehicle's journal.
    Journal {
        /// The entry.
        entry: JournalEntry,
        /// When it came.
        received_at: Timestamp,
        /// Up to which number its series is now complete.
        up_to: u64,
    },
    /// A command, when it is first sent.
    Command(CommandRequest),
    /// A vehicle's answer.
    Ack(Ack),
    /// Something about plans and the air, in a new state; its earlier states stay.
    Planning(PlanningRecord),
}

/// A word about plans and the air.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanningRecord {
    /// What it is about.
    pub item: PlanningItem,
    /// Who said it.
    pub by: OperatorId,
    /// When.
    pub at: Timestamp,
    /// Whether that was its end: opened, withdrawn, discarded.
    pub ended: bool,
}

/// What is remembered about plans and the air.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanningItem {
    /// A closed area.
    Area {
        /// Which.
        id: ZoneId,
        /// Where and when.
        closure: AreaClosure,
    },
    /// The weather.
    Weather(WeatherReport),
    /// A declared flight.
    Flight {
        /// Which.
        id: FlightId,
        /// Who, with what, where and when.
        declaration: FlightDeclaration,
    },
    /// A saved plan.
    Plan {
        /// Which.
        plan: PlanId,
        /// For which vehicle.
        vehicle: VehicleId,
        /// The text of its file.
        text: String,
    },
    /// A plan that was sent to its vehicle.
    Release {
        /// Which.
        plan: PlanId,
        /// To which vehicle.
        vehicle: VehicleId,
        /// The text of its file.
        text: String,
        /// When it is begun.
        start: Timestamp,
    },
    /// A supervisor's word that a plan may fly all the same.
    Override {
        /// Whose plan.
        vehicle: VehicleId,
        /// Which.
        plan: PlanId,
        /// Why.
        reason: String,
        /// The findings it covers.
        covers: Vec<String>,
    },
    /// The schedule of the night.
    Schedule {
        /// The text that was accepted.
        text: String,
    },
}

impl PlanningItem {
    /// Its kind and its name: of two words under the same the later holds.
    #[must_use]
    pub fn key(&self) -> (&'static str, String) {
        match self {
            Self::Area { id, .. } => ("area", id.to_string()),
            Self::Weather(_) => ("weather", String::new()),
            Self::Flight { id, .. } => ("flight", id.to_string()),
            Self::Plan { plan, .. } => ("plan", plan.to_string()),
            Self::Release { vehicle, .. } => ("release", vehicle.to_string()),
            Self::Schedule { .. } => ("schedule", String::new()),
            Self::Override { vehicle, plan, .. } => ("override", format!("{vehicle} {plan}")),
        }
    }
}
