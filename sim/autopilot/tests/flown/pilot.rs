//! A ground station for tests: it speaks MAVLink to a simulated autopilot and lets time pass.

use std::time::Duration;

use autopilot::{Autopilot, AutopilotConfig, Personality, VehicleTruth, Weather};
use mavlink::dialects::ardupilotmega::{
    COMMAND_INT_DATA, COMMAND_LONG_DATA, HEARTBEAT_DATA, MavAutopilot, MavCmd, MavFrame, MavMessage, MavModeFlag,
    MavParamType, MavResult, MavState, MavType, PARAM_SET_DATA, PARAM_VALUE_DATA,
};
use mavlink::{MAVLinkV2MessageRaw, MavHeader, MavlinkVersion, Message};
use telemetry::{AltitudeHae, Enu, Geodetic, GeoidUndulation, MavSystemId, SiteFrame, Timestamp};

/// The station's system id: the one SYSID_MYGCS names by default.
pub(crate) const STATION: u8 = 255;
/// The vehicle's.
pub(crate) const VEHICLE: u8 = 1;
/// When it is switched on: 2026-11-21T03:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_unix_nanos(1_795_230_000_000_000_000);
/// The geoid at Kiel stands 39 m above the ellipsoid.
pub(crate) const UNDULATION: GeoidUndulation = GeoidUndulation { metres: 39.0 };
const TICK: Duration = Duration::from_millis(100);

/// Where vehicles start: Kiel-Holtenau, 12 m above mean sea level.
pub(crate) fn home() -> Geodetic {
    Geodetic::from_degrees(54.3795, 10.1455, AltitudeHae::new(51.0)).expect("a place on Earth")
}

/// A point seen from home.
pub(crate) fn from_home(north_m: f64, east_m: f64) -> Geodetic {
    SiteFrame::new(home()).geodetic(Enu { east_m, north_m, up_m: 0.0 }).expect("a place near home")
}

pub(crate) struct Pilot {
    pub(crate) autopilot: Autopilot,
    pub(crate) now: Timestamp,
    pub(crate) weather: Weather,
    /// Whether it sends heartbeats.
    pub(crate) beating: bool,
    /// Everything received since it was last cleared.
    pub(crate) inbox: Vec<MavMessage>,
    /// What camera and gimbal said, with their component ids.
    pub(crate) payload_inbox: Vec<(u8, MavMessage)>,
    pub(crate) texts: Vec<String>,
    /// Frames received that were signed.
    pub(crate) signed: usize,
    pub(crate) system: u8,
    /// Answers to commands the dialect has no name for, and their results.
    pub(crate) nameless: Vec<(u16, u8)>,
    sequence: u8,
    next_beat: Timestamp,
}

impl Pilot {
    pub(crate) fn copter() -> Self {
        Self::with(AutopilotConfig::multirotor(MavSystemId(VEHICLE), home(), UNDULATION), 1)
    }

    pub(crate) fn plane() -> Self {
        Self::with(AutopilotConfig::fixed_wing(MavSystemId(VEHICLE), home(), UNDULATION), 1)
    }

    pub(crate) fn boat() -> Self {
        Self::with(AutopilotConfig::boat(MavSystemId(VEHICLE), home(), UNDULATION), 1)
    }

    pub(crate) fn vtol() -> Self {
        Self::with(AutopilotConfig::vtol(MavSystemId(VEHICLE), home(), UNDULATION), 1)
    }

    pub(crate) fn rov() -> Self {
        Self::with(AutopilotConfig::rov(MavSystemId(VEHICLE), home(), UNDULATION), 1)
    }

    /// A copter that passes for PX4.
    pub(crate) fn px4() -> Self {
        Self::with(px4_config(), 1)
    }

    pub(crate) fn with(config: AutopilotConfig, seed: u64) -> Self {
        Self {
            autopilot: Autopilot::new(config, seed, START),
            now: START,
            weather: Weather::default(),
            beating: true,
            inbox: Vec::new(),
            payload_inbox: Vec::new(),
            texts: Vec::new(),
            signed: 0,
            system: STATION,
            nameless: Vec::new(),
            sequence: 0,
            next_beat: START,
        }
    }

    pub(crate) fn truth(&self) -> VehicleTruth {
        self.autopilot.truth()
    }

    /// Where it truly is, from home.
    pub(crate) fn place(&self) -> Enu {
        SiteFrame::new(home()).enu(self.truth().position)
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.now.seconds_since(START)
    }

