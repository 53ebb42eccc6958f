//! Recorded flights, flown again: time within 5 %, energy within 10 %.
//!
//! A vehicle's figures come from its simulation's source, its data sheet, or from a steady state in the record (the power
//! of its hover or its cruise); its settings are the record's own parameters; the mission is the one it was given. The
//! results compared are of the whole flight. `docs/simulator.md` has the table, and says what was taken from where.

use std::path::Path;

use autopilot::{
    AutopilotConfig, BatterySize, FixedWingPerformance, MultirotorPerformance, Parameters, Performance, RovPerformance,
};
use flight_log::{EventKind, Flight, read_file};
use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavCmd, MavFrame, MavMissionResult};
use telemetry::{AltitudeHae, Geodetic, LatLon, MavSystemId, SiteFrame};

use crate::mission::item;
use crate::pilot::{Pilot, UNDULATION, VEHICLE, from_home, home};

/// What the models add for computers and radio; a power measured at the battery holds it already.
const AVIONICS_W: f64 = 18.0;

const SYSTEM: MavSystemId = MavSystemId(VEHICLE);

fn recorded(name: &str) -> Flight {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../flight-log/tests/data").join(name);
    read_file(&path).unwrap_or_else(|error| panic!("{error}"))
}

/// The settings of the record that the simulated autopilot has, too.
fn settings(of: &Flight, parameters: &mut Parameters) {
    for (name, value) in &of.parameters {
        if parameters.value(name).is_some() && name != "BATT_CAPACITY" && !name.starts_with("SYSID_") {
            parameters.set(name, *value as f32).expect("a finite setting");
        }
    }
}

/// The record's mission, moved to where the simulated vehicle stands.
fn mission(of: &Flight) -> Vec<MISSION_ITEM_INT_DATA> {
    let from = of.mission[&0].at.expect("home");
    let frame = SiteFrame::new(on_ground(from));
    let items = of.mission.iter().map(|(seq, recorded)| {
        let way = recorded.at.map(|at| frame.enu(on_ground(at)));
        let at = way.map_or(home(), |way| from_home(way.north_m, way.east_m));
        let command = match recorded.command {
            16 => MavCmd::MAV_CMD_NAV_WAYPOINT,
            20 => MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH,
            22 => MavCmd::MAV_CMD_NAV_TAKEOFF,
            other => panic!("command {other} in the record"),
        };
        let mut made = item(*seq, command, recorded.param.map(|value| value as f32), at, recorded.altitude_m as f32);
        if *seq == 0 || recorded.at.is_none() {
            (made.frame, made.z) = (MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT, 0.0);
        }
        made
    });
    items.collect()
}

fn on_ground(at: LatLon) -> Geodetic {
    at.at_height(AltitudeHae::default())
}

/// When something first was, by kind and text, seconds.
fn moment(flight: &Flight, kind: EventKind, text: &str) -> f64 {
    let event = flight.events.iter().find(|event| event.kind == kind && event.text == text);
    event.unwrap_or_else(|| panic!("no {kind:?} {text} in the record")).at_s
}

/// Energy drawn between two moments: voltage times current, summed up.
fn energy_wh(flight: &Flight, from_s: f64, to_s: f64) -> f64 {
    let power = |sample: &flight_log::Sample| {
        let battery = sample.battery?;
        Some((sample.at_s, battery.voltage_v? * battery.current_a?))
    };
    let within = flight.samples.iter().filter(|sample| (from_s..=to_s).contains(&sample.at_s));
    let powers: Vec<(f64, f64)> = within.filter_map(power).collect();
    powers.windows(2).map(|pair| 0.5 * (pair[0].1 + pair[1].1) * (pair[1].0 - pair[0].0)).sum::<f64>() / 3600.0
}

/// A flight as it was and as it was flown again.
#[derive(Debug)]
struct Comparison {
    name: &'static str,
    recorded_s: f64,
    flown_s: f64,
    recorded_wh: f64,
    flown_wh: f64,
}

impl Comparison {
    #[track_caller]
    fn holds(&self) {
        let (time, energy) = (self.flown_s / self.recorded_s - 1.0, self.flown_wh / self.recorded_wh - 1.0);
        println!(
            "{}: {:.1} s, recorded {:.1} s ({:+.1} %); {:.2} Wh, recorded {:.2} Wh ({:+.1} %)",
            self.name,
            self.flown_s,
            self.recorded_s,
            100.0 * time,
            self.flown_wh,
            self.recorded_wh,
            100.0 * energy
        );
        assert!(time.abs() <= 0.05, "{self:?}");
        assert!(energy.abs() <= 0.10, "{self:?}");
    }
}

