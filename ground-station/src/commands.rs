//! The command book: every command that was given and is not settled.
//!
//! A command is sent again every [`RESEND`] until the vehicle answers, always with the same id, so that it is carried
//! out once. A vehicle that took it is asked again every [`ASK_AGAIN`] for its last word, because an answer can be
//! lost. After it expires it is not sent any more.
//!
//! Bound: [`BOOK_MAX`] commands; the oldest leaves as one that nobody answered. A newer order to a vehicle takes the
//! place of an older one, and a newer look at a target that of the look before.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetry::messages::{Ack, AckStage, Authority, Command, CommandRequest, Order};
use telemetry::{CommandId, CueId, OperatorId, SiteId, Timestamp, VehicleId};

/// How long to wait for an answer before sending again.
const RESEND: Duration = Duration::from_secs(2);
/// How long to wait for the last word of a vehicle that took a command.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// The most commands held.
const BOOK_MAX: usize = 256;
/// The longest part of a site's name in our numbers, so that they stay short enough to be ids.
const PREFIX_MAX: usize = 24;

/// What a command is for: who waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The plan of the night.
    Plan,
    /// The pause before a new plan, of a vehicle that is under way.
    PauseForPlan,
    /// Its start.
    Start,
    /// A person's order.
    Order(Order, OperatorId),
    /// A look at a target, for an approved cue.
    Observe(CueId),
    /// Back to the plan after a look, in the name of whoever sent it there.
    GoOn(OperatorId),
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) vehicle: VehicleId,
    pub(crate) purpose: Purpose,
    pub(crate) outcome: Outcome,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    Done,
    Refused(String),
    Failed(String),
    /// Nobody answered before it expired.
    Unanswered,
    /// It was taken, but no last word came before it expired.
    NoLastWord,
}

#[derive(Debug)]
struct Pending {
    request: CommandRequest,
    purpose: Purpose,
    accepted: bool,
    send_at: Timestamp,
}

/// Every command that is not settled.
#[derive(Debug)]
pub(crate) struct CommandBook {
    prefix: String,
    number: u64,
    /// By vehicle too, for nothing keeps two vehicles' plans from bearing the same name.
    pending: BTreeMap<(VehicleId, CommandId), Pending>,
}

impl CommandBook {
    pub(crate) fn new(site: &SiteId, last_number: u64) -> Self {
        Self { prefix: prefix(site.as_str()), number: last_number, pending: BTreeMap::new() }
    }

    /// A number that was never given out.
    pub(crate) fn next_id(&mut self) -> CommandId {
        self.number += 1;
        CommandId::new(format!("{}.cmd.{}", self.prefix, self.number)).expect("a short prefix and a number is an id")
    }

    /// Enters a command; returns it to be sent.
    pub(crate) fn enter(&mut self, now: Timestamp, order: NewCommand) -> CommandRequest {
        let NewCommand { id, vehicle, valid_for, authority, command, purpose } = order;
        self.pending.retain(|(of, _), known| *of != vehicle || !supersedes(&purpose, &known.purpose));
        if self.pending.len() >= BOOK_MAX
            && let Some(oldest) = self.oldest()
        {
            self.pending.remove(&oldest);
        }
        let request = CommandRequest { id, vehicle, issued_at: now, expires_at: now + valid_for, authority, command };
        let key = (request.vehicle.clone(), request.id.clone());
        self.pending.insert(key, Pending { request: request.clone(), purpose, accepted: false, send_at: now + RESEND });
        request
    }

    fn oldest(&self) -> Option<(VehicleId, CommandId)> {
        self.pending.iter().min_by_key(|(_, pending)| pending.request.issued_at).map(|(key, _)| key.clone())
    }

    /// Takes a vehicle's answer; nothing when it answers no command that is open, or says what is known.
    pub(crate) fn answer(&mut self, now: Timestamp, ack: &Ack) -> Option<Answered> {
        let key = (ack.vehicle.clone(), ack.command.clone());
        let pending = self.pending.get_mut(&key)?;
        let outcome = match &ack.stage {
            AckStage::Accepted if pending.accepted => return None,
            AckStage::Accepted => {
                pending.accepted = true;
                pending.send_at = now + ASK_AGAIN;
                Outcome::Accepted
            }
            AckStage::Done => Outcome::Done,
            AckStage::Refused(why) => Outcome::Refused(why.clone()),
            AckStage::Failed(why) => Outcome::Failed(why.clone()),
        };
        let purpose = pending.purpose.clone();
        if ack.stage.last() {
            self.pending.remove(&key);
        }
        Some(Answered { vehicle: ack.vehicle.clone(), purpose, outcome })
    }

    /// The commands to send again at `now`.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<CommandRequest> {
        let mut due = Vec::new();
        for pending in self.pending.values_mut() {
            // A look is sent anew with the target's newest place, not again with an old one.
            if pending.send_at <= now && !matches!(pending.purpose, Purpose::Observe(_)) {
                pending.send_at = now + if pending.accepted { ASK_AGAIN } else { RESEND };
                due.push(pending.request.clone());
            }
        }
        due
    }

    /// The commands that expired before they were settled; they leave the book.
    pub(crate) fn expired(&mut self, now: Timestamp) -> Vec<Answered> {
        let mut expired = Vec::new();
        self.pending.retain(|(vehicle, _), pending| {
            if now <= pending.request.expires_at {
                return true;
            }
            let outcome = if pending.accepted { Outcome::NoLastWord } else { Outcome::Unanswered };
            expired.push(Answered { vehicle: vehicle.clone(), purpose: pending.purpose.clone(), outcome });
            false
        });
        expired
    }

    /// Forgets what a plan that was replaced still asks of its vehicle.
    pub(crate) fn forget_plan(&mut self, vehicle: &VehicleId) {
        let of_plan = |purpose: &Purpose| matches!(purpose, Purpose::Plan | Purpose::PauseForPlan | Purpose::Start);
        self.pending.retain(|(of, _), pending| of != vehicle || !of_plan(&pending.purpose));
    }

    /// Forgets the looks of a cue that is over.
    pub(crate) fn forget_looks(&mut self, cue: &CueId) {
        self.pending.retain(|_, pending| !matches!(&pending.purpose, Purpose::Observe(of) if of == cue));
    }
}

