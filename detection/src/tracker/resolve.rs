//! Limited resolution: targets so close together that the sensor gives one plot for them.
//!
//! A radar whose cell holds two targets gives one plot somewhere between them (W. Koch, G. van Keuk, "Multiple hypothesis
//! track maintenance with possibly unresolved measurements", IEEE T-AES 33 (1997); L. Svensson, M. Ulmke, L. Danielsson,
//! "Multitarget sensor resolution model and joint probabilistic data association", IEEE T-AES 48 (2012)). Here each pair
//! has a probability to be unresolved, from the predicted separation and its uncertainty. As far as they are, one of them
//! has no plot of its own, which is no sign that it has gone, and the other's plot is less exact: it lies anywhere between
//! the two. One plot still updates one target: letting both have it made them one (measured; `docs/tracking.md`).
//!
//! What it never does: excuse the misses of a target that was never confirmed apart from its neighbour; else every
//! target would keep a double.

use std::sync::Arc;

use telemetry::messages::Resolution;

use super::gate::Candidate;
use super::measure::{AZIMUTH, ELEVATION, RANGE, ROWS};
use super::scene::Scene;
use super::sensor::between;

/// Less surely unresolved than this, a pair is two plots.
const PAIRED: f64 = 0.02;
/// Two targets in one cell are this part of it apart at least: what is believed of them draws together in it.
const CELL_LEAST: f64 = 0.1;
/// A look that cannot tell a target from its neighbour leaves its place less sure by this variance, m²: which of the two
/// the plot is, is not in the marginals.
const MIXED_UP_M2: f64 = 25.0;
/// A plot anywhere between two targets: the mean square of its distance from one of them, in squares of their separation.
const BETWEEN: f64 = 1.0 / 3.0;

/// Finds the pairs of confirmed targets that the sensor may not resolve.
pub(super) fn pair(scene: &Scene, candidates: &mut [Candidate], resolution: Option<Resolution>) {
    let Some(resolution) = resolution else { return };
    let cell = [resolution.range_m, resolution.azimuth_rad, resolution.elevation_rad];
    let mut by_range: Vec<usize> =
        (0..candidates.len()).filter(|&c| scene.targets[candidates[c].target].confirmed).collect();
    by_range.sort_by(|&a, &b| candidates[a].expected.value[RANGE].total_cmp(&candidates[b].expected.value[RANGE]));
    for (place, &a) in by_range.iter().enumerate() {
        for &b in &by_range[place + 1..] {
            let (one, other) = (&candidates[a], &candidates[b]);
            let off = one.expected.value - other.expected.value;
            let spread = |row: usize| one.spread[row].hypot(other.spread[row]);
            if off[RANGE].abs() > cell[0] + 4.0 * spread(RANGE) {
                break;
            }
            let mut merged = 1.0;
            for (row, width) in [RANGE, AZIMUTH, ELEVATION].into_iter().zip(cell) {
                let off = if row == AZIMUTH { telemetry::angle::wrapped_pi(off[row]) } else { off[row] };
                merged *= between(off, spread(row), -width, width);
            }
            if merged < PAIRED {
                continue;
            }
            for this in [a, b] {
                candidates[this].alone *= 1.0 - merged;
                for row in 0..ROWS {
                    let off = if row == AZIMUTH { telemetry::angle::wrapped_pi(off[row]) } else { off[row] };
                    let widest = cell.get(row).copied().unwrap_or(f64::INFINITY);
                    let least = if widest.is_finite() { CELL_LEAST * widest } else { 0.0 };
                    let blur = merged * BETWEEN * off.abs().max(least).min(widest).powi(2);
                    candidates[this].blur[row] = candidates[this].blur[row].max(blur);
                }
            }
        }
    }
}

/// Takes that a target which is perhaps one plot with others is less surely where it is believed to be.
pub(super) fn blur(scene: &mut Scene, candidate: &Candidate) {
    let together = 1.0 - candidate.alone;
    if together > PAIRED {
        Arc::make_mut(&mut scene.targets[candidate.target]).imm.widen(together * MIXED_UP_M2);
    }
}

#[cfg(test)]
mod tests;
