//! The link: MAVLink 2 as ArduPilot speaks it.
//!
//! One link with any number of ground stations and companions on it. Every frame is handled at once and answered to
//! whoever sent it; texts follow the answer, as from ArduPilot's queues. Frames for other systems are ignored.

// ArduPilot speaks the deprecated half of the protocol, and so must whoever passes for one.
#![allow(deprecated)]

mod commands;
mod frames;
mod health;
mod lists;
mod report;
mod settings;
mod streams;
mod transfer;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    COMMAND_INT_DATA, COMMAND_LONG_DATA, HEARTBEAT_DATA, MISSION_CLEAR_ALL_DATA, MISSION_COUNT_DATA, MISSION_ITEM_DATA,
    MISSION_ITEM_INT_DATA, MISSION_ITEM_REACHED_DATA, MISSION_REQUEST_DATA, MISSION_REQUEST_INT_DATA,
    MISSION_REQUEST_LIST_DATA, MISSION_SET_CURRENT_DATA, MavSeverity, PARAM_REQUEST_LIST_DATA, PARAM_REQUEST_READ_DATA,
    PARAM_SET_DATA, REQUEST_DATA_STREAM_DATA, SET_MODE_DATA, SET_POSITION_TARGET_GLOBAL_INT_DATA, STATUSTEXT_DATA,
    TIMESYNC_DATA,
};
use telemetry::Timestamp;

use self::frames::{AUTOPILOT_COMPONENT, Decoder, Encoder, Frame};
use self::settings::Announcing;
use self::streams::{Report, Streams};
use self::transfer::Transfers;
use super::Craft;
use super::flight::{Notice, Severity};
use super::parameters::Parameter;

/// STATUSTEXT carries this much; a longer text goes in chunks.
const TEXT_LENGTH: usize = 50;

/// What has passed over the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkCounts {
    /// Valid frames received, for whomever.
    pub frames_received: u64,
    /// Bytes received that belong to no valid frame.
    pub bytes_dropped: u64,
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
    refused: u64,
    text_id: u16,
}

impl Link {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            decoder: Decoder::default(),
            encoder: Encoder::default(),
            streams: Streams::new(now),
            transfers: Transfers::default(),
            announcing: None,
            refused: 0,
            text_id: 0,
        }
    }

    pub(crate) fn counts(&self) -> LinkCounts {
        LinkCounts {
            frames_received: self.decoder.frames,
            bytes_dropped: self.decoder.dropped_bytes,
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
        decoder.take(bytes, |frame| {
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
        self.say_notices(craft);
        for report in self.streams.due(now) {
            self.report(craft, report);
        }
        self.step_transfers(now, craft);
        self.announce(craft);
    }

    fn send<D: MessageData>(&mut self, craft: &Craft, message: &D) {
        self.encoder.send(craft.plant.system(), message);
    }

    /// Handles one frame; nothing when its fields make no sense.
    fn handle(&mut self, now: Timestamp, frame: &Frame, craft: &mut Craft) -> Option<()> {
        let system = craft.plant.system();
        let for_us = |target: u8, component: u8| {
            (target == 0 || target == system) && (component == 0 || component == AUTOPILOT_COMPONENT)
        };
        match frame.id {
            HEARTBEAT_DATA::ID => {
                let ground = craft.plant.parameters.get(Parameter::SysidMygcs);
                if f64::from(frame.from.system) == ground {
                    craft.flight.hear_ground(now);
                }
            }
            COMMAND_LONG_DATA::ID => self.command_long(now, frame, craft, for_us),
            COMMAND_INT_DATA::ID => self.command_int(now, frame, craft, for_us),
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
                    self.streams.set_group(message.req_stream_id, rate_hz, now);
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
            SET_POSITION_TARGET_GLOBAL_INT_DATA::ID => {
                let message: SET_POSITION_TARGET_GLOBAL_INT_DATA = frame.read()?;
                if for_us(message.target_system, message.target_component) {
                    commands::follow_target(&message, craft);
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

    /// Puts what the flight controller has to say into messages.
    fn say_notices(&mut self, craft: &mut Craft) {
        while let Some(notice) = craft.flight.notices.take() {
            match notice {
                Notice::Text { severity, text } => self.say(craft, severity, &text),
                Notice::Reached(seq) => self.send(craft, &MISSION_ITEM_REACHED_DATA { seq }),
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
