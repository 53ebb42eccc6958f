//! What happens when something is lost: battery, ground station, satellites, engine.

use autopilot::{Fault, Mode};
use mavlink::dialects::ardupilotmega::{GpsFixType, MavCmd, MavMessage, MavState};

use crate::mission::tour;
use crate::pilot::Pilot;

/// A vehicle on its way north at some height.
fn under_way(mut pilot: Pilot) -> Pilot {
    let mut items = tour(40.0, &[(5000.0, 0.0, 40.0)]);
    if pilot.truth().mode == Mode::Manual && !pilot.truth().on_ground {
        items.remove(1);
        for (seq, item) in (0..).zip(&mut items) {
            item.seq = seq;
        }
    }
    pilot.start_mission(&items);
    pilot.until(120.0, "under way", |pilot| pilot.place().north_m > 200.0);
    pilot
}

#[test]
fn a_silent_ground_station_sends_a_copter_home_after_five_seconds() {
    let mut pilot = under_way(Pilot::copter());
    pilot.beating = false;
    let took = pilot.until(10.0, "returning", |pilot| pilot.truth().mode == Mode::Rtl);
    assert!((4.0..=6.2).contains(&took), "{took} s");
    assert!(pilot.said("GCS Failsafe: changing to RTL"));
    pilot.run(1.0);
    assert_eq!(pilot.heartbeat().expect("a heartbeat").system_status, MavState::MAV_STATE_CRITICAL);
    pilot.until(200.0, "home and disarmed", |pilot| !pilot.truth().armed);
    assert!(pilot.place().horizontal_m() < 3.0);
    // Not armed again before the station is back.
    pilot.mode(4.0);
    pilot.try_arm();
    assert!(pilot.said("Arm: GCS failsafe on"));
    pilot.beating = true;
    pilot.run(2.0);
    assert!(pilot.said("GCS Failsafe Cleared"));
    pilot.arm();
}

#[test]
fn a_ground_station_never_heard_is_not_missed() {
    let mut pilot = Pilot::copter();
    pilot.beating = false;
    let mut pilot = under_way(pilot);
    pilot.run(30.0);
    assert_eq!(pilot.truth().mode, Mode::Auto);
}

#[test]
fn the_ground_station_failsafe_obeys_its_parameters() {
    let mut pilot = Pilot::copter();
    pilot.set("FS_GCS_ENABLE", 5.0);
    pilot.set("FS_GCS_TIMEOUT", 20.0);
    let mut pilot = under_way(pilot);
    pilot.beating = false;
    let took = pilot.until(30.0, "landing", |pilot| pilot.truth().mode == Mode::Land);
    assert!((19.0..=21.2).contains(&took), "{took} s");

    let mut pilot = under_way(Pilot::boat());
    pilot.beating = false;
    pilot.run(30.0);
    assert_eq!(pilot.truth().mode, Mode::Auto, "off by default on a boat");
    pilot.set("FS_GCS_ENABLE", 1.0);
    pilot.until(5.0, "held", |pilot| pilot.truth().mode == Mode::Hold);
}

#[test]
fn a_worn_battery_sends_a_copter_home_or_down() {
    let mut pilot = under_way(Pilot::copter());
    // 2.2 Ah more than what is used so far is a tenth of the charge; the voltage is not asked.
    pilot.set("BATT_LOW_VOLT", 0.0);
    pilot.set("BATT_CRT_VOLT", 0.0);
    pilot.set("BATT_LOW_MAH", 21_000.0);
    pilot.until(120.0, "low", |pilot| pilot.truth().mode == Mode::Rtl);
    assert!(pilot.said("Battery 1 is low") && pilot.said("Battery Failsafe: changing to RTL"));
    pilot.set("BATT_CRT_MAH", 21_900.0);
    pilot.until(5.0, "critical", |pilot| pilot.truth().mode == Mode::Land);
}

#[test]
fn sag_is_seen_in_the_voltage_after_ten_seconds() {
    let mut pilot = under_way(Pilot::copter());
    pilot.autopilot.inject(Fault::BatterySag);
    let took = pilot.until(600.0, "low by voltage", |pilot| pilot.truth().mode != Mode::Auto);
    assert!(took >= 10.0, "BATT_LOW_TIMER: {took} s");
    assert!(pilot.truth().battery_remaining < 0.5);
}

