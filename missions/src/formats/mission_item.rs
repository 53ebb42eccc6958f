//! The items that MAVLink missions are made of, and the legs they stand for.
//!
//! QGroundControl's plans and the `.waypoints` files of Mission Planner hold the same items in different clothes. Numbers
//! of commands and frames: MAVLink common.xml, MAV_CMD and MAV_FRAME.

use std::collections::BTreeMap;

use telemetry::LatLon;
use telemetry::messages::CameraAction;

use super::flight::FlightLeg;
use crate::notation::AltitudeNote;
use crate::plan::Leg;

/// MAV_CMD.
pub(crate) mod command {
    pub(crate) const WAYPOINT: u16 = 16;
    pub(crate) const LOITER_TURNS: u16 = 18;
    pub(crate) const LOITER_TIME: u16 = 19;
    pub(crate) const RETURN_TO_LAUNCH: u16 = 20;
    pub(crate) const LAND: u16 = 21;
    pub(crate) const TAKEOFF: u16 = 22;
    pub(crate) const SPLINE_WAYPOINT: u16 = 82;
    pub(crate) const VTOL_TAKEOFF: u16 = 84;
    pub(crate) const VTOL_LAND: u16 = 85;
    pub(crate) const DO_JUMP: u16 = 177;
    pub(crate) const DO_CHANGE_SPEED: u16 = 178;
    pub(crate) const DO_LAND_START: u16 = 189;
    pub(crate) const DO_SET_ROI_LOCATION: u16 = 195;
    pub(crate) const DO_SET_ROI_WPNEXT_OFFSET: u16 = 196;
    pub(crate) const DO_SET_ROI_NONE: u16 = 197;
    pub(crate) const DO_SET_ROI: u16 = 201;
    pub(crate) const DO_SET_CAM_TRIGG_DIST: u16 = 206;
    pub(crate) const DO_GIMBAL_MANAGER_PITCHYAW: u16 = 1000;
    pub(crate) const VIDEO_START_CAPTURE: u16 = 2500;
    pub(crate) const VIDEO_STOP_CAPTURE: u16 = 2501;
}

/// MAV_CMD_NAV_LAST.
const NAV_LAST: u16 = 95;

/// MAV_FRAME.
pub(crate) mod frame {
    pub(crate) const GLOBAL: u8 = 0;
    pub(crate) const MISSION: u8 = 2;
    pub(crate) const GLOBAL_RELATIVE_ALT: u8 = 3;
    pub(crate) const GLOBAL_INT: u8 = 5;
    pub(crate) const GLOBAL_RELATIVE_ALT_INT: u8 = 6;
    pub(crate) const GLOBAL_TERRAIN_ALT: u8 = 10;
    pub(crate) const GLOBAL_TERRAIN_ALT_INT: u8 = 11;
}

/// The highest number of a MAV_FRAME in use.
pub(crate) const FRAME_MAX: u8 = 21;

/// One item of a mission.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionItem {
    /// MAV_CMD.
    pub command: u16,
    /// MAV_FRAME.
    pub frame: u8,
    /// The seven parameters; nothing is what the vehicle takes as its default (NaN on the wire). The fifth and the sixth
    /// of an item with a place are latitude and longitude in degrees, the seventh its altitude in metres.
    pub params: [Option<f64>; 7],
    /// Whether the next item follows by itself.
    pub auto_continue: bool,
}

/// An item, and how its document calls it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) item: MissionItem,
    /// What a jump names it by.
    pub(crate) number: i64,
    pub(crate) place: String,
}

impl MissionItem {
    fn new(command: u16, frame: u8, params: [f64; 7]) -> Self {
        Self { command, frame, params: params.map(Some), auto_continue: true }
    }

    fn param(&self, number: usize) -> f64 {
        self.params[number - 1].unwrap_or(0.0)
    }

    /// Its place. Nothing where it has none: Mission Planner writes a place that is left out as 0, 0.
    fn at(&self) -> Option<LatLon> {
        let (lat, lon) = (self.params[4]?, self.params[5]?);
        if lat == 0.0 && lon == 0.0 { None } else { LatLon::from_degrees(lat, lon).ok() }
    }

    /// Its altitude; nothing in a frame that has none.
    fn altitude(&self) -> Option<AltitudeNote> {
        let metres = self.params[6]?;
        match self.frame {
            frame::GLOBAL | frame::GLOBAL_INT => Some(AltitudeNote::AmslM(metres)),
            frame::GLOBAL_RELATIVE_ALT | frame::GLOBAL_RELATIVE_ALT_INT => Some(AltitudeNote::HomeM(metres)),
            frame::GLOBAL_TERRAIN_ALT | frame::GLOBAL_TERRAIN_ALT_INT => Some(AltitudeNote::AglM(metres)),
            _ => None,
        }
    }
}

