//! A file that comes in pieces, some lost, some twice, in any order.

use std::collections::BTreeMap;
use std::ops::Range;

/// The largest file that is taken, bytes: it is put together in memory.
pub const FILE_MAX: usize = 256 << 20;

/// What has come of a file.
#[derive(Debug, Default)]
pub struct Pieces {
    bytes: Vec<u8>,
    /// Where runs of bytes begin and end; they neither touch nor overlap.
    runs: BTreeMap<usize, usize>,
}

impl Pieces {
    /// Puts a piece where it belongs. Says whether anything new was in it; nothing is taken beyond [`FILE_MAX`].
    pub fn put(&mut self, offset: usize, piece: &[u8]) -> bool {
        let Some(end) = offset.checked_add(piece.len()).filter(|end| *end <= FILE_MAX && !piece.is_empty()) else {
            return false;
        };
        if self.runs.range(..=offset).next_back().is_some_and(|(_, run_end)| end <= *run_end) {
            return false;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[offset..end].copy_from_slice(piece);
        let (mut start, mut end) = (offset, end);
        while let Some((run_start, run_end)) =
            self.runs.range(..=end).next_back().map(|(at, to)| (*at, *to)).filter(|(_, run_end)| *run_end >= start)
        {
            self.runs.remove(&run_start);
            (start, end) = (start.min(run_start), end.max(run_end));
        }
        self.runs.insert(start, end);
        true
    }

    /// The first bytes that are missing before the last that came; at the very end where none is missing.
    #[must_use]
    pub fn first_gap(&self) -> Range<usize> {
        let start = self.runs.first_key_value().filter(|(start, _)| **start == 0).map_or(0, |(_, end)| *end);
        let end = self.runs.range(start..).next().map_or(start, |(start, _)| *start);
        start..end
    }

    /// How many bytes have come.
    #[must_use]
    pub fn received(&self) -> usize {
        self.runs.iter().map(|(start, end)| end - start).sum()
    }

    /// Where the last byte that came ends.
    #[must_use]
    pub fn end(&self) -> usize {
        self.bytes.len()
    }

    /// The file.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
