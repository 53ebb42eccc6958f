//! What the battery must still hold to be home with the reserve.
//!
//! Consumption is measured over the flight so far: the share used, by the time it took. Until that means something (a
//! minute, and 3 % used, because autopilots report whole percents) the endurance from the configuration stands in. A
//! measured rate counts between a third and ten times of that: a gauge that stands still must not promise an endless
//! flight, nor one that jumps once none at all.
//!
//! What it does not know: the wind on the way home, beyond the margin.

use std::ops::RangeInclusive;
use std::time::Duration;

use telemetry::Timestamp;

/// How long to measure before the measurement counts.
const MEASURED_AFTER: Duration = Duration::from_secs(60);
/// What must be used before it counts.
const USED_MIN: f64 = 0.03;
/// Bounds of a believable rate, as a share of the configured one.
const BELIEVABLE: RangeInclusive<f64> = 0.33..=10.0;
/// For the wind on the way home.
const WAY_MARGIN: f64 = 1.3;
/// For turning round, descending and landing.
const LANDING: Duration = Duration::from_secs(45);

/// The consumption of one flight.
#[derive(Debug, Clone)]
pub struct Consumption {
    endurance_s: f64,
    /// When the flight began, and what was in the battery then.
    begun: Option<(Timestamp, f64)>,
    measured_per_s: Option<f64>,
}

impl Consumption {
    /// A vehicle that stands.
    #[must_use]
    pub fn new(endurance_s: f64) -> Self {
        Self { endurance_s, begun: None, measured_per_s: None }
    }

    /// Under way with this left.
    pub fn note(&mut self, now: Timestamp, remaining: f64) {
        let (since, full) = *self.begun.get_or_insert((now, remaining));
        let (took_s, used) = (now.seconds_since(since), full - remaining);
        if took_s >= MEASURED_AFTER.as_secs_f64() && used >= USED_MIN {
            self.measured_per_s = Some(used / took_s);
        }
    }

    /// On the ground: the next flight is measured anew.
    pub fn stand(&mut self) {
        self.begun = None;
        self.measured_per_s = None;
    }

    /// The share of the battery used in a second.
    #[must_use]
    pub fn per_s(&self) -> f64 {
        let expected = 1.0 / self.endurance_s;
        let measured = self.measured_per_s.unwrap_or(expected);
        measured.clamp(expected * BELIEVABLE.start(), expected * BELIEVABLE.end())
    }
}

/// What must be in the battery to fly a way, land, and have the reserve left.
#[must_use]
pub fn needed(reserve: f64, way_m: f64, speed_m_s: f64, burn_per_s: f64) -> f64 {
    reserve + burn_per_s * (WAY_MARGIN * way_m / speed_m_s + LANDING.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_gauge_has_moved_the_configured_endurance_counts() {
        let mut consumption = Consumption::new(1000.0);
        consumption.note(Timestamp::EPOCH, 1.0);
        consumption.note(Timestamp::EPOCH + Duration::from_secs(300), 0.99);
        assert_eq!(consumption.per_s(), 1.0 / 1000.0);
    }

    #[test]
    fn a_flight_that_takes_more_than_expected_is_believed() {
        let mut consumption = Consumption::new(1000.0);
        consumption.note(Timestamp::EPOCH, 1.0);
        consumption.note(Timestamp::EPOCH + Duration::from_secs(100), 0.8);
        assert!((consumption.per_s() - 0.002).abs() < 1e-12);
        consumption.stand();
        assert_eq!(consumption.per_s(), 0.001);
    }

    #[test]
    fn a_gauge_that_jumps_or_stands_still_is_not_believed() {
        let mut consumption = Consumption::new(1000.0);
        consumption.note(Timestamp::EPOCH, 1.0);
        consumption.note(Timestamp::EPOCH + Duration::from_secs(60), 0.1);
        assert!((consumption.per_s() - 0.01).abs() < 1e-12);
        consumption.note(Timestamp::EPOCH + Duration::from_secs(10_000), 0.95);
        assert!((consumption.per_s() - 0.00033).abs() < 1e-12);
    }

    #[test]
    fn farther_from_home_more_must_be_left() {
        let near = needed(0.2, 100.0, 10.0, 0.001);
        let far = needed(0.2, 2000.0, 10.0, 0.001);
        assert!((near - 0.258).abs() < 1e-9, "{near}");
        assert!((far - 0.505).abs() < 1e-9, "{far}");
    }
}
