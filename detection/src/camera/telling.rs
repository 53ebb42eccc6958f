//! Who is told what a camera sees: the bus, or the vehicle's own program; and what that one tells in return.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use telemetry::bus::{Bus, Readers};
use telemetry::messages::{Message, SensorScan, VideoFragment};
use telemetry::{Timestamp, Topic};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::config::camera::Standing;

/// Poses that the camera has not looked at yet, ten seconds' worth at the usual rate; when so many wait, what comes is
/// dropped.
const POSES_MAX: usize = 256;
/// The longest datagram of a pose: they have some 200 bytes.
const POSE_MAX: usize = 2048;
/// A socket that failed is left alone so long.
const PAUSE: Duration = Duration::from_millis(100);

/// Datagrams of `picket-onboard`'s, and when each came.
pub(super) type Poses = mpsc::Receiver<(Timestamp, Vec<u8>)>;

/// Where scans go.
pub(super) enum Telling {
    Bus(Bus),
    /// `picket-onboard`, which is connected to.
    Onboard(Arc<UdpSocket>),
}

impl Telling {
    /// Joins the bus, or opens the way to `picket-onboard`, from which poses come until `stop`.
    pub(super) async fn open(standing: &Standing, stop: &CancellationToken) -> anyhow::Result<(Self, Option<Poses>)> {
        match standing {
            Standing::Still { bus, .. } => Ok((Self::Bus(Bus::open(bus).await.context("cannot join the bus")?), None)),
            Standing::Carried(carriage) => {
                let socket = UdpSocket::bind(carriage.listen).await;
                let socket = socket.with_context(|| format!("cannot listen on udp {}", carriage.listen))?;
                // Only what comes from there is taken, and whether anybody is there can be told.
                socket.connect(carriage.onboard).await.context("[pose] onboard")?;
                let socket = Arc::new(socket);
                let (to, poses) = mpsc::channel(POSES_MAX);
                let (from, stopped) = (Arc::clone(&socket), stop.clone());
                tokio::spawn(async move { stopped.run_until_cancelled(listen(&from, &to)).await });
                Ok((Self::Onboard(socket), Some(poses)))
            }
        }
    }

    /// Tells a scan.
    pub(super) async fn tell(&self, scan: SensorScan) -> anyhow::Result<()> {
        match self {
            Self::Bus(bus) => bus.publish(&Message::Scan(scan)).await?,
            Self::Onboard(socket) => {
                let bytes = telemetry::wire::encode(&scan);
                socket.send(&bytes).await.context("picket-onboard does not take it")?;
            }
        }
        Ok(())
    }

    /// Who reads a topic on the bus, where there is one.
    pub(super) async fn readers(&self, topic: &Topic) -> anyhow::Result<Option<Readers>> {
        match self {
            Self::Bus(bus) => Ok(Some(bus.readers(topic).await.context("cannot ask who looks")?)),
            Self::Onboard(_) => Ok(None),
        }
    }

    /// The bus, where it goes there.
    pub(super) fn bus(&self) -> Option<&Bus> {
        if let Self::Bus(bus) = self { Some(bus) } else { None }
    }

    /// Shows live video to whoever reads it on the bus.
    pub(super) async fn show(&self, fragment: VideoFragment) -> anyhow::Result<()> {
        match self {
            Self::Bus(bus) => Ok(bus.publish(&Message::Video(fragment)).await?),
            Self::Onboard(_) => Ok(()),
        }
    }

    pub(super) async fn close(self, within: Duration) {
        if let Self::Bus(bus) = self
            && tokio::time::timeout(within, bus.close()).await.is_err()
        {
            warn!("the bus did not close within {within:?} and was left");
        }
    }
}

async fn listen(socket: &UdpSocket, to: &mpsc::Sender<(Timestamp, Vec<u8>)>) {
    let mut bytes = [0; POSE_MAX];
    loop {
        match socket.recv(&mut bytes).await {
            // One that finds no room is as good as late: the next says as much.
            Ok(length) => drop(to.try_send((crate::now(), bytes[..length].to_vec()))),
            // Nobody is there yet, or any more.
            Err(error) => {
                tracing::debug!(%error, "poses");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
