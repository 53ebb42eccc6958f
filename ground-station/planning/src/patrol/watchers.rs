//! Somebody has watched the nights before: where and when would they cross, and what is that worth?
//!
//! Fictitious play: each night is made against those before it. A crossing that few nights have seen has high stakes, so
//! this night sees it; over the nights every crossing at the heavy cells comes to be seen about as often as any other,
//! and having watched tells nothing.

use super::night::{Stakes, moments};
use super::problem::Problem;

/// How sharply the stakes rise with the expected gain of a crossing.
const SHARPNESS: f64 = 6.0;
/// Before the first night every crossing counts as seen so often, as if over so many nights.
const BEFOREHAND: (f64, f64) = (0.6, 1.5);

/// For each night, for each cell, for each moment: whether a crossing is seen.
pub(super) fn stakes(problem: &Problem, nights: &[&Vec<Vec<bool>>]) -> Stakes {
    let moments = moments(&problem.crossing, problem.horizon_s);
    let heaviest = problem.cells.iter().map(|cell| cell.weight).fold(1e-9, f64::max);
    let by_cell = problem
        .cells
        .iter()
        .enumerate()
        .map(|(cell, at)| {
            // The weights' scale is the caller's: the heaviest counts 3.
            let weight = at.weight / heaviest * 3.0;
            (0..moments)
                .map(|moment| {
                    let seen = nights.iter().filter(|night| night[cell][moment]).count() as f64;
                    let (share, nights_before) = BEFOREHAND;
                    let rate = (seen + share * nights_before) / (nights.len() as f64 + nights_before);
                    weight * (SHARPNESS * weight * (1.0 - rate)).exp()
                })
                .collect()
        })
        .collect();
    Stakes { by_cell }
}
