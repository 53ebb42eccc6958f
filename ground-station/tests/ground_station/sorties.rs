//! The plans of a night's sorties: round the authorities' zones, and made beside the station or by itself.

use std::sync::atomic::AtomicBool;

use ground_station::airspace::Airspace;
use ground_station::desk::{self, Situation};
use ground_station::night::{Night as Scheduled, propose};
use ground_station::preflight::Rule;
use ground_station::station::{Output, Record, Restored};
use missions::zones::{self, UasZone};
use proptest::prelude::*;
use telemetry::messages::{Action, PlanningAct};

use crate::night::{Night, at, moved, opened};
use crate::schedule::{BASE, PLANNED_S, listed, plan_of, request, room_file, way_m};

const ALWAYS: &str = r#"{"permanent":"YES"}"#;
/// The night of the tests is from three to seven.
const BY_DAY: &str = r#"{"permanent":"NO","schedule":[{"day":["ANY"],"startTime":"08:00Z","endTime":"18:00Z"}]}"#;
const BY_NIGHT: &str = r#"{"permanent":"NO","schedule":[{"day":["ANY"],"startTime":"00:00Z","endTime":"08:00Z"}]}"#;

/// A feature of an ED-269 file: corners in metres east and north of the base, up to 100 m above ground.
fn feature(id: &str, [restriction, hours]: [&str; 2], corners: &[[f64; 2]]) -> String {
    let place = |at: &[f64; 2]| {
        let [lon, lat, _] = moved(BASE, at[0], at[1]);
        format!("[{lon},{lat}]")
    };
    let ring: Vec<String> = corners.iter().chain(corners.first()).map(place).collect();
    format!(
        r#"{{"identifier":"{id}","country":"DEU","name":"Test {id}","restriction":"{restriction}","reason":["SENSITIVE"],
          "applicability":[{hours}],
          "geometry":[{{"uomDimensions":"M","lowerLimit":0,"lowerVerticalReference":"AGL","upperLimit":100,
            "upperVerticalReference":"AGL","horizontalProjection":{{"type":"Polygon","coordinates":[[{}]]}}}}]}}"#,
        ring.join(",")
    )
}

