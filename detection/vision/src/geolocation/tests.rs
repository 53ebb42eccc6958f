use std::f64::consts::{FRAC_PI_2, PI};

use nalgebra::{Matrix2, Matrix3, UnitQuaternion, Vector2, Vector3};
use proptest::prelude::*;

use super::*;

fn lens() -> Lens {
    let distortion = Distortion { k1: -0.12, k2: 0.06, k3: -0.01, p1: 0.0008, p2: -0.0004 };
    Lens::new(Vector2::new(1100.0, 1095.0), Vector2::new(957.2, 541.8), distortion).unwrap()
}

fn errors() -> Errors {
    Errors {
        attitude_rad: Vector3::new(0.004, 0.005, 0.012),
        boresight_rad: Vector3::new(0.002, 0.003, 0.003),
        place_m: Vector3::new(1.2, 1.0, 2.0),
        time_s: 0.02,
        pixel: 1.5,
    }
}

fn camera() -> Camera {
    Camera { lens: lens(), boresight_rad: Vector3::new(0.004, -0.01, 0.007), errors: errors() }
}

fn pose(enu_m: Vector3<f64>, yaw: f64, tilt: f64, pan: f64) -> MovingPose {
    let carrier = Angles { yaw, pitch: 0.03, roll: -0.05 };
    let gimbal = Angles { yaw: pan, pitch: tilt, roll: 0.01 };
    let pose =
        Pose { time_ns: 0, enu_m, enu_from_frd: carrier.enu_from_frd(), frd_from_gimbal: gimbal.frd_from_gimbal() };
    let velocity_m_s = Vector3::new(9.0, -4.0, 0.5);
    MovingPose { pose, velocity_m_s, enu_rate_rad_s: Vector3::new(0.02, -0.05, 0.1) }
}

#[test]
fn the_cameras_axis_looks_where_pan_and_tilt_say() {
    let level = Pose {
        time_ns: 0,
        enu_m: Vector3::zeros(),
        enu_from_frd: Angles { yaw: FRAC_PI_2, ..Angles::default() }.enu_from_frd(),
        frd_from_gimbal: Angles { yaw: FRAC_PI_2, pitch: -0.3, roll: 0.0 }.frd_from_gimbal(),
    };
    let camera = Camera { boresight_rad: Vector3::zeros(), ..camera() };
    let bearing = camera.sight(&MovingPose::at_rest(level), camera.lens.centre_px()).unwrap().bearing();
    assert!((bearing.azimuth_rad - PI).abs() < 1e-9 && (bearing.elevation_rad + 0.3).abs() < 1e-9, "{bearing:?}");
    let right = camera.lens.centre_px() + Vector2::x() * 50.0;
    let bearing = camera.sight(&MovingPose::at_rest(level), right).unwrap().bearing();
    assert!(bearing.azimuth_rad > PI + 0.04, "right in the picture is clockwise");
}

