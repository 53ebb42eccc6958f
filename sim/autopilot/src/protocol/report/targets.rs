//! The reports of what it is steering for.

use mavlink::dialects::ardupilotmega::{
    ATTITUDE_TARGET_DATA, AttitudeTargetTypemask, MavFrame, NAV_CONTROLLER_OUTPUT_DATA,
    POSITION_TARGET_GLOBAL_INT_DATA, POSITION_TARGET_LOCAL_NED_DATA, PositionTargetTypemask,
};

use super::super::super::Craft;
use super::super::super::local::displacement;
use super::{boot_ms, global, quaternion};

/// Everything but the place is left out.
fn place_only() -> PositionTargetTypemask {
    type Mask = PositionTargetTypemask;
    Mask::POSITION_TARGET_TYPEMASK_VX_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_VY_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_VZ_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_AX_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_AY_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_AZ_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_YAW_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_YAW_RATE_IGNORE
}

/// Nothing while it steers for no place.
pub(in super::super) fn position_target_global_int(craft: &Craft) -> Option<POSITION_TARGET_GLOBAL_INT_DATA> {
    let [lat_int, lon_int, altitude_mm] = global(craft, craft.flight.target()?);
    Some(POSITION_TARGET_GLOBAL_INT_DATA {
        time_boot_ms: boot_ms(craft),
        lat_int,
        lon_int,
        alt: altitude_mm as f32 / 1000.0,
        type_mask: place_only(),
        coordinate_frame: MavFrame::MAV_FRAME_GLOBAL,
        ..POSITION_TARGET_GLOBAL_INT_DATA::DEFAULT
    })
}

pub(in super::super) fn position_target_local_ned(craft: &Craft) -> Option<POSITION_TARGET_LOCAL_NED_DATA> {
    let from_home = displacement(craft.flight.home()?, craft.flight.target()?);
    Some(POSITION_TARGET_LOCAL_NED_DATA {
        time_boot_ms: boot_ms(craft),
        x: from_home.north_m as f32,
        y: from_home.east_m as f32,
        z: -from_home.up_m as f32,
        type_mask: place_only(),
        coordinate_frame: MavFrame::MAV_FRAME_LOCAL_NED,
        ..POSITION_TARGET_LOCAL_NED_DATA::DEFAULT
    })
}

/// The attitude it wants is the one it has: attitudes are reached at once in this simulation.
pub(in super::super) fn attitude_target(craft: &Craft) -> ATTITUDE_TARGET_DATA {
    let estimate = craft.plant.filter.estimate();
    ATTITUDE_TARGET_DATA {
        time_boot_ms: boot_ms(craft),
        q: quaternion(&estimate.attitude),
        body_roll_rate: 0.0,
        body_pitch_rate: 0.0,
        body_yaw_rate: 0.0,
        thrust: craft.plant.body.motion().throttle as f32,
        type_mask: AttitudeTargetTypemask::empty(),
    }
}

pub(in super::super) fn nav_controller_output(craft: &Craft) -> NAV_CONTROLLER_OUTPUT_DATA {
    let estimate = craft.plant.filter.estimate();
    let gap = craft.flight.target().map(|target| displacement(estimate.position, target));
    let bearing = gap.map_or(0.0, |gap| gap.azimuth().radians().to_degrees()) as i16;
    NAV_CONTROLLER_OUTPUT_DATA {
        nav_roll: estimate.attitude.roll_rad.to_degrees() as f32,
        nav_pitch: estimate.attitude.pitch_rad.to_degrees() as f32,
        alt_error: gap.map_or(0.0, |gap| gap.up_m as f32),
        aspd_error: 0.0,
        xtrack_error: 0.0,
        nav_bearing: bearing,
        target_bearing: bearing,
        wp_dist: gap.map_or(0, |gap| gap.horizontal_m().min(65_535.0) as u16),
    }
}
