//! The pictures against the geometry they claim: places, horizon, hiding, blur, noise, seeds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use nalgebra::{Vector2, Vector3};
use sim_camera::band::Band;
use sim_camera::camera::{Camera, CameraConfig, Picture};
use sim_camera::earth::Earth;
use sim_camera::figure::Figure;
use sim_camera::lens::{Distortion, Lens};
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::{Material, Scene, Structure, Target, Weather, enu_from_frd};

const WIDTH: usize = 960;
const HEIGHT: usize = 544;
const VISIBLE: Band = Band::Visible { gain: 1.0 };
const INFRARED: Band = Band::Infrared { coldest_c: -40.0, hottest_c: 30.0 };
const DARK: Material = Material { reflectance: 0.05, excess_k: 15.0 };

fn wide() -> Lens {
    let distortion = Distortion { radial: [-0.28, 0.09, -0.01], tangential: [0.0009, -0.0006] };
    Lens::new([WIDTH, HEIGHT], Vector2::new(810.0, 806.0), Vector2::new(474.0, 280.0), distortion).unwrap()
}

fn camera(lens: Lens, band: Band) -> Camera {
    Camera::new(CameraConfig { lens, band, noise_counts: 0.0, vignetting: 0.0 }, 5, 6)
}

fn sea() -> Scene {
    let weather = Weather { cloud_cover: 0.0, visibility_m: 80_000.0, ..Weather::default() };
    Scene { earth: Earth::at_latitude(0.95), weather, scenery: Vec::new(), targets: Vec::new() }
}

fn target(id: u32, figure: Figure, position: Vector3<f64>) -> Target {
    Target { id, figure, position, velocity_m_s: Vector3::zeros(), enu_from_frd: enu_from_frd(0.6, 0.0, 0.0) }
}

fn ball(id: u32, position: Vector3<f64>, radius_m: f64) -> Target {
    target(id, Figure::Ball { radius_m, material: DARK }, position)
}

fn at_rest(camera: &mut Camera, scene: &Scene, pose: Pose) -> Picture {
    camera.render(scene, &Exposure::still(pose, 0.001, 2.0), 1, &[])
}

/// Area and centroid of the difference that a target makes, and the box of what it changes, in pixels.
fn difference(with: &Picture, without: &Picture) -> (f64, Vector2<f64>, [Vector2<f64>; 2]) {
    let (mut sum, mut moment) = (0.0, Vector2::zeros());
    let (mut low, mut high) = (Vector2::repeat(f64::MAX), Vector2::repeat(f64::MIN));
    for y in 0..HEIGHT {
        for (x, (a, b)) in with.frame.row(y).iter().zip(without.frame.row(y)).enumerate() {
            let change = f64::from(a.abs_diff(*b));
            if change > 0.0 {
                let at = Vector2::new(x as f64, y as f64);
                sum += change;
                moment += at * change;
                (low, high) = (low.inf(&at), high.sup(&at));
            }
        }
    }
    (sum, moment / sum, [low, high])
}

/// The centroid of the share of each pixel that a plain target covers, by how far it brings the pixel to the value that the
/// target has in its middle: a background that is not plain itself would draw the centroid to where it differs most.
fn share_centroid(with: &Picture, without: &Picture, middle: Vector2<f64>) -> Vector2<f64> {
    let inside = f64::from(with.frame.row(middle.y.round() as usize)[middle.x.round() as usize]);
    let (mut sum, mut moment) = (0.0, Vector2::zeros());
    for y in 0..HEIGHT {
        for (x, (a, b)) in with.frame.row(y).iter().zip(without.frame.row(y)).enumerate() {
            let share = (f64::from(*a) - f64::from(*b)) / (inside - f64::from(*b));
            sum += share;
            moment += Vector2::new(x as f64, y as f64) * share;
        }
    }
    moment / sum
}

