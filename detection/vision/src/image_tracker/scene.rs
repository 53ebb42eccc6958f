//! What the tracker learns of its detector and of the scene while it runs: how dense false alarms are and what they look
//! like, what targets look like, how often a target is detected and how exactly.
//!
//! Nothing of it is known beforehand but weak priors (a higher confidence speaks for a target; a box's edges are off by
//! some hundredths of its size), which some seconds of video outweigh. Every detection teaches by the probability that it
//! is a target's, as the tracks have it.

use std::collections::BTreeMap;

use nalgebra::Vector2;

const BINS: usize = 10;
/// How many detections the priors are worth.
const PRIOR_DETECTIONS: f64 = 40.0;
/// How many detections, or frames, what was learned is worth at most: so that it follows the scene.
const MEMORY: f64 = 3000.0;
/// Classes learned apart; those beyond are taken together.
const CLASSES_MAX: usize = 64;

/// The looks of one kind of detection: of targets', or of false alarms.
#[derive(Debug, Clone)]
struct Looks {
    confidences: [f64; BINS],
    classes: BTreeMap<u16, f64>,
    weight: f64,
}

impl Looks {
    /// `slope`: how the density of confidence runs from 0 to 1, −1 (falling to none) to 1 (rising from none).
    fn prior(slope: f64) -> Self {
        let share = |bin: usize| (1.0 + slope * ((bin as f64 + 0.5) / BINS as f64 * 2.0 - 1.0)) / BINS as f64;
        let confidences = std::array::from_fn(|bin| share(bin) * PRIOR_DETECTIONS);
        Self { confidences, classes: BTreeMap::new(), weight: PRIOR_DETECTIONS }
    }

    fn learn(&mut self, confidence: f64, class: u16, probability: f64) {
        if self.weight > MEMORY {
            let keep = 0.5;
            self.weight *= keep;
            self.confidences.iter_mut().for_each(|count| *count *= keep);
            self.classes.values_mut().for_each(|count| *count *= keep);
        }
        self.weight += probability;
        self.confidences[bin(confidence)] += probability;
        if self.classes.len() < CLASSES_MAX || self.classes.contains_key(&class) {
            *self.classes.entry(class).or_default() += probability;
        }
    }

    fn confidence(&self, confidence: f64) -> f64 {
        self.confidences[bin(confidence)] / self.weight
    }

    /// The share of a class; the prior holds all classes for equally likely, and knows of few.
    fn class(&self, class: u16) -> f64 {
        let prior = PRIOR_DETECTIONS / CLASS_GUESS;
        (self.classes.get(&class).copied().unwrap_or_default() + prior) / self.weight
    }
}

/// How many classes the prior reckons with.
const CLASS_GUESS: f64 = 5.0;

fn bin(confidence: f64) -> usize {
    ((confidence * BINS as f64) as usize).min(BINS - 1)
}

/// The distribution of one number, learned.
#[derive(Debug, Clone, Copy)]
struct Normal {
    mean: f64,
    variance: f64,
    weight: f64,
}

impl Normal {
    fn learn(&mut self, value: f64, probability: f64) {
        self.weight = (self.weight + probability).min(MEMORY);
        let share = probability / self.weight;
        let off = value - self.mean;
        self.mean += share * off;
        self.variance += share * ((1.0 - share) * off * off - self.variance);
    }

    fn density(&self, value: f64) -> f64 {
        let variance = self.variance.max(0.05);
        (-0.5 * (value - self.mean).powi(2) / variance).exp() / (std::f64::consts::TAU * variance).sqrt()
    }
}

/// What is known of detector and scene.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    target: Looks,
    clutter: Looks,
    clutter_log_sides: [Normal; 2],
    /// False alarms a frame.
    clutter_rate: f64,
    /// New targets a second.
    birth_rate: f64,
    area_px2: f64,
    detected: f64,
    detectable: f64,
    /// A box's edge is off by this share of (side + `GRAIN_PX`).
    place_noise: f64,
    log_side_noise: f64,
    frames: f64,
}

/// What the pixel grid adds to a box's errors, as so many pixels more of size.
const GRAIN_PX: f64 = 4.0;

