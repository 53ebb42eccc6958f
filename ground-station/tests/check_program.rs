//! `picket check`, `picket convert` and `picket request` as people start them.

#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A mission round a square of 400 m off Holtenau, at a height above home.
fn mission(height_m: f64) -> String {
    let mut text = "QGC WPL 110\n0\t1\t0\t16\t0\t0\t0\t0\t54.37\t10.15\t10\t1\n".to_owned();
    text.push_str(&format!("1\t0\t3\t22\t0\t0\t0\t0\t0\t0\t{height_m}\t1\n"));
    for (number, (lat, lon)) in [(54.372, 10.15), (54.372, 10.156), (54.37, 10.156)].into_iter().enumerate() {
        text.push_str(&format!("{}\t0\t3\t16\t0\t0\t0\t0\t{lat}\t{lon}\t{height_m}\t1\n", number + 2));
    }
    text + "5\t0\t0\t20\t0\t0\t0\t0\t0\t0\t0\t1\n"
}

/// A zone over its north-eastern corner, on Saturdays until 21:00.
const ZONES: &str = r#"{"features":[{"identifier":"KIEL-7","country":"DEU","name":"Regatta","type":"COMMON","restriction":"PROHIBITED",
    "applicability":[{"permanent":"NO","schedule":[{"day":["SAT"],"startTime":"18:00Z","endTime":"21:00Z"}]}],
    "geometry":[{"uomDimensions":"M","lowerLimit":0,"lowerVerticalReference":"AGL","upperLimit":80,
    "upperVerticalReference":"AMSL","horizontalProjection":{"type":"Circle","center":[10.156,54.372],"radius":60}}]}]}"#;

