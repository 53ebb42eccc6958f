//! The files shipped with the program: that they are all there, sound, and say what they are said to say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use missions::scenario::{AisSilence, Expectation, Scenario, TimeSpan};
use missions::{Plan, Site, ZoneKind, embedded, ring};
use telemetry::messages::{AlertRule, VehicleKind};
use telemetry::{AltitudeAmsl, Timestamp};

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("files")
}

fn scenario(name: &str) -> Scenario {
    embedded::scenario(name).unwrap_or_else(|errors| panic!("{name}:\n{errors}"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn every_file_in_the_tree_is_in_the_program_and_the_same() {
    let mut folders = vec![files()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(files()).unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".md") {
                continue;
            }
            assert_eq!(embedded::file(&name), Some(std::fs::read(&path).unwrap().as_slice()), "{name}");
        }
    }
}

#[test]
fn every_shipped_site_opens_by_name_and_from_disk() {
    assert_eq!(embedded::names("sites").collect::<Vec<_>>(), ["border-strip", "kiel-holtenau", "oresund"]);
    for name in embedded::names("sites") {
        let shipped = embedded::site(name).unwrap();
        let on_disk = Site::open(&files().join("sites").join(format!("{name}.toml"))).unwrap();
        assert_eq!(shipped.id.as_str(), name);
        assert_eq!((&shipped.zones, shipped.datum), (&on_disk.zones, on_disk.datum));
    }
}

#[test]
fn kiel_has_incidents_and_one_that_is_nowhere_or_at_no_time_is_refused() {
    let site = embedded::site("kiel-holtenau").unwrap();
    let weights: Vec<f64> = site.incidents.iter().map(|incident| incident.weight).collect();
    assert_eq!(weights, [2.0, 3.0, 1.0, 1.0, 1.0]);
    let [west, south, east, north] = site.bounds.degrees();
    let inside = |at: &telemetry::LatLon| {
        (west..=east).contains(&at.longitude_deg()) && (south..=north).contains(&at.latitude_deg())
    };
    assert!(site.incidents.iter().all(|incident| inside(&incident.position)));
    let shipped = |path: &str| (path.to_owned(), embedded::file(path).unwrap().to_vec());
    let (path, text) = shipped("incidents/kiel-holtenau.toml");
    let text = String::from_utf8(text).unwrap();
    let told = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let incidents = (path.clone(), text.replacen(from, to, 1).into_bytes());
        let beside = ["maps/kiel/fairways.toml", "maps/kiel/roads.toml"].map(shipped);
        let files = beside.into_iter().chain([shipped("sites/kiel-holtenau.toml"), incidents]).collect();
        let shelf = missions::file::Shelf::Bundle(files);
        Site::take(&mut missions::file::Library::new(shelf), "sites/kiel-holtenau.toml").unwrap_err().to_string()
    };
    let swapped = told("[10.1612, 54.3722]", "[54.3722, 10.1612]");
    assert!(
        swapped.contains("incidents/kiel-holtenau.toml:5:12: incident") && swapped.contains("swapped"),
        "{swapped}"
    );
    let moment = told("at = \"2026-11-02T01:40:00Z\"", "at = 90");
    assert!(moment.contains("an instant such as"), "{moment}");
}

#[test]
fn every_shipped_plan_reads() {
    for name in embedded::names("plans") {
        let plan = embedded::plan(name).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(plan.id().as_str(), name);
        assert_eq!(Plan::open(&files().join("plans").join(format!("{name}.toml"))).unwrap().id(), plan.id());
    }
}

#[test]
fn every_shipped_scenario_opens_by_name_from_disk_and_from_its_own_bundle() {
    assert!(embedded::names("scenarios").count() >= 6);
    for name in embedded::names("scenarios") {
        let shipped = scenario(name);
        assert_eq!(shipped.name, name);
        let on_disk = Scenario::open(&files().join("scenarios").join(format!("{name}.toml"))).unwrap();
        assert_eq!(on_disk.bundle(), shipped.bundle(), "{name}: the bundle does not depend on where the files lie");
        let again = Scenario::from_bundle(shipped.bundle().clone()).unwrap();
        assert_eq!(again.bundle(), shipped.bundle());
        assert_eq!(again.expectations, shipped.expectations);
        assert_eq!(again.intruders, shipped.intruders);
        assert_eq!(again.vehicles, shipped.vehicles);
    }
}

