//! Comma-separated values: one line a sample, told apart by the names in the first line.
//!
//! What [`write_csv`] writes, [`read`] reads back. The names of Airdata's and of similar exports of DJI flights are known
//! too, with their feet and miles an hour. Columns that are not known are left out, in any order; a latitude and a
//! longitude there must be. Quoted cells as in RFC 4180, but no line breaks in them.

use std::io::{self, Read, Write};

use telemetry::Timestamp;

use crate::error::Fault;
use crate::flight::{Battery, EventKind, Flight, Format, Sample};
use crate::recorder::Recorder;
use crate::window::Window;

/// A longer line is no line of a flight.
const LINE_MAX: usize = 16 * 1024;
const FEET_M: f64 = 0.3048;
const MILE_AN_HOUR_M_S: f64 = 0.447_04;
const DEGREE: f64 = std::f64::consts::PI / 180.0;

/// What a column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Time,
    Utc,
    Latitude,
    Longitude,
    Altitude,
    AboveHome,
    East,
    North,
    Up,
    Down,
    Roll,
    Pitch,
    Heading,
    Voltage,
    Current,
    Used,
    Remaining,
    Mode,
    Message,
}

/// Names, and what brings their unit to ours.
const NAMES: [(&str, Column, f64); 36] = [
    ("time_s", Column::Time, 1.0),
    ("time(millisecond)", Column::Time, 1e-3),
    ("utc", Column::Utc, 1.0),
    ("datetime(utc)", Column::Utc, 1.0),
    ("latitude_deg", Column::Latitude, 1.0),
    ("latitude", Column::Latitude, 1.0),
    ("longitude_deg", Column::Longitude, 1.0),
    ("longitude", Column::Longitude, 1.0),
    ("altitude_amsl_m", Column::Altitude, 1.0),
    ("altitude_above_sealevel(feet)", Column::Altitude, FEET_M),
    ("altitude(feet)", Column::Altitude, FEET_M),
    ("above_home_m", Column::AboveHome, 1.0),
    ("height_above_takeoff(feet)", Column::AboveHome, FEET_M),
    ("ascent(feet)", Column::AboveHome, FEET_M),
    ("east_m_s", Column::East, 1.0),
    ("yspeed(mph)", Column::East, MILE_AN_HOUR_M_S),
    ("north_m_s", Column::North, 1.0),
    ("xspeed(mph)", Column::North, MILE_AN_HOUR_M_S),
    ("up_m_s", Column::Up, 1.0),
    ("zspeed(mph)", Column::Down, MILE_AN_HOUR_M_S),
    ("roll_deg", Column::Roll, DEGREE),
    ("roll(degrees)", Column::Roll, DEGREE),
    ("pitch_deg", Column::Pitch, DEGREE),
    ("pitch(degrees)", Column::Pitch, DEGREE),
    ("heading_deg", Column::Heading, DEGREE),
    ("compass_heading(degrees)", Column::Heading, DEGREE),
    ("voltage_v", Column::Voltage, 1.0),
    ("voltage(v)", Column::Voltage, 1.0),
    ("current_a", Column::Current, 1.0),
    ("current(a)", Column::Current, 1.0),
    ("used_mah", Column::Used, 1.0),
    ("remaining", Column::Remaining, 1.0),
    ("battery_percent", Column::Remaining, 1e-2),
    ("mode", Column::Mode, 1.0),
    ("flycstate", Column::Mode, 1.0),
    ("message", Column::Message, 1.0),
];

pub(crate) fn read(source: impl Read) -> Result<Flight, Fault> {
    let mut window = Window::new(source);
    let mut recorder = Recorder::new(Format::Csv);
    let header = line(&mut window)?.unwrap_or_default();
    let columns: Vec<Option<(Column, f64)>> = cells(&header).iter().map(|name| column(name)).collect();
    let has = |wanted| columns.iter().flatten().any(|(column, _)| *column == wanted);
    if !(has(Column::Latitude) && has(Column::Longitude) && has(Column::Time)) {
        let what = "the first line must name columns for time, latitude and longitude, such as time_s, latitude_deg \
                    and longitude_deg"
            .to_owned();
        return Err(Fault::Broken { format: Format::Csv, offset: 0, what });
    }
    while let Some(line) = line(&mut window)? {
        if line.trim().is_empty() {
            continue;
        }
        let cells = cells(&line);
        if Row::of(&columns, &cells).record(&mut recorder).is_none() {
            recorder.damage().bad_records += 1;
        }
    }
    Ok(recorder.finish())
}

fn column(name: &str) -> Option<(Column, f64)> {
    let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
    let name = name.replace(" (", "(");
    NAMES.iter().find(|(known, ..)| *known == name).map(|(_, column, scale)| (*column, *scale))
}

/// The next line without its end; nothing at the end of the file. A line too long comes back empty.
fn line<R: Read>(window: &mut Window<R>) -> Result<Option<String>, Fault> {
    let bytes = window.peek(LINE_MAX)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let within = &bytes[..bytes.len().min(LINE_MAX)];
    let (line, length) = match within.iter().position(|byte| *byte == b'\n') {
        Some(end) => (String::from_utf8_lossy(&within[..end]).trim_end_matches('\r').to_owned(), end + 1),
        None if bytes.len() < LINE_MAX => (String::from_utf8_lossy(bytes).into_owned(), bytes.len()),
        None => (String::new(), within.len()),
    };
    window.skip(length);
    Ok(Some(line))
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(character),
        }
    }
    cells.push(cell);
    cells
}

