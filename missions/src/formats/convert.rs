//! From one format into another, and a list of what that assumes or loses.

use super::document::{Document, Format, title_of};
use super::flight::Flight;
use super::geojson::GeoJson;
use super::qgc::QgcPlan;
use super::wpl::Waypoints;
use super::wpml::Wpml;
use crate::file::{FileError, FileErrors};
use crate::notation::AltitudeNote;
use crate::plan::Plan;

/// A file in another format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the new format needs and the old one did not say, and what the old one says and the new one cannot.
    pub remarks: Vec<String>,
}

impl Converted {
    fn of((bytes, remarks): (Vec<u8>, Vec<String>)) -> Self {
        Self { bytes, remarks }
    }
}

/// Writes a document read from `file` in the format `to`. `height` is for drawings without heights.
///
/// # Errors
/// [`FileErrors`] for what the new format cannot hold at all, and for formats that are only read.
pub fn convert(
    document: &Document,
    file: &str,
    to: Format,
    height: Option<AltitudeNote>,
) -> Result<Converted, FileErrors> {
    match (document, to) {
        (document, to) if document.format() == to => return Ok(Converted::of((document.write(), Vec::new()))),
        // Items become items, with everything a leg would lose.
        (Document::QgcPlan(plan), Format::Waypoints) => return Ok(waypoints_of(plan)),
        (Document::Waypoints(waypoints), Format::QgcPlan) => return Ok(plan_of(waypoints)),
        // Drawings need not be flights to be drawn.
        (Document::Kml(kml), Format::GeoJson) => {
            let (geojson, lost) = kml.geojson(file)?;
            return Ok(Converted::of((geojson.write(), lost)));
        }
        (Document::Kmz(kmz), Format::GeoJson) => {
            let (geojson, lost) = kmz.kml().geojson(file)?;
            return Ok(Converted::of((geojson.write(), lost)));
        }
        (Document::Gpx(gpx), Format::GeoJson) => {
            let (geojson, lost) = gpx.geojson(file)?;
            return Ok(Converted::of((geojson.write(), lost)));
        }
        _ => {}
    }
    of_flight(&document.flight(file, height)?, file, to)
}

fn of_flight(flight: &Flight, file: &str, to: Format) -> Result<Converted, FileErrors> {
    Ok(Converted::of(match to {
        Format::Picket => {
            let written = super::own::of_flight(&id_of(title_of(file)), flight)?;
            // What a plan may hold is narrower than what others hold.
            Plan::read(file, written.text.as_bytes())?;
            (written.text.into_bytes(), written.remarks)
        }
        Format::QgcPlan => {
            let (plan, lost) = QgcPlan::of_flight(flight);
            (plan.write(), lost)
        }
        Format::Waypoints => {
            let (waypoints, lost) = Waypoints::of_flight(flight);
            (waypoints.write(), lost)
        }
        Format::Wpml => {
            let (wpml, lost) = Wpml::of_flight(flight)?;
            (wpml.write(), lost)
        }
        Format::GeoJson => (GeoJson::of_flight(flight).write(), flight.lost.clone()),
        Format::Kml | Format::Kmz | Format::Gpx => {
            let allowed = ".toml, .plan, .waypoints, .kmz or .geojson: others are only read";
            return Err(FileError::whole(file, format!("{to} wanted"), allowed).into());
        }
    }))
}

fn waypoints_of(plan: &QgcPlan) -> Converted {
    let expanded = plan.expanded();
    let mut remarks = [expanded.flattened.clone(), expanded.lost.clone()].concat();
    let fences = plan.flight("").fences.len();
    if fences > 0 {
        remarks.push(format!("geoFence: {fences} areas"));
    }
    let rally_points = plan.flight("").rally_points.len();
    if rally_points > 0 {
        remarks.push(format!("rallyPoints: {rally_points} points"));
    }
    // Rows are numbered, home first; jumps name what items were called.
    let items = renumbered(expanded.items.iter().map(|placed| (placed.number, placed.item.clone())).collect());
    Converted::of((Waypoints::new(Some(plan.home()), items).write(), remarks))
}

fn plan_of(waypoints: &Waypoints) -> Converted {
    let items = waypoints.items().into_iter().map(|placed| (placed.number, placed.item)).collect();
    let (plan, lost) = QgcPlan::of_items(waypoints.home(), &renumbered(items));
    Converted::of((plan.write(), lost))
}

/// Items numbered from 1, their jumps to where what they named now is.
fn renumbered(items: Vec<(i64, super::MissionItem)>) -> Vec<super::MissionItem> {
    let numbers: Vec<i64> = items.iter().map(|(number, _)| *number).collect();
    let mut renumbered: Vec<super::MissionItem> = items.into_iter().map(|(_, item)| item).collect();
    for item in renumbered.iter_mut().filter(|item| item.command == super::mission_item::command::DO_JUMP) {
        let target = item.params[0].unwrap_or(0.0);
        if let Some(at) = numbers.iter().position(|number| *number as f64 == target) {
            item.params[0] = Some(at as f64 + 1.0);
        }
    }
    renumbered
}

/// A name that our files allow, from a file's.
fn id_of(title: &str) -> String {
    let allowed = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let id: String = title.chars().map(allowed).take(48).collect();
    let id = id.trim_matches('-').to_owned();
    if id.is_empty() { "flight".to_owned() } else { id }
}
