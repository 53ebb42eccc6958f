//! A recorded flight, whatever recorded it.

use std::collections::BTreeMap;
use std::fmt;

use telemetry::{AltitudeAmsl, Attitude, EnuVelocity, LatLon, Timestamp};

/// The most samples kept. When there are more, every other one is dropped, and so is every other one that follows.
pub const SAMPLES_MAX: usize = 200_000;
/// The most events, parameters and mission items kept, each; the first stay, what is more is counted.
pub const EVENTS_MAX: usize = 10_000;

/// What wrote the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PX4's ULog.
    ULog,
    /// ArduPilot's DataFlash log.
    DataFlash,
    /// MAVLink frames with the time of their reception.
    TelemetryLog,
    /// The text record of DJI's apps, which is no text.
    Dji,
    /// Comma-separated values.
    Csv,
}

impl Format {
    /// By the first bytes of a file.
    pub(crate) fn of_head(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"ULog\x01\x12\x35") {
            return Some(Self::ULog);
        }
        if head.starts_with(&[0xa3, 0x95]) {
            return Some(Self::DataFlash);
        }
        // A telemetry log begins with a time in microseconds, big-endian, then a frame.
        if matches!(head.get(8), Some(0xfd | 0xfe)) {
            return Some(Self::TelemetryLog);
        }
        if crate::dji::begins_like_one(head) {
            return Some(Self::Dji);
        }
        let line = head.split(|byte| *byte == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?.to_lowercase();
        (line.contains(',') && line.contains("latitude")).then_some(Self::Csv)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ULog => "ULog",
            Self::DataFlash => "DataFlash log",
            Self::TelemetryLog => "telemetry log",
            Self::Dji => "DJI text record",
            Self::Csv => "CSV",
        })
    }
}

/// A recorded flight.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// What wrote it.
    pub format: Format,
    /// What flew, in the words of the record: firmware, board, model.
    pub vehicle: Option<String>,
    /// The moment of the first sample, where the record knows the date.
    pub began_at: Option<Timestamp>,
    /// Where it was to return to, as it was last set.
    pub home: Option<Home>,
    /// In order of time; never empty.
    pub samples: Vec<Sample>,
    /// In order of time.
    pub events: Vec<Event>,
    /// The settings of the autopilot, as they last were.
    pub parameters: BTreeMap<String, f64>,
    /// The mission it was given, by item number, as it last was.
    pub mission: BTreeMap<u16, MissionItem>,
    /// What could not be read.
    pub damage: Damage,
}

impl Flight {
    /// Puts in order what was recorded by several clocks and writers.
    pub(crate) fn settle(&mut self) {
        self.events.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    }

    /// Heights, sample by sample, metres: above the first altitude that is known. In a record without altitudes above sea
    /// level, the vehicle's own heights above its home; others jump when home is set again in flight.
    #[must_use]
    pub fn heights_m(&self) -> Vec<Option<f64>> {
        let Some(first) = self.samples.iter().find_map(|sample| sample.altitude) else {
            return self.samples.iter().map(|sample| sample.above_home_m).collect();
        };
        self.samples.iter().map(|sample| sample.altitude.map(|altitude| altitude.metres - first.metres)).collect()
    }

    /// How long the record lasts, seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.samples.last().map_or(0.0, |last| last.at_s)
    }
}

/// The place to return to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Home {
    /// Where.
    pub at: LatLon,
    /// How high, where the record says.
    pub altitude: Option<AltitudeAmsl>,
}

/// What was known at one moment. What the record does not tell, or told more than two seconds ago, is absent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sample {
    /// Seconds since the first sample.
    pub at_s: f64,
    /// Where.
    pub position: Option<LatLon>,
    /// How high above mean sea level, as the vehicle reckoned it.
    pub altitude: Option<AltitudeAmsl>,
    /// How high above home or the take-off, metres; negative under water.
    pub above_home_m: Option<f64>,
    /// Over ground.
    pub velocity: Option<EnuVelocity>,
    /// How it lay in the air.
    pub attitude: Option<Attitude>,
    /// How its battery stood.
    pub battery: Option<Battery>,
}

/// How a battery stood.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Battery {
    /// Under load.
    pub voltage_v: Option<f64>,
    /// Drawn, positive.
    pub current_a: Option<f64>,
    /// Charge used since it was connected, as the vehicle counted it.
    pub used_mah: Option<f64>,
    /// What the vehicle believes is left, 0 to 1.
    pub remaining: Option<f64>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Seconds since the first sample; negative before it.
    pub at_s: f64,
    /// What kind.
    pub kind: EventKind,
    /// What the record says of it.
    pub text: String,
}

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The flight mode changed; the text is its name.
    Mode,
    /// The motors were armed.
    Armed,
    /// The motors were disarmed.
    Disarmed,
    /// The vehicle said something; the text is what.
    Said,
    /// The vehicle warned.
    Warned,
    /// A mission item was reached; the text is its number.
    Reached,
    /// The logger lost data.
    Dropout,
}

/// One item of a mission, as MAVLink numbers and frames it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissionItem {
    /// MAV_CMD.
    pub command: u16,
    /// MAV_FRAME.
    pub frame: u8,
    /// Parameters 1 to 4.
    pub param: [f64; 4],
    /// Where, unless the command has no place.
    pub at: Option<LatLon>,
    /// In the frame's datum, metres.
    pub altitude_m: f64,
}

/// What of a file could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Damage {
    /// Records that made no sense.
    pub bad_records: u64,
    /// Bytes between records that made sense.
    pub skipped_bytes: u64,
    /// The byte at which the file ends in the middle of a record.
    pub cut_short_at: Option<u64>,
    /// Samples, events, parameters and mission items beyond what is kept.
    pub dropped: u64,
}

impl Damage {
    /// Whether everything was read and kept.
    #[must_use]
    pub fn none(&self) -> bool {
        *self == Self::default()
    }
}
