//! The book of alerts: numbers, states, who did what.
//!
//! Bound: [`ALERTS_MAX`] in memory. When one more comes, the oldest closed one leaves, else the oldest acknowledged,
//! else the oldest; all of them stay in the store.

use std::collections::{BTreeMap, VecDeque};

use telemetry::messages::{Alert, AlertState, Subject};
use telemetry::{AlertId, OperatorId, SiteId, Timestamp};

use super::Finding;
use crate::commands::prefix;

/// The most alerts in memory.
pub const ALERTS_MAX: usize = 1000;
/// The longest sentence taken from a vehicle, in characters.
const TEXT_MAX: usize = 1000;

/// The alerts in memory.
#[derive(Debug)]
pub struct AlertBook {
    prefix: String,
    number: u64,
    alerts: BTreeMap<AlertId, Alert>,
    /// In the order they came.
    order: VecDeque<AlertId>,
}

impl AlertBook {
    pub(crate) fn new(site: &SiteId, last_number: u64, restored: Vec<Alert>) -> Self {
        let mut book = Self {
            prefix: prefix(site.as_str()),
            number: last_number,
            alerts: BTreeMap::new(),
            order: VecDeque::new(),
        };
        for alert in restored {
            book.keep(alert);
        }
        book
    }

    /// Numbers and keeps what a rule found; nothing when the same is open and nobody has seen to it yet.
    pub(crate) fn raise(&mut self, now: Timestamp, finding: Finding) -> Option<Alert> {
        let Finding { rule, severity, subject, measured_at, position, zone, text } = finding;
        let same = |alert: &Alert| alert.rule == rule && alert.subject == subject && alert.zone == zone;
        // What a vehicle of ours reports is new every time; a track in a zone or a sensor that is off is not.
        let lasts = matches!(subject, Subject::Track(_) | Subject::Sensor(_));
        if lasts && self.alerts.values().any(|alert| same(alert) && alert.state == AlertState::Raised) {
            return None;
        }
        self.number += 1;
        let id =
            AlertId::new(format!("{}.{}", self.prefix, self.number)).expect("a short prefix and a number is an id");
        let state = AlertState::Raised;
        let alert = Alert { id, rule, severity, raised_at: now, measured_at, subject, position, zone, text, state };
        self.keep(alert.clone());
        Some(alert)
    }

    /// Takes an alert from a vehicle as it is; nothing when it is known.
    pub(crate) fn admit(&mut self, mut alert: Alert) -> Option<Alert> {
        if self.alerts.contains_key(&alert.id) {
            return None;
        }
        if let Some((cut, _)) = alert.text.char_indices().nth(TEXT_MAX) {
            alert.text.truncate(cut);
        }
        self.keep(alert.clone());
        Some(alert)
    }

    /// "I have seen this." Gives the alert in its new state, or why not.
    pub(crate) fn acknowledge(&mut self, id: &AlertId, by: &OperatorId, at: Timestamp) -> Result<Alert, String> {
        let alert = self.alerts.get_mut(id).ok_or_else(|| unknown(id))?;
        match &alert.state {
            AlertState::Raised => alert.state = AlertState::Acknowledged { by: by.clone(), at },
            AlertState::Acknowledged { by, .. } => return Err(format!("{by} has acknowledged alert {id} already")),
            AlertState::Closed { by, .. } => return Err(format!("{by} has closed alert {id} already")),
        }
        Ok(alert.clone())
    }

    /// "This is done with." Gives the alert in its new state, or why not.
    pub(crate) fn close(&mut self, id: &AlertId, by: &OperatorId, at: Timestamp) -> Result<Alert, String> {
        let alert = self.alerts.get_mut(id).ok_or_else(|| unknown(id))?;
        if let AlertState::Closed { by, .. } = &alert.state {
            return Err(format!("{by} has closed alert {id} already"));
        }
        alert.state = AlertState::Closed { by: by.clone(), at };
        Ok(alert.clone())
    }

    /// An alert in memory.
    #[must_use]
    pub fn alert(&self, id: &AlertId) -> Option<&Alert> {
        self.alerts.get(id)
    }