/// The centroid of the outline of a ball about the ray of a pixel: aside of the axis it is not quite the pixel.
fn outline_centroid(config: &CameraConfig, pixel: Vector2<f64>, sin_radius: f64) -> Vector2<f64> {
    let ray = config.lens.ray(pixel).unwrap();
    let aside = ray.cross(&Vector3::x()).normalize() * sin_radius.asin().tan();
    let corner = |n: u32| {
        let turn = nalgebra::Rotation3::from_axis_angle(
            &nalgebra::Unit::new_normalize(ray),
            f64::from(n) * 0.1 * std::f64::consts::PI,
        );
        config.lens.project(&(ray + turn * aside)).unwrap()
    };
    let corners: Vec<_> = (0..20).map(corner).collect();
    let pairs = corners.iter().zip(corners.iter().cycle().skip(1));
    let (area, moment) = pairs.fold((0.0, Vector2::zeros()), |(area, moment), (a, b)| {
        let twice = (a - pixel).perp(&(b - pixel));
        (area + twice, moment + (a + b - pixel * 2.0) * twice / 3.0)
    });
    pixel + moment / area
}

#[test]
fn a_rendered_target_has_its_centroid_where_the_lens_projects_it() {
    let pose = Pose::looking(Vector3::new(40.0, -60.0, 90.0), 0.8, 0.12, 0.07);
    for band in [VISIBLE, INFRARED] {
        let mut camera = camera(wide(), band);
        let clear = at_rest(&mut camera, &sea(), pose);
        for n in 0..60 {
            let along = f64::from(n);
            let pixel = Vector2::new(60.0 + 14.13 * along, 40.0 + 3.37 * along);
            let ray = pose.enu_from_cam * camera.config().lens.ray(pixel).unwrap();
            let (range_m, diameter_px) = (500.0, 4.0 + 36.0 * along / 59.0);
            let position = pose.position + ray * range_m;
            let radius_m = diameter_px / 2.0 / 810.0 * range_m;
            let scene = Scene { targets: vec![ball(3, position, radius_m)], ..sea() };
            let picture = at_rest(&mut camera, &scene, pose);
            let seen = picture.seen[0];
            assert!((seen.centre_px - pixel).norm() < 1e-6, "{seen:?}");
            let centroid = share_centroid(&picture, &clear, pixel);
            let expected = outline_centroid(camera.config(), pixel, radius_m / range_m);
            assert!((expected - pixel).norm() < 0.25, "an outline is nearly where its middle is: {expected}");
            assert!((centroid - expected).norm() < 0.1, "{band:?}: {diameter_px} px at {pixel}: {centroid}");
        }
    }
}

#[test]
fn a_truth_box_is_the_box_of_what_is_drawn() {
    let pose = Pose::looking(Vector3::new(0.0, 0.0, 30.0), 0.0, 0.1, 0.0);
    let figures = [
        (Figure::Multirotor { span_m: 0.8, rotors: 6 }, 25.0),
        (Figure::FixedWing { span_m: 2.0 }, 60.0),
        (Figure::Bird { span_m: 1.2, beats_hz: 3.0, phase_rad: 0.0 }, 40.0),
    ];
    for (figure, range_m) in figures {
        let mut camera = camera(wide(), INFRARED);
        let clear = at_rest(&mut camera, &sea(), pose);
        let scene = Scene { targets: vec![target(1, figure, Vector3::new(3.0, range_m, 36.0))], ..sea() };
        let picture = at_rest(&mut camera, &scene, pose);
        let (_, _, drawn) = difference(&picture, &clear);
        let [low, high] = picture.seen[0].box_px;
        // A pixel that is touched reaches half a pixel beyond its centre; a touch too faint for a count is not drawn.
        let miss = (drawn[0] - low).abs().max().max((drawn[1] - high).abs().max());
        assert!(miss < 1.6, "{figure:?}: drawn {drawn:?}, said {low} {high}");
        assert_eq!(picture.seen[0].visible_share, 1.0, "{figure:?}");
    }
}

