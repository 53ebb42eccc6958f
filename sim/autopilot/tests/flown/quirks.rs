//! What ArduPilot does that the standard does not say: each was measured on the real one.

use autopilot::Mode;
use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, HEARTBEAT_DATA, MISSION_CLEAR_ALL_DATA, MavAutopilot, MavCmd, MavFrame, MavMessage,
    MavMissionResult, MavMissionType, MavModeFlag, MavResult, MavState, MavSysStatusSensor, MavType,
    PARAM_REQUEST_LIST_DATA, PARAM_REQUEST_READ_DATA, PARAM_VALUE_DATA, SYS_STATUS_DATA,
};

use crate::mission::{item, tour};
use crate::pilot::{Pilot, VEHICLE, from_home, home};

const ACCEPTED: MavResult = MavResult::MAV_RESULT_ACCEPTED;
const RELATIVE: MavFrame = MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT;

#[test]
fn nothing_but_the_heartbeat_comes_unasked() {
    let mut pilot = Pilot::copter();
    pilot.run(4.9);
    assert!(pilot.inbox.iter().all(|message| matches!(message, MavMessage::HEARTBEAT(_))), "{:?}", pilot.inbox);
    assert_eq!(pilot.inbox.len(), 5);
    pilot.stream(ATTITUDE_DATA::ID, 200);
    pilot.inbox.clear();
    pilot.run(1.9);
    let attitudes = pilot.inbox.iter().filter(|message| matches!(message, MavMessage::ATTITUDE(_))).count();
    assert_eq!(attitudes, 10);
}

#[test]
fn heartbeats_name_the_vehicle_and_its_mode_in_its_own_numbers() {
    for (mut pilot, mavtype, auto) in [
        (Pilot::copter(), MavType::MAV_TYPE_QUADROTOR, 3),
        (Pilot::plane(), MavType::MAV_TYPE_FIXED_WING, 10),
        (Pilot::boat(), MavType::MAV_TYPE_SURFACE_BOAT, 10),
    ] {
        pilot.run(1.0);
        let heartbeat = pilot.heartbeat().expect("a heartbeat");
        assert_eq!((heartbeat.mavtype, heartbeat.custom_mode), (mavtype, 0));
        assert_eq!(heartbeat.autopilot, MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA);
        assert_eq!(heartbeat.system_status, MavState::MAV_STATE_STANDBY);
        assert!(!heartbeat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED));
        pilot.mode(auto as f32);
        pilot.run(1.0);
        assert_eq!(pilot.heartbeat().expect("a heartbeat").custom_mode, auto);
    }
}

#[test]
fn a_mode_number_that_does_not_exist_fails() {
    let mut pilot = Pilot::copter();
    assert_eq!(pilot.mode(99.0), MavResult::MAV_RESULT_FAILED);
    // Without the custom mode flag the command makes no sense.
    let param = [0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_DO_SET_MODE, param), MavResult::MAV_RESULT_DENIED);
}

#[test]
fn prearm_may_be_healthy_while_arming_fails_for_want_of_a_position() {
    let mut pilot = Pilot::copter();
    pilot.stream(SYS_STATUS_DATA::ID, 500);
    pilot.run(8.0);
    let health = pilot.last(|message| match message {
        MavMessage::SYS_STATUS(status) => Some(status.onboard_control_sensors_health),
        _ => None,
    });
    assert!(health.expect("a status").contains(MavSysStatusSensor::MAV_SYS_STATUS_PREARM_CHECK));
    assert_eq!(pilot.mode(4.0), ACCEPTED, "any mode may be chosen disarmed");
    assert_eq!(pilot.try_arm(), MavResult::MAV_RESULT_FAILED);
    assert!(pilot.said("Arm: Need Position Estimate"));
    let waited = pilot.until(20.0, "armed", |pilot| pilot.seconds() > 12.1);
    assert!(waited > 3.0);
    pilot.arm();
    assert!(pilot.said("Arming motors"));
}

