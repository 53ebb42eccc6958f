//! Circling a place: how far, how high, how fast, and with several aircraft in even phases.

use std::f64::consts::{FRAC_PI_2, TAU};

use thiserror::Error;

use super::circle::{Around, Circle, DIRECTIONS, angle, at};
use crate::flight::{Flight, Look, Pace, Stop, Waypoint};
use crate::limits::{Check, LimitError, count, place, points, within};
use crate::plane::distance;
use crate::sight::{Place, Prism, check};

/// One that circles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aircraft {
    /// Where it begins and ends, m east and north.
    pub home_m: [f64; 2],
    /// How it goes.
    pub pace: Pace,
    /// Its least speed through the air, m/s: 0 for one that hovers, the stall with a margin for a wing.
    pub airspeed_min_m_s: f64,
    /// The greatest acceleration to the side, m/s².
    pub turns_m_s2: f64,
    /// How long it may be out, its reserve taken off, s.
    pub endurance_s: f64,
}

/// A place to be watched from the air.
#[derive(Debug, Clone, PartialEq)]
pub struct OrbitRequest {
    /// What is watched, m east and north.
    pub target_m: [f64; 2],
    /// Its height above the ground, m: a person is seen from the breast up.
    pub target_height_m: f64,
    /// How near and how far, m.
    pub stand_off_m: [f64; 2],
    /// How low and how high, m above the ground at the place.
    pub heights_m: [f64; 2],
    /// What stands around it.
    pub obstacles: Vec<Prism>,
    /// Rings that nobody flies in.
    pub closed_m: Vec<Vec<[f64; 2]>>,
    /// Who circles; all at the same speed over the ground.
    pub aircraft: Vec<Aircraft>,
    /// They leave, s.
    pub begins_s: f64,
    /// Until when it is to be watched, s.
    pub until_s: f64,
}

/// Which way is flown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Path {
    /// Round and round, to the right.
    Circle,
    /// To and fro over the stretch in sight: from this direction to that one, rad to the right from north.
    Arc {
        /// From, and on to the right.
        from: f64,
        /// To; greater than `from`.
        to: f64,
    },
}

/// A watch from the air.
#[derive(Debug, Clone, PartialEq)]
pub struct OrbitPlan {
    /// Which way.
    pub path: Path,
    /// How far from the target, m.
    pub radius_m: f64,
    /// How high, m.
    pub height_m: f64,
    /// The speed over the ground, m/s.
    pub speed_m_s: f64,
    /// Once round, or to and fro, s.
    pub lap_s: f64,
    /// The share of the circle from which the place is in sight.
    pub in_sight: f64,
    /// The share of the time, while all are on it, in which at least one has it in sight.
    pub watched: f64,
    /// Aircraft by aircraft; of those that get there.
    pub flights: Vec<Flight>,
    /// When the first is there, and until when the last stays, s.
    pub on_watch_s: [f64; 2],
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// A watch that cannot be flown.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OrbitError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// There is no room for a circle.
    #[error(
        "no circle of {least_m:.0} to {most_m:.0} m keeps clear of obstacles and closed areas at any height allowed"
    )]
    NoRoom {
        /// The least distance, m.
        least_m: f64,
        /// The greatest, m.
        most_m: f64,
    },
    /// It is seen from nowhere.
    #[error("the place is hidden from every distance and height allowed")]
    Hidden,
    /// No speed is possible all the way round.
    #[error(
        "aircraft {aircraft}: against the wind of {wind_m_s:.1} m/s it would need more than {most_m_s:.1} m/s through the air, or with it less than {least_m_s:.1}, or it cannot turn so tightly"
    )]
    Wind {
        /// Which.
        aircraft: usize,
        /// How fast the air goes.
        wind_m_s: f64,
        /// Its least speed.
        least_m_s: f64,
        /// Its greatest.
        most_m_s: f64,
    },
    /// Nobody gets there and back.
    #[error("nobody gets there, stays for a lap, and gets back")]
    OutOfReach,
}

/// Distances and heights that are tried.
const RADII: usize = 9;
const HEIGHTS: usize = 9;
/// Of its speed so much is used: the rest is for gusts.
const USED: f64 = 0.9;
/// Nobody goes slower over the ground than this, m/s: who hovers is heard in one place.
const SLOWEST_M_S: f64 = 2.0;
/// A stretch to and fro is at least this long, in directions.
const ARC_MIN: usize = 6;
/// A point every so many directions; and at most so many points of a flight.
const POINT_EVERY: usize = 4;
const POINTS_MAX: f64 = 20_000.0;

