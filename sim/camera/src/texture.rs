//! Patterns that repeat without a seam: the slopes of waves and the thickness of clouds.
//!
//! A pattern is drawn once from the seed and sampled bilinearly wherever it is needed; what moves is where it is sampled.

use rand_chacha::ChaCha8Rng;

use crate::random::{normal, uniform};

/// Texels along each side; a power of two.
const SIDE: usize = 256;
/// Sinusoids that waves are made of.
const WAVES: usize = 96;
/// The waves of a tile are this many to a side, fewest and most.
const CREST_RANGE: [f64; 2] = [3.0, 48.0];

/// A square that repeats in both directions, of values that can be mixed.
#[derive(Debug)]
struct Tile<const N: usize> {
    /// A length that the compiler knows, so that a masked place needs no check.
    texels: Box<[[f32; N]; SIDE * SIDE]>,
}

impl<const N: usize> Tile<N> {
    fn new(texels: Vec<[f32; N]>) -> Self {
        Self { texels: texels.into_boxed_slice().try_into().expect("a tile is drawn with all its texels") }
    }

    /// The value at a place, tile sides from its corner.
    #[inline]
    fn at(&self, x: f32, y: f32) -> [f32; N] {
        let (column, right) = split(x * SIDE as f32);
        let (row, below) = split(y * SIDE as f32);
        let texel = |row: usize, column: usize| self.texels[(row % SIDE) * SIDE + column % SIDE];
        let (a, b) = (texel(row, column), texel(row, column + 1));
        let (c, d) = (texel(row + 1, column), texel(row + 1, column + 1));
        std::array::from_fn(|n| {
            let upper = a[n] + (b[n] - a[n]) * right;
            let lower = c[n] + (d[n] - c[n]) * right;
            upper + (lower - upper) * below
        })
    }
}

/// The whole number below, modulo the side, and what is left.
#[inline]
fn split(x: f32) -> (usize, f32) {
    let whole = x as i32 - i32::from(x < 0.0);
    (whole as usize & (SIDE - 1), x - whole as f32)
}

/// The slopes of waves that run mostly along the first axis; the mean square of the slope is one.
#[derive(Debug)]
pub(crate) struct Ripples {
    tile: Tile<2>,
}

/// The wavelength of the waves that carry most of the slope, as a share of the tile.
pub(crate) const RIPPLE_WAVELENGTH: f32 = 1.0 / 12.0;

impl Ripples {
    pub(crate) fn new(rng: &mut ChaCha8Rng) -> Self {
        let mut texels = vec![[0.0_f32; 2]; SIDE * SIDE];
        let mut power = 0.0;
        for _ in 0..WAVES {
            let [fewest, most] = CREST_RANGE;
            let crests = fewest * (most / fewest).powf(uniform(rng));
            let aside = 0.55 * normal(rng);
            let [along, across] = [crests * aside.cos(), crests * aside.sin()].map(f64::round);
            let count = along.hypot(across).max(1.0);
            // Equal slope in every octave but the finest, as in the equilibrium range of wind waves.
            let slope = normal(rng) / (1.0 + (count / 24.0).powi(2));
            power += slope * slope / 2.0;
            let turn = |waves: f64| waves * std::f64::consts::TAU / SIDE as f64;
            let phase = uniform(rng) * std::f64::consts::TAU;
            let columns: Vec<(f64, f64)> = (0..SIDE).map(|x| (turn(along) * x as f64 + phase).sin_cos()).collect();
            let [toward_x, toward_y] = [along / count * slope, across / count * slope];
            for (y, row) in texels.chunks_exact_mut(SIDE).enumerate() {
                let (sin_y, cos_y) = (turn(across) * y as f64).sin_cos();
                for (texel, (sin_x, cos_x)) in row.iter_mut().zip(&columns) {
                    let height = cos_x * cos_y - sin_x * sin_y;
                    texel[0] += (toward_x * height) as f32;
                    texel[1] += (toward_y * height) as f32;
                }
            }
        }
        let scale = (1.0 / power.sqrt()) as f32;
        texels.iter_mut().for_each(|texel| *texel = texel.map(|slope| slope * scale));
        Self { tile: Tile::new(texels) }
    }

    /// The slope along both axes at a place, tile sides.
    #[inline]
    pub(crate) fn slope(&self, x: f32, y: f32) -> [f32; 2] {
        self.tile.at(x, y)
    }
}

/// The thickness of clouds, of zero mean and unit deviation.
#[derive(Debug)]
pub(crate) struct Clouds {
    tile: Tile<1>,
}

impl Clouds {
    pub(crate) fn new(rng: &mut ChaCha8Rng) -> Self {
        let mut total = vec![[0.0_f32]; SIDE * SIDE];
        let mut gain = 1.0_f32;
        let mut cells = 4;
        while cells <= SIDE {
            let lattice: Vec<f32> = (0..cells * cells).map(|_| normal(rng) as f32).collect();
            let step = cells as f32 / SIDE as f32;
            for (index, texel) in total.iter_mut().enumerate() {
                let place = [(index % SIDE) as f32 * step, (index / SIDE) as f32 * step];
                texel[0] += gain * lattice_at(&lattice, cells, place);
            }
            gain *= 0.56;
            cells *= 2;
        }
        let count = total.len() as f32;
        let mean = total.iter().map(|texel| texel[0]).sum::<f32>() / count;
        let variance = total.iter().map(|texel| (texel[0] - mean).powi(2)).sum::<f32>() / count;
        let scale = 1.0 / variance.sqrt();
        total.iter_mut().for_each(|texel| texel[0] = (texel[0] - mean) * scale);
        Self { tile: Tile::new(total) }
    }

    /// The thickness at a place, tile sides.
    #[inline]
    pub(crate) fn thickness(&self, x: f32, y: f32) -> f32 {
        self.tile.at(x, y)[0]
    }
}

/// A lattice that repeats, mixed smoothly between its points.
fn lattice_at(lattice: &[f32], cells: usize, [x, y]: [f32; 2]) -> f32 {
    let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
    let (column, row) = (x as usize, y as usize);
    let (right, below) = (smooth(x - column as f32), smooth(y - row as f32));
    let value = |row: usize, column: usize| lattice[(row % cells) * cells + column % cells];
    let upper = value(row, column) * (1.0 - right) + value(row, column + 1) * right;
    let lower = value(row + 1, column) * (1.0 - right) + value(row + 1, column + 1) * right;
    upper * (1.0 - below) + lower * below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};

    #[test]
    fn waves_repeat_without_a_seam_and_have_unit_slope() {
        let ripples = Ripples::new(&mut stream(3, Purpose::Waves));
        let mut power = 0.0;
        for n in 0..4000_u16 {
            let (x, y) = (f32::from(n) * 0.37, f32::from(n) * -0.61);
            let [a, b] = ripples.slope(x, y);
            let [c, d] = ripples.slope(x + 3.0, y - 2.0);
            assert!((a - c).abs() + (b - d).abs() < 0.05, "{x} {y}");
            power += (a * a + b * b) / 4000.0;
        }
        assert!((power - 1.0).abs() < 0.15, "{power}");
    }

    #[test]
    fn clouds_depend_on_the_seed_and_on_nothing_else() {
        let at = |seed| Clouds::new(&mut stream(seed, Purpose::Clouds)).thickness(0.3, 7.9).to_bits();
        assert_eq!(at(5), at(5));
        assert_ne!(at(5), at(6));
    }
}
