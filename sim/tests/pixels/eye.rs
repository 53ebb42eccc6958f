//! One camera with all that stands behind it: from a scene to the scan that its sensor reports.

use nalgebra::{UnitQuaternion, Vector2, Vector3};
use rand_chacha::ChaCha8Rng;
use sim::random::{self, OrnsteinUhlenbeck};
use sim_camera::band::Band;
use sim_camera::camera::{Camera, CameraConfig};
use sim_camera::lens::{Distortion, Lens};
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::Scene;
use telemetry::messages::{
    Coverage, Detection, Measurement, PoseSigma, SensorDescription, SensorKind, SensorPerformance, SensorScan,
};
use telemetry::{AltitudeAmsl, DetectionId, Elevation, Enu, SensorId, SiteFrame, Timestamp};
use vision::ego_motion::Prior;

use super::finder::{Finder, Found};

/// The deviation of a detection's centre, pixels.
const CENTRE_PX: f64 = 0.5;

/// Where a camera is mounted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mount {
    pub(crate) place: Vector3<f64>,
    pub(crate) aim: Vector3<f64>,
    pub(crate) hovers: bool,
    /// The focal length of its camera, pixels.
    pub(crate) focal_px: f64,
}

/// Deviations of what a mount believes of its pose: place (metres), height, heading, tilt (radians).
#[derive(Debug, Clone, Copy)]
struct PoseError {
    level_m: f64,
    height_m: f64,
    heading_rad: f64,
    tilt_rad: f64,
}

impl Mount {
    /// A tower is surveyed; a drone knows its place to a metre and its attitude by its inertial sensors and a horizon.
    fn pose_error(&self) -> PoseError {
        if self.hovers {
            PoseError {
                level_m: 0.8,
                height_m: 1.0,
                heading_rad: 0.35_f64.to_radians(),
                tilt_rad: 0.15_f64.to_radians(),
            }
        } else {
            PoseError {
                level_m: 0.05,
                height_m: 0.05,
                heading_rad: 0.05_f64.to_radians(),
                tilt_rad: 0.03_f64.to_radians(),
            }
        }
    }
}

/// How a platform moves about where it is: metres east, north, up; azimuth, elevation, roll, radians.
struct Sway([OrnsteinUhlenbeck; 6]);

impl Sway {
    fn new(rng: &mut ChaCha8Rng, sigma: [f64; 6], correlation_s: f64) -> Self {
        Self(sigma.map(|sigma| OrnsteinUhlenbeck::new(rng, sigma, correlation_s)))
    }

    fn step(&mut self, rng: &mut ChaCha8Rng, step_s: f64) -> [f64; 6] {
        self.0.each_mut().map(|axis| axis.step(rng, step_s))
    }
}

/// A camera at work.
pub(crate) struct Eye {
    id: SensorId,
    mount: Mount,
    camera: Camera,
    finder: Finder,
    rng: ChaCha8Rng,
    sway: Sway,
    error: Sway,
    believed: Option<Pose>,
    scans: u64,
    detections: u64,
    last_s: f64,
}

impl Eye {
    pub(crate) fn new(name: &str, seed: u64, mount: Mount, finder: Finder) -> Self {
        let distortion = Distortion { radial: [-0.12, 0.03, 0.0], tangential: [0.0004, -0.0003] };
        let lens =
            Lens::new([960, 544], Vector2::repeat(mount.focal_px), Vector2::new(483.0, 269.0), distortion).unwrap();
        let config = CameraConfig { lens, band: Band::Visible { gain: 1.0 }, noise_counts: 1.6, vignetting: 0.4 };
        let mut rng = random::stream(seed, name);
        let PoseError { level_m, height_m, heading_rad, tilt_rad } = mount.pose_error();
        let shake = if mount.hovers { [0.6, 0.6, 0.3, 0.004, 0.003, 0.004] } else { [0.0; 6] };
        Self {
            id: SensorId::new(name).unwrap(),
            camera: Camera::new(config, 1, seed),
            finder,
            sway: Sway::new(&mut rng, shake, 2.0),
            error: Sway::new(&mut rng, [level_m, level_m, height_m, heading_rad, tilt_rad, tilt_rad], 60.0),
            rng,
            mount,
            believed: None,
            scans: 0,
            detections: 0,
            last_s: 0.0,
        }
    }

