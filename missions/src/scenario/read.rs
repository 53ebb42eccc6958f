//! Scenario files: reading, and taking every file they name.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_spanned::Spanned;
use telemetry::messages::SensorKind;
use telemetry::{Azimuth, SensorId, Timestamp, VehicleId};

use super::tables::{FaultName, FaultTable, OperatorTable, ScenarioFile, WeatherTable};
use super::{Fault, FaultKind, FixedCamera, Intruder, Operator, OwnVehicle, Path, Scenario, TimeSpan, Vessel, Weather};
use super::{ais_recording, expectation, fixed_camera, fleet, flock, intruder, vessel};
use crate::authorisation::FlightAuthorisation;
use crate::file::{FileErrors, Library, Reading, Source, one_of};
use crate::notation::Moment;
use crate::sensor::Sensor;
use crate::site::Site;

/// How long a scenario may last, seconds: more than the longest night.
const DURATION_S_MAX: f64 = 24.0 * 3600.0;
/// Seven minutes: a vessel at anchor reports every three (ITU-R M.1371-5, annex 1, table 1), and one report may be lost.
const AIS_LOST_AFTER_S: f64 = 420.0;
/// MAVLink numbers systems from 1 to 255; some are for ground stations.
const VEHICLES_MAX: usize = 200;
const VESSELS_MAX: usize = 10_000;
const INTRUDERS_MAX: usize = 1_000;
/// All vessels and intruders together: a small file can name one large recording many times.
const POINTS_TOTAL_MAX: usize = 2_000_000;
const FLOCKS_MAX: usize = 200;
const SENSORS_MAX: usize = 200;
/// Each is drawn in real time; a computer of two cores draws a few.
const FIXED_CAMERAS_MAX: usize = 8;
const REPLAYS_MAX: usize = 20;
const FAULTS_MAX: usize = 1_000;
const AUTHORISATIONS_MAX: usize = 1_000;

/// The place and the time of a scenario, to which everything else in it relates.
pub(super) struct Night<'n> {
    pub(super) site: &'n Site,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// The path of the scenario in its library.
    pub(super) path: &'n str,
}

impl Night<'_> {
    /// A moment from the start to the end.
    pub(super) fn moment(&self, reading: &mut Reading<'_>, value: &Spanned<Moment>) -> Timestamp {
        let at = value.get_ref().resolve(self.start);
        if at < self.start || at > self.end {
            let found = format!("{} ({at})", reading.source().quote(value.span()));
            reading.refuse_found(value.span(), found, format!("{} to {}", self.start, self.end));
        }
        at
    }

    /// A span, until the end where it has no end of its own.
    pub(super) fn span(
        &self,
        reading: &mut Reading<'_>,
        from: &Spanned<Moment>,
        to: Option<&Spanned<Moment>>,
    ) -> TimeSpan {
        let span =
            TimeSpan { from: self.moment(reading, from), to: to.map_or(self.end, |to| self.moment(reading, to)) };
        if span.from >= span.to {
            reading.refuse(to.map_or(from.span(), Spanned::span), "a span whose end lies after its beginning");
        }
        span
    }

    /// The path of a file that the scenario names.
    pub(super) fn named_file(&self, reading: &mut Reading<'_>, named: &Spanned<String>) -> Option<String> {
        reading.path_beside(named, self.path)
    }
}

/// Takes a scenario and everything it names from a library.
pub(super) fn take(mut library: Library, path: &str) -> Result<Scenario, FileErrors> {
    let bytes = library.take(path)?;
    let source = Source::new(library.shown(path), &bytes)?;
    let file: ScenarioFile = source.parse()?;
    let mut reading = Reading::new(&source);
    let site = site(&mut reading, &mut library, &file, path);
    let scenario = site.and_then(|site| resolve(&mut reading, &mut library, &file, site, path));
    let mut scenario = reading.finish(scenario)?;
    scenario.bundle = library.into_bundle(path.to_owned());
    Ok(scenario)
}

