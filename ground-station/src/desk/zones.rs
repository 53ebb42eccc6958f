//! The authorities' zones that lanes over an area lead round.
//!
//! Which they are the check says of plans that are made quickly, before the search proper: those that it finds are left out,
//! and quick plans are made again, until it finds no further one. What cannot be led round (a home lies in it) stays a
//! finding of the plan that is proposed.

use geo::algorithm::buffer::{BufferStyle, LineJoin};
use geo::{BooleanOps, Buffer, Coord, MultiPolygon, Polygon};
use planning::clock::Looks;
use planning::coverage;
use telemetry::LatLon;

use super::request::Request;
use super::{Situation, Standing, search};
use crate::preflight::{Barred, barred};

/// So often a plan is made anew round further zones, each time round all that are in its way.
pub(super) const ROUNDS_MAX: usize = 12;
/// Looks at the clock for a quick plan.
const LOOKS: u32 = 3;
/// Lanes keep so far off a zone, metres, and its corners are rounded in turns of about so much, rad.
const APART_M: f64 = 15.0;
const ROUNDED: f64 = 0.5;

/// The zones that a search of the area by its vehicles from their homes may not enter and leads into, unless it leads round
/// them.
pub(super) fn in_the_way(
    request: &Request,
    situation: &Situation,
    standing: &Standing,
    homes: &[LatLon],
) -> Vec<Barred> {
    let mut round: Vec<Barred> = Vec::new();
    if situation.airspace.zones().is_empty() {
        return round;
    }
    for _ in 0..ROUNDS_MAX {
        // What makes a plan impossible the search proper says in words.
        let found = quickly(request, situation, standing, homes, &round).unwrap_or_default();
        let before = round.len();
        for zone in found {
            if !round.contains(&zone) {
                round.push(zone);
            }
        }
        if round.len() == before {
            break;
        }
    }
    round
}

/// What the check finds of a plan that is made quickly.
fn quickly(
    request: &Request,
    situation: &Situation,
    standing: &Standing,
    homes: &[LatLon],
    round: &[Barred],
) -> Result<Vec<Barred>, String> {
    let problem = search::problem_from(request, situation, standing, homes, round)?;
    let plan = coverage::search(&problem, 1, &mut Looks::new(LOOKS), &mut |_| {}).map_err(|error| error.to_string())?;
    let ways = search::lanes(&plan, situation)?;
    let ways = super::ground::follow(request, situation, &ways).map_or(ways, |(followed, _)| followed);
    let mut found = Vec::new();
    for (vehicle, way) in request.vehicles.iter().zip(&ways).filter(|(_, way)| !way.steps.is_empty()) {
        let (_, flight) = search::flown(request, situation, 0, vehicle, way)?;
        found.extend(barred(&situation.airspace, &flight));
    }
    Ok(found)
}

/// A zone, and so much around it that a lane beside it is none in it.
pub(super) fn around(ring_m: &[[f64; 2]]) -> MultiPolygon {
    let style = BufferStyle::new(APART_M).line_join(LineJoin::Round(ROUNDED));
    polygon(ring_m).buffer_with_style(style)
}

/// An outline without holes.
pub(super) fn polygon(ring_m: &[[f64; 2]]) -> Polygon {
    Polygon::new(ring_m.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect(), Vec::new())
}

/// Outlines of which no two overlap: what lay in two holes would count as open.
pub(super) fn joined(parts: Vec<Polygon>) -> Vec<Vec<[f64; 2]>> {
    let one = |all: MultiPolygon, part: Polygon| all.union(&part);
    let all = parts.into_iter().fold(MultiPolygon::new(Vec::new()), one);
    all.iter().map(|part| part.exterior().coords().map(|at| [at.x, at.y]).collect()).collect()
}
