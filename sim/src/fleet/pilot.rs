//! The ground side of one vehicle in virtual time: it asks for every stream, uploads a mission, and flies it again and
//! again. It reads only what it must to do so; the bytes are what is measured.

// ArduPilot asks for items with the deprecated message.
#![allow(deprecated)]

use std::time::Duration;

use autopilot::{Personality, STEP};
use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, BATTERY_STATUS_DATA, COMMAND_LONG_DATA, EKF_STATUS_REPORT_DATA, EXTENDED_SYS_STATE_DATA,
    GLOBAL_POSITION_INT_DATA, GPS_RAW_INT_DATA, HEARTBEAT_DATA, HOME_POSITION_DATA, LOCAL_POSITION_NED_DATA,
    MISSION_ACK_DATA, MISSION_COUNT_DATA, MISSION_CURRENT_DATA, MISSION_ITEM_INT_DATA, MISSION_REQUEST_DATA,
    MISSION_REQUEST_INT_DATA, MavAutopilot, MavCmd, MavFrame, MavMessage, MavMissionType, MavModeFlag, MavState,
    MavType, SYS_STATUS_DATA, SYSTEM_TIME_DATA, VFR_HUD_DATA, WIND_DATA,
};
use mavlink::{MAVLinkV2MessageRaw, MavHeader, MessageData};
use telemetry::messages::VehicleKind;
use telemetry::{Enu, LatLon, SiteFrame, Timestamp};

use super::Vehicle;
use super::frames::{Frame, frames};

/// A ground station's system and component.
const STATION: u32 = 255;
const STATION_COMPONENT: u8 = 190;
const AUTOPILOT: u8 = 1;
/// Every stream once a step, the most there is: about 300 messages a second, as on a real autopilot's fast link.
const STREAM_EVERY: Duration = STEP;
/// How often it says that it is there, and tries again what did not work.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// An upload in which nothing was asked for so long has failed: ArduPilot gives it up after 8 s.
const UPLOAD_GIVEN_UP_AFTER: Duration = Duration::from_secs(10);
/// The mission is a round through so many points.
const ROUND_POINTS: u16 = 12;

/// Everything an autopilot reports about itself.
const STREAMS: [u32; 13] = [
    SYS_STATUS_DATA::ID,
    SYSTEM_TIME_DATA::ID,
    GPS_RAW_INT_DATA::ID,
    ATTITUDE_DATA::ID,
    LOCAL_POSITION_NED_DATA::ID,
    GLOBAL_POSITION_INT_DATA::ID,
    MISSION_CURRENT_DATA::ID,
    VFR_HUD_DATA::ID,
    BATTERY_STATUS_DATA::ID,
    WIND_DATA::ID,
    EKF_STATUS_REPORT_DATA::ID,
    HOME_POSITION_DATA::ID,
    EXTENDED_SYS_STATE_DATA::ID,
];

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duty {
    /// The mission is to be announced.
    Announce,
    /// It is being uploaded; nothing has been asked for since.
    Upload { since: Timestamp },
    /// The vehicle is to take off, and has not been seen armed yet.
    Start,
    /// It flies.
    Watch,
}

#[derive(Debug)]
pub(super) struct Pilot {
    kind: VehicleKind,
    personality: Personality,
    system: u8,
    mission: Vec<MISSION_ITEM_INT_DATA>,
    duty: Duty,
    next_beat: Timestamp,
    sequence: u8,
    outbox: Vec<u8>,
    /// Missions begun.
    pub(super) flights: u32,
}

impl Pilot {
    pub(super) fn new(vehicle: &Vehicle, now: Timestamp) -> Self {
        let system = vehicle.system().0;
        Self {
            kind: vehicle.kind,
            personality: vehicle.config.personality,
            system,
            mission: mission(vehicle, system),
            duty: Duty::Announce,
            next_beat: now,
            sequence: 0,
            outbox: Vec::new(),
            flights: 0,
        }
    }

