//! What to do about an intruder while it flies: where it will come down or drop its load, as a map of probabilities; which
//! unit can be there in time, by which way, and when it has to leave at the latest; what to do when the track is lost;
//! and where it was launched.
//!
//! Builds on `intercept`, whose landings these are, and on `search`. Asked again as the track grows: [`Plan::changes`]
//! says what is new, and a unit that is on its way is kept unless another is clearly better.
//!
//! Probabilities are meant as said: of a hundred intruders for whom an area has 0.3, thirty come down there.
//! [`Reliability`] keeps the score, of simulated intruders in the tests and of real ones in the room.
//!
//! It sends nobody: a person does.

mod contour;
mod ends;
mod lost;
mod map;
mod reliability;
mod request;

pub use contour::{Region, Ring};
pub use ends::learnt;
pub use map::{Grid, Map};
pub use reliability::{Bin, Reliability};
pub use request::{CueError, Request};

use crate::intercept::{Area, Dispatch, Intruder, launches};
use crate::search;

/// What one who flies or sails straight there can do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flier {
    /// By its place in [`Request::searchers`].
    pub searcher: usize,
    /// Where to: the likeliest area it reaches, m east and north.
    pub to_m: [f64; 2],
    /// How long it takes, s.
    pub takes_s: f64,
    /// How probable it is that it is over the landing in time, wherever that is.
    pub chance: f64,
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Where it comes down.
    pub map: Map,
    /// At most three areas, the most probable first; the share that comes down elsewhere is taken off.
    pub areas: Vec<Area>,
    /// What each ground unit can do, the best first.
    pub units: Vec<Dispatch>,
    /// The one that is proposed, a place in `units`.
    pub proposed: Option<usize>,
    /// When it has to leave at the latest, s on the track's clock: it then keeps half its chance.
    pub leave_by_s: Option<f64>,
    /// What each flier can do, the best first.
    pub fliers: Vec<Flier>,
    /// What to fly if the track is lost now; none without searchers in reach.
    pub if_lost: Option<search::Plan>,
    /// Where it was launched: each launch site with its probability, the likeliest first.
    pub launches: Vec<(usize, f64)>,
    /// The same as a map.
    pub launch_map: Map,
    /// What is otherwise than before; empty at first.
    pub changes: Vec<String>,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// A unit that is proposed is kept unless another has a chance better by so much.
const KEPT: f64 = 0.05;
/// A chance that changes by so much is said.
const TOLD: f64 = 0.1;
/// An area that moves farther than this is another, m.
const SAME_AREA_M: f64 = 50.0;

/// Works out what to do. `before` is the last answer on the same intruder.
///
/// # Errors
/// [`CueError`] when the cue cannot be planned with.
pub fn plan(request: &Request, before: Option<&Plan>) -> Result<Plan, CueError> {
    request.check()?;
    let landings = request.watch.landings(request.cue)?;
    let (areas, units) = request.watch.judge(request.cue, landings.clone());
    let known = 1.0 - request.elsewhere();
    let areas = areas.into_iter().map(|area| Area { probability: known * area.probability, ..area }).collect();
    let units: Vec<Dispatch> = units.into_iter().map(|unit| Dispatch { chance: known * unit.chance, ..unit }).collect();
    let proposed = proposed(&units, before);
    let began = launches(request.launch_sites, request.cue, request.launched_s);
    let mut plan = Plan {
        map: map::of(request, &landings, map::Towards::Landing),
        areas,
        leave_by_s: proposed.map(|at| request.cue.now_s + units[at].slack_s),
        proposed,
        fliers: fliers(request, &landings),
        if_lost: lost::search(request, &landings),
        launches: launch_sites(request, &began),
        launch_map: map::of(request, &began, map::Towards::Launch),
        units,
        changes: Vec::new(),
        reasons: Vec::new(),
    };
    plan.changes = before.map_or_else(Vec::new, |before| changes(before, &plan));
    plan.reasons = reasons(request, &plan);
    Ok(plan)
}

/// The best unit, or the one proposed before if it is about as good.
fn proposed(units: &[Dispatch], before: Option<&Plan>) -> Option<usize> {
    let best = units.first()?;
    let sent = before.and_then(|plan| Some(plan.units[plan.proposed?].unit));
    let still = units.iter().position(|unit| Some(unit.unit) == sent && unit.chance >= best.chance - KEPT);
    Some(still.unwrap_or(0))
}

