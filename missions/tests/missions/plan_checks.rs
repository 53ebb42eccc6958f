//! What the checks of a plan let through and what they refuse, leg by leg.

use missions::plan::Start;
use missions::{Performance, Plan, PlanFault, Site, embedded};
use telemetry::messages::{PlanAltitude, PlanItem, VehicleKind};
use telemetry::{AltitudeAmsl, HeightAboveHome, LatLon};

fn site() -> Site {
    embedded::site("kiel-holtenau").unwrap()
}

fn start() -> Start {
    let position = LatLon::from_degrees(54.3730, 10.1570).unwrap();
    Start { position, altitude: AltitudeAmsl::new(3.0), battery: 1.0 }
}

fn performance(kind: VehicleKind) -> Performance {
    Performance::of(kind).unwrap()
}

fn faults_of(text: &str, kind: VehicleKind, start: &Start) -> Vec<PlanFault> {
    let plan = Plan::read("plan.toml", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
    plan.check(&site(), start, &performance(kind)).err().unwrap_or_default()
}

fn patrol() -> String {
    String::from_utf8(embedded::file("plans/kiel-fjord-north.toml").unwrap().to_vec()).unwrap()
}

/// Edits the shipped patrol and expects one fault.
fn check(from: &str, to: &str, leg: Option<usize>, field: &str, found: &str, allowed: &str, by: Option<&str>) {
    let text = patrol();
    assert!(text.contains(from), "the patrol holds no {from:?}");
    let faults = faults_of(&text.replacen(from, to, 1), VehicleKind::Multirotor, &start());
    let [fault] = faults.as_slice() else { panic!("{} faults: {faults:#?}", faults.len()) };
    assert_eq!((fault.leg, fault.field.as_str()), (leg, field), "{fault}");
    assert!(fault.found.contains(found), "{fault}");
    assert!(fault.allowed.contains(allowed), "{fault}");
    assert_eq!(fault.by.as_deref(), by, "{fault}");
}

#[test]
fn the_patrol_as_shipped_passes_and_travels_as_written() {
    let plan = embedded::plan("kiel-fjord-north").unwrap();
    let checked = plan.check(&site(), &start(), &performance(VehicleKind::Multirotor)).unwrap();
    let message = checked.message();
    assert_eq!(message.items.len(), 9);
    let height = |m: f64| PlanAltitude::Home(HeightAboveHome::new(m));
    assert_eq!(message.items[0], PlanItem::TakeOff { altitude: height(40.0) });
    assert!(
        matches!(message.items[2], PlanItem::Waypoint { altitude, speed_m_s: None, .. } if altitude == height(60.0))
    );
    assert_eq!(message.items[6], PlanItem::Repeat { from: 2, times: Some(3) }, "legs count from 0 on the wire");
    assert_eq!(message.items[8], PlanItem::ReturnHome);
    assert_eq!(
        (message.geofence.floor, message.geofence.ceiling),
        (HeightAboveHome::new(15.0), HeightAboveHome::new(120.0))
    );
    assert_eq!(checked.start(), &start());
}

#[test]
fn a_height_above_flat_ground_travels_as_an_altitude() {
    let text = patrol().replace("altitude = { home_m = 60 }", "altitude = { agl_m = 60 }");
    let mut site = site();
    site.ground = AltitudeAmsl::new(2.0);
    let plan = Plan::read("plan.toml", text.as_bytes()).unwrap();
    let checked = plan.check(&site, &start(), &performance(VehicleKind::Multirotor)).unwrap();
    let amsl = PlanAltitude::Amsl(AltitudeAmsl::new(62.0));
    assert!(matches!(checked.message().items[2], PlanItem::Waypoint { altitude, .. } if altitude == amsl));
}

#[test]
fn a_place_outside_the_fence_is_refused_with_the_distance() {
    let to = "at = [10.1800, 54.3780]";
    let text = patrol().replacen("at = [10.1800, 54.3715]", to, 1);
    let faults = faults_of(&text, VehicleKind::Multirotor, &start());
    assert_eq!(faults[0].leg, Some(4));
    assert_eq!(faults[0].field, "legs[3].waypoint");
    assert_eq!(faults[0].line, 13);
    // 0.0018° of latitude.
    assert_eq!(faults[0].by.as_deref(), Some("200 m"));
}

#[test]
fn a_circle_that_leaves_the_fence_is_refused() {
    let waypoint = "{ waypoint = { at = [10.1800, 54.3715] } }";
    let orbit = "{ orbit = { centre = [10.1800, 54.3740], radius_m = 300, turns = 0.1 } }";
    check(waypoint, orbit, Some(4), "legs[3].orbit", "a circle that leaves the fence", "inside", Some("55 m"));
}

#[test]
fn a_way_that_cuts_a_corner_of_the_fence_is_refused() {
    // A fence with a notch from the south, between the two waypoints.
    let ring = "[10.1920, 54.3762], [10.1880, 54.3600]";
    let notched = "[10.1920, 54.3762], [10.1880, 54.3600], [10.1730, 54.3600], [10.1700, 54.3735], [10.1680, 54.3600]";
    let text = patrol().replacen(ring, notched, 1);
    let faults = faults_of(&text, VehicleKind::Multirotor, &start());
    assert!(
        faults.iter().any(|fault| fault.leg == Some(4) && fault.found == "a way that leaves the fence"),
        "{faults:#?}"
    );
    // The jump back to leg 3 is a way too.
    let faults_of_repeat: Vec<_> = faults.iter().filter(|fault| fault.field == "legs[6].repeat").collect();
    assert!(faults_of_repeat.is_empty(), "{faults:#?}");
}

#[test]
fn an_altitude_outside_the_band_is_refused_with_the_difference() {
    let to = "at = [10.1800, 54.3715], altitude = { amsl_m = 150 }";
    let allowed = "15.0 to 120.0 m above home";
    check("at = [10.1800, 54.3715]", to, Some(4), "legs[3].waypoint.altitude", "147.0 m", allowed, Some("27.0 m"));
    let to = "take_off = { altitude = { home_m = 5 } }";
    check(
        "take_off = { altitude = { home_m = 40 } }",
        to,
        Some(1),
        "legs[0].take_off.altitude",
        "5.0 m",
        allowed,
        Some("10.0 m"),
    );
}

#[test]
fn a_fence_that_crosses_itself_or_leaves_home_out_is_refused() {
    let ring = "[[10.1500, 54.3745], [10.1600, 54.3762], [10.1920, 54.3762], [10.1880, 54.3600], [10.1495, 54.3620]]";
    let bow = "[[10.1500, 54.3745], [10.1920, 54.3762], [10.1495, 54.3620], [10.1880, 54.3600]]";
    let faults = faults_of(&patrol().replacen(ring, bow, 1), VehicleKind::Multirotor, &start());
    assert!(
        faults.iter().any(|fault| fault.field == "fence.ring" && fault.found.contains("corners 2 and 4")),
        "{faults:#?}"
    );
    let away = Start { position: LatLon::from_degrees(54.3770, 10.1570).unwrap(), ..start() };
    let faults = faults_of(&patrol(), VehicleKind::Multirotor, &away);
    assert!(faults.iter().any(|fault| fault.found == "home outside the fence" && fault.by.is_some()), "{faults:#?}");
}

#[test]
fn a_fence_whose_ceiling_is_under_its_floor_or_above_the_vehicle_is_refused() {
    let faults = faults_of(
        &patrol().replacen("ceiling = { home_m = 120 }", "ceiling = { home_m = 10 }", 1),
        VehicleKind::Multirotor,
        &start(),
    );
    assert!(
        faults.iter().any(|fault| fault.field == "fence.ceiling" && fault.by.as_deref() == Some("5.0 m")),
        "{faults:#?}"
    );
    check(
        "ceiling = { home_m = 120 }",
        "ceiling = { home_m = 900 }",
        None,
        "fence.ceiling",
        "900.0 m",
        "500 m",
        Some("400.0 m"),
    );
}

#[test]
fn a_way_through_a_restricted_zone_is_refused_and_one_above_it_is_not() {
    let text = std::str::from_utf8(embedded::file("plans/kiel-harbour-watch.toml").unwrap()).unwrap();
    let start = Start { position: LatLon::from_degrees(54.3634, 10.1500).unwrap(), ..start() };
    assert_eq!(faults_of(text, VehicleKind::Multirotor, &start), []);
    let through = text.replacen("at = [10.1560, 54.3625]", "at = [10.1490, 54.3570]", 1);
    let faults = faults_of(&through, VehicleKind::Multirotor, &start);
    assert!(faults.iter().all(|fault| fault.found == "a way through Naval harbour Wik"), "{faults:#?}");
    let legs: Vec<_> = faults.iter().map(|fault| fault.leg.unwrap()).collect();
    assert_eq!(legs, [4, 5, 8], "there, away, and back there by the repeat");
    let above = through
        .replacen("altitude = { amsl_m = 55 }", "altitude = { amsl_m = 350 }", 1)
        .replacen("{ altitude = { home_m = 40 } }", "{ altitude = { home_m = 340 } }", 1)
        .replacen("ceiling = { home_m = 120 }", "ceiling = { home_m = 400 }", 1);
    assert_eq!(faults_of(&above, VehicleKind::Multirotor, &start), []);
}

#[test]
fn a_way_across_the_border_is_refused() {
    let site = embedded::site("border-strip").unwrap();
    let start =
        Start { position: LatLon::from_degrees(54.9600, 25.9700).unwrap(), altitude: site.ground, battery: 1.0 };
    let text = std::str::from_utf8(embedded::file("plans/border-west.toml").unwrap()).unwrap();
    let south = text.replacen("at = [25.9450, 54.9530]", "at = [25.9450, 54.9400]", 1).replacen(
        "[25.9100, 54.9500], [25.9600, 54.9470]",
        "[25.9100, 54.9300], [25.9600, 54.9300]",
        1,
    );
    let plan = Plan::read("plan.toml", south.as_bytes()).unwrap();
    let faults = plan.check(&site, &start, &performance(VehicleKind::Multirotor)).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.leg.unwrap()).collect::<Vec<_>>(), [4, 5], "{faults:#?}");
    assert!(faults[0].allowed.contains("our side of the border border"), "{faults:#?}");
}

