//! The reports: the vehicle's state in MAVLink's fields and units.
//!
//! Positions are the navigation's, never the truth. Before the first fix latitude and longitude are zero, as on the real
//! one. Altitudes "MSL" use the geoid height of the configuration; `alt_ellipsoid` does not.

use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, AUTOPILOT_VERSION_DATA, EXTENDED_SYS_STATE_DATA, GLOBAL_POSITION_INT_DATA, GPS_GLOBAL_ORIGIN_DATA,
    GPS_RAW_INT_DATA, GpsFixType, HEARTBEAT_DATA, HOME_POSITION_DATA, LOCAL_POSITION_NED_DATA, MISSION_CURRENT_DATA,
    MavAutopilot, MavLandedState, MavModeFlag, MavProtocolCapability, MavState, MavType, MavVtolState, MissionState,
    SYSTEM_TIME_DATA, VFR_HUD_DATA, WIND_DATA,
};
use telemetry::messages::VehicleKind;
use telemetry::{Geodetic, Heading};

use super::super::Craft;
use super::super::flight::{Mode, Progress};
use super::super::local::displacement;
use super::Link;
use super::health::{battery_status, ekf_status_report, sys_status};
use super::streams::Report;

/// 4.5.7, an official release, as the real one packs it.
const FLIGHT_SW_VERSION: u32 = 0x0405_07ff;
/// What the receiver claims: HDOP 0.9, ten satellites and more.
const HDOP_CENTI: u16 = 90;
const SATELLITES: u8 = 14;

impl Link {
    /// Sends one report. A report that does not exist yet (home before there is one) is not sent.
    pub(super) fn report(&mut self, craft: &Craft, report: Report) {
        match report {
            Report::Heartbeat => self.send(craft, &heartbeat(craft)),
            Report::SysStatus => self.send(craft, &sys_status(craft)),
            Report::SystemTime => self.send(craft, &system_time(craft)),
            Report::GpsRawInt => self.send(craft, &gps_raw_int(craft)),
            Report::Attitude => self.send(craft, &attitude(craft)),
            Report::LocalPositionNed => {
                if let Some(message) = local_position_ned(craft) {
                    self.send(craft, &message);
                }
            }
            Report::GlobalPositionInt => self.send(craft, &global_position_int(craft)),
            Report::MissionCurrent => self.send(craft, &mission_current(craft)),
            Report::VfrHud => self.send(craft, &vfr_hud(craft)),
            Report::BatteryStatus => self.send(craft, &battery_status(craft)),
            Report::AutopilotVersion => self.send(craft, &autopilot_version(craft)),
            Report::Wind => self.send(craft, &wind(craft)),
            Report::EkfStatus => self.send(craft, &ekf_status_report(craft)),
            Report::HomePosition => {
                if let Some(home) = craft.flight.home() {
                    self.send(craft, &home_position(craft, home));
                }
            }
            Report::GpsGlobalOrigin => {
                if let Some(home) = craft.flight.home() {
                    let [latitude, longitude, altitude] = global(craft, home);
                    let time_usec = 1000 * u64::from(boot_ms(craft));
                    self.send(craft, &GPS_GLOBAL_ORIGIN_DATA { latitude, longitude, altitude, time_usec });
                }
            }
            Report::ExtendedSysState => self.send(craft, &extended_sys_state(craft)),
        }
    }
}

pub(super) fn boot_ms(craft: &Craft) -> u32 {
    craft.plant.clock.since(craft.plant.boot).as_millis() as u32
}

/// Latitude, longitude in 1e-7 degrees, altitude above mean sea level in millimetres.
fn global(craft: &Craft, at: Geodetic) -> [i32; 3] {
    let amsl_mm = 1000.0 * at.height().amsl(craft.plant.undulation).metres;
    [degrees_e7(at.latitude()), degrees_e7(at.longitude()), amsl_mm.round() as i32]
}

pub(super) fn degrees_e7(radians: f64) -> i32 {
    (radians.to_degrees() * 1e7).round() as i32
}

fn heading_centidegrees(heading: Heading) -> u16 {
    ((heading.degrees() * 100.0).round() as u16) % 36_000
}

