//! Classify: what a target may be, and why it is believed.
//!
//! Each class has a weight: its prior, times how likely a target of that class is to move as this one does (speed over
//! ground, height above the site's ground), times what the sensors' own likelihood ratios add up to, times what the
//! target says of itself. Motion is judged afresh from the present estimate and remembered slowly: a target that moves
//! alike for a minute has given about three independent proofs, not sixty. The sensors' ratios are summed, as they are
//! calibrated to be, within bounds. Motion alone rarely tells a drone from a bird, and is not made to.
//!
//! A belief from few looks is held back: half of it is "unknown" after two detections, an eighth after four. Speeds of
//! birds: T. Alerstam et al., "Flight speeds among bird species", PLoS Biology 5 (2007): 8 to 23 m/s, small ones slow.
//! The other figures are broad on purpose; they are judgement, not measurement.
//!
//! What it never does: take a claim for proof. A claim weighs e⁶; a vessel that flies at 80 m loses more than that.

use std::collections::BTreeMap;

use telemetry::messages::{Classification, TargetClass};

/// The classes weighed, in the order of every array here.
const CLASSES: [TargetClass; 5] =
    [TargetClass::Drone, TargetClass::Bird, TargetClass::Aircraft, TargetClass::Vessel, TargetClass::Unknown];
const DRONE: usize = 0;
const VESSEL: usize = 3;
const UNKNOWN: usize = 4;

/// Priors of what an air-surveillance sensor first sees.
const PRIOR_AIR: [f64; 5] = [0.35, 0.25, 0.05, 0.15, 0.2];
/// Priors of what a coastal radar first sees.
const PRIOR_SURFACE: [f64; 5] = [0.03, 0.05, 0.01, 0.86, 0.05];
/// What the claim to be a vessel adds to the logarithm of a vessel's weight.
const CLAIM_WEIGHT: f64 = 6.0;
/// The sum of the sensors' log-likelihood ratios counts this far.
const LLR_BOUND: f64 = 8.0;
/// No density counts for less: the world is odder than any model of it.
const DENSITY_MIN: f64 = 1e-5;
/// Time constant over which speed and height are averaged, seconds.
const AVERAGED_S: f64 = 6.0;
/// Motion this long apart counts as another proof, seconds.
const INDEPENDENT_S: f64 = 20.0;
/// Proofs are forgotten over this time, seconds: what has changed its ways is judged by the new ones.
const REMEMBERED_S: f64 = 120.0;
/// Remembered motion counts this far, as a logarithm.
const MEMORY_BOUND: f64 = 6.0;
/// A target believed to be a vessel this firmly is held to the water: more firmly for one that was first seen by what
/// watches the air, since a drone held to the water would be lost when it climbs.
const FLOATS_SURFACE: f64 = 0.8;
const FLOATS_AIR: f64 = 0.95;
/// Pieces of evidence kept.
const EVIDENCE_MAX: usize = 8;

/// Shares, means and deviations of normal densities, m/s.
type Mixture = &'static [(f64, f64, f64)];
const SPEED: [Mixture; 5] = [
    &[(0.25, 1.5, 2.0), (0.75, 14.0, 7.0)],
    &[(1.0, 11.0, 5.0)],
    &[(1.0, 60.0, 20.0)],
    &[(0.45, 2.0, 2.0), (0.45, 8.0, 4.0), (0.1, 17.0, 6.0)],
    &[(1.0, 20.0, 25.0)],
];
/// The same for height above the ground, metres.
const HEIGHT: [Mixture; 5] =
    [&[(1.0, 70.0, 50.0)], &[(1.0, 50.0, 60.0)], &[(1.0, 500.0, 300.0)], &[(1.0, 3.0, 5.0)], &[(1.0, 100.0, 200.0)]];

/// How a target moves, at one update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kinematics {
    pub(super) speed_m_s: f64,
    pub(super) speed_sigma_m_s: f64,
    /// Height above the ground; nothing where none was measured, as for a target held to the water.
    pub(super) height: Option<Height>,
    /// Seconds since the last update.
    pub(super) since_s: f64,
}

/// A height above the ground with its standard deviation, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Height {
    pub(super) above_ground_m: f64,
    pub(super) sigma_m: f64,
}

/// What first saw the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A sensor that watches what flies.
    Air,
    /// A sensor that watches what floats.
    Surface,
}

/// The belief of what one target is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    origin: Origin,
    looks: u32,
    speed: Option<(f64, f64)>,
    height: Option<Height>,
    /// Remembered motion: the logarithm of each class's density against the unknown's.
    memory: [f64; 5],
    llr: f64,
    claims_vessel: bool,
    share: [f64; 5],
    evidence: Vec<(Ground, String)>,
}

/// What a piece of evidence is about; each ground is kept once, at its newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    Claim,
    Ratio,
    Speed,
    Height,
}

impl Belief {
    /// Before anything but the first detection is known.
    pub(super) fn of(origin: Origin) -> Self {
        let mut belief = Self {
            origin,
            looks: 1,
            speed: None,
            height: None,
            memory: [0.0; 5],
            llr: 0.0,
            claims_vessel: false,
            share: [0.0; 5],
            evidence: Vec::new(),
        };
        belief.weigh();
        belief
    }

