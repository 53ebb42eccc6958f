//! Numbers of a file, held to what they may be while they are read, so that a mistake is told with its place.

use serde::Deserialize;
use telemetry::{AltitudeHae, Geodetic};

/// From `LOW` to `HIGH`, both included.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Within<const LOW: i64, const HIGH: i64>(pub(super) f64);

impl<const LOW: i64, const HIGH: i64> TryFrom<f64> for Within<LOW, HIGH> {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if (LOW as f64..=HIGH as f64).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("found {value}; allowed: {LOW} to {HIGH}"))
        }
    }
}

/// More than 0, at most a million.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Positive(pub(super) f64);

impl TryFrom<f64> for Positive {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if value > 0.0 && value <= 1e6 {
            Ok(Self(value))
        } else {
            Err(format!("found {value}; allowed: more than 0, at most 1000000"))
        }
    }
}

/// Low and high, in this order, within `LOW` to `HIGH`; they may be equal.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "[f64; 2]")]
pub(super) struct Span<const LOW: i64, const HIGH: i64>(pub(super) [f64; 2]);

impl<const LOW: i64, const HIGH: i64> TryFrom<[f64; 2]> for Span<LOW, HIGH> {
    type Error = String;
    fn try_from([low, high]: [f64; 2]) -> Result<Self, String> {
        if low >= LOW as f64 && low <= high && high <= HIGH as f64 {
            Ok(Self([low, high]))
        } else {
            Err(format!("found [{low}, {high}]; allowed: [low, high] within {LOW} to {HIGH}"))
        }
    }
}

/// `[latitude, longitude, height]`, degrees and metres above the ellipsoid.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "[f64; 3]")]
pub(super) struct Place(pub(super) Geodetic);

impl TryFrom<[f64; 3]> for Place {
    type Error = String;
    fn try_from([latitude, longitude, height]: [f64; 3]) -> Result<Self, String> {
        let at = Geodetic::from_degrees(latitude, longitude, AltitudeHae::new(height));
        let allowed = "[latitude, longitude, height]: -90 to 90 degrees, -180 to 180 degrees, ±1000 km";
        at.map(Self).map_err(|_| format!("found [{latitude}, {longitude}, {height}]; allowed: {allowed}"))
    }
}
