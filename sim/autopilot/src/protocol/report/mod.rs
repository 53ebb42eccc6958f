//! The reports: the vehicle's state in MAVLink's fields and units.
//!
//! Positions are the navigation's, never the truth. Before the first fix latitude and longitude are zero, as on the real
//! one. Altitudes "MSL" use the geoid height of the configuration; `alt_ellipsoid` does not. Here are the reports of where
//! it is; its modes, health, sensors and targets have files of their own.

mod health;
pub(super) mod modes;
mod sensors;
mod targets;

use mavlink::dialects::ardupilotmega::{
    ALTITUDE_DATA, ATTITUDE_DATA, ATTITUDE_QUATERNION_DATA, GLOBAL_POSITION_INT_DATA, GPS_GLOBAL_ORIGIN_DATA,
    GPS_RAW_INT_DATA, GpsFixType, HOME_POSITION_DATA, LOCAL_POSITION_NED_DATA, MISSION_CURRENT_DATA, MissionState,
    SYSTEM_TIME_DATA, VFR_HUD_DATA,
};
use telemetry::{Attitude, Geodetic, Heading};

use super::super::Craft;
use super::super::flight::{Mode, Progress};
use super::super::local::displacement;
use super::Link;
use super::lists::List;
use super::streams::Report;

/// What the receiver claims: HDOP 0.9, ten satellites and more.
const HDOP_CENTI: u16 = 90;
const SATELLITES: u8 = 14;

impl Link {
    /// Sends one report. A report that does not exist yet (home before there is one) is not sent.
    pub(super) fn report(&mut self, craft: &Craft, report: Report) {
        match report {
            Report::Heartbeat => self.send(craft, &modes::heartbeat(craft)),
            Report::SysStatus => self.send(craft, &health::sys_status(craft)),
            Report::SystemTime => self.send(craft, &system_time(craft)),
            Report::GpsRawInt => self.send(craft, &gps_raw_int(craft)),
            Report::Attitude => self.send(craft, &attitude(craft)),
            Report::AttitudeQuaternion => self.send(craft, &attitude_quaternion(craft)),
            Report::LocalPositionNed => {
                if let Some(message) = local_position_ned(craft) {
                    self.send(craft, &message);
                }
            }
            Report::GlobalPositionInt => self.send(craft, &global_position_int(craft)),
            Report::MissionCurrent => self.send(craft, &mission_current(craft)),
            Report::VfrHud => self.send(craft, &vfr_hud(craft)),
            Report::BatteryStatus => self.send(craft, &health::battery_status(craft)),
            Report::AutopilotVersion => self.send(craft, &modes::autopilot_version(craft)),
            Report::ProtocolVersion => self.send(craft, &modes::protocol_version()),
            Report::Wind => self.send(craft, &sensors::wind(craft)),
            Report::WindCov => self.send(craft, &sensors::wind_cov(craft)),
            Report::EkfStatus => self.send(craft, &health::ekf_status_report(craft)),
            Report::EstimatorStatus => self.send(craft, &health::estimator_status(craft)),
            Report::HomePosition => {
                if let Some(home) = craft.flight.home() {
                    self.send(craft, &home_position(craft, home));
                }
            }
            Report::GpsGlobalOrigin => {
                if let Some(home) = craft.flight.home() {
                    let [latitude, longitude, altitude] = global(craft, home);
                    let time_usec = boot_usec(craft);
                    self.send(craft, &GPS_GLOBAL_ORIGIN_DATA { latitude, longitude, altitude, time_usec });
                }
            }
            Report::ExtendedSysState => self.send(craft, &modes::extended_sys_state(craft)),
            Report::Altitude => self.send(craft, &altitude(craft)),
            Report::ScaledPressure => self.send(craft, &sensors::scaled_pressure(craft)),
            Report::RawImu => self.send(craft, &sensors::raw_imu(craft)),
            Report::RcChannels => self.send(craft, &sensors::rc_channels(craft)),
            Report::ServoOutputRaw => self.send(craft, &sensors::servo_output_raw(craft)),
            Report::Vibration => self.send(craft, &sensors::vibration(craft)),
            Report::PositionTargetGlobalInt => {
                if let Some(message) = targets::position_target_global_int(craft) {
                    self.send(craft, &message);
                }
            }
            Report::PositionTargetLocalNed => {
                if let Some(message) = targets::position_target_local_ned(craft) {
                    self.send(craft, &message);
                }
            }
            Report::AttitudeTarget => self.send(craft, &targets::attitude_target(craft)),
            Report::NavControllerOutput => self.send(craft, &targets::nav_controller_output(craft)),
            Report::CurrentMode => self.send(craft, &modes::current_mode(craft)),
            Report::FenceStatus => self.send(craft, &health::fence_status(craft)),
            Report::HighLatency2 => self.send(craft, &modes::high_latency(craft)),
            Report::RemoteIdArmStatus => self.send(craft, &health::remote_id_arm_status(craft)),
        }
    }
}

