//! What a station is told before it begins, all of it checked.

use missions::{CheckedPlan, FlightAuthorisation, Site};
use telemetry::messages::{SensorDescription, VehicleKind};
use telemetry::{OperatorId, Timestamp, VehicleId};

/// What a station watches, with what, with whom, and by which rules.
#[derive(Debug, Clone, PartialEq)]
pub struct StationConfig {
    /// The place.
    pub site: Site,
    /// Everything that measures, the vehicles' own cameras included: a scan of a sensor not named here is refused.
    pub sensors: Vec<SensorDescription>,
    /// Our own vehicles. Words from others are ignored and counted.
    pub fleet: Vec<FleetVehicle>,
    /// Who may fly where and when.
    pub authorisations: Vec<FlightAuthorisation>,
    /// The people who may act.
    pub operators: Vec<Operator>,
    /// The limits of the alert rules.
    pub rules: RuleConfig,
}

/// One of our own vehicles.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetVehicle {
    /// Its name in messages.
    pub id: VehicleId,
    /// Its name for people.
    pub name: String,
    /// What kind it is.
    pub kind: VehicleKind,
    /// How fast it goes where nothing else is said, m/s.
    pub cruise_m_s: f64,
    /// The plan it is to fly; nothing: it waits for a cue.
    pub plan: Option<CheckedPlan>,
    /// When it is told to start; nothing: the plan is kept and not sent.
    pub start: Option<Timestamp>,
    /// Who released the plan. Every command of the plan carries this name.
    pub released_by: OperatorId,
}

/// A person who may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Their name in messages.
    pub id: OperatorId,
    /// Their name for people.
    pub name: String,
}

/// The limits of the alert rules.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleConfig {
    /// How long a vessel under way may be silent, seconds.
    pub ais_lost_after_s: f64,
    /// The belief from which a track counts as a drone, 0 to 1.
    pub drone_belief: f64,
}

impl Default for RuleConfig {
    /// Six minutes are two of the longest reporting interval of AIS (ITU-R M.1371-5, table 1): one report missed is
    /// an accident, two are a silence.
    fn default() -> Self {
        Self { ais_lost_after_s: 360.0, drone_belief: 0.95 }
    }
}
