//! ArduPilot's DataFlash log: messages whose layout the log itself defines, in order of the vehicle's clock.
//!
//! Source: ardupilot.org, "Log Messages", and `ardupilot-binlog`, which reads them. It takes a definition at its word: one
//! that claims a message shorter than its own header would bring it down, so the bytes pass through [`Guarded`] first.
//! Broken messages it leaves out, up to 256 in a row; what was left out shows as bytes that belong to no message.
//!
//! Limits: of sensors with several instances the first.

use std::io::{self, Read};

use ardupilot_binlog::{Entry, Reader};
use telemetry::{LatLon, Timestamp};

use crate::ardupilot::Program;
use crate::error::Fault;
use crate::flight::{Battery, EventKind, Flight, Format, MissionItem};
use crate::recorder::Recorder;

/// 6 January 1980, and the leap seconds since (18 from 2017 until further notice).
const GPS_EPOCH_S: f64 = 315_964_800.0;
const LEAP_S: f64 = 18.0;
const WEEK_S: f64 = 604_800.0;
/// EV ids (`AP_Logger`, LogEvent).
const ARMED: i64 = 10;
const DISARMED: i64 = 11;

pub(crate) fn read(source: impl Read) -> Result<Flight, Fault> {
    let mut passed = Passed::default();
    let mut recorder = Recorder::new(Format::DataFlash);
    let mut made_sense = 0;
    {
        let mut reader = Reader::new(Guarded { source, passed: &mut passed, tail: Tail::default() });
        let mut program = None;
        while let Some(entry) = reader.next() {
            let Ok(entry) = entry else { break };
            made_sense += reader.formats().get(&entry.msg_type).map_or(0, |format| u64::from(format.msg_len));
            take(&mut recorder, &entry, &mut program);
        }
    }
    if let Some(source) = passed.failed {
        return Err(Fault::Io { offset: passed.bytes, source });
    }
    let damage = recorder.damage();
    damage.skipped_bytes = passed.bytes.saturating_sub(made_sense);
    damage.bad_records = passed.mended;
    if damage.skipped_bytes > 0 {
        // A logger is switched off with the vehicle: as a rule what is missing is the end of the last message.
        damage.cut_short_at = (damage.skipped_bytes < u64::from(u8::MAX)).then_some(made_sense);
    }
    Ok(recorder.finish())
}

fn take(recorder: &mut Recorder, entry: &Entry, program: &mut Option<Program>) {
    if entry.get_f64("I").or(entry.get_f64("C")).or(entry.get_f64("Inst")).is_some_and(|instance| instance != 0.0) {
        return;
    }
    if let Some(micros) = entry.timestamp_usec
        && !recorder.time(micros as f64 * 1e-6)
    {
        return;
    }
    let number = |name| entry.get_f64(name);
    match entry.name.as_str() {
        "POS" => {
            if let Some((latitude, longitude)) = place(entry) {
                recorder.fused_position(latitude, longitude);
            }
            number("Alt").into_iter().for_each(|metres| recorder.altitude(metres));
            number("RelHomeAlt").into_iter().for_each(|metres| recorder.above_home(metres));
            recorder.sample();
        }
        "GPS" => satellites(recorder, entry),
        "XKF1" => {
            if let (Some(north), Some(east), Some(down)) = (number("VN"), number("VE"), number("VD")) {
                recorder.velocity_ned(north, east, down);
            }
        }
        "ATT" => {
            if let (Some(roll), Some(pitch), Some(yaw)) = (number("Roll"), number("Pitch"), number("Yaw")) {
                recorder.attitude(roll.to_radians(), pitch.to_radians(), yaw.to_radians());
                recorder.sample();
            }
        }
        "BAT" => recorder.battery(Battery {
            voltage_v: number("Volt"),
            current_a: number("Curr"),
            used_mah: number("CurrTot"),
            remaining: number("RemPct").map(|percent| percent / 100.0),
        }),
        "MODE" => {
            if let Some(mode) = entry.get_i64("ModeNum").and_then(|mode| u32::try_from(mode).ok()) {
                recorder.mode(&program.map_or_else(|| format!("mode {mode}"), |program| program.mode(mode)));
            }
        }
        "EV" => match entry.get_i64("Id") {
            Some(ARMED) => recorder.armed(true),
            Some(DISARMED) => recorder.armed(false),
            _ => {}
        },
        "ARM" => number("ArmState").into_iter().for_each(|state| recorder.armed(state != 0.0)),
        "MSG" => {
            let text = entry.get_str("Message").unwrap_or_default();
            if let Some(banner) = Program::of_banner(text) {
                *program = Some(banner);
                recorder.vehicle(text);
            }
            recorder.event(EventKind::Said, text);
        }
        "PARM" => {
            if let (Some(name), Some(value)) = (entry.get_str("Name"), number("Value")) {
                recorder.parameter(name, value);
            }
        }
        "ORGN" => {
            // Type 1 is home.
            if let (Some(1), Some((latitude, longitude))) = (entry.get_i64("Type"), place(entry)) {
                recorder.home(latitude, longitude, number("Alt"));
            }
        }
        "CMD" => mission_item(recorder, entry),
        _ => {}
    }
}

