//! The receiver's side.

use std::collections::BTreeMap;

use crate::ids::VehicleId;
use crate::messages::{JournalAck, JournalEntry};

/// The most entries of one series taken beyond a gap. What comes beyond that is refused and comes again.
pub const AHEAD_MAX: usize = 4096;
/// The most series remembered of one vehicle; the one not used for longest is forgotten. A vehicle begins a new series
/// only with an empty disk, so an old one does not come back but for messages that were long on their way.
const SERIES_MAX: usize = 4;
/// The most vehicles remembered; entries of more are refused.
const VEHICLES_MAX: usize = 1024;

/// What to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// Store it, act on it, then acknowledge.
    New,
    /// Known. Acknowledge again: the first word may have been lost.
    Duplicate,
    /// Too far ahead of a gap to be remembered. Forget it; it comes again.
    Ahead,
}

/// What has been taken from every vehicle's journal.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The series of each vehicle, the one used last at the end.
    pub(super) vehicles: BTreeMap<VehicleId, Vec<Series>>,
}

#[derive(Debug, Clone)]
pub(super) struct Series {
    series: u64,
    /// Everything up to and with this is taken, or was given up by its sender.
    up_to: u64,
    /// Number and `after` of the entries taken beyond a gap.
    ahead: BTreeMap<u64, u64>,
}

impl Inbox {
    /// An inbox that has taken nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The inbox as the store has it: by vehicle and series, up to which number everything is taken. Entries stored
    /// beyond a gap are given to [`Inbox::take`] once more, which then knows them. Series of one vehicle count as used
    /// in the order of their numbers.
    #[must_use]
    pub fn restored(taken: BTreeMap<(VehicleId, u64), u64>) -> Self {
        let mut inbox = Self::new();
        for ((vehicle, series), up_to) in taken {
            if let Some(series) = inbox.series(&vehicle, series) {
                series.up_to = up_to;
            }
        }
        inbox
    }

    /// Says what an entry is, and remembers it if it is new.
    pub fn take(&mut self, entry: &JournalEntry) -> Intake {
        match self.series(&entry.vehicle, entry.series) {
            Some(series) => series.take(entry.number, entry.after),
            None => Intake::Ahead,
        }
    }

    /// What to tell a vehicle: everything taken without a gap, of the series it used last.
    #[must_use]
    pub fn ack_for(&self, vehicle: &VehicleId) -> Option<JournalAck> {
        let series = self.vehicles.get(vehicle)?.last()?;
        Some(JournalAck { vehicle: vehicle.clone(), series: series.series, up_to: series.up_to })
    }

    /// The series, which is then the one used last; nothing when there are too many vehicles.
    fn series(&mut self, vehicle: &VehicleId, series: u64) -> Option<&mut Series> {
        if self.vehicles.len() >= VEHICLES_MAX && !self.vehicles.contains_key(vehicle) {
            return None;
        }
        let known = self.vehicles.entry(vehicle.clone()).or_default();
        let used = match known.iter().position(|known| known.series == series) {
            Some(at) => known.remove(at),
            None => Series { series, up_to: 0, ahead: BTreeMap::new() },
        };
        if known.len() == SERIES_MAX {
            known.remove(0);
        }
        known.push(used);
        known.last_mut()
    }
}

impl Series {
    fn take(&mut self, number: u64, after: u64) -> Intake {
        if number <= self.up_to {
            return Intake::Duplicate;
        }
        let known = self.ahead.contains_key(&number);
        let closes_gap = after <= self.up_to;
        if !known && !closes_gap && self.ahead.len() >= AHEAD_MAX {
            return Intake::Ahead;
        }
        // The sender may have given up what lay before an entry since it sent it first.
        let after = self.ahead.get(&number).map_or(after, |known| after.min(*known));
        self.ahead.insert(number, after);
        // Not only the lowest can close the gap: it may itself have been given up after it came.
        while let Some((&next, _)) = self.ahead.iter().rev().find(|(_, after)| **after <= self.up_to) {
            self.up_to = next;
            self.ahead.retain(|number, _| *number > next);
        }
        if known { Intake::Duplicate } else { Intake::New }
    }
}
