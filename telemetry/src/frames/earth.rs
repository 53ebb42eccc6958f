//! Positions on the ellipsoid of WGS-84 and earth-centred.

use nalgebra::Vector3;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::altitude::AltitudeHae;
use crate::angle::wrapped_pi;

use super::local::{Enu, SiteFrame};

/// Equatorial radius of WGS-84, metres.
pub const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// Flattening of WGS-84.
pub const FLATTENING: f64 = 1.0 / 298.257_223_563;
const SEMI_MINOR_M: f64 = SEMI_MAJOR_M * (1.0 - FLATTENING);
const ECCENTRICITY_2: f64 = FLATTENING * (2.0 - FLATTENING);
const SECOND_ECCENTRICITY_2: f64 = ECCENTRICITY_2 / (1.0 - ECCENTRICITY_2);
/// Beyond this from the ellipsoid nothing Picket watches exists; it bounds what a hostile message can say.
const HEIGHT_MAX_M: f64 = 1e6;

/// Coordinates that lie nowhere on Earth.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error(
    "latitude {latitude_deg}°, longitude {longitude_deg}°, height {height_m} m: allowed are −90…90°, −180…180°, ±1000 km"
)]
pub struct OffEarth {
    /// The latitude found.
    pub latitude_deg: f64,
    /// The longitude found.
    pub longitude_deg: f64,
    /// The height found.
    pub height_m: f64,
}

/// A position on the WGS-84 ellipsoid without a height, radians. Latitude in ±π/2, longitude in (−π, π].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f64; 2]", try_from = "[f64; 2]")]
pub struct LatLon {
    latitude: f64,
    longitude: f64,
}

impl LatLon {
    /// From degrees.
    ///
    /// # Errors
    /// [`OffEarth`] when a value is not finite or out of range.
    pub fn from_degrees(latitude: f64, longitude: f64) -> Result<Self, OffEarth> {
        Self::from_radians(latitude.to_radians(), longitude.to_radians())
    }

    /// From radians.
    ///
    /// # Errors
    /// [`OffEarth`] when a value is not finite or out of range.
    pub fn from_radians(latitude: f64, longitude: f64) -> Result<Self, OffEarth> {
        Geodetic::from_radians(latitude, longitude, AltitudeHae::new(0.0)).map(|at| at.lat_lon())
    }

    /// Latitude in radians, north positive.
    #[must_use]
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Longitude in radians, east positive.
    #[must_use]
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Latitude in degrees.
    #[must_use]
    pub fn latitude_deg(self) -> f64 {
        self.latitude.to_degrees()
    }

    /// Longitude in degrees.
    #[must_use]
    pub fn longitude_deg(self) -> f64 {
        self.longitude.to_degrees()
    }

    /// The point at a height above this one.
    #[must_use]
    pub fn at_height(self, height: AltitudeHae) -> Geodetic {
        Geodetic { latitude: self.latitude, longitude: self.longitude, height }
    }
}

impl From<LatLon> for [f64; 2] {
    fn from(at: LatLon) -> [f64; 2] {
        [at.latitude, at.longitude]
    }
}

impl TryFrom<[f64; 2]> for LatLon {
    type Error = OffEarth;
    fn try_from([latitude, longitude]: [f64; 2]) -> Result<Self, OffEarth> {
        Self::from_radians(latitude, longitude)
    }
}

/// A position on or above the WGS-84 ellipsoid. On the wire: `[latitude rad, longitude rad, height m]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f64; 3]", try_from = "[f64; 3]")]
pub struct Geodetic {
    latitude: f64,
    longitude: f64,
    height: AltitudeHae,
}

impl Geodetic {
    /// From radians and a height above the ellipsoid. A longitude just past ±π is wrapped.
    ///
    /// # Errors
    /// [`OffEarth`] when a value is not finite or lies nowhere on Earth.
    pub fn from_radians(latitude: f64, longitude: f64, height: AltitudeHae) -> Result<Self, OffEarth> {
        use std::f64::consts::{FRAC_PI_2, PI};
        let rounding = 1e-12;
        let on_earth = latitude.abs() <= FRAC_PI_2 + rounding
            && longitude.abs() <= PI + rounding
            && height.metres.abs() <= HEIGHT_MAX_M;
        if !on_earth {
            return Err(OffEarth {
                latitude_deg: latitude.to_degrees(),
                longitude_deg: longitude.to_degrees(),
                height_m: height.metres,
            });
        }
        Ok(Self { latitude: latitude.clamp(-FRAC_PI_2, FRAC_PI_2), longitude: wrapped_pi(longitude), height })
    }

