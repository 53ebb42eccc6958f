//! Points and vectors in the level plane, metres.

/// East and north, m.
pub(super) type Point = [f64; 2];

pub(super) fn plus(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1]]
}

pub(super) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub(super) fn times(a: Point, factor: f64) -> Point {
    [a[0] * factor, a[1] * factor]
}

pub(super) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

pub(super) fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

pub(super) fn distance(a: Point, b: Point) -> f64 {
    let [east, north] = minus(b, a);
    (east * east + north * north).sqrt()
}

/// Along from `a` to `b`: 0 at the one, 1 at the other.
pub(super) fn between(a: Point, b: Point, share: f64) -> Point {
    plus(a, times(minus(b, a), share))
}

/// The direction from `a` to `b`; none where they are one.
pub(super) fn direction(a: Point, b: Point) -> Option<Point> {
    let length = distance(a, b);
    (length > SAME_M).then(|| times(minus(b, a), 1.0 / length))
}

/// Square to the left.
pub(super) fn left(a: Point) -> Point {
    [-a[1], a[0]]
}

/// Nearer than this two points are one.
pub(super) const SAME_M: f64 = 1e-6;
