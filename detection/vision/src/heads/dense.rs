//! Heads that give a box for every cell of a grid: YOLOv5 and v7, v8 to v12, YOLOX.

use super::fit::STRIDES;
use super::{Candidate, InputSize, Tensor, best, table};

/// Rows of centre, sides, objectness, classes, all in pixels and probabilities.
pub(super) fn anchored(tensor: Option<&Tensor<'_>>, score_min: f32) -> Option<Vec<Candidate>> {
    let tensor = tensor?;
    let (_, columns) = table(tensor.shape())?;
    let numbers = tensor.floats();
    let row = |row: &[f32]| {
        let objectness = row[4];
        if objectness.is_nan() || objectness < score_min {
            return None;
        }
        let (class, probability) = best(&row[5..])?;
        let score = objectness * probability;
        (score >= score_min).then(|| Candidate::centred([row[0], row[1], row[2], row[3]], class, score))
    };
    (columns > 5).then(|| numbers.chunks_exact(columns).filter_map(row).collect())
}

/// Rows of centre, sides, classes.
pub(super) fn free_rows(tensor: Option<&Tensor<'_>>, score_min: f32) -> Option<Vec<Candidate>> {
    let tensor = tensor?;
    let (_, columns) = table(tensor.shape())?;
    let numbers = tensor.floats();
    let row = |row: &[f32]| {
        let (class, score) = best(&row[4..])?;
        (score >= score_min).then(|| Candidate::centred([row[0], row[1], row[2], row[3]], class, score))
    };
    (columns > 4).then(|| numbers.chunks_exact(columns).filter_map(row).collect())
}

/// Columns of centre, sides, classes.
pub(super) fn free_columns(tensor: Option<&Tensor<'_>>, score_min: f32) -> Option<Vec<Candidate>> {
    let tensor = tensor?;
    let (rows, columns) = table(tensor.shape())?;
    if rows < 5 || columns == 0 {
        return None;
    }
    let numbers = tensor.floats();
    let (boxes, classes) = numbers.split_at(4 * columns);
    // Class by class along the rows, as the numbers lie: down the columns every number would be a cache miss.
    let mut bests = vec![(0usize, f32::NEG_INFINITY); columns];
    for (class, scores) in classes.chunks_exact(columns).enumerate() {
        for (best, &score) in bests.iter_mut().zip(scores) {
            if score > best.1 {
                *best = (class, score);
            }
        }
    }
    let over = bests.iter().enumerate().filter(|(_, (_, score))| *score >= score_min);
    let at = |row: usize, column: usize| boxes[row * columns + column];
    Some(
        over.map(|(i, &(class, score))| Candidate::centred([at(0, i), at(1, i), at(2, i), at(3, i)], class, score))
            .collect(),
    )
}

/// Rows of offsets from the cell in strides, logarithms of the sides in strides, objectness, classes.
pub(super) fn yolox(tensor: Option<&Tensor<'_>>, size: InputSize, score_min: f32) -> Option<Vec<Candidate>> {
    let tensor = tensor?;
    let (rows, columns) = table(tensor.shape())?;
    let cells: Vec<Cell> = cells(size, &STRIDES).collect();
    if columns < 6 || rows != cells.len() {
        return None;
    }
    let numbers = tensor.floats();
    let candidate = |(row, cell): (&[f32], &Cell)| {
        let objectness = row[4];
        if objectness.is_nan() || objectness < score_min {
            return None;
        }
        let (class, probability) = best(&row[5..])?;
        let score = objectness * probability;
        let stride = cell.stride as f32;
        let centre = [(cell.column as f32 + row[0]) * stride, (cell.row as f32 + row[1]) * stride];
        let sides = [row[2].exp() * stride, row[3].exp() * stride];
        let candidate = Candidate::centred([centre[0], centre[1], sides[0], sides[1]], class, score);
        (score >= score_min).then_some(candidate)
    };
    Some(numbers.chunks_exact(columns).zip(&cells).filter_map(candidate).collect())
}

/// One cell of a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) column: usize,
    pub(super) row: usize,
    pub(super) stride: usize,
}

/// The cells of grids of these strides, row by row, finest first; a cell cut by the edge counts.
pub(super) fn cells(size: InputSize, strides: &[usize]) -> impl Iterator<Item = Cell> {
    strides.iter().flat_map(move |&stride| {
        let (columns, rows) = (size.width.div_ceil(stride), size.height.div_ceil(stride));
        (0..rows).flat_map(move |row| (0..columns).map(move |column| Cell { column, row, stride }))
    })
}
