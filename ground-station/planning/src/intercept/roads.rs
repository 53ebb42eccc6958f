//! How soon a unit gets where, by road.

use super::distance_m;
use super::problem::Scene;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The shortest ways of one unit to all nodes.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// To each node, s; infinite where no road leads.
    pub(super) by_road_s: Vec<f64>,
    /// The node before each on the way to it; of the first and of those without a way, itself.
    before: Vec<usize>,
}

impl Reach {
    /// Dijkstra's algorithm, once for a unit.
    pub(super) fn from(scene: &Scene, start: usize) -> Self {
        let mut neighbours = vec![Vec::new(); scene.nodes_m.len()];
        for road in &scene.roads {
            let [from, to] = road.ends;
            let time_s = distance_m(scene.nodes_m[from], scene.nodes_m[to]) / road.speed_m_s;
            neighbours[from].push((to, time_s));
            neighbours[to].push((from, time_s));
        }
        let mut by_road_s = vec![f64::INFINITY; scene.nodes_m.len()];
        let mut before: Vec<usize> = (0..scene.nodes_m.len()).collect();
        by_road_s[start] = 0.0;
        // The order of positive doubles is the order of their bits.
        let mut open = BinaryHeap::from([Reverse((0_u64, start))]);
        while let Some(Reverse((bits, node))) = open.pop() {
            let so_far_s = f64::from_bits(bits);
            if so_far_s > by_road_s[node] {
                continue;
            }
            for (next, time_s) in &neighbours[node] {
                let then_s = so_far_s + time_s;
                if then_s < by_road_s[*next] {
                    by_road_s[*next] = then_s;
                    before[*next] = node;
                    open.push(Reverse((then_s.to_bits(), *next)));
                }
            }
        }
        Self { by_road_s, before }
    }

    /// The nodes on the way, the first one included.
    pub(super) fn way_to(&self, node: usize) -> Vec<usize> {
        let mut way = vec![node];
        let mut at = node;
        while self.before[at] != at {
            at = self.before[at];
            way.push(at);
        }
        way.reverse();
        way
    }
}
