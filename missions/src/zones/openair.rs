//! Reads airspaces in OpenAir, the text that glider pilots exchange
//! (<http://www.winpilot.com/UsersGuide/UserAirspace.asp>; classes and extensions as in use, see Naviter's description).
//!
//! What a class means for a drone is our reading: `P` is prohibited; `R`, `A` to `D` and `CTR` need an authorisation; `Q`,
//! `RMZ`, `TMZ` and classes that are not known have conditions; `E` to `G`, `W` and `GP` restrict nobody. Flight levels
//! count from mean sea level at standard pressure, 100 ft each. Times (`AA`, `AX`) are not read: an airspace counts always.
//! An airspace of two corners is a line, such as a cable, and becomes a strip 50 m wide.

use geo::Coord;
use telemetry::LatLon;

use super::values::{METRES_A_FOOT, ZONES_MAX};
use super::{Applicability, Outline, Restriction, UasZone, VerticalLimit, VerticalReference, ZoneVolume};
use crate::file::{FileError, Position};
use crate::ring::FlatMap;

const METRES_A_NAUTICAL_MILE: f64 = 1852.0;
/// The angle between two corners of an arc.
const ARC_STEP: f64 = 3.0_f64.to_radians();
/// How far the ring around a line keeps from it, metres.
const LINE_MARGIN_M: f64 = 25.0;
/// No arc is wider, nautical miles.
const RADIUS_MAX_NM: f64 = 500.0;

/// Reads a file; `file` is the name errors give. What is not UTF-8 is read as Latin-1.
///
/// # Errors
/// [`FileError`] with the line of the first thing that cannot be used.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<UasZone>, FileError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let latin: String;
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => {
            latin = bytes.iter().map(|byte| char::from(*byte)).collect();
            &latin
        }
    };
    let mut reading = Reading { file, zones: Vec::new(), open: None, centre: None, clockwise: true };
    for (number, line) in text.lines().enumerate() {
        reading.line(number + 1, line.trim())?;
    }
    reading.close()?;
    Ok(reading.zones)
}

struct Reading<'f> {
    file: &'f str,
    zones: Vec<UasZone>,
    open: Option<Open>,
    /// `V X=`: of arcs and circles.
    centre: Option<LatLon>,
    /// `V D=`: of arcs; every airspace begins with it clockwise.
    clockwise: bool,
}

/// An airspace being read.
struct Open {
    line: usize,
    class: String,
    name: Option<String>,
    floor: Option<VerticalLimit>,
    ceiling: Option<VerticalLimit>,
    corners: Vec<LatLon>,
    circle: Option<(LatLon, f64)>,
}

