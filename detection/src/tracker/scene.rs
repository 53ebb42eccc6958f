//! The scene: everything the tracker believes at one instant, and all that a checkpoint has to keep.

use std::sync::Arc;

use telemetry::Timestamp;

use crate::registration::Registration;

use super::bearings::Direction;
use super::claims::Claimed;
use super::classify::Belief;
use super::delete;
use super::existence::Existence;
use super::imm::Imm;
use super::register::{self, Seen};
use super::sensor::{Learnt, Sensor};

/// Most targets given up that wait to be fetched; what goes beyond is not announced.
const GONE_MAX: usize = 4096;

/// What started a target: the same detection starts the same target whenever it is taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) at: Timestamp,
    pub(super) sensor: u16,
    pub(super) detection: u64,
    /// Tells apart the targets that one detection starts.
    pub(super) serial: u64,
}

/// One target.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) key: Key,
    pub(super) imm: Imm,
    pub(super) existence: Existence,
    pub(super) belief: Belief,
    /// Whether it was ever believed firmly enough to be shown.
    pub(super) confirmed: bool,
    /// Whether it was ever believed enough to have a number.
    pub(super) shown: bool,
    pub(super) first_seen_at: Timestamp,
    /// The time of the newest measurement in the estimate.
    pub(super) updated_at: Timestamp,
    /// Seconds within which the sensor that saw it last should see it again.
    pub(super) revisit_s: f64,
    /// Expected number of detections it took.
    pub(super) detections: f64,
    /// What it says of itself.
    pub(super) claimed: Option<Box<Claimed>>,
    /// Its last sightings, for registration.
    pub(super) seen: Seen,
    /// When each sensor, by its place, last contributed.
    pub(super) measured_by: Vec<(u16, Timestamp)>,
}

impl Target {
    /// Notes that a sensor contributed.
    pub(super) fn note(&mut self, sensor: u16, at: Timestamp) {
        match self.measured_by.iter_mut().find(|(known, _)| *known == sensor) {
            Some((_, last)) => *last = at.max(*last),
            None => self.measured_by.push((sensor, at)),
        }
        self.updated_at = self.updated_at.max(at);
    }

    /// When a sensor last contributed.
    pub(super) fn measured(&self, sensor: u16) -> Option<Timestamp> {
        self.measured_by.iter().find(|(known, _)| *known == sensor).map(|(_, at)| *at)
    }
}

/// All targets, in the order of their keys, and what is learnt of the sensors.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// Shared with the checkpoints; a target is copied when it changes.
    pub(super) targets: Vec<Arc<Target>>,
    /// By the sensors' places.
    pub(super) learnt: Vec<Learnt>,
    /// What is found of the sensors' constant errors.
    pub(super) registration: Arc<Registration>,
    /// Directions that no target explains, of the last moments.
    pub(super) directions: Vec<Direction>,
    /// The next serial number of a target.
    pub(super) serial: u64,
    /// The latest measurement taken.
    pub(super) newest_at: Option<Timestamp>,
    /// Shown targets given up since they were fetched last.
    pub(super) gone: Vec<Arc<Target>>,
    /// How many targets made room for others so far.
    pub(super) displaced: u64,
    /// Newcomers that found no room.
    pub(super) crowded_out: u64,
}

impl Scene {
    /// Before anything was seen.
    pub(super) fn new(sensors: &[Sensor]) -> Self {
        Self {
            targets: Vec::new(),
            learnt: sensors.iter().map(|_| Learnt::new()).collect(),
            registration: Arc::new(register::registration(sensors)),
            directions: Vec::new(),
            serial: 0,
            newest_at: None,
            gone: Vec::new(),
            displaced: 0,
            crowded_out: 0,
        }
    }

    /// Gives up the targets that are not there, and those that nothing has been heard of for too long.
    pub(super) fn prune(&mut self, now: Timestamp) {
        let over = |target: &Target| target.existence.is_hopeless() || delete::is_forgotten(target, now);
        if self.targets.iter().any(|target| over(target)) {
            let (over, kept) = std::mem::take(&mut self.targets).into_iter().partition(|target| over(target));
            self.targets = kept;
            let over: Vec<Arc<Target>> = over;
            for target in over {
                self.bury(target);
            }
        }
    }

    /// Keeps a shown target that is given up, until it is fetched.
    pub(super) fn bury(&mut self, target: Arc<Target>) {
        if target.shown && self.gone.len() < GONE_MAX {
            self.gone.push(target);
        }
    }
}

#[cfg(test)]
mod tests;
