//! What people do, and what follows from the vehicles' answers.
//!
//! An action is stored with the name of the person before anything follows from it; one that is refused is stored too,
//! with the reason.

use std::time::Duration;

use telemetry::messages::{
    Action, AlertRule, Authority, Command, Cue, Message, OperatorAction, Order, Severity, Subject,
};
use telemetry::{OperatorId, VehicleId};

use super::{Output, PlanningRecord, Record, Station};
use crate::alerts::Finding;
use crate::commands::{Answered, NewCommand, Outcome, Purpose};
use crate::cues::{self, CueStep, Cues};
use crate::fleet::{DispatchStep, Vehicle};

/// How long an order is worth carrying out.
const ORDER_VALID: Duration = Duration::from_secs(30);
/// How long a target's place is worth flying to: two are sent before one expires.
const LOOK_VALID: Duration = Duration::from_secs(10);
/// How long the word to go on is repeated: the vehicle holds until it comes.
const GO_ON_VALID: Duration = Duration::from_secs(120);

impl Station {
    pub(super) fn act(&mut self, action: OperatorAction) {
        let judged = self.judge(&action);
        let refused = judged.as_ref().err().cloned();
        self.outputs.push_back(Output::Store(Record::Action { action: action.clone(), refused: refused.clone() }));
        if let Some(why) = refused {
            self.counts.actions_refused += 1;
            self.outputs.push_back(Output::Refuse { action, why });
            return;
        }
        self.counts.actions += 1;
        self.outputs.push_back(Output::Publish(Message::OperatorAction(action.clone())));
        if let Ok(follow) = judged {
            self.follow(&action.operator, follow);
        }
    }

    /// Does to alerts and cues what the action says, or says why not. What must be sent is returned, to be put out
    /// after the action itself.
    fn judge(&mut self, action: &OperatorAction) -> Result<Follow, String> {
        let by = &action.operator;
        if !self.config.operators.iter().any(|operator| operator.id == *by) {
            return Err(format!("{by} is not an operator of this station"));
        }
        match &action.action {
            Action::Acknowledge(alert) => self.alerts.acknowledge(alert, by, self.now).map(Follow::Alert),
            Action::Close(alert) => self.alerts.close(alert, by, self.now).map(Follow::Alert),
            Action::Approve(cue) => {
                self.check_take_off(cue)?;
                let (scene, cues) = self.cue_scene();
                cues.approve(&scene, cue, by).map(Follow::Approved)
            }
            Action::Decline(cue) => self.cues.decline(self.now, cue, by, &self.fleet).map(Follow::Cues),
            Action::Order { vehicle, order } => {
                if !self.fleet.knows(vehicle) {
                    return Err(format!("there is no vehicle {vehicle}"));
                }
                Ok(Follow::Order(vehicle.clone(), *order))
            }
            Action::Planning(act) => self.plan_act(action, act).map(Box::new).map(Follow::Planning),
        }
    }

    /// What cues are judged by, and the cues.
    pub(super) fn cue_scene(&mut self) -> (cues::Scene<'_>, &mut Cues) {
        let Self { now, picture, fleet, airspace, plans, cues, .. } = self;
        (cues::Scene { now: *now, picture, fleet, airspace, plans }, cues)
    }

    fn follow(&mut self, by: &OperatorId, follow: Follow) {
        match follow {
            Follow::Alert(alert) => self.put_alert(alert),
            Follow::Approved(cue) => {
                let id = cue.id.clone();
                self.put_cue(cue);
                let (scene, cues) = self.cue_scene();
                let steps = cues.begin(&scene, &id);
                self.follow_cues(steps);
            }
            Follow::Cues(steps) => self.follow_cues(steps),
            Follow::Planning(record) => self.put_planning(*record),
            Follow::Order(vehicle, order) => {
                self.gave_way.remove(&vehicle);
                let steps = self.cues.overruled(self.now, &vehicle, by);
                self.follow_cues(steps);
                let purpose = Purpose::Order(order, by.clone());
                self.send_in_name_of(by, vehicle, command_of(order), purpose, ORDER_VALID);
            }
        }
    }

    pub(super) fn follow_cues(&mut self, steps: Vec<CueStep>) {
        for step in steps {
            match step {
                CueStep::Changed(cue) => {
                    if !is_open(&cue) {
                        self.commands.forget_looks(&cue.id);
                    }
                    self.put_cue(cue);
                }
                CueStep::Updated(cue) => self.outputs.push_back(Output::Publish(Message::Cue(cue))),
                CueStep::Send { cue, vehicle, command, by } => {
                    self.gave_way.remove(&vehicle);
                    self.send_in_name_of(&by, vehicle, command, Purpose::Observe(cue), LOOK_VALID);
                }
                CueStep::GoOn { vehicle, by } => self.let_go_on(vehicle, &by),
            }
        }
    }

    /// Gives the word to go on again to those that could not take it because they gave way, and give way no more. Nobody
    /// else would: a vehicle that has given way during a look holds where it is.
    pub(super) fn let_go_on_who_gave_way(&mut self) {
        let fleet = &self.fleet;
        self.gave_way.retain(|vehicle, _| {
            fleet.vehicle(vehicle).is_some_and(|vehicle| vehicle.under_way() && !vehicle.going_down())
        });
        let free = |vehicle: &VehicleId| fleet.vehicle(vehicle).is_some_and(|vehicle| !vehicle.gives_way());
        let free: Vec<VehicleId> = self.gave_way.keys().filter(|vehicle| free(vehicle)).cloned().collect();
        for vehicle in free {
            if let Some(by) = self.gave_way.remove(&vehicle) {
                self.let_go_on(vehicle, &by);
            }
        }
    }

