//! From a frame to what is in it: ego-motion, detectors, image tracker, one frame at a time.
//!
//! [`Eyes`] holds everything that has to be remembered between frames, and nothing without a bound: seven frames for the
//! small-target network, the tracker's tracks, and the frames that wait for the tracker's second thoughts. Frames of
//! another size begin anew. It reads no clock; whoever calls measures how long things took ([`Stage`]).
//!
//! A [`Thing`] is what a frame holds: a detection, with the number of its track where it has one, or a confirmed track
//! that was not detected this time. Its confidence is that of the whole evidence, not of one frame: a confirmed track's is
//! the probability that it is there, weighed by the frame's own detection; a detection's that belongs to none is halved.
//! Boxes are left, top, width, height in pixels from the picture's upper left corner, as detectors state them.

mod classes;
mod waiting;

use nalgebra::{Matrix2x3, Vector2};

use crate::detector::Detector;
use crate::ego_motion::{EgoMotion, Prior, Registration};
use crate::frame::{GrayFrame, Region};
use crate::heads::picture::Picture;
use crate::heads::slices::Slices;
use crate::image_tracker::{BoxDetection, Demand, ImageTrack, ImageTracker, ImageTrackerConfig};
use crate::laying::laid;
use crate::media::source::Taken;
use crate::session::{Feed, Input, Network, NetworkError};
use crate::small::{self, LAGS, SmallClass, SmallTarget, Triples};

pub use classes::Classes;
use waiting::{Seen, Waiting};

/// What the work of a frame is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Registration with the frame before.
    EgoMotion,
    /// Making the networks' inputs.
    Preparation,
    /// The networks themselves.
    Networks,
    /// Reading their outputs.
    Reading,
    /// The image tracker.
    Tracking,
}

/// Something in a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// Left, top, width, height, pixels.
    pub bounds: [f64; 4],
    /// The class: the track's where it has one, which all of its detections have voted for.
    pub class: String,
    /// The probability that it is there, 0 to 1.
    pub confidence: f64,
    /// The number of its confirmed track.
    pub track: Option<u64>,
    /// Whether a detector saw it in this frame.
    pub detected: bool,
}

impl Thing {
    /// The middle of it, in pixels counted from the centre of the top left one, as geolocation counts them.
    #[must_use]
    pub fn centre(&self) -> Vector2<f64> {
        let [left, top, width, height] = self.bounds;
        Vector2::new(left + width / 2.0 - 0.5, top + height / 2.0 - 0.5)
    }
}

/// What a frame holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// Which frame, counted from 0.
    pub frame: u64,
    /// When it was taken, UTC, ns since 1970.
    pub captured_at_ns: i64,
    /// How the camera moved since the frame before.
    pub registration: Registration,
    /// The things in it, confirmed tracks first.
    pub things: Vec<Thing>,
}

/// How eyes look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EyesConfig {
    /// Peaks of the small-target network below this are nothing.
    pub confidence_min: f64,
    /// A track of them is believed when its last frames had this mean confidence.
    pub track_mean_min: f64,
    /// Frames that an answer waits for second thoughts: none when seconds count, a second's worth when they do not.
    pub delay_frames: usize,
    /// Seconds from frame to frame, where their times are no guide.
    pub frame_s: f64,
    /// The most slices that each further detector looks at in a frame; 0 looks at the whole frame at once.
    pub slices: usize,
}

impl Default for EyesConfig {
    fn default() -> Self {
        Self { confidence_min: 0.3, track_mean_min: 0.4, delay_frames: 0, frame_s: 0.04, slices: 0 }
    }
}

/// A further detector, and where in the picture it looks.
#[derive(Debug)]
struct Sliced {
    detector: Detector,
    slices: Option<Slices>,
}

/// What follows the picture from frame to frame.
#[derive(Debug)]
struct Following {
    tracker: ImageTracker,
    size: (usize, usize),
    waiting: Waiting,
}

/// The way of a frame. See the module.
#[derive(Debug)]
pub struct Eyes {
    config: EyesConfig,
    ego_motion: EgoMotion,
    small: Option<Network>,
    triples: Triples,
    tensor: Vec<u8>,
    others: Vec<Sliced>,
    previous: Option<GrayFrame>,
    classes: Classes,
    following: Option<Following>,
    frames: u64,
}

