//! A sortie of a scheduled night as a plan: to its post, there for as long as the schedule says, and home.
//!
//! Watching is standing still above the post and looking down at it, circling it for what cannot stand still, flying to and
//! fro along the post's line, or going on with the lanes over its area where the sortie before left off. Who relieves whom at
//! a post flies at another height, so that both may be there at once. Ways there and back lead round what is closed and
//! round the authorities' zones; what they take longer is taken off the watch, because the schedule and the battery have
//! straight ones.
//!
//! Which zones a sortie may not enter at its height and hour the pre-flight check says, of the plan itself: those that it
//! finds are led round, and the plan is made and checked again, until it finds none. So no zone is in the way that is not on
//! the way, however many there are. One that is found although it was to be led round (the post lies in it, or home does, or
//! it is all around) stays a finding: whether to fly there is a supervisor's to say.

use std::cell::RefCell;
use std::collections::VecDeque;

use geo::{Coord, Intersects, LineString, Polygon};
use missions::plan::Start;
use missions::{CheckedPlan, Performance};
use planning::clock::Looks;
use planning::coverage::{self, Problem};
use planning::replanning::way_round;
use telemetry::{LatLon, Timestamp};

use super::draw::{Step, Way};
use super::request::{Kind, Request};
use super::search::{self, Names, STEPS_MAX};
use super::zones::ROUNDS_MAX;
use super::{Situation, Standing};
use crate::night::{Night, Post, Sortie};
use crate::plans;
use crate::preflight::{Barred, Departure, Flight, barred};

/// How much higher every second sortie to a post flies, metres: more than aircraft of ours keep apart in height.
const STAGGER_M: f64 = 20.0;
/// The radius of what circles a post, metres; larger where it cannot turn as tightly.
const CIRCLE_M: f64 = 150.0;
/// How far ways round what is closed keep off it, metres; less where it lies nearer to home or to the post.
const APART_M: [f64; 3] = [40.0, 15.0, 3.0];
/// Looks at the clock for the lanes over an area: the same ones for every sortie.
const LOOKS: u32 = 30;
/// So many rings of lanes are remembered, the newest.
const RINGS_MAX: usize = 16;
/// Legs that are kept for the ways there and back and for hills.
const STEPS_KEPT: usize = 60;

/// A sortie's plan.
#[derive(Debug, Clone, PartialEq)]
pub struct SortiePlan {
    /// Its text.
    pub text: String,
    /// The zones that it leads into and may not enter, for want of a way round them: their names, and why they may not be
    /// entered. Its check finds them too.
    pub enters: Vec<String>,
}

/// Sorties' plans, by their numbers in the night, or why there is none, in words; each is made when it is asked for.
pub fn sortie_plans<'a>(
    night: &'a Night,
    numbers: impl IntoIterator<Item = usize> + 'a,
    situation: &'a Situation,
) -> impl Iterator<Item = Result<SortiePlan, String>> + 'a {
    let mut rings = Rings::default();
    numbers.into_iter().map(move |number| sortie_plan(night, number, situation, &mut rings))
}

