//! The operations room as it flies: `picket serve` with a store and an evidence folder, its door as a browser finds it, and a
//! radar on its bus that sees one drone.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ground_station::config::{
    BusSection, EvidenceSection, OperatorEntry, RuleSection, StationFile, VehicleEntry, VehicleKindName,
};
use ground_station::web::key_hash;
use missions::sensor::{MeasurementSigma, Sensor};
use serde_json::Value;
use telemetry::bus::{Bus, BusConfig};
use telemetry::messages::{
    Coverage, Detection, Measurement, SensorDescription, SensorKind, SensorPerformance, SensorScan,
};
use telemetry::topics::Program;
use telemetry::{AltitudeAmsl, DetectionId, Elevation, Enu, Geodetic, Message, SensorId, SiteFrame, VehicleId};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::timeout;

use super::film::water;
use super::{PATIENCE, now, site, start, write};

/// Anna's key.
const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// How often the radar turns.
const TURN: Duration = Duration::from_millis(500);
/// What the radar does not know: metres, radians.
const RADAR_SIGMA: [f64; 3] = [5.0, 0.0087, 0.0087];

/// A place by metres east, north and up of the datum.
pub(super) fn place(east_m: f64, north_m: f64, up_m: f64) -> Geodetic {
    SiteFrame::new(water()).geodetic(Enu { east_m, north_m, up_m }).unwrap()
}

