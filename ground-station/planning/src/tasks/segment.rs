//! How long a stretch of visits takes at least, and when it may begin: known for two stretches, it is known for one after
//! the other at once.
//!
//! Source: Vidal, Crainic, Gendreau & Prins 2013, "A hybrid genetic algorithm with adaptive diversity management for a
//! large class of vehicle routing problems with time-windows", §4.

/// A stretch of a route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    /// The least time from its beginning to its end, waiting included, s.
    pub(super) duration_s: f64,
    /// The earliest beginning with that duration, s.
    earliest_s: f64,
    /// The latest beginning without being late anywhere, s.
    latest_s: f64,
    /// By how much windows are missed, s.
    pub(super) late_s: f64,
}

impl Segment {
    /// One visit: it begins within `window` and lasts `service_s`.
    pub(super) fn visit(window: [f64; 2], service_s: f64) -> Self {
        Self { duration_s: service_s, earliest_s: window[0], latest_s: window[1], late_s: 0.0 }
    }

    /// This stretch, then a way of `travel_s`, then another stretch.
    pub(super) fn then(&self, travel_s: f64, next: &Self) -> Self {
        let shift_s = self.duration_s - self.late_s + travel_s;
        let wait_s = (next.earliest_s - shift_s - self.latest_s).max(0.0);
        let late_s = (self.earliest_s + shift_s - next.latest_s).max(0.0);
        Self {
            duration_s: self.duration_s + next.duration_s + travel_s + wait_s,
            earliest_s: (next.earliest_s - shift_s).max(self.earliest_s) - wait_s,
            latest_s: (next.latest_s - shift_s).min(self.latest_s) + late_s,
            late_s: self.late_s + next.late_s + late_s,
        }
    }

    /// When it begins at the latest with its least duration, and at the earliest.
    pub(super) fn begins_s(&self) -> [f64; 2] {
        [self.earliest_s, self.latest_s]
    }
}
