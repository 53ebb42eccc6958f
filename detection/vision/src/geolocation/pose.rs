//! Where the camera was and how it looked when the picture was taken.
//!
//! Frames: ENU (east, north, up, metres about the site), FRD (the carrier: forward, right, down), gimbal (the same axes on
//! the gimbal's head), camera (right, down, optical axis). Angles follow ISO 1151-2: yaw clockwise from north seen from
//! above, pitch nose up, roll right side down, in radians.

use std::collections::VecDeque;

use nalgebra::{Matrix3, Rotation3, UnitQuaternion, Vector3};

/// Most samples that a history keeps; the oldest gives way.
pub const SAMPLES_MAX: usize = 1024;

/// Yaw, pitch and roll, radians.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Angles {
    /// Clockwise from north, or from the carrier's nose, seen from above.
    pub yaw: f64,
    /// Nose up.
    pub pitch: f64,
    /// Right side down.
    pub roll: f64,
}

/// North-east-down to east-north-up: its own inverse.
#[must_use]
pub fn enu_from_ned() -> UnitQuaternion<f64> {
    let axes = Matrix3::new(0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0);
    UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(axes))
}

impl Angles {
    fn parent_from_child(self) -> UnitQuaternion<f64> {
        UnitQuaternion::from_euler_angles(self.roll, self.pitch, self.yaw)
    }

    /// The attitude of a carrier with these angles to north and horizon.
    #[must_use]
    pub fn enu_from_frd(self) -> UnitQuaternion<f64> {
        enu_from_ned() * self.parent_from_child()
    }

    /// The angles of a carrier that lies so.
    #[must_use]
    pub fn of_carrier(enu_from_frd: &UnitQuaternion<f64>) -> Self {
        Self::of_head(&(enu_from_ned() * enu_from_frd))
    }

    /// The angles of a head that stands so on its carrier.
    #[must_use]
    pub fn of_head(frd_from_gimbal: &UnitQuaternion<f64>) -> Self {
        let (roll, pitch, yaw) = frd_from_gimbal.euler_angles();
        Self { yaw, pitch, roll }
    }

    /// The attitude of a gimbal's head with these angles to the carrier; zero: along the nose.
    #[must_use]
    pub fn frd_from_gimbal(self) -> UnitQuaternion<f64> {
        self.parent_from_child()
    }
}

/// How the camera sits on the gimbal's head: along its forward axis, but for the boresight's error, a small turn about
/// the head's forward, right and down axes, radians.
#[must_use]
pub fn gimbal_from_cam(boresight: Vector3<f64>) -> UnitQuaternion<f64> {
    let axes = Matrix3::new(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0);
    UnitQuaternion::from_scaled_axis(boresight)
        * UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(axes))
}

/// A place and an attitude at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// UTC, ns since 1970.
    pub time_ns: i64,
    /// Where the camera is, metres east, north, up of the site's datum.
    pub enu_m: Vector3<f64>,
    /// The carrier's attitude.
    pub enu_from_frd: UnitQuaternion<f64>,
    /// The gimbal's.
    pub frd_from_gimbal: UnitQuaternion<f64>,
}

/// A pose between two samples, and how fast it changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovingPose {
    /// The pose itself.
    pub pose: Pose,
    /// Velocity, m/s east, north, up.
    pub velocity_m_s: Vector3<f64>,
    /// How fast the gimbal's head turns in the world, radians a second about east, north, up.
    pub enu_rate_rad_s: Vector3<f64>,
}

impl MovingPose {
    /// A pose that does not change, as a tower's.
    #[must_use]
    pub fn at_rest(pose: Pose) -> Self {
        Self { pose, velocity_m_s: Vector3::zeros(), enu_rate_rad_s: Vector3::zeros() }
    }
}

/// The last poses of a carrier, from which the pose at a picture's time is interpolated.
#[derive(Debug, Clone, Default)]
pub struct PoseHistory {
    samples: VecDeque<Pose>,
}

/// Samples farther apart than this are not interpolated between, and this far beyond the newest nothing is guessed, ns.
const GAP_MAX_NS: i64 = 500_000_000;
const BEYOND_MAX_NS: i64 = 100_000_000;

impl PoseHistory {
    /// A history of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a sample. One that is not newer than the last is left out: false.
    pub fn push(&mut self, pose: Pose) -> bool {
        let sane = pose.enu_m.iter().all(|metres| metres.is_finite());
        if !sane || self.samples.back().is_some_and(|last| pose.time_ns <= last.time_ns) {
            return false;
        }
        if self.samples.len() == SAMPLES_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back(pose);
        true
    }

