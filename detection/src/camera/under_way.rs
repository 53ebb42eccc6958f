//! The frames between the encoder's entrance and its exit, with what was seen in them.

use std::collections::VecDeque;

use telemetry::messages::{VIDEO_BOXES_MAX, VideoBox};
use vision::media::transport::Chunk;
use vision::pipeline::{Sight, Thing};

/// Frames on their way, as many as a source that is passed on may give at once; of more the oldest is forgotten.
const UNDER_WAY_MAX: usize = 300;
/// A frame and the chunk made of it have the same time, but for the transport stream's ticks.
pub(super) const SAME_NS: u64 = 1_000_000;

/// What was seen in a frame.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) captured_at_ns: i64,
    pub(super) boxes: Vec<VideoBox>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct UnderWay(VecDeque<(u64, Seen)>);

impl UnderWay {
    /// Remembers when a frame that goes in was taken and what was seen in it, where somebody looked.
    pub(super) fn put(&mut self, stream_ns: u64, captured_at_ns: i64, sight: Option<&Sight>) {
        if self.0.len() >= UNDER_WAY_MAX {
            self.0.pop_front();
        }
        let things = sight.into_iter().flat_map(|sight| &sight.things);
        self.0
            .push_back((stream_ns, Seen { captured_at_ns, boxes: things.take(VIDEO_BOXES_MAX).map(boxed).collect() }));
    }

    /// What was seen in the frame that a chunk was made of, if it is remembered.
    pub(super) fn take(&mut self, chunk: &Chunk) -> Option<Seen> {
        while self.0.front().is_some_and(|(stream_ns, _)| stream_ns + SAME_NS < chunk.stream_ns) {
            self.0.pop_front();
        }
        self.0.pop_front_if(|(stream_ns, _)| *stream_ns <= chunk.stream_ns + SAME_NS).map(|(_, seen)| seen)
    }

    /// A new stream begins.
    pub(super) fn clear(&mut self) {
        self.0.clear();
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
