//! How long a run took, by two clocks: the processor's, which counts this program's work whatever else the machine does,
//! and the wall's, which is what somebody waiting sees.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Two clocks read together. Only differences mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// A clock that only ever goes on, at the pace of the wall's.
    pub wall: Duration,
    /// Processor time of the whole process, all its threads.
    pub cpu: Duration,
}

/// What a run took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Processor seconds of the tracking: steps and reports, without reading, decoding and writing.
    pub cpu_s: f64,
    /// Seconds of the whole run on the wall's clock, reading and writing included.
    pub wall_s: f64,
    /// Frames taken.
    pub frames: u64,
    /// Detections in them.
    pub detections: u64,
    /// What a frame's step took of the processor.
    pub frame_ms: FrameTimes,
    /// How long a frame's step took on the wall's clock; on a busy machine that is more.
    pub frame_wall_ms: FrameTimes,
}

/// How the times of the steps spread, one for each frame, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct FrameTimes {
    /// Median; this and the other two shares to within 1 %.
    pub p50: f64,
    /// 95 of 100 are no longer.
    pub p95: f64,
    /// 99 of 100 are no longer.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// Bits of a time that are kept below its highest: bins are 1/64 of a power of two wide.
const KEPT_BITS: u32 = 6;
const BINS: usize = (u64::BITS as usize - KEPT_BITS as usize + 1) << KEPT_BITS;

/// Frame times, counted in bins that widen with the time, so that a run of any length takes the same memory.
#[derive(Debug)]
pub(super) struct FrameClock {
    bins: Vec<u64>,
    count: u64,
    longest: Duration,
}

impl FrameClock {
    pub(super) fn new() -> Self {
        Self { bins: vec![0; BINS], count: 0, longest: Duration::ZERO }
    }

    pub(super) fn add(&mut self, time: Duration) {
        self.bins[bin(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))] += 1;
        self.count += 1;
        self.longest = self.longest.max(time);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn times(&self) -> FrameTimes {
        FrameTimes {
            p50: self.quantile_ms(0.5),
            p95: self.quantile_ms(0.95),
            p99: self.quantile_ms(0.99),
            max: self.longest.as_secs_f64() * 1e3,
        }
    }

    /// The middle of the bin in which the share lies; 0 where nothing was counted.
    fn quantile_ms(&self, share: f64) -> f64 {
        let rank = (share * self.count as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        let found = self.bins.iter().position(|count| {
            below += count;
            below >= rank
        });
        found.map_or(0.0, |index| (middle(index) / 1e6).min(self.longest.as_secs_f64() * 1e3))
    }
}

/// The bin of a time: its own up to 2^7 ns, above that by its highest bit and the six below it.
fn bin(nanos: u64) -> usize {
    let bits = u64::BITS - nanos.leading_zeros();
    let shift = bits.saturating_sub(KEPT_BITS + 1);
    ((shift as usize) << KEPT_BITS) + (nanos >> shift) as usize
}

/// The middle of a bin, nanoseconds.
fn middle(index: usize) -> f64 {
    let shift = (index >> KEPT_BITS).saturating_sub(1);
    let kept = index - (shift << KEPT_BITS);
    let width = 2f64.powi(shift as i32);
    kept as f64 * width + (width - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_of_known_times_are_told() {
        let mut clock = FrameClock::new();
        assert_eq!(clock.times(), FrameTimes::default());
        for micros in 1..=1000 {
            clock.add(Duration::from_micros(micros));
        }
        let times = clock.times();
        let near = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 0.01, "{found}, {expected}");
        near(times.p50, 0.5);
        near(times.p95, 0.95);
        near(times.p99, 0.99);
        assert_eq!(times.max, 1.0);
    }

    proptest! {
        #[test]
        fn every_time_lies_in_a_bin_whose_middle_is_near(nanos in prop_oneof![0..1000u64, any::<u64>()]) {
            let index = bin(nanos);
            prop_assert!(index < BINS);
            prop_assert!((middle(index) - nanos as f64).abs() <= nanos as f64 / 100.0);
            prop_assert!(nanos == 0 || bin(nanos - 1) <= index);
        }
    }
}
