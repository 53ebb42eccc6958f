//! Which site a drone heads for.
//!
//! It flies legs: to waypoints nobody knows, and the last to its site, at one speed. Its heading wavers about the leg's
//! course as an Ornstein–Uhlenbeck process. Across a supposed course everything is linear enough for a Kalman filter:
//! how far off it is, by how much the supposed course is wrong (nothing where the leg's end is known), and the waver.
//! The likelihoods of the innovations say how well each story fits, and the distance to its site how probable it was to
//! meet such a flight here at all. The stories: straight to site *g* from the start of the track; a leg to an unknown
//! waypoint until the *k*-th span of the track and from there to *g*; or still on such a leg.
//!
//! On a leg to an unknown waypoint the site is open: those ahead are likelier than those behind, by the offset between
//! the course and the bearing to them, and the drone turns to its site after a time drawn from an exponential.

use super::habits::Habits;
use super::launches::Launches;
use super::problem::{Cue, Intruder, Site};
use super::since_launch::SinceLaunch;
use super::{Landing, distance_m};
use std::f64::consts::{PI, TAU};

/// How far the heading wavers, standard deviation, rad. This and the next: the maximum of the likelihood over 200
/// straight flights with known ends.
const WAVER_SD_RAD: f64 = 0.12;
/// After this long a waver has faded to 1/e, s.
const WAVER_FADES_S: f64 = 70.0;
/// Fixes are averaged over spans, as many as there are below.
const SPANS: usize = 24;
/// Of a drone with waypoints: how probable it is at the first fix that it is on its last leg already.
const LAST_LEG_AT_FIRST: f64 = 0.15;
/// A leg to a waypoint lasts so much longer, on average, s.
const TURNS_AFTER_S: f64 = 250.0;
/// How far off the course to a waypoint the bearing to the site is, on average, rad.
const OFFSET_RAD: f64 = 0.5;
/// How probable a second waypoint is.
const SECOND_WAYPOINT: f64 = 0.5;
/// Times until the turn that stand for the exponential: the middles of equal shares.
const TURN_QUANTILES: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
/// The remaining time is known to about this share: path not quite straight, speed not quite known.
const TIME_SPREAD: [f64; 3] = [0.99, 1.005, 1.02];
/// Pieces of a track whose lengths add up to its path: so few that the noise of a fix adds nothing to speak of.
const PIECES: usize = 6;
/// Slower is taken for this: it will not arrive, but the sum goes on.
const SLOW_M_S: f64 = 0.5;
/// The filter's standard deviation of a course that may be any.
const OPEN_SD_RAD: f64 = 3.0;
/// Ways to a site come together there, so flights to it are met the more often the nearer it is: with 1/d if they came
/// from everywhere and were met at any stage. Few are met just before they land, which takes the nearest away again;
/// this power of d lies between, and of 0, 1/2 and 1 said best where 1,200 made-up flights from a border went.
const MEETING_POWER: f64 = 0.5;
/// The logarithm of how much less probable than the likeliest a story is that is not told.
const UNHEARD_OF: f64 = -14.0;
/// Nearer to the end of a leg than this the bearing means nothing.
const NEAR_M: f64 = 200.0;

/// Fixes of a few seconds, averaged, and the step to here from those before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) at_s: f64,
    pub(super) at_m: [f64; 2],
    variance_m2: f64,
    since: Step,
}

/// What a leg leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Known([f64; 2]),
    /// Its course, roughly, rad from east.
    Open(f64),
}

/// A track, as the stories need it.
pub(super) struct Flight {
    pub(super) spans: Vec<Span>,
    pub(super) speed_m_s: f64,
    pub(super) here_m: [f64; 2],
}

/// Which flights are met: what the distance of a site from the first fix tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    /// Those that come together near a site.
    OnTheWay,
    /// It tells nothing here: the stage of the flight, which says more, is weighed afterwards.
    AnyStage,
}