fn site(reading: &mut Reading<'_>, library: &mut Library, file: &ScenarioFile, path: &str) -> Option<Site> {
    let key = reading.path_beside(&file.site, path)?;
    Site::take(library, &key).map_err(|errors| reading.take_errors(errors)).ok()
}

fn resolve(
    reading: &mut Reading<'_>,
    library: &mut Library,
    file: &ScenarioFile,
    site: Site,
    path: &str,
) -> Option<Scenario> {
    let start = reading.moment(&file.start, None);
    let end = start.offset_seconds(reading.number(&file.duration_s, 1.0..=DURATION_S_MAX, "s"));
    let night = Night { site: &site, start, end, path };
    let operator = operator(reading, &file.operator);
    let ais_lost_after_s =
        reading.number_or(file.rules.ais_lost_after_s.as_ref(), AIS_LOST_AFTER_S, 30.0..=86_400.0, "s");
    let weather = weather(reading, &file.weather);
    let sensors = sensors(reading, &night, file);
    let fixed_cameras = fixed_cameras(reading, &night, library, file);
    let vehicles = vehicles(reading, &night, library, file);
    let mut room = POINTS_TOTAL_MAX;
    reading.at_most(&file.vessel, VESSELS_MAX, "vessels");
    let mut vessels: Vec<Vessel> = Vec::new();
    for table in file.vessel.iter().take(VESSELS_MAX) {
        let vessel = vessel::vessel(reading, &night, table);
        vessels.extend(vessel.filter(|vessel| fits(reading, &mut room, &vessel.path, table.span())));
    }
    reading.at_most(&file.ais_replay, REPLAYS_MAX, "AIS recordings");
    let replays = file.ais_replay.iter().take(REPLAYS_MAX);
    let ais_replays =
        replays.filter_map(|table| ais_recording::replay(reading, &night, library, &sensors, table)).collect();
    reading.at_most(&file.intruder, INTRUDERS_MAX, "intruders");
    let mut intruders: Vec<Intruder> = Vec::new();
    for table in file.intruder.iter().take(INTRUDERS_MAX) {
        let intruder = intruder::intruder(reading, &night, library, table);
        intruders.extend(intruder.filter(|intruder| fits(reading, &mut room, &intruder.path, table.span())));
    }
    reading.at_most(&file.flock, FLOCKS_MAX, "flocks");
    let flocks = file.flock.iter().take(FLOCKS_MAX).filter_map(|table| flock::flock(reading, &night, table)).collect();
    unique_targets(reading, file);
    let faults = faults(reading, &night, file, &vehicles, &sensors);
    let authorisations = authorisations(reading, &night, file);
    let targets = expectation::Targets::new(file, &vessels, &intruders);
    let expectations = expectation::expectations(reading, &night, &targets, file);
    Some(Scenario {
        name: path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml").to_owned(),
        title: reading.text(&file.title, 120),
        start,
        end,
        operator: operator?,
        ais_lost_after_s,
        vehicles,
        vessels,
        ais_replays,
        intruders,
        flocks,
        sensors,
        fixed_cameras,
        weather,
        faults,
        authorisations,
        expectations,
        site,
        bundle: crate::file::Bundle::default(),
    })
}

/// Whether a path still fits with all those before it; the first one that does not is told.
fn fits(reading: &mut Reading<'_>, room: &mut usize, path: &Path, span: Range<usize>) -> bool {
    let count = path.points().len();
    let fits = count <= *room;
    if !fits && *room > 0 {
        let found = format!("{count} points, more than there is room left for");
        reading.refuse_found(span, found, format!("at most {POINTS_TOTAL_MAX} points in all paths together"));
    }
    *room = if fits { *room - count } else { 0 };
    fits
}

fn operator(reading: &mut Reading<'_>, table: &OperatorTable) -> Option<Operator> {
    let id = reading.name(&table.id);
    let name = reading.text(&table.name, 80);
    let mut after_s =
        |value: &Option<Spanned<f64>>| value.as_ref().map(|value| reading.number(value, 0.0..=DURATION_S_MAX, "s"));
    let (acknowledge_after_s, approve_after_s) = (after_s(&table.acknowledge_after_s), after_s(&table.approve_after_s));
    Some(Operator { id: id?, name, acknowledge_after_s, approve_after_s })
}

