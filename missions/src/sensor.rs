//! Sensors as files note them: degrees and metres outside, [`SensorDescription`] inside.
//!
//! The same table stands in scenarios (what the simulator makes measure) and in a station's configuration (what the
//! tracker expects). The description alone goes to the tracker; the standard deviations come with every plot.

mod performance;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;
use telemetry::messages::{AzimuthSector, Coverage, SensorDescription, SensorKind};
use telemetry::{Azimuth, Elevation};

use crate::file::Reading;
use crate::notation::{AltitudeNote, LonLat};
use crate::site::Site;

pub use performance::{BiasSigmaTable, PerformanceTable, PoseSigmaTable, ResolutionTable};

/// What a standard deviation can be: zero would make a filter divide by it.
const SIGMA_M: RangeInclusive<f64> = 0.01..=10_000.0;
const SIGMA_DEG: RangeInclusive<f64> = 0.001..=45.0;
const SIGMA_M_S: RangeInclusive<f64> = 0.001..=100.0;

/// A sensor: what it is and can do, and how exactly it measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensor {
    /// What it is and can do.
    pub description: SensorDescription,
    /// How exactly it measures.
    pub sigma: MeasurementSigma,
}

/// Standard deviations of a sensor's independent errors. What a kind of sensor does not measure is not there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeasurementSigma {
    /// Range, metres.
    pub range_m: Option<f64>,
    /// Azimuth, radians.
    pub azimuth_rad: Option<f64>,
    /// Elevation, radians.
    pub elevation_rad: Option<f64>,
    /// Range rate, m/s.
    pub range_rate_m_s: Option<f64>,
}

/// A sensor as found in a file; not yet checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorTable {
    /// Its name.
    pub id: Spanned<String>,
    /// `radar`, `coastal_radar`, `rf_direction_finder`, `camera`, `acoustic`, `ais_receiver`, `remote_id_receiver` or
    /// `adsb_receiver`.
    pub kind: Spanned<SensorKind>,
    /// Where it stands.
    pub position: Spanned<LonLat>,
    /// How high it stands, `amsl_m` or `agl_m`.
    pub altitude: Spanned<AltitudeNote>,
    /// Seconds between two looks; 0 where it reports when something happens.
    pub period_s: Spanned<f64>,
    /// Nearest and farthest slant range, metres.
    pub range_m: Spanned<[f64; 2]>,
    /// The sector covered, clockwise from the first to the second azimuth, degrees; all round where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_deg: Option<Spanned<[f64; 2]>>,
    /// Lowest and highest elevation, degrees; −90 to 90 where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elevation_deg: Option<Spanned<[f64; 2]>>,
    /// The probability to see a drone inside the coverage; 1 where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection_probability: Option<Spanned<f64>>,
    /// False detections a look, on average; 0 where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clutter_per_scan: Option<Spanned<f64>>,
    /// Standard deviations; each kind of sensor has its own.
    #[serde(default)]
    pub sigma: SigmaTable,
    /// What its data sheet says beyond that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance: Option<PerformanceTable>,
}

/// Standard deviations as found in a file; not yet checked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigmaTable {
    /// Range, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_m: Option<Spanned<f64>>,
    /// Azimuth, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azimuth_deg: Option<Spanned<f64>>,
    /// Elevation, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elevation_deg: Option<Spanned<f64>>,
    /// Range rate, m/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_rate_m_s: Option<Spanned<f64>>,
}

impl SensorTable {
    /// Checks the table against a site.
    pub fn resolve(&self, reading: &mut Reading<'_>, site: &Site) -> Option<Sensor> {
        let kind = *self.kind.get_ref();
        let id = reading.name(&self.id);
        let position = site.position(reading, &self.position);
        let altitude = site.altitude(reading, &self.altitude);
        let period_s = reading.number(&self.period_s, 0.0..=3600.0, "s");
        if looks(kind) && period_s == 0.0 {
            reading.refuse(self.period_s.span(), "more than 0 s: only receivers report when something happens");
        }
        let description = SensorDescription {
            id: id?,
            kind,
            position: site.at_altitude(position, altitude),
            altitude,
            period_s,
            coverage: self.coverage(reading),
            detection_probability: reading.number_or(self.detection_probability.as_ref(), 1.0, 0.0..=1.0, ""),
            clutter_per_scan: reading.number_or(self.clutter_per_scan.as_ref(), 0.0, 0.0..=10_000.0, "a scan"),
            performance: self.performance.as_ref().map(|table| table.resolve(reading, kind)).unwrap_or_default(),
        };
        let sigma = self.sigma(reading, kind);
        Some(Sensor { description, sigma })
    }

