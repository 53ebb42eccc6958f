//! Commands, in both forms, with ArduPilot 4.5's answers; PX4's are in `px4`.
//!
//! A COMMAND_LONG with a place is taken as relative to home where ArduPilot does so, and refused as INT-only where it
//! does not. A number the dialect has no name for is answered UNSUPPORTED. The answer goes out before anything the
//! command makes the vehicle say.

mod px4;

use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    AUTOPILOT_VERSION_DATA, AVAILABLE_MODES_DATA, COMMAND_ACK_DATA, HOME_POSITION_DATA, MESSAGE_INTERVAL_DATA, MavCmd,
    MavModeFlag, MavResult, PROTOCOL_VERSION_DATA, SET_MODE_DATA,
};
use telemetry::messages::VehicleKind;
use telemetry::{Geodetic, Timestamp};

use super::super::Craft;
use super::super::flight::{
    DO_CHANGE_SPEED, DO_DIGICAM_CONTROL, DO_SET_ROI, DO_SET_ROI_LOCATION, DO_SET_ROI_NONE, Datum, IMAGE_START_CAPTURE,
    IMAGE_STOP_CAPTURE, Mode, Refused, Severity, VIDEO_START_CAPTURE, VIDEO_STOP_CAPTURE, lat_lon,
};
use super::super::parameters::Parameter;
use super::super::personality::Personality;
use super::Link;
use super::frames::{AUTOPILOT_COMPONENT, CAMERA_COMPONENT, Frame, GIMBAL_COMPONENT, Peer};
use super::report::modes::available_mode;
use super::streams::Report;

const COMPONENT_ARM_DISARM: u16 = MavCmd::MAV_CMD_COMPONENT_ARM_DISARM as u16;
const DO_FENCE_ENABLE: u16 = MavCmd::MAV_CMD_DO_FENCE_ENABLE as u16;
const DO_REPOSITION: u16 = MavCmd::MAV_CMD_DO_REPOSITION as u16;
const DO_SET_MISSION_CURRENT: u16 = MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT as u16;
const DO_SET_HOME: u16 = MavCmd::MAV_CMD_DO_SET_HOME as u16;
const DO_SET_MODE: u16 = MavCmd::MAV_CMD_DO_SET_MODE as u16;
const GET_MESSAGE_INTERVAL: u16 = MavCmd::MAV_CMD_GET_MESSAGE_INTERVAL as u16;
const MISSION_START: u16 = MavCmd::MAV_CMD_MISSION_START as u16;
const GET_HOME_POSITION: u16 = MavCmd::MAV_CMD_GET_HOME_POSITION as u16;
const NAV_LAND: u16 = MavCmd::MAV_CMD_NAV_LAND as u16;
const NAV_RETURN_TO_LAUNCH: u16 = MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH as u16;
const NAV_TAKEOFF: u16 = MavCmd::MAV_CMD_NAV_TAKEOFF as u16;
const REQUEST_AUTOPILOT_CAPABILITIES: u16 = 520;
const REQUEST_PROTOCOL_VERSION: u16 = 519;
const REQUEST_MESSAGE: u16 = MavCmd::MAV_CMD_REQUEST_MESSAGE as u16;
const RUN_PREARM_CHECKS: u16 = MavCmd::MAV_CMD_RUN_PREARM_CHECKS as u16;
const SET_MESSAGE_INTERVAL: u16 = MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL as u16;

/// Parameter 2 of an arming command that skips the checks.
const FORCE_ARM: f32 = 2989.0;
/// And of one that disarms in flight.
const FORCE_DISARM: f32 = 21196.0;
/// MAV_DO_REPOSITION_FLAGS_CHANGE_MODE.
const CHANGE_MODE: u32 = 1;
/// The answer to SET_MODE carries the message's own number where a command's belongs (sic).
const SET_MODE_AS_COMMAND: u16 = 11;
/// Commands without a place whose fifth and sixth parameters are plain numbers.
const NUMBERS: [u16; 2] =
    [MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW as u16, MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE as u16];
/// MAV_FRAME_GLOBAL_RELATIVE_ALT.
const FRAME_RELATIVE: u8 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Long,
    Int,
}

/// A command in either form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) command: u16,
    form: Form,
    pub(super) target: Peer,
    frame: u8,
    pub(super) param: [f32; 4],
    /// Whether latitude and longitude are numbers at all.
    placed: bool,
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) z: f32,
}

