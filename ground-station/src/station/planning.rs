//! What people do about plans and the air, and the pre-flight check at dispatch.
//!
//! Each act is judged here and stored with the person's name before anything follows from it. Only a supervisor may
//! override the check, and an override covers what stood against the plan when it was given: a zone that closes later
//! holds the plan again.

use std::collections::BTreeMap;
use std::time::Duration;

use missions::CheckedPlan;
use missions::plan::Start;
use telemetry::messages::{AckStage, FlightMode, FlightPhase, OperatorAction, PlanningAct};
use telemetry::{CommandId, CueId, FlightId, OperatorId, PlanId, Timestamp, VehicleId, ZoneId};

use super::record::{PlanningItem, PlanningRecord};
use super::sorties::leaves;
use super::{Output, Record, Role, Station};
use crate::airspace::{self, Airspace, ClosedArea, DeclaredFlight, Weather};
use crate::commands::prefix;
use crate::fleet::{DispatchStep, Stage, Vehicle};
use crate::night::{Accepted, Night};
use crate::plans::{self, Override, SavedPlan};
use crate::preflight::{Departure, Flight, Report, examine, judge};

/// A plan is sent at most this far ahead.
const SEND_AHEAD_MAX: Duration = Duration::from_secs(24 * 3600);
/// A start this much in the past still is "now": the person read, thought and clicked.
const START_LATE_MAX: Duration = Duration::from_secs(60);
/// A release older than this is no longer taken up after a restart.
const TAKE_UP_MAX: Duration = Duration::from_secs(24 * 3600);
/// How many findings a refusal names.
const FINDINGS_NAMED: usize = 3;

impl Station {
    /// Does what a person asks, or says why not. Gives what must be stored.
    pub(super) fn plan_act(&mut self, action: &OperatorAction, act: &PlanningAct) -> Result<PlanningRecord, String> {
        let (by, at) = (action.operator.clone(), self.now);
        let record = |item: PlanningItem, ended: bool| PlanningRecord { item, by: by.clone(), at, ended };
        match act {
            PlanningAct::CloseArea(closure) => {
                let id = ZoneId::new(self.fresh_name("area")).map_err(|error| error.to_string())?;
                let closure = closure.clone();
                let area = ClosedArea { id: id.clone(), closure: closure.clone(), by: by.clone(), at };
                self.airspace.close(area)?;
                Ok(record(PlanningItem::Area { id, closure }, false))
            }
            PlanningAct::OpenArea(id) => {
                let ClosedArea { id, closure, .. } = self.airspace.open(id)?;
                Ok(record(PlanningItem::Area { id, closure }, true))
            }
            PlanningAct::ReportWeather(report) => {
                self.airspace.report(Weather { report: *report, by: by.clone(), at })?;
                Ok(record(PlanningItem::Weather(*report), false))
            }
            PlanningAct::FileFlight(declaration) => {
                let id = FlightId::new(self.fresh_name("flight")).map_err(|error| error.to_string())?;
                let declaration = declaration.clone();
                let flight = DeclaredFlight { id: id.clone(), declaration: declaration.clone(), by: by.clone(), at };
                self.airspace.file(flight)?;
                Ok(record(PlanningItem::Flight { id, declaration }, false))
            }
            PlanningAct::WithdrawFlight(id) => {
                let DeclaredFlight { id, declaration, .. } = self.airspace.withdraw(id)?;
                Ok(record(PlanningItem::Flight { id, declaration }, true))
            }
            PlanningAct::SavePlan { vehicle, text } => {
                let plan = self.save_plan(vehicle, text, &by)?;
                Ok(record(PlanningItem::Plan { plan, vehicle: vehicle.clone(), text: text.clone() }, false))
            }
            PlanningAct::DiscardPlan(id) => {
                let SavedPlan { vehicle, text, .. } = self.plans.discard(id)?;
                self.reports.remove(&(vehicle.clone(), id.clone()));
                Ok(record(PlanningItem::Plan { plan: id.clone(), vehicle, text }, true))
            }
            PlanningAct::SendPlan { plan, start } => {
                let (vehicle, text, start) = self.send_plan(plan, *start, &by)?;
                Ok(record(PlanningItem::Release { plan: plan.clone(), vehicle, text, start }, false))
            }
            PlanningAct::AcceptSchedule { text } => {
                let night = Night::read(text)?;
                self.schedule = Some(Accepted { night, by: by.clone(), at });
                self.schedule_changed();
                Ok(record(PlanningItem::Schedule { text: text.clone() }, false))
            }
            PlanningAct::EndSchedule => {
                let Accepted { night, .. } = self.schedule.take().ok_or("no night is scheduled")?;
                self.schedule_changed();
                Ok(record(PlanningItem::Schedule { text: night.text() }, true))
            }
            PlanningAct::Override { vehicle, plan, reason } => {
                let covers = self.overrule(vehicle, plan, reason, &by)?;
                let (vehicle, plan, reason) = (vehicle.clone(), plan.clone(), reason.clone());
                Ok(record(PlanningItem::Override { vehicle, plan, reason, covers }, false))
            }
        }
    }

