//! The formats of others: every sample says the same after it was read and written, and what is wrong is told.

use missions::formats::{
    Archive, Document, FenceKind, Format, QgcPlan, Waypoints, XmlDocument, convert, plan_of_flight, write_plan,
};
use missions::notation::AltitudeNote;
use missions::plan::Leg;
use missions::{Plan, embedded};
use proptest::prelude::*;
use telemetry::LatLon;

const SAMPLES: [(&str, &[u8]); 11] = [
    ("mission.plan", include_bytes!("../data/missions/mavsdk_qgroundcontrol_sample.plan")),
    ("scan.plan", include_bytes!("../data/missions/mavsdk_qgroundcontrol_sample_with_structured_scan.plan")),
    ("survey.plan", include_bytes!("../data/missions/mavsdk_qgroundcontrol_sample_with_survey.plan")),
    ("fence.plan", include_bytes!("../data/missions/px4_multicopter_mission_geofence_avoid.plan")),
    ("dronekit.waypoints", include_bytes!("../data/missions/dronekit_mpmission.waypoints")),
    ("waygen.kmz", include_bytes!("../data/missions/waygen_mit.kmz")),
    ("sample.kml", include_bytes!("../data/missions/sample.kml")),
    ("polygon.kmz", include_bytes!("../data/missions/polygon.kmz")),
    ("caltopo.gpx", include_bytes!("../data/missions/caltopo-export.gpx")),
    ("wikipedia.gpx", include_bytes!("../data/missions/wikipedia_example.gpx")),
    ("strava.gpx", include_bytes!("../data/missions/strava_route_example.gpx")),
];
const WRONG_VERSION: &[u8] = include_bytes!("../data/missions/mavsdk_qgroundcontrol_sample_wrong_overall_version.plan");

fn read(name: &str, bytes: &[u8]) -> Document {
    Document::read(name, bytes).unwrap_or_else(|errors| panic!("{name}: {errors}"))
}

fn sample(name: &str) -> Document {
    read(name, SAMPLES.iter().find(|(own, _)| *own == name).unwrap().1)
}

fn told(name: &str, bytes: &[u8]) -> String {
    Document::read(name, bytes).unwrap_err().to_string()
}

/// JSON without the order of its keys, and texts without white space between elements.
fn meaning(name: &str, bytes: &[u8]) -> String {
    match name.rsplit_once('.').unwrap().1 {
        "plan" => serde_json::from_slice::<serde_json::Value>(bytes).unwrap().to_string(),
        "kmz" => {
            let archive = Archive::read(name, bytes).unwrap();
            let entry = |(name, bytes): &(String, Vec<u8>)| format!("{name}\n{}", squeezed(bytes));
            archive.entries().iter().map(entry).collect::<Vec<_>>().join("\n")
        }
        _ => squeezed(bytes),
    }
}

fn squeezed(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap().replace("&quot;", "\"").replace("&apos;", "'");
    let numbers = text.split(['\t', '\n']).map(|word| match word.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => word.split_whitespace().collect::<Vec<_>>().join(" "),
    });
    let text = numbers.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    text.replace("\" >", "\">").replace(" ?>", "?>").replace(" />", "/>").replace("></desc>", "/>")
}

#[test]
fn every_sample_says_the_same_after_it_was_read_and_written() {
    for (name, bytes) in SAMPLES {
        let document = read(name, bytes);
        let written = document.write();
        assert!(read(name, &written) == document, "{name}");
        assert_eq!(meaning(name, &written), meaning(name, bytes), "{name}");
    }
}

#[test]
fn samples_beside_the_repository_read_and_write_too() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/formats");
    let Ok(kinds) = std::fs::read_dir(&folder) else {
        eprintln!("{} is not there: passed over", folder.display());
        return;
    };
    for kind in kinds {
        for file in std::fs::read_dir(kind.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let (name, bytes) = (path.display().to_string(), std::fs::read(&path).unwrap());
            if name.contains("wrong") {
                continue;
            }
            let document = read(&name, &bytes);
            assert!(read(&name, &document.write()) == document, "{name}");
        }
    }
}

