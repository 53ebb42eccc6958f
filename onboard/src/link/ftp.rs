//! Files on the vehicle: lists, reads, writes, removes, checksums.
//!
//! A file is read in bursts, which the vehicle sends without being asked for each piece; what got lost is asked for
//! again, piece by piece. The stated size is not believed: that of `@PARAM/…`, `@SYS/…` and `@MISSION/…` is fictional.
//! A file ends where a read at its end says so. What was read or written is compared with the vehicle's own checksum
//! where it can make one.
//!
//! Limits: a request is sent [`ATTEMPTS`] times, with growing patience; a transfer that moves nothing in all of them
//! fails. A list has [`ENTRIES_MAX`] entries at most. The repetition of a request carries the same number, so that the
//! vehicle answers it again rather than doing it again.
//!
//! Source: <https://mavlink.io/en/services/ftp.html>.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{FILE_TRANSFER_PROTOCOL_DATA, MavMessage};
use telemetry::{MavSystemId, Timestamp};

use super::frames::Frame;
use super::ftp_message::{DATA_MAX, END_OF_FILE, FtpMessage, NO_SESSIONS, NOT_FOUND, Operation, refusal};
use super::pieces::{FILE_MAX, Pieces};
use super::service::{Outcome, Service};
use super::session::AUTOPILOT;

/// How often a request is sent.
pub const ATTEMPTS: u32 = 12;
/// How long the first answer may take; each further one half as long again, up to [`PATIENCE_MAX`].
pub const PATIENCE: Duration = Duration::from_millis(700);
/// The longest wait for one answer: longer than a round trip of 2 s each way.
pub const PATIENCE_MAX: Duration = Duration::from_secs(5);
/// The most entries of a list.
pub const ENTRIES_MAX: usize = 10_000;
/// With more missing than this another burst is quicker than asking for each piece.
const WORTH_A_BURST: usize = 10 * DATA_MAX;
/// The longest path, bytes.
pub const PATH_MAX: usize = DATA_MAX;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Lists a folder.
    List,
    /// Reads a file.
    Read,
    /// Writes a file; one that is there is replaced.
    Write(Vec<u8>),
    /// Removes a file.
    Remove,
    /// Asks for a file's checksum.
    Checksum,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Product {
    /// A folder.
    Entries(Vec<Entry>),
    /// A file.
    Bytes(Vec<u8>),
    /// A checksum: CRC-32 with start 0 and no final inversion.
    Checksum(u32),
    /// Nothing to give back.
    Done,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// A file's size as the vehicle states it; nothing for a folder.
    pub size: Option<u64>,
}

/// A file transfer on its way.
#[derive(Debug)]
pub struct Transfer {
    system: MavSystemId,
    path: String,
    task: Task,
    step: Step,
    /// The request that waits for its answer.
    request: FtpMessage,
    attempts: u32,
    deadline: Timestamp,
    session: u8,
    entries: Vec<Entry>,
    pieces: Pieces,
    received_before_burst: usize,
    listed: u32,
    sessions_reset: bool,
    outcome: Outcome<Product>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Listing,
    Opening,
    Bursting,
    /// Asking for what got lost, or whether it ends here.
    Filling,
    Creating,
    Writing {
        sent: usize,
    },
    Closing,
    Comparing,
    Removing,
    Resetting,
}

impl Transfer {
    /// Begins. `first_sequence` is any number; it tells a new transfer's requests from those of one before.
    pub fn begin(
        now: Timestamp,
        system: MavSystemId,
        path: &str,
        task: Task,
        first_sequence: u16,
        out: &mut Vec<MavMessage>,
    ) -> Self {
        let request = FtpMessage {
            sequence: first_sequence,
            session: 0,
            operation: 0,
            answers: 0,
            burst_complete: false,
            offset: 0,
            data: Vec::new(),
            size: 0,
        };
        let mut transfer = Self {
            system,
            path: path.to_owned(),
            task,
            step: Step::Listing,
            request,
            attempts: 0,
            deadline: now,
            session: 0,
            entries: Vec::new(),
            pieces: Pieces::default(),
            received_before_burst: 0,
            listed: 0,
            sessions_reset: false,
            outcome: Outcome::Waiting,
        };
        if path.is_empty() || path.len() > PATH_MAX {
            transfer.fail(format!("a path has 1 to {PATH_MAX} bytes: found {}", path.len()));
        } else if matches!(&transfer.task, Task::Write(bytes) if bytes.len() > FILE_MAX) {
            transfer.fail(format!("a file has at most {FILE_MAX} bytes"));
        } else {
            transfer.start(now, out);
        }
        transfer
    }

    fn start(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        match self.task {
            Task::List => self.list(now, out),
            Task::Read => self.ask_path(now, Step::Opening, Operation::OpenFileReadOnly, out),
            Task::Write(_) => self.ask_path(now, Step::Creating, Operation::CreateFile, out),
            Task::Remove => self.ask_path(now, Step::Removing, Operation::RemoveFile, out),
            Task::Checksum => self.ask_path(now, Step::Comparing, Operation::CalcFileCrc32, out),
        }
    }

