//! `picket-sensor video`: a recording through everything that a camera's frames go through, one JSON line for each thing in
//! each frame, and, where somebody drew boxes, how good that was.

mod lines;
mod report;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use vision::detector::open_all;
use vision::media::source::{Next, Origin, Pixels, Source};
use vision::pipeline::{Eyes, EyesConfig, Sight};
use vision::session::{Execution, Network, Runtime};
use vision::small::MODEL;
use vision::truth::{Claim, Comparison, Truth};

use report::Timing;

/// A frame that takes longer to be read from a file never comes.
const WAIT: Duration = Duration::from_secs(30);
/// What the boxes of a recording are of.
const COMPARED: &str = "drone";

/// Run a recording through detectors and image tracker: a JSON line for each thing in each frame.
#[derive(Debug, Args)]
pub(crate) struct Video {
    /// The recording: anything that GStreamer reads.
    file: PathBuf,
    /// Where the lines go; without it only figures are printed.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Boxes that a person drew, a line `x y w h` per frame: prints how good the lines are for drones.
    #[arg(long)]
    boxes: Option<PathBuf>,
    /// Another small-target network than the shipped one.
    #[arg(long)]
    small_model: Option<PathBuf>,
    /// A further detector, ONNX, with a TOML beside it where its shapes alone do not say what it is; may be repeated.
    #[arg(long)]
    model: Vec<PathBuf>,
    /// Of further detectors' classes these only, by the model's names, with commas between; all where not given.
    #[arg(long, value_delimiter = ',')]
    classes: Vec<String>,
    /// Further detectors look at so many slices of a frame; 0: at the whole frame at once.
    #[arg(long, default_value_t = 0)]
    slices: usize,
    /// Threads of each network.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Peaks of the small-target network below this are nothing, 0 to 1.
    #[arg(long, default_value_t = EyesConfig::default().confidence_min)]
    confidence_min: f64,
    /// A track of the small-target network is believed when its last frames had this mean confidence, 0 to 1.
    #[arg(long, default_value_t = EyesConfig::default().track_mean_min)]
    track_mean_min: f64,
    /// Frames that the tracker may wait for second thoughts; 0 as on a live camera.
    #[arg(long, default_value_t = 12)]
    delay_frames: usize,
    /// Play the recording so often in a row, as one long one: for measuring over time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Make the frames so large first, WIDTHxHEIGHT: for measuring at other sizes.
    #[arg(long, value_parser = size)]
    size: Option<(usize, usize)>,
}

/// Runs a recording through everything and prints what came of it.
///
/// # Errors
/// In words, where a file, a model or the library cannot be used.
pub(crate) fn run(arguments: &Video) -> anyhow::Result<()> {
    let truth = arguments.boxes.as_deref().map(truth).transpose()?;
    let mut eyes = eyes(arguments)?;
    let mut out = arguments.out.as_deref().map(create).transpose()?;
    let mut played = Played { timing: Timing::default(), comparison: Comparison::default() };
    for _ in 0..arguments.repeat {
        play(arguments, &mut eyes, truth.as_ref(), &mut out, &mut played)?;
    }
    if let Some(out) = &mut out {
        out.flush().context("the lines cannot be written")?;
    }
    print!("{}", played.timing);
    if truth.is_some() {
        print!("{}", report::Compared(played.comparison.figures()));
    }
    Ok(())
}

/// What is gathered over all frames.
struct Played {
    timing: Timing,
    comparison: Comparison,
}

fn play(
    arguments: &Video,
    eyes: &mut Eyes,
    truth: Option<&Truth>,
    out: &mut Option<BufWriter<File>>,
    played: &mut Played,
) -> anyhow::Result<()> {
    let pixels = if eyes.wants_colour() { Pixels::Rgb } else { Pixels::Gray };
    let origin = Origin::File { path: arguments.file.clone(), begins_ns: 0 };
    let mut source = match arguments.size {
        Some((width, height)) => Source::open_scaled(origin, pixels, width, height)?,
        None => Source::open(origin, pixels)?,
    };
    let first = played.timing.frames();
    let mut last_ns = 0;
    let mut take = |sight: &Sight| -> anyhow::Result<()> {
        if let Some(out) = out {
            lines::write(out, sight).context("the lines cannot be written")?;
        }
        if let Some(truth) = truth {
            played.comparison.frame(truth.at(sight.frame - first), &claims(sight));
        }
        Ok(())
    };
    loop {
        match source.next(WAIT)? {
            Next::Frame(taken) => {
                last_ns = taken.gray.captured_at_ns();
                let mut lap = played.timing.begin(Instant::now());
                let sight = eyes.look(&taken, None, &mut |stage| lap.mark(stage, Instant::now()))?;
                lap.end(Instant::now());
                sight.as_ref().map(&mut take).transpose()?;
            }
            Next::Waiting => anyhow::bail!("{}: no frame came within {WAIT:?}", arguments.file.display()),
            Next::Ended => break,
        }
    }
    for sight in eyes.finish() {
        take(&sight)?;
    }
    played.comparison.end(last_ns as f64 * 1e-9);
    Ok(())
}

fn eyes(arguments: &Video) -> anyhow::Result<Eyes> {
    let runtime = Runtime::load(None)?;
    let execution = Execution { threads: arguments.threads, ..Execution::default() };
    let small = match &arguments.small_model {
        Some(path) => Network::open(&runtime, path, &execution)?,
        None => Network::from_bytes(&runtime, "small-targets", MODEL, &execution)?,
    };
    let others = open_all(&runtime, &arguments.model, &execution, &arguments.classes).context("--classes, --model")?;
    let config = EyesConfig {
        confidence_min: arguments.confidence_min,
        track_mean_min: arguments.track_mean_min,
        delay_frames: arguments.delay_frames,
        slices: arguments.slices,
        ..EyesConfig::default()
    };
    Ok(Eyes::new(config, Some(small), others))
}

fn claims(sight: &Sight) -> Vec<Claim> {
    let compared = sight.things.iter().filter(|thing| thing.class == COMPARED);
    compared.map(|thing| Claim { bounds: thing.bounds, confidence: thing.confidence, track: thing.track }).collect()
}

fn truth(path: &Path) -> anyhow::Result<Truth> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Truth::parse(&text).with_context(|| path.display().to_string())
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BufWriter::new(file))
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let sides = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides
        .filter(|(width, height)| [width, height].iter().all(|side| (16..=8192).contains(*side)))
        .ok_or_else(|| format!("{text:?}: allowed is WIDTHxHEIGHT, each 16 to 8192"))
}
