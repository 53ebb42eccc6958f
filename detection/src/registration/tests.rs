//! What a site's registration has to find, and what must not fool it.

mod abuse;
mod simulation;

use abuse::comparison;
use nalgebra::Matrix3;
use simulation::{DEGREE, Radar, Random, Target, World, azimuth, azimuth_claim, honest, two_radars};

use super::*;

const PAIRED: &[[usize; 2]] = &[[0, 1]];
const ALONE: &[[usize; 2]] = &[];
const ALL_FREE: [f64; 4] = [10.0, 0.7 * DEGREE, 0.5 * DEGREE, 0.2];

/// Target 0 reports, target 1 does not.
fn reporting(lie: fn(f64) -> Vector3<f64>) -> Target<'static> {
    Target { number: 0.0, pairs: ALONE, report: Some((7, lie)), to: &[0, 1] }
}

fn silent() -> Target<'static> {
    Target { number: 1.0, pairs: PAIRED, report: None, to: &[] }
}

fn run(world: &mut World, registration: &mut Registration, seconds: usize, targets: &[Target<'_>]) -> Vec<Outcome> {
    (0..seconds).flat_map(|_| world.second(registration, targets)).collect()
}

fn azimuth_error(world: &World, registration: &Registration, radar: usize) -> f64 {
    (registration.bias(radar)[1] - world.radars[radar].bias[1]) / DEGREE
}

fn azimuth_sigma(registration: &Registration, radar: usize) -> f64 {
    registration.covariance(radar)[(1, 1)].sqrt() / DEGREE
}

/// Root of the mean square of a figure over seeded runs.
fn rms(runs: u64, figure: impl Fn(u64) -> f64) -> f64 {
    ((0..runs).map(|seed| figure(seed).powi(2)).sum::<f64>() / runs as f64).sqrt()
}

#[test]
fn a_degree_of_azimuth_is_found_to_a_tenth_within_a_minute_of_one_cooperative_drone() {
    let error_of = |radar| {
        move |seed| {
            let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
            let mut world = World::new(seed, two_radars(azimuth(0.0), azimuth(1.0)));
            run(&mut world, &mut registration, 60, &[reporting(honest)]);
            assert!(azimuth_sigma(&registration, radar) < 0.07);
            azimuth_error(&world, &registration, radar)
        }
    };
    let (first, second) = (rms(50, error_of(0)), rms(50, error_of(1)));
    assert!(first < 0.07 && second < 0.07, "r.m.s. errors of {first}° and {second}°");
    let worst = (0..10).map(|seed| error_of(1)(seed).abs()).fold(0.0, f64::max);
    assert!(worst < 0.15, "an error of {worst}°");
}

#[test]
fn two_radars_on_one_mast_show_their_difference_only_and_share_it_by_their_priors() {
    let claims = [azimuth_claim(0.3), azimuth_claim(0.6)];
    let mut registration = Registration::new(&claims);
    let mut radars = two_radars(azimuth(0.0), azimuth(1.0));
    radars[1].origin = radars[0].origin;
    let mut world = World::new(3, radars);
    run(&mut world, &mut registration, 300, &[silent()]);
    let (first, second) = (registration.bias(0)[1] / DEGREE, registration.bias(1)[1] / DEGREE);
    assert!((second - first - 1.0).abs() < 0.1, "a difference of {}°", second - first);
    // Variances of 0.09 and 0.36: a fifth and four fifths of the difference; what is left is the same for both.
    assert!((first + 0.2).abs() < 0.1 && (second - 0.8).abs() < 0.1, "shares of {first}° and {second}°");
    let left = (0.09f64 * 0.36 / 0.45).sqrt();
    for radar in 0..2 {
        let sigma = azimuth_sigma(&registration, radar);
        assert!((0.85 * left..1.05 * left).contains(&sigma), "radar {radar}: {sigma}° of {left}°");
    }
}

#[test]
fn a_cooperative_drone_tells_apart_what_two_radars_on_one_mast_cannot() {
    let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
    let mut radars = two_radars(azimuth(0.0), azimuth(1.0));
    radars[1].origin = radars[0].origin;
    let mut world = World::new(4, radars);
    run(&mut world, &mut registration, 120, &[reporting(honest), silent()]);
    for radar in 0..2 {
        assert!(azimuth_error(&world, &registration, radar).abs() < 0.12);
        assert!(azimuth_sigma(&registration, radar) < 0.05);
    }
}

/// Mean normalised estimation error squared of the first and the second radar, four degrees of freedom each, the biases
/// drawn from the priors.
fn nees(runs: u64, seconds: usize, target: Target<'_>) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for seed in 0..runs {
        let mut random = Random(1000 + seed);
        let mut draw = || Vector4::from(ALL_FREE).map(|sigma| sigma * random.normal());
        let (first, second) = (draw(), draw());
        let mut world = World::new(seed, two_radars(first, second));
        let mut registration = Registration::new(&[Prior { sigma: ALL_FREE }; 2]);
        run(&mut world, &mut registration, seconds, &[target]);
        for (radar, sum) in sums.iter_mut().enumerate() {
            let error = registration.bias(radar) - world.radars[radar].bias;
            let root = registration.covariance(radar).cholesky().unwrap();
            *sum += error.dot(&root.solve(&error)) / runs as f64;
        }
    }
    sums
}

