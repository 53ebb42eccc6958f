//! Habits: how common each class is, and how fast and how high its members go.
//!
//! Speeds of birds: T. Alerstam et al., "Flight speeds among bird species", PLoS Biology 5 (2007): 8 to 23 m/s, the
//! greater part of those that fly by day and low below 16. Small drones fly up to 120 m above the ground (Regulation (EU)
//! 2019/947, open category) at 10 to 25 m/s, or hover. Pedestrians walk at 1.4 m/s (R. L. Knoblauch et al.,
//! Transportation Research Record 1538 (1996)). The other figures are broad on purpose; they are judgement, not
//! measurement.

use telemetry::messages::TargetClass;

use crate::tracker::estimate::Gaussian;
use crate::tracker::motion::Domain;

/// The classes weighed, in the order of every array of classes.
pub(super) const CLASSES: [TargetClass; COUNT] = [
    TargetClass::Drone,
    TargetClass::Bird,
    TargetClass::Aircraft,
    TargetClass::Vessel,
    TargetClass::Vehicle,
    TargetClass::Person,
    TargetClass::Unknown,
];
pub(super) const COUNT: usize = 7;
pub(super) const DRONE: usize = 0;
pub(super) const BIRD: usize = 1;
pub(super) const AIRCRAFT: usize = 2;
pub(super) const VESSEL: usize = 3;
pub(super) const VEHICLE: usize = 4;
pub(super) const PERSON: usize = 5;

/// What an aircraft loses, as a logarithm, for a turn that is too sharp for most.
pub(super) const SHARP_TURN_OF_AIRCRAFT: f64 = 2.0;

/// Priors of what an air-surveillance sensor first sees, and of what a coastal radar first sees. Those who watch the
/// air see little of what goes on the ground, and nothing that they were asked to watch.
const PRIOR_AIR: [f64; COUNT] = [0.675, 0.199, 0.049, 0.02, 0.004, 0.003, 0.05];
const PRIOR_SURFACE: [f64; COUNT] = [0.02, 0.03, 0.01, 0.898, 0.001, 0.001, 0.04];

/// Shares, means and deviations of normal densities.
type Mixture = &'static [(f64, f64, f64)];
/// Speeds over ground, m/s.
const SPEED: [Mixture; COUNT] = [
    &[(0.12, 1.0, 1.5), (0.12, 9.0, 5.0), (0.76, 19.5, 3.8)],
    &[(1.0, 11.5, 3.0)],
    &[(1.0, 60.0, 20.0)],
    &[(0.4, 2.0, 2.0), (0.4, 8.0, 4.0), (0.2, 16.0, 6.0)],
    &[(0.3, 2.0, 2.0), (0.7, 15.0, 7.0)],
    &[(1.0, 1.4, 0.8)],
    &[(1.0, 20.0, 25.0)],
];
/// Heights above the ground, metres: means and deviations of normal densities.
const HEIGHT: [(f64, f64); COUNT] =
    [(75.0, 50.0), (60.0, 60.0), (500.0, 300.0), (3.0, 5.0), (1.5, 3.0), (1.0, 2.0), (100.0, 200.0)];
/// No density counts for less: the world is odder than any model of it.
const SPEED_DENSITY_MIN: f64 = 3e-4;
const HEIGHT_DENSITY_MIN: f64 = 1e-5;
/// A height that is known no better than this was assumed, not measured, metres: left to itself, an estimate of what
/// flies is as sure.
pub(super) const HEIGHT_SIGMA_MAX_M: f64 = 20.0;
/// How uneven the ground around a site is, metres.
const GROUND_SIGMA_M: f64 = 8.0;
/// Mean radius of the Earth, metres.
const EARTH_RADIUS_M: f64 = 6_371_000.0;

/// What is believed before anything but the first detection is known.
pub(super) fn prior(domain: Domain) -> [f64; COUNT] {
    match domain {
        Domain::Air => PRIOR_AIR,
        Domain::Surface => PRIOR_SURFACE,
    }
}

/// The height of an estimate above the ground and its deviation, metres, where it was measured. `ground_m` is the height
/// of the ground in the site frame's datum plane.
pub(super) fn height(estimate: &Gaussian, ground_m: f64) -> Option<(f64, f64)> {
    let [east, north, up, ..] = estimate.mean.data.0[0];
    let variance = estimate.covariance[(2, 2)];
    let above = up + (east * east + north * north) / (2.0 * EARTH_RADIUS_M) - ground_m;
    (variance < HEIGHT_SIGMA_MAX_M * HEIGHT_SIGMA_MAX_M)
        .then(|| (above, (variance + GROUND_SIGMA_M * GROUND_SIGMA_M).sqrt()))
}

/// The logarithm of how well each class explains a speed and a height, each with its deviation, against the best.
pub(super) fn fit((speed, sigma): (f64, f64), height: Option<(f64, f64)>) -> [f64; COUNT] {
    let mut ln = SPEED.map(|mixture| ln_density(mixture, speed, sigma));
    if let Some((height, sigma)) = height {
        for (ln, (mean, deviation)) in ln.iter_mut().zip(HEIGHT) {
            *ln += ln_normal(height, mean, deviation * deviation + sigma * sigma).max(HEIGHT_DENSITY_MIN.ln());
        }
    }
    let best = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    ln.map(|ln| ln - best)
}

/// The logarithm of the density of a value known with a deviation, under a mixture.
pub(super) fn ln_density(mixture: Mixture, value: f64, sigma: f64) -> f64 {
    let variance = |deviation: f64| deviation * deviation + sigma * sigma;
    let ln = match mixture {
        [(_, mean, deviation)] => ln_normal(value, *mean, variance(*deviation)),
        _ => {
            let part = |&(share, mean, deviation): &(f64, f64, f64)| {
                let variance = variance(deviation);
                share * (-0.5 * (value - mean).powi(2) / variance).exp() / (std::f64::consts::TAU * variance).sqrt()
            };
            mixture.iter().map(part).sum::<f64>().ln()
        }
    };
    ln.max(SPEED_DENSITY_MIN.ln())
}

fn ln_normal(value: f64, mean: f64, variance: f64) -> f64 {
    -0.5 * ((value - mean).powi(2) / variance + (std::f64::consts::TAU * variance).ln())
}
