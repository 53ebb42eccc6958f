use std::f64::consts::TAU;

use nalgebra::{Matrix2x3, Vector2};
use proptest::prelude::*;

use super::*;

const FRAME_S: f64 = 0.04;

fn config(delay_frames: usize) -> ImageTrackerConfig {
    let picture = Vector2::new(1920.0, 1080.0);
    ImageTrackerConfig { picture, frame_s: FRAME_S, delay_frames, demand: None }
}

fn drawn(x: f64, y: f64) -> BoxDetection {
    BoxDetection { centre: Vector2::new(x, y), size: Vector2::new(16.0, 10.0), confidence: 0.8, class: 1 }
}

/// What the tracker said after every frame, at once and with the delay, of a world where box `k` is drawn by `world`.
fn run(delay: usize, frames: usize, world: impl Fn(usize) -> (Matrix2x3<f64>, Vec<BoxDetection>)) -> Run {
    let mut tracker = ImageTracker::new(config(delay));
    let (mut at_once, mut delayed) = (Vec::new(), Vec::new());
    for frame in 0..frames {
        let (change, boxes) = world(frame);
        tracker.step(frame as f64 * FRAME_S, &change, &boxes);
        at_once.push(tracker.tracks());
        delayed.extend(tracker.delayed());
    }
    delayed.extend(tracker.remaining());
    Run { at_once, delayed, metrics: tracker.metrics() }
}

struct Run {
    at_once: Vec<Vec<ImageTrack>>,
    delayed: Vec<Vec<ImageTrack>>,
    metrics: ImageTrackerMetrics,
}

fn still() -> Matrix2x3<f64> {
    Matrix2x3::identity()
}

#[test]
fn a_steady_target_is_one_track_where_it_is() {
    let place = |frame: usize| (100.0 + 4.0 * frame as f64, 500.0 - 2.0 * frame as f64);
    let run = run(0, 60, |frame| (still(), vec![drawn(place(frame).0, place(frame).1)]));
    assert_eq!(run.metrics.confirmed, 1);
    let last = run.at_once[59][0];
    assert!((last.centre - Vector2::new(place(59).0, place(59).1)).norm() < 0.3, "{last:?}");
    assert!((last.velocity - Vector2::new(100.0, -50.0)).norm() < 5.0, "{last:?}");
    assert_eq!((last.class, last.detected), (1, Some(0.8)));
}

#[test]
fn scenery_that_scores_low_is_no_track_where_its_detector_promises_more() {
    let confirmed = |confidence: f64, class: u16| {
        let demand = Some(Demand { classes_below: 4, mean_min: 0.4 });
        let mut tracker = ImageTracker::new(ImageTrackerConfig { demand, ..config(0) });
        for frame in 0..100 {
            let fresh = BoxDetection { confidence, class, ..drawn(300.0, 500.0) };
            tracker.step(frame as f64 * FRAME_S, &still(), &[fresh]);
        }
        tracker.metrics().confirmed
    };
    assert_eq!([(0.35, 0), (0.35, 4), (0.6, 0)].map(|(confidence, class)| confirmed(confidence, class)), [0, 1, 1]);
}

#[test]
fn a_target_behind_something_keeps_its_number() {
    let world = |frame: usize| {
        let hidden = (40..52).contains(&frame);
        (still(), if hidden { vec![] } else { vec![drawn(100.0 + 3.0 * frame as f64, 500.0)] })
    };
    let run = run(0, 90, world);
    assert_eq!(run.metrics.confirmed, 1);
    assert_eq!(run.at_once[45][0].detected, None, "it coasts");
    assert!(run.at_once[80][0].id == run.at_once[30][0].id);
}

#[test]
fn a_target_that_has_gone_is_dropped() {
    let run = run(0, 200, |frame| (still(), if frame < 40 { vec![drawn(300.0, 300.0)] } else { vec![] }));
    assert_eq!(run.at_once[39].len(), 1);
    assert_eq!(run.at_once[80].len(), 0);
}

#[test]
fn crossing_targets_keep_their_numbers() {
    let world = |frame: usize| {
        let x = frame as f64 * 4.0;
        (still(), vec![drawn(200.0 + x, 400.0 + x / 2.0), drawn(600.0 - x, 400.0 + x / 2.0)])
    };
    let run = run(0, 90, world);
    assert_eq!(run.metrics.confirmed, 2);
    let rightmost =
        |tracks: &[ImageTrack]| tracks.iter().max_by(|a, b| a.centre.x.total_cmp(&b.centre.x)).map(|track| track.id);
    assert_ne!(rightmost(&run.at_once[20]), rightmost(&run.at_once[85]), "they have passed each other");
}

#[test]
fn a_turning_camera_does_not_move_a_target() {
    // The picture leaps 40 px to and fro and turns a little: far beyond the gate of a track that did not know.
    let turn = Matrix2x3::new(0.9998, -0.02, 40.0, 0.02, 0.9998, -25.0);
    let linear = turn.fixed_columns::<2>(0).into_owned();
    let back = linear.try_inverse().unwrap();
    let offset = -back * turn.column(2);
    let inverse = Matrix2x3::new(back.m11, back.m12, offset.x, back.m21, back.m22, offset.y);
    let there = linear * Vector2::new(700.0, 400.0) + turn.column(2);
    let world = |frame: usize| match frame {
        0 => (still(), vec![drawn(700.0, 400.0)]),
        _ if frame % 2 == 1 => (turn, vec![drawn(there.x, there.y)]),
        _ => (inverse, vec![drawn(700.0, 400.0)]),
    };
    let known = run(0, 40, world);
    assert_eq!((known.metrics.confirmed, known.at_once[39].len()), (1, 1));
    assert!(known.at_once[39][0].velocity.norm() < 3.0);
}

