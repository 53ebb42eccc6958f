//! Predict: where a target will be, and how much less is known of it then.
//!
//! Nearly constant velocity: accelerations are white noise of a given power spectral density q, which adds
//! q·[dt³/3, dt²/2; dt²/2, dt] to each axis (Y. Bar-Shalom, X. R. Li, T. Kirubarajan, *Estimation with Applications to
//! Tracking and Navigation*, 2001, §6.2.2). One model for all that flies and one for all that floats; telling a turn
//! from straight flight takes several models at once, which this tracker has not.

use telemetry::Timestamp;

use super::estimate::{Estimate, Matrix6, Vector6};

/// Beyond this a prediction says nothing, and its powers of time only grow.
const SPAN_MAX_S: f64 = 3600.0;

/// How a target may manoeuvre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    /// Whatever flies.
    Air,
    /// Whatever floats.
    Surface,
}

impl Motion {
    /// Power spectral density of the acceleration on each axis, m²/s³.
    ///
    /// A drone that turns with 6 m/s² for a second or two is followed at a plot a second when q is about
    /// (6/2)² m²/s⁴ · 1 s (op. cit.: half the greatest acceleration, over one sampling time); vertically it does half of
    /// that. A vessel changes its speed by 0.1 to 0.5 m/s² and does so for tens of seconds.
    fn density(self) -> [f64; 3] {
        match self {
            Self::Air => [6.0, 6.0, 1.5],
            Self::Surface => [0.05, 0.05, 1e-4],
        }
    }

    /// The covariance that manoeuvres add over a span of time.
    pub(super) fn noise(self, span_s: f64) -> Matrix6 {
        let dt = span_s.abs().min(SPAN_MAX_S);
        let mut noise = Matrix6::zeros();
        for (axis, q) in self.density().into_iter().enumerate() {
            noise[(axis, axis)] = q * dt * dt * dt / 3.0;
            noise[(axis, axis + 3)] = q * dt * dt / 2.0;
            noise[(axis + 3, axis)] = q * dt * dt / 2.0;
            noise[(axis + 3, axis + 3)] = q * dt;
        }
        noise
    }
}

/// The state moved along its velocity by a signed span.
pub(super) fn moved(mean: &Vector6, span_s: f64) -> Vector6 {
    let dt = span_s.clamp(-SPAN_MAX_S, SPAN_MAX_S);
    let mut mean = *mean;
    for axis in 0..3 {
        mean[axis] += dt * mean[axis + 3];
    }
    mean
}

/// The estimate at a later instant; at its own or an earlier one, the estimate as it is.
pub(super) fn predicted(estimate: &Estimate, to: Timestamp, motion: Motion) -> Estimate {
    if to <= estimate.at {
        return *estimate;
    }
    let dt = to.seconds_since(estimate.at).min(SPAN_MAX_S);
    let mean = moved(&estimate.mean, dt);
    // F P Fᵀ by its blocks: position, cross, velocity.
    let p = &estimate.covariance;
    let position = p.fixed_view::<3, 3>(0, 0).into_owned();
    let cross = p.fixed_view::<3, 3>(0, 3).into_owned();
    let velocity = p.fixed_view::<3, 3>(3, 3).into_owned();
    let moved_cross = cross + velocity * dt;
    let moved_position = position + (cross + cross.transpose()) * dt + velocity * (dt * dt);
    let mut covariance = motion.noise(dt);
    let mut add = |row, column, block| {
        let mut view = covariance.fixed_view_mut::<3, 3>(row, column);
        view += block;
    };
    add(0, 0, moved_position);
    add(0, 3, moved_cross);
    add(3, 0, moved_cross.transpose());
    add(3, 3, velocity);
    Estimate { at: to, mean, covariance }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate() -> Estimate {
        let mean = Vector6::from([10.0, 20.0, 30.0, 1.0, -2.0, 0.5]);
        let mut covariance = Matrix6::from_diagonal(&Vector6::from([4.0, 9.0, 16.0, 1.0, 4.0, 0.25]));
        covariance[(0, 3)] = 1.5;
        covariance[(3, 0)] = 1.5;
        covariance[(1, 5)] = -0.3;
        covariance[(5, 1)] = -0.3;
        Estimate { at: Timestamp::EPOCH, mean, covariance }
    }

    #[test]
    fn the_blocks_are_the_textbooks_product() {
        let (before, dt) = (estimate(), 2.5);
        let after = predicted(&before, before.at.offset_seconds(dt), Motion::Air);
        let mut transition = Matrix6::identity();
        for axis in 0..3 {
            transition[(axis, axis + 3)] = dt;
        }
        let expected = transition * before.covariance * transition.transpose() + Motion::Air.noise(dt);
        assert!((after.covariance - expected).norm() < 1e-9);
        assert!((after.mean - transition * before.mean).norm() < 1e-9);
    }

    #[test]
    fn two_steps_are_one_step() {
        let before = estimate();
        let at = |s| before.at.offset_seconds(s);
        let once = predicted(&before, at(3.0), Motion::Surface);
        let twice = predicted(&predicted(&before, at(1.0), Motion::Surface), at(3.0), Motion::Surface);
        assert!((once.covariance - twice.covariance).norm() < 1e-9 && (once.mean - twice.mean).norm() < 1e-9);
    }

    #[test]
    fn time_that_stands_still_or_runs_backwards_changes_nothing() {
        let before = estimate();
        assert_eq!(predicted(&before, before.at, Motion::Air), before);
        assert_eq!(predicted(&before, before.at.offset_seconds(-5.0), Motion::Air), before);
        assert!(predicted(&before, Timestamp::from_unix_nanos(i64::MAX), Motion::Air).is_sound());
    }
}
