//! What a scenario's camera would film: pictures at a steady rate, each with the truth of everything in it.
//!
//! The camera is that of one of our own vehicles, which flies the night with all that flies it, or stands on a tower. The
//! vehicle's gimbal is taken to be perfect: the picture does not roll, and points where it is told to.

mod cast;
mod flight;
mod record;
mod scenery;
mod still;
mod sun;

use missions::Scenario;
use nalgebra::{Rotation3, Vector2, Vector3};
use sim_camera::band::Band;
use sim_camera::camera::{Camera, CameraConfig, Picture};
use sim_camera::earth::Earth;
use sim_camera::lens::{Lens, LensError};
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::{Scene, Structure, Weather};
use telemetry::{Azimuth, Elevation, Enu, Geodetic, SiteFrame, Timestamp, VehicleId};
use thiserror::Error;

use self::cast::Player;
use self::flight::{Flight, Instant};
pub use self::record::{CameraRecord, FrameRecord, TargetRecord};
pub use self::scenery::{SceneryError, open as open_scenery};
pub use self::still::{StillCamera, View};
pub use self::sun::sun;
use crate::compose::{self, ComposeError};
use crate::night::NightError;
use crate::world::{World, WorldError};

/// Exposures, seconds, and the noise of a frame, counts.
const VISIBLE_OPEN_S: f64 = 0.002;
const INFRARED_OPEN_S: f64 = 0.008;
const NOISE_COUNTS: f64 = 1.6;
const VIGNETTING: f64 = 0.4;
/// Where a vehicle's camera looks that was told nothing: ahead and a little down.
const AHEAD_DEG: f64 = -10.0;
/// Below this elevation of the sun, degrees, a camera that may choose sees by warmth.
const DUSK_DEG: f64 = -3.0;
/// Black and white of the infrared picture, degrees from the air's temperature.
const INFRARED_SPAN_K: [f64; 2] = [-36.0, 20.0];

