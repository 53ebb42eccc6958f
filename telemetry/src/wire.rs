//! How messages look as bytes: a CBOR array `[version, body]`, the body a map with the short names of the messages.
//!
//! Readable in both directions over the years: a reader ignores names it does not know and fills in a default for
//! names that are missing, so a field may be added or dropped; a reader meets a newer version by trying to read it.
//! What it cannot read is a [`WireError`], which the caller counts and drops.
//!
//! Limits, checked in one pass before anything is built from the bytes: [`LENGTH_MAX`] bytes, [`DEPTH_MAX`] levels,
//! lengths stated up front, every float finite (a reading that is not there travels as null), nothing after the end.
//!
//! Source: RFC 8949 (CBOR).

use minicbor_serde::error::DecodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::messages::{
    Ack, Alert, CommandRequest, Cue, EvidenceNotice, EvidenceReply, EvidenceRequest, JournalAck, JournalEntry, Message,
    OperatorAction, Registration, SensorScan, SharedTrack, StationBeat, Track, VehicleState, VideoFragment,
};
use crate::topics::{Row, Topic};

/// The version written.
pub const VERSION: u16 = 1;
/// The longest message read, in bytes.
pub const LENGTH_MAX: usize = 1 << 20;
/// The deepest nesting read; the deepest message, a plan inside a command, needs a third of it.
pub const DEPTH_MAX: usize = 24;

/// Bytes that are no message.
#[derive(Debug, Error)]
pub enum WireError {
    /// Longer than [`LENGTH_MAX`].
    #[error("{found} bytes: a message has at most {LENGTH_MAX}")]
    TooLong {
        /// How many bytes there were.
        found: usize,
    },
    /// Not CBOR as it is written here.
    #[error("byte {at}: {what}")]
    Malformed {
        /// Where.
        at: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// CBOR, but not this message: a name or variant of a newer program, or nonsense.
    #[error("version {version} of the message cannot be read by version {VERSION}")]
    Unreadable {
        /// The version the bytes say they are.
        version: u16,
        /// What stands in the way.
        #[source]
        source: DecodeError,
    },
    /// The message names another vehicle, sensor, track … than the topic it came on.
    #[error("a message of topic {found} came on topic {expected}")]
    WrongTopic {
        /// The topic it came on.
        expected: Topic,
        /// The topic it belongs to.
        found: Topic,
    },
}

/// Any message to bytes.
#[must_use]
pub fn encode<M: Serialize>(message: &M) -> Vec<u8> {
    minicbor_serde::to_vec((VERSION, message)).expect("invariant: every message type serialises to memory")
}

/// Bytes to a message.
///
/// # Errors
/// [`WireError`] when the bytes break a limit or are not this message. Every input is safe to pass.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, WireError> {
    check(bytes)?;
    let mut reader = minicbor_serde::Deserializer::new(bytes);
    let (version, parts) = envelope(&mut reader).map_err(|source| WireError::Unreadable { version: 0, source })?;
    let unreadable = |source| WireError::Unreadable { version, source };
    let message = M::deserialize(&mut reader).map_err(unreadable)?;
    // Parts after the body belong to versions to come.
    for _ in 2..parts {
        reader.decoder_mut().skip().map_err(|e| unreadable(e.into()))?;
    }
    if reader.decoder().position() != bytes.len() {
        // Happens when a variant known as a bare name came with a body: what was read after it is not to be trusted.
        return Err(WireError::Malformed {
            at: reader.decoder().position(),
            what: "the message ends before its bytes",
        });
    }
    Ok(message)
}

/// Version and number of parts.
fn envelope(reader: &mut minicbor_serde::Deserializer<'_>) -> Result<(u16, u64), DecodeError> {
    let parts = reader.decoder_mut().array()?;
    let version = reader.decoder_mut().u16()?;
    match parts {
        Some(parts) if parts >= 2 && version > 0 => Ok((version, parts)),
        _ => Err(serde::de::Error::custom("expected [version, body] with a version from 1")),
    }
}

