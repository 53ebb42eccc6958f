//! Flights of ours in GeoJSON, written and read.

use serde_json::{Map, Value, json};
use telemetry::messages::{CameraAction, LostLink, LostLinkAction, VehicleKind};
use telemetry::{AltitudeAmsl, LatLon};

use super::{PLACES_MAX, position};
use crate::file::FileError;
use crate::formats::flight::{FenceArea, FenceKind, Flight, FlightLeg, Home, Policy};
use crate::formats::json::At;
use crate::notation::AltitudeNote;
use crate::plan::Leg;
use crate::zones::Outline;

/// The property that says what a feature is.
const ROLE: &str = "picket";
const LEGS_MAX: usize = 10_000;

pub(super) fn is_ours(feature: &At<'_>) -> bool {
    feature.get("properties").and_then(|properties| properties.get(ROLE)).is_some()
}

fn feature(role: &str, mut properties: Map<String, Value>, geometry: Value) -> Value {
    properties.insert(ROLE.to_owned(), json!(role));
    json!({ "type": "Feature", "properties": properties, "geometry": geometry })
}

fn point(at: LatLon) -> Value {
    json!({ "type": "Point", "coordinates": position(at) })
}

fn properties<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn document(flight: &Flight) -> Value {
    let mut features = Vec::new();
    if let Some(home) = flight.home {
        let altitude = home.altitude.map(|altitude| altitude.metres);
        features.push(feature("home", properties([("amsl_m", json!(altitude))]), point(home.at)));
    }
    for leg in &flight.legs {
        let (own, geometry) = leg_feature(&leg.leg);
        features.push(feature(leg.leg.name(), own, geometry));
    }
    for area in &flight.fences {
        let (own, geometry) = match &area.outline {
            Outline::Circle { centre, radius_m } => (properties([("radius_m", json!(radius_m))]), point(*centre)),
            Outline::Polygon(rings) => {
                let ring = |ring: &Vec<LatLon>| {
                    let open =
                        if ring.first() == ring.last() { &ring[..ring.len().saturating_sub(1)] } else { &ring[..] };
                    let closed = open.iter().chain(open.first()).copied();
                    closed.map(position).collect::<Vec<Value>>()
                };
                let rings: Vec<Vec<Value>> = rings.iter().map(ring).collect();
                (Map::new(), json!({ "type": "Polygon", "coordinates": rings }))
            }
        };
        let role = if area.kind == FenceKind::Inclusion { "fence" } else { "keep_out" };
        features.push(feature(role, own, geometry));
    }
    for (at, altitude) in &flight.rally_points {
        features.push(feature("rally", properties([("altitude", json!(altitude))]), point(*at)));
    }
    let way: Vec<Value> = flight.places().into_iter().map(position).collect();
    if way.len() > 1 {
        features.push(feature("way", Map::new(), json!({ "type": "LineString", "coordinates": way })));
    }
    let mut document = json!({ "type": "FeatureCollection", "features": features });
    document[ROLE] = json!({
        "title": flight.title,
        "vehicle": flight.vehicle,
        "cruise_m_s": flight.cruise_m_s,
        "policy": flight.policy.map(|policy| json!({
            "floor": policy.floor,
            "ceiling": policy.ceiling,
            "battery_reserve": policy.battery_reserve,
            "lost_link_after_s": policy.lost_link.after_s,
            "lost_link_continues": policy.lost_link.action == LostLinkAction::Continue,
        })),
    });
    document
}

fn leg_feature(leg: &Leg) -> (Map<String, Value>, Value) {
    match *leg {
        Leg::TakeOff { altitude } => (properties([("altitude", json!(altitude))]), Value::Null),
        Leg::Waypoint { at, altitude, speed_m_s } => {
            (properties([("altitude", json!(altitude)), ("speed_m_s", json!(speed_m_s))]), point(at))
        }
        Leg::Loiter { at, altitude, for_s } => {
            (properties([("altitude", json!(altitude)), ("for_s", json!(for_s))]), point(at))
        }
        Leg::Orbit { centre, altitude, radius_m, turns } => (
            properties([("altitude", json!(altitude)), ("radius_m", json!(radius_m)), ("turns", json!(turns))]),
            point(centre),
        ),
        Leg::LookAt { at, altitude } => (properties([("altitude", json!(altitude))]), point(at)),
        Leg::LookAhead { down_deg } => (properties([("down_deg", json!(down_deg))]), Value::Null),
        Leg::Camera(action) => (properties([("on", json!(action == CameraAction::On))]), Value::Null),
        // Counted from 1, as people do.
        Leg::Repeat { from, times } => (properties([("from", json!(from + 1)), ("times", json!(times))]), Value::Null),
        Leg::ReturnHome => (Map::new(), Value::Null),
        Leg::Land { at } => (Map::new(), point(at)),
    }
}

