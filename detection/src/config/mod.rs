//! The configuration of `picket-sensor`: read once, whole, and checked before anything opens.
//!
//! ```toml
//! format = "ais"                       # or "plots"
//! clock = "feed"                       # ais: whose clock dates the reports, "feed" or "own"
//! # epoch = "2026-11-21T00:00:00Z"     # plots: what their times count from; 1970 where not given
//!
//! [input]                              # one of these; or input = "stdin" above
//! udp = { listen = "127.0.0.1:10110" } # another machine's datagrams need network = true as well
//! # tcp = "192.0.2.7:4001"
//! # file = { path = "capture.nmea", lines_per_s = 50 }
//!
//! [sensor]                             # as in a scenario or a station's configuration
//! id = "ais-1"
//! kind = "ais_receiver"
//! position = [10.1439, 54.3638]        # longitude, latitude
//! altitude = { amsl_m = 32 }
//! undulation_m = 39                    # the geoid above the ellipsoid there
//! period_s = 0
//! range_m = [0, 40000]
//!
//! [bus]
//! site = "kiel"
//! connect = ["tcp/127.0.0.1:7447"]
//! ```

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use detection::feed::{Clock, Format};
use detection::plots::PlotNoise;
use detection::{ais, plots};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use telemetry::bus::{BusConfig, TlsFiles};
use telemetry::messages::{AzimuthSector, Coverage, SensorDescription, SensorKind, SensorPerformance};
use telemetry::topics::Program;
use telemetry::{AltitudeAmsl, Azimuth, Elevation, Geodetic, GeoidUndulation, LatLon, SensorId, SiteId, Timestamp};
use thiserror::Error;

use crate::input::Input;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {path}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// The cause states line, column, field, what was found and what is allowed.
    #[error("{path}: {found}")]
    Invalid { path: PathBuf, found: toml::de::Error },
    #[error(
        "{path}, [input] udp: {listen} would take datagrams from other machines; allowed is an address of this \
             machine such as 127.0.0.1:10110, or network = true beside it"
    )]
    OpenToNetwork { path: PathBuf, listen: SocketAddr },
}

/// What the program needs to know.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) name: SensorId,
    pub(crate) format: Format,
    pub(crate) input: Input,
    pub(crate) bus: BusConfig,
}

