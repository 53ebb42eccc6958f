//! Where the sun stands over a camera.

use sky::Seen;
use telemetry::{Geodetic, Timestamp};

/// Azimuth clockwise from north and elevation of the sun at a place and time, radians, without refraction.
#[must_use]
pub fn sun(at: Geodetic, time: Timestamp) -> [f64; 2] {
    let seen = Seen { at_unix_s: time.unix_seconds(), latitude: at.latitude(), longitude: at.longitude() };
    let stands = sky::sun(seen);
    [stands.azimuth, stands.elevation]
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
