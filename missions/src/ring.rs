//! Rings on the ground: areas whose corners are given in order and not closed.
//!
//! A side is straight in longitude and latitude; one of 10 km lies some 3 m beside the geodesic at 54° N. Distances are
//! computed on a flat map at the point they are measured from, right to a percent 50 km away and better nearer. No ring
//! may cross itself or span the antimeridian.

use std::f64::consts::{FRAC_PI_2, PI};

use geo::{Coord, Intersects, Line};
use telemetry::altitude::AltitudeHae;
use telemetry::{Geodetic, LatLon};

/// The flat map on which rings are computed: metres east and north of an origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlatMap {
    origin: LatLon,
    east_m_per_rad: f64,
    north_m_per_rad: f64,
}

impl FlatMap {
    pub(crate) fn new(origin: LatLon) -> Self {
        // The radii of curvature at the origin, measured by the exact geodesy over a short step.
        let at = |latitude: f64, longitude: f64| {
            LatLon::from_radians(latitude, longitude).map(|at| at.at_height(AltitudeHae::new(0.0))).ok()
        };
        let step = 1e-6;
        let latitude = origin.latitude().clamp(-FRAC_PI_2, FRAC_PI_2 - 2.0 * step);
        let longitude = origin.longitude().clamp(-PI, PI - 2.0 * step);
        let metres = |a: Option<Geodetic>, b: Option<Geodetic>| a.zip(b).map_or(0.0, |(a, b)| a.distance_m(b) / step);
        Self {
            origin,
            east_m_per_rad: metres(at(latitude, longitude), at(latitude, longitude + step)),
            north_m_per_rad: metres(at(latitude, longitude), at(latitude + step, longitude)),
        }
    }

    pub(crate) fn coord(&self, at: LatLon) -> Coord {
        Coord {
            x: (at.longitude() - self.origin.longitude()) * self.east_m_per_rad,
            y: (at.latitude() - self.origin.latitude()) * self.north_m_per_rad,
        }
    }

    pub(crate) fn lat_lon(&self, at: Coord) -> Option<LatLon> {
        LatLon::from_radians(
            self.origin.latitude() + at.y / self.north_m_per_rad,
            self.origin.longitude() + at.x / self.east_m_per_rad,
        )
        .ok()
    }
}

/// Whether a point lies in a ring. False for fewer than three corners; a point on a side may count as in or out.
///
/// A way from the point to the east crosses the ring's sides an odd number of times from inside. No map is needed for
/// that, so it is cheap enough to be asked for every track and zone many times a second.
#[must_use]
pub fn contains(ring: &[LatLon], at: LatLon) -> bool {
    let (x, y) = (at.longitude(), at.latitude());
    let crossed = |(a, b): &(LatLon, LatLon)| {
        let (ay, by) = (a.latitude(), b.latitude());
        (ay > y) != (by > y) && x < a.longitude() + (b.longitude() - a.longitude()) * (y - ay) / (by - ay)
    };
    edges(ring).filter(crossed).count() % 2 == 1
}

/// Whether a straight way from one point to another touches a ring's area.
#[must_use]
pub fn touched_by(ring: &[LatLon], from: LatLon, to: LatLon) -> bool {
    contains(ring, from) || contains(ring, to) || crosses_edge(ring, from, to)
}

/// The distance between two points on the ground, metres.
#[must_use]
pub fn distance_m(from: LatLon, to: LatLon) -> f64 {
    let ground = AltitudeHae::new(0.0);
    from.at_height(ground).distance_m(to.at_height(ground))
}

/// How far a point lies outside a ring, metres; zero inside.
#[must_use]
pub fn outside_by_m(ring: &[LatLon], at: LatLon) -> f64 {
    if contains(ring, at) { 0.0 } else { to_edge_m(ring, at) }
}

/// How far a point is from the nearest side of a ring, metres, inside or outside.
#[must_use]
pub fn to_edge_m(ring: &[LatLon], at: LatLon) -> f64 {
    let map = FlatMap::new(at);
    edges(ring).map(|(a, b)| distance_to_line(map.coord(a), map.coord(b))).fold(f64::INFINITY, f64::min)
}

/// Whether a straight way crosses or touches a side of a ring.
#[must_use]
pub fn crosses_edge(ring: &[LatLon], from: LatLon, to: LatLon) -> bool {
    let map = FlatMap::new(from);
    let way = Line::new(map.coord(from), map.coord(to));
    edges(ring).any(|(a, b)| way.intersects(&Line::new(map.coord(a), map.coord(b))))
}

/// Whether a straight way crosses or touches a line of points.
#[must_use]
pub fn crosses_line(line: &[LatLon], from: LatLon, to: LatLon) -> bool {
    let map = FlatMap::new(from);
    let way = Line::new(map.coord(from), map.coord(to));
    line.windows(2).any(|piece| way.intersects(&Line::new(map.coord(piece[0]), map.coord(piece[1]))))
}

