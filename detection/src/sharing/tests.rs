//! The picture as a whole: what stations see goes in, targets come out.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

mod counting;
mod hostile;
mod provenance;
