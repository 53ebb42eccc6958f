//! The reports of who it is and what it is doing: heartbeat, version, modes, landed or not, and the summary for a
//! satellite link.

use mavlink::dialects::ardupilotmega::{
    AUTOPILOT_VERSION_DATA, AVAILABLE_MODES_DATA, CURRENT_MODE_DATA, EXTENDED_SYS_STATE_DATA, HEARTBEAT_DATA,
    HIGH_LATENCY2_DATA, HlFailureFlag, MavAutopilot, MavLandedState, MavModeFlag, MavModeProperty,
    MavProtocolCapability, MavStandardMode, MavState, MavType, MavVtolState, PROTOCOL_VERSION_DATA,
};
use telemetry::messages::VehicleKind;

use super::super::super::Craft;
use super::super::super::flight::{BatteryLevel, Mode};
use super::super::super::local::displacement;
use super::super::super::personality::Personality;
use super::{boot_ms, global};

/// 4.5.7, an official release, as the real one packs it.
const ARDUPILOT_SW_VERSION: u32 = 0x0405_07ff;
/// 1.17.0, an official release.
const PX4_SW_VERSION: u32 = 0x0111_00ff;
/// ArduPilot's and PX4's board numbers of a simulated board: APJ id 3 in the upper half, and PX4's for SITL.
const ARDUPILOT_BOARD: u32 = 3 << 16;

pub(in super::super) fn heartbeat(craft: &Craft) -> HEARTBEAT_DATA {
    let (kind, flight) = (craft.plant.parameters.kind(), &craft.flight);
    let personality = craft.plant.personality;
    let mut base_mode = match personality {
        Personality::ArduPilot => ardupilot_base_mode(kind, flight.mode()),
        Personality::Px4 => px4_base_mode(flight.mode()),
    };
    if flight.armed() {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED;
    }
    let floats = matches!(kind, VehicleKind::Boat | VehicleKind::Rov);
    let active = if floats || personality == Personality::Px4 { flight.armed() } else { !flight.landed() };
    let system_status = if flight.in_failsafe() {
        MavState::MAV_STATE_CRITICAL
    } else if active {
        MavState::MAV_STATE_ACTIVE
    } else {
        MavState::MAV_STATE_STANDBY
    };
    HEARTBEAT_DATA {
        custom_mode: flight.mode().custom(kind, personality),
        mavtype: vehicle_type(kind),
        autopilot: autopilot(personality),
        base_mode,
        system_status,
        mavlink_version: 3,
    }
}

pub(in super::super) fn vehicle_type(kind: VehicleKind) -> MavType {
    match kind {
        VehicleKind::Multirotor | VehicleKind::Unknown => MavType::MAV_TYPE_QUADROTOR,
        VehicleKind::FixedWing => MavType::MAV_TYPE_FIXED_WING,
        VehicleKind::Boat => MavType::MAV_TYPE_SURFACE_BOAT,
        VehicleKind::Vtol => MavType::MAV_TYPE_VTOL_FIXEDROTOR,
        VehicleKind::Rov => MavType::MAV_TYPE_SUBMARINE,
    }
}

fn autopilot(personality: Personality) -> MavAutopilot {
    match personality {
        Personality::ArduPilot => MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
        Personality::Px4 => MavAutopilot::MAV_AUTOPILOT_PX4,
    }
}

fn ardupilot_base_mode(kind: VehicleKind, mode: Mode) -> MavModeFlag {
    let mut base_mode = MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED;
    let manual = matches!(mode, Mode::Manual | Mode::Stabilize | Mode::AltHold);
    if kind == VehicleKind::Multirotor || manual {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_MANUAL_INPUT_ENABLED;
    }
    if kind == VehicleKind::Multirotor || !manual {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_STABILIZE_ENABLED;
    }
    if matches!(mode, Mode::Auto | Mode::Rtl | Mode::Loiter | Mode::Guided | Mode::Brake) {
        base_mode |= MavModeFlag::MAV_MODE_FLAG_GUIDED_ENABLED;
    }
    base_mode
}