#[test]
fn a_speed_beyond_the_kind_is_refused() {
    check("cruise_m_s = 12", "cruise_m_s = 25", None, "cruise_m_s", "25 m/s", "0 to 20 m/s", Some("5.0 m/s"));
    let to = "at = [10.1800, 54.3715], speed_m_s = 21";
    check("at = [10.1800, 54.3715]", to, Some(4), "legs[3].waypoint.speed_m_s", "21 m/s", "0 to 20", Some("1.0 m/s"));
}

#[test]
fn a_plan_for_another_kind_is_refused() {
    let faults = faults_of(&patrol(), VehicleKind::FixedWing, &start());
    assert!(
        faults.iter().any(|fault| fault.field == "vehicle" && fault.found == "a plan for a multirotor"),
        "{faults:#?}"
    );
    // It stalls at the multirotor's speed.
    assert!(
        faults.iter().any(|fault| fault.field == "cruise_m_s" && fault.by.as_deref() == Some("2.0 m/s")),
        "{faults:#?}"
    );
}

#[test]
fn the_order_of_the_legs_is_checked() {
    let off = "{ take_off = { altitude = { home_m = 40 } } },";
    check(off, "", Some(1), "legs[0].take_off", "without a take-off", "first leg", None);
    check(
        "{ camera = \"off\" }",
        off.trim_end_matches(','),
        Some(8),
        "legs[7].take_off",
        "under way",
        "first leg only",
        None,
    );
    check("  \"return_home\",\n", "", Some(8), "legs[7]", "ends in the open", "return_home", None);
    check(
        "{ camera = \"off\" }",
        "\"return_home\"",
        Some(8),
        "legs[7].return_home",
        "nothing can follow",
        "last",
        None,
    );
    check(
        "{ from = 3, times = 3 }",
        "{ from = 1, times = 3 }",
        Some(7),
        "legs[6].repeat.from",
        "take-off",
        "after",
        None,
    );
    let nested = "{ repeat = { from = 3, times = 1 } },\n  { repeat = { from = 3, times = 1 } }";
    check(
        "{ repeat = { from = 3, times = 3 } }",
        nested,
        Some(8),
        "legs[7].repeat.from",
        "holds another",
        "without",
        None,
    );
    let nowhere = "{ camera = \"on\" },\n  { repeat = { from = 8, times = 1 } }";
    check("{ camera = \"off\" }", nowhere, Some(9), "legs[8].repeat.from", "nowhere", "waypoint", None);
}

