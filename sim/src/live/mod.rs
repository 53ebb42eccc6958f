//! A night in real time with the real programs: autopilots on UDP, one `picket-onboard` a vehicle, `picket serve`, and
//! between them the real bus. The simulator plays the world, the sensors and the autopilots; what it raises is judged
//! from the bus.
//!
//! It ends with the scenario or with Ctrl-C, whichever comes first; either way every program is asked to end and has
//! six seconds to do so. What it never does: touch a socket that is not on this machine.

mod children;
mod clock;
mod folder;
mod mast;
mod network_camera;
mod sky;
mod stage;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use missions::Scenario;
use telemetry::Timestamp;
use telemetry::bus::{Bus, TopicPattern};
use tokio::time::MissedTickBehavior;

use self::children::Program;
use self::clock::Clock;
use self::folder::{Folder, Wanted};
use self::mast::Mast;
use self::stage::Stage;
use crate::report::Report;

/// How often autopilots step and sensors are asked: well below a tenth of the time from plot to screen.
const TICK: Duration = Duration::from_millis(20);
/// The console is announced after this even if nothing of ours moves.
const ANNOUNCE_AFTER: Duration = Duration::from_secs(45);
/// What waits on the bus for the observer; of tracks the newest each is enough.
const WAITING_MAX: usize = 4096;

/// How a live night is to be played.
pub struct LiveOptions {
    /// By what name the scenario was opened.
    pub argument: PathBuf,
    /// What noise and birds are drawn from.
    pub seed: u64,
    /// The console's port.
    pub port: u16,
    /// Where everything is put.
    pub dir: Option<PathBuf>,
    /// Whether somebody else starts the operations room.
    pub without_station: bool,
    /// What the operations room is to record into.
    pub record: Option<PathBuf>,
}

/// Plays a scenario live until it ends or the person does.
///
/// # Errors
/// When a program or a socket cannot be had.
pub async fn play(scenario: Scenario, options: LiveOptions) -> anyhow::Result<Report> {
    let clock = Clock::starting(scenario.start, wall_clock());
    let path = options.dir.clone().unwrap_or_else(|| usual_folder(&scenario));
    let record = options.record.as_deref().map(std::path::absolute).transpose()?;
    let folder = Folder::make(&Wanted {
        scenario: &scenario,
        argument: &options.argument,
        clock,
        path,
        port: options.port,
        record: record.as_deref(),
    })?;
    println!("{}: {} ({} s), files in {}", scenario.name, scenario.title, scenario.duration_s(), folder.path.display());

    let mut stage = Stage::new(&scenario, &folder, clock, options.seed, wall_clock()).await?;
    let mut programs = Vec::new();
    let mut to_announce = None;
    if options.without_station {
        println!("operations room: start it with `picket serve --config {}`", folder.station.display());
        println!("operator: {} key {}", scenario.operator.id, folder.key);
    } else {
        let mut station = Program::start("picket", "station", &["serve"], &folder.station, &folder.path)?;
        let address = station.ready("picket", "console: ").await?;
        println!("operations room: process {}", station.pid().unwrap_or_default());
        println!("waiting for the first vehicle to be under way");
        to_announce = Some(format!("console: {address}#operator={}&key={}", scenario.operator.id, folder.key));
        programs.push(station);
    }
    for (vehicle, config) in &folder.vehicles {
        programs.push(Program::start("picket-onboard", vehicle.as_str(), &[], config, &folder.path)?);
    }
    let mut masts = Mast::all(&scenario, &folder, options.seed);
    let bus = Bus::open(&folder.bus).await.context("cannot join the bus")?;
    let patterns = [TopicPattern::Alerts, TopicPattern::Cues, TopicPattern::Tracks];
    let mut heard = bus.subscribe(&patterns, WAITING_MAX).await?;

    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let ended_by_person = loop {
        tokio::select! {
            _ = &mut interrupted => break true,
            Some(received) = heard.recv() => stage.hear(wall_clock(), &received.message),
            _ = ticks.tick() => {
                let now = wall_clock();
                for scan in stage.step(now) {
                    if let Err(error) = bus.publish(&telemetry::Message::Scan(scan)).await {
                        tracing::warn!(%error, "a scan was not published");
                    }
                }
                for mast in &mut masts {
                    mast.tick(now, || stage.view(now)).await;
                }
                // Whoever opens the console is to see something move.
                if stage.under_way() || clock.scenario(now) >= scenario.start + ANNOUNCE_AFTER {
                    to_announce.take().into_iter().for_each(|line| println!("{line}"));
                }
                programs.iter_mut().filter_map(Program::ended).for_each(|word| tracing::warn!("{word}"));
                if clock.scenario(now) >= scenario.end {
                    break false;
                }
            }
        }
    };
    if ended_by_person {
        println!(
            "\nstopping; the scenario had {:.0} s to go",
            scenario.end.seconds_since(clock.scenario(wall_clock()))
        );
    }
    for word in stop(programs, masts).await {
        println!("{word}");
    }
    bus.close().await;
    Ok(if ended_by_person { stage.account(wall_clock()) } else { stage.judge() })
}

/// Asks every program to end at once and waits for all.
async fn stop(programs: Vec<Program>, masts: Vec<Mast>) -> Vec<String> {
    let stopping: Vec<_> = programs.into_iter().map(|program| tokio::spawn(program.stop())).collect();
    let coming_down: Vec<_> = masts.into_iter().map(|mast| tokio::spawn(mast.stop())).collect();
    let mut words = Vec::new();
    for program in stopping {
        words.extend(program.await.ok().flatten());
    }
    for mast in coming_down {
        words.extend(mast.await.unwrap_or_default());
    }
    words
}

fn usual_folder(scenario: &Scenario) -> PathBuf {
    Path::new(".picket").join(format!("{}-{}", scenario.name, wall_clock().unix_seconds() as u64))
}

fn wall_clock() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH + since_epoch
}
