//! A document of any of the formats, told apart by name and content.

use std::fmt;

use super::archive::Archive;
use super::flight::Flight;
use super::geojson::GeoJson;
use super::gpx::Gpx;
use super::kml::{Kml, Kmz};
use super::qgc::QgcPlan;
use super::wpl::Waypoints;
use super::wpml::Wpml;
use crate::file::FileError;
use crate::file::FileErrors;
use crate::notation::AltitudeNote;
use crate::plan::Plan;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Our own plans, `.toml`.
    Picket,
    /// QGroundControl, `.plan`.
    QgcPlan,
    /// Mission Planner, `.waypoints`.
    Waypoints,
    /// DJI waylines, `.kmz`.
    Wpml,
    /// `.kml`.
    Kml,
    /// `.kmz` that is not DJI's.
    Kmz,
    /// `.gpx`.
    Gpx,
    /// `.geojson` or `.json`.
    GeoJson,
}

impl Format {
    /// The format that a file's name ends for; `.kmz` is DJI's, as it is the one that is written.
    ///
    /// # Errors
    /// [`FileError`] for a name that ends for none.
    pub fn of_name(file: &str) -> Result<Self, FileError> {
        let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        Ok(match ending.as_str() {
            "toml" => Self::Picket,
            "plan" => Self::QgcPlan,
            "waypoints" | "txt" | "mission" => Self::Waypoints,
            "kmz" => Self::Wpml,
            "kml" => Self::Kml,
            "gpx" => Self::Gpx,
            "geojson" | "json" => Self::GeoJson,
            _ => {
                let allowed = ".toml, .plan, .waypoints, .kmz, .kml, .gpx or .geojson";
                return Err(FileError::whole(file, format!("a name ending in .{ending}"), allowed));
            }
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Picket => "a plan of ours",
            Self::QgcPlan => "a QGroundControl plan",
            Self::Waypoints => "QGC WPL waypoints",
            Self::Wpml => "DJI waylines",
            Self::Kml => "KML",
            Self::Kmz => "KMZ",
            Self::Gpx => "GPX",
            Self::GeoJson => "GeoJSON",
        })
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A plan of ours.
    Picket(Box<Plan>),
    /// Of QGroundControl.
    QgcPlan(Box<QgcPlan>),
    /// Of Mission Planner.
    Waypoints(Waypoints),
    /// Of DJI.
    Wpml(Wpml),
    /// KML.
    Kml(Kml),
    /// KML in an archive.
    Kmz(Kmz),
    /// GPX.
    Gpx(Gpx),
    /// GeoJSON.
    GeoJson(GeoJson),
}

impl Document {
    /// Reads a file of whatever format its name ends for; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileErrors`]: file, line or path, what was found, what is allowed.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileErrors> {
        Ok(match Format::of_name(file)? {
            Format::Picket => Self::Picket(Box::new(Plan::read(file, bytes)?)),
            Format::QgcPlan => Self::QgcPlan(Box::new(QgcPlan::read(file, bytes)?)),
            Format::Waypoints => Self::Waypoints(Waypoints::read(file, bytes)?),
            Format::Kml => Self::Kml(Kml::read(file, bytes)?),
            Format::Gpx => Self::Gpx(Gpx::read(file, bytes)?),
            Format::GeoJson => Self::GeoJson(GeoJson::read(file, bytes)?),
            Format::Wpml | Format::Kmz => {
                let archive = Archive::read(file, bytes)?;
                if Wpml::is(&archive) {
                    Self::Wpml(Wpml::of_archive(file, archive)?)
                } else {
                    Self::Kmz(Kmz::of_archive(file, archive)?)
                }
            }
        })
    }

    /// Its format.
    #[must_use]
    pub fn format(&self) -> Format {
        match self {
            Self::Picket(_) => Format::Picket,
            Self::QgcPlan(_) => Format::QgcPlan,
            Self::Waypoints(_) => Format::Waypoints,
            Self::Wpml(_) => Format::Wpml,
            Self::Kml(_) => Format::Kml,
            Self::Kmz(_) => Format::Kmz,
            Self::Gpx(_) => Format::Gpx,
            Self::GeoJson(_) => Format::GeoJson,
        }
    }

    /// The file, with everything it said.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        match self {
            Self::Picket(plan) => super::own::write(plan).into_bytes(),
            Self::QgcPlan(plan) => plan.write(),
            Self::Waypoints(waypoints) => waypoints.write(),
            Self::Wpml(wpml) => wpml.write(),
            Self::Kml(kml) => kml.write(),
            Self::Kmz(kmz) => kmz.write(),
            Self::Gpx(gpx) => gpx.write(),
            Self::GeoJson(geojson) => geojson.write(),
        }
    }

    /// What it asks for, and in [`Flight::lost`] what it says beyond that. `height` is for drawings without heights.
    ///
    /// # Errors
    /// [`FileError`] for what cannot be flown: places without heights, or no place at all.
    pub fn flight(&self, file: &str, height: Option<AltitudeNote>) -> Result<Flight, FileError> {
        let title = title_of(file);
        let flight = match self {
            Self::Picket(plan) => Flight::from(&**plan),
            Self::QgcPlan(plan) => plan.flight(title),
            Self::Waypoints(waypoints) => waypoints.flight(title),
            Self::Wpml(wpml) => wpml.flight(file, title)?,
            Self::Kml(kml) => kml.flight(file, title, height)?,
            Self::Kmz(kmz) => kmz.kml().flight(file, title, height)?,
            Self::Gpx(gpx) => gpx.flight(file, title, height)?,
            Self::GeoJson(geojson) => geojson.flight(file, title, height)?,
        };
        if flight.legs.is_empty() {
            return Err(FileError::whole(file, "nothing that can be flown", "at least one place to fly to"));
        }
        Ok(flight)
    }
}

/// The name of a file without folders and ending.
pub(super) fn title_of(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(title, _)| title)
}
