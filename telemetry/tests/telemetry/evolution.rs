//! Older and newer programs talk to each other: a field added, a field removed, a message or a variant unknown, each
//! against the golden bytes of version 1.

use serde::{Deserialize, Serialize};
use telemetry::messages::{
    Failsafe, FlightMode, JournalBody, TargetClass, TargetKind, Track, TrackAlert, VehicleKind, VehicleState,
};
use telemetry::topics::{Topic, TopicError};
use telemetry::wire::{self, WireError};
use telemetry::{Message, SiteId, Timestamp, VehicleId};

use crate::{golden, samples};

fn kiel_1() -> VehicleId {
    VehicleId::new("kiel-1").unwrap()
}

fn full() -> VehicleState {
    let Message::VehicleState(state) = samples::vehicle_state_full() else { panic!("no state") };
    state
}

/// A state as a program before version 1 might have known it: three fields.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct OlderState {
    #[serde(rename = "v")]
    vehicle: VehicleId,
    #[serde(rename = "t")]
    measured_at: Timestamp,
    #[serde(rename = "m")]
    mode: FlightMode,
}

/// A state as a program after version 1 might know it: a field more, an old field gone.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct NewerState {
    #[serde(rename = "v")]
    vehicle: VehicleId,
    #[serde(rename = "t")]
    measured_at: Timestamp,
    #[serde(rename = "wind", default)]
    wind_m_s: Option<[f32; 2]>,
}

#[test]
fn an_older_reader_reads_a_state_with_fields_it_does_not_know() {
    let read: OlderState = wire::decode(&golden::bytes("vehicle-state-full")).unwrap();
    assert_eq!(read, OlderState { vehicle: kiel_1(), measured_at: full().measured_at, mode: FlightMode::Mission });
}

#[test]
fn a_newer_reader_fills_in_a_field_that_version_1_did_not_have() {
    let read: NewerState = wire::decode(&golden::bytes("vehicle-state-full")).unwrap();
    assert_eq!(read, NewerState { vehicle: kiel_1(), measured_at: full().measured_at, wind_m_s: None });
}

#[test]
fn version_1_reads_a_state_with_a_field_added_and_others_removed() {
    let newer = NewerState { vehicle: kiel_1(), measured_at: full().measured_at, wind_m_s: Some([3.0, -1.0]) };
    let read: VehicleState = wire::decode(&wire::encode(&newer)).unwrap();
    assert_eq!((read.vehicle, read.measured_at), (newer.vehicle, newer.measured_at));
    assert_eq!((read.kind, read.position, read.mode), (VehicleKind::Unknown, None, FlightMode::Unknown));
    assert!(read.battery.remaining.is_nan());
}

#[test]
fn version_1_reads_a_newer_version_and_parts_behind_the_body() {
    let mut bytes = golden::bytes("vehicle-state-full");
    assert_eq!(bytes[..2], [0x82, 0x01]);
    bytes[..2].copy_from_slice(&[0x83, 0x07]);
    // A signature, say: four bytes.
    bytes.extend([0x44, 1, 2, 3, 4]);
    assert_eq!(wire::decode::<VehicleState>(&bytes).unwrap(), full());
}

#[test]
fn a_field_that_must_be_there_and_is_not_is_an_error_that_says_so() {
    #[derive(Serialize)]
    struct Nameless {
        t: Timestamp,
    }
    let error = wire::decode::<VehicleState>(&wire::encode(&Nameless { t: Timestamp::EPOCH })).unwrap_err();
    let WireError::Unreadable { version: 1, source } = error else { panic!("{error}") };
    assert!(source.to_string().contains('v'), "{source}");
}

