//! KML 2.2 (OGC 07-147r2), plain and in archives (KMZ): read for the lines and points that people draw, and kept whole.
//!
//! Heights follow `altitudeMode`: `absolute` counts from mean sea level, `relativeToGround` from the ground;
//! `clampToGround`, which is also what is meant where nothing is said, has none (clause 9.20).

use serde_json::{Map, Value, json};
use telemetry::LatLon;

use super::archive::Archive;
use super::flight::{Flight, FlightLeg};
use super::geojson::GeoJson;
use super::xml::{Element, XmlDocument};
use crate::file::FileError;
use crate::notation::AltitudeNote;
use crate::plan::Leg;

/// The most places of one file.
const PLACES_MAX: usize = 200_000;

/// A KML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kml {
    document: XmlDocument,
}

/// A KMZ file: an archive with a KML file in it, and whatever else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kmz {
    archive: Archive,
    name: String,
    kml: Kml,
}

/// A geometry that somebody drew.
struct Drawn<'k> {
    name: String,
    kind: &'k str,
    places: Vec<Vec<(LatLon, f64)>>,
    mode: String,
    line: usize,
}

impl Kml {
    /// Reads a file; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] with the line of the first thing that is no XML, or of a geometry that is none.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let kml = Self { document: XmlDocument::read(file, bytes)? };
        kml.drawn(file)?;
        Ok(kml)
    }

    /// The file as text.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        self.document.write()
    }

    /// Everything drawn in it.
    fn drawn(&self, file: &str) -> Result<Vec<Drawn<'_>>, FileError> {
        let mut drawn = Vec::new();
        let mut left = PLACES_MAX;
        gather(self.document.root(), "", file, &mut left, &mut drawn)?;
        Ok(drawn)
    }

    /// The way its first line shows; without a line, its points in their order. `height` is for places without one.
    ///
    /// # Errors
    /// [`FileError`] for places without a height where none is given.
    pub fn flight(&self, file: &str, title: &str, height: Option<AltitudeNote>) -> Result<Flight, FileError> {
        let drawn = self.drawn(file)?;
        let has_line = drawn.iter().any(|one| one.kind == "LineString");
        let mut flight = Flight::new(title);
        let mut lines = 0;
        for one in &drawn {
            let wanted = match one.kind {
                "LineString" => {
                    lines += 1;
                    lines == 1
                }
                "Point" => !has_line,
                _ => false,
            };
            if !wanted {
                flight.lost.push(format!("line {}: the {} {:?}", one.line, one.kind, one.name));
                continue;
            }
            for (at, metres) in one.places.iter().flatten() {
                let own = match one.mode.as_str() {
                    "absolute" => Some(AltitudeNote::AmslM(*metres)),
                    "relativeToGround" => Some(AltitudeNote::AglM(*metres)),
                    _ => None,
                };
                let altitude = own.or(height).ok_or_else(|| no_height(file, one.line))?;
                let leg = Leg::Waypoint { at: *at, altitude, speed_m_s: None };
                flight.legs.push(FlightLeg { leg, place: format!("line {}", one.line) });
            }
        }
        Ok(flight)
    }

    /// Everything drawn in it as GeoJSON, and what that loses.
    pub(crate) fn geojson(&self, file: &str) -> Result<(GeoJson, Vec<String>), FileError> {
        let mut features = Vec::new();
        for one in self.drawn(file)? {
            let position = |(at, metres): &(LatLon, f64)| {
                let [lat, lon] = super::degrees(*at);
                json!([lon, lat, metres])
            };
            let rings: Vec<Vec<Value>> = one.places.iter().map(|ring| ring.iter().map(position).collect()).collect();
            let coordinates = match one.kind {
                "Point" => rings.first().and_then(|ring| ring.first()).cloned().unwrap_or(Value::Null),
                "LineString" => json!(rings.first()),
                _ => json!(rings),
            };
            let mut properties = Map::new();
            properties.insert("name".to_owned(), json!(one.name));
            properties.insert("altitudeMode".to_owned(), json!(one.mode));
            features.push((properties, json!({ "type": one.kind, "coordinates": coordinates })));
        }
        let lost = vec!["styles, descriptions, views and overlays".to_owned()];
        Ok((GeoJson::of_features(features), lost))
    }
}

