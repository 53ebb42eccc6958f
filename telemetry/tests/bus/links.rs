//! Who is there, who is not there yet, and who comes back.

use telemetry::bus::{Bus, BusConfig, TopicPattern};
use telemetry::{Program, Topic};

use super::{PATIENCE, alert, beat, config, connected, kiel_1, state, station, subscribed, until_received};

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_both_ways_with_their_bytes() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let mut states = subscribed(&station, TopicPattern::VehicleStates).await;
    let mut beats = subscribed(&onboard, TopicPattern::StationBeat).await;
    let received = until_received(&onboard, &state(7), &mut states).await;
    assert_eq!(received.topic, Topic::VehicleState(kiel_1()));
    assert_eq!(received.bytes, state(7).encode());
    assert_eq!(until_received(&station, &beat(8), &mut beats).await.topic, Topic::StationBeat);
    assert_eq!((states.dropped(), beats.dropped()), (0, 0));
    onboard.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_ends_when_the_bus_is_closed_and_not_before_it_is_empty() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let mut states = subscribed(&station, TopicPattern::VehicleStates).await;
    until_received(&onboard, &state(1), &mut states).await;
    station.close().await;
    let rest = async { while states.recv().await.is_some() {} };
    tokio::time::timeout(PATIENCE, rest).await.expect("the subscription ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_that_starts_first_finds_the_station_later() {
    // A port that was free a moment ago; the vehicle knocks on it before anybody is there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("tcp/127.0.0.1:{port}");
    let onboard = connected(Program::Onboard, &endpoint).await;
    onboard.publish(&state(1)).await.unwrap();
    let (station, _) = station(&endpoint).await;
    let mut states = subscribed(&station, TopicPattern::VehicleStates).await;
    until_received(&onboard, &state(2), &mut states).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_that_comes_back_is_found_again_and_subscriptions_go_on() {
    let (first, endpoint) = station("tcp/127.0.0.1:0").await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let mut beats = subscribed(&onboard, TopicPattern::StationBeat).await;
    until_received(&first, &beat(1), &mut beats).await;
    first.close().await;
    onboard.publish(&state(1)).await.unwrap();
    let (second, _) = station(&endpoint).await;
    let mut states = subscribed(&second, TopicPattern::VehicleStates).await;
    until_received(&second, &beat(2), &mut beats).await;
    until_received(&onboard, &state(2), &mut states).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_that_comes_back_is_heard_again() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let mut states = subscribed(&station, TopicPattern::VehicleStates).await;
    for number in 1..=3 {
        let onboard = connected(Program::Onboard, &endpoint).await;
        until_received(&onboard, &state(number), &mut states).await;
        onboard.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_gets_the_newest_state_and_alerts_do_not_displace_each_other() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let mut states = subscribed(&station, TopicPattern::VehicleStates).await;
    let mut alerts = subscribed(&onboard, TopicPattern::Alerts).await;
    until_received(&onboard, &state(0), &mut states).await;
    until_received(&station, &alert(0), &mut alerts).await;
    for number in 1..=20 {
        onboard.publish(&state(number)).await.unwrap();
        station.publish(&alert(number as u64)).await.unwrap();
    }
    // Nobody read while they came.
    until_received(&onboard, &state(20), &mut states).await;
    until_received(&station, &alert(20), &mut alerts).await;
    assert_eq!((states.dropped(), alerts.dropped()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_counted_and_the_next_message_is_read() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let mut states = subscribed(&station, TopicPattern::VehicleStates).await;
    until_received(&onboard, &state(1), &mut states).await;
    let mut settings = zenoh::Config::default();
    for (key, value) in [
        ("mode", "\"peer\"".to_owned()),
        ("connect/endpoints", format!("[\"{endpoint}\"]")),
        ("listen/endpoints", "[]".to_owned()),
        ("scouting/multicast/enabled", "false".to_owned()),
    ] {
        settings.insert_json5(key, &value).unwrap();
    }
    let stranger = zenoh::open(settings).await.unwrap();
    let key = Topic::VehicleState(kiel_1()).key(&super::kiel());
    let other = Topic::VehicleState("kiel-2".parse().unwrap()).key(&super::kiel());
    let nonsense = "picket/kiel-holtenau/vehicle/KIEL/state".to_owned();
    let attempts = async {
        while states.dropped() < 4 {
            for (key, bytes) in [
                (&key, b"\xff\xff".to_vec()),
                (&other, state(1).encode()),
                (&nonsense, state(1).encode()),
                (&key, vec![0; telemetry::wire::LENGTH_MAX + 1]),
            ] {
                stranger.put(key, bytes).await.unwrap();
            }
            until_received(&onboard, &state(2), &mut states).await;
        }
    };
    tokio::time::timeout(PATIENCE, attempts).await.expect("what is of no use is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_taken_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp/127.0.0.1:{}", taken.local_addr().unwrap().port());
    let result = Bus::open(&BusConfig { listen: vec![endpoint], ..config(Program::Station) }).await;
    let error = result.err().expect("the endpoint is taken");
    assert_eq!(error.to_string(), "the bus cannot open its endpoints");
}
