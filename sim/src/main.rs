//! `picket-sim`: flies scenarios. In virtual time for tests and CI, or live, with the real programs around it.
//!
//! Exit status: 0 when every expectation held, 1 when one failed, 2 when a file or an argument is bad.

mod camera_program;
mod fleet_program;
mod flight_program;
mod progress;
mod rerun_film;
mod rerun_program;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use missions::Scenario;
use sim::live::{self, LiveOptions};
use sim::night::Night;
use sim::recorded_flight::open_scenario;
use sim::replay;
use sim::report::Report;
use tracing_subscriber::EnvFilter;

use self::camera_program::CameraArgs;
use self::fleet_program::FleetArgs;
use self::flight_program::FlightArgs;
use self::progress::Progress;
use self::rerun_program::RerunArgs;

#[derive(Parser)]
#[command(
    name = "picket-sim",
    version,
    about = "Flies Picket's scenarios, in virtual time or live",
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fly a scenario and hold it against its expectations
    Run(RunArgs),
    /// Run the operations room on a recording; what it raises must equal what was recorded
    Replay {
        /// The recording (.mcap)
        recording: PathBuf,
    },
    /// Fly simulated autopilots for other ground software to connect to, or measure how fast they fly
    Fleet(FleetArgs),
    /// Tell what a recorded flight was: when, how long, how far, how high; draw it, convert it or play it
    Flight(FlightArgs),
    /// Film a scenario with a rendered camera, of a vehicle or on a tower, with the truth of every frame beside it
    Camera(CameraArgs),
    /// Write a recorded night, or a film and what is seen in it, as a file for the Rerun viewer
    Rerun(RerunArgs),
    /// List the scenarios that come with the program
    List {
        /// Names only, one a line
        #[arg(long)]
        names: bool,
    },
}

/// How to fly a scenario.
#[derive(Args)]
struct RunArgs {
    /// A scenario file, or the name of one that comes with the program (see `list`)
    scenario: String,
    /// What the noise, the birds and the losses are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Record everything the operations room saw and raised
    #[arg(long, value_name = "FILE.mcap")]
    record: Option<PathBuf>,
    /// Write what was seen as a file for the Rerun viewer
    #[arg(long, value_name = "FILE.rrd", conflicts_with = "live")]
    rerun: Option<PathBuf>,
    /// Write the outcome as JSON
    #[arg(long, value_name = "FILE.json")]
    report: Option<PathBuf>,
    /// Write the outcome as JUnit XML
    #[arg(long, value_name = "FILE.xml")]
    junit: Option<PathBuf>,
    /// Fly in real time with the real programs: UDP MAVLink, the bus, the console
    #[arg(long)]
    live: bool,
    /// Times real time; virtual time runs as fast as it can unless told
    #[arg(long, value_name = "X", conflicts_with = "live", value_parser = positive)]
    speed: Option<f64>,
    /// Say only what failed
    #[arg(long)]
    quiet: bool,
    /// Print the memory held after each hour
    #[arg(long, conflicts_with = "live")]
    memory: bool,
    #[command(flatten)]
    live_args: LiveArgs,
}

/// Options of a live run.
#[derive(Args)]
struct LiveArgs {
    /// The console's port; 0 takes a free one
    #[arg(long, requires = "live", default_value_t = 8320)]
    port: u16,
    /// Where configurations, stores and logs of the run are put
    #[arg(long, requires = "live", value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Do not start the operations room: its configuration is written, start it yourself
    #[arg(long, requires = "live")]
    without_station: bool,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,zenoh=error")))
        .with_writer(std::io::stderr)
        .init();
    let outcome = match Cli::parse().command {
        Command::Run(args) if args.live => run_live(args),
        Command::Run(args) => run_virtual(&args),
        Command::Replay { recording } => replay(&recording),
        Command::Fleet(args) => fleet_program::run(&args),
        Command::Flight(args) => flight_program::run(&args),
        Command::Camera(args) => camera_program::run(&args),
        Command::Rerun(args) => rerun_program::run(&args),
        Command::List { names } => list(names),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        BAD_INPUT.into()
    })
}

/// A speed: a number above zero.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err("a number above 0".to_owned()),
    }
}

/// The exit status for a file or an argument that is bad.
const BAD_INPUT: u8 = 2;

fn run_virtual(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let scenario = open_scenario(Path::new(&args.scenario))?;
    let (start, end) = (scenario.start, scenario.end);
    let create = |path: &PathBuf| File::create(path).with_context(|| format!("cannot write {}", path.display()));
    let folder = args.rerun.as_ref().map(|_| tempfile::tempdir()).transpose()?;
    let recorded = args.record.clone().or_else(|| folder.as_ref().map(|folder| folder.path().join("night.mcap")));
    let record = recorded.as_ref().map(create).transpose()?;
    let mut progress = Progress::new(args, start, end);
    let mut night = Night::new(scenario, args.seed, record)?;
    let mut next = start;
    loop {
        next = next + progress.step();
        let goes_on = night.play(next)?;
        progress.show(night.now());
        if !goes_on {
            break;
        }
    }
    let report = night.judge()?;
    progress.done();
    if let (Some(recorded), Some(out)) = (&recorded, &args.rerun) {
        rerun_program::write(recorded, out)?;
    }
    conclude(&report, args)
}

#[tokio::main]
async fn run_live(args: RunArgs) -> anyhow::Result<ExitCode> {
    let scenario = open_scenario(Path::new(&args.scenario))?;
    let options = LiveOptions {
        argument: PathBuf::from(&args.scenario),
        seed: args.seed,
        port: args.live_args.port,
        dir: args.live_args.dir.clone(),
        without_station: args.live_args.without_station,
        record: args.record.clone(),
    };
    let report = live::play(scenario, options).await?;
    conclude(&report, &args)
}

/// Writes the report where it is wanted, prints it, and gives the exit status.
fn conclude(report: &Report, args: &RunArgs) -> anyhow::Result<ExitCode> {
    let create = |path: &PathBuf| File::create(path).with_context(|| format!("cannot write {}", path.display()));
    if let Some(path) = &args.report {
        report.write_json(create(path)?)?;
    }
    if let Some(path) = &args.junit {
        report.write_junit(create(path)?)?;
    }
    if !args.quiet || !report.held {
        print!("{report}");
    }
    Ok(if report.held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn replay(recording: &Path) -> anyhow::Result<ExitCode> {
    let outcome = replay::replay(recording)?;
    print!("{outcome}");
    Ok(if outcome.equal() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(names: bool) -> anyhow::Result<ExitCode> {
    for name in missions::embedded::names("scenarios") {
        if names {
            println!("{name}");
            continue;
        }
        let scenario = Scenario::open(Path::new(name))?;
        println!("{name:<18} {:>5} min  {}", (scenario.duration_s() / 60.0).round(), scenario.title);
    }
    Ok(ExitCode::SUCCESS)
}
