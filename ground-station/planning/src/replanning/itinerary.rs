//! Where a vehicle is when: its visits flown leg by leg, in the wind and round closed areas.

use super::closed::Detours;
use crate::plane::{direction, distance, ground_speed_m_s};
use crate::tasks::{Problem, TaskId, Vehicle};

/// A visit on an itinerary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// Which.
    pub task: TaskId,
    /// The vehicle is there, s.
    pub arrives_s: f64,
    /// The visit begins, s.
    pub begins_s: f64,
    /// It goes on, s.
    pub leaves_s: f64,
}

/// What a vehicle does.
#[derive(Debug, Clone, PartialEq)]
pub struct Itinerary {
    /// It leaves where it is, s.
    pub leaves_s: f64,
    /// In order.
    pub visits: Vec<Visit>,
    /// The whole way to its end, m east and north.
    pub path_m: Vec<[f64; 2]>,
    /// It arrives at its end, s.
    pub ends_s: f64,
}

/// Rounding may miss a limit by so much, s.
const SLACK_S: f64 = 1e-3;

/// Flies the visits in their order, leaving as late as makes nothing later (one in the air leaves at once).
/// Nothing where a leg cannot be flown.
pub(super) fn flown(
    problem: &Problem,
    vehicle: &Vehicle,
    airborne: bool,
    visits: &[TaskId],
    wind_m_s: [f64; 2],
    detours: &mut Detours,
) -> Option<Itinerary> {
    let at_once = from(problem, vehicle, vehicle.shift_s[0], visits, wind_m_s, detours)?;
    if airborne {
        return Some(at_once);
    }
    // By how much every begin could be later, without being late (Savelsbergh 1992), but not more than it would wait.
    let mut waited_s = 0.0;
    let mut spare_s = f64::INFINITY;
    for visit in &at_once.visits {
        waited_s += visit.begins_s - visit.arrives_s;
        spare_s = spare_s.min(waited_s + problem.tasks[usize::from(visit.task.0)].window_s[1] - visit.begins_s);
    }
    from(problem, vehicle, vehicle.shift_s[0] + spare_s.min(waited_s).max(0.0), visits, wind_m_s, detours)
}

fn from(
    problem: &Problem,
    vehicle: &Vehicle,
    leaves_s: f64,
    visits: &[TaskId],
    wind_m_s: [f64; 2],
    detours: &mut Detours,
) -> Option<Itinerary> {
    let mut itinerary = Itinerary { leaves_s, visits: Vec::new(), path_m: vec![vehicle.start_m], ends_s: leaves_s };
    let (mut at_m, mut now_s) = (vehicle.start_m, leaves_s);
    for task in visits {
        let visited = &problem.tasks[usize::from(task.0)];
        let way = detours.way(at_m, visited.at_m)?;
        let arrives_s = now_s + takes_s(&way, vehicle.speed_m_s, wind_m_s)?;
        itinerary.path_m.extend(&way[1..]);
        let begins_s = arrives_s.max(visited.window_s[0]);
        now_s = begins_s + visited.service_s;
        at_m = visited.at_m;
        itinerary.visits.push(Visit { task: *task, arrives_s, begins_s, leaves_s: now_s });
    }
    let way = detours.way(at_m, vehicle.end_m)?;
    itinerary.path_m.extend(&way[1..]);
    itinerary.ends_s = now_s + takes_s(&way, vehicle.speed_m_s, wind_m_s)?;
    Some(itinerary)
}

/// How long a way takes, s; nothing where the wind is too strong for a leg of it.
pub(super) fn takes_s(way: &[[f64; 2]], airspeed_m_s: f64, wind_m_s: [f64; 2]) -> Option<f64> {
    way.windows(2)
        .map(|pair| match direction(pair[0], pair[1]) {
            None => Some(0.0),
            Some(along) => Some(distance(pair[0], pair[1]) / ground_speed_m_s(airspeed_m_s, wind_m_s, along)?),
        })
        .sum()
}

impl Itinerary {
    /// Whether every visit is in its window, and the vehicle back in its shift with its endurance kept.
    pub(super) fn holds(&self, problem: &Problem, vehicle: &Vehicle) -> bool {
        let in_time = |visit: &Visit| visit.begins_s <= problem.tasks[usize::from(visit.task.0)].window_s[1] + SLACK_S;
        self.visits.iter().all(in_time)
            && self.ends_s <= vehicle.shift_s[1] + SLACK_S
            && self.ends_s - self.leaves_s <= vehicle.endurance_s + SLACK_S
    }
}
