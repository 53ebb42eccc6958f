//! `picket check`: whether missions may fly, and the nearest legal change where they may not.
//!
//! Reads missions of any format, zones, terrain and rules; the check itself is `planning`'s, the very one of the operations
//! room. What could not be checked is said: a mission is clear only of what was looked at.

mod aircraft;
mod arguments;
mod recorded;
mod report;
mod way;

use std::process::ExitCode;

use anyhow::{Context, ensure};
use ground_station::airspace;
use ground_station::preflight::{Posts, Rule, contact_note};
use ground_station::serve::utc;
use missions::formats::{Document, FenceKind, Flight, Home};
use missions::notation::AltitudeNote;
use missions::sun::Light;
use missions::terrain::{GroundHeight, Terrain};
use missions::zones::{UasZone, ZoneIndex};
use planning::preflight::{Airspace, Area, Heights, Mission, Rules, Zone, ZoneRule, check, may_raise};
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeAmsl, LatLon};

pub(crate) use self::arguments::Arguments;

use self::aircraft::{Aircraft, Fault, LightRule, RulesFile};
use self::report::{Checked, Overridden, Report};
use self::way::{LevelTerrain, Setting, Way};
use crate::convert::open;
use crate::plan::level::Level;
use crate::plan::preflight::{area, volumes};

/// How far beyond its places a mission may come by turns and wind, metres.
const NEAR_M: f64 = 2_000.0;
/// How much later a mission may be moved to become legal, s: zones are known so far ahead.
const AHEAD_S: f64 = 37.0 * 3600.0;
/// A frame is level over this far, metres.
const REACH_MAX_M: f64 = 200_000.0;

