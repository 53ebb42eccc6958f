//! The last seconds of a stream, kept so that a clip can begin before its alert.
//!
//! Each chunk is kept with the time at which its frame was taken, so that a stream that broke and was opened again is one
//! stretch of time. Nothing is encoded again: what is cut out are the bytes of the recording.

use std::collections::VecDeque;

use super::transport::Chunk;

/// The most that is kept, bytes: three quarters of a minute at 16 Mbit/s.
const BYTES_MAX: usize = 96 << 20;

/// A chunk, and what is known of its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The frame, encoded.
    pub chunk: Chunk,
    /// When it was taken, UTC, ns since 1970.
    pub captured_at_ns: i64,
    /// Width and height, pixels.
    pub picture: [usize; 2],
}

/// A stream's last chunks: the oldest go when there are too many seconds or too many bytes.
#[derive(Debug)]
pub struct Recent {
    kept: VecDeque<Kept>,
    bytes: usize,
    keep_ns: i64,
}

impl Recent {
    /// Keeps so many nanoseconds.
    #[must_use]
    pub fn new(keep_ns: u64) -> Self {
        Self { kept: VecDeque::new(), bytes: 0, keep_ns: i64::try_from(keep_ns).unwrap_or(i64::MAX) }
    }

    /// Takes the next chunk.
    pub fn push(&mut self, kept: Kept) {
        self.bytes += kept.chunk.packets.len();
        let newest = kept.captured_at_ns;
        self.kept.push_back(kept);
        let old = |oldest: &Kept| newest.saturating_sub(oldest.captured_at_ns) > self.keep_ns;
        while self.bytes > BYTES_MAX || self.kept.front().is_some_and(old) {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.chunk.packets.len();
        }
    }

    /// When the newest frame was taken.
    #[must_use]
    pub fn newest_ns(&self) -> Option<i64> {
        self.kept.back().map(|kept| kept.captured_at_ns)
    }

    /// When the oldest frame was taken.
    #[must_use]
    pub fn oldest_ns(&self) -> Option<i64> {
        self.kept.front().map(|kept| kept.captured_at_ns)
    }

    /// The stream from the last key frame at or before `from_ns` (or the first there is) up to `to_ns`, as far as it has
    /// come; empty where no key frame is kept. The bytes are shared, not copied.
    #[must_use]
    pub fn cut(&self, from_ns: i64, to_ns: i64) -> Vec<Kept> {
        let keys = || self.kept.iter().enumerate().filter(|(_, kept)| kept.chunk.key);
        let before = keys().take_while(|(_, kept)| kept.captured_at_ns <= from_ns).last();
        let Some((first, _)) = before.or_else(|| keys().next()) else { return Vec::new() };
        self.kept.iter().skip(first).take_while(|kept| kept.captured_at_ns <= to_ns).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(byte: u8, key: bool, captured_at_ns: i64) -> Kept {
        let chunk = Chunk { packets: [byte].into(), key, stream_ns: 0 };
        Kept { chunk, captured_at_ns, picture: [320, 240] }
    }

    /// One chunk a tenth of a second, a key frame each second; its bytes say which it is.
    fn stream(count: u8, keep_s: u64) -> Recent {
        let mut recent = Recent::new(keep_s * 1_000_000_000);
        for i in 0..count {
            recent.push(kept(i, i.is_multiple_of(10), i64::from(i) * 100_000_000));
        }
        recent
    }

    fn cut(recent: &Recent, from_ns: i64, to_ns: i64) -> Vec<u8> {
        recent.cut(from_ns, to_ns).iter().map(|kept| kept.chunk.packets[0]).collect()
    }

    #[test]
    fn a_clip_begins_at_the_key_frame_before_and_ends_where_it_was_told() {
        let recent = stream(100, 60);
        assert_eq!(cut(&recent, 2_500_000_000, 4_000_000_000), (20..=40).collect::<Vec<u8>>());
        assert_eq!((recent.oldest_ns(), recent.newest_ns()), (Some(0), Some(9_900_000_000)));
    }

    #[test]
    fn what_is_too_old_is_gone_and_what_is_not_there_yet_is_left_out() {
        let recent = stream(100, 3);
        assert_eq!(cut(&recent, 0, 9_900_000_000)[0], 70, "the first key frame kept");
        assert_eq!(cut(&recent, 9_000_000_000, 99_000_000_000), (90..=99).collect::<Vec<u8>>());
        assert_eq!(cut(&recent, 0, 1_000_000_000), Vec::<u8>::new());
    }

    proptest! {
        #[test]
        fn no_more_is_kept_than_said(steps in prop::collection::vec((0i64..5_000_000_000, any::<bool>()), 1..100)) {
            let (mut recent, mut time) = (Recent::new(10_000_000_000), 0);
            for (step, key) in steps {
                time += step;
                recent.push(kept(0, key, time));
                prop_assert!(time - recent.oldest_ns().unwrap_or(time) <= 10_000_000_000);
                prop_assert_eq!(recent.bytes, recent.kept.len());
            }
        }
    }
}
