//! A scripted autopilot that behaves as ArduPilot does towards a companion computer: streams nothing until asked, asks
//! for mission items by the deprecated message, rewrites item 0, takes COMMAND_INT only for a reposition. Its quirks
//! can be switched. It flies at a constant speed straight to where it is sent; that is all the physics the tests need.

#![allow(deprecated, reason = "what ArduPilot sends")]

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::*;
use mavlink::types::CharArray;
use mavlink::{Message as _, MessageData};
use telemetry::{Enu, Geodetic, LatLon, SiteFrame, Timestamp};

pub(crate) const SYSTEM: u8 = 7;
const COMPANION: u8 = 191;

/// What the tests switch.
#[derive(Debug, Clone)]
pub(crate) struct Quirks {
    /// How often arming fails before it works.
    pub(crate) arm_refusals: u32,
    /// Modes that are acknowledged but not entered.
    pub(crate) deaf_to_modes: Vec<u32>,
    /// SET_MESSAGE_INTERVAL is not known.
    pub(crate) knows_intervals: bool,
    /// The number of an item that is changed on arrival.
    pub(crate) spoils_item: Option<u16>,
    /// The final acknowledgement of an upload.
    pub(crate) final_ack: MavMissionResult,
    /// Commands that are answered with this instead of being carried out, as often as the count says.
    pub(crate) answers: BTreeMap<u32, (MavResult, u32)>,
    /// No camera to point.
    pub(crate) no_camera: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            arm_refusals: 0,
            deaf_to_modes: Vec::new(),
            knows_intervals: true,
            spoils_item: None,
            final_ack: MavMissionResult::MAV_MISSION_ACCEPTED,
            answers: BTreeMap::new(),
            no_camera: false,
        }
    }
}

#[derive(Debug, Clone)]
struct Receiving {
    count: u16,
    items: Vec<MISSION_ITEM_INT_DATA>,
    asked_at: Timestamp,
    asked_first_at: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) quirks: Quirks,
    pub(crate) mavtype: MavType,
    pub(crate) alive: bool,
    pub(crate) armed: bool,
    pub(crate) mode: u32,
    pub(crate) frame: SiteFrame,
    /// East, north of home and height above it.
    pub(crate) at: Enu,
    pub(crate) home_altitude_m: f64,
    pub(crate) battery_percent: f64,
    pub(crate) percent_per_s: f64,
    pub(crate) fix_type: GpsFixType,
    pub(crate) motors_healthy: bool,
    /// It does not move, whatever it does.
    pub(crate) frozen: bool,
    pub(crate) mission: Vec<MISSION_ITEM_INT_DATA>,
    pub(crate) current: u16,
    /// Every target the vehicle was given, as latitude, longitude and height above home, and by what.
    pub(crate) targets: Vec<(LatLon, f64, MavCmd)>,
    pub(crate) armings: u32,
    /// What was asked of the peer, in order.
    pub(crate) heard: Vec<MavMessage>,
    velocity_m_s: [f64; 2],
    guided: Option<Enu>,
    receiving: Option<Receiving>,
    booted: Timestamp,
    next_by_stream: BTreeMap<u32, (Timestamp, Duration)>,
    next_beat: Timestamp,
    stepped: Timestamp,
    out: Vec<MavMessage>,
}

/// ArduPilot's mode numbers that the peer gives a meaning, by type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Doing {
    Mission,
    Guided,
    Hold,
    Return,
    Land,
    Other,
}

impl Peer {
    pub(crate) fn new(mavtype: MavType, home: Geodetic, home_altitude_m: f64, now: Timestamp) -> Self {
        Self {
            quirks: Quirks::default(),
            mavtype,
            alive: true,
            armed: false,
            mode: 0,
            frame: SiteFrame::new(home),
            at: Enu::default(),
            home_altitude_m,
            battery_percent: 100.0,
            percent_per_s: 0.05,
            fix_type: GpsFixType::GPS_FIX_TYPE_3D_FIX,
            motors_healthy: true,
            frozen: false,
            mission: Vec::new(),
            current: 0,
            targets: Vec::new(),
            armings: 0,
            heard: Vec::new(),
            velocity_m_s: [0.0; 2],
            guided: None,
            receiving: None,
            booted: now - Duration::from_secs(100),
            next_by_stream: BTreeMap::new(),
            next_beat: now,
            stepped: now,
            out: Vec::new(),
        }
    }