impl Message {
    /// Where it belongs on the bus.
    #[must_use]
    pub fn topic(&self) -> Topic {
        match self {
            Self::VehicleState(m) => Topic::VehicleState(m.vehicle.clone()),
            Self::JournalEntry(m) => Topic::Journal(m.vehicle.clone()),
            Self::JournalAck(m) => Topic::JournalAck(m.vehicle.clone()),
            Self::Command(m) => Topic::Command(m.vehicle.clone()),
            Self::Ack(m) => Topic::Ack(m.vehicle.clone()),
            Self::Scan(m) => Topic::Scan(m.sensor.clone()),
            Self::Registration(m) => Topic::Registration(m.sensor.clone()),
            Self::Video(m) => Topic::Video(m.sensor.clone()),
            Self::Evidence(m) => Topic::Evidence(m.sensor.clone()),
            Self::EvidenceRequest(m) => Topic::EvidenceRequest(m.sensor.clone()),
            Self::EvidenceReply(m) => Topic::EvidenceReply(m.sensor.clone()),
            Self::Track(m) => Topic::Track(m.id),
            Self::SharedTrack(m) => Topic::SharedTrack(m.station.clone(), m.track.id),
            Self::Alert(m) => Topic::Alert(m.id.clone()),
            Self::Cue(m) => Topic::Cue(m.id.clone()),
            Self::OperatorAction(m) => Topic::OperatorAction(m.operator.clone()),
            Self::StationBeat(_) => Topic::StationBeat,
        }
    }

    /// The bytes that travel.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::VehicleState(m) => encode(m),
            Self::JournalEntry(m) => encode(m),
            Self::JournalAck(m) => encode(m),
            Self::Command(m) => encode(m),
            Self::Ack(m) => encode(m),
            Self::Scan(m) => encode(m),
            Self::Registration(m) => encode(m),
            Self::Video(m) => encode(m),
            Self::Evidence(m) => encode(m),
            Self::EvidenceRequest(m) => encode(m),
            Self::EvidenceReply(m) => encode(m),
            Self::Track(m) => encode(m),
            Self::SharedTrack(m) => encode(m),
            Self::Alert(m) => encode(m),
            Self::Cue(m) => encode(m),
            Self::OperatorAction(m) => encode(m),
            Self::StationBeat(m) => encode(m),
        }
    }

    /// The message that came on a topic.
    ///
    /// # Errors
    /// [`WireError`] as [`decode`], and when the message names something else than the topic does.
    pub fn decode(topic: &Topic, bytes: &[u8]) -> Result<Self, WireError> {
        let message = Self::decode_row(topic.row(), bytes)?;
        let found = message.topic();
        if found == *topic { Ok(message) } else { Err(WireError::WrongTopic { expected: topic.clone(), found }) }
    }

    /// A message of a row of the table, whichever vehicle, sensor, track it is of.
    pub(crate) fn decode_row(row: Row, bytes: &[u8]) -> Result<Self, WireError> {
        Ok(match row {
            Row::VehicleState => Self::VehicleState(decode::<VehicleState>(bytes)?),
            Row::Journal => Self::JournalEntry(decode::<JournalEntry>(bytes)?),
            Row::JournalAck => Self::JournalAck(decode::<JournalAck>(bytes)?),
            Row::Command => Self::Command(decode::<CommandRequest>(bytes)?),
            Row::Ack => Self::Ack(decode::<Ack>(bytes)?),
            Row::Scan => Self::Scan(decode::<SensorScan>(bytes)?),
            Row::Registration => Self::Registration(decode::<Registration>(bytes)?),
            Row::Video => Self::Video(decode::<VideoFragment>(bytes)?),
            Row::Evidence => Self::Evidence(decode::<EvidenceNotice>(bytes)?),
            Row::EvidenceRequest => Self::EvidenceRequest(decode::<EvidenceRequest>(bytes)?),
            Row::EvidenceReply => Self::EvidenceReply(decode::<EvidenceReply>(bytes)?),
            Row::Track => Self::Track(decode::<Track>(bytes)?),
            Row::SharedTrack => Self::SharedTrack(decode::<SharedTrack>(bytes)?),
            Row::Alert => Self::Alert(decode::<Alert>(bytes)?),
            Row::Cue => Self::Cue(decode::<Cue>(bytes)?),
            Row::OperatorAction => Self::OperatorAction(decode::<OperatorAction>(bytes)?),
            Row::StationBeat => Self::StationBeat(decode::<StationBeat>(bytes)?),
        })
    }
}

