//! Radar: 3-D against drones, 2-D against vessels.
//!
//! A 3-D radar filters out what moves on the ground or water, so it sees drones, birds and crewed aircraft; a coastal
//! radar sees vessels. What is seen depends on range, cross-section (range scales with its fourth root, the radar
//! equation), class, coverage and the radio horizon. False plots are Poisson and uniform in the measured space, as a
//! tracker is told to expect. Noise is white; there is no bias.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use telemetry::messages::{
    AzimuthSector, Detection, Measurement, RangeRate, Resolution, SensorDescription, SensorPerformance, SensorScan,
    TargetClass,
};
use telemetry::{AltitudeHae, Azimuth, DetectionId, Elevation, Enu, Timestamp};

use super::Health;
use super::cadence::Cadence;
use super::detection_curve::DetectionCurve;
use super::viewpoint::{Look, Viewpoint};
use crate::random;
use crate::world::Truth;

mod plot;

use self::plot::{Plot, merged};

/// How well a counter-drone radar tells rotors from wings by their Doppler in one look; ten looks are near certainty.
const LLR_MEAN: f64 = 1.0;
/// The range rates of false plots where the data sheet states none, m/s.
const CLUTTER_RATES_M_S: [f64; 2] = [-35.0, 35.0];
/// How well a radar sees a bird, against a drone, where the data sheet does not say.
const BIRD_FACTOR: f64 = 0.75;
/// A turn of an antenna is delivered in so many sectors.
const SECTORS: NonZeroU16 = const { NonZeroU16::new(16).expect("sixteen is not zero") };

/// What a radar is.
#[derive(Debug, Clone, PartialEq)]
pub struct RadarModel {
    /// Name, place, period, coverage, probability of detection, false plots a look and the range rates of those, as the
    /// tracker is told.
    pub description: SensorDescription,
    /// The ground or water around, for the horizon.
    pub surface: AltitudeHae,
    /// When it looks first; a turning antenna points north a sector earlier.
    pub first_at: Timestamp,
    /// What it measures, and how well.
    pub sigma: RadarSigma,
    /// How it looks round.
    pub sweep: Sweep,
    /// Detection of the reference target against range.
    pub curve: DetectionCurve,
    /// How the classes it sees fare against the reference, as a factor; a class that is not here is not seen.
    pub class_factors: BTreeMap<TargetClass, f64>,
    /// Targets closer to each other than this give one plot; nothing for a radar that resolves everything.
    pub resolution: Option<Resolution>,
    /// The strength of the drone : not-drone feature: log-likelihood ratios are normal with this mean (negative for
    /// what is no drone) and twice this variance. Nothing for a radar without the feature.
    pub llr_mean: Option<f64>,
}

/// What a radar measures: standard deviations of independent errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RadarSigma {
    /// Range, azimuth and elevation, and range rate where it measures Doppler.
    ThreeD {
        /// Metres.
        range_m: f64,
        /// Radians.
        azimuth_rad: f64,
        /// Radians.
        elevation_rad: f64,
        /// Metres a second.
        range_rate_m_s: Option<f64>,
    },
    /// Range and azimuth.
    TwoD {
        /// Metres.
        range_m: f64,
        /// Radians.
        azimuth_rad: f64,
    },
}

/// How a radar looks round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// Everywhere at once.
    Staring,
    /// By a turning antenna, one turn a period, from north clockwise; delivered in equal sectors.
    Turning {
        /// How many sectors a turn is delivered in; one is the same as staring.
        sectors: NonZeroU16,
    },
}

