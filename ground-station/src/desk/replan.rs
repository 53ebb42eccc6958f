//! What to change when a flight is disturbed: who takes over which places, shown before a person sends it.
//!
//! The places still to be flown to, of all flights that have begun, are shared out anew by `planning::replanning` among
//! the vehicles in the air and those that stand ready. For each vehicle that changes comes a plan with its report; a
//! vehicle that drops out is told nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use missions::Performance;
use planning::replanning::{self, Change, Event, Picture};
use planning::tasks::{Problem, Task, TaskId, Vehicle, VehicleIndex};
use telemetry::{LatLon, VehicleId};

use super::draw::{Step, Way};
use super::request::Request;
use super::search::{Told, proposed};
use super::{Found, Proposed, Situation};
use crate::station::{Disturbance, Disturbed};

/// How long to search.
const BUDGET: Duration = Duration::from_millis(1000);
/// A place that nobody visits costs as much as this much flying, seconds.
const MISS_PENALTY_S: f64 = 3600.0;
/// A vehicle that stands on the ground needs this long to be under way, seconds.
const TAKE_OFF_S: f64 = 60.0;
/// The night, as the sharing sees it, seconds.
const HORIZON_S: f64 = 6.0 * 3600.0;
/// The battery that a vehicle that stands ready keeps.
const RESERVE: f64 = 0.25;
/// What every vehicle here carries.
const CAMERA: &str = "camera";

/// Whom a replan concerns, by its place in the problem.
struct Cast {
    ids: Vec<VehicleId>,
    heights_m: Vec<f64>,
    picture: Picture,
    places: Vec<LatLon>,
}

/// Shares out what is left; gives what changes in words, and the plans.
pub(super) fn replan(
    disturbed: &Disturbed,
    situation: &Situation,
    number: u64,
    stop: &AtomicBool,
    told: Told<'_>,
) -> Result<Found, String> {
    let cast = cast(disturbed, situation)?;
    let index = cast.ids.iter().position(|id| *id == disturbed.vehicle).ok_or("the flight is over")?;
    let vehicle = VehicleIndex(u16::try_from(index).map_err(|_| "too many vehicles")?);
    let event = event(disturbed, situation, vehicle);
    let begun = Instant::now();
    let last = RefCell::new(0.0);
    let mut clock = || {
        let spent =
            if stop.load(Ordering::Relaxed) { 1.0 } else { begun.elapsed().as_secs_f64() / BUDGET.as_secs_f64() };
        if spent - *last.borrow() > 0.05 {
            *last.borrow_mut() = spent;
            told(spent.min(1.0), None);
        }
        spent
    };
    let difference = replanning::replan(&cast.picture, &event, 1, &mut clock).map_err(|error| error.to_string())?;
    let mut plans: Vec<Proposed> = Vec::new();
    let mut words = Vec::new();
    for change in &difference.changes {
        words.extend(in_words(situation, &cast, change));
        if let Some(plan) = plan_of(situation, &cast, change, disturbed, number, &plans)? {
            plans.push(plan);
        }
    }
    if !difference.lost.is_empty() {
        words.push(format!("{} places are visited by nobody: {}.", difference.lost.len(), difference.lost[0].why));
    }
    for stranded in &difference.stranded {
        let name = name(situation, &cast, stranded.vehicle);
        words.push(format!("{name} does not get home with its reserve: {:.0} s are lacking.", stranded.lacks_s));
    }
    if plans.is_empty() {
        words.push("No other vehicle can take anything over.".to_owned());
    }
    Ok(Found { summary: words.join(" "), plans, risk: None })
}

fn event(disturbed: &Disturbed, situation: &Situation, vehicle: VehicleIndex) -> Event {
    let airspace = &situation.airspace;
    match disturbed.by {
        Disturbance::DropsOut => Event::DropsOut { vehicle },
        Disturbance::BatterySags => {
            let rest = &disturbed.rest;
            Event::BatterySags { vehicle, endurance_s: ((rest.battery - rest.reserve) * rest.endurance_s).max(0.0) }
        }
        Disturbance::Wind => Event::Wind { wind_m_s: situation.wind_m_s() },
        // It is closed already; the event is the newest of those that are.
        Disturbance::AreaCloses => {
            let newest = airspace.areas().max_by_key(|area| area.at);
            let ring = newest.map(|area| area.closure.ring.as_slice()).unwrap_or_default();
            Event::ZoneCloses { ring_m: ring.iter().map(|at| airspace.place_m(*at)).collect() }
        }
    }
}

