//! In which order, which way round and by which vehicle the pieces of a pattern are flown: a travelling-salesman tour
//! with the true times between them, by simulated annealing over relocations, reversals and exchanges.

use super::area::Area;
use super::motion::{Leg, Motion, legs_of};
use super::ways::Ways;
use crate::plane::{Point, distance};
use crate::random::Draws;

/// A chain that is flown in one go, one way or the other.
pub(super) type Piece = Vec<Point>;

/// A piece and which way it is flown: the piece's place twice, plus one when it is flown backwards.
type Node = u32;

/// What a metre outside the area costs a vehicle on arcs, s.
const OUTSIDE_COSTS_S: f64 = 2.0;
const NOWHERE: f64 = 1e7;
/// Pieces near each other among which moves are tried.
const NEIGHBOURS: usize = 10;
/// Longest string of pieces that is moved at once.
const STRING_MAX: usize = 4;
/// The power of the mean with which several vehicles' times are judged: near the longest, yet each counts.
const POWER: i32 = 24;

/// What several vehicles' times come to: between their mean and the longest.
pub(super) fn judged_s(times_s: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count, mut longest) = (0.0, 0, 0.0_f64);
    let times: Vec<f64> = times_s.into_iter().inspect(|time| longest = longest.max(*time)).collect();
    if times.len() == 1 || longest <= 0.0 {
        return longest;
    }
    for time in &times {
        sum += (time / longest).powi(POWER);
        count += 1;
    }
    longest * (sum / f64::from(count)).powf(1.0 / f64::from(POWER))
}

/// The times between pieces.
pub(super) struct Order<'a, 'w> {
    pieces: &'w [Piece],
    motion: &'a Motion,
    area: &'a Area,
    ways: &'w mut Ways<'a>,
    /// Where vehicles begin, each place once, and at which of them each vehicle does.
    homes: Vec<Point>,
    home_of: Vec<usize>,
    /// From each node (homes are the last) to each; not a number where it is not yet known.
    known_s: Vec<f32>,
    nodes: usize,
    /// The time of each node itself.
    own_s: Vec<f64>,
    near: Vec<Vec<usize>>,
}

impl<'a, 'w> Order<'a, 'w> {
    pub(super) fn new(
        pieces: &'w [Piece],
        motion: &'a Motion,
        area: &'a Area,
        ways: &'w mut Ways<'a>,
        homes_m: &[Point],
    ) -> Self {
        let mut homes: Vec<Point> = Vec::new();
        let mut home_of = Vec::new();
        for home in homes_m {
            home_of.push(homes.iter().position(|known| known == home).unwrap_or(homes.len()));
            if home_of.last() == Some(&homes.len()) {
                homes.push(*home);
            }
        }
        let nodes = pieces.len() * 2 + homes.len();
        let own_s = pieces
            .iter()
            .flat_map(|piece| [motion.chain_s(piece.iter().copied()), motion.chain_s(piece.iter().rev().copied())])
            .collect();
        let ends = |piece: &Piece| [piece[0], piece[piece.len() - 1]];
        let apart = |a: &Piece, b: &Piece| {
            ends(a).iter().flat_map(|a| ends(b).map(|b| distance(*a, b))).fold(f64::INFINITY, f64::min)
        };
        let near = pieces
            .iter()
            .enumerate()
            .map(|(at, piece)| {
                let mut others: Vec<(f64, usize)> = (0..pieces.len())
                    .filter(|other| *other != at)
                    .map(|other| (apart(piece, &pieces[other]), other))
                    .collect();
                others.sort_by(|a, b| a.0.total_cmp(&b.0));
                others.truncate(NEIGHBOURS);
                others.into_iter().map(|(_, other)| other).collect()
            })
            .collect();
        Self { pieces, motion, area, ways, homes, home_of, known_s: vec![f32::NAN; nodes * nodes], nodes, own_s, near }
    }

    fn flown(&self, node: Node) -> Vec<Point> {
        let piece = &self.pieces[node as usize / 2];
        if node.is_multiple_of(2) { piece.clone() } else { piece.iter().rev().copied().collect() }
    }

