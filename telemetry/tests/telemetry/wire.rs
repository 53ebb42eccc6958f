//! Round trips, and what hostile bytes do: nothing.

use proptest::prelude::*;
use telemetry::messages::{Claim, JournalBody, RemoteIdClaim, VehicleState};
use telemetry::topics::Topic;
use telemetry::wire::{self, WireError};
use telemetry::{Icao24, Message, SensorId, TrackId, VehicleId};

use crate::generate;

/// A topic of every row.
fn topics() -> Vec<Topic> {
    let vehicle = || VehicleId::new("kiel-1").unwrap();
    vec![
        Topic::VehicleState(vehicle()),
        Topic::Journal(vehicle()),
        Topic::JournalAck(vehicle()),
        Topic::Command(vehicle()),
        Topic::Ack(vehicle()),
        Topic::Scan(SensorId::new("radar-1").unwrap()),
        Topic::Registration(SensorId::new("radar-1").unwrap()),
        Topic::Video(SensorId::new("mast-1").unwrap()),
        Topic::Evidence(SensorId::new("mast-1").unwrap()),
        Topic::EvidenceRequest(SensorId::new("mast-1").unwrap()),
        Topic::EvidenceReply(SensorId::new("mast-1").unwrap()),
        Topic::Track(TrackId(1)),
        Topic::Alert("kiel.1".parse().unwrap()),
        Topic::Cue("kiel.1".parse().unwrap()),
        Topic::OperatorAction("anna".parse().unwrap()),
        Topic::StationBeat,
    ]
}

