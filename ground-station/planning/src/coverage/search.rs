//! The search: many patterns judged roughly, the best of them ordered, the best of those made better as a whole.

use super::area::Area;
use super::lanes::{Pattern, cut, lanes};
use super::motion::{CHORD_FINE, CHORD_ROUGH, Leg, Motion};
use super::order::{Order, Piece};
use super::problem::{Problem, ProblemError, Turning};
use super::raster::{COARSE, FINE, Raster};
use super::refine::{LEG_LEAST_M, Refine, Routes};
use super::ways::Ways;
use crate::clock::Clock;
use crate::plane::{Point, direction, distance, left};
use crate::random::Draws;

/// The direction of a raster's rows that lanes along an axis are least in line with: the tangent is the golden ratio
/// less 1, the number that fractions come worst near to.
const OBLIQUE: Point = [0.850_650_808_352_039_9, 0.525_731_112_119_133_6];
/// Of the target, more than asked for, so that what is seen on another raster is enough as well.
const MARGIN: f64 = 3e-4;
/// The same on the raster of the search, which is coarser.
const COARSE_MARGIN: f64 = 8e-4;

/// What one vehicle flies.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Whose, as the problem numbers them.
    pub vehicle: usize,
    /// The legs in order. A vehicle that turns on the spot flies straight from one to the next, one on arcs by the
    /// shortest way.
    pub legs: Vec<Leg>,
    /// The way over the ground from home to home; arcs are drawn in chords. East and north, m.
    pub path_m: Vec<[f64; 2]>,
    /// How long it takes, s.
    pub time_s: f64,
    /// How long it is, m.
    pub length_m: f64,
}

/// How an area is searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What vehicles fly, in their order; nothing of one that need not fly.
    pub routes: Vec<Route>,
    /// The share of the target that is seen, 0 to 1.
    pub seen: f64,
    /// How much of the way is not inside of where may be flown, m.
    pub outside_m: f64,
    /// When the last vehicle is home, s.
    pub makespan_s: f64,
    /// Whether enough is seen, and nothing flown outside.
    pub valid: bool,
}

/// Plans a search of the area. `better` is told of every better plan on the way.
///
/// # Errors
/// [`ProblemError`] when the area cannot be planned for.
pub fn search(
    problem: &Problem,
    seed: u64,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(&Plan),
) -> Result<Plan, ProblemError> {
    problem.check()?;
    let area = Area::new(&problem.fly);
    let motion = Motion::new(problem, CHORD_ROUGH);
    let exact = Motion::new(problem, CHORD_FINE);
    let raster = Raster::new(&problem.target, problem.swath_m, COARSE, [1.0, 0.0]);
    let fine = [[1.0, 0.0], OBLIQUE].map(|along| Raster::new(&problem.target, problem.swath_m, FINE, along));
    let mut search = Search {
        problem,
        area: &area,
        motion: &motion,
        exact: &exact,
        raster: &raster,
        fine: &fine,
        draws: Draws::new(seed),
    };
    Ok(search.run(clock, better))
}

struct Search<'a> {
    problem: &'a Problem,
    area: &'a Area,
    motion: &'a Motion,
    /// The same with arcs drawn finely.
    exact: &'a Motion,
    raster: &'a Raster,
    fine: &'a [Raster; 2],
    draws: Draws,
}

/// A pattern, whether its lanes are cut between the homes, and the time to fly it that is expected.
#[derive(Clone, Copy)]
struct Candidate {
    pattern: Pattern,
    cut: bool,
    expected_s: f64,
}

/// Steps in which the target is felt for, in swaths: roughly, and to fly it.
const LONG_STEP: f64 = 0.3;
const SHORT_STEP: f64 = 0.1;
/// How many candidates are ordered, and at what share of the budget no further one is begun.
const ORDERED: usize = 10;
/// The same for vehicles on arcs, whose first plan takes longer to find.
const ORDERED_ARCS: usize = 5;
const ORDERING: f64 = 0.25;
/// Rounds of refinement: so many side by side, in such a share of what is left of the budget. The last goes on on fine
/// rasters to the end.
const ROUNDS: [(usize, f64); 3] = [(4, 0.3), (2, 0.25), (1, 0.45)];
/// Where repairs of the first candidate are not enough for a plan it is refined at once, before others are ordered, in so
/// many rounds of such a share of the budget,
/// and made to see more than need be, so that it stands on the fine rasters.
const HASTY: f64 = 0.01;
const HASTY_ROUNDS: usize = 16;
const HASTY_MARGIN: f64 = 1.2e-3;
const COOL: f64 = 0.2;

