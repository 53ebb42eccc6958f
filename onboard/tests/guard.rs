//! What the guard does in flight, and that nothing makes it send the vehicle where it must not go.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use flight::peer::Doing;
use flight::{Flight, Impairment, at, plan, waypoint};
use mavlink::dialects::ardupilotmega::{GpsFixType, MavParamType, MavSeverity};
use proptest::prelude::*;
use telemetry::messages::{
    AckStage, Command, Failsafe, FlightMode, FlightPhase, FlightPlan, LostLinkAction, PlanItem, Severity, VehicleKind,
};
use telemetry::{AltitudeAmsl, AltitudeHae, CueId};

fn under_way_with(plan: FlightPlan) -> Flight {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    if plan.lost_link.action == LostLinkAction::Continue {
        // Set up as the plan says: a copter that returns by itself does not take such a plan.
        flight.peer.settings.insert("FS_GCS_ENABLE", (MavParamType::MAV_PARAM_TYPE_INT8, 0.0));
    }
    flight.run_s(8.0);
    assert_eq!(flight.order(Command::Plan(plan)), AckStage::Done);
    assert_eq!(flight.order(Command::Start), AckStage::Done);
    flight.run_s(15.0);
    flight
}

/// Runs until the failsafe counts, then expects one alert with these words and what the vehicle does about it.
#[track_caller]
fn check_failsafe(flight: &mut Flight, failsafe: Failsafe, words: &str, severity: Severity, doing: Doing) {
    flight.run_until("the failsafe", 60.0, |flight| flight.has(failsafe));
    flight.run_until("what it demands", 20.0, |flight| flight.peer.doing() == doing);
    flight.run_s(5.0);
    let alerts = flight.alerts();
    assert_eq!(alerts.len(), 1, "one alert a decision: {:?}", flight.alert_texts());
    assert!(alerts[0].text.contains(words), "{}", alerts[0].text);
    assert!(alerts[0].text.starts_with("heron-1 ") && alerts[0].id.as_str().starts_with("heron-1."));
    assert_eq!(alerts[0].severity, severity);
}

#[test]
fn outside_its_fence_a_vehicle_returns_and_says_so_once() {
    let mut flight = Flight::under_way();
    flight.peer.at.east_m = 520.0;
    check_failsafe(
        &mut flight,
        Failsafe::Geofence,
        "is outside its fence; it returns home",
        Severity::Critical,
        Doing::Return,
    );
    let stage = flight.order(Command::Resume);
    assert!(matches!(&stage, AckStage::Refused(why) if why.contains("outside its fence")) || stage == AckStage::Done);
    flight.run_until("inside again", 60.0, |flight| !flight.has(Failsafe::Geofence));
}

#[test]
fn a_gust_over_the_edge_of_the_fence_is_not_a_breach() {
    let mut flight = Flight::under_way();
    let before = flight.peer.at;
    flight.peer.at.east_m = 505.0;
    flight.run_s(0.6);
    flight.peer.at = before;
    flight.run_s(5.0);
    assert_eq!((flight.peer.doing(), flight.alert_texts()), (Doing::Mission, Vec::new()));
}

#[test]
fn above_its_ceiling_or_below_its_floor_a_vehicle_returns() {
    for height_m in [110.0, 12.0] {
        let mut flight = Flight::under_way();
        flight.run_until("cruising height", 30.0, |flight| flight.peer.at.up_m > 49.0);
        flight.peer.mission.iter_mut().for_each(|item| item.z = height_m);
        flight.peer.at.up_m = f64::from(height_m);
        flight.peer.mission.iter_mut().filter(|item| item.frame as u32 == 0).for_each(|item| item.z += 12.0);
        check_failsafe(
            &mut flight,
            Failsafe::AltitudeBand,
            "is outside its altitude band; it returns home",
            Severity::Warning,
            Doing::Return,
        );
    }
}

#[test]
fn a_take_off_through_the_floor_and_a_landing_are_no_breach_of_the_band() {
    let mut flight = Flight::under_way();
    assert_eq!(flight.order(Command::Land), AckStage::Done);
    flight.run_until("on the ground", 60.0, |flight| flight.state().phase == FlightPhase::Disarmed);
    assert_eq!(flight.alert_texts(), Vec::<String>::new());
}

