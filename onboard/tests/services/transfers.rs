//! Missions, fences and rally points on their way into both makes of autopilot.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavFrame, MavMessage, MavMissionType};
use onboard::link::items::Item;
use onboard::link::lists::List;
use onboard::link::mode::Make;
use onboard::link::transfer::{Outcome, Transfer};
use proptest::prelude::*;

use crate::bench::{Bench, Link, fence, rally, system, waypoints};

const MAKES: [Make; 2] = [Make::ArduPilot, Make::Px4];

/// Brings a list, and gives back what became of it and how long that took.
fn bring(bench: &mut Bench, list: &List) -> (Outcome, Duration) {
    let (begun, mut out) = (bench.now, Vec::new());
    let mut transfer = Transfer::begin(begun, system(), bench.peer.make, list.clone(), &mut out);
    bench.post(out);
    let longest = Duration::from_secs(120 + 8 * 600);
    let outcome = bench.run(longest, |now, message, out| {
        let outcome = match message {
            Some(message) => transfer.take(now, message, out),
            None => transfer.advance(now, out),
        };
        (outcome != Outcome::Waiting).then_some(outcome)
    });
    let took = bench.now.since(begun);
    assert!(took <= transfer.bound() + Duration::from_secs(1), "{took:?} of {:?}", transfer.bound());
    (outcome, took)
}

fn held(bench: &Bench, kind: MavMissionType) -> Vec<Item> {
    let list: &Vec<MISSION_ITEM_INT_DATA> = match kind {
        MavMissionType::MAV_MISSION_TYPE_FENCE => &bench.peer.fence,
        MavMissionType::MAV_MISSION_TYPE_RALLY => &bench.peer.rally,
        _ => &bench.peer.mission,
    };
    list.iter().map(Item::of).collect()
}

#[track_caller]
fn check_failed(outcome: &Outcome, words: &str) {
    match outcome {
        Outcome::Failed(why) => assert!(why.contains(words), "{why:?} should say {words:?}"),
        other => panic!("expected a failure that says {words:?}, got {other:?}"),
    }
}

#[test]
fn five_hundred_items_arrive_and_are_proved_within_90_s_at_100_ms_and_a_tenth_lost() {
    for make in MAKES {
        for seed in 0..4 {
            let mut bench = Bench::new(make, seed);
            bench.link = Link { loss: 0.1, duplicate: 0.0, delay_s: [0.05, 0.05] };
            let list = waypoints(make, 500, 50.0);
            let (outcome, took) = bring(&mut bench, &list);
            println!("{make:?} seed {seed}: {:.1} s", took.as_secs_f64());
            assert!(matches!(outcome, Outcome::Done(_)), "{make:?} seed {seed}: {outcome:?}");
            assert_eq!(list.differs_from(&held(&bench, MavMissionType::MAV_MISSION_TYPE_MISSION)), None);
            assert!(took <= Duration::from_secs(90), "{make:?} seed {seed}: {took:?}");
        }
    }
}

#[test]
fn a_mission_that_the_autopilot_holds_already_is_not_sent_again() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        let list = waypoints(make, 20, 50.0);
        for _ in 0..2 {
            assert!(matches!(bring(&mut bench, &list).0, Outcome::Done(_)));
        }
        assert_eq!(bench.peer.uploads, 1, "{make:?}");
    }
}

#[test]
fn an_upload_that_breaks_off_is_never_a_success_and_the_old_mission_is_there_again() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        let (old, new) = (waypoints(make, 7, 40.0), waypoints(make, 12, 60.0));
        assert!(matches!(bring(&mut bench, &old).0, Outcome::Done(_)));
        bench.peer.quirks.dies_at_item = Some(5);
        let (outcome, _) = bring(&mut bench, &new);
        check_failed(&outcome, "it is too long for the autopilot (item 5)");
        let kept =
            if make == Make::Px4 { "still holds the mission from before" } else { "the mission from before is back" };
        check_failed(&outcome, kept);
        assert_eq!(old.differs_from(&held(&bench, MavMissionType::MAV_MISSION_TYPE_MISSION)), None, "{make:?}");
    }
}

