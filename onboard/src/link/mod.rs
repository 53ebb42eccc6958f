//! The link to the autopilot: MAVLink 2 against ArduPilot (copter, plane, rover and boat), without I/O.
//!
//! - [`splitter`]: bytes to whole frames, by their [`checksum`]; [`frames`]: frames to messages and back;
//! - [`wire`]: all links and what goes between them, by [`routes`], [`failover`], [`permission`] and [`signing`], with
//!   [`high_latency`] for thin ones and a flight record in the [`tlog`] format;
//! - [`time_sync`]: the autopilot's clock; [`remote_id`]: who we are, for everybody;
//! - [`payload`]: the [`camera`]s and [`gimbal`]s on board, each a [`component`] that is told things;
//! - [`ftp`] (by its [`ftp_message`]s) and [`logs`]: files and flight logs, in [`pieces`]; each a [`service`];
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

pub mod camera;
pub mod checksum;
pub mod command;
pub mod component;
pub mod confirmed;
pub mod failover;
pub mod frames;
pub mod ftp;
pub mod ftp_message;
pub mod gimbal;
pub mod high_latency;
pub mod items;
pub mod logs;
pub mod mission;
pub mod mode;
pub mod payload;
pub mod permission;
pub mod pieces;
pub mod procedure;
pub mod remote_id;
pub mod routes;
pub mod service;
pub mod session;
pub mod signing;
pub mod splitter;
pub mod status_text;
mod stream_groups;
pub mod telemetry;
pub mod time_sync;
pub mod tlog;
pub mod wire;
