//! The tracker as a whole: what goes in as scans and comes out as tracks.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

mod air;
mod bearings;
mod claims;
mod flood;
mod fusion;
mod hostile;
mod kinds;
mod order;
mod places;
mod recorded;
mod registration;
mod scene;
mod vessels;
