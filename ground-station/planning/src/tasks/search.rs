//! The search: tear out, put back, keep what is better, and for a while what is a little worse.

use super::VehicleIndex;
use super::problem::{Problem, TaskId};
use super::recreate::{GREEDY, SEARCHING, recreate};
use super::route::{Metric, Route, Schedule, Table, index};
use super::ruin::ruin;
use crate::clock::Clock;
use crate::limits::LimitError;
use crate::random::Draws;

/// The annealing's temperature at the start, as a share of what an average visit costs, and at the end.
const TEMPERATURE: [f64; 2] = [2.0, 0.02];
/// Rounds between two looks at the clock.
const ROUNDS_A_LOOK: u32 = 16;

/// A plan that can be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The visits of each vehicle that has any, in order.
    pub routes: Vec<(VehicleIndex, Vec<TaskId>)>,
    /// When each of them is where, in the order of `routes`.
    pub schedules: Vec<Schedule>,
    /// Tasks left out.
    pub missed: Vec<TaskId>,
    /// Time travelled, s.
    pub travel_s: f64,
    /// Time travelled, and what leaving out costs, s.
    pub cost_s: f64,
}

/// The routes of all vehicles, and what is on none.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) routes: Vec<Route>,
    pub(super) absent: Vec<u16>,
    /// Empty, kept for its room.
    pub(super) left_out: Vec<u16>,
    /// Vehicles of one number are as good as each other while they have nothing to do.
    pub(super) alike: Vec<u16>,
    /// The route that visits each task; none: `u16::MAX`.
    visited_by: Vec<u16>,
    /// The routes as they were at the last [`State::keep`].
    changed: Vec<(usize, Route)>,
    absent_kept: Vec<u16>,
    /// What was found out about each task on each route, for a version of the route.
    known: Vec<Known>,
    versions: u64,
    cost_s: f64,
    cost_kept_s: f64,
}

/// The cheapest place of a task on a route of this version.
#[derive(Debug, Clone, Copy)]
struct Known {
    version: u64,
    at: u16,
    /// Infinite where it fits nowhere.
    added_s: f64,
}

const NOBODY: u16 = u16::MAX;

/// Shares out the tasks. `better` is told of every better plan on the way.
///
/// # Errors
/// [`LimitError`] when the problem cannot be planned with.
pub fn solve(
    problem: &Problem,
    seed: u64,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(f64),
) -> Result<Plan, LimitError> {
    replan(problem, &[], seed, clock, better)
}

/// Shares out the tasks, beginning with the routes there are. Of those, visits that a vehicle cannot make in time, or
/// twice, are left out; the result is never worse than the rest with every open task inserted where it is cheapest.
///
/// # Errors
/// [`LimitError`] when the problem cannot be planned with.
pub fn replan(
    problem: &Problem,
    incumbent: &[(VehicleIndex, Vec<TaskId>)],
    seed: u64,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(f64),
) -> Result<Plan, LimitError> {
    let mut straight_m = |from: [f64; 2], to: [f64; 2]| crate::plane::distance(from, to);
    replan_along(problem, &mut straight_m, incumbent, seed, clock, better)
}

/// The same with ways of other lengths than the straight ones.
pub(crate) fn replan_along(
    problem: &Problem,
    way_m: Metric,
    incumbent: &[(VehicleIndex, Vec<TaskId>)],
    seed: u64,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(f64),
) -> Result<Plan, LimitError> {
    problem.check()?;
    let table = Table::new(problem, way_m);
    let mut draws = Draws::new(seed);
    let mut state = State::new(&table, problem, incumbent);
    recreate(&mut state, &table, GREEDY, &mut draws);
    state.keep();
    let mut best = state.clone();
    let visits = table.tasks.max(1) as f64;
    let mean_s = best.routes.iter().map(|route| route.travel_s).sum::<f64>() / visits;
    let ends = TEMPERATURE.map(|share| (share * mean_s).max(1e-3));
    while table.tasks > 0 && !table.vehicles.is_empty() {
        let spent = clock.spent();
        if spent >= 1.0 {
            break;
        }
        let temperature = ends[0] * (ends[1] / ends[0]).powf(spent.max(0.0));
        for _ in 0..ROUNDS_A_LOOK {
            ruin(&mut state, &table, &mut draws);
            recreate(&mut state, &table, SEARCHING, &mut draws);
            let most_s = state.cost_kept_s - temperature * (1.0 - draws.unit()).ln();
            if state.cost_s < most_s {
                state.keep();
                if state.cost_s < best.cost_s - 1e-9 {
                    best.clone_from(&state);
                    better(best.cost_s);
                }
            } else {
                state.undo();
            }
        }
    }
    Ok(best.plan(&table))
}

