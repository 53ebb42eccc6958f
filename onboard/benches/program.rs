//! The program as it runs, measured from outside: from a command on the bus to its bytes at the autopilot, and what the
//! process takes of a core and of memory with one vehicle's 300 messages a second. Real UDP, real Zenoh, this machine.
//!
//! Prints `name value unit`, and ends with an error where a figure is not reached.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on fails")]

#[allow(clippy::wildcard_imports, reason = "the scripted autopilot of the tests speaks most of the dialect")]
#[path = "../tests/flight/mod.rs"]
mod flight;

use std::fs;
use std::net::{SocketAddr, UdpSocket as StdUdpSocket};
use std::process::{Command as Process, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flight::peer::{Peer, SYSTEM};
use flight::{HOME_AMSL_M, UNDULATION_M, at, plan, vehicle};
use mavlink::dialects::ardupilotmega::{MavCmd, MavMessage, MavType, RAW_IMU_DATA};
use onboard::config::{AutopilotPort, BusSection, Kind, LimitsSection, RecordSection, VehicleConfig};
use onboard::link::frames::{Decoder, Encoder};
use onboard::link::mode::Make;
use telemetry::bus::{Bus, BusConfig, Subscription, TopicPattern};
use telemetry::messages::{Authority, Command, CommandRequest, FlightPhase, StationBeat, VehicleState};
use telemetry::topics::Program;
use telemetry::{AltitudeHae, CommandId, MavComponentId, MavSystemId, Message, OperatorId, SiteId, Timestamp};
use tempfile::TempDir;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{interval, timeout};

const COMMANDS: usize = 100;
const P99_MAX: Duration = Duration::from_millis(5);
const CORE_MAX: f64 = 0.02;
const RESIDENT_MAX_MIB: f64 = 30.0;
const IDLE_FOR: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(90);
/// Messages besides what the scripted autopilot streams, each 20 ms: about 300 a second in all.
const FILLER: usize = 5;

fn now() -> Timestamp {
    Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn site() -> SiteId {
    SiteId::new("kiel").unwrap()
}

/// The scripted autopilot, which tells when a change of mode reaches it.
async fn autopilot(to: SocketAddr, arrivals: mpsc::Sender<Instant>) {
    let home = at(0.0, 0.0).at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M));
    let mut peer = Peer::new(Make::ArduPilot, MavType::MAV_TYPE_QUADROTOR, home, HOME_AMSL_M, now());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new(MavSystemId(SYSTEM), MavComponentId(1)));
    let (mut buffer, mut ticks) = ([0; 2048], interval(Duration::from_millis(20)));
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                peer.step(now());
                for _ in 0..FILLER {
                    let filler = MavMessage::RAW_IMU(RAW_IMU_DATA::default());
                    let _ = socket.send_to(&encoder.encode(&filler), to).await;
                }
            }
            Ok((length, _)) = socket.recv_from(&mut buffer) => {
                let arrived = Instant::now();
                decoder.push(&buffer[..length]);
                while let Some(frame) = decoder.next_frame() {
                    if let MavMessage::COMMAND_LONG(command) = &frame.message
                        && command.command == MavCmd::MAV_CMD_DO_SET_MODE
                        && command.confirmation == 0
                    {
                        let _ = arrivals.try_send(arrived);
                    }
                    peer.take(now(), frame.message);
                }
            }
        }
        for message in peer.take_out() {
            let _ = socket.send_to(&encoder.encode(&message), to).await;
        }
    }
}

struct Room {
    bus: Bus,
    messages: Subscription,
    orders: u32,
}

