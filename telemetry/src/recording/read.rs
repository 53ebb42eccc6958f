//! Reading a recording, whole or cut off. No byte of it is trusted: lengths are checked before they are believed.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use mcap::records::{Record, op};
use mcap::{MAGIC, parse_record};

use super::chunk::{self, Contents};
use super::{ATTACHMENT_LENGTH_MAX, HEADER, RecordingError, RecordingHeader};
use crate::ids::SiteId;
use crate::messages::Message;
use crate::time::Timestamp;

/// Opcode and length before every record.
const HEAD_LENGTH: u64 = 9;
/// An attachment's record is longer than the attachment by its name, media type, times and checksum.
const RECORD_LENGTH_MAX: u64 = ATTACHMENT_LENGTH_MAX as u64 + (64 << 10);

/// A recording that was opened. The file is read as it is asked for, never whole.
pub struct Recording<R = BufReader<File>> {
    source: R,
    header: RecordingHeader,
    attachments: Vec<Place>,
    /// Where the last whole record ends.
    whole_until: u64,
    complete: bool,
    summary: Contents,
}

/// Where a record stands in the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    opcode: u8,
    at: u64,
    length: u64,
}

impl Place {
    fn end(self) -> u64 {
        self.at.saturating_add(HEAD_LENGTH).saturating_add(self.length)
    }
}

impl Recording {
    /// Opens a file.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be read or is no recording.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        Self::read(BufReader::new(File::open(path)?))
    }
}

impl<R: Read + Seek> Recording<R> {
    /// Opens anything that can be read like a file. Walks over the records once, without reading chunks.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be read or is no recording.
    pub fn read(mut source: R) -> Result<Self, RecordingError> {
        let length = source.seek(SeekFrom::End(0))?;
        if !magic_at(&mut source, 0)? {
            return Err(RecordingError::NoRecording("it does not begin like an MCAP file"));
        }
        let (mut header, mut attachments, mut summary) = (None, Vec::new(), Contents::default());
        let (mut whole_until, mut complete) = (MAGIC.len() as u64, false);
        while let Some(place) = place_at(&mut source, whole_until, length)? {
            match place.opcode {
                op::METADATA if header.is_none() => header = header_in(&body_of(&mut source, place)?),
                op::ATTACHMENT if place.length <= RECORD_LENGTH_MAX => attachments.push(place),
                // Behind the data these repeat what the chunks say, for the case that a chunk is damaged.
                op::SCHEMA | op::CHANNEL => summary.note(place.opcode, &body_of(&mut source, place)?),
                op::FOOTER => {
                    complete = magic_at(&mut source, place.end())?;
                    break;
                }
                _ => {}
            }
            whole_until = place.end();
        }
        let header = header.ok_or(RecordingError::NoRecording("it is cut off before its header, or not Picket's"))?;
        Ok(Self { source, header, attachments, whole_until, complete, summary })
    }

    /// What it is of.
    #[must_use]
    pub fn header(&self) -> &RecordingHeader {
        &self.header
    }

    /// Whether it was ended as it should be. If not, it was cut off, and ends with its last whole chunk.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The attached files by name.
    ///
    /// # Errors
    /// [`RecordingError`] when one cannot be read or its checksum is wrong.
    pub fn attachments(&mut self) -> Result<BTreeMap<String, Vec<u8>>, RecordingError> {
        let mut files = BTreeMap::new();
        for place in self.attachments.clone() {
            let body = body_of(&mut self.source, place)?;
            let (name, bytes) = attachment_in(&body)
                .ok_or(RecordingError::Damaged { at: place.at, what: "an attachment whose checksum is wrong" })?;
            files.insert(name, bytes);
        }
        Ok(files)
    }

    /// The messages in the order of the file, from the beginning.
    pub fn messages(&mut self) -> Messages<'_, R> {
        let contents = self.summary.clone();
        Messages { at: MAGIC.len() as u64, recording: self, contents, ready: VecDeque::new(), failed: false }
    }
}

/// The messages of a recording with their log times, in the order of the file. A damaged chunk or an unreadable
/// message is an error among them, and reading goes on behind it.
pub struct Messages<'a, R> {
    recording: &'a mut Recording<R>,
    at: u64,
    contents: Contents,
    ready: VecDeque<chunk::Logged>,
    failed: bool,
}

