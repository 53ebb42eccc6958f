//! The configuration of a sensor or feed that speaks in lines.
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
use std::path::PathBuf;

use detection::feed::{Clock, Format};
use detection::{ais, plots};
use serde::{Deserialize, Deserializer};
use telemetry::bus::BusConfig;
use telemetry::{AltitudeAmsl, SensorId, Timestamp};

use super::{BusTable, Document, SensorTable};
use crate::input::Input;

/// What the program needs to know.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) name: SensorId,
    pub(crate) format: Format,
    pub(crate) input: Input,
    pub(crate) bus: BusConfig,
}

impl Document for Config {
    type Form = File;

    fn checked(file: File) -> Result<Self, String> {
        let input = match file.input {
            InputTable::Stdin => Input::Stdin,
            InputTable::Tcp(address) => Input::Tcp(address),
            InputTable::File { path, lines_per_s } => Input::File { path, lines_per_s },
            InputTable::Udp { listen, network } if network || listen.ip().is_loopback() => Input::Udp(listen),
            InputTable::Udp { listen, .. } => {
                return Err(format!(
                    "[input] udp: {listen} would take datagrams from other machines; allowed is an address of this \
                     machine such as 127.0.0.1:10110, or network = true beside it"
                ));
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
pub(crate) struct File {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use telemetry::messages::SensorKind;
    use telemetry::topics::Program;

    use super::super::{ConfigError, parse as parse_at};
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
        parse_at(Path::new("sensor.toml"), text)
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