#[test]
fn without_the_operations_room_a_vehicle_returns_when_its_plan_says_so_and_the_alert_is_not_lost() {
    let mut flight = Flight::under_way();
    flight.station_alive = false;
    flight.run_until("the link counts as lost", 12.0, |flight| flight.has(Failsafe::LinkLost));
    flight.run_until("home", 120.0, |flight| flight.state().phase == FlightPhase::Disarmed);
    assert_eq!(flight.taken.len(), 0);
    assert_eq!(flight.agent.status().unacknowledged, 1);
    flight.station_alive = true;
    flight.run_s(5.0);
    assert_eq!(flight.alert_texts(), ["heron-1 has no link to the operations room; it returns home"]);
    assert_eq!((flight.agent.status().unacknowledged, flight.stored.len()), (0, 0));
}

#[test]
fn without_the_operations_room_a_vehicle_goes_on_when_its_plan_says_so() {
    let mut on = plan();
    on.lost_link.action = LostLinkAction::Continue;
    let mut flight = under_way_with(on);
    flight.station_alive = false;
    flight.run_s(60.0);
    assert!(flight.has(Failsafe::LinkLost));
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn a_vehicle_that_was_sent_somewhere_goes_on_with_its_plan_when_the_room_falls_silent() {
    let mut on = plan();
    on.lost_link.action = LostLinkAction::Continue;
    let mut flight = under_way_with(on);
    let place = Command::GoTo { position: at(100.0, 100.0), altitude: AltitudeAmsl::new(62.0), speed_m_s: None };
    assert_eq!(flight.order(place), AckStage::Done);
    flight.station_alive = false;
    flight.run_until("the plan again", 20.0, |flight| flight.peer.doing() == Doing::Mission);
}

#[test]
fn a_person_who_is_back_may_send_the_vehicle_on_at_once() {
    let mut flight = Flight::under_way();
    flight.station_alive = false;
    flight.run_until("returning", 20.0, |flight| flight.peer.doing() == Doing::Return);
    flight.station_alive = true;
    flight.run_s(1.5);
    assert_eq!(flight.order(Command::Resume), AckStage::Done);
    flight.run_s(5.0);
    assert_eq!(flight.peer.doing(), Doing::Mission);
}

#[test]
fn with_just_enough_left_for_the_way_home_a_vehicle_returns_and_is_home_above_its_reserve() {
    let mut far = plan();
    far.items[1] = waypoint(400.0, 400.0, 50.0);
    let mut flight = under_way_with(far);
    flight.peer.percent_per_s = 0.4;
    flight.run_until("the reserve", 300.0, |flight| flight.has(Failsafe::BatteryReserve));
    flight.run_until("home", 200.0, |flight| flight.state().phase == FlightPhase::Disarmed);
    assert!(flight.peer.battery_percent >= 20.0, "{}", flight.peer.battery_percent);
    assert_eq!(flight.alert_texts(), ["heron-1 has the battery left that the way home needs; it returns home"]);
}

#[test]
fn a_vehicle_at_its_reserve_is_not_sent_anywhere_else() {
    let mut flight = Flight::under_way();
    flight.peer.battery_percent = 22.0;
    flight.run_until("the reserve", 30.0, |flight| flight.has(Failsafe::BatteryReserve));
    for command in [Command::Resume, Command::Pause] {
        let stage = flight.order(command);
        assert!(matches!(&stage, AckStage::Refused(why) if why.contains("battery is at its reserve")), "{stage:?}");
    }
    assert_eq!(flight.order(Command::Land), AckStage::Done);
}

#[test]
fn without_a_satellite_fix_a_copter_lands_an_aeroplane_circles_and_a_boat_stops() {
    let mut flight = Flight::under_way();
    flight.peer.fix_type = GpsFixType::GPS_FIX_TYPE_NO_FIX;
    check_failsafe(
        &mut flight,
        Failsafe::GnssLost,
        "has no satellite fix; it lands where it is",
        Severity::Critical,
        Doing::Land,
    );
    for (kind, mode) in [(VehicleKind::FixedWing, 1), (VehicleKind::Boat, 4)] {
        let mut flight = Flight::of(kind, 1);
        flight.run_s(8.0);
        let plan = if kind == VehicleKind::Boat { flight::boat_plan() } else { plan() };
        assert_eq!(flight.order(Command::Plan(plan)), AckStage::Done);
        assert_eq!(flight.order(Command::Start), AckStage::Done);
        flight.run_s(3.0);
        flight.peer.fix_type = GpsFixType::GPS_FIX_TYPE_NO_FIX;
        flight.run_until("the mode", 30.0, |flight| flight.peer.mode == mode);
    }
}

#[test]
fn a_motor_that_fails_is_an_alert_and_a_copter_lands() {
    let mut flight = Flight::under_way();
    flight.peer.motors_healthy = false;
    check_failsafe(&mut flight, Failsafe::Engine, "has a motor that fails; it lands", Severity::Critical, Doing::Land);
}

#[test]
fn an_autopilot_that_falls_silent_is_an_alert_and_commands_are_refused() {
    let mut flight = Flight::under_way();
    flight.peer.alive = false;
    flight.run_until("the failsafe", 10.0, |flight| flight.has(Failsafe::AutopilotLost));
    let stage = flight.order(Command::Pause);
    assert!(matches!(&stage, AckStage::Refused(why) if why.contains("does not answer")), "{stage:?}");
    assert_eq!(flight.alert_texts(), ["heron-1 does not hear its autopilot"]);
    assert!(!flight.agent.status().connected);
    flight.peer.alive = true;
    flight.run_until("back", 10.0, |flight| !flight.has(Failsafe::AutopilotLost));
}

#[test]
fn a_demand_that_the_autopilot_does_not_meet_is_repeated_and_told_once() {
    let mut flight = Flight::under_way();
    flight.peer.quirks.deaf_to_modes = vec![6];
    flight.peer.battery_percent = 15.0;
    flight.run_s(70.0);
    let texts = flight.alert_texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[1].contains("does not do what its guard demands: the change to return was accepted"), "{texts:?}");
    flight.peer.quirks.deaf_to_modes.clear();
    flight.run_until("the demand met", 40.0, |flight| flight.peer.doing() == Doing::Return);
}

