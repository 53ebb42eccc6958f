//! The configuration of `picket-sensor camera`: read once, whole, and checked before anything opens.
//!
//! ```toml
//! [camera]
//! source = { rtsp = "rtsp://192.0.2.7/main" }   # or v4l2 = "/dev/video0", csi = "", file = "a.mp4", or
//!                                               # pattern = { width = 640, height = 512, rate = 25 }
//! pixels = "gray"                               # "gray", "gray16" (infrared), "rgb"
//! focal_px = [2400, 2400]                       # of the lens, in pixels of the picture
//! centre_px = [959.5, 539.5]
//! distortion = { k1 = -0.1, k2 = 0.02 }         # Brown–Conrady, as OpenCV has it; none where not given
//! azimuth_deg = 285                             # where the optical axis looks
//! elevation_deg = 4
//! roll_deg = 0
//! sigma_deg = 0.1                               # how well that is known
//!
//! [detectors]                                   # all of it may be left out
//! threads = 2
//! providers = ["cpu"]                           # "cuda", "tensorrt", "openvino", "coreml": the first that is there
//! confidence_min = 0.3
//! models = ["boats.onnx"]                       # further ones, beside the shipped one for small things in the sky
//! slices = 3
//! library = "/opt/onnxruntime/libonnxruntime.so"
//!
//! [video]                                       # what is sent and kept; nothing where left out
//! rtsp = "127.0.0.1:8554"                       # other machines need viewer as well
//! viewer = "viewer.key"                         # a file: name, colon, password
//! udp = "239.1.2.3:5000"
//! record = "evidence/mast-1"                    # a folder for every start is made in it
//! segment_s = 60
//! kilobits_per_s = 2000
//! rate = 25
//!
//! [sensor]                                      # as in the configuration of other sensors
//! [bus]
//! ```

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use nalgebra::{Vector2, Vector3};
use serde::Deserialize;
use telemetry::Geodetic;
use telemetry::bus::BusConfig;
use telemetry::messages::SensorDescription;
use vision::geolocation::{Angles, Camera, Distortion, Errors, Lens};
use vision::media::serve::Viewer;
use vision::media::source::{Origin, Pixels};
use vision::pipeline::EyesConfig;
use vision::session::Execution;

use crate::config::{BusTable, ConfigError, SensorTable};

/// What the program needs to know.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) source: Origin,
    pub(super) pixels: Pixels,
    pub(super) camera: Camera,
    pub(super) attitude: Angles,
    pub(super) detectors: DetectorsTable,
    pub(super) video: VideoTable,
    pub(super) sensor: SensorDescription,
    pub(super) position: Geodetic,
    pub(super) bus: BusConfig,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    camera: CameraTable,
    #[serde(default)]
    detectors: DetectorsTable,
    #[serde(default)]
    video: VideoTable,
    sensor: SensorTable,
    bus: BusTable,
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
    File(PathBuf),
    Pattern { width: usize, height: usize, rate: u32 },
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
pub(super) struct DetectorsTable {
    threads: usize,
    providers: Vec<vision::session::Provider>,
    pub(super) confidence_min: f64,
    pub(super) models: Vec<PathBuf>,
    pub(super) slices: usize,
    pub(super) library: Option<PathBuf>,
}

impl Default for DetectorsTable {
    fn default() -> Self {
        let Execution { providers, threads } = Execution::default();
        Self {
            threads,
            providers,
            confidence_min: EyesConfig::default().confidence_min,
            models: Vec::new(),
            slices: 3,
            library: None,
        }
    }
}

impl DetectorsTable {
    pub(super) fn execution(&self) -> Execution {
        Execution { providers: self.providers.clone(), threads: self.threads }
    }
}

/// What is sent and kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct VideoTable {
    pub(super) rtsp: Option<SocketAddr>,
    viewer: Option<PathBuf>,
    pub(super) udp: Option<SocketAddr>,
    pub(super) record: Option<PathBuf>,
    pub(super) segment_s: u32,
    pub(super) kilobits_per_s: u32,
    pub(super) rate: u32,
}

impl Default for VideoTable {
    fn default() -> Self {
        Self { rtsp: None, viewer: None, udp: None, record: None, segment_s: 60, kilobits_per_s: 2000, rate: 25 }
    }
}

impl VideoTable {
    /// Whether anybody wants encoded video.
    pub(super) fn is_wanted(&self) -> bool {
        self.rtsp.is_some() || self.udp.is_some() || self.record.is_some()
    }

