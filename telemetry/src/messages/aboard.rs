//! What `picket-onboard` and the program of the vehicle's own camera say to each other about the evidence of alerts. None of it
//! goes on the bus as it is: `picket-onboard` takes what is the room's from there, and gives it what is the camera's.

use serde::{Deserialize, Serialize};

use super::evidence::{EvidenceNotice, EvidenceReply, EvidenceRequest};
use super::response::Alert;
use crate::ids::VehicleId;

/// What the camera's program is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceToCamera {
    /// Which vehicle.
    #[serde(rename = "w")]
    pub vehicle: VehicleId,
    /// What.
    #[serde(rename = "e")]
    pub what: ToCamera,
}

/// See [`EvidenceToCamera`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToCamera {
    /// The room raised an alert, or says it again.
    #[serde(rename = "a")]
    Alert {
        /// The alert.
        #[serde(rename = "a")]
        alert: Box<Alert>,
        /// Whether it is about a track that this camera's bearings are in.
        #[serde(rename = "r")]
        reported: bool,
    },
    /// The room asks for what was kept.
    #[serde(rename = "q")]
    Request {
        /// For what.
        #[serde(rename = "q")]
        request: EvidenceRequest,
        /// How many bytes the link has room for.
        #[serde(rename = "n")]
        bytes_max: u32,
    },
}

/// What the camera's program says, in pieces ([`crate::pieces`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EvidenceFromCamera {
    /// "I have this of an alert."
    #[serde(rename = "n")]
    Notice(Box<EvidenceNotice>),
    /// The answer to a request.
    #[serde(rename = "r")]
    Reply(EvidenceReply),
}
