//! How much of a picture the sun on the water spoils.

use super::camera::{Camera, View};
use sky::Standing;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// It mirrors.
    Water,
    /// It does not.
    Land,
}

/// The share of the picture, 0 to 1, that looks at facets mirroring the sun: as steep as at most one in a hundred of
/// those that this wind makes.
#[must_use]
pub fn glare(camera: &Camera, view: View, looks_to: f64, sun: Standing, surface: Surface, wind_m_s: f64) -> f64 {
    if surface == Surface::Land || sun.elevation <= 0.0 {
        return 0.0;
    }
    // The mean square slope of a clean sea (Cox & Munk 1954), and the slope that one in a hundred exceeds.
    let squared_slope = 0.003 + 0.005_12 * wind_m_s.max(0.0);
    let steepest = (squared_slope * RARE).sqrt();
    let ((sin, cos), (to_east, to_north)) = (view.down_rad.sin_cos(), looks_to.sin_cos());
    // The optical axis, and what is right and up in the picture: east, north, up.
    let axis = [cos * to_east, cos * to_north, -sin];
    let (right, up) = ([to_north, -to_east, 0.0], [sin * to_east, sin * to_north, cos]);
    let directions: Vec<[f64; 2]> = camera.directions().collect();
    let spoilt = directions.iter().filter(|at| {
        let looks = [0, 1, 2].map(|part: usize| axis[part] + at[0] * right[part] + at[1] * up[part]);
        let length = looks.iter().map(|part| part * part).sum::<f64>().sqrt();
        let back = looks.map(|part| -part / length);
        let to_sun =
            [sun.elevation.cos() * sun.azimuth.sin(), sun.elevation.cos() * sun.azimuth.cos(), sun.elevation.sin()];
        // A facet mirrors when its normal halves the angle between the ways to the camera and to the sun.
        let normal = [0, 1, 2].map(|part: usize| back[part] + to_sun[part]);
        normal[2] > 0.0 && normal[0].hypot(normal[1]) / normal[2] < steepest
    });
    spoilt.count() as f64 / directions.len() as f64
}

/// A slope that one facet in a hundred exceeds, squared, in mean squares: the logarithm of a hundred.
const RARE: f64 = 4.605;
