//! Reads zones in the data model of EUROCAE ED-269 (Minimum Operational Performance Standard for UAS Geo-Fencing, §8),
//! as authorities publish them.
//!
//! What differs between publishers and is taken: the list is called `features` or `UASZoneList`; hours are called `schedule`
//! or `dailyPeriod`; a byte order mark; numbers written as texts; limits left out or null; 99999 for no upper limit; a
//! polygon's rings closed or not. Feet become metres, names of days and times UTC.
//!
//! What is refused: what is no such list, a zone without a restriction or a volume that can be read, a place that is none.
//! The error names the path in the file, what was found and what is allowed.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use telemetry::LatLon;
use thiserror::Error;

use super::values::{DayName, Hour, METRES_A_FOOT, Moment, Number, UNLIMITED, ZONES_MAX};
use super::{
    Applicability, DailyPeriod, DayTime, Days, Outline, Restriction, UasZone, VerticalLimit, VerticalReference,
    ZoneVolume,
};
use crate::file::{FileError, Position};

/// A file that cannot be used.
#[derive(Debug, Error)]
pub enum Ed269Error {
    /// Something in it is not as it should be.
    #[error("{path}: {fault}")]
    Fault {
        /// Where in the file, such as `features[3].geometry[0].lowerLimit`.
        path: String,
        /// Line, column, what was found, what is allowed.
        fault: serde_json::Error,
    },
    /// More than can be.
    #[error("found {found} zones; allowed: at most {ZONES_MAX}")]
    TooMany {
        /// How many.
        found: usize,
    },
}

impl Ed269Error {
    /// As an error of a file.
    #[must_use]
    pub fn file_error(&self, file: &str) -> FileError {
        match self {
            Self::Fault { path, fault } => FileError {
                file: file.to_owned(),
                at: Some(Position { line: fault.line().max(1), column: fault.column().max(1) }),
                field: path.clone(),
                found: fault.to_string(),
                allowed: "zones in the data model of ED-269".to_owned(),
            },
            Self::TooMany { found } => FileError::whole(file, format!("{found} zones"), format!("at most {ZONES_MAX}")),
        }
    }
}

/// Reads a file.
///
/// # Errors
/// [`Ed269Error`] with the first thing that cannot be used.
pub fn read(bytes: &[u8]) -> Result<Vec<UasZone>, Ed269Error> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut json = serde_json::Deserializer::from_slice(text);
    let document: Document = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Ed269Error::Fault { path: error.path().to_string(), fault: error.into_inner() })?;
    json.end().map_err(|fault| Ed269Error::Fault { path: "behind the list".to_owned(), fault })?;
    let found = document.zones.len();
    if found > ZONES_MAX {
        return Err(Ed269Error::TooMany { found });
    }
    Ok(document.zones.into_iter().map(|zone| zone.0).collect())
}

#[derive(Deserialize)]
struct Document {
    #[serde(alias = "features", rename = "UASZoneList")]
    zones: Vec<CheckedZone>,
}

/// A zone, checked while the path to it is still known.
struct CheckedZone(UasZone);

impl<'de> Deserialize<'de> for CheckedZone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = RawZone::deserialize(from)?;
        if raw.geometry.is_empty() {
            return Err(D::Error::custom("found no geometry; allowed: at least one volume"));
        }
        Ok(Self(UasZone {
            identifier: raw.identifier,
            country: raw.country,
            name: raw.name,
            restriction: raw.restriction.into(),
            reasons: raw.reason.unwrap_or_default(),
            message: raw.message,
            applicability: raw.applicability.into_iter().map(|one| one.0).collect(),
            volumes: raw.geometry.into_iter().map(|one| one.0).collect(),
        }))
    }
}

#[derive(Deserialize)]
struct RawZone {
    identifier: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    name: Option<String>,
    restriction: RawRestriction,
    #[serde(default)]
    reason: Option<Vec<String>>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default = "always")]
    applicability: Vec<CheckedApplicability>,
    geometry: Vec<CheckedVolume>,
}

