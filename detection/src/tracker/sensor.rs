//! What the tracker knows of a sensor: where it looks, how often it sees what is there, and how densely it sees what is
//! not.

use std::collections::VecDeque;

use telemetry::messages::{AzimuthSector, Measurement, SensorDescription, SensorKind};
use telemetry::{Azimuth, SiteFrame, Timestamp};

use super::clutter::{ClutterMap, Spot};
use super::estimate::{Estimate, Target};
use super::measure::Pose;
use super::predict::Motion;

/// False detections a look, at least: no sensor is without any, and a density of zero would make one echo a certainty.
const CLUTTER_MIN: f64 = 0.05;
/// False reported positions a message. A message that passed its checksum was sent by somebody.
const FALSE_CLAIMS: f64 = 1e-3;
/// New targets a look: one in five, more than come on a busy day, so that a sensor full of clutter still finds the few.
const BIRTHS: f64 = 0.2;
/// The span of range rates a Doppler radar reports, m/s; descriptions do not say.
const RANGE_RATE_SPAN_M_S: f64 = 80.0;
/// The area of velocities a report may state, (m/s)².
const VELOCITY_AREA: f64 = 60.0 * 60.0;
/// Detection is never certain, nor hopeless.
const DETECTION: [f64; 2] = [0.05, 0.98];
/// A target this near to the edge of a sector, in standard deviations, may have been seen in the next one.
const EDGE_SIGMAS: f64 = 1.5;
/// The azimuth noise allowed for at an edge, radians.
const EDGE_NOISE: f64 = 0.01;
/// The revisit time of a sensor that states none, seconds.
const REVISIT_DEFAULT_S: f64 = 10.0;
/// Scans remembered, to know one that comes twice.
const RECENT_MAX: usize = 64;

/// One sensor.
#[derive(Debug)]
pub(super) struct Sensor {
    description: SensorDescription,
    /// The scans taken last, newest last: their numbers and times.
    recent: VecDeque<(u64, Timestamp)>,
    clutter: ClutterMap,
}

impl Sensor {
    pub(super) fn new(description: SensorDescription) -> Self {
        Self { description, recent: VecDeque::with_capacity(RECENT_MAX), clutter: ClutterMap::default() }
    }

    /// Notes a scan. False when it was taken before: a scan that comes twice must not count twice.
    pub(super) fn is_new(&mut self, scan: u64, at: Timestamp) -> bool {
        if self.recent.contains(&(scan, at)) {
            return false;
        }
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back((scan, at));
        true
    }

    /// The probability to see a target it looks at.
    pub(super) fn detection_probability(&self) -> f64 {
        let stated = self.description.detection_probability;
        if stated.is_finite() { stated.clamp(DETECTION[0], DETECTION[1]) } else { DETECTION[0] }
    }

    /// Whether it senses what flies and nothing that floats: a 3-D radar suppresses it, a direction finder listens to
    /// the links of drones.
    pub(super) fn watches_the_air(&self) -> bool {
        matches!(self.description.kind, SensorKind::Radar | SensorKind::RfDirectionFinder)
    }

    /// Seconds between two looks at one place.
    pub(super) fn revisit_s(&self) -> f64 {
        let stated = self.description.period_s;
        if stated.is_finite() && stated > 0.0 { stated } else { REVISIT_DEFAULT_S }
    }

    /// The logarithm of the density of false detections where a measurement was made, per unit of the space it lies in:
    /// the mean the description states, and what was learnt of the place.
    pub(super) fn ln_clutter_density(&self, measurement: &Measurement, at: Timestamp) -> f64 {
        let coverage = &self.description.coverage;
        let range_m = (coverage.range_m[1] - coverage.range_m[0]).max(1.0);
        let azimuth = coverage.sector.map_or(std::f64::consts::TAU, width).max(0.01);
        let elevation = (coverage.elevation[1].radians() - coverage.elevation[0].radians()).max(0.01);
        let learnt = spot(measurement).map_or(0.0, |spot| self.clutter.density(&spot, self.revisit_s(), at));
        let density = match measurement {
            Measurement::RangeAzEl { range_rate, .. } => {
                let rates = if range_rate.is_some() { RANGE_RATE_SPAN_M_S } else { 1.0 };
                (self.clutter_per_scan() / (range_m * azimuth * elevation) + learnt) / rates
            }
            Measurement::RangeAz { .. } => self.clutter_per_scan() / (range_m * azimuth) + learnt,
            Measurement::AzEl { .. } => self.clutter_per_scan() / (azimuth * elevation),
            Measurement::Azimuth { .. } => self.clutter_per_scan() / azimuth,
            Measurement::Position { velocity, .. } => {
                let area = std::f64::consts::PI * range_m * range_m;
                FALSE_CLAIMS / (area * if velocity.is_some() { VELOCITY_AREA } else { 1.0 })
            }
        };
        density.ln()
    }

