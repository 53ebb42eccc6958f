//! What the companion computer does beside flying: time, Remote ID, cameras and gimbals, over good lines and bad ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use mavlink::dialects::ardupilotmega::*;
use mavlink::types::CharArray;
use onboard::link::camera::Action;
use onboard::link::component::Ended;
use onboard::link::frames::Frame;
use onboard::link::gimbal;
use onboard::link::payload::Payload;
use onboard::link::remote_id::{IdKind, Identity, RemoteId};
use onboard::link::time_sync::TimeSync;
use proptest::prelude::*;
use telemetry::{AltitudeAmsl, AltitudeHae, CommandId, LatLon, MavComponentId, MavSystemId, Timestamp};

const VEHICLE: MavSystemId = MavSystemId(7);
const CAMERA: MavComponentId = MavComponentId(100);
const GIMBAL: MavComponentId = MavComponentId(154);
const AUTOPILOT: (MavSystemId, MavComponentId) = (VEHICLE, MavComponentId(1));

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn place() -> LatLon {
    LatLon::from_degrees(54.38, 10.15).unwrap()
}

#[test]
fn the_autopilots_clock_is_read_from_the_quickest_answer() {
    let mut time = TimeSync::new(VEHICLE, start());
    let (mut now, ahead_ns) = (start(), 5_000_000_000_i64);
    for round_trip_ms in [400, 80, 12, 300, 900] {
        let mut out = Vec::new();
        time.advance(now, &mut out);
        let [MavMessage::TIMESYNC(asked)] = &out[..] else { panic!("{out:?}") };
        assert_eq!((asked.tc1, asked.target_system, asked.target_component), (0, 7, 1));
        // The way there takes three quarters of the time.
        let there = now + Duration::from_millis(round_trip_ms * 3 / 4);
        let answer = TIMESYNC_DATA { tc1: there.unix_nanos() + ahead_ns, ts1: asked.ts1, ..asked.clone() };
        let answer = TIMESYNC_DATA { target_component: 191, ..answer };
        time.take(now + Duration::from_millis(round_trip_ms), AUTOPILOT, &answer, &mut Vec::new());
        now = time.next_deadline();
    }
    let offset = time.offset().unwrap();
    assert_eq!(offset.round_trip, Duration::from_millis(12));
    assert!((offset.ahead_ns - ahead_ns).abs() <= 6_000_000, "{offset:?}");
    time.forget();
    assert_eq!(time.offset(), None);
}

#[test]
fn answers_nobody_asked_for_or_from_somebody_else_change_nothing_and_a_request_is_answered() {
    let mut time = TimeSync::new(VEHICLE, start());
    let mut out = Vec::new();
    time.advance(start(), &mut out);
    let ours = start().unix_nanos();
    let later = start() + Duration::from_millis(10);
    let stray = TIMESYNC_DATA { tc1: 5, ts1: ours - 1, target_system: 7, target_component: 191 };
    time.take(later, AUTOPILOT, &stray, &mut out);
    let foreign = TIMESYNC_DATA { tc1: 5, ts1: ours, target_system: 7, target_component: 191 };
    time.take(later, (MavSystemId(255), MavComponentId(190)), &foreign, &mut out);
    let late = start() + Duration::from_secs(6);
    time.take(late, AUTOPILOT, &foreign, &mut out);
    assert_eq!((time.offset(), out.len()), (None, 1));
    let request = TIMESYNC_DATA { tc1: 0, ts1: 77, target_system: 0, target_component: 0 };
    time.take(later, (MavSystemId(255), MavComponentId(190)), &request, &mut out);
    let answer = TIMESYNC_DATA { tc1: later.unix_nanos(), ts1: 77, target_system: 255, target_component: 190 };
    assert_eq!(out[1], MavMessage::TIMESYNC(answer));
}

fn identity() -> Identity {
    Identity {
        id_kind: IdKind::Serial,
        id: "1581F4ABC123".to_owned(),
        operator: "DEU87astrdge12k8".to_owned(),
        description: "Customs patrol".to_owned(),
        aircraft: MavOdidUaType::MAV_ODID_UA_TYPE_HELICOPTER_OR_MULTIROTOR,
        eu_class: None,
        operator_place: None,
    }
}

