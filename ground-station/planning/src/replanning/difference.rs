//! What changes for whom.

use super::closed::{Closed, Detours};
use super::itinerary::{Itinerary, flown, takes_s};
use super::picture::{Event, Intruder, Picture, PictureError};
use crate::clock::{Clock, Part};
use crate::plane::{distance, dot, minus};
use crate::tasks::{Problem, TaskId, VehicleIndex, replan_along};

/// What changes for a vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// For whom.
    pub vehicle: VehicleIndex,
    /// Visits that it takes over.
    pub takes: Vec<TaskId>,
    /// Visits that it gives away.
    pub gives: Vec<TaskId>,
    /// It follows the intruder from then on, s, and meets it there, m.
    pub follows: Option<(f64, [f64; 2])>,
    /// What it would have done; none where that could not be flown any more.
    pub before: Option<Itinerary>,
    /// What it does; none for a vehicle that does nothing any more. One that follows begins this afterwards.
    pub after: Option<Itinerary>,
}

/// A visit that nobody makes any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Unvisited {
    /// Which.
    pub task: TaskId,
    /// Why, in words.
    pub why: String,
}

/// A vehicle in the air that does not get home with its reserve.
#[derive(Debug, Clone, PartialEq)]
pub struct Stranded {
    /// Which.
    pub vehicle: VehicleIndex,
    /// What it lacks, s; infinite where the wind is too strong.
    pub lacks_s: f64,
    /// The landing place that it reaches with the most to spare, by its place in [`Picture::landings_m`], and what is
    /// left of its endurance there, s.
    pub landing: Option<(usize, f64)>,
}

/// What an event changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Vehicle by vehicle; those for whom nothing changes are not in it.
    pub changes: Vec<Change>,
    /// Visits that were to be made and are not any more.
    pub lost: Vec<Unvisited>,
    /// Visits that were not to be made and now are.
    pub regained: Vec<TaskId>,
    /// Who does not get home.
    pub stranded: Vec<Stranded>,
    /// The same in words with numbers, the most important first.
    pub reasons: Vec<String>,
    /// The night once this has been sent.
    pub after: Picture,
}

/// Rounds in which vehicles that would be late are planned with a lower speed, and by which factor each time.
const ROUNDS: usize = 6;
const SLOWER: f64 = 0.88;
/// Followers who meet the intruder so much later than the first are considered as well, s, and at most so many.
const FOLLOWS_LATER_S: f64 = 60.0;
const FOLLOWERS: usize = 3;
/// Times that differ by less are alike, s.
const SAME_S: f64 = 1.0;

/// Answers an event.
///
/// # Errors
/// [`PictureError`] when the picture or the event cannot be planned with.
pub fn replan(picture: &Picture, event: &Event, seed: u64, clock: &mut dyn Clock) -> Result<Difference, PictureError> {
    picture.check()?;
    let after = picture.with(event)?;
    let (old, new) = (Closed::new(&picture.closed), Closed::new(&after.closed));
    let mut detours = Detours::new(&new);
    let answer = match event {
        Event::Appears(intruder) => following(&after, intruder, seed, clock, &mut detours)?,
        _ => shared(after, None, seed, clock, 1.0, &mut detours)?,
    };
    Ok(difference(picture, event, answer, &mut Detours::new(&old), &mut detours, &new))
}

/// Who follows an intruder: from when, and where it meets it.
#[derive(Debug, Clone, Copy)]
struct Follower {
    vehicle: VehicleIndex,
    meets_s: f64,
    meets_m: [f64; 2],
}

/// The night after an event.
struct Answer {
    after: Picture,
    follower: Option<Follower>,
    cost_s: f64,
}

/// The best of those who meet the intruder soon.
fn following(
    after: &Picture,
    intruder: &Intruder,
    seed: u64,
    clock: &mut dyn Clock,
    detours: &mut Detours,
) -> Result<Answer, PictureError> {
    let mut followers = followers(after, intruder, detours);
    followers.sort_by(|a, b| a.meets_s.total_cmp(&b.meets_s));
    if let Some(first_s) = followers.first().map(|first| first.meets_s) {
        followers.retain(|follower| follower.meets_s <= first_s + FOLLOWS_LATER_S);
        followers.truncate(FOLLOWERS);
    }
    let mut best: Option<Answer> = None;
    for (number, follower) in followers.iter().enumerate() {
        let mut with = after.clone();
        let vehicle = &mut with.problem.vehicles[usize::from(follower.vehicle.0)];
        let busy_s = follower.meets_s + intruder.follow_s;
        vehicle.endurance_s -= busy_s - vehicle.shift_s[0];
        vehicle.shift_s[0] = busy_s;
        vehicle.start_m = gone_on(intruder, busy_s);
        with.airborne.insert(follower.vehicle);
        let until = (number + 1) as f64 / followers.len() as f64;
        let answer = shared(with, Some(*follower), seed, clock, until, detours)?;
        if best.as_ref().is_none_or(|best| answer.cost_s < best.cost_s) {
            best = Some(answer);
        }
    }
    match best {
        Some(answer) => Ok(answer),
        None => Ok(Answer { after: after.clone(), follower: None, cost_s: 0.0 }),
    }
}

