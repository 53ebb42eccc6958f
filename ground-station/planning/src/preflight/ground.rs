//! The ground: heights on a grid, straight between its points.

use thiserror::Error;

/// Heights of the ground, however they are known.
pub trait Heights {
    /// The height of the ground at a place, metres above mean sea level; nothing where it is not known.
    fn height_m(&self, place_m: [f64; 2]) -> Option<f64>;
}

impl Heights for Ground {
    fn height_m(&self, place_m: [f64; 2]) -> Option<f64> {
        Some(Ground::height_m(self, place_m))
    }
}

/// Heights above mean sea level on a square grid around the origin of the level frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    half_m: f64,
    side: usize,
    heights_m: Vec<f64>,
}

/// A grid that is none.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GroundError {
    /// Too few points, or not so many as its sides say.
    #[error(
        "a grid of {side} by {side} points with {found} heights: allowed are 2 by 2 and more, each with one height"
    )]
    Size {
        /// Points a side.
        side: usize,
        /// Heights found.
        found: usize,
    },
    /// Its width is no length.
    #[error("a grid of {half_m} m to either side: allowed is a length above 0")]
    Width {
        /// As found.
        half_m: f64,
    },
    /// A height is no number.
    #[error("the height at row {row}, column {column} is {found}: allowed is a number")]
    Height {
        /// Counted from the south, from 0.
        row: usize,
        /// Counted from the west, from 0.
        column: usize,
        /// As found.
        found: f64,
    },
}

impl Ground {
    /// Heights row by row, from the south, each from the west, of a square that reaches `half_m` to either side.
    ///
    /// # Errors
    /// [`GroundError`] says what is wrong with the grid.
    pub fn new(half_m: f64, side: usize, heights_m: Vec<f64>) -> Result<Self, GroundError> {
        if side < 2 || side.checked_mul(side) != Some(heights_m.len()) {
            return Err(GroundError::Size { side, found: heights_m.len() });
        }
        if !(half_m > 0.0 && half_m.is_finite()) {
            return Err(GroundError::Width { half_m });
        }
        match heights_m.iter().position(|height| !height.is_finite()) {
            Some(at) => Err(GroundError::Height { row: at / side, column: at % side, found: heights_m[at] }),
            None => Ok(Self { half_m, side, heights_m }),
        }
    }

    /// The height of the ground, metres above mean sea level. Beyond the grid's edge it goes on as at the edge.
    #[must_use]
    pub fn height_m(&self, place_m: [f64; 2]) -> f64 {
        let last = (self.side - 1) as f64;
        let cell = |along_m: f64| {
            let along = ((along_m + self.half_m) / (2.0 * self.half_m) * last).clamp(0.0, last);
            let cell = (along as usize).min(self.side - 2);
            (cell, along - cell as f64)
        };
        let ((column, east), (row, north)) = (cell(place_m[0]), cell(place_m[1]));
        let height = |row: usize, column: usize| self.heights_m[row * self.side + column];
        let along = |row: usize| height(row, column) * (1.0 - east) + height(row, column + 1) * east;
        along(row) * (1.0 - north) + along(row + 1) * north
    }
}
