//! Zones written in the data models of ED-269 and ED-318.

use std::time::Duration;

use serde_json::{Map, Value, json};
use telemetry::LatLon;

use super::{
    Applicability, DailyPeriod, DayTime, Outline, Restriction, UasZone, VerticalLimit, VerticalReference, ZoneVolume,
};
use crate::formats::degrees;
use crate::sun::SunEvent;

/// Writes zones as ED-269, and tells what of them it cannot say.
#[must_use]
pub fn write_ed269(zones: &[UasZone]) -> (Vec<u8>, Vec<String>) {
    let mut lost = Vec::new();
    let list: Vec<Value> = zones.iter().map(|zone| ed269_zone(zone, &mut lost)).collect();
    (text(&json!({ "features": list })), lost)
}

/// Writes zones as ED-318, and tells what of them it cannot say and what was assumed.
#[must_use]
pub fn write_ed318(zones: &[UasZone]) -> (Vec<u8>, Vec<String>) {
    let features: Vec<Value> = zones.iter().map(ed318_feature).collect();
    let lost = vec!["zoneAuthority: who it is is not known; its purpose was assumed to be AUTHORIZATION".to_owned()];
    (text(&json!({ "type": "FeatureCollection", "features": features })), lost)
}

fn text(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("the keys of a JSON value are texts");
    text.push(b'\n');
    text
}

fn ed269_zone(zone: &UasZone, lost: &mut Vec<String>) -> Value {
    let restriction = match zone.restriction {
        Restriction::Prohibited => "PROHIBITED",
        Restriction::RequiresAuthorisation => "REQ_AUTHORISATION",
        Restriction::Conditional => "CONDITIONAL",
        Restriction::Unrestricted => "NO_RESTRICTION",
        Restriction::USpace => {
            lost.push(format!("{}: that it is a U-space: it became REQ_AUTHORISATION", zone.identifier));
            "REQ_AUTHORISATION"
        }
    };
    let applicability: Vec<Value> =
        zone.applicability.iter().map(|one| ed269_applicability(one, &zone.identifier, lost)).collect();
    let geometry: Vec<Value> = zone.volumes.iter().map(|volume| ed269_volume(volume, &zone.identifier, lost)).collect();
    json!({
        "identifier": zone.identifier,
        "country": zone.country,
        "name": zone.name,
        "type": "COMMON",
        "restriction": restriction,
        "reason": zone.reasons,
        "message": zone.message,
        "applicability": applicability,
        "geometry": geometry,
    })
}

fn ed269_applicability(one: &Applicability, zone: &str, lost: &mut Vec<String>) -> Value {
    if one.is_always() {
        return json!({ "permanent": "YES" });
    }
    let mut fields = Map::new();
    fields.insert("permanent".to_owned(), json!("NO"));
    period(one, &mut fields);
    let mut clock = |time: DayTime, otherwise: &str| match time {
        DayTime::Clock(after) => hour(after),
        DayTime::Sun(event) => {
            lost.push(format!("{zone}: {}: the hours became those of the whole day", name_of(event)));
            otherwise.to_owned()
        }
    };
    let daily: Vec<Value> = one
        .daily
        .iter()
        .map(|DailyPeriod { days, from, to }| {
            json!({ "day": days.names(), "startTime": clock(*from, "00:00:00Z"), "endTime": clock(*to, "24:00:00Z") })
        })
        .collect();
    if !daily.is_empty() {
        fields.insert("schedule".to_owned(), json!(daily));
    }
    Value::Object(fields)
}

fn period(one: &Applicability, fields: &mut Map<String, Value>) {
    for (name, moment) in [("startDateTime", one.from), ("endDateTime", one.to)] {
        if let Some(moment) = moment {
            fields.insert(name.to_owned(), json!(moment.to_string()));
        }
    }
}

fn hour(after: Duration) -> String {
    let seconds = after.as_secs();
    format!("{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn name_of(event: SunEvent) -> &'static str {
    match event {
        SunEvent::CivilDawn => "BMCT",
        SunEvent::Sunrise => "SR",
        SunEvent::Sunset => "SS",
        SunEvent::CivilDusk => "EECT",
    }
}

fn reference(reference: VerticalReference) -> &'static str {
    match reference {
        VerticalReference::Agl => "AGL",
        VerticalReference::Amsl => "AMSL",
        VerticalReference::Wgs84 => "WGS84",
    }
}

