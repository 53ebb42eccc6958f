//! What a vehicle does that passes for PX4.

use autopilot::Mode;
use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, AUTOPILOT_VERSION_DATA, AVAILABLE_MODES_DATA, HEARTBEAT_DATA, MavAutopilot, MavCmd, MavMessage,
    MavModeFlag, MavParamType, MavProtocolCapability, MavResult, MavState, PARAM_REQUEST_READ_DATA, PARAM_SET_DATA,
    PARAM_VALUE_DATA,
};

use crate::pilot::{Pilot, VEHICLE, home};

pub(crate) const ACCEPTED: MavResult = MavResult::MAV_RESULT_ACCEPTED;
const REJECTED: MavResult = MavResult::MAV_RESULT_TEMPORARILY_REJECTED;

/// Main and sub-mode, as DO_SET_MODE has them.
fn mode(pilot: &mut Pilot, main: f32, sub: f32) -> MavResult {
    pilot.command(MavCmd::MAV_CMD_DO_SET_MODE, [1.0, main, sub, 0.0, 0.0, 0.0, 0.0])
}

/// Ready to be armed.
pub(crate) fn ready() -> Pilot {
    let mut pilot = Pilot::px4();
    pilot.run(13.0);
    pilot
}

/// Holding 20 m above home.
pub(crate) fn holding() -> Pilot {
    let mut pilot = ready();
    pilot.arm();
    let amsl_m = 12.0 + 20.0;
    let take_off = [0.0, 0.0, 0.0, f32::NAN, f32::NAN, f32::NAN, amsl_m];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), ACCEPTED);
    pilot.until(40.0, "holding", |pilot| pilot.truth().mode == Mode::Loiter);
    pilot
}

#[test]
fn its_heartbeat_carries_main_and_sub_mode_and_says_px4() {
    let mut pilot = ready();
    let heartbeat = pilot.heartbeat().expect("a heartbeat");
    assert_eq!(heartbeat.autopilot, MavAutopilot::MAV_AUTOPILOT_PX4);
    assert_eq!(heartbeat.custom_mode, 4 << 16 | 3 << 24, "holding");
    assert_eq!(heartbeat.system_status, MavState::MAV_STATE_STANDBY);
    assert_eq!(heartbeat.base_mode.bits(), 29);
    assert_eq!(mode(&mut pilot, 1.0, 0.0), ACCEPTED);
    pilot.run(1.1);
    let heartbeat = pilot.heartbeat().expect("a heartbeat");
    assert_eq!((heartbeat.custom_mode, heartbeat.base_mode.bits()), (1 << 16, 65));
    assert!(!heartbeat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED));
}

#[test]
fn it_streams_a_set_of_its_own_to_whoever_listens() {
    let mut pilot = Pilot::px4();
    pilot.run(13.0);
    pilot.inbox.clear();
    pilot.run(10.0);
    for (id, times) in
        [(0, 10), (ATTITUDE_DATA::ID, 200), (1, 10), (33, 50), (24, 10), (245, 10), (147, 5), (436, 5), (242, 5)]
    {
        let count = pilot.inbox.iter().filter(|message| mavlink::Message::message_id(*message) == id).count();
        assert!(count.abs_diff(times) <= 1, "message {id}: {count} in 10 s");
    }
    // Set back to what it was by an interval of zero.
    pilot.stream(ATTITUDE_DATA::ID, 1000);
    let default = [ATTITUDE_DATA::ID as f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL, default), ACCEPTED);
    pilot.inbox.clear();
    pilot.run(1.0);
    let count = pilot.inbox.iter().filter(|message| matches!(message, MavMessage::ATTITUDE(_))).count();
    assert!((19..=21).contains(&count), "{count}");
}

