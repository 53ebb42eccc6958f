//! `picket-sensor camera`: a camera that stands still, on the bus; or a vehicle's, beside `picket-onboard`.
//!
//! One thread takes frames, looks at them, and sends and keeps video; what it sees goes to the bus, or to
//! `picket-onboard`'s journal, through a queue of eight, and when that is full the newest scan is dropped and counted: the
//! camera waits for nobody. Live video is made while somebody looks ([`live`], [`thin`]), and the last seconds are kept for the evidence
//! of alerts ([`evidence`]). A source that breaks is opened again.
//!
//! On a vehicle this is a process of its own, so that a decoder or a network that falls takes no guard with it. It joins
//! no bus there: poses come and scans go as datagrams on loopback.

mod carrier;
mod evidence;
mod live;
mod scan;
mod standpoint;
mod targets;
mod telling;
mod thin;
mod under_way;
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
use vision::detector::open_all;
use vision::media::MediaError;
use vision::media::coded::{Coded, CodedFrame};
use vision::media::recording::Recorder;
use vision::media::serve::{Datagrams, Server};
use vision::media::source::{Next, Origin, Source, Taken};
use vision::media::transport::{Encoding, Transport};
use vision::pipeline::{Eyes, EyesConfig, Sight};
use vision::session::{Network, Runtime};
use vision::small::MODEL;

use crate::Told;
use crate::config::camera::{Config, DetectorsTable, VideoTable};
use evidence::{Desk, Keeper, Record};
use live::{LOOK_EVERY, Live, LiveOut, Shape, Wish};
use scan::Scanner;
use standpoint::Standpoint;
use telling::{Aboard, Asking, Poses, Telling};
use thin::Thin;
use under_way::{SAME_NS, Seen, UnderWay};

pub(crate) use evidence::{Evidence, take_along};
pub(crate) use view::errors_at_rest;

/// Scans that nobody has taken yet.
const SCANS_MAX: usize = 8;
/// A frame that has not come by then is waited for again, after looking whether to stop.
const WAIT: Duration = Duration::from_millis(200);
/// While somebody looks, a frame is waited for at the encoder's exit at most so long; else it goes out with the next.
const ENCODING: Duration = Duration::from_millis(20);
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
    let (telling, aboard) = Telling::open(&config.standing, &stop).await?;
    let (poses, told_aboard) = aboard.map(|Aboard { poses, told }| (poses, told)).unzip();
    let (live, mut out) = Live::new(name.clone());
    let shows = config.video.live;
    let asking = if shows { telling.offer(&name).await? } else { None };
    let (keeper, mut desk) = match &config.video.evidence {
        Some(table) => evidence::open((table, record(&config.video)), &name, &telling, told_aboard)
            .await
            .map(Option::Some)?
            .unzip(),
        None => (None, None),
    };
    let watcher = Watcher::open(config, poses, live, keeper)?;
    let (scans, mut seen) = mpsc::channel(SCANS_MAX);
    let (stopped, counted) = (stop.clone(), Arc::clone(&dropped));
    let watching = tokio::task::spawn_blocking(move || watcher.watch(&scans, &counted, &stopped));
    println!("{name} watches");
    let (mut told_scans, mut shown) = (0u64, 0u64);
    let mut look_due = tokio::time::interval(LOOK_EVERY);
    {
        let mut at_the_desk = std::pin::pin!(serve_evidence(desk.as_mut(), &telling));
        loop {
            let (what, outcome, count) = tokio::select! {
                () = told.stop() => break,
                () = &mut at_the_desk => break,
                _ = look_due.tick(), if shows => {
                    ask_who_looks(&telling, asking.as_ref(), &out).await;
                    continue;
                }
                Some(fragment) = out.fragments.recv() => ("live video", telling.show(fragment).await, &mut shown),
                scan = seen.recv() => match scan {
                    Some(scan) => ("a scan", telling.tell(scan).await, &mut told_scans),
                    None => break,
                },
            };
            match outcome {
                Ok(()) => *count += 1,
                Err(error) => warn!(error = &*error, "{what} was not told"),
            }
        }
    }
    stop.cancel();
    let ended = tokio::time::timeout(crate::GRACE / 2, watching).await;
    if let Some(desk) = desk {
        desk.finish(crate::GRACE / 4).await;
    }
    telling.close(crate::GRACE / 4).await;
    println!("{name}: {told_scans} scans told, {} dropped; {shown} frames shown", dropped.load(Ordering::Relaxed));
    ended.context("the camera did not stop in time and was left")?.context("the camera's thread broke")?
}