/// Plans a watch from the air.
///
/// # Errors
/// [`OrbitError`] when it cannot be flown.
pub fn orbit(request: &OrbitRequest) -> Result<OrbitPlan, OrbitError> {
    request.check()?;
    let target = Place { at_m: request.target_m, height_m: request.target_height_m };
    let around = Around { target, obstacles: &request.obstacles, closed: &request.closed_m };
    let circle = choose(request, &around)?;
    let (from, long) = circle.longest();
    let path = if circle.share() < 1.0 && request.hovers() && long >= ARC_MIN {
        Path::Arc { from: angle(from as f64), to: angle((from + long - 1) as f64) }
    } else {
        Path::Circle
    };
    let speed_m_s = speed(request, &circle)?;
    let lap_s = match path {
        Path::Circle => TAU * circle.radius_m / speed_m_s,
        Path::Arc { from, to } => 2.0 * (to - from) * circle.radius_m / speed_m_s,
    };
    let round = Round { request, circle: &circle, path, speed_m_s, lap_s };
    let flights = round.flights();
    if flights.is_empty() {
        return Err(OrbitError::OutOfReach);
    }
    let watched = round.watched(flights.len());
    let begins = flights.iter().map(|flight| flight.waypoints[1].at_s).fold(f64::INFINITY, f64::min);
    let ends = flights.iter().map(|flight| flight.waypoints[flight.waypoints.len() - 2].at_s).fold(begins, f64::max);
    let mut plan = OrbitPlan {
        path,
        radius_m: circle.radius_m,
        height_m: circle.height_m,
        speed_m_s,
        lap_s,
        in_sight: circle.share(),
        watched,
        flights,
        on_watch_s: [begins, ends],
        reasons: Vec::new(),
    };
    plan.reasons = reasons(request, &plan);
    Ok(plan)
}

/// The circle from which most is in sight; of those alike the one nearest to the middle of what is allowed.
fn choose(request: &OrbitRequest, around: &Around) -> Result<Circle, OrbitError> {
    let step = |ends: [f64; 2], number: usize, count: usize| {
        ends[0] + (ends[1] - ends[0]) * number as f64 / (count - 1) as f64
    };
    let mut best: Option<(f64, Circle)> = None;
    let mut room = false;
    for number in 0..RADII * HEIGHTS {
        let radius_m = step(request.stand_off_m, number % RADII, RADII);
        let height_m = step(request.heights_m, number / RADII, HEIGHTS);
        let circle = Circle::around(around, radius_m, height_m);
        room |= circle.free;
        // One that hovers may fly to and fro where there is room.
        if !(circle.free || request.hovers() && circle.longest().1 >= ARC_MIN) {
            continue;
        }
        // Nearer shows more, as long as nothing more is hidden: a tenth of the distance is worth a hundredth of the view.
        let slant_m = radius_m.hypot(height_m) / request.stand_off_m[1].hypot(request.heights_m[1]);
        let merit = circle.share() - 0.1 * slant_m;
        if best.as_ref().is_none_or(|(most, _)| merit > *most) {
            best = Some((merit, circle));
        }
    }
    let [least_m, most_m] = request.stand_off_m;
    match best {
        Some((_, circle)) if circle.share() > 0.0 => Ok(circle),
        _ if room => Err(OrbitError::Hidden),
        _ => Err(OrbitError::NoRoom { least_m, most_m }),
    }
}

/// One speed over the ground that everybody can hold all the way round.
fn speed(request: &OrbitRequest, circle: &Circle) -> Result<f64, OrbitError> {
    let (mut least_m_s, mut most_m_s) = (SLOWEST_M_S, f64::INFINITY);
    for (number, aircraft) in request.aircraft.iter().enumerate() {
        let wind_m_s = distance([0.0; 2], aircraft.pace.wind_m_s);
        // Against the wind the air is faster by it, with it slower; and the turn is tightest where it is fastest.
        let turns_m_s = (aircraft.turns_m_s2 * circle.radius_m).sqrt();
        most_m_s = most_m_s.min(USED * aircraft.pace.airspeed_m_s - wind_m_s).min(turns_m_s);
        if aircraft.airspeed_min_m_s > 0.0 {
            least_m_s = least_m_s.max(aircraft.airspeed_min_m_s + wind_m_s);
        }
        if most_m_s < least_m_s {
            let (least_m_s, most_m_s) = (aircraft.airspeed_min_m_s, USED * aircraft.pace.airspeed_m_s);
            return Err(OrbitError::Wind { aircraft: number, wind_m_s, least_m_s, most_m_s });
        }
    }
    Ok(most_m_s)
}

