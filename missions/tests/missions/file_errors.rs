//! What a person is told when a file is wrong: the file, the line, the column, the field, what was found, what is allowed.

use missions::file::{Bundle, FileError, FileErrors, Library, Position, Shelf};
use missions::{Plan, Scenario, embedded};

const SCENARIO: &str = "kiel-night.toml";

/// The files of the shipped port night, one of them edited.
fn edited(file: &str, from: &str, to: &str) -> Bundle {
    let mut bundle = embedded::scenario("kiel-night").unwrap().bundle().clone();
    let text = String::from_utf8(bundle.files[file].clone()).unwrap();
    assert!(text.contains(from), "{file} holds no {from:?}");
    bundle.files.insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
    bundle
}

fn line_of(bundle: &Bundle, file: &str, text: &str) -> usize {
    let whole = std::str::from_utf8(&bundle.files[file]).unwrap();
    whole[..whole.find(text).unwrap()].matches('\n').count() + 1
}

/// Edits a file of the port night and expects the first error at the line of `to`.
fn check(file: &str, from: &str, to: &str, field: &str, found: &str, allowed: &str) {
    let bundle = edited(file, from, to);
    let line = line_of(&bundle, file, to.trim_start());
    let errors = Scenario::from_bundle(bundle).unwrap_err();
    let error = &errors.errors()[0];
    assert_eq!(error.file, file, "{errors}");
    assert_eq!(error.line(), Some(line), "{errors}");
    assert_eq!(error.field, field, "{errors}");
    assert!(error.found.contains(found), "{errors}");
    assert!(error.allowed.contains(allowed), "{errors}");
}

#[test]
fn a_syntax_error_names_its_place() {
    let from = "duration_s = 3600";
    check(SCENARIO, from, "duration_s = = 3600", "", "=", "TOML");
    check(SCENARIO, from, "duration_s = 3600 3600", "duration_s", "3600 3600", "");
    check(SCENARIO, "[weather]", "[weather", "rules", "unclosed table", "]");
}

#[test]
fn an_unknown_field_is_told_with_those_that_exist() {
    check(SCENARIO, "wind_m_s = 6", "windspeed = 6", "weather.windspeed", "windspeed", "`wind_m_s`");
    check(SCENARIO, "speed_kn = 9", "speed = 9", "vessel[0].speed", "unknown field", "`speed_kn`");
    let from = "rule = \"zone_entered\"";
    check(SCENARIO, from, "rule = \"zone_left\"", "expect[0].alert.rule", "zone_left", "`zone_entered`");
}

#[test]
fn a_missing_field_is_told_where_it_should_stand() {
    let from = "title = \"One night at Kiel-Holtenau\"\nsite";
    let bundle = edited(SCENARIO, from, "site");
    let told = Scenario::from_bundle(bundle).unwrap_err().to_string();
    assert_eq!(told, "kiel-night.toml:1:1: found no field `title`; allowed: a field `title` here");
    let bundle = edited(SCENARIO, "kind = \"multirotor\"\n", "");
    let line = line_of(&bundle, SCENARIO, "[[vehicle]]");
    let told = Scenario::from_bundle(bundle).unwrap_err().to_string();
    assert_eq!(
        told,
        format!("kiel-night.toml:{line}:1: vehicle[0]: found no field `kind`; allowed: a field `kind` here")
    );
}

#[test]
fn a_value_of_another_type_is_told_with_the_type_that_is_allowed() {
    check(SCENARIO, "wind_m_s = 6", "wind_m_s = \"six\"", "weather.wind_m_s", "string \"six\"", "f64");
    check(SCENARIO, "home = [10.1570, 54.3730]", "home = [10.1570]", "vehicle[0].home", "1", "2");
    check(SCENARIO, "launch_at = \"03:11:00\"", "launch_at = \"3:11\"", "vehicle[0].launch_at", "3:11", "seconds from");
}

