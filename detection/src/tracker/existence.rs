//! How far a target is believed to exist.
//!
//! The log-odds of "a target" against "false detections", after R. W. Sittler ("An optimal data association problem in
//! surveillance theory", IEEE Trans. Military Electronics, 1964) and D. Musicki, R. Evans, S. Stankovic ("Integrated
//! probabilistic data association", IEEE Trans. AC, 1994): a detection multiplies the odds by Pd·p(z)/λ, how much better
//! the target explains it than clutter of density λ does; a look without one multiplies them by 1 − Pd.
//!
//! A target is confirmed once, by odds and by a number of detections, and stays so until it is dropped.

/// The odds at which a target is confirmed: 99 to 1.
const CONFIRM: f64 = 4.6;
/// Fewest detections of a confirmed target. The odds alone would often take two; where clutter gathers in one place,
/// which its mean density does not know, two are soon together.
const CONFIRM_DETECTIONS: u32 = 3;
/// The odds at which a confirmed target is given up: 1 to 20.
const LOSE_CONFIRMED: f64 = -3.0;
/// The odds at which a tentative target is given up.
const LOSE_TENTATIVE: f64 = -11.0;
/// No more than this is believed, so that a target which is gone can be given up in a few looks.
const CEILING: f64 = 9.0;
/// What one detection may add: models of clutter are not exact enough for more.
const GAIN_MAX: f64 = 8.0;

/// The belief that a target exists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Existence {
    log_odds: f64,
    detections: u32,
    confirmed: bool,
}

impl Existence {
    /// After a first detection that is a new target's with these odds.
    pub(super) fn born(log_odds: f64) -> Self {
        Self { log_odds: log_odds.clamp(-8.0, 0.0), detections: 1, confirmed: false }
    }

    /// Of a target that has spoken for itself: a message that passed its checksum was sent by somebody.
    pub(super) fn announced() -> Self {
        Self { log_odds: CEILING, detections: 1, confirmed: true }
    }

    /// The probability that there is a target.
    pub(super) fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.log_odds).exp())
    }

    /// A detection was made that the target explains `ln_ratio.exp()` times better than clutter does.
    pub(super) fn detected(&mut self, ln_ratio: f64) {
        self.detections = self.detections.saturating_add(1);
        self.log_odds = (self.log_odds + ln_ratio.min(GAIN_MAX)).min(CEILING);
        self.confirmed |= self.log_odds >= CONFIRM && self.detections >= CONFIRM_DETECTIONS;
    }

    /// The target spoke for itself.
    pub(super) fn spoke(&mut self) {
        self.detections = self.detections.saturating_add(1);
        self.log_odds = CEILING;
        self.confirmed = true;
    }

    /// A sensor that would have seen the target with `probability` did not.
    pub(super) fn missed(&mut self, probability: f64) {
        self.log_odds += (1.0 - probability).ln();
    }

    /// How many detections it had.
    pub(super) fn detections(&self) -> u32 {
        self.detections
    }

    /// Whether it was ever confirmed.
    pub(super) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Whether it should be given up.
    pub(super) fn is_lost(&self) -> bool {
        self.log_odds < if self.confirmed { LOSE_CONFIRMED } else { LOSE_TENTATIVE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_good_detections_confirm_and_two_do_not() {
        let mut existence = Existence::born(-5.0);
        existence.detected(8.0);
        assert!(!existence.is_confirmed());
        existence.detected(8.0);
        assert!(existence.is_confirmed());
    }

    #[test]
    fn many_poor_detections_do_not_confirm() {
        let mut existence = Existence::born(-5.0);
        for _ in 0..20 {
            existence.detected(0.1);
        }
        assert!(!existence.is_confirmed());
    }

    #[test]
    fn what_is_gone_is_given_up_in_a_few_looks_however_long_it_was_there() {
        let mut existence = Existence::born(-5.0);
        for _ in 0..1000 {
            existence.detected(8.0);
        }
        let mut looks = 0;
        while !existence.is_lost() {
            existence.missed(0.9);
            looks += 1;
        }
        assert_eq!(looks, 6);
    }

    #[test]
    fn a_sensor_that_sees_little_takes_little_away_when_it_sees_nothing() {
        let (mut keen, mut dull) = (Existence::announced(), Existence::announced());
        keen.missed(0.95);
        dull.missed(0.3);
        assert!(keen.probability() < dull.probability());
    }
}
