//! PX4's answers. A command that a mode change stands behind is accepted when the mode is; what the commander would not
//! do is rejected for the time being rather than failed. Altitudes are above mean sea level.

use mavlink::dialects::ardupilotmega::{MavCmd, MavResult};
use telemetry::{Geodetic, LatLon};

use super::super::super::Craft;
use super::super::super::flight::{
    DO_CHANGE_SPEED, DO_DIGICAM_CONTROL, DO_SET_ROI, DO_SET_ROI_LOCATION, DO_SET_ROI_NONE, Datum, IMAGE_START_CAPTURE,
    IMAGE_STOP_CAPTURE, Mode, NAV_LOITER_UNLIM, Refused, VIDEO_START_CAPTURE, VIDEO_STOP_CAPTURE, lat_lon,
};
use super::{
    CHANGE_MODE, COMPONENT_ARM_DISARM, DO_REPOSITION, DO_SET_HOME, DO_SET_MISSION_CURRENT, DO_SET_MODE, FORCE_ARM,
    FORCE_DISARM, Form, MISSION_START, NAV_LAND, NAV_RETURN_TO_LAUNCH, NAV_TAKEOFF, Order, RUN_PREARM_CHECKS, set_home,
};

/// PX4 takes the ArduPilot number for forced disarming to arm as well.
const FORCE: [f32; 2] = [FORCE_ARM, FORCE_DISARM];
const DO_SET_STANDARD_MODE: u16 = MavCmd::MAV_CMD_DO_SET_STANDARD_MODE as u16;
const DO_FLIGHTTERMINATION: u16 = MavCmd::MAV_CMD_DO_FLIGHTTERMINATION as u16;
const VTOL_TAKEOFF: u16 = MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF as u16;

fn accepted_or_rejected(result: Result<(), Refused>) -> MavResult {
    match result {
        Ok(()) => MavResult::MAV_RESULT_ACCEPTED,
        Err(Refused) => MavResult::MAV_RESULT_TEMPORARILY_REJECTED,
    }
}

fn enter(craft: &mut Craft, mode: Mode) -> MavResult {
    let (flight, situation) = craft.split();
    accepted_or_rejected(flight.set_mode(&situation, mode))
}

/// Does what a command says that concerns the vehicle.
pub(super) fn carry_out(order: &Order, craft: &mut Craft) -> MavResult {
    let first = order.param[0];
    match order.command {
        COMPONENT_ARM_DISARM => arm_or_disarm(order, craft),
        DO_SET_MODE => change_mode(order, craft),
        DO_SET_STANDARD_MODE => match first as u32 {
            1 => enter(craft, Mode::Position),
            4 => enter(craft, Mode::AltHold),
            5 => enter(craft, Mode::Rtl),
            6 => enter(craft, Mode::Auto),
            7 => enter(craft, Mode::Land),
            8 => enter(craft, Mode::Takeoff),
            _ => MavResult::MAV_RESULT_UNSUPPORTED,
        },
        NAV_TAKEOFF | VTOL_TAKEOFF => take_off(order, craft),
        NAV_LAND => enter(craft, Mode::Land),
        NAV_RETURN_TO_LAUNCH => enter(craft, Mode::Rtl),
        NAV_LOITER_UNLIM => enter(craft, Mode::Loiter),
        MISSION_START => {
            let (flight, situation) = craft.split();
            match flight.start_mission_on_command(&situation) {
                Ok(()) => MavResult::MAV_RESULT_ACCEPTED,
                Err(Refused) if flight.items.mission.len() < 2 => MavResult::MAV_RESULT_DENIED,
                Err(Refused) => MavResult::MAV_RESULT_TEMPORARILY_REJECTED,
            }
        }
        DO_REPOSITION => reposition(order, craft),
        DO_CHANGE_SPEED => {
            // A negative speed leaves it as it is.
            let _changed = craft.flight.change_speed(f64::from(order.param[1]));
            MavResult::MAV_RESULT_ACCEPTED
        }
        DO_SET_MISSION_CURRENT => {
            if !(0.0..65_534.0).contains(&first) {
                return MavResult::MAV_RESULT_DENIED;
            }
            let index = super::super::lists::List::Mission.in_the_store(craft, first as u16);
            let (flight, situation) = craft.split();
            let set = flight.set_current_item(&situation, index);
            if set { MavResult::MAV_RESULT_ACCEPTED } else { MavResult::MAV_RESULT_DENIED }
        }
        DO_SET_HOME => set_home(order, craft),
        DO_SET_ROI | DO_SET_ROI_LOCATION => {
            craft.flight.look_at(target(order, craft));
            MavResult::MAV_RESULT_ACCEPTED
        }
        DO_SET_ROI_NONE => {
            craft.flight.look_at(None);
            MavResult::MAV_RESULT_ACCEPTED
        }
        DO_FLIGHTTERMINATION if first > 0.5 => {
            let (flight, situation) = craft.split();
            accepted_or_rejected(flight.disarm_on_command(&situation, true))
        }
        VIDEO_START_CAPTURE | VIDEO_STOP_CAPTURE => {
            craft.flight.recording = order.command == VIDEO_START_CAPTURE;
            MavResult::MAV_RESULT_ACCEPTED
        }
        RUN_PREARM_CHECKS | DO_DIGICAM_CONTROL | IMAGE_START_CAPTURE | IMAGE_STOP_CAPTURE => {
            MavResult::MAV_RESULT_ACCEPTED
        }
        _ => MavResult::MAV_RESULT_UNSUPPORTED,
    }
}

