//! The companion computer of one vehicle: the link to its autopilot, the guard that has the last word on board, and
//! the journal that loses nothing.
//!
//! [`agent::Agent`] is the core: it does no I/O and reads no clock. `main.rs` is the shell that gives it sockets, a
//! disk and the time; the simulator is another. What this crate never does: act on anything but its own vehicle, or
//! send it anywhere that the guard has not checked.

pub mod agent;
mod bucket;
pub mod config;
pub mod doctor;
pub mod evidence;
pub mod guard;
pub mod journal;
pub mod link;
pub mod live;
pub mod shell;
