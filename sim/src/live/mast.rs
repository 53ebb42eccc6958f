//! The cameras of a live night that stand still. Each is drawn in real time by a thread, sent as a network camera sends, and
//! watched by a `picket-sensor camera` of its own, which publishes what it detects and live video while somebody looks.
//!
//! The seconds around each alert are kept by that program and fetched by the room, as in the field.
//!
//! The night never waits for a camera. What there is to see is put down where the thread finds it, the newest only, so a
//! thread that draws slowly skips, and it draws only while its picture is read. A camera that does not come up, or falls, is
//! told in one line, and the night goes on without it.

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;
use missions::Scenario;
use missions::scenario::FixedCamera;
use missions::sensor::SensorTable;
use serde::Serialize;
use telemetry::{SensorId, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task;

use super::children::Program;
use super::folder::Folder;
use super::network_camera::NetworkCamera;
use crate::footage::{StillCamera, View};

/// Live video of a small picture.
const KILOBITS_PER_S: u32 = 800;
/// What a camera keeps of its alerts until the room has it: far more than a night has.
const EVIDENCE_MIB: u64 = 256;

/// What there is to see, and when it was looked at.
type Look = Option<(View, Instant)>;

/// One camera.
pub(super) struct Mast {
    id: SensorId,
    period: Duration,
    next_at: Option<Timestamp>,
    looks: watch::Sender<Look>,
    drawing: JoinHandle<Drawn>,
    sensor: Sensor,
    offered: u64,
}

/// The program that watches.
enum Sensor {
    Starting(task::JoinHandle<Result<Box<Program>, String>>),
    Watching(Box<Program>),
    Gone,
}

/// What a thread has drawn.
#[derive(Debug, Default, Clone, Copy)]
struct Drawn {
    frames: u64,
    busy: Duration,
}

impl Mast {
    /// Puts up every camera of a scenario; of one that cannot be it says why.
    pub(super) fn all(scenario: &Scenario, folder: &Folder, seed: u64) -> Vec<Self> {
        let up = |fixed: &FixedCamera| {
            let id = &fixed.sensor.description.id;
            Self::new(scenario, fixed, folder, seed).map_err(|why| say_gone(id, &format!("{why:#}"))).ok()
        };
        scenario.fixed_cameras.iter().filter_map(up).collect()
    }

    fn new(scenario: &Scenario, fixed: &FixedCamera, folder: &Folder, seed: u64) -> anyhow::Result<Self> {
        let id = fixed.sensor.description.id.clone();
        let camera = StillCamera::new(scenario, fixed, seed)?;
        let out = NetworkCamera::open(fixed.size_px, fixed.frames_per_second)?;
        let config = folder.path.join(format!("{id}.toml"));
        let file = SensorFile::new(scenario, fixed, &camera, &out.url(), folder);
        std::fs::write(&config, toml::to_string(&file)?).context("cannot write its configuration")?;
        let (looks, seen) = watch::channel(None);
        let handle = Handle::current();
        let name = id.clone();
        let drawing = std::thread::spawn(move || draw(&name, camera, &out, seen, &handle));
        let sensor = Sensor::Starting(tokio::spawn(start(id.clone(), config, folder.path.clone())));
        let period = Duration::from_secs(1) / fixed.frames_per_second;
        Ok(Self { id, period, next_at: None, looks, drawing, sensor, offered: 0 })
    }

    /// Looks after the program, and puts down what there is to see when the next picture is due.
    pub(super) async fn tick(&mut self, now: Timestamp, view: impl FnOnce() -> View) {
        self.attend().await;
        if !matches!(self.sensor, Sensor::Watching(_)) || self.next_at.is_some_and(|at| at > now) {
            return;
        }
        // What is missed is not made up for.
        self.next_at = Some(self.next_at.map_or(now, |at| at + self.period).max(now));
        self.looks.send_replace(Some((view(), Instant::now())));
        self.offered += 1;
    }

    async fn attend(&mut self) {
        let sensor = std::mem::replace(&mut self.sensor, Sensor::Gone);
        self.sensor = match sensor {
            Sensor::Starting(coming) if coming.is_finished() => match coming.await {
                Ok(Ok(program)) => Sensor::Watching(program),
                Ok(Err(why)) => self.gone(&why),
                Err(broke) => self.gone(&broke.to_string()),
            },
            Sensor::Watching(mut program) => match program.ended() {
                Some(word) => self.gone(&program.last_words().unwrap_or(word)),
                None => Sensor::Watching(program),
            },
            other => other,
        };
    }

    fn gone(&self, why: &str) -> Sensor {
        say_gone(&self.id, why);
        Sensor::Gone
    }

    /// Takes it down: asks its program to end, and says what was drawn and what went wrong, if anything did.
    pub(super) async fn stop(self) -> Vec<String> {
        let program = match self.sensor {
            Sensor::Watching(program) => Some(program),
            Sensor::Starting(coming) => coming.await.ok().and_then(Result::ok),
            Sensor::Gone => None,
        };
        let mut words = Vec::new();
        if let Some(program) = program {
            words.extend(program.stop().await);
        }
        drop(self.looks);
        let drawn = task::spawn_blocking(|| self.drawing.join().unwrap_or_default()).await.unwrap_or_default();
        if self.offered > 0 {
            let each_ms = drawn.busy.as_secs_f64() * 1e3 / drawn.frames.max(1) as f64;
            let skipped = self.offered.saturating_sub(drawn.frames);
            let Drawn { frames, .. } = drawn;
            words.push(format!("camera {}: {frames} pictures drawn, {each_ms:.1} ms each; {skipped} skipped", self.id));
        }
        words
    }
}

fn say_gone(id: &SensorId, why: &str) {
    println!("camera {id}: the night goes on without it: {why}");
}

async fn start(id: SensorId, config: PathBuf, folder: PathBuf) -> Result<Box<Program>, String> {
    let words = |error: &dyn std::error::Error| error.to_string();
    let program = Program::start("picket-sensor", id.as_str(), &["camera"], &config, &folder);
    let mut program = program.map_err(|error| words(&error))?;
    match program.ready("picket-sensor", &format!("{id} watches")).await {
        Ok(_) => Ok(Box::new(program)),
        Err(error) => Err(program.last_words().unwrap_or_else(|| words(&error))),
    }
}

/// Draws what there is to see until nobody puts anything down any more.
fn draw(
    id: &SensorId,
    mut camera: StillCamera,
    out: &NetworkCamera,
    mut looks: watch::Receiver<Look>,
    handle: &Handle,
) -> Drawn {
    let mut drawn = Drawn::default();
    while handle.block_on(looks.changed()).is_ok() {
        let look = looks.borrow_and_update().clone();
        let Some((view, taken)) = look.filter(|_| out.is_watched()) else { continue };
        let begun = Instant::now();
        let picture = camera.shoot(&view);
        drawn.busy += begun.elapsed();
        drawn.frames += 1;
        out.show(&picture.frame, taken);
        if drawn.frames == 1 {
            println!("camera {id}: it watches");
        }
    }
    drawn
}

/// The configuration of `picket-sensor camera`.
#[derive(Serialize)]
struct SensorFile<'a> {
    camera: CameraTable,
    detectors: DetectorsTable,
    video: VideoTable,
    sensor: StandingTable,
    bus: BusTable<'a>,
}