/// Who can meet it, follow it, and get home.
fn followers(after: &Picture, intruder: &Intruder, detours: &mut Detours) -> Vec<Follower> {
    let mut followers = Vec::new();
    for (number, vehicle) in after.problem.vehicles.iter().enumerate() {
        if !vehicle.carries.contains(&intruder.needs) {
            continue;
        }
        let from_s = vehicle.shift_s[0].max(intruder.at_s);
        let here_m = gone_on(intruder, from_s);
        let Some(in_s) = meets_in_s(vehicle.start_m, vehicle.speed_m_s, here_m, intruder.velocity_m_s, after.wind_m_s)
        else {
            continue;
        };
        let meets_s = from_s + in_s;
        let busy_s = meets_s + intruder.follow_s;
        let left_m = gone_on(intruder, busy_s);
        let home_s =
            detours.way(left_m, vehicle.end_m).and_then(|way| takes_s(&way, vehicle.speed_m_s, after.wind_m_s));
        let Some(home_s) = home_s.map(|takes_s| busy_s + takes_s) else { continue };
        if home_s - vehicle.shift_s[0] <= vehicle.endurance_s && home_s <= vehicle.shift_s[1] {
            let meets_m = gone_on(intruder, meets_s);
            followers.push(Follower { vehicle: VehicleIndex(number as u16), meets_s, meets_m });
        }
    }
    followers
}

/// Where it is then, if it goes on as it did.
fn gone_on(intruder: &Intruder, then_s: f64) -> [f64; 2] {
    [0, 1].map(|axis| intruder.at_m[axis] + intruder.velocity_m_s[axis] * (then_s - intruder.at_s))
}

/// The soonest meeting, s; in the frame of the air both go straight.
fn meets_in_s(
    from_m: [f64; 2],
    airspeed_m_s: f64,
    target_m: [f64; 2],
    velocity_m_s: [f64; 2],
    wind_m_s: [f64; 2],
) -> Option<f64> {
    let (away, relative) = (minus(target_m, from_m), minus(velocity_m_s, wind_m_s));
    // |away + relative t| = airspeed t.
    let (a, b, c) = (dot(relative, relative) - airspeed_m_s * airspeed_m_s, dot(away, relative), dot(away, away));
    if c < 1e-9 {
        return Some(0.0);
    }
    let root = (b * b - a * c).max(0.0).sqrt();
    let meets = if a.abs() < 1e-9 { [-c / (2.0 * b), f64::NAN] } else { [(-b - root) / a, (-b + root) / a] };
    let possible = b * b - a * c >= 0.0;
    meets.into_iter().filter(|t| possible && t.is_finite() && *t >= 0.0).min_by(f64::total_cmp)
}

