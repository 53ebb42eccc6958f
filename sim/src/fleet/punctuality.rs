//! How far from one a second the heartbeats really came, as whoever listens would see it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// The histogram's resolution.
const BIN: Duration = Duration::from_micros(100);
/// Deviations beyond the last bin are counted in it; the greatest is kept exactly.
const BINS: usize = 5_000;

/// Deviations of intervals from what they should be, of one vehicle or of many together.
#[derive(Debug, Clone)]
pub(super) struct Punctuality {
    /// How many deviated by this many [`BIN`]s.
    bins: Vec<u32>,
    number: u32,
    greatest: Duration,
}

/// The deviations in figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Lateness {
    /// Intervals between heartbeats.
    pub intervals: u32,
    /// Half of them deviate by no more, in milliseconds.
    pub median_ms: f64,
    /// And 99 of a hundred.
    pub p99_ms: f64,
    /// The greatest deviation.
    pub greatest_ms: f64,
}

impl Punctuality {
    pub(super) fn new() -> Self {
        Self { bins: vec![0; BINS], number: 0, greatest: Duration::ZERO }
    }

    /// Counts an interval that should have been another.
    pub(super) fn count(&mut self, interval: Duration, nominal: Duration) {
        let deviation = interval.abs_diff(nominal);
        let bin = (deviation.as_micros() / BIN.as_micros()) as usize;
        self.bins[bin.min(BINS - 1)] += 1;
        self.number += 1;
        self.greatest = self.greatest.max(deviation);
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            *bin += more;
        }
        self.number += other.number;
        self.greatest = self.greatest.max(other.greatest);
    }

    pub(super) fn lateness(&self) -> Lateness {
        Lateness {
            intervals: self.number,
            median_ms: self.quantile_ms(0.5),
            p99_ms: self.quantile_ms(0.99),
            greatest_ms: self.greatest.as_secs_f64() * 1000.0,
        }
    }

    /// The upper edge of the bin in which this part of the intervals is reached.
    fn quantile_ms(&self, part: f64) -> f64 {
        let wanted = (part * f64::from(self.number)).ceil() as u32;
        let mut counted = 0;
        let bin = self.bins.iter().position(|&number| {
            counted += number;
            counted >= wanted
        });
        let edge = BIN.as_secs_f64() * 1000.0 * (bin.unwrap_or(BINS) + 1) as f64;
        edge.min(self.greatest.as_secs_f64() * 1000.0)
    }
}

impl fmt::Display for Lateness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { intervals, median_ms, p99_ms, greatest_ms } = self;
        write!(out, "{intervals} intervals, off by {median_ms:.1} ms (median), {p99_ms:.1} ms (99 %), ")?;
        write!(out, "{greatest_ms:.1} ms (greatest)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_deviations_and_the_greatest_is_exact() {
        let second = Duration::from_secs(1);
        let (mut early, mut late) = (Punctuality::new(), Punctuality::new());
        for _ in 0..98 {
            early.count(second - Duration::from_micros(950), second);
        }
        late.count(second + Duration::from_micros(3_050), second);
        late.count(second + Duration::from_micros(700_123), second);
        early.add(&late);
        let lateness = early.lateness();
        assert_eq!(lateness.intervals, 100);
        assert!((lateness.median_ms - 1.0).abs() < 1e-9, "{lateness}");
        assert!((lateness.p99_ms - 3.1).abs() < 1e-9, "{lateness}");
        assert!((lateness.greatest_ms - 700.123).abs() < 1e-9, "{lateness}");
    }

    #[test]
    fn nothing_counted_is_nothing_late() {
        assert_eq!(Punctuality::new().lateness().greatest_ms, 0.0);
        assert_eq!(Punctuality::new().lateness().median_ms, 0.0);
    }
}
