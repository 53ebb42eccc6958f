//! From a request to plans with their reports.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use geo::Contains;
use missions::notation::AltitudeNote;
use missions::plan::Start;
use missions::{Performance, ring};
use planning::coverage::{self, Plan, Polygon, Problem, Turning};
use telemetry::messages::VehicleKind;
use telemetry::{LatLon, VehicleId};

use super::draw::{self, Step, Way};
use super::request::{Kind, Request};
use super::text::PlanText;
use super::{
    Found, Proposed, Situation, Standing, camera, fence, ground, harbour, risk, stakeout, strips, water, zones,
};
use crate::airspace::Airspace;
use crate::plans;
use crate::preflight::{Barred, Departure, Flight, examine};

/// The battery that a proposed plan leaves.
pub(super) const RESERVE: f64 = 0.25;
/// The share of an area that must be seen.
const SHARE: f64 = 0.995;
/// How hard a multirotor or a boat brakes and speeds up, m/s².
const ACCELERATION_M_S2: f64 = 2.0;
/// How much air a proposed fence leaves above the flight, metres.
const HEADROOM_M: f64 = 20.0;
/// And from where on, above the ground, metres.
const FLOOR_M: f64 = 5.0;
/// What floats goes up and down by less than this, metres.
const AFLOAT_M: f64 = 5.0;
/// How much water a proposed fence leaves below a dive, metres.
const KEEL_M: f64 = 2.0;
/// This much outside of where may be flown is rounding, metres.
const OUTSIDE_MAX_M: f64 = 1.0;
/// A plan has no more legs than this, and some that are no way.
pub(super) const STEPS_MAX: usize = 490;

/// Told of how much time is spent, and of a better plan in words and on the map.
pub(super) type Told<'a> = &'a dyn Fn(f64, Option<(String, Vec<Vec<LatLon>>)>);

/// Searches until the budget is spent or a person stops it.
pub(super) fn search(
    request: &Request,
    situation: &Situation,
    number: u64,
    stop: &AtomicBool,
    told: Told<'_>,
) -> Result<Found, String> {
    let mut risk = None;
    let settled = camera::settled(request, situation)?;
    let request = settled.as_ref().unwrap_or(request);
    let (summary, ways) = match request.kind {
        Kind::AreaSearch if request.pictures.is_some() => camera::search(request, situation, stop, told)?,
        Kind::AreaSearch => area_search(request, situation, stop, told)?,
        Kind::RiskPatrol => {
            let (summary, ways, picture) = risk::patrol(request, situation, stop, told)?;
            risk = Some(picture);
            (summary, ways)
        }
        Kind::Corridor => strips::corridor(request, situation)?,
        Kind::Coastline => strips::coastline(request, situation)?,
        Kind::HarbourRound => harbour::round(request, situation, stop, told)?,
        Kind::Stakeout => stakeout::watch(request, situation)?,
        Kind::HullInspection => water::hull(request, situation)?,
        Kind::QuayWall => water::quay(request, situation)?,
        Kind::Seabed => water::seabed(request, situation, stop, told)?,
        _ => {
            let steps = draw::steps(&situation.airspace, request)?.unwrap_or_default();
            (String::new(), vec![Way { steps, leaves_s: 0.0 }])
        }
    };
    let (summary, ways) = match ground::follow(request, situation, &ways) {
        Some((followed, words)) if summary.is_empty() => (words, followed),
        Some((followed, words)) => (format!("{summary}; {words}"), followed),
        None => (summary, ways),
    };
    let mut plans: Vec<Proposed> = Vec::new();
    for (vehicle, way) in request.vehicles.iter().zip(&ways).filter(|(_, way)| !way.steps.is_empty()) {
        // Each is checked against those before it too: they are to fly together.
        plans.push(proposed(request, situation, number, vehicle, way, &plans)?);
    }
    if plans.is_empty() {
        return Err(format!("there is nothing that they could do: {summary}"));
    }
    Ok(Found { summary, plans, risk })
}

/// A clock for planners that counts the request's time, tells how much is spent, and is out when a person says stop.
pub(super) fn clock<'a>(request: &Request, stop: &'a AtomicBool, told: Told<'a>) -> impl FnMut() -> f64 + use<'a> {
    let (begun, budget) = (Instant::now(), Duration::from_millis(request.budget_ms));
    let mut last_told = 0.0;
    move || {
        if stop.load(Ordering::Relaxed) {
            return 1.0;
        }
        let spent = begun.elapsed().as_secs_f64() / budget.as_secs_f64();
        if spent - last_told > 0.02 {
            last_told = spent;
            told(spent.min(1.0), None);
        }
        spent
    }
}

