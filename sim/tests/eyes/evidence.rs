//! The evidence of the room's alerts from a vehicle's camera, with the programs as they fly: cut on board, fetched over the link
//! in pieces when it is free, and copied after landing.

use std::time::Duration;

use sha2::{Digest, Sha256};
use telemetry::bus::{Bus, BusError, TopicPattern};
use telemetry::messages::{
    Alert, AlertRule, AlertState, EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceRequest, EvidenceWish,
    FileHash, JournalAck, Severity, StationBeat, Subject, VideoBytes,
};
use telemetry::pieces::{MARK, Stream, cut};
use telemetry::{Enu, Message, SiteFrame, Timestamp, TrackId};
use tokio::time::timeout;

use super::{PATIENCE, Room, autopilot, free_port, now, onboard_config, pattern_config, program, site, start, water};

const KILOBITS_PER_S: f64 = 32.0;
/// As long as the room waits for a piece.
const PIECE_WAIT: Duration = Duration::from_secs(5);

/// An alert about a track at a place, metres east and north of the vehicle's, 60 m up.
fn alert(number: u64, at: Timestamp, east_m: f64, north_m: f64) -> Alert {
    let place = Enu { east_m, north_m, up_m: 60.0 };
    Alert {
        id: format!("kiel.{number}").parse().unwrap(),
        rule: AlertRule::ZoneEntered,
        severity: Severity::Critical,
        raised_at: at,
        measured_at: at,
        subject: Subject::Track(TrackId(number)),
        position: Some(SiteFrame::new(water()).geodetic(place).unwrap()),
        zone: None,
        text: "A drone in the lock".to_owned(),
        state: AlertState::Raised,
    }
}

impl Room {
    /// Is there while something is done: beats, acknowledges the journal, and says its alerts again.
    async fn while_there<T>(&mut self, alerts: &[Alert], doing: impl AsyncFnOnce(&Bus) -> T) -> T {
        let Self { bus, journal } = self;
        let there = async {
            let mut beats = tokio::time::interval(Duration::from_secs(1));
            loop {
                tokio::select! {
                    _ = beats.tick() => {
                        bus.publish(&Message::StationBeat(StationBeat { site: site(), at: now() })).await.unwrap();
                        for alert in alerts {
                            bus.publish(&Message::Alert(alert.clone())).await.unwrap();
                        }
                    }
                    received = journal.recv() => {
                        let Message::JournalEntry(entry) = received.unwrap().message else { continue };
                        let ack = JournalAck { vehicle: entry.vehicle, series: entry.series, up_to: entry.number };
                        bus.publish(&Message::JournalAck(ack)).await.unwrap();
                    }
                }
            }
        };
        tokio::select! {
            done = timeout(PATIENCE, doing(bus)) => done.expect("it is done in time"),
            never = there => never,
        }
    }
}

