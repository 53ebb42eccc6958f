//! A sheet: the ground of one place, cut out of a folder's tiles.
//!
//! A folder may hold a continent; a room watches one place, asks for its ground thousands of times a second, and keeps it
//! with its recordings so that a replay finds the same hills. A sheet is one grid in memory, and as text an ASCII raster
//! as Esri defined it, with the `dx` and `dy` of GDAL's AAIGrid driver for cells that are not square. Heights are kept to
//! 0.1 m.
//!
//! Bound: [`POINTS_MAX`] points. Of a larger place only every second, third … point of the tiles is kept, with the highest
//! of those around it: clearance is then judged too low rather than too high.

use std::fmt::Write as _;

use telemetry::LatLon;

use super::grid::{Grid, Placing};
use super::{GroundHeight, Terrain};
use crate::file::FileError;

/// The most points of a sheet: a square of 2000 by 2000, 60 km at a second of arc.
pub const POINTS_MAX: usize = 4_000_000;
/// What stands for none in the text.
const NONE: &str = "-9999";
/// A degree of latitude, metres, on the sphere of IUGG's mean radius.
const DEGREE_M: f64 = 111_195.0;

/// The ground of one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    grid: Grid,
}

impl Terrain {
    /// The ground within west, south, east and north, degrees, at the points of the finest tile there; nothing where no
    /// tile has anything to say.
    #[must_use]
    pub fn sheet(&self, [west, south, east, north]: [f64; 4]) -> Option<Sheet> {
        let met = self.tiles.iter().filter(|tile| {
            let [w, s, e, n] = tile.bounds;
            w <= east && west <= e && s <= north && south <= n
        });
        let met: Vec<_> = met.filter_map(|tile| Some((tile.bounds, self.grid(tile)?.placing))).collect();
        let finest = met.iter().map(|(_, placing)| placing).min_by(|a, b| a.step[1].total_cmp(&b.step[1]))?;
        let span = |low: f64, high: f64, axis: usize| {
            let first = met.iter().map(|(bounds, _)| bounds[axis]).fold(f64::INFINITY, f64::min);
            let last = met.iter().map(|(bounds, _)| bounds[axis + 2]).fold(f64::NEG_INFINITY, f64::max);
            [low.max(first), high.min(last)]
        };
        let ([west, east], [south, north]) = (span(west, east, 0), span(south, north, 1));
        let [step_east, step_south] = finest.step;
        // On the points of that tile, one beyond each edge.
        let west = finest.first[0] + ((west - finest.first[0]) / step_east).floor() * step_east;
        let south = finest.first[1] + ((south - finest.first[1]) / step_south).floor() * step_south;
        let points = |span: f64, step: f64| (span / step).ceil().max(1.0) as usize + 1;
        let fine = [points(east - west, step_east), points(north - south, step_south)];
        let every = (1..)
            .find(|every| fine.map(|points| points.div_ceil(*every) + 1).iter().product::<usize>() <= POINTS_MAX)?;
        let size = if every == 1 { fine } else { fine.map(|points| points.div_ceil(every) + 1) };
        let placing = placed([west, south], finest.step.map(|step| step * every as f64), size);
        Some(Sheet { grid: Grid { placing, heights_m: self.heights(&placing, every) } })
    }

    /// Row by row from the north; each the highest of the tiles' points nearer to it than the next of the sheet.
    fn heights(&self, placing: &Placing, every: usize) -> Vec<f32> {
        let around = every as i32 - 1;
        let fine = placing.step.map(|step| step / every as f64);
        let highest = |row: usize, column: usize| {
            let lat = placing.first[1] - row as f64 * placing.step[1];
            let lon = placing.first[0] + column as f64 * placing.step[0];
            let mut highest_m = f64::NEG_INFINITY;
            for (south, east) in (-around..=around).flat_map(|south| (-around..=around).map(move |east| (south, east)))
            {
                let at = LatLon::from_degrees(lat + f64::from(south) * fine[1], lon + f64::from(east) * fine[0]);
                match at.map(|at| self.height(at)) {
                    Ok(GroundHeight::Metres(metres)) => highest_m = highest_m.max(metres),
                    Ok(GroundHeight::NoData | GroundHeight::NoTile) | Err(_) => return f32::NAN,
                }
            }
            // To 0.1 m, so that the text says the same.
            ((highest_m * 10.0).round() as f32) / 10.0
        };
        let [columns, rows] = placing.size;
        (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))).map(|(r, c)| highest(r, c)).collect()
    }
}

