//! Which tracks of several stations are one target.
//!
//! Two tracks are compared by their squared statistical distance, with the sum of their covariances (R. A. Singer, A.
//! J. Kanyuck, "Computer control of multiple site track correlation", Automatica 7, 1971). Their errors are correlated
//! by common process noise, and positively, so the difference of two tracks of one target truly varies less than that
//! sum says (Bar-Shalom 1981): a true pair passes the gate more often than stated, which is the safe side for not
//! counting one target twice. What it costs is power to tell close targets apart, and that comes back over time: the
//! distance is averaged over [`MEMORY_S`], in which chance distances of one target even out and the distance of two
//! does not.
//!
//! Hysteresis: to be joined, a pair must pass [`JOIN`]; once joined, it stays until its average exceeds the wider
//! [`PART`], and a joined pair is preferred to another by [`LOYALTY`]. So two targets that cross do not change
//! partners, and a track that wanders for a moment does not come apart.
//!
//! Besides distance: contradicting identities (two MMSIs, two UAS ids) and sure beliefs in something that flies and
//! something that does not forbid a pair; one identity claimed of both counts like having been joined, no more, for
//! anyone can claim it; differing beliefs add to the distance.
//!
//! Stations are taken one after the other, ours first, then by name; the tracks of each are assigned to the targets
//! there are at least total cost, every target getting at most one track of a station, since a station has told its own
//! apart. The pairs within three or more stations are averaged; finding the best of all combinations at once is NP-hard
//! (K. R. Pattipati et al., IEEE Trans. AC 37, 1992) and gains where stations disagree only.
//!
//! Limits: for each track, the [`PARTNERS_MAX`] nearest in metres of each other station are considered; one whose
//! position is known no better than [`SIGMA_MAX_M`] is near everything and joins nothing. The cost is a distance for
//! every two tracks, and the root of a matrix for those considered.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use nalgebra::Vector3;
use telemetry::Timestamp;
use telemetry::messages::{Claim, Track};

use super::belief::{contradict, disagreement};
use super::estimate::Estimate;
use super::provenance::Key;
use crate::assignment::{Pair as Offer, assign};

/// Time over which distances are averaged: several times what a tracker's errors stay alike.
const MEMORY_S: f64 = 10.0;
/// χ² with 6 degrees of freedom stays below this with probability 95 %.
const JOIN: f64 = 12.59;
/// And below this with 99 %; an average over several seconds, all but always.
const PART: f64 = 16.81;
/// Farther apart than this is clearly another target, whatever was before.
const CLEARLY_APART: f64 = 100.0;
/// How much farther away a track may be than another to keep its partner all the same.
const LOYALTY: f64 = 2.0;
const PARTNERS_MAX: usize = 16;
const SIGMA_MAX_M: f64 = 500.0;

/// A track to be paired.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub(super) key: Key,
    pub(super) track: &'a Track,
    /// At the instant of pairing; nothing where the track's numbers are none, which joins nothing.
    pub(super) estimate: Option<Estimate>,
}

/// What is remembered of two tracks near each other.
#[derive(Debug, Clone, Copy)]
struct Memory {
    distance2: f64,
    compared_at: Timestamp,
    joined: bool,
}

/// Two tracks that may be one target.
#[derive(Debug, Clone, Copy)]
struct Pair {
    memory: Memory,
    /// Joined before, or claiming one identity.
    known: bool,
    disagreement: f64,
}

/// What pairing has done, counted from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) joined: u64,
    pub(super) parted: u64,
}

/// The memory of pairs. It holds pairs of tracks present at the last instant only, so it is bounded by them.
#[derive(Debug, Clone, Default)]
pub(super) struct Pairing {
    memory: BTreeMap<(Key, Key), Memory>,
    pub(super) counts: Counts,
}

type Pairs = BTreeMap<(usize, usize), Pair>;

