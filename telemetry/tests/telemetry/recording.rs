//! Recordings: written, read, cut off, damaged.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use telemetry::messages::{AckStage, StationBeat};
use telemetry::recording::{ATTACHMENT_LENGTH_MAX, Recorder, Recording, RecordingError, RecordingHeader};
use telemetry::topics::TOPICS;
use telemetry::{Message, Timestamp, wire};

use crate::{generate, samples};

fn header() -> RecordingHeader {
    RecordingHeader { site: "kiel-holtenau".parse().unwrap(), description: "a quiet night".to_owned() }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_nanos(1_795_230_720_000_000_000) + Duration::from_secs(seconds)
}

fn beat(seconds: u64) -> Message {
    Message::StationBeat(StationBeat { site: header().site, at: at(seconds) })
}

/// One message a second, the first at second 0; an attachment in front.
fn night(seconds: u64) -> Vec<u8> {
    let mut recorder = Recorder::new(Vec::new(), &header()).unwrap();
    recorder.attach("night.toml", "application/toml", b"[site]\n").unwrap();
    for second in 0..seconds {
        recorder.record(at(second), &beat(second)).unwrap();
    }
    recorder.finish().unwrap()
}

fn read(bytes: &[u8]) -> Result<Recording<Cursor<&[u8]>>, RecordingError> {
    Recording::read(Cursor::new(bytes))
}

/// Everything in a recording that can be had, whatever state it is in.
fn read_to_the_end(bytes: &[u8]) -> (usize, usize) {
    let Ok(mut recording) = read(bytes) else { return (0, 0) };
    let _ = recording.attachments();
    let mut messages = recording.messages();
    let good = messages.by_ref().filter(Result::is_ok).count();
    (good, messages.unknown() as usize)
}

/// Where the record of a given opcode ends, for each in the file.
fn ends_of(bytes: &[u8], opcode: u8) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 8;
    while at + 9 < bytes.len() - 8 {
        let length = u64::from_le_bytes(bytes[at + 1..at + 9].try_into().unwrap()) as usize;
        if bytes[at] == opcode {
            ends.push(at + 9 + length);
        }
        at += 9 + length;
    }
    ends
}

const CHUNK: u8 = 0x06;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_recorded_is_read_in_order(
        entries in vec((0..100_000_u64, generate::message()), 0..40),
    ) {
        let mut recorder = Recorder::new(Vec::new(), &header()).unwrap();
        for (second, message) in &entries {
            recorder.record(at(*second), message).unwrap();
        }
        let bytes = recorder.finish().unwrap();
        let mut recording = read(&bytes).unwrap();
        prop_assert!(recording.is_complete());
        let found: Vec<_> = recording.messages().map(|entry| entry.unwrap()).collect();
        prop_assert_eq!(found.len(), entries.len());
        for ((log_time, found), (second, recorded)) in found.iter().zip(&entries) {
            prop_assert_eq!((*log_time, found.encode()), (at(*second), recorded.encode()));
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bytes(entries in vec((0..1000_u64, generate::message()), 0..20)) {
        let record = || {
            let mut recorder = Recorder::new(Vec::new(), &header()).unwrap();
            for (second, message) in &entries {
                recorder.record(at(*second), message).unwrap();
            }
            recorder.attach("a", "text/plain", b"x").unwrap();
            recorder.finish().unwrap()
        };
        prop_assert_eq!(record(), record());
    }

    #[test]
    fn a_recording_cut_off_anywhere_opens_up_to_its_last_whole_chunk(cut in any::<prop::sample::Index>()) {
        let whole = night(95);
        let cut = cut.index(whole.len());
        let chunks_left = ends_of(&whole, CHUNK).iter().filter(|end| **end <= cut).count();
        match read(&whole[..cut]) {
            Ok(mut recording) => {
                prop_assert!(!recording.is_complete());
                prop_assert_eq!(recording.header(), &header());
                let found: Result<Vec<_>, _> = recording.messages().collect();
                let found = found.unwrap();
                // The first chunk holds the channels; the others ten seconds each.
                prop_assert_eq!(found.len(), (chunks_left.saturating_sub(1) * 10).min(95));
                for ((log_time, message), second) in found.iter().zip(0..) {
                    prop_assert_eq!((*log_time, message), (at(second), &beat(second)));
                }
            }
            Err(error) => prop_assert!(chunks_left == 0, "{error}"),
        }
    }

    #[test]
    fn a_recording_with_bytes_changed_never_panics(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = night(30);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let (good, unknown) = read_to_the_end(&bytes);
        prop_assert!(good + unknown <= 30);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..400), magic in any::<bool>()) {
        let bytes = if magic { [mcap::MAGIC, &bytes].concat() } else { bytes };
        read_to_the_end(&bytes);
    }

    #[test]
    fn arbitrary_records_never_panic(
        records in vec((0_u8..0x12, vec(any::<u8>(), 0..120), 0_u8..8), 0..12),
    ) {
        // Behind a real header, so that the reader goes on; some lengths lie.
        let header_end = ends_of(&night(1), 0x0c)[0];
        let mut bytes = night(1)[..header_end].to_vec();
        for (opcode, body, lie) in records {
            let length = if lie == 0 { u64::MAX / 2 } else { body.len() as u64 };
            bytes.push(opcode);
            bytes.extend(length.to_le_bytes());
            bytes.extend(body);
        }
        bytes.extend(mcap::MAGIC);
        read_to_the_end(&bytes);
    }
}

