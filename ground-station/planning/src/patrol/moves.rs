//! How the search changes a night: one flight's turns, its landing, or when it starts. What comes out can always be
//! flown.

use super::night::Night;
use super::sortie::Sortie;
use crate::random::Draws;

/// A flight turns at most so often.
const TURNS_MOST: usize = 80;
/// How far a turn is moved, cells: most moves are short.
const FAR: f64 = 24.0;

/// A change that can be flown, if this attempt finds one.
pub(super) fn propose(night: &Night, draws: &mut Draws) -> Option<Vec<(usize, Sortie)>> {
    let ground = night.ground;
    if draws.unit() < TO_THE_WORST {
        return to_the_worst(night, draws);
    }
    let id = if draws.unit() < 0.1 { near_worst(night, draws) } else { draws.below(night.sorties.len()) };
    let mut sortie = night.sorties[id].clone();
    let cells = ground.problem.cells.len();
    let kind = draws.unit();
    if kind < 0.40 && !sortie.turns.is_empty() {
        let turn = draws.below(sortie.turns.len());
        sortie.turns[turn] = stray(sortie.turns[turn], cells, draws);
    } else if kind < 0.58 && sortie.turns.len() >= 2 {
        // Two turns at once: what one leg loses the other gains.
        for _ in 0..2 {
            let turn = draws.below(sortie.turns.len());
            sortie.turns[turn] = stray(sortie.turns[turn], cells, draws);
        }
    } else if kind < 0.70 && sortie.turns.len() < TURNS_MOST {
        let at = draws.below(sortie.turns.len() + 1);
        let cell = match sortie.turns.get(at.saturating_sub(1)) {
            Some(near) => stray(*near, cells, draws),
            None => draws.below(cells),
        };
        sortie.turns.insert(at, cell);
        if draws.unit() < 0.5 {
            sortie.turns.insert(at, stray(cell, cells, draws));
        }
    } else if kind < 0.80 && !sortie.turns.is_empty() {
        sortie.turns.remove(draws.below(sortie.turns.len()));
        if draws.unit() < 0.5 && !sortie.turns.is_empty() {
            sortie.turns.remove(draws.below(sortie.turns.len()));
        }
    } else if kind < 0.88 {
        sortie.starts_s += (draws.unit() - 0.5) * 2.0 * 300.0 * draws.unit();
    } else if kind < 0.93 && ground.problem.sites_m.len() > 1 {
        return land_elsewhere(night, id, sortie, draws);
    } else if kind < 0.96 {
        return shift_all(night, sortie.drone, draws);
    } else if !sortie.turns.is_empty() {
        // The rest of the flight anew.
        let keep = draws.below(sortie.turns.len());
        sortie.turns.truncate(keep);
        for _ in 0..1 + draws.below(4) {
            sortie.turns.push(draws.below(cells));
        }
    }
    tidy(&mut sortie.turns);
    shorten(night, id, &mut sortie);
    let same = sortie == night.sorties[id];
    (!same && fits(night, id, &sortie)).then(|| vec![(id, sortie)])
}

/// How often a flight is sent to where the longest gap is.
const TO_THE_WORST: f64 = 0.08;

/// A flight that is up in the middle of the longest gap turns at that cell, or there instead of where it turned.
fn to_the_worst(night: &Night, draws: &mut Draws) -> Option<Vec<(usize, Sortie)>> {
    let id = near_worst(night, draws);
    let mut sortie = night.sorties[id].clone();
    let (cell, _) = night.worst();
    let at = draws.below(sortie.turns.len() + 1);
    if at < sortie.turns.len() && draws.unit() < 0.5 {
        sortie.turns[at] = cell;
    } else if sortie.turns.len() < TURNS_MOST {
        sortie.turns.insert(at, cell);
    }
    tidy(&mut sortie.turns);
    shorten(night, id, &mut sortie);
    let same = sortie == night.sorties[id];
    (!same && fits(night, id, &sortie)).then(|| vec![(id, sortie)])
}

/// A flight that is up in the middle of the longest gap, if there is one.
fn near_worst(night: &Night, draws: &mut Draws) -> usize {
    let (_, at_s) = night.worst();
    let up: Vec<usize> = (0..night.sorties.len())
        .filter(|id| {
            let sortie = &night.sorties[*id];
            (sortie.starts_s..=sortie.starts_s + night.ground.longest_s(sortie.drone)).contains(&at_s)
        })
        .collect();
    if up.is_empty() { draws.below(night.sorties.len()) } else { up[draws.below(up.len())] }
}