#[test]
fn what_an_unknown_version_means_is_not_guessed() {
    let told_of = told("old.plan", WRONG_VERSION);
    assert_eq!(
        told_of,
        "old.plan: version: found version 42; allowed: 1: what other versions of a plan mean is not known"
    );
    let good = String::from_utf8(SAMPLES[3].1.to_vec()).unwrap();
    for (from, to, path) in [
        ("\"vehicleType\": 2,\n  \"version\": 2", "\"vehicleType\": 2,\n  \"version\": 1", "mission.version"),
        ("\"points\": [],\n  \"version\": 2", "\"points\": [],\n  \"version\": 3", "rallyPoints.version"),
        (
            "\"inclusion\": false,\n    \"version\": 1",
            "\"inclusion\": false,\n    \"version\": 2",
            "circles[0].version",
        ),
    ] {
        assert!(good.contains(from), "{from}");
        let text = told("a.plan", good.replacen(from, to, 1).as_bytes());
        assert!(text.contains(path), "{text}");
    }
}

#[test]
fn a_survey_is_flown_by_the_items_it_stands_for() {
    let Document::QgcPlan(survey) = sample("survey.plan") else { panic!() };
    assert_eq!(survey.items().count(), 13);
    let flight = sample("survey.plan").flight("survey.plan", None).unwrap();
    assert!(flight.places().len() >= 6, "{:?}", flight.legs);
}

#[test]
fn a_structure_scan_goes_round_its_structure_once_a_layer_at_its_distance() {
    let Document::QgcPlan(scan) = sample("scan.plan") else { panic!() };
    let complex = &scan.document()["mission"]["items"][1];
    assert!(complex["polygon"].is_array(), "kept as it was");
    let place = |lat: f64, lon: f64| LatLon::from_degrees(lat, lon).unwrap();
    let corner = |corner: &serde_json::Value| place(corner[0].as_f64().unwrap(), corner[1].as_f64().unwrap());
    let structure: Vec<LatLon> = complex["polygon"].as_array().unwrap().iter().map(corner).collect();
    let flight = scan.flight("x");
    assert_eq!(flight.unknown_ways, [] as [&str; 0], "every way of it is known");
    let way: Vec<(LatLon, AltitudeNote)> = flight
        .legs
        .iter()
        .filter(|leg| leg.place == "mission.items[1]")
        .filter_map(|leg| match leg.leg {
            Leg::Waypoint { at, altitude, .. } => Some((at, altitude)),
            _ => None,
        })
        .collect();
    // In, two layers of four corners and back to the first, out.
    assert_eq!(way.len(), 1 + 2 * 5 + 1);
    let heights: Vec<AltitudeNote> =
        [50.0].into_iter().chain([87.5; 5]).chain([62.5; 5]).chain([50.0]).map(AltitudeNote::HomeM).collect();
    assert_eq!(
        way.iter().map(|(_, altitude)| *altitude).collect::<Vec<_>>(),
        heights,
        "from the top of 100 m in steps of 25 m"
    );
    for (at, _) in &way {
        assert!(!missions::ring::contains(&structure, *at));
        assert!((49.9..90.0).contains(&missions::ring::outside_by_m(&structure, *at)), "{at:?}");
    }
    for pair in way.windows(2) {
        for share in [0.25, 0.5, 0.75] {
            let mix = |a: f64, b: f64| a + share * (b - a);
            let at = place(
                mix(pair[0].0.latitude_deg(), pair[1].0.latitude_deg()),
                mix(pair[0].0.longitude_deg(), pair[1].0.longitude_deg()),
            );
            assert!(
                (49.5..90.0).contains(&missions::ring::outside_by_m(&structure, at)),
                "it keeps its distance all the way"
            );
        }
    }
    let mut older = scan.document().clone();
    older["mission"]["items"][1]["version"] = 2.into();
    let older = QgcPlan::read("older.plan", &serde_json::to_vec(&older).unwrap()).unwrap();
    assert!(older.flight("x").unknown_ways[0].contains("StructureScan"), "what is not known is said");
}