#[test]
fn an_old_mission_that_cannot_be_put_back_is_said_to_be_lost() {
    let mut bench = Bench::new(Make::ArduPilot, 1);
    assert!(matches!(bring(&mut bench, &waypoints(Make::ArduPilot, 7, 40.0)).0, Outcome::Done(_)));
    bench.peer.quirks.spoils_item = Some(3);
    let (outcome, _) = bring(&mut bench, &waypoints(Make::ArduPilot, 12, 60.0));
    check_failed(&outcome, "item 3 came back different, in 4 rounds");
    check_failed(&outcome, "the mission from before could not be put back: item 3 came back different");
}

#[test]
fn an_autopilot_that_is_busy_with_another_station_is_waited_for_and_then_told_of() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        bench.peer.quirks.other_station_until = bench.now + Duration::from_secs(15);
        assert!(matches!(bring(&mut bench, &waypoints(make, 5, 50.0)).0, Outcome::Done(_)), "{make:?}");
        let mut bench = Bench::new(make, 1);
        bench.peer.quirks.other_station_until = bench.now + Duration::from_secs(3600);
        let (outcome, took) = bring(&mut bench, &waypoints(make, 5, 50.0));
        check_failed(&outcome, if make == Make::Px4 { "did not say what it holds" } else { "another ground station" });
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}

#[test]
fn what_was_lost_is_brought_by_the_measured_round_trip_and_not_by_the_autopilots_own_patience() {
    for make in MAKES {
        let mut bench = Bench::new(make, 5);
        bench.link = Link { loss: 0.2, duplicate: 0.0, delay_s: [0.02, 0.02] };
        bench.peer.quirks.never_asks_again = make == Make::ArduPilot;
        let (outcome, took) = bring(&mut bench, &waypoints(make, 60, 50.0));
        assert!(matches!(outcome, Outcome::Done(_)), "{make:?}: {outcome:?}");
        assert!(took < Duration::from_secs(20), "{make:?}: {took:?}");
        assert!(bench.peer.duplicates > 0 || make == Make::Px4, "ArduPilot told by INVALID_SEQUENCE what it has");
    }
}

#[test]
fn a_list_is_cleared_by_its_own_type_and_the_others_stay() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        assert!(matches!(bring(&mut bench, &rally(&[30.0, 40.4])).0, Outcome::Done(_)));
        assert!(matches!(bring(&mut bench, &fence()).0, Outcome::Done(_)));
        assert!(matches!(bring(&mut bench, &rally(&[])).0, Outcome::Done(_)));
        assert_eq!((bench.peer.rally.len(), bench.peer.fence.len()), (0, 4), "{make:?}");
        let all = MavMissionType::MAV_MISSION_TYPE_ALL;
        let by_all = |m: &MavMessage| matches!(m, MavMessage::MISSION_CLEAR_ALL(c) if c.mission_type == all);
        assert_eq!(bench.peer.heard_count(by_all), 0, "ArduPilot does not support it");
    }
}

#[test]
fn rally_points_are_given_as_heights_above_home_in_frame_3_and_whole_metres() {
    let mut bench = Bench::new(Make::Px4, 1);
    assert!(matches!(bring(&mut bench, &rally(&[30.4])).0, Outcome::Done(_)));
    let point = &bench.peer.rally[0];
    assert_eq!((point.frame, point.z), (MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT, 30.0));
}

