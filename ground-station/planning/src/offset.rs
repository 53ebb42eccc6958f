//! Ways beside a line or round an area at a distance, on buffers of `geo`: they are right on concave lines too, where the
//! way cuts across bays narrower than twice the distance.

use geo::{BooleanOps, Buffer, Coord, LineString, MultiPolygon, Polygon, Simplify};

use crate::coverage::area::around;
use crate::plane::{Point, between, cross, direction, distance, dot, left, minus, plus, times};

/// Which side of a line, seen along it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To its left.
    Left,
    /// To its right.
    Right,
}

/// Points of a way nearer to its straight than this share of the distance are left out.
const THIN: f64 = 0.004;

/// The way at a distance beside a line, from beside its beginning to beside its end, and at least as far from everything
/// that is `kept_off`. Nothing where there is none.
pub(crate) fn beside(line: &[Point], side: Side, apart_m: f64, kept_off: &[Vec<Point>]) -> Option<Vec<Point>> {
    let line = &crate::coverage::area::distinct_line(line)[..];
    if line.len() < 2 {
        return None;
    }
    if apart_m <= 0.0 {
        return Some(line.to_vec());
    }
    let mut buffer = string(line).buffer(apart_m);
    for ring in kept_off {
        buffer = buffer.union(&Polygon::new(string(ring), Vec::new()).buffer(apart_m));
    }
    let sign = if side == Side::Left { 1.0 } else { -1.0 };
    let anchor = |at: Point, along: Point| plus(at, times(left(along), sign * apart_m));
    let first = anchor(line[0], direction(line[0], line[1])?);
    let last = anchor(line[line.len() - 1], direction(line[line.len() - 2], line[line.len() - 1])?);
    // Around the line lies one polygon; islands far away have their own.
    let rings = buffer.iter().map(|polygon| ring_of(polygon.exterior(), apart_m));
    let ring = rings.min_by(|a, b| to_ring(a, line[0]).total_cmp(&to_ring(b, line[0])))?;
    let mut reached_m = vec![0.0];
    for pair in line.windows(2) {
        reached_m.push(reached_m[reached_m.len() - 1] + distance(pair[0], pair[1]));
    }
    let whole_m = reached_m[line.len() - 1];
    // Of the line's nearest place: how far along it lies, and whether the place is on the wanted side there.
    let beside_m = |at: Point| -> (f64, bool) {
        let part = nearest_part(line, at);
        let along_m = reached_m[part] + distance(line[part], foot(line[part], line[part + 1], at));
        (along_m, side_of(line, at) * sign > 0.0)
    };
    let begin = beside_end(&ring, first, apart_m, |at| {
        let (along_m, wanted) = beside_m(at);
        wanted.then_some(along_m)
    })?;
    let end = beside_end(&ring, last, apart_m, |at| {
        let (along_m, wanted) = beside_m(at);
        wanted.then_some(whole_m - along_m)
    })?;
    // One of the two leads back on the other side, and perhaps on round an island. What lies beyond the ends has no side.
    let length_m = |way: &Vec<Point>, on_wanted: bool| -> f64 {
        let counts = |pair: &&[Point]| {
            let (along_m, wanted) = beside_m(between(pair[0], pair[1], 0.5));
            wanted == on_wanted && along_m > THIN * apart_m && along_m < whole_m - THIN * apart_m
        };
        way.windows(2).filter(counts).map(|pair| distance(pair[0], pair[1])).sum()
    };
    // Where the other side's bay is too narrow for a way, neither is beside that side; then the one that is beside this.
    let astray = |a: &Vec<Point>, b: &Vec<Point>| length_m(a, false).total_cmp(&length_m(b, false));
    let beside = |a: &Vec<Point>, b: &Vec<Point>| length_m(a, true).total_cmp(&length_m(b, true));
    arcs(&ring, begin, end).into_iter().min_by(|a, b| astray(a, b).then_with(|| beside(b, a)))
}

/// The ring round areas at a distance: outside of all of them, the one round most of them.
pub(crate) fn round(areas: &[Vec<Point>], apart_m: f64) -> Option<Vec<Point>> {
    let mut all = MultiPolygon::<f64>::new(Vec::new());
    for ring in areas {
        let area = Polygon::new(string(ring), Vec::new());
        all = if apart_m > 0.0 { all.union(&area.buffer(apart_m)) } else { all.union(&area) };
    }
    let rings = all.iter().map(|polygon| ring_of(polygon.exterior(), apart_m));
    let area = |ring: &Vec<Point>| crate::coverage::area::doubled_area(ring).abs();
    rings.filter(|ring| ring.len() >= 3).max_by(|a, b| area(a).total_cmp(&area(b)))
}