#[test]
fn the_horizon_dips_as_far_as_the_earth_is_round() {
    for (height_m, roll) in [(12.0, 0.0), (120.0, 0.05), (1500.0, -0.2)] {
        let earth = Earth::at_latitude(0.95);
        let pose = Pose::looking(Vector3::new(0.0, 0.0, height_m), 1.1, -0.03, roll);
        let mut camera = camera(wide(), INFRARED);
        let scene =
            Scene { weather: Weather { visibility_m: 1e9, water_c: 28.0, air_c: -10.0, ..sea().weather }, ..sea() };
        let picture = at_rest(&mut camera, &scene, pose);
        let dip = (earth.radius_m() / (earth.radius_m() + height_m)).acos();
        for side in [-0.45, -0.2, 0.0, 0.3, 0.45] {
            let azimuth: f64 = 1.1 + side;
            let direction = Vector3::new(dip.cos() * azimuth.sin(), dip.cos() * azimuth.cos(), -dip.sin());
            let edge = pose.project(&camera.config().lens, &(pose.position + direction * 1e3)).unwrap();
            let (column, middle) = (edge.x.round() as usize, edge.y.round() as usize);
            // The step from the warm sea to the cold sky, by its area: where a sharp edge would have to be.
            let count = |row: usize| f64::from(picture.frame.row(row)[column]);
            let (above, below) = (count(middle - 3), count(middle + 4));
            let area: f64 = (middle - 3..=middle + 4).map(|row| (count(row) - above) / (below - above)).sum();
            let found = middle as f64 + 4.5 - area;
            // The column is a whole one.
            let slope = roll.tan();
            let expected = edge.y + (column as f64 - edge.x) * slope;
            assert!((found - expected).abs() < 0.3, "{height_m} m, {side} rad: {found} for {expected}");
        }
    }
}

#[test]
fn a_vessel_beyond_the_horizon_is_hull_down() {
    let earth = Earth::at_latitude(0.95);
    let lens = Lens::pinhole([WIDTH, HEIGHT], 3_f64.to_radians()).unwrap();
    let mut camera = camera(lens, INFRARED);
    let share = |camera: &mut Camera, north_m: f64| {
        let vessel = target(1, Figure::Vessel { length_m: 190.0, beam_m: 28.0 }, earth.above_sea(0.0, north_m, 0.0));
        let pose = Pose::towards(Vector3::new(0.0, 0.0, 10.0), vessel.position + Vector3::z() * 10.0, 0.0);
        let scene = Scene { targets: vec![vessel], ..sea() };
        at_rest(camera, &scene, pose).seen[0].visible_share
    };
    // From 10 m the horizon is 11.3 km off; at 22.6 km it hides 10 m, at 35 km 44 m, which is more than there is.
    assert_eq!(share(&mut camera, 8_000.0), 1.0);
    let half_down = share(&mut camera, 22_600.0);
    assert!((0.2..0.6).contains(&half_down), "{half_down}");
    assert!(share(&mut camera, 36_000.0) < 0.01);
}

#[test]
fn what_stands_before_a_target_hides_it() {
    let lens = Lens::pinhole([WIDTH, HEIGHT], 0.4).unwrap();
    let mut camera = camera(lens, VISIBLE);
    let pose = Pose::looking(Vector3::new(0.0, 0.0, 10.0), 0.0, 0.0, 0.0);
    let house = |north_m: f64| Structure::house(Vector2::new(5.0, north_m), [10.0, 10.0], 0.0, [0.0, 30.0], DARK);
    let mut share = |scenery: Vec<Structure>, targets: Vec<Target>| {
        at_rest(&mut camera, &Scene { scenery, targets, ..sea() }, pose).seen[0].visible_share
    };
    let half_behind = || vec![ball(1, Vector3::new(0.0, 200.0, 10.0), 1.0)];
    assert!((share(vec![house(100.0)], half_behind()) - 0.5).abs() < 0.06);
    assert_eq!(share(vec![house(300.0)], half_behind()), 1.0);
    let nearer = ball(2, Vector3::new(0.0, 100.0, 10.0), 0.5);
    let crowd = || [half_behind(), vec![nearer.clone()]].concat();
    assert!(share(Vec::new(), crowd()) < 0.1, "the nearer of two hides the farther");
    let aside = vec![ball(1, pose.position + Vector3::new(200.0 * 0.2_f64.tan(), 200.0, 0.0), 1.0)];
    assert!((share(Vec::new(), aside) - 0.5).abs() < 0.05, "half of it is in the picture");
}