    /// The alerts in memory, in the order they came.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.order.iter().filter_map(|id| self.alerts.get(id))
    }

    fn keep(&mut self, alert: Alert) {
        if self.alerts.len() >= ALERTS_MAX {
            self.let_one_go();
        }
        self.order.push_back(alert.id.clone());
        self.alerts.insert(alert.id.clone(), alert);
    }

    fn let_one_go(&mut self) {
        let first = |wanted: fn(&AlertState) -> bool| {
            self.order.iter().position(|id| self.alerts.get(id).is_none_or(|alert| wanted(&alert.state)))
        };
        let closed = first(|state| matches!(state, AlertState::Closed { .. }));
        let position = closed.or_else(|| first(|state| matches!(state, AlertState::Acknowledged { .. }))).unwrap_or(0);
        if let Some(id) = self.order.remove(position) {
            self.alerts.remove(&id);
        }
    }
}

fn unknown(id: &AlertId) -> String {
    format!("there is no alert {id}")
}

#[cfg(test)]
mod tests {
    use super::{ALERTS_MAX, AlertBook};
    use crate::alerts::Finding;
    use proptest::prelude::*;
    use telemetry::messages::{AlertRule, AlertState, Severity, Subject};
    use telemetry::{AlertId, OperatorId, SiteId, Timestamp, TrackId, ZoneId};

    fn finding(track: u64) -> Finding {
        Finding {
            rule: AlertRule::ZoneEntered,
            severity: Severity::Critical,
            subject: Subject::Track(TrackId(track)),
            measured_at: Timestamp::EPOCH,
            position: None,
            zone: Some(ZoneId::new("harbour").unwrap()),
            text: String::new(),
        }
    }

    fn book() -> AlertBook {
        AlertBook::new(&SiteId::new("kiel").unwrap(), 16, Vec::new())
    }

    fn anna() -> OperatorId {
        OperatorId::new("anna").unwrap()
    }

    const NOW: Timestamp = Timestamp::EPOCH;

    #[test]
    fn numbers_go_on_from_the_last_one() {
        assert_eq!(book().raise(NOW, finding(1)).unwrap().id.as_str(), "kiel.17");
    }

    #[test]
    fn the_same_is_not_raised_while_nobody_has_seen_to_it() {
        let mut book = book();
        let first = book.raise(NOW, finding(1)).unwrap();
        assert!(book.raise(NOW, finding(1)).is_none());
        assert!(book.raise(NOW, finding(2)).is_some());
        book.acknowledge(&first.id, &anna(), NOW).unwrap();
        assert!(book.raise(NOW, finding(1)).is_some());
    }

    #[test]
    fn each_step_is_made_once_and_the_second_is_told_who_was_first() {
        let mut book = book();
        let id = book.raise(NOW, finding(1)).unwrap().id;
        assert!(book.acknowledge(&id, &anna(), NOW).is_ok());
        assert_eq!(book.acknowledge(&id, &anna(), NOW).unwrap_err(), "anna has acknowledged alert kiel.17 already");
        assert!(book.close(&id, &anna(), NOW).is_ok());
        assert_eq!(book.close(&id, &anna(), NOW).unwrap_err(), "anna has closed alert kiel.17 already");
        assert!(book.acknowledge(&id, &anna(), NOW).is_err());
        let unknown = AlertId::new("kiel.99").unwrap();
        assert_eq!(book.close(&unknown, &anna(), NOW).unwrap_err(), "there is no alert kiel.99");
    }

    #[test]
    fn an_alert_of_a_vehicle_enters_as_it_is_and_once() {
        let mut book = book();
        let mut alert = book.raise(NOW, finding(1)).unwrap();
        alert.id = AlertId::new("falke-1.3").unwrap();
        assert_eq!(book.admit(alert.clone()), Some(alert.clone()));
        book.close(&alert.id, &anna(), NOW).unwrap();
        assert_eq!(book.admit(alert.clone()), None, "a resent alert does not open a closed one");
        assert!(matches!(book.alert(&alert.id).unwrap().state, AlertState::Closed { .. }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn the_book_is_bounded_and_keeps_what_is_open_longest(closed in proptest::collection::btree_set(0_u64..1500, 0..900)) {
            let mut book = book();
            for n in 0..1500 {
                let alert = book.raise(NOW, finding(n)).unwrap();
                if closed.contains(&n) {
                    book.close(&alert.id, &anna(), NOW).unwrap();
                }
            }
            prop_assert_eq!(book.alerts().count(), ALERTS_MAX);
            // Unless so many are open that they alone fill it, no open one has left.
            if 1500 - closed.len() < ALERTS_MAX {
                let open = book.alerts().filter(|alert| alert.state == AlertState::Raised).count();
                prop_assert_eq!(open, 1500 - closed.len());
            }
        }
    }
}
