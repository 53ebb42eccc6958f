//! Files and logs over a bad line, from a scripted vehicle: what comes is right to the last byte, or it is said why not,
//! within a bound.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::*;
use onboard::link::frames::Frame;
use onboard::link::ftp::{Entry, Product, Task, Transfer, crc32};
use onboard::link::ftp_message::{DATA_MAX, FtpMessage, Operation};
use onboard::link::logs::{LogEntry, LogFetch, LogList};
use onboard::link::pieces::Pieces;
use onboard::link::service::{Outcome, Service};
use proptest::prelude::*;
use telemetry::{MavComponentId, MavSystemId, Timestamp};

const SYSTEM: MavSystemId = MavSystemId(7);
/// No exchange below may take longer than this, however bad the line.
const BOUND: Duration = Duration::from_secs(1_800);

/// A line that loses, doubles, delays and so reorders.
#[derive(Debug, Clone, Copy)]
struct Impairment {
    loss: f64,
    duplicate: f64,
    delay_max_s: f64,
}

const CLEAN: Impairment = Impairment { loss: 0.0, duplicate: 0.0, delay_max_s: 0.02 };

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

trait Vehicle {
    fn take(&mut self, message: &MavMessage) -> Vec<MavMessage>;
}

/// Runs an exchange to its end. Gives back what came of it and how long it took.
fn run<S: Service>(
    vehicle: &mut dyn Vehicle,
    line: Impairment,
    seed: u64,
    begin: impl FnOnce(Timestamp, &mut Vec<MavMessage>) -> S,
) -> (Outcome<S::Product>, Duration)
where
    S::Product: Clone,
{
    let start: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
    let (mut now, mut chance, mut number) = (start, Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), 0_u64);
    // By when they arrive; true is towards the vehicle.
    let mut air: BTreeMap<(Timestamp, u64), (bool, MavMessage)> = BTreeMap::new();
    let mut out = Vec::new();
    let mut service = begin(now, &mut out);
    let mut send = |now: Timestamp, up: bool, messages: Vec<MavMessage>, air: &mut BTreeMap<_, _>| {
        for (place, message) in messages.into_iter().enumerate() {
            let copies = if chance.next() < line.loss { 0 } else { 1 + usize::from(chance.next() < line.duplicate) };
            for _ in 0..copies {
                number += 1;
                // A millisecond for each message, as a real line needs.
                let at = now.offset_seconds(0.001 * place as f64 + line.delay_max_s * chance.next());
                air.insert((at, number), (up, message.clone()));
            }
        }
    };
    loop {
        send(now, true, std::mem::take(&mut out), &mut air);
        if !matches!(service.outcome(), Outcome::Waiting) {
            return (service.outcome().clone(), now.since(start));
        }
        assert!(now < start + BOUND, "still waiting after {BOUND:?}");
        let arrival = air.first_key_value().map(|((at, _), _)| *at);
        now = arrival.map_or(service.next_deadline(), |at| at.min(service.next_deadline())).max(now);
        match air.first_entry().filter(|entry| entry.key().0 <= now) {
            Some(entry) => match entry.remove() {
                (true, message) => {
                    let answers = vehicle.take(&message);
                    send(now, false, answers, &mut air);
                }
                (false, message) => {
                    let frame = Frame { system: SYSTEM, component: MavComponentId(1), message };
                    service.take(now, &frame, &mut out);
                }
            },
            None => service.advance(now, &mut out),
        }
    }
}

/// Files as ArduPilot serves them: one session, bursts, the last answer again for a request that comes again.
#[derive(Default)]
struct FileServer {
    files: BTreeMap<String, Vec<u8>>,
    open: Option<(String, bool)>,
    last: Option<(u16, FtpMessage)>,
    /// The size it states for files beginning with @.
    fictional: u32,
    /// A session that somebody else left open.
    taken: bool,
    no_checksums: bool,
    removed: u32,
}

impl FileServer {
    fn with(path: &str, bytes: &[u8]) -> Self {
        Self { files: BTreeMap::from([(path.to_owned(), bytes.to_vec())]), fictional: 1 << 20, ..Self::default() }
    }

