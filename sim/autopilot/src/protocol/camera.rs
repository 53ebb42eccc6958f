//! The camera, component 100: MAVLink's camera protocol, version 2.
//!
//! It takes photographs, once or at intervals, records, zooms, and tracks what it is told to in its image. What it would
//! see is not simulated here; that it was told to is.

mod stream;

use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    CAMERA_CAPTURE_STATUS_DATA, CAMERA_IMAGE_CAPTURED_DATA, CAMERA_INFORMATION_DATA, CAMERA_SETTINGS_DATA,
    CAMERA_TRACKING_IMAGE_STATUS_DATA, CameraCapFlags, CameraMode, CameraTrackingMode, CameraTrackingStatusFlags,
    CameraTrackingTargetData, HEARTBEAT_DATA, MavAutopilot, MavBool, MavCmd, MavModeFlag, MavResult, MavState, MavType,
    STORAGE_INFORMATION_DATA, StorageStatus, StorageType, StorageUsageFlag, VIDEO_STREAM_INFORMATION_DATA,
    VIDEO_STREAM_STATUS_DATA,
};
use telemetry::Timestamp;

use super::super::Craft;
use super::super::flight::{IMAGE_START_CAPTURE, IMAGE_STOP_CAPTURE, VIDEO_START_CAPTURE, VIDEO_STOP_CAPTURE};
use super::Link;
use super::commands::Order;
use super::frames::{CAMERA_COMPONENT, GIMBAL_COMPONENT, Peer};
use super::report::{boot_ms, global, quaternion};

const REQUEST_MESSAGE: u16 = MavCmd::MAV_CMD_REQUEST_MESSAGE as u16;
const SET_MESSAGE_INTERVAL: u16 = MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL as u16;
const SET_CAMERA_MODE: u16 = MavCmd::MAV_CMD_SET_CAMERA_MODE as u16;
const SET_CAMERA_ZOOM: u16 = MavCmd::MAV_CMD_SET_CAMERA_ZOOM as u16;
const SET_CAMERA_FOCUS: u16 = MavCmd::MAV_CMD_SET_CAMERA_FOCUS as u16;
const TRACK_POINT: u16 = MavCmd::MAV_CMD_CAMERA_TRACK_POINT as u16;
const TRACK_RECTANGLE: u16 = MavCmd::MAV_CMD_CAMERA_TRACK_RECTANGLE as u16;
const STOP_TRACKING: u16 = MavCmd::MAV_CMD_CAMERA_STOP_TRACKING as u16;
const STORAGE_FORMAT: u16 = MavCmd::MAV_CMD_STORAGE_FORMAT as u16;
/// The requests of version 1, each for one message of version 2.
const OLD_REQUESTS: [(u16, u32); 5] = [
    (521, CAMERA_INFORMATION_DATA::ID),
    (522, CAMERA_SETTINGS_DATA::ID),
    (525, STORAGE_INFORMATION_DATA::ID),
    (527, CAMERA_CAPTURE_STATUS_DATA::ID),
    (2504, VIDEO_STREAM_INFORMATION_DATA::ID),
];

const STORAGE_MIB: f32 = 32_768.0;
const IMAGE_MIB: f32 = 8.0;
/// Zoom steps go from wide to tele in these.
const ZOOM_STEP: f32 = 10.0;

/// What is tracked in the image, in fractions of its width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Tracked {
    Point { x: f32, y: f32, radius: f32 },
    Rectangle { top: [f32; 2], bottom: [f32; 2] },
}

#[derive(Debug)]
pub(super) struct Camera {
    mode: CameraMode,
    /// Per cent, from wide to tele.
    zoom: f32,
    focus: f32,
    images: i32,
    /// Photographs still to be taken, at intervals; nothing when none are. A count of `None` goes on for ever.
    shooting: Option<Shooting>,
    recording_since: Option<Timestamp>,
    tracked: Option<Tracked>,
    tracking_every: Option<Duration>,
    next_tracking: Timestamp,
    next_beat: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Shooting {
    every: Duration,
    left: Option<u32>,
    next: Timestamp,
}

impl Camera {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            mode: CameraMode::CAMERA_MODE_IMAGE,
            zoom: 0.0,
            focus: 0.0,
            images: 0,
            shooting: None,
            recording_since: None,
            tracked: None,
            tracking_every: None,
            next_tracking: now,
            next_beat: now,
        }
    }
}

impl Link {
    fn camera_peer(craft: &Craft) -> Peer {
        Peer { system: craft.plant.system(), component: CAMERA_COMPONENT }
    }

