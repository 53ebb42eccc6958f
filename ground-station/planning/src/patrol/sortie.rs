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
    /// The same for going on along the line as soon as the cell is near enough.
    near_site_m: Vec<Vec<SiteLeg>>,
}

/// From a site to where a cell is near enough.
#[derive(Debug, Clone, Copy)]
struct SiteLeg {
    at_m: [f64; 2],
    far_m: f64,
    /// By how much shorter it is from there to the next cell on the lower and on the higher side, metres.
    saves_m: [f64; 2],
}

/// How a flight is at a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Passage {
    /// At its point of the way along the line.
    Whole,
    /// Turning, come from the lower side, 0, or the higher, 1.
    Turning(usize),
    /// On the way from or to this site.
    Site(usize),
}

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
        let near_site_m = problem
            .sites_m
            .iter()
            .map(|site| (0..passes_m.len()).map(|cell| site_leg(problem, &passes_m, *site, cell, near_m)).collect())
            .collect();
        Self { problem, passes_m, along_m, trims_m, from_site_m, near_site_m }
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
        if sortie.turns.is_empty() {
            return 0.0;
        }
        let line_m: f64 = (1..sortie.turns.len()).map(|leg| self.leg_m(sortie, leg)).sum();
        let all_m =
            self.site_m(sortie, 0, sortie.from) + line_m + self.site_m(sortie, sortie.turns.len() - 1, sortie.to);
        all_m / self.drone(sortie).speed_m_s
    }

    /// How long the leg to this turn is, metres.
    fn leg_m(&self, sortie: &Sortie, leg: usize) -> f64 {
        let [from, to] = [sortie.turns[leg - 1], sortie.turns[leg]];
        let whole_m = (self.along_m[to] - self.along_m[from]).abs();
        if from == to { 0.0 } else { whole_m - self.trim_m(sortie, leg - 1, to) - self.trim_m(sortie, leg, from) }
    }

    /// Between a site and the first or the last turn, metres.
    fn site_m(&self, sortie: &Sortie, turn: usize, site: usize) -> f64 {
        let cell = sortie.turns[turn];
        match passage(sortie, turn) {
            Passage::Site(site) => self.near_site_m[site][cell].far_m,
            Passage::Whole | Passage::Turning(_) => self.from_site_m[site][cell],
        }
    }

    /// By how much a leg between this turn and another one is shorter at this one, metres.
    fn trim_m(&self, sortie: &Sortie, turn: usize, other: usize) -> f64 {
        let cell = sortie.turns[turn];
        match passage(sortie, turn) {
            Passage::Whole => 0.0,
            Passage::Turning(side) => self.trims_m[cell][side],
            Passage::Site(site) => self.near_site_m[site][cell].saves_m[usize::from(other > cell)],
        }
    }

    /// Each visit: the cell, how it is passed, and the time, s, in order.
    fn walk(&self, sortie: &Sortie, mut visit: impl FnMut(usize, Passage, f64)) {
        let turns = &sortie.turns;
        let Some(mut at) = turns.first().copied() else { return };
        let speed_m_s = self.drone(sortie).speed_m_s;
        let mut now_s = sortie.starts_s + self.site_m(sortie, 0, sortie.from) / speed_m_s;
        visit(at, passage(sortie, 0), now_s);
        for leg in 1..turns.len() {
            let (from, to) = (turns[leg - 1], turns[leg]);
            let mut trim_m = self.trim_m(sortie, leg - 1, to);
            while at != to {
                let next = if at < to { at + 1 } else { at - 1 };
                let arrives = next == to;
                if arrives {
                    trim_m += self.trim_m(sortie, leg, from);
                }
                now_s += ((self.along_m[at] - self.along_m[next]).abs() - trim_m) / speed_m_s;
                trim_m = 0.0;
                at = next;
                visit(at, if arrives { passage(sortie, leg) } else { Passage::Whole }, now_s);
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
        self.walk(sortie, |cell, passage, at_s| {
            let at_m = match passage {
                Passage::Whole => self.passes_m[cell],
                Passage::Turning(side) => {
                    let from = if side == 0 { cell - 1 } else { cell + 1 };
                    towards(self.passes_m[cell], self.passes_m[from], self.trims_m[cell][side])
                }
                Passage::Site(site) => self.near_site_m[site][cell].at_m,
            };
            track.push(Point { at_s, at_m });
        });
        let at_s = sortie.starts_s + self.lasts_s(sortie);
        track.push(Point { at_s, at_m: self.problem.sites_m[sortie.to] });
        track
    }
}

/// How the flight is at one of its turns. At an end of a leg of one cell only it is the whole way.
fn passage(sortie: &Sortie, turn: usize) -> Passage {
    let turns = &sortie.turns;
    if turn > 0 && turn + 1 < turns.len() {
        return Passage::Turning(usize::from(turns[turn - 1] > turns[turn]));
    }
    let neighbour = if turn == 0 { turns.get(1) } else { turns.get(turn - 1) };
    match neighbour {
        Some(neighbour) if neighbour.abs_diff(turns[turn]) >= 2 => {
            Passage::Site(if turn == 0 { sortie.from } else { sortie.to })
        }
        _ => Passage::Whole,
    }
}

fn site_leg(problem: &Problem, passes_m: &[[f64; 2]], site_m: [f64; 2], cell: usize, near_m: f64) -> SiteLeg {
    let here_m = passes_m[cell];
    // Never the whole way: a site within the sensor's radius is flown from all the same.
    let at_m = towards(here_m, site_m, trim_m(site_m, here_m, problem.cells[cell].at_m, near_m));
    let saves_m = [cell.checked_sub(1), Some(cell + 1)].map(|next| {
        let next_m = next.and_then(|next| passes_m.get(next));
        next_m.map_or(0.0, |next_m| distance_m(here_m, *next_m) - distance_m(at_m, *next_m))
    });
    SiteLeg { at_m, far_m: distance_m(site_m, at_m), saves_m }
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
