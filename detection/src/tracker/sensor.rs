//! What the tracker knows of a sensor: where it looks, how often it sees what is there, and how densely it sees what is
//! not.

use std::collections::VecDeque;
use std::sync::Arc;

use telemetry::messages::{AzimuthSector, PoseSigma, SensorDescription, SensorKind};
use telemetry::{Azimuth, SensorId, Timestamp};

use super::clutter::ClutterMap;
use super::measure::{AZIMUTH, ELEVATION, Expected, Plot, RANGE, RANGE_RATE, ROWS, Rows};
use super::motion::Domain;

/// False detections a look, at least: no sensor is without any, and a density of zero would make one echo a certainty.
const CLUTTER_MIN: f64 = 0.05;
/// The span of range rates of a Doppler radar that does not state its own, m/s.
const RANGE_RATE_SPAN_M_S: f64 = 80.0;
/// Detection is never certain, nor hopeless.
const DETECTION: [f64; 2] = [0.02, 0.98];
/// The revisit time of a sensor that states none, seconds.
const REVISIT_DEFAULT_S: f64 = 10.0;
/// An error that lasts longer than this is as good as constant, seconds: the estimate of what may turn at any time averages
/// over no more. Found with a camera drone whose error is constant for a minute: the 95 % ellipsoid then holds 96 %, and
/// 64 % where each look counts as independent.
const POSE_CORRELATION_MAX_S: f64 = 0.7;
/// Scans remembered, to know one that comes twice.
const RECENT_MAX: usize = 64;
/// A bird's detection probability relative to a drone's, where the sensor does not say.
const BIRD_FACTOR: f64 = 0.75;

/// What does not change of one sensor.
#[derive(Debug)]
pub(super) struct Sensor {
    pub(super) id: SensorId,
    pub(super) description: SensorDescription,
    /// Widths of the field of view in each row of a plot.
    span: [f64; ROWS],
}

/// What is learnt of it.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    pub(super) clutter: Arc<ClutterMap>,
    /// Looks taken so far.
    pub(super) looks: u64,
    scan: Option<u64>,
}

/// The scans taken last, newest last: their numbers and times.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<(u64, Timestamp)>);

impl Recent {
    /// Notes a scan. False when it was taken before: a scan that comes twice must not count twice.
    pub(super) fn is_new(&mut self, scan: u64, at: Timestamp) -> bool {
        if self.0.contains(&(scan, at)) {
            return false;
        }
        if self.0.len() == RECENT_MAX {
            self.0.pop_front();
        }
        self.0.push_back((scan, at));
        true
    }
}

impl Sensor {
    pub(super) fn new(description: SensorDescription) -> Self {
        let coverage = &description.coverage;
        let range_m = (coverage.range_m[1] - coverage.range_m[0]).max(1.0);
        let azimuth = coverage.sector.map_or(std::f64::consts::TAU, width).max(0.01);
        let elevation = (coverage.elevation[1].radians() - coverage.elevation[0].radians()).max(0.01);
        let rates = description.performance.range_rate_span_m_s;
        let rate = rates.map_or(RANGE_RATE_SPAN_M_S, |[low, high]| (high - low).max(1.0));
        let finite = |x: f64, otherwise: f64| if x.is_finite() { x } else { otherwise };
        let span = [finite(range_m, 1e4), finite(azimuth, 1.0), finite(elevation, 1.0), finite(rate, 80.0)];
        Self { id: description.id.clone(), description, span }
    }

    pub(super) fn kind(&self) -> SensorKind {
        self.description.kind
    }

    /// The probability to see a drone at a range.
    pub(super) fn detection_probability(&self, range_m: f64) -> f64 {
        let profile = &self.description.performance.detection_by_range;
        let stated = match profile.iter().position(|point| point.range_m >= range_m) {
            None => profile.last().map_or(self.description.detection_probability, |point| point.probability),
            Some(0) => profile[0].probability,
            Some(next) => {
                let (a, b) = (profile[next - 1], profile[next]);
                let part = ((range_m - a.range_m) / (b.range_m - a.range_m).max(1e-9)).clamp(0.0, 1.0);
                a.probability + part * (b.probability - a.probability)
            }
        };
        if stated.is_finite() { stated.clamp(DETECTION[0], DETECTION[1]) } else { DETECTION[0] }
    }

    pub(super) fn bird_factor(&self) -> f64 {
        let stated = self.description.performance.bird_factor.unwrap_or(BIRD_FACTOR);
        if stated.is_finite() { stated.clamp(0.05, 1.0) } else { BIRD_FACTOR }
    }

    /// Seconds between two looks at one place.
    pub(super) fn revisit_s(&self) -> f64 {
        let stated = self.description.period_s;
        if stated.is_finite() && stated > 0.0 { stated } else { REVISIT_DEFAULT_S }
    }

    /// Deviations of a moving platform's reported position as independent looks would have them, horizontal and vertical,
    /// metres. An error that stays for many looks does not average out over them: n looks with a correlation of ρ from
    /// one to the next tell as much as n (1 − ρ)/(1 + ρ) independent ones (Bartlett 1946), so each is taken as that much
    /// less exact.
    pub(super) fn pose_sigma_m(&self) -> Option<[f64; 2]> {
        let PoseSigma { horizontal_m, vertical_m, correlation_s } = self.description.performance.pose_sigma?;
        let lasts_s = if correlation_s > 0.0 { correlation_s.min(POSE_CORRELATION_MAX_S) } else { 0.0 };
        // (1 + ρ)/(1 − ρ) with ρ = exp(−T/τ).
        let looks = if lasts_s > 0.0 { 1.0 / (self.revisit_s() / (2.0 * lasts_s)).tanh() } else { 1.0 };
        Some([horizontal_m, vertical_m].map(|sigma_m| sigma_m * looks.sqrt()))
    }