impl RadarModel {
    /// A short-range 3-D radar with the accuracy of its kind (4 m, 0.4°, 0.6°), without Doppler, staring unless its data
    /// sheet says that it rotates.
    #[must_use]
    pub fn counter_drone(description: SensorDescription, surface: AltitudeHae, first_at: Timestamp) -> Self {
        let sigma = RadarSigma::ThreeD {
            range_m: 4.0,
            azimuth_rad: 0.4_f64.to_radians(),
            elevation_rad: 0.6_f64.to_radians(),
            range_rate_m_s: None,
        };
        let SensorPerformance { bird_factor, drone_llr_mean, rotation, .. } = description.performance;
        let bird = bird_factor.unwrap_or(BIRD_FACTOR);
        let class_factors = [(TargetClass::Drone, 1.0), (TargetClass::Bird, bird), (TargetClass::Aircraft, 1.0)].into();
        Self {
            llr_mean: Some(drone_llr_mean.unwrap_or(LLR_MEAN)),
            sweep: if rotation { Sweep::Turning { sectors: SECTORS } } else { Sweep::Staring },
            ..Self::with(description, surface, first_at, sigma, class_factors)
        }
    }

    /// A 2-D coastal radar with the accuracy of its kind (15 m, 0.3°), its antenna turning, delivered in 16 sectors.
    #[must_use]
    pub fn coastal(description: SensorDescription, surface: AltitudeHae, first_at: Timestamp) -> Self {
        let sigma = RadarSigma::TwoD { range_m: 15.0, azimuth_rad: 0.3_f64.to_radians() };
        let sweep = Sweep::Turning { sectors: SECTORS };
        Self { sweep, ..Self::with(description, surface, first_at, sigma, [(TargetClass::Vessel, 1.0)].into()) }
    }

    fn with(
        description: SensorDescription,
        surface: AltitudeHae,
        first_at: Timestamp,
        sigma: RadarSigma,
        class_factors: BTreeMap<TargetClass, f64>,
    ) -> Self {
        let stated = description.performance.detection_by_range.iter().map(|at| (at.range_m, at.probability)).collect();
        let curve = DetectionCurve::new(stated).unwrap_or_else(|_| {
            DetectionCurve::falling(description.detection_probability, description.coverage.range_m[1])
        });
        let resolution = description.performance.resolution;
        let (sweep, llr_mean) = (Sweep::Staring, None);
        Self { description, surface, first_at, sigma, sweep, curve, class_factors, resolution, llr_mean }
    }

    fn sectors(&self) -> u16 {
        match self.sweep {
            Sweep::Staring => 1,
            Sweep::Turning { sectors } => sectors.get(),
        }
    }
}

/// A radar at work.
#[derive(Debug)]
pub struct Radar {
    model: RadarModel,
    viewpoint: Viewpoint,
    cadence: Cadence,
    health: Health,
    rng: ChaCha8Rng,
    scans: u64,
    detections: u64,
}

impl Radar {
    /// A radar that has not looked yet.
    #[must_use]
    pub fn new(model: RadarModel, seed: u64) -> Self {
        let description = &model.description;
        Self {
            viewpoint: Viewpoint::new(description.position, model.surface),
            cadence: Cadence::new(model.first_at, description.period_s / f64::from(model.sectors())),
            health: Health::Working,
            rng: random::stream(seed, description.id.as_str()),
            scans: 0,
            detections: 0,
            model,
        }
    }

    /// When it looks, or finishes a sector, next.
    #[must_use]
    pub fn next_at(&self) -> Timestamp {
        self.cadence.next_at()
    }

    /// Breaks or mends it.
    pub fn set_health(&mut self, health: Health) {
        self.health = health;
    }

    /// What it sees of the truths of `now`; nothing when no look is due, or when it is out of order.
    pub fn scan(&mut self, now: Timestamp, truths: &[Truth]) -> Option<SensorScan> {
        let look = self.cadence.take(now)?;
        if self.health == Health::Out {
            return None;
        }
        let sector = self.sector_swept(look);
        let targets = truths.iter().filter_map(|truth| self.detect(truth, sector)).collect();
        let mut plots = merged(targets, self.model.resolution, &mut self.rng);
        for plot in &mut plots {
            self.disturb(plot);
        }
        plots.extend(self.clutter(sector));
        plots.sort_by(|a, b| a.azimuth_rad.total_cmp(&b.azimuth_rad));

        let mut detections: Vec<Detection> = plots.iter().map(|plot| self.detection(now, sector, plot)).collect();
        // In the order measured, which for a staring antenna is that of azimuth: it must not tell targets from ghosts.
        detections.sort_by_key(|detection| detection.measured_at);
        self.number(&mut detections);
        self.scans += 1;
        Some(SensorScan {
            sensor: self.model.description.id.clone(),
            scan: self.scans,
            measured_at: now,
            origin: self.model.description.position,
            sector,
            detections,
        })
    }