/// How far a place is from a line, m.
pub(crate) fn distance_to(line: &[Point], at: Point) -> f64 {
    line.windows(2).map(|pair| distance(at, foot(pair[0], pair[1], at))).fold(f64::INFINITY, f64::min)
}

fn string(points: &[Point]) -> LineString {
    points.iter().map(|at| Coord { x: at[0], y: at[1] }).collect()
}

/// A ring without the points that make nearly no difference, its last point not repeated.
fn ring_of(line: &LineString, apart_m: f64) -> Vec<Point> {
    let thin = line.simplify((THIN * apart_m).max(0.01));
    let mut ring: Vec<Point> = thin.coords().map(|at| [at.x, at.y]).collect();
    ring.pop();
    ring
}

/// 1 where a place is to the left of the nearest part of a line, -1 to its right. Where that is a corner, the place is on the
/// outside of it.
fn side_of(line: &[Point], at: Point) -> f64 {
    let nearest = nearest_part(line, at);
    let way = |n: usize| minus(line[n + 1], line[n]);
    let outside_of = |corner: usize| -cross(way(corner - 1), way(corner)).signum();
    if nearest > 0 && dot(minus(at, line[nearest]), way(nearest)) <= 0.0 {
        return outside_of(nearest);
    }
    if nearest + 2 < line.len() && dot(minus(at, line[nearest + 1]), way(nearest)) >= 0.0 {
        return outside_of(nearest + 1);
    }
    cross(way(nearest), minus(at, line[nearest])).signum()
}

/// Which part of a line of two points or more is nearest to a place.
fn nearest_part(line: &[Point], at: Point) -> usize {
    let apart_m = |part: &usize| distance(at, foot(line[*part], line[part + 1], at));
    (0..line.len() - 1).min_by(|a, b| apart_m(a).total_cmp(&apart_m(b))).unwrap_or(0)
}

/// The nearest place of a straight.
fn foot(from: Point, to: Point, at: Point) -> Point {
    let way = minus(to, from);
    between(from, to, (dot(minus(at, from), way) / dot(way, way).max(1e-12)).clamp(0.0, 1.0))
}

/// How far a place is from a ring, m.
fn to_ring(ring: &[Point], at: Point) -> f64 {
    around(ring).map(|[a, b]| distance(at, foot(a, b, at))).fold(f64::INFINITY, f64::min)
}

/// Where a ring passes an end of a line: on which of its edges, and where on that. It is the place nearest to the one right
/// beside the end, of those that are beside the end at all: in a narrow bay that one lies within the ring, and what of the ring is
/// nearest to it lies beside another shore. `from_end_m` says how far from the end a place of the ring is beside the line,
/// and nothing of what is on the other side.
fn beside_end(
    ring: &[Point],
    beside_m: Point,
    apart_m: f64,
    from_end_m: impl Fn(Point) -> Option<f64>,
) -> Option<(usize, Point)> {
    let feet = around(ring).map(|[a, b]| foot(a, b, beside_m)).enumerate();
    let served = feet.filter_map(|(edge, foot)| {
        let from_end_m = from_end_m(foot)?;
        // As good as the end itself: places right beside it are some rounding away.
        let from_end_m = if from_end_m < THIN * apart_m { 0.0 } else { from_end_m };
        Some(((from_end_m, distance(beside_m, foot)), (edge, foot)))
    });
    let best = served.min_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
    Some(best.1)
}

/// The two ways along a ring from a place on one of its edges to a place on one.
fn arcs(ring: &[Point], (leaves, first): (usize, Point), (arrives, last): (usize, Point)) -> [Vec<Point>; 2] {
    let count = ring.len();
    let walk = |from: usize, to: usize, begin: Point, end: Point| {
        // From edge to edge the way passes the corners between them.
        let mut way = vec![begin];
        let ahead = dot(minus(end, begin), minus(ring[(from + 1) % count], ring[from])) >= 0.0;
        let steps = if from == to && ahead { 0 } else { (to + count - from - 1) % count + 1 };
        way.extend((1..=steps).map(|step| ring[(from + step) % count]));
        way.push(end);
        way
    };
    let mut backwards = walk(arrives, leaves, last, first);
    backwards.reverse();
    [walk(leaves, arrives, first, last), backwards]
}
