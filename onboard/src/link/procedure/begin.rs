//! How each step begins.

use mavlink::dialects::ardupilotmega::{MavCmd, MavFrame, MavMessage};
use telemetry::messages::FlightPhase;
use telemetry::{AltitudeAmsl, LatLon, Timestamp};

use super::{
    ARM_PATIENCE, Asked, FENCE_PATIENCE, MODE_PATIENCE, Running, Step, Surroundings, TAKE_OFF_PATIENCE,
    UNDER_WAY_PATIENCE,
};
use crate::link::command::{Addressee, Call, Exchange, Form};
use crate::link::confirmed::{Confirmed, Sign, way_off_the_ground, way_to_armed, ways_to};
use crate::link::failsafe_settings::settings;
use crate::link::fence_switch;
use crate::link::items::{e7, first_item, speed_kind};
use crate::link::parameters::{Encoding, Keeper, Read};
use crate::link::set_current::SetCurrent;
use crate::link::transfer::Transfer;

/// MAV_DO_REPOSITION_FLAGS_CHANGE_MODE.
const CHANGE_MODE: f32 = 1.0;

/// Begins a step; nothing when it is done already.
pub(super) fn begin(
    now: Timestamp,
    step: &Step,
    around: &Surroundings<'_>,
    out: &mut Vec<MavMessage>,
) -> Option<Running> {
    let system = around.system;
    let long = |what, command, params, out: &mut Vec<MavMessage>| {
        Running::Calling(Exchange::begin(
            now,
            Addressee::autopilot(system),
            Call { what, command, form: Form::Long(params) },
            out,
        ))
    };
    let make = around.personality().make;
    let keeper = Keeper { system, encoding: Encoding::of(make, around.capabilities) };
    match step {
        Step::Agree(lost_link) => {
            let read = Read::begin(now, keeper, settings(around.personality(), *lost_link), out);
            Some(Running::Reading(read, Asked::LostLink(*lost_link)))
        }
        Step::Fence(reach) => {
            let names = fence_switch::settings(around.personality());
            let read = |out| Read::begin(now, keeper, names.iter().copied(), out);
            (!names.is_empty()).then(|| Running::Reading(read(out), Asked::Fence(*reach)))
        }
        Step::FenceOn => {
            let way = vec![(fence_switch::switched_on(), Sign::Fenced)];
            Some(Running::Confirming(Confirmed::begin(now, system, way, FENCE_PATIENCE, out)))
        }
        Step::Bring(list) => Some(Running::Moving(Transfer::begin(now, system, make, list.clone(), out))),
        Step::Upload(mission) => Some(Running::Moving(Transfer::begin(now, system, make, mission.list().clone(), out))),
        Step::Compare(mission) => {
            Some(Running::Moving(Transfer::compare(now, system, make, mission.list().clone(), out)))
        }
        Step::Mode(aim) => {
            let ways = ways_to(around.personality(), *aim);
            // The guard refuses what a vehicle cannot do before it comes here.
            (!ways.is_empty()).then(|| Running::Confirming(Confirmed::begin(now, system, ways, MODE_PATIENCE, out)))
        }
        Step::Arm if around.telemetry.armed => None,
        Step::Arm => Some(Running::Confirming(Confirmed::begin(now, system, way_to_armed(true), ARM_PATIENCE, out))),
        Step::Disarm if !around.telemetry.armed => None,
        Step::Disarm => {
            Some(Running::Confirming(Confirmed::begin(now, system, way_to_armed(false), MODE_PATIENCE, out)))
        }
        Step::FromStart if around.telemetry.mission_item.is_none_or(|item| item <= first_item(make)) => None,
        Step::FromStart => Some(Running::Setting(SetCurrent::begin(now, system, make, first_item(make), out))),
        Step::StartMission => Some(long("the start of the mission", MavCmd::MAV_CMD_MISSION_START, [0.0; 7], out)),
        Step::TakeOff(_) if around.telemetry.phase() == FlightPhase::Underway => None,
        Step::TakeOff(height) => {
            let home = around.telemetry.home_altitude().unwrap_or(AltitudeAmsl::new(0.0));
            let ways = way_off_the_ground(make, *height, home);
            Some(Running::Confirming(Confirmed::begin(now, system, ways, TAKE_OFF_PATIENCE, out)))
        }
        Step::UnderWay if around.telemetry.phase() == FlightPhase::Underway => None,
        Step::UnderWay => Some(Running::Awaiting { until: now + UNDER_WAY_PATIENCE }),
        Step::Speed(speed_m_s) => {
            let params = [speed_kind(around.personality().family), *speed_m_s as f32, -1.0, 0.0, 0.0, 0.0, 0.0];
            Some(long("the change of speed", MavCmd::MAV_CMD_DO_CHANGE_SPEED, params, out))
        }
        Step::Reposition(position, altitude) => {
            // Speed and yaw as they are; radius only matters to an aeroplane, which has a default of its own.
            let params = [-1.0, CHANGE_MODE, 0.0, f32::NAN];
            Some(Running::Calling(at_place(
                now,
                around,
                ("the new target", MavCmd::MAV_CMD_DO_REPOSITION),
                params,
                (*position, *altitude),
                out,
            )))
        }
        Step::LookAt(position, altitude) => Some(Running::Calling(at_place(
            now,
            around,
            ("pointing the camera", MavCmd::MAV_CMD_DO_SET_ROI_LOCATION),
            [0.0; 4],
            (*position, *altitude),
            out,
        ))),
        Step::LookAhead(elevation_deg) => {
            let params = [*elevation_deg as f32, 0.0, f32::NAN, f32::NAN, 0.0, 0.0, 0.0];
            Some(long("turning the camera along the way", MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, params, out))
        }
        Step::LookFree => Some(long("letting go of the camera", MavCmd::MAV_CMD_DO_SET_ROI_NONE, [0.0; 7], out)),
    }
}

fn at_place(
    now: Timestamp,
    around: &Surroundings<'_>,
    (what, command): (&'static str, MavCmd),
    params: [f32; 4],
    (position, altitude): (LatLon, AltitudeAmsl),
    out: &mut Vec<MavMessage>,
) -> Exchange {
    let (x, y) = e7(position);
    let form = Form::Int { frame: MavFrame::MAV_FRAME_GLOBAL, params, x, y, z: altitude.metres as f32 };
    Exchange::begin(now, Addressee::autopilot(around.system), Call { what, command, form }, out)
}