proptest! {
    #[test]
    fn without_noise_a_place_comes_back_within_a_centimetre(
        yaw in -PI..PI, pan in -1.0..1.0f64, tilt in -1.4..-0.15f64, x in 100.0..1800.0f64, y in 100.0..1000.0f64,
        height in 20.0..120.0f64, ground in -5.0..15.0f64,
    ) {
        let (camera, pose) = (camera(), pose(Vector3::new(40.0, -70.0, height), yaw, tilt, pan));
        let Some(place) = camera.sight(&pose, Vector2::new(x, y)).unwrap().on_level(ground, 0.5) else { return Ok(()) };
        prop_assume!(place.range_m < 500.0);
        let pixel = camera.pixel(&pose, place.enu_m).unwrap();
        let ray = camera.sight(&pose, pixel).unwrap();
        let back = ray.on_level(ground, 0.5).unwrap();
        prop_assert!((back.enu_m - place.enu_m).norm() < 0.01);
        let level = |_: f64, _: f64| Some(ground);
        let on_terrain = ray.on_terrain(level, 2.0, 0.5).unwrap();
        prop_assert!((on_terrain.enu_m - place.enu_m).norm() < 0.01, "{}", on_terrain.enu_m - place.enu_m);
        prop_assert!((ray.at_range(place.range_m, 1.0).unwrap().enu_m - place.enu_m).norm() < 0.01);
        let off = (on_terrain.covariance - back.covariance).norm() / back.covariance.norm();
        prop_assert!(off < 1e-2, "the same surface, the same errors: {off}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_circle_holds_nine_tenths(long in 0.5..20.0f64, ratio in 0.01..1.0f64, turn in 0.0..PI) {
        let rotation = nalgebra::Rotation2::new(turn);
        let axes = Matrix2::from_diagonal(&Vector2::new(long * long, (long * ratio).powi(2)));
        let radius = circle_90_m(&(rotation.matrix() * axes * rotation.matrix().transpose()));
        // A grid of quantiles stands for the distribution.
        let quantiles: Vec<f64> = (0..200).map(|k| normal_quantile((f64::from(k) + 0.5) / 200.0)).collect();
        let pairs = quantiles.iter().flat_map(|a| quantiles.iter().map(move |b| (a * long).hypot(b * long * ratio)));
        let share = pairs.filter(|distance| *distance < radius).count() as f64 / 40_000.0;
        prop_assert!((share - 0.9).abs() < 0.012, "{share}");
    }
}

/// By bisection of the error function's series, good to what the tests need.
fn normal_quantile(share: f64) -> f64 {
    let below = |x: f64| {
        let steps = 400;
        let density = |t: f64| (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
        0.5 + (0..steps)
            .map(|k| density(x * (f64::from(k) + 0.5) / f64::from(steps)) * x / f64::from(steps))
            .sum::<f64>()
    };
    let (mut low, mut high) = (-5.0, 5.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if below(middle) < share { low = middle } else { high = middle }
    }
    low
}

/// Independent standard normal numbers, always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }

    fn vector(&mut self, deviations: Vector3<f64>) -> Vector3<f64> {
        deviations.map(|deviation| deviation * self.roll())
    }
}

#[test]
fn the_stated_circle_holds_nine_places_in_ten_when_all_errors_are_drawn() {
    let (camera, truth) = (camera(), pose(Vector3::new(0.0, 0.0, 80.0), 0.7, -0.5, 0.4));
    let pixel = Vector2::new(1300.0, 400.0);
    let target = camera.sight(&truth, pixel).unwrap().on_level(0.0, 1.0).unwrap();
    let mut dice = Dice(7);
    let (mut inside, mut squares) = (0, Matrix2::zeros());
    let draws = 4000;
    for _ in 0..draws {
        let errors = errors();
        let seconds = dice.roll() * errors.time_s;
        let [roll, pitch, yaw]: [f64; 3] = dice.vector(errors.attitude_rad).into();
        let mut held = truth;
        held.pose.enu_m += dice.vector(errors.place_m) + truth.velocity_m_s * seconds;
        held.pose.enu_from_frd = Angles { yaw: 0.7 + yaw, pitch: 0.03 + pitch, roll: -0.05 + roll }.enu_from_frd();
        let turned = UnitQuaternion::from_scaled_axis(truth.enu_rate_rad_s * seconds);
        held.pose.enu_from_frd = turned * held.pose.enu_from_frd;
        let mut built = camera;
        built.boresight_rad += dice.vector(errors.boresight_rad);
        let seen = pixel + Vector2::new(dice.roll(), dice.roll()) * errors.pixel;
        let found = built.sight(&held, seen).unwrap().on_level(dice.roll(), 1.0).unwrap();
        let off = (found.enu_m - target.enu_m).xy();
        squares += off * off.transpose() / f64::from(draws);
        inside += u32::from(off.norm() < target.circle_90_m());
    }
    let share = f64::from(inside) / f64::from(draws);
    assert!((0.87..0.93).contains(&share), "{share}");
    let stated: Matrix2<f64> = target.covariance.fixed_view::<2, 2>(0, 0).into();
    assert!((squares - stated).norm() / stated.norm() < 0.1, "{squares} {stated}");
}

#[test]
fn the_sea_is_curved_and_light_is_bent() {
    // From 100 m the horizon lies at 38.3 km (3.85 km times the root of the height, with this refraction) and 0.299°
    // below the horizontal.
    let dip = horizon::dip_rad(100.0);
    assert!((dip.to_degrees() - 0.2995).abs() < 0.001, "{}", dip.to_degrees());
    let camera = Camera { boresight_rad: Vector3::zeros(), ..camera() };
    let looking = |elevation: f64| {
        let attitude = Angles { pitch: elevation, ..Angles::default() }.enu_from_frd();
        let pose = Pose {
            time_ns: 0,
            enu_m: Vector3::z() * 100.0,
            enu_from_frd: attitude,
            frd_from_gimbal: UnitQuaternion::identity(),
        };
        camera.sight(&MovingPose::at_rest(pose), camera.lens.centre_px()).unwrap()
    };
    assert_eq!(looking(-0.9 * dip).on_level(0.0, 0.0), None, "above the horizon");
    // Twice the dip: a flat sea would be at 9.57 km; the curved one is farther.
    let met = looking(-0.02).on_level(0.0, 0.0).unwrap();
    let flat = 100.0 / 0.02f64.tan();
    let drop = (1.0 - 0.13) * met.enu_m.y.powi(2) / 2.0 / EARTH_RADIUS_M;
    assert!((met.enu_m.y - (100.0 + drop) / 0.02f64.tan()).abs() < 0.5 && met.enu_m.y > flat + 80.0, "{met:?}");
}

#[test]
fn a_ray_that_passes_above_or_grazes_meets_nothing_but_is_a_bearing() {
    let camera = camera();
    let up = camera.sight(&pose(Vector3::z() * 30.0, 0.0, 0.3, 0.0), camera.lens.centre_px()).unwrap();
    assert_eq!(up.on_level(0.0, 1.0), None);
    assert_eq!(up.on_terrain(|_, _| Some(0.0), 500.0, 1.0), None);
    assert!(up.bearing().elevation_rad > 0.2);
    let hill = |_: f64, north: f64| Some(if north > 200.0 { 400.0 } else { 0.0 });
    assert!(up.on_terrain(hill, 5.0, 1.0).is_some(), "but a hill stands in its way");
    assert_eq!(up.at_range(f64::NAN, 1.0), None);
}

#[test]
fn two_cameras_fix_a_drone_at_four_hundred_metres_within_eight() {
    let drone = Vector3::new(0.0, 400.0, 90.0);
    let camera = Camera { errors: Errors { attitude_rad: Vector3::repeat(0.003), ..errors() }, ..camera() };
    let mut dice = Dice(11);
    let mut off = Vec::new();
    for _ in 0..200 {
        let sights = [(-100.0, 0.26), (100.0, -0.26)].map(|(east, yaw)| {
            let truth = MovingPose::at_rest(pose(Vector3::new(east, 0.0, 5.0), yaw, 0.2, 0.0).pose);
            let pixel = camera.pixel(&truth, drone).unwrap();
            let mut held = truth;
            let turn = UnitQuaternion::from_scaled_axis(dice.vector(Vector3::repeat(0.003)));
            held.pose.enu_from_frd = turn * truth.pose.enu_from_frd;
            camera.sight(&held, pixel).unwrap()
        });
        // The point nearest both rays, each weighed by its covariance there.
        let (mut information, mut pull) = (Matrix3::zeros(), Vector3::zeros());
        for sight in sights {
            let Bearing { azimuth_rad, elevation_rad, covariance } = sight.bearing();
            let right = Vector3::new(azimuth_rad.cos(), -azimuth_rad.sin(), 0.0);
            let up = right.cross(&sight.enu_direction);
            assert!((sight.enu_direction.z - elevation_rad.sin()).abs() < 1e-12);
            let axes = nalgebra::Matrix3x2::from_columns(&[right * elevation_rad.cos().recip(), up]);
            let weight = axes * covariance.try_inverse().unwrap() * axes.transpose();
            information += weight;
            pull += weight * sight.enu_m;
        }
        off.push((information.try_inverse().unwrap() * pull - drone).norm());
    }
    off.sort_by(f64::total_cmp);
    assert!(off[190] < 8.0, "19 of 20 within {} m", off[190]);
}

/// The sea from this camera, with waves, a ship on the horizon and a sky.
fn sea(camera: &Camera, enu_from_cam: &UnitQuaternion<f64>, height: f64) -> crate::frame::GrayFrame {
    let dip = horizon::dip_rad(height);
    let pixel = |i: usize| {
        let (x, y) = ((i % 960) as f64, (i / 960) as f64);
        let z = camera.lens.direction(Vector2::new(x, y)).map_or(1.0, |direction| (enu_from_cam * direction).z.asin());
        let ship = (300.0..360.0).contains(&x) && z > -dip && z < -dip + 0.02;
        let wave = 6.0 * ((x * 0.7 + y * y * 0.05).sin() + (x * 0.13 - y * 0.9).cos());
        if ship {
            40
        } else if z > -dip {
            190
        } else {
            (110.0 + wave) as u8
        }
    };
    crate::frame::GrayFrame::new(960, 540, 960, (0..960 * 540).map(pixel).collect::<Vec<_>>(), 0).unwrap()
}

#[test]
fn the_seas_horizon_corrects_roll_and_pitch() {
    let lens = Lens::new(
        Vector2::new(900.0, 900.0),
        Vector2::new(479.5, 269.5),
        Distortion { k1: -0.05, ..Distortion::default() },
    );
    let camera = Camera { lens: lens.unwrap(), boresight_rad: Vector3::zeros(), errors: errors() };
    let height = 60.0;
    let truth = camera.enu_from_cam(&pose(Vector3::z() * height, 2.1, -0.08, 0.3));
    for (east, north) in [(0.02, -0.015), (-0.025, 0.01), (0.0, 0.0)] {
        let held = UnitQuaternion::from_scaled_axis(Vector3::new(east, north, 0.0)) * truth;
        let points = horizon::find(&sea(&camera, &truth, height), &camera.lens, &held, height, 0.06);
        assert!(points.len() > 60, "{}", points.len());
        let found = horizon::level(&points, &camera.lens, &held, height, 1.0).unwrap();
        let off = (found.enu_from_cam * truth.inverse()).scaled_axis();
        assert!(off.xy().norm() < 0.001, "{off}: {found:?}");
        assert!(found.agreeing > 0.8 && found.covariance.trace().sqrt() < 0.004, "{found:?}");
    }
}

#[test]
fn what_is_no_horizon_is_refused() {
    let (lens, attitude) = (lens(), camera().enu_from_cam(&pose(Vector3::z() * 60.0, 0.0, 0.0, 0.0)));
    let strewn: Vec<_> = (0..60).map(|k| Vector2::new(f64::from(k) * 30.0, f64::from(k * 7919 % 900))).collect();
    assert_eq!(horizon::level(&strewn, &lens, &attitude, 60.0, 1.0), None);
    assert_eq!(horizon::level(&strewn[..5], &lens, &attitude, 60.0, 1.0), None);
    let plain = crate::frame::GrayFrame::new(960, 540, 960, vec![90; 960 * 540], 0).unwrap();
    assert!(horizon::find(&plain, &lens, &attitude, 60.0, 0.1).is_empty());
    // A step at the picture's very edge is found, or not, but never reached beyond.
    let edge = |row: usize| {
        let pixels = (0..960 * 540).map(|i| if i / 960 < row { 200 } else { 90 }).collect::<Vec<_>>();
        crate::frame::GrayFrame::new(960, 540, 960, pixels, 0).unwrap()
    };
    for row in [1, 4, 5, 534, 536, 539] {
        let found = horizon::find(&edge(row), &lens, &attitude, 60.0, 1.5);
        assert!(found.iter().all(|point| (point.y - row as f64 + 0.5).abs() < 8.0), "{row}: {found:?}");
    }
}