    /// Takes how the target moves after a detection, and the detection's own likelihood ratio.
    pub(super) fn take(&mut self, moves: &Kinematics, drone_llr: Option<f32>) {
        self.looks = self.looks.saturating_add(1);
        let weight = (moves.since_s / AVERAGED_S).clamp(0.1, 1.0);
        let averaged = |old: f64, new: f64| old + weight * (new - old);
        let speed = self.speed.map_or(moves.speed_m_s, |(old, _)| averaged(old, moves.speed_m_s));
        self.speed = Some((speed, moves.speed_sigma_m_s));
        self.height = moves.height.map(|new| {
            let old = self.height.unwrap_or(new);
            Height { above_ground_m: averaged(old.above_ground_m, new.above_ground_m), sigma_m: new.sigma_m }
        });
        self.remember(moves.since_s);
        self.take_ratio(drone_llr);
        self.weigh();
        self.note_motion();
    }

    /// Takes a detection's own likelihood ratio.
    pub(super) fn take_ratio(&mut self, drone_llr: Option<f32>) {
        let Some(llr) = drone_llr else { return };
        self.llr = (self.llr + f64::from(llr).clamp(-LLR_BOUND, LLR_BOUND)).clamp(-LLR_BOUND, LLR_BOUND);
        if self.llr.abs() >= 1.0 {
            let towards = if self.llr > 0.0 { "a drone" } else { "no drone" };
            self.note(Ground::Ratio, format!("echoes look like {towards}: log-likelihood ratio {:+.0}", self.llr));
        }
        self.weigh();
    }

    /// Takes the target's word that it is a vessel.
    pub(super) fn take_vessel_claim(&mut self, who: impl std::fmt::Display) {
        self.claims_vessel = true;
        self.note(Ground::Claim, format!("says by AIS that it is vessel {who}"));
        self.weigh();
    }

    /// How much better a likelihood ratio fits this target than clutter, as a logarithm.
    pub(super) fn ln_fit(&self, drone_llr: Option<f32>) -> f64 {
        let drone = self.share[DRONE];
        drone_llr.map_or(0.0, |llr| (drone * f64::from(llr).clamp(-LLR_BOUND, LLR_BOUND).exp() + 1.0 - drone).ln())
    }

    /// Whether it is believed to float.
    pub(super) fn floats(&self) -> bool {
        let firmly = match self.origin {
            Origin::Surface => FLOATS_SURFACE,
            Origin::Air => FLOATS_AIR,
        };
        self.share[VESSEL] >= firmly
    }

    /// Whether it may float: not believed to be anything that flies.
    pub(super) fn may_float(&self) -> bool {
        self.share[DRONE] < 0.5
    }

    /// The belief as it is shown.
    pub(super) fn classification(&self) -> Classification {
        let held_back = if self.claims_vessel { 0.0 } else { 0.5f64.powi(self.looks.min(40) as i32 - 1) };
        let shown = |class: usize| {
            let share = self.share[class] * (1.0 - held_back);
            if class == UNKNOWN { share + held_back } else { share }
        };
        let belief: BTreeMap<_, _> = CLASSES.into_iter().enumerate().map(|(i, c)| (c, shown(i) as f32)).collect();
        Classification { belief, evidence: self.evidence.iter().map(|(_, text)| text.clone()).collect() }
    }

    /// The logarithm of how well each class explains the present motion, against the unknown.
    fn fit(&self) -> [f64; 5] {
        let ln_density = |class: usize| {
            let speed = self.speed.map_or(0.0, |(speed, sigma)| density(SPEED[class], speed, sigma).ln());
            let height = self.height.map_or(0.0, |h| density(HEIGHT[class], h.above_ground_m, h.sigma_m).ln());
            speed + height
        };
        std::array::from_fn(|class| ln_density(class) - ln_density(UNKNOWN))
    }

    fn remember(&mut self, since_s: f64) {
        let span_s = since_s.clamp(0.0, INDEPENDENT_S);
        let kept = (-span_s / REMEMBERED_S).exp();
        let fit = self.fit();
        for (memory, fit) in self.memory.iter_mut().zip(fit) {
            *memory = (*memory * kept + fit * span_s / INDEPENDENT_S).clamp(-MEMORY_BOUND, MEMORY_BOUND);
        }
    }

    fn weigh(&mut self) {
        let prior = match self.origin {
            Origin::Air => PRIOR_AIR,
            Origin::Surface => PRIOR_SURFACE,
        };
        let fit = self.fit();
        let mut weight: [f64; 5] = std::array::from_fn(|class| prior[class] * (fit[class] + self.memory[class]).exp());
        weight[DRONE] *= self.llr.exp();
        if self.claims_vessel {
            weight[VESSEL] *= CLAIM_WEIGHT.exp();
        }
        let sum: f64 = weight.iter().sum();
        self.share = weight.map(|weight| weight / sum);
    }

