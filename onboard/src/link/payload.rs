//! The cameras and gimbals on board that speak for themselves.
//!
//! They are found by their heartbeats, asked what they are, and told what to do one thing after the other. Where none
//! speaks for itself the autopilot is told: it may have a camera or a mount behind it (ArduPilot's drivers do), and its
//! answer says whether it has.
//!
//! Limits: [`COMPONENTS_MAX`] of each kind; more are not found.

use std::collections::BTreeMap;

use mavlink::dialects::ardupilotmega::{MavMessage, MavType};
use telemetry::{CommandId, MavComponentId, MavSystemId, Timestamp};

use super::camera::{self, Camera};
use super::command::{Addressee, Call};
use super::component::{Component, Ended};
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
    /// For a camera and a mount that the autopilot speaks for.
    autopilot: (Component, Camera),
    /// What ended, in order; taken after every call.
    ended: Vec<Ended>,
    /// What components have newly said that they are, in words; taken after every call.
    found: Vec<String>,
}

impl Payload {
    /// Nothing found yet.
    #[must_use]
    pub fn new(system: MavSystemId, now: Timestamp) -> Self {
        Self {
            system,
            cameras: BTreeMap::new(),
            gimbals: BTreeMap::new(),
            autopilot: (Component::new(Addressee::autopilot(system), now), Camera::behind_the_autopilot()),
            ended: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Takes a message of a component of our system.
    pub fn take(&mut self, now: Timestamp, frame: &Frame, out: &mut Vec<MavMessage>) {
        if frame.system != self.system || frame.component == COMPANION {
            return;
        }
        if frame.component == AUTOPILOT {
            if let MavMessage::COMMAND_ACK(ack) = &frame.message {
                self.ended.extend(self.autopilot.0.acknowledged(now, ack, out));
            }
            return;
        }
        let id = frame.component.0;
        if let MavMessage::HEARTBEAT(beat) = &frame.message {
            let (system, component) = (self.system, frame.component);
            let called = |name| Component::new(Addressee { system, component, name }, now);
            match beat.mavtype {
                MavType::MAV_TYPE_CAMERA if self.cameras.len() < COMPONENTS_MAX => {
                    self.cameras.entry(id).or_insert_with(|| (called("the camera"), Camera::default()));
                }
                MavType::MAV_TYPE_GIMBAL if self.gimbals.len() < COMPONENTS_MAX => {
                    self.gimbals.entry(id).or_insert_with(|| (called("the gimbal"), Gimbal::default()));
                }
                _ => {}
            }
        }
        if let Some((component, camera)) = self.cameras.get_mut(&id) {
            let unknown = camera.capabilities.is_none();
            camera.take(&frame.message);
            if unknown && camera.capabilities.is_some() {
                self.found.push(format!("component {id} is a camera: {}", camera.model));
            }
            if let MavMessage::COMMAND_ACK(ack) = &frame.message {
                self.ended.extend(component.acknowledged(now, ack, out));
            }
        }
        if let Some((component, gimbal)) = self.gimbals.get_mut(&id) {
            let unknown = gimbal.capabilities.is_none();
            gimbal.take(&frame.message);
            if unknown && gimbal.capabilities.is_some() {
                self.found.push(format!("component {id} is a gimbal's manager"));
            }
            if let MavMessage::COMMAND_ACK(ack) = &frame.message {
                self.ended.extend(component.acknowledged(now, ack, out));
            }
        }
    }

    /// Asks and repeats what is due.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        self.ended.extend(self.autopilot.0.advance(now, None, out));
        for (component, camera) in self.cameras.values_mut() {
            let unknown = camera.capabilities.is_none().then_some(Camera::INFORMATION);
            self.ended.extend(component.advance(now, unknown, out));
        }
        for (component, gimbal) in self.gimbals.values_mut() {
            let unknown = gimbal.capabilities.is_none().then_some(Gimbal::INFORMATION);
            self.ended.extend(component.advance(now, unknown, out));
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
            .chain(self.autopilot.0.next_deadline(false))
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

    /// Tells every gimbal that can point at places how to look, for a look at a place and after it. False when there is none.
    pub fn look(&mut self, now: Timestamp, action: gimbal::Action, out: &mut Vec<MavMessage>) -> bool {
        let mut any = false;
        for (component, gimbal) in self.gimbals.values_mut().filter(|(_, gimbal)| gimbal.points_at_places()) {
            // In control from the first look on; who else takes control is asked for it again by the next.
            if gimbal.in_control.1 != COMPANION.0 {
                component.tell(now, gimbal.call(gimbal::Action::TakeControl), None, out);
            }
            any |= component.tell(now, gimbal.call(action), None, out);
        }
        any
    }

    /// Tells the first gimbal something for a command; the autopilot where there is none.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn turn(
        &mut self,
        now: Timestamp,
        action: gimbal::Action,
        command: CommandId,
        out: &mut Vec<MavMessage>,
    ) -> Result<(), String> {
        let Some((component, gimbal)) = self.gimbals.values_mut().next() else {
            return told(&mut self.autopilot.0, now, Gimbal::default().call(action), command, out);
        };
        if gimbal.in_control.1 != COMPANION.0 {
            component.tell(now, gimbal.call(gimbal::Action::TakeControl), None, out);
        }
        told(component, now, gimbal.call(action), command, out)
    }

    /// Tells the first camera something for a command; the autopilot where there is none.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn shoot(
        &mut self,
        now: Timestamp,
        action: camera::Action,
        command: CommandId,
        out: &mut Vec<MavMessage>,
    ) -> Result<(), String> {
        let (component, camera) = self.cameras.values_mut().next().unwrap_or(&mut self.autopilot);
        let call = camera.call(action)?;
        told(component, now, call, command, out)
    }

    /// What components have said that they are, since the last call.
    pub fn take_found(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }

    /// What ended since the last call.
    pub fn take_ended(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.ended)
    }
}

fn told(
    component: &mut Component,
    now: Timestamp,
    call: Call,
    command: CommandId,
    out: &mut Vec<MavMessage>,
) -> Result<(), String> {
    if component.tell(now, call, Some(command), out) {
        return Ok(());
    }
    Err(format!("component {} has not answered what it was told before", component.id().0))
}
