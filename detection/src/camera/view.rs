//! From where and how a camera looks when a picture is taken.

use nalgebra::{UnitQuaternion, Vector3};
use telemetry::{AltitudeAmsl, Geodetic, SiteFrame};
use vision::geolocation::{Angles, Camera, Errors, MovingPose, Pose};

/// One camera at one instant. Its frame is that of the place itself: east, north and up where it looks from.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) position: Geodetic,
    pub(super) altitude: AltitudeAmsl,
    pub(super) frame: SiteFrame,
    pub(super) pose: MovingPose,
    pub(super) camera: Camera,
}

impl View {
    /// A camera that is carried; `moving` in the axes of the place.
    pub(super) fn carried(position: Geodetic, altitude: AltitudeAmsl, moving: MovingPose, camera: Camera) -> Self {
        let pose = Pose { enu_m: Vector3::zeros(), ..moving.pose };
        Self { position, altitude, frame: SiteFrame::new(position), pose: MovingPose { pose, ..moving }, camera }
    }

    /// A camera that stands still and always looks the same way.
    pub(super) fn still(position: Geodetic, altitude: AltitudeAmsl, aim: Angles, camera: Camera) -> Self {
        let pose = Pose {
            time_ns: 0,
            enu_m: Vector3::zeros(),
            enu_from_frd: aim.enu_from_frd(),
            frd_from_gimbal: UnitQuaternion::identity(),
        };
        Self::carried(position, altitude, MovingPose::at_rest(pose), camera)
    }
}

/// What a camera that stands still does not know exactly: how it looks, so well, and where it is, to half a metre.
pub(crate) fn errors_at_rest(sigma_rad: f64) -> Errors {
    Errors {
        attitude_rad: Vector3::repeat(sigma_rad),
        boresight_rad: Vector3::zeros(),
        place_m: Vector3::repeat(0.5),
        time_s: 0.0,
        pixel: 0.5,
    }
}
