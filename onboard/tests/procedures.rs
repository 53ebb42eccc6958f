//! What the vehicle is told, and what becomes of it, against a scripted autopilot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::time::Duration;

use flight::peer::{Doing, name};
use flight::{Flight, Impairment, at, boat_plan, height, plan, vehicle, waypoint};
use mavlink::dialects::ardupilotmega::{MavCmd, MavMessage, MavMissionResult, MavResult};
use onboard::agent::{Agent, Input};
use telemetry::delivery::Outbox;
use telemetry::messages::{AckStage, Command, FlightMode, FlightPhase, PlanItem, VehicleKind};
use telemetry::{AltitudeAmsl, AltitudeHae, CueId, Elevation, VehicleId};

const AMSL_50: AltitudeAmsl = AltitudeAmsl::new(flight::HOME_AMSL_M + 50.0);

fn refused(stage: &AckStage) -> &str {
    match stage {
        AckStage::Refused(why) => why,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn failed(stage: &AckStage) -> &str {
    match stage {
        AckStage::Failed(why) => why,
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[track_caller]
fn check_refused(flight: &mut Flight, command: Command, words: &str) {
    let stage = flight.order(command);
    assert!(refused(&stage).contains(words), "{stage:?} should say {words:?}");
}

fn go_to(east_m: f64, north_m: f64, altitude: AltitudeAmsl) -> Command {
    Command::GoTo { position: at(east_m, north_m), altitude, speed_m_s: None }
}

fn look(east_m: f64, north_m: f64, stand_off_m: f64) -> Command {
    Command::Observe {
        cue: CueId::new("cue-1").unwrap(),
        target: at(east_m, north_m).at_height(AltitudeHae::new(90.0)),
        stand_off_m,
        altitude: AMSL_50,
    }
}

#[test]
fn nothing_streams_until_it_is_asked_for_and_then_the_state_is_complete() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    let state = flight.state();
    assert_eq!((state.mode, state.phase), (FlightMode::Manual, FlightPhase::Disarmed));
    assert!(state.position.is_some() && state.gnss.usable());
    assert!((f64::from(state.battery.remaining) - 1.0).abs() < 0.01 && (state.battery.voltage_v - 22.2).abs() < 0.01);
    assert!((state.altitude.metres - flight::HOME_AMSL_M).abs() < 0.01);
    let hae = state.position.unwrap().height().metres;
    assert!((hae - flight::HOME_AMSL_M - flight::UNDULATION_M).abs() < 0.01, "{hae}");
    assert!(flight.states.len() >= 38, "5 Hz: {}", flight.states.len());
    assert!(flight.agent.status().connected);
}

#[test]
fn an_autopilot_that_knows_only_stream_groups_is_asked_for_those() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.peer.quirks.knows_intervals = false;
    flight.run_until("a position", 60.0, |flight| flight.states.last().is_some_and(|state| state.position.is_some()));
}

#[test]
fn after_a_restart_of_the_autopilot_the_streams_are_asked_for_again() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    let now = flight.now;
    flight.peer.reboot(now);
    let before = flight.now;
    flight.run_until("a position after the restart", 20.0, |flight| flight.state().measured_at > before);
    flight.run_s(10.0);
    assert!(flight.log.iter().any(|line| line.contains("started anew")));
    assert!(flight.now.since(flight.state().measured_at) < Duration::from_secs(1));
}

#[test]
fn only_component_1_of_the_configured_system_is_listened_to() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(5.0);
    let mut stranger = onboard::link::frames::Encoder::new(telemetry::MavSystemId(9), telemetry::MavComponentId(1));
    let mut camera = onboard::link::frames::Encoder::new(telemetry::MavSystemId(7), telemetry::MavComponentId(100));
    flight.peer.armed = true;
    let heartbeat = |mode| {
        MavMessage::HEARTBEAT(mavlink::dialects::ardupilotmega::HEARTBEAT_DATA {
            custom_mode: mode,
            ..Default::default()
        })
    };
    for frame in [stranger.encode(&heartbeat(9)), camera.encode(&heartbeat(9))] {
        flight.agent.handle(flight.now, Input::Autopilot(&frame));
    }
    flight.run_s(0.4);
    assert_eq!(flight.state().mode, FlightMode::Manual);
}