    /// The node of a vehicle's home.
    fn home(&self, vehicle: usize) -> Node {
        (self.pieces.len() * 2 + self.home_of[vehicle]) as Node
    }

    /// Where a node's home is, where it is one.
    fn home_m(&self, node: Node) -> Option<Point> {
        (node as usize).checked_sub(self.pieces.len() * 2).map(|home| self.homes[home])
    }

    fn last_leg(&self, node: Node) -> Option<Leg> {
        self.home_m(node).is_none().then(|| {
            let piece = &self.pieces[node as usize / 2];
            let count = piece.len();
            let [to, from] = if node.is_multiple_of(2) {
                [piece[count - 1], piece[count.max(2) - 2]]
            } else {
                [piece[0], piece[1.min(count - 1)]]
            };
            Leg { from_m: from, to_m: to }
        })
    }

    fn first_leg(&self, node: Node) -> Option<Leg> {
        self.home_m(node).is_none().then(|| {
            let Leg { from_m, to_m } = self.last_leg(node ^ 1).expect("a piece has legs");
            Leg { from_m: to_m, to_m: from_m }
        })
    }

    fn between_s(&mut self, from: Node, to: Node) -> f64 {
        let at = from as usize * self.nodes + to as usize;
        let known = self.known_s[at];
        if !known.is_nan() {
            return f64::from(known);
        }
        let (last, first) = (self.last_leg(from), self.first_leg(to));
        let home = self.home_m(from).or(self.home_m(to)).unwrap_or_default();
        let time_s = if self.motion.arcs() {
            let mut chain = Vec::new();
            self.motion.trace(home, [last, first], &[], &mut chain);
            self.motion.chain_s(chain.iter().copied()) + OUTSIDE_COSTS_S * self.area.outside_m(&chain)
        } else {
            let start = last.map_or(home, |leg| leg.to_m);
            let end = first.map_or(home, |leg| leg.from_m);
            match self.ways.way(start, end) {
                None => NOWHERE,
                Some(inner) => {
                    let before = last.map(|leg| leg.from_m);
                    let after = first.map(|leg| leg.to_m);
                    let chain = before.into_iter().chain([start]).chain(inner).chain([end]).chain(after);
                    let own = last.map_or(0.0, |leg| self.motion.straight_s(leg.from_m, leg.to_m))
                        + first.map_or(0.0, |leg| self.motion.straight_s(leg.from_m, leg.to_m));
                    self.motion.chain_s(chain) - own
                }
            }
        };
        self.known_s[at] = time_s as f32;
        time_s
    }

    /// The time from `before` over the nodes to `after`.
    fn over_s(&mut self, before: Node, nodes: impl Iterator<Item = Node>, after: Node) -> f64 {
        let mut last = before;
        let mut time_s = 0.0;
        for node in nodes {
            time_s += self.between_s(last, node) + self.own_s[node as usize];
            last = node;
        }
        time_s + self.between_s(last, after)
    }

    fn route_s(&mut self, vehicle: usize, route: &[Node]) -> f64 {
        let home = self.home(vehicle);
        if route.is_empty() { 0.0 } else { self.over_s(home, route.iter().copied(), home) }
    }

    /// Whether a vehicle gets to a piece. Those that none gets to are left out.
    fn reaches(&mut self, vehicle: usize, piece: usize) -> bool {
        let area = self.area;
        self.pieces[piece].iter().all(|at| area.contains(*at))
            && (self.motion.arcs() || self.between_s(self.home(vehicle), piece as Node * 2) < NOWHERE)
    }

    /// A first order: always the nearest next.
    fn first(&mut self) -> Vec<Vec<Node>> {
        match self.homes.len() {
            1 => self.shared_out(),
            _ => self.grown(),
        }
    }

    /// How far it is to where a piece's flight begins.
    fn ahead_m(&self, at: Point, node: Node) -> f64 {
        let piece = &self.pieces[node as usize / 2];
        distance(at, if node.is_multiple_of(2) { piece[0] } else { piece[piece.len() - 1] })
    }

