//! The older way to ask for telemetry: groups of streams. It is superseded, but some autopilots know nothing else.

#![allow(deprecated, reason = "the fall-back for autopilots that do not know MAV_CMD_SET_MESSAGE_INTERVAL")]

use mavlink::dialects::ardupilotmega::{MavDataStream, MavMessage, REQUEST_DATA_STREAM_DATA};
use telemetry::MavSystemId;

use super::session::AUTOPILOT;

/// The groups that hold the streams wanted, and their rates in Hz.
const GROUPS: [(MavDataStream, u16); 3] = [
    (MavDataStream::MAV_DATA_STREAM_POSITION, 5),
    (MavDataStream::MAV_DATA_STREAM_EXTRA1, 5),
    (MavDataStream::MAV_DATA_STREAM_EXTENDED_STATUS, 1),
];

/// The requests for every group.
pub(super) fn requests(system: MavSystemId) -> impl Iterator<Item = MavMessage> {
    GROUPS.into_iter().map(move |(group, rate_hz)| {
        MavMessage::REQUEST_DATA_STREAM(REQUEST_DATA_STREAM_DATA {
            req_message_rate: rate_hz,
            target_system: system.0,
            target_component: AUTOPILOT.0,
            req_stream_id: group,
            start_stop: 1,
        })
    })
}
