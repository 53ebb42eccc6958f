//! A small picture of one thing, with what it covers: what is drawn part by part, blurred, and laid over the picture.

use crate::coverage::{Coverage, Window};

/// Light or temperature of a thing and the share of each pixel that it covers, in a window of the picture. Values are
/// multiplied by the share.
#[derive(Debug, Clone)]
pub(crate) struct Patch {
    pub(crate) window: Window,
    pub(crate) values: Vec<f32>,
    pub(crate) shares: Vec<f32>,
}

impl Patch {
    /// Nothing yet.
    pub(crate) fn empty(window: Window) -> Self {
        let pixels = window.width() * window.height();
        Self { window, values: vec![0.0; pixels], shares: vec![0.0; pixels] }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.values.fill(0.0);
        self.shares.fill(0.0);
    }

    /// Adds a face that shares pixels with its neighbours but hides nothing of them. `window` is that of the coverage.
    pub(crate) fn join(&mut self, window: &Window, coverage: &mut Coverage, value: f32, opacity: f32) {
        let width = self.window.width();
        for row in 0..window.height() {
            let start = (window.top + row - self.window.top) * width + window.left - self.window.left;
            let shares = &mut self.shares[start..][..window.width()];
            let values = &mut self.values[start..][..window.width()];
            for ((sum, light), covered) in shares.iter_mut().zip(values).zip(coverage.row(row)) {
                // Rounding must not make more of a pixel than there is.
                let share = (covered * opacity).min(1.0 - *sum);
                *sum += share;
                *light += share * value;
            }
        }
    }

    /// Lays a patch of the same window over this one.
    pub(crate) fn over(&mut self, nearer: &Self) {
        let mine = self.values.iter_mut().zip(&mut self.shares);
        for ((value, share), (near_value, near_share)) in mine.zip(nearer.values.iter().zip(&nearer.shares)) {
            let through = 1.0 - near_share;
            *value = *value * through + near_value;
            *share = *share * through + near_share;
        }
    }

    /// Adds a part of an exposure.
    pub(crate) fn expose(&mut self, instant: &Self, weight: f32) {
        for (sum, value) in self.values.iter_mut().zip(&instant.values) {
            *sum += value * weight;
        }
        for (sum, share) in self.shares.iter_mut().zip(&instant.shares) {
            *sum += share * weight;
        }
    }

    /// Hides a part of each pixel: `hidden` says which share, by column and row of the picture.
    pub(crate) fn hide(&mut self, hidden: impl Fn(usize, usize) -> f32) {
        let width = self.window.width();
        for (index, (value, share)) in self.values.iter_mut().zip(&mut self.shares).enumerate() {
            if *share > 0.0 {
                let through = 1.0 - hidden(self.window.left + index % width, self.window.top + index / width);
                *value *= through;
                *share *= through;
            }
        }
    }

    /// The covered share of a pixel of the picture; none outside.
    pub(crate) fn share(&self, column: usize, row: usize) -> f32 {
        let Window { left, top, right, bottom } = self.window;
        if !(left..right).contains(&column) || !(top..bottom).contains(&row) {
            return 0.0;
        }
        self.shares[(row - top) * self.window.width() + column - left]
    }

    /// All that it covers, pixels.
    pub(crate) fn area_px(&self) -> f64 {
        self.shares.iter().map(|&share| f64::from(share)).sum()
    }
}
