//! How quantities are noted in files: positions, altitudes with their datum, moments.
//!
//! Positions are `[longitude, latitude]` in degrees, in this order, as GeoJSON has it (RFC 7946, 3.1.1). An altitude
//! always says its datum: `{ amsl_m = 60 }`, `{ home_m = 50 }`, `{ agl_m = 40 }`; what dives has depths, `{ depth_m = 6 }`.
//! A moment is a number of seconds from the start, a time of day `"03:12:00"` (UTC, the first one at or after the start), or a full instant
//! `"2026-11-21T03:12:00Z"`.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use telemetry::frames::OffEarth;
use telemetry::{AltitudeAmsl, LatLon, Timestamp};

/// Metres a second in a knot (exactly 1852 m an hour).
pub const M_S_PER_KNOT: f64 = 1852.0 / 3600.0;

/// Seconds in a day.
const DAY_S: f64 = 86_400.0;

/// `[longitude, latitude]`, degrees, as found in a file; not yet checked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LonLat(pub [f64; 2]);

impl LonLat {
    /// The position.
    ///
    /// # Errors
    /// [`OffEarth`] when a number is not finite or out of range.
    pub fn lat_lon(self) -> Result<LatLon, OffEarth> {
        LatLon::from_degrees(self.0[1], self.0[0])
    }

    /// As a file notes it, rounded to 1e-7° (1 cm).
    #[must_use]
    pub fn from_lat_lon(at: LatLon) -> Self {
        let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
        Self([rounded(at.longitude_deg()), rounded(at.latitude_deg())])
    }
}

/// An altitude with its datum, as found in a file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AltitudeNote {
    /// Metres above mean sea level.
    AmslM(f64),
    /// Metres above the place of take-off.
    HomeM(f64),
    /// Metres above the ground, which is taken as flat at the altitude the site states.
    AglM(f64),
    /// Metres below the surface, which is where the home of a vehicle that dives lies.
    DepthM(f64),
}

impl AltitudeNote {
    /// The number as noted, whatever its datum: of a depth, downwards.
    #[must_use]
    pub fn metres(self) -> f64 {
        match self {
            Self::AmslM(m) | Self::HomeM(m) | Self::AglM(m) | Self::DepthM(m) => m,
        }
    }

    /// Metres above the place of take-off, of what counts from there: a depth is below it.
    #[must_use]
    pub fn above_home_m(self) -> Option<f64> {
        match self {
            Self::HomeM(m) => Some(m),
            // Not −0, which some files would write as such.
            Self::DepthM(m) => Some(0.0 - m),
            Self::AmslM(_) | Self::AglM(_) => None,
        }
    }

    /// Above mean sea level, given the ground of the site and, where there is one, the altitude of home. Nothing for
    /// `home_m` and `depth_m` where there is no home.
    #[must_use]
    pub fn amsl(self, ground: AltitudeAmsl, home: Option<AltitudeAmsl>) -> Option<AltitudeAmsl> {
        match self {
            Self::AmslM(m) => Some(AltitudeAmsl::new(m)),
            Self::HomeM(m) => home.map(|home| AltitudeAmsl::new(home.metres + m)),
            Self::AglM(m) => Some(AltitudeAmsl::new(ground.metres + m)),
            Self::DepthM(m) => home.map(|home| AltitudeAmsl::new(home.metres - m)),
        }
    }
}

/// A moment, as found in a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// Seconds from the start.
    FromStart(f64),
    /// Seconds from midnight UTC: the first such time of day at or after the start.
    TimeOfDay(f64),
    /// An instant.
    Instant(Timestamp),
}

impl Moment {
    /// What is allowed, for error messages.
    pub const ALLOWED: &'static str =
        "seconds from the start (90), a time of day in UTC (\"03:12:00\") or an instant (\"2026-11-21T03:12:00Z\")";

