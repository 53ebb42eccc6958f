//! Zones: areas with a rule.

use telemetry::{AltitudeAmsl, LatLon, ZoneId};

use crate::ring::{self, FlatMap};

/// An area with a rule: a ring on the ground, a floor and a ceiling.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Its name in files and messages.
    pub id: ZoneId,
    /// Its name for people.
    pub name: String,
    /// Its rule.
    pub kind: ZoneKind,
    /// The corners on the ground, not closed, at least three. Of a border: the strip on our side.
    pub ring: Vec<LatLon>,
    /// Where it begins. A zone that begins above the water lets vessels pass beneath.
    pub floor: AltitudeAmsl,
    /// Where it ends.
    pub ceiling: AltitudeAmsl,
}

/// What the rule of a zone is.
#[derive(Debug, Clone, PartialEq)]
pub enum ZoneKind {
    /// Nothing enters without a flight authorisation: drones, nor vessels where the zone reaches down to the water.
    Restricted,
    /// Drones need a flight authorisation; vessels may pass.
    FlightControlled,
    /// A land border: nothing may fly across it to our side.
    Border(BorderLine),
}

/// The line of a border, and which side of it is ours.
#[derive(Debug, Clone, PartialEq)]
pub struct BorderLine {
    /// The points of the line, at least two.
    pub line: Vec<LatLon>,
    /// Which side is ours, for someone who walks along the line in its order.
    pub ours: Side,
}

/// A side of a line, for someone who walks along it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To the left.
    Left,
    /// To the right.
    Right,
}

impl Zone {
    /// Whether a point lies in the zone. The ring's edge, floor and ceiling count as outside, inside and inside.
    #[must_use]
    pub fn contains(&self, at: LatLon, altitude: AltitudeAmsl) -> bool {
        self.floor <= altitude && altitude <= self.ceiling && ring::contains(&self.ring, at)
    }

    /// The border line, for a border.
    #[must_use]
    pub fn border(&self) -> Option<&BorderLine> {
        match &self.kind {
            ZoneKind::Border(border) => Some(border),
            ZoneKind::Restricted | ZoneKind::FlightControlled => None,
        }
    }
}

impl BorderLine {
    /// How far a point lies on our side of the line, metres; negative on the other side. Beyond the ends of the line
    /// its last pieces are taken as going on.
    #[must_use]
    pub fn depth_m(&self, at: LatLon) -> f64 {
        let map = FlatMap::new(at);
        let points: Vec<geo::Coord> = self.line.iter().map(|p| map.coord(*p)).collect();
        let last = points.len().saturating_sub(2);
        let nearest = points.windows(2).enumerate().map(|(n, piece)| {
            let (along, length) = (piece[1] - piece[0], (piece[1] - piece[0]).x.hypot((piece[1] - piece[0]).y));
            let unclamped = -(piece[0].x * along.x + piece[0].y * along.y) / (length * length);
            let low = if n == 0 { f64::NEG_INFINITY } else { 0.0 };
            let high = if n == last { f64::INFINITY } else { 1.0 };
            let foot = piece[0] + along * unclamped.clamp(low, high);
            // The cross product of the way along the line and the way from its start to the point (the origin here):
            // positive on the left.
            let left = along.y * piece[0].x - along.x * piece[0].y;
            // A point off the end of a piece is as near to two pieces; the one it stands farther to the side of is
            // the one that says on which side it is.
            (foot.x.hypot(foot.y), left / length)
        });
        let best = nearest.reduce(|a, b| match a.0 - b.0 {
            gap if gap.abs() < 1e-6 => {
                if a.1.abs() >= b.1.abs() {
                    a
                } else {
                    b
                }
            }
            gap if gap < 0.0 => a,
            _ => b,
        });
        best.map_or(0.0, |(distance, left)| {
            let on_left = if left > 0.0 { distance } else { -distance };
            match self.ours {
                Side::Left => on_left,
                Side::Right => -on_left,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LatLon {
        LatLon::from_degrees(lat, lon).unwrap()
    }

    /// East along a parallel, then north-east.
    fn border(ours: Side) -> BorderLine {
        BorderLine { line: vec![at(26.0, 55.0), at(26.1, 55.0), at(26.2, 55.1)], ours }
    }

    #[test]
    fn depth_is_positive_on_our_side_and_negative_on_the_other() {
        // 0.01° of latitude at 55° N is 1113.4 m on WGS-84.
        for (ours, sign) in [(Side::Left, 1.0), (Side::Right, -1.0)] {
            let border = border(ours);
            assert!((border.depth_m(at(26.05, 55.01)) - sign * 1113.4).abs() < 1.0);
            assert!((border.depth_m(at(26.05, 54.99)) + sign * 1113.4).abs() < 1.0);
            assert_eq!(border.depth_m(at(26.05, 55.0)).abs(), 0.0);
        }
    }

    #[test]
    fn depth_has_the_right_side_around_a_bend_and_past_the_ends() {
        let border = border(Side::Left);
        // Just inside and outside the bend at 26.1° E.
        assert!(border.depth_m(at(26.101, 55.004)) > 0.0);
        assert!(border.depth_m(at(26.101, 54.999)) < 0.0);
        assert!(border.depth_m(at(26.099, 54.999)) < 0.0);
        // West of the beginning the line goes on along the parallel; beyond the end, north-east.
        assert!(border.depth_m(at(25.9, 55.02)) > 0.0);
        assert!(border.depth_m(at(25.9, 54.98)) < 0.0);
        assert!(border.depth_m(at(26.25, 55.2)) > 0.0);
        assert!(border.depth_m(at(26.3, 55.15)) < 0.0);
    }

    #[test]
    fn a_zone_has_a_floor_and_a_ceiling() {
        let zone = Zone {
            id: ZoneId::new("z").unwrap(),
            name: "Z".to_owned(),
            kind: ZoneKind::Restricted,
            ring: vec![at(10.0, 54.0), at(10.1, 54.0), at(10.1, 54.1)],
            floor: AltitudeAmsl::new(10.0),
            ceiling: AltitudeAmsl::new(300.0),
        };
        let inside = at(10.09, 54.05);
        for (altitude_m, contained) in [(9.9, false), (10.0, true), (300.0, true), (300.1, false), (f64::NAN, false)] {
            assert_eq!(zone.contains(inside, AltitudeAmsl::new(altitude_m)), contained, "{altitude_m}");
        }
        assert!(!zone.contains(at(10.01, 54.05), AltitudeAmsl::new(100.0)));
    }
}
