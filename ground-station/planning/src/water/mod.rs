//! Under water, with a vehicle on a tether: a [`hull()`] side by side, a [`quay()`] wall, the [`seabed()`].
//!
//! The controller stands somewhere (a boat alongside, the quay) and the vehicle is never farther from it than its tether
//! reaches; where it has to reach farther, the controller moves on to the next *station*. The tether is taken to run
//! straight, and round the bilge where it leads under a hull: so no station's way crosses the keel, and every way under a
//! hull goes back out as it went in.
//!
//! Heights are above the water: depths are negative heights.

mod face;
mod hull;
mod quay;
mod seabed;
mod tether;

pub use hull::{HullPlan, HullRequest, HullSide, HullStation, hull};
pub use quay::{QuayRequest, quay};
pub use seabed::{SeabedRequest, seabed};
pub use tether::{Plan, Rov, Station, WaterError};
