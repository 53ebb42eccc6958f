//! The evidence of alerts on its way from the vehicle's own camera to the operations room: who is told what, and when the link
//! has room for it.
//!
//! The camera's program is on no bus. It is told of the room's alerts, cuts and keeps what it saw of them in its own folder, and
//! says what it has ([`telemetry::messages::EvidenceFromCamera`]). The room asks for one piece after another; each request
//! waits here until the link is *free*, and what the camera answers is passed on as it came.
//!
//! *Free* is the link while the configuration gives evidence a rate, the room has been heard within [`ROOM_SILENT`], nobody looks
//! at live video, and at most [`BEHIND_MAX`] entries of the journal wait to be acknowledged: evidence comes after all of
//! that, for it is on the vehicle's disk and stays there. What is announced while the link is not free is announced again later.
//!
//! Limits: one request at a time, the newest, for [`ASKER_WAITS`]; one message of pieces
//! ([`telemetry::pieces::MESSAGE_MAX`]); `TRACKS_MAX` (256) tracks remembered. Whatever else comes is counted and dropped.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetry::messages::{
    Alert, EvidenceAnswer, EvidenceFromCamera, EvidenceNotice, EvidenceReply, EvidenceRequest, EvidenceToCamera,
    Subject, ToCamera, Track,
};
use telemetry::pieces::{Joiner, Refused, Stream};
use telemetry::{SensorId, Timestamp, TrackId, VehicleId};

use crate::bucket::Bucket;
use crate::live::ROOM_SILENT;

/// So many entries of the journal may wait when evidence is sent: those of a second or two, with every link's delay in it.
pub const BEHIND_MAX: usize = 32;
/// Whoever asked hears nobody any more after so long.
pub const ASKER_WAITS: Duration = Duration::from_secs(5);
/// A request that the camera's program has not answered for so long is told it again: a datagram was lost.
const TELL_AGAIN: Duration = Duration::from_millis(500);
/// While the room fetches, nothing more is announced: it takes one alert after another.
const FETCHING: Duration = Duration::from_secs(10);
/// Tracks remembered that the camera's bearings are in; of more the one not heard of for longest is forgotten.
const TRACKS_MAX: usize = 256;
/// The most bytes of a file in one answer, so that the message fits into its pieces with room to spare.
const PIECE_MAX: f64 = 32_768.0;
/// What the bus and the link add to an answer, bytes, about.
const ENVELOPE: usize = 300;

/// What came of the camera's evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Alerts told to the camera's program.
    pub alerts: u64,
    /// Announcements passed on to the room.
    pub announced: u64,
    /// Answers passed on to the room.
    pub answered: u64,
    /// Bytes of files in them.
    pub bytes: u64,
    /// Requests that nobody answered in time, or that a newer one replaced.
    pub unanswered: u64,
    /// Messages of another camera, answers to nothing that was asked, and what is no message.
    pub foreign: u64,
    /// Datagrams that came to nothing.
    pub refused: Refused,
}

/// What else the link has to carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Whether somebody in the room looks at the camera's live video.
    pub looked_at: bool,
    /// Entries of the journal that wait to be acknowledged.
    pub unacknowledged: usize,
}

/// What is to be given to the room.
#[derive(Debug, Clone, PartialEq)]
pub enum ForRoom {
    /// An announcement, for everybody who hears.
    Notice(Box<EvidenceNotice>),
    /// The answer to who asked.
    Reply(EvidenceReply),
}

/// The request that is being answered.
#[derive(Debug)]
struct Asked {
    request: EvidenceRequest,
    since: Timestamp,
    told_at: Option<Timestamp>,
}

/// The core. See the module.
#[derive(Debug)]
pub struct Evidence {
    vehicle: VehicleId,
    camera: SensorId,
    bucket: Bucket,
    /// The most bytes of a file in one answer; none where the link may carry none.
    piece_bytes: u32,
    joiner: Joiner,
    beat_at: Option<Timestamp>,
    load: Load,
    asked: Option<Asked>,
    fetched_at: Option<Timestamp>,
    tracks: BTreeMap<TrackId, Timestamp>,
    counts: Counts,
}