#[test]
fn every_shipped_plan_belongs_to_a_scenario() {
    let all = embedded::names("scenarios").flat_map(|name| scenario(name).vehicles);
    let flown: BTreeSet<String> = all.filter_map(|vehicle| Some(vehicle.plan?.id().to_string())).collect();
    let shipped: BTreeSet<String> = embedded::names("plans").map(str::to_owned).collect();
    assert_eq!(flown, shipped);
}

#[test]
fn vehicles_that_must_be_home_at_the_end_have_the_time_for_it() {
    for name in embedded::names("scenarios") {
        let scenario = scenario(name);
        let home = scenario.expectations.iter().any(|e| matches!(e, Expectation::EveryVehicleHome { .. }));
        for vehicle in scenario.vehicles.iter().filter(|_| home) {
            let (plan, launch_at) = (vehicle.plan.as_ref().unwrap(), vehicle.launch_at.unwrap());
            let back_at = launch_at.offset_seconds(plan.estimate().duration_s);
            let margin_s = scenario.end.seconds_since(back_at);
            assert!(margin_s > 120.0, "{name}: {} is back {margin_s:.0} s before the end", vehicle.id);
        }
    }
}

#[test]
fn the_port_night_has_what_a_port_night_has() {
    let night = scenario("kiel-night");
    assert_eq!((night.start, night.duration_s()), (at("2026-11-21T03:10:00Z"), 3600.0));
    let kinds: Vec<VehicleKind> = night.vehicles.iter().map(|vehicle| vehicle.kind).collect();
    assert_eq!(kinds, [VehicleKind::Multirotor, VehicleKind::Multirotor, VehicleKind::FixedWing, VehicleKind::Boat]);
    assert!(night.vessels.iter().any(|vessel| matches!(vessel.silence, AisSilence::During(_))));
    let [intruder] = night.intruders.as_slice() else { panic!("{} intruders", night.intruders.len()) };
    assert_eq!(intruder.path.begins_at(), at("2026-11-21T03:12:00Z"));
    let Expectation::Alert { pattern, from, to } = &night.expectations[0] else { panic!("no alert expected first") };
    assert_eq!(pattern.rule, Some(AlertRule::ZoneEntered));
    assert!(from < to && *from > intruder.path.begins_at());
}

