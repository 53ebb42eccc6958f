//! Which site a drone heads for, where its launch is known: its clock counts from there, and other flights have shown
//! where launches are.
//!
//! The stories are those of `drone`, told from the launch on. A way of known length leads back from the first fix:
//! straight to its beginning, or by a turn that nobody saw. Waypoints lie anywhere between the beginning of a way and
//! its end, off the straight line by a normal share of its length; so do further ones, between the last and the end.
//! With the place of the launch, of the turns and of the site each story has a density, and with the stage at which
//! cues come, that of coming now. Ways to a site come together there: as much denser are flights, the nearer they are.

use super::drone::{End, Flight, bearing, course, fit};
use super::habits::Habits;
use super::launches::Launches;
use super::problem::{Intruder, Site};
use super::{Landing, distance_m};
use std::f64::consts::TAU;

/// Waypoints are off the straight way by this share of its length, standard deviation; they lie between these shares of
/// it; and a second one follows so often. All three by the likelihood of 200 tracks, whose ends it does not know.
const OFF: f64 = 0.18;
const BETWEEN: [f64; 2] = [0.05, 0.95];
const SECOND: f64 = 0.8;
/// A second waypoint makes the rest of the way so much longer.
const LONGER: f64 = 1.1;
/// A way wavers: what it leads far, for its length.
const STRAIGHTNESS: f64 = 0.993;
/// Turns ahead that are looked at on an open leg; on up to so much of the way from its beginning to the site.
const AHEAD: usize = 12;
const AHEAD_MOST: f64 = 1.2;
/// Turns before the first fix that are looked at: where, and from which course; and of those the most that are pursued
/// where the site is open as well.
const TURNS_BEFORE: usize = 8;
const COURSES_BEFORE: usize = 24;
const PURSUED: usize = 6;
/// Nearer to a site than this, ways come together no more, metres.
const NEAR_M: f64 = 200.0;
/// Spans that a leg needs behind a turn before its course is known.
const SPANS_OF_LEG: usize = 4;

/// How it fits, as a logarithm, and where it ends.
type Story = (f64, Landing);

/// A flight, and what is known of others.
pub(super) struct SinceLaunch<'a> {
    pub(super) flight: &'a Flight,
    pub(super) now_s: f64,
    pub(super) launches: &'a Launches,
    pub(super) habits: &'a Habits,
    /// Each with how probable it is.
    pub(super) sites: Vec<(f64, &'a Site)>,
}

/// A leg whose end is not known: from where, its course, and how all up to it fits, as a logarithm.
#[derive(Clone, Copy)]
struct Leg {
    from_m: [f64; 2],
    course: f64,
    fits: f64,
}

/// A launch and a turn before the first fix, with their density.
struct Turned {
    from_m: [f64; 2],
    turn_m: [f64; 2],
    density: f64,
}