impl Evidence {
    /// Of a vehicle's camera, at so many kbit/s at most; at 0 the camera hears of alerts and what it keeps stays on board.
    #[must_use]
    pub fn new(vehicle: VehicleId, camera: SensorId, kilobits_per_s: u32, now: Timestamp) -> Self {
        // What the rate carries in a second, so that nothing more urgent waits longer than that behind a piece.
        let piece_bytes = (f64::from(kilobits_per_s) * 1000.0 / 8.0).min(PIECE_MAX) as u32;
        Self {
            vehicle,
            camera,
            bucket: Bucket::new(kilobits_per_s, now),
            piece_bytes,
            joiner: Joiner::new(Stream::Evidence),
            beat_at: None,
            load: Load { looked_at: false, unacknowledged: 0 },
            asked: None,
            fetched_at: None,
            tracks: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// The room's beat was heard.
    pub fn beat(&mut self, now: Timestamp) {
        self.beat_at = Some(now);
    }

    /// A track of the room, which this camera's bearings may be in.
    pub fn track(&mut self, now: Timestamp, track: &Track) {
        if !track.measured_by.contains_key(&self.camera) {
            return;
        }
        let oldest = || self.tracks.iter().min_by_key(|(_, at)| **at).map(|(track, _)| *track);
        if self.tracks.len() >= TRACKS_MAX
            && !self.tracks.contains_key(&track.id)
            && let Some(oldest) = oldest()
        {
            self.tracks.remove(&oldest);
        }
        self.tracks.insert(track.id, now);
    }

    /// What the camera's program is to be told of an alert of the room.
    pub fn alert(&mut self, alert: Alert) -> EvidenceToCamera {
        self.counts.alerts += 1;
        let reported = matches!(&alert.subject, Subject::Track(track) if self.tracks.contains_key(track));
        self.to_camera(ToCamera::Alert { alert: Box::new(alert), reported })
    }

    /// The room asks. A request that waits gives way: who asked it asks one at a time.
    pub fn ask(&mut self, now: Timestamp, request: EvidenceRequest) {
        self.counts.unanswered += u64::from(self.asked.is_some());
        self.fetched_at = Some(now);
        self.asked = Some(Asked { request, since: now, told_at: None });
    }

    /// Whether a request waits for its answer.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.asked.is_some()
    }

    /// What the camera's program is to be told now; to be asked after whatever happens, and [`Self::EVERY`] at least.
    pub fn next(&mut self, now: Timestamp, load: Load) -> Option<EvidenceToCamera> {
        self.load = load;
        let over = |asked: &Asked| !(asked.since..=asked.since + ASKER_WAITS).contains(&now);
        self.counts.unanswered += u64::from(self.asked.take_if(|asked| over(asked)).is_some());
        let (free, bytes_max) = (self.is_free(now), self.piece_bytes);
        // Without room for the answer the camera is not asked for it.
        let room = free && self.bucket.has(now, bytes_max as usize + ENVELOPE);
        let due = |told_at: Timestamp| !(told_at..told_at + TELL_AGAIN).contains(&now);
        let asked = self.asked.as_mut().filter(|asked| room && asked.told_at.is_none_or(due))?;
        asked.told_at = Some(now);
        let request = asked.request.clone();
        Some(self.to_camera(ToCamera::Request { request, bytes_max }))
    }

    /// How often [`Self::next`] wants to be asked.
    pub const EVERY: Duration = Duration::from_millis(200);

    /// Takes a datagram of the camera's program that is marked as a piece of evidence; gives what is the room's.
    pub fn take(&mut self, now: Timestamp, datagram: &[u8]) -> Option<ForRoom> {
        let message = self.joiner.take(datagram);
        self.counts.refused = self.joiner.refused();
        match telemetry::wire::decode::<EvidenceFromCamera>(&message?) {
            Ok(EvidenceFromCamera::Notice(notice)) if notice.sensor == self.camera => self.announce(now, notice),
            Ok(EvidenceFromCamera::Reply(reply)) if self.answers(&reply) => self.reply(now, reply),
            _ => {
                self.counts.foreign += 1;
                None
            }
        }
    }

    /// What came so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn announce(&mut self, now: Timestamp, notice: Box<EvidenceNotice>) -> Option<ForRoom> {
        let fetches = self.fetched_at.is_some_and(|at| (at..at + FETCHING).contains(&now));
        if fetches || !self.is_free(now) {
            return None;
        }
        self.counts.announced += 1;
        Some(ForRoom::Notice(notice))
    }

    /// Whether an answer is to what was asked, and as short as was asked for.
    fn answers(&self, reply: &EvidenceReply) -> bool {
        let asked = self.asked.as_ref().filter(|asked| asked.told_at.is_some());
        let ours = asked.is_some_and(|Asked { request, .. }| {
            (&reply.sensor, &reply.alert, &reply.wish) == (&request.sensor, &request.alert, &request.wish)
        });
        ours && length(reply) <= self.piece_bytes as usize
    }

    fn reply(&mut self, now: Timestamp, reply: EvidenceReply) -> Option<ForRoom> {
        let bytes = length(&reply);
        // Somebody looks since it was asked for: it is asked for again, when that is over.
        if !self.is_free(now) || !self.bucket.take(now, bytes + ENVELOPE) {
            return None;
        }
        (self.asked, self.fetched_at) = (None, Some(now));
        (self.counts.answered, self.counts.bytes) = (self.counts.answered + 1, self.counts.bytes + bytes as u64);
        if matches!(reply.answer, EvidenceAnswer::Noted | EvidenceAnswer::Gone) {
            self.fetched_at = None;
        }
        Some(ForRoom::Reply(reply))
    }

    fn is_free(&self, now: Timestamp) -> bool {
        let heard = self.beat_at.is_some_and(|at| now <= at + ROOM_SILENT);
        self.piece_bytes > 0 && heard && !self.load.looked_at && self.load.unacknowledged <= BEHIND_MAX
    }

    fn to_camera(&self, what: ToCamera) -> EvidenceToCamera {
        EvidenceToCamera { vehicle: self.vehicle.clone(), what }
    }
}

/// How many bytes of a file an answer holds.
fn length(reply: &EvidenceReply) -> usize {
    if let EvidenceAnswer::Bytes(bytes) = &reply.answer { bytes.0.len() } else { 0 }
}
