//! Real recorded flights, read and held against what other programs read from them.
//!
//! The files beside are always read. A larger collection may lie in `../shared/data/flights` beside the repository; where
//! it does not, the tests that want it say so and pass.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use flight_log::{EventKind, Fault, Flight, Format, Summary, read, read_file, write_csv};
use proptest::prelude::*;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[track_caller]
fn flight(name: &str) -> Flight {
    read_file(&data(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// A file of the larger collection; nothing, and a word about it, where that is not there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/flights").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("{} is not there: not read in this run", path.display());
    None
}

/// What an independent reader measured of a file.
struct Measured {
    name: &'static str,
    format: Format,
    samples: usize,
    duration_s: f64,
    /// First and last position, degrees.
    ends: Option<[[f64; 2]; 2]>,
    height_max_m: f64,
    began: &'static str,
}

#[track_caller]
fn check(flight: &Flight, measured: &Measured) {
    let name = measured.name;
    assert_eq!(flight.format, measured.format, "{name}");
    assert_eq!(flight.samples.len(), measured.samples, "{name}");
    assert!((flight.duration_s() - measured.duration_s).abs() < 0.15, "{name}: {} s", flight.duration_s());
    let mut places = flight.samples.iter().filter_map(|sample| sample.position);
    let ends = places.next().map(|first| [first, places.next_back().unwrap_or(first)]);
    let ends = ends.map(|ends| ends.map(|at| [at.latitude_deg(), at.longitude_deg()]));
    assert_eq!(ends.is_some(), measured.ends.is_some(), "{name}: {ends:?}");
    for (found, expected) in ends.iter().flatten().flatten().zip(measured.ends.iter().flatten().flatten()) {
        assert!((found - expected).abs() < 1.1e-7, "{name}: {ends:?}");
    }
    let heights = Summary::of(flight).heights_m.expect("heights");
    assert!((heights.1 - measured.height_max_m).abs() < 0.06, "{name}: {heights:?}");
    let began = flight.began_at.expect("a date").to_string();
    assert!(began.starts_with(measured.began), "{name}: {began}");
    assert!(flight.damage.none(), "{name}: {:?}", flight.damage);
}

#[test]
fn dji_records_hold_what_an_independent_reader_found() {
    // Frames, seconds, places and heights as measured by a decoder that shares nothing with this one.
    let here = [
        Measured {
            name: "drop_2016-09-15.txt",
            format: Format::Dji,
            samples: 2518,
            duration_s: 283.2,
            ends: Some([[41.294_487_2, -72.964_424_0], [41.293_920_8, -72.964_725_6]]),
            height_max_m: 6.3,
            began: "2016-09-15T17:51:18",
        },
        Measured {
            name: "djiparse_mavic2_9.txt",
            format: Format::Dji,
            samples: 747,
            duration_s: 74.5,
            ends: Some([[18.096_437_7, -65.802_165_3], [18.096_510_7, -65.802_150_1]]),
            height_max_m: 2.6,
            began: "2018-02-07T22:03:01",
        },
    ];
    let elsewhere = [
        Measured {
            name: "drop_DJIFlightRecord_2016-09-26_14-12-45.txt",
            format: Format::Dji,
            samples: 3154,
            duration_s: 349.2,
            ends: Some([[41.290_710_2, -72.962_239_6], [41.290_777_6, -72.962_220_0]]),
            height_max_m: 51.6,
            began: "2016-09-26T18:12:45",
        },
        Measured {
            name: "djiparse_mavic2_1.txt",
            format: Format::Dji,
            samples: 1092,
            duration_s: 109.5,
            ends: Some([[18.080_693_0, -65.801_006_1], [18.080_702_0, -65.800_984_5]]),
            height_max_m: 4.1,
            began: "2018-01-12T20:57:12",
        },
        Measured {
            name: "djiparse_phantom4_0.txt",
            format: Format::Dji,
            samples: 1350,
            duration_s: 136.1,
            ends: Some([[42.524_499_1, -71.133_935_3], [42.524_479_8, -71.133_964_8]]),
            height_max_m: 1.0,
            began: "2019-01-29T18:54:40",
        },
    ];
    for measured in &here {
        check(&flight(measured.name), measured);
    }
    for measured in &elsewhere {
        if let Some(path) = shared(measured.name) {
            check(&read_file(&path).expect("a flight"), measured);
        }
    }
}

#[test]
fn a_dji_record_without_satellites_still_tells_its_heights() {
    let flight = flight("djiparse_mavic2_12.txt");
    assert_eq!(flight.samples.len(), 252);
    assert!(flight.samples[0].position.is_none() && flight.home.is_none());
    // Its receiver finds its satellites for a while, and no home is set.
    let placed = flight.samples.iter().filter(|sample| sample.position.is_some()).count();
    assert!((1..200).contains(&placed), "{placed}");
    assert!((Summary::of(&flight).heights_m.expect("heights").1 - 1.8).abs() < 0.05);
    assert!(
        flight.events.iter().any(|event| event.kind == EventKind::Warned && event.text.starts_with("Gimbal Motor"))
    );
}

#[test]
fn a_dji_record_agrees_with_its_export_frame_by_frame() {
    let (record, export) = (flight("drop_2016-09-15.txt"), flight("drop_2016-09-15.csv"));
    assert_eq!(record.samples.len(), 2518);
    // The export has one row less at equal times; each of its rows is found in the record.
    let mut compared = 0;
    let mut frames = record.samples.iter().peekable();
    for row in &export.samples {
        while frames.next_if(|frame| frame.at_s < row.at_s - 0.03).is_some() {}
        let frame = frames.peek().expect("a frame for each row");
        assert!((frame.at_s - row.at_s).abs() < 0.03, "{} s and {} s", frame.at_s, row.at_s);
        let (found, expected) = (frame.position.expect("a place"), row.position.expect("a place"));
        assert!((found.latitude_deg() - expected.latitude_deg()).abs() < 3e-7, "{} s", row.at_s);
        assert!((found.longitude_deg() - expected.longitude_deg()).abs() < 3e-7, "{} s", row.at_s);
        let heights = frame.above_home_m.expect("a height") - row.above_home_m.expect("a height");
        assert!(heights.abs() < 0.11, "{} s: {heights} m", row.at_s);
        compared += 1;
    }
    assert!(compared > 2400, "{compared} rows");
    let (record, export) = (Summary::of(&record), Summary::of(&export));
    assert_eq!(record.remaining, export.remaining);
    let (found, expected) = (record.distance_m.expect("a way"), export.distance_m.expect("a way"));
    assert!((found - expected).abs() < 1.0, "{found} m and {expected} m");
}

#[test]
fn photographs_between_the_records_are_stepped_over() {
    let bytes = fs::read(data("drop_2016-09-15.txt")).expect("readable");
    let photographs = bytes.windows(3).filter(|three| *three == [0xff, 0xd8, 0xff]).count();
    assert!(photographs >= 4, "{photographs}");
    assert!(flight("drop_2016-09-15.txt").damage.none());
}

#[test]
fn a_ulog_tells_the_flight_of_a_real_quadrotor() {
    let flight = flight("frrs_motor_failure.ulg");
    assert_eq!(flight.vehicle.as_deref(), Some("PX4_FMU_V3"));
    assert_eq!(flight.parameters.len(), 759);
    assert!(flight.began_at.expect("a date").to_string().starts_with("2019-05-13T14:09:"));
    let modes: Vec<&str> =
        flight.events.iter().filter(|event| event.kind == EventKind::Mode).map(|event| event.text.as_str()).collect();
    assert_eq!(modes, ["Mission", "Return"]);
    let place = flight.samples.iter().find_map(|sample| sample.position).expect("a place");
    assert!((place.latitude_deg() - 47.356_576_5).abs() < 2e-6 && (place.longitude_deg() - 8.518_912_1).abs() < 2e-6);
    let summary = Summary::of(&flight);
    assert!((summary.energy_wh.expect("energy") - 13.5).abs() < 0.2, "{:?}", summary.energy_wh);
    assert!(flight.damage.none());
}

#[test]
fn ulogs_with_dropouts_and_with_appended_data_are_read_to_their_end() {
    if let Some(path) = shared("pyulog_sample_log_small.ulg") {
        let flight = read_file(&path).expect("a flight");
        assert_eq!(flight.events.iter().filter(|event| event.kind == EventKind::Dropout).count(), 1);
        assert_eq!(flight.parameters.len(), 980);
        assert!(flight.damage.none());
    }
    if let Some(path) = shared("pyulog_sample_appended_multiple.ulg") {
        let flight = read_file(&path).expect("a flight");
        assert!((flight.duration_s() - 9.78).abs() < 0.3, "{} s", flight.duration_s());
        assert_eq!(flight.parameters.len(), 750);
        assert!(flight.damage.none(), "{:?}", flight.damage);
    }
    if let Some(path) = shared("pyulog_sample_px4_events.ulg") {
        let flight = read_file(&path).expect("a flight");
        let modes = flight.events.iter().filter(|event| event.kind == EventKind::Mode);
        assert_eq!(
            modes.map(|event| event.text.as_str()).collect::<Vec<_>>(),
            ["Hold", "Takeoff", "Hold", "Return", "Hold"]
        );
        assert_eq!(flight.parameters.len(), 875);
    }
}

#[test]
fn a_dataflash_log_tells_flight_mission_and_parameters() {
    let flight = flight("sitl_plane457.bin");
    assert_eq!(flight.vehicle.as_deref(), Some("ArduPlane V4.5.7 (65f67013)"));
    assert!((flight.duration_s() - 55.0).abs() < 0.3);
    assert_eq!(flight.mission.len(), 7);
    assert_eq!(flight.mission[&1].command, 22);
    assert_eq!(flight.parameters["SYSID_THISMAV"], 1.0);
    let modes: Vec<&str> =
        flight.events.iter().filter(|event| event.kind == EventKind::Mode).map(|event| event.text.as_str()).collect();
    assert_eq!(modes, ["AUTO", "RTL"]);
    let last = flight.samples.iter().rev().find_map(|sample| sample.position).expect("a place");
    assert!((last.latitude_deg() - 47.397_585_6).abs() < 2e-4 && (last.longitude_deg() - 8.553_449_3).abs() < 2e-4);
    // The whole log, of which this is an extract, tells the same flight.
    if let Some(path) = shared("sitl_plane457.BIN") {
        let whole = read_file(&path).expect("a flight");
        assert_eq!((&whole.mission, &whole.parameters), (&flight.mission, &flight.parameters));
        let (whole, extract) = (Summary::of(&whole), Summary::of(&flight));
        assert!((whole.energy_wh.expect("energy") - extract.energy_wh.expect("energy")).abs() < 0.05);
    }
}

#[test]
fn a_telemetry_log_runs_on_the_vehicles_clock_not_the_stations() {
    // Recorded at ten times real time: 13 seconds of the station's clock.
    let flight = flight("sitl_copter457.tlog");
    assert!((flight.duration_s() - 132.7).abs() < 0.2, "{} s", flight.duration_s());
    assert!(flight.vehicle.as_deref().is_some_and(|vehicle| vehicle.starts_with("ArduCopter V4.5.7")));
    assert_eq!(flight.home.map(|home| home.altitude.map(|altitude| altitude.metres.round())), Some(Some(488.0)));
    let reached = flight.events.iter().filter(|event| event.kind == EventKind::Reached);
    assert_eq!(reached.map(|event| event.text.as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(flight.parameters.len(), 1295);
    assert!(flight.damage.none());
    assert!(flight.samples.iter().any(|sample| sample.velocity.is_some() && sample.attitude.is_some()));
}

#[test]
fn an_underwater_vehicle_has_heights_below_its_home() {
    let heights = Summary::of(&flight("sitl_sub457.tlog")).heights_m.expect("heights");
    assert!(heights.0 < -4.9 && heights.1 < 0.5, "{heights:?}");
    if let Some(path) = shared("mavlinkserver_00025.tlog") {
        let flight = read_file(&path).expect("a flight");
        assert!((flight.duration_s() - 245.0).abs() < 1.0);
        assert!(flight.samples.iter().all(|sample| sample.position.is_none()));
        // Its current sensor is not calibrated and shows less than nothing: no energy, rather than a wrong one.
        assert_eq!(Summary::of(&flight).energy_wh, None);
    }
}

#[test]
fn what_is_written_as_csv_reads_back_as_the_same_flight() {
    for name in ["sitl_copter457.tlog", "drop_2016-09-15.txt", "frrs_motor_failure.ulg"] {
        let written = flight(name);
        let mut csv = Vec::new();
        write_csv(&written, &mut csv).expect("written");
        let back = read(Cursor::new(csv)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(back.format, Format::Csv);
        assert_eq!(back.samples.len(), written.samples.len(), "{name}");
        for (back, sample) in back.samples.iter().zip(&written.samples) {
            assert!((back.at_s - sample.at_s).abs() < 0.002, "{name}");
            if let (Some(back), Some(at)) = (back.position, sample.position) {
                assert!((back.latitude_deg() - at.latitude_deg()).abs() < 1e-7, "{name}");
            }
        }
        let (back, written) = (Summary::of(&back), Summary::of(&written));
        assert!((back.distance_m.unwrap_or(0.0) - written.distance_m.unwrap_or(0.0)).abs() < 2.0, "{name}");
        let energies = (back.energy_wh.unwrap_or(0.0), written.energy_wh.unwrap_or(0.0));
        assert!((energies.0 - energies.1).abs() < 0.05, "{name}: {energies:?}");
    }
}

#[test]
fn what_is_no_flight_is_refused_with_file_place_and_reason() {
    let refused = |bytes: &[u8]| read(Cursor::new(bytes.to_vec())).expect_err("no flight").to_string();
    assert!(refused(b"").contains("begins with nothing"));
    assert!(refused(b"%PDF-1.7").contains("25 50 44 46"));
    assert!(refused(b"ULog\x01\x12\x35").contains("at byte 0"));
    assert!(refused(b"a,latitude\n1,2\n").contains("time_s"));
    let mut encrypted = fs::read(data("djiparse_mavic2_12.txt")).expect("readable");
    encrypted[10] = 13;
    assert!(matches!(read(Cursor::new(encrypted)), Err(Fault::Encrypted { version: 13 })));
    let missing = read_file(Path::new("no/such.ulg")).expect_err("missing").to_string();
    assert!(missing.starts_with("no/such.ulg: at byte 0"), "{missing}");
    let header_only = &fs::read(data("frrs_motor_failure.ulg")).expect("readable")[..16];
    assert!(matches!(read(Cursor::new(header_only.to_vec())), Err(Fault::NoFlight { format: Format::ULog })));
}

#[test]
fn a_record_broken_in_the_middle_gives_what_lies_around_it() {
    for name in ["frrs_motor_failure.ulg", "sitl_copter457.tlog", "djiparse_mavic2_9.txt", "sitl_plane457.bin"] {
        let whole = flight(name);
        let mut bytes = fs::read(data(name)).expect("readable");
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(0x5a);
        let broken = read(Cursor::new(bytes)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let lost = whole.samples.len().saturating_sub(broken.samples.len());
        assert!(lost < 20, "{name}: {lost} of {} samples lost", whole.samples.len());
        assert!((broken.duration_s() - whole.duration_s()).abs() < 0.2, "{name}");
        assert!(!broken.damage.none(), "{name}");
    }
}

#[test]
fn a_file_cut_short_gives_what_it_holds_and_says_so() {
    for name in ["frrs_motor_failure.ulg", "sitl_copter457.tlog", "djiparse_mavic2_9.txt", "sitl_plane457.bin"] {
        let whole = flight(name);
        let bytes = fs::read(data(name)).expect("readable");
        let cut = read(Cursor::new(bytes[..bytes.len() * 3 / 4 + 1].to_vec()))
            .unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(cut.samples.len() > whole.samples.len() / 2, "{name}: {} samples", cut.samples.len());
        let end = cut.damage.cut_short_at.unwrap_or_else(|| panic!("{name}: {:?}", cut.damage));
        assert!((bytes.len() * 3 / 4 + 1) as u64 - end < 300, "{name}: cut at {end}");
    }
}

const SMALL: [&str; 4] = ["djiparse_mavic2_12.txt", "sitl_plane457.bin", "sitl_sub457.tlog", "frrs_motor_failure.ulg"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_truncation_and_no_flipped_bits_break_a_reader(
        which in 0..SMALL.len(),
        keep in 0.0..1.0_f64,
        flips in prop::collection::vec((0.0..1.0_f64, 0_u8..8), 0..60),
    ) {
        let mut bytes = fs::read(data(SMALL[which])).expect("readable");
        bytes.truncate((keep.sqrt() * bytes.len() as f64) as usize);
        let length = bytes.len();
        for (place, bit) in flips {
            if let Some(byte) = bytes.get_mut((place * length as f64) as usize) {
                *byte ^= 1 << bit;
            }
        }
        if let Ok(flight) = read(Cursor::new(bytes)) {
            prop_assert!(!flight.samples.is_empty());
            prop_assert!(flight.samples.windows(2).all(|pair| pair[0].at_s < pair[1].at_s));
            prop_assert!(Summary::of(&flight).duration_s.is_finite());
        }
    }

    #[test]
    fn no_bytes_after_a_header_break_a_reader(
        head in prop::sample::select(vec![
            b"ULog\x01\x12\x35\x01\0\0\0\0\0\0\0\0".to_vec(),
            vec![0xa3, 0x95, 0x80, 0x80, 0x59],
            vec![0, 5, 0, 0, 0, 0, 0, 0, 0xfd],
            vec![0x14, 0x9d, 0, 0, 0, 0, 0, 0, 0x90, 0x01, 0x05],
            b"time_s,latitude,longitude,message\n".to_vec(),
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..4_000),
    ) {
        let _whatever = read(Cursor::new([head, rest].concat()));
    }

    #[test]
    fn no_definitions_of_a_ulog_break_its_reader(
        records in prop::collection::vec(
            (prop::sample::select(b"BFIMPQARDLCSO".to_vec()), prop::collection::vec(any::<u8>(), 0..40)), 0..60),
        topic in prop::sample::select(vec![
            "vehicle_attitude:uint64_t timestamp;float[4] q;",
            "vehicle_attitude:float[4] q;",
            "vehicle_attitude:",
            "vehicle_attitude:uint8_t[0] a;uint8_t[30000] b;",
            "vehicle_attitude:vehicle_attitude a;",
            "home_position:double lat;double lon;uint64_t timestamp;",
        ]),
    ) {
        let mut bytes = b"ULog\x01\x12\x35\x01\0\0\0\0\0\0\0\0".to_vec();
        let mut put = |kind: u8, content: &[u8]| {
            bytes.extend_from_slice(&(content.len() as u16).to_le_bytes());
            bytes.push(kind);
            bytes.extend_from_slice(content);
        };
        put(b'B', &[0; 40]);
        put(b'F', topic.as_bytes());
        let name = topic.split(':').next().unwrap_or_default();
        put(b'A', &[&[0, 7, 0], name.as_bytes()].concat());
        put(b'D', &[&[7, 0], &[1; 24][..]].concat());
        for (kind, content) in &records {
            put(*kind, content);
        }
        let _whatever = read(Cursor::new(bytes));
    }
}
