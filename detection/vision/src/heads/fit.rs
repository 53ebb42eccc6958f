//! Which convention a model's outputs follow, by their shapes.

use std::fmt;

use thiserror::Error;

use super::card::Corners;
use super::dense::cells;
use super::{Family, GflParts, InputSize, Kind, ModelCard, table};

/// The strides of the grids that YOLO, YOLOX and NanoDet look at.
pub(super) const STRIDES: [usize; 3] = [8, 16, 32];
/// With a fourth, as networks for large pictures have it.
const STRIDES_4: [usize; 4] = [8, 16, 32, 64];
/// The most boxes that a list or a set of queries has; more are the cells of a grid, or default boxes.
const LIST_MAX: usize = 1_000;
/// The fewest queries that a transformer asks: the smallest published has a hundred.
const QUERIES_MIN: usize = 50;
/// The bars of a GFL distribution: `reg_max` 7, as NanoDet and GFL ship it.
const BINS: usize = 8;

/// The name and sides of one output, for an input of known size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputShape {
    /// What the network calls it.
    pub name: String,
    /// Its sides, outermost first.
    pub sides: Vec<usize>,
}

impl fmt::Display for OutputShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.sides)
    }
}

/// Outputs that no head reads.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FitError {
    /// No convention has such shapes.
    #[error("outputs {found} for an input of {width}x{height}{said} follow no convention; {would_fit}")]
    Unknown {
        /// The outputs.
        found: String,
        /// Width of the input.
        width: usize,
        /// Height of the input.
        height: usize,
        /// What was said beside the shapes: family, number of classes.
        said: String,
        /// Shapes that would be read.
        would_fit: String,
    },
    /// Several conventions have.
    #[error(
        "outputs {found} may be of {families}: say which with `family` in the TOML beside the model, or name the classes"
    )]
    Several {
        /// The outputs.
        found: String,
        /// The families that fit.
        families: String,
    },
}

/// Finds the convention.
pub(super) fn kind(card: &ModelCard, size: InputSize, outputs: &[OutputShape]) -> Result<Kind, FitError> {
    // Of exports for training (rank 5) and for masks (rank 4) only the tables are of use.
    let tables: Vec<(usize, &OutputShape)> = outputs.iter().enumerate().filter(|(_, o)| o.sides.len() <= 3).collect();
    let mut fitting = match tables[..] {
        [(place, output)] => single(card, size, place, output),
        _ => several(card, size, &tables),
    };
    if let Some(family) = card.family {
        fitting.retain(|(found, _)| *found == family);
    }
    let found = || outputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match fitting.len() {
        1 => Ok(fitting.remove(0).1),
        0 => Err(FitError::Unknown {
            found: found(),
            width: size.width,
            height: size.height,
            said: said(card),
            would_fit: would_fit(card, size),
        }),
        _ => {
            let families: Vec<_> = fitting.iter().map(|(family, _)| format!("{family:?}")).collect();
            Err(FitError::Several { found: found(), families: families.join(" or ") })
        }
    }
}

/// The conventions of one table.
fn single(card: &ModelCard, size: InputSize, output: usize, shape: &OutputShape) -> Vec<(Family, Kind)> {
    let Some((rows, columns)) = table(&shape.sides) else { return Vec::new() };
    let grids = [cells(size, &STRIDES).count(), cells(size, &STRIDES_4).count()];
    let is_grid = |count: usize| grids.contains(&count);
    // Where the classes are known their number has to be right; where not, at least one.
    let classes = |found: Option<usize>| match (found, card.classes()) {
        (Some(found), Some(named)) => found == named,
        (Some(found), None) => found > 0,
        (None, _) => false,
    };
    let stated = |family| card.family == Some(family);
    let mut fitting = Vec::new();
    if grids.iter().any(|grid| 3 * grid == rows) && classes(columns.checked_sub(5)) {
        fitting.push((Family::Yolov5, Kind::Anchored { output }));
    }
    if is_grid(columns) && classes(rows.checked_sub(4)) {
        fitting.push((Family::Yolov8, Kind::Free { output, rows: false }));
    }
    // Rows of one grid may be of three families, which only the number of classes tells apart; where nobody says it,
    // the 80 of COCO are taken to be meant, and nothing else is.
    let coco = |columns_of_coco: usize| card.classes().is_some() || columns == columns_of_coco;
    if is_grid(rows) && classes(columns.checked_sub(4)) && (coco(84) || stated(Family::Yolov8)) {
        fitting.push((Family::Yolov8, Kind::Free { output, rows: true }));
    }
    if rows == grids[0] && classes(columns.checked_sub(5)) && (coco(85) || stated(Family::Yolox)) {
        fitting.push((Family::Yolox, Kind::Yolox { output }));
    }
    let gfl = columns.checked_sub(4 * BINS);
    if is_grid(rows) && classes(gfl) && (coco(80 + 4 * BINS) || stated(Family::Gfl)) {
        let strides = if rows == grids[0] { STRIDES.to_vec() } else { STRIDES_4.to_vec() };
        fitting.push((Family::Gfl, Kind::Gfl { parts: GflParts::Joined(output), bins: BINS, strides }));
    }
    if fitting.is_empty() && rows <= LIST_MAX {
        if (columns == 6 && !stated(Family::Detr)) || columns == 7 && card.classes() != Some(3) {
            fitting.push((Family::EndToEnd, Kind::Rows { output, columns }));
        } else if shape.sides.len() == 3 && rows >= QUERIES_MIN && !is_grid(rows) && classes(columns.checked_sub(4)) {
            fitting.push((Family::Detr, Kind::QueryRows { output }));
        }
    }
    fitting
}

