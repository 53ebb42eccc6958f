//! What the companion computer does beside flying: keeps the autopilot's time, says who the aircraft is, and speaks
//! with the cameras and gimbals on board.

use std::collections::VecDeque;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::messages::AckStage;
use telemetry::messages::{CameraAction, CameraOrder, PicturePoint, Pointing};
use telemetry::{AltitudeHae, CommandId, LatLon, MavSystemId, Timestamp};

use crate::link::camera;
use crate::link::frames::Frame;
use crate::link::gimbal;
use crate::link::payload::Payload;
use crate::link::procedure::Step;
use crate::link::remote_id::{Identity, RemoteId};
use crate::link::time_sync::TimeSync;

/// The companion's own conversations.
#[derive(Debug)]
pub(super) struct Companion {
    system: MavSystemId,
    pub(super) time: TimeSync,
    remote_id: Option<RemoteId>,
    payload: Payload,
    /// The last word on commands for cameras and gimbals; taken after every call, so no more than were running.
    answers: VecDeque<(CommandId, AckStage)>,
}

impl Companion {
    pub(super) fn new(system: MavSystemId, now: Timestamp) -> Self {
        Self {
            system,
            time: TimeSync::new(system, now),
            remote_id: None,
            payload: Payload::new(system, now),
            answers: VecDeque::new(),
        }
    }

    pub(super) fn identify(&mut self, identity: Identity, now: Timestamp) {
        self.remote_id = Some(RemoteId::new(self.system, identity, now));
    }

    /// Takes a message of anybody. Gives back what a person should know.
    pub(super) fn take(&mut self, now: Timestamp, frame: &Frame, out: &mut Vec<MavMessage>) -> Vec<String> {
        match &frame.message {
            MavMessage::TIMESYNC(message) => {
                self.time.take(now, (frame.system, frame.component), message, out);
                return Vec::new();
            }
            MavMessage::OPEN_DRONE_ID_ARM_STATUS(status) if frame.system == self.system => {
                return self.remote_id.as_mut().and_then(|remote_id| remote_id.take(status)).into_iter().collect();
            }
            _ => self.payload.take(now, frame, out),
        }
        self.remarks()
    }

    pub(super) fn advance(
        &mut self,
        now: Timestamp,
        home: Option<(LatLon, AltitudeHae)>,
        out: &mut Vec<MavMessage>,
    ) -> Vec<String> {
        self.time.advance(now, out);
        if let Some(remote_id) = &mut self.remote_id {
            remote_id.advance(now, home, out);
        }
        self.payload.advance(now, out);
        self.remarks()
    }

    pub(super) fn next_deadline(&self) -> Timestamp {
        let remote_id = self.remote_id.as_ref().map(RemoteId::next_deadline);
        let others = remote_id.into_iter().chain(self.payload.next_deadline());
        others.fold(self.time.next_deadline(), Timestamp::min)
    }

    /// Takes over the steps of an errand that a gimbal on board does better than the autopilot, which may not even
    /// know that it is there.
    pub(super) fn take_over(&mut self, now: Timestamp, steps: Vec<Step>, out: &mut Vec<MavMessage>) -> Vec<Step> {
        let mut left = Vec::with_capacity(steps.len());
        for step in steps {
            let action = match step {
                Step::LookAt(place, altitude) => Some(gimbal::Action::PointAt(place, altitude)),
                Step::LookAhead(elevation_deg) => {
                    Some(gimbal::Action::PointBy { pitch_rad: elevation_deg.to_radians() as f32, yaw_rad: 0.0 })
                }
                Step::LookFree => Some(gimbal::Action::Release),
                _ => None,
            };
            if !action.is_some_and(|action| self.payload.look(now, action, out)) {
                left.push(step);
            }
        }
        left
    }

    /// Tells the camera something for a command; the answer comes with [`Companion::next_answer`].
    pub(super) fn shoot(
        &mut self,
        now: Timestamp,
        order: &CameraOrder,
        command: CommandId,
        out: &mut Vec<MavMessage>,
    ) -> Result<(), String> {
        let part = |share: f64| share as f32;
        let corner = |PicturePoint { right, down }| [part(right), part(down)];
        let action = match *order {
            CameraOrder::Zoom { percent } => camera::Action::ZoomPercent(percent as f32),
            CameraOrder::Photo => camera::Action::Photo,
            CameraOrder::Record(CameraAction::On) => camera::Action::Record,
            CameraOrder::Record(CameraAction::Off) => camera::Action::StopRecording,
            CameraOrder::FollowPoint { at, radius } => {
                camera::Action::TrackPoint { x: part(at.right), y: part(at.down), radius: part(radius) }
            }
            CameraOrder::FollowRegion { from, to } => {
                camera::Action::TrackRegion { from: corner(from), to: corner(to) }
            }
            CameraOrder::StopFollowing => camera::Action::StopTracking,
        };
        self.payload.shoot(now, action, command, out)
    }

    /// Points the camera for a command; the answer comes with [`Companion::next_answer`].
    pub(super) fn turn(
        &mut self,
        now: Timestamp,
        pointing: &Pointing,
        command: CommandId,
        out: &mut Vec<MavMessage>,
    ) -> Result<(), String> {
        let action = match *pointing {
            Pointing::At { position, altitude } => gimbal::Action::PointAt(position, altitude),
            Pointing::By { pitch_rad, yaw_rad } => {
                gimbal::Action::PointBy { pitch_rad: pitch_rad as f32, yaw_rad: yaw_rad as f32 }
            }
            Pointing::Release => gimbal::Action::Release,
        };
        self.payload.turn(now, action, command, out)
    }

    /// Cameras and gimbals that have newly said what they are.
    pub(super) fn take_found(&mut self) -> Vec<String> {
        self.payload.take_found()
    }

    /// The last word on a command that was begun here.
    pub(super) fn next_answer(&mut self) -> Option<(CommandId, AckStage)> {
        self.answers.pop_front()
    }

    /// What ended: answers for who asked for it, remarks for what nobody waits for.
    fn remarks(&mut self) -> Vec<String> {
        let mut remarks = Vec::new();
        for ended in self.payload.take_ended() {
            match (ended.command, ended.refused) {
                (Some(command), None) => self.answers.push_back((command, AckStage::Done)),
                (Some(command), Some(why)) => self.answers.push_back((command, AckStage::Failed(why))),
                (None, Some(why)) => remarks.push(format!("component {}: {why}", ended.component.0)),
                (None, None) => {}
            }
        }
        remarks
    }
}