impl SinceLaunch<'_> {
    pub(super) fn stories(&self, intruder: Intruder) -> Vec<Story> {
        let mut stories = Vec::new();
        if intruder == Intruder::Straight {
            self.straight(&mut stories);
        } else {
            self.last_leg(&mut stories);
            self.on_leg(&mut stories);
            for turn in 2..self.flight.spans.len().saturating_sub(1) {
                self.turning(turn, &mut stories);
            }
        }
        stories
    }

    /// Straight from the launch to the site.
    fn straight(&self, stories: &mut Vec<Story>) {
        let first_m = self.first_m();
        for (prior, site) in &self.sites {
            let left_m = distance_m(first_m, site.at_m).max(NEAR_M);
            let from_m = ahead(first_m, bearing(first_m, site.at_m), -self.flown_m());
            let together = (left_m + self.flown_m()) / left_m;
            let fits = fit(&self.flight.spans, self.flight.speed_m_s, End::Known(site.at_m));
            self.lands(fits, prior * self.launches.density(from_m) * together, site, self.straight_s(site), stories);
        }
    }

    /// On the last leg already when it was first seen.
    fn last_leg(&self, stories: &mut Vec<Story>) {
        let first_m = self.first_m();
        for (prior, site) in &self.sites {
            let left_m = distance_m(first_m, site.at_m).max(NEAR_M);
            let story = |turned: &Turned| {
                let together = distance_m(turned.turn_m, site.at_m) / left_m;
                turned.density * waypoint(turned.from_m, turned.turn_m, site.at_m) * together
            };
            let density: f64 = self.turned(bearing(first_m, site.at_m)).iter().map(story).sum();
            let fits = fit(&self.flight.spans, self.flight.speed_m_s, End::Known(site.at_m));
            self.lands(fits, prior * density, site, self.straight_s(site), stories);
        }
    }

    /// All the time on a leg to a waypoint: the first, or the second.
    fn on_leg(&self, stories: &mut Vec<Story>) {
        let spans = &self.flight.spans;
        let course = course(spans);
        let fits = fit(spans, self.flight.speed_m_s, End::Open(course));
        let from_m = ahead(self.first_m(), course, -self.flown_m());
        let launched = self.launches.density(from_m);
        let turned = pursued(self.turned(course));
        for (prior, site) in &self.sites {
            let leg = Leg { from_m, course, fits };
            self.waypoint_ahead(leg, prior * launched * (1.0 - SECOND), site, 1.0, stories);
            self.waypoint_ahead(leg, prior * launched * SECOND, site, LONGER, stories);
            for turned in &turned {
                let density = turned.density * waypoint(turned.from_m, turned.turn_m, site.at_m);
                let leg = Leg { from_m: turned.turn_m, ..leg };
                self.waypoint_ahead(leg, prior * SECOND * density, site, 1.0, stories);
            }
        }
    }

    /// A turn at this span: to the site, or to a second waypoint.
    fn turning(&self, turn: usize, stories: &mut Vec<Story>) {
        let (spans, speed_m_s) = (&self.flight.spans, self.flight.speed_m_s);
        let before = course(&spans[..=turn]);
        let before_fits = fit(&spans[..=turn], speed_m_s, End::Open(before));
        let from_m = ahead(self.first_m(), before, -self.flown_m());
        let launched = self.launches.density(from_m);
        let turned = pursued(self.turned(before));
        let (turn_m, after) = (spans[turn].at_m, &spans[turn..]);
        let span_m = (spans[turn + 1].at_s - spans[turn - 1].at_s) / 2.0 * speed_m_s;
        let open = (after.len() > SPANS_OF_LEG).then(|| {
            let course = course(after);
            let fits = before_fits + fit(after, speed_m_s, End::Open(course));
            Leg { from_m: turn_m, course, fits }
        });
        for (prior, site) in &self.sites {
            // The density of a turn at this span on a leg from there, over any course.
            let here =
                |from_m: [f64; 2]| waypoint(from_m, turn_m, site.at_m) * distance_m(from_m, turn_m) * span_m * TAU;
            let first = launched * here(from_m);
            let second = |turned: &Turned| {
                let first = turned.density * waypoint(turned.from_m, turned.turn_m, site.at_m);
                if first > 0.0 { first * here(turned.turn_m) } else { 0.0 }
            };
            let second: f64 = turned.iter().map(second).sum();
            let density = prior * ((1.0 - SECOND) * first + SECOND * second);
            if density > 0.0 {
                let fits = before_fits + fit(after, speed_m_s, End::Known(site.at_m));
                self.lands(fits, density, site, self.straight_s(site), stories);
            }
            if let Some(leg) = open.filter(|_| first > 0.0) {
                self.waypoint_ahead(leg, prior * SECOND * first, site, 1.0, stories);
            }
        }
    }

    /// Goes on along the leg to a waypoint, and from there to the site.
    fn waypoint_ahead(&self, leg: Leg, density: f64, site: &Site, longer: f64, stories: &mut Vec<Story>) {
        if density <= 0.0 {
            return;
        }
        let step_m = AHEAD_MOST * distance_m(leg.from_m, site.at_m) / AHEAD as f64;
        for step in 0..AHEAD {
            let on_m = (step as f64 + 0.5) * step_m;
            let turn_m = ahead(self.flight.here_m, leg.course, on_m);
            let turns = waypoint(leg.from_m, turn_m, site.at_m) * distance_m(leg.from_m, turn_m) * step_m * TAU;
            let left_s = (on_m + distance_m(turn_m, site.at_m)) / self.flight.speed_m_s * longer / STRAIGHTNESS;
            self.lands(leg.fits, density * turns, site, left_s, stories);
        }
    }

    /// One more story, by how probable it is to come upon it at this stage.
    fn lands(&self, fits: f64, density: f64, site: &Site, left_s: f64, stories: &mut Vec<Story>) {
        if density > 0.0 {
            let whole_s = self.now_s + left_s;
            let now = self.habits.stage(self.now_s / whole_s) / whole_s;
            stories.push((fits + (density * now).ln(), Landing { at_m: site.at_m, in_s: left_s, weight: 0.0 }));
        }
    }

    /// The launches and turns from which a leg of this course leads to the first fix.
    fn turned(&self, on: f64) -> Vec<Turned> {
        let flown_m = self.flown_m();
        let share = flown_m / TURNS_BEFORE as f64 * TAU / COURSES_BEFORE as f64;
        let turns = (0..TURNS_BEFORE).flat_map(|turn| {
            let leg_m = flown_m * (turn as f64 + 0.5) / TURNS_BEFORE as f64;
            let turn_m = ahead(self.first_m(), on, leg_m - flown_m);
            (0..COURSES_BEFORE).map(move |course| {
                let course = on + TAU * (course as f64 + 0.5) / COURSES_BEFORE as f64;
                Turned { from_m: ahead(turn_m, course, -leg_m), turn_m, density: leg_m * share }
            })
        });
        turns.map(|turn| Turned { density: turn.density * self.launches.density(turn.from_m), ..turn }).collect()
    }

    fn first_m(&self) -> [f64; 2] {
        self.flight.spans[0].at_m
    }

    /// How far the way is from the launch to the first fix.
    fn flown_m(&self) -> f64 {
        (self.flight.speed_m_s * self.flight.spans[0].at_s * STRAIGHTNESS).max(1.0)
    }

    fn straight_s(&self, site: &Site) -> f64 {
        distance_m(self.flight.here_m, site.at_m) / self.flight.speed_m_s / STRAIGHTNESS
    }
}

