//! What may go to the autopilot and the payload past the guard.
//!
//! Only what asks and changes nothing: everything else is refused, a message that is not known above all. A ground link
//! for which the configuration says `commands = true` may send what it likes, save for a new signing key: its operator
//! then flies past the guard's checks of commands, and the guard can only watch and override.

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega as dialect;
use mavlink::dialects::ardupilotmega::MavCmd;

use super::splitter::RawFrame;

/// Messages that ask for something or say something, and make nobody do anything.
#[allow(deprecated, reason = "MAVSDK's cameras still send PING")]
const HARMLESS: [u32; 11] = [
    dialect::HEARTBEAT_DATA::ID,
    dialect::TIMESYNC_DATA::ID,
    dialect::PING_DATA::ID,
    dialect::PARAM_REQUEST_READ_DATA::ID,
    dialect::PARAM_REQUEST_LIST_DATA::ID,
    dialect::MISSION_REQUEST_LIST_DATA::ID,
    dialect::MISSION_REQUEST_INT_DATA::ID,
    dialect::LOG_REQUEST_LIST_DATA::ID,
    dialect::LOG_REQUEST_DATA_DATA::ID,
    dialect::LOG_REQUEST_END_DATA::ID,
    dialect::PARAM_EXT_REQUEST_READ_DATA::ID,
];
/// What cameras (258 to 277), gimbals (280 to 289) and a Remote ID transmitter say of themselves; without the
/// transmitter's word ArduPilot does not arm.
const PAYLOAD_REPORTS: [u32; 15] = [
    dialect::OPEN_DRONE_ID_ARM_STATUS_DATA::ID,
    dialect::CAMERA_INFORMATION_DATA::ID,
    dialect::CAMERA_SETTINGS_DATA::ID,
    dialect::STORAGE_INFORMATION_DATA::ID,
    dialect::CAMERA_CAPTURE_STATUS_DATA::ID,
    dialect::CAMERA_IMAGE_CAPTURED_DATA::ID,
    dialect::VIDEO_STREAM_INFORMATION_DATA::ID,
    dialect::VIDEO_STREAM_STATUS_DATA::ID,
    dialect::CAMERA_FOV_STATUS_DATA::ID,
    dialect::CAMERA_TRACKING_IMAGE_STATUS_DATA::ID,
    dialect::GIMBAL_DEVICE_INFORMATION_DATA::ID,
    dialect::GIMBAL_DEVICE_ATTITUDE_STATUS_DATA::ID,
    dialect::GIMBAL_MANAGER_INFORMATION_DATA::ID,
    dialect::GIMBAL_MANAGER_STATUS_DATA::ID,
    dialect::COMMAND_ACK_DATA::ID,
];
/// Where the number of the command stands in COMMAND_LONG and COMMAND_INT (both have it behind seven words).
const COMMAND_AT: usize = 28;
/// Where the operation of a FILE_TRANSFER_PROTOCOL message stands: three bytes of addressing, then two of sequence
/// number and one of session.
const FTP_OPERATION_AT: usize = 6;
/// Terminate and reset sessions, list, open to read, read, checksum, read in a burst.
const FTP_READS: [u8; 7] = [1, 2, 3, 4, 5, 14, 15];

/// Whether a frame changes nothing where it arrives.
#[must_use]
pub fn only_asks(frame: &RawFrame<'_>) -> bool {
    let byte = |at: usize| frame.payload().get(at).copied().unwrap_or(0);
    match frame.id {
        _ if !frame.checked => false,
        id if HARMLESS.contains(&id) => true,
        dialect::COMMAND_LONG_DATA::ID | dialect::COMMAND_INT_DATA::ID => {
            let command = u16::from_le_bytes([byte(COMMAND_AT), byte(COMMAND_AT + 1)]);
            u32::from(command) == MavCmd::MAV_CMD_REQUEST_MESSAGE as u32
        }
        dialect::FILE_TRANSFER_PROTOCOL_DATA::ID => FTP_READS.contains(&byte(FTP_OPERATION_AT)),
        _ => false,
    }
}

/// Whether a payload component may say this to the autopilot.
#[must_use]
pub fn payload_may(frame: &RawFrame<'_>) -> bool {
    only_asks(frame) || (frame.checked && PAYLOAD_REPORTS.contains(&frame.id))
}

/// Whether a ground link that may command may send this.
#[must_use]
pub fn commander_may(frame: &RawFrame<'_>) -> bool {
    frame.id != dialect::SETUP_SIGNING_DATA::ID
}
