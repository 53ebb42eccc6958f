//! The inside of a chunk: decompressed, checked, taken apart.

use std::collections::{BTreeMap, VecDeque};

use mcap::parse_record;
use mcap::records::{Record, op};
use mcap::sans_io::linear_reader::{LinearReadEvent, LinearReader, LinearReaderOptions};

use super::{CHUNK_LENGTH, ENCODING};
use crate::time::Timestamp;
use crate::topics::Row;
use crate::wire;

/// The longest chunk read, before and after decompression. The longest one written is closed after the message that
/// took it over [`CHUNK_LENGTH`].
pub(super) const LENGTH_MAX: u64 = CHUNK_LENGTH + wire::LENGTH_MAX as u64 + (64 << 10);

/// A message as it stands in a chunk.
pub(super) struct Logged {
    pub(super) row: Row,
    pub(super) log_time: Timestamp,
    pub(super) bytes: Vec<u8>,
}

/// Which channel is which row of the topic table.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    schemas: BTreeMap<u16, String>,
    rows: BTreeMap<u16, Row>,
    unknown: u64,
}

impl Contents {
    /// How many messages were on channels of no known row.
    pub(super) fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Takes note of a schema or channel record; anything else, and what cannot be parsed, is passed over.
    pub(super) fn note(&mut self, opcode: u8, body: &[u8]) {
        if !matches!(opcode, op::SCHEMA | op::CHANNEL) {
            return;
        }
        match parse_record(opcode, body) {
            Ok(Record::Schema { header, .. }) => {
                self.schemas.insert(header.id, header.name);
            }
            Ok(Record::Channel(channel)) => {
                let schema = self.schemas.get(&channel.schema_id);
                let row = Row::ALL.into_iter().find(|row| schema.is_some_and(|name| name == row.rule().message));
                if let Some(row) = row.filter(|_| channel.message_encoding == ENCODING) {
                    self.rows.insert(channel.id, row);
                }
            }
            _ => {}
        }
    }
}

/// Takes a chunk's record apart. The whole chunk is decompressed and checked before any of it is believed.
pub(super) fn unpack(body: &[u8], contents: &mut Contents) -> Result<VecDeque<Logged>, &'static str> {
    let Ok(Record::Chunk { header, .. }) = parse_record(op::CHUNK, body) else { return Err("no chunk header") };
    // The only one written. The reader of uncompressed chunks also trusts their lengths too much.
    if header.compression != "lz4" {
        return Err("not compressed with lz4");
    }
    if header.uncompressed_size > LENGTH_MAX {
        return Err("longer than any chunk once decompressed");
    }
    let mut messages = VecDeque::new();
    for_each_record(body, |opcode, body| match opcode {
        op::MESSAGE => {
            let Ok(Record::Message { header, data }) = parse_record(opcode, body) else { return };
            match contents.rows.get(&header.channel_id) {
                Some(row) => messages.push_back(Logged {
                    row: *row,
                    log_time: Timestamp::from_unix_nanos(i64::try_from(header.log_time).unwrap_or(i64::MAX)),
                    bytes: data.into_owned(),
                }),
                None => contents.unknown += 1,
            }
        }
        _ => contents.note(opcode, body),
    })?;
    Ok(messages)
}

fn for_each_record(chunk: &[u8], mut each: impl FnMut(u8, &[u8])) -> Result<(), &'static str> {
    let mut reader = LinearReader::new_with_options(
        LinearReaderOptions::default()
            .with_skip_start_magic(true)
            .with_skip_end_magic(true)
            .with_prevalidate_chunk_crcs(true)
            .with_record_length_limit(LENGTH_MAX as usize),
    );
    let mut head = [op::CHUNK; 9];
    head[1..].copy_from_slice(&(chunk.len() as u64).to_le_bytes());
    let mut rest: &[&[u8]] = &[&head, chunk];
    let mut taken = 0;
    while let Some(event) = reader.next_event() {
        match event.map_err(|_| "its checksum or its compression is wrong")? {
            LinearReadEvent::Record { opcode, data } => each(opcode, data),
            LinearReadEvent::ReadRequest(wanted) => {
                if rest.first().is_some_and(|part| part.len() == taken) {
                    rest = &rest[1..];
                    taken = 0;
                }
                let part = rest.first().map_or(&[][..], |part| &part[taken..]);
                let given = part.len().min(wanted);
                reader.insert(given).copy_from_slice(&part[..given]);
                reader.notify_read(given);
                taken += given;
            }
        }
    }
    Ok(())
}
