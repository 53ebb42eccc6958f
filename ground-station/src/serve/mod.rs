//! The operations room at work: the station with a clock, a bus, a disk and consoles around it.
//!
//! One task owns the station. It sleeps until something happens (a message, an ask, a record on disk, the station's
//! next deadline), tells the station, and carries out what comes back. Around it: a task that publishes, one that
//! gives commands to vehicles and waits for their answers, the web server, a thread for the store and one for the
//! recording. Every queue between them is bounded:
//!
//! | queue | bound | when full |
//! |---|---|---|
//! | states, answers, scans, neighbours' tracks from the bus | 1,024 | the newest of each replaces the older |
//! | journals from the bus | 256 | the newest is refused; its sender keeps it and sends it again |
//! | asks of people | 64 | refused, the person is told |
//! | announcements of evidence | 64 | the newest is refused; its camera keeps it and announces it again |
//! | records to the disk | 4,096 | journals and asks are no longer taken from three quarters on |
//! | messages to the bus | 4,096 | dropped and counted: newer ones follow |
//! | commands to vehicles | 64 | dropped: the station gives them again |
//! | the recording | 16,384 | the recording ends there, and says so |
//!
//! Stop: one token; the room then has [`GRACE`] to write what it holds, and says what it could not.

mod bus_tasks;
mod clock;
mod gate;
mod owner;
mod recorder;
mod reminder;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use telemetry::bus::{Bus, BusError, TopicPattern};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::clock::Clock;
pub use self::clock::utc;
use self::owner::{Owner, Reports};
use self::recorder::RecorderThread;
use crate::config::Opened;
use crate::evidence::{Collector, Evidence, VaultError};
use crate::recording::Setup;
use crate::station::{Station, StationConfig};
use crate::store::{Store, StoreError};
use crate::video::LiveVideo;
use crate::web::{self, ASKS_MAX, Board, Gauges, WebParts};

/// How long the room takes at most to stop.
pub const GRACE: Duration = Duration::from_secs(5);
/// How much of that each part may take once its turn comes.
const PART_GRACE: Duration = Duration::from_millis(1500);
/// How many states, answers and scans wait for the station.
const HEARD_MAX: usize = 1024;
/// How many announcements of evidence wait.
const NOTICES_MAX: usize = 64;
/// How many journal entries wait for the station.
const JOURNALS_MAX: usize = 256;

