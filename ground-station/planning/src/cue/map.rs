//! Probabilities on a grid.

use super::Request;
use crate::intercept::{Intruder, Landing, SITE_SPREAD_M};
use crate::limits::{LimitError, count, place, within};
use crate::search::error_function;

/// Square cells in rows from the south, each from the west.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// The south-west corner, m east and north.
    pub south_west_m: [f64; 2],
    /// The side of a cell, m.
    pub cell_m: f64,
    /// Cells in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// The probability of each cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The cells.
    pub grid: Grid,
    /// The probability of each, row by row; with `beyond` they add up to 1, or all are 0 where nothing is known.
    pub probabilities: Vec<f64>,
    /// The probability of everywhere outside of the grid.
    pub beyond: f64,
}

/// Which end of the flight is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Landing,
    Launch,
}

/// The spread of a normal distribution is drawn as far as this many standard deviations.
const DRAWN_SD: f64 = 4.0;
/// Where somebody goes who heads for no known place: about so far off the course, rad, and at every distance up to this
/// one alike, m.
const OFF_COURSE_SD_RAD: f64 = 0.3;
const FARTHEST_M: f64 = 10_000.0;
/// Steps of that distance and directions that are looked at.
const DISTANCES: usize = 60;
const DIRECTIONS: [(f64, f64); 5] = [(-1.8, 0.1), (-0.9, 0.23), (0.0, 0.34), (0.9, 0.23), (1.8, 0.1)];

impl Grid {
    /// The most cells.
    pub const CELLS_MAX: usize = 1_000_000;

    /// Checks that it has cells.
    ///
    /// # Errors
    /// [`LimitError`] with the first reason why not.
    pub fn check(&self) -> Result<(), LimitError> {
        place("south-west corner", self.south_west_m)?;
        within("cell", self.cell_m, 0.1, 1e5)?;
        count("cells", self.columns.saturating_mul(self.rows), 1, Self::CELLS_MAX)
    }

    /// The cell that a place is in, by its place in the list; none outside.
    #[must_use]
    pub fn cell(&self, at_m: [f64; 2]) -> Option<usize> {
        let [column, row] = [0, 1].map(|axis| ((at_m[axis] - self.south_west_m[axis]) / self.cell_m).floor());
        let inside = column >= 0.0 && row >= 0.0 && column < self.columns as f64 && row < self.rows as f64;
        inside.then(|| row as usize * self.columns + column as usize)
    }

    /// The middle of a cell, m.
    #[must_use]
    pub fn middle_m(&self, cell: usize) -> [f64; 2] {
        let places = [cell % self.columns, cell / self.columns];
        [0, 1].map(|axis| self.south_west_m[axis] + (places[axis] as f64 + 0.5) * self.cell_m)
    }
}

impl Map {
    /// Of the most probable cells that together have this probability, whether the place is in one: the region in which
    /// it is with that probability.
    #[must_use]
    pub fn within_likeliest(&self, probability: f64, at_m: [f64; 2]) -> bool {
        let Some(cell) = self.grid.cell(at_m) else { return false };
        let own = self.probabilities[cell];
        let likelier: f64 = self.probabilities.iter().filter(|other| **other > own).sum();
        likelier < probability
    }

    /// How probable a cell has to be to belong to the most probable cells that together have each of these
    /// probabilities, 0 to 1; none where all of the grid has less than that.
    #[must_use]
    pub fn thresholds<const N: usize>(&self, probabilities: [f64; N]) -> [Option<f64>; N] {
        let mut cells: Vec<f64> = self.probabilities.iter().copied().filter(|cell| *cell > 0.0).collect();
        cells.sort_unstable_by(|a, b| b.total_cmp(a));
        probabilities.map(|probability| {
            let mut sum = 0.0;
            cells.iter().copied().find(|cell| {
                sum += cell;
                sum >= probability
            })
        })
    }

