//! Drones that are not ours: drawn by hand, or recorded flights moved to the site.

use serde_spanned::Spanned;
use telemetry::{Enu, Geodetic, LatLon, SiteFrame, Timestamp};

use super::flight_csv;
use super::path::{AtEnd, Path, TimedPoint};
use super::read::Night;
use super::tables::{AtEndName, IntruderLegTable, IntruderTable, RecordedTable};
use crate::file::{FileErrors, Library, Reading};

/// The most legs of a drawn path.
const LEGS_MAX: usize = 10_000;

/// A drone that is not ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Intruder {
    /// Its name in expectations.
    pub name: String,
    /// Where it flies.
    pub path: Path,
    /// Whether it can be found by its radio.
    pub radiates: bool,
    /// How large radar sees it, relative to a small quadrotor (0.01 m²).
    pub radar_size: f64,
}

/// Checks one intruder.
pub(super) fn intruder(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    table: &Spanned<IntruderTable>,
) -> Option<Intruder> {
    let intruder = table.get_ref();
    let name = reading.text(&intruder.name, 48);
    let appears_at = night.moment(reading, &intruder.appears_at);
    let points = match (&intruder.legs, &intruder.recorded) {
        (Some(legs), None) => drawn(reading, night, legs, appears_at)?,
        (None, Some(recorded)) => recorded_points(reading, night, library, recorded.get_ref(), appears_at)?,
        _ => {
            reading.refuse_found(intruder.name.span(), "neither or both of legs and recorded", "one of them");
            return None;
        }
    };
    let at_end = match intruder.at_end {
        None | Some(AtEndName::Vanish) => AtEnd::Vanish,
        Some(AtEndName::Stay) => AtEnd::Stay,
        Some(AtEndName::Repeat) => AtEnd::Repeat,
    };
    let mut path = Path::new(points, at_end);
    if let (Ok(whole), Some(moment)) = (&path, &intruder.turns_back_at) {
        let turn_at = night.moment(reading, moment);
        let Some(there_and_back) = turned_back(whole, turn_at) else {
            let allowed = format!("a moment on its way, {} to {}", whole.begins_at(), whole.ends_at());
            reading.refuse(moment.span(), allowed);
            return None;
        };
        path = Path::new(there_and_back, at_end);
    }
    if let Err(fault) = &path {
        reading.refuse_found(intruder.name.span(), fault.to_string(), "points that differ from the one before");
    }
    let radar_size = reading.number_or(intruder.radar_size.as_ref(), 1.0, 0.001..=1000.0, "");
    Some(Intruder { name, path: path.ok()?, radiates: intruder.radiates.unwrap_or(true), radar_size })
}

/// A path drawn by hand: the first leg says where it appears, each other how fast it goes there.
fn drawn(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    legs: &Spanned<Vec<Spanned<IntruderLegTable>>>,
    appears_at: Timestamp,
) -> Option<Vec<TimedPoint>> {
    reading.at_most(legs.get_ref(), LEGS_MAX, "legs");
    if legs.get_ref().is_empty() {
        reading.refuse_found(legs.span(), "no legs", "at least one");
        return None;
    }
    let mut points: Vec<TimedPoint> = Vec::new();
    for table in legs.get_ref().iter().take(LEGS_MAX) {
        let leg = table.get_ref();
        let altitude = night.site.altitude(reading, &leg.altitude);
        let position = night.site.at_altitude(night.site.position(reading, &leg.at), altitude);
        let at = match (points.last(), &leg.speed_m_s) {
            (None, None) => appears_at,
            (Some(last), Some(speed)) => {
                let speed_m_s = reading.number(speed, 0.1..=150.0, "m/s");
                last.at.offset_seconds(last.position.distance_m(position) / speed_m_s)
            }
            (None, Some(speed)) => {
                reading.refuse(speed.span(), "no speed in the first leg, where it appears");
                appears_at
            }
            (Some(_), None) => {
                reading.refuse_found(table.span(), "no field speed_m_s", "speed_m_s in every leg but the first");
                return None;
            }
        };
        points.push(TimedPoint { at, position });
        if let Some(hover) = &leg.hover_s {
            let hover_s = reading.number(hover, 0.1..=86_400.0, "s");
            points.push(TimedPoint { at: at.offset_seconds(hover_s), position });
        }
    }
    Some(points)
}

/// A recorded flight, turned about its place of take-off, which is put elsewhere, and raised.
fn recorded_points(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    table: &RecordedTable,
    appears_at: Timestamp,
) -> Option<Vec<TimedPoint>> {
    let place = night.site.position(reading, &table.place_at);
    let turn_rad = reading.number_or(table.rotate_deg.as_ref(), 0.0, -360.0..=360.0, "degrees").to_radians();
    let raise_m = reading.number_or(table.raise_m.as_ref(), 0.0, -100.0..=5_000.0, "m");
    let key = night.named_file(reading, &table.file)?;
    let samples = library.take_flight(&key).and_then(|bytes| flight_csv::read(&library.shown(&key), &bytes));
    let samples = match samples {
        Ok(samples) => samples,
        Err(error) => {
            reading.take_errors(FileErrors::from(error));
            return None;
        }
    };
    let take_off = SiteFrame::new(on_ground(night, samples.first()?.at));
    let place = on_ground(night, place);
    let (sin, cos) = turn_rad.sin_cos();
    let moved = samples.iter().map(|sample| {
        let way = take_off.enu(on_ground(night, sample.at));
        // Clockwise, as azimuths turn.
        let turned = Enu {
            east_m: way.east_m * cos + way.north_m * sin,
            north_m: way.north_m * cos - way.east_m * sin,
            up_m: 0.0,
        };
        let altitude = telemetry::AltitudeAmsl::new(night.site.ground.metres + sample.height_m + raise_m);
        let at = place.displaced(turned).ok()?.lat_lon();
        Some(TimedPoint {
            at: appears_at.offset_seconds(sample.after_s),
            position: night.site.at_altitude(at, altitude),
        })
    });
    let points: Option<Vec<TimedPoint>> = moved.collect();
    if points.is_none() {
        reading.refuse_found(table.file.span(), "a flight that leads off the Earth", "a flight of some kilometres");
    }
    points
}

fn on_ground(night: &Night<'_>, at: LatLon) -> Geodetic {
    night.site.at_altitude(at, night.site.ground)
}

/// The way up to an instant, and the same way back at the same speeds.
fn turned_back(path: &Path, turn_at: Timestamp) -> Option<Vec<TimedPoint>> {
    if turn_at <= path.begins_at() || turn_at >= path.ends_at() {
        return None;
    }
    let out: Vec<TimedPoint> = path.points().iter().filter(|point| point.at < turn_at).copied().collect();
    let turn = TimedPoint { at: turn_at, position: path.position(turn_at)? };
    let mirrored = |point: &TimedPoint| TimedPoint { at: turn_at + turn_at.since(point.at), position: point.position };
    let back: Vec<TimedPoint> = out.iter().rev().map(mirrored).collect();
    Some(out.into_iter().chain([turn]).chain(back).collect())
}
