//! The operations room from outside: one program of all integration tests, because each of its own would be linked
//! with the whole bus.

#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]

mod night;
mod port;

mod alerts_and_cues;
mod cameras;
mod configuration;
mod desk;
mod dispatch;
mod evidence;
mod journal;
mod outlook;
mod planning;
mod program;
mod random_walk;
mod recorded_room;
mod registration;
mod replay;
mod schedule;
mod sharing;
mod sorties;
mod store;
mod time;
mod video;
mod web;
