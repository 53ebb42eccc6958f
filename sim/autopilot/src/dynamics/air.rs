//! The air as a vehicle meets it: the mean wind of the weather plus gusts of its own.

use nalgebra::Vector3;
use rand_chacha::ChaCha8Rng;

use super::super::config::Weather;
use crate::random::{self, OrnsteinUhlenbeck};

/// Correlation time of low-altitude gusts: a 30 m length scale passed at 10 m/s (MIL-F-8785C, light turbulence, low).
const GUST_CORRELATION_S: f64 = 3.0;
/// Vertical gusts are about half as strong as horizontal ones near the ground.
const VERTICAL_SHARE: f64 = 0.5;

#[derive(Debug, Clone)]
pub(crate) struct Air {
    rng: ChaCha8Rng,
    /// Unit processes, scaled by the weather when they are used, so that weather may change at any time.
    gusts: [OrnsteinUhlenbeck; 3],
}

impl Air {
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let mut rng = random::stream(seed, name);
        let gusts = [(); 3].map(|()| OrnsteinUhlenbeck::new(&mut rng, 1.0, GUST_CORRELATION_S));
        Self { rng, gusts }
    }

    /// The velocity of the air for the next step, east-north-up.
    pub(crate) fn step(&mut self, weather: &Weather, seconds: f64) -> Vector3<f64> {
        let [east, north, up] = &mut self.gusts;
        let unit = Vector3::new(
            east.step(&mut self.rng, seconds),
            north.step(&mut self.rng, seconds),
            VERTICAL_SHARE * up.step(&mut self.rng, seconds),
        );
        weather.wind.vector() + unit * weather.gust_sigma_m_s
    }
}
