//! DJI's wayline files, WPML in a KMZ: `wpmz/template.kml`, what a person set up, and `wpmz/waylines.wpml`, what is flown
//! (<https://developer.dji.com/doc/cloud-api-tutorial/en/api-reference/dji-wpml/overview.html>).
//!
//! Both are kept whole, with tags that nobody here knows and whatever else the archive holds. A flight comes from the
//! waylines.

mod write;

use telemetry::messages::CameraAction;
use telemetry::{AltitudeAmsl, LatLon};

use super::archive::Archive;
use super::flight::{Flight, FlightLeg, Home};
use super::xml::{Element, XmlDocument};
use crate::file::FileError;
use crate::notation::AltitudeNote;
use crate::plan::Leg;

const TEMPLATE: &str = "wpmz/template.kml";
const WAYLINES: &str = "wpmz/waylines.wpml";

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wpml {
    archive: Archive,
    template: Option<XmlDocument>,
    waylines: XmlDocument,
}

impl Wpml {
    /// Reads a file; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] with the line of the first thing that is not as it should be.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        Self::of_archive(file, Archive::read(file, bytes)?)
    }

    /// Whether an archive is one of these.
    pub(super) fn is(archive: &Archive) -> bool {
        archive.entries().iter().any(|(name, _)| name == WAYLINES)
    }

    pub(super) fn of_archive(file: &str, archive: Archive) -> Result<Self, FileError> {
        let entry = |wanted: &str| {
            let found = archive.entries().iter().find(|(name, _)| name == wanted);
            found.map(|(name, content)| XmlDocument::read(&format!("{file}/{name}"), content)).transpose()
        };
        let Some(waylines) = entry(WAYLINES)? else {
            return Err(FileError::whole(file, format!("an archive without {WAYLINES}"), "DJI waylines"));
        };
        let template = entry(TEMPLATE)?;
        let wpml = Self { archive, template, waylines };
        wpml.flight(file, "")?;
        Ok(wpml)
    }

    /// The file: both documents as they were understood, everything else as it was.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let content = |(name, bytes): &(String, Vec<u8>)| match (name.as_str(), &self.template) {
            (WAYLINES, _) => (name.clone(), self.waylines.write()),
            (TEMPLATE, Some(template)) => (name.clone(), template.write()),
            _ => (name.clone(), bytes.clone()),
        };
        Archive::new(self.archive.entries().iter().map(content).collect()).write()
    }

    /// A file for a flight, and what of it the format cannot say.
    ///
    /// # Errors
    /// [`FileError`] for heights that count from different things.
    pub fn of_flight(flight: &Flight) -> Result<(Self, Vec<String>), FileError> {
        write::of_flight(flight)
    }

    /// What it asks for.
    ///
    /// # Errors
    /// [`FileError`] with the line of a place or a number that is none.
    pub fn flight(&self, file: &str, title: &str) -> Result<Flight, FileError> {
        let file = format!("{file}/{WAYLINES}");
        let mut flight = Flight::new(title);
        flight.home = self.home();
        let all = self.waylines.root().descendants();
        let folders: Vec<&Element> = all.iter().copied().filter(|element| element.name() == "Folder").collect();
        let Some(folder) = folders.first() else {
            return Err(self.waylines.root().refused(&file, "no Folder", "a wayline"));
        };
        for other in &folders[1..] {
            flight.lost.push(format!("line {}: another wayline", other.line()));
        }
        flight.cruise_m_s = folder.number_of(&file, "autoFlightSpeed")?;
        let mode = folder.text_of("executeHeightMode").unwrap_or_else(|| "relativeToStartPoint".to_owned());
        for placemark in folder.elements().filter(|element| element.name() == "Placemark") {
            waypoint(placemark, &file, &mode, &mut flight)?;
        }
        let finish = all.iter().find(|element| element.name() == "finishAction").map(|element| element.text());
        let place = flight.places().last().copied();
        let place_of_end = "missionConfig.finishAction".to_owned();
        match (finish.as_deref().map(str::trim), place) {
            (Some("goHome"), _) => flight.legs.push(FlightLeg { leg: Leg::ReturnHome, place: place_of_end }),
            (Some("autoLand"), Some(at)) => flight.legs.push(FlightLeg { leg: Leg::Land { at }, place: place_of_end }),
            (Some(other), _) => flight.lost.push(format!("finishAction {other}")),
            (None, _) => {}
        }
        for name in ["exitOnRCLost", "executeRCLostAction", "takeOffSecurityHeight", "globalTransitionalSpeed"] {
            if let Some(element) = all.iter().find(|element| element.name() == name) {
                flight.lost.push(format!("line {}: {name} {}", element.line(), element.text().trim()));
            }
        }
        Ok(flight)
    }

    /// The place of take-off, `latitude,longitude,height`, where the person who planned set it.
    fn home(&self) -> Option<Home> {
        let all = self.template.as_ref()?.root().descendants();
        let text = all.into_iter().find(|element| element.name() == "takeOffRefPoint")?.text();
        let numbers: Vec<f64> = text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        let [lat, lon, ..] = numbers.as_slice() else { return None };
        // Its height counts from the ellipsoid; how high the ground is it does not say.
        let at = LatLon::from_degrees(*lat, *lon).ok()?;
        Some(Home { at, altitude: None::<AltitudeAmsl> })
    }
}