impl Flight {
    fn of(cue: &Cue) -> Self {
        let spans = spans(cue);
        let (speed_m_s, here_m) = (speed_m_s(&spans), here_m(&spans, cue.now_s));
        Self { spans, speed_m_s, here_m }
    }
}

/// Where it was when it was first seen, and its velocity then, m/s.
pub(super) fn first_seen(cue: &Cue) -> ([f64; 2], [f64; 2]) {
    let Flight { spans, speed_m_s, .. } = Flight::of(cue);
    // One with waypoints may turn while it is seen.
    let first = if cue.intruder == Intruder::Straight { spans.len() } else { spans.len().div_ceil(2).max(2) };
    let first = &spans[..first.min(spans.len())];
    let course = course(first);
    (line(first, cue.track[0].at_s).0, [speed_m_s * course.cos(), speed_m_s * course.sin()])
}

/// Where it lands if its clock counts from its launch. No answer where nothing fits.
pub(super) fn landings_since_launch(sites: &[Site], cue: &Cue, launches: &Launches, habits: &Habits) -> Vec<Landing> {
    let priors: f64 = sites.iter().map(|site| site.prior).sum();
    let sites = sites.iter().filter(|site| site.prior > 0.0).map(|site| (site.prior / priors, site)).collect();
    let flight = Flight::of(cue);
    weighed(SinceLaunch { flight: &flight, now_s: cue.now_s, launches, habits, sites }.stories(cue.intruder))
}

pub(super) fn landings(sites: &[Site], cue: &Cue, meeting: Meeting) -> Vec<Landing> {
    let Flight { spans, speed_m_s, here_m } = Flight::of(cue);
    let mut stories = Vec::new();
    let priors: f64 = sites.iter().map(|site| site.prior).sum();
    for site in sites.iter().filter(|site| site.prior > 0.0) {
        let prior = (site.prior / priors).ln();
        let straight = fit(&spans, speed_m_s, End::Known(site.at_m));
        let left_s = distance_m(here_m, site.at_m) / speed_m_s;
        stories.push((prior + straight, Landing { at_m: site.at_m, in_s: left_s, weight: 0.0 }));
    }
    if cue.intruder == Intruder::Dogleg {
        dogleg(sites, &spans, speed_m_s, here_m, &mut stories);
    }
    for (fits, landing) in stories.iter_mut().filter(|_| meeting == Meeting::OnTheWay) {
        *fits -= MEETING_POWER * distance_m(spans[0].at_m, landing.at_m).max(NEAR_M).ln();
    }
    weighed(stories)
}

/// Landings from how well their stories fit, as logarithms.
fn weighed(stories: Vec<(f64, Landing)>) -> Vec<Landing> {
    let best = stories.iter().map(|(fits, _)| *fits).fold(f64::NEG_INFINITY, f64::max);
    if !best.is_finite() {
        return Vec::new();
    }
    let total: f64 = stories.iter().map(|(fits, _)| (fits - best).exp()).sum();
    stories
        .into_iter()
        .filter(|(fits, _)| fits - best > UNHEARD_OF)
        .map(|(fits, landing)| Landing { weight: (fits - best).exp() / total, ..landing })
        .flat_map(|landing| {
            TIME_SPREAD.map(|spread| Landing {
                in_s: landing.in_s * spread,
                weight: landing.weight / TIME_SPREAD.len() as f64,
                ..landing
            })
        })
        .collect()
}