#[derive(Serialize)]
struct CameraTable {
    focal_px: [f64; 2],
    centre_px: [f64; 2],
    azimuth_deg: f64,
    elevation_deg: f64,
    sigma_deg: f64,
    source: SourceTable,
}

#[derive(Serialize)]
struct SourceTable {
    rtsp: String,
}

#[derive(Serialize)]
struct DetectorsTable {
    threads: usize,
}

#[derive(Serialize)]
struct VideoTable {
    live: bool,
    rate: u32,
    kilobits_per_s: u32,
    evidence: EvidenceTable,
}

#[derive(Serialize)]
struct EvidenceTable {
    folder: PathBuf,
    total_mib: u64,
}

#[derive(Serialize)]
struct StandingTable {
    undulation_m: f64,
    #[serde(flatten)]
    sensor: SensorTable,
}

#[derive(Serialize)]
struct BusTable<'a> {
    site: &'a str,
    connect: &'a [String],
}

impl<'a> SensorFile<'a> {
    fn new(scenario: &'a Scenario, fixed: &FixedCamera, camera: &StillCamera, url: &str, folder: &'a Folder) -> Self {
        let (azimuth, elevation) = fixed.axis;
        let kept = folder.path.join(format!("{}-evidence", fixed.sensor.description.id));
        Self {
            camera: CameraTable {
                focal_px: camera.focal_px().into(),
                centre_px: camera.principal_px().into(),
                azimuth_deg: azimuth.degrees(),
                elevation_deg: elevation.radians().to_degrees(),
                sigma_deg: fixed.sensor.sigma.azimuth_rad.unwrap_or_default().to_degrees(),
                source: SourceTable { rtsp: url.to_owned() },
            },
            // One thread keeps up with a small picture, and leaves the other core to the night.
            detectors: DetectorsTable { threads: 1 },
            video: VideoTable {
                live: true,
                rate: fixed.frames_per_second,
                kilobits_per_s: KILOBITS_PER_S,
                evidence: EvidenceTable { folder: kept, total_mib: EVIDENCE_MIB },
            },
            sensor: StandingTable { undulation_m: scenario.site.undulation.metres, sensor: fixed.sensor.table() },
            bus: BusTable { site: scenario.site.id.as_str(), connect: &folder.bus.connect },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::clock::Clock;
    use super::super::folder::Wanted;
    use super::*;

    #[test]
    fn the_configuration_of_the_port_night_s_mast_says_where_it_is_and_looks() {
        let scenario = Scenario::open(Path::new("kiel-night")).unwrap();
        let fixed = &scenario.fixed_cameras[0];
        let camera = StillCamera::new(&scenario, fixed, 1).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let wanted = Wanted {
            scenario: &scenario,
            argument: Path::new("kiel-night"),
            clock: Clock::starting(scenario.start, scenario.start),
            path: dir.path().to_owned(),
            port: 0,
            record: None,
        };
        let folder = Folder::make(&wanted).unwrap();
        let file = SensorFile::new(&scenario, fixed, &camera, "rtsp://127.0.0.1:8554/mast", &folder);
        let text = toml::to_string(&file).unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["sensor"]["id"].as_str(), Some("mast-1"), "{text}");
        assert_eq!(table["sensor"]["position"][0].as_float(), Some(10.1495), "{text}");
        assert_eq!(table["camera"]["centre_px"][0].as_float(), Some(239.5), "{text}");
        // Half of 10 degrees lie in half of 480 pixels.
        let focal_px = table["camera"]["focal_px"][0].as_float().unwrap();
        assert!((focal_px - 240.0 / 5f64.to_radians().tan()).abs() < 1e-6, "{text}");
    }
}
