//! The evidence of the vehicle's own camera on its way to the room: what goes when, and what does not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use onboard::evidence::{ASKER_WAITS, BEHIND_MAX, Evidence, ForRoom, Load};
use onboard::live::ROOM_SILENT;
use proptest::prelude::*;
use telemetry::messages::{
    Alert, AlertRule, AlertState, Classification, EvidenceAnswer, EvidenceFile, EvidenceFromCamera, EvidenceNotice,
    EvidenceReply, EvidenceRequest, EvidenceToCamera, EvidenceWish, FileHash, Severity, Subject, ToCamera, Track,
    TrackStatus, VideoBytes,
};
use telemetry::pieces::{MARK, Stream, cut};
use telemetry::{AltitudeHae, EnuVelocity, Geodetic, SensorId, Timestamp, TrackId, VehicleId, wire};

const KILOBITS_PER_S: u32 = 200;
const BYTES_PER_S: f64 = 25_000.0;
const FREE: Load = Load { looked_at: false, unacknowledged: 3 };

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn after_ms(milliseconds: u64) -> Timestamp {
    start() + Duration::from_millis(milliseconds)
}

fn camera() -> SensorId {
    SensorId::new("heron-1.camera").unwrap()
}

fn evidence(kilobits_per_s: u32) -> Evidence {
    let mut evidence = Evidence::new(VehicleId::new("heron-1").unwrap(), camera(), kilobits_per_s, start());
    evidence.beat(start());
    evidence
}

fn request(offset: u64) -> EvidenceRequest {
    let wish = EvidenceWish::Piece { file: FileHash::new([7; 32]), offset };
    EvidenceRequest { sensor: camera(), alert: "kiel.17".parse().unwrap(), wish }
}

fn reply(request: EvidenceRequest, bytes: usize) -> EvidenceReply {
    let EvidenceRequest { sensor, alert, wish } = request;
    EvidenceReply { sensor, alert, wish, answer: EvidenceAnswer::Bytes(VideoBytes(vec![5; bytes])) }
}

fn notice(sensor: SensorId) -> EvidenceFromCamera {
    let clip = EvidenceFile { hash: FileHash::new([7; 32]), bytes: 90_000 };
    let (alert, at) = ("kiel.17".parse().unwrap(), start());
    let notice = EvidenceNotice { sensor, alert, at, begins: at, ends: at, picture: [640, 360], clip, snapshot: None };
    EvidenceFromCamera::Notice(Box::new(notice))
}

/// Says something as the camera's program does; gives what goes to the room.
fn says(evidence: &mut Evidence, now: Timestamp, number: u32, what: &EvidenceFromCamera) -> Option<ForRoom> {
    let passed: Vec<_> =
        cut(Stream::Evidence, number, &wire::encode(what)).filter_map(|piece| evidence.take(now, &piece)).collect();
    assert!(passed.len() <= 1);
    passed.into_iter().next()
}

fn asked(told: Option<EvidenceToCamera>) -> Option<(EvidenceRequest, u32)> {
    match told?.what {
        ToCamera::Request { request, bytes_max } => Some((request, bytes_max)),
        ToCamera::Alert { .. } => panic!("an alert"),
    }
}

fn alert(subject: Subject) -> Alert {
    Alert {
        id: "kiel.17".parse().unwrap(),
        rule: AlertRule::ZoneEntered,
        severity: Severity::Critical,
        raised_at: start(),
        measured_at: start(),
        subject,
        position: None,
        zone: None,
        text: "A drone in the lock".to_owned(),
        state: AlertState::Raised,
    }
}

fn track(number: u64, by: &str) -> Track {
    Track {
        id: TrackId(number),
        estimated_at: start(),
        updated_at: start(),
        first_seen_at: start(),
        position: Geodetic::from_degrees(54.3, 10.1, AltitudeHae::new(90.0)).unwrap(),
        velocity: EnuVelocity::default(),
        covariance: [0.0; 21],
        status: TrackStatus::Confirmed,
        classification: Classification::default(),
        claim: None,
        measured_by: [(SensorId::new(by).unwrap(), start())].into(),
        alerts: [].into(),
        sources: Vec::new(),
        vehicle: None,
    }
}

