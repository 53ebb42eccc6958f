//! A picture at three sizes, each freed of its slow brightness, and the points worth following.
//!
//! From each level the mean of its surroundings is subtracted and what is left is clipped: a camera's automatic gain, a
//! cloud's shadow or the vignette then change little, and burnt-in text weighs no more than a branch.

use nalgebra::Vector2;

use crate::frame::GrayFrame;

/// Levels, each half as large as the one before.
pub(super) const LEVELS: usize = 3;
/// The longest side of the finest level, pixels.
const FINEST_PX: usize = 640;
/// Half the side of the square whose mean is subtracted, pixels of the level.
const SURROUNDINGS: usize = 7;
/// Where the rest is clipped, grey levels.
const CLIP: f32 = 30.0;
/// The side of the cells that points are spread over, pixels of the level, and how many points each may have.
pub(super) const CELL: usize = 8;
const POINTS_A_CELL: usize = 2;
/// The least gradient worth following, grey levels a pixel.
const GRADIENT_LEAST: f32 = 2.0;

/// A point of a level with its gradient.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// Pixels of the level.
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) value: f32,
    /// Grey levels a pixel.
    pub(super) gradient: Vector2<f32>,
}

/// One level.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Grey levels above the surroundings.
    pixels: Vec<f32>,
    /// The mean of their absolute values.
    pub(super) contrast: f32,
}

/// A picture made ready.
#[derive(Debug, Clone)]
pub(super) struct Pyramid {
    /// Pixels of the picture in one of the finest level.
    pub(super) factor: usize,
    /// The finest first.
    pub(super) levels: Vec<Level>,
}

impl Pyramid {
    /// Nothing where the picture is too small to be halved so often.
    pub(super) fn new(frame: &GrayFrame) -> Option<Self> {
        let factor = frame.width().max(frame.height()).div_ceil(FINEST_PX);
        let (mut width, mut height, mut gray) = reduced(frame, factor);
        let mut levels = Vec::with_capacity(LEVELS);
        for level in 0..LEVELS {
            if level > 0 {
                (width, height, gray) = halved(width, height, &gray);
            }
            if width < 4 * SURROUNDINGS || height < 4 * SURROUNDINGS {
                return None;
            }
            levels.push(Level::new(width, height, &gray));
        }
        Some(Self { factor, levels })
    }
}

fn reduced(frame: &GrayFrame, factor: usize) -> (usize, usize, Vec<f32>) {
    let (width, height) = (frame.width() / factor, frame.height() / factor);
    let share = 1.0 / (factor * factor) as f32;
    let mut gray = Vec::with_capacity(width * height);
    let mut sums = vec![0u32; width];
    for y in 0..height {
        sums.fill(0);
        for row in y * factor..(y + 1) * factor {
            let row = frame.row(row);
            match factor {
                1 => sums.iter_mut().zip(row).for_each(|(sum, &pixel)| *sum += u32::from(pixel)),
                2 => sums
                    .iter_mut()
                    .zip(row.chunks_exact(2))
                    .for_each(|(sum, p)| *sum += u32::from(p[0]) + u32::from(p[1])),
                _ => sums.iter_mut().zip(row.chunks_exact(factor)).for_each(|(sum, square)| {
                    *sum += square.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
                }),
            }
        }
        gray.extend(sums.iter().map(|&sum| sum as f32 * share));
    }
    (width, height, gray)
}

fn halved(width: usize, height: usize, gray: &[f32]) -> (usize, usize, Vec<f32>) {
    let (half_width, half_height) = (width / 2, height / 2);
    let mut half = Vec::with_capacity(half_width * half_height);
    for y in 0..half_height {
        let (upper, lower) = (&gray[2 * y * width..][..width], &gray[(2 * y + 1) * width..][..width]);
        let squares = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        half.extend(squares.take(half_width).map(|(a, b)| 0.25 * (a[0] + a[1] + b[0] + b[1])));
    }
    (half_width, half_height, half)
}

