//! The quickest ways from place to place that stay inside: straight where that is clear, else around the corners that
//! jut in (visibility graph), with the wind in the times.

use super::area::Area;
use super::motion::Motion;
use crate::plane::Point;
use std::collections::{BTreeMap, BinaryHeap};

/// With more corners than this the graph would take longer than the plan; the bluntest are left out.
const CORNERS_MAX: usize = 700;

#[derive(Debug)]
pub(crate) struct Ways<'a> {
    area: &'a Area,
    motion: &'a Motion,
    /// To which corners each corner has a clear way; made when the first blocked way is asked for.
    graph: Option<Vec<Vec<(usize, f64)>>>,
    corners: Vec<Point>,
    from: BTreeMap<[u64; 2], Reached>,
    sights: BTreeMap<[u64; 2], Vec<usize>>,
}

/// What can be reached from one place.
#[derive(Debug)]
struct Reached {
    /// In what time each corner.
    time_s: Vec<f64>,
    /// Over which corner each.
    over: Vec<Option<usize>>,
}

impl<'a> Ways<'a> {
    pub(crate) fn new(area: &'a Area, motion: &'a Motion) -> Self {
        let every = area.corners.len().div_ceil(CORNERS_MAX).max(1);
        let corners = area.corners.iter().step_by(every).copied().collect();
        Self { area, motion, graph: None, corners, from: BTreeMap::new(), sights: BTreeMap::new() }
    }

    /// The inner points of the quickest way; nothing where there is none. Both places are inside.
    pub(crate) fn way(&mut self, from: Point, to: Point) -> Option<Vec<Point>> {
        if !self.area.crosses(from, to) {
            return Some(Vec::new());
        }
        self.reach(from);
        self.sight(to);
        let reached = &self.from[&key(from)];
        let last = self.sights[&key(to)]
            .iter()
            .map(|corner| (reached.time_s[*corner] + self.motion.straight_s(self.corners[*corner], to), *corner))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(time_s, _)| time_s.is_finite())?
            .1;
        let mut points = vec![self.corners[last]];
        let mut at = last;
        while let Some(before) = reached.over[at] {
            points.push(self.corners[before]);
            at = before;
        }
        points.reverse();
        Some(points)
    }

    fn graph(&mut self) -> &[Vec<(usize, f64)>] {
        let (area, motion, corners) = (self.area, self.motion, &self.corners);
        self.graph.get_or_insert_with(|| {
            let mut graph = vec![Vec::new(); corners.len()];
            for (a, at) in corners.iter().enumerate() {
                for (b, other) in corners.iter().enumerate().take(a) {
                    if !area.crosses(*at, *other) {
                        graph[a].push((b, motion.straight_s(*at, *other)));
                        graph[b].push((a, motion.straight_s(*other, *at)));
                    }
                }
            }
            graph
        })
    }

    /// Which corners are in sight.
    fn sight(&mut self, at: Point) {
        let (area, corners) = (self.area, &self.corners);
        self.sights
            .entry(key(at))
            .or_insert_with(|| (0..corners.len()).filter(|corner| !area.crosses(at, corners[*corner])).collect());
    }

    /// Dijkstra's search from one place.
    fn reach(&mut self, from: Point) {
        if self.from.contains_key(&key(from)) {
            return;
        }
        self.sight(from);
        self.graph();
        let graph = self.graph.as_ref().expect("made on the line before");
        let mut time_s = vec![f64::INFINITY; self.corners.len()];
        let mut over = vec![None; self.corners.len()];
        let mut open = BinaryHeap::new();
        for corner in &self.sights[&key(from)] {
            time_s[*corner] = self.motion.straight_s(from, self.corners[*corner]);
            open.push(Open { time_s: time_s[*corner], corner: *corner });
        }
        while let Some(Open { time_s: reached_s, corner }) = open.pop() {
            if reached_s > time_s[corner] {
                continue;
            }
            for (next, way_s) in &graph[corner] {
                if reached_s + way_s < time_s[*next] {
                    time_s[*next] = reached_s + way_s;
                    over[*next] = Some(corner);
                    open.push(Open { time_s: time_s[*next], corner: *next });
                }
            }
        }
        self.from.insert(key(from), Reached { time_s, over });
    }
}

fn key(at: Point) -> [u64; 2] {
    at.map(f64::to_bits)
}

/// A corner to go on from: the soonest first.
#[derive(Debug, PartialEq)]
struct Open {
    time_s: f64,
    corner: usize,
}

impl Eq for Open {}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.time_s.total_cmp(&self.time_s).then(other.corner.cmp(&self.corner))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
