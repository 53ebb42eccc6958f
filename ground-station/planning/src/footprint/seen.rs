//! What pictures cover: a picture is no disc, so lanes have to run longer, and what is seen is counted anew.

use std::collections::BTreeSet;

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

/// What comes into no picture's sharp part, in cells of a grid over the box around the target.
#[derive(Debug)]
pub(super) struct Unseen {
    /// The share of the target that is seen, 0 to 1.
    pub(super) seen: f64,
    /// Column and row of what is not.
    pub(super) cells: BTreeSet<[usize; 2]>,
    low: Point,
    side: Point,
}

impl Unseen {
    /// The corners of a cell.
    pub(super) fn corners(&self, [column, row]: [usize; 2]) -> [Point; 4] {
        [[column, row], [column + 1, row], [column, row + 1], [column + 1, row + 1]]
            .map(|corner| [0, 1].map(|axis: usize| self.low[axis] + self.side[axis] * corner[axis] as f64))
    }
}

/// Looks for the middle of every cell of the target in the pictures.
pub(super) fn unseen(target: &coverage::Polygon, choice: &Choice, flights: &[Flight]) -> Unseen {
    let area = Area::new(target);
    let [low, high] = target.bounds();
    let side = [0, 1].map(|axis: usize| (high[axis] - low[axis]) / CELLS as f64);
    let middle = |cell: [usize; 2]| [0, 1].map(|axis: usize| low[axis] + side[axis] * (cell[axis] as f64 + 0.5));
    let cells = (0..CELLS * CELLS).map(|number| [number % CELLS, number / CELLS]);
    let all: Vec<[usize; 2]> = cells.filter(|cell| area.contains(middle(*cell))).collect();
    let legs: Vec<[Point; 2]> = flights
        .iter()
        .flat_map(|flight| flight.waypoints.windows(2))
        .filter(|pair| !matches!(pair[1].look, Look::Free))
        .map(|pair| [pair[0].place_m, pair[1].place_m])
        .collect();
    let unseen = |cell: &[usize; 2]| !legs.iter().any(|[from, to]| sees(choice, *from, *to, middle(*cell)));
    let cells: BTreeSet<[usize; 2]> = all.iter().copied().filter(unseen).collect();
    let seen = if all.is_empty() { 0.0 } else { 1.0 - cells.len() as f64 / all.len() as f64 };
    Unseen { seen, cells, low, side }
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
