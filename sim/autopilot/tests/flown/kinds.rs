//! What VTOLs and underwater vehicles do that no other kind does.

use autopilot::{AutopilotConfig, Fault, Weather};
use autopilot::{Mode, Performance};
use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavCmd, MavMissionResult, MavResult};
use telemetry::{EnuVelocity, MavSystemId};

use crate::mission::{item, tour};
use crate::pilot::{Pilot, UNDULATION, VEHICLE, home};

const ACCEPTED: MavResult = MavResult::MAV_RESULT_ACCEPTED;

/// Dives from where it is: a tour below the surface, without take-off and return.
fn dive(points: &[(f64, f64, f32)]) -> Vec<MISSION_ITEM_INT_DATA> {
    let mut items = tour(0.0, points);
    items.remove(1);
    items.pop();
    for (seq, item) in (0..).zip(&mut items) {
        item.seq = seq;
    }
    items
}

fn start_dive(pilot: &mut Pilot, points: &[(f64, f64, f32)]) {
    pilot.run(13.0);
    assert_eq!(pilot.upload(&dive(points)), MavMissionResult::MAV_MISSION_ACCEPTED);
    pilot.arm();
    assert_eq!(pilot.mode(3.0), ACCEPTED);
}

#[test]
fn a_vtol_rises_on_its_rotors_cruises_on_its_wing_and_lands_on_its_place() {
    let mut pilot = Pilot::vtol();
    let mut items = tour(30.0, &[(900.0, 0.0, 60.0), (900.0, 800.0, 60.0)]);
    items[1] = item(1, MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF, [0.0; 4], home(), 30.0);
    pilot.weather = Weather {
        wind: EnuVelocity { east_m_s: 4.0, north_m_s: -2.0, up_m_s: 0.0 },
        gust_sigma_m_s: 0.6,
        ..Weather::default()
    };
    pilot.start_mission(&items);
    pilot.until(60.0, "up", |pilot| pilot.place().up_m > 28.0);
    assert!(pilot.place().horizontal_m() < 3.0, "{:?}", pilot.place());
    let airspeed_m_s = |pilot: &Pilot| {
        let velocity = pilot.truth().velocity;
        (velocity.east_m_s - 4.0).hypot(velocity.north_m_s + 2.0)
    };
    pilot.until(40.0, "on its wing", |pilot| airspeed_m_s(pilot) > 18.0);
    let before_wh = pilot.truth().battery_remaining;
    pilot.until(200.0, "on its way home", |pilot| pilot.truth().mode == Mode::Rtl);
    let cruised = before_wh - pilot.truth().battery_remaining;
    pilot.until(200.0, "down", |pilot| pilot.truth().on_ground && !pilot.truth().armed);
    assert!(pilot.place().horizontal_m() < 4.0, "{:?}", pilot.place());
    // A minute and a half on the wing takes less than the minute and a half of hovering that the battery has nine of.
    assert!(cruised < 0.06, "{cruised}");
}

#[test]
fn an_underwater_vehicle_follows_its_mission_down_and_back_to_the_surface() {
    let mut pilot = Pilot::rov();
    start_dive(&mut pilot, &[(0.0, 0.0, -5.0), (20.0, 0.0, -5.0), (20.0, 15.0, -12.0)]);
    pilot.until(90.0, "at the second point", |pilot| pilot.reached().contains(&2));
    assert!(
        (pilot.place().up_m + 5.0).abs() < 1.0 && (pilot.place().north_m - 20.0).abs() < 1.5,
        "{:?}",
        pilot.place()
    );
    pilot.until(90.0, "at the third", |pilot| pilot.reached().contains(&3));
    assert_eq!(pilot.mode(9.0), ACCEPTED);
    pilot.until(60.0, "at the surface", |pilot| pilot.place().up_m > -0.5);
    assert!(pilot.truth().armed && !pilot.truth().on_ground);
}

