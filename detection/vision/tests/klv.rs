//! KLV against packets that others wrote, and readers that others wrote. The data are in `tests/data/klv`.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::process::Command;

use proptest::prelude::*;
use vision::klv::KlvError;
use vision::klv::security::{Classification, Security};
use vision::klv::stream::{StreamCounts, StreamReader};
use vision::klv::uas::{UasPacket, Value};
use vision::klv::vmti::{Class, Location, Pixel, VTarget, Vmti};

const CONSTANT: &[u8] = include_bytes!("data/klv/klvdata-constant.klv");
const DYNAMIC: &[u8] = include_bytes!("data/klv/klvdata-dynamic.klv");
const KWIVER: &[u8] = include_bytes!("data/klv/kwiver-h264-first.klv");

fn near(packet: &UasPacket, tag: u32, number: f64, within: f64) {
    let found = packet.number(tag).unwrap();
    assert!((found - number).abs() <= within, "tag {tag}: {found} instead of {number}");
}

#[test]
fn a_packet_of_the_standards_examples_is_read_and_written_to_the_byte() {
    // It came with a wrong checksum: the one over what it says is put in.
    let mut bytes = CONSTANT.to_vec();
    let Err(KlvError::Checksum { found, said: 0xaa43 }) = UasPacket::read(&bytes) else { panic!("it has a wrong one") };
    let end = bytes.len() - 2;
    bytes[end..].copy_from_slice(&found.to_be_bytes());
    let packet = UasPacket::read(&bytes).unwrap();
    assert_eq!(packet.time_us(), Some(1_231_798_102_000_000));
    assert_eq!(packet.value(3), Some(Value::Text("Mission 12".into())));
    assert_eq!(packet.value(10), Some(Value::Text("Predator".into())));
    near(&packet, 5, 159.9744, 1e-4);
    near(&packet, 6, -0.4315, 1e-4);
    near(&packet, 7, 3.4059, 1e-4);
    near(&packet, 13, 60.176_823, 1e-6);
    near(&packet, 14, 128.426_759, 1e-6);
    near(&packet, 15, 14_190.72, 0.01);
    near(&packet, 16, 144.571, 1e-3);
    near(&packet, 21, 68_590.98, 0.01);
    near(&packet, 23, -10.542_388, 1e-6);
    near(&packet, 24, 29.157_890, 1e-6);
    let security = packet.security().unwrap().unwrap();
    assert_eq!(security.classification(), Some(Classification::Unclassified));
    assert_eq!(security.classifying_country().as_deref(), Some("//USA"));
    assert_eq!(security.object_countries().as_deref(), Some("USA"));
    assert_eq!(packet.set().get(94).map(<[u8]>::len), Some(34), "what is not understood is kept");
    assert_eq!(packet.to_bytes(), bytes);
}

#[test]
fn every_item_of_a_full_packet_is_kept_and_written_again() {
    let packet = UasPacket::read(KWIVER).unwrap();
    assert_eq!(packet.to_bytes(), KWIVER);
    assert!(packet.set().items().count() > 138);
    near(&packet, 96, 13_898.5, 0.3);
    near(&packet, 103, 23_456.24, 0.05);
    near(&packet, 112, 125.0, 0.02);
    near(&packet, 117, 1.0, 0.001);
    near(&packet, 132, 2400.0, 1.0);
    near(&packet, 134, 55.0, 0.01);
    near(&packet, 67, -86.041_207, 1e-6);
    assert_eq!(packet.value(39), Some(Value::Signed(84)));
    assert_eq!(packet.value(136), Some(Value::Signed(30)));
    // Every single value is written again with the same bytes.
    for (tag, bytes) in packet.set().items() {
        let mut again = UasPacket::new(0);
        if let Some(number) = packet.number(tag) {
            again.put_number(tag, number).unwrap();
            let written = again.set().get(tag).unwrap();
            assert!(written == bytes || written.len() != bytes.len(), "tag {tag}: {written:02x?} {bytes:02x?}");
        }
    }
    let (vmti, nonsense) = packet.vmti().unwrap().unwrap();
    assert_eq!((vmti.system.as_deref(), nonsense), (Some("DSTO_ADSS_VMTI"), 0));
    assert!(!vmti.targets.is_empty());
}

