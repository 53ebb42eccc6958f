//! Recordings: everything that travelled in a night, in one MCAP file that other tools read too.
//!
//! One channel for each row of the topic table, so a night of ten thousand tracks has twelve channels; the message
//! itself says which vehicle or track it is of. Messages stand as they travelled, CBOR with its version. Files that
//! belong to the night (a scenario, a plan) are attached; the site is in the metadata.
//!
//! A recording is only ever appended to, in chunks of at most a mebibyte or ten seconds, each with a checksum. A file
//! that was cut off, by a power loss say, opens up to its last whole chunk and says that it is not complete. No clock
//! is read: the same messages give the same bytes.
//!
//! What it never does: change what was written, or keep more in memory than one chunk and one line of index a chunk.
//!
//! Source: <https://mcap.dev/spec>.

mod chunk;
mod read;
mod write;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::SiteId;
use crate::time::Timestamp;
use crate::wire::WireError;

pub use read::{Messages, Recording};
pub use write::Recorder;

/// How messages are encoded, as MCAP's registry names it.
const ENCODING: &str = "cbor";
/// The name of the metadata record that holds the header.
const HEADER: &str = "picket";
/// A chunk is closed once it holds this much, before compression.
const CHUNK_LENGTH: u64 = 1 << 20;
/// The longest attachment. Longer evidence is stored beside the recording, not in it.
pub const ATTACHMENT_LENGTH_MAX: usize = 64 << 20;

/// What a recording is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingHeader {
    /// Where.
    pub site: SiteId,
    /// What, in words.
    pub description: String,
}

/// A recording that could not be written or read.
#[derive(Debug, Error)]
pub enum RecordingError {
    /// The file system said no.
    #[error("cannot read or write the recording")]
    Io(#[from] std::io::Error),
    /// The writer said no.
    #[error("cannot write the recording")]
    Write(#[source] mcap::McapError),
    /// Too long to be written.
    #[error("{what} of {found} bytes: at most {allowed} are written")]
    TooLong {
        /// What was to be written.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The longest allowed.
        allowed: usize,
    },
    /// Not a recording of Picket, or cut off before its header.
    #[error("no recording: {0}")]
    NoRecording(&'static str),
    /// A chunk whose bytes are not those that were written. Reading goes on behind it.
    #[error("the chunk at byte {at} is damaged: {what}")]
    Damaged {
        /// Where the chunk begins.
        at: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A message this version cannot read. Reading goes on behind it.
    #[error("the message recorded at {log_time} cannot be read")]
    Unreadable {
        /// When it was recorded.
        log_time: Timestamp,
        /// Why.
        #[source]
        source: WireError,
    },
}
