//! Watches: what is said to be in sight is looked for again step by step along the line of sight, and nothing given makes
//! it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::f64::consts::{PI, TAU};

use planning::flight::{Flight, Pace};
use planning::schedule::{ChargingCurve, Crew, Drone, Request, Site};
use planning::watch::{
    Aircraft, OrbitError, OrbitPlan, OrbitRequest, Path, Prism, StakeoutError, StakeoutRequest, orbit, stakeout,
};
use proptest::prelude::*;

fn aircraft(home_m: [f64; 2]) -> Aircraft {
    Aircraft {
        home_m,
        pace: Pace { airspeed_m_s: 16.0, climb_m_s: 4.0, wind_m_s: [5.0, 0.0] },
        airspeed_min_m_s: 0.0,
        turns_m_s2: 4.0,
        endurance_s: 1800.0,
    }
}

fn block(south_west: [f64; 2], size: [f64; 2], top_m: f64) -> Prism {
    let [e, n] = south_west;
    Prism { ring_m: vec![[e, n], [e + size[0], n], [e + size[0], n + size[1]], [e, n + size[1]]], top_m }
}

fn request(obstacles: Vec<Prism>) -> OrbitRequest {
    OrbitRequest {
        target_m: [500.0, 300.0],
        target_height_m: 1.2,
        stand_off_m: [60.0, 180.0],
        heights_m: [40.0, 100.0],
        obstacles,
        closed_m: Vec::new(),
        aircraft: vec![aircraft([0.0, 0.0]), aircraft([100.0, 0.0])],
        begins_s: 1000.0,
        until_s: 1900.0,
    }
}

fn inside(ring: &[[f64; 2]], at: [f64; 2]) -> bool {
    let crossed = (0..ring.len()).filter(|number| {
        let (a, b) = (ring[*number], ring[(number + 1) % ring.len()]);
        (a[1] > at[1]) != (b[1] > at[1]) && at[0] < a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    });
    crossed.count() % 2 == 1
}

/// Whether a place is in sight, looked for in 600 steps.
fn in_sight(obstacles: &[Prism], target: ([f64; 2], f64), from: ([f64; 2], f64)) -> bool {
    (1..600).all(|step| {
        let share = f64::from(step) / 600.0;
        let at = [0, 1].map(|axis: usize| target.0[axis] + share * (from.0[axis] - target.0[axis]));
        let height = target.1 + share * (from.1 - target.1);
        obstacles.iter().all(|prism| height >= prism.top_m - 0.3 || !inside(&prism.ring_m, at))
    })
}

fn at(flight: &Flight, then_s: f64) -> ([f64; 2], f64) {
    let pair = flight.waypoints.windows(2).find(|pair| pair[0].at_s <= then_s && then_s <= pair[1].at_s).unwrap();
    let share = (then_s - pair[0].at_s) / (pair[1].at_s - pair[0].at_s).max(1e-9);
    let mix = |a: f64, b: f64| a + share * (b - a);
    let place = [0, 1].map(|axis: usize| mix(pair[0].place_m[axis], pair[1].place_m[axis]));
    (place, mix(pair[0].height_m, pair[1].height_m))
}

