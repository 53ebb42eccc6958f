//! How long a way takes, and what a vehicle flies between two legs.

use super::problem::{Problem, Turning};
use crate::plane::{Point, between, direction, distance, dot};
use dubins_paths::f64::{DubinsPath, PosRot};

/// A straight part of a route. Both ends may be one place for a vehicle that turns on the spot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Where it begins: east and north, m.
    pub from_m: [f64; 2],
    /// Where it ends.
    pub to_m: [f64; 2],
}

/// Turns by less cost nothing, rad: 1 degree.
const TURN_LEAST: f64 = std::f64::consts::PI / 180.0;
/// Arcs are drawn in chords that turn by so much, rad: while searching a chord is 1 % of the radius from its arc, at
/// last 0.1 %.
pub(crate) const CHORD_ROUGH: f64 = 0.3;
pub(crate) const CHORD_FINE: f64 = 0.1;

/// The vehicle in the wind.
#[derive(Debug, Clone)]
pub(crate) struct Motion {
    /// By how much a chord of an arc turns, rad.
    chord: f64,
    wind: Point,
    /// The square of the speed over the ground across the wind.
    across_squared: f64,
    pub(crate) airspeed: f64,
    /// What a turn by 180 degrees costs, s.
    pub(crate) turn_s: f64,
    pub(crate) turning: Turning,
    /// The square of half the cosine's distance to 1 below which a turn is none.
    turn_least_squared: f64,
}

impl Motion {
    pub(crate) fn new(problem: &Problem, chord: f64) -> Self {
        let [east, north] = problem.wind_m_s;
        let turn_s = match problem.turning {
            Turning::Corners { acceleration_m_s2 } => problem.airspeed_m_s / acceleration_m_s2,
            Turning::Arcs { .. } => 0.0,
        };
        Self {
            chord,
            wind: problem.wind_m_s,
            across_squared: problem.airspeed_m_s.powi(2) - east * east - north * north,
            airspeed: problem.airspeed_m_s,
            turn_s,
            turning: problem.turning,
            turn_least_squared: (TURN_LEAST / 2.0).sin().powi(2),
        }
    }

    /// A vehicle whose times are lengths: it makes a metre a second in still air and turns at no cost.
    pub(crate) fn of_lengths() -> Self {
        Self {
            chord: CHORD_ROUGH,
            wind: [0.0; 2],
            across_squared: 1.0,
            airspeed: 1.0,
            turn_s: 0.0,
            turning: Turning::Corners { acceleration_m_s2: 1.0 },
            turn_least_squared: 1.0,
        }
    }

    /// Whether legs are joined by arcs.
    pub(crate) fn arcs(&self) -> bool {
        matches!(self.turning, Turning::Arcs { .. })
    }

    /// The speed over the ground in a direction (a unit vector), m/s.
    pub(crate) fn speed(&self, along: Point) -> f64 {
        let tail = dot(self.wind, along);
        tail + (self.across_squared + tail * tail).sqrt()
    }

    pub(crate) fn straight_s(&self, from: Point, to: Point) -> f64 {
        direction(from, to).map_or(0.0, |along| distance(from, to) / self.speed(along))
    }

    pub(crate) fn turn_between_s(&self, comes: Point, goes: Point) -> f64 {
        // The square of the sine of half the angle.
        let squared = (1.0 - dot(comes, goes)) / 2.0;
        if squared > self.turn_least_squared { self.turn_s * squared.min(1.0).sqrt() } else { 0.0 }
    }

    /// How long a chain takes, turns at its inner points included.
    pub(crate) fn chain_s(&self, chain: impl IntoIterator<Item = Point>) -> f64 {
        let mut time_s = 0.0;
        let mut comes: Option<Point> = None;
        let mut last: Option<Point> = None;
        for at in chain {
            if let Some(from) = last {
                let Some(goes) = direction(from, at) else { continue };
                time_s += distance(from, at) / self.speed(goes);
                if let Some(comes) = comes {
                    time_s += self.turn_between_s(comes, goes);
                }
                comes = Some(goes);
            }
            last = Some(at);
        }
        time_s
    }

