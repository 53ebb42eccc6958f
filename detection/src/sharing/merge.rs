//! The tracks of one target made one track.
//!
//! Of each thing a track says, what several say is taken together so that nothing is counted twice and nothing is lost:
//! the estimate by intersection, the belief by pooling, the status of the one that believes most, the first sight of
//! all and the last, every alert, every sensor, every source.

use std::collections::BTreeMap;

use telemetry::messages::{Classification, TargetKind, Track, TrackSource, TrackStatus};
use telemetry::{Timestamp, TrackId, VehicleId};

use super::belief::pooled;
use super::estimate::Estimate;
use super::intersection::intersection;
use super::pairing::Member;

/// Most words of evidence in a merged belief: the first tracks' go first.
const EVIDENCE_MAX: usize = 32;

/// One target's tracks, ours first, as one with a number. Nothing where the estimate leads off the Earth.
pub(super) fn merged(members: &[&Member], at: Timestamp, number: TrackId) -> Option<Track> {
    let (first, others) = members.split_first()?;
    let estimates = members.iter().filter_map(|member| member.estimate.as_ref());
    let estimate = estimates.cloned().reduce(|a: Estimate, b: Estimate| intersection(&a, &b))?;
    let mut merged = Track { id: number, sources: sources(members), vehicle: vehicle(members), ..first.track.clone() };
    for other in others.iter().map(|other| other.track) {
        merged.updated_at = merged.updated_at.max(other.updated_at);
        merged.first_seen_at = merged.first_seen_at.min(other.first_seen_at);
        merged.status = stronger(merged.status, other.status);
        merged.claim = merged.claim.or_else(|| other.claim.clone());
        merged.alerts.extend(other.alerts.iter().copied());
        for (sensor, measured_at) in &other.measured_by {
            let latest = merged.measured_by.entry(sensor.clone()).or_insert(*measured_at);
            *latest = (*latest).max(*measured_at);
        }
    }
    if !others.is_empty() {
        merged.classification = classification(members);
    }
    estimate.put_into(merged, at)
}

/// The first-hand tracks in all of them, each named once, with its latest measurement.
fn sources(members: &[&Member]) -> Vec<TrackSource> {
    let mut measured = BTreeMap::new();
    for member in members {
        let (station, track) = member.key.clone();
        let itself = TrackSource { station, track, measured_at: member.track.updated_at };
        let relayed = &member.track.sources;
        for source in if relayed.is_empty() { std::slice::from_ref(&itself) } else { relayed } {
            let latest = measured.entry((source.station.clone(), source.track)).or_insert(source.measured_at);
            *latest = (*latest).max(source.measured_at);
        }
    }
    let source = |((station, track), measured_at)| TrackSource { station, track, measured_at };
    measured.into_iter().map(source).collect()
}

/// The status of the one that believes more.
fn stronger(a: TrackStatus, b: TrackStatus) -> TrackStatus {
    let strength = |status| match status {
        TrackStatus::Dropped => 0,
        TrackStatus::Tentative => 1,
        TrackStatus::Coasting => 2,
        TrackStatus::Confirmed => 3,
    };
    if strength(b) > strength(a) { b } else { a }
}

fn classification(members: &[&Member]) -> Classification {
    let all = || members.iter().map(|member| &member.track.classification);
    let beliefs: Vec<_> = all().map(|classification| &classification.belief).collect();
    let mut classification = Classification { belief: pooled(&beliefs), ..Classification::default() };
    classification.kinds = kinds(&classification, members);
    let (first, others) = (members.iter().take(1), members.iter().skip(1));
    let ours = first.flat_map(|member| member.track.classification.evidence.iter().cloned());
    let theirs = others.flat_map(|member| {
        let station = &member.key.0;
        member.track.classification.evidence.iter().map(move |words| format!("{station}: {words}"))
    });
    classification.evidence = ours.chain(theirs).take(EVIDENCE_MAX).collect();
    classification
}

/// The kinds of the station that is surest of the class all believe in. Kinds are probabilities within a class: those
/// of different classes do not average.
fn kinds(pooled: &Classification, members: &[&Member]) -> BTreeMap<TargetKind, f32> {
    let class = pooled.likeliest();
    let mut surest: Option<(f32, &Classification)> = None;
    for classification in members.iter().map(|member| &member.track.classification) {
        let share = classification.belief.get(&class).copied().unwrap_or(0.0);
        let tells = classification.likeliest() == class && !classification.kinds.is_empty();
        if tells && surest.is_none_or(|(most, _)| share > most) {
            surest = Some((share, classification));
        }
    }
    surest.map(|(_, classification)| classification.kinds.clone()).unwrap_or_default()
}

/// The vehicle of the service that it is, if any of the stations knows.
fn vehicle(members: &[&Member]) -> Option<VehicleId> {
    members.iter().find_map(|member| member.track.vehicle.clone())
}
