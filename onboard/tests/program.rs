//! The program as it runs: a real UDP autopilot on one side, real Zenoh on the other, on this machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;
mod running;

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use flight::peer::SYSTEM;
use flight::{HOME_AMSL_M, at, plan};
use mavlink::dialects::ardupilotmega::{
    HEARTBEAT_DATA, MavAutopilot, MavMessage, MavModeFlag, MavOdidArmStatus, MavState, MavType,
    OPEN_DRONE_ID_ARM_STATUS_DATA,
};
use onboard::config::{AutopilotPort, CameraSection, PayloadSection, SigningSection, VehicleConfig};
use onboard::link::frames::Encoder;
use onboard::link::signing::{Key, Signer, SigningClock};
use running::{Autopilot, Line, Manner, PATIENCE, Room, Vehicle, free_udp_port, now, program};
use telemetry::messages::{AckStage, Command, FlightPhase, JournalAck, JournalBody, JournalEntry};
use telemetry::{MavComponentId, MavSystemId, Message, SensorId};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::{interval, timeout};
use tokio_serial::{SerialPort, SerialStream};

/// A vehicle with a camera whose autopilot sends datagrams to it.
struct OverUdp {
    vehicle: Vehicle,
    autopilot: SocketAddr,
    camera: SocketAddr,
}

impl OverUdp {
    fn new(bus: String) -> Self {
        let (autopilot, camera) = (free_udp_port(), free_udp_port());
        let sensor = SensorId::new("heron-1-camera").unwrap();
        let vehicle = Vehicle::new(AutopilotPort::UdpIn(autopilot), bus, |config, _| {
            config.camera = Some(CameraSection {
                sensor,
                listen: camera,
                live_kilobits_per_s: 0,
                evidence_kilobits_per_s: None,
                pose: None,
            });
        });
        Self { vehicle, autopilot, camera }
    }

    async fn autopilot(&self) -> Autopilot {
        Autopilot::new(Line::datagrams_to(self.autopilot).await, Manner::default())
    }
}

fn nothing_else(_: &mut VehicleConfig, _: &Path) {}

