//! Whole flights, with time, place and energy.

use autopilot::{AutopilotConfig, Mode, Weather};
use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavCmd, MavFrame, MavResult};
use telemetry::{EnuVelocity, MavSystemId};

use crate::mission::{item, tour};
use crate::pilot::{Pilot, UNDULATION, VEHICLE, from_home, home};

const ACCEPTED: MavResult = MavResult::MAV_RESULT_ACCEPTED;

fn wind(east_m_s: f64, north_m_s: f64, gust_sigma_m_s: f64) -> Weather {
    let wind = EnuVelocity { east_m_s, north_m_s, up_m_s: 0.0 };
    Weather { wind, gust_sigma_m_s, ..Weather::default() }
}

/// A tour without a take-off, for boats.
fn cruise(points: &[(f64, f64, f32)]) -> Vec<MISSION_ITEM_INT_DATA> {
    let mut items = tour(0.0, points);
    items.remove(1);
    for (seq, item) in (0..).zip(&mut items) {
        item.seq = seq;
    }
    items
}

/// The seconds at which items were reached, from now until the vehicle is disarmed.
#[track_caller]
fn reached_until_disarmed(pilot: &mut Pilot, within_s: f64) -> Vec<(u16, f64)> {
    let begin = pilot.now;
    let mut seen = Vec::new();
    pilot.inbox.clear();
    pilot.until(within_s, "disarmed", |pilot| {
        let reached = pilot.reached();
        for seq in &reached[seen.len()..] {
            seen.push((*seq, pilot.now.seconds_since(begin)));
        }
        !pilot.truth().armed
    });
    for seq in &pilot.reached()[seen.len()..] {
        seen.push((*seq, pilot.now.seconds_since(begin)));
    }
    seen
}

#[test]
fn a_copter_takes_as_long_as_a_recorded_arducopter() {
    // The flight of sitl_copter457.tlog (ArduCopter 4.5.7, default parameters): guided to 15 m and 20 m north-east,
    // then a mission of four 15 m legs at 20 m and a return. Seconds from the start of AUTO, by time_boot_ms.
    let recorded: [(u16, f64); 6] = [(1, 4.93), (2, 12.83), (3, 17.43), (4, 21.73), (5, 27.83), (6, 74.23)];
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    let points = [(15.0, 0.0, 20.0), (15.0, 15.0, 20.0), (0.0, 15.0, 20.0), (0.0, 30.0, 20.0)];
    pilot.upload(&tour(20.0, &points));
    pilot.mode(4.0);
    pilot.arm();
    pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 15.0]);
    pilot.run(15.0);
    let there = from_home(20.5, 20.5);
    let frame = MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT;
    pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, [-1.0, 0.0, 0.0, 0.0], frame, there, 15.0);
    pilot.run(15.0);
    assert_eq!(pilot.mode(3.0), ACCEPTED);
    let flown = reached_until_disarmed(&mut pilot, 100.0);
    assert_eq!(flown.len(), recorded.len(), "{flown:?}");
    for ((seq, at), (recorded_seq, recorded_at)) in flown.iter().zip(recorded) {
        let tolerance = (0.1 * recorded_at).max(2.0);
        assert_eq!(*seq, recorded_seq);
        assert!((at - recorded_at).abs() <= tolerance, "item {seq}: {at} s, recorded {recorded_at} s");
    }
    let (total, recorded_total) = (flown[5].1, recorded[5].1);
    assert!((total - recorded_total).abs() < 0.03 * recorded_total, "{total} s in all, recorded {recorded_total} s");
}

#[test]
fn a_copter_flies_its_mission_comes_home_and_disarms() {
    let mut pilot = Pilot::copter();
    pilot.start_mission(&tour(30.0, &[(400.0, 0.0, 40.0), (400.0, 300.0, 60.0), (0.0, 300.0, 30.0)]));
    let flown = reached_until_disarmed(&mut pilot, 400.0);
    assert_eq!(flown.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    // Legs of 400, 300, 400 and 300 m at 10 m/s, a climb of 30 m at 2.5, a descent of 20 at 1.5 and 10 at 0.5 m/s.
    let (_, landed_at) = flown[4];
    assert!((210.0..250.0).contains(&landed_at), "{landed_at} s");
    let place = pilot.place();
    assert!(place.horizontal_m() < 3.0 && place.up_m.abs() < 0.01, "{place:?}");
    assert!(pilot.truth().on_ground);
    // About 620 W for four minutes out of 490 Wh.
    let used = 1.0 - pilot.truth().battery_remaining;
    assert!((0.06..0.12).contains(&used), "{used}");
}

#[test]
fn a_copter_keeps_to_its_line_in_wind_and_gusts() {
    let mut pilot = Pilot::copter();
    pilot.weather = wind(7.0, -5.0, 2.0);
    pilot.start_mission(&tour(40.0, &[(500.0, 0.0, 40.0), (0.0, 0.0, 40.0)]));
    pilot.until(60.0, "on its way", |pilot| pilot.place().north_m > 30.0);
    let mut off_m: f64 = 0.0;
    pilot.until(120.0, "turned back", |pilot| {
        off_m = off_m.max(pilot.place().east_m.abs());
        pilot.place().north_m > 480.0
    });
    assert!(off_m < 6.0, "{off_m} m off the line");
}

#[test]
fn a_copter_leans_into_the_wind_to_hover_and_drifts_only_with_its_position_error() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    pilot.mode(4.0);
    pilot.arm();
    pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 20.0]);
    pilot.run(20.0);
    pilot.weather = wind(10.0, 0.0, 0.0);
    pilot.run(30.0);
    let truth = pilot.truth();
    assert!(pilot.place().horizontal_m() < 5.0, "{:?}", pilot.place());
    // The wind blows towards the east, the nose points north: left wing down.
    assert!((-16.0..-6.0).contains(&truth.attitude.roll_rad.to_degrees()), "{:?}", truth.attitude);
}

