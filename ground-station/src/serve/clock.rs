//! The machine's clock, read nowhere else in this program: as it is, and, as it may be set, as one that never goes back and
//! never stands still.

use std::time::{Instant, SystemTime};

use telemetry::Timestamp;

/// UTC as far as the machine knows it. When it is set back, this clock goes on from where it was until UTC has caught
/// up: ages stay true, and the beat that keeps the fleet in the air does not stop.
#[derive(Debug)]
pub(super) struct Clock {
    last: Timestamp,
    read_at: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { last: utc(), read_at: Instant::now() }
    }

    pub(super) fn now(&mut self) -> Timestamp {
        self.step(utc(), Instant::now())
    }

    fn step(&mut self, utc: Timestamp, at: Instant) -> Timestamp {
        self.last = if utc >= self.last { utc } else { self.last + at.saturating_duration_since(self.read_at) };
        self.read_at = at;
        self.last
    }
}

/// UTC as the machine has it; 1970 where its clock stands before that. What runs on wants `Clock`.
#[must_use]
pub fn utc() -> Timestamp {
    Timestamp::EPOCH + SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use std::time::{Duration, Instant};
    use telemetry::Timestamp;

    #[test]
    fn a_clock_that_is_set_back_goes_on_and_one_that_is_set_forward_follows() {
        let begin = Instant::now();
        let at = |s: f64| Timestamp::from_unix_seconds(s);
        let mut clock = Clock { last: at(1000.0), read_at: begin };
        // (what the machine says, seconds since the beginning, what is believed)
        let cases =
            [(1001.0, 1, 1001.0), (900.0, 2, 1002.0), (901.0, 3, 1003.0), (1500.0, 4, 1500.0), (1500.0, 5, 1500.0)];
        for (utc, since_begin_s, expected) in cases {
            assert_eq!(clock.step(at(utc), begin + Duration::from_secs(since_begin_s)), at(expected));
        }
    }
}