#[test]
fn a_file_on_disk_is_opened_with_its_header_and_attachments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.mcap");
    std::fs::write(&path, night(3)).unwrap();
    let mut recording = Recording::open(&path).unwrap();
    assert!(recording.is_complete());
    assert_eq!(recording.header(), &header());
    let expected = BTreeMap::from([("night.toml".to_owned(), b"[site]\n".to_vec())]);
    assert_eq!(recording.attachments().unwrap(), expected);
    assert_eq!(recording.messages().count(), 3);
    assert_eq!(recording.messages().count(), 3, "and once more from the beginning");
    assert!(matches!(Recording::open(folder.path().join("no.mcap")), Err(RecordingError::Io(_))));
}

#[test]
fn a_recording_without_its_footer_is_flagged() {
    let whole = night(25);
    let summary_begins = ends_of(&whole, 0x0f)[0];
    for cut in [whole.len() - 1, whole.len() - 8, summary_begins] {
        let mut recording = read(&whole[..cut]).unwrap();
        assert!(!recording.is_complete(), "cut at {cut} of {}", whole.len());
        assert_eq!(recording.messages().filter(Result::is_ok).count(), 25);
    }
    // What a file system leaves of a file that was grown but not written.
    let mut zeros = whole[..summary_begins - 40].to_vec();
    zeros.extend([0; 5000]);
    let mut recording = read(&zeros).unwrap();
    assert!(!recording.is_complete());
    assert!(recording.messages().all(|entry| entry.is_ok()));
}

#[test]
fn a_file_that_is_no_recording_says_so() {
    let mut other = mcap::Writer::new(Cursor::new(Vec::new())).unwrap();
    other.finish().unwrap();
    let other = other.into_inner().into_inner();
    for bytes in [&b""[..], b"\x89MCAP", b"#!/bin/sh\nexit 0\n", mcap::MAGIC, &other] {
        assert!(matches!(read(bytes), Err(RecordingError::NoRecording(_))), "{bytes:?}");
    }
}

#[test]
fn a_damaged_chunk_is_an_error_and_the_chunks_behind_it_are_read() {
    let mut bytes = night(30);
    let third = ends_of(&bytes, CHUNK)[2];
    bytes[third - 10] ^= 0x55;
    let mut recording = read(&bytes).unwrap();
    let found: Vec<_> = recording.messages().collect();
    let damaged: Vec<_> = found.iter().filter(|entry| entry.is_err()).collect();
    assert!(matches!(damaged[..], [Err(RecordingError::Damaged { .. })]), "{damaged:?}");
    assert_eq!(found.len(), 21, "ten seconds are gone, with one error in their place");
    // The chunk with the channels: the summary says the same.
    let mut bytes = night(30);
    let first = ends_of(&bytes, CHUNK)[0];
    bytes[first - 10] ^= 0x55;
    assert_eq!(read(&bytes).unwrap().messages().filter(Result::is_ok).count(), 30);
}

