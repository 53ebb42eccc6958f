//! What happened at a site, for patrols by risk.
//!
//! Incidents stand in a file of their own beside the site: they change more often than it does, and may be for fewer
//! eyes. The file is TOML, or GeoJSON (RFC 7946) by its ending: what a map program or a statistics office hands over.
//! Either says all that the other does.

mod geojson;

use std::fmt::Write as _;

use serde::Deserialize;
use serde_spanned::Spanned;
use telemetry::{LatLon, Timestamp};

use super::Site;
use super::read::off_site;
use crate::file::{FileErrors, Library, Reading, Source};
use crate::formats::degrees;
use crate::notation::{LonLat, Moment};

/// The most incidents.
const INCIDENTS_MAX: usize = 5_000;
/// The longest kind and the longest note, characters.
const KIND_MAX: usize = 80;
const NOTE_MAX: usize = 300;
/// The greatest weight.
const WEIGHT_MAX: f64 = 100.0;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub position: LatLon,
    /// What, in words.
    pub kind: String,
    /// More of it, for people.
    pub note: Option<String>,
    /// How much it counts against others.
    pub weight: f64,
}

/// A file of incidents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Incidents {
    /// They, in the order of the file.
    pub incidents: Vec<Incident>,
    /// What the file says beyond them and is not kept.
    pub lost: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncidentFile {
    #[serde(default)]
    incident: Vec<Spanned<IncidentTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncidentTable {
    at: Spanned<Moment>,
    position: Spanned<LonLat>,
    kind: Spanned<String>,
    note: Option<Spanned<String>>,
    weight: Option<Spanned<f64>>,
}

impl Incidents {
    /// Reads a file; by the ending of its name it is TOML or GeoJSON.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with it; of GeoJSON the first, with the path of its feature.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileErrors> {
        if is_geojson(file) {
            let (incidents, lost) = geojson::read(file, bytes, |_| None)?;
            return Ok(Self { incidents, lost });
        }
        let source = Source::new(file, bytes)?;
        let incidents = of_toml(&source, |reading, position| reading.position(position))?;
        Ok(Self { incidents, lost: Vec::new() })
    }

    /// The file as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut text = String::new();
        for Incident { at, position, kind, note, weight } in &self.incidents {
            let [lat, lon] = degrees(*position);
            let _ =
                write!(text, "[[incident]]\nat = \"{at}\"\nposition = [{lon:?}, {lat:?}]\nkind = {}\n", quoted(kind));
            if let Some(note) = note {
                let _ = writeln!(text, "note = {}", quoted(note));
            }
            let _ = writeln!(text, "weight = {weight:?}\n");
        }
        text
    }

    /// The file as GeoJSON.
    #[must_use]
    pub fn to_geojson(&self) -> Vec<u8> {
        geojson::write(&self.incidents)
    }
}

/// Whether a file is GeoJSON, by its name.
fn is_geojson(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    lower.ends_with(".geojson") || lower.ends_with(".json")
}

fn of_toml(
    source: &Source,
    mut place: impl FnMut(&mut Reading<'_>, &Spanned<LonLat>) -> LatLon,
) -> Result<Vec<Incident>, FileErrors> {
    let file: IncidentFile = source.parse()?;
    let mut reading = Reading::new(source);
    reading.at_most(&file.incident, INCIDENTS_MAX, "incidents");
    let mut incident = |table: &Spanned<IncidentTable>| {
        let IncidentTable { at, position, kind, note, weight } = table.get_ref();
        Incident {
            at: reading.moment(at, None),
            position: place(&mut reading, position),
            kind: reading.text(kind, KIND_MAX),
            note: note.as_ref().map(|note| reading.text(note, NOTE_MAX)),
            weight: weight.as_ref().map_or(1.0, |weight| reading.number(weight, 0.0..=WEIGHT_MAX, "times")),
        }
    };
    let incidents = file.incident.iter().take(INCIDENTS_MAX).map(&mut incident).collect();
    reading.finish(Some(incidents))
}

/// The incidents of the file that the site names.
pub(super) fn take(
    reading: &mut Reading<'_>,
    site: &Site,
    named: &Spanned<String>,
    library: &mut Library,
    site_path: &str,
) -> Option<Vec<Incident>> {
    let path = reading.path_beside(named, site_path)?;
    let taken = library.take(&path).map_err(FileErrors::from);
    let incidents = taken.and_then(|bytes| {
        let shown = library.shown(&path);
        if is_geojson(&path) {
            let read = geojson::read(&shown, &bytes, |at| off_site(site, at));
            return Ok(read?.0);
        }
        let source = Source::new(shown, &bytes)?;
        of_toml(&source, |reading, position| site.position(reading, position))
    });
    incidents.map_err(|errors| reading.take_errors(errors)).ok()
}
