//! What a station is told before it begins, all of it checked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use missions::plan::Start;
use missions::terrain::Sheet;
use missions::zones::UasZone;
use missions::{CheckedPlan, FlightAuthorisation, Site};
use telemetry::messages::{AzimuthSector, SensorDescription, SensorKind, VehicleKind};
use telemetry::{OperatorId, SensorId, SiteId, StationId, Timestamp, VehicleId};

use crate::airspace::Limits;

/// What a station watches, with what, with whom, and by which rules.
#[derive(Debug, Clone, PartialEq)]
pub struct StationConfig {
    /// The place.
    pub site: Site,
    /// Everything that measures, the vehicles' own cameras included: a scan of a sensor not named here is refused.
    pub sensors: Vec<SensorDescription>,
    /// Where cameras on masts look, for the map: what they can see is no evidence for the tracker, so that their coverage
    /// does not say it.
    pub views: BTreeMap<SensorId, AzimuthSector>,
    /// Our own vehicles. Words from others are ignored and counted.
    pub fleet: Vec<FleetVehicle>,
    /// Who may fly where and when.
    pub authorisations: Vec<FlightAuthorisation>,
    /// The authorities' zones near the site.
    pub zones: Vec<UasZone>,
    /// The ground; nothing: it is taken as flat, as the site says.
    pub terrain: Option<Arc<Sheet>>,
    /// What plans keep to beyond what authorities say.
    pub limits: Limits,
    /// The people who may act.
    pub operators: Vec<Operator>,
    /// The limits of the alert rules.
    pub rules: RuleConfig,
    /// With whom tracks are shared; nothing: with nobody.
    pub sharing: Option<SharingConfig>,
}

impl StationConfig {
    /// The cameras, those that stand still and those of vehicles.
    pub fn cameras(&self) -> impl Iterator<Item = &SensorId> {
        self.sensors.iter().filter(|sensor| sensor.kind == SensorKind::Camera).map(|sensor| &sensor.id)
    }
}

/// With whom a station shares its tracks, and how far it believes theirs.
#[derive(Debug, Clone, PartialEq)]
pub struct SharingConfig {
    /// This station's name among those that share.
    pub station: StationId,
    /// Whose tracks are taken, by station, with the site each belongs to. Words from others are ignored and counted.
    pub neighbours: BTreeMap<StationId, SiteId>,
    /// A neighbour's track drops out after this, seconds.
    pub age_max_s: f64,
    /// How well the stations' sensors agree, metres; see [`detection::sharing::PictureConfig`].
    pub alignment_sigma_m: f64,
    /// Sensors whose names mean the same at the neighbours; see [`detection::sharing::PictureConfig`].
    pub own_sensors: BTreeSet<SensorId>,
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
    /// Where it takes off, and what its battery then holds; nothing: where it is found standing.
    pub home: Option<Start>,
    /// Its camera; nothing: plans know none.
    pub camera: Option<VehicleCamera>,
    /// The plan it is to fly; nothing: it waits for a cue.
    pub plan: Option<CheckedPlan>,
    /// When it is told to start; nothing: the plan is kept and not sent.
    pub start: Option<Timestamp>,
    /// Who released the plan. Every command of the plan carries this name.
    pub released_by: OperatorId,
}

/// The camera of a vehicle, as plans reckon with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VehicleCamera {
    /// Its picture and focal length.
    pub lens: planning::footprint::Camera,
    /// The longest that a picture is exposed, s.
    pub exposure_s: f64,
    /// How shallow and how steep it can look, rad below the horizon; twice the same where nothing turns it.
    pub down_rad: [f64; 2],
}

/// A person who may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Their name in messages.
    pub id: OperatorId,
    /// Their name for people.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Everything but what a supervisor may.
    #[default]
    Operator,
    /// Override the pre-flight check too.
    Supervisor,
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
