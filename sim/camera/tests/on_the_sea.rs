//! A boat on the sea before one camera: where `vision` says it is, from the rendered picture, against where it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::f64::consts::TAU;

use nalgebra::{UnitQuaternion, Vector2, Vector3};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};
use sim_camera::band::Band;
use sim_camera::camera::{Camera, CameraConfig, Picture};
use sim_camera::earth::Earth;
use sim_camera::figure::Figure;
use sim_camera::lens::{Distortion, Lens};
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::{Scene, Target, Weather, enu_from_frd};
use vision::geolocation::{self, Angles, Errors, MovingPose, Sight};

const SIZE: [usize; 2] = [960, 544];
const FOCAL_PX: f64 = 1700.0;
const AXIS_PX: [f64; 2] = [477.0, 274.0];
const RADIAL: [f64; 3] = [-0.18, 0.05, 0.0];
const TANGENTIAL: [f64; 2] = [0.0005, -0.0004];
/// Warmer than this is the boat: the water has 9 °C, the sky at the horizon 10 °C, the hull 13 °C.
const BOAT_C: f64 = 11.3;
const SPAN_C: [f64; 2] = [-20.0, 30.0];
const TRIALS: usize = 120;

struct Draws(ChaCha8Rng);

impl Draws {
    fn normal(&mut self, sigma: f64) -> f64 {
        let unit: f64 = StandardNormal.sample(&mut self.0);
        sigma * unit
    }

    fn uniform(&mut self, from: f64, to: f64) -> f64 {
        let unit: f64 = StandardUniform.sample(&mut self.0);
        from + unit * (to - from)
    }
}

/// A boat, and a camera that looks nearly at it.
struct Case {
    boat: Target,
    place: Vector3<f64>,
    angles: Angles,
}

fn earth() -> Earth {
    Earth::at_latitude(0.949)
}

fn case(draws: &mut Draws) -> Case {
    let (azimuth, range_m) = (draws.uniform(0.0, TAU), draws.uniform(500.0, 1400.0));
    let at = earth().above_sea(range_m * azimuth.sin(), range_m * azimuth.cos(), 0.0);
    let boat = Target {
        id: 1,
        figure: Figure::Vessel { length_m: 9.0, beam_m: 2.8 },
        position: at,
        velocity_m_s: Vector3::zeros(),
        enu_from_frd: enu_from_frd(draws.uniform(0.0, TAU), 0.0, 0.0),
    };
    let place = Vector3::new(0.0, 0.0, draws.uniform(70.0, 120.0));
    let down = (place.z / range_m).atan();
    let angles = Angles {
        yaw: azimuth + draws.uniform(-0.1, 0.1),
        pitch: -down + draws.uniform(-0.05, 0.05),
        roll: draws.uniform(-0.1, 0.1),
    };
    Case { boat, place, angles }
}

fn render(camera: &mut Camera, case: &Case, trial: usize) -> Picture {
    let Angles { yaw, pitch, roll } = case.angles;
    let pose = Pose::looking(case.place, yaw, pitch, roll);
    let weather = Weather { cloud_cover: 0.0, visibility_m: 200_000.0, ..Weather::default() };
    let scene = Scene { earth: earth(), weather, scenery: Vec::new(), targets: vec![case.boat.clone()] };
    camera.render(&scene, &Exposure::still(pose, 0.005, trial as f64), trial as i64, &[])
}

fn rendered_by() -> Camera {
    let distortion = Distortion { radial: RADIAL, tangential: TANGENTIAL };
    let lens = Lens::new(SIZE, Vector2::repeat(FOCAL_PX), AXIS_PX.into(), distortion).unwrap();
    let band = Band::Infrared { coldest_c: SPAN_C[0], hottest_c: SPAN_C[1] };
    Camera::new(CameraConfig { lens, band, noise_counts: 1.5, vignetting: 0.0 }, 3, 4)
}

