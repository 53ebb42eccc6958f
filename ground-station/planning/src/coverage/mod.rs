//! Area search: every part of a target polygon passes under the sensor, in the least time, without leaving the area that
//! may be flown in. A path through such an area is a *coverage path*; the sensor sees a strip, the *swath*.
//!
//! 1. Parallel lanes are felt for on a raster of the target, in many directions and shifts; those that
//!    promise the least time are ordered as a travelling-salesman tour with the true times in wind, around no-fly areas
//!    by the quickest way (visibility graph). What is still unseen gets a visit. That is the first plan.
//! 2. The best are refined as a whole: annealing moves legs, ends and turns, takes legs out and puts others in. Each
//!    change is judged by the time it takes and by what is seen, counted cell by cell, so lanes trim themselves to ragged
//!    coasts and go where others have not seen yet.
//!
//! A plan knows what it sees and where it goes: [`Plan::valid`] is counted anew on two rasters, one of them in line with
//! no lane, because a search finds every gap between the cells of one. Where enough cannot be seen the plan says so.

pub(crate) mod area;
mod lanes;
mod mend;
pub(crate) mod motion;
mod moves;
mod order;
mod problem;
mod raster;
mod refine;
mod search;
pub(crate) mod ways;

pub use motion::Leg;
pub use problem::{Polygon, Problem, ProblemError, Turning};
pub use search::{Plan, Route, search};
