//! The simulated autopilot, flown from outside over MAVLink.

mod determinism;
mod failsafes;
mod flights;
mod handshake;
mod kinds;
mod mission;
mod pilot;
mod quirks;
