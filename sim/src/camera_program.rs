//! `picket-sim camera`: films a scenario with a rendered camera into a file of raw video, with the truth beside it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use missions::Scenario;
use sim::compose;
use sim::footage::{Aim, Footage, FootageConfig, Light, Mount, Overlay, open_scenery};
use sim::recorded_flight::open_scenario;
use sim_camera::y4m;
use telemetry::{AltitudeAmsl, Azimuth, Elevation, LatLon, SiteFrame, Timestamp, VehicleId};

#[derive(Args)]
pub(crate) struct CameraArgs {
    /// A scenario file, or the name of one that comes with the program (see `list`)
    scenario: String,
    /// The file of raw video to write; ffmpeg and GStreamer read it
    #[arg(long, value_name = "FILE.y4m")]
    out: PathBuf,
    /// The truth of every frame, a line of JSON each [default: as --out, ending in .jsonl]
    #[arg(long, value_name = "FILE.jsonl")]
    truth: Option<PathBuf>,
    /// The vehicle that carries the camera [default: the first one that flies or floats]
    #[arg(long, value_name = "ID")]
    vehicle: Option<String>,
    /// Instead of a vehicle a tower: longitude and latitude in degrees, height of the camera above sea level in metres
    #[arg(long, value_name = "LON,LAT,AMSL", conflicts_with = "vehicle", value_parser = tower, allow_hyphen_values = true)]
    tower: Option<Tower>,
    /// What it looks at: something's name in the scenario, or azimuth and elevation in degrees [default: where the
    /// vehicle's autopilot points it]
    #[arg(long, value_name = "NAME|AZ,EL", allow_hyphen_values = true)]
    look: Option<String>,
    /// When the first picture is taken, seconds after the scenario begins
    #[arg(long, value_name = "S", default_value_t = 0.0, value_parser = seconds)]
    at: f64,
    /// How long it films, seconds
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = super::positive)]
    duration: f64,
    /// Pictures a second
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=240))]
    fps: u32,
    /// Width and height, pixels
    #[arg(long, value_name = "WxH", default_value = "960x544", value_parser = size)]
    size: [usize; 2],
    /// Horizontal field of view, degrees
    #[arg(long, value_name = "DEG", default_value_t = 20.0, value_parser = field_of_view)]
    fov: f64,
    /// The light it sees by [default: visible by day, infrared at night]
    #[arg(long)]
    band: Option<BandArg>,
    /// What stands there: outlines with heights (docs/simulator.md)
    #[arg(long, value_name = "FILE.toml")]
    scenery: Option<PathBuf>,
    /// Burn time, direction and a cross into the picture
    #[arg(long)]
    overlay: bool,
    /// What waves, clouds, noise and the night are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum BandArg {
    Visible,
    Infrared,
}

#[derive(Clone, Copy)]
struct Tower {
    at: LatLon,
    altitude: AltitudeAmsl,
}

fn tower(text: &str) -> Result<Tower, String> {
    let [longitude, latitude, amsl_m] = numbers(text).ok_or("three numbers: longitude, latitude, height")?;
    let at = LatLon::from_degrees(latitude, longitude).map_err(|error| error.to_string())?;
    Ok(Tower { at, altitude: AltitudeAmsl::new(amsl_m) })
}

fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let read: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    read.filter(|numbers| numbers.iter().all(|number| number.is_finite()))?.try_into().ok()
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("0 to 86400 seconds".to_owned()),
    }
}

fn size(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once('x').and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    sides
        .filter(|sides| sides.iter().all(|side| (16..=8192).contains(side)))
        .ok_or_else(|| "like 960x544, 16 to 8192 each".to_owned())
}

fn field_of_view(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(degrees) if (0.1..=120.0).contains(&degrees) => Ok(degrees),
        _ => Err("0.1 to 120 degrees".to_owned()),
    }
}

pub(crate) fn run(args: &CameraArgs) -> anyhow::Result<ExitCode> {
    let scenario = open_scenario(Path::new(&args.scenario))?;
    let begins_at = scenario.start.offset_seconds(args.at);
    let frames = (args.duration * f64::from(args.fps)).round().max(1.0) as u64;
    let ends_at = begins_at.offset_seconds(args.duration);
    ensure!(
        ends_at <= scenario.end,
        "the scenario ends at {}, the film would end at {ends_at}: --at and --duration must end before it",
        scenario.end
    );
    let config = config(args, &scenario, begins_at)?;
    let mut footage = Footage::new(scenario, config)?;
    let truth = args.truth.clone().unwrap_or_else(|| args.out.with_extension("jsonl"));
    let create = |path: &Path| {
        File::create(path).map(BufWriter::new).with_context(|| format!("cannot write {}", path.display()))
    };
    let (video, mut records) = (create(&args.out)?, create(&truth)?);
    let mut video = y4m::Writer::new(video, args.size, [args.fps, 1])?;
    writeln!(records, "{}", serde_json::to_string(&footage.camera())?)?;
    for _ in 0..frames {
        let (picture, record) = footage.shoot()?;
        video.write(&picture.frame).with_context(|| format!("cannot write {}", args.out.display()))?;
        writeln!(records, "{}", serde_json::to_string(&record)?)?;
    }
    video.finish()?;
    records.flush()?;
    println!("{frames} frames from {begins_at} in {}, their truth in {}", args.out.display(), truth.display());
    Ok(ExitCode::SUCCESS)
}

fn config(args: &CameraArgs, scenario: &Scenario, begins_at: Timestamp) -> anyhow::Result<FootageConfig> {
    let mount = match (args.tower, &args.vehicle) {
        (Some(tower), _) => Mount::Tower(tower.at.at_height(tower.altitude.hae(scenario.site.undulation))),
        (None, Some(name)) => Mount::Vehicle(VehicleId::new(name.clone())?),
        (None, None) => {
            let first =
                scenario.vehicles.first().context("the scenario has no vehicle: --tower says where to stand")?;
            Mount::Vehicle(first.id.clone())
        }
    };
    let aim = match &args.look {
        None => Aim::Vehicle,
        Some(text) => match numbers(text) {
            Some([azimuth, elevation]) => {
                Aim::Direction(Azimuth::from_degrees(azimuth), Elevation::from_degrees(elevation))
            }
            None => Aim::Target(text.clone()),
        },
    };
    let sea = scenario.site.datum.lat_lon().at_height(compose::sea_level(scenario));
    let scenery = match &args.scenery {
        Some(path) => open_scenery(path, &SiteFrame::new(sea))?,
        None => Vec::new(),
    };
    Ok(FootageConfig {
        mount,
        aim,
        size: args.size,
        field_of_view_rad: args.fov.to_radians(),
        light: match args.band {
            None => Light::AsTheSunStands,
            Some(BandArg::Visible) => Light::Visible,
            Some(BandArg::Infrared) => Light::Infrared,
        },
        begins_at,
        frames_per_second: args.fps,
        scenery,
        overlay: if args.overlay { Overlay::Burnt } else { Overlay::None },
        seed: args.seed,
    })
}
