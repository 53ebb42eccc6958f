//! Models of sensors: what each would report of the truths, with its noise, its misses and its ghosts.
//!
//! Every sensor says when it looks next ([`Radar::next_at`] and its like); whoever runs the world brings it to that
//! instant and calls `scan`. Each draws from a stream of its own, named after it. A sensor that is out of order keeps
//! its rhythm and reports nothing.
//!
//! - [`Radar`]: 3-D counter-drone radar, staring or turning, and 2-D coastal radar
//! - [`DirectionFinder`]: bearings of transmitting drones
//! - [`Camera`]: the camera of one of our own vehicles
//!
//! Measurements are in the tangent frame at the sensor, positive range rate receding, as the messages say. The delay
//! from sensor to tracker is not made here; links do that. Rain, sea state and terrain are not modelled.

mod ais;
mod cadence;
mod camera;
mod detection_curve;
mod direction_finder;
mod radar;
#[cfg(test)]
mod scene;
mod viewpoint;

pub use self::ais::{AisReceiver, AisReceiverModel};
pub use self::camera::{Camera, CameraModel, CameraPose, FieldOfView, PoseError};
pub use self::detection_curve::{DetectionCurve, DetectionCurveFault};
pub use self::direction_finder::{DirectionFinder, DirectionFinderModel};
pub use self::radar::{Radar, RadarModel, RadarSigma, Sweep};

/// Whether a sensor works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Health {
    /// It does.
    #[default]
    Working,
    /// It reports nothing.
    Out,
}
