//! What is to be done, and with what: checked once, so that the search may trust it.

use thiserror::Error;

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

/// Tasks and vehicles that cannot be planned with.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProblemError {
    /// More than the search is made for.
    #[error("{found} {what}: at most {} can be planned for", Problem::MOST)]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
    },
    /// A number is not one, or not possible.
    #[error("{what} {number}: {field} is {found}, allowed is {allowed}")]
    Number {
        /// `task` or `vehicle`.
        what: &'static str,
        /// Which one, counted from 0.
        number: usize,
        /// Of what.
        field: &'static str,
        /// What was found.
        found: f64,
        /// What is allowed.
        allowed: &'static str,
    },
}

impl Problem {
    /// The most tasks, and the most vehicles: what is looked up takes 10 bytes a pair of tasks, 24 a task and vehicle.
    pub const MOST: usize = 2_000;

    /// Checks that every number can be planned with.
    ///
    /// # Errors
    /// [`ProblemError`] with the first that cannot.
    pub fn check(&self) -> Result<(), ProblemError> {
        for (what, found) in [("tasks", self.tasks.len()), ("vehicles", self.vehicles.len())] {
            if found > Self::MOST {
                return Err(ProblemError::TooMany { what, found });
            }
        }
        for (number, task) in self.tasks.iter().enumerate() {
            let check = Check { what: "task", number };
            check.finite("at", &task.at_m)?;
            check.finite("window", &task.window_s)?;
            check.least("service", task.service_s, 0.0)?;
            check.least("prize", task.prize, 0.0)?;
        }
        for (number, vehicle) in self.vehicles.iter().enumerate() {
            let check = Check { what: "vehicle", number };
            check.finite("start", &vehicle.start_m)?;
            check.finite("end", &vehicle.end_m)?;
            check.finite("shift", &vehicle.shift_s)?;
            check.least("endurance", vehicle.endurance_s, 0.0)?;
            check.least("speed", vehicle.speed_m_s, SPEED_MIN_M_S)?;
        }
        Check { what: "problem", number: 0 }.least("miss penalty", self.miss_penalty_s, 0.0)
    }
}

/// What stands still arrives nowhere.
const SPEED_MIN_M_S: f64 = 1e-3;
/// Beyond this a number is damage, and sums of it would lose their seconds.
const NUMBER_MAX: f64 = 1e12;

struct Check {
    what: &'static str,
    number: usize,
}

impl Check {
    fn finite(&self, field: &'static str, numbers: &[f64]) -> Result<(), ProblemError> {
        match numbers.iter().find(|number| number.is_nan() || number.abs() > NUMBER_MAX) {
            Some(found) => Err(self.error(field, *found, "a number up to 1e12")),
            None => Ok(()),
        }
    }

    fn least(&self, field: &'static str, number: f64, least: f64) -> Result<(), ProblemError> {
        let allowed = if least > 0.0 { "at least 0.001, up to 1e12" } else { "0 to 1e12" };
        if (least..=NUMBER_MAX).contains(&number) { Ok(()) } else { Err(self.error(field, number, allowed)) }
    }

    fn error(&self, field: &'static str, found: f64, allowed: &'static str) -> ProblemError {
        ProblemError::Number { what: self.what, number: self.number, field, found, allowed }
    }
}