    /// Takes that a target which this sensor saw was none.
    pub(super) fn learn_clutter(&mut self, site: &SiteFrame, target: &Target) {
        let seen = Pose::new(site, self.description.position).sees(&target.estimate.position());
        let is_2d = self.description.kind == SensorKind::CoastalRadar;
        let elevation = (!is_2d).then(|| seen.elevation());
        let spot = Spot { range_m: seen.range_m(), azimuth: seen.azimuth(), elevation };
        self.clutter.learn(&spot, target.existence.detections(), target.updated_at);
    }

    /// The log-odds that a detection which belongs to no known target is a new one's rather than clutter.
    pub(super) fn ln_birth_odds(&self) -> f64 {
        (BIRTHS / self.clutter_per_scan()).ln()
    }

    /// Whether the sensor looked at a target, so that not seeing it says something.
    ///
    /// Direction finders and receivers hear what transmits: silence is not absence. A drone radar is not judged by the
    /// vessels it passes over, nor a coastal radar by what flies. A camera says where it looked, or nothing follows.
    pub(super) fn looked_at(
        &self,
        pose: &Pose,
        sector: Option<AzimuthSector>,
        estimate: &Estimate,
        motion: Motion,
    ) -> bool {
        let judged = match self.description.kind {
            SensorKind::Radar => motion == Motion::Air,
            SensorKind::CoastalRadar => motion == Motion::Surface,
            SensorKind::Camera => sector.is_some() || self.description.coverage.sector.is_some(),
            SensorKind::RfDirectionFinder | SensorKind::AisReceiver => false,
        };
        if !judged {
            return false;
        }
        let seen = pose.sees(&estimate.position());
        let coverage = &self.description.coverage;
        let elevation = seen.elevation().radians();
        let is_2d = self.description.kind == SensorKind::CoastalRadar;
        let in_elevation =
            is_2d || (coverage.elevation[0].radians()..=coverage.elevation[1].radians()).contains(&elevation);
        let in_range = (coverage.range_m[0]..=coverage.range_m[1]).contains(&seen.range_m());
        let edge = EDGE_SIGMAS * estimate.horizontal_sigma_m() / seen.horizontal_m().max(1.0) + EDGE_NOISE;
        let azimuth = seen.azimuth().radians();
        let inside = |sector: AzimuthSector| {
            let (left, right) = (Azimuth::from_radians(azimuth - edge), Azimuth::from_radians(azimuth + edge));
            2.0 * edge < width(sector) && sector.contains(left) && sector.contains(right)
        };
        let sectors = [sector, coverage.sector];
        in_elevation && in_range && sectors.into_iter().flatten().all(inside)
    }

    /// Whether what it first sees floats rather than flies: coastal radars and AIS.
    pub(super) fn watches_the_surface(&self) -> bool {
        matches!(self.description.kind, SensorKind::CoastalRadar | SensorKind::AisReceiver)
    }

    fn clutter_per_scan(&self) -> f64 {
        let stated = self.description.clutter_per_scan;
        if stated.is_finite() { stated.max(CLUTTER_MIN) } else { CLUTTER_MIN }
    }
}

/// Where a measurement lies in a clutter map.
fn spot(measurement: &Measurement) -> Option<Spot> {
    match *measurement {
        Measurement::RangeAzEl { range_m, azimuth, elevation, .. } => {
            Some(Spot { range_m, azimuth, elevation: Some(elevation) })
        }
        Measurement::RangeAz { range_m, azimuth, .. } => Some(Spot { range_m, azimuth, elevation: None }),
        _ => None,
    }
}

/// The width of a sector; a sector that ends where it begins is a whole turn here, as a field of view.
fn width(sector: AzimuthSector) -> f64 {
    let width = (sector.to.radians() - sector.from.radians()).rem_euclid(std::f64::consts::TAU);
    if width > 0.0 { width } else { std::f64::consts::TAU }
}

