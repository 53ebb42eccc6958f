//! `sensors.json`: what each sensor is, where it stands, and what its data sheet says.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use telemetry::messages::{
    AzimuthSector, BiasSigma, Coverage, PoseSigma, RangeProbability, Resolution, SensorDescription, SensorKind,
    SensorPerformance,
};
use telemetry::{AltitudeAmsl, Azimuth, Elevation, SensorId};

use super::SENSORS_MAX;
use super::checked::{Place, Positive, Span, Within};
use super::poses::Poses;
use crate::plots::PlotNoise;

/// A sensor of the trial.
#[derive(Debug)]
pub(super) struct Sensor {
    pub(super) description: SensorDescription,
    pub(super) noise: PlotNoise,
    /// Where it moved, if it did.
    pub(super) path: Option<Path>,
}

/// The way of a moving sensor.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) poses: Poses,
    /// The field of view about the yaw, where it does not go all round.
    pub(super) view: Option<View>,
}

/// A field of view in azimuth, radians: its middle and its whole width, below a turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    centre_rad: f64,
    width_rad: f64,
}

impl View {
    /// The sector it covers when azimuths count from `yaw`.
    pub(super) fn about(self, yaw: Azimuth) -> AzimuthSector {
        let edge = |side: f64| Azimuth::from_radians(yaw.radians() + self.centre_rad + side * self.width_rad / 2.0);
        AzimuthSector { from: edge(-1.0), to: edge(1.0) }
    }
}

/// All sensors of a trial, by name.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<Sensor>")]
pub(super) struct List(pub(super) BTreeMap<SensorId, Sensor>);

impl TryFrom<Vec<Sensor>> for List {
    type Error = String;
    fn try_from(sensors: Vec<Sensor>) -> Result<Self, String> {
        if sensors.len() > SENSORS_MAX {
            return Err(format!("found {} sensors; allowed: at most {SENSORS_MAX}", sensors.len()));
        }
        let mut by_name = BTreeMap::new();
        for sensor in sensors {
            let name = sensor.description.id.clone();
            if by_name.insert(name.clone(), sensor).is_some() {
                return Err(format!("found two sensors {name}; allowed: names that differ in more than capitals"));
            }
        }
        Ok(Self(by_name))
    }
}

impl<'de> Deserialize<'de> for Sensor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Raw::deserialize(from)?.checked().map_err(serde::de::Error::custom)
    }
}

/// A sensor as written. Angles are degrees.
#[derive(Deserialize)]
struct Raw {
    id: Name,
    kind: Kind,
    lla: Option<Place>,
    poses: Option<Poses>,
    meas: Vec<Component>,
    sigma: Sigma,
    fov: FieldOfView,
    pd: DetectionByRange,
    #[serde(default)]
    pd_factor: BTreeMap<String, Within<0, 100>>,
    clutter_per_scan: Within<0, 1_000_000>,
    period: Within<0, 3600>,
    latency: Option<Span<0, 3600>>,
    #[serde(default)]
    rotating: bool,
    resolution: Option<Cell>,
    llr_mean: Option<Within<0, 1000>>,
    sound_speed: Option<Within<100, 2000>>,
    pose_sigma: Option<PoseError>,
    bias_prior_sigma: Option<Bias>,
}

impl Raw {
    fn checked(self) -> Result<Sensor, String> {
        if let Some(name) = self.sigma.lacks(&self.meas) {
            return Err(format!("found no sigma.{name}; allowed: a sigma for all that meas lists"));
        }
        let kind = SensorKind::from(self.kind);
        let noise = self.sigma.noise(kind);
        let performance = self.performance();
        let detection_probability = self.pd.mean(self.fov.r.0);
        let view = self.fov.az.and_then(|Around(view)| view);
        let (position, path, sector) = match (self.lla, self.poses) {
            (Some(Place(at)), None) => (at, None, view.map(|view| view.about(Azimuth::from_degrees(0.0)))),
            (None, Some(poses)) => (poses.first().at, Some(Path { poses, view }), None),
            (Some(_), Some(_)) => return Err("found lla and poses; allowed: one of them".to_owned()),
            (None, None) => return Err("found neither lla nor poses; allowed: one of them".to_owned()),
        };
        let [low, high] = self.fov.el.map_or([-90.0, 90.0], |Span(el)| el);
        let description = SensorDescription {
            id: self.id.0,
            kind,
            position,
            // The sea lies at height 0, as the ground does.
            altitude: AltitudeAmsl::new(position.height().metres),
            period_s: self.period.0,
            coverage: Coverage {
                range_m: self.fov.r.0,
                sector,
                elevation: [Elevation::from_degrees(low), Elevation::from_degrees(high)],
            },
            detection_probability,
            clutter_per_scan: self.clutter_per_scan.0,
            performance,
        };
        Ok(Sensor { description, noise, path })
    }