#[test]
fn fences_of_a_plan_are_polygons_and_circles_to_stay_in_or_out_of() {
    let flight = sample("fence.plan").flight("fence.plan", None).unwrap();
    let kinds: Vec<FenceKind> = flight.fences.iter().map(|area| area.kind).collect();
    assert_eq!(kinds, [FenceKind::Exclusion, FenceKind::Inclusion, FenceKind::Exclusion]);
    assert_eq!(flight.legs.last().unwrap().leg, Leg::ReturnHome);
}

#[test]
fn jumps_frames_and_the_antimeridian_survive_the_way_into_a_plan_and_back() {
    let text = "QGC WPL 110\n0\t1\t0\t16\t0\t0\t0\t0\t-16.5\t179.99\t3\t1\n\
                1\t0\t3\t22\t0\t0\t0\t0\t0\t0\t20\t1\n2\t0\t0\t16\t0\t0\t0\tnan\t-16.5\t179.995\t40\t1\n\
                3\t0\t10\t16\t0\t0\t0\t0\t-16.5\t-179.995\t50\t1\n4\t0\t0\t177\t2\t3\t0\t0\t0\t0\t0\t1\n\
                5\t0\t0\t20\t0\t0\t0\t0\t0\t0\t0\t1\n";
    let waypoints = read("a.waypoints", text.as_bytes());
    let flight = waypoints.flight("a.waypoints", None).unwrap();
    let altitudes: Vec<AltitudeNote> = flight
        .legs
        .iter()
        .filter_map(|leg| match leg.leg {
            Leg::Waypoint { altitude, .. } => Some(altitude),
            _ => None,
        })
        .collect();
    assert_eq!(altitudes, [AltitudeNote::AmslM(40.0), AltitudeNote::AglM(50.0)]);
    assert_eq!(flight.legs[3].leg, Leg::Repeat { from: 1, times: Some(3) });
    let plan = convert(&waypoints, "a.waypoints", Format::QgcPlan, None).unwrap();
    let back = convert(&read("a.plan", &plan.bytes), "a.plan", Format::Waypoints, None).unwrap();
    assert!(read("a.waypoints", &back.bytes) == waypoints, "{}", String::from_utf8_lossy(&back.bytes));
}

#[test]
fn a_plan_of_ours_survives_every_format_that_can_hold_it_and_the_rest_is_named() {
    for name in ["kiel-fjord-north", "kiel-harbour-watch", "border-east", "kiel-boat-rounds"] {
        let plan = Plan::open(std::path::Path::new(name)).unwrap();
        let text = write_plan(&plan);
        let again = Plan::read("again.toml", text.as_bytes()).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
        assert_eq!(write_plan(&again), text);
        let document = Document::Picket(Box::new(plan));
        let flight = document.flight("plan.toml", None).unwrap();
        // GeoJSON holds all of it.
        let geojson = convert(&document, "plan.toml", Format::GeoJson, None).unwrap();
        assert_eq!(geojson.remarks, Vec::<String>::new());
        let from_geojson = read("plan.geojson", &geojson.bytes).flight("plan.geojson", None).unwrap();
        assert_eq!(plan_of_flight("x", &from_geojson).unwrap().text, plan_of_flight("x", &flight).unwrap().text);
        // MAVLink's items hold the legs.
        for (to, file) in [(Format::QgcPlan, "plan.plan"), (Format::Waypoints, "plan.waypoints")] {
            let written = convert(&document, "plan.toml", to, None).unwrap();
            assert!(written.remarks.iter().any(|remark| remark.contains("lost_link")), "{:?}", written.remarks);
            let cruise_m_s = flight.cruise_m_s.unwrap();
            // A speed that is said is the same as one that goes without saying.
            let said = |leg: Leg| match leg {
                Leg::Waypoint { at, altitude, speed_m_s } => {
                    Leg::Waypoint { at, altitude, speed_m_s: speed_m_s.or(Some(cruise_m_s)) }
                }
                leg => leg,
            };
            let legs =
                |flight: &missions::formats::Flight| flight.legs.iter().map(|leg| said(leg.leg)).collect::<Vec<_>>();
            let back = read(file, &written.bytes).flight(file, None).unwrap();
            assert_eq!(legs(&back), legs(&flight), "{name} through {to}");
        }
        // Waylines count all heights from one thing.
        let datums: std::collections::BTreeSet<_> = flight.legs.iter().filter_map(|leg| datum(&leg.leg)).collect();
        let wpml = convert(&document, "plan.toml", Format::Wpml, None);
        if datums.len() == 1 {
            let back = read("plan.kmz", &wpml.unwrap().bytes).flight("plan.kmz", None).unwrap();
            assert_eq!(back.places(), flight.places(), "{name}");
        } else {
            assert!(wpml.unwrap_err().to_string().contains("count from different things"), "{name}");
        }
    }
}

