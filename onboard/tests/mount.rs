//! How the camera stands in the world, by what autopilot and gimbal say: times, frames, and what is not believed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, GIMBAL_DEVICE_ATTITUDE_STATUS_DATA, GLOBAL_POSITION_INT_DATA, GPS_RAW_INT_DATA, GimbalDeviceFlags,
    MavMessage,
};
use nalgebra::UnitQuaternion;
use onboard::link::frames::Frame;
use onboard::link::mode::Family;
use onboard::link::mount::{AttitudeSigma, Mount};
use onboard::link::telemetry::Telemetry;
use onboard::link::time_sync::Offset;
use proptest::prelude::*;
use telemetry::messages::{MountPose, NedTurn, VehicleKind};
use telemetry::{GeoidUndulation, MavComponentId, MavSystemId, Timestamp, VehicleId};

const SIGMA: AttitudeSigma = AttitudeSigma { heading_rad: 0.04, tilt_rad: 0.01 };
/// The autopilot was switched on a thousand seconds ago, and what it says takes 80 ms to come.
const BOOTED_S: f64 = 1000.0;
const DELAY_S: f64 = 0.08;

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

struct Bench {
    mount: Mount,
    telemetry: Telemetry,
    offset: Option<Offset>,
    asked: Vec<MavMessage>,
}

impl Bench {
    fn new(synced: bool) -> Self {
        let ahead_ns = (BOOTED_S * 1e9) as i64 - start().unix_nanos();
        let offset = Offset { ahead_ns, round_trip: Duration::from_millis(4) };
        Self {
            mount: Mount::new(VehicleId::new("heron-1").unwrap(), MavSystemId(1), SIGMA, start()),
            telemetry: Telemetry::new(VehicleKind::Multirotor, Family::Copter, GeoidUndulation::new(40.0)),
            offset: synced.then_some(offset),
            asked: Vec::new(),
        }
    }

    /// Something that held so many seconds after the start, and comes later.
    fn hears(&mut self, seconds: f64, component: u8, message: MavMessage) -> Option<MountPose> {
        let now = start().offset_seconds(seconds + DELAY_S);
        let frame = Frame { system: MavSystemId(1), component: MavComponentId(component), message };
        if component == 1 {
            self.telemetry.take(now, &frame.message);
        }
        self.mount.take(now, &frame, &self.telemetry, self.offset, &mut self.asked)
    }

    fn place(&mut self, seconds: f64) {
        let position = GLOBAL_POSITION_INT_DATA {
            time_boot_ms: boot_ms(seconds),
            lat: 543_800_000,
            lon: 101_450_000,
            alt: 62_000,
            relative_alt: 50_000,
            vx: 1000,
            vy: 0,
            vz: -200,
            hdg: 0,
        };
        assert_eq!(self.hears(seconds, 1, MavMessage::GLOBAL_POSITION_INT(position)), None);
    }

    fn attitude(&mut self, seconds: f64, yaw: f32) -> Option<MountPose> {
        let attitude = ATTITUDE_DATA { time_boot_ms: boot_ms(seconds), yaw, ..ATTITUDE_DATA::default() };
        self.hears(seconds, 1, MavMessage::ATTITUDE(attitude))
    }

    fn gimbal(&mut self, seconds: f64, turn: UnitQuaternion<f64>, flags: GimbalDeviceFlags, delta_yaw: f32) {
        let status = GIMBAL_DEVICE_ATTITUDE_STATUS_DATA {
            time_boot_ms: boot_ms(seconds),
            q: [turn.w, turn.i, turn.j, turn.k].map(|part| part as f32),
            flags,
            delta_yaw,
            ..GIMBAL_DEVICE_ATTITUDE_STATUS_DATA::default()
        };
        assert_eq!(self.hears(seconds, 154, MavMessage::GIMBAL_DEVICE_ATTITUDE_STATUS(status)), None);
    }
}

fn boot_ms(seconds: f64) -> u32 {
    ((BOOTED_S + seconds) * 1e3).round() as u32
}

fn angle(found: NedTurn, roll: f64, pitch: f64, yaw: f64) -> f64 {
    found.ned_from_body().angle_to(&UnitQuaternion::from_euler_angles(roll, pitch, yaw))
}

#[test]
fn a_pose_holds_for_when_it_was_measured_and_not_for_when_it_came() {
    let mut bench = Bench::new(true);
    assert_eq!(bench.attitude(0.0, 0.5), None, "no place yet");
    bench.place(1.0);
    let pose = bench.attitude(1.5, 0.5).unwrap();
    assert!(pose.measured_at.seconds_since(start().offset_seconds(1.5)).abs() < 1e-6, "{pose:?}");
    assert!((pose.sent_at.seconds_since(pose.measured_at) - DELAY_S).abs() < 1e-6);
    assert!(pose.sigma.time_s > 0.001 && pose.sigma.time_s < 0.0013, "4 ms there and back: {:?}", pose.sigma);
    // Half a second on, at 10 m/s north and 2 up.
    assert!((pose.altitude.metres - 63.0).abs() < 1e-6 && (pose.position.height().metres - 103.0).abs() < 1e-3);
    let north_deg = pose.position.lat_lon().latitude_deg() - 54.38;
    assert!((north_deg * 111_300.0 - 5.0).abs() < 0.05, "{north_deg}");
    assert!(angle(pose.body, 0.0, 0.0, 0.5) < 1e-6 && pose.head.is_none());
}