#[test]
fn its_version_says_how_parameters_are_encoded_and_comes_before_the_acknowledgement() {
    let mut pilot = Pilot::px4();
    let ask = [AUTOPILOT_VERSION_DATA::ID as f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, ask), ACCEPTED);
    let [MavMessage::AUTOPILOT_VERSION(version), MavMessage::COMMAND_ACK(_)] = pilot.inbox.as_slice() else {
        panic!("{:?}", pilot.inbox);
    };
    assert_eq!(version.flight_sw_version >> 16, 0x0111);
    assert!(version.capabilities.contains(MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE));
    assert!(!version.capabilities.contains(MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_C_CAST));
}

#[test]
fn a_message_it_does_not_have_is_denied() {
    let mut pilot = Pilot::px4();
    // EKF_STATUS_REPORT is ArduPilot's.
    let ask = [193.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, ask), MavResult::MAV_RESULT_DENIED);
}

#[test]
fn its_modes_are_listed_one_by_one_or_all_at_once() {
    let mut pilot = Pilot::px4();
    let ask = |index: f32| [AVAILABLE_MODES_DATA::ID as f32, index, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, ask(0.0)), ACCEPTED);
    let modes: Vec<_> = pilot
        .inbox
        .iter()
        .filter_map(|message| match message {
            MavMessage::AVAILABLE_MODES(mode) => Some((mode.mode_index, mode.number_modes, mode.custom_mode)),
            _ => None,
        })
        .collect();
    let number = modes[0].1;
    assert_eq!(modes.iter().map(|mode| mode.0).collect::<Vec<_>>(), (1..=number).collect::<Vec<_>>());
    assert!(modes.iter().any(|mode| mode.2 == 4 << 16 | 4 << 24), "a mission: {modes:?}");
    assert_eq!(pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, ask(2.0)), ACCEPTED);
    let only = pilot.inbox.iter().filter(|message| matches!(message, MavMessage::AVAILABLE_MODES(_))).count();
    assert_eq!(only, 1);
}

