//! Initiate: what a first detection says of a new target.
//!
//! One detection gives the position; the velocity is a prior, centred on rest and as wide as the fastest target it has
//! to hold (40 m/s in the air, 25 m/s on the water), sharpened by the range rate where one was measured. Two-point
//! initiation would wait a scan for a velocity that the first update gives anyway.
//!
//! A mere direction starts no target: bearings from one place give no range, and crossing bearings of several sensors
//! takes more than this tracker does. Directions update targets that others found.

use nalgebra::{Matrix3, Vector3};
use telemetry::messages::Measurement;
use telemetry::{Azimuth, Elevation, Enu, SiteFrame, Timestamp};

use super::estimate::{Estimate, Matrix6, Vector6};
use super::gate::Innovation;
use super::measure::{Pose, range_rate_residual};
use super::update::updated;

/// Deviation of each horizontal velocity: a disc of 40 m/s spread evenly has 20 m/s.
const AIR_SPEED_SIGMA_M_S: f64 = 20.0;
const AIR_CLIMB_SIGMA_M_S: f64 = 4.0;
/// The same for 25 m/s on the water.
const SURFACE_SPEED_SIGMA_M_S: f64 = 12.0;
const SURFACE_CLIMB_SIGMA_M_S: f64 = 0.05;
/// How far a thing on the water stands above or below it.
const SURFACE_HEIGHT_SIGMA_M: f64 = 3.0;
/// Height of a reported position that states no deviation.
const REPORTED_HEIGHT_SIGMA_M: f64 = 30.0;

/// The estimate after a target's first detection. `surface` is the height above the ellipsoid of the water, for a
/// detection that is taken to float on it. Nothing for a mere direction, or where the numbers lead off the Earth.
pub(super) fn initiated(
    site: &SiteFrame,
    pose: &Pose,
    measurement: &Measurement,
    at: Timestamp,
    surface: Option<f64>,
) -> Option<Estimate> {
    let (mut estimate, range_rate) = match *measurement {
        Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate, sigma } => {
            (polar(pose, at, Polar { range_m, azimuth, elevation }, sigma), range_rate)
        }
        Measurement::RangeAz { range_m, azimuth, sigma } => {
            let elevation = elevation_of_surface(site, pose, range_m, azimuth, surface?)?;
            let sigma = [sigma[0], sigma[1], SURFACE_HEIGHT_SIGMA_M / range_m];
            (polar(pose, at, Polar { range_m, azimuth, elevation }, sigma), None)
        }
        Measurement::Position { position, horizontal_sigma_m, vertical_sigma_m, velocity } => {
            let local = Pose::new(site, position);
            let unstated = if surface.is_some() { SURFACE_HEIGHT_SIGMA_M } else { REPORTED_HEIGHT_SIGMA_M };
            let vertical = vertical_sigma_m.unwrap_or(unstated);
            let sigma = Vector3::new(horizontal_sigma_m, horizontal_sigma_m, vertical);
            let mut estimate = located(at, site.enu(position).vector(), &turned(&local, sigma));
            if let Some((velocity, sigma)) = velocity {
                let moving = local.sensor_from_site().tr_mul(&velocity.vector());
                estimate.mean.fixed_rows_mut::<3>(3).copy_from(&moving);
                set_velocity_covariance(&mut estimate, &(Matrix3::identity() * sigma * sigma));
                return estimate.is_sound().then_some(estimate);
            }
            (estimate, None)
        }
        Measurement::AzEl { .. } | Measurement::Azimuth { .. } => return None,
    };
    let (speed, climb) = match surface {
        Some(_) => (SURFACE_SPEED_SIGMA_M_S, SURFACE_CLIMB_SIGMA_M_S),
        None => (AIR_SPEED_SIGMA_M_S, AIR_CLIMB_SIGMA_M_S),
    };
    let prior = Vector3::new(speed * speed, speed * speed, climb * climb);
    set_velocity_covariance(&mut estimate, &Matrix3::from_diagonal(&prior));
    if let Some(rate) = range_rate {
        let residual = range_rate_residual(pose, rate.m_s, rate.sigma_m_s, &estimate.mean);
        let innovation = residual.and_then(|residual| Innovation::new(estimate, residual));
        estimate = innovation.and_then(|innovation| updated(&innovation)).unwrap_or(estimate);
    }
    estimate.is_sound().then_some(estimate)
}

struct Polar {
    range_m: f64,
    azimuth: Azimuth,
    elevation: Elevation,
}

/// A position from polar coordinates, its covariance linearised there.
fn polar(pose: &Pose, at: Timestamp, seen: Polar, [range, azimuth, elevation]: [f64; 3]) -> Estimate {
    let Polar { range_m, azimuth: az, elevation: el } = seen;
    let (sin_az, cos_az) = az.radians().sin_cos();
    let (sin_el, cos_el) = el.radians().sin_cos();
    let along = Vector3::new(cos_el * sin_az, cos_el * cos_az, sin_el);
    let across = Vector3::new(cos_az, -sin_az, 0.0) * (range_m * cos_el.max(1e-3));
    let above = Vector3::new(-sin_el * sin_az, -sin_el * cos_az, cos_el) * range_m;
    let spread = along * along.transpose() * (range * range)
        + across * across.transpose() * (azimuth * azimuth)
        + above * above.transpose() * (elevation * elevation);
    let axes = pose.sensor_from_site();
    located(at, pose.in_site(Enu::from_polar(range_m, az, el)), &(axes.transpose() * spread * axes))
}

