//! `picket-sim fleet`: its arguments, and what it does with them.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use autopilot::Personality;
use clap::{Args, ValueEnum};
use serde::Serialize;
use sim::fleet::{self, Fleet, LiveFleet, Port, Vehicle};
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeAmsl, GeoidUndulation, Heading, LatLon, Timestamp};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Where ground software listens unless told otherwise.
const USUAL_PORT: u16 = 14_550;
/// How far apart the vehicles' own ports are, as in ArduPilot's simulator.
const USUAL_STEP: u16 = 10;
/// What a fleet flies in virtual time unless told: a mission, there and back.
const USUAL_VIRTUAL_S: f64 = 600.0;
/// When virtual time begins: 2026-11-21T03:00:00Z.
const VIRTUAL_BEGIN: Timestamp = Timestamp::from_unix_nanos(1_795_230_000_000_000_000);

/// Which fleet, and where.
#[derive(Args)]
pub(crate) struct FleetArgs {
    /// How many vehicles, systems 1 and up
    #[arg(short, long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=i64::from(Fleet::NUMBER_MAX)))]
    number: u8,
    /// What they are; with several, separated by commas, they take turns
    #[arg(long, value_enum, value_delimiter = ',', default_value = "copter")]
    kind: Vec<Kind>,
    /// The firmware they pass for: ArduPilot 4.5 or PX4 1.17
    #[arg(long, value_enum, default_value = "ardupilot")]
    personality: Make,
    /// Send to this UDP port, where ground software listens [default: 14550]
    #[arg(long, value_name = "PORT", group = "line")]
    udp_out: Option<u16>,
    /// Listen on this UDP port and those after it, a vehicle each; 0 takes free ones
    #[arg(long, value_name = "PORT", group = "line")]
    udp_in: Option<u16>,
    /// Serve TCP on this port and those after it, a vehicle each, usually 5760; 0 takes free ones
    #[arg(long, value_name = "PORT", group = "line")]
    tcp: Option<u16>,
    /// How far apart the vehicles' ports are [default: 10; 0 with --udp-out, all to the same]
    #[arg(long, value_name = "N")]
    port_step: Option<u16>,
    /// Where the first stands: degrees, metres above mean sea level, heading in degrees
    #[arg(long, value_name = "LAT,LON,AMSL,HEADING", default_value = "54.3795,10.1455,12,0", allow_hyphen_values = true, value_parser = home)]
    home: Home,
    /// The geoid's height above the ellipsoid at home, metres
    #[arg(long, value_name = "M", default_value_t = 39.0, allow_hyphen_values = true)]
    undulation: f64,
    /// The wind: degrees it blows from, m/s, standard deviation of its gusts in m/s
    #[arg(long, value_name = "FROM,SPEED,GUSTS", default_value = "250,3,0.5", value_parser = wind)]
    wind: Wind,
    /// Times real time, 0.1 to 100
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// What gusts and sensor errors are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End after so many seconds on the wall clock; with --virtual, in the vehicles' time, 600 unless told
    #[arg(long, value_name = "S", value_parser = crate::positive)]
    duration: Option<f64>,
    /// Write the statistics as JSON
    #[arg(long, value_name = "FILE.json")]
    report: Option<PathBuf>,
    /// Open no port: fly missions in virtual time as fast as it goes, and print the speed and a digest of every byte
    #[arg(long = "virtual", conflicts_with_all = ["line", "port_step", "speed"])]
    in_virtual_time: bool,
    /// Threads for --virtual [default: as many as there are processors]
    #[arg(long, requires = "in_virtual_time", value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Copter,
    Plane,
    Vtol,
    Boat,
    /// A remotely operated vehicle under water
    Sub,
}

#[derive(Clone, Copy, ValueEnum)]
enum Make {
    #[value(name = "ardupilot")]
    ArduPilot,
    Px4,
}

#[derive(Clone, Copy)]
struct Home {
    at: LatLon,
    altitude: AltitudeAmsl,
    heading: Heading,
}

#[derive(Clone, Copy)]
struct Wind {
    from: Heading,
    speed_m_s: f64,
    gusts_m_s: f64,
}

/// Numbers separated by commas.
fn numbers<const N: usize>(text: &str, named: [&str; N]) -> Result<[f64; N], String> {
    let read: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    let read = read.filter(|numbers| numbers.iter().all(|number| number.is_finite()));
    let found = read.and_then(|numbers| numbers.try_into().ok());
    found.ok_or_else(|| format!("{N} numbers with commas between them: {}", named.join(", ")))
}

