//! Recording what goes into a station and what comes out, so that it can be run again.
//!
//! An input is recorded at the `now` it was handled at, before the outputs it led to. The attachment [`SETUP`] holds
//! everything else a station depends on: its configuration with site and plans, and what it remembered when it began.
//! A fresh station made of it and given the inputs at their times raises the same tracks, alerts and cues, byte for
//! byte. For that an input must be what its bytes say: a message that did not come off the wire must be encoded and
//! decoded once before it is handled.
//!
//! An operator's action is recorded as the input it is, and not a second time as the output that tells the bus of it.
//! Requests that nobody answered are not recorded; nothing but a counter follows from them.

use std::collections::BTreeMap;
use std::io::Write;

use missions::FileErrors;
use missions::file::Bundle;
use serde::{Deserialize, Serialize};
use telemetry::messages::{AckStage, Alert, Cue, Message};
use telemetry::recording::{Recorder, RecordingError, RecordingHeader};
use telemetry::{CommandId, SiteId, Timestamp, VehicleId};
use thiserror::Error;

use crate::config::{self, Sources};
use crate::station::{Input, Numbers, Output, PlanningRecord, Restored, Station};

/// The name of the attachment that holds a [`Setup`].
pub const SETUP: &str = "station.json";
/// The version of its format.
const FORMAT: u32 = 1;

/// Everything a station depends on besides its inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// When it began.
    pub started_at: Timestamp,
    /// The files of its configuration.
    pub sources: Sources,
    /// What it remembered.
    pub restored: Restored,
}

/// A setup that cannot be read or used.
#[derive(Debug, Error)]
pub enum SetupError {
    /// Not the JSON that [`Setup::to_json`] writes.
    #[error("{SETUP} cannot be read")]
    Json(#[from] serde_json::Error),
    /// Written by a newer program.
    #[error("{SETUP} has format {0}; this program reads formats up to {FORMAT}")]
    TooNew(u32),
    /// The configuration in it is not accepted.
    #[error("the configuration in {SETUP} is not accepted: {0}")]
    Config(#[from] FileErrors),
}

#[derive(Serialize, Deserialize)]
struct SetupJson {
    format: u32,
    started_at: Timestamp,
    configuration: String,
    text: String,
    named: BTreeMap<String, BundleJson>,
    restored: RestoredJson,
}

#[derive(Serialize, Deserialize)]
struct BundleJson {
    root: String,
    files: BTreeMap<String, String>,
}

/// [`Restored`] in lists: a JSON object has texts for keys.
#[derive(Serialize, Deserialize)]
struct RestoredJson {
    alerts: Vec<Alert>,
    cues: Vec<Cue>,
    inbox: Vec<(VehicleId, u64, u64)>,
    dispatched: Vec<(CommandId, AckStage)>,
    #[serde(default)]
    planning: Vec<PlanningRecord>,
    numbers: Numbers,
}

impl Setup {
    /// As the attachment holds it.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Sites and plans were read as UTF-8 before they came here.
        let text = |(name, bytes): (&String, &Vec<u8>)| (name.clone(), String::from_utf8_lossy(bytes).into_owned());
        let bundle =
            |bundle: &Bundle| BundleJson { root: bundle.root.clone(), files: bundle.files.iter().map(text).collect() };
        let Restored { alerts, cues, inbox, dispatched, planning, numbers } = self.restored.clone();
        let json = SetupJson {
            format: FORMAT,
            started_at: self.started_at,
            configuration: self.sources.name.clone(),
            text: self.sources.text.clone(),
            named: self.sources.named.iter().map(|(name, files)| (name.clone(), bundle(files))).collect(),
            restored: RestoredJson {
                alerts,
                cues,
                inbox: inbox.into_iter().map(|((vehicle, series), up_to)| (vehicle, series, up_to)).collect(),
                dispatched: dispatched.into_iter().collect(),
                planning,
                numbers,
            },
        };
        serde_json::to_vec(&json).expect("texts and finite numbers are JSON")
    }

    /// Reads an attachment.
    ///
    /// # Errors
    /// [`SetupError`] when it is not one, or a newer one.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SetupError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_slice(bytes)?;
        if format > FORMAT {
            return Err(SetupError::TooNew(format));
        }
        let json: SetupJson = serde_json::from_slice(bytes)?;
        let bundle = |bundle: BundleJson| Bundle {
            root: bundle.root,
            files: bundle.files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect(),
        };
        let restored = json.restored;
        Ok(Self {
            started_at: json.started_at,
            sources: Sources {
                name: json.configuration,
                text: json.text,
                named: json.named.into_iter().map(|(name, files)| (name, bundle(files))).collect(),
            },
            restored: Restored {
                alerts: restored.alerts,
                cues: restored.cues,
                inbox: restored.inbox.into_iter().map(|(vehicle, series, up_to)| ((vehicle, series), up_to)).collect(),
                dispatched: restored.dispatched.into_iter().collect(),
                planning: restored.planning,
                numbers: restored.numbers,
            },
        })
    }

