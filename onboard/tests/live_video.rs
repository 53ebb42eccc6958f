//! Live video of the vehicle's own camera: what is passed on, and when the camera's program is told what.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use onboard::live::{CAMERA_SILENT, Live, ROOM_SILENT, WISH_EVERY};
use proptest::prelude::*;
use telemetry::messages::{VideoBytes, VideoFragment, VideoInitialization};
use telemetry::{SensorId, Timestamp, VehicleId, pieces, wire};

const KILOBITS_PER_S: u32 = 200;
const BYTES_PER_S: f64 = 25_000.0;

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn after_ms(milliseconds: u64) -> Timestamp {
    start() + Duration::from_millis(milliseconds)
}

fn live() -> Live {
    let (vehicle, camera) = (VehicleId::new("heron-1").unwrap(), SensorId::new("heron-1.camera").unwrap());
    Live::new(vehicle, camera, KILOBITS_PER_S, start())
}

/// With the room there, and somebody in it who looks.
fn looked_at() -> Live {
    let mut live = live();
    live.beat(start());
    live.looked_at(start(), true);
    live
}

fn fragment(number: u64, key: bool, bytes: usize) -> VideoFragment {
    let first = VideoInitialization { codec: "avc1.64001f".to_owned(), segment: VideoBytes(vec![1; 600]) };
    VideoFragment {
        sensor: SensorId::new("heron-1.camera").unwrap(),
        number,
        captured_at: start(),
        picture: [640, 360],
        media_time_s: number as f64,
        initialization: key.then_some(first),
        fragment: VideoBytes(vec![7; bytes]),
        boxes: Vec::new(),
    }
}

/// Sends a fragment as the camera's program does; whether it is passed on, as it was.
fn passes(live: &mut Live, now: Timestamp, fragment: &VideoFragment) -> bool {
    let passed: Vec<_> = pieces::cut(pieces::Stream::Video, fragment.number as u32, &wire::encode(fragment))
        .filter_map(|piece| live.take(now, &piece))
        .collect();
    assert!(passed.iter().all(|passed| passed == fragment) && passed.len() <= 1);
    !passed.is_empty()
}

#[test]
fn nothing_is_wished_or_passed_on_before_somebody_looks_and_a_key_frame_has_come() {
    let mut live = live();
    live.beat(start());
    assert_eq!(live.next_wish(start()).unwrap().kilobits_per_s, 0);
    assert!(!passes(&mut live, start(), &fragment(1, true, 100)));
    live.looked_at(start(), true);
    let wish = live.next_wish(start()).expect("told at once");
    assert_eq!((wish.kilobits_per_s, wish.beginnings), (KILOBITS_PER_S, 1));
    assert!(!passes(&mut live, start(), &fragment(2, false, 100)), "nothing goes before it");
    assert!(
        passes(&mut live, start(), &fragment(3, true, 100)) && passes(&mut live, start(), &fragment(4, false, 100))
    );
    let counts = live.counts();
    assert_eq!((counts.passed, counts.unasked, counts.after_loss), (2, 1, 1));
}

#[test]
fn a_wish_is_said_again_every_fifth_of_a_second_and_at_once_when_it_changes() {
    let mut live = looked_at();
    assert!(live.next_wish(start()).is_some());
    assert_eq!(live.next_wish(after_ms(10)), None);
    assert!(live.next_wish(start() + WISH_EVERY).is_some());
    live.looked_at(after_ms(250), false);
    assert_eq!(live.next_wish(after_ms(250)).unwrap().kilobits_per_s, 0);
    // A clock that was set back keeps nobody waiting for an hour.
    assert!(live.next_wish(start() - Duration::from_secs(3600)).is_some());
}

#[test]
fn a_room_that_falls_silent_ends_it_and_one_that_is_heard_again_gets_a_key_frame() {
    let mut live = looked_at();
    assert!(passes(&mut live, start(), &fragment(1, true, 100)));
    let silent = start() + ROOM_SILENT + Duration::from_millis(1);
    assert!(!passes(&mut live, silent, &fragment(2, false, 100)));
    assert_eq!(live.next_wish(silent).unwrap().kilobits_per_s, 0);
    live.beat(silent);
    let wish = live.next_wish(silent).unwrap();
    assert_eq!((wish.kilobits_per_s, wish.beginnings), (KILOBITS_PER_S, 2));
    assert!(!passes(&mut live, silent, &fragment(3, false, 100)) && passes(&mut live, silent, &fragment(4, true, 100)));
}

