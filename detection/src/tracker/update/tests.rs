//! What looks do to a target: shown, confirmed, gone.

use telemetry::messages::SensorKind;

use super::*;
use crate::tracker::example::{World, at, belief, sensor, target};

/// A target that one plot started, after looks of the same radar that saw it or not.
fn looked(looks: &[bool]) -> (World, Scene) {
    let world = World::new(vec![sensor("radar", SensorKind::Radar)]);
    let mut scene = world.scene();
    // The first looks of a radar show what is there already: let some pass.
    let nothing = [false; 10];
    for (n, seen) in nothing.iter().chain(&[true]).chain(looks).enumerate() {
        let seconds = n as f64;
        let plot = || world.plot(0, n as u64, seconds, [900.0 + 10.0 * seconds, 300.0, 100.0]);
        world.step().take(&mut scene, &world.frame(0, seconds, seen.then(plot).into_iter().collect()));
    }
    (world, scene)
}

#[test]
fn a_target_seen_again_and_again_is_shown_then_confirmed_and_one_never_seen_again_goes() {
    let after = |looks: &[bool]| {
        let (_, scene) = looked(looks);
        scene.targets.first().map(|target| (target.shown, target.confirmed))
    };
    assert_eq!(after(&[]), Some((false, false)));
    assert_eq!(after(&[true; 6]), Some((true, true)));
    assert_eq!(after(&[false; 4]), None);
    let (_, scene) = looked(&[true; 6]);
    let target = &scene.targets[0];
    assert!((6.5..=7.0).contains(&target.detections), "{}", target.detections);
    assert_eq!((target.updated_at, target.first_seen_at, target.revisit_s), (at(16.0), at(10.0), 1.0));
}

#[test]
fn modes_are_told_apart_with_the_second_plot() {
    let modes = |looks: &[bool]| looked(looks).1.targets[0].imm.active();
    assert_eq!((modes(&[]), modes(&[false]), modes(&[true])), (1, 1, MODES));
}

#[test]
fn the_velocity_comes_with_the_second_plot() {
    let (_, scene) = looked(&[true, true, true]);
    let velocity = scene.targets[0].imm.estimate().velocity();
    assert!((velocity.x - 10.0).abs() < 2.0 && velocity.y.abs() < 4.0, "{velocity}");
}

#[test]
fn what_floats_stays_on_the_water_whatever_is_measured() {
    let world = World::new(vec![sensor("coast", SensorKind::CoastalRadar)]);
    let mut scene = world.scene();
    let floats = belief([900.0, 300.0, 20.0, 5.0, 0.0, 0.0], [10.0, 10.0, 30.0, 1.0, 1.0, 1e-3]);
    scene.targets.push(Arc::new(target(Domain::Surface, floats)));
    let mut plot = world.plot(0, 1, 1.0, [905.0, 300.0, 0.0]);
    if let telemetry::messages::Measurement::RangeAzEl { range_m, azimuth, .. } = plot.measurement {
        plot.measurement = telemetry::messages::Measurement::RangeAz { range_m, azimuth, sigma: [15.0, 0.005] };
    }
    world.step().take(&mut scene, &world.frame(0, 1.0, vec![plot]));
    assert!(scene.targets[0].imm.estimate().mean[2].abs() < 0.2, "{}", scene.targets[0].imm.estimate().mean[2]);
}
