//! Dives: the tether is measured again at every place, the keel is never crossed, and nothing given makes it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::clock::Looks;
use planning::coverage::Polygon;
use planning::flight::{Flight, Pace};
use planning::strip::Side;
use planning::water::{
    HullPlan, HullRequest, HullSide, QuayRequest, Rov, SeabedRequest, WaterError, hull, quay, seabed,
};
use proptest::prelude::*;

fn rov() -> Rov {
    Rov {
        pace: Pace { airspeed_m_s: 0.8, climb_m_s: 0.4, wind_m_s: [0.15, 0.1] },
        tether_m: 30.0,
        slack: 0.1,
        strip_m: 2.0,
        overlap: 0.2,
        endurance_s: 7200.0,
        moves_s: 600.0,
        depth_max_m: 50.0,
    }
}

fn ship() -> HullRequest {
    HullRequest {
        middle_m: [100.0, 50.0],
        heading: 0.4,
        size_m: [90.0, 16.0, 6.0],
        stand_off_m: 1.0,
        controller_off_m: 3.0,
        rov: rov(),
        begins_s: 0.0,
    }
}

/// In the ship's frame: forward of the middle, and to starboard.
fn aboard(request: &HullRequest, at_m: [f64; 2]) -> [f64; 2] {
    let off = [at_m[0] - request.middle_m[0], at_m[1] - request.middle_m[1]];
    let (sin, cos) = request.heading.sin_cos();
    [off[0] * sin + off[1] * cos, off[0] * cos - off[1] * sin]
}

/// Places along a dive, every 40 cm.
fn along(dive: &Flight) -> Vec<([f64; 2], f64)> {
    let step = |pair: &[planning::flight::Waypoint]| {
        let [a, b] = [pair[0], pair[1]];
        let metres = (b.place_m[0] - a.place_m[0]).hypot(b.place_m[1] - a.place_m[1]).hypot(b.height_m - a.height_m);
        let steps = (metres / 0.4).ceil().max(1.0) as usize;
        let mix = move |from: f64, to: f64, n: usize| from + (to - from) * n as f64 / steps as f64;
        (0..=steps).map(move |n| {
            let place = [mix(a.place_m[0], b.place_m[0], n), mix(a.place_m[1], b.place_m[1], n)];
            (place, mix(a.height_m, b.height_m, n))
        })
    };
    dive.waypoints.windows(2).flat_map(step).collect()
}

/// The shortest tether: straight, or bent round the bilge where the hull is in between; the bend felt for along it.
fn tether_m(request: &HullRequest, controller_m: [f64; 2], at: ([f64; 2], f64)) -> f64 {
    let [_, beam, draught] = request.size_m;
    let (from, to) = (aboard(request, controller_m), aboard(request, at.0));
    let side = from[1].signum();
    if to[1] * side >= beam / 2.0 {
        return (from[0] - to[0]).hypot(from[1] - to[1]).hypot(at.1);
    }
    let over = |along: f64| {
        let out = (from[0] - along).hypot(from[1] * side - beam / 2.0).hypot(draught);
        let under = (to[0] - along).hypot(beam / 2.0 - to[1] * side).hypot(at.1 + draught);
        out + under
    };
    (0..=80).map(|n| over(from[0] + (to[0] - from[0]) * f64::from(n) / 80.0)).fold(f64::INFINITY, f64::min)
}

fn check(request: &HullRequest, plan: &HullPlan) -> Result<(), String> {
    let [length, beam, draught] = request.size_m;
    for HullStation { side, at_m, dive, told } in stations(plan) {
        let sign = if side == HullSide::Starboard { 1.0 } else { -1.0 };
        let last = dive.waypoints.len() - 1;
        if dive.waypoints[0].place_m != at_m || dive.waypoints[last].place_m != at_m {
            return Err("a dive is not from the controller and back".to_owned());
        }
        for at in along(dive) {
            let [forward, right] = aboard(request, at.0);
            let out = right * sign;
            if out < -1e-6 {
                return Err(format!("over the keel at {at:?}"));
            }
            let in_hull = out < beam / 2.0 - 1e-6 && at.1 > -draught + 1e-6 && forward.abs() < length / 2.0;
            if in_hull {
                return Err(format!("in the hull at {at:?}"));
            }
            let tether = tether_m(request, at_m, at);
            if tether > told + 0.05 || tether > request.rov.tether_m * (1.0 - request.rov.slack) + 0.05 {
                return Err(format!("{tether} m of tether at {at:?}, {told} said"));
            }
        }
    }
    Ok(())
}

