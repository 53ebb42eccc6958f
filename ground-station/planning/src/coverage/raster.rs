//! How much of the target has been seen: cells of the target, and how many legs see each.

use super::area::{around, distinct};
use super::problem::Polygon;
use crate::plane::{Point, left, minus, plus, times};

/// Cells to the width of the swath while searching, and when a plan is checked at last.
pub(super) const COARSE: f64 = 14.0;
pub(super) const FINE: f64 = 20.0;
/// How much of half the swath counts: the search finds every gap between the middles of cells, and another raster has
/// others.
const COUNTS: f64 = 0.9985;
/// The least cells of the target: one that is small beside the swath would be judged by a few.
const CELLS_MIN: usize = 5_000;
/// The most cells along a side where they are made smaller for that.
const SIDE_MAX: f64 = 2_000.0;
/// The most cells: with more the plan would take too long, and they are made larger.
const CELLS_MAX: f64 = 1.5e6;

/// The target in cells of one size, rows from south to north.
#[derive(Debug, Clone)]
pub(super) struct Raster {
    /// The direction of its rows, a unit vector. Places are turned into its frame and back.
    along: Point,
    south_west: Point,
    pub(super) cell_m: f64,
    per_cell: f64,
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
    pub(super) fn new(target: &Polygon, swath_m: f64, cells_to_swath: f64, along: Point) -> Self {
        let target = Polygon {
            outer: target.outer.iter().map(|at| turned(*at, along)).collect(),
            holes: target.holes.iter().map(|hole| hole.iter().map(|at| turned(*at, along)).collect()).collect(),
        };
        let [south_west, north_east] = target.bounds();
        let [width_m, height_m] = minus(north_east, south_west);
        let mut cell_m = (swath_m / cells_to_swath).max((width_m * height_m / CELLS_MAX).sqrt());
        loop {
            let raster = Self::of_cells(&target, swath_m, cell_m, along);
            if raster.cells >= CELLS_MIN || width_m.max(height_m) / cell_m > SIDE_MAX / 2.0 {
                return raster;
            }
            cell_m /= 2.0;
        }
    }

    /// The target, turned already, in cells of a size.
    fn of_cells(target: &Polygon, swath_m: f64, cell_m: f64, along: Point) -> Self {
        let [south_west, north_east] = target.bounds();
        let [width_m, height_m] = minus(north_east, south_west);
        let columns = ((width_m / cell_m).ceil() as usize).max(1);
        let rows = ((height_m / cell_m).ceil() as usize).max(1);
        let mut raster = Self {
            along,
            south_west,
            cell_m,
            per_cell: 1.0 / cell_m,
            columns,
            rows,
            seen: vec![1; columns * rows],
            cells: 0,
            unseen: 0,
            reach_m: swath_m / 2.0 * COUNTS,
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
                let rows = self.row_from(low[1])..self.row_from(high[1]);
                for (row, crossings) in rows.clone().zip(&mut crossings[rows]) {
                    let share = (self.middle_of(row) - low[1]) / (high[1] - low[1]);
                    crossings.push(low[0] + share * (high[0] - low[0]));
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
        first_from((north - self.south_west[1]) * self.per_cell).min(self.rows)
    }

    fn column_from(&self, east: f64) -> usize {
        first_from((east - self.south_west[0]) * self.per_cell).min(self.columns)
    }

    /// The share of the target that is seen, 0 to 1.
    pub(super) fn seen_share(&self) -> f64 {
        if self.cells == 0 { 1.0 } else { 1.0 - self.unseen as f64 / self.cells as f64 }
    }

    /// Whether the place is of the target and not yet seen.
    pub(super) fn is_unseen(&self, at: Point) -> bool {
        let at = turned(at, self.along);
        let column = (at[0] - self.south_west[0]) * self.per_cell;
        let row = (at[1] - self.south_west[1]) * self.per_cell;
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
        let at = [self.south_west[0] + (column as f64 + 0.5) * self.cell_m, self.middle_of(row)];
        turned(at, [self.along[0], -self.along[1]])
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
        let (from, to) = (turned(from, self.along), turned(to, self.along));
        let way = minus(to, from);
        let length = (way[0] * way[0] + way[1] * way[1]).sqrt();
        let [low, high] = if from[1] < to[1] { [from, to] } else { [to, from] };
        let sides = sides(low, high, reach, length);
        let rows = self.row_from(low[1] - reach)..self.row_from(high[1] + reach);
        // Between the caps the strip has straight sides.
        let straight = self.row_from(sides[0].from.max(sides[1].from))..self.row_from(sides[0].to.min(sides[1].to));
        let straight = if straight.start < straight.end { straight } else { rows.end..rows.end };
        let [west, east] = if sides[0].at < sides[1].at { [&sides[0], &sides[1]] } else { [&sides[1], &sides[0]] };
        for row in straight.clone() {
            let north = self.middle_of(row);
            let span = [west, east].map(|side| side.at + (north - side.from) * side.slope);
            self.each_between(row, span, &mut each);
        }
        for row in (rows.start..straight.start).chain(straight.end..rows.end) {
            let north = self.middle_of(row);
            let mut span = [f64::INFINITY, f64::NEG_INFINITY];
            let mut widen = |at: f64| span = [span[0].min(at), span[1].max(at)];
            for end in [low, high] {
                let up = north - end[1];
                let across = reach * reach - up * up;
                if across > 0.0 {
                    let across = across.sqrt();
                    widen(end[0] - across);
                    widen(end[0] + across);
                }
            }
            for side in &sides {
                if north >= side.from && north <= side.to {
                    widen(side.at + (north - side.from) * side.slope);
                }
            }
            self.each_between(row, span, &mut each);
        }
    }

    fn each_between(&mut self, row: usize, [west, east]: [f64; 2], each: &mut impl FnMut(&mut [u16], &mut usize)) {
        let columns = self.column_from(west)..self.column_from(east);
        if columns.start < columns.end {
            each(&mut self.seen[row * self.columns..][columns], &mut self.unseen);
        }
    }
}

/// A place in the frame whose first axis points along.
fn turned(at: Point, along: Point) -> Point {
    [along[0] * at[0] + along[1] * at[1], along[0] * at[1] - along[1] * at[0]]
}

/// The first cell of a row whose middle is at or beyond a place, in cells.
fn first_from(place: f64) -> usize {
    // Rounding up; what is below zero becomes zero.
    let place = place - 0.5;
    let whole = place as usize;
    if place > whole as f64 { whole + 1 } else { whole }
}

/// One long side of the strip seen from a leg: between which rows, where it begins, and how it leans.
struct Side {
    from: f64,
    to: f64,
    at: f64,
    slope: f64,
}

/// Both sides of a leg from its southern to its northern end; empty ones for a leg without a length or a lean.
fn sides(low: Point, high: Point, reach: f64, length: f64) -> [Side; 2] {
    let up = high[1] - low[1];
    let aside = if length > 1e-9 { times(left(minus(high, low)), reach / length) } else { [0.0, 0.0] };
    [plus(low, aside), minus(low, aside)].map(|start| {
        let leans = up > 1e-9;
        let to = if leans { start[1] + up } else { f64::NEG_INFINITY };
        Side { from: start[1], to, at: start[0], slope: if leans { (high[0] - low[0]) / up } else { 0.0 } }
    })
}