    /// The instant, given the start. A number that is not finite becomes the start.
    #[must_use]
    pub fn resolve(self, start: Timestamp) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::FromStart(s) => start.offset_seconds(if s.is_finite() { s } else { 0.0 }),
            Self::TimeOfDay(s) => {
                let day_ns = DAY_S as i64 * 1_000_000_000;
                let start_of_day_ns = start.unix_nanos().rem_euclid(day_ns);
                let wait_ns = ((s * 1e9) as i64 - start_of_day_ns).rem_euclid(day_ns);
                Timestamp::from_unix_nanos(start.unix_nanos().saturating_add(wait_ns))
            }
        }
    }

    /// Reads a text.
    fn from_text(text: &str) -> Option<Self> {
        if let Ok(at) = text.parse() {
            return Some(Self::Instant(at));
        }
        let parts: Vec<&str> = text.split(':').collect();
        let [hours, minutes, seconds] = parts.as_slice() else { return None };
        let two_digits =
            |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok());
        let hours: u32 = two_digits(hours)??;
        let minutes: u32 = two_digits(minutes)??;
        let whole: u32 = two_digits(seconds.get(..2)?)??;
        let fraction = match seconds.get(2..)? {
            "" => 0.0,
            rest => {
                let digits = rest.strip_prefix('.')?;
                let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
                plain.then(|| format!("0.{digits}").parse().ok())??
            }
        };
        let valid = hours < 24 && minutes < 60 && whole < 60;
        valid.then(|| Self::TimeOfDay(f64::from(hours * 3600 + minutes * 60 + whole) + fraction))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct MomentVisitor;
        impl Visitor<'_> for MomentVisitor {
            type Value = Moment;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Moment::ALLOWED)
            }
            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Moment, E> {
                Ok(Moment::FromStart(seconds as f64))
            }
            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Moment, E> {
                Ok(Moment::FromStart(seconds as f64))
            }
            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Moment, E> {
                if seconds.is_finite() {
                    Ok(Moment::FromStart(seconds))
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Float(seconds), &self))
                }
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
                Moment::from_text(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        from.deserialize_any(MomentVisitor)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::FromStart(seconds) => to.serialize_f64(*seconds),
            Self::Instant(at) => to.collect_str(at),
            Self::TimeOfDay(seconds) => {
                let whole = *seconds as u32;
                to.collect_str(&format_args!("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct File<T> {
        value: T,
    }

    fn moment(text: &str) -> Option<Moment> {
        toml::from_str::<File<Moment>>(&format!("value = {text}")).ok().map(|file| file.value)
    }

    #[test]
    fn a_moment_is_read_in_each_of_its_forms() {
        let cases = [
            ("90", Some(Moment::FromStart(90.0))),
            ("1.5", Some(Moment::FromStart(1.5))),
            ("-3", Some(Moment::FromStart(-3.0))),
            ("\"03:12:00\"", Some(Moment::TimeOfDay(11_520.0))),
            ("\"03:12:00.25\"", Some(Moment::TimeOfDay(11_520.25))),
            ("\"1970-01-01T00:00:01Z\"", Some(Moment::Instant(Timestamp::from_unix_nanos(1_000_000_000)))),
            ("\"24:00:00\"", None),
            ("\"3:12:00\"", None),
            ("\"03:12\"", None),
            ("\"03:60:00\"", None),
            ("\"03:12:00.\"", None),
            ("\"03:12:0é\"", None),
            ("\"\"", None),
            ("nan", None),
            ("inf", None),
            ("[1]", None),
        ];
        for (text, expected) in cases {
            assert_eq!(moment(text), expected, "{text}");
        }
    }

    #[test]
    fn a_time_of_day_is_the_first_one_at_or_after_the_start() {
        let start: Timestamp = "2026-11-21T23:50:00Z".parse().unwrap();
        let resolved = |text: &str| moment(text).unwrap().resolve(start).to_string();
        assert_eq!(resolved("\"23:50:00\""), "2026-11-21T23:50:00Z");
        assert_eq!(resolved("\"23:59:59.5\""), "2026-11-21T23:59:59.5Z");
        assert_eq!(resolved("\"00:10:00\""), "2026-11-22T00:10:00Z", "past midnight");
        assert_eq!(resolved("\"23:49:59\""), "2026-11-22T23:49:59Z");
        assert_eq!(resolved("600"), "2026-11-22T00:00:00Z");
    }

    #[test]
    fn an_altitude_names_its_datum() {
        let note = |text: &str| toml::from_str::<File<AltitudeNote>>(&format!("value = {text}")).map(|file| file.value);
        let (ground, home) = (AltitudeAmsl::new(170.0), Some(AltitudeAmsl::new(180.0)));
        for (text, amsl_m) in [
            ("{ amsl_m = 60 }", 60.0),
            ("{ agl_m = 60.5 }", 230.5),
            ("{ home_m = -2 }", 178.0),
            ("{ depth_m = 7 }", 173.0),
        ] {
            assert_eq!(note(text).unwrap().amsl(ground, home), Some(AltitudeAmsl::new(amsl_m)), "{text}");
        }
        assert_eq!(note("{ home_m = 60 }").unwrap().amsl(ground, None), None);
        for wrong in ["60", "{ hae_m = 60 }", "{ amsl_m = 60, home_m = 50 }", "{ }"] {
            assert!(note(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_position_written_and_read_is_the_same_to_a_centimetre(lon in -180.0..180.0, lat in -90.0..90.0) {
            let at = LatLon::from_degrees(lat, lon).unwrap();
            let again = LonLat::from_lat_lon(at).lat_lon().unwrap();
            prop_assert!((again.latitude_deg() - at.latitude_deg()).abs() <= 0.5e-7 + 1e-12);
        }

        #[test]
        fn a_moment_written_reads_the_same(nanos in any::<i64>(), seconds in -1e6..1e6f64, of_day in 0u32..86_400) {
            let moments = [
                Moment::Instant(Timestamp::from_unix_nanos(nanos)),
                Moment::FromStart(seconds),
                Moment::TimeOfDay(f64::from(of_day)),
            ];
            for value in moments {
                let text = toml::to_string(&File { value }).unwrap();
                prop_assert_eq!(toml::from_str::<File<Moment>>(&text).unwrap().value, value, "{}", text);
            }
        }

        #[test]
        fn any_text_for_a_moment_is_read_or_refused(text in ".{0,20}") {
            let _ = Moment::from_text(&text);
        }
    }
}
