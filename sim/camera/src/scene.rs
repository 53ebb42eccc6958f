//! What there is to see: light, weather, coast and buildings, and everything that moves.

use nalgebra::{Rotation3, Vector2, Vector3};

use crate::earth::Earth;
use crate::figure::Figure;

/// A scene at one instant. Places are metres east, north, up of a datum at sea level; see [`Earth`].
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The sphere of the sea.
    pub earth: Earth,
    /// Sun and weather.
    pub weather: Weather,
    /// Coast, quays, houses, masts: what stands.
    pub scenery: Vec<Structure>,
    /// Everything that may be a target, each with its truth in the picture.
    pub targets: Vec<Target>,
}

/// Light and air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    /// Where the sun stands: azimuth clockwise from north, and elevation, radians.
    pub sun: [f64; 2],
    /// The share of the sky that is clouded, 0 to 1.
    pub cloud_cover: f64,
    /// Where the wind blows to, metres a second east and north; it makes the waves.
    pub wind_m_s: Vector2<f64>,
    /// The meteorological optical range: contrast falls to a twentieth over this many metres.
    pub visibility_m: f64,
    /// Temperature of the air, °C.
    pub air_c: f64,
    /// Temperature of the water, °C.
    pub water_c: f64,
}

impl Default for Weather {
    /// A fair afternoon: sun in the south-west, some clouds, 6 m/s from the west, 20 km.
    fn default() -> Self {
        Self {
            sun: [230_f64.to_radians(), 28_f64.to_radians()],
            cloud_cover: 0.35,
            wind_m_s: Vector2::new(6.0, 1.0),
            visibility_m: 20_000.0,
            air_c: 12.0,
            water_c: 9.0,
        }
    }
}

impl Weather {
    /// Towards the sun, of length one.
    #[must_use]
    pub fn towards_sun(&self) -> Vector3<f64> {
        let [azimuth, elevation] = self.sun;
        let (sin_e, cos_e) = elevation.sin_cos();
        Vector3::new(cos_e * azimuth.sin(), cos_e * azimuth.cos(), sin_e)
    }

    /// How bright the day is: 1 while the sun stands 6° high or more, falling to a five-hundredth when it is 8° below the
    /// horizon.
    #[must_use]
    pub fn daylight(&self) -> f64 {
        let elevation_deg = self.sun[1].to_degrees();
        let share = ((elevation_deg + 8.0) / 14.0).clamp(0.0, 1.0);
        0.002 + 0.998 * share * share * (3.0 - 2.0 * share)
    }
}

/// What a surface is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Material {
    /// The share of light it throws back, 0 to 1.
    pub reflectance: f32,
    /// How much warmer than the air it looks in the infrared, kelvin.
    pub excess_k: f32,
}

/// Something that stands on the sea or on land: walls and a flat top.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    /// The outline, metres east and north, any simple polygon. Two points or fewer stand for nothing.
    pub outline: Vec<Vector2<f64>>,
    /// Heights above the sea of its foot and its top, metres.
    pub heights_m: [f64; 2],
    /// What it is made of.
    pub material: Material,
}

impl Structure {
    /// A square mast.
    #[must_use]
    pub fn mast(at: Vector2<f64>, heights_m: [f64; 2], width_m: f64, material: Material) -> Self {
        let corner = |x: f64, y: f64| at + Vector2::new(x, y) * (width_m / 2.0);
        let outline = vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
        Self { outline, heights_m, material }
    }

    /// A rectangular house: its middle, length and width, and the azimuth of its length, radians.
    #[must_use]
    pub fn house(
        at: Vector2<f64>,
        size_m: [f64; 2],
        azimuth_rad: f64,
        heights_m: [f64; 2],
        material: Material,
    ) -> Self {
        let along = Vector2::new(azimuth_rad.sin(), azimuth_rad.cos()) * (size_m[0] / 2.0);
        let aside = Vector2::new(azimuth_rad.cos(), -azimuth_rad.sin()) * (size_m[1] / 2.0);
        Self {
            outline: vec![at + along + aside, at + along - aside, at - along - aside, at - along + aside],
            heights_m,
            material,
        }
    }
}

/// Something that moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Whoever made the scene knows it by this number.
    pub id: u32,
    /// What it looks like.
    pub figure: Figure,
    /// Where its reference point is, metres east, north, up: the middle of what flies, the middle of a vessel at the
    /// waterline.
    pub position: Vector3<f64>,
    /// How it moves, metres a second: what blurs it while the shutter is open.
    pub velocity_m_s: Vector3<f64>,
    /// From its body axes (forward, right, down) to east, north, up.
    pub enu_from_frd: Rotation3<f64>,
}

/// From body axes to east, north, up of a body of this heading, pitch and roll, radians, in the aerospace order.
#[must_use]
pub fn enu_from_frd(heading_rad: f64, pitch_rad: f64, roll_rad: f64) -> Rotation3<f64> {
    let enu_from_ned =
        Rotation3::from_matrix_unchecked(nalgebra::Matrix3::new(0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0));
    enu_from_ned * Rotation3::from_euler_angles(roll_rad, pitch_rad, heading_rad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_heading_east_has_its_right_side_to_the_south() {
        let turned = enu_from_frd(90_f64.to_radians(), 10_f64.to_radians(), 0.0);
        let nose = turned * Vector3::x();
        assert!(nose.x > 0.98 && nose.z > 0.17, "{nose}");
        assert!((turned * Vector3::y() + Vector3::y()).norm() < 1e-12);
    }

    #[test]
    fn it_is_dark_at_night() {
        let at =
            |elevation_deg: f64| Weather { sun: [0.0, elevation_deg.to_radians()], ..Weather::default() }.daylight();
        assert!(at(30.0) > 0.99 && at(-10.0) < 0.01 && (0.2..0.8).contains(&at(-1.0)));
    }
}
