//! The last check before anything flies: each rule by itself, and pairs of missions against a slow look.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::collections::BTreeSet;

use geo::{Coord, LineString, Polygon};
use planning::preflight::{
    Airspace, Area, Datum, Finding, Fix, Ground, Limit, Mission, Rule, Rules, Zone, ZoneRule, check,
};
use proptest::prelude::*;

fn square(half_m: f64) -> Polygon {
    let corners = [[-half_m, -half_m], [half_m, -half_m], [half_m, half_m], [-half_m, half_m]];
    Polygon::new(corners.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect::<LineString>(), Vec::new())
}

/// Level ground at 10 m, a fence of 4 km a side, and nothing in it.
fn airspace() -> Airspace<'static> {
    Airspace {
        fences: vec![Area::Polygon(square(2000.0))],
        ground: Some(Box::new(Ground::new(3000.0, 2, vec![10.0; 4]).unwrap())),
        light_s: None,
        zones: Vec::new(),
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

fn zone(rule: ZoneRule) -> Zone {
    Zone {
        id: "ZZ1".to_owned(),
        rule,
        area: Area::Circle { centre_m: [500.0, 0.0], radius_m: 200.0 },
        floor: None,
        ceiling: Some(Limit { metres: 150.0, datum: Datum::Amsl }),
        active_s: None,
    }
}

/// Straight lines through these places at 10 m/s, 90 m above the sea.
fn mission(places_m: &[[f64; 2]]) -> Mission {
    let mut fixes: Vec<Fix> = Vec::new();
    for place_m in places_m {
        let at_s = fixes
            .last()
            .map_or(0.0, |last| last.at_s + (place_m[0] - last.place_m[0]).hypot(place_m[1] - last.place_m[1]) / 10.0);
        fixes.push(Fix { at_s, place_m: *place_m, amsl_m: 90.0 });
    }
    Mission {
        fixes,
        power_w: 200.0,
        battery_wh: 100.0,
        reserve: 0.25,
        authorised: BTreeSet::new(),
        ground_legs: BTreeSet::new(),
        passing_legs: BTreeSet::new(),
    }
}

/// From the west to the east through the middle.
fn across() -> Mission {
    mission(&[[-1000.0, 0.0], [0.0, 0.0], [1000.0, 0.0]])
}

fn rules_broken(airspace: &Airspace<'_>, missions: &[Mission]) -> Vec<(usize, Rule)> {
    check(airspace, missions).unwrap().into_iter().map(|finding| (finding.mission, finding.rule)).collect()
}

fn only(airspace: &Airspace<'_>, missions: &[Mission]) -> Finding {
    let mut findings = check(airspace, missions).unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

#[test]
fn a_mission_that_keeps_to_everything_has_nothing_to_tell() {
    assert_eq!(rules_broken(&airspace(), &[across()]), []);
}

#[test]
fn a_way_out_of_the_fence_is_told_with_leg_time_place_and_how_far() {
    let found = only(&airspace(), &[mission(&[[0.0, 0.0], [1900.0, 0.0], [2070.0, 0.0], [1900.0, 0.0]])]);
    assert_eq!((found.rule, found.leg), (Rule::Fence, 2));
    assert!((found.by - 70.0).abs() < 1.0 && (found.at_s - 207.0).abs() < 0.3, "{} m at {} s", found.by, found.at_s);
    assert!((found.place_m[0] - 2070.0).abs() < 2.0);
}

#[test]
fn heights_count_from_the_ground_below() {
    let hill = Ground::new(3000.0, 3, vec![10.0, 10.0, 10.0, 10.0, 75.0, 10.0, 10.0, 10.0, 10.0]).unwrap();
    let found = only(&Airspace { ground: Some(Box::new(hill)), ..airspace() }, &[across()]);
    assert_eq!(found.rule, Rule::TooLow);
    assert!((found.by - 15.0).abs() < 0.1 && found.place_m[0].abs() < 3.0, "{found:?}");
    let high = Mission { fixes: across().fixes.iter().map(|fix| Fix { amsl_m: 140.0, ..*fix }).collect(), ..across() };
    assert_eq!(only(&airspace(), &[high]).rule, Rule::TooHigh);
    assert_eq!(rules_broken(&Airspace { ground: None, ..airspace() }, &[across()]), []);
}

#[test]
fn who_is_low_is_slow() {
    let fixes = across().fixes.iter().map(|fix| Fix { at_s: fix.at_s / 2.0, amsl_m: 60.0, ..*fix }).collect();
    let found = only(&airspace(), &[Mission { fixes, ..across() }]);
    assert_eq!(found.rule, Rule::SpeedLayer);
    assert!((found.by - 10.0).abs() < 1e-6);
}

#[test]
fn a_battery_must_bring_it_home_with_its_reserve() {
    // 200 s at 1,500 W are 83.3 Wh, and 75 may be used.
    let found = only(&airspace(), &[Mission { power_w: 1500.0, ..across() }]);
    assert_eq!(found.rule, Rule::Battery);
    assert!((found.by - (1500.0 * 200.0 / 3600.0 - 75.0)).abs() < 1e-9);
}

#[test]
fn a_zone_is_for_those_it_lets_in_at_its_time_and_between_its_heights() {
    let told = |zone: Zone, authorised: &[&str]| {
        let mission = Mission { authorised: authorised.iter().map(ToString::to_string).collect(), ..across() };
        rules_broken(&Airspace { zones: vec![zone], ..airspace() }, &[mission])
            .into_iter()
            .map(|(_, rule)| rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(told(zone(ZoneRule::Prohibited), &["ZZ1"]), [Rule::Prohibited(0)]);
    assert_eq!(told(zone(ZoneRule::NeedsAuthorisation), &["ZZ2"]), [Rule::Unauthorised(0)]);
    assert_eq!(told(zone(ZoneRule::NeedsAuthorisation), &["ZZ1"]), []);
    assert_eq!(told(zone(ZoneRule::Closed), &[]), [Rule::Closed(0)]);
    // It is in there from 130 s to 170 s.
    let at = |from_s: f64, to_s: f64| Zone { active_s: Some(vec![[from_s, to_s]]), ..zone(ZoneRule::Closed) };
    assert_eq!(told(at(0.0, 125.0), &[]), []);
    assert_eq!(told(at(160.0, 500.0), &[]), [Rule::Closed(0)]);
    let limits = |floor: Option<Limit>, ceiling: Option<Limit>| Zone { floor, ceiling, ..zone(ZoneRule::Closed) };
    let limit = |metres: f64, datum: Datum| Some(Limit { metres, datum });
    assert_eq!(told(limits(limit(85.0, Datum::Agl), None), &[]), []);
    assert_eq!(told(limits(limit(85.0, Datum::Amsl), None), &[]), [Rule::Closed(0)]);
    assert_eq!(told(limits(None, limit(85.0, Datum::Amsl)), &[]), []);
    assert_eq!(told(limits(None, limit(85.0, Datum::Agl)), &[]), [Rule::Closed(0)]);
}

#[test]
fn a_hole_in_a_zone_is_not_the_zone() {
    let outer = square(300.0).exterior().clone();
    let with_hole = Zone {
        area: Area::Polygon(Polygon::new(outer.clone(), vec![square(250.0).exterior().clone()])),
        ..zone(ZoneRule::Prohibited)
    };
    let within = mission(&[[-200.0, 0.0], [200.0, 0.0]]);
    let told = |zone: Zone| rules_broken(&Airspace { zones: vec![zone], ..airspace() }, std::slice::from_ref(&within));
    assert_eq!(told(with_hole), []);
    let without = Zone { area: Area::Polygon(Polygon::new(outer, Vec::new())), ..zone(ZoneRule::Prohibited) };
    assert_eq!(told(without), [(0, Rule::Prohibited(0))]);
}

#[test]
fn missions_that_cross_at_one_time_are_too_close_and_at_another_or_higher_not() {
    let north = mission(&[[0.0, -1000.0], [0.0, 1000.0]]);
    let found = only(&airspace(), &[across(), north.clone()]);
    assert_eq!((found.mission, found.rule), (0, Rule::Separation(1)));
    assert!((found.at_s - 100.0).abs() < 1e-6, "they meet in the middle: {}", found.at_s);
    let later = |by_s: f64| Mission {
        fixes: north.fixes.iter().map(|fix| Fix { at_s: fix.at_s + by_s, ..*fix }).collect(),
        ..north.clone()
    };
    assert_eq!(rules_broken(&airspace(), &[across(), later(20.0)]), []);
    let higher =
        Mission { fixes: north.fixes.iter().map(|fix| Fix { amsl_m: 106.0, ..*fix }).collect(), ..north.clone() };
    assert_eq!(rules_broken(&airspace(), &[across(), higher]), []);
}

#[test]
fn what_cannot_be_flown_is_refused_with_its_place() {
    let broken = |change: fn(&mut Mission)| {
        let mut mission = across();
        change(&mut mission);
        check(&airspace(), &[across(), mission]).unwrap_err().to_string()
    };
    assert_eq!(broken(|mission| mission.fixes.truncate(1)), "mission 1: 1 fixes, allowed are 2 and more");
    assert!(broken(|mission| mission.fixes[2].at_s = 50.0).contains("fix 2: it is not later"));
    assert!(broken(|mission| mission.fixes[1].at_s = f64::NAN).contains("fix 1: it is not later"));
    assert!(broken(|mission| mission.fixes[0].place_m[1] = f64::INFINITY).contains("fix 0: a number in it is none"));
    assert!(broken(|mission| mission.reserve = f64::NAN).contains("reserve NaN"));
    assert!(broken(|mission| mission.fixes[2].at_s = 1e12).contains("lasts 1000000000000 s"));
}

prop_compose! {
    fn any_mission()(
        legs in proptest::collection::vec((1.0..200.0_f64, -300.0..300.0_f64, -300.0..300.0_f64, 40.0..120.0_f64), 2..6),
        begins_s in 0.0..300.0_f64,
    ) -> Mission {
        let mut at_s = begins_s;
        let fixes = legs.into_iter().map(|(after_s, x, y, amsl_m)| {
            at_s += after_s;
            Fix { at_s, place_m: [x, y], amsl_m }
        });
        Mission { fixes: fixes.collect(), power_w: 0.0, battery_wh: 1.0, reserve: 0.0, authorised: BTreeSet::new(), ground_legs: BTreeSet::new(), passing_legs: BTreeSet::new() }
    }
}

fn place(mission: &Mission, at_s: f64) -> [f64; 3] {
    let next = mission.fixes.iter().position(|fix| fix.at_s >= at_s).unwrap_or(mission.fixes.len() - 1).max(1);
    let (from, to) = (&mission.fixes[next - 1], &mission.fixes[next]);
    let share = (at_s - from.at_s) / (to.at_s - from.at_s);
    let mix = |a: f64, b: f64| a + share * (b - a);
    [mix(from.place_m[0], to.place_m[0]), mix(from.place_m[1], to.place_m[1]), mix(from.amsl_m, to.amsl_m)]
}

proptest! {
    #[test]
    fn two_missions_are_as_close_as_a_slow_look_finds(a in any_mission(), b in any_mission()) {
        let begins_s = a.fixes[0].at_s.max(b.fixes[0].at_s);
        let ends_s = a.fixes.last().unwrap().at_s.min(b.fixes.last().unwrap().at_s);
        let mut worst = f64::NEG_INFINITY;
        let looks = 20_000;
        for look in 0..=looks {
            if ends_s <= begins_s {
                break;
            }
            let at_s = begins_s + (ends_s - begins_s) * f64::from(look) / f64::from(looks);
            let (one, other) = (place(&a, at_s), place(&b, at_s));
            let level_m = 50.0 - (one[0] - other[0]).hypot(one[1] - other[1]);
            worst = worst.max(level_m.min(2.0 * (15.0 - (one[2] - other[2]).abs())));
        }
        let told = check(&Airspace { ground: None, ..airspace() }, &[a, b]).unwrap();
        let by = told.iter().find(|finding| finding.rule == Rule::Separation(1)).map(|finding| finding.by);
        match by {
            // A leg of a second may be flown at 600 m/s, so a look every 50 ms is 30 m off at worst.
            Some(by) => prop_assert!(by >= worst - 1e-6 && by > 0.0, "{by} m, and {worst} m was seen"),
            None => prop_assert!(worst <= 1e-6, "{worst} m was seen"),
        }
    }
}
