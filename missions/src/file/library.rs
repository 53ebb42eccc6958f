//! Where files come from: a disk, the files shipped with the program, or a bundle kept with a recording.
//!
//! A file names others by paths relative to itself. All paths are kept relative to the folder of the first file, so a
//! bundle made on one machine reads the same on another.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{FILE_BYTES_MAX, FileError};
use crate::embedded;

/// Every file that a reading took in, so that it can be read again elsewhere: what a recording carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// The first file, a key of `files`.
    pub root: String,
    /// Content by path, relative to the folder of the first file.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Where a library takes its files from.
#[derive(Debug, Clone)]
pub enum Shelf {
    /// A folder on disk.
    Disk(PathBuf),
    /// A folder of the files shipped with the program, `scenarios`.
    Shipped(&'static str),
    /// A bundle.
    Bundle(BTreeMap<String, Vec<u8>>),
}

/// Makes comma-separated values of a recorded flight in another format; nothing for what need not be translated. The
/// error says what is wrong with it. The formats of recorders are no business of this crate.
pub type FlightTranslator = fn(&[u8]) -> Result<Option<Vec<u8>>, String>;

/// A shelf, and what was taken from it so far.
#[derive(Debug, Clone)]
pub struct Library {
    shelf: Shelf,
    taken: BTreeMap<String, Vec<u8>>,
    translate: Option<FlightTranslator>,
}

impl Library {
    /// A library with nothing taken yet.
    #[must_use]
    pub fn new(shelf: Shelf) -> Self {
        Self { shelf, taken: BTreeMap::new(), translate: None }
    }

    /// The same library, whose recorded flights may be in other formats than comma-separated values.
    #[must_use]
    pub fn translating(self, translate: FlightTranslator) -> Self {
        Self { translate: Some(translate), ..self }
    }

    /// The library for an argument that is a path, or else the name of a shipped file in `folder`, with or without
    /// its ending; and the path of the file in it. A path that exists on disk wins.
    #[must_use]
    pub fn for_argument(argument: &Path, folder: &'static str) -> (Self, String) {
        let shipped = argument.to_str().and_then(|name| embedded::file_name(folder, name));
        if let (Some(name), false) = (shipped, argument.exists()) {
            return (Self::new(Shelf::Shipped(folder)), name);
        }
        let base = argument.parent().unwrap_or(Path::new("")).to_owned();
        let name = argument.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        (Self::new(Shelf::Disk(base)), name)
    }

    /// The shelf.
    #[must_use]
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The path of a file that `from` names as `relative`; nothing where it is absolute or leaves no name.
    #[must_use]
    pub fn beside(from: &str, relative: &str) -> Option<String> {
        if relative.starts_with('/') || relative.contains(['\\', '\0', ':']) {
            return None;
        }
        let mut parts: Vec<&str> = from.split('/').collect();
        parts.pop();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.last().is_some_and(|last| *last != "..").then(|| parts.join("/"))
    }

    /// The name a person knows a file by.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        match &self.shelf {
            Shelf::Disk(base) => base.join(path).display().to_string(),
            Shelf::Shipped(_) | Shelf::Bundle(_) => path.to_owned(),
        }
    }

    /// Takes a file.
    ///
    /// # Errors
    /// [`FileError`] when it is not there, cannot be read, is not a plain file, or is too large.
    pub fn take(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let bytes = match &self.shelf {
            Shelf::Disk(base) => read_plain(&base.join(path)),
            Shelf::Shipped(folder) => Self::beside(&format!("{folder}/_"), path)
                .and_then(|key| embedded::file(&key))
                .map(<[u8]>::to_vec)
                .ok_or_else(|| "no file of this name among the shipped ones".to_owned()),
            Shelf::Bundle(files) => {
                files.get(path).cloned().ok_or_else(|| "no file of this name in the bundle".to_owned())
            }
        };
        let bytes = bytes.map_err(|found| FileError::whole(self.shown(path), found, "a readable file"))?;
        self.taken.insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// Takes the file of a recorded flight, translated where there is a translator; the translation is what is kept.
    ///
    /// # Errors
    /// [`FileError`] as for [`Library::take`], and when the flight cannot be translated.
    pub fn take_flight(&mut self, path: &str) -> Result<Vec<u8>, FileError> {
        let bytes = self.take(path)?;
        let Some(translate) = self.translate else { return Ok(bytes) };
        let refused = |found| FileError::whole(self.shown(path), found, "a recorded flight");
        match translate(&bytes).map_err(refused)? {
            Some(translated) => {
                self.taken.insert(path.to_owned(), translated.clone());
                Ok(translated)
            }
            None => Ok(bytes),
        }
    }

    /// Everything taken, as a bundle whose first file is `root`.
    #[must_use]
    pub fn into_bundle(self, root: String) -> Bundle {
        Bundle { root, files: self.taken }
    }
}

impl From<Bundle> for Library {
    fn from(bundle: Bundle) -> Self {
        Self::new(Shelf::Bundle(bundle.files))
    }
}

/// Reads a plain file, never more than the limit: a device or a pipe would never end.
fn read_plain(path: &Path) -> Result<Vec<u8>, String> {
    let said = |e: std::io::Error| e.to_string();
    let kind = std::fs::metadata(path).map_err(said)?;
    if !kind.is_file() {
        return Err("something that is not a plain file".to_owned());
    }
    let mut bytes = Vec::new();
    let limit = FILE_BYTES_MAX as u64 + 1;
    File::open(path).map_err(said)?.take(limit).read_to_end(&mut bytes).map_err(said)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("{} bytes", kind.len().max(limit)));
    }
    Ok(bytes)
}
