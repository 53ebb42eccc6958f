//! What the autopilot says in words: STATUSTEXT, put together where it comes in chunks, and kept for a while, because
//! it holds the reason why an arming failed.
//!
//! Limits: a text has at most 6 chunks, 4 texts are put together at a time (the oldest gives
//! way, as far as it came), and 16 are kept. A chunk that is missing ends a text.
//!
//! Source: <https://mavlink.io/en/messages/common.html#STATUSTEXT>.

use std::collections::VecDeque;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavSeverity, STATUSTEXT_DATA};
use telemetry::Timestamp;

const CHUNKS_MAX: usize = 6;
const OPEN_MAX: usize = 4;
const KEPT_MAX: usize = 16;
const CHUNK_LENGTH: usize = 50;
/// A text whose last chunk does not come is taken as it is after this.
const CHUNK_PATIENCE: Duration = Duration::from_secs(2);

/// One text.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// When its last part came.
    pub at: Timestamp,
    /// How much it matters.
    pub severity: MavSeverity,
    /// The words.
    pub words: String,
}

#[derive(Debug)]
struct Open {
    id: u16,
    next_chunk: u8,
    text: Text,
}

/// The texts of one autopilot.
#[derive(Debug, Default)]
pub struct StatusTexts {
    open: VecDeque<Open>,
    kept: VecDeque<Text>,
}

impl StatusTexts {
    /// Takes a message. Returns the text that it completes, if it completes one.
    pub fn take(&mut self, now: Timestamp, message: &STATUSTEXT_DATA) -> Option<Text> {
        let bytes: &[u8] = &message.text[..];
        let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        // Control characters would let a foreign text write lines of its own into the log.
        let words: String = String::from_utf8_lossy(&bytes[..length]).chars().filter(|c| !c.is_control()).collect();
        let last = length < CHUNK_LENGTH;
        if message.id == 0 {
            return Some(self.keep(Text { at: now, severity: message.severity, words }));
        }
        let known = self.open.iter().position(|open| open.id == message.id && open.next_chunk == message.chunk_seq);
        let mut open = match known.and_then(|at| self.open.remove(at)) {
            Some(open) => open,
            None => Open {
                id: message.id,
                next_chunk: message.chunk_seq,
                text: Text { at: now, severity: message.severity, words: String::new() },
            },
        };
        open.text.words.push_str(&words);
        open.text.at = now;
        open.next_chunk = open.next_chunk.saturating_add(1);
        if last || usize::from(open.next_chunk) >= CHUNKS_MAX {
            return Some(self.keep(open.text));
        }
        self.open.push_back(open);
        if self.open.len() > OPEN_MAX {
            return self.open.pop_front().map(|oldest| self.keep(oldest.text));
        }
        None
    }

    /// A text whose end has not come in time, taken as it is.
    pub fn overdue(&mut self, now: Timestamp) -> Option<Text> {
        let at = self.open.iter().position(|open| now >= open.text.at + CHUNK_PATIENCE)?;
        self.open.remove(at).map(|open| self.keep(open.text))
    }

    /// The warnings and worse since `from`, each once, the newest last, as one sentence; empty when there are none.
    #[must_use]
    pub fn reasons_since(&self, from: Timestamp) -> String {
        let mut words: Vec<&str> = Vec::new();
        let grave = |text: &&Text| (text.severity as u32) <= MavSeverity::MAV_SEVERITY_WARNING as u32;
        for text in self.kept.iter().filter(|text| text.at >= from).filter(grave) {
            if !words.contains(&text.words.as_str()) {
                words.push(&text.words);
            }
        }
        words.join("; ")
    }

    /// A text that is said again takes the place of the one before, so that it does not push out the others.
    fn keep(&mut self, text: Text) -> Text {
        self.kept.retain(|kept| kept.words != text.words);
        if self.kept.len() == KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(text.clone());
        text
    }
}

#[cfg(test)]
mod tests {
    use mavlink::types::CharArray;

    use super::*;

    fn chunk(id: u16, chunk_seq: u8, text: &str) -> STATUSTEXT_DATA {
        STATUSTEXT_DATA { severity: MavSeverity::MAV_SEVERITY_CRITICAL, text: CharArray::from(text), id, chunk_seq }
    }

    #[test]
    fn a_short_text_is_whole_at_once() {
        let mut texts = StatusTexts::default();
        let text = texts.take(Timestamp::EPOCH, &chunk(0, 0, "Arm: Need Position Estimate"));
        assert_eq!(text.map(|text| text.words).as_deref(), Some("Arm: Need Position Estimate"));
        assert_eq!(texts.reasons_since(Timestamp::EPOCH), "Arm: Need Position Estimate");
    }

    #[test]
    fn a_long_text_is_put_together_from_its_chunks() {
        let mut texts = StatusTexts::default();
        let (first, second) = ("PreArm: the first fifty bytes of a text that is lon", "g");
        assert_eq!(texts.take(Timestamp::EPOCH, &chunk(7, 0, &first[..50])), None);
        let whole = texts.take(Timestamp::EPOCH, &chunk(7, 1, second));
        assert_eq!(whole.map(|text| text.words), Some(format!("{}{second}", &first[..50])));
    }

    #[test]
    fn a_text_whose_end_is_lost_is_taken_as_it_is() {
        let mut texts = StatusTexts::default();
        let start = "x".repeat(50);
        assert_eq!(texts.take(Timestamp::EPOCH, &chunk(7, 0, &start)), None);
        assert_eq!(texts.overdue(Timestamp::EPOCH), None);
        let late = texts.overdue(Timestamp::EPOCH + CHUNK_PATIENCE);
        assert_eq!(late.map(|text| text.words), Some(start));
    }

    #[test]
    fn a_text_cannot_write_a_line_of_its_own_into_the_log() {
        let mut texts = StatusTexts::default();
        let text = texts.take(Timestamp::EPOCH, &chunk(0, 0, "a\nb\x1b[2Jc"));
        assert_eq!(text.map(|text| text.words).as_deref(), Some("ab[2Jc"));
    }
}