fn zones(features: &[String]) -> Vec<UasZone> {
    zones::read("zones.json", format!(r#"{{"features":[{}]}}"#, features.join(",")).as_bytes()).unwrap()
}

fn square(middle: [f64; 2], half_m: f64) -> [[f64; 2]; 4] {
    [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(|corner| [0, 1].map(|n| middle[n] + half_m * corner[n]))
}

/// Half-way from the base to the post.
fn half_way(restriction: &str, hours: &str) -> Vec<UasZone> {
    zones(&[feature("DE1", [restriction, hours], &square([0.0, 500.0], 120.0))])
}

fn room(zones: Vec<UasZone>, authorised: &[&str]) -> Night {
    let mut opened = opened(&room_file());
    opened.config.zones = zones;
    opened.config.limits.authorised_zones = authorised.iter().map(ToString::to_string).collect();
    Night::of(opened, Restored::default(), 0.25)
}

fn situation(zones: Vec<UasZone>, authorised: &[&str]) -> Situation {
    Situation::of(at(1.0), &room(zones, authorised).station)
}

/// The way of a night's first sortie from home to home, metres, or why there is none.
fn first_way(situation: &Situation) -> Result<Vec<[f64; 2]>, String> {
    let night = propose(&request(""), situation).unwrap();
    way_of(&night, 0, situation)
}

fn way_of(night: &Scheduled, number: usize, situation: &Situation) -> Result<Vec<[f64; 2]>, String> {
    let start = situation.vehicles[&night.sorties[number].vehicle].start.unwrap().position;
    let home = vec![situation.airspace.place_m(start)];
    let way = way_m(situation, &plan_of(night, number, situation)?);
    Ok([home.clone(), way, home].concat())
}

/// Whether a way keeps out of a zone of one ring, felt for every two metres.
fn keeps_out(airspace: &Airspace, way: &[[f64; 2]], zone: &UasZone) -> bool {
    let zones::Outline::Polygon(rings) = &zone.volumes[0].outline else { panic!("a zone of corners") };
    let inside = |at_m: [f64; 2]| missions::ring::contains(&rings[0], airspace.lat_lon(at_m));
    way.windows(2).all(|leg| {
        let steps = ((leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1]) / 2.0).ceil().max(1.0) as usize;
        (0..=steps).all(|step| {
            let share = step as f64 / steps as f64;
            !inside([0, 1].map(|n| leg[0][n] + share * (leg[1][n] - leg[0][n])))
        })
    })
}

#[test]
fn a_sortie_leads_round_a_zone_that_it_may_not_enter_and_its_plan_passes_its_check() {
    for (restriction, hours) in
        [("PROHIBITED", ALWAYS), ("PROHIBITED", BY_NIGHT), ("REQ_AUTHORISATION", ALWAYS), ("CONDITIONAL", ALWAYS)]
    {
        let zones = half_way(restriction, hours);
        let mut room = room(zones.clone(), &["DE2"]);
        let situation = Situation::of(at(1.0), &room.station);
        let night = propose(&request(""), &situation).unwrap();
        assert!(night.words.iter().all(|line| !line.contains("gets a plan")), "{:?}", night.words);
        let way = way_of(&night, 0, &situation).unwrap();
        assert!(way.len() > 4 && keeps_out(&situation.airspace, &way, &zones[0]), "{restriction} {hours}: {way:?}");
        room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
        room.pass(PLANNED_S, |_| ());
        assert!(!listed(&room).is_empty());
        for (id, saved) in room.station.plans().saved() {
            let report = &room.station.reports()[&(saved.vehicle.clone(), id.clone())];
            let found = report.findings.iter().find(|one| matches!(one.rule, Rule::Prohibited | Rule::Unauthorised));
            assert_eq!(found, None, "{restriction} {hours}");
        }
    }
}

#[test]
fn a_sortie_goes_straight_where_a_zone_does_not_hold_for_it_at_its_hour_and_height() {
    let check = |zones: Vec<UasZone>, authorised: &[&str], height_m: f64| {
        let situation = situation(zones, authorised);
        let mut wanted = request("");
        wanted.height_m = height_m;
        let night = propose(&wanted, &situation).unwrap();
        assert_eq!(way_of(&night, 0, &situation).unwrap().len(), 3, "home, post, home");
    };
    check(half_way("PROHIBITED", BY_DAY), &[], 70.0);
    check(half_way("REQ_AUTHORISATION", ALWAYS), &["DE1"], 70.0);
    check(half_way("NO_RESTRICTION", ALWAYS), &[], 70.0);
    // Above its ceiling.
    check(half_way("PROHIBITED", ALWAYS), &[], 110.0);
    // Beside the way.
    check(zones(&[feature("DE1", ["PROHIBITED", ALWAYS], &square([400.0, 500.0], 120.0))]), &[], 70.0);
}

#[test]
fn a_post_or_a_home_in_a_zone_and_one_that_is_walled_in_get_a_plan_that_its_check_holds() {
    let wall = [
        [-300.0, 700.0],
        [300.0, 700.0],
        [300.0, 1300.0],
        [-300.0, 1300.0],
        [-300.0, 760.0],
        [-240.0, 760.0],
        [-240.0, 1240.0],
        [240.0, 1240.0],
        [240.0, 760.0],
        [-299.0, 760.0],
    ];
    for (corners, restriction, why) in [
        (square([0.0, 1000.0], 150.0).to_vec(), "PROHIBITED", "where nobody may fly then"),
        (square([0.0, 1000.0], 150.0).to_vec(), "REQ_AUTHORISATION", "which needs an authorisation"),
        (square([0.0, 0.0], 150.0).to_vec(), "PROHIBITED", "where nobody may fly then"),
        (wall.to_vec(), "PROHIBITED", "where nobody may fly then"),
    ] {
        let mut room = room(zones(&[feature("DE1", [restriction, ALWAYS], &corners)]), &[]);
        let situation = Situation::of(at(1.0), &room.station);
        let night = propose(&request(""), &situation).unwrap();
        let says = format!(
            "Not every sortie to North passes its check: there is no way that keeps out of Test DE1 (DE1), {why}."
        );
        assert!(night.words.contains(&says), "{:?}", night.words);
        room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
        room.pass(PLANNED_S, |_| ());
        assert_eq!(room.station.sorties_without_plans().count(), 0);
        assert!(!listed(&room).is_empty(), "a supervisor may let it fly");
        for (id, saved) in room.station.plans().saved() {
            let report = &room.station.reports()[&(saved.vehicle.clone(), id.clone())];
            assert!(report.findings.iter().any(|one| matches!(one.rule, Rule::Prohibited | Rule::Unauthorised)));
        }
    }
}

#[test]
fn a_zone_over_the_post_does_not_lead_into_another_on_the_way() {
    let zones = zones(&[
        feature("DE1", ["REQ_AUTHORISATION", ALWAYS], &square([0.0, 1000.0], 150.0)),
        feature("DE2", ["PROHIBITED", ALWAYS], &square([0.0, 500.0], 120.0)),
    ]);
    let situation = situation(zones.clone(), &[]);
    let night = propose(&request(""), &situation).unwrap();
    let plan = desk::sortie_plans(&night, [0], &situation).next().unwrap().unwrap();
    assert_eq!(plan.enters, ["Test DE1 (DE1), which needs an authorisation"]);
    let way = way_m(&situation, &plan.text);
    assert!(way.len() > 2 && keeps_out(&situation.airspace, &way, &zones[1]), "{way:?}");
}

#[test]
fn a_way_round_one_zone_that_leads_into_the_next_leads_round_that_too() {
    let wide = |id: &str, [west_m, east_m]: [f64; 2], north_m: f64| {
        let [south_m, north_m] = [north_m - 20.0, north_m + 20.0];
        feature(
            id,
            ["PROHIBITED", ALWAYS],
            &[[west_m, south_m], [east_m, south_m], [east_m, north_m], [west_m, north_m]],
        )
    };
    let zones = zones(&[
        wide("DE1", [-900.0, 150.0], 300.0),
        wide("DE2", [-50.0, 900.0], 500.0),
        wide("DE3", [-900.0, 100.0], 700.0),
        // Never in the way.
        wide("DE4", [-900.0, -500.0], 100.0),
    ]);
    let situation = situation(zones.clone(), &[]);
    let way = first_way(&situation).unwrap();
    assert!(zones.iter().all(|zone| keeps_out(&situation.airspace, &way, zone)), "{way:?}");
}

#[test]
fn lanes_over_an_area_leave_a_zone_out_and_lead_round_it() {
    let zones = zones(&[feature("DE1", ["PROHIBITED", ALWAYS], &square([450.0, 1350.0], 120.0))]);
    let situation = situation(zones.clone(), &[]);
    let mut wanted = request("");
    let corner = |[east_m, north_m]: [f64; 2]| {
        let [lon, lat, _] = moved(BASE, east_m, north_m);
        [lon, lat]
    };
    wanted.posts[0].area = [[0.0, 1000.0], [900.0, 1000.0], [900.0, 1700.0], [0.0, 1700.0]].map(corner).to_vec();
    wanted.posts[0].spacing_m = 50.0;
    let night = propose(&wanted, &situation).unwrap();
    assert!(night.words.iter().all(|line| !line.contains("gets a plan")), "{:?}", night.words);
    for number in 0..night.sorties.len().min(6) {
        let way = way_of(&night, number, &situation).unwrap();
        assert!(way.len() > 10 && keeps_out(&situation.airspace, &way, &zones[0]), "{number}: {way:?}");
    }
}

#[test]
fn an_area_search_of_the_desk_leaves_a_zone_out_and_leads_round_it() {
    let check = |zone: Vec<UasZone>, round: bool| {
        let situation = situation(zone.clone(), &[]);
        let corners = [[-300.0, 600.0], [500.0, 600.0], [500.0, 1200.0], [-300.0, 1200.0]].map(|[east_m, north_m]| {
            let [lon, lat, _] = moved(BASE, east_m, north_m);
            format!("[{lon},{lat}]")
        });
        let json = format!(
            r#"{{"kind":"area_search","vehicles":["m1"],"drawn":[{}],"height_m":70,"spacing_m":80,"budget_ms":300}}"#,
            corners.join(",")
        );
        let request = desk::Request::read(json.as_bytes()).unwrap();
        let (_, plans) = desk::answer(&request, &situation, &AtomicBool::new(false)).unwrap();
        let zones = plans[0].report.findings.iter().filter(|found| found.rule == Rule::Prohibited).count();
        let way: Vec<[f64; 2]> = plans[0].way.iter().map(|(at, _)| situation.airspace.place_m(*at)).collect();
        assert_eq!((zones, keeps_out(&situation.airspace, &way, &zone[0])), (0, round));
    };
    let at = |middle: [f64; 2], hours: &str| zones(&[feature("DE1", ["PROHIBITED", hours], &square(middle, 130.0))]);
    // In the area, and on the way to it.
    check(at([100.0, 900.0], ALWAYS), true);
    check(at([0.0, 300.0], ALWAYS), true);
    check(at([100.0, 900.0], BY_DAY), false);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_sorties_way_never_crosses_a_zone(
        stars in proptest::collection::vec(
            ((-500.0..500.0_f64, 50.0..950.0_f64), proptest::collection::vec(20.0..220.0_f64, 3..9)), 1..6,
        ),
    ) {
        let star = |((middle, radii_m), number): (&((f64, f64), Vec<f64>), usize)| {
            let corner = |(n, radius_m): (usize, &f64)| {
                let angle = n as f64 / radii_m.len() as f64 * std::f64::consts::TAU;
                [middle.0 + radius_m * angle.cos(), middle.1 + radius_m * angle.sin()]
            };
            let corners: Vec<[f64; 2]> = radii_m.iter().enumerate().map(corner).collect();
            feature(&format!("DE{number}"), ["PROHIBITED", ALWAYS], &corners)
        };
        let features: Vec<String> = stars.iter().zip(0..).map(star).collect();
        let zones = zones(&features);
        let situation = situation(zones.clone(), &[]);
        match first_way(&situation) {
            Ok(way) => prop_assert!(zones.iter().all(|zone| keeps_out(&situation.airspace, &way, zone)), "{way:?}"),
            // Home or post lies in one, or in a pocket between some; or the way round is longer than the watch.
            Err(why) => prop_assert!(why.contains("Test DE"), "{why}"),
        }
    }
}

/// The plans that are kept in the store, by their texts.
fn stored(room: &mut Night) -> Vec<Record> {
    let outputs = room.take().into_iter();
    outputs.filter_map(|output| if let Output::Store(record) = output { Some(record) } else { None }).collect()
}

#[test]
fn plans_made_beside_the_station_are_those_that_it_makes_itself_and_count_at_the_same_time() {
    let zones = half_way("PROHIBITED", ALWAYS);
    let (mut alone, mut helped) = (room(zones.clone(), &[]), room(zones, &[]));
    let night = propose(&request(""), &Situation::of(at(1.0), &alone.station)).unwrap();
    let mut handed_over = 0;
    for room in [&mut alone, &mut helped] {
        room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
    }
    for second in 0..200 {
        alone.pass(1, |_| ());
        // A shell has them made, and hands them over when it comes to it.
        if let Some(due) = helped.station.sorties_due().filter(|_| second % 7 == 3) {
            helped.station.take_planned(due.planned());
            handed_over += 1;
            assert!(helped.station.sorties_due().is_none(), "nobody waits for them twice");
        }
        helped.pass(1, |_| ());
        assert_eq!(listed(&alone), listed(&helped), "{second} s");
    }
    let (alone, helped) = (stored(&mut alone), stored(&mut helped));
    assert!(handed_over > 0 && alone.len() > 2);
    assert_eq!(alone, helped);
}

#[test]
fn plans_that_nobody_waits_for_any_more_are_dropped() {
    let mut room = room(Vec::new(), &[]);
    let night = propose(&request(""), &Situation::of(at(1.0), &room.station)).unwrap();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
    room.pass(8, |_| ());
    let due = room.station.sorties_due().unwrap();
    room.act(Action::Planning(PlanningAct::EndSchedule));
    room.pass(5, |_| ());
    assert!(room.station.sorties_due().is_none());
    room.station.take_planned(due.planned());
    room.pass(PLANNED_S, |_| ());
    assert_eq!(listed(&room), [] as [String; 0]);
}