impl<'a> Search<'a> {
    fn run(&mut self, clock: &mut dyn Clock, better: &mut dyn FnMut(&Plan)) -> Plan {
        let mut best = None;
        let mut open = self.ordered(clock, &mut best, better);
        let start = clock.spent();
        for (round, (count, share)) in ROUNDS.into_iter().enumerate() {
            open.truncate(count);
            let last = round + 1 == ROUNDS.len();
            if last {
                let legs = open.drain(..).map(|refine| refine.result().legs.clone());
                open = legs.collect::<Vec<_>>().into_iter().map(|legs| self.finely(legs)).collect();
            }
            let since = clock.spent();
            let rest = if last { 1.0 - since } else { share * (1.0 - start) };
            for (number, refine) in open.iter_mut().enumerate() {
                let until = since + rest * (number + 1) as f64 / count as f64;
                let from = clock.spent();
                refine.anneal(clock, [from, until], 1.0 / (1.0 + round as f64), &mut self.draws);
                self.tell(refine.result(), &mut best, better);
            }
            open.sort_by(|a, b| a.cost_s().total_cmp(&b.cost_s()));
        }
        if best.as_ref().is_none_or(|plan| !plan.valid)
            && let Some(refine) = open.first_mut()
        {
            refine.repair();
            self.tell(refine.result(), &mut best, better);
        }
        best.unwrap_or_else(|| self.plan(&Routes::none()))
    }

    /// A first plan for vehicles on arcs, judged as it will be at last; the search itself goes on from the bare lanes.
    fn construct(&self, legs: &[Vec<Leg>], radius_m: f64, best: &mut Option<Plan>, better: &mut dyn FnMut(&Plan)) {
        // What lanes see from one place alone has no direction to be flown in; it is visited instead.
        let long = |leg: &&Leg| distance(leg.from_m, leg.to_m) >= LEG_LEAST_M;
        let mut first = self.finely(legs.iter().map(|legs| legs.iter().filter(long).copied().collect()).collect());
        first.mend(radius_m);
        first.repair();
        if first.succeeds() {
            self.tell(first.result(), best, better);
        }
    }

    /// A first plan where repairs gave none.
    fn hasten(
        &mut self,
        legs: Vec<Vec<Leg>>,
        clock: &mut dyn Clock,
        best: &mut Option<Plan>,
        better: &mut dyn FnMut(&Plan),
    ) {
        let mut hasty = self.refine(legs, self.motion, vec![self.raster.clone()], HASTY_MARGIN);
        for _ in 0..HASTY_ROUNDS {
            let since = clock.spent();
            hasty.anneal(clock, [since, since + HASTY], COOL, &mut self.draws);
            if hasty.succeeds() {
                self.tell(hasty.result(), best, better);
            }
            if best.as_ref().is_some_and(|plan| plan.valid) {
                return;
            }
        }
    }

