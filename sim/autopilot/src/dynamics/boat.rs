//! A surface boat: speed through the water along the nose, a rudder, and whatever current and wind add.
//!
//! Power grows with the cube of speed through the water (displacement hull below its hull speed). It holds a line by
//! steering for a point ahead on it and allowing for drift. Limits: no waves, no astern, no shore.

use nalgebra::Vector2;
use telemetry::angle::wrapped_pi;
use telemetry::{Attitude, Enu, Geodetic, Heading};

use super::super::config::BoatPerformance;
use super::super::local::{displacement, moved};
use super::super::parameters::{Parameter, Parameters};
use super::{Demand, Motion, Motors, Navigated, Path, Surroundings, approach_speed, slewed};

/// Heading error to turn rate, per second, and how quickly the turn builds up.
const HEADING_GAIN: f64 = 1.0;
const TURN_S: f64 = 0.8;
/// Even with no way on, a steerable thruster turns the boat this fast.
const THRUSTER_TURN_RAD_S: f64 = 0.25;
/// How far ahead on the line it steers: this long at its speed, and no less than this far.
const AHEAD_S: f64 = 4.0;
const AHEAD_MIN_M: f64 = 10.0;
/// Deceleration with the motor off, m/s² per m/s.
const DRAG_PER_S: f64 = 0.25;
/// Distance left to speed, per second.
const APPROACH_GAIN: f64 = 0.4;

#[derive(Debug, Clone)]
pub(crate) struct Boat {
    motion: Motion,
    performance: BoatPerformance,
    /// Through the water, along the nose.
    speed_m_s: f64,
    turn_rad_s: f64,
}

impl Boat {
    pub(super) fn new(performance: BoatPerformance, at: Geodetic, heading: Heading) -> Self {
        Self { motion: Motion::resting(at, heading, false), performance, speed_m_s: 0.0, turn_rad_s: 0.0 }
    }

    pub(super) fn motion(&self) -> &Motion {
        &self.motion
    }

    pub(super) fn step(
        &mut self,
        demand: &Demand,
        navigated: &Navigated,
        settings: &Parameters,
        around: &Surroundings,
    ) -> f64 {
        let powered = demand.motors == Motors::Running && around.powered;
        let drift = around.water.xy() + around.air.xy() * self.performance.leeway;
        let course = if powered { self.course(demand, navigated, settings) } else { None };
        match course {
            Some(course) => self.steer(&course, drift, settings, around.seconds),
            None => {
                self.speed_m_s -= self.speed_m_s * (DRAG_PER_S * around.seconds).min(1.0);
                self.turn_rad_s -= self.turn_rad_s * (around.seconds / TURN_S).min(1.0);
            }
        }
        self.move_on(drift, around);
        let share = (self.speed_m_s / self.performance.top_speed_m_s).clamp(0.0, 1.0).powi(3);
        self.motion.throttle = if course.is_some() { share } else { 0.0 };
        self.performance.hotel_power_w + self.motion.throttle * self.performance.top_power_w
    }