struct HullStation<'a> {
    side: HullSide,
    at_m: [f64; 2],
    dive: &'a Flight,
    told: f64,
}

fn stations(plan: &HullPlan) -> Vec<HullStation<'_>> {
    let of = |s: &'_ planning::water::HullStation| (s.side, s.station.at_m, s.station.tether_m);
    plan.stations
        .iter()
        .map(|s| {
            let (side, at_m, told) = of(s);
            HullStation { side, at_m, dive: &s.station.dive, told }
        })
        .collect()
}

/// The share of places of the hull's sides and bottom that the vehicle passes within half a strip, abreast of them.
fn seen(request: &HullRequest, plan: &HullPlan) -> [f64; 2] {
    let [length, beam, draught] = request.size_m;
    let half = request.rov.strip_m / 2.0;
    let passed: Vec<[f64; 3]> = plan
        .stations
        .iter()
        .flat_map(|s| along(&s.station.dive))
        .map(|(at, height)| {
            let [forward, right] = aboard(request, at);
            [forward, right, height]
        })
        .collect();
    let mut shares = [0.0; 2];
    let (mut sides, mut bottoms) = (0.0, 0.0);
    for n in 0..4000 {
        let (a, b) = ((f64::from(n) * 0.618_034).fract(), (f64::from(n) + 0.5) / 4000.0);
        let forward = (b - 0.5) * length;
        let near =
            |test: &dyn Fn(&[f64; 3]) -> bool| passed.iter().any(|at| (at[0] - forward).abs() < 0.45 && test(at));
        let side = if n % 2 == 0 { 1.0 } else { -1.0 };
        let down = a * draught;
        sides += 1.0;
        shares[0] += f64::from(u8::from(near(&|at| at[1] * side >= beam / 2.0 && (at[2] + down).abs() <= half)));
        let right = (a - 0.5) * beam;
        bottoms += 1.0;
        shares[1] += f64::from(u8::from(near(&|at| at[2] < -draught && (at[1] - right).abs() <= half)));
    }
    [shares[0] / sides, shares[1] / bottoms]
}

#[test]
fn a_hull_is_seen_side_by_side_and_the_tether_never_crosses_the_keel() {
    let request = ship();
    let plan = hull(&request).unwrap();
    check(&request, &plan).unwrap();
    let [sides, bottom] = seen(&request, &plan);
    assert!(sides > 0.99 && bottom > 0.99 && plan.bottom_seen >= 1.0, "{sides} {bottom} {:?}", plan.reasons);
    assert!(plan.stations.iter().any(|s| s.side == HullSide::Port) && plan.stations.len() >= 4);
}

#[test]
fn a_tether_too_short_for_the_keel_says_what_is_not_seen_and_which_would_do() {
    let request = HullRequest { size_m: [180.0, 32.0, 12.5], ..ship() };
    let plan = hull(&request).unwrap();
    check(&request, &plan).unwrap();
    let [sides, bottom] = seen(&request, &plan);
    assert!(sides > 0.99 && plan.bottom_seen < 0.97, "{sides} {bottom} {}", plan.bottom_seen);
    assert!((bottom - plan.bottom_seen).abs() < 0.06, "{bottom} seen, {} said", plan.bottom_seen);
    assert!(plan.reasons.iter().any(|reason| reason.contains("would do")));
    let longer = HullRequest { rov: Rov { tether_m: 60.0, ..rov() }, ..request };
    assert!(hull(&longer).unwrap().bottom_seen >= 1.0);
}

#[test]
fn what_is_too_deep_too_far_or_too_fast_is_refused() {
    let deep = HullRequest { size_m: [100.0, 20.0, 55.0], ..ship() };
    assert!(matches!(hull(&deep), Err(WaterError::Deep { what: "the hull", allowed_m: 50.0, .. })));
    let short = HullRequest { size_m: [100.0, 20.0, 28.0], ..ship() };
    assert!(matches!(hull(&short), Err(WaterError::Tether { needs_m, .. }) if needs_m > 27.0));
    let mut fast = ship();
    fast.rov.pace.wind_m_s = [0.7, 0.0];
    let told = hull(&fast).unwrap_err().to_string();
    assert_eq!(told, "the current runs with 0.70 m/s, the vehicle makes 0.80 m/s: allowed is up to 0.7 of it");
}

