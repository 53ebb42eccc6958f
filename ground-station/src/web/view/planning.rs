//! Plans and the air, as a console sees them.

use std::f64::consts::TAU;

use missions::CheckedPlan;
use serde::Serialize;
use telemetry::messages::PlanItem;
use telemetry::{FlightId, LatLon, OperatorId, PlanId, Timestamp, VehicleId, ZoneId};

use super::{LonLat, lon_lat, number};
use crate::airspace::{Airspace, ClosedArea, DeclaredFlight, Weather};
use crate::fleet::{Stage, Vehicle};
use crate::plans::Override;
use crate::preflight::{Finding, Report};
use crate::station::Station;

#[derive(Debug, Serialize)]
pub(in crate::web) struct PlanningView<'a> {
    areas: Vec<AreaView<'a>>,
    flights: Vec<FlightView<'a>>,
    weather: Option<WeatherView<'a>>,
    plans: Vec<PlanView<'a>>,
    disturbed: Vec<DisturbedView<'a>>,
}

#[derive(Debug, Serialize)]
struct DisturbedView<'a> {
    vehicle: &'a VehicleId,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct AreaView<'a> {
    id: &'a ZoneId,
    name: &'a str,
    ring: Vec<LonLat>,
    floor_amsl_m: Option<f64>,
    ceiling_amsl_m: Option<f64>,
    from: i64,
    to: i64,
    by: &'a OperatorId,
}

#[derive(Debug, Serialize)]
struct FlightView<'a> {
    id: &'a FlightId,
    operator: &'a str,
    uas_id: &'a str,
    purpose: &'a str,
    ring: Vec<LonLat>,
    floor_amsl_m: f64,
    ceiling_amsl_m: f64,
    from: i64,
    to: i64,
    by: &'a OperatorId,
}

#[derive(Debug, Serialize)]
struct WeatherView<'a> {
    wind_from_deg: f64,
    wind_m_s: f64,
    gust_m_s: f64,
    visibility_m: Option<f64>,
    by: &'a OperatorId,
    at: i64,
}

#[derive(Debug, Serialize)]
struct PlanView<'a> {
    id: &'a PlanId,
    title: &'a str,
    vehicle: &'a VehicleId,
    /// Whether it is kept here, and may be sent or discarded.
    saved: bool,
    /// Of the plan that the vehicle has: how far it has come.
    stage: Option<&'static str>,
    start: Option<i64>,
    /// In calm air.
    duration_s: Option<f64>,
    by: &'a OperatorId,
    way: Vec<LonLat>,
    report: Option<ReportView<'a>>,
    #[serde(rename = "override")]
    overruled: Option<OverrideView<'a>>,
}

#[derive(Debug, Serialize)]
struct OverrideView<'a> {
    by: &'a OperatorId,
    at: i64,
    reason: &'a str,
    covers: &'a [String],
}

#[derive(Debug, Serialize)]
pub(in crate::web) struct ReportView<'a> {
    begins: i64,
    duration_s: Option<f64>,
    distance_m: Option<f64>,
    battery: Option<f64>,
    battery_used: Option<f64>,
    reserve: Option<f64>,
    findings: Vec<FindingView<'a>>,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct FindingView<'a> {
    key: &'a str,
    rule: &'static str,
    leg: Option<usize>,
    at: i64,
    position: Option<LonLat>,
    text: &'a str,
    remedy: Option<&'a str>,
}

pub(super) fn ring(corners: &[LatLon]) -> Vec<LonLat> {
    corners.iter().map(|at| lon_lat(*at)).collect()
}

impl<'a> PlanningView<'a> {
    pub(in crate::web) fn new(station: &'a Station) -> Self {
        let airspace = station.airspace();
        let saved = station.plans().saved().map(|(id, saved)| {
            let known = station.fleet().vehicle(&saved.vehicle);
            let has = known.filter(|vehicle| vehicle.config().plan.as_ref().is_some_and(|plan| plan.id() == id));
            PlanView::new(station, &saved.vehicle, &saved.plan, &saved.by, true, has)
        });
        let of_vehicle = |vehicle: &'a Vehicle| {
            let plan = vehicle.config().plan.as_ref()?;
            let by = &vehicle.config().released_by;
            let kept = station.plans().plan(plan.id()).is_some();
            (!kept).then(|| PlanView::new(station, vehicle.id(), plan, by, false, Some(vehicle)))
        };
        let released = station.fleet().vehicles().filter_map(of_vehicle);
        Self {
            areas: airspace.areas().map(AreaView::from).collect(),
            flights: airspace.flights().map(FlightView::from).collect(),
            weather: airspace.weather().map(WeatherView::from),
            plans: saved.chain(released).collect(),
            disturbed: station
                .disturbed()
                .iter()
                .map(|disturbed| DisturbedView { vehicle: &disturbed.vehicle, text: &disturbed.text })
                .collect(),
        }
    }
}

