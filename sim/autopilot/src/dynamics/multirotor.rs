//! A multicopter: a thrust vector it can lean, drag against the air, and a mass.
//!
//! Horizontal control is a velocity loop inside a square-root position loop; accelerations are limited so that a leg
//! takes as long as ArduCopter's jerk-limited one (measured against a recorded 4.5.7 flight). Power is momentum theory:
//! induced power falls with airspeed, parasite power rises (Leishman, "Principles of Helicopter Aerodynamics",
//! 2nd ed., section 2.14).
//!
//! With a rotor gone, one of six or more rotors lets the opposite one rest too and flies on with the thrust that is left;
//! one of fewer tumbles.
//!
//! Limits: no ground effect, no motor by motor; a hexacopter that has lost a rotor keeps its heading here.

pub(super) mod control;

use nalgebra::{Vector2, Vector3};
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeHae, Attitude, Enu, Geodetic, Heading};

use self::control::Wanted;
use super::super::config::MultirotorPerformance;
use super::super::local;
use super::super::parameters::{Parameter, Parameters};
use super::{AIR_DENSITY, Demand, GRAVITY, Motion, Motors, Navigated, Surroundings};

/// How quickly the airframe leans.
const LEAN_S: f64 = 0.25;
/// How quickly the velocity loop's integrator learns the drag.
const DRAG_LEARNED_S: f64 = 1.0;
/// Thrust to weight at full throttle.
const THRUST_TO_WEIGHT: f64 = 1.9;
/// A tumbling airframe has this many times the drag of one that flies.
const TUMBLING_DRAG: f64 = 3.0;
const TUMBLING_RATE_RAD_S: f64 = 3.5;
/// How quickly motors and propellers follow.
const MOTOR_S: f64 = 0.08;
/// Fewer rotors than this cannot do without one.
const ROTORS_TO_SPARE: u8 = 6;
/// Computers and radio.
const AVIONICS_W: f64 = 18.0;
/// Idling rotors, as a share of hover power.
const IDLE_SHARE: f64 = 0.06;
/// A fast descent saves at most this much of the hover power: the rotors still have to turn.
const DESCENT_SHARE_MIN: f64 = 0.5;
const YAW_RATE_RAD_S: f64 = 1.0;

#[derive(Debug, Clone)]
pub(crate) struct Multirotor {
    motion: Motion,
    mass_kg: f64,
    hover_power_w: f64,
    /// Induced velocity in the hover, squared.
    hover_induced2: f64,
    /// Ideal over electrical power in the hover.
    figure_of_merit: f64,
    /// Deceleration by drag is this times airspeed squared.
    drag_per_m: f64,
    rotors: f64,
    can_spare_a_rotor: bool,
    /// The share of the rotors that carry.
    carrying: f64,
    /// Upward thrust per mass, as the motors turn now.
    lift: f64,
    /// Horizontal thrust per mass, as the airframe leans now.
    lean: Vector2<f64>,
    drag_learned: Vector2<f64>,
}

impl Multirotor {
    pub(super) fn new(performance: MultirotorPerformance, at: Geodetic, heading: Heading) -> Self {
        let weight_n = performance.mass_kg * GRAVITY;
        let hover_induced2 = weight_n / (2.0 * AIR_DENSITY * performance.disc_area_m2);
        let lean_at_30_deg = GRAVITY * 30_f64.to_radians().tan();
        Self {
            motion: Motion::resting(at, heading, true),
            mass_kg: performance.mass_kg,
            hover_power_w: performance.hover_power_w,
            hover_induced2,
            figure_of_merit: weight_n * hover_induced2.sqrt() / performance.hover_power_w,
            drag_per_m: lean_at_30_deg / performance.airspeed_at_30_deg_m_s.powi(2),
            rotors: f64::from(performance.rotors.max(3)),
            can_spare_a_rotor: performance.rotors >= ROTORS_TO_SPARE,
            carrying: 1.0,
            lift: GRAVITY,
            lean: Vector2::zeros(),
            drag_learned: Vector2::zeros(),
        }
    }

