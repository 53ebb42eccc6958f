//! Whether anybody looks: video is made for somebody or not at all.

use std::time::Duration;

use telemetry::bus::{BusError, Readers, TopicPattern};
use telemetry::messages::{VideoBytes, VideoFragment};
use telemetry::{Message, Program, SensorId, Timestamp, Topic};

use super::{PATIENCE, connected, station, subscribed, until_received};

fn mast(number: u8) -> SensorId {
    format!("mast-{number}").parse().unwrap()
}

fn frame(number: u8) -> Message {
    Message::Video(VideoFragment {
        sensor: mast(1),
        number: number.into(),
        captured_at: Timestamp::EPOCH,
        picture: [640, 512],
        media_time_s: 0.04 * f64::from(number),
        initialization: None,
        fragment: VideoBytes(vec![number; 20_000]),
        boxes: Vec::new(),
    })
}

async fn until(readers: &Readers, expected: bool) {
    let becomes = async {
        while readers.any().await.unwrap() != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, becomes).await.unwrap_or_else(|_| panic!("readers: {expected} never came"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_learns_that_somebody_looks_and_that_nobody_does_any_more() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let camera = connected(Program::Sensor, &endpoint).await;
    let readers = camera.readers(&Topic::Video(mast(1))).await.unwrap();
    let others = camera.readers(&Topic::Video(mast(2))).await.unwrap();
    until(&readers, false).await;
    let mut watching = subscribed(&station, TopicPattern::Video(mast(1))).await;
    until(&readers, true).await;
    assert!(!others.any().await.unwrap(), "looking at one camera is not looking at another");
    let received = until_received(&camera, &frame(3), &mut watching).await;
    assert_eq!(received.topic, Topic::Video(mast(1)));
    drop(watching);
    until(&readers, false).await;
    camera.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_publish_video_may_ask_who_reads_it() {
    let (station, _) = station("tcp/127.0.0.1:0").await;
    let refused = station.readers(&Topic::Video(mast(1))).await.err();
    assert!(matches!(refused, Some(BusError::NotOurs { .. })), "{refused:?}");
    station.close().await;
}
