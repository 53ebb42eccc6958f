//! What was seen, compared with boxes that a person drew: how the figures for recordings come about.
//!
//! The truth is a text file with a line `x y w h` per frame (left, top, width, height, pixels), one target; an empty line
//! or a box without an area says that there is none. What is compared is of one class.
//!
//! | figure | its definition |
//! |---|---|
//! | recall | frames whose box some detection covers with intersection over union of at least [`OVERLAP_MIN`] |
//! | AP | area under the interpolated curve of precision over recall, detections in order of confidence |
//! | track recall | frames in which some confirmed track's middle is on the target: nearer than half its width, or [`NEAR_PX`] |
//! | false tracks | confirmed tracks that never were on the target, per minute |

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

/// The least overlap of a detection that is right.
pub const OVERLAP_MIN: f64 = 0.5;
/// A track this near is on the target however small that is, pixels.
pub const NEAR_PX: f64 = 8.0;

/// A truth that cannot be read.
#[derive(Debug, Error)]
#[error("line {line}: {found:?}; allowed are four numbers, left, top, width, height, or nothing")]
pub struct TruthError {
    /// Counted from 1.
    pub line: usize,
    /// What it says.
    pub found: String,
}

/// Left, top, width, height, pixels.
pub type Bounds = [f64; 4];

/// The target's box in every frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    boxes: Vec<Option<Bounds>>,
}

impl Truth {
    /// Reads the lines.
    ///
    /// # Errors
    /// The first line that is none.
    pub fn parse(text: &str) -> Result<Self, TruthError> {
        let line = |(number, line): (usize, &str)| {
            let wrong = || TruthError { line: number + 1, found: line.chars().take(60).collect() };
            let parts = line.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
            let numbers = parts.map(str::parse).collect::<Result<Vec<f64>, _>>().map_err(|_| wrong())?;
            match numbers[..] {
                [] => Ok(None),
                [left, top, width, height] if numbers.iter().all(|number| number.is_finite()) => {
                    Ok((width > 0.0 && height > 0.0).then_some([left, top, width, height]))
                }
                _ => Err(wrong()),
            }
        };
        Ok(Self { boxes: text.lines().enumerate().map(line).collect::<Result<_, _>>()? })
    }

    /// The box in a frame, counted from 0.
    #[must_use]
    pub fn at(&self, frame: u64) -> Option<Bounds> {
        self.boxes.get(usize::try_from(frame).ok()?).copied().flatten()
    }
}

/// The share of two boxes' union that both cover, 0 to 1.
#[must_use]
pub fn overlap(a: Bounds, b: Bounds) -> f64 {
    let side = |axis: usize| (a[axis] + a[axis + 2]).min(b[axis] + b[axis + 2]) - a[axis].max(b[axis]);
    let shared = side(0).max(0.0) * side(1).max(0.0);
    shared / (a[2] * a[3] + b[2] * b[3] - shared).max(f64::MIN_POSITIVE)
}

/// One thing seen in a frame, of the class compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// Where.
    pub bounds: Bounds,
    /// How certain, 0 to 1.
    pub confidence: f64,
    /// Its confirmed track.
    pub track: Option<u64>,
}

/// The comparison as it goes along, over any number of recordings.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    frames: u64,
    targets: u64,
    recalled: u64,
    held: u64,
    /// Confidence, and whether it was right.
    claims: Vec<(f64, bool)>,
    /// By recording and number: whether the track ever was on the target.
    tracks: BTreeMap<(usize, u64), bool>,
    recording: usize,
    seconds: f64,
}

/// The figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Share of the targets.
    pub recall: f64,
    /// Average precision.
    pub average_precision: f64,
    /// Share of the targets.
    pub track_recall: f64,
    /// A minute.
    pub false_tracks_per_minute: f64,
    /// In all.
    pub false_tracks: usize,
    /// Frames compared.
    pub frames: u64,
}

impl Comparison {
    /// The next frame of a recording.
    pub fn frame(&mut self, truth: Option<Bounds>, claims: &[Claim]) {
        self.frames += 1;
        self.targets += u64::from(truth.is_some());
        let mut order: Vec<&Claim> = claims.iter().collect();
        order.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let mut taken = false;
        for claim in order {
            // A second box on the same target is as wrong as one beside it.
            let right = !taken && truth.is_some_and(|truth| overlap(truth, claim.bounds) >= OVERLAP_MIN);
            taken |= right;
            self.claims.push((claim.confidence, right));
        }
        self.recalled += u64::from(taken);
        let on = |claim: &Claim| truth.is_some_and(|truth| is_on(truth, claim.bounds));
        let tracks: BTreeSet<(u64, bool)> = claims.iter().filter_map(|claim| Some((claim.track?, on(claim)))).collect();
        self.held += u64::from(tracks.iter().any(|(_, on)| *on));
        for (track, on) in tracks {
            *self.tracks.entry((self.recording, track)).or_default() |= on;
        }
    }

