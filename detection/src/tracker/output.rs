//! A target as others see it: a `Track` in geodetic coordinates, with heights recovered geodetically and velocity and
//! covariance turned into the tangent frame where the target is.

use nalgebra::Matrix3;
use telemetry::messages::{Track, TrackStatus};
use telemetry::{Enu, EnuVelocity, SiteFrame, Timestamp};

use super::estimate::{Matrix6, Target};
use super::predict::predicted;

/// The track of a target as estimated at an instant; at the estimate's own where that is later. Nothing when the
/// prediction leads off the Earth.
pub(super) fn track(site: &SiteFrame, target: &Target, at: Timestamp, status: TrackStatus) -> Option<Track> {
    let estimate = predicted(&target.estimate, at, target.motion());
    let position = site.geodetic(Enu::from_vector(estimate.position())).ok()?;
    let axes = SiteFrame::new(position).enu_from_other(site);
    let velocity = EnuVelocity::from_vector(axes * estimate.velocity());
    Some(Track {
        id: target.id,
        estimated_at: estimate.at,
        updated_at: target.updated_at,
        first_seen_at: target.first_seen_at,
        position,
        velocity,
        covariance: upper_triangle(&turned(&estimate.covariance, &axes)),
        status,
        classification: target.belief.classification(),
        claim: target.claim.clone(),
        measured_by: target.measured_by.clone(),
    })
}

fn turned(covariance: &Matrix6, axes: &Matrix3<f64>) -> Matrix6 {
    let mut both = Matrix6::zeros();
    both.fixed_view_mut::<3, 3>(0, 0).copy_from(axes);
    both.fixed_view_mut::<3, 3>(3, 3).copy_from(axes);
    both * covariance * both.transpose()
}

fn upper_triangle(matrix: &Matrix6) -> [f32; 21] {
    let mut values = [0.0; 21];
    let places = (0..6).flat_map(|row| (row..6).map(move |column| (row, column)));
    for (value, place) in values.iter_mut().zip(places) {
        *value = matrix[place] as f32;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triangle_is_read_by_rows() {
        let matrix = Matrix6::from_fn(|row, column| (10 * row.min(column) + row.max(column)) as f64);
        let values = upper_triangle(&matrix);
        assert_eq!(values[..7], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 11.0]);
        assert_eq!(values[20], 55.0);
    }
}
