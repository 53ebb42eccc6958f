//! Classify: what a target may be, and why it is believed.
//!
//! Each class has a weight: its prior, times how likely a target of that class is to move as this one does (speed over
//! ground, height above the ground), times what the sensors' own likelihood ratios add up to, times what the target
//! says of itself. Motion is judged afresh from the present estimate and remembered slowly: a target that moves alike
//! for a minute has given about three independent proofs, not sixty. The sensors' ratios are summed, as they are
//! calibrated to be, within bounds.
//!
//! Speeds of birds: T. Alerstam et al., "Flight speeds among bird species", PLoS Biology 5 (2007): 8 to 23 m/s, small
//! ones slow. The other figures are broad on purpose; they are judgement, not measurement.
//!
//! What it never does: take a claim for proof. A claim weighs e⁶; a vessel that flies at 80 m loses more than that.

use std::collections::BTreeMap;

use telemetry::messages::{Classification, TargetClass};

use super::estimate::Gaussian;
use super::motion::Domain;

/// The classes weighed, in the order of every array here.
const CLASSES: [TargetClass; COUNT] =
    [TargetClass::Drone, TargetClass::Bird, TargetClass::Aircraft, TargetClass::Vessel, TargetClass::Unknown];
const COUNT: usize = 5;
const DRONE: usize = 0;
const BIRD: usize = 1;
const AIRCRAFT: usize = 2;
const VESSEL: usize = 3;

/// Priors of what an air-surveillance sensor first sees, and of what a coastal radar first sees.
const PRIOR_AIR: [f64; COUNT] = [0.68, 0.2, 0.05, 0.02, 0.05];
/// A sensor that can tell birds from drones shows them: what this takes from the logarithm of a drone's odds.
const BIRDS_SHOWN: f64 = 2.2;
/// Motion alone makes a bird likelier than a drone by no more than this, as a logarithm: drones fly slowly too.
const BIRD_MOTION_MAX: f64 = 0.8;
/// The same for anything that floats being something else.
const SURFACE_MOTION_MAX: f64 = 1.5;
const PRIOR_SURFACE: [f64; COUNT] = [0.02, 0.03, 0.01, 0.9, 0.04];
/// What a claim adds to the logarithm of its class's weight.
const CLAIM_WEIGHT: f64 = 6.0;
/// The sum of the sensors' log-likelihood ratios counts this far.
const LLR_BOUND: f64 = 12.0;
/// No density counts for less: the world is odder than any model of it.
const DENSITY_MIN: f64 = 3e-4;
/// Motion this long apart counts as another proof, seconds.
const INDEPENDENT_S: f64 = 12.0;
/// Proofs are forgotten over this time, seconds: what has changed its ways is judged by the new ones.
const REMEMBERED_S: f64 = 120.0;
/// Remembered motion counts this far, as a logarithm.
const MEMORY_BOUND: f64 = 6.0;

/// Shares, means and deviations of normal densities, m/s.
type Mixture = &'static [(f64, f64, f64)];
const SPEED: [Mixture; COUNT] = [
    &[(0.12, 1.0, 1.5), (0.18, 9.0, 5.0), (0.7, 19.5, 3.8)],
    &[(1.0, 11.5, 3.0)],
    &[(1.0, 60.0, 20.0)],
    &[(0.4, 2.0, 2.0), (0.4, 8.0, 4.0), (0.2, 16.0, 6.0)],
    &[(1.0, 20.0, 25.0)],
];

/// The belief of what one target is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    domain: Domain,
    /// Speed over ground and its deviation, m/s.
    speed: (f64, f64),
    height_m: Option<(f64, f64)>,
    /// Remembered motion: the logarithm of each class's density.
    memory: [f64; COUNT],
    pub(super) llr: f64,
    /// Whether any sensor gave a ratio.
    rated: bool,
    claims: Option<usize>,
    share: [f64; COUNT],
}

impl Belief {
    /// Before anything but the first detection is known.
    pub(super) fn of(domain: Domain) -> Self {
        let share = match domain {
            Domain::Air => PRIOR_AIR,
            Domain::Surface => PRIOR_SURFACE,
        };
        Self {
            domain,
            speed: (10.0, 20.0),
            height_m: None,
            memory: [0.0; COUNT],
            llr: 0.0,
            rated: false,
            claims: None,
            share,
        }
    }

