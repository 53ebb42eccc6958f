//! Associate, the arithmetic: how probable it is that each detection is each target's.
//!
//! Every target gives at most one detection and every detection has at most one origin. Given the likelihood ratios of
//! all pairs, the marginal probabilities over all assignments are wanted (the joint probabilistic data association of
//! T. E. Fortmann, Y. Bar-Shalom, M. Scheffe, IEEE J. Oceanic Eng. 8 (1983)). Small clusters are summed exactly, by
//! dynamic programming over the set of detections used; large ones by belief propagation, which converges and is
//! nearly exact (J. L. Williams, R. Lau, "Approximate evaluation of marginal association probabilities with belief
//! propagation", IEEE T-AES 50 (2014)).

/// At most this many detections are summed exactly, the sum visits every subset of them; and at most so many steps.
const EXACT_DETECTIONS_MAX: usize = 10;
const EXACT_STEPS_MAX: usize = 120_000;
const SWEEPS_MAX: usize = 60;
const TOLERANCE: f64 = 1e-6;

/// A target and a detection that may be its.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) target: usize,
    pub(super) detection: usize,
    /// How much better the target explains the detection than clutter does, times its odds to be detected against being
    /// missed.
    pub(super) ratio: f64,
}

/// The pairs of one cluster, by target.
#[derive(Debug, Clone, Default)]
pub(super) struct Cluster {
    pub(super) targets: usize,
    pub(super) detections: usize,
    pub(super) pairs: Vec<Pair>,
}

/// Marginal probabilities.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Marginals {
    /// Of each pair, in the pairs' order.
    pub(super) of: Vec<f64>,
    /// That target `t` has no detection.
    pub(super) missed: Vec<f64>,
    /// That detection `d` is no target's.
    pub(super) free: Vec<f64>,
}

impl Cluster {
    /// The marginals, exact where that is cheap.
    pub(super) fn marginals(&self) -> Marginals {
        if self.targets == 1 {
            self.single()
        } else if self.detections <= EXACT_DETECTIONS_MAX && self.pairs.len() << self.detections <= EXACT_STEPS_MAX {
            self.exact()
        } else {
            self.propagated()
        }
    }

    fn single(&self) -> Marginals {
        let sum = 1.0 + self.pairs.iter().map(|pair| pair.ratio).sum::<f64>();
        let of: Vec<f64> = self.pairs.iter().map(|pair| pair.ratio / sum).collect();
        let mut free = vec![1.0; self.detections];
        for (pair, share) in self.pairs.iter().zip(&of) {
            free[pair.detection] -= share;
        }
        Marginals { of, missed: vec![1.0 / sum], free }
    }

    /// Sums over all assignments, forwards and backwards over the targets.
    fn exact(&self) -> Marginals {
        let (n, m) = (self.targets, self.detections);
        let sets = 1usize << m;
        let rows: Vec<&[Pair]> = self.rows();
        let scale: Vec<f64> =
            rows.iter().map(|row| 1.0 / (1.0 + row.iter().map(|pair| pair.ratio).fold(0.0, f64::max))).collect();
        let mut forward = vec![0.0; (n + 1) * sets];
        forward[0] = 1.0;
        for t in 0..n {
            for set in 0..sets {
                let here = forward[t * sets + set] * scale[t];
                if here > 0.0 {
                    forward[(t + 1) * sets + set] += here;
                    for pair in rows[t].iter().filter(|pair| set & (1 << pair.detection) == 0) {
                        forward[(t + 1) * sets + (set | 1 << pair.detection)] += here * pair.ratio;
                    }
                }
            }
        }
        // Given the set used by those before, the sum over what this one and those after may still take.
        let mut after = vec![1.0; sets];
        let mut marginals = Marginals { of: vec![0.0; self.pairs.len()], missed: vec![0.0; n], free: vec![1.0; m] };
        let mut first = self.pairs.len();
        for t in (0..n).rev() {
            first -= rows[t].len();
            let mut before = vec![0.0; sets];
            for set in 0..sets {
                let here = forward[t * sets + set];
                let missed = after[set];
                marginals.missed[t] += here * missed;
                before[set] = missed;
                for (place, pair) in rows[t].iter().enumerate().filter(|(_, pair)| set & (1 << pair.detection) == 0) {
                    let taken = pair.ratio * after[set | 1 << pair.detection];
                    marginals.of[first + place] += here * taken;
                    before[set] += taken;
                }
                before[set] *= scale[t];
            }
            after = before;
            let of = &mut marginals.of[first..first + rows[t].len()];
            let total = marginals.missed[t] + of.iter().sum::<f64>();
            if !(total > 0.0 && total.is_finite()) {
                return self.propagated();
            }
            marginals.missed[t] /= total;
            for (share, pair) in of.iter_mut().zip(rows[t]) {
                *share /= total;
                marginals.free[pair.detection] -= *share;
            }
        }
        for free in &mut marginals.free {
            *free = free.clamp(0.0, 1.0);
        }
        marginals
    }

    /// Belief propagation along the pairs.
    fn propagated(&self) -> Marginals {
        let pairs = &self.pairs;
        let by_detection = self.by_detection();
        let mut to_target = vec![1.0; pairs.len()];
        let mut to_detection = vec![0.0; pairs.len()];
        let mut target_sums = vec![1.0; self.targets];
        for _ in 0..SWEEPS_MAX {
            target_sums.fill(1.0);
            for (pair, message) in pairs.iter().zip(&to_target) {
                target_sums[pair.target] += pair.ratio * message;
            }
            for (index, pair) in pairs.iter().enumerate() {
                let others = target_sums[pair.target] - pair.ratio * to_target[index];
                to_detection[index] = pair.ratio / others.max(1.0);
            }
            let mut change: f64 = 0.0;
            for of_one in &by_detection {
                let sum: f64 = 1.0 + of_one.iter().map(|&index| to_detection[index]).sum::<f64>();
                for &index in of_one {
                    let others = sum - to_detection[index];
                    let next = 1.0 / others.max(1.0);
                    change = change.max((next - to_target[index]).abs());
                    to_target[index] = next;
                }
            }
            if change < TOLERANCE {
                break;
            }
        }
        target_sums.fill(1.0);
        for (pair, message) in pairs.iter().zip(&to_target) {
            target_sums[pair.target] += pair.ratio * message;
        }
        let of = pairs.iter().zip(&to_target).map(|(pair, message)| pair.ratio * message / target_sums[pair.target]);
        let of = of.collect();
        let missed = target_sums.iter().map(|sum| 1.0 / sum).collect();
        let free = by_detection
            .iter()
            .map(|of_one| 1.0 / (1.0 + of_one.iter().map(|&index| to_detection[index]).sum::<f64>()))
            .collect();
        Marginals { of, missed, free }
    }

    /// The pairs of each target.
    fn rows(&self) -> Vec<&[Pair]> {
        let mut rest: &[Pair] = &self.pairs;
        let row = |target: usize| {
            let (row, after) = rest.split_at(rest.partition_point(|pair| pair.target <= target));
            rest = after;
            row
        };
        (0..self.targets).map(row).collect()
    }

    /// The places of each detection's pairs.
    fn by_detection(&self) -> Vec<Vec<usize>> {
        let mut by_detection = vec![Vec::new(); self.detections];
        for (index, pair) in self.pairs.iter().enumerate() {
            by_detection[pair.detection].push(index);
        }
        by_detection
    }
}

#[cfg(test)]
mod tests;