#[test]
fn a_plan_arrives_item_by_item_although_frames_are_lost_doubled_and_late() {
    for seed in 0..6 {
        let mut flight = Flight::of(VehicleKind::Multirotor, seed);
        flight.run_s(8.0);
        flight.link = Impairment { loss: 0.25, duplicate: 0.2, delay_max_s: 0.3 };
        assert_eq!(flight.order(Command::Plan(plan())), AckStage::Done, "seed {seed}");
        let commands: Vec<MavCmd> = flight.peer.mission.iter().map(|item| item.command).collect();
        let expected = [
            MavCmd::MAV_CMD_NAV_WAYPOINT,
            MavCmd::MAV_CMD_NAV_TAKEOFF,
            MavCmd::MAV_CMD_DO_CHANGE_SPEED,
            MavCmd::MAV_CMD_NAV_WAYPOINT,
            MavCmd::MAV_CMD_NAV_WAYPOINT,
            MavCmd::MAV_CMD_DO_CHANGE_SPEED,
            MavCmd::MAV_CMD_NAV_WAYPOINT,
            MavCmd::MAV_CMD_DO_JUMP,
        ];
        assert_eq!(commands, expected, "seed {seed}");
        assert_eq!(flight.peer.mission[7].param1, 2.0, "the jump leads to the change of speed before leg 1");
        assert_eq!(flight.kept_plan, Some(plan()));
    }
}

#[test]
fn an_item_that_came_back_different_is_never_a_success() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    flight.peer.quirks.spoils_item = Some(3);
    let stage = flight.order(Command::Plan(plan()));
    assert!(failed(&stage).contains("item 3 came back different"), "{stage:?}");
    check_refused(&mut flight, Command::Start, "does not hold plan patrol");
}

#[test]
fn a_refused_upload_says_why() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    flight.peer.quirks.final_ack = MavMissionResult::MAV_MISSION_NO_SPACE;
    let stage = flight.order(Command::Plan(plan()));
    assert!(failed(&stage).contains("too long for the autopilot"), "{stage:?}");
}

#[test]
fn a_copter_is_armed_in_guided_mode_and_takes_off_into_its_mission() {
    let mut flight = Flight::under_way();
    assert_eq!((flight.state().mode, flight.state().phase), (FlightMode::Mission, FlightPhase::Underway));
    let progress = flight.state().progress.clone().unwrap();
    assert_eq!((progress.plan.as_str(), progress.legs), ("patrol", 5));
    flight.run_until("leg 2", 60.0, |flight| flight.state().progress.as_ref().is_some_and(|p| p.leg == 2));
    flight.run_until("back to leg 1 by the repeat", 120.0, |flight| {
        flight.state().progress.as_ref().is_some_and(|p| p.leg == 1)
    });
    assert_eq!(flight.alert_texts(), Vec::<String>::new());
}

#[test]
fn a_start_works_although_frames_are_lost_doubled_and_late() {
    for seed in 0..6 {
        let mut flight = Flight::of(VehicleKind::Multirotor, seed);
        flight.run_s(8.0);
        flight.link = Impairment { loss: 0.25, duplicate: 0.2, delay_max_s: 0.4 };
        assert_eq!(flight.order(Command::Plan(plan())), AckStage::Done, "seed {seed}");
        assert_eq!(flight.order(Command::Start), AckStage::Done, "seed {seed}");
        assert_eq!((flight.peer.armings, flight.peer.doing()), (1, Doing::Mission), "seed {seed}");
    }
}

