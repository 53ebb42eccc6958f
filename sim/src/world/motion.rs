//! How the world's things step through time.
//!
//! Each integrates its motion on a fixed grid of steps from its own beginning and is shown between two grid points,
//! so its path is the same however often, and at which instants, somebody looks.

use telemetry::angle::wrapped_pi;
use telemetry::{EnuVelocity, Geodetic, Timestamp};

/// Position and velocity at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kinematics {
    pub(super) position: Geodetic,
    pub(super) velocity: EnuVelocity,
}

impl Kinematics {
    /// The state a fraction of the way from one grid point to the next. Over steps of some metres the straight line
    /// in latitude and longitude leaves the true path by less than a millimetre.
    pub(super) fn between(from: Self, to: Self, fraction: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * fraction;
        let (a, b) = (from.position, to.position);
        let longitude = wrapped_pi(a.longitude() + wrapped_pi(b.longitude() - a.longitude()) * fraction);
        let height = telemetry::AltitudeHae::new(mix(a.height().metres, b.height().metres));
        let position = Geodetic::from_radians(mix(a.latitude(), b.latitude()), longitude, height)
            .expect("between two points of the Earth lies a point of the Earth");
        let velocity = EnuVelocity::from_vector(
            from.velocity.vector() + (to.velocity.vector() - from.velocity.vector()) * fraction,
        );
        Self { position, velocity }
    }
}

/// A fixed grid of steps. After [`Steps::take`] has said no, the last step taken ends at or after `now`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    start: Timestamp,
    step_ns: i64,
    taken: i64,
}

impl Steps {
    pub(super) const fn new(start: Timestamp, step_ms: i64) -> Self {
        Self { start, step_ns: step_ms * 1_000_000, taken: 0 }
    }

    pub(super) fn step_s(self) -> f64 {
        self.step_ns as f64 / 1e9
    }

    /// Takes the next step if `now` lies beyond those taken, and says when it begins.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<Timestamp> {
        let begins = self.end();
        (now > begins).then(|| {
            self.taken += 1;
            begins
        })
    }

    /// How far `now` lies within the last step taken, 0 to 1.
    pub(super) fn fraction(self, now: Timestamp) -> f64 {
        (1.0 - self.end().seconds_since(now) / self.step_s()).clamp(0.0, 1.0)
    }

    fn end(self) -> Timestamp {
        Timestamp::from_unix_nanos(self.start.unix_nanos().saturating_add(self.taken.saturating_mul(self.step_ns)))
    }
}

#[cfg(test)]
mod tests {
    use telemetry::AltitudeHae;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_nanos(ms * 1_000_000)
    }

    #[test]
    fn steps_end_at_or_after_now() {
        let mut steps = Steps::new(at(1000), 100);
        assert_eq!(steps.take(at(1000)), None);
        assert_eq!(steps.take(at(1150)), Some(at(1000)));
        assert_eq!(steps.take(at(1150)), Some(at(1100)));
        assert_eq!(steps.take(at(1150)), None);
        assert!((steps.fraction(at(1150)) - 0.5).abs() < 1e-12);
        assert!((steps.fraction(at(1200)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_state_between_two_crosses_the_antimeridian_the_short_way() {
        let state = |longitude| Kinematics {
            position: Geodetic::from_degrees(10.0, longitude, AltitudeHae::new(0.0)).unwrap(),
            velocity: EnuVelocity::default(),
        };
        let middle = Kinematics::between(state(179.9998), state(-179.9996), 0.5);
        assert!((middle.position.lat_lon().longitude_deg() + 179.9999).abs() < 1e-9);
    }
}
