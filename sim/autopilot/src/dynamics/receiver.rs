//! The satellite receiver: a position whose error wanders slowly, and no position at all when it is jammed.

use nalgebra::Vector3;
use rand_chacha::ChaCha8Rng;
use telemetry::Enu;

use crate::random::{self, OrnsteinUhlenbeck};

/// A single-frequency receiver with augmentation: below a metre horizontally, worse vertically, correlated over minutes
/// (Misra and Enge, "Global Positioning System", 2nd ed., section 5.3).
const HORIZONTAL_SIGMA_M: f64 = 0.7;
const VERTICAL_SIGMA_M: f64 = 1.2;
const CORRELATION_S: f64 = 120.0;
/// How often the receiver computes a position; between two of them the error stands still.
const PERIOD_S: f64 = 0.2;

/// How much larger the error is with half of the sky covered.
const DEGRADED: f64 = 6.0;

/// What the receiver has to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reception {
    Good,
    Degraded,
    None,
}

#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    rng: ChaCha8Rng,
    error: [OrnsteinUhlenbeck; 3],
    since_s: f64,
    current: Vector3<f64>,
}

impl Receiver {
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let mut rng = random::stream(seed, name);
        let error = [HORIZONTAL_SIGMA_M, HORIZONTAL_SIGMA_M, VERTICAL_SIGMA_M]
            .map(|sigma_m| OrnsteinUhlenbeck::new(&mut rng, sigma_m, CORRELATION_S));
        let current = Vector3::new(error[0].value(), error[1].value(), error[2].value());
        Self { rng, error, since_s: 0.0, current }
    }

    /// Moves on. The error wanders whether or not there is reception, so that a fault shifts nothing else.
    pub(crate) fn step(&mut self, seconds: f64) {
        self.since_s += seconds;
        if self.since_s + 1e-9 >= PERIOD_S {
            for (axis, error) in self.error.iter_mut().enumerate() {
                self.current[axis] = error.step(&mut self.rng, self.since_s);
            }
            self.since_s = 0.0;
        }
    }

    /// The error of the receiver's position, east-north-up.
    pub(crate) fn error(&self, reception: Reception) -> Enu {
        let scale = if reception == Reception::Degraded { DEGRADED } else { 1.0 };
        Enu::from_vector(self.current * scale)
    }
}
