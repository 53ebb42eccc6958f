//! The patterns flown: in the frame that moves with the drift, and over the ground.

use super::request::{Pattern, Request, RequestError, Searcher};
use crate::flight::{Flight, Look, Pace, Stop, Waypoint};
use crate::patterns::{LEGS_MAX, Tracks, expanding_square, sector, tracks};
use crate::plane::{Point, distance};

/// A searcher who gets there.
pub(super) struct Arrival {
    pub(super) searcher: usize,
    /// It is at the datum, s.
    pub(super) at_s: f64,
    /// How long it can search before it has to go home, s.
    pub(super) searches_s: f64,
    /// Sweep width times speed, m²/s.
    pub(super) sweeps_m2_s: f64,
    pub(super) sweep_width_m: f64,
}

/// What one searcher flies, and how much of it is search: sweep width times length.
pub(super) struct Searched {
    pub(super) flight: Flight,
    pub(super) spacing_m: f64,
    pub(super) swept_m2: f64,
}

/// Rounds until a meeting with a moving place is known.
const MEETINGS: usize = 60;
/// A search shorter than this is none, s.
const SEARCH_MIN_S: f64 = 30.0;

/// Who gets to the datum, and how long everybody can search.
pub(super) fn arrivals(request: &Request) -> Result<Vec<Arrival>, RequestError> {
    let mut nearest_s = f64::INFINITY;
    let mut there = Vec::new();
    for (number, searcher) in request.searchers.iter().enumerate() {
        let Some(at_s) = meets_s(request, searcher, |then_s| request.datum.at(then_s)) else { continue };
        nearest_s = nearest_s.min(at_s - request.begins_s);
        let latest_s = request.begins_s + searcher.endurance_s;
        let Some(back_s) = searcher.pace.takes_s(request.datum.at(latest_s), searcher.home_m) else { continue };
        let searches_s = latest_s - back_s - at_s;
        let relative = relative(request, &searcher.pace);
        let speed_m_s = relative.airspeed_m_s * (1.0 - share(&relative).powi(2)).max(0.0).sqrt();
        if searches_s >= SEARCH_MIN_S && speed_m_s > 0.0 {
            let sweep_width_m = searcher.sweep_width_m;
            let sweeps_m2_s = sweep_width_m * speed_m_s;
            there.push(Arrival { searcher: number, at_s, searches_s, sweeps_m2_s, sweep_width_m });
        }
    }
    if there.is_empty() { Err(RequestError::OutOfReach { nearest_s }) } else { Ok(there) }
}

/// The wind, as the drifting object feels it.
fn relative(request: &Request, pace: &Pace) -> Pace {
    let drift = request.datum.drift_m_s;
    Pace { wind_m_s: [0, 1].map(|axis| pace.wind_m_s[axis] - drift[axis]), ..*pace }
}

/// The wind, as a share of the airspeed.
fn share(pace: &Pace) -> f64 {
    distance([0.0; 2], pace.wind_m_s) / pace.airspeed_m_s
}

/// When a searcher who leaves at the begin is where something moves to, at its height; nothing where it gets away.
fn meets_s(request: &Request, searcher: &Searcher, place: impl Fn(f64) -> Point) -> Option<f64> {
    let home = Stop::new(searcher.home_m, 0.0, Look::Free);
    let mut then_s = request.begins_s;
    for _ in 0..MEETINGS {
        let there = Stop::new(place(then_s), searcher.height_m, Look::Free);
        let next_s = request.begins_s + searcher.pace.climbs_s(&home, &there)?;
        if (next_s - then_s).abs() < 1e-6 {
            return Some(next_s);
        }
        then_s = next_s;
    }
    None
}

/// The patterns of all, drawn for an area.
pub(super) struct Drawn<'a> {
    pub(super) request: &'a Request,
    pub(super) first_s: f64,
    pub(super) half_side_m: f64,
    pub(super) heading: f64,
    /// By how much wider apart than the effort allows.
    pub(super) widened: f64,
}

