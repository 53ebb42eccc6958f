//! Where the sun and the moon stand, for everything that asks: light in cameras, daylight in zones, darkness on a map.
//!
//! The sun after the NOAA Solar Calculator (Meeus, *Astronomical Algorithms*, 2nd edition, ch. 22, 25 and 28, low accuracy),
//! good to 0.02 degrees between 1900 and 2100; the moon after the low-precision formulae of the *Astronomical Almanac*
//! (section D), good to 0.4 degrees. No refraction: the body's centre as it would stand without air.

use std::f64::consts::{PI, TAU};

const DAY_S: f64 = 86_400.0;
/// The Julian days of 1970-01-01 00:00 and of 2000-01-01 12:00.
const UNIX_JULIAN_DAY: f64 = 2_440_587.5;
const J2000_JULIAN_DAY: f64 = 2_451_545.0;

/// Where a body stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// From north to the right, rad, 0 to less than a circle.
    pub azimuth: f64,
    /// Above the horizon, rad.
    pub elevation: f64,
}

/// A moment and a place on the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub at_unix_s: f64,
    /// Geodetic latitude, rad.
    pub latitude: f64,
    /// Longitude, east positive, rad.
    pub longitude: f64,
}

/// Where the sun stands.
#[must_use]
pub fn sun(seen: Seen) -> Standing {
    SunPlace::at(seen.at_unix_s).standing(seen)
}

/// Where the sun is among the stars, and how far a sundial is ahead of the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SunPlace {
    /// North of the celestial equator, rad.
    pub declination: f64,
    /// By how much the true sun passes the meridian earlier than the mean one, s.
    pub equation_of_time_s: f64,
}

impl SunPlace {
    /// At a moment, seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn at(unix_s: f64) -> Self {
        let centuries = centuries(unix_s);
        let (right_ascension, declination) = equatorial(centuries, sun_longitude(centuries), 0.0);
        let mean_hour = TAU * unix_s.rem_euclid(DAY_S) / DAY_S - PI;
        let ahead = (sidereal(centuries) - right_ascension - mean_hour + PI).rem_euclid(TAU) - PI;
        Self { declination, equation_of_time_s: ahead / TAU * DAY_S }
    }

    fn standing(self, seen: Seen) -> Standing {
        let of_day = (seen.at_unix_s + self.equation_of_time_s).rem_euclid(DAY_S) / DAY_S;
        standing(seen.latitude, (of_day - 0.5) * TAU + seen.longitude, self.declination)
    }
}

/// Where the moon stands, and how much of its disc is lit, 0 to 1.
#[must_use]
pub fn moon(seen: Seen) -> (Standing, f64) {
    let centuries = centuries(seen.at_unix_s);
    let sine = |amplitude: f64, from: f64, rate: f64| amplitude * (from + rate * centuries).to_radians().sin();
    let longitude = 218.32
        + 481_267.881 * centuries
        + sine(6.29, 135.0, 477_198.87)
        + sine(-1.27, 259.3, -413_335.36)
        + sine(0.66, 235.7, 890_534.22)
        + sine(0.21, 269.9, 954_397.74)
        + sine(-0.19, 357.5, 35_999.05)
        + sine(-0.11, 186.5, 966_404.03);
    let latitude = sine(5.13, 93.3, 483_202.02)
        + sine(0.28, 228.2, 960_400.89)
        + sine(-0.28, 318.3, 6_003.15)
        + sine(-0.17, 217.6, -407_332.21);
    let parallax = 0.9508
        + 0.0518 * (135.0 + 477_198.87 * centuries).to_radians().cos()
        + 0.0095 * (259.3 - 413_335.36 * centuries).to_radians().cos();
    let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
    let of_sun = sun_longitude(centuries);
    // The angle between them, as seen from here; the disc is lit by the other side.
    let apart = (latitude.cos() * (longitude - of_sun).cos()).clamp(-1.0, 1.0).acos();
    let (right_ascension, declination) = equatorial(centuries, longitude, latitude);
    let hour = sidereal(centuries) + seen.longitude - right_ascension;
    let mut stands = standing(seen.latitude, hour, declination);
    // From the surface it stands lower than from the middle of the earth.
    stands.elevation -= parallax.to_radians() * stands.elevation.cos();
    (stands, (1.0 - apart.cos()) / 2.0)
}

/// Julian centuries since 2000-01-01 12:00.
fn centuries(at_unix_s: f64) -> f64 {
    (at_unix_s / DAY_S + UNIX_JULIAN_DAY - J2000_JULIAN_DAY) / 36_525.0
}

/// The sun's apparent longitude, rad.
fn sun_longitude(centuries: f64) -> f64 {
    let t = centuries;
    let mean = 280.466_46 + t * (36_000.769_83 + 0.000_303_2 * t);
    let anomaly = (357.529_11 + t * (35_999.050_29 - 0.000_153_7 * t)).to_radians();
    let centre = anomaly.sin() * (1.914_602 - t * (0.004_817 + 0.000_014 * t))
        + (2.0 * anomaly).sin() * (0.019_993 - 0.000_101 * t)
        + (3.0 * anomaly).sin() * 0.000_289;
    let node = (125.04 - 1_934.136 * t).to_radians();
    (mean + centre - 0.005_69 - 0.004_78 * node.sin()).to_radians()
}

