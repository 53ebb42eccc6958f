//! Sensor bytes to detections to tracks.
//!
//! The decoders ([`ais`], [`plots`]) turn foreign bytes into the scans of `telemetry`, a [`feed`] at a time; the
//! [`tracker`] turns scans into tracks. All of it is plain code without I/O, clock or randomness: time comes in as an argument, so the simulator and
//! the operations room run the same lines. Nothing here raises an alert or decides what a track means.

pub mod ais;
pub mod feed;
pub mod registration;
pub mod sharing;
pub mod tracker;
pub mod trial;

pub use plots;
pub use vision::assignment;