#[test]
fn a_wrong_checksum_is_refused() {
    assert!(UasPacket::read(DYNAMIC).is_ok());
    for index in [20, 100, DYNAMIC.len() - 1] {
        let mut bytes = DYNAMIC.to_vec();
        bytes[index] ^= 1;
        assert!(UasPacket::read(&bytes).is_err(), "byte {index}");
    }
}

fn targets() -> Vmti {
    let location =
        Location { latitude_deg: 54.36, longitude_deg: 10.14, height_m: 43.0, deviation_m: Some([4.0, 5.5, 9.0]) };
    let target = VTarget {
        id: 1234,
        centre: Some(Pixel { row: 432, column: 1250 }),
        corners: Some((Pixel { row: 420, column: 1240 }, Pixel { row: 444, column: 1260 })),
        confidence_percent: Some(93),
        history: Some(77),
        location: Some(location),
        class: Some(Class { ontology: "https://example.org/air.owl".into(), class: "drone".into() }),
        ..VTarget::default()
    };
    let plain = VTarget { id: 7, confidence_percent: Some(40), ..VTarget::default() };
    Vmti {
        system: Some("Picket".into()),
        sensor: Some("EO".into()),
        picture: Some((1920, 1080)),
        field_of_view_deg: Some((40.0, 23.5)),
        found: Some(3),
        targets: vec![target, plain],
        ..Vmti::default()
    }
}

fn written() -> UasPacket {
    let mut packet = UasPacket::new(1_700_000_000_123_456);
    packet.put_text(3, "harbour watch").unwrap();
    packet.put_text(10, "kestrel-1").unwrap();
    for (tag, number) in
        [(5, 123.45), (6, -3.2), (7, 11.0), (13, 54.3573), (14, 10.1402), (15, 87.0), (16, 40.0), (17, 23.5)]
    {
        packet.put_number(tag, number).unwrap();
    }
    for (tag, number) in
        [(18, 350.0), (19, -12.5), (20, 0.0), (21, 431.0), (23, 54.36), (24, 10.14), (25, 2.0), (104, 126.0)]
    {
        packet.put_number(tag, number).unwrap();
    }
    packet.put_security(&Security::new(Classification::Unclassified, "DEU", "DEU"));
    packet.put_vmti(&targets()).unwrap();
    packet
}

#[test]
fn targets_come_back_with_boxes_places_and_classes() {
    let packet = UasPacket::read(&written().to_bytes()).unwrap();
    let (vmti, nonsense) = packet.vmti().unwrap().unwrap();
    assert_eq!((nonsense, vmti.found, vmti.targets.len()), (0, Some(3), 2));
    let (mut found, expected) = (vmti.targets[0].clone(), targets().targets[0].clone());
    let (place, truth) = (found.location.take().unwrap(), expected.location.unwrap());
    assert!(
        (place.latitude_deg - truth.latitude_deg).abs() < 1e-6
            && (place.longitude_deg - truth.longitude_deg).abs() < 1e-6
    );
    assert!((place.height_m - truth.height_m).abs() < 1.0);
    let deviations = place.deviation_m.unwrap().into_iter().zip(truth.deviation_m.unwrap());
    assert!(deviations.into_iter().all(|(found, truth)| (found - truth).abs() < 0.05), "{place:?}");
    assert_eq!(found, VTarget { location: None, ..expected });
    assert_eq!(vmti.targets[1], targets().targets[1]);
}

