//! Vessels that follow a route of points as ships do: slow to turn, slower to stop, the more so the longer they are.
//!
//! Steering is line-of-sight guidance to the leg, with the rudder's effect as a first-order lag (Nomoto) and a turning
//! radius of three lengths, the tactical diameter of IMO MSC.137(76) with some in hand. There is no drift: the bow
//! points along the course over ground. Water is flat at the geoid.

use std::sync::Arc;

use nalgebra::Vector2;
use telemetry::angle::wrapped_pi;
use telemetry::{AltitudeHae, Enu, EnuVelocity, Geodetic, Heading, LatLon, SiteFrame, Timestamp};

use super::motion::{Kinematics, Steps};
use super::truth::{AisIdentity, NavigationalStatus, Transponder};

const STEP_MS: i64 = 500;
/// The share of the stopping power that an arrival is planned with.
const BRAKING_SHARE: f64 = 0.8;
/// Beyond this change of course between two legs the wheel is put over no earlier.
const ANTICIPATED_TURN_MAX_RAD: f64 = 2.0;
/// A vessel that aims to moor and is this near its berth is made fast.
const BERTH_M: f64 = 0.05;

/// A vessel of the scenario.
#[derive(Debug, Clone)]
pub struct VesselConfig {
    /// Its name in reports; the name it claims by AIS is its identity's.
    pub name: String,
    /// The points it follows, at least one. A single point is a berth it never leaves.
    pub route: Vec<LatLon>,
    /// Where its bow points at first; nothing means along the route.
    pub heading: Option<Heading>,
    /// Cruising speed, m/s.
    pub speed_m_s: f64,
    /// Length over all, metres: decides how it turns and stops.
    pub length_m: f64,
    /// When it leaves the first point. One that left before the world begins is at cruising speed there.
    pub departs_at: Timestamp,
    /// What it does at the last point.
    pub at_end: EndOfRoute,
    /// Radar cross-section relative to a coaster.
    pub radar_size: f64,
    /// Its transponder, where it has one.
    pub ais: Option<AisConfig>,
}

/// What a vessel does at the last point of its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfRoute {
    /// It slows down, stops there and makes fast.
    Moor,
    /// It goes on to the first point, for ever.
    Loop,
    /// It is out of the picture.
    Leave,
}

/// A transponder and when it is switched off.
#[derive(Debug, Clone)]
pub struct AisConfig {
    /// What it says.
    pub identity: AisIdentity,
    /// From when until when it is off.
    pub silences: Vec<[Timestamp; 2]>,
}

/// What a length allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handling {
    /// The tightest circle.
    pub(super) turning_radius_m: f64,
    /// Speeding up and slowing down.
    pub(super) acceleration_m_s2: f64,
    /// The lag between rudder and turn.
    rudder_lag_s: f64,
    /// How far ahead on the leg it steers.
    lookahead_m: f64,
}

