//! The whole plan made better leg by leg, by what is flown and what is seen: simulated annealing over moves of legs and
//! their ends. What a move changes is traced anew, its time is taken from the model of motion and what it sees from the
//! raster, so trimming what others see already, sliding lanes apart and cutting corners need no rules of their own.

use super::area::Area;
use super::motion::{Leg, Motion};
use super::order::judged_s;
use super::raster::Raster;
use crate::clock::Clock;
use crate::plane::{Point, distance, plus};
use crate::random::Draws;

/// What a cell too few costs, in times of what flying over it alone would take.
const UNSEEN_COSTS: f64 = 2.5;
/// The temperature at the start and at the end, as shares of the time to fly a swath's width and turn about.
const TEMPERATURE: [f64; 2] = [0.1, 0.002];
/// Moves between two looks at the clock.
const MOVES_A_LOOK: u32 = 32;
const MOVES_A_LOOK_ARCS: u32 = 8;
/// What a metre outside the area costs a vehicle on arcs at least, s.
const OUTSIDE_COSTS_S: f64 = 2.0;
/// How much may lie outside, m.
const OUTSIDE_MAX_M: f64 = 0.5;
/// The shortest leg of a vehicle on arcs, m.
pub(super) const LEG_LEAST_M: f64 = 2.0;

/// Routes that are being made better.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    pub(super) legs: Vec<Vec<Leg>>,
    pub(super) times_s: Vec<f64>,
    pub(super) judged_s: f64,
    /// Metres that lie outside (vehicles on arcs only).
    pub(super) outside_m: f64,
}

/// The routes, what they see, and what for.
pub(super) struct Refine<'a> {
    pub(super) area: &'a Area,
    pub(super) motion: &'a Motion,
    /// Where each route begins and ends.
    pub(super) homes: &'a [Point],
    /// One, or several that must each be seen enough of: what slips between the cells of one is found on another.
    rasters: Vec<Raster>,
    pub(super) routes: Routes,
    /// The best so far that sees enough and stays inside.
    best: Option<Routes>,
    pub(super) swath_m: f64,
    /// How many cells of each raster may stay unseen.
    allowed: Vec<usize>,
    /// What a square metre too few costs, and the least it may, s.
    m2_s: f64,
    m2_least_s: f64,
    /// What a metre outside costs, s.
    metre_s: f64,
    old: Vec<Point>,
    new: Vec<Point>,
    around: Vec<Point>,
    /// Where the last search for unseen cells ended.
    looked_at: usize,
}

/// Legs of one route to be replaced by others.
pub(super) struct Move {
    pub(super) route: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) by: Vec<Leg>,
}

impl<'a> Refine<'a> {
    pub(super) fn new(
        area: &'a Area,
        motion: &'a Motion,
        homes: &'a [Point],
        mut rasters: Vec<Raster>,
        legs: Vec<Vec<Leg>>,
        [swath_m, share]: [f64; 2],
    ) -> Self {
        let mut outside_m = 0.0;
        for (home, route) in homes.iter().zip(&legs) {
            let chain = motion.chain(*home, route);
            rasters.iter_mut().for_each(|raster| raster.see(&chain));
            if motion.arcs() {
                outside_m += area.outside_m(&chain);
            }
        }
        let allowed = rasters.iter().map(|raster| ((1.0 - share) * raster.cells as f64).floor() as usize).collect();
        let m2_s = UNSEEN_COSTS / (swath_m * motion.airspeed);
        let mut refine = Self {
            area,
            motion,
            homes,
            swath_m,
            allowed,
            m2_s,
            m2_least_s: m2_s,
            metre_s: OUTSIDE_COSTS_S,
            routes: Routes { times_s: Vec::new(), judged_s: 0.0, outside_m, legs },
            rasters,
            best: None,
            old: Vec::new(),
            new: Vec::new(),
            around: Vec::new(),
            looked_at: 0,
        };
        refine.take_times();
        refine.keep();
        refine
    }

    fn take_times(&mut self) {
        self.routes.times_s = self.route_times_s(&self.routes.legs);
        self.routes.judged_s = judged_s(self.routes.times_s.iter().copied());
    }

    fn route_times_s(&self, legs: &[Vec<Leg>]) -> Vec<f64> {
        self.homes.iter().zip(legs).map(|(home, legs)| self.motion.route_s(*home, legs)).collect()
    }

    fn keep(&mut self) {
        if self.excess_m2() <= 0.0
            && self.routes.outside_m < OUTSIDE_MAX_M
            && self.best.as_ref().is_none_or(|best| self.routes.judged_s < best.judged_s - 1e-6)
        {
            self.best = Some(self.routes.clone());
        }
    }

    /// How much too little is seen.
    fn excess_m2(&self) -> f64 {
        let each = self
            .rasters
            .iter()
            .zip(&self.allowed)
            .map(|(raster, allowed)| raster.unseen.saturating_sub(*allowed) as f64 * raster.cell_m * raster.cell_m);
        each.sum()
    }

    fn excess_s(&self) -> f64 {
        self.excess_m2() * self.m2_s
    }

