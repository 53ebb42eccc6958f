//! Writing a recording.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use mcap::records::{MessageHeader, Metadata};
use mcap::write::NoSeek;
use mcap::{Attachment, Compression, WriteOptions, Writer};

use super::{ATTACHMENT_LENGTH_MAX, CHUNK_LENGTH, ENCODING, HEADER, RecordingError, RecordingHeader};
use crate::messages::Message;
use crate::time::Timestamp;
use crate::topics::Row;
use crate::wire;

/// A chunk is closed once it spans this much log time.
const CHUNK_SPAN: Duration = Duration::from_secs(10);

/// Writes a recording, front to back.
pub struct Recorder<W: Write> {
    writer: Writer<NoSeek<W>>,
    channels: [u16; Row::ALL.len()],
    chunk_began_at: Option<Timestamp>,
    sequence: u32,
}

impl<W: Write> Recorder<W> {
    /// Begins a recording. Every chunk is followed by a `flush` of `to`; a file wrapped so that its flush syncs is
    /// safe on disk up to there.
    ///
    /// # Errors
    /// [`RecordingError`] when `to` cannot be written.
    pub fn new(to: W, header: &RecordingHeader) -> Result<Self, RecordingError> {
        let mut writer = WriteOptions::new()
            .compression(Some(Compression::Lz4))
            // Append only: a chunk is built in memory and written once, whole.
            .disable_seeking(true)
            .chunk_size(Some(CHUNK_LENGTH))
            .library(concat!("picket ", env!("CARGO_PKG_VERSION")))
            .create(NoSeek::new(to))
            .map_err(RecordingError::Write)?;
        let metadata = BTreeMap::from([
            ("site".to_owned(), header.site.to_string()),
            ("description".to_owned(), header.description.clone()),
            ("wire".to_owned(), wire::VERSION.to_string()),
        ]);
        writer.write_metadata(&Metadata { name: HEADER.to_owned(), metadata }).map_err(RecordingError::Write)?;
        let mut channels = [0; Row::ALL.len()];
        for (row, channel) in Row::ALL.into_iter().zip(&mut channels) {
            let rule = row.rule();
            let schema = writer.add_schema(rule.message, "", &[]).map_err(RecordingError::Write)?;
            *channel = writer
                .add_channel(schema, &rule.every_key(&header.site), ENCODING, &BTreeMap::new())
                .map_err(RecordingError::Write)?;
        }
        Ok(Self { writer, channels, chunk_began_at: None, sequence: 0 })
    }

    /// Records a message as having happened at `log_time`; a time before 1970 counts as 1970.
    ///
    /// # Errors
    /// [`RecordingError`] when the message is longer than the wire allows, or cannot be written.
    pub fn record(&mut self, log_time: Timestamp, message: &Message) -> Result<(), RecordingError> {
        let bytes = message.encode();
        if bytes.len() > wire::LENGTH_MAX {
            return Err(RecordingError::TooLong { what: "a message", found: bytes.len(), allowed: wire::LENGTH_MAX });
        }
        let began_at = *self.chunk_began_at.get_or_insert(log_time);
        if log_time.since(began_at) >= CHUNK_SPAN || began_at > log_time {
            self.flush()?;
            self.chunk_began_at = Some(log_time);
        }
        let nanos = u64::try_from(log_time.unix_nanos()).unwrap_or(0);
        let header = MessageHeader {
            channel_id: self.channels[message.topic().row() as usize],
            sequence: self.sequence,
            log_time: nanos,
            publish_time: nanos,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.writer.write_to_known_channel(&header, &bytes).map_err(RecordingError::Write)
    }

    /// Attaches a file that belongs to the recording.
    ///
    /// # Errors
    /// [`RecordingError`] when it is longer than [`ATTACHMENT_LENGTH_MAX`], or cannot be written.
    pub fn attach(&mut self, name: &str, media_type: &str, bytes: &[u8]) -> Result<(), RecordingError> {
        if bytes.len() > ATTACHMENT_LENGTH_MAX {
            return Err(RecordingError::TooLong {
                what: "an attachment",
                found: bytes.len(),
                allowed: ATTACHMENT_LENGTH_MAX,
            });
        }
        self.chunk_began_at = None;
        let attachment = Attachment {
            log_time: 0,
            create_time: 0,
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            data: Cow::Borrowed(bytes),
        };
        self.writer.attach(&attachment).map_err(RecordingError::Write)
    }

    /// Closes the chunk: whatever happens next, everything recorded so far can be read.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be written.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        self.chunk_began_at = None;
        self.writer.flush().map_err(RecordingError::Write)
    }

    /// Ends the recording with its index and gives back what it was written to, flushed.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be written.
    pub fn finish(mut self) -> Result<W, RecordingError> {
        self.writer.finish().map_err(RecordingError::Write)?;
        Ok(self.writer.into_inner().into_inner())
    }
}
