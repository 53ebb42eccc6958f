//! Who is told what a camera sees: the bus, or the vehicle's own program; and what that one tells in return.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use telemetry::bus::{Bus, Offer, Readers, Replier};
use telemetry::messages::{
    EvidenceFromCamera, EvidenceNotice, EvidenceReply, EvidenceToCamera, LiveWish, Message, SensorScan, ToCamera,
    VideoFragment,
};
use telemetry::pieces::Stream;
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
/// Words about evidence that nobody has taken yet; when so many wait, what comes is dropped, and comes again.
const TOLD_MAX: usize = 64;
/// The longest datagram of `picket-onboard`'s: a pose has some 200 bytes, an alert with its sentence may have 1,000.
const DATAGRAM_MAX: usize = 8192;
/// A wish of `picket-onboard`'s holds so long: it is said five times in it, and who no longer says it may be gone.
const WISH_HOLDS: Duration = Duration::from_secs(1);
/// A socket that failed is left alone so long.
const PAUSE: Duration = Duration::from_millis(100);

/// Datagrams of `picket-onboard`'s, and when each came.
pub(super) type Poses = mpsc::Receiver<(Timestamp, Vec<u8>)>;

/// What `picket-onboard` says.
pub(super) struct Aboard {
    pub(super) poses: Poses,
    /// Of alerts, and what the room asks for.
    pub(super) told: mpsc::Receiver<ToCamera>,
}

/// Who waits for an answer.
pub(super) enum Asker {
    /// The room, on the bus.
    Bus(Replier<EvidenceReply>),
    /// `picket-onboard`, for the room.
    Onboard,
}

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
    /// The numbers of the next fragment, and of the next word about evidence.
    fragment: AtomicU32,
    word: AtomicU32,
}

/// What is asked to find out who looks.
pub(super) struct Asking {
    readers: Readers,
    /// Says that there is something to look at, while it lives.
    _offer: Offer,
}

impl Telling {
    /// Joins the bus, or opens the way to `picket-onboard`, which is heard until `stop`.
    pub(super) async fn open(standing: &Standing, stop: &CancellationToken) -> anyhow::Result<(Self, Option<Aboard>)> {
        match standing {
            Standing::Still { bus, .. } => Ok((Self::Bus(Bus::open(bus).await.context("cannot join the bus")?), None)),
            Standing::Carried(carriage) => {
                let socket = UdpSocket::bind(carriage.listen).await;
                let socket = socket.with_context(|| format!("cannot listen on udp {}", carriage.listen))?;
                // Only what comes from there is taken, and whether anybody is there can be told.
                socket.connect(carriage.onboard).await.context("[pose] onboard")?;
                let socket = Arc::new(socket);
                let (to, poses) = mpsc::channel(POSES_MAX);
                let (word, told) = mpsc::channel(TOLD_MAX);
                let (wish, wished) = watch::channel(None);
                let (from, stopped) = (Arc::clone(&socket), stop.clone());
                let heard = Heard { vehicle: carriage.vehicle.clone(), poses: to, wish, word };
                tokio::spawn(async move { stopped.run_until_cancelled(listen(&from, &heard)).await });
                // From the clock, far from where the program counted before it was started anew: what is but a little behind is late.
                let first = || AtomicU32::new(crate::now().unix_millis() as u32);
                let onboard = Onboard { socket, wished, fragment: first(), word: first() };
                Ok((Self::Onboard(onboard), Some(Aboard { poses, told })))
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

    /// Shows live video to whoever reads it on the bus, or gives it to `picket-onboard`, which does.
    pub(super) async fn show(&self, fragment: VideoFragment) -> anyhow::Result<()> {
        match self {
            Self::Bus(bus) => Ok(bus.publish(&Message::Video(fragment)).await?),
            Self::Onboard(onboard) => onboard.send(Stream::Video, &onboard.fragment, &wire::encode(&fragment)).await,
        }
    }

    /// Tells the room what is kept of an alert.
    pub(super) async fn announce(&self, notice: EvidenceNotice) -> anyhow::Result<()> {
        match self {
            Self::Bus(bus) => Ok(bus.publish(&Message::Evidence(notice)).await?),
            Self::Onboard(onboard) => onboard.say(&EvidenceFromCamera::Notice(Box::new(notice))).await,
        }
    }

    /// Answers the room.
    pub(super) async fn answer(&self, asker: Asker, reply: EvidenceReply) -> anyhow::Result<()> {
        match (self, asker) {
            (_, Asker::Bus(replier)) => Ok(replier.reply(&reply).await?),
            (Self::Onboard(onboard), Asker::Onboard) => onboard.say(&EvidenceFromCamera::Reply(reply)).await,
            (Self::Bus(_), Asker::Onboard) => Ok(()),
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

impl Onboard {
    async fn say(&self, what: &EvidenceFromCamera) -> anyhow::Result<()> {
        self.send(Stream::Evidence, &self.word, &wire::encode(what)).await
    }

    async fn send(&self, stream: Stream, number: &AtomicU32, message: &[u8]) -> anyhow::Result<()> {
        let number = number.fetch_add(1, Ordering::Relaxed);
        for piece in pieces::cut(stream, number, message) {
            self.socket.send(&piece).await.context("picket-onboard does not take it")?;
        }
        Ok(())
    }
}

/// Where what `picket-onboard` says goes.
struct Heard {
    vehicle: VehicleId,
    poses: mpsc::Sender<(Timestamp, Vec<u8>)>,
    wish: watch::Sender<Option<(Instant, Wish)>>,
    word: mpsc::Sender<ToCamera>,
}

impl Heard {
    fn take(&self, bytes: &[u8]) {
        if let Ok(wish) = wire::decode::<LiveWish>(bytes)
            && wish.vehicle == self.vehicle
        {
            self.wish.send_replace(Some((Instant::now(), Wish::from(&wish))));
        } else if let Ok(EvidenceToCamera { vehicle, what }) = wire::decode(bytes)
            && vehicle == self.vehicle
        {
            // One that finds no room, or nobody who keeps evidence, is said again.
            let _ = self.word.try_send(what);
        } else {
            // A pose, or nothing that is known there either. One that finds no room is as good as late: the next says as
            // much.
            let _ = self.poses.try_send((crate::now(), bytes.to_vec()));
        }
    }
}

async fn listen(socket: &UdpSocket, heard: &Heard) {
    let mut bytes = [0; DATAGRAM_MAX];
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
