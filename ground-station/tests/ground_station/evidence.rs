//! What a camera kept of an alert: fetched from it in pieces, checked, stored, shown, and given to who is signed in.

use std::collections::BTreeMap;
use std::time::Duration;

use ground_station::config::EvidenceSection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use telemetry::bus::{Bus, EvidenceServer};
use telemetry::messages::{
    Alert, AlertRule, AlertState, EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceReply, EvidenceRequest,
    EvidenceSnapshot, EvidenceWish, FileHash, JournalBody, JournalEntry, Message, SensorKind, Severity, Subject,
    VideoBox, VideoBytes,
};
use telemetry::{SensorId, Timestamp};
use tokio::time::timeout;

use crate::night::vehicle_id;
use crate::port::{Console, Port, now};

/// How long anything may take before a test gives up. Nothing is decided by it but failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the camera gives at a time.
const PIECE: usize = 100;

/// A room with a camera in its configuration, which keeps evidence.
async fn room() -> Port {
    let mut camera = crate::night::radar();
    camera.description.id = SensorId::new("mast-1").unwrap();
    camera.description.kind = SensorKind::Camera;
    camera.sigma.range_m = None;
    let mut file = crate::night::station_file();
    file.sensors.push(camera.table());
    file.evidence = Some(EvidenceSection { folder: "evidence".into(), total_mib: Some(256) });
    Port::open_with(file).await
}

fn hash(bytes: &[u8]) -> FileHash {
    FileHash::new(Sha256::digest(bytes).into())
}

/// A camera on the bus, with a clip of 1,000 bytes and a picture of 350.
struct Camera {
    bus: Bus,
    server: EvidenceServer,
    files: BTreeMap<FileHash, Vec<u8>>,
    notice: EvidenceNotice,
}

impl Camera {
    async fn open(port: &Port) -> Self {
        let bus = port.bus().await;
        let server = bus.serve_evidence(&SensorId::new("mast-1").unwrap()).await.unwrap();
        let (clip, picture): (Vec<u8>, Vec<u8>) = ((0..1000).map(|n| (n % 251) as u8).collect(), vec![0xd8; 350]);
        let file = |bytes: &[u8]| EvidenceFile { hash: hash(bytes), bytes: bytes.len() as u64 };
        let boxes =
            vec![VideoBox { bounds: [1.0, 2.0, 3.0, 4.0], class: "drone".into(), confidence: 0.5, track: Some(7) }];
        let at = |s: i64| Timestamp::from_unix_nanos(1_795_230_720_000_000_000 + s * 1_000_000_000);
        let notice = EvidenceNotice {
            sensor: "mast-1".parse().unwrap(),
            alert: "falke-2.1".parse().unwrap(),
            at: at(0),
            begins: at(-10),
            ends: at(20),
            picture: [640, 512],
            clip: file(&clip),
            snapshot: Some(EvidenceSnapshot { file: file(&picture), taken_at: at(0), boxes }),
        };
        let files = [clip, picture].into_iter().map(|bytes| (hash(&bytes), bytes)).collect();
        Self { bus, server, files, notice }
    }

    /// Raises the alert that the evidence is of.
    async fn alert(&self, console: &mut Console) {
        let alert = Alert {
            id: self.notice.alert.clone(),
            rule: AlertRule::Vehicle,
            severity: Severity::Warning,
            raised_at: now(),
            measured_at: now(),
            subject: Subject::Vehicle(vehicle_id("falke-2")),
            position: None,
            zone: None,
            text: "falke-2 sees something".to_owned(),
            state: AlertState::Raised,
        };
        let body = JournalBody::Alert(alert);
        let (vehicle, recorded_at) = (vehicle_id("falke-2"), now());
        let entry = JournalEntry { vehicle, series: 1, number: 1, after: 0, recorded_at, body };
        self.bus.publish(&Message::JournalEntry(entry)).await.unwrap();
        console.until_in("alerts", |alert| alert["id"] == "falke-2.1").await;
    }

