//! MAVLink FTP: the vehicle's files over FILE_TRANSFER_PROTOCOL.
//!
//! A request that comes twice, because its answer was lost, gets the same answer and is not carried out again. A file is
//! read as it was when it was opened. At most [`SESSIONS_MAX`] files are open; a burst goes out a few packets with each
//! step. Source: mavlink.io, "File Transfer Protocol (FTP)".

use std::collections::BTreeMap;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::FILE_TRANSFER_PROTOCOL_DATA;

use super::super::Craft;
use super::super::personality::Personality;
use super::Link;
use super::files::{Entry, FileError, Files, path_of};
use super::frames::{Frame, Peer};
use super::settings::crc32_part;

const SESSIONS_MAX: usize = 8;
/// The most data in one packet.
const DATA_MAX: usize = 239;
const DATA_AT: usize = 12;
/// Packets of a burst with each step: 800 a second.
const BURST_PER_STEP: usize = 40;
/// Left free for everything else while a burst goes out.
const ROOM_KEPT: usize = 64 * 1024;

const ACK: u8 = 128;
const NAK: u8 = 129;
const FAIL: u8 = 1;
const INVALID_SIZE: u8 = 3;
const INVALID_SESSION: u8 = 4;
const NO_SESSIONS: u8 = 5;
const END_OF_FILE: u8 = 6;
const UNKNOWN_COMMAND: u8 = 7;

const TERMINATE_SESSION: u8 = 1;
const RESET_SESSIONS: u8 = 2;
const LIST_DIRECTORY: u8 = 3;
const OPEN_FILE_RO: u8 = 4;
const READ_FILE: u8 = 5;
const CREATE_FILE: u8 = 6;
const WRITE_FILE: u8 = 7;
const REMOVE_FILE: u8 = 8;
const CREATE_DIRECTORY: u8 = 9;
const REMOVE_DIRECTORY: u8 = 10;
const OPEN_FILE_WO: u8 = 11;
const TRUNCATE_FILE: u8 = 12;
const RENAME: u8 = 13;
const CALC_FILE_CRC32: u8 = 14;
const BURST_READ_FILE: u8 = 15;

/// A file somebody has open.
#[derive(Debug)]
enum Open {
    Reading(Vec<u8>),
    Writing(String),
}

/// A burst under way.
#[derive(Debug, Clone, Copy)]
struct Burst {
    to: Peer,
    session: u8,
    seq: u16,
    offset: u32,
    size: usize,
}

/// By what a request that comes again is known: who asks, sequence, session, what for.
type Asked = (Peer, u16, u8, u8);

#[derive(Debug)]
pub(super) struct Ftp {
    files: Files,
    /// The open files, at most [`SESSIONS_MAX`], by the numbers of their sessions.
    sessions: BTreeMap<u8, Open>,
    bursts: Vec<Burst>,
    /// The last answer, for a request that comes again.
    answered: Option<(Asked, Vec<u8>)>,
}

impl Ftp {
    pub(super) fn new(personality: Personality) -> Self {
        Self { files: Files::new(personality), sessions: BTreeMap::new(), bursts: Vec::new(), answered: None }
    }
}

/// A request, and what identifies its answer.
struct Request<'a> {
    seq: u16,
    session: u8,
    opcode: u8,
    size: usize,
    offset: u32,
    data: &'a [u8],
}

impl<'a> Request<'a> {
    fn read(payload: &'a [u8]) -> Self {
        let size = usize::from(payload[4]);
        Self {
            seq: u16::from_le_bytes([payload[0], payload[1]]),
            session: payload[2],
            opcode: payload[3],
            size,
            offset: u32::from_le_bytes([payload[8], payload[9], payload[10], payload[11]]),
            data: &payload[DATA_AT..DATA_AT + size.min(DATA_MAX)],
        }
    }

    /// Its data as a path.
    fn path(&self) -> Result<&'a str, u8> {
        let end = self.data.iter().position(|byte| *byte == 0).unwrap_or(self.data.len());
        std::str::from_utf8(&self.data[..end]).map(path_of).map_err(|_| FAIL)
    }
}

/// What is answered: the session and the data, or an error by its number.
type Answer = Result<(u8, Vec<u8>), u8>;

fn number_of(error: FileError) -> u8 {
    error as u8
}

