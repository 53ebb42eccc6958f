//! Associate: which plot is whose. Targets that share plots form a cluster, each solved apart ([`super::marginal`]).

use std::collections::BTreeMap;

use super::classify::Belief;
use super::existence::Way;
use super::formation;
use super::gate::{Candidate, Gated, Look};
use super::imm::Motions;
use super::marginal::{Cluster, Pair};
use super::measure::Plot;
use super::scene::Scene;
use super::step::Frame;
use super::update;

/// A target whose ratios sum to less is solved by itself, after the others.
const WEAK: f64 = 1e-2;

/// Shares the plots out among the candidates and updates these. Returns for each plot the probability that it is no
/// known target's.
pub(super) fn associate(
    scene: &mut Scene,
    frame: &Frame,
    candidates: &[Candidate],
    plots: &[Plot],
    densities: &[[f64; 2]],
    (way, look, motions): (Way, &Look<'_>, &Motions),
) -> Vec<f64> {
    let mut free = vec![1.0; plots.len()];
    let mut together = Vec::new();
    let ratios: Vec<Vec<f64>> =
        candidates.iter().map(|candidate| ratios(scene, candidate, plots, densities, way)).collect();
    let strong = |candidate: usize| ratios[candidate].iter().sum::<f64>() >= WEAK;
    for members in clusters(candidates, plots.len(), strong) {
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        for gated in members.iter().flat_map(|&member| &candidates[member].plots) {
            let next = places.len();
            places.entry(gated.plot).or_insert(next);
        }
        let mut cluster = Cluster { targets: members.len(), detections: places.len(), pairs: Vec::new() };
        for (target, &member) in members.iter().enumerate() {
            for (gated, &ratio) in candidates[member].plots.iter().zip(&ratios[member]) {
                cluster.pairs.push(Pair { target, detection: places[&gated.plot], ratio });
            }
        }
        let marginals = cluster.marginals();
        for (plot, place) in &places {
            free[*plot] = marginals.free[*place];
        }
        let mut shares = marginals.of.as_slice();
        for (row, &member) in members.iter().enumerate() {
            let candidate = &candidates[member];
            let (own, rest) = shares.split_at(candidate.plots.len());
            shares = rest;
            let seen = (own, marginals.missed[row]);
            together.extend(update::settle(scene, frame.sensor, candidate, plots, seen, (way, look, motions)));
        }
    }
    // What hardly explains anything takes nothing from the others, and gets what they leave.
    for (member, candidate) in candidates.iter().enumerate().filter(|(member, _)| !strong(*member)) {
        let left = candidate.plots.iter().zip(&ratios[member]).map(|(gated, ratio)| ratio * free[gated.plot]);
        let left: Vec<f64> = left.collect();
        let sum = 1.0 + left.iter().sum::<f64>();
        let shares: Vec<f64> = left.iter().map(|share| share / sum).collect();
        update::settle(scene, frame.sensor, candidate, plots, (&shares, 1.0 / sum), (way, look, motions));
    }
    formation::share(scene, together);
    free
}

/// How much better a target explains each plot of its gate than anything new or false does, times its odds to be seen
/// against being missed.
fn ratios(scene: &Scene, candidate: &Candidate, plots: &[Plot], densities: &[[f64; 2]], way: Way) -> Vec<f64> {
    let target = &scene.targets[candidate.target];
    let there = target.existence.probability * candidate.detection * target.existence.seen(way);
    let ratio = |gated: &Gated| {
        let [clutter, births] = densities[gated.plot];
        let llr = plots[gated.plot].llr;
        let others = clutter + births * Belief::fresh(target.imm.domain, llr);
        (there * gated.ln.exp() * target.belief.fit_of(llr) / ((1.0 - there) * others)).clamp(0.0, 1e12)
    };
    candidate.plots.iter().map(ratio).collect()
}

/// Groups the candidates that share a plot, by union-find; each group in order.
fn clusters(candidates: &[Candidate], plots: usize, strong: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..candidates.len()).collect();
    fn root(parent: &mut [usize], mut node: usize) -> usize {
        while parent[node] != node {
            parent[node] = parent[parent[node]];
            node = parent[node];
        }
        node
    }
    let mut first = vec![usize::MAX; plots];
    for (index, candidate) in candidates.iter().enumerate().filter(|(index, _)| strong(*index)) {
        for gated in &candidate.plots {
            if first[gated.plot] == usize::MAX {
                first[gated.plot] = index;
            } else {
                let (a, b) = (root(&mut parent, first[gated.plot]), root(&mut parent, index));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in (0..candidates.len()).filter(|index| strong(*index)) {
        let root = root(&mut parent, index);
        groups.entry(root).or_default().push(index);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests;