impl Handling {
    pub(super) fn new(length_m: f64, speed_m_s: f64) -> Self {
        let rudder_lag_s = (length_m / 20.0).clamp(1.0, 10.0);
        Self {
            turning_radius_m: (3.0 * length_m).max(15.0),
            // A 10 m boat gathers a knot a second, a 200 m ship takes minutes.
            acceleration_m_s2: (5.0 / length_m).clamp(0.02, 0.5),
            rudder_lag_s,
            lookahead_m: (3.0 * length_m).max(9.0 * rudder_lag_s * speed_m_s).max(20.0),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Made fast at the first point until departure.
    Waiting,
    /// On the way along the leg that begins at this point of the route.
    UnderWay {
        leg: usize,
    },
    Moored,
    Gone,
}

#[derive(Debug)]
pub(super) struct Vessel {
    route: Vec<Geodetic>,
    at_end: EndOfRoute,
    departs_at: Timestamp,
    cruise_m_s: f64,
    handling: Handling,
    silences: Vec<[Timestamp; 2]>,
    identity: Option<Arc<AisIdentity>>,
    phase: Phase,
    heading: Heading,
    turn_rate_rad_s: f64,
    speed_m_s: f64,
    steps: Steps,
    previous: Kinematics,
    next: Kinematics,
}

impl Vessel {
    /// A vessel on water that stands at `water` above the ellipsoid.
    pub(super) fn new(config: &VesselConfig, water: AltitudeHae, start: Timestamp) -> Self {
        let route: Vec<Geodetic> = config.route.iter().map(|point| point.at_height(water)).collect();
        let along = |leg: &[Geodetic]| Heading::from_radians(SiteFrame::new(leg[0]).enu(leg[1]).azimuth().radians());
        let heading = config.heading.or_else(|| route.windows(2).next().map(along)).unwrap_or_default();
        let phase = match route.len() {
            0 | 1 => Phase::Moored,
            _ if config.departs_at <= start => Phase::UnderWay { leg: 0 },
            _ => Phase::Waiting,
        };
        let speed_m_s = if matches!(phase, Phase::UnderWay { .. }) { config.speed_m_s } else { 0.0 };
        let there = Kinematics { position: route[0], velocity: velocity(heading, speed_m_s) };
        Self {
            at_end: config.at_end,
            departs_at: config.departs_at,
            cruise_m_s: config.speed_m_s,
            handling: Handling::new(config.length_m, config.speed_m_s),
            silences: config.ais.as_ref().map_or_else(Vec::new, |ais| ais.silences.clone()),
            identity: config.ais.as_ref().map(|ais| Arc::new(ais.identity.clone())),
            route,
            phase,
            heading,
            turn_rate_rad_s: 0.0,
            speed_m_s,
            steps: Steps::new(start, STEP_MS),
            previous: there,
            next: there,
        }
    }

    pub(super) fn advance(&mut self, now: Timestamp) {
        while let Some(begins) = self.steps.take(now) {
            self.previous = self.next;
            if self.phase == Phase::Waiting && begins >= self.departs_at {
                self.phase = Phase::UnderWay { leg: 0 };
            }
            if let Phase::UnderWay { leg } = self.phase {
                self.sail(leg, self.steps.step_s());
            }
        }
    }

    /// Where it is, unless it has left.
    pub(super) fn kinematics(&self, now: Timestamp) -> Option<Kinematics> {
        let there = Kinematics::between(self.previous, self.next, self.steps.fraction(now));
        (self.phase != Phase::Gone).then_some(there)
    }

    /// What its transponder says, if it is on.
    pub(super) fn transponder(&self, now: Timestamp) -> Option<Transponder> {
        let silent = self.silences.iter().any(|&[from, to]| from <= now && now < to);
        let identity = self.identity.as_ref().filter(|_| !silent)?;
        let status = match self.phase {
            Phase::UnderWay { .. } | Phase::Gone => NavigationalStatus::UnderWay,
            Phase::Waiting | Phase::Moored => NavigationalStatus::Moored,
        };
        let (heading, turn_rate_rad_s) = (self.heading, self.turn_rate_rad_s);
        Some(Transponder { identity: Arc::clone(identity), heading, turn_rate_rad_s, status })
    }

    /// One step along the leg that begins at point `leg` of the route.
    fn sail(&mut self, leg: usize, step_s: f64) {
        let here = self.next.position;
        let frame = SiteFrame::new(here);
        let point = |index: usize| {
            let to = frame.enu(self.route[index % self.route.len()]);
            Vector2::new(to.east_m, to.north_m)
        };
        let (from, to) = (point(leg), point(leg + 1));
        let along = direction(to - from);
        let remaining_m = to.dot(&along);
        let right_of_leg_m = -from.dot(&Vector2::new(along.y, -along.x));

        let last = leg + 2 >= self.route.len() && self.at_end != EndOfRoute::Loop;
        if last {
            match self.at_end {
                EndOfRoute::Moor if remaining_m < BERTH_M => return self.make_fast(),
                EndOfRoute::Leave if remaining_m <= 0.0 => return self.phase = Phase::Gone,
                EndOfRoute::Moor | EndOfRoute::Leave | EndOfRoute::Loop => {}
            }
        } else if remaining_m <= self.wheel_over_m(along, direction(point(leg + 2) - to), (to - from).norm()) {
            self.phase = Phase::UnderWay { leg: (leg + 1) % self.route.len() };
        }

        let arrival = if last && self.at_end == EndOfRoute::Moor { remaining_m } else { f64::INFINITY };
        self.adjust_speed(arrival, step_s);
        self.steer(along.x.atan2(along.y) - (right_of_leg_m / self.handling.lookahead_m).atan(), step_s);
        self.move_on(here, step_s);
    }

    /// How far before the end of a leg the wheel goes over for the next.
    fn wheel_over_m(&self, along: Vector2<f64>, next: Vector2<f64>, leg_m: f64) -> f64 {
        let turn = along.dot(&next).clamp(-1.0, 1.0).acos().min(ANTICIPATED_TURN_MAX_RAD);
        let advance_m = self.handling.turning_radius_m * (turn / 2.0).tan();
        let lag_m = if turn > 0.05 { self.speed_m_s * self.handling.rudder_lag_s } else { 0.0 };
        (advance_m + lag_m).min(leg_m / 2.0)
    }

    fn adjust_speed(&mut self, to_berth_m: f64, step_s: f64) {
        let most = self.handling.acceleration_m_s2;
        let stopping = (2.0 * BRAKING_SHARE * most * to_berth_m.max(0.0)).sqrt();
        let wanted = self.cruise_m_s.min(stopping);
        self.speed_m_s += (wanted - self.speed_m_s).clamp(-most * step_s, most * step_s);
    }

    fn steer(&mut self, course_rad: f64, step_s: f64) {
        let fastest = self.speed_m_s / self.handling.turning_radius_m;
        let off = wrapped_pi(course_rad - self.heading.radians());
        let wanted = (off / (3.0 * self.handling.rudder_lag_s)).clamp(-fastest, fastest);
        let gain = 1.0 - (-step_s / self.handling.rudder_lag_s).exp();
        self.turn_rate_rad_s = (self.turn_rate_rad_s + (wanted - self.turn_rate_rad_s) * gain).clamp(-fastest, fastest);
    }

    fn move_on(&mut self, here: Geodetic, step_s: f64) {
        let turned = self.turn_rate_rad_s * step_s;
        let midway = velocity(Heading::from_radians(self.heading.radians() + turned / 2.0), self.speed_m_s);
        self.heading = Heading::from_radians(self.heading.radians() + turned);
        let by = Enu { east_m: midway.east_m_s * step_s, north_m: midway.north_m_s * step_s, up_m: 0.0 };
        let there = here.displaced(by).expect("a step of metres stays on the Earth");
        self.next = Kinematics {
            position: there.lat_lon().at_height(here.height()),
            velocity: velocity(self.heading, self.speed_m_s),
        };
    }

    fn make_fast(&mut self) {
        self.phase = Phase::Moored;
        (self.speed_m_s, self.turn_rate_rad_s) = (0.0, 0.0);
        self.next.velocity = EnuVelocity::default();
    }
}

fn velocity(heading: Heading, speed_m_s: f64) -> EnuVelocity {
    let (sin, cos) = heading.radians().sin_cos();
    EnuVelocity { east_m_s: speed_m_s * sin, north_m_s: speed_m_s * cos, up_m_s: 0.0 }
}

/// The unit vector along a leg; north for a leg without a length.
fn direction(leg: Vector2<f64>) -> Vector2<f64> {
    leg.try_normalize(1e-6).unwrap_or_else(Vector2::y)
}

#[cfg(test)]
mod tests;
