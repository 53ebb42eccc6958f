//! What each mode does to a state and to what is known of it.

use nalgebra::Matrix4;
use proptest::prelude::*;

use super::*;
use crate::tracker::estimate::Vector6;
use crate::tracker::example::{WATER_M, belief, geodetic, site};

fn both() -> [Motion; 2] {
    [Motion::air(), Motion::surface()]
}

fn is_straight(mode: &Mode) -> bool {
    matches!(mode.turn, Turn::Straight)
}

/// A belief with every axis tied to every other.
fn tied() -> Gaussian {
    let factor = Matrix6::from_fn(|row, column| 1.0 + 3.0 * ((7 * row + 5 * column) as f64).sin());
    let mean = Vector6::from([120.0, -40.0, 110.0, 14.0, -9.0, 0.5]);
    Gaussian { mean, covariance: factor * factor.transpose() + Matrix6::identity() }
}

/// The rows and columns of the level plane.
fn level(covariance: &Matrix6) -> Matrix4<f64> {
    let places = [0, 1, 3, 4];
    Matrix4::from_fn(|row, column| covariance[(places[row], places[column])])
}

#[test]
fn two_steps_straight_on_are_one_step() {
    for motion in both() {
        for (index, mode) in motion.modes.iter().enumerate().filter(|(_, mode)| is_straight(mode)) {
            let once = motion.moved(index, &tied(), 7.5, 0.0);
            let twice = motion.moved(index, &motion.moved(index, &tied(), 2.0, 0.0), 5.5, 0.0);
            let off = once.mean - twice.mean;
            assert!(off.xy().norm() < 1e-9 && off.fixed_rows::<2>(3).norm() < 1e-9, "mode {index}: {off}");
            if mode.memory_s.is_infinite() {
                let off = level(&once.covariance) - level(&twice.covariance);
                assert!(off.norm() < 1e-9, "mode {index}: {off}");
            }
            if motion.vertical.is_none() {
                assert!((once.covariance - twice.covariance).norm() < 1e-9 && (once.mean - twice.mean).norm() < 1e-9);
            }
        }
    }
}

#[test]
fn two_turns_are_one_turn() {
    for motion in both() {
        for (index, _) in motion.modes.iter().enumerate().filter(|(_, mode)| !is_straight(mode)) {
            let once = motion.moved(index, &tied(), 7.5, 0.0).mean;
            let twice = motion.moved(index, &motion.moved(index, &tied(), 2.0, 0.0), 5.5, 0.0).mean;
            assert!((once - twice).xy().norm() < 1e-9 && (once - twice).fixed_rows::<2>(3).norm() < 1e-9);
        }
    }
}

#[test]
fn a_turn_keeps_its_speed_and_goes_round_in_a_circle_clockwise_first() {
    let north = belief([0.0, 0.0, 100.0, 0.0, 20.0, 0.0], [1.0; 6]);
    for motion in both() {
        let turning: Vec<usize> = (0..MODES).filter(|&mode| !is_straight(&motion.modes[mode])).collect();
        assert_eq!(turning.len(), 2);
        for (index, side) in turning.into_iter().zip([1.0, -1.0]) {
            let rate = match motion.modes[index].turn {
                Turn::Lateral(acceleration) => acceleration / 20.0,
                Turn::Rate(rate) => rate,
                Turn::Straight => unreachable!(),
            };
            assert_eq!(rate.signum(), side);
            let centre = Vector6::new(20.0 / rate, 0.0, 0.0, 0.0, 0.0, 0.0);
            for seconds in [1.0, 5.0, 30.0] {
                let after = motion.moved(index, &north, seconds, 0.0).mean;
                assert!((after[3].hypot(after[4]) - 20.0).abs() < 1e-9);
                assert!(((after - centre).xy().norm() - 20.0 / rate.abs()).abs() < 1e-9);
            }
            let quarter = motion.moved(index, &north, std::f64::consts::FRAC_PI_2 / rate.abs(), 0.0).mean;
            assert!((quarter[3] - 20.0 * side).abs() < 1e-9, "{quarter}");
        }
    }
}

#[test]
fn what_stands_nearly_still_turns_no_faster_than_its_least_speed_allows() {
    let motion = Motion::air();
    let slow = motion.moved(1, &belief([0.0, 0.0, 100.0, 0.0, 0.1, 0.0], [1.0; 6]), 1.0, 0.0).mean;
    let Turn::Lateral(acceleration) = motion.modes[1].turn else { panic!("a turn by lateral acceleration") };
    assert!((slow[3].atan2(slow[4]) - acceleration / TURN_SPEED_MIN_M_S).abs() < 1e-9);
}