#[test]
fn guided_targets_are_flown_to_at_the_commanded_speed() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    pilot.mode(4.0);
    pilot.arm();
    pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 25.0]);
    pilot.until(20.0, "up", |pilot| pilot.place().up_m > 24.0);
    let there = from_home(300.0, -100.0);
    let frame = MavFrame::MAV_FRAME_GLOBAL;
    // 25 m above home is 37 m above mean sea level.
    assert_eq!(pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, [5.0, 1.0, 0.0, 0.0], frame, there, 37.0), ACCEPTED);
    let took = pilot.until(90.0, "there", |pilot| pilot.place().north_m > 296.0);
    assert!((58.0..72.0).contains(&took), "316 m at 5 m/s took {took} s");
    let place = pilot.place();
    assert!((place.east_m + 100.0).abs() < 5.0 && (place.up_m - 25.0).abs() < 1.5, "{place:?}");
    assert_eq!(pilot.command(MavCmd::MAV_CMD_NAV_LAND, [0.0; 7]), ACCEPTED);
    pilot.until(60.0, "landed and disarmed", |pilot| !pilot.truth().armed);
    assert!((pilot.place().north_m - 300.0).abs() < 6.0);
}

#[test]
fn an_orbit_keeps_its_radius_and_counts_its_turns() {
    let mut items = tour(30.0, &[(100.0, 0.0, 30.0)]);
    items[2] = item(2, MavCmd::MAV_CMD_NAV_LOITER_TURNS, [2.0, 0.0, 40.0, 0.0], from_home(100.0, 0.0), 30.0);
    let mut pilot = Pilot::copter();
    pilot.start_mission(&items);
    pilot.until(60.0, "on the circle", |pilot| pilot.place().north_m > 62.0);
    pilot.run(5.0);
    let (mut nearest, mut farthest) = (f64::INFINITY, 0.0_f64);
    let took = pilot.until(200.0, "round twice", |pilot| {
        let place = pilot.place();
        let radius = (place.north_m - 100.0).hypot(place.east_m);
        if !pilot.reached().contains(&2) {
            nearest = nearest.min(radius);
            farthest = farthest.max(radius);
        }
        pilot.reached().contains(&2)
    });
    assert!(nearest > 36.0 && farthest < 44.0, "{nearest} to {farthest} m");
    // At most as fast as half of 2.5 m/s² turns at 40 m: 7.1 m/s.
    assert!((60.0..85.0).contains(&took), "{took} s");
}

#[test]
fn a_jump_repeats_as_often_as_it_says() {
    let mut items = tour(10.0, &[(40.0, 0.0, 10.0), (0.0, 40.0, 10.0)]);
    items.insert(4, item(4, MavCmd::MAV_CMD_DO_JUMP, [2.0, 2.0, 0.0, 0.0], home(), 0.0));
    items[5].seq = 5;
    let mut pilot = Pilot::copter();
    pilot.start_mission(&items);
    let flown = reached_until_disarmed(&mut pilot, 300.0);
    assert_eq!(flown.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3, 2, 3, 2, 3, 5]);
}

