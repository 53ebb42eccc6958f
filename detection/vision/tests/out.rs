//! Video out, read back by others: ffprobe, GStreamer's own client, and the chain of a recording.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use vision::frame::GrayFrame;
use vision::klv::stream::StreamReader;
use vision::klv::uas::UasPacket;
use vision::klv::vmti::{Pixel, VTarget, Vmti};
use vision::media::clip::{clip, nearest, still};
use vision::media::coded::Coded;
use vision::media::fragments::Fragments;
use vision::media::recent::{Kept, Recent};
use vision::media::recorded::excerpt;
use vision::media::recording::{MANIFEST, Recorder, verify};
use vision::media::serve::{Datagrams, Server, Viewer};
use vision::media::source::{Next, Origin, Pixels, Source, Taken};
use vision::media::transport::{Chunk, Encoding, Transport};

/// Longer than anything takes; only what is broken takes it.
const WAIT: Duration = Duration::from_secs(20);
const RATE: u32 = 25;
const ENCODING: Encoding = Encoding {
    width: 320,
    height: 240,
    scaled: None,
    rate: RATE,
    key_every: RATE,
    kilobits_per_s: 1000,
    colour: false,
    metadata: true,
};
/// The key of a MISB ST 0601 packet, a length of one byte, and a time stamp item (tag 2) of zeros.
const PACKET: [u8; 27] = [
    0x06, 0x0e, 0x2b, 0x34, 0x02, 0x0b, 0x01, 0x01, 0x0e, 0x01, 0x03, 0x01, 0x01, 0x00, 0x00, 0x00, 10, 2, 8, 0, 0, 0,
    0, 0, 0, 0, 1,
];

fn taken(frame: u64) -> Taken {
    let at_ns = frame * 1_000_000_000 / u64::from(RATE);
    let mut pixels = vec![100; 320 * 240];
    for row in pixels.chunks_exact_mut(320).skip(100).take(8) {
        row[(frame as usize * 3) % 300..][..8].fill(220);
    }
    let gray = GrayFrame::new(320, 240, 320, pixels, at_ns as i64).expect("320 by 240");
    Taken { gray, rgb: None, stream_ns: at_ns }
}

/// Encodes so many frames, each with the same metadata packet.
fn encoded(frames: u64) -> Vec<Chunk> {
    encoded_with(frames, |_| PACKET.to_vec())
}

/// Encodes so many frames, each with its metadata packet.
fn encoded_with(frames: u64, metadata: impl Fn(u64) -> Vec<u8>) -> Vec<Chunk> {
    let mut transport = Transport::open(ENCODING).expect("there is an encoder");
    let mut chunks = Vec::new();
    for frame in 0..frames {
        transport.put(&taken(frame), &metadata(frame)).expect("it takes the frame");
        // The encoder's queue drops what it has no room for; here every frame is wanted, so each is waited for.
        while chunks.last().is_none_or(|last: &Chunk| last.stream_ns < taken(frame).stream_ns) {
            let Some(chunk) = transport.next(Duration::from_millis(200)) else { break };
            chunks.push(chunk);
        }
    }
    transport.finish();
    chunks.extend(std::iter::from_fn(|| transport.next(WAIT)));
    chunks
}

#[test]
fn an_encoder_that_begins_in_the_middle_of_a_stream_says_the_stream_s_times() {
    let mut transport = Transport::open(ENCODING).unwrap();
    // Somebody begins to look when the camera has run for two and a half minutes.
    let frames: Vec<Taken> = (3750..3754).map(taken).collect();
    for frame in &frames {
        transport.put(frame, &PACKET).unwrap();
    }
    transport.finish();
    let said: Vec<u64> = std::iter::from_fn(|| transport.next(WAIT)).map(|chunk| chunk.stream_ns).collect();
    assert!(!said.is_empty());
    for ns in said {
        assert!(frames.iter().any(|frame| frame.stream_ns.abs_diff(ns) < 1_000_000), "{ns}");
    }
}

