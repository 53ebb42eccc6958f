//! The time, for an agent that reads no clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use telemetry::Timestamp;
use tokio::time::Instant;

/// The wall clock as it was at the start, carried on by the monotonic clock. A wall clock that is set while the
/// vehicle flies moves no deadline; a start before the clock was set stays wrong until the next one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started_at: Timestamp,
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { started_at: Timestamp::EPOCH + since_epoch, started: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.started_at + self.started.elapsed()
    }

    /// When the monotonic clock will show this time.
    pub(super) fn instant(&self, at: Timestamp) -> Instant {
        self.started + at.since(self.started_at)
    }
}
