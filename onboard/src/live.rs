//! Live video of the vehicle's own camera on its way to the operations room: whether it may be sent, how much, and what
//! of it.
//!
//! The camera's program is on no bus and knows neither the link nor who looks. It is told by [`LiveWish`]es; what it sends
//! in pieces ([`telemetry::pieces`]) is put together here, held against the rate that the configuration allows (a token
//! bucket), and passed on as it came: no picture is decoded on this side.
//!
//! *Passed on* is a fragment only while somebody looks and the room has been heard within [`ROOM_SILENT`], only where a
//! decoder can take it (a key frame, or the one after the last), and only where the bucket has room. After a loss
//! everything is dropped up to the next key frame, which is asked for once the bucket has room for one.
//!
//! *On offer* is the camera while its program says that it is ready.
//!
//! Limits: one fragment at a time, [`telemetry::pieces::MESSAGE_MAX`] bytes. Whatever else comes is counted and dropped.

use std::time::Duration;

use telemetry::messages::{LiveWish, VideoFragment};
use telemetry::pieces::{Joiner, READY, Refused, Stream};
use telemetry::{SensorId, Timestamp, VehicleId};

use crate::bucket::Bucket;

/// Without a beat of the room for so long nothing is sent: nobody would see it, and the link has other worries.
pub const ROOM_SILENT: Duration = Duration::from_secs(3);
/// A camera's program that has not said so long that it is ready is not.
pub const CAMERA_SILENT: Duration = Duration::from_secs(4);
/// How often the camera's program is told what is wished, changed or not.
pub const WISH_EVERY: Duration = Duration::from_millis(200);
/// How often a key frame is asked for that does not come.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// From how full a bucket on a key frame has a chance.
const ROOM_FOR_KEY: f64 = 0.6;
/// What the bus and the link add to a message, bytes, about.
const ENVELOPE: usize = 120;

/// What came of the camera's video.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fragments passed on.
    pub passed: u64,
    /// Fragments that the rate left no room for.
    pub beyond_rate: u64,
    /// Fragments that nothing could be done with without one that is missing.
    pub after_loss: u64,
    /// Fragments that came while nobody looked.
    pub unasked: u64,
    /// Messages that are no fragment of this camera.
    pub foreign: u64,
    /// Datagrams and messages that came to nothing.
    pub refused: Refused,
}

/// The core. See the module.
#[derive(Debug)]
pub struct Live {
    vehicle: VehicleId,
    camera: SensorId,
    kilobits_per_s: u32,
    joiner: Joiner,
    bucket: Bucket,
    ready_at: Option<Timestamp>,
    beat_at: Option<Timestamp>,
    looked_at: bool,
    /// The last fragment passed on, where the next can follow it.
    last: Option<u64>,
    beginnings: u32,
    asked_at: Timestamp,
    told: Option<(Timestamp, LiveWish)>,
    counts: Counts,
}

impl Live {
    /// Of a vehicle's camera, at so many kbit/s at most.
    #[must_use]
    pub fn new(vehicle: VehicleId, camera: SensorId, kilobits_per_s: u32, now: Timestamp) -> Self {
        Self {
            vehicle,
            camera,
            kilobits_per_s,
            joiner: Joiner::new(Stream::Video),
            bucket: Bucket::new(kilobits_per_s, now),
            ready_at: None,
            beat_at: None,
            looked_at: false,
            last: None,
            beginnings: 0,
            asked_at: now,
            told: None,
            counts: Counts::default(),
        }
    }

    /// The room's beat was heard.
    pub fn beat(&mut self, now: Timestamp) {
        self.beat_at = Some(now);
    }

    /// What the bus says: whether anybody reads the camera's topic.
    pub fn looked_at(&mut self, now: Timestamp, looked_at: bool) {
        if looked_at && !self.looked_at {
            self.begin_anew(now);
        }
        self.looked_at = looked_at;
    }

    /// Whether the camera's program is ready to send.
    #[must_use]
    pub fn on_offer(&self, now: Timestamp) -> bool {
        self.ready_at.is_some_and(|at| now <= at + CAMERA_SILENT)
    }

    /// What the camera's program is to be told now: at once when it changes, else every [`WISH_EVERY`].
    pub fn next_wish(&mut self, now: Timestamp) -> Option<LiveWish> {
        let wanted = self.wanted(now);
        let overdue = now >= self.asked_at + ASK_EVERY || now < self.asked_at;
        if wanted && self.last.is_none() && overdue && self.bucket.level(now) >= ROOM_FOR_KEY {
            self.begin_anew(now);
        }
        let kilobits_per_s = if wanted { self.kilobits_per_s } else { 0 };
        let wish = LiveWish { vehicle: self.vehicle.clone(), kilobits_per_s, beginnings: self.beginnings };
        let known =
            self.told.as_ref().is_some_and(|(at, told)| *told == wish && (*at..*at + WISH_EVERY).contains(&now));
        if known {
            return None;
        }
        self.told = Some((now, wish.clone()));
        Some(wish)
    }

    /// Takes a datagram of the camera's program that is marked as a piece; gives the fragment to publish.
    pub fn take(&mut self, now: Timestamp, datagram: &[u8]) -> Option<VideoFragment> {
        if datagram == READY {
            self.ready_at = Some(now);
            return None;
        }
        let message = self.joiner.take(datagram);
        self.counts.refused = self.joiner.refused();
        let message = message?;
        let fragment = telemetry::wire::decode::<VideoFragment>(&message).ok();
        let Some(fragment) = fragment.filter(|fragment| fragment.sensor == self.camera) else {
            self.counts.foreign += 1;
            return None;
        };
        self.admits(now, &fragment, message.len()).then_some(fragment)
    }

    /// What came so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn admits(&mut self, now: Timestamp, fragment: &VideoFragment, bytes: usize) -> bool {
        let last = self.last.take();
        if !self.wanted(now) {
            self.counts.unasked += 1;
            return false;
        }
        let follows = last.is_some_and(|last| last.wrapping_add(1) == fragment.number);
        if fragment.initialization.is_none() && !follows {
            self.counts.after_loss += 1;
            return false;
        }
        if !self.bucket.take(now, bytes + ENVELOPE) {
            self.counts.beyond_rate += 1;
            return false;
        }
        self.last = Some(fragment.number);
        self.counts.passed += 1;
        true
    }

    fn wanted(&self, now: Timestamp) -> bool {
        self.looked_at && self.beat_at.is_some_and(|at| now <= at + ROOM_SILENT)
    }

    fn begin_anew(&mut self, now: Timestamp) {
        self.beginnings = self.beginnings.wrapping_add(1);
        self.asked_at = now;
    }
}
