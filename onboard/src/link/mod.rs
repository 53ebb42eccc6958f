//! The link to the autopilot: MAVLink 2 against ArduPilot (copter, plane, rover and boat), without I/O.
//!
//! - [`splitter`]: bytes to whole frames, by their [`checksum`]; [`frames`]: frames to messages and back;
//! - [`session`]: heartbeats both ways, and the streams of telemetry;
//! - [`command`]: one command with its acknowledgement;
//! - [`confirmed`]: a command that counts only once the telemetry shows it;
//! - [`mission`]: a mission's way into the autopilot, and the proof that it arrived; [`items`] is what is sent;
//! - [`mode`]: modes by name;
//! - [`procedure`]: what takes several of these, such as a start;
//! - [`telemetry`]: what the autopilot says of the vehicle.
//!
//! Everything takes time as an argument and gives back messages to send. Nothing here decides whether something is
//! wise: that is `guard`'s, which is asked before anything here begins.
//!
//! Source: <https://mavlink.io/en/services/>, and the behaviour of ArduPilot 4.5 where it differs.

pub mod checksum;
pub mod command;
pub mod confirmed;
pub mod frames;
pub mod items;
pub mod mission;
pub mod mode;
pub mod procedure;
pub mod session;
pub mod splitter;
pub mod status_text;
mod stream_groups;
pub mod telemetry;
