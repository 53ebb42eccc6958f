//! Classify: what a target may be, and why it is believed.
//!
//! Each class has a weight: its prior, times how likely a target of that class is to move as this one does (`habits`:
//! speed over ground, height above it; `pace`: how sharply it turns), times what the sensors' own likelihood ratios add
//! up to, times how often it was seen where a bird would have been missed, times what it says of itself. Motion is judged
//! afresh from the present estimate and remembered slowly: a target that moves alike for a minute has given a few
//! independent proofs, not sixty. The sensors' ratios are summed, as they are calibrated to be, within bounds: they hold
//! what a radar makes of cross-section and micro-Doppler, and a camera of the picture. That it is nothing at all,
//! *clutter*, follows from its existence.
//!
//! Where sensors can tell birds from drones, a target that may be either is *undecided* until they have told: it is shown
//! to nobody as a drone before. Without such a sensor motion alone names no bird, since drones fly slowly too, and nothing
//! on the ground or the water where the air is watched, since drones also hover low.
//!
//! All that runs for every plot is arithmetic; words are made when they are asked for (`evidence`), and so are the
//! shares of the kinds within a class (`kinds`).
//!
//! What it never does: take a claim for proof. A claim weighs e⁶; a vessel that flies at 80 m loses more than that.

mod evidence;
mod habits;
mod kinds;
mod pace;

use std::collections::BTreeMap;

use telemetry::messages::{Claim, Classification, TargetClass};

use super::estimate::Gaussian;
use super::motion::Domain;
use evidence::{Ground, Noted};
use habits::{AIRCRAFT, BIRD, CLASSES, COUNT, DRONE, PERSON, VEHICLE, VESSEL};
use kinds::Said;
use pace::Pace;

/// A sensor that can tell birds from drones shows them: what this takes from the logarithm of a drone's odds.
const BIRDS_SHOWN: f64 = 2.2;
/// Motion alone makes a bird likelier than a drone by no more than this, as a logarithm: drones fly slowly too.
const BIRD_MOTION_MAX: f64 = 0.8;
/// The same for all that does not fly, whose priors are small where the air is watched: drones also hover low.
const LOW_MOTION_MAX: f64 = 3.0;
/// The same for anything that floats being something else.
const SURFACE_MOTION_MAX: f64 = 1.5;
/// What a claim adds to the logarithm of its class's weight.
const CLAIM_WEIGHT: f64 = 6.0;
/// The sum of the sensors' log-likelihood ratios counts this far.
const LLR_BOUND: f64 = 12.0;
/// Hits and misses of one target hang together (aspect, fading): each counts for this part of an independent one, and
/// their sum this far. A look that hardly sees a drone says nothing.
const LOOKS_WEIGHT: f64 = 0.5;
const LOOKS_BOUND: f64 = 3.0;
const LOOKS_DETECTION_MIN: f64 = 0.1;
/// What one bearing of a transmitter takes from the logarithm of a bird's weight, and all of them together: bearings
/// may be another's.
const HEARD_WEIGHT: f64 = 1.5;
const HEARD_BOUND: f64 = 6.0;
/// Motion this long apart counts as another proof, seconds.
const INDEPENDENT_S: f64 = 8.0;
/// Proofs are forgotten over this time, seconds: what has changed its ways is judged by the new ones.
const REMEMBERED_S: f64 = 120.0;
/// Remembered motion counts this far, as a logarithm.
const MEMORY_BOUND: f64 = 6.0;
/// No longer undecided once it is this surely no bird; undecided again when it more likely is one.
const TOLD: f64 = 0.9;
const DOUBTED: f64 = 0.5;

