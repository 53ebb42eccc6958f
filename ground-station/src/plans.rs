//! The plans that people saved, and what supervisors overrode.
//!
//! A saved plan is the text of a plan file, so that what is stored is what a person could have written and can read; it
//! is read and checked again whenever the room begins. It moves nothing until a person sends it.
//!
//! Bounds: [`SAVED_MAX`] plans of [`PLAN_BYTES_MAX`]; more are refused until one is discarded. An override lives as long
//! as the plan it is about.

use std::collections::BTreeMap;

use missions::plan::Start;
use missions::{CheckedPlan, Performance, Plan, Site};
use telemetry::messages::VehicleKind;
use telemetry::{OperatorId, PlanId, Timestamp, VehicleId};

/// The most saved plans.
pub const SAVED_MAX: usize = 200;
/// The longest text of a plan, bytes.
pub const PLAN_BYTES_MAX: usize = 256 * 1024;

/// A plan that a person saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedPlan {
    /// For which vehicle.
    pub vehicle: VehicleId,
    /// The text of its file.
    pub text: String,
    /// What it says, checked.
    pub plan: CheckedPlan,
    /// Who saved it.
    pub by: OperatorId,
    /// When they did.
    pub at: Timestamp,
}

/// A supervisor's word that a plan may fly in spite of what the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Who said so.
    pub by: OperatorId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The findings it covers, by their keys: those that stood when it was given, and no others.
    pub covers: Vec<String>,
}

/// Saved plans and overrides.
#[derive(Debug, Clone, Default)]
pub struct Plans {
    saved: BTreeMap<PlanId, SavedPlan>,
    overrides: BTreeMap<(VehicleId, PlanId), Override>,
}

impl Plans {
    /// The saved plans, by name.
    pub fn saved(&self) -> impl Iterator<Item = (&PlanId, &SavedPlan)> {
        self.saved.iter()
    }

    /// A saved plan.
    #[must_use]
    pub fn plan(&self, id: &PlanId) -> Option<&SavedPlan> {
        self.saved.get(id)
    }

    /// The override of a vehicle's plan.
    #[must_use]
    pub fn override_of(&self, vehicle: &VehicleId, plan: &PlanId) -> Option<&Override> {
        self.overrides.get(&(vehicle.clone(), plan.clone()))
    }

    /// What of a vehicle's plan is overridden.
    #[must_use]
    pub fn covered(&self, vehicle: &VehicleId, plan: &PlanId) -> &[String] {
        self.override_of(vehicle, plan).map_or(&[], |given| &given.covers)
    }

    pub(crate) fn save(&mut self, plan: SavedPlan) -> Result<PlanId, String> {
        let id = plan.plan.id().clone();
        if self.saved.contains_key(&id) {
            return Err(format!("there is a plan {id} already"));
        }
        if self.saved.len() >= SAVED_MAX {
            return Err(format!("{SAVED_MAX} plans are saved already: discard one first"));
        }
        self.saved.insert(id.clone(), plan);
        Ok(id)
    }

    pub(crate) fn discard(&mut self, id: &PlanId) -> Result<SavedPlan, String> {
        let gone = self.saved.remove(id).ok_or_else(|| format!("there is no saved plan {id}"))?;
        self.overrides.retain(|(_, plan), _| plan != id);
        Ok(gone)
    }

    pub(crate) fn overrule(&mut self, vehicle: VehicleId, plan: PlanId, given: Override) {
        self.overrides.insert((vehicle, plan), given);
    }
}

/// Reads and checks the text of a plan for a vehicle that starts at `start`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn checked(site: &Site, kind: VehicleKind, start: &Start, text: &str) -> Result<CheckedPlan, String> {
    if text.len() > PLAN_BYTES_MAX {
        return Err(format!("a plan of {} bytes: allowed are {PLAN_BYTES_MAX}", text.len()));
    }
    let performance = Performance::of(kind).ok_or("it is for a vehicle of unknown kind")?;
    let plan = Plan::read("the plan", text.as_bytes()).map_err(|errors| errors.to_string())?;
    plan.check(site, start, &performance).map_err(|faults| {
        let told: Vec<String> = faults.iter().take(5).map(ToString::to_string).collect();
        told.join("; ")
    })
}
