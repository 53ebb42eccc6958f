//! One target as the tracker has it, tentative or confirmed.

use std::collections::BTreeMap;

use super::extent::Extent;
use super::manoeuvre::Manoeuvre;
use super::motion::{Change, Motion};
use super::presence::Presence;
use super::scene::Scene;
use super::{BoxDetection, Demand, ImageTrack, ImageTrackerConfig};

/// A track is confirmed at this probability that it is a target, and this many detections.
const CONFIRMED_AT: f64 = 0.97;
const CONFIRMED_HITS: u32 = 3;
/// Frames over which a track's confidence is averaged; what was before it began counts as none.
const WORTH_FRAMES: f64 = 8.0;
/// It is dropped below this one; a tentative one, below the other.
const DROPPED_BELOW: f64 = 0.01;
const TENTATIVE_DROPPED_BELOW: f64 = 0.001;
/// It is shown while it is there with this probability, and its place is known to this share of its size.
const SHOWN_AT: f64 = 0.5;
const SHOWN_WITHIN: f64 = 0.8;
/// A box farther from where it is expected than this is not the track's: squared Mahalanobis distance, 2 degrees of
/// freedom, 99.97 %.
const GATE: f64 = 16.0;
/// A new target's velocity, one standard deviation, in its own sizes a second and in pixels a second.
const NEW_VELOCITY_SIZES: f64 = 4.0;
const NEW_VELOCITY_PX_S: f64 = 60.0;
/// Votes that a class needs to outweigh what targets in general are.
const CLASS_PRIOR: f64 = 2.0;

/// What a target has been seen as.
#[derive(Debug, Clone, Default)]
struct Votes {
    by_class: BTreeMap<u16, f64>,
    sum: f64,
}

impl Votes {
    fn vote(&mut self, class: u16, confidence: f64) {
        *self.by_class.entry(class).or_default() += confidence;
        self.sum += confidence;
    }

    fn of(&self, class: u16) -> f64 {
        self.by_class.get(&class).copied().unwrap_or_default()
    }

    /// The class with most votes, of equals the lowest, and its share.
    fn winner(&self) -> (u16, f64) {
        let most = self.by_class.iter().fold(
            (0, 0.0),
            |most, (&class, &votes)| {
                if votes > most.1 { (class, votes) } else { most }
            },
        );
        (most.0, if self.sum > 0.0 { most.1 / self.sum } else { 0.0 })
    }
}

#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Rises with every target begun.
    serial: u64,
    /// Once confirmed.
    id: Option<u64>,
    hits: u32,
    frames_unseen: u32,
    votes: Votes,
    /// The mean confidence of the last frames, fading.
    worth: f64,
    detected: Option<f64>,
    manoeuvre: Manoeuvre,
    pub(super) motion: Motion,
    pub(super) extent: Extent,
    /// What was expected of this frame, from the last.
    pub(super) predicted: (Motion, Extent),
    presence: Presence,
}

/// The density of what else a box may be: a false alarm or a new target, with its looks, per px² and logarithms of sides.
pub(super) fn elsewise(drawn: &BoxDetection, scene: &Scene, seconds: f64) -> f64 {
    let class = scene.target_class(drawn.class) / scene.clutter_class(drawn.class);
    let birth = scene.birth_density(seconds) * scene.confidence_ratio(drawn.confidence) * class;
    scene.clutter_density() + birth
}

impl Target {
    pub(super) fn begin(serial: u64, drawn: &BoxDetection, scene: &Scene, seconds: f64) -> Self {
        let velocity_deviation = NEW_VELOCITY_PX_S.hypot(NEW_VELOCITY_SIZES * (drawn.size.x * drawn.size.y).sqrt());
        let motion = Motion::seen_at(drawn.centre, scene.place_variance(drawn.size), velocity_deviation.powi(2));
        let extent = Extent::seen(drawn.size, scene.log_side_variance(drawn.size));
        let mut votes = Votes::default();
        votes.vote(drawn.class, drawn.confidence);
        let other = elsewise(drawn, scene, seconds);
        let presence = Presence::begun(other - scene.clutter_density(), scene.clutter_density());
        Self {
            serial,
            id: None,
            hits: 1,
            frames_unseen: 0,
            votes,
            worth: drawn.confidence / WORTH_FRAMES,
            detected: Some(drawn.confidence),
            manoeuvre: Manoeuvre::begun(motion),
            motion,
            extent,
            predicted: (motion, extent),
            presence,
        }
    }

    pub(super) fn predict(&mut self, change: &Change, config: &ImageTrackerConfig) {
        self.manoeuvre = self.manoeuvre.predicted(change);
        self.motion = self.manoeuvre.motion();
        self.extent = self.extent.predicted(change.seconds, change.scale_squared.ln() / 2.0);
        self.predicted = (self.motion, self.extent);
        self.presence = self.presence.predicted(change.seconds);
        let place = self.motion.place;
        let inside = (0.0..config.picture.x).contains(&place.x) && (0.0..config.picture.y).contains(&place.y);
        if !inside {
            self.presence = self.presence.out_of_picture();
        }
    }