#[test]
fn the_covariance_is_honest() {
    // 200 runs of four degrees of freedom: χ² of 800 over 200, 95 % of it.
    let bounds = 4.0 - 0.38..4.0 + 0.40;
    for (name, target) in [("against reports", reporting(honest)), ("against each other", silent())] {
        let found = nees(200, 60, target);
        assert!(found.iter().all(|nees| bounds.contains(nees)), "{name}: {found:?}");
    }
}

#[test]
fn comparing_all_pairs_of_three_counts_their_information_half_again() {
    let found = nees(100, 60, Target { pairs: PAIRED, ..reporting(honest) });
    assert!(found.iter().all(|nees| (4.6..7.4).contains(nees)), "{found:?}");
}

#[test]
fn a_time_offset_is_found_on_a_moving_target() {
    let late = Vector4::new(0.0, 0.0, 0.0, 0.3);
    let mut registration = Registration::new(&[Prior::default(), Prior { sigma: [0.0, 0.0, 0.0, 0.5] }]);
    let mut world = World::new(5, two_radars(Vector4::zeros(), late));
    run(&mut world, &mut registration, 240, &[reporting(honest), silent()]);
    let (found, sigma) = (registration.bias(1)[3], registration.covariance(1)[(3, 3)].sqrt());
    assert!((found - 0.3).abs() < 0.1 && sigma < 0.05, "{found} ± {sigma} s");
    assert_eq!(registration.bias(0), Vector4::zeros(), "what is certain stays");
    assert_eq!(registration.covariance(0), Matrix4::zeros());
}

#[test]
fn a_range_bias_is_found() {
    let far = Vector4::new(25.0, 0.0, 0.0, 0.0);
    let claim = Prior { sigma: [20.0, 0.5 * DEGREE, 0.0, 0.0] };
    let mut registration = Registration::new(&[claim; 2]);
    let mut world = World::new(6, two_radars(Vector4::zeros(), far));
    run(&mut world, &mut registration, 60, &[reporting(honest)]);
    let (found, sigma) = (registration.bias(1)[0], registration.covariance(1)[(0, 0)].sqrt());
    assert!((found - 25.0).abs() < 2.5 && sigma < 1.2, "{found} ± {sigma} m");
    assert!(registration.bias(0)[0].abs() < 2.5);
}

