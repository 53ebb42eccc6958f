//! Fences, and ways inside one that is not convex, by hand and by chance.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use onboard::guard::Refusal;
use onboard::guard::command_check::distance_m;
use onboard::guard::fence::Fence;
use proptest::prelude::*;
use telemetry::messages::Geofence;
use telemetry::{HeightAboveHome, LatLon};

fn fence(corners: &[(f64, f64)]) -> Result<Fence, Refusal> {
    let ring = corners.iter().map(|(lat, lon)| LatLon::from_degrees(*lat, *lon).unwrap()).collect();
    Fence::new(&Geofence { ring, floor: HeightAboveHome::new(10.0), ceiling: HeightAboveHome::new(100.0) })
}

fn at(latitude: f64, longitude: f64) -> LatLon {
    LatLon::from_degrees(latitude, longitude).unwrap()
}

/// A square with a bite taken out of its eastern side.
const BITTEN: [(f64, f64); 7] =
    [(54.0, 10.0), (54.0, 10.1), (54.03, 10.1), (54.05, 10.05), (54.07, 10.1), (54.1, 10.1), (54.1, 10.0)];

#[test]
fn a_way_between_two_places_inside_may_still_leave_the_fence() {
    let fence = fence(&BITTEN).unwrap();
    let (south, north) = (at(54.02, 10.09), at(54.08, 10.09));
    assert!(fence.holds(south) && fence.holds(north));
    assert!(!fence.holds_way(south, north));
    assert!(fence.holds_way(south, at(54.08, 10.001)));
}

#[test]
fn a_circle_near_the_edge_leaves_the_fence() {
    let fence = fence(&[(54.0, 10.0), (54.0, 10.1), (54.1, 10.1), (54.1, 10.0)]).unwrap();
    assert!(fence.holds_circle(at(54.05, 10.05), 1000.0));
    assert!(!fence.holds_circle(at(54.002, 10.05), 1000.0));
}

#[test]
fn a_fence_across_the_date_line_has_an_inside() {
    let fence = fence(&[(10.0, 179.9), (10.0, -179.9), (10.2, -179.9), (10.2, 179.9)]).unwrap();
    assert!(fence.holds(at(10.1, 179.99)) && fence.holds(at(10.1, -179.99)));
    assert!(!fence.holds(at(10.1, 179.8)) && !fence.holds(at(10.1, 0.0)));
}

#[test]
fn what_is_no_area_is_no_fence() {
    assert!(fence(&[(54.0, 10.0), (54.1, 10.1)]).is_err());
    assert!(fence(&[(54.0, 10.0), (54.1, 10.1), (54.0, 10.1), (54.1, 10.0)]).is_err(), "an hourglass");
    assert!(fence(&[(54.0, 10.0), (54.1, 10.1), (54.2, 10.2)]).is_err(), "a line");
    assert!(fence(&[(54.0, 10.0), (58.0, 10.1), (54.0, 10.1)]).is_err(), "farther than 100 km");
}

#[test]
fn a_way_round_the_bite_keeps_its_room_and_is_the_shortest() {
    let fence = fence(&BITTEN).unwrap().surveyed(15.0);
    let (south, north) = (at(54.02, 10.09), at(54.08, 10.09));
    let way = fence.way(south, north).unwrap();
    assert_eq!(way.len(), 2, "{way:?}");
    assert!(fence.holds_circle(way[0], 14.0) && !fence.holds_circle(way[0], 16.0));
    assert!(fence.holds_way(south, way[0]) && fence.holds_way(way[0], north));
    assert_eq!(fence.next_bend(south, north), Some(way[0]));
    assert_eq!(fence.way(south, at(54.08, 10.001)).unwrap().len(), 1, "straight where that stays inside");
    assert!(fence.leaves(south, north) && !fence.leaves(south, way[0]));
}

