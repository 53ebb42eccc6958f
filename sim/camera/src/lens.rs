//! The lens: where a direction falls in the picture, and which direction a pixel looks in.
//!
//! A pinhole with the distortion of D. C. Brown, "Decentering distortion of lenses", Photogrammetric Engineering 32
//! (1966), in the coefficients and the order that OpenCV calls `k1, k2, p1, p2, k3`. Camera axes are right, down, and along
//! the optical axis. Pixel (0, 0) is the centre of the top left pixel, so the picture reaches from −0.5 to width − 0.5.

use nalgebra::{Matrix2, Vector2, Vector3};

/// A lens that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LensError {
    /// No pixels, or more than a frame may have.
    #[error("a picture of {width} by {height} pixels: both must be 1 to {max}", max = vision::frame::SIDE_MAX)]
    Size {
        /// Width, pixels.
        width: usize,
        /// Height, pixels.
        height: usize,
    },
    /// A focal length that is none.
    #[error("focal lengths of {x} and {y} pixels: both must be finite and above 0")]
    Focal {
        /// Horizontal, pixels.
        x: f64,
        /// Vertical, pixels.
        y: f64,
    },
    /// The distortion folds the picture, so that some pixel sees no direction or two.
    #[error("the distortion cannot be undone at pixel ({x:.1}, {y:.1}): smaller coefficients are needed there")]
    Folded {
        /// The pixel's column.
        x: f64,
        /// The pixel's row.
        y: f64,
    },
}

/// Coefficients of Brown's distortion; all zero for a pinhole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Distortion {
    /// Radial, of the second, fourth and sixth power.
    pub radial: [f64; 3],
    /// Tangential.
    pub tangential: [f64; 2],
}

impl Distortion {
    /// From undistorted to distorted, both on the plane one focal length ahead.
    fn distorted(&self, at: Vector2<f64>) -> Vector2<f64> {
        let [k1, k2, k3] = self.radial;
        let [p1, p2] = self.tangential;
        let (r2, xy) = (at.norm_squared(), at.x * at.y);
        let radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
        Vector2::new(
            at.x * radial + 2.0 * p1 * xy + p2 * (r2 + 2.0 * at.x * at.x),
            at.y * radial + p1 * (r2 + 2.0 * at.y * at.y) + 2.0 * p2 * xy,
        )
    }

    /// How the distorted place changes with the undistorted one.
    fn slope(&self, at: Vector2<f64>) -> Matrix2<f64> {
        let [k1, k2, k3] = self.radial;
        let [p1, p2] = self.tangential;
        let r2 = at.norm_squared();
        let radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
        let grows = 2.0 * (k1 + r2 * (2.0 * k2 + r2 * 3.0 * k3));
        let mixed = grows * at.x * at.y + 2.0 * (p1 * at.x + p2 * at.y);
        Matrix2::new(
            radial + grows * at.x * at.x + 2.0 * p1 * at.y + 6.0 * p2 * at.x,
            mixed,
            mixed,
            radial + grows * at.y * at.y + 6.0 * p1 * at.y + 2.0 * p2 * at.x,
        )
    }
}

/// A lens before its sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Lens {
    width: usize,
    height: usize,
    focal_px: Vector2<f64>,
    principal_px: Vector2<f64>,
    distortion: Distortion,
    /// The farthest undistorted place that a pixel of the picture sees, a little widened: beyond it distortion is undefined.
    reach: Vector2<f64>,
}

/// How far beyond the picture's edge the distortion is still trusted.
const REACH_MARGIN: f64 = 1.05;

