//! Searches with a camera: what is seen is found again by throwing places into the picture.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use planning::clock::Looks;
use planning::coverage::{Polygon, Turning};
use planning::flight::{Look, Pace};
use planning::footprint::{Camera, Plan, Request, RequestError, Surface, View, glare, plan};
use proptest::prelude::*;
use sky::{Seen, Standing};

const CAMERA: Camera = Camera { size_px: [1920.0, 1080.0], focal_px: [1600.0, 1600.0] };

fn request() -> Request {
    let ring = |far: f64| vec![[-far, -far], [far, -far], [far, far], [-far, far]];
    Request {
        target: Polygon { outer: ring(400.0), holes: Vec::new() },
        fly: Polygon {
            outer: ring(600.0),
            holes: vec![vec![[50.0, 50.0], [150.0, 50.0], [150.0, 150.0], [50.0, 150.0]]],
        },
        camera: CAMERA,
        gsd_max_m: 0.06,
        exposure_s: 0.002,
        blur_max_px: 1.0,
        heights_m: [40.0, 120.0],
        down_rad: [FRAC_PI_4, FRAC_PI_2],
        overlap: [0.1, 0.2],
        share: 0.95,
        homes_m: vec![[-500.0, -500.0]; 2],
        pace: Pace { airspeed_m_s: 14.0, climb_m_s: 3.0, wind_m_s: [3.0, 1.0] },
        turning: Turning::Corners { acceleration_m_s2: 3.0 },
        begins_s: 100.0,
        light: None,
        surface: Surface::Land,
    }
}

/// Where a place on the ground falls in the picture, -1 to 1 each way, and its distance along the optical axis.
fn in_picture(view: View, heading: f64, camera_m: [f64; 2], at_m: [f64; 2]) -> Option<[f64; 2]> {
    let away = [at_m[0] - camera_m[0], at_m[1] - camera_m[1], -view.height_m];
    let ahead = away[0] * heading.sin() + away[1] * heading.cos();
    let right = away[0] * heading.cos() - away[1] * heading.sin();
    let (sin, cos) = view.down_rad.sin_cos();
    let depth = ahead * cos - away[2] * sin;
    let up = ahead * sin + away[2] * cos;
    let place = [right / depth * CAMERA.focal_px[0] / 960.0, -up / depth * CAMERA.focal_px[1] / 540.0];
    (depth > 0.0 && place.iter().all(|along| along.abs() <= 1.0)).then_some(place)
}

/// The share of strewn places that come into some picture sharply enough.
fn seen(request: &Request, plan: &Plan) -> f64 {
    let view = plan.choice.view;
    let mut pictures = Vec::new();
    for flight in &plan.flights {
        for pair in flight.waypoints.windows(2).filter(|pair| !matches!(pair[1].look, Look::Free)) {
            let [east, north] = [0, 1].map(|axis: usize| pair[1].place_m[axis] - pair[0].place_m[axis]);
            let steps = (east.hypot(north) / 4.0).ceil().max(1.0) as usize;
            for step in 0..=steps {
                let share = step as f64 / steps as f64;
                let at = [pair[0].place_m[0] + share * east, pair[0].place_m[1] + share * north];
                pictures.push((east.atan2(north), at));
            }
        }
    }
    let places = (0..900).map(|n| [f64::from(n % 30) * 26.0 - 377.0, f64::from(n / 30) * 26.0 - 377.0]);
    let found = places.filter(|at| {
        pictures.iter().any(|(heading, camera_m)| {
            let sharp = |place: [f64; 2]| CAMERA.row(view, place[1]).unwrap().gsd_m <= request.gsd_max_m * 1.001;
            in_picture(view, *heading, *camera_m, *at).is_some_and(sharp)
        })
    });
    found.count() as f64 / 900.0
}

#[test]
fn a_picture_straight_down_is_as_large_as_height_by_focal_length() {
    let footprint = CAMERA.footprint(View::straight_down(80.0)).unwrap();
    let [near, _, far, _] = footprint.corners_m;
    assert!((near[0] + 48.0).abs() < 1e-9 && (near[1] + 27.0).abs() < 1e-9 && (far[1] - 27.0).abs() < 1e-9);
    assert!((footprint.middle.gsd_m - 0.05).abs() < 1e-12);
    assert!(CAMERA.footprint(View { height_m: 80.0, down_rad: 0.2 }).is_none());
}

#[test]
fn a_search_flies_as_high_as_is_sharp_and_sees_what_it_says() {
    let request = request();
    let plan = plan(&request, 1, &mut Looks::new(40), &mut |_| {}).unwrap();
    assert!(plan.valid, "{:?}", plan.reasons);
    assert!(plan.choice.view.height_m > 65.0, "{:?}", plan.choice);
    let found = seen(&request, &plan);
    assert!((found - plan.seen).abs() < 0.03, "{found}: {:?}", plan.reasons);
    for flight in &plan.flights {
        assert!(flight.waypoints[0].place_m == request.homes_m[0] && flight.waypoints[0].at_s == 100.0);
        let heights = flight.waypoints.iter().map(|at| at.height_m);
        assert!(heights.fold(0.0, f64::max) == plan.choice.view.height_m);
    }
}

