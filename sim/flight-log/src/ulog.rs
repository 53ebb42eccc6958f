//! PX4's ULog: definitions of topics, then data by topic.
//!
//! Source: docs.px4.io, "ULog File Format", version 1. `px4-ulog` reads the definitions and finds the fields; the frame
//! around each record is read here, and only records that it can take without harm are handed on: it trusts lengths and
//! gives up at the first bad record, and files cut off by a crash are common. So a broken record is skipped, and after
//! a gap the next three headers that make sense in a row are taken up again.
//!
//! Limits: of topics with several instances the first; nested topics are not read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Read;

use px4_ulog::stream_parser::file_reader::LogParser;
use px4_ulog::stream_parser::model::{DataMessage, ParameterMessage, ParseableFieldType};
use telemetry::Timestamp;

use crate::error::Fault;
use crate::flight::{Battery, EventKind, Flight, Format};
use crate::recorder::Recorder;
use crate::window::{Fields, Window};

/// Magic, version and time.
const HEADER: usize = 16;
/// Length and type before each record.
const FRAME: usize = 3;
const RECORD_MAX: usize = FRAME + u16::MAX as usize;
/// The topics that tell of a flight.
const TOPICS: [&str; 8] = [
    "vehicle_global_position",
    "vehicle_gps_position",
    "sensor_gps",
    "vehicle_local_position",
    "vehicle_attitude",
    "battery_status",
    "vehicle_status",
    "home_position",
];
const TYPES: [&str; 12] = [
    "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "float", "double",
    "bool", "char",
];
/// No field of these topics has more elements.
const ELEMENTS_MAX: u16 = 64;

pub(crate) fn read(source: impl Read) -> Result<Flight, Fault> {
    let recorder = RefCell::new(Recorder::new(Format::ULog));
    let mut on_data = |message: &DataMessage<'_>| data(&mut recorder.borrow_mut(), message);
    let mut on_parameter = |message: &ParameterMessage<'_>| {
        let (name, value) = match message {
            ParameterMessage::Float(name, value, _) => (name, f64::from(*value)),
            ParameterMessage::Int32(name, value, _) => (name, f64::from(*value)),
        };
        recorder.borrow_mut().parameter(name, value);
    };
    let mut parser = LogParser::default();
    parser.set_data_message_callback(&mut on_data);
    parser.set_parameter_message_callback(&mut on_parameter);

    let mut window = Window::new(source);
    let header = window.peek(HEADER)?.get(..HEADER).map(<[u8]>::to_vec);
    let read = header.as_deref().and_then(|header| parser.consume_bytes(header).ok());
    if read.is_none() {
        let what = format!("the header has {HEADER} bytes, found {}", header.map_or(0, |header| header.len()));
        return Err(Fault::Broken { format: Format::ULog, offset: 0, what });
    }
    window.skip(HEADER);
    let mut walk = Walk { recorder: &recorder, parser, wanted: BTreeSet::new(), appended_at: Vec::new() };
    walk.records(&mut window)?;
    drop(walk);
    Ok(recorder.into_inner().finish())
}

struct Walk<'r, 'c> {
    recorder: &'r RefCell<Recorder>,
    parser: LogParser<'c>,
    /// The ids of the topics that are read.
    wanted: BTreeSet<u16>,
    /// Where data was appended after a crash: records begin there, whatever came before.
    appended_at: Vec<u64>,
}

impl Walk<'_, '_> {
    fn records<R: Read>(&mut self, window: &mut Window<R>) -> Result<(), Fault> {
        let mut in_step = true;
        let mut lost_at = None;
        loop {
            let offset = window.offset();
            let appended_at = self.appended_at.iter().copied().find(|at| *at > offset);
            let bytes = window.peek(2 * RECORD_MAX)?;
            if bytes.is_empty() {
                break;
            }
            let to_appended = appended_at.map_or(usize::MAX, |at| usize::try_from(at - offset).unwrap_or(usize::MAX));
            let length = frame(bytes).filter(|length| FRAME + length <= bytes.len().min(to_appended));
            match length {
                Some(length) if in_step || goes_on(&bytes[FRAME + length..]) => {
                    let record = &bytes[..FRAME + length];
                    self.take(record);
                    window.skip(FRAME + length);
                    if lost_at.take().is_some() {
                        self.recorder.borrow_mut().damage().bad_records += 1;
                    }
                    in_step = true;
                }
                _ => {
                    lost_at = lost_at.or(Some(offset));
                    in_step = to_appended == 1;
                    self.recorder.borrow_mut().damage().skipped_bytes += 1;
                    window.skip(1);
                }
            }
        }
        let mut recorder = self.recorder.borrow_mut();
        if let Some(lost_at) = lost_at {
            recorder.damage().skipped_bytes -= window.offset() - lost_at;
            recorder.damage().cut_short_at = Some(lost_at);
        }
        Ok(())
    }