    /// Announces and answers until the room says that it has everything, or has had so many pieces; gives the offsets that
    /// it asked for.
    async fn offer(&mut self, pieces: usize) -> Vec<(FileHash, u64)> {
        let mut asked = Vec::new();
        let mut announce = tokio::time::interval(Duration::from_millis(100));
        let Self { bus, server, files, notice } = self;
        let offering = async {
            loop {
                let (EvidenceRequest { sensor, alert, wish }, replier) = tokio::select! {
                    _ = announce.tick() => {
                        bus.publish(&Message::Evidence(notice.clone())).await.unwrap();
                        continue;
                    }
                    request = server.recv() => request.unwrap(),
                };
                let answer = match wish {
                    EvidenceWish::Kept => EvidenceAnswer::Noted,
                    // Whoever asks hears nothing.
                    EvidenceWish::Piece { .. } if asked.len() == pieces => return,
                    EvidenceWish::Piece { file, offset } => {
                        asked.push((file, offset));
                        let bytes = &files[&file][offset as usize..];
                        EvidenceAnswer::Bytes(VideoBytes(bytes[..bytes.len().min(PIECE)].to_vec()))
                    }
                };
                replier.reply(&EvidenceReply { sensor, alert, wish, answer }).await.unwrap();
                if wish == EvidenceWish::Kept {
                    return;
                }
            }
        };
        timeout(PATIENCE, offering).await.expect("the room fetches");
        asked
    }
}

