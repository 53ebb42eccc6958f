//! Where the sun stands, and when it rises and sets.
//!
//! The sun is that of `sky`, after NOAA's solar calculator (<https://gml.noaa.gov/grad/solcalc/solareqns.PDF>): rising and
//! setting to a minute up to 72° of latitude. Refraction is the usual 34′; mountains are not known here.

use std::time::Duration;

use sky::{Seen, SunPlace};
use telemetry::{LatLon, Timestamp};

const DAY_S: f64 = 86_400.0;

/// A moment of the sun's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SunEvent {
    /// Morning civil twilight begins: the centre 6° below the horizon.
    CivilDawn,
    /// Sunrise: the upper edge on the horizon.
    Sunrise,
    /// Sunset.
    Sunset,
    /// Evening civil twilight ends.
    CivilDusk,
}

/// How low the centre of the sun may stand for it to be light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// From sunrise to sunset.
    Day,
    /// From the beginning of civil twilight in the morning to its end in the evening.
    CivilTwilight,
}

/// When it is light on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lit {
    /// All day.
    Always,
    /// Not at all.
    Never,
    /// From and to, seconds from the midnight (UTC) that the day begins with; before it or beyond the next where the place
    /// is far from Greenwich.
    Between(f64, f64),
}

impl Light {
    /// The height of the sun's centre at its edges, radians.
    fn edge(self) -> f64 {
        match self {
            // 34′ of refraction and 16′ of radius.
            Self::Day => (-50.0_f64 / 60.0).to_radians(),
            Self::CivilTwilight => (-6.0_f64).to_radians(),
        }
    }

    /// When it is light at a place on a day, counted from 1970-01-01: the daylight around that day's noon there.
    #[must_use]
    pub fn on_day(self, day: i64, place: LatLon) -> Lit {
        let midnight_s = day as f64 * DAY_S;
        let noon_s =
            |sun: &SunPlace| 43_200.0 - place.longitude() / std::f64::consts::TAU * DAY_S - sun.equation_of_time_s;
        let noon = noon_s(&SunPlace::at(midnight_s + noon_s(&SunPlace::at(midnight_s + 43_200.0))));
        let edge = |side: f64| {
            let mut at_s = noon;
            for _ in 0..4 {
                let sun = SunPlace::at(midnight_s + at_s);
                let hours = self.half_day(&sun, place.latitude())?;
                at_s = noon_s(&sun) + side * hours / std::f64::consts::TAU * DAY_S;
            }
            Some(at_s)
        };
        match (edge(-1.0), edge(1.0)) {
            (Some(from_s), Some(to_s)) => Lit::Between(from_s, to_s),
            _ if elevation_at(midnight_s + noon, place) > self.edge() => Lit::Always,
            _ => Lit::Never,
        }
    }

    /// The hour angle at which the sun crosses the edge, radians; nothing where it does not that day.
    fn half_day(self, sun: &SunPlace, latitude: f64) -> Option<f64> {
        let cosine =
            (self.edge().sin() - latitude.sin() * sun.declination.sin()) / (latitude.cos() * sun.declination.cos());
        (-1.0..=1.0).contains(&cosine).then(|| cosine.acos())
    }

    /// When it is light at a place between two times, in order.
    #[must_use]
    pub fn spans(self, from: Timestamp, to: Timestamp, place: LatLon) -> Vec<[Timestamp; 2]> {
        let day_of = |at: Timestamp| at.unix_nanos().div_euclid(86_400_000_000_000);
        let mut spans: Vec<[Timestamp; 2]> = Vec::new();
        for day in day_of(from) - 1..=day_of(to).min(day_of(from) + DAYS_MAX) + 1 {
            let (begins_s, ends_s) = match self.on_day(day, place) {
                Lit::Never => continue,
                Lit::Always => (0.0, DAY_S),
                Lit::Between(begins_s, ends_s) => (begins_s, ends_s),
            };
            let at = |after_s: f64| {
                Timestamp::from_unix_nanos(day.saturating_mul(86_400_000_000_000)).offset_seconds(after_s)
            };
            let span = [at(begins_s).max(from), at(ends_s).min(to)];
            match spans.last_mut() {
                Some(last) if span[0] <= last[1] => last[1] = last[1].max(span[1]),
                _ if span[0] < span[1] => spans.push(span),
                _ => {}
            }
        }
        spans
    }
}

/// No question goes further ahead, days.
const DAYS_MAX: i64 = 400;

