//! When a zone applies: for ever, from one moment to another, or at hours of some days within that.

use std::time::Duration;

use telemetry::{LatLon, Timestamp};

use crate::sun::SunEvent;

const DAY_S: i64 = 86_400;
/// More days than this are not looked at one by one, as a plan is for a night; beyond them a zone counts as active.
const DAYS_MAX: i64 = 400;

/// Days of the week, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u8);

impl Days {
    /// Every day.
    pub const ALL: Self = Self(0x7f);
    /// No day.
    pub const NONE: Self = Self(0);

    /// With one more, by its first three letters in capitals; nothing for what is no day. `ANY` is all of them.
    #[must_use]
    pub fn and(self, name: &str) -> Option<Self> {
        const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
        match name {
            "ANY" => Some(Self::ALL),
            name => NAMES.iter().position(|day| *day == name).map(|day| Self(self.0 | 1 << day)),
        }
    }

    /// Their names, Monday first.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
        if self == Self::ALL {
            return vec!["ANY"];
        }
        NAMES.into_iter().enumerate().filter(|(number, _)| self.0 >> number & 1 == 1).map(|(_, name)| name).collect()
    }

    /// Whether a day, counted from 1970-01-01, which was a Thursday, is one of them.
    fn has(self, day: i64) -> bool {
        self.0 >> (day + 3).rem_euclid(7) & 1 == 1
    }
}

/// A time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayTime {
    /// After midnight, UTC.
    Clock(Duration),
    /// By the sun, where the zone is.
    Sun(SunEvent),
}

/// Hours of some days, UTC. An end not after its beginning is on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyPeriod {
    /// On which days it begins.
    pub days: Days,
    /// When.
    pub from: DayTime,
    /// When it ends.
    pub to: DayTime,
}

impl DailyPeriod {
    /// When it begins and ends on a day, after that day's midnight. A day without the sun's event it names counts whole.
    fn on_day(&self, day: i64, place: Option<LatLon>) -> [Duration; 2] {
        let time = |time: DayTime, otherwise: Duration| match (time, place) {
            (DayTime::Clock(after), _) => after,
            (DayTime::Sun(event), Some(place)) => event.on_day(day, place).unwrap_or(otherwise),
            (DayTime::Sun(_), None) => otherwise,
        };
        let whole = Duration::from_secs(DAY_S.unsigned_abs());
        let (from, to) = (time(self.from, Duration::ZERO), time(self.to, whole));
        [from, if to <= from { to + whole } else { to }]
    }
}

/// When a zone applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicability {
    /// From when; nothing: from ever.
    pub from: Option<Timestamp>,
    /// Until when; nothing: for ever.
    pub to: Option<Timestamp>,
    /// At which hours; none: at all.
    pub daily: Vec<DailyPeriod>,
}

impl Applicability {
    /// Whether there is no moment when it does not.
    pub(super) fn is_always(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.daily.is_empty()
    }

    /// When it applies between two times.
    pub(super) fn spans(&self, from: Timestamp, to: Timestamp, place: Option<LatLon>) -> Vec<[Timestamp; 2]> {
        let (from, to) = (self.from.map_or(from, |own| own.max(from)), self.to.map_or(to, |own| own.min(to)));
        if from > to {
            return Vec::new();
        }
        if self.daily.is_empty() {
            return vec![[from, to]];
        }
        let day_of = |at: Timestamp| at.unix_nanos().div_euclid(DAY_S * 1_000_000_000);
        // One that began the day before may go on past midnight.
        let first = day_of(from) - 1;
        let last = day_of(to).min(first + DAYS_MAX);
        let at = |day: i64, after: Duration| {
            let nanos = day.saturating_mul(DAY_S * 1_000_000_000).saturating_add(after.as_nanos() as i64);
            Timestamp::from_unix_nanos(nanos)
        };
        let hours = (first..=last).flat_map(|day| {
            self.daily.iter().filter(move |period| period.days.has(day)).map(move |period| {
                let [begins, ends] = period.on_day(day, place);
                [at(day, begins).max(from), at(day, ends).min(to)]
            })
        });
        let beyond = [at(last + 1, Duration::ZERO).max(from), to];
        hours.chain([beyond]).filter(|span| span[0] <= span[1]).collect()
    }
}