impl Eyes {
    /// Eyes with the small-target network, if any, and further detectors.
    #[must_use]
    pub fn new(config: EyesConfig, small: Option<Network>, others: Vec<Detector>) -> Self {
        Self {
            config,
            ego_motion: EgoMotion::new(),
            small,
            triples: Triples::default(),
            tensor: Vec::new(),
            others: others.into_iter().map(|detector| Sliced { detector, slices: None }).collect(),
            previous: None,
            classes: Classes::new(SmallClass::ALL.map(SmallClass::name)),
            following: None,
            frames: 0,
        }
    }

    /// Whether colour is of use: where a further detector may want it.
    #[must_use]
    pub fn wants_colour(&self) -> bool {
        !self.others.is_empty()
    }

    /// Looks at the next frame; `prior` is what gimbal and autopilot say of the camera's turn, and `mark` is told when a
    /// stage ends. With second thoughts, the answer is that for an earlier frame, or nothing yet.
    ///
    /// # Errors
    /// Where a network does not run; the frame is then lost to the tracker, and the next may be tried.
    pub fn look(
        &mut self,
        taken: &Taken,
        prior: Option<&Prior>,
        mark: &mut impl FnMut(Stage),
    ) -> Result<Option<Sight>, NetworkError> {
        let registration = self.ego_motion.register(&taken.gray, prior);
        mark(Stage::EgoMotion);
        let boxes = self.boxes(taken, &registration.current_from_previous, mark)?;
        mark(Stage::Reading);
        let seen = Seen { frame: self.frames, captured_at_ns: taken.gray.captured_at_ns(), registration, boxes };
        self.frames += 1;
        let sight = self.follow(taken, seen);
        mark(Stage::Tracking);
        Ok(sight)
    }

    /// At the end of a file: the sights that still waited, oldest first.
    pub fn finish(&mut self) -> Vec<Sight> {
        let Some(Following { tracker, mut waiting, .. }) = self.following.take() else { return Vec::new() };
        if self.config.delay_frames == 0 {
            return Vec::new();
        }
        let pairs = tracker.remaining().into_iter().map_while(|tracks| waiting.next().map(|seen| (seen, tracks)));
        pairs.map(|(seen, tracks)| self.sight(&seen, &tracks)).collect()
    }

    fn boxes(
        &mut self,
        taken: &Taken,
        current_from_previous: &Matrix2x3<f64>,
        mark: &mut impl FnMut(Stage),
    ) -> Result<Vec<BoxDetection>, NetworkError> {
        let mut boxes = Vec::new();
        if let Some(network) = &mut self.small {
            self.triples.push(taken.gray.clone(), current_from_previous);
            let (width, height) = (taken.gray.width(), taken.gray.height());
            if let Some((rows, columns)) = self.triples.write(&mut self.tensor) {
                mark(Stage::Preparation);
                let sides = [1, LAGS.len(), rows, columns];
                let feed = Feed { sides: &sides, values: Input::U8(&self.tensor) };
                let confidence_min = self.config.confidence_min;
                let targets = network.run(&[feed], |outputs| {
                    mark(Stage::Networks);
                    let peaks = outputs.first().map(|peaks| peaks.floats()).unwrap_or_default();
                    small::targets(&peaks, width, height, confidence_min)
                })?;
                let targets = targets
                    .map_err(|wrong| NetworkError::Run { name: "small-targets".into(), why: wrong.to_string() })?;
                boxes.extend(targets.iter().map(drawn));
            }
        }
        if self.others.is_empty() {
            return Ok(boxes);
        }
        let picture = taken.rgb.as_ref().map_or(Picture::Gray(&taken.gray), Picture::Rgb);
        // Only what moves in the world has changed: the camera's own motion is taken out of the picture before.
        let sliced = self.config.slices > 0;
        let previous = self.previous.as_ref().filter(|_| sliced);
        let previous = previous.and_then(|before| laid(before, &taken.gray, current_from_previous));
        for Sliced { detector, slices } in &mut self.others {
            let regions = regions(slices, self.config.slices, detector, picture, &taken.gray, previous.as_ref());
            for found in detector.detect(picture, &regions)? {
                let name =
                    detector.name_of(found.class).map_or_else(|| format!("class {}", found.class), str::to_owned);
                let side = |low: f32, high: f32| (f64::from(low + high) / 2.0, f64::from(high - low));
                let ((x, width), (y, height)) = (side(found.left, found.right), side(found.top, found.bottom));
                boxes.push(BoxDetection {
                    centre: Vector2::new(x, y),
                    size: Vector2::new(width, height),
                    confidence: f64::from(found.score),
                    class: self.classes.number(&name),
                });
            }
            mark(Stage::Networks);
        }
        self.previous = Some(taken.gray.clone());
        Ok(boxes)
    }

