//! What the scripted autopilot says unasked: heartbeats, streams, or one summary of everything.

use super::*;

impl Peer {
    pub(super) fn heartbeat(&self) -> MavMessage {
        let armed = if self.armed { MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED } else { MavModeFlag::empty() };
        MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode: self.mode,
            mavtype: self.mavtype,
            autopilot: match self.make {
                Make::ArduPilot => MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
                Make::Px4 => MavAutopilot::MAV_AUTOPILOT_PX4,
            },
            base_mode: MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | armed,
            system_status: MavState::MAV_STATE_ACTIVE,
            mavlink_version: 3,
        })
    }

    /// As ArduPilot makes it, or as PX4 does, which does not say whether it is armed.
    pub(super) fn summary(&self) -> MavMessage {
        let MavMessage::HEARTBEAT(beat) = self.heartbeat() else { unreachable!("it is one") };
        let place = self.position().lat_lon();
        let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
        let px4 = self.make == Make::Px4;
        let [east_m_s, north_m_s] = self.velocity_m_s;
        MavMessage::HIGH_LATENCY2(HIGH_LATENCY2_DATA {
            mavtype: beat.mavtype,
            autopilot: beat.autopilot,
            custom_mode: if px4 { (beat.custom_mode >> 16) as u16 } else { beat.custom_mode as u16 },
            custom0: if px4 { i8::MIN } else { beat.base_mode.bits() as i8 },
            latitude: e7(place.latitude_deg()),
            longitude: e7(place.longitude_deg()),
            altitude: (self.at.up_m + self.home_altitude_m).round() as i16,
            groundspeed: (east_m_s.hypot(north_m_s) * 5.0) as u8,
            heading: (east_m_s.atan2(north_m_s).to_degrees().rem_euclid(360.0) / 2.0) as u8,
            battery: self.battery_percent.round() as i8,
            wp_num: self.current,
            failure_flags: HlFailureFlag::empty(),
            ..HIGH_LATENCY2_DATA::default()
        })
    }

    pub(super) fn stream(&mut self, now: Timestamp, id: u32) -> Option<MavMessage> {
        let boot_ms = (now.since(self.booted).as_millis() % u128::from(u32::MAX)) as u32;
        let at = self.position();
        let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
        let (lat, lon) = (e7(at.lat_lon().latitude_deg()), e7(at.lat_lon().longitude_deg()));
        let (height_mm, alt_mm) = ((self.at.up_m * 1e3) as i32, ((self.at.up_m + self.home_altitude_m) * 1e3) as i32);
        let home = self.frame.datum().lat_lon();
        let motors = MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS;
        Some(match id {
            GLOBAL_POSITION_INT_DATA::ID => MavMessage::GLOBAL_POSITION_INT(GLOBAL_POSITION_INT_DATA {
                time_boot_ms: boot_ms,
                lat,
                lon,
                alt: alt_mm,
                relative_alt: height_mm,
                vx: (self.velocity_m_s[1] * 1e2) as i16,
                vy: (self.velocity_m_s[0] * 1e2) as i16,
                ..GLOBAL_POSITION_INT_DATA::default()
            }),
            ATTITUDE_DATA::ID => {
                MavMessage::ATTITUDE(ATTITUDE_DATA { time_boot_ms: boot_ms, yaw: 1.5, ..ATTITUDE_DATA::default() })
            }
            SYS_STATUS_DATA::ID => MavMessage::SYS_STATUS(SYS_STATUS_DATA {
                onboard_control_sensors_present: motors | MavSysStatusSensor::MAV_SYS_STATUS_GEOFENCE,
                onboard_control_sensors_enabled: if self.fenced() {
                    motors | MavSysStatusSensor::MAV_SYS_STATUS_GEOFENCE
                } else {
                    motors
                },
                onboard_control_sensors_health: if self.motors_healthy { motors } else { MavSysStatusSensor::empty() },
                voltage_battery: 22_200,
                current_battery: 1_500,
                battery_remaining: self.battery_percent.round() as i8,
                ..SYS_STATUS_DATA::default()
            }),
            GPS_RAW_INT_DATA::ID => MavMessage::GPS_RAW_INT(GPS_RAW_INT_DATA {
                fix_type: self.fix_type,
                satellites_visible: 14,
                ..GPS_RAW_INT_DATA::default()
            }),
            EXTENDED_SYS_STATE_DATA::ID => {
                let flying = self.armed && self.at.up_m > 0.2;
                MavMessage::EXTENDED_SYS_STATE(EXTENDED_SYS_STATE_DATA {
                    vtol_state: MavVtolState::MAV_VTOL_STATE_UNDEFINED,
                    landed_state: if flying {
                        MavLandedState::MAV_LANDED_STATE_IN_AIR
                    } else {
                        MavLandedState::MAV_LANDED_STATE_ON_GROUND
                    },
                })
            }
            MISSION_CURRENT_DATA::ID => MavMessage::MISSION_CURRENT(MISSION_CURRENT_DATA {
                seq: self.current,
                mission_id: self.number(MavMissionType::MAV_MISSION_TYPE_MISSION),
                ..MISSION_CURRENT_DATA::default()
            }),
            HOME_POSITION_DATA::ID if self.quirks.home_unknown => return None,
            HOME_POSITION_DATA::ID => MavMessage::HOME_POSITION(HOME_POSITION_DATA {
                latitude: e7(home.latitude_deg()),
                longitude: e7(home.longitude_deg()),
                altitude: (self.home_altitude_m * 1e3) as i32,
                ..HOME_POSITION_DATA::default()
            }),
            _ => return None,
        })
    }
}
