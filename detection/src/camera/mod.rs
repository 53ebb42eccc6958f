//! `picket-sensor camera`: a camera that stands still, on the bus; or a vehicle's, beside `picket-onboard`.
//!
//! One thread takes frames, looks at them, and sends and keeps video; what it sees goes to the bus, or to
//! `picket-onboard`'s journal, through a queue of eight, and when that is full the newest scan is dropped and counted: the
//! camera waits for nobody. A source that breaks is opened again.
//!
//! On a vehicle this is a process of its own, so that a decoder or a network that falls takes no guard with it. It joins
//! no bus there: poses come and scans go as datagrams on loopback.

mod carrier;
mod scan;
mod standpoint;
mod telling;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use telemetry::messages::SensorScan;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use vision::detector::Detector;
use vision::media::MediaError;
use vision::media::recording::Recorder;
use vision::media::serve::{Datagrams, Server};
use vision::media::source::{Next, Origin, Source, Taken};
use vision::media::transport::{Encoding, Transport};
use vision::pipeline::{Eyes, EyesConfig, Sight};
use vision::session::{Network, Runtime};
use vision::small::MODEL;

use crate::Told;
use crate::config::camera::{Config, VideoTable};
use scan::Scanner;
use standpoint::Standpoint;
use telling::{Poses, Telling};

pub(crate) use view::errors_at_rest;

/// Scans that nobody has taken yet.
const SCANS_MAX: usize = 8;
/// A frame that has not come by then is waited for again, after looking whether to stop.
const WAIT: Duration = Duration::from_millis(200);
/// How long a source that broke is left alone.
const PAUSE: Duration = Duration::from_secs(2);

/// Watch with a camera: detections on the bus, or to a vehicle's journal, video for others.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The configuration, TOML.
    #[arg(long)]
    config: PathBuf,
}

