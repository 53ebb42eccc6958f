//! MAVLink frames to and from bytes.
//!
//! Inbound, both versions are read, as on a real autopilot; a signature is checked where there is a key, else stepped over.
//! Outbound, everything is version 2. A byte that belongs to no valid frame is counted and dropped; scanning goes on at the next byte, so a
//! hostile length swallows nothing. Source: mavlink.io, "Packet Serialization".

use mavlink::dialects::ardupilotmega::MavMessage;
use mavlink::{MAV_STX, MAV_STX_V2, MavlinkVersion, Message, MessageData};
use telemetry::Timestamp;

use super::checksum::checksum;
use super::signing::{SIGNATURE_LENGTH, Signed, Signing};

/// The component id of an autopilot.
pub(crate) const AUTOPILOT_COMPONENT: u8 = 1;
/// Of the first camera.
pub(super) const CAMERA_COMPONENT: u8 = 100;
/// Of the first gimbal.
pub(super) const GIMBAL_COMPONENT: u8 = 154;
/// Bytes waiting to be taken. Beyond this the newest frames are dropped and counted, as by a full serial port.
const OUTBOX_MAX: usize = 256 * 1024;
const HEADER_LENGTH: usize = 10;
const SIGNED: u8 = 0x01;

/// Who sent a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Peer {
    pub(crate) system: u8,
    pub(crate) component: u8,
}

/// A frame whose checksum was right.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) from: Peer,
    pub(super) id: u32,
    version: MavlinkVersion,
    payload: [u8; 255],
    length: usize,
}

impl Frame {
    /// The payload as this message; nothing when a field holds a value that the message does not have.
    pub(super) fn read<D: MessageData>(&self) -> Option<D> {
        D::deser(self.version, &self.payload[..self.length]).ok()
    }

    /// The payload padded with zeros: version 2 cuts trailing zeros off.
    pub(super) fn padded(&self) -> &[u8; 255] {
        &self.payload
    }
}

#[derive(Debug, Default)]
pub(super) struct Decoder {
    pending: Vec<u8>,
    pub(super) frames: u64,
    pub(super) dropped_bytes: u64,
}

impl Decoder {
    /// Takes bytes and hands each whole frame to `each`. Less than one frame's worth stays for the next time.
    /// Its signature, if it has one, comes with it, unchecked.
    pub(super) fn take(&mut self, bytes: &[u8], mut each: impl FnMut(&Frame, Option<Signed<'_>>)) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let mut rest = pending.as_slice();
        while !rest.is_empty() {
            match parse(rest) {
                Parsed::Frame(frame, length) => {
                    self.frames += 1;
                    let (whole, after) = rest.split_at(length);
                    rest = after;
                    each(&frame, signature_of(whole));
                }
                Parsed::Incomplete => break,
                Parsed::Garbage => {
                    self.dropped_bytes += 1;
                    rest = &rest[1..];
                }
            }
        }
        let consumed = pending.len() - rest.len();
        pending.drain(..consumed);
        self.pending = pending;
    }
}

/// What of a whole frame is signed, and the signature.
fn signature_of(whole: &[u8]) -> Option<Signed<'_>> {
    if whole[0] != MAV_STX_V2 || whole[2] & SIGNED == 0 {
        return None;
    }
    let (rest, signature) = whole[1..].split_at(whole.len() - 1 - SIGNATURE_LENGTH);
    Some(Signed { start: whole[0], rest, signature })
}

enum Parsed {
    Frame(Box<Frame>, usize),
    Incomplete,
    Garbage,
}

fn parse(bytes: &[u8]) -> Parsed {
    let (version, header_length) = match bytes[0] {
        MAV_STX_V2 => (MavlinkVersion::V2, 10),
        MAV_STX => (MavlinkVersion::V1, 6),
        _ => return Parsed::Garbage,
    };
    let Some(header) = bytes.get(..header_length) else { return Parsed::Incomplete };
    let length = usize::from(header[1]);
    let (from, id, signature) = match version {
        MavlinkVersion::V2 => {
            if header[2] & !SIGNED != 0 {
                return Parsed::Garbage;
            }
            let id = u32::from_le_bytes([header[7], header[8], header[9], 0]);
            let signature = if header[2] & SIGNED != 0 { SIGNATURE_LENGTH } else { 0 };
            (Peer { system: header[5], component: header[6] }, id, signature)
        }
        MavlinkVersion::V1 => (Peer { system: header[3], component: header[4] }, u32::from(header[5]), 0),
    };
    let checked = header_length + length;
    let total = checked + 2 + signature;
    if bytes.len() < total {
        return Parsed::Incomplete;
    }
    let crc = checksum(&bytes[1..checked], MavMessage::extra_crc(id));
    if crc.to_le_bytes() != bytes[checked..checked + 2] {
        return Parsed::Garbage;
    }
    let mut payload = [0; 255];
    payload[..length].copy_from_slice(&bytes[header_length..checked]);
    Parsed::Frame(Box::new(Frame { from, id, version, payload, length }), total)
}

