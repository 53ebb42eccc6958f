//! A track's estimate where estimates of several stations can be compared: earth-centred axes, one instant.
//!
//! Every station states its estimates in tangent frames of its own. Earth-centred axes are one frame for all of them:
//! going there is an exact translation and rotation, the same at the pole and at the antimeridian as anywhere, and
//! neither distances nor determinants change by it.
//!
//! To another instant a target moves with nearly constant velocity: accelerations are white noise of density q, which
//! adds q·[dt³/3, dt²/2; dt²/2, dt] to each axis (Y. Bar-Shalom, X. R. Li, T. Kirubarajan, *Estimation with
//! Applications to Tracking and Navigation*, 2001, §6.2.2). It moves on a straight line, not along the Earth: 250 m/s
//! for 10 s leave it 0.5 m too high.

use nalgebra::{Cholesky, Const, Matrix3, SMatrix, SVector, Vector3};
use telemetry::messages::{TargetClass, Track};
use telemetry::{Ecef, EnuVelocity, SiteFrame, Timestamp};

/// Position in metres, then velocity in m/s.
pub(super) type Vector6 = SVector<f64, 6>;
/// The covariance of a [`Vector6`].
pub(super) type Matrix6 = SMatrix<f64, 6, 6>;

/// Covariances travel in single precision: a sound one, rounded, may miss being positive definite by some 1e-7 of its
/// diagonal. This much is added to the diagonal before it is judged and used.
const ROUNDING: f64 = 1e-5;
/// No track is known better than this; it keeps a variance of zero from dividing anything.
const VARIANCE_MIN_M2: f64 = 1e-2;
const VARIANCE_MIN_M2_S2: f64 = 1e-4;
/// A standard deviation of 1000 km is no estimate.
const VARIANCE_MAX: f64 = 1e12;
const SPEED_MAX_M_S: f64 = 1000.0;
/// Beyond this a prediction says nothing, and its powers of time only grow.
const SPAN_MAX_S: f64 = 600.0;

/// A Gaussian belief of position and velocity in earth-centred axes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Estimate {
    pub(super) mean: Vector6,
    pub(super) covariance: Matrix6,
}

impl Estimate {
    /// What a track says of an instant. Nothing where its numbers are none, or its covariance is no covariance.
    pub(super) fn of(track: &Track, at: Timestamp) -> Option<Self> {
        let covariance = sound_covariance(&track.covariance)?;
        let velocity = track.velocity.vector();
        if !velocity.iter().all(|v| v.is_finite()) || velocity.norm() > SPEED_MAX_M_S {
            return None;
        }
        let span_s = at.seconds_since(track.estimated_at).clamp(-SPAN_MAX_S, SPAN_MAX_S);
        let covariance = moved(&covariance, span_s, &density(track.classification.likeliest()));
        let ecef_from_enu = SiteFrame::new(track.position).enu_from_ecef().transpose();
        let velocity = ecef_from_enu * velocity;
        let position = track.position.ecef().0 + velocity * span_s;
        let mean = stacked(&position, &velocity);
        Some(Self { mean, covariance: turned(&covariance, &ecef_from_enu) })
    }

    /// The estimate with an error of `sigma_m` added to each axis of its position.
    pub(super) fn widened(mut self, sigma_m: f64) -> Self {
        for axis in 0..3 {
            self.covariance[(axis, axis)] += sigma_m * sigma_m;
        }
        self
    }

    pub(super) fn position(&self) -> Vector3<f64> {
        self.mean.fixed_rows::<3>(0).into_owned()
    }

    /// The sum of the variances of the position's axes, m²: at least the greatest variance in any direction.
    pub(super) fn position_trace_m2(&self) -> f64 {
        (0..3).map(|axis| self.covariance[(axis, axis)]).sum()
    }

    /// The squared statistical distance to another estimate, were the two errors independent. With 6 degrees of freedom
    /// it is χ² where both are of one target.
    pub(super) fn distance2(&self, other: &Self) -> f64 {
        let difference = self.mean - other.mean;
        match Cholesky::new(self.covariance + other.covariance) {
            Some(root) => root.solve(&difference).dot(&difference),
            None => f64::INFINITY,
        }
    }

