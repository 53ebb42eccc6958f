//! Our own vehicles, as a scenario file tells them.

use std::f64::consts::FRAC_PI_2;

use serde_spanned::Spanned;
use telemetry::messages::{Coverage, SensorDescription, SensorKind, SensorPerformance, VehicleKind};
use telemetry::{Elevation, Geodetic, Heading, SensorId};

use super::read::Night;
use super::tables::{CameraTable, LinkTable, VehicleKindName, VehicleTable};
use super::{Camera, Link, OwnVehicle};
use crate::file::{FileError, FileErrors, Library, Reading};
use crate::performance::Performance;
use crate::plan::{CheckedPlan, Plan, Start};
use crate::sensor::{MeasurementSigma, Sensor};

/// A radio link of a few kilometres, where a file says nothing.
const LINK: Link = Link { delay_s: 0.05, jitter_s: 0.02, loss: 0.0 };

/// Checks one vehicle and the plan it names.
pub(super) fn vehicle(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    table: &Spanned<VehicleTable>,
    usual_link: Option<&LinkTable>,
) -> Option<OwnVehicle> {
    let vehicle = table.get_ref();
    let site = night.site;
    let kind = match vehicle.kind.get_ref() {
        VehicleKindName::Multirotor => VehicleKind::Multirotor,
        VehicleKindName::FixedWing => VehicleKind::FixedWing,
        VehicleKindName::Boat => VehicleKind::Boat,
        VehicleKindName::Vtol => VehicleKind::Vtol,
        VehicleKindName::Rov => VehicleKind::Rov,
    };
    let performance = Performance::of(kind)?;
    let id = reading.name(&vehicle.id);
    let name = reading.text(&vehicle.name, 80);
    let position = site.position(reading, &vehicle.home);
    let altitude = vehicle.home_altitude.as_ref().map_or(site.ground, |note| site.altitude(reading, note));
    let battery = reading.number_or(vehicle.battery.as_ref(), 1.0, 0.05..=1.0, "(1 is full)");
    let heading = Heading::from_degrees(reading.number_or(vehicle.heading_deg.as_ref(), 0.0, 0.0..=360.0, "degrees"));
    let start = Start { position, altitude, battery };
    let plan = match &vehicle.plan {
        Some(path) => Some(plan(reading, night, library, path, &start, &performance)?),
        None => None,
    };
    let launch_at = vehicle.launch_at.as_ref().map(|moment| night.moment(reading, moment));
    if let (Some(moment), None) = (&vehicle.launch_at, &plan) {
        reading.refuse(moment.span(), "launch_at only with a plan");
    }
    let home = site.at_altitude(position, altitude);
    let camera = vehicle.camera.as_ref().and_then(|table| camera(reading, table, &vehicle.id, home, altitude));
    let link = link(reading, vehicle.link.as_ref().or(usual_link));
    Some(OwnVehicle { id: id?, name, kind, performance, home, heading, battery, plan, launch_at, camera, link })
}

/// Takes a plan and checks it for the vehicle; what is wrong with it is told with the plan's own file and line.
fn plan(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    path: &Spanned<String>,
    start: &Start,
    performance: &Performance,
) -> Option<CheckedPlan> {
    let key = night.named_file(reading, path)?;
    let plan = match Plan::take(library, &key) {
        Ok(plan) => plan,
        Err(errors) => {
            reading.take_errors(errors);
            return None;
        }
    };
    match plan.check(night.site, start, performance) {
        Ok(checked) => Some(checked),
        Err(faults) => {
            reading.refuse_found(
                path.span(),
                "a plan that does not pass its checks",
                "one that does; see its own lines",
            );
            for fault in faults {
                let error: FileError = fault.file_error(&library.shown(&key));
                reading.take_errors(FileErrors::from(error));
            }
            None
        }
    }
}

/// A camera on a gimbal: it can look anywhere, so its coverage has no sector; its field of view stands beside it.
fn camera(
    reading: &mut Reading<'_>,
    table: &CameraTable,
    vehicle: &Spanned<String>,
    home: Geodetic,
    altitude: telemetry::AltitudeAmsl,
) -> Option<Camera> {
    let Ok(id) = SensorId::new(format!("{}.camera", vehicle.get_ref())) else {
        reading.refuse(vehicle.span(), "at most 41 characters for a vehicle with a camera");
        return None;
    };
    let sigma_rad = reading.number_or(table.sigma_deg.as_ref(), 0.2, 0.001..=10.0, "degrees").to_radians();
    let range_m = reading.number(&table.range_m, 10.0..=20_000.0, "m");
    let description = SensorDescription {
        id,
        kind: SensorKind::Camera,
        position: home,
        altitude,
        period_s: reading.number_or(table.period_s.as_ref(), 1.0, 0.02..=60.0, "s"),
        coverage: Coverage {
            range_m: [0.0, range_m],
            sector: None,
            elevation: [Elevation::from_radians(-FRAC_PI_2), Elevation::from_radians(FRAC_PI_2)],
        },
        detection_probability: reading.number_or(table.detection_probability.as_ref(), 0.9, 0.0..=1.0, ""),
        clutter_per_scan: reading.number_or(table.clutter_per_scan.as_ref(), 0.0, 0.0..=100.0, "a frame"),
        performance: SensorPerformance::default(),
    };
    let sigma = MeasurementSigma {
        azimuth_rad: Some(sigma_rad),
        elevation_rad: Some(sigma_rad),
        ..MeasurementSigma::default()
    };
    let field_of_view_rad = reading.number(&table.field_of_view_deg, 1.0..=180.0, "degrees").to_radians();
    Some(Camera { sensor: Sensor { description, sigma }, field_of_view_rad })
}

fn link(reading: &mut Reading<'_>, table: Option<&LinkTable>) -> Link {
    let Some(table) = table else { return LINK };
    let millis = |reading: &mut Reading<'_>, value: &Option<Spanned<f64>>, default_s: f64| {
        reading.number_or(value.as_ref(), default_s * 1000.0, 0.0..=60_000.0, "ms") / 1000.0
    };
    Link {
        delay_s: millis(reading, &table.delay_ms, LINK.delay_s),
        jitter_s: millis(reading, &table.jitter_ms, LINK.jitter_s),
        loss: reading.number_or(table.loss.as_ref(), LINK.loss, 0.0..=1.0, "(a share)"),
    }
}