    /// Takes what the vehicle sent by `now`, and gives the bytes to send it.
    pub(super) fn handle(&mut self, now: Timestamp, bytes: &[u8]) -> Vec<u8> {
        for frame in frames(bytes).filter(|frame| frame.component == AUTOPILOT) {
            self.read(now, &frame);
        }
        if now >= self.next_beat {
            self.next_beat = now + BEAT_EVERY;
            self.beat(now);
        }
        std::mem::take(&mut self.outbox)
    }

    /// What once a second is to be said.
    fn beat(&mut self, now: Timestamp) {
        self.send(&MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode: 0,
            mavtype: MavType::MAV_TYPE_GCS,
            autopilot: MavAutopilot::MAV_AUTOPILOT_INVALID,
            base_mode: MavModeFlag::empty(),
            system_status: MavState::MAV_STATE_ACTIVE,
            mavlink_version: 3,
        }));
        match self.duty {
            Duty::Announce => {
                self.duty = Duty::Upload { since: now };
                let interval_us = STREAM_EVERY.as_micros() as f32;
                for id in STREAMS {
                    self.order(MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL, [id as f32, interval_us, 0.0]);
                }
                self.send(&MavMessage::MISSION_COUNT(MISSION_COUNT_DATA {
                    count: self.mission.len() as u16,
                    target_system: self.system,
                    target_component: AUTOPILOT,
                    mission_type: MavMissionType::MAV_MISSION_TYPE_MISSION,
                    opaque_id: 0,
                }));
            }
            Duty::Start => self.start(),
            Duty::Upload { since } if now.since(since) >= UPLOAD_GIVEN_UP_AFTER => self.duty = Duty::Announce,
            Duty::Upload { .. } | Duty::Watch => {}
        }
    }

    /// Arms it and has it follow the mission; it may refuse until it knows where it is.
    fn start(&mut self) {
        const CUSTOM: f32 = MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED.bits() as f32;
        match self.personality {
            Personality::ArduPilot => {
                // An ArduPilot copter arms in GUIDED and takes off on MISSION_START; the others arm in AUTO and go.
                let mode = match self.kind {
                    VehicleKind::Multirotor | VehicleKind::Unknown => 4.0,
                    VehicleKind::FixedWing | VehicleKind::Vtol | VehicleKind::Boat => 10.0,
                    // ArduSub has AUTO at 3.
                    VehicleKind::Rov => 3.0,
                };
                self.order(MavCmd::MAV_CMD_DO_SET_MODE, [CUSTOM, mode, 0.0]);
                self.order(MavCmd::MAV_CMD_COMPONENT_ARM_DISARM, [1.0, 0.0, 0.0]);
                self.order(MavCmd::MAV_CMD_MISSION_START, [0.0, 0.0, 0.0]);
            }
            Personality::Px4 => {
                self.order(MavCmd::MAV_CMD_COMPONENT_ARM_DISARM, [1.0, 0.0, 0.0]);
                // PX4's main mode 4 is AUTO, its sub-mode 4 MISSION.
                self.order(MavCmd::MAV_CMD_DO_SET_MODE, [CUSTOM, 4.0, 4.0]);
            }
        }
    }

    fn read(&mut self, now: Timestamp, frame: &Frame<'_>) {
        match frame.id {
            HEARTBEAT_DATA::ID => {
                let armed = frame.byte(6) & MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED.bits() != 0;
                match self.duty {
                    Duty::Start if armed => {
                        self.duty = Duty::Watch;
                        self.flights += 1;
                    }
                    Duty::Watch if !armed => self.duty = Duty::Start,
                    _ => {}
                }
            }
            MISSION_REQUEST_DATA::ID | MISSION_REQUEST_INT_DATA::ID => {
                let wanted = u16::from_le_bytes([frame.byte(0), frame.byte(1)]);
                if let Some(item) = self.mission.get(usize::from(wanted)).cloned() {
                    self.duty = Duty::Upload { since: now };
                    self.send(&MavMessage::MISSION_ITEM_INT(item));
                }
            }
            // The third byte is the result; 0 is accepted.
            MISSION_ACK_DATA::ID if frame.byte(2) == 0 && matches!(self.duty, Duty::Upload { .. }) => {
                self.duty = Duty::Start;
            }
            _ => {}
        }
    }

    fn order(&mut self, command: MavCmd, [param1, param2, param3]: [f32; 3]) {
        self.send(&MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
            param1,
            param2,
            param3,
            command,
            target_system: self.system,
            target_component: AUTOPILOT,
            ..COMMAND_LONG_DATA::default()
        }));
    }

    fn send(&mut self, message: &MavMessage) {
        let mut raw = MAVLinkV2MessageRaw::new();
        let header = MavHeader { system_id: STATION, component_id: STATION_COMPONENT, sequence: self.sequence };
        self.sequence = self.sequence.wrapping_add(1);
        raw.serialize_message(header, message);
        self.outbox.extend_from_slice(raw.raw_bytes());
    }
}

