//! The operations room: fleet, picture, alerts, cues, store, and the pages and sockets a console speaks to.
//!
//! [`station::Station`] decides and does no I/O; everything around it does I/O and decides nothing. The station never moves a vehicle on its own: a command carries the name of the person who gave
//! it, or of the person who released the plan it belongs to.

pub mod airspace;
pub mod alerts;
pub mod config;
pub mod cues;
pub mod desk;
pub mod evidence;
pub mod fleet;
pub mod night;
pub mod outlook;
pub mod picture;
pub mod plans;
pub mod preflight;
pub mod recording;
pub mod serve;
pub mod station;
pub mod store;
pub mod video;
pub mod web;

mod commands;

pub use config::StationFile;
pub use station::{Input, Output, Station, StationConfig};
