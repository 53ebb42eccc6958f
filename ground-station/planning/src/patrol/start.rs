//! The first flights of a night, for the search to begin with: every drone sweeps its site's part of the line to and
//! fro, and the drones' battery swaps are spread over the cycle.

use super::sortie::{Ground, Sortie};
use crate::random::Draws;

/// A sweep turns at most so often in a flight.
const TURNS_MOST: usize = 60;
/// A drone flies at most so often in a night.
const SORTIES_MOST: usize = 400;
/// How far the first phase strays from an even spread, as a share of the cycle.
const STRAY: f64 = 0.3;

pub(super) fn sorties(ground: &Ground, draws: &mut Draws) -> Vec<Sortie> {
    let problem = ground.problem;
    let mut sorties = Vec::new();
    let parts = parts(ground);
    let turned = draws.unit();
    for (number, drone) in problem.drones.iter().enumerate() {
        let longest_s = ground.longest_s(number);
        let cycle_s = longest_s + drone.turnaround_s;
        let spread = number as f64 / problem.drones.len() as f64 + turned + STRAY * draws.unit();
        // The first flight is short, so that the swaps of all drones are spread from the beginning.
        let mut starts_s = vec![0.0];
        let mut next_s = cycle_s * spread.fract();
        if next_s < drone.turnaround_s + longest_s / 4.0 {
            starts_s[0] = next_s;
            next_s += cycle_s;
        }
        while next_s < problem.horizon_s && starts_s.len() < SORTIES_MOST {
            starts_s.push(next_s);
            next_s += cycle_s;
        }
        let [low, high] = parts[drone.site];
        let mut upwards = draws.unit() < 0.5;
        for (index, start_s) in starts_s.iter().enumerate() {
            let until_s = starts_s.get(index + 1).map_or(problem.horizon_s, |next_s| next_s - drone.turnaround_s);
            let mut sortie =
                Sortie { drone: number, starts_s: *start_s, from: drone.site, to: drone.site, turns: Vec::new() };
            sweep(ground, &mut sortie, [low, high], upwards, longest_s.min(until_s - start_s));
            upwards = !upwards;
            sorties.push(sortie);
        }
    }
    sorties
}

/// Sweeps between two cells for as long as it may.
fn sweep(ground: &Ground, sortie: &mut Sortie, [low, high]: [usize; 2], upwards: bool, most_s: f64) {
    let mut ends = if upwards { [high, low] } else { [low, high] };
    while sortie.turns.len() < TURNS_MOST {
        sortie.turns.push(ends[0]);
        if ground.lasts_s(sortie) > most_s {
            // The last leg goes as far as it can.
            let last = sortie.turns.len() - 1;
            let back_to = if last == 0 { near(ground, sortie.from) } else { sortie.turns[last - 1] };
            while sortie.turns[last] != back_to && ground.lasts_s(sortie) > most_s {
                sortie.turns[last] =
                    if sortie.turns[last] > back_to { sortie.turns[last] - 1 } else { sortie.turns[last] + 1 };
            }
            if ground.lasts_s(sortie) > most_s {
                sortie.turns.pop();
            }
            sortie.turns.dedup();
            return;
        }
        ends.swap(0, 1);
    }
}

/// The cell nearest to a site.
pub(super) fn near(ground: &Ground, site: usize) -> usize {
    let cells = 0..ground.problem.cells.len();
    let far_m = |cell: &usize| ground.site_to_cell_m(site, *cell);
    cells.min_by(|a, b| far_m(a).total_cmp(&far_m(b))).unwrap_or(0)
}

/// Each site's part of the line, by the weights and by how many drones are there; sites without drones have none.
fn parts(ground: &Ground) -> Vec<[usize; 2]> {
    let problem = ground.problem;
    let drones_at = |site: usize| problem.drones.iter().filter(|drone| drone.site == site).count() as f64;
    let mut order: Vec<usize> = (0..problem.sites_m.len()).filter(|site| drones_at(*site) > 0.0).collect();
    order.sort_by_key(|site| near(ground, *site));
    let all: f64 = problem.cells.iter().map(|cell| cell.weight).sum();
    let mut parts = vec![[0, problem.cells.len() - 1]; problem.sites_m.len()];
    let (mut low, mut weight, mut due) = (0, 0.0, 0.0);
    for site in order {
        due += all * drones_at(site) / problem.drones.len() as f64;
        let mut high = low;
        weight += problem.cells[high].weight;
        while high + 1 < problem.cells.len() && weight < due {
            high += 1;
            weight += problem.cells[high].weight;
        }
        parts[site] = [low, high];
        low = (high + 1).min(problem.cells.len() - 1);
    }
    parts
}
