//! Who is told what a camera sees: the bus, or the vehicle's own program; and what that one tells in return.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use telemetry::bus::{Bus, Offer, Readers};
use telemetry::messages::{LiveWish, Message, SensorScan, VideoFragment};
use telemetry::topics::Carrier;
use telemetry::{SensorId, Timestamp, Topic, VehicleId, pieces, wire};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::live::Wish;
use crate::config::camera::Standing;

/// Poses that the camera has not looked at yet, ten seconds' worth at the usual rate; when so many wait, what comes is
/// dropped.
const POSES_MAX: usize = 256;
/// The longest datagram of a pose: they have some 200 bytes.
const POSE_MAX: usize = 2048;
/// A wish of `picket-onboard`'s holds so long: it is said five times in it, and who no longer says it may be gone.
const WISH_HOLDS: Duration = Duration::from_secs(1);
/// A socket that failed is left alone so long.
const PAUSE: Duration = Duration::from_millis(100);

/// Datagrams of `picket-onboard`'s, and when each came.
pub(super) type Poses = mpsc::Receiver<(Timestamp, Vec<u8>)>;

/// Where scans go.
pub(super) enum Telling {
    Bus(Bus),
    /// `picket-onboard`.
    Onboard(Onboard),
}

/// The way to `picket-onboard`.
pub(super) struct Onboard {
    /// Connected to it.
    socket: Arc<UdpSocket>,
    /// What it last wished, and when.
    wished: watch::Receiver<Option<(Instant, Wish)>>,
    /// The number of the next fragment.
    number: AtomicU32,
}

/// What is asked to find out who looks.
pub(super) struct Asking {
    readers: Readers,
    /// Says that there is something to look at, while it lives.
    _offer: Offer,
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
                let (wish, wished) = watch::channel(None);
                let (from, stopped) = (Arc::clone(&socket), stop.clone());
                let heard = Heard { vehicle: carriage.vehicle.clone(), poses: to, wish };
                tokio::spawn(async move { stopped.run_until_cancelled(listen(&from, &heard)).await });
                Ok((Self::Onboard(Onboard { socket, wished, number: AtomicU32::new(0) }), Some(poses)))
            }
        }
    }

    /// Tells a scan.
    pub(super) async fn tell(&self, scan: SensorScan) -> anyhow::Result<()> {
        match self {
            Self::Bus(bus) => bus.publish(&Message::Scan(scan)).await?,
            Self::Onboard(onboard) => {
                let bytes = wire::encode(&scan);
                onboard.socket.send(&bytes).await.context("picket-onboard does not take it")?;
            }
        }
        Ok(())
    }

    /// Offers live video on the bus, where there is one, and gets ready to ask who looks.
    pub(super) async fn offer(&self, camera: &SensorId) -> anyhow::Result<Option<Asking>> {
        let Self::Bus(bus) = self else { return Ok(None) };
        let readers = bus.readers(&Topic::Video(camera.clone())).await.context("cannot ask who looks")?;
        let offer = bus.offer_video(camera, Carrier::Mast).await.context("cannot offer live video")?;
        Ok(Some(Asking { readers, _offer: offer }))
    }

    /// Who looks now. `picket-onboard` is told at the same time that there is something to look at.
    pub(super) async fn who_looks(&self, asking: Option<&Asking>) -> Wish {
        match (self, asking) {
            (Self::Bus(_), Some(asking)) => match asking.readers.any().await {
                Ok(true) => Wish::Whole,
                Ok(false) => Wish::Nothing,
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "the bus does not say who looks");
                    Wish::Nothing
                }
            },
            (Self::Bus(_), None) => Wish::Nothing,
            (Self::Onboard(onboard), _) => {
                // Whether it is there or not: it is told again in a moment.
                let _ = onboard.socket.try_send(&pieces::READY);
                let wished = *onboard.wished.borrow();
                wished.filter(|(at, _)| at.elapsed() < WISH_HOLDS).map_or(Wish::Nothing, |(_, wish)| wish)
            }
        }
    }

    /// The bus, where it goes there.
    pub(super) fn bus(&self) -> Option<&Bus> {
        if let Self::Bus(bus) = self { Some(bus) } else { None }
    }

    /// Shows live video to whoever reads it on the bus, or gives it to `picket-onboard`, which does.
    pub(super) async fn show(&self, fragment: VideoFragment) -> anyhow::Result<()> {
        match self {
            Self::Bus(bus) => Ok(bus.publish(&Message::Video(fragment)).await?),
            Self::Onboard(onboard) => {
                let number = onboard.number.fetch_add(1, Ordering::Relaxed);
                for piece in pieces::cut(number, &wire::encode(&fragment)) {
                    onboard.socket.send(&piece).await.context("picket-onboard does not take it")?;
                }
                Ok(())
            }
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

/// Where what `picket-onboard` says goes.
struct Heard {
    vehicle: VehicleId,
    poses: mpsc::Sender<(Timestamp, Vec<u8>)>,
    wish: watch::Sender<Option<(Instant, Wish)>>,
}

impl Heard {
    fn take(&self, bytes: &[u8]) {
        match wire::decode::<LiveWish>(bytes) {
            Ok(wish) if wish.vehicle == self.vehicle => drop(self.wish.send(Some((Instant::now(), Wish::from(&wish))))),
            // A pose, or nothing that is known there either. One that finds no room is as good as late: the next says as
            // much.
            _ => drop(self.poses.try_send((crate::now(), bytes.to_vec()))),
        }
    }
}

async fn listen(socket: &UdpSocket, heard: &Heard) {
    let mut bytes = [0; POSE_MAX];
    loop {
        match socket.recv(&mut bytes).await {
            Ok(length) => heard.take(&bytes[..length]),
            // Nobody is there yet, or any more.
            Err(error) => {
                tracing::debug!(%error, "poses");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