#[test]
fn a_copter_is_not_armed_in_auto_and_disarms_when_nothing_comes_of_it() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    pilot.mode(3.0);
    assert_eq!(pilot.try_arm(), MavResult::MAV_RESULT_FAILED);
    assert!(pilot.said("AUTO mode not armable"));
    pilot.mode(4.0);
    pilot.arm();
    let took = pilot.until(20.0, "disarmed", |pilot| !pilot.truth().armed);
    assert!((9.0..11.0).contains(&took), "DISARM_DELAY: {took} s");
}

#[test]
fn auto_alone_leaves_a_copter_on_the_ground_until_the_mission_is_started() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    pilot.upload(&tour(20.0, &[(100.0, 0.0, 20.0)]));
    assert_eq!(pilot.command(MavCmd::MAV_CMD_MISSION_START, [0.0; 7]), MavResult::MAV_RESULT_FAILED, "disarmed");
    pilot.mode(4.0);
    pilot.arm();
    assert_eq!(pilot.mode(3.0), ACCEPTED);
    pilot.run(6.0);
    assert!(pilot.truth().on_ground && pilot.truth().armed);
    let from_item_two = [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_MISSION_START, from_item_two), MavResult::MAV_RESULT_DENIED);
    assert_eq!(pilot.command(MavCmd::MAV_CMD_MISSION_START, [0.0; 7]), ACCEPTED);
    pilot.until(5.0, "off the ground", |pilot| !pilot.truth().on_ground);
}

#[test]
fn take_off_is_relative_to_home_and_for_guided_only() {
    let take_off = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0];
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), MavResult::MAV_RESULT_FAILED, "disarmed");
    pilot.arm();
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), MavResult::MAV_RESULT_FAILED, "STABILIZE");
    pilot.mode(4.0);
    let amsl = MavFrame::MAV_FRAME_GLOBAL;
    let denied = MavResult::MAV_RESULT_DENIED;
    assert_eq!(pilot.command_at(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0; 4], amsl, home(), 40.0), denied);
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), ACCEPTED);
    pilot.run(20.0);
    assert!((pilot.place().up_m - 10.0).abs() < 1.0, "{:?}", pilot.place());
    let disarm = [0.0; 7];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_COMPONENT_ARM_DISARM, disarm), MavResult::MAV_RESULT_FAILED, "aloft");
    let by_force = [0.0, 21196.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_COMPONENT_ARM_DISARM, by_force), ACCEPTED);
    pilot.until(10.0, "fallen", |pilot| pilot.truth().on_ground);
}

#[test]
fn reposition_is_refused_as_long_and_taken_as_int_even_disarmed() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    let as_long = [-1.0, 1.0, 0.0, 0.0, 54.38, 10.15, 20.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_DO_REPOSITION, as_long), MavResult::MAV_RESULT_COMMAND_INT_ONLY);
    let there = from_home(100.0, 0.0);
    let without_flag = [-1.0, 0.0, 0.0, 0.0];
    let denied = MavResult::MAV_RESULT_DENIED;
    assert_eq!(pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, without_flag, RELATIVE, there, 20.0), denied);
    let with_flag = [-1.0, 1.0, 0.0, 0.0];
    assert_eq!(pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, with_flag, RELATIVE, there, 20.0), ACCEPTED);
    assert_eq!(pilot.truth().mode, Mode::Guided);
    let local = MavFrame::MAV_FRAME_LOCAL_NED;
    assert_eq!(pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, with_flag, local, there, 20.0), denied);
}

