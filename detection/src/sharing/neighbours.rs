//! What neighbours have sent: the latest of each of their tracks, for as long as it is fresh.
//!
//! Limits: [`PictureConfig::neighbours_max`] stations, [`PictureConfig::tracks_per_neighbour_max`] tracks of each. When
//! a station's tracks are full, the tentative one seen longest ago makes room; confirmed ones stay, and the newcomer is
//! left out. When the stations are full, one with nothing fresh makes room; otherwise the newcomer is left out.

use std::collections::BTreeMap;

use telemetry::messages::{Track, TrackStatus};
use telemetry::{StationId, Timestamp, TrackId};

use super::belief::normalised;
use super::estimate::Estimate;
use super::provenance::{Key, holds_of};
use super::{PictureConfig, Refusal};

/// How far a track's times may lie ahead of its reception: clocks differ a little.
const AHEAD_MAX_S: f64 = 1.0;
/// Most first-hand tracks in a relayed one, and most sensors in any: no target is watched by more.
const SOURCES_MAX: usize = 32;
const SENSORS_MAX: usize = 64;
/// Words of evidence kept of a neighbour's belief, the newest.
const EVIDENCE_MAX: usize = 8;
const EVIDENCE_LENGTH_MAX: usize = 200;

#[derive(Debug, Clone)]
struct Received {
    received_at: Timestamp,
    track: Track,
}

/// The latest tracks of every neighbour.
#[derive(Debug, Clone, Default)]
pub(super) struct Neighbours {
    stations: BTreeMap<StationId, BTreeMap<TrackId, Received>>,
}

impl Neighbours {
    /// Takes a track in place of an earlier one; a dropped one takes it away. Gives the number of tracks that made
    /// room.
    pub(super) fn take(
        &mut self,
        config: &PictureConfig,
        received_at: Timestamp,
        from: &StationId,
        track: &Track,
    ) -> Result<usize, Refusal> {
        check_times(config, received_at, track)?;
        check_provenance(config, from, track)?;
        let track = sanitised(track).ok_or(Refusal::Unsound)?;
        let known = self.stations.get(from).and_then(|tracks| tracks.get(&track.id));
        let dropped = track.status == TrackStatus::Dropped;
        let newest = known.map(|known| known.track.estimated_at);
        if let Some(newest) =
            newest.filter(|newest| *newest > track.estimated_at || (*newest == track.estimated_at && !dropped))
        {
            return Err(Refusal::Outdated { newest, found: track.estimated_at });
        }
        if dropped {
            if let Some(tracks) = self.stations.get_mut(from) {
                tracks.remove(&track.id);
            }
            return Ok(0);
        }
        let displaced = if newest.is_none() { self.make_room(config, received_at, from)? } else { 0 };
        self.stations.entry(from.clone()).or_default().insert(track.id, Received { received_at, track });
        Ok(displaced)
    }

    /// Removes what is older than the longest age at an instant, and stations of which nothing is left. Gives how many
    /// tracks went.
    pub(super) fn age(&mut self, config: &PictureConfig, at: Timestamp) -> usize {
        let before = self.len();
        for tracks in self.stations.values_mut() {
            tracks.retain(|_, received| {
                let estimated_s = at.seconds_since(received.track.estimated_at);
                estimated_s.max(at.seconds_since(received.received_at)) <= config.age_max_s
            });
        }
        self.stations.retain(|_, tracks| !tracks.is_empty());
        before - self.len()
    }

    /// Every track, by station and number.
    pub(super) fn tracks(&self) -> impl Iterator<Item = (Key, &Track)> {
        self.stations.iter().flat_map(|(station, tracks)| {
            tracks.iter().map(move |(id, received)| ((station.clone(), *id), &received.track))
        })
    }

    pub(super) fn len(&self) -> usize {
        self.stations.values().map(BTreeMap::len).sum()
    }

    fn make_room(
        &mut self,
        config: &PictureConfig,
        received_at: Timestamp,
        from: &StationId,
    ) -> Result<usize, Refusal> {
        let known = self.stations.contains_key(from);
        if !known && self.stations.len() >= config.neighbours_max {
            self.age(config, received_at);
            if self.stations.len() >= config.neighbours_max {
                return Err(Refusal::TooManyNeighbours { max: config.neighbours_max });
            }
        }
        let Some(tracks) = self.stations.get_mut(from).filter(|tracks| tracks.len() >= config.tracks_per_neighbour_max)
        else {
            return Ok(0);
        };
        let tentative = tracks.iter().filter(|(_, received)| received.track.status == TrackStatus::Tentative);
        let oldest = tentative.min_by_key(|(id, received)| (received.track.updated_at, **id)).map(|(id, _)| *id);
        let oldest = oldest.ok_or(Refusal::TooManyTracks { max: config.tracks_per_neighbour_max })?;
        tracks.remove(&oldest);
        Ok(1)
    }
}

fn check_times(config: &PictureConfig, received_at: Timestamp, track: &Track) -> Result<(), Refusal> {
    let age_s = received_at.seconds_since(track.estimated_at);
    let measured_s = received_at.seconds_since(track.updated_at);
    let possible = age_s >= -AHEAD_MAX_S && measured_s >= -AHEAD_MAX_S && track.first_seen_at <= track.updated_at;
    if possible && age_s <= config.age_max_s {
        Ok(())
    } else {
        Err(Refusal::Untimely { age_s, age_max_s: config.age_max_s })
    }
}

/// Whether a track may hold anything that this station does not have already.
fn check_provenance(config: &PictureConfig, from: &StationId, track: &Track) -> Result<(), Refusal> {
    if *from == config.station {
        return Err(Refusal::OwnStation);
    }
    if track.sources.len() > SOURCES_MAX || track.measured_by.len() > SENSORS_MAX {
        return Err(Refusal::TooManySources { sources: track.sources.len(), sensors: track.measured_by.len() });
    }
    let measured_by_ours_alone =
        !track.measured_by.is_empty() && track.measured_by.keys().all(|sensor| config.own_sensors.contains(sensor));
    if holds_of(track, &config.station) || measured_by_ours_alone {
        return Err(Refusal::Descendant);
    }
    Ok(())
}

/// The track with its belief normalised and its evidence cut; nothing where a number in it is none.
fn sanitised(track: &Track) -> Option<Track> {
    Estimate::of(track, track.estimated_at)?;
    let mut track = track.clone();
    let classification = &mut track.classification;
    classification.belief = normalised(&classification.belief)?;
    classification.kinds.retain(|_, p| p.is_finite() && *p >= 0.0);
    let skipped = classification.evidence.len().saturating_sub(EVIDENCE_MAX);
    classification.evidence.drain(..skipped);
    for words in &mut classification.evidence {
        if let Some((cut, _)) = words.char_indices().nth(EVIDENCE_LENGTH_MAX) {
            words.truncate(cut);
        }
    }
    Some(track)
}
