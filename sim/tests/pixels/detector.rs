//! A stand-in for the detector's network: what is small and stands off from its surroundings.

use nalgebra::Vector2;
use vision::frame::GrayFrame;
use vision::image_tracker::BoxDetection;

/// Half the side of the surroundings, pixels.
const AROUND: usize = 12;
/// A pixel stands off by so many deviations of its surroundings, and so many counts.
const DEVIATIONS: f64 = 3.5;
const COUNTS: f64 = 9.0;
/// Small: its longest side, pixels.
const LONGEST: usize = 48;

/// Sums of counts and of their squares over rectangles.
struct Sums {
    width: usize,
    sums: Vec<[u32; 2]>,
}

impl Sums {
    fn of(frame: &GrayFrame) -> Self {
        let width = frame.width() + 1;
        let mut sums = vec![[0; 2]; width * (frame.height() + 1)];
        for y in 0..frame.height() {
            let mut row = [0_u32; 2];
            for (x, count) in frame.row(y).iter().enumerate() {
                let count = u32::from(*count);
                row = [row[0] + count, row[1].wrapping_add(count * count)];
                let above = sums[y * width + x + 1];
                sums[(y + 1) * width + x + 1] = [above[0] + row[0], above[1].wrapping_add(row[1])];
            }
        }
        Self { width, sums }
    }

    /// Mean and deviation from `low` to below `high`. Sums may wrap; their differences do not.
    fn around(&self, low: [usize; 2], high: [usize; 2]) -> (f64, f64) {
        let part = |n: usize| {
            let corner = |x: usize, y: usize| self.sums[y * self.width + x][n];
            let sum = corner(high[0], high[1]).wrapping_add(corner(low[0], low[1]));
            f64::from(sum.wrapping_sub(corner(low[0], high[1])).wrapping_sub(corner(high[0], low[1])))
        };
        let pixels = ((high[0] - low[0]) * (high[1] - low[1])) as f64;
        let mean = part(0) / pixels;
        (mean, (part(1) / pixels - mean * mean).max(0.0).sqrt())
    }
}

/// Boxes around what stands off, all of class 0.
pub(crate) fn detect(frame: &GrayFrame) -> Vec<BoxDetection> {
    let (width, height) = (frame.width(), frame.height());
    let sums = Sums::of(frame);
    let mut off = vec![0.0_f32; width * height];
    for y in 0..height {
        for (x, count) in frame.row(y).iter().enumerate() {
            let low = [x.saturating_sub(AROUND), y.saturating_sub(AROUND)];
            let high = [(x + AROUND + 1).min(width), (y + AROUND + 1).min(height)];
            let (mean, deviation) = sums.around(low, high);
            let by = (f64::from(*count) - mean).abs();
            if by > COUNTS && by > DEVIATIONS * deviation {
                off[y * width + x] = by as f32;
            }
        }
    }
    let mut boxes = Vec::new();
    for start in 0..off.len() {
        if off[start] > 0.0 {
            boxes.extend(grown(&mut off, width, start));
        }
    }
    boxes
}

/// Takes the pixels that hang together with one, and draws a box about their centroid; nothing where they are one pixel or
/// many.
fn grown(off: &mut [f32], width: usize, start: usize) -> Option<BoxDetection> {
    let mut edge = vec![start];
    let (mut sum, mut moment, mut peak) = (f64::from(off[start]), Vector2::zeros(), off[start]);
    let (mut low, mut high, mut count) = ([usize::MAX; 2], [0; 2], 0);
    moment += Vector2::new((start % width) as f64, (start / width) as f64) * sum;
    off[start] = 0.0;
    while let Some(pixel) = edge.pop() {
        let place = [pixel % width, pixel / width];
        low = [low[0].min(place[0]), low[1].min(place[1])];
        high = [high[0].max(place[0]), high[1].max(place[1])];
        count += 1;
        for (dx, dy) in [(0, -1), (-1, 0), (1, 0), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)] {
            let (Some(x), Some(y)) = (place[0].checked_add_signed(dx), place[1].checked_add_signed(dy)) else {
                continue;
            };
            let next = y * width + x;
            if x < width && next < off.len() && off[next] > 0.0 {
                let by = f64::from(off[next]);
                (sum, moment, peak) = (sum + by, moment + Vector2::new(x as f64, y as f64) * by, peak.max(off[next]));
                off[next] = 0.0;
                edge.push(next);
            }
        }
    }
    let size = [high[0] - low[0] + 1, high[1] - low[1] + 1];
    let small = count > 1 && size.iter().all(|side| *side <= LONGEST);
    small.then(|| BoxDetection {
        centre: moment / sum,
        size: Vector2::new(size[0] as f64, size[1] as f64),
        confidence: (f64::from(peak) / 60.0).clamp(0.1, 0.95),
        class: 0,
    })
}
