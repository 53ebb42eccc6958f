//! Missions, fences and rally points of a vehicle that passes for PX4.

// PX4 still speaks of INT frames.
#![allow(deprecated)]

use autopilot::{AutopilotConfig, Personality};
use mavlink::dialects::ardupilotmega::{
    MISSION_ITEM_INT_DATA, MavCmd, MavFrame, MavLandedState, MavMessage, MavMissionResult, MavMissionType, MavVtolState,
};
use telemetry::{Geodetic, GeoidUndulation, MavSystemId};

use crate::mission::{item, tour};
use crate::pilot::{Pilot, UNDULATION, VEHICLE, from_home, home};
use crate::px4::{ACCEPTED, holding, ready};

/// A mission as PX4 has it: no home.
fn homeless(mut items: Vec<MISSION_ITEM_INT_DATA>) -> Vec<MISSION_ITEM_INT_DATA> {
    items.remove(0);
    for (seq, item) in (0..).zip(&mut items) {
        item.seq = seq;
        item.frame = MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT_INT;
    }
    items
}

#[test]
fn a_mission_without_home_goes_up_comes_back_and_is_flown() {
    let mut pilot = ready();
    let items = homeless(tour(20.0, &[(60.0, 0.0, 20.0), (60.0, 60.0, 20.0)]));
    assert_eq!(pilot.upload(&items), MavMissionResult::MAV_MISSION_ACCEPTED);
    let back = pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION);
    assert_eq!(back.len(), items.len());
    assert_eq!((back[1].x, back[1].y, back[1].frame), (items[1].x, items[1].y, items[1].frame));
    assert_eq!(back[3].frame, MavFrame::MAV_FRAME_MISSION, "a return has no place");
    // It arms by itself.
    assert_eq!(pilot.command(MavCmd::MAV_CMD_MISSION_START, [0.0; 7]), ACCEPTED);
    assert!(pilot.truth().armed);
    pilot.until(200.0, "home and disarmed", |pilot| !pilot.truth().armed);
    assert!(pilot.place().horizontal_m() < 3.0, "{:?}", pilot.place());
}

#[test]
fn an_aeroplane_and_a_vtol_fly_their_missions_as_px4_and_come_home() {
    type Make = fn(MavSystemId, Geodetic, GeoidUndulation) -> AutopilotConfig;
    for (make, take_off) in [
        (AutopilotConfig::fixed_wing as Make, MavCmd::MAV_CMD_NAV_TAKEOFF),
        (AutopilotConfig::vtol as Make, MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF),
    ] {
        let config = make(MavSystemId(VEHICLE), home(), UNDULATION).passing_for(Personality::Px4);
        let mut pilot = Pilot::with(config, 1);
        pilot.run(13.0);
        let mut items = homeless(tour(30.0, &[(900.0, 0.0, 60.0), (900.0, 800.0, 60.0)]));
        items[0].command = take_off;
        assert_eq!(pilot.upload(&items), MavMissionResult::MAV_MISSION_ACCEPTED);
        assert_eq!(pilot.command(MavCmd::MAV_CMD_MISSION_START, [0.0; 7]), ACCEPTED, "{:?}", pilot.texts);
        pilot.until(120.0, "under way", |pilot| pilot.place().north_m > 500.0);
        let state = pilot.last(|message| match message {
            MavMessage::EXTENDED_SYS_STATE(state) => Some((state.landed_state, state.vtol_state)),
            _ => None,
        });
        let (landed, vtol) = state.expect("streamed unasked");
        assert_eq!(landed, MavLandedState::MAV_LANDED_STATE_IN_AIR);
        let on_wing = vtol == MavVtolState::MAV_VTOL_STATE_FW;
        assert_eq!(on_wing, take_off == MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF, "an aeroplane has no such state");
        pilot.until(900.0, "home and disarmed", |pilot| !pilot.truth().armed);
        assert!(pilot.place().horizontal_m() < 120.0, "{:?}", pilot.place());
    }
}

