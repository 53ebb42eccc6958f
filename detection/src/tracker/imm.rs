//! The interacting multiple model: one Gaussian for each mode of motion, mixed before they are predicted.
//!
//! H. A. P. Blom, Y. Bar-Shalom, "The interacting multiple model algorithm for systems with Markovian switching
//! coefficients", IEEE Transactions on Automatic Control 33 (1988).

use telemetry::Timestamp;

use super::estimate::{Gaussian, Matrix6, Moments, Vector6};
use super::motion::{AGILE, AT_ANCHOR_M_S, Changes, Domain, HABITS, HOVERING, MODES, Motion, STRAIGHT};

/// No mode counts for less than this where the gate is laid: after a long leg a turn is improbable, not impossible.
const REACH_SHARE: f64 = 0.05;
/// A manoeuvre wipes out what was steady before within this time, seconds.
const FORGET_S: f64 = 2.0;
/// Seen by others this lately, seconds, a vessel that said it lies is followed as any other.
const WATCHED_S: f64 = 15.0;
/// A mode's share in a mixture below this does not count.
const SHARE_MIN: f64 = 1e-4;

/// The belief of one target's motion.
#[derive(Debug, Clone)]
pub(super) struct Imm {
    pub(super) at: Timestamp,
    pub(super) domain: Domain,
    pub(super) modes: [Gaussian; MODES],
    pub(super) weights: [f64; MODES],
    /// How many modes are told apart: one for what was seen only once, whose velocity is open anyway, then all.
    active: usize,
    /// For how long it has not manoeuvred, seconds.
    steady_s: f64,
    /// From when until when it is taken for lying where it is.
    lies: Option<[Timestamp; 2]>,
}

/// Both domains' motions, and the mode changes over the span asked for last: within a scan nearly all are the same.
#[derive(Debug)]
pub(super) struct Motions {
    air: Motion,
    surface: Motion,
    /// The height of the ground above the ellipsoid less that of the datum.
    ground_m: f64,
}

/// Mode changes over the span asked for last, for each domain.
#[derive(Debug, Default)]
pub(super) struct ChangesOver {
    air: [Option<(i64, Changes)>; HABITS],
    surface: [Option<(i64, Changes)>; HABITS],
}

impl Motions {
    pub(super) fn new(ground_m: f64) -> Self {
        Self { air: Motion::air(), surface: Motion::surface(), ground_m }
    }

    /// The height of the ground in the datum's tangent plane.
    pub(super) fn ground_m(&self) -> f64 {
        self.ground_m
    }

    pub(super) fn of(&self, domain: Domain) -> &Motion {
        match domain {
            Domain::Air => &self.air,
            Domain::Surface => &self.surface,
        }
    }
}

impl ChangesOver {
    fn get(&mut self, motion: &Motion, domain: Domain, habit: usize, span_ns: i64) -> Changes {
        let kept = match domain {
            Domain::Air => &mut self.air[habit],
            Domain::Surface => &mut self.surface[habit],
        };
        match kept {
            Some((span, changes)) if *span == span_ns => *changes,
            _ => {
                let changes = motion.changes(habit, span_ns as f64 * 1e-9);
                *kept = Some((span_ns, changes));
                changes
            }
        }
    }
}

impl Imm {
    /// All modes alike.
    pub(super) fn new(domain: Domain, at: Timestamp, belief: Gaussian) -> Self {
        let mut weights = [0.0; MODES];
        weights[0] = 1.0;
        Self { at, domain, modes: [belief; MODES], weights, active: 1, steady_s: 0.0, lies: None }
    }

    /// The modes told apart.
    pub(super) fn active(&self) -> usize {
        self.active
    }

    /// Tells the modes apart from now on, all alike as yet, in their long-run shares.
    pub(super) fn part(&mut self, motions: &Motions) {
        if self.active < MODES {
            self.modes = [self.modes[0]; MODES];
            self.weights = motions.of(self.domain).shares;
            self.active = MODES;
        }
    }

    /// Takes the vessel's own word that it lies where it is, or that it does not: until its next report is due it has not
    /// left, for under way it would report every few seconds (ITU-R M.1371-5, Annex 1, table 1).
    pub(super) fn lie(&mut self, from: Timestamp, until: Option<Timestamp>) {
        self.lies = until.map(|until| [from, until]);
    }

    /// Somebody looks at it: what it does is to be seen, not to be taken from its word.
    pub(super) fn is_watched(&mut self, at: Timestamp) {
        if let Some([from, _]) = &mut self.lies {
            *from = at.offset_seconds(WATCHED_S);
        }
    }

    fn lies(&self) -> bool {
        self.lies.is_some_and(|[from, until]| (from..until).contains(&self.at))
            && self.mean().fixed_rows::<2>(3).norm() < AT_ANCHOR_M_S
    }

    /// Moves the belief on to a later instant; to its own or an earlier one, not at all.
    pub(super) fn predict(&mut self, motions: &Motions, changes: &mut ChangesOver, to: Timestamp) {
        if to <= self.at {
            return;
        }
        let motion = motions.of(self.domain);
        let span_ns = to.unix_nanos().saturating_sub(self.at.unix_nanos());
        let span_s = span_ns as f64 * 1e-9;
        let lies = self.lies();
        self.at = to;
        if lies {
            for mode in &mut self.modes[..self.active] {
                *mode = motion.lain(mode, span_s, motions.ground_m);
            }
            return;
        }
        if self.active == 1 {
            self.modes[0] = motion.moved(AGILE, &self.modes[0], span_s, motions.ground_m);
            return;
        }
        let changes = changes.get(motion, self.domain, motion.habit(self.steady_s), span_ns);
        let mixed = self.mixed(&changes);
        for (mode, (weight, belief)) in mixed.iter().enumerate() {
            self.modes[mode] = motion.moved(mode, belief, span_s, motions.ground_m);
            self.weights[mode] = *weight;
        }
        let steady = self.weights[STRAIGHT] + self.weights[HOVERING];
        self.steady_s = if steady > 0.5 { self.steady_s + span_s } else { self.steady_s * (-span_s / FORGET_S).exp() };
    }