#[test]
fn the_guard_overrides_a_mode_that_somebody_else_set_but_not_a_person_who_steers() {
    let mut flight = Flight::under_way();
    flight.peer.battery_percent = 15.0;
    flight.run_until("returning", 20.0, |flight| flight.peer.doing() == Doing::Return);
    flight.peer.mode = 3;
    flight.run_until("returning again", 10.0, |flight| flight.peer.doing() == Doing::Return);
    flight.peer.mode = 0;
    flight.run_s(20.0);
    assert_eq!(flight.peer.mode, 0);
    assert!(flight.alert_texts().iter().any(|text| text == "heron-1 is steered by hand"), "{:?}", flight.alert_texts());
}

#[test]
fn a_return_that_the_autopilot_decides_itself_is_told_with_its_reason() {
    let mut flight = Flight::under_way();
    flight.peer.say(MavSeverity::MAV_SEVERITY_WARNING, "Battery 1 is low 12.1V");
    flight.peer.mode = 6;
    flight.run_s(6.0);
    assert_eq!(flight.alert_texts(), ["heron-1 returns home on its autopilot's own decision: Battery 1 is low 12.1V"]);
}

#[test]
fn a_return_that_is_the_plans_last_leg_is_no_incident() {
    let mut short = plan();
    short.items[4] = PlanItem::ReturnHome;
    let mut flight = under_way_with(short);
    flight.run_until("the last leg", 200.0, |flight| flight.peer.current == 7);
    // As an aeroplane does.
    flight.peer.mode = 6;
    flight.run_until("home", 100.0, |flight| flight.state().phase == FlightPhase::Disarmed);
    flight.run_s(5.0);
    assert_eq!(flight.alert_texts(), Vec::<String>::new());
}

#[test]
fn motors_that_stop_away_from_home_are_told_with_the_autopilots_reason() {
    let mut flight = Flight::under_way();
    flight.run_until("away from home", 60.0, |flight| flight.peer.at.horizontal_m() > 100.0);
    flight.peer.say(MavSeverity::MAV_SEVERITY_CRITICAL, "Crash: Disarming");
    flight.peer.armed = false;
    flight.run_s(5.0);
    let texts = flight.alert_texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(
        texts[0].starts_with("heron-1 has come down: its motors stopped 10")
            && texts[0].ends_with("m from home: Crash: Disarming"),
        "{texts:?}"
    );
}

