//! What steers the vehicle by streams rather than by commands: setpoints of a companion computer, and a pilot's sticks.

use mavlink::dialects::ardupilotmega::{
    AttitudeTargetTypemask, MANUAL_CONTROL_DATA, MavFrame, PositionTargetTypemask, RC_CHANNELS_OVERRIDE_DATA,
    SET_ATTITUDE_TARGET_DATA, SET_POSITION_TARGET_GLOBAL_INT_DATA, SET_POSITION_TARGET_LOCAL_NED_DATA,
};
use telemetry::{Enu, Timestamp};

use super::super::Craft;
use super::super::flight::{Datum, Setpoint, kept_s};
use super::super::local::moved;
use super::commands::place;

/// What a lean of 30° amounts to in the end.
const LEANED_M_S: f64 = 10.0;
const FULL_CLIMB_M_S: f64 = 2.5;
/// Nothing faster is asked of anything here.
const SPEED_MAX_M_S: f64 = 100.0;

/// Which parts of a position target count.
struct Parts {
    place: bool,
    velocity: bool,
    heading: bool,
}

fn parts(mask: PositionTargetTypemask) -> Parts {
    type Mask = PositionTargetTypemask;
    let place = Mask::POSITION_TARGET_TYPEMASK_X_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_Y_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_Z_IGNORE;
    let velocity = Mask::POSITION_TARGET_TYPEMASK_VX_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_VY_IGNORE
        | Mask::POSITION_TARGET_TYPEMASK_VZ_IGNORE;
    Parts {
        place: !mask.intersects(place),
        velocity: !mask.intersects(velocity),
        heading: !mask.intersects(Mask::POSITION_TARGET_TYPEMASK_YAW_IGNORE),
    }
}

fn follow(craft: &mut Craft, setpoint: Setpoint, heading: Option<f64>) {
    let (flight, situation) = craft.split();
    flight.take_setpoint(&situation, setpoint, heading);
}

/// SET_POSITION_TARGET_GLOBAL_INT: no answer, whatever becomes of it.
pub(super) fn follow_global(message: &SET_POSITION_TARGET_GLOBAL_INT_DATA, craft: &mut Craft) {
    let parts = parts(message.type_mask);
    let heading = parts.heading.then(|| f64::from(message.yaw));
    if parts.place {
        let target = Datum::from_frame(message.coordinate_frame as u8)
            .and_then(|datum| place(craft, message.lat_int, message.lon_int, datum, message.alt));
        if let Some(target) = target {
            follow(craft, Setpoint::Place(target), heading);
        }
    } else if parts.velocity {
        follow_velocity(craft, [message.vy, message.vx, -message.vz], heading);
    }
}

/// SET_POSITION_TARGET_LOCAL_NED: from home, from where it is, or along its nose.
pub(super) fn follow_local(message: &SET_POSITION_TARGET_LOCAL_NED_DATA, craft: &mut Craft) {
    let parts = parts(message.type_mask);
    let heading = parts.heading.then(|| f64::from(message.yaw));
    let along_nose =
        matches!(message.coordinate_frame, MavFrame::MAV_FRAME_BODY_NED | MavFrame::MAV_FRAME_BODY_OFFSET_NED);
    let turn = if along_nose { craft.plant.filter.estimate().attitude.heading.radians() } else { 0.0 };
    let (sin, cos) = turn.sin_cos();
    let turned = |north: f32, east: f32| {
        let (north, east) = (f64::from(north), f64::from(east));
        [north * sin + east * cos, north * cos - east * sin]
    };
    if parts.place {
        let here = craft.plant.filter.estimate().position;
        let from = match message.coordinate_frame {
            MavFrame::MAV_FRAME_LOCAL_NED => craft.flight.home(),
            _ => Some(here),
        };
        let [east_m, north_m] = turned(message.x, message.y);
        if let Some(from) = from
            && f64::from(message.z).is_finite()
        {
            let by = Enu { east_m, north_m, up_m: -f64::from(message.z) };
            follow(craft, Setpoint::Place(moved(from, by)), heading);
        }
    } else if parts.velocity {
        let [east, north] = turned(message.vx, message.vy);
        follow_velocity(craft, [east as f32, north as f32, -message.vz], heading);
    }
}

fn follow_velocity(craft: &mut Craft, velocity: [f32; 3], heading: Option<f64>) {
    let velocity = velocity.map(f64::from);
    if velocity.iter().all(|part| part.abs() < SPEED_MAX_M_S) {
        follow(craft, Setpoint::Velocity(velocity), heading);
    }
}

/// SET_ATTITUDE_TARGET, reduced to the velocity that lean and thrust end in.
pub(super) fn follow_attitude(message: &SET_ATTITUDE_TARGET_DATA, craft: &mut Craft) {
    let [w, x, y, z] = message.q.map(f64::from);
    let ignored = message.type_mask.contains(AttitudeTargetTypemask::ATTITUDE_TARGET_TYPEMASK_ATTITUDE_IGNORE);
    let (roll, pitch, yaw) = if ignored {
        (0.0, 0.0, None)
    } else {
        let roll = (2.0 * (w * x + y * z)).atan2(1.0 - 2.0 * (x * x + y * y));
        let pitch = (2.0 * (w * y - z * x)).clamp(-1.0, 1.0).asin();
        (roll, pitch, Some((2.0 * (w * z + x * y)).atan2(1.0 - 2.0 * (y * y + z * z))))
    };
    let full = 30_f64.to_radians();
    let (forward, right) = (-pitch / full * LEANED_M_S, roll / full * LEANED_M_S);
    let heading = yaw.unwrap_or(craft.plant.filter.estimate().attitude.heading.radians());
    let (sin, cos) = heading.sin_cos();
    let up = (f64::from(message.thrust).clamp(0.0, 1.0) - 0.5) * 2.0 * FULL_CLIMB_M_S;
    let velocity = [forward * sin + right * cos, forward * cos - right * sin, up];
    if velocity.iter().all(|part| part.is_finite()) {
        follow(craft, Setpoint::Velocity(velocity), yaw);
    }
}

/// RC_CHANNELS_OVERRIDE.
pub(super) fn take_channels(now: Timestamp, message: &RC_CHANNELS_OVERRIDE_DATA, craft: &mut Craft) {
    let channels = [
        message.chan1_raw,
        message.chan2_raw,
        message.chan3_raw,
        message.chan4_raw,
        message.chan5_raw,
        message.chan6_raw,
        message.chan7_raw,
        message.chan8_raw,
    ];
    let kept_s = kept_s(&craft.plant.situation());
    craft.flight.sticks.take(now, channels, kept_s);
}

/// MANUAL_CONTROL, a joystick.
pub(super) fn take_joystick(now: Timestamp, message: &MANUAL_CONTROL_DATA, craft: &mut Craft) {
    let kept_s = kept_s(&craft.plant.situation());
    craft.flight.sticks.take_joystick(now, [message.x, message.y, message.z, message.r], kept_s);
}
