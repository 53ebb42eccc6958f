//! `picket`: the operations room.

mod check;
mod convert;
mod picture_file;
mod plan;
mod processor;
mod request;
mod track;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use ground_station::config;
use ground_station::serve::Room;
use ground_station::web::{fresh_key, key_hash};
use telemetry::OperatorId;
use tracing_subscriber::EnvFilter;

/// What is logged unless RUST_LOG says otherwise. Zenoh warns of its own defaults at every start.
const USUAL_LOG: &str = "info,zenoh=warn,zenoh::net::routing=error";

#[derive(Parser)]
#[command(
    name = "picket",
    version,
    about = "The operations room: one picture of a border or a port, alerts, and a fleet that goes to look",
    after_help = "Log lines go to standard error; RUST_LOG=debug shows more of them.",
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Open the room: watch, alert, and serve the console until stopped with Ctrl-C
    ///
    /// Prints `console: http://…` on standard output once it is ready. Everything that must not be
    /// lost is in the store that the configuration names; starting again on the same store goes on
    /// where it stopped.
    #[command(verbatim_doc_comment)]
    Serve {
        /// The configuration, station.toml
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Make a key for an operator: give them the key, and put the lines below it into station.toml
    ///
    /// The key is shown once and stored nowhere; the configuration holds its hash.
    OperatorKey {
        /// The operator's name in messages: a-z, 0-9, '-' and '.'
        id: OperatorId,
    },
    /// Run the room's tracker over a recorded or generated trial, to measure it
    ///
    /// The folder holds meta.json, sensors.json and detections.jsonl; truth is never opened. What
    /// the tracker believes at a report's time rests on what had been delivered by then.
    #[command(verbatim_doc_comment)]
    Track(track::Arguments),
    /// Answer one planning problem from a file: search an area, patrol a line, share out visits (again), meet an intruder,
    /// or check missions
    ///
    /// Better plans are told of as they come; Ctrl-C keeps the best so far.
    #[command(verbatim_doc_comment)]
    Plan(plan::Arguments),
    /// Ask the planning desk for plans, without the room: the same request as the console's
    ///
    /// Prints what a pilot needs to know, and ends with 0 where nothing is against any plan, 1 where
    /// something is, 2 where there is no plan.
    #[command(verbatim_doc_comment)]
    Request(Box<request::Arguments>),
    /// Write a mission in another format, or zones, and tell what that assumes and loses
    Convert(convert::Arguments),
    /// Check missions before anything flies: fences, zones, terrain, layers, battery, light, each other
    ///
    /// Ends with 0 where everything is clear, 1 where something is against the rules and needs a
    /// change or a supervisor's override, 2 where something could not be read. What was not looked
    /// at is said.
    #[command(verbatim_doc_comment)]
    Check(Box<check::Arguments>),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve { config } => serve(&config),
        Command::OperatorKey { id } => operator_key(&id),
        Command::Track(arguments) => track::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Request(arguments) => return request::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Check(arguments) => return check::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("picket: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn operator_key(id: &OperatorId) -> anyhow::Result<()> {
    let key = fresh_key().context("this machine has no randomness to give")?;
    println!("key of {id}, to be given to nobody else:\n\n    {key}\n\nfor station.toml:\n");
    println!("[[operator]]\nid = \"{id}\"\nname = \"{id}\"\nkey_sha256 = \"{}\"", key_hash(&key));
    Ok(())
}

#[tokio::main]
async fn serve(path: &std::path::Path) -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL_LOG));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let mut stop = Stop::listen().context("cannot listen for Ctrl-C")?;

    let opened = config::open(path).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let mut room = Room::open(opened).await?;
    if let Some(recording) = room.recording() {
        tracing::info!(path = %recording.display(), "recording");
    }
    println!("console: http://{}/", room.address());
    // Whoever waits for the line behind a pipe must get it now; a closed pipe is no reason to stop watching.
    let _ = std::io::stdout().flush();

    let broken = tokio::select! {
        signal = stop.signal() => {
            tracing::info!("{signal}: closing");
            None
        }
        what = room.broken() => Some(what),
    };
    let unfinished = room.close().await;
    for what in &unfinished {
        tracing::error!("not finished: {what}");
    }
    match broken {
        Some(what) => anyhow::bail!("{what}"),
        None if unfinished.is_empty() => {
            tracing::info!("closed: everything is on disk");
            Ok(())
        }
        None => anyhow::bail!("closed, but not everything was finished"),
    }
}

/// The signals that ask a program to stop.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Listens from the beginning, so that a signal during the opening is not lost.
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn signal(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "interrupted",
            _ = self.terminate.recv() => "told to stop",
        }
    }
}