    /// Vehicles that begin at one place: one tour, cut into even parts.
    fn shared_out(&mut self) -> Vec<Vec<Node>> {
        let vehicles = self.home_of.len();
        let mut open: Vec<usize> = (0..self.pieces.len()).filter(|piece| self.reaches(0, *piece)).collect();
        let mut at = self.homes[0];
        let mut tour: Vec<Node> = Vec::new();
        while !open.is_empty() {
            let nodes =
                open.iter().enumerate().flat_map(|(place, piece)| [0, 1].map(|way| (place, *piece as Node * 2 + way)));
            let nearest = nodes.min_by(|a, b| self.ahead_m(at, a.1).total_cmp(&self.ahead_m(at, b.1)));
            let (place, node) = nearest.expect("open is not empty");
            open.swap_remove(place);
            at = self.last_leg(node).expect("a piece").to_m;
            tour.push(node);
        }
        if vehicles == 1 {
            return vec![tour];
        }
        let whole: f64 = tour.iter().map(|node| self.own_s[*node as usize]).sum();
        let mut routes = vec![Vec::new(); vehicles];
        let mut flown = 0.0;
        for node in tour {
            let share = flown / whole.max(1e-9) * vehicles as f64;
            routes[(share as usize).min(vehicles - 1)].push(node);
            flown += self.own_s[node as usize];
        }
        routes
    }

    /// Vehicles that begin apart: whoever is soonest at the piece nearest to it takes that, until all are taken.
    fn grown(&mut self) -> Vec<Vec<Node>> {
        let vehicles = self.home_of.len();
        let mut open: Vec<Vec<usize>> = Vec::new();
        for vehicle in 0..vehicles {
            open.push((0..self.pieces.len()).filter(|piece| self.reaches(vehicle, *piece)).collect());
        }
        let mut at: Vec<Point> = self.home_of.iter().map(|home| self.homes[*home]).collect();
        let mut spent_m = vec![0.0; vehicles];
        let mut routes = vec![Vec::new(); vehicles];
        loop {
            let nodes = (0..vehicles).flat_map(|vehicle| {
                let ways = open[vehicle].iter().flat_map(|piece| [0, 1].map(|way| *piece as Node * 2 + way));
                ways.map(move |node| (vehicle, node))
            });
            let there_m =
                nodes.map(|(vehicle, node)| (spent_m[vehicle] + self.ahead_m(at[vehicle], node), vehicle, node));
            let Some((there_m, vehicle, node)) = there_m.min_by(|a, b| a.0.total_cmp(&b.0)) else { return routes };
            open.iter_mut().for_each(|open| open.retain(|piece| *piece != node as usize / 2));
            spent_m[vehicle] = there_m + self.own_s[node as usize] * self.motion.airspeed;
            at[vehicle] = self.last_leg(node).expect("a piece").to_m;
            routes[vehicle].push(node);
        }
    }

    /// The best order found in so many rounds.
    pub(super) fn anneal(&mut self, rounds: usize, draws: &mut Draws) -> Vec<Vec<Node>> {
        let mut routes = self.first();
        let mut times: Vec<f64> = (0..routes.len())
            .map(|route| {
                let nodes = routes[route].clone();
                self.route_s(route, &nodes)
            })
            .collect();
        let mut judged = judged_s(times.iter().copied());
        let pieces: usize = routes.iter().map(Vec::len).sum();
        let mut best = (routes.clone(), judged);
        if pieces == 0 {
            return best.0;
        }
        let mean = times.iter().sum::<f64>() / pieces as f64;
        let (hot, cold) = (0.25 * mean, 0.003 * mean);
        let mut places = vec![(usize::MAX, 0); self.pieces.len()];
        let place = |places: &mut Vec<(usize, usize)>, route: usize, nodes: &[Node]| {
            for (at, node) in nodes.iter().enumerate() {
                places[*node as usize / 2] = (route, at);
            }
        };
        for (route, nodes) in routes.iter().enumerate() {
            place(&mut places, route, nodes);
        }
        for round in 0..rounds {
            let temperature = hot * (cold / hot).powf(round as f64 / rounds as f64);
            let Some(change) = self.propose(&routes, &places, draws) else { continue };
            let mut new_times = times.clone();
            for (route, nodes) in &change {
                new_times[*route] = self.route_s(*route, nodes);
            }
            let new_judged = judged_s(new_times.iter().copied());
            if new_judged - judged > -temperature * draws.unit().max(1e-12).ln() {
                continue;
            }
            for (route, nodes) in change {
                place(&mut places, route, &nodes);
                routes[route] = nodes;
            }
            times = new_times;
            judged = new_judged;
            if judged < best.1 - 1e-6 {
                best = (routes.clone(), judged);
            }
        }
        best.0
    }

