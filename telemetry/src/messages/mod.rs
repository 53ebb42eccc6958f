//! The messages. Each is a serde struct with short names on the wire (the `rename`s), so that a state fits a narrow
//! link; a field added later has a default, a field removed leaves its name unused for ever.

mod command;
mod journal;
mod response;
mod scaled;
mod sensor;
mod track;
mod vehicle;

pub use command::{
    Ack, AckStage, Authority, CameraAction, Command, CommandRequest, FlightPlan, Geofence, LostLink, LostLinkAction,
    PlanAltitude, PlanItem, RallyPoint,
};
pub use journal::{JournalAck, JournalBody, JournalEntry, StationBeat};
pub use response::{Action, Alert, AlertRule, AlertState, Cue, CueState, OperatorAction, Order, Severity, Subject};
pub use sensor::{
    AisClaim, AzimuthSector, Claim, Coverage, Detection, Measurement, RangeRate, SensorDescription, SensorKind,
    SensorScan,
};
pub use track::{Classification, TargetClass, Track, TrackStatus};
pub use vehicle::{Battery, Failsafe, FlightMode, FlightPhase, Gnss, Progress, VehicleKind, VehicleState};

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
    /// A track.
    Track(Track),
    /// An alert.
    Alert(Alert),
    /// A cue.
    Cue(Cue),
    /// What a person did.
    OperatorAction(OperatorAction),
    /// The station's beat.
    StationBeat(StationBeat),
}
