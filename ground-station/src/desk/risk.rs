//! A patrol by risk: a map of where and when to look, and a patrol along a line that follows it.
//!
//! What is known of the site (incidents, roads, launch sites), sun, moon and weather become a map for the hours to come;
//! the weights are the person's, and every factor's part in the map is told with it. The patrol visits what weighs more
//! more often, and goes by chance where it is asked not to be foreseen.

use std::sync::atomic::AtomicBool;

use missions::Performance;
use planning::patrol::{self, Cell, Crossing, Drone, Manner, Problem, Schedule};
use planning::risk::{self as map, Factor, RiskMap};
use serde::Deserialize;
use telemetry::Timestamp;

use super::Situation;
use super::draw::{Step, Way};
use super::request::{Request, number};
use super::risk_map::{HOURS, RiskPicture, asked_map, picture};
use super::search::{RESERVE, Told, clock};

/// The most pieces that the line is cut into.
const PIECES_MAX: f64 = 400.0;
/// Nights that are made against somebody who has watched the others; one of them is proposed.
const NIGHTS: usize = 4;
/// Turns take this share of a flight.
const FOR_TURNS: f64 = 0.97;
/// Between two flights, s; of each vehicle's flights one is proposed.
const TURNAROUND_S: f64 = 120.0;
const MIN_ENDURANCE_S: f64 = 60.0;
/// A crossing can be seen for so long, and could begin so often, s.
const EXPOSED_S: f64 = 300.0;
const EVERY_S: f64 = 60.0;

/// The risk of a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Risk {
    /// How much each factor counts.
    pub weights: Weights,
    /// How far an incident is felt, metres.
    pub incident_reach_m: f64,
    /// After so many days an incident counts for half.
    pub incident_half_days: f64,
    /// Whether the patrol may be foreseen.
    pub manner: Predictability,
    /// From how far a place on the line is seen, metres.
    pub sensor_m: f64,
}

/// How much each factor counts, 0 to 10.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Past incidents, near there and at about that hour.
    pub incidents: f64,
    /// Terrain and growth that hide.
    pub concealment: f64,
    /// Roads and paths.
    pub roads: f64,
    /// Launch and pick-up sites.
    pub sites: f64,
    /// Darkness, by sun and moon.
    pub darkness: f64,
    /// The habit of the hour.
    pub habit: f64,
    /// Weather that allows it.
    pub weather: f64,
}

/// Whether a patrol may be foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predictability {
    /// The shortest gaps; whoever watches it for some nights knows it.
    Fixed,
    /// Another night each time it is asked for; nobody gains by watching.
    #[default]
    Unpredictable,
}

impl Default for Risk {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            incident_reach_m: 300.0,
            incident_half_days: 180.0,
            manner: Predictability::default(),
            sensor_m: 150.0,
        }
    }
}

impl Default for Weights {
    /// What happened says most, then where it could begin or end.
    fn default() -> Self {
        Self { incidents: 3.0, concealment: 1.0, roads: 1.0, sites: 2.0, darkness: 1.0, habit: 1.0, weather: 1.0 }
    }
}

impl Weights {
    /// In the order of [`Factor::ALL`].
    pub(super) fn all(&self) -> [f64; 7] {
        let Self { incidents, concealment, roads, sites, darkness, habit, weather } = *self;
        [incidents, concealment, roads, sites, darkness, habit, weather]
    }
}

impl Risk {
    pub(super) fn check(&self) -> Result<(), String> {
        for (factor, weight) in Factor::ALL.into_iter().zip(self.weights.all()) {
            number(&format!("the weight of {}", factor.name()), weight, 0.0, 10.0)?;
        }
        number("risk.incident_reach_m", self.incident_reach_m, 10.0, 10_000.0)?;
        number("risk.incident_half_days", self.incident_half_days, 1.0, 10_000.0)?;
        number("risk.sensor_m", self.sensor_m, 20.0, 5_000.0)
    }
}

/// Makes the map and the patrol.
pub(super) fn patrol(
    request: &Request,
    situation: &Situation,
    stop: &AtomicBool,
    told: Told<'_>,
) -> Result<(String, Vec<Way>, RiskPicture), String> {
    let begins = request.begins(situation.now);
    let line_m: Vec<[f64; 2]> = request.places().iter().map(|at| situation.airspace.place_m(*at)).collect();
    let places_m = pieces(&line_m, request.risk.sensor_m);
    let asked = asked_map(request, situation, &line_m, begins);
    let map = map::map(&asked).map_err(|error| error.to_string())?;
    let picture = picture(request, situation, &map, &places_m, begins, &asked);
    let weights = map.patrol_weights(0, &places_m);
    let cells = places_m.iter().zip(weights).map(|(at_m, weight)| Cell { at_m: *at_m, weight }).collect();
    let problem = problem(request, situation, cells)?;
    let (manner, seed) = match request.risk.manner {
        Predictability::Fixed => (Manner::Fixed, 1),
        // Chance begins with the moment of the request: the next one is another night.
        Predictability::Unpredictable => {
            (Manner::Unpredictable { nights: NIGHTS }, situation.now.unix_nanos().unsigned_abs())
        }
    };
    let mut clock = clock(request, stop, told);
    let nights = patrol::plan(&problem, manner, seed, &mut clock, &mut |_| {}).map_err(|error| error.to_string())?;
    let night = nights.get(seed as usize % nights.len().max(1)).ok_or("no patrol was found")?;
    let ways: Vec<Way> = (0..request.vehicles.len()).map(|drone| way(situation, &problem, night, drone)).collect();
    Ok((in_words(request, &map, &places_m, begins, night.idleness_s), ways, picture))
}