fn picket(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_picket")).args(arguments).output().unwrap()
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Ground of 10 m everywhere, three-second points.
fn terrain(folder: &Path) {
    let bytes: Vec<u8> = std::iter::repeat_n(10_i16.to_be_bytes(), 1201 * 1201).flatten().collect();
    std::fs::write(folder.join("N54E010.hgt"), bytes).unwrap();
}

#[test]
fn a_clear_mission_ends_with_0_and_what_was_not_looked_at_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let plan = file(folder.path(), "a.waypoints", &mission(50.0));
    let output = picket(&["check", &plan, "--depart", "2026-11-21T12:00:00Z"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("a.waypoints: clear"), "{text}");
    for what in ["not checked: zones", "not checked: terrain clearance", "not checked: wind", "not checked: mass"] {
        assert!(text.contains(what), "{what}: {text}");
    }
}

#[test]
fn a_zone_on_the_way_ends_with_1_and_names_leg_time_zone_depth_and_ways_out() {
    let folder = tempfile::tempdir().unwrap();
    terrain(folder.path());
    let plan = file(folder.path(), "a.waypoints", &mission(50.0));
    let zones = file(folder.path(), "zones.json", ZONES);
    let terrain = folder.path().display().to_string();
    let at = |depart: &str, json: bool| {
        let mut arguments = vec!["check", &plan, "--zones", &zones, "--terrain", &terrain, "--depart", depart];
        arguments.extend(json.then_some("--json"));
        picket(&arguments)
    };
    // 2026-11-21 is a Saturday.
    let output = at("2026-11-21T20:00:00Z", true);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let violation = &report["missions"][0]["violations"][0];
    assert_eq!(violation["rule"], "prohibited", "{report:#}");
    assert_eq!(violation["about"], "Regatta (KIEL-7)");
    assert_eq!(violation["leg"], 3);
    assert!(violation["at"].as_str().unwrap().starts_with("2026-11-21T20:0"));
    let by = violation["by"].as_f64().unwrap();
    assert!((19.0..=21.0).contains(&by), "below its upper limit of 80 m at 60 m: {by}");
    let changes = violation["changes"].to_string();
    // It is there some seconds after take-off, so it may begin in the last minute of the zone.
    for change in ["m higher", "move legs 3 to 4", "take off at 2026-11-21T2"] {
        assert!(changes.contains(change), "{change}: {changes}");
    }
    let text = said(&at("2026-11-21T20:00:00Z", false));
    assert!(text.contains("NOT CLEAR") && text.contains("leg 3 (line 5, item 3)"), "{text}");
    let after = at("2026-11-21T21:30:00Z", false);
    assert_eq!(after.status.code(), Some(0), "{}", said(&after));
    assert!(!said(&after).contains("not checked: terrain"));
}

#[test]
fn heights_light_mass_wind_and_others_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    terrain(folder.path());
    let low = file(folder.path(), "low.waypoints", &mission(12.0));
    let same = file(folder.path(), "same.waypoints", &mission(12.0));
    let rules = file(folder.path(), "rules.toml", "light = \"day\"\nagl_min_m = 20\n");
    let aircraft = file(folder.path(), "heron.toml", "mass_kg = 6.3\nclass = \"C2\"\nbattery_wh = 10\npower_w = 500\n");
    let terrain = folder.path().display().to_string();
    let output = picket(&[
        "check",
        &low,
        &same,
        "--terrain",
        &terrain,
        "--rules",
        &rules,
        "--aircraft",
        &aircraft,
        "--wind",
        "14@270",
        "--depart",
        "2026-11-21T20:00:00Z",
    ]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "8 m too low: the least is 20 m above ground",
        "m higher",
        "in the dark",
        "take off at 2026-11-22T07:0",
        "short of a reserve",
        "shorten the flight by",
        "too close to mission 2",
        "class C2 has less than 4 kg",
        "from 0.25 kg an operator is registered",
        "wind 14 m/s, allowed 12 m/s",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_supervisor_may_let_named_findings_pass_and_the_report_says_who_and_why() {
    let folder = tempfile::tempdir().unwrap();
    terrain(folder.path());
    let plan = file(folder.path(), "a.waypoints", &mission(50.0));
    let zones = file(folder.path(), "zones.json", ZONES);
    let terrain = folder.path().display().to_string();
    let with = |more: &[&str]| {
        let mut arguments = vec!["check", &plan, "--zones", &zones, "--terrain", &terrain];
        arguments.extend(["--depart", "2026-11-21T20:00:00Z"]);
        arguments.extend(more);
        picket(&arguments)
    };
    assert!(said(&with(&[])).contains("[prohibited:KIEL-7]"), "an override names it so: {}", said(&with(&[])));
    let named = ["--override", "prohibited:KIEL-7", "--by", "Ida Berg", "--reason", "a boat is sinking"];
    let output = with(&named);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("a.waypoints: NOT CLEAR, overridden"), "{text}");
    assert!(text.contains("overridden by Ida Berg, supervisor, at 20") && text.contains("a boat is sinking"), "{text}");
    let json: Value = serde_json::from_slice(&with(&[&named[..], &["--json"]].concat()).stdout).unwrap();
    assert_eq!((&json["clear"], &json["may_fly"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!(json["override"]["covers"][0], "prohibited:KIEL-7");
    let other = with(&["--override", "battery", "--by", "Ida Berg", "--reason", "a boat is sinking"]);
    assert_eq!(other.status.code(), Some(1), "it covers what it names and nothing else");
    let nameless = with(&["--override", "prohibited:KIEL-7", "--reason", "why not"]);
    assert_eq!(nameless.status.code(), Some(2), "{}", said(&nameless));
    assert_eq!(with(&["--override", "prohibited:KIEL-7", "--by", " ", "--reason", "x"]).status.code(), Some(2));
}

#[test]
fn visibility_link_and_sight_are_looked_at_where_they_are_stated() {
    let folder = tempfile::tempdir().unwrap();
    let plan = file(folder.path(), "a.waypoints", &mission(50.0));
    let text = |rules: &str, visibility: &str| {
        let rules = file(folder.path(), "rules.toml", rules);
        said(&picket(&["check", &plan, "--rules", &rules, "--visibility-m", visibility]))
    };
    let rules = "pilot = { at = [10.15, 54.37], range_m = 300 }\n[[antenna]]\nname = \"mast\"\nat = [10.15, 54.37]\n\
                 height_m = 10\nrange_m = 400\n";
    let told = text(rules, "900");
    for part in [
        "visibility 900 m, allowed 1500 m and more",
        "m beyond its range of 400 m [link]",
        "m farther than the 300 m within sight [sight]",
        "keep within 400 m of mast",
        "not checked: The link was reckoned in free space",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let told = text("", "5000");
    assert!(told.contains("a.waypoints: clear") && told.contains("line of sight were not checked"), "{told}");
    assert!(text("[[antenna]]\nname = \"m\"\nat = [10, 54]\nheight_m = 1\n", "5000").contains("antenna[0]"));
}

#[test]
fn what_cannot_be_read_ends_with_2_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let good = file(folder.path(), "a.waypoints", &mission(50.0));
    let bad = file(folder.path(), "b.waypoints", "QGC WPL 110\n0 1 0 16 0 0 0 0 99 0 0 1\n");
    let zones = file(folder.path(), "zones.json", &ZONES.replace("PROHIBITED", "PERHAPS"));
    for (arguments, wanted) in [
        (vec!["check", &bad], "b.waypoints:2:1: latitude: found 99"),
        (vec!["check", &good, "--zones", &zones], "features[0].restriction"),
        (vec!["check", &good, "--terrain", "/nowhere"], "/nowhere"),
        (vec!["check", &good, "--wind", "much"], "such as 6@250"),
    ] {
        let output = picket(&arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(wanted), "{wanted}: {}", said(&output));
    }
}

#[test]
fn a_way_that_the_file_does_not_say_is_never_clear() {
    let folder = tempfile::tempdir().unwrap();
    let loiter_without_end = mission(50.0).replace("3\t0\t3\t16", "3\t0\t3\t17");
    let plan = file(folder.path(), "a.waypoints", &loiter_without_end);
    let output = picket(&["check", &plan]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("line 5, item 3: the item with command 17"), "{}", said(&output));
}

#[test]
fn convert_tells_what_it_assumes_and_loses_and_strictly_writes_nothing_then() {
    let folder = tempfile::tempdir().unwrap();
    let input = file(folder.path(), "a.waypoints", &mission(50.0));
    let out = folder.path().join("a.toml").display().to_string();
    let output = picket(&["convert", &input, &out, "--strict"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!Path::new(&out).exists());
    let output = picket(&["convert", &input, &out]);
    assert!(output.status.success() && said(&output).contains("lost_link: assumed"), "{}", said(&output));
    let back = folder.path().join("a.plan").display().to_string();
    assert!(picket(&["convert", &out, &back]).status.success());
    assert_eq!(picket(&["check", &back, "--home-amsl-m", "10"]).status.code(), Some(0));
    let zones = file(folder.path(), "zones.json", ZONES);
    let zones_out = folder.path().join("zones318.json").display().to_string();
    assert!(picket(&["convert", &zones, &zones_out, "--zones", "ed318"]).status.success());
    let read: Value = serde_json::from_slice(&std::fs::read(&zones_out).unwrap()).unwrap();
    assert_eq!(read["features"][0]["geometry"]["extent"]["subType"], "Circle");
}

#[test]
fn incidents_are_converted_both_ways_and_a_wrong_one_is_told_by_its_feature() {
    let folder = tempfile::tempdir().unwrap();
    let toml = "[[incident]]\nat = \"2026-10-17T02:15:00Z\"\nposition = [10.1655, 54.3708]\nkind = \"packet\"\n";
    let input = file(folder.path(), "i.toml", toml);
    let [out, back] = ["i.geojson", "back.toml"].map(|name| folder.path().join(name).display().to_string());
    assert!(picket(&["convert", &input, &out, "--incidents"]).status.success());
    let read: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(read["features"][0]["properties"]["time"], "2026-10-17T02:15:00Z");
    assert!(picket(&["convert", &out, &back, "--incidents", "--strict"]).status.success());
    assert_eq!(std::fs::read_to_string(&back).unwrap(), format!("{toml}weight = 1.0\n\n"));
    let wrong =
        file(folder.path(), "w.geojson", &std::fs::read_to_string(&out).unwrap().replace("2026-10-17T", "17.10. "));
    let told = said(&picket(&["convert", &wrong, &back, "--incidents"]));
    assert!(told.contains("w.geojson: features[0].properties.time: found \"17.10. 02"), "{told}");
    let told = said(&picket(&["convert", &input, "i.kml", "--incidents"]));
    assert!(told.contains("i.kml: allowed: a name that ends in .toml or .geojson"), "{told}");
}

#[test]
fn what_was_checked_is_written_as_a_recording_with_ways_zones_and_findings() {
    let folder = tempfile::tempdir().unwrap();
    let mission = file(folder.path(), "a.waypoints", &mission(60.0));
    let zones = file(folder.path(), "zones.json", ZONES);
    let out = folder.path().join("check.rrd");
    let at = "2026-11-21T20:00:00Z";
    let told = picket(&[
        "check",
        &mission,
        "--zones",
        &zones,
        "--depart",
        at,
        "--home-amsl-m",
        "10",
        "--rerun",
        out.to_str().unwrap(),
    ]);
    assert_eq!(told.status.code(), Some(1), "{}", said(&told));
    let bytes = std::fs::read(&out).unwrap();
    assert!(bytes.starts_with(b"RRF"), "the format's first bytes");
    for entity in ["site/mission/0/at", "site/zone/0", "site/finding/0", "KIEL-7"] {
        assert!(bytes.windows(entity.len()).any(|window| window == entity.as_bytes()), "{entity} is not in the file");
    }
}

#[test]
fn the_desk_answers_without_a_room_from_a_file_or_from_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let [plan, png, svg] = ["plan.toml", "plan.png", "plan.svg"].map(|name| folder.path().join(name));
    let [plan_name, png_name, svg_name] = [&plan, &png, &svg].map(|path| path.to_str().unwrap());
    let here = ["--site", "kiel-holtenau", "--vehicle", "falke-1=multirotor@10.157,54.373"];
    let drawn = "10.160,54.372;10.165,54.372;10.165,54.374;10.160,54.374";
    let mut arguments = vec![
        "request",
        "--kind",
        "perimeter",
        "--set",
        "height_m=80",
        "--out",
        plan_name,
        "--picture",
        png_name,
        "--drawn",
    ];
    arguments.push(drawn);
    arguments.extend(here);
    let told = picket(&arguments);
    let text = said(&told);
    assert_eq!(told.status.code(), Some(0), "{text}");
    assert!(text.contains("falke-1: ") && text.contains(": clear") && text.contains("not known here"), "{text}");
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG"));
    let at = arguments.iter().position(|argument| *argument == png_name).unwrap();
    arguments[at] = svg_name;
    picket(&arguments);
    assert!(std::fs::read_to_string(&svg).unwrap().starts_with("<svg"));
    arguments[at] = "plan.gif";
    assert!(said(&picket(&arguments)).contains("allowed: a name that ends in .svg or .png"));
    // What it writes is a plan that the check reads.
    let checked = picket(&["check", plan_name, "--home", "10.157,54.373", "--home-amsl-m", "0"]);
    assert!(said(&checked).contains("plan.toml: "), "{}", said(&checked));
    let request = file(
        folder.path(),
        "r.json",
        r#"{"kind":"perimeter","vehicles":["falke-1"],"drawn":[[10.16,54.372]],"height_m":50}"#,
    );
    let told = picket(&[&["request", request.as_str()][..], &here[..]].concat());
    assert_eq!(told.status.code(), Some(2));
    assert!(said(&told).contains("1 points were drawn; allowed for this are 3 to 200"), "{}", said(&told));
    let told = picket(&[&["request", "--kind", "bombing_run"][..], &here[..]].concat());
    assert!(said(&told).contains("unknown variant"), "{}", said(&told));
}

#[test]
fn an_area_is_searched_by_the_camera_that_the_command_line_names() {
    let camera = |table: &str| format!("falke-1={table}");
    let ask = |more: &[&str]| {
        let all = ["request", "--site", "kiel-holtenau", "--vehicle", "falke-1=multirotor@10.157,54.373", "--kind"];
        let rest = ["area_search", "--set", "pictures={\"gsd_m\":0.05}", "--set", "budget_ms=200", "--drawn"];
        let drawn = "10.160,54.372;10.162,54.372;10.162,54.373;10.160,54.373";
        picket(&[&all[..], &rest[..], &[drawn][..], more].concat())
    };
    let good = camera("{ size_px = [1920, 1080], field_of_view_deg = 60, down_deg = [10, 90] }");
    let told = ask(&["--camera", &good]);
    let text = said(&told);
    assert_eq!(told.status.code(), Some(0), "{text}");
    assert!(text.contains("falke-1: ") && text.contains("pixel"), "{text}");
    let told = said(&ask(&[]));
    assert!(told.contains("no camera is named"), "{told}");
    let told =
        said(&ask(&["--camera", &camera("{ size_px = [1, 1080], field_of_view_deg = 60, down_deg = [10, 90] }")]));
    assert!(told.contains("size_px: found [1, 1080]; allowed: 16 to 20000 pixels"), "{told}");
    let told = said(&ask(&["--camera", &good.replace("falke-1", "falke-2")]));
    assert!(told.contains("--camera falke-2: allowed: a vehicle of --vehicle"), "{told}");
    let told = said(&ask(&["--camera", &good, "--camera", &good]));
    assert!(told.contains("it has one already"), "{told}");
}