impl Scene {
    pub(super) fn new(area_px2: f64) -> Self {
        let side = Normal { mean: 15.0f64.ln(), variance: 1.0, weight: PRIOR_DETECTIONS };
        Self {
            target: Looks::prior(0.8),
            clutter: Looks::prior(-0.8),
            clutter_log_sides: [side; 2],
            clutter_rate: 2.0,
            birth_rate: 0.3,
            area_px2,
            detected: 0.8 * PRIOR_DETECTIONS,
            detectable: PRIOR_DETECTIONS,
            place_noise: 0.05,
            log_side_noise: 0.12,
            frames: 20.0,
        }
    }

    /// How often a target in view is detected.
    pub(super) fn detection_probability(&self) -> f64 {
        (self.detected / self.detectable).clamp(0.3, 0.98)
    }

    /// The variance of a box's centre, px² each way.
    pub(super) fn place_variance(&self, size: Vector2<f64>) -> f64 {
        (self.place_noise * ((size.x * size.y).sqrt() + GRAIN_PX)).powi(2)
    }

    /// The variance of the logarithm of a box's side.
    pub(super) fn log_side_variance(&self, size: Vector2<f64>) -> f64 {
        (self.log_side_noise * (1.0 + GRAIN_PX / (size.x * size.y).sqrt())).powi(2)
    }

    /// False alarms a frame, a pixel.
    pub(super) fn clutter_density(&self) -> f64 {
        self.clutter_rate / self.area_px2
    }

    /// New targets a frame of this length, a pixel.
    pub(super) fn birth_density(&self, seconds: f64) -> f64 {
        self.birth_rate * seconds / self.area_px2
    }

    /// How much likelier a confidence is with targets than with false alarms.
    pub(super) fn confidence_ratio(&self, confidence: f64) -> f64 {
        self.target.confidence(confidence) / self.clutter.confidence(confidence)
    }

    /// The share of a class among targets.
    pub(super) fn target_class(&self, class: u16) -> f64 {
        self.target.class(class)
    }

    /// The share of a class among false alarms.
    pub(super) fn clutter_class(&self, class: u16) -> f64 {
        self.clutter.class(class)
    }

    /// The density of a box's size (logarithms of its sides) among false alarms.
    pub(super) fn clutter_size(&self, size: Vector2<f64>) -> f64 {
        self.clutter_log_sides[0].density(size.x.ln()) * self.clutter_log_sides[1].density(size.y.ln())
    }

    /// One detection, which is a target's with this probability.
    pub(super) fn learn_detection(&mut self, confidence: f64, class: u16, size: Vector2<f64>, target: f64) {
        self.target.learn(confidence, class, target);
        self.clutter.learn(confidence, class, 1.0 - target);
        for (normal, side) in self.clutter_log_sides.iter_mut().zip([size.x, size.y]) {
            normal.learn(side.ln(), 1.0 - target);
        }
    }

    /// A frame with so many false alarms and new targets.
    pub(super) fn learn_frame(&mut self, seconds: f64, clutter: f64, births: f64) {
        self.frames = (self.frames + 1.0).min(300.0);
        self.clutter_rate += (clutter - self.clutter_rate) / self.frames;
        self.clutter_rate = self.clutter_rate.max(0.01);
        let births_a_second = births / seconds;
        self.birth_rate += (births_a_second - self.birth_rate) / (10.0 * self.frames);
        self.birth_rate = self.birth_rate.clamp(0.05, 5.0);
    }

    /// An established target was, or was not, detected, being in view with this probability.
    pub(super) fn learn_detected(&mut self, detected: bool, in_view: f64) {
        if self.detectable > MEMORY {
            self.detected *= 0.5;
            self.detectable *= 0.5;
        }
        self.detected += if detected { in_view } else { 0.0 };
        self.detectable += in_view;
    }

    /// How far established targets' boxes were from where they were expected: squared innovations, each over the
    /// variance expected of it, and the share of that variance that is the box's own.
    pub(super) fn learn_noise(&mut self, place: (f64, f64), log_side: (f64, f64)) {
        let step = |noise: &mut f64, (normalised, share): (f64, f64), low: f64, high: f64| {
            let exceeds = normalised.min(4.0) - 0.98;
            *noise = (*noise * (1.0 + 0.01 * share * exceeds)).clamp(low, high);
        };
        step(&mut self.place_noise, place, 0.01, 0.3);
        step(&mut self.log_side_noise, log_side, 0.02, 0.5);
    }
}
