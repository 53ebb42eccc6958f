//! Pairs of targets nearer and farther than a cell.

use std::sync::Arc;

use telemetry::messages::SensorKind;

use super::*;
use crate::tracker::estimate::Gaussian;
use crate::tracker::example::{World, belief, sensor, target};
use crate::tracker::gate::{Look, Noise};
use crate::tracker::measure::{Pose, RANGE_RATE};
use crate::tracker::motion::Domain;
use crate::tracker::scene::Target;

const CELL: Resolution = Resolution { range_m: 30.0, azimuth_rad: 0.035, elevation_rad: 0.07 };

fn flying(east: f64, north: f64, sigma_m: f64) -> Gaussian {
    let sigma = [sigma_m, sigma_m, sigma_m, 1.0, 1.0, 1.0];
    belief([east, north, 100.0, 5.0, 0.0, 0.0], sigma)
}

/// The candidates of targets, some confirmed and some not, after they were paired.
fn paired(beliefs: &[(Gaussian, bool)], resolution: Option<Resolution>) -> Vec<Candidate> {
    let world = World::new(vec![sensor("radar", SensorKind::Radar)]);
    let (noise, pose) = (Noise::default(), Pose::new(&world.site, world.site.datum()));
    let look = Look { sensor: &world.sensors[0], pose: &pose, noise: &noise, site: &world.site, ground_m: 39.0 };
    let mut scene = world.scene();
    let mut candidates = Vec::new();
    for (place, (belief, confirmed)) in beliefs.iter().enumerate() {
        scene.targets.push(Arc::new(Target { confirmed: *confirmed, ..target(Domain::Air, *belief) }));
        candidates.push(Candidate::new(place, &look, belief, 0.0).unwrap());
    }
    pair(&scene, &mut candidates, resolution);
    candidates
}

fn alone(found: &[Candidate]) -> Vec<f64> {
    found.iter().map(|candidate| candidate.alone).collect()
}

#[test]
fn two_targets_in_one_cell_are_one_plot_that_lies_anywhere_between() {
    let found = paired(&[(flying(1000.0, 500.0, 0.1), true), (flying(1008.0, 503.0, 0.1), true)], Some(CELL));
    for candidate in &found {
        assert!(candidate.alone < 1e-3, "{}", candidate.alone);
    }
    let off = found[0].expected.value - found[1].expected.value;
    let least = [CELL.range_m, CELL.azimuth_rad, CELL.elevation_rad, 0.0].map(|widest| CELL_LEAST * widest);
    for row in 0..ROWS {
        let expected = off[row].abs().max(least[row]).powi(2) * BETWEEN;
        assert!((found[0].blur[row] - expected).abs() < 1e-3 * expected + 1e-12, "row {row}: {}", found[0].blur);
        assert_eq!(found[0].blur[row], found[1].blur[row]);
    }
    assert!(off[RANGE].abs() > least[RANGE] && off[ELEVATION].abs() < least[ELEVATION], "one of each");
}

#[test]
fn what_is_perhaps_one_plot_with_another_is_less_surely_where_it_is() {
    let spread = |other_m: f64| {
        let beliefs = [(flying(1000.0, 0.0, 0.1), true), (flying(other_m, 0.0, 0.1), true)];
        let found = paired(&beliefs, Some(CELL));
        let mut scene = World::of_two_radars().scene();
        scene.targets.push(Arc::new(target(Domain::Air, beliefs[0].0)));
        blur(&mut scene, &found[0]);
        scene.targets[0].imm.estimate().covariance
    };
    let (near, far) = (spread(1005.0), spread(1500.0));
    assert_eq!(far, flying(1000.0, 0.0, 0.1).covariance);
    for axis in 0..3 {
        assert!((near[(axis, axis)] - far[(axis, axis)] - MIXED_UP_M2).abs() < 0.01 * MIXED_UP_M2);
    }
}

#[test]
fn two_targets_a_cell_apart_are_one_plot_half_the_time() {
    let at = |range_m: f64| (flying(range_m, 0.0, 2.0), true);
    let found = paired(&[at(1000.0), at(1030.0)], Some(CELL));
    assert!((found[0].alone - 0.5).abs() < 0.05, "{}", found[0].alone);
    assert_eq!(alone(&paired(&[at(1000.0), at(1060.0)], Some(CELL))), [1.0, 1.0]);
}

#[test]
fn a_difference_in_any_row_tells_two_targets_apart() {
    let one = || (flying(0.0, 2000.0, 1.0), true);
    for other in
        [flying(0.0, 2060.0, 1.0), flying(150.0, 1995.0, 1.0), belief([0.0, 1985.0, 320.0, 0.0, 0.0, 0.0], [1.0; 6])]
    {
        assert!(alone(&paired(&[one(), (other, true)], Some(CELL))).iter().all(|alone| *alone > 0.95), "{other:?}");
    }
    assert!(alone(&paired(&[one(), (flying(30.0, 2000.0, 1.0), true)], Some(CELL)))[0] < 0.05, "beside, across north");
    assert!(alone(&paired(&[one(), (flying(-30.0, 2000.0, 1.0), true)], Some(CELL)))[0] < 0.05);
}

#[test]
fn what_was_never_confirmed_apart_excuses_nothing() {
    let near = |confirmed| [(flying(1000.0, 500.0, 0.1), true), (flying(1008.0, 503.0, 0.1), confirmed)];
    assert!(alone(&paired(&near(true), Some(CELL)))[0] < 0.1);
    assert_eq!(alone(&paired(&near(false), Some(CELL))), [1.0, 1.0]);
}

#[test]
fn a_sensor_that_states_no_cell_resolves_everything() {
    let found = paired(&[(flying(1000.0, 500.0, 0.1), true), (flying(1001.0, 500.0, 0.1), true)], None);
    assert_eq!(alone(&found), [1.0, 1.0]);
    assert_eq!(found[0].blur.norm(), 0.0);
}

#[test]
fn each_neighbour_more_leaves_less_alone_whatever_their_order() {
    let crowd: Vec<_> = (0..4).map(|n| (flying(1000.0 + 12.0 * f64::from(n), 0.0, 4.0), true)).collect();
    let found = alone(&paired(&crowd, Some(CELL)));
    assert!(found[1] < alone(&paired(&crowd[..2], Some(CELL)))[1]);
    let mut turned = crowd.clone();
    turned.reverse();
    let mut back = alone(&paired(&turned, Some(CELL)));
    back.reverse();
    assert!(found.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-12));
    assert!(found.iter().all(|alone| (0.0..=1.0).contains(alone)));
}

#[test]
fn what_two_targets_differ_by_is_counted_no_wider_than_the_cell() {
    let faster = belief([1008.0, 503.0, 100.0, 60.0, 0.0, 0.0], [0.1; 6]);
    let vague = paired(&[(flying(1000.0, 500.0, 40.0), true), (flying(1080.0, 500.0, 40.0), true)], Some(CELL));
    assert!(vague[0].blur[RANGE] <= 30.0 * 30.0 * BETWEEN);
    let found = paired(&[(flying(1000.0, 500.0, 0.1), true), (faster, true)], Some(CELL));
    assert!(found[0].blur[RANGE_RATE] > 100.0, "range rates are no part of the cell");
}