/// Adds the stories with waypoints; those there are become the ones without.
fn dogleg(sites: &[Site], spans: &[Span], speed_m_s: f64, here_m: [f64; 2], stories: &mut Vec<(f64, Landing)>) {
    let lasts_s = spans[spans.len() - 1].at_s - spans[0].at_s;
    for (fits, _) in stories.iter_mut() {
        *fits += LAST_LEG_AT_FIRST.ln();
    }
    let priors: f64 = sites.iter().map(|site| site.prior).sum();
    let first_leg = (1.0 - LAST_LEG_AT_FIRST).ln();
    // The leg to the waypoint, as far as each span.
    for turn in 2..spans.len() - 1 {
        let course = course(&spans[..=turn]);
        let before = fit(&spans[..=turn], speed_m_s, End::Open(course));
        let since_s = spans[turn].at_s - spans[0].at_s;
        let span_s = (spans[turn + 1].at_s - spans[turn - 1].at_s) / 2.0;
        let turns = (span_s / TURNS_AFTER_S).ln() - since_s / TURNS_AFTER_S;
        for site in sites.iter().filter(|site| site.prior > 0.0) {
            let offset = offset_fits(course, spans[turn].at_m, site.at_m);
            let after = fit(&spans[turn..], speed_m_s, End::Known(site.at_m));
            let left_s = distance_m(here_m, site.at_m) / speed_m_s;
            let fits = first_leg + (site.prior / priors).ln() + before + turns + offset + after;
            stories.push((fits, Landing { at_m: site.at_m, in_s: left_s, weight: 0.0 }));
        }
    }
    // Still on a leg to a waypoint, the first or a later one.
    let mut open = vec![(0, first_leg - lasts_s / TURNS_AFTER_S, 0.0)];
    for turn in 2..spans.len().saturating_sub(4) {
        let before = fit(&spans[..=turn], speed_m_s, End::Open(course(&spans[..=turn])));
        let span_s = (spans[turn + 1].at_s - spans[turn - 1].at_s) / 2.0;
        let turns = (SECOND_WAYPOINT * span_s / TURNS_AFTER_S).ln() - lasts_s / TURNS_AFTER_S;
        open.push((turn, first_leg + turns, before));
    }
    for (turn, log_prior, before) in open {
        let leg = &spans[turn..];
        let course = course(leg);
        let fits = log_prior + before + fit(leg, speed_m_s, End::Open(course));
        for site in sites.iter().filter(|site| site.prior > 0.0) {
            let offset = offset_fits(course, here_m, site.at_m);
            for quantile in TURN_QUANTILES {
                let turns_s = -TURNS_AFTER_S * (1.0 - quantile).ln();
                let on_m = turns_s * speed_m_s;
                let turn_m = [here_m[0] + on_m * course.cos(), here_m[1] + on_m * course.sin()];
                let left_s = turns_s + distance_m(turn_m, site.at_m) / speed_m_s;
                let share = (site.prior / priors / TURN_QUANTILES.len() as f64).ln();
                stories.push((fits + offset + share, Landing { at_m: site.at_m, in_s: left_s, weight: 0.0 }));
            }
        }
    }
}

/// The logarithm of how much likelier this site has become by the course of a leg towards a waypoint: the density of
/// the offset, against that of any course.
fn offset_fits(course: f64, from_m: [f64; 2], site_m: [f64; 2]) -> f64 {
    let off = wrapped(course - bearing(from_m, site_m));
    // A Laplace distribution, cut off at half a turn either way.
    let density = (-off.abs() / OFFSET_RAD).exp() / (2.0 * OFFSET_RAD * (1.0 - (-PI / OFFSET_RAD).exp()));
    (density * TAU).ln()
}