fn area_search(
    request: &Request,
    situation: &Situation,
    stop: &AtomicBool,
    told: Told<'_>,
) -> Result<(String, Vec<Way>), String> {
    let standing = situation.vehicles.get(&request.vehicles[0]).ok_or("there is no such vehicle")?;
    let homes = homes(request, situation)?;
    let round = zones::in_the_way(request, situation, standing, &homes);
    let problem = problem_from(request, situation, standing, &homes, &round)?;
    let mut better = better(request, situation, told, in_words);
    let mut clock = clock(request, stop, told);
    let plan = coverage::search(&problem, 1, &mut clock, &mut better).map_err(|error| error.to_string())?;
    Ok((in_words(&plan), lanes(&plan, situation)?))
}

/// Tells of every better plan: how much of the budget is spent, the plan in words, and on the map.
pub(super) fn better<'a>(
    request: &Request,
    situation: &'a Situation,
    told: Told<'a>,
    in_words: impl Fn(&Plan) -> String + 'a,
) -> impl FnMut(&Plan) + 'a {
    let (begun, budget) = (Instant::now(), Duration::from_millis(request.budget_ms));
    move |plan| {
        let spent = begun.elapsed().as_secs_f64() / budget.as_secs_f64();
        told(spent.min(1.0), Some((in_words(plan), drawn(plan, situation))));
    }
}

/// The best so far, on the map.
fn drawn(plan: &Plan, situation: &Situation) -> Vec<Vec<LatLon>> {
    let place = |at: &[f64; 2]| situation.airspace.lat_lon(*at);
    plan.routes.iter().map(|route| route.path_m.iter().map(place).collect()).collect()
}

/// Each vehicle's lanes, end by end.
pub(super) fn lanes(plan: &Plan, situation: &Situation) -> Result<Vec<Way>, String> {
    if plan.outside_m > OUTSIDE_MAX_M || plan.routes.is_empty() {
        return Err(format!(
            "no way was found that stays where may be flown: the best sees {:.1} % of the area and leads {:.0} m outside",
            100.0 * plan.seen,
            plan.outside_m
        ));
    }
    let way = |vehicle: usize| {
        let routes = plan.routes.iter().filter(|route| route.vehicle == vehicle);
        let ends = routes.flat_map(|route| &route.legs).flat_map(|leg| [leg.from_m, leg.to_m]);
        let mut places: Vec<[f64; 2]> = ends.collect();
        places.dedup_by(|next, before| (next[0] - before[0]).hypot(next[1] - before[1]) < 0.5);
        let steps = places.into_iter().map(|at| Step::To(situation.airspace.lat_lon(at).into())).collect();
        Way { steps, leaves_s: 0.0 }
    };
    Ok((0..=plan.routes.iter().map(|route| route.vehicle).max().unwrap_or(0)).map(way).collect())
}

fn in_words(plan: &Plan) -> String {
    // A part that is closed cannot be seen into its corners: that is told, not refused.
    let rest = if plan.seen < SHARE { ": the rest lies where nobody may fly, or was not reached" } else { "" };
    let minutes = plan.makespan_s / 60.0;
    format!("{:.1} % of the area seen{rest}; the last is home after {minutes:.0} min", 100.0 * plan.seen)
}

pub(super) fn problem(request: &Request, situation: &Situation, standing: &Standing) -> Result<Problem, String> {
    problem_from(request, situation, standing, &homes(request, situation)?, &[])
}

/// Where the vehicles take off.
fn homes(request: &Request, situation: &Situation) -> Result<Vec<LatLon>, String> {
    let home = |id| situation.vehicles.get(id).and_then(|one| one.start.as_ref()).map(|start| start.position);
    let homes = request.vehicles.iter().map(home).collect::<Option<Vec<LatLon>>>();
    homes.ok_or_else(|| "a vehicle's place of take-off is not known".to_owned())
}

