//! Dispatch of a released plan: the plan goes to the vehicle, and at its start time, once the vehicle has it, the start.
//!
//! A plan without a start time goes to its vehicle as well, which then stands ready: a plan moves nothing, and without
//! one a vehicle has no fence to look at anything in.
//!
//! What a vehicle refuses (its autopilot is still booting, its battery too low) is tried again every [`TRY_AGAIN`]
//! until [`LATE_MAX`] after the start time; people are told once, when it has been refused for a while.
//!
//! The ids of the commands of a timed start are made of the vehicle, the start time and the number of the attempt. A
//! station that was started again in between sends the same ids, and the vehicle, which carries out an id once, does
//! not begin anew.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetry::messages::{AckStage, Authority, Command, FlightPhase};
use telemetry::{CommandId, PlanId, Timestamp};

use super::Vehicle;
use crate::commands::{NewCommand, Outcome, Purpose, prefix};
use crate::station::FleetVehicle;

/// How long after its start time a plan may still be begun. Later than that it is not the flight that was released.
const LATE_MAX: Duration = Duration::from_secs(600);
/// How long to wait before a refused command is given again.
const TRY_AGAIN: Duration = Duration::from_secs(5);
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
}

/// The stages of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// There is no plan.
    Nothing,
    /// The start time has not come, the vehicle has not been heard, or it refused and is asked again soon.
    Waiting,
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
        let mut dispatch = Self { stage: Stage::Waiting, attempt: 0, refusals: 0, try_at: None };
        if config.plan.is_none() {
            dispatch.stage = Stage::Nothing;
        }
        let Some(start) = config.start else { return dispatch };
        while dispatched.contains_key(&command_id(config, "plan", start, dispatch.attempt)) {
            if let Some(AckStage::Accepted | AckStage::Done) =
                dispatched.get(&command_id(config, "start", start, dispatch.attempt))
            {
                dispatch.stage = Stage::Started;
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
}

impl Vehicle {
    /// What is to be done for the plan at `now`. `fresh` is an id that was never used.
    pub(crate) fn dispatch_step(&mut self, now: Timestamp, fresh: impl FnOnce() -> CommandId) -> Option<DispatchStep> {
        let plan = self.config.plan.as_ref()?;
        let early =
            self.config.start.is_some_and(|start| now < start) || self.dispatch.try_at.is_some_and(|at| now < at);
        if self.dispatch.stage != Stage::Waiting || early {
            return None;
        }
        if self.flies(plan.id()) {
            self.dispatch.stage = Stage::Started;
            return None;
        }
        if let Some(start) = self.config.start
            && now.since(start) > LATE_MAX
        {
            return self.give_up(format!(
                "it could not be begun within {} minutes of its start time, {start}",
                LATE_MAX.as_secs() / 60
            ));
        }
        if !self.connected(now) {
            return None;
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
            (Purpose::Plan, Outcome::Done) if self.dispatch.stage == Stage::Planning => {
                let Some(start) = self.config.start else {
                    self.dispatch.stage = Stage::Ready;
                    return None;
                };
                let id = command_id(&self.config, "start", start, self.dispatch.attempt);
                let command = self.plan_command(now, id, Command::Start, Purpose::Start)?;
                self.dispatch.stage = Stage::Starting;
                Some(DispatchStep::Send(Box::new(command)))
            }
            (Purpose::Start, Outcome::Done) => {
                self.dispatch.stage = Stage::Started;
                None
            }
            (Purpose::Start, Outcome::NoLastWord) if self.under_way() => {
                self.dispatch.stage = Stage::Started;
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
