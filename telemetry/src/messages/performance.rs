//! What a data sheet says of a sensor beyond its coverage: how well it sees what, and how far its own figures are to be
//! trusted. Everything is optional, and what is not stated is not assumed: the reader decides what it does without.

use serde::{Deserialize, Serialize};

/// What a sensor's data sheet says beyond its coverage. Nothing of it need be stated.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SensorPerformance {
    /// The probability to see a drone by slant range, ascending: linear between the points, level beyond the first and
    /// the last. Empty: the same at every range, as the description states it.
    pub detection_by_range: Vec<RangeProbability>,
    /// The probability to see a bird relative to that of a drone.
    pub bird_factor: Option<f64>,
    /// Targets closer together than this in all of its components give one merged plot.
    pub resolution: Option<Resolution>,
    /// The least and the most range rate it can report, m/s, receding positive.
    pub range_rate_span_m_s: Option<[f64; 2]>,
    /// Whether its antenna rotates, so that every plot has its own time within the scan.
    pub rotation: bool,
    /// The least and the most delay from measurement to delivery, seconds.
    pub latency_s: Option<[f64; 2]>,
    /// The speed of sound, m/s: the bearings of an acoustic array point to where the target was when the sound left.
    pub sound_speed_m_s: Option<f64>,
    /// The error of the pose that a moving platform reports of itself.
    pub pose_sigma: Option<PoseSigma>,
    /// What the sensor claims of its constant biases.
    pub bias_sigma: Option<BiasSigma>,
    /// The mean of the log-likelihood ratio drone : not drone of a drone's plots; of everything else's it is minus that,
    /// and the variance of both is twice that.
    pub drone_llr_mean: Option<f64>,
}

/// A point of a detection curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RangeProbability {
    /// Slant range, metres.
    pub range_m: f64,
    /// Probability of detection there, 0 to 1.
    pub probability: f64,
}

/// How close two targets may be and still give two plots. In a component that the sensor does not measure it is wider
/// than any two targets can be apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// Slant range, metres.
    pub range_m: f64,
    /// Azimuth, radians.
    pub azimuth_rad: f64,
    /// Elevation, radians.
    pub elevation_rad: f64,
}

/// Standard deviations of a reported pose, each axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PoseSigma {
    /// Each horizontal axis, metres.
    pub horizontal_m: f64,
    /// Height, metres.
    pub vertical_m: f64,
    /// For how long the error stays as it is: the time constant of its autocorrelation, seconds; 0 where every report is
    /// off by itself. A satellite receiver's error lasts for minutes.
    #[serde(default)]
    pub correlation_s: f64,
}

/// Standard deviations of constant biases; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BiasSigma {
    /// Slant range, metres.
    pub range_m: f64,
    /// Azimuth, radians.
    pub azimuth_rad: f64,
    /// Elevation, radians.
    pub elevation_rad: f64,
    /// The sensor's clock, seconds.
    pub time_s: f64,
}