/// Runs until told to stop, or a file ends.
///
/// # Errors
/// In words, where the configuration, a model or the library cannot be used.
pub(crate) fn run(arguments: &Watch) -> anyhow::Result<()> {
    let config: Config = crate::config::read(&arguments.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads")?;
    let result = runtime.block_on(serve(config));
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut told = Told::listen().context("cannot listen for signals")?;
    let (stop, dropped) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
    let name = config.name.clone();
    let (telling, poses) = Telling::open(&config.standing, &stop).await?;
    let watcher = Watcher::open(config, poses)?;
    let (scans, mut seen) = mpsc::channel(SCANS_MAX);
    let (stopped, counted) = (stop.clone(), Arc::clone(&dropped));
    let watching = tokio::task::spawn_blocking(move || watcher.watch(&scans, &counted, &stopped));
    println!("{name} watches");
    let mut told_scans = 0u64;
    loop {
        let scan = tokio::select! {
            () = told.stop() => break,
            scan = seen.recv() => scan,
        };
        let Some(scan) = scan else { break };
        match telling.tell(scan).await {
            Ok(()) => told_scans += 1,
            Err(error) => warn!(error = &*error, "a scan was not told"),
        }
    }
    stop.cancel();
    let ended = tokio::time::timeout(crate::GRACE / 2, watching).await;
    telling.close(crate::GRACE / 2).await;
    println!("{name}: {told_scans} scans told, {} dropped", dropped.load(Ordering::Relaxed));
    ended.context("the camera did not stop in time and was left")?.context("the camera's thread broke")?
}

/// Everything between the camera and the queue.
struct Watcher {
    config: Config,
    eyes: Eyes,
    scanner: Scanner,
    standpoint: Standpoint,
    server: Option<Server>,
    datagrams: Option<Datagrams>,
    recorder: Option<Recorder>,
    transport: Option<Transport>,
}

impl Watcher {
    fn open(config: Config, poses: Option<Poses>) -> anyhow::Result<Self> {
        let runtime = Runtime::load(config.detectors.library.as_deref())?;
        let execution = config.detectors.execution();
        let small = Network::from_bytes(&runtime, "small-targets", MODEL, &execution)?;
        let open = |path: &PathBuf| Detector::open(&runtime, path, &execution);
        let others = config.detectors.models.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let (confidence_min, slices) = (config.detectors.confidence_min, config.detectors.slices);
        let frame_s = 1.0 / f64::from(config.video.rate.max(1));
        let eyes = EyesConfig { confidence_min, slices, frame_s, ..EyesConfig::default() };
        let viewer = config.video.viewer()?;
        let server = config.video.rtsp.map(|listen| Server::open(listen, viewer.as_ref())).transpose()?;
        if let Some(server) = &server {
            println!("video at rtsp port {}", server.port());
        }
        let datagrams = config.video.udp.map(Datagrams::open).transpose().context("[video] udp")?;
        let recorder = config.video.record.as_deref().map(|folder| recorder(folder, &config.video)).transpose()?;
        Ok(Self {
            eyes: Eyes::new(eyes, Some(small), others),
            scanner: Scanner::new(config.name.clone()),
            standpoint: Standpoint::new(&config, poses),
            server,
            datagrams,
            recorder,
            transport: None,
            config,
        })
    }

    fn watch(
        mut self,
        scans: &mpsc::Sender<SensorScan>,
        dropped: &AtomicU64,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            match self.until_it_breaks(scans, dropped, stop) {
                Ok(()) => break,
                Err(error) => {
                    warn!(error = &*error, "the camera is opened again");
                    Handle::current().block_on(async { stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await });
                }
            }
        }
        info!("{}", self.standpoint);
        if let Some(recorder) = &mut self.recorder {
            info!(hash = recorder.finish()?, "the recording ends");
        }
        Ok(())
    }

    /// Frames until told to stop, or the end of a file.
    fn until_it_breaks(
        &mut self,
        scans: &mpsc::Sender<SensorScan>,
        dropped: &AtomicU64,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        // A stream's time begins anew with its source: what was encoded of the last one is complete.
        self.transport = None;
        if let Some(recorder) = &mut self.recorder {
            recorder.finish()?;
        }
        let mut source = Source::open(self.config.source.clone(), self.config.pixels)?;
        while !stop.is_cancelled() {
            match source.next(WAIT)? {
                Next::Frame(taken) => {
                    let prior = self.standpoint.prior(taken.gray.captured_at_ns());
                    let Some(sight) = self.eyes.look(&taken, prior.as_ref(), &mut |_| {})? else { continue };
                    self.standpoint.take(&sight);
                    if self.config.video.is_wanted() {
                        self.send(&taken, &sight)?;
                    }
                }
                Next::Waiting => self.standpoint.learn(),
                Next::Ended if matches!(source.origin(), Origin::File { .. }) => return Ok(()),
                Next::Ended => anyhow::bail!("{} ended", source.origin()),
            }
            while let Some(scan) = self.standpoint.next_scan(&mut self.scanner) {
                if scans.try_send(scan).is_err() {
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        Ok(())
    }

    /// Gives a frame to the encoder, and what comes out of it to whoever wants it.
    fn send(&mut self, taken: &Taken, sight: &Sight) -> anyhow::Result<()> {
        let (width, height) = (taken.gray.width(), taken.gray.height());
        let view = self.standpoint.view_at(sight.captured_at_ns);
        let metadata = self.scanner.metadata(sight, view.as_ref(), width, height);
        let transport = match &mut self.transport {
            Some(transport) => transport,
            none => none.insert(transport(&self.config.video, taken)?),
        };
        transport.put(taken, &metadata)?;
        while let Some(chunk) = transport.next(Duration::ZERO) {
            if let Some(server) = &self.server {
                server.send(&chunk);
            }
            if let Some(datagrams) = &mut self.datagrams {
                datagrams.send(&chunk);
            }
            if let Some(recorder) = &mut self.recorder {
                // The encoder holds a frame back at most: the newest frame's time, less how far the chunk lies behind it.
                let behind = i64::try_from(taken.stream_ns.saturating_sub(chunk.stream_ns)).unwrap_or(0);
                recorder.write(&chunk, taken.gray.captured_at_ns() - behind)?;
            }
        }
        Ok(())
    }
}

fn transport(video: &VideoTable, taken: &Taken) -> Result<Transport, MediaError> {
    let transport = Transport::open(Encoding {
        width: taken.gray.width(),
        height: taken.gray.height(),
        rate: video.rate.max(1),
        kilobits_per_s: video.kilobits_per_s,
        colour: taken.rgb.is_some(),
        metadata: true,
    })?;
    info!(encoder = transport.encoder(), "video is encoded");
    Ok(transport)
}

/// A recording in a folder of its own: named by the time it begins.
fn recorder(folder: &Path, video: &VideoTable) -> anyhow::Result<Recorder> {
    let folder = folder.join(crate::now().unix_millis().to_string());
    Ok(Recorder::begin(&folder, u64::from(video.segment_s.max(1)) * 1_000_000_000)?)
}
