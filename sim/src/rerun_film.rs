//! A film as a file that the Rerun viewer opens: what the shipped network and all that follows it see in each picture.
//!
//! | entity | what is seen there |
//! |---|---|
//! | `camera` | the picture, grey, made small enough to be looked at |
//! | `camera/seen` | boxes: class, track and confidence; red on a confirmed track, else grey |
//! | `camera/truth` | boxes of what is there, green |
//! | `sight/n` | the rays of confirmed tracks |
//! | `truth/NAME`, `eye` | where the things and the camera are |
//!
//! The last three need the truth that `picket-sim camera` writes beside its films.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use nalgebra::{Vector2, Vector3};
use rerun_log::{Colour, LabelledBox, Place, RerunLog};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sim_camera::lens::{Distortion, Lens};
use sim_camera::pose::Pose;
use telemetry::{AltitudeHae, Enu, Geodetic, SiteFrame};
use vision::frame::GrayFrame;
use vision::media::source::{Next, Origin, Pixels, Source};
use vision::pipeline::{Eyes, EyesConfig, Sight, Thing};
use vision::session::{Execution, Network, Runtime};
use vision::small::MODEL;

/// Pictures with a longer side are made smaller by a whole number.
const SIDE_MAX: usize = 960;
/// A frame that takes longer to be read from a file never comes.
const WAIT: Duration = Duration::from_secs(30);
/// How long a ray is drawn, metres.
const RAY_M: f64 = 1500.0;
const TRACKED: Colour = [240, 70, 60];
const FREE: Colour = [160, 160, 160];
const TRUE: Colour = [80, 220, 120];

/// Looks at a film, writes what is seen, and says what there was.
pub(super) fn write(film: &Path, out: &Path) -> anyhow::Result<String> {
    let mut truth = Truth::beside(film)?;
    let runtime = Runtime::load(None)?;
    let network = Network::from_bytes(&runtime, "small-targets", MODEL, &Execution::default())?;
    let mut eyes = Eyes::new(EyesConfig::default(), Some(network), Vec::new());
    let log = RerunLog::create(out, &film.display().to_string())?;
    let mut drawn = Drawn { log, rays: 0, frames: 0 };
    let origin = Origin::File { path: film.to_owned(), begins_ns: 0 };
    let mut source = Source::open(origin, Pixels::Gray)?;
    loop {
        match source.next(WAIT)? {
            Next::Frame(taken) => {
                let sight = eyes.look(&taken, None, &mut |_| {})?;
                let instant = truth.as_mut().map(Truth::next).transpose()?.flatten();
                let at = instant.as_ref().map_or(taken.gray.captured_at_ns(), |instant| instant.time_ns);
                let things = sight.as_ref().map(|sight| sight.things.as_slice()).unwrap_or_default();
                drawn.log.at(at);
                drawn.frame(&taken.gray, things, instant.as_ref())?;
                if let (Some(truth), Some(instant), Some(sight)) = (&truth, &instant, &sight) {
                    drawn.places(truth, instant, sight)?;
                }
            }
            Next::Waiting => bail!("{}: no frame came within {WAIT:?}", film.display()),
            Next::Ended => break,
        }
    }
    drawn.log.finish()?;
    Ok(format!("{} frames{}", drawn.frames, if truth.is_some() { ", with their truth" } else { "" }))
}

struct Drawn {
    log: RerunLog,
    /// How many rays the last frame had: those that this one has not are taken away.
    rays: usize,
    frames: u64,
}

impl Drawn {
    fn frame(&mut self, frame: &GrayFrame, things: &[Thing], instant: Option<&Instant>) -> anyhow::Result<()> {
        let step = frame.width().max(frame.height()).div_ceil(SIDE_MAX);
        let (width, height) = (frame.width().div_ceil(step), frame.height().div_ceil(step));
        let rows = (0..frame.height()).step_by(step);
        let grey: Vec<u8> = rows.flat_map(|y| frame.row(y).iter().step_by(step).copied()).collect();
        self.log.picture("camera", [width as u32, height as u32], &grey)?;
        let scaled = |bounds: [f64; 4]| bounds.map(|side| (side / step as f64) as f32);
        let seen = things.iter().map(|thing| LabelledBox {
            left_top_width_height: scaled(thing.bounds),
            label: match thing.track {
                Some(track) => format!("{} {track} {:.2}", thing.class, thing.confidence),
                None => format!("{} {:.2}", thing.class, thing.confidence),
            },
            colour: if thing.track.is_some() { TRACKED } else { FREE },
        });
        self.log.boxes("camera/seen", &seen.collect::<Vec<_>>())?;
        let truly = instant.into_iter().flat_map(|instant| &instant.targets).map(|target| {
            let [left, top, right, bottom] = target.box_px;
            // The truth counts from the centre of the first pixel, boxes from its corner.
            let bounds = [left + 0.5, top + 0.5, right - left, bottom - top];
            LabelledBox { left_top_width_height: scaled(bounds), label: target.name.clone(), colour: TRUE }
        });
        self.log.boxes("camera/truth", &truly.collect::<Vec<_>>())?;
        self.frames += 1;
        Ok(())
    }

