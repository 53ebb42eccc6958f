//! A small world for the tests: drones that weave, radars with biases, reports that may lie. Seeded.

use nalgebra::{Matrix3, Matrix3x4, Vector3, Vector4};
use telemetry::{Azimuth, Elevation};

use crate::registration::{Comparison, Outcome, Prior, Registration, Sighting, Source, polar_position_by_bias};

/// Noise of a radar (range, azimuth, elevation), of a report, and of the velocity a tracker would state.
const RADAR_SIGMA: [f64; 3] = [4.0, 0.4 * DEGREE, 0.6 * DEGREE];
const REPORT_SIGMA_M: f64 = 3.0;
const VELOCITY_SIGMA_M_S: f64 = 1.0;
const TRACK_SIGMA_M: f64 = 3.0;
/// A degree, in radians.
pub(super) const DEGREE: f64 = std::f64::consts::PI / 180.0;

/// Numbers that look random: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal (Box and Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let (radius, angle) = ((-2.0 * (1.0 - self.uniform()).ln()).sqrt(), std::f64::consts::TAU * self.uniform());
        radius * angle.cos()
    }

    fn vector(&mut self, sigma: f64) -> Vector3<f64> {
        Vector3::from_fn(|_, _| sigma * self.normal())
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Radar {
    pub(super) origin: Vector3<f64>,
    pub(super) bias: Vector4<f64>,
    /// When in its second it looks.
    pub(super) phase_s: f64,
}

/// Two radars 3 km apart, the second half a second after the first.
pub(super) fn two_radars(first_bias: Vector4<f64>, second_bias: Vector4<f64>) -> Vec<Radar> {
    let radar = |east, bias, phase_s| Radar { origin: Vector3::new(east, 0.0, 8.0), bias, phase_s };
    vec![radar(0.0, first_bias, 0.0), radar(3000.0, second_bias, 0.5)]
}

/// A bias of azimuth alone, degrees.
pub(super) fn azimuth(degrees: f64) -> Vector4<f64> {
    Vector4::new(0.0, degrees * DEGREE, 0.0, 0.0)
}

/// A claim on azimuth alone, degrees.
pub(super) fn azimuth_claim(degrees: f64) -> Prior {
    Prior { sigma: azimuth(degrees).into() }
}

/// Who reports a position, and by how much that is off at a time.
pub(super) type Report = (u64, fn(f64) -> Vector3<f64>);

pub(super) fn honest(_: f64) -> Vector3<f64> {
    Vector3::zeros()
}

pub(super) struct World {
    pub(super) radars: Vec<Radar>,
    /// The number by which the registration knows each radar.
    pub(super) places: Vec<usize>,
    random: Random,
    /// Seconds since the start.
    now_s: f64,
}

/// What is compared in a second: one target, the radars that see it, and who reports it.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// Which target: each flies its own course.
    pub(super) number: f64,
    pub(super) pairs: &'a [[usize; 2]],
    pub(super) report: Option<Report>,
    /// Which radars its report is compared with.
    pub(super) to: &'a [usize],
}

impl World {
    pub(super) fn new(seed: u64, radars: Vec<Radar>) -> Self {
        Self { places: (0..radars.len()).collect(), radars, random: Random(seed), now_s: 0.0 }
    }

    /// One second: each radar looks once, each target reports once.
    pub(super) fn second(&mut self, registration: &mut Registration, targets: &[Target<'_>]) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for target in targets {
            let plots: Vec<Sighting> =
                (0..self.radars.len()).map(|radar| self.plot(registration, radar, target.number)).collect();
            for &[first, second] in target.pairs {
                outcomes.push(registration.compare(&self.comparison(plots[first], plots[second], target.number)));
            }
            if let Some((reporter, lie)) = target.report {
                let reported = self.report(reporter, target.number, lie);
                for &radar in target.to {
                    outcomes.push(registration.compare(&self.comparison(plots[radar], reported, target.number)));
                }
            }
        }
        self.now_s += 1.0;
        registration.advance(1.0);
        outcomes
    }

