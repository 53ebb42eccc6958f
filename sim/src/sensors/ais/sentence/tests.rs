use proptest::prelude::*;
use telemetry::AltitudeHae;

use super::*;
use crate::world::ShipDimensions;

/// From gpsd's `test/sample.aivdm` at 46977faa8f94 (BSD-2-Clause), with the fields its comments give, which were
/// checked there with two other decoders.
const REAL_POSITION: &str = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n";
const REAL_IDENTITY: &str = "!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C\r\n\
    !AIVDM,2,2,1,A,88888888880,2*25\r\n";
const REAL_CLASS_B: &str = "!AIVDM,1,1,,A,B52K>;h00Fc>jpUlNV@ikwpUoP06,0*4C\r\n";
const REAL_STATIC_B: &str = "!AIVDM,1,1,,A,H42O55lti4hhhilD3nink000?050,0*40\r\n";

/// The armoured payload of one message, its parts joined; every sentence's checksum looked at.
fn payload(lines: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    for line in lines.lines() {
        let (body, checksum) = line.strip_prefix('!').unwrap().split_once('*').unwrap();
        let computed = body.bytes().fold(0, |sum, byte| sum ^ byte);
        assert_eq!(checksum, format!("{computed:02X}"), "{line}");
        assert!(line.len() + 2 <= 82, "IEC 61162-1 allows 82 characters: {line}");
        payload.extend(body.split(',').nth(5).unwrap().bytes());
    }
    payload
}

/// Reads an unsigned field by the bit positions of the standard's tables: a second reading of the armour, written
/// without the crate.
fn bits(payload: &[u8], start: usize, length: usize) -> u64 {
    (start..start + length).fold(0, |value, index| {
        let symbol = payload[index / 6] - 48;
        let symbol = if symbol > 40 { symbol - 8 } else { symbol };
        value << 1 | u64::from(symbol >> (5 - index % 6) & 1)
    })
}

fn signed(payload: &[u8], start: usize, length: usize) -> i64 {
    let value = bits(payload, start, length) as i64;
    if value >> (length - 1) == 1 { value - (1 << length) } else { value }
}

fn characters(payload: &[u8], start: usize, count: usize) -> String {
    let code = |index| bits(payload, start + 6 * index, 6) as u8;
    (0..count).map(code).map(|c| char::from(if c < 32 { c + 64 } else { c })).collect()
}

fn written(message: &AisMessage, sequence: Option<u8>) -> String {
    let mut lines = Vec::new();
    write_message(&mut lines, Channel::A, sequence, message);
    String::from_utf8(lines).unwrap()
}

#[test]
fn the_bit_positions_read_a_real_message_as_its_source_does() {
    let real = payload(REAL_POSITION);
    let fields = [(0, 6), (8, 30), (38, 4), (50, 10), (60, 1), (116, 12), (128, 9), (137, 6)];
    let values = fields.map(|(start, length)| bits(&real, start, length));
    assert_eq!(values, [1, 371_798_000, 0, 123, 1, 2240, 215, 33]);
    assert_eq!((signed(&real, 61, 28), signed(&real, 89, 27)), (-74_037_230, 29_028_980));
    let real = payload(REAL_IDENTITY);
    assert_eq!([(0, 6), (8, 30), (40, 30), (232, 8)].map(|(s, n)| bits(&real, s, n)), [5, 351_759_000, 9_134_270, 70]);
    assert_eq!(
        (characters(&real, 70, 7), characters(&real, 112, 20)),
        ("3FOF8  ".into(), "EVER DIADEM         ".into())
    );
    assert_eq!([(240, 9), (249, 9), (258, 6), (264, 6)].map(|(s, n)| bits(&real, s, n)), [225, 70, 1, 31]);
}

