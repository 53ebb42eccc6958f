//! What the neighbours see, beside what we see: [`detection::sharing`] with the station's word on who is a neighbour.
//!
//! Two stations whose views overlap each have a track of a target there; without this a target would be counted, and
//! alerted about, twice.

use std::collections::BTreeSet;

use detection::sharing::{Picture, PictureConfig};
use telemetry::messages::{SharedTrack, Track};
use telemetry::{StationId, Timestamp, TrackId};

use crate::station::SharingConfig;

/// The neighbours of a station.
#[derive(Debug, Clone)]
pub(super) struct Neighbours {
    station: StationId,
    known: BTreeSet<StationId>,
    picture: Picture,
}

impl Neighbours {
    /// Targets that only neighbours see are numbered above `last_track`.
    pub(super) fn new(config: &SharingConfig, last_track: u64) -> Self {
        let picture = PictureConfig {
            own_sensors: config.own_sensors.clone(),
            age_max_s: config.age_max_s,
            alignment_sigma_m: config.alignment_sigma_m,
            neighbours_max: config.neighbours.len(),
            numbers_from: TrackId(last_track.saturating_add(1)),
            ..PictureConfig::new(config.station.clone())
        };
        let known = config.neighbours.keys().cloned().collect();
        Self { station: config.station.clone(), known, picture: Picture::new(picture) }
    }

    /// This station's name among those that share.
    pub(super) fn station(&self) -> &StationId {
        &self.station
    }

    /// Takes a neighbour's track. Whether it was taken; nothing where its station is no neighbour.
    pub(super) fn take(&mut self, now: Timestamp, shared: &SharedTrack) -> Option<bool> {
        let taken = || self.picture.receive(now, &shared.station, &shared.track).is_ok();
        self.known.contains(&shared.station).then(taken)
    }

    /// The picture as of `at`, each target once.
    pub(super) fn fuse(&mut self, at: Timestamp, own: &[Track]) -> Vec<Track> {
        self.picture.fuse(at, own)
    }
}