#[test]
fn a_boat_that_makes_no_way_is_told() {
    let mut flight = Flight::of(VehicleKind::Boat, 1);
    flight.run_s(8.0);
    assert_eq!(flight.order(Command::Plan(flight::boat_plan())), AckStage::Done);
    assert_eq!(flight.order(Command::Start), AckStage::Done);
    flight.peer.frozen = true;
    flight.run_until("the failsafe", 80.0, |flight| flight.has(Failsafe::Engine));
    flight.run_s(3.0);
    assert_eq!(flight.alert_texts(), ["heron-1 makes no way under its motor"]);
}

#[test]
fn a_start_is_refused_with_little_in_the_battery_without_a_fix_and_outside_the_fence() {
    let mut flight = Flight::with_plan();
    let mut check = |change: &dyn Fn(&mut Flight), words: &str| {
        change(&mut flight);
        flight.run_s(3.0);
        let stage = flight.order(Command::Start);
        assert!(matches!(&stage, AckStage::Refused(why) if why.contains(words)), "{stage:?} should say {words:?}");
    };
    check(&|flight| flight.peer.battery_percent = 29.0, "the battery holds 29 %, a start needs 30 %");
    check(&|flight| flight.peer.battery_percent = -1.0, "does not say what the battery holds");
    check(
        &|flight| {
            flight.peer.battery_percent = 90.0;
            flight.peer.fix_type = GpsFixType::GPS_FIX_TYPE_2D_FIX;
        },
        "no 3-D satellite fix (fix 2, 14 satellites)",
    );
    check(
        &|flight| {
            flight.peer.fix_type = GpsFixType::GPS_FIX_TYPE_3D_FIX;
            flight.peer.at.north_m = -600.0;
        },
        "stands outside the plan's fence",
    );
}

/// One thing that can happen to a vehicle.
#[derive(Debug, Clone)]
enum Happening {
    Order(Order),
    Wait(f64),
    Station(bool),
    Autopilot(bool),
    Battery(f64),
    Fix(bool),
    Blown(f64, f64, f64),
    Mode(u32),
    Link(f64),
}