    fn list(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        self.request.offset = self.listed;
        self.ask_path(now, Step::Listing, Operation::ListDirectory, out);
    }

    fn ask_path(&mut self, now: Timestamp, step: Step, operation: Operation, out: &mut Vec<MavMessage>) {
        self.request.data = self.path.clone().into_bytes();
        self.request.size = self.request.data.len() as u8;
        if step != Step::Listing {
            self.request.offset = 0;
        }
        self.ask(now, step, operation, out);
    }

    fn ask_at(&mut self, now: Timestamp, step: Step, operation: Operation, at: usize, out: &mut Vec<MavMessage>) {
        self.request.data.clear();
        self.request.offset = at as u32;
        self.request.size = match operation {
            Operation::ReadFile | Operation::BurstReadFile => DATA_MAX as u8,
            _ => 0,
        };
        self.ask(now, step, operation, out);
    }

    fn ask(&mut self, now: Timestamp, step: Step, operation: Operation, out: &mut Vec<MavMessage>) {
        self.step = step;
        self.request.operation = operation as u8;
        self.request.session = self.session;
        self.request.sequence = self.request.sequence.wrapping_add(2);
        self.attempts = 0;
        self.send(now, out);
    }

    fn send(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        let patience = PATIENCE.mul_f64(1.5_f64.powi(self.attempts.min(10) as i32)).min(PATIENCE_MAX);
        self.attempts += 1;
        self.deadline = now + patience;
        out.push(MavMessage::FILE_TRANSFER_PROTOCOL(FILE_TRANSFER_PROTOCOL_DATA {
            target_network: 0,
            target_system: self.system.0,
            target_component: AUTOPILOT.0,
            payload: self.request.write(),
        }));
    }

    fn answer(&mut self, now: Timestamp, answer: &FtpMessage, out: &mut Vec<MavMessage>) {
        let accepted = answer.operation == Operation::Ack as u8;
        let bursting = self.step == Step::Bursting && answer.answers == Operation::BurstReadFile as u8;
        if bursting && accepted && answer.session == self.session {
            return self.burst(now, answer, out);
        }
        let expected = answer.sequence == self.request.sequence.wrapping_add(1)
            && answer.answers == self.request.operation
            || bursting && !accepted;
        if !expected {
            return;
        }
        let reason = answer.data.first().copied().unwrap_or(0);
        match self.step {
            Step::Resetting => self.start(now, out),
            _ if !accepted && reason == NO_SESSIONS && !self.sessions_reset => {
                // A transfer that was cut off left its file open.
                self.sessions_reset = true;
                self.ask_at(now, Step::Resetting, Operation::ResetSessions, 0, out);
            }
            Step::Listing if accepted => self.take_entries(now, &answer.data, out),
            Step::Listing if reason == END_OF_FILE => self.done(Product::Entries(self.entries.clone())),
            Step::Opening if accepted => {
                self.session = answer.session;
                self.ask_at(now, Step::Bursting, Operation::BurstReadFile, 0, out);
            }
            Step::Bursting if !accepted => self.fill(now, out),
            Step::Filling if accepted => {
                let offset = answer.offset as usize;
                if !self.pieces.put(offset, &answer.data) && self.pieces.end() >= FILE_MAX {
                    return self.fail(format!("it is larger than {FILE_MAX} bytes"));
                }
                self.fill(now, out);
            }
            Step::Filling if reason == END_OF_FILE && !self.pieces.first_gap().is_empty() => {
                self.fail("it became shorter while it was read".to_owned());
            }
            Step::Filling if reason == END_OF_FILE => {
                self.ask_at(now, Step::Closing, Operation::TerminateSession, 0, out)
            }
            Step::Creating if accepted => {
                self.session = answer.session;
                self.write(now, 0, out);
            }
            Step::Writing { sent } if accepted => self.write(now, sent, out),
            // That it could not be closed harms nobody: the vehicle closes it itself.
            Step::Closing => self.compare(now, out),
            Step::Comparing => self.compared(accepted, answer),
            Step::Removing if accepted || (reason == NOT_FOUND && self.attempts > 1) => self.done(Product::Done),
            _ => self.fail(refusal(&answer.data)),
        }
    }

