//! The `.waypoints` files of Mission Planner and its kin: `QGC WPL 110`, then twelve columns a line.
//!
//! Columns: number, current, frame, command, four parameters, latitude, longitude, altitude, autocontinue
//! (<https://mavlink.io/en/file_formats/>). The first row is home, with its altitude above mean sea level. Lines that begin
//! with `#` are people's own and kept.

use telemetry::{AltitudeAmsl, LatLon};

use super::flight::{FenceKind, Flight, Home};
use super::mission_item::{self, FRAME_MAX, MissionItem, Placed, command, frame};
use crate::file::{FileError, Position, Source};

const HEADER: &str = "QGC WPL 110";
const COLUMNS: [&str; 12] = [
    "number",
    "current",
    "frame",
    "command",
    "param1",
    "param2",
    "param3",
    "param4",
    "latitude",
    "longitude",
    "altitude",
    "autocontinue",
];
/// The most rows; ArduPilot keeps at most 724 items on common boards, and simulators more.
const ROWS_MAX: usize = 10_000;

/// A file.
#[derive(Debug, Clone, PartialEq)]
pub struct Waypoints {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq)]
enum Line {
    Row(Row),
    /// Or an empty line.
    Comment(String),
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number, from 0.
    pub number: u16,
    /// Whether the vehicle is at it.
    pub current: bool,
    /// What it says.
    pub item: MissionItem,
    line: usize,
}

impl Waypoints {
    /// Reads a file; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] with the line, the column's name, what was found and what is allowed.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let source = Source::new(file, bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))?;
        let mut lines = source.text().lines().enumerate().map(|(n, line)| (n + 1, line.trim()));
        let told = |line: usize, field: &str, found: String, allowed: String| FileError {
            file: file.to_owned(),
            at: Some(Position { line, column: 1 }),
            field: field.to_owned(),
            found,
            allowed,
        };
        match lines.next() {
            Some((_, HEADER)) => {}
            other => {
                let found: String = other.map_or("", |(_, line)| line).chars().take(40).collect();
                let version = found.strip_prefix("QGC WPL ").map_or(String::new(), |v| format!(", version {v:?}"));
                return Err(told(1, "", format!("{found:?}{version}"), format!("{HEADER:?}, no other version")));
            }
        }
        let mut kept = Vec::new();
        let mut next: u16 = 0;
        for (line, text) in lines {
            if text.is_empty() || text.starts_with('#') {
                kept.push(Line::Comment(text.to_owned()));
                continue;
            }
            if kept.len() >= ROWS_MAX {
                return Err(told(line, "", format!("more than {ROWS_MAX} rows"), format!("at most {ROWS_MAX}")));
            }
            let row = row(text, line).map_err(|(field, found, allowed)| told(line, field, found, allowed))?;
            if row.number != next {
                return Err(told(line, "number", row.number.to_string(), format!("{next}, the next one")));
            }
            next += 1;
            kept.push(Line::Row(row));
        }
        Ok(Self { lines: kept })
    }

    /// A file of a home and the items after it.
    #[must_use]
    pub fn new(home: Option<Home>, items: Vec<MissionItem>) -> Self {
        let [lat, lon] = home.map_or([0.0, 0.0], |home| super::degrees(home.at));
        let altitude_m = home.and_then(|home| home.altitude).map_or(0.0, |altitude| altitude.metres);
        let params = [0.0, 0.0, 0.0, 0.0, lat, lon, altitude_m].map(Some);
        let home = MissionItem { command: command::WAYPOINT, frame: frame::GLOBAL, params, auto_continue: true };
        let row = |(number, item): (usize, MissionItem)| {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            Line::Row(Row { number, current: number == 0, item, line: usize::from(number) + 2 })
        };
        Self { lines: std::iter::once(home).chain(items).enumerate().map(row).collect() }
    }

    /// The file as text.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}\n");
        for line in &self.lines {
            match line {
                Line::Comment(comment) => text.push_str(comment),
                Line::Row(Row { number, current, item, .. }) => {
                    let MissionItem { command, frame, params, auto_continue } = item;
                    text.push_str(&format!("{number}\t{}\t{frame}\t{command}", u8::from(*current)));
                    for param in params {
                        text.push_str(&param.map_or("\tnan".to_owned(), |number| format!("\t{number}")));
                    }
                    text.push_str(&format!("\t{}", u8::from(*auto_continue)));
                }
            }
            text.push('\n');
        }
        text.into_bytes()
    }

    /// Its rows, home first.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.lines.iter().filter_map(|line| match line {
            Line::Row(row) => Some(row),
            Line::Comment(_) => None,
        })
    }

    /// The items after home, with their numbers.
    pub(crate) fn items(&self) -> Vec<Placed> {
        let placed = |row: &Row| Placed {
            item: row.item.clone(),
            number: i64::from(row.number),
            place: format!("line {}, item {}", row.line, row.number),
        };
        self.rows().skip(1).map(placed).collect()
    }

    /// Home, where the file says it.
    pub(crate) fn home(&self) -> Option<Home> {
        let item = &self.rows().next()?.item;
        let [Some(lat), Some(lon), altitude] = [item.params[4], item.params[5], item.params[6]] else { return None };
        // Who has no home writes zeros.
        let at = LatLon::from_degrees(lat, lon).ok().filter(|_| lat != 0.0 || lon != 0.0)?;
        Some(Home { at, altitude: altitude.map(AltitudeAmsl::new) })
    }

    /// What it asks for.
    #[must_use]
    pub fn flight(&self, title: &str) -> Flight {
        let mission_item::Led { legs, lost, unknown_ways } = mission_item::legs(&self.items());
        let comments = self.lines.iter().filter_map(|line| match line {
            Line::Comment(comment) if !comment.is_empty() => Some(format!("the comment {comment:?}")),
            Line::Comment(_) | Line::Row(_) => None,
        });
        Flight {
            home: self.home(),
            legs,
            lost: lost.into_iter().chain(comments).collect(),
            unknown_ways,
            ..Flight::new(title)
        }
        .with_speeds_settled()
        .with_depths_settled()
    }

    /// A file for a flight, and what of it the format cannot say.
    #[must_use]
    pub fn of_flight(flight: &Flight) -> (Self, Vec<String>) {
        let mut lost = super::policy_lost(flight);
        lost.extend(flight.heights_refused());
        for (number, area) in flight.fences.iter().enumerate() {
            let kind = if area.kind == FenceKind::Inclusion { "inclusion" } else { "exclusion" };
            lost.push(format!("fence {}: the {kind} area", number + 1));
        }
        if !flight.rally_points.is_empty() {
            lost.push(format!("{} rally points", flight.rally_points.len()));
        }
        (Self::new(flight.home, mission_item::items(&flight.legs, flight.cruise_m_s, 1)), lost)
    }
}