struct Round<'a> {
    request: &'a OrbitRequest,
    circle: &'a Circle,
    path: Path,
    speed_m_s: f64,
    lap_s: f64,
}

impl Round<'_> {
    /// The direction from the target at a share of a lap.
    fn direction(&self, laps: f64) -> f64 {
        match self.path {
            Path::Circle => TAU * laps.rem_euclid(1.0),
            Path::Arc { from, to } => {
                let there = (2.0 * laps.rem_euclid(1.0) - 1.0).abs();
                to + there * (from - to)
            }
        }
    }

    /// Everybody's flight: out, on the circle in its phase from when it is there until it has to leave, and home.
    fn flights(&self) -> Vec<Flight> {
        let request = self.request;
        let look = Look::At { place_m: request.target_m, height_m: request.target_height_m };
        let count = request.aircraft.len() as f64;
        let mut flights = Vec::new();
        for (number, aircraft) in request.aircraft.iter().enumerate() {
            let place = |laps: f64| {
                Stop::new(at(request.target_m, self.circle.radius_m, self.direction(laps)), self.circle.height_m, look)
            };
            let phase = number as f64 / count;
            let home = Stop::new(aircraft.home_m, 0.0, Look::Free);
            let Some(joins_s) = self.joins_s(aircraft, &home, &place) else { continue };
            let laps = |then_s: f64| (then_s - request.begins_s) / self.lap_s + phase;
            let latest_s = request.begins_s + aircraft.endurance_s;
            let step_s = self.step_s();
            let mut flight = Flight { vehicle: number, waypoints: Vec::new() };
            let mut now_s = joins_s;
            let leaves_s = self.leaves_s(aircraft, &home, &place, &laps, [joins_s, latest_s.min(request.until_s)]);
            if leaves_s < joins_s + self.lap_s.min(request.until_s - joins_s) - 1e-6 || leaves_s <= joins_s {
                continue;
            }
            let first = place(laps(joins_s));
            let Some(out) = aircraft.pace.flight(number, request.begins_s, &[home, first]) else { continue };
            flight.waypoints.extend(out.waypoints);
            // It is never late, and slows down on the way where it would be early.
            flight.waypoints[1].at_s = joins_s;
            flight.waypoints[1].speed_m_s = flight.length_m() / (joins_s - request.begins_s).max(1e-9);
            while now_s < leaves_s - 1e-6 {
                now_s = (now_s + step_s).min(leaves_s);
                let Stop { place_m, height_m, look, .. } = place(laps(now_s));
                flight.waypoints.push(Waypoint { at_s: now_s, place_m, height_m, speed_m_s: self.speed_m_s, look });
            }
            let back = [place(laps(leaves_s)), home];
            let Some(back) = aircraft.pace.flight(number, leaves_s, &back) else { continue };
            flight.waypoints.extend(&back.waypoints[1..]);
            flights.push(flight);
        }
        flights
    }

    /// Points are so far apart in time, s; to and fro the turning points are among them.
    fn step_s(&self) -> f64 {
        let whole_s = (self.request.until_s - self.request.begins_s).max(self.lap_s);
        let fine_s = self.lap_s * POINT_EVERY as f64 / DIRECTIONS as f64;
        let points = (self.lap_s / fine_s.max(whole_s / POINTS_MAX)).floor().max(2.0);
        // An even number to a lap, so that a half lap ends on a point.
        self.lap_s / (2.0 * (points / 2.0).floor())
    }

    /// When it is on the circle: on the grid of steps, and late enough to be there wherever on it its phase is then.
    fn joins_s(&self, aircraft: &Aircraft, home: &Stop, place: &dyn Fn(f64) -> Stop) -> Option<f64> {
        let takes_s = |number| aircraft.pace.climbs_s(home, &place(number as f64 / DIRECTIONS as f64));
        let slowest_s = (0..DIRECTIONS).map(takes_s).collect::<Option<Vec<f64>>>()?.into_iter().fold(0.0, f64::max);
        let step_s = self.step_s();
        Some(self.request.begins_s + (slowest_s / step_s).ceil() * step_s)
    }

    /// Until when it may stay.
    fn leaves_s(
        &self,
        aircraft: &Aircraft,
        home: &Stop,
        place: &dyn Fn(f64) -> Stop,
        laps: &dyn Fn(f64) -> f64,
        [from_s, until_s]: [f64; 2],
    ) -> f64 {
        let latest_s = self.request.begins_s + aircraft.endurance_s;
        let step_s = self.step_s();
        let mut leaves_s = until_s;
        while leaves_s > from_s {
            let back_s = aircraft.pace.climbs_s(&place(laps(leaves_s)), home).unwrap_or(f64::INFINITY);
            if leaves_s + back_s <= latest_s {
                return leaves_s;
            }
            leaves_s -= step_s;
        }
        from_s
    }

    /// The share of a lap in which at least one of so many in even phases sees the place.
    fn watched(&self, count: usize) -> f64 {
        let moments = 4 * DIRECTIONS;
        let seen = (0..moments).filter(|moment| {
            let laps = *moment as f64 / moments as f64;
            let phases = (0..count).map(|number| number as f64 / count as f64);
            phases.into_iter().any(|phase| self.circle.sees_from(self.direction(laps + phase)))
        });
        seen.count() as f64 / moments as f64
    }
}

