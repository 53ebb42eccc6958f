//! Tasks shared out among vehicles: each is a place to be visited within a time window, for a while, with the right
//! camera; each vehicle has a speed, a shift, an endurance, and a place where it begins and one where it ends.
//!
//! What cannot be visited by anybody in time is left out; leaving out costs by the task's prize. A plan is judged by the
//! time travelled and the prizes missed. It is a vehicle routing problem with time windows, a mixed fleet and prizes.
//!
//! The search is *slack induction by string removals* (Christiaens & Vanden Berghe 2020): strings of neighbouring visits
//! are torn out of a few routes and put back greedily, in changing order, under simulated annealing. Routes keep to all
//! limits at every moment, so the best found can be flown whenever the search is stopped.

mod problem;
mod recreate;
mod route;
mod ruin;
mod search;
mod segment;

pub use problem::{Problem, Task, TaskId, Vehicle, VehicleIndex};
pub use route::Schedule;
pub(crate) use search::replan_along;
pub use search::{Plan, replan, solve};
