//! A report in the site frame, and how far it lies from what is believed.

use nalgebra::{SMatrix, SVector};
use telemetry::messages::{Detection, Measurement};
use telemetry::{SiteFrame, Timestamp};

use super::ANCHORED_S;
use crate::tracker::estimate::{Gaussian, Matrix6, Vector6};
use crate::tracker::imm::{Imm, Linear};
use crate::tracker::motion::{AT_ANCHOR_M_S, Domain};

/// No height, or no velocity, was reported: as noisy as this.
const UNKNOWN_SIGMA: f64 = 1e4;
/// What a target may accelerate, m/s², where a report is older than what is believed of it, and how much older, seconds.
const ACCELERATION_AIR_M_S2: f64 = 3.0;
const ACCELERATION_SURFACE_M_S2: f64 = 0.2;
pub(super) const BACK_MAX_S: f64 = 5.0;
pub(super) const ROWS: usize = 6;

/// A report in the site frame: what it says, and the noise it admits to.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) at: Timestamp,
    pub(super) state: Vector6,
    pub(super) noise: Matrix6,
    /// How many rows were reported.
    pub(super) rows: f64,
    /// Until when a vessel that says it lies is taken for lying.
    pub(super) lies_until: Option<Timestamp>,
}

impl Report {
    pub(super) fn new(site: &SiteFrame, detection: &Detection, domain: Domain) -> Option<Self> {
        let Measurement::Position { position, horizontal_sigma_m, vertical_sigma_m, velocity } = detection.measurement
        else {
            return None;
        };
        let axes = SiteFrame::new(position).enu_from_other(site).transpose();
        let (moves, velocity_sigma) =
            velocity.map_or((Default::default(), UNKNOWN_SIGMA), |(v, sigma)| (v.vector(), sigma));
        let vertical = match domain {
            Domain::Surface => UNKNOWN_SIGMA,
            Domain::Air => vertical_sigma_m.unwrap_or(UNKNOWN_SIGMA),
        };
        let climb_sigma = if domain == Domain::Surface { UNKNOWN_SIGMA } else { velocity_sigma };
        let square = |a: f64, b: f64| {
            let local = nalgebra::Matrix3::from_diagonal(&nalgebra::Vector3::new(a * a, a * a, b * b));
            axes * local * axes.transpose()
        };
        let mut noise = Matrix6::zeros();
        noise.fixed_view_mut::<3, 3>(0, 0).copy_from(&square(horizontal_sigma_m, vertical));
        noise.fixed_view_mut::<3, 3>(3, 3).copy_from(&square(velocity_sigma, climb_sigma));
        let mut state = Vector6::zeros();
        state.fixed_rows_mut::<3>(0).copy_from(&site.enu(position).vector());
        state.fixed_rows_mut::<3>(3).copy_from(&(axes * moves));
        let known = [vertical < UNKNOWN_SIGMA, velocity.is_some(), velocity.is_some() && climb_sigma < UNKNOWN_SIGMA];
        let rows = 2.0 + f64::from(known[0]) + 2.0 * f64::from(known[1]) + f64::from(known[2]);
        let at = detection.measured_at;
        let lies = domain == Domain::Surface && velocity.is_some_and(|(v, _)| v.vector().norm() < AT_ANCHOR_M_S);
        Some(Self { at, state, noise, rows, lies_until: lies.then(|| at.offset_seconds(ANCHORED_S)) })
    }

    /// The squared Mahalanobis distance from a belief, as of the report's time.
    pub(super) fn distance(&self, belief: &Gaussian) -> f64 {
        let off = self.state - belief.mean;
        let spread = belief.covariance + self.noise;
        spread.cholesky().map_or(f64::INFINITY, |factor| off.dot(&factor.solve(&off)))
    }

    pub(super) fn linear(&self, state: &Vector6) -> Linear<ROWS> {
        let residual: SVector<f64, ROWS> = self.state - state;
        Linear { residual, jacobian: SMatrix::identity(), noise: self.noise }
    }
}

/// A belief as of an instant. What lies a little before it is less sure by what the target may have manoeuvred since.
pub(super) fn as_of(imm: &Imm, at: Timestamp) -> Gaussian {
    let mut estimate = imm.estimate();
    let back_s = imm.at.seconds_since(at).clamp(-BACK_MAX_S, BACK_MAX_S);
    let manoeuvre = manoeuvred(imm.domain, back_s);
    for axis in 0..3 {
        estimate.mean[axis] -= back_s * estimate.mean[axis + 3];
    }
    estimate.covariance += manoeuvre;
    estimate
}

/// What a target may have manoeuvred within a span, as a covariance.
pub(super) fn manoeuvred(domain: Domain, span_s: f64) -> Matrix6 {
    let acceleration = match domain {
        Domain::Air => ACCELERATION_AIR_M_S2,
        Domain::Surface => ACCELERATION_SURFACE_M_S2,
    };
    let (path, change) = (acceleration * span_s * span_s / 2.0, acceleration * span_s);
    let (path, change) = (path * path, change * change);
    Matrix6::from_diagonal(&Vector6::new(path, path, path, change, change, change))
}
