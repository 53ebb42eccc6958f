//! Which plots are compared, and how often.

use super::*;
use crate::tracker::estimate::Vector6;
use crate::tracker::example::{Noise as Drawn, World, at, belief, sensor, target as example};
use crate::tracker::motion::Domain;

const PLACE: [f64; 3] = [700.0, 1100.0, 100.0];

/// A confirmed target at a place, and two radars with a claim of a degree and ten metres.
fn world() -> (World, Scene) {
    let mut world = World::of_two_radars();
    for sensor in &mut world.sensors {
        let claim = BiasSigma { range_m: 10.0, azimuth_rad: 0.02, elevation_rad: 0.0, time_s: 0.0 };
        sensor.description.performance.bias_sigma = Some(claim);
    }
    let mut scene = world.scene();
    let [east, north, up] = PLACE;
    let known = belief([east, north, up, 8.0, 0.0, 0.0], [5.0, 5.0, 5.0, 1.0, 1.0, 1.0]);
    scene.targets.push(Arc::new(example(Domain::Air, known)));
    (world, scene)
}

fn pose(world: &World, sensor: u16) -> Pose {
    Pose::new(&world.site, world.sensors[usize::from(sensor)].description.position)
}

fn plot(world: &World, sensor: u16, seconds: f64, off: [f64; 4]) -> Plot {
    let mut found = Plot::of(0, &world.plot(sensor, 0, seconds, PLACE)).unwrap();
    found.value += nalgebra::Vector4::from(off);
    found
}

fn see(world: &World, scene: &mut Scene, sensor: u16, seconds: f64, share: f64) {
    let plot = plot(world, sensor, seconds, [0.0; 4]);
    sighted(scene, 0, sensor, &pose(world, sensor), &plot, share);
}

fn compared(scene: &Scene) -> [u32; 2] {
    [scene.registration.comparisons(0), scene.registration.comparisons(1)]
}

#[test]
fn a_sure_plot_is_compared_once() {
    let (world, mut scene) = world();
    see(&world, &mut scene, 0, 0.0, 1.0);
    assert_eq!(compared(&scene), [0, 0], "nothing to compare with");
    see(&world, &mut scene, 1, 0.3, 1.0);
    assert_eq!(compared(&scene), [1, 1]);
    see(&world, &mut scene, 1, 0.6, 1.0);
    assert_eq!(compared(&scene), [1, 1], "the other's plot was compared already");
    see(&world, &mut scene, 0, 1.0, 1.0);
    assert_eq!(compared(&scene), [2, 2], "with the plot at 0.6 s, which was not");
    see(&world, &mut scene, 0, 2.0, 1.0);
    assert_eq!(compared(&scene), [2, 2]);
}

#[test]
fn plots_long_apart_unsure_or_of_unconfirmed_targets_are_not_compared() {
    let second = |seconds: f64, share: f64, confirmed: bool| {
        let (world, mut scene) = world();
        Arc::make_mut(&mut scene.targets[0]).confirmed = confirmed;
        see(&world, &mut scene, 0, 0.0, 1.0);
        see(&world, &mut scene, 1, seconds, share);
        compared(&scene)
    };
    assert_eq!(second(APART_S - 0.1, SURE, true), [1, 1]);
    assert_eq!(second(APART_S + 0.1, 1.0, true), [0, 0]);
    assert_eq!(second(0.1, SURE - 0.01, true), [0, 0]);
    assert_eq!(second(0.1, 1.0, false), [0, 0]);
}

#[test]
fn a_target_s_own_report_goes_before_other_sensors_and_counts_once_for_each() {
    let (world, mut scene) = world();
    see(&world, &mut scene, 0, 0.0, 1.0);
    let report = |scene: &mut Scene, seconds: f64| {
        let target = Arc::make_mut(&mut scene.targets[0]);
        reported(target, "RID-1", at(seconds), PLACE.into(), Matrix3::identity() * 9.0);
    };
    report(&mut scene, 0.1);
    see(&world, &mut scene, 1, 0.2, 1.0);
    assert_eq!(compared(&scene), [0, 1], "with the report, not with the first radar");
    see(&world, &mut scene, 1, 0.4, 1.0);
    assert_eq!(compared(&scene), [0, 1], "once");
    see(&world, &mut scene, 0, 0.5, 1.0);
    assert_eq!(compared(&scene), [1, 1], "once for each");
    report(&mut scene, 1.0);
    see(&world, &mut scene, 1, 1.2, 1.0);
    assert_eq!(compared(&scene), [1, 2], "a new report is another opinion");
}

