//! Bytes to whole frames, checked but not decoded.
//!
//! [`Splitter`] finds frames of MAVLink 2 and 1 in any stream of bytes, however portioned, and finds its way back after
//! noise: a candidate that fails is given up at its first byte, so a frame hidden behind it is not lost. What it drops,
//! it counts.
//!
//! A frame whose id this dialect does not know cannot be checked (the checksum includes a byte of the definition). It
//! is passed on byte for byte, marked as unchecked, only where both its ends are where frames end: another frame, or
//! the end of a datagram, comes right behind it. Where neither does, it is taken for noise. On a link that signs, the
//! signature proves what the checksum cannot.
//!
//! Limits: at most [`PENDING_MAX`] bytes wait; what comes beyond is dropped and counted.
//!
//! Source: <https://mavlink.io/en/guide/serialization.html>.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use mavlink::consts::v2::{IFLAG_SIGNED, SIGNATURE_SIZE};
use mavlink::dialects::ardupilotmega::MavMessage;
use mavlink::{MAV_STX, MAV_STX_V2, MavlinkVersion, Message};
use telemetry::{MavComponentId, MavSystemId};

use super::checksum::checksum;

/// The most bytes that wait to be decoded: more than the largest datagram.
pub const PENDING_MAX: usize = 1 << 17;
/// The most senders whose sequence numbers are followed; the frames of more are taken without that.
const SENDERS_MAX: usize = 32;
/// `extra_crc` of ids that are not in the dialect. Two messages of the dialect have this value by chance.
const EXTRA_CRC_UNKNOWN: u8 = 0;
/// Message ids of the dialect are below this; MAVLink 1 has 256, vendors' dialects end at 60,100.
const IDS_END: u32 = 1 << 16;

/// What a [`Splitter`] or a [`Decoder`](super::frames::Decoder) has seen.
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

/// One whole frame as it stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawFrame<'a> {
    /// All of it, from the marker to the checksum or the signature.
    pub bytes: &'a [u8],
    /// The message's id.
    pub id: u32,
    /// Whether the checksum was right; it cannot be looked at where the dialect does not know the id.
    pub checked: bool,
}

/// Finds frames in bytes.
#[derive(Debug, Default)]
pub struct Splitter {
    pending: Vec<u8>,
    /// Where in `pending` the next candidate begins.
    start: usize,
    /// Whether frames are known to end where `pending` does.
    ends_whole: bool,
    sequence_by_sender: BTreeMap<(MavSystemId, MavComponentId), u8>,
    counts: Counts,
}

/// What stands at the start of the pending bytes.
enum Candidate {
    /// Too few bytes to say.
    Incomplete,
    Invalid(Fault),
    Frame {
        length: usize,
        id: u32,
        checked: bool,
    },
}

enum Fault {
    Junk,
    BadCrc,
    UnknownId,
}

/// Where in a payload the addressee stands.
#[derive(Debug, Clone, Copy)]
struct Addressee {
    id: u32,
    system_at: usize,
    component_at: Option<usize>,
}

/// The dialect's messages that have an addressee, in order of their ids. Found by asking the dialect where a change of
/// the addressee shows, so that no offset is written down twice.
static ADDRESSEES: LazyLock<Vec<Addressee>> = LazyLock::new(|| (0..IDS_END).filter_map(addressee).collect());

fn addressee(id: u32) -> Option<Addressee> {
    let system_at = offset(id, MavMessage::target_system_id_mut)?;
    Some(Addressee { id, system_at, component_at: offset(id, MavMessage::target_component_id_mut) })
}

/// Where in a message's payload a part stands.
fn offset(id: u32, part: fn(&mut MavMessage) -> Option<&mut u8>) -> Option<usize> {
    let mut message = MavMessage::default_message_from_id(id)?;
    let payload = |message: &MavMessage| {
        let mut payload = [0; 255];
        message.ser(MavlinkVersion::V2, &mut payload);
        payload
    };
    *part(&mut message)? = 0;
    let without = payload(&message);
    *part(&mut message)? = 1;
    let with = payload(&message);
    with.iter().zip(without).position(|(with, without)| *with != without)
}

