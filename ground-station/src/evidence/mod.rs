//! What cameras kept of alerts, on its way into the room and there.
//!
//! A camera announces a clip and a picture of an alert; the room fetches them in pieces (`fetch`), checks their SHA-256,
//! puts them into its folder (`vault`), has the store write the record, and tells the camera only then that it has them.
//! Until then the camera keeps them and announces them again, so a cut, or a restart of either, loses nothing. Consoles see
//! the record with its alert, and who is signed in may have the files.
//!
//! *Taken* is what a camera of the configuration announces about an alert that the room knows; everything else is counted and
//! left where it is. One alert is fetched at a time, behind everything else on the line. Bounds: 64 announcements of a camera
//! wait, then newer ones are left out and come again; the folder as configured; one small entry a record in memory.

mod fetch;
mod vault;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use telemetry::bus::{Bus, BusError, Subscription};
use telemetry::messages::{EvidenceNotice, EvidenceReply, EvidenceRequest, EvidenceWish, FileHash, Message};
use telemetry::{AlertId, SensorId};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use self::fetch::{Fetch, Refused, Step};
use self::vault::Vault;
pub use self::vault::VaultError;
use crate::store::EvidenceRecord;
use crate::web::{Ask, Board};

/// How long a camera may take for a piece; then it is asked again.
const PIECE_WAIT: Duration = Duration::from_secs(5);
/// How often in a row it is asked in vain; then the room waits for it to announce again.
const ATTEMPTS: u32 = 3;

/// Where evidence is kept, and how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceSettings {
    /// The folder.
    pub folder: PathBuf,
    /// The most bytes in it.
    pub bytes_max: u64,
}

/// What a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// MP4.
    Clip,
    /// JPEG.
    Snapshot,
}

/// The evidence that the room has. Shared by the task that fetches and the web that shows.
#[derive(Debug)]
pub struct Evidence {
    vault: Vault,
    known: Mutex<Known>,
    /// Announcements of cameras or about alerts that the room does not know, or that cannot be followed.
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    records: BTreeMap<(AlertId, SensorId), BTreeSet<FileHash>>,
    files: BTreeMap<FileHash, Kind>,
}

/// Evidence that was not fetched this time.
#[derive(Debug, Error)]
enum Failed {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error("the record was not stored: {0}")]
    NotStored(String),
    #[error("the room closes")]
    Closing,
}

impl Evidence {
    /// Opens the folder; the store says what is in it.
    ///
    /// # Errors
    /// [`VaultError`] where the folder cannot be made.
    pub fn open(settings: &EvidenceSettings, records: &[EvidenceRecord]) -> Result<Self, VaultError> {
        let vault = Vault::open(&settings.folder, settings.bytes_max)?;
        let evidence = Self { vault, known: Mutex::default(), refused: AtomicU64::new(0) };
        records.iter().for_each(|record| evidence.remember(&record.notice));
        Ok(evidence)
    }

    /// Where a file lies, and what it shows; nothing for what is no evidence of this room.
    #[must_use]
    pub fn file(&self, hash: &FileHash) -> Option<(PathBuf, Kind)> {
        let kind = self.lock().files.get(hash).copied()?;
        Some((self.vault.path(hash), kind))
    }

