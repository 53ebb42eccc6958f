//! Where a camera is and where it looks, at an instant and through an exposure.

use nalgebra::{Matrix3, Rotation3, Vector2, Vector3};

use crate::lens::Lens;

/// Where a camera is and how it is turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// The place, metres east, north, up in the scene's frame.
    pub position: Vector3<f64>,
    /// From camera axes (right, down, optical axis) to east, north, up.
    pub enu_from_cam: Rotation3<f64>,
}

impl Pose {
    /// A camera looking to an azimuth (clockwise from north) and an elevation of the scene's frame, turned clockwise about
    /// its axis by a roll, all in radians.
    #[must_use]
    pub fn looking(position: Vector3<f64>, azimuth_rad: f64, elevation_rad: f64, roll_rad: f64) -> Self {
        let (sin_a, cos_a) = azimuth_rad.sin_cos();
        let (sin_e, cos_e) = elevation_rad.sin_cos();
        let forward = Vector3::new(cos_e * sin_a, cos_e * cos_a, sin_e);
        let right = Vector3::new(cos_a, -sin_a, 0.0);
        let level = Matrix3::from_columns(&[right, forward.cross(&right), forward]);
        let enu_from_cam =
            Rotation3::from_matrix_unchecked(level) * Rotation3::from_axis_angle(&Vector3::z_axis(), roll_rad);
        Self { position, enu_from_cam }
    }

    /// A camera turned towards a point, with a roll as for [`Self::looking`].
    #[must_use]
    pub fn towards(position: Vector3<f64>, target: Vector3<f64>, roll_rad: f64) -> Self {
        let way = target - position;
        let elevation_rad = way.z.atan2(way.x.hypot(way.y));
        Self::looking(position, way.x.atan2(way.y), elevation_rad, roll_rad)
    }

    /// A point in camera axes.
    #[must_use]
    pub fn cam(&self, at: &Vector3<f64>) -> Vector3<f64> {
        self.enu_from_cam.inverse_transform_vector(&(at - self.position))
    }

    /// The pixel in which a point is seen; nothing where it is behind the camera or too far aside.
    #[must_use]
    pub fn project(&self, lens: &Lens, at: &Vector3<f64>) -> Option<Vector2<f64>> {
        lens.project(&self.cam(at))
    }
}

/// A pose through an exposure: the shutter of the whole picture opens and closes at once (a global shutter; a rolling one is
/// not modelled).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// The pose in the middle of the exposure.
    pub pose: Pose,
    /// How the camera moves, metres a second, east, north, up.
    pub velocity_m_s: Vector3<f64>,
    /// How it turns, radians a second about its right, down and optical axes.
    pub rates_rad_s: Vector3<f64>,
    /// How long the shutter is open, seconds.
    pub open_s: f64,
    /// The middle of the exposure, seconds since the scene began.
    pub time_s: f64,
}

impl Exposure {
    /// A camera that stands still.
    #[must_use]
    pub fn still(pose: Pose, open_s: f64, time_s: f64) -> Self {
        Self { pose, velocity_m_s: Vector3::zeros(), rates_rad_s: Vector3::zeros(), open_s, time_s }
    }

    /// The pose so many seconds after the middle.
    #[must_use]
    pub fn pose_after(&self, seconds: f64) -> Pose {
        Pose {
            position: self.pose.position + self.velocity_m_s * seconds,
            enu_from_cam: self.pose.enu_from_cam * Rotation3::new(self.rates_rad_s * seconds),
        }
    }

    /// Instants, seconds from the middle, that stand for `count` equal parts of the exposure.
    pub(crate) fn instants(&self, count: usize) -> impl Iterator<Item = f64> + Clone {
        let open_s = self.open_s;
        (0..count).map(move |part| ((part as f64 + 0.5) / count as f64 - 0.5) * open_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_looking_east_has_south_on_its_right() {
        let pose = Pose::looking(Vector3::zeros(), 90_f64.to_radians(), 0.0, 0.0);
        assert!((pose.cam(&Vector3::new(0.0, -1.0, 0.0)) - Vector3::x()).norm() < 1e-12);
        assert!((pose.cam(&Vector3::new(0.0, 0.0, -1.0)) - Vector3::y()).norm() < 1e-12);
        assert!((pose.cam(&Vector3::new(1.0, 0.0, 0.0)) - Vector3::z()).norm() < 1e-12);
    }

    #[test]
    fn a_camera_rolled_clockwise_sees_the_horizon_fall_to_the_left() {
        let pose = Pose::looking(Vector3::zeros(), 0.0, 0.0, 10_f64.to_radians());
        let left = pose.cam(&Vector3::new(-1.0, 5.0, 0.0));
        assert!(left.y > 0.1, "{left}");
    }

    #[test]
    fn a_camera_turned_towards_a_point_sees_it_in_the_middle() {
        let lens = Lens::pinhole([960, 544], 0.5).unwrap();
        let target = Vector3::new(-300.0, 120.0, 70.0);
        let pose = Pose::towards(Vector3::new(10.0, 20.0, 30.0), target, 0.3);
        let seen = pose.project(&lens, &target).unwrap();
        assert!((seen - lens.principal_px()).norm() < 1e-9, "{seen}");
    }

    #[test]
    fn a_camera_that_turns_right_sees_things_move_left() {
        let exposure = Exposure {
            rates_rad_s: Vector3::new(0.0, 0.5, 0.0),
            ..Exposure::still(Pose::looking(Vector3::zeros(), 0.0, 0.0, 0.0), 0.02, 0.0)
        };
        let ahead = Vector3::new(0.0, 100.0, 0.0);
        assert!(exposure.pose_after(0.01).cam(&ahead).x < 0.0);
        assert!(exposure.pose_after(-0.01).cam(&ahead).x > 0.0);
    }
}
