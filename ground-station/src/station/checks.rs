//! The pre-flight check of the station's plans: before they are sent, while they wait, when they leave, and for the reports
//! that people look at.

use std::time::Duration;

use missions::CheckedPlan;
use telemetry::messages::FlightPhase;
use telemetry::{CueId, PlanId, Timestamp, VehicleId};

use super::Station;
use super::sorties::leaves;
use crate::airspace::Airspace;
use crate::fleet::{DispatchStep, Stage, Vehicle};
use crate::preflight::{Departure, Flight, Report, examine, judge};

/// How many findings a refusal names.
const FINDINGS_NAMED: usize = 3;

impl Station {
    /// A plan by its name, released or saved for a vehicle, and when it begins.
    pub(super) fn plan_of(&self, vehicle: &Vehicle, id: &PlanId) -> Option<(CheckedPlan, Timestamp)> {
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
}

fn departure(vehicle: &Vehicle, at: Timestamp) -> Departure {
    // A battery that stands on the ground is what the flight begins with.
    let standing = vehicle.state().filter(|state| state.phase == FlightPhase::Disarmed);
    let battery = standing.map(|state| f64::from(state.battery.remaining)).filter(|share| (0.0..=1.0).contains(share));
    Departure { vehicle: vehicle.id().clone(), name: vehicle.name().to_owned(), at, battery }
}

/// What stands against a plan, in words; nothing where all of it is overridden.
pub(super) fn against(report: &Report, covered: &[String]) -> Option<String> {
    let findings: Vec<&str> = report.uncovered(covered).map(|finding| finding.text.as_str()).collect();
    let more = findings.len().saturating_sub(FINDINGS_NAMED);
    let mut told = findings.iter().take(FINDINGS_NAMED).copied().collect::<Vec<_>>().join(" ");
    if more > 0 {
        told.push_str(&format!(" And {more} more."));
    }
    (!findings.is_empty()).then_some(told)
}
