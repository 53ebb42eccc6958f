//! What sensors see: scans of detections. An empty scan is information too: looked, and saw nothing.

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::performance::SensorPerformance;
use crate::altitude::AltitudeAmsl;
use crate::angle::{Azimuth, Elevation};
use crate::frames::{EnuVelocity, Geodetic};
use crate::ids::{DetectionId, SensorId};
use crate::time::Timestamp;

/// One look of one sensor: a radar's turn or sector, a camera's frame, one message of a receiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensorScan {
    /// Which sensor.
    #[serde(rename = "s")]
    pub sensor: SensorId,
    /// The scan's number, counted by the sensor.
    #[serde(rename = "n")]
    pub scan: u64,
    /// When the scan was measured (its end).
    #[serde(rename = "t")]
    pub measured_at: Timestamp,
    /// Where the sensor stood then.
    #[serde(rename = "p")]
    pub origin: Geodetic,
    /// The sector swept; nothing means the whole field of view.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<AzimuthSector>,
    /// What was seen, possibly nothing.
    #[serde(rename = "d", default)]
    pub detections: Vec<Detection>,
}

/// A sector of azimuth, swept clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AzimuthSector {
    /// Where it begins.
    #[serde(rename = "a")]
    pub from: Azimuth,
    /// Where it ends.
    #[serde(rename = "b")]
    pub to: Azimuth,
}

impl AzimuthSector {
    /// Whether an azimuth lies in the sector, ends included.
    #[must_use]
    pub fn contains(self, azimuth: Azimuth) -> bool {
        let width = (self.to.radians() - self.from.radians()).rem_euclid(std::f64::consts::TAU);
        (azimuth.radians() - self.from.radians()).rem_euclid(std::f64::consts::TAU) <= width
    }
}

/// One thing seen once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Its number, unique within the sensor.
    #[serde(rename = "i")]
    pub id: DetectionId,
    /// When it was measured; within a rotating scan every plot has its own time.
    #[serde(rename = "t")]
    pub measured_at: Timestamp,
    /// What was measured.
    #[serde(rename = "m")]
    pub measurement: Measurement,
    /// What the target says of itself, if it says anything.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// A calibrated log-likelihood ratio drone : not drone, where the sensor gives one.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub drone_llr: Option<f32>,
}

/// What a sensor measured, in the tangent frame at the sensor, with standard deviations of independent errors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Measurement {
    /// A 3-D radar plot.
    #[serde(rename = "rae")]
    RangeAzEl {
        /// Slant range, metres.
        #[serde(rename = "r")]
        range_m: f64,
        /// Azimuth.
        #[serde(rename = "a")]
        azimuth: Azimuth,
        /// Elevation.
        #[serde(rename = "e")]
        elevation: Elevation,
        /// Range rate, receding positive, where the radar measures Doppler.
        #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
        range_rate: Option<RangeRate>,
        /// Standard deviations: range in metres, azimuth and elevation in radians.
        #[serde(rename = "s")]
        sigma: [f64; 3],
    },
    /// A 2-D (coastal) radar plot.
    #[serde(rename = "ra")]
    RangeAz {
        /// Slant range, metres.
        #[serde(rename = "r")]
        range_m: f64,
        /// Azimuth.
        #[serde(rename = "a")]
        azimuth: Azimuth,
        /// Standard deviations: range in metres, azimuth in radians.
        #[serde(rename = "s")]
        sigma: [f64; 2],
    },
    /// A direction in space: camera, acoustic array.
    #[serde(rename = "ae")]
    AzEl {
        /// Azimuth.
        #[serde(rename = "a")]
        azimuth: Azimuth,
        /// Elevation.
        #[serde(rename = "e")]
        elevation: Elevation,
        /// Standard deviations, radians.
        #[serde(rename = "s")]
        sigma: [f64; 2],
    },
    /// A bearing: radio direction finder.
    #[serde(rename = "az")]
    Azimuth {
        /// Azimuth.
        #[serde(rename = "a")]
        azimuth: Azimuth,
        /// Standard deviation, radians.
        #[serde(rename = "s")]
        sigma: f64,
    },
    /// A reported position: AIS, Remote ID, ADS-B. A claim, with the trust a claim deserves.
    #[serde(rename = "pos")]
    Position {
        /// The position reported.
        #[serde(rename = "p")]
        position: Geodetic,
        /// Standard deviation of each horizontal axis, metres.
        #[serde(rename = "h")]
        horizontal_sigma_m: f64,
        /// Standard deviation of the height, metres; nothing where no height is reported.
        #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
        vertical_sigma_m: Option<f64>,
        /// The velocity reported, with the standard deviation of each axis, m/s.
        #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
        velocity: Option<(EnuVelocity, f64)>,
    },
}

/// Range rate with its standard deviation, m/s, receding positive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RangeRate {
    /// m/s, receding positive.
    #[serde(rename = "v")]
    pub m_s: f64,
    /// Standard deviation, m/s.
    #[serde(rename = "s")]
    pub sigma_m_s: f64,
}

/// What a sensor is and can do: where the tracker takes coverage, noise and clutter from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensorDescription {
    /// Its name.
    pub id: SensorId,
    /// What it measures.
    pub kind: SensorKind,
    /// Where it stands.
    pub position: Geodetic,
    /// The same height above mean sea level, as a person would state it.
    pub altitude: AltitudeAmsl,
    /// Seconds between two looks; 0 where it reports when something happens.
    pub period_s: f64,
    /// Where it can see.
    pub coverage: Coverage,
    /// The probability to see a drone inside the coverage, 0 to 1.
    pub detection_probability: f64,
    /// False detections a look, on average.
    pub clutter_per_scan: f64,
    /// What its data sheet says beyond that.
    #[serde(default)]
    pub performance: SensorPerformance,
}

/// What a sensor measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensorKind {
    /// 3-D radar.
    Radar,
    /// 2-D coastal radar.
    CoastalRadar,
    /// Radio direction finder.
    RfDirectionFinder,
    /// AIS receiver.
    AisReceiver,
    /// Camera, on a mast or on a vehicle.
    Camera,
    /// Acoustic array.
    Acoustic,
    /// Receiver of Remote ID.
    RemoteIdReceiver,
    /// Receiver of ADS-B.
    AdsbReceiver,
}

/// Where a sensor can see, polar at the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Nearest and farthest slant range, metres.
    pub range_m: [f64; 2],
    /// The sector covered; nothing means all round.
    pub sector: Option<AzimuthSector>,
    /// Lowest and highest elevation.
    pub elevation: [Elevation; 2],
}