    fn take(&mut self, record: &[u8]) {
        let (kind, content) = (record[2], &record[FRAME..]);
        let taken = match kind {
            b'B' => {
                self.appended_at =
                    [16, 24, 32].iter().filter_map(|at| content.u64_at(*at)).filter(|at| *at > 0).collect();
                self.feed(record)
            }
            b'F' if !is_plain(content) => Some(()),
            b'F' => self.feed(record),
            b'A' => self.subscribe(record, content),
            b'D' if content.u16_at(0).is_none_or(|id| !self.wanted.contains(&id)) => Some(()),
            b'D' => self.feed(record),
            // A parameter: the length of "type name", that, and four bytes.
            b'P' if content.u8_at(0).is_some_and(|length| content.len() == usize::from(length) + 5) => {
                self.feed(record)
            }
            b'I' => self.info(content),
            b'L' => self.said(content),
            b'O' => content.u16_at(0).map(|lost_ms| {
                self.recorder.borrow_mut().event(EventKind::Dropout, &format!("{lost_ms} ms of data lost"));
            }),
            b'P' => None,
            _ => Some(()),
        };
        if taken.is_none() {
            self.recorder.borrow_mut().damage().bad_records += 1;
        }
    }

    fn feed(&mut self, record: &[u8]) -> Option<()> {
        self.parser.consume_bytes(record).ok()
    }

    /// Instance, id and name of a topic.
    fn subscribe(&mut self, record: &[u8], content: &[u8]) -> Option<()> {
        let (instance, id) = (content.u8_at(0)?, content.u16_at(1)?);
        if instance == 0 && TOPICS.iter().any(|topic| topic.as_bytes() == &content[3..]) {
            self.feed(record)?;
            self.wanted.insert(id);
        }
        Some(())
    }

    /// The length of "type name", that, and the value.
    fn info(&mut self, content: &[u8]) -> Option<()> {
        let length = usize::from(content.u8_at(0)?);
        let key = std::str::from_utf8(content.get(1..=length)?).ok()?;
        let name = key.split_once(' ')?.1;
        if matches!(name, "ver_hw" | "sys_name") {
            let value = std::str::from_utf8(content.get(1 + length..)?).ok()?;
            self.recorder.borrow_mut().vehicle_also(value);
        }
        Some(())
    }

    /// Severity as a digit, time, text.
    fn said(&mut self, content: &[u8]) -> Option<()> {
        let (severity, micros) = (content.u8_at(0)?, content.u64_at(1)?);
        let text = String::from_utf8_lossy(content.get(9..)?);
        let mut recorder = self.recorder.borrow_mut();
        recorder.time(micros as f64 * 1e-6);
        recorder.event(if severity <= b'4' { EventKind::Warned } else { EventKind::Said }, &text);
        Some(())
    }
}

/// The length of the record that begins here, if one may.
fn frame(bytes: &[u8]) -> Option<usize> {
    let known = b"BFIMPQARDLCSO".contains(&bytes.u8_at(2)?);
    bytes.u16_at(0).map(usize::from).filter(|length| known && *length > 0)
}

