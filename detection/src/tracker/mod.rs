//! The fusion tracker: scans of many sensors in, one set of tracks out.

mod admit;
mod associate;
mod bearings;
mod claims;
mod classify;
mod clutter;
mod delete;
mod estimate;
#[cfg(test)]
mod example;
mod existence;
mod formation;
mod gate;
mod imm;
mod initiate;
mod marginal;
mod measure;
mod motion;
mod output;
mod predict;
mod register;
mod replay;
mod resolve;
mod scene;
mod sensor;
mod step;
mod update;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use telemetry::messages::{Registration, SensorDescription, SensorScan, Track, TrackStatus};
use telemetry::{AltitudeHae, Geodetic, SensorId, SiteFrame, Timestamp, TrackId};

pub use admit::Refusal;
use delete::Usefulness;
use imm::Motions;
use replay::{History, Taken};
use scene::{Key, Scene, Target};
use sensor::{Recent, Sensor};
use step::{Frame, Step};

/// What a tracker needs to know of its site.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackerConfig {
    /// The datum of the site frame.
    pub datum: Geodetic,
    /// The height of the ground, or of the water, around the site: where vessels float and heights are counted from.
    pub ground: AltitudeHae,
    /// The sensors, those that vehicles carry included; a scan of any other is refused and counted.
    pub sensors: Vec<SensorDescription>,
    /// Most targets held at once.
    pub tracks_max: usize,
}

impl TrackerConfig {
    /// With the usual limits.
    #[must_use]
    pub fn new(datum: Geodetic, ground: AltitudeHae, sensors: Vec<SensorDescription>) -> Self {
        Self { datum, ground, sensors, tracks_max: 4096 }
    }
}

/// What one scan did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepReport {
    /// Why the scan was refused, if it was; then all else is zero.
    pub refusal: Option<Refusal>,
    /// Detections left out because their numbers or times were none.
    pub nonsense: usize,
}

/// What a tracker has seen, all counted from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrackerMetrics {
    /// Scans taken.
    pub scans: u64,
    /// Scans refused: of an unknown sensor.
    pub unknown_sensor: u64,
    /// Scans refused: taken before.
    pub repeated: u64,
    /// Scans refused: measured after their reception, or long before it.
    pub untimely: u64,
    /// Detections left out because their numbers or times were none.
    pub nonsense: u64,
    /// Scans taken where they belong, after newer ones.
    pub out_of_sequence: u64,
    /// Scans that came too late to be taken.
    pub late: u64,
    /// Shown tracks dropped.
    pub dropped: u64,
    /// Tentative targets that made room for others.
    pub displaced: u64,
    /// Newcomers that found no room.
    pub crowded_out: u64,
    /// Targets held now, those too improbable to be shown included.
    pub targets: u64,
}

/// The tracker.
#[derive(Debug)]
pub struct Tracker {
    site: SiteFrame,
    ground_m: f64,
    tracks_max: usize,
    motions: Motions,
    usefulness: Usefulness,
    sensors: Vec<Sensor>,
    recent: Vec<Recent>,
    places: BTreeMap<SensorId, u16>,
    history: History,
    /// The numbers of the targets shown, each with the target as it was when it got its.
    numbers: HashMap<Key, (TrackId, Arc<Target>)>,
    next_id: u64,
    now: Timestamp,
    dropped: VecDeque<Track>,
    metrics: TrackerMetrics,
}

impl Tracker {
    /// An empty tracker.
    #[must_use]
    pub fn new(config: TrackerConfig) -> Self {
        let sensors: Vec<Sensor> = config.sensors.into_iter().map(Sensor::new).collect();
        let places = sensors.iter().enumerate().map(|(place, sensor)| (sensor.id.clone(), place as u16)).collect();
        let history = History::new(Scene::new(&sensors));
        let ground_m = config.ground.metres;
        Self {
            site: SiteFrame::new(config.datum),
            ground_m,
            tracks_max: config.tracks_max.max(1),
            motions: Motions::new(ground_m - config.datum.height().metres),
            recent: sensors.iter().map(|_| Recent::default()).collect(),
            usefulness: Usefulness::of(&sensors),
            sensors,
            places,
            history,
            numbers: HashMap::new(),
            next_id: 1,
            now: Timestamp::from_unix_nanos(i64::MIN),
            dropped: VecDeque::new(),
            metrics: TrackerMetrics::default(),
        }
    }