fn heartbeat(craft: &Craft) -> HEARTBEAT_DATA {
    let (kind, flight) = (craft.plant.parameters.kind(), &craft.flight);
    let mut base_mode = MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED;
    let manual = matches!(flight.mode(), Mode::Manual | Mode::Stabilize | Mode::AltHold);
    if kind == VehicleKind::Multirotor || manual {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_MANUAL_INPUT_ENABLED;
    }
    if kind == VehicleKind::Multirotor || !manual {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_STABILIZE_ENABLED;
    }
    if matches!(flight.mode(), Mode::Auto | Mode::Rtl | Mode::Loiter | Mode::Guided | Mode::Brake) {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_GUIDED_ENABLED;
    }
    if flight.armed() {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED;
    }
    let floats = matches!(kind, VehicleKind::Boat | VehicleKind::Rov);
    let active = if floats { flight.armed() } else { !flight.landed() };
    let system_status = if flight.in_failsafe() {
        MavState::MAV_STATE_CRITICAL
    } else if active {
        MavState::MAV_STATE_ACTIVE
    } else {
        MavState::MAV_STATE_STANDBY
    };
    let mavtype = match kind {
        VehicleKind::Multirotor | VehicleKind::Unknown => MavType::MAV_TYPE_QUADROTOR,
        VehicleKind::FixedWing => MavType::MAV_TYPE_FIXED_WING,
        VehicleKind::Boat => MavType::MAV_TYPE_SURFACE_BOAT,
        VehicleKind::Vtol => MavType::MAV_TYPE_VTOL_FIXEDROTOR,
        VehicleKind::Rov => MavType::MAV_TYPE_SUBMARINE,
    };
    HEARTBEAT_DATA {
        custom_mode: flight.mode().custom(kind),
        mavtype,
        autopilot: MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
        base_mode,
        system_status,
        mavlink_version: 3,
    }
}

fn system_time(craft: &Craft) -> SYSTEM_TIME_DATA {
    // The clock is set by the satellites: before the first fix there is no date.
    let located = craft.plant.filter.estimate().located;
    let unix_usec = u64::try_from(craft.plant.clock.unix_nanos() / 1000).unwrap_or(0);
    SYSTEM_TIME_DATA { time_unix_usec: if located { unix_usec } else { 0 }, time_boot_ms: boot_ms(craft) }
}

fn gps_raw_int(craft: &Craft) -> GPS_RAW_INT_DATA {
    let time_usec = 1000 * u64::from(boot_ms(craft));
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
    let mission_state = match flight.mission_progress() {
        Progress::NoMission => MissionState::MISSION_STATE_NO_MISSION,
        Progress::NotStarted => MissionState::MISSION_STATE_NOT_STARTED,
        Progress::Active => MissionState::MISSION_STATE_ACTIVE,
        Progress::Paused => MissionState::MISSION_STATE_PAUSED,
        Progress::Complete => MissionState::MISSION_STATE_COMPLETE,
    };
    MISSION_CURRENT_DATA {
        seq: flight.mission_current(),
        // Home does not count.
        total: flight.items.mission.len().saturating_sub(1) as u16,
        mission_state,
        mission_mode: u8::from(flight.mode() == Mode::Auto),
        mission_id: 0,
        fence_id: 0,
        rally_points_id: 0,
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

fn autopilot_version(craft: &Craft) -> AUTOPILOT_VERSION_DATA {
    type Capability = MavProtocolCapability;
    let mut uid2 = [0; 18];
    uid2[..6].copy_from_slice(b"picket");
    uid2[6] = craft.plant.system();
    AUTOPILOT_VERSION_DATA {
        capabilities: Capability::MAV_PROTOCOL_CAPABILITY_MISSION_FLOAT
            | Capability::MAV_PROTOCOL_CAPABILITY_PARAM_FLOAT
            | Capability::MAV_PROTOCOL_CAPABILITY_MISSION_INT
            | Capability::MAV_PROTOCOL_CAPABILITY_COMMAND_INT
            | Capability::MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_GLOBAL_INT
            | Capability::MAV_PROTOCOL_CAPABILITY_MAVLINK2
            | Capability::MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
            | Capability::MAV_PROTOCOL_CAPABILITY_MISSION_RALLY,
        flight_sw_version: FLIGHT_SW_VERSION,
        flight_custom_version: *b"picketsm",
        uid2,
        ..AUTOPILOT_VERSION_DATA::DEFAULT
    }
}

fn wind(craft: &Craft) -> WIND_DATA {
    let wind = craft.plant.weather.wind;
    let (east, north) = (wind.east_m_s, wind.north_m_s);
    WIND_DATA {
        // Where it comes from.
        direction: (-east).atan2(-north).to_degrees() as f32,
        speed: east.hypot(north) as f32,
        speed_z: 0.0,
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
        time_usec: 1000 * u64::from(boot_ms(craft)),
    }
}

fn extended_sys_state(craft: &Craft) -> EXTENDED_SYS_STATE_DATA {
    let flight = &craft.flight;
    let landed_state = if matches!(craft.plant.parameters.kind(), VehicleKind::Boat | VehicleKind::Rov) {
        MavLandedState::MAV_LANDED_STATE_UNDEFINED
    } else if flight.landed() {
        MavLandedState::MAV_LANDED_STATE_ON_GROUND
    } else if flight.rising() {
        MavLandedState::MAV_LANDED_STATE_TAKEOFF
    } else if flight.descending() {
        MavLandedState::MAV_LANDED_STATE_LANDING
    } else {
        MavLandedState::MAV_LANDED_STATE_IN_AIR
    };
    EXTENDED_SYS_STATE_DATA { vtol_state: MavVtolState::MAV_VTOL_STATE_UNDEFINED, landed_state }
}
