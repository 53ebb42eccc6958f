//! The camera and the gimbal, and Remote ID.

use autopilot::{AutopilotConfig, Payload};
use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    CAMERA_INFORMATION_DATA, GIMBAL_MANAGER_INFORMATION_DATA, GIMBAL_MANAGER_SET_PITCHYAW_DATA, GimbalManagerFlags,
    MavCmd, MavMessage, MavOdidArmStatus, MavOdidIdType, MavOdidUaType, MavResult, OPEN_DRONE_ID_ARM_STATUS_DATA,
    OPEN_DRONE_ID_BASIC_ID_DATA, OPEN_DRONE_ID_SYSTEM_DATA,
};

use crate::pilot::{Pilot, VEHICLE, copter_config, from_home};

const CAMERA: u8 = 100;
const GIMBAL: u8 = 154;

fn equipped() -> Pilot {
    let mut pilot = Pilot::with(AutopilotConfig { payload: Payload::GimballedCamera, ..copter_config() }, 1);
    pilot.run(13.0);
    pilot
}

/// Sends a command to a component and returns what it says within a second.
fn order(pilot: &mut Pilot, component: u8, command: MavCmd, param: [f32; 7]) -> Vec<MavMessage> {
    pilot.payload_inbox.clear();
    pilot.order_to(component, command, param);
    pilot.run(1.0);
    pilot.payload_inbox.iter().filter(|(from, _)| *from == component).map(|(_, message)| message.clone()).collect()
}

fn accepted(said: &[MavMessage]) -> bool {
    said.iter()
        .any(|message| matches!(message, MavMessage::COMMAND_ACK(ack) if ack.result == MavResult::MAV_RESULT_ACCEPTED))
}

#[test]
fn a_vehicle_without_payload_has_no_such_components() {
    let mut pilot = Pilot::copter();
    pilot.run(2.0);
    assert!(order(&mut pilot, CAMERA, MavCmd::MAV_CMD_VIDEO_START_CAPTURE, [0.0; 7]).is_empty());
}