/// What ffprobe says of a file, or nothing where it is not installed.
fn probed(path: &Path) -> Option<String> {
    let asked =
        ["-v", "error", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets", "-of", "csv=p=0"];
    let said = Command::new("ffprobe").args(asked).arg(path).output();
    let said = said.inspect_err(|error| eprintln!("passed over: ffprobe: {error}")).ok()?;
    Some(String::from_utf8_lossy(&said.stdout).into_owned())
}

fn frames_of(origin: Origin) -> u32 {
    let mut source = Source::open(origin, Pixels::Gray).expect("it opens");
    let mut frames = 0;
    while let Next::Frame(taken) = source.next(WAIT).expect("it plays") {
        assert_eq!((taken.gray.width(), taken.gray.height()), (320, 240));
        frames += 1;
    }
    frames
}

#[test]
fn every_frame_and_every_metadata_packet_is_in_the_stream() {
    let chunks = encoded(60);
    assert!(chunks.iter().all(|chunk| chunk.packets.len() % 188 == 0 && chunk.packets[0] == 0x47));
    let keys: Vec<u64> = chunks.iter().filter(|chunk| chunk.key).map(|chunk| chunk.stream_ns / 1_000_000_000).collect();
    assert_eq!(keys, [0, 1, 2], "a key frame each second");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream.ts");
    std::fs::write(&path, chunks.iter().flat_map(|chunk| chunk.packets.iter().copied()).collect::<Vec<u8>>()).unwrap();
    assert_eq!(frames_of(Origin::File { path: path.clone(), begins_ns: 0 }), 60);
    // A packet is shorter than a transport packet's payload, so each lies in one piece.
    let packets = |chunk: &Chunk| chunk.packets.windows(PACKET.len()).filter(|bytes| *bytes == PACKET).count();
    assert_eq!(chunks.iter().map(packets).sum::<usize>(), 60);
    let Some(said) = probed(&path) else { return };
    assert!(said.contains("h264,60") && said.contains("klv,"), "{said}");
}

fn kept(chunk: Chunk) -> Kept {
    Kept { captured_at_ns: 1_795_230_720_000_000_000 + chunk.stream_ns as i64, chunk, picture: [320, 240] }
}

#[test]
fn a_recording_s_segments_play_by_themselves_and_its_chain_holds() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::begin(&folder.path().join("recording"), 1_000_000_000).unwrap();
    for chunk in encoded(75) {
        recorder.write(&chunk, chunk.stream_ns as i64, [320, 240]).unwrap();
    }
    let last = recorder.finish().unwrap().to_owned();
    assert_eq!(verify(&folder.path().join("recording")).unwrap(), last);
    let second = folder.path().join("recording/000001.ts");
    assert_eq!(frames_of(Origin::File { path: second, begins_ns: 0 }), 25, "a segment plays by itself");
}

#[test]
fn what_is_cut_from_a_recording_is_what_was_kept_in_memory_and_nothing_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut recent = Recent::new(60_000_000_000);
    // Two starts of a camera; the second begins four seconds after the first.
    for (name, since_s, frames) in [("1795230720000", 0, 75), ("1795230724000", 4, 50)] {
        let mut recorder = Recorder::begin(&folder.path().join(name), 1_000_000_000).unwrap();
        for chunk in encoded(frames) {
            let Kept { chunk, captured_at_ns, picture } = kept(chunk);
            let captured_at_ns = captured_at_ns + since_s * 1_000_000_000;
            recorder.write(&chunk, captured_at_ns, picture).unwrap();
            // What comes after the last frame is its metadata, and no frame.
            if recent.newest_ns().is_none_or(|newest_ns| newest_ns < captured_at_ns) {
                recent.push(Kept { chunk, captured_at_ns, picture });
            }
        }
        recorder.finish().unwrap();
    }
    std::fs::create_dir(folder.path().join("lost+found")).unwrap();
    let begins_ns = recent.oldest_ns().unwrap();
    let check = |from_s: f64, to_s: f64| {
        let [from_ns, to_ns] = [from_s, to_s].map(|after_s| begins_ns + (after_s * 1e9) as i64);
        let (cut, faults) = excerpt(folder.path(), from_ns, to_ns);
        assert!(faults.is_empty(), "{faults:?}");
        let expected = recent.cut(from_ns, to_ns);
        assert_eq!(cut.len(), expected.len(), "{from_s} to {to_s} s");
        for (found, expected) in cut.iter().zip(&expected) {
            // Metadata behind the last frame of a recording stays with it.
            let same =
                found.chunk.packets.starts_with(&expected.chunk.packets) && found.chunk.key == expected.chunk.key;
            let [was, is] = [expected, found].map(|kept| (kept.chunk.packets.len() / 188, kept.chunk.key));
            assert!(
                same,
                "packets, key: {was:?} were written and {is:?} read, {} s on",
                found.captured_at_ns - begins_ns
            );
            assert!(found.captured_at_ns.abs_diff(expected.captured_at_ns) < 20_000, "{found:?}");
        }
        cut.len()
    };
    assert_eq!(check(1.5, 2.1), 28, "from the key frame of the first second on");
    assert!(check(2.5, 4.5) > 30, "over a restart of the camera");
    assert_eq!(excerpt(folder.path(), begins_ns + 90_000_000_000, i64::MAX).0, [], "nothing is of that time");
    let made = clip(&excerpt(folder.path(), begins_ns, begins_ns + 2_000_000_000).0, begins_ns).unwrap();
    assert_eq!((made.frames, made.picture), (51, [320, 240]));

    let changed = folder.path().join("1795230720000/000001.ts");
    let mut bytes = std::fs::read(&changed).unwrap();
    bytes[5_000] ^= 1;
    std::fs::write(&changed, bytes).unwrap();
    let (cut, faults) = excerpt(folder.path(), begins_ns, begins_ns + 3_000_000_000);
    let second = |kept: &Kept| (kept.captured_at_ns - begins_ns) / 1_000_000_000;
    assert!(faults.len() == 1 && faults[0].to_string().contains("000001.ts"), "{faults:?}");
    assert_eq!(cut.iter().filter(|kept| second(kept) == 1).count(), 0, "none of its frames is taken");
    assert!(cut.iter().any(|kept| second(kept) == 0) && cut.iter().any(|kept| second(kept) == 2));
    let manifest = folder.path().join("1795230720000").join(MANIFEST);
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replacen("000000.ts", "000002.ts", 1)).unwrap();
    let (cut, faults) = excerpt(folder.path(), begins_ns, begins_ns + 3_000_000_000);
    assert_eq!((cut.len(), faults.len()), (0, 1), "a chain that is broken proves nothing: {faults:?}");
}

