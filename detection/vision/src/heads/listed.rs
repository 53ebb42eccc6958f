//! Heads that give one box a thing: lists, and queries. And SSD's default boxes.

use super::card::Corners;
use super::{Candidate, InputSize, Tensor, best, sigmoid, table};

/// Rows of corners, score, class (six columns) or of batch, corners, class, score (seven), in pixels.
pub(super) fn rows(tensor: Option<&Tensor<'_>>, columns: usize, score_min: f32) -> Option<Vec<Candidate>> {
    let tensor = tensor?;
    let (_, found) = table(tensor.shape())?;
    let numbers = tensor.floats();
    let row = |row: &[f32]| {
        let (corners, score, class) = match *row {
            [left, top, right, bottom, score, class] => ([left, top, right, bottom], score, class),
            // The batch comes first, and is our only one; a list that is padded has -1 there.
            [0.0, left, top, right, bottom, class, score] => ([left, top, right, bottom], score, class),
            _ => return None,
        };
        (score >= score_min).then_some(cornered(corners, label(class)?, score))
    };
    (found == columns).then(|| numbers.chunks_exact(columns).filter_map(row).collect())
}

/// Boxes, scores, labels, each a list, and how many of them count.
pub(super) fn lists(
    [boxes, scores, labels]: [Option<&Tensor<'_>>; 3],
    count: Option<&Tensor<'_>>,
    corners: Corners,
    size: InputSize,
    score_min: f32,
) -> Option<Vec<Candidate>> {
    let (boxes, scores, labels) = (boxes?.floats(), scores?.floats(), labels?.floats());
    let count = count.and_then(|count| count.floats().first().copied()).map_or(usize::MAX, |count| count as usize);
    let (width, height) = (size.width as f32, size.height as f32);
    let one = |((corner, &score), &class): ((&[f32], &f32), &f32)| {
        let &[a, b, c, d] = corner else { return None };
        let corner = match corners {
            Corners::Pixels => [a, b, c, d],
            Corners::Shares => [a * width, b * height, c * width, d * height],
            Corners::SharesYx => [b * width, a * height, d * width, c * height],
        };
        (score >= score_min).then_some(cornered(corner, label(class)?, score))
    };
    Some(boxes.chunks_exact(4).zip(scores.iter()).zip(labels.iter()).take(count).filter_map(one).collect())
}

/// Boxes as centre and sides in shares, and logits of the classes, independent of one another.
pub(super) fn queries(
    boxes: Option<&Tensor<'_>>,
    logits: Option<&Tensor<'_>>,
    size: InputSize,
    score_min: f32,
) -> Option<Vec<Candidate>> {
    let (boxes, logits) = (boxes?, logits?);
    let (_, classes) = table(logits.shape())?;
    let (boxes, logits) = (boxes.floats(), logits.floats());
    let query = |(share, logits): (&[f32], &[f32])| {
        let (class, logit) = best(logits)?;
        let score = sigmoid(logit);
        (score >= score_min).then(|| Candidate::centred(pixels(share, size), class, score))
    };
    Some(boxes.chunks_exact(4).zip(logits.chunks_exact(classes.max(1))).filter_map(query).collect())
}

/// Rows of centre and sides in shares, and probabilities of the classes.
pub(super) fn query_rows(tensor: Option<&Tensor<'_>>, size: InputSize, score_min: f32) -> Option<Vec<Candidate>> {
    let tensor = tensor?;
    let (_, columns) = table(tensor.shape())?;
    let numbers = tensor.floats();
    let query = |row: &[f32]| {
        let (class, score) = best(&row[4..])?;
        (score >= score_min).then(|| Candidate::centred(pixels(row, size), class, score))
    };
    (columns > 4).then(|| numbers.chunks_exact(columns).filter_map(query).collect())
}

/// Corners in shares, and probabilities of the classes with the background in front, which is none of them.
pub(super) fn default_boxes(
    boxes: Option<&Tensor<'_>>,
    scores: Option<&Tensor<'_>>,
    size: InputSize,
    score_min: f32,
) -> Option<Vec<Candidate>> {
    let (boxes, scores) = (boxes?, scores?);
    let (_, classes) = table(scores.shape())?;
    let (boxes, scores) = (boxes.floats(), scores.floats());
    let (width, height) = (size.width as f32, size.height as f32);
    let one = |(corner, scores): (&[f32], &[f32])| {
        let &[left, top, right, bottom] = corner else { return None };
        let (class, score) = best(scores.get(1..)?)?;
        let corners = [left * width, top * height, right * width, bottom * height];
        (score >= score_min).then(|| cornered(corners, class + 1, score))
    };
    Some(boxes.chunks_exact(4).zip(scores.chunks_exact(classes.max(1))).filter_map(one).collect())
}

fn cornered([left, top, right, bottom]: [f32; 4], class: usize, score: f32) -> Candidate {
    Candidate { left, top, right, bottom, class, score }
}

/// A class's number as networks write it among floats.
fn label(class: f32) -> Option<usize> {
    (0.0..super::card::CLASSES_MAX as f32).contains(&class).then(|| class.round() as usize)
}

/// Centre and sides in pixels, of the first four numbers of a row in shares.
fn pixels(share: &[f32], size: InputSize) -> [f32; 4] {
    let (width, height) = (size.width as f32, size.height as f32);
    [share[0] * width, share[1] * height, share[2] * width, share[3] * height]
}
