//! A first plan for vehicles on arcs: every way between two legs that comes out of the area is led around, and every visit
//! to what is unseen is put where the arcs to it and from it stay inside. It is not quick to fly; it is quick to find, and
//! annealing need not have squeezed every stray arc out before there is something to tell.

use super::motion::Leg;
use super::refine::{LEG_LEAST_M, Move, Refine};
use crate::plane::{Point, distance, minus, plus, times};

/// By how much legs may end sooner or begin later for the sake of a turn, in turn radii.
const DRAWN_IN: [f64; 6] = [0.0, 0.4, 0.8, 1.2, 1.8, 2.6];
/// Where a leg between two is tried: at so many turn radii around the ends of both, in so many directions.
const RINGS: [f64; 4] = [1.0, 1.7, 2.6, 4.0];
const DIRECTIONS: usize = 12;
/// Headings that are tried for a leg that is put in.
const HEADINGS: usize = 8;
/// Places in the order of legs where a visit is tried: those with the shortest detour.
const PLACES: usize = 5;
/// What a metre that a leg is drawn in costs, in metres: it will have to be seen by another.
const LOST_COSTS: f64 = 1.5;

/// How often each leg is looked at, at most.
const TRIALS: usize = 6;

/// Legs that replace others, and by how much the way gets longer, m.
struct Mended {
    longer_m: f64,
    change: Move,
}

impl Refine<'_> {
    /// Leads every way between legs that comes outside around what it crosses. Where no way is found the shorter of the two
    /// legs is left out: it begins or ends too near to a border to be flown to.
    pub(super) fn mend(&mut self, radius_m: f64) {
        for route in 0..self.routes.legs.len() {
            let mut at = 0;
            // A leg that was put in may be left out again, so that it is not certain to end by itself.
            for _ in 0..TRIALS * self.routes.legs[route].len() {
                let legs = &self.routes.legs[route];
                if legs.is_empty() || at > legs.len() {
                    break;
                }
                let ends = [at.checked_sub(1).map(|before| legs[before]), legs.get(at).copied()];
                if self.stays(self.homes[route], ends) {
                    at += 1;
                } else if let Some(Mended { change, .. }) = self.led_around(route, at, ends, radius_m) {
                    // What was put in between is inside already.
                    at += change.by.len() + 1 - (change.to - change.from);
                    self.attempt(change, f64::INFINITY);
                } else {
                    let long_m = |leg: Option<Leg>| leg.map_or(f64::INFINITY, |leg| distance(leg.from_m, leg.to_m));
                    at -= usize::from(long_m(ends[0]) < long_m(ends[1]));
                    self.attempt(Move { route, from: at, to: at + 1, by: Vec::new() }, f64::INFINITY);
                }
            }
        }
    }

    /// A short way found from the leg before a place in the order to the one after, with less of both or a leg in between;
    /// nothing where none was found that stays inside.
    fn led_around(&self, route: usize, at: usize, ends: [Option<Leg>; 2], radius_m: f64) -> Option<Mended> {
        let home = self.homes[route];
        let [from, to] = [at - usize::from(ends[0].is_some()), at + usize::from(ends[1].is_some())];
        let mut best: Option<Mended> = None;
        let mut offer = |between: Option<Leg>, [before, after]: [Option<Leg>; 2], longer_m: f64| {
            if best.as_ref().is_none_or(|best| longer_m < best.longer_m) {
                let by = before.into_iter().chain(between).chain(after).collect();
                best = Some(Mended { longer_m, change: Move { route, from, to, by } });
            }
        };
        for drawn in DRAWN_IN {
            for other in DRAWN_IN {
                let lost = [drawn, other].map(|drawn| drawn * radius_m);
                let Some(ends) = drawn_in(ends, lost) else { continue };
                if self.stays(home, ends) {
                    offer(None, ends, self.motion.join_m(home, ends) + LOST_COSTS * (lost[0] + lost[1]));
                }
            }
        }
        for drawn in DRAWN_IN.into_iter().step_by(2) {
            let lost_m = drawn * radius_m;
            let Some(ends) = drawn_in(ends, [lost_m; 2]) else { break };
            let least_m = best.as_ref().map_or(f64::INFINITY, |best| best.longer_m);
            if let Some((between, longer_m)) = self.between(home, ends, radius_m, least_m - 2.0 * LOST_COSTS * lost_m) {
                let by = ends[0].into_iter().chain([between]).chain(ends[1]).collect();
                return Some(Mended { longer_m, change: Move { route, from, to, by } });
            }
        }
        best
    }

    /// A short leg between two with arcs to it and from it that stay inside, and how long they are; shorter than allowed.
    fn between(&self, home: Point, ends: [Option<Leg>; 2], radius_m: f64, allowed_m: f64) -> Option<(Leg, f64)> {
        let centres = [ends[0].map_or(home, |leg| leg.to_m), ends[1].map_or(home, |leg| leg.from_m)];
        let mut best: Option<(Leg, f64)> = None;
        for (centre, ring) in centres.into_iter().flat_map(|centre| RINGS.map(|ring| (centre, ring))) {
            for direction in directions(DIRECTIONS) {
                let spot = plus(centre, times(direction, ring * radius_m));
                let straight_m = distance(centres[0], spot) + distance(spot, centres[1]);
                if straight_m >= best.map_or(allowed_m, |best| best.1) || !self.area.contains(spot) {
                    continue;
                }
                for heading in directions(HEADINGS) {
                    let leg = short_leg(spot, heading);
                    let joins = [[ends[0], Some(leg)], [Some(leg), ends[1]]];
                    let long_m: f64 = joins.iter().map(|join| self.motion.join_m(home, *join)).sum();
                    if long_m < best.map_or(allowed_m, |best| best.1)
                        && self.area.clear(leg.from_m, leg.to_m)
                        && joins.iter().all(|join| self.stays(home, *join))
                    {
                        best = Some((leg, long_m));
                    }
                }
            }
        }
        best
    }

    /// Adds a leg over a place, or near to it, where the arcs to it and from it stay inside and are short.
    pub(super) fn visit_on_arcs(&mut self, at: Point) -> bool {
        for spot in self.spots(at) {
            let mut best: Option<Mended> = None;
            for (route, place, home, ends) in self.places(spot) {
                let direct_m = self.motion.join_m(home, ends);
                for heading in directions(HEADINGS) {
                    let leg = short_leg(spot, heading);
                    let joins = [[ends[0], Some(leg)], [Some(leg), ends[1]]];
                    let longer_m = joins.iter().map(|join| self.motion.join_m(home, *join)).sum::<f64>() - direct_m;
                    if best.as_ref().is_none_or(|best| longer_m < best.longer_m)
                        && self.area.clear(leg.from_m, leg.to_m)
                        && joins.iter().all(|join| self.stays(home, *join))
                    {
                        best = Some(Mended { longer_m, change: Move { route, from: place, to: place, by: vec![leg] } });
                    }
                }
            }
            if let Some(Mended { change, .. }) = best {
                return self.attempt(change, f64::INFINITY);
            }
        }
        false
    }

    /// Where in the order of legs a place is nearest by: the route, the place in it, its home, and the legs beside.
    fn places(&self, spot: Point) -> Vec<(usize, usize, Point, [Option<Leg>; 2])> {
        let mut places = Vec::new();
        for (route, (legs, home)) in self.routes.legs.iter().zip(self.homes).enumerate() {
            for place in 0..=legs.len() {
                let ends = [place.checked_sub(1).map(|before| legs[before]), legs.get(place).copied()];
                let [begins, goes] = [ends[0].map_or(*home, |leg| leg.to_m), ends[1].map_or(*home, |leg| leg.from_m)];
                let detour_m = distance(begins, spot) + distance(spot, goes) - distance(begins, goes);
                places.push((detour_m, (route, place, *home, ends)));
            }
        }
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        places.truncate(PLACES);
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// Whether the shortest arcs from one leg to the next stay inside.
    fn stays(&self, home: Point, ends: [Option<Leg>; 2]) -> bool {
        let mut chain = Vec::new();
        self.motion.trace(home, ends, &[], &mut chain);
        self.area.contains(chain[0]) && !chain.windows(2).any(|pair| self.area.crosses(pair[0], pair[1]))
    }
}

