//! Live video for the operations room: made only while somebody there looks, and never waited for.
//!
//! A camera on a mast asks the bus whether anybody reads its topic, and sends the stream that it makes anyway. A vehicle's
//! camera is told by `picket-onboard` whether anybody looks and what the radio has for it, and makes a small stream for it
//! ([`super::thin`]). Fragments wait in a queue of [`FRAGMENTS_MAX`]; when that is full the newest is dropped and counted,
//! and whoever looks goes on with the next key frame, a second or two later at most.

use std::time::Duration;

use telemetry::messages::{LiveWish, VideoBytes, VideoFragment, VideoInitialization};
use telemetry::{SensorId, Timestamp};
use tokio::sync::{mpsc, watch};
use vision::media::fragments::{Fragments, TIMESCALE};
use vision::media::transport::Chunk;

use super::under_way::Seen;

/// How often it is asked whether anybody looks.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Fragments that nobody has taken yet.
const FRAGMENTS_MAX: usize = 8;

/// Who looks, and what may be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nobody.
    #[default]
    Nothing,
    /// The room, by cable: the stream as it is made for everybody.
    Whole,
    /// The room, over a vehicle's radio.
    Thin {
        kilobits_per_s: u32,
        /// Whenever it changes, a decoder has to begin anew.
        beginnings: u32,
    },
}

impl From<&LiveWish> for Wish {
    fn from(wish: &LiveWish) -> Self {
        match wish.kilobits_per_s {
            0 => Self::Nothing,
            kilobits_per_s => Self::Thin { kilobits_per_s, beginnings: wish.beginnings },
        }
    }
}

/// Size and rate of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Width and height of the video, pixels.
    pub(super) size: [usize; 2],
    /// Frames a second.
    pub(super) rate: u32,
}

/// What is seen live, on the side of the camera's thread.
#[derive(Debug)]
pub(super) struct Live {
    sensor: SensorId,
    wish: watch::Receiver<Wish>,
    out: mpsc::Sender<VideoFragment>,
    fragments: Option<Fragments>,
    number: u64,
    dropped: u64,
}

/// The other side: whether anybody looks is put in, fragments come out.
#[derive(Debug)]
pub(super) struct LiveOut {
    pub(super) wish: watch::Sender<Wish>,
    pub(super) fragments: mpsc::Receiver<VideoFragment>,
}

impl Live {
    pub(super) fn new(sensor: SensorId) -> (Self, LiveOut) {
        let (out, fragments) = mpsc::channel(FRAGMENTS_MAX);
        let (told, wish) = watch::channel(Wish::default());
        let live = Self { sensor, wish, out, fragments: None, number: 0, dropped: 0 };
        (live, LiveOut { wish: told, fragments })
    }

    /// Who looks now.
    pub(super) fn wish(&self) -> Wish {
        *self.wish.borrow()
    }

    /// Whether a decoder that begins now has to be given a key frame: nothing has been sent since [`Self::end`].
    pub(super) fn begins(&self) -> bool {
        self.fragments.is_none()
    }

    /// Nobody looks, or a new stream begins.
    pub(super) fn end(&mut self) {
        self.fragments = None;
    }

    /// Sends the chunk that came out of the encoder for a frame. What was seen is in pixels of `picture`.
    pub(super) fn send(&mut self, chunk: &Chunk, seen: Option<&Seen>, shape: Shape, picture: [usize; 2]) {
        let Shape { size: [width, height], rate } = shape;
        let fragments = self.fragments.get_or_insert_with(|| Fragments::new(width, height, rate));
        let Some(fragment) = fragments.take(chunk) else { return };
        // Counted whether it is sent or not: whoever misses one must know.
        self.number += 1;
        // A frame that the encoder held back for too long.
        let Some(seen) = seen else { return };
        let initialization = fragment
            .initialization
            .map(|first| VideoInitialization { codec: first.codec, segment: VideoBytes(first.segment) });
        let message = VideoFragment {
            sensor: self.sensor.clone(),
            number: self.number,
            captured_at: Timestamp::from_unix_nanos(seen.captured_at_ns),
            picture: picture.map(|side| side as u32),
            media_time_s: fragment.begins as f64 / f64::from(TIMESCALE),
            initialization,
            fragment: VideoBytes(fragment.media),
            boxes: seen.boxes.clone(),
        };
        self.dropped += u64::from(self.out.try_send(message).is_err());
    }

    /// Fragments that found the queue full.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}
