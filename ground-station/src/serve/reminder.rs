//! Alerts said again: a camera whose line was broken when an alert was raised has the pictures of it still, and nobody told
//! it of the alert.
//!
//! Every [`EVERY`] the alerts of the last [`FOR`] are published once more, as they stand, the newest [`ALERTS_MAX`] of them.
//! They are states under keys of their own, so whoever knows them learns nothing new. Nothing of it is recorded or stored.

use std::time::Duration;

use telemetry::Timestamp;
use telemetry::messages::Alert;

/// How often.
const EVERY: Duration = Duration::from_secs(20);
/// A camera keeps pictures for some minutes; no line is broken for longer without somebody looking after it.
const FOR: Duration = Duration::from_secs(1800);
/// At a time.
const ALERTS_MAX: usize = 64;

/// See the module.
#[derive(Debug)]
pub(super) struct Reminder {
    said_at: Timestamp,
}

impl Reminder {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { said_at: now }
    }

    /// What is to be said again now, oldest first.
    pub(super) fn due<'a>(&mut self, now: Timestamp, alerts: impl Iterator<Item = &'a Alert>) -> Vec<Alert> {
        // A clock that was set back says it once too often.
        if (self.said_at..self.said_at + EVERY).contains(&now) {
            return Vec::new();
        }
        self.said_at = now;
        let mut recent: Vec<&Alert> = alerts.filter(|alert| now <= alert.raised_at + FOR).collect();
        recent.sort_by(|a, b| (a.raised_at, &a.id).cmp(&(b.raised_at, &b.id)));
        recent.split_off(recent.len().saturating_sub(ALERTS_MAX)).into_iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use telemetry::TrackId;
    use telemetry::messages::{AlertRule, AlertState, Severity, Subject};

    use super::*;

    fn at(s: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(1_000_000 + s)
    }

    fn alert(raised_s: u64) -> Alert {
        Alert {
            id: format!("kiel.{raised_s}").parse().unwrap(),
            rule: AlertRule::ZoneEntered,
            severity: Severity::Critical,
            raised_at: at(raised_s),
            measured_at: at(raised_s),
            subject: Subject::Track(TrackId(1)),
            position: None,
            zone: None,
            text: "A drone in the lock".to_owned(),
            state: AlertState::Raised,
        }
    }

    #[test]
    fn alerts_of_the_last_half_hour_are_said_again_three_times_a_minute() {
        let alerts = [alert(1800), alert(0), alert(1700)];
        let mut reminder = Reminder::new(at(1795));
        assert_eq!(reminder.due(at(1814), alerts.iter()), []);
        assert_eq!(reminder.due(at(1815), alerts.iter()), [alert(1700), alert(1800)]);
        assert_eq!(reminder.due(at(1816), alerts.iter()), []);
        assert_eq!(reminder.due(at(3550), alerts.iter()), [alert(1800)]);
    }

    #[test]
    fn of_a_flood_the_newest_are_said() {
        let alerts: Vec<_> = (0..100).map(alert).collect();
        let said = Reminder::new(at(0)).due(at(100), alerts.iter());
        assert_eq!((said.len(), &said[0], &said[63]), (64, &alert(36), &alert(99)));
    }
}
