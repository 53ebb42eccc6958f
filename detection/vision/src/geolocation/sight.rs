//! A ray of sight, and where it ends.
//!
//! Errors are carried to first order: of the attitude, the boresight, the place, the time of exposure, the pixel, and the
//! height of what is met (E. M. Mikhail, J. S. Bethel, J. C. McGlone, "Introduction to Modern Photogrammetry", 2001,
//! chapter 4 and appendix B). A ray that grazes the surface makes them larger than the first order knows: such a place is refused,
//! and the bearing is what is left.

use std::f64::consts::TAU;

use nalgebra::{Matrix2, Matrix3, SymmetricEigen, Unit, UnitQuaternion, Vector2, Vector3};

use super::pose::{MovingPose, gimbal_from_cam};
use super::{EARTH_RADIUS_M, Lens, REFRACTION};

/// A camera as it is built in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Its lens.
    pub lens: Lens,
    /// How it sits on the gimbal's head: a small turn about the head's forward, right and down axes, radians.
    pub boresight_rad: Vector3<f64>,
    /// How far off all this may be.
    pub errors: Errors,
}

/// Standard deviations of what a ray is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Of the carrier's roll, pitch and yaw, gimbal included, radians.
    pub attitude_rad: Vector3<f64>,
    /// Of the boresight about the head's forward, right and down axes, radians.
    pub boresight_rad: Vector3<f64>,
    /// Of the camera's place, metres east, north, up.
    pub place_m: Vector3<f64>,
    /// Of the time of exposure against the poses' clock, seconds.
    pub time_s: f64,
    /// Of the pixel, each way.
    pub pixel: f64,
}

/// The steepest slope of error that is still a place: metres along the ray for each metre across it.
const GRAZING_MAX: f64 = 60.0;
/// How far a ray is followed over terrain at most, metres.
const TERRAIN_RANGE_MAX_M: f64 = 30_000.0;

/// A ray in the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Where the camera was, metres east, north, up.
    pub enu_m: Vector3<f64>,
    /// Where it looked.
    pub enu_direction: Unit<Vector3<f64>>,
    place_covariance: Matrix3<f64>,
    direction_covariance: Matrix3<f64>,
    /// What one standard deviation of the exposure's time shifts: the place, and the direction.
    timing: (Vector3<f64>, Vector3<f64>),
}

/// A direction as a sensor's measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bearing {
    /// Clockwise from the grid's north, radians, 0 to 2π.
    pub azimuth_rad: f64,
    /// Above the horizontal, radians.
    pub elevation_rad: f64,
    /// Of (azimuth, elevation), rad².
    pub covariance: Matrix2<f64>,
}

/// A place that a ray has met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Metres east, north, up.
    pub enu_m: Vector3<f64>,
    /// Its covariance, m².
    pub covariance: Matrix3<f64>,
    /// How far it is from the camera, metres.
    pub range_m: f64,
}

impl Camera {
    /// The turn from the camera's frame into the world.
    #[must_use]
    pub fn enu_from_cam(&self, pose: &MovingPose) -> UnitQuaternion<f64> {
        pose.pose.enu_from_frd * pose.pose.frd_from_gimbal * gimbal_from_cam(self.boresight_rad)
    }

    /// The ray of a pixel. Nothing where the lens has none.
    #[must_use]
    pub fn sight(&self, pose: &MovingPose, pixel: Vector2<f64>) -> Option<Sight> {
        let enu_from_cam = self.enu_from_cam(pose);
        let enu_direction = enu_from_cam * self.lens.direction(pixel)?;
        let slope = enu_from_cam.to_rotation_matrix() * self.lens.direction_slope(pixel)?;
        let turn = self.turn_covariance(pose);
        // A small turn θ moves the direction d by θ × d.
        let cross = enu_direction.cross_matrix();
        let direction_covariance =
            cross * turn * cross.transpose() + slope * slope.transpose() * self.errors.pixel.powi(2);
        let shift = pose.velocity_m_s * self.errors.time_s;
        let turned = pose.enu_rate_rad_s.cross(&enu_direction) * self.errors.time_s;
        Some(Sight {
            enu_m: pose.pose.enu_m,
            enu_direction,
            place_covariance: Matrix3::from_diagonal(&self.errors.place_m.map(|deviation| deviation * deviation)),
            direction_covariance,
            timing: (shift, turned),
        })
    }