/// A covariance that is diagonal in the axes of `local`, in the site's.
fn turned(local: &Pose, sigma: Vector3<f64>) -> Matrix3<f64> {
    let axes = local.sensor_from_site();
    axes.transpose() * Matrix3::from_diagonal(&sigma.component_mul(&sigma)) * axes
}

fn located(at: Timestamp, position: Vector3<f64>, covariance: &Matrix3<f64>) -> Estimate {
    let mut estimate = Estimate { at, mean: Vector6::zeros(), covariance: Matrix6::identity() };
    estimate.mean.fixed_rows_mut::<3>(0).copy_from(&position);
    estimate.covariance.fixed_view_mut::<3, 3>(0, 0).copy_from(covariance);
    estimate
}

fn set_velocity_covariance(estimate: &mut Estimate, covariance: &Matrix3<f64>) {
    estimate.covariance.fixed_view_mut::<3, 3>(3, 3).copy_from(covariance);
}

/// The elevation under which a sensor sees the water at a range: by the Earth's true shape, not a flat one.
fn elevation_of_surface(
    site: &SiteFrame,
    pose: &Pose,
    range_m: f64,
    azimuth: Azimuth,
    water_m: f64,
) -> Option<Elevation> {
    let mut elevation = 0.0f64;
    for _ in 0..4 {
        let seen = Enu::from_polar(range_m, azimuth, Elevation::from_radians(elevation));
        let at = site.geodetic(Enu::from_vector(pose.in_site(seen))).ok()?;
        let lower = (at.height().metres - water_m) / range_m.max(1.0);
        elevation = (elevation - lower).clamp(-1.5, 1.5);
    }
    Some(Elevation::from_radians(elevation))
}

#[cfg(test)]
mod tests {
    use telemetry::messages::RangeRate;
    use telemetry::{AltitudeHae, EnuVelocity, Geodetic};

    use super::*;

    fn geodetic(lat: f64, lon: f64, height: f64) -> Geodetic {
        Geodetic::from_degrees(lat, lon, AltitudeHae::new(height)).unwrap()
    }

    fn site() -> SiteFrame {
        SiteFrame::new(geodetic(54.37, 10.14, 39.0))
    }

    fn start(measurement: &Measurement, sensor: Geodetic, surface: Option<f64>) -> Option<Estimate> {
        initiated(&site(), &Pose::new(&site(), sensor), measurement, Timestamp::EPOCH, surface)
    }

    #[test]
    fn a_radar_plot_gives_a_position_and_a_wide_velocity() {
        let sensor = geodetic(54.40, 10.20, 60.0);
        let target = geodetic(54.42, 10.22, 130.0);
        let seen = SiteFrame::new(sensor).enu(target);
        let measurement = Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: seen.azimuth(),
            elevation: seen.elevation(),
            range_rate: Some(RangeRate { m_s: -12.0, sigma_m_s: 0.5 }),
            sigma: [4.0, 0.007, 0.01],
        };
        let estimate = start(&measurement, sensor, None).unwrap();
        assert!((estimate.position() - site().enu(target).vector()).norm() < 1e-3);
        let along = seen.vector() / seen.range_m();
        assert!((along.dot(&estimate.velocity()) + 12.0).abs() < 0.1, "the range rate is in the velocity");
        let across = Vector3::new(-along.y, along.x, 0.0);
        let spread = estimate.covariance.fixed_view::<3, 3>(3, 3) * across;
        assert!((across.dot(&spread).sqrt() - AIR_SPEED_SIGMA_M_S).abs() < 1.0, "and says nothing across");
        let range_sigma = (along.transpose() * estimate.covariance.fixed_view::<3, 3>(0, 0) * along)[0].sqrt();
        assert!((range_sigma - 4.0).abs() < 0.1);
    }

    #[test]
    fn a_coastal_plot_lies_on_the_water_at_any_range() {
        let sensor = geodetic(54.40, 10.20, 64.0);
        for range_m in [300.0, 5_000.0, 20_000.0] {
            let azimuth = Azimuth::from_degrees(40.0);
            let measurement = Measurement::RangeAz { range_m, azimuth, sigma: [15.0, 0.005] };
            let estimate = start(&measurement, sensor, Some(39.0)).unwrap();
            let at = site().geodetic(Enu::from_vector(estimate.position())).unwrap();
            assert!((at.height().metres - 39.0).abs() < 0.01, "{range_m}: {}", at.height().metres);
            assert!((sensor.distance_m(at) - range_m).abs() < 0.01);
        }
    }

    #[test]
    fn a_report_starts_with_the_velocity_it_states() {
        let position = geodetic(54.60, 10.60, 39.0);
        let velocity = Some((EnuVelocity { east_m_s: 6.0, north_m_s: 0.0, up_m_s: 0.0 }, 0.5));
        let measurement =
            Measurement::Position { position, horizontal_sigma_m: 10.0, vertical_sigma_m: None, velocity };
        let estimate = start(&measurement, position, Some(39.0)).unwrap();
        assert!((estimate.velocity().norm() - 6.0).abs() < 1e-9);
        assert!((estimate.covariance[(3, 3)].sqrt() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_direction_starts_nothing() {
        let sensor = geodetic(54.40, 10.20, 64.0);
        assert!(start(&Measurement::Azimuth { azimuth: Azimuth::default(), sigma: 0.01 }, sensor, None).is_none());
        let direction =
            Measurement::AzEl { azimuth: Azimuth::default(), elevation: Elevation::default(), sigma: [0.01; 2] };
        assert!(start(&direction, sensor, None).is_none());
        let flat = Measurement::RangeAz { range_m: 900.0, azimuth: Azimuth::default(), sigma: [15.0, 0.005] };
        assert!(start(&flat, sensor, None).is_none(), "no height, and not taken to float");
    }
}
