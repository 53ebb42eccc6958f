//! The evidence of an alert: the seconds before and after it, and the picture of its instant, kept until the room has them.
//!
//! Three parties. The camera's thread ([`Keeper`]) keeps the last seconds of what was encoded and, when an alert's clip is
//! complete, hands what belongs to it on. The writer makes an MP4 and a JPEG of it and puts them into the folder
//! ([`folder`]). The desk ([`Desk`]) hears alerts from the bus, or from `picket-onboard` on a vehicle, tells the room what there is,
//! every [`TELL_EVERY`] until it has it, and answers for pieces of files. Nothing is encoded again, and the camera waits for
//! none of it.
//!
//! Bounds: [`ALERTS_MAX`] alerts wait for the camera's thread and [`CUTS_MAX`] clips for the writer (the camera's thread then
//! keeps them a while longer); the rest is `due`'s and `folder`'s.
//!
//! What is no longer in memory is cut from the recording, where the camera makes one: its complete segments, whose hashes are
//! checked ([`vision::media::recorded`]).

mod copy;
mod due;
mod folder;
mod ledger;
mod watched;
mod writer;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use telemetry::bus::{EvidenceServer, Subscription, TopicPattern};
use telemetry::messages::{
    Alert, EVIDENCE_PIECE_MAX, EvidenceAnswer, EvidenceNotice, EvidenceReply, EvidenceRequest, EvidenceWish, Message,
    ToCamera, VideoBox, VideoBytes,
};
use telemetry::{SensorId, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::warn;
use vision::media::recent::{Kept, Recent};
use vision::media::transport::Chunk;

pub(crate) use self::copy::{Evidence, run as take_along};
use self::due::{Cutting, Due, LATE_NS, Reach, may_show};
use self::folder::{Folder, piece};
use self::watched::Watched;
use self::writer::{Cut, Writer};
use super::standpoint::Standpoint;
use super::telling::{Asker, Telling};
use super::under_way::Seen;
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

/// The camera's thread's part.
#[derive(Debug)]
pub(super) struct Keeper {
    due: Due,
    recent: Recent,
    /// What was seen in the frames that are kept, where anything was, by their times.
    boxes: BTreeMap<i64, Vec<VideoBox>>,
    picture: [usize; 2],
    watched: Watched,
    /// How long a segment of the recording is, where what is no longer kept may be in one.
    segment_ns: Option<i64>,
    /// When the first frame was taken.
    began_ns: Option<i64>,
    alerts: mpsc::Receiver<Raised>,
    cuts: mpsc::Sender<Cut>,
    missed: u64,
}

/// Where the camera's recordings lie, and how long a segment is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) folder: &'a Path,
    pub(super) segment_ns: u64,
}

/// An alert, and whether it is about a track that this camera reported.
#[derive(Debug)]
struct Raised {
    alert: Alert,
    reported: bool,
}

/// From where alerts and the room's requests come.
enum Line {
    Bus { heard: Subscription, asked: EvidenceServer },
    Onboard(mpsc::Receiver<ToCamera>),
}

/// What came.
enum Word {
    Alert(Raised),
    /// With how many bytes the answer may have.
    Request(EvidenceRequest, u64, Asker),
}

/// The part of whoever asks.
pub(super) struct Desk {
    folder: Arc<Mutex<Folder>>,
    alerts: mpsc::Sender<Raised>,
    cut: mpsc::Receiver<EvidenceNotice>,
    line: Line,
    writer: JoinHandle<()>,
}

