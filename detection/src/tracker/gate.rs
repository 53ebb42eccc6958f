//! Gate: could this detection be that target's?
//!
//! First cheaply, by circles on the ground ([`Neighbours`]), so that a thousand targets do not each look at every plot;
//! then exactly, by the innovation's Mahalanobis distance against a χ² bound ([`Innovation::in_gate`]).

use nalgebra::Vector3;
use telemetry::messages::Measurement;
use telemetry::{Elevation, Enu, SiteFrame, Timestamp};

use super::estimate::{Estimate, Matrix6};
use super::measure::{Pose, Residual, residual};
use super::predict::{Motion, moved, predicted};

/// χ² bounds for 1 to 6 degrees of freedom that a target's own measurement exceeds once in 10,000.
const GATE: [f64; 6] = [15.14, 18.42, 21.11, 23.51, 25.74, 27.86];
/// What the circles allow: the square root of the widest gate, rounded up.
const GATE_SIGMAS: f64 = 5.5;
/// What the circles allow besides, for slant ranges taken as ranges over ground.
const CIRCLE_MARGIN_M: f64 = 100.0;
/// Targets known worse than this are offered every detection, so that one of them does not widen the search for all.
const WIDE_M: f64 = 2000.0;

/// A measurement seen from an estimate: how far off, in the light of what is known and how well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Innovation {
    pub(super) residual: Residual,
    /// The estimate to update: at the measurement's time, or at its own where the measurement is older.
    pub(super) prior: Estimate,
    /// The inverse of the innovation's covariance.
    pub(super) precision: Matrix6,
    /// Squared Mahalanobis distance.
    pub(super) distance2: f64,
    /// Natural logarithm of the probability density of the measurement, in its own units.
    pub(super) log_density: f64,
}

impl Innovation {
    /// Of a residual against a prior; nothing where the covariance has decayed.
    pub(super) fn new(prior: Estimate, residual: Residual) -> Option<Self> {
        let h = &residual.jacobian;
        let covariance = h * prior.covariance * h.transpose() + residual.noise;
        let cholesky = covariance.cholesky()?;
        let distance2 = residual.value.dot(&cholesky.solve(&residual.value));
        let log_det = 2.0 * cholesky.l_dirty().diagonal().iter().map(|x| x.ln()).sum::<f64>();
        let log_density = -0.5 * (distance2 + residual.rows as f64 * std::f64::consts::TAU.ln() + log_det);
        let sound = distance2.is_finite() && log_density.is_finite();
        sound.then(|| Self { residual, prior, precision: cholesky.inverse(), distance2, log_density })
    }

    /// Of a measurement against an estimate that may be older or newer than it.
    ///
    /// A measurement older than the estimate (out of sequence) is compared with the estimate moved back to its time, as
    /// a measurement of the present state: its Jacobian goes through the motion in between, and the manoeuvres in
    /// between are added to its noise. That neglects that the same manoeuvres are in the estimate already, so it trusts
    /// the old measurement a little less than it might; what it never does is trust it more.
    pub(super) fn of(
        site: &SiteFrame,
        pose: &Pose,
        measurement: &Measurement,
        at: Timestamp,
        estimate: &Estimate,
        motion: Motion,
    ) -> Option<Self> {
        if at >= estimate.at {
            let prior = predicted(estimate, at, motion);
            return Self::new(prior, residual(site, pose, measurement, &prior.mean)?);
        }
        let back_s = estimate.at.seconds_since(at);
        let past = moved(&estimate.mean, -back_s);
        let mut residual = residual(site, pose, measurement, &past)?;
        residual.noise += residual.jacobian * motion.noise(back_s) * residual.jacobian.transpose();
        let by_position = residual.jacobian.fixed_view::<6, 3>(0, 0).into_owned();
        let mut by_velocity = residual.jacobian.fixed_view_mut::<6, 3>(0, 3);
        by_velocity -= by_position * back_s;
        Self::new(*estimate, residual)
    }

    /// Whether the measurement is plausibly the target's.
    pub(super) fn in_gate(&self) -> bool {
        self.residual.rows > 0 && self.distance2 <= GATE[self.residual.rows - 1]
    }
}

/// Where on the ground a detection may have come from: a circle, or anywhere for a mere direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reach {
    Circle { centre: Vector3<f64>, radius_m: f64 },
    Anywhere,
}

