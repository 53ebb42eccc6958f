//! The autopilot's own flight logs: which there are, and their bytes.
//!
//! The autopilot sends a log as a stream of pieces of 90 bytes, without acknowledgement; what is missing when it falls
//! silent or says that the log ends is asked for again. A log ends where a piece is shorter than 90 bytes: the size in
//! the list may be an estimate.
//!
//! Limits: [`ROUNDS_MAX`] requests in a row that bring nothing new end it. [`LOGS_MAX`] logs are listed at most.
//!
//! Source: <https://mavlink.io/en/messages/common.html#LOG_REQUEST_LIST>, and ArduPilot 4.5's `AP_Logger_MAVLinkLogTransfer`.

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    LOG_DATA_DATA, LOG_ENTRY_DATA, LOG_REQUEST_DATA_DATA, LOG_REQUEST_END_DATA, LOG_REQUEST_LIST_DATA, MavMessage,
};
use telemetry::{MavSystemId, Timestamp};

use super::frames::Frame;
use super::pieces::{FILE_MAX, Pieces};
use super::service::{Outcome, Service};
use super::session::AUTOPILOT;

/// Silence after which what is missing is asked for.
pub const SILENCE: Duration = Duration::from_millis(1_200);
/// The longest silence that is waited for: longer than a round trip of 2 s each way.
pub const SILENCE_MAX: Duration = Duration::from_secs(5);
/// How many requests in a row may bring nothing new.
pub const ROUNDS_MAX: u32 = 12;
/// The most logs of a list.
pub const LOGS_MAX: u16 = 4096;
/// Bytes in a piece.
pub const PIECE: usize = 90;

/// One log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEntry {
    /// Its number.
    pub id: u16,
    /// When it was begun, Unix seconds; 0 where the autopilot did not know the time.
    pub time_unix_s: u32,
    /// How large it is, bytes; may be an estimate.
    pub size: u32,
}

/// Patience: how long to wait, and how often in vain.
#[derive(Debug)]
struct Patience {
    deadline: Timestamp,
    rounds: u32,
}

impl Patience {
    fn news(&mut self, now: Timestamp) {
        self.rounds = 0;
        self.deadline = now + SILENCE;
    }

    fn asked(&mut self, now: Timestamp) {
        let wait = SILENCE.mul_f64(1.5_f64.powi(self.rounds.min(10) as i32)).min(SILENCE_MAX);
        self.rounds += 1;
        self.deadline = now + wait;
    }
}

/// The list of logs on its way.
#[derive(Debug)]
pub struct LogList {
    system: MavSystemId,
    entries: BTreeMap<u16, LogEntry>,
    /// The last log's number, and how many there are, once an entry has come.
    extent: Option<(u16, u16)>,
    patience: Patience,
    outcome: Outcome<Vec<LogEntry>>,
}

impl LogList {
    /// Asks for all logs.
    pub fn begin(now: Timestamp, system: MavSystemId, out: &mut Vec<MavMessage>) -> Self {
        let patience = Patience { deadline: now, rounds: 0 };
        let mut list = Self { system, entries: BTreeMap::new(), extent: None, patience, outcome: Outcome::Waiting };
        list.ask(now, out);
        list
    }

    fn ask(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        let (start, end) = self.missing().unwrap_or((0, u16::MAX));
        out.push(MavMessage::LOG_REQUEST_LIST(LOG_REQUEST_LIST_DATA {
            start,
            end,
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
        }));
        self.patience.asked(now);
    }

    /// The first and last missing log.
    fn missing(&self) -> Option<(u16, u16)> {
        let (last, count) = self.extent?;
        let all = last.saturating_sub(count.saturating_sub(1))..=last;
        let mut missing = all.filter(|id| !self.entries.contains_key(id));
        let first = missing.next()?;
        Some((first, missing.next_back().unwrap_or(first)))
    }

    fn take_entry(&mut self, now: Timestamp, entry: &LOG_ENTRY_DATA) {
        if entry.num_logs == 0 {
            self.outcome = Outcome::Done(Vec::new());
            return;
        }
        self.extent = Some((entry.last_log_num, entry.num_logs.min(LOGS_MAX)));
        if self.entries.len() < usize::from(LOGS_MAX) {
            let log = LogEntry { id: entry.id, time_unix_s: entry.time_utc, size: entry.size };
            if self.entries.insert(entry.id, log).is_none() {
                self.patience.news(now);
            }
        }
        if self.missing().is_none() {
            self.outcome = Outcome::Done(self.entries.values().copied().collect());
        }
    }
}

impl Service for LogList {
    type Product = Vec<LogEntry>;