#[test]
fn what_is_not_supported_is_said_to_be() {
    let mut pilot = Pilot::copter();
    assert_eq!(pilot.command(MavCmd::MAV_CMD_DO_PARACHUTE, [0.0; 7]), MavResult::MAV_RESULT_UNSUPPORTED);
    assert_eq!(
        pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, [9999.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        MavResult::MAV_RESULT_FAILED
    );
    assert_eq!(
        pilot.command(MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL, [9999.0, 1e6, 0.0, 0.0, 0.0, 0.0, 0.0]),
        MavResult::MAV_RESULT_DENIED
    );
    assert!(pilot.said("No ap_message for mavlink id (9999)"));
    // Command 60001 has no name in any dialect; it is answered all the same.
    let mut payload = [0; 33];
    payload[28..30].copy_from_slice(&60_001_u16.to_le_bytes());
    payload[30..32].copy_from_slice(&[VEHICLE, 1]);
    pilot.fire(76, &payload);
    assert_eq!(pilot.nameless, [(60_001, MavResult::MAV_RESULT_UNSUPPORTED as u8)]);
}

#[test]
fn messages_for_other_systems_are_left_alone() {
    let mut pilot = Pilot::copter();
    let mut payload = [0; 33];
    payload[28..30].copy_from_slice(&(MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH as u16).to_le_bytes());
    for (system, component, answers) in [(2, 1, 0), (1, 2, 0), (1, 1, 1), (0, 0, 2)] {
        payload[30..32].copy_from_slice(&[system, component]);
        pilot.fire(76, &payload);
        let acks = pilot.inbox.iter().filter(|message| matches!(message, MavMessage::COMMAND_ACK(_))).count();
        assert_eq!(acks, answers, "to {system}/{component}");
    }
}

#[test]
fn a_requested_message_follows_its_acknowledgement() {
    let mut pilot = Pilot::copter();
    let id = mavlink::dialects::ardupilotmega::AUTOPILOT_VERSION_DATA::ID as f32;
    assert_eq!(pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, [id, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), ACCEPTED);
    match pilot.inbox.as_slice() {
        [MavMessage::COMMAND_ACK(_), MavMessage::AUTOPILOT_VERSION(version)] => {
            assert_eq!(version.flight_sw_version, 0x0405_07ff);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn item_zero_is_home_whatever_was_uploaded_and_a_return_has_no_place() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    let mut items = tour(20.0, &[(100.0, 0.0, 20.0)]);
    items[0] = item(0, MavCmd::MAV_CMD_NAV_WAYPOINT, [0.0; 4], from_home(5000.0, 5000.0), 300.0);
    items[3].frame = RELATIVE;
    assert_eq!(pilot.upload(&items), MavMissionResult::MAV_MISSION_ACCEPTED);
    assert!(pilot.said("Flight plan received"));
    let stored = pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION);
    assert_eq!(stored.len(), 4);
    let (x, y) = crate::pilot::e7(home());
    // Home is the estimate at the time: within two metres of where it stands, 12 m above mean sea level.
    assert!((stored[0].x - x).abs() < 200 && (stored[0].y - y).abs() < 400, "{:?}", stored[0]);
    assert!((stored[0].z - 12.0).abs() < 1.5 && stored[0].frame == MavFrame::MAV_FRAME_GLOBAL);
    assert_eq!((stored[2].x, stored[2].y, stored[2].z), (items[2].x, items[2].y, 20.0));
    assert_eq!((stored[3].frame, stored[3].x), (MavFrame::MAV_FRAME_GLOBAL, 0));
}

#[test]
fn a_bad_upload_destroys_the_old_mission() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    let old = tour(20.0, &[(100.0, 0.0, 20.0), (100.0, 100.0, 20.0), (0.0, 100.0, 20.0), (0.0, 50.0, 20.0)]);
    assert_eq!(old.len(), 7);
    pilot.upload(&old);
    let mut new = tour(20.0, &[]);
    new.truncate(2);
    new[1].command = MavCmd::MAV_CMD_DO_PARACHUTE;
    assert_eq!(pilot.upload(&new), MavMissionResult::MAV_MISSION_UNSUPPORTED);
    assert_eq!(pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION).len(), 2, "seven items became two");
}

