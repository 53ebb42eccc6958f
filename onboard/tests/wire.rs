//! What lies below the messages: frames that are passed on, links, signatures.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use mavlink::calculate_crc;
use onboard::link::checksum::{checksum, flipped};
use onboard::link::splitter::{RawFrame, Splitter};
use proptest::prelude::*;
use telemetry::{MavComponentId, MavSystemId};

const COPTER: &[u8] = include_bytes!("data/copter457.mavlink");
const ROV: &[u8] = include_bytes!("data/rov00025.mavlink");

/// A frame of a message that no dialect has: nobody can check its checksum.
fn unknown(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xFD, payload.len() as u8, 0, 0, sequence, 42, 9, 0x40, 0xEB, 0x00];
    frame.extend_from_slice(payload);
    let sum = checksum(&frame[1..], 0x5A);
    frame.extend_from_slice(&sum.to_le_bytes());
    frame
}

fn split(bytes: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut splitter = Splitter::new();
    splitter.push_datagram(bytes);
    let mut frames = Vec::new();
    while let Some(frame) = splitter.next_raw() {
        frames.push((frame.bytes.to_vec(), frame.checked));
    }
    frames
}

#[test]
fn recorded_bytes_come_out_of_the_splitter_as_they_went_in() {
    for recorded in [COPTER, ROV] {
        let out: Vec<u8> = split(recorded).into_iter().flat_map(|(frame, _)| frame).collect();
        assert!(out == recorded, "{} bytes in, {} out", recorded.len(), out.len());
    }
}

#[test]
fn a_message_that_no_dialect_has_is_passed_on_byte_for_byte_and_marked() {
    let (first, second) = (unknown(1, &[1, 2, 3]), unknown(2, &[0xFD; 40]));
    let bytes = [&first[..], &second, &first].concat();
    assert_eq!(split(&bytes), [(first.clone(), false), (second, false), (first.clone(), false)]);
    let mut stream = Splitter::new();
    stream.push(&first);
    assert_eq!(stream.next_raw(), None, "in a stream it may still be noise");
    stream.push(&COPTER[..1]);
    assert_eq!(stream.next_raw().map(|frame| frame.bytes.to_vec()), Some(first));
}

#[test]
fn an_unknown_message_with_noise_behind_it_is_noise() {
    let bytes = [&unknown(1, &[1, 2, 3])[..], &[7, 7, 7]].concat();
    assert_eq!(split(&bytes), []);
}

#[test]
fn the_addressee_is_read_from_the_frame_as_the_dialect_says() {
    let mut splitter = Splitter::new();
    splitter.push(COPTER);
    let mut addressed = 0;
    while let Some(raw) = splitter.next_raw() {
        use mavlink::Message as _;
        let frame = onboard::link::frames::Frame::of(&raw).unwrap();
        let stated = (frame.message.target_system_id(), frame.message.target_component_id());
        let read = raw.addressee();
        assert_eq!(read.0, MavSystemId(stated.0.unwrap_or(0)), "{}", frame.message.message_name());
        assert_eq!(read.1, MavComponentId(stated.1.unwrap_or(0)), "{}", frame.message.message_name());
        addressed += u32::from(stated.0.is_some());
    }
    assert!(addressed > 25, "{addressed}");
}

proptest! {
    #[test]
    fn the_checksum_is_that_of_the_mavlink_crate(bytes in proptest::collection::vec(any::<u8>(), 0..300), extra: u8) {
        prop_assert_eq!(checksum(&bytes, extra), calculate_crc(&bytes, extra));
    }

    #[test]
    fn a_flipped_byte_changes_the_checksum_as_foretold_whatever_the_definition(
        mut bytes in proptest::collection::vec(any::<u8>(), 1..300), extra: u8, bits: u8, at in any::<prop::sample::Index>()
    ) {
        let (before, at) = (checksum(&bytes, extra), at.index(bytes.len()));
        bytes[at] ^= bits;
        prop_assert_eq!(checksum(&bytes, extra), before ^ flipped(bits, bytes.len() - 1 - at));
    }

    #[test]
    fn any_bytes_and_any_portions_give_frames_or_nothing(
        noise in proptest::collection::vec(any::<u8>(), 0..600), cut in any::<prop::sample::Index>(), datagram: bool
    ) {
        let bytes = [&noise[..], &COPTER[..200], &unknown(3, &noise[..noise.len().min(255)])].concat();
        let (first, second) = bytes.split_at(cut.index(bytes.len()));
        let mut splitter = Splitter::new();
        for portion in [first, second] {
            if datagram { splitter.push_datagram(portion) } else { splitter.push(portion) }
            while let Some(frame) = splitter.next_raw() {
                prop_assert!(bytes.windows(frame.bytes.len()).any(|window| window == frame.bytes));
                let whole = RawFrame::whole(frame.bytes).unwrap();
                prop_assert_eq!(whole.sender(), frame.sender());
            }
        }
    }
}