/// What each searcher can do by going straight there.
fn fliers(request: &Request, landings: &[crate::intercept::Landing]) -> Vec<Flier> {
    let known = 1.0 - request.elsewhere();
    let mut fliers = Vec::new();
    for (searcher, flies) in request.searchers.iter().enumerate() {
        let mut chance = 0.0;
        let mut likeliest: Option<(f64, [f64; 2], f64)> = None;
        for landing in landings {
            let Some(takes_s) = flies.pace.takes_s(flies.home_m, landing.at_m) else { continue };
            let back_s = flies.pace.takes_s(landing.at_m, flies.home_m).unwrap_or(f64::INFINITY);
            if takes_s <= landing.in_s + request.cue.dwell_s && takes_s + back_s <= flies.endurance_s {
                chance += known * landing.weight;
                if likeliest.is_none_or(|(weight, ..)| landing.weight > weight) {
                    likeliest = Some((landing.weight, landing.at_m, takes_s));
                }
            }
        }
        if let Some((_, to_m, takes_s)) = likeliest {
            fliers.push(Flier { searcher, to_m, takes_s, chance: chance.min(1.0) });
        }
    }
    fliers.sort_by(|a, b| b.chance.total_cmp(&a.chance).then(a.takes_s.total_cmp(&b.takes_s)));
    fliers
}

/// The launch sites and their probabilities.
fn launch_sites(request: &Request, began: &[crate::intercept::Landing]) -> Vec<(usize, f64)> {
    let known = 1.0 - request.elsewhere();
    let at = |at_m: [f64; 2]| -> f64 { began.iter().filter(|launch| launch.at_m == at_m).map(|l| l.weight).sum() };
    let mut sites: Vec<(usize, f64)> =
        request.launch_sites.iter().enumerate().map(|(site, launch)| (site, known * at(launch.at_m))).collect();
    sites.retain(|(_, probability)| *probability > 1e-6);
    sites.sort_by(|a, b| b.1.total_cmp(&a.1));
    sites
}

fn changes(before: &Plan, now: &Plan) -> Vec<String> {
    let mut changes = Vec::new();
    if let (Some(was), Some(is)) = (before.areas.first(), now.areas.first()) {
        let moved_m = crate::plane::distance(was.at_m, is.at_m);
        if moved_m > SAME_AREA_M {
            changes.push(format!(
                "the likeliest area moves by {moved_m:.0} m; it has {:.2}, the one before had {:.2}",
                is.probability, was.probability
            ));
        }
    }
    let unit = |plan: &Plan| plan.proposed.map(|at| (plan.units[at].unit, plan.units[at].chance));
    match (unit(before), unit(now)) {
        (Some((was, _)), Some((is, chance))) if was != is => {
            changes.push(format!("unit {is} has the better chance now, {chance:.2}: it instead of unit {was}"));
        }
        (Some((unit, was)), Some((_, is))) if (was - is).abs() > TOLD => {
            changes.push(format!("unit {unit} has a chance of {is:.2} now, before {was:.2}"));
        }
        (Some((unit, _)), None) => {
            changes.push(format!("unit {unit} cannot be there in time any more, and nobody else can"))
        }
        (None, Some((unit, chance))) => changes.push(format!("unit {unit} can be there in time, with {chance:.2}")),
        _ => {}
    }
    changes
}

fn reasons(request: &Request, plan: &Plan) -> Vec<String> {
    let mut reasons = Vec::new();
    for area in &plan.areas {
        let [east, north] = area.at_m;
        reasons.push(format!("within {:.0} m of ({east:.0}, {north:.0}) with {:.2}", area.radius_m, area.probability));
    }
    match plan.proposed.map(|at| &plan.units[at]) {
        Some(unit) => reasons.push(format!(
            "unit {} is there in {:.0} s and has a chance of {:.2}; it has to leave within {:.0} s",
            unit.unit,
            unit.takes_s,
            unit.chance,
            unit.slack_s.max(0.0)
        )),
        None => reasons.push("no unit on the ground can be there in time".to_owned()),
    }
    if let Some(flier) = plan.fliers.first() {
        reasons.push(format!("flier {} is there in {:.0} s, with {:.2}", flier.searcher, flier.takes_s, flier.chance));
    }
    if let Some((site, probability)) = plan.launches.first() {
        reasons.push(format!("launched at site {site} with {probability:.2}"));
    }
    if request.elsewhere() > 0.0 {
        let what = if matches!(request.cue.intruder, Intruder::Balloon { .. }) { "launched" } else { "headed" };
        reasons.push(format!("{:.2} is kept for places that are not known: {what} elsewhere", request.elsewhere()));
    }
    reasons
}