    /// False detections expected of a look that sweeps the whole field of view.
    pub(super) fn clutter_per_scan(&self) -> f64 {
        let stated = self.description.clutter_per_scan;
        if stated.is_finite() { stated.max(CLUTTER_MIN) } else { CLUTTER_MIN }
    }

    /// The volume of the field of view in the rows a plot has.
    pub(super) fn volume(&self, has: [bool; ROWS]) -> f64 {
        has.iter().zip(self.span).filter(|(has, _)| **has).map(|(_, span)| span).product()
    }

    /// The share of the field of view that a look at a sector takes.
    pub(super) fn swept(&self, sector: Option<AzimuthSector>) -> f64 {
        sector.map_or(1.0, |sector| (width(sector) / self.span[AZIMUTH]).clamp(1e-3, 1.0))
    }

    /// Whether it sees what moves in a domain. A radar for drones suppresses what floats, a direction finder listens
    /// to the links of drones, a coastal radar filters out what flies.
    pub(super) fn watches(&self, domain: Domain) -> bool {
        match self.description.kind {
            SensorKind::Radar | SensorKind::RfDirectionFinder | SensorKind::Acoustic => domain == Domain::Air,
            SensorKind::CoastalRadar => domain == Domain::Surface,
            SensorKind::Camera | SensorKind::AisReceiver => true,
            SensorKind::RemoteIdReceiver | SensorKind::AdsbReceiver => domain == Domain::Air,
        }
    }

    /// Whether its not seeing a target says anything. Receivers hear what transmits: silence is not absence. A camera
    /// says where it looked, or nothing follows.
    pub(super) fn can_miss(&self, sector: Option<AzimuthSector>) -> bool {
        match self.description.kind {
            SensorKind::Radar | SensorKind::CoastalRadar | SensorKind::RfDirectionFinder | SensorKind::Acoustic => true,
            SensorKind::Camera => sector.is_some() || self.description.coverage.sector.is_some(),
            SensorKind::AisReceiver | SensorKind::RemoteIdReceiver | SensorKind::AdsbReceiver => false,
        }
    }

    /// Whether it senses what a target radiates rather than what it reflects.
    pub(super) fn listens(&self) -> bool {
        matches!(self.description.kind, SensorKind::RfDirectionFinder)
    }

    /// The probability that a target lies in the part of the field of view that a look took.
    pub(super) fn in_view(&self, sector: Option<AzimuthSector>, seen: &Expected, spread: &Rows) -> f64 {
        let coverage = &self.description.coverage;
        let [near, far] = coverage.range_m;
        let mut inside = between(seen.value[RANGE], spread[RANGE], near, far);
        if self.description.kind != SensorKind::CoastalRadar {
            let [low, high] = coverage.elevation.map(|elevation| elevation.radians());
            inside *= between(seen.value[ELEVATION], spread[ELEVATION], low, high);
        }
        // A moving platform's sector is the look's own; a fixed one's is the tighter of the two.
        for sector in [sector, coverage.sector].into_iter().flatten() {
            inside *= within(sector, seen.value[AZIMUTH], spread[AZIMUTH]);
        }
        inside
    }

    /// Whether a plot's row lies where the sensor can report it.
    pub(super) fn reports(&self, plot: &Plot) -> bool {
        let rates = self.description.performance.range_rate_span_m_s;
        !plot.has[RANGE_RATE]
            || rates.is_none_or(|[low, high]| (low - 1.0..=high + 1.0).contains(&plot.value[RANGE_RATE]))
    }
}

/// The probability that a normal value lies between two bounds.
pub(super) fn between(mean: f64, sigma: f64, low: f64, high: f64) -> f64 {
    (normal_cdf((high - mean) / sigma.max(1e-9)) - normal_cdf((low - mean) / sigma.max(1e-9))).max(0.0)
}

/// The probability that an azimuth lies in a sector.
fn within(sector: AzimuthSector, azimuth: f64, sigma: f64) -> f64 {
    let width = width(sector);
    if width >= std::f64::consts::TAU - 1e-9 {
        return 1.0;
    }
    let centre = sector.from.radians() + width / 2.0;
    let off = Azimuth::from_radians(azimuth).turn_from(Azimuth::from_radians(centre));
    between(off, sigma, -width / 2.0, width / 2.0)
}

/// The width of a sector; a sector that ends where it begins is a whole turn here, as a field of view.
pub(super) fn width(sector: AzimuthSector) -> f64 {
    let width = (sector.to.radians() - sector.from.radians()).rem_euclid(std::f64::consts::TAU);
    if width > 0.0 { width } else { std::f64::consts::TAU }
}

/// The standard normal distribution function, to 1e-4: a logistic fit (S. R. Bowling et al., "A logistic approximation
/// to the cumulative normal distribution", Journal of Industrial Engineering and Management 2 (2009)).
pub(super) fn normal_cdf(z: f64) -> f64 {
    1.0 / (1.0 + (-(0.070_56 * z * z * z + 1.5976 * z)).exp())
}

impl Learnt {
    pub(super) fn new() -> Self {
        Self { clutter: Arc::default(), looks: 0, scan: None }
    }

    /// Counts a look when a new scan begins. A look is a scan of the whole field of view, in however many sectors.
    pub(super) fn turn(&mut self, scan: u64) {
        if self.scan != Some(scan) {
            self.looks += u64::from(self.scan.is_some());
            self.scan = Some(scan);
        }
    }
}

#[cfg(test)]
mod tests;
