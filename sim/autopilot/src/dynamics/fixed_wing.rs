//! An aeroplane: coordinated turns, an energy balance, and a floor under its airspeed.
//!
//! Drag comes from the handbook's best glide: D = W/2E · ((V/V*)² + n² (V*/V)²), with glide ratio E, its speed V* and
//! load factor n (Anderson, "Aircraft Performance and Design", section 5.4). What thrust power exceeds drag power
//! becomes height or speed; speed comes first, so an aeroplane without power glides and never stalls by command.
//!
//! Limits: no sideslip, no angle of attack, no inertia against gusts: the aeroplane moves with the air.

mod l1;

use nalgebra::Vector3;
use telemetry::{AltitudeHae, Attitude, Enu, Geodetic, Heading};

use super::super::config::FixedWingPerformance;
use super::super::local;
use super::super::parameters::{Parameter, Parameters};
use super::{Demand, GRAVITY, Motion, Motors, Navigated, Path, Surroundings, Vertical, slewed};

/// Height error to climb rate, per second (TECS_HDEM_TCONST of 3 s).
const HEIGHT_GAIN: f64 = 0.33;
/// Airspeed error to acceleration, per second, and its limits.
const AIRSPEED_GAIN: f64 = 0.5;
const ACCELERATION_MAX: f64 = 2.0;
/// How quickly climb follows, and bank.
const CLIMB_S: f64 = 1.0;
const ROLL_RATE_RAD_S: f64 = 1.0;
/// Run and roll on the ground.
const TAKE_OFF_ACCELERATION_MAX: f64 = 7.0;
const ROLLING_DECELERATION: f64 = 3.5;
/// Rotation speed over stalling speed.
const ROTATION_MARGIN: f64 = 1.15;
/// An airspeed never asked for below, over stalling speed.
const STALL_MARGIN: f64 = 1.1;
const AVIONICS_W: f64 = 15.0;

#[derive(Debug, Clone)]
pub(crate) struct FixedWing {
    motion: Motion,
    performance: FixedWingPerformance,
    bank: f64,
    /// Climb rate through the air, m/s.
    climb: f64,
}

impl FixedWing {
    pub(super) fn new(performance: FixedWingPerformance, at: Geodetic, heading: Heading) -> Self {
        Self { motion: Motion::resting(at, heading, true), performance, bank: 0.0, climb: 0.0 }
    }

    pub(super) fn motion(&self) -> &Motion {
        &self.motion
    }

    /// Goes on from another body's motion, in this air: a VTOL changes between two.
    pub(super) fn take_over(&mut self, motion: &Motion, air: Vector3<f64>) {
        if self.motion != *motion {
            self.motion = *motion;
            self.bank = motion.attitude.roll_rad;
            self.climb = motion.velocity.z - air.z;
        }
    }

    pub(super) fn step(
        &mut self,
        demand: &Demand,
        navigated: &Navigated,
        settings: &Parameters,
        around: &Surroundings,
    ) -> f64 {
        let thrust_max_w = if demand.motors == Motors::Running && around.powered {
            self.performance.power_w * self.performance.efficiency
        } else {
            0.0
        };
        let thrust_w = if self.motion.contact {
            self.roll(demand, thrust_max_w, around)
        } else {
            self.fly(demand, thrust_max_w, navigated, settings, around)
        };
        let share = (thrust_w / (self.performance.power_w * self.performance.efficiency)).clamp(0.0, 1.0);
        self.motion.throttle = share;
        AVIONICS_W + self.performance.power_w * share.powf(self.performance.power_exponent)
    }