#[test]
fn clearing_everything_at_once_is_unsupported() {
    let mut pilot = Pilot::copter();
    pilot.upload(&tour(20.0, &[]));
    for (of, result, left) in [
        (MavMissionType::MAV_MISSION_TYPE_ALL, MavMissionResult::MAV_MISSION_UNSUPPORTED, 3),
        (MavMissionType::MAV_MISSION_TYPE_MISSION, MavMissionResult::MAV_MISSION_ACCEPTED, 0),
    ] {
        pilot.send(&MavMessage::MISSION_CLEAR_ALL(MISSION_CLEAR_ALL_DATA {
            target_system: VEHICLE,
            target_component: 1,
            mission_type: of,
        }));
        let ack = pilot.mission_ack().expect("an answer");
        assert_eq!((ack.mavtype, ack.mission_type), (result, of));
        assert_eq!(pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION).len(), left);
    }
}

#[test]
fn a_fence_is_judged_at_its_last_item_only() {
    let mut pilot = Pilot::copter();
    let corners = [(0.0, 0.0), (0.0, 500.0), (500.0, 500.0), (500.0, 0.0)];
    let mut fence: Vec<_> = (0..)
        .zip(corners)
        .map(|(seq, (north_m, east_m))| {
            let at = from_home(north_m, east_m);
            let mut corner =
                item(seq, MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION, [4.0, 0.0, 0.0, 0.0], at, 0.0);
            corner.mission_type = MavMissionType::MAV_MISSION_TYPE_FENCE;
            corner
        })
        .collect();
    assert_eq!(pilot.upload(&fence), MavMissionResult::MAV_MISSION_ACCEPTED);
    assert!(pilot.said("Fence Indexed OK"));
    fence[3].param1 = 5.0;
    assert_eq!(pilot.upload(&fence), MavMissionResult::MAV_MISSION_ERROR);
    // Unlike a mission, the fence before it is still there.
    assert_eq!(pilot.download(MavMissionType::MAV_MISSION_TYPE_FENCE).len(), 4);
}

