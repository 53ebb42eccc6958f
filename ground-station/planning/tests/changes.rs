//! The way in wind, and the nearest change that makes a mission legal.

#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]

use std::collections::BTreeSet;

use geo::{LineString, Polygon};
use planning::preflight::{
    Air, Airspace, Area, Change, Datum, Finding, Fix, Ground, Heights, Limit, Mission, Rule, Rules, Stop, Zone,
    ZoneRule, check, fly, nearest_changes,
};
use proptest::prelude::*;

/// Level ground at 10 m, light all day, and nothing in the way.
fn airspace() -> Airspace<'static> {
    Airspace {
        fences: Vec::new(),
        ground: Some(Box::new(Ground::new(5_000.0, 2, vec![10.0; 4]).unwrap())),
        zones: Vec::new(),
        light_s: None,
        rules: Rules {
            agl_min_m: 30.0,
            agl_max_m: 120.0,
            slow_below_agl_m: 60.0,
            fast_m_s: 15.0,
            apart_level_m: 50.0,
            apart_height_m: 15.0,
        },
    }
}

/// Straight to the east at an altitude and 10 m/s, 2 km.
fn east(amsl_m: f64) -> Mission {
    let fix = |at_s: f64, east_m: f64| Fix { at_s, place_m: [east_m, 0.0], amsl_m };
    Mission {
        fixes: vec![fix(0.0, -1_000.0), fix(100.0, 0.0), fix(200.0, 1_000.0)],
        power_w: 200.0,
        battery_wh: 100.0,
        reserve: 0.25,
        authorised: BTreeSet::new(),
        ground_legs: BTreeSet::new(),
        passing_legs: BTreeSet::new(),
    }
}

fn square(west: f64, south: f64, side: f64) -> Area {
    let corners = [(west, south), (west + side, south), (west + side, south + side), (west, south + side)];
    Area::Polygon(Polygon::new(LineString::from(corners.to_vec()), Vec::new()))
}

fn zone(rule: ZoneRule, area: Area, ceiling_m: Option<f64>, active_s: Option<Vec<[f64; 2]>>) -> Zone {
    let ceiling = ceiling_m.map(|metres| Limit { metres, datum: Datum::Amsl });
    Zone { id: "Z".to_owned(), rule, area, floor: None, ceiling, active_s }
}

