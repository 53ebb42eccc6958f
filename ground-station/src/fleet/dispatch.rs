//! Dispatch of a released plan: the plan goes to the vehicle, and at its start time, once the vehicle has it, the start.
//!
//! A plan without a start time goes to its vehicle as well, which then stands ready: a plan moves nothing, and without
//! one a vehicle has no fence to look at anything in.
//!
//! Before a plan leaves, the pre-flight check must have nothing against it that no supervisor has overridden; what is held
//! by the check is looked at again every [`LOOK_AGAIN`], for zones open and wind goes down.
//!
//! A vehicle that flies a plan already is paused, given the new one, and sent on.
//!
//! What a vehicle refuses (its autopilot is still booting, its battery too low) is tried again every [`TRY_AGAIN`]
//! until [`LATE_MAX`] after the start time; people are told once, when it has been refused for a while.
//!
//! The ids of the commands of a timed start are made of the vehicle, the start time and the number of the attempt. A
//! station that was started again in between sends the same ids, and the vehicle, which carries out an id once, does
//! not begin anew.

use std::collections::BTreeMap;
use std::time::Duration;

use missions::CheckedPlan;
use telemetry::messages::{AckStage, Authority, Command, FlightMode, FlightPhase};
use telemetry::{CommandId, OperatorId, PlanId, Timestamp};

use super::Vehicle;
use crate::commands::{NewCommand, Outcome, Purpose, prefix};
use crate::station::FleetVehicle;

/// How long after its start time a plan may still be begun. Later than that it is not the flight that was released.
const LATE_MAX: Duration = Duration::from_secs(600);
/// How long to wait before a refused command is given again.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// How long a plan is held before it is checked again.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How many refusals in a row people are told of.
const REFUSALS_TOLD: u32 = 6;

/// How far a released plan has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    stage: Stage,
    /// Counts the commands given in this dispatch, over the lives of the station.
    attempt: u32,
    refusals: u32,
    try_at: Option<Timestamp>,
    /// Whether a person sent it from the console: then it may take the place of a plan that is being flown.
    sent: bool,
    /// Whether people were told that the check holds it.
    held_told: bool,
    begun_at: Option<Timestamp>,
}

/// The stages of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// There is no plan.
    Nothing,
    /// The start time has not come, the vehicle has not been heard, or it refused and is asked again soon.
    Waiting,
    /// The pre-flight check holds it, and looks again soon.
    Held,
    /// The vehicle, which flies another plan, is being paused.
    Pausing,
    /// It stands still and may be given the plan.
    Paused,
    /// The plan is on its way.
    Planning,
    /// The vehicle has the plan, and there is no start time.
    Ready,
    /// The vehicle has the plan, the start is on its way.
    Starting,
    /// The vehicle has begun.
    Started,
    /// It was given up, and an alert said so.
    GivenUp,
}

/// What the station must do next for a dispatch.
#[derive(Debug)]
pub(crate) enum DispatchStep {
    /// Send this.
    Send(Box<NewCommand>),
    /// Tell people: it does not fly, and why.
    Tell(String),
}

impl Dispatch {
    /// Where a dispatch stands after an earlier life of the station.
    pub(super) fn new(config: &FleetVehicle, dispatched: &BTreeMap<CommandId, AckStage>) -> Self {
        let mut dispatch = Self {
            stage: Stage::Waiting,
            attempt: 0,
            refusals: 0,
            try_at: None,
            sent: false,
            held_told: false,
            begun_at: None,
        };
        if config.plan.is_none() {
            dispatch.stage = Stage::Nothing;
        }
        let Some(start) = config.start else { return dispatch };
        while dispatched.contains_key(&command_id(config, "plan", start, dispatch.attempt)) {
            if let Some(AckStage::Accepted | AckStage::Done) =
                dispatched.get(&command_id(config, "start", start, dispatch.attempt))
            {
                dispatch.stage = Stage::Started;
                dispatch.begun_at = Some(start);
                return dispatch;
            }
            dispatch.attempt += 1;
        }
        dispatch
    }

