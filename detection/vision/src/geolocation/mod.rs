//! From a pixel to a place in the world, with honest errors.
//!
//! [`Lens`] makes a direction of a pixel, [`PoseHistory`] tells where the camera was and how it looked at the exposure,
//! [`Camera::sight`] joins them to a ray with covariances, and [`Sight`] meets the sea, terrain, a height or a range with
//! it. Where it meets nothing it is still a bearing, which the fusion tracker uses as one. The sea's horizon, where it is
//! seen, corrects roll and pitch ([`horizon`]).
//!
//! Places are metres in one east-north-up frame about the site, directions are unit vectors in it or in the camera's frame
//! (right, down, optical axis). Heights of the camera and of what the ray meets must share one datum: mixing heights
//! above the ellipsoid with heights above the sea throws a place off by the geoid's undulation over the tangent of the
//! depression angle. Nothing here knows geodesy, but for the Earth's curvature and the bending of light, which matter
//! beyond a kilometre or two.

pub mod horizon;
mod lens;
mod pose;
mod sight;

pub use lens::{Distortion, Lens, LensError};
pub use pose::{Angles, MovingPose, Pose, PoseHistory, SAMPLES_MAX, enu_from_ned, gimbal_from_cam};
pub use sight::{Bearing, Camera, Errors, Place, Sight, circle_90_m};

/// The Earth's mean radius, metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// How much light bends with the Earth, as a share of its curvature: 0.13 is the surveyors' mean (C. F. Gauss), and varies
/// between 0 and 0.3, more so over water.
const REFRACTION: f64 = 0.13;

#[cfg(test)]
mod tests;