    /// What is flown over the legs, from the end of the leg before (home where there is none) to the beginning of the
    /// one after. Appended to `chain`.
    pub(crate) fn trace(&self, home: Point, [before, after]: [Option<Leg>; 2], legs: &[Leg], chain: &mut Vec<Point>) {
        chain.push(before.map_or(home, |leg| leg.to_m));
        let Turning::Arcs { radius_m } = self.turning else {
            chain.extend(legs.iter().flat_map(|leg| [leg.from_m, leg.to_m]));
            chain.push(after.map_or(home, |leg| leg.from_m));
            return;
        };
        let mut last = before;
        for leg in legs {
            self.join(home, [last, Some(*leg)], radius_m, chain);
            chain.push(leg.to_m);
            last = Some(*leg);
        }
        if last.is_some() || after.is_some() {
            self.join(home, [last, after], radius_m, chain);
        }
    }

    /// How long the way from one leg to the next is, m.
    pub(crate) fn join_m(&self, home: Point, ends: [Option<Leg>; 2]) -> f64 {
        let Turning::Arcs { radius_m } = self.turning else {
            return distance(ends[0].map_or(home, |leg| leg.to_m), ends[1].map_or(home, |leg| leg.from_m));
        };
        shortest(home, ends, radius_m).map_or(f64::INFINITY, |path| path.length())
    }

    /// What is flown from one leg to the next by the shortest way.
    fn join(&self, home: Point, [from, to]: [Option<Leg>; 2], radius_m: f64, chain: &mut Vec<Point>) {
        if let Some(path) = shortest(home, [from, to], radius_m) {
            let mut flown = 0.0;
            for (segment, angle) in path.param.iter().enumerate() {
                let length = angle * radius_m;
                let straight = segment == 1 && distance_is_straight(&path);
                let chords = if straight { 1 } else { (angle / self.chord).ceil().max(1.0) as usize };
                if length > 1e-6 {
                    for chord in 1..=chords {
                        let at = path.sample(flown + length * chord as f64 / chords as f64);
                        chain.push([at.x(), at.y()]);
                    }
                }
                flown += length;
            }
        }
        chain.push(to.map_or(home, |leg| leg.from_m));
    }

    /// What is flown on a whole route from home to home; nothing on one without legs.
    pub(crate) fn chain(&self, home: Point, legs: &[Leg]) -> Vec<Point> {
        let mut chain = Vec::new();
        if !legs.is_empty() {
            self.trace(home, [None; 2], legs, &mut chain);
        }
        chain
    }

    /// The time over that.
    pub(crate) fn route_s(&self, home: Point, legs: &[Leg]) -> f64 {
        self.chain_s(self.chain(home, legs))
    }
}

/// The shortest way with arcs from one leg to the next. From home it leaves towards the leg, and it comes home the way home
/// lies from the last leg's end.
fn shortest(home: Point, [from, to]: [Option<Leg>; 2], radius_m: f64) -> Option<DubinsPath> {
    let heading = |leg: Leg| bearing(leg.from_m, leg.to_m);
    let start = from.map_or(home, |leg| leg.to_m);
    let end = to.map_or(home, |leg| leg.from_m);
    let leaves = from.map_or_else(|| bearing(start, end), heading);
    let arrives = to.map_or_else(|| bearing(start, end), heading);
    let [east, north] = start;
    let path = DubinsPath::shortest_from(
        PosRot::from_floats(east, north, leaves),
        PosRot::from_floats(end[0], end[1], arrives),
        radius_m,
    );
    path.ok()
}

fn distance_is_straight(path: &DubinsPath) -> bool {
    use dubins_paths::PathType::{LRL, RLR};
    !matches!(path.path_type, LRL | RLR)
}

/// The direction from one place to another, rad from east to the left; east where they are one.
fn bearing(from: Point, to: Point) -> f64 {
    (to[1] - from[1]).atan2(to[0] - from[0])
}

/// The legs of a chain flown one way or the other: every edge is a leg for a vehicle on arcs, every other edge and the
/// rest as corners for one that turns on the spot.
pub(crate) fn legs_of(points: &[Point]) -> Vec<Leg> {
    match points {
        [at] => vec![Leg { from_m: *at, to_m: *at }],
        _ => points.chunks(2).map(|pair| Leg { from_m: pair[0], to_m: pair[pair.len() - 1] }).collect(),
    }
}

/// The middle of a leg.
pub(crate) fn middle(leg: &Leg) -> Point {
    between(leg.from_m, leg.to_m, 0.5)
}
