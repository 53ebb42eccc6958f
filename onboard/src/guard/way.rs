//! The shortest way inside a fence that is not convex: a visibility graph over its reflex corners, the only places where
//! such a way bends (Lozano-Pérez and Wesley, *An algorithm for planning collision-free paths among polyhedral
//! obstacles*, CACM 22(10), 1979), searched from the start (Dijkstra).
//!
//! Terms: a *bend* stands for a reflex corner, moved into the fence by the room that the vehicle needs there, or by as
//! much of it as the fence has. The nearest part of the fence to a bend is its corner, so the room is kept.
//!
//! Cost: the bends' sight of each other is surveyed once, when a plan is taken; a question is then answered in the square
//! of the number of corners.

use geo::{Coord, Distance, Euclidean, Point, Polygon};

/// Shares of the room that are tried, the first that fits is taken.
const SHARES: [f64; 4] = [1.0, 0.5, 0.25, 0.1];
/// A bend is good where the fence is no nearer than this share of what was asked for.
const KEPT: f64 = 0.95;

/// The bends of a fence, and which of them see each other. Coordinates are those of the fence's map.
#[derive(Debug, Clone, Default)]
pub struct Bends {
    places: Vec<Point>,
    /// For each, the others that it sees, by number.
    seen: Vec<Vec<usize>>,
}

impl Bends {
    /// Surveys a fence for a vehicle that needs so much room at a corner, metres.
    #[must_use]
    pub fn survey(area: &Polygon, room_m: f64) -> Self {
        let places: Vec<Point> = reflex_corners(area).filter_map(|corner| corner.moved_in(area, room_m)).collect();
        let sees = |from: usize| {
            (0..places.len()).filter(|to| *to != from && clear(area, places[from], places[*to])).collect()
        };
        let seen = (0..places.len()).map(sees).collect();
        Self { places, seen }
    }

    /// The bends to pass on the shortest way between two places that do not see each other; nothing where there is no
    /// way.
    #[must_use]
    pub fn between(&self, area: &Polygon, from: Point, to: Point) -> Option<Vec<Point>> {
        let length = |a: Point, b: Point| Euclidean.distance(a, b);
        let first = |place: &Point| if clear(area, from, *place) { length(from, *place) } else { f64::INFINITY };
        let mut reached: Vec<f64> = self.places.iter().map(first).collect();
        let mut before: Vec<Option<usize>> = vec![None; self.places.len()];
        let mut open: Vec<usize> = (0..self.places.len()).collect();
        let (mut best, mut last) = (f64::INFINITY, None);
        while let Some(at) = (0..open.len()).min_by(|a, b| reached[open[*a]].total_cmp(&reached[open[*b]])) {
            let bend = open.swap_remove(at);
            if reached[bend] >= best {
                break;
            }
            let here = self.places[bend];
            if reached[bend] + length(here, to) < best && clear(area, here, to) {
                (best, last) = (reached[bend] + length(here, to), Some(bend));
            }
            for next in &self.seen[bend] {
                let by_here = reached[bend] + length(here, self.places[*next]);
                if by_here < reached[*next] {
                    (reached[*next], before[*next]) = (by_here, Some(bend));
                }
            }
        }
        let mut bends: Vec<Point> =
            std::iter::successors(last, |bend| before[*bend]).map(|bend| self.places[bend]).collect();
        bends.reverse();
        last.map(|_| bends)
    }
}

/// A corner at which the fence turns outwards, and the direction into it, halfway between its sides.
struct ReflexCorner {
    at: Point,
    inwards: Point,
}

impl ReflexCorner {
    fn moved_in(&self, area: &Polygon, room_m: f64) -> Option<Point> {
        let bend = |share: &f64| (self.at + self.inwards * (room_m * share), room_m * share);
        let kept = |(bend, room_m): &(Point, f64)| {
            inside(area, *bend) && Euclidean.distance(bend, area.exterior()) >= KEPT * room_m
        };
        SHARES.iter().map(bend).find(kept).map(|(bend, _)| bend)
    }
}

fn reflex_corners(area: &Polygon) -> impl Iterator<Item = ReflexCorner> {
    let ring: Vec<Point> = area.exterior().points().collect();
    let corners = ring.len().saturating_sub(1);
    let twice_area: f64 = ring.windows(2).map(|side| cross(side[0], side[1])).sum();
    let turn = twice_area.signum();
    (0..corners).filter_map(move |n| {
        let (before, at, after) = (ring[(n + corners - 1) % corners], ring[n], ring[(n + 1) % corners]);
        let reflex = cross(at - before, after - at) * turn < 0.0;
        // Away from both neighbours is into the fence, because its outside is the narrow side here.
        let away = unit(at - before) + unit(at - after);
        let inwards = unit(away);
        (reflex && inwards.x().is_finite()).then_some(ReflexCorner { at, inwards })
    })
}

fn unit(way: Point) -> Point {
    way / way.x().hypot(way.y())
}

fn cross(a: Point, b: Point) -> f64 {
    a.x() * b.y() - a.y() * b.x()
}

/// Even-odd rule.
fn inside(area: &Polygon, at: Point) -> bool {
    let crosses = |(a, b): (Coord, Coord)| {
        (a.y > at.y()) != (b.y > at.y()) && at.x() < a.x + (at.y() - a.y) / (b.y - a.y) * (b.x - a.x)
    };
    area.exterior().lines().filter(|side| crosses((side.start, side.end))).count() % 2 == 1
}

/// Whether a straight way between two places inside touches no side of the fence.
fn clear(area: &Polygon, from: Point, to: Point) -> bool {
    area.exterior().lines().all(|side| {
        let (a, b) = (Point::from(side.start), Point::from(side.end));
        let (left, right) = (cross(to - from, a - from), cross(to - from, b - from));
        let (near, far) = (cross(b - a, from - a), cross(b - a, to - a));
        left * right > 0.0 || near * far > 0.0
    })
}