#[test]
fn a_spiral_is_followed_from_bend_to_bend() {
    // A U whose arms lie beside each other, and a hook at the end of one.
    let corners = [
        (54.00, 10.00),
        (54.00, 10.05),
        (54.04, 10.05),
        (54.04, 10.03),
        (54.03, 10.03),
        (54.03, 10.04),
        (54.01, 10.04),
        (54.01, 10.01),
        (54.05, 10.01),
        (54.05, 10.06),
        (54.06, 10.06),
        (54.06, 10.00),
    ];
    let fence = fence(&corners).unwrap().surveyed(15.0);
    let (inner, outer) = (at(54.035, 10.033), at(54.055, 10.058));
    let way = fence.way(inner, outer).unwrap();
    assert!(way.len() >= 5, "{way:?}");
    let mut from = inner;
    for place in way {
        assert!(fence.holds_way(from, place), "{from:?} {place:?}");
        from = place;
    }
}

#[test]
fn a_way_round_a_corner_is_found_across_the_date_line_and_none_near_the_poles() {
    // An L whose inner corner lies just east of the date line.
    let l = [(10.0, 179.9), (10.0, -179.8), (10.05, -179.8), (10.05, -179.99), (10.2, -179.99), (10.2, 179.9)];
    let bent = fence(&l).unwrap().surveyed(15.0);
    let (east, north) = (at(10.04, -179.85), at(10.19, 179.99));
    let way = bent.way(east, north).unwrap();
    assert_eq!(way.len(), 2);
    assert!((way[0].longitude_deg() + 179.99).abs() < 0.01 && (way[0].latitude_deg() - 10.05).abs() < 0.01);
    for latitude in [89.9, -89.9, 86.0] {
        let polar = [(latitude, 0.0), (latitude, 10.0), (latitude - 0.1, 5.0)];
        let refused = fence(&polar).unwrap_err().to_string();
        assert!(refused.contains("allowed are -85° to 85°"), "{refused}");
    }
}

#[test]
fn a_place_on_a_corner_and_a_place_outside_are_no_trouble() {
    let fence = fence(&BITTEN).unwrap().surveyed(15.0);
    let (bite, corner, outside) = (at(54.05, 10.05), at(54.0, 10.1), at(54.05, 10.09));
    assert_eq!(fence.way(corner, bite).unwrap(), [bite], "along the edge of what is inside");
    assert_eq!(fence.way(outside, at(54.02, 10.02)), None);
    assert!(!fence.leaves(outside, at(54.02, 10.02)), "from outside the straight way is as good as any");
}

proptest! {
    /// The oracle is a count of crossings written without a library.
    #[test]
    fn inside_means_what_a_count_of_crossings_says(latitude in 53.95..54.15, longitude in 9.95..10.15) {
        let fence = fence(&BITTEN).unwrap();
        let mut inside = false;
        for (n, a) in BITTEN.iter().enumerate() {
            let b = BITTEN[(n + 1) % BITTEN.len()];
            let crosses = (a.0 > latitude) != (b.0 > latitude);
            if crosses && longitude < a.1 + (latitude - a.0) / (b.0 - a.0) * (b.1 - a.1) {
                inside = !inside;
            }
        }
        prop_assert_eq!(fence.holds(at(latitude, longitude)), inside);
    }

    /// Whatever the places: the way found stays inside, and is no longer than going round by the open western side.
    #[test]
    fn every_way_found_stays_inside(
        a in (54.0..54.1_f64, 10.0..10.1_f64), b in (54.0..54.1_f64, 10.0..10.1_f64),
    ) {
        let fence = fence(&BITTEN).unwrap().surveyed(15.0);
        let (a, b) = (at(a.0, a.1), at(b.0, b.1));
        prop_assume!(fence.holds_circle(a, 1.0) && fence.holds_circle(b, 1.0));
        let way = fence.way(a, b);
        prop_assert!(way.is_some());
        let (mut from, mut length_m) = (a, 0.0);
        for place in way.unwrap() {
            prop_assert!(fence.holds_way(from, place), "{from:?} {place:?}");
            length_m += distance_m(from, place);
            from = place;
        }
        let west = |at: LatLon| LatLon::from_degrees(at.latitude_deg(), 10.0).unwrap();
        let round = [a, west(a), west(b), b];
        let round_m: f64 = round.windows(2).map(|leg| distance_m(leg[0], leg[1])).sum();
        prop_assert!(length_m <= round_m + 40.0, "{length_m} {round_m}");
    }
}
