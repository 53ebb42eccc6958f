//! Setpoints of a companion computer: ArduPilot follows them in GUIDED, PX4 in Offboard, once they flow.

use telemetry::Geodetic;

use super::super::local::displacement;
use super::super::parameters::Parameter;
use super::super::personality::Personality;
use super::{Flight, Mode, Situation, Task};

/// A target that has moved less than this is the same.
const SAME_PLACE_M: f64 = 0.05;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Setpoint {
    Place(Geodetic),
    /// East, north, up, m/s.
    Velocity([f64; 3]),
}

impl Flight {
    /// Takes a setpoint, and where the nose is to point (radians from north), in the mode that follows them.
    pub(crate) fn take_setpoint(&mut self, s: &Situation<'_>, setpoint: Setpoint, heading: Option<f64>) {
        self.setpoint_at = Some(s.now);
        let (mode, kept_s) = match s.personality {
            Personality::ArduPilot => (Mode::Guided, s.parameters.get(Parameter::GuidTimeout)),
            Personality::Px4 => (Mode::Offboard, f64::INFINITY),
        };
        if self.mode != mode || !self.armed() {
            return;
        }
        let grounded = self.landed || s.motion.contact;
        // PX4 leaves the ground when a setpoint lies above it; ArduPilot wants a take-off first.
        if grounded && (s.personality == Personality::ArduPilot && !s.floats()) {
            return;
        }
        self.cleared = true;
        self.heading_wanted = heading.filter(|heading| heading.is_finite());
        match setpoint {
            Setpoint::Place(to) => {
                let same = |at: Geodetic| displacement(at, to).vector().norm() < SAME_PLACE_M;
                let under_way = match self.task {
                    Task::Fly { to, .. } => same(to),
                    Task::Stay { at } => same(at),
                    Task::Circle { centre, .. } => same(centre),
                    _ => false,
                };
                if !under_way {
                    self.set_course(s, to, None);
                }
            }
            Setpoint::Velocity(velocity) if !s.winged() => {
                let kept_s = if kept_s.is_nan() { 3.0 } else { kept_s.clamp(0.1, 60.0) };
                self.task = Task::Move { velocity, until: s.now.offset_seconds(kept_s) };
            }
            Setpoint::Velocity(_) => {}
        }
    }
}