    pub(super) fn put_planning(&mut self, record: PlanningRecord) {
        self.outputs.push_back(Output::Store(Record::Planning(record)));
        self.planning_changed();
    }

    /// The night that is scheduled, if one is, and who dropped out of it.
    #[must_use]
    pub fn schedule(&self) -> Option<(&Accepted, &[VehicleId])> {
        self.schedule.as_ref().map(|accepted| (accepted, self.schedule_out.as_slice()))
    }

    /// Counts the changes about the night that is scheduled.
    #[must_use]
    pub fn schedule_revision(&self) -> u64 {
        self.schedule_revision
    }

    /// Sees who drops out of the night that is scheduled, of those that it still needs.
    pub(super) fn look_for_drop_outs(&mut self) {
        let out: Vec<VehicleId> = match &self.schedule {
            Some(Accepted { night, .. }) => {
                let needed = self.fleet.vehicles().filter(|vehicle| night.needs(vehicle.id(), self.now));
                needed.filter(|vehicle| self.drops_out(vehicle).is_some()).map(|vehicle| vehicle.id().clone()).collect()
            }
            None => Vec::new(),
        };
        if out != self.schedule_out {
            self.schedule_out = out;
            self.schedule_revision += 1;
        }
    }

    fn schedule_changed(&mut self) {
        self.schedule_revision += 1;
        self.look_for_drop_outs();
    }

    /// What was found may no longer hold.
    fn planning_changed(&mut self) {
        self.planning_revision += 1;
        self.reports_due = true;
        for vehicle in self.fleet.vehicles_mut() {
            vehicle.look_again();
        }
    }

    fn fresh_name(&mut self, kind: &str) -> String {
        self.numbers_given += 1;
        format!("{}.{kind}.{}", prefix(self.config.site.id.as_str()), self.numbers_given)
    }

    pub(super) fn save_plan(&mut self, vehicle: &VehicleId, text: &str, by: &OperatorId) -> Result<PlanId, String> {
        let known = self.fleet.vehicle(vehicle).ok_or_else(|| format!("there is no vehicle {vehicle}"))?;
        let start =
            place_of_start(known).ok_or_else(|| format!("{}: its place of take-off is not known", known.name()))?;
        let plan = plans::checked(&self.config.site, known.kind(), &start, text)?;
        if self.fleet.vehicles().any(|one| one.config().plan.as_ref().is_some_and(|own| own.id() == plan.id())) {
            return Err(format!("there is a plan {} already", plan.id()));
        }
        let saved = SavedPlan { vehicle: vehicle.clone(), text: text.to_owned(), plan, by: by.clone(), at: self.now };
        self.plans.save(saved)
    }

    fn send_plan(
        &mut self,
        id: &PlanId,
        start: Option<Timestamp>,
        by: &OperatorId,
    ) -> Result<(VehicleId, String, Timestamp), String> {
        let saved = self.plans.plan(id).ok_or_else(|| format!("there is no saved plan {id}"))?.clone();
        let due = self.sortie(id).map_or(self.now, |sortie| leaves(sortie).max(self.now));
        let start = start.unwrap_or(due);
        if self.now.since(start) > START_LATE_MAX || start.since(self.now) > SEND_AHEAD_MAX {
            return Err(format!("a start at {start}: allowed are now to 24 h ahead"));
        }
        let vehicle = self.fleet.vehicle(&saved.vehicle).ok_or("its vehicle is not known")?;
        may_take(vehicle)?;
        if vehicle.config().plan.as_ref().is_some_and(|own| own.id() == id) && vehicle.config().start == Some(start) {
            return Err(format!("plan {id} has been sent for {start} already"));
        }
        let report = self.examine(vehicle, &saved.plan, start);
        let told = against(&report, self.plans.covered(&saved.vehicle, id));
        self.reports.insert((saved.vehicle.clone(), id.clone()), report);
        self.planning_revision += 1;
        if let Some(told) = told {
            return Err(format!(
                "the pre-flight check is against it. {told} A supervisor may override that, with a reason."
            ));
        }
        self.commands.forget_plan(&saved.vehicle);
        let vehicle = self.fleet.vehicle_mut(&saved.vehicle).ok_or("its vehicle is not known")?;
        vehicle.assign(saved.plan, start, by.clone());
        Ok((saved.vehicle, saved.text, start))
    }