    /// How far it has come.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// When the plan was begun, where it was.
    #[must_use]
    pub fn begun_at(&self) -> Option<Timestamp> {
        self.begun_at
    }

    fn begun(&mut self, now: Timestamp) {
        self.stage = Stage::Started;
        self.begun_at = Some(now);
    }
}

impl Vehicle {
    /// Gives it another plan to fly, in a person's name. What was flown before is no longer followed here.
    pub(crate) fn assign(&mut self, plan: CheckedPlan, start: Timestamp, by: OperatorId) {
        self.config.plan = Some(plan);
        self.config.start = Some(start);
        self.config.released_by = by;
        self.dispatch = Dispatch { sent: true, ..Dispatch::new(&self.config, &BTreeMap::new()) };
    }

    /// Takes up a plan that was sent in an earlier life of the station.
    pub(crate) fn take_up(
        &mut self,
        plan: CheckedPlan,
        start: Timestamp,
        by: OperatorId,
        dispatched: &BTreeMap<CommandId, AckStage>,
    ) {
        self.assign(plan, start, by);
        self.dispatch = Dispatch { sent: true, ..Dispatch::new(&self.config, dispatched) };
    }

    /// Whether the plan would leave at `now`, so that the pre-flight check is due.
    pub(crate) fn departs(&self, now: Timestamp) -> bool {
        let Some(plan) = &self.config.plan else { return false };
        matches!(self.dispatch.stage, Stage::Waiting | Stage::Held | Stage::Paused)
            && !self.early(now)
            && !self.late(now)
            && self.connected(now)
            && !self.flies(plan.id())
    }

    /// The pre-flight check holds it. Gives what people must be told, once.
    pub(crate) fn hold(&mut self, now: Timestamp, why: &str) -> Option<DispatchStep> {
        self.dispatch.stage = Stage::Held;
        self.dispatch.try_at = Some(now + LOOK_AGAIN);
        let news = !std::mem::replace(&mut self.dispatch.held_told, true);
        news.then(|| DispatchStep::Tell(format!("the pre-flight check holds it. {why}")))
    }

    /// An override or a change of the air may have cleared it: it is looked at with the next tick.
    pub(crate) fn look_again(&mut self) {
        if self.dispatch.stage == Stage::Held {
            self.dispatch.try_at = None;
        }
    }

    fn early(&self, now: Timestamp) -> bool {
        self.config.start.is_some_and(|start| now < start) || self.dispatch.try_at.is_some_and(|at| now < at)
    }

    fn late(&self, now: Timestamp) -> bool {
        self.config.start.is_some_and(|start| now.since(start) > LATE_MAX)
    }

    /// What is to be done for the plan at `now`. `fresh` is an id that was never used.
    pub(crate) fn dispatch_step(&mut self, now: Timestamp, fresh: impl FnOnce() -> CommandId) -> Option<DispatchStep> {
        let plan = self.config.plan.as_ref()?;
        if !matches!(self.dispatch.stage, Stage::Waiting | Stage::Held | Stage::Paused) || self.early(now) {
            return None;
        }
        if self.flies(plan.id()) {
            self.dispatch.begun(now);
            return None;
        }
        if let Some(start) = self.config.start.filter(|_| self.late(now)) {
            return self.give_up(format!(
                "it could not be begun within {} minutes of its start time, {start}",
                LATE_MAX.as_secs() / 60
            ));
        }
        if !self.connected(now) {
            return None;
        }
        if self.dispatch.sent && self.dispatch.stage != Stage::Paused && self.flies_something_else() {
            let start = self.config.start.unwrap_or(now);
            let id = command_id(&self.config, "pause", start, self.dispatch.attempt);
            let command = self.plan_command(now, id, Command::Pause, Purpose::PauseForPlan)?;
            self.dispatch.stage = Stage::Pausing;
            return Some(DispatchStep::Send(Box::new(command)));
        }
        let id = match self.config.start {
            Some(start) => command_id(&self.config, "plan", start, self.dispatch.attempt),
            None => fresh(),
        };
        let command = Command::Plan(plan.message().clone());
        let command = self.plan_command(now, id, command, Purpose::Plan)?;
        self.dispatch.stage = Stage::Planning;
        Some(DispatchStep::Send(Box::new(command)))
    }