    /// From degrees and a height above the ellipsoid.
    ///
    /// # Errors
    /// [`OffEarth`] when a value is not finite or lies nowhere on Earth.
    pub fn from_degrees(latitude: f64, longitude: f64, height: AltitudeHae) -> Result<Self, OffEarth> {
        Self::from_radians(latitude.to_radians(), longitude.to_radians(), height)
    }

    /// Latitude in radians, north positive.
    #[must_use]
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Longitude in radians, east positive, in (−π, π].
    #[must_use]
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Height above the ellipsoid.
    #[must_use]
    pub fn height(self) -> AltitudeHae {
        self.height
    }

    /// The point without its height.
    #[must_use]
    pub fn lat_lon(self) -> LatLon {
        LatLon { latitude: self.latitude, longitude: self.longitude }
    }

    /// Earth-centred coordinates, exact.
    #[must_use]
    pub fn ecef(self) -> Ecef {
        let (sin_lat, cos_lat) = self.latitude.sin_cos();
        let (sin_lon, cos_lon) = self.longitude.sin_cos();
        let normal_m = SEMI_MAJOR_M / (1.0 - ECCENTRICITY_2 * sin_lat * sin_lat).sqrt();
        let h = self.height.metres;
        Ecef(Vector3::new(
            (normal_m + h) * cos_lat * cos_lon,
            (normal_m + h) * cos_lat * sin_lon,
            (normal_m * (1.0 - ECCENTRICITY_2) + h) * sin_lat,
        ))
    }

    /// The straight-line distance to another point, metres.
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        (self.ecef().0 - other.ecef().0).norm()
    }

    /// The point reached by a displacement in this point's own tangent frame.
    ///
    /// # Errors
    /// [`OffEarth`] when the displacement is not finite or leads off the Earth.
    pub fn displaced(self, by: Enu) -> Result<Self, OffEarth> {
        SiteFrame::new(self).geodetic(by)
    }
}

impl From<Geodetic> for [f64; 3] {
    fn from(at: Geodetic) -> [f64; 3] {
        [at.latitude, at.longitude, at.height.metres]
    }
}

impl TryFrom<[f64; 3]> for Geodetic {
    type Error = OffEarth;
    fn try_from([latitude, longitude, height]: [f64; 3]) -> Result<Self, OffEarth> {
        Self::from_radians(latitude, longitude, AltitudeHae::new(height))
    }
}

/// Earth-centred, earth-fixed position, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ecef(pub Vector3<f64>);

impl Ecef {
    /// The geodetic position; below 1 nm of error for heights within ±1000 km.
    ///
    /// # Errors
    /// [`OffEarth`] when not finite, or farther than 1000 km from the ellipsoid (the Earth's centre included).
    pub fn geodetic(self) -> Result<Geodetic, OffEarth> {
        let (x, y, z) = (self.0.x, self.0.y, self.0.z);
        let axis_distance = x.hypot(y);
        let longitude = y.atan2(x);
        // Bowring's parametric latitude; two rounds reach the limit of a double.
        let (mut sin_b, mut cos_b) = (SEMI_MAJOR_M * z).atan2(SEMI_MINOR_M * axis_distance).sin_cos();
        let mut latitude = 0.0;
        for _ in 0..3 {
            latitude = (z + SECOND_ECCENTRICITY_2 * SEMI_MINOR_M * sin_b.powi(3))
                .atan2(axis_distance - ECCENTRICITY_2 * SEMI_MAJOR_M * cos_b.powi(3));
            (sin_b, cos_b) = ((1.0 - FLATTENING) * latitude.sin()).atan2(latitude.cos()).sin_cos();
        }
        let (sin_lat, cos_lat) = latitude.sin_cos();
        // This form of the height holds at the poles as at the equator.
        let height =
            axis_distance * cos_lat + z * sin_lat - SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2 * sin_lat * sin_lat).sqrt();
        Geodetic::from_radians(latitude, longitude, AltitudeHae::new(height))
    }
}
