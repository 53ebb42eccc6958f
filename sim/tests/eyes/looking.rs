//! The operations room looks through a vehicle's camera, with the programs as they fly.

use std::time::Duration;

use telemetry::bus::{Offers, Subscription, TopicPattern};
use telemetry::messages::{StationBeat, VideoFragment};
use telemetry::topics::Carrier;
use telemetry::{Message, SensorId};
use tokio::time::timeout;

use super::{PATIENCE, Room, free_port, now, onboard_config, pattern_config, site, start};

const KILOBITS_PER_S: f64 = 200.0;
/// Longer than between two frames, however busy the machine is.
const STILL: Duration = Duration::from_secs(2);

/// Waits until the vehicle's camera is on offer, or is not.
async fn until_offered(offers: &Offers, expected: bool) {
    let camera = SensorId::new("falke-1.camera").unwrap();
    let becomes = async {
        while (offers.now().get(&camera) == Some(&Carrier::Vehicle)) != expected {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, becomes).await.unwrap_or_else(|_| panic!("on offer: {expected} never came"));
}

impl Room {
    /// Beats until so many frames have come; gives them with how old each was when it came, milliseconds.
    async fn looks(&self, video: &mut Subscription, wanted: usize) -> Vec<(VideoFragment, f64)> {
        let mut beats = tokio::time::interval(Duration::from_secs(1));
        let mut frames = Vec::new();
        let looking = async {
            while frames.len() < wanted {
                tokio::select! {
                    _ = beats.tick() => {
                        self.bus.publish(&Message::StationBeat(StationBeat { site: site(), at: now() })).await.unwrap();
                    }
                    received = video.recv() => {
                        let Message::Video(frame) = received.unwrap().message else { panic!("a frame") };
                        let age_ms = now().seconds_since(frame.captured_at) * 1e3;
                        frames.push((frame, age_ms));
                    }
                }
            }
        };
        let ended = timeout(PATIENCE, looking).await;
        assert!(ended.is_ok(), "{} frames came, {wanted} were waited for", frames.len());
        frames
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_room_looks_through_a_vehicle_s_camera_within_its_rate_and_only_while_it_is_heard() {
    if let Err(absent) = vision::session::Runtime::load(None) {
        eprintln!("passed over: {absent}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (autopilot, scans, poses) = (free_port(), free_port(), free_port());
    let (room, bus) = Room::open().await;
    let more = format!("live_kilobits_per_s = {KILOBITS_PER_S}");
    let onboard = onboard_config(folder.path(), [autopilot, scans, poses], &bus, &more);
    let camera = pattern_config(folder.path(), 900, "live = true", scans, poses);
    let offers = room.bus.video_offers().await.unwrap();
    let _onboard = start("picket-onboard", &[], &onboard);
    let mut program = start("picket-sensor", &["camera"], &camera);
    until_offered(&offers, true).await;

    let topic = TopicPattern::Video(SensorId::new("falke-1.camera").unwrap());
    let mut video = room.bus.subscribe(&[topic], 64).await.unwrap();
    let frames = room.looks(&mut video, 40).await;
    assert!(frames[0].0.initialization.is_some(), "who begins to look gets a key frame first");
    for pair in frames.windows(2) {
        let (before, after) = (&pair[0].0, &pair[1].0);
        assert!(after.initialization.is_some() || after.number == before.number + 1, "a decoder can take every frame");
    }
    assert!(frames.iter().all(|(frame, _)| frame.picture == [480, 272]), "boxes are in the whole picture's pixels");
    let bytes: usize = frames.iter().map(|(frame, _)| frame.fragment.0.len()).sum();
    let seconds = frames[39].0.captured_at.seconds_since(frames[0].0.captured_at);
    let kilobits_per_s = bytes as f64 * 8e-3 / seconds;
    assert!(kilobits_per_s < KILOBITS_PER_S * (1.0 + 1.5 / seconds), "{kilobits_per_s} kbit/s");
    let mut ages: Vec<f64> = frames.iter().skip(8).map(|(_, age_ms)| *age_ms).collect();
    ages.sort_by(f64::total_cmp);
    println!("capture to room: p50 {:.0} ms, p95 {:.0} ms, {kilobits_per_s:.0} kbit/s", ages[15], ages[30]);

    // The room falls silent: though it still reads the topic, nothing more comes.
    let over = async { while timeout(STILL, video.recv()).await.is_ok() {} };
    timeout(PATIENCE, over).await.expect("a room that is not heard is not sent anything");
    let again = room.looks(&mut video, 3).await;
    assert!(again[0].0.initialization.is_some(), "it is heard again and gets a key frame");

    program.kill().await.unwrap();
    until_offered(&offers, false).await;
}