fn sortie_plan(night: &Night, number: usize, situation: &Situation, rings: &mut Rings) -> Result<SortiePlan, String> {
    let sortie = night.sorties.get(number).ok_or_else(|| format!("the night has no sortie {number}"))?;
    let post = night.request.posts.get(sortie.post).ok_or("the night has no such post")?;
    let standing = situation.vehicles.get(&sortie.vehicle).ok_or_else(|| format!("there is no {}", sortie.vehicle))?;
    let start = standing.start.ok_or_else(|| format!("{}: its place of take-off is not known", standing.name))?;
    let before: Vec<&Sortie> = night.sorties[..number].iter().filter(|one| one.post == sortie.post).collect();
    let height_m = night.request.height_m + if before.len() % 2 == 1 { STAGGER_M } else { 0.0 };
    let flown_m = before.iter().map(|one| watch_s(one) * standing.cruise_m_s).sum();
    let request = asked(night, sortie, standing, height_m);
    let task = Task { night, post, sortie, situation, standing, start, request, flown_m };
    let (mut round, mut unavoidable): (Vec<Barred>, Vec<Barred>) = (Vec::new(), Vec::new());
    let mut last: Option<SortiePlan> = None;
    let mut rounds = 0;
    loop {
        rounds += 1;
        let (text, plan) = match task.plan(&round, rings) {
            Ok(made) => made,
            // Round all of them there is none; the last one enters some.
            Err(why) => return last.ok_or(why),
        };
        let found = task.barred(&plan)?;
        let made = SortiePlan { text, enters: found.iter().map(|one| one.zone.clone()).collect() };
        let (again, new): (Vec<Barred>, Vec<Barred>) =
            found.into_iter().filter(|one| !unavoidable.contains(one)).partition(|one| round.contains(one));
        if rounds == ROUNDS_MAX || (again.is_empty() && new.is_empty()) {
            return Ok(made);
        }
        last = Some(made);
        round.retain(|one| !again.contains(one));
        round.extend(new);
        unavoidable.extend(again);
    }
}

/// A sortie to be planned.
struct Task<'a> {
    night: &'a Night,
    post: &'a Post,
    sortie: &'a Sortie,
    situation: &'a Situation,
    standing: &'a Standing,
    start: Start,
    request: Request,
    /// How far those before it flew over the post's area, m.
    flown_m: f64,
}

impl Task<'_> {
    /// The plan, and its text, with ways round these zones.
    fn plan(&self, round: &[Barred], rings: &mut Rings) -> Result<(String, CheckedPlan), String> {
        let Self { night, post, sortie, situation, standing, start, ref request, flown_m } = *self;
        let air = Air::new(request, situation, standing, situation.airspace.place_m(start.position), round);
        let steps = if post.area.is_empty() {
            watching(post, sortie, &air)
        } else {
            lane_by_lane(post, sortie, request, &air, flown_m, rings)
        };
        let steps = steps.map_err(|why| air.with_zones(why))?;
        let way = Way { steps, leaves_s: 0.0 };
        // Heights follow the ground where terrain is known and the way is one along legs.
        let along_legs = !post.line.is_empty() || !post.area.is_empty();
        let followed = along_legs.then(|| super::ground::follow(request, situation, std::slice::from_ref(&way)));
        let way = followed.flatten().and_then(|(ways, _)| ways.into_iter().next()).unwrap_or(way);
        let title = format!("{}, {}", post.name, standing.name);
        let names = Names { id: sortie.plan_id(), title, reserve: night.request.reserve.clamp(0.0, 0.9) };
        let text = search::written(request, &situation.airspace, standing, &way.steps, &start, names);
        let plan = plans::checked(situation.airspace.site(), standing.kind, &start, &text);
        Ok((text, plan.map_err(|why| air.with_zones(why))?))
    }

    /// The zones that it leads into at its hour and may not enter.
    fn barred(&self, plan: &CheckedPlan) -> Result<Vec<Barred>, String> {
        let departure = Departure {
            vehicle: self.sortie.vehicle.clone(),
            name: self.standing.name.clone(),
            at: Timestamp::from_unix_nanos(self.sortie.leaves.saturating_mul(1_000_000)),
            battery: None,
        };
        let flight = Flight::of(&self.situation.airspace, plan, departure).ok_or("it leads nowhere")?;
        Ok(barred(&self.situation.airspace, &flight))
    }
}

fn watch_s(sortie: &Sortie) -> f64 {
    sortie.watches[1].saturating_sub(sortie.watches[0]) as f64 / 1e3
}

fn places(points: &[[f64; 2]]) -> Vec<LatLon> {
    points.iter().filter_map(|[lon, lat]| LatLon::from_degrees(*lat, *lon).ok()).collect()
}

