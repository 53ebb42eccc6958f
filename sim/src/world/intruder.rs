//! Drones that are not ours: flown along legs by a model of an operator, or along a real recorded flight.
//!
//! The operator commands velocities; the drone follows with a gain of 1.2/s, at most 6 m/s² sideways and 3 m/s² up or
//! down, gusts included. Ground is a plane at the site's ground altitude, so a height above it is exact there only.
//! It never evades anybody: what it does is written in the scenario.

use nalgebra::{Vector2, Vector3};
use rand_chacha::ChaCha8Rng;
use telemetry::{AltitudeHae, Enu, EnuVelocity, Geodetic, HeightAgl, LatLon, SiteFrame, Timestamp};

use super::motion::{Kinematics, Steps};
use super::recorded_path::RecordedPath;
use crate::random::{self, OrnsteinUhlenbeck};

const STEP_MS: i64 = 100;
/// How fast the velocity follows the command, 1/s.
const VELOCITY_GAIN: f64 = 1.2;
/// The hardest sideways acceleration, m/s².
pub(super) const SIDEWAYS_MAX_M_S2: f64 = 6.0;
/// The hardest climb or sink acceleration, m/s².
pub(super) const UPWARDS_MAX_M_S2: f64 = 3.0;
/// Gusts as accelerations: standard deviation of each axis, m/s², and correlation time, s.
const GUST_M_S2: f64 = 0.4;
const GUST_CORRELATION_S: f64 = 2.0;
/// The deceleration an operator plans an approach with, m/s².
const APPROACH_M_S2: f64 = 2.5;
const CLIMB_MAX_M_S: f64 = 4.0;
/// A drone never sinks below this while it flies.
const GROUND_CLEARANCE_M: f64 = 2.0;
/// A point to stop at is reached within this; one to fly through, a second ahead.
const ARRIVAL_M: f64 = 3.0;
const TURN_ANTICIPATION_S: f64 = 1.0;

/// A drone of the scenario that is not ours.
#[derive(Debug, Clone)]
pub struct IntruderConfig {
    /// Its name in reports.
    pub name: String,
    /// How it flies.
    pub path: IntruderPath,
    /// When it takes off into the picture.
    pub appears_at: Timestamp,
    /// When it is gone, whatever it was doing; nothing means at the end of its path, or never.
    pub vanishes_at: Option<Timestamp>,
    /// Whether its links can be heard.
    pub radiates: bool,
    /// Radar cross-section relative to a small drone.
    pub radar_size: f64,
}

/// How an intruder flies.
#[derive(Debug, Clone)]
pub enum IntruderPath {
    /// From a point, leg by leg.
    Legs {
        /// Where it begins.
        from: LatLon,
        /// How high it begins.
        height: HeightAgl,
        /// What it does, in order.
        legs: Vec<IntruderLeg>,
        /// What it does then.
        at_end: EndOfLegs,
    },
    /// Along a recorded flight; it is gone when the recording ends.
    Recorded(RecordedPath),
}

/// One thing an intruder does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum IntruderLeg {
    /// Flies to a point and height, through it if another flight follows, to a stop otherwise.
    FlyTo {
        /// Where to.
        to: LatLon,
        /// How high.
        height: HeightAgl,
        /// How fast over ground, m/s.
        speed_m_s: f64,
    },
    /// Stays where it is.
    Hover {
        /// For how long, seconds.
        seconds: f64,
    },
}

/// What an intruder does after its last leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfLegs {
    /// Hovers until it vanishes.
    Hover,
    /// Flies on out of the picture.
    Vanish,
}

#[derive(Debug)]
pub(super) struct Intruder {
    appears_at: Timestamp,
    vanishes_at: Option<Timestamp>,
    flight: Flight,
}

#[derive(Debug)]
enum Flight {
    Legs(Box<LegFlight>),
    Recorded { path: RecordedPath, ground: AltitudeHae },
}

impl Intruder {
    pub(super) fn new(config: &IntruderConfig, ground: AltitudeHae, seed: u64) -> Self {
        let flight = match &config.path {
            IntruderPath::Recorded(path) => Flight::Recorded { path: path.clone(), ground },
            IntruderPath::Legs { from, height, legs, at_end } => {
                let start = from.at_height(AltitudeHae::new(ground.metres + height.metres.max(GROUND_CLEARANCE_M)));
                let rng = random::stream(seed, &format!("gusts/{}", config.name));
                Flight::Legs(Box::new(LegFlight::new(start, ground, legs.clone(), *at_end, config.appears_at, rng)))
            }
        };
        Self { appears_at: config.appears_at, vanishes_at: config.vanishes_at, flight }
    }

    pub(super) fn advance(&mut self, now: Timestamp) {
        if let Flight::Legs(flight) = &mut self.flight {
            flight.advance(now);
        }
    }

    /// Where it is, while it is there.
    pub(super) fn kinematics(&self, now: Timestamp) -> Option<Kinematics> {
        if now < self.appears_at || self.vanishes_at.is_some_and(|vanished| now >= vanished) {
            return None;
        }
        match &self.flight {
            Flight::Legs(flight) => flight.kinematics(now),
            Flight::Recorded { path, ground } => path.at(now.seconds_since(self.appears_at), *ground),
        }
    }
}

/// What the operator is at.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Task {
    Leg { number: usize },
    Hover { number: usize, until: Timestamp },
    Done,
}

#[derive(Debug)]
struct LegFlight {
    ground: AltitudeHae,
    legs: Vec<IntruderLeg>,
    at_end: EndOfLegs,
    task: Task,
    /// Where it holds when it has nowhere to go.
    holds_at: Geodetic,
    gusts: [OrnsteinUhlenbeck; 3],
    rng: ChaCha8Rng,
    steps: Steps,
    previous: Kinematics,
    next: Kinematics,
}

