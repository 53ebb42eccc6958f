//! One file of the journal.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use telemetry::messages::JournalEntry;

use super::record::{MAGIC, Record, read};
use super::{JournalError, failed};

/// A file that holds entries.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    /// The highest number in it.
    pub(super) last: u64,
    pub(super) bytes: u64,
}

impl Segment {
    /// An entry was appended.
    pub(super) fn note(&mut self, number: u64, bytes: u64) {
        self.last = self.last.max(number);
        self.bytes += bytes;
    }

    /// Rewrites the file with the entries that are to stay, as a whole: a power cut leaves the old or the new one.
    pub(super) fn retain(
        &mut self,
        mut stays: impl FnMut(&JournalEntry) -> bool,
        file_max: u64,
    ) -> Result<(), JournalError> {
        let contents = read(&read_file(&self.path, file_max)?);
        let kept = contents.records.iter().filter(|record| match record {
            Record::Entry(entry) => stays(entry),
            Record::Acknowledged(_) => true,
        });
        let bytes = kept.fold(MAGIC.to_vec(), |mut bytes, record| {
            bytes.extend(record.encode());
            bytes
        });
        let new = self.path.with_extension("new");
        write_whole(&new, &bytes)?;
        fs::rename(&new, &self.path).map_err(failed("replace", &self.path))?;
        self.bytes = bytes.len() as u64;
        self.path.parent().map_or(Ok(()), sync_directory)
    }
}

/// Reads a file, at most so much of it.
pub(super) fn read_file(path: &Path, max: u64) -> Result<Vec<u8>, JournalError> {
    let file = File::open(path).map_err(failed("open", path))?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes).map_err(failed("read", path))?;
    Ok(bytes)
}

/// Writes a file durably. Not yet its name: see [`sync_directory`].
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let mut file = File::create(path).map_err(failed("create", path))?;
    file.write_all(bytes).map_err(failed("write to", path))?;
    file.sync_all().map_err(failed("sync", path))
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(directory: &Path) -> Result<(), JournalError> {
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed("sync", directory))
}