    /// Back to its plan, or home where it has none.
    fn let_go_on(&mut self, vehicle: VehicleId, by: &OperatorId) {
        let has_plan = self.fleet.vehicle(&vehicle).is_some_and(|vehicle| vehicle.config().plan.is_some());
        let command = if has_plan { Command::Resume } else { Command::ReturnHome };
        self.send_in_name_of(by, vehicle, command, Purpose::GoOn(by.clone()), GO_ON_VALID);
    }

    fn send_in_name_of(
        &mut self,
        by: &OperatorId,
        vehicle: VehicleId,
        command: Command,
        purpose: Purpose,
        valid_for: Duration,
    ) {
        let id = self.commands.next_id();
        let authority = Authority::Operator(by.clone());
        self.send(NewCommand { id, vehicle, valid_for, authority, command, purpose });
    }

    pub(super) fn send(&mut self, command: NewCommand) {
        let request = self.commands.enter(self.now, command);
        self.put_command(request);
    }

    /// What follows from a vehicle's answer, or from its silence.
    pub(super) fn follow_answer(&mut self, answered: Answered) {
        let Answered { vehicle, purpose, outcome } = answered;
        match &purpose {
            Purpose::Plan | Purpose::PauseForPlan | Purpose::Start => {
                let step = self.fleet.vehicle_mut(&vehicle);
                if let Some(step) = step.and_then(|vehicle| vehicle.dispatch_answer(self.now, &purpose, &outcome)) {
                    self.follow_dispatch(&vehicle, step);
                }
            }
            Purpose::Observe(cue) => match outcome {
                Outcome::Accepted | Outcome::Done => self.cues.taken(cue),
                Outcome::Refused(why) | Outcome::Failed(why) => {
                    let steps = self.cues.refused(self.now, cue, &why, &self.fleet);
                    self.follow_cues(steps);
                }
                // The next look is on its way already; a vehicle that stays silent ends the cue by its silence.
                Outcome::Unanswered | Outcome::NoLastWord => {}
            },
            Purpose::Order(order, by) => {
                if let Some(how) = fault(&outcome) {
                    let text = format!("{how} the order to {}, given by {by}", words_of(*order));
                    self.raise_about(&vehicle, Severity::Warning, &text);
                }
            }
            Purpose::GoOn(by) => {
                if fault(&outcome).is_some() && self.fleet.vehicle(&vehicle).is_some_and(Vehicle::gives_way) {
                    self.gave_way.insert(vehicle, by.clone());
                    return;
                }
                // One that is on its way to a landing, or held by a failsafe, has told of that itself.
                let free = self.fleet.vehicle(&vehicle).is_some_and(|vehicle| vehicle.free_to_go_on());
                if let Some(how) = fault(&outcome).filter(|_| free) {
                    self.raise_about(&vehicle, Severity::Warning, &format!("{how} the word to go on after its look"));
                }
            }
        }
    }

    pub(super) fn follow_dispatch(&mut self, vehicle: &VehicleId, step: DispatchStep) {
        match step {
            DispatchStep::Send(command) => self.send(*command),
            DispatchStep::Tell(why) => {
                self.raise_about(vehicle, Severity::Warning, &format!("does not fly its released plan: {why}"));
            }
        }
    }

    /// Raises an alert about a vehicle of ours: its name, and what is the matter.
    fn raise_about(&mut self, vehicle: &VehicleId, severity: Severity, matter: &str) {
        let known = self.fleet.vehicle(vehicle);
        let name = known.map_or(vehicle.as_str(), |vehicle| vehicle.name());
        let finding = Finding {
            rule: AlertRule::Vehicle,
            severity,
            subject: Subject::Vehicle(vehicle.clone()),
            measured_at: self.now,
            position: known.and_then(|vehicle| vehicle.state()?.position),
            zone: None,
            text: format!("{name} {matter}."),
        };
        self.raise(finding);
    }

    pub(super) fn raise(&mut self, finding: Finding) {
        if let Some(alert) = self.alerts.raise(self.now, finding) {
            self.counts.alerts += 1;
            self.put_alert(alert);
        }
    }

    /// Cues whose tracks are not known any more end, and their vehicles go on.
    pub(super) fn end_cues_of_an_earlier_life(&mut self, cues: Vec<Cue>) {
        for cue in cues {
            let steps = self.cues.end_restored(self.now, cue);
            self.follow_cues(steps);
        }
    }
}

/// What an action leads to.
enum Follow {
    Alert(telemetry::messages::Alert),
    Approved(Cue),
    Cues(Vec<CueStep>),
    Order(VehicleId, Order),
    Planning(Box<PlanningRecord>),
}

fn is_open(cue: &Cue) -> bool {
    use telemetry::messages::CueState;
    matches!(cue.state, CueState::Proposed | CueState::Approved { .. })
}

fn command_of(order: Order) -> Command {
    match order {
        Order::Pause => Command::Pause,
        Order::Resume => Command::Resume,
        Order::ReturnHome => Command::ReturnHome,
        Order::Land => Command::Land,
    }
}

fn words_of(order: Order) -> &'static str {
    match order {
        Order::Pause => "hold",
        Order::Resume => "go on with its plan",
        Order::ReturnHome => "return home",
        Order::Land => "land",
    }
}

/// What to tell people of a command that was not carried out.
fn fault(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Accepted | Outcome::Done | Outcome::NoLastWord => None,
        Outcome::Refused(why) => Some(format!("refused ({why})")),
        Outcome::Failed(why) => Some(format!("could not carry out ({why})")),
        Outcome::Unanswered => Some("did not answer".to_owned()),
    }
}