impl<'a> RawFrame<'a> {
    /// Takes bytes that are one whole frame, such as our own encoder's.
    #[must_use]
    pub fn whole(bytes: &'a [u8]) -> Option<Self> {
        match candidate(bytes, true) {
            Candidate::Frame { length, id, checked } if length == bytes.len() => Some(Self { bytes, id, checked }),
            _ => None,
        }
    }

    /// Which protocol.
    #[must_use]
    pub fn version(&self) -> MavlinkVersion {
        if self.bytes[0] == MAV_STX { MavlinkVersion::V1 } else { MavlinkVersion::V2 }
    }

    /// Who sent it.
    #[must_use]
    pub fn sender(&self) -> (MavSystemId, MavComponentId) {
        let at = self.header_length() - if self.version() == MavlinkVersion::V1 { 3 } else { 5 };
        (MavSystemId(self.bytes[at]), MavComponentId(self.bytes[at + 1]))
    }

    /// Its number in the sender's sequence.
    #[must_use]
    pub fn sequence(&self) -> u8 {
        self.bytes[self.header_length() - if self.version() == MavlinkVersion::V1 { 4 } else { 6 }]
    }

    /// What it carries, without the zeros a sender of MAVLink 2 leaves away.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[self.header_length()..][..usize::from(self.bytes[1])]
    }

    /// Whether it carries a signature.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.version() == MavlinkVersion::V2 && self.bytes[2] & IFLAG_SIGNED != 0
    }

    /// The checksum as stated.
    #[must_use]
    pub fn stated_checksum(&self) -> u16 {
        let at = self.header_length() + usize::from(self.bytes[1]);
        u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]])
    }

    /// For whom it is: 0 is everybody, as is a message that has no addressee or is not known.
    #[must_use]
    pub fn addressee(&self) -> (MavSystemId, MavComponentId) {
        let Ok(found) = ADDRESSEES.binary_search_by_key(&self.id, |addressee| addressee.id) else {
            return (MavSystemId(0), MavComponentId(0));
        };
        let Addressee { system_at, component_at, .. } = ADDRESSEES[found];
        let byte = |at: usize| self.payload().get(at).copied().unwrap_or(0);
        (MavSystemId(byte(system_at)), MavComponentId(component_at.map_or(0, byte)))
    }

    fn header_length(&self) -> usize {
        if self.version() == MavlinkVersion::V1 { 6 } else { 10 }
    }
}

impl Splitter {
    /// A splitter that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes of a stream. Read the frames in them by [`Splitter::next_raw`].
    pub fn push(&mut self, bytes: &[u8]) {
        self.take(bytes, false);
    }

    /// Takes a datagram: frames end where it does.
    pub fn push_datagram(&mut self, bytes: &[u8]) {
        self.take(bytes, true);
    }

    fn take(&mut self, bytes: &[u8], ends_whole: bool) {
        if self.start == self.pending.len() {
            self.pending.clear();
        } else {
            self.pending.drain(..self.start);
        }
        self.start = 0;
        let taken = bytes.len().min(PENDING_MAX - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        self.ends_whole = ends_whole && taken == bytes.len();
        self.counts.overflow_bytes += (bytes.len() - taken) as u64;
    }

    /// The next frame, nothing when more bytes are needed.
    pub fn next_raw(&mut self) -> Option<RawFrame<'_>> {
        let (range, id, checked) = self.find()?;
        let frame = RawFrame { bytes: &self.pending[range], id, checked };
        if checked {
            self.counts.messages += 1;
        } else {
            self.counts.unknown_id += 1;
        }
        let sequences = &mut self.sequence_by_sender;
        self.counts.sequence_gaps += u64::from(missing(sequences, frame.sender(), frame.sequence()));
        Some(frame)
    }

