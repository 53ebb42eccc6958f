//! `picket request`: the planning desk without the room.
//!
//! Takes what the console sends to `POST /api/plans/propose`, from a file or from arguments, and answers it with the very
//! search and check of the room, over the site, the fleet, the zones and the limits of a station's configuration, or over
//! a site alone. Nothing is opened but files: no bus, no store. What the room would know besides is not known here (who
//! flies, what was closed, the weather), and that is said.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, bail, ensure};
use clap::Args;
use ground_station::airspace::Limits;
use ground_station::config::{self, VehicleKindName};
use ground_station::desk::{self, Proposed, Request, Situation};
use ground_station::serve::utc;
use ground_station::station::{FleetVehicle, Restored, RuleConfig, Station, StationConfig, VehicleCamera};
use missions::plan::Start;
use missions::{Performance, Site};
use planning::drawing::{Drawing, Kind};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde_json::{Map, Value, json};
use telemetry::{LatLon, OperatorId, Timestamp, VehicleId};

use crate::picture_file;

#[derive(Args)]
pub(crate) struct Arguments {
    /// What is asked: JSON as the console sends it, or - for standard input
    #[arg(value_name = "REQUEST")]
    request: Option<PathBuf>,
    /// Where and with what: a station's configuration
    #[arg(long, value_name = "station.toml", conflicts_with = "site")]
    config: Option<PathBuf>,
    /// Where: a site, by its path or its shipped name; its vehicles come from --vehicle
    #[arg(long, value_name = "SITE", requires = "vehicles")]
    site: Option<PathBuf>,
    /// With what: such as falke-1=multirotor@10.157,54.373
    #[arg(long = "vehicle", value_name = "ID=KIND@LON,LAT", value_parser = placed)]
    vehicles: Vec<Placed>,
    /// A vehicle's camera, as station.toml names one: falke-1={ size_px = [1920, 1080], field_of_view_deg = 60, down_deg = [10, 90] }
    #[arg(long = "camera", value_name = "ID={…}", value_parser = camera, conflicts_with = "config")]
    cameras: Vec<(VehicleId, VehicleCamera)>,
    /// What kind of plan: area_search, corridor, perimeter, route …
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// For which vehicles; the first there is, where left out
    #[arg(long = "for", value_name = "ID", num_args = 1..)]
    wanted: Vec<VehicleId>,
    /// What is drawn: corners of an area, points of a line, or one place, such as "10.16,54.37;10.17,54.37"
    #[arg(long, value_name = "LON,LAT;…", value_parser = lon_lat, value_delimiter = ';', allow_hyphen_values = true)]
    drawn: Vec<[f64; 2]>,
    /// Any other field of the request, such as height_m=60 or side=right
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field)]
    fields: Vec<(String, Value)>,
    /// When it is to begin, for the check, such as 2026-11-21T20:00:00Z; now, where left out
    #[arg(long, value_name = "INSTANT")]
    depart: Option<Timestamp>,
    /// Where a picture of the plans goes, .svg or .png
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Where the plan goes; of several, each with its vehicle's name before the ending
    #[arg(long, value_name = "PLAN.toml")]
    out: Option<PathBuf>,
}

/// A vehicle of the command line.
#[derive(Debug, Clone)]
struct Placed {
    id: VehicleId,
    kind: VehicleKindName,
    at: LatLon,
}

