//! Before and after the small-target network: three registered frames into its tensor, its peaks into boxes.
//!
//! The network (`models/small-targets.onnx`, data sheet beside it) sees a frame and those three and six frames older,
//! moved onto the newest one's pixels by ego-motion, so that what stands still in the world stands still in the tensor
//! and what flies does not. Where an older frame did not reach, the newest one's own pixel is repeated: nothing moved
//! there, as far as anybody knows. The same is done for whole frames while too few are known.
//!
//! Terms: a *plane* is one frame of the three, bytes row by row; *peaks* are the network's answer, [`PEAKS`] rows of
//! [`PEAK_FIELDS`] numbers, best first. This module runs no network; whoever holds the session does.

use std::collections::VecDeque;

use nalgebra::{Matrix2, Matrix2x3, Matrix3, Vector2};

use crate::frame::GrayFrame;
use crate::laying::lay_row;

/// The shipped network, as `models/small-targets.toml` describes it.
pub const MODEL: &[u8] = include_bytes!("../models/small-targets.onnx");
/// How many frames before the newest the three planes were taken.
pub const LAGS: [usize; 3] = [0, 3, 6];
/// Height and width of the tensor are multiples of this; frames are continued right and below by their edge.
pub const SIDE_MULTIPLE: usize = 16;
/// Rows of the network's answer.
pub const PEAKS: usize = 128;
/// Numbers in a row of the answer: centre x and y, width, height (pixels), and a score 0 to 1 for each class.
pub const PEAK_FIELDS: usize = 8;
/// Above this overlap (intersection over union) two boxes are one target, and the better one stays.
const SAME_OVERLAP: f64 = 0.5;
/// Frames kept, the newest included.
const KEPT: usize = LAGS[2] + 1;

/// What the network tells apart, in the order of its scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SmallClass {
    /// An unmanned aircraft.
    Drone,
    /// A bird.
    Bird,
    /// A manned aircraft.
    Aircraft,
    /// An insect before the lens, a balloon, something the wind carries.
    Other,
}

impl SmallClass {
    /// All classes, in the order of the scores.
    pub const ALL: [Self; 4] = [Self::Drone, Self::Bird, Self::Aircraft, Self::Other];

    /// The name that the model's metadata gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Drone => "drone",
            Self::Bird => "bird",
            Self::Aircraft => "aircraft",
            Self::Other => "other",
        }
    }
}

/// A small thing that the network saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmallTarget {
    /// Centre of its box, pixels, from the centre of the top left one.
    pub centre: Vector2<f64>,
    /// Width and height of its box, pixels.
    pub size: Vector2<f64>,
    /// The class with the highest score.
    pub class: SmallClass,
    /// The score of each class, 0 to 1, in the order of [`SmallClass::ALL`]; they need not add up to one.
    pub scores: [f64; 4],
}

impl SmallTarget {
    /// The score of its class.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.scores[self.class as usize]
    }

    fn overlap(&self, other: &Self) -> f64 {
        let low = (self.centre - self.size / 2.0).sup(&(other.centre - other.size / 2.0));
        let high = (self.centre + self.size / 2.0).inf(&(other.centre + other.size / 2.0));
        let shared = (high - low).sup(&Vector2::zeros()).product();
        shared / (self.size.product() + other.size.product() - shared)
    }
}

/// Why peaks could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeaksError {
    /// Not as many numbers as the network has to give.
    #[error("{found} numbers from the small-target network, {} expected ({PEAKS} peaks of {PEAK_FIELDS})", PEAKS * PEAK_FIELDS)]
    Length {
        /// Numbers there are.
        found: usize,
    },
}

/// The boxes of the network's answer for a picture of `width` by `height` pixels: those whose best score is at least
/// `confidence_min`, best first, each target once.
///
/// Rows that hold no number, or whose centre lies outside the picture (the padding), are left out.
///
/// # Errors
/// Where the answer has another length than the network's.
pub fn targets(
    peaks: &[f32],
    width: usize,
    height: usize,
    confidence_min: f64,
) -> Result<Vec<SmallTarget>, PeaksError> {
    if peaks.len() != PEAKS * PEAK_FIELDS {
        return Err(PeaksError::Length { found: peaks.len() });
    }
    let mut seen: Vec<SmallTarget> =
        peaks.chunks_exact(PEAK_FIELDS).filter_map(|row| target(row, width, height)).collect();
    seen.retain(|target| target.confidence() >= confidence_min);
    seen.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    let mut once: Vec<SmallTarget> = Vec::with_capacity(seen.len());
    for target in seen {
        if once.iter().all(|better| better.overlap(&target) <= SAME_OVERLAP) {
            once.push(target);
        }
    }
    Ok(once)
}

