//! QGroundControl's `.plan` files, version 1: a mission, a geofence, rally points
//! (<https://docs.qgroundcontrol.com/master/en/qgc-dev-guide/file_formats/plan.html>).
//!
//! The document is kept as it is, complex items (survey, corridor, structure scan, landing patterns), null parameters and
//! unknown fields included. What is used of it is checked when it is read. A survey and a corridor carry the simple items
//! they stand for and are expanded into them; the way of a structure scan is made as QGroundControl makes it.

mod items;
mod scan;
mod write;

use serde_json::Value;
use telemetry::messages::VehicleKind;
use telemetry::{AltitudeAmsl, LatLon};

use super::flight::{FenceArea, FenceKind, Flight, Home};
use super::json::{self, At};
use super::mission_item::{self, MissionItem};
use crate::file::FileError;
use crate::notation::AltitudeNote;
use crate::zones::Outline;

pub(crate) use items::Expanded;

/// The most items, corners of a fence, and rally points.
const MANY: usize = 10_000;

/// A file.
#[derive(Debug, Clone, PartialEq)]
pub struct QgcPlan {
    document: Value,
    expanded: Expanded,
    home: Home,
    vehicle: Option<VehicleKind>,
    cruise_m_s: Option<f64>,
    fences: Vec<FenceArea>,
    rally_points: Vec<(LatLon, f64)>,
}

impl QgcPlan {
    /// Reads a file; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] with the path of the first thing that is not as it should be; unknown versions are refused.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        Self::of_document(file, json::parse(file, bytes)?)
    }

    fn of_document(file: &str, document: Value) -> Result<Self, FileError> {
        let root = At::root(file, &document);
        let kind = root.field("fileType")?;
        if kind.text()? != "Plan" {
            return Err(kind.refused("\"Plan\""));
        }
        version(&root, &[1], "a plan")?;
        let mission = root.field("mission")?;
        version(&mission, &[2], "a mission")?;
        let expanded = items::expand(&mission.field("items")?)?;
        let home = home(&mission)?;
        let vehicle = mission.get("vehicleType").map(|kind| vehicle(&kind)).transpose()?.flatten();
        let flies_forward = matches!(vehicle, Some(VehicleKind::FixedWing | VehicleKind::Vtol));
        let speed = mission.get(if flies_forward { "cruiseSpeed" } else { "hoverSpeed" });
        let cruise_m_s = speed.map(|speed| speed.number_or_null()).transpose()?.flatten().filter(|speed| *speed > 0.0);
        let fences = root.get("geoFence").map(|fence| fences(&fence)).transpose()?.unwrap_or_default();
        let rally_points = root.get("rallyPoints").map(|rally| rally_points(&rally)).transpose()?.unwrap_or_default();
        Ok(Self { expanded, home, vehicle, cruise_m_s, fences, rally_points, document })
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

    /// The items the vehicle flies, those that complex items stand for in their places.
    pub fn items(&self) -> impl Iterator<Item = &MissionItem> {
        self.expanded.items.iter().map(|placed| &placed.item)
    }

    /// Its items for a format without complex ones, and what that loses.
    pub(crate) fn expanded(&self) -> &Expanded {
        &self.expanded
    }

    pub(crate) fn home(&self) -> Home {
        self.home
    }

    /// What it asks for.
    #[must_use]
    pub fn flight(&self, title: &str) -> Flight {
        let mission_item::Led { legs, lost, mut unknown_ways } = mission_item::legs(&self.expanded.items);
        unknown_ways.extend(self.expanded.lost.iter().cloned());
        Flight {
            vehicle: self.vehicle,
            cruise_m_s: self.cruise_m_s,
            home: Some(self.home),
            legs,
            fences: self.fences.clone(),
            rally_points: self.rally_points.iter().map(|(at, m)| (*at, AltitudeNote::HomeM(*m))).collect(),
            lost: self.expanded.lost.iter().cloned().chain(lost).collect(),
            unknown_ways,
            ..Flight::new(title)
        }
        .with_speeds_settled()
        .with_depths_settled()
    }

    /// A file for a flight, and what of it the format cannot say.
    #[must_use]
    pub fn of_flight(flight: &Flight) -> (Self, Vec<String>) {
        let items = mission_item::items(&flight.legs, flight.cruise_m_s, 1);
        write::of_items(flight, &items)
    }

    /// A file for items that came from another format of the same kind.
    pub(crate) fn of_items(home: Option<Home>, items: &[MissionItem]) -> (Self, Vec<String>) {
        write::of_items(&Flight { home, ..Flight::new("") }, items)
    }
}

