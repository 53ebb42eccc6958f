//! Site files: reading and checking.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;

use serde::Deserialize;
use serde_spanned::Spanned;
use telemetry::{AltitudeAmsl, GeoidUndulation, LatLon, ZoneId};

use super::ground::{self, SpotTable, UnitTable};
use super::incident;
use super::{BaseMap, BorderLine, Bounds, Fairway, MapContent, Side, Site, Zone, ZoneKind};
use crate::embedded;
use crate::file::{FileErrors, Library, Reading, Shelf, Source, one_of};
use crate::notation::{AltitudeNote, LonLat};
use crate::ring::{self, FlatMap};

/// The most zones of a site.
const ZONES_MAX: usize = 200;
/// The most corners of a ring or points of a line.
pub(crate) const CORNERS_MAX: usize = 1_000;
/// Nothing of a site lies farther from its datum: what does has most likely longitude and latitude swapped.
const REACH_M: f64 = 500_000.0;
/// From where to where a zone reaches that does not say: from below any water to above any drone.
const ZONE_BAND_M: [f64; 2] = [-100.0, 20_000.0];
/// How a PMTiles archive begins (PMTiles specification 3, "Header").
const PMTILES_MAGIC: &[u8; 7] = b"PMTiles";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    id: Spanned<String>,
    name: Spanned<String>,
    datum: Spanned<LonLat>,
    geoid_undulation_m: Spanned<f64>,
    ground_amsl_m: Spanned<f64>,
    bounds: Spanned<[f64; 4]>,
    map: Option<MapTable>,
    fairways: Option<Spanned<String>>,
    roads: Option<Spanned<String>>,
    incidents: Option<Spanned<String>>,
    #[serde(default)]
    launch_site: Vec<Spanned<SpotTable>>,
    #[serde(default)]
    pick_up_site: Vec<Spanned<SpotTable>>,
    #[serde(default)]
    unit: Vec<Spanned<UnitTable>>,
    #[serde(default)]
    zone: Vec<Spanned<ZoneTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapTable {
    file: Spanned<String>,
    attribution: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FairwayFile {
    #[serde(default)]
    fairway: Vec<Spanned<FairwayTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FairwayTable {
    id: Spanned<String>,
    name: Spanned<String>,
    points: Spanned<Vec<Spanned<LonLat>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneTable {
    id: Spanned<String>,
    name: Spanned<String>,
    kind: Spanned<KindName>,
    ring: Option<Spanned<Vec<Spanned<LonLat>>>>,
    line: Option<Spanned<Vec<Spanned<LonLat>>>>,
    ours: Option<Spanned<SideName>>,
    depth_m: Option<Spanned<f64>>,
    floor: Option<Spanned<AltitudeNote>>,
    ceiling: Option<Spanned<AltitudeNote>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Restricted,
    FlightControlled,
    Border,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum SideName {
    Left,
    Right,
}

/// Takes a site from a library.
pub(super) fn take(library: &mut Library, path: &str) -> Result<Site, FileErrors> {
    let bytes = library.take(path)?;
    let source = Source::new(library.shown(path), &bytes)?;
    let file: SiteFile = source.parse()?;
    let mut reading = Reading::new(&source);
    let site = resolve(&mut reading, &file, library, path);
    reading.finish(site)
}

fn resolve(reading: &mut Reading<'_>, file: &SiteFile, library: &mut Library, path: &str) -> Option<Site> {
    let id = reading.name(&file.id);
    let name = reading.text(&file.name, 80);
    let datum = reading.position(&file.datum);
    // The geoid lies between 107 m below and 86 m above the ellipsoid (EGM96).
    let undulation = GeoidUndulation::new(reading.number(&file.geoid_undulation_m, -110.0..=90.0, "m"));
    let ground = AltitudeAmsl::new(reading.number(&file.ground_amsl_m, -430.0..=6000.0, "m"));
    let bounds = bounds(reading, &file.bounds)?;
    let map = file.map.as_ref().and_then(|map| base_map(reading, map, library, path));
    let mut site = Site {
        id: id?,
        name,
        datum: datum.at_height(ground.hae(undulation)),
        undulation,
        ground,
        bounds,
        map,
        zones: Vec::new(),
        fairways: Vec::new(),
        roads: Vec::new(),
        launch_sites: Vec::new(),
        pick_up_sites: Vec::new(),
        units: Vec::new(),
        incidents: Vec::new(),
    };
    reading.at_most(&file.zone, ZONES_MAX, "zones");
    let mut seen = BTreeSet::new();
    for table in file.zone.iter().take(ZONES_MAX) {
        reading.unique(&mut seen, &table.get_ref().id, "zone");
        if let Some(zone) = zone(reading, &site, table) {
            site.zones.push(zone);
        }
    }
    if let Some(named) = &file.fairways {
        site.fairways = fairways(reading, &site, named, library, path)?;
    }
    if let Some(named) = &file.incidents {
        site.incidents = incident::take(reading, &site, named, library, path)?;
    }
    if let Some(named) = &file.roads {
        site.roads = ground::roads(reading, &site, named, library, path)?;
    }
    site.launch_sites = ground::spots(reading, &site, &file.launch_site, "launch sites");
    site.pick_up_sites = ground::spots(reading, &site, &file.pick_up_site, "pick-up sites");
    site.units = ground::units(reading, &site, &file.unit);
    Some(site)
}

/// The fairways, which stand in a file of their own: they often come from a map with terms of its own.
fn fairways(
    reading: &mut Reading<'_>,
    site: &Site,
    named: &Spanned<String>,
    library: &mut Library,
    site_path: &str,
) -> Option<Vec<Fairway>> {
    let path = reading.path_beside(named, site_path)?;
    let taken = library.take(&path).and_then(|bytes| Source::new(library.shown(&path), &bytes));
    let fairways = taken.map_err(FileErrors::from).and_then(|source| {
        let file: FairwayFile = source.parse()?;
        let mut reading = Reading::new(&source);
        reading.at_most(&file.fairway, ZONES_MAX, "fairways");
        let mut seen = BTreeSet::new();
        let mut fairways = Vec::new();
        for table in file.fairway.iter().take(ZONES_MAX) {
            let fairway = table.get_ref();
            reading.unique(&mut seen, &fairway.id, "fairway");
            let (id, name) = (reading.text(&fairway.id, 48), reading.text(&fairway.name, 80));
            fairways.push(Fairway { id, name, points: site.points(&mut reading, &fairway.points, 2) });
        }
        reading.finish(Some(fairways))
    });
    fairways.map_err(|errors| reading.take_errors(errors)).ok()
}

fn bounds(reading: &mut Reading<'_>, value: &Spanned<[f64; 4]>) -> Option<Bounds> {
    let [west, south, east, north] = *value.get_ref();
    let corners = LatLon::from_degrees(south, west).ok().zip(LatLon::from_degrees(north, east).ok());
    match corners {
        Some((south_west, north_east)) if west < east && south < north => Some(Bounds { south_west, north_east }),
        _ => {
            reading.refuse(value.span(), "[west, south, east, north] in degrees, west < east and south < north");
            None
        }
    }
}

/// The base map. Its bytes stay where they are; only the first ones of a file on disk are looked at.
fn base_map(reading: &mut Reading<'_>, map: &MapTable, library: &Library, site_path: &str) -> Option<BaseMap> {
    let attribution = reading.text(&map.attribution, 200);
    let path = reading.path_beside(&map.file, site_path)?;
    let content = match library.shelf() {
        Shelf::Bundle(_) => MapContent::Absent,
        Shelf::Shipped(folder) => {
            let bytes = Library::beside(&format!("{folder}/_"), &path).and_then(|key| embedded::file(&key));
            match bytes {
                Some(bytes) => MapContent::Shipped(bytes),
                None => {
                    reading.refuse(map.file.span(), "a shipped map");
                    return None;
                }
            }
        }
        Shelf::Disk(base) => {
            let path = base.join(&path);
            if let Err(found) = looks_like_pmtiles(&path) {
                reading.refuse_found(map.file.span(), format!("{}: {found}", path.display()), "a PMTiles file");
                return None;
            }
            MapContent::File(path)
        }
    };
    let file_name = path.rsplit('/').next().unwrap_or_default().to_owned();
    Some(BaseMap { file_name, attribution, content })
}

fn looks_like_pmtiles(path: &std::path::Path) -> Result<(), String> {
    let mut start = [0; PMTILES_MAGIC.len()];
    let plain = std::fs::metadata(path).map_err(|e| e.to_string())?.is_file();
    if !plain {
        return Err("something that is not a plain file".to_owned());
    }
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).map_err(|e| e.to_string())?;
    if &start == PMTILES_MAGIC { Ok(()) } else { Err("another kind of file".to_owned()) }
}

fn zone(reading: &mut Reading<'_>, site: &Site, table: &Spanned<ZoneTable>) -> Option<Zone> {
    let zone = table.get_ref();
    let id = reading.name(&zone.id);
    let name = reading.text(&zone.name, 80);
    let floor = altitude_or(reading, site, zone.floor.as_ref(), ZONE_BAND_M[0]);
    let ceiling = altitude_or(reading, site, zone.ceiling.as_ref(), ZONE_BAND_M[1]);
    if floor >= ceiling {
        let span = zone.ceiling.as_ref().or(zone.floor.as_ref()).map_or(table.span(), Spanned::span);
        reading
            .refuse(span, format!("a floor below the ceiling; they are {} m and {} m", floor.metres, ceiling.metres));
    }
    let (kind, ring) = match zone.kind.get_ref() {
        KindName::Border => border(reading, site, table)?,
        kind => {
            let Some(corners) = &zone.ring else {
                reading.refuse_found(zone.kind.span(), "no field ring", "ring = [[longitude, latitude], …]");
                return None;
            };
            for span in [span_of(&zone.line), span_of(&zone.ours), span_of(&zone.depth_m)].into_iter().flatten() {
                reading.refuse(span, "only in a zone of kind \"border\"");
            }
            let kind = if *kind == KindName::Restricted { ZoneKind::Restricted } else { ZoneKind::FlightControlled };
            (kind, site.ring(reading, corners)?)
        }
    };
    Some(Zone { id: id?, name, kind, ring, floor, ceiling })
}

fn span_of<T>(field: &Option<Spanned<T>>) -> Option<std::ops::Range<usize>> {
    field.as_ref().map(Spanned::span)
}

fn altitude_or(
    reading: &mut Reading<'_>,
    site: &Site,
    note: Option<&Spanned<AltitudeNote>>,
    default_m: f64,
) -> AltitudeAmsl {
    note.map_or(AltitudeAmsl::new(default_m), |note| site.altitude(reading, note))
}

/// A border: the line, and the strip on our side of it.
fn border(reading: &mut Reading<'_>, site: &Site, table: &Spanned<ZoneTable>) -> Option<(ZoneKind, Vec<LatLon>)> {
    let zone = table.get_ref();
    let (Some(points), Some(ours), Some(depth)) = (&zone.line, &zone.ours, &zone.depth_m) else {
        reading.refuse(
            zone.kind.span(),
            "a border with line = [[longitude, latitude], …], ours = \"left\" or \"right\" and depth_m",
        );
        return None;
    };
    if let Some(span) = span_of(&zone.ring) {
        reading.refuse(span, "only in a zone that is not a border: its ring follows from line and depth_m");
    }
    let line = site.points(reading, points, 2);
    let depth_m = reading.number(depth, 10.0..=100_000.0, "m");
    let ours = match ours.get_ref() {
        SideName::Left => Side::Left,
        SideName::Right => Side::Right,
    };
    let strip = strip(&line, ours, depth_m);
    if strip.is_none() {
        reading.refuse_found(
            points.span(),
            "a line that doubles back on itself or does not leave its first point",
            "a line whose strip, moved straight to our side by depth_m, does not cross itself; split it into zones",
        );
    }
    Some((ZoneKind::Border(BorderLine { line, ours }), strip?))
}

/// The area between a line and the same line moved to our side, square to the way from its first to its last point.
fn strip(line: &[LatLon], ours: Side, depth_m: f64) -> Option<Vec<LatLon>> {
    let map = FlatMap::new(*line.first()?);
    let whole = map.coord(*line.last()?);
    let length = whole.x.hypot(whole.y);
    if length < 1.0 {
        return None;
    }
    let left = geo::Coord { x: -whole.y / length * depth_m, y: whole.x / length * depth_m };
    let shift = match ours {
        Side::Left => left,
        Side::Right => geo::Coord { x: -left.x, y: -left.y },
    };
    let moved: Option<Vec<LatLon>> = line.iter().rev().map(|at| map.lat_lon(map.coord(*at) + shift)).collect();
    let ring: Vec<LatLon> = line.iter().copied().chain(moved?).collect();
    ring::self_crossing(&ring).is_none().then_some(ring)
}

/// Why a place cannot belong to a site, found and allowed, where it is too far off.
pub(super) fn off_site(site: &Site, at: LatLon) -> Option<(String, String)> {
    let away_m = ring::distance_m(site.datum.lat_lon(), at);
    (away_m > REACH_M).then(|| {
        (
            format!("a place {:.0} km from the site's datum", away_m / 1000.0),
            format!("[longitude, latitude] within {:.0} km of it; are the two swapped?", REACH_M / 1000.0),
        )
    })
}

impl Site {
    /// A position that a file gives for something at this site.
    pub(crate) fn position(&self, reading: &mut Reading<'_>, value: &Spanned<LonLat>) -> LatLon {
        let at = reading.position(value);
        if let Some((found, allowed)) = off_site(self, at).filter(|_| value.get_ref().lat_lon().is_ok()) {
            reading.refuse_found(value.span(), found, allowed);
        }
        at
    }

    /// Positions in a row, at least so many.
    pub(crate) fn points(
        &self,
        reading: &mut Reading<'_>,
        value: &Spanned<Vec<Spanned<LonLat>>>,
        count_min: usize,
    ) -> Vec<LatLon> {
        let points = value.get_ref();
        reading.at_most(points, CORNERS_MAX, "points");
        if points.len() < count_min {
            reading.refuse_found(value.span(), format!("{} points", points.len()), format!("at least {count_min}"));
        }
        points.iter().take(CORNERS_MAX).map(|point| self.position(reading, point)).collect()
    }

    /// A ring: at least three corners, not crossing itself. A last corner that repeats the first is left out.
    pub(crate) fn ring(&self, reading: &mut Reading<'_>, value: &Spanned<Vec<Spanned<LonLat>>>) -> Option<Vec<LatLon>> {
        let mut corners = self.points(reading, value, 3);
        if corners.len() > 3 && corners.first() == corners.last() {
            corners.pop();
        }
        if corners.len() < 3 {
            return None;
        }
        if let Some((a, b)) = ring::self_crossing(&corners) {
            reading.refuse_found(
                value.span(),
                format!("a ring whose sides after corners {} and {} cross or meet", a + 1, b + 1),
                "a ring that does not cross itself, each corner once",
            );
            return None;
        }
        Some(corners)
    }

    /// A zone of this site, by the name a file gives.
    pub(crate) fn zone_named(&self, reading: &mut Reading<'_>, name: &Spanned<String>) -> Option<ZoneId> {
        let found = self.zones.iter().find(|zone| zone.id.as_str() == name.get_ref());
        if found.is_none() {
            reading.refuse(name.span(), one_of("a zone of the site", self.zones.iter().map(|zone| zone.id.as_str())));
        }
        found.map(|zone| zone.id.clone())
    }

    /// An altitude that a file gives for something at this site that has no home.
    pub(crate) fn altitude(&self, reading: &mut Reading<'_>, value: &Spanned<AltitudeNote>) -> AltitudeAmsl {
        let note = *value.get_ref();
        let in_reach = (-500.0..=25_000.0).contains(&note.metres());
        match note.amsl(self.ground, None) {
            Some(altitude) if in_reach => altitude,
            Some(_) => {
                reading.refuse(value.span(), "−500 to 25000 m");
                self.ground
            }
            None => {
                reading.refuse(value.span(), "amsl_m or agl_m: there is no home here");
                self.ground
            }
        }
    }
}
