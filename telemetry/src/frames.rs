//! Frames of reference as types: positions on the WGS-84 ellipsoid ([`Geodetic`]), earth-centred ([`Ecef`]), in a
//! site's tangent frame ([`Enu`], [`SiteFrame`]), and directions in [`Ned`] and body axes ([`Frd`]).
//!
//! A transform's name reads right to left, as its product does: `enu_from_ecef * ecef`. Heights are recovered
//! geodetically, never read off the tangent plane, which stands 196 m above the ground 50 km out.
//!
//! Source: NIMA TR8350.2 (WGS-84); Bowring, "The accuracy of geodetic latitude and height equations", Survey Review
//! 28 (1985) for the inverse.

use nalgebra::{Matrix3, UnitQuaternion, Vector3};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::altitude::AltitudeHae;
use crate::angle::{Azimuth, Elevation, Heading, wrapped_pi};

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

/// A displacement in an east-north-up tangent frame, metres. Which frame, the context says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Enu {
    /// East, metres.
    pub east_m: f64,
    /// North, metres.
    pub north_m: f64,
    /// Up, metres.
    pub up_m: f64,
}

impl Enu {
    /// As a vector `[east, north, up]`, metres.
    #[must_use]
    pub fn vector(self) -> Vector3<f64> {
        Vector3::new(self.east_m, self.north_m, self.up_m)
    }

    /// From a vector `[east, north, up]`, metres.
    #[must_use]
    pub fn from_vector(v: Vector3<f64>) -> Self {
        Self { east_m: v.x, north_m: v.y, up_m: v.z }
    }

    /// From polar coordinates at a sensor: slant range, azimuth, elevation.
    #[must_use]
    pub fn from_polar(range_m: f64, azimuth: Azimuth, elevation: Elevation) -> Self {
        let (sin_az, cos_az) = azimuth.radians().sin_cos();
        let (sin_el, cos_el) = elevation.radians().sin_cos();
        Self { east_m: range_m * cos_el * sin_az, north_m: range_m * cos_el * cos_az, up_m: range_m * sin_el }
    }

    /// Horizontal distance from the origin, metres.
    #[must_use]
    pub fn horizontal_m(self) -> f64 {
        self.east_m.hypot(self.north_m)
    }

    /// Slant range from the origin, metres.
    #[must_use]
    pub fn range_m(self) -> f64 {
        self.vector().norm()
    }

    /// The direction of the displacement, clockwise from north.
    #[must_use]
    pub fn azimuth(self) -> Azimuth {
        Azimuth::from_radians(self.east_m.atan2(self.north_m))
    }

    /// The angle of the displacement above the horizontal.
    #[must_use]
    pub fn elevation(self) -> Elevation {
        Elevation::from_radians(self.up_m.atan2(self.horizontal_m()))
    }
}

/// A velocity in the east-north-up frame at the object, metres a second. On the wire: `[east, north, up]` as `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "[f32; 3]", from = "[f32; 3]")]
pub struct EnuVelocity {
    /// East, m/s.
    pub east_m_s: f64,
    /// North, m/s.
    pub north_m_s: f64,
    /// Up, m/s.
    pub up_m_s: f64,
}

impl EnuVelocity {
    /// As a vector `[east, north, up]`, m/s.
    #[must_use]
    pub fn vector(self) -> Vector3<f64> {
        Vector3::new(self.east_m_s, self.north_m_s, self.up_m_s)
    }

    /// From a vector `[east, north, up]`, m/s.
    #[must_use]
    pub fn from_vector(v: Vector3<f64>) -> Self {
        Self { east_m_s: v.x, north_m_s: v.y, up_m_s: v.z }
    }

    /// Speed over ground, m/s.
    #[must_use]
    pub fn ground_speed_m_s(self) -> f64 {
        self.east_m_s.hypot(self.north_m_s)
    }

    /// Course over ground.
    #[must_use]
    pub fn course(self) -> crate::angle::Course {
        crate::angle::Course::from_radians(self.east_m_s.atan2(self.north_m_s))
    }
}

impl From<EnuVelocity> for [f32; 3] {
    fn from(v: EnuVelocity) -> [f32; 3] {
        [v.east_m_s as f32, v.north_m_s as f32, v.up_m_s as f32]
    }
}

impl From<[f32; 3]> for EnuVelocity {
    fn from([east, north, up]: [f32; 3]) -> Self {
        Self { east_m_s: east.into(), north_m_s: north.into(), up_m_s: up.into() }
    }
}