#[test]
fn a_fence_that_ardupilot_finds_wrong_at_its_very_end_is_refused_as_a_whole_and_the_old_one_stays() {
    let mut bench = Bench::new(Make::ArduPilot, 1);
    assert!(matches!(bring(&mut bench, &fence()).0, Outcome::Done(_)));
    bench.peer.quirks.refuses_fence = true;
    let mut other = fence();
    other.items.iter_mut().for_each(|corner| corner.x += 1000);
    let (outcome, took) = bring(&mut bench, &other);
    check_failed(
        &outcome,
        "the autopilot refused the fence as a whole; the autopilot still holds the fence from before",
    );
    assert!(took < Duration::from_secs(5), "it is not asked four times for what it has judged: {took:?}");
}

#[test]
fn a_fence_that_px4_will_not_have_without_a_home_is_told_of() {
    let mut bench = Bench::new(Make::Px4, 1);
    bench.peer.quirks.home_unknown = true;
    check_failed(&bring(&mut bench, &fence()).0, "the autopilot refused the fence as a whole");
    assert_eq!(bench.peer.fence, []);
}

#[test]
fn an_autopilot_without_such_lists_says_so_at_once() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        bench.peer.quirks.lacks = vec![MavMissionType::MAV_MISSION_TYPE_RALLY as u32];
        assert_eq!(bring(&mut bench, &rally(&[30.0])).0, Outcome::Unsupported, "{make:?}");
    }
}

#[test]
fn an_autopilot_that_has_died_is_given_up_within_a_minute() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        bench.peer.alive = false;
        let (outcome, took) = bring(&mut bench, &waypoints(make, 5, 50.0));
        check_failed(&outcome, "did not say what it holds as the mission, in 4 rounds");
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}

#[test]
fn a_comparison_changes_nothing_and_says_what_differs() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        let list = waypoints(make, 9, 50.0);
        assert!(matches!(bring(&mut bench, &list).0, Outcome::Done(_)));
        for (wanted, expected) in [(list, None), (waypoints(make, 9, 51.0), Some("came back different"))] {
            let mut out = Vec::new();
            let mut transfer = Transfer::compare(bench.now, system(), make, wanted, &mut out);
            bench.post(out);
            let outcome = bench.run(Duration::from_secs(60), |now, message, out| {
                let outcome = match message {
                    Some(message) => transfer.take(now, message, out),
                    None => transfer.advance(now, out),
                };
                (outcome != Outcome::Waiting).then_some(outcome)
            });
            match expected {
                None => assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}"),
                Some(words) => check_failed(&outcome, words),
            }
        }
        assert_eq!(bench.peer.uploads, 1);
    }
}

fn any_link() -> impl Strategy<Value = Link> {
    let delay = prop_oneof![Just([0.0, 0.0]), Just([0.05, 0.05]), Just([0.0, 0.4]), Just([0.0, 2.0]), Just([2.0, 2.0])];
    (0.0..0.4_f64, 0.0..0.3_f64, delay).prop_map(|(loss, duplicate, delay_s)| Link { loss, duplicate, delay_s })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_link_does_a_transfer_ends_within_its_bound_and_does_not_lie(
        link in any_link(), make in prop::sample::select(&MAKES[..]), seed in any::<u64>(), items in 1..15_u16,
        dies in prop::option::of(0..15_u16),
    ) {
        let mut bench = Bench::new(make, seed);
        let (old, new) = (waypoints(make, 6, 40.0), waypoints(make, items, 60.0));
        prop_assert!(matches!(bring(&mut bench, &old).0, Outcome::Done(_)), "a good link");
        bench.link = link;
        bench.peer.quirks.dies_at_item = dies;
        let (outcome, _) = bring(&mut bench, &new);
        bench.settle();
        let held = held(&bench, MavMissionType::MAV_MISSION_TYPE_MISSION);
        match outcome {
            Outcome::Done(_) => prop_assert_eq!(new.differs_from(&held), None),
            Outcome::Failed(why) if why.contains("from before is back") || why.contains("still holds") => {
                prop_assert_eq!(old.differs_from(&held), None, "{}", why);
            }
            Outcome::Failed(why) => prop_assert!(!why.is_empty()),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