    pub(crate) fn send(&mut self, message: &MavMessage) {
        let mut raw = MAVLinkV2MessageRaw::new();
        let header = MavHeader { system_id: u32::from(self.system), component_id: 190, sequence: self.sequence };
        self.sequence = self.sequence.wrapping_add(1);
        raw.serialize_message(header, message);
        self.autopilot.receive(self.now, raw.raw_bytes());
        self.collect();
    }

    /// Sends a payload laid out by hand, whatever it means.
    pub(crate) fn fire(&mut self, id: u32, payload: &[u8]) {
        let [low, middle, high, _] = id.to_le_bytes();
        let mut frame = vec![0xfd, payload.len() as u8, 0, 0, 0, self.system, 190, low, middle, high];
        frame.extend_from_slice(payload);
        let crc = mavlink::calculate_crc(&frame[1..], MavMessage::extra_crc(id));
        frame.extend_from_slice(&crc.to_le_bytes());
        self.autopilot.receive(self.now, &frame);
        self.collect();
    }

    /// Lets one tick pass.
    pub(crate) fn tick(&mut self) {
        self.now = self.now + TICK;
        self.autopilot.step(self.now, &self.weather);
        self.collect();
        if self.beating && self.now >= self.next_beat {
            self.next_beat = self.now + Duration::from_secs(1);
            self.send(&MavMessage::HEARTBEAT(HEARTBEAT_DATA {
                custom_mode: 0,
                mavtype: MavType::MAV_TYPE_GCS,
                autopilot: MavAutopilot::MAV_AUTOPILOT_INVALID,
                base_mode: MavModeFlag::empty(),
                system_status: MavState::MAV_STATE_ACTIVE,
                mavlink_version: 3,
            }));
        }
    }

    pub(crate) fn run(&mut self, seconds: f64) {
        let end = self.now.offset_seconds(seconds);
        while self.now < end {
            self.tick();
        }
    }

    /// Runs until something is so; fails the test if it is not within this many seconds. Returns how long it took.
    #[track_caller]
    pub(crate) fn until(&mut self, within_s: f64, what: &str, mut so: impl FnMut(&Self) -> bool) -> f64 {
        let begin = self.now;
        while !so(self) {
            let waited_s = self.now.seconds_since(begin);
            assert!(waited_s < within_s, "not {what} after {waited_s} s: {:?} at {:?}", self.truth(), self.place());
            self.tick();
        }
        self.now.seconds_since(begin)
    }