/// Whether two more records follow, as far as can be seen.
fn goes_on(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    for _ in 0..2 {
        if rest.len() < FRAME {
            return true;
        }
        match frame(rest) {
            Some(length) => rest = rest.get(FRAME + length..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// Whether a definition is one of a topic that is read, and of plain fields only: `name:type field;…`.
fn is_plain(content: &[u8]) -> bool {
    let Some((name, fields)) = std::str::from_utf8(content).ok().and_then(|text| text.split_once(':')) else {
        return false;
    };
    TOPICS.contains(&name)
        && fields.split(';').filter(|field| !field.is_empty()).count() > 0
        && fields.split(';').filter(|field| !field.is_empty()).all(|field| {
            let Some((kind, _)) = field.split_once(' ') else { return false };
            let (kind, elements) = kind.split_once('[').unwrap_or((kind, "1]"));
            let elements = elements.strip_suffix(']').and_then(|count| count.parse::<u16>().ok());
            TYPES.contains(&kind) && elements.is_some_and(|count| (1..=ELEMENTS_MAX).contains(&count))
        })
}

/// A number of a data record, whatever its type.
struct Topic<'a>(&'a DataMessage<'a>);

impl Topic<'_> {
    fn typed<T: ParseableFieldType>(&self, name: &str) -> Option<T> {
        // The parser has checked that a record is as long as its definition says.
        self.0.flattened_format.get_field_parser::<T>(name).ok().map(|parser| parser.parse(self.0.data))
    }

    fn f32(&self, name: &str) -> Option<f64> {
        self.typed::<f32>(name).map(f64::from).filter(|value| value.is_finite())
    }

    fn f64(&self, name: &str) -> Option<f64> {
        self.typed::<f64>(name).filter(|value| value.is_finite())
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.typed::<bool>(name)
    }
}

fn data(recorder: &mut Recorder, message: &DataMessage<'_>) {
    let topic = Topic(message);
    let Some(micros) = topic.typed::<u64>("timestamp") else { return };
    if !recorder.time(micros as f64 * 1e-6) {
        return;
    }
    match message.flattened_format.message_name() {
        "vehicle_global_position" => {
            if let (Some(latitude), Some(longitude)) = (topic.f64("lat"), topic.f64("lon")) {
                recorder.fused_position(latitude, longitude);
            }
            if let Some(altitude_m) = topic.f32("alt") {
                recorder.altitude(altitude_m);
            }
            recorder.sample();
        }
        "vehicle_gps_position" | "sensor_gps" => satellites(recorder, &topic),
        "vehicle_local_position" => {
            if topic.flag("z_valid") != Some(false)
                && let Some(down_m) = topic.f32("z")
            {
                recorder.above_home(-down_m);
            }
            if topic.flag("v_xy_valid") != Some(false)
                && let (Some(north), Some(east), Some(down)) = (topic.f32("vx"), topic.f32("vy"), topic.f32("vz"))
            {
                recorder.velocity_ned(north, east, down);
            }
            recorder.sample();
        }
        "vehicle_attitude" => {
            let component = |index| topic.f32(["q[0]", "q[1]", "q[2]", "q[3]"][index]);
            if let (Some(w), Some(x), Some(y), Some(z)) = (component(0), component(1), component(2), component(3)) {
                let (roll, pitch, yaw) = euler(w, x, y, z);
                recorder.attitude(roll, pitch, yaw);
            }
            recorder.sample();
        }
        "battery_status" => recorder.battery(Battery {
            voltage_v: topic.f32("voltage_v").filter(|volts| *volts > 0.0),
            // PX4 says −1 for what it does not measure.
            current_a: topic.f32("current_a").filter(|amperes| *amperes >= 0.0),
            used_mah: topic.f32("discharged_mah").filter(|used| *used >= 0.0),
            remaining: topic.f32("remaining").filter(|share| *share >= 0.0),
        }),
        "vehicle_status" => {
            if let Some(state) = topic.typed::<u8>("nav_state") {
                recorder.mode(&mode(state));
            }
            if let Some(state) = topic.typed::<u8>("arming_state") {
                recorder.armed(state == 2);
            }
        }
        "home_position" => {
            if let (Some(latitude), Some(longitude)) = (topic.f64("lat"), topic.f64("lon")) {
                recorder.home(latitude, longitude, topic.f32("alt"));
            }
        }
        _ => {}
    }
}

/// The receiver's own word: integers until 2023, floating point since.
fn satellites(recorder: &mut Recorder, topic: &Topic<'_>) {
    if topic.typed::<u8>("fix_type").is_none_or(|fix| fix < 3) {
        return;
    }
    let e7 = |name| topic.typed::<i32>(name).map(|value| f64::from(value) * 1e-7);
    let latitude = topic.f64("latitude_deg").or_else(|| e7("lat"));
    let longitude = topic.f64("longitude_deg").or_else(|| e7("lon"));
    let millimetres = topic.typed::<i32>("alt").map(|value| f64::from(value) * 1e-3);
    if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
        recorder.satellite_position(latitude, longitude, topic.f64("altitude_msl_m").or(millimetres));
    }
    if let Some(micros) = topic.typed::<u64>("time_utc_usec").and_then(|micros| i64::try_from(micros).ok()) {
        recorder.utc(Timestamp::from_unix_nanos(micros.saturating_mul(1_000)));
    }
    recorder.sample();
}

/// Roll, pitch and yaw of a rotation from body to north-east-down.
fn euler(w: f64, x: f64, y: f64, z: f64) -> (f64, f64, f64) {
    let roll = (2.0 * (w * x + y * z)).atan2(1.0 - 2.0 * (x * x + y * y));
    let pitch = (2.0 * (w * y - z * x)).clamp(-1.0, 1.0).asin();
    let yaw = (2.0 * (w * z + x * y)).atan2(1.0 - 2.0 * (y * y + z * z));
    (roll, pitch, yaw)
}

/// `vehicle_status.nav_state` in PX4's words.
fn mode(state: u8) -> String {
    let name = match state {
        0 => "Manual",
        1 => "Altitude",
        2 => "Position",
        3 => "Mission",
        4 => "Hold",
        5 => "Return",
        10 => "Acro",
        12 => "Descend",
        13 => "Termination",
        14 => "Offboard",
        15 => "Stabilized",
        17 => "Takeoff",
        18 => "Land",
        19 => "Follow",
        20 => "Precision land",
        21 => "Orbit",
        22 => "VTOL takeoff",
        _ => return format!("nav_state {state}"),
    };
    name.to_owned()
}
