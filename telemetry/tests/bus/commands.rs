//! Commands: asked, answered, not answered.

use std::time::Duration;

use telemetry::bus::BusError;
use telemetry::messages::{Ack, AckStage, Authority, Command, CommandRequest};
use telemetry::{Program, Timestamp};

use super::{PATIENCE, connected, kiel_1, station};

pub(crate) fn request(id: &str) -> CommandRequest {
    CommandRequest {
        id: id.parse().unwrap(),
        vehicle: kiel_1(),
        issued_at: Timestamp::EPOCH,
        expires_at: Timestamp::EPOCH,
        authority: Authority::Operator("anna".parse().unwrap()),
        command: Command::Pause,
    }
}

fn answer(id: &str, stage: AckStage) -> Ack {
    Ack { command: id.parse().unwrap(), vehicle: kiel_1(), at: Timestamp::EPOCH, stage }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_answered_by_its_vehicle() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let mut server = onboard.serve_commands(&kiel_1()).await.unwrap();
    let vehicle = tokio::spawn(async move {
        while let Some((request, replier)) = server.recv().await {
            let stage = match request.id.as_str() {
                "c-2" => AckStage::Refused("outside the geofence".to_owned()),
                _ => AckStage::Accepted,
            };
            replier.reply(&answer(request.id.as_str(), stage)).await.unwrap();
        }
    });
    // The vehicle may not be known yet; the same id twice is one command.
    let first = async {
        loop {
            if let Ok(ack) = station.request(&request("c-1"), Duration::from_secs(1)).await {
                return ack;
            }
            tokio::task::yield_now().await;
        }
    };
    let ack = tokio::time::timeout(PATIENCE, first).await.expect("an answer comes");
    assert_eq!(ack, answer("c-1", AckStage::Accepted));
    let ack = station.request(&request("c-2"), PATIENCE).await.unwrap();
    assert_eq!(ack, answer("c-2", AckStage::Refused("outside the geofence".to_owned())));
    onboard.close().await;
    tokio::time::timeout(PATIENCE, vehicle).await.expect("the server ends with its bus").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_to_nobody_is_unanswered() {
    let (station, _) = station("tcp/127.0.0.1:0").await;
    let error = station.request(&request("c-1"), Duration::from_secs(5)).await.unwrap_err();
    assert!(matches!(error, BusError::Unanswered { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_dropped_or_answered_wrongly_is_not_taken_for_done() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let onboard = connected(Program::Onboard, &endpoint).await;
    let mut server = onboard.serve_commands(&kiel_1()).await.unwrap();
    tokio::spawn(async move {
        while let Some((request, replier)) = server.recv().await {
            match request.id.as_str() {
                "dropped" => drop(replier),
                "wrong" => replier.reply(&answer("another", AckStage::Done)).await.unwrap(),
                _ => replier.reply(&answer(request.id.as_str(), AckStage::Accepted)).await.unwrap(),
            }
        }
    });
    let connected = async { while station.request(&request("c-1"), Duration::from_secs(1)).await.is_err() {} };
    tokio::time::timeout(PATIENCE, connected).await.expect("the vehicle is there");
    let error = station.request(&request("dropped"), PATIENCE).await.unwrap_err();
    assert!(matches!(error, BusError::Unanswered { .. }), "{error}");
    let error = station.request(&request("wrong"), PATIENCE).await.unwrap_err();
    assert!(matches!(error, BusError::BadAnswer { source: None, .. }), "{error}");
}
