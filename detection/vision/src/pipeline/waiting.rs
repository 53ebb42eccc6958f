//! What was seen in frames whose answer waits for the tracker's second thoughts.

use std::collections::VecDeque;

use crate::ego_motion::Registration;
use crate::image_tracker::{BoxDetection, DELAY_FRAMES_MAX};

/// What was seen in one frame.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) frame: u64,
    pub(super) captured_at_ns: i64,
    pub(super) registration: Registration,
    pub(super) boxes: Vec<BoxDetection>,
}

/// Frames in order. As many as the delay wait, and the one that is being answered; the oldest would go first.
#[derive(Debug)]
pub(super) struct Waiting {
    frames: VecDeque<Seen>,
    room: usize,
}

impl Waiting {
    /// For a tracker that waits so many frames.
    pub(super) fn new(delay_frames: usize) -> Self {
        Self { frames: VecDeque::new(), room: delay_frames.min(DELAY_FRAMES_MAX) + 1 }
    }

    pub(super) fn push(&mut self, seen: Seen) {
        self.frames.push_back(seen);
        while self.frames.len() > self.room {
            self.frames.pop_front();
        }
    }

    pub(super) fn next(&mut self) -> Option<Seen> {
        self.frames.pop_front()
    }
}