    fn overrule(
        &mut self,
        vehicle: &VehicleId,
        plan: &PlanId,
        reason: &str,
        by: &OperatorId,
    ) -> Result<Vec<String>, String> {
        let supervisor = self.config.operators.iter().any(|one| one.id == *by && one.role == Role::Supervisor);
        if !supervisor {
            return Err(format!("{by} is no supervisor: the pre-flight check is overridden by a supervisor only"));
        }
        airspace::text("the reason", reason)?;
        let known = self.fleet.vehicle(vehicle).ok_or_else(|| format!("there is no vehicle {vehicle}"))?;
        let (checked, start) = self.plan_of(known, plan).ok_or_else(|| format!("{vehicle} has no plan {plan}"))?;
        let report = self.examine(known, &checked, start);
        if report.clear() {
            return Err("nothing is against it".to_owned());
        }
        let covers: Vec<String> = report.findings.iter().map(|finding| finding.key.clone()).collect();
        let given = Override { by: by.clone(), at: self.now, reason: reason.to_owned(), covers: covers.clone() };
        self.plans.overrule(vehicle.clone(), plan.clone(), given);
        self.reports.insert((vehicle.clone(), plan.clone()), report);
        Ok(covers)
    }

    /// A plan by its name, released or saved for a vehicle, and when it begins.
    fn plan_of(&self, vehicle: &Vehicle, id: &PlanId) -> Option<(CheckedPlan, Timestamp)> {
        let released = vehicle.config().plan.as_ref().filter(|plan| plan.id() == id);
        if let Some(plan) = released {
            return Some((plan.clone(), vehicle.config().start.unwrap_or(self.now).max(self.now)));
        }
        let saved = self.plans.plan(id).filter(|saved| saved.vehicle == *vehicle.id())?;
        let begins = self.sortie(id).map_or(self.now, |sortie| leaves(sortie).max(self.now));
        Some((saved.plan.clone(), begins))
    }

    /// The pre-flight check of a plan for a vehicle, with the changes that would be legal.
    #[must_use]
    pub fn examine(&self, vehicle: &Vehicle, plan: &CheckedPlan, start: Timestamp) -> Report {
        self.checked_by(examine, vehicle, plan, start)
    }

    /// The same without the changes: what a plan is held by, if by anything.
    fn held_by(&self, vehicle: &Vehicle, plan: &CheckedPlan, start: Timestamp) -> Report {
        self.checked_by(judge, vehicle, plan, start)
    }

    fn checked_by(
        &self,
        check: fn(&Airspace, &Flight, &[Flight]) -> Report,
        vehicle: &Vehicle,
        plan: &CheckedPlan,
        start: Timestamp,
    ) -> Report {
        let others = self.all_flights();
        match Flight::of(&self.airspace, plan, departure(vehicle, start)) {
            Some(flight) => check(&self.airspace, &flight, &others),
            None => Report::of_nothing(start),
        }
    }

    /// What every vehicle flies or is to fly, in space and time.
    #[must_use]
    pub fn all_flights(&self) -> Vec<Flight> {
        let flight = |vehicle: &Vehicle| {
            let plan = vehicle.config().plan.as_ref()?;
            let dispatch = vehicle.dispatch();
            let begins = match dispatch.stage() {
                Stage::Nothing | Stage::GivenUp => return None,
                Stage::Started
                    if !vehicle.under_way() && vehicle.heard().is_some() && self.landed(dispatch.begun_at()) =>
                {
                    return None;
                }
                Stage::Started => dispatch.begun_at().or(vehicle.config().start)?,
                // It stands ready and flies only for a cue.
                Stage::Ready => return None,
                _ => vehicle.config().start?.max(self.now),
            };
            Flight::of(&self.airspace, plan, departure(vehicle, begins))
        };
        self.fleet.vehicles().filter_map(flight).filter(|flight| flight.ends() > self.now).collect()
    }

    /// Whether what began a while ago and does not move has landed: a start takes its time.
    fn landed(&self, begun_at: Option<Timestamp>) -> bool {
        begun_at.is_some_and(|begun| self.now.since(begun) > Duration::from_secs(120))
    }