/// What a round about the home is like for a kind of vehicle.
struct Round {
    take_off: Option<MavCmd>,
    radius_m: f64,
    height_m: f32,
    /// It goes round and round, since nothing disarms it.
    endless: bool,
}

impl Round {
    fn of(kind: VehicleKind) -> Self {
        let aloft = |command| Self { take_off: Some(command), radius_m: 300.0, height_m: 40.0, endless: false };
        match kind {
            VehicleKind::Vtol => aloft(MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF),
            VehicleKind::Multirotor | VehicleKind::FixedWing | VehicleKind::Unknown => {
                aloft(MavCmd::MAV_CMD_NAV_TAKEOFF)
            }
            VehicleKind::Boat => Self { take_off: None, radius_m: 300.0, height_m: 0.0, endless: true },
            // Within the length of a tether.
            VehicleKind::Rov => Self { take_off: None, radius_m: 50.0, height_m: -10.0, endless: true },
        }
    }
}

/// The mission of a vehicle. With ArduPilot, item 0 is home's.
fn mission(vehicle: &Vehicle, system: u8) -> Vec<MISSION_ITEM_INT_DATA> {
    let home = vehicle.config.home;
    let item = |command, at: LatLon, z| MISSION_ITEM_INT_DATA {
        command,
        x: e7(at.latitude_deg()),
        y: e7(at.longitude_deg()),
        z,
        target_system: system,
        target_component: AUTOPILOT,
        frame: MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT,
        autocontinue: 1,
        ..MISSION_ITEM_INT_DATA::default()
    };
    let round = Round::of(vehicle.kind);
    let about_home = SiteFrame::new(home);
    let point = |number: u16| {
        let angle = f64::from(number) * std::f64::consts::TAU / f64::from(ROUND_POINTS);
        let at = Enu { east_m: round.radius_m * angle.sin(), north_m: round.radius_m * angle.cos(), up_m: 0.0 };
        about_home.geodetic(at).expect("a few hundred metres from a place on Earth is a place on Earth").lat_lon()
    };
    let mut items = Vec::new();
    if vehicle.config.personality == Personality::ArduPilot {
        items.push(item(MavCmd::MAV_CMD_NAV_WAYPOINT, home.lat_lon(), 0.0));
    }
    let first = items.len() as f32;
    items.extend(round.take_off.map(|command| item(command, home.lat_lon(), round.height_m)));
    items.extend((0..ROUND_POINTS).map(|number| item(MavCmd::MAV_CMD_NAV_WAYPOINT, point(number), round.height_m)));
    items.push(if round.endless {
        let jump = item(MavCmd::MAV_CMD_DO_JUMP, home.lat_lon(), 0.0);
        MISSION_ITEM_INT_DATA { param1: first, param2: -1.0, ..jump }
    } else {
        item(MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH, home.lat_lon(), 0.0)
    });
    for (seq, item) in (0..).zip(&mut items) {
        item.seq = seq;
    }
    items
}

fn e7(degrees: f64) -> i32 {
    (degrees * 1e7).round() as i32
}