#[test]
fn an_alert_says_whether_the_camera_s_bearings_are_in_its_track() {
    let mut evidence = evidence(0);
    for number in 1..400 {
        evidence.track(after_ms(number), &track(number, if number == 399 { "mast-1" } else { "heron-1.camera" }));
    }
    let mut reported = |subject| match evidence.alert(alert(subject)).what {
        ToCamera::Alert { reported, .. } => reported,
        ToCamera::Request { .. } => panic!("an alert"),
    };
    assert!(reported(Subject::Track(TrackId(398))));
    assert!(!reported(Subject::Track(TrackId(399))), "another's");
    assert!(!reported(Subject::Track(TrackId(1))), "forgotten");
    assert!(!reported(Subject::Sensor(camera())));
}

#[test]
fn a_piece_is_asked_for_and_passed_on_and_no_longer_than_the_link_has_room_for() {
    let mut evidence = evidence(KILOBITS_PER_S);
    evidence.ask(start(), request(0));
    let (told, bytes_max) = asked(evidence.next(start(), FREE)).unwrap();
    assert_eq!((told, bytes_max), (request(0), 25_000), "what the rate carries in a second");
    assert_eq!(evidence.next(after_ms(100), FREE), None, "told once");
    assert!(evidence.next(after_ms(600), FREE).is_some(), "and again when no answer comes");
    let long = EvidenceFromCamera::Reply(reply(request(0), 25_001));
    assert_eq!(says(&mut evidence, after_ms(610), 1, &long), None);
    let whole = reply(request(0), 25_000);
    let passed = says(&mut evidence, after_ms(620), 2, &EvidenceFromCamera::Reply(whole.clone()));
    assert_eq!(passed, Some(ForRoom::Reply(whole.clone())));
    assert_eq!(says(&mut evidence, after_ms(630), 3, &EvidenceFromCamera::Reply(whole)), None, "once");
    evidence.ask(after_ms(640), request(25_000));
    assert_eq!(evidence.next(after_ms(640), FREE), None, "the bucket is all but empty");
    assert!(evidence.next(after_ms(1_300), FREE).is_some());
    let counts = evidence.counts();
    assert_eq!((counts.answered, counts.bytes, counts.foreign, counts.unanswered), (1, 25_000, 2, 0));
}

#[test]
fn everything_else_goes_first() {
    let busy = [
        (200, Load { looked_at: true, ..FREE }, 0),
        (200, Load { unacknowledged: BEHIND_MAX + 1, ..FREE }, 0),
        (200, FREE, ROOM_SILENT.as_millis() as u64 + 1),
        (0, FREE, 0),
    ];
    for (rate, load, later_ms) in busy {
        let mut evidence = evidence(rate);
        let now = after_ms(later_ms);
        evidence.next(now, load);
        assert_eq!(says(&mut evidence, now, 1, &notice(camera())), None, "{rate} kbit/s, {load:?}");
        evidence.ask(now, request(0));
        assert_eq!(evidence.next(now, load), None, "{rate} kbit/s, {load:?}");
        assert!(evidence.waits());
        evidence.next(now + ASKER_WAITS + Duration::from_millis(1), load);
        assert!(!evidence.waits() && evidence.counts().unanswered == 1, "nobody hears the answer any more");
    }
    let mut evidence = evidence(KILOBITS_PER_S);
    evidence.ask(start(), request(0));
    evidence.next(start(), FREE).unwrap();
    evidence.next(after_ms(10), Load { looked_at: true, ..FREE });
    let answer = EvidenceFromCamera::Reply(reply(request(0), 10));
    assert_eq!(says(&mut evidence, after_ms(20), 1, &answer), None, "somebody looks since");
    evidence.next(after_ms(600), FREE);
    assert!(says(&mut evidence, after_ms(610), 2, &answer).is_some(), "and does no longer");
}

#[test]
fn what_there_is_is_announced_but_not_while_the_room_fetches() {
    let mut evidence = evidence(KILOBITS_PER_S);
    let announced = |passed| matches!(passed, Some(ForRoom::Notice(_)));
    assert!(announced(says(&mut evidence, start(), 1, &notice(camera()))));
    evidence.ask(start(), request(0));
    assert!(!announced(says(&mut evidence, after_ms(10), 2, &notice(camera()))));
    let kept = EvidenceRequest { wish: EvidenceWish::Kept, ..request(0) };
    evidence.ask(after_ms(20), kept.clone());
    evidence.next(after_ms(20), FREE).unwrap();
    let noted = EvidenceReply { answer: EvidenceAnswer::Noted, ..reply(kept, 0) };
    assert!(says(&mut evidence, after_ms(30), 3, &EvidenceFromCamera::Reply(noted)).is_some());
    assert!(announced(says(&mut evidence, after_ms(40), 4, &notice(camera()))), "the next may come");
    assert_eq!(evidence.counts().unanswered, 1, "a newer request took the place of one");
}