    /// The mixing step: what each mode starts from, given how modes change, and its predicted weight.
    fn mixed(&self, changes: &Changes) -> [(f64, Gaussian); MODES] {
        std::array::from_fn(|to| {
            let flow: [f64; MODES] = std::array::from_fn(|from| self.weights[from] * changes[(from, to)]);
            let weight: f64 = flow.iter().sum();
            let mut moments = Moments::around(&self.modes[to].mean);
            for (from, flow) in flow.iter().enumerate() {
                if *flow > SHARE_MIN * weight {
                    moments.add(*flow, &self.modes[from].mean, &self.modes[from].covariance);
                }
            }
            (weight, moments.gaussian().unwrap_or(self.modes[to]))
        })
    }

    /// Mean and covariance over all modes.
    pub(super) fn estimate(&self) -> Gaussian {
        if self.active == 1 {
            return self.modes[0];
        }
        let mut moments = Moments::around(&self.modes[0].mean);
        for (weight, mode) in self.weights.iter().zip(&self.modes) {
            moments.add(*weight, &mode.mean, &mode.covariance);
        }
        moments.gaussian().unwrap_or(self.modes[0])
    }

    /// Where it may be by any of its modes, however improbable: what the gate is laid around.
    pub(super) fn reach(&self) -> Gaussian {
        if self.active == 1 {
            return self.modes[0];
        }
        let mut moments = Moments::around(&self.modes[0].mean);
        for (weight, mode) in self.weights.iter().zip(&self.modes) {
            moments.add(weight.max(REACH_SHARE), &mode.mean, &mode.covariance);
        }
        moments.gaussian().unwrap_or(self.modes[0])
    }

    /// The mean alone.
    pub(super) fn mean(&self) -> Vector6 {
        let weighted = self.weights.iter().zip(&self.modes).map(|(weight, mode)| mode.mean * *weight);
        weighted.fold(Vector6::zeros(), |sum, part| sum + part)
    }

    /// A copy moved on to an instant.
    pub(super) fn predicted(&self, motions: &Motions, to: Timestamp) -> Self {
        let mut moved = self.clone();
        moved.predict(motions, &mut ChangesOver::default(), to);
        moved
    }

    /// Takes that the position is less surely known, by a variance on each axis, m².
    pub(super) fn widen(&mut self, variance: f64) {
        for mode in &mut self.modes[..self.active] {
            for axis in 0..3 {
                mode.covariance[(axis, axis)] += variance;
            }
        }
    }

    /// Weighs the modes by further evidence, its logarithms up to a constant.
    pub(super) fn weigh(&mut self, ln: [f64; MODES]) {
        let best = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: [f64; MODES] = std::array::from_fn(|mode| self.weights[mode] * (ln[mode] - best).exp());
        let sum: f64 = weights.iter().sum();
        if sum > 0.0 && sum.is_finite() {
            self.weights = weights.map(|weight| weight / sum);
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        let weights = self.weights.iter().sum::<f64>();
        weights.is_finite() && weights > 0.0 && self.modes[..self.active].iter().all(Gaussian::is_sound)
    }

    /// Applies a linear measurement to every mode alike, with the modes' weights following the likelihoods.
    pub(super) fn condition<const R: usize>(&mut self, measure: impl Fn(&Vector6) -> Option<Linear<R>>) -> Option<f64> {
        let mut ln = [f64::NEG_INFINITY; MODES];
        let mut updated = self.modes;
        for (mode, belief) in self.modes.iter().enumerate().take(self.active) {
            let linear = measure(&belief.mean)?;
            let (next, likelihood) = linear.update(belief)?;
            updated[mode] = next;
            ln[mode] = likelihood;
        }
        let best = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: [f64; MODES] = std::array::from_fn(|mode| self.weights[mode] * (ln[mode] - best).exp());
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return None;
        }
        self.modes = updated;
        self.weights = weights.map(|weight| weight / sum);
        Some(best + sum.ln())
    }
}

/// A measurement linear in the state: residual, Jacobian and noise.
#[derive(Debug, Clone)]
pub(super) struct Linear<const R: usize> {
    pub(super) residual: nalgebra::SVector<f64, R>,
    pub(super) jacobian: nalgebra::SMatrix<f64, R, 6>,
    pub(super) noise: nalgebra::SMatrix<f64, R, R>,
}

impl<const R: usize> Linear<R> {
    /// The belief after the measurement, and the logarithm of the measurement's likelihood.
    fn update(&self, belief: &Gaussian) -> Option<(Gaussian, f64)> {
        let cross = belief.covariance * self.jacobian.transpose();
        let innovation = self.jacobian * cross + self.noise;
        let factor = innovation.cholesky()?;
        let solved = factor.solve(&self.residual);
        let determinant: f64 = factor.l_dirty().diagonal().iter().map(|d| d.ln()).sum();
        let ln = -0.5 * self.residual.dot(&solved) - determinant - 0.5 * R as f64 * std::f64::consts::TAU.ln();
        let gain = factor.solve(&cross.transpose()).transpose();
        let covariance: Matrix6 = belief.covariance - gain * cross.transpose();
        let covariance = (covariance + covariance.transpose()) * 0.5;
        let next = Gaussian { mean: belief.mean + cross * solved, covariance };
        next.is_sound().then_some((next, ln))
    }
}

#[cfg(test)]
mod tests;
