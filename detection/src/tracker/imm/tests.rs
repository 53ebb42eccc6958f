//! Errors as large as believed: by the textbook with one mode, by its own chain of modes with all.

use nalgebra::{Matrix3, SMatrix, Vector3};

use super::*;
use crate::tracker::example::{Noise, at, belief, motions, nees};

/// What a sensor of positions measures: deviations of 8 m level and 12 m upright.
fn position_noise() -> Matrix3<f64> {
    Matrix3::from_diagonal(&Vector3::new(64.0, 64.0, 144.0))
}

/// A measurement of the position.
fn seen(position: Vector3<f64>) -> impl Fn(&Vector6) -> Option<Linear<3>> {
    move |state: &Vector6| {
        let mut jacobian = SMatrix::<f64, 3, 6>::zeros();
        jacobian.fixed_view_mut::<3, 3>(0, 0).fill_with_identity();
        Some(Linear { residual: position - state.fixed_rows::<3>(0), jacobian, noise: position_noise() })
    }
}

fn start() -> Gaussian {
    belief([400.0, -200.0, 90.0, 8.0, 12.0, 0.0], [12.0, 12.0, 15.0, 6.0, 6.0, 1.0])
}

/// A state moved by a mode, with that mode's noise.
fn driven(motions: &Motions, domain: Domain, mode: usize, state: &Vector6, noise: &mut Noise) -> Vector6 {
    let known = Gaussian { mean: *state, covariance: Matrix6::zeros() };
    let moved = motions.of(domain).moved(mode, &known, 1.0, motions.ground_m());
    moved.mean + noise.draw(&moved.covariance)
}

fn measured(state: &Vector6, noise: &mut Noise) -> Vector3<f64> {
    state.fixed_rows::<3>(0) + noise.draw(&position_noise())
}

/// The transition and the noise of one second in the level plane, east alone: what a textbook filter needs.
fn textbook(motions: &Motions) -> ([[f64; 2]; 2], [[f64; 2]; 2]) {
    let motion = motions.of(Domain::Air);
    let column =
        |mean: [f64; 6]| motion.moved(AGILE, &Gaussian { mean: mean.into(), covariance: Matrix6::zeros() }, 1.0, 0.0);
    let (position, velocity) = (column([1.0, 0.0, 0.0, 0.0, 0.0, 0.0]), column([0.0, 0.0, 0.0, 1.0, 0.0, 0.0]));
    let q = position.covariance;
    (
        [[position.mean[0], velocity.mean[0]], [position.mean[3], velocity.mean[3]]],
        [[q[(0, 0)], q[(0, 3)]], [q[(3, 0)], q[(3, 3)]]],
    )
}

#[test]
fn with_one_mode_it_is_the_textbooks_kalman_filter() {
    let (motions, mut noise) = (motions(), Noise::new(1));
    let (f, q) = textbook(&motions);
    let mut imm = Imm::new(Domain::Air, at(0.0), start());
    let (mut x, mut p) = ([400.0, 8.0], [[144.0, 0.0], [0.0, 36.0]]);
    for second in 1..=30 {
        imm.predict(&motions, &mut ChangesOver::default(), at(f64::from(second)));
        x = [f[0][0] * x[0] + f[0][1] * x[1], f[1][0] * x[0] + f[1][1] * x[1]];
        let fp = |i: usize, k: usize| f[i][0] * p[0][k] + f[i][1] * p[1][k];
        p = std::array::from_fn(|i| std::array::from_fn(|j| fp(i, 0) * f[j][0] + fp(i, 1) * f[j][1] + q[i][j]));
        let position = Vector3::new(400.0 + 9.0 * f64::from(second), 0.0, 90.0) + noise.draw(&position_noise());
        imm.condition(seen(position)).unwrap();
        let s = p[0][0] + 64.0;
        let gain = [p[0][0] / s, p[1][0] / s];
        let residual = position.x - x[0];
        x = [x[0] + gain[0] * residual, x[1] + gain[1] * residual];
        p = std::array::from_fn(|i| std::array::from_fn(|j| p[i][j] - gain[i] * p[0][j]));
        let estimate = imm.estimate();
        assert!((estimate.mean[0] - x[0]).abs() < 1e-8 && (estimate.mean[3] - x[1]).abs() < 1e-8);
        assert!((estimate.covariance[(0, 0)] - p[0][0]).abs() < 1e-8);
        assert!((estimate.covariance[(0, 3)] - p[0][1]).abs() < 1e-8);
        assert!((estimate.covariance[(3, 3)] - p[1][1]).abs() < 1e-8);
    }
}