impl Room {
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
                        if let Some(found) = wanted(received.unwrap().message) {
                            return found;
                        }
                    }
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("never came: {what}"))
    }

    async fn state(&mut self, what: &str, so: impl Fn(&VehicleState) -> bool) {
        self.wait(what, |message| matches!(message, Message::VehicleState(state) if so(&state)).then_some(())).await;
    }

    /// Gives an order, waits until it has ended well, and says when it was given.
    async fn order(&mut self, command: Command) -> Instant {
        self.orders += 1;
        let request = CommandRequest {
            id: CommandId::new(format!("c{}", self.orders)).unwrap(),
            vehicle: vehicle(),
            issued_at: now(),
            expires_at: now() + PATIENCE,
            authority: Authority::Operator(OperatorId::new("anna").unwrap()),
            command,
        };
        let given = Instant::now();
        let first = self.bus.request(&request, PATIENCE).await.unwrap();
        if !first.stage.last() {
            self.wait("the last answer", |message| {
                matches!(message, Message::Ack(ack) if ack.command == request.id && ack.stage.last()).then_some(())
            })
            .await;
        }
        given
    }
}

/// Seconds of a core that a process has used.
fn core_s(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // Clock ticks, of which Linux has 100 a second towards programs.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn resident_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let folder = TempDir::new().unwrap();
    let bus = BusConfig {
        site: site(),
        program: Program::Station,
        listen: vec!["tcp/127.0.0.1:0".to_owned()],
        connect: Vec::new(),
        tls: None,
    };
    let bus = Bus::open(&bus).await.unwrap();
    let patterns = [TopicPattern::VehicleStates, TopicPattern::Acks];
    let messages = bus.subscribe(&patterns, 1024).await.unwrap();
    let endpoint = bus.listening().await.into_iter().find(|it| it.starts_with("tcp/127.0.0.1")).unwrap();
    let mut room = Room { bus, messages, orders: 0 };
    let address = StdUdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = VehicleConfig {
        vehicle: vehicle(),
        kind: Kind::Multirotor,
        system: MavSystemId(SYSTEM),
        undulation_m: UNDULATION_M,
        autopilot: AutopilotPort::UdpIn(address).into(),
        journal: folder.path().join("journal"),
        journal_max_mib: 16,
        bus: BusSection::new(site(), Vec::new(), vec![endpoint], None).unwrap(),
        signing: None,
        payload: Vec::new(),
        ground: Vec::new(),
        record: RecordSection::default(),
        remote_id: None,
        camera: None,
        limits: LimitsSection::default(),
    };
    let path = folder.path().join("vehicle.toml");
    fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
    let mut child = Process::new(env!("CARGO_BIN_EXE_picket-onboard"))
        .arg("--config")
        .arg(&path)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (arrived, mut arrivals) = mpsc::channel(64);
    tokio::spawn(autopilot(address, arrived));
    room.state("a position", |state| state.position.is_some() && state.gnss.usable()).await;
    room.order(Command::Plan(plan())).await;
    room.order(Command::Start).await;
    room.state("under way", |state| state.phase == FlightPhase::Underway).await;
    let mut took = Vec::with_capacity(COMMANDS);
    for number in 0..COMMANDS {
        while arrivals.try_recv().is_ok() {}
        let command = if number % 2 == 0 { Command::Pause } else { Command::Resume };
        let given = room.order(command).await;
        let Ok(arrived) = arrivals.try_recv() else { continue };
        took.push(arrived.saturating_duration_since(given));
    }
    took.sort();
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    let before = (core_s(child.id()), Instant::now());
    let until = before.1 + IDLE_FOR;
    room.wait("the end of the quiet", |_| (Instant::now() >= until).then_some(())).await;
    let core = (core_s(child.id()) - before.0) / before.1.elapsed().as_secs_f64();
    let resident = resident_mib(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    println!("commands {} -", took.len());
    println!("command_to_bytes_p50 {:.2} ms", p50.as_secs_f64() * 1e3);
    println!("command_to_bytes_p99 {:.2} ms", p99.as_secs_f64() * 1e3);
    println!("core_at_300_messages_a_second {:.2} %", core * 100.0);
    println!("resident {resident:.1} MiB");
    let reached = p99 <= P99_MAX && core <= CORE_MAX && resident <= RESIDENT_MAX_MIB && took.len() > COMMANDS / 2;
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