async fn get(port: &Port, name: &str, headers: &[(&str, &str)]) -> crate::port::Answer {
    port.ask("GET", &format!("/api/evidence/{name}"), headers, "").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_comes_in_pieces_and_is_shown_with_its_alert_and_given_to_who_is_signed_in() {
    let port = room().await;
    let mut camera = Camera::open(&port).await;
    let (mut console, snapshot) = port.console().await;
    assert_eq!(snapshot["evidence"], json!([]));
    camera.alert(&mut console).await;
    let asked = camera.offer(usize::MAX).await;
    assert_eq!((asked.len(), asked[0].1, asked[13].1), (4 + 10, 0, 900), "picture and clip, each piece once");
    let shown = console.until_in("evidence", |shown| shown["camera"] == "mast-1").await;
    let (clip, picture) = (camera.notice.clip.hash.to_string(), camera.notice.files().next().unwrap().hash.to_string());
    assert_eq!((&shown["alert"], &shown["clip"]), (&json!("falke-2.1"), &json!({ "sha256": clip, "bytes": 1000 })));
    assert_eq!(
        (&shown["snapshot"]["sha256"], &shown["snapshot"]["boxes"][0]["class"]),
        (&json!(picture), &json!("drone"))
    );
    assert_eq!(shown["ends"].as_i64().unwrap() - shown["begins"].as_i64().unwrap(), 30_000);

    let cookie = port.cookie().await;
    let ours = [("Cookie", cookie.as_str())];
    let whole = get(&port, &clip, &ours).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("video/mp4")));
    assert_eq!(
        (&whole.body, whole.header("cache-control")),
        (&camera.files[&camera.notice.clip.hash], Some("no-store"))
    );
    let part = get(&port, &clip, &[("Cookie", &cookie), ("Range", "bytes=10-19")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &camera.files[&camera.notice.clip.hash][10..20]));
    assert_eq!(get(&port, &picture, &ours).await.header("content-type"), Some("image/jpeg"));
    assert_eq!(get(&port, &clip, &[]).await.status, 401);
    for name in
        ["..%2fstation.db", "%2e%2e%2fstation.db", &clip.to_uppercase(), &"0".repeat(64), &format!("{clip}.part")]
    {
        assert_eq!(get(&port, name, &ours).await.status, 404, "{name}");
    }

    // The files are where they were, named by their hashes and written by nobody; after a restart they are shown again.
    camera.bus.close().await;
    let port = port.reopen().await;
    let kept = std::fs::read(port.folder.path().join("evidence").join(&clip)).unwrap();
    assert_eq!(hash(&kept).to_string(), clip);
    assert_eq!(port.console().await.1["evidence"], json!([shown]));
    assert_eq!(get(&port, &clip, &[("Cookie", &port.cookie().await)]).await.status, 200);
    let (store, folder) = (port.file.store.clone(), port.folder);
    assert_eq!(port.room.close().await, [] as [String; 0]);
    let database = rusqlite::Connection::open(folder.path().join(store)).unwrap();
    let count = |sql: &str| database.query_row(sql, [&clip], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM evidence WHERE clip = ?1 AND camera = 'mast-1' AND alert = 'falke-2.1'"), 1);
    assert_eq!(count("SELECT count(*) FROM accesses WHERE operator = 'anna' AND what = 'fetched ' || ?1"), 3);
    assert!(database.execute("DELETE FROM evidence", []).is_err(), "evidence stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_and_a_restart_cost_only_what_was_on_its_way() {
    let port = room().await;
    let mut camera = Camera::open(&port).await;
    let (mut console, _) = port.console().await;
    camera.alert(&mut console).await;
    assert_eq!(camera.offer(7).await.last(), Some(&(camera.notice.clip.hash, 200)));
    drop(console);
    camera.bus.close().await;
    let port = port.reopen().await;
    let mut camera = Camera::open(&port).await;
    let asked = camera.offer(usize::MAX).await;
    assert_eq!((asked.len(), asked[0]), (7, (camera.notice.clip.hash, 300)), "the rest of the clip and nothing else");
    // Announced again, because the word that the room has it was lost: it says so again and fetches nothing.
    assert_eq!(camera.offer(usize::MAX).await, []);
    camera.bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_what_was_announced_or_belongs_to_no_alert_or_camera_is_not_kept() {
    let port = room().await;
    let mut camera = Camera::open(&port).await;
    let (mut console, _) = port.console().await;
    camera.alert(&mut console).await;
    let right = camera.notice.clone();
    let refused = |metrics: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix("picket_evidence_refused_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let wrong = EvidenceFile { hash: hash(b"another"), bytes: 350 };
    camera.files.insert(wrong.hash, vec![1; 350]);
    let snapshot = EvidenceSnapshot { file: wrong, ..right.snapshot.clone().unwrap() };
    let cases = [
        EvidenceNotice { alert: "falke-2.9".parse().unwrap(), ..right.clone() },
        EvidenceNotice { sensor: "radar-1".parse().unwrap(), ..right.clone() },
        EvidenceNotice { clip: EvidenceFile { bytes: u64::MAX, ..right.clip }, ..right.clone() },
        EvidenceNotice { clip: EvidenceFile { bytes: 999, ..right.clip }, ..right.clone() },
        EvidenceNotice { snapshot: Some(snapshot), ..right.clone() },
    ];
    for notice in cases {
        camera.notice = notice;
        let before = refused(&port.get("/metrics").await.text());
        // The camera answers for as long as the room asks; the room never says that it has it.
        let counted = async {
            while refused(&port.get("/metrics").await.text()) == before {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            asked = camera.offer(usize::MAX) => panic!("it was kept: {asked:?}"),
            counted = timeout(PATIENCE, counted) => counted.expect("it is refused and counted"),
        }
    }
    let names: Vec<String> = std::fs::read_dir(port.folder.path().join("evidence"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".part"))
        .collect();
    assert!(names.len() <= 1, "nothing but the right picture: {names:?}");
    assert_eq!(port.console().await.1["evidence"], Value::Array(Vec::new()));
    camera.notice = right;
    camera.offer(usize::MAX).await;
    console.until_in("evidence", |shown| shown["alert"] == "falke-2.1").await;
    camera.bus.close().await;
}