impl Lens {
    /// A lens for pictures of a size, from focal lengths, the pixel of the optical axis, and the distortion.
    ///
    /// # Errors
    /// [`LensError`] for a picture without pixels, no focal length, or a distortion that folds within the picture.
    pub fn new(
        [width, height]: [usize; 2],
        focal_px: Vector2<f64>,
        principal_px: Vector2<f64>,
        distortion: Distortion,
    ) -> Result<Self, LensError> {
        let sides = 1..=vision::frame::SIDE_MAX;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(LensError::Size { width, height });
        }
        if !focal_px.iter().all(|&focal| focal.is_finite() && focal > 0.0) {
            return Err(LensError::Focal { x: focal_px.x, y: focal_px.y });
        }
        let mut lens = Self { width, height, focal_px, principal_px, distortion, reach: Vector2::zeros() };
        let mut reach = Vector2::zeros();
        for pixel in lens.border() {
            let seen = lens.undistorted(pixel).ok_or(LensError::Folded { x: pixel.x, y: pixel.y })?;
            reach = reach.sup(&seen.abs());
        }
        lens.reach = reach * REACH_MARGIN;
        Ok(lens)
    }

    /// A pinhole with its axis in the middle, of a horizontal field of view in radians.
    ///
    /// # Errors
    /// As [`Lens::new`].
    pub fn pinhole(size: [usize; 2], field_of_view_rad: f64) -> Result<Self, LensError> {
        let focal = size[0] as f64 / 2.0 / (field_of_view_rad / 2.0).tan();
        let middle = Vector2::new(size[0] as f64 - 1.0, size[1] as f64 - 1.0) / 2.0;
        Self::new(size, Vector2::new(focal, focal), middle, Distortion::default())
    }

    /// Width of the picture, pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height of the picture, pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Horizontal and vertical focal length, pixels.
    #[must_use]
    pub fn focal_px(&self) -> Vector2<f64> {
        self.focal_px
    }

    /// The pixel of the optical axis.
    #[must_use]
    pub fn principal_px(&self) -> Vector2<f64> {
        self.principal_px
    }

    /// The distortion.
    #[must_use]
    pub fn distortion(&self) -> Distortion {
        self.distortion
    }

    /// The pixel in which a point in camera axes is seen, in the picture or just outside; nothing where it lies behind the
    /// camera or too far aside for the lens.
    #[must_use]
    pub fn project(&self, at: &Vector3<f64>) -> Option<Vector2<f64>> {
        if at.z <= 0.0 {
            return None;
        }
        let flat = at.xy() / at.z;
        let within = flat.x.abs() <= self.reach.x && flat.y.abs() <= self.reach.y;
        within.then(|| self.distortion.distorted(flat).component_mul(&self.focal_px) + self.principal_px)
    }

    /// The direction, of length one, in which a pixel of the picture looks, in camera axes; nothing where the distortion
    /// cannot be undone, which is nowhere within the picture.
    #[must_use]
    pub fn ray(&self, pixel: Vector2<f64>) -> Option<Vector3<f64>> {
        self.undistorted(pixel).map(|flat| flat.push(1.0).normalize())
    }

    /// The farthest places on the plane one focal length ahead for which [`Self::project`] answers.
    pub(crate) fn reach(&self) -> Vector2<f64> {
        self.reach
    }

    /// Newton's method on the distortion, from the undistorted guess.
    fn undistorted(&self, pixel: Vector2<f64>) -> Option<Vector2<f64>> {
        let wanted = (pixel - self.principal_px).component_div(&self.focal_px);
        let mut at = wanted;
        for _ in 0..20 {
            let slope = self.distortion.slope(at);
            if slope.determinant() <= 0.0 {
                return None;
            }
            let step = slope.try_inverse()? * (self.distortion.distorted(at) - wanted);
            at -= step;
            if step.norm() < 1e-13 {
                break;
            }
        }
        let exact = (self.distortion.distorted(at) - wanted).norm() < 1e-9;
        (exact && self.distortion.slope(at).determinant() > 0.0).then_some(at)
    }

    /// Pixels along the four edges, corners included.
    fn border(&self) -> impl Iterator<Item = Vector2<f64>> {
        const STEPS: usize = 32;
        let (right, bottom) = (self.width as f64 - 0.5, self.height as f64 - 0.5);
        (0..=STEPS).map(|step| step as f64 / STEPS as f64).flat_map(move |along| {
            let (x, y) = (along * (right + 0.5) - 0.5, along * (bottom + 0.5) - 0.5);
            [Vector2::new(x, -0.5), Vector2::new(x, bottom), Vector2::new(-0.5, y), Vector2::new(right, y)]
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn barrel() -> Lens {
        let distortion = Distortion { radial: [-0.32, 0.11, -0.02], tangential: [0.0011, -0.0007] };
        Lens::new([960, 544], Vector2::new(820.0, 815.0), Vector2::new(470.3, 280.9), distortion).unwrap()
    }

    #[test]
    fn a_pinhole_sees_half_its_field_at_the_edge() {
        let lens = Lens::pinhole([960, 544], 60_f64.to_radians()).unwrap();
        let edge = lens.ray(Vector2::new(959.5, 271.5)).unwrap();
        assert!((edge.x.atan2(edge.z).to_degrees() - 30.0).abs() < 1e-9);
        assert_eq!(lens.project(&Vector3::new(0.0, 0.0, 7.0)), Some(Vector2::new(479.5, 271.5)));
        assert_eq!(lens.project(&Vector3::new(0.0, 0.0, -7.0)), None);
    }

    #[test]
    fn distortion_is_that_of_opencv() {
        // cv2.projectPoints, OpenCV 5.0, of (0.31, -0.22, 1) with this matrix and [-0.32, 0.11, 0.0011, -0.0007, -0.02].
        let seen = barrel().project(&Vector3::new(0.62, -0.44, 2.0)).unwrap();
        assert!((seen - OPENCV).norm() < 1e-6, "{seen}");
    }

    const OPENCV: Vector2<f64> = Vector2::new(712.998_007_53, 109.783_972_14);

    #[test]
    fn a_distortion_that_folds_the_picture_is_refused() {
        let folding = Distortion { radial: [-1.5, 0.0, 0.0], tangential: [0.0; 2] };
        let lens = Lens::new([960, 544], Vector2::new(700.0, 700.0), Vector2::new(480.0, 272.0), folding);
        assert!(matches!(lens, Err(LensError::Folded { .. })), "{lens:?}");
        assert!(Lens::pinhole([0, 544], 1.0).is_err());
        assert!(Lens::pinhole([960, 544], f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn a_pixel_is_where_its_ray_is_projected(x in -0.5..959.5, y in -0.5..543.5) {
            let lens = barrel();
            let ray = lens.ray(Vector2::new(x, y)).unwrap();
            let seen = lens.project(&(ray * 123.0)).unwrap();
            prop_assert!((seen - Vector2::new(x, y)).norm() < 1e-6, "{seen}");
        }
    }
}
