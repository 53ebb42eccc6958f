//! A vehicle's program as a process of its own, in real time: the operations room's side of a real bus, and the scripted
//! autopilot behind real bytes.

#![allow(dead_code, reason = "each program uses its part")]

use std::fs::{self, File};
use std::net::{SocketAddr, UdpSocket as StdUdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mavlink::dialects::ardupilotmega::{MavMessage, MavType, RAW_IMU_DATA};
use onboard::config::{AutopilotPort, BusSection, Kind, LimitsSection, RecordSection, VehicleConfig};
use onboard::link::frames::{Encoder, Frame};
use onboard::link::mode::Make;
use onboard::link::signing::Signer;
use onboard::link::splitter::{RawFrame, Splitter};
use telemetry::bus::{Bus, BusConfig, Received, Subscription, TopicPattern};
use telemetry::messages::{AckStage, Authority, Command, CommandRequest, StationBeat, VehicleState};
use telemetry::topics::Program as Publisher;
use telemetry::{AltitudeHae, CommandId, MavComponentId, MavSystemId, Message, OperatorId, SiteId, Timestamp};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::flight::peer::{Peer, SYSTEM};
use crate::flight::{HOME_AMSL_M, UNDULATION_M, at, vehicle};

/// Far more than anything here takes; a test that waits for it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
const WAITING_MAX: usize = 1024;

pub(crate) fn now() -> Timestamp {
    Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

pub(crate) fn site() -> SiteId {
    SiteId::new("kiel").unwrap()
}

pub(crate) fn free_udp_port() -> SocketAddr {
    StdUdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The operations room's side of the bus.
pub(crate) struct Room {
    pub(crate) bus: Bus,
    messages: Subscription,
    orders: u32,
}

impl Room {
    pub(crate) async fn open() -> Self {
        let config = BusConfig {
            site: site(),
            program: Publisher::Station,
            listen: vec!["tcp/127.0.0.1:0".to_owned()],
            connect: Vec::new(),
            tls: None,
        };
        let bus = Bus::open(&config).await.unwrap();
        let patterns = [TopicPattern::VehicleStates, TopicPattern::Journals, TopicPattern::Acks];
        let messages = bus.subscribe(&patterns, WAITING_MAX).await.unwrap();
        Self { bus, messages, orders: 0 }
    }

    pub(crate) async fn endpoint(&self) -> String {
        self.bus.listening().await.into_iter().find(|endpoint| endpoint.starts_with("tcp/127.0.0.1")).unwrap()
    }

    /// Beats once a second until a message is what is waited for.
    pub(crate) async fn wait<T>(&mut self, what: &str, mut wanted: impl FnMut(Message) -> Option<T>) -> T {
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

    pub(crate) async fn state(&mut self, what: &str, so: impl Fn(&VehicleState) -> bool) -> VehicleState {
        self.wait(what, |message| match message {
            Message::VehicleState(state) if so(&state) => Some(state),
            _ => None,
        })
        .await
    }

    /// Gives an order and waits for its last answer.
    pub(crate) async fn order(&mut self, command: Command) -> AckStage {
        self.orders += 1;
        let id = format!("c{}", self.orders);
        self.order_as(&id, command).await
    }

    /// The same by a name that may have been used before.
    pub(crate) async fn order_as(&mut self, id: &str, command: Command) -> AckStage {
        let (id, first) = self.begin(id, command).await;
        if first.last() { first } else { self.last_answer(&id).await }
    }

    /// Gives an order and waits for its first answer.
    pub(crate) async fn begin(&mut self, id: &str, command: Command) -> (CommandId, AckStage) {
        let request = CommandRequest {
            id: CommandId::new(id).unwrap(),
            vehicle: vehicle(),
            issued_at: now(),
            expires_at: now() + PATIENCE,
            authority: Authority::Operator(OperatorId::new("anna").unwrap()),
            command,
        };
        let first = self.bus.request(&request, PATIENCE).await.unwrap();
        (request.id, first.stage)
    }

    pub(crate) async fn last_answer(&mut self, id: &CommandId) -> AckStage {
        self.wait("the last answer", |message| match message {
            Message::Ack(ack) if ack.command == *id && ack.stage.last() => Some(ack.stage),
            _ => None,
        })
        .await
    }
}

/// One vehicle's files.
pub(crate) struct Vehicle {
    pub(crate) directory: TempDir,
    pub(crate) config: VehicleConfig,
}

impl Vehicle {
    /// A copter with a link to its autopilot and nothing else but what `change` gives it.
    pub(crate) fn new(autopilot: AutopilotPort, bus: String, change: impl FnOnce(&mut VehicleConfig, &Path)) -> Self {
        let directory = TempDir::new().unwrap();
        let mut config = VehicleConfig {
            vehicle: vehicle(),
            kind: Kind::Multirotor,
            system: MavSystemId(SYSTEM),
            undulation_m: UNDULATION_M,
            autopilot: autopilot.into(),
            journal: directory.path().join("journal"),
            journal_max_mib: 16,
            bus: BusSection::new(site(), Vec::new(), vec![bus], None).unwrap(),
            camera: None,
            signing: None,
            payload: Vec::new(),
            ground: Vec::new(),
            record: RecordSection::default(),
            remote_id: None,
            limits: LimitsSection::default(),
        };
        change(&mut config, directory.path());
        fs::write(directory.path().join("vehicle.toml"), toml::to_string(&config).unwrap()).unwrap();
        Self { directory, config }
    }

    pub(crate) fn start(&self) -> Program {
        let path = self.directory.path().join("vehicle.toml");
        // Into a file, because a pipe that nobody empties would hold it up.
        let log = self.directory.path().join("log");
        let to = File::create(&log).unwrap();
        let child = program(&["--config".as_ref(), path.as_ref()]).stderr(to).spawn().unwrap();
        Program { child: Some(child), log }
    }

    /// What the doctor says of it.
    pub(crate) async fn examined(&self) -> String {
        let path = self.directory.path().join("vehicle.toml");
        let examine = move || program(&["doctor".as_ref(), "--config".as_ref(), path.as_ref()]).output().unwrap();
        let examined = timeout(PATIENCE, tokio::task::spawn_blocking(examine)).await.unwrap().unwrap();
        String::from_utf8(examined.stdout).unwrap()
    }
}

pub(crate) fn program(arguments: &[&Path]) -> Process {
    let mut process = Process::new(env!("CARGO_BIN_EXE_picket-onboard"));
    process.args(arguments);
    process
}

/// The program as it runs; killed when nobody stops it.
pub(crate) struct Program {
    child: Option<Child>,
    log: PathBuf,
}

impl Program {
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn kill(mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop, as a service manager does, and waits until it has, well. Gives back what it had to say.
    pub(crate) async fn stop(mut self) -> String {
        let mut child = self.child.take().unwrap();
        let asked = Process::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let ended = tokio::task::spawn_blocking(move || child.wait().unwrap());
        let status = timeout(PATIENCE, ended).await.unwrap().unwrap();
        let log = fs::read_to_string(&self.log).unwrap();
        assert!(status.success(), "{log}");
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
            if std::thread::panicking() {
                eprintln!("{}", fs::read_to_string(&self.log).unwrap_or_default());
            }
        }
    }
}

/// Bytes both ways, with the moment at which each portion came. What does not find anybody is lost.
pub(crate) struct Line {
    heard: mpsc::Receiver<(Instant, Vec<u8>)>,
    say: mpsc::Sender<Vec<u8>>,
}

impl Line {
    pub(crate) async fn datagrams_to(to: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (hear, heard) = mpsc::channel(WAITING_MAX);
        let (say, mut said) = mpsc::channel::<Vec<u8>>(WAITING_MAX);
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            loop {
                tokio::select! {
                    portion = said.recv() => {
                        let Some(portion) = portion else { return };
                        // Nobody listens while the program is being restarted.
                        let _ = socket.send_to(&portion, to).await;
                    }
                    Ok((length, _)) = socket.recv_from(&mut buffer) => {
                        let _ = hear.try_send((Instant::now(), buffer[..length].to_vec()));
                    }
                }
            }
        });
        Self { heard, say }
    }

    /// It ends when the stream does. Neither way waits for the other.
    pub(crate) fn stream(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let (hear, heard) = mpsc::channel(WAITING_MAX);
        let (say, mut said) = mpsc::channel::<Vec<u8>>(WAITING_MAX);
        tokio::spawn(async move {
            let hearing = async {
                let mut buffer = [0; 2048];
                while let Ok(length @ 1..) = reader.read(&mut buffer).await {
                    let _ = hear.try_send((Instant::now(), buffer[..length].to_vec()));
                }
            };
            let saying = async {
                while let Some(portion) = said.recv().await
                    && writer.write_all(&portion).await.is_ok()
                {}
            };
            tokio::select! {
                () = hearing => {}
                () = saying => {}
            }
        });
        Self { heard, say }
    }
}

/// How the autopilot speaks beside what its script says.
#[derive(Default)]
pub(crate) struct Manner {
    /// Signs what it says, and believes only what is signed.
    pub(crate) signer: Option<Signer>,
    /// Messages besides what it streams, every 20 ms.
    pub(crate) filler: usize,
    /// Is told when something comes, and what.
    pub(crate) noticed: Option<mpsc::Sender<(Instant, MavMessage)>>,
}

/// The scripted autopilot in real time, until it is dropped.
pub(crate) struct Autopilot {
    peer: Arc<Mutex<Peer>>,
    task: JoinHandle<()>,
}

impl Autopilot {
    pub(crate) fn new(line: Line, manner: Manner) -> Self {
        let home = at(0.0, 0.0).at_height(AltitudeHae::new(HOME_AMSL_M + UNDULATION_M));
        let peer = Peer::new(Make::ArduPilot, MavType::MAV_TYPE_QUADROTOR, home, HOME_AMSL_M, now());
        let peer = Arc::new(Mutex::new(peer));
        Self { task: tokio::spawn(speak(peer.clone(), line, manner)), peer }
    }

    /// Ends the line, and what leads over it.
    pub(crate) fn hang_up(&mut self) {
        self.task.abort();
    }

    /// Goes on over another line.
    pub(crate) fn go_on(&mut self, line: Line, manner: Manner) {
        self.task.abort();
        self.task = tokio::spawn(speak(self.peer.clone(), line, manner));
    }

    pub(crate) fn peer(&self) -> MutexGuard<'_, Peer> {
        self.peer.lock().unwrap()
    }
}

impl Drop for Autopilot {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn speak(peer: Arc<Mutex<Peer>>, mut line: Line, mut manner: Manner) {
    let (mut splitter, mut encoder) = (Splitter::new(), Encoder::new(MavSystemId(SYSTEM), MavComponentId(1)));
    let mut ticks = interval(Duration::from_millis(20));
    loop {
        let mut said = Vec::new();
        tokio::select! {
            _ = ticks.tick() => {
                peer.lock().unwrap().step(now());
                said.extend((0..manner.filler).map(|_| MavMessage::RAW_IMU(RAW_IMU_DATA::default())));
            }
            portion = line.heard.recv() => {
                let Some((arrived, bytes)) = portion else { return };
                splitter.push(&bytes);
                while let Some(frame) = splitter.next_raw() {
                    let believed = manner.signer.as_mut().is_none_or(|signer| signer.check(now(), &frame).is_ok());
                    if let Some(Frame { message, .. }) = Frame::of(&frame).filter(|_| believed) {
                        if let Some(noticed) = &manner.noticed {
                            let _ = noticed.try_send((arrived, message.clone()));
                        }
                        peer.lock().unwrap().take(now(), message);
                    }
                }
            }
        }
        said.extend(peer.lock().unwrap().take_out());
        for message in said {
            let frame = encoder.encode(&message);
            let mut portion = Vec::new();
            match &mut manner.signer {
                Some(signer) => {
                    assert!(signer.sign(now(), 0, &RawFrame::whole(&frame).unwrap(), &mut portion));
                }
                None => portion = frame,
            }
            // A line that takes nothing loses what is said, as a real one does.
            let _ = line.say.try_send(portion);
        }
    }
}