/// The log-likelihood of spans on one leg. Only what is across the course counts.
pub(super) fn fit(spans: &[Span], speed_m_s: f64, end: End) -> f64 {
    let from = spans[0];
    let (course, length_m, open_rad) = match end {
        End::Known(end_m) => (bearing(from.at_m, end_m), distance_m(from.at_m, end_m), 0.0),
        End::Open(course) => (course, f64::INFINITY, OPEN_SD_RAD),
    };
    let across = [-course.sin(), course.cos()];
    let off_m = |span: &Span| (span.at_m[0] - from.at_m[0]) * across[0] + (span.at_m[1] - from.at_m[1]) * across[1];
    let mut leg = Leg {
        mean: [0.0; 3],
        off: from.variance_m2,
        off_course: 0.0,
        off_waver: 0.0,
        course: open_rad.powi(2),
        course_waver: 0.0,
        waver: WAVER_SD_RAD.powi(2),
    };
    // A course is any of the circle's; the filter's is normal, and flat over what matters.
    let mut fits = if open_rad > 0.0 { (open_rad / TAU.sqrt()).ln() } else { 0.0 };
    for span in &spans[1..] {
        let left_m = (length_m - speed_m_s * (span.at_s - from.at_s)).max(NEAR_M);
        leg.goes_on(&span.since, speed_m_s, left_m);
        fits += leg.sees(off_m(span), span.variance_m2);
    }
    fits
}

/// The filter on a leg: metres off, error of the course, waver; and their covariance, written out because this is done
/// ten thousand times an answer.
struct Leg {
    mean: [f64; 3],
    off: f64,
    off_course: f64,
    off_waver: f64,
    course: f64,
    course_waver: f64,
    waver: f64,
}

impl Leg {
    /// To the next span, with so much of the leg left there.
    fn goes_on(&mut self, since: &Step, speed_m_s: f64, left_m: f64) {
        let pull = (1.0 - speed_m_s * since.step_s / left_m).max(0.0);
        let (by_course, by_waver) = (speed_m_s * since.step_s, speed_m_s * since.carried_s);
        self.mean[0] = pull * self.mean[0] + by_course * self.mean[1] + by_waver * self.mean[2];
        self.mean[2] *= since.faded;
        let off_course = pull * self.off_course + by_course * self.course + by_waver * self.course_waver;
        let off_waver = pull * self.off_waver + by_course * self.course_waver + by_waver * self.waver;
        self.off = pull * (pull * self.off + by_course * self.off_course + by_waver * self.off_waver)
            + by_course * off_course
            + by_waver * off_waver
            + speed_m_s.powi(2) * since.wander_s2;
        self.off_course = off_course;
        self.off_waver = since.faded * off_waver + speed_m_s * since.wander_s;
        self.course_waver *= since.faded;
        self.waver = since.faded.powi(2) * self.waver + since.fresh;
    }

    /// A span is so far off: the logarithm of how likely that was.
    fn sees(&mut self, off_m: f64, variance_m2: f64) -> f64 {
        let innovation_m = off_m - self.mean[0];
        let variance = self.off + variance_m2;
        let gain = [self.off / variance, self.off_course / variance, self.off_waver / variance];
        for (mean, gain) in self.mean.iter_mut().zip(gain) {
            *mean += gain * innovation_m;
        }
        self.course -= gain[1] * self.off_course;
        self.course_waver -= gain[1] * self.off_waver;
        self.waver -= gain[2] * self.off_waver;
        self.off -= gain[0] * self.off;
        self.off_course *= 1.0 - gain[0];
        self.off_waver *= 1.0 - gain[0];
        -0.5 * (innovation_m * innovation_m / variance + (TAU * variance).ln())
    }
}

/// What a waver does from one span to the next: the same in every story.
#[derive(Debug, Clone, Copy)]
struct Step {
    step_s: f64,
    /// What is left of it.
    faded: f64,
    /// The seconds for which it has carried.
    carried_s: f64,
    /// The variance of the way it adds, for 1 m/s, and its covariance with the waver.
    wander_s2: f64,
    wander_s: f64,
    /// The variance that is new.
    fresh: f64,
}

impl Step {
    fn new(step_s: f64) -> Self {
        let faded = (-step_s / WAVER_FADES_S).exp();
        let carried_s = WAVER_FADES_S * (1.0 - faded);
        let waver = WAVER_SD_RAD.powi(2);
        let wander_s2 = waver * WAVER_FADES_S * (2.0 * step_s - 2.0 * carried_s - carried_s.powi(2) / WAVER_FADES_S);
        Self {
            step_s,
            faded,
            carried_s,
            wander_s2: wander_s2.max(0.0),
            wander_s: waver * carried_s.powi(2) / WAVER_FADES_S,
            fresh: waver * (1.0 - faded * faded),
        }
    }
}

