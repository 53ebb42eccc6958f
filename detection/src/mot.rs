//! `picket-sensor mot`: tracks the boxes of MOTChallenge sequences, for benchmarks of the image tracker.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use vision::image_tracker::DELAY_FRAMES_MAX;
use vision::mot::{SequenceInfo, read_camera, read_detections, track_sequence};

/// Track the boxes of MOTChallenge sequences: OUT/SEQUENCE.txt for each.
#[derive(Debug, Args)]
pub(crate) struct Mot {
    /// The folder of sequences; each has seqinfo.ini, det/det.txt and, where the camera moves, cam.txt.
    sequences: PathBuf,
    /// Where the tracks are written.
    out: PathBuf,
    /// How many frames the output waits for what comes after; 0: what an operator sees at once.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u8).range(0..=DELAY_FRAMES_MAX as i64))]
    delay: u8,
}

pub(crate) fn run(arguments: &Mot) -> anyhow::Result<()> {
    let Mot { sequences, out, delay } = arguments;
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let listed = fs::read_dir(sequences).with_context(|| format!("cannot list {}", sequences.display()))?;
    let mut folders = Vec::new();
    for entry in listed {
        let path = entry.with_context(|| format!("cannot list {}", sequences.display()))?.path();
        if path.join("seqinfo.ini").is_file() {
            folders.push(path);
        }
    }
    if folders.is_empty() {
        bail!("{}: no folder with a seqinfo.ini in it", sequences.display());
    }
    folders.sort();
    let (mut frames, mut spent) = (0, Duration::ZERO);
    for folder in &folders {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (tracked, lines, took) = track(folder, usize::from(*delay))?;
        let file = out.join(format!("{name}.txt"));
        fs::write(&file, lines).with_context(|| format!("cannot write {}", file.display()))?;
        frames += tracked;
        spent += took;
    }
    let rate = frames as f64 / spent.as_secs_f64();
    println!("{} sequences, {frames} frames, {rate:.0} frames/s, output {delay} frames behind", folders.len());
    Ok(())
}

/// How many frames, their tracks' lines, and how long tracking took.
fn track(folder: &Path, delay_frames: usize) -> anyhow::Result<(usize, String, Duration)> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let at = |name: &str| folder.join(name).display().to_string();
    let info = SequenceInfo::read(&read("seqinfo.ini")?).with_context(|| at("seqinfo.ini"))?;
    let boxes = read_detections(&read("det/det.txt")?, info.frames).with_context(|| at("det/det.txt"))?;
    let camera = if folder.join("cam.txt").is_file() { read("cam.txt")? } else { String::new() };
    let camera = read_camera(&camera, info.frames).with_context(|| at("cam.txt"))?;
    let begun = Instant::now();
    let lines = track_sequence(&info, &boxes, &camera, delay_frames);
    Ok((info.frames, lines, begun.elapsed()))
}
