//! A vehicle's round: its visits, how long every stretch of it takes, and what a change would cost.

use super::problem::{Problem, TaskId, VehicleIndex};
use super::segment::Segment;

/// Rounding may miss a window, a shift or an endurance by so much, s.
const SLACK_S: f64 = 1e-6;

/// The problem as the search needs it: distances looked up, needs as numbers.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) tasks: usize,
    pub(super) vehicles: Vec<Carrier>,
    /// Distances between tasks, metres; row by row.
    between_m: Vec<f64>,
    visits: Vec<Segment>,
    needs: Vec<usize>,
    /// What leaving a task out costs, s.
    pub(super) missed_s: Vec<f64>,
    /// For each task the others, nearest first.
    near: Vec<u16>,
    /// The mean distance of each task from where vehicles begin, metres.
    away_m: Vec<f64>,
}

/// A vehicle as the search needs it.
#[derive(Debug)]
pub(super) struct Carrier {
    s_per_m: f64,
    endurance_s: f64,
    begin: Segment,
    end: Segment,
    /// Whether it carries each thing that a task needs.
    carries: Vec<bool>,
    /// Distances from its start to each task, and from each task to its end, metres.
    from_start_m: Vec<f64>,
    to_end_m: Vec<f64>,
    start_to_end_m: f64,
}

/// A vehicle's visits, with what is known of every stretch of them.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) visits: Vec<u16>,
    /// The stretch from the start up to and with each stop; the first is the start alone.
    before: Vec<Segment>,
    /// The stretch from each stop to the end; the last is the end alone.
    after: Vec<Segment>,
    /// Time travelled, s.
    pub(super) travel_s: f64,
    /// Different for every content a route has had: what was found out about one holds as long as this does.
    pub(super) version: u64,
}

/// When a vehicle begins its round, and each of its visits.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// It leaves its start, s.
    pub leaves_s: f64,
    /// Each visit and when it begins, s.
    pub visits: Vec<(TaskId, f64)>,
    /// It arrives at its end, s.
    pub arrives_s: f64,
}

/// How far it is from one place to another, metres.
pub(super) type Metric<'a> = &'a mut dyn FnMut([f64; 2], [f64; 2]) -> f64;

impl Table {
    pub(super) fn new(problem: &Problem, distance_m: Metric) -> Self {
        let places: Vec<[f64; 2]> = problem.tasks.iter().map(|task| task.at_m).collect();
        let mut between_m = Vec::with_capacity(places.len() * places.len());
        for from in &places {
            between_m.extend(places.iter().map(|to| distance_m(*from, *to)));
        }
        let mut kinds: Vec<&str> = problem.tasks.iter().map(|task| task.needs.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let needs = problem.tasks.iter().map(|task| kinds.partition_point(|kind| *kind < task.needs.as_str()));
        let mut vehicle = |vehicle: &super::Vehicle| Carrier {
            s_per_m: 1.0 / vehicle.speed_m_s,
            endurance_s: vehicle.endurance_s,
            begin: Segment::visit(vehicle.shift_s, 0.0),
            end: Segment::visit(vehicle.shift_s, 0.0),
            carries: kinds.iter().map(|kind| vehicle.carries.iter().any(|carried| carried == kind)).collect(),
            from_start_m: places.iter().map(|at| distance_m(vehicle.start_m, *at)).collect(),
            to_end_m: places.iter().map(|at| distance_m(*at, vehicle.end_m)).collect(),
            start_to_end_m: distance_m(vehicle.start_m, vehicle.end_m),
        };
        let tasks = places.len();
        let near = (0..tasks).flat_map(|task| {
            let mut others: Vec<u16> = (0..tasks as u16).collect();
            let row = &between_m[task * tasks..(task + 1) * tasks];
            others.sort_by(|a, b| row[usize::from(*a)].total_cmp(&row[usize::from(*b)]));
            others
        });
        let starts = problem.vehicles.len().max(1) as f64;
        let vehicles: Vec<Carrier> = problem.vehicles.iter().map(&mut vehicle).collect();
        let away_m = |task| vehicles.iter().map(|vehicle| vehicle.from_start_m[task]).sum::<f64>() / starts;
        Self {
            tasks,
            away_m: (0..tasks).map(away_m).collect(),
            vehicles,
            needs: needs.collect(),
            visits: problem.tasks.iter().map(|task| Segment::visit(task.window_s, task.service_s)).collect(),
            missed_s: problem.tasks.iter().map(|task| task.prize * problem.miss_penalty_s).collect(),
            near: near.collect(),
            between_m,
        }
    }

    /// All tasks, the nearest to this one first; itself, or one in the same place, is the first.
    pub(super) fn nearest(&self, task: u16) -> &[u16] {
        let row = usize::from(task) * self.tasks;
        &self.near[row..row + self.tasks]
    }

    /// Whether a vehicle carries what a task needs.
    pub(super) fn can(&self, vehicle: usize, task: u16) -> bool {
        self.vehicles[vehicle].carries[self.needs[usize::from(task)]]
    }

    /// When a visit may begin, from and to, s.
    pub(super) fn window_s(&self, task: usize) -> [f64; 2] {
        self.visits[task].begins_s()
    }

    /// How far it is from where most vehicles begin, metres: the mean over all.
    pub(super) fn away_m(&self, task: usize) -> f64 {
        self.away_m[task]
    }

    fn between_m(&self, a: u16, b: u16) -> f64 {
        self.between_m[usize::from(a) * self.tasks + usize::from(b)]
    }

    /// The way from the stop before place `at` of a route to `task`, and on to the stop that stands there, metres.
    fn around_m(&self, vehicle: usize, visits: &[u16], at: usize, task: u16) -> [f64; 2] {
        let carrier = &self.vehicles[vehicle];
        let to = match at.checked_sub(1) {
            None => carrier.from_start_m[usize::from(task)],
            Some(before) => self.between_m(visits[before], task),
        };
        let from = match visits.get(at) {
            None => carrier.to_end_m[usize::from(task)],
            Some(next) => self.between_m(task, *next),
        };
        [to, from]
    }

    /// The way into place `at` of a route as it is, metres.
    fn way_m(&self, vehicle: usize, visits: &[u16], at: usize) -> f64 {
        let carrier = &self.vehicles[vehicle];
        match (at.checked_sub(1).map(|before| visits[before]), visits.get(at)) {
            (None, None) => carrier.start_to_end_m,
            (None, Some(next)) => carrier.from_start_m[usize::from(*next)],
            (Some(before), None) => carrier.to_end_m[usize::from(before)],
            (Some(before), Some(next)) => self.between_m(before, *next),
        }
    }
}

impl Route {
    /// A round of these visits, whatever its limits; see [`Route::holds`].
    pub(super) fn new(table: &Table, vehicle: usize, visits: Vec<u16>, version: u64) -> Self {
        let mut route = Self { visits, before: Vec::new(), after: Vec::new(), travel_s: 0.0, version };
        route.refresh(table, vehicle, version);
        route
    }

