//! Truths and descriptions for the tests of the sensors' models.

use telemetry::messages::{AzimuthSector, Coverage, SensorDescription, SensorKind, SensorPerformance, TargetClass};
use telemetry::{
    AltitudeAmsl, AltitudeHae, Azimuth, Elevation, Enu, EnuVelocity, Geodetic, LatLon, SensorId, Timestamp,
};

use crate::world::{Truth, TruthId};

/// The water at the scene.
pub(super) const SURFACE: AltitudeHae = AltitudeHae::new(40.0);

pub(super) fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

/// A point so far from the scene's origin, at a height above the water.
pub(super) fn place(east_m: f64, north_m: f64, height_m: f64) -> Geodetic {
    let origin = LatLon::from_degrees(54.37, 10.15).unwrap().at_height(SURFACE);
    let over = origin.displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap();
    over.lat_lon().at_height(AltitudeHae::new(SURFACE.metres + height_m))
}

/// A sensor at the origin, 10 m up, all round from 50 m to `range_m`.
pub(super) fn sensor(
    kind: SensorKind,
    range_m: f64,
    period_s: f64,
    probability: f64,
    clutter: f64,
) -> SensorDescription {
    SensorDescription {
        id: SensorId::new("sensor-1").unwrap(),
        kind,
        position: place(0.0, 0.0, 10.0),
        altitude: AltitudeAmsl::new(10.0),
        period_s,
        coverage: Coverage {
            range_m: [50.0, range_m],
            sector: None,
            elevation: [Elevation::from_degrees(-5.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: probability,
        clutter_per_scan: clutter,
        performance: SensorPerformance::default(),
    }
}

pub(super) fn sector(from_deg: f64, to_deg: f64) -> AzimuthSector {
    AzimuthSector { from: Azimuth::from_degrees(from_deg), to: Azimuth::from_degrees(to_deg) }
}

/// A thing at a place, at rest.
pub(super) fn truth(id: u32, class: TargetClass, position: Geodetic) -> Truth {
    Truth {
        id: TruthId(id),
        name: format!("thing-{id}"),
        class,
        position,
        velocity: EnuVelocity::default(),
        radiates: false,
        radar_size: 1.0,
        ais: None,
    }
}

/// Mean and standard deviation.
pub(super) fn statistics(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt())
}
