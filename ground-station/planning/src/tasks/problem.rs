//! What is to be done, and with what: checked once, so that the search may trust it.

use crate::limits::{Check, LimitError, count, within};

/// A task, by its place in [`Problem::tasks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u16);

/// A vehicle, by its place in [`Problem::vehicles`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VehicleIndex(pub u16);

/// A place to visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// East and north, metres.
    pub at_m: [f64; 2],
    /// When the visit may begin, from and to, s.
    pub window_s: [f64; 2],
    /// How long it lasts, s.
    pub service_s: f64,
    /// What the vehicle must carry, by name.
    pub needs: String,
    /// What leaving it out costs, in units of [`Problem::miss_penalty_s`].
    pub prize: f64,
}

/// One that visits.
#[derive(Debug, Clone, PartialEq)]
pub struct Vehicle {
    /// What it carries, by name.
    pub carries: Vec<String>,
    /// Its speed, m/s.
    pub speed_m_s: f64,
    /// The longest it may be out, s.
    pub endurance_s: f64,
    /// When it may begin and must have ended, s.
    pub shift_s: [f64; 2],
    /// Where it begins, metres east and north.
    pub start_m: [f64; 2],
    /// Where it ends.
    pub end_m: [f64; 2],
}

/// Tasks and vehicles.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// With what.
    pub vehicles: Vec<Vehicle>,
    /// What a prize of 1 missed costs, in seconds of travel.
    pub miss_penalty_s: f64,
}

impl Problem {
    /// The most tasks, and the most vehicles: what is looked up takes 10 bytes a pair of tasks, 24 a task and vehicle.
    pub const MOST: usize = 2_000;

    /// Checks that every number can be planned with.
    ///
    /// # Errors
    /// [`LimitError`] with the first that cannot.
    pub fn check(&self) -> Result<(), LimitError> {
        count("tasks", self.tasks.len(), 0, Self::MOST)?;
        count("vehicles", self.vehicles.len(), 0, Self::MOST)?;
        for (number, task) in self.tasks.iter().enumerate() {
            let check = Check { what: "task", number };
            pair(check, "at", task.at_m)?;
            pair(check, "window", task.window_s)?;
            check.within("service", task.service_s, 0.0, NUMBER_MAX)?;
            check.within("prize", task.prize, 0.0, NUMBER_MAX)?;
        }
        for (number, vehicle) in self.vehicles.iter().enumerate() {
            let check = Check { what: "vehicle", number };
            pair(check, "start", vehicle.start_m)?;
            pair(check, "end", vehicle.end_m)?;
            pair(check, "shift", vehicle.shift_s)?;
            check.within("endurance", vehicle.endurance_s, 0.0, NUMBER_MAX)?;
            check.within("speed", vehicle.speed_m_s, SPEED_MIN_M_S, NUMBER_MAX)?;
        }
        within("miss penalty", self.miss_penalty_s, 0.0, NUMBER_MAX)
    }
}

fn pair(check: Check, field: &'static str, numbers: [f64; 2]) -> Result<(), LimitError> {
    numbers.into_iter().try_for_each(|number| check.within(field, number, -NUMBER_MAX, NUMBER_MAX))
}

/// What stands still arrives nowhere.
const SPEED_MIN_M_S: f64 = 1e-3;
/// Beyond this a number is damage, and sums of it would lose their seconds.
const NUMBER_MAX: f64 = 1e12;