#[test]
fn a_repeat_may_only_go_back() {
    for from in ["0", "7", "8", "-1", "70000"] {
        let text = patrol().replacen("{ from = 3, times = 3 }", &format!("{{ from = {from}, times = 3 }}"), 1);
        let error = Plan::read("plan.toml", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("legs[6].repeat.from: found") && error.contains("1 to 6"), "{error}");
    }
}

#[test]
fn a_boat_neither_takes_off_nor_lands() {
    let text = std::str::from_utf8(embedded::file("plans/kiel-boat-rounds.toml").unwrap()).unwrap();
    let start = Start {
        position: LatLon::from_degrees(54.3726, 10.1612).unwrap(),
        altitude: AltitudeAmsl::new(0.0),
        battery: 1.0,
    };
    assert_eq!(faults_of(text, VehicleKind::Boat, &start), []);
    let off = text.replacen("legs = [", "legs = [\n  { take_off = {} },", 1);
    let faults = faults_of(&off, VehicleKind::Boat, &start);
    assert!(
        faults.iter().any(|fault| fault.field == "legs[0].take_off" && fault.allowed.contains("a boat")),
        "{faults:#?}"
    );
    let lands = text.replacen("\"return_home\"", "{ land = { at = [10.1612, 54.3726] } }", 1);
    assert!(faults_of(&lands, VehicleKind::Boat, &start)[0].allowed.contains("a boat does not land"));
}

