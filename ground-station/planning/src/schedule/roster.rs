//! When a crew may fly, and when a charger is free: intervals that are filled.

use super::request::{Crew, Hold};

/// From and to, s.
pub(super) type Span = [f64; 2];

/// Rounding may miss a limit by so much, s.
const SLACK_S: f64 = 1e-6;
/// Halvings until a landing is known to a second and better.
const HALVINGS: usize = 18;

/// What a crew flies already.
#[derive(Debug, Clone, Default)]
pub(super) struct Duties {
    flown: Vec<Span>,
}

impl Duties {
    /// The soonest take-off, not before `from_s`, after which the crew may fly for so long.
    pub(super) fn earliest_s(&self, crew: &Crew, from_s: f64, least_s: f64) -> Option<f64> {
        let ends = self.flown.iter().flat_map(|span| [span[1], span[1] + crew.rest_s]);
        let mut moments: Vec<f64> = [from_s, crew.shift_s[0]].into_iter().chain(ends).collect();
        moments.retain(|moment| *moment >= from_s);
        moments.sort_by(f64::total_cmp);
        moments.into_iter().find(|moment| self.fits(crew, [*moment, moment + least_s]))
    }

    /// The latest landing of a flight that begins then: not after `to_s`, and `least_s` is known to fit.
    pub(super) fn latest_s(&self, crew: &Crew, from_s: f64, least_s: f64, to_s: f64) -> f64 {
        if self.fits(crew, [from_s, to_s]) {
            return to_s;
        }
        // The shorter the easier.
        let (mut fits_s, mut fails_s) = (from_s + least_s, to_s);
        for _ in 0..HALVINGS {
            let middle_s = f64::midpoint(fits_s, fails_s);
            *(if self.fits(crew, [from_s, middle_s]) { &mut fits_s } else { &mut fails_s }) = middle_s;
        }
        fits_s
    }

    pub(super) fn add(&mut self, span: Span) {
        self.flown.push(span);
        self.flown.sort_by(|a, b| a[0].total_cmp(&b[0]));
    }

    /// Whether the crew keeps to its shift, its rests and its number of drones with this flight too.
    fn fits(&self, crew: &Crew, added: Span) -> bool {
        if added[0] < crew.shift_s[0] - SLACK_S || added[1] > crew.shift_s[1] + SLACK_S {
            return false;
        }
        // With the new one, as many are in the air as at the begin of one of them.
        let begins = self.flown.iter().map(|span| span[0]).chain([added[0]]);
        let in_air = |at_s: f64| self.flown.iter().filter(|span| span[0] <= at_s && at_s < span[1]).count();
        if begins.filter(|at_s| added[0] <= *at_s && *at_s < added[1]).any(|at_s| in_air(at_s) >= crew.at_once) {
            return false;
        }
        let mut all = self.flown.clone();
        all.push(added);
        all.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let mut duty: Option<Span> = None;
        for span in all {
            duty = Some(match duty {
                Some([from_s, to_s]) if span[0] < to_s + crew.rest_s - SLACK_S => [from_s, to_s.max(span[1])],
                _ => span,
            });
            if duty.is_some_and(|[from_s, to_s]| to_s - from_s > crew.duty_max_s + SLACK_S) {
                return false;
            }
        }
        true
    }
}

/// The first time, not before `from_s`, at which something used at these times is free for so long.
pub(super) fn free_s(used: &[Span], from_s: f64, lasts_s: f64) -> f64 {
    let mut at_s = from_s;
    // In order of time: whatever is in the way moves it behind.
    for [begins_s, ends_s] in used {
        if *ends_s > at_s && *begins_s < at_s + lasts_s {
            at_s = *ends_s;
        }
    }
    at_s
}

/// The first time, not before `from_s`, from which nobody is held on the ground for so long; and the hold after that.
pub(super) fn fair_weather_s(holds: &[Hold], from_s: f64, least_s: f64) -> (f64, f64) {
    let mut at_s = from_s;
    for _ in holds {
        // Each round passes at least one hold.
        for hold in holds {
            if hold.during_s[1] > at_s && hold.during_s[0] < at_s + least_s {
                at_s = hold.during_s[1];
            }
        }
    }
    let next_s = holds.iter().map(|hold| hold.during_s[0]).filter(|begins_s| *begins_s >= at_s);
    (at_s, next_s.fold(f64::INFINITY, f64::min))
}
