//! The journal on disk: what must not be lost stays here until the station has it.
//!
//! A directory of append-only files, each up to [`SEGMENT_MAX`], numbered in the order they were begun. Entries are
//! appended as they come and made durable by one [`Journal::commit`] before anything that follows from them leaves the
//! vehicle; a file goes when everything in it has been acknowledged. After a power cut the directory opens up to the
//! last whole record of each file. Beside them lies the plan that the guard goes by, replaced as a whole.
//!
//! Limits: all files together stay within the size given to [`Journal::open`]; when they do not, the oldest file keeps
//! its alerts and loses the rest. One process owns a directory, by a lock. Damage is reported, never repaired by
//! guessing.
//!
//! This is shell: it does I/O, and blocks while the disk does. The numbering and the sending are
//! `telemetry::delivery`'s.

mod record;
mod segment;

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use telemetry::messages::{FlightPlan, JournalBody, JournalEntry};
use telemetry::wire;
use thiserror::Error;

pub use record::{Contents, MAGIC, Record, read};
use segment::Segment;

/// A file that has reached this is closed and a new one begun, bytes.
pub const SEGMENT_MAX: u64 = 1 << 20;
/// The largest file read. None of ours is larger than a full segment and one record.
const FILE_MAX: u64 = 4 << 20;
const EXTENSION: &str = "journal";
const PLAN_FILE: &str = "plan";
const LOCK_FILE: &str = "lock";

/// The disk said no.
#[derive(Debug, Error)]
pub enum JournalError {
    /// A file or the directory could not be used.
    #[error("journal: cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another process has it.
    #[error("journal: {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The kept plan is not what was written.
    #[error("{}: the kept plan cannot be read", .0.display())]
    PlanDamaged(PathBuf),
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io { doing, path, source }
}

/// A journal and what was found in it.
#[derive(Debug)]
pub struct Opened {
    /// The journal, ready to append.
    pub journal: Journal,
    /// The entries that are not acknowledged, in order.
    pub entries: Vec<JournalEntry>,
    /// The plan that was kept.
    pub plan: Option<FlightPlan>,
    /// What could not be read, in words.
    pub damage: Vec<String>,
}

/// The journal of one vehicle.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    size_max: u64,
    /// Files that are full, oldest first.
    full: VecDeque<Segment>,
    /// The file that is appended to, once something was.
    active: Option<(Segment, File)>,
    next_file: u64,
    uncommitted: bool,
    /// Held open for its lock.
    _lock: File,
}

impl Journal {
    /// Opens a journal, which is created if it is not there.
    ///
    /// # Errors
    /// [`JournalError`] when the directory cannot be used or another process uses it. Damaged files are no error.
    pub fn open(directory: &Path, size_max: u64) -> Result<Opened, JournalError> {
        fs::create_dir_all(directory).map_err(failed("create", directory))?;
        let lock = lock(&directory.join(LOCK_FILE))?;
        let mut damage = Vec::new();
        let mut journal = Self {
            directory: directory.to_owned(),
            size_max,
            full: VecDeque::new(),
            active: None,
            next_file: 0,
            uncommitted: false,
            _lock: lock,
        };
        let entries = journal.recover(&mut damage)?;
        let plan = match Self::kept_plan(directory) {
            Err(damaged @ JournalError::PlanDamaged(_)) => {
                damage.push(damaged.to_string());
                None
            }
            plan => plan?,
        };
        Ok(Opened { journal, entries, plan, damage })
    }

    /// The plan that is kept in a journal's directory. It takes no lock and changes nothing, so it may be asked for
    /// while the vehicle's program has the journal: the file is only ever replaced as a whole.
    ///
    /// # Errors
    /// [`JournalError`] when there is a plan and it cannot be read.
    pub fn kept_plan(directory: &Path) -> Result<Option<FlightPlan>, JournalError> {
        let path = directory.join(PLAN_FILE);
        let bytes = match segment::read_file(&path, FILE_MAX) {
            Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let whole = bytes
            .split_first_chunk::<4>()
            .filter(|(stated, body)| crc32fast::hash(body) == u32::from_le_bytes(**stated))
            .and_then(|(_, body)| wire::decode(body).ok());
        whole.map(Some).ok_or(JournalError::PlanDamaged(path))
    }

    /// Appends an entry. It is durable after the next [`Journal::commit`].
    ///
    /// # Errors
    /// [`JournalError`] when the disk is full or broken; the next call begins a new file.
    pub fn append(&mut self, entry: &JournalEntry) -> Result<(), JournalError> {
        let bytes = Record::Entry(Box::new(entry.clone())).encode();
        let (segment, file) = self.writable()?;
        if let Err(source) = file.write_all(&bytes) {
            let error = failed("write to", &segment.path)(source);
            // What was half written ends this file; recovery stops there. What stands before it still counts.
            let kept = self.commit();
            self.close_active();
            return kept.and(Err(error));
        }
        segment.note(entry.number, bytes.len() as u64);
        let full = segment.bytes >= SEGMENT_MAX;
        self.uncommitted = true;
        if full {
            self.commit()?;
            self.close_active();
            self.shrink()?;
        }
        Ok(())
    }

    /// Makes durable what was appended.
    ///
    /// # Errors
    /// [`JournalError`] when the disk does not confirm it.
    pub fn commit(&mut self) -> Result<(), JournalError> {
        if let (true, Some((segment, file))) = (self.uncommitted, &self.active) {
            file.sync_data().map_err(failed("sync", &segment.path))?;
            self.uncommitted = false;
        }
        Ok(())
    }

    /// Everything up to and with this number is at the station: it need not be kept.
    ///
    /// # Errors
    /// [`JournalError`] when a file cannot be removed. Nothing is lost by that; it would be sent again.
    pub fn forget(&mut self, up_to: u64) -> Result<(), JournalError> {
        while let Some(oldest) = self.full.front().filter(|oldest| oldest.last <= up_to) {
            fs::remove_file(&oldest.path).map_err(failed("remove", &oldest.path))?;
            self.full.pop_front();
        }
        if let Some((segment, file)) = &mut self.active {
            // Not made durable for its own sake: what is sent again after a power cut is known at the station.
            let bytes = Record::Acknowledged(up_to).encode();
            file.write_all(&bytes).map_err(failed("write to", &segment.path))?;
            segment.bytes += bytes.len() as u64;
        }
        Ok(())
    }

    /// Keeps a plan in place of the one before, durably.
    ///
    /// # Errors
    /// [`JournalError`]; the plan before is then still whole.
    pub fn keep_plan(&self, plan: &FlightPlan) -> Result<(), JournalError> {
        let (new, path) = (self.directory.join("plan.new"), self.directory.join(PLAN_FILE));
        let body = wire::encode(plan);
        let bytes = [&crc32fast::hash(&body).to_le_bytes()[..], &body].concat();
        segment::write_whole(&new, &bytes)?;
        fs::rename(&new, &path).map_err(failed("replace", &path))?;
        segment::sync_directory(&self.directory)
    }

    /// How many bytes all files take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let active = self.active.as_ref().map_or(0, |(segment, _)| segment.bytes);
        self.full.iter().map(|segment| segment.bytes).sum::<u64>() + active
    }