    pub(super) fn motion(&self) -> &Motion {
        &self.motion
    }

    /// Goes on from another body's motion: a VTOL changes between two.
    pub(super) fn take_over(&mut self, motion: &Motion) {
        self.motion = *motion;
    }

    pub(super) fn step(
        &mut self,
        demand: &Demand,
        navigated: &Navigated,
        settings: &Parameters,
        around: &Surroundings,
    ) -> f64 {
        self.carrying = if around.rotors_whole { 1.0 } else { (self.rotors - 2.0) / self.rotors };
        let enough = around.rotors_whole || self.can_spare_a_rotor;
        let flying = demand.motors == Motors::Running && around.powered && enough;
        let relative = self.motion.velocity - around.air;
        self.motion.airspeed_m_s = relative.norm();
        if !flying {
            self.fall(relative, around);
            return AVIONICS_W
                + if demand.motors == Motors::Idle && around.powered { IDLE_SHARE * self.hover_power_w } else { 0.0 };
        }
        let wanted = control::wanted(demand, navigated, settings);
        if self.motion.contact && wanted.climb_m_s <= 0.05 {
            self.settle();
            self.motion.throttle = 0.1;
            return AVIONICS_W + 2.0 * IDLE_SHARE * self.hover_power_w;
        }
        let thrust = self.lean_into(&wanted, relative, settings, around.seconds);
        self.move_on(thrust, self.drag_per_m, relative, around);
        self.turn(&wanted, thrust, around.seconds);
        self.power_w(thrust, relative)
    }

    /// The thrust per mass for this step: what is wanted, leaned into no faster and no farther than the airframe can.
    fn lean_into(
        &mut self,
        wanted: &Wanted,
        relative: Vector3<f64>,
        settings: &Parameters,
        seconds: f64,
    ) -> Vector3<f64> {
        let most = self.carrying * THRUST_TO_WEIGHT * GRAVITY;
        let lift = (GRAVITY + wanted.climb_acceleration).clamp(0.2 * GRAVITY, most);
        self.lift += (lift - self.lift) * (seconds / MOTOR_S).min(1.0);
        let lift = self.lift;
        let drag = relative.xy() * (self.drag_per_m * relative.norm());
        self.drag_learned += (drag - self.drag_learned) * (seconds / DRAG_LEARNED_S).min(1.0);
        let target = wanted.acceleration.map_or(Vector2::zeros(), |acceleration| acceleration + self.drag_learned);
        let lean = if settings.kind() == VehicleKind::Vtol { Parameter::QAngleMax } else { Parameter::AngleMax };
        let angle_max = settings.metres(lean).clamp(10.0, 80.0).to_radians();
        let target = limited(target, lift * angle_max.tan());
        self.lean += (target - self.lean) * (seconds / LEAN_S).min(1.0);
        Vector3::new(self.lean.x, self.lean.y, lift)
    }

    fn fall(&mut self, relative: Vector3<f64>, around: &Surroundings) {
        self.lean = Vector2::zeros();
        self.drag_learned = Vector2::zeros();
        self.motion.throttle = 0.0;
        if self.motion.contact {
            self.settle();
            return;
        }
        self.move_on(Vector3::zeros(), TUMBLING_DRAG * self.drag_per_m, relative, around);
        let heading = self.motion.attitude.heading.radians() + TUMBLING_RATE_RAD_S * around.seconds;
        let attitude = Attitude { roll_rad: 0.9, pitch_rad: 0.3, heading: Heading::from_radians(heading) };
        self.motion.turn_to(attitude, around.seconds);
    }

    fn settle(&mut self) {
        self.motion.velocity = Vector3::zeros();
        self.lean = Vector2::zeros();
        self.motion.rates = Vector3::zeros();
        self.motion.attitude = Attitude { roll_rad: 0.0, pitch_rad: 0.0, ..self.motion.attitude };
    }

