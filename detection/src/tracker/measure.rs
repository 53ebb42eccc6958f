//! What a sensor would measure of a state, and how that changes with the state: exact geodesy, linearised where the
//! extended Kalman filter wants it.
//!
//! A measurement is taken in the tangent frame at the sensor, the state in the site's. The two differ by the rotation
//! between their verticals and by the sensor's position, both exact. A measurement has up to six rows; rows it has not
//! are padded with a zero row of the Jacobian, unit noise and no residual, so that they change nothing and every matrix
//! keeps one size.

use nalgebra::{Matrix3, RowVector3, Vector3};
use telemetry::angle::wrapped_pi;
use telemetry::messages::Measurement;
use telemetry::{Azimuth, Elevation, Enu, Geodetic, SiteFrame};

use super::estimate::{Matrix6, Vector6};

/// Closer to the sensor's vertical than this, metres, an azimuth means nothing.
const NEAREST_M: f64 = 1.0;

/// Where a sensor stands in the site frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pose {
    origin: Vector3<f64>,
    sensor_from_site: Matrix3<f64>,
}

impl Pose {
    pub(super) fn new(site: &SiteFrame, origin: Geodetic) -> Self {
        let sensor = SiteFrame::new(origin);
        Self { origin: site.enu(origin).vector(), sensor_from_site: sensor.enu_from_other(site) }
    }

    /// A point of the site frame as the sensor sees it.
    pub(super) fn sees(&self, position: &Vector3<f64>) -> Enu {
        Enu::from_vector(self.sensor_from_site * (position - self.origin))
    }

    /// What the sensor sees as a point of the site frame.
    pub(super) fn in_site(&self, seen: Enu) -> Vector3<f64> {
        self.origin + self.sensor_from_site.tr_mul(&seen.vector())
    }

    /// The rotation from the site's axes to the sensor's.
    pub(super) fn sensor_from_site(&self) -> &Matrix3<f64> {
        &self.sensor_from_site
    }
}

/// A measurement against a state: how far off, how that changes with the state, and how noisy it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Residual {
    /// How many rows are measured; the others are padding.
    pub(super) rows: usize,
    /// Measured less expected.
    pub(super) value: Vector6,
    /// The change of what is expected with the state.
    pub(super) jacobian: Matrix6,
    /// The covariance of the measurement's error.
    pub(super) noise: Matrix6,
}

impl Residual {
    fn empty() -> Self {
        Self { rows: 0, value: Vector6::zeros(), jacobian: Matrix6::zeros(), noise: Matrix6::identity() }
    }

    /// Adds a row by its change with position and with velocity.
    fn push(&mut self, value: f64, by_position: RowVector3<f64>, by_velocity: RowVector3<f64>, sigma: f64) {
        let row = self.rows;
        self.value[row] = value;
        self.jacobian.fixed_view_mut::<1, 3>(row, 0).copy_from(&by_position);
        self.jacobian.fixed_view_mut::<1, 3>(row, 3).copy_from(&by_velocity);
        self.noise[(row, row)] = sigma * sigma;
        self.rows += 1;
    }
}

/// The residual of a measurement against a state. Nothing where the state lies so close to the sensor's vertical that
/// its direction means nothing.
pub(super) fn residual(site: &SiteFrame, pose: &Pose, measurement: &Measurement, state: &Vector6) -> Option<Residual> {
    let position = state.fixed_rows::<3>(0).into_owned();
    let velocity = state.fixed_rows::<3>(3).into_owned();
    if let Measurement::Position { position: reported, horizontal_sigma_m, vertical_sigma_m, velocity: moving } =
        *measurement
    {
        let local = Pose::new(site, reported);
        let sigmas = (horizontal_sigma_m, vertical_sigma_m);
        let moving = moving.map(|(velocity, sigma)| (velocity.vector(), sigma));
        return Some(reported_residual(&local, &position, &velocity, sigmas, moving));
    }
    let seen = Sight::new(pose, &position, &velocity)?;
    let mut residual = Residual::empty();
    match *measurement {
        Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate, sigma } => {
            seen.range(&mut residual, range_m, sigma[0]);
            seen.azimuth(&mut residual, azimuth, sigma[1]);
            seen.elevation(&mut residual, elevation, sigma[2]);
            if let Some(rate) = range_rate {
                seen.range_rate(&mut residual, rate.m_s, rate.sigma_m_s);
            }
        }
        Measurement::RangeAz { range_m, azimuth, sigma } => {
            seen.range(&mut residual, range_m, sigma[0]);
            seen.azimuth(&mut residual, azimuth, sigma[1]);
        }
        Measurement::AzEl { azimuth, elevation, sigma } => {
            seen.azimuth(&mut residual, azimuth, sigma[0]);
            seen.elevation(&mut residual, elevation, sigma[1]);
        }
        Measurement::Azimuth { azimuth, sigma } => seen.azimuth(&mut residual, azimuth, sigma),
        Measurement::Position { .. } => return None,
    }
    Some(residual)
}

