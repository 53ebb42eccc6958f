//! Cameras that stand still. They are rendered, so they watch live nights only: a night in virtual time has no pictures.

use serde_spanned::Spanned;
use telemetry::messages::{Coverage, SensorDescription, SensorKind, SensorPerformance};
use telemetry::{Azimuth, Elevation};

use super::read::Night;
use super::tables::{BandName, FixedCameraTable};
use crate::file::{FileErrors, Library, Reading};
use crate::sensor::{MeasurementSigma, Sensor};

/// A pole that was put up by hand is known so well, degrees.
const SIGMA_DEG: f64 = 0.1;
/// To find a drone of six pixels before the sky.
const DETECTION_PROBABILITY: f64 = 0.9;
/// As wide as a fast computer draws them in real time, and as high.
const SIDES_PX: std::ops::RangeInclusive<usize> = 64..=1920;
const FRAMES_PER_SECOND: std::ops::RangeInclusive<u32> = 1..=30;

/// A camera on a mast.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedCamera {
    /// What it is and can do. Where it looks is not in its coverage: not seeing something is no evidence, because how small
    /// a thing it still sees depends on the picture.
    pub sensor: Sensor,
    /// Where its optical axis looks.
    pub axis: (Azimuth, Elevation),
    /// The horizontal field of view, radians.
    pub field_of_view_rad: f64,
    /// By what light it sees.
    pub band: CameraBand,
    /// Width and height, pixels.
    pub size_px: [usize; 2],
    /// Pictures a second.
    pub frames_per_second: u32,
    /// What stands before it: the path, in the scenario's bundle, of a file of scenery.
    pub scenery: Option<String>,
}

/// What light a camera sees by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraBand {
    /// What people see.
    Visible,
    /// Warmth.
    Infrared,
}

/// Checks one camera, and takes the scenery that it names.
pub(super) fn fixed_camera(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    table: &FixedCameraTable,
) -> Option<FixedCamera> {
    let position = night.site.position(reading, &table.position);
    let altitude = night.site.altitude(reading, &table.altitude);
    let sigma_rad = reading.number_or(table.sigma_deg.as_ref(), SIGMA_DEG, 0.001..=10.0, "degrees").to_radians();
    let azimuth = Azimuth::from_degrees(reading.number(&table.azimuth_deg, 0.0..=360.0, "degrees"));
    let elevation = Elevation::from_degrees(reading.number(&table.elevation_deg, -90.0..=90.0, "degrees"));
    let range_m = reading.band(&table.range_m, 0.0..=20_000.0, "m");
    let field_of_view_rad = reading.number(&table.field_of_view_deg, 0.1..=120.0, "degrees").to_radians();
    let frames_per_second = frames_per_second(reading, &table.frames_per_second);
    let size_px = size(reading, &table.size_px);
    let scenery = table.scenery.as_ref().and_then(|named| scenery(reading, night, library, named));
    let description = SensorDescription {
        id: reading.name(&table.id)?,
        kind: SensorKind::Camera,
        position: night.site.at_altitude(position, altitude),
        altitude,
        period_s: 1.0 / f64::from(frames_per_second),
        coverage: Coverage {
            range_m,
            sector: None,
            elevation: [Elevation::from_degrees(-90.0), Elevation::from_degrees(90.0)],
        },
        detection_probability: DETECTION_PROBABILITY,
        clutter_per_scan: 0.0,
        performance: SensorPerformance::default(),
    };
    let sigma = MeasurementSigma {
        azimuth_rad: Some(sigma_rad),
        elevation_rad: Some(sigma_rad),
        ..MeasurementSigma::default()
    };
    Some(FixedCamera {
        sensor: Sensor { description, sigma },
        axis: (azimuth, elevation),
        field_of_view_rad,
        band: match table.band {
            BandName::Visible => CameraBand::Visible,
            BandName::Infrared => CameraBand::Infrared,
        },
        size_px,
        frames_per_second,
        scenery,
    })
}

fn frames_per_second(reading: &mut Reading<'_>, value: &Spanned<u32>) -> u32 {
    if FRAMES_PER_SECOND.contains(value.get_ref()) {
        return *value.get_ref();
    }
    reading.refuse(value.span(), format!("{} to {}", FRAMES_PER_SECOND.start(), FRAMES_PER_SECOND.end()));
    *FRAMES_PER_SECOND.start()
}

/// Encoders halve the colours each way, and rows of raw pictures begin at multiples of four.
fn size(reading: &mut Reading<'_>, value: &Spanned<[usize; 2]>) -> [usize; 2] {
    let [width, height] = *value.get_ref();
    if SIDES_PX.contains(&width) && SIDES_PX.contains(&height) && width.is_multiple_of(4) && height.is_multiple_of(2) {
        return [width, height];
    }
    let allowed = format!("[width, height], {} to {} each", SIDES_PX.start(), SIDES_PX.end());
    reading.refuse(value.span(), format!("{allowed}, the width a multiple of 4, the height of 2"));
    [*SIDES_PX.start(); 2]
}

fn scenery(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    named: &Spanned<String>,
) -> Option<String> {
    let key = night.named_file(reading, named)?;
    match library.take(&key) {
        Ok(_) => Some(key),
        Err(error) => {
            reading.take_errors(FileErrors::from(error));
            None
        }
    }
}
