//! An area to be searched with a sensor's swath.

use std::cell::RefCell;

use planning::clock::Clock;
use planning::coverage::{self, Plan, Polygon, Problem, Turning};
use planning::drawing::{Drawing, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Budget};

#[derive(Deserialize)]
pub(super) struct Instance {
    target: RawPolygon,
    fly: RawPolygon,
    vehicle: RawVehicle,
    n_vehicles: usize,
    sensor: RawSensor,
    wind: [f64; 2],
    /// Where all begin.
    home: [f64; 2],
    required_coverage: f64,
}

#[derive(Deserialize)]
struct RawPolygon {
    outer: Vec<[f64; 2]>,
    #[serde(default)]
    holes: Vec<Vec<[f64; 2]>>,
}

#[derive(Deserialize)]
struct RawVehicle {
    #[serde(rename = "type")]
    kind: RawKind,
    airspeed: f64,
    #[serde(default)]
    max_acc: f64,
    #[serde(default)]
    turn_radius: f64,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    Multirotor,
    Boat,
    FixedWing,
}

#[derive(Deserialize)]
struct RawSensor {
    eff_width: f64,
}

pub(super) fn answer(instance: Instance, seed: u64, budget: &mut Budget) -> anyhow::Result<Answer> {
    let kind = instance.vehicle.kind;
    let problem = problem(instance);
    let budget = RefCell::new(budget);
    let mut better = |plan: &Plan| budget.borrow_mut().better(|| format!("{:.0} s", plan.makespan_s));
    let plan = coverage::search(&problem, seed, &mut (|| budget.borrow_mut().spent()), &mut better)?;
    let json = match kind {
        RawKind::FixedWing => json!({ "legs": plan.routes.iter().map(legs).collect::<Vec<_>>() }),
        RawKind::Multirotor | RawKind::Boat => {
            json!({ "paths": plan.routes.iter().map(|route| route.path_m.clone()).collect::<Vec<_>>() })
        }
    };
    let sound = if plan.valid { "" } else { "; NOT as asked: too little is seen, or it leads outside" };
    let summary = format!(
        "{:.2} % seen, the last is home after {:.0} s, {:.1} m outside{sound}",
        100.0 * plan.seen,
        plan.makespan_s,
        plan.outside_m
    );
    Ok(Answer { json, summary, drawing: Some(drawn(&problem, &plan)) })
}

fn drawn(problem: &Problem, plan: &Plan) -> Drawing {
    let rings = |polygon: &Polygon| std::iter::once(&polygon.outer).chain(&polygon.holes).cloned().collect::<Vec<_>>();
    let mut drawing = Drawing::new("Area search")
        .area(Kind::Allowed, std::slice::from_ref(&problem.fly.outer))
        .area(Kind::Target, &rings(&problem.target));
    for hole in &problem.fly.holes {
        drawing = drawing.area(Kind::Closed, std::slice::from_ref(hole));
    }
    for route in &plan.routes {
        let name = format!("vehicle {}, {:.0} s", route.vehicle, route.time_s);
        drawing = drawing.way(&name, &route.path_m);
    }
    problem.homes_m.first().into_iter().fold(drawing, |drawing, home_m| drawing.place("home", *home_m))
}

fn legs(route: &coverage::Route) -> Vec<Value> {
    route.legs.iter().map(|leg| json!([leg.from_m[0], leg.from_m[1], leg.to_m[0], leg.to_m[1]])).collect()
}

fn problem(instance: Instance) -> Problem {
    let polygon = |raw: RawPolygon| Polygon { outer: raw.outer, holes: raw.holes };
    let vehicle = instance.vehicle;
    Problem {
        target: polygon(instance.target),
        fly: polygon(instance.fly),
        swath_m: instance.sensor.eff_width,
        share: instance.required_coverage,
        // One more than are allowed is refused, and a million need no memory for it.
        homes_m: vec![instance.home; instance.n_vehicles.min(Problem::VEHICLES_MAX + 1)],
        airspeed_m_s: vehicle.airspeed,
        turning: match vehicle.kind {
            RawKind::FixedWing => Turning::Arcs { radius_m: vehicle.turn_radius },
            RawKind::Multirotor | RawKind::Boat => Turning::Corners { acceleration_m_s2: vehicle.max_acc },
        },
        wind_m_s: instance.wind,
    }
}
