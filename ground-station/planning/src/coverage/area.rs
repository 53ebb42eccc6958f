//! Where may be flown: a polygon with holes, and whether a way stays in it.

use super::problem::Polygon;
use crate::plane::{Point, SAME_M, cross, direction, dot, left, minus, plus, times};

/// How far from a corner of the border the ways around it pass, m.
const CLEARANCE_M: f64 = 0.25;

/// A polygon with holes. A point is in it when a ray from it crosses the rings an odd number of times, which gives
/// rings that cross themselves a meaning too.
#[derive(Debug)]
pub(crate) struct Area {
    edges: Vec<[Point; 2]>,
    /// Around which ways bend: just inside of every corner that juts into the area.
    pub(crate) corners: Vec<Point>,
}

impl Area {
    pub(crate) fn new(polygon: &Polygon) -> Self {
        let mut area = Self { edges: Vec::new(), corners: Vec::new() };
        let mut rings = Vec::new();
        for (number, ring) in std::iter::once(&polygon.outer).chain(&polygon.holes).enumerate() {
            let mut ring = distinct(ring);
            // The area lies to the left of every ring.
            if (doubled_area(&ring) < 0.0) == (number == 0) {
                ring.reverse();
            }
            area.edges.extend(around(&ring));
            rings.push(ring);
        }
        for ring in &rings {
            for at in 0..ring.len() {
                let before = ring[(at + ring.len() - 1) % ring.len()];
                let after = ring[(at + 1) % ring.len()];
                if let Some(corner) = corner(before, ring[at], after)
                    && area.contains(corner)
                {
                    area.corners.push(corner);
                }
            }
        }
        area
    }

    pub(crate) fn contains(&self, at: Point) -> bool {
        let mut inside = false;
        for [a, b] in &self.edges {
            if (a[1] > at[1]) != (b[1] > at[1]) && at[0] < a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) {
                inside = !inside;
            }
        }
        inside
    }

    /// Whether the straight way touches the border.
    pub(crate) fn crosses(&self, from: Point, to: Point) -> bool {
        let (west, east) = if from[0] < to[0] { (from[0], to[0]) } else { (to[0], from[0]) };
        let (south, north) = if from[1] < to[1] { (from[1], to[1]) } else { (to[1], from[1]) };
        let way = minus(to, from);
        self.edges.iter().any(|[a, b]| {
            if (a[0] < west && b[0] < west)
                || (a[0] > east && b[0] > east)
                || (a[1] < south && b[1] < south)
                || (a[1] > north && b[1] > north)
            {
                return false;
            }
            let (side_a, side_b) = (cross(way, minus(*a, from)), cross(way, minus(*b, from)));
            if side_a * side_b > 0.0 {
                return false;
            }
            let edge = minus(*b, *a);
            cross(edge, minus(from, *a)) * cross(edge, minus(to, *a)) <= 0.0
        })
    }

    /// Whether the straight way stays inside.
    pub(crate) fn clear(&self, from: Point, to: Point) -> bool {
        self.contains(from) && !self.crosses(from, to)
    }

    /// How many metres of the chain lie outside, or on legs that come out.
    pub(crate) fn outside_m(&self, chain: &[Point]) -> f64 {
        let strays = |pair: &&[Point]| self.crosses(pair[0], pair[1]) || !self.contains(pair[0]);
        chain.windows(2).filter(strays).map(|pair| crate::plane::distance(pair[0], pair[1])).sum()
    }

    /// From where to where the line through `origin` runs inside, as distances along `along` (a unit vector).
    pub(crate) fn inside_along(&self, origin: Point, along: Point) -> Vec<[f64; 2]> {
        let mut crossings: Vec<f64> = self
            .edges
            .iter()
            .filter_map(|[a, b]| {
                let (side_a, side_b) = (cross(along, minus(*a, origin)), cross(along, minus(*b, origin)));
                ((side_a > 0.0) != (side_b > 0.0)).then(|| {
                    let share = side_a / (side_a - side_b);
                    dot(along, minus(plus(*a, times(minus(*b, *a), share)), origin))
                })
            })
            .collect();
        crossings.sort_by(f64::total_cmp);
        crossings.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
    }
}

/// The line without points that repeat.
pub(crate) fn distinct_line(line: &[Point]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::with_capacity(line.len());
    for point in line {
        if points.last().is_none_or(|last| crate::plane::distance(*last, *point) > SAME_M) {
            points.push(*point);
        }
    }
    points
}

/// The ring without points that repeat.
pub(crate) fn distinct(ring: &[Point]) -> Vec<Point> {
    let mut points = distinct_line(ring);
    while points.len() > 1 && crate::plane::distance(points[0], points[points.len() - 1]) <= SAME_M {
        points.pop();
    }
    points
}

/// The edges of a ring.
pub(crate) fn around(ring: &[Point]) -> impl Iterator<Item = [Point; 2]> + '_ {
    (0..ring.len()).map(|at| [ring[at], ring[(at + 1) % ring.len()]])
}

/// Twice the area, positive for a ring that turns left.
pub(crate) fn doubled_area(ring: &[Point]) -> f64 {
    let origin = ring.first().copied().unwrap_or_default();
    around(ring).map(|[a, b]| cross(minus(a, origin), minus(b, origin))).sum()
}

/// A little inside of a corner, where the ring (with the area to its left) turns right.
fn corner(before: Point, at: Point, after: Point) -> Option<Point> {
    let (comes, goes) = (direction(before, at)?, direction(at, after)?);
    if cross(comes, goes) >= 0.0 {
        return None;
    }
    let inward = plus(left(comes), left(goes));
    let length = dot(inward, inward).sqrt();
    // At a spike the ways in and out lie on each other: ahead of its tip is inside.
    let inward = if length > 1e-3 { times(inward, 1.0 / length) } else { comes };
    // As far from both edges as the clearance, but not far ahead of a sharp corner.
    let aside = dot(inward, left(comes)).max(0.25);
    Some(plus(at, times(inward, CLEARANCE_M / aside)))
}