fn spans(cue: &Cue) -> Vec<Span> {
    let (first, last) = (cue.track[0].at_s, cue.track[cue.track.len() - 1].at_s);
    let span_s = (last - first) / SPANS as f64;
    let mut sums = [(0.0, [0.0; 2], 0.0); SPANS];
    for fix in &cue.track {
        let index = (((fix.at_s - first) / span_s) as usize).min(SPANS - 1);
        let (at_s, at_m, count) = &mut sums[index];
        *at_s += fix.at_s;
        at_m[0] += fix.at_m[0];
        at_m[1] += fix.at_m[1];
        *count += 1.0;
    }
    let mut before_s = first;
    sums.into_iter()
        .filter(|(_, _, count)| *count > 0.0)
        .map(|(at_s, at_m, count)| {
            let at_s = at_s / count;
            let since = Step::new(at_s - before_s);
            before_s = at_s;
            let variance_m2 = cue.sigma_m * cue.sigma_m / count;
            Span { at_s, at_m: [at_m[0] / count, at_m[1] / count], variance_m2, since }
        })
        .collect()
}

/// How fast it flies: along pieces of the track, each by its ends' means.
fn speed_m_s(spans: &[Span]) -> f64 {
    let piece = (spans.len() / PIECES).max(1);
    let (mut path_m, mut time_s) = (0.0, 0.0);
    for pair in spans.chunks(piece).collect::<Vec<_>>().windows(2) {
        let ends = [pair[0], pair[1]].map(|spans| {
            let count = spans.len() as f64;
            let mean = |of: fn(&Span) -> f64| spans.iter().map(of).sum::<f64>() / count;
            (mean(|span| span.at_s), [mean(|span| span.at_m[0]), mean(|span| span.at_m[1])])
        });
        path_m += distance_m(ends[0].1, ends[1].1);
        time_s += ends[1].0 - ends[0].0;
    }
    if time_s > 0.0 { (path_m / time_s).max(SLOW_M_S) } else { SLOW_M_S }
}

/// Where it is now, by the line through the last spans.
fn here_m(spans: &[Span], now_s: f64) -> [f64; 2] {
    let last = &spans[spans.len() - spans.len().min(6)..];
    line(last, now_s).0
}

/// Its course over these spans.
pub(super) fn course(spans: &[Span]) -> f64 {
    let (_, velocity) = line(spans, 0.0);
    velocity[1].atan2(velocity[0])
}

/// The least-squares line through spans: the place then, and the velocity.
fn line(spans: &[Span], then_s: f64) -> ([f64; 2], [f64; 2]) {
    let count = spans.len() as f64;
    let middle_s = spans.iter().map(|span| span.at_s).sum::<f64>() / count;
    let spread: f64 = spans.iter().map(|span| (span.at_s - middle_s).powi(2)).sum();
    let axes = [0, 1].map(|axis: usize| {
        let middle = spans.iter().map(|span| span.at_m[axis]).sum::<f64>() / count;
        let along: f64 = spans.iter().map(|span| (span.at_s - middle_s) * (span.at_m[axis] - middle)).sum();
        let slope = if spread > 0.0 { along / spread } else { 0.0 };
        (middle + slope * (then_s - middle_s), slope)
    });
    (axes.map(|(place, _)| place), axes.map(|(_, slope)| slope))
}

pub(super) fn bearing(from_m: [f64; 2], to_m: [f64; 2]) -> f64 {
    (to_m[1] - from_m[1]).atan2(to_m[0] - from_m[0])
}

fn wrapped(angle: f64) -> f64 {
    (angle + PI).rem_euclid(TAU) - PI
}
