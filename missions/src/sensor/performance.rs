//! What a sensor's data sheet says beyond its coverage, as files note it.
//!
//! Everything is optional. What a kind of sensor cannot have (the speed of sound of a radar) is an error, so that a key in
//! the wrong table does not go unnoticed.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;
use telemetry::messages::{BiasSigma, PoseSigma, RangeProbability, Resolution, SensorKind, SensorPerformance};

use super::{Measured, degrees};
use crate::file::Reading;

/// More points than any data sheet draws.
const CURVE_POINTS_MAX: usize = 50;
const RANGE_M: RangeInclusive<f64> = 0.0..=500_000.0;
/// The resolution in a component that a sensor does not measure: no two targets are told apart by it.
const UNRESOLVED: Resolution =
    Resolution { range_m: 500_000.0, azimuth_rad: std::f64::consts::TAU, elevation_rad: std::f64::consts::PI };

/// What a data sheet says, as found in a file; not yet checked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerformanceTable {
    /// `[slant range in metres, probability]` of detecting a drone, ranges rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detection_by_range: Vec<Spanned<[f64; 2]>>,
    /// The probability to see a bird relative to that of a drone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bird_factor: Option<Spanned<f64>>,
    /// Targets closer together than this give one merged plot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Spanned<ResolutionTable>>,
    /// The least and the most range rate reported, m/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_rate_span_m_s: Option<Spanned<[f64; 2]>>,
    /// Whether the antenna rotates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Spanned<bool>>,
    /// The least and the most delay from measurement to delivery, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_s: Option<Spanned<[f64; 2]>>,
    /// The speed of sound, m/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound_speed_m_s: Option<Spanned<f64>>,
    /// The error of a reported pose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pose_sigma: Option<PoseSigmaTable>,
    /// The constant biases there may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bias_sigma: Option<BiasSigmaTable>,
    /// The mean of the log-likelihood ratio drone : not drone of a drone's plots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drone_llr_mean: Option<Spanned<f64>>,
}

/// A resolution as found in a file: the components that the sensor measures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolutionTable {
    /// Slant range, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_m: Option<Spanned<f64>>,
    /// Azimuth, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azimuth_deg: Option<Spanned<f64>>,
    /// Elevation, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elevation_deg: Option<Spanned<f64>>,
}

/// The error of a reported pose as found in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoseSigmaTable {
    /// Each horizontal axis, metres.
    pub horizontal_m: Spanned<f64>,
    /// Height, metres.
    pub vertical_m: Spanned<f64>,
    /// For how long the error stays as it is, seconds; 0 where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_s: Option<Spanned<f64>>,
}

/// Constant biases as found in a file, as standard deviations; 0 where not given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BiasSigmaTable {
    /// Slant range, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_m: Option<Spanned<f64>>,
    /// Azimuth, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azimuth_deg: Option<Spanned<f64>>,
    /// Elevation, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elevation_deg: Option<Spanned<f64>>,
    /// The sensor's clock, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_s: Option<Spanned<f64>>,
}

