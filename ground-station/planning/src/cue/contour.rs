//! Regions of a map as polygons: where it is with a given probability.
//!
//! *Marching squares* (Lorensen & Cline 1987, in the plane): between the middles of four neighbouring cells the line is
//! drawn where the probability, taken as straight along each side, passes the threshold. Beyond the grid it is 0, so
//! every line closes. At a saddle the two likely corners are kept apart. Likely is to the left of a ring, so an outer
//! ring goes round against the clock and a hole with it.

use std::collections::BTreeMap;

use super::map::Map;

/// A closed line, its first corner not repeated, m east and north.
pub type Ring = Vec<[f64; 2]>;

/// A part of a region: the line around it, and the lines around what is left out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Around it, against the clock.
    pub outer: Ring,
    /// What is left out of it, each with the clock.
    pub holes: Vec<Ring>,
}

/// A side between two neighbouring middles: the first one's column and row, counted from -1, and whether it goes up.
type Side = (i64, i64, bool);

impl Map {
    /// The smallest regions in which it is with each of these probabilities, 0 to 1; nothing where all of the grid has
    /// less.
    #[must_use]
    pub fn regions<const N: usize>(&self, probabilities: [f64; N]) -> [Vec<Region>; N] {
        self.thresholds(probabilities).map(|threshold| {
            let Some(threshold) = threshold else { return Vec::new() };
            // Half-way to the most probable cell that does not belong to it.
            let less = self.probabilities.iter().copied().filter(|cell| *cell < threshold).fold(0.0, f64::max);
            nested(self.rings(f64::midpoint(threshold, less)))
        })
    }

    fn rings(&self, threshold: f64) -> Vec<Ring> {
        let mut next: BTreeMap<Side, Side> = BTreeMap::new();
        // With a border of unlikely cells all around.
        let (columns, rows) = (self.grid.columns, self.grid.rows);
        let mut likely = vec![false; (columns + 2) * (rows + 2)];
        for (cell, probability) in self.probabilities.iter().enumerate() {
            likely[(cell / columns + 1) * (columns + 2) + cell % columns + 1] = *probability > threshold;
        }
        for below in 0..=rows {
            for left in 0..=columns {
                let corner = below * (columns + 2) + left;
                let corners = [corner, corner + 1, corner + columns + 3, corner + columns + 2].map(|at| likely[at]);
                if corners.iter().all(|likely| *likely == corners[0]) {
                    continue;
                }
                let (column, row) = (left as i64 - 1, below as i64 - 1);
                // South, east, north, west.
                let sides =
                    [(column, row, false), (column + 1, row, true), (column, row + 1, false), (column, row, true)];
                for corner in 0..4 {
                    // The line begins where, going round against the clock, it stops being likely.
                    if !corners[corner] || corners[(corner + 1) % 4] {
                        continue;
                    }
                    // And ends at the side before the first likely corner of this run.
                    let runs = (1..4).find(|back| !corners[(corner + 4 - back) % 4]).unwrap_or(4);
                    next.insert(sides[corner], sides[(corner + 4 - runs) % 4]);
                }
            }
        }
        let mut rings = Vec::new();
        while let Some((first, mut side)) = next.pop_first() {
            let mut ring = vec![self.crossing(first, threshold)];
            while side != first {
                ring.push(self.crossing(side, threshold));
                let Some(after) = next.remove(&side) else { break };
                side = after;
            }
            rings.push(ring);
        }
        rings
    }

    /// The probability of a cell; 0 beyond the grid.
    fn at(&self, column: i64, row: i64) -> f64 {
        let (columns, rows) = (self.grid.columns as i64, self.grid.rows as i64);
        let inside = (0..columns).contains(&column) && (0..rows).contains(&row);
        if inside { self.probabilities[(row * columns + column) as usize] } else { 0.0 }
    }

    /// Where a side passes the threshold, m.
    fn crossing(&self, (column, row, up): Side, threshold: f64) -> [f64; 2] {
        let (from, to) = (self.at(column, row), if up { self.at(column, row + 1) } else { self.at(column + 1, row) });
        let share = ((threshold - from) / (to - from)).clamp(0.0, 1.0);
        let along = if up { [0.0, share] } else { [share, 0.0] };
        let places = [column as f64, row as f64];
        [0, 1].map(|axis| self.grid.south_west_m[axis] + (places[axis] + 0.5 + along[axis]) * self.grid.cell_m)
    }
}

/// Twice the area inside, positive where it goes round against the clock.
fn turn(ring: &[[f64; 2]]) -> f64 {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    pairs.map(|([x, y], [next_x, next_y])| x * next_y - next_x * y).sum()
}

/// Whether a place is inside a ring, by the sides that lie to the east of it.
fn inside(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    let east = pairs.filter(|([from_x, from_y], [to_x, to_y])| {
        (*from_y > y) != (*to_y > y) && from_x + (y - from_y) / (to_y - from_y) * (to_x - from_x) > x
    });
    east.count() % 2 == 1
}

/// Each hole with the smallest part that it lies in.
fn nested(rings: Vec<Ring>) -> Vec<Region> {
    let (outers, holes): (Vec<Ring>, Vec<Ring>) = rings.into_iter().partition(|ring| turn(ring) > 0.0);
    let mut regions: Vec<Region> = outers.into_iter().map(|outer| Region { outer, holes: Vec::new() }).collect();
    regions.sort_by(|a, b| turn(&b.outer).total_cmp(&turn(&a.outer)));
    for hole in holes {
        let around = regions.iter_mut().rev().find(|region| inside(&region.outer, hole[0]));
        if let Some(region) = around {
            region.holes.push(hole);
        }
    }
    regions
}
