//! Clutter: how densely a sensor sees what is not there, learnt in place and time.
//!
//! False plots are not spread evenly: tree lines, roads, wind turbines, waves and flocks give many in one place. The map
//! keeps the plots of the last looks that no target explains, each with the probability that it was none, and states
//! the density around a place as a gamma-Poisson estimate: the nominal density counts as many looks as
//! [`PRIOR_LOOKS`], the plots counted in a box around the place do the rest (A. Gelman et al., *Bayesian Data
//! Analysis*, 3rd ed., §2.6).
//!
//! Hot spots of the ground do not move. Where a radar measures range rate, a fast plot is therefore hardly one of a hot
//! spot, and its surroundings must be seen for much longer until they are believed to be one.
//!
//! Limits: [`LOOKS_KEPT`] looks, [`PLOTS_MAX`] plots; the oldest go first.

use std::collections::{BTreeMap, VecDeque};

use super::measure::{AZIMUTH, ELEVATION, Plot, RANGE, RANGE_RATE, ROWS};

/// Half the box around a place: metres, radians, radians, m/s.
const HALF_BOX: [f64; ROWS] = [120.0, 0.06, 0.026, 3.0];
/// How many looks the nominal density is worth.
const PRIOR_LOOKS: f64 = 15.0;
/// The same for a plot whose range rate is none of the ground's.
const PRIOR_LOOKS_FAST: f64 = 300.0;
/// Faster than this, m/s, the ground does not move.
const GROUND_RATE_M_S: f64 = 4.0;
/// Looks remembered.
const LOOKS_KEPT: u64 = 60;
/// Plots remembered.
const PLOTS_MAX: usize = 8192;

/// One plot that no target explained.
#[derive(Debug, Clone, Copy)]
struct Echo {
    look: u64,
    value: [f64; ROWS],
    weight: f64,
}

/// What a sensor saw that was not there.
#[derive(Debug, Clone, Default)]
pub(super) struct ClutterMap {
    bins: BTreeMap<(i32, i32), VecDeque<Echo>>,
    plots: usize,
}

fn bin(value: &[f64; ROWS]) -> (i32, i32) {
    let index = |row: usize| (value[row] / (2.0 * HALF_BOX[row])).floor() as i32;
    (index(RANGE), index(AZIMUTH))
}

impl ClutterMap {
    /// Notes a plot with the probability that it is clutter.
    pub(super) fn learn(&mut self, plot: &Plot, look: u64, weight: f64) {
        let value: [f64; ROWS] = plot.value.into();
        if !plot.places() || weight < 0.05 {
            return;
        }
        if self.plots >= PLOTS_MAX {
            self.forget(look.saturating_sub(LOOKS_KEPT / 4));
        }
        if self.plots < PLOTS_MAX {
            self.plots += 1;
            self.bins.entry(bin(&value)).or_default().push_back(Echo { look, value, weight });
        }
    }

    /// Drops what is older than a look.
    fn forget(&mut self, before: u64) {
        self.bins.retain(|_, echoes| {
            while echoes.front().is_some_and(|echo| echo.look < before) {
                echoes.pop_front();
            }
            !echoes.is_empty()
        });
        self.plots = self.bins.values().map(VecDeque::len).sum();
    }

    /// Forgets, now and then, what is too old.
    pub(super) fn tidy(&mut self, look: u64) {
        if look.is_multiple_of(8) {
            self.forget(look.saturating_sub(LOOKS_KEPT));
        }
    }

    /// How many times denser than the nominal clutter is around a plot. `nominal` is that per unit of the plot's rows.
    pub(super) fn factor(&self, plot: &Plot, look: u64, nominal: f64) -> f64 {
        if !plot.places() {
            return 1.0;
        }
        let value: [f64; ROWS] = plot.value.into();
        let (range, azimuth) = bin(&value);
        let since = look.saturating_sub(LOOKS_KEPT);
        let mut counted = 0.0;
        for r in range - 1..=range + 1 {
            for a in azimuth - 1..=azimuth + 1 {
                for echo in self.bins.get(&(r, a)).into_iter().flatten() {
                    let near = |row: usize| !plot.has[row] || (echo.value[row] - value[row]).abs() < HALF_BOX[row];
                    if echo.look >= since && echo.look < look && (0..ROWS).all(near) {
                        counted += echo.weight;
                    }
                }
            }
        }
        let fast = plot.has[RANGE_RATE] && value[RANGE_RATE].abs() > GROUND_RATE_M_S;
        let prior_looks = if fast { PRIOR_LOOKS_FAST } else { PRIOR_LOOKS };
        let rows = [RANGE, AZIMUTH, ELEVATION, RANGE_RATE];
        let volume: f64 = rows.into_iter().filter(|row| plot.has[*row]).map(|row| 2.0 * HALF_BOX[row]).product();
        let usual = nominal * volume;
        let looks = look.min(LOOKS_KEPT) as f64;
        (usual * prior_looks + counted) / (prior_looks + looks) / usual.max(1e-300)
    }
}

#[cfg(test)]
mod tests;