/// The same from other homes, and round these zones.
pub(super) fn problem_from(
    request: &Request,
    situation: &Situation,
    standing: &Standing,
    homes: &[LatLon],
    round: &[Barred],
) -> Result<Problem, String> {
    let airspace = &situation.airspace;
    let performance = Performance::of(standing.kind).ok_or("it is of unknown kind")?;
    let target: Vec<[f64; 2]> = request.places().iter().map(|at| airspace.place_m(*at)).collect();
    Ok(Problem {
        fly: where_may_be_flown(request, situation, standing, homes, round),
        target: Polygon { outer: target, holes: Vec::new() },
        swath_m: request.spacing_m,
        share: SHARE,
        homes_m: homes.iter().map(|home| airspace.place_m(*home)).collect(),
        airspeed_m_s: request.speed_m_s.unwrap_or(standing.cruise_m_s),
        turning: match standing.kind {
            VehicleKind::FixedWing | VehicleKind::Vtol => {
                Turning::Arcs { radius_m: performance.turn_radius_m.max(1.0) }
            }
            _ => Turning::Corners { acceleration_m_s2: ACCELERATION_M_S2 },
        },
        wind_m_s: if performance.flies() { situation.wind_m_s() } else { [0.0, 0.0] },
    })
}

/// A box around the drawing, all homes and the zones to be led round, less those and what no plan may enter: restricted
/// zones and areas closed then. What of these lies only partly in the box is left to the check.
fn where_may_be_flown(
    request: &Request,
    situation: &Situation,
    standing: &Standing,
    homes: &[LatLon],
    round: &[Barred],
) -> Polygon {
    let airspace = &situation.airspace;
    let turn_m = Performance::of(standing.kind).map_or(0.0, |performance| performance.turn_radius_m);
    let margin_m = 2.0 * turn_m + 2.0 * request.spacing_m + 100.0;
    let places = request.places().iter().chain(homes).map(|at| airspace.place_m(*at)).collect::<Vec<_>>();
    let zones = round.iter().flat_map(|zone| &zone.ring_m);
    let extent = |axis: usize| {
        let numbers = places.iter().chain(zones.clone()).map(|at| at[axis]);
        numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], n| [low.min(n), high.max(n)])
    };
    let ([west, east], [south, north]) = (extent(0), extent(1));
    let (west, east, south, north) = (west - margin_m, east + margin_m, south - margin_m, north + margin_m);
    let inside =
        |hole: &Vec<[f64; 2]>| hole.iter().all(|[x, y]| (west..=east).contains(x) && (south..=north).contains(y));
    let rings =
        closed(request, situation).into_iter().filter(|ring| homes.iter().all(|home| !ring::contains(ring, *home)));
    let rings = rings.map(|ring| ring.iter().map(|at| airspace.place_m(*at)).collect()).filter(inside);
    let homes_m = homes.iter().map(|home| geo::Point::from(airspace.place_m(*home)));
    let open = |part: &geo::Polygon| homes_m.clone().all(|home_m| !part.contains(&home_m));
    let apart = round.iter().flat_map(|zone| zones::around(&zone.ring_m).0).filter(open);
    let holes = zones::joined(rings.map(|ring: Vec<[f64; 2]>| zones::polygon(&ring)).chain(apart).collect());
    Polygon { outer: vec![[west, south], [east, south], [east, north], [west, north]], holes }
}

/// What nobody may fly into at the height asked for, then: restricted zones and areas that are closed.
pub(super) fn closed<'a>(request: &Request, situation: &'a Situation) -> Vec<&'a Vec<LatLon>> {
    let airspace = &situation.airspace;
    let begins = request.begins(situation.now);
    let amsl_m = airspace.site().ground.metres + request.height_m;
    let areas = airspace.areas().map(|area| &area.closure).filter(|closure| {
        let at_height = closure.floor.is_none_or(|floor| floor.metres <= amsl_m)
            && closure.ceiling.is_none_or(|ceiling| amsl_m <= ceiling.metres);
        at_height && closure.from <= begins.offset_seconds(6.0 * 3600.0) && begins <= closure.to
    });
    let restricted = airspace.site().zones.iter().filter(|zone| {
        zone.kind == missions::ZoneKind::Restricted && zone.floor.metres <= amsl_m && amsl_m <= zone.ceiling.metres
    });
    areas.map(|closure| &closure.ring).chain(restricted.map(|zone| &zone.ring)).collect()
}

