//! The store: everything that must survive the program, in one SQLite file.
//!
//! Alerts, cues, what people did, the vehicles' journals, commands and answers are only ever added to; the database
//! itself refuses to change or remove such a row. One thread writes. It takes what waits, up to [`BATCH_MAX`] records,
//! into one transaction, so that a burst costs one flush of the disk and not many. [`Store::committed`] tells up to
//! which record everything is on disk; what follows from a record may leave the room then and not before.
//!
//! The queue to the thread holds [`QUEUE_MAX`] records. When it is full, [`Store::put`] says so, and the caller keeps
//! what it has: nothing is dropped here. A disk that is full or a file that is locked is told by [`Committed::trouble`]
//! and tried again every second, for as long as it takes.

mod restore;
mod schema;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use telemetry::messages::{EvidenceNotice, FileHash};
use telemetry::{OperatorId, SensorId, SiteId, Timestamp};
use thiserror::Error;
use tokio::sync::watch;

use crate::outlook::EndedFlight;
use crate::station::{Record, Restored};

/// The most records that wait for the disk.
pub const QUEUE_MAX: usize = 4096;
/// The most records in one transaction.
pub const BATCH_MAX: usize = 512;
/// How long to wait at the beginning for a file that another program is just leaving.
const LOCK_WAIT: Duration = Duration::from_secs(3);

/// The store could not be opened or used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file cannot be opened, read or written.
    #[error("cannot use the store {path}: {source}{hint}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
        /// What that most likely means.
        hint: &'static str,
    },
    /// It was written by a newer program.
    #[error(
        "the store {path} was written by a newer Picket: it has schema {found}, this program knows schemas up to \
         {known}. Start the newer program, or give this one another file"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// It is some other program's database.
    #[error("{0} is a database, but not a store of Picket: it has no schema table")]
    Foreign(PathBuf),
    /// It holds the records of another site.
    #[error("the store {path} belongs to site {found}, not {wanted}: give each site a file of its own")]
    OtherSite {
        /// Which file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: SiteId,
    },
    /// The thread that writes did not start.
    #[error("cannot start the thread that writes the store")]
    Thread(#[from] std::io::Error),
    /// It was closed while records were not on disk.
    #[error("{records} records did not reach the disk: {why}")]
    Unwritten {
        /// How many.
        records: usize,
        /// Why.
        why: String,
    },
}

/// Something to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// From the station.
    Record(Record),
    /// Somebody signed in, signed out, or tried to.
    Access {
        /// When.
        at: Timestamp,
        /// Who, or who they said they were.
        operator: OperatorId,
        /// What they did.
        what: Access,
    },
    /// What a camera kept of an alert is in the room's folder.
    Evidence(EvidenceRecord),
    /// An intruder's flight has ended.
    Flight(EndedFlight),
}

/// What a camera kept of an alert, and when the room had all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceRecord {
    /// What it is.
    pub notice: EvidenceNotice,
    /// When the last file was there and its hash was right.
    pub received_at: Timestamp,
}

/// What somebody did at the door, or looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Signed in.
    SignedIn,
    /// Signed out.
    SignedOut,
    /// Was turned away: a wrong key, or not an operator.
    Refused,
    /// Looked at a camera's live video.
    LookedAt(SensorId),
    /// Was given a file of evidence, or a part of it.
    Fetched(FileHash),
}

/// What has reached the disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// How many records, counted from the opening of the store.
    pub records: u64,
    /// What keeps the rest from it, if anything does.
    pub trouble: Option<String>,
}

/// The queue to the disk is full: nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{QUEUE_MAX} records wait for the disk already")]
pub struct Full;

/// The store, open.
#[derive(Debug)]
pub struct Store {
    queue: SyncSender<Entry>,
    put: u64,
    evidence: Vec<EvidenceRecord>,
    flights: Vec<EndedFlight>,
    committed: watch::Receiver<Committed>,
    closing: Arc<AtomicBool>,
    writer: JoinHandle<Result<(), StoreError>>,
}