pub(super) fn boot_ms(craft: &Craft) -> u32 {
    craft.plant.clock.since(craft.plant.boot).as_millis() as u32
}

pub(super) fn boot_usec(craft: &Craft) -> u64 {
    1000 * u64::from(boot_ms(craft))
}

/// Latitude, longitude in 1e-7 degrees, altitude above mean sea level in millimetres.
pub(super) fn global(craft: &Craft, at: Geodetic) -> [i32; 3] {
    let amsl_mm = 1000.0 * at.height().amsl(craft.plant.undulation).metres;
    [degrees_e7(at.latitude()), degrees_e7(at.longitude()), amsl_mm.round() as i32]
}

pub(super) fn degrees_e7(radians: f64) -> i32 {
    (radians.to_degrees() * 1e7).round() as i32
}

pub(super) fn heading_centidegrees(heading: Heading) -> u16 {
    ((heading.degrees() * 100.0).round() as u16) % 36_000
}

fn system_time(craft: &Craft) -> SYSTEM_TIME_DATA {
    // The clock is set by the satellites: before the first fix there is no date.
    let located = craft.plant.filter.estimate().located;
    let unix_usec = u64::try_from(craft.plant.clock.unix_nanos() / 1000).unwrap_or(0);
    SYSTEM_TIME_DATA { time_unix_usec: if located { unix_usec } else { 0 }, time_boot_ms: boot_ms(craft) }
}

fn gps_raw_int(craft: &Craft) -> GPS_RAW_INT_DATA {
    let time_usec = boot_usec(craft);
    let estimate = craft.plant.filter.estimate();
    let Some(at) = estimate.satellite else {
        return GPS_RAW_INT_DATA {
            time_usec,
            eph: u16::MAX,
            epv: u16::MAX,
            fix_type: GpsFixType::GPS_FIX_TYPE_NO_FIX,
            ..GPS_RAW_INT_DATA::DEFAULT
        };
    };
    let [lat, lon, alt] = global(craft, at);
    let (east, north) = (estimate.velocity.x, estimate.velocity.y);
    GPS_RAW_INT_DATA {
        time_usec,
        lat,
        lon,
        alt,
        eph: HDOP_CENTI,
        epv: 2 * HDOP_CENTI,
        vel: (100.0 * east.hypot(north)) as u16,
        cog: heading_centidegrees(Heading::from_radians(east.atan2(north))),
        fix_type: GpsFixType::GPS_FIX_TYPE_3D_FIX,
        satellites_visible: SATELLITES,
        alt_ellipsoid: (1000.0 * at.height().metres).round() as i32,
        h_acc: 700,
        v_acc: 1200,
        vel_acc: 300,
        hdg_acc: 0,
        yaw: 0,
    }
}

fn attitude(craft: &Craft) -> ATTITUDE_DATA {
    let estimate = craft.plant.filter.estimate();
    let yaw = telemetry::angle::wrapped_pi(estimate.attitude.heading.radians());
    ATTITUDE_DATA {
        time_boot_ms: boot_ms(craft),
        roll: estimate.attitude.roll_rad as f32,
        pitch: estimate.attitude.pitch_rad as f32,
        yaw: yaw as f32,
        rollspeed: estimate.rates.x as f32,
        pitchspeed: estimate.rates.y as f32,
        yawspeed: estimate.rates.z as f32,
    }
}

/// The rotation from the vehicle's axes to north-east-down, scalar first.
pub(super) fn quaternion(attitude: &Attitude) -> [f32; 4] {
    let (sr, cr) = (0.5 * attitude.roll_rad).sin_cos();
    let (sp, cp) = (0.5 * attitude.pitch_rad).sin_cos();
    let (sy, cy) = (0.5 * attitude.heading.radians()).sin_cos();
    [cr * cp * cy + sr * sp * sy, sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy]
        .map(|part| part as f32)
}

fn attitude_quaternion(craft: &Craft) -> ATTITUDE_QUATERNION_DATA {
    let estimate = craft.plant.filter.estimate();
    let [q1, q2, q3, q4] = quaternion(&estimate.attitude);
    ATTITUDE_QUATERNION_DATA {
        time_boot_ms: boot_ms(craft),
        q1,
        q2,
        q3,
        q4,
        rollspeed: estimate.rates.x as f32,
        pitchspeed: estimate.rates.y as f32,
        yawspeed: estimate.rates.z as f32,
        repr_offset_q: [0.0; 4],
    }
}