impl Reading<'_> {
    fn told(&self, line: usize, found: &str, allowed: &str) -> FileError {
        let found: String = found.chars().take(60).collect();
        let at = Some(Position { line, column: 1 });
        FileError { file: self.file.to_owned(), at, field: String::new(), found, allowed: allowed.to_owned() }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), FileError> {
        if line.is_empty() || line.starts_with('*') {
            return Ok(());
        }
        let (record, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        // What follows a star is a remark.
        let rest = rest.split('*').next().unwrap_or_default().trim();
        if record.eq_ignore_ascii_case("AC") {
            self.close()?;
            if self.zones.len() >= ZONES_MAX {
                return Err(self.told(number, "too many airspaces", &format!("at most {ZONES_MAX}")));
            }
            let (corners, class) = (Vec::new(), rest.to_ascii_uppercase());
            let open = Open { line: number, class, name: None, floor: None, ceiling: None, corners, circle: None };
            self.open = Some(open);
            (self.centre, self.clockwise) = (None, true);
            return Ok(());
        }
        if self.open.is_none() {
            return Err(self.told(number, line, "AC, an airspace's class, first"));
        }
        let (centre, clockwise) = (self.centre, self.clockwise);
        let told = |allowed: &str| self.told(number, line, allowed);
        let place = |text: &str| place(text).ok_or_else(|| told("a place such as 46:58:29 N 008:15:29 E"));
        match record.to_ascii_uppercase().as_str() {
            "V" => match rest.split_once('=').map(|(name, value)| (name.trim().to_ascii_uppercase(), value.trim())) {
                Some((name, value)) if name == "X" => self.centre = Some(place(value)?),
                Some((name, "+")) if name == "D" => self.clockwise = true,
                Some((name, "-")) if name == "D" => self.clockwise = false,
                // Widths of airways and zoom levels draw no area.
                Some((name, _)) if name == "W" || name == "Z" => {}
                _ => return Err(told("X=place, D=+ or D=-")),
            },
            "AN" => self.opened().name = Some(rest.to_owned()),
            "AL" => {
                let limit = limit(rest).ok_or_else(|| told("GND, 4500 ft, 300 m AGL, FL 95 or UNL"))?;
                self.opened().floor = limit;
            }
            "AH" => {
                let limit = limit(rest).ok_or_else(|| told("GND, 4500 ft, 300 m AGL, FL 95 or UNL"))?;
                self.opened().ceiling = limit;
            }
            "DP" => {
                let corner = place(rest)?;
                self.opened().corners.push(corner);
            }
            "DC" => {
                let radius = rest.parse::<f64>().ok().filter(|radius| *radius > 0.0 && *radius <= RADIUS_MAX_NM);
                let radius_nm = radius.ok_or_else(|| told("a radius above 0 and up to 500 nautical miles"))?;
                let centre = centre.ok_or_else(|| told("a centre, V X=, before it"))?;
                self.opened().circle = Some((centre, radius_nm * METRES_A_NAUTICAL_MILE));
            }
            "DA" => {
                let numbers: Vec<f64> = rest.split(',').filter_map(|number| number.trim().parse().ok()).collect();
                let centre = centre.ok_or_else(|| told("a centre, V X=, before it"))?;
                let [radius_nm, from, to] = numbers[..] else {
                    return Err(told("radius in nautical miles, first and last bearing"));
                };
                let bounded = radius_nm > 0.0 && radius_nm <= RADIUS_MAX_NM;
                if !(bounded && from.is_finite() && to.is_finite()) {
                    return Err(told("a radius above 0 and up to 500 nautical miles, and bearings"));
                }
                let radii_m = [radius_nm * METRES_A_NAUTICAL_MILE; 2];
                let bearings = [from, to].map(|degrees| degrees.rem_euclid(360.0).to_radians());
                self.opened().corners.extend(arc(centre, radii_m, bearings, clockwise));
            }
            "DB" => {
                let centre = centre.ok_or_else(|| told("a centre, V X=, before it"))?;
                let Some((from, to)) = rest.split_once(',') else {
                    return Err(told("two places with a comma between"));
                };
                let map = FlatMap::new(centre);
                let ends = [place(from)?, place(to)?].map(|end| map.coord(end));
                let radii_m = ends.map(|end| end.x.hypot(end.y));
                if !radii_m.iter().all(|radius_m| *radius_m <= RADIUS_MAX_NM * METRES_A_NAUTICAL_MILE) {
                    return Err(told("places up to 500 nautical miles from the centre"));
                }
                let bearings = ends.map(|end| end.x.atan2(end.y));
                self.opened().corners.extend(arc(centre, radii_m, bearings, clockwise));
            }
            // Names of stations, frequencies, types, times, labels, pens and brushes draw no area.
            "AT" | "AF" | "AG" | "AI" | "AY" | "AX" | "AA" | "TO" | "TC" | "SP" | "SB" | "DY" | "WD" | "MC" => {}
            _ => return Err(told("a record of OpenAir: AC AN AL AH AT V DP DA DB DC")),
        }
        Ok(())
    }

    fn opened(&mut self) -> &mut Open {
        self.open.as_mut().expect("a line of an airspace is only taken after its class")
    }

    /// Ends an airspace.
    fn close(&mut self) -> Result<(), FileError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let name = open.name.unwrap_or_else(|| format!("{} of line {}", open.class, open.line));
        let outline = match open.circle {
            Some((centre, radius_m)) if open.corners.is_empty() => Outline::Circle { centre, radius_m },
            None if open.corners.len() >= 3 => Outline::Polygon(vec![open.corners]),
            // Cables are drawn so.
            None if open.corners.len() == 2 => Outline::Polygon(vec![strip(open.corners[0], open.corners[1])]),
            None => {
                let found = format!("{name}: {} corners", open.corners.len());
                return Err(self.told(open.line, &found, "two and more, or a circle"));
            }
            Some(_) => return Err(self.told(open.line, &format!("{name}: corners and a circle"), "one of them")),
        };
        self.zones.push(UasZone {
            identifier: name.clone(),
            country: String::new(),
            name: Some(name),
            restriction: restriction(&open.class),
            reasons: vec![format!("class {}", open.class)],
            message: None,
            applicability: vec![Applicability { from: None, to: None, daily: Vec::new() }],
            volumes: vec![ZoneVolume { lower: open.floor, upper: open.ceiling, outline }],
        });
        Ok(())
    }
}

fn restriction(class: &str) -> Restriction {
    match class {
        "P" => Restriction::Prohibited,
        "R" | "A" | "B" | "C" | "D" | "CTR" => Restriction::RequiresAuthorisation,
        "E" | "F" | "G" | "W" | "GP" => Restriction::Unrestricted,
        _ => Restriction::Conditional,
    }
}

