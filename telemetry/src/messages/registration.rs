//! Registration: how far a sensor is off, constantly, as its measurements compare with those of others.

use serde::{Deserialize, Serialize};

use crate::ids::SensorId;
use crate::time::Timestamp;

/// The biases of one sensor as they are believed to be, with the uncertainty of that belief.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Which sensor.
    #[serde(rename = "s")]
    pub sensor: SensorId,
    /// When it was estimated.
    #[serde(rename = "t")]
    pub estimated_at: Timestamp,
    /// The biases.
    #[serde(rename = "b")]
    pub bias: SensorBias,
    /// The standard deviation of each.
    #[serde(rename = "e")]
    pub sigma: SensorBias,
    /// How many comparisons with other sensors it rests on.
    #[serde(rename = "n")]
    pub comparisons: u32,
    /// Whether the biases are larger than the sensor claims, beyond what the uncertainty explains.
    #[serde(rename = "x")]
    pub beyond_claim: bool,
}

/// A bias, or the standard deviation of one. Added to the true value it gives the measured one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct SensorBias {
    /// Slant range, metres.
    #[serde(rename = "r")]
    pub range_m: f64,
    /// Azimuth, radians, clockwise positive.
    #[serde(rename = "a")]
    pub azimuth_rad: f64,
    /// Elevation, radians, upward positive.
    #[serde(rename = "e")]
    pub elevation_rad: f64,
    /// The sensor's clock, seconds: positive where it stamps too late.
    #[serde(rename = "t")]
    pub time_s: f64,
}