impl Pairing {
    /// Groups the members into targets, by their places in the list. The list is ordered by station, ours first, and
    /// then by number; so is each group.
    pub(super) fn group(&mut self, at: Timestamp, members: &[Member]) -> Vec<Vec<usize>> {
        let stations = stations(members);
        let pairs = self.compare(at, members, &stations);
        let targets = Targets::form(members.len(), &stations, &pairs);
        self.remember(members, &pairs, &targets.target_of);
        targets.groups
    }

    /// Every pair of tracks of different stations that are near, the nearest of each.
    fn compare(&self, at: Timestamp, members: &[Member], stations: &[Range<usize>]) -> Pairs {
        let spots: Vec<Option<Spot>> =
            members.iter().map(|member| member.estimate.as_ref().and_then(Spot::of)).collect();
        let mut pairs = Pairs::new();
        for (place, station) in stations.iter().enumerate() {
            for later in station.clone() {
                for other in &stations[..place] {
                    let near = nearest(spots[later].as_ref(), other.clone(), &spots);
                    let pair = |earlier| Some(((earlier, later), self.pair(at, &members[earlier], &members[later])?));
                    pairs.extend(near.into_iter().filter_map(pair));
                }
            }
        }
        pairs
    }

    fn pair(&self, at: Timestamp, a: &Member, b: &Member) -> Option<Pair> {
        let identity = identity(a.track.claim.as_ref(), b.track.claim.as_ref());
        let (one_belief, other_belief) = (&a.track.classification.belief, &b.track.classification.belief);
        if identity == Identity::Other || contradict(one_belief, other_belief) {
            return None;
        }
        let distance2 = a.estimate.as_ref()?.distance2(b.estimate.as_ref()?);
        if distance2 > CLEARLY_APART {
            return None;
        }
        let memory = self.averaged(at, (a.key.clone(), b.key.clone()), distance2);
        let known = memory.joined || identity == Identity::Same;
        Some(Pair { memory, known, disagreement: disagreement(one_belief, other_belief) })
    }

    /// The distance averaged with what is remembered; of two instants that are one, the first counts.
    fn averaged(&self, at: Timestamp, keys: (Key, Key), distance2: f64) -> Memory {
        let Some(before) = self.memory.get(&keys) else {
            return Memory { distance2, compared_at: at, joined: false };
        };
        let span_s = at.seconds_since(before.compared_at).max(0.0);
        let weight = 1.0 - (-span_s / MEMORY_S).exp();
        let distance2 = before.distance2 + weight * (distance2 - before.distance2);
        Memory { distance2, compared_at: before.compared_at.max(at), joined: before.joined }
    }

    fn remember(&mut self, members: &[Member], pairs: &Pairs, target_of: &[usize]) {
        self.memory.clear();
        for (&(a, b), pair) in pairs {
            let joined = target_of[a] == target_of[b];
            self.counts.joined += u64::from(joined && !pair.memory.joined);
            self.counts.parted += u64::from(!joined && pair.memory.joined);
            let keys = (members[a].key.clone(), members[b].key.clone());
            self.memory.insert(keys, Memory { joined, ..pair.memory });
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.memory.len()
    }
}

/// Where a track is, and how well that is known: enough to say that two are too far apart.
#[derive(Debug, Clone, Copy)]
struct Spot {
    position: Vector3<f64>,
    trace_m2: f64,
}

impl Spot {
    fn of(estimate: &Estimate) -> Option<Self> {
        let trace_m2 = estimate.position_trace_m2();
        (trace_m2 <= SIGMA_MAX_M * SIGMA_MAX_M).then(|| Self { position: estimate.position(), trace_m2 })
    }

