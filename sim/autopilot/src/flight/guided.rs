//! What is asked for one thing at a time: take-off, a place, a velocity, a speed, the start of the mission.

use telemetry::Geodetic;
use telemetry::messages::VehicleKind;

use super::super::parameters::Parameter;
use super::super::personality::Personality;
use super::{Datum, Flight, Mode, Refused, Situation, Task};

/// So near to a single target is there.
const ARRIVAL_M: f64 = 2.0;

impl Flight {
    /// Follows the mission, from the ground if need be. Changing to AUTO alone leaves a copter on the ground.
    pub(crate) fn start_mission_on_command(&mut self, s: &Situation<'_>) -> Result<(), Refused> {
        if s.personality == Personality::Px4 {
            if self.items.mission.len() < 2 {
                return Err(Refused);
            }
            self.set_mode(s, Mode::Auto)?;
            return self.arm(s, false);
        }
        if s.kind() == VehicleKind::Multirotor && !self.armed() {
            return Err(Refused);
        }
        self.set_mode(s, Mode::Auto)?;
        self.cleared = true;
        Ok(())
    }

    pub(super) fn follow_guidance(&mut self, s: &Situation<'_>) {
        match self.task {
            Task::Move { until, .. } if s.now >= until => self.task = Task::Stay { at: self.stopping_point(s) },
            Task::Fly { from, to, .. } if self.arrived(s, from, to, ARRIVAL_M, false) => {
                self.task = Task::Stay { at: to };
            }
            Task::Rise { from, height, .. } if self.risen(s, height) => {
                self.task = Task::Stay { at: from.lat_lon().at_height(height) };
            }
            _ => {}
        }
    }

    /// Guided take-off of a copter to a height above home.
    pub(crate) fn take_off(&mut self, s: &Situation<'_>, above_home_m: f64) -> Result<(), Refused> {
        let ready = s.rotors() && self.mode == Mode::Guided && self.armed() && self.landed && s.estimate.trusted;
        let height = self.datums(s).height(Datum::Home, above_home_m);
        if !ready || height.metres <= s.estimate.position.height().metres + 0.5 {
            return Err(Refused);
        }
        self.cleared = true;
        self.task = Task::Rise { from: s.estimate.position, heading: s.estimate.attitude.heading, height };
        Ok(())
    }

    /// A single target in GUIDED. On the ground a copter keeps it for later.
    pub(crate) fn go_to(&mut self, s: &Situation<'_>, target: Geodetic, radius_m: Option<f64>) {
        self.guided_target = Some(target);
        let grounded = self.landed || s.motion.contact;
        let holding = s.personality == Personality::Px4 && self.mode == Mode::Loiter;
        if self.armed() && !grounded && (self.mode == Mode::Guided || holding) {
            self.set_course(s, target, radius_m);
        }
    }

    /// Steers for a place from here.
    pub(super) fn set_course(&mut self, s: &Situation<'_>, target: Geodetic, radius_m: Option<f64>) {
        self.task = match (s.kind(), radius_m) {
            (VehicleKind::FixedWing, Some(radius_m)) => Task::Circle { centre: target, radius_m },
            (VehicleKind::FixedWing, None) => Task::Stay { at: target },
            (VehicleKind::Vtol, radius_m) => {
                let radius_m = radius_m.unwrap_or(s.parameters.get(Parameter::WpLoiterRad));
                Task::Circle { centre: target, radius_m }
            }
            _ => Task::Fly { from: s.estimate.position, to: target, exit_m_s: 0.0 },
        };
    }

    /// Where the nose is to point, radians from north, in the mode under way.
    pub(crate) fn look_towards(&mut self, heading: Option<f64>) {
        self.heading_wanted = heading;
    }

    /// A new speed for the mode under way.
    pub(crate) fn change_speed(&mut self, speed_m_s: f64) -> Result<(), Refused> {
        if speed_m_s.is_finite() && speed_m_s > 0.0 {
            self.speed_m_s = Some(speed_m_s);
            Ok(())
        } else {
            Err(Refused)
        }
    }
}