fn weather(reading: &mut Reading<'_>, table: &WeatherTable) -> Weather {
    let from_deg = reading.number_or(table.wind_from_deg.as_ref(), 0.0, 0.0..=360.0, "degrees");
    Weather {
        wind_from: Azimuth::from_degrees(from_deg),
        wind_m_s: reading.number_or(table.wind_m_s.as_ref(), 0.0, 0.0..=40.0, "m/s"),
        gust_sigma_m_s: reading.number_or(table.gust_sigma_m_s.as_ref(), 0.0, 0.0..=15.0, "m/s"),
        rain_mm_h: reading.number_or(table.rain_mm_h.as_ref(), 0.0, 0.0..=200.0, "mm/h"),
    }
}

fn sensors(reading: &mut Reading<'_>, night: &Night<'_>, file: &ScenarioFile) -> Vec<Sensor> {
    reading.at_most(&file.sensor, SENSORS_MAX, "sensors");
    let mut seen = BTreeSet::new();
    let mut sensors = Vec::new();
    for table in file.sensor.iter().take(SENSORS_MAX) {
        reading.unique(&mut seen, &table.get_ref().id, "sensor");
        let kind = &table.get_ref().kind;
        if !is_played(*kind.get_ref()) {
            let played = "radar, coastal_radar, rf_direction_finder or ais_receiver";
            let cameras = "a camera is a [[fixed_camera]], or a vehicle's";
            reading.refuse(kind.span(), format!("{played}: the simulator plays no other here; {cameras}"));
        }
        sensors.extend(table.get_ref().resolve(reading, night.site));
    }
    sensors
}

fn fixed_cameras(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    file: &ScenarioFile,
) -> Vec<FixedCamera> {
    reading.at_most(&file.fixed_camera, FIXED_CAMERAS_MAX, "cameras");
    let mut taken: BTreeSet<String> = file.sensor.iter().map(|table| table.get_ref().id.get_ref().clone()).collect();
    let mut cameras = Vec::new();
    for table in file.fixed_camera.iter().take(FIXED_CAMERAS_MAX) {
        reading.unique(&mut taken, &table.get_ref().id, "sensor");
        cameras.extend(fixed_camera::fixed_camera(reading, night, library, table.get_ref()));
    }
    cameras
}

/// Whether the simulator has a model of such a sensor. The others stand in a station's configuration only.
fn is_played(kind: SensorKind) -> bool {
    use SensorKind::{AisReceiver, CoastalRadar, Radar, RfDirectionFinder};
    matches!(kind, Radar | CoastalRadar | RfDirectionFinder | AisReceiver)
}

fn vehicles(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    file: &ScenarioFile,
) -> Vec<OwnVehicle> {
    reading.at_most(&file.vehicle, VEHICLES_MAX, "vehicles");
    let tables = file.vehicle.iter().take(VEHICLES_MAX);
    tables.filter_map(|table| fleet::vehicle(reading, night, library, table, file.link.as_ref())).collect()
}

/// Expectations call vehicles, vessels and intruders by name, so no two of them share one.
fn unique_targets(reading: &mut Reading<'_>, file: &ScenarioFile) {
    let mut names = BTreeSet::new();
    for vehicle in &file.vehicle {
        reading.unique(&mut names, &vehicle.get_ref().id, "vehicle, vessel or intruder");
    }
    for vessel in &file.vessel {
        reading.unique(&mut names, &vessel.get_ref().name, "vehicle, vessel or intruder");
    }
    for intruder in &file.intruder {
        reading.unique(&mut names, &intruder.get_ref().name, "vehicle, vessel or intruder");
    }
    let mut numbers = BTreeSet::new();
    for vessel in &file.vessel {
        if !numbers.insert(*vessel.get_ref().mmsi.get_ref()) {
            reading.refuse(vessel.get_ref().mmsi.span(), "a number that no other vessel of this file has");
        }
    }
}