    fn follow(&mut self, taken: &Taken, seen: Seen) -> Option<Sight> {
        let size = (taken.gray.width(), taken.gray.height());
        let config = &self.config;
        if self.following.as_ref().is_none_or(|following| following.size != size) {
            let picture = Vector2::new(size.0 as f64, size.1 as f64);
            let demand = Demand { classes_below: SmallClass::ALL.len() as u16, mean_min: config.track_mean_min };
            let tracker = ImageTrackerConfig {
                picture,
                frame_s: config.frame_s,
                delay_frames: config.delay_frames,
                demand: self.small.is_some().then_some(demand),
            };
            let waiting = Waiting::new(config.delay_frames);
            self.following = Some(Following { tracker: ImageTracker::new(tracker), size, waiting });
        }
        let Following { tracker, waiting, .. } = self.following.as_mut()?;
        let time_s = seen.captured_at_ns as f64 * 1e-9;
        tracker.step(time_s, &seen.registration.current_from_previous, &seen.boxes);
        if config.delay_frames == 0 {
            let tracks = tracker.tracks();
            return Some(self.sight(&seen, &tracks));
        }
        waiting.push(seen);
        let tracks = tracker.delayed()?;
        let seen = waiting.next()?;
        Some(self.sight(&seen, &tracks))
    }

    /// Tracks and detections of one frame, put together.
    fn sight(&self, seen: &Seen, tracks: &[ImageTrack]) -> Sight {
        let mut free: Vec<Option<&BoxDetection>> = seen.boxes.iter().map(Some).collect();
        let mut things = Vec::new();
        for track in tracks {
            let own = track.detected.and_then(|confidence| nearest(&mut free, track.centre, confidence));
            let (centre, size) = own.map_or((track.centre, track.size), |own| (own.centre, own.size));
            let weight = own.map_or(0.5, |own| 0.5 + 0.5 * own.confidence);
            things.push(Thing {
                bounds: bounds(centre, size),
                class: self.classes.name(track.class).to_owned(),
                confidence: track.presence.clamp(0.0, 1.0) * weight,
                track: Some(track.id),
                detected: own.is_some(),
            });
        }
        things.extend(free.into_iter().flatten().map(|alone| Thing {
            bounds: bounds(alone.centre, alone.size),
            class: self.classes.name(alone.class).to_owned(),
            confidence: alone.confidence / 2.0,
            track: None,
            detected: true,
        }));
        Sight { frame: seen.frame, captured_at_ns: seen.captured_at_ns, registration: seen.registration, things }
    }
}

/// What the small-target network saw, as a box among those of other detectors: counted from the picture's corner, as
/// they count, not from the centre of its first pixel.
fn drawn(target: &SmallTarget) -> BoxDetection {
    BoxDetection {
        centre: target.centre.add_scalar(0.5),
        size: target.size,
        confidence: target.confidence(),
        class: target.class as u16,
    }
}

/// The detection of that confidence that lies nearest to a track; it is then no longer free.
fn nearest<'a>(
    free: &mut [Option<&'a BoxDetection>],
    centre: Vector2<f64>,
    confidence: f64,
) -> Option<&'a BoxDetection> {
    let own = free.iter_mut().filter(|free| free.is_some_and(|drawn| drawn.confidence == confidence));
    let apart = |drawn: &Option<&BoxDetection>| drawn.map_or(f64::INFINITY, |drawn| (drawn.centre - centre).norm());
    own.min_by(|a, b| apart(a).total_cmp(&apart(b)))?.take()
}

fn bounds(centre: Vector2<f64>, size: Vector2<f64>) -> [f64; 4] {
    let corner = centre - size / 2.0;
    [corner.x, corner.y, size.x, size.y]
}

/// Where a further detector looks in this frame.
fn regions(
    slices: &mut Option<Slices>,
    budget: usize,
    detector: &Detector,
    picture: Picture<'_>,
    gray: &GrayFrame,
    previous_laid: Option<&GrayFrame>,
) -> Vec<Region> {
    if budget == 0 {
        return vec![picture.region()];
    }
    let (width, height) = picture.size();
    let slices = slices.get_or_insert_with(|| Slices::new(width, height, detector.size(), budget));
    let changes = previous_laid.map(|before| slices.changes(gray, before)).unwrap_or_default();
    slices.next(&changes)
}

#[cfg(test)]
mod tests;
