//! What disturbs a flight that has begun: its vehicle drops out, its battery sags, the wind has risen, or an area on its
//! way has closed. The room says so and proposes nothing by itself; a person asks the planning desk what to change.
//!
//! *Rest*: what of a plan is still to be flown, from the leg that its vehicle says it is on. Looked at every
//! [`LOOK_EVERY_S`] seconds. Bound: one disturbance a vehicle, the gravest.

use std::time::Duration;

use missions::Performance;
use telemetry::messages::{Failsafe, FlightMode, PlanAltitude, PlanItem};
use telemetry::{LatLon, VehicleId};

use super::Station;
use crate::fleet::{Stage, Vehicle};
use crate::preflight::{Departure, Flight, Rule, judge};

/// How often flights are looked at, seconds.
const LOOK_EVERY_S: i64 = 5;
/// A vehicle that has not been heard for this long no longer counts on.
const SILENT_FOR: Duration = Duration::from_secs(30);
/// This much less than the reserve is not yet worth another plan.
const SAG: f64 = 0.02;

/// What is still to be flown of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest {
    /// Where the vehicle is.
    pub at: LatLon,
    /// What its battery holds, 0 to 1.
    pub battery: f64,
    /// What must be left, 0 to 1.
    pub reserve: f64,
    /// How long a full battery lasts, seconds.
    pub endurance_s: f64,
    /// The places still to be flown to, in order; a round that repeats is in it once.
    pub places: Vec<LatLon>,
    /// The greatest height of them, metres above the site's ground.
    pub height_m: f64,
    /// The leg being flown, counted from 0.
    pub leg: usize,
}

/// What disturbs a flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// Its vehicle flies it no longer.
    DropsOut,
    /// It would come home with less than its reserve.
    BatterySags,
    /// The wind is too strong for it.
    Wind,
    /// An area on its way is closed.
    AreaCloses,
}

/// A flight that is disturbed.
#[derive(Debug, Clone, PartialEq)]
pub struct Disturbed {
    /// Whose.
    pub vehicle: VehicleId,
    /// By what.
    pub by: Disturbance,
    /// The same in words, a sentence.
    pub text: String,
    /// What is still to be flown.
    pub rest: Rest,
}

impl Station {
    /// The flights that are disturbed, by vehicle.
    #[must_use]
    pub fn disturbed(&self) -> &[Disturbed] {
        &self.disturbed
    }

    /// Looks at the flights that have begun.
    pub(super) fn look_for_disturbances(&mut self) {
        if self.now.unix_nanos().div_euclid(1_000_000_000).rem_euclid(LOOK_EVERY_S) != 0 {
            return;
        }
        let found: Vec<Disturbed> = self.fleet.vehicles().filter_map(|vehicle| self.disturbance(vehicle)).collect();
        let told = |list: &[Disturbed]| list.iter().map(|one| (one.vehicle.clone(), one.by)).collect::<Vec<_>>();
        if told(&found) != told(&self.disturbed) {
            self.planning_revision += 1;
        }
        self.disturbed = found;
        self.look_for_drop_outs();
        self.list_sorties();
    }

    fn disturbance(&self, vehicle: &Vehicle) -> Option<Disturbed> {
        let rest = rest_of(self, vehicle)?;
        let name = vehicle.name();
        let (by, text) = self
            .drops_out(vehicle)
            .map(|why| {
                (Disturbance::DropsOut, format!("{name} {why}: {} places of its plan are left.", rest.places.len()))
            })
            .or_else(|| self.against_the_rest(vehicle, &rest))?;
        Some(Disturbed { vehicle: vehicle.id().clone(), by, text, rest })
    }

    /// Why a vehicle drops out, if it does.
    pub(super) fn drops_out(&self, vehicle: &Vehicle) -> Option<String> {
        let state = vehicle.state()?;
        if vehicle.silent_for(self.now).is_some_and(|silent| silent > SILENT_FOR) {
            return Some("is not heard any more".to_owned());
        }
        let failsafe = state.failsafes.iter().find(|failsafe| **failsafe != Failsafe::LinkLost);
        let down = matches!(state.mode, FlightMode::Return | FlightMode::Land);
        (down && failsafe.is_some()).then(|| "breaks off its flight on a failsafe".to_owned())
    }

