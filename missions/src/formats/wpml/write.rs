//! Flights as DJI's waylines.

use telemetry::LatLon;
use telemetry::messages::CameraAction;

use super::{TEMPLATE, WAYLINES, Wpml};
use crate::file::FileError;
use crate::formats::archive::Archive;
use crate::formats::degrees;
use crate::formats::flight::Flight;
use crate::formats::xml::{Element, XmlDocument};
use crate::notation::AltitudeNote;
use crate::plan::Leg;

/// Mavic 3 Enterprise: the series that flies waylines of this kind.
const DRONE: u32 = 77;
const SPEED_M_S: f64 = 8.0;
/// How high an aircraft first climbs where nothing says it, metres; WPML allows 1.2 to 1500.
const CLIMB_FIRST_M: f64 = 20.0;

pub(super) fn of_flight(flight: &Flight) -> Result<(Wpml, Vec<String>), FileError> {
    let mut lost = crate::formats::policy_lost(flight);
    if !flight.fences.is_empty() {
        lost.push(format!("{} areas of the fence", flight.fences.len()));
    }
    if !flight.rally_points.is_empty() {
        lost.push(format!("{} rally points", flight.rally_points.len()));
    }
    lost.push(format!("droneInfo: assumed {DRONE} (Mavic 3 Enterprise)"));
    let mode = Heights::of(flight)?;
    let speed_m_s = flight.cruise_m_s.unwrap_or(SPEED_M_S);
    let config = config(flight, &mode, &mut lost);
    let mut folder = Element::new("Folder")
        .with_text("wpml:templateId", 0)
        .with_text("wpml:executeHeightMode", mode.name())
        .with_text("wpml:waylineId", 0)
        .with_text("wpml:autoFlightSpeed", speed_m_s);
    for placemark in placemarks(flight, &mode, speed_m_s, &mut lost) {
        folder = folder.with(placemark);
    }
    let kml = |content: Element| {
        let root = Element::new("kml")
            .with_attribute("xmlns", "http://www.opengis.net/kml/2.2")
            .with_attribute("xmlns:wpml", "http://www.dji.com/wpmz/1.0.2");
        XmlDocument::new(root.with(content))
    };
    let template = kml(Element::new("Document").with(config.clone()).with_text("wpml:templateId", 0));
    let waylines = kml(Element::new("Document").with(config).with(folder));
    let entries = vec![(TEMPLATE.to_owned(), template.write()), (WAYLINES.to_owned(), waylines.write())];
    let wpml = Wpml { archive: Archive::new(entries), template: Some(template), waylines };
    Ok((wpml, lost))
}

/// What all heights of a wayline count from.
enum Heights {
    Start { home_amsl_m: Option<f64> },
    Ground,
}

impl Heights {
    fn of(flight: &Flight) -> Result<Self, FileError> {
        let home_amsl_m = flight.home.and_then(|home| home.altitude).map(|altitude| altitude.metres);
        let (mut start, mut ground) = (true, true);
        for altitude in flight.legs.iter().filter_map(|leg| altitude(&leg.leg)) {
            start &= matches!(altitude, AltitudeNote::HomeM(_))
                || (home_amsl_m.is_some() && matches!(altitude, AltitudeNote::AmslM(_)));
            ground &= matches!(altitude, AltitudeNote::AglM(_));
        }
        match (start, ground) {
            (true, _) => Ok(Self::Start { home_amsl_m }),
            (_, true) => Ok(Self::Ground),
            _ => Err(FileError::whole(
                &flight.title,
                "heights that count from different things, or from mean sea level without the altitude of home",
                "heights above home, or all of them above the ground",
            )),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "relativeToStartPoint",
            Self::Ground => "realTimeFollowSurface",
        }
    }

    fn metres(&self, altitude: AltitudeNote) -> f64 {
        match (self, altitude) {
            (Self::Start { home_amsl_m: Some(home_m) }, AltitudeNote::AmslM(metres)) => metres - home_m,
            (_, altitude) => altitude.metres(),
        }
    }
}

fn altitude(leg: &Leg) -> Option<AltitudeNote> {
    match *leg {
        Leg::TakeOff { altitude } | Leg::Waypoint { altitude, .. } | Leg::Loiter { altitude, .. } => Some(altitude),
        _ => None,
    }
}

