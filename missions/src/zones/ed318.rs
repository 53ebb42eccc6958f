//! Reads zones in the data model of EUROCAE ED-318 (Technical Specification for Geographical Zones and U-Space Data
//! Provision), as GeoJSON with layers: the schema of <https://github.com/UASGeoZones/ED-318>.
//!
//! A file is a FeatureCollection or a single Feature. A layer of a collection of geometries holds for those in it that
//! have none. A point with an extent of subtype `Circle` is a circle. Hours may follow the sun (`BMCT`, `SR`, `SS`, `EECT`).
//!
//! What is refused: zones without properties or geometry, points without an extent, and lines, which nobody can be inside
//! of.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use telemetry::LatLon;

use super::ed269::{DayName, Hour, METRES_A_FOOT, Moment, Number, UNLIMITED, ZONES_MAX};
use super::{
    Applicability, DailyPeriod, DayTime, Days, Outline, Restriction, UasZone, VerticalLimit, VerticalReference,
    ZoneVolume,
};
use crate::file::{FileError, Position};
use crate::sun::SunEvent;

/// Collections inside each other.
const DEPTH_MAX: usize = 8;
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

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: GeometryKind,
    #[serde(default)]
    coordinates: Option<Coordinates>,
    #[serde(default)]
    geometries: Option<Vec<Geometry>>,
    #[serde(default)]
    layer: Option<Layer>,
    #[serde(default)]
    extent: Option<Extent>,
}

#[derive(Deserialize, Clone, Copy)]
enum GeometryKind {
    Point,
    Polygon,
    MultiPolygon,
    GeometryCollection,
}

/// Coordinates, however deep they are.
enum Coordinates {
    Place(LatLon),
    Rings(Vec<Vec<LatLon>>),
    Polygons(Vec<Vec<Vec<LatLon>>>),
}

/// A list of numbers or of lists.
enum Nested {
    Number(f64),
    List(Vec<Nested>),
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Nested;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or a list")
            }
            fn visit_f64<E>(self, number: f64) -> Result<Nested, E> {
                Ok(Nested::Number(number))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Nested, E> {
                Ok(Nested::Number(number as f64))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Nested, E> {
                Ok(Nested::Number(number as f64))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Nested, A::Error> {
                let mut all = Vec::with_capacity(list.size_hint().unwrap_or(0).min(1_024));
                while let Some(element) = list.next_element()? {
                    all.push(element);
                }
                Ok(Nested::List(all))
            }
        }
        from.deserialize_any(Either)
    }
}

impl Nested {
    fn list(&self) -> Option<&[Nested]> {
        match self {
            Self::List(list) => Some(list),
            Self::Number(_) => None,
        }
    }

    /// Longitude and latitude, degrees; a height behind them is passed over.
    fn place(&self) -> Option<LatLon> {
        match self.list()? {
            [Self::Number(lon), Self::Number(lat), ..] => LatLon::from_degrees(*lat, *lon).ok(),
            _ => None,
        }
    }

    fn ring(&self) -> Option<Vec<LatLon>> {
        let ring: Option<Vec<LatLon>> = self.list()?.iter().map(Self::place).collect();
        ring.filter(|ring| ring.len() >= 3)
    }

    fn rings(&self) -> Option<Vec<Vec<LatLon>>> {
        let rings: Option<Vec<Vec<LatLon>>> = self.list()?.iter().map(Self::ring).collect();
        rings.filter(|rings| !rings.is_empty())
    }

    fn coordinates(&self) -> Option<Coordinates> {
        if let Some(place) = self.place() {
            return Some(Coordinates::Place(place));
        }
        self.rings().map(Coordinates::Rings).or_else(|| {
            let polygons: Option<Vec<Vec<Vec<LatLon>>>> = self.list()?.iter().map(Self::rings).collect();
            polygons.map(Coordinates::Polygons)
        })
    }
}

impl<'de> Deserialize<'de> for Coordinates {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // How deep they are is known only when they are read.
        let nested = Nested::deserialize(from)?;
        nested.coordinates().ok_or_else(|| {
            D::Error::custom("found no coordinates; allowed: a place, or rings of three places and more, in degrees")
        })
    }
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "camelCase")]
struct Layer {
    #[serde(default)]
    upper: Option<Number>,
    #[serde(default)]
    upper_reference: Option<Reference>,
    #[serde(default)]
    lower: Option<Number>,
    #[serde(default)]
    lower_reference: Option<Reference>,
    #[serde(default)]
    uom: Option<Unit>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Reference {
    Agl,
    Amsl,
    Wgs84,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Unit {
    #[serde(alias = "M")]
    M,
    #[serde(alias = "FT")]
    Ft,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extent {
    sub_type: ExtentKind,
    radius: Number,
}

#[derive(Deserialize, Clone, Copy)]
enum ExtentKind {
    Circle,
}

impl Layer {
    /// The lower and the upper limit.
    fn limits(self) -> [Option<VerticalLimit>; 2] {
        let metres = if matches!(self.uom, Some(Unit::Ft)) { METRES_A_FOOT } else { 1.0 };
        let limit = |number: Option<Number>, reference: Option<Reference>| {
            let reference = match reference {
                None | Some(Reference::Agl) => VerticalReference::Agl,
                Some(Reference::Amsl) => VerticalReference::Amsl,
                Some(Reference::Wgs84) => VerticalReference::Wgs84,
            };
            number.map(|number| VerticalLimit { metres: number.0 * metres, reference })
        };
        let upper = self.upper.filter(|number| number.0 < UNLIMITED);
        [limit(self.lower, self.lower_reference), limit(upper, self.upper_reference)]
    }
}

impl Feature {
    fn zone(self, file: &str, number: usize) -> Result<UasZone, FileError> {
        let Properties { identifier, country, name, kind, reason, message, limited_applicability } = self.properties;
        let mut volumes = Vec::new();
        self.geometry.volumes(None, DEPTH_MAX, &mut volumes).map_err(|found| FileError {
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

impl Geometry {
    fn volumes(self, above: Option<Layer>, depth: usize, volumes: &mut Vec<ZoneVolume>) -> Result<(), &'static str> {
        let layer = self.layer.or(above);
        let [lower, upper] = layer.map_or([None, None], Layer::limits);
        let mut put = |outline| volumes.push(ZoneVolume { lower, upper, outline });
        match (self.kind, self.coordinates, self.extent) {
            (GeometryKind::Polygon, Some(Coordinates::Rings(rings)), _) => put(Outline::Polygon(rings)),
            (GeometryKind::MultiPolygon, Some(Coordinates::Polygons(polygons)), _) => {
                polygons.into_iter().for_each(|rings| put(Outline::Polygon(rings)));
            }
            (
                GeometryKind::Point,
                Some(Coordinates::Place(centre)),
                Some(Extent { sub_type: ExtentKind::Circle, radius }),
            ) if radius.0 > 0.0 => {
                put(Outline::Circle { centre, radius_m: radius.0 });
            }
            (GeometryKind::Point, ..) => return Err("a point without a radius above 0"),
            (GeometryKind::GeometryCollection, ..) => {
                let Some(inside) = self.geometries.filter(|inside| !inside.is_empty()) else {
                    return Err("an empty collection");
                };
                let left = depth.checked_sub(1).ok_or("collections too deep inside each other")?;
                for geometry in inside {
                    geometry.volumes(layer, left, volumes)?;
                }
            }
            _ => return Err("coordinates of another kind of geometry"),
        }
        Ok(())
    }
}
