//! Files as people write them, and what to tell them when one is wrong.
//!
//! *Source* is the text of one file; *reading* collects everything wrong with it, so that a person mends a file in one
//! go; *library* is where files come from: a disk, the shipped files, or a bundle kept with a recording.
//!
//! Limits: 16 MiB a file, UTF-8, 50 errors told at once. Nothing here ever panics on what a file holds.

mod library;
mod place;
mod reading;
mod source;

use std::fmt;

pub use library::{Bundle, FlightTranslator, Library, Shelf};
pub use reading::Reading;
pub(crate) use reading::one_of;
pub use source::Source;

/// The largest file read, in bytes. A 12-hour recording of a busy AIS network is about half of it.
pub const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most errors told at once; what follows the fiftieth is most likely a consequence.
pub const ERRORS_TOLD_MAX: usize = 50;

/// One thing wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file, as the person named it.
    pub file: String,
    /// Where in the file; nothing when the file as a whole is meant.
    pub at: Option<Position>,
    /// The field, `intruder[0].leg[2].speed_m_s`; empty when none is meant.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

/// A place in a text, as editors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl FileError {
    /// An error about a file as a whole.
    #[must_use]
    pub fn whole(file: impl Into<String>, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { file: file.into(), at: None, field: String::new(), found: found.into(), allowed: allowed.into() }
    }

    /// The line, from 1, where one is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.at.map(|at| at.line)
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(Position { line, column }) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": found {}; allowed: {}", self.found, self.allowed)
    }
}

impl std::error::Error for FileError {}

/// Everything wrong with a file and the files it names; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileErrors {
    errors: Vec<FileError>,
    more: usize,
}

impl FileErrors {
    /// The errors, in the order of the text; of very many, the first ones.
    #[must_use]
    pub fn errors(&self) -> &[FileError] {
        &self.errors
    }
}

impl From<FileError> for FileErrors {
    fn from(error: FileError) -> Self {
        Self { errors: vec![error], more: 0 }
    }
}

impl fmt::Display for FileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, error) in self.errors.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            write!(f, "{error}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileErrors {}
