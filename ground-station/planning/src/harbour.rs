//! A round of berths and moored vessels: each is visited while its vessel lies there, by what AIS says of arrivals.
//!
//! An arrival is an estimate: the visit is planned for when the vessel is there with the certainty that is asked for, so a
//! vessel that is late is not waited for in the air. The visits are shared out by `tasks`.

use thiserror::Error;

use crate::clock::Clock;
use crate::flight::{Flight, Look, Pace, Stop};
use crate::limits::{Check, LimitError, count, within};
use crate::plane::{between, distance};
use crate::tasks::{self, Problem, Task, TaskId, Vehicle};

/// A vessel at a berth, or a berth to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The berth, m east and north.
    pub berth_m: [f64; 2],
    /// When the vessel arrives, s; one that lies there: when the round begins.
    pub arrives_s: f64,
    /// How well that is known, standard deviation, s.
    pub arrives_sd_s: f64,
    /// When it leaves, s.
    pub leaves_s: f64,
    /// How long it is looked at, s.
    pub looks_s: f64,
    /// What the vehicle must carry, by name.
    pub needs: String,
    /// What leaving it out costs, in units of [`HarbourRequest::miss_penalty_s`].
    pub prize: f64,
}

/// A round to be planned.
#[derive(Debug, Clone, PartialEq)]
pub struct HarbourRequest {
    /// What is visited.
    pub calls: Vec<Call>,
    /// By whom; their speeds are those over the ground that they keep in this wind.
    pub vehicles: Vec<Vehicle>,
    /// How they climb, m/s.
    pub climb_m_s: f64,
    /// How far off a vessel they stay, and how high, m.
    pub stand_off_m: f64,
    /// See above.
    pub height_m: f64,
    /// How certain it is to be that a vessel has arrived, in standard deviations of its arrival: 1.64 is 95 %.
    pub certainty: f64,
    /// What a prize of 1 missed costs, in seconds of travel.
    pub miss_penalty_s: f64,
}

/// A call that is not visited, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Missed {
    /// By its place in [`HarbourRequest::calls`].
    pub call: usize,
    /// Why, in words.
    pub why: String,
}

/// A round.
#[derive(Debug, Clone, PartialEq)]
pub struct HarbourPlan {
    /// Who visits what when.
    pub tasks: tasks::Plan,
    /// The same as flights.
    pub flights: Vec<Flight>,
    /// What is left out.
    pub missed: Vec<Missed>,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// A round that cannot be planned.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum HarbourError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Plans a round. `better` is told of the cost of every better one on the way, s.
///
/// # Errors
/// [`HarbourError`] when it cannot be planned.
pub fn harbour(
    request: &HarbourRequest,
    seed: u64,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(f64),
) -> Result<HarbourPlan, HarbourError> {
    request.check()?;
    // A vessel that leaves before it is surely there, or is looked at, is nobody's task.
    let visited: Vec<usize> = (0..request.calls.len()).filter(|call| request.window_s(*call).is_some()).collect();
    let task = |call: &usize| {
        let Call { berth_m, looks_s, needs, prize, .. } = &request.calls[*call];
        let window_s = request.window_s(*call).expect("only such are visited");
        Task { at_m: *berth_m, window_s, service_s: *looks_s, needs: needs.clone(), prize: *prize }
    };
    let problem = Problem {
        tasks: visited.iter().map(task).collect(),
        vehicles: request.vehicles.clone(),
        miss_penalty_s: request.miss_penalty_s,
    };
    let mut plan = tasks::solve(&problem, seed, clock, better)?;
    let flights = request.flights(&problem, &plan);
    // From here on a visit goes by its place among the calls.
    let call = |task: &TaskId| TaskId(visited[usize::from(task.0)] as u16);
    for (_, visits) in &mut plan.routes {
        visits.iter_mut().for_each(|task| *task = call(task));
    }
    for schedule in &mut plan.schedules {
        schedule.visits.iter_mut().for_each(|(task, _)| *task = call(task));
    }
    plan.missed.iter_mut().for_each(|task| *task = call(task));
    let mut missed: Vec<Missed> = (0..request.calls.len())
        .filter(|call| !visited.contains(call))
        .map(|call| {
            let Call { arrives_s, leaves_s, looks_s, .. } = request.calls[call];
            Missed {
                call,
                why: format!(
                    "it lies there for {:.0} s at most, and is to be looked at for {looks_s:.0} s",
                    leaves_s - arrives_s
                ),
            }
        })
        .collect();
    missed.extend(
        plan.missed.iter().map(|task| Missed { call: usize::from(task.0), why: request.why(usize::from(task.0)) }),
    );
    missed.sort_by_key(|missed| missed.call);
    let mut reasons = vec![format!(
        "{} of {} calls are visited in {} flights, {:.0} s under way",
        request.calls.len() - missed.len(),
        request.calls.len(),
        flights.len(),
        plan.travel_s
    )];
    reasons.extend(missed.iter().map(|missed| format!("call {} is left out: {}", missed.call, missed.why)));
    Ok(HarbourPlan { tasks: plan, flights, missed, reasons })
}

impl HarbourRequest {
    fn check(&self) -> Result<(), LimitError> {
        count("calls", self.calls.len(), 0, 2_000)?;
        within("distance off a vessel", self.stand_off_m, 0.0, 1e4)?;
        within("height", self.height_m, 0.0, 1e4)?;
        within("climb", self.climb_m_s, 0.01, 1e3)?;
        within("certainty", self.certainty, 0.0, 6.0)?;
        for (number, call) in self.calls.iter().enumerate() {
            let check = Check { what: "call", number };
            check.place(call.berth_m)?;
            check.within("arrival", call.arrives_s, -1e11, 1e11)?;
            check.within("arrival's standard deviation", call.arrives_sd_s, 0.0, 1e6)?;
            check.within("departure", call.leaves_s, -1e11, 1e11)?;
            check.within("look", call.looks_s, 0.0, 1e5)?;
        }
        Ok(())
    }