impl<R> Messages<'_, R> {
    /// How many messages so far were on channels this version does not know, and were passed over.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.contents.unknown()
    }
}

impl<R: Read + Seek> Iterator for Messages<'_, R> {
    type Item = Result<(Timestamp, Message), RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(logged) = self.ready.pop_front() {
                let message = Message::decode_row(logged.row, &logged.bytes);
                let log_time = logged.log_time;
                return Some(
                    message
                        .map(|message| (log_time, message))
                        .map_err(|source| RecordingError::Unreadable { log_time, source }),
                );
            }
            if self.failed {
                return None;
            }
            match self.next_chunk() {
                Ok(Some(ready)) => self.ready = ready,
                Ok(None) => return None,
                Err(error) => {
                    self.failed = !matches!(error, RecordingError::Damaged { .. });
                    return Some(Err(error));
                }
            }
        }
    }
}

impl<R: Read + Seek> Messages<'_, R> {
    /// The messages of the next chunk, or nothing at the end.
    fn next_chunk(&mut self) -> Result<Option<VecDeque<chunk::Logged>>, RecordingError> {
        let recording = &mut *self.recording;
        while let Some(place) = place_at(&mut recording.source, self.at, recording.whole_until)? {
            self.at = place.end();
            match place.opcode {
                op::CHUNK if place.length > chunk::LENGTH_MAX => {
                    return Err(RecordingError::Damaged { at: place.at, what: "longer than any chunk" });
                }
                op::CHUNK => {
                    let body = body_of(&mut recording.source, place)?;
                    let damaged = |what| RecordingError::Damaged { at: place.at, what };
                    return chunk::unpack(&body, &mut self.contents).map(Some).map_err(damaged);
                }
                op::DATA_END => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Whether MCAP's magic bytes stand at a place.
fn magic_at(source: &mut (impl Read + Seek), at: u64) -> Result<bool, RecordingError> {
    source.seek(SeekFrom::Start(at))?;
    let mut found = Vec::new();
    source.take(MAGIC.len() as u64).read_to_end(&mut found)?;
    Ok(found == MAGIC)
}

/// The record at a place, if all of it lies before `length`.
fn place_at(source: &mut (impl Read + Seek), at: u64, length: u64) -> Result<Option<Place>, RecordingError> {
    if length.saturating_sub(at) < HEAD_LENGTH {
        return Ok(None);
    }
    source.seek(SeekFrom::Start(at))?;
    let mut head = [0; HEAD_LENGTH as usize];
    source.read_exact(&mut head)?;
    let [opcode, length_bytes @ ..] = head;
    let place = Place { opcode, at, length: u64::from_le_bytes(length_bytes) };
    // No record has opcode 0: it is what a file system leaves of a file that was not written to its end.
    Ok((opcode != 0 && place.end() <= length).then_some(place))
}

/// The bytes of a record that was found whole, at most [`RECORD_LENGTH_MAX`] of them.
fn body_of(source: &mut (impl Read + Seek), place: Place) -> Result<Vec<u8>, RecordingError> {
    source.seek(SeekFrom::Start(place.at + HEAD_LENGTH))?;
    let mut body = Vec::new();
    source.take(place.length.min(RECORD_LENGTH_MAX)).read_to_end(&mut body)?;
    Ok(body)
}

/// The header in a metadata record, if it is one.
fn header_in(body: &[u8]) -> Option<RecordingHeader> {
    let Ok(Record::Metadata(metadata)) = parse_record(op::METADATA, body) else { return None };
    let site = SiteId::new(metadata.metadata.get("site")?.as_str()).ok()?;
    let description = metadata.metadata.get("description").cloned().unwrap_or_default();
    (metadata.name == HEADER).then_some(RecordingHeader { site, description })
}

/// Name and bytes of an attachment record, if its checksum is right.
fn attachment_in(body: &[u8]) -> Option<(String, Vec<u8>)> {
    // Two times, name and media type each with its length, the length of the data; behind the data a checksum, which
    // the parser takes for granted.
    let text_at = |at: usize| Some(at + 4 + u32::from_le_bytes(*body.get(at..)?.first_chunk()?) as usize);
    let data_at = text_at(text_at(16)?)? + 8;
    if body.len() < data_at + 4 {
        return None;
    }
    match parse_record(op::ATTACHMENT, body) {
        Ok(Record::Attachment { header, data, .. }) => Some((header.name, data.into_owned())),
        _ => None,
    }
}
