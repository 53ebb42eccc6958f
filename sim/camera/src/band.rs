//! The light a camera sees: visible, or thermal infrared.

use nalgebra::Vector3;

use crate::scene::{Material, Weather};

/// What a camera is sensitive to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Band {
    /// Visible light; the gain turns light of 1 into white.
    Visible {
        /// White is light of 1 / gain.
        gain: f64,
    },
    /// Thermal infrared: black and white of the 8-bit picture are these apparent temperatures, °C. White is hot.
    Infrared {
        /// Black, °C.
        coldest_c: f64,
        /// White, °C.
        hottest_c: f64,
    },
}

/// A surface's share of light that comes from all of the sky, against that of the sun.
const AMBIENT: f64 = 0.55;
const SUNLIGHT: f64 = 0.75;
/// Contrast falls to a twentieth over the meteorological range (Koschmieder, 1924; ICAO's 5 %).
const KOSCHMIEDER: f64 = 2.996;
/// Haze weakens the long waves less than light, by about this factor.
const INFRARED_HAZE: f64 = 0.35;

impl Band {
    /// What a surface of a material gives off towards anybody: light from 0 to 1, or its apparent temperature, °C.
    pub(crate) fn surface(&self, material: Material, normal: &Vector3<f64>, weather: &Weather) -> f32 {
        match self {
            Self::Visible { .. } => {
                let sun = weather.towards_sun();
                let direct = normal.dot(&sun).max(0.0) * SUNLIGHT * (1.0 - 0.7 * weather.cloud_cover);
                // What looks up gets all of the sky, what looks down the light of the ground.
                let sky = AMBIENT * (0.7 + 0.3 * normal.z);
                (f64::from(material.reflectance) * (sky + direct) * weather.daylight()) as f32
            }
            Self::Infrared { .. } => (weather.air_c + f64::from(material.excess_k)) as f32,
        }
    }

    /// What haze looks like: the sky at the horizon.
    pub(crate) fn haze(&self, weather: &Weather) -> f32 {
        match self {
            Self::Visible { .. } => (0.78 * weather.daylight()) as f32,
            Self::Infrared { .. } => weather.air_c as f32,
        }
    }

    /// How fast contrast falls, per metre.
    pub(crate) fn extinction_per_m(&self, weather: &Weather) -> f64 {
        let visible = KOSCHMIEDER / weather.visibility_m.max(1.0);
        match self {
            Self::Visible { .. } => visible,
            Self::Infrared { .. } => visible * INFRARED_HAZE,
        }
    }

    /// Gain and offset that turn values into 0 for black to 1 for white.
    pub(crate) fn scale(&self) -> (f32, f32) {
        match *self {
            Self::Visible { gain } => (gain as f32, 0.0),
            Self::Infrared { coldest_c, hottest_c } => {
                let gain = 1.0 / (hottest_c - coldest_c).max(0.1);
                (gain as f32, (-coldest_c * gain) as f32)
            }
        }
    }
}