    fn answer(&mut self, request: &FtpMessage) -> Result<(u32, Vec<u8>), u8> {
        let path = String::from_utf8_lossy(&request.data).into_owned();
        let offset = request.offset as usize;
        match request.operation {
            1 => self.open = None,
            2 => (self.open, self.taken) = (None, false),
            3 => return self.list(offset),
            4 | 6 if self.taken || self.open.is_some() => return Err(5),
            4 => {
                let size = self.files.get(&path).ok_or(10)?.len() as u32;
                let stated = if path.starts_with('@') { self.fictional } else { size };
                self.open = Some((path, false));
                return Ok((0, stated.to_le_bytes().to_vec()));
            }
            5 => {
                let (path, _) = self.open.as_ref().ok_or(4)?;
                let file = &self.files[path];
                let piece = file.get(offset..).filter(|rest| !rest.is_empty()).ok_or(6)?;
                return Ok((request.offset, piece[..piece.len().min(request.size.into())].to_vec()));
            }
            6 => {
                self.files.insert(path.clone(), Vec::new());
                self.open = Some((path, true));
            }
            7 => {
                let (path, _) = self.open.as_ref().filter(|(_, writes)| *writes).ok_or(4)?;
                let file = self.files.get_mut(path).unwrap();
                assert!(offset <= file.len(), "written with a hole");
                let end = offset + request.data.len();
                file.resize(file.len().max(end), 0);
                file[offset..end].copy_from_slice(&request.data);
            }
            8 => {
                self.files.remove(&path).ok_or(10)?;
                self.removed += 1;
            }
            14 if self.no_checksums => return Err(7),
            14 => return Ok((0, crc32(self.files.get(&path).ok_or(10)?).to_le_bytes().to_vec())),
            _ => return Err(7),
        }
        Ok((request.offset, Vec::new()))
    }

    fn list(&self, from: usize) -> Result<(u32, Vec<u8>), u8> {
        let mut data = Vec::new();
        for (name, bytes) in self.files.iter().skip(from) {
            let entry = format!("F{name}\t{}\0", bytes.len());
            if data.len() + entry.len() > DATA_MAX {
                break;
            }
            data.extend_from_slice(entry.as_bytes());
        }
        if data.is_empty() { Err(6) } else { Ok((from as u32, data)) }
    }

    fn burst(&self, request: &FtpMessage) -> Vec<FtpMessage> {
        let Some((path, _)) = &self.open else { return vec![reply(request, 1, Err(4))] };
        let rest = self.files[path].get(request.offset as usize..).unwrap_or_default();
        let mut pieces: Vec<FtpMessage> = Vec::new();
        for (place, piece) in rest.chunks(DATA_MAX).take(20).enumerate() {
            let offset = request.offset + (place * DATA_MAX) as u32;
            pieces.push(reply(request, 1 + place as u16, Ok((offset, piece.to_vec()))));
        }
        let ends = rest.len() <= 20 * DATA_MAX;
        match pieces.last_mut() {
            Some(last) if !ends => last.burst_complete = true,
            _ => pieces.push(reply(request, 1 + pieces.len() as u16, Err(6))),
        }
        pieces
    }
}

fn reply(request: &FtpMessage, after: u16, answer: Result<(u32, Vec<u8>), u8>) -> FtpMessage {
    let accepted = answer.is_ok();
    let (offset, data) = answer.unwrap_or_else(|reason| (0, vec![reason]));
    FtpMessage {
        sequence: request.sequence.wrapping_add(after),
        session: 0,
        operation: if accepted { Operation::Ack as u8 } else { Operation::Nak as u8 },
        answers: request.operation,
        burst_complete: false,
        offset,
        size: data.len() as u8,
        data,
    }
}

fn wrapped(message: &FtpMessage) -> MavMessage {
    MavMessage::FILE_TRANSFER_PROTOCOL(FILE_TRANSFER_PROTOCOL_DATA {
        target_network: 0,
        target_system: 7,
        target_component: 191,
        payload: message.write(),
    })
}

impl Vehicle for FileServer {
    fn take(&mut self, message: &MavMessage) -> Vec<MavMessage> {
        let MavMessage::FILE_TRANSFER_PROTOCOL(message) = message else { panic!("{message:?}") };
        let request = FtpMessage::read(&message.payload).unwrap();
        if request.operation == Operation::BurstReadFile as u8 {
            return self.burst(&request).iter().map(wrapped).collect();
        }
        if let Some((_, answer)) = self.last.as_ref().filter(|(sequence, _)| *sequence == request.sequence) {
            return vec![wrapped(answer)];
        }
        let answer = self.answer(&request);
        let answer = reply(&request, 1, answer);
        self.last = Some((request.sequence, answer.clone()));
        vec![wrapped(&answer)]
    }
}