#[test]
fn directions_are_neither_compared_nor_corrected() {
    let (world, mut scene) = world();
    see(&world, &mut scene, 0, 0.0, 1.0);
    let bearing = Plot { has: [false, true, false, false], ..plot(&world, 1, 0.1, [0.0; 4]) };
    sighted(&mut scene, 0, 1, &pose(&world, 1), &bearing, 1.0);
    assert_eq!(compared(&scene), [0, 0]);
    let listens = [Sensor::new(sensor("finder", SensorKind::RfDirectionFinder))];
    let (mut noise, mut plots) = (Noise::default(), [bearing]);
    correct(&super::registration(&listens), 0, &mut plots, &mut noise);
    assert_eq!((plots[0], noise.registration), (bearing, RowsSquare::zeros()));
}

#[test]
fn a_degree_between_two_radars_is_found_taken_out_and_told() {
    let (world, mut scene) = world();
    scene.registration = Arc::new(super::registration(&world.sensors));
    let mut drawn = Drawn::new(3);
    let mean = |scene: &mut Scene, state: Vector6| Arc::make_mut(&mut scene.targets[0]).imm.modes[0].mean = state;
    let bias = 0.0175;
    for n in 0..240 {
        // It flies round both, so that their directions differ in all ways.
        let angle = f64::from(n) * 0.05;
        let place = [750.0 + 1200.0 * angle.sin(), 1200.0 * angle.cos(), 100.0];
        mean(&mut scene, Vector6::from([place[0], place[1], place[2], 0.0, 0.0, 0.0]));
        for (sensor, after, azimuth_bias) in [(0, 0.0, 0.0), (1, 0.1, bias)] {
            let seconds = f64::from(n) + after;
            let mut found = [Plot::of(0, &world.plot(sensor, 0, seconds, place)).unwrap()];
            for row in [RANGE, AZIMUTH, ELEVATION] {
                found[0].value[row] += found[0].sigma[row] * drawn.normal();
            }
            found[0].value[AZIMUTH] += azimuth_bias;
            correct(&scene.registration, sensor, &mut found, &mut Noise::default());
            sighted(&mut scene, 0, sensor, &pose(&world, sensor), &found[0], 1.0);
        }
    }
    let found = [0, 1].map(|sensor| scene.registration.bias(sensor)[1]);
    assert!(found[0].abs() < 0.003 && (found[1] - bias).abs() < 0.003, "{found:?}");

    let honest = plot(&world, 1, 0.0, [0.0; 4]);
    let (mut noise, mut biased) = (Noise::default(), [plot(&world, 1, 0.0, [0.0, bias, 0.0, 0.0])]);
    correct(&scene.registration, 1, &mut biased, &mut noise);
    assert!((biased[0].value[AZIMUTH] - honest.value[AZIMUTH]).abs() < 0.003);
    let left = noise.registration[(AZIMUTH, AZIMUTH)].sqrt();
    assert!((0.0..0.003).contains(&left) && left > 0.0, "{left}");

    let told = published(&world.sensors, &scene.registration, at(240.0));
    assert_eq!(told.len(), 2);
    assert_eq!((told[1].sensor.as_str(), told[1].estimated_at, told[1].beyond_claim), ("east", at(240.0), false));
    assert!((told[1].bias.azimuth_rad - bias).abs() < 0.003 && told[1].comparisons > 200);
    assert!(told[1].sigma.azimuth_rad > 0.0 && told[1].sigma.elevation_rad == 0.0);
}

#[test]
fn before_anything_was_compared_there_is_nothing_to_tell_and_the_claim_is_noise() {
    let (world, scene) = world();
    assert!(published(&world.sensors, &scene.registration, at(0.0)).is_empty());
    let filter = super::registration(&world.sensors);
    let (mut noise, mut plots) = (Noise::default(), [plot(&world, 0, 0.0, [0.0; 4])]);
    let before = plots[0];
    correct(&filter, 0, &mut plots, &mut noise);
    assert_eq!(plots[0], before);
    assert!((noise.registration[(RANGE, RANGE)] - 100.0).abs() < 1e-9);
    assert!((noise.registration[(AZIMUTH, AZIMUTH)] - 4e-4).abs() < 1e-12);
}