    fn performance(&self) -> SensorPerformance {
        let pose_sigma =
            |error: &PoseError| PoseSigma { horizontal_m: error.h.0, vertical_m: error.v.0, correlation_s: 0.0 };
        SensorPerformance {
            detection_by_range: self.pd.0.clone(),
            bird_factor: self.pd_factor.get("bird").map(|Within(factor)| *factor),
            resolution: self.resolution.as_ref().map(|cell| cell.resolution(self.fov.r.0)),
            range_rate_span_m_s: self.fov.rr.map(|Span(span)| span),
            rotation: self.rotating,
            latency_s: self.latency.map(|Span(span)| span),
            sound_speed_m_s: self.sound_speed.map(|Within(m_s)| m_s),
            pose_sigma: self.pose_sigma.as_ref().map(pose_sigma),
            bias_sigma: self.bias_prior_sigma.as_ref().map(Bias::sigma),
            // Zero says as little as nothing.
            drone_llr_mean: self.llr_mean.map(|Within(mean)| mean).filter(|mean| *mean > 0.0),
        }
    }
}

/// Its name in small letters, as all of ours are.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(SensorId);

impl TryFrom<String> for Name {
    type Error = telemetry::InvalidId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        SensorId::new(text.to_ascii_lowercase()).map(Self)
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Radar,
    Coastal,
    RfDf,
    Acoustic,
    Camera,
    RemoteId,
    Adsb,
    Ais,
}

impl From<Kind> for SensorKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Radar => Self::Radar,
            Kind::Coastal => Self::CoastalRadar,
            Kind::RfDf => Self::RfDirectionFinder,
            Kind::Acoustic => Self::Acoustic,
            Kind::Camera => Self::Camera,
            Kind::RemoteId => Self::RemoteIdReceiver,
            Kind::Adsb => Self::AdsbReceiver,
            Kind::Ais => Self::AisReceiver,
        }
    }
}

/// What it measures.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Component {
    R,
    Az,
    El,
    Rr,
    Pos,
    Vel,
}

/// Standard deviations, one for each component measured: `h` and `v` are a position's.
#[derive(Deserialize)]
struct Sigma {
    r: Option<Positive>,
    az: Option<Positive>,
    el: Option<Positive>,
    rr: Option<Positive>,
    h: Option<Positive>,
    v: Option<Within<0, 1_000_000>>,
    vel: Option<Positive>,
}

impl Sigma {
    /// The first component that is measured and has no deviation.
    fn lacks(&self, measured: &[Component]) -> Option<&'static str> {
        let stated = |component: &Component| match component {
            Component::R => ("r", self.r.is_some()),
            Component::Az => ("az", self.az.is_some()),
            Component::El => ("el", self.el.is_some()),
            Component::Rr => ("rr", self.rr.is_some()),
            Component::Pos => ("h", self.h.is_some()),
            Component::Vel => ("vel", self.vel.is_some()),
        };
        measured.iter().map(stated).find(|(_, stated)| !stated).map(|(name, _)| name)
    }

    /// What is not stated is not measured; the decoder wants a figure all the same.
    fn noise(&self, kind: SensorKind) -> PlotNoise {
        let typical = PlotNoise::typical(kind);
        let value = |stated: Option<Positive>| stated.map(|Positive(value)| value);
        let radians = |stated: Option<Positive>| value(stated).map(f64::to_radians);
        PlotNoise {
            range_m: value(self.r).unwrap_or(typical.range_m),
            azimuth_rad: radians(self.az).unwrap_or(typical.azimuth_rad),
            elevation_rad: radians(self.el).unwrap_or(typical.elevation_rad),
            range_rate_m_s: value(self.rr).unwrap_or(typical.range_rate_m_s),
            horizontal_m: value(self.h).unwrap_or(typical.horizontal_m),
            // Zero stands for reports without a height.
            vertical_m: self.v.map(|Within(v)| v).filter(|v| *v > 0.0).unwrap_or(typical.vertical_m),
            velocity_m_s: value(self.vel).unwrap_or(typical.velocity_m_s),
        }
    }
}

