//! Update: what a detection adds to what is known of a target.
//!
//! The extended Kalman filter's update in Joseph's form, which keeps the covariance symmetric and positive whatever the
//! rounding (Y. Bar-Shalom et al., 2001, §5.2.5 and §10.3.3). A target that floats is held to the water by a
//! measurement of its height that needs no sensor.

use telemetry::SiteFrame;

use super::estimate::{Estimate, Matrix6};
use super::gate::Innovation;
use super::measure::height_residual;

/// How far a vessel's reported or observed point stands above or below the water: freeboard, masts, tide.
const FLOAT_SIGMA_M: f64 = 3.0;

/// The estimate after a detection. Nothing where the arithmetic has decayed: then the detection is left out.
pub(super) fn updated(innovation: &Innovation) -> Option<Estimate> {
    let Innovation { residual, prior, precision, .. } = innovation;
    let gain = prior.covariance * residual.jacobian.transpose() * precision;
    let mean = prior.mean + gain * residual.value;
    let kept = Matrix6::identity() - gain * residual.jacobian;
    let joseph = kept * prior.covariance * kept.transpose() + gain * residual.noise * gain.transpose();
    let covariance = (joseph + joseph.transpose()) * 0.5;
    let estimate = Estimate { at: prior.at, mean, covariance };
    estimate.is_sound().then_some(estimate)
}

/// The estimate of a target that floats at a height above the ellipsoid.
pub(super) fn floated(site: &SiteFrame, water_m: f64, estimate: &Estimate) -> Estimate {
    let innovation = height_residual(site, water_m, FLOAT_SIGMA_M, &estimate.mean)
        .and_then(|residual| Innovation::new(*estimate, residual));
    innovation.and_then(|innovation| updated(&innovation)).unwrap_or(*estimate)
}

#[cfg(test)]
mod tests {
    use telemetry::messages::Measurement;
    use telemetry::{AltitudeHae, Geodetic, SiteFrame, Timestamp};

    use super::*;
    use crate::tracker::estimate::Vector6;
    use crate::tracker::measure::Pose;
    use crate::tracker::predict::{Motion, predicted};

    fn site() -> SiteFrame {
        SiteFrame::new(Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(39.0)).unwrap())
    }

    /// Independent standard normal numbers, the same every time (Box and Muller on a linear congruence).
    struct Normal(u64);

    impl Normal {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }

        fn draw(&mut self) -> f64 {
            (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
        }
    }

    /// A target that moves exactly as the filter believes, measured exactly as the filter believes: the normalised
    /// estimation error squared must then average 6, the number of states. With 50 runs of 40 steps its mean has a
    /// standard deviation of √(2·6/50) for each step; steps of one run depend on each other, so the bound is taken for
    /// 50 independent runs: 6 ± 2.6·0.49.
    #[test]
    fn errors_are_as_large_as_the_filter_believes() {
        let (site, runs, steps) = (site(), 50, 40);
        let mut normal = Normal(7);
        let mut sum = 0.0;
        for _ in 0..runs {
            let covariance = Matrix6::from_diagonal(&Vector6::from([100.0, 100.0, 25.0, 25.0, 25.0, 4.0]));
            let mut estimate = Estimate { at: Timestamp::EPOCH, mean: Vector6::zeros(), covariance };
            let mut truth = Vector6::from_fn(|i, _| covariance[(i, i)].sqrt() * normal.draw());
            for step in 1..=steps {
                let at = Timestamp::EPOCH.offset_seconds(f64::from(step));
                let push = Motion::Air.noise(1.0).cholesky().unwrap().l() * Vector6::from_fn(|_, _| normal.draw());
                truth = crate::tracker::predict::moved(&truth, 1.0) + push;
                let seen = telemetry::Enu {
                    east_m: truth[0] + 8.0 * normal.draw(),
                    north_m: truth[1] + 8.0 * normal.draw(),
                    up_m: truth[2] + 12.0 * normal.draw(),
                };
                let measurement = Measurement::Position {
                    position: site.geodetic(seen).unwrap(),
                    horizontal_sigma_m: 8.0,
                    vertical_sigma_m: Some(12.0),
                    velocity: None,
                };
                let pose = Pose::new(&site, site.datum());
                let innovation = Innovation::of(&site, &pose, &measurement, at, &estimate, Motion::Air).unwrap();
                estimate = updated(&innovation).unwrap();
                let error = truth - estimate.mean;
                sum += error.dot(&estimate.covariance.cholesky().unwrap().solve(&error));
            }
        }
        let mean = sum / f64::from(runs * steps);
        assert!((mean - 6.0).abs() < 1.3, "mean NEES {mean}");
    }

    #[test]
    fn a_detection_only_ever_adds_knowledge() {
        let covariance = Matrix6::from_diagonal(&Vector6::from([100.0, 100.0, 25.0, 25.0, 25.0, 4.0]));
        let mean = Vector6::from([900.0, 200.0, 60.0, 5.0, 5.0, 0.0]);
        let prior = predicted(
            &Estimate { at: Timestamp::EPOCH, mean, covariance },
            Timestamp::EPOCH.offset_seconds(1.0),
            Motion::Air,
        );
        let bearing = Measurement::Azimuth { azimuth: telemetry::Azimuth::from_degrees(80.0), sigma: 0.02 };
        let pose = Pose::new(&site(), site().datum());
        let innovation = Innovation::of(&site(), &pose, &bearing, prior.at, &prior, Motion::Air).unwrap();
        let after = updated(&innovation).unwrap();
        let gained = prior.covariance - after.covariance;
        assert!(gained.symmetric_eigenvalues().iter().all(|&value| value > -1e-9));
        assert!(gained.trace() > 1.0);
    }

    #[test]
    fn what_floats_comes_down_to_the_water() {
        let site = site();
        let covariance = Matrix6::from_diagonal(&Vector6::from([100.0, 100.0, 400.0, 1.0, 1.0, 0.01]));
        let mean = Vector6::from([20_000.0, 0.0, 30.0, 5.0, 0.0, 0.0]);
        let mut estimate = Estimate { at: Timestamp::EPOCH, mean, covariance };
        for _ in 0..20 {
            estimate = floated(&site, 39.0, &estimate);
        }
        let at = site.geodetic(telemetry::Enu::from_vector(estimate.position())).unwrap();
        assert!((at.height().metres - 39.0).abs() < 0.5, "{}", at.height().metres);
    }
}