    /// Who may watch, read from the file.
    pub(super) fn viewer(&self) -> anyhow::Result<Option<Viewer>> {
        let Some(path) = &self.viewer else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("[video] viewer: cannot read {}: {error}", path.display()))?;
        let viewer = text
            .trim()
            .split_once(':')
            .map(|(name, password)| Viewer { name: name.to_owned(), password: password.to_owned() });
        let viewer = viewer.filter(|viewer| !viewer.name.is_empty() && viewer.password.len() >= 8);
        viewer.map(Some).ok_or_else(|| {
            anyhow::anyhow!(
                "[video] viewer: {}: allowed is name:password, the password of 8 letters or more",
                path.display()
            )
        })
    }
}

impl Config {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let invalid = |found| ConfigError::Invalid { path: path.to_owned(), found };
        let file: File = toml::from_str(text).map_err(invalid)?;
        let refuse = |what: String| invalid(serde::de::Error::custom(format!("[camera] {what}")));
        let table = &file.camera;
        let angles =
            [("azimuth_deg", table.azimuth_deg, 0.0..=360.0), ("elevation_deg", table.elevation_deg, -90.0..=90.0)];
        let others = [("roll_deg", table.roll_deg, -180.0..=180.0), ("sigma_deg", table.sigma_deg, 0.001..=45.0)];
        if let Some((name, value, allowed)) =
            angles.into_iter().chain(others).find(|(_, value, allowed)| !allowed.contains(value))
        {
            return Err(refuse(format!("{name} = {value}: allowed is {} to {}", allowed.start(), allowed.end())));
        }
        let DistortionTable { k1, k2, k3, p1, p2 } = table.distortion;
        let lens =
            Lens::new(Vector2::from(table.focal_px), Vector2::from(table.centre_px), Distortion { k1, k2, k3, p1, p2 });
        let lens = lens.map_err(|error| refuse(error.to_string()))?;
        let errors = Errors {
            attitude_rad: Vector3::repeat(table.sigma_deg.to_radians()),
            boresight_rad: Vector3::zeros(),
            place_m: Vector3::repeat(0.5),
            time_s: 0.0,
            pixel: 0.5,
        };
        let attitude = Angles {
            yaw: table.azimuth_deg.to_radians(),
            pitch: table.elevation_deg.to_radians(),
            roll: table.roll_deg.to_radians(),
        };
        Ok(Self {
            source: file.camera.source.origin(),
            pixels: file.camera.pixels.into(),
            camera: Camera { lens, boresight_rad: Vector3::zeros(), errors },
            attitude,
            detectors: file.detectors,
            video: file.video,
            position: file.sensor.position(),
            sensor: file.sensor.description(),
            bus: file.bus.config(),
        })
    }
}

impl SourceTable {
    fn origin(self) -> Origin {
        match self {
            Self::Rtsp(url) => Origin::Rtsp { url },
            Self::V4l2(device) => Origin::V4l2 { device },
            Self::Csi(name) => Origin::Csi { name: (!name.is_empty()).then_some(name) },
            Self::File(path) => Origin::File { path, begins_ns: 0 },
            Self::Pattern { width, height, rate } => Origin::Pattern { width, height, rate },
        }
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
mod tests {
    use super::*;

    const GOOD: &str = r#"
[camera]
source = { rtsp = "rtsp://192.0.2.7/main" }
focal_px = [2400, 2400]
centre_px = [959.5, 539.5]
azimuth_deg = 285
elevation_deg = 4
sigma_deg = 0.1
[video]
rtsp = "127.0.0.1:8554"
[sensor]
id = "mast-1"
kind = "camera"
position = [10.14, 54.36]
altitude = { amsl_m = 30 }
undulation_m = 39
period_s = 0.04
range_m = [50, 8000]
[bus]
site = "kiel"
"#;

    #[test]
    fn a_whole_configuration_is_read() {
        let config = Config::parse(Path::new("camera.toml"), GOOD).unwrap();
        assert_eq!((config.source.to_string().as_str(), config.pixels), ("rtsp camera main", Pixels::Gray));
        assert_eq!((config.position.height().metres, config.sensor.id.as_str()), (69.0, "mast-1"));
        assert!(config.video.is_wanted() && (config.attitude.yaw - 285f64.to_radians()).abs() < 1e-12);
    }

    #[test]
    fn mistakes_say_what_was_found_and_what_is_allowed() {
        let check = |from: &str, to: &str, expected: &str| {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            let said = Config::parse(Path::new("camera.toml"), &text).unwrap_err().to_string();
            assert!(said.contains("camera.toml") && said.contains(expected), "{said:?} does not say {expected:?}");
        };
        check("elevation_deg = 4", "elevation_deg = 94", "elevation_deg = 94: allowed is -90 to 90");
        check("[2400, 2400]", "[0, 2400]", "focal");
        check("rtsp = \"rtsp:", "tape = \"rtsp:", "unknown variant `tape`");
        check("sigma_deg = 0.1\n", "", "missing field `sigma_deg`");
    }
}
