//! Boxes and tracks in the text files of the MOTChallenge: `seqinfo.ini`, `det/det.txt`, tracks; and `cam.txt` beside
//! them, the camera's motion.
//!
//! A line of detections is `frame,-1,left,top,width,height,confidence[,class,…]`, a line of tracks
//! `frame,id,left,top,width,height,confidence,-1,-1,-1`; frames count from 1, lengths are pixels (P. Dendorfer et al.,
//! "MOTChallenge: a benchmark for single-camera multiple target tracking", IJCV 129, 2021). A line of `cam.txt` is
//! `frame a b tx c d ty`: the affine from the frame before.

use std::fmt::Write;

use nalgebra::{Matrix2x3, Vector2};

use crate::image_tracker::{BoxDetection, ImageTrack, ImageTracker, ImageTrackerConfig};

/// The most frames of one sequence.
pub const FRAMES_MAX: usize = 1_000_000;

/// A text that is not as it should be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MotError {
    /// A key that must be there.
    #[error("no {0} in the section [Sequence]")]
    Missing(&'static str),
    /// A value out of range.
    #[error("{key} is {found:?}: a number from {least} to {most} is allowed")]
    Value {
        /// Its key.
        key: &'static str,
        /// What stands there.
        found: String,
        /// The least allowed.
        least: f64,
        /// The most allowed.
        most: f64,
    },
    /// A line with too few numbers, or with what is none.
    #[error("line {line}: {found:?}, but {expected} numbers belong there")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        found: String,
        /// How many numbers at least.
        expected: usize,
    },
    /// A frame that the sequence does not have.
    #[error("line {line}: frame {found}, but the sequence has 1 to {frames}")]
    Frame {
        /// Counted from 1.
        line: usize,
        /// The frame it names.
        found: f64,
        /// The sequence's frames.
        frames: usize,
    },
}

/// What `seqinfo.ini` says.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceInfo {
    /// Frames a second.
    pub frame_rate: f64,
    /// How many frames.
    pub frames: usize,
    /// Width and height, pixels.
    pub picture: Vector2<f64>,
}

impl SequenceInfo {
    /// Reads `seqinfo.ini`.
    ///
    /// # Errors
    /// Where a key is missing or its value is out of range.
    pub fn read(text: &str) -> Result<Self, MotError> {
        let number = |key: &'static str, least: f64, most: f64| {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            let value =
                lines.filter(|(found, _)| found.trim().eq_ignore_ascii_case(key)).map(|(_, value)| value.trim()).next();
            let found = value.ok_or(MotError::Missing(key))?;
            let number = found.parse().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| MotError::Value { key, found: found.to_owned(), least, most })
        };
        Ok(Self {
            frame_rate: number("frameRate", 0.1, 10_000.0)?,
            frames: number("seqLength", 1.0, FRAMES_MAX as f64)? as usize,
            picture: Vector2::new(number("imWidth", 1.0, 16_384.0)?, number("imHeight", 1.0, 16_384.0)?),
        })
    }
}

/// The boxes of every frame of a sequence, first frame first.
///
/// # Errors
/// Where a line has no seven numbers or names no frame of the sequence.
pub fn read_detections(text: &str, frames: usize) -> Result<Vec<Vec<BoxDetection>>, MotError> {
    let mut boxes = vec![Vec::new(); frames];
    for (line, numbers) in lines(text, 7) {
        let numbers = numbers?;
        let size = Vector2::new(numbers[4], numbers[5]);
        boxes[frame(line, numbers[0], frames)?].push(BoxDetection {
            centre: Vector2::new(numbers[2], numbers[3]) + size / 2.0,
            size,
            confidence: numbers[6],
            // Negative stands for "none" and becomes 0.
            class: numbers.get(7).copied().unwrap_or_default() as u16,
        });
    }
    Ok(boxes)
}

/// The affine of every frame from the frame before, pixels; where no line tells, nothing moved.
///
/// # Errors
/// Where a line has no seven numbers or names no frame of the sequence.
pub fn read_camera(text: &str, frames: usize) -> Result<Vec<Matrix2x3<f64>>, MotError> {
    let mut camera = vec![Matrix2x3::identity(); frames];
    for (line, numbers) in lines(text, 7) {
        let numbers = numbers?;
        camera[frame(line, numbers[0], frames)?] = Matrix2x3::from_row_slice(&numbers[1..7]);
    }
    Ok(camera)
}

fn frame(line: usize, number: f64, frames: usize) -> Result<usize, MotError> {
    let fits = number.fract() == 0.0 && number >= 1.0 && number <= frames as f64;
    if fits { Ok(number as usize - 1) } else { Err(MotError::Frame { line, found: number, frames }) }
}