    /// The best there is, or what there is.
    pub(super) fn result(&self) -> &Routes {
        self.best.as_ref().unwrap_or(&self.routes)
    }

    /// Whether enough was ever seen.
    pub(super) fn succeeds(&self) -> bool {
        self.best.is_some()
    }

    /// What is being worked on: its judged time with what is still to be seen.
    pub(super) fn cost_s(&self) -> f64 {
        self.best.as_ref().map_or_else(
            || self.routes.judged_s + self.excess_s() + 10.0 * OUTSIDE_COSTS_S * self.routes.outside_m,
            |best| best.judged_s,
        )
    }

    /// Puts a visit to unseen cells where it costs least, until enough is seen or nothing can be done about it.
    pub(super) fn repair(&mut self) {
        let mut failures = 0;
        while self.excess_m2() > 0.0 && failures < 40 {
            let Some((_, at)) = self.next_unseen() else { return };
            let before = self.excess_m2();
            if !self.visit(at) || self.excess_m2() >= before {
                failures += 1;
            }
        }
        self.take_times();
        self.keep();
    }

    /// Some unseen cell, another one each time.
    pub(super) fn next_unseen(&mut self) -> Option<(usize, Point)> {
        // A step that has no common factor with many sizes walks over all of them before it repeats.
        let raster = self.rasters.iter().zip(&self.allowed).find(|(raster, allowed)| raster.unseen > **allowed);
        let raster = raster.map_or(&self.rasters[0], |(raster, _)| raster);
        self.looked_at = (self.looked_at + 7919) % raster.places().max(1);
        raster.unseen_from(self.looked_at).or_else(|| raster.unseen_from(0))
    }

    /// Adds a leg at a place, or as near as may be flown, where it costs the least time.
    fn visit(&mut self, at: Point) -> bool {
        if self.motion.arcs() {
            return self.visit_on_arcs(at);
        }
        let mut best: Option<(f64, Move)> = None;
        for spot in self.spots(at) {
            for route in 0..self.routes.legs.len() {
                for place in 0..=self.routes.legs[route].len() {
                    let Some(by) = self.short_leg(spot) else { continue };
                    let change = Move { route, from: place, to: place, by: vec![by] };
                    let (before, after) = self.beside(&change);
                    let begins = before.map_or(self.homes[route], |leg| leg.to_m);
                    let ends = after.map_or(self.homes[route], |leg| leg.from_m);
                    let rough = self.motion.straight_s(begins, spot) + self.motion.straight_s(spot, ends)
                        - self.motion.straight_s(begins, ends);
                    if best.as_ref().is_some_and(|(least, _)| rough >= *least) {
                        continue;
                    }
                    if self.area.clear(spot, begins) && !self.area.crosses(spot, ends) {
                        best = Some((rough, change));
                    }
                }
            }
            if best.is_some() {
                break;
            }
        }
        let Some((_, change)) = best else { return false };
        self.attempt(change, f64::INFINITY)
    }

    /// The place itself and others around from where it is seen, as far as they may be flown over.
    pub(super) fn spots(&self, at: Point) -> Vec<Point> {
        let ring = |radius: f64| {
            (0..8).map(move |eighth| {
                let angle = f64::from(eighth) * std::f64::consts::FRAC_PI_4;
                plus(at, [radius * angle.cos(), radius * angle.sin()])
            })
        };
        std::iter::once(at)
            .chain(ring(0.15 * self.swath_m))
            .chain(ring(0.3 * self.swath_m))
            .chain(ring(0.45 * self.swath_m))
            .filter(|spot| self.area.contains(*spot))
            .collect()
    }

    /// The legs before and after those that are replaced.
    fn beside(&self, change: &Move) -> (Option<Leg>, Option<Leg>) {
        let legs = &self.routes.legs[change.route];
        (change.from.checked_sub(1).map(|at| legs[at]), legs.get(change.to).copied())
    }

    /// Anneals from one share of the clock to another; `heat` is how hot it begins, 1 for a plan just made.
    pub(super) fn anneal(&mut self, clock: &mut dyn Clock, spend: [f64; 2], heat: f64, draws: &mut Draws) {
        let scale_s = self.swath_m / self.motion.airspeed + self.motion.turn_s;
        let [hot, cold] = TEMPERATURE.map(|share| share * scale_s);
        let hot = (hot * heat).max(cold);
        let moves = if self.motion.arcs() { MOVES_A_LOOK_ARCS } else { MOVES_A_LOOK };
        loop {
            let spent = clock.spent();
            if spent >= 1.0 {
                break;
            }
            let share = ((spent - spend[0]) / (spend[1] - spend[0]).max(1e-9)).max(0.0);
            if share.is_nan() || share >= 1.0 {
                break;
            }
            let temperature = hot * (cold / hot).powf(share);
            // What a cell costs follows what is left unseen, until that is about as much as may be.
            let factor = if self.excess_m2() > 0.0 { 1.02 } else { 0.98 };
            self.m2_s = (self.m2_s * factor).clamp(self.m2_least_s, 20.0 * self.m2_least_s);
            let factor = if self.routes.outside_m >= OUTSIDE_MAX_M { 1.05 } else { 0.98 };
            self.metre_s = (self.metre_s * factor).clamp(OUTSIDE_COSTS_S, 100.0 * OUTSIDE_COSTS_S);
            for _ in 0..moves {
                let Some(change) = self.propose(share, draws) else { continue };
                let grace_s = -temperature * draws.unit().max(1e-12).ln();
                if self.attempt(change, grace_s) {
                    self.keep();
                }
            }
        }
        // Times were added up from many small changes.
        self.take_times();
        if let Some(mut best) = self.best.take() {
            best.times_s = self.route_times_s(&best.legs);
            best.judged_s = judged_s(best.times_s.iter().copied());
            self.best = Some(best);
        }
    }

