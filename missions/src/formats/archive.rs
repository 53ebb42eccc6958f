//! The archives that KMZ files are: every entry, in its order, within bounds that a hostile one meets early.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::file::{FILE_BYTES_MAX, FileError};

/// What all entries together unpack to, bytes.
const UNPACKED_MAX: u64 = 64 * 1024 * 1024;
const ENTRIES_MAX: usize = 2_000;

/// An archive: names and contents in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    entries: Vec<(String, Vec<u8>)>,
}

impl Archive {
    /// Unpacks an archive; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] for what is no archive, is damaged, unpacks to too much, or names a place outside itself.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let refused = |found: String, allowed: &str| FileError::whole(file, found, allowed);
        if bytes.len() > FILE_BYTES_MAX {
            return Err(refused(format!("{} bytes", bytes.len()), "at most 16 MiB"));
        }
        let mut zip =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| refused(error.to_string(), "a ZIP archive"))?;
        if zip.len() > ENTRIES_MAX {
            return Err(refused(format!("{} entries", zip.len()), "at most 2000 entries"));
        }
        let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
        let mut left = UNPACKED_MAX;
        for number in 0..zip.len() {
            let entry = zip.by_index(number).map_err(|e| refused(format!("entry {number}: {e}"), "a ZIP archive"))?;
            let name = entry.name().map_err(|error| refused(error.to_string(), "names in UTF-8"))?.into_owned();
            if entry.enclosed_name().is_none() {
                return Err(refused(format!("the entry {name:?}"), "names of places inside the archive"));
            }
            let mut content = Vec::new();
            // What the entry says of its size is not believed.
            let size = entry
                .take(left + 1)
                .read_to_end(&mut content)
                .map_err(|error| refused(format!("the entry {name:?}: {error}"), "an entry that can be unpacked"))?;
            left = left.checked_sub(size as u64).ok_or_else(|| {
                refused(format!("entries that unpack to more than {UNPACKED_MAX} bytes"), "at most 64 MiB in all")
            })?;
            if entries.iter().any(|(other, _)| *other == name) {
                return Err(refused(format!("two entries {name:?}"), "each name once"));
            }
            entries.push((name, content));
        }
        Ok(Self { entries })
    }

    /// An archive of these entries.
    #[must_use]
    pub fn new(entries: Vec<(String, Vec<u8>)>) -> Self {
        Self { entries }
    }

    /// The entries in their order.
    #[must_use]
    pub fn entries(&self) -> &[(String, Vec<u8>)] {
        &self.entries
    }

    /// The archive as bytes; the same entries always give the same bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, content) in &self.entries {
            let written = if name.ends_with('/') {
                zip.add_directory(name.as_str(), options)
            } else {
                zip.start_file(name.as_str(), options).and_then(|()| Ok(zip.write_all(content)?))
            };
            written.expect("memory takes what it is given, and names were read from an archive or are our own");
        }
        zip.finish().expect("memory takes what it is given").into_inner()
    }
}
