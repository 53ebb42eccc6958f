//! One flight of one drone: out to the line, along it from turn to turn, and back to a site.

use super::problem::{Drone, Problem};

/// A flight, as the search changes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sortie {
    pub(super) drone: usize,
    pub(super) starts_s: f64,
    /// Sites.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Cells where it turns, the first and the last on the line among them; none: it stays on the ground.
    pub(super) turns: Vec<usize>,
}

/// A point of a flight: when, and where in metres east and north.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Since the night began, s.
    pub at_s: f64,
    /// East and north, metres.
    pub at_m: [f64; 2],
}

/// How near to a cell's middle a drone passes at the farthest, as a share of the sensor's radius: the rest is for wind.
const NEAR_SHARE: f64 = 0.96;
/// Rounds of pulling the way along the line straight.
const PULLS: usize = 300;
/// A turn is taken off a leg's end for at most this share of the way to the next cell.
const TRIM_MOST: f64 = 0.45;

/// Distances that are asked for again and again.
#[derive(Debug, Clone)]
pub(super) struct Ground<'a> {
    pub(super) problem: &'a Problem,
    /// Where a drone passes each cell: on the shortest way along the line that is near enough to every cell's middle.
    passes_m: Vec<[f64; 2]>,
    /// How far along that way each cell is, metres.
    along_m: Vec<f64>,
    /// By how much sooner a drone turns at a cell that it comes to from the lower and from the higher side: there it is
    /// near enough. Metres.
    trims_m: Vec<[f64; 2]>,
    /// For each site, how far each cell is, metres.
    from_site_m: Vec<Vec<f64>>,
}

/// From which side a drone turns at a cell; none: it passes, or comes from a site.
type Side = Option<usize>;

impl<'a> Ground<'a> {
    pub(super) fn new(problem: &'a Problem) -> Self {
        let passes_m = pulled_straight(problem);
        let mut along_m = vec![0.0];
        for pair in passes_m.windows(2) {
            along_m.push(along_m[along_m.len() - 1] + distance_m(pair[0], pair[1]));
        }
        let near_m = NEAR_SHARE * problem.sensor_radius_m;
        let trims_m = (0..passes_m.len())
            .map(|cell| {
                let trim_m = |from: Option<usize>| {
                    from.and_then(|from| passes_m.get(from))
                        .map_or(0.0, |from_m| trim_m(*from_m, passes_m[cell], problem.cells[cell].at_m, near_m))
                };
                [trim_m(cell.checked_sub(1)), trim_m(Some(cell + 1))]
            })
            .collect();
        let from_site_m = problem
            .sites_m
            .iter()
            .map(|site| passes_m.iter().map(|passes_m| distance_m(*site, *passes_m)).collect())
            .collect();
        Self { problem, passes_m, along_m, trims_m, from_site_m }
    }

    pub(super) fn drone(&self, sortie: &Sortie) -> &Drone {
        &self.problem.drones[sortie.drone]
    }

    /// The longest a flight of this drone may last, s.
    pub(super) fn longest_s(&self, drone: usize) -> f64 {
        let drone = &self.problem.drones[drone];
        drone.endurance_s * (1.0 - drone.reserve)
    }

    pub(super) fn site_to_cell_m(&self, site: usize, cell: usize) -> f64 {
        self.from_site_m[site][cell]
    }

    /// How long it lasts, s.
    pub(super) fn lasts_s(&self, sortie: &Sortie) -> f64 {
        let (Some(first), Some(last)) = (sortie.turns.first(), sortie.turns.last()) else { return 0.0 };
        let line_m: f64 = (1..sortie.turns.len()).map(|leg| self.leg_m(&sortie.turns, leg)).sum();
        let all_m = self.site_to_cell_m(sortie.from, *first) + line_m + self.site_to_cell_m(sortie.to, *last);
        all_m / self.drone(sortie).speed_m_s
    }

    /// How long the leg to this turn is, metres.
    fn leg_m(&self, turns: &[usize], leg: usize) -> f64 {
        let [from, to] = [turns[leg - 1], turns[leg]];
        let whole_m = (self.along_m[to] - self.along_m[from]).abs();
        if from == to { 0.0 } else { whole_m - self.trim_m(turns, leg - 1) - self.trim_m(turns, leg) }
    }

    fn trim_m(&self, turns: &[usize], turn: usize) -> f64 {
        side(turns, turn).map_or(0.0, |side| self.trims_m[turns[turn]][side])
    }

