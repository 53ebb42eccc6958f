//! Crossings beside drawn targets, and where there must be none.

use telemetry::messages::{Detection, Measurement, SensorDescription, SensorKind};
use telemetry::{DetectionId, Geodetic};

use super::*;
use crate::tracker::example::{Noise, World, at, belief, nees, sensor, site, target};

const SIGMA: f64 = 0.03;

fn place(east_m: f64, north_m: f64, up_m: f64) -> Geodetic {
    site().geodetic(Enu { east_m, north_m, up_m }).unwrap()
}

/// Two direction finders 2 km apart, and a third one north of them.
fn world() -> World {
    let finder = |name: &str, east_m: f64, north_m: f64| SensorDescription {
        position: place(east_m, north_m, 10.0),
        ..sensor(name, SensorKind::RfDirectionFinder)
    };
    World::new(vec![finder("west", -1000.0, 0.0), finder("east", 1000.0, 0.0), finder("north", 0.0, 2500.0)])
}

fn pose(world: &World, sensor: u16) -> Pose {
    Pose::new(&world.site, world.sensors[usize::from(sensor)].description.position)
}

/// A direction as measured, with an elevation or without.
fn direction(world: &World, sensor: u16, azimuth: f64, elevation: Option<f64>, seconds: f64) -> Direction {
    let plot = Plot {
        at: at(seconds),
        index: 0,
        has: [false, true, elevation.is_some(), false],
        value: Rows::new(0.0, azimuth, elevation.unwrap_or(0.0), 0.0),
        sigma: Rows::new(1.0, SIGMA, if elevation.is_some() { SIGMA } else { 1.0 }, 1.0),
        llr: None,
    };
    let range_max_m = world.sensors[usize::from(sensor)].description.coverage.range_m[1];
    Direction { sensor, plot, pose: pose(world, sensor), range_max_m }
}

/// The direction to a place, with so much error in standard deviations.
fn towards(world: &World, sensor: u16, at: [f64; 3], errors: Option<[f64; 2]>, with_elevation: bool) -> Direction {
    let seen = pose(world, sensor).sees(&at.into());
    let [a, e] = errors.unwrap_or_default();
    let elevation = with_elevation.then(|| seen.elevation().radians() + SIGMA * e);
    direction(world, sensor, seen.azimuth().radians() + SIGMA * a, elevation, 0.0)
}

#[test]
fn two_directions_cross_where_the_target_is() {
    let world = world();
    let there = [300.0, 900.0, 100.0];
    let (a, b) = (towards(&world, 0, there, None, false), towards(&world, 1, there, None, false));
    let (position, covariance) = world.step().crossing(&a, &b).unwrap();
    assert!((position - Vector3::from(there)).norm() < 1.0, "{position}");
    assert!(covariance.symmetric_eigenvalues().min() > 0.0);
    let (mirrored, same) = world.step().crossing(&b, &a).unwrap();
    assert!((mirrored - position).norm() < 0.1 && (same - covariance).norm() < 1e-2 * covariance.norm());
}

/// A target at the usual height, seen with noise: errors of the crossing against its covariance.
fn consistency(with_elevation: bool) -> (f64, f64) {
    let (world, mut noise, runs) = (world(), Noise::new(21), 3000);
    let (height_m, sigma_m) = world.motions.of(Domain::Air).usual_height().unwrap();
    let (mut sum, mut within, mut crossed) = (0.0, 0.0, 0.0);
    for _ in 0..runs {
        let up = height_m + sigma_m * noise.normal();
        let there = [600.0 * noise.uniform() - 300.0, 700.0 + 500.0 * noise.uniform(), up];
        let mut seen = |sensor| {
            let errors = [noise.normal(), noise.normal()];
            towards(&world, sensor, there, Some(errors), with_elevation)
        };
        let (a, b) = (seen(0), seen(1));
        if let Some((position, covariance)) = world.step().crossing(&a, &b) {
            let error = nees(&(Vector3::from(there) - position), &covariance);
            sum += error;
            // 7.81 bounds 95 % of a χ² with three degrees of freedom.
            within += if error < 7.81 { 1.0 } else { 0.0 };
            crossed += 1.0;
        }
    }
    assert!(crossed > 0.99 * f64::from(runs));
    (sum / crossed, within / crossed)
}

