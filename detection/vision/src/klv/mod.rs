//! Metadata beside the video: MISB KLV (key, length, value), read and written.
//!
//! | module | standard | what |
//! |---|---|---|
//! | [`ber`] | SMPTE ST 336, MISB ST 0107.4 | lengths and tags |
//! | [`mapping`] | MISB ST 0601.17 section 6, ST 1201.4 | numbers as integers: linear, and IMAPB |
//! | [`set`] | SMPTE ST 336 | local sets: tags with their bytes, whatever the tag |
//! | [`uas`] | MISB ST 0601.17 | the UAS datalink local set: place, attitude, field of view, corners |
//! | [`security`] | MISB ST 0102.12 | the security local set |
//! | [`vmti`] | MISB ST 0903.5 | detections and tracks in the picture |
//! | [`stream`] | | packets out of a stream of bytes, what is none counted and dropped |
//!
//! A set keeps the bytes of every item as they came, known or not, and gives values by the standard's table; so what is
//! read and written again is the same to the byte.

pub mod ber;
mod items;
pub mod mapping;
pub mod security;
pub mod set;
pub mod stream;
pub mod uas;
pub mod vmti;

/// Bytes that are no KLV, or a value that has none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KlvError {
    /// The bytes end too soon.
    #[error("{what} ends after {found} of {needed} bytes")]
    Short {
        /// What was read.
        what: &'static str,
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        needed: usize,
    },
    /// A length or a tag that takes more bytes than one may.
    #[error("{what} of more than {most} bytes")]
    Long {
        /// What was read.
        what: &'static str,
        /// The most allowed.
        most: usize,
    },
    /// Another key than the one expected.
    #[error("not the key of {0}")]
    Key(&'static str),
    /// The sum over the packet is another than the one it carries.
    #[error("checksum {found:#06x}, but the packet says {said:#06x}")]
    Checksum {
        /// As calculated.
        found: u16,
        /// As the packet says.
        said: u16,
    },
    /// No checksum where one must be.
    #[error("no checksum at the packet's end")]
    NoChecksum,
    /// A value out of its range.
    #[error("{name} {found} is not from {least} to {most}")]
    Range {
        /// The item's name.
        name: &'static str,
        /// The value.
        found: f64,
        /// The least allowed.
        least: f64,
        /// The most allowed.
        most: f64,
    },
    /// A value of another kind than the item's.
    #[error("{name} is {expected}")]
    Kind {
        /// The item's name.
        name: &'static str,
        /// What it is by the table.
        expected: &'static str,
    },
}