    fn coverage(&self, reading: &mut Reading<'_>) -> Coverage {
        let range_m = reading.band(&self.range_m, 0.0..=500_000.0, "m");
        let sector = self.sector_deg.as_ref().map(|sector| {
            let [from, to] = *sector.get_ref();
            if !(0.0..=360.0).contains(&from) || !(0.0..=360.0).contains(&to) || (to - from).rem_euclid(360.0) == 0.0 {
                reading.refuse(sector.span(), "[from, to], 0 to 360 degrees, clockwise; left out: all round");
            }
            AzimuthSector { from: Azimuth::from_degrees(from), to: Azimuth::from_degrees(to) }
        });
        let [low, high] =
            self.elevation_deg.as_ref().map_or([-90.0, 90.0], |band| reading.band(band, -90.0..=90.0, "degrees"));
        Coverage { range_m, sector, elevation: [Elevation::from_degrees(low), Elevation::from_degrees(high)] }
    }

    fn sigma(&self, reading: &mut Reading<'_>, kind: SensorKind) -> MeasurementSigma {
        let Measured { range, azimuth, elevation } = Measured::by(kind);
        let mut measured = |needed: bool, value: &Option<Spanned<f64>>, allowed, name: &str, unit: &str| match value {
            Some(value) if needed => Some(reading.number(value, allowed, unit)),
            Some(value) => {
                reading.refuse(value.span(), format!("no {name}: a sensor of this kind does not measure it"));
                None
            }
            None if needed => {
                reading.refuse_found(
                    self.kind.span(),
                    format!("no field sigma.{name}"),
                    format!("sigma.{name} for a sensor of this kind"),
                );
                None
            }
            None => None,
        };
        let range_rate =
            matches!(kind, SensorKind::Radar | SensorKind::CoastalRadar) && self.sigma.range_rate_m_s.is_some();
        MeasurementSigma {
            range_m: measured(range, &self.sigma.range_m, SIGMA_M, "range_m", "m"),
            azimuth_rad: measured(azimuth, &self.sigma.azimuth_deg, SIGMA_DEG, "azimuth_deg", "degrees")
                .map(f64::to_radians),
            elevation_rad: measured(elevation, &self.sigma.elevation_deg, SIGMA_DEG, "elevation_deg", "degrees")
                .map(f64::to_radians),
            range_rate_m_s: measured(range_rate, &self.sigma.range_rate_m_s, SIGMA_M_S, "range_rate_m_s", "m/s"),
        }
    }
}

/// Which components a kind of sensor measures.
struct Measured {
    range: bool,
    azimuth: bool,
    elevation: bool,
}

impl Measured {
    fn by(kind: SensorKind) -> Self {
        let (range, azimuth, elevation) = match kind {
            SensorKind::Radar => (true, true, true),
            SensorKind::CoastalRadar => (true, true, false),
            SensorKind::RfDirectionFinder => (false, true, false),
            SensorKind::Camera | SensorKind::Acoustic => (false, true, true),
            SensorKind::AisReceiver | SensorKind::RemoteIdReceiver | SensorKind::AdsbReceiver => (false, false, false),
        };
        Self { range, azimuth, elevation }
    }
}

/// Whether a kind of sensor looks at intervals of its own, rather than reporting what it receives.
fn looks(kind: SensorKind) -> bool {
    use SensorKind::{Acoustic, Camera, CoastalRadar, Radar};
    matches!(kind, Radar | CoastalRadar | Camera | Acoustic)
}

/// Degrees that came from degrees read as they were written.
fn degrees(radians: f64) -> f64 {
    (radians.to_degrees() * 1e9).round() / 1e9
}

