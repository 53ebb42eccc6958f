//! An area searched with cameras: what the plan's file makes the vehicle do is flown here leg by leg, and places on the
//! ground are thrown into the pictures.

use std::sync::atomic::AtomicBool;

use ground_station::config::CameraEntry;
use ground_station::desk::{Proposed, Request, Situation, answer};
use telemetry::LatLon;

use crate::night::{Night, at, station_file};

const SIZE_PX: [u32; 2] = [1920, 1080];
const FIELD_OF_VIEW_DEG: f64 = 62.0;
/// West, south, east and north of an area on the fjord.
const AREA: [f64; 4] = [10.1590, 54.3665, 10.1680, 54.3700];

/// Two multirotors with a camera.
fn with_cameras(down_deg: [f64; 2], exposure_ms: f64) -> Situation {
    let mut file = station_file();
    for vehicle in &mut file.vehicles {
        (vehicle.plan, vehicle.released_by) = (None, None);
        let (size_px, exposure_ms) = (SIZE_PX, Some(exposure_ms));
        vehicle.camera = Some(CameraEntry { size_px, field_of_view_deg: FIELD_OF_VIEW_DEG, exposure_ms, down_deg });
    }
    Situation::of(at(1.0), &Night::new(&file).station)
}

fn ask(situation: &Situation, fields: &str) -> Result<(String, Vec<Proposed>), String> {
    let [west, south, east, north] = AREA;
    let drawn = format!("[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}]]");
    let text = format!(r#"{{"budget_ms": 300, "height_m": 65, "drawn": {drawn}, {fields}}}"#);
    answer(&Request::read(text.as_bytes())?, situation, &AtomicBool::new(false))
}

/// The places that a plan leads over, metres east and north: it climbs and comes down over home.
pub(crate) fn way(situation: &Situation, plan: &Proposed) -> Vec<[f64; 2]> {
    let waypoints = plan.text.lines().filter(|line| line.trim_start().starts_with("{ waypoint = "));
    let place = |line: &str| {
        let numbers = line.split(['[', ']']).nth(1).unwrap().split(", ");
        let numbers: Vec<f64> = numbers.map(|number| number.parse().unwrap()).collect();
        situation.airspace.place_m(LatLon::from_degrees(numbers[1], numbers[0]).unwrap())
    };
    let home = situation.vehicles[&plan.vehicle].start.unwrap().position;
    let home_m = [situation.airspace.place_m(home)];
    home_m.into_iter().chain(waypoints.map(place)).chain(home_m).collect()
}

/// The first number behind these words of a plan.
fn line(plan: &Proposed, begins: &str) -> Option<f64> {
    let found = plan.text.lines().find_map(|line| line.trim_start().strip_prefix(begins))?;
    found.split(|c: char| c != '.' && c != '-' && !c.is_ascii_digit()).find(|word| !word.is_empty())?.parse().ok()
}

/// The ground sample distance of a place in a picture, m; nothing where it is not in it.
fn gsd_m(camera_m: [f64; 2], heading: f64, height_m: f64, down_rad: f64, at_m: [f64; 2]) -> Option<f64> {
    let focal_px = f64::from(SIZE_PX[0]) / 2.0 / (FIELD_OF_VIEW_DEG / 2.0).to_radians().tan();
    let [east, north] = [0, 1].map(|axis: usize| at_m[axis] - camera_m[axis]);
    let (ahead, right) = (east * heading.sin() + north * heading.cos(), east * heading.cos() - north * heading.sin());
    let (sin, cos) = down_rad.sin_cos();
    let depth = ahead * cos + height_m * sin;
    let up = ahead * sin - height_m * cos;
    let inside = (right / depth * focal_px).abs() <= f64::from(SIZE_PX[0]) / 2.0
        && (up / depth * focal_px).abs() <= f64::from(SIZE_PX[1]) / 2.0;
    // From one row of pixels to the next level ground passes by depth² / (height × focal length).
    (depth > 0.0 && inside).then_some(depth / focal_px * (depth / height_m).max(1.0))
}

/// The share of the area that some picture of the plans shows this sharply.
fn seen(situation: &Situation, plans: &[Proposed], gsd_max_m: f64, down_deg: Option<f64>) -> f64 {
    let mut pictures = Vec::new();
    for plan in plans {
        let height_m = line(plan, "altitude = { agl_m = ").unwrap();
        let down_deg = line(plan, "{ look_ahead = { down_deg = ").or(down_deg).unwrap();
        for pair in way(situation, plan).windows(2) {
            let [east, north] = [0, 1].map(|axis: usize| pair[1][axis] - pair[0][axis]);
            let steps = (east.hypot(north) / 5.0).ceil().max(1.0) as usize;
            pictures.extend((0..=steps).map(|n| {
                let share = n as f64 / steps as f64;
                let at = [pair[0][0] + share * east, pair[0][1] + share * north];
                (at, east.atan2(north), height_m, down_deg.to_radians())
            }));
        }
    }
    let [west, south, east, north] = AREA;
    let share = |n: i32, of: i32| (f64::from(n) + 0.5) / f64::from(of);
    let places = (0..600).map(|n| {
        let (lon, lat) = (west + share(n % 30, 30) * (east - west), south + share(n / 30, 20) * (north - south));
        situation.airspace.place_m(LatLon::from_degrees(lat, lon).unwrap())
    });
    let sharp = |place: &[f64; 2]| {
        pictures.iter().any(|(at, heading, height_m, down)| {
            gsd_m(*at, *heading, *height_m, *down, *place).is_some_and(|gsd_m| gsd_m <= gsd_max_m * 1.02)
        })
    };
    places.filter(sharp).count() as f64 / 600.0
}

#[test]
fn what_the_desk_promises_of_a_search_with_cameras_is_seen_from_the_plans_it_writes() {
    for (down_deg, fixed) in [([30.0, 90.0], None), ([60.0, 60.0], Some(60.0))] {
        let situation = with_cameras(down_deg, 4.0);
        let fields = r#""kind": "area_search", "vehicles": ["falke-1", "falke-2"], "pictures": { "gsd_m": 0.06 }"#;
        let (summary, plans) = ask(&situation, fields).unwrap();
        assert!(summary.contains("a pixel covers") && summary.contains("most ground is seen"), "{summary}");
        assert_eq!(plans.len(), 2, "{summary}");
        assert_eq!(plans[0].text.contains("look_ahead"), fixed.is_none(), "{}", plans[0].text);
        let share = seen(&situation, &plans, 0.06, fixed);
        assert!(share > 0.98, "{share}: {summary}");
        // Twice as sharp is not to be had from there.
        assert!(seen(&situation, &plans, 0.03, fixed) < 0.5, "{summary}");
        for plan in &plans {
            assert!(
                plan.report.findings.iter().all(|found| !["slow_layer", "buffer"].contains(&found.rule.name())),
                "{:?}",
                plan.report.findings
            );
        }
    }
}

#[test]
fn a_sharper_picture_is_taken_from_lower_down_and_a_long_exposure_slows_the_search() {
    let asked = |gsd_m: f64, exposure_ms: f64| {
        let situation = with_cameras([45.0, 90.0], exposure_ms);
        let fields = format!(r#""kind": "area_search", "vehicles": ["falke-1"], "pictures": {{ "gsd_m": {gsd_m} }}"#);
        let (_, plans) = ask(&situation, &fields).unwrap();
        (line(&plans[0], "altitude = { agl_m = ").unwrap(), line(&plans[0], "cruise_m_s = ").unwrap())
    };
    let ((low_m, _), (high_m, usual_m_s)) = (asked(0.04, 2.0), asked(0.08, 2.0));
    assert!(low_m < high_m, "{low_m} and {high_m}");
    let (_, slow_m_s) = asked(0.08, 12.0);
    assert!(slow_m_s < usual_m_s && slow_m_s * 0.012 <= 0.08, "{slow_m_s} and {usual_m_s}");
}

#[test]
fn a_height_that_is_asked_for_is_held_against_the_pictures() {
    let situation = with_cameras([60.0, 90.0], 2.0);
    let asked = |gsd_m: f64| {
        let pictures = format!(r#""pictures": {{ "gsd_m": {gsd_m}, "height": "asked" }}"#);
        ask(&situation, &format!(r#""kind": "area_search", "vehicles": ["falke-1"], {pictures}"#))
    };
    let (summary, plans) = asked(0.06).unwrap();
    assert_eq!(line(&plans[0], "altitude = { agl_m = "), Some(65.0), "{summary}");
    let told = asked(0.01).unwrap_err();
    assert!(told.contains("from 65 m") && told.contains("allowed are 0.01 m"), "{told}");
}

#[test]
fn a_search_with_cameras_that_are_missing_or_differ_is_refused_in_words() {
    let fields = r#""kind": "area_search", "vehicles": ["falke-1", "falke-2"], "pictures": { "gsd_m": 0.06 }"#;
    let mut differing = with_cameras([45.0, 90.0], 4.0);
    if let Some(standing) = differing.vehicles.values_mut().last() {
        standing.camera.as_mut().unwrap().exposure_s = 0.01;
    }
    let mut missing = with_cameras([45.0, 90.0], 4.0);
    missing.vehicles.values_mut().for_each(|standing| standing.camera = None);
    for (situation, fields, says) in [
        (&missing, fields.to_owned(), "no camera is named"),
        (&differing, fields.to_owned(), "different cameras"),
        (&differing, fields.replace("area_search", "perimeter"), "pictures: they are for an area search"),
        (&differing, fields.replace("0.06", "0"), "pictures.gsd_m: found 0"),
    ] {
        let told = ask(situation, &fields).unwrap_err();
        assert!(told.contains(says), "{told}");
    }
}
