//! A flight plan as the items of a mission, with the way back from an item to the leg of the plan it belongs to.
//!
//! With ArduPilot item 0 is home: it counts it, and writes its own over it; PX4 has none. A leg is an item of the plan;
//! it becomes one item of the mission, two where the speed changes before it, and a ring of waypoints where PX4, which
//! flies no circles in a mission, is to circle.
//!
//! Limits of what ArduPilot can hold, rounded here so that what comes back equals what was sent: waiting times in
//! whole seconds, circles in whole turns (rounded up: never less than asked) and whole metres, tens of metres above
//! 255 m. See `AP_Mission::mavlink_int_to_mission_cmd` in ArduPilot 4.5, and
//! `MavlinkMissionManager::parse_mavlink_mission_item` in PX4 1.17.

use mavlink::dialects::ardupilotmega::{MISSION_ITEM_INT_DATA, MavCmd, MavFrame};
use telemetry::messages::{CameraAction, FlightPlan, PlanAltitude, PlanItem};
use telemetry::{AltitudeAmsl, AltitudeHae, Enu, LatLon, PlanId};
use thiserror::Error;

use super::lists::{List, ListKind, OwnFirst};
use super::mode::{Family, Make, Personality};

/// Of an aeroplane's climb after take-off, degrees.
const TAKE_OFF_PITCH_DEG: f32 = 12.0;
/// The largest circle ArduPilot can hold, metres.
pub const RADIUS_MAX_M: f64 = 2550.0;
/// The most turns it can hold.
pub const TURNS_MAX: f64 = 255.0;
/// The longest wait it can hold, seconds.
pub const WAIT_MAX_S: f64 = 65_535.0;
/// The corners of a ring that stands for a circle: its sides come 3.4 % nearer to the centre.
const RING_CORNERS: u16 = 12;
/// PX4 counts jumps and knows no "for ever"; so often lasts longer than any battery.
const PX4_JUMPS_MAX: f32 = 32_767.0;

/// One item, without its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// What to do.
    pub command: MavCmd,
    /// What the altitude is measured from.
    pub frame: MavFrame,
    /// The first four parameters.
    pub params: [f32; 4],
    /// Latitude, 1e-7 degrees.
    pub x: i32,
    /// Longitude, 1e-7 degrees.
    pub y: i32,
    /// Altitude, metres.
    pub z: f32,
}

/// Where the flight begins, as the autopilot will say once it is armed there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Launch {
    /// The place, if it is known.
    pub place: Option<LatLon>,
    /// Its altitude: from it heights above home are measured.
    pub altitude: AltitudeAmsl,
}

/// A plan that cannot be put into items yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ItemsError {
    /// PX4 takes off towards a place, so the place must be known.
    #[error("the autopilot has not said where it stands, and PX4 takes off towards a place")]
    NoLaunchPlace,
}

/// A plan ready for the autopilot.
#[derive(Debug, Clone, PartialEq)]
pub struct Mission {
    /// The plan.
    pub plan: PlanId,
    /// How many legs it has.
    pub legs: u16,
    list: List,
    leg_by_item: Vec<Option<u16>>,
}

impl Mission {
    /// The items of a plan. `launch` turns altitudes above the sea into the heights above home that a take-off wants.
    ///
    /// # Errors
    /// [`ItemsError`] when the autopilot must know more than is known.
    pub fn of(plan: &FlightPlan, personality: Personality, launch: Launch) -> Result<Self, ItemsError> {
        let mut writer = Writer {
            personality,
            launch,
            cruise_m_s: plan.cruise_m_s,
            speed_m_s: None,
            items: Vec::new(),
            leg_by_item: Vec::new(),
            first_item_by_leg: Vec::new(),
        };
        let jump_targets: Vec<u16> = plan
            .items
            .iter()
            .filter_map(|item| if let PlanItem::Repeat { from, .. } = item { Some(*from) } else { None })
            .collect();
        if personality.make == Make::ArduPilot {
            writer.push(None, Item::nowhere(MavCmd::MAV_CMD_NAV_WAYPOINT, Make::ArduPilot));
        }
        for (leg, item) in (0_u16..).zip(&plan.items) {
            // Whoever jumps here may come at any speed.
            if jump_targets.contains(&leg) {
                writer.speed_m_s = None;
            }
            writer.first_item_by_leg.push(writer.next());
            writer.leg(leg, item)?;
        }
        let own_first = match personality.make {
            Make::ArduPilot => OwnFirst::Home,
            Make::Px4 => OwnFirst::None,
        };
        Ok(Self {
            plan: plan.id.clone(),
            legs: plan.items.len() as u16,
            list: List { kind: ListKind::Mission, own_first, items: writer.items },
            leg_by_item: writer.leg_by_item,
        })
    }

