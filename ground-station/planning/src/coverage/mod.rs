//! Area search.

mod area;
mod lanes;
mod motion;
mod order;
mod plane;
mod problem;
mod raster;
mod refine;
mod search;
mod ways;

pub use motion::Leg;
pub use problem::{Polygon, Problem, ProblemError, Turning};
pub use search::{Plan, Route, search};