#[test]
fn a_value_out_of_range_is_told_with_the_range() {
    check(SCENARIO, "wind_m_s = 6", "wind_m_s = 600", "weather.wind_m_s", "600", "0 to 40 m/s");
    check(SCENARIO, "wind_m_s = 6", "wind_m_s = nan", "weather.wind_m_s", "nan", "0 to 40 m/s");
    check(SCENARIO, "wind_m_s = 6", "wind_m_s = -1", "weather.wind_m_s", "-1", "0 to 40 m/s");
    check(SCENARIO, "duration_s = 3600", "duration_s = 1e9", "duration_s", "1e9", "86400");
    check(SCENARIO, "[10.1570, 54.3730]", "[10.1570, 154.3730]", "vehicle[0].home", "154.3730", "latitude −90 to 90");
    check(SCENARIO, "mmsi = 211900101", "mmsi = -5", "vessel[0].mmsi", "-5", "nine digits");
    check(
        SCENARIO,
        "launch_at = \"03:11:00\"",
        "launch_at = \"05:00:00\"",
        "vehicle[0].launch_at",
        "05:00:00",
        "04:10:00",
    );
}

#[test]
fn a_sensor_that_the_simulator_cannot_play_is_told_with_those_it_can() {
    for kind in ["camera", "acoustic", "remote_id_receiver", "adsb_receiver"] {
        let to = format!("kind = \"{kind}\"");
        check(SCENARIO, "kind = \"rf_direction_finder\"", &to, "sensor[1].kind", kind, "the simulator plays no other");
    }
}

#[test]
fn a_fixed_camera_that_cannot_be_is_told_with_what_can() {
    let field = |name: &str| format!("fixed_camera[0].{name}");
    check(SCENARIO, "id = \"mast-1\"", "id = \"radar-1\"  #", &field("id"), "radar-1", "no other sensor");
    let (from, to) = ("size_px = [480, 272]", "size_px = [482, 272]");
    check(SCENARIO, from, to, &field("size_px"), "482", "a multiple of 4");
    let (from, to) = ("frames_per_second = 10", "frames_per_second = 0");
    check(SCENARIO, from, to, &field("frames_per_second"), "0", "1 to 30");
    let (from, to) = ("field_of_view_deg = 10\n", "field_of_view_deg = 0\n");
    check(SCENARIO, from, to, &field("field_of_view_deg"), "0", "0.1 to 120 degrees");
    check(SCENARIO, "band = \"infrared\"", "band = \"radio\"", &field("band"), "radio", "`infrared`");
    let bundle = edited(SCENARIO, "kiel/scenery.toml", "kiel/none.toml");
    let told = Scenario::from_bundle(bundle).unwrap_err().to_string();
    assert!(told.contains("none.toml: found no file of this name"), "{told}");
}

#[test]
fn longitude_and_latitude_swapped_are_noticed() {
    let to = "home = [54.3730, 10.1570]";
    check(SCENARIO, "home = [10.1570, 54.3730]", to, "vehicle[0].home", "km from the site", "swapped");
}

#[test]
fn a_name_that_leads_nowhere_is_told_with_those_that_exist() {
    check(
        SCENARIO,
        "zone = \"naval-harbour\"",
        "zone = \"army\"",
        "expect[0].alert.zone",
        "army",
        "naval-harbour, locks",
    );
    let to = "target = \"nobody\"";
    check(SCENARIO, "target = \"intruder\"", to, "expect[0].alert.target", "nobody", "intruder");
    check(SCENARIO, "fairway = \"foerde-line\"", "fairway = \"x\"", "vessel[3].fairway", "x", "kiel-oslo");
}

#[test]
fn the_same_name_twice_is_told() {
    check(SCENARIO, "id = \"falke-2\"", "id = \"falke-1\" #", "vehicle[1].id", "falke-1", "no other");
    check(SCENARIO, "mmsi = 219900102", "mmsi = 211900101 #", "vessel[1].mmsi", "211900101", "no other");
}

#[test]
fn an_expectation_that_nothing_could_fulfil_is_told() {
    let from = "zone = \"naval-harbour\", target = \"intruder\"";
    let to = "zone = \"locks\", target = \"intruder\"";
    check(SCENARIO, from, to, "expect[0].alert.rule", "never enters", "since");
    let bundle = edited(SCENARIO, "duration_s = 3600", "duration_s = 180");
    assert!(Scenario::from_bundle(bundle).unwrap_err().to_string().contains("2026-11-21T03:13:00Z"));
}

