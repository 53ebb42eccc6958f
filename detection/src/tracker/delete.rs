//! Delete: when a target is given up; and when it is shown: how firmly it must be believed, and how well its place must be
//! known.

use telemetry::Timestamp;
use telemetry::messages::{SensorKind, TrackStatus};

use super::estimate::Gaussian;
use super::motion::{AT_ANCHOR_M_S, Domain};
use super::scene::Target;
use super::sensor::Sensor;

/// A target known no better than this is of no use to anybody sent to look for it, metres: what flies, what flies where
/// no sensor measures a range, what floats.
const USEFUL_AIR_M: f64 = 50.0;
const USEFUL_HEARD_M: f64 = 100.0;
const USEFUL_SURFACE_M: f64 = 200.0;
/// Not updated for longer than this, seconds, and this many periods of the sensor that saw it last, it is coasting.
const COASTING_S: f64 = 2.5;
const COASTING_PERIODS: f64 = 1.6;
/// Its own word alone does not confirm what flies: others must have measured it this lately, seconds.
const MEASURED_S: f64 = 5.0;

/// Not measured for longer than this, seconds, a target is given up: what flies, what floats, and what speaks for itself
/// (at anchor a vessel reports every three minutes: ITU-R M.1371-5, Annex 1, table 1).
const FORGOTTEN_AIR_S: f64 = 40.0;
const FORGOTTEN_SURFACE_S: f64 = 120.0;
const FORGOTTEN_CLAIMED_S: f64 = 600.0;

/// Whether nothing was heard of a target for too long.
pub(super) fn is_forgotten(target: &Target, now: Timestamp) -> bool {
    let limit_s = match target.imm.domain {
        Domain::Surface if target.claimed.is_some() => FORGOTTEN_CLAIMED_S,
        Domain::Surface => FORGOTTEN_SURFACE_S,
        Domain::Air => FORGOTTEN_AIR_S,
    };
    now.seconds_since(target.updated_at) > limit_s
}

/// Measured less than this many seconds ago, a confirmed target is shown as if it were there so surely: several sensors may
/// miss it within one second, and it shall not flicker.
const LATELY_S: f64 = 1.2;
const LATELY: f64 = 0.9;

/// How well the place of a target must be known at a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usefulness {
    /// Whether any sensor measures the range of what flies.
    ranged: bool,
}

impl Usefulness {
    pub(super) fn of(sensors: &[Sensor]) -> Self {
        Self { ranged: sensors.iter().any(|sensor| sensor.kind() == SensorKind::Radar) }
    }

    /// How a target is shown at an instant.
    ///
    /// Showing it costs its expected squared error, or, if it is not there, a false report; not showing it costs a miss.
    /// With the costs of the GOSPA metric (A. S. Rahmathullah et al., FUSION 2017; a miss and a false report each half the
    /// squared cut-off) it is shown while r E < (2 r − 1) c²/2.
    pub(super) fn status(&self, target: &Target, estimate: &Gaussian, at: Timestamp) -> TrackStatus {
        let p = &estimate.covariance;
        let (useful, variance) = match target.imm.domain {
            Domain::Air if self.ranged => (USEFUL_AIR_M, p[(0, 0)] + p[(1, 1)] + p[(2, 2)]),
            Domain::Air => (USEFUL_HEARD_M, p[(0, 0)] + p[(1, 1)]),
            Domain::Surface => (USEFUL_SURFACE_M, p[(0, 0)] + p[(1, 1)]),
        };
        let cut = useful * useful;
        // The mean of the squared error cut off at c², for about three equal axes.
        let error = cut * (1.0 - (-0.87 * variance / cut).exp());
        let speaks = target.claimed.as_ref().map_or(0.0, |claimed| claimed.speaks(at));
        let lately = if at.seconds_since(target.updated_at) < LATELY_S { LATELY } else { 0.0 };
        let there = target.existence.probability.max(speaks).max(lately);
        let claimed_only = target.imm.domain == Domain::Air
            && target.claimed.as_ref().is_some_and(|claimed| !claimed.is_measured(at, MEASURED_S));
        // What lay still when it spoke last, at anchor or alongside, speaks every three minutes only and still lies there.
        let lies = target.imm.domain == Domain::Surface
            && target.claimed.is_some()
            && estimate.velocity().norm() < AT_ANCHOR_M_S;
        let vague = !lies && there * error > (2.0 * there - 1.0) * cut / 2.0;
        if !target.confirmed || claimed_only || vague || target.belief.is_undecided() {
            TrackStatus::Tentative
        } else if at.seconds_since(target.updated_at) > COASTING_S.max(COASTING_PERIODS * target.revisit_s) {
            TrackStatus::Coasting
        } else {
            TrackStatus::Confirmed
        }
    }
}

#[cfg(test)]
mod tests;
