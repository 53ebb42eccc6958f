//! One picture of several stations: tracks of neighbours beside our own, each target once.
//!
//! Every station tracks with its own sensors and sends its tracks to its neighbours. Where their views overlap, a
//! target has a track at each. This module finds out which tracks are one target (`pairing`), fuses their estimates
//! (`intersection`) and beliefs (`belief`) without knowing how they are correlated, and keeps the books on where
//! information comes from, so that none returns as news (`provenance`).
//!
//! Terms: a *station* is an operations room with a tracker; *first-hand* is a track it made from its sensors alone; a
//! *source* is a first-hand track within a fused one; the *picture* is the list of targets as all stations together see
//! them.
//!
//! Short of a limit, nothing depends on the order in which different tracks arrive, or ours are listed: they are taken
//! by station and number. Nothing is random, so the same input gives the same output.
//!
//! Limits: of a neighbour's tracks, the latest of each, while it is no older than [`PictureConfig::age_max_s`];
//! [`PictureConfig::neighbours_max`] neighbours (when full, the newcomer is left out, unless one has nothing fresh);
//! [`PictureConfig::tracks_per_neighbour_max`] tracks of each (when full, the tentative one seen longest ago makes
//! room; believed ones stay, and the newcomer is left out). Our own tracks are as many as the tracker gives.
//!
//! What it never does: change a track of ours that no other station sees; let a neighbour's word make ours worse (the
//! fused covariance has no greater determinant than our own); drop a track of ours; pass on what it was sent (the
//! picture is for the people of this station: to its neighbours a station sends its first-hand tracks).

mod belief;
mod estimate;
mod intersection;
mod merge;
mod neighbours;
mod numbers;
mod pairing;
mod provenance;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use telemetry::messages::{Track, TrackStatus};
use telemetry::{SensorId, StationId, Timestamp, TrackId};
use thiserror::Error;

use estimate::Estimate;
use merge::merged;
use neighbours::Neighbours;
pub use numbers::NUMBERS_FROM;
use numbers::Numbers;
use pairing::{Member, Pairing};
use provenance::{Key, disjoint};

/// What a picture needs to know of its station.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureConfig {
    /// This station.
    pub station: StationId,
    /// Sensors that this station's tracker has and whose names mean the same at the neighbours: what a neighbour made
    /// of these alone tells nothing new. Empty where stations name their sensors without regard to each other.
    pub own_sensors: BTreeSet<SensorId>,
    /// A neighbour's track drops out when it was estimated, or received, longer ago than this, seconds.
    pub age_max_s: f64,
    /// Standard deviation of each axis of a neighbour's positions against ours beyond what its covariance says: how
    /// well the two stations' sensors are registered and their clocks agree, metres.
    pub alignment_sigma_m: f64,
    /// Most neighbours at once.
    pub neighbours_max: usize,
    /// Most tracks of a neighbour at once.
    pub tracks_per_neighbour_max: usize,
    /// The first number for a target that only neighbours see, at least [`NUMBERS_FROM`]: above those of an earlier life
    /// of the station, whose alerts must not come to mean another target.
    pub numbers_from: TrackId,
}

impl PictureConfig {
    /// With the usual limits: ten missing reports of one a second, two sites surveyed by satellite navigation, and the
    /// stations of a coast.
    #[must_use]
    pub fn new(station: StationId) -> Self {
        Self {
            station,
            own_sensors: BTreeSet::new(),
            age_max_s: 10.0,
            alignment_sigma_m: 3.0,
            neighbours_max: 8,
            tracks_per_neighbour_max: 512,
            numbers_from: NUMBERS_FROM,
        }
    }
}

/// Why a neighbour's track was refused.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum Refusal {
    /// It comes from this station.
    #[error("a track of this station itself")]
    OwnStation,
    /// It holds a track of ours, or was measured by our sensors alone.
    #[error("a track made of this station's own")]
    Descendant,
    /// A number in it is none, or its covariance is not positive semidefinite.
    #[error("a track whose estimate or belief is not sound")]
    Unsound,
    /// It was estimated too long before its reception, or after it, or its times are in no possible order.
    #[error(
        "a track estimated {age_s} s before its reception: allowed are 0 to {age_max_s} s, first sight before last"
    )]
    Untimely {
        /// Its age at its reception.
        age_s: f64,
        /// The greatest age allowed.
        age_max_s: f64,
    },
    /// One at least as new is known.
    #[error("a track as of {found}: it is known as of {newest}")]
    Outdated {
        /// The newest known.
        newest: Timestamp,
        /// What came.
        found: Timestamp,
    },
    /// It names more sources or sensors than any target has.
    #[error("a track of {sources} sources and {sensors} sensors: at most 32 and 64 are taken")]
    TooManySources {
        /// Its sources.
        sources: usize,
        /// Its sensors.
        sensors: usize,
    },
    /// There are as many neighbours as there may be, all with fresh tracks.
    #[error("no room for another neighbour beside {max}")]
    TooManyNeighbours {
        /// The most allowed.
        max: usize,
    },
    /// The neighbour has as many tracks as it may have, none of them tentative.
    #[error("no room for another track of a neighbour beside {max} that are believed")]
    TooManyTracks {
        /// The most allowed.
        max: usize,
    },
}

