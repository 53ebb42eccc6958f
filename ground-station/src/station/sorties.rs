//! The plans of a scheduled night's sorties: listed before their take-off as saved plans like others, for a person to send.
//!
//! They are made when they are due and not with the night, so that hundreds of them do not stand in everybody's way, and
//! ground, zones and fleet are those of the hour. When the night is scheduled anew or a vehicle drops out, those that are
//! not needed any more go; nothing is sent or called back by that. One that cannot be made is told of with its reason, and
//! tried again from time to time: what is closed may open.
//!
//! Making them takes longer than the station may be kept from what it measures: lanes over a large area seconds. So the
//! station says what is to be planned ([`Station::sorties_due`]), a shell may have it done beside it and hand the plans over
//! ([`Station::take_planned`]), and they count [`MADE_WITHIN`] later, at a tick, whenever they came. A shell that hands over
//! none by then, as in a simulation or a replay, has the station make them itself: they are the same, since everything they
//! depend on was put aside when they were asked for. So what a shell does changes nothing but how long a tick takes.

use std::sync::Arc;
use std::time::Duration;

use telemetry::{OperatorId, PlanId, Timestamp, VehicleId};

use super::Station;
use super::record::{PlanningItem, PlanningRecord};
use crate::desk::{Situation, SortiePlan, sortie_plans};
use crate::night::{Accepted, Night, PLAN_PREFIX, Sortie};
use crate::plans::SavedPlan;

/// A sortie's plan is listed so long before its take-off.
const LISTED_BEFORE: Duration = Duration::from_secs(30 * 60);
/// Plans that were asked for count so much later.
pub const MADE_WITHIN: Duration = Duration::from_secs(20);
/// The most sorties that are planned at once; the next ones wait for these.
const AT_ONCE: usize = 8;
/// A plan that could not be made is tried again after so long.
const TRIED_AGAIN: Duration = Duration::from_secs(60);
/// A sortie that nobody sent is over so long after its time.
const LATE_MAX: Duration = Duration::from_secs(15 * 60);

/// Sorties whose plans are to be made, and everything that they depend on as it stood when they were asked for.
#[derive(Debug)]
pub struct SortiesDue {
    asked_at: Timestamp,
    night: Night,
    /// By their places in the night.
    numbers: Vec<usize>,
    situation: Situation,
}

/// Their plans.
#[derive(Debug)]
pub struct SortiesPlanned {
    asked_at: Timestamp,
    /// In the order of the question: the plan, or why there is none.
    plans: Vec<Result<SortiePlan, String>>,
}

impl SortiesDue {
    /// Makes the plans. Reads no clock and draws no random number; takes seconds where areas are large.
    #[must_use]
    pub fn planned(&self) -> SortiesPlanned {
        SortiesPlanned { asked_at: self.asked_at, plans: self.plans() }
    }

    fn plans(&self) -> Vec<Result<SortiePlan, String>> {
        sortie_plans(&self.night, self.numbers.iter().copied(), &self.situation).collect()
    }
}

impl Station {
    /// The sortie of the scheduled night whose plan has this name.
    #[must_use]
    pub fn sortie(&self, plan: &PlanId) -> Option<&Sortie> {
        let accepted = self.schedule.as_ref()?;
        let same = |sortie: &&Sortie| sortie.plan_id() == plan.as_str();
        plan.as_str().starts_with(PLAN_PREFIX).then(|| accepted.night.sorties.iter().find(same)).flatten()
    }

    /// The sorties whose plans are to be made, until somebody has handed them over.
    #[must_use]
    pub fn sorties_due(&self) -> Option<Arc<SortiesDue>> {
        self.sorties_due.clone().filter(|_| self.sorties_planned.is_none())
    }

    /// Takes plans that were made beside the station; those that nobody waits for any more are dropped.
    pub fn take_planned(&mut self, planned: SortiesPlanned) {
        if self.sorties_due.as_ref().is_some_and(|due| due.asked_at == planned.asked_at) {
            self.sorties_planned = Some(planned);
        }
    }

    /// Lists the plans of the sorties that are near, and takes those away that are not needed any more.
    pub(super) fn list_sorties(&mut self) {
        self.discard_sorties();
        let Some(Accepted { night, by, .. }) = &self.schedule else {
            (self.sorties_due, self.sorties_planned) = (None, None);
            return;
        };
        if self.sorties_due.as_ref().is_some_and(|due| self.now.since(due.asked_at) < MADE_WITHIN) {
            return;
        }
        let (night, by) = (night.clone(), by.clone());
        if let Some(due) = self.sorties_due.take() {
            let plans = self.sorties_planned.take().map_or_else(|| due.plans(), |planned| planned.plans);
            for (number, made) in due.numbers.iter().zip(plans) {
                let sortie = &due.night.sorties[*number];
                // The night may have been scheduled anew since.
                if night.sorties.contains(sortie) && self.is_due(sortie) {
                    self.list_sortie(&due, sortie, made, &by);
                }
            }
        }
        let due = (0..night.sorties.len()).filter(|number| self.is_due(&night.sorties[*number]));
        let numbers: Vec<usize> = due.take(AT_ONCE).collect();
        if !numbers.is_empty() {
            let situation = Situation::of(self.now, self);
            self.sorties_due = Some(Arc::new(SortiesDue { asked_at: self.now, night, numbers, situation }));
        }
    }

