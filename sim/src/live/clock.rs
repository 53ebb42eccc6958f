//! Two times of a live night: the scenario's, in which everything is written, and the wall clock's, on which the real
//! programs run. They differ by a constant.

use telemetry::Timestamp;
use telemetry::messages::SensorScan;

/// The step from scenario time to wall time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    offset_ns: i64,
}

impl Clock {
    /// The scenario's `start` is the wall clock's `now`.
    pub(super) fn starting(start: Timestamp, now: Timestamp) -> Self {
        Self { offset_ns: now.unix_nanos().saturating_sub(start.unix_nanos()) }
    }

    /// Wall time of a scenario time.
    pub(super) fn wall(self, scenario: Timestamp) -> Timestamp {
        Timestamp::from_unix_nanos(scenario.unix_nanos().saturating_add(self.offset_ns))
    }

    /// Scenario time of a wall time.
    pub(super) fn scenario(self, wall: Timestamp) -> Timestamp {
        Timestamp::from_unix_nanos(wall.unix_nanos().saturating_sub(self.offset_ns))
    }

    /// A scan measured in scenario time, as the real programs must see it.
    pub(super) fn to_wall(self, mut scan: SensorScan) -> SensorScan {
        scan.measured_at = self.wall(scan.measured_at);
        for detection in &mut scan.detections {
            detection.measured_at = self.wall(detection.measured_at);
        }
        scan
    }
}
