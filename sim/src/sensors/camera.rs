//! The camera of one of our own vehicles: directions to what is in its picture.
//!
//! The vehicle knows its place and attitude with an error of its own, which wanders slowly; the picture is laid on
//! that wrong pose, as it is in reality. The scan's origin is the place the vehicle believes in, and the stated
//! standard deviations cover the picture and the attitude, not the error of place. Nothing hides anything, day and
//! night are the same, and what the detector takes for a target is Poisson over the picture.

use rand_chacha::ChaCha8Rng;
use telemetry::messages::{Detection, Measurement, SensorDescription, SensorScan, TargetClass};
use telemetry::{AltitudeHae, Azimuth, DetectionId, Elevation, Enu, Geodetic, SiteFrame, Timestamp};

use super::Health;
use super::cadence::Cadence;
use super::detection_curve::DetectionCurve;
use super::viewpoint::{Look, Viewpoint};
use crate::random::{self, OrnsteinUhlenbeck};
use crate::world::Truth;

/// For how long a vehicle's navigation keeps the same error, seconds.
const POSE_CORRELATION_S: f64 = 30.0;
/// A picture tells a drone from a bird better than a radar does.
const LLR_MEAN: f64 = 2.0;

/// What a camera is.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraModel {
    /// Name, period (0.5 s is usual), range and elevations of the coverage, probability of detection and false
    /// detections a picture. Place and sector come with each pose.
    pub description: SensorDescription,
    /// The ground or water around, for the horizon.
    pub surface: AltitudeHae,
    /// When it looks first.
    pub first_at: Timestamp,
    /// How much it sees at once.
    pub field_of_view: FieldOfView,
    /// Standard deviation of a direction within the picture, radians.
    pub sigma_rad: f64,
    /// How well the vehicle knows its pose.
    pub pose_error: PoseError,
    /// Detection against range.
    pub curve: DetectionCurve,
    /// The strength of the drone : not-drone feature, as for [`super::RadarModel::llr_mean`].
    pub llr_mean: Option<f64>,
}

/// The angles a picture covers, radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldOfView {
    /// Side to side.
    pub horizontal_rad: f64,
    /// Bottom to top.
    pub vertical_rad: f64,
}

/// Standard deviations of what a vehicle believes of its own pose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoseError {
    /// Of each horizontal axis of the place, metres.
    pub horizontal_m: f64,
    /// Of the height, metres.
    pub vertical_m: f64,
    /// Of the heading, radians.
    pub heading_rad: f64,
    /// Of pitch and roll, radians.
    pub tilt_rad: f64,
}

impl CameraModel {
    /// A gimballed camera of 30° by 20° with the pose of a small drone (1.5 m, 2.5 m, 0.5°, 0.2°).
    #[must_use]
    pub fn on_drone(description: SensorDescription, surface: AltitudeHae, first_at: Timestamp) -> Self {
        let [_, farthest_m] = description.coverage.range_m;
        let pose_error = PoseError {
            horizontal_m: 1.5,
            vertical_m: 2.5,
            heading_rad: 0.5_f64.to_radians(),
            tilt_rad: 0.2_f64.to_radians(),
        };
        Self {
            curve: DetectionCurve::falling(description.detection_probability, farthest_m),
            description,
            surface,
            first_at,
            field_of_view: FieldOfView { horizontal_rad: 30_f64.to_radians(), vertical_rad: 20_f64.to_radians() },
            sigma_rad: 0.06_f64.to_radians(),
            pose_error,
            llr_mean: Some(LLR_MEAN),
        }
    }
}

/// Where a camera truly is and truly points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraPose {
    /// The place.
    pub position: Geodetic,
    /// The direction of the optical axis.
    pub azimuth: Azimuth,
    /// The height of the optical axis above the horizontal.
    pub elevation: Elevation,
}

impl CameraPose {
    /// A camera turned towards a point.
    #[must_use]
    pub fn looking_at(position: Geodetic, target: Geodetic) -> Self {
        let towards = SiteFrame::new(position).enu(target);
        Self { position, azimuth: towards.azimuth(), elevation: towards.elevation() }
    }
}

/// A camera at work.
#[derive(Debug)]
pub struct Camera {
    model: CameraModel,
    cadence: Cadence,
    health: Health,
    /// East, north and up of the place believed in; heading and tilt of the attitude believed in.
    place_error: [OrnsteinUhlenbeck; 3],
    attitude_error: [OrnsteinUhlenbeck; 2],
    last_at: Timestamp,
    rng: ChaCha8Rng,
    scans: u64,
    detections: u64,
}

/// A direction in the making.
struct Sighting {
    azimuth_rad: f64,
    elevation_rad: f64,
    llr_mean: Option<f64>,
}

impl Camera {
    /// A camera that has not looked yet.
    #[must_use]
    pub fn new(model: CameraModel, seed: u64) -> Self {
        let mut rng = random::stream(seed, model.description.id.as_str());
        let PoseError { horizontal_m, vertical_m, heading_rad, tilt_rad } = model.pose_error;
        let mut error = |sigma| OrnsteinUhlenbeck::new(&mut rng, sigma, POSE_CORRELATION_S);
        Self {
            cadence: Cadence::new(model.first_at, model.description.period_s),
            health: Health::Working,
            place_error: [horizontal_m, horizontal_m, vertical_m].map(&mut error),
            attitude_error: [heading_rad, tilt_rad].map(&mut error),
            last_at: model.first_at,
            rng,
            scans: 0,
            detections: 0,
            model,
        }
    }