    /// What is sent.
    #[must_use]
    pub fn list(&self) -> &List {
        &self.list
    }

    /// The leg of the plan that an item belongs to; nothing for home.
    #[must_use]
    pub fn leg(&self, number: u16) -> Option<u16> {
        self.leg_by_item.get(usize::from(number)).copied().flatten()
    }
}

/// The first item that a mission begins with: ArduPilot's item 0 is home.
#[must_use]
pub fn first_item(make: Make) -> u16 {
    match make {
        Make::ArduPilot => 1,
        Make::Px4 => 0,
    }
}

impl Item {
    /// A command without a place. PX4 wants that said by the frame; ArduPilot does not look at it.
    fn nowhere(command: MavCmd, make: Make) -> Self {
        let frame = match make {
            Make::ArduPilot => MavFrame::MAV_FRAME_GLOBAL,
            Make::Px4 => MavFrame::MAV_FRAME_MISSION,
        };
        Self { command, frame, params: [0.0; 4], x: 0, y: 0, z: 0.0 }
    }

    pub(super) fn at(command: MavCmd, position: LatLon, altitude: PlanAltitude) -> Self {
        let (frame, z) = match altitude {
            PlanAltitude::Amsl(altitude) => (MavFrame::MAV_FRAME_GLOBAL, altitude.metres),
            PlanAltitude::Home(height) => (MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT, height.metres),
        };
        let (x, y) = e7(position);
        Self { command, frame, params: [0.0; 4], x, y, z: z as f32 }
    }

    pub(super) fn with(self, params: [f32; 4]) -> Self {
        Self { params, ..self }
    }

    /// An item as it came.
    #[must_use]
    pub fn of(found: &MISSION_ITEM_INT_DATA) -> Self {
        Self {
            command: found.command,
            frame: found.frame,
            params: [found.param1, found.param2, found.param3, found.param4],
            x: found.x,
            y: found.y,
            z: found.z,
        }
    }

    /// Whether an autopilot that was given this item, and gives `found` back, holds it: what it does not store, or
    /// stores more coarsely, is not compared.
    #[must_use]
    pub fn same_as(&self, found: &Self) -> bool {
        let near = |index: usize, tolerance: f32| {
            (self.params[index] - found.params[index]).abs() <= tolerance || self.params[index] == found.params[index]
        };
        let high = || (self.z - found.z).abs() <= 0.02 && plain(self.frame) == plain(found.frame);
        let placed = || self.x.abs_diff(found.x) <= 1 && self.y.abs_diff(found.y) <= 1;
        self.command == found.command
            && match self.command {
                MavCmd::MAV_CMD_DO_JUMP => near(0, 0.0) && near(1, 0.0),
                MavCmd::MAV_CMD_DO_CHANGE_SPEED => near(1, 0.05),
                MavCmd::MAV_CMD_VIDEO_START_CAPTURE
                | MavCmd::MAV_CMD_VIDEO_STOP_CAPTURE
                | MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH => true,
                MavCmd::MAV_CMD_NAV_LOITER_TIME => placed() && high() && near(0, 0.5),
                MavCmd::MAV_CMD_NAV_LOITER_TURNS => placed() && high() && near(0, 0.5) && near(2, 0.5),
                MavCmd::MAV_CMD_NAV_TAKEOFF | MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF => high(),
                MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
                | MavCmd::MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION
                | MavCmd::MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION
                | MavCmd::MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION => placed() && near(0, 0.5),
                _ => placed() && high(),
            }
    }
}

/// The older names of the same frames.
#[allow(deprecated, reason = "an older autopilot may still send them")]
fn plain(frame: MavFrame) -> MavFrame {
    match frame {
        MavFrame::MAV_FRAME_GLOBAL_INT => MavFrame::MAV_FRAME_GLOBAL,
        MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT_INT => MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT,
        frame => frame,
    }
}

