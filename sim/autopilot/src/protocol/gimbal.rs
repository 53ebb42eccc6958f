//! The gimbal, component 154: gimbal manager and gimbal device in one, gimbal protocol version 2.
//!
//! It points where it is told, at a rate, at an angle (with the vehicle or with the Earth), or at a place; it turns no
//! faster than [`TURN_RAD_S`]. Whoever commands it has control: nobody has to ask for it first.

use std::f64::consts::{FRAC_PI_2, PI};
use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    GIMBAL_DEVICE_ATTITUDE_STATUS_DATA, GIMBAL_DEVICE_INFORMATION_DATA, GIMBAL_MANAGER_INFORMATION_DATA,
    GIMBAL_MANAGER_SET_ATTITUDE_DATA, GIMBAL_MANAGER_SET_PITCHYAW_DATA, GIMBAL_MANAGER_STATUS_DATA,
    GimbalDeviceCapFlags, GimbalDeviceCapFlagsU16, GimbalDeviceErrorFlags, GimbalDeviceFlags, GimbalManagerCapFlags,
    GimbalManagerFlags, MavCmd, MavResult, MavType,
};
use telemetry::angle::wrapped_pi;
use telemetry::{Attitude, Heading, Timestamp};

use super::super::flight::{DO_SET_ROI_LOCATION, DO_SET_ROI_NONE};
use super::super::local::displacement;
use super::super::{Craft, STEP_S};
use super::Link;
use super::camera::heartbeat;
use super::commands::Order;
use super::frames::{Frame, GIMBAL_COMPONENT, Peer};
use super::report::{boot_ms, quaternion};

const REQUEST_MESSAGE: u16 = MavCmd::MAV_CMD_REQUEST_MESSAGE as u16;
const SET_MESSAGE_INTERVAL: u16 = MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL as u16;
const PITCHYAW: u16 = MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW as u16;
const CONFIGURE: u16 = MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE as u16;

const PITCH_MIN: f64 = -FRAC_PI_2;
const PITCH_MAX: f64 = 30.0 * PI / 180.0;
const TURN_RAD_S: f64 = FRAC_PI_2;
const ATTITUDE_EVERY: Duration = Duration::from_millis(200);

/// Where it is to point.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Aim {
    /// Pitch above the horizon and yaw, from the nose or from north.
    Angle { pitch: f64, yaw: f64, from_north: bool },
    /// Turning, rad/s.
    Rate { pitch: f64, yaw: f64 },
    /// At the vehicle's region of interest.
    Place,
}

#[derive(Debug)]
pub(super) struct Gimbal {
    aim: Aim,
    /// Pitch above the horizon, yaw from the nose.
    pitch: f64,
    yaw: f64,
    flags: GimbalManagerFlags,
    control: Peer,
    attitude_every: Option<Duration>,
    next_attitude: Timestamp,
    next_beat: Timestamp,
}

