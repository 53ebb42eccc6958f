//! First beliefs beside drawn targets, and which plots begin one.

use telemetry::messages::{AisClaim, Claim, Detection, Measurement, SensorKind};
use telemetry::{DetectionId, Geodetic, Mmsi, Timestamp};

use super::*;
use crate::tracker::example::{
    Noise, WATER_M, World, at, belief, geodetic, motions, nees, sensor, site, target as example,
};
use crate::tracker::measure::Rows;

const ALL: [bool; 4] = [true; 4];

fn plot(has: [bool; 4], value: Rows) -> Plot {
    let sigma = std::array::from_fn(|row| if has[row] { [4.0, 0.007, 0.01, 0.5][row] } else { 1.0 });
    Plot { at: at(3.0), index: 0, has, value, sigma: sigma.into(), llr: None }
}

fn start(sensor: Geodetic, plot: &Plot, domain: Domain) -> Option<Imm> {
    from_plot(&motions(), &site(), WATER_M, &Pose::new(&site(), sensor), plot, domain)
}

/// What a sensor would measure of a state, with the plot's noise.
fn measured(pose: &Pose, state: &Vector6, has: [bool; 4], noise: &mut Noise) -> Plot {
    let mut found = plot(has, pose.expects(state).unwrap().value);
    for (row, has) in has.into_iter().enumerate() {
        found.value[row] = if has { found.value[row] + found.sigma[row] * noise.normal() } else { 0.0 };
    }
    found
}

/// Targets with the heights and velocities expected of what flies (or at a height nobody expects), plotted with noise:
/// the mean normalised error of the first belief, and how often it is within the ellipsoid for 95 times in a hundred.
fn consistency(has: [bool; 4], usual: bool, north_deg: f64) -> (f64, f64) {
    let (site, motions, mut noise, runs) = (site(), motions(), Noise::new(11), 4000);
    let (height_m, sigma_m) = motions.of(Domain::Air).usual_height().unwrap();
    let pose = Pose::new(&site, geodetic(54.40, 10.20, WATER_M + 25.0));
    let (mut sum, mut within) = (0.0, 0.0);
    for _ in 0..runs {
        let height_m = if usual { height_m + sigma_m * noise.normal() } else { 900.0 };
        let (latitude, longitude) = (54.40 + north_deg + 0.02 * noise.uniform(), 10.21 + 0.02 * noise.uniform());
        let place = site.enu(geodetic(latitude, longitude, WATER_M + height_m)).vector();
        let motion = motions.of(Domain::Air);
        let speed = Vector3::new(motion.speed_sigma_m_s, motion.speed_sigma_m_s, motion.climb_sigma_m_s);
        let velocity = speed.map(|sigma| sigma * noise.normal());
        let truth = Vector6::new(place.x, place.y, place.z, velocity.x, velocity.y, velocity.z);
        let seen = measured(&pose, &truth, has, &mut noise);
        let belief = from_plot(&motions, &site, WATER_M, &pose, &seen, Domain::Air).unwrap().estimate();
        let error = nees(&(truth - belief.mean), &belief.covariance);
        sum += error;
        within += if error < 12.59 { 1.0 } else { 0.0 };
    }
    (sum / f64::from(runs), within / f64::from(runs))
}

#[test]
fn first_errors_are_as_large_as_believed() {
    for (has, usual, north_deg, why) in [
        (ALL, true, 0.0, "with Doppler"),
        ([true, true, true, false], true, 0.0, "without"),
        // Nearer by, what the slant range is longer than the level one counts beside its noise.
        ([true, true, false, false], true, 0.02, "without a height"),
        ([true, true, true, false], false, 0.0, "at an unusual height"),
    ] {
        let (mean, within) = consistency(has, usual, north_deg);
        assert!((5.4..6.4).contains(&mean) && (0.93..0.97).contains(&within), "{why}: {mean}, {within}");
    }
}

#[test]
fn a_radar_plot_gives_a_position_and_a_wide_velocity() {
    let sensor = geodetic(54.40, 10.20, WATER_M + 21.0);
    let target = geodetic(54.42, 10.22, WATER_M + 900.0);
    let seen = telemetry::SiteFrame::new(sensor).enu(target);
    let value = Rows::new(seen.range_m(), seen.azimuth().radians(), seen.elevation().radians(), -12.0);
    let imm = start(sensor, &plot(ALL, value), Domain::Air).unwrap();
    assert_eq!((imm.at, imm.active()), (at(3.0), 1));
    let estimate = imm.estimate();
    assert!((estimate.position() - site().enu(target).vector()).norm() < 1e-3);
    let along = Pose::new(&site(), sensor).sensor_from_site.tr_mul(&(seen.vector() / seen.range_m()));
    assert!((along.dot(&estimate.velocity()) + 12.0).abs() < 0.2, "the range rate is in the velocity");
    let across = Vector3::new(-along.y, along.x, 0.0).normalize();
    let spread = |along: &Vector3<f64>, first: usize| {
        (along.transpose() * estimate.covariance.fixed_view::<3, 3>(first, first) * along)[0].sqrt()
    };
    let wide = motions().of(Domain::Air).speed_sigma_m_s;
    assert!((spread(&across, 3) - wide).abs() < 0.1 * wide, "and says nothing across");
    assert!((spread(&along, 0) - 4.0).abs() < 0.1);
    assert!((spread(&across, 0) - 0.007 * seen.horizontal_m()).abs() < 0.5);
}