#[test]
fn a_message_that_cannot_be_read_is_an_error_among_the_others() {
    let mut bytes = Vec::new();
    let mut writer =
        mcap::WriteOptions::new().compression(Some(mcap::Compression::Lz4)).create(Cursor::new(&mut bytes)).unwrap();
    let metadata = BTreeMap::from([("site".to_owned(), "kiel-holtenau".to_owned())]);
    writer.write_metadata(&mcap::records::Metadata { name: "picket".to_owned(), metadata }).unwrap();
    let channel = |writer: &mut mcap::Writer<_>, name: &str, encoding: &str| {
        let schema = writer.add_schema(name, "", &[]).unwrap();
        writer.add_channel(schema, name, encoding, &BTreeMap::new()).unwrap()
    };
    let beats = channel(&mut writer, "StationBeat", "cbor");
    let future = channel(&mut writer, "Acoustics", "cbor");
    let foreign = channel(&mut writer, "Track", "json");
    let good = beat(0).encode();
    for (channel_id, data) in
        [(beats, &good[..]), (beats, b"\x82\x01"), (future, &good), (foreign, b"{}"), (beats, &good)]
    {
        let header = mcap::records::MessageHeader { channel_id, sequence: 0, log_time: 0, publish_time: 0 };
        writer.write_to_known_channel(&header, data).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    let mut recording = read(&bytes).unwrap();
    let mut messages = recording.messages();
    assert!(matches!(messages.next(), Some(Ok(_))));
    assert!(matches!(messages.next(), Some(Err(RecordingError::Unreadable { .. }))));
    assert!(matches!(messages.next(), Some(Ok(_))));
    assert!(messages.next().is_none());
    assert_eq!(messages.unknown(), 2);
}

#[test]
fn chunks_are_closed_by_time_and_by_size() {
    // The channels, then seconds 0-9, 10-19, 20-24.
    assert_eq!(ends_of(&night(25), CHUNK).len(), 4);
    let mut recorder = Recorder::new(Vec::new(), &header()).unwrap();
    let Message::Ack(mut ack) = samples::samples().into_iter().find(|(name, _)| *name == "ack-refused").unwrap().1
    else {
        panic!("no ack")
    };
    ack.stage = AckStage::Refused("x".repeat(500_000));
    for _ in 0..12 {
        recorder.record(at(0), &Message::Ack(ack.clone())).unwrap();
    }
    let bytes = recorder.finish().unwrap();
    assert_eq!(ends_of(&bytes, CHUNK).len(), 4, "three of half a mebibyte go over the limit of one");
    assert_eq!(read(&bytes).unwrap().messages().filter(Result::is_ok).count(), 12);
}

#[test]
fn what_is_too_long_is_refused_and_recording_goes_on() {
    let mut recorder = Recorder::new(Vec::new(), &header()).unwrap();
    let Message::Ack(mut ack) = samples::samples().into_iter().find(|(name, _)| *name == "ack-refused").unwrap().1
    else {
        panic!("no ack")
    };
    ack.stage = AckStage::Refused("x".repeat(wire::LENGTH_MAX));
    assert!(matches!(recorder.record(at(0), &Message::Ack(ack)), Err(RecordingError::TooLong { .. })));
    let long = vec![0; ATTACHMENT_LENGTH_MAX + 1];
    assert!(matches!(recorder.attach("a", "b", &long), Err(RecordingError::TooLong { .. })));
    recorder.record(at(0), &beat(0)).unwrap();
    let bytes = recorder.finish().unwrap();
    assert_eq!(read(&bytes).unwrap().messages().filter(Result::is_ok).count(), 1);
}

/// A disk that is full after so many bytes.
struct FullDisk(usize);

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    for room in (0..6000).step_by(50) {
        let Ok(mut recorder) = Recorder::new(FullDisk(room), &header()) else { continue };
        let recorded = (0..60).try_for_each(|second| recorder.record(at(second), &beat(second)));
        let again = recorder.record(at(60), &beat(60));
        assert!(recorded.is_ok() || again.is_err());
        let _ = recorder.attach("a", "b", b"c");
        let _ = recorder.flush();
        let _ = recorder.finish();
    }
}

#[test]
fn other_tools_read_it_too() {
    let bytes = night(25);
    let summary = mcap::Summary::read(&bytes).unwrap().unwrap();
    let stats = summary.stats.unwrap();
    assert_eq!((stats.message_count, stats.channel_count, stats.attachment_count), (25, TOPICS.len() as u32, 1));
    let topics: Vec<_> = summary.channels.values().map(|channel| channel.topic.as_str()).collect();
    assert!(topics.contains(&"picket/kiel-holtenau/vehicle/*/state"), "{topics:?}");
    let messages: Vec<_> = mcap::MessageStream::new(&bytes).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(messages.len(), 25);
    assert!(messages.iter().all(|message| message.channel.message_encoding == "cbor"));
}
