//! Under water: what is proposed keeps off the hull, on the tether, and on the water's side of a wall.

use missions::plan::Start;
use telemetry::messages::{AisClaim, AisVoyage, VehicleKind};
use telemetry::{AltitudeAmsl, Mmsi, TrackId};

use super::{Proposed, Situation, ask, ground, situation};
use crate::desk::Vessel;

const HOME_M: [f64; 2] = [760.0, 1200.0];

/// One underwater vehicle at the surface.
fn afloat() -> Situation {
    let mut situation = situation(&[HOME_M]);
    for standing in situation.vehicles.values_mut() {
        let start = Start { position: ground(HOME_M[0], HOME_M[1]), altitude: AltitudeAmsl::new(0.0), battery: 1.0 };
        (standing.kind, standing.cruise_m_s, standing.start) = (VehicleKind::Rov, 0.6, Some(start));
    }
    situation
}

fn claim() -> AisClaim {
    AisClaim {
        length_m: Some(60),
        beam_m: Some(12),
        voyage: Some(Box::new(AisVoyage { draught_dm: Some(45), ..AisVoyage::default() })),
        heading_deg: Some(90),
        navigational_status: Some(5),
        ..AisClaim::of(Mmsi::new(211_000_001).unwrap())
    }
}

fn with_vessel(speed_m_s: f64, claim: AisClaim) -> Situation {
    let mut situation = afloat();
    let vessel =
        Vessel { name: "HANSE".to_owned(), at: ground(800.0, 1200.0), sigma_m: 6.0, speed_m_s, claim: Some(claim) };
    situation.vessels.insert(TrackId(7), vessel);
    situation
}

/// The way of a plan: east, north and depth, metres, from where it is put in and back.
fn way(situation: &Situation, plan: &Proposed) -> Vec<[f64; 3]> {
    let at = |at: &(telemetry::LatLon, f64)| {
        let [east_m, north_m] = situation.airspace.place_m(at.0);
        [east_m, north_m, -at.1]
    };
    plan.way.iter().map(at).collect()
}

/// Places along a way, a metre or less apart.
fn along(way: &[[f64; 3]]) -> impl Iterator<Item = [f64; 3]> + '_ {
    way.windows(2).flat_map(|pair| {
        let length_m = (0..3).map(|axis| (pair[1][axis] - pair[0][axis]).powi(2)).sum::<f64>().sqrt();
        let steps = length_m.ceil().max(1.0) as usize;
        (0..=steps).map(move |n| {
            [0, 1, 2].map(|axis: usize| pair[0][axis] + (pair[1][axis] - pair[0][axis]) * n as f64 / steps as f64)
        })
    })
}

/// That no place of a way is inside a hull that lies north and south, or east and west, around a middle.
fn check_clear(way: &[[f64; 3]], half_m: [f64; 2], draught_m: f64) {
    for [east_m, north_m, depth_m] in along(way) {
        let inside = (east_m - 800.0).abs() < half_m[0] - 0.1 && (north_m - 1200.0).abs() < half_m[1] - 0.1;
        assert!(!inside || depth_m > draught_m, "{depth_m} m down at {east_m}, {north_m}");
    }
}

#[test]
fn a_hull_drawn_from_stern_to_bow_is_gone_round_and_under_and_never_through() {
    let situation = afloat();
    let fields = r#""kind": "hull_inspection", "vehicles": ["m1"], "dive": {"beam_m": 16, "draught_m": 6}"#;
    let (summary, plans) = ask(&situation, fields, &[[800.0, 1155.0], [800.0, 1245.0]]).unwrap();
    assert!(summary.contains("90 by 16 m, 6.0 m deep") && summary.contains("a plan says no heading"), "{summary}");
    let way = way(&situation, &plans[0]);
    check_clear(&way, [8.0, 45.0], 6.0);
    let deepest_m = way.iter().map(|at| at[2]).fold(0.0, f64::max);
    assert!((deepest_m - 7.5).abs() < 0.05, "the bottom from 1.5 m below it: {deepest_m}");
    for side in [-1.0, 1.0] {
        let beside = |at: &&[f64; 3]| (at[0] - 800.0 - side * 9.5).abs() < 0.1 && at[2] > 0.1 && at[2] < 6.0;
        let norths: Vec<f64> = way.iter().filter(beside).map(|at| at[1]).collect();
        let reach = |pick: fn(f64, f64) -> f64, from: f64| norths.iter().copied().fold(from, pick);
        assert!(reach(f64::min, 2e3) < 1156.0 && reach(f64::max, 0.0) > 1244.0, "side {side}: {norths:?}");
    }
    assert!(plans[0].text.contains("action = \"continue\""), "nothing rises by itself under a hull");
}

