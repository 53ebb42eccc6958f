//! The truth beside the pictures: a line of JSON for the camera, then one for each frame.

use serde::Serialize;
use sim_camera::band::Band;
use sim_camera::camera::{CameraConfig, Seen};
use sim_camera::pose::Pose;
use telemetry::messages::TargetClass;
use telemetry::{Enu, Geodetic, SiteFrame, Timestamp};

use super::cast::Player;

/// What the camera is: the first line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CameraRecord {
    /// Width and height, pixels.
    pub size_px: [usize; 2],
    /// Pictures a second.
    pub frames_per_second: u32,
    /// Horizontal and vertical focal length, pixels.
    pub focal_px: [f64; 2],
    /// The pixel of the optical axis; (0, 0) is the centre of the top left one.
    pub principal_px: [f64; 2],
    /// Brown–Conrady coefficients, in OpenCV's order k1, k2, p1, p2, k3.
    pub distortion: [f64; 5],
    /// `visible` or `infrared`.
    pub band: &'static str,
    /// Black and white of an infrared picture, apparent temperatures, °C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span_c: Option<[f64; 2]>,
}

impl CameraRecord {
    pub(super) fn of(config: &CameraConfig, frames_per_second: u32) -> Self {
        let lens = &config.lens;
        let distortion = lens.distortion();
        let ([k1, k2, k3], [p1, p2]) = (distortion.radial, distortion.tangential);
        let (band, span_c) = match config.band {
            Band::Visible { .. } => ("visible", None),
            Band::Infrared { coldest_c, hottest_c } => ("infrared", Some([coldest_c, hottest_c])),
        };
        Self {
            size_px: [lens.width(), lens.height()],
            frames_per_second,
            focal_px: lens.focal_px().into(),
            principal_px: lens.principal_px().into(),
            distortion: [k1, k2, p1, p2, k3],
            band,
            span_c,
        }
    }
}

/// One frame: where the camera was, and all that is in the picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameRecord {
    /// Its number, from 0.
    pub frame: u64,
    /// The middle of its exposure, UTC.
    pub time: String,
    /// The same, ns since 1970.
    pub time_ns: i64,
    /// Where the camera is: latitude and longitude in degrees, height above the ellipsoid in metres.
    pub camera: [f64; 3],
    /// Azimuth, elevation and roll of the optical axis in the tangent frame at the camera, degrees.
    pub axis_deg: [f64; 3],
    /// What is in the picture.
    pub targets: Vec<TargetRecord>,
}

/// One target in a frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetRecord {
    /// Its number, the same in every frame.
    pub id: u32,
    /// What the scenario calls it.
    pub name: String,
    /// What it is.
    pub class: TargetClass,
    /// Left, upper, right and lower edge of its box, pixels, not cut at the picture's edge.
    pub box_px: [f64; 4],
    /// Where its reference point is projected, pixels.
    pub centre_px: [f64; 2],
    /// The way to it, metres.
    pub range_m: f64,
    /// The share of it that is seen.
    pub visible_share: f64,
    /// Where it is: latitude and longitude in degrees, height above the ellipsoid in metres.
    pub position: [f64; 3],
}

impl FrameRecord {
    /// A frame before anything in it is known.
    pub(super) fn before(frame: u64, time: Timestamp, pose: &Pose, site: &SiteFrame) -> Self {
        // A camera that stands in a site's frame stands on the Earth.
        let at = site.geodetic(Enu::from_vector(pose.position)).unwrap_or(site.datum());
        let local_from_site = SiteFrame::new(at).enu_from_other(site);
        let axis = |n: usize| Enu::from_vector(local_from_site * pose.enu_from_cam.matrix().column(n));
        let (right, down, ahead) = (axis(0), axis(1), axis(2));
        let roll_deg = (-right.up_m).atan2(-down.up_m).to_degrees();
        Self {
            frame,
            time: time.to_string(),
            time_ns: time.unix_nanos(),
            camera: degrees(at),
            axis_deg: [ahead.azimuth().degrees(), ahead.elevation().radians().to_degrees(), roll_deg]
                .map(|degrees| (degrees * 1e5).round() / 1e5),
            targets: Vec::new(),
        }
    }

    /// What is burnt into the picture.
    pub(super) fn caption(&self) -> Vec<String> {
        let [azimuth, elevation, _] = self.axis_deg;
        let second = self.time.get(..19).unwrap_or(&self.time).replace('T', " ");
        vec![format!("{second}Z"), format!("AZ {azimuth:.1}° EL {elevation:.1}°")]
    }

    pub(super) fn with(mut self, seen: &[Seen], players: &[Player]) -> Self {
        let record = |seen: &Seen| {
            let player = players.iter().find(|player| player.target.id == seen.id)?;
            let [low, high] = seen.box_px;
            Some(TargetRecord {
                id: seen.id,
                name: player.name.clone(),
                class: player.class,
                box_px: [low.x, low.y, high.x, high.y].map(hundredths),
                centre_px: [seen.centre_px.x, seen.centre_px.y].map(hundredths),
                range_m: hundredths(seen.range_m),
                visible_share: hundredths(seen.visible_share),
                position: degrees(player.position),
            })
        };
        self.targets = seen.iter().filter_map(record).collect();
        self
    }
}

/// Degrees to a centimetre, height to a millimetre.
fn degrees(at: Geodetic) -> [f64; 3] {
    let rounded = |x: f64, steps: f64| (x * steps).round() / steps;
    let at_level = at.lat_lon();
    [rounded(at_level.latitude_deg(), 1e8), rounded(at_level.longitude_deg(), 1e8), rounded(at.height().metres, 1e3)]
}

fn hundredths(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
