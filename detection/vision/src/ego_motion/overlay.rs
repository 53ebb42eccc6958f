//! What is burnt into the picture: text, a crosshair, a scale. It stays while the scene moves.
//!
//! Each cell of the finest level keeps a count that rises when its points look the same in the same place although the
//! scene has moved, and falls when they moved along. A cell beyond a threshold is left out.

use super::align::{Pair, Warp};
use super::pyramid::Level;
use nalgebra::Vector2;

const RISES: u8 = 40;
const FALLS: u8 = 15;
const BARRED_AT: u8 = 100;
/// The least motion that tells one from the other, pixels.
const MOVED: f32 = 1.5;
/// How much better "stayed" must fit than "moved along", grey levels.
const BETTER: f32 = 3.0;

#[derive(Debug, Default)]
pub(super) struct Overlay {
    counts: Vec<u8>,
    across: usize,
}

impl Overlay {
    pub(super) fn new(finest: &Level) -> Self {
        let across = finest.cells_across();
        let down = finest.height.div_ceil(super::pyramid::CELL);
        Self { counts: vec![0; across * down], across }
    }

    /// Whether this cell of the finest level is burnt in.
    pub(super) fn bars(&self, cell: usize) -> bool {
        self.counts.get(cell).is_some_and(|&count| count >= BARRED_AT)
    }

    /// Whether most of what a cell of the second level covers is burnt in.
    pub(super) fn bars_coarse(&self, cell: usize, fine: &Level, coarse: &Level) -> bool {
        let (x, y) = (cell % coarse.cells_across() * 2, cell / coarse.cells_across() * 2);
        let fine_across = fine.cells_across();
        let covered = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
        let inside = covered.iter().filter(|(x, _)| *x < fine_across);
        inside.filter(|(x, y)| self.bars(y * fine_across + x)).count() >= 2
    }

    /// Learns from a pair of pictures and how the scene moved between them.
    pub(super) fn learn(&mut self, pair: &Pair, warp: &Warp) {
        debug_assert_eq!(self.across, pair.current.cells_across());
        let still = Warp::shifted(Vector2::zeros());
        let mut stayed = vec![None; self.counts.len()];
        for point in pair.points {
            let there = warp.apply(point.x, point.y, pair.centre());
            if (there - Vector2::new(point.x, point.y)).norm() < MOVED {
                continue;
            }
            let (Some(moved), Some(rested)) = (pair.residual(point, warp), pair.residual(point, &still)) else {
                continue;
            };
            let stays = rested.abs() + BETTER < moved.abs() && rested.abs() < 2.0 * BETTER;
            let cell = pair.current.cell(point.x, point.y);
            stayed[cell] = Some(stayed[cell].unwrap_or(false) || stays);
        }
        for (count, stayed) in self.counts.iter_mut().zip(stayed) {
            *count = match stayed {
                Some(true) => count.saturating_add(RISES),
                Some(false) => count.saturating_sub(FALLS),
                // Barred cells have no points: they are tried again after a while.
                None => count.saturating_sub(1),
            };
        }
    }
}
