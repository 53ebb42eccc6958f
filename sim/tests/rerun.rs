//! `picket-sim run --rerun` and `picket-sim rerun`: the night, or a film, as a file for the Rerun viewer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::{Command, Output};

fn picket_sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_picket-sim")).args(arguments).output().unwrap()
}

fn holds(path: &Path, entity: &str) -> bool {
    let bytes = std::fs::read(path).unwrap();
    bytes.windows(entity.len()).any(|window| window == entity.as_bytes())
}

#[test]
fn a_flown_night_and_its_recording_show_vehicles_tracks_sights_zones_and_alerts() {
    let folder = tempfile::tempdir().unwrap();
    let [flown, recording, told] = ["flown.rrd", "night.mcap", "told.rrd"].map(|name| folder.path().join(name));
    let [flown_text, recording_text, told_text] = [&flown, &recording, &told].map(|path| path.display().to_string());
    let run = ["run", "first-look", "--quiet", "--record", &recording_text, "--rerun", &flown_text];
    assert_eq!(picket_sim(&run).status.code(), Some(0));
    let output = picket_sim(&["rerun", &recording_text, &told_text]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("told.rrd: ") && said.contains(" tracks, "), "{said}");
    for entity in ["site/vehicle/falke-1", "map/vehicle/falke-1", "site/track/", "site/sight/", "site/zone/", "alerts"]
    {
        assert!(holds(&flown, entity), "{entity} of the night that was flown");
        assert!(holds(&told, entity), "{entity} of the recording");
    }
}

#[test]
fn a_film_shows_pictures_what_is_seen_in_them_and_the_truth_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let [film, out] = ["film.y4m", "film.rrd"].map(|name| folder.path().join(name).display().to_string());
    let tower = ["--tower", "10.1495,54.3600,35", "--look", "147,0.4", "--at", "190", "--fov", "10"];
    let size = ["--duration", "3", "--fps", "10", "--size", "480x272", "--out", &film];
    let shot = picket_sim(&[&["camera", "kiel-night"][..], &tower, &size].concat());
    assert_eq!(shot.status.code(), Some(0));
    let output = picket_sim(&["rerun", &film, &out]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("ONNX Runtime's library is not here") {
        eprintln!("passed over: {said}");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{said}");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("30 frames, with their truth"), "{told}");
    // Names of entities stand in the file as they are; what is logged to them may be compressed.
    for entity in ["camera/seen", "camera/truth", "site/eye", "site/truth/intruder", "site/sight/0"] {
        assert!(holds(Path::new(&out), entity), "{entity}");
    }
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let [noise, out] = ["noise.mcap", "out.rrd"].map(|name| folder.path().join(name).display().to_string());
    std::fs::write(&noise, b"nothing of the kind").unwrap();
    let output = picket_sim(&["rerun", &noise, &out]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("noise.mcap"), "{said}");
    assert!(!Path::new(&out).exists());
}
