//! The vehicles of `station.toml`, with their plans.

use missions::file::{FileError, Position, Reading};
use missions::notation::{AltitudeNote, LonLat, Moment};
use missions::plan::Start;
use missions::{CheckedPlan, FileErrors, Performance, Plan, PlanFault, Site};
use serde::Deserialize;
use telemetry::OperatorId;
use toml::Spanned;

use super::camera::CameraTable;
use super::file::VehicleKindName;
use super::read::Files;
use crate::station::{FleetVehicle, Operator};

/// A vehicle as found in the file; not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VehicleTable {
    pub(super) id: Spanned<String>,
    name: Spanned<String>,
    kind: Spanned<VehicleKindName>,
    cruise_m_s: Option<Spanned<f64>>,
    home: Option<Spanned<LonLat>>,
    home_altitude: Option<Spanned<AltitudeNote>>,
    battery: Option<Spanned<f64>>,
    camera: Option<CameraTable>,
    plan: Option<Spanned<String>>,
    start: Option<Spanned<Moment>>,
    released_by: Option<Spanned<String>>,
}

impl VehicleTable {
    pub(super) fn resolve(
        &self,
        reading: &mut Reading<'_>,
        files: &mut Files,
        site: &Site,
        operators: &[Operator],
    ) -> Option<FleetVehicle> {
        let id = reading.name(&self.id);
        let name = reading.text(&self.name, 80);
        let kind = self.kind.get_ref().kind();
        let performance = Performance::of(kind)?;
        let cruise_m_s = reading.number_or(
            self.cruise_m_s.as_ref(),
            performance.cruise_m_s,
            performance.speed_min_m_s.max(1.0)..=performance.speed_max_m_s,
            "m/s",
        );
        let released_by = self.released_by(reading, operators);
        let plan = self.plan.as_ref().and_then(|plan| self.plan(reading, files, site, &performance, plan));
        let start = self.start.as_ref().map(|start| reading.moment(start, None));
        let home = self.home.as_ref().and_then(|home| self.home(reading, site, home));
        let camera = self.camera.as_ref().and_then(|camera| camera.resolve(reading));
        Some(FleetVehicle { id: id?, name, kind, cruise_m_s, home, camera, plan, start, released_by: released_by? })
    }

    /// Who released the plan. Without a plan nothing is ever sent in that name, and the first operator's will do.
    fn released_by(&self, reading: &mut Reading<'_>, operators: &[Operator]) -> Option<OperatorId> {
        match (&self.released_by, &self.plan) {
            (Some(name), _) => {
                let known = operators.iter().find(|operator| operator.id.as_str() == name.get_ref());
                if known.is_none() {
                    reading.refuse(name.span(), "an operator of this file");
                }
                known.map(|operator| operator.id.clone())
            }
            (None, Some(plan)) => {
                reading.refuse_found(
                    plan.span(),
                    "a plan that nobody released",
                    "released_by beside it, with an operator of this file",
                );
                None
            }
            (None, None) if operators.is_empty() => {
                reading.refuse_found(self.id.span(), "no operators", "at least one [[operator]] in this file");
                None
            }
            (None, None) => operators.first().map(|operator| operator.id.clone()),
        }
    }

    fn plan(
        &self,
        reading: &mut Reading<'_>,
        files: &mut Files,
        site: &Site,
        performance: &Performance,
        name: &Spanned<String>,
    ) -> Option<CheckedPlan> {
        let start = self.place_of_start(reading, site, name)?;
        let plan =
            files.take(name.get_ref(), "plans", Plan::take).map_err(|errors| reading.take_errors(errors)).ok()?;
        match plan.check(site, &start, performance) {
            Ok(checked) => Some(checked),
            Err(faults) => {
                for fault in faults {
                    reading.take_errors(error(name.get_ref(), &fault));
                }
                None
            }
        }
    }

    fn place_of_start(&self, reading: &mut Reading<'_>, site: &Site, plan: &Spanned<String>) -> Option<Start> {
        let Some(home) = &self.home else {
            reading.refuse_found(
                plan.span(),
                "a plan without a place of take-off",
                "home = [longitude, latitude] beside it",
            );
            return None;
        };
        self.home(reading, site, home)
    }

    fn home(&self, reading: &mut Reading<'_>, site: &Site, home: &Spanned<LonLat>) -> Option<Start> {
        let position = reading.position(home);
        let altitude = match &self.home_altitude {
            None => site.ground,
            Some(note) => match note.get_ref().amsl(site.ground, None) {
                Some(altitude) if altitude.metres.is_finite() => altitude,
                _ => {
                    reading.refuse(note.span(), "{ amsl_m = … } or { agl_m = … }");
                    return None;
                }
            },
        };
        let battery = reading.number_or(self.battery.as_ref(), 1.0, 0.0..=1.0, "");
        Some(Start { position, altitude, battery })
    }
}

/// A fault of a plan as an error of its file.
fn error(file: &str, fault: &PlanFault) -> FileErrors {
    let allowed = match &fault.by {
        Some(by) => format!("{} (off by {by})", fault.allowed),
        None => fault.allowed.clone(),
    };
    FileErrors::from(FileError {
        file: file.to_owned(),
        at: Some(Position { line: fault.line, column: 1 }),
        field: fault.field.clone(),
        found: fault.found.clone(),
        allowed,
    })
}
