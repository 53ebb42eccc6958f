//! What is on the ground: roads, the places where drones are launched and loads are picked up, and our crews.
//!
//! Roads stand in a file of their own: they often come from a map with terms of its own. Roads meet where they share a
//! point. The places are what the service knows or suspects; a weight says how often one is used, against the others.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_spanned::Spanned;
use telemetry::LatLon;

use super::Site;
use crate::file::{FileErrors, Library, Reading, Source};
use crate::notation::LonLat;

/// The most roads of a site.
const ROADS_MAX: usize = 5_000;
/// The most points of all roads together.
const ROAD_POINTS_MAX: usize = 20_000;
/// The most places of one kind.
const SPOTS_MAX: usize = 500;
/// The most crews.
const UNITS_MAX: usize = 50;

/// A road, driven both ways.
#[derive(Debug, Clone, PartialEq)]
pub struct Road {
    /// What kind it is.
    pub kind: RoadKind,
    /// Its points.
    pub points: Vec<LatLon>,
}

/// How good a road is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoadKind {
    /// A main road out of town.
    Trunk,
    /// A main road.
    Secondary,
    /// A road between quarters or villages.
    Tertiary,
    /// A street where people live.
    Residential,
    /// A track of fields and woods.
    Track,
}

/// A place that somebody uses.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Its name in files.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Where it is.
    pub at: LatLon,
    /// How often it is used, against the other places of its kind.
    pub weight: f64,
}

/// A crew of ours on the ground, with a car.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundUnit {
    /// Its name in files.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Where it waits.
    pub at: LatLon,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpotTable {
    id: Spanned<String>,
    name: Spanned<String>,
    at: Spanned<LonLat>,
    weight: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitTable {
    id: Spanned<String>,
    name: Spanned<String>,
    at: Spanned<LonLat>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoadFile {
    #[serde(default)]
    road: Vec<Spanned<RoadTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoadTable {
    kind: RoadKind,
    points: Spanned<Vec<Spanned<LonLat>>>,
}

/// The roads of the file that the site names.
pub(super) fn roads(
    reading: &mut Reading<'_>,
    site: &Site,
    named: &Spanned<String>,
    library: &mut Library,
    site_path: &str,
) -> Option<Vec<Road>> {
    let path = reading.path_beside(named, site_path)?;
    let taken = library.take(&path).and_then(|bytes| Source::new(library.shown(&path), &bytes));
    let roads = taken.map_err(FileErrors::from).and_then(|source| {
        let file: RoadFile = source.parse()?;
        let mut reading = Reading::new(&source);
        reading.at_most(&file.road, ROADS_MAX, "roads");
        let mut roads = Vec::new();
        let mut points = 0;
        for table in file.road.iter().take(ROADS_MAX) {
            let RoadTable { kind, points: named } = table.get_ref();
            points += named.get_ref().len();
            if points > ROAD_POINTS_MAX {
                let allowed = format!("at most {ROAD_POINTS_MAX} points of all roads together");
                reading.refuse_found(table.span(), format!("{points} points up to this road"), allowed);
                break;
            }
            roads.push(Road { kind: *kind, points: site.points(&mut reading, named, 2) });
        }
        reading.finish(Some(roads))
    });
    roads.map_err(|errors| reading.take_errors(errors)).ok()
}

/// The places of one kind.
pub(super) fn spots(reading: &mut Reading<'_>, site: &Site, tables: &[Spanned<SpotTable>], kind: &str) -> Vec<Spot> {
    reading.at_most(tables, SPOTS_MAX, kind);
    let mut seen = BTreeSet::new();
    let mut spot = |table: &Spanned<SpotTable>| {
        let SpotTable { id, name, at, weight } = table.get_ref();
        reading.unique(&mut seen, id, kind);
        Spot {
            id: reading.text(id, 48),
            name: reading.text(name, 80),
            at: site.position(reading, at),
            weight: weight.as_ref().map_or(1.0, |weight| reading.number(weight, 0.0..=1000.0, "times")),
        }
    };
    tables.iter().take(SPOTS_MAX).map(&mut spot).collect()
}

/// The crews.
pub(super) fn units(reading: &mut Reading<'_>, site: &Site, tables: &[Spanned<UnitTable>]) -> Vec<GroundUnit> {
    reading.at_most(tables, UNITS_MAX, "units");
    let mut seen = BTreeSet::new();
    let mut unit = |table: &Spanned<UnitTable>| {
        let UnitTable { id, name, at } = table.get_ref();
        reading.unique(&mut seen, id, "unit");
        GroundUnit { id: reading.text(id, 48), name: reading.text(name, 80), at: site.position(reading, at) }
    };
    tables.iter().take(UNITS_MAX).map(&mut unit).collect()
}
