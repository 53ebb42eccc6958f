//! What a recording's frames hold, a JSON object for each thing.
//!
//! ```json
//! {"frame":12,"time":0.48,"box":[227.2,185.2,13.7,9.1],"class":"drone","confidence":0.94,"track":1,"confirmed":true,"detected":true}
//! ```
//!
//! `time` is seconds from the recording's beginning; `box` is left, top, width, height in pixels; `track` is null for what
//! belongs to no confirmed track; `detected` is false where a track was carried on without a detection in this frame.

use std::io::{self, Write};

use serde::Serialize;
use vision::pipeline::Sight;

#[derive(Serialize)]
struct Line<'a> {
    frame: u64,
    time: f64,
    #[serde(rename = "box")]
    bounds: [f64; 4],
    class: &'a str,
    confidence: f64,
    track: Option<u64>,
    confirmed: bool,
    detected: bool,
}

/// Writes the things of a frame.
pub(super) fn write(out: &mut impl Write, sight: &Sight) -> io::Result<()> {
    let rounded = |value: f64, steps: f64| (value * steps).round() / steps;
    for thing in &sight.things {
        let line = Line {
            frame: sight.frame,
            time: rounded(sight.captured_at_ns as f64 * 1e-9, 1e6),
            bounds: thing.bounds.map(|value| rounded(value, 1e2)),
            class: &thing.class,
            confidence: rounded(thing.confidence, 1e4),
            track: thing.track,
            confirmed: thing.track.is_some(),
            detected: thing.detected,
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
