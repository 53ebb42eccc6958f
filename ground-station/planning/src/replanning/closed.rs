//! Ways round closed areas.

use std::collections::BTreeMap;

use geo::algorithm::buffer::{BufferStyle, LineJoin};
use geo::{BooleanOps, Buffer, Coord, LineString, MultiPolygon, Polygon};

use crate::coverage::area::Area;
use crate::coverage::motion::Motion;
use crate::coverage::ways::Ways;
use crate::limits::FAR_M;
use crate::plane::{Point, between, distance, dot, minus};

/// The shortest way from one place to another round closed areas and so far from them, m (an eighth less at corners), both
/// ends included; nothing where an end is nearer than that to one, or there is none.
#[must_use]
pub fn way_round(closed: &[Vec<[f64; 2]>], apart_m: f64, from_m: [f64; 2], to_m: [f64; 2]) -> Option<Vec<[f64; 2]>> {
    let style = BufferStyle::new(apart_m).line_join(LineJoin::Round(ROUNDED));
    let around = |ring: &Vec<[f64; 2]>| Polygon::new(string(ring), Vec::new()).buffer_with_style(style.clone());
    let larger: Vec<Vec<Point>> = closed.iter().flat_map(|ring| rings_of(&around(ring))).collect();
    let closed = Closed::new(&larger);
    if closed.contains(from_m) {
        return None;
    }
    Detours::new(&closed).way(from_m, to_m)
}

fn string(ring: &[[f64; 2]]) -> LineString {
    ring.iter().map(|at| Coord { x: at[0], y: at[1] }).collect()
}

/// The outer ring of each part.
fn rings_of(parts: &MultiPolygon) -> Vec<Vec<Point>> {
    parts.iter().map(|part| part.exterior().coords().map(|at| [at.x, at.y]).collect()).collect()
}

/// Corners are rounded in turns of about so much, rad, twice that at most: the way round one is 12 % nearer at most, and has
/// few places.
const ROUNDED: f64 = 0.5;

/// What nobody enters.
pub(super) struct Closed {
    area: Area,
    lengths: Motion,
    rings: Vec<Vec<Point>>,
}

/// So far outside of a closed area is outside, m.
const OUTSIDE_M: f64 = 1.0;

impl Closed {
    /// Closed areas that overlap are one; what is open within one is closed too.
    pub(super) fn new(rings: &[Vec<[f64; 2]>]) -> Self {
        let mut all = MultiPolygon::<f64>::new(Vec::new());
        for ring in rings {
            all = all.union(&Polygon::new(string(ring), Vec::new()));
        }
        let rings = rings_of(&all);
        let far = 10.0 * FAR_M;
        let everywhere = vec![[-far, -far], [far, -far], [far, far], [-far, far]];
        let polygon = crate::coverage::Polygon { outer: everywhere, holes: rings.clone() };
        Self { area: Area::new(&polygon), lengths: Motion::of_lengths(), rings }
    }

    pub(super) fn contains(&self, at: Point) -> bool {
        !self.area.contains(at)
    }

    /// The place itself, or the nearest one outside of a closed area.
    fn outside(&self, at: Point) -> Point {
        if !self.contains(at) {
            return at;
        }
        let edges = self.rings.iter().flat_map(|ring| crate::coverage::area::around(ring));
        let feet = edges.map(|[a, b]| {
            let way = minus(b, a);
            between(a, b, (dot(minus(at, a), way) / dot(way, way).max(1e-12)).clamp(0.0, 1.0))
        });
        let Some(foot) = feet.min_by(|a, b| distance(at, *a).total_cmp(&distance(at, *b))) else { return at };
        let away = crate::plane::direction(at, foot).unwrap_or([1.0, 0.0]);
        [foot[0] + OUTSIDE_M * away[0], foot[1] + OUTSIDE_M * away[1]]
    }
}

/// Ways that are asked for again and again.
pub(super) struct Detours<'a> {
    closed: &'a Closed,
    ways: Ways<'a>,
    known: BTreeMap<[u64; 4], Option<Vec<Point>>>,
}

impl<'a> Detours<'a> {
    pub(super) fn new(closed: &'a Closed) -> Self {
        Self { closed, ways: Ways::new(&closed.area, &closed.lengths), known: BTreeMap::new() }
    }

    /// The shortest way, both ends included. It may begin in a closed area, and leaves it at once; it does not end in one.
    pub(super) fn way(&mut self, from: Point, to: Point) -> Option<Vec<Point>> {
        if self.closed.rings.is_empty() {
            return Some(vec![from, to]);
        }
        let key = [from[0], from[1], to[0], to[1]].map(f64::to_bits);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let way = self.found(from, to);
        self.known.insert(key, way.clone());
        way
    }

    fn found(&mut self, from: Point, to: Point) -> Option<Vec<Point>> {
        if self.closed.contains(to) {
            return None;
        }
        let begin = self.closed.outside(from);
        let inner = self.ways.way(begin, to)?;
        let mut way = vec![from];
        way.extend((begin != from).then_some(begin));
        way.extend(inner);
        way.push(to);
        Some(way)
    }

    /// How long it is, m; farther than anybody goes where there is none.
    pub(super) fn length_m(&mut self, from: Point, to: Point) -> f64 {
        self.way(from, to).map_or(NOWHERE_M, |way| way.windows(2).map(|pair| distance(pair[0], pair[1])).sum())
    }
}

/// As far as a place that cannot be reached, m: no endurance lasts as long.
const NOWHERE_M: f64 = 1e15;