#[test]
fn the_camera_says_what_it_can_photographs_in_series_zooms_and_records() {
    let mut pilot = equipped();
    let ask = [CAMERA_INFORMATION_DATA::ID as f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let said = order(&mut pilot, CAMERA, MavCmd::MAV_CMD_REQUEST_MESSAGE, ask);
    assert!(accepted(&said) && said.iter().any(|m| matches!(m, MavMessage::CAMERA_INFORMATION(_))), "{said:?}");
    let series = [0.0, 0.2, 3.0, 0.0, 0.0, 0.0, 0.0];
    let said = order(&mut pilot, CAMERA, MavCmd::MAV_CMD_IMAGE_START_CAPTURE, series);
    let indices: Vec<i32> = said
        .iter()
        .filter_map(|message| match message {
            MavMessage::CAMERA_IMAGE_CAPTURED(image) => Some(image.image_index),
            _ => None,
        })
        .collect();
    assert_eq!(indices, [1, 2, 3]);
    assert!(accepted(&order(&mut pilot, CAMERA, MavCmd::MAV_CMD_VIDEO_START_CAPTURE, [0.0; 7])));
    assert!(pilot.truth().camera_recording);
    assert!(accepted(&order(
        &mut pilot,
        CAMERA,
        MavCmd::MAV_CMD_SET_CAMERA_ZOOM,
        [2.0, 40.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    )));
    let settings = order(&mut pilot, CAMERA, MavCmd::MAV_CMD_REQUEST_MESSAGE, [260.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(settings.iter().any(|m| matches!(m, MavMessage::CAMERA_SETTINGS(settings) if settings.zoomLevel == 40.0)));
    let rectangle = [0.2, 0.3, 0.4, 0.5, 0.0, 0.0, 0.0];
    assert!(accepted(&order(&mut pilot, CAMERA, MavCmd::MAV_CMD_CAMERA_TRACK_RECTANGLE, rectangle)));
    let status = order(&mut pilot, CAMERA, MavCmd::MAV_CMD_REQUEST_MESSAGE, [275.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(status.iter().any(|m| matches!(m, MavMessage::CAMERA_TRACKING_IMAGE_STATUS(s) if s.rec_bottom_y == 0.5)));
}

fn gimbal_pitch(pilot: &mut Pilot) -> f32 {
    pilot.payload_inbox.clear();
    pilot.run(3.0);
    let (_, status) = pilot
        .payload_inbox
        .iter()
        .rfind(|(_, message)| matches!(message, MavMessage::GIMBAL_DEVICE_ATTITUDE_STATUS(_)))
        .expect("an attitude");
    let MavMessage::GIMBAL_DEVICE_ATTITUDE_STATUS(status) = status else { unreachable!() };
    let [w, x, y, z] = status.q;
    (2.0 * (w * y - z * x)).asin().to_degrees()
}

#[test]
fn the_gimbal_points_at_angles_and_at_places() {
    let mut pilot = equipped();
    let ask = [GIMBAL_MANAGER_INFORMATION_DATA::ID as f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let said = order(&mut pilot, GIMBAL, MavCmd::MAV_CMD_REQUEST_MESSAGE, ask);
    assert!(said.iter().any(|m| matches!(m, MavMessage::GIMBAL_MANAGER_INFORMATION(_))), "{said:?}");
    let down = [-45.0, 0.0, f32::NAN, f32::NAN, 0.0, 0.0, 0.0];
    assert!(accepted(&order(&mut pilot, GIMBAL, MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, down)));
    assert!((gimbal_pitch(&mut pilot) + 45.0).abs() < 1.0);
    pilot.send(&MavMessage::GIMBAL_MANAGER_SET_PITCHYAW(GIMBAL_MANAGER_SET_PITCHYAW_DATA {
        flags: GimbalManagerFlags::empty(),
        pitch: -0.2,
        yaw: 0.0,
        pitch_rate: f32::NAN,
        yaw_rate: f32::NAN,
        target_system: VEHICLE,
        target_component: GIMBAL,
        gimbal_device_id: 0,
    }));
    assert!((gimbal_pitch(&mut pilot) + 11.5).abs() < 1.0);
    // A place level with it, a hundred metres away.
    let place = from_home(100.0, 0.0);
    let (latitude, longitude) = (place.latitude().to_degrees() as f32, place.longitude().to_degrees() as f32);
    let roi = [0.0, 0.0, 0.0, 0.0, latitude, longitude, 0.0];
    assert!(accepted(&order(&mut pilot, GIMBAL, MavCmd::MAV_CMD_DO_SET_ROI_LOCATION, roi)));
    assert!(gimbal_pitch(&mut pilot).abs() < 5.0);
    assert!(pilot.truth().camera_target.is_some());
}

#[test]
fn with_remote_id_arming_waits_for_transmitter_identity_and_operator() {
    let mut pilot = Pilot::copter();
    pilot.set("DID_ENABLE", 1.0);
    pilot.run(13.0);
    let transmitter = MavMessage::OPEN_DRONE_ID_ARM_STATUS(OPEN_DRONE_ID_ARM_STATUS_DATA {
        status: MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM,
        error: "".into(),
    });
    let identity = MavMessage::OPEN_DRONE_ID_BASIC_ID(OPEN_DRONE_ID_BASIC_ID_DATA {
        target_system: VEHICLE,
        id_type: MavOdidIdType::MAV_ODID_ID_TYPE_SERIAL_NUMBER,
        ua_type: MavOdidUaType::MAV_ODID_UA_TYPE_HELICOPTER_OR_MULTIROTOR,
        ..OPEN_DRONE_ID_BASIC_ID_DATA::default()
    });
    let operator = MavMessage::OPEN_DRONE_ID_SYSTEM(OPEN_DRONE_ID_SYSTEM_DATA {
        target_system: VEHICLE,
        operator_latitude: 543_795_000,
        operator_longitude: 101_455_000,
        ..OPEN_DRONE_ID_SYSTEM_DATA::default()
    });
    for (message, missing) in [
        (None, "ARM_STATUS not available"),
        (Some(transmitter), "UA_TYPE required in BasicID"),
        (Some(identity), "SYSTEM not available"),
    ] {
        if let Some(message) = &message {
            pilot.send(message);
        }
        assert_eq!(pilot.try_arm(), MavResult::MAV_RESULT_FAILED);
        assert!(pilot.said(missing), "{missing}: {:?}", pilot.texts);
    }
    pilot.send(&operator);
    pilot.arm();
}
