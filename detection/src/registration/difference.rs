//! What two sightings of one target differ by: a measurement of the biases, in which the target's position is gone.
//!
//! With x(t) the target's path and v its velocity, a sensor's plot stamped t lies at x(t) + J b + noise; the time
//! offset is one of the b, and −v its column of J. Two of them, p₁ at t₁ and p₂ at t₂, leave p₁ − p₂ − v (t₁ − t₂) = J₁
//! b₁ − J₂ b₂ + noise. The noise is that of both plots and, over the time T between the moments at which they were
//! really measured, that of the velocity (T² times its covariance) and of the acceleration (displacement ½ a T²).

use nalgebra::{Cholesky, Matrix3, Matrix3x4, Matrix4, SMatrix, SVector, Vector3};

use super::{Comparison, Sensor, Sighting, Source};

/// States of a comparison: four of each of two sensors.
pub(super) const WIDTH: usize = 8;
/// No two plots agree better than this, metres: sites are surveyed, targets have a size.
const FINEST_M: f64 = 0.05;
/// Longest time between two plots that are compared.
const APART_MAX_S: f64 = 60.0;
/// Beyond these nothing is a position (metres apart), a velocity (m/s), an acceleration (m/s²), a variance (m²,
/// (m/s)²), or a change with a bias.
const DISTANCE_MAX_M: f64 = 1e6;
const SPEED_MAX_M_S: f64 = 1e4;
const ACCELERATION_MAX_M_S2: f64 = 1e3;
const VARIANCE_MAX: f64 = 1e12;
const SLOPE_MAX: f64 = 1e7;

/// A measurement of the biases of one sensor or two.
#[derive(Debug)]
pub(super) struct Difference {
    /// Who reported one of the sightings, if it was no sensor's.
    pub(super) reporter: Option<u64>,
    value: Vector3<f64>,
    noise: Matrix3<f64>,
    parts: [Part; 2],
}

/// One sighting's part in it.
#[derive(Debug)]
struct Part {
    /// Who made it, if a sensor did.
    sensor: Option<usize>,
    /// How the difference changes with the four states of that sensor.
    by_state: Matrix3x4<f64>,
    columns: [usize; 4],
}

/// Independent measurements of unit noise: value = slopes × state + noise, the states found at their columns.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) values: Vector3<f64>,
    pub(super) slopes: SMatrix<f64, 3, WIDTH>,
    pub(super) columns: [usize; WIDTH],
}

/// How far a difference is from the one expected.
#[derive(Debug)]
pub(super) struct Innovation {
    white: White,
    root: Matrix3<f64>,
}

/// An innovation in the measure in which its covariance is the unit matrix.
#[derive(Debug, Clone, Copy)]
pub(super) struct White {
    pub(super) value: Vector3<f64>,
    /// The part of the covariance that is due to the uncertain biases; the rest is noise.
    pub(super) by_bias: Matrix3<f64>,
}

impl Difference {
    /// Nothing when it cannot be used. `offset` is the first sensor's time offset less the second's as estimated, with
    /// its variance.
    pub(super) fn new(comparison: &Comparison, sensors: &[Sensor], offset: (f64, f64)) -> Option<Self> {
        let Comparison { first, second, velocity, velocity_covariance, acceleration_sigma } = comparison;
        let apart_s = first.at_s - second.at_s;
        let moved = first.position - second.position;
        let sound = is_sound(first)
            && is_sound(second)
            && apart_s.abs() <= APART_MAX_S
            && within(moved.iter(), DISTANCE_MAX_M)
            && within(velocity.iter(), SPEED_MAX_M_S)
            && is_covariance(velocity_covariance)
            && (0.0..=ACCELERATION_MAX_M_S2).contains(acceleration_sigma);
        if !sound {
            return None;
        }
        let reporter = match (first.source, second.source) {
            (Source::Report(_), Source::Report(_)) => return None,
            (Source::Sensor(first), Source::Sensor(second)) if first == second => return None,
            (Source::Report(reporter), _) | (_, Source::Report(reporter)) => Some(reporter),
            _ => None,
        };
        let parts = [part(first, 1.0, sensors)?, part(second, -1.0, sensors)?];
        if parts.iter().all(|part| part.by_state.iter().all(|slope| *slope == 0.0)) {
            return None;
        }
        // E T² and E T⁴ of a normal T: the squared mean and the variance, and what follows from them.
        let (mean2, variance) = ((apart_s - offset.0).powi(2), offset.1);
        let (second_moment, fourth_moment) =
            (mean2 + variance, mean2 * mean2 + 6.0 * mean2 * variance + 3.0 * variance * variance);
        let unsteady = 0.25 * acceleration_sigma.powi(2) * fourth_moment + FINEST_M * FINEST_M;
        let noise = first.covariance + second.covariance + velocity_covariance * second_moment;
        let noise = (noise + noise.transpose()) * 0.5 + Matrix3::from_diagonal_element(unsteady);
        let value = moved - velocity * apart_s;
        Some(Self { reporter, value, noise, parts })
    }