impl Order {
    /// Read by hand: an unknown command is to be answered, not dropped.
    fn read(frame: &Frame, form: Form) -> Self {
        let bytes = frame.padded();
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        let float = |at: usize| f32::from_le_bytes(word(at));
        let command = u16::from_le_bytes([bytes[28], bytes[29]]);
        let (x, y, mav_frame, placed) = match form {
            Form::Int => {
                let (x, y) = (i32::from_le_bytes(word(16)), i32::from_le_bytes(word(20)));
                // The largest number stands for "as it is".
                (x, y, bytes[32], x != i32::MAX && y != i32::MAX)
            }
            // These two carry numbers where others carry a place.
            Form::Long if NUMBERS.contains(&command) => (float(16) as i32, float(20) as i32, FRAME_RELATIVE, true),
            Form::Long => {
                let e7 = |at: usize| (f64::from(float(at)) * 1e7).round() as i32;
                (e7(16), e7(20), FRAME_RELATIVE, float(16).is_finite() && float(20).is_finite())
            }
        };
        Self {
            command,
            form,
            target: Peer { system: bytes[30], component: bytes[31] },
            frame: mav_frame,
            param: [float(0), float(4), float(8), float(12)],
            placed,
            x,
            y,
            z: float(24),
        }
    }

    /// The place it names; zero latitude and longitude mean here. Nothing if it makes no sense.
    pub(super) fn place(&self, craft: &Craft) -> Option<Geodetic> {
        let datum = Datum::from_frame(self.frame)?;
        place(craft, self.x, self.y, datum, self.z)
    }
}

pub(super) fn place(craft: &Craft, x: i32, y: i32, datum: Datum, altitude_m: f32) -> Option<Geodetic> {
    if altitude_m.is_nan() || altitude_m.abs() > 100_000.0 {
        return None;
    }
    let situation = craft.plant.situation();
    let height = craft.flight.datums(&situation).height(datum, f64::from(altitude_m));
    let at = if x == 0 && y == 0 { situation.estimate.position.lat_lon() } else { lat_lon(x, y)? };
    Some(at.at_height(height))
}

fn accepted_or_failed(result: Result<(), Refused>) -> MavResult {
    match result {
        Ok(()) => MavResult::MAV_RESULT_ACCEPTED,
        Err(Refused) => MavResult::MAV_RESULT_FAILED,
    }
}

impl Link {
    /// A command in either form, for whichever of the vehicle's components.
    pub(super) fn command(&mut self, now: Timestamp, frame: &Frame, form: Form, craft: &mut Craft) {
        let order = Order::read(frame, form);
        let system = craft.plant.system();
        if order.target.system != 0 && order.target.system != system {
            return;
        }
        match order.target.component {
            0 | AUTOPILOT_COMPONENT => self.obey(frame.from, &order, craft),
            CAMERA_COMPONENT if self.camera.is_some() => self.command_camera(now, frame.from, &order, craft),
            GIMBAL_COMPONENT if self.gimbal.is_some() => self.command_gimbal(now, frame.from, &order, craft),
            // A component that is not there does not answer.
            _ => {}
        }
    }

    /// The old way to change the mode, answered like a command all the same.
    pub(super) fn set_mode(&mut self, from: Peer, message: &SET_MODE_DATA, craft: &mut Craft) {
        let result = change_mode(craft, message.base_mode.bits(), message.custom_mode);
        let command = match craft.plant.personality {
            Personality::ArduPilot => SET_MODE_AS_COMMAND,
            Personality::Px4 => DO_SET_MODE,
        };
        self.acknowledge_command(from, command, result, craft);
    }

    fn obey(&mut self, from: Peer, order: &Order, craft: &mut Craft) {
        let first = order.param[0];
        match order.command {
            SET_MESSAGE_INTERVAL => {
                let result = self.set_interval(order, craft);
                self.acknowledge_command(from, order.command, result, craft);
            }
            GET_MESSAGE_INTERVAL => {
                let result = self.tell_interval(first, craft);
                self.acknowledge_command(from, order.command, result, craft);
            }
            REQUEST_MESSAGE => self.tell(from, order, first as u32, craft),
            REQUEST_AUTOPILOT_CAPABILITIES => self.tell(from, order, AUTOPILOT_VERSION_DATA::ID, craft),
            REQUEST_PROTOCOL_VERSION => self.tell(from, order, PROTOCOL_VERSION_DATA::ID, craft),
            GET_HOME_POSITION => self.tell(from, order, HOME_POSITION_DATA::ID, craft),
            _ => {
                let result = match craft.plant.personality {
                    Personality::ArduPilot => carry_out(order, craft),
                    Personality::Px4 => px4::carry_out(order, craft),
                };
                self.acknowledge_command(from, order.command, result, craft);
            }
        }
    }