#[test]
fn a_camera_that_looks_along_the_way_survives_every_format_that_can_hold_it() {
    let usual = write_plan(&Plan::open(std::path::Path::new("kiel-fjord-north")).unwrap());
    let (first, rest) = usual.split_once("\n  { waypoint").unwrap();
    let turned = format!("{first}\n  {{ look_ahead = {{ down_deg = 55 }} }},\n  {{ waypoint{rest}");
    let plan = Plan::read("look.toml", turned.as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{turned}"));
    assert!(write_plan(&plan).contains("look_ahead = { down_deg = 55 }"));
    let document = Document::Picket(Box::new(plan));
    let looks = |flight: &missions::formats::Flight| {
        let down = flight.legs.iter().filter_map(|leg| match leg.leg {
            Leg::LookAhead { down_deg } => Some(down_deg),
            _ => None,
        });
        down.collect::<Vec<_>>()
    };
    for (to, file) in [
        (Format::GeoJson, "look.geojson"),
        (Format::QgcPlan, "look.plan"),
        (Format::Waypoints, "look.waypoints"),
        (Format::Picket, "look.toml"),
    ] {
        let written = convert(&document, "look.toml", to, None).unwrap();
        assert_eq!(looks(&read(file, &written.bytes).flight(file, None).unwrap()), [55.0], "{to}");
    }
    let above = turned.replace("down_deg = 55", "down_deg = -5");
    let told = Plan::read("look.toml", above.as_bytes()).unwrap_err().to_string();
    assert!(told.contains("down_deg: found -5; allowed: 0 to 90 degrees"), "{told}");
}

/// What the height of a leg that waylines have counts from.
fn datum(leg: &Leg) -> Option<&'static str> {
    let (Leg::TakeOff { altitude } | Leg::Waypoint { altitude, .. } | Leg::Loiter { altitude, .. }) = leg else {
        return None;
    };
    Some(match altitude {
        AltitudeNote::AmslM(_) => "sea",
        AltitudeNote::HomeM(_) => "home",
        AltitudeNote::AglM(_) => "ground",
        AltitudeNote::DepthM(_) => "surface",
    })
}

/// A dive along a quay, with depths of these metres.
fn dive(depths_m: &[f64]) -> String {
    let legs = depths_m.iter().enumerate().map(|(n, depth_m)| {
        let at = format!("[{:?}, 54.3712]", 10.1401 + 1e-5 * n as f64);
        match n % 3 {
            1 => format!("  {{ loiter = {{ at = {at}, altitude = {{ depth_m = {depth_m:?} }}, for_s = 20 }} }},"),
            2 => format!("  {{ look_at = {{ at = {at}, altitude = {{ depth_m = {depth_m:?} }} }} }},"),
            _ => format!("  {{ waypoint = {{ at = {at}, altitude = {{ depth_m = {depth_m:?} }} }} }},"),
        }
    });
    format!(
        "id = \"dive\"\ntitle = \"A dive\"\nvehicle = \"rov\"\ncruise_m_s = 0.5\nbattery_reserve = 0.2\nlegs = [\n{}\n  \
         \"return_home\",\n]\n[fence]\nring = [[10.13, 54.37], [10.15, 54.37], [10.15, 54.38]]\nfloor = {{ depth_m = 400 \
         }}\nceiling = {{ depth_m = 0 }}\n[lost_link]\nafter_s = 20\naction = \"continue\"\n",
        legs.collect::<Vec<_>>().join("\n")
    )
}

