//! A window over a file that is read once from beginning to end, so that a reader looks at whole records without holding
//! the file.

use std::io::Read;

use crate::error::Fault;

/// The most that can be looked at at once; a ULog record has at most 65,538 bytes.
const WINDOW: usize = 384 * 1024;

pub(crate) struct Window<R> {
    source: R,
    bytes: Vec<u8>,
    begin: usize,
    offset: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, bytes: Vec::new(), begin: 0, offset: 0, ended: false }
    }

    /// Where in the file the window begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next bytes, at least so many unless the file ends before.
    pub(crate) fn peek(&mut self, at_least: usize) -> Result<&[u8], Fault> {
        debug_assert!(at_least <= WINDOW / 2, "no record is longer than half a window");
        if self.bytes.len() - self.begin < at_least && !self.ended {
            self.fill()?;
        }
        Ok(&self.bytes[self.begin..])
    }

    /// Moves on; no further than what has been looked at.
    pub(crate) fn skip(&mut self, count: usize) {
        let count = count.min(self.bytes.len() - self.begin);
        self.begin += count;
        self.offset += count as u64;
    }

    fn fill(&mut self) -> Result<(), Fault> {
        self.bytes.drain(..self.begin);
        self.begin = 0;
        let held = self.bytes.len();
        let wanted = (WINDOW - held) as u64;
        let io = |source| Fault::Io { offset: self.offset + held as u64, source };
        let read = self.source.by_ref().take(wanted).read_to_end(&mut self.bytes).map_err(io)?;
        self.ended = (read as u64) < wanted;
        Ok(())
    }
}

/// A little-endian number at an offset; nothing beyond the end.
pub(crate) trait Fields {
    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]>;
    fn u8_at(&self, at: usize) -> Option<u8> {
        self.array::<1>(at).map(|[byte]| byte)
    }
    fn u16_at(&self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }
    fn i16_at(&self, at: usize) -> Option<i16> {
        self.array(at).map(i16::from_le_bytes)
    }
    fn u64_at(&self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }
    fn i64_at(&self, at: usize) -> Option<i64> {
        self.array(at).map(i64::from_le_bytes)
    }
    fn f64_at(&self, at: usize) -> Option<f64> {
        self.array(at).map(f64::from_le_bytes)
    }
}

impl Fields for [u8] {
    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.get(at..at.checked_add(N)?)?.try_into().ok()
    }
}