/// Shares the visits out anew. Vehicles that would be late in the wind are planned with a lower speed.
fn shared(
    mut after: Picture,
    follower: Option<Follower>,
    seed: u64,
    clock: &mut dyn Clock,
    until: f64,
    detours: &mut Detours,
) -> Result<Answer, PictureError> {
    let mut problem = after.problem.clone();
    let wind_m_s = distance([0.0; 2], after.wind_m_s);
    for (number, vehicle) in problem.vehicles.iter_mut().enumerate() {
        // A round trip in the wind is never quicker than this.
        let still = (1.0 - (wind_m_s / vehicle.speed_m_s).powi(2)).max(0.0).sqrt();
        vehicle.speed_m_s = (vehicle.speed_m_s * still).max(1e-3);
        if after.airborne.contains(&VehicleIndex(number as u16)) {
            vehicle.shift_s[1] = vehicle.shift_s[1].min(vehicle.shift_s[0] + vehicle.endurance_s);
        }
        vehicle.endurance_s = vehicle.endurance_s.max(0.0);
    }
    let begun = clock.spent();
    for round in 0..ROUNDS {
        // The first rounds are the longest: later ones mend.
        let to = until - (until - begun) * 0.4_f64.powi(round as i32 + 1);
        let from = clock.spent();
        let mut part = Part { whole: clock, from, to };
        let mut way_m = |from: [f64; 2], to: [f64; 2]| detours.length_m(from, to);
        let plan = replan_along(&problem, &mut way_m, &after.routes, seed, &mut part, &mut |_| {})?;
        after.routes = plan.routes;
        let mut late = false;
        for (vehicle, visits) in &after.routes {
            let number = usize::from(vehicle.0);
            if !holds(&after, *vehicle, visits, detours) {
                late = true;
                problem.vehicles[number].speed_m_s = (problem.vehicles[number].speed_m_s * SLOWER).max(1e-3);
            }
        }
        if !late {
            break;
        }
    }
    // What is still late goes, the last visit first.
    let mut routes = std::mem::take(&mut after.routes);
    for (vehicle, visits) in &mut routes {
        while !visits.is_empty() && !holds(&after, *vehicle, visits, detours) {
            visits.pop();
        }
    }
    routes.retain(|(_, visits)| !visits.is_empty());
    after.routes = routes;
    let cost_s = cost_s(&after, detours);
    Ok(Answer { after, follower, cost_s })
}

fn itinerary(picture: &Picture, vehicle: VehicleIndex, visits: &[TaskId], detours: &mut Detours) -> Option<Itinerary> {
    let airborne = picture.airborne.contains(&vehicle);
    let problem = &picture.problem;
    flown(problem, &problem.vehicles[usize::from(vehicle.0)], airborne, visits, picture.wind_m_s, detours)
}

fn holds(picture: &Picture, vehicle: VehicleIndex, visits: &[TaskId], detours: &mut Detours) -> bool {
    let flies = &picture.problem.vehicles[usize::from(vehicle.0)];
    itinerary(picture, vehicle, visits, detours).is_some_and(|flown| flown.holds(&picture.problem, flies))
}

/// Time spent by all, and what is missed, s.
fn cost_s(picture: &Picture, detours: &mut Detours) -> f64 {
    let Problem { tasks, miss_penalty_s, .. } = &picture.problem;
    let mut missed = vec![true; tasks.len()];
    let mut cost_s = 0.0;
    for (vehicle, visits) in &picture.routes {
        visits.iter().for_each(|task| missed[usize::from(task.0)] = false);
        cost_s += itinerary(picture, *vehicle, visits, detours).map_or(0.0, |flown| flown.ends_s - flown.leaves_s);
    }
    cost_s + tasks.iter().zip(missed).filter(|(_, missed)| *missed).map(|(t, _)| t.prize * miss_penalty_s).sum::<f64>()
}

fn difference(
    before: &Picture,
    event: &Event,
    answer: Answer,
    old: &mut Detours,
    new: &mut Detours,
    closed: &Closed,
) -> Difference {
    let Answer { after, follower, .. } = answer;
    let (was, is) = (before.visits(), after.visits());
    let mut changes = Vec::new();
    for number in 0..was.len() {
        let vehicle = VehicleIndex(number as u16);
        let out = matches!(event, Event::DropsOut { vehicle: out } if *out == vehicle);
        let moves = |picture: &Picture, visits: &[TaskId]| !visits.is_empty() || picture.airborne.contains(&vehicle);
        let earlier = if moves(before, &was[number]) { itinerary(before, vehicle, &was[number], old) } else { None };
        let later =
            if !out && moves(&after, &is[number]) { itinerary(&after, vehicle, &is[number], new) } else { None };
        let follows = follower.filter(|f| f.vehicle == vehicle).map(|f| (f.meets_s, f.meets_m));
        if follows.is_none() && alike(earlier.as_ref(), later.as_ref()) {
            continue;
        }
        let missing = |here: &[TaskId], there: &[TaskId]| here.iter().copied().filter(|t| !there.contains(t)).collect();
        changes.push(Change {
            vehicle,
            takes: missing(&is[number], &was[number]),
            gives: missing(&was[number], &is[number]),
            follows,
            before: earlier,
            after: later,
        });
    }
    let planned = |visits: &[Vec<TaskId>]| visits.concat();
    let (was, is) = (planned(&was), planned(&is));
    let lost: Vec<Unvisited> = was
        .iter()
        .filter(|task| !is.contains(task))
        .map(|task| Unvisited { task: *task, why: why_lost(&after, *task, closed) })
        .collect();
    let mut difference = Difference {
        changes,
        lost,
        regained: is.iter().copied().filter(|task| !was.contains(task)).collect(),
        stranded: stranded(&after, new),
        reasons: Vec::new(),
        after,
    };
    difference.reasons = reasons(&difference, event, follower.is_some());
    difference
}

