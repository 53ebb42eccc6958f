//! A look beside the textbook: densities, Kalman updates, mixtures over plots.

use nalgebra::SMatrix;
use proptest::prelude::*;
use telemetry::SiteFrame;
use telemetry::messages::SensorKind;

use super::*;
use crate::tracker::example::{at, belief, motions, nees, sensor, site};
use crate::tracker::imm::{ChangesOver, Linear};
use crate::tracker::motion::Domain;

const ALL: [bool; ROWS] = [true; ROWS];
const SIGMA: [f64; ROWS] = [4.0, 0.007, 0.01, 0.5];

/// A radar at the datum and how it looks.
struct Watch {
    site: SiteFrame,
    sensor: Sensor,
    pose: Pose,
    noise: Noise,
}

impl Watch {
    fn new(noise: Noise) -> Self {
        let site = site();
        let pose = Pose::new(&site, site.datum());
        Self { site, sensor: Sensor::new(sensor("radar", SensorKind::Radar)), pose, noise }
    }

    fn look(&self) -> Look<'_> {
        Look { sensor: &self.sensor, pose: &self.pose, noise: &self.noise, site: &self.site, ground_m: 39.0 }
    }

    fn candidate(&self, imm: &Imm, plots: &[Plot], back_s: f64) -> Candidate {
        let mut candidate = Candidate::new(0, &self.look(), &imm.estimate(), back_s).unwrap();
        candidate.gate(&self.look(), imm, plots);
        candidate
    }

    /// A plot that differs from what a state should give by so much in each row.
    fn plot(&self, state: &Vector6, off: [f64; ROWS], has: [bool; ROWS]) -> Plot {
        let value = self.pose.expects(state).unwrap().value + Rows::from(off);
        Plot { at: at(0.0), index: 0, has, value, sigma: SIGMA.into(), llr: None }
    }

    /// The measurement for a filter that does without gates.
    fn linear(&self, plot: &Plot, state: &Vector6) -> Linear<ROWS> {
        let expected = self.pose.expects(state).unwrap();
        let noise = self.noise.of(&plot.sigma, plot.has, &expected);
        Linear { residual: expected.residual(plot), jacobian: expected.rows(plot.has), noise }
    }
}

fn watch() -> Watch {
    Watch::new(Noise::default())
}

fn flying() -> Gaussian {
    belief([1200.0, -700.0, 110.0, -14.0, 9.0, 0.5], [9.0, 7.0, 11.0, 2.0, 3.0, 1.0])
}

fn one_mode() -> Imm {
    Imm::new(Domain::Air, at(0.0), flying())
}

fn all_modes() -> Imm {
    let motions = motions();
    let mut imm = one_mode();
    imm.part(&motions);
    imm.predict(&motions, &mut ChangesOver::default(), at(2.0));
    imm
}

/// The innovation covariance by the textbook.
fn innovation(watch: &Watch, imm: &Imm, plot: &Plot) -> RowsSquare {
    let linear = watch.linear(plot, &imm.estimate().mean);
    linear.jacobian * imm.estimate().covariance * linear.jacobian.transpose() + linear.noise
}

#[test]
fn a_plot_on_the_prediction_is_in_and_one_ten_sigmas_off_in_any_row_is_out() {
    let (watch, imm) = (watch(), one_mode());
    let mean = imm.estimate().mean;
    let on = watch.plot(&mean, [0.0; ROWS], ALL);
    assert_eq!(watch.candidate(&imm, &[on], 0.0).plots.len(), 1);
    let sigmas = innovation(&watch, &imm, &on).diagonal().map(f64::sqrt);
    for row in 0..ROWS {
        for (times, inside) in [(3.0, true), (-3.0, true), (10.0, false), (-10.0, false)] {
            let mut off = [0.0; ROWS];
            off[row] = times * sigmas[row];
            let found = watch.candidate(&imm, &[watch.plot(&mean, off, ALL)], 0.0);
            assert_eq!(!found.plots.is_empty(), inside, "row {row}, {times} standard deviations off");
        }
    }
    assert!(watch.candidate(&imm, &[], 0.0).plots.is_empty());
}