#[test]
fn pieces_of_a_stream_become_packets_and_what_is_none_is_counted() {
    let mut stream = b"noise".to_vec();
    for bytes in [DYNAMIC, CONSTANT, KWIVER, &[0x06, 0x0e, 0x2b], DYNAMIC] {
        stream.extend(bytes);
    }
    for piece in [1, 7, 100, 100_000] {
        let mut reader = StreamReader::new();
        let packets: usize = stream.chunks(piece).map(|piece| reader.push(piece).len()).sum();
        assert_eq!(packets, 3);
        // The dropped packet's own bytes are passed over as stray ones, but for the one that begins its key.
        let stray_bytes = (5 + CONSTANT.len() - 1 + 3) as u64;
        assert_eq!(reader.counts(), StreamCounts { packets: 3, checksums: 1, malformed: 0, stray_bytes });
    }
}

/// Runs a program on a file and gives its output, or nothing where the program is missing.
fn tool(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn an_independent_reader_finds_what_was_written() {
    let script = "import sys, klvdata\n\
        for packet in klvdata.StreamParser(open(sys.argv[1], 'rb').read()):\n\
        \x20   for key, item in packet.items.items():\n\
        \x20       print(key[0], str(item.value.value) if hasattr(item, 'value') else '')\n";
    let folder = std::env::temp_dir().join(format!("picket-klv-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("written.klv");
    let mut packet = written();
    // The reader knows tags of one byte and the shorter sets only.
    packet.put_bytes(74, Vec::new());
    std::fs::write(&file, packet.to_bytes()).unwrap();
    let python = std::env::var("KLVDATA_PYTHON").unwrap_or_else(|_| "python3".into());
    let said = tool(&python, &["-c", script, file.to_str().unwrap()]);
    std::fs::remove_dir_all(&folder).unwrap();
    let Some(said) = said else {
        eprintln!("passed over: {python} has no klvdata (PyPI)");
        return;
    };
    let value = |tag: u32| {
        let line = said.lines().find(|line| line.split(' ').next() == Some(&tag.to_string()));
        line.unwrap_or_else(|| panic!("no {tag} in {said}")).split_once(' ').unwrap().1.to_owned()
    };
    assert_eq!(value(3), "harbour watch");
    for (tag, number, within) in [
        (5, 123.45, 0.003),
        (6, -3.2, 4e-4),
        (13, 54.3573, 1e-6),
        (14, 10.1402, 1e-6),
        (15, 87.0, 0.16),
        (21, 431.0, 0.001),
    ] {
        let found: f64 = value(tag).parse().unwrap();
        assert!((found - number).abs() <= within, "tag {tag}: {found}");
    }
    assert!(value(2).starts_with("2023-11-14 22:13:20.123456"), "{}", value(2));
}

proptest! {
    #[test]
    fn hostile_bytes_are_counted_and_dropped(
        bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0..2000usize, flips in prop::collection::vec((0..2500usize, any::<u8>()), 0..6)
    ) {
        let mut stream = KWIVER.to_vec();
        for (index, byte) in flips {
            if let Some(there) = stream.get_mut(index) { *there = byte; }
        }
        let at = at.min(stream.len());
        stream.splice(at..at, bytes);
        stream.extend(DYNAMIC);
        // Enough after it that a length that lies has its bytes.
        stream.resize(stream.len() + (1 << 17), 0);
        let mut reader = StreamReader::new();
        let packets = stream.chunks(999).flat_map(|piece| reader.push(piece)).collect::<Vec<_>>();
        prop_assert!(packets.iter().any(|packet| packet.to_bytes() == DYNAMIC), "the sound packet is found");
        for packet in packets {
            let _ = (packet.vmti(), packet.security());
            for (tag, _) in packet.set().items() {
                let _ = packet.value(tag);
            }
        }
    }

    #[test]
    fn sets_of_any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (Vmti::read(&bytes), Security::read(&bytes), UasPacket::read(&bytes));
    }
}
