//! How much a camera may send over the link: a rate, held by a token bucket.

use telemetry::Timestamp;

/// How much the bucket holds, seconds: a key frame may come at once, a stream beyond the rate may not.
const BUCKET_S: f64 = 1.5;

/// A token bucket: it fills at the rate, and what is sent is taken out.
#[derive(Debug)]
pub(crate) struct Bucket {
    bytes_per_s: f64,
    /// Bytes.
    held: f64,
    at: Timestamp,
}

impl Bucket {
    /// Of so many kbit/s, full.
    pub(crate) fn new(kilobits_per_s: u32, now: Timestamp) -> Self {
        let bytes_per_s = f64::from(kilobits_per_s) * 1000.0 / 8.0;
        Self { bytes_per_s, held: bytes_per_s * BUCKET_S, at: now }
    }

    /// How full it is, 0 to 1.
    pub(crate) fn level(&mut self, now: Timestamp) -> f64 {
        self.fill(now);
        if self.bytes_per_s > 0.0 { self.held / (self.bytes_per_s * BUCKET_S) } else { 0.0 }
    }

    /// Whether so many bytes are there.
    pub(crate) fn has(&mut self, now: Timestamp, bytes: usize) -> bool {
        self.fill(now);
        bytes as f64 <= self.held
    }

    /// Takes so many bytes out; false, and nothing taken, where there are not so many.
    pub(crate) fn take(&mut self, now: Timestamp, bytes: usize) -> bool {
        self.fill(now);
        let fits = bytes as f64 <= self.held;
        if fits {
            self.held -= bytes as f64;
        }
        fits
    }

    /// A clock that goes back fills nothing.
    fn fill(&mut self, now: Timestamp) {
        let since_s = now.seconds_since(self.at).max(0.0);
        self.held = (self.held + since_s * self.bytes_per_s).min(self.bytes_per_s * BUCKET_S);
        self.at = self.at.max(now);
    }
}
