//! The numbers targets are shown under.
//!
//! A target this station tracks goes by the station's own number. One it does not goes by the number it was last shown
//! under: so a target that leaves our sensors and stays with a neighbour's keeps its name, and its alerts. Where that
//! number is taken (two were shown as one and have parted) or there is none, it gets a new one, above all that a
//! tracker counts to. Numbers of tracks not shown for longest are forgotten first.

use std::collections::{BTreeMap, BTreeSet};

use telemetry::{Timestamp, TrackId};

use super::provenance::Key;

/// Numbers allotted here start above those of any tracker, and stay whole in a double (a browser's number).
pub const NUMBERS_FROM: TrackId = TrackId(1 << 48);

/// Which number each neighbour's track was last shown under.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    shown: BTreeMap<Key, (Timestamp, TrackId)>,
    next: u64,
    max: usize,
}

impl Numbers {
    /// Remembers at most `max` tracks, and allots from `first` on.
    pub(super) fn new(max: usize, first: TrackId) -> Self {
        Self { shown: BTreeMap::new(), next: first.max(NUMBERS_FROM).0, max }
    }

    /// The number for a target made of these tracks of neighbours, which is then no longer free.
    pub(super) fn number(&mut self, tracks: &[&Key], taken: &mut BTreeSet<TrackId>) -> TrackId {
        let last_shown = tracks.iter().filter_map(|key| self.shown.get(*key)).map(|(_, number)| *number);
        let free = last_shown.into_iter().find(|number| !taken.contains(number));
        let number = free.unwrap_or_else(|| {
            while taken.contains(&TrackId(self.next)) {
                self.next = self.next.saturating_add(1);
            }
            self.next = self.next.saturating_add(1);
            TrackId(self.next - 1)
        });
        taken.insert(number);
        number
    }

    /// Keeps the number a neighbour's track is shown under.
    pub(super) fn remember(&mut self, key: &Key, at: Timestamp, number: TrackId) {
        self.shown.insert(key.clone(), (at, number));
    }

    /// Forgets what is beyond the most to remember.
    pub(super) fn forget(&mut self) {
        let beyond = self.shown.len().saturating_sub(self.max);
        if beyond > 0 {
            let mut by_age: Vec<_> = self.shown.iter().map(|(key, (at, _))| (*at, key.clone())).collect();
            by_age.sort();
            for (_, key) in by_age.into_iter().take(beyond) {
                self.shown.remove(&key);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }
}
