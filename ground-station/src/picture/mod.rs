//! The picture: what is believed to be out there, and which of it is our own.
//!
//! *Sighting*: a track, ours or as we and our neighbours see it together, with the vehicle of ours that it is, if it is one. The tracks themselves, and how many there
//! may be, are the tracker's; the picture adds one small memory a track.

mod neighbours;
mod own;

use std::collections::BTreeMap;

use detection::tracker::{Tracker, TrackerConfig, TrackerMetrics};
use telemetry::messages::{Registration, SensorScan, SharedTrack, Track, TrackStatus};
use telemetry::{Timestamp, TrackId, VehicleId};

use self::neighbours::Neighbours;
use self::own::OwnTracks;
pub(crate) use self::own::up_sigma_m;
use crate::fleet::Fleet;
use crate::station::{Numbers, StationConfig};

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
        is_believed(self.track.status)
    }
}

fn is_believed(status: TrackStatus) -> bool {
    matches!(status, TrackStatus::Confirmed | TrackStatus::Coasting)
}

/// What is believed to be out there.
#[derive(Debug)]
pub struct Picture {
    tracker: Tracker,
    /// What is added to the tracker's numbers: it begins at 1 in every life of the station, and alerts of an earlier
    /// life must not come to mean another target.
    numbers_from: u64,
    own: OwnTracks,
    /// What the neighbours see; nothing where tracks are shared with nobody.
    neighbours: Option<Neighbours>,
    /// The tracker's own tracks as of the last tick.
    first_hand: Vec<Track>,
    /// The tracker's last words of the last tick.
    lost: Vec<Track>,
    /// The sightings as of the last tick.
    sightings: BTreeMap<TrackId, Sighting>,
    /// How far each sensor is off, as of the last tick.
    registrations: Vec<Registration>,
    revision: u64,
}

impl Picture {
    pub(crate) fn new(config: &StationConfig, numbers: &Numbers) -> Self {
        let ground = config.site.ground.hae(config.site.undulation);
        let tracker = TrackerConfig::new(config.site.datum, ground, config.sensors.clone());
        Self {
            tracker: Tracker::new(tracker),
            numbers_from: numbers.track,
            own: OwnTracks::new(&config.fleet),
            neighbours: config.sharing.as_ref().map(|sharing| Neighbours::new(sharing, numbers.neighbours_track)),
            first_hand: Vec::new(),
            lost: Vec::new(),
            sightings: BTreeMap::new(),
            registrations: Vec::new(),
            revision: 0,
        }
    }

    /// A picture of what a test puts there.
    #[cfg(test)]
    pub(crate) fn of(config: &StationConfig, sightings: Vec<Sighting>) -> Self {
        let mut picture = Self::new(config, &Numbers::default());
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
        let lost: Vec<Track> = self.tracker.take_dropped().into_iter().map(|track| self.numbered(track)).collect();
        self.first_hand = self.tracks(now);
        let tracks = match &mut self.neighbours {
            Some(neighbours) => neighbours.fuse(now, &self.first_hand),
            None => self.first_hand.clone(),
        };
        self.own.look(now, &tracks, fleet);
        let sightings = tracks.into_iter().map(|track| (track.id, self.sighted(track))).collect();
        let before = std::mem::replace(&mut self.sightings, sightings);
        self.registrations = self.tracker.registrations(now);
        self.revision += 1;
        let dropped = self.last_words(now, &lost, before);
        self.lost = lost;
        dropped
    }

    /// The last word on every track that is in the picture no longer: the tracker's where there is one, else the track
    /// as it was last seen. One that our sensors lost and a neighbour sees goes on under its number.
    fn last_words(&self, now: Timestamp, lost: &[Track], before: BTreeMap<TrackId, Sighting>) -> Vec<Track> {
        let gone = |track: &Track| !self.sightings.contains_key(&track.id);
        let shared = before.into_values().map(|sighting| sighting.track).filter(|track| !track.sources.is_empty());
        let mut words: BTreeMap<TrackId, Track> = shared.filter(gone).map(|track| (track.id, track)).collect();
        for track in words.values_mut() {
            (track.status, track.estimated_at) = (TrackStatus::Dropped, now);
        }
        words.extend(lost.iter().filter(|track| gone(track)).map(|track| (track.id, track.clone())));
        words.into_values().collect()
    }

    /// Takes a neighbour's track. Whether it was taken; nothing where its station is no neighbour.
    pub(crate) fn take_shared(&mut self, now: Timestamp, shared: &SharedTrack) -> Option<bool> {
        let taken = self.neighbours.as_mut()?.take(now, shared)?;
        self.revision += 1;
        Some(taken)
    }

    /// What the neighbours are told as of the last tick: the tracks that our own sensors make anybody believe, and the
    /// last word on those they lost. Nothing where tracks are shared with nobody.
    pub(crate) fn shared(&self) -> Vec<SharedTrack> {
        let Some(neighbours) = &self.neighbours else { return Vec::new() };
        let believed = self.first_hand.iter().filter(|track| is_believed(track.status));
        let told = self.lost.iter().chain(believed);
        let told = told.map(|track| Track { vehicle: self.own.vehicle(track.id), ..track.clone() });
        told.map(|track| SharedTrack { station: neighbours.station().clone(), track }).collect()
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

    /// Every track as estimated at `at`, tentative ones included, by track: newer than [`Picture::sightings`] by what
    /// came since.
    #[must_use]
    pub fn sightings_at(&self, at: Timestamp) -> Vec<Sighting> {
        let tracks = self.tracks(at);
        let tracks = match &self.neighbours {
            Some(neighbours) => neighbours.clone().fuse(at, &tracks),
            None => tracks,
        };
        tracks.into_iter().map(|track| self.sighted(track)).collect()
    }

    /// A track with the vehicle that it is: one of ours by our own looks, or a neighbour's by its word.
    fn sighted(&self, mut track: Track) -> Sighting {
        track.vehicle = self.own.vehicle(track.id).or(track.vehicle);
        Sighting { own: track.vehicle.clone(), track }
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
