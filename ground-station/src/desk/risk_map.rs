//! The map of a patrol by risk: what of the site goes into it, and how it is shown.

use planning::cue::Grid;
use planning::risk::{self as map, Factor, Hour, Incident, RiskMap};
use sky::Seen;
use telemetry::{LatLon, Timestamp};

use super::Situation;
use super::request::Request;

/// The map reaches so far beyond the line, metres.
const BEYOND_M: f64 = 800.0;
/// The most cells of a map, about, and the smallest side of one, metres.
const CELLS: f64 = 3600.0;
const CELL_MIN_M: f64 = 40.0;
/// So many hours ahead are looked at.
pub(super) const HOURS: usize = 12;
/// How far a road, and a launch site, is felt: there it counts for 1/e, metres.
const REACH_M: [f64; 2] = [200.0, 400.0];
/// Above this wind, m/s, and rain, mm/h, nobody flies.
const WEATHER_LIMITS: [f64; 2] = [14.0, 4.0];

/// The map of an answer, for the hour of the patrol.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskPicture {
    /// The corners of its first row: south-west and south-east; and the north-western corner of all of it.
    pub corners: [LatLon; 3],
    /// Cells in a row, from the west.
    pub columns: usize,
    /// Rows, from the south.
    pub rows: usize,
    /// The value of each cell, 0 to 1, row by row.
    pub values: Vec<f64>,
    /// The hour it is for.
    pub hour: [Timestamp; 2],
    /// What each factor says and adds, on average along the line.
    pub factors: Vec<FactorShare>,
}

/// A factor's part in the map.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorShare {
    /// Its name for people.
    pub name: &'static str,
    /// Its weight, as it was asked for.
    pub weight: f64,
    /// What it says along the line, 0 to 1; nothing where nobody knows.
    pub says: Option<f64>,
    /// What it adds to the values along the line.
    pub adds: f64,
    /// By what it is known, in words.
    pub why: String,
}

/// What is known of the site and of the hours to come, for a map around a line.
pub(super) fn asked_map(
    request: &Request,
    situation: &Situation,
    line_m: &[[f64; 2]],
    begins: Timestamp,
) -> map::Request {
    let airspace = &situation.airspace;
    let site = airspace.site();
    let place = |at: &LatLon| airspace.place_m(*at);
    let datum = airspace.site().datum.lat_lon();
    let incidents = site.incidents.iter().filter(|incident| incident.at <= situation.now).map(|incident| Incident {
        at_m: place(&incident.position),
        age_days: situation.now.seconds_since(incident.at) / 86_400.0,
        hour: hour_of_day(incident.at, datum),
        weight: incident.weight,
    });
    let hour = |n: usize| {
        let middle = begins.offset_seconds(3600.0 * (n as f64 + 0.5));
        let seen = Seen { at_unix_s: middle.unix_seconds(), latitude: datum.latitude(), longitude: datum.longitude() };
        let (moon, moon_lit) = sky::moon(seen);
        Hour {
            during_s: [3600.0 * n as f64, 3600.0 * (n as f64 + 1.0)],
            hour: hour_of_day(middle, datum),
            sun_elevation: sky::sun(seen).elevation,
            moon_elevation: moon.elevation,
            moon_lit,
            cloud: 0.0,
            weather: airspace.weather().map(|weather| [weather.report.wind_m_s, 0.0]),
        }
    };
    map::Request {
        grid: grid(line_m),
        weights: request.risk.weights.all(),
        incidents: incidents.collect(),
        incident_reach_m: request.risk.incident_reach_m,
        incident_half_days: request.risk.incident_half_days,
        concealment: Vec::new(),
        roads_m: site.roads.iter().map(|road| road.points.iter().map(place).collect()).collect(),
        sites_m: site.launch_sites.iter().chain(&site.pick_up_sites).map(|spot| place(&spot.at)).collect(),
        reach_m: REACH_M,
        habit: Vec::new(),
        hours: (0..HOURS).map(hour).collect(),
        weather_limits: WEATHER_LIMITS,
    }
}

/// The hour of the day by the sun's mean course there: no file of a site says which time its clocks keep.
fn hour_of_day(at: Timestamp, datum: LatLon) -> f64 {
    (at.unix_seconds() / 3600.0 + datum.longitude_deg() / 15.0).rem_euclid(24.0)
}

