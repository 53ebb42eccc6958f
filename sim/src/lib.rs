//! The world for testing: vehicles that speak MAVLink, vessels, intruders, birds, sensors, links, faults; nights in
//! virtual time and live; replay; scores.
//!
//! [`night`] plays a scenario in virtual time around the cores that fly; [`live`] plays the same scenario around the
//! real programs; [`fleet`] flies autopilots alone, for other ground software; [`footage`] films a scenario with a rendered
//! camera. Nothing uses this crate but its own program and the tests.

pub mod compose;
pub mod fleet;
pub mod footage;
pub mod instruments;
pub mod link;
pub mod live;
pub mod night;
pub mod player;
pub mod recorded_flight;
pub mod replay;
pub mod report;
pub mod room_file;
pub mod sensors;
pub mod world;

pub use autopilot::random;
