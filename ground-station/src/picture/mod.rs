//! The picture: what is believed to be out there, and which of it is our own.
//!
//! *Sighting*: a track, with the vehicle of ours that it is, if it is one. The tracks themselves, and how many there
//! may be, are the tracker's; the picture adds one small memory a track.

mod own;

use std::collections::BTreeMap;

use detection::tracker::{Tracker, TrackerConfig, TrackerMetrics};
use telemetry::messages::{Registration, SensorScan, Track, TrackStatus};
use telemetry::{Timestamp, TrackId, VehicleId};

use self::own::OwnTracks;
pub(crate) use self::own::up_sigma_m;
use crate::fleet::Fleet;
use crate::station::StationConfig;

/// A track, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The estimate.
    pub track: Track,
    /// The vehicle of ours that it is; nothing for everybody else's.
    pub own: Option<VehicleId>,
}

impl Sighting {
    /// Whether the track is believed to exist.
    #[must_use]
    pub fn believed(&self) -> bool {
        matches!(self.track.status, TrackStatus::Confirmed | TrackStatus::Coasting)
    }
}

/// What is believed to be out there.
#[derive(Debug)]
pub struct Picture {
    tracker: Tracker,
    /// What is added to the tracker's numbers: it begins at 1 in every life of the station, and alerts of an earlier
    /// life must not come to mean another target.
    numbers_from: u64,
    own: OwnTracks,
    /// The sightings as of the last tick.
    sightings: BTreeMap<TrackId, Sighting>,
    /// How far each sensor is off, as of the last tick.
    registrations: Vec<Registration>,
    revision: u64,
}

impl Picture {
    pub(crate) fn new(config: &StationConfig, last_track: u64) -> Self {
        let ground = config.site.ground.hae(config.site.undulation);
        let _ = last_track;
        let tracker = TrackerConfig::new(config.site.datum, ground, config.sensors.clone());
        Self {
            tracker: Tracker::new(tracker),
            numbers_from: last_track,
            own: OwnTracks::new(&config.fleet),
            sightings: BTreeMap::new(),
            registrations: Vec::new(),
            revision: 0,
        }
    }

    /// A picture of what a test puts there.
    #[cfg(test)]
    pub(crate) fn of(config: &StationConfig, sightings: Vec<Sighting>) -> Self {
        let mut picture = Self::new(config, 0);
        picture.sightings = sightings.into_iter().map(|sighting| (sighting.track.id, sighting)).collect();
        picture
    }

    /// The same picture, with what a test says of its sensors.
    #[cfg(test)]
    pub(crate) fn with_registrations(mut self, registrations: Vec<Registration>) -> Self {
        self.registrations = registrations;
        self
    }

    pub(crate) fn take_scan(&mut self, now: Timestamp, scan: &SensorScan) {
        self.tracker.step(now, scan);
        self.revision += 1;
    }

    /// Looks at everything as of `now`. Returns the last word on every track that was given up.
    pub(crate) fn tick(&mut self, now: Timestamp, fleet: &Fleet) -> Vec<Track> {
        self.tracker.advance(now);
        let dropped = self.tracker.take_dropped().into_iter().map(|track| self.numbered(track)).collect();
        let tracks = self.tracks(now);
        self.own.look(now, &tracks, fleet);
        let sighting = |track: Track| (track.id, Sighting { own: self.own.vehicle(track.id), track });
        self.sightings = tracks.into_iter().map(sighting).collect();
        self.registrations = self.tracker.registrations(now);
        self.revision += 1;
        dropped
    }

    /// Every sighting as of the last tick, by track.
    pub fn sightings(&self) -> impl Iterator<Item = &Sighting> {
        self.sightings.values()
    }

    /// One sighting as of the last tick.
    #[must_use]
    pub fn sighting(&self, track: TrackId) -> Option<&Sighting> {
        self.sightings.get(&track)
    }

    /// How far each sensor that could be compared with others is off, as of the last tick.
    #[must_use]
    pub fn registrations(&self) -> &[Registration] {
        &self.registrations
    }

    /// Every track as estimated at `at`, tentative ones included, by track: newer than [`Picture::sightings`] by the
    /// scans that came since.
    #[must_use]
    pub fn sightings_at(&self, at: Timestamp) -> Vec<Sighting> {
        let sighting = |track: Track| Sighting { own: self.own.vehicle(track.id), track };
        self.tracks(at).into_iter().map(sighting).collect()
    }

    fn tracks(&self, at: Timestamp) -> Vec<Track> {
        self.tracker.tracks(at).into_iter().map(|track| self.numbered(track)).collect()
    }

    fn numbered(&self, mut track: Track) -> Track {
        track.id = TrackId(track.id.0.saturating_add(self.numbers_from));
        track
    }

    /// A number that rises with every change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What the tracker counted.
    #[must_use]
    pub fn tracker_metrics(&self) -> TrackerMetrics {
        self.tracker.metrics()
    }
}