    /// Makes the change unless it costs more than the grace; whether it was made.
    pub(super) fn attempt(&mut self, change: Move, grace_s: f64) -> bool {
        let (before, after) = self.beside(&change);
        let (mut old, mut new) = (std::mem::take(&mut self.old), std::mem::take(&mut self.new));
        old.clear();
        new.clear();
        let (home, legs) = (self.homes[change.route], &self.routes.legs[change.route]);
        self.motion.trace(home, [before, after], &legs[change.from..change.to], &mut old);
        self.motion.trace(home, [before, after], &change.by, &mut new);
        let made = self.attempt_traced(change, grace_s, &old, &new);
        (self.old, self.new) = (old, new);
        made
    }

    fn attempt_traced(&mut self, change: Move, grace_s: f64, old: &[Point], new: &[Point]) -> bool {
        let mut outside_m = self.routes.outside_m;
        if self.motion.arcs() {
            if change.by.iter().any(|leg| distance(leg.from_m, leg.to_m) < LEG_LEAST_M) {
                return false;
            }
            outside_m += self.area.outside_m(new) - self.area.outside_m(old);
        }
        let longer_s = self.window_s(&change, new) - self.window_s(&change, old);
        let time_s = self.routes.times_s[change.route] + longer_s;
        let judged = if self.routes.times_s.len() == 1 {
            time_s
        } else {
            let others = self.routes.times_s.iter().enumerate();
            judged_s(others.map(|(route, other)| if route == change.route { time_s } else { *other }))
        };
        let outside_s = self.metre_s * (outside_m - self.routes.outside_m);
        let costs_s = judged - self.routes.judged_s + outside_s;
        let excess_s = self.excess_s();
        if costs_s - excess_s > grace_s {
            return false;
        }
        if !self.motion.arcs() && !self.stays_inside(old, new) {
            return false;
        }
        // What both ways share is left alone.
        let same = old.iter().zip(new).take_while(|(a, b)| a == b).count().saturating_sub(1);
        let (old, new) = (&old[same..], &new[same..]);
        let last = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count().saturating_sub(1);
        let last = last.min(old.len()).min(new.len());
        let (old, new) = (&old[..old.len() - last], &new[..new.len() - last]);
        for raster in &mut self.rasters {
            raster.see(new);
            raster.unsee(old);
        }
        if costs_s + self.excess_s() - excess_s > grace_s {
            for raster in &mut self.rasters {
                raster.see(old);
                raster.unsee(new);
            }
            return false;
        }
        self.routes.times_s[change.route] = time_s;
        self.routes.judged_s = judged;
        self.routes.outside_m = outside_m;
        self.routes.legs[change.route].splice(change.from..change.to, change.by);
        true
    }

    /// The time over the changed part, with the turns at its ends.
    fn window_s(&mut self, change: &Move, part: &[Point]) -> f64 {
        if self.motion.arcs() {
            return self.motion.chain_s(part.iter().copied());
        }
        let legs = &self.routes.legs[change.route];
        self.around.clear();
        let first = change.from.saturating_sub(4);
        if first == 0 {
            self.around.push(self.homes[change.route]);
        }
        self.around.extend(legs[first..change.from].iter().flat_map(|leg| [leg.from_m, leg.to_m]));
        self.around.extend_from_slice(part);
        let last = (change.to + 4).min(legs.len());
        self.around.extend(legs[change.to..last].iter().flat_map(|leg| [leg.from_m, leg.to_m]));
        if last == legs.len() {
            self.around.push(self.homes[change.route]);
        }
        self.motion.chain_s(self.around.iter().copied())
    }

    /// Whether what is new of a chain stays inside. Points that were flown before are.
    fn stays_inside(&self, old: &[Point], new: &[Point]) -> bool {
        new.windows(2).all(|pair| {
            pair[0] == pair[1] || old.windows(2).any(|known| known == pair) || !self.area.crosses(pair[0], pair[1])
        }) && new.iter().all(|at| old.contains(at) || self.area.contains(*at))
    }
}

impl Routes {
    /// No route at all.
    pub(super) fn none() -> Self {
        Self { legs: Vec::new(), times_s: Vec::new(), judged_s: 0.0, outside_m: 0.0 }
    }
}