impl State {
    fn new(table: &Table, problem: &Problem, incumbent: &[(VehicleIndex, Vec<TaskId>)]) -> Self {
        let vehicles = table.vehicles.len();
        let alike = |at: usize| {
            let same = problem.vehicles.iter().position(|other| *other == problem.vehicles[at]);
            same.unwrap_or(at) as u16
        };
        let unknown = Known { version: 0, at: 0, added_s: f64::INFINITY };
        let mut state = Self {
            routes: (0..vehicles).map(|at| Route::new(table, at, Vec::new(), at as u64 + 1)).collect(),
            absent: Vec::new(),
            left_out: Vec::new(),
            alike: (0..vehicles).map(alike).collect(),
            visited_by: vec![NOBODY; table.tasks],
            changed: Vec::new(),
            absent_kept: Vec::new(),
            known: vec![unknown; table.tasks * vehicles],
            versions: vehicles as u64 + 1,
            cost_s: table.missed_s.iter().sum(),
            cost_kept_s: 0.0,
        };
        for (vehicle, visits) in incumbent {
            state.take_over(table, usize::from(vehicle.0), visits);
        }
        state.absent = (0..table.tasks as u16).filter(|task| state.visited_by(*task).is_none()).collect();
        state
    }

    /// Takes over the visits of a vehicle in their order, as far as they can be made.
    fn take_over(&mut self, table: &Table, route: usize, visits: &[TaskId]) {
        for TaskId(task) in visits {
            let free = self.visited_by.get(usize::from(*task)).is_some_and(|by| *by == NOBODY);
            if route >= self.routes.len() || !free || !table.can(route, *task) {
                continue;
            }
            let at = self.routes[route].visits.len();
            self.insert(table, route, at, *task);
            if !self.routes[route].holds(table, route) {
                self.remove(table, route, |place| place == at);
            }
        }
    }

    pub(super) fn visited_by(&self, task: u16) -> Option<usize> {
        let route = self.visited_by[usize::from(task)];
        (route != NOBODY).then_some(usize::from(route))
    }

    /// The cheapest place of a task on a route, found out anew only if the route has changed since.
    pub(super) fn cheapest(&mut self, table: &Table, route: usize, task: u16) -> Option<(u16, f64)> {
        let known = &mut self.known[usize::from(task) * self.routes.len() + route];
        let version = self.routes[route].version;
        if known.version != version {
            let found = self.routes[route].cheapest(table, route, task);
            let (at, added_s) = found.unwrap_or((0, f64::INFINITY));
            *known = Known { version, at, added_s };
        }
        known.added_s.is_finite().then_some((known.at, known.added_s))
    }

    pub(super) fn insert(&mut self, table: &Table, route: usize, at: usize, task: u16) {
        self.remember(route);
        self.routes[route].visits.insert(at, task);
        self.visited_by[usize::from(task)] = route as u16;
        self.cost_s -= table.missed_s[usize::from(task)];
        self.refresh(table, route);
    }

    /// Takes the visits at some places out of a route.
    pub(super) fn remove(&mut self, table: &Table, route: usize, removed: impl Fn(usize) -> bool) {
        self.remember(route);
        let mut place = 0;
        let Self { routes, visited_by, absent, cost_s, .. } = self;
        routes[route].visits.retain(|task| {
            let goes = removed(place);
            place += 1;
            if goes {
                visited_by[usize::from(*task)] = NOBODY;
                absent.push(*task);
                *cost_s += table.missed_s[usize::from(*task)];
            }
            !goes
        });
        self.refresh(table, route);
    }

    fn refresh(&mut self, table: &Table, route: usize) {
        self.versions += 1;
        self.cost_s -= self.routes[route].travel_s;
        self.routes[route].refresh(table, route, self.versions);
        self.cost_s += self.routes[route].travel_s;
    }

    fn remember(&mut self, route: usize) {
        if !self.changed.iter().any(|(changed, _)| *changed == route) {
            self.changed.push((route, self.routes[route].clone()));
        }
    }

    /// This is where [`State::undo`] leads back to.
    fn keep(&mut self) {
        self.changed.clear();
        self.absent_kept.clone_from(&self.absent);
        self.cost_kept_s = self.cost_s;
    }

    fn undo(&mut self) {
        for (route, was) in &self.changed {
            for task in &self.routes[*route].visits {
                self.visited_by[usize::from(*task)] = NOBODY;
            }
            self.routes[*route].clone_from(was);
        }
        for (route, was) in self.changed.drain(..) {
            for task in was.visits {
                self.visited_by[usize::from(task)] = route as u16;
            }
        }
        self.absent.clone_from(&self.absent_kept);
        self.cost_s = self.cost_kept_s;
    }

    fn plan(&self, table: &Table) -> Plan {
        let flown = || self.routes.iter().enumerate().filter(|(_, route)| !route.visits.is_empty());
        let travel_s = flown().map(|(_, route)| route.travel_s).sum::<f64>();
        let mut missed: Vec<TaskId> = self.absent.iter().copied().map(TaskId).collect();
        missed.sort_unstable();
        let missed_s: f64 = missed.iter().map(|task| table.missed_s[usize::from(task.0)]).sum();
        let visits = |route: &Route| route.visits.iter().copied().map(TaskId).collect();
        Plan {
            routes: flown().map(|(vehicle, route)| (index(vehicle), visits(route))).collect(),
            schedules: flown().map(|(vehicle, route)| route.schedule(table, vehicle)).collect(),
            missed,
            travel_s,
            cost_s: travel_s + missed_s,
        }
    }
}