    /// Velocity over ground wanted; nothing when the boat is to drift.
    fn course(&self, demand: &Demand, at: &Navigated, settings: &Parameters) -> Option<Vector2<f64>> {
        let braking = braking(settings);
        let toward = |point: Geodetic, keep_m: f64| {
            let gap = horizontal(at.position, point);
            let distance_m = gap.norm();
            let left_m = distance_m - keep_m;
            (left_m > 0.0)
                .then(|| gap / distance_m * approach_speed(left_m, 0.3, braking, APPROACH_GAIN).min(demand.speed_m_s))
        };
        match demand.path {
            Path::Free => None,
            Path::Stay(point) => toward(point, settings.get(Parameter::LoitRadius).max(1.0)),
            Path::Line { from, to, exit_m_s } => {
                let leg = horizontal(from, to);
                let length_m = leg.norm();
                if length_m < 1.0 {
                    return toward(to, 0.0);
                }
                let unit = leg / length_m;
                let gap = horizontal(at.position, to);
                let left_m = gap.dot(&unit);
                if left_m < 0.0 && exit_m_s <= 0.0 {
                    return toward(to, 0.0);
                }
                let ahead_m = (AHEAD_S * self.speed_m_s).max(AHEAD_MIN_M).min(left_m.max(1.0));
                let aim = gap - unit * (left_m - ahead_m);
                let speed_m_s = approach_speed(left_m.max(0.0), exit_m_s, braking, APPROACH_GAIN)
                    .clamp(0.5, demand.speed_m_s.max(0.5));
                Some(aim.normalize() * speed_m_s)
            }
            Path::Ring { centre, radius_m } => {
                let out = -horizontal(at.position, centre);
                let distance_m = out.norm().max(1e-3);
                let unit = out / distance_m;
                let tangent = Vector2::new(unit.y, -unit.x) * radius_m.signum();
                let pull = ((distance_m - radius_m.abs()) / AHEAD_MIN_M).clamp(-2.0, 2.0);
                Some((tangent - unit * pull).normalize() * demand.speed_m_s)
            }
            Path::Velocity { east_m_s, north_m_s } => Some(Vector2::new(east_m_s, north_m_s)),
            Path::Ahead(heading) => Some(unit_of(heading) * demand.speed_m_s),
        }
    }

    fn steer(&mut self, over_ground: &Vector2<f64>, drift: Vector2<f64>, settings: &Parameters, seconds: f64) {
        let through_water = over_ground - drift;
        let heading = self.motion.attitude.heading.radians();
        let error =
            if through_water.norm() > 0.2 { wrapped_pi(through_water.x.atan2(through_water.y) - heading) } else { 0.0 };
        let rate_max = (self.speed_m_s / self.performance.turn_radius_m)
            .max(THRUSTER_TURN_RAD_S)
            .min(settings.get(Parameter::AtcStrRatMax).max(1.0).to_radians());
        let turn = (HEADING_GAIN * error).clamp(-rate_max, rate_max);
        self.turn_rad_s += (turn - self.turn_rad_s) * (seconds / TURN_S).min(1.0);
        // Slow down for a turn: half speed at right angles, a crawl when the way lies astern.
        let wanted_m_s =
            (through_water.norm() * (0.5 + 0.5 * error.cos()).max(0.15)).min(self.performance.top_speed_m_s);
        let acceleration = settings.get(Parameter::AtcAccelMax).clamp(0.05, 5.0);
        let most = if wanted_m_s > self.speed_m_s { acceleration } else { braking(settings) };
        self.speed_m_s = slewed(self.speed_m_s, wanted_m_s, most * seconds);
    }

    fn move_on(&mut self, drift: Vector2<f64>, around: &Surroundings) {
        let heading = Heading::from_radians(self.motion.attitude.heading.radians() + self.turn_rad_s * around.seconds);
        let velocity = unit_of(heading) * self.speed_m_s + drift;
        self.motion.turn_to(Attitude { roll_rad: 0.0, pitch_rad: 0.0, heading }, around.seconds);
        self.motion.velocity.x = velocity.x;
        self.motion.velocity.y = velocity.y;
        self.motion.airspeed_m_s = (velocity - around.air.xy()).norm();
        let by = Enu { east_m: velocity.x * around.seconds, north_m: velocity.y * around.seconds, up_m: 0.0 };
        self.motion.position = moved(self.motion.position, by);
    }
}

fn braking(settings: &Parameters) -> f64 {
    let deceleration = settings.get(Parameter::AtcDecelMax);
    let deceleration = if deceleration > 0.0 { deceleration } else { settings.get(Parameter::AtcAccelMax) };
    deceleration.clamp(0.05, 5.0)
}

fn unit_of(heading: Heading) -> Vector2<f64> {
    let (sin, cos) = heading.radians().sin_cos();
    Vector2::new(sin, cos)
}

fn horizontal(from: Geodetic, to: Geodetic) -> Vector2<f64> {
    let by = displacement(from, to);
    Vector2::new(by.east_m, by.north_m)
}