#[test]
fn a_clip_begins_before_its_alert_and_plays_and_its_picture_is_the_frame_of_the_alert() {
    let mut recent = Recent::new(60_000_000_000);
    let numbered = |frame: u64| [&PACKET[..26], &[frame as u8]].concat();
    encoded_with(75, numbered).into_iter().for_each(|chunk| recent.push(kept(chunk)));
    let begins_ns = recent.oldest_ns().unwrap();
    let [from, at, to] = [1_500_000_000, 1_990_000_000, 2_500_000_000].map(|after| begins_ns + after);
    let cut = recent.cut(from, to);
    let made = clip(&cut, at).unwrap();
    assert_eq!((made.begins_ns - begins_ns, made.picture), (1_000_000_000, [320, 240]), "from the key frame before");
    assert!((36..=39).contains(&made.frames) && to - made.ends_ns < 80_000_000, "{} frames", made.frames);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, &made.mp4).unwrap();
    assert_eq!(frames_of(Origin::File { path: path.clone(), begins_ns: 0 }) as usize, made.frames);

    // The spot moves three pixels a frame: where it is says which frame the picture is of.
    let place = nearest(&cut, at).unwrap();
    let jpeg = still(&cut, place).unwrap();
    assert_eq!((&jpeg[..2], &jpeg[jpeg.len() - 2..]), (&[0xff, 0xd8][..], &[0xff, 0xd9][..]));
    let picture = folder.path().join("still.jpg");
    std::fs::write(&picture, jpeg).unwrap();
    let mut source = Source::open(Origin::File { path: picture, begins_ns: 0 }, Pixels::Gray).unwrap();
    let Next::Frame(shown) = source.next(WAIT).unwrap() else { panic!("a picture") };
    let bright: Vec<usize> = (0..320).filter(|x| shown.gray.row(104)[*x] > 160).collect();
    assert_eq!(at - begins_ns - 50 * 40_000_000, -10_000_000, "frame 50 is the nearest");
    let middle = bright.iter().sum::<usize>() as f64 / bright.len() as f64;
    assert!((middle - 153.5).abs() < 1.2, "the spot lies about {middle}: {bright:?}");

    let Some(said) = probed(&path) else { return };
    let (video, beside) = said.split_once('\n').unwrap_or_else(|| panic!("two streams: {said}"));
    assert_eq!(video, format!("h264,{}", made.frames));
    assert!(beside.contains(&made.frames.to_string()), "a metadata packet beside each frame: {said}");
    let copied = ["-map", "0:d", "-c", "copy", "-f", "data", "-"];
    let read = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&path).args(copied).output().unwrap();
    // The last frame's packet lies in front of a frame that is in the clip no more.
    let expected: Vec<u8> = (25..25 + made.frames as u64 - 1).flat_map(numbered).collect();
    assert!(read.stdout.starts_with(&expected), "{}", String::from_utf8_lossy(&read.stderr));
    assert!(read.stdout.len() <= expected.len() + PACKET.len());
}

