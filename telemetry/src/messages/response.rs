//! Alerts, and what people do about them: cues, approvals, actions. A person decides every response.

use serde::{Deserialize, Serialize};

use crate::frames::Geodetic;
use crate::ids::{AlertId, CueId, OperatorId, SensorId, TrackId, VehicleId, ZoneId};
use crate::time::Timestamp;

use super::planning::PlanningAct;

/// Something a person must know. Never lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Which alert: the name of who raised it, and a number.
    #[serde(rename = "i")]
    pub id: AlertId,
    /// Which rule raised it.
    #[serde(rename = "r")]
    pub rule: AlertRule,
    /// How urgent it is.
    #[serde(rename = "y")]
    pub severity: Severity,
    /// When it was raised.
    #[serde(rename = "t")]
    pub raised_at: Timestamp,
    /// When what it tells of was measured.
    #[serde(rename = "m")]
    pub measured_at: Timestamp,
    /// What it is about.
    #[serde(rename = "s")]
    pub subject: Subject,
    /// Where.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Geodetic>,
    /// The zone concerned.
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneId>,
    /// One sentence for a person.
    #[serde(rename = "x")]
    pub text: String,
    /// What has become of it.
    #[serde(rename = "a")]
    pub state: AlertState,
}

/// The rules that raise alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertRule {
    /// A drone entered a zone without a flight authorisation.
    ZoneEntered,
    /// A drone crossed the border.
    BorderCrossed,
    /// A vessel that sends AIS is inside a restricted zone.
    VesselInZone,
    /// A vessel stopped sending AIS.
    AisLost,
    /// A vehicle of ours is in trouble or refused a command.
    Vehicle,
    /// A target is measured elsewhere than it says by AIS, Remote ID or ADS-B.
    ClaimContradicted,
    /// Several targets claim one identity.
    DuplicateIdentity,
    /// A drone that claims the serial of a declared flight is not where or when that was declared.
    OffDeclaration,
    /// A sensor is off by more than it claims.
    SensorBiased,
    /// A rule this version does not know.
    #[serde(other)]
    Unknown,
}

/// How urgent an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Notice,
    /// Look soon.
    Warning,
    /// Look now.
    Critical,
}

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// A track.
    #[serde(rename = "t")]
    Track(TrackId),
    /// One of our vehicles.
    #[serde(rename = "v")]
    Vehicle(VehicleId),
    /// A sensor.
    #[serde(rename = "s")]
    Sensor(SensorId),
}

/// What has become of an alert. Each step by a person carries the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertState {
    /// Nobody has seen to it.
    #[serde(rename = "r")]
    Raised,
    /// Somebody has seen it.
    #[serde(rename = "a")]
    Acknowledged {
        /// Who.
        #[serde(rename = "b")]
        by: OperatorId,
        /// When.
        #[serde(rename = "t")]
        at: Timestamp,
    },
    /// Somebody has closed it.
    #[serde(rename = "c")]
    Closed {
        /// Who.
        #[serde(rename = "b")]
        by: OperatorId,
        /// When.
        #[serde(rename = "t")]
        at: Timestamp,
    },
}

/// A proposal to send a vehicle to look. It moves nothing until a person approves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// Which cue.
    #[serde(rename = "i")]
    pub id: CueId,
    /// The alert it answers.
    #[serde(rename = "a")]
    pub alert: AlertId,
    /// The track to look at.
    #[serde(rename = "k")]
    pub track: TrackId,
    /// The vehicle proposed.
    #[serde(rename = "v")]
    pub vehicle: VehicleId,
    /// When it was proposed.
    #[serde(rename = "t")]
    pub proposed_at: Timestamp,
    /// How far the vehicle has to go, metres.
    #[serde(rename = "d")]
    pub distance_m: f64,
    /// How long that takes, seconds.
    #[serde(rename = "e")]
    pub eta_s: f64,
    /// The distance kept from the target, metres: picket looks, it never rams.
    #[serde(rename = "o")]
    pub stand_off_m: f64,
    /// What has become of it.
    #[serde(rename = "s")]
    pub state: CueState,
}

/// What has become of a cue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CueState {
    /// Waiting for a person.
    #[serde(rename = "p")]
    Proposed,
    /// A person sent the vehicle.
    #[serde(rename = "a")]
    Approved {
        /// Who.
        #[serde(rename = "b")]
        by: OperatorId,
        /// When.
        #[serde(rename = "t")]
        at: Timestamp,
    },
    /// A person decided against it.
    #[serde(rename = "d")]
    Declined {
        /// Who.
        #[serde(rename = "b")]
        by: OperatorId,
        /// When.
        #[serde(rename = "t")]
        at: Timestamp,
    },
    /// It came to its end: the track is gone, the vehicle refused or cannot go on. Says which.
    #[serde(rename = "e")]
    Ended {
        /// Why, in words.
        #[serde(rename = "w")]
        why: String,
        /// When.
        #[serde(rename = "t")]
        at: Timestamp,
    },
}

/// What a person did at the console. Recorded with the name, before anything follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorAction {
    /// Who.
    #[serde(rename = "o")]
    pub operator: OperatorId,
    /// When.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// What.
    #[serde(rename = "a")]
    pub action: Action,
}

/// The things a person can do at the console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// "I have seen this."
    #[serde(rename = "ack")]
    Acknowledge(AlertId),
    /// "This is done with."
    #[serde(rename = "close")]
    Close(AlertId),
    /// "Send it."
    #[serde(rename = "approve")]
    Approve(CueId),
    /// "Do not send it", or "call it back".
    #[serde(rename = "decline")]
    Decline(CueId),
    /// An order to a vehicle, straight from a person.
    #[serde(rename = "order")]
    Order {
        /// Which vehicle.
        #[serde(rename = "v")]
        vehicle: VehicleId,
        /// What it is to do.
        #[serde(rename = "o")]
        order: Order,
    },
    /// Something about plans and the air they are flown in.
    #[serde(rename = "plan")]
    Planning(PlanningAct),
}

/// The orders a person can give a vehicle with one click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Hold where you are.
    Pause,
    /// Go on with the plan.
    Resume,
    /// Come home.
    ReturnHome,
    /// Land where you are.
    Land,
}
