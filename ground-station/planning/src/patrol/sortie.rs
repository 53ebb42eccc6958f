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

/// Distances that are asked for again and again.
#[derive(Debug, Clone)]
pub(super) struct Ground<'a> {
    pub(super) problem: &'a Problem,
    /// How far along the line each cell is, from middle to middle, metres.
    pub(super) along_m: Vec<f64>,
    /// For each site, how far each cell is, metres.
    from_site_m: Vec<Vec<f64>>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(problem: &'a Problem) -> Self {
        let mut along_m = vec![0.0];
        for pair in problem.cells.windows(2) {
            along_m.push(along_m[along_m.len() - 1] + distance_m(pair[0].at_m, pair[1].at_m));
        }
        let from_site_m = problem
            .sites_m
            .iter()
            .map(|site| problem.cells.iter().map(|cell| distance_m(*site, cell.at_m)).collect())
            .collect();
        Self { problem, along_m, from_site_m }
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

    pub(super) fn cell_to_cell_m(&self, from: usize, to: usize) -> f64 {
        (self.along_m[to] - self.along_m[from]).abs()
    }

    /// How long it lasts, s.
    pub(super) fn lasts_s(&self, sortie: &Sortie) -> f64 {
        let (Some(first), Some(last)) = (sortie.turns.first(), sortie.turns.last()) else { return 0.0 };
        let line_m: f64 = sortie.turns.windows(2).map(|leg| self.cell_to_cell_m(leg[0], leg[1])).sum();
        let all_m = self.site_to_cell_m(sortie.from, *first) + line_m + self.site_to_cell_m(sortie.to, *last);
        all_m / self.drone(sortie).speed_m_s
    }

    /// Each visit: the cell and the time, s, in order.
    pub(super) fn visits(&self, sortie: &Sortie, visits: &mut Vec<(usize, f64)>) {
        visits.clear();
        let Some(mut at) = sortie.turns.first().copied() else { return };
        let speed_m_s = self.drone(sortie).speed_m_s;
        let mut now_s = sortie.starts_s + self.site_to_cell_m(sortie.from, at) / speed_m_s;
        visits.push((at, now_s));
        for turn in &sortie.turns[1..] {
            while at != *turn {
                let next = if at < *turn { at + 1 } else { at - 1 };
                now_s += self.cell_to_cell_m(at, next) / speed_m_s;
                at = next;
                visits.push((at, now_s));
            }
        }
    }

    /// The whole flight, point by point.
    pub(super) fn track(&self, sortie: &Sortie) -> Vec<Point> {
        let mut visits = Vec::new();
        self.visits(sortie, &mut visits);
        let mut track = vec![Point { at_s: sortie.starts_s, at_m: self.problem.sites_m[sortie.from] }];
        track.extend(visits.iter().map(|(cell, at_s)| Point { at_s: *at_s, at_m: self.problem.cells[*cell].at_m }));
        let at_s = sortie.starts_s + self.lasts_s(sortie);
        track.push(Point { at_s, at_m: self.problem.sites_m[sortie.to] });
        track
    }
}

fn distance_m(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}