fn refused_by_all(bytes: &[u8]) -> bool {
    topics().iter().all(|topic| Message::decode(topic, bytes).is_err())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_message_reads_back_and_writes_the_same_bytes(message in generate::message()) {
        let bytes = message.encode();
        let read = Message::decode(&message.topic(), &bytes).unwrap();
        prop_assert_eq!(read.encode(), bytes);
        // A state travels in steps, and NaN is not equal to itself; everything else is exact.
        if !matches!(message, Message::VehicleState(_)) {
            prop_assert_eq!(read, message);
        }
    }

    #[test]
    fn a_state_reads_back_to_the_nearest_step(state in generate::vehicle_state()) {
        let read: VehicleState = wire::decode(&wire::encode(&state)).unwrap();
        let near = |a: f64, b: f64, step: f64| (a - b).abs() <= step / 2.0 * (1.0 + 1e-6) || a.is_nan() && b.is_nan();
        prop_assert!(near(read.altitude.metres, state.altitude.metres, 0.01));
        prop_assert!(near(read.height.metres, state.height.metres, 0.01));
        for (a, b) in read.velocity.vector().iter().zip(state.velocity.vector().iter()) {
            prop_assert!(near(*a, *b, 0.01));
        }
        prop_assert!(near(read.attitude.roll_rad, state.attitude.roll_rad, 1e-4));
        prop_assert!(near(read.attitude.pitch_rad, state.attitude.pitch_rad, 1e-4));
        prop_assert!(read.attitude.heading.turn_from(state.attitude.heading).abs() < 1e-4);
        for (a, b, step) in [
            (read.battery.remaining, state.battery.remaining, 1e-3),
            (read.battery.voltage_v, state.battery.voltage_v, 1e-2),
            (read.battery.current_a, state.battery.current_a, 1e-2),
        ] {
            prop_assert!(near(a.into(), b.into(), step * 1.01));
        }
        match (read.position, state.position) {
            (Some(a), Some(b)) => prop_assert!(a.distance_m(b) < 0.02, "{} m", a.distance_m(b)),
            (a, b) => prop_assert_eq!(a, b),
        }
        let rest = |s: VehicleState| (s.vehicle, s.measured_at, s.kind, s.mode, s.phase, s.gnss, s.failsafes,
            s.progress, s.cue);
        prop_assert_eq!(rest(read), rest(state));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for topic in topics() {
            let _ = Message::decode(&topic, &bytes);
        }
    }

    #[test]
    fn a_message_with_bytes_changed_never_panics_and_what_reads_has_finite_numbers(
        message in generate::message(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = message.encode();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(Message::Track(track)) = Message::decode(&message.topic(), &bytes) {
            prop_assert!(track.covariance.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn a_message_cut_short_is_refused(message in generate::message(), at in any::<proptest::sample::Index>()) {
        let bytes = message.encode();
        prop_assert!(refused_by_all(&bytes[..at.index(bytes.len())]));
    }
}

#[test]
fn nesting_ten_thousand_deep_is_refused_without_a_deep_stack() {
    for opening in [&[0x81][..], &[0xa1, 0x61, b'v'], &[0x9f], &[0xc1, 0x81]] {
        let mut bytes = vec![0x82, 0x01];
        for _ in 0..10_000 {
            bytes.extend(opening);
        }
        bytes.push(0x00);
        assert!(refused_by_all(&bytes), "{opening:?}");
        // The same as a field that no reader knows, which would be skipped.
        let mut bytes = vec![0x82, 0x01, 0xa1, 0x62, b'z', b'z'];
        for _ in 0..10_000 {
            bytes.extend(opening);
        }
        bytes.push(0x00);
        assert!(refused_by_all(&bytes), "{opening:?}");
    }
}

#[test]
fn sixty_four_mebibytes_are_refused_by_their_length_alone() {
    let error = wire::decode::<VehicleState>(&vec![0; 64 << 20]).unwrap_err();
    assert!(matches!(error, WireError::TooLong { found } if found == 64 << 20), "{error}");
}

#[test]
fn lengths_that_cannot_be_true_are_refused() {
    for head in [0x5b, 0x7b, 0x9b, 0xbb] {
        let mut bytes = vec![0x82, 0x01, head];
        bytes.extend([0xff; 8]);
        bytes.extend([0; 40]);
        assert!(refused_by_all(&bytes), "{head:#x}");
    }
}

#[test]
fn a_number_that_is_not_finite_is_refused_wherever_it_stands() {
    let scan = |range_m: f64| {
        let mut bytes = Vec::new();
        // [1, {"zz": range}]: an unknown field is no hiding place either.
        bytes.extend([0x82, 0x01, 0xa1, 0x62, b'z', b'z', 0xfb]);
        bytes.extend(range_m.to_be_bytes());
        bytes
    };
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = wire::decode::<VehicleState>(&scan(value)).unwrap_err();
        assert!(matches!(error, WireError::Malformed { what: "a number that is not finite", .. }), "{error}");
    }
    assert!(!matches!(wire::decode::<VehicleState>(&scan(1.0)), Err(WireError::Malformed { .. })));
}

#[test]
fn a_battery_without_readings_travels_as_such() {
    let bytes = crate::samples::vehicle_state_bare().encode();
    let Ok(Message::VehicleState(state)) = Message::decode(&topics()[0], &bytes) else { panic!("no state") };
    assert!(state.battery.remaining.is_nan() && state.battery.voltage_v.is_nan() && state.battery.current_a.is_nan());
}

#[test]
fn a_state_whose_velocity_is_not_finite_is_refused_by_its_reader() {
    let Message::VehicleState(mut state) = crate::samples::vehicle_state_bare() else { panic!("no state") };
    state.velocity.up_m_s = f64::NAN;
    assert!(wire::decode::<VehicleState>(&wire::encode(&state)).is_err());
}

#[test]
fn a_message_that_names_another_vehicle_than_its_topic_is_refused() {
    let message = crate::samples::vehicle_state_bare();
    let other = Topic::VehicleState(VehicleId::new("kiel-2").unwrap());
    let error = Message::decode(&other, &message.encode()).unwrap_err();
    assert_eq!(error.to_string(), "a message of topic vehicle/kiel-1/state came on topic vehicle/kiel-2/state");
}

#[test]
fn a_state_with_everything_in_it_fits_a_kilobyte_a_second_at_five_hertz() {
    let message = crate::samples::vehicle_state_full();
    let key = message.topic().key(&"kiel-holtenau".parse().unwrap());
    assert_eq!(key, "picket/kiel-holtenau/vehicle/kiel-1/state");
    let per_second = 5 * (key.len() + message.encode().len());
    assert!(per_second <= 1000, "{per_second} B/s: {} + {}", key.len(), message.encode().len());
}

#[test]
fn a_journal_with_a_body_from_the_future_keeps_its_bytes() {
    let body = b"\x82\x02\xa1\x66acoust\x01".to_vec();
    let Message::JournalEntry(mut entry) = crate::samples::journal_alert() else { panic!("no entry") };
    entry.body = JournalBody::Unreadable(body.clone());
    let bytes = Message::JournalEntry(entry.clone()).encode();
    let read = Message::decode(&topics()[1], &bytes).unwrap();
    assert_eq!(read, Message::JournalEntry(entry));
    assert_eq!(read.encode(), bytes);
}

#[test]
fn a_remote_id_that_no_transmitter_can_send_is_refused_by_its_reader() {
    for uas_id in ["", "123456789012345678901", "1581F5FKD2\n", "Ümlaut"] {
        let claim = Claim::RemoteId(RemoteIdClaim { uas_id: uas_id.to_owned(), operator: None });
        let error = wire::decode::<Claim>(&wire::encode(&claim)).unwrap_err();
        assert!(matches!(error, WireError::Unreadable { .. }), "{uas_id:?}: {error}");
    }
}

#[test]
fn an_address_of_more_than_24_bits_is_refused_by_its_reader() {
    let address = |number: u32| wire::decode::<Icao24>(&wire::encode(&number));
    assert_eq!(address(0xff_ffff).unwrap().to_string(), "FFFFFF");
    assert!(matches!(address(0x100_0000), Err(WireError::Unreadable { .. })));
}
