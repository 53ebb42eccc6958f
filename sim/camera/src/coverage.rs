//! How much of each pixel a polygon covers, exactly.
//!
//! The signed area to the right of every edge is gathered per pixel and summed along each row, as font renderers do; the
//! sum is the covered share, for any simple polygon, convex or not. So a shape's centroid is exact to rounding however
//! small it is, and shapes that share an edge share its pixels without a seam.

use nalgebra::Vector2;

/// A rectangle of pixels: the left, top, right and bottom pixel, the last two excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Window {
    /// The pixels of a picture that points touch; nothing where they touch none.
    pub(crate) fn around<'p>(
        points: impl Iterator<Item = &'p Vector2<f64>>,
        width: usize,
        height: usize,
    ) -> Option<Self> {
        let (mut low, mut high) = (Vector2::repeat(f64::INFINITY), Vector2::repeat(f64::NEG_INFINITY));
        for point in points {
            low = low.inf(point);
            high = high.sup(point);
        }
        // The cast saturates, so what lies outside is cut off.
        let first = |x: f64| (x + 0.5).floor() as usize;
        let last = |x: f64, side: usize| ((x + 0.5).ceil() as usize).min(side);
        let window =
            Self { left: first(low.x), top: first(low.y), right: last(high.x, width), bottom: last(high.y, height) };
        (window.left < window.right && window.top < window.bottom).then_some(window)
    }

    pub(crate) fn width(&self) -> usize {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// What two windows share.
    pub(crate) fn shared(&self, other: &Self) -> Option<Self> {
        let shared = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (shared.left < shared.right && shared.top < shared.bottom).then_some(shared)
    }
}

/// The covered share of every pixel of a window.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    width: usize,
    /// One cell more a row than pixels: what lies beyond the right edge.
    cells: Vec<f32>,
    clipped: [Vec<Vector2<f64>>; 2],
}

impl Coverage {
    /// Empty, for a window.
    pub(crate) fn clear(&mut self, window: &Window) {
        self.width = window.width();
        self.cells.clear();
        self.cells.resize((self.width + 1) * window.height(), 0.0);
    }

    /// Adds a polygon, pixels, with a weight; which way round it goes does not matter.
    pub(crate) fn add(&mut self, window: &Window, polygon: &[Vector2<f64>], weight: f64) {
        let (right, bottom) = (self.width as f64, window.height() as f64);
        let origin = Vector2::new(window.left as f64 - 0.5, window.top as f64 - 0.5);
        let [mut points, mut spare] = std::mem::take(&mut self.clipped);
        points.clear();
        points.extend(polygon.iter().map(|point| point - origin));
        for (axis, bound, sign) in [(0, 0.0, 1.0), (0, right, -1.0), (1, 0.0, 1.0), (1, bottom, -1.0)] {
            clip(&points, &mut spare, |point| (point[axis] - bound) * sign);
            std::mem::swap(&mut points, &mut spare);
        }
        let pairs = || points.iter().zip(points.iter().cycle().skip(1));
        let doubled_area: f64 = pairs().map(|(a, b)| a.perp(b)).sum();
        let weight = weight * if doubled_area > 0.0 { 1.0 } else { -1.0 };
        for (from, to) in pairs() {
            self.edge(from, to, weight);
        }
        self.clipped = [points, spare];
    }

    /// Turns the gathered areas of one row into covered shares and gives them; once a row.
    pub(crate) fn row(&mut self, row: usize) -> &[f32] {
        let cells = &mut self.cells[row * (self.width + 1)..][..self.width + 1];
        let mut sum = 0.0;
        for cell in &mut *cells {
            sum += *cell;
            *cell = sum.clamp(0.0, 1.0);
        }
        &cells[..self.width]
    }

    /// One edge: in every row it crosses, the area to its right.
    fn edge(&mut self, from: &Vector2<f64>, to: &Vector2<f64>, weight: f64) {
        let (upper, lower, sign) = if from.y < to.y { (from, to, -weight) } else { (to, from, weight) };
        let height = lower.y - upper.y;
        if height <= 0.0 {
            return;
        }
        let slope = (lower.x - upper.x) / height;
        // A window may be empty, and what was clipped to its edge may lie a rounding beyond it.
        let rows = self.cells.len() / (self.width + 1);
        for row in upper.y as usize..(lower.y.ceil() as usize).min(rows) {
            let above = upper.y.max(row as f64);
            let below = lower.y.min(row as f64 + 1.0);
            if below <= above {
                continue;
            }
            let (x0, x1) = (upper.x + (above - upper.y) * slope, upper.x + (below - upper.y) * slope);
            self.slice(row, x0.min(x1), x0.max(x1), (below - above) * sign);
        }
    }

    /// The part of an edge in one row, from `left` to `right`, of a signed height.
    fn slice(&mut self, row: usize, left: f64, right: f64, height: f64) {
        let side = self.width as f64;
        let (left, right) = (left.clamp(0.0, side), right.clamp(0.0, side));
        let cells = &mut self.cells[row * (self.width + 1)..][..self.width + 1];
        let first = left as usize;
        if first == self.width {
            return;
        }
        if right <= first as f64 + 1.0 {
            // Within one pixel: the share to the right of the middle, the rest to the next.
            let share = height * (1.0 - (left + right) / 2.0 + first as f64);
            cells[first] += share as f32;
            cells[first + 1] += (height - share) as f32;
            return;
        }
        // Across several: integrate the height gathered so far over each pixel.
        let per_pixel = height / (right - left);
        for pixel in first..=(right as usize).min(self.width - 1) {
            let (begin, end) = (left.max(pixel as f64), right.min(pixel as f64 + 1.0));
            let inside = per_pixel * (end - begin).max(0.0);
            let share = inside * (1.0 - (begin + end) / 2.0 + pixel as f64);
            cells[pixel] += share as f32;
            cells[pixel + 1] += (inside - share) as f32;
        }
    }
}

