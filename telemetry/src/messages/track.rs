//! What the tracker believes to be out there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sensor::Claim;
use crate::frames::{EnuVelocity, Geodetic};
use crate::ids::{SensorId, TrackId};
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
    /// What moved the belief, newest last, in words.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl Classification {
    /// The likeliest class, [`TargetClass::Unknown`] when nothing is believed.
    #[must_use]
    pub fn likeliest(&self) -> TargetClass {
        let better = |a: &(&TargetClass, &f32), b: &(&TargetClass, &f32)| a.1.total_cmp(b.1).then(b.0.cmp(a.0));
        self.belief.iter().max_by(better).map_or(TargetClass::Unknown, |(class, _)| *class)
    }
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
    /// Not a target at all.
    Clutter,
    /// Not known, or a class this version does not know.
    #[serde(other)]
    Unknown,
}
