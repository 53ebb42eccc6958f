//! Where the sun stands, to a hundredth of a degree without refraction.
//!
//! Source: the Astronomical Almanac's low-precision formulas (section C, "Low precision formulas for the Sun"), good from
//! 1950 to 2050.

use telemetry::{Geodetic, Timestamp};

/// 2000-01-01 12:00 UTC, seconds since 1970.
const J2000_S: f64 = 946_728_000.0;
const DAY_S: f64 = 86_400.0;

/// Azimuth clockwise from north and elevation of the sun at a place and time, radians.
#[must_use]
pub fn sun(at: Geodetic, time: Timestamp) -> [f64; 2] {
    let days = (time.unix_seconds() - J2000_S) / DAY_S;
    let degrees = |at_epoch: f64, a_day: f64| (at_epoch + a_day * days).rem_euclid(360.0).to_radians();
    let mean_longitude = degrees(280.460, 0.985_647_4);
    let anomaly = degrees(357.528, 0.985_600_3);
    let centre_deg = 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin();
    let longitude = mean_longitude + centre_deg.to_radians();
    let obliquity = (23.439 - 4e-7 * days).to_radians();
    let right_ascension = (obliquity.cos() * longitude.sin()).atan2(longitude.cos());
    let declination = (obliquity.sin() * longitude.sin()).asin();
    // Greenwich mean sidereal time.
    let sidereal = degrees(280.460_618_37, 360.985_647_366_29);
    let hour_angle = sidereal + at.longitude() - right_ascension;
    let (sin_lat, cos_lat) = at.latitude().sin_cos();
    let (sin_dec, cos_dec) = declination.sin_cos();
    let elevation = (sin_lat * sin_dec + cos_lat * cos_dec * hour_angle.cos()).asin();
    let east = -cos_dec * hour_angle.sin();
    let north = cos_lat * sin_dec - sin_lat * cos_dec * hour_angle.cos();
    [east.atan2(north).rem_euclid(std::f64::consts::TAU), elevation]
}

#[cfg(test)]
mod tests {
    use super::*;
    use telemetry::AltitudeHae;

    fn at_kiel(time: &str) -> [f64; 2] {
        let kiel = Geodetic::from_degrees(54.3655, 10.1455, AltitudeHae::new(0.0)).unwrap();
        sun(kiel, time.parse().unwrap()).map(f64::to_degrees)
    }

    #[test]
    fn the_sun_culminates_in_the_south_at_the_colatitude_and_its_declination() {
        // The June solstice of 2026 is on the 21st at 08:25 UTC; the declination is 23.436° all day. The equation of time
        // is −1 min 57 s, so the sun culminates at 12:00 − 40 min 35 s + 1 min 57 s.
        let [azimuth, elevation] = at_kiel("2026-06-21T11:21:22Z");
        assert!((azimuth - 180.0).abs() < 0.1, "{azimuth}");
        assert!((elevation - (90.0 - 54.3655 + 23.436)).abs() < 0.02, "{elevation}");
    }

    #[test]
    fn it_is_in_the_east_in_the_morning_and_below_the_horizon_at_night() {
        let [azimuth, elevation] = at_kiel("2026-03-20T06:20:00Z");
        assert!((azimuth - 100.0).abs() < 8.0 && (0.0..12.0).contains(&elevation), "{azimuth} {elevation}");
        assert!(at_kiel("2026-11-21T03:10:00Z")[1] < -25.0);
    }
}
