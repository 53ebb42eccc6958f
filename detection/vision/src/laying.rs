//! One frame laid onto another's pixels: what stands still in the world then stands still in the picture.
//!
//! Pixels are taken between four neighbours, in fixed point. A row of the newer frame is a straight line through the older
//! one; as long as it stays between two of its rows, and the column grows by one a pixel, the neighbours are four slices of
//! bytes, and the arithmetic over them becomes vector instructions. Camera motion is nearly a shift, so such runs are long.

use nalgebra::{Matrix2x3, Matrix3};

use crate::frame::GrayFrame;

/// Fractional bits of the coordinates with which a frame is sampled.
const FRACTION: u32 = 16;
const ONE: f64 = (1u32 << FRACTION) as f64;

/// Finding the end of a run costs as much as so many pixels: where runs are shorter, pixels are laid one by one.
const RUN_WORTH: i64 = 12;

/// An older frame laid whole onto a newer one, whose own pixels stay where the older does not reach. `newer_from_older`:
/// where a thing at a place of the older frame is in the newer one. Nothing where they differ in size, or that is no motion.
pub(crate) fn laid(older: &GrayFrame, newer: &GrayFrame, newer_from_older: &Matrix2x3<f64>) -> Option<GrayFrame> {
    let (width, height) = (newer.width(), newer.height());
    if (width, height) != (older.width(), older.height()) {
        return None;
    }
    let mut motion = Matrix3::identity();
    motion.fixed_view_mut::<2, 3>(0, 0).copy_from(newer_from_older);
    let older_from_newer = motion.try_inverse().filter(|motion| motion.iter().all(|number| number.is_finite()))?;
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        pixels.extend_from_slice(newer.row(y));
        lay_row(older, &older_from_newer, y, &mut pixels[y * width..]);
    }
    GrayFrame::new(width, height, width, pixels, older.captured_at_ns()).ok()
}

/// Overwrites row `y` of a newer frame with an older one's pixels, sampled between four, where the older reaches.
/// `older_from_newer`: where a thing at a place of the newer frame is in the older one, pixels.
pub(crate) fn lay_row(frame: &GrayFrame, older_from_newer: &Matrix3<f64>, y: usize, row: &mut [u8]) {
    if *older_from_newer == Matrix3::identity() {
        return row.copy_from_slice(frame.row(y));
    }
    let (dx, dy) = (older_from_newer[(0, 0)], older_from_newer[(1, 0)]);
    let x0 = older_from_newer[(0, 1)] * y as f64 + older_from_newer[(0, 2)];
    let y0 = older_from_newer[(1, 1)] * y as f64 + older_from_newer[(1, 2)];
    let (width, height) = (frame.width() as f64, frame.height() as f64);
    // Where the sampled point has four neighbours: the last row and column are left to the newest frame.
    let across = reach(x0, dx, width - 1.0, row.len());
    let down = reach(y0, dy, height - 1.0, row.len());
    let (first, end) = (across.0.max(down.0), across.1.min(down.1));
    if first >= end {
        return;
    }
    let fixed = |value: f64| (value * ONE).round() as i64;
    let mut at = [fixed(x0 + dx * first as f64), fixed(y0 + dy * first as f64)];
    let step = [fixed(dx), fixed(dy)];
    let (pixels, stride) = (&frame.pixels()[..], frame.stride());
    let mut rest = &mut row[first..end];
    let drift = [step[0] - ONE as i64, step[1]];
    let runs_are_long = drift.iter().all(|drift| drift.abs() < ONE as i64 / RUN_WORTH);
    while !rest.is_empty() {
        // As long as the column grows by one a pixel and the line stays, four rows of bytes lie side by side.
        let whole = at.map(|value| (value.max(0) >> FRACTION) as usize);
        let part = at.map(|value| (value.max(0) & (ONE as i64 - 1)) as i32);
        let length = if runs_are_long { run(part[0], drift[0]).min(run(part[1], drift[1])) } else { 1 };
        let length = length.min(rest.len());
        let (laid, left) = rest.split_at_mut(length);
        let corner = whole[1] * stride + whole[0];
        let line = |from: usize| pixels.get(from..=from + length);
        if let (Some(upper), Some(lower)) = (line(corner), line(corner + stride)) {
            between(laid, upper, lower, part, drift.map(|value| value as i32));
        }
        at = [at[0] + step[0] * length as i64, at[1] + step[1] * length as i64];
        rest = left;
    }
}

