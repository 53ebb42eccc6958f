//! The messages. Each is a serde struct with short names on the wire (the `rename`s), so that a state fits a narrow
//! link; a field added later has a default, a field removed leaves its name unused for ever.

mod aboard;
mod claim;
mod command;
mod evidence;
mod journal;
mod mount;
mod performance;
mod planning;
mod registration;
mod response;
mod scaled;
mod sensor;
mod track;
mod vehicle;
mod video;

pub use aboard::{EvidenceFromCamera, EvidenceToCamera, ToCamera};
pub use claim::{AdsbClaim, AisClaim, AisEta, AisVoyage, Claim, RemoteIdClaim, UAS_ID_LENGTH_MAX};
pub use command::{
    Ack, AckStage, Authority, CameraAction, CameraOrder, Command, CommandRequest, FlightPlan, Geofence, LostLink,
    LostLinkAction, PicturePoint, PlanAltitude, PlanItem, Pointing, RallyPoint,
};
pub use evidence::{
    EVIDENCE_FILE_MAX, EVIDENCE_PIECE_MAX, EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceReply,
    EvidenceRequest, EvidenceSnapshot, EvidenceWish, FileHash, InvalidFileHash,
};
pub use journal::{JournalAck, JournalBody, JournalEntry, StationBeat};
pub use mount::{LiveWish, MountPose, MountSigma, NedTurn};
pub use performance::{BiasSigma, PoseSigma, RangeProbability, Resolution, SensorPerformance};
pub use planning::{AreaClosure, FlightDeclaration, PlanningAct, WeatherReport};
pub use registration::{Registration, SensorBias};
pub use response::{Action, Alert, AlertRule, AlertState, Cue, CueState, OperatorAction, Order, Severity, Subject};
pub use sensor::{
    AzimuthSector, Coverage, Detection, Measurement, RangeRate, SensorDescription, SensorKind, SensorScan,
};
pub use track::{Classification, SharedTrack, TargetClass, TargetKind, Track, TrackAlert, TrackSource, TrackStatus};
pub use vehicle::{Battery, Failsafe, FlightMode, FlightPhase, Gnss, Progress, VehicleKind, VehicleState};
pub use video::{VIDEO_BOXES_MAX, VideoBox, VideoBytes, VideoFragment, VideoInitialization};

/// Any message, as the cores take and give it.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A vehicle's state.
    VehicleState(VehicleState),
    /// An entry of a vehicle's journal.
    JournalEntry(JournalEntry),
    /// The station's acknowledgement of a journal.
    JournalAck(JournalAck),
    /// A command to a vehicle.
    Command(CommandRequest),
    /// A vehicle's answer.
    Ack(Ack),
    /// A sensor's scan.
    Scan(SensorScan),
    /// How far a sensor is off.
    Registration(Registration),
    /// A frame of live video.
    Video(VideoFragment),
    /// What a camera has of an alert.
    Evidence(EvidenceNotice),
    /// The room asks for it.
    EvidenceRequest(EvidenceRequest),
    /// The camera's answer.
    EvidenceReply(EvidenceReply),
    /// A track.
    Track(Track),
    /// A track for the neighbours.
    SharedTrack(SharedTrack),
    /// An alert.
    Alert(Alert),
    /// A cue.
    Cue(Cue),
    /// What a person did.
    OperatorAction(OperatorAction),
    /// The station's beat.
    StationBeat(StationBeat),
}
