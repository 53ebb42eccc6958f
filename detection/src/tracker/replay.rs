//! Scans out of sequence: what came late is taken where it belongs.
//!
//! The scans of the last seconds are kept, with checkpoints of the scene between them. A scan older than the newest
//! taken goes back to the last checkpoint before it, and everything since is taken again, in order: the result is that
//! of in-order processing, and the work is bounded by the window. (Retrodiction — Y. Bar-Shalom, "Update with
//! out-of-sequence measurements in tracking: exact solution", IEEE T-AES 38 (2002) — is cheaper for a single filter,
//! but the associations of the scans in between, made without the late one, would stand.)
//!
//! A scan that is late by a moment only is taken where it is, against the targets as they were that moment ago: the
//! difference is far below the noise of what it measured. For what vessels report it is as long as a scan may be late at
//! all: a report is compared with its own vessel's last one, which is rarely newer.
//!
//! Limits: [`WINDOW_S`] seconds and [`FRAMES_MAX`] scans; what is older is too late and is counted.

use std::collections::VecDeque;

use telemetry::Timestamp;

use super::scene::Scene;
use super::step::{Frame, Step};

/// How late a scan may come, seconds after the newest one's measurement.
const WINDOW_S: f64 = 3.5;
/// Seconds between checkpoints.
const SPACING_S: f64 = 0.25;
/// Most scans kept; the oldest go first, with the checkpoints before them.
const FRAMES_MAX: usize = 4096;

/// The scene now, and how it came about.
#[derive(Debug)]
pub(super) struct History {
    pub(super) now: Scene,
    /// Scans of the window, by time of measurement.
    frames: VecDeque<Frame>,
    /// Scenes before the scans at and after these times, the oldest first.
    checkpoints: VecDeque<(Timestamp, Scene)>,
}

/// What became of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    InOrder,
    /// Older than others taken before it; these were taken again.
    OutOfSequence,
    /// Older than the window.
    TooLate,
}

/// By time; of one time, what came late after what did not.
fn order(frame: &Frame) -> (Timestamp, bool, Timestamp, u16, u64) {
    let late = frame.taken_at > frame.scan.measured_at;
    (frame.taken_at, late, frame.scan.measured_at, frame.sensor, frame.scan.scan)
}

impl History {
    /// Before any scan.
    pub(super) fn new(now: Scene) -> Self {
        let checkpoints = VecDeque::from([(Timestamp::from_unix_nanos(i64::MIN), now.clone())]);
        Self { now, frames: VecDeque::new(), checkpoints }
    }

    /// Takes a scan in its place.
    pub(super) fn take(&mut self, step: &Step<'_>, mut frame: Frame) -> Taken {
        if let Some(newest) = self.frames.back().map(|last| last.taken_at) {
            let late_s = newest.seconds_since(frame.taken_at);
            if late_s > 0.0 && late_s <= step.a_moment_s(&frame) {
                // After all others of that time, so that taking it again finds it in the same place.
                frame.taken_at = newest.offset_seconds(1e-9);
            }
        }
        let in_order =
            self.frames.back().is_none_or(|last| last.taken_at < frame.taken_at || order(last) < order(&frame));
        if in_order {
            self.checkpoint(frame.taken_at);
            step.take(&mut self.now, &frame);
            self.frames.push_back(frame);
            self.trim();
            return Taken::InOrder;
        }
        let at = frame.taken_at;
        let Some(from) = self.checkpoints.iter().rposition(|(time, _)| *time <= at) else {
            return Taken::TooLate;
        };
        let place = self.frames.partition_point(|known| order(known) < order(&frame));
        self.frames.insert(place, frame);
        self.checkpoints.truncate(from + 1);
        let (since, scene) = &self.checkpoints[from];
        self.now = scene.clone();
        let first = self.frames.partition_point(|known| known.taken_at < *since);
        for index in first..self.frames.len() {
            let measured_at = self.frames[index].taken_at;
            self.checkpoint(measured_at);
            step.take(&mut self.now, &self.frames[index]);
        }
        self.trim();
        Taken::OutOfSequence
    }

    /// Keeps the scene as it is before a scan measured at `at`, when the last checkpoint is old enough.
    fn checkpoint(&mut self, at: Timestamp) {
        let due = self.checkpoints.back().is_none_or(|(time, _)| at.seconds_since(*time) >= SPACING_S);
        if due {
            self.checkpoints.push_back((at, self.now.clone()));
        }
    }

    fn trim(&mut self) {
        let Some(newest) = self.frames.back().map(|frame| frame.taken_at) else { return };
        while self.checkpoints.len() > 1 && newest.seconds_since(self.checkpoints[1].0) > WINDOW_S {
            self.checkpoints.pop_front();
        }
        let kept_from = self.checkpoints.front().map_or(newest, |(time, _)| *time);
        while self.frames.len() > FRAMES_MAX
            || self.frames.len() > 1 && self.frames.front().is_some_and(|frame| frame.taken_at < kept_from)
        {
            self.frames.pop_front();
        }
        let oldest = self.frames.front().map_or(newest, |frame| frame.taken_at);
        while self.frames.len() == FRAMES_MAX
            && self.checkpoints.len() > 1
            && self.checkpoints.front().is_some_and(|(time, _)| *time < oldest)
        {
            self.checkpoints.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
