//! Telemetry logs: MAVLink frames as a ground station received them, each after the time of its reception.
//!
//! Source: mavlink.io, "MAVLink packets"; the time is eight bytes of microseconds since 1970, big-endian, as MAVProxy,
//! QGroundControl and Mission Planner write it. The clock of the flight is the vehicle's own (`time_boot_ms`), since a
//! simulation may run faster than the station's.
//!
//! Limits: of several vehicles in one log the first that is heard, and of its components the autopilot.

use std::io::Read;

use mavlink::dialects::ardupilotmega::{MavAutopilot, MavMessage, MavModeFlag, MavParamType};
use mavlink::{MavlinkVersion, Message};
use telemetry::{LatLon, Timestamp};

use crate::ardupilot::Program;
use crate::error::Fault;
use crate::flight::{Battery, EventKind, Flight, Format, MissionItem};
use crate::recorder::Recorder;
use crate::window::Window;

const TIME: usize = 8;
/// A frame of MAVLink 2 with the longest payload and a signature.
const FRAME_MAX: usize = 10 + 255 + 2 + 13;
const AUTOPILOT: u8 = 1;

pub(crate) fn read(source: impl Read) -> Result<Flight, Fault> {
    let mut window = Window::new(source);
    let mut listener =
        Listener { recorder: Recorder::new(Format::TelemetryLog), vehicle: None, battery: Battery::default() };
    let mut in_step = true;
    loop {
        let bytes = window.peek(2 * (TIME + FRAME_MAX))?;
        if bytes.is_empty() {
            break;
        }
        let entry = Entry::at(bytes);
        if let Some(entry) = entry {
            listener.take(&entry);
            let length = TIME + entry.length;
            window.skip(length);
            in_step = true;
            continue;
        }
        let left = bytes.len();
        let damage = listener.recorder.damage();
        if in_step {
            // The end in the middle of a frame, or a broken one.
            let cut = left < TIME + FRAME_MAX
                && frame_length(bytes.get(TIME..).unwrap_or_default()).is_none_or(|length| left < TIME + length);
            if cut {
                damage.cut_short_at = Some(window.offset());
            } else {
                damage.bad_records += 1;
            }
        }
        damage.skipped_bytes += 1;
        in_step = false;
        window.skip(1);
    }
    Ok(listener.recorder.finish())
}

/// One frame and when it was received.
struct Entry {
    received_micros: u64,
    length: usize,
    system: u8,
    component: u8,
    /// Nothing for a message the dialect does not know.
    message: Option<MavMessage>,
}

/// The length of the frame that begins here; nothing where none does or its first bytes are missing.
fn frame_length(frame: &[u8]) -> Option<usize> {
    let payload = usize::from(*frame.get(1)?);
    match *frame.first()? {
        mavlink::MAV_STX => Some(payload + 8),
        mavlink::MAV_STX_V2 => Some(payload + 12 + if frame.get(2)? & 1 == 1 { 13 } else { 0 }),
        _ => None,
    }
}

impl Entry {
    fn at(bytes: &[u8]) -> Option<Self> {
        let received_micros = u64::from_be_bytes(bytes.get(..TIME)?.try_into().ok()?);
        let rest = &bytes[TIME..];
        let length = frame_length(rest)?;
        let frame = rest.get(..length)?;
        let payload_length = usize::from(frame[1]);
        let (version, header, id) = if frame[0] == mavlink::MAV_STX {
            (MavlinkVersion::V1, 6, u32::from(frame[5]))
        } else {
            (MavlinkVersion::V2, 10, u32::from_le_bytes([frame[7], frame[8], frame[9], 0]))
        };
        let known = MavMessage::default_message_from_id(id).is_some();
        let end = header + payload_length;
        let sum = u16::from_le_bytes([frame[end], frame[end + 1]]);
        if known && mavlink::calculate_crc(&frame[1..end], MavMessage::extra_crc(id)) != sum {
            return None;
        }
        // What is not known cannot be checked; it counts only when another frame follows.
        if !known && !rest.get(length + TIME..).is_none_or(|next| next.is_empty() || frame_length(next).is_some()) {
            return None;
        }
        let message = known.then(|| MavMessage::parse(version, id, &frame[header..end]).ok()).flatten();
        let (system, component) = if header == 6 { (frame[3], frame[4]) } else { (frame[5], frame[6]) };
        Some(Self { received_micros, length, system, component, message })
    }
}

/// The vehicle that is listened to.
#[derive(Debug, Clone, Copy)]
struct Vehicle {
    system: u8,
    program: Option<Program>,
    autopilot: MavAutopilot,
}

struct Listener {
    recorder: Recorder,
    vehicle: Option<Vehicle>,
    battery: Battery,
}

impl Listener {
    fn take(&mut self, entry: &Entry) {
        let Some(message) = &entry.message else { return };
        if entry.component != AUTOPILOT {
            return;
        }
        if let (None, MavMessage::HEARTBEAT(heartbeat)) = (self.vehicle, message)
            && heartbeat.autopilot != MavAutopilot::MAV_AUTOPILOT_INVALID
        {
            let autopilot = heartbeat.autopilot;
            let ardupilot = autopilot == MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA;
            let program = Program::of_type(heartbeat.mavtype as u8).filter(|_| ardupilot);
            self.vehicle = Some(Vehicle { system: entry.system, program, autopilot });
        }
        let Some(vehicle) = self.vehicle.filter(|vehicle| vehicle.system == entry.system) else { return };
        self.hear(&vehicle, message);
        if self.recorder.now_s() > 0.0 {
            let micros = i64::try_from(entry.received_micros).unwrap_or(0);
            self.recorder.received(Timestamp::from_unix_nanos(micros.saturating_mul(1_000)));
        }
    }