impl Reach {
    pub(super) fn of(site: &SiteFrame, pose: &Pose, measurement: &Measurement) -> Self {
        let polar = |range_m: f64, azimuth, elevation, sigma: [f64; 2]| {
            let centre = pose.in_site(Enu::from_polar(range_m, azimuth, elevation));
            let radius_m = GATE_SIGMAS * (sigma[0] + range_m * sigma[1]);
            Self::Circle { centre, radius_m }
        };
        match *measurement {
            Measurement::RangeAzEl { range_m, azimuth, elevation, sigma, .. } => {
                polar(range_m, azimuth, elevation, [sigma[0] + range_m * sigma[2], sigma[1]])
            }
            Measurement::RangeAz { range_m, azimuth, sigma } => polar(range_m, azimuth, Elevation::default(), sigma),
            Measurement::Position { position, horizontal_sigma_m, .. } => {
                Self::Circle { centre: site.enu(position).vector(), radius_m: GATE_SIGMAS * horizontal_sigma_m }
            }
            Measurement::AzEl { .. } | Measurement::Azimuth { .. } => Self::Anywhere,
        }
    }
}

/// The targets by where they are on the ground, for one scan: sorted by their east coordinate, those known too badly to
/// sort kept apart.
#[derive(Debug)]
pub(super) struct Neighbours {
    sorted: Vec<Place>,
    wide: Vec<usize>,
    radius_max_m: f64,
    count: usize,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    east: f64,
    north: f64,
    radius_m: f64,
    target: usize,
}

impl Neighbours {
    /// From the targets' estimates, in order, predicted to the scan's time. The plots of a rotating scan lie up to
    /// `spread_s` from that time.
    pub(super) fn new(estimates: &[Estimate], spread_s: f64) -> Self {
        let mut sorted = Vec::with_capacity(estimates.len());
        let mut wide = Vec::new();
        let mut radius_max_m: f64 = 0.0;
        for (target, estimate) in estimates.iter().enumerate() {
            let speed = estimate.velocity().norm();
            let radius_m = GATE_SIGMAS * estimate.horizontal_sigma_m() + speed * spread_s + CIRCLE_MARGIN_M;
            if radius_m <= WIDE_M {
                radius_max_m = radius_max_m.max(radius_m);
                sorted.push(Place { east: estimate.mean[0], north: estimate.mean[1], radius_m, target });
            } else {
                wide.push(target);
            }
        }
        sorted.sort_by(|a, b| a.east.total_cmp(&b.east).then(a.target.cmp(&b.target)));
        Self { sorted, wide, radius_max_m, count: estimates.len() }
    }

    /// The targets a detection may belong to, in the order of the targets.
    pub(super) fn near(&self, reach: &Reach) -> Vec<usize> {
        let Reach::Circle { centre, radius_m } = *reach else {
            return (0..self.count).collect();
        };
        let first = self.sorted.partition_point(|place| place.east < centre.x - radius_m - self.radius_max_m);
        let east_max = centre.x + radius_m + self.radius_max_m;
        let close = self.sorted[first..].iter().take_while(|place| place.east <= east_max).filter(|place| {
            let reach_m = radius_m + place.radius_m;
            (place.east - centre.x).powi(2) + (place.north - centre.y).powi(2) <= reach_m * reach_m
        });
        let mut found: Vec<usize> = close.map(|place| place.target).chain(self.wide.iter().copied()).collect();
        found.sort_unstable();
        found
    }
}

/// Whether a direction may be the target's: a cheap look before the exact one, for sensors that give no range.
pub(super) fn in_sight(pose: &Pose, measurement: &Measurement, estimate: &Estimate) -> bool {
    let (azimuth, sigma) = match *measurement {
        Measurement::AzEl { azimuth, sigma, .. } => (azimuth, sigma[0]),
        Measurement::Azimuth { azimuth, sigma } => (azimuth, sigma),
        _ => return true,
    };
    let seen = pose.sees(&estimate.position());
    let width =
        GATE_SIGMAS * (sigma + (estimate.horizontal_sigma_m() + CIRCLE_MARGIN_M) / seen.horizontal_m().max(1.0));
    azimuth.turn_from(seen.azimuth()).abs() <= width
}

#[cfg(test)]
mod tests {
    use telemetry::{AltitudeHae, Azimuth, Geodetic};

    use super::*;
    use crate::tracker::estimate::Vector6;

