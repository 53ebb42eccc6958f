//! Where the autopilot believes it is: the navigation filter, reduced to its errors.
//!
//! With satellites the estimate follows the receiver's slowly wandering error; height comes from the barometer and
//! wanders less. Without them it drifts off by itself, and after a while says so.

use nalgebra::Vector3;
use rand_chacha::ChaCha8Rng;
use telemetry::{Attitude, Enu, Geodetic, Heading, Timestamp};

use super::super::dynamics::{Motion, Navigated, Receiver, Reception};
use super::super::local::moved;
use crate::random::{self, OrnsteinUhlenbeck};

/// The filter follows the receiver this quickly.
const FOLLOW_S: f64 = 4.0;
/// The barometer's share of the receiver's vertical wander: pressure drifts too, but less.
const BAROMETER_SHARE: f64 = 0.25;
/// Drift velocity without satellites, each axis.
const DRIFT_SIGMA_M_S: f64 = 0.35;
const DRIFT_CORRELATION_S: f64 = 60.0;
/// What is left of the inertial sensors' noise after the filter: velocity, roll and pitch (each sample on its own), and
/// the compass, whose error wanders with what it is near to. Of the size ArduPilot's own filter reports with sensors of
/// this class (a few cm/s; below half a degree; two degrees).
const VELOCITY_SIGMA_M_S: f64 = 0.02;
const ATTITUDE_SIGMA_RAD: f64 = 0.003;
const COMPASS_SIGMA_RAD: f64 = 0.03;
const COMPASS_CORRELATION_S: f64 = 180.0;

/// Without a fix for this long the position is no longer trusted.
const TRUST_S: f64 = 5.0;
/// With a fix for this long it is trusted again.
const RECOVERY_S: f64 = 3.0;

/// What the filter says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) position: Geodetic,
    pub(crate) velocity: Vector3<f64>,
    pub(crate) attitude: Attitude,
    pub(crate) rates: Vector3<f64>,
    pub(crate) airspeed_m_s: f64,
    /// Whether there has ever been a position.
    pub(crate) located: bool,
    /// Whether the position may be flown by.
    pub(crate) trusted: bool,
    /// What the receiver itself says; nothing without a fix.
    pub(crate) satellite: Option<Geodetic>,
}

impl Estimate {
    pub(crate) fn navigated(&self) -> Navigated {
        Navigated { position: self.position, velocity: self.velocity }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Filter {
    rng: ChaCha8Rng,
    drift: [OrnsteinUhlenbeck; 2],
    compass: OrnsteinUhlenbeck,
    error: Vector3<f64>,
    fix_from: Timestamp,
    trust_from: Timestamp,
    /// Since when there has been a fix, or none.
    since: Timestamp,
    has_fix: bool,
    /// Whether trust was ever lost; to regain it takes a while.
    lost: bool,
    estimate: Estimate,
}

impl Filter {
    /// A filter just switched on, which sees satellites and then trusts itself from these moments on.
    pub(crate) fn new(seed: u64, name: &str, motion: &Motion, now: Timestamp, estimate_after_s: f64) -> Self {
        let mut rng = random::stream(seed, name);
        let drift = [(); 2].map(|()| OrnsteinUhlenbeck::new(&mut rng, DRIFT_SIGMA_M_S, DRIFT_CORRELATION_S));
        let compass = OrnsteinUhlenbeck::new(&mut rng, COMPASS_SIGMA_RAD, COMPASS_CORRELATION_S);
        let estimate = Estimate {
            position: motion.position,
            velocity: motion.velocity,
            attitude: motion.attitude,
            rates: motion.rates,
            airspeed_m_s: 0.0,
            located: false,
            trusted: false,
            satellite: None,
        };
        Self {
            rng,
            drift,
            compass,
            error: Vector3::zeros(),
            fix_from: now.offset_seconds(estimate_after_s / 3.0),
            trust_from: now.offset_seconds(estimate_after_s),
            since: now,
            has_fix: false,
            lost: false,
            estimate,
        }
    }

    pub(crate) fn estimate(&self) -> &Estimate {
        &self.estimate
    }

    pub(crate) fn step(
        &mut self,
        now: Timestamp,
        motion: &Motion,
        receiver: &Receiver,
        reception: Reception,
        seconds: f64,
    ) {
        let has_fix = reception != Reception::None && now >= self.fix_from;
        if has_fix != self.has_fix {
            self.has_fix = has_fix;
            self.since = now;
        }
        let drift = [self.drift[0].step(&mut self.rng, seconds), self.drift[1].step(&mut self.rng, seconds)];
        if has_fix {
            let receiver = receiver.error(reception);
            let target = Vector3::new(receiver.east_m, receiver.north_m, BAROMETER_SHARE * receiver.up_m);
            let first = !self.estimate.located;
            let share = if first { 1.0 } else { (seconds / FOLLOW_S).min(1.0) };
            self.error += (target - self.error) * share;
        } else if self.estimate.located {
            self.error += Vector3::new(drift[0], drift[1], 0.0) * seconds;
        }
        let held_s = now.seconds_since(self.since);
        let trusted = match (self.estimate.trusted, has_fix) {
            (true, true) => true,
            (true, false) => held_s < TRUST_S,
            (false, true) => now >= self.trust_from && (!self.lost || held_s >= RECOVERY_S),
            (false, false) => false,
        };
        self.lost |= self.estimate.trusted && !trusted;
        let compass_rad = self.compass.step(&mut self.rng, seconds);
        let noise = Vector3::from_fn(|_, _| random::normal(&mut self.rng));
        let tilt = [random::normal(&mut self.rng), random::normal(&mut self.rng)];
        self.estimate = Estimate {
            position: moved(motion.position, Enu::from_vector(self.error)),
            velocity: motion.velocity + noise * VELOCITY_SIGMA_M_S,
            attitude: Attitude {
                roll_rad: motion.attitude.roll_rad + ATTITUDE_SIGMA_RAD * tilt[0],
                pitch_rad: motion.attitude.pitch_rad + ATTITUDE_SIGMA_RAD * tilt[1],
                heading: Heading::from_radians(motion.attitude.heading.radians() + compass_rad),
            },
            rates: motion.rates,
            airspeed_m_s: motion.airspeed_m_s,
            located: self.estimate.located || has_fix,
            trusted,
            satellite: has_fix.then(|| moved(motion.position, receiver.error(reception))),
        };
    }
}