    fn collect(&mut self) {
        let bytes = self.autopilot.take_bytes();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (length, component) = (usize::from(rest[1]), rest[6]);
            let signed = rest[2] & 1 != 0;
            assert_eq!((rest[0], rest[5]), (0xfd, VEHICLE), "a version 2 frame of the vehicle");
            assert!([1, 100, 154].contains(&component), "component {component}");
            self.signed += usize::from(signed);
            let id = u32::from_le_bytes([rest[7], rest[8], rest[9], 0]);
            let crc = mavlink::calculate_crc(&rest[1..10 + length], MavMessage::extra_crc(id));
            assert_eq!(rest[10 + length..12 + length], crc.to_le_bytes());
            let payload = &rest[10..10 + length];
            rest = &rest[12 + length + if signed { 13 } else { 0 }..];
            match MavMessage::parse(MavlinkVersion::V2, id, payload) {
                Ok(MavMessage::STATUSTEXT(text)) => {
                    let piece = String::from_utf8_lossy(&*text.text).trim_end_matches('\0').to_owned();
                    match self.texts.last_mut() {
                        // The rest of a longer text.
                        Some(begun) if text.chunk_seq > 0 => begun.push_str(&piece),
                        _ => self.texts.push(piece),
                    }
                }
                Ok(message) if component != 1 => self.payload_inbox.push((component, message)),
                Ok(message) => self.inbox.push(message),
                Err(_) => {
                    assert_eq!(id, 77, "only COMMAND_ACK may carry numbers the dialect has no name for");
                    self.nameless.push((u16::from_le_bytes([payload[0], payload[1]]), payload[2]));
                }
            }
        }
    }

    pub(crate) fn said(&self, text: &str) -> bool {
        self.texts.iter().any(|said| said.contains(text))
    }

    /// The newest message that fits, if any.
    pub(crate) fn last<T>(&self, fit: impl Fn(&MavMessage) -> Option<T>) -> Option<T> {
        self.inbox.iter().rev().find_map(fit)
    }

    pub(crate) fn heartbeat(&self) -> Option<HEARTBEAT_DATA> {
        self.last(|message| match message {
            MavMessage::HEARTBEAT(heartbeat) => Some(heartbeat.clone()),
            _ => None,
        })
    }

    pub(crate) fn reached(&self) -> Vec<u16> {
        let reached = self.inbox.iter().filter_map(|message| match message {
            MavMessage::MISSION_ITEM_REACHED(reached) => Some(reached.seq),
            _ => None,
        });
        reached.collect()
    }

    fn answer(&self, to: MavCmd) -> Option<MavResult> {
        self.last(|message| match message {
            MavMessage::COMMAND_ACK(ack) if ack.command == to => Some(ack.result),
            _ => None,
        })
    }

    /// Sends a COMMAND_LONG and returns its answer.
    #[track_caller]
    pub(crate) fn command(&mut self, command: MavCmd, param: [f32; 7]) -> MavResult {
        self.inbox.clear();
        self.order(command, param);
        self.answer(command).expect("an answer at once")
    }

    /// Sends a COMMAND_LONG.
    pub(crate) fn order(&mut self, command: MavCmd, param: [f32; 7]) {
        self.order_to(1, command, param);
    }

    /// Sends one to any of the vehicle's components.
    pub(crate) fn order_to(&mut self, component: u8, command: MavCmd, param: [f32; 7]) {
        self.send(&MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
            param1: param[0],
            param2: param[1],
            param3: param[2],
            param4: param[3],
            param5: param[4],
            param6: param[5],
            param7: param[6],
            command,
            target_system: VEHICLE,
            target_component: component,
            confirmation: 0,
        }));
    }

    /// Sends a COMMAND_INT with a place and returns its answer.
    #[track_caller]
    pub(crate) fn command_at(
        &mut self,
        command: MavCmd,
        param: [f32; 4],
        frame: MavFrame,
        at: Geodetic,
        z: f32,
    ) -> MavResult {
        self.inbox.clear();
        let (x, y) = e7(at);
        self.send(&MavMessage::COMMAND_INT(COMMAND_INT_DATA {
            param1: param[0],
            param2: param[1],
            param3: param[2],
            param4: param[3],
            x,
            y,
            z,
            command,
            target_system: VEHICLE,
            target_component: 1,
            frame,
            current: 0,
            autocontinue: 0,
        }));
        self.answer(command).expect("an answer at once")
    }

    /// Changes the mode by its number.
    #[track_caller]
    pub(crate) fn mode(&mut self, custom: f32) -> MavResult {
        self.command(MavCmd::MAV_CMD_DO_SET_MODE, [1.0, custom, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    pub(crate) fn try_arm(&mut self) -> MavResult {
        self.command(MavCmd::MAV_CMD_COMPONENT_ARM_DISARM, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    #[track_caller]
    pub(crate) fn arm(&mut self) {
        assert_eq!(self.try_arm(), MavResult::MAV_RESULT_ACCEPTED, "{:?}", self.texts);
    }

    /// Asks for a message every so many milliseconds.
    #[track_caller]
    pub(crate) fn stream(&mut self, id: u32, every_ms: u32) {
        let param = [id as f32, (every_ms * 1000) as f32, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(self.command(MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL, param), MavResult::MAV_RESULT_ACCEPTED);
    }

    pub(crate) fn set(&mut self, name: &str, value: f32) -> Option<PARAM_VALUE_DATA> {
        self.inbox.clear();
        self.send(&MavMessage::PARAM_SET(PARAM_SET_DATA {
            param_value: value,
            target_system: VEHICLE,
            target_component: 1,
            param_id: name.into(),
            param_type: MavParamType::MAV_PARAM_TYPE_REAL32,
        }));
        self.last(|message| match message {
            MavMessage::PARAM_VALUE(value) => Some(value.clone()),
            _ => None,
        })
    }
}

/// A copter that passes for PX4.
pub(crate) fn px4_config() -> AutopilotConfig {
    AutopilotConfig::multirotor(MavSystemId(VEHICLE), home(), UNDULATION).passing_for(Personality::Px4)
}

/// A copter that passes for ArduPilot.
pub(crate) fn copter_config() -> AutopilotConfig {
    AutopilotConfig::multirotor(MavSystemId(VEHICLE), home(), UNDULATION)
}

pub(crate) fn e7(at: Geodetic) -> (i32, i32) {
    let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
    (e7(at.latitude().to_degrees()), e7(at.longitude().to_degrees()))
}
