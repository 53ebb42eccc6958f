//! GPX 1.0 and 1.1 (<https://www.topografix.com/GPX/1/1/>): read for its routes, tracks and waypoints, and kept whole.
//!
//! Elevations count from mean sea level.

use serde_json::{Map, json};
use telemetry::LatLon;

use super::flight::{Flight, FlightLeg};
use super::geojson::GeoJson;
use super::kml::no_height;
use super::xml::{Element, XmlDocument};
use crate::file::FileError;
use crate::notation::AltitudeNote;
use crate::plan::Leg;

const PLACES_MAX: usize = 200_000;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpx {
    document: XmlDocument,
}

/// A place, its elevation where there is one, and its line.
type Place = (LatLon, Option<f64>, usize);

/// A route, a track's segment, or the waypoints.
struct Line {
    what: &'static str,
    name: String,
    places: Vec<Place>,
}

impl Gpx {
    /// Reads a file; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] with the line of the first thing that is no GPX.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let gpx = Self { document: XmlDocument::read(file, bytes)? };
        let root = gpx.document.root();
        if root.name() != "gpx" {
            return Err(root.refused(file, format!("<{}>", root.name()), "<gpx>"));
        }
        gpx.lines(file)?;
        Ok(gpx)
    }

    /// The file as text.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        self.document.write()
    }

    fn lines(&self, file: &str) -> Result<Vec<Line>, FileError> {
        let root = self.document.root();
        let mut left = PLACES_MAX;
        let mut lines = Vec::new();
        for route in root.elements().filter(|element| element.name() == "rte") {
            let name = route.text_of("name").unwrap_or_default();
            lines.push(Line { what: "route", name, places: places(route, "rtept", file, &mut left)? });
        }
        for track in root.elements().filter(|element| element.name() == "trk") {
            let name = track.text_of("name").unwrap_or_default();
            for segment in track.elements().filter(|element| element.name() == "trkseg") {
                let places = places(segment, "trkpt", file, &mut left)?;
                lines.push(Line { what: "track segment", name: name.clone(), places });
            }
        }
        let waypoints = places(root, "wpt", file, &mut left)?;
        lines.push(Line { what: "list of waypoints", name: String::new(), places: waypoints });
        lines.retain(|line| !line.places.is_empty());
        Ok(lines)
    }

    /// The way of its first route; without one of its first track segment, without that of its waypoints. `height` is for
    /// places without an elevation.
    ///
    /// # Errors
    /// [`FileError`] for places without a height where none is given.
    pub fn flight(&self, file: &str, title: &str, height: Option<AltitudeNote>) -> Result<Flight, FileError> {
        let lines = self.lines(file)?;
        let mut flight = Flight::new(title);
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                flight.lost.push(format!("the {} {:?} of {} places", line.what, line.name, line.places.len()));
                continue;
            }
            for (at, metres, at_line) in &line.places {
                let own = metres.map(AltitudeNote::AmslM);
                let altitude = own.or(height).ok_or_else(|| no_height(file, *at_line))?;
                let leg = Leg::Waypoint { at: *at, altitude, speed_m_s: None };
                flight.legs.push(FlightLeg { leg, place: format!("line {at_line}") });
            }
        }
        flight.lost.push("names, times and extensions of places".to_owned());
        Ok(flight)
    }

    /// Everything in it as GeoJSON, and what that loses.
    pub(crate) fn geojson(&self, file: &str) -> Result<(GeoJson, Vec<String>), FileError> {
        let mut features = Vec::new();
        for line in self.lines(file)? {
            let position = |(at, metres, _): &Place| {
                let [lat, lon] = super::degrees(*at);
                metres.map_or_else(|| json!([lon, lat]), |metres| json!([lon, lat, metres]))
            };
            let mut properties = Map::new();
            properties.insert("name".to_owned(), json!(line.name));
            if line.what == "list of waypoints" || line.places.len() < 2 {
                for place in &line.places {
                    features.push((properties.clone(), json!({ "type": "Point", "coordinates": position(place) })));
                }
            } else {
                let coordinates: Vec<_> = line.places.iter().map(position).collect();
                features.push((properties, json!({ "type": "LineString", "coordinates": coordinates })));
            }
        }
        Ok((GeoJson::of_features(features), vec!["times, links and extensions".to_owned()]))
    }
}

fn places(element: &Element, name: &str, file: &str, left: &mut usize) -> Result<Vec<Place>, FileError> {
    let mut places = Vec::new();
    for point in element.elements().filter(|element| element.name() == name) {
        let degrees = |attribute: &str| point.attribute(attribute).and_then(|text| text.trim().parse::<f64>().ok());
        let at = degrees("lat").zip(degrees("lon")).and_then(|(lat, lon)| LatLon::from_degrees(lat, lon).ok());
        let at = at.ok_or_else(|| {
            let found = format!("lat {:?}, lon {:?}", point.attribute("lat"), point.attribute("lon"));
            point.refused(file, found, "lat and lon in degrees")
        })?;
        *left = left.checked_sub(1).ok_or_else(|| {
            point.refused(file, format!("more than {PLACES_MAX} places"), format!("at most {PLACES_MAX}"))
        })?;
        places.push((at, point.number_of(file, "ele")?, point.line()));
    }
    Ok(places)
}