/// Opens the folder, and the ways between the three.
pub(super) async fn open(
    (table, record): (&EvidenceTable, Option<Record<'_>>),
    sensor: &SensorId,
    telling: &Telling,
    told: Option<mpsc::Receiver<ToCamera>>,
) -> anyhow::Result<(Keeper, Desk)> {
    let folder = Folder::open(&table.folder, table.bytes_max()).context("[video.evidence] folder")?;
    let (before_ns, after_ns) = (table.before_ns(), table.after_ns());
    let due = Due::new(before_ns, after_ns, folder.alerts());
    let keep_ns = u64::try_from((before_ns + after_ns + SLACK_NS).max(table.recent_ns())).unwrap_or(u64::MAX);
    let folder = Arc::new(Mutex::new(folder));
    let line = match (telling, told) {
        (Telling::Bus(bus), _) => {
            let heard = bus.subscribe(&[TopicPattern::Alerts], ALERTS_MAX).await.context("cannot hear alerts")?;
            let asked = bus.serve_evidence(sensor).await.context("cannot answer for evidence")?;
            Line::Bus { heard, asked }
        }
        (Telling::Onboard(_), told) => Line::Onboard(told.context("picket-onboard is not heard")?),
    };
    let (alerts, to_look_at) = mpsc::channel(ALERTS_MAX);
    let (cuts, to_write) = mpsc::channel(CUTS_MAX);
    let (told, cut) = mpsc::channel(CUTS_MAX);
    let record_folder = record.map(|record| record.folder.to_owned());
    let writer = Writer { sensor: sensor.clone(), folder: Arc::clone(&folder), record: record_folder, dropped: 0 };
    let writer = tokio::task::spawn_blocking(move || writer.write_all(to_write, &told));
    let keeper = Keeper {
        due,
        recent: Recent::new(keep_ns),
        boxes: BTreeMap::new(),
        picture: [0; 2],
        watched: Watched::default(),
        segment_ns: record.map(|record| i64::try_from(record.segment_ns).unwrap_or(i64::MAX)),
        began_ns: None,
        alerts: to_look_at,
        cuts,
        missed: 0,
    };
    Ok((keeper, Desk { folder, alerts, cut, line, writer }))
}

impl Keeper {
    /// Keeps a frame that came out of the encoder, and what was seen in it.
    pub(super) fn keep(&mut self, chunk: &Chunk, seen: Seen, picture: [usize; 2]) {
        let Seen { captured_at_ns, boxes } = seen;
        self.picture = picture;
        self.began_ns.get_or_insert(captured_at_ns);
        self.recent.push(Kept { chunk: chunk.clone(), captured_at_ns, picture });
        if !boxes.is_empty() {
            self.boxes.insert(captured_at_ns, boxes);
        }
        if let Some(oldest_ns) = self.recent.oldest_ns() {
            self.boxes = self.boxes.split_off(&oldest_ns);
        }
    }

    /// Takes the alerts that came, and hands on the clips that are complete.
    pub(super) fn look(&mut self, now: Timestamp, standpoint: &Standpoint) {
        let now_ns = now.unix_nanos();
        self.watched.look(now_ns, standpoint);
        while let Ok(Raised { alert, reported }) = self.alerts.try_recv() {
            let views = self.watched.during(self.due.span_ns(&alert));
            // Before the first frame nobody knows how large the picture is.
            if reported || self.picture == [0; 2] || may_show(&views, self.picture, &alert) {
                let Self { began_ns, segment_ns, .. } = *self;
                self.due.take(now_ns, Reach { oldest_ns: self.recent.oldest_ns(), began_ns, segment_ns }, &alert);
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
        let mut kept = self.recent.cut(cutting.from_ns, cutting.to_ns);
        if kept.last().is_none_or(|last| last.captured_at_ns < cutting.from_ns) {
            kept.clear();
        }
        if kept.is_empty() && self.segment_ns.is_none() {
            self.missed += 1;
            warn!(alert = %cutting.alert, "no frame of its time is kept: there is no clip of it");
            return None;
        }
        let span = kept.first().zip(kept.last()).map(|(first, last)| first.captured_at_ns..=last.captured_at_ns);
        let boxes = span.into_iter().flat_map(|span| self.boxes.range(span));
        let boxes = boxes.map(|(at, boxes)| (*at, boxes.clone())).collect();
        Some(Cut { cutting, kept, boxes })
    }
}

impl Desk {
    /// Hears, tells and answers, until nobody is there.
    pub(super) async fn run(&mut self, telling: &Telling) {
        let mut tell_due = tokio::time::interval(TELL_EVERY);
        loop {
            tokio::select! {
                word = self.line.next() => match word {
                    // One that finds no room is said again.
                    Some(Word::Alert(raised)) => drop(self.alerts.try_send(raised)),
                    Some(Word::Request(request, bytes_max, asker)) => {
                        let reply = answer(&self.folder, request, bytes_max).await;
                        if let Err(error) = telling.answer(asker, reply).await {
                            warn!(error = &*error, "evidence was not answered for");
                        }
                    }
                    None => return,
                },
                Some(notice) = self.cut.recv() => tell(telling, notice).await,
                _ = tell_due.tick() => {
                    let notices = lock(&self.folder).next_to_tell(TOLD_MAX);
                    for notice in notices {
                        tell(telling, notice).await;
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

impl Line {
    /// What comes next; nothing where nobody says anything any more.
    async fn next(&mut self) -> Option<Word> {
        loop {
            match self {
                Self::Bus { heard, asked } => tokio::select! {
                    received = heard.recv() => {
                        if let Message::Alert(alert) = received?.message {
                            return Some(Word::Alert(Raised { alert, reported: false }));
                        }
                    }
                    request = asked.recv() => {
                        let (request, replier) = request?;
                        return Some(Word::Request(request, EVIDENCE_PIECE_MAX, Asker::Bus(replier)));
                    }
                },
                Self::Onboard(told) => {
                    return Some(match told.recv().await? {
                        ToCamera::Alert { alert, reported } => Word::Alert(Raised { alert: *alert, reported }),
                        ToCamera::Request { request, bytes_max } => {
                            Word::Request(request, u64::from(bytes_max), Asker::Onboard)
                        }
                    });
                }
            }
        }
    }
}

async fn tell(telling: &Telling, notice: EvidenceNotice) {
    let alert = notice.alert.clone();
    if let Err(error) = telling.announce(notice).await {
        warn!(%alert, error = &*error, "evidence was not told");
    }
}

async fn answer(folder: &Arc<Mutex<Folder>>, request: EvidenceRequest, bytes_max: u64) -> EvidenceReply {
    let EvidenceRequest { sensor, alert, wish } = request;
    let (shelf, of) = (Arc::clone(folder), alert.clone());
    let answer = tokio::task::spawn_blocking(move || answer_on_disk(&shelf, &of, wish, bytes_max)).await;
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
    bytes_max: u64,
) -> anyhow::Result<EvidenceAnswer> {
    Ok(match wish {
        EvidenceWish::Piece { file, offset } => {
            let path = lock(folder).path_of(alert, &file);
            match path {
                Some(path) => EvidenceAnswer::Bytes(VideoBytes(piece(&path, offset, bytes_max)?)),
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