impl<'a> From<&'a ClosedArea> for AreaView<'a> {
    fn from(area: &'a ClosedArea) -> Self {
        let closure = &area.closure;
        Self {
            id: &area.id,
            name: &closure.name,
            ring: ring(&closure.ring),
            floor_amsl_m: closure.floor.map(|altitude| altitude.metres),
            ceiling_amsl_m: closure.ceiling.map(|altitude| altitude.metres),
            from: closure.from.unix_millis(),
            to: closure.to.unix_millis(),
            by: &area.by,
        }
    }
}

impl<'a> From<&'a DeclaredFlight> for FlightView<'a> {
    fn from(flight: &'a DeclaredFlight) -> Self {
        let declared = &flight.declaration;
        Self {
            id: &flight.id,
            operator: &declared.operator,
            uas_id: &declared.uas_id,
            purpose: &declared.purpose,
            ring: ring(&declared.ring),
            floor_amsl_m: declared.floor.metres,
            ceiling_amsl_m: declared.ceiling.metres,
            from: declared.from.unix_millis(),
            to: declared.to.unix_millis(),
            by: &flight.by,
        }
    }
}

impl<'a> From<&'a Weather> for WeatherView<'a> {
    fn from(weather: &'a Weather) -> Self {
        let report = weather.report;
        Self {
            wind_from_deg: report.wind_from_deg,
            wind_m_s: report.wind_m_s,
            gust_m_s: report.gust_m_s,
            visibility_m: report.visibility_m,
            by: &weather.by,
            at: weather.at.unix_millis(),
        }
    }
}

impl<'a> PlanView<'a> {
    fn new(
        station: &'a Station,
        vehicle: &'a VehicleId,
        plan: &'a CheckedPlan,
        by: &'a OperatorId,
        saved: bool,
        has: Option<&'a Vehicle>,
    ) -> Self {
        let report = station.reports().get(&(vehicle.clone(), plan.id().clone()));
        Self {
            id: plan.id(),
            title: plan.title(),
            vehicle,
            saved,
            stage: has.map(|vehicle| stage_name(vehicle.dispatch().stage())),
            start: has
                .and_then(|vehicle| vehicle.config().start)
                .map(Timestamp::unix_millis)
                .or_else(|| station.sortie(plan.id()).map(|sortie| sortie.leaves)),
            duration_s: number(plan.estimate().duration_s),
            by,
            way: way(station.airspace(), plan),
            report: report.map(ReportView::from),
            overruled: station.plans().override_of(vehicle, plan.id()).map(OverrideView::from),
        }
    }
}

impl<'a> From<&'a Override> for OverrideView<'a> {
    fn from(given: &'a Override) -> Self {
        Self { by: &given.by, at: given.at.unix_millis(), reason: &given.reason, covers: &given.covers }
    }
}

impl<'a> From<&'a Report> for ReportView<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            begins: report.begins.unix_millis(),
            duration_s: number(report.duration_s),
            distance_m: number(report.distance_m),
            battery: number(report.battery),
            battery_used: number(report.battery_used),
            reserve: number(report.reserve),
            findings: report.findings.iter().map(FindingView::from).collect(),
            notes: &report.notes,
        }
    }
}

impl<'a> From<&'a Finding> for FindingView<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            key: &finding.key,
            rule: finding.rule.name(),
            leg: finding.leg,
            at: finding.at.unix_millis(),
            position: finding.position.map(lon_lat),
            text: &finding.text,
            remedy: finding.remedy.as_deref(),
        }
    }
}

pub(in crate::web) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Nothing => "nothing",
        Stage::Waiting => "waiting",
        Stage::Held => "held",
        Stage::Pausing | Stage::Paused => "pausing",
        Stage::Planning => "planning",
        Stage::Ready => "ready",
        Stage::Starting => "starting",
        Stage::Started => "started",
        Stage::GivenUp => "given_up",
    }
}

/// Where a plan leads, from home to home.
fn way(airspace: &Airspace, plan: &CheckedPlan) -> Vec<LonLat> {
    let home = plan.start().position;
    let of_item = |item: &PlanItem| match item {
        PlanItem::Waypoint { position, .. } | PlanItem::Loiter { position, .. } | PlanItem::Land { position } => {
            vec![*position]
        }
        PlanItem::Orbit { centre, radius_m, .. } => circle(airspace, *centre, radius_m.abs(), 16),
        PlanItem::ReturnHome => vec![home],
        PlanItem::TakeOff { .. }
        | PlanItem::LookAt { .. }
        | PlanItem::LookAhead { .. }
        | PlanItem::Camera(_)
        | PlanItem::Repeat { .. } => Vec::new(),
    };
    std::iter::once(home).chain(plan.message().items.iter().flat_map(of_item)).map(lon_lat).collect()
}

pub(super) fn circle(airspace: &Airspace, centre: LatLon, radius_m: f64, corners: usize) -> Vec<LatLon> {
    let [x, y] = airspace.place_m(centre);
    let corner = |n: usize| {
        let angle = TAU * n as f64 / corners as f64;
        airspace.lat_lon([x + radius_m * angle.cos(), y + radius_m * angle.sin()])
    };
    (0..=corners).map(corner).collect()
}
