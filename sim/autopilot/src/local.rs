//! Near geometry on the ellipsoid: displacements of up to some tens of kilometres, as an autopilot computes them.
//!
//! Radii of curvature at the mean latitude, so that heights stay heights: no tangent plane that leaves the ground. The
//! error is below a ten-thousandth of the distance at 50 km in middle latitudes and vanishes on approach; positions
//! integrate exactly. Source: Snyder, "Map Projections: A Working Manual", USGS 1395 (1987), eq. 4-18 and 4-20.

use telemetry::angle::wrapped_pi;
use telemetry::frames::{FLATTENING, SEMI_MAJOR_M};
use telemetry::{AltitudeHae, Enu, Geodetic};

const ECCENTRICITY_2: f64 = FLATTENING * (2.0 - FLATTENING);
/// Keeps the parallel from vanishing at a pole, where no vehicle of ours goes.
const PARALLEL_MIN_M: f64 = 1.0;

/// Metres per radian of latitude and of longitude.
fn metres_per_radian(latitude: f64, height_m: f64) -> (f64, f64) {
    let (sin_lat, cos_lat) = latitude.sin_cos();
    let w2 = 1.0 - ECCENTRICITY_2 * sin_lat * sin_lat;
    let normal_m = SEMI_MAJOR_M / w2.sqrt();
    let meridian_m = normal_m * (1.0 - ECCENTRICITY_2) / w2;
    (meridian_m + height_m, ((normal_m + height_m) * cos_lat).max(PARALLEL_MIN_M))
}

/// The displacement from one point to another.
pub(crate) fn displacement(from: Geodetic, to: Geodetic) -> Enu {
    let (per_latitude, per_longitude) =
        metres_per_radian(0.5 * (from.latitude() + to.latitude()), from.height().metres);
    Enu {
        east_m: wrapped_pi(to.longitude() - from.longitude()) * per_longitude,
        north_m: (to.latitude() - from.latitude()) * per_latitude,
        up_m: to.height().metres - from.height().metres,
    }
}

/// The point reached by a displacement. A displacement off the Earth leads nowhere: the point stays.
pub(crate) fn moved(from: Geodetic, by: Enu) -> Geodetic {
    let (per_latitude, per_longitude) = metres_per_radian(from.latitude(), from.height().metres);
    let latitude = from.latitude() + by.north_m / per_latitude;
    let longitude = wrapped_pi(from.longitude() + by.east_m / per_longitude);
    Geodetic::from_radians(latitude, longitude, AltitudeHae::new(from.height().metres + by.up_m)).unwrap_or(from)
}

/// Horizontal distance in metres.
pub(crate) fn distance_m(from: Geodetic, to: Geodetic) -> f64 {
    displacement(from, to).horizontal_m()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude_deg: f64, longitude_deg: f64, height_m: f64) -> Geodetic {
        Geodetic::from_degrees(latitude_deg, longitude_deg, AltitudeHae::new(height_m)).unwrap()
    }

    #[test]
    fn displacements_agree_with_the_exact_tangent_frame_nearby() {
        for from in [at(54.37, 10.14, 45.0), at(-33.9, 151.2, 20.0), at(69.7, 18.9, 5.0), at(0.0, 179.9999, 0.0)] {
            for by in
                [Enu { east_m: 900.0, north_m: -400.0, up_m: 60.0 }, Enu { east_m: -30.0, north_m: 3.0, up_m: 0.0 }]
            {
                let to = moved(from, by);
                let exact = telemetry::SiteFrame::new(from).enu(to);
                let sag_m = by.horizontal_m().powi(2) / (2.0 * SEMI_MAJOR_M);
                // The parallel is taken at one end; far north it has shortened at the other.
                let tolerance_m = 2e-4 * by.horizontal_m();
                assert!((exact.east_m - by.east_m).abs() < tolerance_m, "{exact:?}");
                assert!((exact.north_m - by.north_m).abs() < tolerance_m, "{exact:?}");
                assert!((exact.up_m + sag_m - by.up_m).abs() < 0.01, "{exact:?}");
                let back = displacement(from, to);
                assert!((back.east_m - by.east_m).abs() < tolerance_m && (back.north_m - by.north_m).abs() < 0.01);
            }
        }
    }

    #[test]
    fn a_point_stays_when_a_displacement_is_not_a_number() {
        let from = at(54.0, 10.0, 0.0);
        assert_eq!(moved(from, Enu { east_m: f64::NAN, north_m: 0.0, up_m: 0.0 }), from);
        assert_eq!(moved(from, Enu { east_m: 0.0, north_m: 0.0, up_m: f64::INFINITY }), from);
        let pole = at(90.0, 0.0, 0.0);
        assert!(displacement(pole, at(89.9, 90.0, 0.0)).horizontal_m().is_finite());
    }
}