    /// What follows from the vehicle's answer to the plan or the start.
    pub(crate) fn dispatch_answer(
        &mut self,
        now: Timestamp,
        purpose: &Purpose,
        outcome: &Outcome,
    ) -> Option<DispatchStep> {
        match (purpose, outcome) {
            (Purpose::PauseForPlan, Outcome::Done) if self.dispatch.stage == Stage::Pausing => {
                self.dispatch.stage = Stage::Paused;
                None
            }
            (Purpose::Plan, Outcome::Done) if self.dispatch.stage == Stage::Planning => {
                let Some(start) = self.config.start else {
                    self.dispatch.stage = Stage::Ready;
                    return None;
                };
                let id = command_id(&self.config, "start", start, self.dispatch.attempt);
                let go = if self.dispatch.sent && self.under_way() { Command::Resume } else { Command::Start };
                let command = self.plan_command(now, id, go, Purpose::Start)?;
                self.dispatch.stage = Stage::Starting;
                Some(DispatchStep::Send(Box::new(command)))
            }
            (Purpose::Start, Outcome::Done) => {
                self.dispatch.begun(now);
                None
            }
            (Purpose::Start, Outcome::NoLastWord) if self.under_way() => {
                self.dispatch.begun(now);
                None
            }
            (_, Outcome::Accepted | Outcome::Done) => None,
            (_, Outcome::Refused(why)) => self.try_again(now, &format!("it refuses: {why}")),
            (_, Outcome::Failed(why)) => self.try_again(now, &format!("it could not: {why}")),
            (_, Outcome::Unanswered | Outcome::NoLastWord) => self.give_up("it did not answer".to_owned()),
        }
    }

    fn try_again(&mut self, now: Timestamp, why: &str) -> Option<DispatchStep> {
        let dispatch = &mut self.dispatch;
        dispatch.stage = Stage::Waiting;
        dispatch.try_at = Some(now + TRY_AGAIN);
        dispatch.attempt += 1;
        dispatch.refusals += 1;
        (dispatch.refusals == REFUSALS_TOLD).then(|| DispatchStep::Tell(format!("{why} (it is asked again)")))
    }

    fn give_up(&mut self, why: String) -> Option<DispatchStep> {
        self.dispatch.stage = Stage::GivenUp;
        Some(DispatchStep::Tell(why))
    }

    /// Whether it says itself that it flies the plan: no command is needed then.
    fn flies(&self, plan: &PlanId) -> bool {
        self.state().is_some_and(|state| {
            let ours = state.progress.as_ref().is_some_and(|progress| progress.plan == *plan);
            ours && state.phase == FlightPhase::Underway
        })
    }

    /// Whether it is under way on a plan, which its guard does not let be replaced.
    fn flies_something_else(&self) -> bool {
        self.state().is_some_and(|state| state.phase == FlightPhase::Underway && state.mode == FlightMode::Mission)
    }

    fn plan_command(&self, now: Timestamp, id: CommandId, command: Command, purpose: Purpose) -> Option<NewCommand> {
        let plan = self.config.plan.as_ref()?;
        let authority = Authority::Plan { plan: plan.id().clone(), released_by: self.config.released_by.clone() };
        let latest = self.config.start.unwrap_or(now) + LATE_MAX;
        Some(NewCommand {
            id,
            vehicle: self.config.id.clone(),
            valid_for: latest.since(now),
            authority,
            command,
            purpose,
        })
    }
}

/// The id of a step of a dispatch: the same in every life of the station.
fn command_id(config: &FleetVehicle, step: &str, start: Timestamp, attempt: u32) -> CommandId {
    let (vehicle, start_s) = (prefix(config.id.as_str()), start.unix_nanos().div_euclid(1_000_000_000));
    CommandId::new(format!("{vehicle}.{step}.{start_s}.{attempt}")).expect("a short name and two numbers are an id")
}