    /// Adds a normal distribution with these deviations east and north, cut into cells exactly.
    fn add(&mut self, at_m: [f64; 2], sd_m: [f64; 2], weight: f64) {
        let Grid { south_west_m, cell_m, columns, rows } = self.grid;
        let shares = |axis: usize, cells: usize| {
            let sd_m = sd_m[axis].max(1e-3);
            let place = |edge: usize| south_west_m[axis] + edge as f64 * cell_m - at_m[axis];
            let first = ((at_m[axis] - DRAWN_SD * sd_m - south_west_m[axis]) / cell_m).floor().clamp(0.0, cells as f64);
            let last = ((at_m[axis] + DRAWN_SD * sd_m - south_west_m[axis]) / cell_m).ceil().clamp(0.0, cells as f64);
            let up_to = |edge: usize| 0.5 + 0.5 * error_function(place(edge) / (sd_m * std::f64::consts::SQRT_2));
            // Each edge is the end of one cell and the begin of the next.
            let mut below = up_to(first as usize);
            let mut of = |cell: usize| {
                let share = up_to(cell + 1) - below;
                below += share;
                (cell, share)
            };
            (first as usize..last as usize).map(&mut of).collect::<Vec<_>>()
        };
        let mut drawn = 0.0;
        let across = shares(0, columns);
        for (row, up) in shares(1, rows) {
            for (column, along) in &across {
                let share = weight * up * along;
                self.probabilities[row * columns + column] += share;
                drawn += share;
            }
        }
        self.beyond += (weight - drawn).max(0.0);
    }
}

/// The map of one end of the flight.
pub(super) fn of(request: &Request, ends: &[Landing], towards: Towards) -> Map {
    let grid = request.grid;
    let mut map = Map { grid, probabilities: vec![0.0; grid.columns * grid.rows], beyond: 0.0 };
    if matches!(request.cue.intruder, Intruder::Balloon { .. }) {
        // The nodes of one moment stand for a normal distribution, and have its mean and its deviations.
        for together in ends.chunk_by(|a, b| a.in_s == b.in_s) {
            let weight: f64 = together.iter().map(|end| end.weight).sum();
            let mean = [0, 1].map(|axis: usize| together.iter().map(|e| e.weight * e.at_m[axis]).sum::<f64>() / weight);
            let squared = |axis: usize| {
                together.iter().map(|e| e.weight * (e.at_m[axis] - mean[axis]).powi(2)).sum::<f64>() / weight
            };
            map.add(mean, [squared(0).sqrt(), squared(1).sqrt()], weight);
        }
        return map;
    }
    let elsewhere = request.elsewhere();
    if !ends.is_empty() {
        ends.iter().for_each(|end| map.add(end.at_m, [SITE_SPREAD_M; 2], (1.0 - elsewhere) * end.weight));
        anywhere(request, &mut map, towards, elsewhere);
    } else if elsewhere > 0.0 {
        anywhere(request, &mut map, towards, 1.0);
    }
    map
}

/// Somewhere ahead (or behind): about the course at the end of the track, at every distance alike.
fn anywhere(request: &Request, map: &mut Map, towards: Towards, weight: f64) {
    let track = &request.cue.track;
    let some = (track.len() / 4).max(1);
    let (from, to) = match towards {
        Towards::Landing => (track[track.len() - 1 - some].at_m, track[track.len() - 1].at_m),
        Towards::Launch => (track[some].at_m, track[0].at_m),
    };
    let Some([east, north]) = crate::plane::direction(from, to) else {
        map.beyond += weight;
        return;
    };
    let course = north.atan2(east);
    for (off, share) in DIRECTIONS {
        let angle = course + off * OFF_COURSE_SD_RAD;
        for step in 0..DISTANCES {
            let far_m = (step as f64 + 0.5) / DISTANCES as f64 * FARTHEST_M;
            let at_m = [to[0] + far_m * angle.cos(), to[1] + far_m * angle.sin()];
            let spread_m = (far_m * OFF_COURSE_SD_RAD / 2.0).max(FARTHEST_M / DISTANCES as f64);
            map.add(at_m, [spread_m; 2], weight * share / DISTANCES as f64);
        }
    }
}