    /// When it looks next.
    #[must_use]
    pub fn next_at(&self) -> Timestamp {
        self.cadence.next_at()
    }

    /// Breaks or mends it.
    pub fn set_health(&mut self, health: Health) {
        self.health = health;
    }

    /// What it sees of the truths of `now` from a pose; nothing when no look is due, or when it is out of order. The
    /// vehicle it is on may be among the truths: it does not see itself.
    pub fn scan(&mut self, now: Timestamp, pose: CameraPose, truths: &[Truth]) -> Option<SensorScan> {
        self.cadence.take(now)?;
        let since_last_s = now.seconds_since(self.last_at);
        self.last_at = now;
        for error in self.place_error.iter_mut().chain(&mut self.attitude_error) {
            error.step(&mut self.rng, since_last_s);
        }
        if self.health == Health::Out {
            return None;
        }
        let [east_m, north_m, up_m] = self.place_error.map(|error| error.value());
        let believed = pose.position.displaced(Enu { east_m, north_m, up_m }).ok()?;

        let viewpoint = Viewpoint::new(pose.position, self.model.surface);
        let mut sightings: Vec<Sighting> =
            truths.iter().filter_map(|truth| self.sight(&viewpoint, pose, truth)).collect();
        sightings.extend(self.false_sightings(pose));
        sightings.sort_by(|a, b| a.azimuth_rad.total_cmp(&b.azimuth_rad));
        let detections = sightings.iter().map(|sighting| self.detection(now, sighting)).collect();
        self.scans += 1;
        Some(SensorScan {
            sensor: self.model.description.id.clone(),
            scan: self.scans,
            measured_at: now,
            origin: believed,
            sector: None,
            detections,
        })
    }

    fn sight(&mut self, viewpoint: &Viewpoint, pose: CameraPose, truth: &Truth) -> Option<Sighting> {
        let seen_classes = [TargetClass::Drone, TargetClass::Bird, TargetClass::Aircraft, TargetClass::Vessel];
        let look = viewpoint.look(truth.position);
        let in_picture = seen_classes.contains(&truth.class)
            && look.within(&self.model.description.coverage)
            && self.in_picture(pose, &look)
            && viewpoint.above_horizon(truth.position, look.range_m);
        let seen = in_picture && random::happens(&mut self.rng, self.model.curve.at(look.range_m));
        seen.then(|| {
            let sign = if truth.class == TargetClass::Drone { 1.0 } else { -1.0 };
            Sighting {
                azimuth_rad: look.azimuth.radians(),
                elevation_rad: look.elevation.radians(),
                llr_mean: self.model.llr_mean.map(|mean| sign * mean),
            }
        })
    }

    fn in_picture(&self, pose: CameraPose, look: &Look) -> bool {
        let sideways = look.azimuth.turn_from(pose.azimuth) * look.elevation.radians().cos();
        let upwards = look.elevation.radians() - pose.elevation.radians();
        sideways.abs() <= self.model.field_of_view.horizontal_rad / 2.0
            && upwards.abs() <= self.model.field_of_view.vertical_rad / 2.0
    }

    fn false_sightings(&mut self, pose: CameraPose) -> Vec<Sighting> {
        let count = random::poisson(&mut self.rng, self.model.description.clutter_per_scan);
        let FieldOfView { horizontal_rad, vertical_rad } = self.model.field_of_view;
        let anywhere = || Sighting {
            azimuth_rad: pose.azimuth.radians() + horizontal_rad * random::uniform(&mut self.rng, -0.5..0.5),
            elevation_rad: pose.elevation.radians() + vertical_rad * random::uniform(&mut self.rng, -0.5..0.5),
            llr_mean: self.model.llr_mean.map(|mean| -mean),
        };
        std::iter::repeat_with(anywhere).take(count).collect()
    }

    /// What the vehicle reports of a sighting: on its wrong attitude, with the noise of the picture.
    fn detection(&mut self, now: Timestamp, sighting: &Sighting) -> Detection {
        self.detections += 1;
        let [heading_error, tilt_error] = self.attitude_error.map(|error| error.value());
        let sigma_rad = self.model.sigma_rad;
        let rng = &mut self.rng;
        let azimuth_rad = sighting.azimuth_rad + heading_error + sigma_rad * random::normal(rng);
        let elevation_rad = sighting.elevation_rad + tilt_error + sigma_rad * random::normal(rng);
        let drone_llr = sighting.llr_mean.map(|mean| (mean + (2.0 * mean.abs()).sqrt() * random::normal(rng)) as f32);
        let PoseError { heading_rad, tilt_rad, .. } = self.model.pose_error;
        let measurement = Measurement::AzEl {
            azimuth: Azimuth::from_radians(azimuth_rad),
            elevation: Elevation::from_radians(elevation_rad),
            sigma: [sigma_rad.hypot(heading_rad), sigma_rad.hypot(tilt_rad)],
        };
        Detection { id: DetectionId(self.detections), measured_at: now, measurement, claim: None, drone_llr }
    }
}

#[cfg(test)]
mod tests;
