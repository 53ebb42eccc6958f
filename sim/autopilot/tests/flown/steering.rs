//! Vehicles steered by streams: setpoints, sticks; and kept in by a fence.

// Ground software still speaks of the old frames.
#![allow(deprecated)]

use autopilot::Mode;
use mavlink::dialects::ardupilotmega::{
    MANUAL_CONTROL_DATA, MavCmd, MavFrame, MavMessage, MavMissionResult, MavMissionType, MavResult,
    PositionTargetTypemask, RC_CHANNELS_OVERRIDE_DATA, SET_POSITION_TARGET_LOCAL_NED_DATA,
};

use crate::mission::item;
use crate::pilot::{Pilot, VEHICLE, from_home};
use crate::px4::holding;

const ACCEPTED: MavResult = MavResult::MAV_RESULT_ACCEPTED;

/// An ArduPilot copter 20 m above home in GUIDED.
fn guided() -> Pilot {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    pilot.mode(4.0);
    pilot.arm();
    let take_off = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 20.0];
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, take_off), ACCEPTED);
    pilot.run(25.0);
    pilot
}

fn local(place: Option<[f32; 3]>, velocity: Option<[f32; 3]>, frame: MavFrame) -> MavMessage {
    type Mask = PositionTargetTypemask;
    let mut type_mask = Mask::POSITION_TARGET_TYPEMASK_YAW_IGNORE | Mask::POSITION_TARGET_TYPEMASK_YAW_RATE_IGNORE;
    if place.is_none() {
        type_mask |= Mask::POSITION_TARGET_TYPEMASK_X_IGNORE
            | Mask::POSITION_TARGET_TYPEMASK_Y_IGNORE
            | Mask::POSITION_TARGET_TYPEMASK_Z_IGNORE;
    }
    if velocity.is_none() {
        type_mask |= Mask::POSITION_TARGET_TYPEMASK_VX_IGNORE
            | Mask::POSITION_TARGET_TYPEMASK_VY_IGNORE
            | Mask::POSITION_TARGET_TYPEMASK_VZ_IGNORE;
    }
    let ([x, y, z], [vx, vy, vz]) = (place.unwrap_or_default(), velocity.unwrap_or_default());
    MavMessage::SET_POSITION_TARGET_LOCAL_NED(SET_POSITION_TARGET_LOCAL_NED_DATA {
        x,
        y,
        z,
        vx,
        vy,
        vz,
        type_mask,
        target_system: VEHICLE,
        target_component: 1,
        coordinate_frame: frame,
        ..SET_POSITION_TARGET_LOCAL_NED_DATA::default()
    })
}

/// Sends the same setpoint ten times a second.
fn stream(pilot: &mut Pilot, setpoint: &MavMessage, seconds: f64) {
    let end = pilot.seconds() + seconds;
    while pilot.seconds() < end {
        pilot.send(setpoint);
        pilot.tick();
    }
}

