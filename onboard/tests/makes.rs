//! What differs between the makes of autopilot and the kinds of vehicle, seen from the agent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use flight::peer::{Doing, name};
use flight::{Flight, HOME_AMSL_M, Impairment, at, boat_plan, height, plan, waypoint};
use mavlink::dialects::ardupilotmega::{MavCmd, MavFrame, MavMessage, MavMissionType, MavParamType, MavStandardMode};
use onboard::link::mode::Make;
use telemetry::AltitudeAmsl;
use telemetry::messages::{
    AckStage, Command, FlightMode, FlightPhase, FlightPlan, LostLink, LostLinkAction, PlanItem, RallyPoint, VehicleKind,
};

const AMSL_50: AltitudeAmsl = AltitudeAmsl::new(HOME_AMSL_M + 50.0);

fn failed(stage: &AckStage) -> &str {
    match stage {
        AckStage::Failed(why) => why,
        other => panic!("expected a failure, got {other:?}"),
    }
}

/// A vehicle that has been told of a plan, and has it.
fn with_plan(mut flight: Flight, plan: FlightPlan) -> Flight {
    flight.run_s(8.0);
    assert_eq!(flight.order(Command::Plan(plan)), AckStage::Done);
    flight
}

fn px4_under_way() -> Flight {
    let mut flight = with_plan(Flight::px4(VehicleKind::Multirotor, 1), plan());
    assert_eq!(flight.order(Command::Start), AckStage::Done);
    flight.run_s(10.0);
    flight
}

fn with_action(action: LostLinkAction) -> FlightPlan {
    FlightPlan { lost_link: LostLink { after_s: 10.0, action }, ..plan() }
}

#[test]
fn a_copter_that_px4_flies_takes_its_plan_and_flies_it() {
    let mut flight = px4_under_way();
    assert_eq!((flight.state().mode, flight.state().phase), (FlightMode::Mission, FlightPhase::Underway));
    let first = &flight.peer.mission[0];
    assert_eq!(first.command, MavCmd::MAV_CMD_NAV_TAKEOFF, "no item for home");
    assert!(first.x != 0 && first.param4.is_nan(), "it takes off where it stands, heading as it is");
    assert!(flight.log.iter().any(|line| line.contains("the autopilot is Px4 1.17.0 (Copter)")), "{:?}", flight.log);
    flight.run_until("leg 2", 60.0, |flight| flight.state().progress.as_ref().is_some_and(|p| p.leg == 2));
    flight.run_until("back to leg 1 by the repeat", 120.0, |flight| {
        flight.state().progress.as_ref().is_some_and(|p| p.leg == 1)
    });
    for (command, mode) in [
        (Command::Pause, FlightMode::Hold),
        (Command::Resume, FlightMode::Mission),
        (Command::GoTo { position: at(-100.0, 100.0), altitude: AMSL_50, speed_m_s: None }, FlightMode::Guided),
        (Command::ReturnHome, FlightMode::Return),
        (Command::Land, FlightMode::Land),
    ] {
        assert_eq!(flight.order(command), AckStage::Done);
        flight.run_s(0.4);
        assert_eq!(flight.state().mode, mode);
    }
    assert_eq!(flight.alert_texts(), Vec::<String>::new());
}

#[test]
fn a_start_with_px4_works_although_frames_are_lost_doubled_and_late() {
    for seed in 0..4 {
        let mut flight = Flight::px4(VehicleKind::Multirotor, seed);
        flight.run_s(8.0);
        flight.link = Impairment { loss: 0.2, duplicate: 0.1, delay_max_s: 0.1 };
        assert_eq!(flight.order(Command::Plan(plan())), AckStage::Done, "seed {seed}");
        assert_eq!(flight.order(Command::Start), AckStage::Done, "seed {seed}");
        assert_eq!((flight.peer.armings, flight.peer.doing()), (1, Doing::Mission), "seed {seed}");
    }
}

#[test]
fn every_kind_starts_with_both_makes() {
    let dive = FlightPlan { items: boat_plan().items, ..plan() };
    for kind in [VehicleKind::Vtol, VehicleKind::FixedWing, VehicleKind::Boat, VehicleKind::Rov] {
        for made in [Flight::of, Flight::px4] {
            let wet = matches!(kind, VehicleKind::Boat | VehicleKind::Rov);
            let mut plan = if wet { boat_plan() } else { plan() };
            if kind == VehicleKind::Rov {
                plan = dive.clone();
                plan.geofence.floor = telemetry::HeightAboveHome::new(-20.0);
                plan.items = vec![waypoint(0.0, 100.0, -5.0), waypoint(100.0, 100.0, -5.0), PlanItem::ReturnHome];
            }
            let mut flight = with_plan(made(kind, 1), plan);
            assert_eq!(flight.order(Command::Start), AckStage::Done, "{kind:?} {:?}", flight.peer.make);
            assert_eq!(flight.peer.doing(), Doing::Mission, "{kind:?} {:?}", flight.peer.make);
        }
    }
}