#[test]
fn an_unpowered_underwater_vehicle_comes_up_by_itself_and_drifts_with_the_current() {
    let mut pilot = Pilot::rov();
    start_dive(&mut pilot, &[(0.0, 0.0, -8.0), (5.0, 0.0, -8.0)]);
    pilot.until(90.0, "down", |pilot| pilot.place().up_m < -7.0);
    pilot.command(MavCmd::MAV_CMD_COMPONENT_ARM_DISARM, [0.0, 21196.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    pilot.weather.current = EnuVelocity { east_m_s: 0.4, north_m_s: 0.0, up_m_s: 0.0 };
    pilot.until(120.0, "up", |pilot| pilot.place().up_m > -0.1);
    pilot.run(30.0);
    let velocity = pilot.truth().velocity;
    assert!(pilot.place().east_m > 10.0 && velocity.east_m_s > 0.2, "{:?} {velocity:?}", pilot.place());
}

/// Flies 120 m out at 5 m depth on this much tether, in a current across; the charge used, the time and the end.
fn towed(length_m: Option<f64>) -> (f64, f64, telemetry::Enu) {
    let mut config = AutopilotConfig::rov(MavSystemId(VEHICLE), home(), UNDULATION);
    let Performance::Rov(mut performance) = config.performance else { unreachable!("an underwater vehicle") };
    performance.tether =
        performance.tether.and_then(|tether| length_m.map(|length_m| autopilot::Tether { length_m, ..tether }));
    config.performance = Performance::Rov(performance);
    let mut pilot = Pilot::with(config, 1);
    pilot.weather.current = EnuVelocity { east_m_s: 0.35, north_m_s: 0.0, up_m_s: 0.0 };
    start_dive(&mut pilot, &[(0.0, 0.0, -5.0), (120.0, 0.0, -5.0)]);
    let begin = pilot.now;
    while pilot.now.seconds_since(begin) < 400.0 && !pilot.reached().contains(&2) {
        pilot.tick();
    }
    (1.0 - pilot.truth().battery_remaining, pilot.now.seconds_since(begin), pilot.place())
}

#[test]
fn the_tether_costs_energy_in_a_current_and_at_its_end_holds() {
    let (free, free_s, _) = towed(None);
    let (towing, towing_s, _) = towed(Some(150.0));
    assert!(free_s < 200.0 && towing_s < 1.5 * free_s, "{free_s} s free, {towing_s} s with a tether");
    assert!(towing > 1.15 * free && towing < 4.0 * free, "{free} of the charge free, {towing} with a tether");
    let (_, held_s, place) = towed(Some(60.0));
    let distance_m = place.north_m.hypot(place.east_m).hypot(place.up_m);
    assert!(held_s >= 400.0 && (distance_m - 60.0).abs() < 1.5, "{held_s} s, {place:?}");
}

#[test]
fn a_hexacopter_flies_on_without_a_rotor_and_a_quadcopter_does_not() {
    let hovering = |rotors| {
        let mut config = AutopilotConfig::multirotor(MavSystemId(VEHICLE), home(), UNDULATION);
        let Performance::Multirotor(performance) = config.performance else { unreachable!("a multirotor") };
        config.performance = Performance::Multirotor(autopilot::MultirotorPerformance { rotors, ..performance });
        let mut pilot = Pilot::with(config, 1);
        pilot.run(13.0);
        pilot.mode(4.0);
        pilot.arm();
        pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 40.0]);
        pilot.until(60.0, "up", |pilot| pilot.place().up_m > 39.5);
        let before_wh = pilot.truth().energy_used_wh;
        pilot.run(10.0);
        let whole_wh = pilot.truth().energy_used_wh - before_wh;
        pilot.autopilot.inject(Fault::MotorFailure);
        pilot.run(10.0);
        (pilot.place().up_m, (pilot.truth().energy_used_wh - before_wh - whole_wh) / whole_wh)
    };
    let (height_m, power) = hovering(6);
    // The same thrust from four discs instead of six costs the square root of 6/4.
    assert!((height_m - 40.0).abs() < 1.5 && (1.15..1.27).contains(&power), "{height_m} m, {power} times the power");
    assert!((hovering(8).0 - 40.0).abs() < 1.5);
    assert!(hovering(4).0 < 1.0);
}

#[test]
fn a_covered_sky_makes_the_position_worse_but_keeps_it() {
    let off_m = |fault: Option<Fault>| {
        let mut pilot = Pilot::copter();
        pilot.run(13.0);
        fault.into_iter().for_each(|fault| pilot.autopilot.inject(fault));
        pilot.mode(4.0);
        pilot.arm();
        pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 20.0]);
        pilot.run(40.0);
        let mut worst_m: f64 = 0.0;
        for _ in 0..600 {
            pilot.run(1.0);
            worst_m = worst_m.max(pilot.place().horizontal_m());
        }
        assert!(pilot.truth().armed && !pilot.truth().on_ground);
        worst_m
    };
    let (clear, covered) = (off_m(None), off_m(Some(Fault::GpsDegraded)));
    assert!(clear < 5.0 && covered > 2.5 * clear && covered < 40.0, "{clear} m and {covered} m");
}