/// PX4's `get_mavlink_mode_state`.
fn px4_base_mode(mode: Mode) -> MavModeFlag {
    let of_mode = match mode {
        Mode::Manual => MavModeFlag::MAV_MODE_FLAG_MANUAL_INPUT_ENABLED,
        Mode::Stabilize | Mode::AltHold | Mode::Position => {
            MavModeFlag::MAV_MODE_FLAG_MANUAL_INPUT_ENABLED | MavModeFlag::MAV_MODE_FLAG_STABILIZE_ENABLED
        }
        _ => {
            MavModeFlag::MAV_MODE_FLAG_AUTO_ENABLED
                | MavModeFlag::MAV_MODE_FLAG_STABILIZE_ENABLED
                | MavModeFlag::MAV_MODE_FLAG_GUIDED_ENABLED
        }
    };
    MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | of_mode
}

pub(in super::super) fn autopilot_version(craft: &Craft) -> AUTOPILOT_VERSION_DATA {
    type Capability = MavProtocolCapability;
    let both = Capability::MAV_PROTOCOL_CAPABILITY_MISSION_FLOAT
        | Capability::MAV_PROTOCOL_CAPABILITY_MISSION_INT
        | Capability::MAV_PROTOCOL_CAPABILITY_COMMAND_INT
        | Capability::MAV_PROTOCOL_CAPABILITY_FTP
        | Capability::MAV_PROTOCOL_CAPABILITY_SET_ATTITUDE_TARGET
        | Capability::MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_LOCAL_NED
        | Capability::MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_GLOBAL_INT
        | Capability::MAV_PROTOCOL_CAPABILITY_MAVLINK2
        | Capability::MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
        | Capability::MAV_PROTOCOL_CAPABILITY_MISSION_RALLY;
    // By the encoding of parameters a station decides how to read every one of them.
    let (own, flight_sw_version, board_version) = match craft.plant.personality {
        Personality::ArduPilot => (
            Capability::MAV_PROTOCOL_CAPABILITY_PARAM_FLOAT
                | Capability::MAV_PROTOCOL_CAPABILITY_FLIGHT_TERMINATION
                | Capability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_C_CAST,
            ARDUPILOT_SW_VERSION,
            ARDUPILOT_BOARD,
        ),
        Personality::Px4 => (Capability::MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE, PX4_SW_VERSION, 0),
    };
    let mut uid2 = [0; 18];
    uid2[..6].copy_from_slice(b"picket");
    uid2[6] = craft.plant.system();
    AUTOPILOT_VERSION_DATA {
        capabilities: both | own,
        flight_sw_version,
        board_version,
        flight_custom_version: *b"picketsm",
        uid: u64::from(craft.plant.system()),
        uid2,
        ..AUTOPILOT_VERSION_DATA::DEFAULT
    }
}

pub(in super::super) fn protocol_version() -> PROTOCOL_VERSION_DATA {
    PROTOCOL_VERSION_DATA {
        version: 200,
        min_version: 100,
        max_version: 200,
        spec_version_hash: [0; 8],
        library_version_hash: [0; 8],
    }
}

pub(in super::super) fn extended_sys_state(craft: &Craft) -> EXTENDED_SYS_STATE_DATA {
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
    let vtol_state = match (craft.plant.parameters.kind(), flight.on_wing()) {
        (VehicleKind::Vtol, true) => MavVtolState::MAV_VTOL_STATE_FW,
        (VehicleKind::Vtol, false) => MavVtolState::MAV_VTOL_STATE_MC,
        _ => MavVtolState::MAV_VTOL_STATE_UNDEFINED,
    };
    EXTENDED_SYS_STATE_DATA { vtol_state, landed_state }
}

pub(in super::super) fn current_mode(craft: &Craft) -> CURRENT_MODE_DATA {
    let mode = craft.flight.mode();
    let custom_mode = mode.custom(craft.plant.parameters.kind(), craft.plant.personality);
    CURRENT_MODE_DATA { custom_mode, intended_custom_mode: custom_mode, standard_mode: standard_mode(mode) }
}