#[test]
fn a_coastal_plot_lies_on_the_water_at_any_range() {
    let sensor = geodetic(54.40, 10.20, WATER_M + 25.0);
    for range_m in [300.0, 5_000.0, 20_000.0] {
        let flat = plot([true, true, false, false], Rows::new(range_m, 40f64.to_radians(), 0.0, 0.0));
        let imm = start(sensor, &flat, Domain::Surface).unwrap();
        let there = site().geodetic(Enu::from_vector(imm.estimate().position())).unwrap();
        assert!((there.height().metres - WATER_M).abs() < 0.01, "{range_m}: {}", there.height().metres);
        assert!((sensor.distance_m(there) - range_m).abs() < 2.0, "{range_m}: {}", sensor.distance_m(there));
        assert!(imm.estimate().covariance[(2, 2)] < 1.5 * WATER_SIGMA_M.powi(2));
    }
}

#[test]
fn what_floats_comes_down_to_the_water_though_the_plane_stands_above_it() {
    // 50 km out the tangent plane stands 196 m above the water.
    let vessel = site().enu(geodetic(54.82, 10.14, WATER_M));
    assert!(vessel.up_m < -190.0);
    let covariance = Matrix3::from_diagonal(&Vector3::new(100.0, 100.0, 400.0));
    let above = Vector3::new(vessel.east_m, vessel.north_m, vessel.up_m + 30.0);
    let mut imm = placed(&motions(), at(0.0), above, covariance, Domain::Surface);
    for _ in 0..20 {
        float(&mut imm, &site(), WATER_M).unwrap();
    }
    let there = site().geodetic(Enu::from_vector(imm.estimate().position())).unwrap();
    assert!((there.height().metres - WATER_M).abs() < 0.05, "{}", there.height().metres);
}

#[test]
fn what_is_seen_near_the_usual_height_is_taken_to_fly_there_and_what_is_seen_high_above_is_not() {
    let sensor = geodetic(54.40, 10.20, WATER_M + 25.0);
    let height = |height_m: f64| {
        let target = geodetic(54.41, 10.21, WATER_M + height_m);
        let seen = telemetry::SiteFrame::new(sensor).enu(target);
        let value = Rows::new(seen.range_m(), seen.azimuth().radians(), seen.elevation().radians(), 0.0);
        let coarse = Plot { sigma: Rows::new(4.0, 0.007, 0.05, 1.0), ..plot([true, true, true, false], value) };
        let imm = start(sensor, &coarse, Domain::Air).unwrap();
        site().geodetic(Enu::from_vector(imm.estimate().position())).unwrap().height().metres - WATER_M
    };
    let usual = motions().of(Domain::Air).usual_height().unwrap().0;
    assert!((height(usual) - usual).abs() < 1.0);
    assert!((usual..usual + 50.0).contains(&height(usual + 60.0)), "{}", height(usual + 60.0));
    assert!((height(900.0) - 900.0).abs() < 1.0);
}

#[test]
fn a_direction_starts_nothing() {
    let sensor = geodetic(54.40, 10.20, WATER_M);
    for has in [[false, true, false, false], [false, true, true, false]] {
        assert!(start(sensor, &plot(has, Rows::new(0.0, 1.0, 0.1, 0.0)), Domain::Air).is_none());
    }
}

#[test]
fn a_place_has_the_velocity_any_new_target_may_have() {
    let motions = motions();
    for domain in [Domain::Air, Domain::Surface] {
        let imm = placed(&motions, Timestamp::EPOCH, Vector3::new(1.0, 2.0, 3.0), Matrix3::identity() * 25.0, domain);
        let estimate = imm.estimate();
        assert_eq!((estimate.position(), estimate.velocity()), (Vector3::new(1.0, 2.0, 3.0), Vector3::zeros()));
        let motion = motions.of(domain);
        assert!((estimate.covariance[(3, 3)].sqrt() - motion.speed_sigma_m_s).abs() < 1e-12);
        assert!((estimate.covariance[(5, 5)].sqrt() - motion.climb_sigma_m_s).abs() < 1e-12);
    }
}