/// The golden bytes with one text in them replaced by another of the same length.
fn replaced(name: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = golden::bytes(name);
    let at = bytes.windows(from.len()).position(|window| window == from).expect("the text is in the bytes");
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

#[test]
fn a_kind_mode_or_failsafe_from_the_future_reads_as_unknown() {
    let kind: VehicleState = wire::decode(&replaced("vehicle-state-full", b"akam", b"akaz")).unwrap();
    assert_eq!(kind.kind, VehicleKind::Unknown);
    let mode: VehicleState = wire::decode(&replaced("vehicle-state-full", b"amapaf", b"amazaf")).unwrap();
    assert_eq!(mode.mode, FlightMode::Unknown);
    let failsafe: VehicleState = wire::decode(&replaced("vehicle-state-full", b"ax\x87al", b"ax\x87az")).unwrap();
    assert_eq!(failsafe.failsafes[0], Failsafe::Unknown);
    assert_eq!(failsafe.failsafes[1..], full().failsafes[1..]);
}

#[test]
fn what_a_later_tracker_finds_wrong_with_a_target_or_takes_it_for_reads_as_unknown() {
    let alert: Track = wire::decode(&replaced("track-shared", b"gais_off", b"gais_odd")).unwrap();
    assert!(alert.alerts.contains(&TrackAlert::Unknown) && !alert.alerts.contains(&TrackAlert::AisOff));
    assert_eq!(alert.alerts.len(), 5);
    let kind: Track = wire::decode(&replaced("track-shared", b"ftanker", b"ftonker")).unwrap();
    assert!(kind.classification.kinds.contains_key(&TargetKind::Unknown));
    let class: Track = wire::decode(&replaced("track-shared", b"fperson", b"fpirate")).unwrap();
    assert!(class.classification.belief.contains_key(&TargetClass::Unknown));
}

#[test]
fn a_track_without_what_was_added_later_reads_as_one_of_which_nothing_is_wrong() {
    let track: Track = wire::decode(&golden::bytes("track")).unwrap();
    assert!(track.alerts.is_empty() && track.sources.is_empty() && track.classification.kinds.is_empty());
}

#[test]
fn a_command_from_the_future_is_an_error_and_not_another_command() {
    let bytes = replaced("command-land", b"dland", b"ddive");
    let error = Message::decode(&Topic::Command(kiel_1()), &bytes).unwrap_err();
    assert!(matches!(error, WireError::Unreadable { .. }), "{error}");
}

#[test]
fn a_measurement_from_the_future_is_an_error_in_a_scan() {
    let bytes = replaced("scan", b"crae", b"cfoo");
    let error = Message::decode(&Topic::Scan("radar-1".parse().unwrap()), &bytes).unwrap_err();
    assert!(matches!(error, WireError::Unreadable { .. }), "{error}");
}

#[test]
fn a_measurement_from_the_future_in_a_journal_keeps_its_number_and_its_bytes() {
    let bytes = replaced("journal-scan", b"crae", b"cfoo");
    let Message::JournalEntry(entry) = Message::decode(&Topic::Journal(kiel_1()), &bytes).unwrap() else {
        panic!("no entry")
    };
    assert_eq!((entry.series, entry.number, entry.after), (1_795_000_000, 300, 299));
    assert!(matches!(entry.body, JournalBody::Unreadable(_)));
    assert_eq!(Message::JournalEntry(entry).encode(), bytes);
}

#[test]
fn a_bare_variant_that_comes_with_a_body_is_an_error_and_shifts_nothing() {
    // {"m": {"z": 1}} where a mode is a bare name: the 1 must not be taken for the next field.
    let body = [&b"\x82\x01\xa3\x61v\x66kiel-1\x61t\x00"[..], b"\x61m\xa1\x61z\x01"].concat();
    assert!(wire::decode::<VehicleState>(&body).is_err());
    // The same with a body that could pass for the next field's name.
    let body = [&b"\x82\x01\xa4\x61v\x66kiel-1\x61t\x00"[..], b"\x61m\xa1\x61z\x61q", b"\x61f\x61f"].concat();
    assert!(wire::decode::<VehicleState>(&body).is_err());
}

#[test]
fn an_unknown_message_is_an_unknown_topic_and_its_bytes_are_no_known_message() {
    let site = SiteId::new("kiel-holtenau").unwrap();
    let key = "picket/kiel-holtenau/vehicle/kiel-1/acoustics";
    assert!(matches!(Topic::parse(&site, key), Err(TopicError::Unknown { .. })));
    #[derive(Serialize)]
    struct Acoustics {
        array: VehicleId,
        decibel: f32,
    }
    let bytes = wire::encode(&Acoustics { array: kiel_1(), decibel: 41.5 });
    for (name, message) in samples::samples() {
        let error = Message::decode(&message.topic(), &bytes).expect_err(name);
        assert!(matches!(error, WireError::Unreadable { .. }), "{name}: {error}");
    }
}

#[test]
fn a_journal_entry_does_not_pass_for_its_acknowledgement() {
    assert!(Message::decode(&Topic::JournalAck(kiel_1()), &golden::bytes("journal-alert")).is_err());
    assert!(Message::decode(&Topic::Journal(kiel_1()), &golden::bytes("journal-ack")).is_err());
}