/// The part of a polygon on the side where `depth` is not negative (Sutherland and Hodgman, 1974).
fn clip(points: &[Vector2<f64>], kept: &mut Vec<Vector2<f64>>, depth: impl Fn(&Vector2<f64>) -> f64) {
    kept.clear();
    for (from, to) in points.iter().zip(points.iter().cycle().skip(1)) {
        let (before, after) = (depth(from), depth(to));
        if before >= 0.0 {
            kept.push(*from);
        }
        if (before < 0.0) != (after < 0.0) {
            kept.push(from + (to - from) * (before / (before - after)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: Window = Window { left: 0, top: 0, right: 24, bottom: 20 };

    fn covered(polygon: &[Vector2<f64>], window: Window) -> Vec<Vec<f32>> {
        let mut coverage = Coverage::default();
        coverage.clear(&window);
        coverage.add(&window, polygon, 1.0);
        (0..window.height()).map(|row| coverage.row(row).to_vec()).collect()
    }

    /// Area and centroid of what is covered.
    fn moments(rows: &[Vec<f32>]) -> (f64, Vector2<f64>) {
        let (mut area, mut moment) = (0.0, Vector2::zeros());
        for (y, row) in rows.iter().enumerate() {
            for (x, share) in row.iter().enumerate() {
                area += f64::from(*share);
                moment += Vector2::new(x as f64, y as f64) * f64::from(*share);
            }
        }
        (area, moment / area)
    }

    proptest! {
        #[test]
        fn whatever_is_laid_over_whatever_window_covers_no_more_than_all_of_it(
            points in proptest::collection::vec((-9e3..9e3_f64, -9e3..9e3_f64), 3..9),
            (left, top) in (0..900_usize, 0..500_usize), (width, height) in (1..9_usize, 1..9_usize),
        ) {
            let window = Window { left, top, right: left + width, bottom: top + height };
            let polygon: Vec<_> = points.into_iter().map(|(x, y)| Vector2::new(x, y)).collect();
            for share in covered(&polygon, window).concat() {
                prop_assert!((0.0..=1.0).contains(&share));
            }
        }
    }

    #[test]
    fn a_pixel_is_covered_by_the_share_inside() {
        let square = [(2.25, 3.0), (4.5, 3.0), (4.5, 3.75), (2.25, 3.75)].map(|(x, y)| Vector2::new(x, y));
        let rows = covered(&square, WHOLE);
        // Pixel 2 reaches from 1.5 to 2.5, row 3 from 2.5 to 3.5.
        assert_eq!(rows[3][1..6], [0.0, 0.125, 0.5, 0.5, 0.0]);
        assert_eq!(rows[4][1..6], [0.0, 0.0625, 0.25, 0.25, 0.0]);
    }

    #[test]
    fn a_polygon_beyond_the_window_is_cut_at_its_edge() {
        let large = [(-50.0, -50.0), (10.0, -60.0), (60.0, 70.0), (-40.0, 55.0)].map(|(x, y)| Vector2::new(x, y));
        let part = Window { left: 3, top: 2, right: 9, bottom: 8 };
        let (whole, part_rows) = (covered(&large, WHOLE), covered(&large, part));
        for (y, row) in part_rows.iter().enumerate() {
            for (x, share) in row.iter().enumerate() {
                assert!((share - whole[y + 2][x + 3]).abs() < 1e-5);
            }
        }
    }

    proptest! {
        #[test]
        fn area_and_centroid_of_a_triangle_are_exact(points in prop::array::uniform3((0.0_f64..22.0, 0.0_f64..18.0))) {
            let points: [Vector2<f64>; 3] = points.map(|(x, y)| Vector2::new(x, y));
            let area = (points[1] - points[0]).perp(&(points[2] - points[0])).abs() / 2.0;
            prop_assume!(area > 0.5);
            let (covered_area, _) = moments(&covered(&points, WHOLE));
            prop_assert!((covered_area - area).abs() < 1e-3, "{covered_area} of {area}");
        }
    }

    #[test]
    fn the_centroid_of_a_small_square_moves_with_it() {
        for step in 0..40 {
            let at = Vector2::new(9.0 + f64::from(step) * 0.037, 8.0 + f64::from(step) * 0.021);
            let corners = [(-2.0, -1.0), (2.0, -1.0), (2.0, 1.0), (-2.0, 1.0)].map(|(x, y)| at + Vector2::new(x, y));
            let (area, centroid) = moments(&covered(&corners, WHOLE));
            assert!((area - 8.0).abs() < 1e-4);
            // Whole pixels stand for their centres: what remains is the difference within the pixels at the edge.
            assert!((centroid - at).norm() < 0.1, "{centroid} for {at}");
        }
    }
}