impl SunEvent {
    /// When it happens at a place on a day, counted from 1970-01-01, after the midnight (UTC) it begins with; nothing on a
    /// day without it. One before that midnight counts as at it.
    #[must_use]
    pub fn on_day(self, day: i64, place: LatLon) -> Option<Duration> {
        let light = match self {
            Self::CivilDawn | Self::CivilDusk => Light::CivilTwilight,
            Self::Sunrise | Self::Sunset => Light::Day,
        };
        let Lit::Between(from_s, to_s) = light.on_day(day, place) else { return None };
        let at_s = if matches!(self, Self::CivilDawn | Self::Sunrise) { from_s } else { to_s };
        Some(Duration::from_secs_f64(at_s.max(0.0)))
    }
}

/// How high the sun's centre stands above the horizon, without refraction, radians.
#[must_use]
pub fn elevation(at: Timestamp, place: LatLon) -> f64 {
    elevation_at(at.unix_nanos() as f64 * 1e-9, place)
}

fn elevation_at(at_unix_s: f64, place: LatLon) -> f64 {
    sky::sun(Seen { at_unix_s, latitude: place.latitude(), longitude: place.longitude() }).elevation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lat: f64, lon: f64) -> LatLon {
        LatLon::from_degrees(lat, lon).unwrap()
    }

    fn day(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().unix_nanos().div_euclid(86_400_000_000_000)
    }

    #[test]
    fn rising_and_setting_agree_with_almanacs_to_two_minutes() {
        // Almanacs of the U.S. Naval Observatory for Greenwich (51.48° N) and Quito, and time and date's for Kiel, UTC.
        for (at, lat, lon, rise, set) in [
            ("2024-06-20T00:00:00Z", 51.48, 0.0, [3, 43], [20, 21]),
            ("2024-12-21T00:00:00Z", 51.48, 0.0, [8, 4], [15, 54]),
            ("2024-03-20T00:00:00Z", -0.18, -78.47, [11, 18], [23, 24]),
        ] {
            let Lit::Between(from_s, to_s) = Light::Day.on_day(day(at), place(lat, lon)) else { panic!("{at}") };
            for (found_s, [hours, minutes]) in [(from_s, rise), (to_s, set)] {
                let wanted_s = f64::from(hours * 3600 + minutes * 60);
                assert!((found_s - wanted_s).abs() < 120.0, "{at}: {} instead of {hours}:{minutes}", found_s / 3600.0);
            }
        }
    }

    #[test]
    fn the_sun_stands_at_the_edge_when_it_rises() {
        for (lat, lon) in [(54.4, 10.1), (-33.0, 151.0), (64.0, -170.0), (0.0, 179.0)] {
            for light in [Light::Day, Light::CivilTwilight] {
                let Lit::Between(from_s, to_s) = light.on_day(day("2026-11-21T00:00:00Z"), place(lat, lon)) else {
                    panic!()
                };
                for after_s in [from_s, to_s] {
                    let at = "2026-11-21T00:00:00Z".parse::<Timestamp>().unwrap().offset_seconds(after_s);
                    let off = elevation(at, place(lat, lon)) - light.edge();
                    assert!(off.abs() < 1e-4, "{lat} {lon} {off}");
                }
            }
        }
    }

    #[test]
    fn beyond_the_circles_there_are_days_without_night_and_nights_without_day() {
        let north = place(78.0, 15.0);
        assert_eq!(Light::Day.on_day(day("2026-06-21T00:00:00Z"), north), Lit::Always);
        assert_eq!(Light::Day.on_day(day("2026-12-21T00:00:00Z"), north), Lit::Never);
        assert_eq!(SunEvent::Sunset.on_day(day("2026-12-21T00:00:00Z"), north), None);
    }

    #[test]
    fn spans_of_light_are_in_order_and_within_what_was_asked() {
        let (from, to) = ("2026-11-20T12:00:00Z".parse().unwrap(), "2026-11-22T00:00:00Z".parse().unwrap());
        let spans = Light::Day.spans(from, to, place(54.4, 10.1));
        assert_eq!(spans.len(), 2);
        assert_eq!(spans[0][0], from);
        assert!(spans[0][1] < spans[1][0] && spans[1][1] < to);
        let summer = ("2026-06-20T12:00:00Z".parse().unwrap(), "2026-06-22T00:00:00Z".parse().unwrap());
        assert_eq!(Light::Day.spans(summer.0, summer.1, place(78.0, 15.0)), [[summer.0, summer.1]]);
    }
}
