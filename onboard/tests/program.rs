//! The program as it runs: a real UDP autopilot on one side, real Zenoh on the other, on this machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::net::{SocketAddr, UdpSocket as StdUdpSocket};
use std::path::Path;
use std::process::{Child, Command as Process, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flight::peer::{Peer, SYSTEM};
use flight::{HOME_AMSL_M, UNDULATION_M, at, plan, vehicle};
use mavlink::dialects::ardupilotmega::MavType;
use onboard::config::{AutopilotPort, BusSection, CameraSection, Kind, LimitsSection, RecordSection, VehicleConfig};
use onboard::link::frames::{Decoder, Encoder};
use onboard::link::mode::Make;
use telemetry::bus::{Bus, BusConfig, Received, Subscription, TopicPattern};
use telemetry::messages::{
    AckStage, Authority, Command, CommandRequest, JournalAck, JournalBody, JournalEntry, StationBeat, VehicleState,
};
use telemetry::topics::Program;
use telemetry::{
    AltitudeHae, CommandId, MavComponentId, MavSystemId, Message, OperatorId, SensorId, SiteId, Timestamp,
};
use tempfile::TempDir;
use tokio::net::UdpSocket;
use tokio::time::{interval, timeout};

/// Far more than anything here takes; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

fn now() -> Timestamp {
    Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn site() -> SiteId {
    SiteId::new("kiel").unwrap()
}

fn free_udp_port() -> SocketAddr {
    StdUdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The operations room's side of the bus.
struct Room {
    bus: Bus,
    messages: Subscription,
}

impl Room {
    async fn open() -> Self {
        let config = BusConfig {
            site: site(),
            program: Program::Station,
            listen: vec!["tcp/127.0.0.1:0".to_owned()],
            connect: Vec::new(),
            tls: None,
        };
        let bus = Bus::open(&config).await.unwrap();
        let messages = bus
            .subscribe(&[TopicPattern::VehicleStates, TopicPattern::Journals, TopicPattern::Acks], 1024)
            .await
            .unwrap();
        Self { bus, messages }
    }

    async fn endpoint(&self) -> String {
        self.bus.listening().await.into_iter().find(|endpoint| endpoint.starts_with("tcp/127.0.0.1")).unwrap()
    }

    /// Beats once a second until a message is what is waited for.
    async fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(Message) -> Option<T>) -> T {
        let mut beats = interval(Duration::from_secs(1));
        let found = timeout(PATIENCE, async {
            loop {
                tokio::select! {
                    _ = beats.tick() => {
                        let beat = StationBeat { site: site(), at: now() };
                        self.bus.publish(&Message::StationBeat(beat)).await.unwrap();
                    }
                    received = self.messages.recv() => {
                        let Received { message, .. } = received.unwrap();
                        if let Some(found) = wanted(message) {
                            return found;
                        }
                    }
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("never came: {what}"))
    }

    async fn state(&mut self, what: &str, so: impl Fn(&VehicleState) -> bool) -> VehicleState {
        self.wait(what, |message| match message {
            Message::VehicleState(state) if so(&state) => Some(state),
            _ => None,
        })
        .await
    }

    async fn order(&mut self, id: &str, command: Command) -> AckStage {
        let request = CommandRequest {
            id: CommandId::new(id).unwrap(),
            vehicle: vehicle(),
            issued_at: now(),
            expires_at: now() + PATIENCE,
            authority: Authority::Operator(OperatorId::new("anna").unwrap()),
            command,
        };
        let first = self.bus.request(&request, PATIENCE).await.unwrap();
        if first.stage.last() {
            return first.stage;
        }
        self.wait("the last answer", |message| match message {
            Message::Ack(ack) if ack.command == request.id && ack.stage.last() => Some(ack.stage),
            _ => None,
        })
        .await
    }
}

/// The scripted autopilot in real time, behind a socket.
async fn autopilot(to: SocketAddr) {
    let home = at(0.0, 0.0).at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M));
    let mut peer = Peer::new(Make::ArduPilot, MavType::MAV_TYPE_QUADROTOR, home, HOME_AMSL_M, now());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new(MavSystemId(SYSTEM), MavComponentId(1)));
    let (mut buffer, mut ticks) = ([0; 2048], interval(Duration::from_millis(20)));
    loop {
        tokio::select! {
            _ = ticks.tick() => peer.step(now()),
            Ok((length, _)) = socket.recv_from(&mut buffer) => {
                decoder.push(&buffer[..length]);
                while let Some(frame) = decoder.next_frame() {
                    peer.take(now(), frame.message);
                }
            }
        }
        for message in peer.take_out() {
            // Nobody listens while the program is being restarted.
            let _ = socket.send_to(&encoder.encode(&message), to).await;
        }
    }
}

struct Vehicle {
    directory: TempDir,
    config: VehicleConfig,
}

impl Vehicle {
    fn new(bus: String) -> Self {
        let directory = TempDir::new().unwrap();
        let config = VehicleConfig {
            vehicle: vehicle(),
            kind: Kind::Multirotor,
            system: MavSystemId(SYSTEM),
            undulation_m: UNDULATION_M,
            autopilot: AutopilotPort::UdpIn(free_udp_port()).into(),
            journal: directory.path().join("journal"),
            journal_max_mib: 16,
            bus: BusSection::new(site(), Vec::new(), vec![bus], None).unwrap(),
            camera: Some(CameraSection { sensor: camera(), listen: free_udp_port() }),
            signing: None,
            payload: Vec::new(),
            ground: Vec::new(),
            record: RecordSection::default(),
            remote_id: None,
            limits: LimitsSection::default(),
        };
        std::fs::write(directory.path().join("vehicle.toml"), toml::to_string(&config).unwrap()).unwrap();
        Self { directory, config }
    }

    fn start(&self) -> Child {
        let path = self.directory.path().join("vehicle.toml");
        program(&["--config".as_ref(), path.as_ref()]).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn autopilot_address(&self) -> SocketAddr {
        match self.config.autopilot.all() {
            [AutopilotPort::UdpIn(at)] => *at,
            _ => unreachable!("the tests' vehicles listen on UDP"),
        }
    }
}

fn camera() -> SensorId {
    SensorId::new("heron-1-camera").unwrap()
}

fn program(arguments: &[&Path]) -> Process {
    let mut process = Process::new(env!("CARGO_BIN_EXE_picket-onboard"));
    process.args(arguments);
    process
}

/// Asks the program to stop, as a service manager does.
async fn stop(child: Child) -> Output {
    let asked = Process::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(asked.success());
    timeout(PATIENCE, tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_in_states_out_and_a_plan_goes_the_other_way() {
    let mut room = Room::open().await;
    let vehicle = Vehicle::new(room.endpoint().await);
    let child = vehicle.start();
    let autopilot = tokio::spawn(autopilot(vehicle.autopilot_address()));
    let state = room.state("a state with a position", |state| state.position.is_some() && state.gnss.usable()).await;
    assert!((state.altitude.metres - HOME_AMSL_M).abs() < 0.1);
    assert_eq!(room.order("c1", Command::Plan(plan())).await, AckStage::Done);
    let again = room.order("c1", Command::Plan(plan())).await;
    assert_eq!(again, AckStage::Done, "answered again, not carried out again");
    let refused = room.order("c2", Command::Resume).await;
    assert!(matches!(&refused, AckStage::Refused(why) if why.contains("not under way")), "{refused:?}");
    let output = stop(child).await;
    autopilot.abort();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(log.contains("unacknowledged=0") && log.contains("unfinished=\"nothing\""), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_camera_saw_survives_a_kill_and_is_delivered_afterwards() {
    let mut room = Room::open().await;
    let vehicle = Vehicle::new(room.endpoint().await);
    let mut child = vehicle.start();
    let autopilot = tokio::spawn(autopilot(vehicle.autopilot_address()));
    room.state("a position", |state| state.position.is_some()).await;
    let eyes = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let seconds = now().unix_seconds();
    for scan in 1..=3 {
        let line = format!(
            r#"{{"sensor":"heron-1-camera","scan":{scan},"t":{seconds},"dets":[{{"det":{scan},"az":90.0,"el":5.0}}]}}"#
        );
        eyes.send_to(line.as_bytes(), vehicle.config.camera.as_ref().unwrap().listen).await.unwrap();
    }
    // The room reads, but does not acknowledge: as if it died before it had stored them.
    let before = three_entries(&mut room).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let child = vehicle.start();
    let after = three_entries(&mut room).await;
    assert_eq!(before, after);
    for entry in &after {
        let JournalBody::Scan(scan) = &entry.body else { panic!("{entry:?}") };
        assert!(
            (scan.origin.lat_lon().latitude_deg() - at(0.0, 0.0).latitude_deg()).abs() < 1e-6,
            "seen from the vehicle"
        );
        assert_eq!(scan.detections.len(), 1);
    }
    let ack = JournalAck { vehicle: vehicle.config.vehicle.clone(), series: after[0].series, up_to: after[2].number };
    room.bus.publish(&Message::JournalAck(ack)).await.unwrap();
    for _ in 0..5 {
        room.state("another state, by when the acknowledgement has come too", |_| true).await;
    }
    let output = stop(child).await;
    autopilot.abort();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && log.contains("unacknowledged=0"), "{log}");
}

async fn three_entries(room: &mut Room) -> Vec<JournalEntry> {
    let mut entries = std::collections::BTreeMap::new();
    room.wait("three entries of the journal", |message| {
        if let Message::JournalEntry(entry) = message {
            entries.insert(entry.number, entry);
        }
        (entries.len() == 3).then_some(())
    })
    .await;
    entries.into_values().collect()
}

#[test]
fn check_says_whether_the_configuration_is_sound_and_opens_nothing() {
    let vehicle = Vehicle::new("tcp/127.0.0.1:1".to_owned());
    let path = vehicle.directory.path().join("vehicle.toml");
    let check = || program(&["--check".as_ref(), "--config".as_ref(), path.as_ref()]).output().unwrap();
    let sound = check();
    assert!(sound.status.success() && String::from_utf8_lossy(&sound.stdout).contains("is sound"));
    assert!(!vehicle.config.journal.exists());
    std::fs::write(&path, "vehicle = 3").unwrap();
    let unsound = check();
    assert_eq!(unsound.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unsound.stderr).contains("line 1"), "{unsound:?}");
}
