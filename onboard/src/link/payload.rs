//! The cameras and gimbals on board that speak for themselves.
//!
//! They are found by their heartbeats, asked what they are, and told what to do one thing after the other. What a
//! component behind the autopilot does (ArduPilot's own mount, say) goes through the autopilot and is not seen here.
//!
//! Limits: [`COMPONENTS_MAX`] of each kind; more are not found.

use std::collections::BTreeMap;

use mavlink::dialects::ardupilotmega::{MavMessage, MavType};
use telemetry::{AltitudeAmsl, LatLon, MavComponentId, MavSystemId, Timestamp};

use super::camera::{self, Camera};
use super::command::Outcome;
use super::component::Component;
use super::frames::Frame;
use super::gimbal::{self, Gimbal};
use super::session::{AUTOPILOT, COMPANION};

/// The most cameras, and the most gimbals.
pub const COMPONENTS_MAX: usize = 6;

/// The cameras and gimbals of one vehicle.
#[derive(Debug)]
pub struct Payload {
    system: MavSystemId,
    cameras: BTreeMap<u8, (Component, Camera)>,
    gimbals: BTreeMap<u8, (Component, Gimbal)>,
    /// Commands that ended, in order.
    ended: Vec<(MavComponentId, Outcome)>,
}

impl Payload {
    /// Nothing found yet.
    #[must_use]
    pub fn new(system: MavSystemId) -> Self {
        Self { system, cameras: BTreeMap::new(), gimbals: BTreeMap::new(), ended: Vec::new() }
    }

    /// Takes a message of a component of our system other than the autopilot.
    pub fn take(&mut self, now: Timestamp, frame: &Frame, out: &mut Vec<MavMessage>) {
        if frame.system != self.system || [AUTOPILOT, COMPANION].contains(&frame.component) {
            return;
        }
        let id = frame.component.0;
        if let MavMessage::HEARTBEAT(beat) = &frame.message {
            let component = || Component::new(self.system, frame.component, now);
            match beat.mavtype {
                MavType::MAV_TYPE_CAMERA if self.cameras.len() < COMPONENTS_MAX => {
                    self.cameras.entry(id).or_insert_with(|| (component(), Camera::default()));
                }
                MavType::MAV_TYPE_GIMBAL if self.gimbals.len() < COMPONENTS_MAX => {
                    self.gimbals.entry(id).or_insert_with(|| (component(), Gimbal::default()));
                }
                _ => {}
            }
        }
        if let Some((component, camera)) = self.cameras.get_mut(&id) {
            camera.take(&frame.message);
            if let MavMessage::COMMAND_ACK(ack) = &frame.message {
                let outcome = component.acknowledged(now, ack, out);
                self.ended.extend((outcome != Outcome::Waiting).then_some((frame.component, outcome)));
            }
        }
        if let Some((component, gimbal)) = self.gimbals.get_mut(&id) {
            gimbal.take(&frame.message);
            if let MavMessage::COMMAND_ACK(ack) = &frame.message {
                let outcome = component.acknowledged(now, ack, out);
                self.ended.extend((outcome != Outcome::Waiting).then_some((frame.component, outcome)));
            }
        }
    }

    /// Asks and repeats what is due.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        for (component, camera) in self.cameras.values_mut() {
            let unknown = camera.capabilities.is_none().then_some(Camera::INFORMATION);
            let outcome = component.advance(now, unknown, out);
            self.ended.extend((outcome != Outcome::Waiting).then_some((component.id(), outcome)));
        }
        for (component, gimbal) in self.gimbals.values_mut() {
            let unknown = gimbal.capabilities.is_none().then_some(Gimbal::INFORMATION);
            let outcome = component.advance(now, unknown, out);
            self.ended.extend((outcome != Outcome::Waiting).then_some((component.id(), outcome)));
        }
    }

    /// When [`Payload::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let cameras = self.cameras.values();
        let gimbals = self.gimbals.values();
        cameras
            .filter_map(|(component, camera)| component.next_deadline(camera.capabilities.is_none()))
            .chain(gimbals.filter_map(|(component, gimbal)| component.next_deadline(gimbal.capabilities.is_none())))
            .min()
    }

    /// The cameras that were found.
    pub fn cameras(&self) -> impl Iterator<Item = (MavComponentId, &Camera)> {
        self.cameras.iter().map(|(id, (_, camera))| (MavComponentId(*id), camera))
    }

    /// The gimbals that were found.
    pub fn gimbals(&self) -> impl Iterator<Item = (MavComponentId, &Gimbal)> {
        self.gimbals.iter().map(|(id, (_, gimbal))| (MavComponentId(*id), gimbal))
    }

    /// Points every gimbal that can at a place. False when there is none.
    pub fn look_at(
        &mut self,
        now: Timestamp,
        place: LatLon,
        altitude: AltitudeAmsl,
        out: &mut Vec<MavMessage>,
    ) -> bool {
        let mut any = false;
        for (component, gimbal) in self.gimbals.values_mut().filter(|(_, gimbal)| gimbal.points_at_places()) {
            // In control from the first look on; who else takes control is asked for it again by the next.
            if gimbal.in_control.1 != COMPANION.0 {
                component.tell(now, gimbal.call(gimbal::Action::TakeControl), out);
            }
            any |= component.tell(now, gimbal.call(gimbal::Action::PointAt(place, altitude)), out);
        }
        any
    }

    /// Tells the first gimbal something.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn turn(&mut self, now: Timestamp, action: gimbal::Action, out: &mut Vec<MavMessage>) -> Result<(), String> {
        let Some((component, gimbal)) = self.gimbals.values_mut().next() else {
            return Err("no gimbal has been heard".to_owned());
        };
        let told = component.tell(now, gimbal.call(gimbal::Action::TakeControl), out)
            && component.tell(now, gimbal.call(action), out);
        told.then_some(()).ok_or_else(|| "the gimbal has not answered what it was told before".to_owned())
    }

    /// Tells the first camera something.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn shoot(&mut self, now: Timestamp, action: camera::Action, out: &mut Vec<MavMessage>) -> Result<(), String> {
        let Some((component, camera)) = self.cameras.values_mut().next() else {
            return Err("no camera has been heard".to_owned());
        };
        let call = camera.call(action)?;
        let told = component.tell(now, call, out);
        told.then_some(()).ok_or_else(|| "the camera has not answered what it was told before".to_owned())
    }

    /// Commands that ended since the last call.
    pub fn take_ended(&mut self) -> Vec<(MavComponentId, Outcome)> {
        std::mem::take(&mut self.ended)
    }
}
