//! A camera's lens: from a pixel to a direction and back.
//!
//! A pinhole with Brown–Conrady distortion (D. C. Brown, "Decentering distortion of lenses", Photogrammetric Engineering
//! 32, 1966), in the order and with the signs that OpenCV and the makers' tables use: radial k1, k2, k3, tangential p1,
//! p2, on coordinates divided by the depth. Camera frame: x right, y down, z along the optical axis. Pixel (0, 0) is the
//! centre of the top left one.

use nalgebra::{Matrix2, Matrix3x2, Unit, Vector2, Vector3};

/// What a lens is, once it is checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lens {
    focal_px: Vector2<f64>,
    centre_px: Vector2<f64>,
    distortion: Distortion,
    /// Farther from the axis than this (tangent of the angle) the distortion folds back on itself.
    tangent_max: f64,
}

/// Brown–Conrady coefficients; all zero: a pinhole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Distortion {
    /// Radial, of the square of the distance from the axis.
    pub k1: f64,
    /// Radial, of its fourth power.
    pub k2: f64,
    /// Radial, of its sixth power.
    pub k3: f64,
    /// Tangential.
    pub p1: f64,
    /// Tangential.
    pub p2: f64,
}

/// A lens that is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LensError {
    /// Focal lengths must be positive, in pixels.
    #[error("focal lengths of {x} and {y} px: both must be from 1 to 1000000")]
    Focal {
        /// Along rows, pixels.
        x: f64,
        /// Along columns, pixels.
        y: f64,
    },
    /// A number that is none.
    #[error("{0} is not a finite number")]
    NotFinite(&'static str),
}

impl Distortion {
    /// Where the direction of these coordinates (right, down, each over depth) appears, likewise.
    fn distorted(&self, at: Vector2<f64>) -> Vector2<f64> {
        let Self { k1, k2, k3, p1, p2 } = *self;
        let (x, y) = (at.x, at.y);
        let r2 = x * x + y * y;
        let radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
        Vector2::new(
            x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
            y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y,
        )
    }

    fn slope(&self, at: Vector2<f64>) -> Matrix2<f64> {
        let Self { k1, k2, k3, p1, p2 } = *self;
        let (x, y) = (at.x, at.y);
        let r2 = x * x + y * y;
        let radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
        let steep = 2.0 * (k1 + r2 * (2.0 * k2 + r2 * 3.0 * k3));
        let mixed = steep * x * y + 2.0 * p1 * x + 2.0 * p2 * y;
        Matrix2::new(
            radial + steep * x * x + 2.0 * p1 * y + 6.0 * p2 * x,
            mixed,
            mixed,
            radial + steep * y * y + 6.0 * p1 * y + 2.0 * p2 * x,
        )
    }

    /// How far from the axis the radial distortion still grows: where its slope first vanishes, or 10 (84 degrees).
    fn grows_to(&self) -> f64 {
        let slope = |r: f64| {
            let r2 = r * r;
            1.0 + r2 * (3.0 * self.k1 + r2 * (5.0 * self.k2 + r2 * 7.0 * self.k3))
        };
        (1..=1000).map(|step| f64::from(step) * 0.01).find(|&r| slope(r) <= 0.05).unwrap_or(10.0)
    }
}

impl Lens {
    /// A lens of these focal lengths and this principal point, pixels.
    ///
    /// # Errors
    /// Where a number is none, or a focal length is not positive.
    pub fn new(focal_px: Vector2<f64>, centre_px: Vector2<f64>, distortion: Distortion) -> Result<Self, LensError> {
        if !focal_px.iter().all(|focal| (1.0..=1e6).contains(focal)) {
            return Err(LensError::Focal { x: focal_px.x, y: focal_px.y });
        }
        let Distortion { k1, k2, k3, p1, p2 } = distortion;
        let named =
            [("the principal point", centre_px.sum()), ("k1", k1), ("k2", k2), ("k3", k3), ("p1", p1), ("p2", p2)];
        if let Some((name, _)) = named.into_iter().find(|(_, number)| !number.is_finite()) {
            return Err(LensError::NotFinite(name));
        }
        Ok(Self { focal_px, centre_px, distortion, tangent_max: distortion.grows_to() })
    }

    /// Focal lengths, pixels.
    #[must_use]
    pub fn focal_px(&self) -> Vector2<f64> {
        self.focal_px
    }

    /// The principal point, pixels.
    #[must_use]
    pub fn centre_px(&self) -> Vector2<f64> {
        self.centre_px
    }

    /// The direction that a pixel looks in, in the camera frame. Nothing where the lens has no such direction: beyond
    /// the edge of what its distortion describes.
    #[must_use]
    pub fn direction(&self, pixel: Vector2<f64>) -> Option<Unit<Vector3<f64>>> {
        let at = self.undistorted(pixel)?;
        Some(Unit::new_normalize(Vector3::new(at.x, at.y, 1.0)))
    }