#[test]
fn a_file_that_is_not_there_is_told_and_so_is_a_path_that_leaves_the_tree() {
    let bundle = edited(SCENARIO, "kiel-fjord-north.toml", "none.toml");
    let errors = Scenario::from_bundle(bundle).unwrap_err();
    assert_eq!(
        errors.errors()[0].to_string(),
        "../plans/none.toml: found no file of this name in the bundle; allowed: a readable file"
    );
    for hostile in ["/etc/passwd", "C:\\\\boot.ini", "..", "x/.."] {
        let to = format!("plan = \"{hostile}\"");
        check(
            SCENARIO,
            "plan = \"../plans/kiel-fjord-north.toml\"",
            &to,
            "vehicle[0].plan",
            "",
            "relative to this file",
        );
    }
}

#[test]
fn an_error_in_a_named_file_bears_that_files_name_and_line() {
    let (csv, toml) = ("../flights/drop_2016-09-15.csv", "../plans/kiel-fjord-north.toml");
    check(csv, "510800,41.2944873623452", "510800,north", "latitude", "north", "a finite number");
    check(csv, "ascent(feet)", "up", "", "no such column", "ascent(feet) or height_m");
    check(toml, "cruise_m_s = 12", "cruise_m_s = \"fast\"", "cruise_m_s", "fast", "f64");
    check(
        "../sites/kiel-holtenau.toml",
        "kind = \"restricted\"",
        "kind = \"secret\"",
        "zone[0].kind",
        "secret",
        "`restricted`",
    );
    let errors = Scenario::from_bundle(edited(csv, "510800,41.2944873623452", "510800,north")).unwrap_err();
    assert_eq!(errors.errors()[0].at, Some(Position { line: 3, column: 8 }));
}

#[test]
fn everything_wrong_is_told_at_once_in_the_order_of_the_text() {
    let mut bundle = edited(SCENARIO, "wind_m_s = 6", "wind_m_s = 600");
    let text = String::from_utf8(bundle.files[SCENARIO].clone()).unwrap();
    let text = text.replace("speed_kn = 9", "speed_kn = 900").replace("within_s = 20", "within_s = -20");
    bundle.files.insert(SCENARIO.to_owned(), text.into_bytes());
    let errors = Scenario::from_bundle(bundle).unwrap_err();
    let fields: Vec<&str> = errors.errors().iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["expect[0].alert.within_s", "weather.wind_m_s", "vessel[0].speed_kn"]);
}

#[test]
fn very_many_errors_are_cut_and_counted() {
    let vessel = "\n[[vessel]]\nname = \"\"\nmmsi = -1\nlength_m = 0\nroute = [[10.15, 54.36]]\n";
    let text = "title = \"x\"\nsite = \"s.toml\"\nstart = \"2026-11-21T03:10:00Z\"\nduration_s = 60\nexpect = [\"nothing_lost\"]\n[operator]\nid = \"a\"\nname = \"A\"\n".to_owned()
        + &vessel.repeat(500);
    let site = embedded::file("sites/oresund.toml").unwrap().to_vec();
    let files = [("x.toml".to_owned(), text.into_bytes()), ("s.toml".to_owned(), site)].into();
    let errors = Scenario::from_bundle(Bundle { root: "x.toml".to_owned(), files }).unwrap_err();
    assert_eq!(errors.errors().len(), 50);
    assert!(errors.to_string().ends_with("and 2448 more"), "{errors}");
}

#[test]
fn binary_and_huge_files_are_refused_with_a_reason() {
    let error = |bytes: &[u8]| Plan::read("p.toml", bytes).unwrap_err().to_string();
    assert_eq!(
        error(b"id = \"a\"\n\xff\xfe"),
        "p.toml:2:1: found the byte 0xff, which is not UTF-8; allowed: text in UTF-8"
    );
    assert!(error(&[b'#'; 17 * 1024 * 1024]).contains("17825792 bytes; allowed: at most 16777216 bytes"));
    assert_eq!(error(b"\0\0\0"), "p.toml:1:4: found key with no value; allowed: `=`");
    assert!(error(b"").contains("no field"));
}

