//! `station.toml` as a program writes it. Degrees, metres, metres a second; paths relative to the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use missions::authorisation::AuthorisedVolume;
use missions::notation::{AltitudeNote, LonLat};
use missions::{FlightAuthorisation, SensorTable};
use serde::{Deserialize, Serialize};
use telemetry::bus::TlsFiles;
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeAmsl, OperatorId, SensorId, Timestamp, VehicleId};

use super::preflight::{PreflightSection, ZonesSection};
use super::sharing::SharingSection;
use crate::station::{Role, RuleConfig};

/// A configuration to be written.
#[derive(Debug, Clone, Serialize)]
pub struct StationFile {
    /// The site: a path, or the name of a shipped site.
    pub site: String,
    /// Where the console is served.
    pub listen: SocketAddr,
    /// Whether the console may be served to other machines.
    pub allow_remote: bool,
    /// Whether what comes in is made by a simulator.
    pub simulated: bool,
    /// The database.
    pub store: PathBuf,
    /// The recording to write, if one is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<PathBuf>,
    /// Where evidence of cameras is kept, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceSection>,
    /// How to join the bus.
    pub bus: BusSection,
    /// The limits of the alert rules.
    pub rules: RuleSection,
    /// The authorities' zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<ZonesSection>,
    /// What the pre-flight check keeps to; as usual where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preflight: Option<PreflightSection>,
    /// With whom tracks are shared, if with anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharing: Option<SharingSection>,
    /// The people who may act.
    #[serde(rename = "operator")]
    pub operators: Vec<OperatorEntry>,
    /// Our own vehicles.
    #[serde(rename = "vehicle")]
    pub vehicles: Vec<VehicleEntry>,
    /// Everything that measures, the vehicles' cameras included.
    #[serde(rename = "sensor")]
    pub sensors: Vec<SensorTable>,
    /// Where cameras on masts look, for the map.
    #[serde(rename = "view", skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<ViewEntry>,
    /// Who may fly where and when.
    #[serde(rename = "authorisation", serialize_with = "authorisations")]
    pub authorisations: Vec<FlightAuthorisation>,
}

/// Where evidence of cameras is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSection {
    /// The folder.
    pub folder: PathBuf,
    /// The most that is kept, MiB; 20 GiB where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_mib: Option<u64>,
}

/// How to join the bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusSection {
    /// Where to listen, `tcp/127.0.0.1:7447`.
    #[serde(default)]
    pub listen: Vec<String>,
    /// Whom to connect to.
    #[serde(default)]
    pub connect: Vec<String>,
    /// The certificates, needed for every `tls/` endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
}

/// The limits of the alert rules; what is left out is as usual.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSection {
    /// How long a vessel under way may be silent, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ais_lost_after_s: Option<f64>,
    /// The belief from which a track counts as a drone, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drone_belief: Option<f64>,
}

/// A person who may act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperatorEntry {
    /// Their name in messages.
    pub id: OperatorId,
    /// Their name for people.
    pub name: String,
    /// The SHA-256 of their key, 64 hexadecimal digits; see [`crate::web::key_hash`].
    pub key_sha256: String,
    /// What they may do; an operator's where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
}

/// A role, as files name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Everything but what a supervisor may.
    Operator,
    /// Override the pre-flight check too.
    Supervisor,
}

impl RoleName {
    pub(super) fn role(self) -> Role {
        match self {
            Self::Operator => Role::Operator,
            Self::Supervisor => Role::Supervisor,
        }
    }
}

/// One of our own vehicles.
#[derive(Debug, Clone, Serialize)]
pub struct VehicleEntry {
    /// Its name in messages.
    pub id: VehicleId,
    /// Its name for people.
    pub name: String,
    /// What kind it is.
    pub kind: VehicleKindName,
    /// How fast it goes where nothing else is said, m/s; as usual for its kind where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cruise_m_s: Option<f64>,
    /// Where it takes off; needed with a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<LonLat>,
    /// How high that is; the site's ground where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_altitude: Option<AltitudeNote>,
    /// What its battery holds at take-off, 0 to 1; full where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<f64>,
    /// Its camera, for area searches; left out: they go by the width of a strip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraEntry>,
    /// The plan it is to fly: a path, or the name of a shipped plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// When it is told to start.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "instant")]
    pub start: Option<Timestamp>,
    /// Who released the plan; needed with a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_by: Option<OperatorId>,
}

