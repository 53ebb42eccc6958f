//! Every habit of one firmware switched to the other's.

use autopilot::{AutopilotConfig, Quirks};
use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    MavCmd, MavFrame, MavMessage, MavMissionResult, MavMissionType, MavResult, MavSysStatusSensor, SYS_STATUS_DATA,
};

use crate::mission::{item, tour};
use crate::pilot::{Pilot, copter_config, from_home, home, px4_config};

/// An ArduPilot copter with one habit changed, its position found.
pub(crate) fn but(change: impl Fn(&mut Quirks)) -> Pilot {
    changed(copter_config(), change)
}

fn changed(mut config: AutopilotConfig, change: impl Fn(&mut Quirks)) -> Pilot {
    change(&mut config.quirks);
    let mut pilot = Pilot::with(config, 1);
    pilot.run(13.0);
    pilot
}

#[test]
fn item_zero_is_the_first_of_the_mission() {
    let mut pilot = but(|quirks| quirks.home_is_item_zero = false);
    let mut items = tour(20.0, &[(100.0, 0.0, 20.0)]);
    items.remove(0);
    for (seq, item) in (0..).zip(&mut items) {
        item.seq = seq;
    }
    assert_eq!(pilot.upload(&items), MavMissionResult::MAV_MISSION_ACCEPTED);
    let back = pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION);
    assert_eq!((back.len(), back[0].command), (items.len(), MavCmd::MAV_CMD_NAV_TAKEOFF));
}

#[test]
fn a_duplicate_item_is_answered_by_asking_for_the_next() {
    let mut pilot = but(|quirks| quirks.refuses_duplicate_items = false);
    let items = tour(20.0, &[]);
    pilot.announce(items.len(), MavMissionType::MAV_MISSION_TYPE_MISSION);
    pilot.send(&MavMessage::MISSION_ITEM_INT(items[0].clone()));
    pilot.inbox.clear();
    pilot.send(&MavMessage::MISSION_ITEM_INT(items[0].clone()));
    assert_eq!((pilot.asked(), pilot.mission_ack().is_none()), (Some(1), true));
}

#[test]
fn a_bad_upload_leaves_the_old_mission() {
    let mut pilot = but(|quirks| quirks.bad_upload_destroys_mission = false);
    let old = tour(20.0, &[(100.0, 0.0, 20.0), (100.0, 100.0, 20.0)]);
    pilot.upload(&old);
    let mut new = tour(20.0, &[]);
    new[1].command = MavCmd::MAV_CMD_DO_PARACHUTE;
    pilot.upload(&new);
    assert_eq!(pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION).len(), old.len());
}

#[test]
fn all_lists_are_cleared_at_once() {
    use mavlink::dialects::ardupilotmega::MISSION_CLEAR_ALL_DATA;
    let mut pilot = but(|quirks| quirks.clears_one_list_at_a_time = false);
    pilot.upload(&tour(20.0, &[]));
    pilot.send(&MavMessage::MISSION_CLEAR_ALL(MISSION_CLEAR_ALL_DATA {
        target_system: 1,
        target_component: 1,
        mission_type: MavMissionType::MAV_MISSION_TYPE_ALL,
    }));
    assert!(pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION).is_empty());
}

#[test]
fn an_item_without_a_place_keeps_its_frame() {
    let mut pilot = but(|quirks| quirks.forgets_frames = false);
    pilot.upload(&tour(20.0, &[]));
    let back = pilot.download(MavMissionType::MAV_MISSION_TYPE_MISSION);
    assert_eq!(back.last().map(|item| item.frame), Some(MavFrame::MAV_FRAME_MISSION));
}

#[test]
fn a_fence_is_judged_item_by_item() {
    let mut pilot = but(|quirks| quirks.judges_fence_at_the_end = false);
    let command = MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION;
    let mut corner = item(0, command, [2.0, 0.0, 0.0, 0.0], home(), 0.0);
    corner.mission_type = MavMissionType::MAV_MISSION_TYPE_FENCE;
    let corners = [corner.clone(), corner];
    assert_eq!(pilot.upload(&corners), MavMissionResult::MAV_MISSION_INVALID_PARAM1);
}

#[test]
fn reposition_is_taken_as_long() {
    let mut pilot = but(|quirks| quirks.reposition_as_int_only = false);
    let there = [-1.0, 1.0, 0.0, 0.0, 54.38, 10.15, 20.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_DO_REPOSITION, there), MavResult::MAV_RESULT_ACCEPTED);
}

