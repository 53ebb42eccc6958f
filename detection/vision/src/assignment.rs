//! Optimal assignment: which row (track) gets which column (detection), so that the sum of the costs is least.
//!
//! Rows and columns may differ in number, and only the pairs listed are allowed. A row may stay without a column at
//! cost 0, so a pair is worth making only where its cost is negative: state costs relative to leaving both alone.
//!
//! Method: shortest augmenting paths with dual prices, one row at a time (R. Jonker, A. Volgenant, "A shortest augmenting
//! path algorithm for dense and sparse linear assignment problems", Computing 38, 1987; D. F. Crouse, "On implementing
//! 2D rectangular assignment algorithms", IEEE Trans. AES 52, 2016). Every row has a column of its own at cost 0, which
//! stands for "none" and makes every problem feasible. The search for a path is Dijkstra's with a heap over the listed
//! pairs only, so n rows with a few pairs each cost about n log n.
//!
//! Equal costs are decided by the lower column, then by the earlier row: the same input gives the same output. A cost
//! that is not finite forbids its pair.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// One allowed pair of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The column.
    pub column: usize,
    /// The cost relative to leaving row and column alone.
    pub cost: f64,
}

/// Assigns each row at most one column and each column at most one row, at least total cost. `rows[i]` lists the
/// allowed pairs of row `i`; pairs with a column beyond `columns`, or a cost that is not finite, are passed over.
#[must_use]
pub fn assign(columns: usize, rows: &[Vec<Pair>]) -> Vec<Option<usize>> {
    let mut solver = Solver::new(columns, rows);
    for row in 0..rows.len() {
        solver.augment(row);
    }
    solver.column_of.iter().map(|&column| (column < columns).then_some(column)).collect()
}

/// The cost of an assignment: the sum over its pairs. Nothing where it makes a pair that is not allowed.
#[must_use]
pub fn total_cost(rows: &[Vec<Pair>], assignment: &[Option<usize>]) -> Option<f64> {
    let chosen = rows.iter().zip(assignment).filter_map(|(pairs, column)| column.map(|column| (pairs, column)));
    chosen.map(|(pairs, column)| pairs.iter().find(|pair| pair.column == column).map(|pair| pair.cost)).sum()
}

const NONE: usize = usize::MAX;

/// Columns `0..columns` are real; after them comes each row's own "none", the last row's first, so that of equals the
/// later row gives way.
struct Solver<'a> {
    rows: &'a [Vec<Pair>],
    columns: usize,
    row_price: Vec<f64>,
    column_price: Vec<f64>,
    row_of: Vec<usize>,
    column_of: Vec<usize>,
    // What follows belongs to one search; `touched` says what to reset after it.
    distance: Vec<f64>,
    from_row: Vec<usize>,
    settled: Vec<bool>,
    touched: Vec<usize>,
}

impl<'a> Solver<'a> {
    fn new(columns: usize, rows: &'a [Vec<Pair>]) -> Self {
        let all = columns + rows.len();
        Self {
            rows,
            columns,
            row_price: vec![0.0; rows.len()],
            column_price: vec![0.0; all],
            row_of: vec![NONE; all],
            column_of: vec![NONE; rows.len()],
            distance: vec![f64::INFINITY; all],
            from_row: vec![NONE; all],
            settled: vec![false; all],
            touched: Vec::new(),
        }
    }

    /// Gives `start` a column by the shortest path to a free one, and changes hands along it.
    fn augment(&mut self, start: usize) {
        let mut heap = BinaryHeap::new();
        let mut row = start;
        let mut reached = 0.0;
        let end = loop {
            self.relax(row, reached, &mut heap);
            let column = self.nearest(&mut heap);
            self.settled[column] = true;
            reached = self.distance[column];
            if self.row_of[column] == NONE {
                break column;
            }
            row = self.row_of[column];
        };
        self.update_prices(start, reached);
        let mut column = end;
        loop {
            let row = self.from_row[column];
            let given_up = std::mem::replace(&mut self.column_of[row], column);
            self.row_of[column] = row;
            if row == start {
                break;
            }
            column = given_up;
        }
        for column in self.touched.drain(..) {
            self.distance[column] = f64::INFINITY;
            self.from_row[column] = NONE;
            self.settled[column] = false;
        }
    }

    /// Offers the columns of `row`, itself reached at `reached`, at what they would cost.
    fn relax(&mut self, row: usize, reached: f64, heap: &mut BinaryHeap<Offer>) {
        let own = Pair { column: self.row_of.len() - 1 - row, cost: 0.0 };
        let rows = self.rows;
        let allowed = rows[row].iter().copied().filter(|pair| pair.column < self.columns && pair.cost.is_finite());
        for Pair { column, cost } in allowed.chain([own]) {
            let distance = reached + cost - self.row_price[row] - self.column_price[column];
            if !self.settled[column] && distance < self.distance[column] {
                if self.from_row[column] == NONE {
                    self.touched.push(column);
                }
                self.distance[column] = distance;
                self.from_row[column] = row;
                heap.push(Offer { distance, column });
            }
        }
    }

