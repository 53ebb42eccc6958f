//! What a pilot asks for, on the stage of the rules: a site with a restricted harbour at its middle.

mod hills;
mod risk;
mod water;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use missions::plan::Start;
use telemetry::messages::{AisClaim, AisEta, AisVoyage, VehicleKind};
use telemetry::{AltitudeAmsl, LatLon, Mmsi, TrackId, VehicleId};

use super::request::Request;
use super::{Proposed, Situation, Standing, Vessel, search};
use crate::alerts::stage::{air, at, config, ground};

/// Multirotors `m1`, `m2` … that stand at these places, metres east and north.
fn situation(homes_m: &[[f64; 2]]) -> Situation {
    let standing = |(n, [east_m, north_m]): (usize, &[f64; 2])| {
        let start = Start { position: ground(*east_m, *north_m), altitude: AltitudeAmsl::new(2.0), battery: 1.0 };
        let standing = Standing {
            name: format!("M{}", n + 1),
            kind: VehicleKind::Multirotor,
            cruise_m_s: 12.0,
            start: Some(start),
            camera: None,
            fence: None,
            rest: None,
            ready: true,
        };
        (VehicleId::new(format!("m{}", n + 1)).unwrap(), standing)
    };
    Situation {
        now: at(0.0),
        airspace: air(&config()),
        vehicles: homes_m.iter().enumerate().map(standing).collect(),
        flights: Vec::new(),
        disturbed: Vec::new(),
        vessels: BTreeMap::new(),
        schedule: None,
    }
}