fn radar() -> World {
    World::new(vec![sensor("radar", SensorKind::Radar)])
}

#[test]
fn plots_that_no_target_explains_start_targets_and_the_same_places_again_start_none_to_be_shown() {
    let world = radar();
    let mut scene = world.scene();
    let places = [[900.0, 300.0, 100.0], [-500.0, 1200.0, 100.0]];
    for look in 0..4u64 {
        let seconds = look as f64;
        let plots = (0..2).map(|n| world.plot(0, 2 * look + n, seconds, places[n as usize])).collect();
        world.step().take(&mut scene, &world.frame(0, seconds, plots));
        let shown = |target: &&Arc<Target>| target.existence.probability >= SHOWN;
        assert_eq!(scene.targets.iter().filter(shown).count(), 2, "look {look}");
    }
    let confirmed: Vec<u64> = scene.targets.iter().filter(|t| t.confirmed).map(|t| t.key.detection).collect();
    assert_eq!(confirmed, [0, 1]);
}

#[test]
fn in_a_full_scene_the_least_probable_unconfirmed_target_makes_room() {
    let world = radar();
    let known = |probability: f64, confirmed: bool, detection: u64| {
        let mut known = example(Domain::Air, belief([0.0, 2000.0, 100.0, 0.0, 0.0, 0.0], [5.0; 6]));
        known.existence.probability = probability;
        Target { confirmed, key: Key { detection, ..known.key }, ..known }
    };
    let full = |newcomer: f64| {
        let mut scene = world.scene();
        scene.targets = [known(0.001, true, 1), known(0.3, false, 2), known(0.1, false, 3)].map(Arc::new).to_vec();
        let step = Step { targets_max: 3, ..world.step() };
        step.admit(&mut scene, known(newcomer, false, 4));
        (scene.targets.iter().map(|target| target.key.detection).collect::<Vec<_>>(), scene.displaced)
    };
    assert_eq!(full(0.2), (vec![1, 2, 4], 1));
    assert_eq!(full(0.05), (vec![1, 2, 3], 0), "not for one less probable");
}

#[test]
fn a_plot_that_several_unconfirmed_targets_may_explain_starts_no_more() {
    let world = radar();
    let mut scene = world.scene();
    for detection in 0..TRIED_MAX as u64 {
        let mut doubtful =
            example(Domain::Air, belief([900.0, 300.0, 100.0, 0.0, 0.0, 0.0], [20.0, 20.0, 20.0, 5.0, 5.0, 1.0]));
        doubtful.existence = Existence::born(0.03, Way::Reflects);
        let key = Key { detection, ..doubtful.key };
        scene.targets.push(Arc::new(Target { key, confirmed: false, shown: false, ..doubtful }));
    }
    let frame = world.frame(0, 1.0, vec![world.plot(0, 9, 1.0, [905.0, 300.0, 100.0])]);
    world.step().take(&mut scene, &frame);
    assert!(scene.targets.iter().all(|target| target.key.detection != 9));
}

/// A vessel's report of itself.
fn report(number: u32, seconds: f64) -> Detection {
    let measurement = Measurement::Position {
        position: geodetic(54.37 + 0.01 * f64::from(number % 10), 10.20, WATER_M),
        horizontal_sigma_m: 10.0,
        vertical_sigma_m: None,
        velocity: None,
    };
    let mmsi = Mmsi::new(number).unwrap();
    let claim = AisClaim::of(mmsi);
    let id = DetectionId(u64::from(number));
    Detection { id, measured_at: at(seconds), measurement, claim: Some(Claim::Ais(claim)), drone_llr: None }
}

#[test]
fn words_however_many_drive_out_words_only() {
    let world = World::new(vec![sensor("ais", SensorKind::AisReceiver)]);
    let mut scene = world.scene();
    let mut measured = example(Domain::Air, belief([0.0, 2000.0, 100.0, 0.0, 0.0, 0.0], [5.0; 6]));
    measured.existence.probability = 0.1;
    scene.targets.push(Arc::new(Target { confirmed: false, ..measured }));
    let step = Step { targets_max: 3, ..world.step() };
    for n in 1..=5 {
        let seconds = f64::from(n);
        step.take(&mut scene, &world.frame(0, seconds, vec![report(211_000_000 + n, seconds)]));
    }
    let kept: Vec<u64> = scene.targets.iter().map(|target| target.key.detection).collect();
    assert_eq!((kept, scene.displaced), (vec![0, 211_000_004, 211_000_005], 3));
}
