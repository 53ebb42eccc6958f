//! How large a target is in the picture: logarithms of width and height, filtered.
//!
//! A drone's box hardly changes from one picture to the next; a bird's beats with its wings. Two filters run beside each
//! other, one that expects rest and one that expects beating, and the innovations say which to believe (D. T. Magill,
//! "Optimal adaptive estimation of sampled stochastic processes", IEEE Trans. AC 10, 1965).

use nalgebra::Vector2;

/// Unrest of the two filters: variance of the logarithm of a side, a second.
const UNREST: [f64; 2] = [0.01, 1.0];
/// How much of a filter's evidence is left a frame later.
const MEMORY: f64 = 0.97;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Filter {
    log_size: Vector2<f64>,
    variance: f64,
}

/// A box's size with its two filters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Extent {
    filters: [Filter; 2],
    /// How much more the innovations speak for beating than for rest, nats.
    beats: f64,
}

impl Extent {
    pub(super) fn seen(size: Vector2<f64>, variance: f64) -> Self {
        let filter = Filter { log_size: size.map(f64::ln), variance };
        Self { filters: [filter; 2], beats: -2.0 }
    }

    /// `log_scale`: how much larger all things are in the new picture.
    pub(super) fn predicted(&self, seconds: f64, log_scale: f64) -> Self {
        let mut next = *self;
        next.beats *= MEMORY;
        for (filter, unrest) in next.filters.iter_mut().zip(UNREST) {
            filter.log_size.add_scalar_mut(log_scale);
            filter.variance += unrest * seconds;
        }
        next
    }

    pub(super) fn updated(&self, size: Vector2<f64>, variance: f64) -> Self {
        let measured = size.map(f64::ln);
        let mut next = *self;
        let mut evidence = [0.0; 2];
        for (filter, evidence) in next.filters.iter_mut().zip(&mut evidence) {
            let spread = filter.variance + variance;
            let innovation = measured - filter.log_size;
            *evidence = -0.5 * innovation.norm_squared() / spread - spread.ln();
            filter.log_size += innovation * (filter.variance / spread);
            filter.variance *= variance / spread;
        }
        next.beats = (next.beats + evidence[1] - evidence[0]).clamp(-8.0, 8.0);
        next
    }

    fn weights(&self) -> [f64; 2] {
        let beats = 1.0 / (1.0 + (-self.beats).exp());
        [1.0 - beats, beats]
    }

    /// Logarithms of width and height, pixels.
    pub(super) fn log_size(&self) -> Vector2<f64> {
        let [rest, beats] = self.weights();
        self.filters[0].log_size * rest + self.filters[1].log_size * beats
    }

    /// Width and height, pixels.
    pub(super) fn size(&self) -> Vector2<f64> {
        self.log_size().map(f64::exp)
    }

    /// The variance of either logarithm.
    pub(super) fn variance(&self) -> f64 {
        let [rest, beats] = self.weights();
        let apart = (self.filters[0].log_size - self.filters[1].log_size).norm_squared() / 2.0;
        rest * self.filters[0].variance + beats * self.filters[1].variance + rest * beats * apart
    }

    /// What the smoothed logarithms `next` of the next picture say about this one; `predicted` is this state's own
    /// prediction for it.
    pub(super) fn smoothed(&self, predicted: &Self, next: Vector2<f64>) -> Vector2<f64> {
        let gain = (self.variance() / predicted.variance()).min(1.0);
        self.log_size() + (next - predicted.log_size()) * gain
    }
}