    /// A message asked for once.
    fn tell(&mut self, from: Peer, order: &Order, id: u32, craft: &Craft) {
        let personality = craft.plant.personality;
        let modes = id == AVAILABLE_MODES_DATA::ID && personality == Personality::Px4;
        let report = Report::from_id(id, personality);
        let result = if report.is_some() || modes {
            MavResult::MAV_RESULT_ACCEPTED
        } else if craft.plant.quirks.fails_unknown_message {
            MavResult::MAV_RESULT_FAILED
        } else {
            MavResult::MAV_RESULT_DENIED
        };
        let early = craft.plant.quirks.message_before_acknowledgement;
        if !early {
            self.acknowledge_command(from, order.command, result, craft);
        }
        if let Some(report) = report {
            self.report(craft, report);
        }
        if modes {
            // Parameter 2 is the place in the list from 1, or 0 for all of them.
            let wanted = order.param[1] as u8;
            let (first, last) = if wanted == 0 { (0, u8::MAX) } else { (wanted - 1, wanted - 1) };
            for mode in (first..=last).map_while(|index| available_mode(craft, index)) {
                self.send(craft, &mode);
            }
        }
        if early {
            self.acknowledge_command(from, order.command, result, craft);
        }
    }

    fn set_interval(&mut self, order: &Order, craft: &Craft) -> MavResult {
        let (id, interval_us) = (order.param[0], order.param[1]);
        let Some(report) = Report::from_id(id as u32, craft.plant.personality) else {
            if craft.plant.personality == Personality::ArduPilot {
                let text = format!("No ap_message for mavlink id ({})", id as u32);
                self.say(craft, Severity::Info, &text);
            }
            return MavResult::MAV_RESULT_DENIED;
        };
        if interval_us == 0.0 {
            self.streams.set_default(report, craft.plant.clock);
            return MavResult::MAV_RESULT_ACCEPTED;
        }
        let interval = if interval_us > 0.0 {
            Some(Duration::from_micros(u64::from((interval_us as u32).clamp(1_000, 60_000_000))))
        } else {
            None
        };
        self.streams.set(report, interval, craft.plant.clock);
        MavResult::MAV_RESULT_ACCEPTED
    }

    fn tell_interval(&mut self, id: f32, craft: &Craft) -> MavResult {
        let Some(report) = Report::from_id(id as u32, craft.plant.personality) else {
            return MavResult::MAV_RESULT_FAILED;
        };
        let interval_us = self.streams.interval(report).map_or(-1, |interval| interval.as_micros() as i32);
        self.send(craft, &MESSAGE_INTERVAL_DATA { interval_us, message_id: id as u16 });
        MavResult::MAV_RESULT_ACCEPTED
    }

    pub(super) fn acknowledge_command(&mut self, to: Peer, command: u16, result: MavResult, craft: &Craft) {
        self.acknowledge_from(craft.autopilot(), to, command, result);
    }

    /// Any component's answer to a command.
    pub(super) fn acknowledge_from(&mut self, from: Peer, to: Peer, command: u16, result: MavResult) {
        let [low, high] = command.to_le_bytes();
        let payload = [low, high, result as u8, 0, 0, 0, 0, 0, to.system, to.component];
        self.encoder.send_payload(from, COMMAND_ACK_DATA::ID, COMMAND_ACK_DATA::EXTRA_CRC, &payload);
    }
}

