//! A camera that stands still, before a world that somebody else plays: the eye of a live night's mast.

use std::path::Path;

use missions::Scenario;
use missions::scenario::{CameraBand, FixedCamera, OwnVehicle};
use nalgebra::{Vector2, Vector3};
use sim_camera::camera::{Camera, Picture};
use sim_camera::earth::Earth;
use sim_camera::lens::Lens;
use sim_camera::pose::{Exposure, Pose};
use sim_camera::scene::{Scene, Structure, Weather};
use telemetry::{Enu, SiteFrame, Timestamp};

use super::cast::{self, Player};
use super::flight::Instant;
use super::{FootageError, Light, band, camera_config, open_s, scenery, weather};
use crate::compose;
use crate::world::Truth;
use autopilot::VehicleTruth;

/// Everything there is to see at one instant.
#[derive(Debug, Clone)]
pub struct View {
    at: Timestamp,
    outside: Vec<Truth>,
    own: Vec<Instant>,
}

impl View {
    /// What is there at an instant of the scenario: the world outside, and our own vehicles in the scenario's order.
    pub fn new<'a>(
        at: Timestamp,
        outside: Vec<Truth>,
        own: impl Iterator<Item = (&'a OwnVehicle, VehicleTruth)>,
    ) -> Self {
        Self { at, outside, own: own.map(|(vehicle, truth)| Instant::of(vehicle, &truth)).collect() }
    }
}

/// A camera on a mast.
#[derive(Debug)]
pub struct StillCamera {
    scenario: Scenario,
    site: SiteFrame,
    camera: Camera,
    weather: Weather,
    scenery: Vec<Structure>,
    pose: Pose,
}

impl StillCamera {
    /// Puts a camera of a scenario up.
    ///
    /// # Errors
    /// [`FootageError`] for a lens that cannot be, or scenery that is none.
    pub fn new(scenario: &Scenario, fixed: &FixedCamera, seed: u64) -> Result<Self, FootageError> {
        let site = SiteFrame::new(scenario.site.datum.lat_lon().at_height(compose::sea_level(scenario)));
        let weather = weather(scenario, site.datum(), scenario.start);
        let light = match fixed.band {
            CameraBand::Visible => Light::Visible,
            CameraBand::Infrared => Light::Infrared,
        };
        let lens = Lens::pinhole(fixed.size_px, fixed.field_of_view_rad)?;
        let place = fixed.sensor.description.position;
        let position = site.enu(place).vector();
        let (azimuth, elevation) = fixed.axis;
        let ahead = site.enu_from_other(&SiteFrame::new(place)) * Enu::from_polar(1.0, azimuth, elevation).vector();
        let scenery = match &fixed.scenery {
            Some(key) => {
                let bytes = scenario.bundle().files.get(key).map(Vec::as_slice).unwrap_or_default();
                scenery::read(&String::from_utf8_lossy(bytes), Path::new(key), &site)?
            }
            None => Vec::new(),
        };
        Ok(Self {
            camera: Camera::new(camera_config(lens, band(light, &weather)), seed, seed),
            pose: Pose::towards(position, position + ahead, 0.0),
            scenario: scenario.clone(),
            site,
            weather,
            scenery,
        })
    }

    /// Horizontal and vertical focal length, pixels.
    #[must_use]
    pub fn focal_px(&self) -> Vector2<f64> {
        self.camera.config().lens.focal_px()
    }

    /// The pixel of the optical axis.
    #[must_use]
    pub fn principal_px(&self) -> Vector2<f64> {
        self.camera.config().lens.principal_px()
    }

    /// Takes a picture.
    pub fn shoot(&mut self, view: &View) -> Picture {
        let scene = Scene {
            earth: Earth::at_latitude(self.site.datum().latitude()),
            weather: self.weather,
            scenery: std::mem::take(&mut self.scenery),
            targets: self.players(view).into_iter().map(|player| player.target).collect(),
        };
        let exposure = Exposure {
            pose: self.pose,
            velocity_m_s: Vector3::zeros(),
            rates_rad_s: Vector3::zeros(),
            open_s: open_s(&self.camera.config().band),
            time_s: view.at.seconds_since(self.scenario.start),
        };
        let picture = self.camera.render(&scene, &exposure, view.at.unix_nanos(), &[]);
        self.scenery = scene.scenery;
        picture
    }

    fn players(&self, view: &View) -> Vec<Player> {
        let outside = view.outside.iter().map(|truth| cast::of_world(truth, &self.scenario, &self.site));
        let own = (0..).zip(&view.own).filter(|(_, instant)| !instant.on_ground);
        outside.chain(own.filter_map(|(place, instant)| cast::of_own(instant, place, &self.site))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    /// The port night's mast, and what is there some seconds after the night begins.
    fn mast_at(after_s: f64) -> (StillCamera, View) {
        let scenario = Scenario::open(Path::new("kiel-night")).unwrap();
        let camera = StillCamera::new(&scenario, &scenario.fixed_cameras[0], 1).unwrap();
        let at = scenario.start.offset_seconds(after_s);
        let mut world = World::new(&compose::world(&scenario).unwrap(), 1, scenario.start).unwrap();
        world.advance(at);
        (camera, View::new(at, world.truths().to_vec(), std::iter::empty()))
    }

    #[test]
    fn the_mast_of_the_port_night_has_the_intruder_in_its_picture_large_enough_to_be_found() {
        for after_s in [170.0, 210.0, 300.0, 380.0] {
            let (mut camera, view) = mast_at(after_s);
            let picture = camera.shoot(&view);
            let id = view.outside.iter().find(|truth| truth.name == "intruder").unwrap().id.0;
            let seen = picture.seen.iter().find(|seen| seen.id == id).expect("it is in the picture");
            assert_eq!(seen.visible_share, 1.0, "{after_s} s: {seen:?}");
            assert!(seen.size_px().x > 5.0, "{after_s} s: {seen:?}");
        }
    }

    #[test]
    fn a_view_drawn_twice_is_the_same_picture() {
        let (mut camera, view) = mast_at(200.0);
        let first = camera.shoot(&view);
        assert_eq!(camera.shoot(&view), first);
        assert_eq!(first.frame.width(), 480);
    }
}
