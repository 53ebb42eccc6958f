//! Gate: what a look would measure of a target, mode by mode, and which plots could be its.
//!
//! A plot is in a target's gate when its squared Mahalanobis distance from the mixture's prediction is below
//! [`GATE`]; likelihoods are then those of every mode. Plots in one gate are taken to be as noisy as the noisiest
//! of them.

use nalgebra::SMatrix;

use super::estimate::{Gaussian, Matrix6, Vector6};
use super::imm::Imm;
use super::measure::{AZIMUTH, ELEVATION, Expected, Jacobian, Plot, Pose, RANGE, RANGE_RATE, ROWS, Rows, RowsSquare};
use super::motion::MODES;
use super::sensor::Sensor;

/// The squared Mahalanobis distance up to which a plot may be a target's: 99.9995 % of a χ² of four rows.
const GATE: f64 = 30.0;
/// Within this part of the range around the mixture's mean, modes are linear.
const LINEAR: f64 = 0.01;
/// What gusts and rotors add to a range rate beyond the radar's noise, m/s.
const RANGE_RATE_JITTER_M_S: f64 = 0.3;
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// One mode's prediction of a look.
#[derive(Debug, Clone, Copy)]
struct ModeLook {
    value: Rows,
    /// The inverse of the innovation covariance.
    precision: RowsSquare,
    /// The logarithm of the likelihood of a plot right on the prediction.
    ln_peak: f64,
    gain: SMatrix<f64, 6, ROWS>,
    /// The covariance after an update.
    covariance: Matrix6,
}

/// One target as a look would see it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Its place among the targets.
    pub(super) target: usize,
    /// What is expected of the mixture, and the deviations of that prediction, noise left out.
    pub(super) expected: Expected,
    pub(super) spread: Rows,
    /// The probability to detect it, if it can be seen at all.
    pub(super) detection: f64,
    /// Seconds until the sensor looks again.
    pub(super) revisit_s: f64,
    /// The estimate it was predicted from, and how much older than it the look is, seconds.
    pub(super) estimate: Gaussian,
    pub(super) back_s: f64,
    /// The probability that no other target is one plot with it to the sensor.
    pub(super) alone: f64,
    /// What being one plot with others adds to the variance of its plot.
    pub(super) blur: Rows,
    /// The plots in its gate: place among the plots, and likelihood by mode.
    pub(super) plots: Vec<Gated>,
    modes: Vec<ModeLook>,
}

/// A plot in a target's gate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gated {
    pub(super) plot: usize,
    pub(super) ln_by_mode: [f64; MODES],
    /// The logarithm of its likelihood over all modes.
    pub(super) ln: f64,
}

/// The noise a plot is taken with: its own, the pose's, and what registration leaves unknown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Noise {
    /// Deviations of a moving platform's reported position: horizontal and vertical, metres.
    pub(super) pose_sigma_m: Option<[f64; 2]>,
    /// Covariance of the sensor's remaining registration error.
    pub(super) registration: RowsSquare,
}

impl Noise {
    fn of(&self, sigma: &Rows, has: [bool; ROWS], expected: &Expected) -> RowsSquare {
        let mut noise = RowsSquare::identity();
        for row in 0..ROWS {
            for column in 0..ROWS {
                if has[row] && has[column] {
                    noise[(row, column)] = self.registration[(row, column)];
                }
            }
            if has[row] {
                noise[(row, row)] += sigma[row] * sigma[row];
            }
        }
        if let Some([horizontal, vertical]) = self.pose_sigma_m {
            if has[AZIMUTH] {
                noise[(AZIMUTH, AZIMUTH)] += (horizontal / expected.level_m).powi(2);
            }
            if has[ELEVATION] {
                noise[(ELEVATION, ELEVATION)] += (vertical / expected.range_m).powi(2);
            }
        }
        if has[RANGE_RATE] {
            noise[(RANGE_RATE, RANGE_RATE)] += RANGE_RATE_JITTER_M_S * RANGE_RATE_JITTER_M_S;
        }
        noise
    }
}

/// The state as it was `back_s` ago, for a plot older than the estimate.
fn back(mean: &Vector6, back_s: f64) -> Vector6 {
    let mut mean = *mean;
    for axis in 0..3 {
        mean[axis] -= back_s * mean[axis + 3];
    }
    mean
}

