//! The tracks of some frames ago, from all that was seen since: a fixed-lag smoother over the last frames.
//!
//! Each frame's states are kept with their own predictions for the next, and smoothed backwards when asked. A track that
//! was confirmed since is there from its first detection on; between two detections it is there without a gap; after its
//! last it is there only if it is still held to be.

use std::collections::{BTreeMap, VecDeque};

use nalgebra::Vector2;

use super::ImageTrack;
use super::extent::Extent;
use super::motion::{Change, Motion};
use super::target::Target;

#[derive(Debug)]
pub(super) struct Delay {
    frames_kept: usize,
    frames: VecDeque<Frame>,
    /// What became of each target that the frames hold, by serial number.
    fates: BTreeMap<u64, Fate>,
    /// The number of the oldest frame kept.
    first: u64,
}

#[derive(Debug)]
struct Frame {
    /// From the frame before.
    change: Change,
    /// By serial number, rising.
    states: Vec<State>,
}

#[derive(Debug)]
struct State {
    serial: u64,
    motion: Motion,
    extent: Extent,
    predicted: (Motion, Extent),
    detected: Option<f64>,
    presence: f64,
    shown: bool,
}

#[derive(Debug)]
struct Fate {
    last_seen: u64,
    last_frame: u64,
    shown: bool,
    track: Option<ImageTrack>,
}

impl Delay {
    pub(super) fn new(delay_frames: usize) -> Self {
        Self { frames_kept: delay_frames + 1, frames: VecDeque::new(), fates: BTreeMap::new(), first: 0 }
    }

    /// Keeps the states of a new frame, of targets in the order of their serial numbers, and forgets the oldest.
    pub(super) fn push(&mut self, change: Change, targets: &[Target]) {
        let now = self.first + self.frames.len() as u64;
        for fate in self.fates.values_mut() {
            fate.shown = false;
        }
        for target in targets {
            let fate = Fate {
                last_seen: now - u64::from(target.frames_unseen()).min(now),
                last_frame: now,
                shown: target.is_shown(),
                track: target.track(),
            };
            self.fates.insert(target.serial(), fate);
        }
        let state = |target: &Target| State {
            serial: target.serial(),
            motion: target.motion,
            extent: target.extent,
            predicted: target.predicted,
            detected: target.detected(),
            presence: target.presence(),
            shown: target.is_shown(),
        };
        self.frames.push_back(Frame { change, states: targets.iter().map(state).collect() });
        if self.frames.len() > self.frames_kept {
            self.frames.pop_front();
            self.first += 1;
            let first = self.first;
            self.fates.retain(|_, fate| fate.last_frame >= first);
        }
    }

    /// Whether the oldest frame kept is as old as the delay.
    pub(super) fn due(&self) -> bool {
        self.frames.len() == self.frames_kept
    }

    pub(super) fn frames(&self) -> usize {
        self.frames.len()
    }

    /// The confirmed tracks in a kept frame, counted from the oldest, by number.
    pub(super) fn tracks(&self, frame: usize) -> Vec<ImageTrack> {
        let Some(Frame { states, .. }) = self.frames.get(frame) else {
            return Vec::new();
        };
        let at = self.first + frame as u64;
        let track = |state: &State| {
            let fate = self.fates.get(&state.serial)?;
            let known = fate.track?;
            if at > fate.last_seen && !(fate.shown && state.shown) {
                return None;
            }
            let newest = (fate.last_frame - self.first) as usize;
            let (motion, log_size) = self.smoothed(state.serial, frame, newest)?;
            Some(ImageTrack {
                centre: motion.place,
                velocity: motion.velocity,
                size: log_size.map(f64::exp),
                centre_variance: state.motion.spread.place,
                detected: state.detected,
                // What was seen since speaks for what was seen then: a target does not come into being by being seen often.
                presence: if at <= fate.last_seen { state.presence.max(known.presence) } else { state.presence },
                ..known
            })
        };
        let mut tracks: Vec<_> = states.iter().filter_map(track).collect();
        tracks.sort_by_key(|track| track.id);
        tracks
    }

    fn state(&self, serial: u64, frame: usize) -> Option<&State> {
        let states = &self.frames.get(frame)?.states;
        states.binary_search_by_key(&serial, |state| state.serial).ok().map(|index| &states[index])
    }

    /// A target's state in `frame`, seen from the frame `newest`.
    fn smoothed(&self, serial: u64, frame: usize, newest: usize) -> Option<(Motion, Vector2<f64>)> {
        let mut next = self.state(serial, newest)?;
        let (mut motion, mut log_size) = (next.motion, next.extent.log_size());
        for earlier in (frame..newest).rev() {
            let state = self.state(serial, earlier)?;
            motion = state.motion.smoothed(&self.frames[earlier + 1].change, &next.predicted.0, &motion);
            log_size = state.extent.smoothed(&next.predicted.1, log_size);
            next = state;
        }
        Some((motion, log_size))
    }
}