fn version(at: &At<'_>, known: &[i64], what: &str) -> Result<(), FileError> {
    let version = at.field("version")?;
    let number = version.integer(0, i64::MAX)?;
    if known.contains(&number) {
        return Ok(());
    }
    let names: Vec<String> = known.iter().map(i64::to_string).collect();
    let allowed = format!("{}: what other versions of {what} mean is not known", names.join(" or "));
    Err(version.refused_found(format!("version {number}"), allowed))
}

fn home(mission: &At<'_>) -> Result<Home, FileError> {
    let home = mission.field("plannedHomePosition")?;
    let altitude = match home.list(3)?.get(2) {
        Some(altitude) => altitude.number_or_null()?.map(AltitudeAmsl::new),
        None => None,
    };
    Ok(Home { at: home.lat_lon()?, altitude })
}

/// MAV_TYPE, as far as we fly it.
fn vehicle(kind: &At<'_>) -> Result<Option<VehicleKind>, FileError> {
    Ok(match kind.integer(0, 255)? {
        1 => Some(VehicleKind::FixedWing),
        2 | 3 | 4 | 13 | 14 | 15 => Some(VehicleKind::Multirotor),
        10 | 11 => Some(VehicleKind::Boat),
        12 => Some(VehicleKind::Rov),
        19..=25 => Some(VehicleKind::Vtol),
        _ => None,
    })
}

fn fences(fence: &At<'_>) -> Result<Vec<FenceArea>, FileError> {
    version(fence, &[2], "a geofence")?;
    let kind = |area: &At<'_>| {
        version(area, &[1], "an area of a geofence")?;
        Ok(if area.field("inclusion")?.truth()? { FenceKind::Inclusion } else { FenceKind::Exclusion })
    };
    let mut areas = Vec::new();
    for polygon in fence.field("polygons")?.list(MANY)? {
        let corners = polygon.field("polygon")?;
        let ring: Vec<LatLon> = corners.list(MANY)?.iter().map(At::lat_lon).collect::<Result<_, _>>()?;
        if ring.len() < 3 {
            return Err(corners.refused_found(format!("{} corners", ring.len()), "at least 3"));
        }
        areas.push(FenceArea { kind: kind(&polygon)?, outline: Outline::Polygon(vec![ring]) });
    }
    for circle in fence.field("circles")?.list(MANY)? {
        let round = circle.field("circle")?;
        let radius = round.field("radius")?;
        let radius_m = radius.number()?;
        if radius_m <= 0.0 {
            return Err(radius.refused("metres above 0"));
        }
        let outline = Outline::Circle { centre: round.field("center")?.lat_lon()?, radius_m };
        areas.push(FenceArea { kind: kind(&circle)?, outline });
    }
    Ok(areas)
}

/// Version 1 was written before fences had one; its points are the same.
fn rally_points(rally: &At<'_>) -> Result<Vec<(LatLon, f64)>, FileError> {
    version(rally, &[1, 2], "rally points")?;
    let point = |point: &At<'_>| match point.list(3)?.as_slice() {
        [_, _, height] => Ok((point.lat_lon()?, height.number()?)),
        _ => Err(point.refused("[latitude, longitude, metres above home]")),
    };
    rally.field("points")?.list(MANY)?.iter().map(point).collect()
}