    fn send_of_camera<D: MessageData>(&mut self, craft: &Craft, message: &D) {
        self.encoder.send(Self::camera_peer(craft), message);
    }

    /// A command addressed to the camera.
    pub(super) fn command_camera(&mut self, now: Timestamp, from: Peer, order: &Order, craft: &mut Craft) {
        let result = self.obey_as_camera(now, order, craft);
        self.acknowledge_from(Self::camera_peer(craft), from, order.command, result);
        let asked = match order.command {
            REQUEST_MESSAGE => Some(order.param[0] as u32),
            command => OLD_REQUESTS.iter().find(|(request, _)| *request == command).map(|(_, id)| *id),
        };
        if let Some(id) = asked {
            self.tell_of_camera(id, craft);
        }
    }

    fn obey_as_camera(&mut self, now: Timestamp, order: &Order, craft: &mut Craft) -> MavResult {
        let Some(camera) = &mut self.camera else { return MavResult::MAV_RESULT_UNSUPPORTED };
        let [_, second, third, fourth] = order.param;
        match order.command {
            REQUEST_MESSAGE if !ANSWERED.contains(&(order.param[0] as u32)) => {
                return MavResult::MAV_RESULT_UNSUPPORTED;
            }
            REQUEST_MESSAGE | STORAGE_FORMAT => {}
            command if OLD_REQUESTS.iter().any(|(request, _)| *request == command) => {}
            SET_MESSAGE_INTERVAL if order.param[0] as u32 == CAMERA_TRACKING_IMAGE_STATUS_DATA::ID => {
                camera.tracking_every =
                    (second > 0.0).then(|| Duration::from_micros(u64::from((second as u32).max(50_000))));
                camera.next_tracking = now;
            }
            SET_CAMERA_MODE => {
                camera.mode = match second as i32 {
                    0 => CameraMode::CAMERA_MODE_IMAGE,
                    1 => CameraMode::CAMERA_MODE_VIDEO,
                    2 => CameraMode::CAMERA_MODE_IMAGE_SURVEY,
                    _ => return MavResult::MAV_RESULT_DENIED,
                };
            }
            SET_CAMERA_ZOOM => {
                // Steps, a speed (which moves by one), per cent of the range; focal lengths are not known.
                let zoom = match order.param[0] as i32 {
                    0 | 1 => camera.zoom + ZOOM_STEP * second,
                    2 => second,
                    _ => return MavResult::MAV_RESULT_DENIED,
                };
                if !zoom.is_finite() {
                    return MavResult::MAV_RESULT_DENIED;
                }
                camera.zoom = zoom.clamp(0.0, 100.0);
            }
            SET_CAMERA_FOCUS if second.is_finite() => camera.focus = second.clamp(0.0, 100.0),
            IMAGE_START_CAPTURE => {
                let every = Duration::from_secs_f32(if second.is_finite() { second.clamp(0.1, 3600.0) } else { 1.0 });
                let left = if third >= 1.0 { Some(third as u32) } else { None };
                camera.shooting = Some(Shooting { every, left, next: now });
            }
            IMAGE_STOP_CAPTURE => camera.shooting = None,
            VIDEO_START_CAPTURE => {
                camera.recording_since = Some(now);
                craft.flight.recording = true;
            }
            VIDEO_STOP_CAPTURE => {
                camera.recording_since = None;
                craft.flight.recording = false;
            }
            TRACK_POINT => {
                camera.tracked = Some(Tracked::Point { x: order.param[0], y: second, radius: third });
            }
            TRACK_RECTANGLE => {
                camera.tracked = Some(Tracked::Rectangle { top: [order.param[0], second], bottom: [third, fourth] });
            }
            STOP_TRACKING => camera.tracked = None,
            _ => return MavResult::MAV_RESULT_UNSUPPORTED,
        }
        MavResult::MAV_RESULT_ACCEPTED
    }

