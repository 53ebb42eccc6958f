//! Message signing, MAVLink 2: a key shared with the stations, and a clock that only goes forward.
//!
//! With a key every frame that goes out is signed, and a frame that comes in without a good signature is dropped in
//! silence. A stream (system, component, link) may not repeat a timestamp; a stream never heard before may lag the newest
//! by a minute. A good frame stamped in the future moves the clock, and shuts out every new stream that lags behind it.
//! Source: mavlink.io, "Message Signing"; `mavlink_signature_check` of the C library.

use std::collections::BTreeMap;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{HEARTBEAT_DATA, RADIO_STATUS_DATA};
use sha2::{Digest, Sha256};
use telemetry::Timestamp;

use super::super::personality::Personality;

/// Link id, timestamp, and the first six bytes of the hash.
pub(super) const SIGNATURE_LENGTH: usize = 13;
/// 2015-01-01T00:00:00Z, where the clock starts.
const EPOCH_UNIX_S: i64 = 1_420_070_400;
/// A minute in the clock's ten microseconds.
const LAG_MAX: u64 = 6_000_000;
/// A clock that is wrong by less than a minute is not of the future.
const FUTURE: u64 = LAG_MAX;
/// Streams remembered. Beyond them no new one is let in, as by the C library.
const STREAMS_MAX: usize = 16;
/// RADIO, by the telemetry radio itself, which knows no key.
const RADIO: u32 = 166;

#[derive(Debug, Clone)]
pub(super) struct Signing {
    key: [u8; 32],
    /// The newest timestamp used or seen.
    clock: u64,
    streams: BTreeMap<[u8; 3], u64>,
    personality: Personality,
    believes_future: bool,
    /// Frames dropped for want of a good signature.
    pub(super) dropped: u64,
}

impl Signing {
    /// With a key, and a clock that is at least this. A key of zeros is none.
    pub(super) fn new(key: [u8; 32], clock: u64, personality: Personality, believes_future: bool) -> Option<Self> {
        let streams = BTreeMap::new();
        (key != [0; 32]).then_some(Self { key, clock, streams, personality, believes_future, dropped: 0 })
    }

    /// The signature of a frame to be sent (from the byte after the start byte to its checksum).
    pub(super) fn sign(&mut self, now: Timestamp, start: u8, rest: &[u8]) -> [u8; SIGNATURE_LENGTH] {
        self.clock = self.clock.saturating_add(1).max(ticks(now));
        let mut signature = [0; SIGNATURE_LENGTH];
        signature[1..7].copy_from_slice(&self.clock.to_le_bytes()[..6]);
        let hash = self.hash(start, rest, &signature[..7]);
        signature[7..].copy_from_slice(&hash);
        signature
    }

    fn hash(&self, start: u8, rest: &[u8], stamp: &[u8]) -> [u8; 6] {
        let hash = Sha256::new().chain_update(self.key).chain_update([start]).chain_update(rest).chain_update(stamp);
        let mut first = [0; 6];
        first.copy_from_slice(&hash.finalize()[..6]);
        first
    }

    /// Whether a frame is let in.
    pub(super) fn admits(&mut self, now: Timestamp, from: [u8; 2], id: u32, signed: Option<Signed<'_>>) -> bool {
        let admitted = match signed {
            None => self.admits_unsigned(id),
            Some(signed) => self.verifies(now, from, &signed),
        };
        self.dropped += u64::from(!admitted);
        admitted
    }

    fn admits_unsigned(&self, id: u32) -> bool {
        let of_radio = id == RADIO_STATUS_DATA::ID || id == RADIO;
        of_radio || (self.personality == Personality::Px4 && id == HEARTBEAT_DATA::ID)
    }

    fn verifies(&mut self, now: Timestamp, [system, component]: [u8; 2], signed: &Signed<'_>) -> bool {
        if self.hash(signed.start, signed.rest, &signed.signature[..7]) != signed.signature[7..] {
            return false;
        }
        let mut stamp = [0; 8];
        stamp[..6].copy_from_slice(&signed.signature[1..7]);
        let stamp = u64::from_le_bytes(stamp);
        if !self.believes_future && stamp > self.clock.max(ticks(now)) + FUTURE {
            return false;
        }
        let stream = [system, component, signed.signature[0]];
        match self.streams.get(&stream) {
            Some(last) if stamp <= *last => return false,
            Some(_) => {}
            None if self.streams.len() >= STREAMS_MAX || stamp + LAG_MAX < self.clock => return false,
            None => {}
        }
        self.streams.insert(stream, stamp);
        self.clock = self.clock.max(stamp);
        true
    }
}

/// A frame with a signature.
pub(super) struct Signed<'a> {
    pub(super) start: u8,
    /// From the byte after the start byte to the checksum, which is part of it.
    pub(super) rest: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// Ten microseconds since the epoch of signatures.
fn ticks(now: Timestamp) -> u64 {
    u64::try_from(now.unix_nanos() / 10_000 - EPOCH_UNIX_S * 100_000).unwrap_or(0)
}