type Refusal = (&'static str, String, String);

fn row(text: &str, line: usize) -> Result<Row, Refusal> {
    let columns: Vec<&str> = text.split(['\t', ' ']).filter(|column| !column.is_empty()).collect();
    if columns.len() != COLUMNS.len() {
        return Err(("", format!("{} columns", columns.len()), "twelve columns, parted by tabs or blanks".to_owned()));
    }
    let whole = |n: usize, most: u16| {
        let number = columns[n].parse::<u16>().ok().filter(|number| *number <= most);
        number.ok_or_else(|| (COLUMNS[n], format!("{:?}", columns[n]), format!("a whole number from 0 to {most}")))
    };
    let number = |n: usize| {
        let number: Result<f64, _> = columns[n].parse();
        match number {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            // What is no number is the vehicle's default; a place has none.
            Ok(number) if number.is_nan() && (4..8).contains(&n) => Ok(None),
            _ => Err((COLUMNS[n], format!("{:?}", columns[n]), "a finite number".to_owned())),
        }
    };
    let mut params = [None; 7];
    for (n, param) in params.iter_mut().enumerate() {
        *param = number(n + 4)?;
    }
    let frame = whole(2, u16::from(FRAME_MAX))?;
    let command = whole(3, u16::MAX)?;
    // Other frames keep other things there.
    let global = [0, 3, 5, 6, 10, 11].contains(&frame);
    let placed = command < 100 || command == command::DO_SET_ROI || command == command::DO_SET_ROI_LOCATION;
    for (n, most) in [(8, 90.0), (9, 180.0)] {
        if global && placed && params[n - 4].is_some_and(|degrees| degrees.abs() > most) {
            return Err((COLUMNS[n], columns[n].to_owned(), format!("−{most} to {most} degrees")));
        }
    }
    let frame = u8::try_from(frame).unwrap_or(FRAME_MAX);
    let item = MissionItem { command, frame, params, auto_continue: whole(11, 1)? == 1 };
    Ok(Row { number: whole(0, u16::MAX)?, current: whole(1, 1)? == 1, item, line })
}
