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
    let ring = rings.min_by(|a, b| to_ring(a, line[0]).0.total_cmp(&to_ring(b, line[0]).0))?;
    let ways = arcs(&ring, first, last);
    // On the wanted side: where the nearest part of the line has the way on that side.
    let wanted = |way: &Vec<Point>| -> f64 {
        let of = |pair: &[Point]| {
            let middle = between(pair[0], pair[1], 0.5);
            distance(pair[0], pair[1]) * sign * side_of(line, middle)
        };
        way.windows(2).map(of).sum()
    };
    ways.into_iter().max_by(|a, b| wanted(a).total_cmp(&wanted(b)))
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

/// 1 where a place is to the left of the nearest part of a line, -1 to its right.
fn side_of(line: &[Point], at: Point) -> f64 {
    let nearest = line
        .windows(2)
        .min_by(|a, b| distance(at, foot(a[0], a[1], at)).total_cmp(&distance(at, foot(b[0], b[1], at))));
    nearest.map_or(0.0, |pair| cross(minus(pair[1], pair[0]), minus(at, pair[0])).signum())
}

/// The nearest place of a straight.
fn foot(from: Point, to: Point, at: Point) -> Point {
    let way = minus(to, from);
    between(from, to, (dot(minus(at, from), way) / dot(way, way).max(1e-12)).clamp(0.0, 1.0))
}

/// How far a place is from a ring, on which of its edges, and where on that.
fn to_ring(ring: &[Point], at: Point) -> (f64, usize, Point) {
    let feet = around(ring).map(|[a, b]| foot(a, b, at)).enumerate();
    feet.map(|(edge, foot)| (distance(at, foot), edge, foot)).min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((
        f64::INFINITY,
        0,
        at,
    ))
}

/// The two ways along a ring from what is nearest to one place to what is nearest to the other.
fn arcs(ring: &[Point], first: Point, last: Point) -> [Vec<Point>; 2] {
    let ((_, leaves, first), (_, arrives, last)) = (to_ring(ring, first), to_ring(ring, last));
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