/// What a picture has seen, all counted from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PictureMetrics {
    /// Tracks of neighbours taken.
    pub taken: u64,
    /// Tracks refused: our own come back, alone or in others.
    pub echoed: u64,
    /// Tracks refused: no sound estimate, or too many sources.
    pub unsound: u64,
    /// Tracks refused: too old, of the future, or older than what is known.
    pub untimely: u64,
    /// Tracks refused: no room.
    pub crowded_out: u64,
    /// Tentative tracks that made room for another.
    pub displaced: u64,
    /// Tracks that dropped out by age.
    pub aged: u64,
    /// Relayed tracks set aside in a picture because what they hold is there otherwise.
    pub overlapping: u64,
    /// Pairs of tracks found to be one target.
    pub joined: u64,
    /// Pairs of tracks found to be one target no longer.
    pub parted: u64,
}

/// The picture of one station and its neighbours. A copy can be asked for a look ahead without changing the next one.
#[derive(Debug, Clone)]
pub struct Picture {
    config: PictureConfig,
    neighbours: Neighbours,
    pairing: Pairing,
    numbers: Numbers,
    metrics: PictureMetrics,
}

impl Picture {
    /// A picture without neighbours.
    #[must_use]
    pub fn new(config: PictureConfig) -> Self {
        // Twice what can be there at once: a track that comes back soon keeps its number.
        let numbers = Numbers::new(2 * config.neighbours_max * config.tracks_per_neighbour_max, config.numbers_from);
        Self {
            config,
            neighbours: Neighbours::default(),
            pairing: Pairing::default(),
            numbers,
            metrics: PictureMetrics::default(),
        }
    }

    /// Takes a neighbour's track in place of an earlier one of the same number; a dropped one takes it away.
    ///
    /// # Errors
    /// [`Refusal`] says why it was not taken, and the metrics count it; what was known before stays.
    pub fn receive(&mut self, received_at: Timestamp, from: &StationId, track: &Track) -> Result<(), Refusal> {
        let taken = self.neighbours.take(&self.config, received_at, from, track);
        let metrics = &mut self.metrics;
        let counter = match &taken {
            Ok(displaced) => {
                metrics.displaced += *displaced as u64;
                &mut metrics.taken
            }
            Err(Refusal::OwnStation | Refusal::Descendant) => &mut metrics.echoed,
            Err(Refusal::Unsound | Refusal::TooManySources { .. }) => &mut metrics.unsound,
            Err(Refusal::Untimely { .. } | Refusal::Outdated { .. }) => &mut metrics.untimely,
            Err(Refusal::TooManyNeighbours { .. } | Refusal::TooManyTracks { .. }) => &mut metrics.crowded_out,
        };
        *counter += 1;
        taken.map(|_| ())
    }

    /// The picture at an instant, by number: `own`, which are this station's tracks as of then, with what neighbours
    /// see of the same targets, and the targets that only neighbours see. Dropped ones among `own` are left out; of two
    /// with one number, the first.
    ///
    /// A track of ours alone is as it was given. Any other is as of `at`, and its `sources` name every first-hand track
    /// in it.
    pub fn fuse(&mut self, at: Timestamp, own: &[Track]) -> Vec<Track> {
        self.metrics.aged += self.neighbours.age(&self.config, at) as u64;
        let own = living(own);
        let neighbours = disjoint(self.neighbours.tracks().collect());
        self.metrics.overlapping += (self.neighbours.len() - neighbours.len()) as u64;
        let station = &self.config.station;
        let ours = own.values().map(|track| Member {
            key: (station.clone(), track.id),
            track,
            estimate: Estimate::of(track, at),
        });
        let alignment_sigma_m = self.config.alignment_sigma_m;
        let theirs = neighbours.into_iter().map(|(key, track)| Member {
            key,
            track,
            estimate: Estimate::of(track, at).map(|estimate| estimate.widened(alignment_sigma_m)),
        });
        let members: Vec<Member> = ours.chain(theirs).collect();
        let targets = self.pairing.group(at, &members);
        let mut taken: BTreeSet<TrackId> = own.keys().copied().collect();
        let mut picture: Vec<Track> = targets
            .into_iter()
            .filter_map(|target| {
                let target: Vec<&Member> = target.into_iter().map(|place| &members[place]).collect();
                shown(station, &target, at, &mut self.numbers, &mut taken)
            })
            .collect();
        self.numbers.forget();
        picture.sort_by_key(|track| track.id);
        picture
    }

    /// What this picture has seen so far.
    #[must_use]
    pub fn metrics(&self) -> PictureMetrics {
        let pairs = self.pairing.counts;
        PictureMetrics { joined: pairs.joined, parted: pairs.parted, ..self.metrics }
    }
}

/// Our tracks that are not dropped, by number.
fn living(own: &[Track]) -> BTreeMap<TrackId, &Track> {
    let mut living = BTreeMap::new();
    for track in own.iter().filter(|track| track.status != TrackStatus::Dropped) {
        living.entry(track.id).or_insert(track);
    }
    living
}

/// One target as the picture shows it.
fn shown(
    station: &StationId,
    target: &[&Member],
    at: Timestamp,
    numbers: &mut Numbers,
    taken: &mut BTreeSet<TrackId>,
) -> Option<Track> {
    let is_ours = |member: &&&Member| member.key.0 == *station;
    let ours = target.iter().find(is_ours).map(|member| member.track);
    let theirs: Vec<&Key> = target.iter().filter(|member| !is_ours(member)).map(|member| &member.key).collect();
    if theirs.is_empty() {
        return ours.cloned();
    }
    let number = ours.map_or_else(|| numbers.number(&theirs, taken), |track| track.id);
    for key in theirs {
        numbers.remember(key, at, number);
    }
    merged(target, at, number).or_else(|| ours.cloned())
}