#[test]
fn real_messages_come_out_as_they_went_in() {
    for (real, sequence) in
        [(REAL_POSITION, None), (REAL_IDENTITY, Some(1)), (REAL_CLASS_B, None), (REAL_STATIC_B, None)]
    {
        let fill_bits = if sequence.is_some() { 2 } else { 0 };
        let message = aivdm::decode_payload(&payload(real), fill_bits).unwrap();
        // Text fields may be padded with spaces or with @; the crate keeps the text and pads with @.
        let again = written(&message, sequence);
        let same_message = aivdm::decode_payload(&payload(&again), fill_bits).unwrap();
        assert_eq!(same_message, message);
        if sequence.is_none() {
            assert_eq!(again, real);
        } else {
            let lengths = |lines: &str| lines.lines().map(str::len).collect::<Vec<_>>();
            assert_eq!(lengths(&again), lengths(real), "split as the real one");
        }
    }
}

fn report(class: AisClass) -> PositionReport {
    PositionReport {
        mmsi: Mmsi::new(211_234_560).unwrap(),
        class,
        status: NavigationalStatus::Moored,
        position: LatLon::from_degrees(54.370_01, -10.149_99).unwrap(),
        speed_m_s: 12.35 * KNOT_M_S,
        course: Course::from_degrees(359.97),
        heading: Heading::from_degrees(359.6),
        turn_rate_rad_s: -10_f64.to_radians() / 60.0,
        sent_at: "2026-11-21T03:12:47.9Z".parse().unwrap(),
    }
}

fn identity(class: AisClass) -> AisIdentity {
    AisIdentity {
        mmsi: Mmsi::new(211_234_560).unwrap(),
        name: "Möwe, a very long ship's name".to_owned(),
        call_sign: "dabc".to_owned(),
        ship_type: 52,
        class,
        dimensions: ShipDimensions { to_bow_m: 600, to_stern_m: 12, to_port_m: 5, to_starboard_m: 64 },
    }
}

fn lines_of(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut lines = Vec::new();
    write(&mut lines);
    String::from_utf8(lines).unwrap()
}

#[test]
fn a_class_a_report_stands_in_the_bits_of_table_48() {
    let sent = payload(&lines_of(|lines| write_position(lines, Channel::B, &report(AisClass::A))));
    let fields = [(0, 6), (6, 2), (8, 30), (38, 4), (50, 10), (60, 1), (116, 12), (128, 9), (137, 6)];
    let values = fields.map(|(start, length)| bits(&sent, start, length));
    assert_eq!(values, [1, 0, 211_234_560, 5, 124, 0, 0, 0, 47], "course 359.97° and heading 359.6° round to north");
    assert_eq!((signed(&sent, 61, 28), signed(&sent, 89, 27)), (-6_089_994, 32_622_006));
    assert_eq!(signed(&sent, 42, 8), -15, "4.733 √10 to port");
    assert_eq!(sent.len(), 28);
}

#[test]
fn a_class_b_report_stands_in_the_bits_of_table_67() {
    let sent = payload(&lines_of(|lines| write_position(lines, Channel::B, &report(AisClass::B))));
    let fields = [(0, 6), (8, 30), (46, 10), (112, 12), (124, 9), (133, 6), (141, 1), (148, 20)];
    let values = fields.map(|(start, length)| bits(&sent, start, length));
    assert_eq!(values, [18, 211_234_560, 124, 0, 0, 47, 1, 0b1110_0000_0000_0000_0110]);
    assert_eq!((signed(&sent, 57, 28), signed(&sent, 85, 27)), (-6_089_994, 32_622_006));
}