    fn tell_of_camera(&mut self, id: u32, craft: &Craft) {
        let Some(camera) = &self.camera else { return };
        match id {
            CAMERA_INFORMATION_DATA::ID => self.send_of_camera(craft, &information(craft)),
            CAMERA_SETTINGS_DATA::ID => {
                let message = CAMERA_SETTINGS_DATA {
                    time_boot_ms: boot_ms(craft),
                    mode_id: camera.mode,
                    zoomLevel: camera.zoom,
                    focusLevel: camera.focus,
                    camera_device_id: 0,
                };
                self.send_of_camera(craft, &message);
            }
            STORAGE_INFORMATION_DATA::ID => self.send_of_camera(craft, &storage(camera, craft)),
            CAMERA_CAPTURE_STATUS_DATA::ID => self.send_of_camera(craft, &capture_status(camera, craft)),
            VIDEO_STREAM_INFORMATION_DATA::ID => self.send_of_camera(craft, &stream::information()),
            VIDEO_STREAM_STATUS_DATA::ID => self.send_of_camera(craft, &stream::status()),
            CAMERA_TRACKING_IMAGE_STATUS_DATA::ID => self.send_of_camera(craft, &tracking(camera)),
            _ => {}
        }
    }

    /// Its heartbeat, the photographs that are due, and where what it tracks is.
    pub(super) fn step_camera(&mut self, now: Timestamp, craft: &Craft) {
        let Some(camera) = &mut self.camera else { return };
        let beats = now >= camera.next_beat;
        if beats {
            camera.next_beat = camera.next_beat + Duration::from_secs(1);
        }
        let mut shot = None;
        if let Some(shooting) = &mut camera.shooting
            && now >= shooting.next
        {
            shooting.next = shooting.next + shooting.every;
            camera.images = camera.images.saturating_add(1);
            shot = Some(camera.images);
            if let Some(left) = &mut shooting.left {
                *left -= 1;
                if *left == 0 {
                    camera.shooting = None;
                }
            }
        }
        let mut tracks = None;
        if let Some(every) = camera.tracking_every
            && now >= camera.next_tracking
        {
            camera.next_tracking = now + every;
            tracks = Some(tracking(camera));
        }
        if beats {
            self.send_of_camera(craft, &heartbeat(MavType::MAV_TYPE_CAMERA));
        }
        if let Some(index) = shot {
            self.send_of_camera(craft, &image_captured(index, craft));
        }
        if let Some(message) = tracks {
            self.send_of_camera(craft, &message);
        }
    }
}

/// The messages it has.
const ANSWERED: [u32; 7] = [
    CAMERA_INFORMATION_DATA::ID,
    CAMERA_SETTINGS_DATA::ID,
    STORAGE_INFORMATION_DATA::ID,
    CAMERA_CAPTURE_STATUS_DATA::ID,
    VIDEO_STREAM_INFORMATION_DATA::ID,
    VIDEO_STREAM_STATUS_DATA::ID,
    CAMERA_TRACKING_IMAGE_STATUS_DATA::ID,
];

/// The heartbeat of a component that is no autopilot.
pub(super) fn heartbeat(mavtype: MavType) -> HEARTBEAT_DATA {
    HEARTBEAT_DATA {
        custom_mode: 0,
        mavtype,
        autopilot: MavAutopilot::MAV_AUTOPILOT_INVALID,
        base_mode: MavModeFlag::empty(),
        system_status: MavState::MAV_STATE_ACTIVE,
        mavlink_version: 3,
    }
}

fn information(craft: &Craft) -> CAMERA_INFORMATION_DATA {
    type Flags = CameraCapFlags;
    let name = |text: &str| {
        let mut bytes = [0; 32];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes
    };
    CAMERA_INFORMATION_DATA {
        time_boot_ms: boot_ms(craft),
        firmware_version: 1,
        focal_length: 4.4,
        sensor_size_h: 6.2,
        sensor_size_v: 4.6,
        flags: Flags::CAMERA_CAP_FLAGS_CAPTURE_VIDEO
            | Flags::CAMERA_CAP_FLAGS_CAPTURE_IMAGE
            | Flags::CAMERA_CAP_FLAGS_HAS_MODES
            | Flags::CAMERA_CAP_FLAGS_CAN_CAPTURE_IMAGE_IN_VIDEO_MODE
            | Flags::CAMERA_CAP_FLAGS_HAS_BASIC_ZOOM
            | Flags::CAMERA_CAP_FLAGS_HAS_BASIC_FOCUS
            | Flags::CAMERA_CAP_FLAGS_HAS_VIDEO_STREAM
            | Flags::CAMERA_CAP_FLAGS_HAS_TRACKING_POINT
            | Flags::CAMERA_CAP_FLAGS_HAS_TRACKING_RECTANGLE,
        resolution_h: 4000,
        resolution_v: 3000,
        cam_definition_version: 0,
        vendor_name: name("Picket"),
        model_name: name("Simulated"),
        lens_id: 0,
        cam_definition_uri: "".into(),
        gimbal_device_id: GIMBAL_COMPONENT,
        camera_device_id: 0,
    }
}