    pub(crate) fn doing(&self) -> Doing {
        match (self.mavtype, self.mode) {
            (MavType::MAV_TYPE_QUADROTOR, 3) | (_, 10) => Doing::Mission,
            (MavType::MAV_TYPE_QUADROTOR, 4) | (_, 15) => Doing::Guided,
            (MavType::MAV_TYPE_QUADROTOR, 5 | 17) | (MavType::MAV_TYPE_SURFACE_BOAT, 4 | 5) => Doing::Hold,
            (MavType::MAV_TYPE_FIXED_WING, 12 | 1) => Doing::Hold,
            (MavType::MAV_TYPE_QUADROTOR, 6) | (_, 11) => Doing::Return,
            (MavType::MAV_TYPE_QUADROTOR, 9) => Doing::Land,
            _ => Doing::Other,
        }
    }

    pub(crate) fn take_out(&mut self) -> Vec<MavMessage> {
        let out = std::mem::take(&mut self.out);
        if self.alive { out } else { Vec::new() }
    }

    /// Starts anew: forgets what it was asked to stream, keeps the mission.
    pub(crate) fn reboot(&mut self, now: Timestamp) {
        self.booted = now;
        self.next_by_stream.clear();
        self.receiving = None;
        self.armed = false;
        self.mode = 0;
    }

    pub(crate) fn say(&mut self, severity: MavSeverity, words: &str) {
        self.out.push(MavMessage::STATUSTEXT(STATUSTEXT_DATA {
            severity,
            text: CharArray::from(words),
            id: 0,
            chunk_seq: 0,
        }));
    }

    /// Sends a message that the peer does not send of itself.
    pub(crate) fn tell(&mut self, message: MavMessage) {
        self.out.push(message);
    }

    pub(crate) fn position(&self) -> Geodetic {
        self.frame.geodetic(self.at).unwrap()
    }

    pub(crate) fn heard_count(&self, mut of: impl FnMut(&MavMessage) -> bool) -> usize {
        self.heard.iter().filter(|message| of(message)).count()
    }

    pub(crate) fn take(&mut self, now: Timestamp, message: MavMessage) {
        if !self.alive {
            return;
        }
        match &message {
            MavMessage::COMMAND_LONG(long) => {
                let params =
                    [long.param1, long.param2, long.param3, long.param4, long.param5, long.param6, long.param7];
                self.command(now, long.command, params, None);
            }
            MavMessage::COMMAND_INT(int) => {
                let params = [int.param1, int.param2, int.param3, int.param4, 0.0, 0.0, int.z];
                self.command(now, int.command, params, Some((int.x, int.y, int.frame)));
            }
            MavMessage::REQUEST_DATA_STREAM(_) => {
                for id in [
                    GLOBAL_POSITION_INT_DATA::ID,
                    ATTITUDE_DATA::ID,
                    SYS_STATUS_DATA::ID,
                    GPS_RAW_INT_DATA::ID,
                    MISSION_CURRENT_DATA::ID,
                ] {
                    self.next_by_stream.entry(id).or_insert((now, Duration::from_millis(200)));
                }
            }
            MavMessage::MISSION_COUNT(count) => {
                self.receiving =
                    Some(Receiving { count: count.count, items: Vec::new(), asked_at: now, asked_first_at: now });
                self.ask(now, 0);
            }
            MavMessage::MISSION_ITEM_INT(item) => self.item(now, item.clone()),
            MavMessage::MISSION_REQUEST_LIST(_) if self.receiving.is_none() => {
                self.out.push(MavMessage::MISSION_COUNT(MISSION_COUNT_DATA {
                    count: self.mission.len() as u16,
                    target_system: SYSTEM,
                    target_component: COMPANION,
                    mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
                    opaque_id: 0,
                }));
            }
            MavMessage::MISSION_REQUEST_INT(asked) => {
                if let Some(item) = self.mission.get(usize::from(asked.seq)) {
                    self.out.push(MavMessage::MISSION_ITEM_INT(MISSION_ITEM_INT_DATA {
                        target_system: SYSTEM,
                        target_component: COMPANION,
                        ..item.clone()
                    }));
                }
            }
            MavMessage::MISSION_ACK(ack) if ack.mavtype == MavMissionResult::MAV_MISSION_OPERATION_CANCELLED => {
                self.receiving = None;
            }
            _ => {}
        }
        self.heard.push(message);
    }

