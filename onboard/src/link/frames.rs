//! Bytes to MAVLink messages and back.
//!
//! [`Decoder`] finds frames of MAVLink 2 and 1 in any stream of bytes, however portioned, and finds its way back after
//! noise: a candidate that fails is given up at its first byte, so a frame hidden behind it is not lost. What it drops,
//! it counts. A frame whose id this dialect does not know cannot be checked (the checksum includes a byte of the
//! definition); it is stepped over as a whole only when another frame begins right behind it.
//!
//! Limits: at most [`PENDING_MAX`] bytes wait; what comes beyond is dropped and counted. Signatures are stepped over,
//! not checked: this link is a cable or a loopback socket.
//!
//! Source: <https://mavlink.io/en/guide/serialization.html>.

use std::collections::BTreeMap;

use mavlink::consts::v2::{IFLAG_SIGNED, SIGNATURE_SIZE};
use mavlink::dialects::ardupilotmega::MavMessage;
use mavlink::error::ParserError;
use mavlink::{MAV_STX, MAV_STX_V2, MAVLinkV2MessageRaw, MavHeader, MavlinkVersion, Message, calculate_crc};
use telemetry::{MavComponentId, MavSystemId};

/// The most bytes that wait to be decoded: more than the largest datagram.
pub const PENDING_MAX: usize = 1 << 17;
/// The most senders whose sequence numbers are followed; the frames of more are taken without that.
const SENDERS_MAX: usize = 32;
/// `extra_crc` of ids that are not in the dialect. Two messages of the dialect have this value by chance.
const EXTRA_CRC_UNKNOWN: u8 = 0;

/// One message and who sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The sender's system.
    pub system: MavSystemId,
    /// The sender's component.
    pub component: MavComponentId,
    /// What it says.
    pub message: MavMessage,
}

/// What a [`Decoder`] has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages read.
    pub messages: u64,
    /// Bytes that belong to no frame.
    pub junk_bytes: u64,
    /// Candidates whose checksum was wrong.
    pub bad_crc: u64,
    /// Frames of messages that the dialect does not know.
    pub unknown_id: u64,
    /// Whole frames with values that the dialect does not know.
    pub bad_value: u64,
    /// Frames missing, by the senders' sequence numbers.
    pub sequence_gaps: u64,
    /// Bytes dropped because too many waited.
    pub overflow_bytes: u64,
}

/// Finds messages in bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    pending: Vec<u8>,
    /// Where in `pending` the next candidate begins.
    start: usize,
    sequence_by_sender: BTreeMap<(u8, u8), u8>,
    counts: Counts,
}

/// What stands at the start of the pending bytes.
#[allow(clippy::large_enum_variant, reason = "it lives for one match, and a box would cost an allocation a frame")]
enum Candidate {
    /// Too few bytes to say.
    Incomplete,
    Invalid(Fault),
    /// A frame that no one can check, of this length.
    Unknown(usize),
    Frame {
        header: MavHeader,
        length: usize,
        content: Result<MavMessage, ParserError>,
    },
}

enum Fault {
    Junk,
    BadCrc,
    UnknownId,
}

/// Where the parts of a frame lie.
struct Layout {
    version: MavlinkVersion,
    header_length: usize,
    payload_length: usize,
    signature_length: usize,
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes. Read the messages in them by [`Decoder::next_frame`].
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start == self.pending.len() {
            self.pending.clear();
        } else {
            self.pending.drain(..self.start);
        }
        self.start = 0;
        let taken = bytes.len().min(PENDING_MAX - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        self.counts.overflow_bytes += (bytes.len() - taken) as u64;
    }

    /// The next message, nothing when more bytes are needed.
    pub fn next_frame(&mut self) -> Option<Frame> {
        loop {
            match candidate(&self.pending[self.start..]) {
                Candidate::Incomplete => return None,
                Candidate::Invalid(fault) => {
                    match fault {
                        Fault::Junk => {}
                        Fault::BadCrc => self.counts.bad_crc += 1,
                        Fault::UnknownId => self.counts.unknown_id += 1,
                    }
                    self.skip_to_marker();
                }
                Candidate::Unknown(length) => {
                    self.counts.unknown_id += 1;
                    self.start += length;
                }
                Candidate::Frame { header, length, content } => {
                    self.start += length;
                    self.follow_sequence(header);
                    match content {
                        Ok(message) => {
                            self.counts.messages += 1;
                            return Some(Frame {
                                system: MavSystemId(header.system_id as u8),
                                component: MavComponentId(header.component_id),
                                message,
                            });
                        }
                        Err(_) => self.counts.bad_value += 1,
                    }
                }
            }
        }
    }

