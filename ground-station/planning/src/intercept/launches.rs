//! Where flights begin: a density over the ground, learnt from the places that flights were reckoned back to.
//!
//! The sum of normal kernels, all of one size and direction, about these places, over a thin even background. Long
//! kernels along a border, round ones about launch sites, wide ones where flights come from everywhere: which, the
//! places say themselves, each by how probable it is from all the others (leave-one-out likelihood).

use std::f64::consts::{PI, TAU};

/// Cells of the table along a side.
const CELLS: usize = 128;
/// The share of launches that may have been anywhere.
const ANYWHERE: f64 = 0.02;
/// Kernels that are tried: directions, widths in metres, and lengths as multiples of the width.
const TURNS: usize = 12;
const ACROSS_M: [f64; 4] = [150.0, 300.0, 600.0, 1_200.0];
const LENGTHS: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
/// While kernels are compared, so much may be anywhere: no single place far off decides.
const FAR_OFF: f64 = 0.1;
/// Reckoning back blurs the places already; what the kernel adds across is less than what fits the blurred ones best.
const SHARPER: f64 = 0.5;
/// A kernel ends where it is e^-20 of its height.
const ENDS: f64 = 40.0;

/// A normal density about a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kernel {
    /// The direction of its length, rad from east.
    turn_rad: f64,
    across_m: f64,
    along_m: f64,
}

/// Where flights begin.
#[derive(Debug, Clone)]
pub(super) struct Launches {
    low_m: [f64; 2],
    cell_m: f64,
    /// 1/m², row by row from the south-west.
    densities: Vec<f64>,
    anywhere: f64,
}

/// The rectangle around places.
struct Extent {
    low_m: [f64; 2],
    side_m: [f64; 2],
}

impl Extent {
    fn of(places_m: &[[f64; 2]]) -> Self {
        let axis =
            |axis: usize, best: fn(f64, f64) -> f64, from: f64| places_m.iter().fold(from, |a, b| best(a, b[axis]));
        let low_m = [0, 1].map(|n| axis(n, f64::min, f64::INFINITY));
        Self { low_m, side_m: [0, 1].map(|n| (axis(n, f64::max, f64::NEG_INFINITY) - low_m[n]).max(100.0)) }
    }

    fn even(&self) -> f64 {
        1.0 / (self.side_m[0] * self.side_m[1])
    }
}

impl Kernel {
    fn density(&self, a: [f64; 2], b: [f64; 2]) -> f64 {
        let (sin, cos) = self.turn_rad.sin_cos();
        let (x, y) = (a[0] - b[0], a[1] - b[1]);
        let (along, across) = ((x * cos + y * sin) / self.along_m, (y * cos - x * sin) / self.across_m);
        let square = along * along + across * across;
        if square > ENDS { 0.0 } else { (-0.5 * square).exp() / (TAU * self.along_m * self.across_m) }
    }

    /// How probable it is that a flight, one of these or another, began there, by all but one of them; 1/m².
    pub(super) fn by_others(&self, at_m: [f64; 2], but: usize, began_m: &[[f64; 2]]) -> f64 {
        let others = began_m.iter().enumerate().filter(|(number, _)| *number != but);
        let sum: f64 = others.map(|(_, began)| self.density(at_m, *began)).sum();
        (1.0 - FAR_OFF) * sum / (began_m.len().max(2) - 1) as f64 + FAR_OFF * Extent::of(began_m).even()
    }

    /// The one by which each place is most probable from the others. At least two places.
    pub(super) fn fitting(began_m: &[[f64; 2]]) -> Self {
        let round = ACROSS_M.map(|across_m| Self { turn_rad: 0.0, across_m, along_m: across_m });
        let long = (0..TURNS).flat_map(|turn| {
            let turn_rad = PI * turn as f64 / TURNS as f64;
            ACROSS_M.into_iter().flat_map(move |across_m| {
                LENGTHS[1..].iter().map(move |length| Self { turn_rad, across_m, along_m: length * across_m })
            })
        });
        let even = FAR_OFF * Extent::of(began_m).even();
        let mut best = (f64::NEG_INFINITY, round[0]);
        for kernel in round.into_iter().chain(long) {
            let fits = kernel.fits(began_m, even);
            if fits > best.0 {
                best = (fits, kernel);
            }
        }
        best.1
    }

    /// The logarithm of how probable each place is from all others.
    fn fits(&self, began_m: &[[f64; 2]], even: f64) -> f64 {
        let mut sums = vec![0.0; began_m.len()];
        for (number, a) in began_m.iter().enumerate() {
            for (other, b) in began_m[..number].iter().enumerate() {
                let density = self.density(*a, *b);
                sums[number] += density;
                sums[other] += density;
            }
        }
        let share = (1.0 - FAR_OFF) / (began_m.len().max(2) - 1) as f64;
        sums.iter().map(|sum| (share * sum + even).ln()).sum()
    }
}

impl Launches {
    /// By the places that flights were reckoned back to, one at least.
    pub(super) fn new(began_m: &[[f64; 2]], kernel: Kernel) -> Self {
        let kernel = Kernel { across_m: SHARPER * kernel.across_m, ..kernel };
        let extent = Extent::of(began_m);
        let cell_m = extent.side_m[0].max(extent.side_m[1]) / CELLS as f64;
        let mut densities = Vec::with_capacity(CELLS * CELLS);
        for row in 0..CELLS {
            for column in 0..CELLS {
                let middle = |axis: usize, cell: usize| extent.low_m[axis] + (cell as f64 + 0.5) * cell_m;
                let at_m = [middle(0, column), middle(1, row)];
                let sum: f64 = began_m.iter().map(|began| kernel.density(at_m, *began)).sum();
                densities.push((1.0 - ANYWHERE) * sum / began_m.len() as f64);
            }
        }
        Self { low_m: extent.low_m, cell_m, densities, anywhere: ANYWHERE * extent.even() }
    }

    /// How probable it is that a flight begins there, 1/m²: between cells, a bilinear mean.
    pub(super) fn density(&self, at_m: [f64; 2]) -> f64 {
        let on = [0, 1].map(|axis: usize| (at_m[axis] - self.low_m[axis]) / self.cell_m - 0.5);
        if !on.iter().all(|on| (-1.0..CELLS as f64).contains(on)) {
            return self.anywhere;
        }
        let (column, row) = (on[0].floor(), on[1].floor());
        let (east, north) = (on[0] - column, on[1] - row);
        let cell = |column: f64, row: f64| {
            let inside = column >= 0.0 && row >= 0.0 && column < CELLS as f64 && row < CELLS as f64;
            if inside { self.densities[row as usize * CELLS + column as usize] } else { 0.0 }
        };
        let south = (1.0 - east) * cell(column, row) + east * cell(column + 1.0, row);
        let above = (1.0 - east) * cell(column, row + 1.0) + east * cell(column + 1.0, row + 1.0);
        self.anywhere + (1.0 - north) * south + north * above
    }
}
