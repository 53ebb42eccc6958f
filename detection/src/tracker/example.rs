//! An example site with its sensors and targets, and noise that is the same every time: what the unit tests share.

use nalgebra::{SMatrix, SVector};
use telemetry::messages::{
    Coverage, Detection, Measurement, SensorDescription, SensorKind, SensorPerformance, SensorScan,
};
use telemetry::{AltitudeAmsl, AltitudeHae, DetectionId, Elevation, Enu, Geodetic, SensorId, SiteFrame, Timestamp};

use super::classify::Belief;
use super::estimate::{Gaussian, Matrix6, Vector6};
use super::existence::{Existence, Way};
use super::imm::{Imm, Motions};
use super::motion::Domain;
use super::register::Seen;
use super::scene::{Key, Scene, Target};
use super::sensor::Sensor;
use super::step::{Frame, Step};

/// The water stands this high above the ellipsoid, and the datum with it.
pub(super) const WATER_M: f64 = 39.0;

pub(super) fn geodetic(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Geodetic {
    Geodetic::from_degrees(latitude_deg, longitude_deg, AltitudeHae::new(height_m)).unwrap()
}

pub(super) fn site() -> SiteFrame {
    SiteFrame::new(geodetic(54.37, 10.14, WATER_M))
}

pub(super) fn motions() -> Motions {
    Motions::new(0.0)
}

pub(super) fn at(seconds: f64) -> Timestamp {
    Timestamp::EPOCH.offset_seconds(seconds)
}

/// A sensor at the datum.
pub(super) fn sensor(name: &str, kind: SensorKind) -> SensorDescription {
    SensorDescription {
        id: SensorId::new(name).unwrap(),
        kind,
        position: site().datum(),
        altitude: AltitudeAmsl::new(0.0),
        period_s: 1.0,
        coverage: Coverage {
            range_m: [50.0, 4500.0],
            sector: None,
            elevation: [Elevation::from_degrees(-3.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: 0.9,
        clutter_per_scan: 3.0,
        performance: SensorPerformance::default(),
    }
}

/// A belief with independent errors.
pub(super) fn belief(mean: [f64; 6], sigma: [f64; 6]) -> Gaussian {
    let variances = Vector6::from(sigma.map(|sigma| sigma * sigma));
    Gaussian { mean: mean.into(), covariance: Matrix6::from_diagonal(&variances) }
}

/// A confirmed target at the epoch, of one mode.
pub(super) fn target(domain: Domain, belief: Gaussian) -> Target {
    Target {
        key: Key { at: at(0.0), sensor: 0, detection: 0, serial: 0 },
        imm: Imm::new(domain, at(0.0), belief),
        existence: Existence::born(0.99, Way::Reflects),
        belief: Belief::of(domain),
        confirmed: true,
        shown: true,
        first_seen_at: at(0.0),
        updated_at: at(0.0),
        revisit_s: 1.0,
        detections: 1.0,
        claimed: None,
        seen: Seen::default(),
        measured_by: Vec::new(),
    }
}

/// A site and its sensors, as a tracker holds them.
pub(super) struct World {
    pub(super) site: SiteFrame,
    pub(super) motions: Motions,
    pub(super) sensors: Vec<Sensor>,
}

impl World {
    pub(super) fn new(sensors: Vec<SensorDescription>) -> Self {
        Self { site: site(), motions: motions(), sensors: sensors.into_iter().map(Sensor::new).collect() }
    }

    /// Two radars: one at the datum, one 1.5 km to the east.
    pub(super) fn of_two_radars() -> Self {
        let other = site().geodetic(Enu { east_m: 1500.0, north_m: 0.0, up_m: 0.0 }).unwrap();
        let east = SensorDescription { position: other, ..sensor("east", SensorKind::Radar) };
        Self::new(vec![sensor("west", SensorKind::Radar), east])
    }

    pub(super) fn scene(&self) -> Scene {
        Scene::new(&self.sensors)
    }

    pub(super) fn step(&self) -> Step<'_> {
        let Self { site, motions, sensors } = self;
        Step { site, ground_m: WATER_M, motions, sensors, targets_max: 100 }
    }

    /// A scan, in its place in time.
    pub(super) fn frame(&self, sensor: u16, seconds: f64, detections: Vec<Detection>) -> Frame {
        let description = &self.sensors[usize::from(sensor)].description;
        let scan = SensorScan {
            sensor: description.id.clone(),
            scan: (seconds * 1000.0) as u64,
            measured_at: at(seconds),
            origin: description.position,
            sector: None,
            detections,
        };
        Frame { sensor, taken_at: scan.measured_at, scan }
    }

    /// A radar's plot of a place of the site frame, without error.
    pub(super) fn plot(&self, sensor: u16, id: u64, seconds: f64, place: [f64; 3]) -> Detection {
        let frame = SiteFrame::new(self.sensors[usize::from(sensor)].description.position);
        let [east_m, north_m, up_m] = place;
        let seen = frame.enu(self.site.geodetic(Enu { east_m, north_m, up_m }).unwrap());
        let measurement = Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: seen.azimuth(),
            elevation: seen.elevation(),
            range_rate: None,
            sigma: [4.0, 0.007, 0.01],
        };
        Detection { id: DetectionId(id), measured_at: at(seconds), measurement, claim: None, drone_llr: None }
    }
}

/// Independent standard normal numbers, the same every time (Box and Muller on a linear congruence).
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Between 0 and 1.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(super) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// A draw from a normal distribution with a covariance; zero along axes without any.
    pub(super) fn draw<const N: usize>(&mut self, covariance: &SMatrix<f64, N, N>) -> SVector<f64, N> {
        let factor = (covariance + SMatrix::identity() * 1e-12).cholesky().unwrap();
        factor.l() * SVector::from_fn(|_, _| self.normal())
    }

    /// A place in a list of probabilities.
    pub(super) fn choice(&mut self, probabilities: &[f64]) -> usize {
        let mut left = self.uniform() * probabilities.iter().sum::<f64>();
        let passed = |probability: &f64| {
            left -= probability;
            left < 0.0
        };
        probabilities.iter().position(passed).unwrap_or(probabilities.len() - 1)
    }
}

/// The normalised estimation error squared.
pub(super) fn nees<const N: usize>(error: &SVector<f64, N>, covariance: &SMatrix<f64, N, N>) -> f64 {
    error.dot(&covariance.cholesky().unwrap().solve(error))
}