/// Keeps the desk of evidence, where there is one, until nobody asks any more.
async fn serve_evidence(desk: Option<&mut Desk>, telling: &Telling) {
    match desk {
        Some(desk) => desk.run(telling).await,
        None => std::future::pending().await,
    }
}

/// Tells the camera's thread who looks.
async fn ask_who_looks(telling: &Telling, asking: Option<&Asking>, out: &LiveOut) {
    let wish = telling.who_looks(asking).await;
    out.wish.send_if_modified(|known| {
        let before = std::mem::replace(known, wish);
        let wanted = wish != Wish::Nothing;
        if wanted != (before != Wish::Nothing) {
            info!(wanted, "live video");
        }
        before != wish
    });
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
    under_way: UnderWay,
    live: Live,
    thin: Thin,
    keeper: Option<Keeper>,
    /// The source's frames cannot be passed on.
    disordered: bool,
}

impl Watcher {
    fn open(config: Config, poses: Option<Poses>, live: Live, keeper: Option<Keeper>) -> anyhow::Result<Self> {
        let runtime = Runtime::load(config.detectors.library.as_deref())?;
        let execution = config.detectors.execution();
        let small = Network::from_bytes(&runtime, "small-targets", MODEL, &execution)?;
        let DetectorsTable { models, classes, .. } = &config.detectors;
        let others = open_all(&runtime, models, &execution, classes).context("[detectors] models, classes")?;
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
            under_way: UnderWay::default(),
            live,
            thin: Thin::default(),
            keeper,
            disordered: false,
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
        if let Some(keeper) = self.keeper.take() {
            keeper.finish();
        }
        if self.live.dropped() > 0 {
            warn!(frames = self.live.dropped(), "the bus was too slow for live video");
        }
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
        let mut source = self.begin()?;
        while !stop.is_cancelled() {
            match source.next(WAIT)? {
                Next::Frame(taken) => {
                    let prior = self.standpoint.prior(taken.gray.captured_at_ns());
                    let Some(sight) = self.eyes.look(&taken, prior.as_ref(), &mut |_| {})? else { continue };
                    self.standpoint.take(&sight);
                    self.thin.send(&taken, &sight, &mut self.live)?;
                    let passed = self.passed(&source, &taken);
                    self.send(&taken, &sight, passed)?;
                }
                Next::Waiting => self.standpoint.learn(),
                Next::Ended if matches!(source.origin(), Origin::File { .. }) => return Ok(()),
                Next::Ended if matches!(source.origin(), Origin::Film { .. }) => source = self.begin()?,
                Next::Ended => anyhow::bail!("{} ended", source.origin()),
            }
            while let Some(scan) = self.standpoint.next_scan(&mut self.scanner) {
                if scans.try_send(scan).is_err() {
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
            if let Some(keeper) = &mut self.keeper {
                let now = crate::now();
                keeper.look(now, &self.standpoint);
            }
        }
        Ok(())
    }

    /// Opens the source. A stream's time begins anew with it: what was encoded of the last one is complete.
    fn begin(&mut self) -> anyhow::Result<Source> {
        self.transport = None;
        self.under_way.clear();
        self.thin.end();
        self.live.end();
        if let Some(recorder) = &mut self.recorder {
            recorder.finish()?;
        }
        let open = if self.config.video.pass_through { Source::open_passing } else { Source::open };
        Ok(open(self.config.source.clone(), self.config.pixels)?)
    }

    /// The source's own frames up to a picture, and when each was taken; nothing where pictures have to be encoded.
    fn passed(&mut self, source: &Source, taken: &Taken) -> Option<Vec<(CodedFrame, i64)>> {
        match source.coded(taken) {
            Coded::Frames(frames) => {
                let timed = |frame: CodedFrame| {
                    let at_ns = source.coded_at_ns(&frame);
                    (frame, at_ns)
                };
                Some(frames.into_iter().map(timed).collect())
            }
            Coded::None => None,
            Coded::Disordered => {
                if !std::mem::replace(&mut self.disordered, true) {
                    warn!("the source's frames come in another order than they are shown: they are encoded again");
                }
                None
            }
        }
    }

    /// Gives a frame to the encoder, or the source's own frames past it, and what comes out to whoever wants it; where nobody
    /// does, nothing is encoded.
    fn send(&mut self, taken: &Taken, sight: &Sight, passed: Option<Vec<(CodedFrame, i64)>>) -> anyhow::Result<()> {
        let live = self.live.wish() == Wish::Whole;
        if self.live.wish() == Wish::Nothing {
            self.live.end();
        }
        if !live && !self.config.video.is_wanted() {
            self.transport = None;
            return Ok(());
        }
        let picture = [taken.gray.width(), taken.gray.height()];
        let transport = match &mut self.transport {
            Some(transport) if transport.passes() == passed.is_some() => transport,
            other => other.insert(transport(&self.config.video, taken, passed.is_some())?),
        };
        if live && self.live.begins() {
            transport.ask_for_key();
        }
        let metadata = |at_ns: i64, sight: Option<&Sight>| {
            self.scanner.metadata(at_ns, sight, self.standpoint.view_at(at_ns).as_ref(), picture)
        };
        if let Some(frames) = passed {
            for (frame, at_ns) in frames {
                let seen = (frame.stream_ns.abs_diff(taken.stream_ns) <= SAME_NS).then_some(sight);
                transport.put_coded(&frame, &metadata(at_ns, seen))?;
                self.under_way.put(frame.stream_ns, at_ns, seen);
            }
        } else {
            let at_ns = taken.gray.captured_at_ns();
            transport.put(taken, &metadata(at_ns, Some(sight)))?;
            self.under_way.put(taken.stream_ns, at_ns, Some(sight));
        }
        while let Some(chunk) = transport.next(if live { ENCODING } else { Duration::ZERO }) {
            let seen = self.under_way.take(&chunk);
            if live {
                let shape = Shape { size: picture, rate: self.config.video.rate };
                self.live.send(&chunk, seen.as_ref(), shape, picture);
            }
            if let Some(server) = &self.server {
                server.send(&chunk);
            }
            if let Some(datagrams) = &mut self.datagrams {
                datagrams.send(&chunk);
            }
            // The encoder holds a frame back at most: the newest frame's time, less how far the chunk lies behind it.
            let behind = i64::try_from(taken.stream_ns.saturating_sub(chunk.stream_ns)).unwrap_or(0);
            let captured_at_ns = taken.gray.captured_at_ns() - behind;
            if let Some(recorder) = &mut self.recorder {
                recorder.write(&chunk, captured_at_ns, picture)?;
            }
            if let Some(keeper) = &mut self.keeper {
                // Without its frame the next could not be decoded, so none is left out.
                let seen = seen.unwrap_or_else(|| Seen { captured_at_ns, boxes: Vec::new() });
                keeper.keep(&chunk, seen, picture);
            }
            if chunk.stream_ns + SAME_NS >= taken.stream_ns {
                break;
            }
        }
        Ok(())
    }
}

fn transport(video: &VideoTable, taken: &Taken, passes: bool) -> Result<Transport, MediaError> {
    let encoding = Encoding {
        width: taken.gray.width(),
        height: taken.gray.height(),
        scaled: None,
        rate: video.rate.max(1),
        key_every: video.rate.max(1),
        kilobits_per_s: video.kilobits_per_s,
        colour: taken.rgb.is_some(),
        metadata: true,
    };
    let transport = if passes { Transport::pass(true) } else { Transport::open(encoding) }?;
    info!(encoder = transport.encoder(), "video is made");
    Ok(transport)
}

/// Where recordings lie, where there are to be any.
fn record(video: &VideoTable) -> Option<Record<'_>> {
    video.record.as_deref().map(|folder| Record { folder, segment_ns: video.segment_ns() })
}

/// A recording in a folder of its own: named by the time it begins.
fn recorder(folder: &Path, video: &VideoTable) -> anyhow::Result<Recorder> {
    let folder = folder.join(crate::now().unix_millis().to_string());
    Ok(Recorder::begin(&folder, video.segment_ns())?)
}