    /// The sensors in it, and how it changes with the states of each.
    pub(super) fn sensors(&self) -> impl Iterator<Item = (usize, &Matrix3x4<f64>)> {
        self.parts.iter().filter_map(|part| Some((part.sensor?, &part.by_state)))
    }

    /// How it changes with the states at its columns.
    fn by_state(&self) -> SMatrix<f64, 3, WIDTH> {
        let mut both = SMatrix::<f64, 3, WIDTH>::zeros();
        both.fixed_columns_mut::<4>(0).copy_from(&self.parts[0].by_state);
        both.fixed_columns_mut::<4>(4).copy_from(&self.parts[1].by_state);
        both
    }

    /// Where the states stand in the stack; those that are not there have a slope of zero.
    pub(super) fn columns(&self) -> [usize; WIDTH] {
        let [first, second] = &self.parts;
        std::array::from_fn(|i| if i < 4 { first.columns[i] } else { second.columns[i - 4] })
    }

    /// How far it is from what is expected with these states, of this covariance. Nothing when that is no number.
    pub(super) fn innovation(
        &self,
        estimate: &SVector<f64, WIDTH>,
        covariance: &SMatrix<f64, WIDTH, WIDTH>,
    ) -> Option<Innovation> {
        let by_state = self.by_state();
        let by_bias = by_state * covariance * by_state.transpose();
        let root = Cholesky::new((by_bias + by_bias.transpose()) * 0.5 + self.noise)?.l();
        let value = root.solve_lower_triangular(&(self.value - by_state * estimate))?;
        let half = root.solve_lower_triangular(&by_bias)?;
        let by_bias = root.solve_lower_triangular(&half.transpose())?;
        let finite = value.iter().chain(&by_bias).all(|entry| entry.is_finite());
        finite.then_some(Innovation { white: White { value, by_bias }, root })
    }

    /// It as independent rows, with its noise covariance larger by `factor`. Nothing when its noise is singular.
    pub(super) fn rows(&self, factor: f64) -> Option<Rows> {
        let root = Cholesky::new(self.noise * factor)?.l();
        let values = root.solve_lower_triangular(&self.value)?;
        let slopes = root.solve_lower_triangular(&self.by_state())?;
        let finite = values.iter().chain(&slopes).all(|entry| entry.is_finite());
        finite.then_some(Rows { values, slopes, columns: self.columns() })
    }
}

impl Innovation {
    /// The normalised innovation squared.
    pub(super) fn nis(&self) -> f64 {
        self.white.value.norm_squared()
    }

    /// It with unit covariance, shortened so that its square is no more than `longest`.
    pub(super) fn no_longer_than(&self, longest: f64) -> White {
        let factor = (longest / self.nis()).sqrt().min(1.0);
        White { value: self.white.value * factor, ..self.white }
    }

    /// A change of the difference with something, in the measure of [`White`].
    pub(super) fn whiten(&self, by_state: &Matrix3x4<f64>) -> Matrix3x4<f64> {
        self.root.solve_lower_triangular(by_state).unwrap_or_else(Matrix3x4::zeros)
    }
}

/// What a sighting adds to a difference. Nothing where its sensor is unknown or a number is none.
fn part(sighting: &Sighting, sign: f64, sensors: &[Sensor]) -> Option<Part> {
    let Source::Sensor(sensor) = sighting.source else {
        return Some(Part { sensor: None, by_state: Matrix3x4::zeros(), columns: [0; 4] });
    };
    let Sensor { unit, columns, .. } = sensors.get(sensor)?;
    let by_state = sighting.by_bias * Matrix4::from_diagonal(&(unit * sign));
    within(sighting.by_bias.iter(), SLOPE_MAX).then_some(Part { sensor: Some(sensor), by_state, columns: *columns })
}

fn is_sound(sighting: &Sighting) -> bool {
    sighting.at_s.is_finite() && within(sighting.position.iter(), f64::MAX) && is_covariance(&sighting.covariance)
}

fn is_covariance(covariance: &Matrix3<f64>) -> bool {
    within(covariance.iter(), VARIANCE_MAX) && covariance.diagonal().iter().all(|variance| *variance >= 0.0)
}

/// Whether all are numbers, and none larger.
fn within<'a>(mut entries: impl Iterator<Item = &'a f64>, largest: f64) -> bool {
    entries.all(|entry| entry.abs() <= largest)
}
