//! Messages of several sentences put together again.
//!
//! At most [`PENDING_MAX`] messages wait for their rest; when one more begins, the one that began first is dropped.
//! A message whose rest has not come within [`PENDING_AGE_MAX`] is dropped too: by then its number is in use again.

use std::collections::VecDeque;
use std::time::Duration;

use telemetry::Timestamp;

use super::sentence::{TagBlock, Vdl};

/// Most messages that wait for their rest.
pub(super) const PENDING_MAX: usize = 64;
/// Longest wait. The parts of one message leave a receiver within a second.
const PENDING_AGE_MAX: Duration = Duration::from_secs(10);

/// A whole message's payload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) payload: Vec<u8>,
    pub(super) fill_bits: u8,
    /// When the first of its sentences to come was received, by the feed itself.
    pub(super) received_at: Option<Timestamp>,
}

/// What marks the sentences of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    talker: [u8; 2],
    group: Option<u32>,
    sequence: Option<u8>,
    channel: Option<u8>,
    parts: u8,
}

#[derive(Debug)]
struct Pending {
    key: Key,
    began_at: Timestamp,
    received_at: Option<Timestamp>,
    payloads: Vec<Option<Vec<u8>>>,
    fill_bits: u8,
}

/// The messages that wait for their rest, oldest first.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    pending: VecDeque<Pending>,
    dropped: u64,
    expired: u64,
}

impl Reassembly {
    /// Takes one sentence of several; gives the message when it is the last to come. `receive_time` is only asked for
    /// when the sentence begins a message.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        tag: TagBlock,
        vdl: &Vdl<'_>,
        receive_time: impl FnOnce() -> Option<Timestamp>,
    ) -> Option<Whole> {
        self.expire(now);
        let key = Key {
            talker: vdl.talker,
            group: tag.group,
            sequence: vdl.sequence,
            channel: vdl.channel,
            parts: vdl.parts,
        };
        let index = self.pending.iter().position(|p| p.key == key);
        let part = usize::from(vdl.part - 1);
        let index = match index {
            Some(index) if self.pending[index].payloads[part].is_none() => index,
            found => {
                if let Some(stale) = found {
                    // The number is in use again: the rest of the earlier message never came.
                    self.pending.remove(stale);
                    self.dropped += 1;
                }
                self.begin(key, now, receive_time())
            }
        };
        let message = &mut self.pending[index];
        message.payloads[part] = Some(vdl.payload.to_vec());
        if vdl.part == vdl.parts {
            message.fill_bits = vdl.fill_bits;
        }
        if message.payloads.iter().any(Option::is_none) {
            return None;
        }
        let whole = self.pending.remove(index)?;
        let payload = whole.payloads.into_iter().flatten().flatten().collect();
        Some(Whole { payload, fill_bits: whole.fill_bits, received_at: whole.received_at })
    }

    fn begin(&mut self, key: Key, now: Timestamp, received_at: Option<Timestamp>) -> usize {
        if self.pending.len() == PENDING_MAX {
            self.pending.pop_front();
            self.dropped += 1;
        }
        let payloads = vec![None; usize::from(key.parts)];
        self.pending.push_back(Pending { key, began_at: now, received_at, payloads, fill_bits: 0 });
        self.pending.len() - 1
    }

    fn expire(&mut self, now: Timestamp) {
        let before = self.pending.len();
        self.pending.retain(|p| now.since(p.began_at) <= PENDING_AGE_MAX);
        self.expired += (before - self.pending.len()) as u64;
    }

    /// Messages dropped because their place or number was taken.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Messages dropped because their rest did not come in time.
    pub(super) fn expired(&self) -> u64 {
        self.expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(sequence: u8, part: u8, payload: &[u8]) -> Vdl<'_> {
        Vdl { talker: *b"AI", parts: 2, part, sequence: Some(sequence), channel: None, payload, fill_bits: 2 }
    }

    fn take(reassembly: &mut Reassembly, now: Timestamp, group: u32, vdl: &Vdl<'_>) -> Option<Vec<u8>> {
        let tag = TagBlock { group: Some(group), ..TagBlock::default() };
        reassembly.take(now, tag, vdl, || None).map(|whole| whole.payload)
    }

    #[test]
    fn parts_come_in_any_order_and_interleaved() {
        let mut r = Reassembly::default();
        let now = Timestamp::EPOCH;
        assert_eq!(take(&mut r, now, 0, &part(1, 2, b"cd")), None);
        assert_eq!(take(&mut r, now, 0, &part(2, 1, b"ef")), None);
        assert_eq!(take(&mut r, now, 0, &part(1, 1, b"ab")), Some(b"abcd".to_vec()));
        assert_eq!(take(&mut r, now, 0, &part(2, 2, b"gh")), Some(b"efgh".to_vec()));
        assert!(r.pending.is_empty());
    }

    #[test]
    fn a_part_that_comes_twice_begins_anew() {
        let mut r = Reassembly::default();
        let now = Timestamp::EPOCH;
        assert_eq!(take(&mut r, now, 0, &part(1, 1, b"old")), None);
        assert_eq!(take(&mut r, now, 0, &part(1, 1, b"new")), None);
        assert_eq!(take(&mut r, now, 0, &part(1, 2, b"er")), Some(b"newer".to_vec()));
        assert_eq!(r.dropped(), 1);
    }

    #[test]
    fn what_waits_is_bounded_and_the_oldest_goes() {
        let mut r = Reassembly::default();
        for group in 0..1000 {
            assert_eq!(take(&mut r, Timestamp::EPOCH, group, &part(1, 1, b"a")), None);
        }
        assert_eq!((r.pending.len(), r.dropped()), (PENDING_MAX, 1000 - PENDING_MAX as u64));
        assert_eq!(take(&mut r, Timestamp::EPOCH, 999, &part(1, 2, b"b")), Some(b"ab".to_vec()));
        assert_eq!(take(&mut r, Timestamp::EPOCH, 0, &part(1, 2, b"b")), None);
    }

    #[test]
    fn what_waits_too_long_goes() {
        let mut r = Reassembly::default();
        assert_eq!(take(&mut r, Timestamp::EPOCH, 0, &part(1, 1, b"a")), None);
        let late = Timestamp::EPOCH + Duration::from_secs(11);
        assert_eq!(take(&mut r, late, 0, &part(1, 2, b"b")), None);
        assert_eq!(r.expired(), 1);
    }
}