impl Link {
    pub(super) fn handle_ftp(&mut self, frame: &Frame, craft: &mut Craft, for_us: impl Fn(u8, u8) -> bool) {
        let bytes = frame.padded();
        if !for_us(bytes[1], bytes[2]) {
            return;
        }
        let request = Request::read(&bytes[3..254]);
        let asked = (frame.from, request.seq, request.session, request.opcode);
        if let Some((before, answer)) = &self.ftp.answered
            && *before == asked
        {
            let answer = answer.clone();
            return self.send_ftp(frame.from, &answer, craft);
        }
        if request.opcode == BURST_READ_FILE {
            return self.begin_burst(frame.from, &request, craft);
        }
        let answer = self.ftp.carry_out(&request, craft);
        let payload = layout(&request, request.seq.wrapping_add(1), &answer, request.offset, false);
        self.send_ftp(frame.from, &payload, craft);
        self.ftp.answered = Some((asked, payload));
    }

    fn begin_burst(&mut self, to: Peer, request: &Request<'_>, craft: &Craft) {
        if !matches!(self.ftp.sessions.get(&request.session), Some(Open::Reading(_))) {
            let payload = layout(request, request.seq.wrapping_add(1), &Err(INVALID_SESSION), request.offset, false);
            return self.send_ftp(to, &payload, craft);
        }
        let size = if request.size == 0 { DATA_MAX } else { request.size.min(DATA_MAX) };
        // One burst per session: a new one takes the place of the old.
        self.ftp.bursts.retain(|burst| burst.session != request.session);
        let seq = request.seq.wrapping_add(1);
        self.ftp.bursts.push(Burst { to, session: request.session, seq, offset: request.offset, size });
    }

    /// Goes on with bursts.
    pub(super) fn step_ftp(&mut self, craft: &Craft) {
        if self.ftp.bursts.is_empty() {
            return;
        }
        let bursts = std::mem::take(&mut self.ftp.bursts);
        for mut burst in bursts {
            let mut goes_on = true;
            for _ in 0..BURST_PER_STEP {
                if self.encoder.room() < ROOM_KEPT {
                    break;
                }
                goes_on = self.send_of_burst(&mut burst, craft);
                if !goes_on {
                    break;
                }
            }
            if goes_on {
                self.ftp.bursts.push(burst);
            }
        }
    }

    /// One packet of a burst. False after the last.
    fn send_of_burst(&mut self, burst: &mut Burst, craft: &Craft) -> bool {
        let Some(Open::Reading(bytes)) = self.ftp.sessions.get(&burst.session) else { return false };
        let rest = bytes.get(burst.offset as usize..).unwrap_or(&[]);
        let chunk = rest[..burst.size.min(rest.len())].to_vec();
        let end = chunk.is_empty();
        // PX4 marks the last packet of a burst; ArduPilot runs into the end of the file.
        let complete = chunk.len() == rest.len() && craft.plant.personality == Personality::Px4;
        let length = chunk.len() as u32;
        let answer = if end { Err(END_OF_FILE) } else { Ok((burst.session, chunk)) };
        let request =
            Request { seq: burst.seq, session: burst.session, opcode: BURST_READ_FILE, size: 0, offset: 0, data: &[] };
        let payload = layout(&request, burst.seq, &answer, burst.offset, complete);
        self.send_ftp(burst.to, &payload, craft);
        burst.seq = burst.seq.wrapping_add(1);
        burst.offset += length;
        !(end || complete)
    }

    fn send_ftp(&mut self, to: Peer, payload: &[u8], craft: &Craft) {
        let mut bytes = [0; 254];
        bytes[1..3].copy_from_slice(&[to.system, to.component]);
        bytes[3..3 + payload.len()].copy_from_slice(payload);
        let (id, extra_crc) = (FILE_TRANSFER_PROTOCOL_DATA::ID, FILE_TRANSFER_PROTOCOL_DATA::EXTRA_CRC);
        self.encoder.send_payload(craft.autopilot(), id, extra_crc, &bytes);
    }
}

/// Header and data of an answer.
fn layout(request: &Request<'_>, seq: u16, answer: &Answer, offset: u32, burst_complete: bool) -> Vec<u8> {
    let (session, opcode, data) = match answer {
        Ok((session, data)) => (*session, ACK, data.as_slice()),
        Err(error) => (request.session, NAK, std::slice::from_ref(error)),
    };
    let [seq_low, seq_high] = seq.to_le_bytes();
    let size = data.len() as u8;
    let mut bytes = vec![seq_low, seq_high, session, opcode, size, request.opcode, u8::from(burst_complete), 0];
    bytes.extend(offset.to_le_bytes());
    bytes.extend(data);
    bytes
}