    fn move_on(&mut self, thrust: Vector3<f64>, drag_per_m: f64, relative: Vector3<f64>, around: &Surroundings) {
        let gravity = Vector3::new(0.0, 0.0, -GRAVITY);
        let acceleration = thrust + gravity - relative * (drag_per_m * relative.norm());
        let before = self.motion.velocity;
        self.motion.velocity += acceleration * around.seconds;
        let by = Enu::from_vector((before + self.motion.velocity) * (0.5 * around.seconds));
        self.motion.position = local::moved(self.motion.position, by);
        self.motion.contact = false;
        if self.motion.position.height().metres <= around.ground.metres && self.motion.velocity.z <= 0.0 {
            self.motion.contact = true;
            self.motion.impact_m_s = -self.motion.velocity.z;
            self.motion.position = self.motion.position.lat_lon().at_height(AltitudeHae::new(around.ground.metres));
            self.settle();
        }
    }

    fn turn(&mut self, wanted: &Wanted, thrust: Vector3<f64>, seconds: f64) {
        if self.motion.contact {
            return;
        }
        let heading = self.motion.attitude.heading;
        let turn = wanted.nose.map_or(0.0, |nose| nose.turn_from(heading));
        let turn = (1.5 * turn).clamp(-YAW_RATE_RAD_S, YAW_RATE_RAD_S) * seconds;
        let heading = Heading::from_radians(heading.radians() + turn);
        let (sin, cos) = heading.radians().sin_cos();
        let forward = thrust.x * sin + thrust.y * cos;
        let right = thrust.x * cos - thrust.y * sin;
        let attitude = Attitude { roll_rad: right.atan2(thrust.z), pitch_rad: -forward.atan2(thrust.z), heading };
        self.motion.turn_to(attitude, seconds);
        self.motion.throttle = (thrust.norm() / (THRUST_TO_WEIGHT * GRAVITY)).clamp(0.0, 1.0);
    }

    fn power_w(&self, thrust: Vector3<f64>, relative: Vector3<f64>) -> f64 {
        let thrust_g = thrust.norm() / GRAVITY;
        let speed2 = relative.xy().norm_squared();
        let induced4 = (self.hover_induced2 * thrust_g).powi(2);
        let induced = (0.5 * ((speed2 * speed2 + 4.0 * induced4).sqrt() - speed2)).sqrt();
        let parasite = thrust.xy().dot(&relative.xy());
        let axial = axial_inflow(induced, relative.z, speed2.sqrt());
        let ideal_w = self.mass_kg * (thrust.norm() * axial + parasite);
        // The same thrust from fewer discs: each blows the harder.
        let crowded = self.carrying.sqrt();
        AVIONICS_W + (ideal_w / self.figure_of_merit).max(DESCENT_SHARE_MIN * self.hover_power_w) / crowded
    }
}

/// The flow through the rotors, climb and induced, whose product with the thrust is the power. A climb costs half of its
/// speed as long as it is slow; a slow vertical descent saves next to nothing, since the rotors meet their own downwash
/// (Leishman, eq. 2.10 and 2.44); in forward flight, out of the downwash, descent saves all of its speed.
fn axial_inflow(induced: f64, climb_m_s: f64, level_m_s: f64) -> f64 {
    let slow = if climb_m_s >= 0.0 {
        0.5 * climb_m_s + (0.25 * climb_m_s * climb_m_s + induced * induced).sqrt()
    } else {
        let x = (climb_m_s / induced.max(0.1)).max(-2.0);
        induced * (1.0 + x * (-0.125 + x * (-1.372 + x * (-1.718 - 0.655 * x))))
    };
    let forward = (level_m_s / induced.max(0.1)).min(1.0);
    (1.0 - forward) * slow + forward * (induced + climb_m_s)
}

fn limited(v: Vector2<f64>, most: f64) -> Vector2<f64> {
    let norm = v.norm();
    if norm > most { v * (most / norm) } else { v }
}
