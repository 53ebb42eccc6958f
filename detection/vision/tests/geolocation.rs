//! Geolocation against a real flight: pixels that a person marked, poses that the drone wrote, ground points that were
//! surveyed. The data, their licence and their traps are in `tests/data/geo/README.md`.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::collections::BTreeMap;

use nalgebra::{UnitQuaternion, Vector2, Vector3};
use vision::assignment::{Pair, assign};
use vision::geolocation::{Angles, Camera, Distortion, Errors, Lens, MovingPose, Place, Pose};

const MARKED: &str = include_str!("data/geo/openathena_thunderstorm_open.csv");
const SURVEYED: &str = include_str!("data/geo/Thunderstorm_Pioneer_Range_GCPs.csv");

/// The local metres about a place of the range: the radii of curvature of WGS-84 at 31.6035° north.
fn local(latitude: f64, longitude: f64) -> Vector2<f64> {
    let east = (longitude + 110.433).to_radians() * 31.6035f64.to_radians().cos() * 6_384_003.6;
    let north = (latitude - 31.6035).to_radians() * 6_353_001.5;
    Vector2::new(east, north)
}

type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    lines.map(|line| names.iter().cloned().zip(line.split(',').map(str::to_owned)).collect()).collect()
}

fn number(row: &Row, name: &str) -> f64 {
    row[name].parse().unwrap()
}

/// East, north, and height above the ellipsoid, metres.
fn surveyed() -> Vec<Vector3<f64>> {
    let point = |row: &Row| local(number(row, "Latitude"), number(row, "Longitude")).push(number(row, "Elevation"));
    rows(SURVEYED).iter().map(point).collect()
}

/// The heights of the table's terrain model at the places the table names, in the table's datum.
fn table_heights() -> Vec<Vector3<f64>> {
    let point = |row: &Row| local(number(row, "lat"), number(row, "lon")).push(number(row, "hae"));
    rows(MARKED).iter().map(point).collect()
}

/// The terrain between points: the mean of their heights, each weighed by the inverse of its distance's third power (D.
/// Shepard, 1968: in the plane a power above two keeps far points from ruling by their number).
fn terrain(points: &[Vector3<f64>]) -> impl Fn(f64, f64) -> Option<f64> {
    move |east, north| {
        let at = Vector2::new(east, north);
        let weights = points.iter().map(|point| (((point.xy() - at).norm_squared() + 9.0).powf(-1.5), point.z));
        let (weight, sum) = weights.fold((0.0, 0.0), |(weight, sum), (w, height)| (weight + w, sum + w * height));
        Some(sum / weight)
    }
}

/// What a small drone's compass, inclinometer and satellite receiver are good for, and a 30 m terrain model.
const ERRORS: Errors = Errors {
    attitude_rad: Vector3::new(0.010, 0.010, 0.040),
    boresight_rad: Vector3::new(0.003, 0.003, 0.003),
    place_m: Vector3::new(1.5, 1.5, 3.0),
    time_s: 0.0,
    pixel: 5.0,
};
const TERRAIN_DEVIATION_M: f64 = 3.5;

fn place(row: &Row, height_m: &impl Fn(f64, f64) -> Option<f64>) -> Option<Place> {
    let at = |name: &str| number(row, name);
    let distortion = Distortion { k1: at("k1"), k2: at("k2"), k3: at("k3"), p1: at("p1"), p2: at("p2") };
    let size = Vector2::new(at("imageWidth"), at("imageLength"));
    let lens = Lens::new(Vector2::new(at("f_x"), at("f_y")), (size - Vector2::repeat(1.0)) / 2.0, distortion).unwrap();
    let drone = local(at("droneLatitude"), at("droneLongitude"));
    let way = local(at("lat"), at("lon")) - drone;
    // The table's slant looks down where it is positive, and its roll is counter-clockwise.
    let attitude = Angles {
        yaw: way.x.atan2(way.y) - at("yawOffsetDegSelectedPoint").to_radians(),
        pitch: -at("cameraSlantAngleDeg").to_radians(),
        roll: -at("cameraRollAngleDeg").to_radians(),
    };
    let pose = MovingPose::at_rest(Pose {
        time_ns: 0,
        enu_m: drone.push(at("droneElevationHAE")),
        // The camera is on a gimbal: its errors are those of its own angles to north and horizon.
        enu_from_frd: Angles { yaw: attitude.yaw, ..Angles::default() }.enu_from_frd(),
        frd_from_gimbal: Angles { yaw: 0.0, ..attitude }.frd_from_gimbal(),
    });
    let camera = Camera { lens, boresight_rad: Vector3::zeros(), errors: ERRORS };
    let pixel = Vector2::new(at("imageSelectedProportionX"), at("imageSelectedProportionY")).component_mul(&size);
    let sight = camera.sight(&pose, pixel - Vector2::repeat(0.5)).unwrap();
    sight.on_terrain(height_m, 1.0, TERRAIN_DEVIATION_M)
}

