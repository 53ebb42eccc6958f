//! The items of a mission: simple ones, and complex ones with the simple ones they stand for.

use telemetry::LatLon;

use super::{MANY, scan};
use crate::file::FileError;
use crate::formats::degrees;
use crate::formats::json::At;
use crate::formats::mission_item::{FRAME_MAX, MissionItem, Placed, command, frame};

/// The items that are flown, and what of the complex ones they do not say.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Expanded {
    pub(crate) items: Vec<Placed>,
    /// What cannot be flown from the file alone, and is left out.
    pub(crate) lost: Vec<String>,
    /// Complex items that stay only as what they stand for.
    pub(crate) flattened: Vec<String>,
}

pub(super) fn expand(items: &At<'_>) -> Result<Expanded, FileError> {
    let mut expanded = Expanded::default();
    for item in items.list(MANY)? {
        let kind = item.field("type")?;
        match kind.text()? {
            "SimpleItem" => expanded.items.push(simple(&item)?),
            "ComplexItem" => complex(&item, &mut expanded)?,
            _ => return Err(kind.refused("\"SimpleItem\" or \"ComplexItem\"")),
        }
    }
    Ok(expanded)
}

fn simple(item: &At<'_>) -> Result<Placed, FileError> {
    let list = item.field("params")?;
    let numbers = list.list(7)?;
    if numbers.len() != 7 {
        return Err(list.refused_found(format!("{} parameters", numbers.len()), "seven"));
    }
    let mut params = [None; 7];
    for (param, number) in params.iter_mut().zip(&numbers) {
        *param = number.number_or_null()?;
    }
    let number = |name: &str, most: i64| item.field(name)?.integer(0, most);
    let own = number("command", i64::from(u16::MAX))?;
    let frame_number = number("frame", i64::from(FRAME_MAX))?;
    let global = [0, 3, 5, 6, 10, 11].contains(&frame_number);
    let placed = global && own < 100;
    for (n, most) in [(4, 90.0), (5, 180.0)] {
        if placed && params[n].is_some_and(|degrees: f64| degrees.abs() > most) {
            return Err(numbers[n].refused(format!("−{most} to {most} degrees")));
        }
    }
    let item_number = match item.get("doJumpId") {
        Some(id) => id.integer(0, i64::from(u16::MAX))?,
        None => -1,
    };
    let auto_continue = item.get("autoContinue").map_or(Ok(true), |whether| whether.truth())?;
    let command = u16::try_from(own).unwrap_or(u16::MAX);
    let frame = u8::try_from(frame_number).unwrap_or(FRAME_MAX);
    let item_read = MissionItem { command, frame, params, auto_continue };
    Ok(Placed { item: item_read, number: item_number, place: item.path().to_owned() })
}

fn complex(item: &At<'_>, expanded: &mut Expanded) -> Result<(), FileError> {
    let kind = item.field("complexItemType")?;
    let name = kind.text()?;
    expanded.flattened.push(format!("{}: {name}: only the items it stands for", item.path()));
    match name {
        "survey" | "CorridorScan" => {
            let transects = item.field("TransectStyleComplexItem")?;
            for simple_item in transects.field("Items")?.list(MANY)? {
                expanded.items.push(simple(&simple_item)?);
            }
        }
        "fwLandingPattern" | "vtolLandingPattern" => landing(item, name, expanded)?,
        "StructureScan" => match scan::expand(item)? {
            Some(items) => expanded.items.extend(items),
            None => expanded
                .lost
                .push(format!("{}: {name}: of this version it is not known which way is flown", item.path())),
        },
        _ => expanded.lost.push(format!("{}: {name}: the file does not say which way it is flown", item.path())),
    }
    Ok(())
}

/// A landing pattern: from the approach to the ground.
fn landing(item: &At<'_>, name: &str, expanded: &mut Expanded) -> Result<(), FileError> {
    let place = |field: &str| -> Result<(LatLon, f64), FileError> {
        let at = item.field(field)?;
        match at.list(3)?.as_slice() {
            [_, _, height] => Ok((at.lat_lon()?, height.number()?)),
            _ => Err(at.refused("[latitude, longitude, metres]")),
        }
    };
    let approach_field =
        if item.get("landingApproachCoordinate").is_some() { "landingApproachCoordinate" } else { "loiterCoordinate" };
    let relative = item.get("altitudesAreRelative").map_or(Ok(true), |relative| relative.truth())?;
    let frame = if relative { frame::GLOBAL_RELATIVE_ALT } else { frame::GLOBAL };
    let land = if name == "fwLandingPattern" { command::LAND } else { command::VTOL_LAND };
    for (own, field) in [(command::WAYPOINT, approach_field), (land, "landCoordinate")] {
        let (at, height_m) = place(field)?;
        let [lat, lon] = degrees(at);
        let params = [0.0, 0.0, 0.0, 0.0, lat, lon, height_m].map(Some);
        let item_made = MissionItem { command: own, frame, params, auto_continue: true };
        expanded.items.push(Placed { item: item_made, number: -1, place: item.path().to_owned() });
    }
    Ok(())
}