/// Does what a command says that concerns the vehicle.
fn carry_out(order: &Order, craft: &mut Craft) -> MavResult {
    let kind = craft.plant.parameters.kind();
    let copter = matches!(kind, VehicleKind::Multirotor | VehicleKind::Vtol);
    let first = order.param[0];
    match order.command {
        COMPONENT_ARM_DISARM => arm_or_disarm(order, craft),
        DO_SET_MODE => change_mode(craft, first as u8, order.param[1] as u32),
        NAV_TAKEOFF if copter => {
            if order.frame != FRAME_RELATIVE {
                return MavResult::MAV_RESULT_DENIED;
            }
            let (flight, situation) = craft.split();
            accepted_or_failed(flight.take_off(&situation, f64::from(order.z)))
        }
        // ArduPlane takes off on command as a quadplane only.
        NAV_TAKEOFF if kind == VehicleKind::FixedWing => MavResult::MAV_RESULT_FAILED,
        MISSION_START => {
            if first != 0.0 || order.param[1] != 0.0 {
                return MavResult::MAV_RESULT_DENIED;
            }
            let (flight, situation) = craft.split();
            accepted_or_failed(flight.start_mission_on_command(&situation))
        }
        NAV_RETURN_TO_LAUNCH => enter(craft, Mode::Rtl),
        NAV_LAND if copter => enter(craft, Mode::Land),
        DO_REPOSITION => reposition(order, craft),
        DO_CHANGE_SPEED => accepted_or_failed(craft.flight.change_speed(f64::from(order.param[1]))),
        DO_SET_ROI | DO_SET_ROI_LOCATION if order.x == 0 && order.y == 0 => {
            craft.flight.look_at(None);
            MavResult::MAV_RESULT_ACCEPTED
        }
        DO_SET_ROI | DO_SET_ROI_LOCATION => match order.place(craft) {
            Some(target) => {
                craft.flight.look_at(Some(target));
                MavResult::MAV_RESULT_ACCEPTED
            }
            None => MavResult::MAV_RESULT_DENIED,
        },
        DO_SET_ROI_NONE => {
            craft.flight.look_at(None);
            MavResult::MAV_RESULT_ACCEPTED
        }
        DO_SET_MISSION_CURRENT => {
            if !(0.0..65_535.0).contains(&first) {
                return MavResult::MAV_RESULT_DENIED;
            }
            let (flight, situation) = craft.split();
            let set = flight.set_current_item(&situation, first as u16);
            accepted_or_failed(if set { Ok(()) } else { Err(Refused) })
        }
        VIDEO_START_CAPTURE | VIDEO_STOP_CAPTURE => {
            craft.flight.recording = order.command == VIDEO_START_CAPTURE;
            MavResult::MAV_RESULT_ACCEPTED
        }
        DO_FENCE_ENABLE => {
            let (flight, situation) = craft.split();
            let switched = flight.switched_fence(&situation, first);
            switched.iter().for_each(|setting| craft.plant.parameters.put(Parameter::FenceEnable, *setting));
            accepted_or_failed(switched.map(drop))
        }
        DO_SET_HOME => set_home(order, craft),
        RUN_PREARM_CHECKS if craft.flight.armed() => MavResult::MAV_RESULT_TEMPORARILY_REJECTED,
        RUN_PREARM_CHECKS => MavResult::MAV_RESULT_ACCEPTED,
        DO_DIGICAM_CONTROL | IMAGE_START_CAPTURE | IMAGE_STOP_CAPTURE => MavResult::MAV_RESULT_ACCEPTED,
        _ => MavResult::MAV_RESULT_UNSUPPORTED,
    }
}

fn arm_or_disarm(order: &Order, craft: &mut Craft) -> MavResult {
    let (flight, situation) = craft.split();
    if order.param[0] == 1.0 {
        accepted_or_failed(flight.arm(&situation, order.param[1] == FORCE_ARM))
    } else if order.param[0] == 0.0 {
        accepted_or_failed(flight.disarm_on_command(&situation, order.param[1] == FORCE_DISARM))
    } else {
        MavResult::MAV_RESULT_UNSUPPORTED
    }
}

fn change_mode(craft: &mut Craft, base_mode: u8, custom_mode: u32) -> MavResult {
    if base_mode & MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED.bits() == 0 {
        return MavResult::MAV_RESULT_DENIED;
    }
    match Mode::from_custom(craft.plant.parameters.kind(), craft.plant.personality, custom_mode) {
        Some(mode) => enter(craft, mode),
        None if craft.plant.quirks.acknowledges_any_mode => MavResult::MAV_RESULT_ACCEPTED,
        None => MavResult::MAV_RESULT_FAILED,
    }
}

/// Home where it stands (parameter 1 is 1), or at the place given.
fn set_home(order: &Order, craft: &mut Craft) -> MavResult {
    let here = order.param[0] == 1.0;
    let target = if here { None } else { order.place(craft) };
    let (flight, situation) = craft.split();
    if here && situation.estimate.located {
        flight.move_home(situation.estimate.position);
    } else if let Some(target) = target {
        flight.move_home(target);
    } else {
        return MavResult::MAV_RESULT_FAILED;
    }
    MavResult::MAV_RESULT_ACCEPTED
}

fn enter(craft: &mut Craft, mode: Mode) -> MavResult {
    let (flight, situation) = craft.split();
    accepted_or_failed(flight.set_mode(&situation, mode))
}

fn reposition(order: &Order, craft: &mut Craft) -> MavResult {
    if order.form == Form::Long && craft.plant.quirks.reposition_as_int_only {
        return MavResult::MAV_RESULT_COMMAND_INT_ONLY;
    }
    let guided = craft.flight.mode() == Mode::Guided;
    let changes_mode = order.param[1] as u32 & CHANGE_MODE != 0;
    let Some(target) = order.place(craft).filter(|_| guided || changes_mode) else {
        return MavResult::MAV_RESULT_DENIED;
    };
    let result = enter(craft, Mode::Guided);
    if result != MavResult::MAV_RESULT_ACCEPTED {
        return result;
    }
    let (flight, situation) = craft.split();
    if order.param[0] > 0.0 {
        // A speed that cannot be is left alone; the place counts.
        let _as_before = flight.change_speed(f64::from(order.param[0]));
    }
    let radius_m = f64::from(order.param[2]);
    flight.go_to(&situation, target, (radius_m.is_finite() && radius_m != 0.0).then_some(radius_m));
    MavResult::MAV_RESULT_ACCEPTED
}