    fn places(&mut self, truth: &Truth, instant: &Instant, sight: &Sight) -> anyhow::Result<()> {
        let eye = place(&truth.site, geodetic(instant.camera)?);
        self.log.point("eye", eye, "camera", FREE)?;
        for target in &instant.targets {
            let at = place(&truth.site, geodetic(target.position)?);
            self.log.point(&format!("truth/{}", target.name.replace(' ', "-")), at, &target.name, TRUE)?;
        }
        let [azimuth, elevation, roll] = instant.axis_deg.map(f64::to_radians);
        let pose = Pose::looking(Vector3::zeros(), azimuth, elevation, roll);
        let followed = sight.things.iter().filter(|thing| thing.track.is_some());
        let rays: Vec<_> = followed.filter_map(|thing| truth.lens.ray(thing.centre())).collect();
        for (n, ray) in rays.iter().enumerate() {
            self.log.ray(&format!("sight/{n}"), eye, ((pose.enu_from_cam * ray).into(), RAY_M), TRACKED)?;
        }
        for n in rays.len()..self.rays {
            self.log.clear(&format!("sight/{n}"))?;
        }
        self.rays = rays.len();
        Ok(())
    }
}

/// The truth beside a film: what the camera is, and a line for each frame.
struct Truth {
    lens: Lens,
    site: SiteFrame,
    lines: std::iter::Peekable<std::io::Lines<BufReader<File>>>,
    name: String,
}

#[derive(Deserialize)]
struct Camera {
    size_px: [usize; 2],
    focal_px: [f64; 2],
    principal_px: [f64; 2],
    distortion: [f64; 5],
}

#[derive(Deserialize)]
struct Instant {
    time_ns: i64,
    camera: [f64; 3],
    axis_deg: [f64; 3],
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    box_px: [f64; 4],
    position: [f64; 3],
}

impl Truth {
    /// Nothing where no truth lies beside the film.
    fn beside(film: &Path) -> anyhow::Result<Option<Self>> {
        let path = film.with_extension("jsonl");
        if !path.is_file() {
            return Ok(None);
        }
        let name = path.display().to_string();
        let file = File::open(&path).with_context(|| format!("cannot read {name}"))?;
        let mut lines = BufReader::new(file).lines().peekable();
        let first = lines.next().with_context(|| format!("{name} is empty"))??;
        let Camera { size_px, focal_px, principal_px, distortion: [k1, k2, p1, p2, k3] } = read(&name, &first)?;
        let distortion = Distortion { radial: [k1, k2, k3], tangential: [p1, p2] };
        let lens = Lens::new(size_px, Vector2::from(focal_px), Vector2::from(principal_px), distortion)?;
        // Everything is shown about where the camera was first.
        let at = match lines.peek() {
            Some(Ok(line)) => geodetic(read::<Instant>(&name, line)?.camera)?,
            _ => bail!("{name} holds no frame"),
        };
        Ok(Some(Self { lens, site: SiteFrame::new(at), lines, name }))
    }

    /// The next frame's; nothing after the last.
    fn next(&mut self) -> anyhow::Result<Option<Instant>> {
        let line = self.lines.next().transpose().with_context(|| format!("cannot read {}", self.name))?;
        line.map(|line| read(&self.name, &line)).transpose()
    }
}

fn read<T: DeserializeOwned>(name: &str, line: &str) -> anyhow::Result<T> {
    serde_json::from_str(line)
        .with_context(|| format!("{name}: not a line of the truth that `picket-sim camera` writes"))
}

fn geodetic([latitude, longitude, height]: [f64; 3]) -> anyhow::Result<Geodetic> {
    Ok(Geodetic::from_degrees(latitude, longitude, AltitudeHae::new(height))?)
}

fn place(site: &SiteFrame, at: Geodetic) -> Place {
    let enu: Enu = site.enu(at);
    let level = at.lat_lon();
    Place { enu_m: enu.vector().into(), lat_lon_deg: [level.latitude_deg(), level.longitude_deg()] }
}
