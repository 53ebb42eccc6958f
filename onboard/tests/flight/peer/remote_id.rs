//! What an ArduPilot with Remote ID wants to know before it arms, in the order in which it complains.

use mavlink::dialects::ardupilotmega::{MavMessage, MavOdidArmStatus, MavOdidUaType};

/// What has come so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Broadcast {
    transmitter_ready: bool,
    identity: bool,
    operator_placed: bool,
}

impl Broadcast {
    pub(super) fn take(&mut self, message: &MavMessage) {
        match message {
            MavMessage::OPEN_DRONE_ID_ARM_STATUS(said) => {
                self.transmitter_ready = said.status == MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM;
            }
            MavMessage::OPEN_DRONE_ID_BASIC_ID(said) => {
                self.identity = said.ua_type != MavOdidUaType::MAV_ODID_UA_TYPE_NONE;
            }
            MavMessage::OPEN_DRONE_ID_SYSTEM(said) => {
                self.operator_placed = said.operator_latitude != 0 && said.operator_longitude != 0;
            }
            _ => {}
        }
    }

    /// What it complains about; in the tests the transmitter's word last, so that it is the only thing that is missing.
    pub(super) fn missing(self) -> Option<&'static str> {
        match self {
            Self { identity: false, .. } => Some("UA_TYPE required in BasicID"),
            Self { operator_placed: false, .. } => Some("SYSTEM not available"),
            Self { transmitter_ready: false, .. } => Some("ARM_STATUS not available"),
            _ => None,
        }
    }
}