/// Checks; 0 says that everything is clear or overridden, 1 that something is not, 2 that something could not be read.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match checked(arguments) {
        Ok(report) => {
            print!("{}", if arguments.json { report.json() } else { report.text() });
            ExitCode::from(if report.may_fly() { 0 } else { 1 })
        }
        Err(error) => {
            eprintln!("picket: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// A flight, and the file it came from.
struct Read {
    name: String,
    flight: Flight,
}

fn checked(arguments: &Arguments) -> anyhow::Result<Report> {
    let flights = flights(arguments)?;
    let zones = ZoneIndex::new(zones(arguments)?);
    let terrain = arguments.terrain.as_deref().map(Terrain::open).transpose()?;
    let rules: RulesFile = arguments.rules.as_deref().map(aircraft::read).transpose()?.unwrap_or_default();
    let aircraft: Aircraft =
        arguments.aircraft.as_deref().map(aircraft::read).transpose()?.unwrap_or_else(Aircraft::usual);
    let departs = arguments.depart.unwrap_or_else(utc);
    let places: Vec<LatLon> = flights.iter().flat_map(|read| read.flight.places()).collect();
    let middle = *places.first().context("no place to fly to")?;
    let frame = Level::at(middle);
    for place in &places {
        let [east_m, north_m] = frame.place_m(*place);
        ensure!(east_m.hypot(north_m) <= REACH_MAX_M, "places more than {} km apart", REACH_MAX_M / 1000.0);
    }
    let mut ways = Vec::new();
    for read in &flights {
        ways.push(
            one_way(arguments, read, &frame, terrain.as_ref(), &aircraft, &rules).with_context(|| read.name.clone())?,
        );
    }
    let span = [departs, departs.offset_seconds(longest_s(&ways) + AHEAD_S)];
    let near = zones.near(&places, NEAR_M);
    let mut airspace = sky(&rules, terrain.as_ref(), &frame);
    let mut names = Vec::new();
    for zone in near.iter().map(|number| &zones.zones()[*number]) {
        let parts = volumes(zone, departs, span, &frame);
        names.extend(parts.iter().map(|_| zone.name.clone()));
        airspace.zones.extend(parts);
    }
    airspace.light_s = light(&rules).map(|light| {
        let spans = light.spans(span[0], span[1], middle);
        spans.into_iter().map(|span| span.map(|at| at.seconds_since(departs))).collect()
    });
    let mut report = Report::new(departs, &rules, zones.zones().len(), near.len());
    let (faults, unknown) = aircraft.faults(&rules);
    (report.faults, report.unchecked) = (faults, unknown);
    report.overridden = overridden(arguments)?;
    weather(arguments, &rules, &aircraft, &mut report);
    unchecked(arguments, terrain.as_ref(), &ways, &frame, &mut report);
    fences_apart(&flights, &ways, &frame, &mut airspace, &names, &mut report)?;
    contact(&rules, &flights, &ways, &frame, &airspace, &mut report)?;
    if let Some(path) = &arguments.rerun {
        let (flights, ways) = (flights.as_slice(), ways.as_slice());
        let scene = recorded::Scene { departs, frame: &frame, flights, ways, airspace: &airspace, report: &report };
        recorded::write(path, &scene)?;
    }
    Ok(report)
}

/// Whether missions stay in reach of an antenna and in sight of their pilot.
fn contact(
    rules: &RulesFile,
    flights: &[Read],
    ways: &[Way],
    frame: &Level,
    airspace: &Airspace<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let contact = rules.contact()?;
    let ground = airspace.ground.as_deref();
    let missions: Vec<Mission> = ways.iter().map(|way| way.mission.clone()).collect();
    let place_m = |at| frame.place_m(at);
    for (number, (read, way)) in flights.iter().zip(ways).enumerate() {
        // Where the ground is not known it is as high as where the mission begins.
        let posts = Posts::new(&contact, &place_m, ground, way.mission.fixes[0].amsl_m);
        let may_rise = |legs: [usize; 2], by_m: f64| may_raise(airspace, &missions, number, legs, by_m);
        let lapses = posts.lapses(&way.mission.fixes, &way.mission.ground_legs, &may_rise);
        let checked = Checked { number, read_name: &read.name, flight: &read.flight, way, names: &[] };
        report.take_lapses(&checked, airspace, &lapses, frame);
    }
    report.unchecked.extend(contact_note(&contact, ground.is_some()));
    Ok(())
}

/// The supervisor's word, where there is one.
fn overridden(arguments: &Arguments) -> anyhow::Result<Option<Overridden>> {
    let (Some(by), Some(reason)) = (&arguments.by, &arguments.reason) else { return Ok(None) };
    for (what, text) in [("--by", by), ("--reason", reason)] {
        airspace::text(what, text).map_err(anyhow::Error::msg)?;
    }
    Ok(Some(Overridden { by: by.clone(), reason: reason.clone(), at: utc(), covers: arguments.overridden.clone() }))
}

/// Checks missions one by one within their own fences, then all of them against each other.
fn fences_apart(
    flights: &[Read],
    ways: &[Way],
    frame: &Level,
    airspace: &mut Airspace<'_>,
    names: &[Option<String>],
    report: &mut Report,
) -> anyhow::Result<()> {
    let missions: Vec<Mission> = ways.iter().map(|way| way.mission.clone()).collect();
    let common = airspace.zones.len();
    for (number, (read, way)) in flights.iter().zip(ways).enumerate() {
        airspace.zones.truncate(common);
        airspace.fences.clear();
        for (fence_number, fence) in read.flight.fences.iter().enumerate() {
            let fence_area = area(&fence.outline, frame);
            match fence.kind {
                FenceKind::Inclusion => airspace.fences.push(fence_area),
                FenceKind::Exclusion => airspace.zones.push(keep_out(fence_number, fence_area)),
            }
        }
        let mut findings = check(airspace, std::slice::from_ref(&way.mission))?;
        findings.iter_mut().for_each(|finding| finding.mission = number);
        let checked = Checked { number, read_name: &read.name, flight: &read.flight, way, names };
        report.take(&checked, airspace, &missions, &findings, frame);
    }
    airspace.zones.truncate(common);
    airspace.fences.clear();
    let apart = check(airspace, &missions)?;
    for (number, (read, way)) in flights.iter().zip(ways).enumerate() {
        let mine: Vec<_> = apart
            .iter()
            .filter(|finding| {
                finding.mission == number && matches!(finding.rule, planning::preflight::Rule::Separation(_))
            })
            .cloned()
            .collect();
        let checked = Checked { number, read_name: &read.name, flight: &read.flight, way, names };
        report.take(&checked, airspace, &missions, &mine, frame);
    }
    Ok(())
}

fn keep_out(number: usize, fence: Area) -> Zone {
    Zone {
        id: format!("fence {}", number + 1),
        rule: ZoneRule::KeptOut,
        area: fence,
        floor: None,
        ceiling: None,
        active_s: None,
    }
}

fn flights(arguments: &Arguments) -> anyhow::Result<Vec<Read>> {
    let height = arguments.height_m.map(AltitudeNote::HomeM);
    let mut flights = Vec::new();
    for path in &arguments.plans {
        let (name, bytes) = open(path)?;
        let flight = Document::read(&name, &bytes)?.flight(&name, height)?;
        flights.push(Read { name, flight });
    }
    Ok(flights)
}

fn zones(arguments: &Arguments) -> anyhow::Result<Vec<UasZone>> {
    let mut zones = Vec::new();
    for path in &arguments.zones {
        let (name, bytes) = open(path)?;
        zones.extend(missions::zones::read(&name, &bytes)?);
    }
    Ok(zones)
}

fn one_way(
    arguments: &Arguments,
    read: &Read,
    frame: &Level,
    terrain: Option<&Terrain>,
    aircraft: &Aircraft,
    rules: &RulesFile,
) -> anyhow::Result<Way> {
    let kind = read.flight.vehicle.unwrap_or(VehicleKind::Multirotor);
    let performance = aircraft.performance(kind).context("what this kind of vehicle can do is not known")?;
    let first = *read.flight.places().first().context("no place to fly to")?;
    let own = read.flight.home.unwrap_or(Home { at: first, altitude: None });
    let home = Home {
        at: arguments.home.unwrap_or(own.at),
        altitude: arguments.home_amsl_m.map(AltitudeAmsl::new).or(own.altitude.filter(|_| arguments.home.is_none())),
    };
    let wind_m_s = arguments.wind.map_or([0.0; 2], arguments::Wind::towards_m_s);
    let setting = Setting {
        frame: *frame,
        terrain,
        aircraft,
        performance,
        wind_m_s,
        home,
        departs_s: 0.0,
        slow_below_agl_m: rules.slow_below_agl_m,
    };
    let mut way = way::way(&read.flight, &setting)?;
    if read.flight.vehicle.is_none() {
        way.assumed.push("the vehicle is a multirotor".to_owned());
    }
    if arguments.home.is_none() && read.flight.home.is_none() {
        way.assumed.push("it takes off at its first place (--home)".to_owned());
    }
    Ok(way)
}

fn longest_s(ways: &[Way]) -> f64 {
    ways.iter().filter_map(|way| way.mission.fixes.last()).map(|fix| fix.at_s).fold(0.0, f64::max).min(1e6)
}

fn sky<'t>(rules: &RulesFile, terrain: Option<&'t Terrain>, frame: &Level) -> Airspace<'t> {
    let frame = *frame;
    Airspace {
        fences: Vec::new(),
        ground: terrain.map(|terrain| Box::new(LevelTerrain { terrain, frame }) as Box<dyn Heights + 't>),
        zones: Vec::new(),
        light_s: None,
        rules: Rules {
            agl_min_m: rules.agl_min_m,
            agl_max_m: rules.agl_max_m,
            slow_below_agl_m: rules.slow_below_agl_m,
            fast_m_s: rules.fast_m_s,
            apart_level_m: rules.apart_level_m,
            apart_height_m: rules.apart_height_m,
        },
    }
}

fn light(rules: &RulesFile) -> Option<Light> {
    match rules.light {
        LightRule::Any => None,
        LightRule::CivilTwilight => Some(Light::CivilTwilight),
        LightRule::Day => Some(Light::Day),
    }
}

fn weather(arguments: &Arguments, rules: &RulesFile, aircraft: &Aircraft, report: &mut Report) {
    match arguments.visibility_m {
        None => report.unchecked.push("visibility: none was given (--visibility-m)".to_owned()),
        Some(metres) if metres < rules.visibility_min_m => {
            let least = rules.visibility_min_m;
            let text = format!("visibility {metres} m, allowed {least} m and more: wait until it has cleared up");
            report.faults.push(Fault::new(Rule::Visibility.name(), text));
        }
        Some(_) => {}
    }
    let Some(wind) = arguments.wind else {
        report.unchecked.push("wind: none was given (--wind); battery and times are those of calm air".to_owned());
        return;
    };
    let allowed = aircraft.wind_max_m_s.unwrap_or(rules.wind_max_m_s).min(rules.wind_max_m_s);
    if wind.speed_m_s > allowed {
        let by = wind.speed_m_s - allowed;
        let text = format!("wind {} m/s, allowed {allowed} m/s: wait for {by:.1} m/s less", wind.speed_m_s);
        report.faults.push(Fault::new(Rule::Wind.name(), text));
    }
}

/// Says what was not looked at.
fn unchecked(arguments: &Arguments, terrain: Option<&Terrain>, ways: &[Way], frame: &Level, report: &mut Report) {
    if arguments.zones.is_empty() {
        report.unchecked.push("zones: none were given (--zones)".to_owned());
    }
    let Some(terrain) = terrain else {
        report.unchecked.push("terrain clearance and altitude layers: there is no terrain (--terrain)".to_owned());
        return;
    };
    let fixes = ways.iter().flat_map(|way| &way.mission.fixes);
    let bare: Vec<LatLon> = fixes
        .filter_map(|fix| frame.lat_lon(fix.place_m))
        .filter(|at| !matches!(terrain.height(*at), GroundHeight::Metres(_)))
        .collect();
    if !bare.is_empty() {
        let names: Vec<String> = Terrain::names(&bare).into_iter().collect();
        let names = names.join(", ");
        report.unchecked.push(format!(
            "terrain clearance and altitude layers at {} places: no tile or no data there ({names})",
            bare.len()
        ));
    }
    report.unchecked.extend(terrain.broken().iter().map(|error| format!("terrain: {error}")));
}