#[test]
fn items_in_passing_set_speed_and_camera() {
    let mut items = tour(10.0, &[(200.0, 0.0, 10.0)]);
    let look_at = from_home(100.0, 50.0);
    items.insert(2, item(2, MavCmd::MAV_CMD_DO_CHANGE_SPEED, [1.0, 4.0, -1.0, 0.0], home(), 0.0));
    items.insert(3, item(3, MavCmd::MAV_CMD_DO_SET_ROI_LOCATION, [0.0; 4], look_at, 2.0));
    items.insert(4, item(4, MavCmd::MAV_CMD_VIDEO_START_CAPTURE, [0.0; 4], home(), 0.0));
    for (seq, item) in (0..).zip(&mut items) {
        item.seq = seq;
    }
    let mut pilot = Pilot::copter();
    pilot.start_mission(&items);
    pilot.until(60.0, "half way", |pilot| pilot.place().north_m > 100.0);
    let truth = pilot.truth();
    assert!((truth.velocity.ground_speed_m_s() - 4.0).abs() < 0.2, "{:?}", truth.velocity);
    assert!(truth.camera_recording);
    let target = truth.camera_target.expect("a target");
    assert!(target.distance_m(look_at) < 6.0, "{target:?}");
    assert_eq!(truth.camera_elevation, None);
}

#[test]
fn a_camera_that_a_mission_turns_looks_along_the_way_until_it_gets_a_place() {
    let mut items = tour(10.0, &[(100.0, 0.0, 10.0), (200.0, 0.0, 10.0)]);
    let down = [-70.0, 0.0, 0.0, 0.0];
    items.insert(2, item(2, MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, down, home(), 0.0));
    items.insert(4, item(4, MavCmd::MAV_CMD_DO_SET_ROI_LOCATION, [0.0; 4], from_home(100.0, 50.0), 2.0));
    for (seq, item) in (0..).zip(&mut items) {
        item.seq = seq;
    }
    let mut pilot = Pilot::copter();
    pilot.start_mission(&items);
    pilot.until(60.0, "on the first leg", |pilot| pilot.place().north_m > 50.0);
    let elevation = pilot.truth().camera_elevation.expect("an elevation");
    assert!((elevation.radians().to_degrees() + 70.0).abs() < 1e-6, "{elevation:?}");
    pilot.until(60.0, "on the second", |pilot| pilot.place().north_m > 130.0);
    let truth = pilot.truth();
    assert!(truth.camera_target.is_some() && truth.camera_elevation.is_none(), "{truth:?}");
}

#[test]
fn a_loiter_lasts_as_long_as_it_says() {
    let mut items = tour(15.0, &[(60.0, 0.0, 15.0)]);
    items[2] = item(2, MavCmd::MAV_CMD_NAV_LOITER_TIME, [20.0, 0.0, 0.0, 0.0], from_home(60.0, 0.0), 15.0);
    let mut pilot = Pilot::copter();
    pilot.start_mission(&items);
    pilot.until(60.0, "there", |pilot| pilot.place().north_m > 56.0);
    let took = pilot.until(60.0, "done", |pilot| pilot.reached().contains(&2));
    assert!((20.0..28.0).contains(&took), "{took} s");
}

#[test]
fn an_aeroplane_flies_its_mission_and_lands_at_home_into_the_wind() {
    let mut pilot = Pilot::plane();
    pilot.weather = wind(0.0, -6.0, 1.0);
    let points = [(700.0, 0.0, 80.0), (700.0, 600.0, 80.0), (0.0, 600.0, 80.0)];
    pilot.start_mission(&tour(60.0, &points));
    let mut airspeed_min: f64 = 100.0;
    let mut bank_max: f64 = 0.0;
    let begin = pilot.now;
    pilot.inbox.clear();
    pilot.until(500.0, "returning", |pilot| {
        let truth = pilot.truth();
        if pilot.place().up_m > 20.0 {
            let air = truth.velocity.vector() - pilot.weather.wind.vector();
            airspeed_min = airspeed_min.min(air.norm());
            bank_max = bank_max.max(truth.attitude.roll_rad.abs().to_degrees());
        }
        truth.mode == Mode::Rtl
    });
    let took = pilot.now.seconds_since(begin);
    assert!(pilot.reached().starts_with(&[1, 2, 3, 4]), "{:?}", pilot.reached());
    assert!((90.0..150.0).contains(&took), "2 km at 20 m/s took {took} s");
    // The stall is at 11 m/s; gusts of 1 m/s shift what is computed here from the ground velocity.
    assert!(airspeed_min > 13.0, "{airspeed_min} m/s");
    assert!((30.0..=45.1).contains(&bank_max), "{bank_max}°");
    pilot.until(400.0, "down", |pilot| pilot.truth().on_ground);
    let course = pilot.truth().velocity.course().degrees();
    assert!(!(30.0..=330.0).contains(&course), "it lands northwards, into the wind: {course}°");
    pilot.until(60.0, "disarmed", |pilot| !pilot.truth().armed);
    assert!(pilot.place().horizontal_m() < 60.0, "{:?}", pilot.place());
}