    fn number(&mut self, detections: &mut [Detection]) {
        for detection in detections {
            self.detections += 1;
            detection.id = DetectionId(self.detections);
        }
    }

    /// The sector that a turning antenna has just swept; nothing for a staring one.
    fn sector_swept(&self, look: u32) -> Option<AzimuthSector> {
        let sectors = self.model.sectors();
        if sectors == 1 {
            return None;
        }
        let width = std::f64::consts::TAU / f64::from(sectors);
        let index = f64::from(look % u32::from(sectors));
        let edge = |index: f64| Azimuth::from_radians(index * width);
        Some(AzimuthSector { from: edge(index), to: edge(index + 1.0) })
    }

    /// How long before the end of the sector the antenna pointed there, seconds; zero for a staring antenna.
    fn age_s(&self, sector: Option<AzimuthSector>, azimuth_rad: f64) -> f64 {
        use std::f64::consts::{PI, TAU};
        let Some(sector) = sector else { return 0.0 };
        let before_end = (sector.to.radians() - azimuth_rad).rem_euclid(TAU);
        // Noise may carry a plot just past the end of the sector.
        let before_end = if before_end > PI + TAU / f64::from(self.model.sectors()) / 2.0 { 0.0 } else { before_end };
        let period_s = self.model.description.period_s;
        (before_end / TAU * period_s).min(period_s / f64::from(self.model.sectors()))
    }

    /// The error-free plot of a truth, if chance and geometry let it be seen.
    fn detect(&mut self, truth: &Truth, sector: Option<AzimuthSector>) -> Option<Plot> {
        let factor = self.model.class_factors.get(&truth.class)?;
        let mut look = self.viewpoint.look(truth.position);
        let velocity = self.viewpoint.velocity(truth.position, truth.velocity);
        let age_s = self.age_s(sector, look.azimuth.radians());
        if age_s > 0.0 {
            look = Look::of(Enu::from_vector(look.offset.vector() - velocity * age_s));
        }
        let swept = sector.is_none_or(|sector| sector.contains(look.azimuth));
        let coverage = &self.model.description.coverage;
        let covered = match self.model.sigma {
            RadarSigma::ThreeD { .. } => look.within(coverage),
            RadarSigma::TwoD { .. } => look.within_reach(coverage),
        };
        let visible = covered && self.viewpoint.above_horizon(truth.position, look.range_m);
        if !swept || !visible {
            return None;
        }
        // The echo of a target falls with the fourth power of its range.
        let as_if_at_m = look.range_m / truth.radar_size.max(1e-6).powf(0.25);
        let probability = self.model.curve.at(as_if_at_m) * factor;
        random::happens(&mut self.rng, probability).then(|| Plot {
            range_m: look.range_m,
            azimuth_rad: look.azimuth.radians(),
            elevation_rad: look.elevation.radians(),
            range_rate_m_s: look.offset.vector().dot(&velocity) / look.range_m,
            drone_llr: self.model.llr_mean.map(|mean| if truth.class == TargetClass::Drone { mean } else { -mean }),
        })
    }

