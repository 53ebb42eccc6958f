//! A remotely operated vehicle: thrusters against drag, buoyancy, a current, and a tether to where it was launched.
//!
//! Drag grows with the square of speed through the water, with coefficients from the handbook's top speeds at full
//! thrust. A thruster's power grows with thrust to the power of 1.5 (momentum theory, as for a rotor in the hover).
//! ArduSub flies waypoints with ArduCopter's navigation, so the position and velocity loops are the multicopter's.
//!
//! The tether is a straight, neutrally buoyant line from the launch at the surface to the vehicle. Each piece of it is
//! dragged sideways through the water; the vehicle bears what moments about the launch leave to its end (Faltinsen,
//! "Sea Loads on Ships and Offshore Structures", ch. 8, drag of cables). When it is all out, it holds.
//!
//! Limits: it keeps level; the water is as deep everywhere; no strumming, no slack in loops, nothing to be caught on.

use nalgebra::{Vector2, Vector3};
use telemetry::{AltitudeHae, Attitude, Enu, Geodetic, Heading};

use super::super::config::{RovPerformance, Tether};
use super::super::local::{displacement, moved};
use super::super::parameters::Parameters;
use super::multirotor::control;
use super::{Demand, Motion, Motors, Navigated, Surroundings};

/// Density of sea water, kg/m³ (35 g/kg at 10 °C, UNESCO 1983).
const WATER_DENSITY: f64 = 1027.0;
/// How quickly thrust follows what is asked.
const THRUSTER_S: f64 = 0.2;
/// How quickly the velocity loop's integrator learns the drag.
const DRAG_LEARNED_S: f64 = 1.0;
/// Drag of a smooth cylinder across the flow, and of its skin along it (Faltinsen, fig. 6.4; Hoerner, ch. 3).
const TETHER_ACROSS: f64 = 1.2;
const TETHER_ALONG: f64 = 0.02;
/// The line is summed up over so many pieces.
const TETHER_PIECES: u32 = 4;
const TURN_RATE_RAD_S: f64 = 0.6;

#[derive(Debug, Clone)]
pub(crate) struct Rov {
    motion: Motion,
    performance: RovPerformance,
    launch: Geodetic,
    /// East, north, up, newtons.
    thrust: Vector3<f64>,
    load_learned: Vector3<f64>,
}

impl Rov {
    pub(super) fn new(performance: RovPerformance, at: Geodetic, heading: Heading) -> Self {
        let motion = Motion::resting(at, heading, false);
        Self { motion, performance, launch: at, thrust: Vector3::zeros(), load_learned: Vector3::zeros() }
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
        let through_water = self.motion.velocity - around.water;
        let mut load = self.hull_drag(through_water);
        if let Some(tether) = self.performance.tether {
            load += tether_drag(&tether, displacement(self.launch, self.motion.position), &self.motion, around.water);
        }
        load.z += self.buoyancy_n(around.ground);
        self.load_learned += (load - self.load_learned) * (around.seconds / DRAG_LEARNED_S).min(1.0);

        let powered = demand.motors == Motors::Running && around.powered;
        let wanted = powered.then(|| control::wanted(demand, navigated, settings));
        let force = wanted.as_ref().map_or(Vector3::zeros(), |wanted| self.force(wanted));
        self.thrust += (force - self.thrust) * (around.seconds / THRUSTER_S).min(1.0);
        if wanted.is_none() {
            self.thrust = Vector3::zeros();
        }
        self.move_on((self.thrust + load) / self.performance.moving_mass_kg, around);
        self.turn(wanted.and_then(|wanted| wanted.nose), around.seconds);
        self.motion.airspeed_m_s = (self.motion.velocity - around.water).norm();
        self.power_w()
    }

    /// Thrust for the acceleration wanted, against the load as it has been learnt, within what the thrusters give.
    fn force(&self, wanted: &control::Wanted) -> Vector3<f64> {
        let Some(level) = wanted.acceleration else {
            let up = self.performance.moving_mass_kg * wanted.climb_acceleration - self.load_learned.z;
            return Vector3::new(0.0, 0.0, limited(up, self.performance.thrust_vertical_n));
        };
        let acceleration = Vector3::new(level.x, level.y, wanted.climb_acceleration);
        let force = acceleration * self.performance.moving_mass_kg - self.load_learned;
        let across = Vector2::new(force.x, force.y);
        let share = (self.performance.thrust_horizontal_n / across.norm().max(1e-9)).min(1.0);
        Vector3::new(across.x * share, across.y * share, limited(force.z, self.performance.thrust_vertical_n))
    }

