//! `picket-sensor camera` as a process: a film with its truth in, bearings, live video and the evidence of an alert on the
//! bus.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nalgebra::{Vector2, Vector3};
use sha2::{Digest, Sha256};
use sim_camera::band::Band;
use sim_camera::camera::{Camera, CameraConfig};
use sim_camera::earth::Earth;
use sim_camera::figure::Figure;
use sim_camera::lens::{Distortion, Lens};
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::{Scene, Target, Weather, enu_from_frd};
use sim_camera::y4m;
use telemetry::bus::{Bus, BusConfig, Subscription, TopicPattern};
use telemetry::messages::{
    Alert, AlertRule, AlertState, EVIDENCE_PIECE_MAX, EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceRequest,
    EvidenceWish, FileHash, Measurement, Message, Severity, Subject, VideoBytes, VideoFragment,
};
use telemetry::topics::Program;
use telemetry::{SiteId, Timestamp, TrackId};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long anything may take before a test gives up. Nothing is decided by it but failure.
const PATIENCE: Duration = Duration::from_secs(90);
const SIZE: [usize; 2] = [480, 272];
const FOCAL_PX: f64 = 1361.0;
const RATE: u32 = 12;
const FRAMES: u32 = 30;
const AZIMUTH_DEG: f64 = 80.0;
const ELEVATION_DEG: f64 = 6.0;

/// Where the drone is, from the camera, east, north, up: it crosses the picture, 80 m away.
fn drone(frame: u32) -> Vector3<f64> {
    let (azimuth, elevation) = (AZIMUTH_DEG.to_radians(), ELEVATION_DEG.to_radians());
    let toward = Vector3::new(azimuth.sin() * elevation.cos(), azimuth.cos() * elevation.cos(), elevation.sin());
    let across = Vector3::new(azimuth.cos(), -azimuth.sin(), 0.0);
    80.0 * toward + across * (4.0 * f64::from(frame) / f64::from(RATE) - 5.0)
}

/// Azimuth and elevation of the drone in a frame, degrees.
fn bearing(frame: u32) -> [f64; 2] {
    let at = drone(frame);
    [at.x.atan2(at.y).to_degrees(), at.z.atan2(at.x.hypot(at.y)).to_degrees()]
}

/// Renders the film.
fn film(path: &Path) {
    let earth = Earth::at_latitude(54.36_f64.to_radians());
    let eye = earth.above_sea(0.0, 0.0, 30.0);
    let pose = Pose::looking(eye, AZIMUTH_DEG.to_radians(), ELEVATION_DEG.to_radians(), 0.0);
    let centre = Vector2::new(SIZE[0] as f64 - 1.0, SIZE[1] as f64 - 1.0) / 2.0;
    let lens = Lens::new(SIZE, Vector2::repeat(FOCAL_PX), centre, Distortion::default()).unwrap();
    let config = CameraConfig { lens, band: Band::Visible { gain: 1.0 }, noise_counts: 1.5, vignetting: 0.3 };
    let mut camera = Camera::new(config, 7, 11);
    let mut writer = y4m::Writer::new(BufWriter::new(File::create(path).unwrap()), SIZE, [RATE, 1]).unwrap();
    for frame in 0..FRAMES {
        let velocity_m_s = (drone(1) - drone(0)) * f64::from(RATE);
        let heading = velocity_m_s.x.atan2(velocity_m_s.y);
        let target = Target {
            id: 1,
            figure: Figure::Multirotor { span_m: 0.6, rotors: 4 },
            position: eye + drone(frame),
            velocity_m_s,
            enu_from_frd: enu_from_frd(heading, -0.08, 0.05),
        };
        let weather = Weather { sun: [3.9, 0.6], cloud_cover: 0.1, ..Weather::default() };
        let scene = Scene { earth, weather, scenery: Vec::new(), targets: vec![target] };
        let exposure = Exposure::still(pose, 0.002, f64::from(frame) / f64::from(RATE));
        writer.write(&camera.render(&scene, &exposure, i64::from(frame), &[]).frame).unwrap();
    }
    writer.finish().unwrap();
}