    fn take(&mut self, now: Timestamp, frame: &Frame, _: &mut Vec<MavMessage>) {
        if let (MavMessage::LOG_ENTRY(entry), Outcome::Waiting) = (&frame.message, &self.outcome) {
            self.take_entry(now, entry);
        }
    }

    fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        if self.outcome != Outcome::Waiting || now < self.patience.deadline {
            return;
        }
        if self.patience.rounds < ROUNDS_MAX {
            return self.ask(now, out);
        }
        self.outcome = Outcome::Failed(match self.extent {
            None => format!("the autopilot does not say which logs it has, asked {ROUNDS_MAX} times"),
            Some((_, count)) => format!("of {count} logs the autopilot names {} only", self.entries.len()),
        });
    }

    fn next_deadline(&self) -> Timestamp {
        self.patience.deadline
    }

    fn outcome(&self) -> &Outcome<Vec<LogEntry>> {
        &self.outcome
    }
}

/// One log on its way.
#[derive(Debug)]
pub struct LogFetch {
    system: MavSystemId,
    id: u16,
    pieces: Pieces,
    /// Where the bytes end that were asked for last.
    asked_to: usize,
    /// Where the log ends, once a short piece has said so.
    end: Option<usize>,
    patience: Patience,
    outcome: Outcome<Vec<u8>>,
}

impl LogFetch {
    /// Asks for a log from its beginning to its end.
    pub fn begin(now: Timestamp, system: MavSystemId, id: u16, out: &mut Vec<MavMessage>) -> Self {
        let patience = Patience { deadline: now, rounds: 0 };
        let mut fetch = Self {
            system,
            id,
            pieces: Pieces::default(),
            asked_to: usize::MAX,
            end: None,
            patience,
            outcome: Outcome::Waiting,
        };
        fetch.ask(now, out);
        fetch
    }

    fn ask(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        let gap = self.pieces.first_gap();
        // From the start of a piece: the autopilot counts in whole ones.
        let start = gap.start / PIECE * PIECE;
        let count = if gap.is_empty() { u32::MAX } else { (gap.end - start) as u32 };
        self.asked_to = if gap.is_empty() { usize::MAX } else { gap.end };
        out.push(MavMessage::LOG_REQUEST_DATA(LOG_REQUEST_DATA_DATA {
            ofs: start as u32,
            count,
            id: self.id,
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
        }));
        self.patience.asked(now);
    }

    fn take_piece(&mut self, now: Timestamp, data: &LOG_DATA_DATA, out: &mut Vec<MavMessage>) {
        let (offset, count) = (data.ofs as usize, usize::from(data.count).min(PIECE));
        let new = self.pieces.put(offset, &data.data[..count]);
        if new {
            self.patience.news(now);
        }
        if self.pieces.end() + PIECE > FILE_MAX {
            self.outcome = Outcome::Failed(format!("log {} is larger than {FILE_MAX} bytes", self.id));
            return;
        }
        let ends_now = count < PIECE && self.end.is_none();
        if count < PIECE {
            self.end = Some(offset + count);
        }
        let gap = self.pieces.first_gap();
        if self.end.is_some_and(|end| gap.start >= end) {
            out.push(MavMessage::LOG_REQUEST_END(LOG_REQUEST_END_DATA {
                target_system: self.system.0,
                target_component: AUTOPILOT.0,
            }));
            self.outcome = Outcome::Done(std::mem::take(&mut self.pieces).into_bytes());
        } else if ends_now || (new && gap.start >= self.asked_to) {
            // The stream is over, or the gap is closed: on with the next without waiting for silence.
            self.ask(now, out);
        }
    }
}

impl Service for LogFetch {
    type Product = Vec<u8>;

    fn take(&mut self, now: Timestamp, frame: &Frame, out: &mut Vec<MavMessage>) {
        if let (MavMessage::LOG_DATA(data), Outcome::Waiting) = (&frame.message, &self.outcome)
            && data.id == self.id
        {
            self.take_piece(now, data, out);
        }
    }

    fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        if self.outcome != Outcome::Waiting || now < self.patience.deadline {
            return;
        }
        if self.patience.rounds < ROUNDS_MAX {
            return self.ask(now, out);
        }
        self.outcome = Outcome::Failed(format!(
            "log {}: {} bytes came, then nothing more, asked {ROUNDS_MAX} times",
            self.id,
            self.pieces.received()
        ));
    }

    fn next_deadline(&self) -> Timestamp {
        self.patience.deadline
    }

    fn outcome(&self) -> &Outcome<Vec<u8>> {
        &self.outcome
    }
}