    fn ack(&mut self, command: MavCmd, result: MavResult) {
        self.out.push(MavMessage::COMMAND_ACK(COMMAND_ACK_DATA {
            command,
            result,
            target_system: SYSTEM,
            target_component: COMPANION,
            ..COMMAND_ACK_DATA::default()
        }));
    }

    fn command(&mut self, now: Timestamp, command: MavCmd, params: [f32; 7], place: Option<(i32, i32, MavFrame)>) {
        if let Some((result, left)) = self.quirks.answers.get_mut(&(command as u32)).filter(|(_, left)| *left > 0) {
            *left -= 1;
            let result = *result;
            return self.ack(command, result);
        }
        let result = match command {
            MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL if self.quirks.knows_intervals => {
                self.next_by_stream.insert(params[0] as u32, (now, Duration::from_micros(params[1] as u64)));
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_SET_MODE => {
                if !self.quirks.deaf_to_modes.contains(&(params[1] as u32)) {
                    self.mode = params[1] as u32;
                }
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_COMPONENT_ARM_DISARM => self.arm(params[0] > 0.5),
            MavCmd::MAV_CMD_MISSION_START => {
                self.mode = if self.mavtype == MavType::MAV_TYPE_QUADROTOR { 3 } else { 10 };
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT => {
                self.current = params[0] as u16;
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_CHANGE_SPEED => MavResult::MAV_RESULT_ACCEPTED,
            MavCmd::MAV_CMD_DO_SET_ROI_LOCATION if !self.quirks.no_camera => MavResult::MAV_RESULT_ACCEPTED,
            MavCmd::MAV_CMD_DO_REPOSITION => match place {
                Some((x, y, frame)) => {
                    self.reposition((x, y), frame, params[6]);
                    MavResult::MAV_RESULT_ACCEPTED
                }
                None => MavResult::MAV_RESULT_COMMAND_INT_ONLY,
            },
            _ => MavResult::MAV_RESULT_UNSUPPORTED,
        };
        self.ack(command, result);
    }

    fn arm(&mut self, armed: bool) -> MavResult {
        if armed && self.quirks.arm_refusals > 0 {
            self.quirks.arm_refusals -= 1;
            self.say(MavSeverity::MAV_SEVERITY_CRITICAL, "Arm: Need Position Estimate");
            return MavResult::MAV_RESULT_FAILED;
        }
        self.armings += u32::from(armed && !self.armed);
        self.armed = armed;
        MavResult::MAV_RESULT_ACCEPTED
    }

    fn height_of(&self, frame: MavFrame, z: f32) -> f64 {
        match frame {
            MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT => f64::from(z),
            _ => f64::from(z) - self.home_altitude_m,
        }
    }

    fn reposition(&mut self, (x, y): (i32, i32), frame: MavFrame, z: f32) {
        let height_m = self.height_of(frame, z);
        let target = LatLon::from_degrees(f64::from(x) / 1e7, f64::from(y) / 1e7).unwrap();
        self.targets.push((target, height_m, MavCmd::MAV_CMD_DO_REPOSITION));
        self.guided = Some(self.enu(target, height_m));
        self.mode = if self.mavtype == MavType::MAV_TYPE_QUADROTOR { 4 } else { 15 };
    }

    fn enu(&self, at: LatLon, height_m: f64) -> Enu {
        Enu { up_m: height_m, ..self.frame.enu(at.at_height(self.frame.datum().height())) }
    }

    fn ask(&mut self, now: Timestamp, seq: u16) {
        if let Some(receiving) = &mut self.receiving {
            receiving.asked_at = now;
        }
        self.out.push(MavMessage::MISSION_REQUEST(MISSION_REQUEST_DATA {
            seq,
            target_system: SYSTEM,
            target_component: COMPANION,
            mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
        }));
    }

    fn item(&mut self, now: Timestamp, item: MISSION_ITEM_INT_DATA) {
        let Some(receiving) = &mut self.receiving else {
            return self.mission_ack(MavMissionResult::MAV_MISSION_INVALID_SEQUENCE);
        };
        if usize::from(item.seq) != receiving.items.len() {
            return self.mission_ack(MavMissionResult::MAV_MISSION_INVALID_SEQUENCE);
        }
        receiving.items.push(item);
        receiving.asked_first_at = now;
        let next = receiving.items.len() as u16;
        if next < receiving.count {
            return self.ask(now, next);
        }
        let receiving = self.receiving.take().unwrap();
        self.mission = receiving.items;
        self.current = 0;
        if let Some(item) = self.quirks.spoils_item.and_then(|number| self.mission.get_mut(usize::from(number))) {
            item.z += 30.0;
        }
        if let Some(home) = self.mission.first_mut() {
            (home.x, home.y) = (540_000_000, 100_000_000);
        }
        for item in self.mission.clone().iter().skip(1) {
            self.note_target(item);
        }
        self.mission_ack(self.quirks.final_ack);
    }

    /// The places a mission will send the vehicle to.
    fn note_target(&mut self, item: &MISSION_ITEM_INT_DATA) {
        let goes = matches!(
            item.command,
            MavCmd::MAV_CMD_NAV_WAYPOINT | MavCmd::MAV_CMD_NAV_LOITER_TIME | MavCmd::MAV_CMD_NAV_LOITER_TURNS
        );
        if goes {
            let height_m = self.height_of(item.frame, item.z);
            let place = LatLon::from_degrees(f64::from(item.x) / 1e7, f64::from(item.y) / 1e7).unwrap();
            self.targets.push((place, height_m, item.command));
        }
    }

    fn mission_ack(&mut self, result: MavMissionResult) {
        self.out.push(MavMessage::MISSION_ACK(MISSION_ACK_DATA {
            target_system: SYSTEM,
            target_component: COMPANION,
            mavtype: result,
            mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
            opaque_id: 0,
        }));
    }

    pub(crate) fn step(&mut self, now: Timestamp) {
        let took_s = now.seconds_since(self.stepped);
        self.stepped = now;
        self.fly(took_s);
        if let Some(receiving) = &self.receiving {
            let next = receiving.items.len() as u16;
            if now >= receiving.asked_first_at + Duration::from_secs(8) {
                self.receiving = None;
                self.mission_ack(MavMissionResult::MAV_MISSION_OPERATION_CANCELLED);
            } else if now >= receiving.asked_at + Duration::from_secs(1) {
                self.ask(now, next);
            }
        }
        if now >= self.next_beat {
            self.next_beat = self.next_beat + Duration::from_secs(1);
            self.out.push(self.heartbeat());
        }
        let due: Vec<u32> = self.next_by_stream.iter().filter(|(_, (at, _))| now >= *at).map(|(id, _)| *id).collect();
        for id in due {
            if let Some((at, every)) = self.next_by_stream.get_mut(&id) {
                *at = *at + *every;
            }
            let message = self.stream(now, id);
            self.out.extend(message);
        }
    }

    fn fly(&mut self, took_s: f64) {
        self.velocity_m_s = [0.0; 2];
        if !self.armed || self.frozen {
            return;
        }
        self.battery_percent = (self.battery_percent - self.percent_per_s * took_s).max(0.0);
        let target = match self.doing() {
            Doing::Mission => self.mission_target(),
            Doing::Guided => self.guided,
            Doing::Return if self.at.horizontal_m() > 1.0 => Some(Enu { up_m: self.at.up_m, ..Enu::default() }),
            Doing::Return => Some(Enu::default()),
            Doing::Land => Some(Enu { up_m: 0.0, ..self.at }),
            Doing::Hold | Doing::Other => None,
        };
        let Some(target) = target else { return };
        let way = target.vector() - self.at.vector();
        let step_m = (10.0 * took_s).min(way.norm());
        if way.norm() > 1e-9 {
            self.at = Enu::from_vector(self.at.vector() + way.normalize() * step_m);
        }
        let moved = way.normalize() * step_m / took_s.max(1e-3);
        if way.norm() > 1e-9 {
            self.velocity_m_s = [moved.x, moved.y];
        }
        let arrived = way.norm() <= step_m + 1e-6;
        if arrived && self.doing() == Doing::Mission {
            self.current += 1;
        }
        let landed = matches!(self.doing(), Doing::Return | Doing::Land) && self.at.up_m < 0.1 && arrived;
        if landed && self.mavtype != MavType::MAV_TYPE_SURFACE_BOAT {
            self.armed = false;
        }
    }

    /// Where the current item leads; items without a place are stepped over.
    fn mission_target(&mut self) -> Option<Enu> {
        loop {
            let item = self.mission.get(usize::from(self.current.max(1)))?.clone();
            self.current = self.current.max(1);
            match item.command {
                MavCmd::MAV_CMD_NAV_TAKEOFF => return Some(Enu { up_m: f64::from(item.z), ..self.at }),
                MavCmd::MAV_CMD_NAV_WAYPOINT | MavCmd::MAV_CMD_NAV_LOITER_TIME | MavCmd::MAV_CMD_NAV_LOITER_TURNS => {
                    let place = LatLon::from_degrees(f64::from(item.x) / 1e7, f64::from(item.y) / 1e7).unwrap();
                    return Some(self.enu(place, self.height_of(item.frame, item.z)));
                }
                MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH => return Some(Enu::default()),
                MavCmd::MAV_CMD_DO_JUMP => self.current = item.param1 as u16,
                _ => self.current += 1,
            }
        }
    }

    fn heartbeat(&self) -> MavMessage {
        let armed = if self.armed { MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED } else { MavModeFlag::empty() };
        MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode: self.mode,
            mavtype: self.mavtype,
            autopilot: MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
            base_mode: MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | armed,
            system_status: MavState::MAV_STATE_ACTIVE,
            mavlink_version: 3,
        })
    }

    fn stream(&self, now: Timestamp, id: u32) -> Option<MavMessage> {
        let boot_ms = (now.since(self.booted).as_millis() % u128::from(u32::MAX)) as u32;
        let at = self.position();
        let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
        let (lat, lon) = (e7(at.lat_lon().latitude_deg()), e7(at.lat_lon().longitude_deg()));
        let (height_mm, alt_mm) = ((self.at.up_m * 1e3) as i32, ((self.at.up_m + self.home_altitude_m) * 1e3) as i32);
        let home = self.frame.datum().lat_lon();
        let motors = MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS;
        Some(match id {
            GLOBAL_POSITION_INT_DATA::ID => MavMessage::GLOBAL_POSITION_INT(GLOBAL_POSITION_INT_DATA {
                time_boot_ms: boot_ms,
                lat,
                lon,
                alt: alt_mm,
                relative_alt: height_mm,
                vx: (self.velocity_m_s[1] * 1e2) as i16,
                vy: (self.velocity_m_s[0] * 1e2) as i16,
                ..GLOBAL_POSITION_INT_DATA::default()
            }),
            ATTITUDE_DATA::ID => {
                MavMessage::ATTITUDE(ATTITUDE_DATA { time_boot_ms: boot_ms, yaw: 1.5, ..ATTITUDE_DATA::default() })
            }
            SYS_STATUS_DATA::ID => MavMessage::SYS_STATUS(SYS_STATUS_DATA {
                onboard_control_sensors_present: motors,
                onboard_control_sensors_enabled: motors,
                onboard_control_sensors_health: if self.motors_healthy { motors } else { MavSysStatusSensor::empty() },
                voltage_battery: 22_200,
                current_battery: 1_500,
                battery_remaining: self.battery_percent.round() as i8,
                ..SYS_STATUS_DATA::default()
            }),
            GPS_RAW_INT_DATA::ID => MavMessage::GPS_RAW_INT(GPS_RAW_INT_DATA {
                fix_type: self.fix_type,
                satellites_visible: 14,
                ..GPS_RAW_INT_DATA::default()
            }),
            EXTENDED_SYS_STATE_DATA::ID => {
                let flying = self.armed && self.at.up_m > 0.2;
                MavMessage::EXTENDED_SYS_STATE(EXTENDED_SYS_STATE_DATA {
                    vtol_state: MavVtolState::MAV_VTOL_STATE_UNDEFINED,
                    landed_state: if flying {
                        MavLandedState::MAV_LANDED_STATE_IN_AIR
                    } else {
                        MavLandedState::MAV_LANDED_STATE_ON_GROUND
                    },
                })
            }
            MISSION_CURRENT_DATA::ID => MavMessage::MISSION_CURRENT(MISSION_CURRENT_DATA {
                seq: self.current,
                ..MISSION_CURRENT_DATA::default()
            }),
            HOME_POSITION_DATA::ID => MavMessage::HOME_POSITION(HOME_POSITION_DATA {
                latitude: e7(home.latitude_deg()),
                longitude: e7(home.longitude_deg()),
                altitude: (self.home_altitude_m * 1e3) as i32,
                ..HOME_POSITION_DATA::default()
            }),
            _ => return None,
        })
    }
}

/// The name of a message, for assertions.
pub(crate) fn name(message: &MavMessage) -> &'static str {
    message.message_name()
}
