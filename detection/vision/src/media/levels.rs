//! Sixteen bits to eight: what an infrared camera measures, as brightness that a person and a network can see.
//!
//! A scene takes a few hundred of an infrared camera's 65,536 levels, and the sun or a chimney takes it elsewhere. The
//! levels between two percentiles are spread over 0 to 255; the two ends follow the scene slowly, so that brightness does
//! not pump when something hot comes into the picture.

/// Shares of the pixels below and above the range shown.
const BELOW: f64 = 0.005;
const ABOVE: f64 = 0.002;
/// The fewest levels shown: below, the sensor's noise would be made into a picture.
const SPAN_MIN: f64 = 64.0;
/// The share of the way that the range goes towards the scene's with each frame.
const PACE: f64 = 0.1;

/// The range shown.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    /// Lowest and highest level; nothing before the first frame.
    range: Option<[f64; 2]>,
}

impl Levels {
    /// Eight bits of rows of sixteen, `stride` values apart, without padding. Rows that are not there are not in the answer.
    pub fn spread(&mut self, pixels: &[u16], width: usize, height: usize, stride: usize) -> Vec<u8> {
        let rows = || pixels.chunks(stride.max(1)).take(height).filter_map(|row| row.get(..width));
        let mut histogram = vec![0u32; 1 << 16];
        let mut count = 0u32;
        // Every fourth pixel of every other row is enough to know a percentile.
        for level in rows().step_by(2).flat_map(|row| row.iter().step_by(4)) {
            histogram[usize::from(*level)] += 1;
            count += 1;
        }
        let [low, high] = self.follow(percentile(&histogram, count, BELOW), percentile(&histogram, count, 1.0 - ABOVE));
        let scale = 255.0 / (high - low);
        let eight = |level: &u16| ((f64::from(*level) - low) * scale + 0.5).clamp(0.0, 255.0) as u8;
        rows().flatten().map(eight).collect()
    }

    fn follow(&mut self, low: f64, high: f64) -> [f64; 2] {
        let middle = (low + high) / 2.0;
        let half = ((high - low) / 2.0).max(SPAN_MIN / 2.0);
        let wished = [middle - half, middle + half];
        let range = self.range.map_or(wished, |[a, b]| [a + PACE * (wished[0] - a), b + PACE * (wished[1] - b)]);
        self.range = Some(range);
        range
    }
}

/// The level below which a share of the pixels lies.
fn percentile(histogram: &[u32], count: u32, share: f64) -> f64 {
    let wanted = share * f64::from(count);
    let mut below = 0.0;
    for (level, &pixels) in histogram.iter().enumerate() {
        below += f64::from(pixels);
        if below >= wanted && pixels > 0 {
            return level as f64;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_scene_of_few_levels_fills_the_range() {
        let ramp: Vec<u16> = (0..64 * 64).map(|i| 20_000 + (i % 64) * 16).collect();
        let shown = Levels::default().spread(&ramp, 64, 64, 64);
        assert_eq!((shown[0], shown[60]), (0, 255));
        assert!(shown[..61].windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn noise_is_not_made_into_a_picture() {
        let noise: Vec<u16> = (0..4096).map(|i| 8_000 + i % 4).collect();
        let shown = Levels::default().spread(&noise, 64, 64, 64);
        assert!(shown.iter().all(|level| level.abs_diff(128) < 12), "{:?}", &shown[..4]);
    }

    #[test]
    fn something_hot_does_not_take_the_range_at_once() {
        let mut levels = Levels::default();
        let calm: Vec<u16> = (0..4096).map(|i| 8_000 + i % 256).collect();
        let before = levels.spread(&calm, 64, 64, 64)[200];
        let mut hot = calm.clone();
        hot[..1024].fill(30_000);
        let after = levels.spread(&hot, 64, 64, 64)[1200];
        assert_eq!(hot[1200], calm[200 - 24]);
        assert!(after > before / 16, "{before} became {after}");
    }

    proptest! {
        #[test]
        fn any_rows_give_at_most_the_picture(pixels in prop::collection::vec(any::<u16>(), 0..300), width in 0usize..20,
            height in 0usize..20, stride in 0usize..30) {
            prop_assert!(Levels::default().spread(&pixels, width, height, stride).len() <= width * height);
        }
    }
}
