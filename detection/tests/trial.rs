//! Trials: a small one run whole, files nobody would write, and the open benchmark where it is at hand.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use detection::trial::{Clocks, Outcome, Row, RowStatus, Source, Trial, TrialError};
use proptest::prelude::*;
use serde_json::Value;
use telemetry::messages::{
    BiasSigma, Claim, Classification, PoseSigma, RangeProbability, RemoteIdClaim, SensorDescription, SensorKind,
    TargetClass, Track, TrackAlert, TrackStatus,
};
use telemetry::{AltitudeHae, EnuVelocity, Geodetic, Timestamp, TrackId};

/// The three files of a trial.
#[derive(Clone)]
struct Files {
    meta: Vec<u8>,
    sensors: Vec<u8>,
    detections: Vec<u8>,
}

impl Files {
    fn of(folder: &Path) -> Self {
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        Self { meta: read("meta.json"), sensors: read("sensors.json"), detections: read("detections.jsonl") }
    }

    fn small() -> Self {
        Self::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/trial"))
    }

    fn run(&self) -> Result<(Outcome, Vec<u8>), TrialError> {
        let trial = Trial::read(source("meta.json", &self.meta), source("sensors.json", &self.sensors))?;
        let mut rows = Vec::new();
        let outcome = trial.run(source("detections.jsonl", &self.detections), &mut rows, ticking())?;
        Ok((outcome, rows))
    }

    fn rows(&self) -> Vec<Row> {
        parsed(&self.run().unwrap().1)
    }

    /// As it would have been recorded had the recorder stopped at a time.
    fn until(&self, end_s: f64) -> Self {
        let delivered = |line: &&[u8]| serde_json::from_slice::<Value>(line).unwrap()["rx"].as_f64().unwrap() <= end_s;
        let lines: Vec<&[u8]> = lines(&self.detections).take_while(delivered).collect();
        Self { detections: lines.join(&b'\n'), ..self.clone() }
    }

    fn with(&self, file: &str, change: impl Fn(&mut Vec<u8>)) -> Self {
        let mut changed = self.clone();
        change(match file {
            "meta.json" => &mut changed.meta,
            "sensors.json" => &mut changed.sensors,
            _ => &mut changed.detections,
        });
        changed
    }
}

fn source<'a>(name: &str, bytes: &'a [u8]) -> Source<&'a [u8]> {
    Source { name: name.to_owned(), bytes }
}

/// Clocks that go on by a millisecond, and half of one, at every look.
fn ticking() -> impl FnMut() -> Clocks {
    let mut looks = 0;
    move || {
        looks += 1;
        Clocks { wall: Duration::from_millis(looks), cpu: Duration::from_micros(500 * looks) }
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty())
}