    /// On the ground: accelerate straight ahead when a climb is asked for, otherwise come to rest.
    fn roll(&mut self, demand: &Demand, thrust_max_w: f64, around: &Surroundings) -> f64 {
        let heading = self.motion.attitude.heading;
        let nose = Vector3::new(heading.radians().sin(), heading.radians().cos(), 0.0);
        let speed_m_s = self.motion.velocity.dot(&nose).max(0.0);
        let airspeed_m_s = speed_m_s - around.air.dot(&nose);
        let leaving = matches!(demand.vertical, Vertical::Rate(rate) if rate > 0.0) && thrust_max_w > 0.0;
        let (speed_m_s, thrust_w) = if leaving {
            let force_limited = thrust_max_w / (self.performance.mass_kg * airspeed_m_s.max(6.0));
            (speed_m_s + force_limited.min(TAKE_OFF_ACCELERATION_MAX) * around.seconds, thrust_max_w)
        } else {
            (slewed(speed_m_s, 0.0, ROLLING_DECELERATION * around.seconds), 0.0)
        };
        self.motion.airspeed_m_s = airspeed_m_s.max(0.0);
        self.bank = 0.0;
        self.climb = 0.0;
        self.displace(nose * speed_m_s, around.seconds);
        self.motion.turn_to(Attitude { roll_rad: 0.0, pitch_rad: 0.0, heading }, around.seconds);
        if leaving && self.motion.airspeed_m_s >= ROTATION_MARGIN * self.performance.stall_m_s {
            self.motion.contact = false;
        }
        thrust_w
    }

    fn fly(
        &mut self,
        demand: &Demand,
        thrust_max_w: f64,
        navigated: &Navigated,
        settings: &Parameters,
        around: &Surroundings,
    ) -> f64 {
        let seconds = around.seconds;
        self.bank_towards(demand, navigated, settings, seconds);
        let airspeed_m_s = self.motion.airspeed_m_s.max(0.5 * self.performance.stall_m_s);
        let (acceleration, climb, thrust_w) = self.energy(demand, thrust_max_w, airspeed_m_s, navigated, settings);
        self.climb += (climb - self.climb) * (seconds / CLIMB_S).min(1.0);
        let airspeed_m_s = airspeed_m_s + acceleration * seconds;
        let turn = GRAVITY * self.bank.tan() / airspeed_m_s * seconds;
        let heading = Heading::from_radians(self.motion.attitude.heading.radians() + turn);

        let pitch_rad = (self.climb / airspeed_m_s).clamp(-1.0, 1.0).asin();
        let level_m_s = airspeed_m_s * pitch_rad.cos();
        let (sin, cos) = heading.radians().sin_cos();
        let through_air = Vector3::new(level_m_s * sin, level_m_s * cos, self.climb);
        self.motion.airspeed_m_s = airspeed_m_s;
        self.motion.turn_to(Attitude { roll_rad: self.bank, pitch_rad, heading }, seconds);
        self.displace(through_air + around.air, seconds);
        if self.motion.position.height().metres <= around.ground.metres {
            self.touch_down(around.ground);
        }
        thrust_w
    }

    /// Rolls towards the bank the path needs, within what the settings and the stall allow.
    fn bank_towards(&mut self, demand: &Demand, navigated: &Navigated, settings: &Parameters, seconds: f64) {
        let lateral = l1::lateral_acceleration(demand, navigated, self.motion.attitude.heading, settings);
        let load_max = (self.motion.airspeed_m_s / (STALL_MARGIN * self.performance.stall_m_s)).powi(2);
        let bank_by_stall = (1.0 / load_max.max(1.02)).acos();
        let bank_by_setting = settings.get(Parameter::RollLimitDeg).clamp(5.0, 75.0).to_radians();
        let bank_max = bank_by_setting.min(bank_by_stall);
        let bank = (lateral / GRAVITY).atan().clamp(-bank_max, bank_max);
        self.bank = slewed(self.bank, bank, ROLL_RATE_RAD_S * seconds);
    }