    /// When a visit may begin: from when the vessel is surely there, to so long before it leaves that it is looked at.
    fn window_s(&self, call: usize) -> Option<[f64; 2]> {
        let Call { arrives_s, arrives_sd_s, leaves_s, looks_s, .. } = self.calls[call];
        let window_s = [arrives_s + self.certainty * arrives_sd_s, leaves_s - looks_s];
        (window_s[0] <= window_s[1]).then_some(window_s)
    }

    fn why(&self, call: usize) -> String {
        let needs = &self.calls[call].needs;
        match self.vehicles.iter().filter(|vehicle| vehicle.carries.contains(needs)).count() {
            0 => format!("nobody carries {needs:?}"),
            able => format!("none of {able} that carry {needs:?} is there in time, or others are worth more"),
        }
    }

    /// Each round flown: to a place off each vessel on the way to it, and there until it has been looked at.
    fn flights(&self, problem: &Problem, plan: &tasks::Plan) -> Vec<Flight> {
        let mut flights = Vec::new();
        for ((vehicle, _), schedule) in plan.routes.iter().zip(&plan.schedules) {
            let flies = &self.vehicles[usize::from(vehicle.0)];
            let pace = Pace { airspeed_m_s: flies.speed_m_s, climb_m_s: self.climb_m_s, wind_m_s: [0.0; 2] };
            let mut stops = vec![Stop::new(flies.start_m, 0.0, Look::Free)];
            let (mut now_s, mut from_m) = (schedule.leaves_s, flies.start_m);
            for (task, begins_s) in &schedule.visits {
                let visit = &problem.tasks[usize::from(task.0)];
                let way_m = distance(from_m, visit.at_m);
                let off = (1.0 - self.stand_off_m / way_m.max(1e-9)).max(0.0);
                let look = Look::At { place_m: visit.at_m, height_m: 0.0 };
                let mut stop = Stop::new(between(from_m, visit.at_m, off), self.height_m, look);
                let arrives_s = now_s + pace.climbs_s(&stops[stops.len() - 1], &stop).unwrap_or(0.0);
                now_s = begins_s + visit.service_s;
                stop.stays_s = (now_s - arrives_s).max(0.0);
                // It is there sooner than at the berth itself, so it waits; it is never late by more than its climb.
                now_s = arrives_s + stop.stays_s;
                from_m = stop.place_m;
                stops.push(stop);
            }
            stops.push(Stop::new(flies.end_m, 0.0, Look::Free));
            flights.extend(pace.flight(usize::from(vehicle.0), schedule.leaves_s, &stops));
        }
        flights
    }
}