#[test]
fn the_errors_of_crossings_are_as_large_as_believed() {
    for with_elevation in [false, true] {
        let (mean, within) = consistency(with_elevation);
        assert!((2.7..3.3).contains(&mean) && (0.93..0.97).contains(&within), "{mean}, {within}");
    }
}

#[test]
fn lines_that_are_parallel_meet_nowhere() {
    let world = world();
    let crossed = |a: f64, b: f64| {
        let (a, b) = (direction(&world, 0, a, None, 0.0), direction(&world, 1, b, None, 0.0));
        world.step().crossing(&a, &b).is_some()
    };
    assert!(!crossed(0.3, 0.3) && !crossed(0.3, 0.3 + std::f64::consts::PI), "parallel, and opposite");
    assert!(!crossed(ANGLE_MIN / 2.2, -ANGLE_MIN / 2.2), "nearly parallel");
    assert!(crossed(0.4, -0.4));
    let east = std::f64::consts::FRAC_PI_2;
    assert!(!crossed(east, -east), "one line through both sensors");
}

#[test]
fn no_ghost_arises_behind_a_sensor() {
    let world = world();
    let there = [0.0, 900.0, 100.0];
    let mut a = towards(&world, 0, there, None, false);
    let b = towards(&world, 1, there, None, false);
    assert!(world.step().crossing(&a, &b).is_some());
    assert!(meeting(&a, &b, 100.0).is_some());
    a.plot.value[AZIMUTH] += std::f64::consts::PI;
    assert!(meeting(&a, &b, 100.0).is_none() && meeting(&b, &a, 100.0).is_none(), "behind one");
    assert!(world.step().crossing(&a, &b).is_none());
    // The finders look away from each other: their lines meet south of both, behind them.
    let (a, b) = (direction(&world, 0, -0.7, None, 0.0), direction(&world, 1, 0.7, None, 0.0));
    assert!(world.step().crossing(&a, &b).is_none(), "behind both");
}

#[test]
fn a_crossing_out_of_reach_or_too_vague_is_none() {
    let world = world();
    let far = [0.0, 4700.0, 100.0];
    let (a, b) = (towards(&world, 0, far, None, false), towards(&world, 1, far, None, false));
    assert!(world.step().crossing(&a, &b).is_none(), "out of reach");
    let near = |sigma: f64| {
        let coarse = |sensor| {
            let mut direction = towards(&world, sensor, [0.0, 2500.0, 100.0], None, false);
            direction.plot.sigma[AZIMUTH] = sigma;
            direction
        };
        let (a, b) = (coarse(0), coarse(1));
        world.step().crossing(&a, &b).is_some()
    };
    assert!(near(0.02) && !near(0.3), "too vague");
}

#[test]
fn what_moved_between_the_looks_is_known_the_less() {
    let world = world();
    let there = [300.0, 900.0, 100.0];
    let spread = |seconds: f64| {
        let a = towards(&world, 0, there, None, false);
        let mut b = towards(&world, 1, there, None, false);
        b.plot.at = at(seconds);
        world.step().crossing(&a, &b).unwrap().1.trace()
    };
    assert!(spread(1.0) > spread(0.0) && spread(-1.0) == spread(1.0));
}

fn heard(id: u64, seconds: f64, azimuth: f64) -> Detection {
    let measurement = Measurement::Azimuth { azimuth: Azimuth::from_radians(azimuth), sigma: SIGMA };
    Detection { id: DetectionId(id), measured_at: at(seconds), measurement, claim: None, drone_llr: None }
}