impl Level {
    fn new(width: usize, height: usize, gray: &[f32]) -> Self {
        let pixels = high_passed(width, height, gray);
        let contrast = pixels.iter().map(|pixel| pixel.abs()).sum::<f32>() / pixels.len() as f32;
        Self { width, height, pixels, contrast }
    }

    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.pixels[y * self.width..][..self.width]
    }

    /// The value between pixels; nothing outside.
    pub(super) fn at(&self, x: f32, y: f32) -> Option<f32> {
        if !(x >= 0.0 && y >= 0.0) {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        if column + 1 >= self.width || row + 1 >= self.height {
            return None;
        }
        let (fx, fy) = (x - column as f32, y - row as f32);
        let index = row * self.width + column;
        let (upper, lower) = (&self.pixels[index..index + 2], &self.pixels[index + self.width..index + self.width + 2]);
        let above = upper[0] + fx * (upper[1] - upper[0]);
        let below = lower[0] + fx * (lower[1] - lower[0]);
        Some(above + fy * (below - above))
    }

    /// How many cells a row of the level has.
    pub(super) fn cells_across(&self) -> usize {
        self.width.div_ceil(CELL)
    }

    /// The cell that a point of the level lies in.
    pub(super) fn cell(&self, x: f32, y: f32) -> usize {
        (y as usize / CELL) * self.cells_across() + x as usize / CELL
    }

    /// The points of strongest gradient, a few in each cell, but for cells that are `barred`.
    pub(super) fn points(&self, barred: impl Fn(usize) -> bool) -> Vec<Point> {
        let across = self.cells_across();
        let mut points = Vec::with_capacity(across * self.height.div_ceil(CELL) * POINTS_A_CELL);
        // One row of cells at a time: the strongest of each, then the next.
        let mut best = vec![[(GRADIENT_LEAST * GRADIENT_LEAST, 0, 0); POINTS_A_CELL]; across];
        for cells_down in 0..self.height.div_ceil(CELL) {
            best.fill([(GRADIENT_LEAST * GRADIENT_LEAST, 0, 0); POINTS_A_CELL]);
            let rows = (cells_down * CELL).max(1)..((cells_down + 1) * CELL).min(self.height - 1);
            for y in rows {
                self.offer_row(y, &mut best);
            }
            for (cell, best) in best.iter().enumerate() {
                if !barred(cells_down * across + cell) {
                    points.extend(best.iter().filter(|(_, x, _)| *x > 0).map(|&(_, x, y)| self.point(x, y)));
                }
            }
        }
        points
    }

    fn offer_row(&self, y: usize, best: &mut [[(f32, usize, usize); POINTS_A_CELL]]) {
        let (above, row, below) = (self.row(y - 1), self.row(y), self.row(y + 1));
        for (cell, best) in best.iter_mut().enumerate() {
            for x in (cell * CELL).max(1)..((cell + 1) * CELL).min(self.width - 1) {
                let (gx, gy) = (0.5 * (row[x + 1] - row[x - 1]), 0.5 * (below[x] - above[x]));
                let strength = gx * gx + gy * gy;
                if strength > best[1].0 {
                    best[1] = (strength, x, y);
                    if strength > best[0].0 {
                        best.swap(0, 1);
                    }
                }
            }
        }
    }

    fn point(&self, x: usize, y: usize) -> Point {
        let (above, row, below) = (self.row(y - 1), self.row(y), self.row(y + 1));
        let gradient = Vector2::new(0.5 * (row[x + 1] - row[x - 1]), 0.5 * (below[x] - above[x]));
        Point { x: x as f32, y: y as f32, value: row[x], gradient }
    }
}

/// What is left when the mean of each pixel's surroundings is taken away, clipped.
fn high_passed(width: usize, height: usize, gray: &[f32]) -> Vec<f32> {
    let side = 2 * SURROUNDINGS + 1;
    let row = |y: isize| &gray[y.clamp(0, height as isize - 1) as usize * width..][..width];
    // Sums over `side` rows, carried down; edges repeat.
    let mut columns = vec![0.0f32; width];
    for y in 0..side {
        columns.iter_mut().zip(row(y as isize - SURROUNDINGS as isize)).for_each(|(sum, pixel)| *sum += pixel);
    }
    let share = 1.0 / (side * side) as f32;
    let mut pixels = Vec::with_capacity(width * height);
    let mut running = vec![0.0f32; width + side];
    for y in 0..height {
        let mut sum = 0.0;
        for (x, slot) in running.iter_mut().enumerate() {
            *slot = sum;
            sum += columns[(x.saturating_sub(SURROUNDINGS)).min(width - 1)];
        }
        let means = running[side..].iter().zip(&running).map(|(end, begin)| (end - begin) * share);
        let centre = row(y as isize);
        pixels.extend(centre.iter().zip(means).map(|(pixel, mean)| (pixel - mean).clamp(-CLIP, CLIP)));
        let down = y as isize;
        let (leaves, enters) = (row(down - SURROUNDINGS as isize), row(down + SURROUNDINGS as isize + 1));
        columns.iter_mut().zip(enters.iter().zip(leaves)).for_each(|(sum, (enter, leave))| *sum += enter - leave);
    }
    pixels
}