fn stray(cell: usize, cells: usize, draws: &mut Draws) -> usize {
    let far = 1 + (FAR * draws.unit().powi(3)) as usize;
    if draws.unit() < 0.5 { cell.saturating_sub(far) } else { (cell + far).min(cells - 1) }
}

/// Lands elsewhere, and the next flight starts there.
fn land_elsewhere(night: &Night, id: usize, mut sortie: Sortie, draws: &mut Draws) -> Option<Vec<(usize, Sortie)>> {
    sortie.to = draws.below(night.ground.problem.sites_m.len());
    if sortie.turns.is_empty() || sortie.to == night.sorties[id].to {
        return None;
    }
    shorten(night, id, &mut sortie);
    let mut changes = vec![(id, sortie.clone())];
    for (later, next) in night.sorties.iter().enumerate().skip(id + 1) {
        if next.drone != sortie.drone {
            break;
        }
        let mut next = next.clone();
        next.from = sortie.to;
        let flies = !next.turns.is_empty();
        if !flies {
            next.to = sortie.to;
        }
        shorten(night, later, &mut next);
        if next.turns.is_empty() && flies {
            return None;
        }
        changes.push((later, next));
        if flies {
            break;
        }
    }
    changes.iter().all(|(id, sortie)| fits(night, *id, sortie)).then_some(changes)
}

/// All flights of a drone earlier or later.
fn shift_all(night: &Night, drone: usize, draws: &mut Draws) -> Option<Vec<(usize, Sortie)>> {
    let by_s = (draws.unit() - 0.5) * 2.0 * 400.0 * draws.unit();
    let changes: Vec<(usize, Sortie)> = (0..night.sorties.len())
        .filter(|id| night.sorties[*id].drone == drone)
        .map(|id| {
            let mut sortie = night.sorties[id].clone();
            sortie.starts_s += by_s;
            (id, sortie)
        })
        .collect();
    let (_, first) = changes.first()?;
    let ends_s = changes.iter().map(|(_, sortie)| sortie.starts_s + night.ground.lasts_s(sortie)).fold(0.0, f64::max);
    (first.starts_s >= 0.0 && ends_s <= night.ground.problem.horizon_s).then_some(changes)
}

/// A turn that is none is left out.
fn tidy(turns: &mut Vec<usize>) {
    turns.dedup();
    let mut at = 1;
    while at + 1 < turns.len() {
        let [before, here, after] = [turns[at - 1], turns[at], turns[at + 1]];
        if (before < here) == (here < after) {
            turns.remove(at);
        } else {
            at += 1;
        }
    }
}

/// Takes off the end of a flight what is too long.
fn shorten(night: &Night, id: usize, sortie: &mut Sortie) {
    let (ground, most_s) = (night.ground, most_s(night, id, sortie));
    while ground.lasts_s(sortie) > most_s {
        let Some(last) = sortie.turns.pop() else { return };
        let Some(before) = sortie.turns.last().copied() else { return };
        // The last leg, cell by cell shorter; when nothing of it is left, the one before.
        let over_s = |cell: usize| {
            let mut shorter = sortie.clone();
            shorter.turns.push(cell);
            ground.lasts_s(&shorter) - most_s
        };
        let mut cell = last;
        while cell != before && over_s(cell) > 0.0 {
            cell = if cell > before { cell - 1 } else { cell + 1 };
        }
        if cell != before {
            sortie.turns.push(cell);
        }
    }
}

/// How long the flight may last where it is among its drone's, s.
fn most_s(night: &Night, id: usize, sortie: &Sortie) -> f64 {
    let turnaround_s = night.ground.drone(sortie).turnaround_s;
    let next = night.sorties.get(id + 1).filter(|next| next.drone == sortie.drone);
    let until_s = next.map_or(night.ground.problem.horizon_s, |next| next.starts_s - turnaround_s);
    night.ground.longest_s(sortie.drone).min(until_s - sortie.starts_s)
}

/// Whether it can be flown, among the others of its drone.
fn fits(night: &Night, id: usize, sortie: &Sortie) -> bool {
    let turnaround_s = night.ground.drone(sortie).turnaround_s;
    let before = id.checked_sub(1).map(|id| &night.sorties[id]).filter(|before| before.drone == sortie.drone);
    let ready_s = before.map_or(0.0, |before| before.starts_s + night.ground.lasts_s(before) + turnaround_s);
    // What stays on the ground is still where it was.
    let stays = !sortie.turns.is_empty() || sortie.from == sortie.to;
    stays && sortie.starts_s >= ready_s && night.ground.lasts_s(sortie) <= most_s(night, id, sortie)
}