impl LegFlight {
    fn new(
        home: Geodetic,
        ground: AltitudeHae,
        legs: Vec<IntruderLeg>,
        at_end: EndOfLegs,
        start: Timestamp,
        mut rng: ChaCha8Rng,
    ) -> Self {
        let there = Kinematics { position: home, velocity: EnuVelocity::default() };
        let gusts = [(); 3].map(|()| OrnsteinUhlenbeck::new(&mut rng, GUST_M_S2, GUST_CORRELATION_S));
        let steps = Steps::new(start, STEP_MS);
        let task = Task::Leg { number: 0 };
        Self { ground, legs, at_end, task, holds_at: home, gusts, rng, steps, previous: there, next: there }
    }

    fn advance(&mut self, now: Timestamp) {
        while let Some(begins) = self.steps.take(now) {
            self.previous = self.next;
            let command = self.command(begins);
            self.fly(command);
        }
    }

    fn kinematics(&self, now: Timestamp) -> Option<Kinematics> {
        let there = Kinematics::between(self.previous, self.next, self.steps.fraction(now));
        (self.task != Task::Done || self.at_end == EndOfLegs::Hover).then_some(there)
    }

    /// The velocity the operator wants, moving on to the next task where one is finished.
    fn command(&mut self, now: Timestamp) -> Vector3<f64> {
        if let Task::Hover { number, until } = self.task
            && now >= until
        {
            self.task = Task::Leg { number: number + 1 };
        }
        let Task::Leg { number } = self.task else {
            return self.velocity_towards(self.holds_at, Approach::ToStop { speed_m_s: CLIMB_MAX_M_S });
        };
        match self.legs.get(number).copied() {
            None => self.hold(Task::Done),
            Some(IntruderLeg::Hover { seconds }) => {
                self.hold(Task::Hover { number, until: now.offset_seconds(seconds) })
            }
            Some(IntruderLeg::FlyTo { to, height, speed_m_s }) => {
                let height = AltitudeHae::new(self.ground.metres + height.metres);
                self.follow_leg(number, to.at_height(height), speed_m_s)
            }
        }
    }

    fn hold(&mut self, task: Task) -> Vector3<f64> {
        self.task = task;
        self.holds_at = self.next.position;
        Vector3::zeros()
    }

    fn follow_leg(&mut self, number: usize, to: Geodetic, speed_m_s: f64) -> Vector3<f64> {
        let flies_on = match self.legs.get(number + 1) {
            Some(IntruderLeg::FlyTo { .. }) => true,
            Some(IntruderLeg::Hover { .. }) => false,
            None => self.at_end == EndOfLegs::Vanish,
        };
        let (approach, reached_m) = if flies_on {
            (Approach::Through { speed_m_s }, (speed_m_s * TURN_ANTICIPATION_S).max(ARRIVAL_M))
        } else {
            (Approach::ToStop { speed_m_s }, ARRIVAL_M)
        };
        let here = self.next.position;
        if here.distance_m(to.lat_lon().at_height(here.height())) < reached_m {
            self.task = Task::Leg { number: number + 1 };
        }
        self.velocity_towards(to, approach)
    }

    fn velocity_towards(&self, to: Geodetic, approach: Approach) -> Vector3<f64> {
        let offset = SiteFrame::new(self.next.position).enu(to);
        let way = Vector2::new(offset.east_m, offset.north_m);
        let distance_m = way.norm();
        let speed_m_s = match approach {
            Approach::Through { speed_m_s } => speed_m_s,
            Approach::ToStop { speed_m_s } => {
                speed_m_s.min((2.0 * APPROACH_M_S2 * distance_m).sqrt()).min(0.8 * distance_m)
            }
        };
        let sideways = way.try_normalize(1e-9).unwrap_or_else(Vector2::zeros) * speed_m_s;
        let higher_m = to.height().metres - self.next.position.height().metres;
        Vector3::new(sideways.x, sideways.y, (higher_m / 2.0).clamp(-CLIMB_MAX_M_S, CLIMB_MAX_M_S))
    }

    fn fly(&mut self, command: Vector3<f64>) {
        let step_s = self.steps.step_s();
        let rng = &mut self.rng;
        let gust = Vector3::from(self.gusts.each_mut().map(|axis| axis.step(rng, step_s)));
        let velocity = self.next.velocity.vector();
        let mut acceleration = (command - velocity) * VELOCITY_GAIN + gust;
        let sideways = acceleration.xy().norm();
        let share = (SIDEWAYS_MAX_M_S2 / sideways).min(1.0);
        acceleration.x *= share;
        acceleration.y *= share;
        acceleration.z = acceleration.z.clamp(-UPWARDS_MAX_M_S2, UPWARDS_MAX_M_S2);

        let faster = velocity + acceleration * step_s;
        let there = self
            .next
            .position
            .displaced(Enu::from_vector((velocity + faster) / 2.0 * step_s))
            .expect("a step of metres stays on the Earth");
        let lowest = AltitudeHae::new(self.ground.metres + GROUND_CLEARANCE_M);
        self.next = if there.height() < lowest {
            let level = Vector3::new(faster.x, faster.y, faster.z.max(0.0));
            Kinematics { position: there.lat_lon().at_height(lowest), velocity: EnuVelocity::from_vector(level) }
        } else {
            Kinematics { position: there, velocity: EnuVelocity::from_vector(faster) }
        };
    }
}

/// How a drone comes to a point.
#[derive(Debug, Clone, Copy)]
enum Approach {
    Through { speed_m_s: f64 },
    ToStop { speed_m_s: f64 },
}

#[cfg(test)]
mod tests;