/// For how many steps of `drift`, at least one, a fraction stays one.
fn run(part: i32, drift: i64) -> usize {
    let steps = match drift {
        0 => i64::MAX,
        1.. => (ONE as i64 - i64::from(part) + drift - 1) / drift,
        _ => i64::from(part) / -drift + 1,
    };
    usize::try_from(steps.max(1)).unwrap_or(usize::MAX)
}

/// Pixels between two lines, both one longer than `laid`: the fractions of the first, right and down, and how they grow
/// from pixel to pixel. Plain arithmetic over slices of one length, so that it becomes vector instructions.
fn between(laid: &mut [u8], upper: &[u8], lower: &[u8], part: [i32; 2], drift: [i32; 2]) {
    let count = laid.len();
    let above = upper[..count].iter().zip(&upper[1..=count]);
    let below = lower[..count].iter().zip(&lower[1..=count]);
    let pixels = laid.iter_mut().zip(above.zip(below));
    if drift == [0, 0] {
        let [right, down] = part.map(|part| (part >> 8) as u16);
        for (pixel, ((a, b), (c, d))) in pixels {
            *pixel = mixed([*a, *b, *c, *d], right, down);
        }
        return;
    }
    let (mut x, mut y) = (part[0], part[1]);
    for (pixel, ((a, b), (c, d))) in pixels {
        *pixel = mixed([*a, *b, *c, *d], (x >> 8) as u16 & 0xff, (y >> 8) as u16 & 0xff);
        x = x.wrapping_add(drift[0]);
        y = y.wrapping_add(drift[1]);
    }
}

/// Four neighbours by their shares, in 256ths from the left and from above.
#[inline(always)]
fn mixed([a, b, c, d]: [u8; 4], right: u16, down: u16) -> u8 {
    // At most 255 · 256 and 255 · 256 · 256: sixteen and thirty-two bits are enough. Checks for an overflow that cannot be
    // would keep the loop from becoming vector instructions in the development profile.
    let between = |a: u8, b: u8| {
        u16::from(a).wrapping_mul(256u16.wrapping_sub(right)).wrapping_add(u16::from(b).wrapping_mul(right))
    };
    let (upper, lower) = (u32::from(between(a, b)), u32::from(between(c, d)));
    let sum =
        upper.wrapping_mul(256u32.wrapping_sub(u32::from(down))).wrapping_add(lower.wrapping_mul(u32::from(down)));
    (sum.wrapping_add(1 << 15) >> 16) as u8
}