fn the_finding(airspace: &Airspace<'_>, missions: &[Mission]) -> Finding {
    let mut findings = check(airspace, missions).unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

fn changes(airspace: &Airspace<'_>, missions: &[Mission]) -> Vec<Change> {
    nearest_changes(airspace, missions, &the_finding(airspace, missions))
}

#[test]
fn too_low_is_mended_by_climbing_what_is_missing() {
    let missions = [east(28.0)];
    assert_eq!(changes(&airspace(), &missions), [Change::Raise { legs: [0, 1], by_m: 12.0 }]);
    let missions = [east(140.0)];
    assert_eq!(changes(&airspace(), &missions), [Change::Raise { legs: [0, 1], by_m: -10.0 }]);
}

#[test]
fn a_zone_is_left_over_it_beside_it_or_after_it_by_the_shortest_way() {
    // Only the second leg meets it; it reaches 30 m to the north of the way and 970 m to the south.
    let low = zone(ZoneRule::Closed, square(200.0, -970.0, 1_000.0), Some(80.0), Some(vec![[0.0, 900.0]]));
    let missions = [east(75.0)];
    let space = Airspace { zones: vec![low], ..airspace() };
    let found = changes(&space, &missions);
    let Change::Raise { legs: [1, 1], by_m } = found[0] else { panic!("{found:?}") };
    assert!((5.0..=6.0).contains(&by_m), "{by_m}");
    let Change::Move { legs: [1, 1], by_m, towards } = found[1] else { panic!("{found:?}") };
    assert!((30.0..=45.0).contains(&by_m) && !(0.5..=5.8).contains(&towards), "{by_m} {towards}");
    let Change::Delay { by_s } = found[2] else { panic!("{found:?}") };
    assert!((780.0..=900.0).contains(&by_s), "{by_s}");
}

#[test]
fn a_change_breaks_no_other_rule() {
    // Above the zone the flight would be too high; below it too low; to the north is the fence.
    let tall = zone(ZoneRule::Prohibited, square(200.0, -970.0, 1_000.0), None, None);
    let space = Airspace { zones: vec![tall], fences: vec![square(-2_000.0, -3_990.0, 4_000.0)], ..airspace() };
    let missions = [east(75.0)];
    let found = changes(&space, &missions);
    for change in &found {
        let Change::Move { by_m, towards, .. } = change else { panic!("{found:?}") };
        assert!(*by_m > 700.0 && (1.0..5.5).contains(towards), "{by_m} {towards}: not to the north");
    }
}

#[test]
fn darkness_wants_waiting_and_an_empty_battery_a_shorter_flight() {
    let dark = Airspace { light_s: Some(vec![[3_600.0, 9_000.0]]), ..airspace() };
    let finding = the_finding(&dark, &[east(60.0)]);
    assert_eq!((finding.rule.clone(), finding.by), (Rule::Dark, 3_600.0));
    let Change::Delay { by_s } = nearest_changes(&dark, &[east(60.0)], &finding)[0] else { panic!() };
    assert!((3_600.0..=3_660.0).contains(&by_s));
    // 200 s at 200 W are 11.1 Wh; 7.5 may be used.
    let weak = Mission { battery_wh: 10.0, ..east(60.0) };
    let Change::Shorten { by_s } = changes(&airspace(), &[weak])[0] else { panic!() };
    assert!((by_s - 65.0).abs() < 0.1, "{by_s}");
}

#[test]
fn its_own_fence_keeps_it_in_and_out() {
    let keep_out =
        Airspace { zones: vec![zone(ZoneRule::KeptOut, square(-50.0, -50.0, 100.0), None, None)], ..airspace() };
    assert_eq!(the_finding(&keep_out, &[east(60.0)]).rule, Rule::KeptOut(0));
    let round = Airspace { fences: vec![Area::Circle { centre_m: [0.0, 0.0], radius_m: 990.0 }], ..airspace() };
    let finding = the_finding(&round, &[east(60.0)]);
    assert_eq!((finding.rule, finding.legs), (Rule::Fence, [0, 1]));
    assert!((finding.by - 10.0).abs() < 0.01);
}

#[test]
fn climbing_from_the_ground_is_not_too_low_and_where_the_ground_is_unknown_nothing_is_said_of_it() {
    struct West;
    impl Heights for West {
        fn height_m(&self, place_m: [f64; 2]) -> Option<f64> {
            (place_m[0] < 0.0).then_some(10.0)
        }
    }
    let fix = |at_s: f64, east_m: f64, amsl_m: f64| Fix { at_s, place_m: [east_m, 0.0], amsl_m };
    let fixes =
        vec![fix(0.0, -1_000.0, 10.0), fix(20.0, -1_000.0, 60.0), fix(120.0, 0.0, 60.0), fix(220.0, 1_000.0, 5.0)];
    let mission = Mission { fixes, ground_legs: [0].into(), ..east(0.0) };
    let space = Airspace { ground: Some(Box::new(West)), ..airspace() };
    assert_eq!(check(&space, std::slice::from_ref(&mission)).unwrap(), []);
    let bare = Mission { ground_legs: BTreeSet::new(), ..mission };
    assert_eq!(the_finding(&space, &[bare]).rule, Rule::TooLow);
}

#[test]
fn wind_against_takes_longer_and_too_much_of_it_is_refused() {
    let start = Fix { at_s: 0.0, place_m: [0.0, 0.0], amsl_m: 0.0 };
    let stop = |place_m, amsl_m| Stop { place_m, amsl_m, airspeed_m_s: 10.0, hold_s: 0.0 };
    let air = |wind_m_s| Air { wind_m_s, climb_m_s: 2.0, descent_m_s: 1.0 };
    let last_s = |stops: &[Stop], wind| fly(start, stops, &air(wind)).map(|(fixes, _)| fixes.last().unwrap().at_s);
    let there = [stop([0.0, 600.0], 0.0)];
    assert_eq!(last_s(&there, [0.0, 0.0]), Ok(60.0));
    assert_eq!(last_s(&there, [0.0, -4.0]), Ok(100.0));
    assert_eq!(last_s(&there, [6.0, 0.0]), Ok(75.0));
    assert!(last_s(&there, [0.0, -9.8]).unwrap_err().to_string().contains("stop 0"));
    assert_eq!(last_s(&[stop([0.0, 0.0], 100.0), stop([0.0, 100.0], 80.0)], [0.0, 0.0]), Ok(70.0));
    let (fixes, leads_to) =
        fly(start, &[stop([0.0, 0.0], 0.0), Stop { hold_s: 5.0, ..there[0] }], &air([0.0; 2])).unwrap();
    assert_eq!((fixes.len(), leads_to), (3, vec![1, 1]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the zone: what is told works, and is told of the rule that was broken.
    #[test]
    fn every_change_that_is_told_works(
        west in -900.0..900.0f64, south in -400.0..100.0f64, side in 120.0..500.0f64, ceiling_m in 50.0..200.0f64,
    ) {
        let closed = zone(ZoneRule::Prohibited, square(west, south, side), Some(ceiling_m), None);
        let space = Airspace { zones: vec![closed], ..airspace() };
        let missions = [east(70.0)];
        for finding in check(&space, &missions).unwrap() {
            for change in nearest_changes(&space, &missions, &finding) {
                let mut changed = missions[0].clone();
                let [first, last] = finding.legs;
                for fix in &mut changed.fixes[first..=last + 1] {
                    match change {
                        Change::Raise { by_m, .. } => fix.amsl_m += by_m,
                        Change::Move { by_m, towards, .. } => {
                            fix.place_m[0] += by_m * towards.sin();
                            fix.place_m[1] += by_m * towards.cos();
                        }
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
                prop_assert_eq!(check(&space, &[changed]).unwrap(), vec![]);
            }
        }
    }
}