/// A zone that does not say when it applies always does.
fn always() -> Vec<CheckedApplicability> {
    vec![CheckedApplicability(Applicability { from: None, to: None, daily: Vec::new() })]
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RawRestriction {
    Prohibited,
    #[serde(alias = "REQ_AUTHORIZATION")]
    ReqAuthorisation,
    Conditional,
    #[serde(alias = "NO_RESTRICTIONS")]
    NoRestriction,
}

impl From<RawRestriction> for Restriction {
    fn from(raw: RawRestriction) -> Self {
        match raw {
            RawRestriction::Prohibited => Self::Prohibited,
            RawRestriction::ReqAuthorisation => Self::RequiresAuthorisation,
            RawRestriction::Conditional => Self::Conditional,
            RawRestriction::NoRestriction => Self::Unrestricted,
        }
    }
}

struct CheckedApplicability(Applicability);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawApplicability {
    #[serde(default)]
    permanent: Option<YesNo>,
    #[serde(default)]
    start_date_time: Option<Moment>,
    #[serde(default)]
    end_date_time: Option<Moment>,
    #[serde(default, alias = "dailyPeriod")]
    schedule: Option<Vec<RawPeriod>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum YesNo {
    Yes,
    No,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPeriod {
    #[serde(default)]
    day: Vec<DayName>,
    #[serde(default)]
    start_time: Option<Hour>,
    #[serde(default)]
    end_time: Option<Hour>,
}

impl<'de> Deserialize<'de> for CheckedApplicability {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = RawApplicability::deserialize(from)?;
        if raw.permanent == Some(YesNo::Yes) {
            return Ok(Self(Applicability { from: None, to: None, daily: Vec::new() }));
        }
        let period = |period: RawPeriod| {
            // A period without hours and days limits nothing.
            let days = period.day.iter().fold(Days::NONE, |days, name| days.and(&name.0).unwrap_or(days));
            let days = if period.day.is_empty() { Days::ALL } else { days };
            let (from, to) = (period.start_time.map(|hour| hour.0), period.end_time.map(|hour| hour.0));
            let limits = days != Days::ALL || from.is_some() || to.is_some();
            let (from, to) = (from.unwrap_or_default(), to.unwrap_or(Duration::from_secs(86_400)));
            limits.then_some(DailyPeriod { days, from: DayTime::Clock(from), to: DayTime::Clock(to) })
        };
        Ok(Self(Applicability {
            from: raw.start_date_time.map(|moment| moment.0),
            to: raw.end_date_time.map(|moment| moment.0),
            daily: raw.schedule.unwrap_or_default().into_iter().filter_map(period).collect(),
        }))
    }
}

struct CheckedVolume(ZoneVolume);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawVolume {
    #[serde(default)]
    uom_dimensions: Option<Unit>,
    #[serde(default)]
    lower_limit: Option<Number>,
    #[serde(default)]
    lower_vertical_reference: Option<RawReference>,
    #[serde(default)]
    upper_limit: Option<Number>,
    #[serde(default)]
    upper_vertical_reference: Option<RawReference>,
    horizontal_projection: CheckedOutline,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Unit {
    M,
    Ft,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum RawReference {
    #[serde(alias = "SFC")]
    Agl,
    #[serde(alias = "MSL")]
    Amsl,
}

impl<'de> Deserialize<'de> for CheckedVolume {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = RawVolume::deserialize(from)?;
        let metres = match raw.uom_dimensions {
            None | Some(Unit::M) => 1.0,
            Some(Unit::Ft) => METRES_A_FOOT,
        };
        let limit = |number: Option<Number>, reference: Option<RawReference>| {
            let reference = match reference {
                None | Some(RawReference::Agl) => VerticalReference::Agl,
                Some(RawReference::Amsl) => VerticalReference::Amsl,
            };
            number.map(|Number(number)| VerticalLimit { metres: number * metres, reference })
        };
        let upper = raw.upper_limit.filter(|Number(number)| *number < UNLIMITED);
        Ok(Self(ZoneVolume {
            lower: limit(raw.lower_limit, raw.lower_vertical_reference),
            upper: limit(upper, raw.upper_vertical_reference),
            outline: raw.horizontal_projection.0,
        }))
    }
}

struct CheckedOutline(Outline);

/// Not an enum by its `type`: of that the path to a mistake would end here.
#[derive(Deserialize)]
struct RawOutline {
    #[serde(rename = "type")]
    kind: RawKind,
    #[serde(default)]
    center: Option<Place>,
    #[serde(default)]
    radius: Option<Number>,
    #[serde(default)]
    coordinates: Option<Vec<Vec<Place>>>,
}

#[derive(Deserialize)]
enum RawKind {
    Circle,
    Polygon,
}

impl<'de> Deserialize<'de> for CheckedOutline {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = RawOutline::deserialize(from)?;
        match (raw.kind, raw.center, raw.radius, raw.coordinates) {
            (RawKind::Circle, Some(Place(centre)), Some(Number(radius_m)), _) if radius_m > 0.0 => {
                Ok(Self(Outline::Circle { centre, radius_m }))
            }
            (RawKind::Circle, ..) => {
                Err(D::Error::custom("found half a circle; allowed: a center and a radius above 0"))
            }
            (RawKind::Polygon, _, _, Some(rings)) if !rings.is_empty() && rings.iter().all(|ring| ring.len() >= 3) => {
                let places = |ring: Vec<Place>| ring.into_iter().map(|place| place.0).collect();
                Ok(Self(Outline::Polygon(rings.into_iter().map(places).collect())))
            }
            (RawKind::Polygon, ..) => Err(D::Error::custom("found no rings; allowed: rings of three places and more")),
        }
    }
}

/// Longitude and latitude, degrees; a height behind them is passed over.
struct Place(LatLon);

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let numbers: Vec<Number> = Vec::deserialize(from)?;
        let place = match numbers.as_slice() {
            [Number(lon), Number(lat)] | [Number(lon), Number(lat), _] => LatLon::from_degrees(*lat, *lon).ok(),
            _ => None,
        };
        let wrong = || D::Error::custom("found no place; allowed: [longitude, latitude] in degrees");
        place.map(Self).ok_or_else(wrong)
    }
}
