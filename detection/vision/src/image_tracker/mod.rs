//! The image tracker: boxes of one picture after another in, tracks out.
//!
//! Each target has a filter of its place and velocity in stabilised coordinates (`motion`), one of its size
//! (`extent`), a belief whether it is there at all (`presence`) and votes for its class. A picture's boxes are given to
//! tracks so that the whole is likeliest: the cost of a pair is the logarithm of (probability that the track is there, is
//! detected, here, with this size, confidence and class) over (density of false alarms and new targets with these looks),
//! and the optimal assignment is taken (S. Reuter, B.-T. Vo, B.-N. Vo, K. Dietmayer, "The labeled multi-Bernoulli filter",
//! IEEE Trans. SP 62, 2014, with one hypothesis kept). A track is confirmed when it is there with high probability, coasts
//! unseen as long as it probably still is and its place is known, and is dropped when it probably is not. What detector and
//! scene are like is learned while it runs (`scene`).
//!
//! Tracks come twice: at once ([`ImageTracker::tracks`]), and smoothed a fixed number of frames later
//! ([`ImageTracker::delayed`]), with the same identities: then a target's first frames, before it was confirmed, are
//! filled in, and gaps are bridged from both sides.
//!
//! Limits: [`DETECTIONS_MAX`] boxes a frame (the most confident are kept, the rest counted) and [`TRACKS_MAX`] tracks (the
//! least likely give way). It never reads a clock or draws a random number: the same boxes give the same tracks.

mod delay;
mod extent;
mod manoeuvre;
mod motion;
mod presence;
mod scene;
mod target;

use nalgebra::{Matrix2x3, Vector2};

use crate::assignment::{Pair, assign};
use delay::Delay;
use motion::Change;
use scene::Scene;
use target::Target;

/// Most boxes of one frame that are looked at.
pub const DETECTIONS_MAX: usize = 512;
/// Most tracks held at once, tentative ones included.
pub const TRACKS_MAX: usize = 1024;
/// Most frames that the delayed output may wait.
pub const DELAY_FRAMES_MAX: usize = 64;

/// A box that a detector drew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxDetection {
    /// Its centre, pixels from the picture's upper left corner.
    pub centre: Vector2<f64>,
    /// Width and height, pixels.
    pub size: Vector2<f64>,
    /// The detector's confidence, 0 to 1.
    pub confidence: f64,
    /// The detector's class.
    pub class: u16,
}

impl BoxDetection {
    fn is_sane(&self) -> bool {
        let numbers = [self.centre.x, self.centre.y, self.size.x, self.size.y];
        numbers.iter().all(|number| number.abs() < 1e6)
            && self.size.iter().all(|&side| side >= 0.1)
            && (0.0..=1.0).contains(&self.confidence)
    }
}

/// A confirmed track in one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageTrack {
    /// Its number; numbers are given at confirmation, from 1, and never again.
    pub id: u64,
    /// The centre of its box, pixels.
    pub centre: Vector2<f64>,
    /// Width and height of its box, pixels.
    pub size: Vector2<f64>,
    /// Velocity of what it shows relative to the scene, pixels a second.
    pub velocity: Vector2<f64>,
    /// Variance of the centre, px² each way.
    pub centre_variance: f64,
    /// The class that its detections' confidences add up to.
    pub class: u16,
    /// The share of the votes that its class has.
    pub class_share: f64,
    /// The probability that there is a target.
    pub presence: f64,
    /// The confidence of its detection in this picture; nothing where it was not detected.
    pub detected: Option<f64>,
}

/// What a tracker needs to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageTrackerConfig {
    /// Width and height of the pictures, pixels.
    pub picture: Vector2<f64>,
    /// Time from one picture to the next where the times of two pictures are no guide, seconds.
    pub frame_s: f64,
    /// How many frames the delayed output waits, at most [`DELAY_FRAMES_MAX`].
    pub delay_frames: usize,
    /// What one detector's boxes must have been worth before their track is believed; nothing leaves it to what the
    /// tracker learns of all boxes.
    pub demand: Option<Demand>,
}

/// A detector whose scores mean something by themselves: on scenery it scores often but low, on targets high. Learning
/// from a scene that holds little but scenery does not find that out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Its classes are those below this one.
    pub classes_below: u16,
    /// The confidence of a track's last frames, where it was not detected none, must have a mean of this much.
    pub mean_min: f64,
}

/// What a tracker has seen, all counted from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImageTrackerMetrics {
    /// Frames taken.
    pub frames: u64,
    /// Boxes taken.
    pub detections: u64,
    /// Boxes left out because their numbers were none.
    pub nonsense: u64,
    /// Boxes left out because there were too many in one frame.
    pub crowded_out: u64,
    /// Tracks confirmed.
    pub confirmed: u64,
}

/// The tracker. See the module.
#[derive(Debug)]
pub struct ImageTracker {
    config: ImageTrackerConfig,
    scene: Scene,
    targets: Vec<Target>,
    delay: Delay,
    last_time_s: Option<f64>,
    next_serial: u64,
    next_id: u64,
    metrics: ImageTrackerMetrics,
}