#[test]
fn an_aeroplane_circles_its_guided_target() {
    let mut pilot = Pilot::plane();
    pilot.start_mission(&tour(60.0, &[(700.0, 0.0, 80.0)]));
    pilot.until(60.0, "up", |pilot| pilot.place().up_m > 55.0);
    let frame = MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT;
    let centre = from_home(400.0, 400.0);
    let param = [-1.0, 1.0, -120.0, 0.0];
    assert_eq!(pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, param, frame, centre, 70.0), ACCEPTED);
    assert_eq!(pilot.truth().mode, Mode::Guided);
    pilot.run(60.0);
    for _ in 0..400 {
        pilot.tick();
        let place = pilot.place();
        let (north_m, east_m) = (place.north_m - 400.0, place.east_m - 400.0);
        let radius_m = north_m.hypot(east_m);
        assert!((radius_m - 120.0).abs() < 15.0, "{radius_m} m");
        assert!((place.up_m - 70.0).abs() < 3.0, "{place:?}");
        let velocity = pilot.truth().velocity;
        // A negative radius is anticlockwise: the cross product points up.
        assert!(east_m * velocity.north_m_s - north_m * velocity.east_m_s > 0.0);
    }
}

#[test]
fn a_boat_patrols_against_wind_and_current_and_stays_home() {
    let mut pilot = Pilot::boat();
    pilot.weather = wind(6.0, 4.0, 1.5);
    pilot.weather.current = EnuVelocity { east_m_s: 0.4, north_m_s: -0.3, up_m_s: 0.0 };
    pilot.start_mission(&cruise(&[(300.0, 0.0, 0.0), (300.0, 200.0, 0.0), (0.0, 200.0, 0.0)]));
    let took = pilot.until(200.0, "on the second leg", |pilot| pilot.place().east_m > 40.0);
    assert!((100.0..135.0).contains(&took), "{took} s");
    let mut off_m: f64 = 0.0;
    pilot.until(100.0, "near the corner", |pilot| {
        off_m = off_m.max((pilot.place().north_m - 300.0).abs());
        pilot.place().east_m > 185.0
    });
    assert!(off_m < 4.0, "{off_m} m off the line");
    let took = pilot.until(600.0, "home", |pilot| pilot.said("Reached destination"));
    assert!((140.0..220.0).contains(&took), "{took} s");
    assert_eq!(pilot.reached(), [1, 2, 3, 4]);
    pilot.run(600.0);
    assert!(pilot.place().horizontal_m() < 15.0, "{:?}", pilot.place());
    assert!(!pilot.truth().on_ground && pilot.truth().armed);
}

#[test]
fn a_hovering_copter_lasts_about_as_long_as_its_battery_says() {
    let mut config = AutopilotConfig::multirotor(MavSystemId(VEHICLE), home(), UNDULATION);
    for failsafe in ["BATT_FS_LOW_ACT", "BATT_FS_CRT_ACT"] {
        config.parameters.set(failsafe, 0.0).expect("a parameter of copters");
    }
    let mut pilot = Pilot::with(config, 1);
    pilot.run(13.0);
    pilot.mode(4.0);
    pilot.arm();
    pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0]);
    // 22 Ah at 22.9 V on average are 503 Wh: 47 minutes at 638 W.
    let took = pilot.until(4000.0, "out of power", |pilot| pilot.truth().battery_remaining <= 0.0);
    assert!((2600.0..3000.0).contains(&took), "{took} s");
    pilot.until(10.0, "fallen", |pilot| pilot.truth().on_ground);
    // The controller feels the ground a step after the body has met it.
    pilot.tick();
    assert!(pilot.said("Crash"));
}

#[test]
fn an_aeroplane_comes_home_to_its_place_in_any_wind() {
    for n in 0_u32..24 {
        let (seed, from_deg, wind_m_s) =
            (u64::from(n / 3), 45.0 * f64::from(n / 3) + 25.0, [4.0, 6.0, 9.0][n as usize % 3]);
        let config = AutopilotConfig::fixed_wing(MavSystemId(VEHICLE), home(), UNDULATION);
        let mut pilot = Pilot::with(config, seed);
        let (sin, cos) = f64::to_radians(from_deg).sin_cos();
        pilot.weather = wind(-wind_m_s * sin, -wind_m_s * cos, 0.2 * wind_m_s);
        pilot.start_mission(&tour(60.0, &[(900.0, 700.0, 100.0), (-300.0, 800.0, 100.0)]));
        pilot.until(600.0, "down", |pilot| pilot.truth().mode == Mode::Rtl && pilot.truth().on_ground);
        pilot.until(60.0, "disarmed", |pilot| !pilot.truth().armed);
        let off_m = pilot.place().horizontal_m();
        assert!(off_m < 60.0, "{off_m} m off in {wind_m_s} m/s from {from_deg}°, seed {seed}");
    }
}
