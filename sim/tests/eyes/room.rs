//! The evidence of an alert of the real operations room from a vehicle's camera: `picket` raises it, `picket-sensor camera` cuts
//! what it saw, `picket-onboard` sends it over a narrow link and dies in the middle of that, and it comes all the same.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::station::{Station, place, radar};
use super::{PATIENCE, autopilot, free_port, now, onboard_config, pattern_config, start};

/// Some seconds for what is cut here.
const KILOBITS_PER_S: u32 = 32;

/// Waits until something holds; gives it.
async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = found().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("{what} never came about"))
}

/// Length and number (inode) of the files in a folder, by their names.
fn files(folder: &Path) -> BTreeMap<String, (u64, u64)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let known = |entry: std::fs::DirEntry| {
        let found = entry.metadata().ok()?;
        Some((entry.file_name().into_string().ok()?, (found.len(), found.ino())))
    };
    entries.filter_map(known).collect()
}

/// What the camera's ledger says has happened.
fn events(folder: &Path) -> Vec<String> {
    let ledger = std::fs::read_to_string(folder.join("ledger.jsonl")).unwrap_or_default();
    ledger.lines().filter_map(|line| line.split('"').nth(3)).map(str::to_owned).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_room_fetches_what_a_vehicle_s_camera_kept_of_its_alert_though_picket_onboard_dies_meanwhile() {
    if let Err(absent) = vision::session::Runtime::load(None) {
        eprintln!("passed over: {absent}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (autopilot_at, scans, poses) = (free_port(), free_port(), free_port());
    let mut station = Station::open(folder.path()).await;
    let _autopilot = tokio::spawn(autopilot::fly(autopilot_at, now()));
    let more = format!("evidence_kilobits_per_s = {KILOBITS_PER_S}");
    let config = onboard_config(folder.path(), [autopilot_at, scans, poses], &station.bus, &more);
    let mut onboard = start("picket-onboard", &[], &config);
    let kept = folder.path().join("evidence");
    let video =
        format!("kilobits_per_s = 400\nevidence = {{ folder = \"{}\", before_s = 1, after_s = 1 }}", kept.display());
    let camera = pattern_config(folder.path(), 600, &video, scans, poses);
    let _camera = start("picket-sensor", &["camera"], &camera);
    // Where the camera's scans are in the room's journal, it has frames and knows how it stands.
    until("the camera's scans", async || (station.counted("picket_journal_new_total").await > 10).then_some(())).await;

    // Ahead of the vehicle, 60 m above the locks.
    let _radar = tokio::spawn(radar(station.bus.clone(), place(0.0, 250.0, 60.0)));
    let cookie = station.signed_in().await;
    let alert = station.until_shown(&cookie, "alerts", |alert| alert["rule"] == "zone_entered").await;
    assert_eq!(alert["zone"], "locks", "{alert}");
    assert_eq!(station.shown(&cookie).await["evidence"], json!([]));

    // The link is cut in the middle of the clip, when the picture is there.
    let begun = async || {
        let there = files(&station.evidence);
        let picture = there.keys().any(|name| !name.ends_with(".part"));
        there.into_iter().find(|(name, (bytes, _))| picture && *bytes > 0 && name.ends_with(".part"))
    };
    let (part, (_, number)) = until("a first piece of the clip", begun).await;
    onboard.kill().await.unwrap();
    let (bytes, _) = files(&station.evidence)[&part];
    assert_eq!(station.shown(&cookie).await["evidence"], json!([]), "half of it is none");
    assert_eq!(events(&kept), ["cut"]);
    let _onboard = start("picket-onboard", &[], &config);

    let shown = station.until_shown(&cookie, "evidence", |shown| shown["alert"] == alert["id"]).await;
    assert_eq!((&shown["camera"], &shown["picture"]), (&json!("falke-1.camera"), &json!([480, 272])), "{shown}");
    let at_ms = alert["raised_at"].as_i64().unwrap();
    assert_eq!(shown["at"].as_i64(), Some(at_ms));
    assert!((shown["begins"].as_i64().unwrap()..=shown["ends"].as_i64().unwrap()).contains(&at_ms), "{shown}");
    let there = files(&station.evidence);
    assert_eq!(there.len(), 2, "a clip and a picture, and nothing begun: {there:?}");
    for (file, kind, mark) in
        [(&shown["clip"], "video/mp4", &b"ftyp"[..]), (&shown["snapshot"], "image/jpeg", &b"JFIF"[..])]
    {
        let name = file["sha256"].as_str().unwrap();
        let path = station.evidence.join(name);
        let stored = std::fs::read(&path).unwrap();
        assert_eq!((sha256(&stored).as_str(), Some(stored.len() as u64)), (name, file["bytes"].as_u64()));
        assert!(path.metadata().unwrap().permissions().readonly());
        assert!(stored[..16].windows(4).any(|at| at == mark), "{kind}: {:?}", &stored[..16]);
        assert_eq!(std::fs::read(kept.join(name)).unwrap(), stored, "what is on board");
        let address = format!("/api/evidence/{name}");
        let (status, head, body) = station.ask("GET", &address, &cookie, "").await;
        assert!(status == 200 && head.contains(&format!("content-type: {kind}")), "{head}");
        assert!(body == stored, "{} of {} bytes", body.len(), stored.len());
        assert_eq!(station.ask("GET", &address, "", "").await.0, 401, "nobody is signed in");
    }
    let whole = part.trim_end_matches(".part");
    assert_eq!(there[whole].1, number, "it went on behind the {bytes} bytes that were there");
    assert!(there[whole].0 > bytes, "it was cut in the middle");
    until("the word that the room has it", async || (events(&kept) == ["cut", "kept_by_room"]).then_some(())).await;
    assert_eq!(station.counted("picket_evidence_refused_total").await, 0);

    // All of it is on disk when the room closes.
    kill_process(Pid::from_raw(station.child.id().unwrap().cast_signed()).unwrap(), Signal::INT).unwrap();
    assert!(timeout(PATIENCE, station.child.wait()).await.expect("the room closes").unwrap().success());
    let database = Connection::open(&station.store).unwrap();
    let clip = shown["clip"]["sha256"].as_str().unwrap();
    let count = |sql: &str| database.query_row(sql, [clip], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM evidence WHERE clip = ?1 AND camera = 'falke-1.camera'"), 1);
    assert_eq!(count("SELECT count(*) FROM accesses WHERE operator = 'anna' AND what = 'fetched ' || ?1"), 1);
}