fn waypoint(placemark: &Element, file: &str, mode: &str, flight: &mut Flight) -> Result<(), FileError> {
    let place = format!("line {}", placemark.line());
    let text = placemark.child("Point").and_then(|point| point.text_of("coordinates")).unwrap_or_default();
    let numbers: Vec<f64> = text.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    let at = match numbers.as_slice() {
        [lon, lat] | [lon, lat, _] => LatLon::from_degrees(*lat, *lon).ok(),
        _ => None,
    };
    let at = at.ok_or_else(|| placemark.refused(file, format!("{text:?}"), "Point.coordinates, longitude,latitude"))?;
    let height_m = placemark.number_of(file, "executeHeight")?;
    let Some(metres) = height_m else {
        return Err(placemark.refused(file, "no executeHeight", "metres"));
    };
    let altitude = match mode {
        "relativeToStartPoint" => AltitudeNote::HomeM(metres),
        "realTimeFollowSurface" => AltitudeNote::AglM(metres),
        // Without a geoid the ellipsoid is not mean sea level: 40 m off in the Baltic.
        _ => {
            let what = format!("{place}: the place, whose height of {metres} m counts from {mode}");
            flight.lost.push(what.clone());
            flight.unknown_ways.push(what);
            return Ok(());
        }
    };
    let speed_m_s = placemark.number_of(file, "waypointSpeed")?.filter(|speed| *speed > 0.0);
    let all = placemark.descendants();
    let (mut hover_s, mut cameras) = (None, Vec::new());
    for action in all.iter().filter(|element| element.name() == "action") {
        let function = action.text_of("actionActuatorFunc").unwrap_or_default();
        match function.as_str() {
            "hover" => {
                let params = action.child("actionActuatorFuncParam");
                hover_s = params.map(|params| params.number_of(file, "hoverTime")).transpose()?.flatten();
            }
            "startRecord" => cameras.push(CameraAction::On),
            "stopRecord" => cameras.push(CameraAction::Off),
            other => flight.lost.push(format!("line {}: the action {other}", action.line())),
        }
    }
    if let Some(heading) = all.iter().find(|element| element.name() == "waypointHeadingMode")
        && heading.text().trim() != "followWayline"
    {
        flight.lost.push(format!("line {}: heading {}", heading.line(), heading.text().trim()));
    }
    let leg = match hover_s {
        Some(for_s) if for_s > 0.0 => Leg::Loiter { at, altitude, for_s },
        _ => Leg::Waypoint { at, altitude, speed_m_s },
    };
    flight.legs.push(FlightLeg { leg, place: place.clone() });
    flight.legs.extend(cameras.into_iter().map(|camera| FlightLeg { leg: Leg::Camera(camera), place: place.clone() }));
    Ok(())
}