fn parsed(rows: &[u8]) -> Vec<Row> {
    lines(rows).map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// Rows are sound: on the grid in order, one for each track at a time, numbers that are some, variances above zero.
fn check_rows(rows: &[Row], period_s: f64) {
    assert!(rows.is_sorted_by(|a, b| a.t <= b.t));
    let keys: BTreeSet<(i64, &str)> = rows.iter().map(|row| ((row.t * 1e3) as i64, row.id.as_str())).collect();
    assert_eq!(keys.len(), rows.len(), "a track twice in one report");
    for row in rows {
        assert!((row.t / period_s).fract() == 0.0, "{row:?}");
        assert!(row.lat.abs() <= 90.0 && row.lon.abs() <= 180.0 && row.alt.abs() < 1e6, "{row:?}");
        assert!([row.ve, row.vn, row.vu].iter().all(|v| v.abs() < 1000.0), "{row:?}");
        assert!(row.cov.iter().all(|c| c.is_finite()), "{row:?}");
        assert!([0, 6, 11, 15, 18, 20].iter().all(|place| row.cov[*place] > 0.0), "{row:?}");
    }
}

#[test]
fn a_small_trial_is_run_and_both_drones_are_found() {
    let (outcome, rows) = Files::small().run().unwrap();
    let rows = parsed(&rows);
    check_rows(&rows, 1.0);
    assert_eq!((outcome.reports, outcome.rows, outcome.plots_dropped), (21, rows.len() as u64, 0));
    assert_eq!(rows.last().unwrap().t, 20.0);
    // Where they were at 19 s, by the generator.
    for (lat, lon, alt) in [(47.0105701, 19.0037302, 92.33), (47.0085941, 18.9963732, 109.63)] {
        let away = |row: &Row| {
            let (north, east) = ((row.lat - lat) * 111_180.0, (row.lon - lon) * 76_000.0);
            north.hypot(east).hypot(row.alt - alt)
        };
        let believed = |row: &&Row| row.t == 19.0 && row.status != RowStatus::Tentative;
        let nearest = rows.iter().filter(believed).map(away).fold(f64::INFINITY, f64::min);
        assert!(nearest < 50.0, "{nearest} m");
    }
}

#[test]
fn time_is_counted_for_steps_and_reports_alone() {
    let (outcome, _) = Files::small().run().unwrap();
    let timing = outcome.timing;
    assert_eq!((timing.frames, timing.detections), (134, 131), "the last frames come after the last report");
    let looks = 2 * (134 + 21) + 2;
    assert_eq!(timing.cpu_s, f64::from(134 + 21) * 0.5e-3);
    assert_eq!(timing.wall_s, f64::from(looks - 1) * 1e-3);
    for (times, expected) in [(timing.frame_ms, 0.5), (timing.frame_wall_ms, 1.0)] {
        assert!((times.p99 - expected).abs() < 0.01 && times.max == expected, "{timing:?}");
    }
    let text = serde_json::to_string(&timing).unwrap();
    assert!(text.starts_with(r#"{"cpu_s":0.0775,"wall_s":"#) && text.contains(r#""frame_ms":{"p50":"#), "{text}");
}

#[test]
fn a_report_knows_nothing_of_what_came_after_it() {
    let whole = Files::small();
    let rows = whole.rows();
    for end_s in [0.0, 4.6, 10.0, 15.0] {
        let early: Vec<Row> = rows.iter().filter(|row| row.t <= end_s).cloned().collect();
        let cut: Vec<Row> = whole.until(end_s).rows().into_iter().filter(|row| row.t <= end_s).collect();
        assert_eq!(cut, early, "at {end_s} s");
    }
}

#[test]
fn a_mistake_is_told_with_its_file_line_and_field_and_what_is_allowed() {
    let files = Files::small();
    let check = |file: &str, from: &str, to: &str, expected: &[&str]| {
        let changed = files.with(file, |bytes| {
            let text = String::from_utf8(std::mem::take(bytes)).unwrap();
            assert!(text.contains(from), "{file} has no {from}");
            *bytes = text.replacen(from, to, 1).into_bytes();
        });
        let error = changed.run().map(|_| ()).unwrap_err().to_string();
        for part in [file].iter().chain(expected) {
            assert!(error.contains(part), "{error:?} does not say {part:?}");
        }
    };
    let meta = |from: &str, to: &str, expected: &[&str]| check("meta.json", from, to, expected);
    meta("\"t1\": 20.0", "\"t1\": \"soon\"", &["meta.json:6:", ": t1: ", "\"soon\"", "expected f64"]);
    meta("\"t1\": 20.0", "\"t1\": -1", &["found t0 0, t1 -1", "t1 not before t0"]);
    meta("\"t1\": 20.0", "\"t1\": 2e9", &["meta.json:6:", "t1: found 2000000000; allowed: -1000000000 to"]);
    meta("\"report_period\": 1.0", "\"report_period\": 0", &["meta.json:7:", "report_period: found 0; allowed"]);
    meta("\"report_period\": 1.0", "\"report_period\": 1e-5", &["found report_period 0.00001", "at least 0.001 s"]);
    meta("47.0", "147.0", &["origin", "found [147, 19, 0]; allowed: [latitude, longitude, height]"]);
    meta("\"origin\"", "\"origins\"", &["missing field `origin`"]);
    meta("{", "", &["meta.json:2:"]);

    let sensors = |from: &str, to: &str, expected: &[&str]| check("sensors.json", from, to, expected);
    sensors("\"kind\":\"radar\"", "\"kind\":\"radr\"", &["sensors.json:2:", "[0].kind", "radr", "`radar`, `coastal`"]);
    sensors("\"id\":\"B1\"", "\"id\":\"B 1\"", &["sensors.json:3:", "[1].id", "b 1", "allowed are 1 to 48"]);
    sensors("\"id\":\"B1\"", "\"id\":\"r1\"", &["two sensors r1"]);
    sensors("\"az\":0.4,", "\"az\":-0.4,", &["sensors.json:2:", "[0].sigma.az: found -0.4; allowed: more than 0"]);
    sensors("\"az\":0.4,", "", &["sensors.json:2:", "[0]", "found no sigma.az; allowed: a sigma for all that meas"]);
    sensors("\"az\":[0,360]", "\"az\":[0,361]", &["[0].fov.az: found [0, 361]; allowed: [centre, width]"]);
    sensors("[2000,0.95]", "[2000,1.95]", &["[0].pd: row 1: found [2000, 1.95]", "probabilities 0 to 1"]);
    sensors("[2000,0.95]", "[0,0.95]", &["[0].pd: row 1: found [0, 0.95]", "ascending"]);
    sensors("\"lla\":[47.0,", "\"lla\":[97.0,", &["[0].lla: found [97, 19, 8]; allowed: [latitude"]);
    sensors("\"lla\":", "\"llb\":", &["[0]", "found neither lla nor poses; allowed: one of them"]);
    sensors("\"poses\":", "\"lla\":[0,0,0],\"poses\":", &["[2]", "found lla and poses; allowed: one of them"]);
    sensors("\"poses\":[[0.0,", "\"poses\":[[9.0,", &["sensors.json:4:", "[2].poses: row 1: found time 1; allowed"]);
    sensors("\"period\":1.0", "\"period\":-1.0", &["[0].period: found -1; allowed: 0 to 3600"]);
    sensors("\"latency\":[0.1,0.1]", "\"latency\":[2,1]", &["[0].latency: found [2, 1]; allowed: [low, high]"]);

    let detections = |from: &str, to: &str, expected: &[&str]| check("detections.jsonl", from, to, expected);
    detections(
        "{\"rx\":0.6,",
        "{\"rx\":0.2,",
        &["detections.jsonl:2:", "rx: found 0.2 after 0.35", "order of delivery"],
    );
    detections("{\"rx\":0.6,", "{", &["detections.jsonl:2:", "missing field `rx`"]);
    detections("\"D1\"", "\"D9\"", &["detections.jsonl:3:", "sensor: found \"D9\"", "b1, d1, r1"]);
    detections("\"az\":72.895", "\"az\":\"N\"", &["detections.jsonl:3:", "dets[0].az", "string \"N\", expected f64"]);
    detections("\"t\":0.1,", "", &["detections.jsonl:3:", "missing field `t`"]);
    detections("\"t\":0.1,", "\"t\":1e20,", &["detections.jsonl:3:", ": t: ", "allowed is ±"]);
    detections("\"dets\":[]}\n", "\"dets\":[]\n", &["detections.jsonl:2:", "EOF while parsing an object"]);
    detections("{\"rx\":0.6,", &"x".repeat(2_000_000), &["detections.jsonl:2:", "found more than 1048576 bytes"]);
}

/// A trial of one sensor at 47° north, 19° east, in words of `sensors.json` beyond where it stands and what it is called.
fn description(rest: &str) -> SensorDescription {
    let meta = r#"{"t0":0,"t1":1,"report_period":1,"origin":[47,19,0],"interest":["drone"]}"#;
    let sensors = format!(r#"[{{"id":"S1","lla":[47,19,8],{rest}}}]"#);
    let trial = Trial::read(source("meta.json", meta.as_bytes()), source("sensors.json", sensors.as_bytes())).unwrap();
    assert_eq!(trial.interest().iter().collect::<Vec<_>>(), ["drone"]);
    trial.sensors().next().unwrap().clone()
}

#[test]
fn everything_that_is_stated_of_a_sensor_reaches_the_tracker() {
    let radar = description(
        r#""kind":"radar","meas":["r","az","el","rr"],"sigma":{"r":4,"az":0.4,"el":0.6,"rr":0.5},
        "fov":{"r":[50,4500],"az":[-35,120],"el":[-3,60],"rr":[-80,80]},"pd":[[0,1],[2250,1],[4500,0]],
        "pd_factor":{"bird":0.75},"clutter_per_scan":5,"period":1,"phase":0.5,"latency":[0.1,0.3],"rotating":true,
        "resolution":{"r":8,"az":1.8},"llr_mean":0.5,"bias_prior_sigma":{"az":0.9,"t":0.1}"#,
    );
    assert_eq!((radar.id.as_str(), radar.kind, radar.period_s), ("s1", SensorKind::Radar, 1.0));
    assert_eq!((radar.position.height().metres, radar.altitude.metres, radar.clutter_per_scan), (8.0, 8.0, 5.0));
    let sector = radar.coverage.sector.unwrap();
    assert!((sector.from.degrees() - 265.0).abs() + (sector.to.degrees() - 25.0).abs() < 1e-9, "{sector:?}");
    assert_eq!(radar.coverage.range_m, [50.0, 4500.0]);
    // From 50 m on: certain over 2200 m, a half on average over 2250 m.
    assert!((radar.detection_probability - (2200.0 + 1125.0) / 4450.0).abs() < 1e-3);
    let stated = radar.performance;
    assert_eq!(stated.detection_by_range[2], RangeProbability { range_m: 4500.0, probability: 0.0 });
    assert_eq!((stated.bird_factor, stated.rotation), (Some(0.75), true));
    assert_eq!((stated.range_rate_span_m_s, stated.latency_s), (Some([-80.0, 80.0]), Some([0.1, 0.3])));
    let cell = stated.resolution.unwrap();
    assert_eq!((cell.range_m, cell.azimuth_rad), (8.0, 1.8f64.to_radians()));
    assert_eq!(cell.elevation_rad, std::f64::consts::PI, "not stated: it parts nothing");
    let bias = BiasSigma { range_m: 0.0, azimuth_rad: 0.9f64.to_radians(), elevation_rad: 0.0, time_s: 0.1 };
    assert_eq!((stated.bias_sigma, stated.drone_llr_mean), (Some(bias), Some(0.5)));
    assert_eq!((stated.pose_sigma, stated.sound_speed_m_s), (None, None));

    let array = description(
        r#""kind":"acoustic","meas":["az","el"],"sigma":{"az":5,"el":5},"fov":{"r":[5,500],"az":[0,360]},"pd":[[0,0.9]],
        "clutter_per_scan":0.3,"period":1,"sound_speed":340,"llr_mean":0,"pose_sigma":{"h":1.5,"v":2}"#,
    );
    assert_eq!((array.kind, array.coverage.sector), (SensorKind::Acoustic, None));
    assert!((array.detection_probability - 0.9).abs() < 1e-9);
    assert_eq!((array.performance.sound_speed_m_s, array.performance.drone_llr_mean), (Some(340.0), None));
    assert_eq!(
        array.performance.pose_sigma,
        Some(PoseSigma { horizontal_m: 1.5, vertical_m: 2.0, correlation_s: 0.0 })
    );
    assert_eq!(array.coverage.elevation.map(|el| el.radians().to_degrees().round()), [-90.0, 90.0]);
}

#[test]
fn a_row_says_what_the_track_says_and_can_be_read_again() {
    let at = Timestamp::from_unix_seconds(61.0);
    let mut track = Track {
        id: TrackId(7),
        estimated_at: at,
        updated_at: at,
        first_seen_at: at,
        position: Geodetic::from_degrees(47.012345678901, -19.5, AltitudeHae::new(88.12345)).unwrap(),
        velocity: EnuVelocity { east_m_s: 12.1, north_m_s: -9.8, up_m_s: 0.2 },
        covariance: std::array::from_fn(|n| n as f32 + 0.1),
        status: TrackStatus::Coasting,
        classification: Classification { belief: [(TargetClass::Drone, 1.0)].into(), ..Classification::default() },
        claim: Some(Claim::RemoteId(RemoteIdClaim::new("1581F5FKD2").unwrap())),
        measured_by: BTreeMap::new(),
        alerts: BTreeSet::from([TrackAlert::RidSpoof, TrackAlert::DuplicateIdentity]),
        sources: Vec::new(),
        vehicle: None,
    };
    let row = Row::of(&track, 61.0).unwrap();
    let text = serde_json::to_string(&row).unwrap();
    let expected =
        r#"{"t":61.0,"id":"7","lat":47.01234568,"lon":-19.5,"alt":88.123,"ve":12.1,"vn":-9.8,"vu":0.2,"cov":[0.1,1.1,"#;
    assert!(text.starts_with(expected), "{text}");
    let expected =
        r#""class":"drone","status":"coasting","ident":"RID-1581F5FKD2","alerts":["rid_spoof","duplicate_identity"]}"#;
    assert!(text.ends_with(expected), "{text}");
    assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
    (track.claim, track.alerts) = (None, BTreeSet::new());
    let text = serde_json::to_string(&Row::of(&track, 61.0).unwrap()).unwrap();
    assert!(text.ends_with(r#""status":"coasting"}"#), "{text}");
    track.status = TrackStatus::Dropped;
    assert_eq!(Row::of(&track, 61.0), None);
}

#[test]
fn what_is_nonsense_in_a_plot_is_counted_and_its_frame_kept() {
    let changed = Files::small().with("detections.jsonl", |bytes| {
        *bytes = String::from_utf8(std::mem::take(bytes)).unwrap().replacen("\"r\":1552.7", "\"r\":-1", 1).into_bytes();
    });
    let (outcome, _) = changed.run().unwrap();
    assert_eq!((outcome.plots_dropped, outcome.timing.frames, outcome.timing.detections), (1, 134, 130));
}

#[test]
fn truth_is_never_needed_and_a_trial_without_detections_is_one_of_reports() {
    let (outcome, rows) = Files::small().with("detections.jsonl", Vec::clear).run().unwrap();
    assert_eq!((outcome.reports, outcome.rows, rows.len()), (21, 0, 0));
    assert_eq!(outcome.timing.frame_ms.max, 0.0);
}

/// The detections with those of each frame in another order; written anew, so compare with another order only.
fn shuffled(detections: &[u8], keys: &[u32]) -> Vec<u8> {
    let mut keys = keys.iter().cycle();
    let shuffle = |line: &[u8]| {
        let mut frame: Value = serde_json::from_slice(line).unwrap();
        frame["dets"].as_array_mut().unwrap().sort_by_cached_key(|_| keys.next().copied());
        serde_json::to_vec(&frame).unwrap()
    };
    lines(detections).map(shuffle).collect::<Vec<_>>().join(&b'\n')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_detections_within_a_frame_changes_nothing(keys in prop::collection::vec(any::<u32>(), 1..60)) {
        let small = Files::small();
        let run = |keys: &[u32]| small.with("detections.jsonl", |all| *all = shuffled(all, keys)).run().unwrap().1;
        prop_assert_eq!(run(&keys), run(&[0]));
    }

    #[test]
    fn bytes_nobody_sent_are_refused_without_a_panic(
        file in 0..3usize,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let file = ["meta.json", "sensors.json", "detections.jsonl"][file];
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        let outcome = Files::small().with(file, |all| all.clone_from(&bytes)).run();
        prop_assert!(outcome.is_err() || (blank && file == "detections.jsonl"));
    }

    #[test]
    fn damaged_files_are_survived(
        file in 0..3usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let file = ["meta.json", "sensors.json", "detections.jsonl"][file];
        let damaged = Files::small().with(file, |all| {
            for (place, byte) in &damage {
                let place = place.index(all.len());
                // A digit for a digit keeps it a number: such damage gets the farthest.
                all[place] = if all[place].is_ascii_digit() { b'0' + byte % 10 } else { *byte };
            }
            if damage.len() == 1 {
                all.truncate(cut.index(all.len()));
            }
        });
        if let Ok((outcome, rows)) = damaged.run() {
            prop_assert_eq!(outcome.rows, parsed(&rows).len() as u64);
        }
    }
}

/// The open benchmark's scenarios, where they are at hand.
fn benchmark() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/bench/tracking");
    let folder = std::env::var_os("PICKET_TRACKING_BENCH").map_or_else(beside, PathBuf::from).join("data");
    folder.is_dir().then_some(folder)
}

#[test]
fn the_open_benchmark_gives_sound_and_causal_rows() {
    let Some(folder) = benchmark() else {
        println!("not run: no tracking benchmark here; PICKET_TRACKING_BENCH=/its/folder names one");
        return;
    };
    let mut families: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    families.sort();
    for family in families {
        let files = Files::of(&family.join("seed1"));
        let meta: Value = serde_json::from_slice(&files.meta).unwrap();
        let rows = files.rows();
        println!("{}: {} rows", family.display(), rows.len());
        check_rows(&rows, meta["report_period"].as_f64().unwrap());
        assert!(rows.iter().any(|row| row.status == RowStatus::Confirmed), "{}", family.display());
        let half_s = (meta["t1"].as_f64().unwrap() / 2.0).floor();
        let early: Vec<&Row> = rows.iter().filter(|row| row.t <= half_s).collect();
        let cut = files.until(half_s).rows();
        let cut: Vec<&Row> = cut.iter().filter(|row| row.t <= half_s).collect();
        assert_eq!(cut, early, "{}", family.display());
    }
}