/// Of the vehicle's clock and key, what goes into frames.
#[derive(Debug)]
pub(super) struct Encoder {
    /// One count for each component.
    sequences: [u8; 3],
    outbox: Vec<u8>,
    /// The vehicle's time, for signatures.
    pub(super) now: Timestamp,
    pub(super) signing: Option<Signing>,
    pub(super) frames: u64,
    pub(super) overflowed: u64,
}

impl Encoder {
    pub(super) fn new(now: Timestamp, signing: Option<Signing>) -> Self {
        Self { sequences: [0; 3], outbox: Vec::new(), now, signing, frames: 0, overflowed: 0 }
    }

    pub(super) fn send<D: MessageData>(&mut self, from: Peer, message: &D) {
        let mut payload = [0; 255];
        let length = message.ser(MavlinkVersion::V2, &mut payload);
        self.send_payload(from, D::ID, D::EXTRA_CRC, &payload[..length]);
    }

    /// Sends a payload laid out by hand, for messages that carry numbers the dialect has no name for.
    pub(super) fn send_payload(&mut self, from: Peer, id: u32, extra_crc: u8, payload: &[u8]) {
        // Trailing zeros are cut off, the first byte never.
        let length = payload.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
        if self.outbox.len() + HEADER_LENGTH + length + 2 + SIGNATURE_LENGTH > OUTBOX_MAX {
            self.overflowed += 1;
            return;
        }
        let sequence = match from.component {
            CAMERA_COMPONENT => &mut self.sequences[1],
            GIMBAL_COMPONENT => &mut self.sequences[2],
            _ => &mut self.sequences[0],
        };
        let [low, middle, high, _] = id.to_le_bytes();
        let start = self.outbox.len();
        let signed = if self.signing.is_some() { SIGNED } else { 0 };
        let header = [MAV_STX_V2, length as u8, signed, 0, *sequence, from.system, from.component, low, middle, high];
        *sequence = sequence.wrapping_add(1);
        self.outbox.extend_from_slice(&header);
        self.outbox.extend_from_slice(&payload[..length]);
        let crc = checksum(&self.outbox[start + 1..], extra_crc);
        self.outbox.extend_from_slice(&crc.to_le_bytes());
        if let Some(signing) = &mut self.signing {
            let signature = signing.sign(self.now, MAV_STX_V2, &self.outbox[start + 1..]);
            self.outbox.extend_from_slice(&signature);
        }
        self.frames += 1;
    }

    /// How many bytes still fit before frames are dropped.
    pub(super) fn room(&self) -> usize {
        OUTBOX_MAX - self.outbox.len()
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outbox)
    }
}

#[cfg(test)]
mod tests {
    use mavlink::dialects::ardupilotmega::HEARTBEAT_DATA;
    use proptest::prelude::*;

    use super::*;

    fn heartbeat() -> Vec<u8> {
        let mut encoder = Encoder::new(Timestamp::from_unix_nanos(0), None);
        encoder.send(Peer { system: 7, component: 1 }, &HEARTBEAT_DATA::default());
        encoder.take()
    }

    fn frames(decoder: &mut Decoder, bytes: &[u8]) -> Vec<(Peer, u32)> {
        let mut seen = Vec::new();
        decoder.take(bytes, |frame, _| seen.push((frame.from, frame.id)));
        seen
    }

    #[test]
    fn a_frame_is_found_between_garbage_and_in_pieces() {
        let mut decoder = Decoder::default();
        let mut bytes = vec![0x00, MAV_STX_V2, 0xff];
        bytes.extend(heartbeat());
        let mut seen = Vec::new();
        for byte in bytes {
            seen.extend(frames(&mut decoder, &[byte]));
        }
        // The false start's length makes it wait for more than has come.
        seen.extend(frames(&mut decoder, &[0; 300]));
        assert_eq!(seen, vec![(Peer { system: 7, component: 1 }, 0)]);
        assert!(decoder.dropped_bytes >= 3);
    }

    #[test]
    fn a_signed_frame_is_read_whole() {
        let mut bytes = heartbeat();
        bytes[2] = SIGNED;
        let end = bytes.len() - 2;
        let crc = checksum(&bytes[1..end], HEARTBEAT_DATA::EXTRA_CRC);
        bytes[end..].copy_from_slice(&crc.to_le_bytes());
        bytes.extend([0; SIGNATURE_LENGTH]);
        bytes.extend(heartbeat());
        let mut decoder = Decoder::default();
        assert_eq!(frames(&mut decoder, &bytes).len(), 2);
        assert_eq!(decoder.dropped_bytes, 0);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same_frames(
            noise in proptest::collection::vec(any::<u8>(), 0..600),
            cut in 0usize..600,
        ) {
            let mut bytes = noise;
            bytes.extend(heartbeat());
            bytes.extend([0; 300]);
            let (mut whole, mut halves) = (Decoder::default(), Decoder::default());
            let at_once = frames(&mut whole, &bytes);
            let cut = cut.min(bytes.len());
            let mut in_halves = frames(&mut halves, &bytes[..cut]);
            in_halves.extend(frames(&mut halves, &bytes[cut..]));
            prop_assert_eq!(&at_once, &in_halves);
            let beat = (Peer { system: 7, component: 1 }, 0);
            prop_assert!(at_once.contains(&beat));
            prop_assert!(halves.pending.len() < 300);
        }
    }
}