/// The value below which a share of the numbers lies.
fn quantile(mut numbers: Vec<f64>, share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let at = share * (numbers.len() - 1) as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    numbers[low] + part * (numbers[(low + 1).min(numbers.len() - 1)] - numbers[low])
}

fn nearest(points: &[Vector3<f64>], place: &Place) -> f64 {
    points.iter().map(|point| (point.xy() - place.enu_m.xy()).norm()).fold(f64::INFINITY, f64::min)
}

#[test]
fn marked_pixels_fall_on_the_surveyed_points() {
    let (points, heights) = (surveyed(), table_heights());
    let places: Vec<_> = rows(MARKED).iter().map(|row| place(row, &terrain(&heights)).unwrap()).collect();
    let off: Vec<_> = places.iter().map(|place| nearest(&points, place)).collect();
    let (cep, ce90) = (quantile(off.clone(), 0.5), quantile(off.clone(), 0.9));
    assert!(cep <= 5.1 && ce90 <= 9.1, "nearest point: CEP {cep:.2} m, CE90 {ce90:.2} m");
    let held = off.iter().zip(&places).filter(|(off, place)| **off < place.circle_90_m()).count();
    let share = held as f64 / places.len() as f64;
    println!("CEP {cep:.2} m, CE90 {ce90:.2} m, the stated 90 % circle holds {share:.3}");
    assert!((0.85..=0.95).contains(&share), "the stated 90 % circle holds {share:.3}");
}

#[test]
fn each_picture_s_pixels_fall_on_points_of_their_own() {
    let (points, heights) = (surveyed(), table_heights());
    let mut pictures: BTreeMap<[String; 3], Vec<Place>> = BTreeMap::new();
    for row in rows(MARKED) {
        let picture = ["droneLatitude", "droneLongitude", "cameraSlantAngleDeg"].map(|name| row[name].clone());
        pictures.entry(picture).or_default().push(place(&row, &terrain(&heights)).unwrap());
    }
    assert_eq!(pictures.len(), 49);
    let mut off = Vec::new();
    for places in pictures.values() {
        let distance = |place: &Place, column: usize| (points[column].xy() - place.enu_m.xy()).norm();
        let pairs =
            |place| (0..points.len()).map(|column| Pair { column, cost: distance(place, column) - 1000.0 }).collect();
        let assigned = assign(points.len(), &places.iter().map(pairs).collect::<Vec<_>>());
        off.extend(places.iter().zip(assigned).map(|(place, column)| distance(place, column.unwrap())));
    }
    let (cep, ce90) = (quantile(off.clone(), 0.5), quantile(off, 0.9));
    println!("one to one: CEP {cep:.2} m, CE90 {ce90:.2} m");
    assert!(cep <= 6.0 && ce90 <= 10.7, "one to one: CEP {cep:.2} m, CE90 {ce90:.2} m");
}

#[test]
fn heights_of_two_datums_are_told_apart() {
    // The table's heights agree with each other; the survey's are in another datum. A ray from the one that is met with
    // terrain of the other falls far off, and says nothing of it: so the difference has to be found before.
    let (points, heights) = (surveyed(), table_heights());
    let apart = |height: &Vector3<f64>| height.z - terrain(&points)(height.x, height.y).unwrap();
    let apart = quantile(heights.iter().map(apart).collect(), 0.5);
    // The geoid lies 28.4 m below the ellipsoid here (EGM96): taken off where it should be added, that is twice as much.
    assert!((apart - 2.0 * 28.4).abs() < 3.0, "{apart:.1} m");
    let mixed: Vec<_> = rows(MARKED).iter().filter_map(|row| place(row, &terrain(&points))).collect();
    let off = quantile(mixed.iter().map(|place| nearest(&points, place)).collect(), 0.5);
    assert!(off > 15.0, "mixed datums: CEP {off:.1} m");
}

#[test]
fn a_level_camera_is_no_special_case() {
    let lens = Lens::new(Vector2::repeat(1000.0), Vector2::zeros(), Distortion::default()).unwrap();
    let zero = Vector3::zeros();
    let errors = Errors { attitude_rad: zero, boresight_rad: zero, place_m: zero, time_s: 0.0, pixel: 0.0 };
    let camera = Camera { lens, boresight_rad: zero, errors };
    let pose = Pose {
        time_ns: 0,
        enu_m: Vector3::z() * 10.0,
        enu_from_frd: Angles::default().enu_from_frd(),
        frd_from_gimbal: UnitQuaternion::identity(),
    };
    let sight = camera.sight(&MovingPose::at_rest(pose), Vector2::new(0.0, 100.0)).unwrap();
    let met = sight.on_level(0.0, 0.0).unwrap();
    assert!((met.enu_m - Vector3::y() * 100.0).norm() < 0.01 && met.circle_90_m() == 0.0, "{met:?}");
}