#[derive(Debug, Clone)]
enum Order {
    Plan { far: bool, reserve: f64 },
    Start,
    Pause,
    Resume,
    Return,
    Land,
    GoTo(f64, f64, f64),
    Look(f64, f64, f64, f64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let reach = -900.0..900.0_f64;
    let order = prop_oneof![
        (any::<bool>(), 0.0..0.9_f64).prop_map(|(far, reserve)| Order::Plan { far, reserve }),
        Just(Order::Start),
        Just(Order::Start),
        Just(Order::Pause),
        Just(Order::Resume),
        Just(Order::Return),
        Just(Order::Land),
        (reach.clone(), reach.clone(), -50.0..250.0_f64).prop_map(|(e, n, h)| Order::GoTo(e, n, h)),
        (reach.clone(), reach.clone(), 0.0..400.0_f64, -50.0..250.0_f64)
            .prop_map(|(e, n, d, h)| Order::Look(e, n, d, h)),
    ];
    prop_oneof![
        6 => order.prop_map(Happening::Order),
        4 => (0.1..20.0_f64).prop_map(Happening::Wait),
        1 => any::<bool>().prop_map(Happening::Station),
        1 => any::<bool>().prop_map(Happening::Autopilot),
        1 => (0.0..100.0_f64).prop_map(Happening::Battery),
        1 => any::<bool>().prop_map(Happening::Fix),
        1 => (reach.clone(), reach, 0.0..150.0_f64).prop_map(|(e, n, u)| Happening::Blown(e, n, u)),
        1 => prop_oneof![Just(0), Just(3), Just(4), Just(6), Just(9), Just(17)].prop_map(Happening::Mode),
        1 => (0.0..0.4_f64).prop_map(Happening::Link),
    ]
}

fn command(order: &Order) -> Command {
    let amsl = |height_m: f64| AltitudeAmsl::new(flight::HOME_AMSL_M + height_m);
    match *order {
        Order::Plan { far, reserve } => {
            let mut plan = plan();
            plan.battery_reserve = reserve;
            if far {
                plan.items[2] = waypoint(700.0, 100.0, 50.0);
            }
            Command::Plan(plan)
        }
        Order::Start => Command::Start,
        Order::Pause => Command::Pause,
        Order::Resume => Command::Resume,
        Order::Return => Command::ReturnHome,
        Order::Land => Command::Land,
        Order::GoTo(east_m, north_m, height_m) => {
            Command::GoTo { position: at(east_m, north_m), altitude: amsl(height_m), speed_m_s: None }
        }
        Order::Look(east_m, north_m, stand_off_m, height_m) => Command::Observe {
            cue: CueId::new("cue-1").unwrap(),
            target: at(east_m, north_m).at_height(AltitudeHae::new(80.0)),
            stand_off_m,
            altitude: amsl(height_m),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// The fence is a square of 1 km, so the oracle needs no geometry: every target that ever reached the autopilot
    /// lies within 500 m of home on both axes and between 20 and 100 m high, and no start was begun below the reserve.
    #[test]
    fn nothing_makes_the_guard_send_the_vehicle_out_of_its_fence_or_start_it_below_its_reserve(
        seed in any::<u64>(), flying in any::<bool>(),
        happenings in prop::collection::vec(happening(), 1..40),
    ) {
        let mut flight = Flight::of(VehicleKind::Multirotor, seed);
        flight.run_s(8.0);
        let mut reserve = 0.0;
        let begun = [Order::Plan { far: false, reserve: 0.2 }, Order::Start].map(Happening::Order);
        let happenings = begun.into_iter().filter(|_| flying).chain(happenings);
        for happening in happenings {
            match happening {
                Happening::Order(order) => {
                    let request = flight.request(command(&order));
                    let seen_before = flight.states.last().map_or(f32::NAN, |state| state.battery.remaining);
                    flight.send(request.clone());
                    if let (Order::Start, Some(AckStage::Accepted)) = (&order, flight.stage(&request.id)) {
                        // What the guard saw is in the state before the order or in the one after it.
                        flight.run_s(0.3);
                        let seen = f64::from(flight.state().battery.remaining.max(seen_before));
                        prop_assert!(seen >= reserve, "started with {seen} of {reserve}");
                    }
                    if let (Order::Plan { reserve: stated, .. }, Some(AckStage::Accepted)) = (&order, flight.stage(&request.id)) {
                        reserve = *stated;
                    }
                    flight.run_s(3.0);
                }
                Happening::Wait(seconds) => flight.run_s(seconds),
                Happening::Station(alive) => flight.station_alive = alive,
                Happening::Autopilot(alive) => flight.peer.alive = alive,
                Happening::Battery(percent) => flight.peer.battery_percent = percent,
                Happening::Fix(usable) => {
                    flight.peer.fix_type =
                        if usable { GpsFixType::GPS_FIX_TYPE_3D_FIX } else { GpsFixType::GPS_FIX_TYPE_NO_FIX };
                }
                Happening::Blown(east_m, north_m, up_m) if flight.peer.armed => {
                    flight.peer.at = telemetry::Enu { east_m, north_m, up_m };
                }
                Happening::Blown(..) => {}
                Happening::Mode(mode) => flight.peer.mode = mode,
                Happening::Link(loss) => flight.link = Impairment { loss, duplicate: loss, delay_max_s: loss },
            }
        }
        for (place, height_m, by) in &flight.peer.targets {
            let enu = flight.peer.frame.enu(place.at_height(AltitudeHae::new(52.0)));
            prop_assert!(enu.east_m.abs() < 500.5 && enu.north_m.abs() < 500.5, "{by:?} to {enu:?}");
            prop_assert!((19.0..=101.0).contains(height_m), "{by:?} to {height_m} m");
        }
    }
}

#[test]
fn modes_of_the_states_are_what_the_alerts_say() {
    let mut flight = Flight::under_way();
    flight.peer.at.north_m = 530.0;
    flight.run_s(6.0);
    assert_eq!(flight.state().mode, FlightMode::Return);
    assert!(flight.state().failsafes.contains(&Failsafe::Geofence));
}
