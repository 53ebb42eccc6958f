//! The values that both data models of zones write, ED-269 and ED-318: days, instants, hours, numbers.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor};
use telemetry::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Days;

/// Texts of files and zones beyond these are damage.
pub(super) const ZONES_MAX: usize = 200_000;
pub(super) const METRES_A_FOOT: f64 = 0.3048;
/// What stands for no upper limit, in whatever unit.
pub(super) const UNLIMITED: f64 = 99_999.0;

pub(super) struct DayName(pub(super) String);

impl<'de> Deserialize<'de> for DayName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?.to_ascii_uppercase();
        match Days::NONE.and(&name) {
            Some(_) => Ok(Self(name)),
            None => Err(D::Error::custom(format!("found day {name:?}; allowed: MON to SUN, ANY"))),
        }
    }
}

pub(super) struct Moment(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let moment = OffsetDateTime::parse(&text, &Rfc3339).ok();
        let nanos = moment.and_then(|moment| i64::try_from(moment.unix_timestamp_nanos()).ok());
        let wrong = || D::Error::custom(format!("found {text:?}; allowed: an instant such as 2026-11-21T20:00:00Z"));
        nanos.map(|nanos| Self(Timestamp::from_unix_nanos(nanos))).ok_or_else(wrong)
    }
}

/// An hour of the day, UTC.
pub(super) struct Hour(pub(super) Duration);

impl<'de> Deserialize<'de> for Hour {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom(format!("found {text:?}; allowed: an hour such as 20:00Z or 21:30:00+01:00"));
        hour(&text).map(Self).ok_or_else(wrong)
    }
}

fn hour(text: &str) -> Option<Duration> {
    let (clock, offset_min) = match text.find(['Z', 'z', '+', '-']) {
        None => (text, 0),
        Some(at) if text[at..].eq_ignore_ascii_case("z") => (&text[..at], 0),
        Some(at) => {
            let (hours, minutes) = text[at + 1..].split_once(':')?;
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            (&text[..at], if text[at..].starts_with('-') { -minutes } else { minutes })
        }
    };
    let mut parts = clock.split(':');
    let hours: f64 = parts.next()?.parse().ok()?;
    let minutes: f64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |text| text.parse().ok())?;
    let whole = parts.next().is_none() && (0.0..=24.0).contains(&hours) && (0.0..60.0).contains(&minutes);
    let local_s = hours * 3600.0 + minutes * 60.0 + seconds;
    if !whole || !(0.0..61.0).contains(&seconds) || local_s > 86_400.0 || offset_min.abs() > 24 * 60 {
        return None;
    }
    // The end of the day stays the end of the day.
    let utc_s = local_s - offset_min as f64 * 60.0;
    Some(Duration::from_secs_f64(if utc_s == 86_400.0 { utc_s } else { utc_s.rem_euclid(86_400.0) }))
}

/// A number, perhaps written as a text.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a text that is one")
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number(number))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
                number.map(Number).ok_or_else(|| E::custom(format!("found {text:?}; allowed: a number")))
            }
        }
        from.deserialize_any(Either)
    }
}