/// The camera of a vehicle. Its pixels are square.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CameraEntry {
    /// Across and down the picture, pixels.
    pub size_px: [u32; 2],
    /// Across the picture, degrees.
    pub field_of_view_deg: f64,
    /// The longest that a picture is exposed, milliseconds; as usual where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_ms: Option<f64>,
    /// How shallow and how steep it can look, degrees below the horizon.
    pub down_deg: [f64; 2],
}

/// Where a camera on a mast looks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ViewEntry {
    /// Its name among the sensors.
    pub camera: SensorId,
    /// Its axis, degrees from north.
    pub azimuth_deg: f64,
    /// Across its picture, degrees.
    pub field_of_view_deg: f64,
}

/// A kind of vehicle, as files name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleKindName {
    /// Copter of any number of rotors.
    Multirotor,
    /// Aeroplane.
    FixedWing,
    /// Surface boat.
    Boat,
    /// Aeroplane that takes off and lands on rotors.
    Vtol,
    /// Remotely operated vehicle under water.
    Rov,
}

impl VehicleKindName {
    /// The name of a kind; nothing for a kind that is not known.
    #[must_use]
    pub fn of(kind: VehicleKind) -> Option<Self> {
        match kind {
            VehicleKind::Multirotor => Some(Self::Multirotor),
            VehicleKind::FixedWing => Some(Self::FixedWing),
            VehicleKind::Boat => Some(Self::Boat),
            VehicleKind::Vtol => Some(Self::Vtol),
            VehicleKind::Rov => Some(Self::Rov),
            VehicleKind::Unknown => None,
        }
    }

    /// The kind it names.
    #[must_use]
    pub fn kind(self) -> VehicleKind {
        match self {
            Self::Multirotor => VehicleKind::Multirotor,
            Self::FixedWing => VehicleKind::FixedWing,
            Self::Boat => VehicleKind::Boat,
            Self::Vtol => VehicleKind::Vtol,
            Self::Rov => VehicleKind::Rov,
        }
    }
}

impl From<&RuleConfig> for RuleSection {
    fn from(rules: &RuleConfig) -> Self {
        Self { ais_lost_after_s: Some(rules.ais_lost_after_s), drone_belief: Some(rules.drone_belief) }
    }
}

impl StationFile {
    /// The text of the file.
    ///
    /// # Errors
    /// When a path is not UTF-8: TOML cannot hold it.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }
}

fn instant<S: serde::Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    at.as_ref().map(Timestamp::to_string).serialize(to)
}

/// An authorisation in the format that [`missions::authorisation::AuthorisationTable`] reads.
#[derive(Serialize)]
struct AuthorisationEntry<'a> {
    id: &'a str,
    operator: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uas_id: Option<&'a str>,
    zones: Vec<String>,
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<VolumeEntry>,
}

#[derive(Serialize)]
struct VolumeEntry {
    ring: Vec<LonLat>,
    floor: AltitudeNote,
    ceiling: AltitudeNote,
}

fn authorisations<S: serde::Serializer>(grants: &[FlightAuthorisation], to: S) -> Result<S::Ok, S::Error> {
    let entry = |grant| AuthorisationEntry::from(grant);
    to.collect_seq(grants.iter().map(entry))
}

impl<'a> From<&'a FlightAuthorisation> for AuthorisationEntry<'a> {
    fn from(grant: &'a FlightAuthorisation) -> Self {
        Self {
            id: &grant.id,
            operator: &grant.operator,
            uas_id: grant.uas_id.as_deref(),
            zones: grant.zones.iter().map(ToString::to_string).collect(),
            from: grant.from.to_string(),
            to: grant.to.to_string(),
            volume: grant.volume.as_ref().map(VolumeEntry::from),
        }
    }
}

impl From<&AuthorisedVolume> for VolumeEntry {
    fn from(volume: &AuthorisedVolume) -> Self {
        let note = |altitude: AltitudeAmsl| AltitudeNote::AmslM(altitude.metres);
        Self {
            ring: volume.ring.iter().map(|at| LonLat::from_lat_lon(*at)).collect(),
            floor: note(volume.floor),
            ceiling: note(volume.ceiling),
        }
    }
}
