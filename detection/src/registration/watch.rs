//! A watch for a sensor that has moved.
//!
//! A filter that knows its biases well refuses, or all but refuses, what comes after somebody knocked a mast. The
//! innovations of comparisons with other sensors are projected on the sensor's own biases and summed: their **score**,
//! with unit variance as long as the filter is right (Willsky and Jones, "A generalized likelihood ratio approach to
//! the detection and estimation of jumps in linear systems", IEEE Trans. AC 21, 1976, simplified: the filter's own
//! answer to the jump within a block is left out, which costs some of the power). Only the direction in which a bias
//! acts counts: noise larger than stated, or comparisons that go wrong in all directions, do not raise it much.
//!
//! Both sensors of a pair show the same jump. Both are opened; comparisons with third sensors and reports, and the
//! priors, say whose it was.

use nalgebra::{Matrix3x4, Vector3, Vector4};

/// Comparisons of a block.
const BLOCK: u32 = 20;
/// The square of a score, one degree of freedom, beyond which it is no chance: once in twenty million blocks, or in a
/// hundred thousand where the noise is half again what is stated.
const SURPRISE: f64 = 30.0;

#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    score: Vector4<f64>,
    variance: Vector4<f64>,
    compared: u32,
}

impl Watch {
    /// Takes an innovation of unit covariance and its change with the sensor's states. True when the block is full and
    /// shows a jump.
    pub(super) fn has_moved(&mut self, innovation: &Vector3<f64>, by_state: &Matrix3x4<f64>) -> bool {
        self.score += by_state.tr_mul(innovation);
        self.variance += Vector4::from_fn(|state, _| by_state.column(state).norm_squared());
        self.compared += 1;
        if self.compared < BLOCK {
            return false;
        }
        let Self { score, variance, .. } = std::mem::take(self);
        score.iter().zip(variance.iter()).any(|(score, variance)| score * score > SURPRISE * variance)
    }
}