/// From ecliptic longitude and latitude to right ascension and declination, rad.
fn equatorial(centuries: f64, longitude: f64, latitude: f64) -> (f64, f64) {
    let node = (125.04 - 1_934.136 * centuries).to_radians();
    let obliquity = (23.439_291 - 0.013_004_2 * centuries + 0.002_56 * node.cos()).to_radians();
    let [x, y, z] = [
        latitude.cos() * longitude.cos(),
        obliquity.cos() * latitude.cos() * longitude.sin() - obliquity.sin() * latitude.sin(),
        obliquity.sin() * latitude.cos() * longitude.sin() + obliquity.cos() * latitude.sin(),
    ];
    (y.atan2(x), z.clamp(-1.0, 1.0).asin())
}

/// Greenwich mean sidereal time (Meeus, 12.4), rad.
fn sidereal(centuries: f64) -> f64 {
    (280.460_618_37 + 360.985_647_366_29 * centuries * 36_525.0).to_radians()
}

/// From the hour angle and the declination to azimuth and elevation.
fn standing(latitude: f64, hour: f64, declination: f64) -> Standing {
    let (sin_lat, cos_lat) = latitude.sin_cos();
    let elevation = (sin_lat * declination.sin() + cos_lat * declination.cos() * hour.cos()).clamp(-1.0, 1.0).asin();
    let east = -declination.cos() * hour.sin();
    let north = cos_lat * declination.sin() - sin_lat * declination.cos() * hour.cos();
    Standing { azimuth: east.atan2(north).rem_euclid(TAU), elevation }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(at_unix_s: f64, latitude_deg: f64, longitude_deg: f64) -> Seen {
        Seen { at_unix_s, latitude: latitude_deg.to_radians(), longitude: longitude_deg.to_radians() }
    }

    /// Michalsky (1988), *The Astronomical Almanac's algorithm for approximate solar position*: good to 0.01 degrees.
    fn michalsky(seen: Seen) -> Standing {
        let days = seen.at_unix_s / 86_400.0 + 2_440_587.5 - 2_451_545.0;
        let anomaly = (357.528 + 0.985_600_3 * days).to_radians();
        let longitude = 280.460 + 0.985_647_4 * days + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin();
        let (longitude, obliquity) = (longitude.to_radians(), (23.439 - 0.000_000_4 * days).to_radians());
        let right_ascension = (obliquity.cos() * longitude.sin()).atan2(longitude.cos());
        let declination = (obliquity.sin() * longitude.sin()).asin();
        let hours = (seen.at_unix_s / 3600.0).rem_euclid(24.0);
        let midnight = days - hours / 24.0;
        let sidereal_h = 6.697_375 + 0.065_709_824_2 * midnight + 1.002_737_909_3 * hours;
        // 0.0657098242 counts from the noon before.
        let sidereal = (sidereal_h * 15.0).to_radians();
        let hour = sidereal + seen.longitude - right_ascension;
        let elevation = declination.sin() * seen.latitude.sin() + declination.cos() * seen.latitude.cos() * hour.cos();
        let east = -declination.cos() * hour.sin();
        let north = declination.sin() * seen.latitude.cos() - declination.cos() * seen.latitude.sin() * hour.cos();
        Standing { azimuth: east.atan2(north).rem_euclid(std::f64::consts::TAU), elevation: elevation.asin() }
    }

    fn apart_deg(a: Standing, b: Standing) -> f64 {
        let cosine = a.elevation.sin() * b.elevation.sin()
            + a.elevation.cos() * b.elevation.cos() * (a.azimuth - b.azimuth).cos();
        cosine.clamp(-1.0, 1.0).acos().to_degrees()
    }

    #[test]
    fn the_sun_stands_where_another_algorithm_has_it() {
        for step in 0..200 {
            let at = 9.0e8 + f64::from(step) * 4_321_987.0;
            let from = seen(at, f64::from(step % 17) * 10.0 - 80.0, f64::from(step % 37) * 10.0 - 180.0);
            let off = apart_deg(sun(from), michalsky(from));
            assert!(off < 0.05, "{off} degrees off at {from:?}");
        }
    }

    #[test]
    fn a_sundial_is_ahead_of_the_clock_by_what_almanacs_say() {
        // Extremes of the equation of time for 2026: February 11, May 14, July 26, November 3 (to a few seconds).
        for (at_unix_s, wanted_s) in
            [(1_770_811_200.0, -854.0), (1_778_760_000.0, 219.0), (1_785_067_200.0, -393.0), (1_793_707_200.0, 987.0)]
        {
            let found_s = SunPlace::at(at_unix_s).equation_of_time_s;
            assert!((found_s - wanted_s).abs() < 6.0, "{found_s} s, not {wanted_s}");
        }
    }

    #[test]
    fn sun_and_moon_are_in_one_place_at_the_total_eclipse_of_8_april_2024_over_mazatlan() {
        let from = seen(1_712_599_740.0, 23.25, -106.41);
        let (moon, lit) = moon(from);
        let off = apart_deg(sun(from), moon);
        assert!(off < 0.5 && lit < 0.001, "{off} degrees off, lit {lit}");
    }

    #[test]
    fn the_moon_was_full_on_25_january_2024() {
        let (_, lit) = moon(seen(1_706_205_240.0, 55.0, 20.0));
        assert!(lit > 0.995, "{lit}");
        let (_, a_week_later) = moon(seen(1_706_205_240.0 + 7.6 * 86_400.0, 55.0, 20.0));
        assert!((a_week_later - 0.5).abs() < 0.1, "{a_week_later}");
    }
}
