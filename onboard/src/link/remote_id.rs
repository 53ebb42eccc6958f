//! Our own aircraft's Remote ID: who we are and who flies, for the transmitter on board.
//!
//! The autopilot passes on what we say (BASIC_ID, OPERATOR_ID, SELF_ID, SYSTEM) and adds where the aircraft is; the
//! transmitter answers with ARM_STATUS. ArduPilot with Remote ID lets nobody arm before BASIC_ID with a type, SYSTEM
//! with the operator's place, and ARM_STATUS have come, and wants SYSTEM to go on coming.
//!
//! The operator's place is the configured one, else where the vehicle took off: what it counts as home.
//!
//! Source: <https://mavlink.io/en/services/opendroneid.html>, ASTM F3411-22a; ArduPilot 4.5's `AP_OpenDroneID`.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    MavMessage, MavOdidArmStatus, MavOdidCategoryEu, MavOdidClassEu, MavOdidClassificationType, MavOdidDescType,
    MavOdidIdType, MavOdidOperatorIdType, MavOdidOperatorLocationType, MavOdidUaType, OPEN_DRONE_ID_ARM_STATUS_DATA,
    OPEN_DRONE_ID_BASIC_ID_DATA, OPEN_DRONE_ID_OPERATOR_ID_DATA, OPEN_DRONE_ID_SELF_ID_DATA, OPEN_DRONE_ID_SYSTEM_DATA,
};
use mavlink::types::CharArray;
use serde::{Deserialize, Serialize};
use telemetry::{AltitudeHae, LatLon, MavSystemId, Timestamp};

use super::items::e7;

/// How often the operator's place goes out.
pub const SYSTEM_EVERY: Duration = Duration::from_secs(1);
/// How often the rest does: the standard wants it every three seconds.
pub const IDENTITY_EVERY: Duration = Duration::from_secs(3);
/// The most bytes of an id.
pub const ID_MAX: usize = 20;
/// The most bytes of a description.
pub const DESCRIPTION_MAX: usize = 23;
/// 2019-01-01 in Unix seconds, from where the messages count.
const SECONDS_FROM_UNIX: i64 = 1_546_300_800;
/// "Unknown", in metres.
const NO_ALTITUDE: f32 = -1000.0;

/// Who the aircraft is and who flies it.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// What the id is.
    pub id_kind: IdKind,
    /// The aircraft's id, at most [`ID_MAX`] bytes of ASCII.
    pub id: String,
    /// The operator's registration, at most [`ID_MAX`] bytes of ASCII.
    pub operator: String,
    /// What the flight is for, at most [`DESCRIPTION_MAX`] bytes of ASCII.
    pub description: String,
    /// What kind of aircraft it is.
    pub aircraft: MavOdidUaType,
    /// Its class in the European Union, 0 to 6.
    pub eu_class: Option<u8>,
    /// Where the operator is, if that is not where the vehicle takes off.
    pub operator_place: Option<(LatLon, AltitudeHae)>,
}

/// What an aircraft's id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// The maker's serial number (ANSI/CTA-2063-A).
    Serial,
    /// A registration by the authority.
    Registration,
}

/// Says who we are.
#[derive(Debug)]
pub struct RemoteId {
    system: MavSystemId,
    identity: Identity,
    next_system: Timestamp,
    next_identity: Timestamp,
    /// What the transmitter said last: nothing wrong, or what.
    arm_status: Option<Result<(), String>>,
}

impl RemoteId {
    /// Nothing said yet.
    #[must_use]
    pub fn new(system: MavSystemId, identity: Identity, now: Timestamp) -> Self {
        Self { system, identity, next_system: now, next_identity: now, arm_status: None }
    }

    /// Says what is due. `home` is where the vehicle took off, once that is known.
    pub fn advance(&mut self, now: Timestamp, home: Option<(LatLon, AltitudeHae)>, out: &mut Vec<MavMessage>) {
        if now >= self.next_identity {
            self.next_identity = now + IDENTITY_EVERY;
            out.extend([self.basic_id(), self.operator_id(), self.self_id()]);
        }
        if now >= self.next_system {
            self.next_system = now + SYSTEM_EVERY;
            out.extend(self.identity.operator_place.or(home).map(|place| self.system_message(now, place)));
        }
    }