impl Config {
    /// Reads and checks a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let invalid = |found| ConfigError::Invalid { path: path.to_owned(), found };
        let file: File = toml::from_str(text).map_err(invalid)?;
        let input = match file.input {
            InputTable::Stdin => Input::Stdin,
            InputTable::Tcp(address) => Input::Tcp(address),
            InputTable::File { path, lines_per_s } => Input::File { path, lines_per_s },
            InputTable::Udp { listen, network } if network || listen.ip().is_loopback() => Input::Udp(listen),
            InputTable::Udp { listen, .. } => {
                return Err(ConfigError::OpenToNetwork { path: path.to_owned(), listen });
            }
        };
        let name = file.sensor.id.clone();
        let format = match file.format {
            FormatName::Ais => {
                let sea_level = AltitudeAmsl::new(0.0).hae(file.sensor.undulation());
                let decoder = ais::Decoder::new(name.clone(), file.sensor.position(), sea_level);
                Format::Ais(Box::new(decoder), file.clock.into())
            }
            FormatName::Plots => {
                let decoder = plots::Decoder::new(file.sensor.description(), file.sensor.noise());
                Format::Plots(Box::new(decoder), file.epoch)
            }
        };
        Ok(Self { name, format, input, bus: file.bus.config() })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: FormatName,
    #[serde(default)]
    clock: ClockName,
    #[serde(default = "unix_epoch", deserialize_with = "instant")]
    epoch: Timestamp,
    input: InputTable,
    sensor: SensorTable,
    bus: BusTable,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormatName {
    Ais,
    Plots,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClockName {
    #[default]
    Feed,
    Own,
}

impl From<ClockName> for Clock {
    fn from(name: ClockName) -> Self {
        match name {
            ClockName::Feed => Self::Feed,
            ClockName::Own => Self::Own,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum InputTable {
    Stdin,
    Tcp(String),
    #[serde(rename_all = "snake_case")]
    Udp {
        listen: SocketAddr,
        #[serde(default)]
        network: bool,
    },
    File {
        path: PathBuf,
        #[serde(default = "fifty", deserialize_with = "rate")]
        lines_per_s: f64,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BusTable {
    site: SiteId,
    #[serde(default)]
    listen: Vec<String>,
    #[serde(default)]
    connect: Vec<String>,
    #[serde(default)]
    tls: Option<TlsFiles>,
}

impl BusTable {
    pub(crate) fn config(self) -> BusConfig {
        let Self { site, listen, connect, tls } = self;
        BusConfig { site, program: Program::Sensor, listen, connect, tls }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SensorTable {
    id: SensorId,
    kind: SensorKind,
    position: Place,
    altitude: AltitudeTable,
    #[serde(default, deserialize_with = "within::<_, -120, 120>")]
    undulation_m: f64,
    #[serde(deserialize_with = "within::<_, 0, 3600>")]
    period_s: f64,
    range_m: Band<0, 500_000>,
    #[serde(default)]
    sector_deg: Option<Sector>,
    #[serde(default)]
    elevation_deg: Option<Band<-90, 90>>,
    #[serde(default = "one", deserialize_with = "within::<_, 0, 1>")]
    detection_probability: f64,
    #[serde(default, deserialize_with = "within::<_, 0, 10_000>")]
    clutter_per_scan: f64,
    #[serde(default)]
    sigma: SigmaTable,
    /// The station's tracker is told it by the station's own file; a decoder needs none of it.
    #[serde(default, rename = "performance")]
    _performance: IgnoredAny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AltitudeTable {
    #[serde(deserialize_with = "within::<_, -500, 10_000>")]
    amsl_m: f64,
}

/// What is not stated is typical of the kind.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SigmaTable {
    range_m: Option<Positive>,
    azimuth_deg: Option<Positive>,
    elevation_deg: Option<Positive>,
    range_rate_m_s: Option<Positive>,
}

impl SensorTable {
    fn undulation(&self) -> GeoidUndulation {
        GeoidUndulation::new(self.undulation_m)
    }

    fn altitude(&self) -> AltitudeAmsl {
        AltitudeAmsl::new(self.altitude.amsl_m)
    }

    pub(crate) fn position(&self) -> Geodetic {
        self.position.0.at_height(self.altitude().hae(self.undulation()))
    }

    pub(crate) fn description(&self) -> SensorDescription {
        let [low, high] = self.elevation_deg.as_ref().map_or([-90.0, 90.0], |band| band.0);
        SensorDescription {
            id: self.id.clone(),
            kind: self.kind,
            position: self.position(),
            altitude: self.altitude(),
            period_s: self.period_s,
            coverage: Coverage {
                range_m: self.range_m.0,
                sector: self.sector_deg.as_ref().map(|sector| sector.0),
                elevation: [Elevation::from_degrees(low), Elevation::from_degrees(high)],
            },
            detection_probability: self.detection_probability,
            clutter_per_scan: self.clutter_per_scan,
            performance: SensorPerformance::default(),
        }
    }

    fn noise(&self) -> PlotNoise {
        let typical = PlotNoise::typical(self.kind);
        let stated = |value: &Option<Positive>| value.as_ref().map(|value| value.0);
        PlotNoise {
            range_m: stated(&self.sigma.range_m).unwrap_or(typical.range_m),
            azimuth_rad: stated(&self.sigma.azimuth_deg).map_or(typical.azimuth_rad, f64::to_radians),
            elevation_rad: stated(&self.sigma.elevation_deg).map_or(typical.elevation_rad, f64::to_radians),
            range_rate_m_s: stated(&self.sigma.range_rate_m_s).unwrap_or(typical.range_rate_m_s),
            ..typical
        }
    }
}

/// `[longitude, latitude]`, degrees.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[f64; 2]")]
struct Place(LatLon);

impl TryFrom<[f64; 2]> for Place {
    type Error = String;
    fn try_from([longitude, latitude]: [f64; 2]) -> Result<Self, String> {
        let at = LatLon::from_degrees(latitude, longitude);
        at.map(Self).map_err(|_| format!("[{longitude}, {latitude}]: allowed is [longitude, latitude] in degrees"))
    }
}

/// From and to, clockwise, degrees.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[f64; 2]")]
struct Sector(AzimuthSector);

impl TryFrom<[f64; 2]> for Sector {
    type Error = String;
    fn try_from([from, to]: [f64; 2]) -> Result<Self, String> {
        let allowed = 0.0..=360.0;
        if !allowed.contains(&from) || !allowed.contains(&to) || (to - from).rem_euclid(360.0) == 0.0 {
            return Err(format!("[{from}, {to}]: allowed is [from, to], 0 to 360 degrees; left out: all round"));
        }
        Ok(Self(AzimuthSector { from: Azimuth::from_degrees(from), to: Azimuth::from_degrees(to) }))
    }
}

/// Low and high, within bounds.
#[derive(Debug, Deserialize)]
#[serde(try_from = "[f64; 2]")]
struct Band<const LOW: i32, const HIGH: i32>([f64; 2]);

impl<const LOW: i32, const HIGH: i32> TryFrom<[f64; 2]> for Band<LOW, HIGH> {
    type Error = String;
    fn try_from([low, high]: [f64; 2]) -> Result<Self, String> {
        if low >= f64::from(LOW) && low < high && high <= f64::from(HIGH) {
            Ok(Self([low, high]))
        } else {
            Err(format!("[{low}, {high}]: allowed is [low, high] within {LOW} to {HIGH}"))
        }
    }
}

/// A standard deviation.
#[derive(Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Positive(f64);

impl TryFrom<f64> for Positive {
    type Error = String;
    fn try_from(value: f64) -> Result<Self, String> {
        if value > 0.0 && value <= 10_000.0 {
            Ok(Self(value))
        } else {
            Err(format!("{value}: allowed is more than 0 and at most 10000"))
        }
    }
}

fn within<'de, D: Deserializer<'de>, const LOW: i32, const HIGH: i32>(from: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(from)?;
    if (f64::from(LOW)..=f64::from(HIGH)).contains(&value) {
        Ok(value)
    } else {
        Err(serde::de::Error::custom(format!("{value}: allowed is {LOW} to {HIGH}")))
    }
}

fn rate<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(from)?;
    if (0.01..=10_000.0).contains(&value) {
        Ok(value)
    } else {
        Err(serde::de::Error::custom(format!("{value}: allowed is 0.01 to 10000 lines a second")))
    }
}

fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn unix_epoch() -> Timestamp {
    Timestamp::EPOCH
}

fn fifty() -> f64 {
    50.0
}

fn one() -> f64 {
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
format = "plots"
epoch = "2026-11-21T00:00:00Z"
[input]
udp = { listen = "127.0.0.1:10110" }
[sensor]
id = "radar-1"
kind = "radar"
position = [10.14, 54.36]
altitude = { amsl_m = 30 }
undulation_m = 39
period_s = 1
range_m = [50, 8000]
elevation_deg = [-10, 60]
clutter_per_scan = 0.3
sigma = { range_m = 5, azimuth_deg = 0.5 }
[bus]
site = "kiel"
connect = ["tcp/127.0.0.1:7447"]
"#;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(Path::new("sensor.toml"), text)
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.name.as_str(), "radar-1");
        assert_eq!(config.input, Input::Udp("127.0.0.1:10110".parse().unwrap()));
        assert_eq!((config.bus.program, config.bus.connect.len()), (Program::Sensor, 1));
        let file: File = toml::from_str(GOOD).unwrap();
        let description = file.sensor.description();
        assert_eq!((description.position.height().metres, description.altitude.metres), (69.0, 30.0));
        assert_eq!((file.sensor.noise().range_m, file.sensor.noise().azimuth_rad), (5.0, 0.5f64.to_radians()));
    }

    #[test]
    fn a_sensor_s_table_may_be_the_one_of_the_station_s_file() {
        let sheet = "sigma = { range_m = 5, azimuth_deg = 0.5 }\nperformance = { bird_factor = 0.75, rotation = true }";
        let text = GOOD.replace("sigma = { range_m = 5, azimuth_deg = 0.5 }", sheet);
        assert_eq!(parse(&text).unwrap().name.as_str(), "radar-1");
        let array = GOOD.replace("\"radar\"", "\"acoustic\"").replace("range_m = 5, ", "");
        let file: File = toml::from_str(&array).unwrap();
        assert_eq!((file.sensor.kind, file.sensor.noise().elevation_rad), (SensorKind::Acoustic, 5f64.to_radians()));
    }

    #[test]
    fn every_input_is_read() {
        let check = |input: &str, expected: Input| {
            let text = GOOD.replace(r#"udp = { listen = "127.0.0.1:10110" }"#, input);
            assert_eq!(parse(&text).unwrap().input, expected);
        };
        check(r#"tcp = "192.0.2.7:4001""#, Input::Tcp("192.0.2.7:4001".into()));
        check(r#"file = { path = "a.nmea" }"#, Input::File { path: "a.nmea".into(), lines_per_s: 50.0 });
        check(r#"udp = { listen = "0.0.0.0:10110", network = true }"#, Input::Udp("0.0.0.0:10110".parse().unwrap()));
        let text = GOOD.replace("[input]\nudp = { listen = \"127.0.0.1:10110\" }", "input = \"stdin\"");
        assert_eq!(parse(&text).unwrap().input, Input::Stdin);
    }

    #[test]
    fn mistakes_name_the_file_the_line_what_was_found_and_what_is_allowed() {
        let check = |from: &str, to: &str, expected: [&str; 3]| {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            let found = parse(&text).unwrap_err().to_string();
            for part in ["sensor.toml"].iter().chain(&expected) {
                assert!(found.contains(part), "{found:?} does not say {part:?}");
            }
        };
        check("\"plots\"", "\"plot\"", ["line 2", "format = \"plot\"", "expected `ais` or `plots`"]);
        check("127.0.0.1:10110", "0.0.0.0:10110", ["[input] udp", "0.0.0.0:10110", "network = true"]);
        check("127.0.0.1:10110", "nowhere", ["line 5", "nowhere", "invalid socket address"]);
        check("[10.14, 54.36]", "[54.36, 95]", ["line 9", "position = [54.36, 95]", "[longitude, latitude]"]);
        check("\"radar-1\"", "\"Radar 1\"", ["line 7", "Radar 1", "allowed are 1 to 48 of a-z"]);
        check("period_s = 1", "period_s = -1", ["line 12", "-1", "0 to 3600"]);
        check("[50, 8000]", "[8000, 50]", ["line 13", "[8000, 50]", "[low, high] within 0 to 500000"]);
        check("clutter_per_scan = 0.3", "cluter = 0.3", ["line 15", "cluter", "expected one of"]);
        check("range_m = 5", "range_m = nan", ["line 16", "NaN", "more than 0"]);
        check("site = \"kiel\"\n", "", ["line 17", "[bus]", "missing field `site`"]);
        check("2026-11-21T00:00:00Z", "yesterday", ["line 3", "yesterday", "RFC 3339"]);
    }
}
