//! Existence: how surely a target is there at all, and whether it can be seen.
//!
//! A Bernoulli target (J. L. Williams, "Marginal multi-Bernoulli filters: RFS derivation of MHT, JIPDA and
//! association-based MeMBer", IEEE T-AES 51 (2015)) with a Markov chain of two more states: a target that exists may be
//! hidden — behind a building, too small an echo at this angle, its radio silent (D. Mušicki, R. Evans, S. Stanković,
//! "Integrated probabilistic data association", IEEE T-AC 39 (1994), Markov chain two). So a target that is missed
//! twenty times in a row is probably hidden rather than gone, and a single miss of a good radar still tells a false
//! plot from a true one.

use super::motion::Domain;

/// Mean times between a target's coming into a sector and its leaving or landing, seconds: what flies, what floats.
const LIFE_AIR_S: f64 = 100.0;
const LIFE_SURFACE_S: f64 = 1500.0;
/// Mean times in view and hidden, seconds, for what reflects.
const SEEN_S: f64 = 200.0;
const HIDDEN_S: f64 = 10.0;
/// How many looks the stated detection probability is worth against a target's own record, and the least part of it.
const RECORD_LOOKS: f64 = 10.0;
const ECHO_MIN: f64 = 0.5;
/// Looks after which a record is halved, so that it follows the target's aspect.
const RECORD_MAX: f64 = 60.0;
/// The same for what transmits.
const SPEAKS_S: f64 = 100.0;
const SILENT_S: f64 = 25.0;

/// Below this, a target is given up whatever it began with.
const HOPELESS: f64 = 1e-9;
/// Fallen to this part of what it began with, a target is given up, unless it is above the third figure.
const DISPROVED: f64 = 0.03;
const DOUBTFUL: f64 = 0.02;

/// The probabilities of one target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Existence {
    /// That it is there.
    pub(super) probability: f64,
    /// That it reflects and is not hidden, if it is there.
    pub(super) visible: f64,
    /// That it transmits, if it is there.
    pub(super) speaks: f64,
    /// What the probability began with.
    born: f64,
    /// Its record: detections expected of the looks at it while it was in view, and had.
    expected: f64,
    had: f64,
}

/// Which of the two ways to be seen a sensor uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Reflects,
    Transmits,
}

impl Existence {
    /// A target first seen one way.
    pub(super) fn born(probability: f64, way: Way) -> Self {
        let (visible, speaks) = match way {
            Way::Reflects => (0.99, 0.6),
            Way::Transmits => (0.9, 0.98),
        };
        let probability = probability.clamp(0.0, 0.999);
        Self { probability, visible, speaks, born: probability, expected: 0.0, had: 0.0 }
    }

    /// Whether it may be given up: what was seen since speaks clearly against it.
    pub(super) fn is_hopeless(&self) -> bool {
        self.probability < HOPELESS.max(self.born * DISPROVED).min(DOUBTFUL)
    }

    /// The target is no more.
    pub(super) fn refute(&mut self) {
        self.probability = 0.0;
    }

    /// The target spoke for itself.
    pub(super) fn spoke(&mut self, sent: f64) {
        self.probability = self.probability.max(sent);
    }

    /// How strong an echo it is: its detections against those expected.
    pub(super) fn echo(&self) -> f64 {
        ((self.had + RECORD_LOOKS) / (self.expected + RECORD_LOOKS)).clamp(ECHO_MIN, 1.0)
    }

    pub(super) fn predict(&mut self, span_s: f64, domain: Domain) {
        let span_s = span_s.max(0.0);
        let life_s = match domain {
            Domain::Air => LIFE_AIR_S,
            Domain::Surface => LIFE_SURFACE_S,
        };
        self.probability *= (-span_s / life_s).exp();
        self.visible = relaxed(self.visible, span_s, SEEN_S, HIDDEN_S);
        self.speaks = relaxed(self.speaks, span_s, SPEAKS_S, SILENT_S);
    }

    pub(super) fn seen(&self, way: Way) -> f64 {
        match way {
            Way::Reflects => self.visible,
            Way::Transmits => self.speaks,
        }
    }

    /// Takes a look: `missed` is the probability that no detection of it was the target's, `detection` the probability
    /// to detect it if it can be seen at all.
    pub(super) fn look(&mut self, missed: f64, detection: f64, way: Way) {
        let seen = self.seen(way);
        if way == Way::Reflects && self.probability > 0.9 {
            let weight = seen * (1.0 - missed) + missed * seen * (1.0 - detection) / (1.0 - detection * seen).max(1e-9);
            self.expected += detection * weight;
            self.had += 1.0 - missed;
            if self.expected > RECORD_MAX {
                self.expected /= 2.0;
                self.had /= 2.0;
            }
        }
        let caught = detection * seen;
        let left = self.probability * (1.0 - caught) / (1.0 - self.probability * caught).max(1e-12);
        let hidden = seen * (1.0 - detection) / (1.0 - caught).max(1e-12);
        let probability = (1.0 - missed) + missed * left;
        let seen = ((1.0 - missed) + missed * left * hidden) / probability.max(1e-12);
        self.probability = probability.clamp(0.0, 0.999_999);
        match way {
            Way::Reflects => self.visible = seen.clamp(0.0, 1.0),
            Way::Transmits => self.speaks = seen.clamp(0.0, 1.0),
        }
    }
}

/// A two-state chain's probability of the first state after a span, from the mean times in each.
fn relaxed(now: f64, span_s: f64, first_s: f64, second_s: f64) -> f64 {
    let long = first_s / (first_s + second_s);
    long + (now - long) * (-span_s * (1.0 / first_s + 1.0 / second_s)).exp()
}

#[cfg(test)]
mod tests;