/// Answers the request; 0 says that nothing is against any plan, 1 that something is, 2 that there is no plan.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match answer(arguments) {
        Ok(clear) => ExitCode::from(if clear { 0 } else { 1 }),
        Err(error) => {
            eprintln!("picket: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn answer(arguments: &Arguments) -> anyhow::Result<bool> {
    if let Some(picture) = &arguments.picture {
        picture_file::check(picture)?;
    }
    let config = station_config(arguments)?;
    let now = utc();
    let station = Station::new(config, Restored::default(), now);
    let situation = Situation::of(now, &station);
    let text = request_text(arguments, &situation)?;
    let request = Request::read(&text).map_err(|why| anyhow::anyhow!("the request: {why}"))?;
    let (summary, plans) = desk::answer(&request, &situation, &AtomicBool::new(false))
        .map_err(|why| anyhow::anyhow!("the request: {why}"))?;
    if !summary.is_empty() {
        println!("{summary}");
    }
    for plan in &plans {
        tell(plan);
    }
    println!("not known here: who else flies, areas that people closed, the weather");
    if let Some(out) = &arguments.out {
        write_plans(out, &plans)?;
    }
    if let Some(picture) = &arguments.picture {
        picture_file::write(picture, &draw(&request, &situation, &plans, &summary))?;
    }
    Ok(plans.iter().all(|plan| plan.report.clear()))
}

fn station_config(arguments: &Arguments) -> anyhow::Result<StationConfig> {
    if let Some(path) = &arguments.config {
        ensure!(arguments.vehicles.is_empty(), "--vehicle: the vehicles are those of {}", path.display());
        return Ok(config::open(path).map_err(|errors| anyhow::anyhow!("{errors}"))?.config);
    }
    let Some(site) = &arguments.site else { bail!("allowed: --config station.toml, or --site SITE with --vehicle") };
    let site = Site::open(site).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let cameras = cameras(arguments)?;
    let nobody = OperatorId::new("nobody").expect("a word is a name");
    let vehicle = |placed: &Placed| {
        let kind = placed.kind.kind();
        let home = Start { position: placed.at, altitude: site.ground, battery: 1.0 };
        FleetVehicle {
            id: placed.id.clone(),
            name: placed.id.to_string(),
            kind,
            cruise_m_s: Performance::of(kind).map_or(1.0, |performance| performance.cruise_m_s),
            home: Some(home),
            camera: cameras.get(&placed.id).copied(),
            plan: None,
            start: None,
            released_by: nobody.clone(),
        }
    };
    Ok(StationConfig {
        fleet: arguments.vehicles.iter().map(vehicle).collect(),
        site,
        sensors: Vec::new(),
        views: BTreeMap::new(),
        authorisations: Vec::new(),
        zones: Vec::new(),
        terrain: None,
        limits: Limits::default(),
        operators: Vec::new(),
        rules: RuleConfig::default(),
        sharing: None,
    })
}

/// The cameras, each of another vehicle of the command line.
fn cameras(arguments: &Arguments) -> anyhow::Result<BTreeMap<VehicleId, VehicleCamera>> {
    let mut cameras = BTreeMap::new();
    for (id, camera) in &arguments.cameras {
        ensure!(
            arguments.vehicles.iter().any(|placed| placed.id == *id),
            "--camera {id}: allowed: a vehicle of --vehicle"
        );
        ensure!(cameras.insert(id.clone(), *camera).is_none(), "--camera {id}: it has one already");
    }
    Ok(cameras)
}

/// The request of the file, with what the arguments say instead.
fn request_text(arguments: &Arguments, situation: &Situation) -> anyhow::Result<Vec<u8>> {
    let mut fields = match &arguments.request {
        None => Map::new(),
        Some(path) => {
            let mut bytes = Vec::new();
            let most = desk::request::PROPOSE_BYTES_MAX as u64 + 1;
            if path == Path::new("-") {
                std::io::stdin().lock().take(most).read_to_end(&mut bytes).context("cannot read standard input")?;
            } else {
                let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
                file.take(most).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
            }
            if arguments.only_the_file() {
                return Ok(bytes);
            }
            serde_json::from_slice(&bytes).with_context(|| format!("{}: not a JSON object", path.display()))?
        }
    };
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if let Some(kind) = &arguments.kind {
        put("kind", json!(kind));
    }
    if !arguments.drawn.is_empty() {
        put("drawn", json!(arguments.drawn));
    }
    for (name, value) in &arguments.fields {
        put(name, value.clone());
    }
    if let Some(depart) = arguments.depart {
        put("start", json!(depart.unix_millis()));
    }
    if !arguments.wanted.is_empty() {
        put("vehicles", json!(arguments.wanted));
    } else if !fields.contains_key("vehicles") {
        let first: Vec<&VehicleId> = situation.vehicles.keys().take(1).collect();
        fields.insert("vehicles".to_owned(), json!(first));
    }
    Ok(serde_json::to_vec(&fields)?)
}

impl Arguments {
    /// Whether nothing is said beside the file; it is then read as it is, so that a mistake is told as it stands there.
    fn only_the_file(&self) -> bool {
        let Self { kind, wanted, drawn, fields, depart, .. } = self;
        kind.is_none() && wanted.is_empty() && drawn.is_empty() && fields.is_empty() && depart.is_none()
    }
}

/// What a pilot needs to know of a plan.
fn tell(plan: &Proposed) {
    let report = &plan.report;
    let leaves =
        if plan.leaves_s > 0.0 { format!(", leaves {:.0} min later", plan.leaves_s / 60.0) } else { String::new() };
    println!(
        "{}: {:.0} min, {:.1} km, lands with {:.0} % of the battery{leaves}: {}",
        plan.name,
        report.duration_s / 60.0,
        report.distance_m / 1000.0,
        100.0 * (report.battery - report.battery_used).max(0.0),
        if report.clear() { "clear" } else { "NOT CLEAR" }
    );
    for finding in &report.findings {
        println!("  {}", finding.text);
        if let Some(remedy) = &finding.remedy {
            println!("    {remedy}");
        }
    }
    for note in &report.notes {
        println!("  {note}");
    }
    for (number, (at, amsl_m)) in plan.way.iter().enumerate() {
        println!("  {:>3}  {:.6}, {:.6}  {amsl_m:.0} m", number + 1, at.latitude_deg(), at.longitude_deg());
    }
}

fn write_plans(out: &Path, plans: &[Proposed]) -> anyhow::Result<()> {
    for plan in plans {
        let path = if plans.len() == 1 {
            out.to_owned()
        } else {
            let stem = out.file_stem().unwrap_or_default().to_string_lossy();
            let ending = out.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
            out.with_file_name(format!("{stem}-{}{ending}", plan.vehicle))
        };
        std::fs::write(&path, &plan.text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}: {}", plan.name, path.display());
    }
    Ok(())
}

fn draw(request: &Request, situation: &Situation, plans: &[Proposed], summary: &str) -> Drawing {
    let place_m = |at: LatLon| situation.airspace.place_m(at);
    let drawn: Vec<[f64; 2]> = request.places().into_iter().map(place_m).collect();
    let mut drawing = Drawing::new(request.kind.title());
    if drawn.len() >= 3 && request.kind.draws_an_area() {
        drawing = drawing.area(Kind::Target, &[drawn]);
    }
    for zone in situation.airspace.site().zones.iter().filter(|zone| zone.kind == missions::ZoneKind::Restricted) {
        drawing = drawing.named_area(Kind::Closed, &zone.name, &[zone.ring.iter().map(|at| place_m(*at)).collect()]);
    }
    for plan in plans {
        let way: Vec<[f64; 2]> = plan.way.iter().map(|(at, _)| place_m(*at)).collect();
        if let Some(home) = way.first() {
            drawing = drawing.place(&plan.name, *home);
        }
        drawing = drawing.way(&plan.name, &way);
    }
    if summary.is_empty() { drawing } else { drawing.note(summary) }
}

fn lon_lat(text: &str) -> Result<[f64; 2], String> {
    let parts = text.split_once(',').and_then(|(lon, lat)| Some([lon.trim().parse().ok()?, lat.trim().parse().ok()?]));
    let place = parts.filter(|[lon, lat]: &[f64; 2]| LatLon::from_degrees(*lat, *lon).is_ok());
    place.ok_or_else(|| "allowed: longitude, comma, latitude in degrees, such as 10.1455,54.3655".to_owned())
}

fn placed(text: &str) -> Result<Placed, String> {
    let allowed =
        || "allowed: a name, =, a kind, @, longitude, comma, latitude, such as falke-1=multirotor@10.157,54.373";
    let (id, rest) = text.split_once('=').ok_or_else(allowed)?;
    let (kind, at) = rest.split_once('@').ok_or_else(allowed)?;
    let id = VehicleId::new(id).map_err(|error| error.to_string())?;
    let kind: Result<VehicleKindName, serde::de::value::Error> = VehicleKindName::deserialize(kind.into_deserializer());
    let [lon, lat] = lon_lat(at)?;
    let at = LatLon::from_degrees(lat, lon).map_err(|error| error.to_string())?;
    Ok(Placed { id, kind: kind.map_err(|error| error.to_string())?, at })
}

fn camera(text: &str) -> Result<(VehicleId, VehicleCamera), String> {
    let allowed = "allowed: a vehicle's name, =, its camera in braces as in station.toml";
    let (id, table) = text.split_once('=').ok_or(allowed)?;
    let id = VehicleId::new(id).map_err(|error| error.to_string())?;
    let camera = config::vehicle_camera(id.as_str(), table.trim()).map_err(|errors| errors.to_string())?;
    Ok((id, camera))
}

/// A field and its value: JSON where it is some, else a text.
fn field(text: &str) -> Result<(String, Value), String> {
    let (name, value) =
        text.split_once('=').ok_or("allowed: a field of the request, =, its value, such as height_m=60")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}