/// By its south-western point, as the text places it.
fn placed([west, south]: [f64; 2], step: [f64; 2], size: [usize; 2]) -> Placing {
    Placing { first: [west, south + (size[1] - 1) as f64 * step[1]], step, size }
}

impl Sheet {
    /// The ground at a place: nothing is filled in where it is not known.
    #[must_use]
    pub fn height(&self, at: LatLon) -> GroundHeight {
        self.grid.height(at.longitude_deg(), at.latitude_deg())
    }

    /// From a point to the next, metres, north to south.
    #[must_use]
    pub fn spacing_m(&self) -> f64 {
        self.grid.placing.step[1] * DEGREE_M
    }

    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Placing { first: [west, north], step: [dx, dy], size: [columns, rows] } = self.grid.placing;
        let south = north - (rows - 1) as f64 * dy;
        let mut text = format!(
            "ncols {columns}\nnrows {rows}\nxllcenter {west}\nyllcenter {south}\ndx {dx}\ndy {dy}\nNODATA_value {NONE}\n"
        );
        for row in self.grid.heights_m.chunks(columns) {
            for (column, height) in row.iter().enumerate() {
                let gap = if column == 0 { "" } else { " " };
                let _ = if height.is_nan() { write!(text, "{gap}{NONE}") } else { write!(text, "{gap}{height}") };
            }
            text.push('\n');
        }
        text
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`FileError`] with the line where it is no such raster.
    pub fn read(name: &str, text: &str) -> Result<Self, FileError> {
        let told = |line: usize, found: &str, allowed: &str| {
            let found: String = found.chars().take(40).collect();
            FileError::whole(name, format!("line {line}: {found:?}"), allowed)
        };
        let mut lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
        let mut header = |key: &str| {
            let (number, line) = lines.next().ok_or_else(|| told(1, "the end", key))?;
            let value = line.strip_prefix(key).and_then(|rest| rest.trim().parse::<f64>().ok());
            value.filter(|value| value.is_finite()).ok_or_else(|| told(number, line, &format!("{key} and a number")))
        };
        let [columns, rows] = [header("ncols")?, header("nrows")?];
        let corner = [header("xllcenter")?, header("yllcenter")?];
        let step = [header("dx")?, header("dy")?];
        header("NODATA_value")?;
        let whole = |count: f64| (2.0..=POINTS_MAX as f64).contains(&count) && count.fract() == 0.0;
        if !(whole(columns)
            && whole(rows)
            && columns * rows <= POINTS_MAX as f64
            && step.iter().all(|step| *step > 0.0))
        {
            return Err(told(1, &format!("{columns} by {rows} points"), "2 by 2 to 4 million points, steps above 0"));
        }
        let size = [columns as usize, rows as usize];
        let mut heights_m = Vec::with_capacity(size[0] * size[1]);
        for (number, line) in lines.by_ref().take(size[1]) {
            let before = heights_m.len();
            for word in line.split_ascii_whitespace() {
                let height =
                    if word == NONE { Some(f32::NAN) } else { word.parse().ok().filter(|m: &f32| m.is_finite()) };
                heights_m.push(height.ok_or_else(|| told(number, word, "a height in metres"))?);
            }
            if heights_m.len() != before + size[0] {
                return Err(told(number, &format!("{} heights", heights_m.len() - before), "as many as ncols"));
            }
        }
        if heights_m.len() != size[0] * size[1] {
            return Err(told(8, &format!("{} heights", heights_m.len()), "as many rows as nrows"));
        }
        Ok(Self { grid: Grid { placing: placed(corner, step, size), heights_m } })
    }
}
