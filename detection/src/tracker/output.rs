//! A target as others see it: a `Track` in geodetic coordinates, with heights recovered geodetically and velocity and
//! covariance turned into the tangent frame where the target is.

use std::collections::BTreeSet;

use nalgebra::Matrix3;
use telemetry::messages::{Track, TrackStatus};
use telemetry::{Enu, EnuVelocity, SiteFrame, Timestamp, TrackId};

use super::estimate::Matrix6;
use super::imm::Motions;
use super::scene::Target;
use super::sensor::Sensor;

/// The track of a target as estimated at an instant; at the estimate's own where that is later. Nothing when the
/// prediction leads off the Earth.
pub(super) fn track(
    site: &SiteFrame,
    motions: &Motions,
    sensors: &[Sensor],
    target: &Target,
    (id, at, status): (TrackId, Timestamp, TrackStatus),
) -> Option<Track> {
    let imm = target.imm.predicted(motions, at);
    let estimate = imm.estimate();
    let position = site.geodetic(Enu::from_vector(estimate.position())).ok()?;
    let axes = SiteFrame::new(position).enu_from_other(site);
    let velocity = EnuVelocity::from_vector(axes * estimate.velocity());
    let name = |sensor: &u16| sensors[usize::from(*sensor)].id.clone();
    // What was confirmed was there; that it may be gone is for the status to say.
    let existence = if target.confirmed { 1.0 } else { target.existence.probability };
    Some(Track {
        id,
        estimated_at: imm.at,
        updated_at: target.updated_at,
        first_seen_at: target.first_seen_at,
        position,
        velocity,
        covariance: turned(&axes, &estimate.covariance),
        status,
        classification: target.belief.classification(existence),
        claim: target.claimed.as_ref().map(|claimed| claimed.claim.clone()),
        measured_by: target.measured_by.iter().map(|(sensor, at)| (name(sensor), *at)).collect(),
        alerts: target.claimed.as_ref().map_or_else(BTreeSet::new, |claimed| claimed.alerts(at)),
        sources: Vec::new(),
        vehicle: None,
    })
}

/// The covariance in other axes: the upper triangle by rows.
fn turned(axes: &Matrix3<f64>, covariance: &Matrix6) -> [f32; 21] {
    let mut turn = Matrix6::zeros();
    turn.fixed_view_mut::<3, 3>(0, 0).copy_from(axes);
    turn.fixed_view_mut::<3, 3>(3, 3).copy_from(axes);
    let covariance = turn * covariance * turn.transpose();
    let mut triangle = [0.0; 21];
    let places = (0..6).flat_map(|row| (row..6).map(move |column| (row, column)));
    for (value, place) in triangle.iter_mut().zip(places) {
        *value = covariance[place] as f32;
    }
    triangle
}

#[cfg(test)]
mod tests;