    fn site() -> SiteFrame {
        SiteFrame::new(Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(39.0)).unwrap())
    }

    fn at(east: f64, north: f64, sigma_m: f64) -> Estimate {
        let variance = sigma_m * sigma_m;
        Estimate {
            at: Timestamp::EPOCH,
            mean: Vector6::from([east, north, 50.0, 20.0, 0.0, 0.0]),
            covariance: Matrix6::from_diagonal(&Vector6::from([variance, variance, variance, 1.0, 1.0, 1.0])),
        }
    }

    fn plot(range_m: f64, azimuth_deg: f64) -> Measurement {
        let (azimuth, elevation) = (Azimuth::from_degrees(azimuth_deg), Elevation::from_radians(50.0 / range_m));
        Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate: None, sigma: [4.0, 0.007, 0.01] }
    }

    fn innovation(estimate: &Estimate, measurement: &Measurement, seconds: f64) -> Innovation {
        let pose = Pose::new(&site(), site().datum());
        let at = Timestamp::EPOCH.offset_seconds(seconds);
        Innovation::of(&site(), &pose, measurement, at, estimate, Motion::Air).unwrap()
    }

    #[test]
    fn the_density_is_the_textbooks() {
        // One row: a bearing with innovation variance s has density exp(−ν²/2s)/√(2πs).
        let measurement = Measurement::Azimuth { azimuth: Azimuth::from_degrees(91.0), sigma: 0.01 };
        let estimate = at(1000.0, 0.0, 10.0);
        let found = innovation(&estimate, &measurement, 0.0);
        let (nu, s) = (1f64.to_radians(), 0.01f64.powi(2) + 0.01f64.powi(2));
        let expected = -0.5 * (nu * nu / s + (std::f64::consts::TAU * s).ln());
        assert!((found.log_density - expected).abs() < 1e-3, "{} {expected}", found.log_density);
        assert!((found.distance2 - nu * nu / s).abs() < 1e-2);
    }

    #[test]
    fn a_plot_where_the_target_is_going_to_be_is_in_the_gate_and_one_elsewhere_is_not() {
        let estimate = at(1000.0, 0.0, 5.0);
        assert!(innovation(&estimate, &plot(1020.0, 90.0), 1.0).in_gate());
        assert!(!innovation(&estimate, &plot(1100.0, 90.0), 1.0).in_gate());
        assert!(!innovation(&estimate, &plot(1020.0, 97.0), 1.0).in_gate());
    }

    #[test]
    fn an_older_measurement_is_compared_with_where_the_target_was() {
        let estimate = at(1000.0, 0.0, 5.0);
        let older = innovation(&estimate, &plot(980.0, 90.0), -1.0);
        assert!(older.in_gate() && older.residual.value.norm() < 2.0);
        assert_eq!(older.prior, estimate);
        let now = innovation(&estimate, &plot(1000.0, 90.0), 0.0);
        assert!(older.residual.noise[(0, 0)] > now.residual.noise[(0, 0)], "the manoeuvres in between are noise");
    }

    #[test]
    fn neighbours_are_those_within_reach_in_order_and_the_badly_known_always() {
        let estimates = [at(0.0, 0.0, 5.0), at(5000.0, 0.0, 5.0), at(9000.0, 9000.0, 900.0), at(100.0, 50.0, 5.0)];
        let neighbours = Neighbours::new(&estimates, 1.0);
        let near = |east: f64| neighbours.near(&Reach::Circle { centre: Vector3::new(east, 0.0, 0.0), radius_m: 50.0 });
        assert_eq!(near(50.0), [0, 2, 3]);
        assert_eq!(near(5000.0), [1, 2]);
        assert_eq!(near(-9000.0), [2]);
        assert_eq!(neighbours.near(&Reach::Anywhere), [0, 1, 2, 3]);
    }

    #[test]
    fn the_cheap_look_never_hides_what_the_exact_one_would_take() {
        let pose = Pose::new(&site(), site().datum());
        for azimuth_deg in 0..360 {
            for sigma_m in [1.0, 30.0, 300.0] {
                let estimate = at(700.0, -300.0, sigma_m);
                let bearing = Measurement::Azimuth { azimuth: Azimuth::from_degrees(azimuth_deg.into()), sigma: 0.02 };
                let plot = plot(761.6, azimuth_deg.into());
                let neighbours = Neighbours::new(&[estimate], 1.0);
                if innovation(&estimate, &plot, 0.0).in_gate() {
                    assert_eq!(neighbours.near(&Reach::of(&site(), &pose, &plot)), [0]);
                }
                if innovation(&estimate, &bearing, 0.0).in_gate() {
                    assert!(in_sight(&pose, &bearing, &estimate));
                }
            }
        }
    }
}