#[test]
fn without_timesync_the_time_of_arrival_stands_and_is_stated_as_worse() {
    let mut bench = Bench::new(false);
    bench.place(1.0);
    let pose = bench.attitude(1.5, 0.5).unwrap();
    assert_eq!((pose.measured_at, pose.sigma.time_s), (pose.sent_at, 0.05));
}

#[test]
fn the_boot_clock_may_go_round_and_a_clock_that_is_another_s_is_not_believed() {
    let mut bench = Bench::new(true);
    // It has counted its circle once and five milliseconds more; the attitude was made ten milliseconds before that.
    let ahead_ns = ((1_i64 << 32) + 5) * 1_000_000 - start().unix_nanos();
    bench.offset = Some(Offset { ahead_ns, round_trip: Duration::ZERO });
    bench.place(-DELAY_S);
    let attitude = |time_boot_ms| MavMessage::ATTITUDE(ATTITUDE_DATA { time_boot_ms, ..ATTITUDE_DATA::default() });
    let pose = bench.hears(-DELAY_S, 1, attitude(u32::MAX - 4)).unwrap();
    assert!((pose.sent_at.seconds_since(pose.measured_at) - 0.010).abs() < 1e-9, "{pose:?}");
    let pose = bench.hears(-DELAY_S, 1, attitude(u32::MAX / 2)).unwrap();
    assert_eq!((pose.measured_at, pose.sigma.time_s), (pose.sent_at, 0.05));
}

#[test]
fn the_head_counts_from_the_heading_or_from_north_as_its_flags_say() {
    type Flags = GimbalDeviceFlags;
    let turn = UnitQuaternion::from_euler_angles(0.0, -0.3, 0.4);
    let check = |flags, delta_yaw, heading: f64| {
        let mut bench = Bench::new(true);
        bench.place(0.9);
        bench.attitude(0.95, 1.0);
        bench.gimbal(1.0, turn, flags, delta_yaw);
        let head = bench.attitude(1.0, 1.0).unwrap().head.unwrap();
        assert!(angle(head, 0.0, -0.3, heading) < 1e-6, "{flags:?} {delta_yaw}: {head:?}");
    };
    check(Flags::GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME, 1.2, 0.4);
    check(Flags::GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME, 1.2, 1.6);
    check(Flags::GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME, f32::NAN, 1.4);
    check(Flags::GIMBAL_DEVICE_FLAGS_YAW_LOCK, 1.2, 0.4);
    check(Flags::empty(), 1.2, 1.4);
}

#[test]
fn a_head_that_turns_is_carried_on_and_one_that_is_silent_is_not() {
    let north = GimbalDeviceFlags::GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME;
    let mut bench = Bench::new(true);
    bench.place(0.9);
    for (seconds, yaw) in [(1.0, 0.0), (1.2, 0.1)] {
        bench.gimbal(seconds, UnitQuaternion::from_euler_angles(0.0, 0.0, yaw), north, 0.0);
    }
    let head = bench.attitude(1.3, 0.0).unwrap().head.unwrap();
    assert!(angle(head, 0.0, 0.0, 0.15) < 1e-6, "half a radian a second: {head:?}");
    assert_eq!(bench.attitude(1.8, 0.0).unwrap().head, None);
    let asked = bench
        .asked
        .iter()
        .filter(|message| matches!(message, MavMessage::COMMAND_LONG(ask) if ask.target_component == 154));
    assert_eq!(asked.count(), 1, "five a second are too few, and asking twice in ten seconds too often");
}

#[test]
fn a_receiver_that_says_how_exact_it_is_is_believed() {
    let mut bench = Bench::new(true);
    bench.place(1.0);
    let exact = GPS_RAW_INT_DATA { h_acc: 14, v_acc: 20, ..GPS_RAW_INT_DATA::default() };
    bench.hears(1.0, 1, MavMessage::GPS_RAW_INT(exact.clone()));
    assert_eq!(bench.attitude(1.0, 0.0).unwrap().sigma.horizontal_m, 1.5, "14 mm are not believed");
    bench.hears(1.1, 1, MavMessage::GPS_RAW_INT(GPS_RAW_INT_DATA { h_acc: 700, v_acc: 1200, ..exact }));
    let sigma = bench.attitude(1.2, 0.0).unwrap().sigma;
    assert_eq!((sigma.horizontal_m, sigma.vertical_m), (0.7, 1.2));
}

proptest! {
    #[test]
    fn whatever_is_said_a_pose_is_finite(
        seconds in prop::collection::vec(-5.0..5.0f64, 1..12),
        q in prop::array::uniform4(prop::num::f32::ANY),
        angles in prop::array::uniform3(prop::num::f32::ANY),
        ahead_ns: i64,
    ) {
        let mut bench = Bench::new(true);
        bench.offset = Some(Offset { ahead_ns, round_trip: Duration::from_secs(1) });
        for seconds in seconds {
            bench.place(seconds);
            let status = GIMBAL_DEVICE_ATTITUDE_STATUS_DATA { q, time_boot_ms: boot_ms(seconds), ..Default::default() };
            bench.hears(seconds, 154, MavMessage::GIMBAL_DEVICE_ATTITUDE_STATUS(status));
            let [roll, pitch, yaw] = angles;
            let attitude = ATTITUDE_DATA { time_boot_ms: boot_ms(seconds), roll, pitch, yaw, ..Default::default() };
            if let Some(pose) = bench.hears(seconds, 1, MavMessage::ATTITUDE(attitude)) {
                let bytes = telemetry::wire::encode(&pose);
                prop_assert!(telemetry::wire::decode::<MountPose>(&bytes).is_ok(), "{pose:?}");
            }
        }
    }
}