/// What a drone flies on its one battery: the longest of its flights, and as much of that as brings it back to where it
/// took off.
fn way(situation: &Situation, problem: &Problem, night: &Schedule, drone: usize) -> Way {
    let lasts_s = |flight: &&patrol::Flight| match (flight.track.first(), flight.track.last()) {
        (Some(first), Some(last)) => last.at_s - first.at_s,
        _ => 0.0,
    };
    let own = night.flights.iter().filter(|flight| flight.drone == drone);
    let Some(flight) = own.max_by(|a, b| lasts_s(a).total_cmp(&lasts_s(b))) else { return Way::default() };
    let home_m = problem.sites_m[problem.drones[drone].site];
    let inner = flight.track.get(1..flight.track.len().saturating_sub(1)).unwrap_or_default();
    let mut places: Vec<[f64; 2]> = inner.iter().map(|point| point.at_m).collect();
    let far_m = |places: &[[f64; 2]]| {
        let whole: Vec<[f64; 2]> = std::iter::once(home_m).chain(places.iter().copied()).chain([home_m]).collect();
        whole.windows(2).map(|leg| (leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1])).sum::<f64>()
    };
    let Drone { speed_m_s, endurance_s, reserve, .. } = problem.drones[drone];
    while far_m(&places) > speed_m_s * endurance_s * (1.0 - reserve) {
        places.pop();
    }
    let steps = places.into_iter().map(|at_m| Step::To(situation.airspace.lat_lon(at_m).into())).collect();
    Way { steps, leaves_s: flight.track.first().map_or(0.0, |point| point.at_s.max(0.0)) }
}

fn in_words(request: &Request, map: &RiskMap, places_m: &[[f64; 2]], begins: Timestamp, idleness_s: f64) -> String {
    let how = match request.risk.manner {
        Predictability::Fixed => "The shortest gaps, the same every time".to_owned(),
        Predictability::Unpredictable => {
            format!("One of {NIGHTS} nights that nobody foresees who has watched the others; ask again for another")
        }
    };
    let mut words =
        vec![format!("{how}: the longest gap, times its weight of 1 to 3, is {:.0} min", idleness_s / 60.0)];
    if let Some(hour) = map.worst_hour(places_m) {
        let at = begins.offset_seconds(3600.0 * hour as f64).to_string();
        words.push(format!(
            "of the next {HOURS} h the one from {} speaks most for looking",
            at.get(11..16).unwrap_or(&at)
        ));
    }
    let value = |at_m: &[f64; 2]| map.grid.cell(*at_m).map(|cell| (cell, map.value(0, cell)));
    let most = places_m.iter().filter_map(value).max_by(|a, b| a.1.total_cmp(&b.1));
    let why = most.and_then(|(cell, _)| map.explain(0, cell)).map(|why| why.words());
    words.extend(why.map(|why| format!("where it speaks most: {why}")));
    words.join("; ")
}

/// The middles of the pieces of a line.
fn pieces(line_m: &[[f64; 2]], sensor_m: f64) -> Vec<[f64; 2]> {
    let legs = || line_m.windows(2).map(|leg| (leg, (leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1])));
    let whole_m: f64 = legs().map(|(_, length_m)| length_m).sum();
    let count = (whole_m / sensor_m).ceil().clamp(1.0, PIECES_MAX);
    let piece_m = whole_m / count;
    let at = |along_m: f64| {
        let mut gone_m = 0.0;
        for (leg, length_m) in legs() {
            if gone_m + length_m >= along_m && length_m > 0.0 {
                let share = (along_m - gone_m) / length_m;
                return [0, 1].map(|axis: usize| leg[0][axis] + share * (leg[1][axis] - leg[0][axis]));
            }
            gone_m += length_m;
        }
        line_m[line_m.len() - 1]
    };
    (0..count as usize).map(|n| at((n as f64 + 0.5) * piece_m)).collect()
}

fn problem(request: &Request, situation: &Situation, cells: Vec<Cell>) -> Result<Problem, String> {
    let (mut sites_m, mut drones) = (Vec::new(), Vec::new());
    let mut horizon_s = f64::INFINITY;
    for id in &request.vehicles {
        let standing = situation.vehicles.get(id).ok_or_else(|| format!("there is no vehicle {id}"))?;
        let start = standing.start.ok_or_else(|| format!("{}: its place of take-off is not known", standing.name))?;
        let performance =
            Performance::of(standing.kind).ok_or_else(|| format!("{} is of unknown kind", standing.name))?;
        // Up and down again takes battery too.
        let vertical_s = if performance.flies() {
            request.height_m * (1.0 / performance.climb_m_s + 1.0 / performance.descent_m_s)
        } else {
            0.0
        };
        let flight_s = ((start.battery - RESERVE) * performance.endurance_s - vertical_s) * FOR_TURNS;
        let endurance_s = (flight_s / (1.0 - RESERVE)).max(MIN_ENDURANCE_S);
        horizon_s = horizon_s.min(flight_s);
        drones.push(Drone {
            site: sites_m.len(),
            speed_m_s: request.speed_m_s.unwrap_or(standing.cruise_m_s),
            endurance_s,
            reserve: RESERVE,
            turnaround_s: TURNAROUND_S,
        });
        sites_m.push(situation.airspace.place_m(start.position));
    }
    if horizon_s < MIN_ENDURANCE_S {
        return Err("a battery is too low to patrol with its reserve kept".to_owned());
    }
    let margin_s = 0.1 * horizon_s;
    let crossing = Crossing { exposed_s: EXPOSED_S.min(margin_s), every_s: EVERY_S, margin_s };
    Ok(Problem { cells, sensor_radius_m: request.risk.sensor_m, sites_m, drones, horizon_s, crossing })
}
