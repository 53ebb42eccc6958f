//! `picket` as a person starts and stops it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn picket(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_picket")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Starts the room of a folder and waits for its line.
fn serve(folder: &Path) -> (Child, String) {
    let config = folder.join("station.toml");
    let mut child = Command::new(env!("CARGO_BIN_EXE_picket"))
        .args(["serve", "--config", config.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bus_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut file = crate::night::station_file();
    file.bus.listen = vec![format!("tcp/127.0.0.1:{bus_port}")];
    file.record = Some("night.mcap".into());
    crate::night::open(folder.path(), &file);
    folder
}

fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_room_says_where_it_is_and_closes_when_told_with_everything_on_disk() {
    for name in ["INT", "TERM"] {
        let folder = folder();
        let (mut child, line) = serve(folder.path());
        let address = line.strip_prefix("console: http://").unwrap().trim_end().strip_suffix('/').unwrap().to_owned();
        assert!(std::net::TcpStream::connect(address).is_ok());
        let told = Instant::now();
        signal(&child, name);
        let status = child.wait().unwrap();
        let took = told.elapsed();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(status.success(), "{name}: {status}\n{said}");
        assert!(said.contains("closed: everything is on disk"), "{said}");
        // The grace the program gives itself, and what starting and ending a process takes.
        assert!(took < Duration::from_secs(8), "{took:?}");
        assert!(telemetry::recording::Recording::open(folder.path().join("night.mcap")).unwrap().is_complete());
    }
}

#[test]
fn a_room_that_was_killed_opens_again_and_leaves_the_broken_recording_as_it_is() {
    let folder = folder();
    let (mut child, _) = serve(folder.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut child, line) = serve(folder.path());
    assert!(line.starts_with("console: http://127.0.0.1:"), "{line}");
    signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
    assert!(folder.path().join("night.2.mcap").exists());
}

#[test]
fn a_bad_configuration_is_told_and_nothing_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("station.toml");
    std::fs::write(&config, "site = 3\n").unwrap();
    let output = picket(&["serve", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("station.toml:1:8: site: found "), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let output = picket(&["serve", "--config", "/no/such/station.toml"]);
    assert!(text(&output.stderr).contains("/no/such/station.toml"));
}

#[test]
fn a_key_is_made_with_the_lines_for_the_configuration() {
    let said = text(&picket(&["operator-key", "anna"]).stdout);
    let key = said.lines().map(str::trim).find(|line| line.len() == 64).unwrap();
    assert!(said.contains(&format!("key_sha256 = \"{}\"", ground_station::web::key_hash(key))), "{said}");
    assert_ne!(text(&picket(&["operator-key", "anna"]).stdout), said);
    assert!(!picket(&["operator-key", "Not A Name"]).status.success());
}

#[test]
fn a_trial_is_tracked_into_the_files_named() {
    let trial = concat!(env!("CARGO_MANIFEST_DIR"), "/../detection/tests/data/trial");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, timing) = (path("tracks.jsonl"), path("timing.json"));
    let output = picket(&["track", "--scenario", trial, "--out", &out, "--timing", &timing]);
    let said = text(&output.stderr);
    assert!(output.status.success() && output.stdout.is_empty(), "{said}");
    assert!(said.starts_with("134 frames, 131 detections; 21 reports, "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let timing: serde_json::Value = serde_json::from_slice(&std::fs::read(timing).unwrap()).unwrap();
    assert!(timing["cpu_s"].as_f64().unwrap() > 0.0 && timing["wall_s"].as_f64().unwrap() > 0.0, "{timing}");
    let rows = std::fs::read_to_string(&out).unwrap();
    assert!(rows.lines().count() > 20);
    // The clocks steer nothing: a second run writes the same.
    assert!(picket(&["track", "--scenario", trial, "--out", &out]).status.success());
    assert_eq!(std::fs::read_to_string(&out).unwrap(), rows);
}

#[test]
fn a_trial_that_is_none_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("tracks.jsonl");
    let track = || {
        let [scenario, out] = [folder.path(), &out].map(|path| path.to_str().unwrap());
        let output = picket(&["track", "--scenario", scenario, "--out", out]);
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    let said = track();
    assert!(said.starts_with("picket: cannot read ") && said.contains("meta.json: No such file"), "{said}");
    std::fs::write(folder.path().join("meta.json"), "{\n \"t0\": \"now\"}").unwrap();
    std::fs::write(folder.path().join("sensors.json"), "[]").unwrap();
    let said = track();
    assert!(said.contains("meta.json:2:") && said.contains(": t0: "), "{said}");
    assert!(!out.exists());
}

#[test]
fn help_names_the_commands() {
    let said = text(&picket(&["--help"]).stdout);
    for word in ["serve", "operator-key", "track", "Open the room", "Make a key", "to measure it"] {
        assert!(said.contains(word), "{said}");
    }
}
