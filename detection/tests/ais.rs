//! The AIS decoder on real captures, and on bytes nobody sent.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::path::Path;

use aivdm::message::PositionReportClassA;
use detection::ais::{AisError, Counts, Decoder};
use proptest::prelude::*;
use telemetry::messages::{AisClaim, AisEta, AisVoyage, Claim, Measurement, SensorScan};
use telemetry::{AltitudeHae, Geodetic, SensorId, Timestamp};

fn decoder() -> Decoder {
    let origin = Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(60.0)).unwrap();
    Decoder::new(SensorId::new("ais-1").unwrap(), origin, AltitudeHae::new(39.0))
}

fn now() -> Timestamp {
    "2026-11-21T03:12:00Z".parse().unwrap()
}

fn decode(bytes: &[u8]) -> (Vec<SensorScan>, Counts) {
    let mut decoder = decoder();
    let lines = bytes.split(|&b| b == b'\n');
    let scans = lines.filter_map(|line| decoder.decode_line(now(), line).ok().flatten()).collect();
    (scans, decoder.counts())
}

fn claim(scan: &SensorScan) -> &AisClaim {
    match &scan.detections[0].claim {
        Some(Claim::Ais(claim)) => claim,
        other => panic!("expected an AIS claim, got {other:?}"),
    }
}

/// Sentences (damaged ones too), messages, vessel positions and empty payloads in a capture, as an independent decoder counts them.
struct Expected {
    sentences: u64,
    messages: u64,
    positions: u64,
    empty_payloads: u64,
}

fn check(name: &str, bytes: &[u8], expected: &Expected) {
    let (scans, counts) = decode(bytes);
    let found = (counts.sentences + counts.checksum_failed, counts.messages, counts.positions, counts.empty_payloads);
    let expected = (expected.sentences, expected.messages, expected.positions, expected.empty_payloads);
    assert_eq!(found, expected, "{name}: {counts:?}");
    assert_eq!(scans.len() as u64, counts.positions, "{name}");
}

#[test]
fn shipped_captures_decode_as_an_independent_decoder_decodes_them() {
    let check = |name: &str, sentences, messages, positions, empty_payloads| {
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap();
        check(name, &bytes, &Expected { sentences, messages, positions, empty_payloads });
    };
    check("ais-longbeach.txt", 243, 235, 198, 0);
    check("ais-denmark.txt", 156, 144, 110, 0);
    check("ais-tagblock-groups.nmea", 5, 4, 3, 0);
    check("ais-aegean.txt", 898, 778, 758, 100);
    check("ais-norway.nm4", 100, 90, 79, 0);
}

#[test]
fn whole_captures_decode_as_an_independent_decoder_decodes_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ais");
    if !folder.is_dir() {
        println!("not checked: {} is not there", folder.display());
        return;
    }
    let check = |name: &str, sentences, messages, positions, empty_payloads| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        check(name, &bytes, &Expected { sentences, messages, positions, empty_payloads });
    };
    check("dk_aislib_stream_example.txt", 4500, 4051, 2965, 0);
    check("copenhagen_aislib_decode_encode.txt", 646, 601, 420, 0);
    check("longbeach_aislib_ais250.txt", 243, 235, 198, 0);
    check("norway_kystverket_tagblock_a.nm4", 600, 530, 454, 0);
    check("ijsselmeer_gpsd_ais-nmea.log", 183, 171, 141, 0);
    check("aegean_pyais_nmea_data_sample.txt", 898, 778, 758, 100);
    // One sentence lacks its '!' and one claims more fill bits than its report has to spare; pyais takes both.
    check("alltypes_gpsd_sample.aivdm", 118, 101, 11, 0);
    check("libais_tagblock.nmea", 5, 4, 3, 0);
}