#[test]
fn a_vtol_takes_off_and_lands_upright() {
    for made in [Flight::of, Flight::px4] {
        let mut plan = plan();
        plan.items.truncate(3);
        plan.items.push(PlanItem::Land { position: at(0.0, 100.0) });
        let flight = with_plan(made(VehicleKind::Vtol, 1), plan);
        let commands: Vec<MavCmd> = flight.peer.mission.iter().map(|item| item.command).collect();
        assert!(commands.contains(&MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF), "{commands:?}");
        assert_eq!(commands.last(), Some(&MavCmd::MAV_CMD_NAV_VTOL_LAND));
    }
}

#[test]
fn px4_is_given_a_ring_of_waypoints_where_ardupilot_flies_a_circle() {
    let mut plan = plan();
    plan.items[2] = PlanItem::Orbit { centre: at(100.0, 100.0), altitude: height(50.0), radius_m: 60.0, turns: 2.5 };
    let of = |flight: &Flight, command| flight.peer.mission.iter().filter(|item| item.command == command).count();
    let ardupilot = with_plan(Flight::of(VehicleKind::Multirotor, 1), plan.clone());
    assert_eq!(of(&ardupilot, MavCmd::MAV_CMD_NAV_LOITER_TURNS), 1);
    let px4 = with_plan(Flight::px4(VehicleKind::Multirotor, 1), plan);
    assert_eq!(of(&px4, MavCmd::MAV_CMD_NAV_LOITER_TURNS), 0);
    assert_eq!(of(&px4, MavCmd::MAV_CMD_DO_JUMP), 2, "the turns, and the plan's own repeat");
    let jump = px4.peer.mission.iter().position(|item| item.command == MavCmd::MAV_CMD_DO_JUMP).unwrap();
    let (first, turns) = (px4.peer.mission[jump].param1 as usize, px4.peer.mission[jump].param2);
    assert_eq!((jump - first, turns), (12, 2.0), "twelve corners to the closing one, and three turns in all");
    let (corner, closing) = (&px4.peer.mission[first - 1], &px4.peer.mission[jump - 1]);
    assert_eq!((corner.x, corner.y), (closing.x, closing.y));
}

#[test]
fn a_plans_fence_and_rally_points_go_to_the_autopilot_too_and_old_ones_leave_it() {
    for made in [Flight::of, Flight::px4] {
        let rally = RallyPoint { position: at(100.0, 0.0), altitude: waypoint_altitude(30.0) };
        let mut flight =
            with_plan(made(VehicleKind::Multirotor, 1), FlightPlan { rally_points: vec![rally], ..plan() });
        assert_eq!((flight.peer.fence.len(), flight.peer.rally.len()), (4, 1));
        let point = &flight.peer.rally[0];
        assert_eq!((point.frame, point.z), (MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT, 30.0));
        assert_eq!(flight.order(Command::Plan(plan())), AckStage::Done);
        assert_eq!((flight.peer.fence.len(), flight.peer.rally.len()), (4, 0));
    }
}

fn waypoint_altitude(height_m: f64) -> telemetry::messages::PlanAltitude {
    telemetry::messages::PlanAltitude::Amsl(AltitudeAmsl::new(HOME_AMSL_M + height_m))
}

#[test]
fn an_autopilot_that_cannot_hold_rally_points_takes_the_plan_all_the_same_and_it_is_said() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    flight.peer.quirks.lacks = vec![MavMissionType::MAV_MISSION_TYPE_RALLY as u32];
    assert_eq!(flight.order(Command::Plan(plan())), AckStage::Done);
    assert!(flight.log.iter().any(|line| line.contains("cannot hold the list of rally points")), "{:?}", flight.log);
}

