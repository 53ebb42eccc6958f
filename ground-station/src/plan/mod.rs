//! `picket plan`: one planning problem from a file, answered within a budget.
//!
//! The planners are `planning`'s, the very ones of the operations room; this reads what is asked, watches the clock, tells
//! of better plans as they come, and writes the answer. Ctrl-C keeps the best found so far.

mod coverage;
mod intercept;
pub(crate) mod level;
mod patrol;
pub(crate) mod preflight;
mod recorded;
mod tasks;

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use planning::clock::Clock;
use planning::drawing::Drawing;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{picture_file, processor};

/// Longer than this, and the person before the screen is told how it goes.
const SILENT: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(crate) struct Arguments {
    /// What is asked: one problem (JSON)
    #[arg(long, value_name = "FILE")]
    instance: PathBuf,
    /// Where the answer goes (JSON)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How long to look for better plans, in milliseconds of processor time
    #[arg(long, value_name = "N", default_value_t = 2000)]
    budget_ms: u64,
    /// What chance begins with: the same seed and the same number of rounds give the same plan
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Where a picture of the answer goes, .svg or .png; for coverage, patrol and tasks
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Where a recording of the answer goes, for the Rerun viewer; for coverage, patrol and tasks
    #[arg(long, value_name = "FILE.rrd")]
    rerun: Option<PathBuf>,
    /// How a line is to be patrolled
    #[arg(long, value_enum, default_value = "unpredictable")]
    manner: patrol::PatrolManner,
}

const CLASSES: &str = "coverage, patrol, tasks, intercept, preflight";

/// What is common to all problems.
#[derive(Deserialize)]
struct Class {
    cls: String,
}

/// Where on Earth the problem's plane lies, for those that say so.
#[derive(Deserialize)]
struct Framed {
    #[serde(default)]
    frame: Option<recorded::Frame>,
}

/// Answers the problem; says on standard error what was found.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Arguments { instance, out, budget_ms, seed, picture, rerun, manner } = arguments;
    if let Some(picture) = picture {
        picture_file::check(picture)?;
    }
    let bytes = fs::read(instance).with_context(|| format!("cannot read {}", instance.display()))?;
    let class: Class = read(instance, &bytes)?;
    let mut budget = Budget::new(Duration::from_millis(*budget_ms));
    let answer = match class.cls.as_str() {
        "tasks" => tasks::answer(read(instance, &bytes)?, *seed, &mut budget),
        "coverage" => coverage::answer(read(instance, &bytes)?, *seed, &mut budget),
        "patrol" => patrol::answer(read(instance, &bytes)?, *manner, *seed, &mut budget),
        "intercept" => intercept::answer(read(instance, &bytes)?),
        "preflight" => preflight::answer(read(instance, &bytes)?),
        other => bail!("{}: cls: found {other:?}; allowed: {CLASSES}", instance.display()),
    };
    let Answer { json, summary, drawing } = answer.with_context(|| instance.display().to_string())?;
    budget.end();
    if picture.is_some() || rerun.is_some() {
        let Some(drawing) = drawing else {
            bail!("--picture, --rerun: {} has no picture; allowed: coverage, patrol, tasks", class.cls)
        };
        if let Some(rerun) = rerun {
            let Framed { frame } = read(instance, &bytes)?;
            recorded::write(rerun, &drawing, frame, &summary)?;
        }
        if let Some(picture) = picture {
            picture_file::write(picture, &drawing.note(&summary))?;
        }
    }
    let text = serde_json::to_vec(&json).context("an answer is numbers and texts")?;
    fs::write(out, text).with_context(|| format!("cannot write {}", out.display()))?;
    eprintln!("{summary}; {:.3} s of processor time", budget.used().as_secs_f64());
    Ok(())
}

/// An answer, and what a person wants to know of it.
struct Answer {
    json: Value,
    summary: String,
    /// Of problems with one picture.
    drawing: Option<Drawing>,
}

/// Reads a file, or says where in it what is wrong.
fn read<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> anyhow::Result<T> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|error| anyhow::anyhow!("{}: {}: {}", path.display(), error.path(), error.inner()))
}

/// A budget of processor time.
struct Budget {
    begun: Duration,
    allowed: Duration,
    begun_at: Instant,
    told: bool,
    stopped: Arc<AtomicBool>,
}

impl Budget {
    fn new(allowed: Duration) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        listen(Arc::clone(&stopped));
        Self { begun: processor::time(), allowed, begun_at: Instant::now(), told: false, stopped }
    }

    fn used(&self) -> Duration {
        processor::time().saturating_sub(self.begun)
    }

    /// Tells of a better plan, once a person may have begun to wonder.
    fn better(&mut self, what: impl FnOnce() -> String) {
        if self.begun_at.elapsed() > SILENT && std::io::stderr().is_terminal() {
            self.told = true;
            let spent = 100.0 * self.spent().min(1.0);
            // Without a screen there is nobody to tell.
            let _ = write!(std::io::stderr(), "\r{spent:3.0} %  {}\x1b[K", what());
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.told) {
            eprintln!();
        }
    }
}

impl Clock for Budget {
    fn spent(&mut self) -> f64 {
        if self.stopped.load(Ordering::Relaxed) {
            return 1.0;
        }
        self.used().as_secs_f64() / self.allowed.as_secs_f64().max(1e-6)
    }
}

/// What a shell expects of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Stops the search at the first Ctrl-C, the program at the second.
fn listen(stopped: Arc<AtomicBool>) {
    let wait = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        // Without it Ctrl-C ends the program as it always does.
        let Ok(runtime) = runtime else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            stopped.store(true, Ordering::Relaxed);
        }
        // What does not look at the clock does not stop by it.
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            std::process::exit(INTERRUPTED);
        }
    };
    std::thread::spawn(wait);
}
