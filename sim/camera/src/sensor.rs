//! What the sensor makes of light and heat: vignetting, noise, and counts.

use rand_chacha::ChaCha8Rng;

use crate::lens::Lens;
use crate::random::{hash, normal};

/// Draws that the noise is cut from; each row begins somewhere else.
const DRAWS: usize = 1 << 16;

/// The sensor behind a lens.
#[derive(Debug)]
pub(crate) struct Sensor {
    width: usize,
    /// What is left of the light at each pixel.
    vignette: Vec<f32>,
    draws: Vec<f32>,
    seed: u64,
}

impl Sensor {
    /// `vignetting` is the share of cos⁴ fall-off that the lens has: 0 for none, 1 for that of a simple lens.
    pub(crate) fn new(lens: &Lens, rays: [&[f32]; 3], vignetting: f64, rng: &mut ChaCha8Rng, seed: u64) -> Self {
        let left = |cosine: &f32| (1.0 - vignetting * (1.0 - f64::from(*cosine).powi(4))) as f32;
        let vignette = rays[2].iter().map(left).collect();
        let width = lens.width();
        let draws = (0..DRAWS + width).map(|_| normal(rng) as f32).collect();
        Self { width, vignette, draws, seed }
    }

    /// The 8-bit picture of values that `gain` and `offset` bring to 0 for black and 1 for white. The noise, a standard
    /// deviation in counts, is that of this `instant` and of no other.
    pub(crate) fn grey(
        &self,
        values: &[f32],
        (gain, offset): (f32, f32),
        noise: f32,
        instant: u64,
        vignetted: bool,
    ) -> Vec<u8> {
        let mut counts = vec![0; values.len()];
        let instant = hash(self.seed, instant);
        let rows = counts.chunks_exact_mut(self.width).zip(values.chunks_exact(self.width));
        for (row, ((counts, values), left)) in rows.zip(self.vignette.chunks_exact(self.width)).enumerate() {
            let begin = hash(instant, row as u64) as usize % DRAWS;
            let draws = &self.draws[begin..begin + self.width];
            for (((count, value), left), draw) in counts.iter_mut().zip(values).zip(left).zip(draws) {
                // Infrared cameras even out their own fall-off.
                let left = if vignetted { *left } else { 1.0 };
                *count = ((value * gain + offset) * left * 255.0 + draw * noise + 0.5) as u8;
            }
        }
        counts
    }
}

/// Radiometric counts of apparent temperatures, °C: hundredths of a kelvin, as radiometric cameras give them.
pub(crate) fn centikelvin(values: &[f32]) -> Vec<u16> {
    values.iter().map(|celsius| ((celsius + 273.15) * 100.0 + 0.5) as u16).collect()
}
