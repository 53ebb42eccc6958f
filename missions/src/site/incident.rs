//! What happened at a site, for patrols by risk.
//!
//! Incidents stand in a file of their own beside the site: they change more often than it does, and may be for fewer eyes.

use serde::Deserialize;
use serde_spanned::Spanned;
use telemetry::{LatLon, Timestamp};

use super::Site;
use crate::file::{FileErrors, Library, Reading, Source};
use crate::notation::{LonLat, Moment};

/// The most incidents.
const INCIDENTS_MAX: usize = 5_000;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub position: LatLon,
    /// What, in words.
    pub kind: String,
    /// How much it counts against others.
    pub weight: f64,
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
    weight: Option<Spanned<f64>>,
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
    let taken = library.take(&path).and_then(|bytes| Source::new(library.shown(&path), &bytes));
    let incidents = taken.map_err(FileErrors::from).and_then(|source| {
        let file: IncidentFile = source.parse()?;
        let mut reading = Reading::new(&source);
        reading.at_most(&file.incident, INCIDENTS_MAX, "incidents");
        let mut incident = |table: &Spanned<IncidentTable>| {
            let IncidentTable { at, position, kind, weight } = table.get_ref();
            Incident {
                at: reading.moment(at, None),
                position: site.position(&mut reading, position),
                kind: reading.text(kind, 80),
                weight: weight.as_ref().map_or(1.0, |weight| reading.number(weight, 0.0..=100.0, "times")),
            }
        };
        let incidents = file.incident.iter().take(INCIDENTS_MAX).map(&mut incident).collect();
        reading.finish(Some(incidents))
    });
    incidents.map_err(|errors| reading.take_errors(errors)).ok()
}
