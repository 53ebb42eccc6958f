//! Records of a journal file: what they look like as bytes, and how to read as far as they are whole.
//!
//! A file begins with [`MAGIC`]. Each record is its content's length and a CRC-32 of length and content, both 32 bits
//! little-endian, and the content: a byte that says what it is, then an entry as it travels, or the number up to which
//! everything was acknowledged (64 bits, little-endian). A power cut leaves a record unfinished at the end; reading
//! stops there, and at the first byte that cannot be.

use telemetry::messages::JournalEntry;
use telemetry::wire;

/// The first bytes of every file.
pub const MAGIC: &[u8; 16] = b"picket journal 1";
const HEAD: usize = 8;
const ENTRY: u8 = b'e';
const ACKNOWLEDGED: u8 = b'a';

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Something that must not be lost.
    Entry(Box<JournalEntry>),
    /// Everything up to and with this number is at the station.
    Acknowledged(u64),
}

impl Record {
    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let content = match self {
            Self::Entry(entry) => [vec![ENTRY], wire::encode(entry)].concat(),
            Self::Acknowledged(up_to) => [vec![ACKNOWLEDGED], up_to.to_le_bytes().to_vec()].concat(),
        };
        let length = (content.len() as u32).to_le_bytes();
        [&length[..], &checksum(length, &content).to_le_bytes(), &content].concat()
    }

    fn decode(content: &[u8]) -> Option<Self> {
        match content.split_first()? {
            (&ENTRY, body) => wire::decode(body).ok().map(|entry| Self::Entry(Box::new(entry))),
            (&ACKNOWLEDGED, body) => Some(Self::Acknowledged(u64::from_le_bytes(body.try_into().ok()?))),
            _ => None,
        }
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contents {
    /// The records before the first damage.
    pub records: Vec<Record>,
    /// How many bytes they take, with the first bytes of the file.
    pub whole_bytes: usize,
}

/// Reads as far as the records are whole. Every input is safe to pass.
#[must_use]
pub fn read(bytes: &[u8]) -> Contents {
    let mut contents = Contents::default();
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else { return contents };
    contents.whole_bytes = MAGIC.len();
    while let Some((record, length)) = first(rest) {
        contents.records.push(record);
        contents.whole_bytes += length;
        rest = &rest[length..];
    }
    contents
}

fn first(bytes: &[u8]) -> Option<(Record, usize)> {
    let (length, after) = bytes.split_first_chunk::<4>()?;
    let (stated, after) = after.split_first_chunk::<4>()?;
    let content_length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let content = after.get(..content_length)?;
    if checksum(*length, content) != u32::from_le_bytes(*stated) {
        return None;
    }
    Record::decode(content).map(|record| (record, HEAD + content_length))
}

/// The length is covered too, because a file that a power cut left full of zeros would otherwise hold records of
/// length 0 with the right checksum.
fn checksum(length: [u8; 4], content: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(content);
    hasher.finalize()
}