    /// Takes one scan, received at `received_at`.
    pub fn step(&mut self, received_at: Timestamp, scan: &SensorScan) -> StepReport {
        self.metrics.scans += 1;
        let mut report = StepReport::default();
        match self.check(received_at, scan) {
            Err(refusal) => {
                report.refusal = Some(refusal);
                match refusal {
                    Refusal::UnknownSensor => self.metrics.unknown_sensor += 1,
                    Refusal::Repeated => self.metrics.repeated += 1,
                    Refusal::FromTheFuture | Refusal::TooOld => self.metrics.untimely += 1,
                }
            }
            Ok(sensor) => {
                let detections = admit::admitted(received_at, scan);
                report.nonsense = scan.detections.len() - detections.len();
                self.metrics.nonsense += report.nonsense as u64;
                let frame =
                    Frame { sensor, taken_at: scan.measured_at, scan: SensorScan { detections, ..scan.clone() } };
                let step = Step {
                    site: &self.site,
                    ground_m: self.ground_m,
                    motions: &self.motions,
                    sensors: &self.sensors,
                    targets_max: self.tracks_max,
                };
                match self.history.take(&step, frame) {
                    Taken::InOrder => {}
                    Taken::OutOfSequence => self.metrics.out_of_sequence += 1,
                    Taken::TooLate => self.metrics.late += 1,
                }
            }
        }
        self.advance(received_at);
        report
    }

    /// Deletes what has not been seen for too long at `now`. A `now` earlier than the last is the last.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.history.now.prune(self.now);
        self.number();
        self.bury();
    }

    /// Gives the targets that are newly shown their numbers.
    fn number(&mut self) {
        for target in self.history.now.targets.iter().filter(|target| target.shown) {
            if let Entry::Vacant(entry) = self.numbers.entry(target.key) {
                entry.insert((TrackId(self.next_id), Arc::clone(target)));
                self.next_id += 1;
            }
        }
    }

    /// Leaves the last word on the targets that are gone.
    fn bury(&mut self) {
        let mut gone: Vec<(TrackId, Arc<Target>)> = Vec::new();
        for target in std::mem::take(&mut self.history.now.gone) {
            if let Some((id, _)) = self.numbers.remove(&target.key) {
                gone.push((id, target));
            }
        }
        // A scan taken again may leave no trace of a target that was there before.
        let shown = self.history.now.targets.iter().filter(|target| target.shown).count();
        if self.numbers.len() > shown {
            let there: BTreeSet<Key> = self.history.now.targets.iter().map(|target| target.key).collect();
            let mut lost: Vec<Key> = self.numbers.keys().filter(|key| !there.contains(key)).copied().collect();
            lost.sort_unstable();
            gone.extend(lost.iter().filter_map(|key| self.numbers.remove(key)));
        }
        for (id, target) in gone {
            if self.dropped.len() == self.tracks_max {
                self.dropped.pop_front();
            }
            let at = self.now.max(target.imm.at);
            let word =
                |at| output::track(&self.site, &self.motions, &self.sensors, &target, (id, at, TrackStatus::Dropped));
            if let Some(last) = word(at).or_else(|| word(target.imm.at)) {
                self.metrics.dropped += 1;
                self.dropped.push_back(last);
            }
        }
    }

    /// Every track as estimated at `at` (one measured later: as of then), by id; tentative ones included.
    #[must_use]
    pub fn tracks(&self, at: Timestamp) -> Vec<Track> {
        let mut tracks: Vec<Track> =
            self.history.now.targets.iter().filter_map(|target| self.track(target, at)).collect();
        tracks.sort_by_key(|track| track.id);
        tracks
    }

    fn track(&self, target: &Target, at: Timestamp) -> Option<Track> {
        let (id, _) = self.numbers.get(&target.key)?;
        let id = *id;
        let estimate = target.imm.predicted(&self.motions, at).estimate();
        let status = self.usefulness.status(target, &estimate, at);
        output::track(&self.site, &self.motions, &self.sensors, target, (id, at, status))
    }

    /// What is found of the sensors' constant errors, of those that could be compared with others.
    #[must_use]
    pub fn registrations(&self, at: Timestamp) -> Vec<Registration> {
        register::published(&self.sensors, &self.history.now.registration, at)
    }

    /// The last word on every track dropped since the last call, in the order in which they were dropped. At most
    /// `tracks_max` wait; the oldest go first.
    pub fn take_dropped(&mut self) -> Vec<Track> {
        self.dropped.drain(..).collect()
    }

    /// What this tracker has seen so far.
    #[must_use]
    pub fn metrics(&self) -> TrackerMetrics {
        let now = &self.history.now;
        TrackerMetrics {
            displaced: now.displaced,
            crowded_out: now.crowded_out,
            targets: now.targets.len() as u64,
            ..self.metrics
        }
    }

    fn check(&mut self, received_at: Timestamp, scan: &SensorScan) -> Result<u16, Refusal> {
        let place = *self.places.get(&scan.sensor).ok_or(Refusal::UnknownSensor)?;
        admit::check_time(received_at, scan.measured_at)?;
        if self.recent[usize::from(place)].is_new(scan.scan, scan.measured_at) {
            Ok(place)
        } else {
            Err(Refusal::Repeated)
        }
    }
}
