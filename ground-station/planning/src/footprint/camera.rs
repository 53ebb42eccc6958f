//! What a camera sees of the ground.

use std::f64::consts::FRAC_PI_2;

use crate::limits::{LimitError, within};
use crate::plane::Point;

/// A camera without distortion; its optical axis leaves the picture in the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Across and down the picture, pixels.
    pub size_px: [f64; 2],
    /// The focal length across and down, pixels.
    pub focal_px: [f64; 2],
}

/// From where and how steep it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Above the ground, m.
    pub height_m: f64,
    /// The optical axis below the horizon, rad: a quarter turn is straight down.
    pub down_rad: f64,
}

/// A row of the picture on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// How far ahead of the camera it lies, m.
    pub ahead_m: f64,
    /// How wide it is, m.
    pub width_m: f64,
    /// The ground sample distance in the worse direction, m.
    pub gsd_m: f64,
}

/// A picture on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Footprint {
    /// Its corners: to the right and ahead of the place below the camera, m; near left, near right, far right, far left.
    pub corners_m: [Point; 4],
    /// The nearest row, the bottom of the picture.
    pub near: Row,
    /// The row through the optical axis.
    pub middle: Row,
    /// The farthest row, the top.
    pub far: Row,
}

/// The shallowest ray that is taken to meet the ground, rad.
const SHALLOW_RAD: f64 = 0.05;

impl Camera {
    pub(super) fn check(&self) -> Result<(), LimitError> {
        for (field, found) in [("picture's width", self.size_px[0]), ("picture's height", self.size_px[1])] {
            within(field, found, 2.0, 1e6)?;
        }
        self.focal_px.into_iter().try_for_each(|found| within("focal length in pixels", found, 1.0, 1e7))
    }

    /// The row this share down from the middle of the picture: -1 is the top, 1 the bottom. Nothing where it does not
    /// meet the ground.
    #[must_use]
    pub fn row(&self, view: View, share: f64) -> Option<Row> {
        // In units of the focal length, upwards.
        let up = -share * self.size_px[1] / (2.0 * self.focal_px[1]);
        let (sin, cos) = view.down_rad.sin_cos();
        let sinks = sin - up * cos;
        if view.down_rad - up.atan() < SHALLOW_RAD || sinks <= 0.0 {
            return None;
        }
        let along = view.height_m / sinks;
        let across_m = along / self.focal_px[0];
        let down_m = along * along / (view.height_m * self.focal_px[1]);
        Some(Row {
            ahead_m: along * (cos + up * sin),
            width_m: across_m * self.size_px[0],
            gsd_m: across_m.max(down_m),
        })
    }

    /// The picture on the ground; nothing where the horizon is in it.
    #[must_use]
    pub fn footprint(&self, view: View) -> Option<Footprint> {
        let (near, middle, far) = (self.row(view, 1.0)?, self.row(view, 0.0)?, self.row(view, -1.0)?);
        let corner = |row: Row, side: f64| [side * row.width_m / 2.0, row.ahead_m];
        let corners_m = [corner(near, -1.0), corner(near, 1.0), corner(far, 1.0), corner(far, -1.0)];
        Some(Footprint { corners_m, near, middle, far })
    }

    /// The farthest row that is this sharp; nothing where not even the middle of the picture is.
    pub(super) fn sharp_row(&self, view: View, gsd_max_m: f64) -> Option<Row> {
        let sharp = |share: f64| self.row(view, share).filter(|row| row.gsd_m <= gsd_max_m);
        if let Some(far) = sharp(-1.0) {
            return Some(far);
        }
        // The farther the less sharp.
        let (mut blurred, mut clear) = (-1.0, 0.0);
        sharp(clear)?;
        for _ in 0..40 {
            let middle = f64::midpoint(blurred, clear);
            *(if sharp(middle).is_some() { &mut clear } else { &mut blurred }) = middle;
        }
        sharp(clear)
    }

    /// The directions that it looks in, over the picture: right and up from the optical axis, in focal lengths.
    pub(super) fn directions(&self) -> impl Iterator<Item = [f64; 2]> {
        let half = [0, 1].map(|axis: usize| self.size_px[axis] / (2.0 * self.focal_px[axis]));
        let shares = [-0.8, -0.4, 0.0, 0.4, 0.8];
        shares.into_iter().flat_map(move |right| shares.map(|up| [right * half[0], up * half[1]]))
    }
}

impl View {
    /// Straight down from a height.
    #[must_use]
    pub fn straight_down(height_m: f64) -> Self {
        Self { height_m, down_rad: FRAC_PI_2 }
    }
}