    pub(crate) fn description(&self) -> SensorDescription {
        let PoseError { level_m, height_m, .. } = self.mount.pose_error();
        let position = super::site().geodetic(Enu::from_vector(self.mount.place)).unwrap();
        let pose_sigma = PoseSigma { horizontal_m: level_m, vertical_m: height_m, correlation_s: 60.0 };
        SensorDescription {
            id: self.id.clone(),
            kind: SensorKind::Camera,
            position,
            altitude: AltitudeAmsl::new(self.mount.place.z),
            period_s: 1.0 / f64::from(super::FRAMES_A_SECOND),
            coverage: Coverage {
                range_m: [20.0, 2_000.0],
                sector: None,
                elevation: [Elevation::from_degrees(-30.0), Elevation::from_degrees(60.0)],
            },
            detection_probability: 0.9,
            clutter_per_scan: 0.1,
            performance: SensorPerformance { pose_sigma: Some(pose_sigma), ..SensorPerformance::default() },
        }
    }

    /// One picture of the scene, and what it tells the tracker.
    pub(crate) fn look(&mut self, site: &SiteFrame, now: Timestamp, seconds: f64, scene: &Scene) -> SensorScan {
        let since_s = seconds - self.last_s;
        self.last_s = seconds;
        let moved = self.sway.step(&mut self.rng, since_s);
        let wrong = self.error.step(&mut self.rng, since_s);
        let truly = self.pose(moved);
        let believed = self.pose(std::array::from_fn(|n| moved[n] + wrong[n]));
        let exposure = Exposure::still(truly, 0.002, seconds);
        let nanos = (seconds * 1e9) as i64;
        let picture = self.camera.render(scene, &exposure, nanos, &[]);
        let prior = self.believed.map(|before| self.prior(&before, &believed));
        self.believed = Some(believed);
        let found = self.finder.find(seconds, &picture, scene, prior.as_ref(), &mut self.rng);
        let origin = site.geodetic(Enu::from_vector(believed.position)).unwrap();
        let local = SiteFrame::new(origin);
        let detections = found.iter().map(|found| self.detection(site, &local, &believed, now, found)).collect();
        self.scans += 1;
        SensorScan { sensor: self.id.clone(), scan: self.scans, measured_at: now, origin, sector: None, detections }
    }

    fn pose(&self, [east, north, up, azimuth, elevation, roll]: [f64; 6]) -> Pose {
        let way = self.mount.aim - self.mount.place;
        let level = way.xy().norm();
        let place = self.mount.place + Vector3::new(east, north, up);
        Pose::looking(place, way.x.atan2(way.y) + azimuth, way.z.atan2(level) + elevation, roll)
    }

    /// Where a distant thing in the last picture is in this one, by what the mount believes of its turn.
    fn prior(&self, before: &Pose, now: &Pose) -> Prior {
        let lens = &self.camera.config().lens;
        let turn = UnitQuaternion::from_rotation_matrix(&(now.enu_from_cam.inverse() * before.enu_from_cam));
        Prior::from_turn(&turn, lens.focal_px(), lens.principal_px(), 1.0)
    }

    fn detection(
        &mut self,
        site: &SiteFrame,
        local: &SiteFrame,
        believed: &Pose,
        now: Timestamp,
        found: &Found,
    ) -> Detection {
        let lens = &self.camera.config().lens;
        let ray = believed.enu_from_cam * lens.ray(found.centre).unwrap();
        let ray = Enu::from_vector(local.enu_from_other(site) * ray);
        let PoseError { heading_rad, tilt_rad, .. } = self.mount.pose_error();
        let pixel_rad = CENTRE_PX / lens.focal_px().x;
        self.detections += 1;
        let measurement = Measurement::AzEl {
            azimuth: ray.azimuth(),
            elevation: ray.elevation(),
            sigma: [pixel_rad.hypot(heading_rad), pixel_rad.hypot(tilt_rad)],
        };
        Detection {
            id: DetectionId(self.detections),
            measured_at: now,
            measurement,
            claim: None,
            drone_llr: found.drone_llr,
        }
    }
}
