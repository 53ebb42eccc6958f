//! The evidence of an alert: the seconds before and after it, and the picture of its instant, kept until the room has them.
//!
//! Three parties. The camera's thread ([`Keeper`]) keeps the last seconds of what was encoded and, when an alert's clip is
//! complete, hands what belongs to it on. The writer makes an MP4 and a JPEG of it and puts them into the folder
//! ([`folder`]). The desk ([`Desk`]) hears alerts from the bus, tells the room what there is, every [`TELL_EVERY`] until it
//! has it, and answers for pieces of files. Nothing is encoded again, and the camera waits for none of it.
//!
//! Bounds: [`ALERTS_MAX`] alerts wait for the camera's thread and [`CUTS_MAX`] clips for the writer (the camera's thread then
//! keeps them a while longer); the rest is `due`'s and `folder`'s.

mod due;
mod folder;
mod ledger;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use telemetry::bus::{Bus, EvidenceServer, Subscription, TopicPattern};
use telemetry::messages::{
    Alert, EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceReply, EvidenceRequest, EvidenceSnapshot,
    EvidenceWish, Message, VideoBox, VideoBytes,
};
use telemetry::{SensorId, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::{info, warn};
use vision::media::clip::{clip, nearest, still};
use vision::media::recent::{Kept, Recent};
use vision::media::transport::Chunk;

use self::due::{Cutting, Due, LATE_NS, may_show};
use self::folder::{Folder, piece};
use self::ledger::hash;
use super::under_way::Seen;
use super::view::View;
use crate::config::camera::EvidenceTable;

/// Alerts that the camera's thread has not looked at yet; more are dropped, and come again.
const ALERTS_MAX: usize = 64;
/// Clips that wait for the writer.
const CUTS_MAX: usize = 4;
/// How often the room is told what it does not have.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// How much it is told at a time.
const TOLD_MAX: usize = 8;
/// What is kept beyond a clip at least: for alerts that come late, and key frames before its beginning.
const SLACK_NS: i64 = 2 * LATE_NS;

/// A clip on its way to the writer.
#[derive(Debug)]
struct Cut {
    cutting: Cutting,
    kept: Vec<Kept>,
    boxes: BTreeMap<i64, Vec<VideoBox>>,
}

/// The camera's thread's part.
#[derive(Debug)]
pub(super) struct Keeper {
    due: Due,
    recent: Recent,
    /// What was seen in the frames that are kept, where anything was, by their times.
    boxes: BTreeMap<i64, Vec<VideoBox>>,
    picture: [usize; 2],
    alerts: mpsc::Receiver<Alert>,
    cuts: mpsc::Sender<Cut>,
    missed: u64,
}

/// The bus's part.
pub(super) struct Desk {
    folder: Arc<Mutex<Folder>>,
    alerts: mpsc::Sender<Alert>,
    cut: mpsc::Receiver<EvidenceNotice>,
    heard: Subscription,
    asked: EvidenceServer,
    writer: JoinHandle<()>,
}

/// Opens the folder, and the ways between the three.
pub(super) async fn open(table: &EvidenceTable, sensor: &SensorId, bus: &Bus) -> anyhow::Result<(Keeper, Desk)> {
    let folder = Folder::open(&table.folder, table.bytes_max()).context("[video.evidence] folder")?;
    let (before_ns, after_ns) = (table.before_ns(), table.after_ns());
    let due = Due::new(before_ns, after_ns, folder.alerts());
    let keep_ns = u64::try_from((before_ns + after_ns + SLACK_NS).max(table.recent_ns())).unwrap_or(u64::MAX);
    let folder = Arc::new(Mutex::new(folder));
    let heard = bus.subscribe(&[TopicPattern::Alerts], ALERTS_MAX).await.context("cannot hear alerts")?;
    let asked = bus.serve_evidence(sensor).await.context("cannot answer for evidence")?;
    let (alerts, to_look_at) = mpsc::channel(ALERTS_MAX);
    let (cuts, to_write) = mpsc::channel(CUTS_MAX);
    let (told, cut) = mpsc::channel(CUTS_MAX);
    let (sensor, shelf) = (sensor.clone(), Arc::clone(&folder));
    let writer = tokio::task::spawn_blocking(move || write_all(&sensor, &shelf, to_write, &told));
    let keeper = Keeper {
        due,
        recent: Recent::new(keep_ns),
        boxes: BTreeMap::new(),
        picture: [0; 2],
        alerts: to_look_at,
        cuts,
        missed: 0,
    };
    Ok((keeper, Desk { folder, alerts, cut, heard, asked, writer }))
}

impl Keeper {
    /// Keeps a frame that came out of the encoder, and what was seen in it.
    pub(super) fn keep(&mut self, chunk: &Chunk, seen: Seen, picture: [usize; 2]) {
        let Seen { captured_at_ns, boxes } = seen;
        self.picture = picture;
        self.recent.push(Kept { chunk: chunk.clone(), captured_at_ns, picture });
        if !boxes.is_empty() {
            self.boxes.insert(captured_at_ns, boxes);
        }
        if let Some(oldest_ns) = self.recent.oldest_ns() {
            self.boxes = self.boxes.split_off(&oldest_ns);
        }
    }

    /// Takes the alerts that came, and hands on the clips that are complete.
    pub(super) fn look(&mut self, now: Timestamp, view: Option<&View>) {
        let now_ns = now.unix_nanos();
        while let Ok(alert) = self.alerts.try_recv() {
            // Before the first frame nobody knows how large the picture is.
            if self.picture == [0; 2] || may_show(view, self.picture, &alert) {
                self.due.take(now_ns, self.recent.oldest_ns(), &alert);
            }
        }
        while let Ok(place) = self.cuts.clone().try_reserve_owned() {
            let Some(cutting) = self.due.next(now_ns, self.recent.newest_ns()) else { break };
            if let Some(cut) = self.cut(cutting) {
                place.send(cut);
            }
        }
    }

    /// The camera's thread ends: what is not complete is cut from what there is.
    pub(super) fn finish(mut self) {
        for cutting in self.due.finish() {
            if let Some(cut) = self.cut(cutting)
                && self.cuts.blocking_send(cut).is_err()
            {
                warn!("the writer of clips is gone");
            }
        }
        if self.missed + self.due.refused() > 0 {
            warn!(without_frames = self.missed, put_off = self.due.refused(), "alerts have no clip, or had to wait");
        }
    }

    fn cut(&mut self, cutting: Cutting) -> Option<Cut> {
        let kept = self.recent.cut(cutting.from_ns, cutting.to_ns);
        let wanted = kept.last().filter(|last| last.captured_at_ns >= cutting.from_ns);
        let Some(last) = wanted else {
            self.missed += 1;
            warn!(alert = %cutting.alert, "no frame of its time is kept: there is no clip of it");
            return None;
        };
        let boxes = self.boxes.range(kept[0].captured_at_ns..=last.captured_at_ns);
        let boxes = boxes.map(|(at, boxes)| (*at, boxes.clone())).collect();
        Some(Cut { cutting, kept, boxes })
    }
}

/// Writes clips until no more come.
fn write_all(
    sensor: &SensorId,
    folder: &Mutex<Folder>,
    mut cuts: mpsc::Receiver<Cut>,
    told: &mpsc::Sender<EvidenceNotice>,
) {
    while let Some(cut) = cuts.blocking_recv() {
        let alert = cut.cutting.alert.clone();
        match write(sensor, folder, cut) {
            Ok(notice) => {
                info!(%alert, clip = %notice.clip.hash, bytes = notice.clip.bytes, "evidence is kept");
                // The desk tells it with the next round, if it is behind.
                let _ = told.try_send(notice);
            }
            Err(error) => warn!(%alert, error = &*error, "no evidence could be kept"),
        }
    }
}

fn write(sensor: &SensorId, folder: &Mutex<Folder>, cut: Cut) -> anyhow::Result<EvidenceNotice> {
    let Cut { cutting, kept, boxes } = cut;
    let made = clip(&kept, cutting.at_ns).context("no key frame was kept")?;
    let place = nearest(&kept, cutting.at_ns).context("nothing was kept")?;
    let picture = still(&kept, place)
        .inspect_err(|error| warn!(alert = %cutting.alert, %error, "there is no picture of it"))
        .ok();
    let file = |bytes: &[u8]| EvidenceFile { hash: hash(bytes), bytes: bytes.len() as u64 };
    let taken_at_ns = kept[place].captured_at_ns;
    let snapshot = picture.as_deref().map(|picture| EvidenceSnapshot {
        file: file(picture),
        taken_at: Timestamp::from_unix_nanos(taken_at_ns),
        boxes: boxes.get(&taken_at_ns).cloned().unwrap_or_default(),
    });
    let notice = EvidenceNotice {
        sensor: sensor.clone(),
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
    lock(folder).add(crate::now(), notice.clone(), &files)?;
    Ok(notice)
}

impl Desk {
    /// Hears, tells and answers, until the bus is closed.
    pub(super) async fn run(&mut self, bus: &Bus) {
        let mut tell_due = tokio::time::interval(TELL_EVERY);
        loop {
            tokio::select! {
                received = self.heard.recv() => match received.map(|received| received.message) {
                    // One that finds no room is said again.
                    Some(Message::Alert(alert)) => drop(self.alerts.try_send(alert)),
                    Some(_) => {}
                    None => return,
                },
                request = self.asked.recv() => {
                    let Some((request, replier)) = request else { return };
                    let reply = answer(&self.folder, request).await;
                    if let Err(error) = replier.reply(&reply).await {
                        warn!(error = &error as &dyn std::error::Error, "evidence was not answered for");
                    }
                }
                Some(notice) = self.cut.recv() => tell(bus, notice).await,
                _ = tell_due.tick() => {
                    let notices = lock(&self.folder).next_to_tell(TOLD_MAX);
                    for notice in notices {
                        tell(bus, notice).await;
                    }
                }
            }
        }
    }

    /// Waits until what was cut is on disk, once the camera's thread has ended.
    pub(super) async fn finish(self, within: Duration) {
        if tokio::time::timeout(within, self.writer).await.is_err() {
            warn!("a clip was not written within {within:?} and was left");
        }
        let lost = lock(&self.folder).lost();
        if lost > 0 {
            warn!(lost, "evidence had to go before the room had it");
        }
    }
}

async fn tell(bus: &Bus, notice: EvidenceNotice) {
    let alert = notice.alert.clone();
    if let Err(error) = bus.publish(&Message::Evidence(notice)).await {
        warn!(%alert, error = &error as &dyn std::error::Error, "evidence was not told");
    }
}

async fn answer(folder: &Arc<Mutex<Folder>>, request: EvidenceRequest) -> EvidenceReply {
    let EvidenceRequest { sensor, alert, wish } = request;
    let (shelf, of) = (Arc::clone(folder), alert.clone());
    let answer = tokio::task::spawn_blocking(move || answer_on_disk(&shelf, &of, wish)).await;
    let answer = answer.context("the disk's task broke").and_then(|answer| answer);
    let answer = answer.unwrap_or_else(|error| {
        warn!(%alert, error = &*error, "evidence cannot be read");
        EvidenceAnswer::Gone
    });
    EvidenceReply { sensor, alert, wish, answer }
}

fn answer_on_disk(
    folder: &Mutex<Folder>,
    alert: &telemetry::AlertId,
    wish: EvidenceWish,
) -> anyhow::Result<EvidenceAnswer> {
    Ok(match wish {
        EvidenceWish::Piece { file, offset } => {
            let path = lock(folder).path_of(alert, &file);
            match path {
                Some(path) => EvidenceAnswer::Bytes(VideoBytes(piece(&path, offset)?)),
                None => EvidenceAnswer::Gone,
            }
        }
        EvidenceWish::Kept if lock(folder).kept_by_room(crate::now(), alert)? => EvidenceAnswer::Noted,
        EvidenceWish::Kept => EvidenceAnswer::Gone,
    })
}

fn lock(folder: &Mutex<Folder>) -> MutexGuard<'_, Folder> {
    // A panic while it was held leaves a list that is still one; the ledger on disk is written line by line.
    folder.lock().unwrap_or_else(PoisonError::into_inner)
}