impl Drawn<'_> {
    /// Everybody's search; nothing where one would be home too late.
    pub(super) fn flights(&self, there: &[Arrival], pattern: Pattern) -> Option<Vec<Searched>> {
        let effort_m2: f64 = there.iter().map(|arrival| arrival.sweeps_m2_s * arrival.searches_s).sum();
        let area_m2 = 4.0 * self.half_side_m * self.half_side_m;
        let mut before = 0.0;
        there
            .iter()
            .enumerate()
            .map(|(number, arrival)| {
                let share = arrival.sweeps_m2_s * arrival.searches_s / effort_m2;
                let track_m = arrival.sweeps_m2_s / arrival.sweep_width_m * arrival.searches_s;
                let spacing_m = (self.widened * area_m2 * share / track_m).min(2.0 * self.half_side_m * share);
                let part = Part { number, from: before, share, spacing_m };
                before += share;
                self.flight(arrival, pattern, &part)
            })
            .collect()
    }

    fn flight(&self, arrival: &Arrival, pattern: Pattern, part: &Part) -> Option<Searched> {
        let searcher = &self.request.searchers[arrival.searcher];
        let pace = relative(self.request, &searcher.pace);
        let way = self.way(pattern, part)?;
        let datum = self.request.datum;
        let over_ground = |at: Point, then_s: f64| {
            let drifted = then_s - self.first_s;
            [0, 1].map(|axis: usize| at[axis] + datum.drift_m_s[axis] * drifted)
        };
        let begins_s = meets_s(self.request, searcher, |then_s| over_ground(way[0], then_s))?;
        let home = Stop::new(searcher.home_m, 0.0, Look::Free);
        let look = Look::Fixed { right_rad: 0.0, up_rad: LOOKS_DOWN_RAD };
        let out = Stop::new(over_ground(way[0], begins_s), searcher.height_m, look);
        let mut flight = searcher.pace.flight(arrival.searcher, self.request.begins_s, &[home, out])?;
        let (mut now_s, mut track_m) = (flight.waypoints[1].at_s, 0.0);
        for pair in way.windows(2) {
            let takes_s = pace.takes_s(pair[0], pair[1])?;
            let from_m = over_ground(pair[0], now_s);
            now_s += takes_s;
            track_m += distance(pair[0], pair[1]);
            let place_m = over_ground(pair[1], now_s);
            let speed_m_s = if takes_s > 0.0 { distance(from_m, place_m) / takes_s } else { 0.0 };
            flight.waypoints.push(Waypoint { at_s: now_s, place_m, height_m: searcher.height_m, speed_m_s, look });
        }
        let last = flight.waypoints[flight.waypoints.len() - 1];
        let back = [Stop::new(last.place_m, last.height_m, Look::Free), home];
        flight.waypoints.extend(searcher.pace.flight(arrival.searcher, now_s, &back)?.waypoints.drain(1..));
        let in_time = flight.lasts_s() <= searcher.endurance_s + 1e-6;
        in_time.then_some(Searched { flight, spacing_m: part.spacing_m, swept_m2: track_m * arrival.sweep_width_m })
    }

    /// The way in the drifting frame.
    fn way(&self, pattern: Pattern, part: &Part) -> Option<Vec<Point>> {
        let datum_m = self.request.datum.at(self.first_s);
        let side_m = 2.0 * self.half_side_m;
        let legs = (side_m / part.spacing_m).ceil();
        if legs > LEGS_MAX as f64 / 4.0 {
            return None;
        }
        match pattern {
            // Another searcher flies the same turned by 45 degrees (vol. II, on expanding square searches).
            Pattern::ExpandingSquare => {
                let heading = self.heading + part.number as f64 * std::f64::consts::FRAC_PI_4;
                expanding_square(
                    datum_m,
                    heading,
                    part.spacing_m / part.share,
                    (2.0 * part.share * legs).ceil() as usize,
                )
                .ok()
            }
            Pattern::Sector => {
                let heading = self.heading + part.number as f64 * std::f64::consts::FRAC_PI_6;
                let passes = (4.0 * self.half_side_m * part.share / (9.0 * part.spacing_m)).floor().max(1.0);
                sector(datum_m, heading, self.half_side_m, passes as usize).ok()
            }
            Pattern::ParallelTrack | Pattern::CreepingLine => {
                let along = [self.heading.sin(), self.heading.cos()];
                let right = [along[1], -along[0]];
                let aside_m = side_m * part.from - self.half_side_m;
                let corner_m =
                    [0, 1].map(|axis: usize| datum_m[axis] - self.half_side_m * along[axis] + aside_m * right[axis]);
                let kind = if pattern == Pattern::ParallelTrack { Tracks::Parallel } else { Tracks::Creeping };
                tracks(corner_m, self.heading, [side_m, side_m * part.share], part.spacing_m, kind).ok()
            }
        }
    }
}

/// A searcher's part of the area: which searcher, where across the area it begins and how wide it is (shares), and how
/// far apart its tracks are.
struct Part {
    number: usize,
    from: f64,
    share: f64,
    spacing_m: f64,
}

/// Searchers look this far below the horizon, rad: down enough for detail, ahead enough for time to see it.
const LOOKS_DOWN_RAD: f64 = -std::f64::consts::FRAC_PI_3;