    /// A vehicle that stands ready takes off on its plan when it is sent to look: the check of that plan may be older
    /// than what has closed since.
    pub(super) fn check_take_off(&self, cue: &CueId) -> Result<(), String> {
        let vehicle = self.cues.cue(cue).and_then(|cue| self.fleet.vehicle(&cue.vehicle));
        let Some(vehicle) = vehicle.filter(|vehicle| !vehicle.under_way()) else { return Ok(()) };
        let Some(plan) = &vehicle.config().plan else { return Ok(()) };
        let report = self.held_by(vehicle, plan, self.now);
        match against(&report, self.plans.covered(vehicle.id(), plan.id())) {
            Some(told) => {
                Err(format!("{} takes off on its plan, and the pre-flight check is against it. {told}", vehicle.name()))
            }
            None => Ok(()),
        }
    }

    /// Holds every plan that is due and that the check is against.
    pub(super) fn check_departures(&mut self) -> Vec<(VehicleId, DispatchStep)> {
        let due: Vec<VehicleId> =
            self.fleet.vehicles().filter(|vehicle| vehicle.departs(self.now)).map(|it| it.id().clone()).collect();
        let mut steps = Vec::new();
        for id in due {
            let Some(vehicle) = self.fleet.vehicle(&id) else { continue };
            let Some(plan) = vehicle.config().plan.clone() else { continue };
            let report = self.held_by(vehicle, &plan, self.now);
            let told = against(&report, self.plans.covered(&id, plan.id()));
            self.note_report(&id, &plan, report);
            let (now, vehicle) = (self.now, self.fleet.vehicle_mut(&id));
            let step = told.zip(vehicle).and_then(|(told, vehicle)| vehicle.hold(now, &told));
            steps.extend(step.map(|step| (id, step)));
        }
        steps
    }

    /// Brings the reports up to date that people look at: of plans that wait for their time, and of saved ones, at once
    /// after a change, else one a tick.
    pub(super) fn refresh_reports(&mut self) {
        let wanted = self.plans_not_begun();
        self.reports.retain(|key, _| wanted.contains(key));
        let all = std::mem::take(&mut self.reports_due);
        let next =
            wanted.iter().find(|key| self.report_turn.as_ref().is_none_or(|turn| *key > turn)).or(wanted.first());
        self.report_turn = next.cloned();
        let missing = |key: &(VehicleId, PlanId)| !self.reports.contains_key(key);
        let turn = self.report_turn.clone();
        let chosen: Vec<_> =
            wanted.into_iter().filter(|key| all || missing(key) || turn.as_ref() == Some(key)).collect();
        for (vehicle, plan) in chosen {
            let Some(known) = self.fleet.vehicle(&vehicle) else { continue };
            let Some((checked, start)) = self.plan_of(known, &plan) else { continue };
            let report = self.held_by(known, &checked, start);
            self.note_report(&vehicle, &checked, report);
        }
    }

