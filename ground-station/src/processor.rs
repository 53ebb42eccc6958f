//! The processor time of this program.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time of this process, all threads: the clock counts nanoseconds, where `/proc` counts hundredths.
pub(crate) fn time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let whole = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(whole, u32::try_from(time.tv_nsec).unwrap_or(0))
}