#[test]
fn a_fence_that_px4_refuses_keeps_the_plan_out_and_px4s_own_words_say_why() {
    let mut flight = Flight::px4(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    flight.peer.quirks.home_unknown = true;
    let stage = flight.order(Command::Plan(plan()));
    assert!(failed(&stage).contains("refused the fence as a whole"), "{stage:?}");
    assert!(failed(&stage).contains("Geofence requires a valid home position"), "{stage:?}");
    assert_eq!(flight.peer.uploads, 0);
}

#[test]
fn a_plan_that_the_autopilots_own_failsafe_contradicts_is_refused_before_anything_is_sent() {
    let int8 = MavParamType::MAV_PARAM_TYPE_INT8;
    let mut copter = Flight::of(VehicleKind::Multirotor, 1);
    copter.run_s(8.0);
    let stage = copter.order(Command::Plan(with_action(LostLinkAction::Continue)));
    assert!(failed(&stage).contains("the autopilot returns home by itself: FS_GCS_ENABLE is 1"), "{stage:?}");
    assert_eq!((copter.peer.uploads, copter.peer.fence.len()), (0, 0));
    copter.peer.settings.insert("FS_GCS_ENABLE", (int8, 0.0));
    assert_eq!(copter.order(Command::Plan(with_action(LostLinkAction::Continue))), AckStage::Done);

    let mut sub = Flight::of(VehicleKind::Rov, 1);
    sub.run_s(8.0);
    sub.peer.settings.insert("FS_GCS_ENABLE", (int8, 2.0));
    let mut dive = boat_plan();
    dive.geofence.floor = telemetry::HeightAboveHome::new(-20.0);
    let stage = sub.order(Command::Plan(dive));
    assert!(failed(&stage).contains("stops its motors by itself: FS_GCS_ENABLE is 2"), "{stage:?}");
}

#[test]
fn a_setting_changed_after_the_plan_was_taken_keeps_the_vehicle_on_the_ground() {
    let mut flight = with_plan(Flight::px4(VehicleKind::Multirotor, 1), plan());
    flight.peer.settings.insert("NAV_DLL_ACT", (MavParamType::MAV_PARAM_TYPE_INT32, 5.0));
    let stage = flight.order(Command::Start);
    assert!(failed(&stage).contains("stops its motors by itself: NAV_DLL_ACT is 5"), "{stage:?}");
    assert_eq!(flight.peer.armings, 0);
}

#[test]
fn ardupilots_own_fence_is_switched_on_once_it_holds_the_plans_and_again_before_a_start() {
    let mut flight = with_plan(Flight::of(VehicleKind::Multirotor, 1), plan());
    let on = |flight: &Flight| flight.peer.settings["FENCE_ENABLE"].1 == 1.0;
    assert!(on(&flight), "the plan is taken, and so is its fence");
    let now = flight.now;
    flight.peer.reboot(now);
    flight.peer.settings.insert("FENCE_ENABLE", (MavParamType::MAV_PARAM_TYPE_INT8, 0.0));
    flight.run_s(10.0);
    assert_eq!(flight.order(Command::Start), AckStage::Done);
    assert!(on(&flight));
    let px4 = with_plan(Flight::px4(VehicleKind::Multirotor, 1), plan());
    let switched = |message: &MavMessage| matches!(message, MavMessage::COMMAND_LONG(long) if long.command == MavCmd::MAV_CMD_DO_FENCE_ENABLE);
    assert_eq!(px4.peer.heard_count(switched), 0, "PX4 needs no switch");
}

#[test]
fn a_fence_of_ardupilot_that_would_turn_the_vehicle_back_stays_off_or_keeps_the_plan_out() {
    let kind = MavParamType::MAV_PARAM_TYPE_INT8;
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    // As it comes out of its box: a circle of 300 m counts, the plan's fence reaches 707 m.
    flight.peer.settings.insert("FENCE_TYPE", (kind, 7.0));
    let mut flight = with_plan(flight, plan());
    assert_eq!(flight.peer.settings["FENCE_ENABLE"].1, 0.0);
    assert!(flight.log.iter().any(|line| line.contains("stays off") && line.contains("FENCE_RADIUS is 300 m")));
    flight.peer.settings.insert("FENCE_ENABLE", (kind, 1.0));
    let stage = flight.order(Command::Plan(plan()));
    assert!(failed(&stage).contains("is on and contradicts the plan"), "{stage:?}");
}

#[test]
fn a_fence_that_ardupilot_acknowledges_and_does_not_enforce_is_told_of() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    let command = MavCmd::MAV_CMD_DO_FENCE_ENABLE as u32;
    flight.peer.quirks.answers.insert(command, (mavlink::dialects::ardupilotmega::MavResult::MAV_RESULT_ACCEPTED, 99));
    let flight = with_plan(flight, plan());
    let told = "switching the fence on was accepted by the autopilot but did not happen: the guard on board";
    assert!(flight.log.iter().any(|line| line.contains(told)), "{:?}", flight.log);
}