    /// Whether a sortie is to have a plan by now, or soon, and has none.
    fn is_due(&self, sortie: &Sortie) -> bool {
        let leaves = leaves(sortie);
        let near = leaves.since(self.now) <= LISTED_BEFORE + MADE_WITHIN && self.now.since(leaves) <= LATE_MAX;
        let tried = self.sorties_without.get(&sortie.plan_id());
        let rests = tried.is_some_and(|(at, _)| self.now.since(*at) < TRIED_AGAIN);
        let listed = self.sorties_listed.contains(&sortie.plan_id());
        near && !rests && !listed && !self.schedule_out.contains(&sortie.vehicle)
    }

    /// Lists a sortie's plan, or says why there is none.
    fn list_sortie(&mut self, due: &SortiesDue, sortie: &Sortie, made: Result<SortiePlan, String>, by: &OperatorId) {
        let (vehicle, name) = (sortie.vehicle.clone(), sortie.plan_id());
        match made.and_then(|SortiePlan { text, .. }| self.save_plan(&vehicle, &text, by).map(|plan| (plan, text))) {
            Ok((plan, text)) => {
                // Once a sortie: who discards its plan does not want it back.
                self.sorties_listed.insert(name.clone());
                self.schedule_revision += u64::from(self.sorties_without.remove(&name).is_some());
                let item = PlanningItem::Plan { plan, vehicle, text };
                self.put_planning(PlanningRecord { item, by: by.clone(), at: self.now, ended: false });
            }
            Err(why) => {
                let vehicles = &due.situation.vehicles;
                let called = |id: &VehicleId| vehicles.get(id).map_or_else(|| id.to_string(), |one| one.name.clone());
                let why = due.night.without_plan(sortie, called, &why);
                let before = self.sorties_without.insert(name, (self.now, why.clone()));
                self.schedule_revision += u64::from(before.is_none_or(|(_, before)| before != why));
            }
        }
    }

    /// Plans of sorties that are over, belong to no scheduled night, or are those of who dropped out.
    fn discard_sorties(&mut self) {
        let idle = |vehicle: &VehicleId, plan: &PlanId| {
            let has = self.fleet.vehicle(vehicle).and_then(|one| one.config().plan.as_ref());
            has.is_none_or(|has| has.id() != plan)
        };
        let over = |plan: &PlanId, saved: &SavedPlan| match self.sortie(plan) {
            None => true,
            Some(sortie) => {
                let late = self.now.since(leaves(sortie)) > LATE_MAX;
                (late || self.schedule_out.contains(&saved.vehicle)) && idle(&saved.vehicle, plan)
            }
        };
        let ours = self.plans.saved().filter(|(id, _)| id.as_str().starts_with(PLAN_PREFIX));
        let gone: Vec<PlanId> = ours.filter(|(id, saved)| over(id, saved)).map(|(id, _)| id.clone()).collect();
        for id in gone {
            let Ok(SavedPlan { vehicle, text, by, .. }) = self.plans.discard(&id) else { continue };
            self.reports.remove(&(vehicle.clone(), id.clone()));
            let item = PlanningItem::Plan { plan: id, vehicle, text };
            self.put_planning(PlanningRecord { item, by, at: self.now, ended: true });
        }
        let Some(Accepted { night, .. }) = &self.schedule else {
            self.sorties_listed.clear();
            self.sorties_without.clear();
            return;
        };
        // Both are bounded by the night's sorties.
        self.sorties_listed.retain(|name| night.sorties.iter().any(|sortie| sortie.plan_id() == *name));
        let (now, out, count) = (self.now, &self.schedule_out, self.sorties_without.len());
        self.sorties_without.retain(|name, _| {
            let goes = |sortie: &Sortie| now.since(leaves(sortie)) <= LATE_MAX && !out.contains(&sortie.vehicle);
            night.sorties.iter().any(|sortie| sortie.plan_id() == *name && goes(sortie))
        });
        self.schedule_revision += u64::from(self.sorties_without.len() != count);
    }
}

/// When a sortie takes off.
pub(super) fn leaves(sortie: &Sortie) -> Timestamp {
    Timestamp::from_unix_nanos(sortie.leaves.saturating_mul(1_000_000))
}