#[test]
fn beyond_the_rate_everything_up_to_a_key_frame_is_dropped_and_one_is_asked_for_when_there_is_room() {
    let mut live = looked_at();
    assert!(passes(&mut live, start(), &fragment(1, true, 30_000)));
    assert!(!passes(&mut live, start(), &fragment(2, false, 20_000)), "the bucket is all but empty");
    assert!(!passes(&mut live, start(), &fragment(3, false, 10)), "it would fit, and nobody could decode it");
    let told = live.next_wish(start()).unwrap().beginnings;
    live.beat(after_ms(900));
    assert_eq!(live.next_wish(after_ms(900)).unwrap().beginnings, told, "a key frame would find no room yet");
    assert_eq!(live.next_wish(after_ms(1200)).unwrap().beginnings, told + 1);
    assert_eq!(live.next_wish(after_ms(1900)).unwrap().beginnings, told + 1);
    assert_eq!(live.next_wish(after_ms(2200)).unwrap().beginnings, told + 2, "it did not come");
    assert!(passes(&mut live, after_ms(2200), &fragment(9, true, 20_000)));
    assert_eq!(live.next_wish(after_ms(3400)).unwrap().beginnings, told + 2);
}

#[test]
fn a_camera_is_on_offer_while_its_program_says_that_it_is_ready() {
    let mut live = live();
    assert!(!live.on_offer(start()));
    assert_eq!(live.take(start(), &pieces::READY), None);
    assert!(live.on_offer(start() + CAMERA_SILENT) && !live.on_offer(start() + CAMERA_SILENT + WISH_EVERY));
    assert_eq!(live.counts().refused, pieces::Refused::default());
}

#[test]
fn what_is_another_camera_s_or_nothing_at_all_is_counted_and_dropped() {
    let mut live = looked_at();
    let other = VideoFragment { sensor: SensorId::new("mast-1").unwrap(), ..fragment(1, true, 100) };
    assert!(!passes(&mut live, start(), &other));
    for piece in pieces::cut(pieces::Stream::Video, 2, &[0x82, 1, 0xf6]) {
        assert_eq!(live.take(start(), &piece), None);
    }
    assert_eq!(live.take(start(), &[pieces::MARK; 700]), None);
    let counts = live.counts();
    assert_eq!((counts.passed, counts.foreign, counts.refused.malformed), (0, 2, 1));
}

/// What may happen, with how much later.
#[derive(Debug, Clone)]
enum Step {
    Fragment { key: bool, bytes: usize, lost: bool },
    Look(bool),
    Beat,
    Junk(Vec<u8>),
    Wait,
}

fn step() -> impl Strategy<Value = (u64, Step)> {
    let what = prop_oneof![
        8 => (prop::bool::weighted(0.2), 1usize..12_000, prop::bool::weighted(0.1))
            .prop_map(|(key, bytes, lost)| Step::Fragment { key, bytes, lost }),
        1 => any::<bool>().prop_map(Step::Look),
        3 => Just(Step::Beat),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Junk),
        1 => Just(Step::Wait),
    ];
    (0u64..400, what)
}

proptest! {
    #[test]
    fn whatever_happens_the_rate_is_kept_and_only_what_can_be_decoded_goes_to_a_room_that_looks(
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut live = live();
        let (mut ms, mut number, mut sent_bytes) = (0, 0, 0.0);
        let (mut last, mut looked_at, mut beat): (Option<u64>, bool, Option<Timestamp>) = (None, false, None);
        for (wait_ms, step) in steps {
            ms += wait_ms;
            let now = after_ms(ms);
            match step {
                Step::Fragment { key, bytes, lost } => {
                    number += 1;
                    let fragment = fragment(number, key, bytes);
                    if !lost && passes(&mut live, now, &fragment) {
                        prop_assert!(looked_at && beat.is_some_and(|at| now <= at + ROOM_SILENT));
                        prop_assert!(key || last == Some(number - 1));
                        sent_bytes += wire::encode(&fragment).len() as f64;
                        prop_assert!(sent_bytes <= BYTES_PER_S * (1.5 + ms as f64 / 1000.0));
                        last = Some(number);
                    }
                }
                Step::Look(look) => (looked_at, ()) = (look, live.looked_at(now, look)),
                Step::Beat => (beat, ()) = (Some(now), live.beat(now)),
                Step::Junk(bytes) => prop_assert!(live.take(now, &bytes).is_none()),
                Step::Wait => {}
            }
            let wish = live.next_wish(now);
            let wanted = looked_at && beat.is_some_and(|at| now <= at + ROOM_SILENT);
            prop_assert!(wish.is_none_or(|wish| (wish.kilobits_per_s > 0) == wanted));
        }
    }
}
