//! The link to the autopilot: MAVLink 2 against ArduPilot (copter, plane, rover and boat, sub) and PX4, without
//! I/O.
//!
//! - [`splitter`]: bytes to whole frames, by their [`checksum`]; [`frames`]: frames to messages and back;
//! - [`wire`]: all links and what goes between them, by [`routes`], [`failover`], [`permission`] and [`signing`], with
//!   [`high_latency`] for thin ones and a flight record in the [`tlog`] format; [`endpoint`]: one end of a single link;
//! - [`time_sync`]: the autopilot's clock; [`mount`]: how the camera stands in the world; [`remote_id`]: who we are, for everybody;
//! - [`payload`]: the [`camera`]s and [`gimbal`]s on board, each a [`component`] that is told things;
//! - [`ftp`] (by its [`ftp_message`]s) and [`logs`]: files and flight logs, in [`pieces`]; each a [`service`];
//! - [`session`]: heartbeats both ways, and the streams of telemetry; [`discovery`]: what the autopilot is;
//! - [`message_request`]: one message that is asked for;
//! - [`command`]: one command with its acknowledgement;
//! - [`confirmed`]: a command that counts only once the telemetry shows it;
//! - [`parameters`]: read and set; [`failsafe_settings`]: what they mean for a plan;
//! - [`fence_switch`]: when the autopilot's own fence is switched on;
//! - [`transfer`]: a list's replacement in the autopilot, proved, by [`upload`] and [`download`]; [`lists`] are mission,
//!   fence and rally points, [`items`] what a plan becomes in them; [`set_current`]: where a mission goes on;
//! - [`mode`]: modes by name; [`listed_modes`]: those that the autopilot names itself;
//! - [`procedure`]: what takes several of these, such as a start;
//! - [`telemetry`]: what the autopilot says of the vehicle, and at what [`pace`]; [`status_text`]: what it says in words;
//! - [`round_trip`]: how long it takes to answer.
//!
//! Everything takes time as an argument and gives back messages to send. Nothing here decides whether something is
//! wise: that is `guard`'s, which is asked before anything here begins.
//!
//! Source: <https://mavlink.io/en/services/>, and the behaviour of ArduPilot 4.5 and PX4 1.17 where it differs.

pub mod camera;
pub mod checksum;
pub mod command;
pub mod component;
pub mod confirmed;
pub mod discovery;
pub mod download;
pub mod endpoint;
pub mod failover;
pub mod failsafe_settings;
pub mod fence_switch;
pub mod frames;
pub mod ftp;
pub mod ftp_message;
pub mod gimbal;
pub mod high_latency;
pub mod items;
pub mod listed_modes;
pub mod lists;
pub mod logs;
pub mod message_request;
pub mod mode;
pub mod mount;
pub mod pace;
pub mod parameters;
pub mod payload;
pub mod permission;
pub mod pieces;
pub mod procedure;
pub mod remote_id;
pub mod round_trip;
pub mod routes;
pub mod service;
pub mod session;
pub mod set_current;
pub mod signing;
pub mod splitter;
pub mod status_text;
mod stream_groups;
pub mod telemetry;
pub mod time_sync;
pub mod tlog;
pub mod transfer;
pub mod upload;
pub mod wire;