#[test]
fn a_fence_that_is_not_there_cannot_be_switched_on() {
    let mut pilot = Pilot::copter();
    let switch = |pilot: &mut Pilot, how: f32| {
        pilot.command(MavCmd::MAV_CMD_DO_FENCE_ENABLE, [how, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    };
    let enabled = |pilot: &mut Pilot| ask(pilot, -1, "FENCE_ENABLE").expect("an answer").param_value;
    let failed = MavResult::MAV_RESULT_FAILED;
    // The circle and the ceiling that count as it comes out of its box are always there, a polygon is not.
    assert_eq!(switch(&mut pilot, 1.0), ACCEPTED);
    assert_eq!(switch(&mut pilot, 0.0), ACCEPTED);
    for none in [4.0, 0.0] {
        pilot.set("FENCE_TYPE", none);
        assert_eq!((switch(&mut pilot, 1.0), enabled(&mut pilot)), (failed, 0.0));
        assert_eq!((switch(&mut pilot, 0.0), switch(&mut pilot, 3.0)), (ACCEPTED, failed));
    }
    pilot.set("FENCE_TYPE", 4.0);
    let mut circle = item(0, MavCmd::MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION, [500.0, 0.0, 0.0, 0.0], home(), 0.0);
    circle.mission_type = MavMissionType::MAV_MISSION_TYPE_FENCE;
    assert_eq!(pilot.upload(&[circle]), MavMissionResult::MAV_MISSION_ACCEPTED);
    assert_eq!((switch(&mut pilot, 1.0), enabled(&mut pilot)), (ACCEPTED, 1.0));
}

fn ask(pilot: &mut Pilot, index: i16, name: &str) -> Option<PARAM_VALUE_DATA> {
    pilot.inbox.clear();
    pilot.send(&MavMessage::PARAM_REQUEST_READ(PARAM_REQUEST_READ_DATA {
        param_index: index,
        target_system: VEHICLE,
        target_component: 1,
        param_id: name.into(),
    }));
    pilot.last(|message| match message {
        MavMessage::PARAM_VALUE(value) => Some(value.clone()),
        _ => None,
    })
}

#[test]
fn a_parameter_that_does_not_exist_gets_silence() {
    let mut pilot = Pilot::copter();
    assert_eq!(ask(&mut pilot, -1, "NO_SUCH_NAME"), None);
    assert_eq!(ask(&mut pilot, 9999, ""), None);
    assert_eq!(pilot.set("NO_SUCH_NAME", 1.0), None);
    let by_name = ask(&mut pilot, -1, "RTL_ALT").expect("an answer");
    assert_eq!((by_name.param_value, by_name.param_index), (1500.0, u16::MAX));
    let by_index = ask(&mut pilot, 0, "").expect("an answer");
    assert_eq!((&by_index.param_id[..13], by_index.param_index), (b"SYSID_THISMAV".as_slice(), 0));
}

#[test]
fn a_parameter_out_of_range_is_accepted() {
    let mut pilot = Pilot::copter();
    let value = pilot.set("WPNAV_SPEED", 999_999.0).expect("an answer");
    assert_eq!(value.param_value, 999_999.0);
    assert_eq!(pilot.set("WPNAV_SPEED", f32::NAN), None);
}

#[test]
fn the_whole_parameter_list_comes_in_time_and_once() {
    let mut pilot = Pilot::plane();
    pilot
        .send(&MavMessage::PARAM_REQUEST_LIST(PARAM_REQUEST_LIST_DATA { target_system: VEHICLE, target_component: 1 }));
    pilot.run(3.0);
    let values: Vec<_> = pilot
        .inbox
        .iter()
        .filter_map(|message| match message {
            MavMessage::PARAM_VALUE(value) => Some((value.param_index, value.param_count)),
            _ => None,
        })
        .collect();
    let count = values[0].1;
    assert!(count > 25);
    assert_eq!(values, (0..count).map(|index| (index, count)).collect::<Vec<_>>());
    assert!(pilot.said("ArduPlane V4.5.7"));
}

#[test]
#[allow(deprecated)]
fn the_old_ways_still_work() {
    use mavlink::dialects::ardupilotmega::{MavDataStream, REQUEST_DATA_STREAM_DATA, SET_MODE_DATA};
    let mut pilot = Pilot::copter();
    pilot.send(&MavMessage::REQUEST_DATA_STREAM(REQUEST_DATA_STREAM_DATA {
        req_message_rate: 4,
        target_system: VEHICLE,
        target_component: 1,
        req_stream_id: MavDataStream::MAV_DATA_STREAM_ALL,
        start_stop: 1,
    }));
    pilot.run(2.0);
    for id in [1, 2, 24, 30, 33, 42, 74, 147, 193] {
        let count = pilot.inbox.iter().filter(|message| mavlink::Message::message_id(*message) == id).count();
        assert!((7..=9).contains(&count), "message {id}: {count} in 2 s");
    }
    pilot.inbox.clear();
    pilot.send(&MavMessage::SET_MODE(SET_MODE_DATA {
        custom_mode: 5,
        target_system: VEHICLE,
        base_mode: MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED,
    }));
    assert_eq!(pilot.truth().mode, Mode::Loiter);
    // Acknowledged as command 11, which is the message's own number.
    assert_eq!(pilot.nameless, [(11, 0)]);
}

#[test]
fn the_first_ground_heartbeat_is_no_concern_of_ours_but_any_system_may_ask() {
    let mut pilot = Pilot::copter();
    pilot.beating = false;
    pilot.system = 42;
    pilot.stream(HEARTBEAT_DATA::ID, 500);
    pilot.inbox.clear();
    pilot.run(1.9);
    assert_eq!(pilot.inbox.len(), 4);
}