#[test]
fn a_flight_longer_than_the_battery_is_refused_with_the_minutes() {
    let text = patrol().replacen("times = 3", "times = 9", 1);
    let faults = faults_of(&text, VehicleKind::Multirotor, &start());
    let [fault] = faults.as_slice() else { panic!("{faults:#?}") };
    assert_eq!((fault.leg, fault.field.as_str()), (None, "legs"));
    assert!(fault.allowed.starts_with("24.0 min: 100 % in the battery less 20 % reserve"), "{fault}");
    let half_empty = Start { battery: 0.5, ..start() };
    assert_eq!(faults_of(&patrol(), VehicleKind::Multirotor, &half_empty).len(), 1);
}

#[test]
fn the_estimate_adds_up() {
    // East and back along a parallel: 10.157° to 10.167° E at 54.373° N is 650.3 m (WGS-84).
    let legs = "legs = [
  { take_off = { altitude = { home_m = 60 } } },
  { waypoint = { at = [10.1670, 54.3730] } },
  { loiter = { at = [10.1670, 54.3730], for_s = 30 } },
  { waypoint = { at = [10.1570, 54.3730] } },
  { repeat = { from = 2, times = 2 } },
  \"return_home\",
]";
    let text = patrol();
    let (before, rest) = text.split_once("legs = [").unwrap();
    let (_, after) = rest.split_once("\n]\n").unwrap();
    let plan = Plan::read("plan.toml", format!("{before}{legs}\n{after}").as_bytes()).unwrap();
    let checked = plan.check(&site(), &start(), &performance(VehicleKind::Multirotor)).unwrap();
    let estimate = checked.estimate();
    assert!((estimate.distance_m - 6.0 * 650.3).abs() < 3.0, "{estimate:?}");
    // 60 m up at 4 m/s, the way at 12 m/s, three stays, 60 m down at 3 m/s.
    assert!((estimate.duration_s - (15.0 + 6.0 * 650.3 / 12.0 + 90.0 + 20.0)).abs() < 1.0, "{estimate:?}");
    assert!((estimate.battery - estimate.duration_s / 1800.0).abs() < 1e-9);
    assert!(!estimate.endless);
}

#[test]
fn a_plan_that_goes_round_without_end_passes_when_one_round_and_the_way_home_fit() {
    let text = patrol().replacen(
        "{ repeat = { from = 3, times = 3 } },\n  { camera = \"off\" },\n  \"return_home\",",
        "{ repeat = { from = 3 } },",
        1,
    );
    let plan = Plan::read("plan.toml", text.as_bytes()).unwrap();
    let checked = plan.check(&site(), &start(), &performance(VehicleKind::Multirotor)).unwrap();
    assert!(checked.estimate().endless);
    assert_eq!(checked.message().items.last(), Some(&PlanItem::Repeat { from: 2, times: None }));
}

#[test]
fn a_rally_point_outside_the_fence_is_refused() {
    check(
        "at = [10.1505, 54.3633]",
        "at = [10.1480, 54.3633]",
        None,
        "rally[0].at",
        "outside the fence",
        "inside",
        Some("101 m"),
    );
    let to = "at = [10.1505, 54.3633]\naltitude = { home_m = 5 }";
    check("at = [10.1505, 54.3633]", to, None, "rally[0].altitude", "5.0 m", "15.0 to 120.0", None);
}

#[test]
fn a_fixed_wing_may_not_circle_tighter_than_it_can_turn() {
    let text = std::str::from_utf8(embedded::file("plans/kiel-fjord-high.toml").unwrap()).unwrap();
    let start = Start {
        position: LatLon::from_degrees(54.3761, 10.1470).unwrap(),
        altitude: AltitudeAmsl::new(27.0),
        battery: 1.0,
    };
    assert_eq!(faults_of(text, VehicleKind::FixedWing, &start), []);
    let tight = text.replacen("radius_m = 200", "radius_m = 40", 1);
    let faults = faults_of(&tight, VehicleKind::FixedWing, &start);
    assert_eq!(faults[0].field, "legs[7].orbit.radius_m");
    assert_eq!(faults[0].by.as_deref(), Some("20 m"));
}