    /// The track with this estimate in place of its own. Nothing where it leads off the Earth.
    pub(super) fn put_into(&self, mut track: Track, at: Timestamp) -> Option<Track> {
        track.position = Ecef(self.position()).geodetic().ok()?;
        let enu_from_ecef = *SiteFrame::new(track.position).enu_from_ecef();
        track.velocity = EnuVelocity::from_vector(enu_from_ecef * self.mean.fixed_rows::<3>(3));
        let covariance = turned(&self.covariance, &enu_from_ecef);
        for (value, place) in track.covariance.iter_mut().zip(upper_triangle()) {
            *value = covariance[place] as f32;
        }
        track.estimated_at = at;
        Some(track)
    }
}

/// Power spectral density of the acceleration on east, north and up, m²/s³.
///
/// A drone that turns with 6 m/s² for a second or two is covered by (6/2)² m²/s⁴ over some 0.7 s (op. cit.: half the
/// greatest acceleration, over one sampling time), vertically by half the acceleration; so is whatever is not known. On
/// land 2 m/s² for a second; on the water 0.1 to 0.5 m/s² for tens of seconds.
fn density(class: TargetClass) -> Vector3<f64> {
    match class {
        TargetClass::Vessel => Vector3::new(0.05, 0.05, 1e-4),
        TargetClass::Vehicle | TargetClass::Person => Vector3::new(1.0, 1.0, 0.1),
        TargetClass::Drone
        | TargetClass::Bird
        | TargetClass::Aircraft
        | TargetClass::Clutter
        | TargetClass::Unknown => Vector3::new(6.0, 6.0, 1.5),
    }
}

/// The covariance after a span of time; a span backwards adds as much as one forwards.
fn moved(covariance: &Matrix6, span_s: f64, density: &Vector3<f64>) -> Matrix6 {
    let mut transition = Matrix6::identity();
    transition.fixed_view_mut::<3, 3>(0, 3).fill_diagonal(span_s);
    let mut moved = transition * covariance * transition.transpose();
    let length_s = span_s.abs();
    for (axis, q) in density.iter().enumerate() {
        moved[(axis, axis)] += q * length_s.powi(3) / 3.0;
        moved[(axis, axis + 3)] += q * span_s * length_s / 2.0;
        moved[(axis + 3, axis)] += q * span_s * length_s / 2.0;
        moved[(axis + 3, axis + 3)] += q * length_s;
    }
    moved
}

/// The matrix of an upper triangle, with its diagonal raised as [`ROUNDING`] says. Nothing where it is not positive
/// definite even so.
fn sound_covariance(triangle: &[f32; 21]) -> Option<Matrix6> {
    let mut matrix = Matrix6::zeros();
    for (&value, (row, column)) in triangle.iter().zip(upper_triangle()) {
        matrix[(row, column)] = f64::from(value);
        matrix[(column, row)] = f64::from(value);
    }
    let variances = matrix.diagonal();
    if !variances.iter().all(|variance| (0.0..=VARIANCE_MAX).contains(variance)) {
        return None;
    }
    for axis in 0..6 {
        let least = if axis < 3 { VARIANCE_MIN_M2 } else { VARIANCE_MIN_M2_S2 };
        matrix[(axis, axis)] += least + ROUNDING * variances[axis];
    }
    // A number that is none has no root either.
    Cholesky::<f64, Const<6>>::new(matrix).map(|_| matrix)
}

fn turned(covariance: &Matrix6, axes: &Matrix3<f64>) -> Matrix6 {
    let mut both = Matrix6::zeros();
    both.fixed_view_mut::<3, 3>(0, 0).copy_from(axes);
    both.fixed_view_mut::<3, 3>(3, 3).copy_from(axes);
    let turned = both * covariance * both.transpose();
    (turned + turned.transpose()) / 2.0
}

fn stacked(position: &Vector3<f64>, velocity: &Vector3<f64>) -> Vector6 {
    let mut mean = Vector6::zeros();
    mean.fixed_rows_mut::<3>(0).copy_from(position);
    mean.fixed_rows_mut::<3>(3).copy_from(velocity);
    mean
}

/// The places of [`Track::covariance`] in its matrix.
fn upper_triangle() -> impl Iterator<Item = (usize, usize)> {
    (0..6).flat_map(|row| (row..6).map(move |column| (row, column)))
}

#[cfg(test)]
mod tests {
    use telemetry::{AltitudeHae, Enu, Geodetic};

    use super::*;
    use crate::sharing::scene::{at, place, track};

