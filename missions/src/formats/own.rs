//! Our own plans, written.

use std::fmt::Write as _;

use telemetry::LatLon;
use telemetry::messages::{CameraAction, LostLink, LostLinkAction, VehicleKind};

use super::degrees;
use super::flight::{FenceKind, Flight, FlightLeg, Policy};
use crate::file::FileError;
use crate::notation::AltitudeNote;
use crate::plan::{Leg, Plan};
use crate::zones::Outline;

/// How far an assumed fence goes beyond the places of a flight, metres.
const FENCE_MARGIN_M: f64 = 200.0;
/// How far an assumed band of heights goes beyond those of a flight, metres.
const BAND_MARGIN_M: f64 = 10.0;
/// And below the deepest of its depths, metres.
const DEPTH_MARGIN_M: f64 = 2.0;
const CRUISE_M_S: f64 = 10.0;
const BATTERY_RESERVE: f64 = 0.25;
const LOST_LINK: LostLink = LostLink { after_s: 30.0, action: LostLinkAction::ReturnHome };
/// Corners of a circle that becomes a ring.
const CIRCLE_CORNERS: u32 = 36;

/// A plan's file, and what stands in it or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The file.
    pub text: String,
    /// What the flight did not say and a plan must, and what of the flight a plan cannot say.
    pub remarks: Vec<String>,
}

/// Writes a plan as it was read.
#[must_use]
pub fn write(plan: &Plan) -> String {
    let written = of_flight(plan.id().as_str(), &Flight::from(plan));
    written.expect("what was read from a plan can be written as one").text
}

/// Writes a flight as a plan of this name.
///
/// # Errors
/// [`FileError`] for a flight that leads nowhere.
pub fn of_flight(id: &str, flight: &Flight) -> Result<Written, FileError> {
    let mut remarks = Vec::new();
    let mut text = String::new();
    let vehicle = flight.vehicle.filter(|kind| *kind != VehicleKind::Unknown).unwrap_or_else(|| {
        remarks.push("vehicle: assumed \"multirotor\"".to_owned());
        VehicleKind::Multirotor
    });
    let cruise_m_s = flight.cruise_m_s.unwrap_or_else(|| {
        remarks.push(format!("cruise_m_s: assumed {CRUISE_M_S}"));
        CRUISE_M_S
    });
    if flight.legs.is_empty() {
        return Err(FileError::whole(&flight.title, "no legs", "at least one leg that a plan can hold"));
    }
    if let Some(home) = flight.home {
        remarks.push(format!("home {:?}: a plan begins where the vehicle stands", degrees(home.at)));
    }
    let policy = flight.policy.unwrap_or_else(|| assumed_policy(flight, &mut remarks));
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let title: String = flight.title.chars().filter(|letter| !letter.is_control()).take(80).collect();
    let title = if title.trim().is_empty() { id.to_owned() } else { title };
    let _ = writeln!(text, "id = {}\ntitle = {}\nvehicle = {}", quoted(id), quoted(&title), quoted(name_of(vehicle)));
    let _ = writeln!(text, "cruise_m_s = {cruise_m_s}\nbattery_reserve = {}\n\nlegs = [", policy.battery_reserve);
    for leg in &flight.legs {
        let _ = writeln!(text, "  {},", leg_text(&leg.leg));
    }
    let ring: Vec<String> = ring(flight, &mut remarks)?.into_iter().map(place).collect();
    let _ = writeln!(text, "]\n\n[fence]\nring = [{}]", ring.join(", "));
    let _ = writeln!(text, "floor = {}\nceiling = {}", note(policy.floor), note(policy.ceiling));
    for (at, altitude) in &flight.rally_points {
        let _ = writeln!(text, "\n[[rally]]\nat = {}\naltitude = {}", place(*at), note(*altitude));
    }
    let action = match policy.lost_link.action {
        LostLinkAction::Continue => "continue",
        _ => "return_home",
    };
    let _ = writeln!(text, "\n[lost_link]\nafter_s = {}\naction = \"{action}\"", policy.lost_link.after_s);
    remarks.extend(flight.lost.iter().cloned());
    Ok(Written { text, remarks })
}

