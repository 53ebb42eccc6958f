//! A trial: a folder recorded or generated for measuring a tracker, and the tracker run over it.
//!
//! A trial holds `meta.json` (the report times, a frame of reference, what counts), `sensors.json` (what each sensor is
//! and can do) and `detections.jsonl` (what they delivered, one frame a line, in the order of delivery: a line of
//! [`plots`] with the time of delivery `rx` added). Times are seconds from the trial's start, angles
//! degrees, lengths metres, heights above the ellipsoid; the ground is the ellipsoid at height 0. What else lies in such
//! a folder (truth, who caused which detection) is for a scorer, and nothing here opens it.
//!
//! The run is causal: the report for time `t` knows the frames with `rx` ≤ `t` and no other. The frames go to the very
//! [`Tracker`] of the operations room, with the configuration it has there; nothing is steered by the trial's name.
//!
//! Bounds: `meta.json` 1 MiB, `sensors.json` 64 MiB, a line of detections 1 MiB, 1,000 sensors, a million reports.
//! Detections are read line by line, so a trial may be longer than memory.
//!
//! It opens no file and reads no clock: it is given readers, a writer and a closure that tells the [`Clocks`].

mod checked;
mod document;
mod frames;
mod meta;
mod poses;
mod report;
mod run;
mod sensors;
mod timing;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::de::DeserializeOwned;
use telemetry::messages::SensorDescription;
use telemetry::{AltitudeHae, SensorId, Timestamp};
use thiserror::Error;

use crate::tracker::{Tracker, TrackerConfig};
use document::Fault;
use meta::Meta;
use sensors::Sensor;

pub use report::{Row, RowStatus};
pub use run::Outcome;
pub use timing::{Clocks, FrameTimes, Timing};

const META_BYTES_MAX: u64 = 1 << 20;
const SENSORS_BYTES_MAX: u64 = 64 << 20;
const SENSORS_MAX: usize = 1000;
/// No trial says on which day it was recorded; all that matters is the time since its start.
const START: Timestamp = Timestamp::EPOCH;

/// A file of a trial: its name as a person knows it, and its bytes.
#[derive(Debug)]
pub struct Source<R> {
    /// For error messages.
    pub name: String,
    /// What it holds.
    pub bytes: R,
}

/// Why a trial cannot be run.
#[derive(Debug, Error)]
pub enum TrialError {
    /// A file that breaks off.
    #[error("cannot read {file}")]
    Unreadable {
        /// Which.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is not what it should be.
    #[error("{file}:{line}:{column}: {field}: {problem}")]
    Malformed {
        /// Which file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1, in bytes; it may be that of the end of what is wrong.
        column: usize,
        /// Which field, as a path from the top of the document: `[2].sigma.az`.
        field: String,
        /// What was found and what is allowed.
        problem: String,
    },
    /// The rows could not be written.
    #[error("cannot write the tracks")]
    Unwritable(#[source] std::io::Error),
}

impl TrialError {
    /// A fault of a document that begins at a line of the file.
    fn malformed(file: &str, first_line: usize, fault: Fault) -> Self {
        let Fault { line, column, field, problem } = fault;
        Self::Malformed { file: file.to_owned(), line: first_line - 1 + line, column, field, problem }
    }
}

/// A trial, read and checked, but for its detections.
#[derive(Debug)]
pub struct Trial {
    meta: Meta,
    sensors: BTreeMap<SensorId, Sensor>,
}

impl Trial {
    /// Reads `meta.json` and `sensors.json`. Fields that are not known are passed over.
    ///
    /// # Errors
    /// [`TrialError`] names file, line and field, what was found and what is allowed; the first mistake only.
    pub fn read(meta: Source<impl Read>, sensors: Source<impl Read>) -> Result<Self, TrialError> {
        let meta = read_whole(meta, META_BYTES_MAX)?;
        let sensors::List(sensors) = read_whole(sensors, SENSORS_BYTES_MAX)?;
        Ok(Self { meta, sensors })
    }

    /// The tracker for this trial: the usual configuration, for these sensors.
    #[must_use]
    pub fn tracker(&self) -> Tracker {
        let descriptions = self.sensors().cloned().collect();
        Tracker::new(TrackerConfig::new(self.meta.origin.0, AltitudeHae::new(0.0), descriptions))
    }

    /// What the sensors are and can do, by name. Names are in small letters here, as all of ours.
    pub fn sensors(&self) -> impl Iterator<Item = &SensorDescription> {
        self.sensors.values().map(|sensor| &sensor.description)
    }

    /// The classes of object that count in this trial, in its own words; none: all.
    #[must_use]
    pub fn interest(&self) -> &BTreeSet<String> {
        &self.meta.interest
    }

    /// From the first to the last report, seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.meta.t1 - self.meta.t0
    }
}

/// Reads and parses a file of bounded size.
fn read_whole<T: DeserializeOwned>(source: Source<impl Read>, bytes_max: u64) -> Result<T, TrialError> {
    let Source { name, bytes } = source;
    let mut taken = Vec::new();
    if let Err(source) = bytes.take(bytes_max + 1).read_to_end(&mut taken) {
        return Err(TrialError::Unreadable { file: name, source });
    }
    let parsed = if taken.len() as u64 > bytes_max {
        Err(Fault::whole(format!("found more than {bytes_max} bytes; allowed: at most that many")))
    } else {
        document::parse(&taken)
    };
    parsed.map_err(|fault| TrialError::malformed(&name, 1, fault))
}

/// The instant of a time within the trial, seconds from its start.
fn instant(seconds: f64) -> Timestamp {
    Timestamp::from_unix_nanos(START.unix_nanos().saturating_add((seconds * 1e9).round() as i64))
}
