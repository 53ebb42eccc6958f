//! The link: MAVLink 2 as ArduPilot and PX4 speak it.
//!
//! One link with any number of ground stations and companions on it. Every frame is handled at once and answered to
//! whoever sent it; texts follow the answer, as from ArduPilot's queues. Frames for other systems are ignored. Three
//! components answer: the autopilot, a camera and a gimbal.

// Autopilots speak the deprecated half of the protocol, and so must whoever passes for one.
#![allow(deprecated)]

mod camera;
mod checksum;
mod commands;
mod files;
mod frames;
mod ftp;
mod gimbal;
mod lists;
mod logs;
mod pilot;
mod report;
mod settings;
mod signing;
mod stored;
mod streams;
mod transfer;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    COMMAND_INT_DATA, COMMAND_LONG_DATA, FILE_TRANSFER_PROTOCOL_DATA, GIMBAL_MANAGER_SET_ATTITUDE_DATA,
    GIMBAL_MANAGER_SET_PITCHYAW_DATA, HEARTBEAT_DATA, LOG_ERASE_DATA, LOG_REQUEST_DATA_DATA, LOG_REQUEST_END_DATA,
    LOG_REQUEST_LIST_DATA, MANUAL_CONTROL_DATA, MISSION_CLEAR_ALL_DATA, MISSION_COUNT_DATA, MISSION_ITEM_DATA,
    MISSION_ITEM_INT_DATA, MISSION_REQUEST_DATA, MISSION_REQUEST_INT_DATA, MISSION_REQUEST_LIST_DATA,
    MISSION_SET_CURRENT_DATA, MavOdidArmStatus, MavOdidIdType, MavOdidUaType, MavSeverity, MavType,
    OPEN_DRONE_ID_ARM_STATUS_DATA, OPEN_DRONE_ID_BASIC_ID_DATA, OPEN_DRONE_ID_SYSTEM_DATA, PARAM_REQUEST_LIST_DATA,
    PARAM_REQUEST_READ_DATA, PARAM_SET_DATA, RC_CHANNELS_OVERRIDE_DATA, REQUEST_DATA_STREAM_DATA,
    SET_ATTITUDE_TARGET_DATA, SET_MODE_DATA, SET_POSITION_TARGET_GLOBAL_INT_DATA, SET_POSITION_TARGET_LOCAL_NED_DATA,
    SETUP_SIGNING_DATA, STATUSTEXT_DATA, TIMESYNC_DATA,
};
use telemetry::Timestamp;

use self::camera::Camera;
use self::commands::Form;
use self::frames::{Decoder, Encoder, Frame};
use self::ftp::Ftp;
use self::gimbal::Gimbal;
use self::logs::LogTransfer;
use self::settings::Announcing;
use self::signing::Signing;
use self::streams::{Report, Streams};
use self::transfer::Transfers;
use super::Craft;
use super::config::{AutopilotConfig, Payload};
use super::flight::{Notice, Severity};
use super::parameters::Parameter;
use super::personality::Personality;

pub(crate) use self::frames::{AUTOPILOT_COMPONENT, Peer};

/// STATUSTEXT carries this much; a longer text goes in chunks.
const TEXT_LENGTH: usize = 50;

/// What has passed over the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkCounts {
    /// Valid frames received, for whomever.
    pub frames_received: u64,
    /// Bytes received that belong to no valid frame.
    pub bytes_dropped: u64,
    /// Frames received and dropped for want of a good signature.
    pub frames_unsigned: u64,
    /// Frames received whose fields hold values their message does not have.
    pub frames_refused: u64,
    /// Frames sent.
    pub frames_sent: u64,
    /// Frames not sent because nobody took the bytes before.
    pub frames_overflowed: u64,
}

#[derive(Debug)]
pub(crate) struct Link {
    decoder: Decoder,
    encoder: Encoder,
    streams: Streams,
    transfers: Transfers,
    announcing: Option<Announcing>,
    camera: Option<Camera>,
    gimbal: Option<Gimbal>,
    ftp: Ftp,
    logs: LogTransfer,
    refused: u64,
    /// Frames dropped under a key that is gone.
    unsigned: u64,
    text_id: u16,
}