    fn note_motion(&mut self) {
        if let Some((speed, sigma)) = self.speed.filter(|(_, sigma)| *sigma < 4.0) {
            let hovers = speed < 2.0 && sigma < 2.0 && self.height.is_some_and(|h| h.above_ground_m > 10.0);
            let moves = if hovers { "hovers".to_owned() } else { format!("moves at {:.0} m/s", rounded(speed, 5.0)) };
            self.note(Ground::Speed, moves);
        }
        if let Some(height) = self.height.filter(|height| height.sigma_m < 20.0) {
            let above = rounded(height.above_ground_m, 20.0);
            self.note(Ground::Height, format!("is about {above:.0} m above the ground"));
        }
    }

    fn note(&mut self, ground: Ground, text: String) {
        if self.evidence.iter().any(|(known, said)| *known == ground && *said == text) {
            return;
        }
        self.evidence.retain(|(known, _)| *known != ground);
        self.evidence.push((ground, text));
        if self.evidence.len() > EVIDENCE_MAX {
            self.evidence.remove(0);
        }
    }
}

/// To the nearest step, so that evidence does not change with every plot. Zero is never negative.
fn rounded(value: f64, step: f64) -> f64 {
    (value / step).round() * step + 0.0
}

/// The density of a value known with a deviation, under a mixture.
fn density(mixture: Mixture, value: f64, sigma: f64) -> f64 {
    let normal = |mean: f64, deviation: f64| {
        let variance = deviation * deviation + sigma * sigma;
        (-0.5 * (value - mean).powi(2) / variance).exp() / (std::f64::consts::TAU * variance).sqrt()
    };
    mixture.iter().map(|&(share, mean, deviation)| share * normal(mean, deviation)).sum::<f64>().max(DENSITY_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn belief(origin: Origin, speed_m_s: f64, height_m: Option<f64>, llr: Option<f32>, looks: usize) -> Belief {
        let mut belief = Belief::of(origin);
        let height = height_m.map(|above_ground_m| Height { above_ground_m, sigma_m: 8.0 });
        let moves = Kinematics { speed_m_s, speed_sigma_m_s: 1.5, height, since_s: 1.0 };
        for _ in 0..looks {
            belief.take(&moves, llr);
        }
        belief
    }

    fn share(belief: &Belief, class: TargetClass) -> f32 {
        belief.classification().belief[&class]
    }

    #[test]
    fn a_drone_that_echoes_like_one_is_believed_within_a_few_looks() {
        for height in [10.0, 60.0, 120.0] {
            for speed in [0.5, 10.0, 15.0, 25.0] {
                let belief = belief(Origin::Air, speed, Some(height), Some(0.8), 5);
                let drone = share(&belief, TargetClass::Drone);
                assert!(drone >= 0.7, "{speed} m/s at {height} m: {drone}");
            }
        }
    }

    #[test]
    fn a_bird_that_echoes_like_one_is_a_bird_and_never_a_drone() {
        for speed in [8.0, 12.0, 16.0] {
            for looks in 1..30 {
                let found = belief(Origin::Air, speed, Some(50.0), Some(-0.5), looks).classification();
                assert_ne!(found.likeliest(), TargetClass::Drone, "{speed} m/s, {looks} looks");
            }
            let found = belief(Origin::Air, speed, Some(50.0), Some(-0.5), 8);
            assert_eq!(found.classification().likeliest(), TargetClass::Bird, "{speed} m/s");
        }
    }

    #[test]
    fn a_vessel_that_says_so_is_believed_at_any_speed_of_vessels() {
        for speed in [0.0, 5.0, 12.0, 20.0, 25.0] {
            let mut found = Belief::of(Origin::Surface);
            found.take_vessel_claim("211234560");
            let moves = Kinematics { speed_m_s: speed, speed_sigma_m_s: 0.5, height: None, since_s: 10.0 };
            found.take(&moves, None);
            assert!(share(&found, TargetClass::Vessel) >= 0.95, "{speed} m/s");
            assert!(found.floats());
        }
    }

    #[test]
    fn a_claim_does_not_make_a_vessel_of_what_flies() {
        let mut found = belief(Origin::Air, 15.0, Some(80.0), Some(0.8), 8);
        found.take_vessel_claim("211234560");
        assert_eq!(found.classification().likeliest(), TargetClass::Drone);
        assert!(found.classification().evidence.iter().any(|text| text.contains("AIS")));
    }

    #[test]
    fn a_first_look_is_no_belief() {
        assert_eq!(Belief::of(Origin::Air).classification().likeliest(), TargetClass::Unknown);
        let sum: f32 = belief(Origin::Air, 12.0, Some(50.0), None, 1).classification().belief.values().sum();
        assert!((sum - 1.0).abs() < 1e-5);
    }

    #[test]
    fn evidence_is_bounded_and_newest_last() {
        let mut belief = belief(Origin::Air, 15.0, Some(60.0), Some(0.9), 40);
        belief.take_vessel_claim("1");
        let evidence = belief.classification().evidence;
        assert!(evidence.len() <= EVIDENCE_MAX && evidence.len() >= 4, "{evidence:?}");
        assert!(evidence.last().unwrap().contains("AIS"));
    }
}