/// The belief of what one target is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    domain: Domain,
    /// Speed over ground and its deviation, m/s.
    speed: (f64, f64),
    /// Height above the ground and its deviation, metres; nothing as long as it is not measured.
    height: Option<(f64, f64)>,
    pace: Pace,
    /// The logarithm of how well each class explains the present motion, against the best; and the same remembered.
    fit: [f64; COUNT],
    memory: [f64; COUNT],
    /// The sum of the sensors' log-likelihood ratios drone : not drone.
    llr: f64,
    /// Whether any sensor gave a ratio.
    rated: bool,
    /// The sum of the log-likelihood ratios drone : bird of being seen and missed.
    looks: f64,
    /// The sum of what bearings of its transmitter take from a bird.
    heard: f64,
    said: Option<Said>,
    share: [f64; COUNT],
    told: bool,
    noted: Noted,
}

impl Belief {
    /// Before anything but the first detection is known.
    pub(super) fn of(domain: Domain) -> Self {
        Self {
            domain,
            speed: (10.0, 20.0),
            height: None,
            pace: Pace::default(),
            fit: [0.0; COUNT],
            memory: [0.0; COUNT],
            llr: 0.0,
            rated: false,
            looks: 0.0,
            heard: 0.0,
            said: None,
            share: habits::prior(domain),
            told: false,
            noted: Noted::default(),
        }
    }

    /// Takes how the target moves after an update, `since_s` after the last one. `ground_m` is the height of the ground
    /// in the site frame's datum plane.
    pub(super) fn moves(&mut self, estimate: &Gaussian, ground_m: f64, since_s: f64) {
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
        self.height = if self.domain == Domain::Air { habits::height(estimate, ground_m) } else { None };
        self.pace.moves([v[3], v[4]], across, self.speed, since_s);
        self.fit = habits::fit(self.speed, self.height);
        let span_s = since_s.clamp(0.0, INDEPENDENT_S);
        let kept = (-span_s / REMEMBERED_S).exp();
        for (memory, fit) in self.memory.iter_mut().zip(self.fit) {
            *memory = (*memory * kept + fit * span_s / INDEPENDENT_S).clamp(-MEMORY_BOUND, MEMORY_BOUND);
        }
        self.note_motion();
        self.weigh();
    }

    /// Takes a detection's own likelihood ratio, as far as the detection is the target's. It counts from the next
    /// [`Self::moves`] on.
    pub(super) fn take_ratio(&mut self, llr: f64, share: f64) {
        self.rated = true;
        self.llr = (self.llr + share * llr.clamp(-LLR_BOUND, LLR_BOUND)).clamp(-LLR_BOUND, LLR_BOUND);
        self.noted.at(Ground::Ratio, (self.llr / 2.0).round() as i16);
    }

    /// Takes a look of a sensor that sees what reflects: the target, if it is there, was seen with the probability
    /// `hit`, where `caught` was expected of the look; a bird is seen `bird_factor` times as often as a drone. It counts
    /// from the next [`Self::moves`] on.
    pub(super) fn looked(&mut self, hit: f64, caught: f64, bird_factor: f64) {
        if caught < LOOKS_DETECTION_MIN {
            return;
        }
        // What was expected took into account that it may be a bird.
        let drone = (caught / (1.0 - self.share[BIRD] * (1.0 - bird_factor))).min(0.98);
        let bird = drone * bird_factor;
        let ratio = hit * (drone / bird).ln() + (1.0 - hit) * ((1.0 - drone) / (1.0 - bird)).ln();
        self.looks = (self.looks + LOOKS_WEIGHT * ratio).clamp(-LOOKS_BOUND, LOOKS_BOUND);
        self.noted.at(Ground::Looks, self.looks.round() as i16);
    }

    /// Takes a bearing of the target's transmitter, as far as it is the target's: birds have none. It counts from the
    /// next [`Self::moves`] on.
    pub(super) fn transmits(&mut self, hit: f64) {
        self.heard = (self.heard + HEARD_WEIGHT * hit).min(HEARD_BOUND);
        self.noted.at(Ground::Heard, i16::from(self.heard >= HEARD_WEIGHT));
    }