impl Link {
    pub(crate) fn new(config: &AutopilotConfig, now: Timestamp) -> Self {
        let (personality, quirks) = (config.personality, &config.quirks);
        let key = config.signing;
        let carried = config.payload == Payload::GimballedCamera;
        let signing = key.and_then(|key| Signing::new(key, 0, personality, quirks.believes_future_timestamps));
        Self {
            decoder: Decoder::default(),
            encoder: Encoder::new(now, signing),
            streams: Streams::new(personality, quirks.streams_unasked, now),
            transfers: Transfers::default(),
            announcing: None,
            camera: carried.then(|| Camera::new(now)),
            gimbal: carried.then(|| Gimbal::new(now)),
            ftp: Ftp::new(personality),
            logs: LogTransfer::default(),
            refused: 0,
            unsigned: 0,
            text_id: 0,
        }
    }

    pub(crate) fn counts(&self) -> LinkCounts {
        LinkCounts {
            frames_received: self.decoder.frames,
            bytes_dropped: self.decoder.dropped_bytes,
            frames_unsigned: self.unsigned + self.encoder.signing.as_ref().map_or(0, |signing| signing.dropped),
            frames_refused: self.refused,
            frames_sent: self.encoder.frames,
            frames_overflowed: self.encoder.overflowed,
        }
    }

    pub(crate) fn take_bytes(&mut self) -> Vec<u8> {
        self.encoder.take()
    }

    pub(crate) fn receive(&mut self, now: Timestamp, bytes: &[u8], craft: &mut Craft) {
        let mut decoder = std::mem::take(&mut self.decoder);
        self.encoder.now = now;
        decoder.take(bytes, |frame, signature| {
            let from = [frame.from.system, frame.from.component];
            if let Some(signing) = &mut self.encoder.signing
                && !signing.admits(now, from, frame.id, signature)
            {
                return;
            }
            if self.handle(now, frame, craft).is_none() {
                self.refused += 1;
            }
            self.say_notices(craft);
        });
        self.decoder = decoder;
    }

    /// What is due after a step of the vehicle.
    pub(crate) fn step(&mut self, craft: &mut Craft) {
        let now = craft.plant.clock;
        self.encoder.now = now;
        self.say_notices(craft);
        if self.streams.is_due(now) {
            for report in self.streams.due(now) {
                self.report(craft, report);
            }
        }
        self.step_transfers(now, craft);
        self.announce(craft);
        self.step_ftp(craft);
        self.step_logs(craft);
        self.step_camera(now, craft);
        self.step_gimbal(now, craft);
    }

    fn send<D: MessageData>(&mut self, craft: &Craft, message: &D) {
        self.encoder.send(craft.autopilot(), message);
    }