/// The numbers of every line that is not empty, separated by commas or spaces, with the line's number.
fn lines(text: &str, least: usize) -> impl Iterator<Item = (usize, Result<Vec<f64>, MotError>)> {
    let filled = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    filled.map(move |(text, line)| {
        let words = text.split([',', ' ', '\t', '\r']).filter(|word| !word.is_empty());
        let numbers: Result<Vec<f64>, _> = words.map(str::parse).collect();
        let numbers = numbers.ok().filter(|numbers| numbers.len() >= least);
        (line, numbers.ok_or_else(|| MotError::Line { line, found: text.to_owned(), expected: least }))
    })
}

/// Tracks a whole sequence, the output `delay_frames` behind the input, and writes the tracks' lines.
#[must_use]
pub fn track_sequence(
    info: &SequenceInfo,
    boxes: &[Vec<BoxDetection>],
    camera: &[Matrix2x3<f64>],
    delay_frames: usize,
) -> String {
    let frame_s = info.frame_rate.recip();
    let mut tracker =
        ImageTracker::new(ImageTrackerConfig { picture: info.picture, frame_s, delay_frames, demand: None });
    let mut out = String::new();
    let mut frame = 1;
    for (index, (boxes, change)) in boxes.iter().zip(camera).enumerate() {
        tracker.step(index as f64 * frame_s, change, boxes);
        if let Some(tracks) = tracker.delayed() {
            write_tracks(&mut out, frame, &tracks);
            frame += 1;
        }
    }
    for tracks in tracker.remaining() {
        write_tracks(&mut out, frame, &tracks);
        frame += 1;
    }
    out
}

/// Appends the lines of one frame's tracks; frames count from 1.
pub fn write_tracks(out: &mut String, frame: usize, tracks: &[ImageTrack]) {
    for track in tracks {
        let corner = track.centre - track.size / 2.0;
        let ImageTrack { id, size, presence, .. } = track;
        let written = writeln!(
            out,
            "{frame},{id},{:.2},{:.2},{:.2},{:.2},{presence:.3},-1,-1,-1",
            corner.x, corner.y, size.x, size.y
        );
        written.expect("invariant: a string takes what is written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = "[Sequence]\nname=x\nframeRate=25\nseqLength=3\nimWidth=640\nimHeight=512\n";

    #[test]
    fn a_sequence_is_read_and_its_tracks_are_written() {
        let info = SequenceInfo::read(INFO).unwrap();
        assert_eq!((info.frames, info.picture), (3, Vector2::new(640.0, 512.0)));
        let boxes = read_detections("1,-1,10,20,4,6,0.5,2,-1\r\n\n3,-1,10,20,4,6,0.5\n", 3).unwrap();
        assert_eq!(boxes.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 1]);
        assert_eq!((boxes[0][0].centre, boxes[0][0].class), (Vector2::new(12.0, 23.0), 2));
        let camera = read_camera("2 1 0 5 0 1 -3\n", 3).unwrap();
        assert_eq!(camera[1], Matrix2x3::new(1.0, 0.0, 5.0, 0.0, 1.0, -3.0));
        let boxes = vec![vec![BoxDetection { confidence: 0.9, ..boxes[0][0] }]; 8];
        let lines = track_sequence(&info, &boxes, &[Matrix2x3::identity(); 8], 7);
        assert_eq!(lines.lines().count(), 8, "{lines}");
        assert!(lines.starts_with("1,1,10.00,20.00,4.00,6.00,"), "{lines}");
    }

    #[test]
    fn texts_that_are_none_are_refused_with_line_and_cause() {
        let info = |text| SequenceInfo::read(text).unwrap_err().to_string();
        assert_eq!(info("[Sequence]"), "no frameRate in the section [Sequence]");
        let zero = INFO.replace("seqLength=3", "seqLength=0");
        assert_eq!(info(&zero), "seqLength is \"0\": a number from 1 to 1000000 is allowed");
        let boxes = |text| read_detections(text, 3).unwrap_err().to_string();
        assert_eq!(boxes("1,-1,1,1,1,1,1\n4,-1,1,1,1,1,1"), "line 2: frame 4, but the sequence has 1 to 3");
        assert_eq!(boxes("1,-1,x,1,1,1,1"), "line 1: \"1,-1,x,1,1,1,1\", but 7 numbers belong there");
        assert!(boxes("1.5,-1,1,1,1,1,1").contains("frame 1.5"));
    }
}