/// A place in units of 1e-7 degrees, about 1 cm.
#[must_use]
pub fn e7(position: LatLon) -> (i32, i32) {
    ((position.latitude_deg() * 1e7).round() as i32, (position.longitude_deg() * 1e7).round() as i32)
}

/// The radius that is flown for one that was asked for, sign kept.
#[must_use]
pub fn flown_radius_m(radius_m: f64) -> f64 {
    let size = radius_m.abs();
    let whole = if size > 255.0 { (size / 10.0).round() * 10.0 } else { size.round() };
    whole.copysign(radius_m)
}

struct Writer {
    personality: Personality,
    launch: Launch,
    cruise_m_s: f64,
    /// The speed the vehicle flies at this point of the mission, where that is certain.
    speed_m_s: Option<f64>,
    items: Vec<Item>,
    leg_by_item: Vec<Option<u16>>,
    first_item_by_leg: Vec<u16>,
}

impl Writer {
    fn next(&self) -> u16 {
        self.items.len() as u16
    }

    fn push(&mut self, leg: Option<u16>, item: Item) {
        self.items.push(item);
        self.leg_by_item.push(leg);
    }

    fn nowhere(&self, command: MavCmd) -> Item {
        Item::nowhere(command, self.personality.make)
    }

    /// An item to fly to. PX4 takes a heading of zero for north; one that is no number leaves it to the autopilot.
    fn place(&self, command: MavCmd, position: LatLon, altitude: PlanAltitude, first: f32) -> Item {
        let heading = match self.personality.make {
            Make::ArduPilot => 0.0,
            Make::Px4 => f32::NAN,
        };
        Item::at(command, position, altitude).with([first, 0.0, 0.0, heading])
    }

    fn speed(&mut self, leg: u16, speed_m_s: f64) {
        if self.speed_m_s == Some(speed_m_s) {
            return;
        }
        self.speed_m_s = Some(speed_m_s);
        // The throttle stays as it is.
        let params = [speed_kind(self.personality.family), speed_m_s as f32, -1.0, 0.0];
        self.push(Some(leg), self.nowhere(MavCmd::MAV_CMD_DO_CHANGE_SPEED).with(params));
    }

    fn leg(&mut self, leg: u16, item: &PlanItem) -> Result<(), ItemsError> {
        let item = match *item {
            PlanItem::TakeOff { altitude } => self.take_off(altitude)?,
            PlanItem::Waypoint { position, altitude, speed_m_s } => {
                self.speed(leg, speed_m_s.unwrap_or(self.cruise_m_s));
                self.place(MavCmd::MAV_CMD_NAV_WAYPOINT, position, altitude, 0.0)
            }
            PlanItem::Loiter { position, altitude, duration_s } => {
                self.speed(leg, self.cruise_m_s);
                let wait_s = duration_s.round().clamp(0.0, WAIT_MAX_S) as f32;
                self.place(MavCmd::MAV_CMD_NAV_LOITER_TIME, position, altitude, wait_s)
            }
            PlanItem::Orbit { centre, altitude, radius_m, turns } => {
                self.speed(leg, self.cruise_m_s);
                let turns = turns.ceil().clamp(1.0, TURNS_MAX) as f32;
                if self.personality.make == Make::Px4 {
                    self.ring(leg, centre, altitude, flown_radius_m(radius_m), turns);
                    return Ok(());
                }
                let radius_m = flown_radius_m(radius_m) as f32;
                Item::at(MavCmd::MAV_CMD_NAV_LOITER_TURNS, centre, altitude).with([turns, 0.0, radius_m, 0.0])
            }
            PlanItem::LookAt { position, altitude } => {
                Item::at(MavCmd::MAV_CMD_DO_SET_ROI_LOCATION, position, altitude)
            }
            // Autopilots keep whole degrees. With the nose, which is along the way.
            PlanItem::LookAhead { elevation } => {
                let pitch = elevation.radians().to_degrees().round().clamp(-90.0, 90.0) as f32;
                self.nowhere(MavCmd::MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW).with([pitch, 0.0, 0.0, 0.0])
            }
            PlanItem::Camera(CameraAction::On) => self.nowhere(MavCmd::MAV_CMD_VIDEO_START_CAPTURE),
            PlanItem::Camera(CameraAction::Off) => self.nowhere(MavCmd::MAV_CMD_VIDEO_STOP_CAPTURE),
            PlanItem::Repeat { from, times } => {
                let target = self.first_item_by_leg.get(usize::from(from)).copied().unwrap_or(1);
                let endless = if self.personality.make == Make::Px4 { PX4_JUMPS_MAX } else { -1.0 };
                let times = times.map_or(endless, f32::from);
                self.nowhere(MavCmd::MAV_CMD_DO_JUMP).with([f32::from(target), times, 0.0, 0.0])
            }
            PlanItem::ReturnHome => self.nowhere(MavCmd::MAV_CMD_NAV_RETURN_TO_LAUNCH),
            PlanItem::Land { position } => {
                let ground = PlanAltitude::Home(telemetry::HeightAboveHome::new(0.0));
                let command = match self.personality.family {
                    Family::Vtol => MavCmd::MAV_CMD_NAV_VTOL_LAND,
                    _ => MavCmd::MAV_CMD_NAV_LAND,
                };
                self.place(command, position, ground, 0.0)
            }
        };
        self.push(Some(leg), item);
        Ok(())
    }

