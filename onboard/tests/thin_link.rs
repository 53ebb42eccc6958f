//! An autopilot behind a link that carries one summary every so often: what the guard makes of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::time::Duration;

use flight::{Flight, at, plan};
use mavlink::dialects::ardupilotmega::{MavCmd, MavMessage};
use onboard::guard::command_check::distance_m;
use telemetry::LatLon;
use telemetry::messages::{AckStage, Command, Failsafe, FlightMode, FlightPhase, VehicleKind};

const EVERY: Duration = Duration::from_secs(5);

/// A copter that flies its plan, whose usual link has been replaced by a thin one.
fn on_a_thin_link(made: fn(VehicleKind, u64) -> Flight, every: Duration) -> Flight {
    let mut flight = made(VehicleKind::Multirotor, 1);
    flight.run_s(8.0);
    assert_eq!(flight.order(Command::Plan(plan())), AckStage::Done);
    assert_eq!(flight.order(Command::Start), AckStage::Done);
    flight.run_s(10.0);
    flight.peer.quirks.summary_every = Some(every);
    flight
}

/// How far from a place the vehicle says it is.
fn away_m(flight: &Flight, place: LatLon) -> f64 {
    distance_m(flight.state().position.unwrap().lat_lon(), place)
}

/// Runs until the autopilot counts as lost, and says how long that took.
fn lost_after_s(flight: &mut Flight) -> f64 {
    let begun = flight.now;
    flight.run_until("the autopilot counts as lost", 300.0, |flight| flight.has(Failsafe::AutopilotLost));
    flight.now.seconds_since(begun)
}

#[test]
fn summaries_keep_the_guard_quiet_and_the_state_as_new_as_they_are() {
    for made in [Flight::of, Flight::px4] {
        for every_s in [5, 20] {
            let mut flight = on_a_thin_link(made, Duration::from_secs(every_s));
            flight.states.clear();
            flight.run_s(150.0);
            assert!(flight.states.iter().all(|state| state.failsafes.is_empty()), "{:?}", flight.alert_texts());
            assert_eq!(flight.alert_texts(), Vec::<String>::new());
            let state = flight.state();
            assert_eq!((state.mode, state.phase), (FlightMode::Mission, FlightPhase::Underway));
            let behind_m = away_m(&flight, flight.peer.position().lat_lon());
            // It flies 10 m/s.
            assert!(behind_m <= 10.0 * every_s as f64 + 15.0, "{behind_m} m behind");
        }
    }
}

#[test]
fn silence_on_a_thin_link_is_told_once_three_summaries_are_missing() {
    for made in [Flight::of, Flight::px4] {
        let mut flight = on_a_thin_link(made, EVERY);
        flight.run_s(30.0);
        flight.peer.alive = false;
        let after_s = lost_after_s(&mut flight);
        assert!((12.0..18.0).contains(&after_s), "after {after_s} s");
        assert!(flight.alert_texts().iter().any(|text| text.contains("does not hear its autopilot")));
        flight.peer.alive = true;
        flight.run_until("it is heard again", 20.0, |flight| !flight.has(Failsafe::AutopilotLost));
    }
}

#[test]
fn a_thin_link_that_falls_silent_at_its_first_summary_is_told_too() {
    let mut flight = on_a_thin_link(Flight::of, EVERY);
    flight.run_s(1.0);
    flight.peer.alive = false;
    let after_s = lost_after_s(&mut flight);
    assert!((55.0..61.0).contains(&after_s), "its rate was not known yet: {after_s} s");
}

#[test]
fn patience_ends_with_the_thin_link() {
    let mut flight = on_a_thin_link(Flight::of, EVERY);
    flight.run_s(60.0);
    flight.peer.quirks.summary_every = None;
    flight.run_s(10.0);
    flight.peer.alive = false;
    let after_s = lost_after_s(&mut flight);
    assert!((3.5..6.0).contains(&after_s), "as on any link: {after_s} s");
}

#[test]
fn nobody_asks_for_streams_or_beats_over_a_thin_link_and_commands_go_over_it() {
    let mut flight = on_a_thin_link(Flight::of, EVERY);
    flight.run_s(6.0);
    let asks = |message: &MavMessage| matches!(message, MavMessage::COMMAND_LONG(long) if long.command == MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL);
    let beats = |message: &MavMessage| matches!(message, MavMessage::HEARTBEAT(_));
    let before = [flight.peer.heard_count(asks), flight.peer.heard_count(beats)];
    flight.run_s(60.0);
    assert_eq!([flight.peer.heard_count(asks), flight.peer.heard_count(beats)], before);
    assert_eq!(flight.order(Command::Pause), AckStage::Done);
    flight.run_until("the pause", 10.0, |flight| flight.state().mode == FlightMode::Hold);
    assert_eq!(flight.order(Command::ReturnHome), AckStage::Done);
    flight.run_until("home", 200.0, |flight| flight.state().phase == FlightPhase::Disarmed);
    assert!(away_m(&flight, at(0.0, 0.0)) < 15.0);
}