#[test]
fn a_long_exposure_smears_what_moves_about_its_middle() {
    let lens = Lens::pinhole([WIDTH, HEIGHT], 0.4).unwrap();
    let pose = Pose::looking(Vector3::new(0.0, 0.0, 50.0), 0.0, 0.1, 0.0);
    let mut camera = camera(lens, INFRARED);
    let mover = Target { velocity_m_s: Vector3::new(15.0, 0.0, 0.0), ..ball(1, Vector3::new(2.0, 300.0, 80.0), 0.5) };
    let scene = Scene { targets: vec![mover], ..sea() };
    let exposure = Exposure::still(pose, 0.03, 2.0);
    let clear = camera.render(&sea(), &exposure, 1, &[]);
    let picture = camera.render(&scene, &exposure, 1, &[]);
    let (_, centroid, [low, high]) = difference(&picture, &clear);
    let focal = camera.config().lens.focal_px().x;
    let smear_px = (1.0 + 15.0 * 0.03) / 300.0 * focal;
    assert!((high.x - low.x - smear_px).abs() < 1.5, "{low} {high} for {smear_px}");
    assert!((centroid - picture.seen[0].centre_px).norm() < 0.1, "{centroid}");
    // A camera that pans with it smears the sky instead.
    let rates_rad_s = Vector3::new(0.0, 15.0 / 301.0, 0.0);
    let panned = camera.render(&scene, &Exposure { rates_rad_s, ..exposure }, 1, &[]);
    let clear = camera.render(&sea(), &Exposure { rates_rad_s, ..exposure }, 1, &[]);
    let (_, _, [low, high]) = difference(&panned, &clear);
    assert!(high.x - low.x < 1.0 / 300.0 * focal + 1.5, "{low} {high}");
}

#[test]
fn pictures_depend_on_scene_seed_and_instant_and_on_nothing_else() {
    let config = |band| CameraConfig { lens: wide(), band, noise_counts: 2.0, vignetting: 0.5 };
    let pose = Pose::looking(Vector3::new(0.0, 0.0, 20.0), 0.0, -0.05, 0.0);
    let scene =
        Scene { weather: Weather::default(), targets: vec![ball(1, Vector3::new(0.0, 90.0, 22.0), 0.4)], ..sea() };
    let shoot = |seeds: (u64, u64), times: &[f64]| {
        let mut camera = Camera::new(config(VISIBLE), seeds.0, seeds.1);
        let shot =
            |time_s: &f64| camera.render(&scene, &Exposure::still(pose, 0.002, *time_s), (time_s * 1e9) as i64, &[]);
        times.iter().map(shot).last().unwrap()
    };
    let once = shoot((1, 2), &[0.5]);
    assert_eq!(once, shoot((1, 2), &[7.0, 0.1, 0.5]));
    assert_ne!(once.frame, shoot((3, 2), &[0.5]).frame);
    assert_ne!(once.frame, shoot((1, 3), &[0.5]).frame);
    assert_eq!(once.seen, shoot((3, 3), &[0.5]).seen);
    assert_ne!(once.frame, shoot((1, 2), &[0.6]).frame, "waves run and noise is drawn anew");
}

#[test]
fn noise_is_as_strong_as_it_is_said_to_be() {
    let pose = Pose::looking(Vector3::new(0.0, 0.0, 20.0), 0.0, 0.5, 0.0);
    let shoot = |noise_counts| {
        let mut camera =
            Camera::new(CameraConfig { lens: wide(), band: INFRARED, noise_counts, vignetting: 0.0 }, 1, 2);
        at_rest(&mut camera, &sea(), pose)
    };
    let (noisy, clean) = (shoot(3.0), shoot(0.0));
    let pairs = noisy.frame.pixels().iter().zip(clean.frame.pixels().iter());
    let power: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum::<f64>() / (WIDTH * HEIGHT) as f64;
    assert!((power.sqrt() - 3.0).abs() < 0.1, "{}", power.sqrt());
}

#[test]
fn an_infrared_picture_comes_with_its_temperatures() {
    let pose = Pose::looking(Vector3::new(0.0, 0.0, 20.0), 0.0, 0.0, 0.0);
    let scene = Scene { targets: vec![ball(1, Vector3::new(0.0, 20.0, 22.0), 1.0)], ..sea() };
    let picture = at_rest(&mut camera(wide(), INFRARED), &scene, pose);
    let seen = picture.seen[0].centre_px;
    let count = picture.centikelvin.unwrap()[seen.y as usize * WIDTH + seen.x as usize];
    // 12 °C of air and 15 K more.
    assert!((f64::from(count) / 100.0 - 273.15 - 27.0).abs() < 0.2, "{count}");
    assert!(at_rest(&mut camera(wide(), VISIBLE), &scene, pose).centikelvin.is_none());
}
