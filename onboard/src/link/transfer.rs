//! A list's replacement in the autopilot, proved: the old one is fetched first, the new one is brought and fetched back,
//! and where that fails the old one is put back.
//!
//! ```text
//! Saving ──▶ Giving ──▶ Proving ──▶ done
//!      ▲        ▲  ╲       │
//!      └────────┴── Pausing┘ [ROUNDS times]
//!                      │
//!                 Looking ──▶ Restoring ──▶ Looking ──▶ failed, with what the autopilot holds now
//! ```
//!
//! Why the old one is fetched: ArduPilot cuts its mission to the new length when an upload begins and overwrites it item
//! by item, so an upload that breaks off leaves a mission that nobody planned. PX4 keeps the old one. In both cases what
//! the autopilot holds after a failure is looked at, not assumed. A list that the autopilot holds already is not sent.
//!
//! Bound: [`Transfer::bound`], whatever the autopilot does.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::{MavSystemId, Timestamp};

use super::download::{self, Download, Found, Hope};
use super::lists::List;
use super::mode::Make;
use super::round_trip::RoundTrip;
use super::upload::{self, Upload};

/// How often everything is begun anew before the transfer has failed.
pub const ROUNDS: u8 = 4;
/// How long to leave the autopilot alone before that: it may be busy with another ground station.
pub const PAUSE: Duration = Duration::from_secs(2);

/// How a transfer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Under way.
    Waiting,
    /// The autopilot holds the list, compared item by item, and calls it by this number; 0 where it has none.
    Done(u32),
    /// It does not, and why, and what it holds instead.
    Failed(String),
    /// It does not have such lists.
    Unsupported,
}

#[derive(Debug)]
enum Phase {
    Saving(Download),
    Giving(Upload),
    Proving(Download),
    Pausing {
        until: Timestamp,
    },
    /// After a failure: what does the autopilot hold now?
    Looking(Download, After),
    Restoring(Upload),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Failure,
    Restoring,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// The autopilot shall hold the list.
    Bring,
    /// It is asked whether it does.
    Compare,
}

/// What a step of one phase came to.
enum Event {
    Nothing,
    Fetched(Result<Found, String>),
    Same(u32),
    Uploaded(upload::Outcome),
    Unsupported,
}

/// One replacement, or one comparison.
#[derive(Debug)]
pub struct Transfer {
    purpose: Purpose,
    system: MavSystemId,
    make: Make,
    list: List,
    before: Option<List>,
    phase: Phase,
    round_trip: RoundTrip,
    round: u8,
    /// The autopilot's refusal of the list that was just given, if it is one.
    doubt: Option<String>,
    /// Why the new list was given up.
    why: String,
    begun: Timestamp,
}

impl Transfer {
    /// Brings a list into the autopilot.
    pub fn begin(now: Timestamp, system: MavSystemId, make: Make, list: List, out: &mut Vec<MavMessage>) -> Self {
        Self::new(now, system, make, list, Purpose::Bring, out)
    }

    /// Compares a list with the one the autopilot holds, and changes nothing.
    pub fn compare(now: Timestamp, system: MavSystemId, make: Make, list: List, out: &mut Vec<MavMessage>) -> Self {
        Self::new(now, system, make, list, Purpose::Compare, out)
    }

    fn new(
        now: Timestamp,
        system: MavSystemId,
        make: Make,
        list: List,
        purpose: Purpose,
        out: &mut Vec<MavMessage>,
    ) -> Self {
        let round_trip = RoundTrip::default();
        let hope = hope(&list);
        let phase = Phase::Saving(Download::begin(now, system, make, (list.kind, hope), &round_trip, out));
        Self {
            purpose,
            system,
            make,
            list,
            before: None,
            phase,
            round_trip,
            round: 0,
            doubt: None,
            why: String::new(),
            begun: now,
        }
    }

    /// How long it may take in all: a slow link needs several seconds for every item there and back.
    #[must_use]
    pub fn bound(&self) -> Duration {
        let old = self.before.as_ref().map_or(0, List::count);
        Duration::from_secs(120 + 8 * u64::from(self.list.count().max(old)))
    }