/// The room could not open.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The console's address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of evidence.
    #[error("cannot keep evidence: {0}")]
    Evidence(#[from] VaultError),
    /// The recording.
    #[error("cannot write the recording {path}: {source}")]
    Recording {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: telemetry::recording::RecordingError,
    },
    /// The bus.
    #[error("cannot join the bus: {0}")]
    Bus(#[from] BusError),
}

/// An operations room that is open.
#[derive(Debug)]
pub struct Room {
    address: SocketAddr,
    recording: Option<PathBuf>,
    stopping: CancellationToken,
    owner: JoinHandle<Vec<String>>,
    web: JoinHandle<std::io::Result<()>>,
}

impl Room {
    /// Opens a room: everything it needs is opened before it takes its first message.
    ///
    /// # Errors
    /// [`ServeError`] with what could not be opened.
    pub async fn open(opened: Opened) -> Result<Self, ServeError> {
        let Opened { config, settings, sources } = opened;
        let listener = listen(settings.listen).await?;
        let address = listener.local_addr().unwrap_or(settings.listen);
        let (mut store, restored) = Store::open(&settings.store, &config.site.id)?;
        let mut clock = Clock::new();
        let started_at = clock.now();
        let setup = Setup { started_at, sources, restored: restored.clone() };
        let recorder = match &settings.record {
            Some(path) => Some(RecorderThread::open(path, &config.site.id, &setup)?),
            None => None,
        };
        let recording = recorder.as_ref().map(|recorder| recorder.path().to_owned());
        let bus = Arc::new(Bus::open(&settings.bus).await?);
        let heard = bus.subscribe(&heard(&config), HEARD_MAX).await?;
        let journals = bus.subscribe(&[TopicPattern::Journals], JOURNALS_MAX).await?;

        let records = store.take_evidence();
        let evidence = settings.evidence.as_ref().map(|kept| Evidence::open(kept, &records)).transpose()?.map(Arc::new);

        let offers = bus.video_offers().await?;
        let video = LiveVideo::new(&bus, config.cameras().cloned(), offers);

        let stopping = CancellationToken::new();
        let (board, gauges) = (Arc::new(Board::default()), Arc::new(Gauges::default()));
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        let station = Station::new(config.clone(), restored, started_at);
        let reports = Reports { board: Arc::clone(&board), gauges: Arc::clone(&gauges) };
        if let Some(evidence) = &evidence {
            let notices = bus.subscribe(&[TopicPattern::Evidence], NOTICES_MAX).await?;
            records.iter().for_each(|record| board.post_evidence(record));
            let cameras = config.cameras().cloned().collect();
            let (evidence, board, asks) = (Arc::clone(evidence), Arc::clone(&board), asks.clone());
            let collector = Collector { evidence, bus: Arc::downgrade(&bus), cameras, board, asks };
            let collecting = stopping.clone();
            tokio::spawn(async move { collecting.run_until_cancelled(collector.run(notices)).await });
        }
        let owner = Owner::new(station, clock, store, recorder, bus, reports);
        let owner = tokio::spawn(owner.run(heard, journals, asked, stopping.clone()));
        let parts = WebParts { board, gauges, video, evidence, asks, stopping: stopping.clone() };
        let web = tokio::spawn(async move { web::serve(listener, &config, &settings, parts).await });
        if !web::page_built() {
            tracing::warn!("this program was built without the console's page: `make console build` builds both");
        }
        Ok(Self { address, recording, stopping, owner, web })
    }

    /// Where the console is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The recording being written, if one is: the name asked for, or the next free one like it.
    #[must_use]
    pub fn recording(&self) -> Option<&PathBuf> {
        self.recording.as_ref()
    }

    /// Returns when something the room cannot do without has ended by itself; says what.
    pub async fn broken(&mut self) -> String {
        tokio::select! {
            ended = &mut self.owner => match ended {
                Ok(said) => format!("the station stopped: {}", said.join("; ")),
                Err(_) => "the station's task panicked".to_owned(),
            },
            ended = &mut self.web => match ended {
                Ok(Err(error)) => format!("the web server failed: {error}"),
                Ok(Ok(())) | Err(_) => "the web server stopped".to_owned(),
            },
        }
    }

    /// Closes the room. Gives what was not finished, in words; nothing when everything was.
    pub async fn close(self) -> Vec<String> {
        self.stopping.cancel();
        let mut unfinished = Vec::new();
        let (abort_owner, abort_web) = (self.owner.abort_handle(), self.web.abort_handle());
        // A task that was seen to end by `broken` has nothing left to say.
        if self.owner.is_finished() {
            unfinished.push("the station had stopped before".to_owned());
        } else {
            match timeout(GRACE, self.owner).await {
                Ok(Ok(said)) => unfinished.extend(said),
                Ok(Err(_)) => unfinished.push("the station's task panicked".to_owned()),
                Err(_) => unfinished.push(format!("the station did not end within {} s", GRACE.as_secs())),
            }
        }
        if !self.web.is_finished() && timeout(PART_GRACE, self.web).await.is_err() {
            unfinished.push("a console's connection did not end".to_owned());
        }
        abort_owner.abort();
        abort_web.abort();
        unfinished
    }
}

/// What comes as newest wins: of our own site, and of the neighbours what they share.
fn heard(config: &StationConfig) -> Vec<TopicPattern> {
    let own = [TopicPattern::VehicleStates, TopicPattern::Acks, TopicPattern::Scans];
    let neighbours = config.sharing.iter().flat_map(|sharing| &sharing.neighbours);
    let shared = neighbours.map(|(station, site)| TopicPattern::SharedTracks(site.clone(), station.clone()));
    own.into_iter().chain(shared).collect()
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}
