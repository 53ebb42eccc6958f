//! The configuration of `picket-sensor camera`.
//!
//! ```toml
//! [camera]
//! source = { rtsp = "rtsp://192.0.2.7/main" }   # or v4l2 = "/dev/video0", csi = "", file = "a.mp4", or
//!                                               # film = "a.y4m": a file played as it was taken, over and over;
//!                                               # pattern = { width = 640, height = 512, rate = 25 }
//! pixels = "gray"                               # "gray", "gray16" (infrared), "rgb"
//! focal_px = [2400, 2400]                       # of the lens, in pixels of the picture
//! centre_px = [959.5, 539.5]
//! distortion = { k1 = -0.1, k2 = 0.02 }         # Brown–Conrady, as OpenCV has it; none where not given
//! azimuth_deg = 285                             # where the optical axis looks; with [pose], from the nose or the
//! elevation_deg = 4                             # gimbal's head
//! roll_deg = 0
//! sigma_deg = 0.1                               # how well that is known
//!
//! [detectors]                                   # all of it may be left out
//! threads = 2
//! providers = ["cpu"]                           # "cuda", "tensorrt", "openvino", "coreml": the first that is there
//! confidence_min = 0.3
//! models = ["boats.onnx"]                       # further ones, beside the shipped one for small things in the sky
//! classes = ["person", "boat"]                  # of those models' classes these only; all where left out
//! slices = 3
//! library = "/opt/onnxruntime/libonnxruntime.so"
//!
//! [video]                                       # what is sent and kept; nothing where left out
//! rtsp = "127.0.0.1:8554"                       # other machines need viewer as well
//! viewer = "viewer.key"                         # a file: name, colon, password
//! udp = "239.1.2.3:5000"
//! record = "evidence/mast-1"                    # a folder for every start is made in it
//! segment_s = 60
//! live = true                                   # the operations room may look: sent to it only while somebody does; with
//!                                               # [pose] small, as far as picket-onboard allows it
//! pass_through = true                           # the source's own H.264 as it comes, where it has any, and as many kbit/s
//! kilobits_per_s = 2000                         # of what is encoded here
//! rate = 25
//!
//! [video.evidence]                              # a clip and a picture of each alert in view, until the room has them;
//! folder = "alerts/mast-1"                      # with [pose] as far as picket-onboard tells of alerts
//! before_s = 10
//! after_s = 20
//! recent_s = 300                                # of what happened while the line was broken so much can still be cut
//! total_mib = 2048                              # the oldest goes, and what the room has goes first
//!
//! [sensor]                                      # as in the configuration of other sensors; a camera that stands still
//! [bus]
//!
//! [pose]                                        # in place of both: a camera that a vehicle carries
//! vehicle = "falke-1"
//! sensor = "falke-1.camera"
//! listen = "127.0.0.1:9002"                     # [camera.pose] to, in picket-onboard's configuration
//! onboard = "127.0.0.1:9001"                    # [camera] listen there
//! mounted = "gimbal"                            # or "body"
//! period_s = 0.2                                # one scan goes to the journal so often
//! latency_ms = 0                                # how long before its time stamp a picture was exposed
//! latency_sigma_ms = 5                          # how well that is known
//! ```

mod video;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use nalgebra::{Vector2, Vector3};
use serde::Deserialize;
use telemetry::bus::BusConfig;
use telemetry::{AltitudeAmsl, Geodetic, SensorId, Timestamp, VehicleId};
use vision::geolocation::{Angles, Camera, Distortion, Lens};
use vision::media::source::{Origin, Pixels};
use vision::pipeline::EyesConfig;
use vision::session::Execution;

use super::{BusTable, Document, SensorTable};
use crate::camera::errors_at_rest;

pub(crate) use self::video::{EvidenceTable, VideoTable};

/// What the program needs to know.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) source: Origin,
    pub(crate) pixels: Pixels,
    pub(crate) name: SensorId,
    pub(crate) camera: Camera,
    /// Where the optical axis looks: from north and the horizon, or from what carries it.
    pub(crate) aim: Angles,
    pub(crate) standing: Standing,
    pub(crate) detectors: DetectorsTable,
    pub(crate) video: VideoTable,
}

