//! What PX4 does its own way: take-off as a mode, setpoints that must not stop, failsafes that warn rather than act.

use telemetry::AltitudeHae;

use super::super::parameters::Px4Setting;
use super::failsafe::Response;
use super::{BatteryLevel, Datum, Flight, Mode, Refused, Severity, Situation, Task};

/// The commander's COM_OBL_RC_ACT: with nobody at the sticks the manual modes amount to holding.
const RETURN_WITHOUT_SETPOINTS: i64 = 3;
const LAND_WITHOUT_SETPOINTS: i64 = 4;

impl Flight {
    /// Takes off to a height, or to MIS_TAKEOFF_ALT above the ground. Disarmed, it waits for being armed.
    pub(crate) fn px4_take_off(&mut self, s: &Situation<'_>, height: Option<AltitudeHae>) -> Result<(), Refused> {
        if !self.armed() && !s.quirks.acknowledges_take_off_disarmed {
            return Err(Refused);
        }
        self.take_off_height = height;
        if self.mode == Mode::Takeoff {
            self.begin_mode(s);
            return Ok(());
        }
        self.set_mode(s, Mode::Takeoff)
    }

    pub(super) fn begin_take_off(&mut self, s: &Situation<'_>) {
        if !self.landed {
            self.task = Task::Stay { at: self.stopping_point(s) };
            return;
        }
        let set = s.parameters.px4(Px4Setting::MisTakeoffAlt).max(1.0);
        let height = self.take_off_height.unwrap_or_else(|| self.datums(s).height(Datum::Terrain, set));
        self.cleared = true;
        self.task = Task::Rise { from: s.estimate.position, heading: s.estimate.attitude.heading, height };
    }

    /// A take-off ends in holding.
    pub(super) fn follow_take_off(&mut self, s: &Situation<'_>) {
        let done = match self.task {
            Task::Rise { height, .. } => self.risen(s, height),
            _ => true,
        };
        if done {
            let _held = self.set_mode(s, Mode::Loiter);
        }
    }

    /// Setpoints have to keep coming.
    pub(super) fn follow_offboard(&mut self, s: &Situation<'_>) {
        if self.setpoints_fresh(s) {
            self.follow_guidance(s);
            return;
        }
        self.notices.say(Severity::Critical, "Failsafe activated: offboard control lost");
        let response = match s.parameters.px4(Px4Setting::ComOblRcAct) as i64 {
            RETURN_WITHOUT_SETPOINTS => Response::Return,
            LAND_WITHOUT_SETPOINTS => Response::Land,
            _ => Response::Hold,
        };
        self.offboard_lost = true;
        self.respond(s, response, "Offboard lost");
    }

    /// Whether setpoints have come lately.
    pub(super) fn setpoints_fresh(&self, s: &Situation<'_>) -> bool {
        let loss_s = s.parameters.px4(Px4Setting::ComOfLossT).clamp(0.1, 60.0);
        self.setpoint_at.is_some_and(|at| s.now.seconds_since(at) <= loss_s)
    }

    /// The battery by its charge left: low warns, critical and emergency act where COM_LOW_BAT_ACT says so.
    pub(super) fn watch_px4_battery(&mut self, s: &Situation<'_>) {
        let capacity_mah = s.parameters.px4(Px4Setting::Bat1Capacity).max(1.0);
        let left = 1.0 - s.battery.used_mah / capacity_mah;
        let below = |threshold: Px4Setting| left < s.parameters.px4(threshold);
        let action = s.parameters.px4(Px4Setting::ComLowBatAct) as i64;
        if below(Px4Setting::BatEmergenThr) && self.failsafes.battery == BatteryLevel::Critical {
            if action >= 2 && self.mode != Mode::Land && self.armed() {
                self.respond(s, Response::Land, "Emergency battery level");
            }
            return;
        }
        let level = if below(Px4Setting::BatCritThr) {
            BatteryLevel::Critical
        } else if below(Px4Setting::BatLowThr) {
            BatteryLevel::Low
        } else {
            return;
        };
        if level <= self.failsafes.battery {
            return;
        }
        self.failsafes.battery = level;
        let critical = level == BatteryLevel::Critical;
        self.notices.say(Severity::Warning, if critical { "Critical battery level" } else { "Low battery level" });
        let response = match (critical, action) {
            (true, 2) => Response::Land,
            (true, 3) => Response::Return,
            _ => Response::Nothing,
        };
        self.respond(s, response, "Critical battery level");
    }

    /// A silent ground station is said; what is done is NAV_DLL_ACT, by default nothing.
    pub(super) fn watch_px4_ground(&mut self, s: &Situation<'_>) {
        let Some(heard_at) = self.failsafes.ground_heard_at else { return };
        let silent = s.now.seconds_since(heard_at) > s.parameters.px4(Px4Setting::ComDlLossT).max(1.0);
        if silent == self.failsafes.link_lost {
            return;
        }
        self.failsafes.link_lost = silent;
        if !silent {
            self.failsafes.ground_silent = false;
            self.notices.say(Severity::Info, "Connection to ground control station regained");
            return;
        }
        self.notices.say(Severity::Warning, "Connection to ground control station lost");
        let response = match s.parameters.px4(Px4Setting::NavDllAct) as i64 {
            1 => Response::Hold,
            2 => Response::Return,
            3 => Response::Land,
            5 | 6 => Response::Stop,
            _ => Response::Nothing,
        };
        self.failsafes.ground_silent = response != Response::Nothing;
        self.respond(s, response, "Data link lost");
    }
}
