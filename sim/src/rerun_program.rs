//! `picket-sim rerun`: a night that was recorded, as a file that the Rerun viewer opens; or a film (`rerun_film`).
//!
//! | entity | what is seen there |
//! |---|---|
//! | `zone/…`, `fence/…` | the site's zones, the fences of the fleet's plans |
//! | `vehicle/…` | our vehicles, by their own word |
//! | `track/…` | tracks with the body that holds nine of ten; a vessel blue, a drone red, everything else grey |
//! | `sight/SENSOR/n` | the lines of sight of cameras and direction finders |
//! | `alerts` | the alerts in words |

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use ground_station::recording::{SETUP, Setup};
use ground_station::station::StationConfig;
use missions::Site;
use nalgebra::Matrix3;
use rerun_log::{Colour, Place, RerunLog, RerunLogError};
use telemetry::messages::{Measurement, Message, SensorScan, TargetClass, Track, TrackStatus};
use telemetry::recording::{Recording, RecordingError};
use telemetry::{Elevation, Geodetic, LatLon, SensorId, SiteFrame, TrackId};

use super::rerun_film;

/// How long a line of sight is drawn, metres.
const SIGHT_M: f64 = 1500.0;
const OURS: Colour = [80, 220, 120];
const ZONE: Colour = [230, 170, 60];
const FENCE: Colour = [110, 140, 120];
const SIGHT: Colour = [120, 120, 160];

/// What to write where.
#[derive(Args)]
pub(super) struct RerunArgs {
    /// The recording of an operations room or of `run --record` (.mcap); or a film, with the truth of `camera` beside it
    /// if there is one
    recording: PathBuf,
    /// The file to write
    #[arg(value_name = "OUT.rrd")]
    out: PathBuf,
}

pub(super) fn run(args: &RerunArgs) -> anyhow::Result<ExitCode> {
    let told = if args.recording.extension().is_some_and(|ending| ending == "mcap") {
        write(&args.recording, &args.out)?
    } else {
        rerun_film::write(&args.recording, &args.out)?
    };
    println!("{}: {told}", args.out.display());
    Ok(ExitCode::SUCCESS)
}

/// Writes a recording for the eye, and says what is in it.
pub(super) fn write(recording: &Path, out: &Path) -> anyhow::Result<String> {
    let reading = || format!("cannot read {}", recording.display());
    let mut source = Recording::open(recording).with_context(reading)?;
    let title = source.header().description.clone();
    let setup = source.attachments().with_context(reading)?.remove(SETUP);
    let setup = setup.with_context(|| format!("{} was not made by an operations room", recording.display()))?;
    let station = Setup::from_json(&setup)?.station()?;
    let mut picture = Picture::begin(RerunLog::create(out, &title)?, station.config())?;
    let mut unreadable = 0u64;
    for entry in source.messages() {
        match entry {
            Ok((at, message)) => {
                picture.log.at(at.unix_nanos());
                picture.take(&message)?;
            }
            Err(RecordingError::Unreadable { .. } | RecordingError::Damaged { .. }) => unreadable += 1,
            Err(error) => return Err(error).with_context(reading),
        }
    }
    let told =
        format!("{} vehicles, {} tracks, {} alerts", picture.vehicles.len(), picture.tracks.len(), picture.alerts);
    picture.log.finish()?;
    Ok(if unreadable == 0 { told } else { format!("{told}; {unreadable} messages cannot be read") })
}

struct Picture {
    log: RerunLog,
    frame: SiteFrame,
    ground: Site,
    vehicles: BTreeSet<String>,
    /// How many lines of sight each sensor has drawn at once: the next look takes them away.
    sights: BTreeMap<SensorId, usize>,
    tracks: BTreeSet<TrackId>,
    alerts: u64,
}

