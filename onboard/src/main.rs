//! `picket-onboard`: the companion computer of one vehicle.

mod errands;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use onboard::config::VehicleConfig;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// The configuration is wrong: nothing was opened.
const EXIT_CONFIG: u8 = 2;

/// Where the package puts the configuration.
const CONFIG: &str = "/etc/picket/onboard.toml";

/// Flies with one vehicle: links its autopilot to the operations room, keeps it in its fence, loses no alert.
#[derive(Debug, Parser)]
#[command(name = "picket-onboard", version)]
struct Cli {
    /// The vehicle's configuration (TOML).
    #[arg(long, global = true, default_value = CONFIG)]
    config: PathBuf,
    /// Only check the configuration.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

/// What to do instead of flying.
#[derive(Debug, Subcommand)]
enum Task {
    /// Tells what is missing for flight: this computer, the bus, the autopilot and its settings. Changes nothing.
    Doctor,
    /// One thing over the vehicle's link.
    #[command(flatten)]
    Errand(errands::Errand),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match VehicleConfig::read(&cli.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("picket-onboard: {:#}", anyhow::Error::new(error));
            if matches!(cli.task, Some(Task::Doctor)) {
                eprintln!(
                    "Without a sound configuration nothing else can be looked at. An example explains each line."
                );
            }
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    if cli.check {
        println!("{} is sound", cli.config.display());
        return ExitCode::SUCCESS;
    }
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(if cli.task.is_some() { "error,zenoh=off" } else { "info,zenoh=error" }));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let errand = match cli.task {
        Some(Task::Doctor) => return doctor(&config),
        Some(Task::Errand(errand)) => Some(errand),
        None => None,
    };
    match run(&config, errand) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("picket-onboard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Looks at everything and says what it found.
fn doctor(config: &VehicleConfig) -> ExitCode {
    let diagnosis = match runtime() {
        Ok(runtime) => runtime.block_on(onboard::shell::examine(config)),
        Err(error) => {
            eprintln!("picket-onboard: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    println!("{diagnosis}");
    if diagnosis.fit() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().context("starting the runtime")
}

fn run(config: &VehicleConfig, errand: Option<errands::Errand>) -> anyhow::Result<()> {
    let runtime = runtime()?;
    if let Some(errand) = errand {
        return runtime.block_on(errands::run(config, errand));
    }
    runtime.block_on(async {
        let stop = CancellationToken::new();
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt()).context("signals")?, signal(SignalKind::terminate()).context("signals")?);
        let on_signal = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            on_signal.cancel();
        });
        // On a worker like the links' tasks, so that a frame goes through without waking another thread.
        let config = config.clone();
        let flying = tokio::spawn(async move { onboard::shell::run(&config, stop).await });
        flying.await.context("picket-onboard failed")?.context("picket-onboard cannot run")
    })
}
