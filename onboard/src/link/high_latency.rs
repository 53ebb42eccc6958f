//! HIGH_LATENCY2: the whole vehicle in one message, for a link too thin for a stream.
//!
//! [`Summary`] makes one from what the autopilot streams, every [`SUMMARY_EVERY`]; [`expanded`] is the way back, for an
//! autopilot that itself is behind such a link: what it says becomes the messages that would have said it.
//!
//! The message is coarse: whole metres, fifths of a metre a second, two degrees of heading.
//!
//! Source: <https://mavlink.io/en/services/high_latency.html>; ArduPilot 4.5, `libraries/GCS_MAVLink/GCS_Common.cpp`
//! (`send_high_latency2`); PX4 1.17, `src/modules/mavlink/streams/HIGH_LATENCY2.hpp`.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, BATTERY_STATUS_DATA, EXTENDED_SYS_STATE_DATA, GLOBAL_POSITION_INT_DATA, GPS_RAW_INT_DATA,
    GpsFixType, HEARTBEAT_DATA, HIGH_LATENCY2_DATA, HlFailureFlag, MISSION_CURRENT_DATA, MavMessage, MavModeFlag,
    MavState, MavSysStatusSensor, SYS_STATUS_DATA,
};
use telemetry::Timestamp;

use super::frames::Frame;
use super::mode::Make;
use super::splitter::RawFrame;

/// How often a summary is sent.
pub const SUMMARY_EVERY: Duration = Duration::from_secs(5);
/// ArduPilot puts its base mode into `custom0`: its way to say "armed".
const ARMED: i8 = i8::MIN;
/// PX4 says nothing there, by the lowest number.
const NOT_TOLD: i8 = i8::MIN;
/// Of PX4's number for a mode the upper half goes into a summary; the lower is always 0.
const PX4_MODE_SHIFT: u32 = 16;

/// Sensors whose failure has a flag.
#[rustfmt::skip]
const FAILURES: [(MavSysStatusSensor, HlFailureFlag); 10] = [
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_GPS, HlFailureFlag::HL_FAILURE_FLAG_GPS),
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_DIFFERENTIAL_PRESSURE, HlFailureFlag::HL_FAILURE_FLAG_DIFFERENTIAL_PRESSURE),
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_ABSOLUTE_PRESSURE, HlFailureFlag::HL_FAILURE_FLAG_ABSOLUTE_PRESSURE),
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_3D_ACCEL, HlFailureFlag::HL_FAILURE_FLAG_3D_ACCEL),
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_3D_GYRO, HlFailureFlag::HL_FAILURE_FLAG_3D_GYRO),
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_3D_MAG, HlFailureFlag::HL_FAILURE_FLAG_3D_MAG),
    (MavSysStatusSensor::MAV_SYS_STATUS_TERRAIN, HlFailureFlag::HL_FAILURE_FLAG_TERRAIN),
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_BATTERY, HlFailureFlag::HL_FAILURE_FLAG_BATTERY),
    (MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_RC_RECEIVER, HlFailureFlag::HL_FAILURE_FLAG_RC_RECEIVER),
    (MavSysStatusSensor::MAV_SYS_STATUS_GEOFENCE, HlFailureFlag::HL_FAILURE_FLAG_GEOFENCE),
];

/// Puts together what the autopilot says.
#[derive(Debug)]
pub struct Summary {
    next: Timestamp,
    heard: bool,
    message: HIGH_LATENCY2_DATA,
}

impl Summary {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        // The crate's default of a set of flags is its first flag.
        let message = HIGH_LATENCY2_DATA { failure_flags: HlFailureFlag::empty(), ..HIGH_LATENCY2_DATA::default() };
        Self { next: now + SUMMARY_EVERY, heard: false, message }
    }

    /// Takes a frame of the autopilot.
    pub fn take(&mut self, now: Timestamp, frame: &RawFrame<'_>) {
        let Some(frame) = Frame::of(frame) else { return };
        let summary = &mut self.message;
        summary.timestamp = (now.unix_nanos() / 1_000_000) as u32;
        match frame.message {
            MavMessage::HEARTBEAT(beat) => {
                self.heard = true;
                summary.mavtype = beat.mavtype;
                summary.autopilot = beat.autopilot;
                summary.custom_mode = match Make::of_heartbeat(beat.autopilot) {
                    Some(Make::Px4) => (beat.custom_mode >> PX4_MODE_SHIFT) as u16,
                    _ => beat.custom_mode as u16,
                };
                summary.custom0 = beat.base_mode.bits() as i8;
            }
            MavMessage::GLOBAL_POSITION_INT(position) => {
                (summary.latitude, summary.longitude) = (position.lat, position.lon);
                summary.altitude = bounded(position.alt / 1_000);
                summary.groundspeed = fifths(f32::from(position.vx).hypot(f32::from(position.vy)) / 1e2);
                summary.climb_rate = (-f32::from(position.vz) / 1e1) as i8;
            }
            MavMessage::ATTITUDE(attitude) => {
                summary.heading = (attitude.yaw.to_degrees().rem_euclid(360.0) / 2.0) as u8;
            }
            MavMessage::VFR_HUD(hud) => {
                summary.airspeed = fifths(hud.airspeed);
                summary.throttle = hud.throttle.min(100) as u8;
            }
            MavMessage::SYS_STATUS(status) => {
                summary.battery = status.battery_remaining;
                let expected = status.onboard_control_sensors_present & status.onboard_control_sensors_enabled;
                let failed = expected & !status.onboard_control_sensors_health;
                let flag =
                    |(sensor, flag): (MavSysStatusSensor, HlFailureFlag)| failed.contains(sensor).then_some(flag);
                summary.failure_flags =
                    FAILURES.into_iter().filter_map(flag).fold(HlFailureFlag::empty(), HlFailureFlag::union);
            }
            MavMessage::MISSION_CURRENT(current) => summary.wp_num = current.seq,
            MavMessage::NAV_CONTROLLER_OUTPUT(navigation) => {
                summary.target_heading = (f32::from(navigation.target_bearing).rem_euclid(360.0) / 2.0) as u8;
                summary.target_distance = navigation.wp_dist / 10;
            }
            _ => {}
        }
    }

    /// The summary, when it is time and there is something to say.
    pub fn due(&mut self, now: Timestamp) -> Option<MavMessage> {
        if now < self.next {
            return None;
        }
        self.next = now + SUMMARY_EVERY;
        self.heard.then(|| MavMessage::HIGH_LATENCY2(self.message.clone()))
    }

    /// When [`Summary::due`] has something next.
    #[must_use]
    pub fn next_due(&self) -> Timestamp {
        self.next
    }
}