fn storage(camera: &Camera, craft: &Craft) -> STORAGE_INFORMATION_DATA {
    let used = (IMAGE_MIB * camera.images as f32).min(STORAGE_MIB);
    STORAGE_INFORMATION_DATA {
        time_boot_ms: boot_ms(craft),
        total_capacity: STORAGE_MIB,
        used_capacity: used,
        available_capacity: STORAGE_MIB - used,
        read_speed: 80.0,
        write_speed: 40.0,
        storage_id: 1,
        storage_count: 1,
        status: StorageStatus::STORAGE_STATUS_READY,
        mavtype: StorageType::STORAGE_TYPE_MICROSD,
        name: "sd".into(),
        storage_usage: StorageUsageFlag::STORAGE_USAGE_FLAG_SET
            | StorageUsageFlag::STORAGE_USAGE_FLAG_PHOTO
            | StorageUsageFlag::STORAGE_USAGE_FLAG_VIDEO,
    }
}

fn capture_status(camera: &Camera, craft: &Craft) -> CAMERA_CAPTURE_STATUS_DATA {
    let recorded = camera.recording_since.map(|since| craft.plant.clock.since(since).as_millis() as u32);
    CAMERA_CAPTURE_STATUS_DATA {
        time_boot_ms: boot_ms(craft),
        image_interval: camera.shooting.map_or(0.0, |shooting| shooting.every.as_secs_f32()),
        recording_time_ms: recorded.unwrap_or(0),
        available_capacity: storage(camera, craft).available_capacity,
        // 0 is idle, 3 is set to take the next of a series.
        image_status: if camera.shooting.is_some() { 3 } else { 0 },
        video_status: u8::from(craft.flight.recording),
        image_count: camera.images,
        camera_device_id: 0,
    }
}

fn tracking(camera: &Camera) -> CAMERA_TRACKING_IMAGE_STATUS_DATA {
    let mut message = CAMERA_TRACKING_IMAGE_STATUS_DATA {
        tracking_status: CameraTrackingStatusFlags::CAMERA_TRACKING_STATUS_FLAGS_ACTIVE,
        target_data: CameraTrackingTargetData::CAMERA_TRACKING_TARGET_DATA_IN_STATUS,
        point_x: f32::NAN,
        point_y: f32::NAN,
        radius: f32::NAN,
        rec_top_x: f32::NAN,
        rec_top_y: f32::NAN,
        rec_bottom_x: f32::NAN,
        rec_bottom_y: f32::NAN,
        ..CAMERA_TRACKING_IMAGE_STATUS_DATA::DEFAULT
    };
    match camera.tracked {
        None => {
            message.tracking_status = CameraTrackingStatusFlags::CAMERA_TRACKING_STATUS_FLAGS_IDLE;
            message.tracking_mode = CameraTrackingMode::CAMERA_TRACKING_MODE_NONE;
        }
        Some(Tracked::Point { x, y, radius }) => {
            message.tracking_mode = CameraTrackingMode::CAMERA_TRACKING_MODE_POINT;
            (message.point_x, message.point_y, message.radius) = (x, y, radius);
        }
        Some(Tracked::Rectangle { top, bottom }) => {
            message.tracking_mode = CameraTrackingMode::CAMERA_TRACKING_MODE_RECTANGLE;
            [message.rec_top_x, message.rec_top_y] = top;
            [message.rec_bottom_x, message.rec_bottom_y] = bottom;
        }
    }
    message
}

fn image_captured(index: i32, craft: &Craft) -> CAMERA_IMAGE_CAPTURED_DATA {
    let estimate = craft.plant.filter.estimate();
    let [lat, lon, alt] = global(craft, estimate.position);
    let home_m = craft.flight.home().map_or(craft.plant.ground.metres, |home| home.height().metres);
    CAMERA_IMAGE_CAPTURED_DATA {
        time_utc: u64::try_from(craft.plant.clock.unix_nanos() / 1000).unwrap_or(0),
        time_boot_ms: boot_ms(craft),
        lat,
        lon,
        alt,
        relative_alt: (1000.0 * (estimate.position.height().metres - home_m)).round() as i32,
        q: quaternion(&estimate.attitude),
        image_index: index,
        camera_id: 0,
        capture_result: MavBool::MAV_BOOL_TRUE,
        file_url: format!("mftp:///DCIM/{index:06}.jpg").as_str().into(),
    }
}