    /// The pixel that a place in the world appears at, the light bent. Nothing where the camera does not see it.
    #[must_use]
    pub fn pixel(&self, pose: &MovingPose, enu_m: Vector3<f64>) -> Option<Vector2<f64>> {
        let mut way = enu_m - pose.pose.enu_m;
        way.z += bend_m(way.norm());
        self.lens.pixel(&(self.enu_from_cam(pose).inverse() * way))
    }

    /// Of the small turn about east, north, up that separates the camera's attitude from what it is held to be.
    fn turn_covariance(&self, pose: &MovingPose) -> Matrix3<f64> {
        let squared =
            |deviations: &Vector3<f64>| Matrix3::from_diagonal(&deviations.map(|deviation| deviation * deviation));
        let forward = pose.pose.enu_from_frd * Vector3::x();
        let heading = Vector3::new(forward.x, forward.y, 0.0).try_normalize(1e-6).unwrap_or_else(Vector3::y);
        let right = heading.cross(&Vector3::z());
        // Roll about the nose, pitch about the level right, yaw about the vertical.
        let axes = Matrix3::from_columns(&[forward, right, -Vector3::z()]);
        let head = (pose.pose.enu_from_frd * pose.pose.frd_from_gimbal).to_rotation_matrix();
        axes * squared(&self.errors.attitude_rad) * axes.transpose()
            + head * squared(&self.errors.boresight_rad) * head.transpose()
    }
}

impl Sight {
    /// The same ray as a measurement of direction.
    #[must_use]
    pub fn bearing(&self) -> Bearing {
        let d = self.enu_direction;
        let level = d.xy().norm().max(1e-9);
        let azimuth_slope = Vector3::new(d.y, -d.x, 0.0) / (level * level);
        let elevation_slope = Vector3::new(-d.z * d.x / level, -d.z * d.y / level, level);
        let slopes = nalgebra::Matrix2x3::from_rows(&[azimuth_slope.transpose(), elevation_slope.transpose()]);
        let (_, turned) = self.timing;
        let covariance = self.direction_covariance + turned * turned.transpose();
        Bearing {
            azimuth_rad: d.x.atan2(d.y).rem_euclid(TAU),
            elevation_rad: d.z.atan2(level),
            covariance: slopes * covariance * slopes.transpose(),
        }
    }

    /// Where the ray meets the sea, or any level surface: `height_m` above the datum at the frame's origin, curved as the
    /// Earth is, the light bent down. `deviation_m`: of the height, waves and tide included. Nothing where it passes
    /// above, or grazes.
    #[must_use]
    pub fn on_level(&self, height_m: f64, deviation_m: f64) -> Option<Place> {
        // z₀ + d_z s − k c s² = h − c |p₀ + d s|², with c half the Earth's curvature and k the light's share of it.
        let curve = 0.5 / EARTH_RADIUS_M;
        let (start, d) = (self.enu_m, self.enu_direction);
        let level = d.xy().norm_squared();
        let square = curve * (level - REFRACTION);
        let linear = d.z + 2.0 * curve * start.xy().dot(&d.xy());
        let constant = start.z - height_m + curve * start.xy().norm_squared();
        let range = smallest_positive_root(square, linear, constant)?;
        let met = self.after(range);
        let slope = met.xy() * (2.0 * curve);
        self.place(range, Vector3::new(slope.x, slope.y, 1.0), deviation_m)
    }

    /// Where the ray first meets terrain. `height_m` gives the height at a place (metres east, north), or nothing where it
    /// is not known, which the ray passes through; `step_m`: how fine the terrain is. Nothing where it meets none within
    /// 30 km, or grazes.
    #[must_use]
    pub fn on_terrain(
        &self,
        height_m: impl Fn(f64, f64) -> Option<f64>,
        step_m: f64,
        deviation_m: f64,
    ) -> Option<Place> {
        let above = |range: f64| {
            let at = self.after(range);
            height_m(at.x, at.y).map(|height| at.z - (height - at.xy().norm_squared() * 0.5 / EARTH_RADIUS_M))
        };
        let step = step_m.clamp(0.1, 1000.0);
        let (mut near, mut far) = (0.0, 0.0);
        loop {
            far += step;
            match above(far) {
                Some(height) if height <= 0.0 => break,
                _ if far > TERRAIN_RANGE_MAX_M => return None,
                _ => near = far,
            }
        }
        for _ in 0..40 {
            let middle = (near + far) / 2.0;
            if above(middle).is_some_and(|height| height <= 0.0) { far = middle } else { near = middle }
        }
        let met = self.after(far);
        let height = |east: f64, north: f64| height_m(met.x + east, met.y + north);
        let slope =
            |ahead: Option<f64>, behind: Option<f64>| ahead.zip(behind).map_or(0.0, |(a, b)| (a - b) / (2.0 * step));
        let east = slope(height(step, 0.0), height(-step, 0.0));
        let north = slope(height(0.0, step), height(0.0, -step));
        self.place(far, Vector3::new(-east, -north, 1.0), deviation_m)
    }

