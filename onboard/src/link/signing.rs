//! Signatures on frames: who has the key is who they say they are.
//!
//! A signed frame ends with the link it was sent on, a time stamp and 48 bits of a SHA-256 over the secret key and the
//! frame. A stamp is never used twice and never goes back for one sender on one link, so a recorded frame cannot be
//! played again.
//!
//! Terms: a *stamp* counts 10 µs since the start of 2015. Our clock for stamps is the latest of the wall clock, the
//! last stamp we gave and every stamp we accepted: a vehicle without a battery-backed clock must not fall behind, and a
//! partner whose clock is ahead moves ours along, because it would ignore us otherwise. The clock is kept on disk by
//! the shell ([`SigningClock::stamp`]).
//!
//! What it costs, and the protocol demands: whoever has the key and a clock that is ahead moves everybody's clock, and
//! partners that are behind are then heard no more until their clocks catch up. That is why a refusal says by how much.
//!
//! Source: <https://mavlink.io/en/guide/message_signing.html>.

use std::collections::BTreeMap;
use std::fmt;

use mavlink::MavlinkVersion;
use mavlink::consts::v2::{IFLAG_SIGNED, SIGNATURE_SIZE};
use sha2::{Digest, Sha256};
use telemetry::{MavComponentId, MavSystemId, Timestamp};
use thiserror::Error;

use super::checksum::flipped;
use super::splitter::RawFrame;

/// The start of 2015 in Unix seconds.
const STAMPS_FROM_UNIX_S: i128 = 1_420_070_400;
const STAMPS_PER_S: u64 = 100_000;
const STAMP_END: u64 = 1 << 48;
/// A sender never heard may be this far behind our clock.
const BEHIND_MAX: u64 = 60 * STAMPS_PER_S;
/// The most senders (by link) that are followed. More are refused: to forget one would let its frames be played again.
const STREAMS_MAX: usize = 64;
/// How often a clock is kept on disk at least; a restart goes on from that much later.
pub const KEEP_EVERY_S: u64 = 10;

/// A secret key of 32 bytes, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a key is 64 hexadecimal digits: found {0} characters{1}")]
pub struct InvalidKey(usize, &'static str);

/// Why a frame is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Distrust {
    /// It carries no signature.
    #[error("it is not signed")]
    Unsigned,
    /// The signature was made with another key, or the frame was changed.
    #[error("its signature was made with another key")]
    WrongKey,
    /// A stamp that is not after the last one: the frame was heard before, or it is late.
    #[error("its time stamp was used before")]
    Replayed,
    /// The sender's clock is behind ours.
    #[error("its clock is {0} s behind ours: the sender's clock must be set, or ours was moved by another's")]
    Behind(u64),
    /// Too many senders.
    #[error("{STREAMS_MAX} senders are followed already")]
    TooMany,
}

/// The clock for stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SigningClock {
    newest: u64,
}

/// Signs what goes out and checks what comes in.
#[derive(Debug)]
pub struct Signer {
    key: Key,
    clock: SigningClock,
    /// The last stamp by sender and the link it says it sent on.
    newest_by_stream: BTreeMap<(MavSystemId, MavComponentId, u8), u64>,
}

impl Key {
    /// A key from its bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits; space around them does not matter.
    ///
    /// # Errors
    /// [`InvalidKey`] says how many characters were found, and never which.
    pub fn from_hex(text: &str) -> Result<Self, InvalidKey> {
        let digits = text.trim_ascii().as_bytes();
        if digits.len() != 64 {
            return Err(InvalidKey(digits.len(), ""));
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
            let value = |digit: u8| (digit as char).to_digit(16);
            let (Some(high), Some(low)) = (value(pair[0]), value(pair[1])) else {
                return Err(InvalidKey(64, ", not all of them such digits"));
            };
            *byte = (high << 4 | low) as u8;
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(not shown)")
    }
}

impl SigningClock {
    /// A clock that goes on where [`SigningClock::stamp`] stood when it was last kept.
    #[must_use]
    pub fn restored(stamp: u64) -> Self {
        let newest = if stamp == 0 { 0 } else { (stamp + KEEP_EVERY_S * STAMPS_PER_S).min(STAMP_END - 1) };
        Self { newest }
    }

    /// Where it stands.
    #[must_use]
    pub fn stamp(self) -> u64 {
        self.newest
    }