#[test]
fn without_satellites_a_copter_lands_where_it_is() {
    let mut pilot = under_way(Pilot::copter());
    pilot.stream(24, 500);
    let at = pilot.place().north_m;
    pilot.autopilot.inject(Fault::GpsLoss);
    let took = pilot.until(20.0, "landing", |pilot| pilot.truth().mode == Mode::Land);
    assert!((4.5..8.0).contains(&took), "{took} s");
    let fix = pilot.last(|message| match message {
        MavMessage::GPS_RAW_INT(fix) => Some(fix.fix_type),
        _ => None,
    });
    assert_eq!(fix, Some(GpsFixType::GPS_FIX_TYPE_NO_FIX));
    pilot.until(120.0, "down and disarmed", |pilot| !pilot.truth().armed);
    // It flies on for five seconds, then coasts: nothing tells it how fast it is.
    assert!((pilot.place().north_m - at).abs() < 250.0);
    // On the ground, without a position, it does not arm for GUIDED.
    pilot.mode(4.0);
    pilot.try_arm();
    assert!(pilot.said("Arm: Need Position Estimate"));
    pilot.autopilot.clear(Fault::GpsLoss);
    pilot.run(5.0);
    pilot.arm();
}

#[test]
fn without_satellites_an_aeroplane_flies_on_and_a_boat_holds() {
    let mut pilot = under_way(Pilot::plane());
    pilot.autopilot.inject(Fault::GpsLoss);
    pilot.run(30.0);
    assert_eq!(pilot.truth().mode, Mode::Auto);
    assert!(pilot.place().north_m > 700.0);

    let mut pilot = under_way(Pilot::boat());
    pilot.autopilot.inject(Fault::GpsLoss);
    pilot.until(10.0, "held", |pilot| pilot.truth().mode == Mode::Hold);
}

#[test]
fn a_copter_that_loses_a_motor_falls_and_disarms() {
    let mut pilot = under_way(Pilot::copter());
    pilot.autopilot.inject(Fault::EngineFailure);
    let took = pilot.until(20.0, "down", |pilot| pilot.truth().on_ground);
    // A free fall with drag from 40 m.
    assert!((2.8..6.0).contains(&took), "{took} s");
    pilot.until(1.0, "disarmed", |pilot| !pilot.truth().armed);
    assert!(pilot.said("Crash: Disarming"));
}

#[test]
fn an_aeroplane_without_power_glides() {
    let mut pilot = under_way(Pilot::plane());
    let (north_m, up_m) = (pilot.place().north_m, pilot.place().up_m);
    pilot.autopilot.inject(Fault::EngineFailure);
    pilot.until(120.0, "down", |pilot| pilot.truth().on_ground);
    let ratio = (pilot.place().north_m - north_m) / up_m;
    // It trades its surplus of speed first, then glides at up to 13 to 1.
    assert!((11.0..17.0).contains(&ratio), "{ratio}");
    assert!(!pilot.said("Crash"), "a glide is no crash");
    pilot.until(60.0, "disarmed", |pilot| !pilot.truth().armed);
}

#[test]
fn a_boat_without_power_drifts_with_wind_and_water() {
    let mut pilot = under_way(Pilot::boat());
    pilot.weather.wind.east_m_s = 10.0;
    pilot.weather.current.north_m_s = -0.5;
    pilot.autopilot.inject(Fault::EngineFailure);
    pilot.run(60.0);
    let velocity = pilot.truth().velocity;
    assert!((velocity.east_m_s - 0.3).abs() < 0.05 && (velocity.north_m_s + 0.5).abs() < 0.05, "{velocity:?}");
}

#[test]
fn the_nearest_rally_point_is_returned_to() {
    use crate::mission::item;
    use crate::pilot::from_home;
    use mavlink::dialects::ardupilotmega::{MavMissionResult, MavMissionType};
    let mut pilot = Pilot::copter();
    pilot.set("RALLY_LIMIT_KM", 5.0);
    let mut pilot = under_way(pilot);
    let mut rally = item(0, MavCmd::MAV_CMD_NAV_RALLY_POINT, [0.0; 4], from_home(250.0, 60.0), 25.0);
    rally.mission_type = MavMissionType::MAV_MISSION_TYPE_RALLY;
    assert_eq!(pilot.upload(&[rally]), MavMissionResult::MAV_MISSION_ACCEPTED);
    assert_eq!(pilot.mode(6.0), mavlink::dialects::ardupilotmega::MavResult::MAV_RESULT_ACCEPTED);
    pilot.until(200.0, "landed", |pilot| !pilot.truth().armed);
    let place = pilot.place();
    assert!((place.north_m - 250.0).abs() < 4.0 && (place.east_m - 60.0).abs() < 4.0, "{place:?}");
}

#[test]
fn a_silent_ground_station_disarms_an_underwater_vehicle_by_default() {
    for (action, armed_after) in [(None, false), (Some(0.0), true), (Some(1.0), true)] {
        let mut pilot = Pilot::rov();
        if let Some(action) = action {
            pilot.set("FS_GCS_ENABLE", action);
        }
        pilot.run(13.0);
        pilot.arm();
        pilot.run(1.0);
        pilot.beating = false;
        pilot.run(10.0);
        assert_eq!(pilot.truth().armed, armed_after, "FS_GCS_ENABLE {action:?}: {:?}", pilot.texts);
    }
}