/// Footage that cannot be made.
#[derive(Debug, Error)]
pub enum FootageError {
    /// The scenario cannot be set up.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The night cannot be flown.
    #[error(transparent)]
    Night(#[from] NightError),
    /// The world cannot be built.
    #[error("the world cannot be built")]
    World(#[from] WorldError),
    /// The lens cannot be.
    #[error(transparent)]
    Lens(#[from] LensError),
    /// The scenery cannot be used.
    #[error(transparent)]
    Scenery(#[from] SceneryError),
    /// A vehicle that is none.
    #[error("no vehicle is called {name}; there are {known}")]
    NoVehicle {
        /// What was asked for.
        name: VehicleId,
        /// What there is.
        known: String,
    },
    /// A target that is not there.
    #[error("nothing is called {name} at {at}; there are {known}")]
    NoTarget {
        /// What was asked for.
        name: String,
        /// When.
        at: Timestamp,
        /// What there is.
        known: String,
    },
    /// A tower must be told where to look.
    #[error("a camera on a tower must be told what to look at")]
    NoAim,
}

/// What carries the camera.
#[derive(Debug, Clone, PartialEq)]
pub enum Mount {
    /// One of our own vehicles.
    Vehicle(VehicleId),
    /// A tower, by the place of the camera.
    Tower(Geodetic),
}

/// Where the camera looks.
#[derive(Debug, Clone, PartialEq)]
pub enum Aim {
    /// Where the vehicle's autopilot points it, else ahead and a little down.
    Vehicle,
    /// At one thing, by its name in the scenario, wherever it goes.
    Target(String),
    /// In one direction.
    Direction(Azimuth, Elevation),
}

/// What light the camera sees by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// By day visible, at night infrared.
    AsTheSunStands,
    /// Visible.
    Visible,
    /// Infrared.
    Infrared,
}

/// What is to be filmed.
#[derive(Debug, Clone, PartialEq)]
pub struct FootageConfig {
    /// What carries the camera.
    pub mount: Mount,
    /// Where it looks.
    pub aim: Aim,
    /// Width and height, pixels.
    pub size: [usize; 2],
    /// The horizontal field of view, radians.
    pub field_of_view_rad: f64,
    /// By what light.
    pub light: Light,
    /// The first picture.
    pub begins_at: Timestamp,
    /// Pictures a second.
    pub frames_per_second: u32,
    /// What stands there, in the site's frame.
    pub scenery: Vec<Structure>,
    /// Whether time and direction are burnt into the picture.
    pub overlay: Overlay,
    /// What waves, clouds, noise and the night are drawn from.
    pub seed: u64,
}

/// What a recorder writes over a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// Nothing.
    None,
    /// Time, direction and a cross.
    Burnt,
}

/// A camera that films a scenario.
pub struct Footage {
    config: FootageConfig,
    scenario: Scenario,
    site: SiteFrame,
    flight: Option<Flight>,
    world: World,
    camera: Camera,
    weather: Weather,
    frames: u64,
    last: Option<(Timestamp, Pose)>,
}

impl Footage {
    /// A camera about to film.
    ///
    /// # Errors
    /// [`FootageError`] for a vehicle that is none, a tower without an aim, a lens that cannot be, a scenario that cannot be
    /// played.
    pub fn new(scenario: Scenario, config: FootageConfig) -> Result<Self, FootageError> {
        match &config.mount {
            Mount::Vehicle(name) if scenario.vehicle(name).is_none() => {
                let known = scenario.vehicles.iter().map(|vehicle| vehicle.id.as_str()).collect::<Vec<_>>().join(", ");
                return Err(FootageError::NoVehicle { name: name.clone(), known });
            }
            Mount::Tower(_) if config.aim == Aim::Vehicle => return Err(FootageError::NoAim),
            Mount::Vehicle(_) | Mount::Tower(_) => {}
        }
        let datum = scenario.site.datum.lat_lon().at_height(compose::sea_level(&scenario));
        let lens = Lens::pinhole(config.size, config.field_of_view_rad)?;
        let weather = weather(&scenario, datum, config.begins_at);
        let seed = config.seed;
        let camera = camera_config(lens, band(config.light, &weather));
        // Without vehicles there is no night to fly.
        let flight = (!scenario.vehicles.is_empty()).then(|| Flight::new(scenario.clone(), seed)).transpose()?;
        Ok(Self {
            site: SiteFrame::new(datum),
            flight,
            world: World::new(&compose::world(&scenario)?, seed, scenario.start)?,
            camera: Camera::new(camera, seed, seed),
            weather,
            frames: 0,
            last: None,
            scenario,
            config,
        })
    }

    /// What the camera is.
    #[must_use]
    pub fn camera(&self) -> CameraRecord {
        CameraRecord::of(self.camera.config(), self.config.frames_per_second)
    }

    /// The next picture, and its truth.
    ///
    /// # Errors
    /// [`FootageError`] when the night fails, or when what the camera is to look at is not there.
    pub fn shoot(&mut self) -> Result<(Picture, FrameRecord), FootageError> {
        let since_s = self.frames as f64 / f64::from(self.config.frames_per_second);
        let now = self.config.begins_at.offset_seconds(since_s);
        self.world.advance(now);
        let vehicles = self.flight.as_mut().map(|flight| flight.at(now)).transpose()?.unwrap_or_default();
        let players = self.players(&vehicles);
        let (pose, velocity_m_s) = self.pose(now, &vehicles, &players)?;
        let scene = Scene {
            earth: Earth::at_latitude(self.site.datum().latitude()),
            weather: self.weather,
            scenery: std::mem::take(&mut self.config.scenery),
            targets: players.iter().map(|player| player.target.clone()).collect(),
        };
        let exposure = self.exposure(now, pose, velocity_m_s);
        let record = FrameRecord::before(self.frames, now, &pose, &self.site);
        let caption = match self.config.overlay {
            Overlay::None => Vec::new(),
            Overlay::Burnt => record.caption(),
        };
        let picture = self.camera.render(&scene, &exposure, now.unix_nanos(), &caption);
        self.config.scenery = scene.scenery;
        self.frames += 1;
        self.last = Some((now, pose));
        let record = record.with(&picture.seen, &players);
        Ok((picture, record))
    }

    /// Everything that may be seen; the camera's own vehicle is not.
    fn players(&self, vehicles: &[Instant]) -> Vec<Player> {
        let outside = self.world.truths().iter().map(|truth| cast::of_world(truth, &self.scenario, &self.site));
        let is_mount = |instant: &Instant| self.config.mount == Mount::Vehicle(instant.vehicle.clone());
        let own = (0..).zip(vehicles).filter(|(_, instant)| !is_mount(instant) && !instant.on_ground);
        outside.chain(own.filter_map(|(place, instant)| cast::of_own(instant, place, &self.site))).collect()
    }

    /// The camera's pose in the site's frame, and how fast it moves.
    fn pose(
        &self,
        now: Timestamp,
        vehicles: &[Instant],
        players: &[Player],
    ) -> Result<(Pose, Vector3<f64>), FootageError> {
        let carrier = match &self.config.mount {
            Mount::Vehicle(name) => vehicles.iter().find(|instant| instant.vehicle == *name),
            Mount::Tower(_) => None,
        };
        let place = match (&self.config.mount, carrier) {
            (Mount::Tower(place), _) => *place,
            (Mount::Vehicle(_), Some(carrier)) => carrier.position,
            (Mount::Vehicle(name), None) => {
                return Err(FootageError::NoVehicle { name: name.clone(), known: "none that flies".to_owned() });
            }
        };
        let position = self.site.enu(place).vector();
        let site_from_local = self.site.enu_from_other(&SiteFrame::new(place));
        let towards = |target: Vector3<f64>| Pose::towards(position, target, 0.0);
        let looking = |azimuth: f64, elevation: Elevation| {
            let way = Enu::from_polar(1.0, Azimuth::from_radians(azimuth), elevation).vector();
            towards(position + site_from_local * way)
        };
        let pose = match (&self.config.aim, carrier) {
            (Aim::Direction(azimuth, elevation), _) => looking(azimuth.radians(), *elevation),
            (Aim::Target(name), _) => match players.iter().find(|player| player.name == *name) {
                Some(player) => towards(player.target.position),
                None => {
                    let known = players.iter().map(|player| player.name.as_str()).collect::<Vec<_>>().join(", ");
                    return Err(FootageError::NoTarget { name: name.clone(), at: now, known });
                }
            },
            (Aim::Vehicle, Some(Instant { camera_target: Some(target), .. })) => {
                towards(self.site.enu(*target).vector())
            }
            (Aim::Vehicle, Some(carrier)) => {
                let elevation = carrier.camera_elevation.unwrap_or(Elevation::from_degrees(AHEAD_DEG));
                looking(carrier.attitude.heading.radians(), elevation)
            }
            (Aim::Vehicle, None) => return Err(FootageError::NoAim),
        };
        let velocity_m_s = carrier.map_or_else(Vector3::zeros, |carrier| site_from_local * carrier.velocity);
        Ok((pose, velocity_m_s))
    }

    /// The exposure: the camera turns as it has turned since the last picture.
    fn exposure(&self, now: Timestamp, pose: Pose, velocity_m_s: Vector3<f64>) -> Exposure {
        let open_s = open_s(&self.camera.config().band);
        let rates_rad_s = self.last.map_or_else(Vector3::zeros, |(then, last)| {
            let turn: Rotation3<f64> = last.enu_from_cam.inverse() * pose.enu_from_cam;
            turn.scaled_axis() / now.seconds_since(then)
        });
        let time_s = now.seconds_since(self.scenario.start);
        Exposure { pose, velocity_m_s, rates_rad_s, open_s, time_s }
    }
}

fn weather(scenario: &Scenario, datum: Geodetic, at: Timestamp) -> Weather {
    let wind = compose::weather(scenario).wind;
    Weather { sun: sun(datum, at), wind_m_s: Vector2::new(wind.east_m_s, wind.north_m_s), ..Weather::default() }
}

/// The band of a camera, and the span of an infrared one about the air's temperature.
fn band(light: Light, weather: &Weather) -> Band {
    match light {
        Light::Visible => Band::Visible { gain: 1.05 },
        Light::AsTheSunStands if weather.sun[1] > DUSK_DEG.to_radians() => Band::Visible { gain: 1.05 },
        Light::AsTheSunStands | Light::Infrared => {
            let [coldest_c, hottest_c] = INFRARED_SPAN_K.map(|span| weather.air_c + span);
            Band::Infrared { coldest_c, hottest_c }
        }
    }
}

fn camera_config(lens: Lens, band: Band) -> CameraConfig {
    CameraConfig { lens, band, noise_counts: NOISE_COUNTS, vignetting: VIGNETTING }
}

/// How long the shutter is open, seconds.
fn open_s(band: &Band) -> f64 {
    match band {
        Band::Visible { .. } => VISIBLE_OPEN_S,
        Band::Infrared { .. } => INFRARED_OPEN_S,
    }
}