/// Both legs with less at the ends that face each other; nothing where one would get too short. A home stays where it is.
fn drawn_in([before, after]: [Option<Leg>; 2], [sooner_m, later_m]: [f64; 2]) -> Option<[Option<Leg>; 2]> {
    let share = |leg: &Leg, by_m: f64| {
        let length_m = distance(leg.from_m, leg.to_m);
        (length_m - by_m > 1.5 * LEG_LEAST_M || by_m <= 0.0).then(|| by_m / length_m.max(1e-9))
    };
    let before = match before {
        None => None,
        Some(leg) => {
            let back = times(minus(leg.from_m, leg.to_m), share(&leg, sooner_m)?);
            Some(Leg { to_m: plus(leg.to_m, back), ..leg })
        }
    };
    let after = match after {
        None => None,
        Some(leg) => {
            let on = times(minus(leg.to_m, leg.from_m), share(&leg, later_m)?);
            Some(Leg { from_m: plus(leg.from_m, on), ..leg })
        }
    };
    Some([before, after])
}

fn short_leg(from_m: Point, heading: Point) -> Leg {
    Leg { from_m, to_m: plus(from_m, times(heading, 1.01 * LEG_LEAST_M)) }
}

/// Unit vectors all around.
fn directions(count: usize) -> impl Iterator<Item = Point> {
    (0..count).map(move |number| {
        let angle = std::f64::consts::TAU * number as f64 / count as f64;
        [angle.cos(), angle.sin()]
    })
}
