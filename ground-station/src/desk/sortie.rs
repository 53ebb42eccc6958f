//! A sortie of a scheduled night as a plan: to its post, there for as long as the schedule says, and home.
//!
//! Watching is standing still above the post and looking down at it, circling it for what cannot stand still, or flying to
//! and fro along the post's line. Who relieves whom at a post flies at another height, so that both may be there at once.

use missions::Performance;
use telemetry::LatLon;

use super::draw::{Step, Way};
use super::request::Request;
use super::search::{self, Names, STEPS_MAX};
use super::{Situation, Standing};
use crate::night::{Night, Sortie};
use crate::plans;

/// How much higher every second sortie to a post flies, metres: more than aircraft of ours keep apart in height.
const STAGGER_M: f64 = 20.0;
/// The radius of what circles a post, metres; larger where it cannot turn as tightly.
const CIRCLE_M: f64 = 150.0;

/// The text of a sortie's plan, by its number in the night.
///
/// # Errors
/// Why there is none, in words.
pub fn sortie_plan(night: &Night, number: usize, situation: &Situation) -> Result<String, String> {
    let sortie = night.sorties.get(number).ok_or_else(|| format!("the night has no sortie {number}"))?;
    let post = night.request.posts.get(sortie.post).ok_or("the night has no such post")?;
    let standing = situation.vehicles.get(&sortie.vehicle).ok_or_else(|| format!("there is no {}", sortie.vehicle))?;
    let start = standing.start.ok_or_else(|| format!("{}: its place of take-off is not known", standing.name))?;
    let performance = Performance::of(standing.kind).ok_or_else(|| format!("{} is of unknown kind", standing.name))?;
    let before = night.sorties[..number].iter().filter(|one| one.post == sortie.post).count();
    let height_m = night.request.height_m + if before % 2 == 1 { STAGGER_M } else { 0.0 };
    let line = places(&post.line);
    let at = places(&[post.at]).first().copied().ok_or_else(|| format!("{} is no place", post.name))?;
    let watch_s = (sortie.watches[1].saturating_sub(sortie.watches[0])) as f64 / 1e3;
    let steps = if line.len() >= 2 {
        to_and_fro(&line, watch_s * standing.cruise_m_s, situation)?
    } else if performance.speed_min_m_s > 0.0 {
        let radius_m = CIRCLE_M.max(1.5 * performance.turn_radius_m);
        let turns = (watch_s * standing.cruise_m_s / (std::f64::consts::TAU * radius_m)).max(1.0);
        vec![Step::Look(at), Step::Circle { centre: at, radius_m, turns }]
    } else {
        vec![Step::Look(at), Step::Stay { at: at.into(), for_s: watch_s }]
    };
    let request = asked(night, sortie, standing, height_m);
    let way = Way { steps, leaves_s: 0.0 };
    // Heights follow the ground where terrain is known and the way is one along legs.
    let followed = (line.len() >= 2).then(|| super::ground::follow(&request, situation, std::slice::from_ref(&way)));
    let way = followed.flatten().and_then(|(ways, _)| ways.into_iter().next()).unwrap_or(way);
    let title = format!("{}, {}", post.name, standing.name);
    let names = Names { id: sortie.plan_id(), title, reserve: night.request.reserve.clamp(0.0, 0.9) };
    let text = search::written(&request, &situation.airspace, standing, &way.steps, &start, names);
    plans::checked(situation.airspace.site(), standing.kind, &start, &text)?;
    Ok(text)
}

fn places(points: &[[f64; 2]]) -> Vec<LatLon> {
    points.iter().filter_map(|[lon, lat]| LatLon::from_degrees(*lat, *lon).ok()).collect()
}

/// Along a line again and again for so many metres, to the end that was begun.
fn to_and_fro(line: &[LatLon], for_m: f64, situation: &Situation) -> Result<Vec<Step>, String> {
    let places_m: Vec<[f64; 2]> = line.iter().map(|at| situation.airspace.place_m(*at)).collect();
    let length_m: f64 = places_m.windows(2).map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1])).sum();
    if length_m < 1.0 || for_m < length_m {
        return Err(format!(
            "a line of {length_m:.0} m; one sortie flies along {for_m:.0} m of it: draw a shorter one"
        ));
    }
    let legs_max = STEPS_MAX / line.len();
    let passes = ((for_m / length_m).floor() as usize).clamp(1, legs_max.max(1));
    let mut steps: Vec<Step> = Vec::new();
    for pass in 0..passes {
        let skipped = usize::from(pass > 0);
        let to = |at: &LatLon| Step::To((*at).into());
        if pass % 2 == 0 {
            steps.extend(line.iter().skip(skipped).map(to));
        } else {
            steps.extend(line.iter().rev().skip(skipped).map(to));
        }
    }
    Ok(steps)
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