#[test]
fn px4_enters_offboard_only_while_setpoints_come_and_holds_when_they_end() {
    let mut pilot = holding();
    let offboard = [1.0, 6.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let rejected = MavResult::MAV_RESULT_TEMPORARILY_REJECTED;
    assert_eq!(pilot.command(MavCmd::MAV_CMD_DO_SET_MODE, offboard), rejected);
    let north = local(None, Some([4.0, 0.0, 0.0]), MavFrame::MAV_FRAME_LOCAL_NED);
    stream(&mut pilot, &north, 1.0);
    assert_eq!(pilot.command(MavCmd::MAV_CMD_DO_SET_MODE, offboard), ACCEPTED);
    stream(&mut pilot, &north, 10.0);
    assert!((pilot.truth().velocity.north_m_s - 4.0).abs() < 0.5, "{:?}", pilot.truth());
    let there = local(Some([60.0, 20.0, -25.0]), None, MavFrame::MAV_FRAME_LOCAL_NED);
    stream(&mut pilot, &there, 25.0);
    let at = pilot.place();
    assert!(
        (at.north_m - 60.0).abs() < 3.0 && (at.east_m - 20.0).abs() < 3.0 && (at.up_m - 25.0).abs() < 2.0,
        "{at:?}"
    );
    assert_eq!(pilot.truth().mode, Mode::Offboard);
    let took = pilot.until(5.0, "holding", |pilot| pilot.truth().mode == Mode::Loiter);
    assert!((0.8..1.6).contains(&took), "COM_OF_LOSS_T: {took} s");
    assert!(pilot.said("offboard control lost"));
}

#[test]
fn ardupilot_follows_setpoints_in_guided_for_three_seconds_each() {
    let mut pilot = guided();
    let east = local(None, Some([0.0, 5.0, 0.0]), MavFrame::MAV_FRAME_LOCAL_NED);
    stream(&mut pilot, &east, 8.0);
    assert!((pilot.truth().velocity.east_m_s - 5.0).abs() < 0.5, "{:?}", pilot.truth());
    pilot.run(10.0);
    assert!(pilot.truth().velocity.east_m_s.abs() < 0.5, "GUID_TIMEOUT");
    let before = pilot.place();
    let ahead = local(Some([10.0, 0.0, 0.0]), None, MavFrame::MAV_FRAME_BODY_OFFSET_NED);
    pilot.send(&ahead);
    pilot.run(15.0);
    let (after, nose) = (pilot.place(), pilot.truth().attitude.heading.radians());
    let ahead_m = (after.east_m - before.east_m) * nose.sin() + (after.north_m - before.north_m) * nose.cos();
    assert!((ahead_m - 10.0).abs() < 2.0, "{ahead_m}");
}

#[test]
fn sticks_steer_a_copter_in_loiter_and_it_stays_when_they_are_let_go() {
    let mut pilot = guided();
    assert_eq!(pilot.mode(5.0), ACCEPTED);
    let pushed = MavMessage::RC_CHANNELS_OVERRIDE(RC_CHANNELS_OVERRIDE_DATA {
        chan1_raw: 1500,
        chan2_raw: 1300,
        chan3_raw: 1500,
        chan4_raw: 1500,
        target_system: VEHICLE,
        target_component: 1,
        ..RC_CHANNELS_OVERRIDE_DATA::default()
    });
    stream(&mut pilot, &pushed, 6.0);
    // Half of LOIT_SPEED, along the nose, which points north.
    assert!((pilot.truth().velocity.north_m_s - 6.25).abs() < 1.5, "{:?}", pilot.truth());
    pilot.run(12.0);
    assert!(pilot.truth().velocity.north_m_s.abs() < 0.5, "{:?}", pilot.truth());
}

#[test]
fn a_joystick_climbs_in_altitude_hold_and_drives_a_boat() {
    let mut pilot = guided();
    pilot.mode(2.0);
    let before = pilot.place().up_m;
    let climb =
        MavMessage::MANUAL_CONTROL(MANUAL_CONTROL_DATA { target: VEHICLE, z: 1000, ..MANUAL_CONTROL_DATA::default() });
    stream(&mut pilot, &climb, 5.0);
    assert!(pilot.place().up_m > before + 5.0, "{before} {:?}", pilot.place());

    let mut boat = Pilot::boat();
    boat.run(13.0);
    boat.arm();
    let ahead =
        MavMessage::MANUAL_CONTROL(MANUAL_CONTROL_DATA { target: VEHICLE, z: 1000, ..MANUAL_CONTROL_DATA::default() });
    stream(&mut boat, &ahead, 20.0);
    assert!(boat.place().north_m > 20.0, "{:?}", boat.place());
}

fn fence_to(north_m: f64) -> Vec<mavlink::dialects::ardupilotmega::MISSION_ITEM_INT_DATA> {
    let corners = [(-100.0, -100.0), (-100.0, 100.0), (north_m, 100.0), (north_m, -100.0)];
    (0..)
        .zip(corners)
        .map(|(seq, (north_m, east_m))| {
            let at = from_home(north_m, east_m);
            let command = MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION;
            let mut corner = item(seq, command, [4.0, 0.0, 0.0, 0.0], at, 0.0);
            corner.mission_type = MavMissionType::MAV_MISSION_TYPE_FENCE;
            corner
        })
        .collect()
}

#[test]
fn a_fence_crossed_sends_ardupilot_home_once_it_is_enabled_and_px4_holds() {
    for (enabled, ends_in) in [(0.0, Mode::Guided), (1.0, Mode::Rtl)] {
        let mut pilot = guided();
        assert_eq!(pilot.upload(&fence_to(50.0)), MavMissionResult::MAV_MISSION_ACCEPTED);
        pilot.set("FENCE_ENABLE", enabled);
        let (there, with_flag) = (from_home(120.0, 0.0), [-1.0, 1.0, 0.0, 0.0]);
        let relative = MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT;
        assert_eq!(pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, with_flag, relative, there, 20.0), ACCEPTED);
        pilot.run(12.0);
        assert_eq!(pilot.truth().mode, ends_in, "{:?}", pilot.place());
        assert_eq!(pilot.said("Polygon fence breached"), enabled > 0.0);
    }
    let mut pilot = holding();
    assert_eq!(pilot.upload(&fence_to(50.0)), MavMissionResult::MAV_MISSION_ACCEPTED);
    let (there, with_flag) = (from_home(120.0, 0.0), [-1.0, 1.0, 0.0, f32::NAN]);
    let amsl = MavFrame::MAV_FRAME_GLOBAL;
    assert_eq!(pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, with_flag, amsl, there, 32.0), ACCEPTED);
    pilot.run(40.0);
    assert!(pilot.said("Geofence violated") && pilot.place().north_m < 75.0, "{:?}", pilot.place());
}