    /// The station as it began.
    ///
    /// # Errors
    /// [`SetupError::Config`] when this program does not accept its configuration.
    pub fn station(&self) -> Result<Station, SetupError> {
        let opened = config::reopen(self.sources.clone())?;
        Ok(Station::new(opened.config, self.restored.clone(), self.started_at))
    }
}

/// Writes down what goes into a station and what comes out.
pub struct Tap<W: Write> {
    recorder: Recorder<W>,
}

impl<W: Write> Tap<W> {
    /// Begins a recording with the station's setup.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be written.
    pub fn new(to: W, site: &SiteId, setup: &Setup) -> Result<Self, RecordingError> {
        let description = format!("operations room {site}, begun {}", setup.started_at);
        let mut recorder = Recorder::new(to, &RecordingHeader { site: site.clone(), description })?;
        recorder.attach(SETUP, "application/json", &setup.to_json())?;
        Ok(Self { recorder })
    }

    /// Records what a station is about to handle at `now`.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be written.
    pub fn input(&mut self, now: Timestamp, input: &Input) -> Result<(), RecordingError> {
        match input {
            Input::Message(message) if input_of(message.clone()).is_some() => self.recorder.record(now, message),
            Input::Message(_) | Input::CommandUnanswered(_) => Ok(()),
            Input::Operator(action) => self.recorder.record(now, &Message::OperatorAction(action.clone())),
        }
    }

    /// Records what a station gave out by `now`.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be written.
    pub fn output(&mut self, now: Timestamp, output: &Output) -> Result<(), RecordingError> {
        match output {
            Output::Publish(Message::OperatorAction(_)) | Output::Store(_) | Output::Refuse { .. } => Ok(()),
            Output::Publish(message) => self.recorder.record(now, message),
            Output::Request(request) => self.recorder.record(now, &Message::Command(request.clone())),
        }
    }

    /// Makes everything recorded so far readable, whatever happens next.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be written.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        self.recorder.flush()
    }

    /// Ends the recording and gives back what it was written to.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be written.
    pub fn finish(self) -> Result<W, RecordingError> {
        self.recorder.finish()
    }
}

/// The input that a recorded message was; nothing for what came out of the station.
#[must_use]
pub fn input_of(message: Message) -> Option<Input> {
    match message {
        Message::VehicleState(_)
        | Message::JournalEntry(_)
        | Message::Ack(_)
        | Message::Scan(_)
        | Message::SharedTrack(_) => Some(Input::Message(message)),
        Message::OperatorAction(action) => Some(Input::Operator(action)),
        Message::JournalAck(_)
        | Message::Command(_)
        | Message::Registration(_)
        | Message::Video(_)
        | Message::Evidence(_)
        | Message::EvidenceRequest(_)
        | Message::EvidenceReply(_)
        | Message::Track(_)
        | Message::Alert(_)
        | Message::Cue(_)
        | Message::StationBeat(_) => None,
    }
}