fn grid(line_m: &[[f64; 2]]) -> Grid {
    let extent = |axis: usize| {
        let numbers = line_m.iter().map(|at| at[axis]);
        numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], n| [low.min(n), high.max(n)])
    };
    let [[west, east], [south, north]] = [extent(0), extent(1)];
    let [wide_m, high_m] = [east - west + 2.0 * BEYOND_M, north - south + 2.0 * BEYOND_M];
    let cell_m = (wide_m * high_m / CELLS).sqrt().max(CELL_MIN_M);
    Grid {
        south_west_m: [west - BEYOND_M, south - BEYOND_M],
        cell_m,
        columns: (wide_m / cell_m).ceil() as usize,
        rows: (high_m / cell_m).ceil() as usize,
    }
}

/// The map as it is shown, and what each factor has to do with it.
pub(super) fn picture(
    request: &Request,
    situation: &Situation,
    map: &RiskMap,
    places_m: &[[f64; 2]],
    begins: Timestamp,
    asked: &map::Request,
) -> RiskPicture {
    let grid = map.grid;
    let corner = |column: usize, row: usize| {
        let [east, north] = grid.south_west_m;
        situation.airspace.lat_lon([east + grid.cell_m * column as f64, north + grid.cell_m * row as f64])
    };
    let cells: Vec<usize> = places_m.iter().filter_map(|at_m| grid.cell(*at_m)).collect();
    let explained: Vec<_> = cells.iter().filter_map(|cell| map.explain(0, *cell)).collect();
    let share = |(number, factor): (usize, Factor)| {
        let parts = || explained.iter().flat_map(|one| one.parts.iter().filter(|part| part.factor == factor));
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            (count > 0.0).then(|| sum / count)
        };
        FactorShare {
            name: factor.name(),
            weight: request.risk.weights.all()[number],
            says: mean(&mut parts().filter_map(|part| part.says)),
            adds: mean(&mut parts().map(|part| part.adds)).unwrap_or(0.0),
            why: why(factor, asked),
        }
    };
    RiskPicture {
        corners: [corner(0, 0), corner(grid.columns, 0), corner(0, grid.rows)],
        columns: grid.columns,
        rows: grid.rows,
        values: (0..grid.columns * grid.rows).map(|cell| map.value(0, cell)).collect(),
        hour: [begins, begins.offset_seconds(3600.0)],
        factors: Factor::ALL.into_iter().enumerate().map(share).collect(),
    }
}

/// By what a factor is known.
fn why(factor: Factor, asked: &map::Request) -> String {
    let (incidents, reach_m) = (asked.incidents.len(), asked.incident_reach_m);
    match (factor, asked.hours.first()) {
        (Factor::Incidents, _) if incidents == 0 => "the site's files know of none".to_owned(),
        (Factor::Incidents, _) => format!(
            "{incidents} known, each felt for {reach_m:.0} m and about 2 h around its hour of the day; after {:.0} days it counts \
             for half",
            asked.incident_half_days
        ),
        (Factor::Concealment, _) => "no file of the site says what hides".to_owned(),
        (Factor::Roads, _) if asked.roads_m.is_empty() => "the site's files know of none".to_owned(),
        (Factor::Roads, _) => format!("{} known, each felt for {:.0} m", asked.roads_m.len(), REACH_M[0]),
        (Factor::Sites, _) if asked.sites_m.is_empty() => "the site's files know of none".to_owned(),
        (Factor::Sites, _) => format!("{} known, each felt for {:.0} m", asked.sites_m.len(), REACH_M[1]),
        (Factor::Darkness, Some(hour)) => format!(
            "sun {:.0}°, moon {:.0}° above the horizon and {:.0} % lit, no clouds reckoned",
            hour.sun_elevation.to_degrees(),
            hour.moon_elevation.to_degrees(),
            100.0 * hour.moon_lit
        ),
        (Factor::Habit, _) => "nobody has told it; incidents count by their hours".to_owned(),
        (Factor::Weather, Some(Hour { weather: Some([wind, _]), .. })) => {
            format!("wind {wind:.0} m/s as reported; beyond {:.0} m/s nobody flies", WEATHER_LIMITS[0])
        }
        _ => "nobody has reported it".to_owned(),
    }
}