    /// The pose at a time: places straight, attitudes along the shortest turn (K. Shoemake, "Animating rotation with
    /// quaternion curves", SIGGRAPH 1985). Shortly after the newest sample the motion goes on as it was. Nothing before
    /// the oldest sample, across a gap of half a second, or a tenth of a second after the newest.
    #[must_use]
    pub fn at(&self, time_ns: i64) -> Option<MovingPose> {
        let after = self.samples.partition_point(|sample| sample.time_ns < time_ns);
        let (before, after) = match (after.checked_sub(1), self.samples.get(after)) {
            (Some(before), Some(after)) => (self.samples.get(before)?, after),
            // Exactly at the oldest, or beyond the newest.
            (None, Some(oldest)) if oldest.time_ns == time_ns => (oldest, self.samples.get(1)?),
            (Some(last), None) => (self.samples.get(last.checked_sub(1)?)?, self.samples.get(last)?),
            _ => return None,
        };
        let span_ns = after.time_ns.checked_sub(before.time_ns).filter(|span| *span <= GAP_MAX_NS)?;
        if time_ns.saturating_sub(after.time_ns) > BEYOND_MAX_NS {
            return None;
        }
        let span_s = span_ns as f64 * 1e-9;
        let share = (time_ns - before.time_ns) as f64 / span_ns as f64;
        let velocity_m_s = (after.enu_m - before.enu_m) / span_s;
        let turned = |from: &UnitQuaternion<f64>, to: &UnitQuaternion<f64>| {
            let whole = shortest(to * from.inverse());
            UnitQuaternion::from_scaled_axis(whole * share) * from
        };
        let pose = Pose {
            time_ns,
            enu_m: before.enu_m + (after.enu_m - before.enu_m) * share,
            enu_from_frd: turned(&before.enu_from_frd, &after.enu_from_frd),
            frd_from_gimbal: turned(&before.frd_from_gimbal, &after.frd_from_gimbal),
        };
        let head = |pose: &Pose| pose.enu_from_frd * pose.frd_from_gimbal;
        let enu_rate_rad_s = shortest(head(after) * head(before).inverse()) / span_s;
        Some(MovingPose { pose, velocity_m_s, enu_rate_rad_s })
    }
}

/// A turn as an axis times its angle, at most half a circle.
fn shortest(turn: UnitQuaternion<f64>) -> Vector3<f64> {
    let turn = if turn.w < 0.0 { UnitQuaternion::new_unchecked(-turn.into_inner()) } else { turn };
    turn.scaled_axis()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_PI_2, PI};

    use super::*;

    fn pose(time_ns: i64, yaw: f64) -> Pose {
        let angles = Angles { yaw, ..Angles::default() };
        let enu_m = Vector3::new(time_ns as f64 * 1e-8, 0.0, 50.0);
        Pose { time_ns, enu_m, enu_from_frd: angles.enu_from_frd(), frd_from_gimbal: UnitQuaternion::identity() }
    }

    #[test]
    fn the_axes_are_where_the_angles_say() {
        let near = |a: Vector3<f64>, b: Vector3<f64>| assert!((a - b).norm() < 1e-12, "{a} {b}");
        let level = Angles::default().enu_from_frd();
        near(level * Vector3::x(), Vector3::y());
        near(level * Vector3::y(), Vector3::x());
        near(level * Vector3::z(), -Vector3::z());
        let east = Angles { yaw: FRAC_PI_2, ..Angles::default() }.enu_from_frd();
        near(east * Vector3::x(), Vector3::x());
        let up = Angles { pitch: FRAC_PI_2, ..Angles::default() }.enu_from_frd();
        near(up * Vector3::x(), Vector3::z());
        let right_down = Angles { roll: FRAC_PI_2, ..Angles::default() }.enu_from_frd();
        near(right_down * Vector3::y(), -Vector3::z());
        let cam = gimbal_from_cam(Vector3::zeros());
        near(cam * Vector3::z(), Vector3::x());
        near(cam * Vector3::x(), Vector3::y());
        near(cam * Vector3::y(), Vector3::z());
    }

    #[test]
    fn angles_come_back_as_they_were() {
        let angles = Angles { yaw: -2.0, pitch: 0.4, roll: -0.3 };
        for found in [Angles::of_carrier(&angles.enu_from_frd()), Angles::of_head(&angles.frd_from_gimbal())] {
            let off = [found.yaw - angles.yaw, found.pitch - angles.pitch, found.roll - angles.roll];
            assert!(off.iter().all(|off| off.abs() < 1e-12), "{found:?}");
        }
    }

    #[test]
    fn between_samples_the_pose_turns_the_short_way() {
        let mut history = PoseHistory::new();
        assert!(history.push(pose(0, PI - 0.1)) && history.push(pose(100_000_000, PI + 0.1)));
        let found = history.at(25_000_000).unwrap();
        assert!(found.pose.enu_from_frd.angle_to(&pose(0, PI - 0.05).enu_from_frd) < 1e-9);
        assert!((found.pose.enu_m.x - 0.25).abs() < 1e-12 && (found.velocity_m_s.x - 10.0).abs() < 1e-9);
        assert!(
            (found.enu_rate_rad_s - Vector3::new(0.0, 0.0, -2.0)).norm() < 1e-9,
            "clockwise: {}",
            found.enu_rate_rad_s
        );
        assert_eq!(history.at(0).unwrap().pose.time_ns, 0);
    }

    #[test]
    fn beyond_the_samples_and_across_gaps_nothing_is_guessed() {
        let mut history = PoseHistory::new();
        assert_eq!(history.at(0), None);
        history.push(pose(0, 0.0));
        assert_eq!(history.at(0), None, "one sample says nothing of motion");
        history.push(pose(50_000_000, 0.01));
        assert!(!history.push(pose(50_000_000, 0.02)), "not newer");
        assert_eq!(history.at(-1), None);
        assert!((history.at(100_000_000).unwrap().pose.enu_m.x - 1.0).abs() < 1e-9, "the motion goes on");
        assert_eq!(history.at(150_000_001), None);
        history.push(pose(2_000_000_000, 0.1));
        assert_eq!(history.at(1_000_000_000), None, "a gap");
        for sample in 0..3000 {
            history.push(pose(3_000_000_000 + sample, 0.1));
        }
        assert_eq!(history.samples.len(), SAMPLES_MAX);
    }
}