pub(super) fn proposed(
    request: &Request,
    situation: &Situation,
    number: u64,
    vehicle: &VehicleId,
    way: &Way,
    before: &[Proposed],
) -> Result<Proposed, String> {
    let Way { steps, leaves_s } = way;
    if steps.len() > STEPS_MAX {
        return Err(format!(
            "the plan would have {} legs; allowed are {STEPS_MAX}: fly fewer rounds, or space the tracks wider",
            steps.len()
        ));
    }
    let airspace = &situation.airspace;
    let (text, flight) = flown(request, situation, number, vehicle, way)?;
    let mut others: Vec<Flight> =
        situation.flights.iter().filter(|flight| !request.vehicles.contains(&flight.vehicle)).cloned().collect();
    for earlier in before {
        let Some(known) = situation.vehicles.get(&earlier.vehicle) else { continue };
        let Some(from) = known.start else { continue };
        let plan = plans::checked(airspace.site(), known.kind, &from, &earlier.text)?;
        others.extend(Flight::of(
            airspace,
            &plan,
            departure(request, situation, &earlier.vehicle, &known.name, earlier.leaves_s),
        ));
    }
    let report = examine(airspace, &flight, &others);
    let way = flight.fixes.iter().map(|fix| (airspace.lat_lon(fix.place_m), fix.amsl_m)).collect();
    Ok(Proposed { vehicle: vehicle.clone(), name: flight.name, text, leaves_s: *leaves_s, way, report })
}

/// A way as the text of a plan, and as the check takes it.
pub(super) fn flown(
    request: &Request,
    situation: &Situation,
    number: u64,
    vehicle: &VehicleId,
    Way { steps, leaves_s }: &Way,
) -> Result<(String, Flight), String> {
    let airspace = &situation.airspace;
    let standing = situation.vehicles.get(vehicle).ok_or("there is no such vehicle")?;
    let start = standing.start.ok_or("its place of take-off is not known")?;
    // The begin of the second and the proposal's number: no other plan of this room is called so.
    let stamp = situation.now.unix_nanos().div_euclid(1_000_000_000);
    let short: String = vehicle.as_str().chars().take(20).collect();
    let names = Names {
        id: format!("{}-{short}-{stamp}-{number}", request.kind.slug()),
        title: format!("{}, {}", request.kind.title(), standing.name),
        reserve: RESERVE,
    };
    let text = written(request, airspace, standing, steps, &start, names);
    let plan = plans::checked(airspace.site(), standing.kind, &start, &text)?;
    let departure = departure(request, situation, vehicle, &standing.name, *leaves_s);
    let flight = Flight::of(airspace, &plan, departure).ok_or("it leads nowhere")?;
    Ok((text, flight))
}

fn departure(request: &Request, situation: &Situation, vehicle: &VehicleId, name: &str, leaves_s: f64) -> Departure {
    let at = request.begins(situation.now).offset_seconds(leaves_s);
    Departure { vehicle: vehicle.clone(), name: name.to_owned(), at, battery: None }
}

/// What a plan is called, and the battery that it leaves.
pub(super) struct Names {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) reserve: f64,
}

/// The text of a plan's file.
pub(super) fn written(
    request: &Request,
    airspace: &Airspace,
    standing: &Standing,
    steps: &[Step],
    start: &Start,
    Names { id, title, reserve }: Names,
) -> String {
    let way = draw::places(airspace, steps);
    let fence = fence::around(airspace, standing, start.position, &way);
    let (ground_m, home_m) = (airspace.site().ground.metres, start.altitude.metres);
    let flies = Performance::of(standing.kind).is_some_and(|performance| performance.flies());
    let amsl = AltitudeNote::AmslM;
    // Over hills the take-off is as high above home as the way is above the ground.
    let hills = draw::amsl_m(steps);
    let take_off = hills.map_or(AltitudeNote::AglM(request.height_m), |_| amsl(home_m + request.height_m));
    let [low_m, high_m] = hills.map_or([ground_m.max(home_m) + request.height_m; 2], |[low_m, high_m]| {
        [low_m.min(home_m + request.height_m), high_m.max(home_m + request.height_m)]
    });
    let band = if standing.kind == VehicleKind::Rov {
        [AltitudeNote::DepthM(draw::deepest_m(steps) + KEEL_M), AltitudeNote::HomeM(AFLOAT_M)]
    } else if flies {
        let top_m = if hills.is_some() { high_m } else { ground_m + request.height_m };
        [amsl(low_m - request.height_m + FLOOR_M), amsl(top_m + HEADROOM_M)]
    } else {
        [amsl(home_m - AFLOAT_M), amsl(home_m + AFLOAT_M)]
    };
    let title: String = title.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').take(80).collect();
    let text = PlanText {
        id,
        title,
        kind: standing.kind,
        cruise_m_s: request.speed_m_s.unwrap_or(standing.cruise_m_s),
        height_m: request.height_m,
        take_off,
        steps,
        fence: &fence,
        band,
        reserve,
    };
    text.to_toml()
}