    /// How much likelier a box is this track's, if the track is in view and detected, than a false alarm: all, and the
    /// part of it that confidence and class have. Nothing outside the gate.
    fn ratio(&self, drawn: &BoxDetection, scene: &Scene) -> Option<(f64, f64)> {
        let spread = self.motion.spread.place + scene.place_variance(drawn.size);
        let distance = (drawn.centre - self.motion.place).norm_squared() / spread;
        if distance > GATE {
            return None;
        }
        let place = (-0.5 * distance).exp() / (std::f64::consts::TAU * spread);
        let size_spread = self.extent.variance() + scene.log_side_variance(drawn.size);
        let off = drawn.size.map(f64::ln) - self.extent.log_size();
        let size = (-0.5 * off.norm_squared() / size_spread).exp() / (std::f64::consts::TAU * size_spread);
        let general = scene.target_class(drawn.class);
        let class = (self.votes.of(drawn.class) + CLASS_PRIOR * general) / (self.votes.sum + CLASS_PRIOR);
        let looks = scene.confidence_ratio(drawn.confidence) * class / scene.clutter_class(drawn.class);
        let geometry = place * (size / scene.clutter_size(drawn.size)).max(1e-6) / scene.clutter_density();
        Some((geometry * looks, looks))
    }

    /// The cost of giving this box to this track, relative to leaving both alone.
    pub(super) fn cost(&self, drawn: &BoxDetection, elsewise: f64, scene: &Scene) -> Option<f64> {
        let (ratio, _) = self.ratio(drawn, scene)?;
        let detected = self.presence.detection(scene.detection_probability());
        let cost = -(detected * ratio * scene.clutter_density() / elsewise / (1.0 - detected)).ln();
        (cost < 0.0).then_some(cost)
    }

    /// Takes a box; the probability that it was a false alarm.
    pub(super) fn hit(&mut self, drawn: &BoxDetection, scene: &mut Scene) -> f64 {
        let detection_probability = scene.detection_probability();
        let (ratio, looks) = self.ratio(drawn, scene).unwrap_or((1.0, 1.0));
        let established = self.id.is_some() && self.hits >= 10;
        if established {
            scene.learn_detected(true, self.presence.in_view());
        }
        self.presence = self.presence.hit(detection_probability, ratio, looks);
        let target = self.presence.target();
        let (place_variance, side_variance) = (scene.place_variance(drawn.size), scene.log_side_variance(drawn.size));
        if established {
            let spread = self.motion.spread.place + place_variance;
            let place = (drawn.centre - self.motion.place).norm_squared() / 2.0 / spread;
            let side_spread = self.extent.variance() + side_variance;
            let side = (drawn.size.map(f64::ln) - self.extent.log_size()).norm_squared() / 2.0 / side_spread;
            scene.learn_noise((place, place_variance / spread), (side, side_variance / side_spread));
        }
        scene.learn_detection(drawn.confidence, drawn.class, drawn.size, target);
        self.manoeuvre = self.manoeuvre.updated(drawn.centre, place_variance);
        self.motion = self.manoeuvre.motion();
        self.extent = self.extent.updated(drawn.size, side_variance);
        self.votes.vote(drawn.class, drawn.confidence);
        self.worth += (drawn.confidence - self.worth) / WORTH_FRAMES;
        self.hits += 1;
        self.frames_unseen = 0;
        self.detected = Some(drawn.confidence);
        1.0 - target
    }

    pub(super) fn miss(&mut self, scene: &mut Scene) {
        if self.id.is_some() && self.hits >= 10 {
            let before = self.presence.in_view();
            self.presence = self.presence.missed(scene.detection_probability());
            // What went hidden is no miss: weigh by what is still held to be in view.
            scene.learn_detected(false, self.presence.in_view().min(before));
        } else {
            self.presence = self.presence.missed(scene.detection_probability());
        }
        self.frames_unseen += 1;
        self.worth -= self.worth / WORTH_FRAMES;
        self.detected = None;
    }

    pub(super) fn is_certain(&self, demand: Option<Demand>) -> bool {
        let demand = demand.filter(|demand| self.votes.winner().0 < demand.classes_below);
        self.id.is_none()
            && self.hits >= CONFIRMED_HITS
            && self.presence.target() >= CONFIRMED_AT
            && demand.is_none_or(|demand| self.worth >= demand.mean_min)
    }

    pub(super) fn confirm(&mut self, id: u64) {
        self.id = Some(id);
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn detected(&self) -> Option<f64> {
        self.detected
    }

    pub(super) fn frames_unseen(&self) -> u32 {
        self.frames_unseen
    }

    pub(super) fn presence(&self) -> f64 {
        self.presence.target()
    }

    pub(super) fn is_worth_keeping(&self) -> bool {
        let floor = if self.id.is_some() { DROPPED_BELOW } else { TENTATIVE_DROPPED_BELOW };
        self.presence.anything() >= floor && self.motion.spread.place.sqrt() < 40.0 + 2.0 * self.extent.size().max()
    }

    pub(super) fn is_shown(&self) -> bool {
        let size = self.extent.size();
        self.presence.target() >= SHOWN_AT && self.motion.spread.place.sqrt() < SHOWN_WITHIN * (size.x * size.y).sqrt()
    }

    /// As of the last frame; nothing where it is not confirmed.
    pub(super) fn track(&self) -> Option<ImageTrack> {
        let (class, class_share) = self.votes.winner();
        Some(ImageTrack {
            id: self.id?,
            centre: self.motion.place,
            size: self.extent.size(),
            velocity: self.motion.velocity,
            centre_variance: self.motion.spread.place,
            class,
            class_share,
            presence: self.presence.target(),
            detected: self.detected,
        })
    }
}
