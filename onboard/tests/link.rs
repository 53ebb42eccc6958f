//! The link against recorded autopilots, hostile bytes and a bad line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::collections::BTreeMap;

use flight::{Flight, Impairment, plan};
use mavlink::dialects::ardupilotmega::{MavMessage, MavMissionResult};
use mavlink::{MAVLinkV1MessageRaw, MavHeader, Message};
use onboard::link::frames::{Counts, Decoder, Encoder, Frame, PENDING_MAX};
use onboard::link::mode::Family;
use onboard::link::telemetry::Telemetry;
use proptest::prelude::*;
use telemetry::messages::{AckStage, Command, FlightMode, VehicleKind};
use telemetry::{GeoidUndulation, MavComponentId, MavSystemId, Timestamp};

const COPTER: &[u8] = include_bytes!("data/copter457.mavlink");
const ROV: &[u8] = include_bytes!("data/rov00025.mavlink");

fn decode(decoder: &mut Decoder, bytes: &[u8]) -> Vec<Frame> {
    decoder.push(bytes);
    std::iter::from_fn(|| decoder.next_frame()).collect()
}

#[test]
fn a_recorded_copter_is_read_to_the_last_frame() {
    let mut decoder = Decoder::new();
    let frames = decode(&mut decoder, COPTER);
    let counts = decoder.counts();
    let clean = Counts { messages: 886, sequence_gaps: counts.sequence_gaps, ..Counts::default() };
    assert_eq!(counts, clean);
    assert!(frames.iter().all(|frame| (frame.system, frame.component) == (MavSystemId(1), MavComponentId(1))));
    let of = |name: &str| frames.iter().filter(|frame| frame.message.message_name() == name).count();
    assert_eq!((of("HEARTBEAT"), of("MISSION_REQUEST"), of("MISSION_ACK"), of("STATUSTEXT")), (139, 22, 5, 41));
}

#[test]
fn a_recorded_wire_with_two_components_and_both_versions_of_the_protocol_is_read_without_a_gap() {
    let mut decoder = Decoder::new();
    let frames = decode(&mut decoder, ROV);
    assert_eq!(decoder.counts(), Counts { messages: 900, ..Counts::default() });
    let mut by_component = BTreeMap::new();
    for frame in &frames {
        *by_component.entry(frame.component.0).or_insert(0) += 1;
    }
    assert_eq!(by_component, BTreeMap::from([(1, 889), (194, 11)]));
}

#[test]
fn the_recorded_copters_modes_and_places_come_out_right() {
    let mut telemetry = Telemetry::new(VehicleKind::Multirotor, Family::Copter, GeoidUndulation::new(47.0));
    let (mut modes, mut highest_m) = (Vec::new(), 0.0_f64);
    for frame in decode(&mut Decoder::new(), COPTER) {
        telemetry.take(Timestamp::EPOCH, &frame.message);
        if telemetry.mode() != FlightMode::Unknown && modes.last() != Some(&telemetry.mode()) {
            modes.push(telemetry.mode());
        }
        highest_m = highest_m.max(telemetry.fix.map_or(0.0, |fix| fix.height.metres));
    }
    assert_eq!(modes, [FlightMode::Manual, FlightMode::Guided, FlightMode::Mission]);
    let fix = telemetry.fix.unwrap();
    let place = fix.position.lat_lon();
    assert!((place.latitude_deg() - 47.39774).abs() < 1e-4 && (place.longitude_deg() - 8.54559).abs() < 1e-4);
    assert!((telemetry.home_altitude().unwrap().metres - 488.1).abs() < 0.5);
    assert!((fix.position.height().metres - fix.altitude.metres - 47.0).abs() < 1e-9);
    assert!((20.0..=60.0).contains(&highest_m), "{highest_m}");
    assert_eq!((telemetry.dropped(), telemetry.foreign.as_deref()), (0, None));
    assert!(telemetry.gnss.usable());
}

#[test]
fn every_message_of_the_dialect_comes_back_as_it_was_sent() {
    let mut encoder = Encoder::new(MavSystemId(1), MavComponentId(1));
    let mut known = 0;
    for id in 0..60_000 {
        let Some(message) = MavMessage::default_message_from_id(id) else { continue };
        known += 1;
        let frames = decode(&mut Decoder::new(), &encoder.encode(&message));
        assert_eq!(frames.len(), 1, "{}", message.message_name());
        assert_eq!(frames[0].message, message);
        if id <= 255 {
            let mut raw = MAVLinkV1MessageRaw::new();
            raw.serialize_message(MavHeader { system_id: 1, component_id: 1, sequence: 0 }, &message);
            let frames = decode(&mut Decoder::new(), raw.raw_bytes());
            assert_eq!(frames.len(), 1, "{} in MAVLink 1", message.message_name());
        }
    }
    assert!(known > 200, "{known}");
}

/// A frame of this id, which no dialect has, followed by what follows it.
fn unknown_frame() -> Vec<u8> {
    vec![0xFD, 3, 0, 0, 9, 1, 1, 0x11, 0x22, 0x33, 1, 2, 3, 0xAA, 0xBB]
}

