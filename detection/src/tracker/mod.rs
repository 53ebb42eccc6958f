//! The fusion tracker: scans of many sensors in, one set of tracks out.
//!
//! A step reads as the textbook does, a room for each part: `predict` where the known targets are by now, `gate` which
//! detections could be theirs, `associate` which are, `update` what is known of them, `initiate` targets for the
//! detections left over, judge how far each exists (`existence`, `clutter`) and what it is (`classify`), and `delete`
//! those that are gone.
//!
//! It is an extended Kalman filter with nearly constant velocity in one tangent frame, with global nearest neighbour
//! association. Targets are kept in the order of their numbers, scans are put into an order of their own first, and
//! nothing is random: the same scans give the same tracks to the last bit, whatever the order of detections in a scan.
//!
//! Limits: [`TrackerConfig::tracks_max`] targets (when full, the tentative one seen longest ago makes room; confirmed
//! ones stay, and the newcomer is left out), 10,000 detections a scan, scans at most 30 s old.
//!
//! What it never does: start a target from a bearing alone; take a vessel's word for a measurement of another sensor;
//! decide what a track means.

mod admit;
mod associate;
mod classify;
mod clutter;
mod delete;
mod estimate;
mod existence;
mod gate;
mod initiate;
mod measure;
mod output;
mod predict;
mod sensor;
mod step;
mod update;

use std::collections::{BTreeMap, VecDeque};

use telemetry::messages::{SensorDescription, SensorScan, Track, TrackStatus};
use telemetry::{AltitudeHae, Geodetic, SensorId, SiteFrame, Timestamp};

pub use admit::Refusal;
use estimate::Target;
use sensor::Sensor;

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
    /// Detections that updated a track.
    pub associated: usize,
    /// Of those, the ones older than the track's estimate.
    pub out_of_sequence: usize,
    /// Detections left out because they came too late for the track they may belong to.
    pub late: usize,
    /// Detections that started a track.
    pub initiated: usize,
    /// Detections that belong to no track and cannot start one: directions, or no room was left.
    pub unused: usize,
    /// Tracks that a look should have seen and did not.
    pub missed: usize,
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
    /// Detections that updated a track.
    pub associated: u64,
    /// Of those, the ones older than the track's estimate.
    pub out_of_sequence: u64,
    /// Detections that came too late.
    pub late: u64,
    /// Tracks started.
    pub initiated: u64,
    /// Detections that belong to no track and started none.
    pub unused: u64,
    /// Tracks confirmed.
    pub confirmed: u64,
    /// Tracks dropped, tentative ones included.
    pub dropped: u64,
    /// Of those, tentative ones that made room for another.
    pub displaced: u64,
}

/// The tracker.
#[derive(Debug)]
pub struct Tracker {
    site: SiteFrame,
    ground_m: f64,
    tracks_max: usize,
    sensors: BTreeMap<SensorId, Sensor>,
    /// In the order of their numbers.
    targets: Vec<Target>,
    next_id: u64,
    /// The latest time of any call; it never runs backwards.
    now: Timestamp,
    /// The latest measurement taken.
    newest_at: Timestamp,
    /// Last words not yet fetched: at most `tracks_max`, the oldest go first.
    dropped: VecDeque<Track>,
    metrics: TrackerMetrics,
}

impl Tracker {
    /// An empty tracker.
    #[must_use]
    pub fn new(config: TrackerConfig) -> Self {
        let sensors = config.sensors.into_iter().map(|sensor| (sensor.id.clone(), Sensor::new(sensor)));
        Self {
            site: SiteFrame::new(config.datum),
            ground_m: config.ground.metres,
            tracks_max: config.tracks_max.max(1),
            sensors: sensors.collect(),
            targets: Vec::new(),
            next_id: 1,
            now: Timestamp::from_unix_nanos(i64::MIN),
            newest_at: Timestamp::from_unix_nanos(i64::MIN),
            dropped: VecDeque::new(),
            metrics: TrackerMetrics::default(),
        }
    }

    /// Takes one scan, received at `received_at`, and deletes what is gone by then.
    pub fn step(&mut self, received_at: Timestamp, scan: &SensorScan) -> StepReport {
        let report = match self.check(received_at, scan) {
            Ok(()) => self.take(received_at, scan),
            Err(refusal) => StepReport { refusal: Some(refusal), ..StepReport::default() },
        };
        self.count(&report);
        self.advance(received_at);
        report
    }

    /// Deletes what has not been seen for too long at `now`. A `now` earlier than the last is the last.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        let (over, kept) = std::mem::take(&mut self.targets).into_iter().partition(|t| delete::is_over(t, self.now));
        self.targets = kept;
        let over: Vec<Target> = over;
        for target in &over {
            self.bury(target);
        }
    }

    /// Every track as estimated at `at` (one measured later: as of then), by id; tentative ones included.
    #[must_use]
    pub fn tracks(&self, at: Timestamp) -> Vec<Track> {
        let track = |target: &Target| output::track(&self.site, target, at, delete::status(target, at));
        self.targets.iter().filter_map(track).collect()
    }

    /// The last word on every track dropped since the last call, in the order in which they were dropped. At most
    /// `tracks_max` wait; the oldest go first.
    pub fn take_dropped(&mut self) -> Vec<Track> {
        self.dropped.drain(..).collect()
    }

    /// What this tracker has seen so far.
    #[must_use]
    pub fn metrics(&self) -> TrackerMetrics {
        self.metrics
    }

    fn check(&mut self, received_at: Timestamp, scan: &SensorScan) -> Result<(), Refusal> {
        let sensor = self.sensors.get_mut(&scan.sensor).ok_or(Refusal::UnknownSensor)?;
        admit::check_time(received_at, scan.measured_at)?;
        if sensor.is_new(scan.scan, scan.measured_at) { Ok(()) } else { Err(Refusal::Repeated) }
    }

    fn count(&mut self, report: &StepReport) {
        let metrics = &mut self.metrics;
        metrics.scans += 1;
        match report.refusal {
            None => {}
            Some(Refusal::UnknownSensor) => metrics.unknown_sensor += 1,
            Some(Refusal::Repeated) => metrics.repeated += 1,
            Some(Refusal::FromTheFuture | Refusal::TooOld) => metrics.untimely += 1,
        }
        metrics.nonsense += report.nonsense as u64;
        metrics.associated += report.associated as u64;
        metrics.out_of_sequence += report.out_of_sequence as u64;
        metrics.late += report.late as u64;
        metrics.initiated += report.initiated as u64;
        metrics.unused += report.unused as u64;
    }

    /// Leaves the last word on a target that is dropped; what never was one was clutter.
    fn bury(&mut self, target: &Target) {
        self.metrics.dropped += 1;
        if !target.existence.is_confirmed() {
            for sensor in target.measured_by.keys() {
                if let Some(sensor) = self.sensors.get_mut(sensor) {
                    sensor.learn_clutter(&self.site, target);
                }
            }
        }
        if self.dropped.len() == self.tracks_max {
            self.dropped.pop_front();
        }
        let at = self.now.max(target.estimate.at);
        let gone = TrackStatus::Dropped;
        let last = output::track(&self.site, target, at, gone);
        self.dropped.extend(last.or_else(|| output::track(&self.site, target, target.estimate.at, gone)));
    }
}