#[test]
fn a_px4_that_does_nothing_by_itself_may_fly_and_it_is_said() {
    let mut flight = Flight::px4(VehicleKind::Multirotor, 1);
    flight.peer.settings.insert("NAV_DLL_ACT", (MavParamType::MAV_PARAM_TYPE_INT32, 0.0));
    let flight = with_plan(flight, plan());
    assert!(flight.log.iter().any(|line| line.contains("does nothing by itself when it loses its ground station")));
}

#[test]
fn a_mode_that_px4_acknowledges_and_does_not_enter_is_no_success() {
    let mut flight = px4_under_way();
    flight.peer.quirks.deaf_to_modes = vec![flight.peer.mode_called("RTL")];
    let stage = flight.order(Command::ReturnHome);
    assert!(failed(&stage).contains("return was accepted by the autopilot but did not happen"), "{stage:?}");
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn an_item_that_px4_says_ten_times_it_has_reached_is_told_once() {
    let mut flight = px4_under_way();
    flight.run_until("leg 2 done", 90.0, |flight| flight.log.iter().any(|line| line == "leg 2 of the plan is done"));
    flight.run_s(8.0);
    assert_eq!(flight.log.iter().filter(|line| *line == "leg 2 of the plan is done").count(), 1);
}

#[test]
fn a_mission_that_another_station_has_changed_is_no_longer_taken_for_the_plan() {
    let mut flight = with_plan(Flight::px4(VehicleKind::Multirotor, 1), plan());
    flight.peer.mission[1].z += 500.0;
    flight.run_s(10.0);
    assert!(flight.alert_texts().iter().any(|text| text.contains("another station has changed the mission")));
    let stage = flight.order(Command::Start);
    assert!(matches!(&stage, AckStage::Refused(why) if why.contains("does not hold plan patrol")), "{stage:?}");
}

#[test]
fn a_mode_that_only_the_autopilot_knows_is_understood_by_what_it_lists_it_as() {
    let own = 4 << 16 | 11 << 24;
    for standard in [MavStandardMode::MAV_STANDARD_MODE_SAFE_RECOVERY, MavStandardMode::MAV_STANDARD_MODE_NON_STANDARD]
    {
        let mut flight = Flight::px4(VehicleKind::Multirotor, 1);
        flight.peer.quirks.listed_modes = vec![(own, standard), (1, MavStandardMode::MAV_STANDARD_MODE_LAND)];
        flight.run_s(8.0);
        flight.peer.mode = own;
        flight.run_s(2.0);
        let returns = standard == MavStandardMode::MAV_STANDARD_MODE_SAFE_RECOVERY;
        assert_eq!(flight.state().mode, if returns { FlightMode::Return } else { FlightMode::Unknown });
    }
}

#[test]
fn an_autopilot_that_does_not_have_a_message_is_not_asked_for_it_again_and_again() {
    for made in [Flight::of, Flight::px4] {
        let mut flight = made(VehicleKind::Multirotor, 1);
        flight.run_s(30.0);
        let asked = flight
            .peer
            .heard_count(|m| matches!(m, MavMessage::COMMAND_LONG(c) if c.command == MavCmd::MAV_CMD_REQUEST_MESSAGE));
        assert_eq!(asked, 2, "its version, which came, and its modes, which it refused: {:?}", flight.peer.make);
    }
}

#[test]
fn a_vehicle_that_is_not_what_the_configuration_says_is_told_of_and_not_flown() {
    let mut flight = Flight::px4(VehicleKind::Multirotor, 1);
    flight.peer.mavtype = mavlink::dialects::ardupilotmega::MavType::MAV_TYPE_VTOL_FIXEDROTOR;
    flight.run_s(8.0);
    let said =
        |line: &String| line.contains("says it flies a MAV_TYPE_VTOL_FIXEDROTOR, the configuration says Multirotor");
    assert_eq!(flight.log.iter().filter(|line| said(line)).count(), 1, "{:?}", flight.log);
    let stage = flight.order(Command::Plan(plan()));
    assert!(matches!(&stage, AckStage::Refused(why) if said(why)), "{stage:?}");
}

#[test]
fn the_streams_are_asked_for_from_both_makes_and_the_old_way_only_from_ardupilot() {
    for made in [Flight::of, Flight::px4] {
        let mut flight = made(VehicleKind::Multirotor, 1);
        flight.peer.quirks.knows_intervals = false;
        flight.run_s(60.0);
        let groups = flight.peer.heard_count(|m| name(m) == "REQUEST_DATA_STREAM");
        assert_eq!(groups > 0, flight.peer.make == Make::ArduPilot, "{groups}");
    }
}
