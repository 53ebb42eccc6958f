//! Every shipped night in virtual time: its expectations hold, the same seed gives the same bytes, and the operations
//! room raises from a recording what it raised when the recording was made.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use missions::Scenario;
use sim::night::Night;
use sim::replay::replay;
use sim::report::Report;

fn play(name: &str, seed: u64, record: Option<&Path>) -> Report {
    let scenario = Scenario::open(Path::new(name)).unwrap_or_else(|errors| panic!("{name}: {errors}"));
    let record = record.map(|path| File::create(path).unwrap());
    let mut night = Night::new(scenario, seed, record).unwrap();
    while night.play(night.now() + Duration::from_secs(600)).unwrap() {}
    night.judge().unwrap()
}

fn json(report: &Report) -> Vec<u8> {
    let mut bytes = Vec::new();
    report.write_json(&mut bytes).unwrap();
    bytes
}

#[test]
fn every_expectation_of_every_shipped_night_holds() {
    for name in missions::embedded::names("scenarios") {
        let report = play(name, 1, None);
        assert!(report.held, "{report}");
        assert!(!report.expectations.is_empty(), "{name} expects nothing");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let folder = tempfile::tempdir().unwrap();
    let night = |file: &str, seed| {
        let path = folder.path().join(file);
        let report = json(&play("first-look", seed, Some(&path)));
        (report, fs::read(path).unwrap())
    };
    let (first, again, other) = (night("first.mcap", 7), night("again.mcap", 7), night("other.mcap", 8));
    assert_eq!(first.0, again.0, "reports");
    assert!(first.1 == again.1, "recordings of {} and {} bytes", first.1.len(), again.1.len());
    assert!(first.0 != other.0 && first.1 != other.1, "another seed is another night");
}

#[test]
fn a_recording_run_again_raises_what_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["first-look", "link-loss", "border-strip"] {
        let path = folder.path().join(format!("{name}.mcap"));
        play(name, 3, Some(&path));
        let outcome = replay(&path).unwrap();
        assert!(outcome.equal() && outcome.complete, "{name}: {outcome}");
    }
}

#[test]
fn a_recording_cut_off_by_a_power_loss_runs_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.mcap");
    play("first-look", 4, Some(&path));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let outcome = replay(&path).unwrap();
    assert!(outcome.equal() && !outcome.complete, "{outcome}");
}

#[test]
fn a_station_that_loses_power_keeps_its_alerts_and_misses_no_journal_entry() {
    let text = include_str!("../../missions/files/scenarios/first-look.toml");
    let folder = tempfile::tempdir().unwrap();
    for kept in ["sites", "plans", "maps", "incidents", "flights"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../missions/files").join(kept);
        std::os::unix::fs::symlink(fs::canonicalize(from).unwrap(), folder.path().join(kept)).unwrap();
    }
    fs::create_dir(folder.path().join("scenarios")).unwrap();
    let path = folder.path().join("scenarios/cut.toml");
    let fault = "\n[[fault]]\nkind = \"station_down\"\nfrom = 60\nto = 120\n";
    fs::write(&path, format!("{text}{fault}")).unwrap();
    let report = play(path.to_str().unwrap(), 1, None);
    let held =
        |words: &str| report.expectations.iter().any(|verdict| verdict.expectation.contains(words) && verdict.held);
    assert!(held("alert zone_entered") && held("nothing lost"), "{report}");
}

#[test]
fn bad_scenarios_are_refused_in_words_and_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.toml");
    for bytes in [&b""[..], b"\xff\xfe\x00", b"site = 1", b"[[vehicle]]\nid = \"A B\"\n"] {
        fs::write(&path, bytes).unwrap();
        let errors = Scenario::open(&path).unwrap_err().to_string();
        assert!(errors.contains("bad.toml"), "{errors}");
    }
}
