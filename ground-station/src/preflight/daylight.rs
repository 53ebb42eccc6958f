//! Where the sun stands.

use telemetry::{LatLon, Timestamp};

/// J2000, seconds after 1970-01-01.
const J2000_UNIX_S: f64 = 946_728_000.0;

/// The sun's elevation above the horizon, degrees, without refraction: the low-precision formulas of the Astronomical
/// Almanac (page C5), good to a hundredth of a degree until 2050.
#[must_use]
pub fn sun_elevation_deg(at: Timestamp, place: LatLon) -> f64 {
    let days = (at.unix_seconds() - J2000_UNIX_S) / 86_400.0;
    let longitude_deg = 280.460 + 0.985_647_4 * days;
    let anomaly = (357.528 + 0.985_600_3 * days).to_radians();
    let ecliptic = (longitude_deg + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin()).to_radians();
    let obliquity = (23.439 - 0.000_000_4 * days).to_radians();
    let right_ascension = (obliquity.cos() * ecliptic.sin()).atan2(ecliptic.cos());
    let declination = (obliquity.sin() * ecliptic.sin()).asin();
    let sidereal_deg = 280.460_618_37 + 360.985_647_366_29 * days;
    let hour_angle = sidereal_deg.to_radians() + place.longitude() - right_ascension;
    let latitude = place.latitude();
    let sine = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
    sine.clamp(-1.0, 1.0).asin().to_degrees()
}

#[cfg(test)]
mod tests {
    use super::sun_elevation_deg;
    use telemetry::LatLon;

    #[test]
    fn the_sun_stands_where_almanacs_say() {
        // The solstices' noon heights follow from the latitude and the obliquity, 23.44°; sunrise at the equinox is 0°
        // at 6 h local solar time.
        let cases = [
            ("2026-06-21T12:00:00Z", 54.0, 0.0, 90.0 - 54.0 + 23.44),
            ("2026-12-21T12:00:00Z", 54.0, 0.0, 90.0 - 54.0 - 23.44),
            ("2026-12-21T00:00:00Z", 54.0, 0.0, -(90.0 - 54.0) - 23.44 + 0.0),
            ("2026-03-20T06:07:30Z", 0.0, 0.0, 0.0),
        ];
        for (at, lat, lon, expected) in cases {
            let found = sun_elevation_deg(at.parse().unwrap(), LatLon::from_degrees(lat, lon).unwrap());
            assert!((found - expected).abs() < 0.6, "{at}: {found}, expected {expected}");
        }
    }
}
