//! What the records of a DJI flight say.
//!
//! One *frame* a tenth of a second begins with the flight controller's record; battery, home and texts follow when there
//! is news. Velocities are north, east, down; angles tenths of a degree; positions radians.

use telemetry::Timestamp;

use super::details::Details;
use super::scramble::unscrambled;
use crate::flight::{Battery, EventKind, Flight, Format};
use crate::recorder::Recorder;
use crate::window::Fields;

const FLIGHT_CONTROLLER: u8 = 1;
const HOME: u8 = 2;
const CUSTOM: u8 = 5;
const CENTRE_BATTERY: u8 = 7;
const APP_TIP: u8 = 9;
const APP_WARNING: u8 = 10;
const APP_SERIOUS_WARNING: u8 = 24;
/// Scrambled since this version.
const SCRAMBLED_FROM: u8 = 7;
/// A frame for which the motors' clock has not moved on is taken to be this much later; the app's own rate is ten a second.
const FRAME_S: f64 = 0.05;

pub(super) struct Decoder {
    version: u8,
    recorder: Recorder,
    /// The clock of the motors when the record began, and what has been gained by its resets.
    clock_s: Option<f64>,
    motors_s: f64,
    /// How much the motors' clock was ahead when they last started.
    gained_s: f64,
    start: Option<Timestamp>,
}

impl Decoder {
    pub(super) fn new(version: u8, details: &Details) -> Self {
        let mut recorder = Recorder::new(Format::Dji);
        match (details.product, &details.aircraft) {
            (Some(product), Some(name)) => recorder.vehicle(&format!("DJI {product}, \"{name}\"")),
            (Some(product), None) => recorder.vehicle(&format!("DJI {product}")),
            (None, Some(name)) => recorder.vehicle(&format!("DJI, \"{name}\"")),
            (None, None) => recorder.vehicle("DJI"),
        }
        Self { version, recorder, clock_s: None, motors_s: 0.0, gained_s: 0.0, start: details.start }
    }

    pub(super) fn take(&mut self, kind: u8, bytes: &[u8]) {
        let bytes = if self.version >= SCRAMBLED_FROM { unscrambled(kind, bytes) } else { bytes.to_vec() };
        let taken = match kind {
            FLIGHT_CONTROLLER => self.flight_controller(&bytes),
            HOME => self.home(&bytes),
            CUSTOM => self.date(&bytes),
            CENTRE_BATTERY => self.battery(&bytes),
            APP_TIP => self.text(EventKind::Said, &bytes),
            APP_WARNING | APP_SERIOUS_WARNING => self.text(EventKind::Warned, &bytes),
            _ => Some(()),
        };
        if taken.is_none() {
            self.recorder.damage().bad_records += 1;
        }
    }

    /// A record made no sense; the file may end in it.
    pub(super) fn lost(&mut self, cut_short_at: Option<u64>) {
        let damage = self.recorder.damage();
        damage.bad_records += u64::from(cut_short_at.is_none());
        damage.cut_short_at = damage.cut_short_at.or(cut_short_at);
    }

    pub(super) fn skipped(&mut self, bytes: u64) {
        self.recorder.damage().skipped_bytes += bytes;
    }

    pub(super) fn finish(self) -> Flight {
        let mut flight = self.recorder.finish();
        flight.began_at = flight.began_at.or(self.start);
        flight
    }

    /// Offsets: longitude 0, latitude 8, height 16, velocity 18, pitch 24, roll 26, yaw 28, mode 30, state 32, battery
    /// 40, time since the motors started 42.
    fn flight_controller(&mut self, bytes: &[u8]) -> Option<()> {
        let tenths = |at| bytes.i16_at(at).map(|value| f64::from(value) / 10.0);
        let (longitude, latitude) = (bytes.f64_at(0)?, bytes.f64_at(8)?);
        let height_m = tenths(16)?;
        let (north_m_s, east_m_s, down_m_s) = (tenths(18)?, tenths(20)?, tenths(22)?);
        let (pitch, roll, yaw) = (tenths(24)?, tenths(26)?, tenths(28)?);
        let motors_s = f64::from(bytes.u16_at(42)?) / 10.0;
        let now_s = self.clock(motors_s);
        if !self.recorder.time(now_s) {
            return Some(());
        }
        self.recorder.position(latitude.to_degrees(), longitude.to_degrees());
        self.recorder.above_home(height_m);
        self.recorder.velocity_ned(north_m_s, east_m_s, down_m_s);
        self.recorder.attitude(roll.to_radians(), pitch.to_radians(), yaw.to_radians());
        self.recorder.mode(&mode(bytes.u8_at(30)? & 0x7f));
        self.recorder.armed(bytes.u8_at(32)? & 0x08 != 0);
        self.recorder.sample();
        Some(())
    }

