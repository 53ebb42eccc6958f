//! Frames out of GStreamer: a live test picture, and a file made here.

use std::path::Path;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use vision::media::MediaError;
use vision::media::source::{Next, Origin, Pixels, Source, Taken};

/// Longer than any frame takes to come; only a broken source takes it.
const WAIT: Duration = Duration::from_secs(20);

fn pattern(rate: u32) -> Origin {
    Origin::Pattern { width: 64, height: 48, rate }
}

fn frame(source: &mut Source) -> Taken {
    match source.next(WAIT).expect("the source runs") {
        Next::Frame(taken) => *taken,
        other => panic!("a frame expected, {other:?} came"),
    }
}

/// A film of `count` frames, 25 a second, of which each is brighter than the one before.
fn film(path: &Path, count: u32) {
    gst::init().expect("GStreamer starts");
    let text = format!(
        "videotestsrc num-buffers={count} pattern=ball ! video/x-raw,format=I420,width=64,height=48,framerate=25/1 \
         ! jpegenc ! avimux ! filesink name=out"
    );
    let pipeline = gst::parse::launch(&text).expect("a pipeline").downcast::<gst::Pipeline>().expect("of several");
    pipeline.by_name("out").expect("named").set_property("location", path.display().to_string());
    pipeline.set_state(gst::State::Playing).expect("plays");
    let bus = pipeline.bus().expect("has a bus");
    let ended =
        bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &[gst::MessageType::Eos, gst::MessageType::Error]);
    assert_eq!(ended.expect("ends").type_(), gst::MessageType::Eos);
    pipeline.set_state(gst::State::Null).expect("stops");
}

#[test]
fn a_live_source_gives_frames_with_the_time_they_were_taken() {
    let mut source = Source::open(pattern(50), Pixels::Gray).unwrap();
    let (first, second) = (frame(&mut source), frame(&mut source));
    assert_eq!((first.gray.width(), first.gray.height(), first.rgb.is_none()), (64, 48, true));
    let apart = second.gray.captured_at_ns() - first.gray.captured_at_ns();
    let streamed = (second.stream_ns - first.stream_ns) as i64;
    assert!((apart - streamed).abs() < 5_000_000, "{apart} ns apart, {streamed} ns in the stream");
    assert!(first.gray.captured_at_ns() > 1_600_000_000_000_000_000, "{}", first.gray.captured_at_ns());
}

#[test]
fn a_reader_that_stalls_gets_the_newest_frame_and_the_camera_goes_on() {
    let mut stalled = Source::open(pattern(100), Pixels::Gray).unwrap();
    let before = frame(&mut stalled);
    // Twenty frames of another camera pass meanwhile.
    let mut clock = Source::open(pattern(50), Pixels::Gray).unwrap();
    for _ in 0..20 {
        frame(&mut clock);
    }
    // What was waiting in the sink is one frame; after it comes what is being taken now.
    let waiting = frame(&mut stalled);
    let passed = waiting.stream_ns - before.stream_ns;
    assert!(passed > 10 * 10_000_000, "only {passed} ns later");
}

#[test]
fn a_file_is_read_whole_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.avi");
    film(&path, 30);
    let mut source = Source::open(Origin::File { path, begins_ns: 1_000 }, Pixels::Rgb).unwrap();
    let mut times = Vec::new();
    loop {
        match source.next(WAIT).unwrap() {
            Next::Frame(taken) => {
                assert!(taken.rgb.is_some());
                times.push(taken.gray.captured_at_ns() - 1_000);
            }
            Next::Ended => break,
            Next::Waiting => panic!("a file never waits so long"),
        }
    }
    assert_eq!(times, (0..30).map(|i| i * 40_000_000).collect::<Vec<i64>>());
}

#[test]
fn sixteen_bits_become_eight() {
    let mut source = Source::open(pattern(30), Pixels::Gray16).unwrap();
    let taken = frame(&mut source);
    let row = taken.gray.row(24);
    assert_eq!((row.len(), taken.gray.stride()), (64, 64));
}

#[test]
fn a_source_that_is_not_there_says_so() {
    let none = Origin::File { path: "/nowhere/film.mp4".into(), begins_ns: 0 };
    let said = match Source::open(none, Pixels::Gray) {
        Err(error) => error,
        Ok(mut source) => source.next(WAIT).expect_err("there is no such file"),
    };
    assert!(matches!(said, MediaError::Broken { .. }), "{said:?}");
    assert!(said.to_string().starts_with("/nowhere/film.mp4: "), "{said}");
}

#[test]
fn a_camera_s_password_is_in_no_message() {
    let camera = Origin::Rtsp { url: "rtsp://guard:secret@127.0.0.1:9/stream".into() };
    assert_eq!(camera.to_string(), "rtsp camera stream");
}
