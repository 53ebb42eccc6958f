//! What a bias does: to a position, and to an innovation.

use nalgebra::{Matrix3, Matrix3x4, Matrix4, SMatrix, Vector3};
use telemetry::{Azimuth, Elevation};

/// How the position of a plot, metres in the site frame, changes with the biases of range, azimuth and elevation
/// (metres per metre or radian) and with the time offset (minus the velocity, m/s in the site frame).
///
/// Range, azimuth and elevation are the target's in the sensor's tangent frame (east, north, up). A 2-D radar, which
/// measures no elevation, has no bias in it either: its column is zero, and its target counts as level.
///
/// Take them of the track rather than of the plot, whose noise would pass for geometry. And add half of the bias
/// estimated so far: the position is no linear function of the angles, a bias b leaves r b² / 2 along the range r (0.2
/// m for 1° at 1.5 km), but half-way between the true and the measured position the slope is exact to second order.
#[must_use]
pub fn polar_position_by_bias(
    range_m: f64,
    azimuth: Azimuth,
    elevation: Option<Elevation>,
    sensor_from_site: &Matrix3<f64>,
    velocity_m_s: &Vector3<f64>,
) -> Matrix3x4<f64> {
    let (sin_a, cos_a) = azimuth.radians().sin_cos();
    let (sin_e, cos_e) = elevation.map_or(0.0, Elevation::radians).sin_cos();
    let along = Vector3::new(cos_e * sin_a, cos_e * cos_a, sin_e);
    let across = Vector3::new(cos_a, -sin_a, 0.0) * (range_m * cos_e);
    let above = Vector3::new(-sin_e * sin_a, -sin_e * cos_a, cos_e) * range_m;
    let above = elevation.map_or_else(Vector3::zeros, |_| above);
    let in_site = |vector: Vector3<f64>| sensor_from_site.tr_mul(&vector);
    Matrix3x4::from_columns(&[in_site(along), in_site(across), in_site(above), -velocity_m_s])
}

/// The covariance that uncertain biases add to an innovation of `M` rows: H B Hᵀ, with the change H of what is measured
/// with the biases and their covariance B. This is how a Schmidt–Kalman filter considers what it does not estimate (S.
/// F. Schmidt, "Application of state-space methods to navigation problems", Advances in Control Systems 3, 1966; for
/// tracks, Novoselov et al., "Mitigating the effects of residual biases with Schmidt–Kalman filtering", FUSION 2005).
///
/// Used alone, without the correlation of track and bias that the full filter carries, it takes the bias for noise that
/// is new with every plot: right for gates and for the weight of a single plot, too sure by and by for the track that
/// averages many plots of one sensor.
#[must_use]
pub fn consider<const M: usize>(by_bias: &SMatrix<f64, M, 4>, covariance: &Matrix4<f64>) -> SMatrix<f64, M, M> {
    let added = by_bias * covariance * by_bias.transpose();
    (added + added.transpose()) * 0.5
}

#[cfg(test)]
mod tests {
    use nalgebra::Vector4;

    use super::*;

    fn rotation() -> Matrix3<f64> {
        *nalgebra::Rotation3::from_euler_angles(0.01, -0.02, 0.3).matrix()
    }

    fn velocity() -> Vector3<f64> {
        Vector3::new(12.0, -7.0, 1.0)
    }

    /// Where a plot is when it is measured with these biases.
    fn position(bias: Vector4<f64>, elevation: Option<f64>) -> Vector3<f64> {
        let (range, azimuth, elevation) = (1500.0 + bias[0], 2.1 + bias[1], elevation.map_or(0.0, |e| e + bias[2]));
        let level = range * elevation.cos();
        let seen = Vector3::new(level * azimuth.sin(), level * azimuth.cos(), range * elevation.sin());
        rotation().transpose() * seen - velocity() * bias[3]
    }

    fn check(elevation: Option<f64>) {
        let angle = elevation.map(Elevation::from_radians);
        let slopes = polar_position_by_bias(1500.0, Azimuth::from_radians(2.1), angle, &rotation(), &velocity());
        for state in 0..4 {
            let mut step = Vector4::zeros();
            step[state] = 1e-5;
            let slope = (position(step, elevation) - position(-step, elevation)) / 2e-5;
            assert!((slope - slopes.column(state)).norm() < 1e-5, "state {state}: {slope}");
        }
    }

    #[test]
    fn the_columns_are_the_slopes_of_the_position() {
        check(Some(0.2));
        check(None);
    }

    #[test]
    fn a_radar_without_elevation_has_no_bias_in_it() {
        let slopes = polar_position_by_bias(1500.0, Azimuth::from_radians(2.1), None, &rotation(), &velocity());
        assert_eq!(slopes.column(2).norm(), 0.0);
    }

    #[test]
    fn half_way_back_to_the_truth_the_slope_is_exact_to_third_order() {
        let bias = Vector4::new(0.0, 0.0175, 0.0, 0.0);
        let moved = position(bias, Some(0.2)) - position(Vector4::zeros(), Some(0.2));
        let error_at = |azimuth: f64| {
            let angle = Some(Elevation::from_radians(0.2));
            let azimuth = Azimuth::from_radians(azimuth);
            (polar_position_by_bias(1500.0, azimuth, angle, &rotation(), &velocity()) * bias - moved).norm()
        };
        let (measured, half_way) = (error_at(2.1 + bias[1]), error_at(2.1 + bias[1] / 2.0));
        assert!((0.2..0.25).contains(&measured), "{measured}");
        assert!(half_way < 0.001, "{half_way}");
    }

    #[test]
    fn what_is_considered_is_the_bias_as_the_measurement_sees_it() {
        let by_bias = SMatrix::<f64, 2, 4>::new(1.0, 0.0, 0.0, -3.0, 0.0, 1.0, 0.0, 0.01);
        let covariance = Matrix4::from_diagonal(&Vector4::new(4.0, 1e-4, 1e-4, 0.04));
        let added = consider(&by_bias, &covariance);
        assert!((added[(0, 0)] - (4.0 + 9.0 * 0.04)).abs() < 1e-12);
        assert!((added[(1, 1)] - (1e-4 + 1e-4 * 0.04)).abs() < 1e-12);
        assert_eq!(added[(0, 1)], added[(1, 0)]);
    }
}
