//! What people do about plans and the air.
//!
//! Each act is judged here and stored with the person's name before anything follows from it. Only a supervisor may
//! override the check, and an override covers what stood against the plan when it was given: a zone that closes later
//! holds the plan again.

use std::collections::BTreeMap;
use std::time::Duration;

use missions::plan::Start;
use telemetry::messages::{AckStage, FlightMode, FlightPhase, OperatorAction, PlanningAct};
use telemetry::{CommandId, FlightId, OperatorId, PlanId, Timestamp, VehicleId, ZoneId};

use super::checks::against;
use super::record::{PlanningItem, PlanningRecord};
use super::sorties::leaves;
use super::{Output, Record, Role, Station};
use crate::airspace::{self, ClosedArea, DeclaredFlight, Weather};
use crate::commands::prefix;
use crate::fleet::Vehicle;
use crate::night::{Accepted, Night};
use crate::plans::{self, Override, SavedPlan};

/// A plan is sent at most this far ahead.
const SEND_AHEAD_MAX: Duration = Duration::from_secs(24 * 3600);
/// A start this much in the past still is "now": the person read, thought and clicked.
const START_LATE_MAX: Duration = Duration::from_secs(60);
/// A release older than this is no longer taken up after a restart.
const TAKE_UP_MAX: Duration = Duration::from_secs(24 * 3600);

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

    /// Which of its sorties are due and have no plan, and why, in words; the first to leave first.
    pub fn sorties_without_plans(&self) -> impl Iterator<Item = &str> {
        let sorties = self.schedule.iter().flat_map(|accepted| &accepted.night.sorties);
        sorties.filter_map(|sortie| self.sorties_without.get(&sortie.plan_id())).map(|(_, why)| why.as_str())
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
