//! Live video for the operations room: made only while somebody there looks, and never waited for.
//!
//! The room reads a camera's topic while somebody looks at it, and the bus tells us whether anybody reads. Fragments wait
//! for the bus in a queue of [`FRAGMENTS_MAX`]; when that is full the newest is dropped and counted, and whoever looks
//! goes on with the next key frame, a second later at most.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telemetry::messages::{VIDEO_BOXES_MAX, VideoBox, VideoBytes, VideoFragment, VideoInitialization};
use telemetry::{SensorId, Timestamp};
use tokio::sync::mpsc;
use vision::media::fragments::{Fragments, TIMESCALE};
use vision::media::source::Taken;
use vision::media::transport::Chunk;
use vision::pipeline::{Sight, Thing};

/// How often the bus is asked whether anybody looks.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Fragments that the bus has not taken yet.
const FRAGMENTS_MAX: usize = 8;
/// Frames between the encoder's entrance and its exit.
const ENCODING_MAX: usize = 8;
/// A frame and the chunk made of it have the same time, but for the transport stream's ticks.
pub(super) const SAME_NS: u64 = 1_000_000;

/// What is seen live, on the side of the camera's thread.
#[derive(Debug)]
pub(super) struct Live {
    sensor: SensorId,
    wanted: Arc<AtomicBool>,
    out: mpsc::Sender<VideoFragment>,
    fragments: Option<Fragments>,
    /// What was seen in the frames that are being encoded.
    encoding: VecDeque<Seen>,
    number: u64,
    dropped: u64,
}

/// What was seen in a frame.
#[derive(Debug)]
struct Seen {
    stream_ns: u64,
    captured_at_ns: i64,
    boxes: Vec<VideoBox>,
}

/// The side of the bus: whether anybody looks is put in, fragments come out.
#[derive(Debug)]
pub(super) struct LiveOut {
    pub(super) wanted: Arc<AtomicBool>,
    pub(super) fragments: mpsc::Receiver<VideoFragment>,
}

impl Live {
    pub(super) fn new(sensor: SensorId) -> (Self, LiveOut) {
        let (out, fragments) = mpsc::channel(FRAGMENTS_MAX);
        let wanted = Arc::<AtomicBool>::default();
        let live = Self {
            sensor,
            wanted: Arc::clone(&wanted),
            out,
            fragments: None,
            encoding: VecDeque::new(),
            number: 0,
            dropped: 0,
        };
        (live, LiveOut { wanted, fragments })
    }

    /// Whether somebody looks.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Whether a decoder that begins now has to be given a key frame: somebody looks who did not before.
    pub(super) fn begins(&self) -> bool {
        self.is_wanted() && self.fragments.is_none()
    }

    /// Nobody looks, or a new stream begins.
    pub(super) fn end(&mut self) {
        self.fragments = None;
        self.encoding.clear();
    }

    /// Remembers what was seen in a frame that goes into the encoder.
    pub(super) fn encode(&mut self, taken: &Taken, sight: &Sight) {
        if self.encoding.len() >= ENCODING_MAX {
            self.encoding.pop_front();
        }
        let boxes = sight.things.iter().take(VIDEO_BOXES_MAX).map(boxed).collect();
        let captured_at_ns = taken.gray.captured_at_ns();
        self.encoding.push_back(Seen { stream_ns: taken.stream_ns, captured_at_ns, boxes });
    }

    /// Sends the chunk that came out of the encoder for one of those frames, of a stream of so many frames a second.
    pub(super) fn send(&mut self, chunk: &Chunk, picture: [usize; 2], rate: u32) {
        let [width, height] = picture;
        let fragments = self.fragments.get_or_insert_with(|| Fragments::new(width, height, rate));
        let Some(fragment) = fragments.take(chunk) else { return };
        // Counted whether it is sent or not: whoever misses one must know.
        self.number += 1;
        while self.encoding.front().is_some_and(|seen| seen.stream_ns + SAME_NS < chunk.stream_ns) {
            self.encoding.pop_front();
        }
        // A frame that went in before anybody looked.
        let Some(seen) = self.encoding.pop_front_if(|seen| seen.stream_ns <= chunk.stream_ns + SAME_NS) else { return };
        let initialization = fragment
            .initialization
            .map(|first| VideoInitialization { codec: first.codec, segment: VideoBytes(first.segment) });
        let message = VideoFragment {
            sensor: self.sensor.clone(),
            number: self.number,
            captured_at: Timestamp::from_unix_nanos(seen.captured_at_ns),
            picture: [width as u32, height as u32],
            media_time_s: fragment.begins as f64 / f64::from(TIMESCALE),
            initialization,
            fragment: VideoBytes(fragment.media),
            boxes: seen.boxes,
        };
        self.dropped += u64::from(self.out.try_send(message).is_err());
    }

    /// Fragments that found the queue full.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}

fn boxed(thing: &Thing) -> VideoBox {
    VideoBox {
        bounds: thing.bounds.map(|side| side as f32),
        class: thing.class.clone(),
        confidence: thing.confidence as f32,
        track: thing.track,
    }
}