#[test]
fn an_aeroplane_and_a_boat_start_in_mission_mode() {
    for kind in [VehicleKind::FixedWing, VehicleKind::Boat] {
        let mut flight = Flight::of(kind, 1);
        flight.run_s(8.0);
        let plan = if kind == VehicleKind::Boat { boat_plan() } else { plan() };
        assert_eq!(flight.order(Command::Plan(plan)), AckStage::Done, "{kind:?}");
        assert_eq!(flight.order(Command::Start), AckStage::Done, "{kind:?}");
        assert_eq!(flight.state().mode, FlightMode::Mission, "{kind:?}");
    }
}

#[test]
fn arming_that_fails_at_first_is_tried_again() {
    let mut flight = Flight::with_plan();
    flight.peer.quirks.arm_refusals = 4;
    assert_eq!(flight.order(Command::Start), AckStage::Done);
}

#[test]
fn arming_that_keeps_failing_ends_with_the_autopilots_own_words() {
    let mut flight = Flight::with_plan();
    flight.peer.quirks.arm_refusals = u32::MAX;
    let stage = flight.order(Command::Start);
    assert!(failed(&stage).contains("arming failed on the autopilot: Arm: Need Position Estimate"), "{stage:?}");
    assert!(!flight.peer.armed);
}

#[test]
fn a_start_that_fails_after_arming_puts_the_motors_at_rest() {
    let mut flight = Flight::with_plan();
    flight.peer.quirks.deaf_to_modes = vec![3];
    flight.peer.quirks.answers.insert(MavCmd::MAV_CMD_MISSION_START as u32, (MavResult::MAV_RESULT_DENIED, u32::MAX));
    let stage = flight.order(Command::Start);
    assert!(failed(&stage).contains("mission mode was accepted by the autopilot but did not happen"), "{stage:?}");
    flight.run_s(10.0);
    assert_eq!((flight.peer.armings, flight.peer.armed), (1, false));
}

#[test]
fn a_second_flight_begins_at_the_missions_start() {
    let mut flight = Flight::under_way();
    assert_eq!(flight.order(Command::ReturnHome), AckStage::Done);
    flight.run_until("landed", 120.0, |flight| flight.state().phase == FlightPhase::Disarmed);
    assert!(flight.peer.current > 1);
    assert_eq!(flight.order(Command::Start), AckStage::Done);
    assert!(
        flight.peer.heard_count(
            |m| matches!(m, MavMessage::COMMAND_LONG(c) if c.command == MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT)
        ) == 1
    );
}

#[test]
fn pause_resume_return_and_land_change_the_mode_and_the_heartbeat_proves_it() {
    let mut flight = Flight::under_way();
    for (command, mode, doing) in [
        (Command::Pause, FlightMode::Hold, Doing::Hold),
        (Command::Resume, FlightMode::Mission, Doing::Mission),
        (Command::ReturnHome, FlightMode::Return, Doing::Return),
        (Command::Land, FlightMode::Land, Doing::Land),
    ] {
        assert_eq!(flight.order(command), AckStage::Done);
        flight.run_s(0.4);
        assert_eq!((flight.state().mode, flight.peer.doing()), (mode, doing));
    }
    flight.run_until("on the ground", 60.0, |flight| flight.state().phase == FlightPhase::Disarmed);
    assert_eq!(flight.alert_texts(), Vec::<String>::new());
}

#[test]
fn a_mode_that_is_accepted_but_not_entered_is_not_a_success_and_another_way_is_tried() {
    let mut flight = Flight::under_way();
    flight.peer.quirks.deaf_to_modes = vec![17];
    assert_eq!(flight.order(Command::Pause), AckStage::Done);
    assert_eq!(flight.peer.mode, 5, "LOITER, because BRAKE did not happen");
    flight.peer.quirks.deaf_to_modes = vec![6];
    let stage = flight.order(Command::ReturnHome);
    assert!(failed(&stage).contains("return was accepted by the autopilot but did not happen"), "{stage:?}");
}

