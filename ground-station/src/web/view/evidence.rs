//! What consoles are told of evidence.

use serde::Serialize;
use telemetry::messages::{EvidenceFile, EvidenceNotice, VideoBox};

use crate::store::EvidenceRecord;

/// What a camera kept of an alert. Times are Unix milliseconds on the camera's clock.
#[derive(Debug, Serialize)]
pub(in crate::web) struct EvidenceView<'a> {
    alert: &'a str,
    camera: &'a str,
    at: i64,
    begins: i64,
    ends: i64,
    picture: [u32; 2],
    clip: FileView,
    snapshot: Option<SnapshotView<'a>>,
    /// When the room had it, on the room's clock.
    received_at: i64,
}

#[derive(Debug, Serialize)]
struct FileView {
    sha256: String,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct SnapshotView<'a> {
    sha256: String,
    bytes: u64,
    taken_at: i64,
    boxes: Vec<BoxView<'a>>,
}

#[derive(Debug, Serialize)]
struct BoxView<'a> {
    bounds: [f32; 4],
    class: &'a str,
    confidence: f32,
    track: Option<u64>,
}

impl From<EvidenceFile> for FileView {
    fn from(file: EvidenceFile) -> Self {
        Self { sha256: file.hash.to_string(), bytes: file.bytes }
    }
}

impl<'a> From<&'a EvidenceRecord> for EvidenceView<'a> {
    fn from(EvidenceRecord { notice, received_at }: &'a EvidenceRecord) -> Self {
        let EvidenceNotice { sensor, alert, at, begins, ends, picture, clip, snapshot } = notice;
        let seen = |seen: &'a VideoBox| BoxView {
            bounds: seen.bounds,
            class: &seen.class,
            confidence: seen.confidence,
            track: seen.track,
        };
        let snapshot = snapshot.as_ref().map(|snapshot| {
            let FileView { sha256, bytes } = snapshot.file.into();
            let boxes = snapshot.boxes.iter().map(seen).collect();
            SnapshotView { sha256, bytes, taken_at: snapshot.taken_at.unix_millis(), boxes }
        });
        Self {
            alert: alert.as_str(),
            camera: sensor.as_str(),
            at: at.unix_millis(),
            begins: begins.unix_millis(),
            ends: ends.unix_millis(),
            picture: *picture,
            clip: (*clip).into(),
            snapshot,
            received_at: received_at.unix_millis(),
        }
    }
}