#[test]
fn the_item_reached_last_is_said_again_every_half_second() {
    let mut pilot = ready();
    let items = homeless(tour(20.0, &[(60.0, 0.0, 20.0), (400.0, 0.0, 20.0)]));
    pilot.upload(&items);
    assert_eq!(pilot.command(MavCmd::MAV_CMD_MISSION_START, [0.0; 7]), ACCEPTED);
    pilot.inbox.clear();
    pilot.until(60.0, "at the first waypoint", |pilot| pilot.reached().contains(&1));
    pilot.inbox.clear();
    pilot.run(2.05);
    assert_eq!(pilot.reached(), [1; 4]);
    pilot.run(6.0);
    assert_eq!(pilot.reached().len(), 10, "ten times, then no more");
}

#[test]
fn a_bad_upload_leaves_the_old_mission_and_a_duplicate_is_answered_by_asking_again() {
    let mut pilot = ready();
    let old = homeless(tour(20.0, &[(100.0, 0.0, 20.0), (100.0, 100.0, 20.0)]));
    pilot.upload(&old);
    let mut new = homeless(tour(20.0, &[]));
    new[1].command = MavCmd::MAV_CMD_DO_PARACHUTE;
    assert_eq!(pilot.upload(&new), MavMissionResult::MAV_MISSION_UNSUPPORTED);
    assert_eq!(pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION).len(), old.len());

    pilot.announce(old.len(), MavMissionType::MAV_MISSION_TYPE_MISSION);
    pilot.send(&MavMessage::MISSION_ITEM_INT(old[0].clone()));
    pilot.inbox.clear();
    pilot.send(&MavMessage::MISSION_ITEM_INT(old[0].clone()));
    assert_eq!((pilot.asked(), pilot.mission_ack().is_none()), (Some(1), true));
}

#[test]
fn an_upload_that_stalls_is_asked_for_every_quarter_second_and_dropped_in_silence_after_five() {
    let mut pilot = ready();
    pilot.announce(3, MavMissionType::MAV_MISSION_TYPE_MISSION);
    pilot.inbox.clear();
    pilot.run(4.5);
    let asked = pilot.inbox.iter().filter(|message| matches!(message, MavMessage::MISSION_REQUEST_INT(_))).count();
    assert!((13..=18).contains(&asked), "{asked}");
    pilot.inbox.clear();
    pilot.run(3.0);
    assert!(pilot.mission_ack().is_none());
    assert!(pilot.said("Operation timeout"));
    pilot.inbox.clear();
    pilot.run(2.0);
    assert_eq!(pilot.asked(), None);
}

#[test]
fn a_second_station_hears_an_error_and_the_last_item_may_come_twice() {
    let mut pilot = ready();
    let items = homeless(tour(20.0, &[]));
    pilot.announce(items.len(), MavMissionType::MAV_MISSION_TYPE_MISSION);
    pilot.system = 42;
    pilot.inbox.clear();
    pilot.announce(items.len(), MavMissionType::MAV_MISSION_TYPE_MISSION);
    assert_eq!(pilot.mission_ack().expect("an answer").mavtype, MavMissionResult::MAV_MISSION_ERROR);
    pilot.system = crate::pilot::STATION;
    assert_eq!(pilot.upload(&items), MavMissionResult::MAV_MISSION_ACCEPTED);
    pilot.inbox.clear();
    pilot.send(&MavMessage::MISSION_ITEM_INT(items.last().expect("an item").clone()));
    assert_eq!(pilot.mission_ack().expect("an answer").mavtype, MavMissionResult::MAV_MISSION_ACCEPTED);
}

