//! What a station remembers of its earlier life, as the store gives it back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use telemetry::messages::{AckStage, Alert, Cue};
use telemetry::{CommandId, VehicleId};

use super::record::PlanningRecord;

/// The memory of an earlier life. The default is a station that never lived.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Restored {
    /// The newest alerts in their last state, oldest first.
    pub alerts: Vec<Alert>,
    /// The cues that were open, oldest first.
    pub cues: Vec<Cue>,
    /// By vehicle and series, up to which number the journal is on disk without a gap.
    pub inbox: BTreeMap<(VehicleId, u64), u64>,
    /// The last word on each area, declared flight, saved plan, release and override, and on the weather; oldest first.
    pub planning: Vec<PlanningRecord>,
    /// How far the commands of released plans had come.
    pub dispatched: BTreeMap<CommandId, AckStage>,
    /// The numbers that were given out.
    pub numbers: Numbers,
}

/// The last numbers given out, so that none is given out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Numbers {
    /// The last alert.
    pub alert: u64,
    /// The last cue.
    pub cue: u64,
    /// The last command.
    pub command: u64,
    /// The highest track of our own tracker that an alert or a cue speaks of.
    pub track: u64,
    /// The highest track that only neighbours saw, of those that an alert or a cue speaks of.
    #[serde(default)]
    pub neighbours_track: u64,
    /// The last area or declared flight.
    #[serde(default)]
    pub planning: u64,
}
