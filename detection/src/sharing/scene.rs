//! What the tests of sharing have in common: places, tracks, and noise that is the same every time.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::collections::BTreeMap;

use telemetry::messages::{Classification, TargetClass, Track, TrackSource, TrackStatus};
use telemetry::{AltitudeHae, Enu, EnuVelocity, Geodetic, SensorId, StationId, Timestamp, TrackId};

pub(super) fn at(seconds: f64) -> Timestamp {
    "2026-11-21T03:12:00Z".parse::<Timestamp>().unwrap().offset_seconds(seconds)
}

pub(super) fn station(name: &str) -> StationId {
    StationId::new(name).unwrap()
}

pub(super) fn source(name: &str, id: u64) -> TrackSource {
    TrackSource { station: station(name), track: TrackId(id), measured_at: at(0.0) }
}

/// 100 m high, so many metres east and north of a place at sea off Kiel.
pub(super) fn place(east_m: f64, north_m: f64) -> Geodetic {
    let datum = Geodetic::from_degrees(54.5, 10.3, AltitudeHae::new(100.0)).unwrap();
    datum.displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap()
}

/// A confirmed drone, as of second 0, with standard deviations of its position east, north and up; 3 m/s of its
/// velocity.
pub(super) fn track(id: u64, position: Geodetic, velocity: [f64; 3], sigma_m: [f64; 3]) -> Track {
    let mut covariance = [0.0; 21];
    for (entry, sigma) in [0, 6, 11].into_iter().zip(sigma_m) {
        covariance[entry] = (sigma * sigma) as f32;
    }
    for entry in [15, 18, 20] {
        covariance[entry] = 9.0;
    }
    let [east_m_s, north_m_s, up_m_s] = velocity;
    Track {
        id: TrackId(id),
        estimated_at: at(0.0),
        updated_at: at(0.0),
        first_seen_at: at(-20.0),
        position,
        velocity: EnuVelocity { east_m_s, north_m_s, up_m_s },
        covariance,
        status: TrackStatus::Confirmed,
        classification: Classification {
            belief: BTreeMap::from([(TargetClass::Drone, 0.8), (TargetClass::Bird, 0.2)]),
            ..Classification::default()
        },
        claim: None,
        measured_by: BTreeMap::from([(SensorId::new("radar").unwrap(), at(0.0))]),
        alerts: Default::default(),
        sources: Vec::new(),
        vehicle: None,
    }
}

/// The same track later, moved on straight.
pub(super) fn later(track: &Track, seconds: f64) -> Track {
    let by = Enu::from_vector(track.velocity.vector() * seconds);
    let at = track.estimated_at.offset_seconds(seconds);
    let position = track.position.displaced(by).unwrap();
    Track { position, estimated_at: at, updated_at: at, ..track.clone() }
}

/// Numbers spread like noise, the same every time.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub(super) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}