    /// Shares the power out: acceleration, climb through the air, and the thrust power used.
    fn energy(
        &self,
        demand: &Demand,
        thrust_max_w: f64,
        airspeed_m_s: f64,
        navigated: &Navigated,
        settings: &Parameters,
    ) -> (f64, f64, f64) {
        let mass_kg = self.performance.mass_kg;
        let weight_n = mass_kg * GRAVITY;
        let airspeed_min = settings.get(Parameter::AirspeedMin).max(STALL_MARGIN * self.performance.stall_m_s);
        let airspeed_max = settings.get(Parameter::AirspeedMax).max(airspeed_min);
        let load = 1.0 / self.bank.cos().max(0.2);
        let drag_w = self.drag_n(airspeed_m_s, load) * airspeed_m_s;
        if let (Path::Ahead(_), Vertical::Rate(rate_m_s)) = (demand.path, demand.vertical)
            && rate_m_s > 0.0
            && thrust_max_w > 0.0
        {
            // A take-off holds full throttle: what the climb does not take goes into speed, as far as it may.
            let climb = rate_m_s.min((thrust_max_w - drag_w) / weight_n).max(0.0);
            let left = (thrust_max_w - drag_w - weight_n * climb) / (mass_kg * airspeed_m_s);
            let room = AIRSPEED_GAIN * (airspeed_max - airspeed_m_s);
            return (left.clamp(-ACCELERATION_MAX, TAKE_OFF_ACCELERATION_MAX).min(room), climb, thrust_max_w);
        }
        let wanted_m_s = if thrust_max_w > 0.0 {
            demand.speed_m_s.clamp(airspeed_min, airspeed_max)
        } else {
            self.performance.best_glide_m_s
        };
        let climb_max = settings.get(Parameter::TecsClmbMax).clamp(0.5, 20.0);
        let sink_max = settings.get(Parameter::TecsSinkMax).clamp(0.5, 20.0);
        let wanted_climb = match (demand.vertical, demand.path) {
            (Vertical::Rate(rate_m_s), _) => rate_m_s,
            (Vertical::Height(height), _) => HEIGHT_GAIN * (height.metres - navigated.position.height().metres),
            (Vertical::AlongLine, Path::Line { to, .. }) => {
                HEIGHT_GAIN * (to.height().metres - navigated.position.height().metres)
            }
            (Vertical::AlongLine, _) => 0.0,
        }
        .clamp(-sink_max, climb_max);

        let speed_error = wanted_m_s - airspeed_m_s;
        let acceleration = (AIRSPEED_GAIN * speed_error).clamp(-ACCELERATION_MAX, ACCELERATION_MAX);
        let kinetic_w = mass_kg * airspeed_m_s * acceleration;
        // Climb only with the power that drag and speed leave over; sink no steeper than idle drag can hold.
        let climb_by_power = (thrust_max_w - drag_w - kinetic_w) / weight_n;
        let steepest = (-drag_w - mass_kg * airspeed_m_s * 0.3) / weight_n;
        let climb = wanted_climb.min(climb_by_power).max(steepest.min(climb_by_power));
        let thrust_w = (drag_w + kinetic_w + weight_n * climb).clamp(0.0, thrust_max_w);
        let left_w = thrust_w - drag_w - weight_n * climb;
        (left_w / (mass_kg * airspeed_m_s), climb, thrust_w)
    }

    fn drag_n(&self, airspeed_m_s: f64, load: f64) -> f64 {
        let ratio2 = (airspeed_m_s / self.performance.best_glide_m_s).powi(2);
        let weight_n = self.performance.mass_kg * GRAVITY;
        weight_n / (2.0 * self.performance.glide_ratio) * (ratio2 + load * load / ratio2)
    }

    fn displace(&mut self, velocity: Vector3<f64>, seconds: f64) {
        self.motion.velocity = velocity;
        self.motion.position = local::moved(self.motion.position, Enu::from_vector(velocity * seconds));
    }

    fn touch_down(&mut self, ground: AltitudeHae) {
        self.motion.contact = true;
        self.motion.impact_m_s = -self.motion.velocity.z;
        self.motion.velocity.z = 0.0;
        self.motion.position = self.motion.position.lat_lon().at_height(ground);
    }
}