#[test]
fn a_depth_goes_out_as_a_negative_height_above_home_and_an_altitude_that_a_submarine_refuses_is_named() {
    let plan = Plan::read("dive.toml", dive(&[6.5, 2.0]).as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
    let document = Document::Picket(Box::new(plan));
    let written = convert(&document, "dive.toml", Format::Waypoints, None).unwrap();
    let Document::Waypoints(waypoints) = read("dive.waypoints", &written.bytes) else { panic!() };
    let first = &waypoints.rows().nth(1).unwrap().item;
    assert_eq!((first.frame, first.params[6]), (3, Some(-6.5)), "MAV_FRAME_GLOBAL_RELATIVE_ALT");
    let high = dive(&[6.5]).replace("depth_m = 6.5", "amsl_m = -6.5");
    let document = Document::Picket(Box::new(Plan::read("dive.toml", high.as_bytes()).unwrap()));
    let written = convert(&document, "dive.toml", Format::QgcPlan, None).unwrap();
    assert!(written.remarks.iter().any(|told| told.starts_with("legs[0].altitude: ArduSub")), "{:?}", written.remarks);
}

#[test]
fn a_foreign_mission_becomes_a_plan_with_what_it_did_not_say_named() {
    for name in ["mission.plan", "fence.plan", "survey.plan", "dronekit.waypoints", "waygen.kmz"] {
        let converted = convert(&sample(name), name, Format::Picket, None).unwrap_or_else(|e| panic!("{name}: {e}"));
        let text = String::from_utf8(converted.bytes).unwrap();
        Plan::read("plan.toml", text.as_bytes()).unwrap_or_else(|errors| panic!("{name}: {errors}\n{text}"));
        assert!(converted.remarks.iter().any(|remark| remark.contains("lost_link: assumed")), "{name}");
    }
}

#[test]
fn drawings_become_flights_where_they_have_heights_or_are_given_one() {
    let high = Some(AltitudeNote::HomeM(60.0));
    for name in ["sample.kml", "caltopo.gpx", "wikipedia.gpx", "strava.gpx"] {
        let flight = sample(name).flight(name, high).unwrap();
        assert!(flight.legs.len() >= 2, "{name}");
        let geojson = convert(&sample(name), name, Format::GeoJson, None).unwrap();
        read("drawn.geojson", &geojson.bytes);
    }
    let flat =
        "<kml><Placemark><LineString><coordinates>10.1,54.3 10.2,54.3</coordinates></LineString></Placemark></kml>";
    let error = read("flat.kml", flat.as_bytes()).flight("flat.kml", None).unwrap_err().to_string();
    assert!(error.contains("flat.kml:1:1") && error.contains("without a height"), "{error}");
}

#[test]
fn tags_that_nobody_knows_stay_in_waylines() {
    let (_, bytes) = SAMPLES[5];
    let archive = Archive::read("w.kmz", bytes).unwrap();
    let strange = |(name, content): &(String, Vec<u8>)| {
        let text = String::from_utf8(content.clone()).unwrap();
        let text =
            text.replacen("<wpml:missionConfig>", "<wpml:missionConfig><wpml:new a=\"1\">&lt;<x/></wpml:new>", 1);
        (name.clone(), text.into_bytes())
    };
    let mut entries: Vec<_> = archive.entries().iter().map(strange).collect();
    entries.push(("wpmz/res/image.bin".to_owned(), vec![0, 255, 1]));
    let written = read("w.kmz", &Archive::new(entries.clone()).write()).write();
    let again = Archive::read("w.kmz", &written).unwrap();
    assert_eq!(again.entries()[2], entries[2]);
    for ((name, before), (_, after)) in entries.iter().zip(again.entries()).take(2) {
        assert_eq!(String::from_utf8_lossy(after), String::from_utf8_lossy(before), "{name}");
        assert!(XmlDocument::read(name, after).unwrap().root().descendants().iter().any(|tag| tag.name() == "new"));
    }
}

#[test]
fn a_hostile_file_is_refused_with_its_name_the_place_and_the_reason() {
    let deep_xml = "<a>".repeat(100_000);
    let deep_json = "[".repeat(100_000);
    let entities = "<?xml version=\"1.0\"?>\n<!DOCTYPE k [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<kml>&b;</kml>";
    for (name, text, wanted) in [
        ("a.kml", deep_xml.as_str(), ["a.kml:1", "64 elements"]),
        ("a.geojson", deep_json.as_str(), ["a.geojson:1:", "recursion limit"]),
        ("a.kml", entities, ["a.kml:2", "document type declaration"]),
        ("a.gpx", "<gpx>\n<wpt lat=\"91\" lon=\"0\"/></gpx>", ["a.gpx:2", "91"]),
        ("a.gpx", "<gpx><wpt lat=\"NaN\" lon=\"0\"/></gpx>", ["a.gpx:1", "NaN"]),
        ("a.kml", "<kml>\n<Point><coordinates>\n1e400,0</coordinates></Point></kml>", ["a.kml:2", "1e400"]),
        ("a.kml", "<kml>&secret;</kml>", ["a.kml:1", "&secret;"]),
        ("a.plan", "{\"fileType\": \"Plan\", \"version\": 1e999}", ["a.plan:1:", "out of range"]),
        ("a.plan", "{\"fileType\": \"Plan\", \"version\": 1.5}", ["version", "1.5"]),
        ("a.geojson", "{\"type\": \"Point\", \"coordinates\": [181, 0]}", ["coordinates", "181"]),
        ("a.waypoints", "QGC WPL 120\n", ["a.waypoints:1", "version \"120\""]),
        ("a.waypoints", "QGC WPL 110\n0 1 0 16 0 0 0 0 nan 0 0 1\n", ["a.waypoints:2", "latitude"]),
        ("a.waypoints", "QGC WPL 110\n0 1 0 16 0 0 0 0 1 1e999 0 1\n", ["a.waypoints:2", "longitude"]),
        ("a.waypoints", "QGC WPL 110\n0 1 99 16 0 0 0 0 1 1 0 1\n", ["a.waypoints:2", "frame"]),
        ("a.kmz", "PK no", ["a.kmz", "ZIP archive"]),
        ("a.exe", "", ["a.exe", ".toml"]),
    ] {
        let told = told(name, text.as_bytes());
        for part in wanted {
            assert!(told.contains(part), "{part:?} is not in {told:?}");
        }
    }
    let good = String::from_utf8(SAMPLES[3].1.to_vec()).unwrap();
    let told_of = told("a.plan", good.replacen("47.3977508", "147.0", 1).as_bytes());
    assert!(told_of.starts_with("a.plan: mission.items[0].params[4]: found 147.0"), "{told_of}");
}

#[test]
fn an_archive_that_unpacks_to_too_much_or_leads_outside_is_refused() {
    let bomb = Archive::new(vec![("doc.kml".to_owned(), vec![b' '; 65 * 1024 * 1024])]).write();
    assert!(bomb.len() < 1_000_000, "{}", bomb.len());
    assert!(told("bomb.kmz", &bomb).contains("more than 67108864 bytes"));
    let outside = Archive::new(vec![("../../etc/doc.kml".to_owned(), b"<kml/>".to_vec())]).write();
    assert!(told("outside.kmz", &outside).contains("places inside the archive"));
}

/// Bytes that begin well.
fn damaged() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let damage =
        (0..SAMPLES.len(), any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..6), any::<bool>());
    damage.prop_map(|(which, at, more, cut)| {
        let mut bytes = SAMPLES[which].1.to_vec();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        }
        bytes.splice(at..at, more);
        (which, bytes)
    })
}

