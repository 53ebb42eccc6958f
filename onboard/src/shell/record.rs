//! The flight record on disk: always on, in files of a bounded size, the oldest removed when all are too large.
//!
//! A thread of its own writes, so that a slow disk holds up nobody: [`WAITING_MAX`] portions wait for it, and what comes
//! beyond is dropped and counted. What was written is handed to the disk every second. A disk that fails is said once, and
//! tried again with the next file after [`RETRY_AFTER`].
//!
//! Files are called `VEHICLE-20261121T030000Z.tlog` after the first frame in them, so their names sort by time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use telemetry::{Timestamp, VehicleId};

const WAITING_MAX: usize = 256;
const FLUSH_EVERY: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_secs(10);
const ENDING: &str = ".tlog";

/// How much is kept, and where.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    pub(super) folder: PathBuf,
    pub(super) vehicle: VehicleId,
    pub(super) file_bytes: u64,
    pub(super) total_bytes: u64,
}

/// Gives portions to the thread that writes.
#[derive(Debug)]
pub(super) struct Recorder {
    portions: SyncSender<Vec<u8>>,
    thread: JoinHandle<()>,
    dropped: u64,
}

impl Recorder {
    /// Starts the thread. A folder that cannot be made is a mistake to be told.
    pub(super) fn start(bounds: Bounds) -> io::Result<Self> {
        fs::create_dir_all(&bounds.folder)?;
        let (portions, waiting) = sync_channel(WAITING_MAX);
        let thread = thread::Builder::new().name("record".to_owned()).spawn(move || write_all(&bounds, &waiting))?;
        Ok(Self { portions, thread, dropped: 0 })
    }

    /// Records what came; each portion is whole frames with their times.
    pub(super) fn record(&mut self, portion: Vec<u8>) {
        if !portion.is_empty() {
            self.dropped += u64::from(self.portions.try_send(portion).is_err());
        }
    }

    /// How many portions were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Writes what waits and ends.
    pub(super) fn finish(self) {
        drop(self.portions);
        if self.thread.join().is_err() {
            tracing::error!("the flight record's thread failed");
        }
    }
}

struct Open {
    file: BufWriter<File>,
    bytes: u64,
}

fn write_all(bounds: &Bounds, portions: &Receiver<Vec<u8>>) {
    let mut open: Option<Open> = None;
    let mut failed_at: Option<Instant> = None;
    let mut flushed_at = Instant::now();
    loop {
        let portion = match portions.recv_timeout(FLUSH_EVERY) {
            Ok(portion) => Some(portion),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if failed_at.is_some_and(|at| at.elapsed() < RETRY_AFTER) {
            continue;
        }
        let due = flushed_at.elapsed() >= FLUSH_EVERY;
        match step(bounds, open.take(), portion.as_deref(), due) {
            Ok(next) => (open, failed_at) = (next, None),
            Err(error) => {
                if failed_at.is_none() {
                    tracing::error!(folder = %bounds.folder.display(), %error, "the flight record cannot be written");
                }
                failed_at = Some(Instant::now());
            }
        }
        if due {
            flushed_at = Instant::now();
        }
    }
    if let Some(mut open) = open
        && let Err(error) = open.file.flush().and_then(|()| open.file.get_ref().sync_data())
    {
        tracing::error!(%error, "the end of the flight record is lost");
    }
}

fn step(bounds: &Bounds, open: Option<Open>, portion: Option<&[u8]>, flush: bool) -> io::Result<Option<Open>> {
    let mut open = open;
    if let Some(portion) = portion {
        let full = open.as_ref().is_some_and(|open| open.bytes + portion.len() as u64 > bounds.file_bytes);
        if full && let Some(mut full) = open.take() {
            full.file.flush()?;
        }
        let mut file = match open.take() {
            Some(file) => file,
            None => begin(bounds, portion)?,
        };
        file.file.write_all(portion)?;
        file.bytes += portion.len() as u64;
        open = Some(file);
    }
    if flush && let Some(open) = &mut open {
        open.file.flush()?;
        open.file.get_ref().sync_data()?;
    }
    Ok(open)
}

/// Opens the next file, after making room for it.
fn begin(bounds: &Bounds, portion: &[u8]) -> io::Result<Open> {
    let mut files = Vec::new();
    for entry in fs::read_dir(&bounds.folder)? {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str().filter(|name| is_ours(name, &bounds.vehicle)) {
            files.push((name.to_owned(), entry.metadata()?.len()));
        }
    }
    for name in too_old(files, bounds.total_bytes.saturating_sub(bounds.file_bytes)) {
        fs::remove_file(bounds.folder.join(&name))?;
        tracing::info!(name, "the oldest of the flight record is removed to make room");
    }
    let path = path(bounds, portion);
    let file = OpenOptions::new().create(true).append(true).open(&path)?;
    let bytes = file.metadata()?.len();
    Ok(Open { file: BufWriter::new(file), bytes })
}

fn is_ours(name: &str, vehicle: &VehicleId) -> bool {
    let stem = name.strip_suffix(ENDING).and_then(|stem| stem.strip_prefix(vehicle.as_str()));
    stem.is_some_and(|rest| rest.len() == "-20261121T030000Z".len() && rest.starts_with('-'))
}

/// The names of the oldest files, without which the others are within the bound.
fn too_old(mut files: Vec<(String, u64)>, bound: u64) -> Vec<String> {
    files.sort();
    let mut total: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    let mut removed = Vec::new();
    for (name, bytes) in files {
        if total <= bound {
            break;
        }
        total -= bytes;
        removed.push(name);
    }
    removed
}

fn path(bounds: &Bounds, portion: &[u8]) -> PathBuf {
    let micros = portion.first_chunk::<8>().map_or(0, |time| u64::from_be_bytes(*time));
    let at = (Timestamp::EPOCH + Duration::from_micros(micros)).to_string();
    let whole_seconds = at.split(['.', 'Z']).next().unwrap_or_default();
    let compact: String = whole_seconds.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    Path::new(&bounds.folder).join(format!("{}-{compact}Z{ENDING}", bounds.vehicle))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;

    fn portion(second: u64, bytes: usize) -> Vec<u8> {
        let mut portion = vec![0xFD; bytes];
        portion[..8].copy_from_slice(&(second * 1_000_000).to_be_bytes());
        portion
    }

    #[test]
    fn files_are_bounded_each_and_together_and_the_newest_stay() {
        let folder = tempfile::TempDir::new().unwrap();
        let bounds = Bounds {
            folder: folder.path().join("record"),
            vehicle: VehicleId::new("heron-1").unwrap(),
            file_bytes: 1_000,
            total_bytes: 3_000,
        };
        fs::create_dir(&bounds.folder).unwrap();
        fs::write(bounds.folder.join("heron-10-20200101T000000Z.tlog"), vec![0; 9_000]).unwrap();
        let mut recorder = Recorder::start(bounds.clone()).unwrap();
        for second in 0..10 {
            recorder.portions.send(portion(1_795_000_000 + second, 400)).unwrap();
        }
        recorder.record(Vec::new());
        recorder.finish();
        let mut names: Vec<_> =
            fs::read_dir(&bounds.folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names.pop().as_deref(), Some("heron-10-20200101T000000Z.tlog"), "another vehicle's are left alone");
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names.iter().all(|name| fs::metadata(bounds.folder.join(name)).unwrap().len() == 800), "{names:?}");
        assert_eq!(names[2], "heron-1-20261118T110648Z.tlog");
    }
}