#[test]
fn what_ardupilot_wants_before_it_arms_is_said_as_soon_as_home_is_known_and_goes_on() {
    let mut remote_id = RemoteId::new(VEHICLE, identity(), start());
    let mut out = Vec::new();
    remote_id.advance(start(), None, &mut out);
    let [
        MavMessage::OPEN_DRONE_ID_BASIC_ID(basic),
        MavMessage::OPEN_DRONE_ID_OPERATOR_ID(operator),
        MavMessage::OPEN_DRONE_ID_SELF_ID(own),
    ] = &out[..]
    else {
        panic!("{out:?}")
    };
    assert_eq!(basic.ua_type, MavOdidUaType::MAV_ODID_UA_TYPE_HELICOPTER_OR_MULTIROTOR);
    assert_eq!((&basic.uas_id[..12], basic.uas_id[12]), (&b"1581F4ABC123"[..], 0));
    assert_eq!(operator.operator_id.to_str().unwrap(), "DEU87astrdge12k8");
    assert_eq!(own.description.to_str().unwrap(), "Customs patrol");
    let (mut systems, mut basics, mut now) = (0, 0, start());
    while now < start() + Duration::from_secs(30) {
        now = remote_id.next_deadline();
        out.clear();
        remote_id.advance(now, Some((place(), AltitudeHae::new(52.0))), &mut out);
        for message in &out {
            match message {
                MavMessage::OPEN_DRONE_ID_SYSTEM(system) => {
                    systems += 1;
                    assert_eq!((system.operator_latitude, system.operator_altitude_geo), (543_800_000, 52.0));
                    assert_eq!(i64::from(system.timestamp), now.unix_nanos() / 1_000_000_000 - 1_546_300_800);
                }
                MavMessage::OPEN_DRONE_ID_BASIC_ID(_) => basics += 1,
                _ => {}
            }
        }
    }
    assert_eq!((systems, basics), (30, 10));
}

#[test]
fn the_transmitters_word_is_told_when_it_changes() {
    let mut remote_id = RemoteId::new(VEHICLE, identity(), start());
    let mut error = [0; 50];
    error[..9].copy_from_slice(b"no GPS fi");
    let fails = OPEN_DRONE_ID_ARM_STATUS_DATA {
        status: MavOdidArmStatus::MAV_ODID_ARM_STATUS_PRE_ARM_FAIL_GENERIC,
        error: CharArray::new(error),
    };
    let good = OPEN_DRONE_ID_ARM_STATUS_DATA {
        status: MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM,
        ..OPEN_DRONE_ID_ARM_STATUS_DATA::default()
    };
    assert!(remote_id.take(&fails).unwrap().ends_with("from arming: no GPS fi"));
    assert_eq!(remote_id.take(&fails), None);
    assert!(remote_id.take(&good).unwrap().contains("ready"));
}

/// A camera and a gimbal that lose what the seed says, and do a thing once.
struct Instruments {
    chance: u64,
    loss: f64,
    photographs: u32,
    photo_numbers: Vec<u16>,
    pointed_at: Vec<(i32, i32)>,
    in_control: bool,
    heard: Vec<(u8, MavCmd)>,
}

impl Instruments {
    fn new(seed: u64, loss: f64) -> Self {
        Self {
            chance: seed | 1,
            loss,
            photographs: 0,
            photo_numbers: Vec::new(),
            pointed_at: Vec::new(),
            in_control: false,
            heard: Vec::new(),
        }
    }

