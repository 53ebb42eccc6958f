//! `picket-sim flight`: what a recorded flight was, as a summary, a picture, a table; or as a vehicle that flies it again.

use std::fs::{self, File};
use std::io::BufWriter;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use flight_log::{Flight, Summary, ascii_profile, svg, write_csv};
use sim::player::Player;
use telemetry::MavSystemId;

/// The height profile on the terminal, characters.
const PROFILE: (usize, usize) = (72, 10);
/// What is said of events, lines.
const EVENTS_TOLD: usize = 40;
const TICK: Duration = Duration::from_millis(20);

#[derive(Args)]
pub(crate) struct FlightArgs {
    /// The log: ULog, DataFlash, telemetry log, DJI text record or CSV
    file: PathBuf,
    /// Draw track, height and power
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Write every sample as comma-separated values, which scenarios and spreadsheets read
    #[arg(long, value_name = "FILE.csv")]
    csv: Option<PathBuf>,
    /// Fly it again as a MAVLink vehicle that sends to this UDP address
    #[arg(long, value_name = "HOST:PORT")]
    play: Option<String>,
    /// Times real time, for --play
    #[arg(long, value_name = "X", requires = "play", default_value_t = 1.0, value_parser = super::positive)]
    speed: f64,
    /// The MAVLink system id, for --play
    #[arg(long, value_name = "ID", requires = "play", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    system: u8,
}

pub(crate) fn run(args: &FlightArgs) -> anyhow::Result<ExitCode> {
    let flight = flight_log::read_file(&args.file)?;
    print!("{}", Summary::of(&flight));
    tell_events(&flight);
    let profile = ascii_profile(&flight, PROFILE.0, PROFILE.1);
    if !profile.is_empty() {
        print!("\nheight above its start\n{profile}");
    }
    if let Some(path) = &args.plot {
        let name = args.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let vehicle = flight.vehicle.as_deref().unwrap_or("recorded flight");
        fs::write(path, svg(&name, &[(vehicle, &flight)]))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(path) = &args.csv {
        let cannot = || format!("cannot write {}", path.display());
        let file = File::create(path).with_context(cannot)?;
        write_csv(&flight, BufWriter::new(file)).with_context(cannot)?;
    }
    if let Some(to) = &args.play {
        play(&flight, to, args)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_events(flight: &Flight) {
    if flight.events.is_empty() {
        return;
    }
    println!("\nevents");
    for event in flight.events.iter().take(EVENTS_TOLD) {
        println!("{:>9.1} s  {:<9} {}", event.at_s, format!("{:?}", event.kind).to_lowercase(), event.text);
    }
    if let Some(more) = flight.events.len().checked_sub(EVENTS_TOLD).filter(|more| *more > 0) {
        println!("             and {more} more; --csv writes all");
    }
}

fn play(flight: &Flight, to: &str, args: &FlightArgs) -> anyhow::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0").context("cannot open a UDP socket")?;
    socket.connect(to).with_context(|| format!("cannot send to {to}"))?;
    let mut player = Player::new(flight, MavSystemId(args.system));
    println!("\nplaying to {to}, {} s at {} × real time", flight.duration_s().round(), args.speed);
    let began = Instant::now();
    loop {
        let at_s = began.elapsed().as_secs_f64() * args.speed;
        if player.over(at_s) {
            return Ok(());
        }
        let bytes = player.play(at_s);
        if !bytes.is_empty() {
            // Nobody may listen yet; a datagram that is refused is lost like any other.
            let _lost = socket.send(&bytes);
        }
        std::thread::sleep(TICK);
    }
}