/// What is known of the vehicle beside a summary, because not every summary says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// How high home lies above the sea, metres: it makes the height above home.
    pub home_altitude_m: f64,
    /// Whether its motors were armed when that was told last. PX4's summary does not tell.
    pub armed: bool,
}

/// What a summary says, as the messages that would have said it; of the wind, see [`wind`].
#[must_use]
pub fn expanded(summary: &HIGH_LATENCY2_DATA, known: Known) -> Vec<MavMessage> {
    let speed_m_s = f32::from(summary.groundspeed) / 5.0;
    let heading_rad = (f32::from(summary.heading) * 2.0).to_radians();
    let altitude_mm = i32::from(summary.altitude) * 1_000;
    let failed = |flag| summary.failure_flags.contains(flag);
    let px4 = Make::of_heartbeat(summary.autopilot) == Some(Make::Px4);
    let armed = if px4 && summary.custom0 == NOT_TOLD { known.armed } else { summary.custom0 & ARMED != 0 };
    let armed = if armed { MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED } else { MavModeFlag::empty() };
    let custom_mode = u32::from(summary.custom_mode) << if px4 { PX4_MODE_SHIFT } else { 0 };
    let motors = MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS;
    let fix_type = if failed(HlFailureFlag::HL_FAILURE_FLAG_GPS) {
        GpsFixType::GPS_FIX_TYPE_NO_FIX
    } else {
        GpsFixType::GPS_FIX_TYPE_3D_FIX
    };
    vec![
        MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode,
            mavtype: summary.mavtype,
            autopilot: summary.autopilot,
            base_mode: armed | MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED,
            system_status: MavState::MAV_STATE_ACTIVE,
            mavlink_version: 3,
        }),
        MavMessage::GLOBAL_POSITION_INT(GLOBAL_POSITION_INT_DATA {
            time_boot_ms: summary.timestamp,
            lat: summary.latitude,
            lon: summary.longitude,
            alt: altitude_mm,
            relative_alt: altitude_mm.saturating_sub((known.home_altitude_m * 1e3) as i32),
            vx: (speed_m_s * heading_rad.cos() * 1e2) as i16,
            vy: (speed_m_s * heading_rad.sin() * 1e2) as i16,
            vz: -i16::from(summary.climb_rate) * 10,
            hdg: u16::from(summary.heading) * 200,
        }),
        MavMessage::ATTITUDE(ATTITUDE_DATA { yaw: heading_rad, ..ATTITUDE_DATA::default() }),
        MavMessage::GPS_RAW_INT(GPS_RAW_INT_DATA {
            fix_type,
            satellites_visible: u8::MAX,
            ..GPS_RAW_INT_DATA::default()
        }),
        MavMessage::SYS_STATUS(SYS_STATUS_DATA {
            voltage_battery: u16::MAX,
            current_battery: -1,
            battery_remaining: summary.battery,
            onboard_control_sensors_present: motors,
            onboard_control_sensors_enabled: motors,
            onboard_control_sensors_health: if failed(HlFailureFlag::HL_FAILURE_FLAG_ENGINE) {
                MavSysStatusSensor::empty()
            } else {
                motors
            },
            ..SYS_STATUS_DATA::default()
        }),
        MavMessage::BATTERY_STATUS(BATTERY_STATUS_DATA {
            battery_remaining: summary.battery,
            ..BATTERY_STATUS_DATA::default()
        }),
        // A summary does not say whether it flies: its height does.
        MavMessage::EXTENDED_SYS_STATE(EXTENDED_SYS_STATE_DATA::default()),
        MavMessage::MISSION_CURRENT(MISSION_CURRENT_DATA { seq: summary.wp_num, ..MISSION_CURRENT_DATA::default() }),
    ]
}

/// The wind of a summary, where it tells one: the direction it comes from, degrees, and its speed, m/s. ArduPilot says
/// where the wind comes from, PX4 where it goes to, and both say 0 for a speed that they do not know.
#[must_use]
pub fn wind(summary: &HIGH_LATENCY2_DATA) -> Option<(f32, f32)> {
    let said_deg = f32::from(summary.wind_heading) * 2.0;
    let from_deg = match Make::of_heartbeat(summary.autopilot) {
        Some(Make::Px4) => (said_deg + 180.0) % 360.0,
        _ => said_deg,
    };
    (summary.windspeed > 0).then_some((from_deg, f32::from(summary.windspeed) / 5.0))
}

fn bounded(metres: i32) -> i16 {
    i16::try_from(metres).unwrap_or(if metres < 0 { i16::MIN } else { i16::MAX })
}

/// Fifths of a metre a second.
fn fifths(speed_m_s: f32) -> u8 {
    (speed_m_s * 5.0) as u8
}
