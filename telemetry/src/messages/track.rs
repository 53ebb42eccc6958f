//! What the tracker believes to be out there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use crate::frames::{EnuVelocity, Geodetic};
use crate::ids::{SensorId, StationId, TrackId, VehicleId};
use crate::time::Timestamp;

/// An estimate of one target. Its age is `estimated_at − updated_at`: no estimate is shown without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Which track.
    #[serde(rename = "i")]
    pub id: TrackId,
    /// The instant the estimate is for.
    #[serde(rename = "t")]
    pub estimated_at: Timestamp,
    /// The time of the last measurement in it.
    #[serde(rename = "u")]
    pub updated_at: Timestamp,
    /// The time of the first measurement in it.
    #[serde(rename = "f")]
    pub first_seen_at: Timestamp,
    /// Where it is believed to be.
    #[serde(rename = "p")]
    pub position: Geodetic,
    /// How it is believed to move.
    #[serde(rename = "v")]
    pub velocity: EnuVelocity,
    /// The covariance of (east, north, up, east velocity, north velocity, up velocity) in the tangent frame at
    /// `position`: the upper triangle by rows, m and m/s.
    #[serde(rename = "c")]
    pub covariance: [f32; 21],
    /// How far it is believed to exist.
    #[serde(rename = "s")]
    pub status: TrackStatus,
    /// What it is believed to be.
    #[serde(rename = "k")]
    pub classification: Classification,
    /// What it says of itself; a claim.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// When each sensor last contributed.
    #[serde(rename = "b")]
    pub measured_by: BTreeMap<SensorId, Timestamp>,
    /// What does not fit together in what the target says and what is measured.
    #[serde(rename = "w", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub alerts: BTreeSet<TrackAlert>,
    /// The first-hand tracks that went into this one, this station's own included; empty where it is this station's
    /// alone.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<TrackSource>,
    /// The vehicle of the customs service that it is, as its station knows; nothing for everybody else's, and from older
    /// stations.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<VehicleId>,
}

impl Track {
    /// The larger standard deviation of the horizontal position error, metres.
    #[must_use]
    pub fn horizontal_sigma_m(&self) -> f64 {
        let (ee, en, nn) =
            (f64::from(self.covariance[0]), f64::from(self.covariance[1]), f64::from(self.covariance[6]));
        let mean = (ee + nn) / 2.0;
        (mean + ((ee - nn) / 2.0).hypot(en)).max(0.0).sqrt()
    }
}

/// What does not fit together in what a target says and what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackAlert {
    /// It is measured elsewhere than it says by AIS.
    AisSpoof,
    /// It is measured elsewhere than it says by Remote ID.
    RidSpoof,
    /// It is measured elsewhere than it says by ADS-B.
    AdsbSpoof,
    /// Another target claims the same identity.
    DuplicateIdentity,
    /// It no longer sends AIS, and is still measured.
    AisOff,
    /// Something this version does not know.
    #[serde(other)]
    Unknown,
}

/// A track of a station that went into a shared one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackSource {
    /// Whose track.
    #[serde(rename = "s")]
    pub station: StationId,
    /// Its number there.
    #[serde(rename = "i")]
    pub track: TrackId,
    /// The time of the last measurement in it.
    #[serde(rename = "t")]
    pub measured_at: Timestamp,
}

/// A track that a station made from its own sensors alone, on its way to its neighbours. A fused track never travels
/// so: what came from a neighbour would come back to it as news.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedTrack {
    /// Whose track.
    #[serde(rename = "s")]
    pub station: StationId,
    /// The track, by the number it has there.
    #[serde(rename = "k")]
    pub track: Track,
}

/// How far a track is believed to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TrackStatus {
    /// Perhaps.
    #[serde(rename = "t")]
    Tentative,
    /// Believed, and measured lately.
    #[serde(rename = "c")]
    Confirmed,
    /// Believed, but not measured lately.
    #[serde(rename = "o")]
    Coasting,
    /// Given up; the last word on this track.
    #[serde(rename = "d")]
    Dropped,
}

/// A belief over what a target is, with the evidence that moved it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Classification {
    /// Probabilities; they sum to 1. Classes left out are 0.
    #[serde(rename = "p", default)]
    pub belief: BTreeMap<TargetClass, f32>,
    /// Probabilities of the kinds within the likeliest class; they sum to 1. Empty where that class has no kinds or
    /// nothing tells them apart.
    #[serde(rename = "k", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<TargetKind, f32>,
    /// What moved the belief, newest last, in words.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl Classification {
    /// The likeliest class, [`TargetClass::Unknown`] when nothing is believed.
    #[must_use]
    pub fn likeliest(&self) -> TargetClass {
        most_probable(&self.belief).unwrap_or(TargetClass::Unknown)
    }

    /// The likeliest kind within that class; nothing when nothing is believed of kinds.
    #[must_use]
    pub fn likeliest_kind(&self) -> Option<TargetKind> {
        most_probable(&self.kinds)
    }
}

/// The key of the greatest value, the first of equals.
fn most_probable<K: Copy + Ord>(belief: &BTreeMap<K, f32>) -> Option<K> {
    let better = |a: &(&K, &f32), b: &(&K, &f32)| a.1.total_cmp(b.1).then(b.0.cmp(a.0));
    belief.iter().max_by(better).map(|(key, _)| *key)
}

/// What a target may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetClass {
    /// A small unmanned aircraft.
    Drone,
    /// A bird.
    Bird,
    /// A crewed aircraft.
    Aircraft,
    /// A vessel.
    Vessel,
    /// A vehicle on land.
    Vehicle,
    /// A person on foot.
    Person,
    /// Not a target at all.
    Clutter,
    /// Not known, or a class this version does not know.
    #[serde(other)]
    Unknown,
}

/// What kind of its class a target may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A drone with several rotors.
    Multirotor,
    /// A drone with wings.
    FixedWing,
    /// A cargo vessel.
    CargoVessel,
    /// A tanker.
    Tanker,
    /// A passenger vessel or ferry.
    PassengerVessel,
    /// A fishing vessel.
    FishingVessel,
    /// A sailing vessel or pleasure craft.
    SailingOrPleasureCraft,
    /// A fast boat.
    SpeedBoat,
    /// A tug, pilot, dredger or other working vessel.
    WorkBoat,
    /// A kind this version does not know.
    #[serde(other)]
    Unknown,
}
