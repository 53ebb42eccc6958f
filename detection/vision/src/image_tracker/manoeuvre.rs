//! A target that flies straight most of the time and turns now and then: two filters of its motion that pass into one
//! another (H. A. P. Blom, Y. Bar-Shalom, "The interacting multiple model algorithm for systems with Markovian switching
//! coefficients", IEEE Trans. AC 33, 1988).

use super::motion::{Change, Motion, Spread, Unrest};
use nalgebra::Vector2;

/// Acceleration of the steady and of the turning filter: spectral density, px²/s³.
const ACCELERATION: [f64; 2] = [30.0, 15000.0];
/// What ego-motion leaves, px a frame.
const SHIFT_PX: f64 = 0.4;
/// Mean times of steady flight and of a turn, seconds.
const STEADY_S: f64 = 1.5;
const TURN_S: f64 = 0.8;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Manoeuvre {
    filters: [Motion; 2],
    turns: f64,
}

impl Manoeuvre {
    pub(super) fn begun(motion: Motion) -> Self {
        Self { filters: [motion; 2], turns: TURN_S / (STEADY_S + TURN_S) }
    }

    pub(super) fn predicted(&self, change: &Change) -> Self {
        let begins = 1.0 - (-change.seconds / STEADY_S).exp();
        let ends = 1.0 - (-change.seconds / TURN_S).exp();
        let (steady, turns) = (1.0 - self.turns, self.turns);
        let turns_next = steady * begins + turns * (1.0 - ends);
        let from_turns = [turns * ends / (1.0 - turns_next), turns * (1.0 - ends) / turns_next];
        let filters = std::array::from_fn(|mode| {
            let unrest = Unrest { acceleration: ACCELERATION[mode], shift: SHIFT_PX * SHIFT_PX };
            mixed(&self.filters, from_turns[mode]).predicted(change, unrest)
        });
        Self { filters, turns: turns_next }
    }

    pub(super) fn updated(&self, measured: Vector2<f64>, variance: f64) -> Self {
        let likelihood = self.filters.map(|filter| {
            let spread = filter.spread.place + variance;
            (-0.5 * (measured - filter.place).norm_squared() / spread).exp() / spread
        });
        let weights = [(1.0 - self.turns) * likelihood[0], self.turns * likelihood[1]];
        let turns = weights[1] / (weights[0] + weights[1]);
        Self {
            filters: self.filters.map(|filter| filter.updated(measured, variance)),
            // Where both are out of reach of floating point, nothing is learned of the mode.
            turns: if turns.is_finite() { turns.clamp(1e-6, 1.0 - 1e-6) } else { self.turns },
        }
    }

    /// Both filters as one.
    pub(super) fn motion(&self) -> Motion {
        mixed(&self.filters, self.turns)
    }
}

/// Two states as one of the same mean and covariance; `share` is the second's.
fn mixed(states: &[Motion; 2], share: f64) -> Motion {
    let [a, b] = states;
    let (place, velocity) = (b.place - a.place, b.velocity - a.velocity);
    let apart = share * (1.0 - share) / 2.0;
    let of = |a: f64, b: f64, between: f64| a + share * (b - a) + apart * between;
    Motion {
        place: a.place + place * share,
        velocity: a.velocity + velocity * share,
        spread: Spread {
            place: of(a.spread.place, b.spread.place, place.norm_squared()),
            mixed: of(a.spread.mixed, b.spread.mixed, place.dot(&velocity)),
            velocity: of(a.spread.velocity, b.spread.velocity, velocity.norm_squared()),
        },
    }
}