    /// Routes as they would be after a move.
    fn propose(
        &self,
        routes: &[Vec<Node>],
        places: &[(usize, usize)],
        draws: &mut Draws,
    ) -> Option<Vec<(usize, Vec<Node>)>> {
        let piece = draws.below(self.pieces.len());
        let (route, at) = places[piece];
        if route == usize::MAX {
            return None;
        }
        let nodes = &routes[route];
        if draws.unit() < 0.1 || self.near[piece].is_empty() {
            let mut turned = nodes.clone();
            turned[at] ^= 1;
            return Some(vec![(route, turned)]);
        }
        let other = self.near[piece][draws.below(self.near[piece].len())];
        let (to_route, to_at) = places[other];
        if to_route == usize::MAX {
            return None;
        }
        let kind = draws.unit();
        if kind < 0.5 {
            // A string moves beside the other.
            let length = (1 + draws.below(STRING_MAX)).min(nodes.len() - at);
            if to_route == route && (at..at + length).contains(&to_at) {
                return None;
            }
            let mut string: Vec<Node> = nodes[at..at + length].to_vec();
            if draws.unit() < 0.5 {
                string.reverse();
                string.iter_mut().for_each(|node| *node ^= 1);
            }
            let mut rest = nodes.clone();
            rest.drain(at..at + length);
            let after = draws.below(2);
            if to_route == route {
                let to = if to_at > at { to_at - length } else { to_at } + after;
                rest.splice(to..to, string);
                Some(vec![(route, rest)])
            } else {
                let mut longer = routes[to_route].clone();
                longer.splice(to_at + after..to_at + after, string);
                Some(vec![(route, rest), (to_route, longer)])
            }
        } else if to_route == route {
            // What lies between is flown the other way round.
            let (low, high) = (at.min(to_at), at.max(to_at));
            let low = low + draws.below(2);
            if low > high {
                return None;
            }
            let mut turned = nodes.clone();
            turned[low..=high].reverse();
            turned[low..=high].iter_mut().for_each(|node| *node ^= 1);
            Some(vec![(route, turned)])
        } else {
            // Both routes go on as the other did.
            let (cut, to_cut) = (at + draws.below(2), to_at + draws.below(2));
            let (here, there) = (nodes, &routes[to_route]);
            let mut one = here[..cut].to_vec();
            one.extend_from_slice(&there[to_cut..]);
            let mut two = there[..to_cut].to_vec();
            two.extend_from_slice(&here[cut..]);
            Some(vec![(route, one), (to_route, two)])
        }
    }

    /// The legs of each route, with the ways between the pieces.
    pub(super) fn legs(&mut self, routes: &[Vec<Node>]) -> Vec<Vec<Leg>> {
        routes.iter().enumerate().map(|(vehicle, route)| self.legs_of_route(vehicle, route)).collect()
    }

    fn legs_of_route(&mut self, vehicle: usize, route: &[Node]) -> Vec<Leg> {
        let mut legs = Vec::new();
        let home = self.homes[self.home_of[vehicle]];
        let mut at = home;
        for node in route {
            let points = self.flown(*node);
            if !self.motion.arcs() {
                legs.extend(self.corners(at, points[0]));
            }
            legs.extend(legs_of(&points));
            at = points[points.len() - 1];
        }
        if !self.motion.arcs() {
            legs.extend(self.corners(at, home));
        }
        legs
    }

    fn corners(&mut self, from: Point, to: Point) -> Vec<Leg> {
        let inner = self.ways.way(from, to).unwrap_or_default();
        inner.into_iter().map(|at| Leg { from_m: at, to_m: at }).collect()
    }
}
