//! What travels between the parts of Picket: identifiers, time, frames of reference, messages, topics, the bus and
//! the recording.
//!
//! Every other crate uses this one; it uses none of them. Inside, lengths are metres, angles radians, speeds metres a
//! second; degrees appear only where a person reads or writes (files, console, gateways). The crate decides nothing:
//! it has no opinion on what a track means or whether a command is wise.

pub mod altitude;
pub mod angle;
pub mod bus;
pub mod delivery;
pub mod frames;
pub mod ids;
pub mod messages;
pub mod pieces;
pub mod recording;
pub mod time;
pub mod topics;
pub mod wire;

pub use altitude::{AltitudeAmsl, AltitudeHae, GeoidUndulation, HeightAboveHome, HeightAgl};
pub use angle::{Azimuth, Course, Elevation, Heading};
pub use frames::{Attitude, Ecef, Enu, EnuVelocity, Frd, Geodetic, LatLon, Ned, SiteFrame};
pub use ids::{
    AlertId, CommandId, CueId, DetectionId, FlightId, Icao24, InvalidId, MavComponentId, MavSystemId, Mmsi, OperatorId,
    PlanId, SensorId, SiteId, StationId, TrackId, VehicleId, ZoneId,
};
pub use messages::Message;
pub use time::{BootTime, Timestamp};
pub use topics::{Delivery, Program, Topic, TopicRule};
