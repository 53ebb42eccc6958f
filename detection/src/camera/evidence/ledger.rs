//! The ledger of an evidence folder: a line for whatever was cut, fetched by the room or given up, chained by hashes.
//!
//! ```json
//! {"event":{"cut":{"camera":"mast-1","alert":"kiel.17","at":"2026-…Z",…}},"written_at":"2026-…Z","previous":"9f…"}
//! {"event":{"kept_by_room":{"alert":"kiel.17"}},"written_at":"2026-…Z","previous":"41…"}
//! ```
//!
//! `previous` is the SHA-256 of the line before, without its line ending (of the first line: 64 zeros). A line that was not
//! finished, because the power went, is taken away when the folder is opened; a line that was changed is refused.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use telemetry::messages::{EvidenceFile, EvidenceNotice, EvidenceSnapshot, FileHash, VideoBox};
use telemetry::{AlertId, SensorId, Timestamp};

use super::folder::{FolderError, failed};

/// The file's name.
pub(super) const LEDGER: &str = "ledger.jsonl";

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    /// A clip was cut.
    Cut(Box<Cut>),
    /// The room said that it has it.
    KeptByRoom { alert: AlertId },
    /// It had to make room for newer ones.
    GivenUp { alert: AlertId },
}

/// A clip that was cut, as people read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cut {
    camera: SensorId,
    alert: AlertId,
    at: String,
    begins: String,
    ends: String,
    picture: [u32; 2],
    clip: Written,
    snapshot: Option<Snapshot>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Written {
    sha256: FileHash,
    bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Snapshot {
    #[serde(flatten)]
    file: Written,
    taken_at: String,
    boxes: Vec<Seen>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Seen {
    bounds: [f32; 4],
    class: String,
    confidence: f32,
    track: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    event: Event,
    written_at: String,
    previous: FileHash,
}

/// The ledger, open for what comes next.
#[derive(Debug)]
pub(super) struct Ledger {
    file: File,
    previous: FileHash,
}

impl Ledger {
    /// Opens the ledger of a folder, or begins one; gives what it tells.
    pub(super) fn open(folder: &Path) -> Result<(Self, Vec<Event>), FolderError> {
        let path = folder.join(LEDGER);
        let mut file = OpenOptions::new();
        let file = file.create(true).append(true).open(&path).map_err(failed(&path))?;
        let Read { whole, events, last } = read(folder)?;
        if file.metadata().map_err(failed(&path))?.len() > whole.len() as u64 {
            tracing::warn!(path = %path.display(), "a line that was not finished is taken away");
            file.set_len(whole.len() as u64).map_err(failed(&path))?;
        }
        Ok((Self { file, previous: last }, events))
    }

    /// Writes what happened, to the disk.
    pub(super) fn write(&mut self, now: Timestamp, event: Event) -> std::io::Result<()> {
        let line = Line { event, written_at: now.to_string(), previous: self.previous };
        let mut line = serde_json::to_vec(&line)?;
        let this = hash(&line);
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        self.previous = this;
        Ok(())
    }
}

/// A ledger as it lies on disk.
pub(super) struct Read {
    /// Its finished lines.
    pub(super) whole: Vec<u8>,
    pub(super) events: Vec<Event>,
    /// The hash of the last line.
    pub(super) last: FileHash,
}

/// Reads the ledger of a folder and checks its chain.
pub(super) fn read(folder: &Path) -> Result<Read, FolderError> {
    let path = folder.join(LEDGER);
    let mut whole = std::fs::read(&path).map_err(failed(&path))?;
    whole.truncate(whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
    let (mut last, mut events) = (FileHash::new([0; 32]), Vec::new());
    for (number, line) in (1..).zip(whole.split_inclusive(|byte| *byte == b'\n')) {
        let changed = || FolderError::Changed { path: path.clone(), line: number };
        let line = &line[..line.len() - 1];
        let Line { event, previous, .. } = serde_json::from_slice(line).map_err(|_| changed())?;
        if previous != last {
            return Err(changed());
        }
        last = hash(line);
        events.push(event);
    }
    Ok(Read { whole, events, last })
}

/// The SHA-256 of some bytes.
pub(super) fn hash(bytes: &[u8]) -> FileHash {
    FileHash::new(Sha256::digest(bytes).into())
}

impl From<&EvidenceNotice> for Cut {
    fn from(notice: &EvidenceNotice) -> Self {
        let written = |file: EvidenceFile| Written { sha256: file.hash, bytes: file.bytes };
        let seen = |seen: &VideoBox| Seen {
            bounds: seen.bounds,
            class: seen.class.clone(),
            confidence: seen.confidence,
            track: seen.track,
        };
        Self {
            camera: notice.sensor.clone(),
            alert: notice.alert.clone(),
            at: notice.at.to_string(),
            begins: notice.begins.to_string(),
            ends: notice.ends.to_string(),
            picture: notice.picture,
            clip: written(notice.clip),
            snapshot: notice.snapshot.as_ref().map(|snapshot| Snapshot {
                file: written(snapshot.file),
                taken_at: snapshot.taken_at.to_string(),
                boxes: snapshot.boxes.iter().map(seen).collect(),
            }),
        }
    }
}

impl Cut {
    /// What the room is told; nothing where a time in it is none.
    pub(super) fn notice(self) -> Option<EvidenceNotice> {
        let file = |written: &Written| EvidenceFile { hash: written.sha256, bytes: written.bytes };
        let time = |text: &str| text.parse::<Timestamp>().ok();
        let seen = |seen: Seen| {
            let Seen { bounds, class, confidence, track } = seen;
            VideoBox { bounds, class, confidence, track }
        };
        let snapshot = match self.snapshot {
            None => None,
            Some(Snapshot { file: written, taken_at, boxes }) => Some(EvidenceSnapshot {
                file: file(&written),
                taken_at: time(&taken_at)?,
                boxes: boxes.into_iter().map(seen).collect(),
            }),
        };
        Some(EvidenceNotice {
            sensor: self.camera,
            alert: self.alert,
            at: time(&self.at)?,
            begins: time(&self.begins)?,
            ends: time(&self.ends)?,
            picture: self.picture,
            clip: file(&self.clip),
            snapshot,
        })
    }
}