#[test]
fn a_recorded_flight_that_was_moved_keeps_its_shape_and_its_times() {
    let night = scenario("kiel-night");
    let moved = night.intruders[0].path.points();
    // The first and the farthest sample as they stand in the recording.
    let first = telemetry::LatLon::from_degrees(41.294_487_152_627_8, -72.964_423_963_55).unwrap();
    let text = std::str::from_utf8(embedded::file("flights/drop_2016-09-15.csv").unwrap()).unwrap();
    let mut checked = 0;
    for line in text.lines().skip(1).step_by(97) {
        let field: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        let recorded = telemetry::LatLon::from_degrees(field[1], field[2]).unwrap();
        let when = night.intruders[0].path.begins_at().offset_seconds((field[0] - 510_700.0) / 1000.0);
        let Some(point) = moved.iter().find(|point| point.at.seconds_since(when).abs() < 1e-6) else { continue };
        let away_m = ring::distance_m(moved[0].position.lat_lon(), point.position.lat_lon());
        assert!((away_m - ring::distance_m(first, recorded)).abs() < 0.02, "{line}");
        let height_m = point.position.height().amsl(night.site.undulation).metres;
        assert!((height_m - 40.0 - field[3] * 0.3048).abs() < 1e-3, "{line}");
        checked += 1;
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn the_intruder_of_the_first_look_stays_in_the_zone_for_two_and_a_half_minutes() {
    let look = scenario("first-look");
    assert!(look.duration_s() <= 240.0);
    let zone = look.site.zones.iter().find(|zone| zone.kind == ZoneKind::Restricted).unwrap();
    let inside = |after_s: f64| {
        let at = look.start.offset_seconds(after_s);
        let position = look.intruders[0].path.position(at).unwrap();
        zone.contains(position.lat_lon(), position.height().amsl(look.site.undulation))
    };
    let entered_s = (0..240).find(|after_s| inside(f64::from(*after_s))).unwrap();
    assert!((15..=25).contains(&entered_s), "{entered_s}");
    assert!((entered_s..entered_s + 150).all(|after_s| inside(f64::from(after_s))));
}

#[test]
fn at_the_border_one_turns_back_and_one_crosses_at_sixty_metres() {
    let night = scenario("border-strip");
    let border = night.site.zones[0].border().unwrap();
    let path = |name: &str| &night.intruders.iter().find(|intruder| intruder.name == name).unwrap().path;
    let deepest_m = |name: &str| {
        (0..1500)
            .filter_map(|after_s| path(name).position(night.start.offset_seconds(f64::from(after_s))))
            .map(|position| border.depth_m(position.lat_lon()))
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let turned_m = deepest_m("turner");
    assert!((-400.0..-150.0).contains(&turned_m), "{turned_m}");
    assert!(deepest_m("crosser") > 800.0);
    let span = TimeSpan { from: night.start, to: night.end };
    let crossed_at = path("crosser").first_inside(span, |at| border.depth_m(at.lat_lon()) > 0.0).unwrap();
    let height_m = path("crosser").position(crossed_at).unwrap().height().amsl(night.site.undulation).metres;
    assert!((height_m - night.site.ground.metres - 60.0).abs() < 0.5, "{height_m}");
}

#[test]
fn vessels_of_shipped_scenarios_keep_out_of_restricted_zones() {
    for name in embedded::names("scenarios") {
        let scenario = scenario(name);
        for vessel in &scenario.vessels {
            for zone in scenario.site.zones.iter().filter(|zone| zone.kind == ZoneKind::Restricted) {
                let span = TimeSpan { from: scenario.start, to: scenario.end };
                let entered = vessel.path.first_inside(span, |at| zone.contains(at.lat_lon(), AltitudeAmsl::new(0.0)));
                assert_eq!(entered, None, "{name}: {} in {}", vessel.name, zone.id);
            }
        }
    }
}

#[test]
fn the_recorded_ais_comes_at_the_times_it_was_received() {
    let replay = scenario("oresund-replay");
    let [ais] = replay.ais_replays.as_slice() else { panic!("{} recordings", replay.ais_replays.len()) };
    assert_eq!(ais.recorded_at, at("2010-06-11T11:46:12.740Z"));
    assert_eq!(ais.lines.first().unwrap().at, ais.recorded_at);
    assert_eq!(ais.lines.last().unwrap().at, at("2010-06-11T11:46:38.497Z"));
    assert_eq!(ais.lines.len(), 164, "148 messages, 16 of them in two sentences");
    assert!(ais.lines.iter().all(|line| line.line.starts_with(b"!")));
    assert!(ais.lines.is_sorted_by_key(|line| line.at));
}

#[test]
fn the_delivery_of_the_quiet_night_is_authorised_where_it_flies_over_the_locks() {
    let night = scenario("quiet-night");
    let zone = night.site.zones.iter().find(|zone| zone.kind == ZoneKind::FlightControlled).unwrap();
    let path = &night.intruders[0].path;
    let mut seconds_inside = 0;
    for after_s in 0..1800 {
        let now = night.start.offset_seconds(f64::from(after_s));
        let Some(position) = path.position(now) else { continue };
        let (place, altitude) = (position.lat_lon(), position.height().amsl(night.site.undulation));
        for other in night.site.zones.iter().filter(|other| other.id != zone.id) {
            assert!(!other.contains(place, altitude), "{}", other.id);
        }
        if zone.contains(place, altitude) {
            seconds_inside += 1;
            assert!(night.authorisations[0].covers_place(&zone.id, now, place, altitude), "{now}");
        }
    }
    assert!(seconds_inside > 60, "{seconds_inside}");
}