/// The same way at the same times.
fn alike(before: Option<&Itinerary>, after: Option<&Itinerary>) -> bool {
    match (before, after) {
        (None, None) => true,
        (Some(before), Some(after)) => {
            let same =
                |(a, b): (&super::Visit, &super::Visit)| a.task == b.task && (a.begins_s - b.begins_s).abs() < SAME_S;
            before.path_m == after.path_m
                && before.visits.len() == after.visits.len()
                && before.visits.iter().zip(&after.visits).all(same)
                && (before.ends_s - after.ends_s).abs() < SAME_S
        }
        _ => false,
    }
}

fn why_lost(after: &Picture, task: TaskId, closed: &Closed) -> String {
    let visit = &after.problem.tasks[usize::from(task.0)];
    let able =
        after.problem.vehicles.iter().filter(|v| v.carries.contains(&visit.needs) && v.endurance_s > 0.0).count();
    if closed.contains(visit.at_m) {
        "it lies in a closed area".to_owned()
    } else if able == 0 {
        format!("nobody left carries {:?}", visit.needs)
    } else {
        format!("none of {able} vehicles that carry {:?} is there in time and home with its reserve", visit.needs)
    }
}

/// Vehicles in the air that do not get home.
fn stranded(after: &Picture, detours: &mut Detours) -> Vec<Stranded> {
    let mut stranded = Vec::new();
    for vehicle in &after.airborne {
        let flies = &after.problem.vehicles[usize::from(vehicle.0)];
        let mut takes = |to_m: [f64; 2]| {
            let way = detours.way(flies.start_m, to_m)?;
            takes_s(&way, flies.speed_m_s, after.wind_m_s)
        };
        let lacks_s = takes(flies.end_m).unwrap_or(f64::INFINITY) - flies.endurance_s;
        if lacks_s <= 0.0 {
            continue;
        }
        let spare =
            after.landings_m.iter().enumerate().filter_map(|(at, to_m)| Some((at, flies.endurance_s - takes(*to_m)?)));
        let landing = spare.filter(|(_, spare_s)| *spare_s >= 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
        stranded.push(Stranded { vehicle: *vehicle, lacks_s, landing });
    }
    stranded
}

fn reasons(difference: &Difference, event: &Event, followed: bool) -> Vec<String> {
    let mut reasons = Vec::new();
    for Stranded { vehicle, lacks_s, landing } in &difference.stranded {
        reasons.push(match landing {
            Some((place, spare_s)) => format!(
                "vehicle {} lacks {lacks_s:.0} s to get home with its reserve: landing place {place} is reached with {spare_s:.0} s to spare",
                vehicle.0
            ),
            None => format!("vehicle {} lacks {lacks_s:.0} s to get home, and reaches no landing place", vehicle.0),
        });
    }
    if matches!(event, Event::Appears(_)) && !followed {
        reasons.push("nobody who carries what is needed can meet the intruder, follow it, and get home".to_owned());
    }
    for change in &difference.changes {
        let number = change.vehicle.0;
        if let Some((at_s, [east, north])) = change.follows {
            reasons.push(format!(
                "vehicle {number} meets the intruder at {at_s:.0} s at ({east:.0}, {north:.0}) and follows it"
            ));
        }
        match &change.after {
            None => reasons
                .push(format!("vehicle {number} does nothing any more and gives away {} visits", change.gives.len())),
            Some(after) => reasons.push(format!(
                "vehicle {number} takes {} and gives away {} visits; it is home at {:.0} s{}",
                change.takes.len(),
                change.gives.len(),
                after.ends_s,
                change.before.as_ref().map_or_else(String::new, |before| format!(", not at {:.0} s", before.ends_s)),
            )),
        }
    }
    for Unvisited { task, why } in &difference.lost {
        reasons.push(format!("visit {} is not made any more: {why}", task.0));
    }
    if !difference.regained.is_empty() {
        reasons.push(format!("{} visits are made that were left out before", difference.regained.len()));
    }
    reasons
}