#[test]
fn what_is_another_camera_s_or_nothing_at_all_is_counted_and_dropped() {
    let mut evidence = evidence(KILOBITS_PER_S);
    assert_eq!(says(&mut evidence, start(), 1, &notice(SensorId::new("mast-1").unwrap())), None);
    assert_eq!(says(&mut evidence, start(), 2, &EvidenceFromCamera::Reply(reply(request(0), 3))), None, "unasked");
    for piece in cut(Stream::Evidence, 3, &[0x82, 1, 0xf6]) {
        assert_eq!(evidence.take(start(), &piece), None);
    }
    assert_eq!(evidence.take(start(), &[MARK; 700]), None);
    let counts = evidence.counts();
    assert_eq!((counts.announced + counts.answered, counts.foreign, counts.refused.malformed), (0, 3, 1));
}

/// What may happen.
#[derive(Debug, Clone)]
enum Step {
    Beat,
    Ask(u64),
    Load(Load),
    Notice,
    Reply { right: bool, bytes: usize },
    Junk(Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Beat),
        3 => (0u64..3).prop_map(Step::Ask),
        3 => (any::<bool>(), 0..2 * BEHIND_MAX)
            .prop_map(|(looked_at, unacknowledged)| Step::Load(Load { looked_at, unacknowledged })),
        1 => Just(Step::Notice),
        4 => (any::<bool>(), 0usize..40_000).prop_map(|(right, bytes)| Step::Reply { right, bytes }),
        1 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Step::Junk),
    ]
}

proptest! {
    /// Whatever comes in whichever order, clocks that go back included: nothing goes while the link is not free, no answer to
    /// what was not asked, and never more than the rate.
    #[test]
    fn never_more_than_the_link_has_room_for(steps in prop::collection::vec((-300i64..900, step()), 1..200)) {
        let mut evidence = evidence(KILOBITS_PER_S);
        let (mut now, mut newest, mut beat_at) = (start(), start(), start());
        let (mut load, mut waiting, mut sent) = (FREE, None, 0usize);
        for (number, (later_ms, step)) in (1..).zip(steps) {
            now = now.offset_seconds(later_ms as f64 * 1e-3);
            newest = newest.max(now);
            let passed = match step {
                Step::Beat => { evidence.beat(now); beat_at = now; None }
                Step::Ask(offset) => { evidence.ask(now, request(offset)); waiting = Some(request(offset)); None }
                Step::Load(new) => { load = new; None }
                Step::Notice => says(&mut evidence, now, number, &notice(camera())),
                Step::Reply { right, bytes } => {
                    let of = waiting.clone().filter(|_| right).unwrap_or_else(|| request(99));
                    says(&mut evidence, now, number, &EvidenceFromCamera::Reply(reply(of, bytes)))
                }
                Step::Junk(bytes) => evidence.take(now, &bytes),
            };
            if let Some(passed) = passed {
                prop_assert!(!load.looked_at && load.unacknowledged <= BEHIND_MAX && now <= beat_at + ROOM_SILENT);
                if let ForRoom::Reply(reply) = passed {
                    let asked = waiting.take().expect("somebody asked");
                    prop_assert_eq!((&reply.wish, &reply.alert), (&asked.wish, &asked.alert));
                    let EvidenceAnswer::Bytes(bytes) = reply.answer else { panic!("bytes") };
                    sent += bytes.0.len();
                }
            }
            let allowed = (newest.seconds_since(start()) + 1.5) * BYTES_PER_S;
            prop_assert!(sent as f64 <= allowed, "{} of {} bytes", sent, allowed);
            if let Some((told, bytes_max)) = asked(evidence.next(now, load)) {
                prop_assert_eq!((Some(told), f64::from(bytes_max)), (waiting.clone(), BYTES_PER_S));
            }
            prop_assert!(waiting.is_some() || !evidence.waits());
        }
    }
}