/// The mean over independent runs of the normalised estimation error squared is χ² with six degrees of freedom a run,
/// over their number: for 200 runs, 6 ± 0.25, and 99.9 % lie within 3.3 times that.
#[test]
fn with_one_mode_errors_are_as_large_as_it_believes() {
    let (motions, mut noise, runs) = (motions(), Noise::new(2), 200);
    for domain in [Domain::Air, Domain::Surface] {
        let mut sums = [0.0; 20];
        for _ in 0..runs {
            let mut truth = start().mean + noise.draw(&start().covariance);
            let mut imm = Imm::new(domain, at(0.0), start());
            for (second, sum) in sums.iter_mut().enumerate() {
                truth = driven(&motions, domain, AGILE, &truth, &mut noise);
                imm.predict(&motions, &mut ChangesOver::default(), at((second + 1) as f64));
                imm.condition(seen(measured(&truth, &mut noise))).unwrap();
                let estimate = imm.estimate();
                *sum += nees(&(truth - estimate.mean), &estimate.covariance);
            }
        }
        let means = sums.map(|sum| sum / f64::from(runs));
        assert!(means.iter().all(|mean| (mean - 6.0).abs() < 3.3 * 0.25), "{domain:?}: {means:?}");
    }
}

/// Targets that change their modes exactly as the chain says: how often the truth lies within the ellipsoid that
/// should hold it 95 times in a hundred, and the mean of the normalised error of position and velocity.
fn coverage(domain: Domain, period_s: usize) -> (f64, f64) {
    let (motions, mut noise, runs, seconds) = (motions(), Noise::new(3), 150, 60);
    let motion = motions.of(domain);
    let changes = motion.changes(0, 1.0);
    let (mut within, mut sum, mut looks) = (0.0, 0.0, 0.0);
    for _ in 0..runs {
        let mut truth = start().mean + noise.draw(&start().covariance);
        let mut mode = noise.choice(&motion.shares);
        let mut imm = Imm::new(domain, at(0.0), start());
        imm.part(&motions);
        for second in 1..=seconds {
            mode = noise.choice(&std::array::from_fn::<_, MODES, _>(|to| changes[(mode, to)]));
            truth = driven(&motions, domain, mode, &truth, &mut noise);
            imm.predict(&motions, &mut ChangesOver::default(), at(second as f64));
            if second % period_s == 0 {
                imm.condition(seen(measured(&truth, &mut noise))).unwrap();
                let estimate = imm.estimate();
                let error = nees(&(truth - estimate.mean), &estimate.covariance);
                looks += 1.0;
                sum += error;
                // 12.59 bounds 95 % of a χ² with six degrees of freedom.
                within += if error < 12.59 { 1.0 } else { 0.0 };
            }
        }
    }
    (within / looks, sum / looks)
}

#[test]
fn targets_that_move_as_the_chain_says_lie_where_they_are_believed_to() {
    for (domain, period_s) in [(Domain::Air, 1), (Domain::Air, 3), (Domain::Surface, 1), (Domain::Surface, 4)] {
        let (share, mean) = coverage(domain, period_s);
        assert!(
            (0.92..0.98).contains(&share) && (5.0..7.0).contains(&mean),
            "{domain:?} every {period_s} s: {share}, {mean}"
        );
    }
}

/// All modes told apart, and moved on until they differ.
fn parted(domain: Domain) -> (Motions, Imm) {
    let motions = motions();
    let mut imm = Imm::new(domain, at(0.0), start());
    imm.part(&motions);
    imm.predict(&motions, &mut ChangesOver::default(), at(4.0));
    (motions, imm)
}

