//! Changing the mode: what has to be so for it, and what the new mode begins with.

use telemetry::messages::VehicleKind;

use super::super::parameters::Parameter;
use super::super::personality::Personality;
use super::{Flight, Mode, Refused, Severity, Situation, Task};

impl Flight {
    /// Changes the mode.
    pub(crate) fn set_mode(&mut self, s: &Situation<'_>, mode: Mode) -> Result<(), Refused> {
        if mode == self.mode {
            return Ok(());
        }
        if let Err(why) = self.may_enter(s, mode) {
            self.notices.say(Severity::Warning, format!("Mode change to {} failed: {why}", mode.name()));
            return Err(Refused);
        }
        if self.mode == Mode::Auto {
            self.sequence.pause();
        }
        self.mode = mode;
        self.speed_m_s = None;
        self.guided_target = None;
        self.returning = None;
        self.heading_wanted = None;
        self.steered = false;
        self.offboard_lost &= mode != Mode::Offboard;
        self.begin_mode(s);
        Ok(())
    }

    /// A disarmed vehicle takes any mode it has; arming checks the rest.
    fn may_enter(&self, s: &Situation<'_>, mode: Mode) -> Result<(), &'static str> {
        if mode == Mode::Offboard && !self.setpoints_fresh(s) {
            return Err("no offboard signal");
        }
        if !self.armed() {
            return Ok(());
        }
        if mode.needs_position() && !s.estimate.trusted {
            return Err("requires position");
        }
        if mode == Mode::Rtl && self.home.is_none() {
            return Err("no home");
        }
        if mode == Mode::Auto {
            if self.items.mission.len() < 2 {
                return Err("no mission");
            }
            let particular = s.personality == Personality::ArduPilot;
            if particular && s.rotors() && self.landed && !self.mission_starts_with_take_off() {
                return Err("missing takeoff cmd");
            }
        }
        Ok(())
    }

    /// Starts what the mode does, on entering it armed or on arming in it.
    pub(super) fn begin_mode(&mut self, s: &Situation<'_>) {
        self.idle_since = s.now;
        if !self.armed() {
            self.task = Task::Rest;
            return;
        }
        let grounded = self.landed || s.motion.contact;
        let here = s.estimate.position;
        self.task = match self.mode {
            Mode::Hold => Task::Rest,
            Mode::Stabilize | Mode::AltHold | Mode::Manual if grounded || s.kind() == VehicleKind::Boat => Task::Rest,
            Mode::Stabilize | Mode::Manual if s.kind() == VehicleKind::Rov => Task::Rest,
            Mode::Stabilize | Mode::AltHold | Mode::Manual => Task::Level { height: here.height() },
            Mode::Auto => {
                self.start_mission(s);
                return;
            }
            Mode::Rtl => {
                self.begin_return(s);
                return;
            }
            Mode::Takeoff => return self.begin_take_off(s),
            Mode::Loiter
            | Mode::PosHold
            | Mode::Position
            | Mode::Offboard
            | Mode::Brake
            | Mode::QLoiter
            | Mode::Guided
            | Mode::Land
                if grounded =>
            {
                Task::Rest
            }
            Mode::Surface => Task::Stay { at: here.lat_lon().at_height(self.datums(s).home.height()) },
            Mode::Land => Task::Descend { at: s.estimate.trusted.then(|| self.stopping_point(s)) },
            Mode::Guided | Mode::Loiter if s.kind() == VehicleKind::Vtol => Task::Circle {
                centre: self.guided_target.unwrap_or(here),
                radius_m: s.parameters.get(Parameter::WpLoiterRad),
            },
            Mode::Guided => match self.guided_target {
                Some(target) if s.kind() != VehicleKind::Multirotor => Task::Stay { at: target },
                _ => Task::Stay { at: self.stopping_point(s) },
            },
            Mode::Loiter | Mode::PosHold | Mode::Position | Mode::Offboard | Mode::Brake | Mode::QLoiter => {
                Task::Stay { at: self.stopping_point(s) }
            }
        };
    }
}
