//! A checked plan as it travels to the vehicle.

use telemetry::messages::{FlightPlan, Geofence, PlanAltitude, PlanItem, RallyPoint, VehicleKind};
use telemetry::{Elevation, HeightAboveHome};

use super::check::amsl;
use super::{Leg, Plan, Start};
use crate::notation::AltitudeNote;
use crate::site::Site;

/// The plan as it travels. Heights above flat ground become altitudes above mean sea level here.
pub(super) fn message(plan: &Plan, site: &Site, start: &Start) -> FlightPlan {
    let above_home = |note: AltitudeNote| {
        let metres = note.above_home_m().unwrap_or_else(|| amsl(note, site, start).metres - start.altitude.metres);
        HeightAboveHome::new(metres)
    };
    let altitude = |note: AltitudeNote| match note {
        AltitudeNote::HomeM(_) | AltitudeNote::DepthM(_) => PlanAltitude::Home(above_home(note)),
        // ArduSub refuses items that count from mean sea level ("Bad alt frame", ArduSub/commands_logic.cpp).
        _ if plan.vehicle == VehicleKind::Rov => PlanAltitude::Home(above_home(note)),
        AltitudeNote::AmslM(_) | AltitudeNote::AglM(_) => PlanAltitude::Amsl(amsl(note, site, start)),
    };
    let item = |leg: &Leg| match *leg {
        Leg::TakeOff { altitude: note } => PlanItem::TakeOff { altitude: altitude(note) },
        Leg::Waypoint { at, altitude: note, speed_m_s } => {
            PlanItem::Waypoint { position: at, altitude: altitude(note), speed_m_s }
        }
        Leg::Loiter { at, altitude: note, for_s } => {
            PlanItem::Loiter { position: at, altitude: altitude(note), duration_s: for_s }
        }
        Leg::Orbit { centre, altitude: note, radius_m, turns } => {
            PlanItem::Orbit { centre, altitude: altitude(note), radius_m, turns }
        }
        Leg::LookAt { at, altitude: note } => PlanItem::LookAt { position: at, altitude: altitude(note) },
        Leg::LookAhead { down_deg } => PlanItem::LookAhead { elevation: Elevation::from_degrees(-down_deg) },
        Leg::Camera(action) => PlanItem::Camera(action),
        Leg::Repeat { from, times } => PlanItem::Repeat { from, times },
        Leg::ReturnHome => PlanItem::ReturnHome,
        Leg::Land { at } => PlanItem::Land { position: at },
    };
    FlightPlan {
        id: plan.id.clone(),
        items: plan.legs.iter().map(item).collect(),
        geofence: Geofence {
            ring: plan.fence.ring.clone(),
            floor: above_home(plan.fence.floor),
            ceiling: above_home(plan.fence.ceiling),
        },
        rally_points: plan
            .rally_points
            .iter()
            .map(|rally| RallyPoint { position: rally.at, altitude: altitude(rally.altitude) })
            .collect(),
        cruise_m_s: plan.cruise_m_s,
        lost_link: plan.lost_link,
        battery_reserve: plan.battery_reserve,
    }
}
