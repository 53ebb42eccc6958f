//! A round of berths and moored vessels, each visited while its vessel lies there by what AIS says of its arrival.

use std::sync::atomic::AtomicBool;

use missions::{Performance, ring};
use planning::flight::{self, Look};
use planning::harbour::{Call, HarbourRequest, harbour};
use planning::tasks::Vehicle;
use telemetry::LatLon;

use super::draw::{Step, Way};
use super::request::Request;
use super::search::{RESERVE, Told, clock};
use super::{Situation, Vessel};

/// The round is over by then, s.
const HORIZON_S: f64 = 6.0 * 3600.0;
/// How well an arrival is known that a person was told of, standard deviation, s.
const ARRIVAL_SD_S: f64 = 300.0;
/// A vessel nearer to a berth than this lies at it, metres: its antenna may be a ship's length from where it was clicked.
const BERTH_M: f64 = 200.0;
/// It is waited until a vessel is there in 95 of 100 cases: standard deviations of its arrival.
const CERTAINTY: f64 = 1.64;
/// A berth that nobody visits costs as much as this much flying, s.
const MISS_PENALTY_S: f64 = 3600.0;
/// What every vehicle here carries.
const CAMERA: &str = "camera";

/// Shares the berths out.
pub(super) fn round(
    request: &Request,
    situation: &Situation,
    stop: &AtomicBool,
    told: Told<'_>,
) -> Result<(String, Vec<Way>), String> {
    let mut vehicles = Vec::new();
    let (mut climb_m_s, mut flies) = (1.0, false);
    for id in &request.vehicles {
        let standing = situation.vehicles.get(id).ok_or_else(|| format!("there is no vehicle {id}"))?;
        let start = standing.start.ok_or_else(|| format!("{}: its place of take-off is not known", standing.name))?;
        let performance =
            Performance::of(standing.kind).ok_or_else(|| format!("{} is of unknown kind", standing.name))?;
        let home_m = situation.airspace.place_m(start.position);
        if performance.flies() {
            (climb_m_s, flies) = (performance.climb_m_s, true);
        }
        vehicles.push(Vehicle {
            carries: vec![CAMERA.to_owned()],
            speed_m_s: request.speed_m_s.unwrap_or(standing.cruise_m_s),
            endurance_s: (start.battery - RESERVE).max(0.0) * performance.endurance_s,
            shift_s: [0.0, HORIZON_S],
            start_m: home_m,
            end_m: home_m,
        });
    }
    let (mut calls, mut words) = (Vec::new(), Vec::new());
    for (berth, at) in request.places().into_iter().enumerate() {
        let Due { arrives_s, arrives_sd_s, why } = due(request, situation, berth, at)?;
        words.extend(why.map(|why| format!("berth {}: {why}", berth + 1)));
        calls.push(Call {
            berth_m: situation.airspace.place_m(at),
            arrives_s,
            arrives_sd_s,
            leaves_s: HORIZON_S,
            looks_s: request.look_s,
            needs: CAMERA.to_owned(),
            prize: 1.0,
        });
    }
    let asked = HarbourRequest {
        calls,
        vehicles,
        climb_m_s,
        stand_off_m: request.apart_m,
        height_m: if flies { request.height_m } else { 0.0 },
        certainty: CERTAINTY,
        miss_penalty_s: MISS_PENALTY_S,
    };
    let mut clock = clock(request, stop, told);
    let plan = harbour(&asked, 1, &mut clock, &mut |_| {}).map_err(|error| error.to_string())?;
    let mut words: Vec<String> = plan.reasons.into_iter().chain(words).collect();
    let mut ways = vec![Way::default(); request.vehicles.len()];
    for flight in plan.flights.iter().filter(|flight| flight.waypoints.len() > 2) {
        let way = way(flight, situation);
        if way.leaves_s >= 60.0 {
            let name = situation.vehicles.get(&request.vehicles[flight.vehicle]).map(|standing| standing.name.as_str());
            words.push(format!("{} leaves {:.0} min later", name.unwrap_or_default(), way.leaves_s / 60.0));
        }
        ways[flight.vehicle] = way;
    }
    Ok((words.join("; "), ways))
}

/// From when on a berth is worth a visit, s after the begin.
struct Due {
    arrives_s: f64,
    arrives_sd_s: f64,
    why: Option<String>,
}

/// When the vessel of a berth is there: the one it waits for by AIS, one that a person was told of, or one that lies there.
fn due(request: &Request, situation: &Situation, berth: usize, at: LatLon) -> Result<Due, String> {
    let there = |why: Option<String>| Due { arrives_s: 0.0, arrives_sd_s: 0.0, why };
    let Some(id) = request.vessels.get(berth).copied().flatten() else {
        let arrives_s = request.arrivals_min.get(berth).map_or(0.0, |minutes| 60.0 * minutes);
        if arrives_s > 0.0 {
            return Ok(Due { arrives_s, arrives_sd_s: ARRIVAL_SD_S, why: None });
        }
        let lies = |vessel: &&Vessel| vessel.moored() && ring::distance_m(vessel.at, at) < BERTH_M;
        let nearest = situation.vessels.values().filter(lies);
        let nearest = nearest.min_by(|a, b| ring::distance_m(a.at, at).total_cmp(&ring::distance_m(b.at, at)));
        return Ok(there(nearest.map(|vessel| format!("{} lies there", vessel.name))));
    };
    let vessel = situation.vessels.get(&id).ok_or_else(|| format!("there is no vessel {id} in the picture"))?;
    let way_m = ring::distance_m(vessel.at, at);
    if vessel.moored() && way_m < BERTH_M {
        return Ok(there(Some(format!("{} lies there", vessel.name))));
    }
    let arrival = vessel.arrives(situation.now, way_m).ok_or_else(|| {
        format!(
            "berth {}: {} lies still elsewhere and says no arrival by AIS: give the minutes",
            berth + 1,
            vessel.name
        )
    })?;
    let begins_s = request.begins(situation.now).seconds_since(situation.now);
    Ok(Due {
        arrives_s: (arrival.in_s - begins_s).max(0.0),
        arrives_sd_s: arrival.sd_s,
        why: Some(format!(
            "{} arrives in {:.0} min {}, known to {:.0} min",
            vessel.name,
            arrival.in_s / 60.0,
            arrival.by,
            arrival.sd_s / 60.0
        )),
    })
}

/// A flight's stops between home and home: a look at each vessel from beside it.
fn way(flight: &flight::Flight, situation: &Situation) -> Way {
    let (airspace, points) = (&situation.airspace, &flight.waypoints);
    let mut steps = Vec::new();
    for pair in points[1..points.len() - 1].windows(2) {
        let for_s = pair[1].at_s - pair[0].at_s;
        if pair[0].place_m != pair[1].place_m || for_s <= 0.0 {
            continue;
        }
        if let Look::At { place_m, .. } = pair[1].look {
            steps.push(Step::Look(airspace.lat_lon(place_m)));
        }
        steps.push(Step::Stay { at: airspace.lat_lon(pair[0].place_m).into(), for_s });
    }
    Way { steps, leaves_s: points[0].at_s.max(0.0) }
}