#[test]
fn what_flickers_in_one_place_with_low_confidence_is_no_target() {
    let world = |frame: usize| {
        let spot = BoxDetection { confidence: 0.35, class: 0, ..drawn(900.0, 300.0 + (frame % 3) as f64) };
        let target = drawn(100.0 + 3.0 * frame as f64, 600.0);
        (still(), if frame.is_multiple_of(5) { vec![target, spot] } else { vec![target] })
    };
    let run = run(0, 300, world);
    assert_eq!(run.metrics.confirmed, 1);
}

#[test]
fn the_delayed_tracks_begin_at_the_first_detection_and_are_the_same_tracks() {
    let wave = |frame: usize| 500.0 + 20.0 * (frame as f64 / 12.0).sin();
    let jitter = |frame: usize| (frame * 7919 % 13) as f64 / 6.0 - 1.0;
    let world = |frame: usize| {
        let seen = frame >= 5 && !(50..54).contains(&frame);
        let place = drawn(200.0 + 2.0 * frame as f64 + jitter(frame), wave(frame) + jitter(frame + 5));
        (still(), if seen { vec![place] } else { vec![] })
    };
    let run = run(10, 100, world);
    assert_eq!(run.delayed.len(), 100);
    assert!(run.at_once[5].is_empty() && run.delayed[4].is_empty());
    for frame in 5..100 {
        let [track] = run.delayed[frame][..] else { panic!("frame {frame}: {:?}", run.delayed[frame]) };
        assert!(run.at_once[frame].iter().all(|at_once| at_once.id == track.id));
        assert_eq!(track.detected.is_some(), !(50..54).contains(&frame));
    }
    let error = |tracks: &[Vec<ImageTrack>]| {
        let truth = |frame: usize| Vector2::new(200.0 + 2.0 * frame as f64, wave(frame));
        (20..80).map(|frame| (tracks[frame][0].centre - truth(frame)).norm_squared()).sum::<f64>()
    };
    assert!(error(&run.delayed) < 0.5 * error(&run.at_once), "hindsight sees better");
}

#[test]
fn without_a_delay_both_outputs_agree() {
    let run = run(0, 50, |frame| (still(), vec![drawn(100.0 + frame as f64, 500.0)]));
    assert_eq!(run.at_once, run.delayed);
}

#[test]
fn a_beating_box_is_followed_and_a_resting_one_is_smoothed() {
    let beat = |frame: usize| 20.0 * (0.5 * (TAU * frame as f64 / 10.0).sin()).exp();
    let noise = |frame: usize| 1.0 + 0.1 * ((frame * 7919 % 13) as f64 / 6.0 - 1.0);
    let of = |size: &dyn Fn(usize) -> f64| {
        let size = |frame| Vector2::new(size(frame), size(frame));
        let run = run(0, 100, |frame| (still(), vec![BoxDetection { size: size(frame), ..drawn(500.0, 500.0) }]));
        (60..100).map(|frame| run.at_once[frame][0].size.x).collect::<Vec<_>>()
    };
    let beaten = of(&beat);
    assert!((60..100).all(|frame| (beaten[frame - 60] / beat(frame)).ln().abs() < 0.3), "{beaten:?}");
    let rested = of(&|frame| 20.0 * noise(frame));
    assert!(rested.iter().all(|size| (size / 20.0 - 1.0).abs() < 0.04), "{rested:?}");
}

#[test]
fn hostile_boxes_are_counted_and_crowds_are_cut() {
    let nan = BoxDetection { confidence: f64::NAN, ..drawn(1.0, 1.0) };
    let flat = BoxDetection { size: Vector2::zeros(), ..drawn(1.0, 1.0) };
    let crowd = (0..600).map(|n| drawn(3.0 * n as f64, 20.0)).chain([nan, flat]).collect::<Vec<_>>();
    let run = run(3, 4, |_| (still(), crowd.clone()));
    assert_eq!((run.metrics.nonsense, run.metrics.crowded_out), (8, 4 * 88));
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![8 => -50.0..2000.0f64, 1 => prop::num::f64::ANY]
}

prop_compose! {
    fn any_box()(x in any_number(), y in any_number(), w in any_number(), h in any_number(),
                 confidence in prop_oneof![4 => 0.0..1.0f64, 1 => prop::num::f64::ANY], class in any::<u16>()) -> BoxDetection {
        BoxDetection { centre: Vector2::new(x, y), size: Vector2::new(w, h), confidence, class }
    }
}

proptest! {
    #[test]
    fn whatever_comes_tracks_stay_finite_and_numbered_once(
        frames in prop::collection::vec((any_number(), prop::array::uniform6(any_number()), prop::collection::vec(any_box(), 0..12)), 1..40),
        near in prop::collection::vec(any::<bool>(), 40),
    ) {
        let run_once = || {
            let mut tracker = ImageTracker::new(config(5));
            let mut said = Vec::new();
            for ((time, affine, boxes), near) in frames.iter().zip(&near) {
                let change = if *near { still() } else { Matrix2x3::from_row_slice(affine) };
                let steady = [drawn(400.0, 400.0)];
                tracker.step(*time, &change, if *near { &steady } else { boxes });
                for track in tracker.tracks().iter().chain(tracker.delayed().iter().flatten()) {
                    prop_assert!(track.centre.iter().chain(track.size.iter()).all(|number| number.is_finite()));
                    prop_assert!((0.0..=1.0).contains(&track.presence));
                }
                let ids: Vec<_> = tracker.tracks().iter().map(|track| track.id).collect();
                prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
                said.push(format!("{:?}", tracker.tracks()));
            }
            Ok(said)
        };
        prop_assert_eq!(run_once()?, run_once()?, "twice the same");
    }
}
