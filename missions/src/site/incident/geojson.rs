//! Incidents as GeoJSON: a FeatureCollection of points, whose properties are `time` (an instant), `kind`, `note` and
//! `weight`. Heights, other properties and members beyond RFC 7946 are passed over and named.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use telemetry::{LatLon, Timestamp};

use super::{INCIDENTS_MAX, Incident, KIND_MAX, NOTE_MAX, WEIGHT_MAX};
use crate::file::FileError;
use crate::formats::degrees;
use crate::formats::json::{self, At};

/// The most properties that are named as passed over, and the longest name told of one.
const NAMED_MAX: usize = 10;
const NAME_MAX: usize = 40;

/// The incidents, and what is passed over. `off` says in words, found and allowed, why a place cannot be.
pub(super) fn read(
    file: &str,
    bytes: &[u8],
    off: impl Fn(LatLon) -> Option<(String, String)>,
) -> Result<(Vec<Incident>, Vec<String>), FileError> {
    let document = json::parse(file, bytes)?;
    let root = At::root(file, &document);
    let kind = root.field("type")?;
    if kind.text()? != "FeatureCollection" {
        return Err(kind.refused("\"FeatureCollection\""));
    }
    let mut others = BTreeSet::new();
    let mut heights = 0_usize;
    let mut incidents = Vec::new();
    for feature in root.field("features")?.list(INCIDENTS_MAX)? {
        let kind = feature.field("type")?;
        if kind.text()? != "Feature" {
            return Err(kind.refused("\"Feature\""));
        }
        let geometry = feature.field("geometry")?;
        let kind = geometry.field("type")?;
        if kind.text()? != "Point" {
            return Err(kind.refused("\"Point\": an incident has one place"));
        }
        let place = geometry.field("coordinates")?;
        let (position, height) = place.position()?;
        if let Some((found, allowed)) = off(position) {
            return Err(place.refused_found(found, allowed));
        }
        heights += usize::from(height.is_some());
        let properties = feature.field("properties")?;
        let names =
            properties.object()?.keys().filter(|name| !["time", "kind", "note", "weight"].contains(&name.as_str()));
        for name in names {
            if others.len() <= NAMED_MAX {
                others.insert(name.chars().take(NAME_MAX).collect::<String>());
            }
        }
        incidents.push(incident(&properties, position)?);
    }
    Ok((incidents, lost(&others, heights)))
}

fn incident(properties: &At<'_>, position: LatLon) -> Result<Incident, FileError> {
    let given = |name: &str| properties.get(name).filter(|at| !at.value().is_null());
    let time = properties.field("time")?;
    let at: Timestamp =
        time.text()?.parse().map_err(|_| time.refused("an instant such as \"2026-11-21T03:12:00Z\""))?;
    Ok(Incident {
        at,
        position,
        kind: line(&properties.field("kind")?, KIND_MAX)?,
        note: given("note").map(|note| line(&note, NOTE_MAX)).transpose()?,
        weight: match given("weight") {
            Some(weight) => {
                let number = weight.number()?;
                if !(0.0..=WEIGHT_MAX).contains(&number) {
                    return Err(weight.refused(format!("0 to {WEIGHT_MAX} times")));
                }
                number
            }
            None => 1.0,
        },
    })
}

fn line(at: &At<'_>, most: usize) -> Result<String, FileError> {
    let text = at.text()?;
    if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(at.refused(format!("1 to {most} characters on one line")));
    }
    Ok(text.to_owned())
}

fn lost(others: &BTreeSet<String>, heights: usize) -> Vec<String> {
    let mut lost = Vec::new();
    if heights > 0 {
        lost.push(format!("heights of {heights} features"));
    }
    if !others.is_empty() {
        let more = if others.len() > NAMED_MAX { " and more" } else { "" };
        let named: Vec<&str> = others.iter().take(NAMED_MAX).map(String::as_str).collect();
        lost.push(format!("properties {}{more}", named.join(", ")));
    }
    lost
}

pub(super) fn write(incidents: &[Incident]) -> Vec<u8> {
    let feature = |Incident { at, position, kind, note, weight }: &Incident| {
        let [lat, lon] = degrees(*position);
        let mut properties = Map::new();
        properties.insert("time".to_owned(), json!(at.to_string()));
        properties.insert("kind".to_owned(), json!(kind));
        if let Some(note) = note {
            properties.insert("note".to_owned(), json!(note));
        }
        properties.insert("weight".to_owned(), json!(weight));
        json!({
            "type": "Feature",
            "properties": properties,
            "geometry": { "type": "Point", "coordinates": [lon, lat] },
        })
    };
    let features: Vec<Value> = incidents.iter().map(feature).collect();
    json::write(&json!({ "type": "FeatureCollection", "features": features }))
}
