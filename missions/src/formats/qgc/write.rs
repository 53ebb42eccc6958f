//! Plans that come from other formats, as QGroundControl writes them.

use serde_json::{Value, json};
use telemetry::messages::VehicleKind;

use super::{Expanded, QgcPlan};
use crate::formats::degrees;
use crate::formats::flight::{FenceKind, Flight, Home};
use crate::formats::mission_item::{MissionItem, Placed};
use crate::notation::AltitudeNote;
use crate::zones::Outline;

/// MAV_AUTOPILOT of ArduPilot, which is what is meant where nothing says otherwise.
const ARDUPILOT: u8 = 3;

/// A plan of a flight's frame (home, fences, rally points) and these items, and what of it the format cannot say.
pub(super) fn of_items(flight: &Flight, items: &[MissionItem]) -> (QgcPlan, Vec<String>) {
    let mut lost = crate::formats::policy_lost(flight);
    lost.extend(flight.heights_refused());
    let first = flight.places().first().copied().or_else(|| {
        items.iter().find_map(|item| match (item.params[4], item.params[5]) {
            (Some(lat), Some(lon)) if lat != 0.0 || lon != 0.0 => telemetry::LatLon::from_degrees(lat, lon).ok(),
            _ => None,
        })
    });
    // A plan has a home; QGroundControl itself takes the first place where none was set.
    let home = flight.home.or(first.map(|at| Home { at, altitude: None }));
    let home = home.unwrap_or_else(|| {
        lost.push("a home: nothing says where it is, so 0, 0 stands for it".to_owned());
        let at = telemetry::LatLon::from_degrees(0.0, 0.0).expect("it is on Earth");
        Home { at, altitude: None }
    });
    let items_json: Vec<Value> = items.iter().enumerate().map(|(n, item)| simple(n + 1, item)).collect();
    let [lat, lon] = degrees(home.at);
    let cruise_m_s = flight.cruise_m_s.unwrap_or(15.0);
    let document = json!({
        "fileType": "Plan",
        "groundStation": "Picket",
        "version": 1,
        "mission": {
            "version": 2,
            "firmwareType": ARDUPILOT,
            "vehicleType": mav_type(flight.vehicle),
            "cruiseSpeed": cruise_m_s,
            "hoverSpeed": cruise_m_s,
            "globalPlanAltitudeMode": 0,
            "plannedHomePosition": [lat, lon, home.altitude.map(|altitude| altitude.metres)],
            "items": items_json,
        },
        "geoFence": fence(flight),
        "rallyPoints": { "version": 2, "points": rally(flight, &mut lost) },
    });
    let placed = |(n, item): (usize, &MissionItem)| Placed {
        item: item.clone(),
        number: n as i64 + 1,
        place: format!("mission.items[{n}]"),
    };
    let expanded = Expanded { items: items.iter().enumerate().map(placed).collect(), ..Expanded::default() };
    let metres = |note: &AltitudeNote| note.above_home_m().unwrap_or_else(|| note.metres());
    let rally_points = flight.rally_points.iter().map(|(at, note)| (*at, metres(note))).collect();
    let (vehicle, cruise_m_s, fences) = (flight.vehicle, Some(cruise_m_s), flight.fences.clone());
    (QgcPlan { document, expanded, home, vehicle, cruise_m_s, fences, rally_points }, lost)
}

fn simple(number: usize, item: &MissionItem) -> Value {
    let MissionItem { command, frame, params, auto_continue } = item;
    json!({
        "type": "SimpleItem", "command": command, "frame": frame, "params": params, "autoContinue": auto_continue,
        "doJumpId": number,
    })
}

fn fence(flight: &Flight) -> Value {
    let (mut polygons, mut circles) = (Vec::new(), Vec::new());
    for area in &flight.fences {
        let inclusion = area.kind == FenceKind::Inclusion;
        match &area.outline {
            Outline::Circle { centre, radius_m } => circles.push(json!({
                "version": 1, "inclusion": inclusion, "circle": { "center": degrees(*centre), "radius": radius_m },
            })),
            Outline::Polygon(rings) => {
                let corners: Vec<[f64; 2]> = rings.iter().take(1).flatten().map(|at| degrees(*at)).collect();
                polygons.push(json!({ "version": 1, "inclusion": inclusion, "polygon": corners }));
            }
        }
    }
    json!({ "version": 2, "polygons": polygons, "circles": circles })
}

/// Rally points, metres above home.
fn rally(flight: &Flight, lost: &mut Vec<String>) -> Vec<Value> {
    let home_m = flight.home.and_then(|home| home.altitude).map(|altitude| altitude.metres);
    let mut points = Vec::new();
    for (number, (at, altitude)) in flight.rally_points.iter().enumerate() {
        let height_m = match (altitude, home_m) {
            (AltitudeNote::HomeM(_) | AltitudeNote::DepthM(_), _) => altitude.above_home_m().unwrap_or_default(),
            (AltitudeNote::AmslM(m), Some(home_m)) => m - home_m,
            (note, _) => {
                lost.push(format!("rally[{number}].altitude: above what {} m counts", note.metres()));
                note.metres()
            }
        };
        let [lat, lon] = degrees(*at);
        points.push(json!([lat, lon, height_m]));
    }
    points
}

/// MAV_TYPE.
fn mav_type(vehicle: Option<VehicleKind>) -> u8 {
    match vehicle {
        Some(VehicleKind::FixedWing) => 1,
        Some(VehicleKind::Boat) => 11,
        Some(VehicleKind::Rov) => 12,
        Some(VehicleKind::Vtol) => 22,
        Some(VehicleKind::Multirotor | VehicleKind::Unknown) | None => 2,
    }
}