/// What the camera stands on.
#[derive(Debug)]
pub(crate) enum Standing {
    /// A mast: it tells the bus itself.
    Still { position: Geodetic, altitude: AltitudeAmsl, bus: BusConfig },
    /// A vehicle, whose journal it tells.
    Carried(Carriage),
}

/// A camera on a vehicle.
#[derive(Debug, Clone)]
pub(crate) struct Carriage {
    pub(crate) vehicle: VehicleId,
    /// Where poses come in.
    pub(crate) listen: SocketAddr,
    /// Where scans go.
    pub(crate) onboard: SocketAddr,
    pub(crate) mounted: MountedOn,
    /// From scan to scan, seconds.
    pub(crate) period_s: f64,
    /// How long before its time stamp a picture was exposed, and how well that is known, seconds.
    pub(crate) latency_s: f64,
    pub(crate) latency_sigma_s: f64,
}

/// What of the vehicle the camera is fixed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MountedOn {
    Body,
    Gimbal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    camera: CameraTable,
    #[serde(default)]
    detectors: DetectorsTable,
    #[serde(default)]
    video: VideoTable,
    #[serde(default)]
    sensor: Option<SensorTable>,
    #[serde(default)]
    bus: Option<BusTable>,
    #[serde(default)]
    pose: Option<PoseTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PoseTable {
    vehicle: VehicleId,
    sensor: SensorId,
    listen: SocketAddr,
    onboard: SocketAddr,
    mounted: MountedOn,
    #[serde(default = "fifth_of_a_second")]
    period_s: f64,
    #[serde(default)]
    latency_ms: f64,
    #[serde(default = "five")]
    latency_sigma_ms: f64,
}

fn fifth_of_a_second() -> f64 {
    0.2
}