    fn hull_drag(&self, through_water: Vector3<f64>) -> Vector3<f64> {
        let performance = &self.performance;
        let level = performance.thrust_horizontal_n / performance.top_speed_m_s.powi(2);
        let upright = performance.thrust_vertical_n / performance.top_climb_m_s.powi(2);
        let level_m_s = through_water.xy().norm();
        Vector3::new(
            -level * level_m_s * through_water.x,
            -level * level_m_s * through_water.y,
            -upright * through_water.z.abs() * through_water.z,
        )
    }

    /// Its weight in water, reversed; at the surface it floats.
    fn buoyancy_n(&self, surface: AltitudeHae) -> f64 {
        if self.motion.position.height().metres >= surface.metres { 0.0 } else { self.performance.buoyancy_n }
    }

    fn move_on(&mut self, acceleration: Vector3<f64>, around: &Surroundings) {
        let before = self.motion.velocity;
        self.motion.velocity += acceleration * around.seconds;
        let by = Enu::from_vector((before + self.motion.velocity) * (0.5 * around.seconds));
        self.motion.position = moved(self.motion.position, by);
        self.hold_by_tether();
        let surface_m = around.ground.metres;
        let depth_m = surface_m - self.motion.position.height().metres;
        let within_m = depth_m.clamp(0.0, self.performance.water_depth_m);
        if depth_m != within_m {
            self.motion.velocity.z = 0.0;
            let height = AltitudeHae::new(surface_m - within_m);
            self.motion.position = self.motion.position.lat_lon().at_height(height);
        }
    }

    /// A line that is all out lets nothing further away.
    fn hold_by_tether(&mut self) {
        let Some(tether) = self.performance.tether else { return };
        let out = displacement(self.launch, self.motion.position).vector();
        let distance_m = out.norm();
        if distance_m <= tether.length_m {
            return;
        }
        let unit = out / distance_m;
        self.motion.velocity -= unit * self.motion.velocity.dot(&unit).max(0.0);
        let back = Enu::from_vector(unit * (tether.length_m - distance_m));
        self.motion.position = moved(self.motion.position, back);
    }

    fn turn(&mut self, nose: Option<Heading>, seconds: f64) {
        let heading = self.motion.attitude.heading;
        let turn = nose.map_or(0.0, |nose| nose.turn_from(heading));
        let turn = turn.clamp(-TURN_RATE_RAD_S, TURN_RATE_RAD_S) * seconds;
        let heading = Heading::from_radians(heading.radians() + turn);
        self.motion.turn_to(Attitude { roll_rad: 0.0, pitch_rad: 0.0, heading }, seconds);
    }

    fn power_w(&mut self) -> f64 {
        let performance = &self.performance;
        let per_thrust = performance.top_power_w / performance.thrust_horizontal_n.powf(1.5);
        let thrusters_w = per_thrust * (self.thrust.xy().norm().powf(1.5) + self.thrust.z.abs().powf(1.5));
        self.motion.throttle = (thrusters_w / performance.top_power_w).clamp(0.0, 1.0);
        performance.hotel_power_w + thrusters_w
    }
}

/// What the line pulls the vehicle with. A piece at share `s` of its length moves with `s` of the vehicle's velocity and
/// weighs in with lever `s`.
fn tether_drag(tether: &Tether, out: Enu, motion: &Motion, water: Vector3<f64>) -> Vector3<f64> {
    let out = out.vector();
    let length_m = out.norm();
    if length_m < 1.0 {
        return Vector3::zeros();
    }
    let unit = out / length_m;
    let piece_m = length_m / f64::from(TETHER_PIECES);
    let mut pull = Vector3::zeros();
    for piece in 0..TETHER_PIECES {
        let share = (f64::from(piece) + 0.5) / f64::from(TETHER_PIECES);
        let flow = water - motion.velocity * share;
        let along = unit * flow.dot(&unit);
        let across = flow - along;
        let dynamic = 0.5 * WATER_DENSITY * tether.diameter_m * piece_m;
        pull += across * (dynamic * TETHER_ACROSS * across.norm() * share);
        pull += along * (dynamic * std::f64::consts::PI * TETHER_ALONG * along.norm() * share);
    }
    pull
}

fn limited(value: f64, most: f64) -> f64 {
    value.clamp(-most, most)
}
