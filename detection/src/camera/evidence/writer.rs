//! The writer of clips: makes an MP4 and a JPEG of what was kept, with what the recording has of the time before, and puts them
//! into the folder.
//!
//! The boxes beside a picture are what was seen in its frame: of one that was in memory as it was seen, of one out of the
//! recording as its metadata says ([`targets`]). What in that is no box of it is dropped, counted and logged.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use telemetry::messages::{EvidenceFile, EvidenceNotice, EvidenceSnapshot, VideoBox};
use telemetry::{SensorId, Timestamp};
use tokio::sync::mpsc;
use tracing::{info, warn};
use vision::media::clip::{clip, metadata_of, nearest, still};
use vision::media::recent::Kept;
use vision::media::recorded::excerpt;

use super::super::targets;
use super::super::under_way::SAME_NS;
use super::due::Cutting;
use super::folder::Folder;
use super::ledger::hash;
use super::lock;

/// A clip on its way to the writer.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) cutting: Cutting,
    pub(super) kept: Vec<Kept>,
    pub(super) boxes: BTreeMap<i64, Vec<VideoBox>>,
}

/// Writes clips.
pub(super) struct Writer {
    pub(super) sensor: SensorId,
    pub(super) folder: Arc<Mutex<Folder>>,
    /// Where the camera's recordings lie.
    pub(super) record: Option<PathBuf>,
    /// What was no metadata, or no box of its picture, in recordings.
    pub(super) dropped: usize,
}

impl Writer {
    /// Until no more come.
    pub(super) fn write_all(mut self, mut cuts: mpsc::Receiver<Cut>, told: &mpsc::Sender<EvidenceNotice>) {
        while let Some(cut) = cuts.blocking_recv() {
            let alert = cut.cutting.alert.clone();
            match self.write(cut) {
                Ok(notice) => {
                    info!(%alert, clip = %notice.clip.hash, bytes = notice.clip.bytes, "evidence is kept");
                    // The desk tells it with the next round, if it is behind.
                    let _ = told.try_send(notice);
                }
                Err(error) => warn!(%alert, error = &*error, "no evidence could be kept"),
            }
        }
    }

    fn write(&mut self, cut: Cut) -> anyhow::Result<EvidenceNotice> {
        let Cut { cutting, kept, boxes } = cut;
        let (kept, recorded) = self.with_recorded(&cutting, kept);
        let made = clip(&kept, cutting.at_ns).context("no key frame of its time was kept or recorded")?;
        let place = nearest(&kept, cutting.at_ns).context("nothing was kept")?;
        let picture = still(&kept, place)
            .inspect_err(|error| warn!(alert = %cutting.alert, %error, "there is no picture of it"))
            .ok();
        let file = |bytes: &[u8]| EvidenceFile { hash: hash(bytes), bytes: bytes.len() as u64 };
        let taken_at_ns = kept[place].captured_at_ns;
        let boxes = if place < recorded {
            self.recorded_boxes(&cutting, &kept, place)
        } else {
            boxes.get(&taken_at_ns).cloned().unwrap_or_default()
        };
        let snapshot = picture.as_deref().map(|picture| EvidenceSnapshot {
            file: file(picture),
            taken_at: Timestamp::from_unix_nanos(taken_at_ns),
            boxes,
        });
        let notice = EvidenceNotice {
            sensor: self.sensor.clone(),
            alert: cutting.alert,
            at: Timestamp::from_unix_nanos(cutting.at_ns),
            begins: Timestamp::from_unix_nanos(made.begins_ns),
            ends: Timestamp::from_unix_nanos(made.ends_ns),
            picture: made.picture.map(|side| u32::try_from(side).unwrap_or(u32::MAX)),
            clip: file(&made.mp4),
            snapshot,
        };
        let picture = notice.snapshot.as_ref().map(|snapshot| snapshot.file.hash).zip(picture.as_deref());
        let files: Vec<_> = [(notice.clip.hash, &made.mp4[..])].into_iter().chain(picture).collect();
        lock(&self.folder).add(crate::now(), notice.clone(), &files)?;
        Ok(notice)
    }

    /// What was seen in a frame out of the recording, as far as its metadata says.
    fn recorded_boxes(&mut self, cutting: &Cutting, kept: &[Kept], place: usize) -> Vec<VideoBox> {
        let Some(packet) = metadata_of(kept, place) else { return Vec::new() };
        let (boxes, dropped) = targets::boxes(&packet, kept[place].picture);
        if dropped > 0 {
            self.dropped += dropped;
            warn!(alert = %cutting.alert, dropped, in_all = self.dropped, "metadata of its picture is no box of it");
        }
        boxes
    }

    /// With what the recording has of the time before what was kept in memory, and how many frames that is. The bytes are the
    /// same; only a frame's time is told by another clock there, to some microseconds.
    fn with_recorded(&self, cutting: &Cutting, kept: Vec<Kept>) -> (Vec<Kept>, usize) {
        let begins_ns = kept.first().map_or(i64::MAX, |first| first.captured_at_ns);
        let Some(record) = self.record.as_deref().filter(|_| begins_ns > cutting.from_ns) else { return (kept, 0) };
        let to_ns = cutting.to_ns.min(begins_ns.saturating_sub(SAME_NS.cast_signed()));
        let (mut stream, faults) = excerpt(record, cutting.from_ns, to_ns);
        for fault in faults {
            warn!(alert = %cutting.alert, error = &fault as &dyn std::error::Error, "a recording is left out of its clip");
        }
        let recorded = stream.len();
        stream.extend(kept);
        (stream, recorded)
    }
}
