//! The air as a vehicle meets it: the mean wind of the weather plus gusts of its own.
//!
//! Gusts are those of Dryden near the ground (MIL-F-8785C, 3.7.2.1 and 3.7.3.4): how long they are and how much weaker
//! upwards depends on the height; how quickly they come, on the speed at which the vehicle and the air pass each other.
//! Along each axis the spectrum is that of Dryden's longitudinal one, of first order; the standard's second order
//! across and upwards differs in the fastest part only, which no vehicle here follows.

use nalgebra::Vector3;
use rand_chacha::ChaCha8Rng;

use super::super::config::Weather;
use crate::random::{self, OrnsteinUhlenbeck};

const FOOT_M: f64 = 0.3048;
/// The heights, in feet, between which the standard's formulas for low altitude hold.
const LOWEST_FT: f64 = 10.0;
const HIGHEST_FT: f64 = 1_000.0;
/// Air and vehicle never pass each other more slowly than this, m/s: even still air is not frozen.
const PASSING_MIN_M_S: f64 = 1.0;

#[derive(Debug, Clone)]
pub(crate) struct Air {
    rng: ChaCha8Rng,
    /// Unit processes, scaled by the weather when they are used, so that weather may change at any time.
    gusts: [OrnsteinUhlenbeck; 3],
}

/// The gusts at a height, for a vehicle that passes through the air at a speed.
#[derive(Debug, Clone, Copy)]
struct Scale {
    level_s: f64,
    upright_s: f64,
    /// Upward gusts over level ones.
    upright_share: f64,
}

impl Scale {
    fn at(height_m: f64, passing_m_s: f64) -> Self {
        let height_ft = (height_m / FOOT_M).clamp(LOWEST_FT, HIGHEST_FT);
        let roughness = 0.177 + 0.000_823 * height_ft;
        let speed_ft_s = passing_m_s.max(PASSING_MIN_M_S) / FOOT_M;
        // x^1.2 and x^0.4 by way of x^0.4, which saves a power a step.
        let upright_share = roughness.powf(0.4);
        let level_ft = height_ft / upright_share.powi(3);
        Self { level_s: level_ft / speed_ft_s, upright_s: height_ft / speed_ft_s, upright_share }
    }
}

impl Air {
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let mut rng = random::stream(seed, name);
        let gusts = [(); 3].map(|()| OrnsteinUhlenbeck::new(&mut rng, 1.0, 1.0));
        Self { rng, gusts }
    }

    /// The velocity of the air for the next step, east-north-up, at a height above the ground, for a vehicle with this
    /// airspeed.
    pub(crate) fn step(&mut self, weather: &Weather, height_m: f64, airspeed_m_s: f64, seconds: f64) -> Vector3<f64> {
        let wind = weather.wind.vector();
        let scale = Scale::at(height_m, airspeed_m_s.max(wind.norm()));
        let [east, north, up] = &mut self.gusts;
        let unit = Vector3::new(
            east.step_correlated(&mut self.rng, seconds, scale.level_s),
            north.step_correlated(&mut self.rng, seconds, scale.level_s),
            scale.upright_share * up.step_correlated(&mut self.rng, seconds, scale.upright_s),
        );
        wind + unit * weather.gust_sigma_m_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gusts_are_as_long_and_as_strong_as_the_standard_says() {
        // MIL-F-8785C, figures 10 and 11, at 100 ft and at 1000 ft: 505 ft and 1000 ft long; upwards 0.58 and 1.
        for (height_ft, level_ft, share) in [(100.0, 505.3, 0.583), (1_000.0, 1_000.0, 1.0)] {
            let scale = Scale::at(height_ft * FOOT_M, 10.0 * FOOT_M);
            assert!((scale.level_s * 10.0 - level_ft).abs() < 1.0, "{scale:?}");
            assert!((scale.upright_s * 10.0 - height_ft).abs() < 1e-6 && (scale.upright_share - share).abs() < 1e-3);
        }
        let (slow, fast) = (Scale::at(30.0, 5.0), Scale::at(30.0, 20.0));
        assert!((slow.level_s / fast.level_s - 4.0).abs() < 1e-9);
        assert!(Scale::at(-5.0, 0.0).level_s.is_finite());
    }

    #[test]
    fn the_gusts_a_vehicle_meets_have_the_deviation_of_the_weather() {
        let mut air = Air::new(5, "gust");
        let weather = Weather { gust_sigma_m_s: 1.5, ..Weather::default() };
        let gusts: Vec<Vector3<f64>> = (0..200_000).map(|_| air.step(&weather, 30.0, 20.0, 0.05)).collect();
        let deviation = |axis: usize| (gusts.iter().map(|gust| gust[axis].powi(2)).sum::<f64>() / 2e5).sqrt();
        assert!((deviation(0) - 1.5).abs() < 0.15 && (deviation(1) - 1.5).abs() < 0.15, "{}", deviation(0));
        assert!((deviation(2) - 1.5 * 0.58).abs() < 0.1, "{}", deviation(2));
    }
}