/// The vehicle says where it is and takes a plan, so both ways are open.
async fn works(room: &mut Room) {
    let state = room.state("a state with a position", |state| state.position.is_some() && state.gnss.usable()).await;
    assert!((state.altitude.metres - HOME_AMSL_M).abs() < 0.1);
    assert_eq!(room.order(Command::Plan(plan())).await, AckStage::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_in_states_out_and_a_plan_goes_the_other_way() {
    let mut room = Room::open().await;
    let over_udp = OverUdp::new(room.endpoint().await);
    let child = over_udp.vehicle.start();
    let _autopilot = over_udp.autopilot().await;
    let state = room.state("a state with a position", |state| state.position.is_some() && state.gnss.usable()).await;
    assert!((state.altitude.metres - HOME_AMSL_M).abs() < 0.1);
    assert_eq!(room.order_as("c1", Command::Plan(plan())).await, AckStage::Done);
    let again = room.order_as("c1", Command::Plan(plan())).await;
    assert_eq!(again, AckStage::Done, "answered again, not carried out again");
    let refused = room.order_as("c2", Command::Resume).await;
    assert!(matches!(&refused, AckStage::Refused(why) if why.contains("not under way")), "{refused:?}");
    let log = child.stop().await;
    assert!(log.contains("unacknowledged=0") && log.contains("unfinished=\"nothing\""), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_camera_saw_survives_a_kill_and_is_delivered_afterwards() {
    let mut room = Room::open().await;
    let over_udp = OverUdp::new(room.endpoint().await);
    let child = over_udp.vehicle.start();
    let _autopilot = over_udp.autopilot().await;
    room.state("a position", |state| state.position.is_some()).await;
    let eyes = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let seconds = now().unix_seconds();
    for scan in 1..=3 {
        let line = format!(
            r#"{{"sensor":"heron-1-camera","scan":{scan},"t":{seconds},"dets":[{{"det":{scan},"az":90.0,"el":5.0}}]}}"#
        );
        eyes.send_to(line.as_bytes(), over_udp.camera).await.unwrap();
    }
    // The room reads, but does not acknowledge: as if it died before it had stored them.
    let before = three_entries(&mut room).await;
    child.kill();
    let child = over_udp.vehicle.start();
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
    let ack = JournalAck { vehicle: flight::vehicle(), series: after[0].series, up_to: after[2].number };
    room.bus.publish(&Message::JournalAck(ack)).await.unwrap();
    for _ in 0..5 {
        room.state("another state, by when the acknowledgement has come too", |_| true).await;
    }
    let log = child.stop().await;
    assert!(log.contains("unacknowledged=0"), "{log}");
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
    let OverUdp { vehicle, .. } = OverUdp::new("tcp/127.0.0.1:1".to_owned());
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_reads_the_plan_on_board_while_the_program_has_the_journal() {
    let mut room = Room::open().await;
    let over_udp = OverUdp::new(room.endpoint().await);
    let child = over_udp.vehicle.start();
    let _autopilot = over_udp.autopilot().await;
    works(&mut room).await;
    let said = over_udp.vehicle.examined().await;
    assert!(said.contains("patrol is kept; after 10 s without the operations room it returns home"), "{said}");
    assert!(said.contains("Is picket-onboard running already"), "its link is taken: {said}");
    assert!(said.contains("Not ready to fly"), "{said}");
    child.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autopilot_is_flown_over_a_serial_line() {
    let mut room = Room::open().await;
    let (ours, theirs) = SerialStream::pair().unwrap();
    // The program opens the other end by its name and for itself alone, so it must not be locked here, not even shared: the
    // programs of other tests inherit it, and keep the lock. A line whose other end is closed hangs up: it stays open.
    let device = theirs.name().unwrap();
    let port = AutopilotPort::Serial { device, baud: 921_600 };
    let vehicle = Vehicle::new(port, room.endpoint().await, nothing_else);
    let child = vehicle.start();
    let _autopilot = Autopilot::new(Line::stream(ours), Manner::default());
    works(&mut room).await;
    child.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autopilot_that_listens_on_tcp_is_flown_and_found_again_when_the_connection_breaks() {
    let mut room = Room::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = AutopilotPort::Tcp(listener.local_addr().unwrap());
    let vehicle = Vehicle::new(port, room.endpoint().await, nothing_else);
    let child = vehicle.start();
    let accept = || async { Line::stream(timeout(PATIENCE, listener.accept()).await.unwrap().unwrap().0) };
    let mut autopilot = Autopilot::new(accept().await, Manner::default());
    works(&mut room).await;
    autopilot.hang_up();
    autopilot.go_on(accept().await, Manner::default());
    autopilot.peer().home_altitude_m += 100.0;
    let higher = HOME_AMSL_M + 100.0;
    room.state("a state from the new connection", |state| (state.altitude.metres - higher).abs() < 0.1).await;
    child.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autopilot_that_connects_by_tcp_is_flown_and_its_newest_connection_counts() {
    let mut room = Room::open().await;
    let address = free_tcp_port();
    let vehicle = Vehicle::new(AutopilotPort::TcpIn(address), room.endpoint().await, nothing_else);
    let child = vehicle.start();
    let first = Autopilot::new(Line::stream(connected_to(address).await), Manner::default());
    works(&mut room).await;
    // Its power fails: the first connection stays open, and nobody speaks there any more.
    first.peer().alive = false;
    let second = Autopilot::new(Line::stream(connected_to(address).await), Manner::default());
    second.peer().home_altitude_m += 100.0;
    let higher = HOME_AMSL_M + 100.0;
    room.state("a state from the new connection", |state| (state.altitude.metres - higher).abs() < 0.1).await;
    child.stop().await;
}

fn free_tcp_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Tries until somebody listens there.
async fn connected_to(address: SocketAddr) -> TcpStream {
    let mut tries = interval(Duration::from_millis(50));
    let connected = timeout(PATIENCE, async {
        loop {
            tries.tick().await;
            if let Ok(stream) = TcpStream::connect(address).await {
                return stream;
            }
        }
    });
    connected.await.unwrap_or_else(|_| panic!("nobody listens at {address}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autopilot_that_signs_is_flown_and_one_that_does_not_is_told_of() {
    let key = "5a".repeat(32);
    let mut room = Room::open().await;
    let address = free_udp_port();
    let vehicle = Vehicle::new(AutopilotPort::UdpIn(address), room.endpoint().await, |config, folder| {
        let path = folder.join("mavlink.key");
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).unwrap();
        file.write_all(key.as_bytes()).unwrap();
        config.signing = Some(SigningSection { key: path, autopilot: true });
    });
    let child = vehicle.start();
    let mut autopilot = Autopilot::new(Line::datagrams_to(address).await, Manner::default());
    let told = room
        .wait("an alert about frames that are not signed", |message| match message {
            Message::JournalEntry(JournalEntry { body: JournalBody::Alert(alert), .. }) => {
                alert.text.contains("it is not signed").then_some(alert.text)
            }
            _ => None,
        })
        .await;
    assert!(told.contains(&format!("udpin:{address}")), "{told}");
    room.state("a state without a position", |state| state.position.is_none()).await;
    let signer = Signer::new(Key::from_hex(&key).unwrap(), SigningClock::default());
    let manner = Manner { signer: Some(signer), ..Manner::default() };
    autopilot.go_on(Line::datagrams_to(address).await, manner);
    works(&mut room).await;
    assert_eq!(autopilot.peer().uploads, 1, "what came to it was signed, or it had not believed it");
    child.stop().await;
    // The doctor signs too, or the autopilot would answer nothing.
    let said = vehicle.examined().await;
    assert!(said.contains("14 satellites") && said.contains("the autopilot's own agree with the kept plan"), "{said}");
}

/// A Remote ID transmitter on a link of its own, ready to transmit.
async fn transmit(to: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut encoder = Encoder::new(MavSystemId(SYSTEM), MavComponentId(236));
    let beat = MavMessage::HEARTBEAT(HEARTBEAT_DATA {
        custom_mode: 0,
        mavtype: MavType::MAV_TYPE_ODID,
        autopilot: MavAutopilot::MAV_AUTOPILOT_INVALID,
        base_mode: MavModeFlag::empty(),
        system_status: MavState::MAV_STATE_ACTIVE,
        mavlink_version: 3,
    });
    let ready = MavMessage::OPEN_DRONE_ID_ARM_STATUS(OPEN_DRONE_ID_ARM_STATUS_DATA {
        status: MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM,
        error: "".into(),
    });
    let mut beats = interval(Duration::from_millis(500));
    loop {
        beats.tick().await;
        for message in [&beat, &ready] {
            let _ = socket.send_to(&encoder.encode(message), to).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_remote_id_the_vehicle_starts_once_the_autopilot_knows_transmitter_identity_and_operator() {
    let mut room = Room::open().await;
    let (address, payload) = (free_udp_port(), free_udp_port());
    let vehicle = Vehicle::new(AutopilotPort::UdpIn(address), room.endpoint().await, |config, _| {
        config.payload = vec![PayloadSection { port: AutopilotPort::UdpIn(payload) }];
        let section = "serial = \"1581F4ABC123\"\noperator = \"DEU87astrdge12k8\"";
        config.remote_id = Some(toml::from_str(section).unwrap());
    });
    let child = vehicle.start();
    let autopilot = Autopilot::new(Line::datagrams_to(address).await, Manner::default());
    autopilot.peer().quirks.needs_remote_id = true;
    works(&mut room).await;
    let (start, first) = room.begin("start", Command::Start).await;
    assert!(!first.last(), "{first:?}");
    room.wait("a refusal for want of the transmitter's word alone", |_| {
        (autopilot.peer().refused_for == Some("ARM_STATUS not available")).then_some(())
    })
    .await;
    assert!(!autopilot.peer().armed);
    let transmitter = tokio::spawn(transmit(payload));
    assert_eq!(room.last_answer(&start).await, AckStage::Done);
    assert_eq!(autopilot.peer().armings, 1);
    room.state("under way", |state| state.phase == FlightPhase::Underway).await;
    transmitter.abort();
    child.stop().await;
}
