//! Arming and disarming, with ArduPilot's checks and its words for what is wrong.

use telemetry::messages::VehicleKind;

use super::super::parameters::Parameter;
use super::super::personality::Personality;
use super::{BatteryLevel, Flight, LAND_DISARM_S, Mode, Refused, Severity, Situation, Task, fence_holds};

/// What is missing before the filter trusts itself.
const NO_POSITION: &str = "Need Position Estimate";
/// How often a vehicle that is not fit to be armed says so.
const PREARM_EVERY_S: f64 = 30.0;

impl Flight {
    /// What stands against arming now, in ArduPilot's words.
    pub(crate) fn prearm_fault(&self, s: &Situation<'_>) -> Option<&'static str> {
        // Checks that no setting switches off: a mode that needs a position gets one.
        if self.mode.needs_position() && !(s.estimate.trusted && self.home.is_some()) {
            return Some(NO_POSITION);
        }
        if s.personality == Personality::Px4 && self.mode == Mode::Auto && self.items.mission.len() < 2 {
            return Some("No valid mission available");
        }
        if s.parameters.choice(Parameter::ArmingCheck) == 0 {
            return None;
        }
        if s.parameters.choice(Parameter::DidEnable) != 0
            && let Some(fault) = self.remote_id.fault(s.now)
        {
            return Some(fault);
        }
        if self.fenced(s) && self.home.is_some() && !fence_holds(&self.items.fence, s.estimate.position) {
            return Some("vehicle outside Polygon fence");
        }
        if s.estimate.satellite.is_none() {
            return Some("GPS 1: Bad fix");
        }
        if self.failsafes.ground_silent() {
            return Some("GCS failsafe on");
        }
        match self.failsafes.battery() {
            BatteryLevel::Good => None,
            BatteryLevel::Low => Some("Battery 1 low voltage failsafe"),
            BatteryLevel::Critical => Some("Battery 1 critical voltage failsafe"),
        }
    }

    /// What SYS_STATUS has to say against arming: less than arming itself may.
    pub(crate) fn prearm_bit_fault(&self, s: &Situation<'_>) -> Option<&'static str> {
        self.prearm_fault(s).filter(|fault| !(s.quirks.healthy_without_position && *fault == NO_POSITION))
    }

    /// Arms, or says why not. `forced` skips every check that may be skipped.
    pub(crate) fn arm(&mut self, s: &Situation<'_>, forced: bool) -> Result<(), Refused> {
        if self.armed() {
            return Ok(());
        }
        let fault = if !self.mode.allows_arming(s.kind(), s.personality) {
            Some(format!("{} mode not armable", self.mode.name()))
        } else if forced {
            None
        } else {
            self.prearm_fault(s).map(str::to_owned)
        };
        if let Some(fault) = fault {
            match s.personality {
                Personality::ArduPilot => self.notices.say(Severity::Critical, format!("Arm: {fault}")),
                Personality::Px4 => {
                    self.notices.say(Severity::Critical, format!("Preflight Fail: {fault}"));
                    self.notices.say(Severity::Critical, "Arming denied: Resolve system health failures first");
                }
            }
            return Err(Refused);
        }
        if s.estimate.located {
            self.set_home_here(s);
        }
        let armed_text = if s.kind() == VehicleKind::Multirotor { "Arming motors" } else { "Throttle armed" };
        let armed_text = if s.personality == Personality::Px4 { "Armed by external command" } else { armed_text };
        self.notices.say(Severity::Info, armed_text);
        self.armed_at = Some(s.now);
        self.flown = false;
        // PX4 trusts the mode: what takes off in it takes off.
        self.cleared = s.personality == Personality::Px4;
        self.begin_mode(s);
        Ok(())
    }

    /// Disarms on command; in flight only when forced.
    pub(crate) fn disarm_on_command(&mut self, s: &Situation<'_>, forced: bool) -> Result<(), Refused> {
        let aloft = !s.floats() && !self.landed;
        if self.armed() && aloft && !forced {
            return Err(Refused);
        }
        self.disarm(s);
        Ok(())
    }

    pub(super) fn disarm(&mut self, s: &Situation<'_>) {
        if self.armed_at.take().is_none() {
            return;
        }
        let text = if s.kind() == VehicleKind::Multirotor { "Disarming motors" } else { "Throttle disarmed" };
        self.notices.say(Severity::Info, text);
        self.task = Task::Rest;
        self.returning = None;
        self.failsafes.stand_down();
        if s.kind() == VehicleKind::Multirotor || self.mode != Mode::Auto {
            self.sequence.rewind();
        }
    }

    /// A copter disarms once it has landed on purpose or idled too long; an aeroplane some time after landing.
    pub(super) fn disarm_when_done(&mut self, s: &Situation<'_>) {
        if !self.landed {
            return;
        }
        let idle_s = s.now.seconds_since(self.idle_since);
        let done = match s.kind() {
            VehicleKind::Multirotor | VehicleKind::Vtol => {
                let delay_s = s.parameters.get(Parameter::DisarmDelay);
                let landing = self.descending() || matches!(self.mode, Mode::Land | Mode::Rtl);
                let waiting = matches!(self.task, Task::Rest) || !self.cleared;
                let idle = waiting && delay_s > 0.0 && idle_s >= delay_s;
                idle || (landing && idle_s >= LAND_DISARM_S)
            }
            VehicleKind::FixedWing => {
                let delay_s = s.parameters.get(Parameter::LandDisarmdelay);
                self.flown && delay_s > 0.0 && idle_s >= delay_s
            }
            VehicleKind::Boat | VehicleKind::Rov | VehicleKind::Unknown => false,
        };
        if done {
            self.end_leg_on_landing();
            self.disarm(s);
        }
    }

    pub(super) fn say_prearm(&mut self, s: &Situation<'_>) {
        if s.now.seconds_since(self.prearm_said_at) < PREARM_EVERY_S {
            return;
        }
        self.prearm_said_at = s.now;
        if let Some(fault) = self.prearm_fault(s) {
            self.notices.say(Severity::Critical, format!("PreArm: {fault}"));
        }
    }
}
