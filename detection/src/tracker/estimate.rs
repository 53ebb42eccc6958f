//! What is believed of one target: where it is and how it moves ([`Estimate`]), in the site frame, and everything else
//! the tracker keeps with it ([`Target`]).

use std::collections::BTreeMap;

use nalgebra::{SMatrix, SVector, Vector3};
use telemetry::messages::Claim;
use telemetry::{Mmsi, SensorId, Timestamp, TrackId};

use super::classify::Belief;
use super::existence::Existence;
use super::predict::Motion;

/// East, north, up in metres, then their rates in m/s, all in the site frame.
pub(super) type Vector6 = SVector<f64, 6>;
/// The covariance of a [`Vector6`].
pub(super) type Matrix6 = SMatrix<f64, 6, 6>;

/// A Gaussian belief of position and velocity at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) at: Timestamp,
    pub(super) mean: Vector6,
    pub(super) covariance: Matrix6,
}

impl Estimate {
    pub(super) fn position(&self) -> Vector3<f64> {
        self.mean.fixed_rows::<3>(0).into_owned()
    }

    pub(super) fn velocity(&self) -> Vector3<f64> {
        self.mean.fixed_rows::<3>(3).into_owned()
    }

    /// An upper bound of the standard deviation of the horizontal position in any direction, metres.
    pub(super) fn horizontal_sigma_m(&self) -> f64 {
        (self.covariance[(0, 0)] + self.covariance[(1, 1)]).max(0.0).sqrt()
    }

    /// Whether every number is one, and every variance positive.
    pub(super) fn is_sound(&self) -> bool {
        let finite = self.mean.iter().chain(self.covariance.iter()).all(|x| x.is_finite());
        finite && self.covariance.diagonal().iter().all(|&variance| variance > 0.0)
    }
}

/// One target, as the tracker keeps it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) id: TrackId,
    pub(super) estimate: Estimate,
    pub(super) first_seen_at: Timestamp,
    /// The time of the newest measurement in the estimate.
    pub(super) updated_at: Timestamp,
    /// Seconds within which the sensor that saw it last should see it again.
    pub(super) revisit_s: f64,
    pub(super) existence: Existence,
    pub(super) belief: Belief,
    pub(super) claim: Option<Claim>,
    pub(super) measured_by: BTreeMap<SensorId, Timestamp>,
    /// The time of the newest measurement that was not the target's own word.
    pub(super) observed_at: Option<Timestamp>,
}

impl Target {
    /// The motion it is predicted with.
    pub(super) fn motion(&self) -> Motion {
        if self.belief.floats() { Motion::Surface } else { Motion::Air }
    }

    /// The number it gives itself.
    pub(super) fn mmsi(&self) -> Option<Mmsi> {
        self.claim.as_ref().map(|Claim::Ais(claim)| claim.mmsi)
    }
}
