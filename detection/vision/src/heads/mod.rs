//! From a detector's output tensors to boxes.
//!
//! Detectors are exported in a handful of conventions. [`Head::fit`] looks at the shapes that a model gives for its input
//! and finds the one that they follow, with the help of what the model or its user says ([`ModelCard`]); shapes that
//! follow none, or several, are refused with what was found and what would fit. [`Head::decode`] then turns tensors into
//! [`Candidate`]s in pixels of the network's input, [`Placement`] turns those into pixels of the picture.
//!
//! | family | what it is | source |
//! |---|---|---|
//! | `yolov5` | rows of centre, sides, objectness, classes; three anchors a cell; YOLOv5, v6 with anchors, v7 | Wang et al., YOLOv7, 2022 |
//! | `yolov8` | columns of centre, sides, classes; one a cell: YOLOv8 to v12 | |
//! | `end_to_end` | rows of corners, score, class: YOLOv10, YOLO26, exports with suppression inside | Wang et al., YOLOv10, 2024 |
//! | `yolox` | rows of offsets to a cell, logarithmic sides, objectness, classes | Ge et al., YOLOX, 2021 |
//! | `gfl` | rows of classes and of distributions of the distance to four sides: NanoDet | Li et al., Generalized Focal Loss, 2020 |
//! | `detr` | queries, each a box in shares and logits: RF-DETR; or with probabilities in one tensor: RT-DETR | Zhao et al., RT-DETR, 2023 |
//! | `boxes` | lists of boxes, scores, labels: RT-DETR and D-FINE with their post-processing, SSD, suppression inside | |
//! | `ssd` | a box in shares and probabilities (class 0: background) for every default box | Liu et al., SSD, 2016 |
//!
//! All of it is plain code: no network is run here. Numbers that are none are dropped, never passed on. A mean or a
//! number of classes beyond [`card::CLASSES_MAX`] is no model of ours.

pub mod card;
mod dense;
mod fit;
mod gfl;
mod listed;
pub mod picture;
pub mod slices;
mod suppress;
mod tensor;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use card::ModelCard;
pub use fit::{FitError, OutputShape};
pub use picture::{Placement, Preparation};
pub use suppress::{CANDIDATES_MAX, Candidate, merge_slices, suppress};
pub use tensor::{Tensor, Values};

use card::{Colour, Corners, Fit};

/// A convention of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Rows of centre, sides, objectness, classes; three anchors a cell.
    Yolov5,
    /// Columns of centre, sides, classes.
    Yolov8,
    /// Rows of corners, score, class.
    EndToEnd,
    /// Rows that count from their cell.
    Yolox,
    /// Classes and distributions of distances.
    Gfl,
    /// Queries.
    Detr,
    /// Lists of boxes, scores, labels.
    Boxes,
    /// Boxes and probabilities of default boxes.
    Ssd,
}

/// The sides of a network's input, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputSize {
    /// Width.
    pub width: usize,
    /// Height.
    pub height: usize,
}

/// How one model's outputs are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    kind: Kind,
    size: InputSize,
}

/// Which outputs hold what. Numbers are places in the list of outputs.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// Rows of centre, sides, objectness, classes.
    Anchored { output: usize },
    /// Centre, sides, classes: one box a column, or a row.
    Free { output: usize, rows: bool },
    /// Rows of offsets, logarithmic sides, objectness, classes.
    Yolox { output: usize },
    /// Classes and distributions, one pair of outputs a level or all in one.
    Gfl { parts: GflParts, bins: usize, strides: Vec<usize> },
    /// Rows of corners, score, class; or, with seven columns, of batch, corners, class, score.
    Rows { output: usize, columns: usize },
    /// Lists.
    Lists { boxes: usize, scores: usize, labels: usize, count: Option<usize>, corners: Corners },
    /// Queries whose class numbers are logits.
    Queries { boxes: usize, logits: usize },
    /// Queries in one tensor: centre and sides in shares, probabilities.
    QueryRows { output: usize },
    /// Default boxes: corners in shares, probabilities with the background first.
    DefaultBoxes { boxes: usize, scores: usize },
}

/// Where a GFL head's numbers are.
#[derive(Debug, Clone, PartialEq)]
enum GflParts {
    /// One output, classes before distributions.
    Joined(usize),
    /// Classes and distributions of each level.
    Levels(Vec<(usize, usize)>),
}

impl Head {
    /// Finds out how to read outputs of these shapes, for an input of this size.
    ///
    /// # Errors
    /// [`FitError`], where no convention fits, or several do.
    pub fn fit(card: &ModelCard, size: InputSize, outputs: &[OutputShape]) -> Result<Self, FitError> {
        Ok(Self { kind: fit::kind(card, size, outputs)?, size })
    }

