//! Seeded randomness: one independent stream for every named thing of a scenario.
//!
//! A stream is a function of the run's seed and a name ("radar-1", "gust/smuggler") and of nothing else, so that adding
//! a sensor changes no other sensor's noise, and a run repeats byte for byte. The generator is `ChaCha8`, whose streams
//! never overlap; the distributions are those of `rand_distr`.
//!
//! Nothing here reads entropy from the machine. It is for simulation, never for keys.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use rand_distr::{Distribution, Exp1, Poisson, StandardNormal, StandardUniform};

/// The stream of one named thing.
#[must_use]
pub fn stream(seed: u64, name: &str) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(fnv_1a(name));
    rng
}

/// FNV-1a, 64 bits: the standard library's hasher promises no stable value across releases, and a seed must.
fn fnv_1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A standard normal draw.
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// A draw from the uniform distribution over a half-open range.
pub fn uniform(rng: &mut ChaCha8Rng, range: Range<f64>) -> f64 {
    let unit: f64 = StandardUniform.sample(rng);
    range.start + unit * (range.end - range.start)
}

/// A draw from the exponential distribution with the given mean.
pub fn exponential(rng: &mut ChaCha8Rng, mean: f64) -> f64 {
    let unit: f64 = Exp1.sample(rng);
    mean * unit
}

/// Whether something of this probability happens. Draws once whatever the probability, so that a stream keeps its step.
pub fn happens(rng: &mut ChaCha8Rng, probability: f64) -> bool {
    uniform(rng, 0.0..1.0) < probability
}

/// How many events happen where `mean` are expected; none for a mean that is not above zero.
pub fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> usize {
    Poisson::new(mean).map_or(0, |events| events.sample(rng) as usize)
}

/// A stationary Ornstein-Uhlenbeck process: noise with a memory, such as gusts or the slow error of a satellite
/// position. Discretised exactly, so its statistics do not depend on the step.
#[derive(Debug, Clone, Copy)]
pub struct OrnsteinUhlenbeck {
    sigma: f64,
    correlation_s: f64,
    value: f64,
}

impl OrnsteinUhlenbeck {
    /// Starts in the stationary distribution of standard deviation `sigma`, with a correlation time in seconds.
    pub fn new(rng: &mut ChaCha8Rng, sigma: f64, correlation_s: f64) -> Self {
        Self { sigma, correlation_s, value: sigma * normal(rng) }
    }

    /// The value now.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Moves on by `step_s` seconds and returns the new value.
    pub fn step(&mut self, rng: &mut ChaCha8Rng, step_s: f64) -> f64 {
        self.step_correlated(rng, step_s, self.correlation_s)
    }

    /// Moves on by `step_s` seconds with a correlation time of this step's own, and returns the new value.
    pub fn step_correlated(&mut self, rng: &mut ChaCha8Rng, step_s: f64, correlation_s: f64) -> f64 {
        let kept = (-step_s / correlation_s).exp();
        self.value = self.value * kept + self.sigma * (1.0 - kept * kept).sqrt() * normal(rng);
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 20_000;

    fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        (mean, variance.sqrt())
    }

    #[test]
    fn a_stream_is_a_function_of_seed_and_name() {
        let draws = |seed, name| {
            let mut rng = stream(seed, name);
            [(); 4].map(|()| normal(&mut rng).to_bits())
        };
        assert_eq!(draws(1, "radar-1"), draws(1, "radar-1"));
        assert_ne!(draws(1, "radar-1"), draws(2, "radar-1"));
        assert_ne!(draws(1, "radar-1"), draws(1, "radar-2"));
    }

    #[test]
    fn the_first_draws_of_a_stream_never_change() {
        // Pinned: a recording names its seed, and that seed must mean the same next year.
        let mut rng = stream(7, "radar-1");
        assert_eq!(uniform(&mut rng, 0.0..1.0).to_bits(), 0x3fef_1717_8c98_dab9);
        assert_eq!(normal(&mut rng).to_bits(), 0x3fcc01555000bfa1);
        assert_eq!([(); 4].map(|()| poisson(&mut rng, 4.0)), [3, 3, 1, 2]);
    }

    #[test]
    fn streams_of_different_names_are_uncorrelated() {
        let (mut a, mut b) = (stream(1, "a"), stream(1, "b"));
        let products: Vec<f64> = (0..DRAWS).map(|_| normal(&mut a) * normal(&mut b)).collect();
        assert!(mean_and_deviation(&products).0.abs() < 0.03);
    }

    #[test]
    fn the_distributions_have_their_moments() {
        let mut rng = stream(3, "moments");
        let normals: Vec<f64> = (0..DRAWS).map(|_| normal(&mut rng)).collect();
        let (mean, deviation) = mean_and_deviation(&normals);
        assert!(mean.abs() < 0.03 && (deviation - 1.0).abs() < 0.02, "{mean} {deviation}");

        let counts: Vec<f64> = (0..DRAWS).map(|_| poisson(&mut rng, 4.0) as f64).collect();
        let (mean, deviation) = mean_and_deviation(&counts);
        assert!((mean - 4.0).abs() < 0.06 && (deviation - 2.0).abs() < 0.05, "{mean} {deviation}");

        let waits: Vec<f64> = (0..DRAWS).map(|_| exponential(&mut rng, 5.0)).collect();
        assert!((mean_and_deviation(&waits).0 - 5.0).abs() < 0.15);
        assert_eq!([0.0, -1.0, f64::NAN].map(|mean| poisson(&mut rng, mean)), [0, 0, 0]);
    }

    #[test]
    fn gusts_have_the_same_statistics_at_any_step() {
        for (step_s, lag) in [(0.1, 20_usize), (0.5, 4)] {
            let mut rng = stream(5, "gust");
            let mut gust = OrnsteinUhlenbeck::new(&mut rng, 0.4, 2.0);
            let values: Vec<f64> = (0..100_000).map(|_| gust.step(&mut rng, step_s)).collect();
            let (_, deviation) = mean_and_deviation(&values);
            let lagged: Vec<f64> = values.iter().zip(&values[lag..]).map(|(a, b)| a * b).collect();
            let correlation = mean_and_deviation(&lagged).0 / deviation.powi(2);
            assert!((deviation - 0.4).abs() < 0.02, "step {step_s}: {deviation}");
            // After one correlation time, 1/e of the value is left.
            assert!((correlation - 1.0 / std::f64::consts::E).abs() < 0.05, "step {step_s}: {correlation}");
        }
    }
}
