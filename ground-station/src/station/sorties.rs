//! The plans of a scheduled night's sorties: listed before their take-off as saved plans like others, for a person to send.
//!
//! They are made when they are due and not with the night, so that hundreds of them do not stand in everybody's way, and
//! ground, zones and fleet are those of the hour. When the night is scheduled anew or a vehicle drops out, those that are
//! not needed any more go; nothing is sent or called back by that. One that cannot be made is told of with its reason, and
//! tried again from time to time: what is closed may open.

use std::time::Duration;

use telemetry::{PlanId, Timestamp, VehicleId};

use super::Station;
use super::record::{PlanningItem, PlanningRecord};
use crate::desk::{Situation, sortie_plan};
use crate::night::{Accepted, PLAN_PREFIX, Sortie};
use crate::plans::SavedPlan;

/// A sortie's plan is listed so long before its take-off.
const LISTED_BEFORE: Duration = Duration::from_secs(30 * 60);
/// A plan that could not be made is tried again after so long.
const TRIED_AGAIN: Duration = Duration::from_secs(60);
/// A sortie that nobody sent is over so long after its time.
const LATE_MAX: Duration = Duration::from_secs(15 * 60);

impl Station {
    /// The sortie of the scheduled night whose plan has this name.
    #[must_use]
    pub fn sortie(&self, plan: &PlanId) -> Option<&Sortie> {
        let accepted = self.schedule.as_ref()?;
        let same = |sortie: &&Sortie| sortie.plan_id() == plan.as_str();
        plan.as_str().starts_with(PLAN_PREFIX).then(|| accepted.night.sorties.iter().find(same)).flatten()
    }

    /// Lists the plans of the sorties that are near, and takes those away that are not needed any more.
    pub(super) fn list_sorties(&mut self) {
        self.discard_sorties();
        let Some(Accepted { night, by, .. }) = &self.schedule else { return };
        let due = |sortie: &Sortie| {
            let leaves = leaves(sortie);
            let near = leaves.since(self.now) <= LISTED_BEFORE && self.now.since(leaves) <= LATE_MAX;
            let tried = self.sorties_without.get(&sortie.plan_id());
            let rests = tried.is_some_and(|(at, _)| self.now.since(*at) < TRIED_AGAIN);
            let listed = self.sorties_listed.contains(&sortie.plan_id());
            near && !rests && !listed && !self.schedule_out.contains(&sortie.vehicle)
        };
        let numbers: Vec<usize> = (0..night.sorties.len()).filter(|number| due(&night.sorties[*number])).collect();
        if numbers.is_empty() {
            return;
        }
        let (night, by) = (night.clone(), by.clone());
        let situation = Situation::of(self.now, self);
        for number in numbers {
            let (vehicle, name) = (night.sorties[number].vehicle.clone(), night.sorties[number].plan_id());
            let made = sortie_plan(&night, number, &situation)
                .and_then(|text| self.save_plan(&vehicle, &text, &by).map(|plan| (plan, text)));
            match made {
                Ok((plan, text)) => {
                    // Once a sortie: who discards its plan does not want it back.
                    self.sorties_listed.insert(name.clone());
                    self.schedule_revision += u64::from(self.sorties_without.remove(&name).is_some());
                    let item = PlanningItem::Plan { plan, vehicle, text };
                    self.put_planning(PlanningRecord { item, by: by.clone(), at: self.now, ended: false });
                }
                Err(why) => {
                    let called = |id: &VehicleId| {
                        situation.vehicles.get(id).map_or_else(|| id.to_string(), |one| one.name.clone())
                    };
                    let why = night.without_plan(&night.sorties[number], called, &why);
                    let before = self.sorties_without.insert(name, (self.now, why.clone()));
                    self.schedule_revision += u64::from(before.is_none_or(|(_, before)| before != why));
                }
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