    /// Reads every file. Each becomes a full one; new entries go to a new file.
    fn recover(&mut self, damage: &mut Vec<String>) -> Result<Vec<JournalEntry>, JournalError> {
        let mut entries: Vec<JournalEntry> = Vec::new();
        let mut acknowledged = 0;
        for (number, path) in self.files()? {
            self.next_file = self.next_file.max(number.saturating_add(1));
            let bytes = segment::read_file(&path, FILE_MAX)?;
            let contents = read(&bytes);
            if contents.whole_bytes < bytes.len() {
                damage.push(format!("{}: read up to byte {} of {}", path.display(), contents.whole_bytes, bytes.len()));
            }
            let mut segment = Segment { path, last: 0, bytes: bytes.len() as u64 };
            for record in contents.records {
                match record {
                    Record::Entry(entry) => {
                        segment.last = segment.last.max(entry.number);
                        entries.push(*entry);
                    }
                    Record::Acknowledged(up_to) => acknowledged = acknowledged.max(up_to),
                }
            }
            self.full.push_back(segment);
        }
        entries.retain(|entry| entry.number > acknowledged);
        // A new series begins only with nothing left of the old one, so there is one, unless files were copied about.
        if let Some(series) = entries.last().map(|entry| entry.series) {
            let all = entries.len();
            entries.retain(|entry| entry.series == series);
            if entries.len() < all {
                damage.push(format!("{} entries of another series than {series} left out", all - entries.len()));
            }
        }
        self.forget_recovered(&entries)?;
        Ok(entries)
    }

    /// Files in which nothing is left to send.
    fn forget_recovered(&mut self, entries: &[JournalEntry]) -> Result<(), JournalError> {
        let oldest = entries.first().map_or(u64::MAX, |entry| entry.number);
        let (keep, gone): (VecDeque<_>, VecDeque<_>) = self.full.drain(..).partition(|file| file.last >= oldest);
        self.full = keep;
        gone.iter().try_for_each(|file| fs::remove_file(&file.path).map_err(failed("remove", &file.path)))
    }

    /// The journal's files by number.
    fn files(&self) -> Result<Vec<(u64, PathBuf)>, JournalError> {
        let directory = &self.directory;
        let mut files = Vec::new();
        for found in fs::read_dir(directory).map_err(failed("read", directory))? {
            let path = found.map_err(failed("read", directory))?.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            if let (Some(number), true) = (number, path.extension().is_some_and(|end| end == EXTENSION)) {
                files.push((number, path));
            }
        }
        files.sort();
        Ok(files)
    }

    fn writable(&mut self) -> Result<(&mut Segment, &mut File), JournalError> {
        if self.active.is_none() {
            let path = self.directory.join(format!("{:010}.{EXTENSION}", self.next_file));
            self.next_file += 1;
            let mut file =
                OpenOptions::new().append(true).create_new(true).open(&path).map_err(failed("create", &path))?;
            file.write_all(MAGIC).map_err(failed("write to", &path))?;
            segment::sync_directory(&self.directory)?;
            self.active = Some((Segment { path, last: 0, bytes: MAGIC.len() as u64 }, file));
        }
        let (segment, file) = self.active.as_mut().expect("invariant: begun above");
        Ok((segment, file))
    }

    fn close_active(&mut self) {
        self.uncommitted = false;
        if let Some((segment, _)) = self.active.take() {
            self.full.push_back(segment);
        }
    }

    /// Brings the journal within its size: the oldest files keep their alerts and lose the rest.
    fn shrink(&mut self) -> Result<(), JournalError> {
        let mut shrunk = 0;
        while self.bytes() > self.size_max && shrunk < self.full.len() {
            let file = &mut self.full[shrunk];
            let before = file.bytes;
            file.retain(|entry| matches!(entry.body, JournalBody::Alert(_)), FILE_MAX)?;
            tracing::warn!(
                file = %file.path.display(), before, after = file.bytes,
                "the journal is full: the oldest scans were given up"
            );
            shrunk += 1;
        }
        Ok(())
    }
}

fn lock(path: &Path) -> Result<File, JournalError> {
    let file = OpenOptions::new().create(true).write(true).truncate(false).open(path).map_err(failed("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(JournalError::InUse(path.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(failed("lock", path)(source)),
    }
}
