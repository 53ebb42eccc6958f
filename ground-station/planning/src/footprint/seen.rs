//! What pictures cover: a picture is no disc, so lanes have to run longer, and what is seen is counted anew.

use geo::{BooleanOps, Buffer, Coord, LineString, MultiPolygon, Polygon};

use super::plan::Choice;
use crate::coverage;
use crate::coverage::area::Area;
use crate::flight::{Flight, Look};
use crate::plane::{Point, direction, distance, dot, left, minus};

/// Cells of the target that are looked for, in rows and columns over the box around it.
const CELLS: usize = 64;

/// The target, larger by what lanes over it have to be longer, and not beyond where may be flown.
pub(super) fn enlarged(target: &coverage::Polygon, fly: &coverage::Polygon, choice: &Choice) -> coverage::Polygon {
    // Lanes end half a swath inside of the target's edge, and the picture's nearest row lies so far ahead.
    let longer_m = choice.swath_m / 2.0 + choice.footprint.near.ahead_m;
    if longer_m <= 0.0 {
        return target.clone();
    }
    let seen = polygon(target);
    let larger = seen.buffer(longer_m).intersection(&polygon(fly)).union(&seen);
    largest(&larger).unwrap_or_else(|| target.clone())
}

fn polygon(of: &coverage::Polygon) -> Polygon {
    let ring = |points: &Vec<Point>| points.iter().map(|at| Coord { x: at[0], y: at[1] }).collect::<LineString>();
    Polygon::new(ring(&of.outer), of.holes.iter().map(ring).collect())
}

/// The part with the largest outer ring. Holes of it are seen over: they cost nothing.
fn largest(of: &MultiPolygon) -> Option<coverage::Polygon> {
    let ring = |line: &LineString| line.coords().map(|at| [at.x, at.y]).collect::<Vec<Point>>();
    let rings = of.iter().map(|part| ring(part.exterior()));
    let area = |ring: &Vec<Point>| coverage::area::doubled_area(ring).abs();
    let outer = rings.max_by(|a, b| area(a).total_cmp(&area(b)))?;
    Some(coverage::Polygon { outer, holes: Vec::new() })
}

/// The share of the target, 0 to 1, that comes into some picture's sharp part: the middle of every cell of a grid over the box
/// around it is looked for.
pub(super) fn share(target: &coverage::Polygon, choice: &Choice, flights: &[Flight]) -> f64 {
    let area = Area::new(target);
    let [low, high] = target.bounds();
    let cells = (0..CELLS * CELLS).map(|number| [number % CELLS, number / CELLS]);
    let middles = cells.map(|cell| {
        [0, 1].map(|axis: usize| low[axis] + (high[axis] - low[axis]) * (cell[axis] as f64 + 0.5) / CELLS as f64)
    });
    let all: Vec<Point> = middles.filter(|middle| area.contains(*middle)).collect();
    let legs: Vec<[Point; 2]> = flights
        .iter()
        .flat_map(|flight| flight.waypoints.windows(2))
        .filter(|pair| !matches!(pair[1].look, Look::Free))
        .map(|pair| [pair[0].place_m, pair[1].place_m])
        .collect();
    let seen = |middle: &&Point| legs.iter().any(|[from, to]| sees(choice, *from, *to, **middle));
    if all.is_empty() { 0.0 } else { all.iter().filter(seen).count() as f64 / all.len() as f64 }
}

/// Whether a place comes into the picture somewhere on a leg.
fn sees(choice: &Choice, from: Point, to: Point, place: Point) -> bool {
    let Some(along) = direction(from, to) else { return false };
    let away = minus(place, from);
    let (near, far) = (choice.footprint.near, choice.sharp);
    // Where the farthest row lies on it, or as near to that as the leg goes.
    let flown_m = (dot(away, along) - far.ahead_m).clamp(0.0, distance(from, to));
    let ahead_m = dot(away, along) - flown_m;
    let share = (ahead_m - near.ahead_m) / (far.ahead_m - near.ahead_m).max(1e-9);
    let width_m = near.width_m + share * (far.width_m - near.width_m);
    (-1e-9..=1.0 + 1e-9).contains(&share) && dot(away, left(along)).abs() <= width_m / 2.0
}