/// Takes a look of one finder at places.
fn look(world: &World, scene: &mut Scene, sensor: u16, seconds: f64, places: &[[f64; 3]]) {
    let azimuth = |place: &[f64; 3]| pose(world, sensor).sees(&(*place).into()).azimuth().radians();
    let heard = places.iter().enumerate().map(|(n, place)| heard(n as u64, seconds, azimuth(place))).collect();
    world.step().take(scene, &world.frame(sensor, seconds, heard));
}

#[test]
fn a_target_begins_once_however_many_finders_hear_it() {
    let world = world();
    let mut scene = world.scene();
    let there = [[300.0, 900.0, 100.0]];
    look(&world, &mut scene, 0, 0.0, &there);
    assert!(scene.targets.is_empty() && scene.directions.len() == 1);
    look(&world, &mut scene, 0, 0.4, &there);
    assert!(scene.targets.is_empty(), "one sensor's directions do not cross each other");
    look(&world, &mut scene, 1, 0.5, &there);
    assert_eq!(scene.targets.len(), 1);
    let begun = &scene.targets[0];
    assert!(!begun.shown && !begun.confirmed && begun.existence.probability <= CROSSING);
    assert!((begun.imm.estimate().position() - Vector3::from(there[0])).xy().norm() < 30.0);
    look(&world, &mut scene, 2, 0.6, &there);
    assert_eq!(scene.targets.len(), 1, "a third direction to it starts no second one");
}

#[test]
fn ghosts_starve_when_a_third_finder_hears_the_targets_only() {
    let world = world();
    let mut scene = world.scene();
    let there = [[-400.0, 1100.0, 100.0], [500.0, 900.0, 100.0]];
    for second in 0..20 {
        for (sensor, after) in [(0, 0.0), (1, 0.3), (2, 0.6)] {
            look(&world, &mut scene, sensor, f64::from(second) + after, &there);
        }
    }
    let shown: Vec<_> = scene.targets.iter().filter(|target| target.existence.probability > 0.5).collect();
    assert_eq!(shown.len(), 2, "{:?}", shown.iter().map(|t| t.imm.estimate().position()).collect::<Vec<_>>());
    for place in there {
        let off =
            |target: &&&std::sync::Arc<Target>| (target.imm.estimate().position() - Vector3::from(place)).xy().norm();
        assert!(shown.iter().any(|target| off(&target) < 100.0), "nobody near {place:?}");
    }
}

#[test]
fn directions_are_kept_for_a_moment_and_no_more_than_fit() {
    let world = world();
    let mut scene = world.scene();
    let around: Vec<[f64; 3]> =
        (0..100).map(|n| [-1000.0 + 500.0 * f64::from(n).sin(), 500.0 * f64::from(n).cos(), 10.0]).collect();
    for n in 0..10 {
        look(&world, &mut scene, 0, 0.1 * f64::from(n), &around);
        assert!(scene.directions.len() <= KEPT_MAX);
    }
    look(&world, &mut scene, 0, 1.0 + WINDOW_S, &[]);
    assert!(scene.directions.is_empty());
}

#[test]
fn a_crossing_near_a_known_target_is_that_target() {
    let world = world();
    let there = [300.0, 900.0, 100.0];
    let begun = |known: [f64; 3]| {
        let mut scene = world.scene();
        let [east, north, up] = known;
        let known = target(Domain::Air, belief([east, north, up, 0.0, 0.0, 0.0], [20.0; 6]));
        scene.targets.push(std::sync::Arc::new(known));
        let (a, b) = (towards(&world, 0, there, None, false), towards(&world, 1, there, None, false));
        let (position, covariance) = world.step().crossing(&a, &b).unwrap();
        let frame = world.frame(1, 0.0, vec![heard(1, 0.0, 0.0)]);
        world.step().begin(&mut scene, &frame, &b, position, covariance);
        scene.targets.len()
    };
    assert_eq!((begun(there), begun([300.0, 1600.0, 100.0])), (1, 2));
}