#[cfg(test)]
mod tests {
    use telemetry::messages::Coverage;
    use telemetry::{AltitudeAmsl, AltitudeHae, Elevation, Geodetic, SensorId, SiteFrame};

    use super::*;
    use crate::tracker::estimate::{Matrix6, Vector6};

    fn sensor(kind: SensorKind) -> Sensor {
        Sensor::new(SensorDescription {
            id: SensorId::new("s").unwrap(),
            kind,
            position: Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(39.0)).unwrap(),
            altitude: AltitudeAmsl::new(0.0),
            period_s: 1.0,
            coverage: Coverage {
                range_m: [50.0, 4500.0],
                sector: None,
                elevation: [Elevation::from_degrees(-3.0), Elevation::from_degrees(60.0)],
            },
            detection_probability: 0.9,
            clutter_per_scan: 3.0,
        })
    }

    fn looked(kind: SensorKind, sector_deg: Option<[f64; 2]>, position: [f64; 3], motion: Motion) -> bool {
        let sensor = sensor(kind);
        let site = SiteFrame::new(sensor.description.position);
        let pose = Pose::new(&site, sensor.description.position);
        let [e, n, u] = position;
        let estimate = Estimate {
            at: Timestamp::EPOCH,
            mean: Vector6::from([e, n, u, 0.0, 0.0, 0.0]),
            covariance: Matrix6::identity() * 25.0,
        };
        let sector =
            sector_deg.map(|[a, b]| AzimuthSector { from: Azimuth::from_degrees(a), to: Azimuth::from_degrees(b) });
        sensor.looked_at(&pose, sector, &estimate, motion)
    }

    #[test]
    fn only_a_sensor_that_looked_there_can_miss() {
        use SensorKind::{AisReceiver, Camera, CoastalRadar, Radar, RfDirectionFinder};
        let there = [1000.0, 1000.0, 80.0];
        let check = |kind, sector, position, motion, expected: bool, why: &str| {
            assert_eq!(looked(kind, sector, position, motion), expected, "{why}");
        };
        check(Radar, None, there, Motion::Air, true, "a whole turn");
        check(Radar, Some([0.0, 90.0]), there, Motion::Air, true, "its sector");
        check(Radar, Some([90.0, 180.0]), there, Motion::Air, false, "another sector");
        check(Radar, Some([0.0, 45.2]), there, Motion::Air, false, "at the sector's edge");
        check(Radar, None, [4000.0, 4000.0, 80.0], Motion::Air, false, "too far");
        check(Radar, None, [10.0, 20.0, 0.0], Motion::Air, false, "too near");
        check(Radar, None, [100.0, 0.0, 500.0], Motion::Air, false, "too steep");
        check(Radar, None, there, Motion::Surface, false, "a vessel under a drone radar");
        check(CoastalRadar, None, there, Motion::Surface, true, "a vessel under a coastal radar");
        check(CoastalRadar, None, there, Motion::Air, false, "a drone over a coastal radar");
        check(Camera, None, there, Motion::Air, false, "a camera that does not say where it looked");
        check(Camera, Some([30.0, 60.0]), there, Motion::Air, true, "a camera that does");
        check(RfDirectionFinder, None, there, Motion::Air, false, "a silent drone");
        check(AisReceiver, None, there, Motion::Surface, false, "a silent vessel");
    }

    #[test]
    fn the_density_of_clutter_is_its_count_over_the_field_of_view() {
        let plot = Measurement::RangeAzEl {
            range_m: 1.0,
            azimuth: Azimuth::default(),
            elevation: Elevation::default(),
            range_rate: None,
            sigma: [1.0; 3],
        };
        // The benchmark states 2.972e-8 per metre and square degree for this radar.
        let per_degrees =
            sensor(SensorKind::Radar).ln_clutter_density(&plot, Timestamp::EPOCH).exp() * 1f64.to_radians().powi(2);
        assert!((per_degrees / 2.972_474_8e-8 - 1.0).abs() < 1e-6, "{per_degrees}");
    }

    #[test]
    fn a_scan_that_comes_twice_is_known() {
        let mut sensor = sensor(SensorKind::Radar);
        for n in 0..1000 {
            assert!(sensor.is_new(n, Timestamp::EPOCH) && !sensor.is_new(n, Timestamp::EPOCH));
        }
        assert!(sensor.is_new(1, Timestamp::EPOCH.offset_seconds(1.0)), "another sector of the same scan");
        assert_eq!(sensor.recent.len(), RECENT_MAX);
    }
}