fn altitude(craft: &Craft) -> ALTITUDE_DATA {
    let at = craft.plant.filter.estimate().position;
    let amsl_m = at.height().amsl(craft.plant.undulation).metres as f32;
    let home_m = craft.flight.home().map_or(craft.plant.ground.metres, |home| home.height().metres);
    let above_ground_m = (at.height().metres - craft.plant.ground.metres) as f32;
    ALTITUDE_DATA {
        time_usec: boot_usec(craft),
        altitude_monotonic: amsl_m,
        altitude_amsl: amsl_m,
        altitude_local: above_ground_m,
        altitude_relative: (at.height().metres - home_m) as f32,
        altitude_terrain: f32::NAN,
        bottom_clearance: f32::NAN,
    }
}

fn local_position_ned(craft: &Craft) -> Option<LOCAL_POSITION_NED_DATA> {
    let estimate = craft.plant.filter.estimate();
    let from_home = displacement(craft.flight.home()?, estimate.position);
    Some(LOCAL_POSITION_NED_DATA {
        time_boot_ms: boot_ms(craft),
        x: from_home.north_m as f32,
        y: from_home.east_m as f32,
        z: -from_home.up_m as f32,
        vx: estimate.velocity.y as f32,
        vy: estimate.velocity.x as f32,
        vz: -estimate.velocity.z as f32,
    })
}

fn global_position_int(craft: &Craft) -> GLOBAL_POSITION_INT_DATA {
    let estimate = craft.plant.filter.estimate();
    let home_m = craft.flight.home().map_or(craft.plant.ground.metres, |home| home.height().metres);
    let [lat, lon, alt] = if estimate.located { global(craft, estimate.position) } else { [0; 3] };
    let centi = |v: f64| (100.0 * v).round() as i16;
    GLOBAL_POSITION_INT_DATA {
        time_boot_ms: boot_ms(craft),
        lat,
        lon,
        alt,
        relative_alt: (1000.0 * (estimate.position.height().metres - home_m)).round() as i32,
        vx: centi(estimate.velocity.y),
        vy: centi(estimate.velocity.x),
        vz: centi(-estimate.velocity.z),
        hdg: heading_centidegrees(estimate.attitude.heading),
    }
}

fn mission_current(craft: &Craft) -> MISSION_CURRENT_DATA {
    let flight = &craft.flight;
    let ids = [List::Mission, List::Fence, List::Rally].map(|list| list.opaque_id(craft));
    let mission_state = match flight.mission_progress() {
        Progress::NoMission => MissionState::MISSION_STATE_NO_MISSION,
        Progress::NotStarted => MissionState::MISSION_STATE_NOT_STARTED,
        Progress::Active => MissionState::MISSION_STATE_ACTIVE,
        Progress::Paused => MissionState::MISSION_STATE_PAUSED,
        Progress::Complete => MissionState::MISSION_STATE_COMPLETE,
    };
    MISSION_CURRENT_DATA {
        seq: List::Mission.on_the_wire(craft, flight.mission_current()),
        // Home does not count where it is an item; PX4 has none and counts them all.
        total: flight.items.mission.len().saturating_sub(1) as u16,
        mission_state,
        mission_mode: u8::from(flight.mode() == Mode::Auto),
        mission_id: ids[0],
        fence_id: ids[1],
        rally_points_id: ids[2],
    }
}

fn vfr_hud(craft: &Craft) -> VFR_HUD_DATA {
    let estimate = craft.plant.filter.estimate();
    let amsl_m = if estimate.located { estimate.position.height().amsl(craft.plant.undulation).metres } else { 0.0 };
    VFR_HUD_DATA {
        airspeed: estimate.airspeed_m_s as f32,
        groundspeed: estimate.velocity.xy().norm() as f32,
        alt: amsl_m as f32,
        climb: estimate.velocity.z as f32,
        heading: estimate.attitude.heading.degrees() as i16,
        throttle: (100.0 * craft.plant.body.motion().throttle) as u16,
    }
}

fn home_position(craft: &Craft, home: Geodetic) -> HOME_POSITION_DATA {
    let [latitude, longitude, altitude] = global(craft, home);
    HOME_POSITION_DATA {
        latitude,
        longitude,
        altitude,
        x: 0.0,
        y: 0.0,
        z: 0.0,
        q: [f32::NAN; 4],
        approach_x: 0.0,
        approach_y: 0.0,
        approach_z: 0.0,
        time_usec: boot_usec(craft),
    }
}