    /// A circle as corners on it, flown round and round. It begins in the north, clockwise where the radius is positive.
    fn ring(&mut self, leg: u16, centre: LatLon, altitude: PlanAltitude, radius_m: f64, turns: f32) {
        let first = self.next();
        let centre = centre.at_height(AltitudeHae::new(0.0));
        for corner in 0..RING_CORNERS {
            let angle = f64::from(corner) / f64::from(RING_CORNERS) * std::f64::consts::TAU;
            let offset = Enu { east_m: radius_m * angle.sin(), north_m: radius_m.abs() * angle.cos(), up_m: 0.0 };
            // A circle at the pole has no corners to fly to; its centre then stands for them.
            let place = centre.displaced(offset).unwrap_or(centre).lat_lon();
            self.push(Some(leg), self.place(MavCmd::MAV_CMD_NAV_WAYPOINT, place, altitude, 0.0));
        }
        // The last turn ends where the first began.
        let closing = Item { ..self.items[usize::from(first)] };
        self.push(Some(leg), closing);
        if turns > 1.0 {
            // From the closing corner to the next one of the ring.
            let params = [f32::from(first + 1), turns - 1.0, 0.0, 0.0];
            self.push(Some(leg), self.nowhere(MavCmd::MAV_CMD_DO_JUMP).with(params));
        }
    }

    fn take_off(&self, altitude: PlanAltitude) -> Result<Item, ItemsError> {
        let height_m = match altitude {
            PlanAltitude::Home(height) => height.metres,
            PlanAltitude::Amsl(altitude) => altitude.metres - self.launch.altitude.metres,
        };
        let (command, pitch_deg) = match self.personality.family {
            Family::Vtol => (MavCmd::MAV_CMD_NAV_VTOL_TAKEOFF, 0.0),
            Family::Plane => (MavCmd::MAV_CMD_NAV_TAKEOFF, TAKE_OFF_PITCH_DEG),
            _ => (MavCmd::MAV_CMD_NAV_TAKEOFF, 0.0),
        };
        // ArduPilot takes off where it stands; PX4 climbs there and then flies to the place.
        let ((x, y), heading) = match (self.personality.make, self.launch.place) {
            (Make::ArduPilot, _) => ((0, 0), 0.0),
            (Make::Px4, Some(place)) => (e7(place), f32::NAN),
            (Make::Px4, None) => return Err(ItemsError::NoLaunchPlace),
        };
        let frame = MavFrame::MAV_FRAME_GLOBAL_RELATIVE_ALT;
        Ok(Item { command, frame, params: [pitch_deg, 0.0, 0.0, heading], x, y, z: height_m as f32 })
    }
}

/// The type of a speed in MAV_CMD_DO_CHANGE_SPEED: an aeroplane's is through the air, the others' over ground.
#[must_use]
pub fn speed_kind(family: Family) -> f32 {
    match family {
        Family::Plane | Family::Vtol => 0.0,
        Family::Copter | Family::Rover | Family::Sub => 1.0,
    }
}