    /// A recording has ended; it went on for so many seconds.
    pub fn end(&mut self, seconds: f64) {
        self.recording += 1;
        self.seconds += seconds;
    }

    /// What came out. Shares of no target are 0.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let share = |count: u64| count as f64 / self.targets.max(1) as f64;
        let false_tracks = self.tracks.values().filter(|on| !**on).count();
        Figures {
            recall: share(self.recalled),
            average_precision: average_precision(self.claims.clone(), self.targets),
            track_recall: share(self.held),
            false_tracks_per_minute: false_tracks as f64 / (self.seconds / 60.0).max(1e-9),
            false_tracks,
            frames: self.frames,
        }
    }
}

fn is_on(truth: Bounds, bounds: Bounds) -> bool {
    let middle = |b: Bounds| [b[0] + b[2] / 2.0, b[1] + b[3] / 2.0];
    let (a, b) = (middle(truth), middle(bounds));
    (a[0] - b[0]).hypot(a[1] - b[1]) < NEAR_PX.max(truth[2] / 2.0)
}

/// The area under precision over recall, precision being the best at that recall or any higher one.
fn average_precision(mut claims: Vec<(f64, bool)>, targets: u64) -> f64 {
    claims.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut right = 0u64;
    let mut precisions: Vec<f64> = Vec::new();
    for (place, (_, is_right)) in claims.iter().enumerate() {
        if *is_right {
            right += 1;
            precisions.push(right as f64 / (place + 1) as f64);
        }
    }
    let mut best: f64 = 0.0;
    let best_from_here = precisions.iter().rev().map(|&precision| {
        best = best.max(precision);
        best
    });
    // The sum of nothing is −0, which would be printed so.
    (best_from_here.sum::<f64>() + 0.0) / targets.max(1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim(left: f64, confidence: f64, track: Option<u64>) -> Claim {
        Claim { bounds: [left, 0.0, 10.0, 10.0], confidence, track }
    }

    #[test]
    fn lines_are_boxes_or_nothing() {
        let truth = Truth::parse("227.16\t185.16\t13.68\t6.01\n\n0 0 0 0\n1,2,3,4\n").unwrap();
        assert_eq!(truth.boxes, [Some([227.16, 185.16, 13.68, 6.01]), None, None, Some([1.0, 2.0, 3.0, 4.0])]);
        assert_eq!((truth.at(3), truth.at(9)), (Some([1.0, 2.0, 3.0, 4.0]), None));
        let said = Truth::parse("1 2 3 4\n1 2 x 4").unwrap_err().to_string();
        assert!(said.starts_with("line 2: \"1 2 x 4\""), "{said}");
    }

    #[test]
    fn figures_are_those_of_the_definitions() {
        let mut all = Comparison::default();
        let target = Some([0.0, 0.0, 10.0, 10.0]);
        // Right and held; right, with a worse one beside it; wrong place, and a false track; nothing there, nothing said.
        all.frame(target, &[claim(1.0, 0.9, Some(1))]);
        all.frame(target, &[claim(2.0, 0.8, None), claim(50.0, 0.3, None)]);
        all.frame(target, &[claim(50.0, 0.85, Some(2))]);
        all.frame(None, &[]);
        all.end(30.0);
        let figures = all.figures();
        assert_eq!((figures.recall, figures.track_recall), (2.0 / 3.0, 1.0 / 3.0));
        // In order: right, wrong, right, wrong: precision 1 up to a third, 2/3 up to two thirds, 0 beyond.
        assert!((figures.average_precision - (1.0 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!((figures.false_tracks, figures.false_tracks_per_minute, figures.frames), (1, 2.0, 4));
    }

    #[test]
    fn a_second_box_on_the_target_is_wrong_and_numbers_begin_anew_with_a_recording() {
        let mut all = Comparison::default();
        let target = Some([0.0, 0.0, 10.0, 10.0]);
        all.frame(target, &[claim(0.0, 0.9, Some(1)), claim(1.0, 0.95, None)]);
        all.end(60.0);
        all.frame(target, &[claim(90.0, 0.1, Some(1))]);
        all.end(60.0);
        assert_eq!(all.figures().false_tracks, 1);
        assert_eq!(all.figures().average_precision, 0.5);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader_and_figures_are_shares(text in "[0-9 .,\\n-]{0,60}", confidence in 0.0f64..1.0) {
            if let Ok(truth) = Truth::parse(&text) {
                let mut all = Comparison::default();
                for frame in 0..5 {
                    all.frame(truth.at(frame), &[claim(1.0, confidence, Some(frame))]);
                }
                let figures = all.figures();
                for share in [figures.recall, figures.average_precision, figures.track_recall] {
                    prop_assert!((0.0..=1.0).contains(&share));
                }
            }
        }
    }
}