/// Seconds and watt-hours from now until the vehicle is at an item.
#[track_caller]
fn until_reached(pilot: &mut Pilot, seq: u16) -> (f64, f64) {
    pilot.inbox.clear();
    let before_wh = pilot.truth().energy_used_wh;
    let seconds = pilot.until(400.0, "there", |pilot| pilot.reached().contains(&seq));
    (seconds, pilot.truth().energy_used_wh - before_wh)
}

#[test]
fn a_copter_takes_the_time_and_the_energy_of_a_recorded_arducopter() {
    let record = recorded("sitl_copter457.tlog");
    let (armed_s, auto_s) = (moment(&record, EventKind::Armed, "armed"), moment(&record, EventKind::Mode, "AUTO"));
    let disarmed_s = moment(&record, EventKind::Disarmed, "disarmed");
    // Mass, disc and drag are the defaults of ArduPilot's own simulation (libraries/SITL/SIM_Frame.h: 3 kg, 0.25 m²,
    // 15.08 m/s at 45°); the power is that of the hover before the descent, 98 to 103 s of the record's clock.
    let mut config = AutopilotConfig::multirotor(SYSTEM, home(), UNDULATION);
    config.performance = Performance::Multirotor(MultirotorPerformance {
        mass_kg: 3.0,
        hover_power_w: 354.0 - AVIONICS_W,
        disc_area_m2: 0.25,
        airspeed_at_30_deg_m_s: 11.5,
        ..copter_of(&config)
    });
    config.battery = BatterySize { cells: 3, capacity_mah: 20_000.0, ..config.battery };
    settings(&record, &mut config.parameters);
    let mut pilot = Pilot::with(config, 1);
    pilot.run(13.0);
    assert_eq!(pilot.upload(&mission(&record)), MavMissionResult::MAV_MISSION_ACCEPTED);
    pilot.mode(4.0);
    pilot.arm();
    let begin = pilot.now;
    let before_wh = pilot.truth().energy_used_wh;
    pilot.command(MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 15.0]);
    // The record's station sent it 20 m north-east on the way up.
    pilot.run(9.0);
    let frame = MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT;
    pilot.command_at(MavCmd::MAV_CMD_DO_REPOSITION, [-1.0, 0.0, 0.0, 0.0], frame, from_home(20.5, 20.5), 15.0);
    pilot.run(auto_s - armed_s - pilot.now.seconds_since(begin));
    pilot.mode(3.0);
    pilot.until(200.0, "disarmed", |pilot| !pilot.truth().armed);
    Comparison {
        name: "sitl_copter457",
        recorded_s: disarmed_s - armed_s,
        flown_s: pilot.now.seconds_since(begin),
        recorded_wh: energy_wh(&record, armed_s, disarmed_s),
        flown_wh: pilot.truth().energy_used_wh - before_wh,
    }
    .holds();
}

fn copter_of(config: &AutopilotConfig) -> MultirotorPerformance {
    match config.performance {
        Performance::Multirotor(performance) => performance,
        _ => unreachable!("a multirotor"),
    }
}

#[test]
fn an_aeroplane_takes_the_time_and_the_energy_of_a_recorded_arduplane() {
    let record = recorded("sitl_plane457.bin");
    let end_s = record.events.iter().find(|event| event.text.starts_with("Reached waypoint #5")).expect("an end").at_s;
    let mut config = AutopilotConfig::fixed_wing(SYSTEM, home(), UNDULATION);
    config.performance = Performance::FixedWing(FixedWingPerformance {
        mass_kg: 2.0,
        stall_m_s: 6.0,
        best_glide_m_s: 6.9,
        glide_ratio: 7.45,
        power_w: 562.0 - 15.0,
        efficiency: 700.0 / (562.0 - 15.0),
        power_exponent: 1.82,
    });
    config.battery = BatterySize { cells: 3, capacity_mah: 3_300.0, ..config.battery };
    settings(&record, &mut config.parameters);
    let mut pilot = Pilot::with(config, 1);
    pilot.start_mission(&mission(&record));
    let (flown_s, flown_wh) = until_reached(&mut pilot, 5);
    Comparison {
        name: "sitl_plane457",
        recorded_s: end_s,
        flown_s,
        recorded_wh: energy_wh(&record, 0.0, end_s),
        flown_wh,
    }
    .holds();
}