    /// What has been seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn find(&mut self) -> Option<(Range<usize>, u32, bool)> {
        loop {
            match candidate(&self.pending[self.start..], self.ends_whole) {
                Candidate::Incomplete => return None,
                Candidate::Invalid(fault) => {
                    match fault {
                        Fault::Junk => {}
                        Fault::BadCrc => self.counts.bad_crc += 1,
                        Fault::UnknownId => self.counts.unknown_id += 1,
                    }
                    self.skip_to_marker();
                }
                Candidate::Frame { length, id, checked } => {
                    let range = self.start..self.start + length;
                    self.start = range.end;
                    return Some((range, id, checked));
                }
            }
        }
    }

    fn skip_to_marker(&mut self) {
        let rest = &self.pending[self.start + 1..];
        let skipped = 1 + rest.iter().position(|byte| is_marker(*byte)).unwrap_or(rest.len());
        self.start += skipped;
        self.counts.junk_bytes += skipped as u64;
    }
}

/// How many frames of a sender are missing before this one.
fn missing(
    sequence_by_sender: &mut BTreeMap<(MavSystemId, MavComponentId), u8>,
    sender: (MavSystemId, MavComponentId),
    sequence: u8,
) -> u8 {
    if sequence_by_sender.len() >= SENDERS_MAX && !sequence_by_sender.contains_key(&sender) {
        return 0;
    }
    let Some(last) = sequence_by_sender.insert(sender, sequence) else { return 0 };
    let missing = sequence.wrapping_sub(last).wrapping_sub(1);
    // More than half the circle is a frame late or twice, or a sender that began anew.
    if missing < 128 { missing } else { 0 }
}

fn is_marker(byte: u8) -> bool {
    byte == MAV_STX || byte == MAV_STX_V2
}

/// Looks at what begins at the first byte. `ends_whole`: frames are known to end where the bytes do.
fn candidate(bytes: &[u8], ends_whole: bool) -> Candidate {
    let (Some(marker), payload_length) = (bytes.first(), bytes.get(1)) else { return Candidate::Incomplete };
    let (header_length, signature_length) = match (*marker, bytes.get(2)) {
        (MAV_STX, _) => (6, 0),
        (MAV_STX_V2, None) => return Candidate::Incomplete,
        (MAV_STX_V2, Some(0)) => (10, 0),
        (MAV_STX_V2, Some(&IFLAG_SIGNED)) => (10, SIGNATURE_SIZE),
        // A receiver must drop what needs features it does not have.
        _ => return Candidate::Invalid(Fault::Junk),
    };
    let Some(payload_length) = payload_length else { return Candidate::Incomplete };
    let payload_end = header_length + usize::from(*payload_length);
    let length = payload_end + 2 + signature_length;
    let Some(frame) = bytes.get(..length) else { return Candidate::Incomplete };
    let id = match header_length {
        6 => u32::from(frame[5]),
        _ => u32::from_le_bytes([frame[7], frame[8], frame[9], 0]),
    };
    let extra = MavMessage::extra_crc(id);
    let stated = u16::from_le_bytes([frame[payload_end], frame[payload_end + 1]]);
    if stated == checksum(&frame[1..payload_end], extra) {
        let checked = extra != EXTRA_CRC_UNKNOWN || MavMessage::default_message_from_id(id).is_some();
        return Candidate::Frame { length, id, checked };
    }
    if extra != EXTRA_CRC_UNKNOWN || MavMessage::default_message_from_id(id).is_some() {
        return Candidate::Invalid(Fault::BadCrc);
    }
    match bytes.get(length) {
        None if ends_whole => Candidate::Frame { length, id, checked: false },
        None => Candidate::Incomplete,
        Some(next) if is_marker(*next) => Candidate::Frame { length, id, checked: false },
        Some(_) => Candidate::Invalid(Fault::UnknownId),
    }
}