    /// The squared distance in metres, where the statistical one, which is at least that over both traces, may be near.
    fn reached(&self, other: &Self) -> Option<f64> {
        let distance_m2 = (self.position - other.position).norm_squared();
        (distance_m2 <= CLEARLY_APART * (self.trace_m2 + other.trace_m2)).then_some(distance_m2)
    }
}

/// Of some members, those nearest to a spot, [`PARTNERS_MAX`] at most; of equals, the earlier.
fn nearest(spot: Option<&Spot>, of: Range<usize>, spots: &[Option<Spot>]) -> Vec<usize> {
    let Some(spot) = spot else {
        return Vec::new();
    };
    let near = of.filter_map(|place| Some((spots[place].as_ref()?.reached(spot)?, place)));
    let mut near: Vec<(f64, usize)> = near.collect();
    if near.len() > PARTNERS_MAX {
        near.select_nth_unstable_by(PARTNERS_MAX, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(PARTNERS_MAX);
    }
    near.into_iter().map(|(_, place)| place).collect()
}

/// The places of each station's members.
fn stations(members: &[Member]) -> Vec<Range<usize>> {
    let mut end = 0;
    let chunks = members.chunk_by(|a, b| a.key.0 == b.key.0);
    let range = |chunk: &[Member]| {
        end += chunk.len();
        end - chunk.len()..end
    };
    chunks.map(range).collect()
}

/// Targets, and which one each member belongs to.
struct Targets {
    groups: Vec<Vec<usize>>,
    target_of: Vec<usize>,
}

impl Targets {
    fn form(members: usize, stations: &[Range<usize>], pairs: &Pairs) -> Self {
        let mut partners = vec![Vec::new(); members];
        for &(earlier, later) in pairs.keys() {
            partners[later].push(earlier);
        }
        let mut targets = Self { groups: Vec::new(), target_of: vec![usize::MAX; members] };
        for station in stations {
            let offers: Vec<_> = station.clone().map(|later| targets.offers(later, &partners[later], pairs)).collect();
            let taken = assign(targets.groups.len(), &offers);
            for (later, target) in station.clone().zip(taken) {
                let target = target.unwrap_or_else(|| {
                    targets.groups.push(Vec::new());
                    targets.groups.len() - 1
                });
                targets.groups[target].push(later);
                targets.target_of[later] = target;
            }
        }
        targets
    }

    /// The targets a member may join, each near to it in every track.
    fn offers(&self, later: usize, partners: &[usize], pairs: &Pairs) -> Vec<Offer> {
        let near: BTreeSet<usize> = partners.iter().map(|earlier| self.target_of[*earlier]).collect();
        let offer = |target: usize| {
            let group = &self.groups[target];
            let pairs: Option<Vec<&Pair>> = group.iter().map(|earlier| pairs.get(&(*earlier, later))).collect();
            let cost = cost(&pairs?)?;
            Some(Offer { column: target, cost })
        };
        near.into_iter().filter_map(offer).collect()
    }
}

/// What it costs to join a target's tracks, relative to standing alone; nothing where the gate is not passed.
fn cost(pairs: &[&Pair]) -> Option<f64> {
    let distances = || pairs.iter().map(|pair| pair.memory.distance2 + pair.disagreement);
    let known = pairs.iter().any(|pair| pair.known);
    let mean = distances().sum::<f64>() / pairs.len() as f64;
    let gate = if known { PART } else { JOIN };
    let passes = mean <= gate && distances().all(|distance| distance <= PART);
    passes.then_some(mean - PART - if known { LOYALTY } else { 0.0 })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    Same,
    Other,
    /// One says nothing, or they say it in different systems.
    Unsaid,
}

fn identity(a: Option<&Claim>, b: Option<&Claim>) -> Identity {
    let same = match (a, b) {
        (Some(Claim::Ais(a)), Some(Claim::Ais(b))) => a.mmsi == b.mmsi,
        (Some(Claim::RemoteId(a)), Some(Claim::RemoteId(b))) => a.uas_id == b.uas_id,
        (Some(Claim::Adsb(a)), Some(Claim::Adsb(b))) => a.icao == b.icao,
        _ => return Identity::Unsaid,
    };
    if same { Identity::Same } else { Identity::Other }
}
