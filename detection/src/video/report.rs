//! What is printed at the end: how long frames took, how memory went, how good the lines were.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use vision::pipeline::Stage;
use vision::truth::Figures;

/// A tenth of a millisecond, the width of a bar of the histogram of frames' times.
const BAR: Duration = Duration::from_micros(100);
/// Bars; frames that took longer are counted in the last.
const BARS: usize = 20_000;
/// After so many frames everything has found its size: memory is compared with what it was then.
const SETTLED: u64 = 200;

/// How long things took.
#[derive(Debug)]
pub(super) struct Timing {
    begun: Option<Instant>,
    ended: Option<Instant>,
    bars: Vec<u32>,
    stages: BTreeMap<Stage, Duration>,
    frames: u64,
    settled_mib: Option<f64>,
}

impl Default for Timing {
    fn default() -> Self {
        let bars = vec![0; BARS];
        Self { begun: None, ended: None, bars, stages: BTreeMap::new(), frames: 0, settled_mib: None }
    }
}

/// One frame being timed.
pub(super) struct Lap<'a> {
    timing: &'a mut Timing,
    begun: Instant,
    last: Instant,
}

impl Timing {
    /// A frame has come in.
    pub(super) fn begin(&mut self, now: Instant) -> Lap<'_> {
        self.begun.get_or_insert(now);
        Lap { timing: self, begun: now, last: now }
    }

    /// How many frames there were.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// The time within which a share of the frames was done.
    fn percentile(&self, share: f64) -> Duration {
        let wanted = share * self.frames as f64;
        let mut done = 0.0;
        let bar = self.bars.iter().position(|&frames| {
            done += f64::from(frames);
            done >= wanted
        });
        BAR * (bar.unwrap_or(BARS) as u32 + 1)
    }

    fn stage_ms(&self, stage: Stage) -> f64 {
        let whole = self.stages.get(&stage).copied().unwrap_or_default();
        whole.as_secs_f64() * 1e3 / self.frames.max(1) as f64
    }
}

impl Lap<'_> {
    /// A stage has ended.
    pub(super) fn mark(&mut self, stage: Stage, now: Instant) {
        *self.timing.stages.entry(stage).or_default() += now - self.last;
        self.last = now;
    }

    /// The frame's detections are out.
    pub(super) fn end(self, now: Instant) {
        let bar = (now - self.begun).as_micros() / BAR.as_micros();
        self.timing.bars[(bar as usize).min(BARS - 1)] += 1;
        self.timing.frames += 1;
        self.timing.ended = Some(now);
        if self.timing.frames == SETTLED {
            self.timing.settled_mib = resident_mib();
        }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(begun), Some(ended)) = (self.begun, self.ended) else { return writeln!(f, "no frames") };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let rate = self.frames as f64 / (ended - begun).as_secs_f64().max(1e-9);
        writeln!(f, "frames {}, {rate:.1} a second with decoding", self.frames)?;
        let [half, most] = [0.5, 0.95].map(|share| ms(self.percentile(share)));
        writeln!(f, "frame in to detections out: p50 {half:.1} ms, p95 {most:.1} ms")?;
        let networks = self.stage_ms(Stage::Networks);
        let own = [Stage::Preparation, Stage::Reading, Stage::Tracking].map(|stage| self.stage_ms(stage));
        let sum: f64 = own.iter().sum();
        let share = 100.0 * sum / networks.max(1e-9);
        writeln!(
            f,
            "a frame: networks {networks:.2} ms, ego-motion {:.2} ms, pipeline {sum:.2} ms ({share:.1} % of the networks: \
             inputs {:.2}, outputs {:.2}, tracking {:.2})",
            self.stage_ms(Stage::EgoMotion),
            own[0],
            own[1],
            own[2]
        )?;
        match (self.settled_mib, resident_mib()) {
            (Some(then), Some(now)) => {
                writeln!(f, "memory: {then:.1} MiB after {SETTLED} frames, {now:.1} MiB at the end")
            }
            _ => Ok(()),
        }
    }
}

/// The memory that this process holds; nothing where the system does not say.
fn resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kib.parse::<f64>().ok()? / 1024.0)
}

/// How good the lines were.
pub(super) struct Compared(pub(super) Figures);

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.0;
        writeln!(
            f,
            "compared with the boxes: recall {:.3}, AP {:.3}, track recall {:.3}, confirmed false tracks {:.1} a minute \
             ({} in {} frames)",
            figures.recall,
            figures.average_precision,
            figures.track_recall,
            figures.false_tracks_per_minute,
            figures.false_tracks,
            figures.frames
        )
    }
}