fn config(flight: &Flight, heights: &Heights, lost: &mut Vec<String>) -> Element {
    let last = flight.legs.last().map(|leg| leg.leg);
    let finish = match last {
        Some(Leg::ReturnHome) => "goHome",
        Some(Leg::Land { .. }) => "autoLand",
        _ => {
            lost.push("finishAction: assumed goHome".to_owned());
            "goHome"
        }
    };
    let climb_m = flight.legs.iter().find_map(|leg| match leg.leg {
        Leg::TakeOff { altitude } => Some(heights.metres(altitude)),
        _ => None,
    });
    Element::new("wpml:missionConfig")
        .with_text("wpml:flyToWaylineMode", "safely")
        .with_text("wpml:finishAction", finish)
        .with_text("wpml:exitOnRCLost", "executeLostAction")
        .with_text("wpml:executeRCLostAction", "goBack")
        .with_text("wpml:takeOffSecurityHeight", climb_m.unwrap_or(CLIMB_FIRST_M).clamp(1.2, 1500.0))
        .with_text("wpml:globalTransitionalSpeed", flight.cruise_m_s.unwrap_or(SPEED_M_S))
        .with(
            Element::new("wpml:droneInfo")
                .with_text("wpml:droneEnumValue", DRONE)
                .with_text("wpml:droneSubEnumValue", 0),
        )
}

/// A place, and what is done there.
struct Stop {
    at: LatLon,
    height_m: f64,
    speed_m_s: f64,
    actions: Vec<(&'static str, Element)>,
}

fn placemarks(flight: &Flight, heights: &Heights, cruise_m_s: f64, lost: &mut Vec<String>) -> Vec<Element> {
    let mut stops: Vec<Stop> = Vec::new();
    let mut waiting = Vec::new();
    let last = flight.legs.len().saturating_sub(1);
    for (number, leg) in flight.legs.iter().enumerate() {
        let camera =
            |name| (name, Element::new("wpml:actionActuatorFuncParam").with_text("wpml:payloadPositionIndex", 0));
        let (at, altitude, speed_m_s, hover_s) = match leg.leg {
            Leg::Waypoint { at, altitude, speed_m_s } => (at, altitude, speed_m_s.unwrap_or(cruise_m_s), None),
            Leg::Loiter { at, altitude, for_s } => (at, altitude, cruise_m_s, Some(for_s)),
            Leg::Camera(action) => {
                let action = camera(if action == CameraAction::On { "startRecord" } else { "stopRecord" });
                match stops.last_mut() {
                    Some(stop) => stop.actions.push(action),
                    None => waiting.push(action),
                }
                continue;
            }
            Leg::TakeOff { .. } => continue,
            Leg::ReturnHome if number == last => continue,
            Leg::Land { at } if number == last => {
                if stops.last().is_none_or(|stop| stop.at != at) {
                    lost.push(format!("{}: the place of landing: it lands where the way ends", leg.place));
                }
                continue;
            }
            _ => {
                lost.push(format!("{}: {}", leg.place, leg.leg.name()));
                continue;
            }
        };
        let mut actions = std::mem::take(&mut waiting);
        if let Some(hover_s) = hover_s {
            actions.push(("hover", Element::new("wpml:actionActuatorFuncParam").with_text("wpml:hoverTime", hover_s)));
        }
        stops.push(Stop { at, height_m: heights.metres(altitude), speed_m_s, actions });
    }
    stops.into_iter().enumerate().map(|(index, stop)| placemark(index, stop)).collect()
}

fn placemark(index: usize, stop: Stop) -> Element {
    let [lat, lon] = degrees(stop.at);
    let heading = Element::new("wpml:waypointHeadingParam").with_text("wpml:waypointHeadingMode", "followWayline");
    let turn = Element::new("wpml:waypointTurnParam")
        .with_text("wpml:waypointTurnMode", "toPointAndStopWithDiscontinuityCurvature")
        .with_text("wpml:waypointTurnDampingDist", 0);
    let mut placemark = Element::new("Placemark")
        .with(Element::new("Point").with_text("coordinates", format!("{lon},{lat}")))
        .with_text("wpml:index", index)
        .with_text("wpml:executeHeight", stop.height_m)
        .with_text("wpml:waypointSpeed", stop.speed_m_s)
        .with(heading)
        .with(turn)
        .with_text("wpml:useStraightLine", 1);
    if stop.actions.is_empty() {
        return placemark;
    }
    let mut group = Element::new("wpml:actionGroup")
        .with_text("wpml:actionGroupId", index)
        .with_text("wpml:actionGroupStartIndex", index)
        .with_text("wpml:actionGroupEndIndex", index)
        .with_text("wpml:actionGroupMode", "sequence")
        .with(Element::new("wpml:actionTrigger").with_text("wpml:actionTriggerType", "reachPoint"));
    for (id, (name, params)) in stop.actions.into_iter().enumerate() {
        let action =
            Element::new("wpml:action").with_text("wpml:actionId", id).with_text("wpml:actionActuatorFunc", name);
        group = group.with(action.with(params));
    }
    placemark = placemark.with(group);
    placemark
}
