//! An aeroplane with lift rotors (ArduPlane's quadplane): the multicopter's model below flying speed, the aeroplane's
//! above it, and a transition between them.
//!
//! Outwards it keeps its height on the rotors while the pusher accelerates it, and the wing takes over weight with the
//! square of airspeed; past the transition speed the rotors stop. Back, it brakes by leaning as a copter does, with the
//! wing still carrying what the airspeed allows.
//!
//! Limits: the rotors never help the wing out of a stall (no Q_ASSIST), and the transition keeps its heading.

use nalgebra::Vector3;
use telemetry::{AltitudeHae, Attitude, Enu, Geodetic, Heading};

use super::super::config::{MultirotorPerformance, VtolPerformance};
use super::super::local;
use super::super::parameters::{Parameter, Parameters};
use super::fixed_wing::FixedWing;
use super::multirotor::Multirotor;
use super::{Demand, Lift, Motion, Motors, Navigated, Surroundings};

/// The pusher's acceleration at low speed, where force and not power is what limits it.
const PUSH_MAX_M_S2: f64 = 4.0;
const PUSH_FROM_M_S: f64 = 6.0;
/// How quickly sideways and vertical motion die out in the transition.
const SETTLE_S: f64 = 1.0;
/// The wing carries no more than this share of the weight as long as the rotors have the controls.
const WING_SHARE_MAX: f64 = 0.9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Rotors,
    Transition,
    Wing,
}

#[derive(Debug, Clone)]
pub(crate) struct Vtol {
    performance: VtolPerformance,
    phase: Phase,
    rotors: Multirotor,
    wing: FixedWing,
    motion: Motion,
}

impl Vtol {
    pub(super) fn new(performance: VtolPerformance, at: Geodetic, heading: Heading) -> Self {
        let rotors = MultirotorPerformance {
            mass_kg: performance.wing.mass_kg,
            hover_power_w: performance.hover_power_w,
            disc_area_m2: performance.disc_area_m2,
            airspeed_at_30_deg_m_s: performance.airspeed_at_30_deg_m_s,
            rotors: 4,
        };
        let rotors = Multirotor::new(rotors, at, heading);
        let motion = *rotors.motion();
        Self { performance, phase: Phase::Rotors, rotors, wing: FixedWing::new(performance.wing, at, heading), motion }
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
        self.change_phase(demand, powered);
        match self.phase {
            Phase::Rotors => {
                let level_m_s = self.motion.velocity.xy().norm();
                let speed_m_s = settings.metres(Parameter::QWpSpeed).max(level_m_s).min(demand.speed_m_s);
                let carried = self.wing_share(self.motion.airspeed_m_s);
                self.rotors.take_over(&self.motion);
                let power_w = self.rotors.step(&Demand { speed_m_s, ..*demand }, navigated, settings, around);
                self.motion = *self.rotors.motion();
                power_w * (1.0 - carried).powf(1.5)
            }
            Phase::Transition => self.push(around),
            Phase::Wing => {
                self.wing.take_over(&self.motion, around.air);
                let power_w = self.wing.step(demand, navigated, settings, around);
                self.motion = *self.wing.motion();
                power_w
            }
        }
    }

    fn change_phase(&mut self, demand: &Demand, powered: bool) {
        let fast = self.motion.airspeed_m_s >= self.performance.transition_m_s;
        self.phase = match (self.phase, demand.lift) {
            _ if self.motion.contact => Phase::Rotors,
            (Phase::Wing, Lift::Wing) => Phase::Wing,
            (Phase::Transition | Phase::Rotors, Lift::Wing) if fast => Phase::Wing,
            // Without power the wing is all there is.
            (Phase::Wing, Lift::Rotors) if !powered => Phase::Wing,
            (Phase::Transition | Phase::Rotors, Lift::Wing) if powered => Phase::Transition,
            _ => Phase::Rotors,
        };
    }

    /// How much of the weight the wing carries at this airspeed.
    fn wing_share(&self, airspeed_m_s: f64) -> f64 {
        (airspeed_m_s / self.performance.wing.stall_m_s).powi(2).min(1.0) * WING_SHARE_MAX
    }

    /// One step of the transition: faster through the air along the nose, level.
    fn push(&mut self, around: &Surroundings) -> f64 {
        let performance = &self.performance;
        let heading = self.motion.attitude.heading;
        let (sin, cos) = heading.radians().sin_cos();
        let nose = Vector3::new(sin, cos, 0.0);
        let relative = self.motion.velocity - around.air;
        let forward_m_s = relative.dot(&nose);
        let thrust_w = performance.wing.power_w * performance.wing.efficiency;
        let push = (thrust_w / (performance.wing.mass_kg * forward_m_s.max(PUSH_FROM_M_S))).min(PUSH_MAX_M_S2);
        let settled = 1.0 - (around.seconds / SETTLE_S).min(1.0);
        let sideways = Vector3::new(relative.x, relative.y, 0.0) - nose * forward_m_s;
        let through_air = nose * (forward_m_s + push * around.seconds) + sideways * settled;
        let climb_m_s = self.motion.velocity.z * settled;
        let velocity = Vector3::new(through_air.x + around.air.x, through_air.y + around.air.y, climb_m_s);
        let carried = self.wing_share(forward_m_s.max(0.0));

        let by = Enu::from_vector((self.motion.velocity + velocity) * (0.5 * around.seconds));
        self.motion.velocity = velocity;
        self.motion.position = local::moved(self.motion.position, by);
        let ground_m = around.ground.metres;
        if self.motion.position.height().metres < ground_m {
            self.motion.position = self.motion.position.lat_lon().at_height(AltitudeHae::new(ground_m));
        }
        self.motion.airspeed_m_s = through_air.norm();
        self.motion.throttle = 1.0;
        self.motion.turn_to(Attitude { roll_rad: 0.0, pitch_rad: 0.0, heading }, around.seconds);
        performance.hover_power_w * (1.0 - carried).powf(1.5)
            + push * performance.wing.mass_kg * forward_m_s.max(PUSH_FROM_M_S) / performance.wing.efficiency
    }
}