    fn nearest(&self, heap: &mut BinaryHeap<Offer>) -> usize {
        loop {
            let Offer { column, .. } = heap.pop().expect("invariant: a row's own column is always on offer");
            if !self.settled[column] {
                return column;
            }
        }
    }

    /// Keeps reduced costs of assigned pairs at zero and of all others at or above it.
    fn update_prices(&mut self, start: usize, shortest: f64) {
        self.row_price[start] += shortest;
        for &column in &self.touched {
            if self.settled[column] {
                let slack = shortest - self.distance[column];
                self.column_price[column] -= slack;
                if self.row_of[column] != NONE {
                    self.row_price[self.row_of[column]] += slack;
                }
            }
        }
    }
}

/// A column on offer; the heap gives the nearest first, of equals the lowest.
#[derive(PartialEq)]
struct Offer {
    distance: f64,
    column: usize,
}

impl Eq for Offer {}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        other.distance.total_cmp(&self.distance).then(other.column.cmp(&self.column))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dense(costs: &[&[f64]]) -> Vec<Vec<Pair>> {
        let row = |costs: &&[f64]| costs.iter().enumerate().map(|(column, &cost)| Pair { column, cost }).collect();
        costs.iter().map(row).collect()
    }

    /// Every assignment there is, tried.
    fn least_cost_by_trying(columns: usize, rows: &[Vec<Pair>], taken: u32) -> f64 {
        let Some((first, rest)) = rows.split_first() else {
            return 0.0;
        };
        let mut least = least_cost_by_trying(columns, rest, taken);
        for pair in first.iter().filter(|pair| pair.cost.is_finite() && pair.column < columns) {
            if taken & (1 << pair.column) == 0 {
                least = least.min(pair.cost + least_cost_by_trying(columns, rest, taken | (1 << pair.column)));
            }
        }
        least
    }

    #[test]
    fn the_greedy_choice_gives_way_to_the_better_sum() {
        let rows = dense(&[&[-10.0, -9.0], &[-9.0, -1.0]]);
        assert_eq!(assign(2, &rows), [Some(1), Some(0)]);
    }

    #[test]
    fn a_row_that_gains_nothing_stays_alone() {
        assert_eq!(assign(2, &dense(&[&[1.0, 0.5], &[-1.0, 2.0]])), [None, Some(0)]);
        assert_eq!(assign(0, &dense(&[&[], &[]])), [None, None]);
        assert_eq!(assign(3, &[]), []);
    }

    #[test]
    fn forbidden_pairs_are_never_made() {
        let rows = dense(&[&[f64::NAN, f64::NEG_INFINITY, -1.0], &[f64::INFINITY, -5.0, -9.0]]);
        assert_eq!(assign(3, &rows), [None, Some(2)]);
        assert_eq!(assign(1, &dense(&[&[0.5, -9.0]])), [None], "a column beyond the last");
    }

    #[test]
    fn equal_costs_fall_to_the_lower_column_and_the_earlier_row() {
        let rows = dense(&[&[-1.0, -1.0, -1.0], &[-1.0, -1.0, -1.0]]);
        assert_eq!(assign(3, &rows), [Some(0), Some(1)]);
        let rows = dense(&[&[-1.0], &[-1.0]]);
        assert_eq!(assign(1, &rows), [Some(0), None]);
    }

    #[test]
    fn a_thousand_crowded_rows_are_assigned() {
        // A chain in which every row wants its neighbour's column most: the optimum shifts all of them.
        let n = 1000;
        let pair = |column: usize, cost: f64| Pair { column: column % n, cost };
        let rows: Vec<_> = (0..n).map(|row| vec![pair(row, -1.0), pair(row + 1, -2.0)]).collect();
        let assignment = assign(n, &rows);
        assert_eq!(total_cost(&rows, &assignment), Some(-2.0 * n as f64));
    }

    fn problem() -> impl Strategy<Value = (usize, Vec<Vec<Pair>>)> {
        (0..6usize, 0..6usize).prop_flat_map(|(rows, columns)| {
            // Whole costs make many ties; a third of the pairs is missing.
            let cost = prop_oneof![4 => (-6..4i32).prop_map(f64::from), 2 => -9.0..3.0f64, 1 => Just(f64::NAN)];
            let entry = prop_oneof![2 => cost.prop_map(Some), 1 => Just(None)];
            let row = prop::collection::vec(entry, columns).prop_map(|costs| {
                let listed = costs.into_iter().enumerate();
                listed.filter_map(|(column, cost)| cost.map(|cost| Pair { column, cost })).collect::<Vec<_>>()
            });
            (Just(columns), prop::collection::vec(row, rows))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn no_assignment_is_cheaper((columns, rows) in problem()) {
            let assignment = assign(columns, &rows);
            let mut taken: Vec<_> = assignment.iter().flatten().collect();
            taken.sort_unstable();
            let count = taken.len();
            taken.dedup();
            prop_assert_eq!(taken.len(), count, "a column was given twice");
            let found = total_cost(&rows, &assignment).unwrap();
            let least = least_cost_by_trying(columns, &rows, 0);
            prop_assert!((found - least).abs() < 1e-9, "{} instead of {}", found, least);
            prop_assert_eq!(assign(columns, &rows), assignment, "twice the same");
        }
    }
}