fn faults(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    file: &ScenarioFile,
    vehicles: &[OwnVehicle],
    sensors: &[Sensor],
) -> Vec<Fault> {
    reading.at_most(&file.fault, FAULTS_MAX, "faults");
    let mut faults = Vec::new();
    for table in file.fault.iter().take(FAULTS_MAX) {
        let fault = table.get_ref();
        let span = night.span(reading, &fault.from, fault.to.as_ref());
        if let Some(kind) = fault_kind(reading, fault, vehicles, sensors) {
            faults.push(Fault { kind, span });
        }
    }
    faults
}

fn fault_kind(
    reading: &mut Reading<'_>,
    fault: &FaultTable,
    vehicles: &[OwnVehicle],
    sensors: &[Sensor],
) -> Option<FaultKind> {
    let kind = *fault.kind.get_ref();
    let of_vehicle = !matches!(kind, FaultName::SensorOutage | FaultName::StationDown);
    for (span, belongs, allowed) in [
        (fault.vehicle.as_ref().map(Spanned::span), of_vehicle, "no vehicle: a fault of this kind has none"),
        (fault.sensor.as_ref().map(Spanned::span), kind == FaultName::SensorOutage, "a sensor only with sensor_outage"),
        (fault.loss.as_ref().map(Spanned::span), kind == FaultName::PacketLoss, "a loss only with packet_loss"),
    ] {
        if let (Some(span), false) = (span, belongs) {
            reading.refuse(span, allowed);
        }
    }
    let mut vehicle = || -> Option<VehicleId> {
        let names = || vehicles.iter().map(|vehicle| vehicle.id.as_str());
        let Some(name) = &fault.vehicle else {
            reading.refuse_found(fault.kind.span(), "no field vehicle", one_of("the vehicle it happens to", names()));
            return None;
        };
        let found = vehicles.iter().find(|vehicle| vehicle.id.as_str() == name.get_ref());
        if found.is_none() {
            reading.refuse(name.span(), one_of("a vehicle of this scenario", names()));
        }
        found.map(|vehicle| vehicle.id.clone())
    };
    match kind {
        FaultName::LinkLoss => vehicle().map(FaultKind::LinkLoss),
        FaultName::GpsLoss => vehicle().map(FaultKind::GnssLoss),
        FaultName::EngineFailure => vehicle().map(FaultKind::EngineFailure),
        FaultName::PacketLoss => {
            let vehicle = vehicle()?;
            let Some(loss) = &fault.loss else {
                reading.refuse_found(fault.kind.span(), "no field loss", "loss, a share from 0 to 1");
                return None;
            };
            Some(FaultKind::PacketLoss { vehicle, loss: reading.number(loss, 0.0..=1.0, "(a share)") })
        }
        FaultName::SensorOutage => sensor(reading, fault, sensors).map(FaultKind::SensorOutage),
        FaultName::StationDown => Some(FaultKind::StationDown),
    }
}

fn sensor(reading: &mut Reading<'_>, fault: &FaultTable, sensors: &[Sensor]) -> Option<SensorId> {
    let names = || sensors.iter().map(|sensor| sensor.description.id.as_str());
    let Some(name) = &fault.sensor else {
        reading.refuse_found(fault.kind.span(), "no field sensor", one_of("the sensor that is out", names()));
        return None;
    };
    let found = sensors.iter().find(|sensor| sensor.description.id.as_str() == name.get_ref());
    if found.is_none() {
        reading.refuse(name.span(), one_of("a sensor of this scenario", names()));
    }
    found.map(|sensor| sensor.description.id.clone())
}

fn authorisations(reading: &mut Reading<'_>, night: &Night<'_>, file: &ScenarioFile) -> Vec<FlightAuthorisation> {
    reading.at_most(&file.authorisation, AUTHORISATIONS_MAX, "authorisations");
    let tables = file.authorisation.iter().take(AUTHORISATIONS_MAX);
    tables.filter_map(|table| table.get_ref().resolve(reading, night.site, Some(night.start))).collect()
}
