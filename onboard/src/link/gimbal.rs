//! Gimbals by the gimbal protocol, version 2: a *manager* takes commands for a *device* that moves.
//!
//! Before the first command we take control, as the protocol wants it; another in control is then told so by the
//! manager. ArduPilot's own manager answers as the autopilot, and is reached as before, without asking what it is.
//!
//! Source: <https://mavlink.io/en/services/gimbal_v2.html>.

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    GIMBAL_MANAGER_INFORMATION_DATA, GimbalManagerCapFlags, MavCmd, MavFrame, MavMessage,
};
use telemetry::{AltitudeAmsl, LatLon};

use super::command::{Call, Form};
use super::items::e7;

/// In MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE: whoever sends this.
const OURSELVES: f32 = -2.0;
const UNCHANGED: f32 = -1.0;

/// What a gimbal can be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Take control.
    TakeControl,
    /// Point at a place and stay on it.
    PointAt(LatLon, AltitudeAmsl),
    /// Point by angles, pitch from the horizon and yaw from the nose.
    PointBy {
        /// Upwards, radians.
        pitch_rad: f32,
        /// To the right, radians.
        yaw_rad: f32,
    },
    /// Stay on nothing.
    Release,
}

/// What is known of a gimbal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gimbal {
    /// What its manager can do, once it has said so.
    pub capabilities: Option<GimbalManagerCapFlags>,
    /// Which device the manager moves.
    pub device: u8,
    /// Who is in control: system and component, nobody where both are 0.
    pub in_control: (u8, u8),
    /// Where it points: roll, pitch and yaw as a quaternion, the scalar first.
    pub attitude: Option<[f32; 4]>,
}

impl Gimbal {
    /// The message that says what a gimbal's manager is.
    pub const INFORMATION: u32 = GIMBAL_MANAGER_INFORMATION_DATA::ID;

    /// Takes what the gimbal says of itself.
    pub fn take(&mut self, message: &MavMessage) {
        match message {
            MavMessage::GIMBAL_MANAGER_INFORMATION(information) => {
                self.capabilities = Some(information.cap_flags);
                self.device = information.gimbal_device_id;
            }
            MavMessage::GIMBAL_MANAGER_STATUS(status) => {
                self.in_control = (status.primary_control_sysid, status.primary_control_compid);
            }
            MavMessage::GIMBAL_DEVICE_ATTITUDE_STATUS(status) => {
                self.attitude = Some(status.q).filter(|q| q.iter().all(|part| part.is_finite()));
            }
            _ => {}
        }
    }

    /// Whether it can keep pointing at a place by itself.
    #[must_use]
    pub fn points_at_places(&self) -> bool {
        let global = GimbalManagerCapFlags::GIMBAL_MANAGER_CAP_FLAGS_CAN_POINT_LOCATION_GLOBAL;
        self.capabilities.is_some_and(|capabilities| capabilities.contains(global))
    }

    /// The command for an action.
    #[must_use]
    pub fn call(&self, action: Action) -> Call {
        let device = f32::from(self.device);
        let long = |what, command, params| Call { what, command, form: Form::Long(params) };
        match action {
            Action::TakeControl => {
                let params = [OURSELVES, OURSELVES, UNCHANGED, UNCHANGED, 0.0, 0.0, device];
                long("the control of the gimbal", MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE, params)
            }
            Action::PointAt(place, altitude) => {
                let (x, y) = e7(place);
                let params = [device, 0.0, 0.0, 0.0];
                let form = Form::Int { frame: MavFrame::MAV_FRAME_GLOBAL, params, x, y, z: altitude.metres as f32 };
                Call { what: "pointing the gimbal", command: MavCmd::MAV_CMD_DO_SET_ROI_LOCATION, form }
            }
            Action::PointBy { pitch_rad, yaw_rad } => {
                let (pitch, yaw) = (pitch_rad.to_degrees(), yaw_rad.to_degrees());
                let params = [pitch, yaw, f32::NAN, f32::NAN, 0.0, 0.0, device];
                long("turning the gimbal", MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, params)
            }
            Action::Release => {
                let params = [device, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
                long("releasing the gimbal", MavCmd::MAV_CMD_DO_SET_ROI_NONE, params)
            }
        }
    }
}
