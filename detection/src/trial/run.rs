//! The run: frames to the tracker as they were delivered, a report at every time one is due.

use std::io::{BufRead, Write};
use std::time::Duration;

use super::frames::{Frame, Frames};
use super::timing::FrameClock;
use super::{Clocks, Row, Source, Timing, Trial, TrialError, instant};
use crate::tracker::{Tracker, TrackerMetrics};

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// How long it took.
    pub timing: Timing,
    /// Reports made.
    pub reports: u64,
    /// Rows written, one for each track in each report.
    pub rows: u64,
    /// Plots left out because they made no sense, or were too many for one frame.
    pub plots_dropped: u64,
    /// What the tracker counted.
    pub metrics: TrackerMetrics,
}

impl Trial {
    /// Runs the tracker over the detections and writes what it believes at every report, a [`Row`] a line.
    ///
    /// # Errors
    /// [`TrialError`] for a file that cannot be read, or a line of it, and for rows that cannot be written. The rows of
    /// the reports before then are written.
    pub fn run(
        &self,
        detections: Source<impl BufRead>,
        rows: impl Write,
        clocks: impl FnMut() -> Clocks,
    ) -> Result<Outcome, TrialError> {
        let mut frames = Frames::new(self, detections);
        let mut run = Run::begin(self.tracker(), rows, clocks);
        let mut waiting = frames.next()?;
        for t in self.meta.report_times() {
            while let Some(frame) = waiting.take_if(|frame| frame.rx <= t) {
                run.step(&frame);
                waiting = frames.next()?;
            }
            run.report(t)?;
        }
        run.end(frames.plots_dropped())
    }
}

/// A run under way.
struct Run<W, C> {
    tracker: Tracker,
    rows: W,
    clocks: C,
    begun: Clocks,
    cpu: Duration,
    frames: FrameClock,
    frames_wall: FrameClock,
    detections: u64,
    reports: u64,
    rows_written: u64,
}

impl<W: Write, C: FnMut() -> Clocks> Run<W, C> {
    fn begin(tracker: Tracker, rows: W, mut clocks: C) -> Self {
        let begun = clocks();
        let (frames, frames_wall) = (FrameClock::new(), FrameClock::new());
        let cpu = Duration::ZERO;
        Self { tracker, rows, clocks, begun, cpu, frames, frames_wall, detections: 0, reports: 0, rows_written: 0 }
    }

    fn step(&mut self, frame: &Frame) {
        let before = (self.clocks)();
        self.tracker.step(instant(frame.rx), &frame.scan);
        let after = (self.clocks)();
        let cpu = after.cpu.saturating_sub(before.cpu);
        self.cpu += cpu;
        self.frames.add(cpu);
        self.frames_wall.add(after.wall.saturating_sub(before.wall));
        self.detections += frame.scan.detections.len() as u64;
    }

    fn report(&mut self, t: f64) -> Result<(), TrialError> {
        let before = (self.clocks)();
        let tracks = self.tracker.tracks(instant(t));
        let after = (self.clocks)();
        self.cpu += after.cpu.saturating_sub(before.cpu);
        self.reports += 1;
        for row in tracks.iter().filter_map(|track| Row::of(track, t)) {
            let written = serde_json::to_writer(&mut self.rows, &row).map_err(std::io::Error::from);
            written.and_then(|()| self.rows.write_all(b"\n")).map_err(TrialError::Unwritable)?;
            self.rows_written += 1;
        }
        Ok(())
    }

    fn end(mut self, plots_dropped: u64) -> Result<Outcome, TrialError> {
        self.rows.flush().map_err(TrialError::Unwritable)?;
        let ended = (self.clocks)();
        let timing = Timing {
            cpu_s: self.cpu.as_secs_f64(),
            wall_s: ended.wall.saturating_sub(self.begun.wall).as_secs_f64(),
            frames: self.frames.count(),
            detections: self.detections,
            frame_ms: self.frames.times(),
            frame_wall_ms: self.frames_wall.times(),
        };
        let (reports, rows) = (self.reports, self.rows_written);
        Ok(Outcome { timing, reports, rows, plots_dropped, metrics: self.tracker.metrics() })
    }
}
