//! The crate from outside, as other programs use it.

#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]

mod file_errors;
mod formats;
mod hostile;
mod incidents;
mod mission_formats;
mod plan_checks;
mod shipped;
mod zone_formats;
mod zones;
