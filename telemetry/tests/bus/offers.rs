//! Which cameras can be looked at: those that say so, as long as they are there.

use std::time::Duration;

use telemetry::bus::{BusError, Offers};
use telemetry::topics::Carrier;
use telemetry::{Program, SensorId};

use super::{PATIENCE, connected, station};

async fn until(offers: &Offers, expected: &[(&str, Carrier)]) {
    let expected = expected.iter().map(|(name, carrier)| (SensorId::new(*name).unwrap(), *carrier)).collect();
    let becomes = async {
        while offers.now() != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, becomes).await.unwrap_or_else(|_| panic!("{expected:?} never: {:?}", offers.now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn cameras_are_on_offer_from_when_they_say_so_until_they_take_it_back_or_leave() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let (mast, heron) = (SensorId::new("mast-1").unwrap(), SensorId::new("heron-1.camera").unwrap());
    let camera = connected(Program::Sensor, &endpoint).await;
    let early = camera.offer_video(&mast, Carrier::Mast).await.unwrap();
    let offers = station.video_offers().await.unwrap();
    until(&offers, &[("mast-1", Carrier::Mast)]).await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let _late = onboard.offer_video(&heron, Carrier::Vehicle).await.unwrap();
    until(&offers, &[("heron-1.camera", Carrier::Vehicle), ("mast-1", Carrier::Mast)]).await;
    drop(early);
    until(&offers, &[("heron-1.camera", Carrier::Vehicle)]).await;
    onboard.close().await;
    until(&offers, &[]).await;
    let refused = station.offer_video(&mast, Carrier::Mast).await.err();
    assert!(matches!(refused, Some(BusError::NotOurs { .. })), "{refused:?}");
    camera.close().await;
    station.close().await;
}