/// The Jacobian by the present state of what was measured `back_s` ago.
fn back_jacobian(jacobian: &Jacobian, back_s: f64) -> Jacobian {
    let mut moved = *jacobian;
    let by_position = jacobian.fixed_view::<ROWS, 3>(0, 0) * back_s;
    let mut by_velocity = moved.fixed_view_mut::<ROWS, 3>(0, 3);
    by_velocity -= by_position;
    moved
}

/// A look at one target: who looks, and how long before the estimate's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) sensor: &'a Sensor,
    pub(super) pose: &'a Pose,
    pub(super) noise: &'a Noise,
    pub(super) site: &'a telemetry::SiteFrame,
    /// The height of the ground above the ellipsoid.
    pub(super) ground_m: f64,
}

impl Candidate {
    /// A target's place in a look, before any plot. Nothing where no direction to it can be told.
    pub(super) fn new(target: usize, look: &Look<'_>, estimate: &Gaussian, back_s: f64) -> Option<Self> {
        let mut expected = look.pose.expects(&back(&estimate.mean, back_s))?;
        expected.jacobian = back_jacobian(&expected.jacobian, back_s);
        let spread = Rows::from_fn(|row, _| {
            let gradient = expected.jacobian.row(row);
            (gradient * estimate.covariance * gradient.transpose())[0].max(0.0).sqrt()
        });
        Some(Self {
            target,
            expected,
            spread,
            detection: 0.0,
            revisit_s: look.sensor.revisit_s(),
            estimate: *estimate,
            back_s,
            alone: 1.0,
            blur: Rows::zeros(),
            plots: Vec::new(),
            modes: Vec::new(),
        })
    }

    /// Finds the plots in the gate. `plots` are sorted by their first measured row when `sorted` names it.
    pub(super) fn gate(&mut self, look: &Look<'_>, imm: &Imm, plots: &[Plot]) {
        let Some(first) = plots.first() else { return };
        let has = first.has;
        let window = if has[RANGE] {
            let half = GATE.sqrt() * (self.spread[RANGE] + first.sigma[RANGE] + self.blur[RANGE].sqrt()) + 1.0;
            let (low, high) = (self.expected.value[RANGE] - half, self.expected.value[RANGE] + half);
            let from = plots.partition_point(|plot| plot.value[RANGE] < low);
            let to = plots.partition_point(|plot| plot.value[RANGE] <= high);
            from..to.max(from)
        } else {
            0..plots.len()
        };
        let mut sigma = Rows::zeros();
        for (index, plot) in plots.iter().enumerate().take(window.end).skip(window.start) {
            if self.is_near(plot) {
                sigma = sigma.zip_map(&plot.sigma, f64::max);
                self.plots.push(Gated { plot: index, ln_by_mode: [0.0; MODES], ln: 0.0 });
            }
        }
        if self.plots.is_empty() {
            return;
        }
        let jacobian = self.expected.rows(has);
        let sigma = sigma.zip_map(&self.blur, |sigma, blur| (sigma * sigma + blur).sqrt());
        let noise = look.noise.of(&sigma, has, &self.expected);
        let innovation = jacobian * self.estimate.covariance * jacobian.transpose() + noise;
        let Some(factor) = innovation.cholesky() else {
            self.plots.clear();
            return;
        };
        let expected = self.expected;
        self.plots.retain(|gated| {
            let residual = expected.residual(&plots[gated.plot]);
            residual.dot(&factor.solve(&residual)) < GATE
        });
        if self.plots.is_empty() {
            return;
        }
        if self.predict(look, imm, &sigma, has).is_none() {
            self.plots.clear();
        }
        for gated in &mut self.plots {
            let plot = &plots[gated.plot];
            for (ln, mode) in gated.ln_by_mode.iter_mut().zip(&self.modes) {
                *ln = mode.ln(plot);
            }
            let told = &gated.ln_by_mode[..self.modes.len()];
            let best = told.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = told.iter().zip(&imm.weights).map(|(ln, weight)| weight * (ln - best).exp()).sum();
            gated.ln = best + sum.ln();
        }
    }