    /// Each visit: the cell, from which side it turns there, and the time, s, in order.
    fn walk(&self, sortie: &Sortie, mut visit: impl FnMut(usize, Side, f64)) {
        let turns = &sortie.turns;
        let Some(mut at) = turns.first().copied() else { return };
        let speed_m_s = self.drone(sortie).speed_m_s;
        let mut now_s = sortie.starts_s + self.site_to_cell_m(sortie.from, at) / speed_m_s;
        visit(at, None, now_s);
        for leg in 1..turns.len() {
            let mut trim_m = self.trim_m(turns, leg - 1);
            while at != turns[leg] {
                let next = if at < turns[leg] { at + 1 } else { at - 1 };
                let arrives = next == turns[leg];
                if arrives {
                    trim_m += self.trim_m(turns, leg);
                }
                now_s += ((self.along_m[at] - self.along_m[next]).abs() - trim_m) / speed_m_s;
                trim_m = 0.0;
                at = next;
                visit(at, if arrives { side(turns, leg) } else { None }, now_s);
            }
        }
    }

    /// Each visit: the cell and the time, s, in order.
    pub(super) fn visits(&self, sortie: &Sortie, visits: &mut Vec<(usize, f64)>) {
        visits.clear();
        self.walk(sortie, |cell, _, at_s| visits.push((cell, at_s)));
    }

    /// The whole flight, point by point.
    pub(super) fn track(&self, sortie: &Sortie) -> Vec<Point> {
        let mut track = vec![Point { at_s: sortie.starts_s, at_m: self.problem.sites_m[sortie.from] }];
        self.walk(sortie, |cell, side, at_s| {
            let at_m = side.map_or(self.passes_m[cell], |side| {
                let from = if side == 0 { cell - 1 } else { cell + 1 };
                towards(self.passes_m[cell], self.passes_m[from], self.trims_m[cell][side])
            });
            track.push(Point { at_s, at_m });
        });
        let at_s = sortie.starts_s + self.lasts_s(sortie);
        track.push(Point { at_s, at_m: self.problem.sites_m[sortie.to] });
        track
    }
}

/// The first and the last of the turns are passed, on the way from and to a site.
fn side(turns: &[usize], turn: usize) -> Side {
    let inner = turn > 0 && turn + 1 < turns.len();
    inner.then(|| usize::from(turns[turn - 1] > turns[turn]))
}

/// How much before `to` on the way from `from` it is near enough to the middle of the cell, metres.
fn trim_m(from: [f64; 2], to: [f64; 2], middle: [f64; 2], near_m: f64) -> f64 {
    let whole_m = distance_m(from, to);
    let (mut enough_m, mut too_much_m) = (0.0, TRIM_MOST * whole_m);
    for _ in 0..30 {
        let tried_m = f64::midpoint(enough_m, too_much_m);
        if distance_m(towards(to, from, tried_m), middle) <= near_m { enough_m = tried_m } else { too_much_m = tried_m }
    }
    enough_m
}

/// A string through all cells, pulled straight: no point leaves its cell's disc.
fn pulled_straight(problem: &Problem) -> Vec<[f64; 2]> {
    let near_m = NEAR_SHARE * problem.sensor_radius_m;
    let mut passes_m: Vec<[f64; 2]> = problem.cells.iter().map(|cell| cell.at_m).collect();
    for _ in 0..PULLS {
        for cell in 1..passes_m.len().saturating_sub(1) {
            let [before, here, after] = [passes_m[cell - 1], passes_m[cell], passes_m[cell + 1]];
            let chord = [after[0] - before[0], after[1] - before[1]];
            let length = chord[0] * chord[0] + chord[1] * chord[1];
            if length == 0.0 {
                continue;
            }
            let along = ((here[0] - before[0]) * chord[0] + (here[1] - before[1]) * chord[1]) / length;
            let along = along.clamp(0.0, 1.0);
            let foot = [before[0] + along * chord[0], before[1] + along * chord[1]];
            let middle = problem.cells[cell].at_m;
            passes_m[cell] = towards(middle, foot, distance_m(middle, foot).min(near_m));
        }
    }
    passes_m
}

/// So far from the one towards the other, metres.
fn towards(from: [f64; 2], to: [f64; 2], by_m: f64) -> [f64; 2] {
    let whole_m = distance_m(from, to);
    let share = if whole_m > 0.0 { by_m / whole_m } else { 0.0 };
    [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]
}

fn distance_m(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}
