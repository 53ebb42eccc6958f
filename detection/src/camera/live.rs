//! Live video for the operations room: made only while somebody there looks, and never waited for.
//!
//! The room reads a camera's topic while somebody looks at it, and the bus tells us whether anybody reads. Fragments wait
//! for the bus in a queue of [`FRAGMENTS_MAX`]; when that is full the newest is dropped and counted, and whoever looks
//! goes on with the next key frame, a second later at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telemetry::messages::{VideoBytes, VideoFragment, VideoInitialization};
use telemetry::{SensorId, Timestamp};
use tokio::sync::mpsc;
use vision::media::fragments::{Fragments, TIMESCALE};
use vision::media::transport::Chunk;

use super::under_way::Seen;

/// How often the bus is asked whether anybody looks.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Fragments that the bus has not taken yet.
const FRAGMENTS_MAX: usize = 8;

/// What is seen live, on the side of the camera's thread.
#[derive(Debug)]
pub(super) struct Live {
    sensor: SensorId,
    wanted: Arc<AtomicBool>,
    out: mpsc::Sender<VideoFragment>,
    fragments: Option<Fragments>,
    number: u64,
    dropped: u64,
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
        let live = Self { sensor, wanted: Arc::clone(&wanted), out, fragments: None, number: 0, dropped: 0 };
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
    }

    /// Sends the chunk that came out of the encoder for a frame, of a stream of so many frames a second.
    pub(super) fn send(&mut self, chunk: &Chunk, seen: Option<&Seen>, picture: [usize; 2], rate: u32) {
        let [width, height] = picture;
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
            picture: [width as u32, height as u32],
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