#[test]
fn an_unknown_message_is_denied_and_a_known_one_comes_first() {
    let mut pilot = but(|quirks| {
        quirks.fails_unknown_message = false;
        quirks.message_before_acknowledgement = true;
    });
    let ask = |id: f32| [id, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, ask(9999.0)), MavResult::MAV_RESULT_DENIED);
    pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, ask(148.0));
    assert!(matches!(pilot.inbox[..], [MavMessage::AUTOPILOT_VERSION(_), MavMessage::COMMAND_ACK(_)]));
}

#[test]
fn a_mode_that_does_not_exist_is_acknowledged() {
    let mut pilot = but(|quirks| quirks.acknowledges_any_mode = true);
    assert_eq!(pilot.mode(99.0), MavResult::MAV_RESULT_ACCEPTED);
    assert_eq!(pilot.truth().mode, autopilot::Mode::Stabilize);
}

#[test]
fn the_prearm_bit_tells_of_a_missing_position() {
    for (healthy_without_position, healthy) in [(true, true), (false, false)] {
        let mut config = copter_config();
        config.quirks.healthy_without_position = healthy_without_position;
        let mut pilot = Pilot::with(config, 1);
        pilot.mode(4.0);
        pilot.stream(SYS_STATUS_DATA::ID, 500);
        pilot.run(8.0);
        let health = pilot.last(|message| match message {
            MavMessage::SYS_STATUS(status) => Some(status.onboard_control_sensors_health),
            _ => None,
        });
        let bit = MavSysStatusSensor::MAV_SYS_STATUS_PREARM_CHECK;
        assert_eq!(health.expect("a status").contains(bit), healthy);
        assert_eq!(pilot.try_arm(), MavResult::MAV_RESULT_FAILED);
    }
}

#[test]
fn parameters_answer_in_words_keep_their_range_and_show_their_index() {
    let mut pilot = but(|quirks| {
        quirks.silent_about_unknown_parameters = false;
        quirks.takes_values_out_of_range = false;
        quirks.hides_index_of_named = false;
    });
    assert_eq!(pilot.set("NO_SUCH_NAME", 1.0), None);
    assert!(pilot.said("unknown param: NO_SUCH_NAME"));
    let kept = pilot.set("WPNAV_SPEED", 999_999.0).expect("an answer");
    assert_eq!(kept.param_value, 1000.0);
    assert_ne!(kept.param_index, u16::MAX);
    assert_eq!(pilot.set("WPNAV_SPEED", 500.0).expect("an answer").param_value, 500.0);
}

#[test]
fn px4_takes_off_to_heights_above_home_and_not_disarmed() {
    let mut pilot = changed(px4_config(), |quirks| {
        quirks.take_off_above_sea_level = false;
        quirks.acknowledges_take_off_disarmed = false;
    });
    let take_off = [0.0, 0.0, 0.0, f32::NAN, f32::NAN, f32::NAN, 15.0];
    let rejected = MavResult::MAV_RESULT_TEMPORARILY_REJECTED;
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), rejected);
    pilot.arm();
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), MavResult::MAV_RESULT_ACCEPTED);
    pilot.run(25.0);
    assert!((pilot.place().up_m - 15.0).abs() < 1.5, "{:?}", pilot.place());
}

#[test]
fn px4_returns_to_any_rally_point_takes_any_fence_streams_nothing_and_says_reached_once() {
    let mut pilot = changed(px4_config(), |quirks| {
        quirks.trips_over_int_rally_frame = false;
        quirks.fence_needs_home_inside = false;
        quirks.streams_unasked = false;
        quirks.repeats_reached = None;
        quirks.opaque_ids = false;
    });
    assert!(pilot.inbox.iter().all(|message| {
        matches!(message, MavMessage::HEARTBEAT(_) | MavMessage::HOME_POSITION(_) | MavMessage::GPS_GLOBAL_ORIGIN(_))
    }));
    let command = MavCmd::MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION;
    let mut circle = item(0, command, [50.0, 0.0, 0.0, 0.0], from_home(2000.0, 0.0), 0.0);
    circle.mission_type = MavMissionType::MAV_MISSION_TYPE_FENCE;
    assert_eq!(pilot.upload(&[circle]), MavMissionResult::MAV_MISSION_ACCEPTED);
    assert_eq!(pilot.mission_ack().expect("an answer").opaque_id, 0);
}