/// A command to be entered in the book.
#[derive(Debug)]
pub(crate) struct NewCommand {
    pub(crate) id: CommandId,
    pub(crate) vehicle: VehicleId,
    pub(crate) valid_for: Duration,
    pub(crate) authority: Authority,
    pub(crate) command: Command,
    pub(crate) purpose: Purpose,
}

/// Whether a new command takes the place of an older one to the same vehicle.
fn supersedes(new: &Purpose, old: &Purpose) -> bool {
    match new {
        Purpose::Order(..) => matches!(old, Purpose::Order(..) | Purpose::Observe(_) | Purpose::GoOn(_)),
        Purpose::Observe(_) | Purpose::GoOn(_) => matches!(old, Purpose::Observe(_) | Purpose::GoOn(_)),
        Purpose::PauseForPlan => matches!(old, Purpose::Order(..) | Purpose::Observe(_) | Purpose::GoOn(_)),
        Purpose::Plan | Purpose::Start => false,
    }
}

/// The part of a name that our numbers begin with.
pub(crate) fn prefix(name: &str) -> String {
    name.chars().take(PREFIX_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::{Answered, BOOK_MAX, CommandBook, NewCommand, Outcome, Purpose};
    use std::time::Duration;
    use telemetry::messages::{Ack, AckStage, Authority, Command, CommandRequest, Order};
    use telemetry::{OperatorId, SiteId, Timestamp, VehicleId};

    fn at(s: f64) -> Timestamp {
        Timestamp::from_unix_seconds(s)
    }

    fn book() -> CommandBook {
        CommandBook::new(&SiteId::new("kiel").unwrap(), 0)
    }

    fn anna() -> OperatorId {
        OperatorId::new("anna").unwrap()
    }

    fn order(book: &mut CommandBook, s: f64, vehicle: &str, order: Order) -> CommandRequest {
        let new = NewCommand {
            id: book.next_id(),
            vehicle: VehicleId::new(vehicle).unwrap(),
            valid_for: Duration::from_secs(30),
            authority: Authority::Operator(anna()),
            command: Command::Pause,
            purpose: Purpose::Order(order, anna()),
        };
        book.enter(at(s), new)
    }

    fn ack(request: &CommandRequest, stage: AckStage) -> Ack {
        Ack { command: request.id.clone(), vehicle: request.vehicle.clone(), at: at(0.0), stage }
    }

    #[test]
    fn a_command_is_sent_every_two_seconds_with_the_same_id_until_answered() {
        let mut book = book();
        let request = order(&mut book, 0.0, "d1", Order::Pause);
        let sent: Vec<f64> = (1..=10).map(f64::from).filter(|s| book.due(at(*s)) == [request.clone()]).collect();
        assert_eq!(sent, [2.0, 4.0, 6.0, 8.0, 10.0]);
        assert!(book.answer(at(10.5), &ack(&request, AckStage::Done)).is_some());
        assert!(book.due(at(60.0)).is_empty());
        assert!(book.expired(at(60.0)).is_empty());
    }

    #[test]
    fn an_accepted_command_is_asked_about_every_ten_seconds() {
        let mut book = book();
        let request = order(&mut book, 0.0, "d1", Order::Pause);
        assert!(book.answer(at(1.0), &ack(&request, AckStage::Accepted)).is_some());
        assert!(book.answer(at(1.1), &ack(&request, AckStage::Accepted)).is_none(), "said twice is said once");
        let sent: Vec<f64> = (2..=30).map(f64::from).filter(|s| !book.due(at(*s)).is_empty()).collect();
        assert_eq!(sent, [11.0, 21.0]);
        let Answered { outcome, .. } = book.expired(at(30.1)).remove(0);
        assert_eq!(outcome, Outcome::NoLastWord);
    }

    #[test]
    fn an_unanswered_command_expires_once() {
        let mut book = book();
        order(&mut book, 0.0, "d1", Order::Pause);
        assert!(book.expired(at(30.0)).is_empty());
        assert_eq!(book.expired(at(30.1)).remove(0).outcome, Outcome::Unanswered);
        assert!(book.expired(at(31.0)).is_empty());
    }

    #[test]
    fn a_newer_order_replaces_the_older_one_of_the_same_vehicle_only() {
        let mut book = book();
        let first = order(&mut book, 0.0, "d1", Order::Pause);
        let other = order(&mut book, 0.0, "d2", Order::Pause);
        let second = order(&mut book, 1.0, "d1", Order::ReturnHome);
        assert!(book.answer(at(2.0), &ack(&first, AckStage::Done)).is_none());
        assert!(book.answer(at(2.0), &ack(&second, AckStage::Done)).is_some());
        assert!(book.answer(at(2.0), &ack(&other, AckStage::Done)).is_some());
    }

    #[test]
    fn the_book_is_bounded() {
        let mut book = book();
        for n in 0..BOOK_MAX + 50 {
            order(&mut book, n as f64, &format!("d{n}"), Order::Pause);
        }
        assert_eq!(book.pending.len(), BOOK_MAX);
    }
}