    /// How many seconds it is ahead of another, 0 where it is behind.
    #[must_use]
    pub fn ahead_of_s(self, other: Self) -> u64 {
        self.newest.saturating_sub(other.newest) / STAMPS_PER_S
    }

    fn at(self, now: Timestamp) -> u64 {
        self.newest.max(wall(now))
    }

    fn next(&mut self, now: Timestamp) -> u64 {
        self.newest = (self.newest + 1).max(wall(now)).min(STAMP_END - 1);
        self.newest
    }
}

fn wall(now: Timestamp) -> u64 {
    let since_unix = i128::from(now.unix_nanos()) / 10_000;
    let stamp = since_unix - STAMPS_FROM_UNIX_S * i128::from(STAMPS_PER_S);
    u64::try_from(stamp).unwrap_or(0).min(STAMP_END - 1)
}

impl Signer {
    /// A signer with a key, and the clock as it was kept.
    #[must_use]
    pub fn new(key: Key, clock: SigningClock) -> Self {
        Self { key, clock, newest_by_stream: BTreeMap::new() }
    }

    /// The clock, to be kept.
    #[must_use]
    pub fn clock(&self) -> SigningClock {
        self.clock
    }

    /// Whether a frame that came is to be believed; then the clock follows its stamp.
    ///
    /// # Errors
    /// [`Distrust`] says why not.
    pub fn check(&mut self, now: Timestamp, frame: &RawFrame<'_>) -> Result<(), Distrust> {
        if !frame.signed() {
            return Err(Distrust::Unsigned);
        }
        let (signed, signature) = frame.bytes.split_at(frame.bytes.len() - 6);
        if self.signature(signed) != signature {
            return Err(Distrust::WrongKey);
        }
        let (link, stamp) = (signed[signed.len() - 7], &signed[signed.len() - 6..]);
        let stamp = stamp.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let (system, component) = frame.sender();
        let stream = (system, component, link);
        match self.newest_by_stream.get(&stream) {
            Some(last) if stamp <= *last => return Err(Distrust::Replayed),
            Some(_) => {}
            None if stamp + BEHIND_MAX < self.clock.at(now) => {
                return Err(Distrust::Behind((self.clock.at(now) - stamp) / STAMPS_PER_S));
            }
            None if self.newest_by_stream.len() >= STREAMS_MAX => return Err(Distrust::TooMany),
            None => {}
        }
        self.newest_by_stream.insert(stream, stamp);
        self.clock.newest = self.clock.newest.max(stamp);
        Ok(())
    }

    /// Appends a frame, signed for a link; a signature it had is replaced. False, and nothing appended, for a frame of
    /// MAVLink 1, which cannot be signed.
    pub fn sign(&mut self, now: Timestamp, link: u8, frame: &RawFrame<'_>, out: &mut Vec<u8>) -> bool {
        if frame.version() == MavlinkVersion::V1 {
            return false;
        }
        let start = out.len();
        append_unsigned(frame, out);
        toggle_signed(&mut out[start..]);
        out.push(link);
        out.extend_from_slice(&self.clock.next(now).to_le_bytes()[..6]);
        let signature = self.signature(&out[start..]);
        out.extend_from_slice(&signature);
        true
    }

    fn signature(&self, signed: &[u8]) -> [u8; 6] {
        let hash = Sha256::new().chain_update(self.key.0).chain_update(signed).finalize();
        [hash[0], hash[1], hash[2], hash[3], hash[4], hash[5]]
    }
}

/// Appends a frame without the signature it may have.
pub fn append_unsigned(frame: &RawFrame<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(frame.bytes);
    if frame.signed() {
        out.truncate(out.len() - SIGNATURE_SIZE);
        toggle_signed(&mut out[start..]);
    }
}

/// Says in a frame (without signature) that it is signed, or no longer, and corrects the checksum for it: without
/// knowing the message, as [`flipped`] can.
fn toggle_signed(frame: &mut [u8]) {
    const FLAGS_AT: usize = 2;
    let payload_end = frame.len() - 2;
    frame[FLAGS_AT] ^= IFLAG_SIGNED;
    let change = flipped(IFLAG_SIGNED, payload_end - 1 - FLAGS_AT).to_le_bytes();
    frame[payload_end] ^= change[0];
    frame[payload_end + 1] ^= change[1];
}
