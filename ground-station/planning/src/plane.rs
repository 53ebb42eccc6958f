//! Points and vectors in the level plane, metres.

/// East and north, m.
pub(crate) type Point = [f64; 2];

pub(crate) fn plus(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1]]
}

pub(crate) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub(crate) fn times(a: Point, factor: f64) -> Point {
    [a[0] * factor, a[1] * factor]
}

pub(crate) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

pub(crate) fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

pub(crate) fn distance(a: Point, b: Point) -> f64 {
    let [east, north] = minus(b, a);
    (east * east + north * north).sqrt()
}

/// Along from `a` to `b`: 0 at the one, 1 at the other.
pub(crate) fn between(a: Point, b: Point, share: f64) -> Point {
    plus(a, times(minus(b, a), share))
}

/// The direction from `a` to `b`; none where they are one.
pub(crate) fn direction(a: Point, b: Point) -> Option<Point> {
    let length = distance(a, b);
    (length > SAME_M).then(|| times(minus(b, a), 1.0 / length))
}

/// Square to the left.
pub(crate) fn left(a: Point) -> Point {
    [-a[1], a[0]]
}

/// Nearer than this two points are one.
pub(crate) const SAME_M: f64 = 1e-6;

/// The speed over the ground in a direction (a unit vector) at this speed through the air; nothing where the wind is too
/// strong to go there.
pub(crate) fn ground_speed_m_s(airspeed_m_s: f64, wind_m_s: Point, along: Point) -> Option<f64> {
    let across = cross(along, wind_m_s);
    let squared = airspeed_m_s * airspeed_m_s - across * across;
    let speed_m_s = dot(along, wind_m_s) + squared.max(0.0).sqrt();
    (squared >= 0.0 && speed_m_s >= SLOWEST_M_S).then_some(speed_m_s)
}

/// Slower over the ground is not going anywhere, m/s.
const SLOWEST_M_S: f64 = 0.05;