#[test]
fn static_data_stand_in_the_bits_of_tables_52_and_75_and_text_is_cut_to_the_alphabet() {
    let mut sequence = 9;
    let lines = lines_of(|lines| write_identity(lines, Channel::B, &mut sequence, &identity(AisClass::A)));
    assert!(lines.starts_with("!AIVDM,2,1,9,B,") && sequence == 0, "{lines}");
    let sent = payload(&lines);
    assert_eq!([(0, 6), (38, 2), (232, 8), (270, 4)].map(|(s, n)| bits(&sent, s, n)), [5, 2, 52, 1]);
    assert_eq!(characters(&sent, 70, 7), "DABC@@@");
    assert_eq!(characters(&sent, 112, 20), "M WE, A VERY LONG SH");
    assert_eq!([(240, 9), (249, 9), (258, 6), (264, 6)].map(|(s, n)| bits(&sent, s, n)), [511, 12, 5, 63]);
    assert_eq!([(274, 4), (278, 5), (283, 5), (288, 6), (422, 1)].map(|(s, n)| bits(&sent, s, n)), [0, 0, 24, 60, 1]);

    let lines = lines_of(|lines| write_identity(lines, Channel::A, &mut sequence, &identity(AisClass::B)));
    let parts: Vec<Vec<u8>> = lines.lines().map(payload).collect();
    assert_eq!([bits(&parts[0], 0, 6), bits(&parts[0], 38, 2)], [24, 0]);
    assert_eq!(characters(&parts[0], 40, 20), "M WE, A VERY LONG SH");
    assert_eq!([bits(&parts[1], 0, 6), bits(&parts[1], 38, 2), bits(&parts[1], 40, 8)], [24, 1, 52]);
    assert_eq!(characters(&parts[1], 90, 7), "DABC@@@");
    assert_eq!([(132, 9), (141, 9), (150, 6), (156, 6)].map(|(s, n)| bits(&parts[1], s, n)), [511, 12, 5, 63]);
}

proptest! {
    #[test]
    fn what_a_ship_says_is_what_a_decoder_reads(
        mmsi in 0..999_999_999_u32, latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64,
        knots in 0.0..200.0_f64, course in 0.0..360.0_f64, heading in 0.0..360.0_f64, turn in -0.5..0.5_f64,
        seconds in 0..4_000_000_000_i64, class_b: bool,
    ) {
        let said = PositionReport {
            mmsi: Mmsi::new(mmsi).unwrap(),
            class: if class_b { AisClass::B } else { AisClass::A },
            status: NavigationalStatus::UnderWay,
            position: LatLon::from_degrees(latitude, longitude).unwrap(),
            speed_m_s: knots * KNOT_M_S,
            course: Course::from_degrees(course),
            heading: Heading::from_degrees(heading),
            turn_rate_rad_s: turn,
            sent_at: Timestamp::from_unix_nanos(seconds * 1_000_000_000),
        };
        let lines = lines_of(|lines| write_position(lines, Channel::A, &said));
        let read = aivdm::decode_line(lines.trim_end()).unwrap();
        prop_assert_eq!(read.mmsi().raw(), mmsi);
        let at = read.position().unwrap();
        let at = LatLon::from_degrees(at.latitude, at.longitude).unwrap().at_height(AltitudeHae::default());
        prop_assert!(at.distance_m(said.position.at_height(AltitudeHae::default())) < 0.15, "half of 1/10000'");
        prop_assert!((read.sog_knots().unwrap() - knots.min(102.2)).abs() < 0.051);
        let off = |degrees: f64, said: f64| Course::from_degrees(degrees).turn_from(Course::from_degrees(said)).to_degrees();
        prop_assert!(off(read.cog_degrees().unwrap(), course).abs() < 0.051);
        prop_assert!(off(read.heading_degrees().unwrap().into(), heading).abs() < 0.51);
        prop_assert_eq!(bits(&payload(&lines), if class_b { 133 } else { 137 }, 6), seconds as u64 % 60);
    }

    #[test]
    fn any_text_makes_a_sound_message(name in any::<String>(), call_sign in any::<String>(), class_b: bool) {
        let class = if class_b { AisClass::B } else { AisClass::A };
        let lines = lines_of(|lines| {
            write_identity(lines, Channel::A, &mut 0, &AisIdentity { name, call_sign, ..identity(class) });
        });
        let mut decoder = aivdm::LineDecoder::<256>::new();
        let messages = lines.lines().filter_map(|line| decoder.feed(line).unwrap()).count();
        prop_assert_eq!(messages, if class_b { 2 } else { 1 });
    }
}