#[test]
fn modes_are_told_apart_once_in_their_long_run_shares() {
    let (motions, mut imm) = parted(Domain::Air);
    assert_eq!(imm.active(), MODES);
    let weights = imm.weights;
    imm.part(&motions);
    assert_eq!(imm.weights, weights, "a second time changes nothing");
    let shares = motions.of(Domain::Air).shares;
    assert!(weights.iter().zip(shares).all(|(weight, share)| (weight - share).abs() < 1e-3), "{weights:?} {shares:?}");
}

#[test]
fn the_estimate_has_the_mixture_s_moments() {
    let (_, imm) = parted(Domain::Surface);
    let estimate = imm.estimate();
    assert!((estimate.mean - imm.mean()).norm() < 1e-9);
    let square = |mode: &Gaussian| mode.covariance + mode.mean * mode.mean.transpose();
    let second = imm.weights.iter().zip(&imm.modes).fold(Matrix6::zeros(), |sum, (w, mode)| sum + square(mode) * *w);
    let expected = second - imm.mean() * imm.mean().transpose();
    assert!((estimate.covariance - expected).norm() < 1e-6 * expected.norm());
}

#[test]
fn the_likelihood_of_a_measurement_is_its_density_under_the_mixture() {
    let (_, mut imm) = parted(Domain::Air);
    let position = imm.estimate().position() + Vector3::new(9.0, -14.0, 6.0);
    let density = |mode: &Gaussian| {
        let spread = mode.covariance.fixed_view::<3, 3>(0, 0) + position_noise();
        let off = position - mode.position();
        (-0.5 * nees(&off, &spread)).exp() / (std::f64::consts::TAU.powi(3) * spread.determinant()).sqrt()
    };
    let shares: Vec<f64> = imm.weights.iter().zip(&imm.modes).map(|(w, mode)| w * density(mode)).collect();
    let sum: f64 = shares.iter().sum();
    let ln = imm.condition(seen(position)).unwrap();
    assert!((ln - sum.ln()).abs() < 1e-9);
    assert!(imm.weights.iter().zip(shares).all(|(weight, share)| (weight - share / sum).abs() < 1e-9));
}

#[test]
fn a_measurement_only_ever_adds_knowledge_to_a_mode() {
    let (_, mut imm) = parted(Domain::Air);
    let before = imm.clone();
    imm.condition(seen(imm.estimate().position())).unwrap();
    for (before, after) in before.modes.iter().zip(&imm.modes) {
        let gained = (before.covariance - after.covariance).symmetric_eigenvalues();
        assert!(gained.min() > -1e-9 && gained.max() > 1.0, "{gained}");
    }
}

#[test]
fn what_cannot_be_measured_leaves_the_belief_as_it_was() {
    let (_, mut imm) = parted(Domain::Air);
    let before = imm.clone();
    assert!(imm.condition::<3>(|_| None).is_none());
    assert!(imm.condition(seen(Vector3::new(f64::NAN, 0.0, 0.0))).is_none());
    assert_eq!((imm.modes, imm.weights), (before.modes, before.weights));
}

#[test]
fn a_straight_flight_is_known_for_straight_and_a_circle_for_a_turn() {
    let (motions, mut noise) = (motions(), Noise::new(5));
    let flown = |turn_rad_s: f64, noise: &mut Noise| {
        let mut imm = Imm::new(Domain::Air, at(0.0), belief([0.0, 0.0, 100.0, 0.0, 18.0, 0.0], [10.0; 6]));
        imm.part(&motions);
        let (mut place, mut course) = (Vector3::new(0.0, 0.0, 100.0), 0.0f64);
        for second in 1..=15 {
            course += turn_rad_s;
            place += Vector3::new(course.sin(), course.cos(), 0.0) * 18.0;
            imm.predict(&motions, &mut ChangesOver::default(), at(f64::from(second)));
            imm.condition(seen(place + noise.draw(&position_noise()) * 0.3)).unwrap();
        }
        imm.weights
    };
    assert!(flown(0.0, &mut noise)[0] > 0.7);
    assert!(flown(0.16, &mut noise)[1] > 0.7, "clockwise");
    assert!(flown(-0.16, &mut noise)[2] > 0.7, "anticlockwise");
}