/// Logs as ArduPilot sends them.
struct LogServer {
    logs: Vec<Vec<u8>>,
    ended: bool,
}

impl Vehicle for LogServer {
    fn take(&mut self, message: &MavMessage) -> Vec<MavMessage> {
        let count = self.logs.len() as u16;
        match message {
            MavMessage::LOG_REQUEST_LIST(request) => {
                let entry = |id: u16, size: usize| {
                    MavMessage::LOG_ENTRY(LOG_ENTRY_DATA {
                        time_utc: 1_790_000_000,
                        size: size as u32,
                        id,
                        num_logs: count,
                        last_log_num: count,
                    })
                };
                if count == 0 {
                    return vec![entry(0, 0)];
                }
                let asked = request.start.max(1)..=request.end.min(count);
                asked.map(|id| entry(id, self.logs[usize::from(id) - 1].len())).collect()
            }
            MavMessage::LOG_REQUEST_DATA(request) => {
                let log = &self.logs[usize::from(request.id) - 1];
                let from = (request.ofs as usize).min(log.len());
                let to = from.saturating_add(request.count as usize).min(log.len());
                let mut pieces: Vec<_> = log[from..to].chunks(90).map(|piece| (piece.to_vec(), 0)).collect();
                for (place, piece) in pieces.iter_mut().enumerate() {
                    piece.1 = from + 90 * place;
                }
                if to == log.len() && (to - from).is_multiple_of(90) {
                    pieces.push((Vec::new(), to));
                }
                let message = |(piece, offset): (Vec<u8>, usize)| {
                    let mut data = [0; 90];
                    data[..piece.len()].copy_from_slice(&piece);
                    let (ofs, count) = (offset as u32, piece.len() as u8);
                    MavMessage::LOG_DATA(LOG_DATA_DATA { ofs, id: request.id, count, data })
                };
                pieces.into_iter().map(message).collect()
            }
            MavMessage::LOG_REQUEST_END(_) => {
                self.ended = true;
                Vec::new()
            }
            other => panic!("{other:?}"),
        }
    }
}

struct Silence;

impl Vehicle for Silence {
    fn take(&mut self, _: &MavMessage) -> Vec<MavMessage> {
        Vec::new()
    }
}

fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut chance = Chance(seed | 1);
    (0..length).map(|_| (chance.next() * 256.0) as u8).collect()
}

fn file(vehicle: &mut dyn Vehicle, line: Impairment, seed: u64, path: &str, task: Task) -> Outcome<Product> {
    run(vehicle, line, seed, |now, out| Transfer::begin(now, SYSTEM, path, task, seed as u16, out)).0
}

#[test]
fn a_file_is_read_whole_whatever_its_length_and_though_its_size_is_fictional() {
    for length in [0, 1, 238, 239, 240, 20 * 239, 20 * 239 + 1, 50_000] {
        let content = bytes(length, 3);
        for path in ["/APM/terrain.dat", "@PARAM/param.pck"] {
            let mut vehicle = FileServer::with(path, &content);
            let read = file(&mut vehicle, CLEAN, 1, path, Task::Read);
            assert_eq!(read, Outcome::Done(Product::Bytes(content.clone())), "{path}, {length} bytes");
            assert_eq!(vehicle.open, None, "closed again");
        }
    }
}

#[test]
fn a_written_file_is_compared_by_checksum_and_a_spoiled_one_is_not_reported_as_written() {
    let content = bytes(1_000, 5);
    let mut vehicle = FileServer::default();
    assert_eq!(
        file(&mut vehicle, CLEAN, 1, "/scripts/a.lua", Task::Write(content.clone())),
        Outcome::Done(Product::Done)
    );
    assert_eq!(vehicle.files["/scripts/a.lua"], content);
    struct Spoiling(FileServer, u8);
    impl Vehicle for Spoiling {
        fn take(&mut self, message: &MavMessage) -> Vec<MavMessage> {
            let answers = self.0.take(message);
            for file in self.0.files.values_mut().filter(|file| file.len() > 500) {
                file[300] = !self.1;
            }
            answers
        }
    }
    let spoiled = file(&mut Spoiling(FileServer::default(), content[300]), CLEAN, 1, "/a", Task::Write(content));
    assert!(matches!(&spoiled, Outcome::Failed(why) if why.contains("checksum")), "{spoiled:?}");
}

