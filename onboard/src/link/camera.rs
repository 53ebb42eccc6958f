//! Cameras by the camera protocol, version 2: what they can, how they stand, and what they are told.
//!
//! A photograph carries a number of its own, so that a camera that hears the command twice takes one picture.
//!
//! Source: <https://mavlink.io/en/services/camera.html>.

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    CAMERA_INFORMATION_DATA, CameraCapFlags, CameraTrackingStatusFlags, MavCmd, MavMessage,
};

use super::command::{Call, Form};

/// What a camera can be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Zoom to a part of the whole range, 0 (wide) to 100 (tele).
    ZoomPercent(f32),
    /// Take one photograph.
    Photo,
    /// Begin to record.
    Record,
    /// End the recording.
    StopRecording,
    /// Follow what is at a point of the picture, both 0 to 1 from its upper left, within a radius (1 is the width).
    TrackPoint {
        /// To the right.
        x: f32,
        /// Down.
        y: f32,
        /// How far around.
        radius: f32,
    },
    /// Follow what is in a rectangle of the picture.
    TrackRegion {
        /// Left, top, each 0 to 1.
        from: [f32; 2],
        /// Right, bottom.
        to: [f32; 2],
    },
    /// Follow nothing.
    StopTracking,
}

/// What is known of a camera.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Camera {
    /// What it can do, once it has said so.
    pub capabilities: Option<CameraCapFlags>,
    /// Who made it, and what they call it.
    pub model: String,
    /// Zoom, 0 to 100; nothing where it does not say.
    pub zoom_percent: Option<f32>,
    /// Whether it records.
    pub recording: bool,
    /// Whether it takes a photograph right now.
    pub photographing: bool,
    /// How many photographs it has taken.
    pub photographs: u32,
    /// How much can still be stored, MiB; nothing where it does not say.
    pub storage_left_mib: Option<f32>,
    /// Whether it follows something.
    pub tracking: bool,
    /// The last photograph's number.
    photo: u16,
}

impl Camera {
    /// A camera that the autopilot steers and speaks for. What it can do shows by the autopilot's answers.
    #[must_use]
    pub fn behind_the_autopilot() -> Self {
        Self { capabilities: Some(CameraCapFlags::all()), ..Self::default() }
    }

    /// The message that says what a camera is.
    pub const INFORMATION: u32 = CAMERA_INFORMATION_DATA::ID;

    /// Takes what the camera says of itself.
    pub fn take(&mut self, message: &MavMessage) {
        match message {
            MavMessage::CAMERA_INFORMATION(information) => {
                self.capabilities = Some(information.flags);
                self.model = format!("{} {}", text(&information.vendor_name), text(&information.model_name));
            }
            MavMessage::CAMERA_SETTINGS(settings) => {
                self.zoom_percent = Some(settings.zoomLevel).filter(|zoom| (0.0..=100.0).contains(zoom));
            }
            MavMessage::CAMERA_CAPTURE_STATUS(status) => {
                self.recording = status.video_status != 0;
                self.photographing = status.image_status != 0;
                self.photographs = u32::try_from(status.image_count).unwrap_or(0);
                self.storage_left_mib = Some(status.available_capacity).filter(|left| left.is_finite());
            }
            MavMessage::CAMERA_TRACKING_IMAGE_STATUS(status) => {
                self.tracking =
                    status.tracking_status == CameraTrackingStatusFlags::CAMERA_TRACKING_STATUS_FLAGS_ACTIVE;
            }
            _ => {}
        }
    }

    /// The command for an action, or why the camera cannot do it.
    ///
    /// # Errors
    /// In words.
    pub fn call(&mut self, action: Action) -> Result<Call, String> {
        let can = |flags: CameraCapFlags, what: &str| match self.capabilities {
            Some(capabilities) if capabilities.contains(flags) => Ok(()),
            Some(_) => Err(format!("{} cannot {what}", self.model)),
            None => Err("the camera has not said what it can do".to_owned()),
        };
        let unit = |values: &[f32]| {
            let sound = values.iter().all(|value| (0.0..=1.0).contains(value));
            sound.then_some(()).ok_or_else(|| format!("places in the picture are 0 to 1: found {values:?}"))
        };
        let (what, command, params) = match action {
            Action::ZoomPercent(percent) => {
                can(CameraCapFlags::CAMERA_CAP_FLAGS_HAS_BASIC_ZOOM, "zoom")?;
                if !(0.0..=100.0).contains(&percent) {
                    return Err(format!("zoom is 0 to 100 per cent: found {percent}"));
                }
                const RANGE: f32 = 2.0;
                ("the zoom", MavCmd::MAV_CMD_SET_CAMERA_ZOOM, [RANGE, percent, 0.0, 0.0, 0.0, 0.0, 0.0])
            }
            Action::Photo => {
                can(CameraCapFlags::CAMERA_CAP_FLAGS_CAPTURE_IMAGE, "take photographs")?;
                self.photo = self.photo.wrapping_add(1).max(1);
                let params = [0.0, 0.0, 1.0, f32::from(self.photo), 0.0, 0.0, 0.0];
                ("the photograph", MavCmd::MAV_CMD_IMAGE_START_CAPTURE, params)
            }
            Action::Record => {
                can(CameraCapFlags::CAMERA_CAP_FLAGS_CAPTURE_VIDEO, "record")?;
                ("the recording", MavCmd::MAV_CMD_VIDEO_START_CAPTURE, [0.0; 7])
            }
            Action::StopRecording => ("the end of the recording", MavCmd::MAV_CMD_VIDEO_STOP_CAPTURE, [0.0; 7]),
            Action::TrackPoint { x, y, radius } => {
                can(CameraCapFlags::CAMERA_CAP_FLAGS_HAS_TRACKING_POINT, "follow a point")?;
                unit(&[x, y, radius])?;
                ("following a point", MavCmd::MAV_CMD_CAMERA_TRACK_POINT, [x, y, radius, 0.0, 0.0, 0.0, 0.0])
            }
            Action::TrackRegion { from, to } => {
                can(CameraCapFlags::CAMERA_CAP_FLAGS_HAS_TRACKING_RECTANGLE, "follow a region")?;
                unit(&[from[0], from[1], to[0], to[1]])?;
                let params = [from[0], from[1], to[0], to[1], 0.0, 0.0, 0.0];
                ("following a region", MavCmd::MAV_CMD_CAMERA_TRACK_RECTANGLE, params)
            }
            Action::StopTracking => ("the end of following", MavCmd::MAV_CMD_CAMERA_STOP_TRACKING, [0.0; 7]),
        };
        Ok(Call { what, command, form: Form::Long(params) })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}