#[test]
fn the_likelihood_of_one_mode_is_the_gaussian_density() {
    let (watch, imm) = (watch(), one_mode());
    for has in [
        ALL,
        [true, true, true, false],
        [true, true, false, false],
        [false, true, true, false],
        [false, true, false, false],
    ] {
        let plot = watch.plot(&imm.estimate().mean, [5.0, 0.004, -0.006, 0.7], has);
        let found = watch.candidate(&imm, &[plot], 0.0);
        let linear = watch.linear(&plot, &imm.estimate().mean);
        let spread = innovation(&watch, &imm, &plot);
        let rows = has.iter().filter(|has| **has).count();
        // Rows that were not measured have unit variance and no covariance: they change no determinant.
        let ln = -0.5
            * (nees(&linear.residual, &spread) + spread.determinant().ln() + rows as f64 * std::f64::consts::TAU.ln());
        assert!((found.plots[0].ln - ln).abs() < 1e-9, "{has:?}: {} {ln}", found.plots[0].ln);
    }
}

#[test]
fn the_likelihood_of_all_modes_is_the_density_of_their_mixture() {
    let (watch, imm) = (watch(), all_modes());
    let plot = watch.plot(&imm.estimate().mean, [6.0, 0.005, 0.0, 1.0], ALL);
    let found = watch.candidate(&imm, &[plot], 0.0);
    let mut conditioned = imm.clone();
    let ln = conditioned.condition(|state| Some(watch.linear(&plot, state))).unwrap();
    assert!((found.plots[0].ln - ln).abs() < 0.01, "{} {ln}", found.plots[0].ln);
}

#[test]
fn with_one_plot_that_is_surely_its_own_the_update_is_the_kalman_filter_s() {
    for (imm, allowed) in [(one_mode(), 1e-9), (all_modes(), 2e-2)] {
        let watch = watch();
        let plot = watch.plot(&imm.estimate().mean, [6.0, 0.005, -0.004, 1.0], ALL);
        let (mut found, mut expected) = (imm.clone(), imm);
        assert!(watch.candidate(&found, &[plot], 0.0).update(&mut found, &[plot], &[1.0], 0.0));
        expected.condition(|state| Some(watch.linear(&plot, state))).unwrap();
        let (found_, expected_) = (found.estimate(), expected.estimate());
        assert!((found_.mean - expected_.mean).norm() < allowed, "{} {}", found_.mean, expected_.mean);
        let off = (found_.covariance - expected_.covariance).norm();
        assert!(off < allowed * expected_.covariance.norm(), "{} {}", found_.covariance, expected_.covariance);
        assert!(found.weights.iter().zip(expected.weights).all(|(a, b)| (a - b).abs() < allowed));
    }
}

#[test]
fn with_shares_the_update_has_the_moments_of_the_mixture_over_the_plots() {
    let (watch, imm) = (watch(), one_mode());
    let mean = imm.estimate().mean;
    let mut plots =
        [watch.plot(&mean, [-7.0, 0.002, 0.0, 0.3], ALL), watch.plot(&mean, [9.0, -0.006, 0.004, -0.6], ALL)];
    plots.sort_by(|a, b| a.value[RANGE].total_cmp(&b.value[RANGE]));
    let (shares, missed) = ([0.5, 0.3], 0.2);
    let mut found = imm.clone();
    assert!(watch.candidate(&imm, &plots, 0.0).update(&mut found, &plots, &shares, missed));
    let given = |plot: &Plot| {
        let mut imm = imm.clone();
        imm.condition(|state| Some(watch.linear(plot, state))).unwrap();
        imm.estimate()
    };
    let parts = [(shares[0], given(&plots[0])), (shares[1], given(&plots[1])), (missed, imm.estimate())];
    let expected: Vector6 = parts.iter().map(|(share, part)| part.mean * *share).sum();
    let spread = |part: &Gaussian| part.covariance + (part.mean - expected) * (part.mean - expected).transpose();
    let covariance: Matrix6 = parts.iter().map(|(share, part)| spread(part) * *share).sum();
    assert!((found.estimate().mean - expected).norm() < 1e-9);
    assert!((found.estimate().covariance - covariance).norm() < 1e-9 * covariance.norm());
}