#[test]
fn a_clip_over_a_change_of_the_stream_holds_the_part_with_the_alert() {
    let before: Vec<Kept> = encoded(50).into_iter().map(kept).collect();
    let since_ns = 3_000_000_000;
    let after = before.iter().cloned().map(|kept| Kept {
        captured_at_ns: kept.captured_at_ns + since_ns,
        picture: [640, 480],
        ..kept
    });
    let both: Vec<Kept> = before.iter().cloned().chain(after).collect();
    let changes = before[0].captured_at_ns + since_ns;
    for (at, picture) in [(changes - 1, [320, 240]), (changes + 1, [640, 480])] {
        let made = clip(&both, at).unwrap();
        assert_eq!((made.picture, made.frames), (picture, 50));
    }
    // A camera that was opened again and is the same goes on in the same clip.
    let same: Vec<Kept> = both.into_iter().map(|kept| Kept { picture: [320, 240], ..kept }).collect();
    assert_eq!(clip(&same, changes).unwrap().frames, 100);
    assert_eq!(clip(&same[1..20], changes), None, "no key frame, no clip");
}

/// The metadata of a frame of a camera that turns, sinks and sees something that grows.
fn metadata(frame: u64) -> UasPacket {
    let mut packet = UasPacket::new(1_795_230_720_000_000 + frame * 40_000);
    let step = frame as f64;
    for (tag, number) in NUMBERS {
        packet.put_number(tag, number + 0.1 * step).unwrap();
    }
    packet.put_text(10, "mast-1").unwrap();
    let corner = |at: u32| Pixel { row: at, column: 2 * at };
    let target = VTarget {
        id: 7,
        centre: Some(corner(120)),
        corners: Some((corner(100 - frame as u32), corner(140 + frame as u32))),
        confidence_percent: Some(60 + frame as u8),
        ..VTarget::default()
    };
    let vmti = Vmti { picture: Some((320, 240)), found: Some(1), targets: vec![target], ..Vmti::default() };
    packet.put_vmti(&vmti).unwrap();
    packet
}

/// Heading, pitch, roll, latitude, longitude, height, fields of view, gimbal (ST 0601 tags 5 to 7, 13 to 20).
const NUMBERS: [(u32, f64); 11] = [
    (5, 123.4),
    (6, -3.2),
    (7, 1.5),
    (13, 54.36),
    (14, 10.14),
    (15, 87.0),
    (16, 20.0),
    (17, 11.0),
    (18, 45.0),
    (19, -8.0),
    (20, 3.0),
];

/// The data stream of a recording, as ffmpeg takes it out; nothing where ffmpeg is not installed.
fn taken_out(stream: &Path, to: &Path) -> Option<Vec<u8>> {
    let ffmpeg = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(stream)
        .args(["-map", "0:d:0", "-c", "copy", "-f", "data"])
        .arg(to)
        .status();
    let ended = ffmpeg.inspect_err(|error| eprintln!("passed over: ffmpeg: {error}")).ok()?;
    assert!(ended.success(), "ffmpeg finds a data stream");
    Some(std::fs::read(to).unwrap())
}