/// Latitude and longitude, stored as degrees times ten million.
fn place(entry: &Entry) -> Option<(f64, f64)> {
    let degrees = |name| entry.get_i64(name).map(|value| value as f64 * 1e-7);
    Some((degrees("Lat")?, degrees("Lng")?))
}

fn satellites(recorder: &mut Recorder, entry: &Entry) {
    if entry.get_i64("Status").is_none_or(|fix| fix < 3) {
        return;
    }
    if let Some((latitude, longitude)) = place(entry) {
        recorder.satellite_position(latitude, longitude, entry.get_f64("Alt"));
        recorder.sample();
    }
    if let (Some(week), Some(ms)) = (entry.get_f64("GWk"), entry.get_f64("GMS"))
        && week > 0.0
    {
        recorder.utc(Timestamp::from_unix_seconds(GPS_EPOCH_S + week * WEEK_S + ms / 1000.0 - LEAP_S));
    }
}

fn mission_item(recorder: &mut Recorder, entry: &Entry) {
    let whole = |name| entry.get_i64(name);
    let (Some(item), Some(command), Some(altitude_m)) = (whole("CNum"), whole("CId"), entry.get_f64("Alt")) else {
        return;
    };
    let (Ok(item), Ok(command)) = (u16::try_from(item), u16::try_from(command)) else { return };
    let param = ["Prm1", "Prm2", "Prm3", "Prm4"].map(|name| entry.get_f64(name).unwrap_or(0.0));
    let at = place(entry).filter(|place| *place != (0.0, 0.0));
    let at = at.and_then(|(latitude, longitude)| LatLon::from_degrees(latitude, longitude).ok());
    let frame = whole("Frame").and_then(|frame| u8::try_from(frame).ok()).unwrap_or(0);
    recorder.mission_item(item, MissionItem { command, frame, param, at, altitude_m });
}

/// What has passed through the guard.
#[derive(Default)]
struct Passed {
    bytes: u64,
    /// Definitions that claimed an impossible length.
    mended: u64,
    failed: Option<io::Error>,
}

/// The bytes that went before, as far as they could begin a definition: a3 95 80, type, length.
#[derive(Default)]
struct Tail([u8; 4]);

/// Lets bytes through, and makes a definition of a message shorter than its header one of the longest message: nothing
/// is lost by it, since no such message can be.
struct Guarded<'p, R> {
    source: R,
    passed: &'p mut Passed,
    tail: Tail,
}

impl<R: Read> Read for Guarded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.source.read(buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                // The reader takes a failure for the end; it is said here.
                self.passed.failed = Some(error);
                0
            }
        };
        for byte in &mut buffer[..count] {
            if self.tail.0[..3] == [0xa3, 0x95, 0x80] && *byte < 3 {
                *byte = u8::MAX;
                self.passed.mended += 1;
            }
            self.tail.0.rotate_left(1);
            self.tail.0[3] = *byte;
        }
        self.passed.bytes += count as u64;
        Ok(count)
    }
}