#[test]
fn a_plot_that_is_not_its_own_changes_nothing() {
    for imm in [one_mode(), all_modes()] {
        let watch = watch();
        let plot = watch.plot(&imm.estimate().mean, [6.0, 0.005, 0.0, 1.0], ALL);
        let mut found = imm.clone();
        assert!(watch.candidate(&imm, &[plot], 0.0).update(&mut found, &[plot], &[0.0], 1.0));
        assert!((found.estimate().mean - imm.estimate().mean).norm() < 1e-9);
        assert!((found.estimate().covariance - imm.estimate().covariance).norm() < 1e-6);
    }
}

#[test]
fn shares_that_are_none_are_told() {
    let (watch, mut imm) = (watch(), one_mode());
    let plot = watch.plot(&imm.estimate().mean, [0.0; ROWS], ALL);
    assert!(!watch.candidate(&imm, &[plot], 0.0).update(&mut imm, &[plot], &[0.0], 0.0));
}

/// A belief moved straight on, without noise.
fn straight_on(before: &Gaussian, seconds: f64) -> Gaussian {
    let mut transition = Matrix6::identity();
    transition.fixed_view_mut::<3, 3>(0, 3).copy_from(&(SMatrix::<f64, 3, 3>::identity() * seconds));
    Gaussian { mean: transition * before.mean, covariance: transition * before.covariance * transition.transpose() }
}

#[test]
fn a_look_back_in_time_sees_a_straight_flight_as_it_was() {
    let watch = watch();
    let (then, now) = (flying(), straight_on(&flying(), 1.7));
    let look = |belief: &Gaussian, back_s: f64| Candidate::new(0, &watch.look(), belief, back_s).unwrap();
    let (direct, back) = (look(&then, 0.0), look(&now, 1.7));
    assert!((direct.expected.value - back.expected.value).norm() < 1e-9);
    assert!((direct.spread - back.spread).norm() < 1e-9);

    // And what is learnt then and moved on is what is learnt now by looking back.
    let plot = watch.plot(&then.mean, [6.0, 0.005, -0.004, 1.0], ALL);
    let updated = |belief: Gaussian, back_s: f64| {
        let mut imm = Imm::new(Domain::Air, at(0.0), belief);
        assert!(watch.candidate(&imm, &[plot], back_s).update(&mut imm, &[plot], &[1.0], 0.0));
        imm.estimate()
    };
    let (direct, back) = (straight_on(&updated(then, 0.0), 1.7), updated(now, 1.7));
    assert!((direct.mean - back.mean).norm() < 1e-8);
    assert!((direct.covariance - back.covariance).norm() < 1e-8 * direct.covariance.norm());
}

#[test]
fn what_lies_on_the_sensor_s_vertical_is_no_candidate() {
    let watch = watch();
    let above = belief([0.0, 0.0, 100.0, 1.0, 0.0, 0.0], [5.0; 6]);
    assert!(Candidate::new(0, &watch.look(), &above, 0.0).is_none());
}

#[test]
fn a_moving_platform_s_uncertain_pose_widens_the_gate_in_angle() {
    let sure = watch();
    let unsure = Watch::new(Noise { pose_sigma_m: Some([20.0, 20.0]), ..Noise::default() });
    let imm = one_mode();
    let plot = sure.plot(&imm.estimate().mean, [0.0, 0.07, 0.0, 0.0], ALL);
    assert!(sure.candidate(&imm, &[plot], 0.0).plots.is_empty());
    assert_eq!(unsure.candidate(&imm, &[plot], 0.0).plots.len(), 1);
}