#[test]
fn a_folder_of_many_files_is_listed_and_the_end_of_the_list_is_no_failure() {
    let mut vehicle = FileServer::default();
    for number in 0..60 {
        vehicle.files.insert(format!("{number:08}.BIN"), vec![0; number]);
    }
    let Outcome::Done(Product::Entries(entries)) = file(&mut vehicle, CLEAN, 1, "/APM/LOGS", Task::List) else {
        panic!("not listed")
    };
    let wanted: Vec<_> = (0..60).map(|it| Entry { name: format!("{it:08}.BIN"), size: Some(it) }).collect();
    assert_eq!(entries, wanted);
    vehicle.files.clear();
    assert_eq!(file(&mut vehicle, CLEAN, 1, "/empty", Task::List), Outcome::Done(Product::Entries(Vec::new())));
}

#[test]
fn refusals_are_told_in_words_and_silence_within_a_bound() {
    let missing = file(&mut FileServer::default(), CLEAN, 1, "/none", Task::Read);
    assert_eq!(missing, Outcome::Failed("reading /none: there is no such file".to_owned()));
    let long = file(&mut FileServer::default(), CLEAN, 1, &"x".repeat(240), Task::Read);
    assert!(matches!(&long, Outcome::Failed(why) if why.contains("239")), "{long:?}");
    let (silent, took) = run(&mut Silence, CLEAN, 1, |now, out| Transfer::begin(now, SYSTEM, "/a", Task::Read, 1, out));
    assert!(matches!(&silent, Outcome::Failed(why) if why.contains("does not answer")), "{silent:?}");
    assert!(took < Duration::from_secs(60), "{took:?}");
    let (silent, took) = run(&mut Silence, CLEAN, 1, |now, out| LogFetch::begin(now, SYSTEM, 1, out));
    assert!(matches!(&silent, Outcome::Failed(why) if why.contains("0 bytes")), "{silent:?}");
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn a_session_left_open_by_somebody_is_closed_and_the_file_read() {
    let mut vehicle = FileServer { taken: true, ..FileServer::with("/a", b"content") };
    assert_eq!(file(&mut vehicle, CLEAN, 1, "/a", Task::Read), Outcome::Done(Product::Bytes(b"content".to_vec())));
}

#[test]
fn a_vehicle_without_checksums_is_believed() {
    let mut vehicle = FileServer { no_checksums: true, ..FileServer::with("/a", b"content") };
    assert_eq!(file(&mut vehicle, CLEAN, 1, "/a", Task::Read), Outcome::Done(Product::Bytes(b"content".to_vec())));
    assert!(matches!(file(&mut vehicle, CLEAN, 2, "/a", Task::Checksum), Outcome::Failed(_)));
}

#[test]
fn no_logs_are_an_empty_list() {
    let mut vehicle = LogServer { logs: Vec::new(), ended: false };
    assert_eq!(run(&mut vehicle, CLEAN, 1, |now, out| LogList::begin(now, SYSTEM, out)).0, Outcome::Done(Vec::new()));
}

#[test]
fn the_checksum_is_the_one_of_the_protocol() {
    // The check value of CRC-32/JAMCRC-like parameters with start 0 and no inversion over "123456789".
    assert_eq!(crc32(b"123456789"), 0x2DFD_2D88);
}

fn bad_line() -> impl Strategy<Value = Impairment> {
    (0.0..0.4, 0.0..0.3, prop_oneof![Just(0.02), Just(0.3), Just(2.0)])
        .prop_map(|(loss, duplicate, delay_max_s)| Impairment { loss, duplicate, delay_max_s })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn over_a_bad_line_a_file_comes_whole_or_not_at_all(line in bad_line(), seed: u64, length in 0_usize..20_000) {
        let content = bytes(length, seed);
        let mut vehicle = FileServer::with("/file", &content);
        match file(&mut vehicle, line, seed, "/file", Task::Read) {
            Outcome::Done(Product::Bytes(read)) => prop_assert_eq!(read, content),
            Outcome::Failed(why) => prop_assert!(why.contains("/file"), "{}", why),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn over_a_bad_line_a_file_is_written_whole_or_not_reported(line in bad_line(), seed: u64, length in 0_usize..3_000) {
        let content = bytes(length, seed);
        let mut vehicle = FileServer::default();
        if let Outcome::Done(_) = file(&mut vehicle, line, seed, "/file", Task::Write(content.clone())) {
            prop_assert_eq!(&vehicle.files["/file"], &content);
        }
    }

    #[test]
    fn over_a_bad_line_a_file_is_removed_once(line in bad_line(), seed: u64) {
        let mut vehicle = FileServer::with("/file", b"x");
        if let Outcome::Done(_) = file(&mut vehicle, line, seed, "/file", Task::Remove) {
            prop_assert_eq!(vehicle.removed, 1);
        }
    }

    #[test]
    fn over_a_bad_line_logs_are_listed_and_fetched_whole_or_not_at_all(
        line in bad_line(), seed: u64, length in 0_usize..15_000, count in 1_usize..30
    ) {
        let log = bytes(length, seed);
        let mut vehicle = LogServer { logs: vec![log.clone(); count], ended: false };
        let listed = run(&mut vehicle, line, seed, |now, out| LogList::begin(now, SYSTEM, out)).0;
        if let Outcome::Done(entries) = listed {
            let entry = |id| LogEntry { id, time_unix_s: 1_790_000_000, size: length as u32 };
            prop_assert_eq!(entries, (1..=count as u16).map(entry).collect::<Vec<_>>());
        }
        let fetched = run(&mut vehicle, line, seed, |now, out| LogFetch::begin(now, SYSTEM, 1, out)).0;
        if let Outcome::Done(bytes) = fetched {
            prop_assert_eq!(bytes, log);
        }
    }

    #[test]
    fn pieces_in_any_order_make_the_file(length in 1_usize..500, pieces in proptest::collection::vec((any::<prop::sample::Index>(), 1_usize..80), 0..60)) {
        let content = bytes(length, 9);
        let mut file = Pieces::default();
        let mut came = vec![false; length];
        for (at, size) in pieces {
            let at = at.index(length);
            let end = (at + size).min(length);
            let new = came[at..end].iter().any(|came| !came);
            prop_assert_eq!(file.put(at, &content[at..end]), new);
            came[at..end].fill(true);
            let gap = file.first_gap();
            let first_missing = came.iter().position(|came| !came).unwrap_or(length);
            prop_assert_eq!(gap.start, first_missing);
            prop_assert_eq!(gap.end, came[gap.start..].iter().position(|came| *came).map_or(gap.start, |after| gap.start + after));
            prop_assert_eq!(file.received(), came.iter().filter(|came| **came).count());
        }
    }

    #[test]
    fn any_answer_leaves_the_transfer_sound(payloads in proptest::collection::vec(any::<[u8; 16]>(), 1..60), seed: u16) {
        let now = Timestamp::EPOCH;
        let mut out = Vec::new();
        for task in [Task::Read, Task::List, Task::Write(vec![1; 600]), Task::Remove, Task::Checksum] {
            let mut transfer = Transfer::begin(now, SYSTEM, "/a", task, seed, &mut out);
            for head in &payloads {
                let mut payload = [0; 251];
                payload[..16].copy_from_slice(head);
                // Half of them answer what was asked.
                if head[0] % 2 == 0 && let Some(MavMessage::FILE_TRANSFER_PROTOCOL(asked)) = out.last() {
                    let asked = FtpMessage::read(&asked.payload).unwrap();
                    payload[..2].copy_from_slice(&asked.sequence.wrapping_add(1).to_le_bytes());
                    payload[3] = 128 + head[3] % 2;
                    payload[5] = asked.operation;
                }
                let message = MavMessage::FILE_TRANSFER_PROTOCOL(FILE_TRANSFER_PROTOCOL_DATA { payload, ..FILE_TRANSFER_PROTOCOL_DATA::default() });
                transfer.take(now, &Frame { system: SYSTEM, component: MavComponentId(1), message }, &mut out);
            }
        }
    }
}