#[test]
fn a_long_exposure_slows_it_down_or_lifts_it() {
    let slow = Request { exposure_s: 0.008, ..request() };
    let plan = plan(&slow, 1, &mut Looks::new(10), &mut |_| {}).unwrap();
    let moved_px = (plan.choice.airspeed_m_s + 10.0_f64.sqrt()) * 0.008 / plan.choice.footprint.near.gsd_m;
    assert!(plan.choice.airspeed_m_s < 14.0 && moved_px <= 1.0 + 1e-9, "{moved_px} pixels");
    assert!(plan.reasons.iter().any(|reason| reason.contains("blur")), "{:?}", plan.reasons);
}

#[test]
fn water_glares_towards_the_sun_and_not_away_from_it() {
    let sun = Standing { azimuth: 1.0, elevation: 0.8 };
    let view = View { height_m: 80.0, down_rad: 0.8 };
    let share = |to, surface| glare(&CAMERA, view, to, sun, surface, 4.0);
    assert!(share(1.0, Surface::Water) > 0.5);
    assert!(share(1.0 + std::f64::consts::PI, Surface::Water) == 0.0 && share(1.0, Surface::Land) == 0.0);
    assert!(glare(&CAMERA, view, 1.0, Standing { elevation: -0.1, ..sun }, Surface::Water, 4.0) == 0.0);
    // At noon in the tropics straight down is into the glare.
    let high = Standing { azimuth: 0.0, elevation: 1.5 };
    assert!(glare(&CAMERA, View::straight_down(80.0), 0.3, high, Surface::Water, 4.0) > 0.5);
}

#[test]
fn over_water_at_noon_it_does_not_look_straight_down() {
    // Hong Kong, 21 June 2024, 04:26 UTC: the sun stands over the roofs.
    let light = Seen { at_unix_s: 1_718_943_960.0, latitude: 22.3_f64.to_radians(), longitude: 114.2_f64.to_radians() };
    let wet = Request { light: Some(light), surface: Surface::Water, gsd_max_m: 0.2, ..request() };
    let plan = plan(&wet, 1, &mut Looks::new(5), &mut |_| {}).unwrap();
    assert!(plan.sun.unwrap().elevation > 1.5 && plan.choice.view.down_rad < 1.3, "{:?}", plan.choice);
}

#[test]
fn what_is_never_sharp_is_refused_with_numbers() {
    let told = plan(&Request { gsd_max_m: 0.01, ..request() }, 1, &mut Looks::new(1), &mut |_| {}).unwrap_err();
    assert_eq!(
        told.to_string(),
        "from 40 m, the lowest allowed, a pixel covers 0.025 m straight down or more: allowed are 0.01 m"
    );
    let nan = Request { exposure_s: f64::NAN, ..request() };
    assert!(matches!(plan(&nan, 1, &mut Looks::new(1), &mut |_| {}), Err(RequestError::Limit(_))));
}

proptest! {
    #[test]
    fn rows_of_a_picture_lie_where_their_pixels_look(
        height_m in 1.0..500.0,
        down_rad in 0.5..FRAC_PI_2,
        share in -0.99..0.99_f64,
    ) {
        let view = View { height_m, down_rad };
        if let Some(row) = CAMERA.row(view, share) {
            let place = in_picture(view, 0.0, [0.0; 2], [row.width_m / 2.0 * 0.999, row.ahead_m]).unwrap();
            prop_assert!((place[1] - share).abs() < 1e-6 && (place[0] - 0.999).abs() < 1e-6, "{place:?}");
            // A pixel further down lies so much nearer.
            let next = CAMERA.row(view, share + 2.0 / 1080.0).unwrap();
            prop_assert!(row.ahead_m - next.ahead_m <= row.gsd_m * 1.01);
        }
    }

    #[test]
    fn whatever_numbers_are_given_it_answers_or_refuses(
        numbers in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(0.0), -1e9..1e9_f64], 6),
    ) {
        let with = Request {
            gsd_max_m: numbers[0],
            heights_m: [40.0, numbers[1]],
            exposure_s: numbers[2],
            overlap: [numbers[3], 0.1],
            light: Some(Seen { at_unix_s: numbers[4], latitude: 0.3, longitude: numbers[5] }),
            ..request()
        };
        let _ = plan(&with, 1, &mut Looks::new(1), &mut |_| {});
    }
}

#[test]
fn vehicles_that_begin_far_apart_see_between_them_what_is_promised() {
    let apart = Request { homes_m: vec![[-500.0, -500.0], [550.0, 550.0], [-500.0, 550.0]], ..request() };
    for seed in 1..6 {
        let plan = plan(&apart, seed, &mut Looks::new(40), &mut |_| {}).unwrap();
        assert!(plan.valid, "{:?}", plan.reasons);
        let found = seen(&apart, &plan);
        assert!((found - plan.seen).abs() < 0.03, "{found}: {:?}", plan.reasons);
        for flight in &plan.flights {
            let ends = [flight.waypoints.first(), flight.waypoints.last()].map(|end| end.unwrap().place_m);
            assert_eq!(ends, [apart.homes_m[flight.vehicle]; 2]);
        }
    }
}
