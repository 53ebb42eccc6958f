//! The same seed gives the same bytes, however time is cut up; and no bytes break it.

use autopilot::{Autopilot, AutopilotConfig, Fault, Payload, Personality, Weather};
use mavlink::dialects::ardupilotmega::{MavCmd, MavResult};
use proptest::prelude::*;
use telemetry::{EnuVelocity, Geodetic, GeoidUndulation, MavSystemId};

use crate::mission::tour;
use crate::pilot::{Pilot, START, UNDULATION, VEHICLE, home};

/// A flight in gusty weather with everything streamed; returns all bytes it sent.
fn flight(seed: u64, tick_s: &[f64]) -> (Vec<u8>, String) {
    let mut pilot = Pilot::with(AutopilotConfig::multirotor(MavSystemId(VEHICLE), home(), UNDULATION), seed);
    pilot.start_mission(&tour(20.0, &[(80.0, 0.0, 20.0), (80.0, 80.0, 25.0)]));
    for id in [1, 2, 24, 30, 32, 33, 42, 74, 147, 168, 193, 242, 245] {
        pilot.stream(id, 250);
    }
    let wind = EnuVelocity { east_m_s: 4.0, north_m_s: 2.0, up_m_s: 0.0 };
    let weather = Weather { wind, gust_sigma_m_s: 1.5, ..Weather::default() };
    let mut autopilot = pilot.autopilot;
    let mut bytes = Vec::new();
    let begin = pilot.now;
    let mut now = begin;
    for tick_s in tick_s.iter().cycle() {
        now = now.offset_seconds(*tick_s);
        if now.seconds_since(begin) > 60.0 {
            break;
        }
        autopilot.step(now, &weather);
        bytes.extend(autopilot.take_bytes());
    }
    autopilot.step(begin.offset_seconds(60.0), &weather);
    bytes.extend(autopilot.take_bytes());
    (bytes, format!("{:?}", autopilot.truth()))
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let first = flight(7, &[0.2]);
    assert!(first.0.len() > 50_000);
    assert_eq!(first, flight(7, &[0.2]));
    assert_ne!(first.0, flight(8, &[0.2]).0);
}

#[test]
fn it_does_not_matter_how_often_time_is_let_pass() {
    let often = flight(7, &[0.01]);
    assert_eq!(often, flight(7, &[0.05]));
    assert_eq!(often, flight(7, &[0.31, 0.007, 1.9]));
}

#[test]
fn a_link_nobody_reads_keeps_a_bounded_backlog_and_counts_the_rest() {
    let mut pilot = Pilot::copter();
    for id in [30, 33, 74] {
        pilot.stream(id, 50);
    }
    let mut now = pilot.now;
    for _ in 0..200 {
        now = now.offset_seconds(1.0);
        pilot.autopilot.step(now, &pilot.weather);
    }
    let counts = pilot.autopilot.counts();
    assert!(counts.frames_overflowed > 0, "{counts:?}");
    assert!(pilot.autopilot.take_bytes().len() <= 256 * 1024);
}

/// Ids of everything the autopilot reads, and one it does not know.
const IDS: [u32; 36] = [
    0, 11, 20, 21, 23, 39, 40, 41, 43, 44, 45, 47, 51, 66, 69, 70, 73, 75, 76, 82, 84, 86, 110, 111, 117, 119, 121,
    122, 282, 287, 12900, 12904, 12915, 12918, 12919, 4242,
];
const COMMANDS: [MavCmd; 16] = [
    MavCmd::MAV_CMD_COMPONENT_ARM_DISARM,
    MavCmd::MAV_CMD_DO_SET_MODE,
    MavCmd::MAV_CMD_NAV_TAKEOFF,
    MavCmd::MAV_CMD_DO_REPOSITION,
    MavCmd::MAV_CMD_DO_CHANGE_SPEED,
    MavCmd::MAV_CMD_DO_SET_ROI_LOCATION,
    MavCmd::MAV_CMD_MISSION_START,
    MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT,
    MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL,
    MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH,
    MavCmd::MAV_CMD_NAV_LAND,
    MavCmd::MAV_CMD_REQUEST_MESSAGE,
    MavCmd::MAV_CMD_DO_SET_HOME,
    MavCmd::MAV_CMD_DO_FENCE_ENABLE,
    MavCmd::MAV_CMD_DO_SET_STANDARD_MODE,
    MavCmd::MAV_CMD_DO_FLIGHTTERMINATION,
];

/// A vehicle with everything on board.
fn make(of: fn(MavSystemId, Geodetic, GeoidUndulation) -> AutopilotConfig) -> AutopilotConfig {
    AutopilotConfig { payload: Payload::GimballedCamera, ..of(MavSystemId(VEHICLE), home(), UNDULATION) }
}