/// The difference that a lie makes to the estimates: the same noise, with the lie and with the truth.
fn dragged(seconds: usize, lie: fn(f64) -> Vector3<f64>, beside: &[Target<'_>]) -> f64 {
    let estimates = |told: fn(f64) -> Vector3<f64>| {
        let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
        let mut world = World::new(8, two_radars(azimuth(0.0), azimuth(1.0)));
        run(&mut world, &mut registration, seconds, &[&[reporting(told)], beside].concat());
        [azimuth_error(&world, &registration, 0), azimuth_error(&world, &registration, 1)]
    };
    let (lied, told) = (estimates(lie), estimates(honest));
    lied.iter().zip(told).map(|(lied, told)| (lied - told).abs()).fold(0.0, f64::max)
}

fn walks_from_the_second_minute(t: f64) -> Vector3<f64> {
    Vector3::new(2.1, 2.8, 0.0) * (t - 60.0).max(0.0)
}

fn walks_from_the_start(t: f64) -> Vector3<f64> {
    Vector3::new(2.1, 2.8, 0.0) * t
}

fn jumps(t: f64) -> Vector3<f64> {
    if t > 60.0 { Vector3::new(40.0, -40.0, 0.0) } else { Vector3::zeros() }
}

#[test]
fn a_report_that_walks_away_or_jumps_does_not_drag_the_estimate() {
    for (name, lie) in [("walks", walks_from_the_second_minute as fn(f64) -> _), ("jumps", jumps)] {
        let alone = dragged(180, lie, &[]);
        assert!(alone < 0.1, "{name}: by {alone}°, the only evidence there is");
        let beside = dragged(180, lie, &[silent()]);
        assert!(beside < 0.05, "{name}: by {beside}°, two radars looking on");
    }
}

#[test]
fn a_report_that_walks_away_from_the_start_leaves_no_trace_once_it_is_caught() {
    let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
    let mut world = World::new(9, two_radars(azimuth(0.0), azimuth(1.0)));
    let outcomes = run(&mut world, &mut registration, 120, &[reporting(walks_from_the_start)]);
    let caught = outcomes.iter().position(|outcome| matches!(outcome, Outcome::Distrusted { .. })).unwrap();
    assert!((10..60).contains(&caught), "after {caught} comparisons, two a second");
    for radar in 0..2 {
        assert!(registration.bias(radar).norm() < 1e-9, "{}", registration.bias(radar));
        assert!((azimuth_sigma(&registration, radar) - 0.7).abs() < 1e-6);
        assert_eq!((registration.comparisons(radar), registration.refused(radar)), (0, 120));
    }
}

#[test]
fn a_report_that_walks_away_slowly_is_trusted_by_no_radar_once_one_of_them_knows() {
    fn walks_slowly(t: f64) -> Vector3<f64> {
        Vector3::new(0.4, 0.3, 0.0) * t
    }
    for seed in 0..10 {
        let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
        let mut world = World::new(seed, two_radars(azimuth(0.0), azimuth(0.0)));
        run(&mut world, &mut registration, 180, &[reporting(walks_slowly)]);
        for radar in 0..2 {
            let (error, sigma) = (azimuth_error(&world, &registration, radar), azimuth_sigma(&registration, radar));
            assert!(error.abs() < 0.1 && sigma > 0.5, "seed {seed}, radar {radar}: {error}° with {sigma}°");
        }
    }
}

#[test]
fn a_report_is_trusted_again_when_it_is_right_again() {
    fn strays(t: f64) -> Vector3<f64> {
        if (60.0..90.0).contains(&t) { Vector3::new(150.0, 0.0, 0.0) } else { Vector3::zeros() }
    }
    let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
    let mut world = World::new(10, two_radars(azimuth(0.0), azimuth(1.0)));
    let outcomes = run(&mut world, &mut registration, 180, &[reporting(strays)]);
    let taken = |outcomes: &[Outcome]| outcomes.iter().filter(|o| matches!(o, Outcome::Taken { .. })).count();
    assert_eq!(taken(&outcomes[122..210]), 0);
    assert!(taken(&outcomes[260..]) > 90);
    assert!(azimuth_error(&world, &registration, 1).abs() < 0.12);
}

#[test]
fn a_bias_is_beyond_the_claim_only_where_less_was_claimed() {
    for (claim, expected) in [(0.2, true), (0.7, false)] {
        for targets in [[reporting(honest)].as_slice(), &[reporting(honest), silent()]] {
            let mut registration = Registration::new(&[azimuth_claim(claim); 2]);
            let mut world = World::new(11, two_radars(azimuth(0.0), azimuth(1.0)));
            assert!(!registration.beyond_claim(1), "nothing is known yet");
            run(&mut world, &mut registration, 60, targets);
            assert_eq!(registration.beyond_claim(1), expected, "{claim}° claimed");
            assert!(!registration.beyond_claim(0));
        }
    }
}

#[test]
fn a_knocked_mast_is_found_again() {
    let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
    let mut world = World::new(12, two_radars(azimuth(0.0), azimuth(0.5)));
    run(&mut world, &mut registration, 120, &[reporting(honest), silent()]);
    world.radars[1].bias[1] -= 2.0 * DEGREE;
    run(&mut world, &mut registration, 180, &[reporting(honest), silent()]);
    for radar in 0..2 {
        let error = azimuth_error(&world, &registration, radar);
        assert!(error.abs() < 0.15, "radar {radar}: {error}°");
    }
}

#[test]
fn a_radar_without_elevation_keeps_its_prior_of_it() {
    let mut registration = Registration::new(&[Prior { sigma: ALL_FREE }]);
    let velocity = Vector3::new(5.0, 0.0, 0.0);
    for _ in 0..50 {
        let mut comparison = comparison(Source::Sensor(0), Source::Report(1));
        comparison.first.by_bias =
            polar_position_by_bias(2000.0, telemetry::Azimuth::default(), None, &Matrix3::identity(), &velocity);
        assert!(matches!(registration.compare(&comparison), Outcome::Taken { .. }));
    }
    let sigma = registration.covariance(0).diagonal().map(f64::sqrt);
    assert_eq!(sigma[2], ALL_FREE[2]);
    assert!(sigma[0] < ALL_FREE[0] / 5.0);
}

#[test]
fn an_estimate_left_alone_returns_to_the_prior() {
    let mut registration = Registration::new(&[azimuth_claim(0.7); 2]);
    let mut world = World::new(13, two_radars(azimuth(0.0), azimuth(1.0)));
    run(&mut world, &mut registration, 60, &[reporting(honest)]);
    let found = registration.clone();
    for nothing in [f64::NAN, f64::INFINITY, -5.0, 0.0] {
        registration.advance(nothing);
    }
    assert_eq!(registration.bias(1), found.bias(1));
    registration.advance(DRIFT_TIME_S);
    assert!((registration.bias(1)[1] / found.bias(1)[1] - (-1.0f64).exp()).abs() < 1e-9);
    registration.advance(50.0 * DRIFT_TIME_S);
    assert!((azimuth_sigma(&registration, 1) - 0.7).abs() < 1e-9);
}

#[test]
fn the_order_of_the_sensors_permutes_the_results() {
    let claims = [azimuth_claim(0.7), Prior { sigma: ALL_FREE }, azimuth_claim(0.2)];
    let mut radars = two_radars(azimuth(0.3), azimuth(1.0));
    radars.push(Radar { origin: Vector3::new(800.0, 3000.0, 20.0), bias: azimuth(-0.1), phase_s: 0.3 });
    let run_in_order = |order: [usize; 3]| {
        let place = |radar: usize| order.iter().position(|&at| at == radar).unwrap();
        let mut registration = Registration::new(&order.map(|radar| claims[radar]));
        let mut world = World::new(14, radars.clone());
        world.places = (0..3).map(place).collect();
        let target = Target { pairs: &[[0, 1], [1, 2]], to: &[0, 2], ..reporting(walks_from_the_second_minute) };
        run(&mut world, &mut registration, 100, &[target]);
        [0, 1, 2].map(|radar| (registration.bias(place(radar)), registration.covariance(place(radar))))
    };
    let straight = run_in_order([0, 1, 2]);
    for order in [[1, 2, 0], [2, 1, 0], [0, 2, 1]] {
        for ((bias, covariance), (other_bias, other_covariance)) in straight.iter().zip(run_in_order(order)) {
            assert!((bias - other_bias).norm() < 1e-9 && (covariance - other_covariance).norm() < 1e-9);
        }
    }
}
