//! Packets out of a stream of bytes, as a transport stream's private data or a file gives them.

use super::KlvError;
use super::ber::read_length;
use super::uas::{KEY, UasPacket};

/// The longest packet taken; a longer one is dropped.
pub const PACKET_MAX: usize = 1 << 16;

/// What a reader has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamCounts {
    /// Packets read.
    pub packets: u64,
    /// Packets with a wrong checksum or without one, dropped.
    pub checksums: u64,
    /// Packets that were none otherwise, dropped.
    pub malformed: u64,
    /// Bytes between packets, dropped.
    pub stray_bytes: u64,
}

/// Finds the packets of ST 0601 in bytes that come in pieces. It keeps at most one packet's bytes.
#[derive(Debug, Default)]
pub struct StreamReader {
    waiting: Vec<u8>,
    counts: StreamCounts,
}

impl StreamReader {
    /// A reader that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece; the packets that it completes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<UasPacket> {
        self.waiting.extend(bytes);
        let mut packets = Vec::new();
        let mut done = 0;
        loop {
            let rest = &self.waiting[done..];
            let Some(begins) = rest.windows(KEY.len()).position(|window| window == KEY) else {
                // What may be the beginning of a key waits.
                let stray = rest.len().saturating_sub(KEY.len() - 1);
                self.counts.stray_bytes += stray as u64;
                done += stray;
                break;
            };
            self.counts.stray_bytes += begins as u64;
            done += begins;
            let Some(length) = packet_length(&self.waiting[done..]) else { break };
            let Ok(length) = length else {
                self.counts.malformed += 1;
                done += 1;
                continue;
            };
            if self.waiting.len() - done < length {
                break;
            }
            match UasPacket::read(&self.waiting[done..done + length]) {
                Ok(packet) => {
                    self.counts.packets += 1;
                    packets.push(packet);
                    done += length;
                }
                Err(error) => {
                    let sum = matches!(error, KlvError::Checksum { .. } | KlvError::NoChecksum);
                    *(if sum { &mut self.counts.checksums } else { &mut self.counts.malformed }) += 1;
                    // The length may be what is wrong: look for the next key within.
                    done += 1;
                }
            }
        }
        self.waiting.drain(..done);
        packets
    }

    /// What was seen since the start.
    #[must_use]
    pub fn counts(&self) -> StreamCounts {
        self.counts
    }
}

/// The length of a packet with its key, nothing where more bytes are needed to know; an error where it is too long.
fn packet_length(bytes: &[u8]) -> Option<Result<usize, KlvError>> {
    let mut rest = &bytes[KEY.len()..];
    let before = rest.len();
    match read_length(&mut rest) {
        Ok(length) if length <= PACKET_MAX => Some(Ok(KEY.len() + before - rest.len() + length)),
        Err(KlvError::Short { .. }) => None,
        _ => Some(Err(KlvError::Long { what: "a packet", most: PACKET_MAX })),
    }
}