/// The most probable ones, for all.
fn pursued(mut turned: Vec<Turned>) -> Vec<Turned> {
    let all: f64 = turned.iter().map(|turned| turned.density).sum();
    turned.sort_by(|a, b| b.density.total_cmp(&a.density));
    turned.truncate(PURSUED);
    let kept: f64 = turned.iter().map(|turned| turned.density).sum();
    turned.iter_mut().for_each(|turned| turned.density *= all / kept);
    turned
}

/// The density of a waypoint there, on a way from one place to another, 1/m².
fn waypoint(from_m: [f64; 2], at_m: [f64; 2], end_m: [f64; 2]) -> f64 {
    let [way, to] = [end_m, at_m].map(|place| [place[0] - from_m[0], place[1] - from_m[1]]);
    let square_m2 = (way[0] * way[0] + way[1] * way[1]).max(NEAR_M * NEAR_M);
    let along = (to[0] * way[0] + to[1] * way[1]) / square_m2;
    let off = (to[1] * way[0] - to[0] * way[1]) / square_m2 / OFF;
    if !(BETWEEN[0]..=BETWEEN[1]).contains(&along) || off.abs() > 5.0 {
        return 0.0;
    }
    (-0.5 * off * off).exp() / (OFF * TAU.sqrt() * (BETWEEN[1] - BETWEEN[0]) * square_m2)
}

fn ahead(from_m: [f64; 2], course: f64, by_m: f64) -> [f64; 2] {
    [from_m[0] + by_m * course.cos(), from_m[1] + by_m * course.sin()]
}
