//! The configuration of `picket-onboard`: one file, read once, checked as a whole before anything opens.
//!
//! ```toml
//! vehicle = "heron-1"
//! kind = "multirotor"                    # or fixed_wing, boat
//! system = 1                             # the autopilot's MAVLink system id
//! undulation_m = 40.2                    # how far the geoid stands above the ellipsoid where it flies
//! autopilot = ["serial:/dev/ttyAMA0:921600", "udpin:127.0.0.1:14550"]   # the first that is heard; or one alone
//!                                        # udpin:IP:PORT, udpout:IP:PORT, tcp:IP:PORT, serial:DEVICE:BAUD
//! journal = "/var/lib/picket/journal"
//! journal_max_mib = 256
//!
//! [bus]
//! site = "kiel"
//! connect = ["tcp/127.0.0.1:7447"]
//!
//! [camera]                               # optional: scans or plot lines over UDP
//! sensor = "heron-1-camera"
//! listen = "127.0.0.1:9001"
//! live_kilobits_per_s = 300              # the room may look through it, at this rate at most; 0, or left out: never
//! evidence_kilobits_per_s = 200          # it hears of alerts; what it keeps of them goes to the room at this rate at most,
//!                                        # when nothing else needs the link; 0: it stays on board
//! [camera.pose]                          # optional: tells `picket-sensor camera` how it stands
//! to = "127.0.0.1:9002"
//! heading_sigma_deg = 2.3                # how good the autopilot's attitude is
//! tilt_sigma_deg = 0.6
//!
//! [signing]                              # optional, needed for ground links that leave the vehicle
//! key = "/etc/picket/mavlink.key"        # 64 hexadecimal digits, readable by its owner only
//! autopilot = false                      # whether the autopilot has the key too
//!
//! [[payload]]                            # optional: cameras and gimbals that speak MAVLink
//! port = "udpin:127.0.0.1:14600"
//!
//! [[ground]]                             # optional: MAVLink ground stations; they listen and ask, no more, unless
//! port = "udpout:10.8.0.2:14550"
//! commands = false                       # … this is true: they then fly it past the guard
//! thin = false                           # a summary every 5 s instead of the stream
//! signed = true                          # false is allowed on loopback and serial lines only
//!
//! [record]                               # the flight record is always on; this only says where and how much
//! folder = "/var/lib/picket/record"
//! file_mib = 32
//! total_mib = 1024
//!
//! [remote_id]                            # optional: who the aircraft is
//! serial = "1581F4ABC123"                # or registration = "…"
//! operator = "DEU87astrdge12k8"
//! description = "Customs patrol"
//!
//! [limits]                               # optional
//! endurance_s = 1500.0
//! ```
//!
//! A mistake is told with file, line and column, what was found and what is allowed.

mod fields;
mod links;
mod remote_id;

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use telemetry::bus::{BusConfig, EndpointFault, TlsFiles};
use telemetry::messages::{Coverage, FlightPlan, SensorDescription, SensorKind, SensorPerformance, VehicleKind};
use telemetry::topics::Program;
use telemetry::{
    AltitudeAmsl, AltitudeHae, Elevation, GeoidUndulation, LatLon, MavSystemId, SensorId, SiteId, VehicleId,
};
use thiserror::Error;

use crate::agent::{AgentConfig, Limits};
use crate::link::mount::AttitudeSigma;
use crate::link::remote_id::Identity;
use crate::link::wire::LinkSetup;
use fields::{
    endurance, evidence_kilobits, file_mib, heading_sigma_deg, journal_max_mib, journal_mib, live_kilobits, loopback,
    patience, short_name, sigma_deg, system_id, tilt_sigma_deg, total_mib, undulation,
};

pub use links::{AutopilotPort, AutopilotPorts, GroundSection, InvalidPort, LinkFault, PayloadSection, SigningSection};
pub use remote_id::RemoteIdSection;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Something in it is not allowed. The text says where, what was found and what is allowed.
    #[error("{}: {fault}", path.display())]
    Fault {
        /// Which file.
        path: PathBuf,
        /// Line, column, what was found, what is allowed.
        fault: Box<toml::de::Error>,
    },
    /// The links do not go together.
    #[error("{}: line {line}: {fault}", path.display())]
    Links {
        /// Which file.
        path: PathBuf,
        /// Where the link stands that is at fault; the first line where none is alone.
        line: usize,
        /// Which links, and what is allowed.
        fault: LinkFault,
    },
}

