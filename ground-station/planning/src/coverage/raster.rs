//! How much of the target has been seen: cells of the target, and how many legs see each.

use super::area::{around, distinct};
use super::plane::{Point, left, minus, plus, times};
use super::problem::Polygon;

/// Cells to the width of the swath. The scale at which coverage is known.
const CELLS_TO_SWATH: f64 = 20.0;
/// The most cells: with more the plan would take too long, and they are made larger.
const CELLS_MAX: f64 = 1.5e6;

/// The target in cells of one size, rows from south to north.
#[derive(Debug, Clone)]
pub(super) struct Raster {
    south_west: Point,
    pub(super) cell_m: f64,
    columns: usize,
    rows: usize,
    /// By how many legs each cell is seen; those outside the target count as seen once from the start.
    seen: Vec<u16>,
    /// Cells of the target.
    pub(super) cells: usize,
    /// Cells of the target that no leg sees.
    pub(super) unseen: usize,
    /// Half the width of the swath.
    reach_m: f64,
}

impl Raster {
    pub(super) fn new(target: &Polygon, swath_m: f64) -> Self {
        let [south_west, north_east] = target.bounds();
        let [width_m, height_m] = minus(north_east, south_west);
        let cell_m = (swath_m / CELLS_TO_SWATH).max((width_m * height_m / CELLS_MAX).sqrt());
        let columns = ((width_m / cell_m).ceil() as usize).max(1);
        let rows = ((height_m / cell_m).ceil() as usize).max(1);
        let mut raster = Self {
            south_west,
            cell_m,
            columns,
            rows,
            seen: vec![1; columns * rows],
            cells: 0,
            unseen: 0,
            reach_m: swath_m / 2.0,
        };
        raster.fill(target);
        raster
    }

    /// Marks the cells whose middle is in the target as unseen.
    fn fill(&mut self, target: &Polygon) {
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); self.rows];
        for ring in std::iter::once(&target.outer).chain(&target.holes) {
            for [a, b] in around(&distinct(ring)) {
                let (low, high) = if a[1] < b[1] { (a, b) } else { (b, a) };
                for row in self.row_from(low[1])..self.row_from(high[1]) {
                    let share = (self.middle_of(row) - low[1]) / (high[1] - low[1]);
                    crossings[row].push(low[0] + share * (high[0] - low[0]));
                }
            }
        }
        for (row, mut crossings) in crossings.into_iter().enumerate() {
            crossings.sort_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let columns = self.column_from(pair[0])..self.column_from(pair[1]);
                self.cells += columns.len();
                self.seen[row * self.columns..][columns].fill(0);
            }
        }
        self.unseen = self.cells;
    }

    fn middle_of(&self, row: usize) -> f64 {
        self.south_west[1] + (row as f64 + 0.5) * self.cell_m
    }

    /// The first row whose middle is at or beyond.
    fn row_from(&self, north: f64) -> usize {
        (((north - self.south_west[1]) / self.cell_m - 0.5).ceil().max(0.0) as usize).min(self.rows)
    }

    fn column_from(&self, east: f64) -> usize {
        (((east - self.south_west[0]) / self.cell_m - 0.5).ceil().max(0.0) as usize).min(self.columns)
    }

    /// The share of the target that is seen, 0 to 1.
    pub(super) fn seen_share(&self) -> f64 {
        if self.cells == 0 { 1.0 } else { 1.0 - self.unseen as f64 / self.cells as f64 }
    }

    /// Whether the place is of the target and not yet seen.
    pub(super) fn is_unseen(&self, at: Point) -> bool {
        let column = ((at[0] - self.south_west[0]) / self.cell_m).floor();
        let row = ((at[1] - self.south_west[1]) / self.cell_m).floor();
        column >= 0.0
            && row >= 0.0
            && (column as usize) < self.columns
            && (row as usize) < self.rows
            && self.seen[row as usize * self.columns + column as usize] == 0
    }

    /// The middle of the first unseen cell at or after a place in the list of all cells, and its place.
    pub(super) fn unseen_from(&self, from: usize) -> Option<(usize, Point)> {
        let at = from + self.seen.get(from..)?.iter().position(|seen| *seen == 0)?;
        Some((at, self.middle(at)))
    }

    /// How many cells there are in the box around the target.
    pub(super) fn places(&self) -> usize {
        self.seen.len()
    }

    fn middle(&self, at: usize) -> Point {
        let (row, column) = (at / self.columns, at % self.columns);
        [self.south_west[0] + (column as f64 + 0.5) * self.cell_m, self.middle_of(row)]
    }

    /// Flies along a chain.
    pub(super) fn see(&mut self, chain: &[Point]) {
        for pair in chain.windows(2) {
            self.each_row(pair[0], pair[1], |cells, unseen| {
                let mut fresh = 0_u32;
                for seen in cells {
                    fresh += u32::from(*seen == 0);
                    *seen += 1;
                }
                *unseen -= fresh as usize;
            });
        }
    }

    /// Undoes [`Raster::see`] of the same chain.
    pub(super) fn unsee(&mut self, chain: &[Point]) {
        for pair in chain.windows(2) {
            self.each_row(pair[0], pair[1], |cells, unseen| {
                let mut lost = 0_u32;
                for seen in cells {
                    *seen -= 1;
                    lost += u32::from(*seen == 0);
                }
                *unseen += lost as usize;
            });
        }
    }

    /// The cells seen from a leg, row by row: it sees what is not farther from it than half the swath.
    fn each_row(&mut self, from: Point, to: Point, mut each: impl FnMut(&mut [u16], &mut usize)) {
        let reach = self.reach_m;
        let way = minus(to, from);
        let length = (way[0] * way[0] + way[1] * way[1]).sqrt();
        let aside = if length > 1e-9 { times(left(way), reach / length) } else { [0.0, 0.0] };
        let sides = [[plus(from, aside), plus(to, aside)], [minus(from, aside), minus(to, aside)]];
        let low = from[1].min(to[1]) - reach;
        let high = from[1].max(to[1]) + reach;
        for row in self.row_from(low)..self.row_from(high) {
            let north = self.middle_of(row);
            let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
            for end in [from, to] {
                let up = north - end[1];
                let across = reach * reach - up * up;
                if across > 0.0 {
                    let across = across.sqrt();
                    west = west.min(end[0] - across);
                    east = east.max(end[0] + across);
                }
            }
            for [a, b] in sides {
                let share = (north - a[1]) / (b[1] - a[1]);
                if (0.0..=1.0).contains(&share) {
                    let at = a[0] + share * (b[0] - a[0]);
                    west = west.min(at);
                    east = east.max(at);
                }
            }
            if west < east {
                let columns = self.column_from(west)..self.column_from(east);
                if !columns.is_empty() {
                    each(&mut self.seen[row * self.columns..][columns], &mut self.unseen);
                }
            }
        }
    }
}