    /// The pixel that a direction of the camera frame appears at. Nothing behind the camera, or beyond the lens's edge.
    #[must_use]
    pub fn pixel(&self, direction: &Vector3<f64>) -> Option<Vector2<f64>> {
        if direction.z <= 0.0 {
            return None;
        }
        let at = direction.xy() / direction.z;
        (at.norm() < self.tangent_max)
            .then(|| self.distortion.distorted(at).component_mul(&self.focal_px) + self.centre_px)
    }

    /// How the direction changes with the pixel, radians a pixel: the columns are the camera-frame vectors for a pixel
    /// to the right and one down.
    #[must_use]
    pub fn direction_slope(&self, pixel: Vector2<f64>) -> Option<Matrix3x2<f64>> {
        let at = self.undistorted(pixel)?;
        let at_from_pixel =
            self.distortion.slope(at).try_inverse()? * Matrix2::from_diagonal(&self.focal_px.map(f64::recip));
        let ray = Vector3::new(at.x, at.y, 1.0);
        let length = ray.norm();
        let direction = ray / length;
        let across = |along: Vector3<f64>| (along - direction * direction.dot(&along)) / length;
        let unit_from_at = Matrix3x2::from_columns(&[across(Vector3::x()), across(Vector3::y())]);
        Some(unit_from_at * at_from_pixel)
    }

    /// Newton's method from the distorted place itself.
    fn undistorted(&self, pixel: Vector2<f64>) -> Option<Vector2<f64>> {
        let seen = (pixel - self.centre_px).component_div(&self.focal_px);
        if !seen.iter().all(|number| number.is_finite()) {
            return None;
        }
        let mut at = seen;
        for _ in 0..30 {
            if at.norm() > self.tangent_max {
                at *= self.tangent_max / at.norm();
            }
            let off = self.distortion.distorted(at) - seen;
            if off.amax() < 1e-13 {
                break;
            }
            at -= self.distortion.slope(at).try_inverse()? * off;
        }
        let fits = (self.distortion.distorted(at) - seen).amax() < 1e-9;
        (fits && at.norm() <= self.tangent_max).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lens of a small aerial camera, as its table says.
    pub(crate) fn aerial() -> Lens {
        let distortion = Distortion { k1: -0.077582, k2: 0.197062, k3: -0.06815, p1: 0.001172, p2: 0.000239 };
        Lens::new(Vector2::new(4826.1, 4567.0), Vector2::new(2027.5, 1519.5), distortion).unwrap()
    }

    #[test]
    fn the_principal_point_looks_along_the_axis() {
        let lens = aerial();
        assert!((lens.direction(lens.centre_px()).unwrap().into_inner() - Vector3::z()).norm() < 1e-12);
        assert_eq!(lens.pixel(&-Vector3::z()), None);
    }

    #[test]
    fn a_pixel_right_of_the_axis_looks_right_and_one_below_it_down() {
        let lens = aerial();
        assert!(lens.direction(lens.centre_px() + Vector2::x() * 100.0).unwrap().x > 0.0);
        assert!(lens.direction(lens.centre_px() + Vector2::y() * 100.0).unwrap().y > 0.0);
    }

    #[test]
    fn beyond_the_fold_of_a_barrel_there_is_no_direction() {
        let barrel = Distortion { k1: -0.3, ..Distortion::default() };
        let lens = Lens::new(Vector2::new(500.0, 500.0), Vector2::zeros(), barrel).unwrap();
        assert_eq!(lens.direction(Vector2::new(2000.0, 0.0)), None);
        assert_eq!(lens.pixel(&Vector3::new(3.0, 0.0, 1.0)), None);
        assert!(lens.direction(Vector2::new(f64::NAN, 0.0)).is_none());
    }

    #[test]
    fn a_lens_that_is_none_is_refused() {
        let make = |focal: f64, k1: f64| {
            Lens::new(Vector2::new(focal, 1.0), Vector2::zeros(), Distortion { k1, ..Distortion::default() })
        };
        assert_eq!(make(0.0, 0.0), Err(LensError::Focal { x: 0.0, y: 1.0 }));
        assert_eq!(make(1.0, f64::NAN), Err(LensError::NotFinite("k1")));
    }

    proptest! {
        #[test]
        fn pixels_come_back(x in 0.0..4056.0f64, y in 0.0..3040.0f64) {
            let pixel = Vector2::new(x, y);
            let direction = aerial().direction(pixel).unwrap();
            let back = aerial().pixel(&direction).unwrap();
            prop_assert!((back - pixel).norm() < 1e-6, "{} px off", (back - pixel).norm());
        }

        #[test]
        fn the_slope_is_the_difference_of_two_directions(x in 0.0..4056.0f64, y in 0.0..3040.0f64) {
            let (lens, pixel) = (aerial(), Vector2::new(x, y));
            let slope = lens.direction_slope(pixel).unwrap();
            for (column, along) in [(0, Vector2::x()), (1, Vector2::y())] {
                let ends = [1.0, -1.0].map(|sign| lens.direction(pixel + along * sign).unwrap().into_inner());
                let difference = (ends[0] - ends[1]) / 2.0;
                prop_assert!((slope.column(column) - difference).norm() < 1e-9);
            }
        }
    }
}