impl PerformanceTable {
    /// Checks the table for a kind of sensor.
    pub(super) fn resolve(&self, reading: &mut Reading<'_>, kind: SensorKind) -> SensorPerformance {
        let is_radar = matches!(kind, SensorKind::Radar | SensorKind::CoastalRadar);
        only(reading, self.range_rate_span_m_s.as_ref(), is_radar, "no range_rate_span_m_s: only radars measure it");
        only(reading, self.rotation.as_ref(), is_radar, "no rotation: only radars have a rotating antenna");
        let hears = kind == SensorKind::Acoustic;
        only(reading, self.sound_speed_m_s.as_ref(), hears, "no sound_speed_m_s: only acoustic arrays hear");
        let optional = |reading: &mut Reading<'_>, value: &Option<Spanned<f64>>, allowed, unit: &str| {
            value.as_ref().map(|value| reading.number(value, allowed, unit))
        };
        SensorPerformance {
            detection_by_range: self.curve(reading),
            bird_factor: optional(reading, &self.bird_factor, 0.0..=10.0, "times the drone's"),
            resolution: self.resolution.as_ref().map(|table| resolution(reading, table, kind)),
            range_rate_span_m_s: self
                .range_rate_span_m_s
                .as_ref()
                .map(|span| reading.band(span, -1000.0..=1000.0, "m/s")),
            rotation: self.rotation.as_ref().is_some_and(|rotation| *rotation.get_ref()),
            latency_s: self.latency_s.as_ref().map(|span| latency(reading, span)),
            sound_speed_m_s: optional(reading, &self.sound_speed_m_s, 250.0..=400.0, "m/s"),
            pose_sigma: self.pose_sigma.as_ref().map(|table| PoseSigma {
                horizontal_m: reading.number(&table.horizontal_m, 0.001..=1000.0, "m"),
                vertical_m: reading.number(&table.vertical_m, 0.001..=1000.0, "m"),
                correlation_s: reading.number_or(table.correlation_s.as_ref(), 0.0, 0.0..=3600.0, "s"),
            }),
            bias_sigma: self.bias_sigma.as_ref().map(|table| bias_sigma(reading, table)),
            drone_llr_mean: optional(reading, &self.drone_llr_mean, 0.001..=20.0, ""),
        }
    }

    fn curve(&self, reading: &mut Reading<'_>) -> Vec<RangeProbability> {
        reading.at_most(&self.detection_by_range, CURVE_POINTS_MAX, "points");
        let points = self.detection_by_range.iter().take(CURVE_POINTS_MAX);
        let mut nearer_m = None;
        let checked = points.map(|point| {
            let [range_m, probability] = *point.get_ref();
            let rises = nearer_m.is_none_or(|nearer| range_m > nearer);
            if !RANGE_M.contains(&range_m) || !(0.0..=1.0).contains(&probability) || !rises {
                reading.refuse(point.span(), "[range 0 to 500000 m, probability 0 to 1], ranges rising");
            }
            nearer_m = Some(range_m);
            RangeProbability { range_m, probability }
        });
        checked.collect()
    }

    /// The table of a performance, as a file would hold it; nothing for one that states nothing.
    pub(super) fn of(performance: &SensorPerformance, kind: SensorKind) -> Option<Self> {
        let written = |value: f64| Spanned::new(0..0, value);
        let stated = |value: f64| (value != 0.0).then(|| written(value));
        let point = |point: &RangeProbability| Spanned::new(0..0, [point.range_m, point.probability]);
        let measured = Measured::by(kind);
        let resolution = |resolution: Resolution| ResolutionTable {
            range_m: measured.range.then(|| written(resolution.range_m)),
            azimuth_deg: measured.azimuth.then(|| written(degrees(resolution.azimuth_rad))),
            elevation_deg: measured.elevation.then(|| written(degrees(resolution.elevation_rad))),
        };
        let bias = |bias: BiasSigma| BiasSigmaTable {
            range_m: stated(bias.range_m),
            azimuth_deg: stated(degrees(bias.azimuth_rad)),
            elevation_deg: stated(degrees(bias.elevation_rad)),
            time_s: stated(bias.time_s),
        };
        let pose = |pose: PoseSigma| PoseSigmaTable {
            horizontal_m: written(pose.horizontal_m),
            vertical_m: written(pose.vertical_m),
            correlation_s: stated(pose.correlation_s),
        };
        let table = Self {
            detection_by_range: performance.detection_by_range.iter().map(point).collect(),
            bird_factor: performance.bird_factor.map(written),
            resolution: performance.resolution.map(|stated| Spanned::new(0..0, resolution(stated))),
            range_rate_span_m_s: performance.range_rate_span_m_s.map(|span| Spanned::new(0..0, span)),
            rotation: performance.rotation.then(|| Spanned::new(0..0, true)),
            latency_s: performance.latency_s.map(|span| Spanned::new(0..0, span)),
            sound_speed_m_s: performance.sound_speed_m_s.map(written),
            pose_sigma: performance.pose_sigma.map(pose),
            bias_sigma: performance.bias_sigma.map(bias),
            drone_llr_mean: performance.drone_llr_mean.map(written),
        };
        (table != Self::default()).then_some(table)
    }
}

/// Refuses a value that a sensor of this kind cannot have.
fn only<T>(reading: &mut Reading<'_>, value: Option<&Spanned<T>>, fits: bool, allowed: &str) {
    if let Some(value) = value.filter(|_| !fits) {
        reading.refuse(value.span(), allowed);
    }
}