fn home(text: &str) -> Result<Home, String> {
    let [latitude, longitude, amsl_m, heading] = numbers(text, ["latitude", "longitude", "altitude", "heading"])?;
    let at = LatLon::from_degrees(latitude, longitude).map_err(|error| error.to_string())?;
    Ok(Home { at, altitude: AltitudeAmsl::new(amsl_m), heading: Heading::from_degrees(heading) })
}

fn wind(text: &str) -> Result<Wind, String> {
    let [from, speed_m_s, gusts_m_s] = numbers(text, ["direction it blows from", "speed", "gusts"])?;
    if !(0.0..=60.0).contains(&speed_m_s) || !(0.0..=20.0).contains(&gusts_m_s) {
        return Err("a speed of 0 to 60 m/s, and gusts of 0 to 20 m/s".to_owned());
    }
    Ok(Wind { from: Heading::from_degrees(from), speed_m_s, gusts_m_s })
}

fn speed(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|speed| (0.1..=100.0).contains(speed)).ok_or_else(|| "a number from 0.1 to 100".to_owned())
}

impl FleetArgs {
    fn fleet(&self) -> Fleet {
        let undulation = GeoidUndulation::new(self.undulation);
        let Wind { from, speed_m_s, gusts_m_s } = self.wind;
        Fleet {
            number: self.number,
            kinds: self.kind.iter().map(|kind| kind.of_vehicle()).collect(),
            personality: match self.personality {
                Make::ArduPilot => Personality::ArduPilot,
                Make::Px4 => Personality::Px4,
            },
            home: self.home.at.at_height(self.home.altitude.hae(undulation)),
            heading: self.home.heading,
            undulation,
            weather: fleet::wind(from, speed_m_s, gusts_m_s),
            seed: self.seed,
        }
    }

    /// The first vehicle's port, and how far the next one's is from it.
    fn port(&self) -> (Port, u16) {
        let port = match (self.udp_in, self.tcp) {
            (Some(port), _) => Port::UdpIn(port),
            (_, Some(port)) => Port::Tcp(port),
            _ => Port::UdpOut(self.udp_out.unwrap_or(USUAL_PORT)),
        };
        let usual = if matches!(port, Port::UdpOut(_)) { 0 } else { USUAL_STEP };
        (port, self.port_step.unwrap_or(usual))
    }

    fn write(&self, report: &impl Serialize) -> anyhow::Result<()> {
        if let Some(path) = &self.report {
            let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            serde_json::to_writer_pretty(file, report)?;
        }
        Ok(())
    }
}

impl Kind {
    fn of_vehicle(self) -> VehicleKind {
        match self {
            Self::Copter => VehicleKind::Multirotor,
            Self::Plane => VehicleKind::FixedWing,
            Self::Vtol => VehicleKind::Vtol,
            Self::Boat => VehicleKind::Boat,
            Self::Sub => VehicleKind::Rov,
        }
    }
}

/// Flies the fleet, and prints its statistics.
pub(crate) fn run(args: &FleetArgs) -> anyhow::Result<ExitCode> {
    let fleet = args.fleet();
    let vehicles = fleet.vehicles();
    if args.in_virtual_time {
        let threads = args.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, usize::from);
        let seconds = args.duration.unwrap_or(USUAL_VIRTUAL_S);
        let measurement = fleet::measure(&fleet, &vehicles, VIRTUAL_BEGIN, seconds, threads);
        args.write(&measurement)?;
        print!("{measurement}");
    } else {
        fly(args, &fleet, vehicles)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn fly(args: &FleetArgs, fleet: &Fleet, vehicles: Vec<Vehicle>) -> anyhow::Result<()> {
    let (port, step) = args.port();
    let live = LiveFleet::open(fleet, vehicles, port, step).await?;
    for address in live.addresses() {
        println!("{address}");
    }
    match args.duration {
        Some(seconds) => println!("flying for {seconds} s at {} × real time", args.speed),
        None => println!("flying at {} × real time until Ctrl-C", args.speed),
    }
    std::io::stdout().flush()?;
    let (stop, stopping) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let duration = args.duration.map(Duration::from_secs_f64);
    tokio::spawn(async move {
        let over = async {
            match duration {
                Some(duration) => tokio::time::sleep(duration).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
            () = over => {}
        }
        stop.send_replace(true);
    });
    let report = fleet::fly(live, wall_clock(), args.speed, stopping).await;
    args.write(&report)?;
    print!("{report}");
    Ok(())
}

fn wall_clock() -> Timestamp {
    Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