fn target(row: &[f32], width: usize, height: usize) -> Option<SmallTarget> {
    let number = |index: usize| f64::from(row[index]);
    if !row.iter().all(|number| number.is_finite()) || row[2] <= 0.0 || row[3] <= 0.0 {
        return None;
    }
    let (x, y) = (number(0), number(1));
    if !(0.0..width as f64).contains(&x) || !(0.0..height as f64).contains(&y) {
        return None;
    }
    let scores = [number(4), number(5), number(6), number(7)];
    let class = SmallClass::ALL.into_iter().max_by(|&a, &b| {
        let (first, second) = (scores[a as usize], scores[b as usize]);
        first.total_cmp(&second).then(b.cmp(&a))
    })?;
    // The network counts from the corner of the top left pixel, this crate from its centre.
    let centre = Vector2::new(x - 0.5, y - 0.5);
    Some(SmallTarget { centre, size: Vector2::new(number(2), number(3)), class, scores })
}

/// One frame of the past and the affine from its pixels to the newest frame's.
#[derive(Debug, Clone)]
struct Past {
    frame: GrayFrame,
    newest_from_this: Matrix3<f64>,
}

/// The last frames and how they lie on the newest one: as many as the network looks back, never more.
#[derive(Debug, Clone, Default)]
pub struct Triples {
    past: VecDeque<Past>,
}

impl Triples {
    /// Takes the next frame and the affine from the pixels of the frame before to its own.
    ///
    /// A frame of another size begins anew, and so does a motion that is none (not finite, or not invertible).
    pub fn push(&mut self, frame: GrayFrame, current_from_previous: &Matrix2x3<f64>) {
        let same_size = |past: &Past| past.frame.width() == frame.width() && past.frame.height() == frame.height();
        let turn: Matrix2<f64> = current_from_previous.fixed_view::<2, 2>(0, 0).into_owned();
        let sound = current_from_previous.iter().all(|number| number.is_finite()) && turn.determinant().abs() > 0.1;
        if !sound || !self.past.front().is_none_or(same_size) {
            self.past.clear();
        }
        let mut step = Matrix3::identity();
        step.fixed_view_mut::<2, 3>(0, 0).copy_from(current_from_previous);
        for past in &mut self.past {
            past.newest_from_this = step * past.newest_from_this;
        }
        self.past.truncate(KEPT - 1);
        self.past.push_front(Past { frame, newest_from_this: Matrix3::identity() });
    }

