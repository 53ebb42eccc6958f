//! Radio direction finder: bearings of drones that transmit, and a few ghosts.
//!
//! It hears who radiates, above the radio horizon and in its coverage; it does not tell transmitters apart and knows
//! no range. A silent drone is invisible to it.

use rand_chacha::ChaCha8Rng;
use telemetry::messages::{Detection, Measurement, SensorDescription, SensorScan};
use telemetry::{AltitudeHae, Azimuth, DetectionId, Timestamp};

use super::Health;
use super::cadence::Cadence;
use super::detection_curve::DetectionCurve;
use super::viewpoint::Viewpoint;
use crate::random;
use crate::world::Truth;

/// What a direction finder is.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectionFinderModel {
    /// Name, place, period, coverage, probability of detection and ghosts a look, as the tracker is told.
    pub description: SensorDescription,
    /// The ground or water around, for the horizon.
    pub surface: AltitudeHae,
    /// When it looks first.
    pub first_at: Timestamp,
    /// Standard deviation of a bearing, radians.
    pub sigma_rad: f64,
    /// Detection against range.
    pub curve: DetectionCurve,
}

impl DirectionFinderModel {
    /// A direction finder with the accuracy of its kind, 1.5°, and the same probability of detection everywhere.
    #[must_use]
    pub fn new(description: SensorDescription, surface: AltitudeHae, first_at: Timestamp) -> Self {
        let curve = DetectionCurve::level(description.detection_probability);
        Self { description, surface, first_at, sigma_rad: 1.5_f64.to_radians(), curve }
    }
}

/// A direction finder at work.
#[derive(Debug)]
pub struct DirectionFinder {
    model: DirectionFinderModel,
    viewpoint: Viewpoint,
    cadence: Cadence,
    health: Health,
    rng: ChaCha8Rng,
    scans: u64,
    detections: u64,
}

impl DirectionFinder {
    /// A direction finder that has not looked yet.
    #[must_use]
    pub fn new(model: DirectionFinderModel, seed: u64) -> Self {
        Self {
            viewpoint: Viewpoint::new(model.description.position, model.surface),
            cadence: Cadence::new(model.first_at, model.description.period_s),
            health: Health::Working,
            rng: random::stream(seed, model.description.id.as_str()),
            scans: 0,
            detections: 0,
            model,
        }
    }

    /// When it looks next.
    #[must_use]
    pub fn next_at(&self) -> Timestamp {
        self.cadence.next_at()
    }

    /// Breaks or mends it.
    pub fn set_health(&mut self, health: Health) {
        self.health = health;
    }

    /// What it hears of the truths of `now`; nothing when no look is due, or when it is out of order.
    pub fn scan(&mut self, now: Timestamp, truths: &[Truth]) -> Option<SensorScan> {
        self.cadence.take(now)?;
        if self.health == Health::Out {
            return None;
        }
        let mut azimuths_rad: Vec<f64> = truths.iter().filter_map(|truth| self.hear(truth)).collect();
        azimuths_rad.extend(self.ghosts());
        azimuths_rad.sort_by(f64::total_cmp);
        let detections = azimuths_rad.into_iter().map(|azimuth_rad| self.detection(now, azimuth_rad)).collect();
        self.scans += 1;
        Some(SensorScan {
            sensor: self.model.description.id.clone(),
            scan: self.scans,
            measured_at: now,
            origin: self.model.description.position,
            sector: None,
            detections,
        })
    }

    fn hear(&mut self, truth: &Truth) -> Option<f64> {
        if !truth.radiates {
            return None;
        }
        let look = self.viewpoint.look(truth.position);
        let heard = look.within_reach(&self.model.description.coverage)
            && self.viewpoint.above_horizon(truth.position, look.range_m)
            && random::happens(&mut self.rng, self.model.curve.at(look.range_m));
        let error_rad = self.model.sigma_rad * random::normal(&mut self.rng);
        heard.then(|| Azimuth::from_radians(look.azimuth.radians() + error_rad).radians())
    }

    /// Reflections and strangers' transmitters: bearings from anywhere in the coverage.
    fn ghosts(&mut self) -> Vec<f64> {
        let coverage = &self.model.description.coverage;
        let count = random::poisson(&mut self.rng, self.model.description.clutter_per_scan);
        let (from, width) = coverage.sector.map_or((0.0, std::f64::consts::TAU), |sector| {
            let width = (sector.to.radians() - sector.from.radians()).rem_euclid(std::f64::consts::TAU);
            (sector.from.radians(), width)
        });
        let bearing = || Azimuth::from_radians(from + random::uniform(&mut self.rng, 0.0..width)).radians();
        std::iter::repeat_with(bearing).take(count).collect()
    }

    fn detection(&mut self, now: Timestamp, azimuth_rad: f64) -> Detection {
        self.detections += 1;
        let measurement =
            Measurement::Azimuth { azimuth: Azimuth::from_radians(azimuth_rad), sigma: self.model.sigma_rad };
        Detection { id: DetectionId(self.detections), measured_at: now, measurement, claim: None, drone_llr: None }
    }
}

#[cfg(test)]
mod tests;
