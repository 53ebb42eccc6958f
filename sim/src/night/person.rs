//! The person on watch, played: acknowledges alerts and approves cues as long after they appear as the scenario says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use missions::scenario;
use telemetry::messages::{Action, AlertState, CueState, Message, OperatorAction};
use telemetry::{AlertId, CueId, OperatorId, Timestamp};

/// The person on watch.
#[derive(Debug)]
pub(super) struct PersonOnWatch {
    id: OperatorId,
    acknowledge_after: Option<Duration>,
    approve_after: Option<Duration>,
    /// What is to be done, by when; the number keeps two of one instant apart.
    agenda: BTreeMap<(Timestamp, u64), Action>,
    number: u64,
    alerts_seen: BTreeSet<AlertId>,
    cues_seen: BTreeSet<CueId>,
}

impl PersonOnWatch {
    pub(super) fn new(operator: &scenario::Operator) -> Self {
        let seconds = |after: f64| Duration::from_secs_f64(after.max(0.0));
        Self {
            id: operator.id.clone(),
            acknowledge_after: operator.acknowledge_after_s.map(seconds),
            approve_after: operator.approve_after_s.map(seconds),
            agenda: BTreeMap::new(),
            number: 0,
            alerts_seen: BTreeSet::new(),
            cues_seen: BTreeSet::new(),
        }
    }

    /// Sees what appears on the console.
    pub(super) fn see(&mut self, now: Timestamp, message: &Message) {
        match message {
            Message::Alert(alert) if alert.state == AlertState::Raised && self.alerts_seen.insert(alert.id.clone()) => {
                self.plan(now, self.acknowledge_after, Action::Acknowledge(alert.id.clone()));
            }
            Message::Cue(cue) if cue.state == CueState::Proposed && self.cues_seen.insert(cue.id.clone()) => {
                self.plan(now, self.approve_after, Action::Approve(cue.id.clone()));
            }
            _ => {}
        }
    }

    fn plan(&mut self, now: Timestamp, after: Option<Duration>, action: Action) {
        let Some(after) = after else { return };
        self.number += 1;
        self.agenda.insert((now + after, self.number), action);
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next thing done by `now`.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<OperatorAction> {
        let at = self.next_at().filter(|at| *at <= now)?;
        let (_, action) = self.agenda.pop_first()?;
        Some(OperatorAction { operator: self.id.clone(), at, action })
    }
}