impl OrbitRequest {
    /// Whether everybody can turn on the spot.
    fn hovers(&self) -> bool {
        self.aircraft.iter().all(|aircraft| aircraft.airspeed_min_m_s <= 0.0)
    }

    fn check(&self) -> Result<(), LimitError> {
        place("target", self.target_m)?;
        within("target's height", self.target_height_m, -1e3, 1e3)?;
        within("least distance", self.stand_off_m[0], 1.0, 1e5)?;
        within("greatest distance", self.stand_off_m[1], self.stand_off_m[0], 1e5)?;
        within("least height", self.heights_m[0], self.target_height_m, 1e4)?;
        within("greatest height", self.heights_m[1], self.heights_m[0], 1e4)?;
        check(&self.obstacles)?;
        count("closed areas", self.closed_m.len(), 0, 500)?;
        self.closed_m.iter().try_for_each(|ring| points("corner of a closed area", ring, 3))?;
        count("aircraft", self.aircraft.len(), 1, 20)?;
        within("begin", self.begins_s, -1e11, 1e11)?;
        within("end", self.until_s, self.begins_s + 1.0, self.begins_s + 1e5)?;
        for (number, aircraft) in self.aircraft.iter().enumerate() {
            aircraft.pace.check("aircraft", number)?;
            let check = Check { what: "aircraft", number };
            check.place(aircraft.home_m)?;
            check.within("least airspeed", aircraft.airspeed_min_m_s, 0.0, aircraft.pace.airspeed_m_s)?;
            check.within("acceleration", aircraft.turns_m_s2, 0.1, 100.0)?;
            check.within("endurance", aircraft.endurance_s, 1.0, 1e6)?;
        }
        Ok(())
    }
}

fn reasons(request: &OrbitRequest, plan: &OrbitPlan) -> Vec<String> {
    let mut reasons = vec![format!(
        "{:.0} m off and {:.0} m high the place is in sight from {:.0} % of the circle: looking down by {:.0} degrees",
        plan.radius_m,
        plan.height_m,
        100.0 * plan.in_sight,
        (FRAC_PI_2 - plan.radius_m.atan2(plan.height_m - request.target_height_m)).to_degrees()
    )];
    if let Path::Arc { from, to } = plan.path {
        reasons.push(format!(
            "to and fro from {:.0} to {:.0} degrees: from elsewhere it is hidden",
            from.to_degrees(),
            to.to_degrees() % 360.0
        ));
    }
    reasons.push(format!(
        "{:.1} m/s over the ground, {:.0} s to a lap; at least one sees it {:.0} % of the time",
        plan.speed_m_s,
        plan.lap_s,
        100.0 * plan.watched
    ));
    let short_s = request.until_s - plan.on_watch_s[1];
    if short_s > 1.0 {
        reasons.push(format!("the last has to leave {short_s:.0} s before the end: its battery"));
    }
    let missing = request.aircraft.len() - plan.flights.len();
    if missing > 0 {
        reasons.push(format!("{missing} aircraft do not get there and back, and stay"));
    }
    reasons
}
