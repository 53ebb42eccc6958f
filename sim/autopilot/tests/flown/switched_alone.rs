//! Habits of a transfer, each switched alone: what it is about changes, and everything else that is said stays, to the
//! tenth of a second.

#![allow(deprecated, reason = "what autopilots send")]

use std::time::Duration;

use autopilot::{Quirks, SecondStation, Stall};
use mavlink::dialects::ardupilotmega::{
    MISSION_REQUEST_DATA, MISSION_REQUEST_INT_DATA, MavMessage, MavMissionResult, MavMissionType,
};

use crate::mission::tour;
use crate::pilot::{Pilot, STATION};
use crate::switches::but;

const MISSION: MavMissionType = MavMissionType::MAV_MISSION_TYPE_MISSION;
/// What an ArduPilot does about an upload that stalls.
const USUAL: Stall = Stall { ask_again: Duration::from_secs(1), give_up: Duration::from_secs(8), cancels: true };

/// What is said of missions, with the tenths of a second at which it is.
type Said = Vec<(u128, MavMessage)>;

fn of_missions(message: &MavMessage) -> bool {
    matches!(message, MavMessage::MISSION_REQUEST(_) | MavMessage::MISSION_REQUEST_INT(_) | MavMessage::MISSION_ACK(_))
}

fn listen(pilot: &mut Pilot, seconds: u64) -> Said {
    let (begin, mut said) = (pilot.now, Vec::new());
    loop {
        let tenths = pilot.now.since(begin).as_millis() / 100;
        said.extend(pilot.inbox.drain(..).filter(of_missions).map(|message| (tenths, message)));
        if pilot.now >= begin + Duration::from_secs(seconds) {
            return said;
        }
        pilot.tick();
    }
}

/// An upload that is begun, given its first item, and left alone: what is said then, in frames and in words.
fn left_alone(change: impl Fn(&mut Quirks)) -> (Said, Vec<String>) {
    let mut pilot = but(change);
    pilot.inbox.clear();
    pilot.texts.clear();
    let items = tour(20.0, &[(100.0, 0.0, 20.0)]);
    pilot.announce(items.len(), MISSION);
    pilot.send(&MavMessage::MISSION_ITEM_INT(items[0].clone()));
    let said = listen(&mut pilot, 15);
    (said, pilot.texts)
}

#[test]
fn only_the_message_by_which_items_are_asked_for_is_another() {
    let (old, old_texts) = left_alone(|_| {});
    let (new, new_texts) = left_alone(|quirks| quirks.asks_the_deprecated_way = false);
    let deprecated = |said: &Said| said.iter().filter(|(_, m)| matches!(m, MavMessage::MISSION_REQUEST(_))).count();
    assert!(deprecated(&old) > 2 && deprecated(&new) == 0);
    let renamed: Said = old
        .into_iter()
        .map(|(at, message)| match message {
            MavMessage::MISSION_REQUEST(MISSION_REQUEST_DATA {
                seq,
                target_system,
                target_component,
                mission_type,
            }) => {
                let request = MISSION_REQUEST_INT_DATA { seq, target_system, target_component, mission_type };
                (at, MavMessage::MISSION_REQUEST_INT(request))
            }
            other => (at, other),
        })
        .collect();
    assert_eq!((renamed, old_texts), (new, new_texts));
}

/// When an item is asked for again and when the upload ends, in tenths of a second. The vehicle's step is 50 ms: what
/// has lasted long enough is noticed a step later, and heard with the tenth that follows.
fn expected(stall: Stall) -> (Vec<u128>, u128) {
    let noticed_ms = |after: Duration| after.as_millis() + 50;
    let end_ms = noticed_ms(stall.give_up);
    let again_ms = (1..).map(|n| n * noticed_ms(stall.ask_again)).take_while(|at_ms| *at_ms < end_ms);
    // Item 0 on the announcement and item 1 on item 0, both at once.
    ([0, 0].into_iter().chain(again_ms.map(|at_ms| at_ms.div_ceil(100))).collect(), end_ms.div_ceil(100))
}

#[test]
fn an_upload_that_stalls_is_asked_for_again_given_up_and_cancelled_as_the_switches_say() {
    for stall in [
        USUAL,
        Stall { ask_again: Duration::from_millis(2500), ..USUAL },
        Stall { give_up: Duration::from_secs(3), ..USUAL },
        Stall { cancels: false, ..USUAL },
    ] {
        let (said, texts) = left_alone(|quirks| quirks.stall = stall);
        let (asked_at, end) = expected(stall);
        let asked: Vec<u128> =
            said.iter().filter(|(_, m)| matches!(m, MavMessage::MISSION_REQUEST(_))).map(|(at, _)| *at).collect();
        assert_eq!(asked, asked_at, "{stall:?}");
        let acks: Vec<_> = said
            .iter()
            .filter_map(|(at, message)| match message {
                MavMessage::MISSION_ACK(ack) => Some((*at, ack.mavtype)),
                _ => None,
            })
            .collect();
        let cancelled = (end, MavMissionResult::MAV_MISSION_OPERATION_CANCELLED);
        assert_eq!(acks, if stall.cancels { vec![cancelled] } else { Vec::new() }, "{stall:?}");
        assert_eq!(texts, [if stall.cancels { "Mission upload timeout" } else { "Operation timeout" }], "{stall:?}");
    }
}

/// A second station begins an upload in the middle of the first one's, which then goes on to its end.
fn interrupted(second_station: SecondStation) -> (MavMissionResult, Said) {
    let mut pilot = but(|quirks| quirks.second_station = second_station);
    pilot.inbox.clear();
    let items = tour(20.0, &[(100.0, 0.0, 20.0)]);
    pilot.announce(items.len(), MISSION);
    let mut said = listen(&mut pilot, 0);
    pilot.system = STATION - 1;
    pilot.announce(3, MISSION);
    let [(_, MavMessage::MISSION_ACK(refusal))] = &listen(&mut pilot, 0)[..] else { panic!("one answer, at once") };
    assert_eq!(refusal.target_system, STATION - 1);
    pilot.system = STATION;
    for item in &items {
        pilot.send(&MavMessage::MISSION_ITEM_INT(item.clone()));
        said.extend(listen(&mut pilot, 0));
    }
    said.extend(listen(&mut pilot, 10));
    assert_eq!(pilot.download(MISSION).len(), items.len());
    (refusal.mavtype, said)
}

#[test]
fn only_what_a_second_station_hears_is_another_and_the_first_ones_upload_goes_on() {
    let (denied, said) = interrupted(SecondStation::Denied);
    let (error, the_same) = interrupted(SecondStation::Error);
    assert_eq!(denied, MavMissionResult::MAV_MISSION_DENIED);
    assert_eq!(error, MavMissionResult::MAV_MISSION_ERROR);
    assert_eq!(said, the_same);
    let accepted = |message: &MavMessage| matches!(message, MavMessage::MISSION_ACK(ack) if ack.mavtype == MavMissionResult::MAV_MISSION_ACCEPTED);
    assert!(said.iter().any(|(_, message)| accepted(message)));
}