/// What a sortie flies through: whose it is, from where, what is closed then, and the zones that it leads round.
struct Air<'a> {
    situation: &'a Situation,
    standing: &'a Standing,
    home_m: [f64; 2],
    closed_m: Vec<Vec<[f64; 2]>>,
    round: &'a [Barred],
    /// The ways that were asked for: making one takes longer than all else, and most are asked for again.
    known: RefCell<Vec<Known>>,
}

/// From where to where, and the corners between.
type Known = ([[f64; 2]; 2], Vec<[f64; 2]>);

impl<'a> Air<'a> {
    fn new(
        request: &Request,
        situation: &'a Situation,
        standing: &'a Standing,
        home_m: [f64; 2],
        round: &'a [Barred],
    ) -> Self {
        let ring = |ring: &Vec<LatLon>| ring.iter().map(|at| situation.airspace.place_m(*at)).collect();
        let closed = search::closed(request, situation).into_iter().map(ring);
        let closed_m = closed.chain(round.iter().map(|zone| zone.ring_m.clone())).collect();
        Self { situation, standing, home_m, closed_m, round, known: RefCell::default() }
    }

    /// Why there is no plan, with the zones that it would lead round.
    fn with_zones(&self, why: String) -> String {
        let zones: Vec<&str> = self.round.iter().map(|one| one.zone.as_str()).collect();
        if zones.is_empty() { why } else { format!("{why}; it leads round {}", zones.join("; ")) }
    }

    fn place_m(&self, at: LatLon) -> [f64; 2] {
        self.situation.airspace.place_m(at)
    }

    fn to(&self, at_m: [f64; 2]) -> Step {
        Step::To(self.situation.airspace.lat_lon(at_m).into())
    }

    /// The corners of the shortest way round what is closed; none where the straight way is clear of it, or none is found:
    /// the check then says what is in the way.
    fn round(&self, from_m: [f64; 2], to_m: [f64; 2]) -> Vec<[f64; 2]> {
        let mut known = self.known.borrow_mut();
        if let Some((_, corners)) = known.iter().find(|(ends, _)| *ends == [from_m, to_m]) {
            return corners.clone();
        }
        // The way back is the way there.
        if let Some((_, corners)) = known.iter().find(|(ends, _)| *ends == [to_m, from_m]) {
            return corners.iter().rev().copied().collect();
        }
        // Out of what an end lies in no way leads; round all else it does.
        let within = |ring: &[[f64; 2]], at_m: [f64; 2]| {
            Polygon::new(LineString::from(ring.to_vec()), Vec::new()).intersects(&Coord::from(at_m))
        };
        let round: Vec<Vec<[f64; 2]>> =
            self.closed_m.iter().filter(|ring| !within(ring, from_m) && !within(ring, to_m)).cloned().collect();
        let mut ways = APART_M.iter().filter_map(|apart_m| way_round(&round, *apart_m, from_m, to_m));
        let corners = ways.next().map_or_else(Vec::new, |way| way[1..way.len() - 1].to_vec());
        known.push(([from_m, to_m], corners.clone()));
        corners
    }

    /// How much longer the way from home to a place round what is closed is than the straight one to the post, m.
    fn longer_m(&self, place_m: [f64; 2], post_m: [f64; 2]) -> f64 {
        let way_m = [vec![self.home_m], self.round(self.home_m, place_m), vec![place_m]].concat();
        length_m(&way_m) - apart_m(self.home_m, post_m)
    }

    /// The steps with the ways from home to the first place and from the last one home.
    fn there_and_back(&self, steps: Vec<Step>, [first_m, last_m]: [[f64; 2]; 2]) -> Vec<Step> {
        let there = self.round(self.home_m, first_m).into_iter().map(|at_m| self.to(at_m));
        let back = self.round(last_m, self.home_m).into_iter().map(|at_m| self.to(at_m));
        there.chain(steps).chain(back).collect()
    }
}

fn apart_m(from_m: [f64; 2], to_m: [f64; 2]) -> f64 {
    (to_m[0] - from_m[0]).hypot(to_m[1] - from_m[1])
}