    /// Handles one frame; nothing when its fields make no sense.
    fn handle(&mut self, now: Timestamp, frame: &Frame, craft: &mut Craft) -> Option<()> {
        let system = craft.plant.system();
        let for_us = |target: u8, component: u8| {
            (target == 0 || target == system) && (component == 0 || component == AUTOPILOT_COMPONENT)
        };
        match frame.id {
            HEARTBEAT_DATA::ID => {
                let heard = match craft.plant.personality {
                    Personality::ArduPilot => {
                        let ground = craft.plant.parameters.get(Parameter::SysidMygcs);
                        f64::from(frame.from.system) == ground
                    }
                    // The type stands in the fifth byte.
                    Personality::Px4 => frame.padded()[4] == MavType::MAV_TYPE_GCS as u8,
                };
                if heard {
                    craft.flight.hear_ground(now);
                }
            }
            COMMAND_LONG_DATA::ID => self.command(now, frame, Form::Long, craft),
            COMMAND_INT_DATA::ID => self.command(now, frame, Form::Int, craft),
            SET_MODE_DATA::ID => {
                let message: SET_MODE_DATA = frame.read()?;
                if message.target_system == system {
                    self.set_mode(frame.from, &message, craft);
                }
            }
            REQUEST_DATA_STREAM_DATA::ID => {
                let message: REQUEST_DATA_STREAM_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    let rate_hz = if message.start_stop == 0 { 0 } else { message.req_message_rate };
                    self.streams.set_group(message.req_stream_id, rate_hz, craft.plant.clock);
                }
            }
            TIMESYNC_DATA::ID => {
                let message: TIMESYNC_DATA = frame.read()?;
                if message.tc1 == 0 {
                    let tc1 = craft.plant.clock.since(craft.plant.boot).as_nanos() as i64;
                    let (target_system, target_component) = (frame.from.system, frame.from.component);
                    self.send(craft, &TIMESYNC_DATA { tc1, ts1: message.ts1, target_system, target_component });
                }
            }
            SET_POSITION_TARGET_GLOBAL_INT_DATA::ID
            | SET_POSITION_TARGET_LOCAL_NED_DATA::ID
            | SET_ATTITUDE_TARGET_DATA::ID
            | RC_CHANNELS_OVERRIDE_DATA::ID
            | MANUAL_CONTROL_DATA::ID => handle_steering(now, frame, craft, for_us)?,
            OPEN_DRONE_ID_ARM_STATUS_DATA::ID | OPEN_DRONE_ID_BASIC_ID_DATA::ID | OPEN_DRONE_ID_SYSTEM_DATA::ID => {
                handle_remote_id(now, frame, craft)?;
            }
            FILE_TRANSFER_PROTOCOL_DATA::ID => self.handle_ftp(frame, craft, for_us),
            LOG_REQUEST_LIST_DATA::ID | LOG_REQUEST_DATA_DATA::ID | LOG_ERASE_DATA::ID | LOG_REQUEST_END_DATA::ID => {
                self.handle_log_request(frame, craft, for_us)?;
            }
            GIMBAL_MANAGER_SET_PITCHYAW_DATA::ID | GIMBAL_MANAGER_SET_ATTITUDE_DATA::ID if self.gimbal.is_some() => {
                self.point_gimbal(frame, craft)?;
            }
            SETUP_SIGNING_DATA::ID => {
                let message: SETUP_SIGNING_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    self.set_up_signing(&message, craft);
                }
            }
            PARAM_REQUEST_LIST_DATA::ID | PARAM_REQUEST_READ_DATA::ID | PARAM_SET_DATA::ID => {
                self.handle_setting(frame, craft, for_us)?;
            }
            MISSION_COUNT_DATA::ID
            | MISSION_ITEM_DATA::ID
            | MISSION_ITEM_INT_DATA::ID
            | MISSION_REQUEST_DATA::ID
            | MISSION_REQUEST_INT_DATA::ID
            | MISSION_REQUEST_LIST_DATA::ID
            | MISSION_CLEAR_ALL_DATA::ID
            | MISSION_SET_CURRENT_DATA::ID => self.handle_transfer(now, frame, craft, for_us)?,
            // Everything else is for others, or tells us nothing we act on.
            _ => {}
        }
        Some(())
    }

    /// Takes a key, or with a key of zeros drops it. Not while armed.
    fn set_up_signing(&mut self, message: &SETUP_SIGNING_DATA, craft: &Craft) {
        if craft.flight.armed() {
            return self.say(craft, Severity::Critical, "ERROR: Won't setup signing when armed");
        }
        self.unsigned += self.encoder.signing.as_ref().map_or(0, |signing| signing.dropped);
        let believes_future = craft.plant.quirks.believes_future_timestamps;
        self.encoder.signing =
            Signing::new(message.secret_key, message.initial_timestamp, craft.plant.personality, believes_future);
    }

    /// Puts what the flight controller has to say into messages.
    fn say_notices(&mut self, craft: &mut Craft) {
        while let Some(notice) = craft.flight.notices.take() {
            match notice {
                Notice::Text { severity, text } => self.say(craft, severity, &text),
                Notice::Reached(index) => self.say_reached(self.encoder.now, index, craft),
                Notice::Home => {
                    self.report(craft, Report::GpsGlobalOrigin);
                    self.report(craft, Report::HomePosition);
                }
                Notice::Current => self.report(craft, Report::MissionCurrent),
            }
        }
    }

    fn say(&mut self, craft: &Craft, severity: Severity, text: &str) {
        let severity = match severity {
            Severity::Critical => MavSeverity::MAV_SEVERITY_CRITICAL,
            Severity::Warning => MavSeverity::MAV_SEVERITY_WARNING,
            Severity::Info => MavSeverity::MAV_SEVERITY_INFO,
            Severity::Debug => MavSeverity::MAV_SEVERITY_DEBUG,
        };
        // A text in one piece has id 0; the chunks of a longer one share another.
        let id = if text.len() > TEXT_LENGTH {
            self.text_id = self.text_id.wrapping_add(1).max(1);
            self.text_id
        } else {
            0
        };
        for (chunk_seq, chunk) in (0..=u8::MAX).zip(text.as_bytes().chunks(TEXT_LENGTH)) {
            let mut text = [0; TEXT_LENGTH];
            text[..chunk.len()].copy_from_slice(chunk);
            self.send(craft, &STATUSTEXT_DATA { severity, text: text.into(), id, chunk_seq });
        }
    }
}