fn config(folder: &Path, endpoint: &str) -> std::path::PathBuf {
    let text = format!(
        r#"
[camera]
source = {{ film = "{}" }}
focal_px = [{FOCAL_PX}, {FOCAL_PX}]
centre_px = [239.5, 135.5]
azimuth_deg = {AZIMUTH_DEG}
elevation_deg = {ELEVATION_DEG}
sigma_deg = 0.1
[detectors]
threads = 1
[video]
live = true
rate = {RATE}
record = "{}"
segment_s = 1
evidence = {{ folder = "{}", before_s = 1, after_s = 1 }}
[sensor]
id = "mast-1"
kind = "camera"
position = [10.14, 54.36]
altitude = {{ amsl_m = 30 }}
undulation_m = 39
period_s = 0.08
range_m = [20, 4000]
[bus]
site = "kiel"
connect = ["{endpoint}"]
"#,
        folder.join("film.y4m").display(),
        folder.join("record").display(),
        folder.join("evidence").display(),
    );
    let path = folder.join("camera.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// An operations room's bus, and what cameras see.
async fn station() -> (Bus, Subscription) {
    let site = SiteId::new("kiel").unwrap();
    let listen = vec!["tcp/127.0.0.1:0".to_owned()];
    let station = BusConfig { site, program: Program::Station, listen, connect: vec![], tls: None };
    let station = Bus::open(&station).await.unwrap();
    let scans = station.subscribe(&[TopicPattern::Scans], 1000).await.unwrap();
    (station, scans)
}

/// Starts the program on a film; nothing where this machine has no library that runs networks.
async fn start(folder: &Path, station: &Bus) -> Option<Child> {
    film(&folder.join("film.y4m"));
    let endpoints = station.listening().await;
    let config = config(folder, endpoints.iter().find(|endpoint| endpoint.contains("127.0.0.1")).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_picket-sensor"));
    command.args(["camera", "--config"]).arg(&config).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    if let Some(line) = timeout(PATIENCE, said.next_line()).await.unwrap().unwrap() {
        assert_eq!(line, "mast-1 watches");
        return Some(child);
    }
    let output = child.wait_with_output().await.unwrap();
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(why.contains("ONNX Runtime's library is not here"), "{why}");
    eprintln!("passed over: {why}");
    None
}

/// Bearings on the bus until so many have come, azimuth and elevation in degrees.
async fn bearings(scans: &mut Subscription, wanted: usize) -> Vec<[f64; 2]> {
    let mut found = Vec::new();
    while found.len() < wanted {
        let Message::Scan(scan) = scans.recv().await.unwrap().message else { panic!("a scan") };
        assert_eq!(scan.sensor.as_str(), "mast-1");
        for detection in scan.detections {
            let Measurement::AzEl { azimuth, elevation, .. } = detection.measurement else { panic!("{detection:?}") };
            found.push([azimuth.degrees(), elevation.radians().to_degrees()]);
        }
    }
    found
}

/// When the next picture was taken in which the drone is told.
async fn sighting(scans: &mut Subscription) -> Timestamp {
    loop {
        let Message::Scan(scan) = scans.recv().await.unwrap().message else { panic!("a scan") };
        if !scan.detections.is_empty() {
            return scan.measured_at;
        }
    }
}

/// What is told of an alert, which is said again and again.
async fn told_of(station: &Bus, notices: &mut Subscription, alert: &Alert) -> EvidenceNotice {
    let mut again = tokio::time::interval(Duration::from_secs(2));
    let told = async {
        loop {
            tokio::select! {
                _ = again.tick() => station.publish(&Message::Alert(alert.clone())).await.unwrap(),
                received = notices.recv() => {
                    let Message::Evidence(notice) = received.unwrap().message else { panic!("evidence") };
                    if notice.alert == alert.id {
                        return notice;
                    }
                }
            }
        }
    };
    timeout(PATIENCE, told).await.expect("evidence is told")
}

async fn frames(video: &mut Subscription, wanted: usize) -> Vec<VideoFragment> {
    let mut found = Vec::new();
    while found.len() < wanted {
        let Message::Video(fragment) = video.recv().await.unwrap().message else { panic!("a frame") };
        found.push(fragment);
    }
    found
}

fn alert(number: u64, at: Timestamp) -> Alert {
    Alert {
        id: format!("kiel.{number}").parse().unwrap(),
        rule: AlertRule::ZoneEntered,
        severity: Severity::Critical,
        raised_at: at,
        measured_at: at,
        subject: Subject::Track(TrackId(number)),
        position: None,
        zone: None,
        text: "A drone in the lock".to_owned(),
        state: AlertState::Raised,
    }
}

/// A file of the camera's evidence, asked for as the room does.
async fn fetched(station: &Bus, notice: &EvidenceNotice, file: EvidenceFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < file.bytes {
        let wish = EvidenceWish::Piece { file: file.hash, offset: bytes.len() as u64 };
        let request = EvidenceRequest { sensor: notice.sensor.clone(), alert: notice.alert.clone(), wish };
        let reply = station.request_evidence(&request, PATIENCE).await.unwrap();
        let EvidenceAnswer::Bytes(VideoBytes(piece)) = reply.answer else { panic!("{:?}", reply.answer) };
        assert!(!piece.is_empty() && piece.len() as u64 <= EVIDENCE_PIECE_MAX);
        bytes.extend(piece);
    }
    assert_eq!(FileHash::new(Sha256::digest(&bytes).into()), file.hash);
    bytes
}

/// What ffprobe says of a clip's streams, or nothing where it is not installed.
fn probed(path: &Path) -> Option<String> {
    let asked = ["-v", "error", "-select_streams", "v", "-count_frames"];
    let entries = ["-show_entries", "stream=codec_name,width,height,nb_read_frames"];
    let said =
        std::process::Command::new("ffprobe").args(asked).args(entries).args(["-of", "csv=p=0"]).arg(path).output();
    let said = said.inspect_err(|error| eprintln!("passed over: ffprobe: {error}")).ok()?;
    assert!(said.status.success() && said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// An alert is raised; its clip and picture come, until the room says that it has them, and their hashes are right.
async fn evidence(station: &Bus, folder: &Path) {
    let mut notices = station.subscribe(&[TopicPattern::Evidence], 64).await.unwrap();
    let at = utc();
    // Of last night nothing was recorded, and an alert about another sensor is nothing that a camera could show.
    let other = Subject::Sensor("radar-1".parse().unwrap());
    for alert in [alert(1, Timestamp::EPOCH), Alert { subject: other, ..alert(2, at) }, alert(3, at)] {
        station.publish(&Message::Alert(alert)).await.unwrap();
    }
    let told = timeout(PATIENCE, notices.recv()).await.expect("evidence is told").unwrap();
    let Message::Evidence(notice) = told.message else { panic!("evidence") };
    assert_eq!((notice.alert.as_str(), notice.at, notice.picture), ("kiel.3", at, [480, 272]));
    let (before_s, after_s) = (at.seconds_since(notice.begins), notice.ends.seconds_since(at));
    // From a key frame before; where the film begins anew, from there.
    assert!((0.0..4.0).contains(&before_s) && (0.0..=1.0).contains(&after_s), "{before_s} s before, {after_s} s after");
    let snapshot = notice.snapshot.clone().expect("a picture");
    assert!((snapshot.taken_at.seconds_since(at)).abs() < 1.0, "{:?} for {at:?}", snapshot.taken_at);
    let picture = fetched(station, &notice, snapshot.file).await;
    assert_eq!(picture[..2], [0xff, 0xd8]);
    let clip = fetched(station, &notice, notice.clip).await;
    let path = folder.join("fetched.mp4");
    std::fs::write(&path, clip).unwrap();
    let kept = EvidenceRequest { sensor: notice.sensor.clone(), alert: notice.alert.clone(), wish: EvidenceWish::Kept };
    assert_eq!(station.request_evidence(&kept, PATIENCE).await.unwrap().answer, EvidenceAnswer::Noted);
    let ledger = std::fs::read_to_string(folder.join("evidence/ledger.jsonl")).unwrap();
    let events: Vec<&str> = ledger.lines().map(|line| line.split('"').nth(3).unwrap()).collect();
    assert_eq!(events, ["cut", "kept_by_room"], "{ledger}");
    if let Some(said) = probed(&path) {
        let frames = said.strip_prefix("h264,480,272,").and_then(|frames| frames.parse::<f64>().ok());
        let frames = frames.unwrap_or_else(|| panic!("one stream of video: {said}"));
        assert!(frames >= 2.0 && frames <= (before_s + after_s + 1.0) * f64::from(RATE), "{frames} frames");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_with_a_drone_becomes_bearings_along_its_way_live_video_and_evidence_of_an_alert() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut scans) = station().await;
    let Some(child) = start(folder.path(), &station).await else { return };

    let found = timeout(PATIENCE, bearings(&mut scans, 20)).await.expect("the drone is seen");
    let along = |[azimuth, elevation]: &[f64; 2]| {
        (0..FRAMES).any(|frame| {
            let [a, e] = bearing(frame);
            (azimuth - a).abs() < 0.4 && (elevation - e).abs() < 0.3
        })
    };
    let right = found.iter().filter(|bearing| along(bearing)).count();
    assert!(right >= 18, "{right} of {} bearings lie on the drone's way: {found:?}", found.len());

    let camera = "mast-1".parse().unwrap();
    let mut video = station.subscribe(&[TopicPattern::Video(camera)], 100).await.unwrap();
    let seen = timeout(PATIENCE, frames(&mut video, 20)).await.expect("somebody looks");
    let first = seen[0].initialization.as_ref().expect("who begins to look gets a key frame first");
    assert!(first.codec.starts_with("avc1."), "{}", first.codec);
    assert!(seen.windows(2).all(|pair| pair[1].number == pair[0].number + 1), "none is left out");
    assert!(seen.iter().all(|frame| frame.picture == [480, 272]));
    assert!(seen.iter().any(|frame| frame.boxes.iter().any(|seen| seen.track.is_some())), "boxes come with the frames");

    evidence(&station, folder.path()).await;

    interrupted(child).await;
    station.close().await;
}

fn utc() -> Timestamp {
    Timestamp::EPOCH + std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap()
}

async fn interrupted(mut child: Child) {
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert!(timeout(PATIENCE, child.wait()).await.expect("Ctrl-C ends it").unwrap().success());
}

/// What is in memory is gone with a restart; what was recorded is not, and the boxes beside the picture are in its metadata.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_of_the_time_before_a_restart_is_cut_from_the_recording_with_the_boxes_of_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut scans) = station().await;
    let mut notices = station.subscribe(&[TopicPattern::Evidence], 64).await.unwrap();
    let Some(child) = start(folder.path(), &station).await else { return };
    timeout(PATIENCE, bearings(&mut scans, 20)).await.expect("the drone is seen");
    let at = timeout(PATIENCE, sighting(&mut scans)).await.expect("the drone is seen");
    let remembered = told_of(&station, &mut notices, &alert(4, at)).await;
    interrupted(child).await;

    let child = start(folder.path(), &station).await.expect("it started before");
    let began = utc();
    let notice = told_of(&station, &mut notices, &alert(5, at)).await;
    assert_eq!((notice.at, notice.picture), (at, [480, 272]));
    let (before_s, after_s) = (at.seconds_since(notice.begins), notice.ends.seconds_since(at));
    assert!((0.0..4.0).contains(&before_s) && (0.0..=1.0).contains(&after_s), "{before_s} s before, {after_s} s after");
    assert!(notice.ends < began, "from before the restart");
    let [seen, read] = [&remembered, &notice].map(|notice| notice.snapshot.clone().expect("a picture"));
    assert_eq!(fetched(&station, &notice, read.file).await[..2], [0xff, 0xd8]);
    assert_eq!(fetched(&station, &notice, notice.clip).await[4..8], *b"ftyp");
    assert_eq!(seen.file, read.file, "the very frame");
    let tracked: Vec<_> = seen.boxes.iter().filter(|seen| seen.track.is_some()).collect();
    assert!(!tracked.is_empty() && tracked.len() == read.boxes.len(), "{seen:?} was seen, {read:?} is read");
    for (seen, read) in tracked.into_iter().zip(&read.boxes) {
        assert_eq!((&seen.class, seen.track), (&read.class, read.track));
        assert!((seen.confidence - read.confidence).abs() < 0.0051, "{seen:?} was seen, {read:?} is read");
        let sides = |[left, top, across, down]: [f32; 4]| [left, top, left + across, top + down];
        let mut off = sides(seen.bounds).into_iter().zip(sides(read.bounds)).map(|(seen, read)| (seen - read).abs());
        assert!(off.all(|off| off <= 0.501), "{seen:?} was seen, {read:?} is read");
    }
    interrupted(child).await;
    station.close().await;
}

fn resident_mib(process: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
    (statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096) >> 20
}

/// Without the arena of the library that runs networks it was 2 to 4 MB a frame, from the start or from some later frame
/// on, in every second run: it depends on who shares which of the C library's heaps.
#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_as_it_is_while_frames_come() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut scans) = station().await;
    let Some(child) = start(folder.path(), &station).await else { return };
    let mut told = async |count: usize| {
        for _ in 0..count {
            timeout(PATIENCE, scans.recv()).await.expect("the camera tells what it sees").unwrap();
        }
    };
    told(40).await;
    let before_mib = resident_mib(child.id().unwrap());
    told(120).await;
    let grown_mib = resident_mib(child.id().unwrap()).saturating_sub(before_mib);
    assert!(grown_mib < 60, "{grown_mib} MiB more after 120 frames, on {before_mib}");
    station.close().await;
}