/// That a place has no height, and none was given for it.
pub(super) fn no_height(file: &str, line: usize) -> FileError {
    FileError {
        file: file.to_owned(),
        at: Some(crate::file::Position { line, column: 1 }),
        field: String::new(),
        found: "a place without a height".to_owned(),
        allowed: "heights in the file, or one for all of it (--height-m)".to_owned(),
    }
}

fn gather<'k>(
    element: &'k Element,
    name: &str,
    file: &str,
    left: &mut usize,
    drawn: &mut Vec<Drawn<'k>>,
) -> Result<(), FileError> {
    let own = if element.name() == "Placemark" { element.text_of("name") } else { None };
    let name = own.as_deref().unwrap_or(name);
    let mode = element.text_of("altitudeMode").unwrap_or_else(|| "clampToGround".to_owned());
    let mut put = |kind, places| {
        drawn.push(Drawn { name: name.to_owned(), kind, places, mode: mode.clone(), line: element.line() });
    };
    match element.name() {
        "Point" => {
            let places = coordinates(element, file, 1, left)?;
            put("Point", vec![places]);
        }
        "LineString" => {
            let places = coordinates(element, file, 2, left)?;
            put("LineString", vec![places]);
        }
        "Polygon" => {
            let mut rings = Vec::new();
            for boundary in ["outerBoundaryIs", "innerBoundaryIs"] {
                for side in element.elements().filter(|side| side.name() == boundary) {
                    for ring in side.elements().filter(|ring| ring.name() == "LinearRing") {
                        rings.push(coordinates(ring, file, 4, left)?);
                    }
                }
            }
            if rings.is_empty() {
                return Err(element.refused(file, "a polygon without an outer boundary", "outerBoundaryIs"));
            }
            put("Polygon", rings);
        }
        _ => {
            for child in element.elements() {
                gather(child, name, file, left, drawn)?;
            }
        }
    }
    Ok(())
}

/// The places of an element, `longitude,latitude[,height]` with white space between them.
fn coordinates(element: &Element, file: &str, least: usize, left: &mut usize) -> Result<Vec<(LatLon, f64)>, FileError> {
    let Some(list) = element.child("coordinates") else {
        return Err(element.refused(file, "no coordinates", "an element coordinates"));
    };
    let mut places = Vec::new();
    for tuple in list.text().split_whitespace() {
        let numbers: Option<Vec<f64>> = tuple.split(',').map(|number| number.parse().ok()).collect();
        let place = match numbers.as_deref() {
            Some([lon, lat]) => LatLon::from_degrees(*lat, *lon).ok().map(|at| (at, 0.0)),
            Some([lon, lat, metres]) if metres.is_finite() => {
                LatLon::from_degrees(*lat, *lon).ok().map(|at| (at, *metres))
            }
            _ => None,
        };
        let cut: String = tuple.chars().take(60).collect();
        places.push(place.ok_or_else(|| list.refused(file, cut, "longitude,latitude[,metres]"))?);
        *left = left.checked_sub(1).ok_or_else(|| {
            list.refused(file, format!("more than {PLACES_MAX} places"), format!("at most {PLACES_MAX}"))
        })?;
    }
    if places.len() < least {
        return Err(list.refused(file, format!("{} places", places.len()), format!("at least {least}")));
    }
    Ok(places)
}

impl Kmz {
    /// Reads a file; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] for what is no archive, holds no KML, or holds one that cannot be read.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        Self::of_archive(file, Archive::read(file, bytes)?)
    }

    pub(super) fn of_archive(file: &str, archive: Archive) -> Result<Self, FileError> {
        // The first one in the archive is what is shown, whatever its name (clause 7.1 and annex C).
        let found = archive.entries().iter().find(|(name, _)| name.to_ascii_lowercase().ends_with(".kml"));
        let Some((name, content)) = found else {
            return Err(FileError::whole(file, "an archive without a .kml file", "a KMZ archive"));
        };
        let kml = Kml::read(&format!("{file}/{name}"), content)?;
        Ok(Self { name: name.clone(), kml, archive })
    }

    /// The file: the KML as it was understood, everything else as it was.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let content = |(name, bytes): &(String, Vec<u8>)| {
            (name.clone(), if *name == self.name { self.kml.write() } else { bytes.clone() })
        };
        Archive::new(self.archive.entries().iter().map(content).collect()).write()
    }

    /// The KML in it.
    #[must_use]
    pub fn kml(&self) -> &Kml {
        &self.kml
    }
}