#[derive(Deserialize)]
struct FieldOfView {
    r: Span<0, 1_000_000>,
    az: Option<Around>,
    el: Option<Span<-90, 90>>,
    rr: Option<Span<-10_000, 10_000>>,
}

/// `[centre, width]`, degrees; nothing for all round.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "[f64; 2]")]
struct Around(Option<View>);

impl TryFrom<[f64; 2]> for Around {
    type Error = String;
    fn try_from([centre, width]: [f64; 2]) -> Result<Self, String> {
        if !(-720.0..=720.0).contains(&centre) || width <= 0.0 || width > 360.0 {
            let allowed = "[centre, width] in degrees, width more than 0 and at most 360";
            return Err(format!("found [{centre}, {width}]; allowed: {allowed}"));
        }
        let view = View { centre_rad: centre.to_radians(), width_rad: width.to_radians() };
        Ok(Self((width < 360.0).then_some(view)))
    }
}

/// `[[range, probability], …]`, ranges ascending.
#[derive(Deserialize)]
#[serde(try_from = "Vec<[f64; 2]>")]
struct DetectionByRange(Vec<RangeProbability>);

impl TryFrom<Vec<[f64; 2]>> for DetectionByRange {
    type Error = String;
    fn try_from(rows: Vec<[f64; 2]>) -> Result<Self, String> {
        let allowed = "[[range, probability], …], ranges ascending from 0, probabilities 0 to 1";
        let mut nearest = 0.0;
        for (n, [range, probability]) in rows.iter().enumerate() {
            if *range < nearest || (n > 0 && *range == nearest) || !(0.0..=1.0).contains(probability) {
                return Err(format!("row {n}: found [{range}, {probability}]; allowed: {allowed}"));
            }
            nearest = *range;
        }
        if rows.is_empty() {
            return Err(format!("found no row; allowed: {allowed}"));
        }
        Ok(Self(rows.into_iter().map(|[range_m, probability]| RangeProbability { range_m, probability }).collect()))
    }
}

impl DetectionByRange {
    /// Linear between the rows, flat outside them.
    fn at(&self, range_m: f64) -> f64 {
        let after = self.0.partition_point(|row| row.range_m <= range_m);
        match (after.checked_sub(1).map(|before| &self.0[before]), self.0.get(after)) {
            (Some(a), Some(b)) => {
                let share = (range_m - a.range_m) / (b.range_m - a.range_m);
                a.probability + share * (b.probability - a.probability)
            }
            (Some(row), None) | (None, Some(row)) => row.probability,
            (None, None) => 1.0,
        }
    }

    /// Over all ranges alike.
    fn mean(&self, [nearest_m, farthest_m]: [f64; 2]) -> f64 {
        const STEPS: u32 = 100;
        let at = |n: u32| nearest_m + (farthest_m - nearest_m) * (f64::from(n) + 0.5) / f64::from(STEPS);
        (0..STEPS).map(|n| self.at(at(n))).sum::<f64>() / f64::from(STEPS)
    }
}

/// Targets closer than this in all of what is listed give one plot. A component that has no place here would be
/// misunderstood, so it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cell {
    r: Option<Positive>,
    az: Option<Positive>,
    el: Option<Positive>,
}

impl Cell {
    /// What is not listed does not part targets: it is as wide as can be.
    fn resolution(&self, range_m: [f64; 2]) -> Resolution {
        let radians = |angle: Option<Positive>| angle.map_or(std::f64::consts::PI, |Positive(deg)| deg.to_radians());
        Resolution {
            range_m: self.r.map_or(range_m[1], |Positive(m)| m),
            azimuth_rad: radians(self.az),
            elevation_rad: radians(self.el),
        }
    }
}

#[derive(Deserialize)]
struct PoseError {
    h: Within<0, 100_000>,
    v: Within<0, 100_000>,
}

#[derive(Deserialize)]
struct Bias {
    r: Option<Within<0, 100_000>>,
    az: Option<Within<0, 180>>,
    el: Option<Within<0, 90>>,
    t: Option<Within<0, 3600>>,
}

impl Bias {
    fn sigma(&self) -> BiasSigma {
        BiasSigma {
            range_m: self.r.map_or(0.0, |Within(m)| m),
            azimuth_rad: self.az.map_or(0.0, |Within(deg)| deg.to_radians()),
            elevation_rad: self.el.map_or(0.0, |Within(deg)| deg.to_radians()),
            time_s: self.t.map_or(0.0, |Within(s)| s),
        }
    }
}
