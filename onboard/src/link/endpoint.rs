//! One end of one link, for a conversation with one autopilot: bytes to messages and messages to frames, signed both
//! ways where there is a key.
//!
//! Whoever carries several links takes [`super::wire`]. This is for a person at the vehicle: the doctor, files, logs.
//! It signs as a link of its own ([`LINK`]), because stamps are counted by sender and link: the vehicle's program, whose
//! clock is on disk, neither hands over its stamps nor takes ours.

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::{MavSystemId, Timestamp};

use super::frames::{Encoder, Frame};
use super::session::COMPANION;
use super::signing::{Distrust, Key, Signer, SigningClock};
use super::splitter::{Counts, RawFrame, Splitter};

/// The link that our signatures name. The vehicle's program counts its own from 0.
pub const LINK: u8 = 255;

/// What signatures had to do with what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signatures {
    /// Frames that were not believed. None without a key.
    pub distrusted: u64,
    /// Why the last of them was not.
    pub why: Option<Distrust>,
    /// Frames that carry a signature though there is no key to look at it with. They are taken as they are.
    pub unexamined: u64,
}

/// One end of one link.
#[derive(Debug)]
pub struct Endpoint {
    splitter: Splitter,
    encoder: Encoder,
    signer: Option<Signer>,
    bad_value: u64,
    signatures: Signatures,
}

impl Endpoint {
    /// The companion's end of a link to a system. With a key it signs, and believes only what is signed with it.
    #[must_use]
    pub fn new(system: MavSystemId, key: Option<(Key, SigningClock)>) -> Self {
        Self {
            splitter: Splitter::new(),
            encoder: Encoder::new(system, COMPANION),
            signer: key.map(|(key, clock)| Signer::new(key, clock)),
            bad_value: 0,
            signatures: Signatures::default(),
        }
    }

    /// Takes bytes. Read the messages in them by [`Endpoint::next_frame`].
    pub fn push(&mut self, bytes: &[u8]) {
        self.splitter.push(bytes);
    }

    /// The next message that is believed, nothing when more bytes are needed.
    pub fn next_frame(&mut self, now: Timestamp) -> Option<Frame> {
        loop {
            let raw = self.splitter.next_raw()?;
            let believed = match &mut self.signer {
                Some(signer) => signer.check(now, &raw),
                None => {
                    self.signatures.unexamined += u64::from(raw.signed());
                    Ok(())
                }
            };
            if let Err(distrust) = believed {
                self.signatures.distrusted += 1;
                self.signatures.why = Some(distrust);
                continue;
            }
            match Frame::of(&raw) {
                Some(frame) => return Some(frame),
                None => self.bad_value += u64::from(raw.checked),
            }
        }
    }

    /// One frame that says this.
    pub fn encode(&mut self, now: Timestamp, message: &MavMessage) -> Vec<u8> {
        let frame = self.encoder.encode(message);
        let (Some(signer), Some(raw)) = (&mut self.signer, RawFrame::whole(&frame)) else { return frame };
        let mut signed = Vec::new();
        // Frames of MAVLink 1 cannot be signed; ours are of MAVLink 2.
        signer.sign(now, LINK, &raw, &mut signed);
        signed
    }

    /// What has been seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let counts = self.splitter.counts();
        Counts { messages: counts.messages - self.bad_value, bad_value: self.bad_value, ..counts }
    }

    /// What signatures had to do with it.
    #[must_use]
    pub fn signatures(&self) -> Signatures {
        self.signatures
    }
}
