//! Displacements and velocities in tangent frames.

use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};

use super::earth::{Ecef, Geodetic, OffEarth};
use crate::angle::{Azimuth, Course, Elevation};

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
    pub fn course(self) -> Course {
        Course::from_radians(self.east_m_s.atan2(self.north_m_s))
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
        let (sin_lat, cos_lat) = datum.latitude().sin_cos();
        let (sin_lon, cos_lon) = datum.longitude().sin_cos();
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