    /// When [`Transfer::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        let due = match &self.phase {
            Phase::Saving(download) | Phase::Proving(download) | Phase::Looking(download, _) => {
                download.next_deadline()
            }
            Phase::Giving(upload) | Phase::Restoring(upload) => upload.next_deadline(),
            Phase::Pausing { until } => *until,
        };
        due.min(self.begun + self.bound())
    }

    /// Takes a message of the autopilot. What concerns another transfer changes nothing.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage, out: &mut Vec<MavMessage>) -> Outcome {
        let event = match &mut self.phase {
            Phase::Saving(download) | Phase::Proving(download) | Phase::Looking(download, _) => {
                Event::of(download.take(now, message, &mut self.round_trip, out))
            }
            Phase::Giving(upload) | Phase::Restoring(upload) => {
                Event::Uploaded(upload.take(now, message, &mut self.round_trip, out))
            }
            Phase::Pausing { .. } => Event::Nothing,
        };
        self.apply(now, event, out)
    }

    /// Asks again, begins anew or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) -> Outcome {
        if now >= self.begun + self.bound() {
            self.cancel(out);
            let seconds = self.bound().as_secs();
            let why = if self.why.is_empty() { String::new() } else { format!(": {}", self.why) };
            return Outcome::Failed(format!("it took longer than {seconds} s{why}"));
        }
        let event = match &mut self.phase {
            Phase::Saving(download) | Phase::Proving(download) | Phase::Looking(download, _) => {
                Event::of(download.advance(now, &self.round_trip, out))
            }
            Phase::Giving(upload) | Phase::Restoring(upload) => {
                Event::Uploaded(upload.advance(now, &self.round_trip, out))
            }
            Phase::Pausing { until } if now >= *until => {
                self.phase = match self.before {
                    Some(_) => Phase::Giving(self.upload(now, self.list.clone(), out)),
                    None => Phase::Saving(self.download(now, hope(&self.list), out)),
                };
                Event::Nothing
            }
            Phase::Pausing { .. } => Event::Nothing,
        };
        self.apply(now, event, out)
    }

    /// Tells the autopilot that the transfer is over.
    pub fn cancel(&self, out: &mut Vec<MavMessage>) {
        match &self.phase {
            Phase::Saving(download) | Phase::Proving(download) | Phase::Looking(download, _) => download.cancel(out),
            Phase::Giving(upload) | Phase::Restoring(upload) => upload.cancel(out),
            Phase::Pausing { .. } => {}
        }
    }

    fn apply(&mut self, now: Timestamp, event: Event, out: &mut Vec<MavMessage>) -> Outcome {
        match (event, &self.phase) {
            (Event::Nothing | Event::Uploaded(upload::Outcome::Waiting), _) => Outcome::Waiting,
            (Event::Unsupported | Event::Uploaded(upload::Outcome::Unsupported), _) => Outcome::Unsupported,
            (Event::Same(number), _) => Outcome::Done(number),
            (Event::Fetched(found), Phase::Saving(_)) => self.saved(now, found, out),
            (Event::Fetched(Ok(found)), Phase::Proving(_)) => match self.list.differs_from(&found.items) {
                None => Outcome::Done(found.number),
                Some(differs) => match self.doubt.take() {
                    Some(refused) => self.look(now, refused, out),
                    None => self.begin_anew(now, differs, out),
                },
            },
            (Event::Fetched(Err(why)), Phase::Proving(_)) => self.begin_anew(now, why, out),
            (Event::Fetched(found), Phase::Looking(_, after)) => {
                let after = *after;
                self.looked(now, found, after, out)
            }
            (Event::Uploaded(given @ (upload::Outcome::Given | upload::Outcome::Doubted(_))), Phase::Giving(_)) => {
                self.doubt = if let upload::Outcome::Doubted(refused) = given { Some(refused) } else { None };
                let hope = hope(&self.list);
                self.phase = Phase::Proving(self.download(now, hope, out));
                Outcome::Waiting
            }
            (Event::Uploaded(upload::Outcome::Again(why)), Phase::Giving(_)) => self.begin_anew(now, why, out),
            (Event::Uploaded(upload::Outcome::Refused(why)), Phase::Giving(_)) => self.look(now, why, out),
            // The old list is on its way back: whatever is said of it, what counts is what is there then.
            (Event::Uploaded(_) | Event::Fetched(_), _) => {
                self.phase = Phase::Looking(self.download(now, None, out), After::Restoring);
                Outcome::Waiting
            }
        }
    }

    fn saved(&mut self, now: Timestamp, found: Result<Found, String>, out: &mut Vec<MavMessage>) -> Outcome {
        let found = match found {
            Ok(found) => found,
            Err(why) if self.round + 1 >= ROUNDS => return Outcome::Failed(format!("{why}, in {ROUNDS} rounds")),
            Err(why) => return self.begin_anew(now, why, out),
        };
        match (self.list.differs_from(&found.items), self.purpose) {
            (None, _) => Outcome::Done(found.number),
            (Some(why), Purpose::Compare) => Outcome::Failed(why),
            (Some(_), Purpose::Bring) => {
                self.before = Some(List { items: found.items, ..self.list.clone() });
                self.phase = Phase::Giving(self.upload(now, self.list.clone(), out));
                Outcome::Waiting
            }
        }
    }

    fn begin_anew(&mut self, now: Timestamp, why: String, out: &mut Vec<MavMessage>) -> Outcome {
        self.round += 1;
        if self.round >= ROUNDS {
            return self.look(now, format!("{why}, in {ROUNDS} rounds"), out);
        }
        self.why = why;
        self.phase = Phase::Pausing { until: now + PAUSE };
        Outcome::Waiting
    }

    fn look(&mut self, now: Timestamp, why: String, out: &mut Vec<MavMessage>) -> Outcome {
        self.why = why;
        self.phase = Phase::Looking(self.download(now, None, out), After::Failure);
        Outcome::Waiting
    }

    fn looked(
        &mut self,
        now: Timestamp,
        found: Result<Found, String>,
        after: After,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        let (what, why) = (self.list.kind.in_words(), &self.why);
        let before = self.before.as_ref();
        let differs = match (found, before) {
            (Ok(found), Some(before)) => before.differs_from(&found.items),
            (Err(silent), _) => Some(silent),
            (Ok(_), None) => None,
        };
        match (differs, after, before) {
            (None, After::Failure, _) => {
                Outcome::Failed(format!("{why}; the autopilot still holds {what} from before"))
            }
            (None, After::Restoring, _) => Outcome::Failed(format!("{why}; {what} from before is back")),
            (Some(_), After::Failure, Some(before)) => {
                let before = before.clone();
                self.phase = Phase::Restoring(self.upload(now, before, out));
                Outcome::Waiting
            }
            (Some(differs), ..) => {
                Outcome::Failed(format!("{why}; {what} from before could not be put back: {differs}"))
            }
        }
    }

    fn download(&self, now: Timestamp, hope: Option<Hope>, out: &mut Vec<MavMessage>) -> Download {
        Download::begin(now, self.system, self.make, (self.list.kind, hope), &self.round_trip, out)
    }

    fn upload(&self, now: Timestamp, list: List, out: &mut Vec<MavMessage>) -> Upload {
        Upload::begin(now, self.system, list, &self.round_trip, out)
    }
}

impl Event {
    fn of(outcome: download::Outcome) -> Self {
        match outcome {
            download::Outcome::Waiting => Self::Nothing,
            download::Outcome::Done(found) => Self::Fetched(Ok(found)),
            download::Outcome::Same(number) => Self::Same(number),
            download::Outcome::Failed(why) => Self::Fetched(Err(why)),
            download::Outcome::Unsupported => Self::Unsupported,
        }
    }
}

fn hope(list: &List) -> Option<Hope> {
    (!list.items.is_empty()).then(|| Hope { count: list.count(), checksum: list.checksum() })
}