fn shipped(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

#[test]
fn every_message_is_counted_under_what_it_is() {
    let (_, counts) = decode(&shipped("ais-denmark.txt"));
    let sorted = counts.positions
        + counts.without_position
        + counts.statics
        + counts.base_stations
        + counts.search_aircraft
        + counts.aids_to_navigation
        + counts.other_messages;
    assert_eq!(sorted, counts.messages);
    assert!(counts.base_stations == 8 && counts.statics == 16 && counts.other_messages == 10, "{counts:?}");
}

#[test]
fn a_real_report_says_where_the_vessel_was_and_how_it_moved() {
    // From the Norwegian capture; the figures are pyais 3.3.1's.
    let line = b"\\c:1565218798*53\\!ABVDM,1,1,,A,13tfH:022;PhpibQUS:FkUKj06kd,0*3A";
    let scan = decoder().decode_line(now(), line).unwrap().unwrap();
    let detection = &scan.detections[0];
    assert_eq!(scan.measured_at.to_string(), "2019-08-07T22:59:57Z", "received at :58, fixed at :57");
    assert_eq!(u32::from(claim(&scan).mmsi), 265_001_000);
    assert_eq!(claim(&scan).navigational_status, Some(0));
    let Measurement::Position { position, horizontal_sigma_m, vertical_sigma_m, velocity } = detection.measurement
    else {
        panic!("expected a position, got {detection:?}");
    };
    let at = position.lat_lon();
    assert!((at.latitude_deg() - 58.697_028).abs() < 1e-6 && (at.longitude_deg() - 10.679_555).abs() < 1e-6);
    assert_eq!((position.height().metres, vertical_sigma_m), (39.0, None));
    assert_eq!(horizontal_sigma_m, 10.0, "the accuracy flag is high");
    let (velocity, _) = velocity.unwrap();
    assert!((velocity.ground_speed_m_s() - 13.9 * 1852.0 / 3600.0).abs() < 1e-6);
    assert!((velocity.course().degrees() - 174.2).abs() < 1e-6);
}

#[test]
fn a_vessels_static_report_goes_with_its_next_position() {
    let (scans, _) = decode(&shipped("ais-norway.nm4"));
    let found = scans.iter().map(claim).find(|claim| u32::from(claim.mmsi) == 258_150_500).unwrap();
    let expected = AisClaim {
        name: Some("RESCUE B KYRKJEBOE".into()),
        call_sign: Some("LF4119".into()),
        ship_type: Some(51),
        navigational_status: found.navigational_status,
        length_m: Some(12),
        beam_m: Some(4),
        heading_deg: Some(179),
        voyage: Some(Box::new(AisVoyage {
            draught_dm: None,
            destination: Some("TLF 91679640".into()),
            eta: Some(AisEta { month: 3, day: 21, hour: 12, minute: 34 }),
        })),
        ..AisClaim::of(found.mmsi)
    };
    assert_eq!(*found, expected);
}

#[test]
fn the_danish_networks_receive_times_date_the_sentences_after_them() {
    let lines = b"$PGHP,1,2010,6,11,11,46,12,451,219,1,992190917,1,58*14
!AIVDM,1,1,,A,33nr7t001f13KNTOahh2@QpF00vh,0*58
!AIVDM,1,1,,A,33nr7t001f13KNTOahh2@QpF00vh,0*58";
    let (scans, _) = decode(lines);
    assert_eq!(scans[0].measured_at.to_string(), "2010-06-11T11:46:11Z", "received at :12.451, fixed at :11");
    assert!(scans[1].measured_at.since(now() - std::time::Duration::from_secs(10)).as_secs() <= 10);
}

/// A class A report of a vessel off Kiel, changed, as a sentence.
fn class_a(change: impl FnOnce(&mut PositionReportClassA)) -> Vec<u8> {
    let mut report = PositionReportClassA {
        message_type: 1,
        repeat_indicator: 0,
        mmsi: aivdm::Mmsi::from_raw(211_234_560),
        navigation_status: aivdm::NavigationStatus::UnderWayUsingEngine,
        rate_of_turn: aivdm::RateOfTurn::from_raw(0),
        sog: aivdm::Sog::from_raw(120),
        position_accuracy: false,
        longitude: aivdm::Longitude::from_raw(6_090_000),
        latitude: aivdm::Latitude::from_raw(32_640_000),
        cog: aivdm::Cog::from_raw(900),
        heading: aivdm::Heading::from_raw(90),
        timestamp: aivdm::Timestamp::NotAvailable,
        maneuver_indicator: aivdm::ManeuverIndicator::NotAvailable,
        raim: false,
        radio_status: 0,
    };
    change(&mut report);
    let message = aivdm::AisMessage::PositionReportClassA(report);
    let mut line = [0; 128];
    aivdm::encode_line(&message, aivdm::Channel::A, false, &mut line).unwrap().to_vec()
}

#[test]
fn values_that_are_not_available_are_left_out() {
    let velocity = |line: &[u8]| {
        let scan = decoder().decode_line(now(), line).unwrap()?;
        match scan.detections[0].measurement {
            Measurement::Position { velocity, .. } => Some(velocity),
            _ => None,
        }
    };
    assert!(velocity(&class_a(|_| {})).unwrap().is_some());
    assert_eq!(velocity(&class_a(|r| r.sog = aivdm::Sog::from_raw(1023))), Some(None), "SOG 102.3");
    assert_eq!(velocity(&class_a(|r| r.cog = aivdm::Cog::from_raw(3600))), Some(None), "COG 360");
    assert_eq!(velocity(&class_a(|r| r.cog = aivdm::Cog::from_raw(4000))), Some(None), "COG 400");
    assert_eq!(velocity(&class_a(|r| r.latitude = aivdm::Latitude::from_raw(91 * 600_000))), None, "latitude 91");
    assert_eq!(velocity(&class_a(|r| r.longitude = aivdm::Longitude::from_raw(181 * 600_000))), None, "longitude 181");
    assert_eq!(velocity(&class_a(|r| r.latitude = aivdm::Latitude::from_raw(100 * 600_000))), None, "latitude 100");
}

#[test]
fn a_number_that_is_no_mmsi_is_refused() {
    let line = class_a(|r| r.mmsi = aivdm::Mmsi::from_raw(1_073_741_823));
    assert_eq!(decoder().decode_line(now(), &line), Err(AisError::NotAnMmsi(1_073_741_823)));
}

proptest! {
    #[test]
    fn bytes_nobody_sent_never_panic_and_never_spoil_a_good_line(
        garbage in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
    ) {
        let mut decoder = decoder();
        for line in &garbage {
            let _ = decoder.decode_line(now(), line);
        }
        let scan = decoder.decode_line(now(), &class_a(|_| {})).unwrap().unwrap();
        prop_assert_eq!(u32::from(claim(&scan).mmsi), 211_234_560);
    }

    #[test]
    fn sentences_with_any_payload_never_panic(
        parts in 1..4u8, part in 0..5u8, sequence in 0..10u8, fill in 0..7u8, channel in "[AB]?",
        payload in "[0-W`-w]{0,90}", tag in "(\\\\[cgs]:[0-9-]{0,20}\\*[0-9A-F]{2}\\\\)?",
    ) {
        let body = format!("AIVDM,{parts},{part},{sequence},{channel},{payload},{fill}");
        let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
        let mut decoder = decoder();
        for _ in 0..3 {
            let _ = decoder.decode_line(now(), format!("{tag}!{body}*{sum:02X}").as_bytes());
        }
        prop_assert_eq!(decoder.counts().lines, 3);
    }

    #[test]
    fn a_damaged_byte_never_changes_what_is_decoded(index in 0..47usize, bit in 0..8u8) {
        let mut line = class_a(|_| {});
        let index = index % line.len();
        line[index] ^= 1 << bit;
        // The exclusive or finds every single damaged byte; only the checksum's own letters have two cases.
        let found = decoder().decode_line(now(), &line);
        let whole = decoder().decode_line(now(), &class_a(|_| {}));
        prop_assert!(!matches!(found, Ok(Some(_))) || found == whole);
    }
}