#[test]
fn a_hovering_target_s_velocity_fades_within_its_memory_and_its_path_ends() {
    let motion = Motion::air();
    let hover = (0..MODES).min_by(|&a, &b| motion.modes[a].memory_s.total_cmp(&motion.modes[b].memory_s)).unwrap();
    let memory_s = motion.modes[hover].memory_s;
    let north = belief([0.0, 0.0, 100.0, 0.0, 10.0, 0.0], [1.0; 6]);
    let after = motion.moved(hover, &north, memory_s, 0.0).mean;
    assert!((after[4] - 10.0 / std::f64::consts::E).abs() < 1e-9);
    let at_last = motion.moved(hover, &north, 100.0, 0.0);
    assert!(at_last.mean[4].abs() < 1e-9 && (at_last.mean[1] - 10.0 * memory_s).abs() < 1e-6);
    let bound = (10.0 * memory_s).powi(2) + 100.0 * motion.modes[hover].jitter;
    assert!(at_last.covariance[(1, 1)] < bound, "it does not spread faster than it can fly");
}

#[test]
fn what_was_carried_is_the_dense_product() {
    for motion in both() {
        for mode in &motion.modes {
            for dt in [0.0, 0.3, 4.0, 45.0] {
                let mut transition = Matrix6::identity();
                mode.steer(17.0, dt, &mut transition);
                match &motion.vertical {
                    Some(vertical) => vertical.lift(dt, &mut transition),
                    None => transition[(2, 5)] = dt,
                }
                let dense = transition * tied().covariance * transition.transpose();
                let found = carried(&transition, &tied().covariance);
                assert!((found - dense).norm() < 1e-12 * dense.norm(), "{mode:?} over {dt} s");
            }
        }
    }
}

#[test]
fn the_covariance_moves_as_the_mean_does() {
    // The transition of the mean by differences, along every axis the turn rate does not hang on.
    let step = 1e-3;
    for motion in both() {
        for index in 0..MODES {
            let before = tied();
            let slopes = Matrix6::from_columns(&std::array::from_fn::<_, 6, _>(|axis| {
                let moved = |by: f64| {
                    let mut mean = before.mean;
                    mean[axis] += by;
                    motion.moved(index, &Gaussian { mean, ..before }, 2.0, 0.0).mean
                };
                (moved(step) - moved(-step)) / (2.0 * step)
            }));
            let nothing = Gaussian { covariance: Matrix6::zeros(), ..before };
            let noise = motion.moved(index, &nothing, 2.0, 0.0).covariance;
            let found = motion.moved(index, &before, 2.0, 0.0).covariance - noise;
            let expected = slopes * before.covariance * slopes.transpose();
            let turns = matches!(motion.modes[index].turn, Turn::Lateral(_));
            let allowed = if turns { 0.3 } else { 1e-3 };
            assert!((found - expected).norm() < allowed * expected.norm(), "mode {index}: {found} {expected}");
        }
    }
}

#[test]
fn white_acceleration_spreads_as_the_textbook_says() {
    let motion = Motion::surface();
    let nothing = Gaussian { covariance: Matrix6::zeros(), ..tied() };
    let noise = motion.moved(0, &nothing, 3.0, 0.0).covariance;
    let density = motion.modes[0].acceleration;
    assert!((noise[(0, 0)] - density * 9.0).abs() < 1e-15);
    assert!((noise[(0, 3)] - density * 4.5).abs() < 1e-15);
    assert!((noise[(3, 3)] - density * 3.0).abs() < 1e-15);
}

/// The mode changes of either domain and every habit.
fn every_habit(check: impl Fn(&dyn Fn(f64) -> Changes)) {
    for motion in both() {
        for habit in 0..HABITS {
            check(&|span_s| motion.changes(habit, span_s));
        }
    }
}

#[test]
fn changes_of_mode_are_probabilities_over_any_span() {
    every_habit(|changes_over| {
        for span_s in [0.0, 0.05, 1.0, 10.0, 60.0, 300.0, 600.0, 1e6] {
            let changes = changes_over(span_s);
            assert!(changes.iter().all(|p| (-1e-12..=1.0 + 1e-12).contains(p)), "over {span_s} s: {changes}");
            for row in changes.row_iter() {
                assert!((row.sum() - 1.0).abs() < 1e-9, "over {span_s} s: {changes}");
            }
        }
        assert_eq!(changes_over(0.0), Changes::identity());
    });
}

#[test]
fn changes_over_two_spans_are_those_over_both() {
    every_habit(|changes_over| {
        for (a, b) in [(0.1, 0.9), (1.0, 4.0), (5.0, 25.0), (60.0, 200.0)] {
            let (both, each) = (changes_over(a + b), changes_over(a) * changes_over(b));
            assert!((both - each).norm() < 1e-4, "over {a} s and {b} s: {both} {each}");
        }
    });
}

