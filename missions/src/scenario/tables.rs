//! A scenario file as it is written, before anything in it is checked.

use serde::Deserialize;
use serde_spanned::Spanned;
use telemetry::messages::AlertRule;

use crate::authorisation::AuthorisationTable;
use crate::notation::{AltitudeNote, LonLat, Moment};
use crate::sensor::SensorTable;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioFile {
    pub(super) title: Spanned<String>,
    pub(super) site: Spanned<String>,
    pub(super) start: Spanned<Moment>,
    pub(super) duration_s: Spanned<f64>,
    pub(super) operator: OperatorTable,
    #[serde(default)]
    pub(super) rules: RulesTable,
    #[serde(default)]
    pub(super) weather: WeatherTable,
    pub(super) link: Option<LinkTable>,
    #[serde(default)]
    pub(super) vehicle: Vec<Spanned<VehicleTable>>,
    #[serde(default)]
    pub(super) vessel: Vec<Spanned<VesselTable>>,
    #[serde(default)]
    pub(super) ais_replay: Vec<Spanned<AisReplayTable>>,
    #[serde(default)]
    pub(super) intruder: Vec<Spanned<IntruderTable>>,
    #[serde(default)]
    pub(super) flock: Vec<Spanned<FlockTable>>,
    #[serde(default)]
    pub(super) sensor: Vec<Spanned<SensorTable>>,
    #[serde(default)]
    pub(super) fixed_camera: Vec<Spanned<FixedCameraTable>>,
    #[serde(default)]
    pub(super) fault: Vec<Spanned<FaultTable>>,
    #[serde(default)]
    pub(super) authorisation: Vec<Spanned<AuthorisationTable>>,
    pub(super) expect: Spanned<Vec<Spanned<ExpectTable>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorTable {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) acknowledge_after_s: Option<Spanned<f64>>,
    pub(super) approve_after_s: Option<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesTable {
    pub(super) ais_lost_after_s: Option<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct WeatherTable {
    pub(super) wind_from_deg: Option<Spanned<f64>>,
    pub(super) wind_m_s: Option<Spanned<f64>>,
    pub(super) gust_sigma_m_s: Option<Spanned<f64>>,
    pub(super) rain_mm_h: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkTable {
    pub(super) delay_ms: Option<Spanned<f64>>,
    pub(super) jitter_ms: Option<Spanned<f64>>,
    pub(super) loss: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VehicleTable {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) kind: Spanned<VehicleKindName>,
    pub(super) home: Spanned<LonLat>,
    pub(super) home_altitude: Option<Spanned<AltitudeNote>>,
    pub(super) heading_deg: Option<Spanned<f64>>,
    pub(super) battery: Option<Spanned<f64>>,
    pub(super) plan: Option<Spanned<String>>,
    pub(super) launch_at: Option<Spanned<Moment>>,
    pub(super) camera: Option<CameraTable>,
    pub(super) link: Option<LinkTable>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum VehicleKindName {
    Multirotor,
    FixedWing,
    Boat,
    Vtol,
    Rov,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CameraTable {
    pub(super) range_m: Spanned<f64>,
    pub(super) field_of_view_deg: Spanned<f64>,
    pub(super) period_s: Option<Spanned<f64>>,
    pub(super) sigma_deg: Option<Spanned<f64>>,
    pub(super) detection_probability: Option<Spanned<f64>>,
    pub(super) clutter_per_scan: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixedCameraTable {
    pub(super) id: Spanned<String>,
    pub(super) position: Spanned<LonLat>,
    pub(super) altitude: Spanned<AltitudeNote>,
    pub(super) azimuth_deg: Spanned<f64>,
    pub(super) elevation_deg: Spanned<f64>,
    pub(super) field_of_view_deg: Spanned<f64>,
    pub(super) range_m: Spanned<[f64; 2]>,
    pub(super) band: BandName,
    pub(super) size_px: Spanned<[usize; 2]>,
    pub(super) frames_per_second: Spanned<u32>,
    pub(super) sigma_deg: Option<Spanned<f64>>,
    pub(super) scenery: Option<Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum BandName {
    Visible,
    Infrared,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VesselTable {
    pub(super) name: Spanned<String>,
    pub(super) mmsi: Spanned<i64>,
    pub(super) call_sign: Option<Spanned<String>>,
    pub(super) ship_type: Option<Spanned<i64>>,
    pub(super) length_m: Spanned<f64>,
    pub(super) route: Option<Spanned<Vec<Spanned<LonLat>>>>,
    pub(super) fairway: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) reversed: bool,
    pub(super) speed_kn: Option<Spanned<f64>>,
    pub(super) starts_at: Option<Spanned<Moment>>,
    pub(super) at_end: Option<AtEndName>,
    #[serde(default)]
    pub(super) ais: AisName,
    #[serde(default)]
    pub(super) dark: Vec<SpanTable>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum AtEndName {
    Stay,
    Vanish,
    Repeat,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum AisName {
    #[default]
    On,
    Off,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpanTable {
    pub(super) from: Spanned<Moment>,
    pub(super) to: Option<Spanned<Moment>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AisReplayTable {
    pub(super) file: Spanned<String>,
    pub(super) format: AisFormatName,
    pub(super) sensor: Spanned<String>,
    pub(super) starts_at: Option<Spanned<Moment>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum AisFormatName {
    Pghp,
    TagBlock,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntruderTable {
    pub(super) name: Spanned<String>,
    pub(super) appears_at: Spanned<Moment>,
    pub(super) legs: Option<Spanned<Vec<Spanned<IntruderLegTable>>>>,
    pub(super) recorded: Option<Spanned<RecordedTable>>,
    pub(super) turns_back_at: Option<Spanned<Moment>>,
    pub(super) at_end: Option<AtEndName>,
    pub(super) radiates: Option<bool>,
    pub(super) radar_size: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntruderLegTable {
    pub(super) at: Spanned<LonLat>,
    pub(super) altitude: Spanned<AltitudeNote>,
    pub(super) speed_m_s: Option<Spanned<f64>>,
    pub(super) hover_s: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedTable {
    pub(super) file: Spanned<String>,
    pub(super) place_at: Spanned<LonLat>,
    pub(super) rotate_deg: Option<Spanned<f64>>,
    pub(super) raise_m: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlockTable {
    pub(super) name: Spanned<String>,
    pub(super) area: Spanned<Vec<Spanned<LonLat>>>,
    pub(super) count: Spanned<i64>,
    pub(super) speed_m_s: Spanned<f64>,
    pub(super) lowest: Spanned<AltitudeNote>,
    pub(super) highest: Spanned<AltitudeNote>,
    pub(super) radar_size: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultTable {
    pub(super) kind: Spanned<FaultName>,
    pub(super) vehicle: Option<Spanned<String>>,
    pub(super) sensor: Option<Spanned<String>>,
    pub(super) loss: Option<Spanned<f64>>,
    pub(super) from: Spanned<Moment>,
    pub(super) to: Option<Spanned<Moment>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum FaultName {
    LinkLoss,
    PacketLoss,
    GpsLoss,
    EngineFailure,
    SensorOutage,
    StationDown,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExpectTable {
    Alert(AlertTable),
    NoAlert(PatternTable),
    MayAlert(PatternTable),
    NoFalseAlert,
    EveryVehicleHome,
    NothingLost,
    CueReaches(CueTable),
    TrackWithin(TrackTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertTable {
    pub(super) rule: Spanned<AlertRuleName>,
    pub(super) zone: Option<Spanned<String>>,
    pub(super) target: Option<Spanned<String>>,
    pub(super) since: Option<Spanned<Moment>>,
    pub(super) earliest_s: Option<Spanned<f64>>,
    pub(super) within_s: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatternTable {
    pub(super) rule: Option<AlertRuleName>,
    pub(super) zone: Option<Spanned<String>>,
    pub(super) target: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CueTable {
    pub(super) target: Spanned<String>,
    pub(super) within_m: Spanned<f64>,
    pub(super) within_s: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrackTable {
    pub(super) target: Spanned<String>,
    pub(super) within_m: Spanned<f64>,
    pub(super) share: Spanned<f64>,
    pub(super) from: Spanned<Moment>,
    pub(super) to: Spanned<Moment>,
}

/// The rules by the names files use; unlike on the wire, a name that is not known is an error here.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum AlertRuleName {
    ZoneEntered,
    BorderCrossed,
    VesselInZone,
    AisLost,
    Vehicle,
    ClaimContradicted,
    DuplicateIdentity,
    SensorBiased,
}

impl From<AlertRuleName> for AlertRule {
    fn from(name: AlertRuleName) -> Self {
        match name {
            AlertRuleName::ZoneEntered => Self::ZoneEntered,
            AlertRuleName::BorderCrossed => Self::BorderCrossed,
            AlertRuleName::VesselInZone => Self::VesselInZone,
            AlertRuleName::AisLost => Self::AisLost,
            AlertRuleName::Vehicle => Self::Vehicle,
            AlertRuleName::ClaimContradicted => Self::ClaimContradicted,
            AlertRuleName::DuplicateIdentity => Self::DuplicateIdentity,
            AlertRuleName::SensorBiased => Self::SensorBiased,
        }
    }
}