impl Gimbal {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            aim: Aim::Angle { pitch: 0.0, yaw: 0.0, from_north: false },
            pitch: 0.0,
            yaw: 0.0,
            flags: GimbalManagerFlags::GIMBAL_MANAGER_FLAGS_PITCH_LOCK
                | GimbalManagerFlags::GIMBAL_MANAGER_FLAGS_ROLL_LOCK,
            control: Peer { system: 0, component: 0 },
            attitude_every: Some(ATTITUDE_EVERY),
            next_attitude: now,
            next_beat: now,
        }
    }

    /// Takes angles or, where they are not numbers, rates.
    fn point(&mut self, pitch: [f32; 2], yaw: [f32; 2], flags: GimbalManagerFlags) {
        let [pitch_angle, pitch_rate] = pitch.map(f64::from);
        let [yaw_angle, yaw_rate] = yaw.map(f64::from);
        let from_north = flags.intersects(
            GimbalManagerFlags::GIMBAL_MANAGER_FLAGS_YAW_LOCK
                | GimbalManagerFlags::GIMBAL_MANAGER_FLAGS_YAW_IN_EARTH_FRAME,
        );
        self.flags = flags;
        let or_zero = |value: f64| if value.is_finite() { value } else { 0.0 };
        self.aim = if pitch_angle.is_finite() || yaw_angle.is_finite() {
            Aim::Angle { pitch: or_zero(pitch_angle), yaw: or_zero(yaw_angle), from_north }
        } else {
            Aim::Rate { pitch: or_zero(pitch_rate), yaw: or_zero(yaw_rate) }
        };
    }

    fn step(&mut self, craft: &Craft) {
        let nose = craft.plant.filter.estimate().attitude.heading.radians();
        let (pitch, yaw) = match self.aim {
            Aim::Angle { pitch, yaw, from_north } => (pitch, if from_north { yaw - nose } else { yaw }),
            Aim::Rate { pitch, yaw } => (self.pitch + pitch * STEP_S, self.yaw + yaw * STEP_S),
            Aim::Place => match craft.flight.roi {
                Some(place) => {
                    let gap = displacement(craft.plant.filter.estimate().position, place);
                    (gap.up_m.atan2(gap.horizontal_m()), gap.azimuth().radians() - nose)
                }
                None => (0.0, 0.0),
            },
        };
        let most = TURN_RAD_S * STEP_S;
        self.pitch += (pitch.clamp(PITCH_MIN, PITCH_MAX) - self.pitch).clamp(-most, most);
        self.yaw = wrapped_pi(self.yaw + wrapped_pi(yaw - self.yaw).clamp(-most, most));
    }
}

impl Link {
    fn gimbal_peer(craft: &Craft) -> Peer {
        Peer { system: craft.plant.system(), component: GIMBAL_COMPONENT }
    }

    fn send_of_gimbal<D: MessageData>(&mut self, craft: &Craft, message: &D) {
        self.encoder.send(Self::gimbal_peer(craft), message);
    }

    /// A command addressed to the gimbal.
    pub(super) fn command_gimbal(&mut self, now: Timestamp, from: Peer, order: &Order, craft: &mut Craft) {
        let result = self.obey_as_gimbal(now, from, order, craft);
        self.acknowledge_from(Self::gimbal_peer(craft), from, order.command, result);
        if order.command == REQUEST_MESSAGE {
            self.tell_of_gimbal(order.param[0] as u32, craft);
        }
    }

    fn obey_as_gimbal(&mut self, now: Timestamp, from: Peer, order: &Order, craft: &mut Craft) -> MavResult {
        let Some(gimbal) = &mut self.gimbal else { return MavResult::MAV_RESULT_UNSUPPORTED };
        match order.command {
            REQUEST_MESSAGE if !ANSWERED.contains(&(order.param[0] as u32)) => {
                return MavResult::MAV_RESULT_UNSUPPORTED;
            }
            REQUEST_MESSAGE => {}
            SET_MESSAGE_INTERVAL if order.param[0] as u32 == GIMBAL_DEVICE_ATTITUDE_STATUS_DATA::ID => {
                let interval_us = order.param[1];
                gimbal.attitude_every = if interval_us == 0.0 {
                    Some(ATTITUDE_EVERY)
                } else {
                    (interval_us > 0.0).then(|| Duration::from_micros(u64::from((interval_us as u32).max(50_000))))
                };
                gimbal.next_attitude = now;
            }
            CONFIGURE => {
                // -1 leaves it, -2 takes it for the sender, -3 gives it up.
                gimbal.control = match (order.param[0] as i32, order.param[1] as i32) {
                    (-1, _) => gimbal.control,
                    (-2, _) => from,
                    (-3, _) => Peer { system: 0, component: 0 },
                    (system, component) => Peer { system: system as u8, component: component as u8 },
                };
            }
            PITCHYAW => {
                let [pitch, yaw, pitch_rate, yaw_rate] = order.param.map(f32::to_radians);
                let flags = GimbalManagerFlags::from_bits_truncate(order.x as u32);
                gimbal.control = from;
                gimbal.point([pitch, pitch_rate], [yaw, yaw_rate], flags);
            }
            DO_SET_ROI_LOCATION => {
                let Some(place) = order.place(craft) else { return MavResult::MAV_RESULT_DENIED };
                craft.flight.look_at(Some(place));
                gimbal.aim = Aim::Place;
            }
            DO_SET_ROI_NONE => {
                craft.flight.look_at(None);
                gimbal.aim = Aim::Angle { pitch: 0.0, yaw: 0.0, from_north: false };
            }
            _ => return MavResult::MAV_RESULT_UNSUPPORTED,
        }
        MavResult::MAV_RESULT_ACCEPTED
    }

