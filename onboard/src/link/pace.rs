//! How long an autopilot may be silent before that means something: it depends on how often it speaks.
//!
//! Over a usual link it beats once a second. Over a thin one it says everything in one HIGH_LATENCY2 every so often,
//! and a silence that would be grave on the first is the normal course of things on the second. The rate is measured:
//! the shortest of the last `GAPS` gaps between summaries, so that one that was lost does not make anybody more
//! patient. Until there was a gap to measure, the slowest link is assumed.
//!
//! Limits: a link that is slower than one summary in `GAP_MAX` is no link to fly by: its autopilot counts as lost in
//! between.

use std::collections::VecDeque;
use std::time::Duration;

use telemetry::Timestamp;

/// How many gaps are remembered.
const GAPS: usize = 3;
/// A longer gap between two summaries says nothing about the link's rate.
const GAP_MAX: Duration = Duration::from_secs(60);
/// Two summaries that come closer together were held up on the way.
const GAP_MIN: Duration = Duration::from_secs(1);

/// The pace of the link that is in use.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// Whether what was heard last was a summary.
    thin: bool,
    last: Option<Timestamp>,
    gaps: VecDeque<Duration>,
}

impl Pace {
    /// A heartbeat came: the link carries everything.
    pub fn beat(&mut self) {
        self.thin = false;
    }

    /// A summary came.
    pub fn summary(&mut self, now: Timestamp) {
        let gap = self.last.replace(now).map(|last| now.since(last));
        if let Some(gap) = gap.filter(|gap| (GAP_MIN..=GAP_MAX).contains(gap) && self.thin) {
            if self.gaps.len() == GAPS {
                self.gaps.pop_front();
            }
            self.gaps.push_back(gap);
        }
        self.thin = true;
    }

    /// Whether the autopilot speaks in summaries.
    #[must_use]
    pub fn thin(&self) -> bool {
        self.thin
    }

    /// How long it may be silent, where `usual` goes for a link that carries everything. Of summaries two in a row may
    /// be lost, and the third be late by half of a gap.
    #[must_use]
    pub fn patience(&self, usual: Duration) -> Duration {
        if !self.thin {
            return usual;
        }
        self.gaps.iter().min().map_or(GAP_MAX, |gap| *gap * 7 / 2).max(usual)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USUAL: Duration = Duration::from_secs(5);

    fn after(summaries_at_s: &[f64]) -> Pace {
        let mut pace = Pace::default();
        summaries_at_s.iter().for_each(|at_s| pace.summary(Timestamp::EPOCH.offset_seconds(*at_s)));
        pace
    }

    #[test]
    fn a_link_with_heartbeats_is_waited_for_as_usual() {
        assert_eq!(Pace::default().patience(USUAL), USUAL);
        let mut pace = after(&[0.0, 5.0, 10.0]);
        pace.beat();
        assert_eq!((pace.patience(USUAL), pace.thin()), (USUAL, false));
    }

    #[test]
    fn patience_follows_the_rate_of_the_summaries_and_a_lost_one_does_not_stretch_it() {
        assert_eq!(after(&[0.0]).patience(USUAL), GAP_MAX, "the rate is not known yet");
        for summaries in [&[0.0, 5.0][..], &[0.0, 5.0, 15.0, 20.0], &[0.0, 5.0, 5.01, 10.01]] {
            assert_eq!(after(summaries).patience(USUAL), Duration::from_millis(17_500), "{summaries:?}");
        }
        assert_eq!(after(&[0.0, 5.0, 10.0, 30.0, 50.0, 70.0]).patience(USUAL), Duration::from_secs(70));
        assert_eq!(after(&[0.0, 5.0, 600.0]).patience(USUAL), Duration::from_millis(17_500));
        let strict = Duration::from_secs(100);
        assert_eq!(after(&[0.0, 5.0]).patience(strict), strict, "never less than as usual");
    }

    proptest! {
        #[test]
        fn patience_is_bounded_whatever_comes(at_s in prop::collection::vec((0.0..1e5_f64, any::<bool>()), 0..50)) {
            let mut pace = Pace::default();
            for (at_s, summary) in at_s {
                if summary { pace.summary(Timestamp::EPOCH.offset_seconds(at_s)) } else { pace.beat() }
                prop_assert!((USUAL..=GAP_MAX * 7 / 2).contains(&pace.patience(USUAL)));
            }
        }
    }
}