/// The residual of the range rate alone, for a target whose position the same plot has just given.
pub(super) fn range_rate_residual(pose: &Pose, m_s: f64, sigma_m_s: f64, state: &Vector6) -> Option<Residual> {
    let position = state.fixed_rows::<3>(0).into_owned();
    let velocity = state.fixed_rows::<3>(3).into_owned();
    let mut residual = Residual::empty();
    Sight::new(pose, &position, &velocity)?.range_rate(&mut residual, m_s, sigma_m_s);
    Some(residual)
}

/// The residual of standing at a height above the ellipsoid, given where the state stands: a vessel floats.
pub(super) fn height_residual(site: &SiteFrame, height_m: f64, sigma_m: f64, state: &Vector6) -> Option<Residual> {
    let position = state.fixed_rows::<3>(0).into_owned();
    let at = site.geodetic(Enu::from_vector(position)).ok()?;
    let up = Pose::new(site, at).sensor_from_site.row(2).into_owned();
    let mut residual = Residual::empty();
    residual.push(height_m - at.height().metres, up, RowVector3::zeros(), sigma_m);
    Some(residual)
}

/// Rows in the tangent frame at the reported position: what is reported is level there, not at the datum.
fn reported_residual(
    local: &Pose,
    position: &Vector3<f64>,
    velocity: &Vector3<f64>,
    (horizontal_sigma, vertical_sigma): (f64, Option<f64>),
    moving: Option<(Vector3<f64>, f64)>,
) -> Residual {
    let axes = &local.sensor_from_site;
    let offset = local.sees(position).vector();
    let slip = moving.map(|(reported, sigma)| (reported - axes * velocity, sigma));
    let none = RowVector3::zeros();
    let mut residual = Residual::empty();
    for axis in 0..3 {
        let sigma = if axis < 2 { Some(horizontal_sigma) } else { vertical_sigma };
        let Some(sigma) = sigma else { continue };
        let row = axes.row(axis).into_owned();
        residual.push(-offset[axis], row, none, sigma);
        if let Some((slip, sigma)) = slip {
            residual.push(slip[axis], none, row, sigma);
        }
    }
    residual
}

/// A state as a sensor sees it.
struct Sight<'a> {
    pose: &'a Pose,
    position: Vector3<f64>,
    velocity: Vector3<f64>,
    range: f64,
    level: f64,
}

impl<'a> Sight<'a> {
    fn new(pose: &'a Pose, position: &Vector3<f64>, velocity: &Vector3<f64>) -> Option<Self> {
        let seen = pose.sees(position);
        let level = seen.horizontal_m();
        let position = seen.vector();
        let velocity = pose.sensor_from_site * velocity;
        (level >= NEAREST_M).then(|| Self { pose, position, velocity, range: position.norm(), level })
    }

    fn in_site(&self, gradient: RowVector3<f64>) -> RowVector3<f64> {
        gradient * self.pose.sensor_from_site
    }

    fn range(&self, residual: &mut Residual, measured_m: f64, sigma: f64) {
        let along = self.position.transpose() / self.range;
        residual.push(measured_m - self.range, self.in_site(along), RowVector3::zeros(), sigma);
    }

    fn azimuth(&self, residual: &mut Residual, measured: Azimuth, sigma: f64) {
        let (e, n) = (self.position.x, self.position.y);
        let level2 = self.level * self.level;
        let across = RowVector3::new(n / level2, -e / level2, 0.0);
        let value = wrapped_pi(measured.radians() - e.atan2(n));
        residual.push(value, self.in_site(across), RowVector3::zeros(), sigma);
    }

    fn elevation(&self, residual: &mut Residual, measured: Elevation, sigma: f64) {
        let (e, n, u) = (self.position.x, self.position.y, self.position.z);
        let range2 = self.range * self.range;
        let above = RowVector3::new(-e * u / self.level, -n * u / self.level, self.level) / range2;
        let value = measured.radians() - u.atan2(self.level);
        residual.push(value, self.in_site(above), RowVector3::zeros(), sigma);
    }

    fn range_rate(&self, residual: &mut Residual, measured_m_s: f64, sigma: f64) {
        let along = self.position / self.range;
        let rate = along.dot(&self.velocity);
        let by_position = (self.velocity - along * rate).transpose() / self.range;
        residual.push(measured_m_s - rate, self.in_site(by_position), self.in_site(along.transpose()), sigma);
    }
}

#[cfg(test)]
mod tests {
    use telemetry::messages::RangeRate;
    use telemetry::{AltitudeHae, EnuVelocity};

    use super::*;

    fn geodetic(lat: f64, lon: f64, height: f64) -> Geodetic {
        Geodetic::from_degrees(lat, lon, AltitudeHae::new(height)).unwrap()
    }

