//! Where a balloon drifts to.
//!
//! East and north apart, its speed is the forecast wind, an error of the forecast that lasts, and a gust that fades: an
//! Ornstein–Uhlenbeck process. Position, error and gust are linear and Gaussian, so a Kalman filter over the fixes is
//! exact, and so is the prediction: for each moment of burning out, a normal distribution of the landing. It may burn
//! out at any moment of its range that is not past, each as likely as the other.

use super::Landing;
use super::problem::Cue;
use nalgebra::{Matrix3, RowVector3, Vector3};

/// By how much the forecast is wrong for the whole drift, standard deviation, m/s. This and the gusts are the maximum
/// of the likelihood over 200 drifts with known landings.
const FORECAST_SD_M_S: f64 = 0.72;
/// The gusts, standard deviation, m/s.
const GUST_SD_M_S: f64 = 0.83;
/// After this long a gust has faded to 1/e, s.
const GUST_FADES_S: f64 = 86.0;
/// Moments of burning out that are looked at.
const MOMENTS: usize = 40;
/// Gauss–Hermite nodes and weights for a standard normal variable, five points.
const NORMAL: [(f64, f64); 5] = [
    (-2.856_970, 0.011_257_4),
    (-1.355_626, 0.222_075_9),
    (0.0, 0.533_333_3),
    (1.355_626, 0.222_075_9),
    (2.856_970, 0.011_257_4),
];

/// Position, error of the forecast, gust: of one axis.
struct Axis {
    mean: Vector3<f64>,
    covariance: Matrix3<f64>,
    at_s: f64,
}

pub(super) fn landings(cue: &Cue, wind_m_s: [f64; 2], burnt_out_s: [f64; 2]) -> Vec<Landing> {
    let axes = [0, 1].map(|axis| Axis::after(cue, axis, wind_m_s[axis]));
    let earliest_s = burnt_out_s[0].max(cue.now_s);
    // Past the last moment, it is coming down now.
    let latest_s = burnt_out_s[1].max(earliest_s);
    let mut landings = Vec::with_capacity(MOMENTS * NORMAL.len() * NORMAL.len());
    for moment in 0..MOMENTS {
        let share = (moment as f64 + 0.5) / MOMENTS as f64;
        let lands_s = earliest_s + share * (latest_s - earliest_s);
        let [(east_m, east_sd_m), (north_m, north_sd_m)] =
            [0, 1].map(|axis: usize| axes[axis].place(lands_s, wind_m_s[axis]));
        for (east, east_weight) in NORMAL {
            for (north, north_weight) in NORMAL {
                landings.push(Landing {
                    at_m: [east_m + east * east_sd_m, north_m + north * north_sd_m],
                    in_s: lands_s - cue.now_s,
                    weight: east_weight * north_weight / MOMENTS as f64,
                });
            }
        }
    }
    landings
}

impl Axis {
    /// What the track says.
    fn after(cue: &Cue, axis: usize, wind_m_s: f64) -> Self {
        let variance_m2 = cue.sigma_m * cue.sigma_m;
        let first = cue.track[0];
        let mut state = Self {
            mean: Vector3::new(first.at_m[axis], 0.0, 0.0),
            covariance: Matrix3::from_diagonal(&Vector3::new(
                variance_m2,
                FORECAST_SD_M_S.powi(2),
                GUST_SD_M_S.powi(2),
            )),
            at_s: first.at_s,
        };
        for fix in &cue.track[1..] {
            state = state.at(fix.at_s, wind_m_s);
            let gain = state.covariance.column(0) / (state.covariance[(0, 0)] + variance_m2);
            state.mean += gain * (fix.at_m[axis] - state.mean[0]);
            let row: RowVector3<f64> = state.covariance.row(0).into_owned();
            state.covariance -= gain * row;
        }
        state
    }

    /// The same, later.
    fn at(&self, then_s: f64, wind_m_s: f64) -> Self {
        let step_s = then_s - self.at_s;
        let faded = (-step_s / GUST_FADES_S).exp();
        // How far a gust of 1 m/s carries it on the way to fading.
        let carried_s = GUST_FADES_S * (1.0 - faded);
        let transition = Matrix3::new(1.0, step_s, carried_s, 0.0, 1.0, 0.0, 0.0, 0.0, faded);
        let (variance, tau_s) = (GUST_SD_M_S.powi(2), GUST_FADES_S);
        // The integral of an Ornstein–Uhlenbeck process, and its covariance with the process.
        let place_m2 = variance * tau_s * (2.0 * step_s - 2.0 * carried_s - carried_s.powi(2) / tau_s).max(0.0);
        let both = variance * carried_s.powi(2) / tau_s;
        let mut covariance = transition * self.covariance * transition.transpose();
        covariance[(0, 0)] += place_m2;
        covariance[(0, 2)] += both;
        covariance[(2, 0)] += both;
        covariance[(2, 2)] += variance * (1.0 - faded * faded);
        let mut mean = transition * self.mean;
        mean[0] += wind_m_s * step_s;
        Self { mean, covariance, at_s: then_s }
    }

    /// Where it is then: mean and standard deviation, metres.
    fn place(&self, then_s: f64, wind_m_s: f64) -> (f64, f64) {
        let then = self.at(then_s, wind_m_s);
        (then.mean[0], then.covariance[(0, 0)].max(0.0).sqrt())
    }
}