    /// Learns everything anew after its visits were changed.
    pub(super) fn refresh(&mut self, table: &Table, vehicle: usize, version: u64) {
        let carrier = &table.vehicles[vehicle];
        let stops = self.visits.len();
        self.version = version;
        self.travel_s = 0.0;
        self.before.clear();
        self.before.push(carrier.begin);
        for at in 0..stops {
            let travel_s = table.way_m(vehicle, &self.visits, at) * carrier.s_per_m;
            let stop = &table.visits[usize::from(self.visits[at])];
            self.before.push(self.before[at].then(travel_s, stop));
            self.travel_s += travel_s;
        }
        // One that visits nothing stays where it is.
        if stops > 0 {
            self.travel_s += table.way_m(vehicle, &self.visits, stops) * carrier.s_per_m;
        }
        self.after.clear();
        self.after.resize(stops + 1, carrier.end);
        for at in (0..stops).rev() {
            let travel_s = table.way_m(vehicle, &self.visits, at + 1) * carrier.s_per_m;
            self.after[at] = table.visits[usize::from(self.visits[at])].then(travel_s, &self.after[at + 1]);
        }
    }

    /// Whether it keeps to every window, the shift and the endurance, and the vehicle carries what is needed.
    pub(super) fn holds(&self, table: &Table, vehicle: usize) -> bool {
        let carrier = &table.vehicles[vehicle];
        let stops = self.visits.len();
        let way_s = table.way_m(vehicle, &self.visits, stops) * carrier.s_per_m;
        let whole = self.before[stops].then(way_s, &carrier.end);
        let able = self.visits.iter().all(|task| table.can(vehicle, *task));
        stops == 0 || (able && keeps(&whole, carrier))
    }

    /// The cheapest place for a task and the time it adds, s; nothing where it fits nowhere.
    pub(super) fn cheapest(&self, table: &Table, vehicle: usize, task: u16) -> Option<(u16, f64)> {
        let carrier = &table.vehicles[vehicle];
        let visit = &table.visits[usize::from(task)];
        let mut best: Option<(u16, f64)> = None;
        let mut least_s = f64::INFINITY;
        for at in 0..=self.visits.len() {
            let [to_m, from_m] = table.around_m(vehicle, &self.visits, at, task);
            let saved_m = if self.visits.is_empty() { 0.0 } else { table.way_m(vehicle, &self.visits, at) };
            let added_s = (to_m + from_m - saved_m) * carrier.s_per_m;
            if added_s >= least_s {
                continue;
            }
            let first = self.before[at].then(to_m * carrier.s_per_m, visit);
            if first.late_s > SLACK_S {
                // It cannot be reached in time here, and farther along the round no sooner.
                break;
            }
            let whole = first.then(from_m * carrier.s_per_m, &self.after[at]);
            if keeps(&whole, carrier) {
                least_s = added_s;
                best = Some((at as u16, added_s));
            }
        }
        best
    }

    /// The visits with their times, begun as late as costs nothing.
    pub(super) fn schedule(&self, table: &Table, vehicle: usize) -> Schedule {
        let carrier = &table.vehicles[vehicle];
        let stops = self.visits.len();
        let way_s = |at| table.way_m(vehicle, &self.visits, at) * carrier.s_per_m;
        let [_, latest_s] = self.before[stops].then(way_s(stops), &carrier.end).begins_s();
        let mut now_s = latest_s;
        let mut visits = Vec::with_capacity(stops);
        for (at, task) in self.visits.iter().enumerate() {
            let [opens_s, _] = table.visits[usize::from(*task)].begins_s();
            now_s = (now_s + way_s(at)).max(opens_s);
            visits.push((TaskId(*task), now_s));
            now_s += table.visits[usize::from(*task)].duration_s;
        }
        Schedule { leaves_s: latest_s, visits, arrives_s: now_s + if stops > 0 { way_s(stops) } else { 0.0 } }
    }
}

fn keeps(whole: &Segment, carrier: &Carrier) -> bool {
    whole.late_s <= SLACK_S && whole.duration_s <= carrier.endurance_s + SLACK_S
}

/// Names a vehicle of the problem.
pub(super) fn index(vehicle: usize) -> VehicleIndex {
    VehicleIndex(vehicle as u16)
}
