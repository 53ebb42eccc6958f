//! What must be on disk, one record a step.

use telemetry::Timestamp;
use telemetry::messages::{Ack, Alert, CommandRequest, Cue, JournalEntry, OperatorAction};

/// A record for the store. Nothing that follows it in the order of outputs may leave the room before it is on disk.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An alert in a new state; its earlier states stay.
    Alert(Alert),
    /// A cue in a new state; its earlier states stay.
    Cue(Cue),
    /// What a person did, or tried to.
    Action {
        /// The action, with the name.
        action: OperatorAction,
        /// Why it was refused, if it was.
        refused: Option<String>,
    },
    /// An entry of a vehicle's journal.
    Journal {
        /// The entry.
        entry: JournalEntry,
        /// When it came.
        received_at: Timestamp,
        /// Up to which number its series is now complete.
        up_to: u64,
    },
    /// A command, when it is first sent.
    Command(CommandRequest),
    /// A vehicle's answer.
    Ack(Ack),
}
