//! When a transponder reports: ITU-R M.1371-5, annex 1, tables 1 and 2, and annex 2, § 4.3.3 (course changes).

use std::collections::VecDeque;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use telemetry::{Heading, Timestamp};

use crate::random;
use crate::world::{AisClass, NavigationalStatus};

const KNOT_M_S: f64 = 1852.0 / 3600.0;
/// Static data: every 6 minutes.
const IDENTITY_INTERVAL: Duration = Duration::from_secs(360);
/// A ship is changing course while its heading is more than 5° off its mean over 30 s, and for 20 s after.
const MEAN_HEADING_S: usize = 30;
const COURSE_CHANGE_RAD: f64 = 5.0 * std::f64::consts::PI / 180.0;
const COURSE_CHANGE_HELD: Duration = Duration::from_secs(20);
/// Slots are chosen within this share of the interval about the nominal time, either way (selection interval 0.2 NI).
const SLOT_CHOICE: f64 = 0.1;
/// A transponder that comes on the air is heard within this, and says who it is soon after.
const FIRST_REPORT_MAX_S: f64 = 10.0;

/// What the timetable depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Underway {
    pub(super) class: AisClass,
    pub(super) status: NavigationalStatus,
    pub(super) speed_m_s: f64,
    pub(super) heading: Heading,
}

/// What is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub(super) position: bool,
    pub(super) identity: bool,
}

/// A transponder's timetable.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    /// The nominal time of the position report that is next, and the slot chosen near it.
    nominal: Timestamp,
    position_at: Timestamp,
    identity_at: Timestamp,
    /// Sine and cosine of the heading at the last polls, at most [`MEAN_HEADING_S`]; the oldest goes.
    headings: VecDeque<(f64, f64)>,
    turning_until: Timestamp,
}

/// The nominal interval between position reports.
pub(super) fn reporting_interval(movement: Underway, turning: bool) -> Duration {
    let knots = movement.speed_m_s / KNOT_M_S;
    match (movement.class, movement.status) {
        (AisClass::A, NavigationalStatus::Moored) if knots <= 3.0 => Duration::from_secs(180),
        (AisClass::A, NavigationalStatus::Moored) => Duration::from_secs(10),
        (AisClass::A, NavigationalStatus::UnderWay) => match (knots, turning) {
            (..=14.0, false) => Duration::from_secs(10),
            (..=14.0, true) => Duration::from_secs(10) / 3,
            (..=23.0, false) => Duration::from_secs(6),
            _ => Duration::from_secs(2),
        },
        (AisClass::B, _) if knots <= 2.0 => Duration::from_secs(180),
        (AisClass::B, _) => Duration::from_secs(30),
    }
}

impl Schedule {
    /// The timetable of a transponder that comes on the air.
    pub(super) fn new(now: Timestamp, movement: Underway, rng: &mut ChaCha8Rng) -> Self {
        let interval = reporting_interval(movement, false);
        let first_s = random::uniform(rng, 0.0..interval.as_secs_f64().min(FIRST_REPORT_MAX_S));
        let position_at = now.offset_seconds(first_s);
        let identity_at = position_at.offset_seconds(random::uniform(rng, 0.0..FIRST_REPORT_MAX_S));
        let (headings, turning_until) = (VecDeque::with_capacity(MEAN_HEADING_S), now);
        Self { interval, nominal: position_at, position_at, identity_at, headings, turning_until }
    }

    pub(super) fn next_at(&self) -> Timestamp {
        self.position_at.min(self.identity_at)
    }

    /// Looks at the ship's movement, once a second, and brings the next report forward if it calls for that.
    pub(super) fn observe(&mut self, now: Timestamp, movement: Underway) {
        if self.off_mean_heading_rad(movement.heading) > COURSE_CHANGE_RAD {
            self.turning_until = now + COURSE_CHANGE_HELD;
        }
        let interval = reporting_interval(movement, now < self.turning_until);
        if interval < self.interval {
            self.nominal = self.nominal.min(now + interval);
            self.position_at = self.position_at.min(self.nominal);
        }
        self.interval = interval;
    }

    fn off_mean_heading_rad(&mut self, heading: Heading) -> f64 {
        if self.headings.len() == MEAN_HEADING_S {
            self.headings.pop_front();
        }
        self.headings.push_back(heading.radians().sin_cos());
        let (sin, cos) = self.headings.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        heading.turn_from(Heading::from_radians(sin.atan2(cos))).abs()
    }