#[test]
fn time_that_stands_still_or_runs_backwards_changes_nothing() {
    let (motions, imm) = parted(Domain::Air);
    for to in [imm.at, at(-5.0), Timestamp::from_unix_nanos(i64::MIN)] {
        let same = imm.predicted(&motions, to);
        assert_eq!((same.at, same.modes, same.weights), (imm.at, imm.modes, imm.weights));
    }
}

#[test]
fn a_prediction_over_any_span_is_sound() {
    for domain in [Domain::Air, Domain::Surface] {
        let (motions, imm) = parted(domain);
        for to in [at(4.0 + 1e-9), at(500.0), at(1e6), Timestamp::from_unix_nanos(i64::MAX)] {
            let moved = imm.predicted(&motions, to);
            assert!(moved.is_sound() && moved.at == to);
            assert!((moved.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            assert!(moved.weights.iter().all(|weight| (0.0..=1.0).contains(weight)), "{:?}", moved.weights);
        }
    }
}

#[test]
fn mode_changes_kept_from_the_last_span_are_those_of_that_span() {
    let (motions, imm) = parted(Domain::Surface);
    let mut kept = ChangesOver::default();
    for seconds in [5.0, 7.0, 7.0, 5.0] {
        let mut moved = imm.clone();
        moved.predict(&motions, &mut kept, at(seconds));
        assert_eq!(moved.weights, imm.predicted(&motions, at(seconds)).weights);
        assert_eq!(moved.modes, imm.predicted(&motions, at(seconds)).modes);
    }
}

#[test]
fn further_evidence_weighs_the_modes_and_none_leaves_them() {
    let (_, mut imm) = parted(Domain::Air);
    let before = imm.weights;
    imm.weigh([-700.0; MODES]);
    assert!(imm.weights.iter().zip(before).all(|(after, before)| (after - before).abs() < 1e-12));
    imm.weigh([2f64.ln(), 0.0, 0.0, 0.0, 0.0]);
    assert!((imm.weights[0] - 2.0 * before[0] / (1.0 + before[0])).abs() < 1e-12);
    let weights = imm.weights;
    imm.weigh([f64::NEG_INFINITY; MODES]);
    assert_eq!(imm.weights, weights, "impossible in every mode: no evidence");
}

#[test]
fn where_it_may_be_by_any_mode_is_wider_than_where_it_is_believed_to_be() {
    let motions = motions();
    let mut imm =
        Imm::new(Domain::Air, at(0.0), belief([0.0, 0.0, 100.0, 0.0, 18.0, 0.0], [2.0, 2.0, 2.0, 0.5, 0.5, 0.5]));
    imm.part(&motions);
    imm.predict(&motions, &mut ChangesOver::default(), at(3.0));
    imm.weights = [0.996, 0.001, 0.001, 0.001, 0.001];
    let (believed, reach) = (imm.estimate(), imm.reach());
    let level = |belief: &Gaussian| belief.covariance[(0, 0)] + belief.covariance[(1, 1)];
    assert!(level(&reach) > 1.5 * level(&believed), "{} {}", level(&reach), level(&believed));
    let one = Imm::new(Domain::Air, at(0.0), start());
    assert_eq!(one.reach(), one.estimate());
}

#[test]
fn a_place_less_surely_known_is_so_along_every_axis_in_every_mode() {
    let (_, before) = parted(Domain::Air);
    let mut after = before.clone();
    after.widen(25.0);
    for (before, after) in before.modes.iter().zip(&after.modes) {
        let more = after.covariance - before.covariance;
        assert!((more - Matrix6::from_diagonal(&Vector6::from([25.0, 25.0, 25.0, 0.0, 0.0, 0.0]))).norm() < 1e-9);
        assert_eq!(before.mean, after.mean);
    }
}