/// A resolution has the components that the sensor measures, all of them and no others.
fn resolution(reading: &mut Reading<'_>, table: &Spanned<ResolutionTable>, kind: SensorKind) -> Resolution {
    let measured = Measured::by(kind);
    let stated = table.get_ref();
    let mut component =
        |measured: bool, value: &Option<Spanned<f64>>, allowed, name: &str, unit: &str, otherwise: f64| match value {
            Some(value) if measured => reading.number(value, allowed, unit),
            Some(value) => {
                reading.refuse(value.span(), format!("no {name}: a sensor of this kind does not measure it"));
                otherwise
            }
            None => {
                if measured {
                    let found = format!("no field resolution.{name}");
                    reading.refuse_found(table.span(), found, format!("resolution.{name} for a sensor of this kind"));
                }
                otherwise
            }
        };
    let range_m = component(measured.range, &stated.range_m, 0.01..=10_000.0, "range_m", "m", UNRESOLVED.range_m);
    let mut angle = |measured: bool, value: &Option<Spanned<f64>>, name: &str, otherwise_rad: f64| {
        component(measured, value, 0.001..=90.0, name, "degrees", otherwise_rad.to_degrees()).to_radians()
    };
    let azimuth_rad = angle(measured.azimuth, &stated.azimuth_deg, "azimuth_deg", UNRESOLVED.azimuth_rad);
    let elevation_rad = angle(measured.elevation, &stated.elevation_deg, "elevation_deg", UNRESOLVED.elevation_rad);
    Resolution { range_m, azimuth_rad, elevation_rad }
}

fn latency(reading: &mut Reading<'_>, span: &Spanned<[f64; 2]>) -> [f64; 2] {
    let [least, most] = *span.get_ref();
    if !(0.0..=60.0).contains(&least) || !(least..=60.0).contains(&most) {
        reading.refuse(span.span(), "[least, most], 0 to 60 s");
    }
    [least, most]
}

fn bias_sigma(reading: &mut Reading<'_>, table: &BiasSigmaTable) -> BiasSigma {
    let mut or_none =
        |value: &Option<Spanned<f64>>, most: f64, unit: &str| reading.number_or(value.as_ref(), 0.0, 0.0..=most, unit);
    BiasSigma {
        range_m: or_none(&table.range_m, 10_000.0, "m"),
        azimuth_rad: or_none(&table.azimuth_deg, 45.0, "degrees").to_radians(),
        elevation_rad: or_none(&table.elevation_deg, 45.0, "degrees").to_radians(),
        time_s: or_none(&table.time_s, 60.0, "s"),
    }
}

#[cfg(test)]
mod tests {
    use crate::sensor::tests::{ARRAY, RADAR, read, told};

    use super::*;

    const SHEET: &str = "
[performance]
detection_by_range = [[0, 0.95], [2000, 0.95], [4500, 0.4]]
bird_factor = 0.75
resolution = { range_m = 8, azimuth_deg = 1.8, elevation_deg = 4 }
range_rate_span_m_s = [-80, 80]
rotation = true
latency_s = [0.1, 0.1]
pose_sigma = { horizontal_m = 1.5, vertical_m = 2, correlation_s = 90 }
bias_sigma = { azimuth_deg = 0.7, time_s = 0.05 }
drone_llr_mean = 1.5
";

    fn radar_with(sheet: &str) -> String {
        format!("{RADAR}{sheet}")
    }

    #[test]
    fn a_data_sheet_in_degrees_becomes_a_performance() {
        let performance = read(&radar_with(SHEET)).unwrap().description.performance;
        let radians = |degrees: f64| degrees.to_radians();
        assert_eq!(performance.detection_by_range[2], RangeProbability { range_m: 4500.0, probability: 0.4 });
        let resolution = Resolution { range_m: 8.0, azimuth_rad: radians(1.8), elevation_rad: radians(4.0) };
        assert_eq!(performance.resolution, Some(resolution));
        let bias = BiasSigma { range_m: 0.0, azimuth_rad: radians(0.7), elevation_rad: 0.0, time_s: 0.05 };
        assert_eq!(performance.bias_sigma, Some(bias));
        let pose = PoseSigma { horizontal_m: 1.5, vertical_m: 2.0, correlation_s: 90.0 };
        assert_eq!(performance.pose_sigma, Some(pose));
        assert_eq!((performance.rotation, performance.latency_s), (true, Some([0.1, 0.1])));
        assert_eq!((performance.bird_factor, performance.drone_llr_mean), (Some(0.75), Some(1.5)));
        assert_eq!(performance.range_rate_span_m_s, Some([-80.0, 80.0]));
    }