#[test]
fn modes_are_left_at_the_rates_stated_and_their_long_run_shares_stay() {
    for motion in both() {
        let slope = (motion.changes(0, 1e-4) - Changes::identity()) / 1e-4;
        assert!((slope - motion.generators[0]).norm() < 1e-3);
        assert!((motion.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let shares = nalgebra::RowSVector::<f64, MODES>::from_row_slice(&motion.shares);
        assert!((shares * motion.changes(0, 10.0) - shares).norm() < 1e-6, "{shares}");
    }
}

#[test]
fn what_flies_level_stays_level_over_the_round_earth() {
    // Forty kilometres out and on outwards: the tangent plane rises from the ground by seven metres a kilometre.
    let (site, motion) = (site(), Motion::air());
    let usual = motion.usual_height().unwrap().0;
    let start = geodetic(54.73, 10.14, WATER_M + usual);
    let here = site.enu(start);
    let axes = site.enu_from_other(&telemetry::SiteFrame::new(start));
    let level = axes * nalgebra::Vector3::new(0.0, 30.0, 0.0);
    let mean = [here.east_m, here.north_m, here.up_m, level.x, level.y, level.z];
    let after = motion.moved(0, &belief(mean, [1.0; 6]), 60.0, 0.0);
    let there = site.geodetic(telemetry::Enu::from_vector(after.position())).unwrap();
    assert!((there.height().metres - WATER_M - usual).abs() < 3.0, "{}", there.height().metres);
    assert!((start.distance_m(there) - 1800.0).abs() < 1.0);
}

#[test]
fn height_comes_back_to_the_usual_one_and_climbing_ends() {
    let motion = Motion::air();
    let usual = motion.usual_height().unwrap().0;
    for from in [usual - 60.0, usual + 60.0] {
        let mut state = belief([0.0, 0.0, 5.0 + from, 10.0, 0.0, 3.0], [1.0; 6]);
        for _ in 0..300 {
            state = motion.moved(0, &state, 1.0, 5.0);
        }
        let off = state.mean[2] - 5.0 - usual;
        assert!(off.abs() < 5.0 && state.mean[5].abs() < 1.0, "{off} m off, climbing {} m/s", state.mean[5]);
    }
    let pulled = |from: f64| motion.moved(0, &belief([0.0, 0.0, from, 0.0, 0.0, 0.0], [1.0; 6]), 1.0, 0.0).mean[5];
    assert!((pulled(usual + PULL_MAX_M) - pulled(usual + 5000.0)).abs() < 1e-9, "no harder however high");
}

#[test]
fn what_floats_stays_on_the_water() {
    let motion = Motion::surface();
    let moved = motion.moved(0, &belief([5e3, 0.0, -2.0, 8.0, 0.0, 0.0], [10.0, 10.0, 1.0, 1.0, 1.0, 1e-3]), 60.0, 0.0);
    assert_eq!(moved.mean[2], -2.0);
    assert!(moved.covariance[(2, 2)] < 1.1);
    assert!(motion.usual_height().is_none());
}

#[test]
fn time_that_stands_still_or_never_ends_is_as_long_as_it_counts() {
    for motion in both() {
        for mode in 0..MODES {
            let still = motion.moved(mode, &tied(), 0.0, 0.0);
            assert!((still.mean - tied().mean).norm() < 1e-9 && (still.covariance - tied().covariance).norm() < 1e-9);
            assert_eq!(motion.moved(mode, &tied(), -5.0, 0.0), still);
            assert_eq!(motion.moved(mode, &tied(), 1e12, 0.0), motion.moved(mode, &tied(), SPAN_MAX_S, 0.0));
        }
    }
}

proptest! {
    #[test]
    fn a_covariance_stays_one_over_any_span(
        span_s in 0.0..600.0f64,
        mean in proptest::array::uniform6(-60.0..60.0f64),
        factor in proptest::collection::vec(-30.0..30.0f64, 36),
    ) {
        let factor = Matrix6::from_column_slice(&factor);
        let before = Gaussian { mean: mean.into(), covariance: factor * factor.transpose() + Matrix6::identity() * 1e-3 };
        for motion in both() {
            for mode in 0..MODES {
                let after = motion.moved(mode, &before, span_s, 0.0);
                prop_assert!(after.is_sound(), "mode {mode}: {after:?}");
                let eigenvalues = after.covariance.symmetric_eigenvalues();
                prop_assert!(eigenvalues.min() > -1e-9 * eigenvalues.max(), "mode {mode}: {eigenvalues}");
                prop_assert!((after.covariance - after.covariance.transpose()).norm() <= 1e-9 * after.covariance.norm());
            }
        }
    }

    #[test]
    fn the_longer_the_span_the_less_is_known(short in 0.0..300.0f64, more in 0.1..300.0f64) {
        let before = belief([0.0, 0.0, 100.0, 12.0, 5.0, 0.0], [5.0, 5.0, 5.0, 1.0, 1.0, 1.0]);
        for motion in both() {
            for mode in 0..MODES {
                let spread = |span_s: f64| level(&motion.moved(mode, &before, span_s, 0.0).covariance).trace();
                prop_assert!(spread(short) <= spread(short + more) + 1e-9);
            }
        }
    }
}