fn ask(pilot: &mut Pilot, name: &str) -> Option<PARAM_VALUE_DATA> {
    pilot.inbox.clear();
    pilot.send(&MavMessage::PARAM_REQUEST_READ(PARAM_REQUEST_READ_DATA {
        param_index: -1,
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
fn integers_travel_as_their_bytes_and_a_parameter_keeps_its_index() {
    let mut pilot = Pilot::px4();
    let value = ask(&mut pilot, "NAV_DLL_ACT").expect("an answer");
    assert_eq!((value.param_type, value.param_value.to_bits()), (MavParamType::MAV_PARAM_TYPE_INT32, 0));
    assert_ne!(value.param_index, u16::MAX);
    pilot.inbox.clear();
    pilot.send(&MavMessage::PARAM_SET(PARAM_SET_DATA {
        param_value: f32::from_bits(3),
        target_system: VEHICLE,
        target_component: 1,
        param_id: "NAV_DLL_ACT".into(),
        param_type: MavParamType::MAV_PARAM_TYPE_INT32,
    }));
    assert_eq!(ask(&mut pilot, "NAV_DLL_ACT").expect("an answer").param_value.to_bits(), 3);
    // What has a fraction travels as it is, and drives what flies.
    assert_eq!(pilot.set("MPC_XY_CRUISE", 7.5).expect("an answer").param_value, 7.5);
    assert_eq!(ask(&mut pilot, "WPNAV_SPEED"), None, "no name of ArduPilot's");
}

#[test]
fn the_hash_of_its_parameters_changes_with_one_of_them() {
    let mut pilot = Pilot::px4();
    let before = ask(&mut pilot, "_HASH_CHECK").expect("a hash");
    assert_eq!(before.param_type, MavParamType::MAV_PARAM_TYPE_UINT32);
    assert_eq!(ask(&mut pilot, "_HASH_CHECK").expect("a hash").param_value.to_bits(), before.param_value.to_bits());
    pilot.set("MPC_XY_CRUISE", 7.5);
    assert_ne!(ask(&mut pilot, "_HASH_CHECK").expect("a hash").param_value.to_bits(), before.param_value.to_bits());
}

#[test]
fn a_take_off_is_acknowledged_disarmed_and_above_mean_sea_level() {
    let mut pilot = ready();
    let take_off = [0.0, 0.0, 0.0, f32::NAN, f32::NAN, f32::NAN, 42.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), ACCEPTED);
    pilot.run(5.0);
    assert!(pilot.truth().on_ground && !pilot.truth().armed);
    pilot.arm();
    pilot.until(60.0, "holding", |pilot| pilot.truth().mode == Mode::Loiter);
    assert!((pilot.place().up_m - 30.0).abs() < 1.5, "home lies 12 m above the sea: {:?}", pilot.place());
}

#[test]
fn armed_and_not_taking_off_it_disarms_after_ten_seconds() {
    let mut pilot = ready();
    pilot.arm();
    let took = pilot.until(20.0, "disarmed", |pilot| !pilot.truth().armed);
    assert!((9.0..11.0).contains(&took), "{took} s");
}

#[test]
fn arming_without_a_position_is_rejected_for_the_time_being() {
    let mut pilot = Pilot::px4();
    pilot.run(2.0);
    assert_eq!(pilot.try_arm(), REJECTED);
    assert!(pilot.said("Arming denied: Resolve system health failures first"));
}

#[test]
fn a_mode_that_does_not_exist_is_acknowledged_and_not_entered() {
    let mut pilot = ready();
    assert_eq!(mode(&mut pilot, 99.0, 0.0), ACCEPTED);
    assert_eq!(pilot.truth().mode, Mode::Loiter);
}

#[test]
fn a_silent_ground_station_is_said_after_ten_seconds_and_nothing_is_done_by_default() {
    for (action, ends_in) in [(0, Mode::Loiter), (2, Mode::Rtl), (3, Mode::Land)] {
        let mut pilot = holding();
        pilot.set("NAV_DLL_ACT", f32::from_bits(action));
        pilot.beating = false;
        pilot.run(9.0);
        assert!(!pilot.said("Connection to ground control station lost"));
        pilot.run(2.5);
        assert!(pilot.said("Connection to ground control station lost"));
        assert_eq!(pilot.truth().mode, ends_in, "NAV_DLL_ACT {action}");
        pilot.beating = true;
        pilot.run(2.0);
        assert!(pilot.said("Connection to ground control station regained"));
    }
}

#[test]
fn a_low_battery_is_said_and_acted_on_only_where_a_parameter_says_so() {
    for (action, ends_in) in [(0, Mode::Loiter), (2, Mode::Land), (3, Mode::Rtl)] {
        let mut pilot = holding();
        pilot.set("COM_LOW_BAT_ACT", f32::from_bits(action));
        // As if most of the charge were gone.
        let left_of = used_mah(&mut pilot) / 0.935;
        pilot.set("BAT1_CAPACITY", left_of);
        pilot.run(0.1);
        assert!(pilot.said("Critical battery level"), "{:?}", pilot.texts);
        assert_eq!(pilot.truth().mode, ends_in, "COM_LOW_BAT_ACT {action}");
    }
}

fn used_mah(pilot: &mut Pilot) -> f32 {
    pilot.inbox.clear();
    pilot
        .until(5.0, "a battery status", |pilot| pilot.inbox.iter().any(|m| matches!(m, MavMessage::BATTERY_STATUS(_))));
    let used = pilot.last(|message| match message {
        MavMessage::BATTERY_STATUS(battery) => Some(battery.current_consumed as f32),
        _ => None,
    });
    used.expect("a battery status")
}

#[test]
fn heartbeats_of_any_ground_station_count() {
    let mut pilot = holding();
    pilot.set("NAV_DLL_ACT", f32::from_bits(2));
    pilot.system = 42;
    pilot.run(15.0);
    assert_eq!(pilot.truth().mode, Mode::Loiter);
    let _: HEARTBEAT_DATA = pilot.heartbeat().expect("a heartbeat");
    assert!(pilot.place().horizontal_m() < 5.0 && home().height().metres > 0.0);
}