    /// Where the ray is at a range that was measured, as by a laser.
    #[must_use]
    pub fn at_range(&self, range_m: f64, deviation_m: f64) -> Option<Place> {
        let sane = range_m.is_finite() && range_m > 0.0 && deviation_m >= 0.0;
        let (shift, turned) = self.timing;
        let along = self.enu_direction.into_inner();
        let moved = shift + turned * range_m;
        let covariance = self.place_covariance
            + self.direction_covariance * range_m.powi(2)
            + along * along.transpose() * deviation_m.powi(2)
            + moved * moved.transpose();
        sane.then(|| Place { enu_m: self.after(range_m), covariance, range_m })
    }

    /// The point at this distance, the light bent down.
    fn after(&self, range_m: f64) -> Vector3<f64> {
        self.enu_m + self.enu_direction.into_inner() * range_m - Vector3::z() * bend_m(range_m)
    }

    /// The place at a range where the surface has this normal (its third number is 1).
    fn place(&self, range_m: f64, normal: Vector3<f64>, deviation_m: f64) -> Option<Place> {
        let mut d = self.enu_direction.into_inner();
        d.z -= REFRACTION / EARTH_RADIUS_M * range_m;
        let steep = normal.dot(&d);
        if -steep * GRAZING_MAX < 1.0 {
            return None;
        }
        let along = d / steep;
        let onto = Matrix3::identity() - along * normal.transpose();
        let (shift, turned) = self.timing;
        let moved = onto * (shift + turned * range_m);
        let across = self.place_covariance + self.direction_covariance * range_m.powi(2);
        let covariance = onto * across * onto.transpose()
            + along * along.transpose() * deviation_m.powi(2)
            + moved * moved.transpose();
        Some(Place { enu_m: self.after(range_m), covariance, range_m })
    }
}

impl Place {
    /// The radius of the level circle that holds the true place in nine cases of ten, metres.
    #[must_use]
    pub fn circle_90_m(&self) -> f64 {
        circle_90_m(&self.covariance.fixed_view::<2, 2>(0, 0).into())
    }
}

/// How far light falls below a straight line, metres.
fn bend_m(range_m: f64) -> f64 {
    REFRACTION * 0.5 / EARTH_RADIUS_M * range_m * range_m
}

fn smallest_positive_root(square: f64, linear: f64, constant: f64) -> Option<f64> {
    let root = if square.abs() < 1e-18 {
        -constant / linear
    } else {
        let under = linear * linear - 4.0 * square * constant;
        if under < 0.0 {
            return None;
        }
        // The form that loses no digits; both roots, the nearer first.
        let q = -0.5 * (linear + linear.signum() * under.sqrt());
        let roots = [q / square, constant / q];
        roots.into_iter().filter(|root| *root > 0.0).min_by(f64::total_cmp)?
    };
    (root.is_finite() && root > 0.0).then_some(root)
}

/// The radius of the circle about the mean that holds nine tenths of a normal distribution in the plane of this
/// covariance.
#[must_use]
pub fn circle_90_m(covariance: &Matrix2<f64>) -> f64 {
    const ANGLES: usize = 180;
    let SymmetricEigen { eigenvalues, .. } = covariance.symmetric_eigen();
    let most = eigenvalues.max().max(0.0);
    if most == 0.0 || !most.is_finite() {
        return most.sqrt();
    }
    // The share within radius r of the distribution with variances 1 and `least`, by polar integration.
    let least = (eigenvalues.min() / most).clamp(1e-4, 1.0);
    let share = |radius: f64| {
        let within = |step: usize| {
            let angle = TAU * (step as f64 + 0.5) / ANGLES as f64 / 4.0;
            let steep = angle.cos().powi(2) + angle.sin().powi(2) / least;
            (1.0 - (-0.5 * radius * radius * steep).exp()) / (steep * least.sqrt())
        };
        (0..ANGLES).map(within).sum::<f64>() / ANGLES as f64
    };
    let (mut low, mut high) = (1.0, 3.0);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if share(middle) < 0.9 { low = middle } else { high = middle }
    }
    most.sqrt() * (low + high) / 2.0
}
