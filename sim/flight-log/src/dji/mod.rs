//! DJI's flight records: the `.txt` files of the GO apps, which are binary. Versions 1 to 12.
//!
//! A file is a header (12 bytes up to version 5, 100 since), records, and *details* about the flight; in version 12 the
//! details come before the records. A record is its type, its length, so many bytes, and 0xff; since version 7 the bytes
//! are scrambled. Photographs lie between the records as JPEG. Nothing of this was ever published: what stands here is
//! what the public readers of these files agree on, checked against files and an export of one of them (`tests/dji.rs`).
//!
//! Limits: version 13 and later are encrypted. Heights are above the take-off; the record holds no altitude above sea
//! level that could be relied on. Its clock is the time since the motors started.

mod details;
mod records;
mod scramble;

use std::io::{Read, Seek, SeekFrom};

use self::details::Details;
use self::records::Decoder;
use crate::error::Fault;
use crate::flight::{Flight, Format};
use crate::window::{Fields, Window};

/// The header since version 6.
const HEADER: u64 = 100;
/// And before.
const OLD_HEADER: u64 = 12;
/// What version 12 puts between header and records.
const DETAILS: u64 = 436;
const LAST_READABLE: u8 = 12;
/// Far beyond any version there has been.
const VERSION_MAX: u8 = 20;
/// No record type is above this.
const TYPE_MAX: u8 = 63;
/// Ends every record.
const END: u8 = 0xff;
/// Stands after the last record in files of some apps, before photographs and details: 12345.
const CLOSING: [u8; 4] = [0x39, 0x30, 0, 0];

/// Whether the first bytes could be a header: an offset that is no nonsense, the length of the details, a version.
pub(crate) fn begins_like_one(head: &[u8]) -> bool {
    let (Some(offset), Some(length), Some(version)) = (head.u64_at(0), head.u16_at(8), head.u8_at(10)) else {
        return false;
    };
    let reserved_is_empty = version < 6 || head.get(20..96).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0));
    (1..=VERSION_MAX).contains(&version) && offset < 1 << 32 && length < 4_096 && reserved_is_empty && offset > 11
}

pub(crate) fn read(mut source: impl Read + Seek) -> Result<Flight, Fault> {
    let io = |offset| move |source| Fault::Io { offset, source };
    let mut head = Vec::new();
    source.by_ref().take(HEADER).read_to_end(&mut head).map_err(io(0))?;
    let layout = Layout::of_header(&head)?;
    source.seek(SeekFrom::Start(layout.details_at)).map_err(io(layout.details_at))?;
    let mut details = Vec::new();
    source.by_ref().take(DETAILS).read_to_end(&mut details).map_err(io(layout.details_at))?;
    let details = Details::read(&details, layout.version);

    source.seek(SeekFrom::Start(layout.records_at)).map_err(io(layout.records_at))?;
    let length = layout.records_end.map_or(u64::MAX, |end| end - layout.records_at);
    let mut decoder = Decoder::new(layout.version, &details);
    walk(Window::new(source.take(length)), layout, &mut decoder)?;
    Ok(decoder.finish())
}

/// Where things lie in a file.
#[derive(Debug, Clone, Copy)]
struct Layout {
    version: u8,
    details_at: u64,
    records_at: u64,
    /// Where the records end; nothing for the end of the file.
    records_end: Option<u64>,
}

impl Layout {
    fn of_header(head: &[u8]) -> Result<Self, Fault> {
        let (Some(details_at), Some(version)) = (head.u64_at(0), head.u8_at(10)) else {
            let what = format!("the header has 12 bytes at least, found {}", head.len());
            return Err(Fault::Broken { format: Format::Dji, offset: head.len() as u64, what });
        };
        if version > LAST_READABLE {
            return Err(Fault::Encrypted { version });
        }
        let records_at = match version {
            0..=5 => OLD_HEADER,
            6..=11 => HEADER,
            _ => HEADER + DETAILS,
        };
        if version == LAST_READABLE {
            return Ok(Self { version, details_at: HEADER, records_at, records_end: None });
        }
        if details_at < records_at {
            let what =
                format!("the details cannot begin at byte {details_at}, inside the header of {records_at} bytes");
            return Err(Fault::Broken { format: Format::Dji, offset: 0, what });
        }
        Ok(Self { version, details_at, records_at, records_end: Some(details_at) })
    }
}

/// What stands at the beginning of the window.
enum Found {
    Record { kind: u8, length: usize },
    Photograph,
    Closing,
    Nothing,
    End,
}

fn walk<R: Read>(mut window: Window<R>, layout: Layout, decoder: &mut Decoder) -> Result<(), Fault> {
    // A record that follows one is believed; after a gap, two in a row have to make sense.
    let mut in_step = true;
    let mut in_photograph = false;
    loop {
        let offset = layout.records_at + window.offset();
        let bytes = window.peek(2 * (usize::from(u8::MAX) + 3))?;
        match look(bytes, in_step) {
            Found::End => return Ok(()),
            Found::Record { kind, length } => {
                decoder.take(kind, &bytes[2..2 + length]);
                window.skip(length + 3);
                (in_step, in_photograph) = (true, false);
            }
            Found::Photograph => {
                (in_step, in_photograph) = (false, true);
                window.skip(2);
            }
            Found::Closing => window.skip(CLOSING.len()),
            Found::Nothing => {
                if in_step {
                    let cut = bytes.len() < usize::from(bytes.get(1).copied().unwrap_or(u8::MAX)) + 3;
                    decoder.lost(cut.then_some(offset));
                }
                in_step = false;
                decoder.skipped(if in_photograph { 0 } else { 1 });
                window.skip(1);
            }
        }
    }
}

fn look(bytes: &[u8], in_step: bool) -> Found {
    if bytes.is_empty() {
        return Found::End;
    }
    if bytes.strip_prefix(&CLOSING).is_some_and(|rest| rest.is_empty() || rest.starts_with(&[0xff, 0xd8])) {
        return Found::Closing;
    }
    if bytes.starts_with(&[0xff, 0xd8]) {
        return Found::Photograph;
    }
    let Some((kind, length)) = record(bytes) else { return Found::Nothing };
    let next = &bytes[length + 3..];
    let goes_on = next.is_empty() || next.starts_with(&[0xff, 0xd8]) || record(next).is_some();
    if in_step || goes_on { Found::Record { kind, length } } else { Found::Nothing }
}

fn record(bytes: &[u8]) -> Option<(u8, usize)> {
    let kind = bytes.u8_at(0).filter(|kind| (1..=TYPE_MAX).contains(kind))?;
    let length = usize::from(bytes.u8_at(1)?);
    (length > 0 && bytes.u8_at(2 + length)? == END).then_some((kind, length))
}