    /// What has been seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn skip_to_marker(&mut self) {
        let rest = &self.pending[self.start + 1..];
        let skipped = 1 + rest.iter().position(|byte| is_marker(*byte)).unwrap_or(rest.len());
        self.start += skipped;
        self.counts.junk_bytes += skipped as u64;
    }

    fn follow_sequence(&mut self, header: MavHeader) {
        let sender = (header.system_id as u8, header.component_id);
        if self.sequence_by_sender.len() >= SENDERS_MAX && !self.sequence_by_sender.contains_key(&sender) {
            return;
        }
        if let Some(last) = self.sequence_by_sender.insert(sender, header.sequence) {
            let missing = header.sequence.wrapping_sub(last).wrapping_sub(1);
            // More than half the circle is a frame late or twice, or a sender that began anew.
            if missing < 128 {
                self.counts.sequence_gaps += u64::from(missing);
            }
        }
    }
}

fn is_marker(byte: u8) -> bool {
    byte == MAV_STX || byte == MAV_STX_V2
}

impl Layout {
    /// Nothing when there are too few bytes; an error when no frame begins so.
    fn of(bytes: &[u8]) -> Option<Result<Self, Fault>> {
        let payload_length = || bytes.get(1).map(|length| usize::from(*length));
        match *bytes.first()? {
            MAV_STX => Some(Ok(Self {
                version: MavlinkVersion::V1,
                header_length: 6,
                payload_length: payload_length()?,
                signature_length: 0,
            })),
            MAV_STX_V2 => match *bytes.get(2)? {
                0 => Some(Ok(Self::v2(payload_length()?, 0))),
                IFLAG_SIGNED => Some(Ok(Self::v2(payload_length()?, SIGNATURE_SIZE))),
                // A receiver must drop what needs features it does not have.
                _ => Some(Err(Fault::Junk)),
            },
            _ => Some(Err(Fault::Junk)),
        }
    }

    fn v2(payload_length: usize, signature_length: usize) -> Self {
        Self { version: MavlinkVersion::V2, header_length: 10, payload_length, signature_length }
    }

    fn length(&self) -> usize {
        self.header_length + self.payload_length + 2 + self.signature_length
    }

    fn header(&self, frame: &[u8]) -> (MavHeader, u32) {
        let part = |at: usize| frame[at];
        match self.version {
            MavlinkVersion::V1 => {
                (MavHeader { sequence: part(2), system_id: part(3).into(), component_id: part(4) }, u32::from(part(5)))
            }
            MavlinkVersion::V2 => (
                MavHeader { sequence: part(4), system_id: part(5).into(), component_id: part(6) },
                u32::from_le_bytes([part(7), part(8), part(9), 0]),
            ),
        }
    }
}

fn candidate(bytes: &[u8]) -> Candidate {
    let layout = match Layout::of(bytes) {
        None => return Candidate::Incomplete,
        Some(Err(fault)) => return Candidate::Invalid(fault),
        Some(Ok(layout)) => layout,
    };
    let length = layout.length();
    let Some(frame) = bytes.get(..length) else { return Candidate::Incomplete };
    let (header, id) = layout.header(frame);
    let (payload_end, extra) = (layout.header_length + layout.payload_length, MavMessage::extra_crc(id));
    let stated = u16::from_le_bytes([frame[payload_end], frame[payload_end + 1]]);
    if stated == calculate_crc(&frame[1..payload_end], extra) {
        let content = MavMessage::parse(layout.version, id, &frame[layout.header_length..payload_end]);
        return Candidate::Frame { header, length, content };
    }
    if extra != EXTRA_CRC_UNKNOWN || MavMessage::default_message_from_id(id).is_some() {
        return Candidate::Invalid(Fault::BadCrc);
    }
    match bytes.get(length) {
        None => Candidate::Incomplete,
        Some(next) if is_marker(*next) => Candidate::Unknown(length),
        Some(_) => Candidate::Invalid(Fault::UnknownId),
    }
}

/// Writes the frames of one sender.
#[derive(Debug)]
pub struct Encoder {
    system: MavSystemId,
    component: MavComponentId,
    sequence: u8,
}

impl Encoder {
    /// A sender that has sent nothing.
    #[must_use]
    pub fn new(system: MavSystemId, component: MavComponentId) -> Self {
        Self { system, component, sequence: 0 }
    }

    /// One MAVLink 2 frame with the next sequence number.
    pub fn encode(&mut self, message: &MavMessage) -> Vec<u8> {
        let header =
            MavHeader { system_id: self.system.0.into(), component_id: self.component.0, sequence: self.sequence };
        self.sequence = self.sequence.wrapping_add(1);
        let mut raw = MAVLinkV2MessageRaw::new();
        raw.serialize_message(header, message);
        raw.raw_bytes().to_vec()
    }
}
