//! The mission handshake when frames get lost, come twice, or come from two stations.

use mavlink::dialects::ardupilotmega::{
    MISSION_ITEM_INT_DATA, MISSION_REQUEST_LIST_DATA, MavMessage, MavMissionResult, MavMissionType,
};
use proptest::prelude::*;

use crate::mission::tour;
use crate::pilot::{Pilot, VEHICLE};

const MISSION: MavMissionType = MavMissionType::MAV_MISSION_TYPE_MISSION;

fn long_tour() -> Vec<MISSION_ITEM_INT_DATA> {
    let points: Vec<_> = (0..18).map(|n| (100.0 + 20.0 * f64::from(n), 50.0, 30.0)).collect();
    tour(20.0, &points)
}

/// Ticks until something of the mission protocol has come; returns the seconds it took.
fn wait(pilot: &mut Pilot, within_s: f64) -> f64 {
    pilot.inbox.clear();
    pilot.until(within_s, "answered", |pilot| pilot.asked().is_some() || pilot.mission_ack().is_some())
}

#[test]
fn an_item_that_does_not_come_is_asked_for_again_after_a_second() {
    let mut pilot = Pilot::copter();
    pilot.announce(3, MISSION);
    assert_eq!(pilot.asked(), Some(0));
    for _ in 0..3 {
        let took = wait(&mut pilot, 2.0);
        assert!((1.0..=1.2).contains(&took), "{took} s");
        assert_eq!(pilot.asked(), Some(0));
    }
}

#[test]
fn an_upload_that_stalls_is_cancelled_after_eight_seconds() {
    let mut pilot = Pilot::copter();
    let items = long_tour();
    pilot.announce(items.len(), MISSION);
    pilot.send(&MavMessage::MISSION_ITEM_INT(items[0].clone()));
    pilot.inbox.clear();
    let took = pilot.until(10.0, "cancelled", |pilot| pilot.mission_ack().is_some());
    assert!((8.0..=8.2).contains(&took), "{took} s");
    let ack = pilot.mission_ack().expect("an answer");
    assert_eq!(ack.mavtype, MavMissionResult::MAV_MISSION_OPERATION_CANCELLED);
    assert!(pilot.said("Mission upload timeout"));
    // After that an item is an error: nobody asked for it.
    pilot.send(&MavMessage::MISSION_ITEM_INT(items[1].clone()));
    assert_eq!(pilot.mission_ack().map(|ack| ack.mavtype), Some(MavMissionResult::MAV_MISSION_ERROR));
}

#[test]
fn an_item_that_comes_twice_is_answered_thirteen_and_the_upload_goes_on() {
    let mut pilot = Pilot::copter();
    let items = tour(20.0, &[(100.0, 0.0, 20.0)]);
    pilot.announce(items.len(), MISSION);
    for item in &items {
        pilot.send(&MavMessage::MISSION_ITEM_INT(item.clone()));
        if item.seq < 3 {
            assert_eq!(pilot.asked(), Some(item.seq + 1));
            pilot.send(&MavMessage::MISSION_ITEM_INT(item.clone()));
            let ack = pilot.mission_ack().expect("an answer");
            assert_eq!(ack.mavtype, MavMissionResult::MAV_MISSION_INVALID_SEQUENCE);
        }
    }
    assert_eq!(pilot.mission_ack().map(|ack| ack.mavtype), Some(MavMissionResult::MAV_MISSION_ACCEPTED));
    assert_eq!(pilot.download(MISSION).len(), 4);
}

