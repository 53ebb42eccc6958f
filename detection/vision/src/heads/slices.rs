//! Large pictures looked at in parts: those where something moved, at full resolution, and the whole at a lower one now
//! and then.
//!
//! A network of 416 pixels sees nothing of a boat that is twelve pixels long in a picture of 1920: shrunk it has three.
//! So the picture is laid out in slices of the network's size, overlapping so that a thing on an edge is whole in one of
//! them, and a few are looked at per frame: those where pixels changed beyond the camera's own motion, most changed
//! first, and the others in turn, so that what lies still is seen as well.

use crate::frame::{GrayFrame, Region};

use super::InputSize;

/// Neighbouring slices share this much of their side: a thing of that size is whole in one.
const OVERLAP: f64 = 0.2;
/// Pixels along each side of a cell in which change is summed.
const CELL: usize = 16;
/// A pixel has changed where it differs by more, in levels of 256: above the noise of a camera by day.
const CHANGE_MIN: u8 = 18;

/// The slices of pictures of one size, and whose turn it is.
#[derive(Debug, Clone)]
pub struct Slices {
    slices: Vec<Region>,
    /// How many are looked at per frame.
    budget: usize,
    turn: usize,
}

impl Slices {
    /// Lays out pictures of `width` by `height` in slices of a network's size; at most `budget` of them per frame, which
    /// is at least one.
    #[must_use]
    pub fn new(width: usize, height: usize, size: InputSize, budget: usize) -> Self {
        let columns = starts(width, size.width);
        let slices = starts(height, size.height)
            .into_iter()
            .flat_map(|y| columns.iter().map(move |&x| Region { x, y, width: size.width, height: size.height }));
        let slices = slices.filter_map(|slice| slice.within(width, height)).collect();
        Self { slices, budget: budget.max(1), turn: 0 }
    }

    /// All slices, row by row.
    #[must_use]
    pub fn all(&self) -> &[Region] {
        &self.slices
    }

    /// The slices to look at in this frame: where `changes` (one per slice, see [`Slices::changes`]) are, most first, up to one
    /// less than the budget; the rest of the budget in turn.
    pub fn next(&mut self, changes: &[usize]) -> Vec<Region> {
        let mut moved: Vec<usize> =
            (0..self.slices.len()).filter(|&i| changes.get(i).is_some_and(|&c| c > 0)).collect();
        moved.sort_by_key(|&i| (std::cmp::Reverse(changes[i]), i));
        moved.truncate(self.budget - 1);
        let wanted = self.budget.min(self.slices.len());
        while moved.len() < wanted {
            let next = self.turn % self.slices.len();
            self.turn = next + 1;
            if !moved.contains(&next) {
                moved.push(next);
            }
        }
        moved.into_iter().map(|i| self.slices[i]).collect()
    }

    /// How much changed in each slice between a picture and the one before it, which must already lie on the same pixels:
    /// the number of cells in which a tenth of the pixels differ.
    #[must_use]
    pub fn changes(&self, picture: &GrayFrame, before: &GrayFrame) -> Vec<usize> {
        if (picture.width(), picture.height()) != (before.width(), before.height()) {
            return vec![0; self.slices.len()];
        }
        let cells = changed_cells(picture, before);
        let inside = |slice: &Region, &(x, y): &(usize, usize)| {
            (slice.x..slice.x + slice.width).contains(&x) && (slice.y..slice.y + slice.height).contains(&y)
        };
        self.slices.iter().map(|slice| cells.iter().filter(|cell| inside(slice, cell)).count()).collect()
    }
}

/// The middles of the cells that changed.
fn changed_cells(picture: &GrayFrame, before: &GrayFrame) -> Vec<(usize, usize)> {
    let (columns, rows) = (picture.width() / CELL, picture.height() / CELL);
    let mut cells = Vec::new();
    for row in 0..rows {
        let mut counts = vec![0usize; columns];
        for y in row * CELL..(row + 1) * CELL {
            let pairs = picture.row(y).chunks_exact(CELL).zip(before.row(y).chunks_exact(CELL));
            for (count, (now, then)) in counts.iter_mut().zip(pairs) {
                *count += now.iter().zip(then).filter(|(a, b)| a.abs_diff(**b) > CHANGE_MIN).count();
            }
        }
        let changed = counts.iter().enumerate().filter(|(_, count)| **count * 10 >= CELL * CELL);
        cells.extend(changed.map(|(column, _)| (column * CELL + CELL / 2, row * CELL + CELL / 2)));
    }
    cells
}

/// Where slices of `slice` begin along a side, evenly, the last one ending with it.
fn starts(side: usize, slice: usize) -> Vec<usize> {
    if side <= slice {
        return vec![0];
    }
    let step = (slice as f64 * (1.0 - OVERLAP)).max(1.0);
    let steps = ((side - slice) as f64 / step).ceil() as usize;
    (0..=steps).map(|i| i * (side - slice) / steps).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: InputSize = InputSize { width: 416, height: 416 };

    #[test]
    fn what_moved_is_looked_at_first_and_the_rest_in_turn() {
        let mut slices = Slices::new(1920, 1080, SIZE, 3);
        let mut changes = vec![0; slices.all().len()];
        (changes[4], changes[7], changes[9]) = (2, 5, 1);
        let (first, second) = (slices.next(&changes), slices.next(&changes));
        assert_eq!(first, [slices.all()[7], slices.all()[4], slices.all()[0]]);
        assert_eq!(second[2], slices.all()[1]);
        let mut still = Slices::new(1920, 1080, SIZE, 3);
        let count = still.all().len();
        let quiet = vec![0; count];
        let mut seen: Vec<_> = (0..count.div_ceil(3)).flat_map(|_| still.next(&quiet)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count, "after {} frames every slice was looked at", count.div_ceil(3));
    }

    #[test]
    fn a_thing_that_moved_marks_its_slice() {
        let still = GrayFrame::new(960, 544, 960, vec![90; 960 * 544], 0).unwrap();
        let mut pixels = vec![90; 960 * 544];
        for y in 500..516 {
            pixels[y * 960 + 900..][..16].fill(200);
        }
        let moved = GrayFrame::new(960, 544, 960, pixels, 0).unwrap();
        let slices = Slices::new(960, 544, SIZE, 2);
        let changes = slices.changes(&moved, &still);
        for (slice, change) in slices.all().iter().zip(&changes) {
            let holds = slice.x + slice.width > 904 && slice.y + slice.height > 504;
            assert_eq!(*change > 0, holds, "{slice:?}");
        }
        assert_eq!(slices.changes(&still, &still).iter().sum::<usize>(), 0);
    }

    proptest! {
        #[test]
        fn slices_cover_the_picture_and_stay_inside(width in 16usize..3000, height in 16usize..2000) {
            let slices = Slices::new(width, height, SIZE, 1);
            for slice in slices.all() {
                prop_assert!(slice.x + slice.width <= width && slice.y + slice.height <= height);
            }
            for (x, y) in [(0, 0), (width - 1, height - 1), (width / 2, height / 3)] {
                let inside = |s: &&Region| (s.x..s.x + s.width).contains(&x) && (s.y..s.y + s.height).contains(&y);
                prop_assert!(slices.all().iter().any(|s| inside(&s)));
            }
        }
    }
}