    /// The vehicle's clock, where a message carries it.
    fn boot_ms(&mut self, ms: u32) -> bool {
        self.recorder.time(f64::from(ms) / 1000.0)
    }

    fn hear(&mut self, vehicle: &Vehicle, message: &MavMessage) {
        match message {
            MavMessage::HEARTBEAT(heartbeat) => {
                let mode = heartbeat.custom_mode;
                let name = vehicle.program.map_or_else(|| format!("mode {mode:#x}"), |program| program.mode(mode));
                self.recorder.mode(&name);
                self.recorder.armed(heartbeat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED));
            }
            MavMessage::SYSTEM_TIME(time) if self.boot_ms(time.time_boot_ms) => {
                let nanos = i64::try_from(time.time_unix_usec).unwrap_or(0).saturating_mul(1_000);
                self.recorder.utc(Timestamp::from_unix_nanos(nanos));
            }
            MavMessage::GLOBAL_POSITION_INT(at) if self.boot_ms(at.time_boot_ms) => {
                self.recorder.fused_position(f64::from(at.lat) * 1e-7, f64::from(at.lon) * 1e-7);
                // Before there is a position, altitude is a barometer's guess from zero.
                if at.lat != 0 || at.lon != 0 {
                    self.recorder.altitude(f64::from(at.alt) * 1e-3);
                }
                self.recorder.above_home(f64::from(at.relative_alt) * 1e-3);
                let m_s = |centimetres: i16| f64::from(centimetres) * 1e-2;
                self.recorder.velocity_ned(m_s(at.vx), m_s(at.vy), m_s(at.vz));
                self.recorder.sample();
            }
            MavMessage::GPS_RAW_INT(raw) if raw.fix_type as u8 >= 3 => {
                let (latitude, longitude) = (f64::from(raw.lat) * 1e-7, f64::from(raw.lon) * 1e-7);
                self.recorder.satellite_position(latitude, longitude, Some(f64::from(raw.alt) * 1e-3));
            }
            MavMessage::ATTITUDE(attitude) if self.boot_ms(attitude.time_boot_ms) => {
                self.recorder.attitude(attitude.roll.into(), attitude.pitch.into(), attitude.yaw.into());
                self.recorder.sample();
            }
            MavMessage::SYS_STATUS(status) => {
                let volts = f64::from(status.voltage_battery) * 1e-3;
                self.battery.voltage_v = (status.voltage_battery != u16::MAX && volts > 0.0).then_some(volts);
                // −1 stands for "not measured"; a sensor that is not calibrated shows less than nothing, too.
                self.battery.current_a =
                    (status.current_battery >= 0).then(|| f64::from(status.current_battery) * 1e-2);
                self.battery.remaining =
                    (status.battery_remaining >= 0).then(|| f64::from(status.battery_remaining) * 1e-2);
                self.recorder.battery(self.battery);
            }
            MavMessage::BATTERY_STATUS(status) if status.id == 0 => {
                self.battery.used_mah = (status.current_consumed >= 0).then(|| f64::from(status.current_consumed));
            }
            MavMessage::HOME_POSITION(home) => {
                let (latitude, longitude) = (f64::from(home.latitude) * 1e-7, f64::from(home.longitude) * 1e-7);
                self.recorder.home(latitude, longitude, Some(f64::from(home.altitude) * 1e-3));
            }
            MavMessage::STATUSTEXT(said) => self.said(said.severity as u8, &said.text[..]),
            MavMessage::PARAM_VALUE(value) => {
                let name = value.param_id.to_str().unwrap_or_default();
                // PX4 puts the bits of an integer where the number goes.
                let as_bits = vehicle.autopilot == MavAutopilot::MAV_AUTOPILOT_PX4
                    && value.param_type == MavParamType::MAV_PARAM_TYPE_INT32;
                let bits = value.param_value.to_bits().cast_signed();
                self.recorder.parameter(name, if as_bits { f64::from(bits) } else { value.param_value.into() });
            }
            MavMessage::MISSION_ITEM_INT(item) if item.mission_type as u8 == 0 => {
                let at = (item.x != 0 || item.y != 0).then(|| (f64::from(item.x) * 1e-7, f64::from(item.y) * 1e-7));
                self.recorder.mission_item(
                    item.seq,
                    MissionItem {
                        command: item.command as u16,
                        frame: item.frame as u8,
                        param: [item.param1, item.param2, item.param3, item.param4].map(f64::from),
                        at: at.and_then(|(latitude, longitude)| LatLon::from_degrees(latitude, longitude).ok()),
                        altitude_m: item.z.into(),
                    },
                );
            }
            MavMessage::MISSION_ITEM_REACHED(reached) => {
                self.recorder.event(EventKind::Reached, &reached.seq.to_string());
            }
            _ => {}
        }
    }

    fn said(&mut self, severity: u8, text: &[u8]) {
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        let text = String::from_utf8_lossy(&text[..end]);
        if Program::of_banner(&text).is_some() {
            self.recorder.vehicle(&text);
        }
        self.recorder.event(if severity <= 4 { EventKind::Warned } else { EventKind::Said }, &text);
    }
}