    /// Takes the target's word for what it is.
    pub(super) fn take_claim(&mut self, claim: &Claim) {
        let said = Said::of(claim);
        if self.said != Some(said) {
            self.said = Some(said);
            self.noted.anew(Ground::Claim);
        }
        self.weigh();
    }

    /// How much better a likelihood ratio fits this target than clutter.
    pub(super) fn fit_of(&self, llr: Option<f64>) -> f64 {
        fit_of(self.share[DRONE], llr)
    }

    /// The same for a target of which nothing is known.
    pub(super) fn fresh(domain: Domain, llr: Option<f64>) -> f64 {
        fit_of(habits::prior(domain)[DRONE], llr)
    }

    pub(super) fn bird(&self) -> f64 {
        self.share[BIRD]
    }

    /// Whether it may still be a bird or not, where the sensors can tell. What is believed to be a bird is decided.
    pub(super) fn is_undecided(&self) -> bool {
        self.rated && !self.told && self.likeliest() != BIRD
    }

    /// The belief as it is shown, of a target that is there with the probability `existence`.
    pub(super) fn classification(&self, existence: f64) -> Classification {
        let there = existence.clamp(0.0, 1.0);
        let mut belief: BTreeMap<_, _> =
            CLASSES.into_iter().zip(self.share.map(|share| (share * there) as f32)).collect();
        if there < 1.0 {
            belief.insert(TargetClass::Clutter, (1.0 - there) as f32);
        }
        let mut classification =
            Classification { belief, kinds: BTreeMap::new(), evidence: evidence::words(self, there) };
        classification.kinds = kinds::within(classification.likeliest(), self);
        classification
    }

    /// The place of the likeliest class.
    fn likeliest(&self) -> usize {
        (0..COUNT).fold(0, |best, class| if self.share[class] > self.share[best] { class } else { best })
    }

    fn weigh(&mut self) {
        let prior = habits::prior(self.domain);
        let mut motion: [f64; COUNT] = std::array::from_fn(|class| self.fit[class] + self.memory[class]);
        if self.pace.turns_sharply() {
            motion[AIRCRAFT] -= habits::SHARP_TURN_OF_AIRCRAFT;
        }
        if self.domain == Domain::Surface {
            // What a coastal radar sees floats, however fast it goes.
            let most = motion[VESSEL] + SURFACE_MOTION_MAX;
            motion = motion.map(|motion| motion.min(most));
        } else {
            if !self.rated {
                motion[BIRD] = motion[BIRD].min(motion[DRONE] + BIRD_MOTION_MAX);
            }
            let lowest = motion[VESSEL].max(motion[VEHICLE]).max(motion[PERSON]);
            let beyond = (lowest - motion[DRONE] - LOW_MOTION_MAX).max(0.0);
            for class in [VESSEL, VEHICLE, PERSON] {
                motion[class] -= beyond;
            }
        }
        if self.rated {
            motion[DRONE] += self.llr - BIRDS_SHOWN;
            motion[BIRD] -= self.looks;
        }
        motion[BIRD] -= self.heard;
        if let Some(said) = &self.said {
            motion[said.class()] += CLAIM_WEIGHT;
        }
        let weight: [f64; COUNT] = std::array::from_fn(|class| prior[class] * motion[class].exp());
        let sum: f64 = weight.iter().sum();
        if sum > 0.0 && sum.is_finite() {
            self.share = weight.map(|weight| weight / sum);
        }
        let other = 1.0 - self.share[BIRD];
        self.told = if self.told { other > DOUBTED } else { other >= TOLD };
    }
}

/// How much better a likelihood ratio fits what is a drone with a probability than clutter.
fn fit_of(drone: f64, llr: Option<f64>) -> f64 {
    llr.map_or(1.0, |llr| drone * llr.clamp(-LLR_BOUND, LLR_BOUND).exp() + 1.0 - drone)
}

#[cfg(test)]
mod tests;
