//! The bodies: how a multirotor, an aeroplane, a VTOL, a boat and an underwater vehicle move when asked, and what that costs in power.
//!
//! Each body holds its true [`Motion`] and follows a [`Demand`] under its limits, steering by what the navigation
//! believes ([`Navigated`]), which is not quite the truth. The step is fixed by the caller; the models are good enough
//! to plan by (times, places, energy), not to tune a controller with.
//!
//! Terms: *contact* is touching the ground; *unpowered* is a body whose motors give nothing, whatever is asked.

mod air;
mod battery;
mod boat;
mod demand;
mod fixed_wing;
mod multirotor;
mod receiver;
mod rov;
mod vtol;

use nalgebra::Vector3;
use telemetry::{AltitudeHae, Attitude, EnuVelocity, Geodetic, Heading};

use self::boat::Boat;
use self::fixed_wing::FixedWing;
use self::multirotor::Multirotor;
use self::rov::Rov;
use self::vtol::Vtol;
use super::config::Performance;
use super::parameters::Parameters;

pub(crate) use self::air::Air;
pub(crate) use self::battery::{Battery, BatteryReading};
pub(crate) use self::demand::{Demand, Lift, Motors, Nose, Path, Vertical};
pub(crate) use self::receiver::{Receiver, Reception};

/// Standard gravity, m/s².
pub(crate) const GRAVITY: f64 = 9.806_65;
/// Air density at sea level, ISO 2533, kg/m³.
pub(crate) const AIR_DENSITY: f64 = 1.225;

/// The true motion of a body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Motion {
    pub(crate) position: Geodetic,
    /// East, north, up, m/s over ground.
    pub(crate) velocity: Vector3<f64>,
    pub(crate) attitude: Attitude,
    /// Roll, pitch and yaw rates, rad/s.
    pub(crate) rates: Vector3<f64>,
    /// Touching the ground. Never for what floats.
    pub(crate) contact: bool,
    pub(crate) airspeed_m_s: f64,
    /// 0 to 1.
    pub(crate) throttle: f64,
    /// How hard it last met the ground, m/s downwards.
    pub(crate) impact_m_s: f64,
}

impl Motion {
    fn resting(at: Geodetic, heading: Heading, contact: bool) -> Self {
        Self {
            position: at,
            velocity: Vector3::zeros(),
            attitude: Attitude { roll_rad: 0.0, pitch_rad: 0.0, heading },
            rates: Vector3::zeros(),
            contact,
            airspeed_m_s: 0.0,
            throttle: 0.0,
            impact_m_s: 0.0,
        }
    }

    pub(crate) fn enu_velocity(&self) -> EnuVelocity {
        EnuVelocity::from_vector(self.velocity)
    }

    /// Takes a new attitude; the rates follow from the step.
    fn turn_to(&mut self, attitude: Attitude, seconds: f64) {
        self.rates = Vector3::new(
            (attitude.roll_rad - self.attitude.roll_rad) / seconds,
            (attitude.pitch_rad - self.attitude.pitch_rad) / seconds,
            attitude.heading.turn_from(self.attitude.heading) / seconds,
        );
        self.attitude = attitude;
    }
}

/// Where the navigation believes the body to be: what its controllers steer by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Navigated {
    pub(crate) position: Geodetic,
    pub(crate) velocity: Vector3<f64>,
}

/// What surrounds a body during one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Surroundings {
    /// Velocity of the air.
    pub(crate) air: Vector3<f64>,
    /// Velocity of the water.
    pub(crate) water: Vector3<f64>,
    /// The ground's height.
    pub(crate) ground: AltitudeHae,
    /// Whether battery and motors give power at all.
    pub(crate) powered: bool,
    /// Whether every rotor turns.
    pub(crate) rotors_whole: bool,
    /// The length of the step.
    pub(crate) seconds: f64,
}

/// One body.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Multirotor(Multirotor),
    FixedWing(FixedWing),
    Boat(Boat),
    Vtol(Box<Vtol>),
    Rov(Rov),
}

impl Body {
    pub(crate) fn new(performance: &Performance, at: Geodetic, heading: Heading) -> Self {
        match *performance {
            Performance::Multirotor(performance) => Self::Multirotor(Multirotor::new(performance, at, heading)),
            Performance::FixedWing(performance) => Self::FixedWing(FixedWing::new(performance, at, heading)),
            Performance::Boat(performance) => Self::Boat(Boat::new(performance, at, heading)),
            Performance::Vtol(performance) => Self::Vtol(Box::new(Vtol::new(performance, at, heading))),
            Performance::Rov(performance) => Self::Rov(Rov::new(performance, at, heading)),
        }
    }

    pub(crate) fn motion(&self) -> &Motion {
        match self {
            Self::Multirotor(body) => body.motion(),
            Self::FixedWing(body) => body.motion(),
            Self::Boat(body) => body.motion(),
            Self::Vtol(body) => body.motion(),
            Self::Rov(body) => body.motion(),
        }
    }

    /// Moves on by one step and returns the electrical power drawn, watts.
    pub(crate) fn step(
        &mut self,
        demand: &Demand,
        navigated: &Navigated,
        settings: &Parameters,
        around: &Surroundings,
    ) -> f64 {
        match self {
            Self::Multirotor(body) => body.step(demand, navigated, settings, around),
            Self::FixedWing(body) => body.step(demand, navigated, settings, around),
            Self::Boat(body) => body.step(demand, navigated, settings, around),
            Self::Vtol(body) => body.step(demand, navigated, settings, around),
            Self::Rov(body) => body.step(demand, navigated, settings, around),
        }
    }
}

/// The fastest speed from which `distance_m` suffices to slow down to `exit_m_s` at `deceleration` (m/s²), softened to
/// a proportional approach (`gain` per second) over the last metres.
fn approach_speed(distance_m: f64, exit_m_s: f64, deceleration: f64, gain: f64) -> f64 {
    let distance_m = distance_m.max(0.0);
    (exit_m_s * exit_m_s + 2.0 * deceleration * distance_m).sqrt().min(exit_m_s + gain * distance_m)
}

/// Moves `value` towards `target` by at most `most`.
fn slewed(value: f64, target: f64, most: f64) -> f64 {
    value + (target - value).clamp(-most, most)
}
