use proptest::prelude::*;

use super::*;

/// Parameter sets as x264 writes them for 320 by 240, and a slice that stands for one.
const SEQUENCE: [u8; 8] = [0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x41, 0x41];
const PICTURE: [u8; 4] = [0x68, 0xeb, 0xe3, 0xcb];

/// A frame in transport packets: tables, a metadata packet, and the video on packet identifier 65.
fn chunk(key: bool, slice: &[u8], stream_ns: u64) -> Chunk {
    let mut stream = vec![0, 0, 0, 1, 9, 0xf0];
    if key {
        for set in [&SEQUENCE[..], &PICTURE] {
            stream.extend_from_slice(&[0, 0, 0, 1]);
            stream.extend_from_slice(set);
        }
    }
    stream.extend_from_slice(&[0, 0, 1, if key { 0x65 } else { 0x41 }]);
    stream.extend_from_slice(slice);
    let mut payload = vec![0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1];
    payload.append(&mut stream);
    let mut packets = [packet(0, true, &[0xff; 184]), packet(66, true, &[0, 0, 1, 0xfc, 0, 0, 0])].concat();
    for (number, part) in payload.chunks(184).enumerate() {
        packets.extend(packet(65, number == 0, part));
    }
    Chunk { packets: packets.into(), key, stream_ns }
}

/// A transport packet, stuffed by its adaptation field.
fn packet(identifier: u16, begins: bool, payload: &[u8]) -> Vec<u8> {
    let [high, low] = identifier.to_be_bytes();
    let stuffing = 184 - payload.len();
    let mut packet = vec![0x47, high | if begins { 0x40 } else { 0 }, low, if stuffing > 0 { 0x30 } else { 0x10 }];
    if stuffing > 0 {
        packet.push(stuffing as u8 - 1);
        packet.extend(
            std::iter::repeat_n(0xff, stuffing - 1).enumerate().map(|(at, byte)| if at == 0 { 0 } else { byte }),
        );
    }
    packet.extend_from_slice(payload);
    packet
}

/// The boxes side by side in some bytes.
fn side_by_side(mut bytes: &[u8]) -> Vec<(String, &[u8])> {
    let mut found = Vec::new();
    while bytes.len() >= 8 {
        let length = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        assert!((8..=bytes.len()).contains(&length), "a box of {length} bytes in {}", bytes.len());
        found.push((String::from_utf8_lossy(&bytes[4..8]).into_owned(), &bytes[8..length]));
        bytes = &bytes[length..];
    }
    assert!(bytes.is_empty(), "{} bytes behind the boxes", bytes.len());
    found
}

/// What is in the box at a path.
fn at<'a>(bytes: &'a [u8], path: &[&str]) -> &'a [u8] {
    path.iter().fold(bytes, |bytes, kind| {
        let boxes = side_by_side(bytes);
        boxes.into_iter().find(|(found, _)| found == kind).unwrap_or_else(|| panic!("no {kind} of {path:?}")).1
    })
}

#[test]
fn a_key_frame_brings_what_a_decoder_must_know_and_other_frames_do_not() {
    let mut fragments = Fragments::new(320, 240, 25);
    assert_eq!(fragments.take(&chunk(false, &[1; 50], 0)), None, "nothing can be decoded before a key frame");
    let key = fragments.take(&chunk(true, &[0x88; 300], 40_000_000)).unwrap();
    let first = key.initialization.unwrap();
    assert_eq!(first.codec, "avc1.64001f");
    assert_eq!(
        side_by_side(&first.segment).iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(),
        ["ftyp", "moov"]
    );
    let described = &at(&first.segment, &["moov", "trak", "mdia", "minf", "stbl", "stsd"])[8..];
    let entry = at(described, &["avc1"]);
    assert_eq!(entry[24..28], [1, 64, 0, 240]);
    let record = at(&entry[78..], &["avcC"]);
    assert_eq!(record[..8], [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 8]);
    assert!(record.windows(8).any(|bytes| bytes == SEQUENCE) && record.windows(4).any(|bytes| bytes == PICTURE));
    assert_eq!(fragments.take(&chunk(false, &[7; 50], 80_000_000)).unwrap().initialization, None);
}

#[test]
fn a_fragment_holds_its_frame_behind_lengths_and_points_at_it() {
    let mut fragments = Fragments::new(320, 240, 25);
    let media = fragments.take(&chunk(true, &[0x88; 300], 0)).unwrap().media;
    let data = at(&media, &["mdat"]);
    assert_eq!((data.len(), &data[..6]), (4 + 301, &[0, 0, 1, 45, 0x65, 0x88][..]), "no delimiter, no parameter sets");
    let run = at(&media, &["moof", "traf", "trun"]);
    let word = |at: usize| u32::from_be_bytes(run[at..at + 4].try_into().unwrap());
    assert_eq!((word(4), word(12), word(16)), (1, 3600, 305));
    assert_eq!(&media[word(8) as usize..], data);
}

#[test]
fn the_timeline_has_no_gap_and_follows_the_camera_s_rate() {
    let mut fragments = Fragments::new(320, 240, 25);
    let mut expected = 0;
    // At 10 a second though 25 were announced, with a second in which nothing came.
    for frame in 0..100u64 {
        let gap = if frame >= 60 { 1_000_000_000 } else { 0 };
        let fragment = fragments.take(&chunk(frame % 10 == 0, &[3; 20], frame * 100_000_000 + gap)).unwrap();
        assert_eq!(fragment.begins, expected, "frame {frame}");
        let run = at(&fragment.media, &["moof", "traf", "trun"]);
        let length = u32::from_be_bytes(run[12..16].try_into().unwrap());
        expected += u64::from(length);
        assert!(frame < 40 || (8_500..=18_500).contains(&length), "frame {frame} of {length} ticks");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_frame_or_nothing(packets in prop::collection::vec(any::<u8>(), 0..1000), key in any::<bool>()) {
        let mut fragments = Fragments::new(320, 240, 25);
        let _ = fragments.take(&Chunk { packets: packets.into(), key, stream_ns: 0 });
    }

    #[test]
    fn packets_that_are_damaged_break_nothing(at in 0usize..2000, byte in any::<u8>(), slice in prop::collection::vec(any::<u8>(), 1..900)) {
        let whole = chunk(true, &slice, 0);
        let mut damaged = whole.packets.to_vec();
        let at = at % damaged.len();
        damaged[at] = byte;
        let mut fragments = Fragments::new(320, 240, 25);
        if let Some(fragment) = fragments.take(&Chunk { packets: damaged.into(), ..whole }) {
            side_by_side(&fragment.media);
        }
    }
}