/// The conventions of several tables.
fn several(card: &ModelCard, size: InputSize, tables: &[(usize, &OutputShape)]) -> Vec<(Family, Kind)> {
    if let Some(levels) = gfl_levels(card, size, tables) {
        return vec![(Family::Gfl, levels)];
    }
    let boxes: Vec<_> =
        tables.iter().filter(|(_, o)| table(&o.sides).is_some_and(|(_, columns)| columns == 4)).collect();
    let [(boxes, shape)] = boxes[..] else { return Vec::new() };
    let Some((things, _)) = table(&shape.sides) else { return Vec::new() };
    let others = || tables.iter().filter(|(place, _)| place != boxes);
    let count =
        others().find(|(_, o)| o.sides.iter().all(|&side| side == 1) && says(o, &["num"])).map(|(place, _)| *place);
    // One table of classes for every box: logits of queries, or probabilities of default boxes.
    let per_class =
        others().find(|(_, o)| table(&o.sides).is_some_and(|(rows, columns)| rows == things && columns > 1));
    if let (Some((scores, _)), 2) = (per_class, tables.len()) {
        let (boxes, scores) = (*boxes, *scores);
        return if things <= LIST_MAX {
            vec![(Family::Detr, Kind::Queries { boxes, logits: scores })]
        } else {
            vec![(Family::Ssd, Kind::DefaultBoxes { boxes, scores })]
        };
    }
    let list =
        |words: &[&str]| others().find(|(_, o)| o.sides.last() == Some(&things) && says(o, words)).map(|(at, _)| *at);
    let (Some(scores), Some(labels)) = (list(&["score", "conf"]), list(&["label", "class"])) else {
        return Vec::new();
    };
    let corners = card.boxes.unwrap_or(match shape.name.as_str() {
        // TensorFlow's post-processing, and the ONNX zoo's SSD.
        "detection_boxes" => Corners::SharesYx,
        "bboxes" => Corners::Shares,
        _ => Corners::Pixels,
    });
    vec![(Family::Boxes, Kind::Lists { boxes: *boxes, scores, labels, count, corners })]
}

fn says(output: &OutputShape, words: &[&str]) -> bool {
    let name = output.name.to_ascii_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// Pairs of classes and distributions, one a level.
fn gfl_levels(card: &ModelCard, size: InputSize, tables: &[(usize, &OutputShape)]) -> Option<Kind> {
    let strides = match tables.len() {
        6 => STRIDES.to_vec(),
        8 => STRIDES_4.to_vec(),
        _ => return None,
    };
    let mut levels = Vec::new();
    for &stride in &strides {
        let rows = cells(size, &[stride]).count();
        let of_level = |(_, o): &&(usize, &OutputShape)| table(&o.sides).is_some_and(|(found, _)| found == rows);
        let is_distribution =
            |(_, o): &&(usize, &OutputShape)| o.sides.last() == Some(&(4 * BINS)) && !says(o, &["cls", "class"]);
        let distances = tables.iter().filter(of_level).find(is_distribution)?;
        let classes = tables.iter().filter(of_level).find(|(place, _)| *place != distances.0)?;
        if card.classes().is_some_and(|named| classes.1.sides.last() != Some(&named)) {
            return None;
        }
        levels.push((classes.0, distances.0));
    }
    Some(Kind::Gfl { parts: GflParts::Levels(levels), bins: BINS, strides })
}

fn said(card: &ModelCard) -> String {
    let family = card.family.map(|family| format!("family {family:?}"));
    let classes = card.classes().map(|classes| format!("{classes} classes"));
    let parts: Vec<_> = family.into_iter().chain(classes).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// What the shapes should have been.
fn would_fit(card: &ModelCard, size: InputSize) -> String {
    let grid = cells(size, &STRIDES).count();
    let with = |more: usize| card.classes().map_or(format!("{more} + classes"), |classes| (more + classes).to_string());
    format!(
        "allowed for this input: YOLOv5/v7 [1, {}, {}], YOLOv8 to v12 [1, {}, {grid}], YOLOX [1, {grid}, {}], NanoDet [1, {grid}, {}], \
         YOLOv10, YOLO26 or suppression inside [1, n, 6], RT-DETR [1, n, {}], RF-DETR [1, n, 4] and [1, n, classes], \
         lists named boxes [1, n, 4], scores [1, n], labels [1, n], SSD [1, n, 4] and [1, n, {}]",
        3 * grid,
        with(5),
        with(4),
        with(5),
        with(4 * BINS),
        with(4),
        with(1),
    )
}