    /// GIMBAL_MANAGER_SET_PITCHYAW and GIMBAL_MANAGER_SET_ATTITUDE, which get no answer.
    pub(super) fn point_gimbal(&mut self, frame: &Frame, craft: &Craft) -> Option<()> {
        let gimbal = self.gimbal.as_mut()?;
        if frame.id == GIMBAL_MANAGER_SET_PITCHYAW_DATA::ID {
            let message: GIMBAL_MANAGER_SET_PITCHYAW_DATA = frame.read()?;
            if message.target_system == craft.plant.system() {
                gimbal.control = frame.from;
                gimbal.point([message.pitch, message.pitch_rate], [message.yaw, message.yaw_rate], message.flags);
            }
        } else {
            let message: GIMBAL_MANAGER_SET_ATTITUDE_DATA = frame.read()?;
            if message.target_system == craft.plant.system() {
                let [w, x, y, z] = message.q;
                let pitch = (2.0 * (w * y - z * x)).clamp(-1.0, 1.0).asin();
                let yaw = (2.0 * (w * z + x * y)).atan2(1.0 - 2.0 * (y * y + z * z));
                gimbal.control = frame.from;
                gimbal.point([pitch, message.angular_velocity_y], [yaw, message.angular_velocity_z], message.flags);
            }
        }
        Some(())
    }

    fn tell_of_gimbal(&mut self, id: u32, craft: &Craft) {
        let Some(gimbal) = &self.gimbal else { return };
        match id {
            GIMBAL_MANAGER_INFORMATION_DATA::ID => self.send_of_gimbal(craft, &manager_information(craft)),
            GIMBAL_MANAGER_STATUS_DATA::ID => {
                let message = manager_status(gimbal, craft);
                self.send_of_gimbal(craft, &message);
            }
            GIMBAL_DEVICE_INFORMATION_DATA::ID => self.send_of_gimbal(craft, &device_information(craft)),
            GIMBAL_DEVICE_ATTITUDE_STATUS_DATA::ID => {
                let message = attitude_status(gimbal, craft);
                self.send_of_gimbal(craft, &message);
            }
            _ => {}
        }
    }

    /// Moves it on, and says where it points.
    pub(super) fn step_gimbal(&mut self, now: Timestamp, craft: &Craft) {
        let Some(gimbal) = &mut self.gimbal else { return };
        gimbal.step(craft);
        let beats = now >= gimbal.next_beat;
        if beats {
            gimbal.next_beat = gimbal.next_beat + Duration::from_secs(1);
        }
        let mut attitude = None;
        if let Some(every) = gimbal.attitude_every
            && now >= gimbal.next_attitude
        {
            gimbal.next_attitude = now + every;
            attitude = Some(attitude_status(gimbal, craft));
        }
        let status = beats.then(|| manager_status(gimbal, craft));
        if let Some(status) = status {
            self.send_of_gimbal(craft, &heartbeat(MavType::MAV_TYPE_GIMBAL));
            self.send_of_gimbal(craft, &status);
        }
        if let Some(attitude) = attitude {
            self.send_of_gimbal(craft, &attitude);
        }
    }
}

/// The messages it has.
const ANSWERED: [u32; 4] = [
    GIMBAL_MANAGER_INFORMATION_DATA::ID,
    GIMBAL_MANAGER_STATUS_DATA::ID,
    GIMBAL_DEVICE_INFORMATION_DATA::ID,
    GIMBAL_DEVICE_ATTITUDE_STATUS_DATA::ID,
];