fn sensor(id: &str, kind: SensorKind) -> Sensor {
    let description = SensorDescription {
        id: SensorId::new(id).unwrap(),
        kind,
        position: place(-100.0, -180.0, 30.0),
        altitude: AltitudeAmsl::new(30.0),
        period_s: TURN.as_secs_f64(),
        coverage: Coverage {
            range_m: [50.0, 8000.0],
            sector: None,
            elevation: [Elevation::from_degrees(-10.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: 0.95,
        clutter_per_scan: 0.1,
        performance: SensorPerformance::default(),
    };
    let [range_m, azimuth_rad, elevation_rad] = RADAR_SIGMA;
    let sigma = MeasurementSigma {
        range_m: (kind == SensorKind::Radar).then_some(range_m),
        azimuth_rad: Some(azimuth_rad),
        elevation_rad: Some(elevation_rad),
        range_rate_m_s: None,
    };
    Sensor { description, sigma }
}

fn station_file(bus: &str) -> StationFile {
    StationFile {
        site: site().to_string(),
        listen: "127.0.0.1:0".parse().unwrap(),
        allow_remote: false,
        simulated: true,
        store: PathBuf::from("station.sqlite"),
        record: None,
        evidence: Some(EvidenceSection { folder: PathBuf::from("evidence-of-the-room"), total_mib: Some(256) }),
        bus: BusSection { listen: vec![bus.to_owned()], connect: Vec::new(), tls: None },
        rules: RuleSection::default(),
        zones: None,
        preflight: None,
        sharing: None,
        operators: vec![OperatorEntry {
            id: "anna".parse().unwrap(),
            name: "Anna Berg".to_owned(),
            key_sha256: key_hash(KEY),
            role: None,
        }],
        vehicles: vec![VehicleEntry {
            id: VehicleId::new("falke-1").unwrap(),
            name: "Falke 1".to_owned(),
            kind: VehicleKindName::Multirotor,
            cruise_m_s: None,
            home: None,
            home_altitude: None,
            battery: None,
            camera: None,
            plan: None,
            start: None,
            released_by: None,
        }],
        sensors: vec![
            sensor("radar-1", SensorKind::Radar).table(),
            sensor("falke-1.camera", SensorKind::Camera).table(),
        ],
        views: Vec::new(),
        authorisations: Vec::new(),
    }
}

/// `picket`, running.
pub(super) struct Station {
    pub(super) child: Child,
    /// Where it listens for others on the bus.
    pub(super) bus: String,
    /// Where it keeps evidence, and its store.
    pub(super) evidence: PathBuf,
    pub(super) store: PathBuf,
    door: SocketAddr,
}

impl Station {
    /// Starts it in a folder, and waits until it is open.
    pub(super) async fn open(folder: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let bus = format!("tcp/127.0.0.1:{port}");
        let config = write(folder, "station.toml", &station_file(&bus).to_toml().unwrap());
        let mut child = start("picket", &["serve"], &config);
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(PATIENCE, said.next_line()).await.expect("it opens").unwrap().unwrap_or_default();
        let door = line.strip_prefix("console: http://").and_then(|rest| rest.trim_end_matches('/').parse().ok());
        let door = door.unwrap_or_else(|| panic!("{line:?} does not say where the console is"));
        let (evidence, store) = (folder.join("evidence-of-the-room"), folder.join("station.sqlite"));
        Self { child, bus, evidence, store, door }
    }

    /// Asks as a browser does; status, headers and body.
    pub(super) async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, Vec<u8>) {
        let (host, length) = (self.door, body.len());
        let asked = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.door).await.unwrap();
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer").unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("{head}")), head, bytes.split_off(end + 4))
    }

    /// Anna's cookie, as a line of a request.
    pub(super) async fn signed_in(&self) -> String {
        let key = format!(r#"{{"operator":"anna","key":"{KEY}"}}"#);
        let (status, head, _) = self.ask("POST", "/api/session", "Content-Type: application/json\r\n", &key).await;
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        format!("Cookie: {}\r\n", cookie.unwrap_or_else(|| panic!("{status}: {head}")))
    }

    /// What a console is shown first: all there is. A console of its own is opened for it (RFC 6455).
    pub(super) async fn shown(&self, cookie: &str) -> Value {
        let host = self.door;
        let asked = format!(
            "GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{cookie}\r\n"
        );
        let mut stream = BufReader::new(TcpStream::connect(host).await.unwrap());
        stream.write_all(asked.as_bytes()).await.unwrap();
        let shown = async {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            assert!(line.contains(" 101 "), "{line}");
            while line.trim() != "" {
                line.clear();
                stream.read_line(&mut line).await.unwrap();
            }
            let [head, short] = [stream.read_u8().await.unwrap(), stream.read_u8().await.unwrap()];
            assert_eq!(head, 0x81, "a text, in one piece");
            let length = match short {
                126 => u64::from(stream.read_u16().await.unwrap()),
                127 => stream.read_u64().await.unwrap(),
                short => short.into(),
            };
            let mut text = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut text).await.unwrap();
            serde_json::from_slice(&text).unwrap()
        };
        timeout(PATIENCE, shown).await.expect("a console is shown all there is")
    }

    /// Waits until a list that consoles are shown holds what is wanted; gives it.
    pub(super) async fn until_shown(&self, cookie: &str, list: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = async {
            loop {
                last = self.shown(cookie).await;
                if let Some(found) = last[list].as_array().into_iter().flatten().find(|item| wanted(item)) {
                    return found.clone();
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        };
        let found = timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| panic!("it never came; {list} is {}", last[list]))
    }

    /// A number that it counts.
    pub(super) async fn counted(&self, name: &str) -> u64 {
        let (_, _, text) = self.ask("GET", "/metrics", "", "").await;
        let text = String::from_utf8_lossy(&text).into_owned();
        let number = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok());
        number.unwrap_or_else(|| panic!("no {name} in {text}"))
    }
}

/// A radar that sees a drone at a place, turn by turn, for ever.
pub(super) async fn radar(bus: String, drone: Geodetic) {
    let config =
        BusConfig { site: site(), program: Program::Simulator, listen: Vec::new(), connect: vec![bus], tls: None };
    let bus = Bus::open(&config).await.unwrap();
    let Sensor { description: radar, .. } = sensor("radar-1", SensorKind::Radar);
    let seen = SiteFrame::new(radar.position).enu(drone);
    let mut turns = tokio::time::interval(TURN);
    for scan in 0.. {
        turns.tick().await;
        let measurement = Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: seen.azimuth(),
            elevation: seen.elevation(),
            range_rate: None,
            sigma: RADAR_SIGMA,
        };
        let measured_at = now();
        let detection =
            Detection { id: DetectionId(scan), measured_at, measurement, claim: None, drone_llr: Some(3.0) };
        let (sensor, origin, detections) = (radar.id.clone(), radar.position, vec![detection]);
        let scan = SensorScan { sensor, scan, measured_at, origin, sector: None, detections };
        bus.publish(&Message::Scan(scan)).await.unwrap();
    }
}
