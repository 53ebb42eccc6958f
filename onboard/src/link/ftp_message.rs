//! The message within FILE_TRANSFER_PROTOCOL.
//!
//! Source: <https://mavlink.io/en/services/ftp.html#payload-format>.

/// The most bytes of a file in one message.
pub const DATA_MAX: usize = 239;
const HEADER: usize = 12;

/// What is asked, and the two kinds of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the protocol's own names")]
pub enum Operation {
    TerminateSession = 1,
    ResetSessions = 2,
    ListDirectory = 3,
    OpenFileReadOnly = 4,
    ReadFile = 5,
    CreateFile = 6,
    WriteFile = 7,
    RemoveFile = 8,
    CalcFileCrc32 = 14,
    BurstReadFile = 15,
    Ack = 128,
    Nak = 129,
}

/// The reasons of a refusal that we act on; see [`refusal`] for all in words.
pub const NO_SESSIONS: u8 = 5;
/// The end of a file or of a list.
pub const END_OF_FILE: u8 = 6;
/// There is no such file.
pub const NOT_FOUND: u8 = 10;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FtpMessage {
    /// Its number; an answer has the next one.
    pub sequence: u16,
    /// Which open file.
    pub session: u8,
    /// What it asks or answers, as a number: a stranger's may be none of [`Operation`].
    pub operation: u8,
    /// In an answer, what was asked.
    pub answers: u8,
    /// The last of a burst.
    pub burst_complete: bool,
    /// Where in the file; the number of the entry in a list.
    pub offset: u32,
    /// At most [`DATA_MAX`] bytes.
    pub data: Vec<u8>,
    /// How much is asked for, where nothing is sent.
    pub size: u8,
}

impl FtpMessage {
    /// Reads a message; nothing where its size cannot be.
    #[must_use]
    pub fn read(payload: &[u8; 251]) -> Option<Self> {
        let size = payload[4];
        let data = payload.get(HEADER..HEADER + usize::from(size))?;
        Some(Self {
            sequence: u16::from_le_bytes([payload[0], payload[1]]),
            session: payload[2],
            operation: payload[3],
            answers: payload[5],
            burst_complete: payload[6] != 0,
            offset: u32::from_le_bytes([payload[8], payload[9], payload[10], payload[11]]),
            data: data.to_vec(),
            size,
        })
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> [u8; 251] {
        let mut payload = [0; 251];
        payload[..2].copy_from_slice(&self.sequence.to_le_bytes());
        payload[2] = self.session;
        payload[3] = self.operation;
        payload[4] = self.size;
        payload[5] = self.answers;
        payload[6] = u8::from(self.burst_complete);
        payload[8..12].copy_from_slice(&self.offset.to_le_bytes());
        let length = self.data.len().min(DATA_MAX);
        payload[HEADER..HEADER + length].copy_from_slice(&self.data[..length]);
        payload
    }
}

/// A refusal in words.
#[must_use]
pub fn refusal(reason: &[u8]) -> String {
    let words = match reason {
        [2, errno] => return format!("the vehicle's system reported error {errno}"),
        [1, ..] => "it failed",
        [3, ..] => "the size cannot be",
        [4, ..] => "the file is no longer open",
        [NO_SESSIONS, ..] => "too many files are open",
        [END_OF_FILE, ..] => "it ends before that",
        [7, ..] => "the vehicle does not know the request",
        [8, ..] => "the file exists already",
        [9, ..] => "the file is protected",
        [NOT_FOUND, ..] => "there is no such file",
        _ => "it gave no reason",
    };
    words.to_owned()
}
