use nalgebra::Matrix2;

use super::*;
use crate::ego_motion::Source;

const STILL: Registration = Registration {
    current_from_previous: Matrix2x3::new(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    shift_covariance: Matrix2::new(0.01, 0.0, 0.0, 0.01),
    edge_deviation_px: 0.1,
    agreeing: 1.0,
    points: 100,
    source: Source::Measured,
};

fn drawn(x: f64, confidence: f64, class: u16) -> BoxDetection {
    BoxDetection { centre: Vector2::new(x, 50.0), size: Vector2::new(8.0, 6.0), confidence, class }
}

fn blank(at_ns: i64) -> Taken {
    let gray = GrayFrame::new(320, 240, 320, vec![90; 320 * 240], at_ns).unwrap();
    Taken { gray, rgb: None, stream_ns: at_ns as u64 }
}

/// Lets a drone fly through `frames` frames, one of them without a detection, with noise that comes and goes.
fn flown(delay_frames: usize, frames: u64) -> Vec<Sight> {
    let mut eyes = Eyes::new(EyesConfig { delay_frames, ..EyesConfig::default() }, None, Vec::new());
    let mut sights = Vec::new();
    for frame in 0..frames {
        let taken = blank(frame as i64 * 40_000_000);
        let mut boxes = vec![drawn(30.0 + 2.0 * frame as f64, 0.9, u16::from(frame % 4 == 3))];
        if frame == 20 {
            boxes.clear();
        }
        if frame % 7 == 0 {
            boxes.push(drawn((frame * 97 % 300) as f64, 0.2, 3));
        }
        let seen = Seen { frame, captured_at_ns: taken.gray.captured_at_ns(), registration: STILL, boxes };
        sights.extend(eyes.follow(&taken, seen));
    }
    sights.extend(eyes.finish());
    sights
}

#[test]
fn a_frame_s_things_are_its_tracks_and_what_belongs_to_none() {
    let sights = flown(0, 40);
    assert_eq!(sights.len(), 40);
    let [track, alone] = &sights[28].things[..] else { panic!("{:?}", sights[28].things) };
    assert_eq!(
        (track.track, track.class.as_str(), track.detected),
        (Some(1), "drone", true),
        "a bird a quarter of the time"
    );
    assert_eq!(track.bounds, [30.0 + 56.0 - 4.0, 47.0, 8.0, 6.0]);
    assert_eq!((alone.track, alone.class.as_str(), alone.confidence), (None, "other", 0.1));
    assert!(track.confidence > 0.9, "{track:?}");
}

#[test]
fn a_track_that_was_not_detected_is_still_a_thing_and_less_certain() {
    let sights = flown(0, 40);
    let [coasting] = &sights[20].things[..] else { panic!("{:?}", sights[20].things) };
    assert_eq!((coasting.track, coasting.detected), (Some(1), false));
    assert!(coasting.confidence < sights[19].things[0].confidence && (coasting.bounds[0] - 66.0).abs() < 2.0);
}

#[test]
fn second_thoughts_fill_in_a_track_s_beginning_and_lose_no_frame() {
    let (at_once, later) = (flown(0, 40), flown(12, 40));
    let first =
        |sights: &[Sight]| sights.iter().position(|sight| sight.things.iter().any(|thing| thing.track.is_some()));
    assert!(first(&later).unwrap() < first(&at_once).unwrap());
    let frames: Vec<u64> = later.iter().map(|sight| sight.frame).collect();
    assert_eq!(frames, (0..40).collect::<Vec<_>>());
    assert!(later.iter().all(|sight| sight.captured_at_ns == sight.frame as i64 * 40_000_000));
}

#[test]
fn a_peak_of_the_network_lies_in_the_picture_where_it_was_drawn() {
    // One peak of 10 by 6 pixels about the corner between four pixels, 100 from the left and 50 from the top.
    let mut peaks = vec![0.0f32; small::PEAKS * small::PEAK_FIELDS];
    peaks[..5].copy_from_slice(&[100.0, 50.0, 10.0, 6.0, 0.9]);
    let targets = small::targets(&peaks, 320, 240, 0.3).unwrap();
    let mut eyes = Eyes::new(EyesConfig::default(), None, Vec::new());
    let seen =
        Seen { frame: 0, captured_at_ns: 0, registration: STILL, boxes: targets.iter().map(super::drawn).collect() };
    let sight = eyes.follow(&blank(0), seen).unwrap();
    assert_eq!(sight.things[0].bounds, [95.0, 47.0, 10.0, 6.0]);
    assert_eq!(sight.things[0].centre(), Vector2::new(99.5, 49.5));
}

#[test]
fn pictures_of_another_size_begin_anew() {
    let mut eyes = Eyes::new(EyesConfig::default(), None, Vec::new());
    let mut seen = Vec::new();
    for (frame, side) in [64, 64, 128, 64].into_iter().enumerate() {
        let gray = GrayFrame::new(side, side, side, vec![7; side * side], frame as i64).unwrap();
        let taken = Taken { gray, rgb: None, stream_ns: 0 };
        let sight = eyes.look(&taken, None, &mut |stage| seen.push(stage)).unwrap().unwrap();
        assert_eq!((sight.frame, sight.things.len()), (frame as u64, 0));
    }
    assert_eq!(seen[..3], [Stage::EgoMotion, Stage::Reading, Stage::Tracking]);
}

#[test]
fn what_two_detectors_call_by_one_name_is_one_class() {
    let mut classes = Classes::new(SmallClass::ALL.map(SmallClass::name));
    let (drone, boat) = (classes.number("drone"), classes.number("boat"));
    assert_eq!((drone, boat, classes.number("boat"), classes.name(boat)), (0, 4, 4, "boat"));
    assert_eq!(classes.name(999), "unknown");
}
