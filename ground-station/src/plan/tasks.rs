//! Tasks with time windows for a mixed fleet, at the start of a night or in the middle of it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use planning::clock::Clock;
use planning::drawing::Drawing;
use planning::tasks::{self, Problem, Task, TaskId, Vehicle, VehicleIndex};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Budget};

#[derive(Deserialize)]
pub(super) struct Instance {
    miss_penalty_s: f64,
    tasks: Vec<RawTask>,
    vehicles: Vec<RawVehicle>,
    replan: Option<RawReplan>,
}

#[derive(Deserialize)]
struct RawTask {
    id: u64,
    x: f64,
    y: f64,
    tw: [f64; 2],
    service: f64,
    needs: String,
    prize: f64,
}

#[derive(Deserialize)]
struct RawVehicle {
    id: u64,
    caps: Vec<String>,
    speed: f64,
    max_duration: f64,
    shift: [f64; 2],
    start: [f64; 2],
    end: [f64; 2],
}

/// What was being flown when something changed.
#[derive(Deserialize)]
struct RawReplan {
    incumbent: BTreeMap<u64, Vec<u64>>,
}

pub(super) fn answer(instance: Instance, seed: u64, budget: &mut Budget) -> anyhow::Result<Answer> {
    let task_ids: Vec<u64> = instance.tasks.iter().map(|task| task.id).collect();
    let vehicle_ids: Vec<u64> = instance.vehicles.iter().map(|vehicle| vehicle.id).collect();
    let (tasks_by_id, vehicles_by_id) = (by_id(&task_ids, "task")?, by_id(&vehicle_ids, "vehicle")?);
    let problem = Problem {
        tasks: instance.tasks.into_iter().map(task).collect(),
        vehicles: instance.vehicles.into_iter().map(vehicle).collect(),
        miss_penalty_s: instance.miss_penalty_s,
    };
    let mut incumbent = Vec::new();
    for (vehicle, visits) in instance.replan.map(|replan| replan.incumbent).unwrap_or_default() {
        // Who dropped out is not among the vehicles any more.
        let Some(vehicle) = vehicles_by_id.get(&vehicle) else { continue };
        let visits: anyhow::Result<Vec<TaskId>> = visits
            .iter()
            .map(|task| {
                tasks_by_id.get(task).map(|at| TaskId(*at)).with_context(|| format!("no task {task} to replan"))
            })
            .collect();
        incumbent.push((VehicleIndex(*vehicle), visits?));
    }
    let budget = RefCell::new(budget);
    let mut better = |cost_s: f64| budget.borrow_mut().better(|| format!("cost {cost_s:.0} s"));
    let plan = tasks::replan(&problem, &incumbent, seed, &mut (|| budget.borrow_mut().spent()), &mut better)?;
    let routes: serde_json::Map<String, serde_json::Value> = plan
        .routes
        .iter()
        .map(|(vehicle, visits)| {
            let visits: Vec<u64> = visits.iter().map(|task| task_ids[usize::from(task.0)]).collect();
            (vehicle_ids[usize::from(vehicle.0)].to_string(), json!(visits))
        })
        .collect();
    let summary = format!(
        "{} of {} tasks by {} vehicles, {:.0} s of travel, {} left out, cost {:.1} s",
        problem.tasks.len() - plan.missed.len(),
        problem.tasks.len(),
        plan.routes.len(),
        plan.travel_s,
        plan.missed.len(),
        plan.cost_s
    );
    Ok(Answer { json: json!({ "routes": routes }), summary, drawing: Some(drawn(&problem, &plan, &vehicle_ids)) })
}

fn drawn(problem: &Problem, plan: &tasks::Plan, vehicle_ids: &[u64]) -> Drawing {
    let at_m = |task: &TaskId| problem.tasks[usize::from(task.0)].at_m;
    let mut drawing = Drawing::new("Visits");
    for (vehicle, visits) in &plan.routes {
        let Vehicle { start_m, end_m, .. } = problem.vehicles[usize::from(vehicle.0)];
        let way: Vec<[f64; 2]> = [start_m].into_iter().chain(visits.iter().map(at_m)).chain([end_m]).collect();
        let name = format!("vehicle {}, {} visits", vehicle_ids[usize::from(vehicle.0)], visits.len());
        drawing = drawing.way(&name, &way);
    }
    plan.missed.iter().fold(drawing, |drawing, task| drawing.place("left out", at_m(task)))
}

/// Where each id stands; every one once, and no more than the planner numbers.
fn by_id(ids: &[u64], what: &str) -> anyhow::Result<BTreeMap<u64, u16>> {
    let places = || 0..=u16::MAX - 1;
    ensure!(ids.len() <= places().count(), "{} {what}s: too many", ids.len());
    let by_id: BTreeMap<u64, u16> = ids.iter().copied().zip(places()).collect();
    ensure!(by_id.len() == ids.len(), "two {what}s of one id; allowed: ids that differ");
    Ok(by_id)
}

fn task(raw: RawTask) -> Task {
    let RawTask { x, y, tw, service, needs, prize, .. } = raw;
    Task { at_m: [x, y], window_s: tw, service_s: service, needs, prize }
}

fn vehicle(raw: RawVehicle) -> Vehicle {
    Vehicle {
        carries: raw.caps,
        speed_m_s: raw.speed,
        endurance_s: raw.max_duration,
        shift_s: raw.shift,
        start_m: raw.start,
        end_m: raw.end,
    }
}