#[test]
fn ffmpeg_reads_every_metadata_packet_back_with_every_tag_right() {
    let folder = tempfile::tempdir().unwrap();
    let (path, klv) = (folder.path().join("stream.ts"), folder.path().join("stream.klv"));
    let chunks = encoded_with(30, |frame| metadata(frame).to_bytes());
    std::fs::write(&path, chunks.iter().flat_map(|chunk| chunk.packets.iter().copied()).collect::<Vec<u8>>()).unwrap();
    let Some(bytes) = taken_out(&path, &klv) else { return };
    let read = StreamReader::new().push(&bytes);
    assert_eq!(read.len(), 30);
    for (frame, packet) in (0u64..).zip(&read) {
        assert_eq!(packet.to_bytes(), metadata(frame).to_bytes(), "frame {frame}");
    }
    // A reader of somebody else's, on what ffmpeg took out.
    let script = "import sys, klvdata\n\
        for frame, packet in enumerate(klvdata.StreamParser(open(sys.argv[1], 'rb').read())):\n\
        \x20   for key, item in packet.items.items():\n\
        \x20       print(frame, key[0], str(item.value.value) if hasattr(item, 'value') else '')\n";
    let python = std::env::var("KLVDATA_PYTHON").unwrap_or_else(|_| "python3".into());
    let said = Command::new(&python).args(["-c", script]).arg(&klv).output().unwrap();
    if !said.status.success() {
        eprintln!("passed over: {python} has no klvdata (PyPI)");
        return;
    }
    let said = String::from_utf8(said.stdout).unwrap();
    let found = |frame: u64, tag: u32| -> String {
        let begins = format!("{frame} {tag} ");
        let line = said.lines().find_map(|line| line.strip_prefix(&begins));
        line.unwrap_or_else(|| panic!("no tag {tag} in frame {frame}")).to_owned()
    };
    for frame in 0..30 {
        assert_eq!(found(frame, 10), "mast-1");
        for (tag, number) in NUMBERS {
            let (found, expected) = (found(frame, tag).parse::<f64>().unwrap(), number + 0.1 * frame as f64);
            // The coarsest of them is the height, in steps of 0.3 m (ST 0601.17, tag 15).
            let within = if tag == 15 { 0.16 } else { 0.003 };
            assert!((found - expected).abs() <= within, "frame {frame}, tag {tag}: {found} for {expected}");
        }
    }
}

#[test]
fn the_fragments_are_a_film_that_others_play() {
    let mut fragments = Fragments::new(320, 240, RATE);
    let made: Vec<_> = encoded(60).iter().filter_map(|chunk| fragments.take(chunk)).collect();
    // The one without a frame is the metadata behind the last.
    assert_eq!((made.len(), fragments.frameless()), (60, 1));
    let keys: Vec<usize> = (0..60).filter(|frame| made[*frame].initialization.is_some()).collect();
    assert_eq!(keys, [0, 25, 50]);
    let first = made[0].initialization.as_ref().unwrap();
    assert!(first.codec.starts_with("avc1."), "{}", first.codec);
    let film: Vec<u8> = first.segment.iter().copied().chain(made.iter().flat_map(|one| one.media.clone())).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    std::fs::write(&path, film).unwrap();
    assert_eq!(frames_of(Origin::File { path: path.clone(), begins_ns: 0 }), 60);
    let Some(said) = probed(&path) else { return };
    assert_eq!(said.trim(), "h264,60");
}

/// What is in the frames of some chunks, without their parameter sets.
fn samples(chunks: &[Chunk]) -> Vec<Vec<u8>> {
    let mut fragments = Fragments::new(320, 240, RATE);
    let media = chunks.iter().filter_map(|chunk| fragments.take(chunk)).map(|made| made.media);
    media.map(|media| media[media.windows(4).position(|at| at == b"mdat").unwrap()..].to_vec()).collect()
}

#[test]
fn a_source_s_own_frames_are_passed_on_as_they_came_each_with_its_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("camera.ts");
    let came = encoded(60);
    std::fs::write(&path, came.iter().flat_map(|chunk| chunk.packets.iter().copied()).collect::<Vec<u8>>()).unwrap();
    let mut source = Source::open_passing(Origin::File { path, begins_ns: 0 }, Pixels::Gray).unwrap();
    let mut transport = Transport::pass(true).unwrap();
    let (mut chunks, mut pictures, mut numbers) = (Vec::new(), 0, Vec::new());
    while let Next::Frame(taken) = source.next(WAIT).unwrap() {
        pictures += 1;
        // As if the detectors were slow: they look at every fourth picture, and the frames between are passed on with it.
        if pictures % 4 != 0 {
            continue;
        }
        let Coded::Frames(frames) = source.coded(&taken) else { panic!("the source is H.264") };
        assert_eq!((frames.len(), frames[3].stream_ns), (4, taken.stream_ns));
        assert_eq!(source.coded_at_ns(&frames[3]), taken.gray.captured_at_ns());
        for frame in frames {
            let mut packet = PACKET;
            packet[26] = numbers.len() as u8;
            transport.put_coded(&frame, &packet).unwrap();
            numbers.push(frame.stream_ns);
        }
        chunks.extend(std::iter::from_fn(|| transport.next(Duration::from_millis(200))));
    }
    transport.finish();
    chunks.extend(std::iter::from_fn(|| transport.next(WAIT)));
    assert_eq!((pictures, numbers.len()), (60, 60));
    assert!(numbers.is_sorted_by(|a, b| a < b));
    assert_eq!(samples(&chunks), samples(&came), "not one bit of a picture is another");
    let packets = |chunk: &Chunk| chunk.packets.windows(26).filter(|bytes| *bytes == &PACKET[..26]).count();
    assert_eq!(chunks.iter().map(packets).sum::<usize>(), 60);
    assert_eq!(chunks.iter().filter(|chunk| chunk.key).count(), 3);
}