    fn plans_not_begun(&self) -> Vec<(VehicleId, PlanId)> {
        let waiting = |vehicle: &&Vehicle| {
            matches!(vehicle.dispatch().stage(), Stage::Waiting | Stage::Held | Stage::Pausing | Stage::Paused)
        };
        let released = self.fleet.vehicles().filter(waiting);
        let released = released.filter_map(|it| Some((it.id().clone(), it.config().plan.as_ref()?.id().clone())));
        let saved = self.plans.saved().map(|(id, saved)| (saved.vehicle.clone(), id.clone()));
        let mut all: Vec<_> = released.chain(saved).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Keeps a report where it says something new, then with the changes that would be legal.
    fn note_report(&mut self, vehicle: &VehicleId, plan: &CheckedPlan, report: Report) {
        let key = (vehicle.clone(), plan.id().clone());
        let words = |report: &Report| {
            let findings = report.findings.iter().map(|found| found.text.clone());
            findings.chain(report.notes.iter().cloned()).collect::<Vec<_>>()
        };
        let news = self.reports.get(&key).is_none_or(|known| {
            words(known) != words(&report) || report.begins.since(known.begins) > Duration::from_secs(60)
        });
        if news {
            let known = self.fleet.vehicle(vehicle).filter(|_| !report.clear());
            let advised = known.map(|known| self.examine(known, plan, report.begins));
            self.reports.insert(key, advised.unwrap_or(report));
            self.planning_revision += 1;
        }
    }

    /// Takes up what an earlier life of the station had stored about plans and the air.
    pub(super) fn take_up_planning(
        &mut self,
        records: Vec<PlanningRecord>,
        dispatched: &BTreeMap<CommandId, AckStage>,
    ) {
        for PlanningRecord { item, by, at, .. } in records.into_iter().filter(|record| !record.ended) {
            // What this program or this configuration no longer accepts is left out, counted, and stays on disk.
            let taken = match item {
                PlanningItem::Area { id, closure } => self.airspace.close(ClosedArea { id, closure, by, at }),
                PlanningItem::Weather(report) => self.airspace.report(Weather { report, by, at }),
                PlanningItem::Flight { id, declaration } => {
                    self.airspace.file(DeclaredFlight { id, declaration, by, at })
                }
                PlanningItem::Plan { vehicle, text, .. } => self.save_plan(&vehicle, &text, &by).map(drop),
                PlanningItem::Override { vehicle, plan, reason, covers } => {
                    self.plans.overrule(vehicle, plan, Override { by, at, reason, covers });
                    Ok(())
                }
                PlanningItem::Schedule { text } => Night::read(&text).map(|night| {
                    self.schedule = Some(Accepted { night, by, at });
                }),
                PlanningItem::Release { vehicle, text, start, .. } => {
                    self.take_up_release(&vehicle, &text, start, &by, dispatched)
                }
            };
            self.counts.planning_left_out += u64::from(taken.is_err());
        }
        self.planning_changed();
    }

    fn take_up_release(
        &mut self,
        vehicle: &VehicleId,
        text: &str,
        start: Timestamp,
        by: &OperatorId,
        dispatched: &BTreeMap<CommandId, AckStage>,
    ) -> Result<(), String> {
        let known = self.fleet.vehicle_mut(vehicle).ok_or_else(|| format!("there is no vehicle {vehicle}"))?;
        let newer = known.config().start.is_some_and(|own| own > start);
        if newer || self.now.since(start) > TAKE_UP_MAX {
            return Ok(());
        }
        let place = place_of_start(known).ok_or("its place of take-off is not known")?;
        let plan = plans::checked(&self.config.site, known.kind(), &place, text)?;
        known.take_up(plan, start, by.clone(), dispatched);
        Ok(())
    }
}

/// Where a vehicle takes off: as the configuration says, else where it stands.
#[must_use]
pub fn place_of_start(vehicle: &Vehicle) -> Option<Start> {
    let standing = || {
        let state = vehicle.state().filter(|state| state.phase == FlightPhase::Disarmed)?;
        let position = state.position?.lat_lon();
        Some(Start { position, altitude: state.altitude, battery: f64::from(state.battery.remaining) })
    };
    let configured = vehicle.config().home.or_else(|| vehicle.config().plan.as_ref().map(|plan| *plan.start()));
    configured.or_else(standing)
}

fn departure(vehicle: &Vehicle, at: Timestamp) -> Departure {
    // A battery that stands on the ground is what the flight begins with.
    let standing = vehicle.state().filter(|state| state.phase == FlightPhase::Disarmed);
    let battery = standing.map(|state| f64::from(state.battery.remaining)).filter(|share| (0.0..=1.0).contains(share));
    Departure { vehicle: vehicle.id().clone(), name: vehicle.name().to_owned(), at, battery }
}

/// Whether a vehicle may be given another plan as it is now.
fn may_take(vehicle: &Vehicle) -> Result<(), String> {
    let name = vehicle.name();
    match vehicle.state().map(|state| (state.phase, state.mode)) {
        Some((FlightPhase::Underway, FlightMode::Guided)) => Err(format!("{name} is on a look: call it back first")),
        Some((FlightPhase::Underway, FlightMode::Return | FlightMode::Land)) => {
            Err(format!("{name} is on its way to a landing"))
        }
        Some((FlightPhase::Underway, FlightMode::Manual)) => Err(format!("a person steers {name}")),
        _ => Ok(()),
    }
}

/// What stands against a plan, in words; nothing where all of it is overridden.
fn against(report: &Report, covered: &[String]) -> Option<String> {
    let findings: Vec<&str> = report.uncovered(covered).map(|finding| finding.text.as_str()).collect();
    let more = findings.len().saturating_sub(FINDINGS_NAMED);
    let mut told = findings.iter().take(FINDINGS_NAMED).copied().collect::<Vec<_>>().join(" ");
    if more > 0 {
        told.push_str(&format!(" And {more} more."));
    }
    (!findings.is_empty()).then_some(told)
}
