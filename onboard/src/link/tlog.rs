//! The flight record: every frame that passed, with the time it did.
//!
//! The format is the "tlog" of the ground stations: before each frame the microseconds since 1970 as eight bytes, the
//! highest first. mavlogdump.py, MAVExplorer and Mission Planner read it. Where it goes, and how much of it is kept, is
//! the shell's business.

use telemetry::Timestamp;

/// Appends one frame.
pub fn append(record: &mut Vec<u8>, at: Timestamp, frame: &[u8]) {
    let micros = u64::try_from(at.unix_nanos() / 1_000).unwrap_or(0);
    record.extend_from_slice(&micros.to_be_bytes());
    record.extend_from_slice(frame);
}