    /// The convention that was found.
    #[must_use]
    pub fn family(&self) -> Family {
        match self.kind {
            Kind::Anchored { .. } => Family::Yolov5,
            Kind::Free { .. } => Family::Yolov8,
            Kind::Yolox { .. } => Family::Yolox,
            Kind::Gfl { .. } => Family::Gfl,
            Kind::Rows { .. } => Family::EndToEnd,
            Kind::Lists { .. } => Family::Boxes,
            Kind::Queries { .. } | Kind::QueryRows { .. } => Family::Detr,
            Kind::DefaultBoxes { .. } => Family::Ssd,
        }
    }

    /// Whether one thing may come as several boxes, so that they have to be thinned out: in the families that leave it to others,
    /// and wherever the card says at which overlap boxes are one.
    #[must_use]
    pub fn needs_suppression(&self, card: &ModelCard) -> bool {
        card.overlap_max.is_some() || !matches!(self.family(), Family::EndToEnd | Family::Boxes | Family::Detr)
    }

    /// The input that models of this kind were trained on, where nobody says otherwise.
    #[must_use]
    pub fn preparation(&self, card: &ModelCard) -> Preparation {
        let (colour, fit, mean, deviation) = match self.family() {
            Family::Yolov5 | Family::Yolov8 | Family::EndToEnd => (Colour::Rgb, Fit::Letterbox, [0.0; 3], [255.0; 3]),
            Family::Yolox => (Colour::Bgr, Fit::LetterboxCorner, [0.0; 3], [1.0; 3]),
            Family::Gfl => (Colour::Bgr, Fit::Stretch, [103.53, 116.28, 123.675], [57.375, 57.12, 58.395]),
            Family::Detr if matches!(self.kind, Kind::Queries { .. }) => {
                (Colour::Rgb, Fit::Stretch, [123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
            }
            Family::Detr | Family::Boxes => (Colour::Rgb, Fit::Stretch, [0.0; 3], [255.0; 3]),
            Family::Ssd => (Colour::Rgb, Fit::Stretch, [127.0; 3], [128.0; 3]),
        };
        Preparation {
            size: self.size,
            colour: card.colour.unwrap_or(colour),
            fit: card.fit.unwrap_or(fit),
            mean: card.mean.unwrap_or(mean),
            deviation: card.deviation.unwrap_or(deviation),
        }
    }

    /// Reads one run's outputs: candidates of at least `score_min`, in pixels of the input, sound ones only. Outputs of
    /// other shapes than those fitted give nothing.
    #[must_use]
    pub fn decode(&self, outputs: &[Tensor<'_>], score_min: f32) -> Vec<Candidate> {
        let found = match &self.kind {
            Kind::Anchored { output } => dense::anchored(outputs.get(*output), score_min),
            Kind::Free { output, rows: false } => dense::free_columns(outputs.get(*output), score_min),
            Kind::Free { output, rows: true } => dense::free_rows(outputs.get(*output), score_min),
            Kind::Yolox { output } => dense::yolox(outputs.get(*output), self.size, score_min),
            Kind::Gfl { parts, bins, strides } => gfl::decode(outputs, parts, *bins, strides, self.size, score_min),
            Kind::Rows { output, columns } => listed::rows(outputs.get(*output), *columns, score_min),
            Kind::Lists { boxes, scores, labels, count, corners } => {
                let lists = [boxes, scores, labels].map(|&place| outputs.get(place));
                let count = count.and_then(|place| outputs.get(place));
                listed::lists(lists, count, *corners, self.size, score_min)
            }
            Kind::Queries { boxes, logits } => {
                listed::queries(outputs.get(*boxes), outputs.get(*logits), self.size, score_min)
            }
            Kind::QueryRows { output } => listed::query_rows(outputs.get(*output), self.size, score_min),
            Kind::DefaultBoxes { boxes, scores } => {
                listed::default_boxes(outputs.get(*boxes), outputs.get(*scores), self.size, score_min)
            }
        };
        let mut found = found.unwrap_or_default();
        found.retain(Candidate::is_sound);
        found
    }
}

/// The sides of a tensor that is a table, an outer batch of one passed over.
fn table(shape: &[usize]) -> Option<(usize, usize)> {
    match *shape {
        [rows, columns] | [1, rows, columns] => Some((rows, columns)),
        _ => None,
    }
}

/// The best class of a row, and its number.
fn best(numbers: &[f32]) -> Option<(usize, f32)> {
    let numbered = numbers.iter().copied().enumerate();
    numbered.fold(None, |best: Option<(usize, f32)>, (class, score)| match best {
        Some((_, so_far)) if so_far >= score => best,
        // Comparisons with what is no number are false: it never is the best.
        _ if score.is_nan() => best,
        _ => Some((class, score)),
    })
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
