//! Failsafes: battery, silent ground station, lost position. Each acts once when it begins, as its parameter says.

use telemetry::Timestamp;
use telemetry::messages::VehicleKind;

use super::super::parameters::Parameter;
use super::super::personality::Personality;
use super::{Flight, Mode, Severity, Situation, Task};

/// How the battery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum BatteryLevel {
    #[default]
    Good,
    Low,
    Critical,
}

/// What a failsafe does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    Nothing,
    Return,
    Land,
    Hold,
    Stop,
}

/// The state of every failsafe.
#[derive(Debug, Clone, Default)]
pub(super) struct Failsafes {
    pub(super) battery: BatteryLevel,
    low_since: Option<Timestamp>,
    critical_since: Option<Timestamp>,
    pub(super) ground_heard_at: Option<Timestamp>,
    pub(super) ground_silent: bool,
    /// PX4: the ground station is silent, whatever is done about it.
    pub(super) link_lost: bool,
    position_lost: bool,
}

impl Failsafes {
    pub(super) fn any(&self) -> bool {
        self.battery != BatteryLevel::Good || self.ground_silent || self.position_lost
    }

    pub(super) fn battery(&self) -> BatteryLevel {
        self.battery
    }

    pub(super) fn ground_silent(&self) -> bool {
        self.ground_silent
    }

    /// A disarmed vehicle needs no position; battery and ground station stay as they are.
    pub(super) fn stand_down(&mut self) {
        self.position_lost = false;
    }
}

impl Flight {
    /// A heartbeat of the ground station named by `SYSID_MYGCS` has come.
    pub(crate) fn hear_ground(&mut self, now: Timestamp) {
        self.failsafes.ground_heard_at = Some(now);
    }

    pub(super) fn watch_failsafes(&mut self, s: &Situation<'_>) {
        match s.personality {
            Personality::ArduPilot => {
                self.watch_battery(s);
                self.watch_ground(s);
            }
            Personality::Px4 => {
                self.watch_px4_battery(s);
                self.watch_px4_ground(s);
            }
        }
        self.watch_position(s);
        self.watch_fence(s);
    }

    fn watch_battery(&mut self, s: &Situation<'_>) {
        if s.parameters.choice(Parameter::BattMonitor) == 0 {
            return;
        }
        let timer_s = s.parameters.get(Parameter::BattLowTimer).max(0.0);
        let left_mah = s.parameters.get(Parameter::BattCapacity) - s.battery.used_mah;
        // Zero switches a threshold off. Voltage has to stay below for a while, charge does not.
        let below = |since: &mut Option<Timestamp>, volt: Parameter, mah: Parameter| {
            let (volt, mah) = (s.parameters.get(volt), s.parameters.get(mah));
            *since = (volt > 0.0 && s.battery.voltage_v < volt).then(|| since.unwrap_or(s.now));
            since.is_some_and(|since| s.now.seconds_since(since) >= timer_s) || (mah > 0.0 && left_mah < mah)
        };
        let critical = below(&mut self.failsafes.critical_since, Parameter::BattCrtVolt, Parameter::BattCrtMah);
        let low = below(&mut self.failsafes.low_since, Parameter::BattLowVolt, Parameter::BattLowMah);
        let level = match (critical, low) {
            (true, _) => BatteryLevel::Critical,
            (false, true) => BatteryLevel::Low,
            (false, false) => BatteryLevel::Good,
        };
        // A failsafe once begun does not end because the load, and with it the sag, has gone.
        if level <= self.failsafes.battery {
            return;
        }
        self.failsafes.battery = level;
        let (word, action) = match level {
            BatteryLevel::Critical => ("critical", Parameter::BattFsCrtAct),
            BatteryLevel::Low | BatteryLevel::Good => ("low", Parameter::BattFsLowAct),
        };
        let text = format!("Battery 1 is {word} {:.2}V used {:.0} mAh", s.battery.voltage_v, s.battery.used_mah);
        self.notices.say(Severity::Warning, text);
        let response = battery_response(s.kind(), s.parameters.choice(action));
        self.respond(s, response, "Battery Failsafe");
    }

