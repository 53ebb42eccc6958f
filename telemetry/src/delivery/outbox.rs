//! The sender's side.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::ids::VehicleId;
use crate::messages::{JournalAck, JournalBody, JournalEntry};
use crate::time::Timestamp;

/// The most entries kept. When one more comes, the oldest that is not an alert is given up; an alert is given up only
/// when there is nothing but alerts, 100,000 that nobody has taken.
pub const CAPACITY: usize = 100_000;
/// The most entries on their way and not yet acknowledged, the oldest first.
pub const WINDOW: usize = 64;
/// How long to wait for an acknowledgement before sending again.
pub const RESEND_AFTER: Duration = Duration::from_secs(3);

/// A vehicle's journal: what is not acknowledged yet.
#[derive(Debug, Clone)]
pub struct Outbox {
    vehicle: VehicleId,
    series: u64,
    next_number: u64,
    pub(super) capacity: usize,
    pub(super) held: BTreeMap<u64, Held>,
    /// The numbers of those held that may be given up.
    expendable: BTreeSet<u64>,
    lost: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Held {
    entry: JournalEntry,
    sent_at: Option<Timestamp>,
}

impl Outbox {
    /// An empty journal. The series must be one that the vehicle has never used: the time it begins is a good one.
    #[must_use]
    pub fn new(vehicle: VehicleId, series: u64) -> Self {
        Self {
            vehicle,
            series,
            next_number: 1,
            capacity: CAPACITY,
            held: BTreeMap::new(),
            expendable: BTreeSet::new(),
            lost: 0,
        }
    }

    /// The journal as the disk has it, entries in any order. It goes on with the series of the entries. Without
    /// entries it begins the fresh series, because nothing says which numbers were used: never pass a used one.
    #[must_use]
    pub fn restored(vehicle: VehicleId, fresh_series: u64, entries: impl IntoIterator<Item = JournalEntry>) -> Self {
        let mut outbox = Self::new(vehicle, fresh_series);
        entries.into_iter().for_each(|entry| outbox.restore(entry));
        outbox
    }

    pub(super) fn restore(&mut self, entry: JournalEntry) {
        self.series = entry.series;
        self.next_number = self.next_number.max(entry.number.saturating_add(1));
        self.hold(entry);
    }

    /// Numbers and keeps something that must not be lost. Store the entry before it is sent.
    pub fn append(&mut self, now: Timestamp, body: JournalBody) -> JournalEntry {
        let entry = JournalEntry {
            vehicle: self.vehicle.clone(),
            series: self.series,
            number: self.next_number,
            after: self.held.last_key_value().map_or(0, |(number, _)| *number),
            recorded_at: now,
            body,
        };
        self.next_number = self.next_number.saturating_add(1);
        self.hold(entry.clone());
        entry
    }

    fn hold(&mut self, entry: JournalEntry) {
        if !matches!(entry.body, JournalBody::Alert(_)) {
            self.expendable.insert(entry.number);
        }
        self.held.insert(entry.number, Held { entry, sent_at: None });
        if self.held.len() > self.capacity {
            let given_up = self.expendable.pop_first().or_else(|| self.held.keys().next().copied());
            if let Some(number) = given_up {
                self.held.remove(&number);
                self.lost += 1;
            }
        }
    }

    /// The entry to send now, if any: the oldest of the window that was not sent yet or not acknowledged in time.
    pub fn next_to_send(&mut self, now: Timestamp) -> Option<JournalEntry> {
        let due = |held: &Held| held.sent_at.is_none_or(|sent_at| now >= sent_at + RESEND_AFTER);
        let mut after = 0;
        for (number, held) in self.held.iter_mut().take(WINDOW) {
            if due(held) {
                held.sent_at = Some(now);
                return Some(JournalEntry { after, ..held.entry.clone() });
            }
            after = *number;
        }
        None
    }

    /// When [`Outbox::next_to_send`] has something next; in the past when it has something already.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.held
            .values()
            .take(WINDOW)
            .map(|held| held.sent_at.map_or(held.entry.recorded_at, |sent_at| sent_at + RESEND_AFTER))
            .min()
    }

    /// Takes note of the station's word. Returns up to which number entries may now leave the disk, if any more may.
    pub fn acknowledge(&mut self, ack: &JournalAck) -> Option<u64> {
        let ours = ack.vehicle == self.vehicle && ack.series == self.series && ack.up_to < self.next_number;
        if !ours || self.held.first_key_value().is_none_or(|(oldest, _)| *oldest > ack.up_to) {
            return None;
        }
        self.held = self.held.split_off(&(ack.up_to + 1));
        self.expendable = self.expendable.split_off(&(ack.up_to + 1));
        Some(ack.up_to)
    }

    /// The link is back: everything in the window is due at once rather than when its time has run out.
    pub fn resend_all(&mut self) {
        for held in self.held.values_mut().take(WINDOW) {
            held.sent_at = None;
        }
    }

    /// The series being written.
    #[must_use]
    pub fn series(&self) -> u64 {
        self.series
    }

    /// How many entries are not acknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether everything is acknowledged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// How many entries were given up because the journal was full.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }
}
