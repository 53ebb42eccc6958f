//! Everything that is opened before a vehicle is watched, and why it may not be.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use telemetry::Timestamp;
use telemetry::bus::{Bus, BusError, Subscription, TopicPattern};
use telemetry::delivery::Outbox;
use thiserror::Error;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::port::{self, Absence, Opening, Port, PortError, Portion};
use super::record::{Bounds, Recorder};
use super::secret::{SecretError, SigningClockFile, read_key};
use super::sources::Eyes;
use crate::agent::{Agent, AgentError};
use crate::config::VehicleConfig;
use crate::journal::{Journal, JournalError, Opened};
use crate::link::wire::{Role, Wire};

/// Acknowledgements, beats, tracks and states that wait for us, one a key; all are newest wins.
const BUS_WAITING_MAX: usize = 1024;

/// The program cannot run.
#[derive(Debug, Error)]
pub enum ShellError {
    /// A link.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The key for signatures.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The flight record.
    #[error("the flight record's folder {} cannot be made", folder.display())]
    Record {
        /// Which folder.
        folder: PathBuf,
        /// Why it cannot.
        #[source]
        source: std::io::Error,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The bus.
    #[error("the bus")]
    Bus(#[from] BusError),
    /// The camera's socket.
    #[error("the camera's port {at} cannot be opened")]
    Camera {
        /// Where it was to listen.
        at: SocketAddr,
        /// Why it cannot.
        #[source]
        source: std::io::Error,
    },
    /// The configuration cannot be flown by.
    #[error("the vehicle's configuration")]
    Agent(#[from] AgentError),
}

/// The socket on which what a camera's program finds comes in, and the way back to it.
pub(super) async fn camera(config: &VehicleConfig) -> Result<(Option<Arc<UdpSocket>>, Option<Eyes>), ShellError> {
    let Some(camera) = &config.camera else { return Ok((None, None)) };
    let socket = UdpSocket::bind(camera.listen).await;
    let socket = Arc::new(socket.map_err(|source| ShellError::Camera { at: camera.listen, source })?);
    let eyes = camera.pose.as_ref().map(|pose| Eyes::new(Arc::clone(&socket), pose.to));
    Ok((Some(socket), eyes))
}

/// What of the bus concerns a vehicle, besides its commands.
pub(super) async fn messages(bus: &Bus, config: &VehicleConfig) -> Result<Subscription, BusError> {
    let mut topics = vec![
        TopicPattern::JournalAcks(config.vehicle.clone()),
        TopicPattern::StationBeat,
        TopicPattern::VehicleStates,
        TopicPattern::Tracks,
    ];
    // Alerts go over the link only for a camera that keeps something of them.
    if config.camera.as_ref().is_some_and(|camera| camera.evidence_kilobits_per_s.is_some()) {
        topics.push(TopicPattern::Alerts);
    }
    bus.subscribe(&topics, BUS_WAITING_MAX).await
}

/// The agent with what the journal still holds. A kept plan that cannot be flown by is left out, and said: the
/// vehicle then has no plan, which the operations room sees.
pub(super) fn agent(config: &VehicleConfig, opened: Opened, now: Timestamp) -> Result<(Agent, Journal), ShellError> {
    let series = now.unix_nanos().unsigned_abs();
    let outbox = Outbox::restored(config.vehicle.clone(), series, opened.entries);
    let agent = match Agent::new(config.agent(opened.plan), outbox.clone(), now) {
        Err(AgentError::Plan(refusal)) => {
            tracing::warn!(%refusal, "the kept plan is left out");
            Agent::new(config.agent(None), outbox, now)?
        }
        agent => agent?,
    };
    let agent = match config.identity() {
        Some(identity) => agent.identified(identity),
        None => agent,
    };
    Ok((agent, opened.journal))
}

/// The links' ends for the shell.
pub(super) struct Ports {
    pub(super) to_links: Vec<mpsc::Sender<Vec<u8>>>,
    pub(super) tasks: Vec<JoinHandle<()>>,
}

/// Opens all links, in the order in which the wire numbers them.
pub(super) async fn open_links(
    config: &VehicleConfig,
    incoming: &mpsc::Sender<Portion>,
    stop: &CancellationToken,
) -> Result<Ports, PortError> {
    let mut ports = Ports { to_links: Vec::new(), tasks: Vec::new() };
    let sole = config.autopilot.all().len() == 1;
    for (link, (port, setup)) in config.links().iter().enumerate() {
        let absence = if sole && setup.role == Role::Autopilot { Absence::Fatal } else { Absence::Waited };
        let opening = Opening { link, incoming: incoming.clone(), stop: stop.child_token() };
        let Port { outgoing, task } = port::open(port, absence, opening).await?;
        ports.to_links.push(outgoing);
        ports.tasks.push(task);
    }
    Ok(ports)
}

pub(super) fn wire(config: &VehicleConfig, clock: &SigningClockFile, now: Timestamp) -> Result<Wire, SecretError> {
    let key = config.signing.as_ref().map(|signing| read_key(&signing.key)).transpose()?;
    let setups = config.links().into_iter().map(|(_, setup)| setup).collect();
    for section in config.ground.iter().filter(|section| section.commands) {
        tracing::warn!(port = %section.port, "may command the vehicle past the guard, as the configuration says");
    }
    Ok(Wire::new(config.system, setups, key.map(|key| (key, clock.read())), now))
}

pub(super) fn recorder(config: &VehicleConfig) -> Result<Recorder, ShellError> {
    let folder = config.record_folder();
    let bounds = Bounds {
        folder: folder.clone(),
        vehicle: config.vehicle.clone(),
        file_bytes: config.record.file_mib << 20,
        total_bytes: config.record.total_mib << 20,
    };
    Recorder::start(bounds).map_err(|source| ShellError::Record { folder, source })
}