/// The legs that items stand for.
pub(crate) struct Led {
    pub(crate) legs: Vec<FlightLeg>,
    /// What of them no leg can say.
    pub(crate) lost: Vec<String>,
    /// Those of them that lead somewhere.
    pub(crate) unknown_ways: Vec<String>,
}

/// The legs that items stand for, and what of them no leg can say.
pub(crate) fn legs(items: &[Placed]) -> Led {
    let led = Led { legs: Vec::new(), lost: Vec::new(), unknown_ways: Vec::new() };
    let mut reading = Legs { led, speed_m_s: None, leg_by_item: BTreeMap::new() };
    for placed in items {
        reading.leg_by_item.entry(placed.number).or_insert(reading.led.legs.len());
        reading.take(placed);
    }
    reading.led
}

struct Legs {
    led: Led,
    speed_m_s: Option<f64>,
    /// The leg that an item became, or the one that follows it.
    leg_by_item: BTreeMap<i64, usize>,
}

impl Legs {
    fn take(&mut self, placed: &Placed) {
        use command as c;
        let item = &placed.item;
        let leg =
            match item.command {
                c::TAKEOFF | c::VTOL_TAKEOFF => item.altitude().map(|altitude| Leg::TakeOff { altitude }),
                c::WAYPOINT | c::SPLINE_WAYPOINT => {
                    self.say_of(placed, &[(2, "acceptance radius"), (3, "pass radius"), (4, "yaw")]);
                    if item.command == c::SPLINE_WAYPOINT {
                        self.lose(placed, "the curve of a spline");
                    }
                    item.at().zip(item.altitude()).map(|(at, altitude)| match item.param(1) {
                        hold_s if hold_s > 0.0 => Leg::Loiter { at, altitude, for_s: hold_s },
                        _ => Leg::Waypoint { at, altitude, speed_m_s: self.speed_m_s },
                    })
                }
                c::LOITER_TIME => {
                    self.say_of(placed, &[(3, "radius"), (4, "yaw")]);
                    let place = item.at().zip(item.altitude());
                    place.map(|(at, altitude)| Leg::Loiter { at, altitude, for_s: item.param(1).max(0.0) })
                }
                c::LOITER_TURNS => {
                    item.at().zip(item.altitude()).filter(|_| item.param(3) != 0.0).map(|(centre, altitude)| {
                        Leg::Orbit { centre, altitude, radius_m: item.param(3), turns: item.param(1).max(0.0) }
                    })
                }
                c::RETURN_TO_LAUNCH => Some(Leg::ReturnHome),
                c::LAND | c::VTOL_LAND => {
                    self.say_of(placed, &[(1, "abort altitude"), (4, "yaw")]);
                    // Without a place it lands where it is.
                    let under = self.led.legs.iter().rev().find_map(|leg| place(&leg.leg));
                    item.at().or(under).map(|at| Leg::Land { at })
                }
                c::DO_SET_ROI | c::DO_SET_ROI_LOCATION => {
                    item.at().zip(item.altitude()).map(|(at, altitude)| Leg::LookAt { at, altitude })
                }
                // Ahead along the way, and not above the horizon: what else it says our plans cannot.
                c::DO_GIMBAL_MANAGER_PITCHYAW if item.param(2) == 0.0 && (-90.0..=0.0).contains(&item.param(1)) => {
                    Some(Leg::LookAhead { down_deg: item.param(1).abs() })
                }
                c::VIDEO_START_CAPTURE => Some(Leg::Camera(CameraAction::On)),
                c::VIDEO_STOP_CAPTURE => Some(Leg::Camera(CameraAction::Off)),
                c::DO_CHANGE_SPEED if item.param(2) > 0.0 => {
                    self.speed_m_s = item.params[1];
                    return;
                }
                c::DO_JUMP => self.jump(item),
                // It marks where a landing begins, and does nothing.
                c::DO_LAND_START => return,
                _ => None,
            };
        match leg {
            Some(leg) => self.led.legs.push(FlightLeg { leg, place: placed.place.clone() }),
            None => {
                let what = format!("the item with command {} in frame {}", item.command, item.frame);
                self.lose(placed, &what);
                // Of MAV_CMD those below 95 are places to go to; a jump that leads nowhere is a way too.
                if item.command < NAV_LAST || item.command == c::DO_JUMP {
                    self.led.unknown_ways.push(format!("{}: {what}", placed.place));
                }
            }
        }
        if !item.auto_continue {
            self.lose(placed, "the wait for a person (autocontinue off)");
        }
    }

    fn jump(&self, item: &MissionItem) -> Option<Leg> {
        let target = *self.leg_by_item.get(&(item.param(1) as i64))?;
        let from = u16::try_from(target).ok().filter(|_| target < self.led.legs.len())?;
        let times = item.param(2);
        Some(Leg::Repeat { from, times: (times >= 0.0).then(|| times.min(f64::from(u16::MAX)) as u16) })
    }