    /// How many records there are, and how many announcements were refused.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.lock().records.len() as u64, self.refused.load(Ordering::Relaxed))
    }

    fn remember(&self, notice: &EvidenceNotice) {
        let mut known = self.lock();
        let of = (notice.alert.clone(), notice.sensor.clone());
        known.records.entry(of).or_default().extend(notice.files().map(|file| file.hash));
        known.files.insert(notice.clip.hash, Kind::Clip);
        if let Some(snapshot) = &notice.snapshot {
            known.files.insert(snapshot.file.hash, Kind::Snapshot);
        }
    }

    fn has(&self, notice: &EvidenceNotice) -> bool {
        let known = self.lock();
        let record = known.records.get(&(notice.alert.clone(), notice.sensor.clone()));
        record.is_some_and(|files| notice.files().all(|file| files.contains(&file.hash)))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Only ever added to: a panic elsewhere does not spoil it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that fetches.
pub(crate) struct Collector {
    /// What there is.
    pub(crate) evidence: Arc<Evidence>,
    /// Where cameras are asked. Gone when the room closes.
    pub(crate) bus: Weak<Bus>,
    /// The cameras of the configuration.
    pub(crate) cameras: BTreeSet<SensorId>,
    /// Which alerts there are, and where records are shown.
    pub(crate) board: Arc<Board>,
    /// The way to the store.
    pub(crate) asks: mpsc::Sender<Ask>,
}

impl Collector {
    /// Follows announcements until the bus is closed.
    pub(crate) async fn run(self, mut notices: Subscription) {
        let mut said = String::new();
        while let Some(received) = notices.recv().await {
            let Message::Evidence(notice) = received.message else { continue };
            let (alert, camera) = (notice.alert.clone(), notice.sensor.clone());
            if !self.cameras.contains(&camera) || !self.board.shows_alert(&alert) {
                self.evidence.refused.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%alert, %camera, "evidence of no camera or alert of ours is left where it is");
                continue;
            }
            match self.follow(notice).await {
                Ok(()) => {}
                Err(Failed::Closing) => return,
                Err(error @ (Failed::Bus(_) | Failed::NotStored(_))) => {
                    tracing::info!(%alert, %camera, %error, "evidence was not fetched; it is announced again");
                }
                Err(error) => {
                    self.evidence.refused.fetch_add(1, Ordering::Relaxed);
                    // A folder that is full is said once, not with every announcement.
                    let why = error.to_string();
                    if why != said {
                        tracing::warn!(%alert, %camera, %error, "evidence was not taken");
                        said = why;
                    }
                }
            }
        }
    }

    async fn follow(&self, notice: EvidenceNotice) -> Result<(), Failed> {
        if !self.evidence.has(&notice) {
            self.fetch(&notice).await?;
            self.store(notice.clone()).await?;
        }
        let EvidenceNotice { sensor, alert, .. } = notice;
        self.ask(EvidenceRequest { sensor, alert, wish: EvidenceWish::Kept }).await?;
        Ok(())
    }

    async fn fetch(&self, notice: &EvidenceNotice) -> Result<(), Failed> {
        let vault = &self.evidence.vault;
        let mut fetch = Fetch::new(notice.clone(), |file| vault.fetched(file))?;
        vault.admit(fetch.left())?;
        loop {
            match fetch.next() {
                Step::Done => return Ok(()),
                Step::Seal(file) => {
                    let evidence = Arc::clone(&self.evidence);
                    // The hash of a clip is a second's work on a small machine.
                    let sealed = tokio::task::spawn_blocking(move || evidence.vault.seal(&file)).await;
                    sealed.map_err(|_| Failed::Closing)??;
                    fetch.sealed(file.hash);
                }
                Step::Ask(request) => {
                    let reply = self.ask(request).await?;
                    match fetch.take(reply) {
                        Ok((hash, bytes)) => vault.append(&hash, &bytes)?,
                        Err(why) => {
                            // What was begun of it is of no use.
                            fetch.notice().files().for_each(|file| vault.forget(&file.hash));
                            return Err(why.into());
                        }
                    }
                }
            }
        }
    }

    async fn ask(&self, request: EvidenceRequest) -> Result<EvidenceReply, Failed> {
        let bus = self.bus.upgrade().ok_or(Failed::Closing)?;
        let mut attempt = 1;
        loop {
            match bus.request_evidence(&request, PIECE_WAIT).await {
                Err(BusError::Unanswered { .. }) if attempt < ATTEMPTS => attempt += 1,
                answered => return Ok(answered?),
            }
        }
    }

    /// Has the record written; only what is on disk counts.
    async fn store(&self, notice: EvidenceNotice) -> Result<(), Failed> {
        let record = EvidenceRecord { notice, received_at: crate::serve::utc() };
        let (answer, answered) = oneshot::channel();
        let ask = Ask::Keep { record: Box::new(record.clone()), answer };
        self.asks.send(ask).await.map_err(|_| Failed::Closing)?;
        answered.await.map_err(|_| Failed::Closing)?.map_err(Failed::NotStored)?;
        let EvidenceNotice { alert, sensor, clip, .. } = &record.notice;
        tracing::info!(%alert, camera = %sensor, clip = %clip.hash, "evidence is kept");
        self.evidence.remember(&record.notice);
        self.board.post_evidence(&record);
        Ok(())
    }
}
