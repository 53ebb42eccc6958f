//! `picket-sensor`: one ground sensor or feed on the bus.
//!
//! It reads its configuration once, joins the bus, opens its input, and from then on decodes what comes and publishes
//! each scan, until the input ends or it is told to stop. Then it says what came and what became of it. What it cannot
//! read it counts and drops; an input that breaks off is opened again; nothing it receives ends it.

mod camera;
mod config;
mod input;
mod mot;
mod video;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use clap::{Parser, Subcommand};
use detection::feed::Feed;
use telemetry::Timestamp;
use telemetry::bus::Bus;
use telemetry::messages::{Message, SensorScan};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use config::feed::Config;
use input::Chunk;

/// Video allocates frames of half a megabyte among a tracker's small change, in which the C library's heap goes to pieces:
/// it grew by 10 MiB a frame where this one stays flat.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long stopping may take; what has not ended by then is named and left.
const GRACE: Duration = Duration::from_secs(4);
/// How often the counts go into the log.
const COUNTS_EVERY: Duration = Duration::from_secs(60);

/// One ground sensor or feed on the bus.
#[derive(Debug, Parser)]
#[command(
    name = "picket-sensor",
    version,
    about,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
struct Arguments {
    /// The configuration, TOML.
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    tool: Option<Tool>,
}

/// What else it does.
#[derive(Debug, Subcommand)]
enum Tool {
    Mot(mot::Mot),
    Video(video::Video),
    Camera(camera::Watch),
    Evidence(camera::Evidence),
}

fn main() -> ExitCode {
    let log = tracing_subscriber::EnvFilter::try_from_default_env();
    let log = log.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,zenoh=warn"));
    tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).init();
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("picket-sensor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.tool {
        Some(Tool::Mot(arguments)) => return mot::run(arguments),
        Some(Tool::Video(arguments)) => return video::run(arguments),
        Some(Tool::Camera(arguments)) => return camera::run(arguments),
        Some(Tool::Evidence(arguments)) => return camera::take_along(arguments),
        None => {}
    }
    let path = arguments.config.as_ref().context("--config FILE is missing")?;
    let config: Config = config::read(path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads")?;
    let result = runtime.block_on(serve(config));
    // A thread that still reads standard input has no end of its own.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut told = Told::listen().context("cannot listen for signals")?;
    let stop = CancellationToken::new();
    let bus = Bus::open(&config.bus).await.context("cannot join the bus")?;
    // Chunks wait here while the bus is busy. A stream waits with them; a datagram that finds no room is dropped by the
    // input and counted there.
    let (chunks, mut received) = mpsc::channel(256);
    let opened = input::open(config.input, chunks, stop.clone()).await?;
    println!("{} reads {}", config.name, opened.what);
    let mut feed = Feed::new(config.format);
    let mut counts_due = tokio::time::interval(COUNTS_EVERY);
    counts_due.reset();
    let stopped = loop {
        let event = tokio::select! {
            () = told.stop() => Event::Stop,
            chunk = received.recv() => chunk.map_or(Event::Ended, Event::Chunk),
            _ = counts_due.tick() => Event::CountsDue,
        };
        match event {
            Event::Chunk(chunk) => publish(&bus, decode(&mut feed, chunk)).await,
            Event::CountsDue => info!("{feed}"),
            Event::Ended => break "the input ended",
            Event::Stop => break "told to stop",
        }
    };
    publish(&bus, feed.end(now()).into_iter().collect()).await;
    stop.cancel();
    if tokio::time::timeout(GRACE / 2, opened.task).await.is_err() {
        warn!("the input did not end within {:?} and was left", GRACE / 2);
    }
    if tokio::time::timeout(GRACE / 2, bus.close()).await.is_err() {
        warn!("the bus did not close within {:?} and was left", GRACE / 2);
    }
    println!("{}: {stopped}; {feed}; {} datagrams dropped", config.name, opened.dropped.load());
    Ok(())
}

enum Event {
    Chunk(Chunk),
    CountsDue,
    Ended,
    Stop,
}

fn decode(feed: &mut Feed, chunk: Chunk) -> Vec<SensorScan> {
    match chunk {
        Chunk::Stream(bytes) => feed.take_stream(now(), &bytes),
        Chunk::Datagram(bytes) => feed.take_datagram(now(), &bytes),
        Chunk::Break => feed.end(now()).into_iter().collect(),
    }
}

async fn publish(bus: &Bus, scans: Vec<SensorScan>) {
    for scan in scans {
        if let Err(error) = bus.publish(&Message::Scan(scan)).await {
            warn!(error = &error as &dyn std::error::Error, "a scan was not published");
        }
    }
}

/// Ctrl-C, or the service manager's request.
struct Told {
    interrupt: Signal,
    terminate: Signal,
}

impl Told {
    /// From now on a signal is a request; before, it was the end.
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The system clock, read here and nowhere below.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH + since
}
