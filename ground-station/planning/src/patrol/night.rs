//! A night under change: all flights, who is where when, and what it is worth.

use super::problem::Crossing;
use super::sortie::{Ground, Sortie};

/// How much more a longer gap counts: its power. High, for the longest gap is what is judged; the search still sees the
/// next longest.
const POWER: i32 = 12;

/// What a crossing at each cell and moment, unseen, costs.
#[derive(Debug, Clone)]
pub(super) struct Stakes {
    /// For each cell, for each moment.
    pub(super) by_cell: Vec<Vec<f64>>,
}

/// The flights of a night, and their visits.
#[derive(Debug, Clone)]
pub(super) struct Night<'a> {
    pub(super) ground: &'a Ground<'a>,
    /// Each drone's in order of time; one drone's after the other's.
    pub(super) sorties: Vec<Sortie>,
    stakes: Option<Stakes>,
    /// For each cell.
    visits: Vec<Visits>,
    values: Vec<Value>,
    /// A weighted gap of this long counts 1, s.
    gap_unit_s: f64,
}

/// A cell's visits in order of time: when, and by which sortie.
type Visits = Vec<(f64, usize)>;

/// What a cell adds to the cost.
#[derive(Debug, Clone, Copy, Default)]
struct Value {
    gaps: f64,
    unseen: f64,
    longest_s: f64,
}

/// What a change has overwritten.
pub(super) struct Undo {
    sorties: Vec<(usize, Sortie)>,
    cells: Vec<(usize, Visits, Value)>,
}

impl<'a> Night<'a> {
    pub(super) fn new(ground: &'a Ground<'a>, sorties: Vec<Sortie>, stakes: Option<Stakes>, gap_unit_s: f64) -> Self {
        let cells = ground.problem.cells.len();
        let mut visits = vec![Vec::new(); cells];
        let mut trip = Vec::new();
        for (id, sortie) in sorties.iter().enumerate() {
            ground.visits(sortie, &mut trip);
            for (cell, at_s) in &trip {
                visits[*cell].push((*at_s, id));
            }
        }
        let mut night = Self { ground, sorties, stakes, visits, values: vec![Value::default(); cells], gap_unit_s };
        for cell in 0..cells {
            night.visits[cell].sort_by(|a, b| a.0.total_cmp(&b.0));
            night.values[cell] = night.value(cell);
        }
        night
    }

    /// The sum of all gaps' powers.
    pub(super) fn gaps(&self) -> f64 {
        self.values.iter().map(|value| value.gaps).sum()
    }

    /// Those gaps as if they were one, s.
    pub(super) fn gap_s(&self) -> f64 {
        self.gaps().powf(1.0 / f64::from(POWER)) * self.gap_unit_s
    }

    /// The stakes of the crossings that nobody sees.
    pub(super) fn unseen(&self) -> f64 {
        self.values.iter().map(|value| value.unseen).sum()
    }

    /// The longest weighted gap, s.
    pub(super) fn longest_s(&self) -> f64 {
        self.values.iter().map(|value| value.longest_s).fold(0.0, f64::max)
    }

    /// The cell with the longest weighted gap, and the middle of that gap, s.
    pub(super) fn worst(&self) -> (usize, f64) {
        let cell =
            (0..self.values.len()).max_by(|a, b| self.values[*a].longest_s.total_cmp(&self.values[*b].longest_s));
        let cell = cell.unwrap_or(0);
        let mut worst = (0.0, 0.0);
        self.each_gap(cell, |from_s, to_s| {
            if to_s - from_s > worst.0 {
                worst = (to_s - from_s, f64::midpoint(from_s, to_s));
            }
        });
        (cell, worst.1)
    }

    /// Which crossings are seen, for each cell, for each moment.
    pub(super) fn seen(&self) -> Vec<Vec<bool>> {
        let crossing = self.ground.problem.crossing;
        let moments = moments(&crossing, self.ground.problem.horizon_s);
        (0..self.visits.len())
            .map(|cell| {
                let mut seen = vec![false; moments];
                self.each_seen(cell, |moment| seen[moment] = true);
                seen
            })
            .collect()
    }