    fn lost(&mut self) -> bool {
        self.chance ^= self.chance >> 12;
        self.chance ^= self.chance << 25;
        self.chance ^= self.chance >> 27;
        let drawn = (self.chance.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < self.loss
    }

    fn take(&mut self, message: &MavMessage) -> Vec<Frame> {
        let (component, command, params, place) = match message {
            MavMessage::COMMAND_LONG(long) => (long.target_component, long.command, [long.param1, long.param4], (0, 0)),
            MavMessage::COMMAND_INT(int) => (int.target_component, int.command, [int.param1, 0.0], (int.x, int.y)),
            other => panic!("{other:?}"),
        };
        self.heard.push((component, command));
        let mut answers = Vec::new();
        match command {
            MavCmd::MAV_CMD_REQUEST_MESSAGE if component == CAMERA.0 => {
                assert_eq!(params[0], 259.0);
                answers.push(MavMessage::CAMERA_INFORMATION(CAMERA_INFORMATION_DATA {
                    flags: CameraCapFlags::CAMERA_CAP_FLAGS_CAPTURE_IMAGE
                        | CameraCapFlags::CAMERA_CAP_FLAGS_HAS_BASIC_ZOOM,
                    ..CAMERA_INFORMATION_DATA::default()
                }));
            }
            MavCmd::MAV_CMD_REQUEST_MESSAGE => {
                assert_eq!((component, params[0]), (GIMBAL.0, 280.0));
                answers.push(MavMessage::GIMBAL_MANAGER_INFORMATION(GIMBAL_MANAGER_INFORMATION_DATA {
                    cap_flags: GimbalManagerCapFlags::GIMBAL_MANAGER_CAP_FLAGS_CAN_POINT_LOCATION_GLOBAL,
                    gimbal_device_id: 1,
                    ..GIMBAL_MANAGER_INFORMATION_DATA::default()
                }));
            }
            MavCmd::MAV_CMD_IMAGE_START_CAPTURE => {
                let number = params[1] as u16;
                if !self.photo_numbers.contains(&number) {
                    self.photo_numbers.push(number);
                    self.photographs += 1;
                }
            }
            MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE => self.in_control = true,
            MavCmd::MAV_CMD_DO_SET_ROI_LOCATION => {
                assert!(self.in_control, "control comes first");
                self.pointed_at.push(place);
            }
            other => panic!("{other:?}"),
        }
        if command != MavCmd::MAV_CMD_REQUEST_MESSAGE {
            answers.push(MavMessage::COMMAND_ACK(COMMAND_ACK_DATA {
                command,
                result: MavResult::MAV_RESULT_ACCEPTED,
                target_system: 7,
                target_component: 191,
                ..COMMAND_ACK_DATA::default()
            }));
        }
        let frame = |message| Frame { system: VEHICLE, component: MavComponentId(component), message };
        answers.into_iter().map(frame).collect()
    }
}

fn beat(component: MavComponentId, mavtype: MavType) -> Frame {
    let message = MavMessage::HEARTBEAT(HEARTBEAT_DATA { mavtype, ..HEARTBEAT_DATA::default() });
    Frame { system: VEHICLE, component, message }
}

/// Lives for so many seconds.
fn live(
    payload: &mut Payload,
    instruments: &mut Instruments,
    from: Timestamp,
    seconds: u64,
    out: &mut Vec<MavMessage>,
) {
    for tenth in 0..seconds * 10 {
        let now = from + Duration::from_millis(tenth * 100);
        for message in std::mem::take(out) {
            if instruments.lost() {
                continue;
            }
            for answer in instruments.take(&message) {
                if !instruments.lost() {
                    payload.take(now, &answer, out);
                }
            }
        }
        payload.advance(now, out);
    }
}

fn order(number: u32) -> CommandId {
    CommandId::new(number.to_string()).unwrap()
}

fn found(instruments: &mut Instruments) -> Payload {
    let mut payload = Payload::new(VEHICLE, start());
    let mut out = Vec::new();
    payload.take(start(), &beat(CAMERA, MavType::MAV_TYPE_CAMERA), &mut out);
    payload.take(start(), &beat(GIMBAL, MavType::MAV_TYPE_GIMBAL), &mut out);
    live(&mut payload, instruments, start(), 30, &mut out);
    payload
}

#[test]
fn a_camera_and_a_gimbal_are_found_asked_what_they_are_and_told_what_to_do() {
    let mut instruments = Instruments::new(1, 0.0);
    let mut payload = found(&mut instruments);
    assert!(payload.cameras().all(|(id, camera)| id == CAMERA && camera.capabilities.is_some()));
    assert!(payload.gimbals().all(|(id, gimbal)| id == GIMBAL && gimbal.points_at_places()));
    let (now, mut out) = (start() + Duration::from_secs(60), Vec::new());
    payload.shoot(now, Action::Photo, order(1), &mut out).unwrap();
    payload.shoot(now, Action::ZoomPercent(130.0), order(2), &mut out).unwrap_err();
    let refused = payload.shoot(now, Action::Record, order(3), &mut out).unwrap_err();
    assert!(refused.contains("cannot record"), "{refused}");
    assert!(payload.look(now, gimbal::Action::PointAt(place(), AltitudeAmsl::new(3.0)), &mut out));
    live(&mut payload, &mut instruments, now, 30, &mut out);
    assert_eq!(instruments.photographs, 1);
    assert_eq!(instruments.pointed_at, [(543_800_000, 101_500_000)]);
    let ended = payload.take_ended();
    assert!(ended.iter().all(|ended| ended.refused.is_none()), "{ended:?}");
    assert!(ended.contains(&Ended { component: CAMERA, command: Some(order(1)), refused: None }), "{ended:?}");
    let turned = gimbal::Action::PointBy { pitch_rad: -0.5, yaw_rad: 0.0 };
    assert_eq!(payload.turn(now, turned, order(4), &mut out), Ok(()));
}

#[test]
fn without_a_camera_or_a_gimbal_nothing_is_taken_over() {
    let mut payload = Payload::new(VEHICLE, start());
    let mut out = Vec::new();
    assert!(!payload.look(start(), gimbal::Action::PointAt(place(), AltitudeAmsl::new(3.0)), &mut out));
    let elsewhere = Frame { system: MavSystemId(8), ..beat(CAMERA, MavType::MAV_TYPE_CAMERA) };
    payload.take(start(), &elsewhere, &mut out);
    assert_eq!(payload.cameras().count(), 0);
    assert!(out.is_empty());
}

#[test]
fn without_a_camera_of_its_own_the_autopilot_is_told_and_its_answer_counts() {
    let mut payload = Payload::new(VEHICLE, start());
    let mut out = Vec::new();
    payload.shoot(start(), Action::Record, order(1), &mut out).unwrap();
    let [MavMessage::COMMAND_LONG(told)] = &out[..] else { panic!("{out:?}") };
    assert_eq!((told.target_component, told.command), (1, MavCmd::MAV_CMD_VIDEO_START_CAPTURE));
    let result = MavResult::MAV_RESULT_UNSUPPORTED;
    let message =
        MavMessage::COMMAND_ACK(COMMAND_ACK_DATA { command: told.command, result, ..COMMAND_ACK_DATA::default() });
    payload.take(start(), &Frame { system: VEHICLE, component: AUTOPILOT.1, message }, &mut out);
    let refused = Some("the recording is not supported by the autopilot".to_owned());
    assert_eq!(payload.take_ended(), [Ended { component: AUTOPILOT.1, command: Some(order(1)), refused }]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn over_a_lossy_line_a_photograph_is_taken_once_or_the_failure_is_stated(seed: u64, loss in 0.0..0.4) {
        let mut instruments = Instruments::new(seed, loss);
        let mut payload = found(&mut instruments);
        let (now, mut out) = (start() + Duration::from_secs(60), Vec::new());
        if payload.shoot(now, Action::Photo, order(1), &mut out).is_ok() {
            live(&mut payload, &mut instruments, now, 70, &mut out);
            let ended = payload.take_ended();
            prop_assert_eq!(ended.len(), 1, "{:?}", ended);
            prop_assert!(instruments.photographs <= 1);
            prop_assert!(ended[0].refused.is_some() || instruments.photographs == 1);
        }
    }

    #[test]
    fn no_timesync_makes_the_clock_panic(tc1: i64, ts1: i64, system: u8, later_ms in 0_u64..10_000) {
        let mut time = TimeSync::new(VEHICLE, start());
        let mut out = Vec::new();
        time.advance(start(), &mut out);
        let now = start() + Duration::from_millis(later_ms);
        for ts1 in [ts1, start().unix_nanos()] {
            time.take(now, AUTOPILOT, &TIMESYNC_DATA { tc1, ts1, target_system: system, target_component: 0 }, &mut out);
        }
        let _ = time.offset();
    }
}