    /// Seconds that always go on: the motors' clock, and the frames' own rate where that stands still or starts anew.
    fn clock(&mut self, motors_s: f64) -> f64 {
        let Some(clock_s) = self.clock_s else {
            self.gained_s = 0.0;
            self.motors_s = motors_s;
            self.clock_s = Some(motors_s);
            return motors_s;
        };
        if motors_s < self.motors_s {
            self.gained_s = clock_s + FRAME_S - motors_s;
        }
        let clock_s = (motors_s + self.gained_s).max(clock_s + FRAME_S);
        self.motors_s = motors_s;
        self.clock_s = Some(clock_s);
        clock_s
    }

    fn home(&mut self, bytes: &[u8]) -> Option<()> {
        let (longitude, latitude) = (bytes.f64_at(0)?, bytes.f64_at(8)?);
        self.recorder.home(latitude.to_degrees(), longitude.to_degrees(), None);
        Some(())
    }

    /// The phone's date, milliseconds since 1970.
    fn date(&mut self, bytes: &[u8]) -> Option<()> {
        let ms = bytes.i64_at(10)?;
        if (946_684_800_000..4_102_444_800_000).contains(&ms) {
            self.recorder.utc(Timestamp::from_unix_nanos(ms * 1_000_000));
        }
        Some(())
    }

    /// Offsets: share left 0, millivolts 1, charge left 3 and when full 5 (mAh), milliamperes 14 (negative is drawn).
    fn battery(&mut self, bytes: &[u8]) -> Option<()> {
        let (percent, millivolts) = (bytes.u8_at(0)?, bytes.u16_at(1)?);
        let (left_mah, full_mah) = (bytes.u16_at(3)?, bytes.u16_at(5)?);
        let milliamperes = bytes.array(14).map(i16::from_le_bytes)?;
        let known = |value: u16| (value > 0).then(|| f64::from(value));
        self.recorder.battery(Battery {
            voltage_v: known(millivolts).map(|millivolts| millivolts / 1000.0),
            current_a: Some(-f64::from(milliamperes) / 1000.0),
            used_mah: known(full_mah).map(|full| full - f64::from(left_mah)),
            remaining: Some(f64::from(percent) / 100.0),
        });
        Some(())
    }

    fn text(&mut self, kind: EventKind, bytes: &[u8]) -> Option<()> {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let text = std::str::from_utf8(&bytes[..end]).ok()?;
        self.recorder.event(kind, text);
        Some(())
    }
}

/// The flight mode by its number, by the name the app gives it.
fn mode(number: u8) -> String {
    let name = match number {
        0 => "Manual",
        1 => "Atti",
        2 => "Atti_CL",
        3 => "Atti_Hover",
        4 => "Hover",
        5 => "GPS_Brake",
        6 => "GPS_Atti",
        7 => "GPS_CL",
        8 => "GPS_HomeLock",
        9 => "GPS_HotPoint",
        10 => "AssistedTakeOff",
        11 => "AutoTakeOff",
        12 => "AutoLanding",
        13 => "AttiLanding",
        14 => "NaviGo",
        15 => "GoHome",
        16 => "ClickGo",
        17 => "Joystick",
        23 => "Atti_Limited",
        24 => "GPS_Atti_Limited",
        25 => "Follow_Me",
        31 => "Sport",
        32 => "Novice",
        33 => "ForceLanding",
        38 => "Tripod",
        41 => "EngineStart",
        _ => return format!("mode {number}"),
    };
    name.to_owned()
}