fn name_of(kind: VehicleKind) -> &'static str {
    match kind {
        VehicleKind::FixedWing => "fixed_wing",
        VehicleKind::Boat => "boat",
        VehicleKind::Vtol => "vtol",
        VehicleKind::Rov => "rov",
        VehicleKind::Multirotor | VehicleKind::Unknown => "multirotor",
    }
}

fn place(at: LatLon) -> String {
    let [lat, lon] = degrees(at);
    format!("[{lon:?}, {lat:?}]")
}

fn note(note: AltitudeNote) -> String {
    match note {
        AltitudeNote::AmslM(m) => format!("{{ amsl_m = {m} }}"),
        AltitudeNote::HomeM(m) => format!("{{ home_m = {m} }}"),
        AltitudeNote::AglM(m) => format!("{{ agl_m = {m} }}"),
        AltitudeNote::DepthM(m) => format!("{{ depth_m = {m} }}"),
    }
}

fn leg_text(leg: &Leg) -> String {
    match *leg {
        Leg::TakeOff { altitude } => format!("{{ take_off = {{ altitude = {} }} }}", note(altitude)),
        Leg::Waypoint { at, altitude, speed_m_s } => {
            let speed = speed_m_s.map_or_else(String::new, |speed| format!(", speed_m_s = {speed}"));
            format!("{{ waypoint = {{ at = {}, altitude = {}{speed} }} }}", place(at), note(altitude))
        }
        Leg::Loiter { at, altitude, for_s } => {
            format!("{{ loiter = {{ at = {}, altitude = {}, for_s = {for_s} }} }}", place(at), note(altitude))
        }
        Leg::Orbit { centre, altitude, radius_m, turns } => {
            let direction = if radius_m < 0.0 { "anticlockwise" } else { "clockwise" };
            format!(
                "{{ orbit = {{ centre = {}, altitude = {}, radius_m = {}, turns = {turns}, direction = \"{direction}\" }} }}",
                place(centre),
                note(altitude),
                radius_m.abs()
            )
        }
        Leg::LookAt { at, altitude } => {
            format!("{{ look_at = {{ at = {}, altitude = {} }} }}", place(at), note(altitude))
        }
        Leg::LookAhead { down_deg } => format!("{{ look_ahead = {{ down_deg = {down_deg} }} }}"),
        Leg::Camera(CameraAction::On) => "{ camera = \"on\" }".to_owned(),
        Leg::Camera(_) => "{ camera = \"off\" }".to_owned(),
        Leg::Repeat { from, times } => {
            let times = times.map_or_else(String::new, |times| format!(", times = {times}"));
            format!("{{ repeat = {{ from = {}{times} }} }}", from + 1)
        }
        Leg::ReturnHome => "\"return_home\"".to_owned(),
        Leg::Land { at } => format!("{{ land = {{ at = {} }} }}", place(at)),
    }
}

/// The one ring a plan's fence has.
fn ring(flight: &Flight, remarks: &mut Vec<String>) -> Result<Vec<LatLon>, FileError> {
    let mut chosen = None;
    for (number, area) in flight.fences.iter().enumerate() {
        let number = number + 1;
        match (&area.outline, area.kind) {
            (Outline::Polygon(rings), FenceKind::Inclusion) if chosen.is_none() => {
                if rings.len() > 1 {
                    remarks.push(format!("fence {number}: its holes"));
                }
                chosen = rings.first().cloned();
            }
            (Outline::Circle { centre, radius_m }, FenceKind::Inclusion) if chosen.is_none() => {
                remarks.push(format!("fence {number}: the circle became a ring of {CIRCLE_CORNERS} corners inside it"));
                chosen = Some(circle(*centre, *radius_m));
            }
            (_, FenceKind::Inclusion) => remarks.push(format!("fence {number}: a plan has one area to stay in")),
            (_, FenceKind::Exclusion) => remarks.push(format!("fence {number}: a plan has no areas to stay out of")),
        }
    }
    if let Some(ring) = chosen {
        return Ok(ring);
    }
    remarks.push(format!("fence: assumed, {FENCE_MARGIN_M} m around every place"));
    around(flight)
}

