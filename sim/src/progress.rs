//! What a person sees of a night in virtual time: how far it has come and how fast; and the pace, where one is asked
//! for.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use telemetry::Timestamp;

use super::RunArgs;

/// Scenario time played between two looks at the wall clock.
const STEP: Duration = Duration::from_secs(10);
/// A paced night is played in steps of this wall time.
const PACED_STEP_S: f64 = 0.1;
const HOUR: Duration = Duration::from_secs(3600);

/// The progress of one run.
pub(super) struct Progress {
    start: Timestamp,
    end: Timestamp,
    begun: Instant,
    speed: Option<f64>,
    shown: bool,
    memory: bool,
    next_memory: Timestamp,
    now: Timestamp,
    quiet: bool,
}

impl Progress {
    pub(super) fn new(args: &RunArgs, start: Timestamp, end: Timestamp) -> Self {
        Self {
            start,
            end,
            begun: Instant::now(),
            speed: args.speed,
            shown: !args.quiet && stderr().is_terminal(),
            memory: args.memory,
            next_memory: start + HOUR,
            now: start,
            quiet: args.quiet,
        }
    }

    /// How much scenario time to play next.
    pub(super) fn step(&self) -> Duration {
        self.speed.map_or(STEP, |speed| Duration::from_secs_f64(PACED_STEP_S * speed))
    }

    /// Shows where the night has come to, and waits where it is ahead of its pace.
    pub(super) fn show(&mut self, now: Timestamp) {
        self.now = now;
        let played_s = now.seconds_since(self.start);
        if let Some(speed) = self.speed {
            let due = Duration::from_secs_f64((played_s / speed).max(0.0));
            std::thread::sleep(due.saturating_sub(self.begun.elapsed()));
        }
        if self.memory && now >= self.next_memory {
            self.next_memory = self.next_memory + HOUR;
            let resident = resident_mib().map_or("unknown".to_owned(), |mib| format!("{mib:.1} MiB"));
            println!("after {:>5.1} h: {resident} resident", played_s / 3600.0);
        }
        if self.shown {
            let whole_s = self.end.seconds_since(self.start);
            eprint!(
                "\r{:>3.0} %  {:>7.0} of {whole_s:.0} s  {:>6.0} x real time ",
                100.0 * (played_s / whole_s).min(1.0),
                played_s.min(whole_s),
                self.rate()
            );
            // A terminal that cannot be written to has nobody in front of it.
            let _ = stderr().flush();
        }
    }

    /// The last word.
    pub(super) fn done(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
        if !self.quiet {
            let played_s = self.now.seconds_since(self.start);
            println!(
                "played {played_s:.0} s in {:.1} s: {:.0} x real time",
                self.begun.elapsed().as_secs_f64(),
                self.rate()
            );
        }
    }

    fn rate(&self) -> f64 {
        self.now.seconds_since(self.start) / self.begun.elapsed().as_secs_f64().max(1e-9)
    }
}

/// Resident memory of this process (`VmRSS` of proc(5)), where the system tells.
fn resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