#[test]
fn a_pause_right_before_a_resume_does_not_take_the_old_mode_for_the_new() {
    let mut flight = Flight::under_way();
    let (pause, resume) = (flight.request(Command::Pause), flight.request(Command::Resume));
    flight.send(pause.clone());
    flight.run_s(0.1);
    flight.send(resume.clone());
    flight.run_until("the answer", 30.0, |flight| flight.stage(&resume.id).is_some_and(AckStage::last));
    assert_eq!(flight.peer.doing(), Doing::Mission);
    assert!(failed(flight.stage(&pause.id).unwrap()).contains("given up for going on with the plan"));
}

#[test]
fn going_to_a_place_uses_the_form_that_ardupilot_takes_and_keeps_the_altitudes_datum() {
    let mut flight = Flight::under_way();
    assert_eq!(flight.order(go_to(-300.0, 100.0, AMSL_50)), AckStage::Done);
    let (place, height_m, _) = *flight.peer.targets.last().unwrap();
    assert!((height_m - 50.0).abs() < 0.01, "{height_m}");
    assert!((place.latitude_deg() - at(-300.0, 100.0).latitude_deg()).abs() < 2e-7);
    flight.run_until("there", 120.0, |flight| (flight.peer.at.east_m + 300.0).abs() < 1.0);
    assert_eq!(flight.state().mode, FlightMode::Guided);
}