/// North-east-down displacement or velocity, SI. Used in the autopilot link only.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ned {
    /// North.
    pub north: f64,
    /// East.
    pub east: f64,
    /// Down.
    pub down: f64,
}

impl Ned {
    /// The same displacement, east-north-up.
    #[must_use]
    pub fn enu(self) -> Enu {
        Enu { east_m: self.east, north_m: self.north, up_m: -self.down }
    }

    /// The same velocity, east-north-up.
    #[must_use]
    pub fn enu_velocity(self) -> EnuVelocity {
        EnuVelocity { east_m_s: self.east, north_m_s: self.north, up_m_s: -self.down }
    }
}

/// A direction in body axes: forward, right, down.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Frd {
    /// Along the nose.
    pub forward: f64,
    /// Along the right wing.
    pub right: f64,
    /// Through the floor.
    pub down: f64,
}

/// The orientation of a body, aerospace order (heading, pitch, roll). On the wire: `[roll, pitch, heading]` as `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "[f32; 3]", from = "[f32; 3]")]
pub struct Attitude {
    /// Right wing down positive, radians.
    pub roll_rad: f64,
    /// Nose up positive, radians.
    pub pitch_rad: f64,
    /// Where the nose points.
    pub heading: Heading,
}

impl Attitude {
    /// The rotation that takes body axes to north-east-down.
    #[must_use]
    pub fn ned_from_frd(self) -> UnitQuaternion<f64> {
        UnitQuaternion::from_euler_angles(self.roll_rad, self.pitch_rad, self.heading.radians())
    }

    /// A body direction in north-east-down.
    #[must_use]
    pub fn to_ned(self, body: Frd) -> Ned {
        let v = self.ned_from_frd() * Vector3::new(body.forward, body.right, body.down);
        Ned { north: v.x, east: v.y, down: v.z }
    }
}

impl From<Attitude> for [f32; 3] {
    fn from(a: Attitude) -> [f32; 3] {
        [a.roll_rad as f32, a.pitch_rad as f32, a.heading.radians() as f32]
    }
}

impl From<[f32; 3]> for Attitude {
    fn from([roll, pitch, heading]: [f32; 3]) -> Self {
        Self { roll_rad: roll.into(), pitch_rad: pitch.into(), heading: Heading::from_radians(heading.into()) }
    }
}

/// The east-north-up tangent frame at a datum. Built once a site (or a sensor), used many times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SiteFrame {
    datum: Geodetic,
    datum_ecef: Vector3<f64>,
    enu_from_ecef: Matrix3<f64>,
}

impl SiteFrame {
    /// The tangent frame at `datum`.
    #[must_use]
    pub fn new(datum: Geodetic) -> Self {
        let (sin_lat, cos_lat) = datum.latitude.sin_cos();
        let (sin_lon, cos_lon) = datum.longitude.sin_cos();
        #[rustfmt::skip]
        let enu_from_ecef = Matrix3::new(
            -sin_lon, cos_lon, 0.0,
            -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat,
            cos_lat * cos_lon, cos_lat * sin_lon, sin_lat,
        );
        Self { datum, datum_ecef: datum.ecef().0, enu_from_ecef }
    }

    /// Where the frame touches the ellipsoid's normal.
    #[must_use]
    pub fn datum(&self) -> Geodetic {
        self.datum
    }

    /// The rotation from earth-centred axes to this frame's.
    #[must_use]
    pub fn enu_from_ecef(&self) -> &Matrix3<f64> {
        &self.enu_from_ecef
    }

    /// A position in this frame.
    #[must_use]
    pub fn enu(&self, at: Geodetic) -> Enu {
        Enu::from_vector(self.enu_from_ecef * (at.ecef().0 - self.datum_ecef))
    }

    /// The geodetic position of a point of this frame.
    ///
    /// # Errors
    /// [`OffEarth`] when the point is not finite or far off the Earth.
    pub fn geodetic(&self, at: Enu) -> Result<Geodetic, OffEarth> {
        Ecef(self.datum_ecef + self.enu_from_ecef.tr_mul(&at.vector())).geodetic()
    }

    /// The rotation that takes vectors of `other`'s tangent frame into this one's (velocities, directions).
    #[must_use]
    pub fn enu_from_other(&self, other: &Self) -> Matrix3<f64> {
        self.enu_from_ecef * other.enu_from_ecef.transpose()
    }
}