impl ImageTracker {
    /// A tracker that has seen nothing.
    #[must_use]
    pub fn new(config: ImageTrackerConfig) -> Self {
        let config = ImageTrackerConfig { delay_frames: config.delay_frames.min(DELAY_FRAMES_MAX), ..config };
        let scene = Scene::new((config.picture.x * config.picture.y).max(1.0));
        let delay = Delay::new(config.delay_frames);
        Self {
            config,
            scene,
            targets: Vec::new(),
            delay,
            last_time_s: None,
            next_serial: 0,
            next_id: 1,
            metrics: Default::default(),
        }
    }

    /// Takes the boxes of the next picture, taken at `time_s` (any epoch). `current_from_previous` maps a place in the
    /// previous picture, pixels, to the same thing's place in this one, as ego-motion has it.
    pub fn step(&mut self, time_s: f64, current_from_previous: &Matrix2x3<f64>, boxes: &[BoxDetection]) {
        let change = Change::new(self.seconds_since_last(time_s), current_from_previous);
        let boxes = self.admit(boxes);
        for target in &mut self.targets {
            target.predict(&change, &self.config);
        }
        let assignment = self.associate(&boxes, change.seconds);
        let mut taken = vec![false; boxes.len()];
        let mut clutter = 0.0;
        for (target, given) in self.targets.iter_mut().zip(&assignment) {
            match given {
                Some(index) => {
                    taken[*index] = true;
                    clutter += target.hit(&boxes[*index], &mut self.scene);
                }
                None => target.miss(&mut self.scene),
            }
        }
        let fresh: Vec<_> = boxes.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(fresh, _)| fresh).collect();
        clutter += fresh.len() as f64;
        for fresh in fresh {
            self.scene.learn_detection(fresh.confidence, fresh.class, fresh.size, 0.0);
            self.targets.push(Target::begin(self.next_serial, fresh, &self.scene, change.seconds));
            self.next_serial += 1;
        }
        let births = self.confirm();
        self.scene.learn_frame(change.seconds, clutter, births);
        self.targets.retain(Target::is_worth_keeping);
        if self.targets.len() > TRACKS_MAX {
            self.targets.sort_by(|a, b| b.presence().total_cmp(&a.presence()));
            self.targets.truncate(TRACKS_MAX);
            self.targets.sort_by_key(Target::serial);
        }
        self.delay.push(change, &self.targets);
        self.metrics.frames += 1;
    }

    /// The confirmed tracks in the last picture, by number.
    #[must_use]
    pub fn tracks(&self) -> Vec<ImageTrack> {
        let mut tracks: Vec<_> =
            self.targets.iter().filter(|target| target.is_shown()).filter_map(Target::track).collect();
        tracks.sort_by_key(|track| track.id);
        tracks
    }

    /// The confirmed tracks, by number, in the picture `delay_frames` before the last, from all that was seen since:
    /// nothing until there is such a picture. With a delay of none these are [`Self::tracks`].
    #[must_use]
    pub fn delayed(&self) -> Option<Vec<ImageTrack>> {
        self.delay.due().then(|| self.delay.tracks(0))
    }

    /// At the end: the pictures after the one that [`Self::delayed`] gave last, oldest first.
    #[must_use]
    pub fn remaining(&self) -> Vec<Vec<ImageTrack>> {
        let first = usize::from(self.delay.due());
        (first..self.delay.frames()).map(|frame| self.delay.tracks(frame)).collect()
    }

    /// What was seen since the start.
    #[must_use]
    pub fn metrics(&self) -> ImageTrackerMetrics {
        self.metrics
    }

    /// A time that stands still, runs backwards or leaps is no guide.
    fn seconds_since_last(&mut self, time_s: f64) -> f64 {
        let since = self.last_time_s.map(|last| time_s - last);
        self.last_time_s = Some(time_s);
        since.filter(|since| (1e-4..2.0).contains(since)).unwrap_or(self.config.frame_s)
    }

    fn admit(&mut self, boxes: &[BoxDetection]) -> Vec<BoxDetection> {
        let mut admitted: Vec<_> = boxes.iter().filter(|drawn| drawn.is_sane()).copied().collect();
        self.metrics.nonsense += (boxes.len() - admitted.len()) as u64;
        if admitted.len() > DETECTIONS_MAX {
            admitted.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
            self.metrics.crowded_out += (admitted.len() - DETECTIONS_MAX) as u64;
            admitted.truncate(DETECTIONS_MAX);
        }
        self.metrics.detections += admitted.len() as u64;
        admitted
    }

    /// Which box each track gets.
    fn associate(&self, boxes: &[BoxDetection], seconds: f64) -> Vec<Option<usize>> {
        let else_density: Vec<_> = boxes.iter().map(|drawn| target::elsewise(drawn, &self.scene, seconds)).collect();
        let pairs = |target: &Target| {
            let pair = |(column, (drawn, other)): (usize, (&BoxDetection, &f64))| {
                Some(Pair { column, cost: target.cost(drawn, *other, &self.scene)? })
            };
            boxes.iter().zip(&else_density).enumerate().filter_map(pair).collect()
        };
        let rows: Vec<Vec<Pair>> = self.targets.iter().map(pairs).collect();
        assign(boxes.len(), &rows)
    }

    /// Numbers the tracks that have become certain; how many.
    fn confirm(&mut self) -> f64 {
        let mut births = 0.0;
        let demand = self.config.demand;
        for target in self.targets.iter_mut().filter(|target| target.is_certain(demand)) {
            target.confirm(self.next_id);
            self.next_id += 1;
            self.metrics.confirmed += 1;
            births += 1.0;
        }
        births
    }
}

#[cfg(test)]
mod tests;