impl Store {
    /// Opens a store, or makes one where there is none; gives back what it remembers.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be used, belongs to another site, or was written by a newer program.
    pub fn open(path: &Path, site: &SiteId) -> Result<(Self, Restored), StoreError> {
        let Prepared { connection, restored, evidence, flights } = prepare(path, site)?;
        let (queue, entries) = sync_channel(QUEUE_MAX);
        let (tell, committed) = watch::channel(Committed::default());
        let closing = Arc::new(AtomicBool::new(false));
        let writer = write::Writer::new(path.to_owned(), connection, entries, tell, Arc::clone(&closing));
        let writer = std::thread::Builder::new().name("store".to_owned()).spawn(move || writer.run())?;
        Ok((Self { queue, put: 0, evidence, flights, committed, closing, writer }, restored))
    }

    /// The evidence there was when the store was opened, oldest first. Given once.
    #[must_use]
    pub fn take_evidence(&mut self) -> Vec<EvidenceRecord> {
        std::mem::take(&mut self.evidence)
    }

    /// The newest intruders' flights that had ended when the store was opened, oldest first. Given once.
    #[must_use]
    pub fn take_flights(&mut self) -> Vec<EndedFlight> {
        std::mem::take(&mut self.flights)
    }

    /// Hands an entry over to be written. Gives the count that [`Committed::records`] reaches when it is on disk.
    ///
    /// # Errors
    /// [`Full`] when too much waits already; nothing is taken then.
    pub fn put(&mut self, entry: Entry) -> Result<u64, Full> {
        match self.queue.try_send(entry) {
            Ok(()) => {
                self.put += 1;
                Ok(self.put)
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Full),
        }
    }

    /// How many entries were handed over.
    #[must_use]
    pub fn handed_over(&self) -> u64 {
        self.put
    }

    /// What has reached the disk, now and from now on.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<Committed> {
        self.committed.clone()
    }

    /// Writes what waits and closes the file. Blocks until that is done, or has failed once more.
    ///
    /// # Errors
    /// [`StoreError::Unwritten`] when something did not reach the disk.
    pub fn close(self) -> Result<(), StoreError> {
        self.closing.store(true, Ordering::Release);
        self.writer.thread().unpark();
        drop(self.queue);
        self.writer.join().unwrap_or_else(|_| {
            Err(StoreError::Unwritten { records: 0, why: "the thread that writes the store panicked".to_owned() })
        })
    }
}

/// A store that was opened, and what it remembers.
struct Prepared {
    connection: Connection,
    restored: Restored,
    evidence: Vec<EvidenceRecord>,
    flights: Vec<EndedFlight>,
}

fn prepare(path: &Path, site: &SiteId) -> Result<Prepared, StoreError> {
    let failed = |source: rusqlite::Error| sqlite_error(path, source);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(LOCK_WAIT).map_err(failed)?;
    schema::prepare(&mut connection, path, site)?;
    let restored = restore::restored(&connection, site).map_err(failed)?;
    let evidence = restore::evidence(&connection).map_err(failed)?;
    let flights = restore::flights(&connection).map_err(failed)?;
    Ok(Prepared { connection, restored, evidence, flights })
}

fn sqlite_error(path: &Path, source: rusqlite::Error) -> StoreError {
    let hint = match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            ". Another program has it open; is another `picket serve` running on it?"
        }
        Some(rusqlite::ErrorCode::DiskFull) => ". The disk is full",
        Some(rusqlite::ErrorCode::CannotOpen) => ". Does its folder exist, and may this user write there?",
        Some(rusqlite::ErrorCode::NotADatabase) => ". It is not a database",
        Some(rusqlite::ErrorCode::ReadOnly) => ". It may not be written",
        _ => "",
    };
    StoreError::Sqlite { path: path.to_owned(), source, hint }
}