fn ed269_volume(volume: &ZoneVolume, zone: &str, lost: &mut Vec<String>) -> Value {
    let mut fields = Map::new();
    fields.insert("uomDimensions".to_owned(), json!("M"));
    for (side, limit) in [("lower", volume.lower), ("upper", volume.upper)] {
        // A limit above the ellipsoid cannot be said: without it the zone reaches further, never less far.
        let limit = limit.filter(|limit| {
            let sayable = limit.reference != VerticalReference::Wgs84;
            if !sayable {
                lost.push(format!("{zone}: {side} limit {} m above the ellipsoid: none was written", limit.metres));
            }
            sayable
        });
        if let Some(VerticalLimit { metres, reference: from }) = limit {
            fields.insert(format!("{side}Limit"), json!(metres));
            fields.insert(format!("{side}VerticalReference"), json!(reference(from)));
        }
    }
    let projection = match &volume.outline {
        Outline::Circle { centre, radius_m } => {
            json!({ "type": "Circle", "center": position(*centre), "radius": radius_m })
        }
        Outline::Polygon(rings) => json!({ "type": "Polygon", "coordinates": closed(rings) }),
    };
    fields.insert("horizontalProjection".to_owned(), projection);
    Value::Object(fields)
}

fn position(at: LatLon) -> [f64; 2] {
    let [lat, lon] = degrees(at);
    [lon, lat]
}

fn closed(rings: &[Vec<LatLon>]) -> Vec<Vec<[f64; 2]>> {
    let ring = |ring: &Vec<LatLon>| {
        let mut places: Vec<[f64; 2]> = ring.iter().map(|at| position(*at)).collect();
        if let Some(first) = places.first().copied().filter(|first| places.last() != Some(first)) {
            places.push(first);
        }
        places
    };
    rings.iter().map(ring).collect()
}

fn ed318_feature(zone: &UasZone) -> Value {
    let kind = match zone.restriction {
        Restriction::Prohibited => "PROHIBITED",
        Restriction::RequiresAuthorisation => "REQ_AUTHORIZATION",
        Restriction::Conditional => "CONDITIONAL",
        Restriction::Unrestricted => "NO_RESTRICTION",
        Restriction::USpace => "USPACE",
    };
    let words = |text: &String| json!([{ "text": text, "lang": "en-GB" }]);
    let mut properties = Map::new();
    let mut put = |name: &str, value: Value| properties.insert(name.to_owned(), value);
    put("identifier", json!(zone.identifier));
    put("country", json!(zone.country));
    put("type", json!(kind));
    put("variant", json!("COMMON"));
    put("zoneAuthority", json!([{ "purpose": "AUTHORIZATION" }]));
    put("reason", json!(zone.reasons));
    if let Some(name) = &zone.name {
        put("name", words(name));
    }
    if let Some(message) = &zone.message {
        put("message", words(message));
    }
    if !zone.applicability.iter().any(Applicability::is_always) {
        let limited: Vec<Value> = zone.applicability.iter().map(ed318_applicability).collect();
        put("limitedApplicability", json!(limited));
    }
    let mut geometries: Vec<Value> = zone.volumes.iter().map(ed318_geometry).collect();
    let geometry = match geometries.len() {
        1 => geometries.remove(0),
        _ => json!({ "type": "GeometryCollection", "geometries": geometries }),
    };
    json!({ "type": "Feature", "properties": properties, "geometry": geometry })
}

fn ed318_applicability(one: &Applicability) -> Value {
    let mut fields = Map::new();
    period(one, &mut fields);
    let daily = |DailyPeriod { days, from, to }: &DailyPeriod| {
        let mut fields = Map::new();
        fields.insert("day".to_owned(), json!(days.names()));
        for (side, time) in [("start", from), ("end", to)] {
            let (kind, value) = match time {
                DayTime::Clock(after) => ("Time", hour(*after)),
                DayTime::Sun(event) => ("Event", name_of(*event).to_owned()),
            };
            fields.insert(format!("{side}{kind}"), json!(value));
        }
        Value::Object(fields)
    };
    if !one.daily.is_empty() {
        fields.insert("schedule".to_owned(), one.daily.iter().map(daily).collect());
    }
    Value::Object(fields)
}

fn ed318_geometry(volume: &ZoneVolume) -> Value {
    let mut layer = Map::new();
    for (side, limit) in [("lower", volume.lower), ("upper", volume.upper)] {
        if let Some(VerticalLimit { metres, reference: from }) = limit {
            layer.insert(side.to_owned(), json!(metres));
            layer.insert(format!("{side}Reference"), json!(reference(from)));
        }
    }
    layer.insert("uom".to_owned(), json!("m"));
    match &volume.outline {
        Outline::Circle { centre, radius_m } => json!({
            "type": "Point", "coordinates": position(*centre),
            "extent": { "subType": "Circle", "radius": radius_m }, "layer": layer,
        }),
        Outline::Polygon(rings) => json!({ "type": "Polygon", "coordinates": closed(rings), "layer": layer }),
    }
}
