//! The folder of a live night: the configurations of the programs, their stores and their logs.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use anyhow::Context;
use ground_station::config::EvidenceSection;
use ground_station::web::{fresh_key, key_hash};
use missions::Scenario;
use missions::scenario::OwnVehicle;
use onboard::config::{AutopilotPort, BusSection, CameraSection, Kind, LimitsSection, RecordSection, VehicleConfig};
use telemetry::VehicleId;
use telemetry::bus::BusConfig;
use telemetry::messages::VehicleKind;
use telemetry::topics::Program;

use super::clock::Clock;
use crate::{compose, room_file};

/// The journals of a night are small; this is room for weeks.
const JOURNAL_MAX_MIB: u64 = 64;
/// What the room keeps of the cameras' alerts: some hundred clips of small pictures.
const EVIDENCE_MAX_MIB: u64 = 1024;

/// Everything a live night put on disk, and where its programs listen.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) station: PathBuf,
    pub(super) vehicles: BTreeMap<VehicleId, PathBuf>,
    /// Where each companion computer listens for its autopilot.
    pub(super) autopilot_ports: BTreeMap<VehicleId, u16>,
    /// Where each companion computer listens for its camera.
    pub(super) camera_ports: BTreeMap<VehicleId, u16>,
    /// How the simulator joins the bus.
    pub(super) bus: BusConfig,
    /// The key of the operator on watch, for the console's address.
    pub(super) key: String,
}

/// What the folder is made for.
pub(super) struct Wanted<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) argument: &'a Path,
    pub(super) clock: Clock,
    pub(super) path: PathBuf,
    pub(super) port: u16,
    pub(super) record: Option<&'a Path>,
}

impl Folder {
    /// Makes the folder and writes every configuration into it.
    pub(super) fn make(wanted: &Wanted<'_>) -> anyhow::Result<Self> {
        let Wanted { scenario, path, .. } = wanted;
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        let path = fs::canonicalize(path)?;
        let endpoint = format!("tcp/127.0.0.1:{}", free_tcp_port()?);
        let mut folder = Self {
            station: path.join(room_file::STATION_FILE),
            vehicles: BTreeMap::new(),
            autopilot_ports: BTreeMap::new(),
            camera_ports: BTreeMap::new(),
            bus: BusConfig {
                site: scenario.site.id.clone(),
                program: Program::Simulator,
                listen: Vec::new(),
                connect: vec![endpoint.clone()],
                tls: None,
            },
            key: fresh_key()?,
            path,
        };
        folder.write_station(wanted, &endpoint)?;
        for (place, vehicle) in scenario.vehicles.iter().enumerate() {
            folder.write_vehicle(scenario, place, vehicle, &endpoint)?;
        }
        Ok(folder)
    }

    fn write_station(&self, wanted: &Wanted<'_>, endpoint: &str) -> anyhow::Result<()> {
        let Wanted { scenario, argument, clock, port, record, .. } = wanted;
        let wished = TcpListener::bind((Ipv4Addr::LOCALHOST, *port));
        let port = wished.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?.local_addr()?.port();
        let mut file = room_file::station_file(scenario, &|key| name(argument, key), |at| clock.wall(at));
        file.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        file.record = record.map(Path::to_owned);
        file.bus.listen = vec![endpoint.to_owned()];
        let cameras = !scenario.fixed_cameras.is_empty();
        file.evidence =
            cameras.then(|| EvidenceSection { folder: self.path.join("evidence"), total_mib: Some(EVIDENCE_MAX_MIB) });
        for operator in &mut file.operators {
            operator.key_sha256 = key_hash(&self.key);
        }
        fs::write(&self.station, file.to_toml()?).context("cannot write station.toml")
    }

    fn write_vehicle(
        &mut self,
        scenario: &Scenario,
        place: usize,
        vehicle: &OwnVehicle,
        endpoint: &str,
    ) -> anyhow::Result<()> {
        let id = &vehicle.id;
        let (autopilot, camera) = (free_udp_port()?, free_udp_port()?);
        let config = VehicleConfig {
            vehicle: id.clone(),
            kind: match vehicle.kind {
                VehicleKind::FixedWing => Kind::FixedWing,
                VehicleKind::Boat => Kind::Boat,
                VehicleKind::Vtol => Kind::Vtol,
                VehicleKind::Rov => Kind::Rov,
                VehicleKind::Multirotor | VehicleKind::Unknown => Kind::Multirotor,
            },
            system: compose::system(place)?,
            undulation_m: scenario.site.undulation.metres,
            autopilot: AutopilotPort::UdpIn((Ipv4Addr::LOCALHOST, autopilot).into()).into(),
            journal: self.path.join(format!("{id}-journal")),
            journal_max_mib: JOURNAL_MAX_MIB,
            bus: BusSection::new(scenario.site.id.clone(), Vec::new(), vec![endpoint.to_owned()], None)?,
            camera: vehicle.camera.as_ref().map(|it| CameraSection {
                sensor: it.sensor.description.id.clone(),
                listen: (Ipv4Addr::LOCALHOST, camera).into(),
                live_kilobits_per_s: 0,
                evidence_kilobits_per_s: None,
                pose: None,
            }),
            signing: None,
            payload: Vec::new(),
            ground: Vec::new(),
            record: RecordSection { folder: Some(self.path.join(format!("{id}-record"))), ..RecordSection::default() },
            remote_id: None,
            limits: LimitsSection { endurance_s: Some(vehicle.performance.endurance_s), ..LimitsSection::default() },
        };
        let path = self.path.join(format!("{id}.toml"));
        fs::write(&path, toml::to_string(&config)?).with_context(|| format!("cannot write {}", path.display()))?;
        self.vehicles.insert(id.clone(), path);
        self.autopilot_ports.insert(id.clone(), autopilot);
        self.camera_ports.insert(id.clone(), camera);
        Ok(())
    }
}

/// By which name a program opens a file that stands beside the scenario `argument`: a path where that is a file on
/// disk, else the name of a shipped file.
fn name(argument: &Path, key: &str) -> String {
    if argument.exists() {
        let folder = argument.parent().unwrap_or(Path::new(""));
        let beside = folder.join(key);
        return std::path::absolute(&beside).unwrap_or(beside).display().to_string();
    }
    Path::new(key).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// A port nobody listens on just now.
fn free_tcp_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A port nobody listens on just now.
fn free_udp_port() -> std::io::Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