impl Sensor {
    /// The table of this sensor, as a file would hold it.
    #[must_use]
    pub fn table(&self) -> SensorTable {
        let written = |value: f64| Spanned::new(0..0, value);
        let in_degrees = |radians: f64| written(degrees(radians));
        let coverage = &self.description.coverage;
        let [low, high] = coverage.elevation.map(|elevation| degrees(elevation.radians()));
        let sector = |sector: AzimuthSector| {
            Spanned::new(0..0, [sector.from, sector.to].map(|azimuth| degrees(azimuth.radians())))
        };
        SensorTable {
            id: Spanned::new(0..0, self.description.id.to_string()),
            kind: Spanned::new(0..0, self.description.kind),
            position: Spanned::new(0..0, LonLat::from_lat_lon(self.description.position.lat_lon())),
            altitude: Spanned::new(0..0, AltitudeNote::AmslM(self.description.altitude.metres)),
            period_s: written(self.description.period_s),
            range_m: Spanned::new(0..0, coverage.range_m),
            sector_deg: coverage.sector.map(sector),
            elevation_deg: Some(Spanned::new(0..0, [low, high])),
            detection_probability: Some(written(self.description.detection_probability)),
            clutter_per_scan: Some(written(self.description.clutter_per_scan)),
            sigma: SigmaTable {
                range_m: self.sigma.range_m.map(written),
                azimuth_deg: self.sigma.azimuth_rad.map(in_degrees),
                elevation_deg: self.sigma.elevation_rad.map(in_degrees),
                range_rate_m_s: self.sigma.range_rate_m_s.map(written),
            },
            performance: PerformanceTable::of(&self.description.performance, self.description.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded;
    use crate::file::{FileErrors, Source};

    pub(super) const RADAR: &str = r#"
id = "radar-1"
kind = "radar"
position = [10.143933, 54.363849]
altitude = { agl_m = 30 }
period_s = 1
range_m = [50, 8000]
sector_deg = [350, 100]
elevation_deg = [-10, 60]
detection_probability = 0.95
clutter_per_scan = 0.3
sigma = { range_m = 5, azimuth_deg = 0.5, elevation_deg = 0.7, range_rate_m_s = 0.5 }
"#;

    pub(super) const ARRAY: &str = r#"
id = "array-1"
kind = "acoustic"
position = [10.143933, 54.363849]
altitude = { agl_m = 2 }
period_s = 1
range_m = [5, 500]
sigma = { azimuth_deg = 5, elevation_deg = 5 }
"#;

    /// What is told when a text is read in which `from` is `to`.
    pub(super) fn told(text: &str, from: &str, to: &str) -> String {
        assert!(text.contains(from), "no {from:?}");
        read(&text.replacen(from, to, 1)).unwrap_err().to_string()
    }

    pub(super) fn read(text: &str) -> Result<Sensor, FileErrors> {
        let site = embedded::site("kiel-holtenau").unwrap();
        let source = Source::new("s.toml", text.as_bytes())?;
        let table: SensorTable = source.parse()?;
        let mut reading = Reading::new(&source);
        let sensor = table.resolve(&mut reading, &site);
        reading.finish(sensor)
    }

    #[test]
    fn degrees_and_metres_become_a_description() {
        let sensor = read(RADAR).unwrap();
        let description = &sensor.description;
        assert_eq!(description.altitude.metres, 30.0);
        assert!((description.position.height().metres - 69.46).abs() < 1e-9, "30 m above a geoid 39.46 m up");
        let sector = description.coverage.sector.unwrap();
        assert!(sector.contains(Azimuth::from_degrees(10.0)) && !sector.contains(Azimuth::from_degrees(200.0)));
        assert!((sensor.sigma.azimuth_rad.unwrap() - 0.5_f64.to_radians()).abs() < 1e-15);
    }

    #[test]
    fn a_table_written_and_read_again_is_the_same_sensor() {
        for name in embedded::names("scenarios") {
            for sensor in embedded::scenario(name).unwrap().sensors {
                let text = toml::to_string(&sensor.table()).unwrap();
                let site = embedded::scenario(name).unwrap().site;
                let source = Source::new("s.toml", text.as_bytes()).unwrap();
                let table: SensorTable = source.parse().unwrap();
                let mut reading = Reading::new(&source);
                let again = table.resolve(&mut reading, &site);
                let again = reading.finish(again).unwrap();
                assert_eq!(again.table(), sensor.table(), "{text}");
                assert!(again.description.position.distance_m(sensor.description.position) < 0.01);
            }
        }
        assert_eq!(
            toml::to_string(&read(RADAR).unwrap().table()).unwrap().matches("sector_deg = [350.0, 100.0]").count(),
            1
        );
    }

    #[test]
    fn each_kind_has_the_deviations_of_what_it_measures() {
        let told = |from: &str, to: &str| told(RADAR, from, to);
        assert!(told("elevation_deg = 0.7, ", "").contains("kind: found no field sigma.elevation_deg"));
        assert!(told("\"radar\"", "\"rf_direction_finder\"").contains("sigma.range_m: found 5; allowed: no range_m"));
        assert!(told("azimuth_deg = 0.5", "azimuth_deg = 0").contains("found 0; allowed: 0.001 to 45 degrees"));
        assert!(told("[350, 100]", "[0, 360]").contains("sector_deg: found [0, 360]"));
        assert!(told("[50, 8000]", "[8000, 50]").contains("the lowest first"));
        assert!(told("period_s = 1", "period_s = 0").contains("only receivers"));
        assert!(told("agl_m", "home_m").contains("there is no home here"));
        let finder = RADAR.replace("\"radar\"", "\"rf_direction_finder\"");
        let finder = finder
            .replace("range_m = 5, azimuth_deg = 0.5, elevation_deg = 0.7, range_rate_m_s = 0.5", "azimuth_deg = 2");
        assert_eq!(read(&finder).unwrap().sigma.range_m, None);
    }

    #[test]
    fn an_acoustic_array_listens_at_intervals_and_receivers_report_when_something_comes() {
        assert_eq!(read(ARRAY).unwrap().sigma.elevation_rad, Some(5f64.to_radians()));
        assert!(super::tests::told(ARRAY, "period_s = 1", "period_s = 0").contains("only receivers"));
        for kind in ["ais_receiver", "remote_id_receiver", "adsb_receiver"] {
            let receiver = ARRAY.replace("acoustic", kind).replace("period_s = 1", "period_s = 0");
            assert!(read(&receiver).unwrap_err().to_string().contains("sigma.azimuth_deg: found 5; allowed: no"));
            let receiver = receiver.replace("sigma = { azimuth_deg = 5, elevation_deg = 5 }", "");
            assert_eq!(read(&receiver).unwrap().sigma, MeasurementSigma::default(), "{kind}");
        }
    }
}
