//! The bus between real Zenoh sessions, on 127.0.0.1 and ports the system gives.

#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]

mod certificates;
mod commands;
mod evidence;
mod links;
mod offers;
mod readers;
mod roles;
mod sharing;

use std::time::Duration;

use telemetry::bus::{Bus, BusConfig, Received, Subscription, TopicPattern};
use telemetry::messages::{
    Alert, AlertRule, AlertState, Battery, FlightMode, FlightPhase, Gnss, Severity, StationBeat, Subject, VehicleKind,
    VehicleState,
};
use telemetry::{
    AltitudeAmsl, Attitude, EnuVelocity, HeightAboveHome, Message, Program, SiteId, Timestamp, TrackId, VehicleId,
};

/// How long anything may take before a test gives up. Nothing is decided by it but failure.
const PATIENCE: Duration = Duration::from_secs(60);

fn kiel() -> SiteId {
    "kiel-holtenau".parse().unwrap()
}

fn kiel_1() -> VehicleId {
    "kiel-1".parse().unwrap()
}

fn config(program: Program) -> BusConfig {
    BusConfig { site: kiel(), program, listen: Vec::new(), connect: Vec::new(), tls: None }
}

/// A station that listens, and where.
async fn station(listen: &str) -> (Bus, String) {
    let bus = Bus::open(&BusConfig { listen: vec![listen.to_owned()], ..config(Program::Station) }).await.unwrap();
    let endpoint = bus.listening().await.remove(0);
    (bus, endpoint)
}

async fn connected(program: Program, endpoint: &str) -> Bus {
    Bus::open(&BusConfig { connect: vec![endpoint.to_owned()], ..config(program) }).await.unwrap()
}

fn state(number: i64) -> Message {
    Message::VehicleState(VehicleState {
        vehicle: kiel_1(),
        measured_at: Timestamp::from_unix_nanos(number),
        kind: VehicleKind::Multirotor,
        position: None,
        altitude: AltitudeAmsl::default(),
        height: HeightAboveHome::default(),
        velocity: EnuVelocity::default(),
        attitude: Attitude::default(),
        mode: FlightMode::Hold,
        phase: FlightPhase::Underway,
        battery: Battery { remaining: 0.5, voltage_v: 15.0, current_a: 4.0 },
        gnss: Gnss::default(),
        failsafes: Vec::new(),
        progress: None,
        cue: None,
    })
}

fn beat(number: i64) -> Message {
    Message::StationBeat(StationBeat { site: kiel(), at: Timestamp::from_unix_nanos(number) })
}

fn alert(number: u64) -> Message {
    Message::Alert(Alert {
        id: format!("kiel.{number}").parse().unwrap(),
        rule: AlertRule::ZoneEntered,
        severity: Severity::Critical,
        raised_at: Timestamp::EPOCH,
        measured_at: Timestamp::EPOCH,
        subject: Subject::Track(TrackId(number)),
        position: None,
        zone: None,
        text: "A drone in the lock".to_owned(),
        state: AlertState::Raised,
    })
}

/// Publishes a message until the reader has it: a link may not stand yet, and newest wins is not repeated by the bus.
async fn until_received(from: &Bus, message: &Message, to: &mut Subscription) -> Received {
    let attempts = async {
        loop {
            from.publish(message).await.unwrap();
            let wait = Duration::from_millis(50);
            while let Ok(received) = tokio::time::timeout(wait, to.recv()).await {
                let received = received.expect("the bus is open");
                if received.message == *message {
                    return received;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, attempts).await.expect("the message arrives")
}

async fn subscribed(bus: &Bus, pattern: TopicPattern) -> Subscription {
    bus.subscribe(&[pattern], 64).await.unwrap()
}