#[test]
fn a_frame_of_an_unknown_message_is_stepped_over_and_counted() {
    let mut decoder = Decoder::new();
    let bytes = [unknown_frame(), ROV.to_vec()].concat();
    assert_eq!(decode(&mut decoder, &bytes).len(), 900);
    assert_eq!(decoder.counts(), Counts { messages: 900, unknown_id: 1, ..Counts::default() });
}

#[test]
fn a_damaged_frame_is_counted_and_the_next_one_is_read() {
    let mut encoder = Encoder::new(MavSystemId(1), MavComponentId(1));
    let heartbeat = MavMessage::default_message_from_id(0).unwrap();
    let (mut damaged, whole) = (encoder.encode(&heartbeat), encoder.encode(&heartbeat));
    damaged[12] ^= 0x10;
    let mut decoder = Decoder::new();
    assert_eq!(decode(&mut decoder, &[damaged, whole].concat()).len(), 1);
    let counts = decoder.counts();
    assert_eq!((counts.messages, counts.bad_crc), (1, 1));
}

#[test]
fn frames_that_are_missing_are_counted_by_sender() {
    let mut encoder = Encoder::new(MavSystemId(1), MavComponentId(1));
    let heartbeat = MavMessage::default_message_from_id(0).unwrap();
    let frames: Vec<_> = (0..300).map(|_| encoder.encode(&heartbeat)).collect();
    let mut decoder = Decoder::new();
    for frame in frames.iter().enumerate().filter(|(n, _)| n % 10 != 5).map(|(_, frame)| frame) {
        decode(&mut decoder, frame);
    }
    assert_eq!(decoder.counts().sequence_gaps, 30);
}

#[test]
fn more_than_can_wait_is_dropped_and_counted() {
    let mut decoder = Decoder::new();
    decoder.push(&vec![0; PENDING_MAX + 1000]);
    assert_eq!(decoder.next_frame(), None);
    let counts = decoder.counts();
    assert_eq!((counts.overflow_bytes, counts.junk_bytes), (1000, PENDING_MAX as u64));
}

/// Bytes as a bad line gives them: noise rich in markers, and pieces of real traffic, some of it damaged.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFD), Just(0xFE), 0..3_u8], 0..600);
    let piece = (0..COPTER.len() - 400, 1..400_usize, any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(from, length, at, flip)| {
            let mut piece = COPTER[from..from + length].to_vec();
            let at = at.index(piece.len());
            piece[at] ^= flip;
            piece
        },
    );
    prop::collection::vec(prop_oneof![noise, piece], 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic_and_the_portions_do_not_matter(
        bytes in hostile(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut whole = Decoder::new();
        let at_once = decode(&mut whole, &bytes);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let mut portioned = Decoder::new();
        let in_portions: Vec<Frame> =
            cuts.windows(2).flat_map(|cut| decode(&mut portioned, &bytes[cut[0]..cut[1]])).collect();
        // As text, because a recorded HOME_POSITION holds numbers that are none.
        prop_assert_eq!(format!("{at_once:?}"), format!("{in_portions:?}"));
        prop_assert_eq!(whole.counts(), portioned.counts());
    }

    #[test]
    fn after_any_noise_and_a_silence_every_frame_is_read(bytes in hostile()) {
        let mut decoder = Decoder::new();
        // The longest frame has 280 bytes: after so many zeros no false one is still waiting for its end.
        decode(&mut decoder, &[bytes, vec![0; 280]].concat());
        let frames = decode(&mut decoder, ROV);
        prop_assert_eq!(frames.len(), 900);
    }

    #[test]
    fn no_bytes_make_the_agent_panic(bytes in hostile(), text in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut flight = Flight::of(VehicleKind::Multirotor, 1);
        flight.run_s(2.0);
        flight.agent.handle(flight.now, onboard::agent::Input::Autopilot(&bytes));
        flight.agent.handle(flight.now, onboard::agent::Input::CameraPlots(&text));
        flight.run_s(1.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the line does, an upload ends, and only ends well when the autopilot holds what was sent.
    #[test]
    fn an_upload_over_a_bad_line_ends_and_never_lies(
        seed in any::<u64>(), loss in 0.0..0.45_f64, duplicate in 0.0..0.5_f64, delay_max_s in 0.0..2.0_f64,
        spoils_item in prop::option::weighted(0.2, prop::sample::select(vec![1_u16, 3, 4, 6])), denied in prop::bool::weighted(0.2),
    ) {
        let mut flight = Flight::of(VehicleKind::Multirotor, seed);
        flight.run_s(8.0);
        flight.link = Impairment { loss, duplicate, delay_max_s };
        flight.peer.quirks.spoils_item = spoils_item;
        if denied {
            flight.peer.quirks.final_ack = MavMissionResult::MAV_MISSION_DENIED;
        }
        let stage = flight.order(Command::Plan(plan()));
        prop_assert!(matches!(stage, AckStage::Done | AckStage::Failed(_)), "{:?}", stage);
        if stage == AckStage::Done {
            let mut clean = Flight::of(VehicleKind::Multirotor, 1);
            clean.run_s(8.0);
            prop_assert_eq!(clean.order(Command::Plan(plan())), AckStage::Done);
            prop_assert_eq!(&flight.peer.mission[1..], &clean.peer.mission[1..]);
        }
    }
}