#[test]
fn what_registration_leaves_unknown_is_noise() {
    let mut noise = Noise::default();
    noise.registration[(RANGE, RANGE)] = 900.0;
    noise.registration[(AZIMUTH, AZIMUTH)] = 4e-4;
    noise.registration[(RANGE, AZIMUTH)] = 0.3;
    noise.registration[(AZIMUTH, RANGE)] = 0.3;
    let watch = Watch::new(noise);
    let expected = watch.pose.expects(&flying().mean).unwrap();
    let all = watch.noise.of(&SIGMA.into(), ALL, &expected);
    assert!((all[(RANGE, RANGE)] - 916.0).abs() < 1e-9 && (all[(RANGE, AZIMUTH)] - 0.3).abs() < 1e-12);
    let bearing = watch.noise.of(&SIGMA.into(), [false, true, false, false], &expected);
    assert_eq!((bearing[(RANGE, RANGE)], bearing[(RANGE, AZIMUTH)]), (1.0, 0.0), "rows not measured stay apart");
    let imm = one_mode();
    let plot = watch.plot(&imm.estimate().mean, [30.0, 0.0, 0.0, 0.0], ALL);
    let ln = |watch: &Watch| watch.candidate(&imm, &[plot], 0.0).plots[0].ln;
    assert!(ln(&watch) > ln(&self::watch()), "three deviations off without it, one with it");
}

#[test]
fn plots_in_one_gate_are_as_noisy_as_the_noisiest() {
    let (watch, imm) = (watch(), one_mode());
    let fine = watch.plot(&imm.estimate().mean, [0.0; ROWS], ALL);
    let coarse = Plot { sigma: fine.sigma * 3.0, ..fine };
    let ln = |plots: &[Plot]| watch.candidate(&imm, plots, 0.0).plots[0].ln;
    assert_eq!(ln(&[fine, coarse]), ln(&[coarse]));
    assert!(ln(&[coarse]) < ln(&[fine]));
}

proptest! {
    #[test]
    fn the_cheap_look_never_hides_what_the_exact_one_would_take(
        place in (-1500.0..1500.0f64, -1500.0..1500.0f64, 20.0..300.0f64),
        sigma in proptest::array::uniform6(0.5..40.0f64),
        offs in proptest::collection::vec(proptest::array::uniform4(-5.0..5.0f64), 1..12),
        has in prop_oneof![
            Just(ALL),
            Just([true, true, false, false]),
            Just([false, true, true, false]),
            Just([false, true, false, false])
        ],
    ) {
        let watch = watch();
        let (east, north, up) = place;
        prop_assume!(east.hypot(north) > 60.0);
        let imm = Imm::new(Domain::Air, at(0.0), belief([east, north, up, 9.0, -4.0, 0.0], sigma));
        let on = watch.plot(&imm.estimate().mean, [0.0; ROWS], has);
        let spread = innovation(&watch, &imm, &on);
        let mut plots: Vec<Plot> = offs
            .iter()
            .map(|off| watch.plot(&imm.estimate().mean, std::array::from_fn(|row| off[row] * spread[(row, row)].sqrt()), has))
            .collect();
        plots.sort_by(|a, b| a.value[RANGE].total_cmp(&b.value[RANGE]));
        let inside: Vec<usize> = (0..plots.len())
            .filter(|&plot| nees(&watch.linear(&plots[plot], &imm.estimate().mean).residual, &spread) < GATE)
            .collect();
        let found: Vec<usize> = watch.candidate(&imm, &plots, 0.0).plots.iter().map(|gated| gated.plot).collect();
        prop_assert_eq!(found, inside);
    }
}