    /// The most promising patterns in order, the best first; a plan is told as soon as there is one.
    fn ordered(
        &mut self,
        clock: &mut dyn Clock,
        best: &mut Option<Plan>,
        better: &mut dyn FnMut(&Plan),
    ) -> Vec<Refine<'a>> {
        let mut ways = Ways::new(self.area, self.motion);
        let mut ordered = Vec::new();
        for candidate in self.candidates().iter().take(if self.motion.arcs() { ORDERED_ARCS } else { ORDERED }) {
            let mut pieces = self.pieces(&candidate.pattern, SHORT_STEP);
            if candidate.cut {
                let parts = |piece: &Piece| cut([piece[0], piece[1]], &self.problem.homes_m, self.problem.swath_m);
                pieces = pieces.iter().flat_map(parts).map(Vec::from).collect();
            }
            let legs = self.order(&pieces, &mut ways);
            if ordered.is_empty()
                && let Turning::Arcs { radius_m } = self.problem.turning
            {
                self.construct(&legs, radius_m, best, better);
            }
            let mut refine = self.refine(legs, self.motion, vec![self.oblique(candidate.pattern.along)], COARSE_MARGIN);
            refine.repair();
            if refine.succeeds() {
                self.tell(refine.result(), best, better);
            }
            if best.is_none() && ordered.is_empty() {
                self.hasten(refine.routes.legs.clone(), clock, best, better);
            }
            ordered.push(refine);
            if clock.spent() > ORDERING {
                break;
            }
        }
        ordered.sort_by(|a, b| a.cost_s().total_cmp(&b.cost_s()));
        ordered
    }

    fn tell(&self, routes: &Routes, best: &mut Option<Plan>, better: &mut dyn FnMut(&Plan)) {
        let mut plan = self.plan(routes);
        plan.valid &= plan.seen >= (self.problem.share + MARGIN / 2.0).min(1.0);
        let improves = |before: &Plan| (plan.valid, -plan.makespan_s) > (before.valid, -before.makespan_s);
        if best.as_ref().is_none_or(improves) {
            better(&plan);
            *best = Some(plan);
        }
    }

    /// Lanes in many directions, felt for in long steps.
    fn candidates(&self) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for along in self.directions() {
            for shift in [0.0, 0.25, 0.5, 0.75] {
                let pattern = Pattern::over(&self.problem.target.outer, along, self.problem.swath_m, shift);
                let pieces = self.pieces(&pattern, LONG_STEP);
                candidates.push(Candidate { pattern, cut: false, expected_s: self.expected_s(&pieces) });
            }
        }
        candidates.sort_by(|a, b| a.expected_s.total_cmp(&b.expected_s));
        if self.problem.homes_m.iter().all(|home_m| *home_m == self.problem.homes_m[0]) {
            return candidates;
        }
        candidates.into_iter().flat_map(|whole| [whole, Candidate { cut: true, ..whole }]).collect()
    }

    fn pieces(&self, pattern: &Pattern, step: f64) -> Vec<Piece> {
        let swath_m = self.problem.swath_m;
        lanes(self.raster, self.area, pattern, swath_m, step * swath_m).into_iter().map(Vec::from).collect()
    }

    /// Every 15 degrees, across the wind, and along the longest edges.
    fn directions(&self) -> Vec<Point> {
        let mut directions: Vec<Point> = (0..12)
            .map(|number| {
                let angle = f64::from(number) * std::f64::consts::PI / 12.0;
                [angle.cos(), angle.sin()]
            })
            .collect();
        directions.extend(direction([0.0; 2], self.problem.wind_m_s).map(left));
        let mut edges: Vec<[Point; 2]> = super::area::around(&self.problem.target.outer).collect();
        edges.sort_by(|a, b| distance(b[0], b[1]).total_cmp(&distance(a[0], a[1])));
        directions.extend(edges.iter().take(6).filter_map(|[a, b]| direction(*a, *b)));
        let mut apart: Vec<Point> = Vec::new();
        for along in directions {
            if apart.iter().all(|other| crate::plane::cross(*other, along).abs() > 0.03) {
                apart.push(along);
            }
        }
        apart
    }

    /// The time over the pieces one way and the other in turn, and between them one swath and two quarter turns.
    fn expected_s(&self, pieces: &[Piece]) -> f64 {
        let one_way = |piece: &Piece| self.motion.chain_s(piece.iter().copied());
        let other_way = |piece: &Piece| self.motion.chain_s(piece.iter().rev().copied());
        let between_s = self.problem.swath_m / self.problem.airspeed_m_s + 1.41 * self.motion.turn_s;
        pieces.iter().map(|piece| f64::midpoint(one_way(piece), other_way(piece)) + between_s).sum()
    }

    fn order(&mut self, pieces: &[Piece], ways: &mut Ways<'a>) -> Vec<Vec<Leg>> {
        let mut order = Order::new(pieces, self.motion, self.area, ways, &self.problem.homes_m);
        let rounds = (pieces.len() * 300).min(30_000);
        let routes = order.anneal(rounds, &mut self.draws);
        order.legs(&routes)
    }

    /// Rows that no lane is in line with: what slips between two of them is not long.
    fn oblique(&self, along: Point) -> Raster {
        let [cos, sin] = OBLIQUE;
        let rows = [along[0] * cos - along[1] * sin, along[0] * sin + along[1] * cos];
        Raster::new(&self.problem.target, self.problem.swath_m, COARSE, rows)
    }

    fn refine(&self, legs: Vec<Vec<Leg>>, motion: &'a Motion, rasters: Vec<Raster>, margin: f64) -> Refine<'a> {
        let share = (self.problem.share + margin).min(1.0);
        Refine::new(self.area, motion, &self.problem.homes_m, rasters, legs, [self.problem.swath_m, share])
    }

    fn finely(&self, legs: Vec<Vec<Leg>>) -> Refine<'a> {
        self.refine(legs, self.exact, self.fine.to_vec(), MARGIN)
    }

    /// The plan as it is given out, with what it sees and where it goes taken anew.
    fn plan(&self, routes: &Routes) -> Plan {
        let mut rasters = self.fine.to_vec();
        let mut outside_m = 0.0;
        let homes = self.problem.homes_m.iter().enumerate();
        let flown: Vec<Route> = homes
            .zip(&routes.legs)
            .filter(|(_, legs)| !legs.is_empty())
            .map(|((vehicle, home), legs)| {
                let path_m = self.exact.chain(*home, legs);
                rasters.iter_mut().for_each(|raster| raster.see(&path_m));
                outside_m += self.area.outside_m(&path_m);
                let length_m = path_m.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
                let time_s = self.exact.chain_s(path_m.iter().copied());
                Route { vehicle, legs: legs.clone(), time_s, length_m, path_m }
            })
            .collect();
        let seen = rasters.iter().map(Raster::seen_share).fold(1.0, f64::min);
        Plan {
            makespan_s: flown.iter().map(|route| route.time_s).fold(0.0, f64::max),
            routes: flown,
            seen,
            outside_m,
            valid: seen >= self.problem.share && outside_m < 1.0,
        }
    }
}
