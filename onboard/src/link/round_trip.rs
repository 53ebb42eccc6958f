//! How long the autopilot takes to answer, measured, and how long to wait for it therefore.
//!
//! A time-out that is too short asks twice for what is on its way; one that is too long waits for what was lost. So it
//! follows the answers: the smoothed round trip and four times its mean deviation. An answer to a question that was
//! asked more than once says nothing, because it may belong to either.
//!
//! Source: RFC 6298, with bounds that suit an autopilot.

use std::time::Duration;

/// Before anything was measured.
const FIRST: Duration = Duration::from_secs(1);
/// An autopilot answers from its main loop: less is not waited.
const LEAST: Duration = Duration::from_millis(60);
/// The deviation counts for at least this much: the loop's grain.
const GRAIN: Duration = Duration::from_millis(15);
/// More is not waited.
const MOST: Duration = Duration::from_secs(4);

/// The measurement of one conversation.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoundTrip {
    measured: Option<Measured>,
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    smoothed: Duration,
    deviation: Duration,
}

impl RoundTrip {
    /// Takes the time between a question that was asked once and its answer.
    pub fn note(&mut self, took: Duration) {
        self.measured = Some(match self.measured {
            None => Measured { smoothed: took, deviation: took / 2 },
            Some(Measured { smoothed, deviation }) => Measured {
                smoothed: (smoothed * 7 + took) / 8,
                deviation: (deviation * 3 + smoothed.abs_diff(took)) / 4,
            },
        });
    }

    /// The smoothed round trip, once there was an answer.
    #[must_use]
    pub fn smoothed(&self) -> Option<Duration> {
        self.measured.map(|measured| measured.smoothed)
    }

    /// How long to wait for an answer to a question that was asked `tries` times before: no longer the second time,
    /// because what is lost once is a matter of chance, then twice and four times as long.
    #[must_use]
    pub fn patience(&self, tries: u32) -> Duration {
        let once = self
            .measured
            .map_or(FIRST, |Measured { smoothed, deviation }| smoothed + (deviation * 4).max(GRAIN))
            .max(LEAST);
        (once * (1 << tries.saturating_sub(1).min(2))).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_patience_comes_down_to_the_round_trip_and_up_with_its_scatter() {
        let mut steady = RoundTrip::default();
        assert_eq!(steady.patience(0), FIRST);
        (0..40).for_each(|_| steady.note(milliseconds(100)));
        assert!((milliseconds(115)..milliseconds(125)).contains(&steady.patience(0)), "{:?}", steady.patience(0));
        let mut scattered = RoundTrip::default();
        (0..40).for_each(|n| scattered.note(milliseconds(if n % 2 == 0 { 50 } else { 450 })));
        assert!(scattered.patience(0) > milliseconds(500), "{:?}", scattered.patience(0));
    }

    #[test]
    fn a_question_repeated_is_waited_for_longer_but_never_without_end() {
        let mut slow = RoundTrip::default();
        slow.note(Duration::from_secs(3));
        assert_eq!([0, 1, 9].map(|tries| slow.patience(tries)), [MOST; 3]);
        let mut quick = RoundTrip::default();
        (0..40).for_each(|_| quick.note(milliseconds(20)));
        assert_eq!([0, 1, 2, 3].map(|tries| quick.patience(tries)), [60, 60, 120, 240].map(milliseconds));
    }
}
