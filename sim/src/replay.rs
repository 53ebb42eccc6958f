//! Running the operations room on a recording: a fresh station is given what was recorded going in, at the times it
//! went in, and what it raises must equal what was recorded coming out, byte for byte.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

use ground_station::recording::{SETUP, Setup, SetupError, input_of};
use ground_station::station::{Output, Station};
use telemetry::Timestamp;
use telemetry::messages::Message;
use telemetry::recording::{Recording, RecordingError};
use thiserror::Error;

/// How many differences are told one by one.
const TOLD_MAX: usize = 10;
/// Outputs of one side that wait for their like on the other; beyond it the two have lost each other.
const AHEAD_MAX: usize = 10_000;

/// A recording that cannot be run again.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// It was not made by an operations room.
    #[error("the recording has no attachment {SETUP}: it was not made by an operations room")]
    NoSetup,
    /// The room in it cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Recorded and raised have nothing in common any more.
    #[error("after {compared} equal messages the recording and the room differ by more than {AHEAD_MAX} messages")]
    Lost {
        /// How many were equal before.
        compared: u64,
    },
}

/// What came of running a recording again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Inputs given to the room.
    pub inputs: u64,
    /// Messages that were raised as they were recorded.
    pub equal: u64,
    /// Messages that differ, are missing or are too many.
    pub different: u64,
    /// The first of them, in words.
    pub told: Vec<String>,
    /// Whether the recording was ended in good order; a cut one is compared as far as it goes.
    pub complete: bool,
    /// Messages of the recording that could not be read, and were passed over.
    pub unreadable: u64,
}

impl Outcome {
    /// Whether everything was raised as it was recorded, and anything was.
    #[must_use]
    pub fn equal(&self) -> bool {
        self.different == 0 && self.unreadable == 0 && self.equal > 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} inputs given to the room", self.inputs)?;
        if !self.complete {
            writeln!(f, "the recording was cut off; compared as far as it goes")?;
        }
        if self.unreadable > 0 {
            writeln!(f, "{} messages of the recording cannot be read", self.unreadable)?;
        }
        for difference in &self.told {
            writeln!(f, "  {difference}")?;
        }
        let verdict = if self.equal() { "equal to the recording" } else { "NOT equal to the recording" };
        writeln!(f, "{verdict}: {} messages equal, {} different", self.equal, self.different)
    }
}

/// Runs a recording again and compares.
///
/// # Errors
/// [`ReplayError`] when it cannot be run.
pub fn replay(path: &Path) -> Result<Outcome, ReplayError> {
    let mut recording = Recording::open(path)?;
    let setup = recording.attachments()?.remove(SETUP).ok_or(ReplayError::NoSetup)?;
    let setup = Setup::from_json(&setup)?;
    let mut comparison = Comparison::new(setup.station()?, recording.is_complete());
    for entry in recording.messages() {
        match entry {
            Ok((log_time, message)) => comparison.take(log_time, message)?,
            Err(RecordingError::Unreadable { .. } | RecordingError::Damaged { .. }) => {
                comparison.outcome.unreadable += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(comparison.finish())
}

/// The room, and what it and the recording have not in common yet.
struct Comparison {
    station: Station,
    recorded: VecDeque<Vec<u8>>,
    raised: VecDeque<(Timestamp, Message)>,
    outcome: Outcome,
}

impl Comparison {
    fn new(station: Station, complete: bool) -> Self {
        let outcome = Outcome { complete, ..Outcome::default() };
        Self { station, recorded: VecDeque::new(), raised: VecDeque::new(), outcome }
    }

    fn take(&mut self, log_time: Timestamp, message: Message) -> Result<(), ReplayError> {
        let bytes = message.encode();
        if let Some(input) = input_of(message) {
            self.outcome.inputs += 1;
            self.station.handle(log_time, input);
        } else {
            self.station.advance(log_time);
            self.recorded.push_back(bytes);
        }
        while let Some(output) = self.station.next_output() {
            match output {
                Output::Publish(Message::OperatorAction(_)) | Output::Store(_) | Output::Refuse { .. } => {}
                Output::Publish(message) => self.raised.push_back((log_time, message)),
                Output::Request(request) => self.raised.push_back((log_time, Message::Command(request))),
            }
        }
        self.compare();
        if self.recorded.len().max(self.raised.len()) > AHEAD_MAX {
            return Err(ReplayError::Lost { compared: self.outcome.equal });
        }
        Ok(())
    }

    fn compare(&mut self) {
        while let (Some(recorded), Some((at, raised))) = (self.recorded.front(), self.raised.front()) {
            if *recorded == raised.encode() {
                self.outcome.equal += 1;
            } else {
                let word = format!("{at}: raised {raised:?}, recorded something else");
                self.differ(word);
            }
            self.recorded.pop_front();
            self.raised.pop_front();
        }
    }

    fn differ(&mut self, word: String) {
        self.outcome.different += 1;
        if self.outcome.told.len() < TOLD_MAX {
            self.outcome.told.push(word.chars().take(400).collect());
        }
    }

    fn finish(mut self) -> Outcome {
        for _ in 0..self.recorded.len() {
            self.differ("recorded, but not raised again".to_owned());
        }
        // A recording that was cut off may lack the last outputs.
        if self.outcome.complete {
            for (at, raised) in std::mem::take(&mut self.raised) {
                self.differ(format!("{at}: raised {raised:?}, not recorded"));
            }
        }
        self.outcome
    }
}