    /// When [`RemoteId::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.next_identity.min(self.next_system)
    }

    /// Takes the transmitter's word. Gives back what is new in it, in words.
    pub fn take(&mut self, status: &OPEN_DRONE_ID_ARM_STATUS_DATA) -> Option<String> {
        let status = match status.status {
            MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM => Ok(()),
            MavOdidArmStatus::MAV_ODID_ARM_STATUS_PRE_ARM_FAIL_GENERIC => {
                Err(status.error.to_str().unwrap_or("unreadable").trim_end_matches('\0').to_owned())
            }
        };
        if self.arm_status.as_ref() == Some(&status) {
            return None;
        }
        let words = match &status {
            Ok(()) => "Remote ID: the transmitter is ready".to_owned(),
            Err(why) => format!("Remote ID: the transmitter keeps the vehicle from arming: {why}"),
        };
        self.arm_status = Some(status);
        Some(words)
    }

    /// What the transmitter said last: nothing wrong, or what; nothing where none has been heard.
    #[must_use]
    pub fn arm_status(&self) -> Option<&Result<(), String>> {
        self.arm_status.as_ref()
    }

    fn basic_id(&self) -> MavMessage {
        MavMessage::OPEN_DRONE_ID_BASIC_ID(OPEN_DRONE_ID_BASIC_ID_DATA {
            target_system: self.system.0,
            target_component: 0,
            id_or_mac: [0; 20],
            id_type: match self.identity.id_kind {
                IdKind::Serial => MavOdidIdType::MAV_ODID_ID_TYPE_SERIAL_NUMBER,
                IdKind::Registration => MavOdidIdType::MAV_ODID_ID_TYPE_CAA_REGISTRATION_ID,
            },
            ua_type: self.identity.aircraft,
            uas_id: padded(&self.identity.id),
        })
    }

    fn operator_id(&self) -> MavMessage {
        MavMessage::OPEN_DRONE_ID_OPERATOR_ID(OPEN_DRONE_ID_OPERATOR_ID_DATA {
            target_system: self.system.0,
            target_component: 0,
            id_or_mac: [0; 20],
            operator_id_type: MavOdidOperatorIdType::MAV_ODID_OPERATOR_ID_TYPE_CAA,
            operator_id: CharArray::new(padded(&self.identity.operator)),
        })
    }

    fn self_id(&self) -> MavMessage {
        MavMessage::OPEN_DRONE_ID_SELF_ID(OPEN_DRONE_ID_SELF_ID_DATA {
            target_system: self.system.0,
            target_component: 0,
            id_or_mac: [0; 20],
            description_type: MavOdidDescType::MAV_ODID_DESC_TYPE_TEXT,
            description: CharArray::new(padded(&self.identity.description)),
        })
    }

    fn system_message(&self, now: Timestamp, (place, altitude): (LatLon, AltitudeHae)) -> MavMessage {
        let (operator_latitude, operator_longitude) = e7(place);
        let (classification_type, category_eu, class_eu) = match self.identity.eu_class {
            None => (
                MavOdidClassificationType::MAV_ODID_CLASSIFICATION_TYPE_UNDECLARED,
                MavOdidCategoryEu::MAV_ODID_CATEGORY_EU_UNDECLARED,
                MavOdidClassEu::MAV_ODID_CLASS_EU_UNDECLARED,
            ),
            // A public authority flies in the specific category.
            Some(class) => (
                MavOdidClassificationType::MAV_ODID_CLASSIFICATION_TYPE_EU,
                MavOdidCategoryEu::MAV_ODID_CATEGORY_EU_SPECIFIC,
                eu_class(class),
            ),
        };
        MavMessage::OPEN_DRONE_ID_SYSTEM(OPEN_DRONE_ID_SYSTEM_DATA {
            operator_latitude,
            operator_longitude,
            area_ceiling: NO_ALTITUDE,
            area_floor: NO_ALTITUDE,
            operator_altitude_geo: altitude.metres as f32,
            timestamp: u32::try_from(now.unix_nanos() / 1_000_000_000 - SECONDS_FROM_UNIX).unwrap_or(0),
            area_count: 1,
            area_radius: 0,
            target_system: self.system.0,
            target_component: 0,
            id_or_mac: [0; 20],
            operator_location_type: match self.identity.operator_place {
                Some(_) => MavOdidOperatorLocationType::MAV_ODID_OPERATOR_LOCATION_TYPE_FIXED,
                None => MavOdidOperatorLocationType::MAV_ODID_OPERATOR_LOCATION_TYPE_TAKEOFF,
            },
            classification_type,
            category_eu,
            class_eu,
        })
    }
}

fn eu_class(class: u8) -> MavOdidClassEu {
    match class {
        0 => MavOdidClassEu::MAV_ODID_CLASS_EU_CLASS_0,
        1 => MavOdidClassEu::MAV_ODID_CLASS_EU_CLASS_1,
        2 => MavOdidClassEu::MAV_ODID_CLASS_EU_CLASS_2,
        3 => MavOdidClassEu::MAV_ODID_CLASS_EU_CLASS_3,
        4 => MavOdidClassEu::MAV_ODID_CLASS_EU_CLASS_4,
        5 => MavOdidClassEu::MAV_ODID_CLASS_EU_CLASS_5,
        6 => MavOdidClassEu::MAV_ODID_CLASS_EU_CLASS_6,
        _ => MavOdidClassEu::MAV_ODID_CLASS_EU_UNDECLARED,
    }
}

/// A text in a field of fixed length; what is longer is cut off.
fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [0; N];
    for (place, byte) in field.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    field
}