impl Ftp {
    fn carry_out(&mut self, request: &Request<'_>, craft: &mut Craft) -> Answer {
        let session = request.session;
        let done = |result: Result<(), FileError>| result.map(|()| (session, Vec::new())).map_err(number_of);
        match request.opcode {
            TERMINATE_SESSION => {
                self.bursts.retain(|burst| burst.session != session);
                self.sessions.remove(&session).map(|_| (session, Vec::new())).ok_or(INVALID_SESSION)
            }
            RESET_SESSIONS => {
                self.sessions.clear();
                self.bursts.clear();
                Ok((session, Vec::new()))
            }
            LIST_DIRECTORY => self.list(request, craft),
            OPEN_FILE_RO => {
                let path = request.path()?;
                let bytes = self.files.read(path, craft).map_err(number_of)?;
                let size = self.files.size(path, craft).map_err(number_of)?;
                self.open(request, Open::Reading(bytes), size, craft)
            }
            CREATE_FILE => {
                let path = request.path()?;
                self.files.create(path).map_err(number_of)?;
                self.open(request, Open::Writing(path.to_owned()), 0, craft)
            }
            OPEN_FILE_WO => {
                let path = request.path()?;
                let size = self.files.open_for_writing(path).map_err(number_of)?;
                self.open(request, Open::Writing(path.to_owned()), size, craft)
            }
            READ_FILE => self.read(request),
            WRITE_FILE => match self.sessions.get(&session) {
                Some(Open::Writing(path)) => {
                    self.files.write(path, request.offset as usize, request.data).map_err(number_of)?;
                    Ok((session, (request.data.len() as u32).to_le_bytes().to_vec()))
                }
                _ => Err(INVALID_SESSION),
            },
            REMOVE_FILE => done(self.files.remove(request.path()?, craft)),
            CREATE_DIRECTORY => done(self.files.create_folder(request.path()?)),
            REMOVE_DIRECTORY => done(self.files.remove_folder(request.path()?)),
            TRUNCATE_FILE => done(self.files.truncate(request.path()?, request.offset as usize)),
            RENAME => {
                let mut names = request.data.split(|byte| *byte == 0).map(|name| std::str::from_utf8(name));
                let (Some(Ok(from)), Some(Ok(to))) = (names.next(), names.next()) else { return Err(FAIL) };
                done(self.files.rename(path_of(from), path_of(to)))
            }
            CALC_FILE_CRC32 => {
                let bytes = self.files.read(request.path()?, craft).map_err(number_of)?;
                Ok((session, crc32_part(0, &bytes).to_le_bytes().to_vec()))
            }
            _ => Err(UNKNOWN_COMMAND),
        }
    }

    /// Opens a session. With ArduPilot the station chooses its number, with PX4 the vehicle does.
    fn open(&mut self, request: &Request<'_>, open: Open, size: u32, craft: &Craft) -> Answer {
        let session = match craft.plant.personality {
            Personality::ArduPilot => request.session,
            Personality::Px4 => (0..=u8::MAX).find(|it| !self.sessions.contains_key(it)).ok_or(NO_SESSIONS)?,
        };
        if self.sessions.len() >= SESSIONS_MAX && !self.sessions.contains_key(&session) {
            return Err(NO_SESSIONS);
        }
        self.sessions.insert(session, open);
        Ok((session, size.to_le_bytes().to_vec()))
    }

    fn read(&self, request: &Request<'_>) -> Answer {
        if request.size > DATA_MAX {
            return Err(INVALID_SIZE);
        }
        let Some(Open::Reading(bytes)) = self.sessions.get(&request.session) else {
            return Err(INVALID_SESSION);
        };
        let rest = bytes.get(request.offset as usize..).unwrap_or(&[]);
        if rest.is_empty() {
            return Err(END_OF_FILE);
        }
        Ok((request.session, rest[..request.size.min(rest.len())].to_vec()))
    }

    /// As many entries as fit, from the one with the number asked for.
    fn list(&self, request: &Request<'_>, craft: &Craft) -> Answer {
        let entries = self.files.list(request.path()?, craft).map_err(number_of)?;
        let mut data = Vec::new();
        for entry in entries.iter().skip(request.offset as usize) {
            let text = match entry {
                Entry::Folder(name) => format!("D{name}\0"),
                Entry::File(name, size) => format!("F{name}\t{size}\0"),
            };
            if data.len() + text.len() > DATA_MAX {
                break;
            }
            data.extend(text.into_bytes());
        }
        if data.is_empty() { Err(END_OF_FILE) } else { Ok((request.session, data)) }
    }
}