    fn state() -> Vector6 {
        Vector6::from([8000.0, -3000.0, 90.0, 12.0, 7.0, -1.0])
    }

    fn site() -> SiteFrame {
        SiteFrame::new(geodetic(54.37, 10.14, 39.0))
    }

    /// Every Jacobian against differences.
    fn check(measurement: &Measurement) {
        let (site, state) = (site(), state());
        let pose = Pose::new(&site, geodetic(54.42, 10.31, 60.0));
        let here = residual(&site, &pose, measurement, &state).unwrap();
        for axis in 0..6 {
            let step = 1e-3;
            let mut ahead = state;
            ahead[axis] += step;
            let there = residual(&site, &pose, measurement, &ahead).unwrap();
            let slope = -(there.value - here.value) / step;
            let error = (slope - here.jacobian.column(axis)).norm();
            assert!(error < 1e-5, "{measurement:?}, axis {axis}: off by {error}");
        }
    }

    #[test]
    fn jacobians_are_the_slopes_of_the_measurements() {
        let azimuth = Azimuth::from_degrees(300.0);
        let elevation = Elevation::from_degrees(2.0);
        let range_rate = Some(RangeRate { m_s: 3.0, sigma_m_s: 0.5 });
        check(&Measurement::RangeAzEl { range_m: 9e3, azimuth, elevation, range_rate, sigma: [4.0, 0.01, 0.01] });
        check(&Measurement::RangeAz { range_m: 9e3, azimuth, sigma: [4.0, 0.01] });
        check(&Measurement::AzEl { azimuth, elevation, sigma: [0.01, 0.01] });
        check(&Measurement::Azimuth { azimuth, sigma: 0.01 });
        let velocity = EnuVelocity { east_m_s: 10.0, north_m_s: 5.0, up_m_s: 0.0 };
        check(&Measurement::Position {
            position: geodetic(54.35, 10.26, 39.0),
            horizontal_sigma_m: 10.0,
            vertical_sigma_m: Some(5.0),
            velocity: Some((velocity, 0.5)),
        });
    }

    #[test]
    fn a_perfect_measurement_leaves_no_residual_though_the_sensor_is_50_km_off() {
        let site = site();
        let sensor = geodetic(54.80, 10.40, 30.0);
        let target = geodetic(54.62, 10.55, 39.0 + 120.0);
        let frame = SiteFrame::new(sensor);
        let seen = frame.enu(target);
        let velocity = EnuVelocity { east_m_s: 15.0, north_m_s: -3.0, up_m_s: 1.0 };
        let at_target = SiteFrame::new(target);
        let along = seen.vector() / seen.range_m();
        let rate = along.dot(&(frame.enu_from_other(&at_target) * velocity.vector()));
        let measurement = Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: seen.azimuth(),
            elevation: seen.elevation(),
            range_rate: Some(RangeRate { m_s: rate, sigma_m_s: 0.5 }),
            sigma: [4.0, 0.01, 0.01],
        };
        let mut state = Vector6::zeros();
        state.fixed_rows_mut::<3>(0).copy_from(&site.enu(target).vector());
        state.fixed_rows_mut::<3>(3).copy_from(&(site.enu_from_other(&at_target) * velocity.vector()));
        let found = residual(&site, &Pose::new(&site, sensor), &measurement, &state).unwrap();
        assert_eq!(found.rows, 4);
        assert!(found.value.norm() < 1e-6, "{}", found.value);
    }

    #[test]
    fn a_reported_position_without_a_height_has_no_row_for_it() {
        let site = site();
        let position = geodetic(54.35, 10.26, 39.0);
        let measurement =
            Measurement::Position { position, horizontal_sigma_m: 10.0, vertical_sigma_m: None, velocity: None };
        let found = residual(&site, &Pose::new(&site, position), &measurement, &state()).unwrap();
        assert_eq!(found.rows, 2);
        assert_eq!(found.jacobian.row(2).norm(), 0.0);
    }

    #[test]
    fn a_state_on_the_sensors_vertical_has_no_direction() {
        let site = site();
        let pose = Pose::new(&site, geodetic(54.37, 10.14, 39.0));
        let measurement = Measurement::Azimuth { azimuth: Azimuth::default(), sigma: 0.01 };
        let above = Vector6::from([0.0, 0.0, 50.0, 0.0, 0.0, 0.0]);
        assert!(residual(&site, &pose, &measurement, &above).is_none());
    }

    #[test]
    fn floating_is_geodetic_not_flat() {
        // 50 km out the tangent plane stands 196 m above the water.
        let site = site();
        let vessel = site.enu(geodetic(54.82, 10.14, 39.0));
        assert!(vessel.up_m < -190.0);
        let state = Vector6::from([vessel.east_m, vessel.north_m, vessel.up_m, 0.0, 0.0, 0.0]);
        let found = height_residual(&site, 39.0, 3.0, &state).unwrap();
        assert!(found.value[0].abs() < 1e-6);
    }
}