/// One mode of the list, by its place from 0. Nothing beyond the last.
pub(in super::super) fn available_mode(craft: &Craft, index: u8) -> Option<AVAILABLE_MODES_DATA> {
    let kind = craft.plant.parameters.kind();
    let modes = Mode::all(kind, craft.plant.personality);
    let (mode, custom_mode) = *modes.get(usize::from(index))?;
    let automatic = !matches!(mode, Mode::Manual | Mode::Stabilize | Mode::AltHold | Mode::Position);
    Some(AVAILABLE_MODES_DATA {
        custom_mode,
        properties: if automatic { MavModeProperty::MAV_MODE_PROPERTY_AUTO_MODE } else { MavModeProperty::empty() },
        number_modes: modes.len() as u8,
        mode_index: index + 1,
        standard_mode: standard_mode(mode),
        mode_name: mode.px4_name().into(),
    })
}

fn standard_mode(mode: Mode) -> MavStandardMode {
    match mode {
        Mode::AltHold => MavStandardMode::MAV_STANDARD_MODE_ALTITUDE_HOLD,
        Mode::Position => MavStandardMode::MAV_STANDARD_MODE_POSITION_HOLD,
        Mode::Rtl => MavStandardMode::MAV_STANDARD_MODE_SAFE_RECOVERY,
        Mode::Auto => MavStandardMode::MAV_STANDARD_MODE_MISSION,
        Mode::Land => MavStandardMode::MAV_STANDARD_MODE_LAND,
        Mode::Takeoff => MavStandardMode::MAV_STANDARD_MODE_TAKEOFF,
        _ => MavStandardMode::MAV_STANDARD_MODE_NON_STANDARD,
    }
}

/// The whole vehicle in 42 bytes. Half degrees, decimetres and fifths of metres per second, as the message has them.
pub(in super::super) fn high_latency(craft: &Craft) -> HIGH_LATENCY2_DATA {
    let (kind, personality) = (craft.plant.parameters.kind(), craft.plant.personality);
    let (estimate, flight) = (craft.plant.filter.estimate(), &craft.flight);
    let [latitude, longitude, altitude_mm] = if estimate.located { global(craft, estimate.position) } else { [0; 3] };
    let gap = flight.target().map(|target| displacement(estimate.position, target));
    let course = gap.map_or(0.0, |gap| gap.azimuth().radians().to_degrees().rem_euclid(360.0));
    let wind = craft.plant.weather.wind;
    let mut failure_flags = HlFailureFlag::empty();
    if estimate.satellite.is_none() {
        failure_flags |= HlFailureFlag::HL_FAILURE_FLAG_GPS;
    }
    if flight.battery_level() != BatteryLevel::Good {
        failure_flags |= HlFailureFlag::HL_FAILURE_FLAG_BATTERY;
    }
    let custom_mode = flight.mode().custom(kind, personality);
    let fifths = |m_s: f64| (5.0 * m_s).clamp(0.0, 255.0) as u8;
    HIGH_LATENCY2_DATA {
        timestamp: boot_ms(craft),
        latitude,
        longitude,
        // PX4 keeps its mode in the upper half of the number.
        custom_mode: if personality == Personality::Px4 { custom_mode >> 16 } else { custom_mode } as u16,
        altitude: (altitude_mm / 1000).clamp(-32_768, 32_767) as i16,
        target_altitude: flight
            .target()
            .map_or(0, |target| target.height().amsl(craft.plant.undulation).metres.clamp(-32_768.0, 32_767.0) as i16),
        target_distance: gap.map_or(0, |gap| (gap.horizontal_m() / 10.0).min(65_535.0) as u16),
        wp_num: flight.mission_current(),
        failure_flags,
        mavtype: vehicle_type(kind),
        autopilot: autopilot(personality),
        heading: (estimate.attitude.heading.degrees() / 2.0) as u8,
        target_heading: (course / 2.0) as u8,
        throttle: (100.0 * craft.plant.body.motion().throttle) as u8,
        airspeed: fifths(estimate.airspeed_m_s),
        airspeed_sp: 0,
        groundspeed: fifths(estimate.velocity.xy().norm()),
        windspeed: fifths(wind.east_m_s.hypot(wind.north_m_s)),
        wind_heading: ((-wind.east_m_s).atan2(-wind.north_m_s).to_degrees().rem_euclid(360.0) / 2.0) as u8,
        eph: 7,
        epv: 12,
        temperature_air: 15,
        climb_rate: (10.0 * estimate.velocity.z).clamp(-128.0, 127.0) as i8,
        battery: super::health::battery_percent(craft),
        custom0: 0,
        custom1: 0,
        custom2: 0,
    }
}