/// Setpoints and sticks.
fn handle_steering(now: Timestamp, frame: &Frame, craft: &mut Craft, for_us: impl Fn(u8, u8) -> bool) -> Option<()> {
    match frame.id {
        SET_POSITION_TARGET_GLOBAL_INT_DATA::ID => {
            let message: SET_POSITION_TARGET_GLOBAL_INT_DATA = frame.read()?;
            if for_us(message.target_system, message.target_component) {
                pilot::follow_global(&message, craft);
            }
        }
        SET_POSITION_TARGET_LOCAL_NED_DATA::ID => {
            let message: SET_POSITION_TARGET_LOCAL_NED_DATA = frame.read()?;
            if for_us(message.target_system, message.target_component) {
                pilot::follow_local(&message, craft);
            }
        }
        SET_ATTITUDE_TARGET_DATA::ID => {
            let message: SET_ATTITUDE_TARGET_DATA = frame.read()?;
            if for_us(message.target_system, message.target_component) {
                pilot::follow_attitude(&message, craft);
            }
        }
        RC_CHANNELS_OVERRIDE_DATA::ID => {
            let message: RC_CHANNELS_OVERRIDE_DATA = frame.read()?;
            if for_us(message.target_system, message.target_component) {
                pilot::take_channels(now, &message, craft);
            }
        }
        _ => {
            let message: MANUAL_CONTROL_DATA = frame.read()?;
            if message.target == craft.plant.system() {
                pilot::take_joystick(now, &message, craft);
            }
        }
    }
    Some(())
}

/// What the vehicle hears of its own Remote ID: from the transmitter, and from the station.
fn handle_remote_id(now: Timestamp, frame: &Frame, craft: &mut Craft) -> Option<()> {
    let remote_id = &mut craft.flight.remote_id;
    match frame.id {
        OPEN_DRONE_ID_ARM_STATUS_DATA::ID => {
            let message: OPEN_DRONE_ID_ARM_STATUS_DATA = frame.read()?;
            let good = message.status == MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM;
            remote_id.hear_transmitter(now, good);
        }
        OPEN_DRONE_ID_BASIC_ID_DATA::ID => {
            let message: OPEN_DRONE_ID_BASIC_ID_DATA = frame.read()?;
            let typed = message.id_type != MavOdidIdType::MAV_ODID_ID_TYPE_NONE
                && message.ua_type != MavOdidUaType::MAV_ODID_UA_TYPE_NONE;
            remote_id.hear_identity(typed);
        }
        _ => {
            let message: OPEN_DRONE_ID_SYSTEM_DATA = frame.read()?;
            remote_id.hear_operator(now, message.operator_latitude != 0 && message.operator_longitude != 0);
        }
    }
    Some(())
}