impl Picture {
    fn begin(log: RerunLog, config: &StationConfig) -> anyhow::Result<Self> {
        let site = config.site.clone();
        let picture = Self {
            log,
            frame: SiteFrame::new(site.datum),
            ground: site,
            vehicles: BTreeSet::new(),
            sights: BTreeMap::new(),
            tracks: BTreeSet::new(),
            alerts: 0,
        };
        for zone in &picture.ground.zones {
            picture.ring(&format!("zone/{}", zone.id), &zone.ring, ZONE)?;
        }
        for vehicle in &config.fleet {
            if let Some(plan) = &vehicle.plan {
                picture.ring(&format!("fence/{}", vehicle.id), &plan.message().geofence.ring, FENCE)?;
            }
        }
        Ok(picture)
    }

    fn ring(&self, entity: &str, ring: &[LatLon], colour: Colour) -> anyhow::Result<()> {
        let closed = ring.iter().chain(ring.first());
        let on_ground = |at: &LatLon| {
            Geodetic::from_radians(at.latitude(), at.longitude(), self.ground.datum.height()).map(|at| self.place(at))
        };
        let places = closed.map(on_ground).collect::<Result<Vec<_>, _>>()?;
        Ok(self.log.line(entity, &places, colour)?)
    }

    fn place(&self, at: Geodetic) -> Place {
        let enu = self.frame.enu(at).vector();
        Place { enu_m: enu.into(), lat_lon_deg: [at.lat_lon().latitude_deg(), at.lat_lon().longitude_deg()] }
    }

    fn take(&mut self, message: &Message) -> Result<(), RerunLogError> {
        match message {
            Message::VehicleState(state) => {
                let Some(position) = state.position else { return Ok(()) };
                let name = state.vehicle.to_string();
                self.log.point(&format!("vehicle/{name}"), self.place(position), &name, OURS)?;
                self.vehicles.insert(name);
                Ok(())
            }
            Message::Track(track) => self.track(track),
            Message::Scan(scan) => self.sights(scan),
            Message::Alert(alert) => {
                self.alerts += 1;
                self.log.say("alerts", &alert.text, true)
            }
            _ => Ok(()),
        }
    }

    fn track(&mut self, track: &Track) -> Result<(), RerunLogError> {
        let entity = format!("track/{}", track.id.0);
        let drawn = matches!(track.status, TrackStatus::Confirmed | TrackStatus::Coasting);
        if !drawn || track.vehicle.is_some() {
            return self.log.clear(&entity);
        }
        self.tracks.insert(track.id);
        let (place, colour) = (self.place(track.position), colour_of(track));
        self.log.point(&entity, place, &entity, colour)?;
        let [ee, en, eu, nn, nu, uu] = [0, 1, 2, 6, 7, 11].map(|at| f64::from(track.covariance[at]));
        self.log.uncertainty(&entity, place, Matrix3::new(ee, en, eu, en, nn, nu, eu, nu, uu), colour)
    }

    fn sights(&mut self, scan: &SensorScan) -> Result<(), RerunLogError> {
        let toward: Vec<_> = scan
            .detections
            .iter()
            .filter_map(|detection| match detection.measurement {
                Measurement::AzEl { azimuth, elevation, .. } => Some((azimuth, elevation)),
                Measurement::Azimuth { azimuth, .. } => Some((azimuth, Elevation::from_radians(0.0))),
                _ => None,
            })
            .collect();
        let before = self.sights.insert(scan.sensor.clone(), toward.len()).unwrap_or(0);
        let eye = self.place(scan.origin);
        for (n, (azimuth, elevation)) in toward.iter().enumerate() {
            let level = elevation.radians().cos();
            let unit = [azimuth.radians().sin() * level, azimuth.radians().cos() * level, elevation.radians().sin()];
            self.log.ray(&format!("sight/{}/{n}", scan.sensor), eye, (unit, SIGHT_M), SIGHT)?;
        }
        (toward.len()..before).try_for_each(|n| self.log.clear(&format!("sight/{}/{n}", scan.sensor)))
    }
}

/// A vessel blue, a drone red, everything else grey.
fn colour_of(track: &Track) -> Colour {
    match track.classification.likeliest() {
        TargetClass::Drone => [240, 70, 60],
        TargetClass::Vessel => [80, 150, 240],
        _ => [160, 160, 160],
    }
}