    fn lose(&mut self, placed: &Placed, what: &str) {
        self.led.lost.push(format!("{}: {what}", placed.place));
    }

    fn say_of(&mut self, placed: &Placed, params: &[(usize, &str)]) {
        for (number, name) in params {
            if let Some(value) = placed.item.params[number - 1].filter(|value| *value != 0.0) {
                self.lose(placed, &format!("{name} {value}"));
            }
        }
    }
}

fn place(leg: &Leg) -> Option<LatLon> {
    match *leg {
        Leg::Waypoint { at, .. } | Leg::Loiter { at, .. } => Some(at),
        Leg::Orbit { centre, .. } => Some(centre),
        _ => None,
    }
}

/// The items that legs become, numbered from `first`; `cruise_m_s` is what the vehicle flies without being told.
pub(crate) fn items(legs: &[FlightLeg], cruise_m_s: Option<f64>, first: i64) -> Vec<MissionItem> {
    use command as c;
    let mut items = Vec::new();
    let mut item_of_leg: Vec<i64> = Vec::new();
    let returned_to: Vec<usize> = legs
        .iter()
        .filter_map(|leg| match leg.leg {
            Leg::Repeat { from, .. } => Some(usize::from(from)),
            _ => None,
        })
        .collect();
    let mut speed_m_s = cruise_m_s;
    for (number, FlightLeg { leg, .. }) in legs.iter().enumerate() {
        item_of_leg.push(first + items.len() as i64);
        if returned_to.contains(&number) {
            // Whoever comes back here may fly at another speed.
            speed_m_s = None;
        }
        let nowhere = |command, params| MissionItem::new(command, frame::MISSION, params);
        let item = match *leg {
            Leg::TakeOff { altitude } => high(c::TAKEOFF, altitude, [0.0; 4], None),
            Leg::Waypoint { at, altitude, speed_m_s: wanted } => {
                if let Some(wanted) = wanted.or(cruise_m_s)
                    && speed_m_s != Some(wanted)
                {
                    items.push(nowhere(c::DO_CHANGE_SPEED, [1.0, wanted, -1.0, 0.0, 0.0, 0.0, 0.0]));
                    speed_m_s = Some(wanted);
                }
                high(c::WAYPOINT, altitude, [0.0; 4], Some(at))
            }
            Leg::Loiter { at, altitude, for_s } => high(c::LOITER_TIME, altitude, [for_s, 0.0, 0.0, 0.0], Some(at)),
            Leg::Orbit { centre, altitude, radius_m, turns } => {
                high(c::LOITER_TURNS, altitude, [turns, 0.0, radius_m, 0.0], Some(centre))
            }
            Leg::LookAt { at, altitude } => high(c::DO_SET_ROI_LOCATION, altitude, [0.0; 4], Some(at)),
            Leg::LookAhead { down_deg } => {
                nowhere(c::DO_GIMBAL_MANAGER_PITCHYAW, [-down_deg, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
            }
            Leg::Camera(CameraAction::On) => nowhere(c::VIDEO_START_CAPTURE, [0.0; 7]),
            Leg::Camera(_) => nowhere(c::VIDEO_STOP_CAPTURE, [0.0; 7]),
            Leg::Repeat { from, times } => {
                let target = item_of_leg.get(usize::from(from)).copied().unwrap_or(first) as f64;
                nowhere(c::DO_JUMP, [target, times.map_or(-1.0, f64::from), 0.0, 0.0, 0.0, 0.0, 0.0])
            }
            Leg::ReturnHome => nowhere(c::RETURN_TO_LAUNCH, [0.0; 7]),
            Leg::Land { at } => high(c::LAND, AltitudeNote::HomeM(0.0), [0.0; 4], Some(at)),
        };
        items.push(item);
    }
    items
}

/// An item at an altitude, and perhaps a place.
fn high(command: u16, altitude: AltitudeNote, first: [f64; 4], at: Option<LatLon>) -> MissionItem {
    let frame = match altitude {
        AltitudeNote::AmslM(_) => frame::GLOBAL,
        // ArduSub takes a depth as a negative height above home, and no other frame but the one above the bottom
        // (ArduSub/commands_logic.cpp, start_command).
        AltitudeNote::HomeM(_) | AltitudeNote::DepthM(_) => frame::GLOBAL_RELATIVE_ALT,
        AltitudeNote::AglM(_) => frame::GLOBAL_TERRAIN_ALT,
    };
    let [lat, lon] = at.map_or([0.0, 0.0], super::degrees);
    let [a, b, c, d] = first;
    let metres = altitude.above_home_m().unwrap_or_else(|| altitude.metres());
    MissionItem::new(command, frame, [a, b, c, d, lat, lon, metres])
}