#[test]
fn a_second_station_is_denied_while_the_first_uploads() {
    let mut pilot = Pilot::copter();
    let items = tour(20.0, &[]);
    pilot.announce(items.len(), MISSION);
    pilot.system = 250;
    pilot.announce(1, MISSION);
    let ack = pilot.mission_ack().expect("an answer");
    assert_eq!((ack.mavtype, ack.target_system), (MavMissionResult::MAV_MISSION_DENIED, 250));
    // Its items too, and its wish to download.
    pilot.send(&MavMessage::MISSION_ITEM_INT(items[0].clone()));
    assert_eq!(pilot.mission_ack().map(|ack| ack.mavtype), Some(MavMissionResult::MAV_MISSION_DENIED));
    pilot.inbox.clear();
    pilot.send(&MavMessage::MISSION_REQUEST_LIST(MISSION_REQUEST_LIST_DATA {
        target_system: VEHICLE,
        target_component: 1,
        mission_type: MISSION,
    }));
    assert_eq!(pilot.mission_ack().map(|ack| ack.mavtype), Some(MavMissionResult::MAV_MISSION_DENIED));
    // The first one may start again, and finishes.
    pilot.system = crate::pilot::STATION;
    assert_eq!(pilot.upload(&items), MavMissionResult::MAV_MISSION_ACCEPTED);
}

#[test]
fn too_many_items_do_not_fit() {
    let mut pilot = Pilot::copter();
    pilot.announce(725, MISSION);
    assert_eq!(pilot.mission_ack().map(|ack| ack.mavtype), Some(MavMissionResult::MAV_MISSION_NO_SPACE));
    assert!(pilot.said("Only 724 items are supported"));
}

#[test]
fn an_item_that_is_not_there_is_answered_with_how_many_there_are() {
    let mut pilot = Pilot::copter();
    pilot.upload(&tour(20.0, &[]));
    pilot.inbox.clear();
    pilot.send(&MavMessage::MISSION_REQUEST_INT(mavlink::dialects::ardupilotmega::MISSION_REQUEST_INT_DATA {
        seq: 9,
        target_system: VEHICLE,
        target_component: 1,
        mission_type: MISSION,
    }));
    match pilot.inbox.as_slice() {
        [MavMessage::MISSION_COUNT(count), MavMessage::MISSION_ACK(ack)] => {
            assert_eq!((count.count, ack.mavtype), (3, MavMissionResult::MAV_MISSION_ERROR));
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A station that answers every request, over a link that loses up to 40 % each way, gets its mission stored, or is
    /// told that the upload was cancelled and begins again.
    #[test]
    fn an_upload_survives_losses(fates in proptest::collection::vec(0u8..100, 600), loss in 0u8..40) {
        // Past the end nothing is lost any more, so that every case ends.
        let mut fates = fates.into_iter();
        let mut lost = move || fates.next().is_some_and(|fate| fate < loss);
        let items = long_tour();
        let mut pilot = Pilot::copter();
        let mut silent_s = 0.0;
        let mut stored = false;
        while !stored {
            if pilot.inbox.is_empty() {
                // Nothing came for a while: the station announces again, as after a cancellation.
                if silent_s == 0.0 && !lost() {
                    pilot.announce(items.len(), MISSION);
                }
                pilot.run(0.1);
                silent_s = if silent_s > 10.0 { 0.0 } else { silent_s + 0.1 };
            } else if lost() {
                pilot.inbox.clear();
            }
            let (ack, asked) = (pilot.mission_ack(), pilot.asked());
            pilot.inbox.clear();
            if let Some(ack) = ack {
                match ack.mavtype {
                    MavMissionResult::MAV_MISSION_ACCEPTED => stored = true,
                    MavMissionResult::MAV_MISSION_OPERATION_CANCELLED => silent_s = 0.0,
                    // A duplicate, which means nothing; or an item after the last, whose answer was lost.
                    MavMissionResult::MAV_MISSION_INVALID_SEQUENCE | MavMissionResult::MAV_MISSION_ERROR => {}
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            if let Some(seq) = asked {
                silent_s = 0.1;
                if !lost() {
                    pilot.send(&MavMessage::MISSION_ITEM_INT(items[usize::from(seq)].clone()));
                }
            }
            prop_assert!(pilot.seconds() < 1000.0);
        }
        let stored = pilot.download(MISSION);
        prop_assert_eq!(stored.len(), items.len());
        for (stored, sent) in stored.iter().zip(&items).skip(1) {
            prop_assert_eq!((stored.command, stored.seq, stored.z), (sent.command, sent.seq, sent.z));
        }
    }
}
