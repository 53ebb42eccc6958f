//! Heads that give, for every cell, probabilities of classes and four distributions of distances: NanoDet, GFL.

use super::dense::cells;
use super::{Candidate, GflParts, InputSize, Tensor, best, table};

/// The sides' distances are expectations of a distribution over 0 to `bins` − 1 strides.
pub(super) fn decode(
    outputs: &[Tensor<'_>],
    parts: &GflParts,
    bins: usize,
    strides: &[usize],
    size: InputSize,
    score_min: f32,
) -> Option<Vec<Candidate>> {
    // NanoDet's first version counts distances from a cell's middle, NanoDet-Plus (four levels) from its corner:
    // `get_single_level_center_point` of the one, `get_single_level_center_priors` of the other.
    let inset = if strides.len() == 4 { 0.0 } else { 0.5 };
    match parts {
        GflParts::Joined(output) => {
            let tensor = outputs.get(*output)?;
            let (_, columns) = table(tensor.shape())?;
            let classes = columns.checked_sub(4 * bins)?;
            let numbers = tensor.floats();
            let rows = numbers.chunks_exact(columns).map(|row| row.split_at(classes));
            Some(candidates(rows, bins, strides, size, inset, score_min))
        }
        GflParts::Levels(levels) => {
            let mut found = Vec::new();
            for (&(classes, distances), &stride) in levels.iter().zip(strides) {
                let (classes, distances) = (outputs.get(classes)?, outputs.get(distances)?);
                let (_, columns) = table(classes.shape())?;
                let (scores, bars) = (classes.floats(), distances.floats());
                let rows = scores.chunks_exact(columns.max(1)).zip(bars.chunks_exact(4 * bins));
                found.extend(candidates(rows, bins, &[stride], size, inset, score_min));
            }
            Some(found)
        }
    }
}

fn candidates<'a>(
    rows: impl Iterator<Item = (&'a [f32], &'a [f32])>,
    bins: usize,
    strides: &[usize],
    size: InputSize,
    inset: f32,
    score_min: f32,
) -> Vec<Candidate> {
    let candidate = |((scores, bars), cell): ((&[f32], &[f32]), super::dense::Cell)| {
        let (class, score) = best(scores)?;
        if score < score_min {
            return None;
        }
        let stride = cell.stride as f32;
        let mut distances = bars.chunks_exact(bins).map(|bars| expectation(bars) * stride);
        let middle = |place: usize| place as f32 * stride + inset * (stride - 1.0);
        let (x, y) = (middle(cell.column), middle(cell.row));
        let [left, top, right, bottom] = [distances.next()?, distances.next()?, distances.next()?, distances.next()?];
        Some(Candidate { left: x - left, top: y - top, right: x + right, bottom: y + bottom, class, score })
    };
    rows.zip(cells(size, strides)).filter_map(candidate).collect()
}

/// The expected place in a distribution given by logits.
fn expectation(logits: &[f32]) -> f32 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (sum, weighted) = logits.iter().enumerate().fold((0.0, 0.0), |(sum, weighted), (place, logit)| {
        let weight = (logit - highest).exp();
        (sum + weight, weighted + weight * place as f32)
    });
    weighted / sum
}
