//! Outlooks, as a console sees them.

use serde::Serialize;
use telemetry::{AlertId, LatLon, Timestamp, TrackId, VehicleId};

use super::{LonLat, lon_lat, number};
use crate::outlook::{
    AreaAhead, Drift, FlierAhead, LaunchedFrom, Maps, Outlook, Outlooks, Part, SearchIfLost, UnitAhead,
};

#[derive(Debug, Serialize)]
pub(in crate::web) struct OutlookView<'a> {
    track: TrackId,
    alert: &'a AlertId,
    lost_at: Option<i64>,
    drift: &'static str,
    wind: Option<WindView>,
    areas: Vec<AreaView<'a>>,
    units: Vec<UnitView<'a>>,
    units_known: bool,
    fliers: Vec<FlierView<'a>>,
    if_lost: Option<SearchView<'a>>,
    launches: Vec<LaunchView<'a>>,
    changes: &'a [String],
}

#[derive(Debug, Serialize)]
struct WindView {
    from_deg: f64,
    m_s: f64,
    reported_at: i64,
}

#[derive(Debug, Serialize)]
struct AreaView<'a> {
    name: Option<&'a str>,
    at: LonLat,
    radius_m: f64,
    probability: f64,
}

#[derive(Debug, Serialize)]
struct UnitView<'a> {
    name: &'a str,
    way: Vec<LonLat>,
    to: Option<&'a str>,
    takes_s: f64,
    chance: f64,
    leave_by: i64,
}

#[derive(Debug, Serialize)]
struct FlierView<'a> {
    vehicle: &'a VehicleId,
    to: LonLat,
    takes_s: f64,
    chance: f64,
}

#[derive(Debug, Serialize)]
struct SearchView<'a> {
    pattern: &'static str,
    around: LonLat,
    side_m: f64,
    spacing_m: Option<f64>,
    success: f64,
    ways: Vec<SearchWayView<'a>>,
}

#[derive(Debug, Serialize)]
struct SearchWayView<'a> {
    vehicle: &'a VehicleId,
    way: Vec<LonLat>,
}

#[derive(Debug, Serialize)]
struct LaunchView<'a> {
    name: &'a str,
    at: LonLat,
    probability: f64,
}

/// The regions with a half and with 0.9 of the probability, each a list of parts, each part its outline and its holes.
#[derive(Debug, Serialize)]
pub(in crate::web) struct OutlookMapsView {
    track: TrackId,
    landing: RegionsView,
    launch: RegionsView,
    beyond: f64,
}

#[derive(Debug, Serialize)]
struct RegionsView {
    half: Vec<PartView>,
    most: Vec<PartView>,
}

type PartView = Vec<Vec<LonLat>>;

/// Which outlooks there are, and how good those of this room were.
#[derive(Debug, Serialize)]
pub(in crate::web) struct OutlooksView {
    tracks: Vec<TrackId>,
    flights_ended: usize,
    calibration: Vec<BinView>,
}

#[derive(Debug, Serialize)]
struct BinView {
    forecasts: u32,
    promised: Option<f64>,
    happened: Option<f64>,
}

impl<'a> From<&'a Outlook> for OutlookView<'a> {
    fn from(outlook: &'a Outlook) -> Self {
        Self {
            track: outlook.track,
            alert: &outlook.alert,
            lost_at: outlook.lost_at.map(Timestamp::unix_millis),
            drift: match outlook.drift {
                Drift::NoWind => "no_wind",
                Drift::OldWind => "old_wind",
                Drift::Flies => "flies",
                Drift::WithWind => "with_wind",
            },
            wind: outlook.wind.map(|wind| WindView {
                from_deg: wind.from_deg,
                m_s: wind.wind_m_s,
                reported_at: wind.reported_at.unix_millis(),
            }),
            areas: outlook.areas.iter().map(AreaView::from).collect(),
            units: outlook.units.iter().map(UnitView::from).collect(),
            units_known: outlook.units_known,
            fliers: outlook.fliers.iter().map(FlierView::from).collect(),
            if_lost: outlook.if_lost.as_ref().map(SearchView::from),
            launches: outlook.launches.iter().map(LaunchView::from).collect(),
            changes: &outlook.changes,
        }
    }
}

impl<'a> From<&'a AreaAhead> for AreaView<'a> {
    fn from(area: &'a AreaAhead) -> Self {
        let AreaAhead { name, at, radius_m, probability } = area;
        Self { name: name.as_deref(), at: lon_lat(*at), radius_m: *radius_m, probability: *probability }
    }
}

impl<'a> From<&'a UnitAhead> for UnitView<'a> {
    fn from(unit: &'a UnitAhead) -> Self {
        Self {
            name: &unit.name,
            way: way(&unit.way),
            to: unit.to.as_deref(),
            takes_s: unit.takes_s,
            chance: unit.chance,
            leave_by: unit.leave_by.unix_millis(),
        }
    }
}

impl<'a> From<&'a FlierAhead> for FlierView<'a> {
    fn from(flier: &'a FlierAhead) -> Self {
        Self { vehicle: &flier.vehicle, to: lon_lat(flier.to), takes_s: flier.takes_s, chance: flier.chance }
    }
}

impl<'a> From<&'a SearchIfLost> for SearchView<'a> {
    fn from(search: &'a SearchIfLost) -> Self {
        Self {
            pattern: search.pattern,
            around: lon_lat(search.around),
            side_m: search.side_m,
            spacing_m: number(search.spacing_m),
            success: search.success,
            ways: search.ways.iter().map(|(vehicle, places)| SearchWayView { vehicle, way: way(places) }).collect(),
        }
    }
}

impl<'a> From<&'a LaunchedFrom> for LaunchView<'a> {
    fn from(launch: &'a LaunchedFrom) -> Self {
        Self { name: &launch.name, at: lon_lat(launch.at), probability: launch.probability }
    }
}

impl From<&Maps> for OutlookMapsView {
    fn from(maps: &Maps) -> Self {
        let parts =
            |parts: &Vec<Part>| parts.iter().map(|part| part.iter().map(|ring| outline(ring)).collect()).collect();
        let regions = |[half, most]: &[Vec<Part>; 2]| RegionsView { half: parts(half), most: parts(most) };
        Self { track: maps.track, landing: regions(&maps.landing), launch: regions(&maps.launch), beyond: maps.beyond }
    }
}

impl OutlooksView {
    pub(in crate::web) fn new(outlooks: &Outlooks) -> Self {
        let (reliability, flights_ended) = outlooks.calibration();
        let bin = |bin: planning::cue::Bin| BinView {
            forecasts: bin.forecasts,
            promised: number(bin.promised),
            happened: number(bin.happened),
        };
        Self {
            tracks: outlooks.told().map(|(track, ..)| track).collect(),
            flights_ended,
            calibration: reliability.bins().into_iter().map(bin).collect(),
        }
    }
}

fn way(places: &[LatLon]) -> Vec<LonLat> {
    places.iter().map(|at| lon_lat(*at)).collect()
}

/// To 1e-5°, a metre: a region is not known better.
fn outline(ring: &[LatLon]) -> Vec<LonLat> {
    let rounded = |degrees: f64| (degrees * 1e5).round() / 1e5;
    ring.iter().map(|at| [rounded(at.longitude_deg()), rounded(at.latitude_deg())]).collect()
}