#[test]
fn a_quay_wall_with_a_corner_is_followed_down_to_its_foot() {
    let request = QuayRequest {
        wall_m: vec![[0.0, 0.0], [60.0, 0.0], [60.0, 40.0]],
        water: Side::Right,
        depth_m: 12.0,
        stand_off_m: 1.5,
        rov: rov(),
        begins_s: 100.0,
    };
    let plan = quay(&request).unwrap();
    let mut lowest = 0.0_f64;
    for station in &plan.stations {
        for (at, height) in along(&station.dive) {
            let tether = (at[0] - station.at_m[0]).hypot(at[1] - station.at_m[1]).hypot(height);
            assert!(tether <= 27.0 + 1e-6 && tether <= station.tether_m + 1e-6, "{tether} m at {at:?}");
            lowest = lowest.min(height);
        }
    }
    assert!((-11.6..=-10.5).contains(&lowest), "{lowest}");
    // Every place of the wall is passed at every depth.
    for n in 0..600 {
        let (down, way) = ((f64::from(n) * 0.618_034).fract() * 12.0, (f64::from(n) + 0.5) / 6.0);
        let at = if way < 60.0 { [way, 0.0] } else { [60.0, way - 60.0] };
        let passed = plan.stations.iter().flat_map(|station| along(&station.dive)).any(|(place, height)| {
            (place[0] - at[0]).hypot(place[1] - at[1]) < 3.2 && (height + down).abs() <= 1.0 + 1e-6
        });
        assert!(passed, "{at:?} {down} m down");
    }
}

#[test]
fn a_seabed_is_cut_into_squares_that_the_tether_reaches() {
    let outer = vec![[0.0, 0.0], [80.0, 5.0], [70.0, 60.0], [10.0, 45.0]];
    let request = SeabedRequest {
        area: Polygon { outer, holes: Vec::new() },
        depth_m: 15.0,
        above_m: 1.5,
        rov: rov(),
        acceleration_m_s2: 0.3,
        share: 0.98,
        begins_s: 0.0,
    };
    let plan = seabed(&request, 1, &mut Looks::new(60)).unwrap();
    assert!(plan.seen > 0.97 && plan.stations.len() > 3, "{:?}", plan.reasons);
    for station in &plan.stations {
        for (at, height) in along(&station.dive) {
            let tether = (at[0] - station.at_m[0]).hypot(at[1] - station.at_m[1]).hypot(height);
            assert!(tether <= 27.0 + 1e-6 && height >= -13.5 - 1e-9, "{tether} m");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_hull_is_done_within_the_tether_or_refused(
        size in [10.0..250.0_f64, 3.0..50.0_f64, 1.5..30.0_f64],
        tether_m in 10.0..120.0_f64,
        heading in -4.0..4.0_f64,
        stand_off_m in 0.3..2.0_f64,
    ) {
        let rov = Rov { tether_m, endurance_s: 1e6, ..rov() };
        let request = HullRequest { size_m: size, heading, stand_off_m, rov, ..ship() };
        match hull(&request) {
            Ok(plan) => {
                let checked = check(&request, &plan);
                prop_assert!(checked.is_ok(), "{:?}", checked);
            }
            Err(WaterError::Tether { reach_m, needs_m, .. }) => prop_assert!(needs_m > reach_m),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn whatever_numbers_are_given_it_answers_or_refuses(
        numbers in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(0.0), Just(1e9), -1e3..1e3_f64], 8),
    ) {
        let rov = Rov { tether_m: numbers[0], strip_m: numbers[1], ..rov() };
        let _ = hull(&HullRequest { size_m: [numbers[2], numbers[3], numbers[4]], rov, ..ship() });
        let wall_m = vec![[0.0, numbers[5]], [numbers[6], 0.0], [numbers[7], 9.0]];
        let _ = quay(&QuayRequest {
            wall_m: wall_m.clone(), water: Side::Left, depth_m: numbers[2], stand_off_m: 1.0, rov, begins_s: 0.0,
        });
        let _ = seabed(&SeabedRequest {
            area: Polygon { outer: wall_m, holes: Vec::new() }, depth_m: numbers[2], above_m: 1.0, rov,
            acceleration_m_s2: 0.3, share: 0.9, begins_s: numbers[3],
        }, 1, &mut Looks::new(1));
    }
}