fn length_m(way_m: &[[f64; 2]]) -> f64 {
    way_m.windows(2).map(|pair| apart_m(pair[0], pair[1])).sum()
}

/// A place that is watched, or a line that is flown to and fro.
fn watching(post: &Post, sortie: &Sortie, air: &Air) -> Result<Vec<Step>, String> {
    let standing = air.standing;
    let performance = Performance::of(standing.kind).ok_or_else(|| format!("{} is of unknown kind", standing.name))?;
    let line = places(&post.line);
    let at = places(&[post.at]).first().copied().ok_or_else(|| format!("{} is no place", post.name))?;
    let at_m = air.place_m(at);
    let begins_m = line.first().map_or(at_m, |first| air.place_m(*first));
    let watch_s = left_s(watch_s(sortie), 2.0 * air.longer_m(begins_m, begins_m), air)?;
    if line.len() >= 2 {
        let line_m: Vec<[f64; 2]> = line.iter().map(|at| air.place_m(*at)).collect();
        let way_m = to_and_fro(&line_m, watch_s * standing.cruise_m_s)?;
        let ends = [way_m[0], way_m[way_m.len() - 1]];
        return Ok(air.there_and_back(way_m.into_iter().map(|at_m| air.to(at_m)).collect(), ends));
    }
    let steps = if performance.speed_min_m_s > 0.0 {
        let radius_m = CIRCLE_M.max(1.5 * performance.turn_radius_m);
        let turns = (watch_s * standing.cruise_m_s / (std::f64::consts::TAU * radius_m)).max(1.0);
        vec![Step::Look(at), Step::Circle { centre: at, radius_m, turns }]
    } else {
        vec![Step::Look(at), Step::Stay { at: at.into(), for_s: watch_s }]
    };
    Ok(air.there_and_back(steps, [at_m; 2]))
}

/// What is left of the watch when the ways there and back are so much longer.
fn left_s(watch_s: f64, longer_m: f64, air: &Air) -> Result<f64, String> {
    let longer_s = longer_m.max(0.0) / air.standing.cruise_m_s;
    if longer_s < watch_s {
        return Ok(watch_s - longer_s);
    }
    Err(format!(
        "the way there and back takes {:.0} min longer than the straight one, and the watch is {:.0} min",
        longer_s / 60.0,
        watch_s / 60.0
    ))
}

/// Along a line again and again for so many metres, to the end that was begun.
fn to_and_fro(line_m: &[[f64; 2]], for_m: f64) -> Result<Vec<[f64; 2]>, String> {
    let length_m = length_m(line_m);
    if length_m < 1.0 || for_m < length_m {
        return Err(format!(
            "a line of {length_m:.0} m; one sortie flies along {for_m:.0} m of it: draw a shorter one"
        ));
    }
    let legs_max = (STEPS_MAX - STEPS_KEPT) / line_m.len();
    let passes = ((for_m / length_m).floor() as usize).clamp(1, legs_max.max(1));
    let mut way_m: Vec<[f64; 2]> = Vec::new();
    for pass in 0..passes {
        let skipped = usize::from(pass > 0);
        if pass % 2 == 0 {
            way_m.extend(line_m.iter().skip(skipped));
        } else {
            way_m.extend(line_m.iter().rev().skip(skipped));
        }
    }
    Ok(way_m)
}