    /// What each mode expects of the look. Close to the mixture's mean a mode's expectation is linear in its state.
    fn predict(&mut self, look: &Look<'_>, imm: &Imm, sigma: &Rows, has: [bool; ROWS]) -> Option<()> {
        let (estimate, back_s) = (self.estimate, self.back_s);
        let rows = has.iter().filter(|has| **has).count() as f64;
        self.modes.reserve_exact(imm.active());
        for belief in &imm.modes[..imm.active()] {
            let off = belief.mean - estimate.mean;
            let near = off.fixed_rows::<3>(0).norm() < LINEAR * self.expected.level_m;
            let (value, jacobian, noise) = if near {
                let value = self.expected.value + self.expected.jacobian * off;
                (value, self.expected.rows(has), look.noise.of(sigma, has, &self.expected))
            } else {
                let mut expected = look.pose.expects(&back(&belief.mean, back_s))?;
                expected.jacobian = back_jacobian(&expected.jacobian, back_s);
                (expected.value, expected.rows(has), look.noise.of(sigma, has, &expected))
            };
            let cross = belief.covariance * jacobian.transpose();
            let factor = (jacobian * cross + noise).cholesky()?;
            let l = factor.l_dirty();
            let determinant = (l[(0, 0)] * l[(1, 1)] * l[(2, 2)] * l[(3, 3)]).ln();
            let precision = factor.inverse();
            let gain = cross * precision;
            self.modes.push(ModeLook {
                value,
                precision,
                ln_peak: -determinant - 0.5 * rows * LN_TAU,
                gain,
                covariance: belief.covariance - gain * cross.transpose(),
            });
        }
        Some(())
    }

    /// A quick look at azimuth and elevation before the full distance.
    fn is_near(&self, plot: &Plot) -> bool {
        let residual = self.expected.residual(plot);
        (1..ROWS).all(|row| {
            let half = GATE.sqrt()
                * (self.spread[row]
                    + plot.sigma[row]
                    + self.blur[row].sqrt()
                    + if row == RANGE_RATE { 1.0 } else { 0.02 });
            residual[row].abs() < half
        })
    }

    /// Updates the belief with the gated plots, each weighted by the probability that it is the target's; `missed` is
    /// that none is. False where the arithmetic has decayed; the belief is then worth nothing.
    pub(super) fn update(&self, imm: &mut Imm, plots: &[Plot], shares: &[f64], missed: f64) -> bool {
        let mut weights = [0.0; MODES];
        for (mode, look) in self.modes.iter().enumerate() {
            let by_plot = |gated: &Gated, share: f64| share * (gated.ln_by_mode[mode] - gated.ln).exp();
            let hit: f64 = self.plots.iter().zip(shares).map(|(gated, share)| by_plot(gated, *share)).sum();
            let total = hit + missed;
            weights[mode] = imm.weights[mode] * total;
            if total.is_nan() || total <= 1e-300 {
                continue;
            }
            // Probabilistic data association (Y. Bar-Shalom, E. Tse 1975), the moments of the mixture over the plots.
            let mut first = Rows::zeros();
            let mut second = RowsSquare::zeros();
            for (gated, share) in self.plots.iter().zip(shares) {
                let weight = by_plot(gated, *share) / total;
                let residual = look.residual(&plots[gated.plot]);
                first += residual * weight;
                second += residual * residual.transpose() * weight;
            }
            let hit = hit / total;
            let belief = &mut imm.modes[mode];
            let mut covariance = belief.covariance * (1.0 - hit) + look.covariance * hit;
            if self.plots.len() > 1 || missed > 1e-6 {
                covariance += look.gain * (second - first * first.transpose()) * look.gain.transpose();
            }
            belief.mean += look.gain * first;
            belief.covariance = (covariance + covariance.transpose()) * 0.5;
        }
        let sum: f64 = weights.iter().sum();
        imm.weights = weights.map(|weight| weight / sum);
        sum > 0.0 && imm.is_sound()
    }
}

impl ModeLook {
    fn residual(&self, plot: &Plot) -> Rows {
        let mut residual = plot.value - self.value;
        residual[AZIMUTH] = telemetry::angle::wrapped_pi(residual[AZIMUTH]);
        for row in 0..ROWS {
            if !plot.has[row] {
                residual[row] = 0.0;
            }
        }
        residual
    }

    fn ln(&self, plot: &Plot) -> f64 {
        let residual = self.residual(plot);
        self.ln_peak - 0.5 * residual.dot(&(self.precision * residual))
    }
}

#[cfg(test)]
mod tests;