    fn take_entries(&mut self, now: Timestamp, data: &[u8], out: &mut Vec<MavMessage>) {
        let before = self.listed;
        for entry in data.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            self.listed += 1;
            let text = String::from_utf8_lossy(&entry[1..]);
            let (name, size) = text.split_once('\t').unwrap_or((&text, ""));
            match entry[0] {
                b'F' => self.entries.push(Entry { name: name.to_owned(), size: Some(size.parse().unwrap_or(0)) }),
                b'D' => self.entries.push(Entry { name: name.to_owned(), size: None }),
                _ => {}
            }
        }
        if self.listed == before || self.entries.len() >= ENTRIES_MAX {
            return self.done(Product::Entries(self.entries.clone()));
        }
        self.list(now, out);
    }

    fn burst(&mut self, now: Timestamp, answer: &FtpMessage, out: &mut Vec<MavMessage>) {
        if self.pieces.put(answer.offset as usize, &answer.data) {
            self.attempts = 1;
            self.deadline = now + PATIENCE.mul_f64(2.0);
        }
        if self.pieces.end() + DATA_MAX > FILE_MAX {
            return self.fail(format!("it is larger than {FILE_MAX} bytes"));
        }
        if answer.burst_complete {
            self.ask_at(now, Step::Bursting, Operation::BurstReadFile, self.pieces.end(), out);
        }
    }

    /// What got lost: by another burst while much is missing and bursts bring news, else piece by piece. At last the
    /// question whether the file ends where its last piece did.
    fn fill(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        let (received, start) = (self.pieces.received(), self.pieces.first_gap().start);
        let much = self.pieces.end() - received > WORTH_A_BURST;
        if self.step == Step::Bursting && much && received > self.received_before_burst {
            self.received_before_burst = received;
            return self.ask_at(now, Step::Bursting, Operation::BurstReadFile, start, out);
        }
        self.ask_at(now, Step::Filling, Operation::ReadFile, start, out);
    }

    fn write(&mut self, now: Timestamp, from: usize, out: &mut Vec<MavMessage>) {
        let Task::Write(bytes) = &self.task else { return };
        let piece = &bytes[from..bytes.len().min(from + DATA_MAX)];
        if piece.is_empty() {
            return self.ask_at(now, Step::Closing, Operation::TerminateSession, 0, out);
        }
        self.request.data = piece.to_vec();
        self.request.size = piece.len() as u8;
        self.request.offset = from as u32;
        let sent = from + piece.len();
        self.ask(now, Step::Writing { sent }, Operation::WriteFile, out);
    }

    fn compare(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        self.session = 0;
        if self.path.starts_with('@') {
            // Made up by the vehicle as it is read: there is nothing to compare with.
            return self.finish();
        }
        self.ask_path(now, Step::Comparing, Operation::CalcFileCrc32, out);
    }

    fn compared(&mut self, accepted: bool, answer: &FtpMessage) {
        let stated = match answer.data.first_chunk::<4>() {
            Some(bytes) if accepted => u32::from_le_bytes(*bytes),
            // A vehicle that makes no checksums has no objection.
            _ if self.task != Task::Checksum => return self.finish(),
            _ => return self.fail(refusal(&answer.data)),
        };
        let pieces = std::mem::take(&mut self.pieces).into_bytes();
        let ours = match &self.task {
            Task::Checksum => return self.done(Product::Checksum(stated)),
            Task::Write(bytes) => crc32(bytes),
            _ => crc32(&pieces),
        };
        if ours != stated {
            return self
                .fail(format!("the vehicle's checksum is {stated:08x}, ours {ours:08x}: it did not arrive whole"));
        }
        self.done(if self.task == Task::Read { Product::Bytes(pieces) } else { Product::Done });
    }

    fn finish(&mut self) {
        let pieces = std::mem::take(&mut self.pieces).into_bytes();
        self.done(if self.task == Task::Read { Product::Bytes(pieces) } else { Product::Done });
    }

    fn done(&mut self, product: Product) {
        self.outcome = Outcome::Done(product);
    }

    fn fail(&mut self, why: String) {
        let doing = match self.task {
            Task::List => "listing",
            Task::Read => "reading",
            Task::Write(_) => "writing",
            Task::Remove => "removing",
            Task::Checksum => "the checksum of",
        };
        self.outcome = Outcome::Failed(format!("{doing} {}: {why}", self.path));
    }
}

impl Service for Transfer {
    type Product = Product;

    fn take(&mut self, now: Timestamp, frame: &Frame, out: &mut Vec<MavMessage>) {
        let MavMessage::FILE_TRANSFER_PROTOCOL(message) = &frame.message else { return };
        if self.outcome == Outcome::Waiting
            && let Some(answer) = FtpMessage::read(&message.payload)
        {
            self.answer(now, &answer, out);
        }
    }

    fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        if self.outcome != Outcome::Waiting || now < self.deadline {
            return;
        }
        match self.step {
            _ if self.attempts >= ATTEMPTS && self.step == Step::Closing => self.compare(now, out),
            _ if self.attempts >= ATTEMPTS => {
                self.fail(format!("the vehicle does not answer, asked {ATTEMPTS} times"));
            }
            Step::Bursting if self.pieces.end() > 0 => {
                // The end of the burst got lost: on from where it stopped, as a new request.
                let attempts = self.attempts;
                self.ask_at(now, Step::Bursting, Operation::BurstReadFile, self.pieces.end(), out);
                self.attempts = attempts + 1;
            }
            _ => self.send(now, out),
        }
    }

    fn next_deadline(&self) -> Timestamp {
        self.deadline
    }

    fn outcome(&self) -> &Outcome<Product> {
        &self.outcome
    }
}

/// The protocol's CRC-32: the usual polynomial, start 0, no final inversion.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(u32::MAX);
    hasher.update(bytes);
    !hasher.finalize()
}
