//! The rhythm of a sensor that looks at regular instants.

use std::time::Duration;

use telemetry::Timestamp;

/// Two looks are never closer than this, whatever a description says.
const PERIOD_MIN: Duration = Duration::from_millis(10);

/// Regular instants from a first one on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cadence {
    first_at: Timestamp,
    period: Duration,
    looks: u32,
}

impl Cadence {
    pub(super) fn new(first_at: Timestamp, period_s: f64) -> Self {
        let period = Duration::try_from_secs_f64(period_s).unwrap_or(PERIOD_MIN).max(PERIOD_MIN);
        Self { first_at, period, looks: 0 }
    }

    /// When the next look is due.
    pub(super) fn next_at(self) -> Timestamp {
        self.first_at + self.period.saturating_mul(self.looks)
    }

    /// Takes the look that is due, with its number; nothing when none is. Looks that were missed are not made up for.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<u32> {
        if now < self.next_at() {
            return None;
        }
        let number = now.since(self.first_at).as_nanos() / self.period.as_nanos();
        let number = u32::try_from(number).unwrap_or(u32::MAX - 1);
        self.looks = number + 1;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_regular_and_missed_ones_are_not_made_up_for() {
        let at = |ms: i64| Timestamp::from_unix_nanos(ms * 1_000_000);
        let mut cadence = Cadence::new(at(1000), 0.5);
        assert_eq!(cadence.take(at(999)), None);
        assert_eq!((cadence.take(at(1000)), cadence.next_at()), (Some(0), at(1500)));
        assert_eq!(cadence.take(at(1200)), None);
        assert_eq!((cadence.take(at(3700)), cadence.next_at()), (Some(5), at(4000)));
    }

    #[test]
    fn a_period_that_is_no_period_becomes_the_shortest() {
        for period_s in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Cadence::new(Timestamp::EPOCH, period_s).period, PERIOD_MIN);
        }
    }
}
