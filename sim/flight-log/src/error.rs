//! What can be wrong with a recorded flight.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::flight::Format;

/// A file that is no recorded flight, and why.
#[derive(Debug, Error)]
#[error("{}: {fault}", file.display())]
pub struct FlightLogError {
    /// Which file.
    pub file: PathBuf,
    /// What is wrong with it.
    #[source]
    pub fault: Fault,
}

/// What is wrong with the bytes.
#[derive(Debug, Error)]
pub enum Fault {
    /// It cannot be read.
    #[error("at byte {offset}: cannot be read")]
    Io {
        /// Where reading stopped.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// No format that is known begins like this.
    #[error(
        "at byte 0: begins with {found}, which is no recorded flight; known are ULog, DataFlash, telemetry logs, DJI \
         text records and CSV"
    )]
    Unknown {
        /// The first bytes, in hexadecimal.
        found: String,
    },
    /// The definitions a format begins with are broken, so that nothing after them can be read.
    #[error("{format}, at byte {offset}: {what}")]
    Broken {
        /// Which format it is.
        format: Format,
        /// Where.
        offset: u64,
        /// What was expected, and what was found.
        what: String,
    },
    /// A DJI record that is encrypted with a key only its maker has.
    #[error("DJI text record, at byte 10: version {version}; versions from 13 on are encrypted, 1 to 12 can be read")]
    Encrypted {
        /// The version found.
        version: u8,
    },
    /// It was read to its end, and there was nothing in it that tells of a flight.
    #[error("{format}: read to its end without finding a position, a height or an attitude")]
    NoFlight {
        /// Which format it is.
        format: Format,
    },
}

impl Fault {
    pub(crate) fn unknown(head: &[u8]) -> Self {
        let found: Vec<String> = head.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self::Unknown { found: if found.is_empty() { "nothing".to_owned() } else { found.join(" ") } }
    }
}