/// A limit; inside, nothing where there is none: a floor on the ground, a ceiling without end.
fn limit(text: &str) -> Option<Option<VerticalLimit>> {
    let text = text.to_ascii_uppercase();
    let words = text.trim();
    if matches!(words, "UNL" | "UNLIM" | "UNLIMITED" | "UNLTD") {
        return Some(None);
    }
    if matches!(words, "GND" | "SFC" | "0") {
        return Some(Some(VerticalLimit { metres: 0.0, reference: VerticalReference::Agl }));
    }
    if let Some(level) = words.strip_prefix("FL") {
        let hundreds: f64 = level.trim().parse().ok().filter(|level: &f64| (0.0..=999.0).contains(level))?;
        let metres = hundreds * 100.0 * METRES_A_FOOT;
        return Some(Some(VerticalLimit { metres, reference: VerticalReference::Amsl }));
    }
    let end = words.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(words.len());
    let number: f64 = words[..end].parse().ok().filter(|number: &f64| number.is_finite() && *number < 1e6)?;
    let (mut metres_each, mut reference) = (METRES_A_FOOT, VerticalReference::Amsl);
    let mut rest = words[end..].trim_start();
    for (unit, metres) in [("FT", METRES_A_FOOT), ("F", METRES_A_FOOT), ("M", 1.0)] {
        if let Some(after) = rest.strip_prefix(unit)
            && !rest.starts_with("MSL")
        {
            (metres_each, rest) = (metres, after.trim_start());
            break;
        }
    }
    match rest.trim() {
        "" | "MSL" | "AMSL" | "ALT" | "STD" => {}
        "AGL" | "GND" | "SFC" | "ASFC" | "AGND" => reference = VerticalReference::Agl,
        _ => return None,
    }
    Some(Some(VerticalLimit { metres: number * metres_each, reference }))
}

/// A place: degrees, minutes and seconds or decimals of them, with a letter for the hemisphere behind each.
fn place(text: &str) -> Option<LatLon> {
    let text = text.trim().to_ascii_uppercase();
    let north = text.find(['N', 'S'])?;
    let (lat, rest) = (&text[..north], &text[north + 1..]);
    let east = rest.find(['E', 'W'])?;
    if !rest[east + 1..].trim().is_empty() {
        return None;
    }
    let lat = degrees(lat)? * if text.as_bytes()[north] == b'S' { -1.0 } else { 1.0 };
    let lon = degrees(&rest[..east])? * if rest.as_bytes()[east] == b'W' { -1.0 } else { 1.0 };
    LatLon::from_degrees(lat, lon).ok()
}

fn degrees(text: &str) -> Option<f64> {
    let mut parts = text.trim().trim_start_matches([' ', ',']).split(':');
    let mut number = || parts.next().map(|part| part.trim().parse::<f64>().ok().filter(|number| *number >= 0.0));
    let whole = number()??;
    let (minutes, seconds) = (number().unwrap_or(Some(0.0))?, number().unwrap_or(Some(0.0))?);
    let fits = minutes < 60.0 && seconds < 60.0 && parts.next().is_none();
    fits.then_some(whole + minutes / 60.0 + seconds / 3600.0)
}

/// The ring around a line from one place to another.
fn strip(from: LatLon, to: LatLon) -> Vec<LatLon> {
    let map = FlatMap::new(from);
    let [a, b] = [from, to].map(|end| map.coord(end));
    let along = b - a;
    let length = along.x.hypot(along.y);
    let unit = if length > 0.0 { along / length } else { Coord { x: 1.0, y: 0.0 } };
    let (on, aside) = (unit * LINE_MARGIN_M, Coord { x: -unit.y, y: unit.x } * LINE_MARGIN_M);
    let corners = [a - on - aside, b + on - aside, b + on + aside, a - on + aside];
    corners.into_iter().filter_map(|corner| map.lat_lon(corner)).collect()
}

/// The corners of an arc, its ends among them. Where the ends are not as far from the centre, the radius goes over from one
/// to the other.
fn arc(centre: LatLon, radii_m: [f64; 2], [from, to]: [f64; 2], clockwise: bool) -> Vec<LatLon> {
    let map = FlatMap::new(centre);
    let turn = if clockwise { to - from } else { from - to }.rem_euclid(std::f64::consts::TAU);
    let turn = if turn == 0.0 { std::f64::consts::TAU } else { turn };
    let steps = (turn / ARC_STEP).ceil().max(1.0) as u32;
    let corner = |step: u32| {
        let share = f64::from(step) / f64::from(steps);
        let angle = from + if clockwise { share * turn } else { -share * turn };
        let radius_m = radii_m[0] + share * (radii_m[1] - radii_m[0]);
        map.lat_lon(Coord { x: radius_m * angle.sin(), y: radius_m * angle.cos() })
    };
    (0..=steps).filter_map(corner).collect()
}