/// The file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleConfig {
    /// The vehicle's name.
    #[serde(deserialize_with = "short_name")]
    pub vehicle: VehicleId,
    /// What kind of vehicle it is.
    pub kind: Kind,
    /// The autopilot's MAVLink system id.
    #[serde(deserialize_with = "system_id")]
    pub system: MavSystemId,
    /// How far the geoid stands above the ellipsoid where the vehicle flies, metres.
    #[serde(deserialize_with = "undulation")]
    pub undulation_m: f64,
    /// How the autopilot is reached, the preferred way first.
    pub autopilot: AutopilotPorts,
    /// The journal's directory.
    pub journal: PathBuf,
    /// How large the journal may grow, MiB.
    #[serde(default = "journal_max_mib", deserialize_with = "journal_mib")]
    pub journal_max_mib: u64,
    /// The bus.
    pub bus: BusSection,
    /// The key for signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SigningSection>,
    /// Components on board besides the autopilot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payload: Vec<PayloadSection>,
    /// Who on the ground speaks MAVLink.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ground: Vec<GroundSection>,
    /// The flight record.
    #[serde(default)]
    pub record: RecordSection,
    /// Who the aircraft is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<RemoteIdSection>,
    /// The vehicle's own camera.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraSection>,
    /// What the guard goes by besides the plan.
    #[serde(default)]
    pub limits: LimitsSection,
}

/// The kinds of vehicle, as a person writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
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

/// The bus, as [`BusConfig`] without what is the same for every vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "BusFields", try_from = "BusFields")]
pub struct BusSection {
    config: BusConfig,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BusFields {
    site: SiteId,
    #[serde(default)]
    listen: Vec<String>,
    #[serde(default)]
    connect: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls: Option<TlsFiles>,
}

impl BusSection {
    /// A checked section.
    ///
    /// # Errors
    /// [`EndpointFault`] when an endpoint is not safe or not one.
    pub fn new(
        site: SiteId,
        listen: Vec<String>,
        connect: Vec<String>,
        tls: Option<TlsFiles>,
    ) -> Result<Self, EndpointFault> {
        let config = BusConfig { site, program: Program::Onboard, listen, connect, tls };
        config.check()?;
        Ok(Self { config })
    }

    /// How the vehicle joins the bus.
    #[must_use]
    pub fn config(&self) -> &BusConfig {
        &self.config
    }
}

impl TryFrom<BusFields> for BusSection {
    type Error = EndpointFault;
    fn try_from(fields: BusFields) -> Result<Self, EndpointFault> {
        Self::new(fields.site, fields.listen, fields.connect, fields.tls)
    }
}

impl From<BusSection> for BusFields {
    fn from(section: BusSection) -> Self {
        let BusConfig { site, listen, connect, tls, .. } = section.config;
        Self { site, listen, connect, tls }
    }
}

/// The vehicle's own camera. What it can see stands in the station's file; on board only its name counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "CameraFields")]
pub struct CameraSection {
    /// The camera's name.
    pub sensor: SensorId,
    /// Where its scans or plot lines come in, as UDP datagrams on this machine.
    pub listen: SocketAddr,
    /// How much live video the link may carry while somebody in the room looks, kbit/s; 0: none.
    pub live_kilobits_per_s: u32,
    /// How much of the link evidence of the room's alerts may take when nothing else needs it, kbit/s; 0: what the camera keeps
    /// stays on board. Nothing: the camera is told of no alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_kilobits_per_s: Option<u32>,
    /// Where the camera's own program is told how it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pose: Option<PoseSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CameraFields {
    sensor: SensorId,
    #[serde(deserialize_with = "loopback")]
    listen: SocketAddr,
    #[serde(default, deserialize_with = "live_kilobits")]
    live_kilobits_per_s: u32,
    #[serde(default, deserialize_with = "evidence_kilobits")]
    evidence_kilobits_per_s: Option<u32>,
    #[serde(default)]
    pose: Option<PoseSection>,
}

impl TryFrom<CameraFields> for CameraSection {
    type Error = String;
    fn try_from(fields: CameraFields) -> Result<Self, String> {
        let CameraFields { sensor, listen, live_kilobits_per_s, evidence_kilobits_per_s, pose } = fields;
        if live_kilobits_per_s > 0 && pose.is_none() {
            return Err(format!(
                "live_kilobits_per_s = {live_kilobits_per_s}: needs [camera.pose], where the camera's program is told that \
                 somebody looks"
            ));
        }
        if let (Some(found), None) = (evidence_kilobits_per_s, &pose) {
            return Err(format!(
                "evidence_kilobits_per_s = {found}: needs [camera.pose], where the camera's program is told of alerts"
            ));
        }
        Ok(Self { sensor, listen, live_kilobits_per_s, evidence_kilobits_per_s, pose })
    }
}

/// What the camera's own program is told. The deviations are those of a small copter's compass and inertial sensors as
/// measured against surveyed points on the ground, unless the file knows better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoseSection {
    /// Where it listens, on this machine.
    #[serde(deserialize_with = "loopback")]
    pub to: SocketAddr,
    /// One standard deviation of the heading, degrees.
    #[serde(default = "heading_sigma_deg", deserialize_with = "sigma_deg")]
    pub heading_sigma_deg: f64,
    /// One standard deviation of roll and of pitch, degrees.
    #[serde(default = "tilt_sigma_deg", deserialize_with = "sigma_deg")]
    pub tilt_sigma_deg: f64,
}

