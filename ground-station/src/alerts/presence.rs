//! Whether something is in a place, from readings that are noisy: in after a few clear readings, out only after it was
//! clearly elsewhere for a while. What this buys is one alert for one visit; what it costs is a tick or two.

use std::time::Duration;

use telemetry::Timestamp;

/// How many clear readings in a row make an entry.
const READINGS_TO_ENTER: u8 = 2;
/// How long something must be clearly outside before it can enter again.
const GONE_AFTER: Duration = Duration::from_secs(30);

/// One look at whether something is in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Inside,
    Outside,
    /// The error of the estimate is larger than what it says.
    Unclear,
}

/// Whether something is in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Out { readings_inside: u8 },
    In { outside_since: Option<Timestamp> },
}

impl Default for Presence {
    fn default() -> Self {
        Self::Out { readings_inside: 0 }
    }
}

impl Presence {
    /// Takes a reading; true when this is the one that makes it an entry.
    pub(super) fn take(&mut self, now: Timestamp, reading: Reading) -> bool {
        let (next, entered) = match (*self, reading) {
            (Self::Out { readings_inside }, Reading::Inside) if readings_inside + 1 >= READINGS_TO_ENTER => {
                (Self::In { outside_since: None }, true)
            }
            (Self::Out { readings_inside }, Reading::Inside) => {
                (Self::Out { readings_inside: readings_inside + 1 }, false)
            }
            (Self::Out { .. }, Reading::Outside | Reading::Unclear) => (Self::default(), false),
            (Self::In { .. }, Reading::Inside) => (Self::In { outside_since: None }, false),
            (Self::In { outside_since: Some(since) }, Reading::Outside) if now.since(since) >= GONE_AFTER => {
                (Self::default(), false)
            }
            (Self::In { outside_since: None }, Reading::Outside) => (Self::In { outside_since: Some(now) }, false),
            (unchanged @ Self::In { .. }, _) => (unchanged, false),
        };
        *self = next;
        entered
    }
}

#[cfg(test)]
mod tests {
    use super::{Presence, Reading};
    use Reading::{Inside, Outside, Unclear};
    use telemetry::Timestamp;

    /// One reading a second; gives the seconds at which an entry was made.
    fn entries(readings: &[(usize, Reading)]) -> Vec<usize> {
        let mut presence = Presence::default();
        let each = readings.iter().flat_map(|(times, reading)| std::iter::repeat_n(*reading, *times));
        let entered =
            each.enumerate().filter(|(s, reading)| presence.take(Timestamp::from_unix_seconds(*s as f64), *reading));
        entered.map(|(s, _)| s).collect()
    }

    #[test]
    fn an_entry_is_made_once_and_again_only_after_a_clear_absence() {
        type Case<'a> = (&'a [(usize, Reading)], &'a [usize]);
        let cases: [Case<'_>; 8] = [
            (&[(1, Inside)], &[]),
            (&[(2, Inside)], &[1]),
            (&[(60, Inside)], &[1]),
            (&[(1, Inside), (1, Unclear), (1, Inside)], &[]),
            (&[(1, Inside), (1, Outside), (1, Inside), (1, Outside)], &[]),
            (&[(2, Inside), (29, Outside), (2, Inside)], &[1]),
            (&[(2, Inside), (31, Outside), (2, Inside)], &[1, 34]),
            (&[(2, Inside), (300, Unclear), (2, Inside)], &[1]),
        ];
        for (readings, expected) in cases {
            assert_eq!(entries(readings), expected, "{readings:?}");
        }
    }
}