#[derive(Debug, Clone)]
enum Event {
    Noise(Vec<u8>),
    Frame(u32, Vec<u8>),
    Command(MavCmd, [f32; 7]),
    Parameter(&'static str, f32),
    Pass(f64),
    Break(Fault),
    Mend(Fault),
}

fn floats() -> impl Strategy<Value = f32> {
    prop_oneof![
        3 => (0u8..20).prop_map(f32::from),
        1 => any::<f32>(),
        1 => Just(f32::NAN),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    let fault = prop_oneof![Just(Fault::GpsLoss), Just(Fault::EngineFailure), Just(Fault::BatterySag)];
    let name = proptest::sample::select(
        &[
            "WPNAV_SPEED",
            "WPNAV_ACCEL",
            "WPNAV_JERK",
            "RTL_ALT",
            "WP_RADIUS",
            "ANGLE_MAX",
            "NAVL1_PERIOD",
            "FENCE_ENABLE",
            "RC_OVERRIDE_TIME",
            "MPC_XY_CRUISE",
            "MPC_JERK_AUTO",
            "COM_OF_LOSS_T",
            "MIS_TAKEOFF_ALT",
            "NAV_LOITER_RAD",
            "BAT1_CAPACITY",
        ][..],
    );
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..80).prop_map(Event::Noise),
        (proptest::sample::select(&IDS[..]), proptest::collection::vec(any::<u8>(), 1..60))
            .prop_map(|(id, payload)| Event::Frame(id, payload)),
        (proptest::sample::select(&COMMANDS[..]), proptest::array::uniform7(floats()))
            .prop_map(|(command, param)| Event::Command(command, param)),
        (name, floats()).prop_map(|(name, value)| Event::Parameter(name, value)),
        (0.0..20.0).prop_map(Event::Pass),
        fault.clone().prop_map(Event::Break),
        fault.prop_map(Event::Mend),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_sequence_of_bytes_faults_and_time_breaks_it(
        kind in 0u8..6,
        events in proptest::collection::vec(events(), 1..60),
    ) {
        let mut pilot = match kind {
            0 => Pilot::copter(),
            1 => Pilot::plane(),
            2 => Pilot::boat(),
            3 => Pilot::px4(),
            4 => Pilot::with(make(AutopilotConfig::fixed_wing).passing_for(Personality::Px4), 1),
            _ => Pilot::with(make(AutopilotConfig::vtol).passing_for(Personality::Px4), 1),
        };
        if kind < 3 {
            pilot.start_mission(&tour(20.0, &[(80.0, 0.0, 20.0), (80.0, 80.0, 25.0)]));
        } else {
            pilot.run(13.0);
            pilot.upload(&tour(20.0, &[(80.0, 0.0, 20.0), (80.0, 80.0, 25.0)]));
            prop_assert_eq!(pilot.command(MavCmd::MAV_CMD_MISSION_START, [0.0; 7]), MavResult::MAV_RESULT_ACCEPTED);
        }
        pilot.run(15.0);
        for event in events {
            match event {
                Event::Noise(bytes) => pilot.autopilot.receive(pilot.now, &bytes),
                Event::Frame(id, mut payload) => {
                    // Half of them addressed to it.
                    if payload[0].is_multiple_of(2) {
                        let (len, target) = (payload.len(), [VEHICLE, 1]);
                        for at in [30, 32, 4, 2, 0] {
                            if at + 2 <= len {
                                payload[at..at + 2].copy_from_slice(&target);
                                break;
                            }
                        }
                    }
                    pilot.system = payload[0].max(1);
                    pilot.fire(id, &payload);
                    pilot.system = crate::pilot::STATION;
                }
                // The answer may have to wait for the end of what looked like a frame.
                Event::Command(command, param) => pilot.order(command, param),
                Event::Parameter(name, value) => {
                    pilot.set(name, value);
                }
                Event::Pass(seconds) => pilot.run(seconds),
                Event::Break(fault) => pilot.autopilot.inject(fault),
                Event::Mend(fault) => pilot.autopilot.clear(fault),
            }
            let truth = pilot.truth();
            let velocity = truth.velocity.vector();
            prop_assert!(velocity.iter().all(|v| v.is_finite()), "{truth:?}");
            prop_assert!(truth.attitude.roll_rad.is_finite() && truth.attitude.heading.radians().is_finite());
            prop_assert!(truth.position.height().metres > home().height().metres - 0.5);
            prop_assert!((0.0..=1.0).contains(&truth.battery_remaining));
        }
        // It still answers, once what looked like the start of a frame has been seen through.
        pilot.autopilot.receive(pilot.now, &[0; 300]);
        let answer = pilot.command(MavCmd::MAV_CMD_REQUEST_MESSAGE, [0.0; 7]);
        prop_assert_eq!(answer, MavResult::MAV_RESULT_ACCEPTED);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let config = AutopilotConfig::multirotor(MavSystemId(VEHICLE), home(), UNDULATION);
        let mut autopilot = Autopilot::new(config, 1, START);
        autopilot.receive(START.offset_seconds(1.0), &bytes);
        autopilot.step(START.offset_seconds(2.0), &Weather::default());
        prop_assert!(!autopilot.take_bytes().is_empty());
    }
}
