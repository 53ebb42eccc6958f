//! The evidence of alerts between the bus and the camera's program: the core ([`crate::evidence`]) with who asked.

use telemetry::Timestamp;
use telemetry::bus::{Bus, BusError, EvidenceServer, Replier};
use telemetry::messages::{EvidenceReply, EvidenceRequest, Message};

use super::sources::Eyes;
use crate::config::VehicleConfig;
use crate::evidence::{Counts, Evidence, ForRoom, Load};

/// What goes to the bus.
pub(super) enum Passed {
    Notice(Message),
    Reply(Replier<EvidenceReply>, EvidenceReply),
}

/// See the module.
pub(super) struct Onboard {
    core: Evidence,
    asker: Option<Replier<EvidenceReply>>,
}

/// The core, and the requests of the room where the link may carry anything, if the configuration wants evidence.
pub(super) async fn open(
    config: &VehicleConfig,
    bus: &Bus,
    now: Timestamp,
) -> Result<(Option<Onboard>, Option<EvidenceServer>), BusError> {
    let section = config.camera.as_ref();
    let Some((section, rate)) = section.and_then(|section| Some((section, section.evidence_kilobits_per_s?))) else {
        return Ok((None, None));
    };
    let core = Evidence::new(config.vehicle.clone(), section.sensor.clone(), rate, now);
    let server = if rate > 0 { Some(bus.serve_evidence(&section.sensor).await?) } else { None };
    Ok((Some(Onboard { core, asker: None }), server))
}

impl Onboard {
    /// Takes what of the bus concerns it.
    pub(super) fn hear(&mut self, now: Timestamp, message: &Message, eyes: &Eyes) {
        match message {
            Message::StationBeat(_) => self.core.beat(now),
            Message::Track(track) => self.core.track(now, track),
            Message::Alert(alert) => eyes.tell(&self.core.alert(alert.clone())),
            _ => {}
        }
    }

    /// The room asks. Who asked before hears that nobody answers.
    pub(super) fn ask(&mut self, now: Timestamp, request: EvidenceRequest, asker: Replier<EvidenceReply>) {
        self.core.ask(now, request);
        self.asker = Some(asker);
    }

    /// Takes a datagram of the camera's program; gives what is to go to the bus.
    pub(super) fn take(&mut self, now: Timestamp, datagram: &[u8]) -> Option<Passed> {
        match self.core.take(now, datagram)? {
            ForRoom::Notice(notice) => Some(Passed::Notice(Message::Evidence(*notice))),
            ForRoom::Reply(reply) => self.asker.take().map(|asker| Passed::Reply(asker, reply)),
        }
    }

    /// Tells the camera's program what the room asks, when the link has room for the answer.
    pub(super) fn tell(&mut self, now: Timestamp, load: Load, eyes: &Eyes) {
        if let Some(what) = self.core.next(now, load) {
            eyes.tell(&what);
        }
        if !self.core.waits() {
            self.asker = None;
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.core.counts()
    }
}