/// Asks for a plan with these fields; `drawn` in metres east and north.
fn ask(situation: &Situation, fields: &str, drawn_m: &[[f64; 2]]) -> Result<(String, Vec<Proposed>), String> {
    let drawn = drawn_m.iter().map(|[east_m, north_m]| {
        let at = ground(*east_m, *north_m);
        format!("[{}, {}]", at.longitude_deg(), at.latitude_deg())
    });
    let drawn = drawn.collect::<Vec<_>>().join(", ");
    let text = format!(r#"{{"budget_ms": 300, "height_m": 60, "drawn": [{drawn}], {fields}}}"#);
    let request = Request::read(text.as_bytes())?;
    request.check(situation)?;
    let found = search::search(&request, situation, 1, &AtomicBool::new(false), &|_, _| {})?;
    Ok((found.summary, found.plans))
}

/// The places that a plan's file names in legs of a kind, metres east and north, and the leg's line.
fn legs(situation: &Situation, plan: &Proposed, kind: &str) -> Vec<([f64; 2], String)> {
    let of_kind = plan.text.lines().filter(|line| line.trim_start().starts_with(&format!("{{ {kind} = ")));
    let read = |line: &str| {
        let inner = line.split(['[', ']']).nth(1).unwrap();
        let numbers: Vec<f64> = inner.split(", ").map(|number| number.parse().unwrap()).collect();
        let at = LatLon::from_degrees(numbers[1], numbers[0]).unwrap();
        (situation.airspace.place_m(at), line.to_owned())
    };
    of_kind.map(read).collect()
}

/// How long a plan stays at places, s.
fn waits_s(situation: &Situation, plan: &Proposed) -> f64 {
    let stays = legs(situation, plan, "loiter");
    let for_s = |leg: &str| leg.split("for_s = ").nth(1).unwrap().trim_end_matches(" } },").parse::<f64>().unwrap();
    stays.iter().map(|(_, leg)| for_s(leg)).sum()
}

fn apart_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[test]
fn a_corridor_is_flown_over_all_its_width_by_vehicles_that_share_its_length() {
    let situation = situation(&[[-600.0, 900.0], [600.0, 900.0]]);
    let fields = r#""kind": "corridor", "vehicles": ["m1", "m2"], "width_m": 200, "spacing_m": 100"#;
    let (summary, plans) = ask(&situation, fields, &[[-800.0, 1000.0], [800.0, 1000.0]]).unwrap();
    assert!(summary.starts_with("2 lanes 100 m apart see 200 m"), "{summary}");
    assert_eq!(plans.len(), 2);
    let mut lanes: Vec<[f64; 2]> = Vec::new();
    for (plan, west) in plans.iter().zip([true, false]) {
        let places: Vec<[f64; 2]> = legs(&situation, plan, "waypoint").into_iter().map(|(at, _)| at).collect();
        assert!(places.iter().all(|at| (at[0] < 1.0) == west || at[0].abs() < 1.0), "{places:?}");
        lanes.extend(places);
    }
    for lane_m in [950.0, 1050.0] {
        for end_m in [-800.0, 800.0] {
            assert!(lanes.iter().any(|at| apart_m(*at, [end_m, lane_m]) < 2.0), "{end_m}, {lane_m}: {lanes:?}");
        }
    }
}

#[test]
fn the_way_along_a_coast_keeps_its_distance_on_the_side_asked_for() {
    let situation = situation(&[[0.0, 800.0]]);
    let coast_m = [[-1000.0, 1000.0], [0.0, 1200.0], [1000.0, 1000.0]];
    for (side, north) in [("left", true), ("right", false)] {
        let fields = format!(r#""kind": "coastline", "vehicles": ["m1"], "apart_m": 150, "side": "{side}""#);
        let (_, plans) = ask(&situation, &fields, &coast_m).unwrap();
        let places = legs(&situation, &plans[0], "waypoint");
        assert!(places.len() >= 2);
        for (at, _) in places {
            let coast_north_m = 1200.0 - 0.2 * at[0].abs();
            assert_eq!(at[1] > coast_north_m, north, "{side}: {at:?}");
            let nearest_m = (-100..=100)
                .map(|n| f64::from(n) * 10.0)
                .map(|east_m| apart_m(at, [east_m, 1200.0 - 0.2 * east_m.abs()]))
                .fold(f64::INFINITY, f64::min);
            assert!(nearest_m > 147.0, "{side}: {nearest_m} m at {at:?}");
        }
    }
}

#[test]
fn a_berth_is_visited_once_its_vessel_is_there() {
    let situation = situation(&[[0.0, 900.0]]);
    let berths_m = [[-500.0, 1200.0], [500.0, 1200.0]];
    let fields = r#""kind": "harbour_round", "vehicles": ["m1"], "apart_m": 50, "look_s": 40"#;
    let (summary, plans) = ask(&situation, fields, &berths_m).unwrap();
    assert!(summary.starts_with("2 of 2 calls are visited in 1 flights"), "{summary}");
    let stays = legs(&situation, &plans[0], "loiter");
    let looks = legs(&situation, &plans[0], "look_at");
    assert_eq!((stays.len(), looks.len()), (2, 2));
    for ((stay, leg), (berth, _)) in stays.iter().zip(&looks) {
        assert!((apart_m(*stay, *berth) - 50.0).abs() < 2.0, "{stay:?} off {berth:?}");
        assert!(!leg.contains("for_s = 0 "), "{leg}");
    }
    // One that arrives in a quarter of an hour, known to 5 minutes, is there for sure after 23: it comes last.
    let late = format!(r#"{fields}, "arrivals_min": [15]"#);
    let (_, plans) = ask(&situation, &late, &berths_m).unwrap();
    let looks = legs(&situation, &plans[0], "look_at");
    assert!(apart_m(looks[1].0, berths_m[0]) < 2.0, "{looks:?}");
    let there_s = 15.0 * 60.0 + 1.64 * 300.0;
    let waits_s = waits_s(&situation, &plans[0]);
    assert!(plans[0].leaves_s + waits_s + 2000.0 / 12.0 + 60.0 > there_s, "{} + {waits_s}", plans[0].leaves_s);
}

/// A vessel under way at this place, metres east and north.
fn vessel(at_m: [f64; 2], speed_m_s: f64, claim: AisClaim) -> Vessel {
    Vessel { name: "HANSE".to_owned(), at: ground(at_m[0], at_m[1]), sigma_m: 10.0, speed_m_s, claim: Some(claim) }
}

#[test]
fn a_berth_waits_for_the_vessel_that_ais_says_is_coming() {
    let claim = AisClaim::of(Mmsi::new(211_000_001).unwrap());
    let mut situation = situation(&[[0.0, 900.0]]);
    // 3 km away at 5 m/s, and a fairway is longer than that by a fifth.
    situation.vessels.insert(TrackId(7), vessel([500.0, 4200.0], 5.0, claim.clone()));
    situation.vessels.insert(TrackId(8), vessel([-480.0, 1210.0], 0.0, claim.clone()));
    let berths_m = [[-500.0, 1200.0], [500.0, 1200.0]];
    let fields = r#""kind": "harbour_round", "vehicles": ["m1"], "apart_m": 50, "look_s": 40, "vessels": [null, 7]"#;
    let (summary, plans) = ask(&situation, fields, &berths_m).unwrap();
    assert!(summary.contains("berth 1: HANSE lies there"), "{summary}");
    assert!(summary.contains("berth 2: HANSE arrives in 12 min by 3.6 km at 5.0 m/s, known to 4 min"), "{summary}");
    // Surely there 720 s and 1.64 standard deviations from now: nobody has looked at all berths before that.
    let there_s = 720.0 + 1.64 * (120.0 + 0.15 * 720.0);
    let waits_s = waits_s(&situation, &plans[0]);
    assert!(plans[0].leaves_s + waits_s + 2000.0 / 12.0 + 60.0 > there_s, "{} + {waits_s}", plans[0].leaves_s);
    // From farther away what its crew entered says more, while its speed does not speak against it.
    let now = situation.now;
    let at_eta = |hours: f64| {
        let text = now.offset_seconds(3600.0 * hours).to_string();
        let number = |from: usize| text[from..from + 2].parse().unwrap();
        let eta = AisEta { month: number(5), day: number(8), hour: number(11), minute: number(14) };
        let voyage = AisVoyage { eta: Some(eta), ..AisVoyage::default() };
        vessel([500.0, 21_200.0], 5.0, AisClaim { voyage: Some(Box::new(voyage)), ..claim.clone() })
    };
    situation.vessels.insert(TrackId(7), at_eta(3.0));
    let (summary, _) = ask(&situation, fields, &berths_m).unwrap();
    assert!(summary.contains("as it says by AIS, known to 15 min"), "{summary}");
    situation.vessels.insert(TrackId(7), at_eta(0.2));
    let (summary, _) = ask(&situation, fields, &berths_m).unwrap();
    assert!(summary.contains("arrives in 80 min by 24.0 km"), "{summary}");
    situation.vessels.insert(TrackId(7), vessel([500.0, 4200.0], 0.0, claim));
    let told = ask(&situation, fields, &berths_m).unwrap_err();
    assert!(told.contains("lies still elsewhere and says no arrival"), "{told}");
}

#[test]
fn a_place_is_watched_from_as_many_sides_as_there_are_vehicles_and_from_where_none_is_heard() {
    let situation = situation(&[[-600.0, 900.0], [600.0, 900.0]]);
    let site_m = [0.0, 1500.0];
    let fields = r#""kind": "stakeout", "vehicles": ["m1", "m2"], "apart_m": 200, "look_s": 600"#;
    let (summary, plans) = ask(&situation, fields, &[site_m]).unwrap();
    assert!(summary.contains("beyond the 200 m at which it is heard"), "{summary}");
    let posts: Vec<[f64; 2]> = plans.iter().map(|plan| legs(&situation, plan, "loiter")[0].0).collect();
    assert_eq!(posts.len(), 2);
    for post in &posts {
        // 60 m up, the site at 1 m: the line of sight is longer than the way on the ground.
        assert!(apart_m(*post, site_m).hypot(59.0) > 199.0, "{post:?}");
    }
    let [a, b] = [0, 1].map(|n: usize| (posts[n][1] - site_m[1]).atan2(posts[n][0] - site_m[0]));
    let off = (a - b).abs();
    assert!(off.min(std::f64::consts::TAU - off) > 1.5, "{a} and {b} rad");
}

#[test]
fn what_cannot_be_done_is_refused_in_words() {
    let situation = situation(&[[0.0, 900.0], [100.0, 900.0]]);
    let one = [[0.0, 1200.0]];
    for (fields, drawn_m, says) in [
        (r#""kind": "corridor", "vehicles": ["m1"]"#, &one[..], "1 points were drawn"),
        (r#""kind": "corridor", "vehicles": ["m1"], "width_m": 1"#, &[one[0], [500.0, 1200.0]], "width_m: found 1"),
        (r#""kind": "coastline", "vehicles": ["m1"], "side": "up""#, &one, "side: unknown variant"),
        (r#""kind": "harbour_round", "vehicles": ["m1"], "arrivals_min": [1, 2]"#, &one, "2 arrivals for 1 berths"),
        (r#""kind": "orbit", "vehicles": ["m1", "m2"]"#, &one, "2 vehicles; allowed for this are 1 to 1"),
    ] {
        let told = ask(&situation, fields, drawn_m).unwrap_err();
        assert!(told.contains(says), "{told}");
    }
}
