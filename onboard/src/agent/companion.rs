//! What the companion computer does beside flying: keeps the autopilot's time, says who the aircraft is, and speaks
//! with the cameras and gimbals on board.

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::{AltitudeHae, LatLon, MavSystemId, Timestamp};

use crate::link::command::Outcome;
use crate::link::frames::Frame;
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
}

impl Companion {
    pub(super) fn new(system: MavSystemId, now: Timestamp) -> Self {
        Self { system, time: TimeSync::new(system, now), remote_id: None, payload: Payload::new(system) }
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
            match step {
                Step::LookAt(place, altitude) if self.payload.look_at(now, place, altitude, out) => {}
                step => left.push(step),
            }
        }
        left
    }

    fn remarks(&mut self) -> Vec<String> {
        let remark = |(component, outcome)| match outcome {
            Outcome::Refused(why) => Some(format!("component {component}: {why}")),
            Outcome::Waiting | Outcome::Accepted => None,
        };
        let ended = self.payload.take_ended();
        ended.into_iter().filter_map(|(component, outcome)| remark((component.0, outcome))).collect()
    }
}