#[test]
fn a_place_out_of_bounds_is_refused_in_words_and_never_sent() {
    let mut flight = Flight::under_way();
    let targets = flight.peer.targets.len();
    check_refused(&mut flight, go_to(600.0, 0.0, AMSL_50), "outside the fence");
    check_refused(
        &mut flight,
        go_to(100.0, 0.0, AltitudeAmsl::new(300.0)),
        "288.0 m above home is outside the band of 20.0 to 100.0 m",
    );
    check_refused(&mut flight, go_to(100.0, 0.0, AltitudeAmsl::new(15.0)), "outside the band");
    check_refused(&mut flight, go_to(100.0, 0.0, AltitudeAmsl::new(f64::NAN)), "outside the band");
    check_refused(
        &mut flight,
        Command::GoTo { position: at(0.0, 0.0), altitude: AMSL_50, speed_m_s: Some(f64::INFINITY) },
        "the speed in m/s is inf",
    );
    assert_eq!(flight.peer.targets.len(), targets);
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn a_target_is_looked_at_from_the_near_side_at_the_distance_asked_for() {
    let mut flight = Flight::under_way();
    flight.run_until("near its first place", 60.0, |flight| flight.peer.at.north_m > 150.0);
    assert_eq!(flight.order(look(400.0, 150.0, 100.0)), AckStage::Done);
    assert_eq!(flight.state().cue.as_ref().map(CueId::as_str), Some("cue-1"));
    let (place, ..) = *flight.peer.targets.last().unwrap();
    let from_target =
        place.at_height(AltitudeHae::new(0.0)).distance_m(at(400.0, 150.0).at_height(AltitudeHae::new(0.0)));
    assert!((from_target - 100.0).abs() < 1.0, "{from_target}");
    let east_m = flight.peer.frame.enu(place.at_height(AltitudeHae::new(52.0))).east_m;
    assert!(east_m < 400.0, "the near side, not beyond the target: {east_m}");
    assert!(
        flight.peer.heard_count(
            |m| matches!(m, MavMessage::COMMAND_INT(c) if c.command == MavCmd::MAV_CMD_DO_SET_ROI_LOCATION)
        ) > 0
    );
    check_refused(&mut flight, look(300.0, 0.0, 30.0), "stand-off distance in metres is 30: allowed are 50 to 5000");
    check_refused(&mut flight, look(900.0, 0.0, 100.0), "outside the fence");
    assert_eq!(flight.order(Command::Resume), AckStage::Done);
    flight.run_s(0.4);
    assert_eq!(flight.state().cue, None);
}

/// How the camera was told to look, one after the other: by command and first parameter, or place.
fn looks(flight: &Flight) -> Vec<(MavCmd, f64)> {
    let look = |message: &MavMessage| match message {
        MavMessage::COMMAND_INT(c) if c.command == MavCmd::MAV_CMD_DO_SET_ROI_LOCATION => {
            Some((c.command, f64::from(c.z)))
        }
        MavMessage::COMMAND_LONG(c)
            if matches!(c.command, MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW | MavCmd::MAV_CMD_DO_SET_ROI_NONE) =>
        {
            Some((c.command, f64::from(c.param1)))
        }
        _ => None,
    };
    let mut looks: Vec<_> = flight.sent().iter().filter_map(look).collect();
    looks.dedup();
    looks
}

#[test]
fn after_a_look_the_camera_looks_again_as_the_plan_says() {
    let ahead = |degrees| PlanItem::LookAhead { elevation: Elevation::from_degrees(degrees) };
    let at_the_lock = PlanItem::LookAt { position: at(300.0, 300.0), altitude: height(5.0) };
    let check = |before: Vec<PlanItem>, expected: (MavCmd, f64)| {
        let mut flight = Flight::of(VehicleKind::Multirotor, 1);
        flight.run_s(8.0);
        let mut plan = plan();
        // What comes after the leg that is flown says nothing of it yet.
        plan.items.splice(2..2, [ahead(-10.0)]);
        plan.items.splice(1..1, before);
        plan.items.pop();
        assert_eq!(flight.order(Command::Plan(plan)), AckStage::Done);
        assert_eq!(flight.order(Command::Start), AckStage::Done);
        flight.run_until("near its first place", 60.0, |flight| flight.peer.at.north_m > 100.0);
        assert_eq!(looks(&flight), [], "the plan does it");
        assert_eq!(flight.order(look(400.0, 150.0, 100.0)), AckStage::Done);
        assert_eq!(flight.order(Command::Resume), AckStage::Done);
        let seen = looks(&flight);
        assert_eq!((seen.len(), seen.last()), (2, Some(&expected)), "{seen:?}");
        assert_eq!(flight.order(Command::Pause), AckStage::Done);
        assert_eq!(flight.order(Command::Resume), AckStage::Done);
        assert_eq!(looks(&flight).len(), 2, "nobody turned it since");
    };
    check(vec![ahead(-55.4)], (MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, -55.0));
    check(vec![at_the_lock, ahead(-30.0)], (MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, -30.0));
    check(vec![ahead(-30.0), at_the_lock], (MavCmd::MAV_CMD_DO_SET_ROI_LOCATION, flight::HOME_AMSL_M + 5.0));
    check(Vec::new(), (MavCmd::MAV_CMD_DO_SET_ROI_NONE, 0.0));
}

#[test]
fn a_target_that_moves_faster_than_the_mode_changes_is_followed_all_the_same() {
    let mut flight = Flight::under_way();
    let looks: Vec<_> = (0..8).map(|n| flight.request(look(200.0 + 10.0 * f64::from(n), 300.0, 100.0))).collect();
    for look in &looks {
        flight.send(look.clone());
        flight.run_s(0.2);
    }
    flight.run_s(10.0);
    for look in &looks {
        assert_eq!(flight.stage(&look.id), Some(&AckStage::Done));
    }
    let (place, ..) = *flight.peer.targets.last().unwrap();
    let enu = flight.peer.frame.enu(place.at_height(AltitudeHae::new(52.0)));
    let to_newest = (enu.east_m - 270.0).hypot(enu.north_m - 300.0);
    assert!((to_newest - 100.0).abs() < 2.0, "the newest target counts: {to_newest}");
}

#[test]
fn a_camera_that_cannot_be_pointed_does_not_keep_the_vehicle_from_going_there() {
    let mut flight = Flight::under_way();
    flight.peer.quirks.no_camera = true;
    assert_eq!(flight.order(look(300.0, 300.0, 100.0)), AckStage::Done);
    assert!(flight.log.iter().any(|line| line.contains("pointing the camera is not supported")));
}

#[test]
fn a_command_that_is_put_off_or_in_progress_is_waited_for() {
    for (result, times) in [(MavResult::MAV_RESULT_TEMPORARILY_REJECTED, 3), (MavResult::MAV_RESULT_IN_PROGRESS, 1)] {
        let mut flight = Flight::under_way();
        let command = MavCmd::MAV_CMD_DO_REPOSITION as u32;
        flight.peer.quirks.answers.insert(command, (result, times));
        let request = flight.request(go_to(100.0, 100.0, AMSL_50));
        flight.send(request.clone());
        flight.run_s(6.0);
        if result == MavResult::MAV_RESULT_IN_PROGRESS {
            assert_eq!(flight.stage(&request.id), Some(&AckStage::Accepted));
            flight.run_s(10.0);
            let stage = flight.stage(&request.id).unwrap();
            assert!(failed(stage).contains("was begun by the autopilot but not ended"), "{stage:?}");
        } else {
            assert_eq!(flight.stage(&request.id), Some(&AckStage::Done));
        }
    }
}

#[test]
fn a_repeated_command_says_in_its_confirmation_which_attempt_it_is() {
    let mut flight = Flight::under_way();
    flight.peer.alive = false;
    flight.send_and_run(Command::Land, 4.5);
    flight.peer.alive = true;
    let sent: Vec<u8> = flight
        .sent()
        .into_iter()
        .filter_map(|message| match message {
            MavMessage::COMMAND_LONG(c) if c.command == MavCmd::MAV_CMD_DO_SET_MODE && c.param2 == 9.0 => {
                Some(c.confirmation)
            }
            _ => None,
        })
        .collect();
    assert_eq!(sent, [0, 1, 2, 3, 4]);
}

#[test]
fn a_command_twice_is_carried_out_once_and_answered_twice() {
    let mut flight = Flight::under_way();
    let request = flight.request(Command::Pause);
    flight.send(request.clone());
    flight.run_s(5.0);
    assert_eq!(flight.order(Command::Resume), AckStage::Done);
    let asked = flight.peer.heard.len();
    flight.send(request.clone());
    flight.run_s(0.5);
    assert_eq!(flight.acks.last().map(|ack| (&ack.command, &ack.stage)), Some((&request.id, &AckStage::Done)));
    assert!(!flight.peer.heard[asked..].iter().any(|message| name(message) == "COMMAND_LONG"));
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn a_command_that_came_too_late_or_for_somebody_else_is_not_begun() {
    let mut flight = Flight::under_way();
    let mut late = flight.request(Command::Land);
    late.expires_at = flight.now - Duration::from_secs(3);
    flight.send(late.clone());
    assert!(refused(flight.stage(&late.id).unwrap()).contains("after it had expired"));
    let mut other = flight.request(Command::Land);
    other.vehicle = VehicleId::new("heron-2").unwrap();
    flight.send(other.clone());
    assert!(refused(flight.stage(&other.id).unwrap()).contains("it is for heron-2, this is heron-1"));
    flight.run_s(3.0);
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn a_station_whose_clock_is_ahead_is_judged_by_its_own_clock() {
    let mut flight = Flight::with_plan();
    let ahead = Duration::from_secs(3600);
    let beat = telemetry::messages::StationBeat { site: "kiel".parse().unwrap(), at: flight.now + ahead };
    flight.agent.handle(flight.now, Input::Message(telemetry::Message::StationBeat(beat)));
    flight.station_alive = false;
    let mut request = flight.request(Command::Start);
    request.expires_at = flight.now + Duration::from_secs(60);
    flight.send(request.clone());
    assert!(refused(flight.stage(&request.id).unwrap()).contains("expired"), "an hour ago by the station's clock");
}

#[test]
fn what_makes_no_sense_on_the_ground_or_for_the_kind_is_refused_in_words() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    check_refused(&mut flight, Command::Start, "no plan");
    for command in [Command::Pause, Command::Resume, Command::ReturnHome, Command::Land, go_to(0.0, 0.0, AMSL_50)] {
        check_refused(&mut flight, command, "not under way");
    }
    let mut boat = Flight::of(VehicleKind::Boat, 1);
    boat.run_s(8.0);
    check_refused(&mut boat, Command::Land, "a boat cannot land");
    let mut wrong = Flight::of(VehicleKind::FixedWing, 1);
    wrong.peer.mavtype = mavlink::dialects::ardupilotmega::MavType::MAV_TYPE_QUADROTOR;
    wrong.run_s(8.0);
    check_refused(&mut wrong, Command::Plan(plan()), "the autopilot says it flies");
}

#[test]
fn a_plan_that_leaves_its_fence_is_refused_with_the_item() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    let mut far = plan();
    far.items[2] = waypoint(700.0, 0.0, 50.0);
    check_refused(&mut flight, Command::Plan(far), "item 3: the place is outside the fence");
    let mut high = plan();
    high.items[1] = waypoint(0.0, 0.0, 150.0);
    check_refused(&mut flight, Command::Plan(high), "item 2: 150.0 m above home is outside the band");
    let mut round = plan();
    round.items[1] = PlanItem::Orbit { centre: at(450.0, 0.0), altitude: height(50.0), radius_m: 80.0, turns: 1.0 };
    check_refused(&mut flight, Command::Plan(round), "item 2: the circle leaves the fence");
    let mut hostile = plan();
    hostile.cruise_m_s = f64::NAN;
    check_refused(&mut flight, Command::Plan(hostile), "cruise speed in m/s is NaN");
    let mut endless = plan();
    endless.items[4] = PlanItem::Repeat { from: 4, times: None };
    check_refused(&mut flight, Command::Plan(endless), "does not come before it");
}

#[test]
fn a_plan_is_not_replaced_under_a_vehicle_that_flies_it() {
    let mut flight = Flight::under_way();
    check_refused(&mut flight, Command::Plan(plan()), "pause it first");
    check_refused(&mut flight, Command::Start, "under way already");
}

#[test]
fn after_a_restart_in_flight_the_kept_plan_is_compared_and_the_guard_is_whole_again() {
    let mut flight = Flight::under_way();
    let mut config = flight::config(VehicleKind::Multirotor);
    config.plan = flight.kept_plan.clone();
    flight.agent = Agent::new(config, Outbox::new(vehicle(), 2), flight.now).unwrap();
    flight.states.clear();
    flight.run_until("progress again", 40.0, |flight| flight.states.last().is_some_and(|s| s.progress.is_some()));
    check_refused(&mut flight, go_to(600.0, 0.0, AMSL_50), "outside the fence");
    assert_eq!(flight.order(Command::Pause), AckStage::Done);
    assert_eq!(flight.order(Command::Resume), AckStage::Done);
    assert_eq!(flight.peer.uploads, 1, "nothing was uploaded again");
}

#[test]
fn the_same_inputs_at_the_same_times_give_the_same_bytes() {
    let run = || {
        let mut flight = Flight::of(VehicleKind::Multirotor, 3);
        flight.link = Impairment { loss: 0.1, duplicate: 0.1, delay_max_s: 0.2 };
        flight.run_s(10.0);
        flight.order(Command::Plan(plan()));
        flight.order(Command::Start);
        flight.run_s(20.0);
        format!("{:?}", flight.outputs)
    };
    assert!(run() == run());
}