    pub(super) fn change(&mut self, changes: Vec<(usize, Sortie)>) -> Undo {
        let mut undo = Undo { sorties: Vec::with_capacity(changes.len()), cells: Vec::new() };
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (id, sortie) in changes {
            self.ground.visits(&self.sorties[id], &mut old);
            self.ground.visits(&sortie, &mut new);
            let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
            let cut_s = [old.get(same), new.get(same)]
                .into_iter()
                .flatten()
                .map(|(_, at_s)| *at_s)
                .fold(f64::INFINITY, f64::min);
            // Cells in one place are visited at one time: those are taken out and put back.
            let same = old[..same].partition_point(|(_, at_s)| *at_s < cut_s);
            let first = undo.cells.len();
            let mut touched = vec![false; self.visits.len()];
            for (cell, _) in old[same..].iter().chain(&new[same..]) {
                if !touched[*cell] {
                    touched[*cell] = true;
                    let mut without = Vec::with_capacity(self.visits[*cell].len() + 4);
                    without.extend(self.visits[*cell].iter().filter(|(at_s, of)| *of != id || *at_s < cut_s));
                    undo.cells.push((*cell, std::mem::replace(&mut self.visits[*cell], without), self.values[*cell]));
                }
            }
            for (cell, at_s) in &new[same..] {
                self.visits[*cell].push((*at_s, id));
            }
            for index in first..undo.cells.len() {
                let cell = undo.cells[index].0;
                self.visits[cell].sort_by(|a, b| a.0.total_cmp(&b.0));
                self.values[cell] = self.value(cell);
            }
            undo.sorties.push((id, std::mem::replace(&mut self.sorties[id], sortie)));
        }
        undo
    }

    pub(super) fn take_back(&mut self, undo: Undo) {
        for (cell, visits, value) in undo.cells.into_iter().rev() {
            self.visits[cell] = visits;
            self.values[cell] = value;
        }
        for (id, sortie) in undo.sorties.into_iter().rev() {
            self.sorties[id] = sortie;
        }
    }

    fn value(&self, cell: usize) -> Value {
        let weight = self.ground.problem.cells[cell].weight;
        let mut value = Value::default();
        self.each_gap(cell, |from_s, to_s| {
            let gap_s = weight * (to_s - from_s);
            value.longest_s = value.longest_s.max(gap_s);
            value.gaps += (gap_s / self.gap_unit_s).powi(POWER);
        });
        if let Some(stakes) = &self.stakes {
            let stakes = &stakes.by_cell[cell];
            value.unseen = stakes.iter().sum();
            self.each_seen(cell, |moment| value.unseen -= stakes[moment]);
        }
        value
    }

    fn each_gap(&self, cell: usize, mut gap: impl FnMut(f64, f64)) {
        let mut before_s = 0.0;
        for (at_s, _) in &self.visits[cell] {
            gap(before_s, *at_s);
            before_s = *at_s;
        }
        gap(before_s, self.ground.problem.horizon_s);
    }

    fn each_seen(&self, cell: usize, mut seen: impl FnMut(usize)) {
        let crossing = self.ground.problem.crossing;
        let moments = moments(&crossing, self.ground.problem.horizon_s);
        let mut next = 0;
        for (at_s, _) in &self.visits[cell] {
            // A visit sees the crossings that began at most the exposure before it, each only once.
            let first = ((at_s - crossing.exposed_s - crossing.margin_s) / crossing.every_s).ceil().max(0.0) as usize;
            let after = at_s - crossing.margin_s;
            if after < 0.0 {
                continue;
            }
            let last = (after / crossing.every_s).floor() as usize;
            for moment in first.max(next)..moments.min(last + 1) {
                seen(moment);
                next = moment + 1;
            }
        }
    }
}

/// How many moments there are at which a crossing could begin.
pub(super) fn moments(crossing: &Crossing, horizon_s: f64) -> usize {
    let from_s = crossing.margin_s;
    let to_s = horizon_s - crossing.exposed_s - crossing.margin_s;
    if to_s > from_s { ((to_s - from_s) / crossing.every_s).ceil() as usize } else { 0 }
}
