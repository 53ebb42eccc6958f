//! Whose plot it is, where several may have it.

use std::sync::Arc;

use telemetry::messages::SensorKind;

use super::*;
use crate::tracker::example::{World, belief, sensor, target};
use crate::tracker::gate::Noise;
use crate::tracker::measure::Pose;
use crate::tracker::motion::Domain;
use crate::tracker::scene::Target;

fn radar() -> World {
    World::new(vec![sensor("radar", SensorKind::Radar)])
}

/// A confirmed target at rest, east of the radar.
fn at_rest(east: f64, sigma_m: f64) -> Target {
    target(Domain::Air, belief([east, 0.0, 60.0, 0.0, 0.0, 0.0], [sigma_m, sigma_m, sigma_m, 1.0, 1.0, 1.0]))
}

/// Where targets are believed to be after a look at places, metres east.
fn after(targets: &[Target], places: &[f64]) -> Vec<f64> {
    let world = radar();
    let mut scene = world.scene();
    scene.targets = targets.iter().cloned().map(Arc::new).collect();
    let plots = places.iter().enumerate().map(|(n, east)| world.plot(0, n as u64, 0.5, [*east, 0.0, 60.0])).collect();
    world.step().take(&mut scene, &world.frame(0, 0.5, plots));
    scene.targets[..targets.len()].iter().map(|target| target.imm.estimate().mean[0]).collect()
}

#[test]
fn the_best_sum_wins_over_the_nearest() {
    // Both targets like the plot at 1000 m best; the second has no other, the first has.
    let found = after(&[at_rest(990.0, 8.0), at_rest(1012.0, 8.0)], &[1000.0, 975.0]);
    assert!((970.0..985.0).contains(&found[0]) && (998.0..1006.0).contains(&found[1]), "{found:?}");
}

#[test]
fn two_targets_do_not_share_one_plot_and_the_nearer_one_takes_it() {
    let found = after(&[at_rest(1000.0, 8.0), at_rest(1030.0, 8.0)], &[1002.0]);
    assert!((found[0] - 1002.0).abs() < 2.0 && (found[1] - 1030.0).abs() < 2.0, "{found:?}");
}

#[test]
fn a_plot_far_from_all_is_nobody_s() {
    let found = after(&[at_rest(1000.0, 8.0)], &[1500.0]);
    assert_eq!(found[0], 1000.0);
}

/// A candidate with plots in its gate.
fn candidate(world: &World, place: usize, plots: &[usize]) -> Candidate {
    let (noise, pose) = (Noise::default(), Pose::new(&world.site, world.site.datum()));
    let look = Look { sensor: &world.sensors[0], pose: &pose, noise: &noise, site: &world.site, ground_m: 39.0 };
    let mut candidate = Candidate::new(place, &look, &at_rest(1000.0, 8.0).imm.estimate(), 0.0).unwrap();
    candidate.plots = plots.iter().map(|&plot| Gated { plot, ln_by_mode: Default::default(), ln: 0.0 }).collect();
    candidate
}

#[test]
fn targets_that_share_plots_are_one_cluster_and_weak_ones_tie_nothing_together() {
    let world = radar();
    let gates: [&[usize]; 7] = [&[0], &[3], &[4, 5], &[0, 1], &[], &[1, 2], &[5]];
    let candidates: Vec<Candidate> =
        gates.iter().enumerate().map(|(place, plots)| candidate(&world, place, plots)).collect();
    assert_eq!(clusters(&candidates, 6, |_| true), [vec![0, 3, 5], vec![1], vec![2, 6], vec![4]]);
    assert_eq!(clusters(&candidates, 6, |place| place != 3), [vec![0], vec![1], vec![2, 6], vec![4], vec![5]]);
}