#[test]
fn faults_come_in_the_order_of_the_legs_and_read_as_one_line() {
    let text = patrol()
        .replacen("cruise_m_s = 12", "cruise_m_s = 25", 1)
        .replacen("at = [10.1750, 54.3660]", "at = [10.1750, 54.3660], speed_m_s = 30", 1)
        .replacen("take_off = { altitude = { home_m = 40 } }", "take_off = { altitude = { home_m = 4 } }", 1);
    let faults = faults_of(&text, VehicleKind::Multirotor, &start());
    assert_eq!(faults.iter().map(|fault| fault.leg).collect::<Vec<_>>(), [Some(1), Some(5), None]);
    assert_eq!(
        faults[0].to_string(),
        "leg 1, line 10, legs[0].take_off.altitude: found 4.0 m above home; allowed: 15.0 to 120.0 m above home (off by 11.0 m)"
    );
}

/// A dive off the quay of Holtenau at this depth, within a fence of these depths.
fn dive(leg: &str, floor: &str) -> String {
    format!(
        r#"
id = "dive"
title = "Dive"
vehicle = "rov"
cruise_m_s = 0.5
battery_reserve = 0.2
legs = [
  {{ {leg} }},
  "return_home",
]
[fence]
ring = [[10.1550, 54.3720], [10.1590, 54.3720], [10.1590, 54.3740], [10.1550, 54.3740]]
floor = {floor}
ceiling = {{ depth_m = 0 }}
[lost_link]
after_s = 20
action = "continue"
"#
    )
}

fn quay() -> Start {
    Start { altitude: AltitudeAmsl::new(0.0), ..start() }
}

#[test]
fn a_dive_travels_below_home_and_its_way_down_and_up_takes_time() {
    let at = "at = [10.1570, 54.3730]";
    let text = dive(&format!("loiter = {{ {at}, altitude = {{ depth_m = 12 }}, for_s = 60 }}"), "{ depth_m = 15 }");
    let plan = Plan::read("dive.toml", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
    let checked =
        plan.check(&site(), &quay(), &performance(VehicleKind::Rov)).unwrap_or_else(|faults| panic!("{faults:?}"));
    let below = PlanAltitude::Home(HeightAboveHome::new(-12.0));
    assert!(matches!(checked.message().items[0], PlanItem::Loiter { altitude, .. } if altitude == below));
    assert_eq!(checked.message().geofence.floor, HeightAboveHome::new(-15.0));
    // Straight down where it starts, at 0.5 m/s: 24 s, a minute there, 24 s up.
    assert!((checked.estimate().duration_s - 108.0).abs() < 0.1, "{:?}", checked.estimate());
    // An altitude above mean sea level goes out as what ArduSub takes.
    let text = text.replace("{ depth_m = 12 }", "{ amsl_m = -12 }");
    let plan = Plan::read("dive.toml", text.as_bytes()).unwrap();
    let checked = plan.check(&site(), &quay(), &performance(VehicleKind::Rov)).unwrap();
    assert!(matches!(checked.message().items[0], PlanItem::Loiter { altitude, .. } if altitude == below));
}

#[test]
fn a_depth_that_cannot_be_is_refused_with_what_can() {
    let waypoint = |altitude: &str| {
        dive(&format!("waypoint = {{ at = [10.1571, 54.3731], altitude = {altitude} }}"), "{ depth_m = 200 }")
    };
    for (altitude, found, allowed) in [
        ("{ depth_m = 130 }", "a depth of 130.0 m", "a depth of 0 to 100 m for an underwater vehicle"),
        ("{ home_m = 2 }", "2.0 m above the surface", "a depth of 0 to 100 m"),
    ] {
        let faults = faults_of(&waypoint(altitude), VehicleKind::Rov, &quay());
        let told = faults.iter().find(|fault| fault.found == found).unwrap_or_else(|| panic!("{faults:#?}"));
        assert_eq!((told.leg, told.field.as_str()), (Some(1), "legs[0].waypoint.altitude"));
        assert!(told.allowed.contains(allowed), "{told}");
    }
    let told = Plan::read("dive.toml", waypoint("{ depth_m = -3 }").as_bytes()).unwrap_err().to_string();
    assert!(told.contains("found { depth_m = -3 }") && told.contains("0 to 500 m"), "{told}");
    let flies = patrol().replacen("altitude = { home_m = 40 }", "altitude = { depth_m = 40 }", 1);
    let faults = faults_of(&flies, VehicleKind::Multirotor, &start());
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(told[0].contains("found a depth of 40 m; allowed: a height: a multirotor does not dive"), "{told:?}");
}