/// A rectangle around every place of a flight.
fn around(flight: &Flight) -> Result<Vec<LatLon>, FileError> {
    let mut places = flight.places();
    places.extend(flight.home.map(|home| home.at));
    places.extend(flight.rally_points.iter().map(|(at, _)| *at));
    let refused = |found: &str| FileError::whole(&flight.title, found, "places that a fence can be drawn around");
    if places.is_empty() {
        return Err(refused("no place"));
    }
    let bound = |number: fn(LatLon) -> f64, by: fn(f64, f64) -> f64, start: f64| {
        places.iter().map(|at| number(*at)).fold(start, by)
    };
    let (lat, lon) = (LatLon::latitude as fn(LatLon) -> f64, LatLon::longitude as fn(LatLon) -> f64);
    let (south, north) = (bound(lat, f64::min, f64::INFINITY), bound(lat, f64::max, f64::NEG_INFINITY));
    let (west, east) = (bound(lon, f64::min, f64::INFINITY), bound(lon, f64::max, f64::NEG_INFINITY));
    if east - west > std::f64::consts::PI {
        return Err(refused("places on both sides of the antimeridian"));
    }
    let by_lat = FENCE_MARGIN_M / super::EARTH_RADIUS_M;
    let by_lon = by_lat / south.abs().max(north.abs()).cos().max(0.01);
    let corners = [
        (south - by_lat, west - by_lon),
        (south - by_lat, east + by_lon),
        (north + by_lat, east + by_lon),
        (north + by_lat, west - by_lon),
    ];
    let corner = |(lat, lon)| LatLon::from_radians(lat, lon).map_err(|_| refused("a place at the edge of the map"));
    corners.into_iter().map(corner).collect()
}

fn circle(centre: LatLon, radius_m: f64) -> Vec<LatLon> {
    let corner = |number: u32| {
        let angle = std::f64::consts::TAU * f64::from(number) / f64::from(CIRCLE_CORNERS);
        let across = radius_m / super::EARTH_RADIUS_M;
        let lat = centre.latitude() + across * angle.cos();
        let lon = centre.longitude() + across * angle.sin() / centre.latitude().cos().max(0.01);
        LatLon::from_radians(lat, lon).unwrap_or(centre)
    };
    (0..CIRCLE_CORNERS).map(corner).collect()
}

/// What a plan must say and only our own plans do.
fn assumed_policy(flight: &Flight, remarks: &mut Vec<String>) -> Policy {
    let led = |leg: &&FlightLeg| !matches!(leg.leg, Leg::LookAt { .. });
    let notes: Vec<AltitudeNote> = flight.legs.iter().filter(led).filter_map(|leg| leg.leg.altitude()).collect();
    let highest = notes.iter().map(|note| note.metres()).fold(f64::NEG_INFINITY, f64::max);
    let lowest = notes.iter().map(|note| note.metres()).fold(f64::INFINITY, f64::min);
    let all = |is: fn(&AltitudeNote) -> bool| !notes.is_empty() && notes.iter().all(is);
    let (floor, ceiling) = if all(|note| matches!(note, AltitudeNote::AmslM(_))) {
        (AltitudeNote::AmslM(lowest - BAND_MARGIN_M), AltitudeNote::AmslM(highest + BAND_MARGIN_M))
    } else if all(|note| matches!(note, AltitudeNote::DepthM(_))) {
        (AltitudeNote::DepthM(highest + DEPTH_MARGIN_M), AltitudeNote::DepthM(0.0))
    } else if all(|note| matches!(note, AltitudeNote::HomeM(_))) {
        (AltitudeNote::HomeM(lowest.min(BAND_MARGIN_M) - BAND_MARGIN_M), AltitudeNote::HomeM(highest + BAND_MARGIN_M))
    } else {
        (AltitudeNote::HomeM(0.0), AltitudeNote::HomeM(120.0))
    };
    remarks.push(format!("fence: heights assumed, {} to {}", note(floor), note(ceiling)));
    remarks.push(format!("battery_reserve: assumed {BATTERY_RESERVE}"));
    remarks.push(format!("lost_link: assumed return_home after {} s", LOST_LINK.after_s));
    Policy { floor, ceiling, lost_link: LOST_LINK, battery_reserve: BATTERY_RESERVE }
}
