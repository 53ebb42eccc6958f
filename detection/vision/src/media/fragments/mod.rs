//! The frames of a transport stream as fragments of an MP4 stream that a browser plays (ISO/IEC 14496-12, -15).
//!
//! Nothing is encoded again: the access unit of a [`Chunk`] is taken out of its packets (`access_unit`), its parameter
//! sets go into an initialization segment, and the rest becomes the one sample of a movie fragment (`boxes`).
//!
//! *The timeline* of the fragments has no gaps and even steps: each is as long as frames have lately been apart, and
//! begins where the one before ends. A browser that finds a gap drops everything up to the next key frame (Media Source
//! Extensions, 3.5.10, step 1.6), and cameras that follow the light have no even rate. So it is not a clock: when a frame
//! was taken is told beside it.
//!
//! Limits: one stream of H.264 of eight bits 4:2:0 whose frames come in the order in which they are shown, which is how
//! [`super::transport`] encodes for live viewers.

pub(super) mod access_unit;
pub(super) mod boxes;

use super::transport::Chunk;
use access_unit::{AccessUnit, Parameters};
pub use boxes::METADATA;

/// Ticks a second of the timeline.
pub const TIMESCALE: u32 = 90_000;
/// How much the newest interval between frames counts for the length of the next.
const PACE: f64 = 0.1;
/// The shortest and the longest length of a frame, ticks: 120 a second, and one in two seconds.
const LENGTHS: (f64, f64) = (750.0, 180_000.0);

/// A frame as a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// What a decoder must know first; with every key frame.
    pub initialization: Option<Initialization>,
    /// `moof` and `mdat`.
    pub media: Vec<u8>,
    /// Where it begins on the timeline, in ticks of [`TIMESCALE`].
    pub begins: u64,
}

/// What a decoder must know before its first key frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initialization {
    /// The codec's name for browsers, `avc1.64001f`: profile, constraints and level (RFC 6381, 3.3).
    pub codec: String,
    /// `ftyp` and `moov`.
    pub segment: Vec<u8>,
}

/// Makes fragments of chunks.
#[derive(Debug)]
pub struct Fragments {
    width: u16,
    height: u16,
    parameters: Option<Parameters>,
    /// Counted from 1, as `mfhd` wants it.
    sequence: u32,
    begins: u64,
    length: f64,
    last_ns: Option<u64>,
    frameless: u64,
}

impl Fragments {
    /// Of pictures of a size in pixels, about so many a second.
    #[must_use]
    pub fn new(width: usize, height: usize, rate: u32) -> Self {
        let side = |pixels: usize| u16::try_from(pixels).unwrap_or(u16::MAX);
        let length = f64::from(TIMESCALE) / f64::from(rate.max(1));
        Self {
            width: side(width),
            height: side(height),
            parameters: None,
            sequence: 0,
            begins: 0,
            length: length.clamp(LENGTHS.0, LENGTHS.1),
            last_ns: None,
            frameless: 0,
        }
    }

    /// The next chunk as a fragment; nothing before the first key frame, or where it holds no frame that can be read.
    pub fn take(&mut self, chunk: &Chunk) -> Option<Fragment> {
        let Some(unit) = AccessUnit::of(&chunk.packets) else {
            self.frameless += 1;
            return None;
        };
        let key = unit.parameters.is_some() && unit.key;
        if key {
            self.parameters = unit.parameters;
        }
        let parameters = self.parameters.as_ref()?;
        if let Some(last_ns) = self.last_ns {
            let apart = chunk.stream_ns.saturating_sub(last_ns) as f64 * f64::from(TIMESCALE) / 1e9;
            self.length = (self.length + PACE * (apart - self.length)).clamp(LENGTHS.0, LENGTHS.1);
        }
        self.last_ns = Some(chunk.stream_ns);
        self.sequence = self.sequence.wrapping_add(1);
        let (begins, length) = (self.begins, self.length.round() as u32);
        self.begins += u64::from(length);
        let initialization = key.then(|| Initialization {
            codec: parameters.codec(),
            segment: boxes::initialization(parameters, self.width, self.height),
        });
        let sample = boxes::Sample { begins, length, key, bytes: &unit.sample };
        Some(Fragment { initialization, media: boxes::fragment(self.sequence, &sample), begins })
    }

    /// Chunks so far that hold no frame that can be read: damaged ones, or metadata behind the last frame.
    #[must_use]
    pub fn frameless(&self) -> u64 {
        self.frameless
    }
}

#[cfg(test)]
mod tests;