#[test]
fn what_is_not_a_plain_file_is_not_read() {
    let errors: FileErrors = Scenario::open(std::path::Path::new("/dev/zero")).unwrap_err();
    assert!(errors.to_string().contains("not a plain file"), "{errors}");
    let folder = tempfile::tempdir().unwrap();
    let errors = Scenario::open(folder.path()).unwrap_err();
    assert!(errors.to_string().contains("not a plain file"), "{errors}");
    let errors = Scenario::open(std::path::Path::new("no-such-scenario")).unwrap_err();
    assert!(errors.to_string().starts_with("no-such-scenario: found "), "{errors}");
}

#[test]
fn a_site_on_disk_whose_map_is_no_map_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site.toml");
    let text = std::str::from_utf8(embedded::file("sites/kiel-holtenau.toml").unwrap()).unwrap();
    std::fs::write(&site, text.replace("../maps/kiel/", "").replace("incidents = ", "# ")).unwrap();
    for beside in ["fairways.toml", "roads.toml"] {
        let bytes = embedded::file(&format!("maps/kiel/{beside}")).unwrap();
        std::fs::write(folder.path().join(beside), bytes).unwrap();
    }
    let told = || missions::Site::open(&site).map(|_| ()).unwrap_err().to_string();
    assert!(told().contains("map.file: found"), "{}", told());
    std::fs::write(folder.path().join("kiel.pmtiles"), b"<html></html>").unwrap();
    assert!(told().contains("another kind of file; allowed: a PMTiles file"), "{}", told());
    std::fs::write(folder.path().join("kiel.pmtiles"), embedded::file("maps/kiel/kiel.pmtiles").unwrap()).unwrap();
    let map = missions::Site::open(&site).unwrap().map.unwrap();
    assert_eq!(map.content, missions::site::MapContent::File(folder.path().join("kiel.pmtiles")));
}

#[test]
fn what_a_site_says_of_its_ground_is_read_and_checked() {
    let site = embedded::site("kiel-holtenau").unwrap();
    assert!(site.roads.len() > 100 && site.launch_sites.len() == 4 && site.units.len() == 3);
    let weights: Vec<f64> = site.pick_up_sites.iter().map(|spot| spot.weight).collect();
    assert_eq!(weights, [3.0, 2.0, 1.0, 1.0, 1.0], "1 where nothing is said");
    let told = |roads: &str, ground: &str| {
        let text = format!("{ground}\n{}", std::str::from_utf8(embedded::file("sites/oresund.toml").unwrap()).unwrap());
        let files = [("s.toml".to_owned(), text.into_bytes()), ("r.toml".to_owned(), roads.as_bytes().to_vec())];
        let read = missions::Site::take(&mut Library::new(Shelf::Bundle(files.into())), "s.toml");
        read.map(|site| site.roads.len()).map_err(|errors| errors.to_string())
    };
    let named = "roads = \"r.toml\"";
    assert_eq!(told("road = [{ kind = \"track\", points = [[12.6, 55.6], [12.7, 55.6]] }]", named), Ok(1));
    let short = told("road = [{ kind = \"track\", points = [[12.6, 55.6]] }]", named).unwrap_err();
    assert!(short.contains("r.toml:1") && short.contains("1 points; allowed: at least 2"), "{short}");
    let kind = told("road = [{ kind = \"canal\", points = [[12.6, 55.6], [12.7, 55.6]] }]", named).unwrap_err();
    assert!(kind.contains("canal"), "{kind}");
    let far = told("road = [{ kind = \"track\", points = [[55.6, 12.6], [55.6, 12.7]] }]", named).unwrap_err();
    assert!(far.contains("are the two swapped?"), "{far}");
}

#[test]
fn an_error_reads_as_one_line() {
    let at = Some(Position { line: 12, column: 5 });
    let error = FileError {
        file: "night.toml".into(),
        at,
        field: "weather.wind_m_s".into(),
        found: "600".into(),
        allowed: "0 to 40 m/s".into(),
    };
    assert_eq!(error.to_string(), "night.toml:12:5: weather.wind_m_s: found 600; allowed: 0 to 40 m/s");
}