    /// Takes what is due. Reports that were missed are not made up for.
    pub(super) fn take(&mut self, now: Timestamp, rng: &mut ChaCha8Rng) -> Due {
        let due = Due { position: now >= self.position_at, identity: now >= self.identity_at };
        if due.position {
            self.nominal = self.nominal + self.interval;
            while self.nominal <= now {
                self.nominal = self.nominal + self.interval;
            }
            let about_s = self.interval.as_secs_f64() * SLOT_CHOICE;
            self.position_at = self.nominal.offset_seconds(random::uniform(rng, -about_s..about_s));
        }
        while self.identity_at <= now {
            self.identity_at = self.identity_at + IDENTITY_INTERVAL;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movement(class: AisClass, status: NavigationalStatus, knots: f64, heading_deg: f64) -> Underway {
        Underway { class, status, speed_m_s: knots * KNOT_M_S, heading: Heading::from_degrees(heading_deg) }
    }

    fn at(seconds: f64) -> Timestamp {
        Timestamp::EPOCH.offset_seconds(seconds)
    }

    #[test]
    fn the_intervals_are_those_of_the_standard() {
        use AisClass::{A, B};
        use NavigationalStatus::{Moored, UnderWay};
        for (class, status, knots, turning, expected_s) in [
            (A, Moored, 0.0, false, 180.0),
            (A, Moored, 3.5, false, 10.0),
            (A, UnderWay, 0.0, false, 10.0),
            (A, UnderWay, 13.9, false, 10.0),
            (A, UnderWay, 13.9, true, 10.0 / 3.0),
            (A, UnderWay, 14.1, false, 6.0),
            (A, UnderWay, 14.1, true, 2.0),
            (A, UnderWay, 23.1, false, 2.0),
            (A, UnderWay, 23.1, true, 2.0),
            (B, UnderWay, 1.9, false, 180.0),
            (B, UnderWay, 2.1, true, 30.0),
        ] {
            let interval = reporting_interval(movement(class, status, knots, 0.0), turning);
            assert!((interval.as_secs_f64() - expected_s).abs() < 1e-6, "{class:?} {status:?} {knots} kn {turning}");
        }
    }

    /// Reports in each of some spans of time, for a ship whose knots and heading are functions of the seconds.
    fn reports(knots: impl Fn(f64) -> f64, heading_deg: impl Fn(f64) -> f64, spans: &[[f64; 2]]) -> Vec<usize> {
        let mut rng = random::stream(1, "schedule");
        let moving = |s: f64| movement(AisClass::A, NavigationalStatus::UnderWay, knots(s), heading_deg(s));
        let mut schedule = Schedule::new(at(0.0), moving(0.0), &mut rng);
        let mut counts = vec![0; spans.len()];
        for tenth in 0..12_000 {
            let seconds = f64::from(tenth) / 10.0;
            if tenth % 10 == 0 {
                schedule.observe(at(seconds), moving(seconds));
            }
            if schedule.take(at(seconds), &mut rng).position {
                let within = |[from, to]: &[f64; 2]| (*from..*to).contains(&seconds);
                spans.iter().zip(&mut counts).filter(|(span, _)| within(span)).for_each(|(_, count)| *count += 1);
            }
        }
        counts
    }

    #[test]
    fn reports_keep_the_interval_on_average() {
        let counts = reports(|_| 10.0, |_| 90.0, &[[0.0, 600.0], [600.0, 1200.0]]);
        assert!(counts.iter().all(|count| (59..=61).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_turn_is_reported_faster_and_for_twenty_seconds_more() {
        // 1°/s from 300 s to 390 s, across north.
        let heading = |s: f64| 330.0 + (s.clamp(300.0, 390.0) - 300.0);
        let counts = reports(|_| 10.0, heading, &[[200.0, 300.0], [310.0, 410.0], [450.0, 550.0]]);
        assert!((9..=11).contains(&counts[0]) && (9..=11).contains(&counts[2]), "{counts:?}");
        assert!((28..=32).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn gathering_way_brings_the_next_report_forward() {
        let knots = |s: f64| if s < 600.0 { 5.0 } else { 25.0 };
        let counts = reports(knots, |_| 0.0, &[[500.0, 600.0], [603.0, 703.0]]);
        assert!((9..=11).contains(&counts[0]) && (48..=52).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn identity_is_repeated_every_six_minutes() {
        let mut rng = random::stream(2, "schedule");
        let moored = movement(AisClass::A, NavigationalStatus::Moored, 0.0, 0.0);
        let mut schedule = Schedule::new(at(0.0), moored, &mut rng);
        let due = (0..3600).map(|s| schedule.take(at(f64::from(s)), &mut rng));
        let (positions, identities) =
            due.fold((0, 0), |sum, due| (sum.0 + u32::from(due.position), sum.1 + u32::from(due.identity)));
        assert_eq!(identities, 10);
        assert!((20..=21).contains(&positions), "{positions}");
    }
}
