//! Tracks between the stations of two sites.

use telemetry::bus::{Bus, BusConfig, TopicPattern};
use telemetry::messages::{Classification, SharedTrack, Track, TrackStatus};
use telemetry::{AltitudeHae, EnuVelocity, Geodetic, Message, Program, SiteId, StationId, Timestamp, TrackId};

use super::{alert, config, station, until_received};

fn shared(from: &str) -> Message {
    let track = Track {
        id: TrackId(7),
        estimated_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
        first_seen_at: Timestamp::EPOCH,
        position: Geodetic::from_degrees(54.4, 10.2, AltitudeHae::new(90.0)).unwrap(),
        velocity: EnuVelocity::default(),
        covariance: [1.0; 21],
        status: TrackStatus::Confirmed,
        classification: Classification::default(),
        claim: None,
        measured_by: [].into(),
        alerts: [].into(),
        sources: Vec::new(),
        vehicle: None,
    };
    Message::SharedTrack(SharedTrack { station: from.parse().unwrap(), track })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_hears_what_the_named_station_of_another_site_shares_and_nothing_else_of_it() {
    let (ours, endpoint) = station("tcp/127.0.0.1:0").await;
    let laboe: SiteId = "laboe".parse().unwrap();
    let pattern = TopicPattern::SharedTracks(laboe.clone(), StationId::new("outer").unwrap());
    let mut subscription = ours.subscribe(&[pattern, TopicPattern::Alerts], 16).await.unwrap();
    let theirs = BusConfig { site: laboe, connect: vec![endpoint], ..config(Program::Station) };
    let theirs = Bus::open(&theirs).await.unwrap();
    let expected = shared("outer");
    until_received(&theirs, &expected, &mut subscription).await;
    for other in [alert(1), shared("another"), expected.clone()] {
        theirs.publish(&other).await.unwrap();
    }
    let next = subscription.recv().await.unwrap();
    assert_eq!((next.topic, next.message), (expected.topic(), expected));
    assert_eq!(subscription.dropped(), 0);
}