fn number() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        3 => (-1e9..1e9f64).prop_map(Some),
        1 => Just(None),
        1 => Just(Some(0.0)),
        1 => (-1e-9..1e-9f64).prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), which in 0..SAMPLES.len()) {
        let _ = Document::read(SAMPLES[which].0, &bytes);
    }

    #[test]
    fn a_damaged_sample_is_read_or_refused_and_what_is_read_can_be_used((which, bytes) in damaged()) {
        let name = SAMPLES[which].0;
        if let Ok(document) = Document::read(name, &bytes) {
            prop_assert!(Document::read(name, &document.write()).unwrap() == document);
            for to in [Format::Picket, Format::QgcPlan, Format::Waypoints, Format::Wpml, Format::GeoJson] {
                let _ = convert(&document, name, to, Some(AltitudeNote::HomeM(50.0)));
            }
        }
    }

    #[test]
    fn depths_survive_every_format_that_can_hold_them(
        depths_m in prop::collection::vec(prop_oneof![Just(0.0), 0.0..100.0f64], 1..12),
    ) {
        // Without a single place below the surface nothing tells a dive from a boat's round.
        prop_assume!(depths_m[0] > 0.0);
        let plan = Plan::read("dive.toml", dive(&depths_m).as_bytes()).unwrap();
        let document = Document::Picket(Box::new(plan));
        let flight = document.flight("dive.toml", None).unwrap();
        let legs = |flight: &missions::formats::Flight| flight.legs.iter().map(|leg| leg.leg).collect::<Vec<_>>();
        for (to, file) in [
            (Format::Picket, "a.toml"),
            (Format::GeoJson, "a.geojson"),
            (Format::QgcPlan, "a.plan"),
            (Format::Waypoints, "a.waypoints"),
        ] {
            let written = convert(&document, "dive.toml", to, None).unwrap();
            let back = read(file, &written.bytes).flight(file, None).unwrap();
            prop_assert_eq!(back.vehicle, Some(telemetry::messages::VehicleKind::Rov), "{}", to);
            let (kept, meant) = (legs(&back), legs(&flight));
            let heights = |legs: &[Leg]| legs.iter().filter_map(Leg::altitude).collect::<Vec<_>>();
            prop_assert_eq!(heights(&kept), heights(&meant), "{}", to);
        }
    }

    #[test]
    fn any_mission_written_reads_the_same(
        rows in prop::collection::vec(
            (0u8..=21, 1u16..40_000, prop::array::uniform4(number()), (-90.0..=90.0f64, -180.0..=180.0f64, -500.0..9e3f64)),
            0..20,
        )
    ) {
        let mut text = "QGC WPL 110\n".to_owned();
        for (number, (frame, command, params, (lat, lon, alt))) in rows.iter().enumerate() {
            let params: Vec<String> = params.iter().map(|p| p.map_or("nan".to_owned(), |p| p.to_string())).collect();
            text.push_str(&format!("{number} 0 {frame} {command} {} {lat} {lon} {alt} 1\n", params.join(" ")));
        }
        let read = Waypoints::read("a.waypoints", text.as_bytes()).unwrap();
        prop_assert_eq!(&Waypoints::read("a.waypoints", &read.write()).unwrap(), &read);
        // Through QGroundControl's format nothing of an item is lost.
        let plan = convert(&Document::Waypoints(read.clone()), "a.waypoints", Format::QgcPlan, None).unwrap();
        let plan = QgcPlan::read("a.plan", &plan.bytes).unwrap();
        let jumps = |command: u16| command == 177;
        for (row, item) in read.rows().skip(1).zip(plan.items()) {
            if !jumps(row.item.command) {
                prop_assert_eq!(&row.item, item);
            }
        }
    }
}

#[test]
fn shipped_plans_are_all_written_as_they_were_read() {
    let mut count = 0;
    for name in embedded::names("plans") {
        let plan = Plan::open(std::path::Path::new(&name)).unwrap();
        let again = Plan::read("again.toml", write_plan(&plan).as_bytes()).unwrap();
        assert_eq!(write_plan(&again), write_plan(&plan));
        count += 1;
    }
    assert!(count >= 5);
}