    /// Writes the tensor (three planes, bytes) for the newest frame into `tensor`, which is made to fit; its height and
    /// width. Nothing where no frame was taken yet.
    pub fn write(&self, tensor: &mut Vec<u8>) -> Option<(usize, usize)> {
        let newest = &self.past.front()?.frame;
        let height = newest.height().next_multiple_of(SIDE_MULTIPLE);
        let width = newest.width().next_multiple_of(SIDE_MULTIPLE);
        tensor.resize(LAGS.len() * height * width, 0);
        for (plane, lag) in tensor.chunks_exact_mut(height * width).zip(LAGS) {
            let older = self.past.get(lag).and_then(|past| Some((past, past.newest_from_this.try_inverse()?)));
            for (y, row) in plane.chunks_exact_mut(width).enumerate() {
                let y = y.min(newest.height() - 1);
                let (inside, padding) = row.split_at_mut(newest.width());
                inside.copy_from_slice(newest.row(y));
                if let Some((past, this_from_newest)) = &older {
                    lay_row(&past.frame, this_from_newest, y, inside);
                }
                padding.fill(inside[inside.len() - 1]);
            }
        }
        Some((height, width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STILL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

    fn affine(rows: [f64; 6]) -> Matrix2x3<f64> {
        Matrix2x3::from_row_slice(&rows)
    }

    /// A frame whose pixel (x, y) shows what `world` holds at (x + `left`, y).
    fn view(width: usize, height: usize, left: usize, world: impl Fn(usize, usize) -> u8) -> GrayFrame {
        let pixels: Vec<u8> = (0..width * height).map(|i| world(i % width + left, i / width)).collect();
        GrayFrame::new(width, height, width, pixels, 0).unwrap()
    }

    fn hills(x: usize, y: usize) -> u8 {
        (100.0 + 60.0 * (x as f64 * 0.3).sin() + 40.0 * (y as f64 * 0.2).cos()) as u8
    }

    #[test]
    fn a_still_camera_gives_the_frames_themselves() {
        let mut triples = Triples::default();
        for number in 0..9 {
            triples.push(view(16, 16, 0, |_, _| number), &affine(STILL));
        }
        let mut tensor = Vec::new();
        assert_eq!(triples.write(&mut tensor), Some((16, 16)));
        let planes: Vec<u8> = tensor.chunks_exact(256).map(|plane| plane[77]).collect();
        assert_eq!(planes, [8, 5, 2]);
    }

    #[test]
    fn a_pan_is_undone_and_what_was_not_seen_is_the_newest_frame() {
        let mut triples = Triples::default();
        for number in 0..7 {
            triples.push(view(64, 16, 2 * number, hills), &affine([1.0, 0.0, -2.0, 0.0, 1.0, 0.0]));
        }
        let mut tensor = Vec::new();
        triples.write(&mut tensor).unwrap();
        let (newest, older) = tensor.split_at(64 * 16);
        assert!(older.chunks_exact(64 * 16).all(|plane| plane == newest), "the world stood still");
    }

    #[test]
    fn half_a_pixel_lies_between_two() {
        let mut triples = Triples::default();
        for _ in 0..3 {
            triples.push(view(16, 16, 0, |x, _| 10 * x as u8), &affine(STILL));
        }
        triples.push(view(16, 16, 0, |_, _| 0), &affine([1.0, 0.0, 0.5, 0.0, 1.0, 0.0]));
        let mut tensor = Vec::new();
        triples.write(&mut tensor).unwrap();
        assert_eq!(tensor[256 + 16 * 4..][..4], [0, 5, 15, 25], "the first column was not seen");
    }

    #[test]
    fn while_too_few_frames_are_known_the_newest_stands_for_the_missing() {
        let mut triples = Triples::default();
        assert_eq!(triples.write(&mut Vec::new()), None);
        for number in 0..4 {
            triples.push(view(16, 16, 0, |_, _| number), &affine(STILL));
        }
        let mut tensor = Vec::new();
        triples.write(&mut tensor).unwrap();
        assert_eq!(tensor.chunks_exact(256).map(|plane| plane[0]).collect::<Vec<u8>>(), [3, 0, 3]);
    }

    #[test]
    fn another_size_or_a_motion_that_is_none_begins_anew() {
        let cases = [(20, STILL), (16, [f64::NAN; 6]), (16, [0.0; 6])];
        for (width, motion) in cases {
            let mut triples = Triples::default();
            for _ in 0..9 {
                triples.push(view(16, 16, 0, |_, _| 9), &affine(STILL));
            }
            triples.push(view(width, 16, 0, |_, _| 200), &affine(motion));
            let mut tensor = Vec::new();
            triples.write(&mut tensor).unwrap();
            assert!(tensor.iter().all(|&pixel| pixel == 200), "{width} pixels wide, {motion:?}");
        }
    }

    #[test]
    fn frames_are_continued_by_their_edge_to_a_multiple_of_sixteen() {
        let mut triples = Triples::default();
        triples.push(view(18, 5, 0, |x, y| (10 * y + x) as u8), &affine(STILL));
        let mut tensor = Vec::new();
        assert_eq!(triples.write(&mut tensor), Some((16, 32)));
        assert_eq!(tensor.len(), 3 * 16 * 32);
        assert_eq!((tensor[31], tensor[32 * 15], tensor[32 * 15 + 31]), (17, 40, 57));
    }

    fn answer(rows: &[[f32; PEAK_FIELDS]]) -> Vec<f32> {
        let mut peaks: Vec<f32> = rows.iter().flatten().copied().collect();
        peaks.resize(PEAKS * PEAK_FIELDS, 0.0);
        peaks
    }

    #[test]
    fn peaks_become_boxes_best_first_each_target_once() {
        let bird = [50.0, 40.0, 6.0, 4.0, 0.1, 0.7, 0.0, 0.0];
        let drone = [20.5, 30.5, 10.0, 8.0, 0.9, 0.3, 0.0, 0.1];
        let again = [21.5, 30.5, 10.0, 8.0, 0.5, 0.3, 0.0, 0.1];
        let padding = [101.0, 10.0, 5.0, 5.0, 0.9, 0.0, 0.0, 0.0];
        let nonsense = [10.0, 10.0, f32::NAN, 5.0, 0.9, 0.0, 0.0, 0.0];
        let faint = [80.0, 40.0, 6.0, 4.0, 0.1, 0.19, 0.0, 0.0];
        let peaks = answer(&[bird, drone, again, padding, nonsense, faint]);
        let seen = targets(&peaks, 100, 60, 0.2).unwrap();
        assert_eq!(seen.iter().map(|target| target.class).collect::<Vec<_>>(), [SmallClass::Drone, SmallClass::Bird]);
        assert_eq!((seen[0].centre, seen[0].size), (Vector2::new(20.0, 30.0), Vector2::new(10.0, 8.0)));
        assert!((seen[0].confidence() - 0.9).abs() < 1e-6);
    }

    #[test]
    fn an_answer_of_another_length_is_refused() {
        assert_eq!(targets(&[0.0; 8], 100, 60, 0.2), Err(PeaksError::Length { found: 8 }));
    }

    proptest! {
        #[test]
        fn any_motion_gives_a_whole_tensor(
            rows in prop::array::uniform6(-3.0..3.0f64), shift in prop::array::uniform2(-1e5..1e5f64), width in 1usize..40,
        ) {
            let mut triples = Triples::default();
            let motion = affine([rows[0], rows[1], shift[0], rows[3], rows[4], shift[1]]);
            for _ in 0..8 {
                triples.push(view(width, 9, 0, |_, _| 7), &motion);
            }
            let mut tensor = Vec::new();
            let (height, padded) = triples.write(&mut tensor).unwrap();
            prop_assert_eq!(tensor.len(), 3 * height * padded);
            prop_assert!(tensor.iter().all(|&pixel| pixel == 7));
        }
    }
}
