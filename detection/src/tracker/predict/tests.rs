//! When a beam passes, and what a look could have seen.

use telemetry::messages::{AzimuthSector, SensorKind};

use super::*;
use crate::tracker::example::{World, at, belief, sensor, target};
use crate::tracker::motion::Domain;

fn sector(from_deg: f64, to_deg: f64) -> AzimuthSector {
    AzimuthSector { from: Azimuth::from_degrees(from_deg), to: Azimuth::from_degrees(to_deg) }
}

#[test]
fn a_rotating_beam_passes_each_azimuth_at_its_own_time() {
    // Sectors of a third of a turn, three seconds a turn; a sector's time is that of its end.
    let check = |from_deg: f64, to_deg: f64, azimuth_deg: f64, before_s: f64| {
        let sector = sector(from_deg, to_deg);
        let rotation = Rotation { period_s: 3.0, end: at(10.0), to: sector.to.radians(), sector: width(sector) };
        let found = at(10.0).seconds_since(rotation.passes(Azimuth::from_degrees(azimuth_deg)));
        assert!((found - before_s).abs() < 1e-6, "{azimuth_deg} in {from_deg} to {to_deg}: {found}");
    };
    check(120.0, 240.0, 240.0, 0.0);
    check(120.0, 240.0, 180.0, 0.5);
    check(120.0, 240.0, 120.0, 1.0);
    check(120.0, 240.0, 110.0, 1.0);
    check(120.0, 240.0, 250.0, 0.0);
    check(300.0, 60.0, 0.0, 0.5);
    check(300.0, 60.0, 330.0, 0.75);
    check(300.0, 60.0, 70.0, 0.0);
    check(0.0, 0.0, 90.0, 2.25);
}

/// A radar that looked at a target 1 km north of it a while ago, and saw it then; what is left after a look of nothing.
fn missed(change: impl Fn(&mut World), frame: impl Fn(&mut Frame), seen_s: f64) -> f64 {
    let mut world = World::new(vec![sensor("radar", SensorKind::Radar)]);
    change(&mut world);
    let mut known = target(Domain::Air, belief([0.0, 1000.0, 100.0, 0.0, 0.0, 0.0], [5.0; 6]));
    known.measured_by = vec![(0, at(seen_s))];
    let mut scene = world.scene();
    scene.targets.push(Arc::new(known));
    let mut look = world.frame(0, 1.0, vec![]);
    frame(&mut look);
    world.step().take(&mut scene, &look);
    scene.targets[0].existence.probability
}

#[test]
fn a_target_is_missed_where_the_look_was_and_not_again_at_once() {
    let usual = missed(|_| {}, |_| {}, 0.0);
    let elsewhere = missed(|_| {}, |frame| frame.scan.sector = Some(sector(90.0, 180.0)), 0.0);
    let again = missed(|_| {}, |_| {}, 0.7);
    assert!(usual < 0.95 && elsewhere > 0.95 && again > 0.95, "{usual} {elsewhere} {again}");
    let through_north = missed(|_| {}, |frame| frame.scan.sector = Some(sector(350.0, 20.0)), 0.0);
    assert!((through_north - usual).abs() < 1e-6);
}

#[test]
fn the_worse_a_sensor_sees_the_less_its_silence_says() {
    let with = |probability: f64| {
        missed(|world| world.sensors[0].description.detection_probability = probability, |_| {}, 0.0)
    };
    assert!(with(0.95) < with(0.6) && with(0.6) < with(0.2));
}

#[test]
fn only_targets_within_reach_are_moved_on() {
    let world = World::new(vec![sensor("radar", SensorKind::Radar), sensor("coast", SensorKind::CoastalRadar)]);
    let moved = |place: [f64; 3], sensor: u16| {
        let [east, north, up] = place;
        let mut scene = world.scene();
        scene.targets.push(Arc::new(target(Domain::Air, belief([east, north, up, 0.0, 0.0, 0.0], [5.0; 6]))));
        world.step().take(&mut scene, &world.frame(sensor, 1.0, vec![]));
        scene.targets[0].imm.at == at(1.0)
    };
    assert!(moved([1000.0, 0.0, 100.0], 0));
    assert!(!moved([9000.0, 0.0, 100.0], 0), "out of reach");
    assert!(!moved([1000.0, 0.0, 100.0], 1), "a coastal radar does not see what flies");
}
