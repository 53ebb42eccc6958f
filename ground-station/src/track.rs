//! `picket track`: the room's tracker over a recorded or generated trial, to measure what it is worth.
//!
//! The trial decides nothing here: this opens its files, reads the clocks, and writes what the tracker believed.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use detection::trial::{Clocks, Outcome, Source, Trial};

use crate::processor;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The trial's folder
    #[arg(long, value_name = "DIR")]
    scenario: PathBuf,
    /// Where the tracks go: one JSON object a line for each track at each report
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where to write how long it took (JSON)
    #[arg(long, value_name = "FILE")]
    timing: Option<PathBuf>,
}

/// Runs the tracker; says on standard error what it did.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Arguments { scenario, out, timing } = arguments;
    let trial = Trial::read(open(scenario, "meta.json")?, open(scenario, "sensors.json")?)?;
    let detections = open(scenario, "detections.jsonl")?;
    let rows = BufWriter::new(create(out)?);
    let begun = Instant::now();
    let clocks = || Clocks { wall: begun.elapsed(), cpu: processor::time() };
    let outcome = trial.run(detections, rows, clocks).with_context(|| format!("tracks for {}", out.display()))?;
    if let Some(path) = timing {
        let mut file = create(path)?;
        let written = serde_json::to_writer(&file, &outcome.timing).map_err(std::io::Error::from);
        written.and_then(|()| writeln!(file)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    eprintln!("{}", summary(&outcome, trial.duration_s()));
    Ok(())
}

fn open(folder: &Path, name: &str) -> anyhow::Result<Source<BufReader<File>>> {
    let path = folder.join(name);
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Source { name: path.display().to_string(), bytes: BufReader::new(file) })
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

fn summary(outcome: &Outcome, duration_s: f64) -> String {
    let Outcome { timing, reports, rows, plots_dropped, .. } = outcome;
    let dropped = if *plots_dropped > 0 { format!(" ({plots_dropped} more made no sense)") } else { String::new() };
    format!(
        "{} frames, {} detections{dropped}; {reports} reports, {rows} rows; {:.3} s of processor time, {:.0} × real \
         time; a frame {:.3} ms, 99 of 100 at most {:.3} ms",
        timing.frames,
        timing.detections,
        timing.cpu_s,
        duration_s / timing.cpu_s.max(1e-9),
        timing.frame_ms.p50,
        timing.frame_ms.p99,
    )
}