#[test]
fn an_underwater_vehicle_takes_the_time_and_the_energy_of_a_recorded_ardusub() {
    let record = recorded("sitl_sub457.tlog");
    let (auto_s, end_s) = (moment(&record, EventKind::Mode, "AUTO"), moment(&record, EventKind::Reached, "4"));
    let mut config = AutopilotConfig::rov(SYSTEM, home(), UNDULATION);
    config.performance = Performance::Rov(RovPerformance {
        moving_mass_kg: 10.5,
        thrust_horizontal_n: 60.0,
        thrust_vertical_n: 60.0,
        top_speed_m_s: 0.77,
        top_climb_m_s: 0.5,
        top_power_w: 177.0,
        hotel_power_w: 75.0,
        buoyancy_n: 2.0,
        water_depth_m: 60.0,
        tether: None,
    });
    config.battery = BatterySize { cells: 3, capacity_mah: 20_000.0, ..config.battery };
    settings(&record, &mut config.parameters);
    let mut pilot = Pilot::with(config, 1);
    pilot.run(13.0);
    assert_eq!(pilot.upload(&mission(&record)), MavMissionResult::MAV_MISSION_ACCEPTED);
    pilot.arm();
    pilot.mode(3.0);
    let (flown_s, flown_wh) = until_reached(&mut pilot, 4);
    let recorded_wh = energy_wh(&record, auto_s, end_s);
    Comparison { name: "sitl_sub457", recorded_s: end_s - auto_s, flown_s, recorded_wh, flown_wh }.holds();
}

/// The waypoints of a real flight, from its `position_setpoint_triplet` topic: metres north and east of the place of the
/// landing, 10 m above it.
const PIXHAWK: [(f64, f64); 5] = [(-12.2, 3.3), (-25.2, 2.2), (-26.1, -7.4), (-21.4, -15.5), (-13.4, -11.2)];

#[test]
fn a_copter_takes_the_time_and_the_energy_of_a_real_pixhawk() {
    let record = recorded("frrs_motor_failure.ulg");
    // From the first waypoint's turn, 4.0 s into the record, to the ground, where height stops falling: 37.0 s.
    let (begin_s, end_s) = (4.0, 37.0);
    let mut config = AutopilotConfig::multirotor(SYSTEM, home(), UNDULATION);
    config.performance =
        Performance::Multirotor(MultirotorPerformance { hover_power_w: 1_250.0 - AVIONICS_W, ..copter_of(&config) });
    for (name, value) in [
        ("WPNAV_SPEED", 500.0),
        ("WPNAV_ACCEL", 500.0),
        ("WPNAV_JERK", 15.0),
        ("WPNAV_RADIUS", 400.0),
        ("RTL_ALT", 1000.0),
        ("RTL_LOIT_TIME", 0.0),
        ("LAND_SPEED", 70.0),
        ("LAND_SPEED_HIGH", 70.0),
    ] {
        config.parameters.set(name, value).expect("a setting");
    }
    let mut pilot = Pilot::with(config, 1);
    let mut items = vec![
        item(0, MavCmd::MAV_CMD_NAV_WAYPOINT, [0.0; 4], home(), 0.0),
        item(1, MavCmd::MAV_CMD_NAV_TAKEOFF, [0.0; 4], home(), 10.0),
    ];
    for (north_m, east_m) in PIXHAWK {
        let at = from_home(north_m, east_m);
        items.push(item(items.len() as u16, MavCmd::MAV_CMD_NAV_WAYPOINT, [0.0; 4], at, 10.0));
    }
    items.push(item(items.len() as u16, MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH, [0.0; 4], home(), 0.0));
    pilot.start_mission(&items);
    pilot.until(60.0, "up", |pilot| pilot.reached().contains(&1));
    let before_wh = pilot.truth().energy_used_wh;
    let flown_s = pilot.until(200.0, "down", |pilot| pilot.truth().on_ground);
    let flown_wh = pilot.truth().energy_used_wh - before_wh;
    let recorded_wh = energy_wh(&record, begin_s, end_s);
    Comparison { name: "frrs_motor_failure", recorded_s: end_s - begin_s, flown_s, recorded_wh, flown_wh }.holds();
}