    fn disturb(&mut self, plot: &mut Plot) {
        let rng = &mut self.rng;
        let (range_m, azimuth_rad, elevation_rad, range_rate_m_s) = match self.model.sigma {
            RadarSigma::ThreeD { range_m, azimuth_rad, elevation_rad, range_rate_m_s } => {
                (range_m, azimuth_rad, elevation_rad, range_rate_m_s.unwrap_or(0.0))
            }
            RadarSigma::TwoD { range_m, azimuth_rad } => (range_m, azimuth_rad, 0.0, 0.0),
        };
        plot.range_m = (plot.range_m + range_m * random::normal(rng)).max(0.0);
        plot.azimuth_rad = (plot.azimuth_rad + azimuth_rad * random::normal(rng)).rem_euclid(std::f64::consts::TAU);
        plot.elevation_rad += elevation_rad * random::normal(rng);
        plot.range_rate_m_s += range_rate_m_s * random::normal(rng);
        plot.drone_llr = plot.drone_llr.map(|mean| mean + (2.0 * mean.abs()).sqrt() * random::normal(rng));
    }

    /// False plots, uniform over the coverage in the measured space.
    fn clutter(&mut self, sector: Option<AzimuthSector>) -> Vec<Plot> {
        let description = &self.model.description;
        let covered = description.coverage.sector;
        let (from, width) = azimuth_span(sector.or(covered));
        let mean = description.clutter_per_scan * width / azimuth_span(covered).1;
        let [nearest, farthest] = description.coverage.range_m;
        let [lowest, highest] = description.coverage.elevation.map(Elevation::radians);
        let rng = &mut self.rng;
        let count = random::poisson(rng, mean);
        let llr_mean = self.model.llr_mean;
        let [slowest, fastest] = description.performance.range_rate_span_m_s.unwrap_or(CLUTTER_RATES_M_S);
        let plots = std::iter::repeat_with(|| Plot {
            range_m: random::uniform(rng, nearest..farthest),
            azimuth_rad: (from + random::uniform(rng, 0.0..width)).rem_euclid(std::f64::consts::TAU),
            elevation_rad: random::uniform(rng, lowest..highest),
            range_rate_m_s: random::uniform(rng, slowest..fastest),
            drone_llr: llr_mean.map(|mean| (2.0 * mean).sqrt() * random::normal(rng) - mean),
        });
        let inside = |plot: &Plot| covered.is_none_or(|c| c.contains(Azimuth::from_radians(plot.azimuth_rad)));
        plots.take(count).filter(inside).collect()
    }

    fn detection(&self, now: Timestamp, sector: Option<AzimuthSector>, plot: &Plot) -> Detection {
        let azimuth = Azimuth::from_radians(plot.azimuth_rad);
        let measurement = match self.model.sigma {
            RadarSigma::ThreeD { range_m, azimuth_rad, elevation_rad, range_rate_m_s } => Measurement::RangeAzEl {
                range_m: plot.range_m,
                azimuth,
                elevation: Elevation::from_radians(plot.elevation_rad),
                range_rate: range_rate_m_s.map(|sigma_m_s| RangeRate { m_s: plot.range_rate_m_s, sigma_m_s }),
                sigma: [range_m, azimuth_rad, elevation_rad],
            },
            RadarSigma::TwoD { range_m, azimuth_rad } => {
                Measurement::RangeAz { range_m: plot.range_m, azimuth, sigma: [range_m, azimuth_rad] }
            }
        };
        Detection {
            id: DetectionId(0),
            measured_at: now - Duration::from_secs_f64(self.age_s(sector, plot.azimuth_rad)),
            measurement,
            claim: None,
            drone_llr: plot.drone_llr.map(|llr| llr as f32),
        }
    }
}

/// Where a sector begins and how wide it is, radians; all round where there is none.
fn azimuth_span(sector: Option<AzimuthSector>) -> (f64, f64) {
    let tau = std::f64::consts::TAU;
    sector.map_or((0.0, tau), |s| {
        let width = (s.to.radians() - s.from.radians()).rem_euclid(tau);
        (s.from.radians(), if width > 0.0 { width } else { tau })
    })
}

#[cfg(test)]
mod tests;
