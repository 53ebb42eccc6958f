//! What must never be lost on its way from a vehicle to the operations room, and the beat that says the room is there.

use serde::{Deserialize, Serialize};

use super::response::Alert;
use super::sensor::SensorScan;
use crate::ids::{SiteId, VehicleId};
use crate::time::Timestamp;

/// One numbered entry of a vehicle's journal: kept on board until acknowledged, sent again after a cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Whose journal.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// Which series of numbers: a journal begun anew (an empty disk) begins a new series.
    #[serde(rename = "e")]
    pub series: u64,
    /// The number, from 1, without gaps.
    #[serde(rename = "n")]
    pub number: u64,
    /// When it was written.
    #[serde(rename = "t")]
    pub recorded_at: Timestamp,
    /// What.
    #[serde(rename = "b")]
    pub body: JournalBody,
}

/// What a vehicle keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum JournalBody {
    /// Something its own camera or sensor detected.
    #[serde(rename = "scan")]
    Scan(SensorScan),
    /// An alert it raised.
    #[serde(rename = "alert")]
    Alert(Alert),
}

/// "I have everything of this series up to and with this number, on disk."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalAck {
    /// Whose journal.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// Which series.
    #[serde(rename = "e")]
    pub series: u64,
    /// Everything up to and with this.
    #[serde(rename = "n")]
    pub up_to: u64,
}

/// The operations room's beat, once a second. Its absence is a lost link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationBeat {
    /// Which room.
    #[serde(rename = "s")]
    pub site: SiteId,
    /// The room's clock.
    #[serde(rename = "t")]
    pub at: Timestamp,
}