fn manager_information(craft: &Craft) -> GIMBAL_MANAGER_INFORMATION_DATA {
    type Flags = GimbalManagerCapFlags;
    GIMBAL_MANAGER_INFORMATION_DATA {
        time_boot_ms: boot_ms(craft),
        cap_flags: Flags::GIMBAL_MANAGER_CAP_FLAGS_HAS_NEUTRAL
            | Flags::GIMBAL_MANAGER_CAP_FLAGS_HAS_PITCH_AXIS
            | Flags::GIMBAL_MANAGER_CAP_FLAGS_HAS_PITCH_LOCK
            | Flags::GIMBAL_MANAGER_CAP_FLAGS_HAS_YAW_AXIS
            | Flags::GIMBAL_MANAGER_CAP_FLAGS_HAS_YAW_FOLLOW
            | Flags::GIMBAL_MANAGER_CAP_FLAGS_HAS_YAW_LOCK
            | Flags::GIMBAL_MANAGER_CAP_FLAGS_CAN_POINT_LOCATION_GLOBAL,
        roll_min: 0.0,
        roll_max: 0.0,
        pitch_min: PITCH_MIN as f32,
        pitch_max: PITCH_MAX as f32,
        yaw_min: -PI as f32,
        yaw_max: PI as f32,
        gimbal_device_id: GIMBAL_COMPONENT,
    }
}

fn manager_status(gimbal: &Gimbal, craft: &Craft) -> GIMBAL_MANAGER_STATUS_DATA {
    GIMBAL_MANAGER_STATUS_DATA {
        time_boot_ms: boot_ms(craft),
        flags: gimbal.flags,
        gimbal_device_id: GIMBAL_COMPONENT,
        primary_control_sysid: gimbal.control.system,
        primary_control_compid: gimbal.control.component,
        secondary_control_sysid: 0,
        secondary_control_compid: 0,
    }
}

fn device_information(craft: &Craft) -> GIMBAL_DEVICE_INFORMATION_DATA {
    GIMBAL_DEVICE_INFORMATION_DATA {
        uid: u64::from(craft.plant.system()),
        time_boot_ms: boot_ms(craft),
        firmware_version: 1,
        hardware_version: 1,
        roll_min: 0.0,
        roll_max: 0.0,
        pitch_min: PITCH_MIN as f32,
        pitch_max: PITCH_MAX as f32,
        yaw_min: -PI as f32,
        yaw_max: PI as f32,
        cap_flags: GimbalDeviceCapFlagsU16::GIMBAL_DEVICE_CAP_FLAGS_HAS_PITCH_AXIS
            | GimbalDeviceCapFlagsU16::GIMBAL_DEVICE_CAP_FLAGS_HAS_PITCH_LOCK
            | GimbalDeviceCapFlagsU16::GIMBAL_DEVICE_CAP_FLAGS_HAS_YAW_AXIS
            | GimbalDeviceCapFlagsU16::GIMBAL_DEVICE_CAP_FLAGS_HAS_YAW_FOLLOW
            | GimbalDeviceCapFlagsU16::GIMBAL_DEVICE_CAP_FLAGS_HAS_YAW_LOCK,
        custom_cap_flags: 0,
        vendor_name: "Picket".into(),
        model_name: "Simulated".into(),
        custom_name: "".into(),
        gimbal_device_id: 0,
        cap_flags2: GimbalDeviceCapFlags::empty(),
    }
}

fn attitude_status(gimbal: &Gimbal, craft: &Craft) -> GIMBAL_DEVICE_ATTITUDE_STATUS_DATA {
    let nose = craft.plant.filter.estimate().attitude.heading.radians();
    let heading = Heading::from_radians(gimbal.yaw);
    GIMBAL_DEVICE_ATTITUDE_STATUS_DATA {
        time_boot_ms: boot_ms(craft),
        q: quaternion(&Attitude { roll_rad: 0.0, pitch_rad: gimbal.pitch, heading }),
        angular_velocity_x: 0.0,
        angular_velocity_y: 0.0,
        angular_velocity_z: 0.0,
        failure_flags: GimbalDeviceErrorFlags::empty(),
        flags: GimbalDeviceFlags::GIMBAL_DEVICE_FLAGS_ROLL_LOCK
            | GimbalDeviceFlags::GIMBAL_DEVICE_FLAGS_PITCH_LOCK
            | GimbalDeviceFlags::GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME,
        target_system: 0,
        target_component: 0,
        delta_yaw: wrapped_pi(nose) as f32,
        delta_yaw_velocity: 0.0,
        gimbal_device_id: 0,
    }
}