pub(super) fn flight(root: &At<'_>, features: &[At<'_>], title: &str) -> Result<Flight, FileError> {
    let mut flight = Flight::new(title);
    if let Some(own) = root.get(ROLE) {
        header(&own, &mut flight)?;
    }
    for feature in features {
        let own = feature.field("properties")?;
        let Some(role) = own.get(ROLE) else {
            flight.lost.push(format!("{}: a feature that says nothing to a flight", feature.path()));
            continue;
        };
        let geometry = feature.field("geometry")?;
        let place = || -> Result<LatLon, FileError> { Ok(geometry.field("coordinates")?.position()?.0) };
        match role.text()? {
            "home" => {
                let altitude = own.get("amsl_m").map(|altitude| altitude.number()).transpose()?;
                flight.home = Some(Home { at: place()?, altitude: altitude.map(AltitudeAmsl::new) });
            }
            name @ ("fence" | "keep_out") => {
                let kind = if name == "fence" { FenceKind::Inclusion } else { FenceKind::Exclusion };
                flight.fences.push(FenceArea { kind, outline: outline(&own, &geometry)? });
            }
            "rally" => flight.rally_points.push((place()?, altitude(&own.field("altitude")?)?)),
            "way" => {}
            _ => {
                let leg = leg(&role, &own, &place)?;
                flight.legs.push(FlightLeg { leg, place: feature.path().to_owned() });
            }
        }
    }
    Ok(flight)
}

fn header(own: &At<'_>, flight: &mut Flight) -> Result<(), FileError> {
    if let Some(title) = own.get("title") {
        flight.title = title.text()?.to_owned();
    }
    if let Some(kind) = own.get("vehicle").filter(|kind| !kind.value().is_null()) {
        let read = serde_json::from_value::<VehicleKind>(kind.value().clone());
        flight.vehicle = Some(read.map_err(|_| kind.refused("a kind of vehicle"))?);
    }
    flight.cruise_m_s = own.get("cruise_m_s").map(|speed| speed.number_or_null()).transpose()?.flatten();
    let Some(policy) = own.get("policy").filter(|policy| !policy.value().is_null()) else { return Ok(()) };
    let continues = policy.field("lost_link_continues")?.truth()?;
    flight.policy = Some(Policy {
        floor: altitude(&policy.field("floor")?)?,
        ceiling: altitude(&policy.field("ceiling")?)?,
        battery_reserve: policy.field("battery_reserve")?.number()?,
        lost_link: LostLink {
            after_s: policy.field("lost_link_after_s")?.number()?,
            action: if continues { LostLinkAction::Continue } else { LostLinkAction::ReturnHome },
        },
    });
    Ok(())
}

fn altitude(at: &At<'_>) -> Result<AltitudeNote, FileError> {
    let note = serde_json::from_value::<AltitudeNote>(at.value().clone());
    note.map_err(|_| at.refused("{\"amsl_m\": …}, {\"home_m\": …} or {\"agl_m\": …}"))
}

fn outline(own: &At<'_>, geometry: &At<'_>) -> Result<Outline, FileError> {
    if let Some(radius) = own.get("radius_m") {
        let radius_m = radius.number()?;
        if radius_m <= 0.0 {
            return Err(radius.refused("metres above 0"));
        }
        return Ok(Outline::Circle { centre: geometry.field("coordinates")?.position()?.0, radius_m });
    }
    let rings = geometry.field("coordinates")?.list(PLACES_MAX)?;
    let ring = |ring: &At<'_>| {
        let mut places: Vec<LatLon> =
            ring.list(PLACES_MAX)?.iter().map(|at| Ok(at.position()?.0)).collect::<Result<_, FileError>>()?;
        if places.len() > 1 && places.first() == places.last() {
            places.pop();
        }
        if places.len() < 3 {
            return Err(ring.refused_found(format!("{} corners", places.len()), "at least 3"));
        }
        Ok(places)
    };
    let rings: Vec<Vec<LatLon>> = rings.iter().map(ring).collect::<Result<_, _>>()?;
    if rings.is_empty() { Err(geometry.refused("a polygon with a ring")) } else { Ok(Outline::Polygon(rings)) }
}

fn leg(role: &At<'_>, own: &At<'_>, place: &dyn Fn() -> Result<LatLon, FileError>) -> Result<Leg, FileError> {
    let high = || altitude(&own.field("altitude")?);
    let number = |name: &str| own.field(name)?.number();
    Ok(match role.text()? {
        "take_off" => Leg::TakeOff { altitude: high()? },
        "waypoint" => {
            let speed_m_s = own.get("speed_m_s").map(|speed| speed.number()).transpose()?;
            Leg::Waypoint { at: place()?, altitude: high()?, speed_m_s }
        }
        "loiter" => Leg::Loiter { at: place()?, altitude: high()?, for_s: number("for_s")? },
        "orbit" => {
            Leg::Orbit { centre: place()?, altitude: high()?, radius_m: number("radius_m")?, turns: number("turns")? }
        }
        "look_at" => Leg::LookAt { at: place()?, altitude: high()? },
        "look_ahead" => Leg::LookAhead { down_deg: number("down_deg")? },
        "camera" => Leg::Camera(if own.field("on")?.truth()? { CameraAction::On } else { CameraAction::Off }),
        "repeat" => {
            let from = own.field("from")?.integer(1, LEGS_MAX as i64)? - 1;
            let times = own.get("times").map(|times| times.integer(1, 1_000)).transpose()?;
            let small = |number: i64| u16::try_from(number).unwrap_or(u16::MAX);
            Leg::Repeat { from: small(from), times: times.map(small) }
        }
        "return_home" => Leg::ReturnHome,
        "land" => Leg::Land { at: place()? },
        _ => return Err(role.refused("a leg of our plans, home, fence, keep_out, rally or way")),
    })
}