    fn watch_ground(&mut self, s: &Situation<'_>) {
        let Some(heard_at) = self.failsafes.ground_heard_at else { return };
        let (response, timeout) = match s.kind() {
            VehicleKind::FixedWing | VehicleKind::Vtol => {
                let enabled = s.parameters.choice(Parameter::FsGcsEnabl) != 0;
                let returns = s.parameters.choice(Parameter::FsLongActn) == 1;
                let response = match (enabled, returns) {
                    (true, true) => Response::Return,
                    // Action 0 goes on in AUTO and returns otherwise.
                    (true, false) if self.mode != Mode::Auto => Response::Return,
                    _ => Response::Nothing,
                };
                (response, Parameter::FsLongTimeout)
            }
            VehicleKind::Boat => {
                let enabled = s.parameters.choice(Parameter::FsGcsEnable) != 0;
                let action = s.parameters.choice(Parameter::FsAction);
                let response = if enabled { rover_response(action) } else { Response::Nothing };
                (response, Parameter::FsGcsTimeout)
            }
            VehicleKind::Rov => {
                let response = match s.parameters.choice(Parameter::FsGcsEnable) {
                    2 => Response::Stop,
                    3 => Response::Hold,
                    4 => Response::Return,
                    _ => Response::Nothing,
                };
                (response, Parameter::FsGcsTimeout)
            }
            VehicleKind::Multirotor | VehicleKind::Unknown => {
                let response = match s.parameters.choice(Parameter::FsGcsEnable) {
                    0 => Response::Nothing,
                    5 => Response::Land,
                    2 if self.mode == Mode::Auto => Response::Nothing,
                    _ => Response::Return,
                };
                (response, Parameter::FsGcsTimeout)
            }
        };
        let timeout_s = s.parameters.get(timeout).max(1.0);
        let silent = response != Response::Nothing && s.now.seconds_since(heard_at) > timeout_s;
        let began = silent && !self.failsafes.ground_silent;
        if self.failsafes.ground_silent && !silent {
            self.notices.say(Severity::Warning, "GCS Failsafe Cleared");
        }
        self.failsafes.ground_silent = silent;
        if began {
            self.respond(s, response, "GCS Failsafe");
        }
    }

    fn watch_position(&mut self, s: &Situation<'_>) {
        let lost = self.armed() && self.mode.needs_position() && !s.estimate.trusted;
        let landing_blind = matches!(self.task, Task::Descend { at: Some(_) }) && self.armed() && !s.estimate.trusted;
        if !(lost || landing_blind) {
            self.failsafes.position_lost &= self.armed() && !s.estimate.trusted;
            return;
        }
        let response = match s.kind() {
            // An aeroplane goes on by dead reckoning: it has airspeed and a compass.
            VehicleKind::FixedWing | VehicleKind::Vtol => return,
            VehicleKind::Boat | VehicleKind::Rov => Response::Hold,
            VehicleKind::Multirotor | VehicleKind::Unknown => Response::Land,
        };
        if self.failsafes.position_lost || s.parameters.choice(Parameter::FsEkfAction) == 0 {
            return;
        }
        self.failsafes.position_lost = true;
        if landing_blind {
            self.task = Task::Descend { at: None };
        }
        self.respond(s, response, "EKF Failsafe");
    }

    pub(super) fn respond(&mut self, s: &Situation<'_>, response: Response, cause: &str) {
        if !self.armed() {
            return;
        }
        let aloft = s.floats() || !self.landed;
        let mode = match response {
            Response::Nothing => return,
            Response::Stop => {
                self.disarm(s);
                return;
            }
            _ if !aloft => {
                self.notices.say(Severity::Warning, format!("{cause}: Disarming"));
                self.disarm(s);
                return;
            }
            Response::Return if s.kind() == VehicleKind::Rov => Mode::Surface,
            Response::Return => Mode::Rtl,
            Response::Land => Mode::Land,
            Response::Hold if s.kind() == VehicleKind::Rov => Mode::AltHold,
            Response::Hold if s.kind() == VehicleKind::Boat && s.personality == Personality::ArduPilot => Mode::Hold,
            Response::Hold => Mode::Loiter,
        };
        // Never from a landing back into the air.
        if self.mode == Mode::Land && mode == Mode::Rtl {
            return;
        }
        self.notices.say(Severity::Warning, format!("{cause}: changing to {}", mode.name()));
        if self.mode == mode && response == Response::Hold {
            // PX4 flies to places in the mode it holds in.
            self.begin_mode(s);
            return;
        }
        if self.set_mode(s, mode).is_err() && s.kind() == VehicleKind::Multirotor {
            // No way home without a position: come down here.
            let _landing = self.set_mode(s, Mode::Land);
        }
    }
}

fn battery_response(kind: VehicleKind, action: i64) -> Response {
    match (kind, action) {
        (_, 0) => Response::Nothing,
        (VehicleKind::Multirotor | VehicleKind::Unknown, 1) => Response::Land,
        (VehicleKind::Multirotor | VehicleKind::Unknown, 5) | (VehicleKind::FixedWing | VehicleKind::Vtol, 3) => {
            Response::Stop
        }
        (VehicleKind::Boat, action) => rover_response(action),
        // ArduSub: 1 warns only, 2 disarms, 3 surfaces.
        (VehicleKind::Rov, 1) => Response::Nothing,
        (VehicleKind::Rov, 2) => Response::Stop,
        _ => Response::Return,
    }
}

/// Rover's FS_ACTION and BATT_FS_*_ACT agree: 1 and 3 return, 2 and 4 hold, 5 stops for good.
fn rover_response(action: i64) -> Response {
    match action {
        1 | 3 => Response::Return,
        2 | 4 => Response::Hold,
        5 => Response::Stop,
        _ => Response::Nothing,
    }
}