/// Walks over the bytes once and refuses what breaks a limit. It keeps one counter a level and builds nothing.
fn check(bytes: &[u8]) -> Result<(), WireError> {
    if bytes.len() > LENGTH_MAX {
        return Err(WireError::TooLong { found: bytes.len() });
    }
    let mut items_left = [0_u64; DEPTH_MAX];
    items_left[0] = 1;
    let mut level = 0;
    let mut at = 0;
    loop {
        while items_left[level] == 0 {
            if level == 0 {
                let whole = at == bytes.len();
                return if whole { Ok(()) } else { Err(WireError::Malformed { at, what: "bytes after the message" }) };
            }
            level -= 1;
        }
        let head = head_at(bytes, at)?;
        let start = at;
        at += head.length;
        match head.major {
            0 | 1 => items_left[level] -= 1,
            2 | 3 => {
                let rest = (bytes.len() - at) as u64;
                if head.argument > rest {
                    return Err(WireError::Malformed { at: start, what: "a text longer than the message" });
                }
                at += head.argument as usize;
                items_left[level] -= 1;
            }
            4 | 5 => {
                let items = if head.major == 4 { head.argument } else { head.argument.saturating_mul(2) };
                // Every item takes at least a byte: a length that cannot be true is refused before it is believed.
                if items > (bytes.len() - at) as u64 {
                    return Err(WireError::Malformed { at: start, what: "a list longer than the message" });
                }
                items_left[level] -= 1;
                level += 1;
                if level == DEPTH_MAX {
                    return Err(WireError::Malformed { at: start, what: "nested too deep" });
                }
                items_left[level] = items;
            }
            // A tag stands before the item it marks.
            6 => {}
            _ => {
                if !head.finite() {
                    return Err(WireError::Malformed { at: start, what: "a number that is not finite" });
                }
                items_left[level] -= 1;
            }
        }
    }
}

/// The head of a CBOR item (RFC 8949, section 3): major type, additional information, argument.
struct Head {
    major: u8,
    info: u8,
    argument: u64,
    length: usize,
}

impl Head {
    /// False for a float (major type 7 with 2, 4 or 8 bytes) that is infinite or not a number.
    fn finite(&self) -> bool {
        match self.info {
            25 => self.argument & 0x7c00 != 0x7c00,
            26 => f32::from_bits(self.argument as u32).is_finite(),
            27 => f64::from_bits(self.argument).is_finite(),
            _ => true,
        }
    }
}

fn head_at(bytes: &[u8], at: usize) -> Result<Head, WireError> {
    let malformed = |what| WireError::Malformed { at, what };
    let first = *bytes.get(at).ok_or_else(|| malformed("the message ends early"))?;
    let (major, info) = (first >> 5, first & 0x1f);
    let more = match info {
        0..=23 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return Err(malformed("a length that is not stated up front, or a reserved byte")),
    };
    let tail = bytes.get(at + 1..at + 1 + more).ok_or_else(|| malformed("the message ends early"))?;
    let argument = if more == 0 { u64::from(info) } else { tail.iter().fold(0, |sum, b| sum << 8 | u64::from(*b)) };
    Ok(Head { major, info, argument, length: 1 + more })
}
