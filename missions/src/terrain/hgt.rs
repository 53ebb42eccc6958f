//! SRTM's tiles: a degree by a degree, numbers of two bytes, the highest first, by rows from the north.
//!
//! The name says where the south-western corner is. There are 1201 points a side (three seconds) or 3601 (one), the
//! outermost shared with the neighbours; −32768 stands for none (SRTM Topography, USGS 2015, clauses 2 and 3).

use std::path::Path;

use telemetry::LatLon;

use super::grid::{Grid, Placing};
use crate::file::FileError;

const NONE: i16 = i16::MIN;

/// Longitude and latitude of the south-western corner, degrees, from a name such as `N54E010.hgt` or
/// `N54E010.SRTMGL1.hgt`; nothing where it is none.
pub(super) fn corner(path: &Path) -> Option<[f64; 2]> {
    if !path.extension()?.eq_ignore_ascii_case("hgt") {
        return None;
    }
    let name = path.file_name()?.to_str()?.to_ascii_uppercase();
    let number = |from: usize, to: usize, plus: &str, minus: &str, most: f64| {
        let sign = match name.get(from..from + 1)? {
            letter if letter == plus => 1.0,
            letter if letter == minus => -1.0,
            _ => return None,
        };
        let digits = name.get(from + 1..to)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<f64>().ok().map(|degrees| sign * degrees)).flatten().filter(|d| d.abs() <= most)
    };
    let (lat, lon) = (number(0, 3, "N", "S", 90.0)?, number(3, 7, "E", "W", 180.0)?);
    name.get(7..)?.starts_with('.').then_some([lon, lat])
}

/// The name of the tile that a place is in.
pub(super) fn name(at: LatLon) -> String {
    let (lat, lon) = (at.latitude_deg().floor(), at.longitude_deg().floor());
    let (north, east) = (if lat < 0.0 { 'S' } else { 'N' }, if lon < 0.0 { 'W' } else { 'E' });
    format!("{north}{:02}{east}{:03}", lat.abs(), lon.abs())
}

/// West, south, east, north, degrees; a little more at the edges, as points lie on them.
pub(super) fn bounds([west, south]: [f64; 2]) -> [f64; 4] {
    [west - 1e-3, south - 1e-3, west + 1.001, south + 1.001]
}

pub(super) fn read(path: &Path, [west, south]: [f64; 2], bytes: &[u8]) -> Result<Grid, FileError> {
    let side = match bytes.len() {
        2_884_802 => 1201,
        25_934_402 => 3601,
        found => {
            let allowed = "2884802 (1201 by 1201 points) or 25934402 (3601 by 3601)";
            return Err(FileError::whole(path.display().to_string(), format!("{found} bytes"), allowed));
        }
    };
    let height = |pair: &[u8]| match i16::from_be_bytes([pair[0], pair[1]]) {
        NONE => f32::NAN,
        metres => f32::from(metres),
    };
    let step = 1.0 / (side - 1) as f64;
    Ok(Grid {
        placing: Placing { first: [west, south + 1.0], step: [step, step], size: [side, side] },
        heights_m: bytes.chunks_exact(2).map(height).collect(),
    })
}
