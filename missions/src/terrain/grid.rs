//! Heights on a grid of longitudes and latitudes.

use super::GroundHeight;

/// Where the points of a grid are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placing {
    /// The first point, in the north-west: longitude and latitude, degrees.
    pub(super) first: [f64; 2],
    /// From a point to the next, to the east and to the south, degrees.
    pub(super) step: [f64; 2],
    /// Points in a row, and rows.
    pub(super) size: [usize; 2],
}

/// Heights row by row from the north, each from the west; not a number where there is none.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub(super) placing: Placing,
    pub(super) heights_m: Vec<f32>,
}

/// Point by point, and none is like none.
impl PartialEq for Grid {
    fn eq(&self, other: &Self) -> bool {
        let bits = |grid: &Self| grid.heights_m.iter().map(|height| height.to_bits()).collect::<Vec<_>>();
        self.placing == other.placing && bits(self) == bits(other)
    }
}

impl Placing {
    /// West, south, east, north, half a step beyond the outermost points: tiles that do not share a row meet there.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let ([lon, lat], [east, south]) = (self.first, self.step);
        let [columns, rows] = self.size.map(|size| size as f64);
        [lon - east / 2.0, lat - (rows - 0.5) * south, lon + (columns - 0.5) * east, lat + south / 2.0]
    }
}

impl Grid {
    pub(super) fn height(&self, lon: f64, lat: f64) -> GroundHeight {
        let Placing { first, step, size: [columns, rows] } = self.placing;
        let along = [(lon - first[0]) / step[0], (first[1] - lat) / step[1]];
        let edge = [columns as f64 - 0.5, rows as f64 - 0.5];
        if !(-0.5..=edge[0]).contains(&along[0]) || !(-0.5..=edge[1]).contains(&along[1]) {
            return GroundHeight::NoTile;
        }
        // Beyond the outermost points the ground goes on as at them, for half a step at most.
        let cell = |along: f64, size: usize| {
            let along = along.clamp(0.0, (size - 1) as f64);
            let cell = (along as usize).min(size.saturating_sub(2));
            (cell, along - cell as f64)
        };
        let ((column, east), (row, south)) = (cell(along[0], columns), cell(along[1], rows));
        let mut metres = 0.0;
        for (row, share) in [(row, 1.0 - south), (row + 1, south)] {
            for (column, share) in [(column, share * (1.0 - east)), (column + 1, share * east)] {
                // A point that has no say need not have data.
                if share > 0.0 {
                    metres += share * f64::from(self.heights_m[row * columns + column]);
                }
            }
        }
        if metres.is_finite() { GroundHeight::Metres(metres) } else { GroundHeight::NoData }
    }
}
