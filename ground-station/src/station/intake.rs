//! What comes from the bus.

use std::time::Duration;

use telemetry::VehicleId;
use telemetry::delivery::Intake;
use telemetry::messages::{Ack, JournalBody, JournalEntry, Message, SensorScan, SharedTrack};

use super::{Output, Record, Station};

/// A vehicle's scan older than this, replayed after a cut, is evidence and no longer moves the picture.
const FRESH: Duration = Duration::from_secs(10);

impl Station {
    pub(super) fn take_message(&mut self, message: Message) {
        match message {
            Message::Scan(scan) => self.take_scan(&scan),
            Message::VehicleState(state) => {
                let taken = self.fleet.take_state(self.now, state);
                *(if taken { &mut self.counts.vehicle_states } else { &mut self.counts.ignored }) += 1;
            }
            Message::JournalEntry(entry) => self.take_entry(entry),
            Message::Ack(ack) => self.take_ack(&ack),
            Message::SharedTrack(shared) => self.take_shared(&shared),
            // Named one by one, so that a new message is thought about here.
            Message::JournalAck(_)
            | Message::Command(_)
            | Message::Registration(_)
            | Message::Video(_)
            | Message::Evidence(_)
            | Message::EvidenceRequest(_)
            | Message::EvidenceReply(_)
            | Message::Track(_)
            | Message::Alert(_)
            | Message::Cue(_)
            | Message::OperatorAction(_)
            | Message::StationBeat(_) => self.counts.ignored += 1,
        }
    }

    /// Who is no neighbour is ignored; a neighbour's track that cannot be is refused, and what was known of it stays.
    fn take_shared(&mut self, shared: &SharedTrack) {
        let counts = &mut self.counts;
        let counter = match self.picture.take_shared(self.now, shared) {
            Some(true) => &mut counts.shared_tracks,
            Some(false) => &mut counts.shared_tracks_refused,
            None => &mut counts.ignored,
        };
        *counter += 1;
    }

    fn take_scan(&mut self, scan: &SensorScan) {
        self.counts.scans += 1;
        self.picture.take_scan(self.now, scan);
        self.rules.take_scan(self.now, scan);
    }

    /// A new entry is stored, acted on and acknowledged; a known one acknowledged again, for the first word may have
    /// been lost.
    fn take_entry(&mut self, entry: JournalEntry) {
        if !self.fleet.knows(&entry.vehicle) {
            self.counts.ignored += 1;
            return;
        }
        match self.inbox.take(&entry) {
            Intake::New => self.take_new_entry(entry),
            Intake::Duplicate => {
                self.counts.journal_duplicate += 1;
                self.acknowledge_journal(&entry.vehicle);
            }
            Intake::Ahead => self.counts.journal_ahead += 1,
        }
    }

    fn take_new_entry(&mut self, entry: JournalEntry) {
        self.counts.journal_new += 1;
        let vehicle = entry.vehicle.clone();
        let up_to = self.inbox.ack_for(&vehicle).map_or(0, |ack| ack.up_to);
        let record = Record::Journal { entry: entry.clone(), received_at: self.now, up_to };
        self.outputs.push_back(Output::Store(record));
        match entry.body {
            JournalBody::Scan(scan) if self.now.since(scan.measured_at) <= FRESH => self.take_scan(&scan),
            JournalBody::Scan(_) => {}
            JournalBody::Alert(alert) => {
                if let Some(alert) = self.alerts.admit(alert) {
                    self.counts.alerts += 1;
                    self.put_alert(alert);
                }
            }
            JournalBody::Unreadable(_) => self.counts.journal_unreadable += 1,
        }
        self.acknowledge_journal(&vehicle);
    }

    fn acknowledge_journal(&mut self, vehicle: &VehicleId) {
        if let Some(ack) = self.inbox.ack_for(vehicle) {
            self.outputs.push_back(Output::Publish(Message::JournalAck(ack)));
        }
    }

    fn take_ack(&mut self, ack: &Ack) {
        let Some(answered) = self.commands.answer(self.now, ack) else {
            self.counts.ignored += 1;
            return;
        };
        self.outputs.push_back(Output::Store(Record::Ack(ack.clone())));
        self.follow_answer(answered);
    }
}