/// Asks as the room does, until it is answered.
async fn asked(bus: &Bus, request: &EvidenceRequest) -> EvidenceAnswer {
    loop {
        match bus.request_evidence(request, PIECE_WAIT).await {
            Ok(reply) => return reply.answer,
            Err(BusError::Unanswered { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn fetched(bus: &Bus, notice: &EvidenceNotice, file: EvidenceFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < file.bytes {
        let wish = EvidenceWish::Piece { file: file.hash, offset: bytes.len() as u64 };
        let request = EvidenceRequest { sensor: notice.sensor.clone(), alert: notice.alert.clone(), wish };
        let EvidenceAnswer::Bytes(VideoBytes(piece)) = asked(bus, &request).await else { panic!("bytes") };
        assert!(!piece.is_empty() && piece.len() <= 4_000, "{} bytes", piece.len());
        bytes.extend(piece);
    }
    assert_eq!(FileHash::new(Sha256::digest(&bytes).into()), file.hash);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_in_view_of_a_vehicle_s_camera_is_cut_on_board_and_fetched_when_the_link_is_free() {
    if let Err(absent) = vision::session::Runtime::load(None) {
        eprintln!("passed over: {absent}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (autopilot_at, scans, poses) = (free_port(), free_port(), free_port());
    let (mut room, bus) = Room::open().await;
    // It swings about north; the film of the other test is not needed, only its motion.
    let _autopilot = tokio::spawn(autopilot::fly(autopilot_at, now()));
    let more = format!("evidence_kilobits_per_s = {KILOBITS_PER_S}");
    let config = onboard_config(folder.path(), [autopilot_at, scans, poses], &bus, &more);
    let _onboard = start("picket-onboard", &[], &config);
    let kept = folder.path().join("evidence");
    let video =
        format!("kilobits_per_s = 400\nevidence = {{ folder = \"{}\", before_s = 1, after_s = 1 }}", kept.display());
    let camera = pattern_config(folder.path(), 600, &video, scans, poses);
    let mut camera = start("picket-sensor", &["camera"], &camera);
    // Where the camera's program tells of its scans it has frames, and knows how it stands.
    room.scans(10).await;

    // Whatever else comes to the ports on board is dropped.
    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for junk in [&[MARK, 2][..], &[MARK; 900], &[0x82, 1, 0xf6], b"{}"] {
        stranger.send_to(junk, scans).unwrap();
        stranger.send_to(junk, poses).unwrap();
    }
    for piece in cut(Stream::Evidence, 7, &[0x82, 1, 0xa0]) {
        stranger.send_to(&piece, scans).unwrap();
    }

    let at = now();
    let alerts = [(2, -400.0), (3, 400.0)].map(|(number, north_m)| alert(number, at, 0.0, north_m));
    let mut notices = room.bus.subscribe(&[TopicPattern::Evidence], 64).await.unwrap();
    let told = async |_: &Bus| match notices.recv().await.unwrap().message {
        Message::Evidence(notice) => notice,
        other => panic!("{other:?}"),
    };
    let notice = room.while_there(&alerts, told).await;
    assert_eq!((notice.sensor.as_str(), notice.alert.as_str(), notice.at), ("falke-1.camera", "kiel.3", at));
    assert_eq!(notice.picture, [480, 272], "as it was recorded, not as small as live video is");
    let began = std::time::Instant::now();
    let (picture, clip) = room
        .while_there(&[], async |bus| {
            let picture = fetched(bus, &notice, notice.snapshot.as_ref().expect("a picture").file).await;
            (picture, fetched(bus, &notice, notice.clip).await)
        })
        .await;
    let seconds = began.elapsed().as_secs_f64();
    let kilobits_per_s = (picture.len() + clip.len()) as f64 * 8e-3 / seconds;
    println!("{} bytes in {seconds:.1} s: {kilobits_per_s:.0} kbit/s", picture.len() + clip.len());
    assert!(kilobits_per_s < KILOBITS_PER_S * (1.0 + 1.5 / seconds), "{kilobits_per_s} kbit/s");
    assert_eq!((&picture[..2], &clip[4..8]), (&[0xff, 0xd8][..], &b"ftyp"[..]));
    let kept = EvidenceRequest { sensor: notice.sensor.clone(), alert: notice.alert.clone(), wish: EvidenceWish::Kept };
    assert_eq!(room.while_there(&[], async |bus| asked(bus, &kept).await).await, EvidenceAnswer::Noted);

    camera.kill().await.unwrap();
    let to = folder.path().join("copied");
    let copied = std::process::Command::new(program("picket-sensor"))
        .args(["evidence", "copy"])
        .args([folder.path().join("evidence"), to.clone()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&copied.stdout).into_owned();
    assert!(copied.status.success() && said.contains("1 alerts, 2 files copied"), "{said}{copied:?}");
    assert_eq!(std::fs::read(to.join(notice.clip.hash.to_string())).unwrap(), clip);
    let ledger = std::fs::read_to_string(to.join("ledger.jsonl")).unwrap();
    let events: Vec<&str> = ledger.lines().map(|line| line.split('"').nth(3).unwrap()).collect();
    assert_eq!(events, ["cut", "kept_by_room"], "the one behind the vehicle was never in view: {ledger}");
}
