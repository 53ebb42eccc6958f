//! GeoJSON (RFC 7946), both ways.
//!
//! A flight of ours is a FeatureCollection in which each leg, fence, rally point and the home is a feature whose property
//! `picket` says what it is; its place is its geometry, the rest are properties named as in our plans. A line `way` is for
//! the eye and passed over when read. Of a document without such features the first line is taken as the way, without a
//! line its points.

mod legs;

use serde_json::{Map, Value, json};
use telemetry::LatLon;

use super::flight::{Flight, FlightLeg};
use super::json::{self, At};
use crate::file::FileError;
use crate::notation::AltitudeNote;
use crate::plan::Leg;

const PLACES_MAX: usize = 500_000;

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub struct GeoJson {
    document: Value,
}

impl GeoJson {
    /// Reads a file; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] with the path of the first thing that is no GeoJSON.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let document = json::parse(file, bytes)?;
        check(&At::root(file, &document))?;
        Ok(Self { document })
    }

    /// The file as text.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        json::write(&self.document)
    }

    /// The document as it was read.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// A collection of features: properties and geometry of each.
    pub(super) fn of_features(features: Vec<(Map<String, Value>, Value)>) -> Self {
        let feature =
            |(properties, geometry)| json!({ "type": "Feature", "properties": properties, "geometry": geometry });
        let features: Vec<Value> = features.into_iter().map(feature).collect();
        Self { document: json!({ "type": "FeatureCollection", "features": features }) }
    }

    /// A document for a flight. It can say everything a flight can.
    #[must_use]
    pub fn of_flight(flight: &Flight) -> Self {
        Self { document: legs::document(flight) }
    }

    /// What it asks for. `height` is for places without one.
    ///
    /// # Errors
    /// [`FileError`] with the path of a feature that is not as it should be.
    pub fn flight(&self, file: &str, title: &str, height: Option<AltitudeNote>) -> Result<Flight, FileError> {
        let root = At::root(file, &self.document);
        let features = match root.get("features") {
            Some(features) => features.list(PLACES_MAX)?,
            None => vec![root.clone()],
        };
        if features.iter().any(legs::is_ours) {
            return legs::flight(&root, &features, title);
        }
        foreign(&features, title, height)
    }
}

/// The way of the first line, or of all points, of a document that is not ours.
fn foreign(features: &[At<'_>], title: &str, height: Option<AltitudeNote>) -> Result<Flight, FileError> {
    let mut flight = Flight::new(title);
    let kind = |at: &At<'_>| at.get("type").and_then(|kind| kind.text().ok().map(str::to_owned)).unwrap_or_default();
    let has_line = features.iter().any(|feature| kind(&geometry_of(feature)) == "LineString");
    let (mut lines, mut has_heights) = (0, false);
    for feature in features {
        let geometry = geometry_of(feature);
        let name = kind(&geometry);
        let places = match name.as_str() {
            "LineString" if lines == 0 => {
                lines += 1;
                geometry.field("coordinates")?.list(PLACES_MAX)?
            }
            "Point" if !has_line => vec![geometry.field("coordinates")?],
            _ => {
                flight.lost.push(format!("{}: the {name}", feature.path()));
                continue;
            }
        };
        for place in places {
            let (at, metres) = place.position()?;
            has_heights |= metres.is_some();
            let altitude = metres.map(AltitudeNote::AmslM).or(height).ok_or_else(|| {
                place.refused_found("a place without a height", "heights, or one for all of it (--height-m)")
            })?;
            let leg = Leg::Waypoint { at, altitude, speed_m_s: None };
            flight.legs.push(FlightLeg { leg, place: place.path().to_owned() });
        }
    }
    if has_heights {
        flight.lost.push("heights: taken as above mean sea level; RFC 7946 counts from the ellipsoid".to_owned());
    }
    flight.lost.push("properties of features".to_owned());
    Ok(flight)
}

fn geometry_of<'v>(feature: &At<'v>) -> At<'v> {
    feature.get("geometry").unwrap_or_else(|| feature.clone())
}

/// Checks that a document is GeoJSON (RFC 7946, 3).
fn check(at: &At<'_>) -> Result<(), FileError> {
    let kind = at.field("type")?;
    match kind.text()? {
        "FeatureCollection" => at.field("features")?.list(PLACES_MAX)?.iter().try_for_each(check_feature),
        "Feature" => check_feature(at),
        _ => check_geometry(at),
    }
}

fn check_feature(at: &At<'_>) -> Result<(), FileError> {
    let kind = at.field("type")?;
    if kind.text()? != "Feature" {
        return Err(kind.refused("\"Feature\""));
    }
    let properties = at.field("properties")?;
    if !properties.value().is_null() {
        properties.object()?;
    }
    let geometry = at.field("geometry")?;
    if geometry.value().is_null() { Ok(()) } else { check_geometry(&geometry) }
}

fn check_geometry(at: &At<'_>) -> Result<(), FileError> {
    let kind = at.field("type")?;
    let name = kind.text()?;
    if name == "GeometryCollection" {
        return at.field("geometries")?.list(PLACES_MAX)?.iter().try_for_each(check_geometry);
    }
    let (depth, least) = match name {
        "Point" => (0, 0),
        "MultiPoint" => (1, 0),
        "LineString" => (1, 2),
        "MultiLineString" => (2, 2),
        "Polygon" => (2, 4),
        "MultiPolygon" => (3, 4),
        _ => return Err(kind.refused("a geometry of RFC 7946, a Feature or a FeatureCollection")),
    };
    check_places(&at.field("coordinates")?, depth, least)
}

/// Places in lists of a depth, the innermost of which have at least so many.
fn check_places(at: &At<'_>, depth: u8, least: usize) -> Result<(), FileError> {
    if depth == 0 {
        return at.position().map(|_| ());
    }
    let list = at.list(PLACES_MAX)?;
    if depth == 1 && list.len() < least {
        return Err(at.refused_found(format!("{} places", list.len()), format!("at least {least}")));
    }
    list.iter().try_for_each(|inner| check_places(inner, depth - 1, least))
}

/// A place as GeoJSON notes it.
fn position(at: LatLon) -> Value {
    let [lat, lon] = super::degrees(at);
    json!([lon, lat])
}
