//! What a vehicle's program waits for, one thing at a time.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use telemetry::Message;
use telemetry::bus::{CommandServer, EvidenceServer, Replier, Subscription};
use telemetry::messages::{CommandRequest, EvidenceReply, EvidenceRequest};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::port::Portion;
use crate::agent::Input;

/// The longest datagram of a camera's program, bytes.
pub(super) const PLOT_DATAGRAM_MAX: usize = 1 << 16;

/// What can happen.
pub(super) enum Happening {
    Link(Portion),
    Message(Message),
    Command(CommandRequest, Replier),
    Camera(Vec<u8>),
    /// The room asks for what the camera kept of an alert.
    Evidence(EvidenceRequest, Replier<EvidenceReply>),
    Due,
    Report,
    /// Live video and evidence are to be looked after.
    Eyes,
    Stop,
    /// A part that never ends has ended.
    Broken(&'static str),
}

/// What is waited for.
pub(super) struct Sources {
    pub(super) links: mpsc::Receiver<Portion>,
    pub(super) messages: Subscription,
    pub(super) commands: CommandServer,
    pub(super) camera: Option<Arc<UdpSocket>>,
    pub(super) buffer: Vec<u8>,
    pub(super) reports: tokio::time::Interval,
    pub(super) evidence: Option<EvidenceServer>,
    /// While the camera's program is asked for live video or evidence.
    pub(super) eyes: Option<tokio::time::Interval>,
    pub(super) stop: CancellationToken,
}

impl Sources {
    pub(super) async fn next(&mut self, due: tokio::time::Instant) -> Happening {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Happening::Stop,
            () = tokio::time::sleep_until(due) => Happening::Due,
            command = self.commands.recv() => {
                command.map_or(Happening::Broken("the bus"), |(request, asker)| Happening::Command(request, asker))
            }
            received = self.messages.recv() => {
                received.map_or(Happening::Broken("the bus"), |received| Happening::Message(received.message))
            }
            // After the bus, so that an autopilot that floods us does not keep an order from coming through.
            portion = self.links.recv() => portion.map_or(Happening::Broken("the links"), Happening::Link),
            plots = plots(self.camera.as_deref(), &mut self.buffer) => Happening::Camera(plots),
            (request, asker) = asked(self.evidence.as_mut()) => Happening::Evidence(request, asker),
            () = tick(self.eyes.as_mut()) => Happening::Eyes,
            _ = self.reports.tick() => Happening::Report,
        }
    }
}

/// The way to the camera's program on this computer.
pub(super) struct Eyes {
    socket: Arc<UdpSocket>,
    pose_to: SocketAddr,
}

impl Eyes {
    pub(super) fn new(socket: Arc<UdpSocket>, pose_to: SocketAddr) -> Self {
        Self { socket, pose_to }
    }

    /// Tells how the camera stands, or what is wished of it. Whoever does not listen, or not fast enough, misses it: the
    /// next comes in a moment.
    pub(super) fn tell(&self, what: &impl Serialize) {
        if let Err(error) = self.socket.try_send_to(&telemetry::wire::encode(what), self.pose_to) {
            tracing::trace!(%error, "the camera was not told");
        }
    }
}

/// A camera's program sends scans as on the bus, CBOR arrays; anything else that finds things sends lines of JSON.
pub(super) fn camera_input(bytes: &[u8]) -> Input<'_> {
    match bytes.first() {
        // RFC 8949 §3.1: major type 4.
        Some(0x80..=0x9f) => Input::CameraScan(bytes),
        _ => Input::CameraPlots(bytes),
    }
}

/// That the bus is gone is said by those who hear more of it.
async fn asked(evidence: Option<&mut EvidenceServer>) -> (EvidenceRequest, Replier<EvidenceReply>) {
    if let Some(evidence) = evidence
        && let Some(asked) = evidence.recv().await
    {
        return asked;
    }
    std::future::pending().await
}

async fn tick(interval: Option<&mut tokio::time::Interval>) {
    match interval {
        Some(interval) => drop(interval.tick().await),
        None => std::future::pending().await,
    }
}

async fn plots(camera: Option<&UdpSocket>, buffer: &mut [u8]) -> Vec<u8> {
    let Some(camera) = camera else { return std::future::pending().await };
    loop {
        match camera.recv(buffer).await {
            Ok(length) => return buffer[..length].to_vec(),
            Err(error) => tracing::debug!(%error, "receiving from the camera"),
        }
    }
}