/// The numbers and words of one line, by column.
struct Row<'c> {
    told: Vec<(Column, f64, &'c str)>,
}

impl<'c> Row<'c> {
    fn of(columns: &[Option<(Column, f64)>], cells: &'c [String]) -> Self {
        let known = columns.iter().zip(cells).filter_map(|(column, cell)| column.map(|column| (column, cell.trim())));
        Self { told: known.map(|((column, scale), cell)| (column, scale, cell)).collect() }
    }

    fn text(&self, wanted: Column) -> Option<&'c str> {
        self.told.iter().find(|(column, ..)| *column == wanted).map(|(.., cell)| *cell).filter(|cell| !cell.is_empty())
    }

    fn number(&self, wanted: Column) -> Option<f64> {
        let (_, scale, cell) = self.told.iter().find(|(column, ..)| *column == wanted)?;
        cell.parse::<f64>().ok().map(|value| value * scale).filter(|value| value.is_finite())
    }

    fn record(&self, recorder: &mut Recorder) -> Option<()> {
        if !recorder.time(self.number(Column::Time)?) {
            return Some(());
        }
        // A row without a place is one before the first fix.
        if let (Some(latitude), Some(longitude)) = (self.number(Column::Latitude), self.number(Column::Longitude)) {
            recorder.position(latitude, longitude);
        }
        if let Some(utc) = self.text(Column::Utc).and_then(utc) {
            recorder.utc(utc);
        }
        self.number(Column::Altitude).into_iter().for_each(|metres| recorder.altitude(metres));
        self.number(Column::AboveHome).into_iter().for_each(|metres| recorder.above_home(metres));
        let up_m_s = self.number(Column::Up).or(self.number(Column::Down).map(|down| -down));
        if let (Some(north), Some(east), Some(up)) = (self.number(Column::North), self.number(Column::East), up_m_s) {
            recorder.velocity_ned(north, east, -up);
        }
        let angles = (self.number(Column::Roll), self.number(Column::Pitch), self.number(Column::Heading));
        if let (Some(roll), Some(pitch), Some(heading)) = angles {
            recorder.attitude(roll, pitch, heading);
        }
        let battery = Battery {
            voltage_v: self.number(Column::Voltage).filter(|volts| *volts > 0.0),
            current_a: self.number(Column::Current),
            used_mah: self.number(Column::Used),
            remaining: self.number(Column::Remaining),
        };
        if battery != Battery::default() {
            recorder.battery(battery);
        }
        self.text(Column::Mode).into_iter().for_each(|mode| recorder.mode(mode));
        self.text(Column::Message).into_iter().for_each(|text| recorder.event(EventKind::Said, text));
        recorder.sample();
        Some(())
    }
}

/// `2016-09-15 17:51:19`, or RFC 3339.
fn utc(text: &str) -> Option<Timestamp> {
    let joined = text.replacen(' ', "T", 1);
    joined.parse().or_else(|_| format!("{joined}Z").parse()).ok()
}

/// Writes a flight as CSV: one line a sample, metres, seconds, degrees; an empty cell is what is not known.
///
/// # Errors
/// When writing fails.
pub fn write_csv(flight: &Flight, mut to: impl Write) -> io::Result<()> {
    writeln!(
        to,
        "time_s,utc,latitude_deg,longitude_deg,altitude_amsl_m,above_home_m,east_m_s,north_m_s,up_m_s,roll_deg,\
         pitch_deg,heading_deg,voltage_v,current_a,used_mah,remaining,mode,message"
    )?;
    let mut events = flight.events.iter().peekable();
    for sample in &flight.samples {
        write_sample(flight, sample, &mut to)?;
        let (mut mode, mut said) = (String::new(), Vec::new());
        while let Some(event) = events.next_if(|event| event.at_s <= sample.at_s) {
            match event.kind {
                EventKind::Mode => event.text.clone_into(&mut mode),
                _ => said.push(event.text.as_str()),
            }
        }
        writeln!(to, ",{},{}", quoted(&mode), quoted(&said.join("; ")))?;
    }
    Ok(())
}

fn write_sample(flight: &Flight, sample: &Sample, to: &mut impl Write) -> io::Result<()> {
    let utc = flight.began_at.map(|began_at| began_at.offset_seconds(sample.at_s).to_string());
    write!(to, "{:.3},{}", sample.at_s, utc.unwrap_or_default())?;
    let degrees = |radians: f64| radians / DEGREE;
    let cells: [(Option<f64>, usize); 14] = [
        (sample.position.map(|at| at.latitude_deg()), 7),
        (sample.position.map(|at| at.longitude_deg()), 7),
        (sample.altitude.map(|altitude| altitude.metres), 2),
        (sample.above_home_m, 2),
        (sample.velocity.map(|velocity| velocity.east_m_s), 2),
        (sample.velocity.map(|velocity| velocity.north_m_s), 2),
        (sample.velocity.map(|velocity| velocity.up_m_s), 2),
        (sample.attitude.map(|attitude| degrees(attitude.roll_rad)), 2),
        (sample.attitude.map(|attitude| degrees(attitude.pitch_rad)), 2),
        (sample.attitude.map(|attitude| attitude.heading.degrees()), 2),
        (sample.battery.and_then(|battery| battery.voltage_v), 3),
        (sample.battery.and_then(|battery| battery.current_a), 2),
        (sample.battery.and_then(|battery| battery.used_mah), 1),
        (sample.battery.and_then(|battery| battery.remaining), 3),
    ];
    for (value, digits) in cells {
        match value {
            Some(value) => write!(to, ",{value:.digits$}")?,
            None => write!(to, ",")?,
        }
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
