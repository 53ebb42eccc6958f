//! Cameras in `station.toml`: what an area search needs to know of a vehicle's, and where one on a mast looks.

use std::collections::BTreeMap;

use missions::FileErrors;
use missions::file::{Reading, Source};
use planning::footprint::Camera;
use serde::Deserialize;
use telemetry::messages::{AzimuthSector, SensorDescription, SensorKind};
use telemetry::{Azimuth, SensorId};
use toml::Spanned;

use crate::station::VehicleCamera;

/// What a camera exposes for where its file does not say, milliseconds: 1/250 s, by day.
const EXPOSURE_MS: f64 = 4.0;

/// A camera as found in the file; not yet checked. Its pixels are square.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CameraTable {
    size_px: Spanned<[f64; 2]>,
    field_of_view_deg: Option<Spanned<f64>>,
    focal_mm: Option<Spanned<f64>>,
    sensor_width_mm: Option<Spanned<f64>>,
    exposure_ms: Option<Spanned<f64>>,
    down_deg: Spanned<[f64; 2]>,
}

/// The camera of a text as it stands behind `camera =` in `station.toml`; `name` is what errors call the text.
///
/// # Errors
/// [`FileErrors`] with what is wrong with it.
pub fn vehicle_camera(name: &str, text: &str) -> Result<VehicleCamera, FileErrors> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct OneCamera {
        camera: CameraTable,
    }
    let source = Source::new(name, format!("camera = {text}").as_bytes())?;
    let one: OneCamera = source.parse()?;
    let mut reading = Reading::new(&source);
    let camera = one.camera.resolve(&mut reading);
    reading.finish(camera)
}

impl CameraTable {
    pub(super) fn resolve(&self, reading: &mut Reading<'_>) -> Option<VehicleCamera> {
        let size_px = *self.size_px.get_ref();
        if !size_px.iter().all(|pixels| (16.0..=20_000.0).contains(pixels)) {
            reading.refuse(self.size_px.span(), "16 to 20000 pixels across and down");
            return None;
        }
        let [shallow, steep] = *self.down_deg.get_ref();
        if !(6.0..=90.0).contains(&shallow) || !(shallow..=90.0).contains(&steep) {
            let allowed = "the shallowest look, 6 to 90 degrees below the horizon, and the steepest, up to 90";
            reading.refuse(self.down_deg.span(), allowed);
            return None;
        }
        let focal_px = self.focal_px(reading, size_px[0])?;
        let exposure_ms = reading.number_or(self.exposure_ms.as_ref(), EXPOSURE_MS, 0.01..=1000.0, "ms");
        Some(VehicleCamera {
            lens: Camera { size_px, focal_px: [focal_px; 2] },
            exposure_s: exposure_ms / 1e3,
            down_rad: [shallow.to_radians(), steep.to_radians()],
        })
    }

    /// The focal length in pixels, from the angle or from the lens and the sensor behind it.
    fn focal_px(&self, reading: &mut Reading<'_>, width_px: f64) -> Option<f64> {
        match (&self.field_of_view_deg, &self.focal_mm, &self.sensor_width_mm) {
            (Some(across), None, None) => {
                let across_deg = reading.number(across, 1.0..=150.0, "degrees across the picture");
                Some(width_px / 2.0 / (across_deg.to_radians() / 2.0).tan())
            }
            (None, Some(focal), Some(sensor)) => {
                let focal_mm = reading.number(focal, 0.5..=2000.0, "mm");
                Some(width_px * focal_mm / reading.number(sensor, 1.0..=100.0, "mm"))
            }
            _ => {
                let allowed = "field_of_view_deg, or focal_mm and sensor_width_mm, beside it";
                reading.refuse_found(self.size_px.span(), "a camera without one field of view", allowed);
                None
            }
        }
    }
}

/// Where a camera on a mast looks, as found in the file; not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ViewTable {
    camera: Spanned<String>,
    azimuth_deg: Spanned<f64>,
    field_of_view_deg: Spanned<f64>,
}

/// Where cameras on masts look, those of them that are cameras of the file.
pub(super) fn views(
    reading: &mut Reading<'_>,
    tables: &[ViewTable],
    sensors: &[SensorDescription],
) -> BTreeMap<SensorId, AzimuthSector> {
    let mut views = BTreeMap::new();
    for table in tables {
        let middle_rad = reading.number(&table.azimuth_deg, 0.0..=360.0, "degrees").to_radians();
        let across_rad = reading.number(&table.field_of_view_deg, 0.1..=180.0, "degrees").to_radians();
        let named = |sensor: &&SensorDescription| {
            sensor.kind == SensorKind::Camera && sensor.id.as_str() == table.camera.get_ref()
        };
        match sensors.iter().find(named) {
            Some(camera) => {
                let [from, to] = [-0.5, 0.5].map(|half| Azimuth::from_radians(middle_rad + half * across_rad));
                views.insert(camera.id.clone(), AzimuthSector { from, to });
            }
            None => reading.refuse(table.camera.span(), "a [[sensor]] of kind camera of this file"),
        }
    }
    views
}
