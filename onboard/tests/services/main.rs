//! Every service of the link against a scripted autopilot of either make, over links that lose, double and delay.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bench;
#[path = "../flight/mod.rs"]
mod flight;
mod flying;
mod settings;
mod transfers;