#[test]
fn a_vessel_of_the_picture_is_inspected_by_what_it_says_of_itself_while_it_lies_still() {
    let fields = r#""kind": "hull_inspection", "vehicles": ["m1"], "dive": {"vessel": 7}"#;
    let situation = with_vessel(0.1, claim());
    let (summary, plans) = ask(&situation, fields, &[]).unwrap();
    assert!(summary.starts_with("HANSE as it says by AIS"), "{summary}");
    assert!(summary.contains("60 by 12 m, 4.5 m deep"), "{summary}");
    check_clear(&way(&situation, &plans[0]), [30.0, 6.0], 4.5);
    let under_way = AisClaim { navigational_status: Some(0), ..claim() };
    let told = ask(&with_vessel(4.0, under_way), fields, &[]).unwrap_err();
    assert!(told.contains("HANSE makes 4.0 m/s"), "{told}");
    let told = ask(&with_vessel(0.0, AisClaim { voyage: None, ..claim() }), fields, &[]).unwrap_err();
    assert!(told.contains("the hull's draught is not known: type it"), "{told}");
}

#[test]
fn a_quay_wall_is_seen_from_the_water_round_its_corner() {
    let situation = afloat();
    // The quay runs north and turns to the east: the water is west and north of it.
    let wall_m = [[800.0, 1200.0], [800.0, 1260.0], [850.0, 1260.0]];
    let fields = r#""kind": "quay_wall", "vehicles": ["m1"], "side": "left", "dive": {"depth_m": 9}"#;
    let (summary, plans) = ask(&situation, fields, &wall_m).unwrap();
    assert!(summary.contains("of wall, 9.0 m deep"), "{summary}");
    for [east_m, north_m, depth_m] in along(&way(&situation, &plans[0])) {
        let ashore = east_m > 800.1 && north_m < 1259.9;
        // Home lies beyond the wall's end; the last way there is on the surface.
        assert!(!ashore || depth_m < 0.01, "{depth_m} m down at {east_m}, {north_m}");
    }
}

#[test]
fn a_seabed_is_seen_from_above_it_by_a_vehicle_against_a_current_that_it_can_hold() {
    let situation = afloat();
    let area_m = [[700.0, 1200.0], [730.0, 1200.0], [730.0, 1220.0], [700.0, 1220.0]];
    let fields = |current: f64| {
        format!(
            r#""kind": "seabed", "vehicles": ["m1"],
               "dive": {{"depth_m": 12, "stand_off_m": 2, "current_to_deg": 90, "current_m_s": {current}}}"#
        )
    };
    let (summary, plans) = ask(&situation, &fields(0.2), &area_m).unwrap();
    assert!(summary.contains("squares"), "{summary}");
    let deepest_m = way(&situation, &plans[0]).iter().map(|at| at[2]).fold(0.0, f64::max);
    assert!((deepest_m - 10.0).abs() < 0.05, "{deepest_m}");
    let told = ask(&situation, &fields(0.5), &area_m).unwrap_err();
    assert!(told.contains("the current runs with 0.50 m/s"), "{told}");
}

#[test]
fn only_what_dives_is_asked_to_dive_and_it_is_asked_for_nothing_else() {
    let line = [[700.0, 1200.0], [730.0, 1200.0]];
    let told = ask(&situation(&[HOME_M]), r#""kind": "quay_wall", "vehicles": ["m1"]"#, &line).unwrap_err();
    assert_eq!(told, "M1 does not dive: this is for underwater vehicles");
    let told = ask(&afloat(), r#""kind": "corridor", "vehicles": ["m1"]"#, &line).unwrap_err();
    assert_eq!(told, "M1 dives: a hull, a quay wall or a seabed is for such");
}
