//! Time: UTC instants, and the boot-relative clock of an autopilot. The two never compare.
//!
//! No function here reads a clock. Shells do, and pass the result on; that is what lets the simulator run the same
//! code in virtual time.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in UTC, in nanoseconds since 1970-01-01T00:00:00Z. Good until the year 2262; arithmetic saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A text that is not an RFC 3339 instant between 1678 and 2262.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a time such as 2026-11-21T03:12:00Z (RFC 3339)")]
pub struct InvalidTimestamp(pub String);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// From nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From seconds since the Unix epoch; a value that is not finite becomes the epoch.
    #[must_use]
    pub fn from_unix_seconds(seconds: f64) -> Self {
        Self((seconds * 1e9) as i64)
    }

    /// Nanoseconds since the Unix epoch.
    #[must_use]
    pub const fn unix_nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the Unix epoch (a double resolves 0.2 µs today).
    #[must_use]
    pub fn unix_seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Milliseconds since the Unix epoch, as a browser counts.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The signed difference in seconds, positive when `self` is the later.
    #[must_use]
    pub fn seconds_since(self, other: Self) -> f64 {
        self.0.saturating_sub(other.0) as f64 / 1e9
    }

    /// This instant moved by a signed number of seconds.
    #[must_use]
    pub fn offset_seconds(self, seconds: f64) -> Self {
        Self(self.0.saturating_add((seconds * 1e9) as i64))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, `2026-11-21T03:12:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0)).map_err(|_| fmt::Error)?;
        f.write_str(&civil.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = InvalidTimestamp;
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let invalid = || InvalidTimestamp(text.chars().take(40).collect());
        let civil = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| invalid())?;
        i64::try_from(civil.unix_timestamp_nanos()).map(Self).map_err(|_| invalid())
    }
}

/// Milliseconds since an autopilot started (MAVLink `time_boot_ms`). It wraps after 49.7 days and compares with
/// nothing but itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootTime(pub u32);
