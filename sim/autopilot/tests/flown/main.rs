//! The simulated autopilot, flown from outside over MAVLink.

mod determinism;
mod failsafes;
mod files;
mod flights;
mod handshake;
mod kinds;
mod mission;
mod payload;
mod pilot;
mod px4;
mod px4_missions;
mod quirks;
mod recorded;
mod signing;
mod steering;
mod switched_alone;
mod switches;