/// The lanes over an area, which are one ring from the post and back to it: from where the sorties before left off, for as
/// long as this one lasts.
fn lane_by_lane(
    post: &Post,
    sortie: &Sortie,
    request: &Request,
    air: &Air,
    flown_m: f64,
    rings: &mut Rings,
) -> Result<Vec<Step>, String> {
    let (drawn, spacing_m) = (post.area.clone(), post.spacing_m);
    let request = Request { kind: Kind::AreaSearch, drawn, spacing_m, ..request.clone() };
    let at = places(&[post.at]).first().copied().ok_or_else(|| format!("{} is no place", post.name))?;
    let at_m = air.place_m(at);
    let problem = search::problem_from(&request, air.situation, air.standing, &[at], air.round)?;
    let mut ring_m = rings.over(problem)?;
    if ring_m.is_empty() {
        return Err(format!("nothing of {} may be flown over", post.name));
    }
    let closes = air.round(ring_m[ring_m.len() - 1], ring_m[0]);
    ring_m.extend(closes);
    ring_m.dedup_by(|next, before| apart_m(*next, *before) < 0.5);
    let for_m = watch_s(sortie) * air.standing.cruise_m_s;
    let straight = part_of(&ring_m, flown_m, for_m);
    // Where it begins and ends is not where the schedule has it fly to.
    let longer_m: f64 =
        [straight[0], straight[straight.len() - 1]].iter().map(|end_m| air.longer_m(*end_m, at_m)).sum();
    let left_m = left_s(watch_s(sortie), longer_m, air)? * air.standing.cruise_m_s;
    let part_m = part_of(&ring_m, flown_m, left_m.min(for_m));
    let ends = [part_m[0], part_m[part_m.len() - 1]];
    Ok(air.there_and_back(part_m.into_iter().map(|at_m| air.to(at_m)).collect(), ends))
}

/// The lanes over areas, end by end, that were found already: sorties to one post ask for the same.
#[derive(Default)]
struct Rings {
    known: VecDeque<(Problem, Vec<[f64; 2]>)>,
}

impl Rings {
    /// None where nothing of it may be flown over.
    fn over(&mut self, problem: Problem) -> Result<Vec<[f64; 2]>, String> {
        if let Some((_, ring_m)) = self.known.iter().find(|(known, _)| *known == problem) {
            return Ok(ring_m.clone());
        }
        let plan = coverage::search(&problem, 1, &mut Looks::new(LOOKS), &mut |_| {});
        let plan = plan.map_err(|error| error.to_string())?;
        let legs = plan.routes.first().map_or(&[][..], |route| &route.legs);
        let ring_m: Vec<[f64; 2]> = legs.iter().flat_map(|leg| [leg.from_m, leg.to_m]).collect();
        if self.known.len() >= RINGS_MAX {
            self.known.pop_front();
        }
        self.known.push_back((problem, ring_m.clone()));
        Ok(ring_m)
    }
}

/// So many metres of a ring, from so many metres after its first place on, round and round.
fn part_of(ring_m: &[[f64; 2]], from_m: f64, for_m: f64) -> Vec<[f64; 2]> {
    let count = ring_m.len();
    let sides = (0..count).map(|at| [ring_m[at], ring_m[(at + 1) % count]]);
    let whole_m: f64 = sides.clone().map(|[from, to]| apart_m(from, to)).sum();
    let between = |[from, to]: [[f64; 2]; 2], share: f64| {
        [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]
    };
    if whole_m < 1.0 {
        return vec![ring_m[0]];
    }
    let (mut skips_m, mut left_m) = (from_m.rem_euclid(whole_m), for_m.max(0.0));
    let mut part = Vec::new();
    for side in sides.cycle() {
        let side_m = apart_m(side[0], side[1]);
        if skips_m >= side_m {
            skips_m -= side_m;
            continue;
        }
        if part.is_empty() {
            part.push(between(side, skips_m / side_m));
        }
        let ahead_m = side_m - skips_m;
        skips_m = 0.0;
        if left_m <= ahead_m || part.len() + 1 >= STEPS_MAX - STEPS_KEPT {
            part.push(between(side, (side_m - ahead_m + left_m.min(ahead_m)) / side_m));
            return part;
        }
        left_m -= ahead_m;
        part.push(side[1]);
    }
    part
}

/// The sortie as a request for a route, which the writing of plans and the following of the ground take.
fn asked(night: &Night, sortie: &Sortie, standing: &Standing, height_m: f64) -> Request {
    Request {
        height_m,
        speed_m_s: Some(standing.cruise_m_s),
        start: Some(sortie.leaves),
        ..Request::route(sortie.vehicle.clone(), night.request.posts[sortie.post].line.clone())
    }
}
