//! A scripted autopilot that behaves towards a companion computer as ArduPilot or as PX4 does. ArduPilot streams nothing
//! until asked, asks for mission items by the deprecated message, rewrites item 0, takes COMMAND_INT only for a
//! reposition. PX4 acknowledges modes it does not have and take-offs with its motors at rest, which it puts there after
//! 10 s on the ground; it counts altitudes of a take-off from the sea. Its quirks can be switched. It flies at a constant
//! speed straight to where it is sent; that is all the physics the tests need.

#![allow(deprecated, reason = "what autopilots send")]

mod lists;
mod parameters;

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::*;
use mavlink::types::CharArray;
use mavlink::{Message as _, MessageData};
use onboard::link::mode::{Family, Make, Personality};
use telemetry::messages::FlightMode;
use telemetry::{Enu, Geodetic, LatLon, SiteFrame, Timestamp};

use lists::{Receiving, Sending};
use parameters::Settings;

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
    /// Another station uploads until then.
    pub(crate) other_station_until: Timestamp,
    /// An item at which the upload breaks off, once.
    pub(crate) dies_at_item: Option<u16>,
    /// It does not ask again by itself for an item that does not come.
    pub(crate) never_asks_again: bool,
    /// Lists it does not have, by their type.
    pub(crate) lacks: Vec<u32>,
    /// It finds a fence wrong, and says so at the very end.
    pub(crate) refuses_fence: bool,
    /// It does not know where home is.
    pub(crate) home_unknown: bool,
    /// Parameters that it does not change, whatever it is told.
    pub(crate) keeps: Vec<&'static str>,
    /// Modes that it lists, as number and standard mode.
    pub(crate) listed_modes: Vec<(u32, MavStandardMode)>,
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
            other_station_until: Timestamp::EPOCH,
            dies_at_item: None,
            never_asks_again: false,
            lacks: Vec::new(),
            refuses_fence: false,
            home_unknown: false,
            keeps: Vec::new(),
            listed_modes: Vec::new(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) quirks: Quirks,
    pub(crate) make: Make,
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
    pub(crate) fence: Vec<MISSION_ITEM_INT_DATA>,
    pub(crate) rally: Vec<MISSION_ITEM_INT_DATA>,
    pub(crate) settings: Settings,
    /// How often a parameter was set, a whole mission taken, an item received that was not wanted.
    pub(crate) parameters_set: u32,
    pub(crate) uploads: u32,
    pub(crate) duplicates: u32,
    pub(crate) take_offs: u32,
    pub(crate) current: u16,
    /// Every target the vehicle was given, as latitude, longitude and height above home, and by what.
    pub(crate) targets: Vec<(LatLon, f64, MavCmd)>,
    pub(crate) armings: u32,
    /// What was asked of the peer, in order.
    pub(crate) heard: Vec<MavMessage>,
    velocity_m_s: [f64; 2],
    guided: Option<Enu>,
    receiving: Option<Receiving>,
    sending: Option<Sending>,
    /// The list taken last, and how many items it had.
    finished: Option<(MavMissionType, u16)>,
    /// The item reached last, how often it was said, and when to say it again.
    reached: Option<(u16, u32, Timestamp)>,
    armed_at: Timestamp,
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
    pub(crate) fn new(make: Make, mavtype: MavType, home: Geodetic, home_altitude_m: f64, now: Timestamp) -> Self {
        Self {
            quirks: Quirks::default(),
            make,
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
            fence: Vec::new(),
            rally: Vec::new(),
            settings: parameters::usual(make, mavtype),
            parameters_set: 0,
            uploads: 0,
            duplicates: 0,
            take_offs: 0,
            current: 0,
            targets: Vec::new(),
            armings: 0,
            heard: Vec::new(),
            velocity_m_s: [0.0; 2],
            guided: None,
            receiving: None,
            sending: None,
            finished: None,
            reached: None,
            armed_at: now,
            booted: now - Duration::from_secs(100),
            next_by_stream: BTreeMap::new(),
            next_beat: now,
            stepped: now,
            out: Vec::new(),
        }
    }

    pub(crate) fn personality(&self) -> Personality {
        Personality { make: self.make, family: Family::of_heartbeat(self.mavtype).unwrap() }
    }

    /// The number of one of its modes.
    pub(crate) fn mode_called(&self, name: &str) -> u32 {
        self.personality().number(name).unwrap()
    }

    pub(crate) fn doing(&self) -> Doing {
        match self.personality().meaning(self.mode) {
            Some(FlightMode::Mission) => Doing::Mission,
            Some(FlightMode::Guided) => Doing::Guided,
            // PX4 goes to a place in the mode in which it holds one.
            Some(FlightMode::Hold) if self.make == Make::Px4 && self.guided.is_some() => Doing::Guided,
            Some(FlightMode::Hold) => Doing::Hold,
            Some(FlightMode::Return) => Doing::Return,
            Some(FlightMode::Land) => Doing::Land,
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
            MavMessage::REQUEST_DATA_STREAM(_) if self.make == Make::ArduPilot => {
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
            MavMessage::MISSION_SET_CURRENT(current) => self.current = current.seq,
            other => {
                self.transfer(now, other);
                self.parameter(other);
            }
        }
        self.heard.push(message);
    }

    /// What was asked for by REQUEST_MESSAGE: PX4 sends it before its acknowledgement, ArduPilot after it, and what they do
    /// not have they refuse each in its way.
    fn request_message(&mut self, id: u32) {
        let messages = self.requested(id);
        let result = match (messages.is_empty(), self.make) {
            (false, _) => MavResult::MAV_RESULT_ACCEPTED,
            (true, Make::ArduPilot) => MavResult::MAV_RESULT_FAILED,
            (true, Make::Px4) => MavResult::MAV_RESULT_DENIED,
        };
        if self.make == Make::Px4 {
            self.out.extend(messages);
            self.ack(MavCmd::MAV_CMD_REQUEST_MESSAGE, result);
        } else {
            self.ack(MavCmd::MAV_CMD_REQUEST_MESSAGE, result);
            self.out.extend(messages);
        }
    }

    fn requested(&self, id: u32) -> Vec<MavMessage> {
        let px4 = self.make == Make::Px4;
        let encoding = if px4 {
            MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE
        } else {
            MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_C_CAST
        };
        match id {
            AUTOPILOT_VERSION_DATA::ID => vec![MavMessage::AUTOPILOT_VERSION(AUTOPILOT_VERSION_DATA {
                capabilities: encoding
                    | MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
                    | MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_MISSION_RALLY,
                flight_sw_version: if px4 { 0x0111_00FF } else { 0x0405_07FF },
                ..AUTOPILOT_VERSION_DATA::default()
            })],
            AVAILABLE_MODES_DATA::ID => {
                let number_modes = self.quirks.listed_modes.len() as u8;
                let mode = |(index, (custom_mode, standard_mode)): (u8, &(u32, MavStandardMode))| {
                    MavMessage::AVAILABLE_MODES(AVAILABLE_MODES_DATA {
                        custom_mode: *custom_mode,
                        number_modes,
                        mode_index: index,
                        standard_mode: *standard_mode,
                        mode_name: CharArray::from("Own mode"),
                        ..AVAILABLE_MODES_DATA::default()
                    })
                };
                (1..).zip(&self.quirks.listed_modes).map(mode).collect()
            }
            _ => Vec::new(),
        }
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
        let px4 = self.make == Make::Px4;
        let result = match command {
            MavCmd::MAV_CMD_REQUEST_MESSAGE => return self.request_message(params[0] as u32),
            MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL if self.quirks.knows_intervals => {
                self.next_by_stream.insert(params[0] as u32, (now, Duration::from_micros(params[1] as u64)));
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_SET_MODE => self.set_mode(params),
            MavCmd::MAV_CMD_COMPONENT_ARM_DISARM => self.arm(now, params[0] > 0.5),
            MavCmd::MAV_CMD_NAV_TAKEOFF => self.take_off(params[6]),
            MavCmd::MAV_CMD_MISSION_START => {
                self.mode = self.personality().modes_for(onboard::link::mode::Aim::Mission)[0];
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT if !px4 => {
                self.current = params[0] as u16;
                MavResult::MAV_RESULT_ACCEPTED
            }
            MavCmd::MAV_CMD_DO_FENCE_ENABLE => self.switch_fence(params[0]),
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

    /// ArduPilot refuses a mode that it does not have; PX4 acknowledges it and stays as it was.
    fn set_mode(&mut self, params: [f32; 7]) -> MavResult {
        let mode = match self.make {
            Make::ArduPilot => params[1] as u32,
            Make::Px4 => (params[1] as u32) << 16 | (params[2] as u32) << 24,
        };
        let known = self.personality().meaning(mode).is_some();
        if known && !self.quirks.deaf_to_modes.contains(&mode) {
            self.guided = self.guided.filter(|_| self.mode == mode);
            self.mode = mode;
        }
        if known || self.make == Make::Px4 { MavResult::MAV_RESULT_ACCEPTED } else { MavResult::MAV_RESULT_FAILED }
    }

    fn arm(&mut self, now: Timestamp, armed: bool) -> MavResult {
        if armed && self.quirks.arm_refusals > 0 {
            self.quirks.arm_refusals -= 1;
            self.say(MavSeverity::MAV_SEVERITY_CRITICAL, "Arm: Need Position Estimate");
            return MavResult::MAV_RESULT_FAILED;
        }
        if armed && !self.armed {
            self.armings += 1;
            self.armed_at = now;
        }
        self.armed = armed;
        MavResult::MAV_RESULT_ACCEPTED
    }

    /// ArduPilot fails it where there is no fence to switch on.
    fn switch_fence(&mut self, on: f32) -> MavResult {
        if self.fence.is_empty() && on == 1.0 {
            return MavResult::MAV_RESULT_FAILED;
        }
        if let Some((_, value)) = self.settings.get_mut("FENCE_ENABLE") {
            *value = f64::from(on);
        }
        MavResult::MAV_RESULT_ACCEPTED
    }

    fn fenced(&self) -> bool {
        self.settings.get("FENCE_ENABLE").is_some_and(|(_, value)| *value != 0.0) && !self.fence.is_empty()
    }

    /// PX4 acknowledges it with its motors at rest too.
    fn take_off(&mut self, z: f32) -> MavResult {
        let height_m = match self.make {
            Make::ArduPilot => f64::from(z),
            Make::Px4 => f64::from(z) - self.home_altitude_m,
        };
        if self.armed && self.at.up_m < 0.2 {
            // The same order again, while it is being carried out, changes nothing.
            let taking_off = self.guided.is_some_and(|target| target.up_m == height_m);
            self.take_offs += u32::from(!taking_off);
            self.guided = Some(Enu { up_m: height_m, ..self.at });
            self.mode = self.personality().modes_for(onboard::link::mode::Aim::Guided)[0];
        }
        if self.armed || self.make == Make::Px4 { MavResult::MAV_RESULT_ACCEPTED } else { MavResult::MAV_RESULT_FAILED }
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
        self.mode = self.personality().modes_for(onboard::link::mode::Aim::Guided)[0];
    }

    fn enu(&self, at: LatLon, height_m: f64) -> Enu {
        Enu { up_m: height_m, ..self.frame.enu(at.at_height(self.frame.datum().height())) }
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

    pub(crate) fn step(&mut self, now: Timestamp) {
        let took_s = now.seconds_since(self.stepped);
        self.stepped = now;
        self.fly(took_s);
        self.step_transfers(now);
        self.repeat_reached(now);
        let rests = self.make == Make::Px4 && self.armed && self.at.up_m < 0.2;
        if rests && now >= self.armed_at + Duration::from_secs(10) && !self.is_water_craft() {
            self.armed = false;
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

    fn is_water_craft(&self) -> bool {
        matches!(self.mavtype, MavType::MAV_TYPE_SURFACE_BOAT | MavType::MAV_TYPE_SUBMARINE)
    }

    /// PX4 says ten times, twice a second, that it has reached an item; ArduPilot says it once.
    fn repeat_reached(&mut self, now: Timestamp) {
        if let Some((seq, said, again_at)) = self.reached.filter(|(_, said, again_at)| *said < 10 && now >= *again_at) {
            self.out.push(MavMessage::MISSION_ITEM_REACHED(MISSION_ITEM_REACHED_DATA { seq }));
            let said = if self.make == Make::Px4 { said + 1 } else { 10 };
            self.reached = Some((seq, said, again_at + Duration::from_millis(500)));
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
            self.reached = Some((self.current, 0, self.stepped));
            self.current += 1;
        }
        let landed = matches!(self.doing(), Doing::Return | Doing::Land) && self.at.up_m < 0.1 && arrived;
        if landed && !self.is_water_craft() {
            self.armed = false;
        }
    }

    /// Where the current item leads; items without a place are stepped over.
    fn mission_target(&mut self) -> Option<Enu> {
        loop {
            let first = u16::from(self.make == Make::ArduPilot);
            self.current = self.current.max(first);
            let item = self.mission.get(usize::from(self.current))?.clone();
            match item.command {
                MavCmd::MAV_CMD_NAV_TAKEOFF | MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF => {
                    return Some(Enu { up_m: f64::from(item.z), ..self.at });
                }
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
            autopilot: match self.make {
                Make::ArduPilot => MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
                Make::Px4 => MavAutopilot::MAV_AUTOPILOT_PX4,
            },
            base_mode: MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | armed,
            system_status: MavState::MAV_STATE_ACTIVE,
            mavlink_version: 3,
        })
    }

    fn stream(&mut self, now: Timestamp, id: u32) -> Option<MavMessage> {
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
                onboard_control_sensors_present: motors | MavSysStatusSensor::MAV_SYS_STATUS_GEOFENCE,
                onboard_control_sensors_enabled: if self.fenced() {
                    motors | MavSysStatusSensor::MAV_SYS_STATUS_GEOFENCE
                } else {
                    motors
                },
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
                mission_id: self.number(MavMissionType::MAV_MISSION_TYPE_MISSION),
                ..MISSION_CURRENT_DATA::default()
            }),
            HOME_POSITION_DATA::ID if self.quirks.home_unknown => return None,
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