    #[test]
    fn there_and_back_changes_nothing() {
        for (latitude, longitude) in [(54.3, 10.1), (90.0, 0.0), (-90.0, 0.0), (12.0, 180.0), (89.9999, -179.9999)] {
            let position = Geodetic::from_degrees(latitude, longitude, AltitudeHae::new(70.0)).unwrap();
            let before = track(1, position, [12.0, -7.0, 1.0], [20.0, 5.0, 8.0]);
            let after = Estimate::of(&before, before.estimated_at).unwrap();
            let after = after.put_into(before.clone(), before.estimated_at).unwrap();
            assert!(after.position.distance_m(before.position) < 1e-6);
            let axes = SiteFrame::new(before.position).enu_from_other(&SiteFrame::new(after.position));
            assert!((axes * after.velocity.vector() - before.velocity.vector()).norm() < 1e-6, "{after:?}");
            // At a pole the axes may be turned; the determinant is not.
            let sigma = |track: &Track| track.horizontal_sigma_m();
            assert!((sigma(&after) - sigma(&before)).abs() < 1e-2, "{} {}", sigma(&after), sigma(&before));
        }
    }

    #[test]
    fn a_target_moves_on_and_is_known_less_well() {
        let before = track(1, place(0.0, 0.0), [20.0, 0.0, 0.0], [4.0, 4.0, 4.0]);
        let after = Estimate::of(&before, at(3.0)).unwrap().put_into(before.clone(), at(3.0)).unwrap();
        assert!(after.position.distance_m(place(60.0, 0.0)) < 0.1);
        let east_m2 = 16.0 + 9.0 * 9.0 + 6.0 * 27.0 / 3.0;
        assert!((f64::from(after.covariance[0]) - east_m2).abs() < 0.1, "{}", after.covariance[0]);
        assert_eq!(after.estimated_at, at(3.0));
    }

    #[test]
    fn the_tangent_frame_says_the_same_as_earth_centred_axes() {
        let (a, b) = (place(0.0, 0.0), place(40.0, 15.0));
        let (one, other) = (track(1, a, [9.0, 2.0, 0.0], [20.0, 5.0, 8.0]), track(2, b, [8.0, 3.0, 1.0], [6.0; 3]));
        let sum = sound_covariance(&one.covariance).unwrap() + sound_covariance(&other.covariance).unwrap();
        let apart: Enu = SiteFrame::new(a).enu(b);
        let difference = stacked(&apart.vector(), &(other.velocity.vector() - one.velocity.vector()));
        let expected = (sum.try_inverse().unwrap() * difference).dot(&difference);
        let found = Estimate::of(&one, at(0.0)).unwrap().distance2(&Estimate::of(&other, at(0.0)).unwrap());
        assert!((found - expected).abs() < 1e-3 * expected, "{found} instead of {expected}");
    }

    #[test]
    fn numbers_that_are_none_are_no_estimate() {
        let sound = track(1, place(0.0, 0.0), [20.0, 0.0, 0.0], [4.0, 4.0, 4.0]);
        assert!(Estimate::of(&sound, at(0.0)).is_some());
        for (entry, wrong) in
            [(0, f32::NAN), (0, f32::INFINITY), (0, -1.0), (0, 1e30), (1, f32::NAN), (1, 1e9), (1, 17.0), (20, -0.1)]
        {
            let mut track = sound.clone();
            track.covariance[entry] = wrong;
            assert_eq!(Estimate::of(&track, at(0.0)), None, "{wrong} at {entry}");
        }
        for wrong in [f64::NAN, f64::NEG_INFINITY, 1e6] {
            let mut track = sound.clone();
            track.velocity.north_m_s = wrong;
            assert_eq!(Estimate::of(&track, at(0.0)), None, "{wrong} m/s");
        }
    }

    #[test]
    fn a_covariance_of_zero_and_a_singular_one_are_used_with_care() {
        let mut zero = track(1, place(0.0, 0.0), [20.0, 0.0, 0.0], [0.0; 3]);
        zero.covariance = [0.0; 21];
        let estimate = Estimate::of(&zero, at(0.0)).unwrap();
        assert!(Cholesky::new(estimate.covariance).is_some());
        let mut line = track(1, place(0.0, 0.0), [20.0, 0.0, 0.0], [1e3, 1e3, 1.0]);
        line.covariance[1] = 1e6;
        assert!(Estimate::of(&line, at(5.0)).is_some());
    }
}
