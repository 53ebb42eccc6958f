//! The last seconds of a stream, kept so that a clip can begin before its alert.
//!
//! A clip is cut out of what was encoded, at key frames: nothing is encoded again, and the bytes are those of the
//! recording.

use std::collections::VecDeque;

use super::transport::Chunk;

/// The most that is kept, bytes: half a minute at 16 Mbit/s.
const BYTES_MAX: usize = 64 << 20;

/// A stream's last chunks: the oldest go when there are too many seconds or too many bytes.
#[derive(Debug)]
pub struct Recent {
    chunks: VecDeque<Chunk>,
    bytes: usize,
    keep_ns: u64,
}

impl Recent {
    /// Keeps so many nanoseconds.
    #[must_use]
    pub fn new(keep_ns: u64) -> Self {
        Self { chunks: VecDeque::new(), bytes: 0, keep_ns }
    }

    /// Takes the next chunk.
    pub fn push(&mut self, chunk: Chunk) {
        self.bytes += chunk.packets.len();
        let newest = chunk.stream_ns;
        self.chunks.push_back(chunk);
        let old = |oldest: &Chunk| newest.saturating_sub(oldest.stream_ns) > self.keep_ns;
        while self.bytes > BYTES_MAX || self.chunks.front().is_some_and(old) {
            let Some(oldest) = self.chunks.pop_front() else { break };
            self.bytes -= oldest.packets.len();
        }
    }

    /// The stream from the last key frame at or before `from_ns` (or the first there is) up to `to_ns`; nothing where no
    /// key frame is kept, or the stream has not come so far yet.
    #[must_use]
    pub fn cut(&self, from_ns: u64, to_ns: u64) -> Option<Vec<u8>> {
        self.chunks.back().filter(|newest| newest.stream_ns >= to_ns)?;
        let keys = || self.chunks.iter().enumerate().filter(|(_, chunk)| chunk.key);
        let before = keys().take_while(|(_, chunk)| chunk.stream_ns <= from_ns).last();
        let (first, _) = before.or_else(|| keys().next())?;
        let wanted = self.chunks.iter().skip(first).take_while(|chunk| chunk.stream_ns <= to_ns);
        let clip: Vec<u8> = wanted.flat_map(|chunk| chunk.packets.iter().copied()).collect();
        (!clip.is_empty()).then_some(clip)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One chunk a tenth of a second, a key frame each second; its bytes say which it is.
    fn stream(count: u64, keep_s: u64) -> Recent {
        let mut recent = Recent::new(keep_s * 1_000_000_000);
        for i in 0..count {
            recent.push(Chunk { packets: [i as u8].into(), key: i % 10 == 0, stream_ns: i * 100_000_000 });
        }
        recent
    }

    #[test]
    fn a_clip_begins_at_the_key_frame_before_and_ends_where_it_was_told() {
        let clip = stream(100, 60).cut(2_500_000_000, 4_000_000_000).unwrap();
        assert_eq!(clip, (20..=40).collect::<Vec<u8>>());
    }

    #[test]
    fn what_is_too_old_is_gone_and_what_is_not_there_yet_is_waited_for() {
        let recent = stream(100, 3);
        assert_eq!(recent.cut(0, 9_900_000_000).unwrap()[0], 70, "the first key frame kept");
        assert_eq!(recent.cut(0, 9_900_000_001), None);
        assert_eq!(recent.cut(0, 1_000_000_000), None);
    }

    proptest! {
        #[test]
        fn no_more_is_kept_than_said(steps in prop::collection::vec((0u64..5_000_000_000, any::<bool>()), 1..100)) {
            let (mut recent, mut time) = (Recent::new(10_000_000_000), 0);
            for (step, key) in steps {
                time += step;
                recent.push(Chunk { packets: [0; 188].into(), key, stream_ns: time });
                let first = recent.chunks.front().map_or(time, |chunk| chunk.stream_ns);
                prop_assert!(time - first <= 10_000_000_000);
                prop_assert_eq!(recent.bytes, recent.chunks.len() * 188);
            }
        }
    }
}