    fn plot(&mut self, registration: &Registration, index: usize, target: f64) -> Sighting {
        let radar = self.radars[index];
        let at_s = self.now_s + radar.phase_s;
        let (position, velocity) = course(target, at_s);
        let seen = position - radar.origin;
        let [range_sigma, azimuth_sigma, elevation_sigma] = RADAR_SIGMA;
        let range = seen.norm() + radar.bias[0] + range_sigma * self.random.normal();
        let azimuth = seen.x.atan2(seen.y) + radar.bias[1] + azimuth_sigma * self.random.normal();
        let elevation = (seen.z / seen.norm()).asin() + radar.bias[2] + elevation_sigma * self.random.normal();
        let level = range * elevation.cos();
        let plot = Vector3::new(level * azimuth.sin(), level * azimuth.cos(), range * elevation.sin());
        let by_bias = self.by_bias(&radar, position, velocity, &registration.bias(self.places[index]));
        let by_noise = by_bias.fixed_columns::<3>(0).into_owned();
        let noise = Matrix3::from_diagonal(&Vector3::from(RADAR_SIGMA).map(|sigma| sigma * sigma));
        Sighting {
            source: Source::Sensor(self.places[index]),
            at_s: at_s + radar.bias[3],
            position: radar.origin + plot,
            covariance: by_noise * noise * by_noise.transpose(),
            by_bias,
        }
    }

    /// At the track, which is not quite where the target is, with half the bias.
    fn by_bias(
        &mut self,
        radar: &Radar,
        at: Vector3<f64>,
        velocity: Vector3<f64>,
        bias: &Vector4<f64>,
    ) -> Matrix3x4<f64> {
        let seen = at + self.random.vector(TRACK_SIGMA_M) - radar.origin;
        let velocity = velocity + self.random.vector(VELOCITY_SIGMA_M_S);
        let range = seen.norm();
        let azimuth = Azimuth::from_radians(seen.x.atan2(seen.y) + bias[1] / 2.0);
        let elevation = Elevation::from_radians((seen.z / range).asin() + bias[2] / 2.0);
        polar_position_by_bias(range + bias[0] / 2.0, azimuth, Some(elevation), &Matrix3::identity(), &velocity)
    }

    fn report(&mut self, reporter: u64, target: f64, lie: fn(f64) -> Vector3<f64>) -> Sighting {
        let at_s = self.now_s + 0.25;
        Sighting {
            source: Source::Report(reporter),
            at_s,
            position: course(target, at_s).0 + lie(at_s) + self.random.vector(REPORT_SIGMA_M),
            covariance: Matrix3::from_diagonal_element(REPORT_SIGMA_M * REPORT_SIGMA_M),
            by_bias: Matrix3x4::zeros(),
        }
    }

    fn comparison(&mut self, first: Sighting, second: Sighting, target: f64) -> Comparison {
        Comparison {
            first,
            second,
            velocity: course(target, self.now_s + 0.25).1 + self.random.vector(VELOCITY_SIGMA_M_S),
            velocity_covariance: Matrix3::from_diagonal_element(VELOCITY_SIGMA_M_S * VELOCITY_SIGMA_M_S),
            acceleration_sigma: 0.5,
        }
    }
}

/// Position and velocity of a target: it weaves about a place 1.5–2 km from both radars, at up to some 15 m/s.
fn course(number: f64, t: f64) -> (Vector3<f64>, Vector3<f64>) {
    let (slow, fast) = (0.025, 0.043);
    let (p, q) = (slow * t + 1.3 * number, fast * t + 2.1 * number);
    let position = Vector3::new(1500.0 + 400.0 * p.sin(), 1600.0 + 250.0 * q.cos(), 100.0 + 20.0 * p.cos());
    let velocity = Vector3::new(400.0 * slow * p.cos(), -250.0 * fast * q.sin(), -20.0 * slow * p.sin());
    (position, velocity)
}
