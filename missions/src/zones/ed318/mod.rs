//! Reads zones in the data model of EUROCAE ED-318 (Technical Specification for Geographical Zones and U-Space Data
//! Provision), as GeoJSON with layers: the schema of <https://github.com/UASGeoZones/ED-318>.
//!
//! A file is a FeatureCollection or a single Feature. A layer of a collection of geometries holds for those in it that
//! have none. A point with an extent of subtype `Circle` is a circle. Hours may follow the sun (`BMCT`, `SR`, `SS`, `EECT`).
//!
//! What is refused: zones without properties or geometry, points without an extent, and lines, which nobody can be inside
//! of.

mod geometry;

use serde::Deserialize;

use self::geometry::Geometry;
use super::values::{DayName, Hour, Moment, ZONES_MAX};
use super::{Applicability, DailyPeriod, DayTime, Days, Restriction, UasZone};
use crate::file::{FileError, Position};
use crate::sun::SunEvent;

const DAY_S: u64 = 86_400;

/// Reads a file; `file` is the name errors give.
///
/// # Errors
/// [`FileError`] with the path, line and column of the first thing that cannot be used.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<UasZone>, FileError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut json = serde_json::Deserializer::from_slice(text);
    let told = |field: String, error: &serde_json::Error| FileError {
        file: file.to_owned(),
        at: Some(Position { line: error.line().max(1), column: error.column().max(1) }),
        field,
        found: error.to_string(),
        allowed: "zones in the data model of ED-318".to_owned(),
    };
    let document: Document =
        serde_path_to_error::deserialize(&mut json).map_err(|error| told(error.path().to_string(), error.inner()))?;
    json.end().map_err(|error| told("behind the zones".to_owned(), &error))?;
    let features = match (document.features, document.properties, document.geometry) {
        (Some(features), ..) => features,
        (None, Some(properties), Some(geometry)) => vec![Feature { properties, geometry }],
        _ => return Err(FileError::whole(file, "neither features nor a feature", "zones in the data model of ED-318")),
    };
    if features.len() > ZONES_MAX {
        return Err(FileError::whole(file, format!("{} zones", features.len()), format!("at most {ZONES_MAX}")));
    }
    features.into_iter().enumerate().map(|(number, feature)| feature.zone(file, number)).collect()
}

#[derive(Deserialize)]
struct Document {
    features: Option<Vec<Feature>>,
    properties: Option<Properties>,
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    identifier: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    name: Option<Texts>,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    reason: Option<Vec<String>>,
    #[serde(default)]
    message: Option<Texts>,
    #[serde(default)]
    limited_applicability: Option<Vec<Period>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    #[serde(alias = "U_SPACE")]
    Uspace,
    Prohibited,
    #[serde(alias = "REQ_AUTHORISATION")]
    ReqAuthorization,
    Conditional,
    #[serde(alias = "NO_RESTRICTIONS")]
    NoRestriction,
}

/// A text in several languages, or plain.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    Plain(String),
    InLanguages(Vec<Text>),
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    text: Option<String>,
}

impl Texts {
    fn first(self) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text),
            Self::InLanguages(texts) => texts.into_iter().find_map(|text| text.text),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Period {
    #[serde(default)]
    start_date_time: Option<Moment>,
    #[serde(default)]
    end_date_time: Option<Moment>,
    #[serde(default)]
    schedule: Option<Vec<Hours>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hours {
    #[serde(default)]
    day: Vec<DayName>,
    #[serde(default)]
    start_time: Option<Hour>,
    #[serde(default)]
    start_event: Option<Event>,
    #[serde(default)]
    end_time: Option<Hour>,
    #[serde(default)]
    end_event: Option<Event>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Event {
    Bmct,
    Sr,
    Ss,
    Eect,
}

impl Event {
    fn time(self) -> DayTime {
        DayTime::Sun(match self {
            Self::Bmct => SunEvent::CivilDawn,
            Self::Sr => SunEvent::Sunrise,
            Self::Ss => SunEvent::Sunset,
            Self::Eect => SunEvent::CivilDusk,
        })
    }
}

impl Period {
    fn applicability(self) -> Applicability {
        let daily = |hours: Hours| {
            let days = hours.day.iter().fold(Days::NONE, |days, name| days.and(&name.0).unwrap_or(days));
            let clock = |hour: Option<Hour>| hour.map(|hour| DayTime::Clock(hour.0));
            let from = clock(hours.start_time).or(hours.start_event.map(Event::time));
            let to = clock(hours.end_time).or(hours.end_event.map(Event::time));
            DailyPeriod {
                days: if hours.day.is_empty() { Days::ALL } else { days },
                from: from.unwrap_or(DayTime::Clock(std::time::Duration::ZERO)),
                to: to.unwrap_or(DayTime::Clock(std::time::Duration::from_secs(DAY_S))),
            }
        };
        Applicability {
            from: self.start_date_time.map(|moment| moment.0),
            to: self.end_date_time.map(|moment| moment.0),
            daily: self.schedule.unwrap_or_default().into_iter().map(daily).collect(),
        }
    }
}

impl Feature {
    fn zone(self, file: &str, number: usize) -> Result<UasZone, FileError> {
        let Properties { identifier, country, name, kind, reason, message, limited_applicability } = self.properties;
        let volumes = self.geometry.volumes().map_err(|found| FileError {
            file: file.to_owned(),
            at: None,
            field: format!("features[{number}].geometry ({identifier})"),
            found: found.to_owned(),
            allowed: "polygons, and points with the radius of a circle".to_owned(),
        })?;
        let mut applicability: Vec<Applicability> =
            limited_applicability.unwrap_or_default().into_iter().map(Period::applicability).collect();
        if applicability.is_empty() {
            // A zone that does not say when it applies always does.
            applicability.push(Applicability { from: None, to: None, daily: Vec::new() });
        }
        Ok(UasZone {
            identifier,
            country,
            name: name.and_then(Texts::first),
            restriction: match kind {
                Kind::Uspace => Restriction::USpace,
                Kind::Prohibited => Restriction::Prohibited,
                Kind::ReqAuthorization => Restriction::RequiresAuthorisation,
                Kind::Conditional => Restriction::Conditional,
                Kind::NoRestriction => Restriction::Unrestricted,
            },
            reasons: reason.unwrap_or_default(),
            message: message.and_then(Texts::first),
            applicability,
            volumes,
        })
    }
}
