//! Nights along a border or a coast.

use std::cell::RefCell;

use anyhow::ensure;
use clap::ValueEnum;
use planning::clock::Clock;
use planning::drawing::Drawing;
use planning::patrol::{self, Cell, Crossing, Drone, Manner, Problem, Schedule};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Budget};

/// How many nights are answered: ten that somebody may have watched, and one more.
const NIGHTS: usize = 11;

/// How a line is patrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PatrolManner {
    /// The same every night: no place is left alone for longer than need be
    Fixed,
    /// Such that who watched ten nights knows nothing of the next
    Unpredictable,
}

#[derive(Deserialize)]
pub(super) struct Instance {
    cells: Vec<RawCell>,
    sensor_radius: f64,
    sites: Vec<[f64; 2]>,
    drones: Vec<RawDrone>,
    horizon: f64,
    adversary: RawAdversary,
}

#[derive(Deserialize)]
struct RawCell {
    x: f64,
    y: f64,
    w: f64,
}

#[derive(Deserialize)]
struct RawDrone {
    id: Value,
    site: usize,
    speed: f64,
    endurance: f64,
    reserve: f64,
    turnaround: f64,
}

#[derive(Deserialize)]
struct RawAdversary {
    exposure_s: f64,
    bins_s: f64,
    #[serde(default)]
    warmup_s: f64,
}

pub(super) fn answer(
    instance: Instance,
    manner: PatrolManner,
    seed: u64,
    budget: &mut Budget,
) -> anyhow::Result<Answer> {
    let ids: Vec<Value> = instance.drones.iter().map(|drone| drone.id.clone()).collect();
    let problem = problem(instance);
    let manner = match manner {
        PatrolManner::Fixed => Manner::Fixed,
        PatrolManner::Unpredictable => Manner::Unpredictable { nights: NIGHTS },
    };
    let budget = RefCell::new(budget);
    let mut better = |idleness_s: f64| budget.borrow_mut().better(|| format!("{idleness_s:.0} s alone at most"));
    let nights = patrol::plan(&problem, manner, seed, &mut (|| budget.borrow_mut().spent()), &mut better)?;
    ensure!(!nights.is_empty(), "no night could be planned");
    let mean_s = nights.iter().map(|night| night.idleness_s).sum::<f64>() / nights.len() as f64;
    let schedules: Vec<Value> =
        nights.iter().cycle().take(NIGHTS.max(nights.len())).map(|night| told(night, &ids)).collect();
    let summary = format!("{} nights, the weightiest gap {mean_s:.0} s on average", schedules.len());
    let drawing = Some(drawn(&problem, &nights[0]));
    Ok(Answer { json: json!({ "schedules": schedules }), summary, drawing })
}

/// The first night: the line, and the way of each drone.
fn drawn(problem: &Problem, night: &Schedule) -> Drawing {
    let mut drawing = Drawing::new("Patrol, the first night");
    for drone in 0..problem.drones.len() {
        let flights = night.flights.iter().filter(|flight| flight.drone == drone);
        let way: Vec<[f64; 2]> = flights.flat_map(|flight| flight.track.iter().map(|point| point.at_m)).collect();
        drawing = drawing.way(&format!("drone {drone}"), &way);
    }
    problem.sites_m.iter().fold(drawing, |drawing, site_m| drawing.place("site", *site_m))
}

fn told(night: &Schedule, ids: &[Value]) -> Value {
    let drone = |(number, id): (usize, &Value)| {
        let flights = night.flights.iter().filter(|flight| flight.drone == number);
        let sorties: Vec<Value> = flights
            .map(|flight| {
                let points: Vec<[f64; 3]> =
                    flight.track.iter().map(|point| [point.at_s, point.at_m[0], point.at_m[1]]).collect();
                json!({ "pts": points })
            })
            .collect();
        json!({ "id": id, "sorties": sorties })
    };
    json!({ "drones": ids.iter().enumerate().map(drone).collect::<Vec<_>>() })
}

fn problem(instance: Instance) -> Problem {
    let drone = |raw: RawDrone| Drone {
        site: raw.site,
        speed_m_s: raw.speed,
        endurance_s: raw.endurance,
        reserve: raw.reserve,
        turnaround_s: raw.turnaround,
    };
    let RawAdversary { exposure_s, bins_s, warmup_s } = instance.adversary;
    Problem {
        cells: instance.cells.iter().map(|cell| Cell { at_m: [cell.x, cell.y], weight: cell.w }).collect(),
        sensor_radius_m: instance.sensor_radius,
        sites_m: instance.sites,
        drones: instance.drones.into_iter().map(drone).collect(),
        horizon_s: instance.horizon,
        crossing: Crossing { exposed_s: exposure_s, every_s: bins_s, margin_s: warmup_s },
    }
}