fn check(request: &OrbitRequest, plan: &OrbitPlan) -> Result<(), String> {
    for flight in &plan.flights {
        let aircraft = &request.aircraft[flight.vehicle];
        let last = flight.waypoints.len() - 1;
        if flight.lasts_s() > aircraft.endurance_s + 1e-3
            || flight.waypoints[0].place_m != aircraft.home_m
            || flight.waypoints[last].place_m != aircraft.home_m
        {
            return Err(format!("aircraft {} is out for {} s", flight.vehicle, flight.lasts_s()));
        }
        for pair in flight.waypoints.windows(2) {
            let takes_s = pair[1].at_s - pair[0].at_s;
            let wind = aircraft.pace.wind_m_s;
            let air = [0, 1].map(|a: usize| pair[1].place_m[a] - pair[0].place_m[a] - wind[a] * takes_s);
            let waits = pair[0].place_m == pair[1].place_m;
            if !waits && air[0].hypot(air[1]) > aircraft.pace.airspeed_m_s * takes_s + 1e-3 {
                return Err(format!("too fast: {pair:?}"));
            }
        }
        for waypoint in &flight.waypoints[1..last] {
            let off = [0, 1].map(|a: usize| waypoint.place_m[a] - request.target_m[a]);
            if (off[0].hypot(off[1]) - plan.radius_m).abs() > 1e-6 {
                return Err(format!("off the circle: {waypoint:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn with_a_free_view_two_circle_opposite_to_each_other() {
    let request = request(Vec::new());
    let plan = orbit(&request).unwrap();
    check(&request, &plan).unwrap();
    assert!(plan.path == Path::Circle && plan.in_sight == 1.0 && plan.watched == 1.0, "{:?}", plan.reasons);
    let [from_s, to_s] = plan.on_watch_s;
    for step in 1..40 {
        let then_s = from_s + 120.0 + f64::from(step) / 40.0 * (to_s - from_s - 130.0);
        let bearings = plan.flights.iter().map(|flight| {
            let (place, _) = at(flight, then_s);
            (place[0] - 500.0).atan2(place[1] - 300.0)
        });
        let bearings: Vec<f64> = bearings.collect();
        let apart = ((bearings[0] - bearings[1]).rem_euclid(TAU) - PI).abs();
        assert!(apart < 0.06, "{apart} at {then_s}");
    }
}

#[test]
fn beside_a_wall_it_flies_to_and_fro_where_the_place_is_in_sight() {
    // A high block to the west.
    let request = request(vec![block([300.0, 100.0], [190.0, 400.0], 90.0)]);
    let plan = orbit(&request).unwrap();
    check(&request, &plan).unwrap();
    assert!(matches!(plan.path, Path::Arc { .. }) && plan.in_sight < 0.9 && plan.watched == 1.0, "{:?}", plan.reasons);
    for flight in &plan.flights {
        let last = flight.waypoints.len() - 1;
        for waypoint in &flight.waypoints[1..last] {
            let sees = in_sight(&request.obstacles, (request.target_m, 1.2), (waypoint.place_m, waypoint.height_m));
            assert!(sees, "hidden at {waypoint:?}");
        }
    }
}

#[test]
fn a_wing_circles_only_where_it_can_turn_and_hold_its_speed() {
    let mut request = request(Vec::new());
    for aircraft in &mut request.aircraft {
        aircraft.airspeed_min_m_s = 13.0;
    }
    assert!(matches!(orbit(&request), Err(OrbitError::Wind { aircraft: 0, .. })));
    for aircraft in &mut request.aircraft {
        aircraft.pace.airspeed_m_s = 28.0;
        aircraft.turns_m_s2 = 6.0;
    }
    request.stand_off_m = [150.0, 300.0];
    let plan = orbit(&request).unwrap();
    check(&request, &plan).unwrap();
    assert!(plan.speed_m_s >= 18.0 && plan.speed_m_s.powi(2) / plan.radius_m <= 6.0 + 1e-9);
}

#[test]
fn whoever_cannot_stay_leaves_in_time_and_it_is_said() {
    let mut request = request(Vec::new());
    request.until_s = 4000.0;
    let plan = orbit(&request).unwrap();
    check(&request, &plan).unwrap();
    assert!(plan.on_watch_s[1] < 2900.0 && plan.reasons.iter().any(|reason| reason.contains("battery")));
}

#[test]
fn a_place_under_a_roof_is_hidden() {
    let request = request(vec![block([450.0, 250.0], [100.0, 100.0], 8.0)]);
    assert_eq!(orbit(&request).unwrap_err(), OrbitError::Hidden);
}

fn fleet() -> Request {
    Request {
        night_s: [0.0, 20_000.0],
        posts: Vec::new(),
        sites: vec![Site { at_m: [0.0; 2], packs: 12, chargers: 8, standby: 0 }],
        drones: vec![Drone { site: 0, airspeed_m_s: 15.0, endurance_s: 2400.0, reserve: 0.2, swap_s: 120.0 }; 6],
        crews: vec![Crew { site: 0, shift_s: [0.0, 20_000.0], duty_max_s: 20_000.0, rest_s: 600.0, at_once: 6 }],
        holds: Vec::new(),
        charging: ChargingCurve { points: vec![(0.0, 0.0), (1.0, 3600.0)] },
        overlap_s: 45.0,
        wind_m_s: [2.0, 2.0],
        so_far: None,
    }
}

fn site(obstacles: Vec<Prism>) -> StakeoutRequest {
    StakeoutRequest {
        site_m: [2000.0, 1500.0],
        site_height_m: 1.0,
        window_s: [3000.0, 16_000.0],
        heard_m: 250.0,
        seen_m: 600.0,
        heights_m: [60.0, 120.0],
        obstacles,
        closed_m: Vec::new(),
        posts: 2,
        fleet: fleet(),
    }
}

#[test]
fn a_site_is_watched_unheard_from_two_sides_without_a_gap() {
    let wood = block([1900.0, 1550.0], [200.0, 60.0], 25.0);
    let request = site(vec![wood]);
    let plan = stakeout(&request).unwrap();
    assert_eq!(plan.posts.len(), 2);
    for post in &plan.posts {
        let off = [0, 1].map(|a: usize| post.at_m[a] - request.site_m[a]);
        let slant_m = off[0].hypot(off[1]).hypot(post.height_m - 1.0);
        assert!((250.0 - 1e-6..=600.0 + 1e-6).contains(&slant_m), "{post:?}");
        assert!(in_sight(&request.obstacles, (request.site_m, 1.0), (post.at_m, post.height_m)));
    }
    let apart = ((plan.posts[0].direction - plan.posts[1].direction + PI).rem_euclid(TAU) - PI).abs();
    assert!(apart >= PI / 2.0 - 1e-9, "{apart}");
    assert!(plan.schedule.gaps.is_empty() && plan.schedule.watched == 1.0, "{:?}", plan.reasons);
}

#[test]
fn a_site_in_a_courtyard_is_not_seen_from_the_side() {
    let yard = vec![
        block([1980.0, 1480.0], [40.0, 5.0], 60.0),
        block([1980.0, 1515.0], [40.0, 5.0], 60.0),
        block([1980.0, 1480.0], [5.0, 40.0], 60.0),
        block([2015.0, 1480.0], [5.0, 40.0], 60.0),
    ];
    let told = stakeout(&site(yard)).unwrap_err();
    assert_eq!(told, StakeoutError::Hidden { found: 0, wanted: 2 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_stands_there_what_is_said_to_be_seen_is(
        blocks in prop::collection::vec(([300.0..700.0, 100.0..500.0], [10.0..120.0, 10.0..120.0], 3.0..80.0), 0..6),
        wind in [-9.0..9.0, -9.0..9.0],
    ) {
        let obstacles: Vec<Prism> = blocks.into_iter().map(|(corner, size, top)| block(corner, size, top)).collect();
        let mut request = request(obstacles);
        request.aircraft.iter_mut().for_each(|aircraft| aircraft.pace.wind_m_s = wind);
        if let Ok(plan) = orbit(&request) {
            if let Err(wrong) = check(&request, &plan) {
                prop_assert!(false, "{wrong}");
            }
            // The share of the circle is found again from places between those looked at.
            let seen = (0..90).filter(|n| {
                let to = TAU * (f64::from(*n) + 0.37) / 90.0;
                let place = [500.0 + plan.radius_m * to.sin(), 300.0 + plan.radius_m * to.cos()];
                let within = |prism: &Prism| plan.height_m < prism.top_m + 15.0 && inside(&prism.ring_m, place);
                !request.obstacles.iter().any(within)
                    && in_sight(&request.obstacles, (request.target_m, 1.2), (place, plan.height_m))
            }).count() as f64 / 90.0;
            prop_assert!((seen - plan.in_sight).abs() < 0.09, "{seen} seen, {} said", plan.in_sight);
        }
    }

    #[test]
    fn whatever_numbers_are_given_it_answers_or_refuses(
        numbers in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(0.0), -1e6..1e6_f64], 6),
    ) {
        let mut request = request(vec![block([numbers[0], 0.0], [50.0, numbers[1]], numbers[2])]);
        request.stand_off_m[1] = numbers[3];
        request.until_s = numbers[4];
        request.aircraft[0].endurance_s = numbers[5];
        let _ = orbit(&request);
        let mut other = site(Vec::new());
        other.seen_m = numbers[0];
        other.heights_m[0] = numbers[1];
        other.window_s[0] = numbers[2];
        let _ = stakeout(&other);
    }
}