/// The whole numbers `n` in 0 to `count` for which `start + n · step` lies in 0 to just below `limit`, as first and end;
/// a hundredth of a pixel is kept clear on both sides, for the steps are rounded.
fn reach(start: f64, step: f64, limit: f64, count: usize) -> (usize, usize) {
    let (low, high) = (0.0, limit - 0.02);
    if step.abs() < 1e-9 {
        return if (low..high).contains(&start) { (0, count) } else { (0, 0) };
    }
    let (a, b) = ((low - start) / step, (high - start) / step);
    let (first, last) = (a.min(b).ceil().max(0.0), a.max(b).floor().min(count as f64 - 1.0));
    if first > last { (0, 0) } else { (first as usize, last as usize + 1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picture(width: usize, height: usize, pixel: impl Fn(usize, usize) -> u8) -> GrayFrame {
        let pixels: Vec<u8> = (0..width * height).map(|i| pixel(i % width, i / width)).collect();
        GrayFrame::new(width, height, width, pixels, 0).unwrap()
    }

    #[test]
    fn what_was_moved_by_the_camera_lies_where_it_is_now() {
        let older = picture(40, 20, |x, y| (x * 5 + y) as u8);
        let newer = picture(40, 20, |x, y| ((x + 3) * 5 + y) as u8);
        let motion = Matrix2x3::new(1.0, 0.0, -3.0, 0.0, 1.0, 0.0);
        let found = laid(&older, &newer, &motion).unwrap();
        assert!((0..20).all(|y| found.row(y) == newer.row(y)), "also where the older did not reach");
        assert!(laid(&older, &newer, &Matrix2x3::zeros()).is_none());
        assert!(laid(&picture(8, 8, |_, _| 0), &newer, &motion).is_none());
    }

    /// A frame laid pixel by pixel, as slowly as it can be said.
    fn laid_slowly(frame: &GrayFrame, older_from_newer: &Matrix3<f64>, y: usize, row: &mut [u8]) {
        let fixed = |value: f64| (value * ONE).round() as i64;
        let (dx, dy) = (older_from_newer[(0, 0)], older_from_newer[(1, 0)]);
        let x0 = older_from_newer[(0, 1)] * y as f64 + older_from_newer[(0, 2)];
        let y0 = older_from_newer[(1, 1)] * y as f64 + older_from_newer[(1, 2)];
        let (width, height) = (frame.width() as f64 - 1.0, frame.height() as f64 - 1.0);
        let (across, down) = (reach(x0, dx, width, row.len()), reach(y0, dy, height, row.len()));
        let (first, end) = (across.0.max(down.0), across.1.min(down.1));
        for (n, place) in (first..end).enumerate() {
            let at_x = fixed(x0 + dx * first as f64) + n as i64 * fixed(dx);
            let at_y = fixed(y0 + dy * first as f64) + n as i64 * fixed(dy);
            let (column, line) = ((at_x.max(0) >> FRACTION) as usize, (at_y.max(0) >> FRACTION) as usize);
            let (fx, fy) = (((at_x.max(0) >> 8) & 0xff) as u32, ((at_y.max(0) >> 8) & 0xff) as u32);
            let pixel = |right: usize, down: usize| u32::from(frame.row(line + down)[column + right]);
            let upper = pixel(0, 0) * (256 - fx) + pixel(1, 0) * fx;
            let lower = pixel(0, 1) * (256 - fx) + pixel(1, 1) * fx;
            row[place] = ((upper * (256 - fy) + lower * fy + (1 << 15)) >> 16) as u8;
        }
    }

    proptest! {
        #[test]
        fn runs_of_pixels_give_what_pixel_by_pixel_gives(
            turn in -0.4..0.4f64, zoom in 0.6..1.6f64, shift in prop::array::uniform2(-12.0..12.0f64), kind in 0..3u8,
        ) {
            let (turn, zoom) = match kind {
                0 => (0.0, 1.0),
                1 => (turn / 100.0, 1.0 + (zoom - 1.0) / 100.0),
                _ => (turn, zoom),
            };
            let (sin, cos) = (zoom * turn.sin(), zoom * turn.cos());
            let motion = Matrix3::new(cos, -sin, shift[0], sin, cos, shift[1], 0.0, 0.0, 1.0);
            let frame = picture(61, 23, |x, y| (x * 37 + y * 101) as u8 ^ (x * y) as u8);
            for y in 0..23 {
                let (mut fast, mut slow) = ([7; 61], [7; 61]);
                lay_row(&frame, &motion, y, &mut fast);
                laid_slowly(&frame, &motion, y, &mut slow);
                prop_assert_eq!(fast, slow, "row {}", y);
            }
        }
    }
}
