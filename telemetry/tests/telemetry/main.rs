//! Tests of what travels, but for the bus, which has its own.

#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]

mod evolution;
mod frames;
mod generate;
mod golden;
mod recording;
mod samples;
mod topics;
mod values;
mod wire;