#[test]
fn a_source_that_is_not_h264_has_no_frames_of_its_own() {
    let origin = Origin::Pattern { width: 320, height: 240, rate: 25 };
    let mut source = Source::open_passing(origin, Pixels::Gray).unwrap();
    let Next::Frame(taken) = source.next(WAIT).unwrap() else { panic!("a picture") };
    assert!(matches!(source.coded(&taken), Coded::None));
}

#[test]
fn a_film_is_played_at_the_pace_it_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.ts");
    std::fs::write(&path, encoded(25).iter().flat_map(|chunk| chunk.packets.iter().copied()).collect::<Vec<u8>>())
        .unwrap();
    let mut source = Source::open(Origin::Film { path }, Pixels::Gray).expect("it opens");
    let mut times = Vec::new();
    while let Next::Frame(taken) = source.next(WAIT).expect("it plays") {
        times.push((taken.gray.captured_at_ns(), taken.stream_ns as i64));
    }
    // A busy machine may lose frames, as of a camera; those it has come as far apart as they were taken. Played as fast as it
    // goes, the whole film takes less than one frame of it.
    let (first, last) = (times[0], *times.last().unwrap());
    let (lasted, filmed) = (last.0 - first.0, last.1 - first.1);
    assert!(times.len() >= 2 && times.is_sorted() && 2 * lasted > filmed, "{lasted} ns of {filmed}: {times:?}");
}

/// Plays a live stream until a viewer has had some frames of it.
fn watched(server: &Server, url: String) -> Result<u32, String> {
    let encoding = Encoding { metadata: false, ..ENCODING };
    let mut transport = Transport::open(encoding).expect("there is an encoder");
    let mut viewer = Source::open(Origin::Rtsp { url }, Pixels::Gray).map_err(|error| error.to_string())?;
    let mut frames = 0;
    for frame in 0..2_000 {
        transport.put(&taken(frame), &[]).expect("it takes the frame");
        while let Some(chunk) = transport.next(Duration::from_millis(1)) {
            server.send(&chunk);
        }
        if let Next::Frame(taken) = viewer.next(Duration::from_millis(20)).map_err(|error| error.to_string())? {
            assert_eq!((taken.gray.width(), taken.gray.height()), (320, 240));
            frames += 1;
        }
        if frames == 5 {
            break;
        }
    }
    Ok(frames)
}

#[test]
fn whoever_knows_the_password_watches_and_nobody_else() {
    let viewer = Viewer { name: "watch".into(), password: "lighthouse".into() };
    let server = Server::open("127.0.0.1:0".parse().unwrap(), Some(&viewer)).unwrap();
    let url = |who: &str| format!("rtsp://{who}127.0.0.1:{}/live", server.port());
    assert_eq!(watched(&server, url("watch:lighthouse@")), Ok(5));
    let refused = watched(&server, url("watch:guess@")).unwrap_err();
    assert!(
        refused.to_lowercase().contains("unauthorized") || refused.to_lowercase().contains("authoriz"),
        "{refused}"
    );
}

#[test]
fn other_machines_need_a_password() {
    let said = Server::open("0.0.0.0:0".parse().unwrap(), None).unwrap_err().to_string();
    assert!(said.contains("needs a password"), "{said}");
}

#[test]
fn datagrams_hold_whole_packets() {
    let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(WAIT)).unwrap();
    let mut sender = Datagrams::open(receiver.local_addr().unwrap()).unwrap();
    let packets: Vec<u8> = (0..10u8).flat_map(|i| [i; 188]).collect();
    sender.send(&Chunk { packets: packets.clone().into(), key: true, stream_ns: 0 });
    let (mut buffer, mut received) = ([0; 2000], Vec::new());
    for expected in [7 * 188, 3 * 188] {
        let length = receiver.recv(&mut buffer).unwrap();
        assert_eq!(length, expected);
        received.extend_from_slice(&buffer[..length]);
    }
    assert_eq!((received, sender.dropped()), (packets, 0));
}
