//! The search: simulated annealing over the flights of a night.

use super::moves;
use super::night::{Night, Stakes};
use super::sortie::{Ground, Sortie};
use super::start;
use crate::clock::Clock;
use crate::random::Draws;

/// Changes between two looks at the clock.
const CHANGES_A_LOOK: u32 = 32;
/// The temperature at the start and at the end: for gaps as a share of the cost, for crossings as a share of the stakes.
const TEMPERATURE_GAPS: [f64; 2] = [0.004, 0.000_3];
const TEMPERATURE_SEEN: [f64; 2] = [0.002, 0.000_05];
/// What a gap of just the length allowed costs, as a share of the stakes.
const GAP_COSTS: f64 = 0.02;

/// What the search is after.
#[derive(Debug, Clone)]
pub(super) enum Aim {
    /// The shortest longest gap.
    Gaps,
    /// Seen crossings, with gaps up to this long allowed, s.
    Crossings(Stakes, f64),
}

/// A part of the whole budget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub(super) from: f64,
    pub(super) to: f64,
}

/// The best night found from these flights, or from fresh ones.
pub(super) fn search(
    ground: &Ground,
    flights: Vec<Sortie>,
    aim: &Aim,
    share: Share,
    draws: &mut Draws,
    clock: &mut dyn Clock,
) -> Vec<Sortie> {
    let (stakes, unit_s, temperature) = match aim {
        Aim::Gaps => (None, ground.problem.horizon_s / 10.0, TEMPERATURE_GAPS),
        Aim::Crossings(stakes, allowed_s) => (Some(stakes.clone()), *allowed_s, TEMPERATURE_SEEN),
    };
    let total = stakes.as_ref().map_or(0.0, |stakes| stakes.by_cell.iter().flatten().sum::<f64>().max(1e-9));
    let mut night = Night::new(ground, flights, stakes, unit_s);
    let cost = |night: &Night| match aim {
        Aim::Gaps => night.gap_s(),
        Aim::Crossings(..) => night.unseen() / total + GAP_COSTS * night.gaps(),
    };
    // Among nights of the crossings' aim the gaps are in the cost already.
    let worth = |night: &Night, cost: f64| if matches!(aim, Aim::Gaps) { night.longest_s() } else { cost };
    let mut now = cost(&night);
    let mut best = (worth(&night, now), night.sorties.clone());
    loop {
        let done = (clock.spent() - share.from) / (share.to - share.from);
        if done.is_nan() || done >= 1.0 || night.sorties.is_empty() {
            return best.1;
        }
        let heat = temperature[0] * (temperature[1] / temperature[0]).powf(done.max(0.0));
        let heat = if matches!(aim, Aim::Gaps) { heat * now } else { heat };
        for _ in 0..CHANGES_A_LOOK {
            let Some(changes) = moves::propose(&night, draws) else { continue };
            let undo = night.change(changes);
            let then = cost(&night);
            if then < now - heat * (1.0 - draws.unit()).ln() {
                now = then;
                let worth = worth(&night, now);
                if worth < best.0 {
                    best = (worth, night.sorties.clone());
                }
            } else {
                night.take_back(undo);
            }
        }
    }
}

/// Starts, each annealed for a little; the best of them for longer, and of these the best for the rest.
pub(super) fn shortest_gaps(
    ground: &Ground,
    share: Share,
    draws: &mut Draws,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(f64),
) -> Vec<Sortie> {
    let width = share.to - share.from;
    let mut from = share.from;
    let mut least_s = f64::INFINITY;
    let mut field: Vec<(f64, Vec<Sortie>)> = Vec::new();
    for (round, Round { kept, part }) in ROUNDS.into_iter().enumerate() {
        field.truncate(kept);
        for place in 0..kept {
            let to = from + width * part / kept as f64;
            let begun = if round == 0 { best_start(ground, draws, clock) } else { field[place].1.clone() };
            let flights = search(ground, begun, &Aim::Gaps, Share { from, to }, draws, clock);
            let longest_s = Night::new(ground, flights.clone(), None, 1.0).longest_s();
            if longest_s < least_s {
                least_s = longest_s;
                better(longest_s);
            }
            match field.get_mut(place) {
                Some(before) => *before = (longest_s, flights),
                None => field.push((longest_s, flights)),
            }
            from = to;
        }
        field.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    field.swap_remove(0).1
}

/// The best of many starts: how the swaps happen to be spread is half of it.
fn best_start(ground: &Ground, draws: &mut Draws, clock: &mut dyn Clock) -> Vec<Sortie> {
    let unit_s = ground.problem.horizon_s / 10.0;
    let mut best = start::sorties(ground, draws);
    let mut least_s = Night::new(ground, best.clone(), None, unit_s).gap_s();
    for _ in 1..DRAWN {
        if clock.spent() >= 1.0 {
            break;
        }
        let flights = start::sorties(ground, draws);
        let gap_s = Night::new(ground, flights.clone(), None, unit_s).gap_s();
        if gap_s < least_s {
            (best, least_s) = (flights, gap_s);
        }
    }
    best
}

/// Starts that are drawn for one that is tried.
const DRAWN: u32 = 64;
/// How many are annealed further in a round, and the share of the budget they have together.
struct Round {
    kept: usize,
    part: f64,
}

/// Which start leads to a short gap shows late; so several are followed for a while (successive halving).
const ROUNDS: [Round; 3] = [Round { kept: 10, part: 0.3 }, Round { kept: 3, part: 0.3 }, Round { kept: 1, part: 0.4 }];