    /// Takes how the target moves after an update, `since_s` after the last one.
    pub(super) fn moves(&mut self, estimate: &Gaussian, since_s: f64) {
        let (v, p) = (&estimate.mean, &estimate.covariance);
        let level = v[3].hypot(v[4]);
        let (along, across) = if level > 1e-3 {
            let (e, n) = (v[3] / level, v[4] / level);
            let along = e * e * p[(3, 3)] + 2.0 * e * n * p[(3, 4)] + n * n * p[(4, 4)];
            (along.max(0.0), (p[(3, 3)] + p[(4, 4)] - along).max(0.0))
        } else {
            (p[(3, 3)], p[(4, 4)])
        };
        let speed = (level * level + across).sqrt();
        self.speed = (speed, (along + (across / (2.0 * speed.max(1.0))).powi(2)).sqrt());
        let fit = self.fit();
        let span_s = since_s.clamp(0.0, INDEPENDENT_S);
        let kept = (-span_s / REMEMBERED_S).exp();
        for (memory, fit) in self.memory.iter_mut().zip(fit) {
            *memory = (*memory * kept + fit * span_s / INDEPENDENT_S).clamp(-MEMORY_BOUND, MEMORY_BOUND);
        }
        self.weigh();
    }

    /// Takes a detection's own likelihood ratio, as far as the detection is the target's.
    pub(super) fn take_ratio(&mut self, llr: f64, share: f64) {
        self.rated = true;
        self.llr = (self.llr + share * llr.clamp(-LLR_BOUND, LLR_BOUND)).clamp(-LLR_BOUND, LLR_BOUND);
        self.weigh();
    }

    /// Takes the target's word for what it is.
    pub(super) fn take_claim(&mut self, class: TargetClass) {
        self.claims = CLASSES.iter().position(|known| *known == class);
        self.weigh();
    }

    /// How much better a likelihood ratio fits this target than clutter.
    pub(super) fn fit_of(&self, llr: Option<f64>) -> f64 {
        let drone = self.share[DRONE];
        llr.map_or(1.0, |llr| drone * llr.clamp(-LLR_BOUND, LLR_BOUND).exp() + 1.0 - drone)
    }

    /// The same for a target of which nothing is known.
    pub(super) fn fresh(domain: Domain, llr: Option<f64>) -> f64 {
        let drone = match domain {
            Domain::Air => PRIOR_AIR[DRONE],
            Domain::Surface => PRIOR_SURFACE[DRONE],
        };
        llr.map_or(1.0, |llr| drone * llr.clamp(-LLR_BOUND, LLR_BOUND).exp() + 1.0 - drone)
    }

    pub(super) fn bird(&self) -> f64 {
        self.share[BIRD]
    }

    /// The belief as it is shown.
    pub(super) fn classification(&self) -> Classification {
        let belief: BTreeMap<_, _> = CLASSES.into_iter().zip(self.share.map(|share| share as f32)).collect();
        Classification { belief, evidence: Vec::new(), kinds: BTreeMap::new() }
    }

    /// The logarithm of how well each class explains the present motion, against the best.
    fn fit(&self) -> [f64; COUNT] {
        let (speed, sigma) = self.speed;
        let ln = SPEED.map(|mixture| density(mixture, speed, sigma).ln());
        let best = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        ln.map(|ln| ln - best)
    }

    fn weigh(&mut self) {
        let prior = match self.domain {
            Domain::Air => PRIOR_AIR,
            Domain::Surface => PRIOR_SURFACE,
        };
        let fit = self.fit();
        let mut motion: [f64; COUNT] = std::array::from_fn(|class| fit[class] + self.memory[class]);
        if self.domain == Domain::Surface {
            // What a coastal radar sees floats, however fast it goes.
            let most = motion[VESSEL] + SURFACE_MOTION_MAX;
            motion = motion.map(|motion| motion.min(most));
        } else if !self.rated {
            motion[BIRD] = motion[BIRD].min(motion[DRONE] + BIRD_MOTION_MAX);
        }
        let mut weight: [f64; COUNT] = std::array::from_fn(|class| prior[class] * motion[class].exp());
        if self.rated {
            weight[DRONE] *= (self.llr - BIRDS_SHOWN).exp();
        }
        if let Some(class) = self.claims {
            weight[class] *= CLAIM_WEIGHT.exp();
        }
        let sum: f64 = weight.iter().sum();
        if sum > 0.0 && sum.is_finite() {
            self.share = weight.map(|weight| weight / sum);
        }
    }
}

/// The density of a value known with a deviation, under a mixture.
fn density(mixture: Mixture, value: f64, sigma: f64) -> f64 {
    let normal = |mean: f64, deviation: f64| {
        let variance = deviation * deviation + sigma * sigma;
        (-0.5 * (value - mean).powi(2) / variance).exp() / (std::f64::consts::TAU * variance).sqrt()
    };
    mixture.iter().map(|&(share, mean, deviation)| share * normal(mean, deviation)).sum::<f64>().max(DENSITY_MIN)
}