fn arm_or_disarm(order: &Order, craft: &mut Craft) -> MavResult {
    let forced = FORCE.contains(&order.param[1]);
    let (flight, situation) = craft.split();
    match order.param[0].round() as i32 {
        1 => accepted_or_rejected(flight.arm(&situation, forced)),
        0 => accepted_or_rejected(flight.disarm_on_command(&situation, forced)),
        _ => MavResult::MAV_RESULT_UNSUPPORTED,
    }
}

/// Main mode in parameter 2, sub-mode in parameter 3.
fn change_mode(order: &Order, craft: &mut Craft) -> MavResult {
    let custom = (order.param[1] as u32 & 0xff) << 16 | (order.param[2] as u32 & 0xff) << 24;
    match Mode::from_custom(craft.plant.parameters.kind(), craft.plant.personality, custom) {
        Some(mode) => enter(craft, mode),
        None if craft.plant.quirks.acknowledges_any_mode => MavResult::MAV_RESULT_ACCEPTED,
        None => MavResult::MAV_RESULT_DENIED,
    }
}

fn take_off(order: &Order, craft: &mut Craft) -> MavResult {
    let datum = if craft.plant.quirks.take_off_above_sea_level { Datum::Amsl } else { Datum::Home };
    let (flight, situation) = craft.split();
    let height = order.z.is_finite().then(|| flight.datums(&situation).height(datum, f64::from(order.z)));
    accepted_or_rejected(flight.px4_take_off(&situation, height))
}

/// A place above mean sea level; what is not a number stays as it is.
fn target(order: &Order, craft: &Craft) -> Option<Geodetic> {
    let situation = craft.plant.situation();
    let here = situation.estimate.position;
    let at: LatLon = if order.placed { lat_lon(order.x, order.y)? } else { here.lat_lon() };
    let datum = match order.form {
        Form::Int => Datum::from_frame(order.frame)?,
        Form::Long => Datum::Amsl,
    };
    let height = if order.z.is_finite() {
        craft.flight.datums(&situation).height(datum, f64::from(order.z))
    } else {
        here.height()
    };
    Some(at.at_height(height))
}

fn reposition(order: &Order, craft: &mut Craft) -> MavResult {
    if order.form == Form::Long && craft.plant.quirks.reposition_as_int_only {
        return MavResult::MAV_RESULT_COMMAND_INT_ONLY;
    }
    let holding = craft.flight.mode() == Mode::Loiter;
    let Some(target) = target(order, craft) else { return MavResult::MAV_RESULT_DENIED };
    if !holding && order.param[1] as u32 & CHANGE_MODE == 0 {
        return MavResult::MAV_RESULT_UNSUPPORTED;
    }
    let result = enter(craft, Mode::Loiter);
    if result == MavResult::MAV_RESULT_ACCEPTED {
        let (flight, situation) = craft.split();
        if order.param[0] > 0.0 {
            let _changed = flight.change_speed(f64::from(order.param[0]));
        }
        let radius_m = f64::from(order.param[2]);
        flight.go_to(&situation, target, (radius_m.is_finite() && radius_m != 0.0).then_some(radius_m));
        let heading = f64::from(order.param[3]);
        flight.look_towards(heading.is_finite().then_some(heading));
    }
    result
}