/// The flight record: every frame that passes, always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordSection {
    /// Where it is kept; the folder `record` beside the journal where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How large one file may grow, MiB.
    #[serde(deserialize_with = "file_mib")]
    pub file_mib: u64,
    /// How large all of them may, MiB: beyond that the oldest is removed.
    #[serde(deserialize_with = "total_mib")]
    pub total_mib: u64,
}

impl Default for RecordSection {
    fn default() -> Self {
        Self { folder: None, file_mib: 32, total_mib: 1024 }
    }
}

/// What differs from the kind of vehicle's usual limits.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    /// How long the vehicle can move on a full battery, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "endurance")]
    pub endurance_s: Option<f64>,
    /// Silence of the autopilot that counts as lost, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "patience")]
    pub autopilot_lost_after_s: Option<f64>,
    /// Time without a usable fix that counts as lost, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "patience")]
    pub gnss_lost_after_s: Option<f64>,
}

impl VehicleConfig {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`] says where and what is wrong.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|fault| ConfigError::Fault { path: path.to_owned(), fault: Box::new(fault) })?;
        links::check(&config.autopilot, &config.payload, &config.ground, config.signing.as_ref())
            .map_err(|fault| ConfigError::Links { path: path.to_owned(), line: line_of(&text, &fault), fault })?;
        Ok(config)
    }

    /// All links with what each is for, in the order in which the wire numbers them.
    #[must_use]
    pub fn links(&self) -> Vec<(AutopilotPort, LinkSetup)> {
        links::setups(&self.autopilot, &self.payload, &self.ground, self.signing.as_ref())
    }

    /// Where the flight record is kept.
    #[must_use]
    pub fn record_folder(&self) -> PathBuf {
        self.record.folder.clone().unwrap_or_else(|| self.journal.with_file_name("record"))
    }

    /// Who the aircraft is, for Remote ID.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.remote_id.as_ref().map(|section| section.identity(self.kind))
    }

    /// What the agent must know.
    #[must_use]
    pub fn agent(&self, plan: Option<FlightPlan>) -> AgentConfig {
        let kind = self.kind.into();
        let usual = Limits::of(kind);
        AgentConfig {
            vehicle: self.vehicle.clone(),
            kind,
            system: self.system,
            undulation: GeoidUndulation::new(self.undulation_m),
            camera: self.camera.as_ref().map(|camera| own_camera(camera.sensor.clone())),
            pose: self.camera.as_ref().and_then(|camera| camera.pose.as_ref()).map(|pose| AttitudeSigma {
                heading_rad: pose.heading_sigma_deg.to_radians(),
                tilt_rad: pose.tilt_sigma_deg.to_radians(),
            }),
            plan,
            limits: Limits {
                endurance_s: self.limits.endurance_s.unwrap_or(usual.endurance_s),
                autopilot_lost_after_s: self.limits.autopilot_lost_after_s.unwrap_or(usual.autopilot_lost_after_s),
                gnss_lost_after_s: self.limits.gnss_lost_after_s.unwrap_or(usual.gnss_lost_after_s),
            },
        }
    }
}

impl From<Kind> for VehicleKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Multirotor => Self::Multirotor,
            Kind::FixedWing => Self::FixedWing,
            Kind::Boat => Self::Boat,
            Kind::Vtol => Self::Vtol,
            Kind::Rov => Self::Rov,
        }
    }
}

/// The last line of the file that names the link at fault: of two that are the same, the second.
fn line_of(text: &str, fault: &LinkFault) -> usize {
    let Some(port) = fault.port().map(AutopilotPort::to_string) else { return 1 };
    let named = text.lines().enumerate().filter(|(_, line)| line.contains(&port)).last();
    named.map_or(1, |(at, _)| at + 1)
}

/// A description by name: place and coverage of a camera that moves are not constants.
fn own_camera(id: SensorId) -> SensorDescription {
    let nowhere = LatLon::from_degrees(0.0, 0.0).expect("invariant: the equator is on Earth");
    SensorDescription {
        id,
        kind: SensorKind::Camera,
        position: nowhere.at_height(AltitudeHae::new(0.0)),
        altitude: AltitudeAmsl::new(0.0),
        period_s: 0.0,
        coverage: Coverage {
            range_m: [0.0, 0.0],
            sector: None,
            elevation: [Elevation::from_degrees(-90.0), Elevation::from_degrees(90.0)],
        },
        detection_probability: 0.0,
        clutter_per_scan: 0.0,
        performance: SensorPerformance::default(),
    }
}