/// The ray of a pixel, from a pose that is believed.
fn sight(place: Vector3<f64>, angles: Angles, errors: Errors, pixel: Vector2<f64>) -> Sight {
    let ([k1, k2, k3], [p1, p2]) = (RADIAL, TANGENTIAL);
    let distortion = geolocation::Distortion { k1, k2, k3, p1, p2 };
    let lens = geolocation::Lens::new(Vector2::repeat(FOCAL_PX), AXIS_PX.into(), distortion).unwrap();
    let pose = geolocation::Pose {
        time_ns: 0,
        enu_m: place,
        enu_from_frd: angles.enu_from_frd(),
        frd_from_gimbal: UnitQuaternion::identity(),
    };
    let camera = geolocation::Camera { lens, boresight_rad: Vector3::zeros(), errors };
    camera.sight(&MovingPose::at_rest(pose), pixel).unwrap()
}

/// The middle of the lower edge of all that is as warm as a boat.
fn waterline(picture: &Picture) -> Vector2<f64> {
    let warm = ((BOAT_C - SPAN_C[0]) / (SPAN_C[1] - SPAN_C[0]) * 255.0).round() as u8;
    let (mut left, mut right, mut bottom) = (usize::MAX, 0, 0);
    for y in 0..picture.frame.height() {
        for (x, _) in picture.frame.row(y).iter().enumerate().filter(|(_, count)| **count > warm) {
            (left, right, bottom) = (left.min(x), right.max(x), y);
        }
    }
    assert!(left <= right, "the boat is seen");
    Vector2::new((left + right) as f64 / 2.0, bottom as f64 + 0.5)
}

#[test]
fn a_pixel_of_a_known_pose_is_the_place_on_the_sea_that_it_shows() {
    let (mut draws, mut camera) = (Draws(ChaCha8Rng::seed_from_u64(1)), rendered_by());
    let exact = Errors {
        attitude_rad: Vector3::zeros(),
        boresight_rad: Vector3::zeros(),
        place_m: Vector3::zeros(),
        time_s: 0.0,
        pixel: 0.0,
    };
    for trial in 0..30 {
        let case = case(&mut draws);
        let picture = render(&mut camera, &case, trial);
        let seen = picture.seen[0].centre_px;
        let off_m = |pixel| {
            let place = sight(case.place, case.angles, exact, pixel).on_level(0.0, 0.0).unwrap();
            (place.enu_m - case.boat.position).norm()
        };
        // The lens is written twice and the light bends in one of the two only: half a metre at 1400 m.
        assert!(off_m(seen) < 1.0, "trial {trial}: {} m off", off_m(seen));
        // Half a hull and half a pixel, seen at a low angle.
        assert!(off_m(waterline(&picture)) < 14.0, "trial {trial}: {} m off", off_m(waterline(&picture)));
    }
}

#[test]
fn the_stated_circle_holds_a_boat_nine_times_of_ten() {
    let (mut draws, mut camera) = (Draws(ChaCha8Rng::seed_from_u64(2)), rendered_by());
    let errors = Errors {
        attitude_rad: Vector3::new(0.25, 0.25, 0.6) * 1_f64.to_radians(),
        boresight_rad: Vector3::repeat(0.05_f64.to_radians()),
        place_m: Vector3::new(1.5, 1.5, 2.5),
        time_s: 0.0,
        pixel: 1.0,
    };
    let mut held = 0;
    for trial in 0..TRIALS {
        let case = case(&mut draws);
        let pixel = waterline(&render(&mut camera, &case, trial));
        let attitude = errors.attitude_rad.zip_map(&errors.boresight_rad, f64::hypot);
        let believed = Angles {
            roll: case.angles.roll + draws.normal(attitude.x),
            pitch: case.angles.pitch + draws.normal(attitude.y),
            yaw: case.angles.yaw + draws.normal(attitude.z),
        };
        let place = case.place + errors.place_m.map(|sigma| draws.normal(sigma));
        let found = sight(place, believed, errors, pixel).on_level(0.0, 0.3).unwrap();
        let off_m = (found.enu_m - case.boat.position).xy().norm();
        held += usize::from(off_m <= found.circle_90_m());
    }
    let share = held as f64 / TRIALS as f64;
    assert!((0.83..=0.97).contains(&share), "{held} of {TRIALS}");
}