    /// What the check says of what is still to be flown.
    fn against_the_rest(&self, vehicle: &Vehicle, rest: &Rest) -> Option<(Disturbance, String)> {
        let plan = vehicle.config().plan.as_ref()?;
        let departure = Departure {
            vehicle: vehicle.id().clone(),
            name: vehicle.name().to_owned(),
            at: self.now,
            battery: Some(rest.battery),
        };
        let whole = Flight::of(&self.airspace, plan, departure)?;
        let from = whole.fixes.iter().position(|fix| fix.leg >= rest.leg)?;
        let begun_s = whole.fixes.get(from.checked_sub(1)?)?.at_s;
        let left_s = whole.duration_s() - begun_s;
        let flight = whole.from_fix(from - 1, self.airspace.place_m(rest.at), left_s / rest.endurance_s);
        let report = judge(&self.airspace, &flight, &[]);
        let covered = self.plans.covered(vehicle.id(), plan.id());
        let of = |rules: &[Rule]| report.uncovered(covered).find(|finding| rules.contains(&finding.rule));
        let name = vehicle.name();
        let lacks = rest.reserve + flight.battery_used - rest.battery;
        // A plan that goes round until its reserve is due is never short of it.
        if lacks > SAG && !plan.estimate().endless {
            let minutes = lacks * rest.endurance_s / 60.0;
            return Some((
                Disturbance::BatterySags,
                format!("{name}: its battery is {minutes:.0} min too short for the rest."),
            ));
        }
        if let Some(finding) = of(&[Rule::Wind, Rule::Visibility]) {
            return Some((Disturbance::Wind, format!("{name}: {}", finding.text)));
        }
        of(&[Rule::Closed]).map(|finding| (Disturbance::AreaCloses, format!("{name}: {}", finding.text)))
    }
}

/// What a vehicle still has to fly of a plan that has begun; nothing where there is nothing, or where it does not say.
#[must_use]
pub fn rest_of(station: &Station, vehicle: &Vehicle) -> Option<Rest> {
    let plan = vehicle.config().plan.as_ref().filter(|_| vehicle.dispatch().stage() == Stage::Started)?;
    let state = vehicle.state().filter(|_| vehicle.under_way())?;
    let progress = state.progress.as_ref().filter(|progress| progress.plan == *plan.id())?;
    let performance = Performance::of(vehicle.kind())?;
    let leg = usize::from(progress.leg);
    let (ground_m, home_m) = (station.airspace().site().ground.metres, plan.start().altitude.metres);
    let height_m = |altitude: PlanAltitude| match altitude {
        PlanAltitude::Amsl(altitude) => altitude.metres - ground_m,
        PlanAltitude::Home(height) => home_m + height.metres - ground_m,
    };
    let place = |item: &PlanItem| match item {
        PlanItem::Waypoint { position, altitude, .. } | PlanItem::Loiter { position, altitude, .. } => {
            Some((*position, height_m(*altitude)))
        }
        PlanItem::Orbit { centre, altitude, .. } => Some((*centre, height_m(*altitude))),
        _ => None,
    };
    let rest: Vec<(LatLon, f64)> = plan.message().items.iter().skip(leg).filter_map(place).collect();
    let height_m = rest.iter().map(|(_, height_m)| *height_m).fold(0.0, f64::max);
    (!rest.is_empty()).then(|| Rest {
        at: state.position.map_or(plan.start().position, |at| at.lat_lon()),
        battery: f64::from(state.battery.remaining).clamp(0.0, 1.0),
        reserve: plan.message().battery_reserve,
        endurance_s: performance.endurance_s,
        places: rest.into_iter().map(|(at, _)| at).collect(),
        height_m,
        leg,
    })
}