/// The first two edges, by number, that cross or touch each other though they are not neighbours; or an edge without
/// length, given twice. A ring without such is simple.
#[must_use]
pub fn self_crossing(ring: &[LatLon]) -> Option<(usize, usize)> {
    let map = FlatMap::new(*ring.first()?);
    let lines: Vec<Line> = edges(ring).map(|(a, b)| Line::new(map.coord(a), map.coord(b))).collect();
    let count = lines.len();
    for (i, line) in lines.iter().enumerate() {
        if line.start == line.end {
            return Some((i, i));
        }
        for (j, other) in lines.iter().enumerate().skip(i + 1) {
            let neighbours = j == i + 1 || (i == 0 && j == count - 1);
            let meet = if neighbours { turns_back(line, other) } else { line.intersects(other) };
            if meet {
                return Some((i, j));
            }
        }
    }
    None
}

/// The edges of a ring, the closing one last.
pub(crate) fn edges(ring: &[LatLon]) -> impl Iterator<Item = (LatLon, LatLon)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Whether two neighbouring edges lie on each other.
fn turns_back(a: &Line, b: &Line) -> bool {
    let (da, db) = (a.delta(), b.delta());
    let cross = da.x * db.y - da.y * db.x;
    let dot = da.x * db.x + da.y * db.y;
    cross == 0.0 && dot < 0.0
}

/// The distance of the origin to a segment, metres.
fn distance_to_line(a: Coord, b: Coord) -> f64 {
    let along = b - a;
    let length_2 = along.x * along.x + along.y * along.y;
    let share = if length_2 > 0.0 { (-(a.x * along.x + a.y * along.y) / length_2).clamp(0.0, 1.0) } else { 0.0 };
    let nearest = a + along * share;
    nearest.x.hypot(nearest.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[[f64; 2]]) -> Vec<LatLon> {
        corners.iter().map(|[lon, lat]| LatLon::from_degrees(*lat, *lon).unwrap()).collect()
    }

    fn at(lon: f64, lat: f64) -> LatLon {
        LatLon::from_degrees(lat, lon).unwrap()
    }

    #[test]
    fn a_point_is_in_a_ring_whichever_way_round_it_is_drawn() {
        // A ring with a notch from the east.
        let mut notched = ring(&[[0.0, 0.0], [0.04, 0.0], [0.01, 0.02], [0.04, 0.04], [0.0, 0.04]]);
        for _ in 0..2 {
            assert!(contains(&notched, at(0.005, 0.02)));
            assert!(!contains(&notched, at(0.03, 0.02)), "in the notch");
            assert!(!contains(&notched, at(-0.01, 0.02)));
            assert!(contains(&notched, at(0.03, 0.005)));
            notched.reverse();
        }
        assert!(!contains(&[], at(0.0, 0.0)));
        assert!(!contains(&ring(&[[0.0, 0.0], [1.0, 1.0]]), at(0.5, 0.5)));
    }

    #[test]
    fn the_distance_to_a_side_is_in_metres() {
        let square = ring(&[[10.0, 54.0], [10.1, 54.0], [10.1, 54.1], [10.0, 54.1]]);
        // A minute of latitude at 54° N is 1855 m on WGS-84.
        let south = at(10.05, 54.0 - 1.0 / 60.0);
        assert!((outside_by_m(&square, south) - 1855.0).abs() < 2.0, "{}", outside_by_m(&square, south));
        let inside = at(10.05, 54.0 + 1.0 / 60.0);
        assert_eq!(outside_by_m(&square, inside), 0.0);
        assert!((to_edge_m(&square, inside) - 1855.0).abs() < 2.0);
        // Off a corner both ways: 111.3 m and 65.5 m.
        let corner = at(10.101, 54.101);
        assert!((outside_by_m(&square, corner) - 129.1).abs() < 0.3, "{}", outside_by_m(&square, corner));
    }

    #[test]
    fn a_ring_that_crosses_or_doubles_back_is_found() {
        let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        assert_eq!(self_crossing(&ring(&square)), None);
        assert_eq!(self_crossing(&ring(&[square[0], square[2], square[1], square[3]])), Some((0, 2)));
        assert!(self_crossing(&ring(&[square[0], square[1], square[1], square[2]])).is_some(), "a corner twice");
        assert_eq!(self_crossing(&ring(&[[0.0, 0.0], [1.0, 0.0], [0.5, 0.0], [0.5, 1.0]])), Some((0, 1)));
        assert_eq!(self_crossing(&[]), None);
    }

    #[test]
    fn a_way_touches_what_it_crosses_begins_or_ends_in() {
        let square = ring(&[[0.0, 0.0], [0.01, 0.0], [0.01, 0.01], [0.0, 0.01]]);
        assert!(touched_by(&square, at(-0.01, 0.005), at(0.02, 0.005)), "through");
        assert!(touched_by(&square, at(0.002, 0.005), at(0.008, 0.005)), "within");
        assert!(touched_by(&square, at(-0.01, 0.005), at(0.005, 0.005)), "into");
        assert!(!touched_by(&square, at(-0.01, 0.02), at(0.02, 0.02)), "past");
    }

    #[test]
    fn the_flat_map_holds_at_the_poles_and_the_antimeridian() {
        for origin in [at(0.0, 90.0), at(0.0, -90.0), at(180.0, 0.0), at(-179.9999, 54.0), at(0.0, 0.0)] {
            let map = FlatMap::new(origin);
            assert!(map.east_m_per_rad.is_finite() && map.north_m_per_rad > 6.3e6, "{origin:?} {map:?}");
        }
    }
}