    #[test]
    fn a_sensor_without_a_data_sheet_states_nothing() {
        assert_eq!(read(RADAR).unwrap().description.performance, SensorPerformance::default());
        assert!(!toml::to_string(&read(RADAR).unwrap().table()).unwrap().contains("performance"));
    }

    #[test]
    fn a_data_sheet_written_and_read_again_is_the_same() {
        let bearings = "[performance]\nsound_speed_m_s = 340\nresolution = { azimuth_deg = 5, elevation_deg = 5 }\n";
        for text in [radar_with(SHEET), format!("{ARRAY}{bearings}")] {
            let table = read(&text).unwrap().table();
            let written = toml::to_string(&table).unwrap();
            assert_eq!(read(&written).unwrap().table(), table, "{written}");
        }
    }

    #[test]
    fn a_component_that_is_not_measured_resolves_nothing() {
        let sheet = "[performance]\nresolution = { azimuth_deg = 5, elevation_deg = 5 }\n";
        let resolution = read(&format!("{ARRAY}{sheet}")).unwrap().description.performance.resolution.unwrap();
        assert_eq!((resolution.range_m, resolution.azimuth_rad), (UNRESOLVED.range_m, 5f64.to_radians()));
    }

    #[test]
    fn a_wrong_figure_is_told_with_its_line_its_field_and_what_is_allowed() {
        let check = |from: &str, to: &str, expected: [&str; 2]| {
            let told = told(&radar_with(SHEET), from, to);
            for part in expected {
                assert!(told.contains(part), "{told:?} does not say {part:?}");
            }
        };
        check("[2000, 0.95]", "[2000, 1.5]", ["performance.detection_by_range[1]: found [2000, 1.5]", "0 to 1"]);
        check("[4500, 0.4]", "[1500, 0.4]", ["performance.detection_by_range[2]", "ranges rising"]);
        check("factor = 0.75", "factor = -1", ["performance.bird_factor: found -1", "0 to 10 times"]);
        check("{ range_m = 8,", "{ range_m = 0,", ["performance.resolution.range_m: found 0", "0.01 to 10000 m"]);
        check("{ range_m = 8, ", "{ ", ["found no field resolution.range_m", "for a sensor of this kind"]);
        check("[-80, 80]", "[80, -80]", ["performance.range_rate_span_m_s", "the lowest first"]);
        check("[0.1, 0.1]", "[0.2, 0.1]", ["performance.latency_s: found [0.2, 0.1]", "[least, most], 0 to 60 s"]);
        check("= 1.5,", "= nan,", ["performance.pose_sigma.horizontal_m: found nan", "0.001 to 1000 m"]);
        check("= 0.7, time", "= 70, time", ["performance.bias_sigma.azimuth_deg: found 70", "0 to 45 degrees"]);
        check("_mean = 1.5", "_mean = 0", ["performance.drone_llr_mean: found 0", "0.001 to 20"]);
        check("rotation = true", "rotates = true", ["unknown field `rotates`", "`rotation`"]);
        check("bird_factor", "sound_speed_m_s = 340\nbird_factor", ["found 340", "only acoustic arrays"]);
    }

    #[test]
    fn what_a_kind_cannot_have_is_refused() {
        let check = |line: &str, expected: &str| {
            let told = read(&format!("{ARRAY}[performance]\n{line}\n")).unwrap_err().to_string();
            assert!(told.contains(expected), "{told:?} does not say {expected:?}");
        };
        check("rotation = true", "only radars");
        check("range_rate_span_m_s = [-80, 80]", "only radars");
        check("resolution = { range_m = 8, azimuth_deg = 5, elevation_deg = 5 }", "no range_m");
        check("sound_speed_m_s = 34", "250 to 400 m/s");
    }
}