/// Who takes part: vehicles of the disturbed one's kind, those in the air with what they still have to fly, those that
/// stand ready with nothing.
fn cast(disturbed: &Disturbed, situation: &Situation) -> Result<Cast, String> {
    let airspace = &situation.airspace;
    let kind = situation.vehicles.get(&disturbed.vehicle).ok_or("there is no such vehicle")?.kind;
    let performance = Performance::of(kind).ok_or("it is of unknown kind")?;
    let mut cast = Cast {
        ids: Vec::new(),
        heights_m: Vec::new(),
        places: Vec::new(),
        picture: Picture {
            problem: Problem { tasks: Vec::new(), vehicles: Vec::new(), miss_penalty_s: MISS_PENALTY_S },
            routes: Vec::new(),
            airborne: BTreeSet::new(),
            wind_m_s: if disturbed.by == Disturbance::Wind { [0.0, 0.0] } else { situation.wind_m_s() },
            closed: closed(disturbed, situation),
            landings_m: Vec::new(),
        },
    };
    for (id, standing) in situation.vehicles.iter().filter(|(_, standing)| standing.kind == kind) {
        let Some(start) = standing.start else { continue };
        let Ok(index) = u16::try_from(cast.ids.len()) else { break };
        let rest = if *id == disturbed.vehicle { Some(&disturbed.rest) } else { standing.rest.as_ref() };
        let (from, begins_s, endurance_s) = match rest {
            Some(rest) => (rest.at, 0.0, (rest.battery - rest.reserve).max(0.0) * rest.endurance_s),
            None if standing.ready => {
                (start.position, TAKE_OFF_S, (start.battery - RESERVE).max(0.0) * performance.endurance_s)
            }
            None => continue,
        };
        let end_m = airspace.place_m(start.position);
        cast.picture.problem.vehicles.push(Vehicle {
            carries: vec![CAMERA.to_owned()],
            speed_m_s: standing.cruise_m_s,
            endurance_s,
            shift_s: [begins_s, HORIZON_S],
            start_m: airspace.place_m(from),
            end_m,
        });
        if let Some(rest) = rest {
            let first = cast.picture.problem.tasks.len();
            cast.picture.problem.tasks.extend(rest.places.iter().map(|at| task(airspace.place_m(*at))));
            cast.places.extend(&rest.places);
            let route = (first..first + rest.places.len()).filter_map(|n| u16::try_from(n).ok()).map(TaskId).collect();
            cast.picture.routes.push((VehicleIndex(index), route));
            cast.picture.airborne.insert(VehicleIndex(index));
        }
        cast.heights_m.push(rest.map_or(disturbed.rest.height_m, |rest| rest.height_m));
        cast.ids.push(id.clone());
    }
    Ok(cast)
}

fn task(at_m: [f64; 2]) -> Task {
    Task { at_m, window_s: [0.0, HORIZON_S], service_s: 0.0, needs: CAMERA.to_owned(), prize: 1.0 }
}

/// The areas that are closed now; of an area that closes, the newest comes with the event.
fn closed(disturbed: &Disturbed, situation: &Situation) -> Vec<Vec<[f64; 2]>> {
    let airspace = &situation.airspace;
    let mut areas: Vec<_> = airspace.areas().filter(|area| area.closure.to >= situation.now).collect();
    areas.sort_by_key(|area| area.at);
    if disturbed.by == Disturbance::AreaCloses {
        areas.pop();
    }
    areas.iter().map(|area| area.closure.ring.iter().map(|at| airspace.place_m(*at)).collect()).collect()
}

fn name(situation: &Situation, cast: &Cast, vehicle: VehicleIndex) -> String {
    let id = &cast.ids[usize::from(vehicle.0)];
    situation.vehicles.get(id).map_or_else(|| id.to_string(), |standing| standing.name.clone())
}

fn in_words(situation: &Situation, cast: &Cast, change: &Change) -> Option<String> {
    let name = name(situation, cast, change.vehicle);
    let minutes = |itinerary: &replanning::Itinerary| itinerary.ends_s / 60.0;
    let home = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!(", home in {:.0} min instead of {:.0}", minutes(after), minutes(before)),
        (None, Some(after)) => format!(", home in {:.0} min", minutes(after)),
        _ => String::new(),
    };
    match (change.takes.len(), change.gives.len()) {
        (0, 0) => change.after.as_ref().map(|_| format!("{name} flies another way{home}.")),
        (0, gives) => Some(format!("{name} gives up {gives} of its places{home}.")),
        (takes, 0) => Some(format!("{name} takes over {takes} places{home}.")),
        (takes, gives) => Some(format!("{name} takes over {takes} places and gives up {gives}{home}.")),
    }
}

/// The plan of a vehicle that changes; nothing for one that does nothing any more.
fn plan_of(
    situation: &Situation,
    cast: &Cast,
    change: &Change,
    disturbed: &Disturbed,
    number: u64,
    before: &[Proposed],
) -> Result<Option<Proposed>, String> {
    let id = &cast.ids[usize::from(change.vehicle.0)];
    let out = *id == disturbed.vehicle && disturbed.by == Disturbance::DropsOut;
    let Some(after) = change.after.as_ref().filter(|after| !out && !after.visits.is_empty()) else { return Ok(None) };
    let inner = after.path_m.get(1..after.path_m.len().saturating_sub(1)).unwrap_or_default();
    let steps: Vec<Step> = inner.iter().map(|at| Step::To(situation.airspace.lat_lon(*at).into())).collect();
    let height_m = cast.heights_m[usize::from(change.vehicle.0)];
    let request = Request { height_m, ..Request::route(id.clone(), Vec::new()) };
    proposed(&request, situation, number, id, &Way { steps, leaves_s: 0.0 }, before).map(Some)
}