fn five() -> f64 {
    5.0
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CameraTable {
    source: SourceTable,
    #[serde(default)]
    pixels: PixelsName,
    focal_px: [f64; 2],
    centre_px: [f64; 2],
    #[serde(default)]
    distortion: DistortionTable,
    azimuth_deg: f64,
    elevation_deg: f64,
    #[serde(default)]
    roll_deg: f64,
    sigma_deg: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SourceTable {
    Rtsp(String),
    V4l2(PathBuf),
    Csi(String),
    File(FileTable),
    Film(PathBuf),
    Pattern { width: usize, height: usize, rate: u32 },
}

/// A file by its path alone, or with the time at which its first frame was taken.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a path, or { path = \"a.mp4\", begins = \"2026-11-21T03:00:00Z\" }")]
enum FileTable {
    Path(PathBuf),
    Dated(DatedFile),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatedFile {
    path: PathBuf,
    begins: String,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PixelsName {
    #[default]
    Gray,
    Gray16,
    Rgb,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DistortionTable {
    k1: f64,
    k2: f64,
    k3: f64,
    p1: f64,
    p2: f64,
}

/// What looks at the pictures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DetectorsTable {
    threads: usize,
    providers: Vec<vision::session::Provider>,
    pub(crate) confidence_min: f64,
    pub(crate) models: Vec<PathBuf>,
    pub(crate) classes: Vec<String>,
    pub(crate) slices: usize,
    pub(crate) library: Option<PathBuf>,
}

impl Default for DetectorsTable {
    fn default() -> Self {
        let Execution { providers, threads } = Execution::default();
        Self {
            threads,
            providers,
            confidence_min: EyesConfig::default().confidence_min,
            models: Vec::new(),
            classes: Vec::new(),
            slices: 3,
            library: None,
        }
    }
}

impl DetectorsTable {
    pub(crate) fn execution(&self) -> Execution {
        Execution { providers: self.providers.clone(), threads: self.threads }
    }
}

impl Document for Config {
    type Form = File;

    fn checked(file: File) -> Result<Self, String> {
        let table = &file.camera;
        let refuse = |what: String| format!("[camera] {what}");
        within("azimuth_deg", table.azimuth_deg, 0.0..=360.0).map_err(refuse)?;
        within("elevation_deg", table.elevation_deg, -90.0..=90.0).map_err(refuse)?;
        within("roll_deg", table.roll_deg, -180.0..=180.0).map_err(refuse)?;
        within("sigma_deg", table.sigma_deg, 0.001..=45.0).map_err(refuse)?;
        file.video.evidence.as_ref().map(EvidenceTable::check).transpose()?;
        let DistortionTable { k1, k2, k3, p1, p2 } = table.distortion;
        let lens =
            Lens::new(Vector2::from(table.focal_px), Vector2::from(table.centre_px), Distortion { k1, k2, k3, p1, p2 });
        let lens = lens.map_err(|error| refuse(error.to_string()))?;
        let mut errors = errors_at_rest(table.sigma_deg.to_radians());
        let aim = Angles {
            yaw: table.azimuth_deg.to_radians(),
            pitch: table.elevation_deg.to_radians(),
            roll: table.roll_deg.to_radians(),
        };
        let (name, standing) = match (file.sensor, file.bus, file.pose) {
            (Some(sensor), Some(bus), None) => {
                let description = sensor.description();
                let (position, altitude) = (description.position, description.altitude);
                (description.id, Standing::Still { position, altitude, bus: bus.config() })
            }
            (None, None, Some(pose)) => {
                // What is not known of the mounting turns with what carries it.
                std::mem::swap(&mut errors.boresight_rad, &mut errors.attitude_rad);
                (pose.sensor.clone(), Standing::Carried(pose.checked()?))
            }
            (sensor, bus, pose) => {
                let tables = [("[sensor]", sensor.is_some()), ("[bus]", bus.is_some()), ("[pose]", pose.is_some())];
                let found: Vec<_> = tables.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
                let found = if found.is_empty() { "none of them".to_owned() } else { found.join(" and ") };
                return Err(format!(
                    "tables: found {found}; allowed are [sensor] and [bus] for a camera that stands still, or [pose] for one \
                     on a vehicle"
                ));
            }
        };
        Ok(Self {
            source: file.camera.source.origin()?,
            pixels: file.camera.pixels.into(),
            name,
            camera: Camera { lens, boresight_rad: Vector3::zeros(), errors },
            aim,
            standing,
            detectors: file.detectors,
            video: file.video,
        })
    }
}

impl PoseTable {
    fn checked(self) -> Result<Carriage, String> {
        let refuse = |what: String| format!("[pose] {what}");
        for (name, address) in [("listen", self.listen), ("onboard", self.onboard)] {
            if !address.ip().is_loopback() {
                return Err(refuse(format!(
                    "{name} = {address}: allowed is an address of this machine, 127.0.0.1:PORT"
                )));
            }
        }
        within("period_s", self.period_s, 0.0..=3600.0).map_err(refuse)?;
        within("latency_ms", self.latency_ms, 0.0..=1000.0).map_err(refuse)?;
        within("latency_sigma_ms", self.latency_sigma_ms, 0.0..=1000.0).map_err(refuse)?;
        let Self { vehicle, listen, onboard, mounted, period_s, latency_ms, latency_sigma_ms, .. } = self;
        let (latency_s, latency_sigma_s) = (latency_ms / 1e3, latency_sigma_ms / 1e3);
        Ok(Carriage { vehicle, listen, onboard, mounted, period_s, latency_s, latency_sigma_s })
    }
}

fn within(name: &str, value: f64, allowed: RangeInclusive<f64>) -> Result<(), String> {
    if allowed.contains(&value) {
        Ok(())
    } else {
        Err(format!("{name} = {value}: allowed is {} to {}", allowed.start(), allowed.end()))
    }
}

impl SourceTable {
    fn origin(self) -> Result<Origin, String> {
        Ok(match self {
            Self::Rtsp(url) => Origin::Rtsp { url },
            Self::V4l2(device) => Origin::V4l2 { device },
            Self::Csi(name) => Origin::Csi { name: (!name.is_empty()).then_some(name) },
            Self::File(FileTable::Path(path)) => Origin::File { path, begins_ns: 0 },
            Self::File(FileTable::Dated(DatedFile { path, begins })) => {
                let begins: Timestamp =
                    begins.parse().map_err(|error| format!("[camera] source.file.begins: {error}"))?;
                Origin::File { path, begins_ns: begins.unix_nanos() }
            }
            Self::Film(path) => Origin::Film { path },
            Self::Pattern { width, height, rate } => Origin::Pattern { width, height, rate },
        })
    }
}

impl From<PixelsName> for Pixels {
    fn from(name: PixelsName) -> Self {
        match name {
            PixelsName::Gray => Self::Gray,
            PixelsName::Gray16 => Self::Gray16,
            PixelsName::Rgb => Self::Rgb,
        }
    }
}

#[cfg(test)]
mod tests;