#[test]
fn a_list_carries_the_opaque_id_of_what_is_in_it() {
    let mut pilot = ready();
    let ids = |pilot: &mut Pilot, items: &[_]| {
        pilot.upload(items);
        pilot.mission_ack().expect("an answer").opaque_id
    };
    let one = ids(&mut pilot, &homeless(tour(20.0, &[(100.0, 0.0, 20.0)])));
    let other = ids(&mut pilot, &homeless(tour(20.0, &[(100.0, 0.0, 25.0)])));
    let again = ids(&mut pilot, &homeless(tour(20.0, &[(100.0, 0.0, 20.0)])));
    assert!(one != 0 && one != other && one == again, "{one} {other} {again}");
}

#[test]
fn everything_is_cleared_at_once() {
    use mavlink::dialects::ardupilotmega::MISSION_CLEAR_ALL_DATA;
    let mut pilot = ready();
    pilot.upload(&homeless(tour(20.0, &[])));
    pilot.send(&MavMessage::MISSION_CLEAR_ALL(MISSION_CLEAR_ALL_DATA {
        target_system: VEHICLE,
        target_component: 1,
        mission_type: MavMissionType::MAV_MISSION_TYPE_ALL,
    }));
    assert_eq!(pilot.mission_ack().expect("an answer").mavtype, MavMissionResult::MAV_MISSION_ACCEPTED);
    assert!(pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION).is_empty());
}

#[test]
fn a_fence_without_home_or_already_breached_is_refused() {
    let square = |centre_m: f64| -> Vec<_> {
        let corners = [(-200.0, -200.0), (-200.0, 200.0), (200.0, 200.0), (200.0, -200.0)];
        let corner = |(seq, (north_m, east_m)): (u16, (f64, f64))| {
            let at = from_home(north_m + centre_m, east_m);
            let command = MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION;
            let mut corner = item(seq, command, [4.0, 0.0, 0.0, 0.0], at, 0.0);
            corner.mission_type = MavMissionType::MAV_MISSION_TYPE_FENCE;
            corner
        };
        (0..).zip(corners).map(corner).collect()
    };
    let mut pilot = Pilot::px4();
    pilot.run(1.0);
    assert_eq!(pilot.upload(&square(0.0)), MavMissionResult::MAV_MISSION_ERROR, "no home yet");
    pilot.run(12.0);
    assert_eq!(pilot.upload(&square(1000.0)), MavMissionResult::MAV_MISSION_ERROR, "breached already");
    assert_eq!(pilot.upload(&square(0.0)), MavMissionResult::MAV_MISSION_ACCEPTED);
    // One with too few corners is refused at its first.
    let mut short = square(0.0);
    short[0].param1 = 2.0;
    assert_eq!(pilot.upload(&short), MavMissionResult::MAV_MISSION_INVALID_PARAM1);
}

#[test]
fn a_rally_point_in_an_int_frame_is_stored_and_cannot_be_returned_to() {
    for (frame, returns) in
        [(MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT, true), (MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, false)]
    {
        let mut pilot = holding();
        let mut rally = item(0, MavCmd::MAV_CMD_NAV_RALLY_POINT, [0.0; 4], from_home(40.0, 0.0), 20.0);
        (rally.mission_type, rally.frame) = (MavMissionType::MAV_MISSION_TYPE_RALLY, frame);
        assert_eq!(pilot.upload(&[rally]), MavMissionResult::MAV_MISSION_ACCEPTED);
        let there = from_home(100.0, 0.0);
        let fly = [-1.0, 1.0, 0.0, f32::NAN];
        assert_eq!(
            pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, fly, MavFrame::MAV_FRAME_GLOBAL, there, 32.0),
            ACCEPTED
        );
        pilot.until(60.0, "there", |pilot| pilot.place().north_m > 95.0);
        assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH, [0.0; 7]), ACCEPTED);
        pilot.run(100.0);
        assert_eq!(!pilot.truth().armed, returns, "{frame:?}");
        assert_eq!(pilot.said("RTL: unsupported MAV_FRAME 6"), !returns);
        let north_m = if returns { 40.0 } else { 100.0 };
        assert!((pilot.place().north_m - north_m).abs() < 5.0, "{:?}", pilot.place());
    }
}
